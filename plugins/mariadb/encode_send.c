// SPDX-License-Identifier: Apache-2.0
/* encode_send - the arrays to the server: one statement for some thousand rows where it takes
 * arrays, else for as many rows as its markers are enough for. */
#include <stdio.h>
#include <string.h>

#include "encode.h"

enum { SEND_LONG = 262144, SEND_WARNINGS = 65534 };

/* ---- Statements ---- */

/* Text by the first marker, or bytes in the column's own character set by the second: both come
   out in that, so that nothing is converted once more. */
static void
put_marker(struct pd_sql *sql, const struct encode_column *c)
{
    if (c->raw_charset)
        pd_sql_printf(sql, "COALESCE(CONVERT(? USING %s), CONVERT(? USING %s))", c->raw_charset,
                      c->raw_charset);
    else
        pd_sql_add(sql, "?");
}

static void
put_row(struct pd_sql *sql, const struct encoder *e)
{
    for (uint32_t k = 0; k < e->n_columns; k++) {
        pd_sql_add(sql, k ? ", " : "(");
        put_marker(sql, &e->columns[k]);
    }
    pd_sql_add(sql, e->n_columns ? ")" : "()");
}

static void
put_insert(struct pd_sql *sql, const struct encoder *e)
{
    pd_sql_add(sql, "INSERT INTO ");
    my_table(sql, NULL, e->table->staged);
    pd_sql_add(sql, " (");
    for (uint32_t k = 0; k < e->n_columns; k++) {
        pd_sql_add(sql, k ? ", " : "");
        my_name(sql, e->columns[k].name);
    }
    pd_sql_add(sql, ") VALUES ");
}

static pd_status
prepare_rows(struct encoder *e, uint32_t n_rows, MYSQL_STMT **ret_stmt, struct pd_error *err)
{
    struct pd_sql sql = {.host = e->host};
    pd_status status;

    put_insert(&sql, e);
    for (uint32_t i = 0; i < n_rows; i++) {
        pd_sql_add(&sql, i ? ", " : "");
        put_row(&sql, e);
    }
    status = my_prepare(e->my, &sql, ret_stmt, err);
    pd_sql_free(&sql);
    return status;
}

static bool
takes_arrays(const struct my *my)
{
    unsigned long more = 0;

    return my->is_mariadb && !my->logs_statements &&
           mariadb_get_infov(my->conn, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &more) ==
               0 &&
           more & (unsigned long)(MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32);
}

static pd_status
prepare_many(struct encoder *e, struct pd_error *err)
{
    uint32_t most = ENCODE_BINDS / e->n_markers;
    size_t n;

    e->rows_many = most < e->rows_room ? most : e->rows_room;
    if (e->rows_many < 2)
        return PD_OK;
    n = (size_t)e->rows_many * e->n_markers;
    e->many_binds = e->host->alloc(e->host, n * sizeof *e->many_binds);
    e->many_nulls = e->host->alloc(e->host, n * sizeof *e->many_nulls);
    if (!e->many_binds || !e->many_nulls)
        return my_no_memory(e->host, err);
    return prepare_rows(e, e->rows_many, &e->many, err);
}

pd_status
encode_prepare(struct encoder *e, struct pd_error *err)
{
    pd_status status;

    if (e->insert || e->n_columns == 0)
        return PD_OK;
    e->has_arrays = takes_arrays(e->my);
    if (!e->table->is_transactional && encode_has_computed(e)) {
        /* What is in cannot be taken back, to be tried once more. */
        status = encode_relax(e, err);
        if (status != PD_OK)
            return status;
    }
    status = prepare_rows(e, 1, &e->insert, err);
    return status == PD_OK && !e->has_arrays ? prepare_many(e, err) : status;
}

void
encode_finish(struct encoder *e)
{
    if (!e->host)
        return;
    encode_stiffen(e);
    my_stmt_close(e->my, e->insert);
    my_stmt_close(e->my, e->many);
    e->host->release(e->host, e->many_binds);
    e->host->release(e->host, e->many_nulls);
    e->insert = NULL;
    e->many = NULL;
    e->many_binds = NULL;
    e->many_nulls = NULL;
    e->rows_many = 0;
}

static pd_status
execute(struct encoder *e, MYSQL_STMT *stmt, MYSQL_BIND *binds, uint32_t n_array,
        struct pd_error *err)
{
    unsigned int size = n_array;

    if (e->my->broken)
        return my_execute(e->my, stmt, err);
    mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &size);
    if (mysql_stmt_bind_param(stmt, binds) != 0 || mysql_stmt_execute(stmt) != 0)
        return my_fail(e->my, stmt, PD_FAILED, err, "while rows were written");
    return PD_OK;
}

/* ---- Rows ---- */

static pd_status
send_array(struct encoder *e, uint32_t first, uint32_t n, struct pd_error *err)
{
    pd_status status;

    for (uint32_t k = 0; k < e->n_columns; k++)
        encode_bind(&e->columns[k], first, &e->binds[e->columns[k].marker]);
    status = execute(e, e->insert, e->binds, n, err);
    return status == PD_OK ? encode_answer(e, e->insert, n, err) : status;
}

static void
bind_one(struct encoder *e, uint32_t first, uint32_t i, MYSQL_BIND *binds, my_bool *nulls)
{
    for (uint32_t k = 0; k < e->n_columns; k++) {
        const struct encode_column *c = &e->columns[k];

        encode_bind_one(c, first, i, &binds[c->marker], &nulls[c->marker]);
    }
}

static pd_status
send_one(struct encoder *e, uint32_t first, uint32_t i, struct pd_error *err)
{
    my_bool *nulls = e->host->alloc(e->host, e->n_markers);
    pd_status status;

    if (!nulls)
        return my_no_memory(e->host, err);
    bind_one(e, first, i, e->binds, nulls);
    status = execute(e, e->insert, e->binds, 0, err);
    e->host->release(e->host, nulls);
    return status;
}

static pd_status
send_many(struct encoder *e, uint32_t first, uint32_t n, struct pd_error *err)
{
    pd_status status = PD_OK;
    uint32_t i = 0;

    while (status == PD_OK && e->many && n - i >= e->rows_many) {
        for (uint32_t r = 0; r < e->rows_many; r++)
            bind_one(e, first, i + r, &e->many_binds[(size_t)r * e->n_markers],
                     &e->many_nulls[(size_t)r * e->n_markers]);
        status = execute(e, e->many, e->many_binds, 0, err);
        if (status == PD_OK)
            status = encode_answer(e, e->many, e->rows_many, err);
        i += e->rows_many;
    }
    for (; status == PD_OK && i < n; i++) {
        status = send_one(e, first, i, err);
        if (status == PD_OK)
            status = encode_answer(e, e->insert, 1, err);
    }
    return status;
}

/* Rows without a column that could be named. */
static pd_status
send_nothing(struct encoder *e, uint32_t n, struct pd_error *err)
{
    struct pd_sql sql = {.host = e->host};
    pd_status status;

    pd_sql_add(&sql, "INSERT INTO ");
    my_table(&sql, NULL, e->table->staged);
    pd_sql_add(&sql, " () VALUES ()");
    for (uint32_t i = 1; i < n; i++)
        pd_sql_add(&sql, ", ()");
    status = my_run_sql(e->my, &sql, err);
    pd_sql_free(&sql);
    if (status == PD_OK && !encode_are_stored(e, mysql_affected_rows(e->my->conn), n))
        status =
            e->host->fail(err, PD_FATAL, PD_CAUSE_DIFFERENT, "the server did not store all rows");
    return status;
}

/* ---- An enum's error value: only a session that is not strict stores it, with a warning ---- */

static pd_status
send_lax(struct encoder *e, uint32_t row, struct pd_error *err)
{
    pd_status status = my_run_quietly(e->my,
                                      "SET @polydump_mode = @@sql_mode, sql_mode = "
                                      "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'",
                                      err);
    pd_status back;

    if (status != PD_OK)
        return status;
    encode_fill(e, row, 1);
    status = send_one(e, row, 0, err);
    if (status == PD_OK)
        status = encode_answer_lax(e, row, err);
    if (e->my->broken)
        return status;
    /* MySQL would rather have more of it said. */
    back = my_run_quietly(e->my, "SET sql_mode = @polydump_mode", status == PD_OK ? err : NULL);
    return back == PD_OK ? status : PD_FATAL;
}

/* ---- Pieces of a batch ---- */

/* Bytes of what has no fixed width. */
static uint64_t
bytes_of(const struct encoder *e, uint32_t first, uint32_t n)
{
    uint64_t size = 0;

    for (uint32_t k = 0; k < e->n_columns; k++) {
        const struct pd_vector *v = e->columns[k].v;

        size += (uint64_t)n * (e->columns[k].width + 8);
        if (v->offsets)
            size += (uint64_t)(v->offsets[first + n] - v->offsets[first]);
    }
    return size;
}

static uint64_t
most_bytes(const struct encoder *e)
{
    return e->my->max_packet / 2 < ENCODE_BYTES ? e->my->max_packet / 2 : ENCODE_BYTES;
}

static uint32_t
piece_size(const struct encoder *e, uint32_t first, uint32_t n)
{
    uint32_t n_computed = (uint32_t)e->table->table->n_columns - e->n_columns;

    if (n > e->rows_room)
        n = e->rows_room;
    /* The server counts no more warnings of a statement than these. */
    if (n_computed && n > SEND_WARNINGS / n_computed)
        n = SEND_WARNINGS / n_computed;
    while (n > 1 && bytes_of(e, first, n) > most_bytes(e))
        n /= 2;
    return n;
}

static pd_status
send_piece(struct encoder *e, uint32_t first, uint32_t n, struct pd_error *err)
{
    if (n == 1 && bytes_of(e, first, 1) + ENCODE_OVERHEAD > e->my->max_packet) {
        snprintf(e->my->complaint.text, sizeof e->my->complaint.text,
                 "the row is longer than the server's max_allowed_packet of %zu bytes",
                 e->my->max_packet);
        e->my->complaint.code = 1153;
        return e->host->fail(err, PD_FAILED, PD_CAUSE_LIMIT, "%s", e->my->complaint.text);
    }
    if (e->n_columns == 0)
        return send_nothing(e, n, err);
    e->my->n_bytes += bytes_of(e, first, n);
    encode_fill(e, first, n);
    return e->has_arrays ? send_array(e, first, n, err) : send_many(e, first, n, err);
}

/* Neither rejected nor lax. */
static uint32_t
run_end(const struct encoder *e, uint32_t first, uint32_t end)
{
    if (!e->n_skipped && !e->n_lax)
        return end;
    while (first < end && !encode_is_skipped(e, first) && !encode_is_lax(e, first))
        first++;
    return first;
}

pd_status
encode_rows(struct encoder *e, uint32_t first, uint32_t end, struct pd_error *err)
{
    pd_status status = encode_prepare(e, err);

    while (first < end && status == PD_OK) {
        uint32_t stop = run_end(e, first, end);
        uint32_t n = stop > first ? piece_size(e, first, stop - first) : 1;

        e->piece = first;
        e->piece_rows = n;
        if (stop > first)
            status = send_piece(e, first, n, err);
        else if (!encode_is_skipped(e, first))
            status = send_lax(e, first, err);
        first += n;
    }
    return status;
}

/* ---- A row with cells that are not in its batch ---- */

static pd_status
send_slices(struct encoder *e, unsigned marker, const struct pd_long *cell,
            const struct encode_long *from, struct pd_error *err)
{
    uint8_t *buffer = e->host->alloc(e->host, SEND_LONG);
    pd_status status = buffer ? PD_OK : my_no_memory(e->host, err);
    uint64_t at = 0;

    while (status == PD_OK && at < cell->size) {
        size_t n = cell->size - at < SEND_LONG ? (size_t)(cell->size - at) : SEND_LONG;

        status = from->ops->read_long(from->source, cell, at, buffer, n, err);
        if (status == PD_OK &&
            mysql_stmt_send_long_data(e->insert, marker, (const char *)buffer, n) != 0)
            status = my_fail(e->my, e->insert, PD_FAILED, err, "while rows were written");
        at += n;
    }
    e->host->release(e->host, buffer);
    return status;
}

static bool
has_place(const struct encode_column *c, const struct pd_long *cell)
{
    bool is_text = c->form == MY_FORM_TEXT || c->form == MY_FORM_RAW;

    if (c->layout != PD_LAYOUT_VAR || c->plain != ENCODE_VAR)
        return false;
    return cell->tag == PD_TAG_PLAIN || (cell->tag == PD_TAG_BYTES && !is_text) ||
           ((cell->tag == PD_TAG_TEXT || cell->tag == PD_TAG_BADTEXT) && is_text);
}

static bool
check_long(struct encoder *e)
{
    for (uint32_t k = 0; k < e->n_columns; k++) {
        const struct encode_column *c = &e->columns[k];
        const struct pd_long *cell = c->v->n_longs ? c->v->longs : NULL;

        if (!cell)
            continue;
        if (!has_place(c, cell))
            encode_reject(e, 0, PD_CAUSE_DATA, NULL, NULL,
                          "column '%s' (%s): the value is too long for it", c->name,
                          c->native ? c->native : "");
        else if (cell->size > e->my->max_packet)
            encode_reject(e, 0, PD_CAUSE_LIMIT, NULL, NULL,
                          "column '%s' (%s): a value of %llu bytes is longer than the server's "
                          "max_allowed_packet of %zu",
                          c->name, c->native ? c->native : "", (unsigned long long)cell->size,
                          e->my->max_packet);
    }
    return !encode_is_skipped(e, 0);
}

static pd_status
send_longs(struct encoder *e, my_bool *nulls, const struct encode_long *from, struct pd_error *err)
{
    unsigned int none = 0;
    pd_status status = PD_OK;

    bind_one(e, 0, 0, e->binds, nulls);
    for (uint32_t k = 0; k < e->n_columns; k++) {
        const struct encode_column *c = &e->columns[k];

        if (c->v->n_longs && c->raw_charset) {
            nulls[c->marker] = c->v->longs->tag == PD_TAG_BADTEXT;
            nulls[c->marker + 1] = !nulls[c->marker];
        }
    }
    mysql_stmt_attr_set(e->insert, STMT_ATTR_ARRAY_SIZE, &none);
    if (mysql_stmt_bind_param(e->insert, e->binds) != 0)
        return my_fail(e->my, e->insert, PD_FAILED, err, "while rows were written");
    for (uint32_t k = 0; k < e->n_columns && status == PD_OK; k++) {
        const struct encode_column *c = &e->columns[k];
        bool is_raw = c->v->n_longs && c->raw_charset && c->v->longs->tag == PD_TAG_BADTEXT;

        if (c->v->n_longs)
            status = send_slices(e, c->marker + is_raw, c->v->longs, from, err);
    }
    if (status == PD_OK && mysql_stmt_execute(e->insert) != 0)
        status = my_fail(e->my, e->insert, PD_FAILED, err, "while rows were written");
    return status == PD_OK ? encode_answer(e, e->insert, 1, err) : status;
}

pd_status
encode_long_row(struct encoder *e, const struct encode_long *from, struct pd_error *err)
{
    pd_status status = encode_prepare(e, err);
    my_bool *nulls;

    if (status != PD_OK || encode_is_skipped(e, 0) || !check_long(e))
        return status;
    nulls = e->host->alloc(e->host, e->n_markers + 1);
    if (!nulls)
        return my_no_memory(e->host, err);
    encode_fill(e, 0, 1);
    status = send_longs(e, nulls, from, err);
    e->host->release(e->host, nulls);
    return status;
}
