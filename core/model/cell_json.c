// SPDX-License-Identifier: Apache-2.0
/* cell_json - cells in JSON, lossless: plain values in the JSON type that fits their kind, all
   others in an object of one member, its name being the tag (doc/format-text.md). */
#include "model/cell_json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "model/cell_form.h"
#include "model/json.h"
#include "model/kind.h"
#include "model/long_cell.h"
#include "model/schema.h"
#include "model/text.h"

/* ---- What stands around bytes ------------------------------------------------------------ */

enum payload {
    PAYLOAD_NONE = 0,
    PAYLOAD_TEXT, /* a string; {"hex":"..."} within the frame when it is not UTF-8 */
    PAYLOAD_HEX
};

struct frame {
    uint8_t payload;  /* enum payload */
    const char *name; /* of the one member around the string; NULL: the string stands alone */
};

static bool
plain_is_string(enum form form)
{
    return form == FORM_CANONICAL || form == FORM_TEXT || form == FORM_UINT64;
}

/* The frame of cells whose bytes are written as they are; PAYLOAD_NONE: the others. */
static struct frame
frame_of(int kind, int tag)
{
    enum form form = cell_forms[kind];

    switch (tag) {
    case PD_TAG_PLAIN:
        if (form == FORM_BINARY)
            return (struct frame){PAYLOAD_HEX, "hex"};
        if (form == FORM_TAGGED)
            return (struct frame){PAYLOAD_HEX, "plain"};
        return (struct frame){kind == PD_KIND_GEOMETRY ? PAYLOAD_HEX : PAYLOAD_TEXT, NULL};
    case PD_TAG_TEXT:
        return (struct frame){PAYLOAD_TEXT, plain_is_string(form) ? "text" : NULL};
    case PD_TAG_BYTES:
        return (struct frame){PAYLOAD_HEX, form == FORM_BINARY ? "bytes" : "hex"};
    case PD_TAG_BADTEXT:
    case PD_TAG_UTF16:
        return (struct frame){PAYLOAD_HEX, tag_name(tag)};
    case PD_TAG_FAR:
    case PD_TAG_YMD:
    case PD_TAG_NATIVE:
        return (struct frame){PAYLOAD_TEXT, tag_name(tag)};
    default:
        return (struct frame){PAYLOAD_NONE, tag_name(tag)};
    }
}

static void
open_frame(struct buffer *out, const char *name)
{
    if (name)
        buffer_printf(out, "{\"%s\":", name);
}

static void
close_frame(struct buffer *out, const char *name)
{
    if (name)
        buffer_char(out, '}');
}

static void
write_hex_string(struct buffer *out, const void *bytes, size_t size)
{
    buffer_char(out, '"');
    json_write_hex(out, bytes, size);
    buffer_char(out, '"');
}

/* Text that breaks the rule of its kind must not break the line: it becomes {"plain":{"hex":..}}.
 */
static void
write_framed(struct buffer *out, struct frame frame, const struct cell *cell)
{
    const char *text = cell->size ? (const char *)cell->bytes : "";
    bool as_text = frame.payload == PAYLOAD_TEXT && text_is_utf8(text, cell->size);
    bool as_odd_text = frame.payload == PAYLOAD_TEXT && !as_text;
    const char *name = as_odd_text && !frame.name ? tag_name(cell->tag) : frame.name;

    open_frame(out, name);
    if (as_odd_text)
        open_frame(out, "hex");
    if (as_text)
        json_write_string(out, text, cell->size);
    else
        write_hex_string(out, text, cell->size);
    if (as_odd_text)
        close_frame(out, "hex");
    close_frame(out, name);
}

/* ---- Writing ----------------------------------------------------------------------------- */

/* Integers that jansson cannot read are strings. */
static void
write_integer(struct buffer *out, int kind, int64_t value)
{
    if (!kind_is_unsigned(kind) || value >= 0)
        buffer_printf(out, "%" PRId64, value);
    else
        buffer_printf(out, "\"%" PRIu64 "\"", (uint64_t)value);
}

/* Digits that JSON readers take for a real number: with a point or an exponent. */
static void
write_real_digits(struct buffer *out, const char *digits, size_t size)
{
    buffer_append(out, digits, size);
    if (!memchr(digits, '.', size) && !memchr(digits, 'e', size))
        buffer_append(out, ".0", 2);
}

static void
write_real(struct buffer *out, const char *name, const char *digits, size_t size)
{
    open_frame(out, name);
    json_write_string(out, digits, size);
    close_frame(out, name);
}

/* A plain float of a float column. */
static void
write_float(struct buffer *out, int kind, double value)
{
    char digits[32];
    size_t size =
        kind == PD_KIND_FLOAT32 ? text_real32((float)value, digits) : text_real(value, digits);

    if (isfinite(value))
        write_real_digits(out, digits, size);
    else
        write_real(out, "real", digits, size);
}

/* A float where the column's own kind is not float, or is too narrow for it. */
static void
write_tagged_real(struct buffer *out, int kind, double value)
{
    char digits[32];
    size_t size = text_real(value, digits);

    if (cell_forms[kind] == FORM_FLOAT)
        write_real(out, "outlier", digits, size);
    else if (isfinite(value))
        write_real_digits(out, digits, size);
    else
        write_real(out, "real", digits, size);
}

static void
write_tagged_integer(struct buffer *out, int kind, int64_t value)
{
    if (cell_forms[kind] == FORM_INTEGER || cell_forms[kind] == FORM_UINT64)
        buffer_printf(out, "{\"int\":\"%" PRId64 "\"}", value);
    else
        buffer_printf(out, "%" PRId64, value);
}

static void
write_canonical(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    buffer_char(out, '"');
    text_append(out, type, cell);
    buffer_char(out, '"');
}

static void
write_plain(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    switch (cell_forms[type->kind]) {
    case FORM_BOOL:
        buffer_text(out, cell->integer ? "true" : "false");
        break;
    case FORM_INTEGER:
    case FORM_UINT64:
        write_integer(out, type->kind, cell->integer);
        break;
    case FORM_FLOAT:
        write_float(out, type->kind, cell->real);
        break;
    case FORM_CANONICAL:
        if (kind_layout(type) != PD_LAYOUT_VAR || type->kind == PD_KIND_GEOMETRY) {
            write_canonical(out, type, cell);
            break;
        }
        write_framed(out, frame_of(type->kind, PD_TAG_PLAIN), cell);
        break;
    default:
        write_framed(out, frame_of(type->kind, PD_TAG_PLAIN), cell);
    }
}

void
cell_json_value(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    switch (cell->tag) {
    case -1:
        buffer_text(out, "null");
        break;
    case PD_TAG_PLAIN:
        write_plain(out, type, cell);
        break;
    case PD_TAG_INT:
        write_tagged_integer(out, type->kind, cell->integer);
        break;
    case PD_TAG_REAL:
        write_tagged_real(out, type->kind, cell->real);
        break;
    case PD_TAG_POS_INF:
    case PD_TAG_NEG_INF:
    case PD_TAG_NAN:
    case PD_TAG_ENUM0:
        buffer_printf(out, "{\"%s\":true}", tag_name(cell->tag));
        break;
    default:
        write_framed(out, frame_of(type->kind, cell->tag), cell);
    }
}

/* ---- Long cells -------------------------------------------------------------------------- */

static void
write_text_slice(void *arg, const uint8_t *bytes, size_t size)
{
    json_write_escaped(arg, (const char *)bytes, size);
}

static void
write_hex_slice(void *arg, const uint8_t *bytes, size_t size)
{
    json_write_hex(arg, bytes, size);
}

static pd_status
write_long(struct buffer *out, const struct pd_type *type, const struct cell *cell,
           const struct pd_source_ops *ops, struct pd_source *source, struct pd_error *err)
{
    struct frame frame = frame_of(type->kind, (int)cell->as_long->tag);
    long_slice_visit *visit = frame.payload == PAYLOAD_HEX ? write_hex_slice : write_text_slice;
    pd_status status;

    open_frame(out, frame.name);
    buffer_char(out, '"');
    status = long_cell_read(ops, source, cell->as_long, visit, out, err);
    buffer_char(out, '"');
    close_frame(out, frame.name);
    return status;
}

pd_status
cell_json_row(struct buffer *out, const struct pd_table *table, const struct pd_batch *batch,
              uint32_t row, const struct pd_source_ops *ops, struct pd_source *source,
              struct pd_error *err)
{
    char separator = '{';

    for (uint32_t i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = &table->columns[i];
        struct cell cell;
        pd_status status = PD_OK;

        if (!schema_column_travels(column))
            continue;
        buffer_char(out, separator);
        separator = ',';
        json_write_string(out, column->name, strlen(column->name));
        buffer_char(out, ':');
        cell = batch_cell(&column->type, batch_vector(batch, i), row);
        if (cell.as_long)
            status = write_long(out, &column->type, &cell, ops, source, err);
        else
            cell_json_value(out, &column->type, &cell);
        if (status != PD_OK)
            return error_prefix(err, status, "column '%s'", column->name);
    }
    buffer_text(out, separator == '{' ? "{}" : "}");
    return out->failed ? error_memory(err) : PD_OK;
}

const uint8_t cell_forms[PD_KIND_COUNT_] = {
    [PD_KIND_BOOL] = FORM_BOOL,      [PD_KIND_INT8] = FORM_INTEGER,
    [PD_KIND_INT16] = FORM_INTEGER,  [PD_KIND_INT32] = FORM_INTEGER,
    [PD_KIND_INT64] = FORM_INTEGER,  [PD_KIND_UINT8] = FORM_INTEGER,
    [PD_KIND_UINT16] = FORM_INTEGER, [PD_KIND_UINT32] = FORM_INTEGER,
    [PD_KIND_UINT64] = FORM_UINT64,  [PD_KIND_FLOAT32] = FORM_FLOAT,
    [PD_KIND_FLOAT64] = FORM_FLOAT,  [PD_KIND_NUMBER] = FORM_TAGGED,
    [PD_KIND_TEXT] = FORM_TEXT,      [PD_KIND_CHAR] = FORM_TEXT,
    [PD_KIND_BINARY] = FORM_BINARY,  [PD_KIND_YEAR] = FORM_INTEGER,
    [PD_KIND_JSON] = FORM_TEXT,      [PD_KIND_JSONB] = FORM_TEXT,
    [PD_KIND_XML] = FORM_TEXT,       [PD_KIND_ENUM] = FORM_TEXT,
    [PD_KIND_SET] = FORM_TEXT,       [PD_KIND_ARRAY] = FORM_TEXT,
    [PD_KIND_ANY] = FORM_TAGGED,     [PD_KIND_MONEY] = FORM_INTEGER,
    [PD_KIND_OID] = FORM_INTEGER,    [PD_KIND_OPAQUE] = FORM_TEXT,
};
