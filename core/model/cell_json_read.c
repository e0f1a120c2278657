// SPDX-License-Identifier: Apache-2.0
/* cell_json_read - lines of JSON back into rows; whatever cell_json.c writes gives the same cell.
 */
#include "model/cell_json.h"

#include <math.h>
#include <string.h>

#include "model/cell_form.h"
#include "model/json.h"
#include "model/kind.h"
#include "model/schema.h"
#include "model/text.h"

static const struct pd_type real_type = {.struct_size = sizeof real_type, .kind = PD_KIND_FLOAT64};

struct parser {
    const struct pd_type *type;
    struct buffer *scratch; /* bytes of the cell in the making */
    struct pd_error *err;
};

static pd_status
keep_bytes(struct parser *p, int tag, struct cell *cell)
{
    if (p->scratch->failed)
        return error_memory(p->err);
    *cell = (struct cell){.tag = tag, .bytes = p->scratch->data, .size = p->scratch->size};
    return PD_OK;
}

static pd_status
parse_hex(struct parser *p, const json_t *json, int tag, struct cell *cell)
{
    if (!json_is_string(json) ||
        !json_read_hex(p->scratch, json_string_value(json), json_string_length(json)))
        return json_expected(p->err, "a string of pairs of hexadecimal digits", json);
    return keep_bytes(p, tag, cell);
}

/* A string, or {"hex":"..."} of bytes that are none. */
static pd_status
parse_bytes(struct parser *p, const json_t *json, int tag, struct cell *cell)
{
    const json_t *hex = json_object_get(json, "hex");

    if (hex)
        return parse_hex(p, hex, tag, cell);
    if (!json_is_string(json))
        return json_expected(p->err, "a string", json);
    *cell = (struct cell){.tag = tag,
                          .bytes = (const uint8_t *)json_string_value(json),
                          .size = json_string_length(json)};
    return PD_OK;
}

static pd_status
parse_canonical(struct parser *p, const struct pd_type *type, const json_t *json, int tag,
                struct cell *cell)
{
    pd_status status;

    if (!json_is_string(json))
        return json_expected(p->err, "a string", json);
    status = text_parse(type, json_string_value(json), json_string_length(json), p->scratch, cell,
                        p->err);
    if (tag != PD_TAG_PLAIN)
        cell->tag = tag;
    return status;
}

/* An integer of the column's own kind. */
static pd_status
parse_integer(struct parser *p, const json_t *json, struct cell *cell)
{
    bool is_signed = !kind_is_unsigned(p->type->kind);
    unsigned shift = 64 - 8 * kind_width(p->type);
    uint64_t bits, back;

    if (!json_get_integer(json, is_signed, &bits))
        return json_expected(p->err, is_signed ? "an integer" : "an integer from 0 on", json);
    back = is_signed ? (uint64_t)((int64_t)(bits << shift) >> shift) : bits << shift >> shift;
    if (back != bits)
        return error_fail(p->err, PD_FAILED, PD_CAUSE_CORRUPT, "the integer does not fit %s",
                          kind_name(p->type->kind));
    *cell = (struct cell){.tag = PD_TAG_PLAIN, .integer = (int64_t)bits};
    return PD_OK;
}

/* Are the shortest digits of this float those of the double? */
static bool
has_digits_of(float candidate, double value)
{
    char digits[32], wanted[32];
    size_t size = text_real32(candidate, digits);

    return size == text_real(value, wanted) && memcmp(digits, wanted, size) == 0;
}

/* The float whose shortest digits gave this double. Rounding twice may miss by one, so the
   neighbours are tried too. */
static pd_status
parse_float32(struct parser *p, double value, struct cell *cell)
{
    float nearest = (float)value;
    float tries[] = {nearest, nextafterf(nearest, -INFINITY), nextafterf(nearest, INFINITY)};

    for (size_t i = 0; i < COUNT_OF(tries); i++) {
        if ((double)tries[i] == value || has_digits_of(tries[i], value)) {
            *cell = (struct cell){.tag = PD_TAG_PLAIN, .real = (double)tries[i]};
            return PD_OK;
        }
    }
    return error_fail(p->err, PD_FAILED, PD_CAUSE_CORRUPT, "the number has no exact float32");
}

static pd_status
parse_real(struct parser *p, double value, struct cell *cell)
{
    if (p->type->kind == PD_KIND_FLOAT32)
        return parse_float32(p, value, cell);
    *cell = (struct cell){
        .tag = cell_forms[p->type->kind] == FORM_FLOAT ? PD_TAG_PLAIN : PD_TAG_REAL, .real = value};
    return PD_OK;
}

static pd_status
parse_string(struct parser *p, const json_t *json, struct cell *cell)
{
    switch (cell_forms[p->type->kind]) {
    case FORM_TEXT:
        return parse_bytes(p, json, PD_TAG_PLAIN, cell);
    case FORM_CANONICAL:
        return parse_canonical(p, p->type, json, PD_TAG_PLAIN, cell);
    case FORM_UINT64:
        return parse_integer(p, json, cell);
    default:
        return parse_bytes(p, json, PD_TAG_TEXT, cell);
    }
}

/* {"real":"NaN"}: in columns of floats a plain value that JSON cannot spell. */
static pd_status
parse_real_member(struct parser *p, const json_t *json, struct cell *cell)
{
    int tag = cell_forms[p->type->kind] == FORM_FLOAT ? PD_TAG_PLAIN : PD_TAG_REAL;
    const struct pd_type *type = tag == PD_TAG_PLAIN ? p->type : &real_type;

    return parse_canonical(p, type, json, tag, cell);
}

static pd_status
parse_int_member(struct parser *p, const json_t *json, struct cell *cell)
{
    uint64_t bits;

    if (!json_get_integer(json, /* is_signed= */ true, &bits))
        return json_expected(p->err, "an integer", json);
    *cell = (struct cell){.tag = PD_TAG_INT, .integer = (int64_t)bits};
    return PD_OK;
}

static pd_status
parse_plain_member(struct parser *p, const json_t *json, struct cell *cell)
{
    if (kind_layout(p->type) != PD_LAYOUT_VAR)
        return error_fail(p->err, PD_FAILED, PD_CAUSE_CORRUPT, "'plain' says nothing about %s",
                          kind_name(p->type->kind));
    return parse_bytes(p, json, PD_TAG_PLAIN, cell);
}

static pd_status
parse_empty_member(struct parser *p, const json_t *json, int tag, struct cell *cell)
{
    if (!json_is_true(json))
        return json_expected(p->err, "true", json);
    *cell = (struct cell){.tag = tag};
    return PD_OK;
}

static pd_status
parse_tag(struct parser *p, int tag, const json_t *json, struct cell *cell)
{
    switch (tag) {
    case PD_TAG_PLAIN:
        return parse_plain_member(p, json, cell);
    case PD_TAG_INT:
        return parse_int_member(p, json, cell);
    case PD_TAG_REAL:
        return parse_real_member(p, json, cell);
    case PD_TAG_TEXT:
    case PD_TAG_FAR:
    case PD_TAG_YMD:
    case PD_TAG_NATIVE:
        return parse_bytes(p, json, tag, cell);
    case PD_TAG_BYTES:
    case PD_TAG_BADTEXT:
    case PD_TAG_UTF16:
        return parse_hex(p, json, tag, cell);
    default:
        return parse_empty_member(p, json, tag, cell);
    }
}

/* An object of one member, whose name says what the value is. */
static pd_status
parse_object(struct parser *p, json_t *json, struct cell *cell)
{
    void *member = json_object_iter(json);
    const char *name = member ? json_object_iter_key(member) : "";
    const json_t *value = member ? json_object_iter_value(member) : NULL;
    int tag = tag_by_name(name);

    if (json_object_size(json) != 1)
        return error_fail(p->err, PD_FAILED, PD_CAUSE_CORRUPT, "an object with %zu members",
                          json_object_size(json));
    if (strcmp(name, "hex") == 0)
        return parse_hex(
            p, value, cell_forms[p->type->kind] == FORM_BINARY ? PD_TAG_PLAIN : PD_TAG_BYTES, cell);
    if (strcmp(name, "outlier") == 0)
        return parse_canonical(p, &real_type, value, PD_TAG_REAL, cell);
    if (tag < 0)
        return error_fail(p->err, PD_FAILED, PD_CAUSE_CORRUPT, "'%s' is no tag of a value", name);
    return parse_tag(p, tag, value, cell);
}

static pd_status
parse_value(struct parser *p, json_t *json, struct cell *cell)
{
    enum form form = cell_forms[p->type->kind];

    switch (json_typeof(json)) {
    case JSON_NULL:
        *cell = (struct cell){.tag = -1};
        return PD_OK;
    case JSON_STRING:
        return parse_string(p, json, cell);
    case JSON_REAL:
        return parse_real(p, json_real_value(json), cell);
    case JSON_OBJECT:
        return parse_object(p, json, cell);
    case JSON_INTEGER:
        if (form == FORM_INTEGER || form == FORM_UINT64)
            return parse_integer(p, json, cell);
        return parse_int_member(p, json, cell);
    default:
        if (form != FORM_BOOL || json_is_array(json))
            return json_expected(p->err, kind_name(p->type->kind), json);
        *cell = (struct cell){.tag = PD_TAG_PLAIN, .integer = json_is_true(json)};
        return PD_OK;
    }
}

static pd_status
put_column(struct pd_builder *builder, uint32_t number, const struct pd_column *column,
           const json_t *line, struct buffer *scratch, struct pd_error *err)
{
    struct parser parser = {&column->type, scratch, err};
    json_t *json = json_object_get(line, column->name);
    struct cell cell = {0};
    pd_status status;

    if (!json)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "column '%s' is missing", column->name);
    buffer_clear(scratch);
    status = parse_value(&parser, json, &cell);
    if (status != PD_OK)
        return error_prefix(err, status, "column '%s'", column->name);
    batch_put_cell(builder, number, &column->type, &cell);
    return PD_OK;
}

/* The line has all columns, but something else too. */
static pd_status
fail_stranger(const struct pd_table *table, json_t *line, struct pd_error *err)
{
    for (void *at = json_object_iter(line); at; at = json_object_iter_next(line, at)) {
        const char *name = json_object_iter_key(at);
        long column = schema_find_column(table, name);

        if (column < 0 || !schema_column_travels(&table->columns[column]))
            return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                              "member '%s' is no column whose values are kept", name);
    }
    return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "more members than columns");
}

static void
drop_line(json_t **line)
{
    json_decref(*line);
}

pd_status
cell_json_parse(const struct pd_table *table, const char *line, size_t size,
                struct pd_builder *builder, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer scratch = {0};
    __attribute__((cleanup(drop_line))) json_t *json = NULL;
    size_t n_members = 0;
    pd_status status;

    status = json_load(line, size, &json, err);
    if (status != PD_OK)
        return status;
    if (!json_is_object(json))
        return json_expected(err, "an object", json);
    for (uint32_t i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = &table->columns[i];

        if (!schema_column_travels(column)) {
            pd_put_null(builder, i);
            continue;
        }
        n_members++;
        status = put_column(builder, i, column, json, &scratch, err);
        if (status != PD_OK)
            return status;
    }
    if (json_object_size(json) != n_members)
        return fail_stranger(table, json, err);
    pd_builder_row(builder);
    return PD_OK;
}
