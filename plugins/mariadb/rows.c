// SPDX-License-Identifier: Apache-2.0
/* rows - the rows of a query about the catalogue, as text, one at a time: what ten thousand tables
   say about themselves is too much to be stored. */
#include "decode.h"
#include "maker.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ROW_FIELDS = 24, ROW_INT_SIZE = 24 };

/* The library hands out where the values are and copies none: it would believe their lengths. */
struct rows {
    struct maker *m;
    MYSQL_STMT *stmt;
    struct decoder decoder;
    struct decode_column columns[ROW_FIELDS];
    struct decode_field fields[ROW_FIELDS];
    char *room[ROW_FIELDS]; /* of the values and a NUL */
    size_t room_size[ROW_FIELDS];
    unsigned long sizes[ROW_FIELDS];
    const char *text[ROW_FIELDS];
};

static pd_status
fail(const struct rows *rows)
{
    return rows->m->host->fail(rows->m->err, PD_FAILED, PD_CAUSE_CORRUPT,
                               "the catalogue cannot be read: %s", rows->decoder.fault);
}

/* ---- What comes ---- */

/* Text and integers, as the server says that it sends them. */
static pd_status
bind(struct rows *rows)
{
    struct decoder *d = &rows->decoder;
    const MYSQL_FIELD *fields = mariadb_stmt_fetch_fields(rows->stmt);
    uint32_t n = mysql_stmt_field_count(rows->stmt);

    d->n_fields = 0; /* whatever comes is a fault */
    if (n == 0 || n > ROW_FIELDS || !fields) {
        decode_fault(d, NULL, "the server sends another number of columns");
        return fail(rows);
    }
    for (uint32_t i = 0; i < n; i++) {
        enum enum_field_types type = fields[i].type;

        if (decode_is_special_type(type) && !decode_is_int_type(type)) {
            decode_fault(d, NULL, "the server sends another type than was asked for");
            return fail(rows);
        }
        rows->fields[i] = (struct decode_field){.width = decode_width(type), .stream = i};
        rows->columns[i] = (struct decode_column){
            .size = decode_width(type),
            .is_unsigned = fields[i].flags & UNSIGNED_FLAG,
            .column = PD_NO_COLUMN,
        };
    }
    d->n_fields = n;
    return PD_OK;
}

static pd_status
listen(struct rows *rows)
{
    struct maker *m = rows->m;

    rows->decoder.columns = rows->columns;
    rows->decoder.fields = rows->fields;
    rows->decoder.end = &m->my->conn->net.buff_end;
    if (mysql_stmt_attr_set(rows->stmt, STMT_ATTR_CB_USER_DATA, &rows->decoder) != 0 ||
        mysql_stmt_attr_set(rows->stmt, STMT_ATTR_CB_RESULT,
                            (const void *)(uintptr_t)decode_take) != 0)
        return m->host->fail(m->err, PD_FATAL, PD_CAUSE_VERSION,
                             "the client library hands out no raw values; Connector/C 3.1 is the "
                             "oldest that does");
    return bind(rows);
}

/* ---- Rows ---- */

static bool
copy(struct rows *rows, size_t i, const void *bytes, size_t size)
{
    const struct pd_host *host = rows->m->host;

    if (size >= rows->room_size[i]) {
        char *grown = host->resize(host, rows->room[i], size + 1);

        if (!grown)
            return false;
        rows->room[i] = grown;
        rows->room_size[i] = size + 1;
    }
    if (size)
        memcpy(rows->room[i], bytes, size);
    rows->room[i][size] = 0;
    rows->sizes[i] = (unsigned long)size;
    rows->text[i] = rows->room[i];
    return true;
}

static bool
copy_int(struct rows *rows, size_t i)
{
    const struct decode_column *c = &rows->columns[i];
    int64_t value = decode_int_value(c, rows->fields[i].bytes);
    char text[ROW_INT_SIZE];
    int size = c->is_unsigned ? snprintf(text, sizeof text, "%" PRIu64, (uint64_t)value)
                              : snprintf(text, sizeof text, "%" PRId64, value);

    return copy(rows, i, text, (size_t)size);
}

static pd_status
take_row(struct rows *rows, maker_take *take)
{
    struct maker_row row = {rows->decoder.n_fields, rows->text, rows->sizes};

    if (rows->decoder.fault)
        return fail(rows);
    for (size_t i = 0; i < row.n; i++) {
        const struct decode_field *field = &rows->fields[i];

        rows->text[i] = NULL;
        if (field->bytes &&
            !(field->width == DECODE_LENGTH ? copy(rows, i, field->bytes, field->size)
                                            : copy_int(rows, i)))
            return my_no_memory(rows->m->host, rows->m->err);
    }
    take(rows->m, &row);
    return rows->m->status;
}

static pd_status
take_rows(struct rows *rows, maker_take *take)
{
    pd_status status = listen(rows);

    if (status == PD_OK)
        status = my_execute(rows->m->my, rows->stmt, rows->m->err);
    if (status == PD_OK)
        status = bind(rows);
    while (status == PD_OK) {
        status = my_fetch(rows->m->my, rows->stmt, rows->m->err);
        if (status == PD_OK)
            status = take_row(rows, take);
    }
    return status == PD_DONE ? PD_OK : status;
}

pd_status
maker_each(struct maker *m, const char *sql, maker_take *take)
{
    struct rows rows = {.m = m};
    struct pd_sql text = {.host = m->host};
    const char *mark = strstr(sql, "%s");
    pd_status status;

    pd_sql_bytes(&text, sql, mark ? (size_t)(mark - sql) : strlen(sql));
    if (mark) {
        my_literal(&text, m->my->database, strlen(m->my->database));
        pd_sql_add(&text, mark + 2);
    }
    status = my_prepare(m->my, &text, &rows.stmt, m->err);
    pd_sql_free(&text);
    if (status == PD_OK)
        status = take_rows(&rows, take);
    my_stmt_close(m->my, rows.stmt);
    for (size_t i = 0; i < ROW_FIELDS; i++)
        m->host->release(m->host, rows.room[i]);
    return status;
}
