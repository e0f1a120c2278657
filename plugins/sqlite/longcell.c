// SPDX-License-Identifier: Apache-2.0
/* longcell - rows with cells too large for a batch: sizes first, bytes in slices on demand. */
#include <string.h>

#include "source.h"
#include "text.h"

enum { LONG_CHECK_SLICE = 65536 };

void
sqlite_source_close_blob(struct pd_source *source)
{
    sqlite3_blob_close(source->scan.blob);
    source->scan.blob = NULL;
}

static pd_status
long_failed(struct pd_source *source, int rc, struct pd_error *err)
{
    return sqlite_fail(source->host, source->db, rc, err,
                       "cannot read the row with rowid %lld of table '%s'",
                       (long long)source->scan.long_row, source->scan.table->name);
}

static void
put_value_name(const struct pd_column *column, sqlite3_str *sql)
{
    if (column->flags & PD_COLUMN_PASSENGER)
        sqlite3_str_appendall(sql, column->name);
    else
        sqlite_put_name(sql, column->name);
}

/* Types of the cells of the next row, none of which is loaded, and its rowid. */
static pd_status
find_row(struct pd_source *source, sqlite3_stmt **ret_stmt, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    sqlite3_str *sql = sqlite3_str_new(source->db);
    uint32_t i;
    pd_status status;

    for (i = 0; i < scan->n_columns; i++) {
        const struct pd_column *column = &scan->table->columns[scan->columns[i].column];
        bool is_rowid = scan->columns[i].column == scan->plan->rowid_column;

        sqlite3_str_appendall(sql, i ? ", " : "SELECT ");
        sqlite3_str_appendall(sql, is_rowid ? "" : "typeof(");
        put_value_name(column, sql);
        sqlite3_str_appendall(sql, is_rowid ? "" : ")");
    }
    sqlite_source_put_rows(scan, sql);
    sqlite3_str_appendall(sql, " LIMIT 1");
    status = sqlite_source_prepare(source, scan->table, sql, ret_stmt, err);
    return status == PD_OK ? sqlite_source_bind_rows(source, *ret_stmt, err) : status;
}

/* The numbers of the row, and NULL for all else. */
static pd_status
find_numbers(struct pd_source *source, sqlite3_stmt **ret_stmt, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    sqlite3_str *sql = sqlite3_str_new(source->db);
    uint32_t i;
    int rc;
    pd_status status;

    for (i = 0; i < scan->n_columns; i++) {
        const struct pd_column *column = &scan->table->columns[scan->columns[i].column];

        sqlite3_str_appendall(sql, i ? ", CASE WHEN typeof(" : "SELECT CASE WHEN typeof(");
        put_value_name(column, sql);
        sqlite3_str_appendall(sql, ") IN ('integer', 'real') THEN ");
        put_value_name(column, sql);
        sqlite3_str_appendall(sql, " END");
    }
    sqlite3_str_appendf(sql, " FROM main.\"%w\" NOT INDEXED WHERE %s = ?1", scan->table->name,
                        scan->plan->rowid);
    status = sqlite_source_prepare(source, scan->table, sql, ret_stmt, err);
    if (status != PD_OK)
        return status;
    rc = sqlite3_bind_int64(*ret_stmt, 1, scan->long_row);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(*ret_stmt);
    return rc == SQLITE_ROW ? PD_OK : long_failed(source, rc, err);
}

static pd_status
open_blob(struct pd_source *source, uint32_t column, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    int rc;

    if (scan->blob && scan->blob_column == column)
        return PD_OK;
    sqlite_source_close_blob(source);
    rc = sqlite3_blob_open(source->db, "main", scan->table->name, scan->table->columns[column].name,
                           scan->long_row, 0, &scan->blob);
    if (rc != SQLITE_OK) {
        scan->blob = NULL;
        return long_failed(source, rc, err);
    }
    scan->blob_column = column;
    scan->blob_size = (uint64_t)sqlite3_blob_bytes(scan->blob);
    return PD_OK;
}

/* Is the whole of a long text valid? */
static pd_status
check_text(struct pd_source *source, bool *ret_valid, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    uint8_t *slice = sqlite_source_scratch(source, LONG_CHECK_SLICE);
    uint64_t at;
    uint32_t state = 0;
    int rc;

    *ret_valid = true;
    if (!slice)
        return sqlite_no_memory(source->host, err);
    for (at = 0; at < scan->blob_size && *ret_valid; at += LONG_CHECK_SLICE) {
        uint64_t left = scan->blob_size - at;
        int size = left < LONG_CHECK_SLICE ? (int)left : LONG_CHECK_SLICE;

        rc = sqlite3_blob_read(scan->blob, slice, size, (int)at);
        if (rc != SQLITE_OK)
            return long_failed(source, rc, err);
        *ret_valid = sqlite_text_check_piece(slice, (size_t)size, &state);
    }
    *ret_valid = *ret_valid && state == 0;
    return PD_OK;
}

static pd_status
put_long(struct pd_source *source, const struct scan_column *c, bool is_text, struct pd_error *err)
{
    bool in_domain = c->mode == (is_text ? CELL_TEXT : CELL_BINARY), valid = true;
    uint32_t tag = in_domain ? PD_TAG_PLAIN : is_text ? PD_TAG_TEXT : PD_TAG_BYTES;
    pd_status status = is_text ? check_text(source, &valid, err) : PD_OK;

    if (status == PD_OK)
        pd_put_long(&source->scan.builder, c->column, valid ? tag : PD_TAG_BADTEXT,
                    source->scan.blob_size, c->column);
    return status;
}

static pd_status
put_bytes(struct pd_source *source, const struct scan_column *c, bool is_text, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    size_t size = (size_t)scan->blob_size;
    uint8_t *bytes = sqlite_source_scratch(source, size + 1);
    int rc = bytes ? sqlite3_blob_read(scan->blob, bytes, (int)size, 0) : SQLITE_NOMEM;

    if (rc != SQLITE_OK)
        return long_failed(source, rc, err);
    if (is_text)
        sqlite_source_put_text(source, c->column, c->mode == CELL_TEXT, bytes, size);
    else if (c->mode == CELL_BINARY)
        pd_put_bytes(&scan->builder, c->column, bytes, size);
    else
        pd_put_tagged(&scan->builder, c->column, PD_TAG_BYTES, bytes, size);
    return PD_OK;
}

static pd_status
put_careful_cell(struct pd_source *source, const struct scan_column *c, const char *type,
                 sqlite3_value *number, struct pd_error *err)
{
    bool is_text = type && strcmp(type, "text") == 0;
    pd_status status;

    if (!is_text && (!type || strcmp(type, "blob") != 0)) {
        sqlite_source_put_cell(source, c, number);
        return PD_OK;
    }
    status = open_blob(source, c->column, err);
    if (status != PD_OK)
        return status;
    return source->scan.blob_size > PD_LONG_CELL ? put_long(source, c, is_text, err)
                                                 : put_bytes(source, c, is_text, err);
}

static pd_status
put_careful_row(struct pd_source *source, sqlite3_stmt *types, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    sqlite3_stmt *numbers = NULL;
    uint32_t i;
    pd_status status = find_numbers(source, &numbers, err);

    for (i = 0; i < scan->n_columns && status == PD_OK; i++) {
        bool is_rowid = scan->columns[i].column == scan->plan->rowid_column;
        const char *type = is_rowid ? NULL : (const char *)sqlite3_column_text(types, (int)i);

        if (!is_rowid && !type)
            status = sqlite_no_memory(source->host, err);
        else
            status = put_careful_cell(source, &scan->columns[i], type,
                                      sqlite3_column_value(numbers, (int)i), err);
    }
    sqlite3_finalize(numbers);
    if (status == PD_OK)
        sqlite_source_end_row(source);
    return status;
}

static int64_t
rowid_of(const struct scan *scan, sqlite3_stmt *types)
{
    uint32_t i;

    for (i = 0; scan->columns[i].column != scan->plan->rowid_column; i++)
        ;
    return sqlite3_column_int64(types, (int)i);
}

/* Behind the long row the scan goes on as before. */
static pd_status
resume(struct pd_source *source, struct pd_error *err)
{
    struct scan *scan = &source->scan;

    scan->row_is_long = false;
    scan->last = scan->long_row;
    scan->has_last = true;
    if (scan->long_row == INT64_MAX) {
        scan->ended = true;
        return PD_OK;
    }
    sqlite3_reset(scan->stmt);
    scan->low = scan->long_row + 1;
    return sqlite_source_bind_rows(source, scan->stmt, err);
}

static pd_status
read_careful(struct pd_source *source, sqlite3_stmt *types, const struct pd_batch **ret_batch,
             struct pd_error *err)
{
    struct scan *scan = &source->scan;
    pd_status status;

    scan->long_row = rowid_of(scan, types);
    if (pd_builder_begin(&scan->builder) != PD_OK)
        return sqlite_source_batch_failed(source, err);
    status = put_careful_row(source, types, err);
    if (status == PD_OK)
        status = resume(source, err);
    if (status != PD_OK) {
        pd_builder_drop(&scan->builder);
        return status;
    }
    *ret_batch = pd_builder_finish(&scan->builder);
    return *ret_batch ? PD_OK : sqlite_source_batch_failed(source, err);
}

pd_status
sqlite_source_read_long_row(struct pd_source *source, const struct pd_batch **ret_batch,
                            struct pd_error *err)
{
    struct scan *scan = &source->scan;
    sqlite3_stmt *types = NULL;
    pd_status status;
    int rc;

    sqlite3_reset(scan->stmt);
    if (scan->has_last && scan->last >= scan->low)
        scan->low = scan->last + 1;
    /* A condition may look into the long cell. */
    sqlite3_limit(source->db, SQLITE_LIMIT_LENGTH, SOURCE_CELL_LIMIT);
    status = find_row(source, &types, err);
    if (status == PD_OK) {
        rc = sqlite3_step(types);
        status = rc == SQLITE_ROW    ? read_careful(source, types, ret_batch, err)
                 : rc == SQLITE_DONE ? PD_DONE
                                     : long_failed(source, rc, err);
    }
    sqlite3_finalize(types);
    sqlite3_limit(source->db, SQLITE_LIMIT_LENGTH, PD_LONG_CELL);
    if (status != PD_OK) {
        scan->ended = true;
        scan->row_is_long = false;
    }
    return status;
}

pd_status
sqlite_source_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                        void *buffer, size_t size, struct pd_error *err)
{
    uint64_t left;
    pd_status status;
    int rc;

    if (!source->scan.table || cell->cookie >= source->scan.table->n_columns)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no such long cell");
    status = open_blob(source, (uint32_t)cell->cookie, err);
    if (status != PD_OK)
        return status;
    left = offset < source->scan.blob_size ? source->scan.blob_size - offset : 0;
    if (left == 0)
        return PD_OK;
    rc =
        sqlite3_blob_read(source->scan.blob, buffer, (int)(left < size ? left : size), (int)offset);
    return rc == SQLITE_OK ? PD_OK : long_failed(source, rc, err);
}
