// SPDX-License-Identifier: Apache-2.0
// keyed - a private temporary database, which bounds its memory and spills by itself.
#include "migrate/keyed.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum { STATEMENT_SIZE = 160, FILTER_BITS = 1 << 20 };

enum statement { STATEMENT_ADD, STATEMENT_SET, STATEMENT_GET, STATEMENT_USE, STATEMENT_COUNT_ };

struct keyed_table {
    struct keyed *keyed;
    struct keyed_table *next;
    sqlite3_stmt *statements[STATEMENT_COUNT_];
    uint64_t n;
    uint64_t n_used;
    uint8_t filter[FILTER_BITS / 8]; /* a key whose bit is not set is not there */
};

struct keyed {
    sqlite3 *db;
    struct keyed_table *tables;
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
