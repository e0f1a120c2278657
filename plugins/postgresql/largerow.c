// SPDX-License-Identifier: Apache-2.0
/* largerow - rows that the server cannot send at once, since a message has less than 1 GiB: found
   again by their place in the table, and fetched in pieces. */
#include <stdlib.h>

#include "scan.h"
#include "utf8.h"

enum {
    LARGE_PIECE = 33554432,
    LARGE_ROW = 536870912, /* smaller ones are no reason for a failure */
    LARGE_VALUE = 1 << 30, /* no server has a larger one */
    LARGE_BPCHAR = 1042    /* the type's oid */
};

void
large_end(struct pd_source *source)
{
    struct scan *scan = &source->scan;

    source->host->release(source->host, scan->large_row);
    source->host->release(source->host, scan->large_cells);
    scan->large_row = NULL;
    scan->large_cells = NULL;
}

/* Columns whose values may be large, as the bytes that they have in batches. False: the column's
   values are small. */
static bool
put_bytes(struct pd_sql *sql, const struct pg_column *column)
{
    switch (column->form) {
    case PG_FORM_BYTEA:
        sql_name(sql, column->name);
        return true;
    case PG_FORM_STRING:
        if (column->type_oid == LARGE_BPCHAR) {
            /* A cast to text would take blanks away that count. */
            pd_sql_add(sql, "pg_catalog.bpcharsend(");
            sql_name(sql, column->name);
            pd_sql_add(sql, ")");
            return true;
        }
        break;
    case PG_FORM_TEXT:
    case PG_FORM_BPCHAR:
    case PG_FORM_JSONB:
    case PG_FORM_BIT:
        break;
    default:
        return false;
    }
    pd_sql_add(sql, "pg_catalog.textsend(");
    rows_put_text(sql, column);
    pd_sql_add(sql, ")");
    return true;
}

static void
put_size(struct pd_sql *sql, const struct pg_column *column)
{
    struct pd_sql bytes = {.host = sql->host};

    if (put_bytes(&bytes, column) && pd_sql_text(&bytes))
        pd_sql_printf(sql, "coalesce(pg_catalog.octet_length(%s), 0)", pd_sql_text(&bytes));
    else
        pd_sql_add(sql, "0");
    sql->failed |= bytes.failed;
    pd_sql_free(&bytes);
}

static void
put_row(struct pd_sql *sql, const struct scan *scan)
{
    const struct pg_leaf *leaf = &scan->plan->leaves[scan->large_leaf];

    pd_sql_add(sql, " FROM ONLY ");
    sql_table(sql, leaf->schema, leaf->name);
    pd_sql_printf(sql, " WHERE ctid = %s", scan->large_row);
}

/* ---- Finding it ---- */

static pd_status
ask(struct pd_source *source, struct pd_sql *sql, const char *answer, PGresult **ret_result)
{
    const char *text = pd_sql_text(sql);
    pd_status status =
        text && answer ? pg_query(source->pg, text, 0, NULL, answer, ret_result, NULL) : PD_FATAL;

    pd_sql_clear(sql);
    return status;
}

/* Its leaf and place there. */
static pd_status
find_place(struct pd_source *source, const struct shape *shape, struct pd_sql *sql)
{
    struct scan *scan = &source->scan;
    PGresult *result = NULL;
    pd_status status;

    pd_sql_add(sql, "SELECT tableoid, pg_catalog.quote_literal(ctid) || '::pg_catalog.tid'");
    rows_put(sql, scan, shape);
    pd_sql_printf(sql, " OFFSET %llu LIMIT 1", (unsigned long long)scan->n_leaf);
    status = ask(source, sql, "?it", &result);
    if (status != PD_OK)
        return status;
    status = PD_UNSUPPORTED;
    if (PQntuples(result) == 1) {
        uint32_t oid = (uint32_t)strtoul(PQgetvalue(result, 0, 0), NULL, 10);
        const char *place = PQgetvalue(result, 0, 1);

        for (scan->large_leaf = 0; scan->large_leaf < scan->plan->n_leaves; scan->large_leaf++) {
            if (scan->plan->leaves[scan->large_leaf].oid == oid)
                break;
        }
        scan->large_row = source->host->alloc(source->host, strlen(place) + 1);
        if (scan->large_row && scan->large_leaf < scan->plan->n_leaves) {
            memcpy(scan->large_row, place, strlen(place) + 1);
            status = PD_OK;
        }
    }
    PQclear(result);
    return status;
}

/* The sizes of its cells, in scan->large_cells. */
static pd_status
find_sizes(struct pd_source *source, struct pd_sql *sql)
{
    struct scan *scan = &source->scan;
    struct pd_sql answer = {.host = source->host};
    size_t i, n = scan->table->n_columns;
    PGresult *result = NULL;
    uint64_t total = 0;
    pd_status status;

    scan->large_cells = source->host->alloc(source->host, n * sizeof *scan->large_cells);
    if (!scan->large_cells)
        return PD_FATAL;
    memset(scan->large_cells, 0, n * sizeof *scan->large_cells);
    for (i = 0; i < n; i++) {
        pd_sql_add(sql, i ? ", " : "SELECT ");
        if (scan->plan->columns[i].is_stored)
            put_size(sql, &scan->plan->columns[i]);
        else
            pd_sql_add(sql, "0");
    }
    put_row(sql, scan);
    pd_sql_add(&answer, "?");
    answer_put(&answer, 'i', n);
    status = ask(source, sql, pd_sql_text(&answer), &result);
    pd_sql_free(&answer);
    if (status != PD_OK)
        return status;
    for (i = 0; i < n && PQntuples(result) == 1; i++) {
        scan->large_cells[i].size = strtoull(PQgetvalue(result, 0, (int)i), NULL, 10);
        if (scan->large_cells[i].size > LARGE_VALUE) {
            total = 0;
            break;
        }
        total += scan->large_cells[i].size;
        if (scan->large_cells[i].size > PD_LONG_CELL)
            scan->large_cells[i].place = LONG_SERVER;
    }
    PQclear(result);
    return total > LARGE_ROW ? PD_OK : PD_UNSUPPORTED;
}

pd_status
large_find(struct pd_source *source)
{
    struct scan *scan = &source->scan;
    const struct shape *shape = NULL;
    struct pd_sql sql = {.host = source->host};
    pd_status status = PD_UNSUPPORTED;

    large_end(source);
    /* With a condition rows may come in any order, and could not be counted off. */
    if (source->pg->broken || !source->has_savepoint || scan->condition ||
        scan->plain != PLAIN_NOT || scan->plan->kind != PG_TABLE_PLAIN)
        return PD_UNSUPPORTED;
    if (pg_source_settle(source, NULL) == PD_OK &&
        pg_source_shape(source, scan->number, &shape, NULL) == PD_OK &&
        pg_source_mode(source, scan->order == PD_ORDER_KEY ? MODE_FREE : MODE_HEAP, NULL) == PD_OK)
        status = find_place(source, shape, &sql);
    if (status == PD_OK)
        status = find_sizes(source, &sql);
    pd_sql_free(&sql);
    scan->has_large = status == PD_OK;
    return status == PD_OK ? PD_OK : PD_UNSUPPORTED;
}

/* ---- Fetching it ---- */

/* One row of a stream that has one. *ret_at: its fields. */
static pd_status
copy_one(struct pd_source *source, struct pd_sql *sql, char **ret_message, const uint8_t **ret_at,
         const uint8_t **ret_end, struct pd_error *err)
{
    const char *text = pd_sql_text(sql);
    char *message = NULL, *row = NULL;
    uint64_t n_rows = 0;
    size_t size = 0;
    bool has_head = false;
    pd_status status = text ? pg_copy_out(source->pg, text, err) : pg_no_memory(source->host, err);

    while (status == PD_OK) {
        status = pg_copy_read(source->pg, &message, &size, &n_rows, err);
        if (status != PD_OK)
            break;
        *ret_at = row ? *ret_at : (const uint8_t *)message;
        *ret_end = row ? *ret_end : *ret_at + size;
        if (!row && (has_head || scan_head(ret_at, *ret_end)) && *ret_end - *ret_at > 2) {
            row = message;
            *ret_at += 2;
        } else {
            PQfreemem(message);
        }
        has_head = true;
    }
    if (status == PD_DONE && row) {
        *ret_message = row;
        return PD_OK;
    }
    PQfreemem(row);
    if (status == PD_DONE)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_CHANGED,
                                  "cannot read table '%s': a row is gone",
                                  source->scan.table->name);
    return status;
}

pd_status
large_fetch(struct pd_source *source, uint32_t column, uint64_t from, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    struct long_piece *piece = &scan->piece;
    struct pd_sql sql = {.host = source->host};
    const uint8_t *at, *end;
    struct decode_field field;
    pd_status status;

    if (piece->message && piece->column == column && from >= piece->from &&
        from - piece->from < piece->size)
        return PD_OK;
    PQfreemem(piece->message);
    memset(piece, 0, sizeof *piece);
    pd_sql_add(&sql, "COPY (SELECT pg_catalog.substring(");
    put_bytes(&sql, &scan->plan->columns[column]);
    pd_sql_printf(&sql, ", %llu, %d)", (unsigned long long)from + 1, LARGE_PIECE);
    put_row(&sql, scan);
    pd_sql_add(&sql, ") TO STDOUT (FORMAT binary)");
    status = copy_one(source, &sql, &piece->message, &at, &end, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    if (!decode_next(&at, end, &field) || field.is_null || field.size == 0)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                                  "cannot read table '%s': the server sent too little of a value",
                                  scan->table->name);
    piece->bytes = field.bytes;
    piece->size = field.size;
    piece->from = from;
    piece->column = column;
    return PD_OK;
}

/* The row's small cells, and NULL for the large ones. */
static pd_status
fetch_small(struct pd_source *source, char **ret_message, const uint8_t **ret_at,
            const uint8_t **ret_end, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    struct pd_sql sql = {.host = source->host};
    uint32_t i;
    pd_status status;

    pd_sql_add(&sql, "COPY (");
    for (i = 0; i < scan->decoder.n_columns; i++) {
        uint32_t number = scan->decoder.columns[i].column;
        const struct pg_column *column = &scan->plan->columns[number];

        pd_sql_add(&sql, i ? ", " : "SELECT ");
        if (scan->cells[number].place == LONG_SERVER)
            pd_sql_add(&sql, column->form == PG_FORM_TEXT ? "NULL::pg_catalog.text" : "NULL");
        else if (column->form == PG_FORM_TEXT)
            rows_put_text(&sql, column);
        else
            sql_name(&sql, column->name);
    }
    put_row(&sql, scan);
    pd_sql_add(&sql, ") TO STDOUT (FORMAT binary)");
    status = copy_one(source, &sql, ret_message, ret_at, ret_end, err);
    pd_sql_free(&sql);
    return status;
}

/* Is the whole of a long text valid? Characters may lie across the ends of pieces. */
static pd_status
check_text(struct pd_source *source, uint32_t column, bool *ret_valid, struct pd_error *err)
{
    const struct long_piece *piece = &source->scan.piece;
    uint64_t from = 0, size = source->scan.cells[column].size;
    pd_status status = PD_OK;

    *ret_valid = true;
    while (from < size && *ret_valid && status == PD_OK) {
        const char *text;
        size_t n;

        status = large_fetch(source, column, from, err);
        if (status != PD_OK)
            return status;
        text = (const char *)piece->bytes;
        n = from + piece->size < size ? utf8_cut(text, piece->size) : piece->size;
        *ret_valid = n > 0 && utf8_is_valid(text, n);
        from += n;
    }
    return status;
}

static pd_status
put_cell(struct pd_source *source, const struct decode_column *c, const struct decode_field *field,
         struct pd_error *err)
{
    struct scan *scan = &source->scan;
    const struct long_cell *cell = &scan->cells[c->column];
    bool is_valid = true;
    pd_status status = PD_OK;

    if (cell->place == LONG_SERVER) {
        if (c->form != PG_FORM_BYTEA)
            status = check_text(source, c->column, &is_valid, err);
        if (status == PD_OK)
            pd_put_long(&scan->builder, c->column, is_valid ? PD_TAG_PLAIN : PD_TAG_BADTEXT,
                        cell->size, c->column);
        return status;
    }
    if (field->is_null)
        pd_put_null(&scan->builder, c->column);
    else if (!decode_cell(&scan->decoder, c, field->bytes, field->size))
        return scan_broken(source, err);
    return PD_OK;
}

static pd_status
put_cells(struct pd_source *source, const uint8_t *at, const uint8_t *end, struct pd_error *err)
{
    struct decoder *d = &source->scan.decoder;
    struct decode_field field;
    pd_status status = PD_OK;
    uint32_t i;

    for (i = 0; i < d->n_columns && status == PD_OK; i++) {
        if (!decode_next(&at, end, &field)) {
            decode_fault(d, &d->columns[i], "the row ends within this column");
            return scan_broken(source, err);
        }
        status = put_cell(source, &d->columns[i], &field, err);
    }
    decode_row_end(d);
    return status;
}

pd_status
large_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    const uint8_t *at = NULL, *end = NULL;
    char *message = NULL;
    pd_status status;

    scan->cells = scan->large_cells;
    scan->large_cells = NULL;
    scan->has_large = false;
    scan->n_leaf++;
    status = fetch_small(source, &message, &at, &end, err);
    if (status == PD_OK && pd_builder_begin(&scan->builder) != PD_OK)
        status = scan_no_batch(source, err);
    if (status == PD_OK)
        status = put_cells(source, at, end, err);
    PQfreemem(message);
    if (status != PD_OK) {
        pd_builder_drop(&scan->builder);
        return status;
    }
    *ret_batch = pd_builder_finish(&scan->builder);
    return *ret_batch ? PD_OK : scan_no_batch(source, err);
}
