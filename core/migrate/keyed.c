// SPDX-License-Identifier: Apache-2.0
// keyed - a private temporary database, which bounds its memory and spills by itself.
#include "migrate/keyed.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum { STATEMENT_SIZE = 160, FILTER_BITS = 1 << 20 };

enum statement {
    STATEMENT_ADD,
    STATEMENT_SET,
    STATEMENT_GET,
    STATEMENT_USE,
    STATEMENT_IS_USED,
    STATEMENT_COUNT_
};

struct keyed_table {
    struct keyed *keyed;
    struct keyed_table *next;
    unsigned number;
    sqlite3_stmt *statements[STATEMENT_COUNT_];
    uint64_t n;
    uint64_t n_used;
    uint8_t filter[FILTER_BITS / 8]; /* a key whose bit is not set is not there */
};

enum row_statement { ROW_ADD, ROW_FIRST, ROW_LAST, ROW_NEXT, ROW_SET, ROW_STATEMENT_COUNT_ };

struct keyed_rows {
    struct keyed *keyed;
    struct keyed_rows *next;
    unsigned number;
    sqlite3_stmt *statements[ROW_STATEMENT_COUNT_];
    uint8_t filter[FILTER_BITS / 8]; /* as above */
};

struct keyed_folds {
    struct keyed *keyed;
    struct keyed_folds *next;
    keyed_fold *fold;
    void *arg;
    char name; /* of the table: 't' or 'r' */
    unsigned number;
    sqlite3_stmt *statement; /* NULL: nobody has asked */
    struct buffer folded;    /* of the key that is asked for */
    struct buffer other;     /* of one that is there */
};

struct keyed {
    sqlite3 *db;
    struct keyed_table *tables;
    struct keyed_rows *rows;
    struct keyed_folds *folds;
    unsigned n_tables;
};

/* Nothing is ever rolled back, so that no journal is kept; one transaction is open until the end.
   A negative cache_size counts KiB: it is bounded when it is known with how many others memory is
   shared. */
static const char begin_sql[] = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                                "PRAGMA cache_size = -256; PRAGMA locking_mode = EXCLUSIVE; BEGIN";

/* u is the number of the table. */
static const char *const statements_sql[STATEMENT_COUNT_] = {
    [STATEMENT_ADD] = "INSERT INTO t%u VALUES (?1, ?2, 0) ON CONFLICT DO NOTHING",
    [STATEMENT_SET] = "UPDATE t%u SET v = ?2 WHERE k = ?1",
    [STATEMENT_GET] = "SELECT v FROM t%u WHERE k = ?1",
    [STATEMENT_USE] = "UPDATE t%u SET used = 1 WHERE k = ?1 AND used = 0",
    [STATEMENT_IS_USED] = "SELECT 1 FROM t%u WHERE k = ?1 AND used",
};

/* i: its id, k: its key, s: its kind, by which rows of a key are sorted. */
static const char rows_sql[] =
    "CREATE TABLE r%u (n INTEGER PRIMARY KEY, i BLOB, k BLOB, s INTEGER, v BLOB);"
    "CREATE INDEX i%u ON r%u (i); CREATE INDEX k%u ON r%u (k, s)";
static const char *const row_statements_sql[ROW_STATEMENT_COUNT_] = {
    [ROW_ADD] = "INSERT INTO r%u (i, k, s, v) VALUES (?1, ?2, ?3, ?4)",
    [ROW_FIRST] = "SELECT s, v FROM r%u WHERE k = ?1 ORDER BY s, n LIMIT 1",
    [ROW_LAST] = "SELECT s FROM r%u WHERE k = ?1 ORDER BY s DESC LIMIT 1",
    [ROW_NEXT] = "SELECT n, v FROM r%u WHERE i = ?1 AND n > ?2 ORDER BY n LIMIT 1",
    [ROW_SET] = "UPDATE r%u SET k = ?2, s = ?3, v = ?4 WHERE n = ?1",
};

static pd_status
failed(const struct keyed *keyed, int code, struct pd_error *err)
{
    if ((code & 0xff) == SQLITE_NOMEM)
        return error_memory(err);
    return error_fail(err, PD_FATAL, code == SQLITE_TOOBIG ? PD_CAUSE_LIMIT : PD_CAUSE_IO,
                      "a temporary table of keys: %s",
                      keyed->db ? sqlite3_errmsg(keyed->db) : sqlite3_errstr(code));
}

/* ---- Life ---- */

pd_status
keyed_new(struct keyed **ret_keyed, struct pd_error *err)
{
    CLEANUP(keyed) struct keyed *keyed = calloc(1, sizeof *keyed);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code;

    if (!keyed)
        return error_memory(err);
    code = sqlite3_open_v2("", &keyed->db, flags, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(keyed->db, begin_sql, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return failed(keyed, code, err);
    *ret_keyed = take(keyed);
    return PD_OK;
}

pd_status
keyed_bound(struct keyed *keyed, size_t bytes, struct pd_error *err)
{
    char sql[STATEMENT_SIZE];
    int code;

    snprintf(sql, sizeof sql, "PRAGMA cache_size = -%zu", bytes / 1024 + 1);
    code = sqlite3_exec(keyed->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? PD_OK : failed(keyed, code, err);
}

/* What cannot be written now is written when its memory is wanted. */
void
keyed_rest(struct keyed *keyed)
{
    sqlite3_db_cacheflush(keyed->db);
    sqlite3_db_release_memory(keyed->db);
}

void
keyed_free(struct keyed *keyed)
{
    if (!keyed)
        return;
    while (keyed->tables) {
        struct keyed_table *table = keyed->tables;

        keyed->tables = table->next;
        for (int i = 0; i < STATEMENT_COUNT_; i++)
            sqlite3_finalize(table->statements[i]);
        free(table);
    }
    while (keyed->rows) {
        struct keyed_rows *rows = keyed->rows;

        keyed->rows = rows->next;
        for (int i = 0; i < ROW_STATEMENT_COUNT_; i++)
            sqlite3_finalize(rows->statements[i]);
        free(rows);
    }
    while (keyed->folds) {
        struct keyed_folds *folds = keyed->folds;

        keyed->folds = folds->next;
        sqlite3_finalize(folds->statement);
        buffer_free(&folds->folded);
        buffer_free(&folds->other);
        free(folds);
    }
    sqlite3_close(keyed->db);
    free(keyed);
}

pd_status
keyed_table_new(struct keyed *keyed, struct keyed_table **ret_table, struct pd_error *err)
{
    struct keyed_table *table = calloc(1, sizeof *table);
    unsigned number = keyed->n_tables++;
    char sql[STATEMENT_SIZE];
    int code;

    if (!table)
        return error_memory(err);
    table->keyed = keyed;
    table->next = keyed->tables;
    table->number = number;
    keyed->tables = table; /* freed with it from now on */
    snprintf(sql, sizeof sql,
             "CREATE TABLE t%u (k BLOB PRIMARY KEY, v BLOB, used INTEGER) WITHOUT ROWID", number);
    code = sqlite3_exec(keyed->db, sql, NULL, NULL, NULL);
    for (int i = 0; i < STATEMENT_COUNT_ && code == SQLITE_OK; i++) {
        sqlite3_snprintf(sizeof sql, sql, statements_sql[i], number);
        code = sqlite3_prepare_v3(keyed->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                  &table->statements[i], NULL);
    }
    if (code != SQLITE_OK)
        return failed(keyed, code, err);
    *ret_table = table;
    return PD_OK;
}

/* ---- Statements ---- */

/* A NULL pointer would be NULL, and no empty key. */
static int
bind(sqlite3_stmt *statement, int number, const struct buffer *bytes)
{
    return sqlite3_bind_blob64(statement, number, bytes->size ? (const void *)bytes->data : "",
                               bytes->size, SQLITE_STATIC);
}

static pd_status
change(struct keyed_table *table, enum statement which, const struct buffer *key,
       const struct buffer *value, bool *ret_changed, struct pd_error *err)
{
    sqlite3_stmt *statement = table->statements[which];
    int code;

    if (key->failed || (value && value->failed))
        return error_memory(err);
    code = bind(statement, 1, key);
    if (code == SQLITE_OK && value)
        code = bind(statement, 2, value);
    if (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_DONE)
        *ret_changed = sqlite3_changes(table->keyed->db) > 0;
    else if (code == SQLITE_OK)
        code = sqlite3_errcode(table->keyed->db);
    sqlite3_reset(statement);
    return code == SQLITE_OK ? PD_OK : failed(table->keyed, code, err);
}

/* Where most keys are looked for in vain, as rows are that may be updated and are not, that costs
   next to nothing. */
static uint32_t
filter_bit(const struct buffer *key)
{
    return (uint32_t)((key->size ? XXH3_64bits(key->data, key->size) : 0) % FILTER_BITS);
}

pd_status
keyed_add(struct keyed_table *table, const struct buffer *key, const struct buffer *value,
          struct pd_error *err)
{
    bool is_new = false;
    pd_status status = change(table, STATEMENT_ADD, key, value, &is_new, err);
    uint32_t bit = filter_bit(key);

    if (status == PD_OK)
        table->filter[bit / 8] |= (uint8_t)(1u << bit % 8);
    table->n += status == PD_OK && is_new;
    return status;
}

pd_status
keyed_set(struct keyed_table *table, const struct buffer *key, const struct buffer *value,
          struct pd_error *err)
{
    uint64_t n = table->n;
    bool changed;
    pd_status status = keyed_add(table, key, value, err);

    if (status != PD_OK || table->n > n)
        return status;
    return change(table, STATEMENT_SET, key, value, &changed, err);
}

pd_status
keyed_get(struct keyed_table *table, const struct buffer *key, struct buffer *value,
          struct pd_error *err)
{
    sqlite3_stmt *statement = table->statements[STATEMENT_GET];
    uint32_t bit = filter_bit(key);
    int code;

    buffer_clear(value);
    if (key->failed)
        return error_memory(err);
    if (!(table->filter[bit / 8] >> bit % 8 & 1))
        return PD_DONE;
    code = bind(statement, 1, key);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const void *bytes = sqlite3_column_blob(statement, 0);
        int size = sqlite3_column_bytes(statement, 0);

        if (size)
            buffer_append(value, bytes, bytes ? (size_t)size : 0);
        value->failed |= size && !bytes;
    }
    sqlite3_reset(statement);
    if (code == SQLITE_ROW)
        return value->failed ? error_memory(err) : PD_OK;
    return code == SQLITE_DONE ? PD_DONE : failed(table->keyed, code, err);
}

pd_status
keyed_use(struct keyed_table *table, const struct buffer *key, struct pd_error *err)
{
    bool is_first = false;
    pd_status status = change(table, STATEMENT_USE, key, NULL, &is_first, err);

    table->n_used += status == PD_OK && is_first;
    return status;
}

pd_status
keyed_is_used(struct keyed_table *table, const struct buffer *key, bool *ret_used,
              struct pd_error *err)
{
    sqlite3_stmt *statement = table->statements[STATEMENT_IS_USED];
    int code = bind(statement, 1, key);

    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    *ret_used = code == SQLITE_ROW;
    sqlite3_reset(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? PD_OK : failed(table->keyed, code, err);
}

uint64_t
keyed_used(const struct keyed_table *table)
{
    return table->n_used;
}

uint64_t
keyed_unused(const struct keyed_table *table)
{
    return table->n - table->n_used;
}

uint64_t
keyed_count(const struct keyed_table *table)
{
    return table->n;
}

/* ---- Rows ---- */

pd_status
keyed_rows_new(struct keyed *keyed, struct keyed_rows **ret_rows, struct pd_error *err)
{
    struct keyed_rows *rows = calloc(1, sizeof *rows);
    unsigned number = keyed->n_tables++;
    char sql[2 * STATEMENT_SIZE];
    int code;

    if (!rows)
        return error_memory(err);
    rows->keyed = keyed;
    rows->next = keyed->rows;
    rows->number = number;
    keyed->rows = rows; /* freed with it from now on */
    sqlite3_snprintf(sizeof sql, sql, rows_sql, number, number, number, number, number);
    code = sqlite3_exec(keyed->db, sql, NULL, NULL, NULL);
    for (int i = 0; i < ROW_STATEMENT_COUNT_ && code == SQLITE_OK; i++) {
        sqlite3_snprintf(sizeof sql, sql, row_statements_sql[i], number);
        code = sqlite3_prepare_v3(keyed->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                  &rows->statements[i], NULL);
    }
    if (code != SQLITE_OK)
        return failed(keyed, code, err);
    *ret_rows = rows;
    return PD_OK;
}

/* Runs a statement to its first row, which is there until it is reset; PD_DONE: it gives none. */
static pd_status
run(struct keyed_rows *rows, sqlite3_stmt *statement, int code, struct pd_error *err)
{
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return PD_OK;
    return code == SQLITE_DONE ? PD_DONE : failed(rows->keyed, code, err);
}

/* Binds what add and set have in common: key, kind and value at 2, 3 and 4. */
static int
bind_row(struct keyed_rows *rows, sqlite3_stmt *statement, const struct buffer *key, uint64_t kind,
         const struct buffer *value)
{
    int code = key ? bind(statement, 2, key) : sqlite3_bind_null(statement, 2);

    if (key)
        rows->filter[filter_bit(key) / 8] |= (uint8_t)(1u << filter_bit(key) % 8);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(statement, 3, (int64_t)kind);
    return code == SQLITE_OK ? bind(statement, 4, value) : code;
}

pd_status
keyed_rows_add(struct keyed_rows *rows, const struct buffer *id, const struct buffer *key,
               uint64_t kind, const struct buffer *value, struct pd_error *err)
{
    sqlite3_stmt *statement = rows->statements[ROW_ADD];
    pd_status status;
    int code;

    if (id->failed || (key && key->failed) || value->failed)
        return error_memory(err);
    code = bind(statement, 1, id);
    if (code == SQLITE_OK)
        code = bind_row(rows, statement, key, kind, value);
    status = run(rows, statement, code, err);
    sqlite3_reset(statement);
    return status == PD_DONE ? PD_OK : status;
}

static void
take_value(sqlite3_stmt *statement, struct buffer *value)
{
    const void *bytes = sqlite3_column_blob(statement, 1);
    int size = sqlite3_column_bytes(statement, 1);

    if (size)
        buffer_append(value, bytes, bytes ? (size_t)size : 0);
    value->failed |= size && !bytes;
}

static pd_status
get_last(struct keyed_rows *rows, const struct buffer *key, int64_t first, bool *ret_differ,
         struct pd_error *err)
{
    sqlite3_stmt *statement = rows->statements[ROW_LAST];
    pd_status status = run(rows, statement, bind(statement, 1, key), err);

    if (status == PD_OK)
        *ret_differ = sqlite3_column_int64(statement, 0) != first;
    sqlite3_reset(statement);
    return status;
}

pd_status
keyed_rows_get(struct keyed_rows *rows, const struct buffer *key, struct buffer *value,
               bool *ret_differ, struct pd_error *err)
{
    sqlite3_stmt *statement = rows->statements[ROW_FIRST];
    int64_t kind = 0;
    pd_status status;

    buffer_clear(value);
    if (key->failed)
        return error_memory(err);
    if (!(rows->filter[filter_bit(key) / 8] >> filter_bit(key) % 8 & 1))
        return PD_DONE;
    status = run(rows, statement, bind(statement, 1, key), err);
    if (status == PD_OK) {
        kind = sqlite3_column_int64(statement, 0);
        take_value(statement, value);
    }
    sqlite3_reset(statement);
    if (value->failed)
        return error_memory(err);
    return status == PD_OK ? get_last(rows, key, kind, ret_differ, err) : status;
}

pd_status
keyed_rows_next(struct keyed_rows *rows, const struct buffer *id, int64_t *number,
                struct buffer *value, struct pd_error *err)
{
    sqlite3_stmt *statement = rows->statements[ROW_NEXT];
    pd_status status;
    int code;

    buffer_clear(value);
    if (id->failed)
        return error_memory(err);
    code = bind(statement, 1, id);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(statement, 2, *number);
    status = run(rows, statement, code, err);
    if (status == PD_OK) {
        *number = sqlite3_column_int64(statement, 0);
        take_value(statement, value);
    }
    sqlite3_reset(statement);
    return value->failed ? error_memory(err) : status;
}

pd_status
keyed_rows_set(struct keyed_rows *rows, int64_t number, const struct buffer *key, uint64_t kind,
               const struct buffer *value, struct pd_error *err)
{
    sqlite3_stmt *statement = rows->statements[ROW_SET];
    pd_status status;
    int code;

    if ((key && key->failed) || value->failed)
        return error_memory(err);
    code = sqlite3_bind_int64(statement, 1, number);
    if (code == SQLITE_OK)
        code = bind_row(rows, statement, key, kind, value);
    status = run(rows, statement, code, err);
    sqlite3_reset(statement);
    return status == PD_DONE ? PD_OK : status;
}

/* ---- Keys that are alike ---- */

static const char folds_sql[] = "CREATE INDEX f%u ON %c%u (fold%u(k), k) WHERE k IS NOT NULL";
static const char folds_next_sql[] =
    "SELECT k FROM %c%u WHERE fold%u(k) = ?1 AND k > ?2 AND k IS NOT NULL ORDER BY k LIMIT 1";

pd_status
keyed_folds_new(struct keyed *keyed, const struct keyed_table *table, const struct keyed_rows *rows,
                keyed_fold *fold, void *arg, struct keyed_folds **ret_folds, struct pd_error *err)
{
    struct keyed_folds *folds = calloc(1, sizeof *folds);

    if (!folds)
        return error_memory(err);
    folds->keyed = keyed;
    folds->next = keyed->folds;
    keyed->folds = folds; /* freed with it from now on */
    folds->fold = fold;
    folds->arg = arg;
    folds->name = table ? 't' : 'r';
    folds->number = table ? table->number : rows->number;
    *ret_folds = folds;
    return PD_OK;
}

static void
fold_function(sqlite3_context *context, int n_values, sqlite3_value **values)
{
    struct keyed_folds *folds = sqlite3_user_data(context);
    const void *key = n_values == 1 ? sqlite3_value_blob(values[0]) : NULL;

    buffer_clear(&folds->other);
    if (key)
        folds->fold(folds->arg, key, (size_t)sqlite3_value_bytes(values[0]), &folds->other);
    if (folds->other.failed)
        sqlite3_result_error_nomem(context);
    else
        sqlite3_result_blob64(context, folds->other.size ? (const void *)folds->other.data : "",
                              folds->other.size, SQLITE_TRANSIENT);
}

/* From now on the index is kept with the table. */
static pd_status
folds_begin(struct keyed_folds *folds, struct pd_error *err)
{
    sqlite3 *db = folds->keyed->db;
    unsigned number = folds->number;
    char sql[STATEMENT_SIZE];
    int code;

    snprintf(sql, sizeof sql, "fold%u", number);
    code = sqlite3_create_function(db, sql, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, folds,
                                   fold_function, NULL, NULL);
    sqlite3_snprintf(sizeof sql, sql, folds_sql, number, folds->name, number, number);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_snprintf(sizeof sql, sql, folds_next_sql, folds->name, number, number);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &folds->statement, NULL);
    return code == SQLITE_OK ? PD_OK : failed(folds->keyed, code, err);
}

pd_status
keyed_folds_next(struct keyed_folds *folds, const struct buffer *key, struct buffer *found,
                 struct pd_error *err)
{
    pd_status status = folds->statement ? PD_OK : folds_begin(folds, err);
    int code;

    if (status != PD_OK)
        return status;
    buffer_clear(&folds->folded);
    folds->fold(folds->arg, key->data, key->size, &folds->folded);
    if (key->failed || folds->folded.failed || found->failed)
        return error_memory(err);
    code = bind(folds->statement, 1, &folds->folded);
    if (code == SQLITE_OK)
        code = bind(folds->statement, 2, found);
    if (code == SQLITE_OK)
        code = sqlite3_step(folds->statement);
    if (code == SQLITE_ROW) {
        const void *bytes = sqlite3_column_blob(folds->statement, 0);
        int size = sqlite3_column_bytes(folds->statement, 0);

        buffer_clear(found);
        buffer_append(found, bytes, bytes ? (size_t)size : 0);
        found->failed |= size && !bytes;
    }
    sqlite3_reset(folds->statement);
    if (code == SQLITE_ROW)
        return found->failed ? error_memory(err) : PD_OK;
    return code == SQLITE_DONE ? PD_DONE : failed(folds->keyed, code, err);
}
