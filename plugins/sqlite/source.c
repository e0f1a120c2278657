// SPDX-License-Identifier: Apache-2.0
/* source - reads rows: one statement a scan, straight into the vectors of batches. */
#include "source.h"

#include <string.h>

#include "defects.h"
#include "text.h"

const struct pd_table *
sqlite_source_table(const struct pd_source *source, uint32_t number)
{
    const struct pd_catalog *catalog = &source->catalog->catalog;

    return PD_AT(struct pd_table, catalog->tables, catalog->table_size, number);
}

uint8_t *
sqlite_source_scratch(struct pd_source *source, size_t size)
{
    uint8_t *grown;

    if (source->scratch_room >= size)
        return source->scratch;
    grown = source->host->resize(source->host, source->scratch, size + size / 2);
    if (!grown)
        return NULL;
    source->scratch = grown;
    source->scratch_room = size + size / 2;
    return grown;
}

pd_status
sqlite_source_batch_failed(struct pd_source *source, struct pd_error *err)
{
    if (source->host->cancelled(source->host))
        return source->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    return sqlite_no_memory(source->host, err);
}

/* ---- The statement ---- */

void
sqlite_source_put_rows(const struct scan *scan, sqlite3_str *sql)
{
    const char *rowid = scan->plan->rowid;
    const char *axis = scan->plan->axis;
    const char *word = " WHERE ";

    sqlite3_str_appendall(sql, " FROM main.");
    sqlite_put_name(sql, scan->table->name);
    sqlite3_str_appendall(sql, " NOT INDEXED"); /* the order of the table, not of an index */
    if (rowid) {
        sqlite3_str_appendf(sql, " WHERE %s >= ?1", rowid);
        if (scan->has_high)
            sqlite3_str_appendf(sql, " AND %s < ?2", rowid);
        word = " AND ";
    } else if (axis) {
        /* An open end takes what is no integer too: reals and texts lie in the key's order. */
        if (scan->has_low)
            sqlite3_str_appendf(sql, "%s%s >= ?1", word, axis);
        word = scan->has_low ? " AND " : word;
        if (scan->has_high)
            sqlite3_str_appendf(sql, "%s%s < ?2", word, axis);
        word = scan->has_high ? " AND " : word;
    }
    /* The line end lets a condition end in a comment. */
    if (scan->condition)
        sqlite3_str_appendf(sql, "%s(%s\n)", word, scan->condition);
    if (axis && (rowid || scan->has_low || scan->has_high))
        sqlite3_str_appendf(sql, " ORDER BY %s", axis);
}

pd_status
sqlite_source_bind_rows(struct pd_source *source, sqlite3_stmt *stmt, struct pd_error *err)
{
    const struct scan *scan = &source->scan;
    int rc = SQLITE_OK;

    if (scan->plan->rowid || (scan->plan->axis && scan->has_low))
        rc = sqlite3_bind_int64(stmt, 1, scan->low);
    if (rc == SQLITE_OK && scan->plan->axis && scan->has_high)
        rc = sqlite3_bind_int64(stmt, 2, scan->high);
    if (rc == SQLITE_OK)
        return PD_OK;
    return sqlite_fail(source->host, source->db, rc, err, "cannot read table '%s'",
                       scan->table->name);
}

pd_status
sqlite_source_prepare(struct pd_source *source, const struct pd_table *table, sqlite3_str *sql,
                      sqlite3_stmt **ret_stmt, struct pd_error *err)
{
    int rc = sqlite3_str_errcode(sql);
    char *text = sqlite3_str_finish(sql);

    *ret_stmt = NULL;
    if (rc == SQLITE_OK)
        rc = text ? sqlite3_prepare_v2(source->db, text, -1, ret_stmt, NULL) : SQLITE_NOMEM;
    sqlite3_free(text);
    if (rc == SQLITE_OK)
        return PD_OK;
    return sqlite_fail(source->host, source->db, rc, err, "cannot read table '%s'", table->name);
}

static enum cell_mode
cell_mode(const struct pd_column *column)
{
    switch (column->type.kind) {
    case PD_KIND_INT64:
        return CELL_INTEGER;
    case PD_KIND_FLOAT64:
        return CELL_REAL;
    case PD_KIND_NUMBER:
        return CELL_NUMBER;
    case PD_KIND_TEXT:
        return CELL_TEXT;
    case PD_KIND_BINARY:
        return CELL_BINARY;
    default:
        return CELL_ANY;
    }
}

static void
set_columns(struct scan *scan)
{
    static const uint8_t layouts[] = {
        [CELL_INTEGER] = PD_LAYOUT_I64,  [CELL_REAL] = PD_LAYOUT_F64,
        [CELL_NUMBER] = PD_LAYOUT_NUM64, [CELL_TEXT] = PD_LAYOUT_VAR,
        [CELL_BINARY] = PD_LAYOUT_VAR,   [CELL_ANY] = PD_LAYOUT_TAGGED,
    };
    uint32_t i;

    scan->n_columns = 0;
    for (i = 0; i < scan->table->n_columns; i++) {
        const struct pd_column *column = &scan->table->columns[i];
        enum cell_mode mode = cell_mode(column);

        pd_builder_column(&scan->builder, i, layouts[mode], 0);
        if (sqlite_source_reads(scan->table, scan->plan, i))
            scan->columns[scan->n_columns++] = (struct scan_column){(uint8_t)mode, i};
    }
}

static void
put_columns(const struct scan *scan, sqlite3_str *sql)
{
    uint32_t i;

    for (i = 0; i < scan->n_columns; i++) {
        const struct pd_column *column = &scan->table->columns[scan->columns[i].column];

        sqlite3_str_appendall(sql, i ? ", " : "SELECT ");
        if (defect_put_column(sql, scan, i))
            continue;
        if (column->flags & PD_COLUMN_PASSENGER)
            sqlite3_str_appendall(sql, column->name); /* quoted it could be a string */
        else
            sqlite_put_name(sql, column->name);
    }
}

static void
scan_end(struct pd_source *source)
{
    struct scan *scan = &source->scan;

    sqlite_source_close_blob(source);
    sqlite3_finalize(scan->stmt);
    pd_builder_close(&scan->builder);
    source->host->release(source->host, scan->columns);
    source->host->release(source->host, scan->condition);
    memset(scan, 0, sizeof *scan);
}

static pd_status
scan_begin(struct pd_source *source, const struct pd_scan *order, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    const struct pd_host *host = source->host;

    scan->table = sqlite_source_table(source, order->table);
    scan->plan = &source->catalog->plans[order->table];
    scan->low = order->range.flags & PD_RANGE_LOW ? order->range.low : INT64_MIN;
    scan->has_low = (order->range.flags & PD_RANGE_LOW) != 0;
    scan->high = order->range.high;
    scan->has_high = (order->range.flags & PD_RANGE_HIGH) != 0;
    scan->columns = host->alloc(host, scan->table->n_columns * sizeof *scan->columns);
    if (!scan->columns ||
        pd_builder_open(&scan->builder, host, (uint32_t)scan->table->n_columns) != PD_OK)
        return sqlite_no_memory(host, err);
    if (order->where) {
        scan->condition = host->alloc(host, strlen(order->where) + 1);
        if (!scan->condition)
            return sqlite_no_memory(host, err);
        memcpy(scan->condition, order->where, strlen(order->where) + 1);
    }
    set_columns(scan);
    return PD_OK;
}

static pd_status
source_start(struct pd_source *source, const struct pd_scan *order, struct pd_error *err)
{
    sqlite3_str *sql;
    pd_status status;

    scan_end(source);
    if (order->table >= source->catalog->catalog.n_tables)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no table number %u",
                                  order->table);
    status = scan_begin(source, order, err);
    if (status != PD_OK)
        return status;
    sql = sqlite3_str_new(source->db);
    put_columns(&source->scan, sql);
    sqlite_source_put_rows(&source->scan, sql);
    defect_put_limit(sql, &source->scan);
    status = sqlite_source_prepare(source, source->scan.table, sql, &source->scan.stmt, err);
    if (status == PD_OK)
        status = sqlite_source_bind_rows(source, source->scan.stmt, err);
    /* Larger cells are noticed instead of loaded, where they can be fetched in slices. */
    sqlite3_limit(source->db, SQLITE_LIMIT_LENGTH,
                  source->scan.plan->has_slices ? PD_LONG_CELL : SOURCE_CELL_LIMIT);
    return status;
}

/* ---- Rows ---- */

static void
put_utf16(struct pd_source *source, uint32_t column, bool in_domain, const uint8_t *bytes,
          size_t size)
{
    struct pd_builder *b = &source->scan.builder;
    bool big_endian = source->catalog->big_endian;
    uint8_t *text = sqlite_source_scratch(source, size * 2 + 1);
    size_t i, n;

    if (!text) {
        b->short_of_memory = 1;
        pd_put_null(b, column);
    } else if (sqlite_text_from_utf16(bytes, size, big_endian, text, &n)) {
        if (in_domain)
            pd_put_bytes(b, column, text, n);
        else
            pd_put_tagged(b, column, PD_TAG_TEXT, text, n);
    } else {
        /* The tag's bytes are little endian. */
        for (i = 0; i < size; i++)
            text[i] = bytes[big_endian && (i | 1) < size ? i ^ 1 : i];
        pd_put_tagged(b, column, PD_TAG_UTF16, text, size);
    }
}

void
sqlite_source_put_text(struct pd_source *source, uint32_t column, bool in_domain,
                       const uint8_t *bytes, size_t size)
{
    struct pd_builder *b = &source->scan.builder;

    if (source->catalog->utf16)
        put_utf16(source, column, in_domain, bytes, size);
    else if (!text_is_utf8(bytes, size))
        pd_put_tagged(b, column, PD_TAG_BADTEXT, bytes, size);
    else if (in_domain)
        pd_put_bytes(b, column, bytes, size);
    else
        pd_put_tagged(b, column, PD_TAG_TEXT, bytes, size);
}

static void
put_integer(struct pd_builder *b, const struct scan_column *c, int64_t value)
{
    if (c->mode == CELL_INTEGER)
        pd_put_i64(b, c->column, value);
    else if (c->mode == CELL_NUMBER)
        pd_put_number_int(b, c->column, value);
    else
        pd_put_tagged_int(b, c->column, value);
}

static void
put_real(struct pd_builder *b, const struct scan_column *c, double value)
{
    if (c->mode == CELL_REAL)
        pd_put_f64(b, c->column, value);
    else if (c->mode == CELL_NUMBER)
        pd_put_number_real(b, c->column, value);
    else
        pd_put_tagged_real(b, c->column, value);
}

static inline void
put_text_or_blob(struct pd_source *source, const struct scan_column *c, sqlite3_value *value,
                 bool is_text)
{
    struct pd_builder *b = &source->scan.builder;
    /* The bytes as they are stored, whatever the encoding: bytes16() is the one that does not
       convert text where it is UTF-16. */
    const void *bytes = sqlite3_value_blob(value);
    size_t size = (size_t)(is_text && source->catalog->utf16 ? sqlite3_value_bytes16(value)
                                                             : sqlite3_value_bytes(value));

    if (!bytes && size) {
        b->short_of_memory = 1;
        pd_put_null(b, c->column);
    } else if (is_text) {
        sqlite_source_put_text(source, c->column, c->mode == CELL_TEXT, bytes, size);
    } else if (c->mode == CELL_BINARY) {
        pd_put_bytes(b, c->column, bytes, size);
    } else {
        pd_put_tagged(b, c->column, PD_TAG_BYTES, bytes, size);
    }
}

static inline void
put_cell(struct pd_source *source, const struct scan_column *c, sqlite3_value *value)
{
    struct pd_builder *b = &source->scan.builder;
    int type = sqlite3_value_type(value);

    switch (type) {
    case SQLITE_INTEGER:
        put_integer(b, c, sqlite3_value_int64(value));
        break;
    case SQLITE_FLOAT:
        put_real(b, c, sqlite3_value_double(value));
        break;
    case SQLITE_TEXT:
    case SQLITE_BLOB:
        put_text_or_blob(source, c, value, type == SQLITE_TEXT);
        break;
    default:
        pd_put_null(b, c->column);
    }
}

void
sqlite_source_put_cell(struct pd_source *source, const struct scan_column *column,
                       sqlite3_value *value)
{
    put_cell(source, column, value);
}

void
sqlite_source_end_row(struct pd_source *source)
{
    struct scan *scan = &source->scan;
    uint32_t i;

    if (scan->n_columns < scan->builder.n_columns) {
        for (i = 0; i < scan->builder.n_columns; i++) {
            if (!sqlite_source_reads(scan->table, scan->plan, i))
                pd_put_null(&scan->builder, i);
        }
    }
    pd_builder_row(&scan->builder);
}

static inline void
put_row(struct pd_source *source)
{
    struct scan *scan = &source->scan;
    uint32_t i;

    for (i = 0; i < scan->n_columns; i++)
        put_cell(source, &scan->columns[i], sqlite3_column_value(scan->stmt, (int)i));
    sqlite_source_end_row(source);
}

static pd_status
row_failed(struct pd_source *source, int rc, struct pd_error *err)
{
    const struct scan *scan = &source->scan;

    if (scan->has_last)
        return sqlite_fail(source->host, source->db, rc, err,
                           "cannot read table '%s' behind rowid %lld", scan->table->name,
                           (long long)scan->last);
    return sqlite_fail(source->host, source->db, rc, err, "cannot read table '%s'",
                       scan->table->name);
}

/* Rows until the batch is full or something else happens, which is returned as SQLite's code. */
static int
fill_batch(struct pd_source *source)
{
    struct scan *scan = &source->scan;
    bool has_rowid = scan->plan->rowid_column != PD_NO_COLUMN;
    uint32_t rowid = 0;
    int rc = SQLITE_ROW;

    while (has_rowid && scan->columns[rowid].column != scan->plan->rowid_column)
        rowid++;
    while (!pd_builder_full(&scan->builder) && (rc = sqlite3_step(scan->stmt)) == SQLITE_ROW) {
        if (has_rowid) {
            scan->last = sqlite3_column_int64(scan->stmt, (int)rowid);
            scan->has_last = true;
        }
        put_row(source);
        if (defect_is(DEFECT_ROW_TWICE) && scan->builder.n_rows == 1)
            put_row(source);
    }
    return rc;
}

static pd_status
hand_over(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    *ret_batch = pd_builder_finish(&source->scan.builder);
    return *ret_batch ? PD_OK : sqlite_source_batch_failed(source, err);
}

static pd_status
source_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    int rc;

    sqlite_source_close_blob(source);
    if (scan->row_is_long)
        return sqlite_source_read_long_row(source, ret_batch, err);
    if (!scan->stmt || scan->ended)
        return PD_DONE;
    if (pd_builder_begin(&scan->builder) != PD_OK)
        return sqlite_source_batch_failed(source, err);
    rc = fill_batch(source);
    if (rc == SQLITE_TOOBIG && scan->plan->has_slices) {
        scan->row_is_long = true;
        if (scan->builder.n_rows)
            return hand_over(source, ret_batch, err);
        pd_builder_drop(&scan->builder);
        return sqlite_source_read_long_row(source, ret_batch, err);
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        pd_builder_drop(&scan->builder);
        scan->ended = true;
        return row_failed(source, rc, err);
    }
    scan->ended = rc == SQLITE_DONE;
    if (scan->builder.n_rows)
        return hand_over(source, ret_batch, err);
    pd_builder_drop(&scan->builder);
    return PD_DONE;
}

/* ---- The handle ---- */

static pd_status
source_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
               struct pd_error *err)
{
    pd_status status = PD_OK;

    if (!source->catalog)
        status =
            sqlite_catalog_make(source->host, source->db, &source->pool, &source->catalog, err);
    if (status == PD_OK)
        *ret_catalog = &source->catalog->catalog;
    return status;
}

static pd_status
source_new(const struct pd_host *host, struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *source = host->alloc(host, sizeof *source);

    if (!source)
        return sqlite_no_memory(host, err);
    memset(source, 0, sizeof *source);
    source->host = host;
    source->pool.host = host;
    *ret_source = source;
    return PD_OK;
}

static void
close_borrowed(struct pd_source *source)
{
    if (source->old_limit)
        sqlite3_limit(source->db, SQLITE_LIMIT_LENGTH, source->old_limit);
    source->db = NULL;
}

static void
source_close(struct pd_source *source)
{
    if (!source)
        return;
    scan_end(source);
    sqlite_source_close_spares(source);
    if (source->is_borrowed)
        close_borrowed(source);
    sqlite3_close(source->db); /* ends the transaction */
    pd_pool_close(&source->pool);
    source->host->release(source->host, source->path);
    source->host->release(source->host, source->scratch);
    source->host->release(source->host, source->facts);
    source->host->release(source->host, source);
}

static pd_status
source_open(const struct pd_host *host, const struct pd_endpoint *end,
            struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *source = NULL;
    const char *path = end->location ? end->location : "";
    pd_status status = source_new(host, &source, err);

    if (status != PD_OK)
        return status;
    source->options = end->options;
    source->path = host->alloc(host, strlen(path) + 1);
    if (source->path) {
        memcpy(source->path, path, strlen(path) + 1);
        status = sqlite_source_open_snapshot(source, err);
    } else {
        status = sqlite_no_memory(host, err);
    }
    if (status == PD_OK)
        *ret_source = source;
    else
        source_close(source);
    return status;
}

pd_status
sqlite_source_borrow(const struct pd_host *host, sqlite3 *db, struct pd_source **ret_source,
                     struct pd_error *err)
{
    pd_status status = source_new(host, ret_source, err);

    if (status != PD_OK)
        return status;
    (*ret_source)->db = db;
    (*ret_source)->is_borrowed = true;
    (*ret_source)->old_limit = sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1);
    return PD_OK;
}

pd_status
sqlite_source_new_twin(struct pd_source *origin, sqlite3 *db, struct pd_source **ret_twin,
                       struct pd_error *err)
{
    pd_status status = source_new(origin->host, ret_twin, err);

    if (status != PD_OK)
        return status;
    (*ret_twin)->origin = origin;
    (*ret_twin)->options = origin->options;
    (*ret_twin)->catalog = origin->catalog;
    (*ret_twin)->db = db;
    return PD_OK;
}

static pd_status
source_compute(struct pd_source *source, uint32_t number, uint32_t column, struct pd_error *err)
{
    const struct pd_table *table = sqlite_source_table(source, number);
    struct table_plan *plan = &source->catalog->plans[number];

    if (!plan->is_computed)
        plan->is_computed =
            pd_pool_alloc(&source->pool, table->n_columns * sizeof *plan->is_computed);
    if (!plan->is_computed)
        return sqlite_no_memory(source->host, err);
    plan->is_computed[column] = true;
    return PD_OK;
}

const struct pd_source_ops sqlite_source_ops = {
    .struct_size = sizeof sqlite_source_ops,
    .open = source_open,
    .catalog = source_catalog,
    .start = source_start,
    .read = source_read,
    .close = source_close,
    .share = sqlite_source_share,
    .extent = sqlite_source_extent,
    .facts = sqlite_source_facts,
    .read_long = sqlite_source_read_long,
    .ask = sqlite_source_ask,
    .compute = source_compute,
};
