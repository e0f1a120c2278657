// SPDX-License-Identifier: Apache-2.0
/* scan - reads the rows of a table: one COPY a leaf, whose rows are decoded into batches. */
#include "scan.h"

enum { SCAN_SIGNATURE = 11, SCAN_HEAD = SCAN_SIGNATURE + 8 };

/* ---- What can go wrong ---- */

pd_status
scan_no_batch(struct pd_source *source, struct pd_error *err)
{
    if (source->host->cancelled(source->host))
        return source->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    return pg_no_memory(source->host, err);
}

static pd_status
scan_corrupt(struct pd_source *source, struct pd_error *err, const char *what)
{
    const struct scan *scan = &source->scan;

    return source->host->fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "cannot read table '%s': %s",
                              scan->table->name, what);
}

pd_status
scan_broken(struct pd_source *source, struct pd_error *err)
{
    const struct scan *scan = &source->scan;
    const struct decoder *d = &scan->decoder;

    if (d->fault_column == PD_NO_COLUMN)
        return scan_corrupt(source, err, d->fault);
    return source->host->fail(
        err, PD_FAILED, PD_CAUSE_CORRUPT, "cannot read table '%s': row %llu, column '%s': %s",
        scan->table->name, (unsigned long long)scan->n_rows + 1,
        PD_AT(struct pd_column, scan->table->columns, scan->table->column_size, d->fault_column)
            ->name,
        d->fault);
}

/* ---- Beginning ---- */

/* A relation of that name that is another one must not be read: a view would run its function. */
static pd_status
check_name(struct pd_source *source, const struct pg_leaf *leaf, struct pd_error *err)
{
    struct pd_sql name = {.host = source->host};
    const char *text;
    PGresult *result = NULL;
    char oid[16];
    bool is_same;
    pd_status status;

    sql_table(&name, leaf->schema, leaf->name);
    text = pd_sql_text(&name);
    status = text ? pg_query(source->pg,
                             "SELECT pg_catalog.to_regclass($1::pg_catalog.text)::pg_catalog.oid",
                             1, &text, "1I", &result, err)
                  : pg_no_memory(source->host, err);
    pd_sql_free(&name);
    if (status != PD_OK)
        return status;
    snprintf(oid, sizeof oid, "%u", leaf->oid);
    is_same = strcmp(PQgetvalue(result, 0, 0), oid) == 0;
    PQclear(result);
    if (is_same)
        return PD_OK;
    return source->host->fail(err, PD_FATAL, PD_CAUSE_CHANGED,
                              "table '%s' is not the one any more that the snapshot was taken of; "
                              "dump again when nobody alters tables",
                              leaf->name);
}

/* Before the leaf's name is used. */
pd_status
scan_guard(struct pd_source *source, const struct pg_table *plan, size_t leaf, struct pd_error *err)
{
    const struct pg_leaf *guarded = &plan->leaves[leaf];
    struct pd_sql sql = {.host = source->host};
    pd_status status = PD_OK;

    if (plan->kind == PG_TABLE_LARGE_OBJECTS || source->is_borrowed || source->guarded == guarded)
        return PD_OK;
    if (plan->is_unreadable)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_AUTH,
                                  "permission denied for table '%s': a role needs SELECT on it, "
                                  "its partitions and its sequences",
                                  guarded->name);
    source->guarded = NULL;
    if (!source->has_locks) {
        pd_sql_add(&sql, "LOCK TABLE ONLY ");
        sql_table(&sql, guarded->schema, guarded->name);
        pd_sql_add(&sql, " IN ACCESS SHARE MODE NOWAIT");
        status = sql_run(source->pg, &sql, err);
        pd_sql_free(&sql);
    }
    if (status == PD_OK)
        status = check_name(source, guarded, err);
    if (status == PD_OK)
        source->guarded = guarded;
    return status;
}

static pd_status
planned_copy(struct pd_source *source, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    const struct shape *shape = NULL;
    struct pd_sql sql = {.host = source->host};
    bool is_free = scan->condition || scan->order == PD_ORDER_KEY;
    pd_status status = pg_source_shape(source, scan->number, &shape, err);

    if (status == PD_OK)
        status = pg_source_mode(source, is_free ? MODE_FREE : MODE_HEAP, err);
    if (status != PD_OK)
        return status;
    pd_sql_add(&sql, "COPY (");
    rows_put_select(&sql, scan, shape);
    pd_sql_add(&sql, ") TO STDOUT (FORMAT binary)");
    status = pd_sql_text(&sql) ? pg_copy_out(source->pg, pd_sql_text(&sql), err)
                               : pg_no_memory(source->host, err);
    pd_sql_free(&sql);
    return status;
}

pd_status
scan_copy(struct pd_source *source, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    bool is_plain = scan->plan->n_leaves && scan->plan->leaves[scan->leaf].stranger;
    pd_status status;

    scan->plain = PLAIN_NOT;
    scan->has_head = scan->has_end = false;
    scan->n_rows = 0;
    status = is_plain ? plain_copy(source, err) : planned_copy(source, err);
    scan->copying = status == PD_OK;
    return status;
}

/* Large objects are read as one. */
static size_t
scan_leaves(const struct pg_table *plan)
{
    return plan->kind == PG_TABLE_LARGE_OBJECTS ? 1 : plan->n_leaves;
}

/* The next leaf that has rows, from scan->leaf on; PD_DONE: there is none. */
static pd_status
next_leaf(struct pd_source *source, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    const struct shape *shape = NULL;
    size_t n = scan_leaves(scan->plan);
    pd_status status = pg_source_shape(source, scan->number, &shape, err);

    if (status != PD_OK)
        return status;
    while (scan->leaf < n && !rows_has_leaf(scan, shape, scan->leaf))
        scan->leaf++;
    if (scan->leaf >= n) {
        scan->ended = true;
        return PD_DONE;
    }
    scan->n_leaf = 0;
    status = scan_guard(source, scan->plan, scan->leaf, err);
    return status == PD_OK ? scan_copy(source, err) : status;
}

static pd_status
set_condition(struct pd_source *source, const char *where, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    size_t size = strlen(where) + 1;
    pd_status status;

    scan->condition = source->host->alloc(source->host, size);
    if (!scan->condition)
        return pg_no_memory(source->host, err);
    memcpy(scan->condition, where, size);
    if (scan_leaves(scan->plan) == 0)
        return PD_OK;
    status = scan_guard(source, scan->plan, scan->leaf, err);
    return status == PD_OK ? where_check(source, err) : status;
}

static pd_status
begin(struct pd_source *source, const struct pd_scan *order, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    const struct pd_table *table = pg_source_table(source, order->table, &scan->plan);
    pd_status status;

    if (!table)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no table number %u",
                                  order->table);
    scan->number = order->table;
    scan->range = order->range;
    scan->order = order->order;
    if (pd_builder_open(&scan->builder, source->host, (uint32_t)table->n_columns) != PD_OK)
        return pg_no_memory(source->host, err);
    scan->table = table;
    status = decode_open(&scan->decoder, source->pg, table, scan->plan, &scan->builder, err);
    if (status == PD_OK && plain_leaf(scan->plan))
        status = plain_check(source, order, err);
    return status == PD_OK && order->where ? set_condition(source, order->where, err) : status;
}

pd_status
scan_start(struct pd_source *source, const struct pd_scan *order, struct pd_error *err)
{
    pd_status status = scan_end(source, err);

    if (status == PD_OK)
        status = begin(source, order, err);
    if (status == PD_OK)
        status = next_leaf(source, err);
    if (status == PD_OK || status == PD_DONE)
        return PD_OK;
    return scan_end(source, NULL) == PD_OK ? status : PD_FATAL;
}

void
scan_free(struct pd_source *source)
{
    struct scan *scan = &source->scan;

    long_end(source);
    large_end(source);
    PQfreemem(scan->message);
    decode_close(&scan->decoder);
    pd_builder_close(&scan->builder);
    source->host->release(source->host, scan->condition);
    source->host->release(source->host, scan->joined);
    memset(scan, 0, sizeof *scan);
}

pd_status
scan_end(struct pd_source *source, struct pd_error *err)
{
    pd_status status;

    scan_free(source);
    status = pg_source_settle(source, err);
    return status == PD_OK ? plain_end(source, err) : status;
}

/* ---- The stream ---- */

bool
scan_head(const uint8_t **at, const uint8_t *end)
{
    static const uint8_t signature[SCAN_SIGNATURE] = "PGCOPY\n\377\r\n";
    uint32_t more;

    if (end - *at < SCAN_HEAD || memcmp(*at, signature, sizeof signature) != 0 ||
        decode_u32(*at + SCAN_SIGNATURE) != 0)
        return false;
    more = decode_u32(*at + SCAN_SIGNATURE + 4);
    *at += SCAN_HEAD;
    if (more > (size_t)(end - *at))
        return false;
    *at += more;
    return true;
}

/* The COPY has come to its end. */
static pd_status
end_copy(struct pd_source *source, uint64_t n_rows, struct pd_error *err)
{
    struct scan *scan = &source->scan;

    scan->copying = false;
    if (!scan->has_end)
        return scan_corrupt(source, err, "the server's stream of rows has no end");
    if (n_rows != scan->n_rows)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                                  "cannot read table '%s': the server sent %llu rows, and says "
                                  "that it were %llu",
                                  scan->table->name, (unsigned long long)scan->n_rows,
                                  (unsigned long long)n_rows);
    scan->leaf++;
    return next_leaf(source, err);
}

/* The next message of the stream, and the next leaf when one has ended. PD_DONE: there is none. */
static pd_status
next_message(struct pd_source *source, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    uint64_t n_rows = 0;
    size_t size = 0;
    pd_status status;

    PQfreemem(scan->message);
    scan->message = NULL;
    if (!scan->copying) {
        status = scan_copy(source, err); /* behind a row that was too large */
        if (status != PD_OK)
            return status;
    }
    if (scan->plain)
        status = plain_read(source, &n_rows, err);
    else
        status = pg_copy_read(source->pg, &scan->message, &size, &n_rows, err);
    if (status == PD_DONE)
        return end_copy(source, n_rows, err);
    if (status != PD_OK) {
        scan->copying = false;
        return status;
    }
    if (scan->plain)
        return PD_OK;
    scan->at = (const uint8_t *)scan->message;
    scan->end = scan->at + size;
    if (scan->has_head)
        return PD_OK;
    scan->has_head = true;
    return scan_head(&scan->at, scan->end)
               ? PD_OK
               : scan_corrupt(source, err, "what the server sends is not COPY's binary format");
}

/* One row of the message, or the stream's end. PD_DONE: a row with long cells, which is left. */
static inline pd_status
take_row(struct pd_source *source, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    int16_t n;

    if (scan->end - scan->at < 2 || scan->has_end)
        return scan_corrupt(source, err, "the server sent part of a row");
    n = (int16_t)decode_u16(scan->at);
    if (n == -1 && scan->end - scan->at == 2) {
        scan->has_end = true;
        scan->at = scan->end;
        return PD_OK;
    }
    if (n < 0 || (uint32_t)n != scan->decoder.n_columns)
        return scan_corrupt(source, err, "the server sent a row with another number of columns");
    if ((size_t)(scan->end - scan->at) > scan->decoder.long_row &&
        long_row(scan, scan->at + 2, scan->end))
        return PD_DONE;
    if (!decode_row(&scan->decoder, scan->at + 2, scan->end))
        return scan_broken(source, err);
    scan->at = scan->end;
    scan->n_rows++;
    scan->n_leaf++;
    return PD_OK;
}

/* ---- Batches ---- */

static pd_status
hand_over(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    *ret_batch = pd_builder_finish(&source->scan.builder);
    return *ret_batch ? PD_OK : scan_no_batch(source, err);
}

/* Rows until the batch is full; PD_DONE: there are no more, or one with long cells is next. */
static pd_status
fill(struct pd_source *source, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    pd_status status = PD_OK;

    while (!pd_builder_full(&scan->builder) && status == PD_OK) {
        status = scan->at < scan->end ? PD_OK : next_message(source, err);
        if (status == PD_OK && scan->at < scan->end)
            status = take_row(source, err);
    }
    return status;
}

/* What can be handed over now; PD_DONE: no row of the batch in the making. */
static pd_status
fill_batch(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    pd_status status;

    if (pd_builder_begin(&scan->builder) != PD_OK)
        return scan_no_batch(source, err);
    status = fill(source, err);
    if (status == PD_FAILED && !scan->copying && large_find(source) == PD_OK)
        status = PD_DONE;
    if (status >= PD_OK && scan->builder.n_rows)
        return hand_over(source, ret_batch, err);
    pd_builder_drop(&scan->builder);
    return status == PD_OK ? PD_DONE : status;
}

pd_status
scan_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    pd_status status = PD_DONE;

    if (!scan->table)
        return PD_DONE;
    long_end(source);
    if (!scan->ended && !scan->has_large && scan->at == scan->end)
        status = fill_batch(source, ret_batch, err);
    if (status == PD_DONE && scan->has_large)
        status = large_read(source, ret_batch, err);
    else if (status == PD_DONE && scan->at < scan->end)
        status = long_read_row(source, ret_batch, err);
    if (status < PD_OK && scan_end(source, NULL) != PD_OK)
        return PD_FATAL;
    return status;
}
