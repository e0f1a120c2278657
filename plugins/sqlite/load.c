// SPDX-License-Identifier: Apache-2.0
/* load - rows of batches into tables. */
#include <stdlib.h>
#include <string.h>

#include "sink.h"

enum { LOAD_MAX_CELL = 1000000000 /* SQLITE_MAX_LENGTH as it is built everywhere */ };

void
load_end(struct pd_sink *sink)
{
    sqlite3_finalize(sink->writer.insert);
    conflict_end(sink);
    memset(&sink->writer, 0, sizeof sink->writer);
    sink->feed.n_columns = 0;
    sink->feed.rowid = NULL;
}

static bool
is_written(struct pd_sink *sink, const struct pd_column *column)
{
    if (column->flags & PD_COLUMN_PASSENGER)
        return sink->same;
    return !column->generated;
}

/* Columns of a table in a new file. */
static void
take_columns(struct pd_sink *sink, size_t number)
{
    const struct sink_table *t = &sink->tables[number];
    struct feed *feed = &sink->feed;
    size_t i;

    feed->n_columns = 0;
    for (i = 0; i < t->table->n_columns; i++) {
        const struct pd_column *column = pd_column_at(t->table, i);
        struct feed_column *c = &feed->columns[feed->n_columns];

        if (!is_written(sink, column))
            continue;
        memset(c, 0, sizeof *c);
        c->number = (uint32_t)i;
        c->column = column;
        ddl_stored(sink, number, i, &c->stored);
        feed->n_columns++;
    }
    if (feed->n_columns <= feed->width)
        return;
    /* SQLite takes 2000 columns, and no rowid beside them. */
    memmove(feed->columns, feed->columns + 1, --feed->n_columns * sizeof *feed->columns);
    sink_leave_out(sink, PD_PART_TABLE, (uint32_t)number, 0,
                   "rowids of '%s': its columns are too many to name them too", t->name);
}

static void
put_insert(struct pd_sink *sink, const struct sink_table *t, sqlite3_str *sql)
{
    const struct feed *feed = &sink->feed;
    uint32_t i;

    sqlite3_str_appendf(sql, "INSERT OR %s INTO main.\"%w\"(", sink->in_place ? "ABORT" : "FAIL",
                        t->name);
    for (i = 0; i < feed->n_columns; i++) {
        sqlite3_str_appendall(sql, i ? "," : "");
        sqlite_put_name(sql, feed->columns[i].column->name);
    }
    if (feed->n_columns == 0)
        sqlite_put_name(sql, t->dummy ? t->dummy : "rowid");
    sqlite3_str_appendall(sql, ") SELECT ");
    for (i = 0; i < feed->n_columns; i++)
        sqlite3_str_appendf(sql, "%sc%u", i ? "," : "", i);
    sqlite3_str_appendf(sql, "%s FROM " FEED_TABLE, feed->n_columns ? "" : "NULL");
}

/* SQLite's own plan says whether a column is the rowid: it reads it without opening the record. */
static int
ask_rowid(struct pd_sink *sink, const char *table, const char *column, bool *ret_is)
{
    char *sql = sqlite3_mprintf("EXPLAIN SELECT \"%w\" FROM main.\"%w\"", column, table);
    sqlite3_stmt *stmt = NULL;
    bool rowid = false, record = false;
    int rc = sql ? sqlite3_prepare_v2(sink->db, sql, -1, &stmt, NULL) : SQLITE_NOMEM;

    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *code = (const char *)sqlite3_column_text(stmt, 1);

        rc = code ? SQLITE_OK : SQLITE_NOMEM;
        rowid = rowid || (code && strcmp(code, "Rowid") == 0);
        record = record || (code && strcmp(code, "Column") == 0);
    }
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    *ret_is = rowid && !record;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static bool
is_only_key(const struct pd_table *table, uint32_t column)
{
    const struct pd_key *key = table->n_keys ? pd_key_at(table, 0) : NULL;

    return key && key->kind == PD_KEY_PRIMARY && key->n_parts == 1 &&
           pd_part_at(key, 0)->column == (int32_t)column;
}

/* Worth to ask SQLite? */
static bool
may_be_rowid(const struct sink_table *t, const struct feed_column *c)
{
    return c->column->flags & PD_COLUMN_PASSENGER || c->column->identity ||
           sqlite_same_name(c->stored.declared, "INTEGER") || is_only_key(t->table, c->number);
}

/* Finds the column that is the rowid, if one is written. Only a new table is known to be empty, so
   that its highest rowid is known all the time. */
static pd_status
follow_rowid(struct pd_sink *sink, const struct sink_table *t, struct pd_error *err)
{
    struct feed *feed = &sink->feed;
    bool is = false;
    uint32_t i;

    feed->top = 0;
    feed->has_top = false;
    feed->rowid = NULL;
    for (i = 0; i < feed->n_columns && !is; i++) {
        struct feed_column *c = &feed->columns[i];
        int rc = may_be_rowid(t, c) ? ask_rowid(sink, t->name, c->column->name, &is) : SQLITE_OK;

        if (rc != SQLITE_OK)
            return sink_fail(sink, rc, err, "cannot write table '%s'", t->name);
        if (is)
            c->stored.misfits |= MISFIT_NULL;
        if (is && !sink->in_place && !t->was_begun && !pd_load_runs(&sink->load, PD_BEFORE_ROWS))
            feed->rowid = c;
    }
    return PD_OK;
}

static pd_status
prepare_insert(struct pd_sink *sink, const struct sink_table *t, struct pd_error *err)
{
    sqlite3_str *sql = sqlite3_str_new(sink->db);
    char *text;
    int rc;
    pd_status status = PD_OK;

    put_insert(sink, t, sql);
    if (sink->conflicts && sqlite3_str_errcode(sql) == SQLITE_OK)
        status = conflict_begin(sink, sqlite3_str_value(sql), err);
    if (sink->conflicts && status == PD_OK)
        status = conflict_put(sink, t, sql, err);
    text = sqlite3_str_finish(sql);
    rc = text ? SQLITE_OK : SQLITE_NOMEM;
    if (rc == SQLITE_OK && status == PD_OK)
        rc = sqlite3_prepare_v3(sink->db, text, -1, SQLITE_PREPARE_PERSISTENT, &sink->writer.insert,
                                NULL);
    sqlite3_free(text);
    if (status == PD_OK && rc != SQLITE_OK)
        status = sink_fail(sink, rc, err, "cannot write table '%s'", t->name);
    return status;
}

static pd_status
begin_table(struct pd_sink *sink, uint32_t number, struct pd_error *err)
{
    const struct sink_table *t = &sink->tables[number];
    pd_status status = PD_OK;

    if (sink->in_place)
        status = present_columns(sink, number, err);
    else
        take_columns(sink, number);
    if (status == PD_OK)
        status = prepare_insert(sink, t, err);
    if (status != PD_OK)
        return status;
    status = follow_rowid(sink, t, err);
    return status == PD_OK && sink->memory_short ? sqlite_no_memory(sink->host, err) : status;
}

pd_status
load_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part, struct pd_error *err)
{
    pd_status status;

    if (!sink->tables || !sink->db || scan->table >= sink->catalog->n_tables)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "start(): there is no table %u",
                                scan->table);
    if (sink->writer.begun && sink->writer.number == scan->table)
        return PD_OK;
    load_end(sink);
    if (!sink->tables[scan->table].passes) {
        status = begin_table(sink, scan->table, err);
        if (status != PD_OK)
            return status;
    }
    sink->tables[scan->table].was_begun = true;
    sink->writer.begun = true;
    sink->writer.number = scan->table;
    status = together_table(sink, err);
    if (status != PD_OK)
        return status;
    /* One by one into a table with constraints of its own: what fails is then in no part in. */
    sink->writer.rows_a_run = sink->in_place ? 1 : PD_BATCH_ROWS;
    return PD_OK;
}

static const char *
constraint_code(int rc)
{
    static const struct {
        int code;
        const char *name;
    } codes[] = {
        {SQLITE_CONSTRAINT_CHECK, "SQLITE_CONSTRAINT_CHECK"},
        {SQLITE_CONSTRAINT_FOREIGNKEY, "SQLITE_CONSTRAINT_FOREIGNKEY"},
        {SQLITE_CONSTRAINT_NOTNULL, "SQLITE_CONSTRAINT_NOTNULL"},
        {SQLITE_CONSTRAINT_PRIMARYKEY, "SQLITE_CONSTRAINT_PRIMARYKEY"},
        {SQLITE_CONSTRAINT_ROWID, "SQLITE_CONSTRAINT_ROWID"},
        {SQLITE_CONSTRAINT_UNIQUE, "SQLITE_CONSTRAINT_UNIQUE"},
        {SQLITE_CONSTRAINT_DATATYPE, "SQLITE_CONSTRAINT_DATATYPE"},
        {SQLITE_TOOBIG, "SQLITE_TOOBIG"},
        {SQLITE_MISMATCH, "SQLITE_MISMATCH"},
    };
    size_t i;

    for (i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].code == rc)
            return codes[i].name;
    }
    return "SQLITE_CONSTRAINT";
}

/* SQLite does not say which foreign key it was. */
static void
reject_orphan(struct pd_sink *sink, uint32_t row, struct pd_rejects *rejects)
{
    const char *foreign = sink->writer.foreign;

    rejects->add(rejects, row, PD_CAUSE_MISSING, constraint_code(SQLITE_CONSTRAINT_FOREIGNKEY),
                 *foreign ? foreign : NULL, "FOREIGN KEY constraint failed");
}

static bool
is_of_key(int rc)
{
    return rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_ROWID ||
           rc == SQLITE_CONSTRAINT_UNIQUE;
}

/* db: which of the two has refused it, see conflict.c. */
static void
reject_row(struct pd_sink *sink, sqlite3 *db, uint32_t row, int rc, struct pd_rejects *rejects)
{
    const char *message = sqlite3_errmsg(db);
    const char *constraint = strstr(message, "failed: ");

    if (rc == SQLITE_CONSTRAINT_FOREIGNKEY) {
        reject_orphan(sink, row, rejects);
        return;
    }
    if (is_of_key(rc) && db != sink->db)
        message = "a row before it in the data has the same key";
    else if (is_of_key(rc) && sink->conflicts)
        message = "a row that is there under another primary key has the same key";
    rejects->add(rejects, row, PD_CAUSE_DATA, constraint_code(rc),
                 constraint ? constraint + strlen("failed: ") : NULL, message);
}

static pd_status
fail_run(struct pd_sink *sink, int rc, struct pd_error *err)
{
    const char *name = sink->tables[sink->writer.number].name;

    (void)sink_fail(sink, rc, err, "cannot write table '%s'", name);
    return PD_FATAL;
}

/* OR FAIL keeps the rows before the one that a constraint refused; anything else that goes wrong
   among several rows leaves it open which of them are in. */
static pd_status
settle_failure(struct pd_sink *sink, sqlite3 *db, int rc, uint32_t row, struct pd_rejects *rejects,
               struct pd_error *err)
{
    struct feed *feed = &sink->feed;
    bool alone = feed->n_shown == 1;
    int code = rc & 0xff;
    bool by_row = code == SQLITE_CONSTRAINT && rc != SQLITE_CONSTRAINT_DATATYPE;

    if (!by_row &&
        !(alone && (code == SQLITE_CONSTRAINT || code == SQLITE_TOOBIG || code == SQLITE_MISMATCH)))
        return fail_run(sink, rc, err);
    reject_row(sink, db, row, rc, rejects);
    feed_take_back(feed);
    sqlite3_reset(sink->writer.insert);
    if (!alone && sqlite3_changes64(sink->db) != (sqlite3_int64)feed->n_shown - 1)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                                "table '%s': SQLite took back rows before a refused one",
                                sink->tables[sink->writer.number].name);
    return sink->conflicts ? conflict_forget(sink, err) : PD_OK;
}

/* *ret_db: whose answer it is. */
static int
step_rows(struct pd_sink *sink, uint32_t first, uint32_t end, sqlite3 **ret_db)
{
    int rc = SQLITE_DONE;

    feed_show(&sink->feed, first, end);
    *ret_db = sink->db;
    if (sink->conflicts && sink->feed.n_shown) {
        rc = conflict_see(sink, ret_db);
        if (rc != SQLITE_DONE)
            return rc;
        *ret_db = sink->db;
        feed_show(&sink->feed, first, end);
    }
    return sqlite3_step(sink->writer.insert);
}

/* Does the row that went in last point nowhere, by a foreign key that is deferred? Then it is out
   again. */
static pd_status
settle_deferred(struct pd_sink *sink, uint32_t row, struct pd_rejects *rejects, bool *ret_out,
                struct pd_error *err)
{
    bool is_open = together_is_open(sink);
    pd_status status;

    *ret_out = is_open;
    sqlite3_reset(sink->writer.insert);
    status = sink_exec(
        sink, is_open ? "ROLLBACK TO polydump_row; RELEASE polydump_row" : "RELEASE polydump_row",
        "cannot check foreign keys", err);
    if (status != PD_OK || !is_open)
        return status == PD_OK ? PD_OK : PD_FATAL;
    reject_orphan(sink, row, rejects);
    return PD_OK;
}

/* SQLite took those that are shown: they are in, but for one that a deferred foreign key refuses.
 */
static pd_status
settle_rows(struct pd_sink *sink, uint32_t first, bool has_savepoint, struct pd_rejects *rejects,
            struct pd_error *err)
{
    bool is_out = false;
    pd_status status = PD_OK;

    if (has_savepoint)
        status = settle_deferred(sink, first, rejects, &is_out, err);
    sqlite3_reset(sink->writer.insert);
    if (status != PD_OK || !sink->conflicts || !sink->feed.n_shown)
        return status;
    return is_out ? conflict_forget(sink, err) : conflict_keep(sink, err);
}

/* All rows of the batch but those that are skipped. */
static pd_status
run_batch(struct pd_sink *sink, uint32_t n_rows, struct pd_rejects *rejects, struct pd_error *err)
{
    struct feed *feed = &sink->feed;
    bool has_savepoint = sink->writer.may_defer && !sink->together;
    uint32_t first = 0;
    sqlite3 *db;
    pd_status status;
    int rc;

    while (first < n_rows) {
        uint32_t end =
            n_rows - first < sink->writer.rows_a_run ? n_rows : first + sink->writer.rows_a_run;

        status =
            has_savepoint ? sink_exec(sink, "SAVEPOINT polydump_row", "cannot write", err) : PD_OK;
        if (status != PD_OK)
            return PD_FATAL;
        rc = step_rows(sink, first, end, &db);
        if (rc != SQLITE_DONE) {
            /* Foreign keys are looked at when the row has been passed. */
            uint32_t row = sink->writer.rows_a_run == 1 ? first : feed->row;

            status = settle_failure(sink, db, rc, row, rejects, err);
            if (status == PD_OK && has_savepoint)
                status = sink_exec(sink, "RELEASE polydump_row", "cannot write", err);
            if (status != PD_OK)
                return status;
            first = row + 1;
            continue;
        }
        status = settle_rows(sink, first, has_savepoint, rejects, err);
        if (status != PD_OK)
            return status;
        if (feed->n_shown && feed->row_appends && sqlite3_last_insert_rowid(sink->db) != feed->top)
            return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                                    "table '%s': a row got another rowid than it had",
                                    sink->tables[sink->writer.number].name);
        first = end;
    }
    return PD_OK;
}

/* ---- Long cells ---- */

struct long_reader {
    const struct pd_source_ops *ops;
    struct pd_source *source;
};

/* The table's rows can be found by rowid, and nothing looks at the value before it is whole. */
static bool
may_stream(const struct pd_sink *sink, const struct feed_column *c)
{
    const struct pd_table *table = sink->tables[sink->writer.number].table;
    bool bytes = c->long_cell->tag == PD_TAG_BYTES ||
                 (c->long_cell->tag == PD_TAG_PLAIN && c->stored.form == FORM_BYTES);
    bool rowid = !sink->same;
    size_t i, k;

    if (!bytes || sink->in_place || (!sink->same && table->n_checks))
        return false;
    for (i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = pd_column_at(table, i);

        if (column->generated)
            return false;
        rowid = rowid || column->flags & PD_COLUMN_PASSENGER || column->identity;
    }
    for (i = 0; i < table->n_keys; i++) {
        const struct pd_key *key = pd_key_at(table, i);

        for (k = 0; k < key->n_parts && key->flags & PD_KEY_CONSTRAINT; k++) {
            if (pd_part_at(key, k)->column == (int32_t)c->number)
                return false;
        }
    }
    return rowid;
}

static pd_status
read_slice(const struct pd_sink *sink, const struct long_reader *reader, const struct pd_long *cell,
           uint64_t offset, uint8_t *buffer, size_t *ret_size, struct pd_error *err)
{
    uint64_t left = cell->size - offset;
    pd_status status;

    *ret_size = left < PD_LONG_SLICE ? (size_t)left : PD_LONG_SLICE;
    if (sink->host->cancelled(sink->host))
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    status = reader->ops->read_long(reader->source, cell, offset, buffer, *ret_size, err);
    return status;
}

static pd_status
gather_long(struct pd_sink *sink, struct feed_column *c, const struct long_reader *reader,
            struct pd_error *err)
{
    const struct pd_long *cell = c->long_cell;
    uint8_t *bytes = malloc((size_t)cell->size + 1);
    uint64_t at = 0;
    size_t size;
    pd_status status = PD_OK;

    if (!bytes)
        return sqlite_no_memory(sink->host, err);
    c->long_bytes = bytes;
    while (at < cell->size && status == PD_OK) {
        status = read_slice(sink, reader, cell, at, bytes + at, &size, err);
        at += size;
    }
    return status;
}

static pd_status
write_slices(struct pd_sink *sink, sqlite3_blob *blob, const struct feed_column *c,
             const struct long_reader *reader, struct pd_error *err)
{
    uint8_t *slice = malloc(PD_LONG_SLICE);
    uint64_t at = 0;
    size_t size;
    int rc = SQLITE_OK;
    pd_status status = slice ? PD_OK : sqlite_no_memory(sink->host, err);

    while (status == PD_OK && at < c->long_cell->size) {
        status = read_slice(sink, reader, c->long_cell, at, slice, &size, err);
        if (status == PD_OK)
            rc = sqlite3_blob_write(blob, slice, (int)size, (int)at);
        if (rc != SQLITE_OK)
            status = fail_run(sink, rc, err);
        at += size;
    }
    free(slice);
    return status;
}

/* The zeros that the row went in with become the value. */
static pd_status
stream_long(struct pd_sink *sink, const struct feed_column *c, const struct long_reader *reader,
            struct pd_error *err)
{
    sqlite3_blob *blob = NULL;
    pd_status status;
    int rc = sqlite3_blob_open(sink->db, "main", sink->tables[sink->writer.number].name,
                               c->column->name, sqlite3_last_insert_rowid(sink->db), 1, &blob);

    if (rc != SQLITE_OK)
        return fail_run(sink, rc, err);
    status = write_slices(sink, blob, c, reader, err);
    rc = sqlite3_blob_close(blob);
    return status == PD_OK && rc != SQLITE_OK ? fail_run(sink, rc, err) : status;
}

static pd_status
begin_longs(struct pd_sink *sink, const struct long_reader *reader, struct pd_rejects *rejects,
            struct pd_error *err)
{
    struct feed *feed = &sink->feed;
    uint32_t i;
    pd_status status = PD_OK;

    for (i = 0; i < feed->n_columns && status == PD_OK; i++) {
        struct feed_column *c = &feed->columns[i];

        if (!c->long_cell)
            continue;
        if (c->long_cell->size > LOAD_MAX_CELL) {
            if (!feed->skips)
                rejects->add(rejects, 0, PD_CAUSE_LIMIT, "SQLITE_TOOBIG", NULL,
                             "a value is longer than the 1000000000 bytes that SQLite admits");
            feed->skips = true;
            feed->skip[0] |= 1;
        } else if (!may_stream(sink, c)) {
            status = gather_long(sink, c, reader, err);
        }
    }
    return status;
}

static pd_status
end_longs(struct pd_sink *sink, const struct long_reader *reader, bool is_in, struct pd_error *err)
{
    struct feed *feed = &sink->feed;
    uint32_t i;
    pd_status status = PD_OK;

    for (i = 0; i < feed->n_columns; i++) {
        struct feed_column *c = &feed->columns[i];

        if (c->long_cell && !c->long_bytes && is_in && status == PD_OK)
            status = stream_long(sink, c, reader, err);
        free((void *)(uintptr_t)c->long_bytes);
        c->long_bytes = NULL;
        c->long_cell = NULL;
    }
    return status;
}

static bool
has_long(const struct feed *feed)
{
    uint32_t i;

    for (i = 0; i < feed->n_columns; i++) {
        if (feed->columns[i].long_cell)
            return true;
    }
    return false;
}

static pd_status
write_long_row(struct pd_sink *sink, const struct long_reader *reader, struct pd_rejects *rejects,
               struct pd_error *err)
{
    sqlite3_int64 before = sqlite3_total_changes64(sink->db);
    pd_status status, ended;

    if (!reader->ops || !reader->ops->read_long)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                                "table '%s': a long cell that cannot be read",
                                sink->tables[sink->writer.number].name);
    status = begin_longs(sink, reader, rejects, err);
    if (status == PD_OK)
        status = run_batch(sink, 1, rejects, err);
    ended =
        end_longs(sink, reader, status == PD_OK && sqlite3_total_changes64(sink->db) > before, err);
    return status == PD_OK ? ended : status;
}

pd_status
load_write(struct pd_sink *sink, const struct pd_batch *batch, const struct pd_source_ops *long_ops,
           struct pd_source *long_source, struct pd_rejects *rejects, struct pd_error *err)
{
    struct long_reader reader = {long_ops, long_source};

    if (sink->host->cancelled(sink->host))
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    if (!sink->writer.begun)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "write() before start()");
    if (!sink->writer.insert)
        return PD_OK;
    if (batch->n_columns != sink->tables[sink->writer.number].table->n_columns ||
        batch->n_rows > PD_BATCH_ROWS)
        return sink->host->fail(
            err, PD_FATAL, PD_CAUSE_BUG, "table '%s': a batch of %u columns and %u rows",
            sink->tables[sink->writer.number].name, batch->n_columns, batch->n_rows);
    refs_note(sink, sink->writer.number, batch);
    feed_begin(&sink->feed, batch);
    misfit_reject(sink, batch, rejects);
    if (has_long(&sink->feed))
        return write_long_row(sink, &reader, rejects, err);
    return run_batch(sink, batch->n_rows, rejects, err);
}
