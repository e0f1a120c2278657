// SPDX-License-Identifier: Apache-2.0
/* feed - shows a batch to SQLite as a table-valued source. The cell functions are the hot path of
   a restore: SQLite calls feed_column_() for every cell. */
#include <stdlib.h>
#include <string.h>

#include <polydump/schema.h>
#include <polydump/value.h>

#include "feed.h"

enum mode {
    MODE_BITS,
    MODE_I8,
    MODE_U8,
    MODE_I16,
    MODE_U16,
    MODE_I32,
    MODE_U32,
    MODE_I64,
    MODE_REAL,
    MODE_NUMBER,
    MODE_TEXT,
    MODE_BYTES,
    MODE_TAGGED,
    MODE_OTHER, /* rendered, narrowed, or converted: by way of struct plain */
    MODE_LONG
};

/* U+FFFE, U+FFFF and a byte order mark at the beginning do not survive SQLite's own conversion;
   units in the machine's order behind a mark do, since SQLite takes off exactly one. */
static void
result_utf16(sqlite3_context *context, const uint16_t *units, size_t n_units)
{
    sqlite3_result_text64(context, (const char *)units, n_units * 2, free, SQLITE_UTF16);
}

static size_t
decode_utf8(const uint8_t *text, size_t size, uint32_t *ret_point)
{
    static const uint8_t masks[] = {0x7f, 0x1f, 0x0f, 0x07};
    size_t more = text[0] < 0xc0 ? 0 : text[0] < 0xe0 ? 1 : text[0] < 0xf0 ? 2 : 3;
    size_t i;

    if (more >= size)
        more = 0; /* never in valid text */
    *ret_point = text[0] & masks[more];
    for (i = 1; i <= more; i++)
        *ret_point = *ret_point << 6 | (text[i] & 0x3f);
    return more + 1;
}

static void
result_as_utf16(sqlite3_context *context, const uint8_t *text, size_t size)
{
    uint16_t *units = malloc((size + 1) * 2);
    size_t n = 0, i = 0;
    uint32_t point;

    if (!units) {
        sqlite3_result_error_nomem(context);
        return;
    }
    units[n++] = 0xfeff;
    while (i < size) {
        i += decode_utf8(text + i, size - i, &point);
        if (point < 0x10000) {
            units[n++] = (uint16_t)point;
        } else {
            units[n++] = (uint16_t)(0xd7c0 + (point >> 10));
            units[n++] = (uint16_t)(0xdc00 | (point & 0x3ff));
        }
    }
    result_utf16(context, units, n);
}

static void
result_little_utf16(sqlite3_context *context, const uint8_t *bytes, size_t size)
{
    size_t n = size / 2, i;
    uint16_t *units = malloc((n + 1) * 2);

    if (!units) {
        sqlite3_result_error_nomem(context);
        return;
    }
    units[0] = 0xfeff;
    for (i = 0; i < n; i++)
        units[i + 1] = (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
    result_utf16(context, units, n + 1);
}

static void
result_text(const struct feed *feed, sqlite3_context *context, const void *text, size_t size)
{
    if (feed->utf16)
        result_as_utf16(context, text, size);
    else
        sqlite3_result_text64(context, size ? text : "", size, SQLITE_STATIC, SQLITE_UTF8);
}

static void
result_bytes(sqlite3_context *context, const void *bytes, size_t size)
{
    sqlite3_result_blob64(context, size ? bytes : "", size, SQLITE_STATIC);
}

static void
result_copied(sqlite3_context *context, const char *text, size_t size)
{
    sqlite3_result_text64(context, text, size, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void
result_real(const struct feed *feed, const struct feed_column *c, sqlite3_context *context,
            double value)
{
    char room[32];

    if (value != value)
        sqlite3_result_text(context, "NaN", 3, SQLITE_STATIC);
    else if (c->stored.as_text)
        result_copied(context, room, feed->host->real_text(value, room));
    else
        sqlite3_result_double(context, value);
}

static void
result_plain(const struct feed *feed, const struct feed_column *c, sqlite3_context *context,
             const struct plain *plain)
{
    const struct pd_type *type = &c->column->type;
    char room[RENDER_ROOM];
    int64_t integer;
    double real;
    const char *text;
    size_t size;

    switch (c->stored.form) {
    case FORM_INTEGER:
    case FORM_UNSIGNED:
        sqlite3_result_int64(context, plain->integer);
        break;
    case FORM_REAL:
        result_real(feed, c, context, plain->real);
        break;
    case FORM_DECIMAL_NUMBER:
        if (render_decimal(type, plain, &integer, &real))
            sqlite3_result_int64(context, integer);
        else
            sqlite3_result_double(context, real);
        break;
    case FORM_CANONICAL:
        text = render_plain(feed->host, type, plain, room, &size);
        if (text == room)
            result_copied(context, text, size);
        else
            result_text(feed, context, text, size);
        break;
    case FORM_BYTES:
        result_bytes(context, plain->bytes, plain->size);
        break;
    default:
        result_text(feed, context, plain->bytes, plain->size);
    }
}

static void
result_tagged(const struct feed *feed, const struct feed_column *c, sqlite3_context *context,
              uint32_t tag, const uint8_t *bytes, size_t size)
{
    const char *name = render_tag(&c->column->type, tag);
    struct plain plain;
    double real;
    uint64_t bits;

    if (name) {
        sqlite3_result_text(context, name, -1, SQLITE_STATIC);
    } else if (tag == PD_TAG_PLAIN) {
        if (plain_decode(&c->column->type, bytes, size, &plain))
            result_plain(feed, c, context, &plain);
    } else if (tag == PD_TAG_INT && size == 8) {
        sqlite3_result_int64(context, (int64_t)render_le64(bytes));
    } else if (tag == PD_TAG_REAL && size == 8) {
        bits = render_le64(bytes);
        memcpy(&real, &bits, 8);
        result_real(feed, c, context, real);
    } else if (tag == PD_TAG_BYTES) {
        result_bytes(context, bytes, size);
    } else if (tag == PD_TAG_UTF16) {
        result_little_utf16(context, bytes, size);
    } else if (tag == PD_TAG_BADTEXT) {
        sqlite3_result_text64(context, size ? (const char *)bytes : "", size, SQLITE_STATIC,
                              SQLITE_UTF8);
    } else {
        result_text(feed, context, bytes, size);
    }
}

static void
result_long(const struct feed *feed, const struct feed_column *c, sqlite3_context *context)
{
    const struct pd_long *cell = c->long_cell;
    bool bytes =
        cell->tag == PD_TAG_BYTES || (cell->tag == PD_TAG_PLAIN && c->stored.form == FORM_BYTES);

    if (!c->long_bytes)
        sqlite3_result_zeroblob64(context, cell->size);
    else if (bytes)
        result_bytes(context, c->long_bytes, (size_t)cell->size);
    else if (cell->tag == PD_TAG_BADTEXT)
        sqlite3_result_text64(context, c->long_bytes, cell->size, SQLITE_STATIC, SQLITE_UTF8);
    else
        result_text(feed, context, c->long_bytes, (size_t)cell->size);
}

static void
result_other(const struct feed *feed, const struct feed_column *c, sqlite3_context *context)
{
    uint32_t row = feed->row;
    struct plain plain;

    if (c->mode == MODE_TAGGED) {
        size_t size = (size_t)(c->offsets[row + 1] - c->offsets[row]);

        result_tagged(feed, c, context, c->tags[row], c->data + c->offsets[row], size);
    } else if (c->mode == MODE_LONG) {
        result_long(feed, c, context);
    } else {
        plain_take(&c->column->type, c->vector, row, &plain);
        result_plain(feed, c, context, &plain);
    }
}

static int64_t
load64(const uint8_t *data, uint32_t row)
{
    int64_t value;

    memcpy(&value, data + (size_t)row * 8, 8);
    return value;
}

static double
load_real(const uint8_t *data, uint32_t row)
{
    double value;

    memcpy(&value, data + (size_t)row * 8, 8);
    return value;
}

static void
result_integer(const struct feed_column *c, sqlite3_context *context, uint32_t row)
{
    uint16_t two;
    uint32_t four;

    switch (c->mode) {
    case MODE_BITS:
        sqlite3_result_int(context, c->data[row >> 3] >> (row & 7) & 1);
        break;
    case MODE_I8:
        sqlite3_result_int(context, (int8_t)c->data[row]);
        break;
    case MODE_U8:
        sqlite3_result_int(context, c->data[row]);
        break;
    case MODE_I16:
        memcpy(&two, c->data + (size_t)row * 2, 2);
        sqlite3_result_int(context, (int16_t)two);
        break;
    case MODE_U16:
        memcpy(&two, c->data + (size_t)row * 2, 2);
        sqlite3_result_int(context, two);
        break;
    case MODE_I32:
        memcpy(&four, c->data + (size_t)row * 4, 4);
        sqlite3_result_int64(context, (int32_t)four);
        break;
    default:
        memcpy(&four, c->data + (size_t)row * 4, 4);
        sqlite3_result_int64(context, four);
    }
}

static void
result_outlier(const struct feed *feed, struct feed_column *c, sqlite3_context *context)
{
    const struct pd_outlier *odd = &c->vector->outliers[c->odd];

    result_tagged(feed, c, context, odd->tag, odd->bytes, (size_t)odd->size);
}

/* Outliers of rows that were passed over are passed over too. */
static bool
column_is_odd(struct feed_column *c, uint32_t row)
{
    while (c->odd_row < row) {
        c->odd++;
        c->odd_row = c->odd < c->vector->n_outliers ? c->vector->outliers[c->odd].row : UINT32_MAX;
    }
    return c->odd_row == row;
}

static void
result_cell(const struct feed *feed, struct feed_column *c, sqlite3_context *context)
{
    uint32_t row = feed->row;

    if (c->validity && !(c->validity[row >> 3] >> (row & 7) & 1))
        return; /* no result is NULL */
    if (row >= c->odd_row && column_is_odd(c, row)) {
        result_outlier(feed, c, context);
        return;
    }
    switch (c->mode) {
    case MODE_I64:
        if (c != feed->rowid || !feed->row_appends)
            sqlite3_result_int64(context, load64(c->data, row));
        break;
    case MODE_REAL:
        result_real(feed, c, context, load_real(c->data, row));
        break;
    case MODE_NUMBER:
        if (c->tags[row] == PD_TAG_INT)
            sqlite3_result_int64(context, load64(c->data, row));
        else
            result_real(feed, c, context, load_real(c->data, row));
        break;
    case MODE_TEXT:
        sqlite3_result_text64(context, (const char *)c->data + c->offsets[row],
                              (sqlite3_uint64)(c->offsets[row + 1] - c->offsets[row]),
                              SQLITE_STATIC, SQLITE_UTF8);
        break;
    case MODE_BYTES:
        sqlite3_result_blob64(context, c->data + c->offsets[row],
                              (sqlite3_uint64)(c->offsets[row + 1] - c->offsets[row]),
                              SQLITE_STATIC);
        break;
    default:
        if (c->mode <= MODE_U32)
            result_integer(c, context, row);
        else
            result_other(feed, c, context);
    }
}

static bool
feed_skips(const struct feed *feed, uint32_t row)
{
    return feed->skips && (feed->skip[row >> 3] >> (row & 7) & 1);
}

/* What SQLite itself would number the row: one above the highest, 1 in an empty table. Only
   positive ones, since AUTOINCREMENT never numbers below 1. */
static void
feed_follow_rowid(struct feed *feed)
{
    const struct feed_column *c = feed->rowid;
    int64_t value;

    feed->row_appends = false;
    feed->top_before = feed->top;
    feed->had_top = feed->has_top;
    if (!c || c->mode != MODE_I64 || c->validity || c->odd_row != UINT32_MAX)
        return;
    value = load64(c->data, feed->row);
    feed->row_appends = value > 0 && value - 1 == (feed->has_top ? feed->top : 0);
    if (!feed->has_top || value > feed->top)
        feed->top = value;
    feed->has_top = true;
}

static void
feed_settle(struct feed *feed)
{
    while (feed->row < feed->end && feed_skips(feed, feed->row))
        feed->row++;
    if (feed->row < feed->end) {
        feed->n_shown++;
        feed_follow_rowid(feed);
    }
}

void
feed_show(struct feed *feed, uint32_t first, uint32_t end)
{
    feed->row = first;
    feed->end = end;
    feed->n_shown = 0;
    feed_settle(feed);
}

void
feed_take_back(struct feed *feed)
{
    feed->top = feed->top_before;
    feed->has_top = feed->had_top;
}

static uint8_t
integer_mode(const struct pd_type *type, const struct pd_vector *vector)
{
    bool no_sign = pd_kind_is_unsigned(type->kind);

    switch (vector->layout) {
    case PD_LAYOUT_BITS:
        return MODE_BITS;
    case PD_LAYOUT_I8:
        return no_sign ? MODE_U8 : MODE_I8;
    case PD_LAYOUT_I16:
        return no_sign ? MODE_U16 : MODE_I16;
    case PD_LAYOUT_I32:
        return no_sign ? MODE_U32 : MODE_I32;
    default:
        return MODE_I64;
    }
}

static uint8_t
column_mode(const struct feed *feed, const struct feed_column *c)
{
    const struct pd_vector *vector = c->vector;

    if (vector->layout == PD_LAYOUT_TAGGED)
        return MODE_TAGGED;
    switch (c->stored.form) {
    case FORM_INTEGER:
    case FORM_UNSIGNED:
        return integer_mode(&c->column->type, vector);
    case FORM_REAL:
        return vector->layout == PD_LAYOUT_F64 ? MODE_REAL : MODE_OTHER;
    case FORM_NUMBER:
        return MODE_NUMBER;
    case FORM_TEXT:
        return feed->utf16 ? MODE_OTHER : MODE_TEXT;
    case FORM_BYTES:
        return MODE_BYTES;
    default:
        return MODE_OTHER;
    }
}

void
feed_begin(struct feed *feed, const struct pd_batch *batch)
{
    uint32_t i;

    feed->skips = false;
    for (i = 0; i < feed->n_columns; i++) {
        struct feed_column *c = &feed->columns[i];
        const struct pd_vector *v = pd_vector_at(batch, c->number);

        c->vector = v;
        c->mode = column_mode(feed, c);
        c->validity = v->n_nulls ? v->validity : NULL;
        c->data = v->data ? v->data : (const uint8_t *)"";
        c->tags = v->tags;
        c->offsets = v->offsets;
        c->odd = 0;
        c->odd_row = v->n_outliers ? v->outliers[0].row : UINT32_MAX;
        c->long_cell = v->n_longs ? v->longs : NULL;
        c->long_bytes = NULL;
        if (c->long_cell)
            c->mode = MODE_LONG;
    }
}

/* ---- What SQLite calls ---- */

struct feed_table {
    sqlite3_vtab base;
    struct feed *feed;
};

static int
feed_connect(sqlite3 *db, void *arg, int n_args, const char *const *args, sqlite3_vtab **ret_vtab,
             char **ret_text)
{
    struct feed *feed = arg;
    struct feed_table *table = sqlite3_malloc(sizeof *table);
    sqlite3_str *sql = sqlite3_str_new(db);
    char *text;
    uint32_t i;
    int rc;

    sqlite3_str_appendall(sql, "CREATE TABLE x(");
    for (i = 0; i < feed->width; i++)
        sqlite3_str_appendf(sql, "%sc%u", i ? "," : "", i);
    sqlite3_str_appendall(sql, ")");
    text = sqlite3_str_finish(sql);
    rc = text && table ? sqlite3_declare_vtab(db, text) : SQLITE_NOMEM;
    sqlite3_free(text);
    if (rc != SQLITE_OK) {
        sqlite3_free(table);
        return rc;
    }
    memset(table, 0, sizeof *table);
    table->feed = feed;
    *ret_vtab = &table->base;
    return SQLITE_OK;
}

static int
feed_disconnect(sqlite3_vtab *vtab)
{
    sqlite3_free(vtab);
    return SQLITE_OK;
}

static int
feed_best_index(sqlite3_vtab *vtab, sqlite3_index_info *info)
{
    info->estimatedRows = PD_BATCH_ROWS;
    return SQLITE_OK;
}

static int
feed_open(sqlite3_vtab *vtab, sqlite3_vtab_cursor **ret_cursor)
{
    *ret_cursor = sqlite3_malloc(sizeof **ret_cursor);
    if (!*ret_cursor)
        return SQLITE_NOMEM;
    memset(*ret_cursor, 0, sizeof **ret_cursor);
    return SQLITE_OK;
}

static int
feed_close(sqlite3_vtab_cursor *cursor)
{
    sqlite3_free(cursor);
    return SQLITE_OK;
}

/* feed_show() has set the first row already. */
static int
feed_filter(sqlite3_vtab_cursor *cursor, int number, const char *text, int n_values,
            sqlite3_value **values)
{
    return SQLITE_OK;
}

static int
feed_next(sqlite3_vtab_cursor *cursor)
{
    struct feed *feed = ((struct feed_table *)cursor->pVtab)->feed;

    feed->row++;
    feed_settle(feed);
    return SQLITE_OK;
}

static int
feed_eof(sqlite3_vtab_cursor *cursor)
{
    const struct feed *feed = ((struct feed_table *)cursor->pVtab)->feed;

    return feed->row >= feed->end;
}

static int
feed_column_(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int number)
{
    struct feed *feed = ((struct feed_table *)cursor->pVtab)->feed;

    if ((uint32_t)number < feed->n_columns)
        result_cell(feed, &feed->columns[number], context);
    return SQLITE_OK;
}

static int
feed_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *ret_rowid)
{
    *ret_rowid = ((struct feed_table *)cursor->pVtab)->feed->row;
    return SQLITE_OK;
}

int
feed_register(struct feed *feed, sqlite3 *db)
{
    static const sqlite3_module module = {
        .iVersion = 1,
        .xConnect = feed_connect,
        .xBestIndex = feed_best_index,
        .xDisconnect = feed_disconnect,
        .xOpen = feed_open,
        .xClose = feed_close,
        .xFilter = feed_filter,
        .xNext = feed_next,
        .xEof = feed_eof,
        .xColumn = feed_column_,
        .xRowid = feed_rowid,
    };

    return sqlite3_create_module(db, FEED_TABLE, &module, feed);
}
