// SPDX-License-Identifier: Apache-2.0
/* json_member - writes and reads structs by the tables of their members: one row of `forms` a
   form has both ways. */
#include "model/json_member.h"

#include <inttypes.h>
#include <string.h>

#include "model/text.h"

/* ---- Access to members ------------------------------------------------------------------ */

static uint64_t
load_bits(const void *at, size_t width, bool is_signed)
{
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;

    switch (width) {
    case 2:
        memcpy(&u16, at, 2);
        return is_signed ? (uint64_t)(int64_t)(int16_t)u16 : u16;
    case 4:
        memcpy(&u32, at, 4);
        return is_signed ? (uint64_t)(int64_t)(int32_t)u32 : u32;
    default:
        memcpy(&u64, at, 8);
        return u64;
    }
}

static void
store_bits(void *at, size_t width, uint64_t bits)
{
    uint16_t u16 = (uint16_t)bits;
    uint32_t u32 = (uint32_t)bits;

    if (width == 2)
        memcpy(at, &u16, 2);
    else if (width == 4)
        memcpy(at, &u32, 4);
    else
        memcpy(at, &bits, 8);
}

static const void *
load_pointer(const void *at)
{
    const void *pointer;

    memcpy(&pointer, at, sizeof pointer);
    return pointer;
}

static void
store_pointer(void *at, const void *pointer)
{
    memcpy(at, &pointer, sizeof pointer);
}

static size_t
load_count(const struct member *m, const void *base)
{
    size_t n;

    memcpy(&n, (const char *)base + m->count, sizeof n);
    return n;
}

static void
store_count(const struct member *m, void *base, size_t n)
{
    memcpy((char *)base + m->count, &n, sizeof n);
}

/* ---- Complaints -------------------------------------------------------------------------- */

static bool
writer_fail(struct member_writer *w, const struct member *m, uint64_t bits)
{
    if (w->status == PD_OK)
        w->status = error_fail(w->err, PD_FAILED, PD_CAUSE_BUG,
                               "member '%s': no such number: %" PRIu64, m->name, bits);
    return false;
}

/* ---- Numbers ----------------------------------------------------------------------------- */

static bool
write_integer(struct member_writer *w, const struct member *m, const void *base)
{
    uint64_t bits = load_bits((const char *)base + m->offset, m->width, m->is_signed);

    if (bits == 0)
        return false;
    if (m->is_signed)
        buffer_printf(w->out, "%" PRId64, (int64_t)bits);
    else if (bits <= INT64_MAX)
        buffer_printf(w->out, "%" PRIu64, bits);
    else
        buffer_printf(w->out, "\"%" PRIu64 "\"", bits);
    return true;
}

static pd_status
read_integer(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    uint64_t bits;
    uint8_t back[8] = {0};

    if (!json_get_integer(json, m->is_signed, &bits))
        return json_expected(r->err, m->is_signed ? "an integer" : "an integer from 0 on", json);
    store_bits(back, m->width, bits);
    if (load_bits(back, m->width, m->is_signed) != bits)
        return error_fail(r->err, PD_FAILED, PD_CAUSE_CORRUPT, "the number needs more than %d bits",
                          m->width * 8);
    store_bits((char *)base + m->offset, m->width, bits);
    return PD_OK;
}

static bool
write_bit(struct member_writer *w, const struct member *m, const void *base)
{
    if (!(load_bits((const char *)base + m->offset, m->width, false) & m->mask))
        return false;
    buffer_text(w->out, "true");
    return true;
}

static pd_status
read_bit(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    char *at = (char *)base + m->offset;

    if (!json_is_boolean(json))
        return json_expected(r->err, "true or false", json);
    if (json_is_true(json))
        store_bits(at, m->width, load_bits(at, m->width, false) | m->mask);
    return PD_OK;
}

static size_t
count_names(const char *const *names)
{
    size_t n = 1;

    while (names[n])
        n++;
    return n;
}

/* The number of the name; 0 when it is the first one or missing. */
static pd_status
find_name(struct member_reader *r, const char *const *names, const json_t *json, size_t *ret_number)
{
    const char *text = json_string_value(json);
    size_t n = count_names(names);

    if (!text)
        return json_expected(r->err, "a name", json);
    for (size_t i = 0; i < n; i++) {
        if (names[i] && strcmp(names[i], text) == 0) {
            *ret_number = i;
            return PD_OK;
        }
    }
    return json_expected(r->err, "a known name", json);
}

static bool
write_name(struct member_writer *w, const struct member *m, const void *base)
{
    uint64_t number = load_bits((const char *)base + m->offset, m->width, false);

    if (number == 0)
        return false;
    if (number >= count_names(m->names))
        return writer_fail(w, m, number);
    json_write_string(w->out, m->names[number], strlen(m->names[number]));
    return true;
}

static pd_status
read_name(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    size_t number;
    pd_status status = find_name(r, m->names, json, &number);

    if (status == PD_OK)
        store_bits((char *)base + m->offset, m->width, number);
    return status;
}

static bool
write_flags(struct member_writer *w, const struct member *m, const void *base)
{
    uint64_t flags = load_bits((const char *)base + m->offset, 4, false);
    size_t n = count_names(m->names);

    if (flags == 0)
        return false;
    if (flags >> n)
        return writer_fail(w, m, flags);
    for (size_t i = 0, written = 0; i < n; i++) {
        if (flags >> i & 1) {
            buffer_char(w->out, written++ ? ',' : '[');
            json_write_string(w->out, m->names[i], strlen(m->names[i]));
        }
    }
    buffer_char(w->out, ']');
    return true;
}

static pd_status
read_flags(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    uint64_t flags = 0;

    if (!json_is_array(json))
        return json_expected(r->err, "a list of names", json);
    for (size_t i = 0; i < json_array_size(json); i++) {
        size_t bit;
        pd_status status = find_name(r, m->names, json_array_get(json, i), &bit);

        if (status != PD_OK)
            return status;
        flags |= UINT64_C(1) << bit;
    }
    store_bits((char *)base + m->offset, 4, flags);
    return PD_OK;
}

static bool
write_real(struct member_writer *w, const struct member *m, const void *base)
{
    char text[32];
    double value;
    uint64_t bits = load_bits((const char *)base + m->offset, 8, false);

    if (bits == 0)
        return false;
    memcpy(&value, &bits, 8);
    json_write_string(w->out, text, text_real(value, text));
    return true;
}

static pd_status
read_real(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    static const struct pd_type type = {.struct_size = sizeof type, .kind = PD_KIND_FLOAT64};
    CLEANUP_BUFFER struct buffer scratch = {0};
    struct cell cell;
    pd_status status;

    if (!json_is_string(json))
        return json_expected(r->err, "a number as a string", json);
    status = text_parse(&type, json_string_value(json), json_string_length(json), &scratch, &cell,
                        r->err);
    if (status == PD_OK)
        memcpy((char *)base + m->offset, &cell.real, 8);
    return status;
}

/* ---- Columns by number ------------------------------------------------------------------- */

/* In JSON_COUNTED the columns are numbered as if passengers were not there. */
static uint32_t
written_column(const struct member_writer *w, uint32_t column)
{
    uint32_t passengers = 0;

    if (w->part != JSON_COUNTED)
        return column;
    for (uint32_t i = 0; i < column && i < w->table->n_columns; i++)
        passengers += (w->table->columns[i].flags & PD_COLUMN_PASSENGER) != 0;
    return column - passengers;
}

static bool
write_column(struct member_writer *w, const struct member *m, const void *base)
{
    int32_t column = (int32_t)load_bits((const char *)base + m->offset, 4, true);

    if (column == m->fallback)
        return false;
    buffer_printf(w->out, "%" PRIu32, written_column(w, (uint32_t)column));
    return true;
}

static bool
write_columns(struct member_writer *w, const struct member *m, const void *base)
{
    const uint32_t *columns = load_pointer((const char *)base + m->offset);
    size_t n = load_count(m, base);

    if (!columns || n == 0)
        return false;
    for (size_t i = 0; i < n; i++)
        buffer_printf(w->out, "%c%" PRIu32, i ? ',' : '[', written_column(w, columns[i]));
    buffer_char(w->out, ']');
    return true;
}

static pd_status
read_columns(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    size_t n = json_array_size(json);
    uint32_t *columns;

    if (!json_is_array(json) || n == 0)
        return json_expected(r->err, "a list of numbers of columns", json);
    columns = arena_array(r->arena, uint32_t, n);
    if (!columns)
        return error_memory(r->err);
    for (size_t i = 0; i < n; i++) {
        uint64_t number;

        if (!json_get_integer(json_array_get(json, i), false, &number) || number > UINT32_MAX)
            return json_expected(r->err, "the number of a column", json_array_get(json, i));
        columns[i] = (uint32_t)number;
    }
    store_pointer((char *)base + m->offset, columns);
    store_count(m, base, n);
    return PD_OK;
}

/* ---- Text -------------------------------------------------------------------------------- */

static bool
write_text(struct member_writer *w, const struct member *m, const void *base)
{
    const char *text = load_pointer((const char *)base + m->offset);

    if (!text)
        return false;
    json_write_string(w->out, text, strlen(text));
    return true;
}

static pd_status
read_text(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    const char *text;
    pd_status status = json_get_text(r->arena, json, &text, r->err);

    if (status == PD_OK)
        store_pointer((char *)base + m->offset, text);
    return status;
}

static bool
write_texts(struct member_writer *w, const struct member *m, const void *base)
{
    const char *const *texts = load_pointer((const char *)base + m->offset);
    size_t n = load_count(m, base);

    if (!texts || n == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        buffer_char(w->out, i ? ',' : '[');
        json_write_string(w->out, texts[i], strlen(texts[i]));
    }
    buffer_char(w->out, ']');
    return true;
}

/* A count that another member has set before must be kept. */
static pd_status
read_texts(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    size_t n = json_array_size(json), n_before = load_count(m, base);
    const char **texts;

    if (!json_is_array(json) || n == 0)
        return json_expected(r->err, "a list of texts", json);
    if (n_before && n_before != n)
        return error_fail(r->err, PD_FAILED, PD_CAUSE_CORRUPT, "%zu texts expected, found %zu",
                          n_before, n);
    texts = arena_array(r->arena, const char *, n);
    if (!texts)
        return error_memory(r->err);
    for (size_t i = 0; i < n; i++) {
        pd_status status = json_get_text(r->arena, json_array_get(json, i), &texts[i], r->err);

        if (status != PD_OK)
            return error_prefix(r->err, status, "text %zu", i);
    }
    store_pointer((char *)base + m->offset, texts);
    store_count(m, base, n);
    return PD_OK;
}

static bool
write_bytes(struct member_writer *w, const struct member *m, const void *base)
{
    const char *bytes = load_pointer((const char *)base + m->offset);
    size_t size = load_bits((const char *)base + m->count, 4, false);
    uint64_t tag = load_bits((const char *)base + m->tag, 2, false);

    if (!bytes)
        return false;
    if (tag != PD_TAG_BYTES && text_is_utf8(bytes, size)) {
        json_write_string(w->out, bytes, size);
        return true;
    }
    buffer_text(w->out, "{\"hex\":\"");
    json_write_hex(w->out, bytes, size);
    buffer_text(w->out, "\"}");
    return true;
}

static pd_status
read_bytes(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    const json_t *hex = json_object_get(json, "hex");
    const json_t *from = hex ? hex : json;
    CLEANUP_BUFFER struct buffer bytes = {0};
    const char *copy;

    if (!json_is_string(from))
        return json_expected(r->err, "text, or an object with 'hex',", json);
    if (!hex)
        buffer_append(&bytes, json_string_value(from), json_string_length(from));
    else if (!json_read_hex(&bytes, json_string_value(from), json_string_length(from)))
        return json_expected(r->err, "an even number of hexadecimal digits", from);
    if (bytes.size > UINT32_MAX)
        return error_fail(r->err, PD_FAILED, PD_CAUSE_LIMIT, "more than 4 GiB");
    store_bits((char *)base + m->count, 4, bytes.size);
    buffer_char(&bytes, 0);
    copy = bytes.failed ? NULL : arena_copy(r->arena, bytes.data, bytes.size);
    if (!copy)
        return error_memory(r->err);
    store_pointer((char *)base + m->offset, copy);
    return PD_OK;
}

/* ---- Structs ----------------------------------------------------------------------------- */

static bool
write_struct(struct member_writer *w, const struct member *m, const void *base)
{
    return member_write(w, m->shape, (const char *)base + m->offset);
}

static pd_status
read_struct(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    return member_read(r, m->shape, json, (char *)base + m->offset);
}

/* The native half has an element for each of the list's, or no list when all would be empty. */
static bool
write_list(struct member_writer *w, const struct member *m, const void *base)
{
    const char *element = load_pointer((const char *)base + m->offset);
    size_t n = load_count(m, base), n_written = 0;
    bool any = false;

    for (size_t i = 0; i < n; i++, element += m->shape->size) {
        if (w->part == JSON_COUNTED && m->shape->left_out && m->shape->left_out(w->table, element))
            continue;
        buffer_char(w->out, n_written++ ? ',' : '[');
        any |= member_write(w, m->shape, element);
    }
    buffer_char(w->out, ']');
    return any || (n_written && w->part != JSON_NATIVE);
}

/* Where the elements go: new ones, or those that the neutral half made. */
static pd_status
list_target(struct member_reader *r, const struct member *m, size_t n, void *base,
            char **ret_elements)
{
    char *at = (char *)base + m->offset;
    size_t n_before = load_count(m, base);
    char *elements;

    if (r->part == JSON_NATIVE) {
        if (n != n_before)
            return error_fail(r->err, PD_FAILED, PD_CAUSE_CORRUPT,
                              "%zu elements, but the table has %zu", n, n_before);
        memcpy(ret_elements, at, sizeof *ret_elements);
        return PD_OK;
    }
    elements = arena_alloc(r->arena, n * m->shape->size);
    if (!elements)
        return error_memory(r->err);
    store_pointer(at, elements);
    store_count(m, base, n);
    store_count(&(struct member){.count = m->stride}, base, m->shape->size);
    *ret_elements = elements;
    return PD_OK;
}

static pd_status
read_list(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    size_t n = json_array_size(json);
    char *element = NULL;
    pd_status status;

    if (!json_is_array(json))
        return json_expected(r->err, "a list", json);
    if (n == 0)
        return PD_OK;
    status = list_target(r, m, n, base, &element);
    for (size_t i = 0; status == PD_OK && i < n; i++, element += m->shape->size) {
        status = member_read(r, m->shape, json_array_get(json, i), element);
        if (status != PD_OK)
            return error_prefix(r->err, status, "element %zu", i);
    }
    return status;
}

static const struct {
    bool (*write)(struct member_writer *w, const struct member *m, const void *base);
    pd_status (*read)(struct member_reader *r, const struct member *m, const json_t *json,
                      void *base);
} forms[] = {
    [MEMBER_INTEGER] = {write_integer, read_integer},
    [MEMBER_BIT] = {write_bit, read_bit},
    [MEMBER_NAME] = {write_name, read_name},
    [MEMBER_FLAGS] = {write_flags, read_flags},
    [MEMBER_REAL] = {write_real, read_real},
    [MEMBER_COLUMN] = {write_column, read_integer},
    [MEMBER_TEXT] = {write_text, read_text},
    [MEMBER_BYTES] = {write_bytes, read_bytes},
    [MEMBER_TEXTS] = {write_texts, read_texts},
    [MEMBER_COLUMNS] = {write_columns, read_columns},
    [MEMBER_STRUCT] = {write_struct, read_struct},
    [MEMBER_LIST] = {write_list, read_list},
};

bool
member_write(struct member_writer *w, const struct shape *shape, const void *base)
{
    bool any = false;

    buffer_char(w->out, '{');
    for (const struct member *m = shape->members; m->name; m++) {
        size_t before = w->out->size;

        if (!(m->parts & 1 << w->part))
            continue;
        if (any)
            buffer_char(w->out, ',');
        json_write_string(w->out, m->name, strlen(m->name));
        buffer_char(w->out, ':');
        if (forms[m->form].write(w, m, base))
            any = true;
        else
            w->out->size = before; /* nothing to say: its name goes too */
    }
    buffer_char(w->out, '}');
    return any;
}

pd_status
member_written(const struct member_writer *w)
{
    if (w->status != PD_OK)
        return w->status;
    return w->out->failed ? error_memory(w->err) : PD_OK;
}

static pd_status
read_member(struct member_reader *r, const struct member *m, const json_t *json, void *base)
{
    const json_t *value = json_object_get(json, m->name);

    if (!value && m->required)
        return error_fail(r->err, PD_FAILED, PD_CAUSE_CORRUPT, "it is missing");
    if (!value && m->form == MEMBER_COLUMN)
        store_bits((char *)base + m->offset, 4, (uint64_t)(int64_t)m->fallback);
    if (!value)
        return PD_OK;
    return forms[m->form].read(r, m, value, base);
}

pd_status
member_read(struct member_reader *r, const struct shape *shape, const json_t *json, void *base)
{
    if (!json_is_object(json))
        return json_expected(r->err, "an object", json);
    if (r->part != JSON_NATIVE)
        store_bits(base, 4, shape->size);
    for (const struct member *m = shape->members; m->name; m++) {
        pd_status status;

        if (!(m->parts & 1 << r->part))
            continue;
        status = read_member(r, m, json, base);
        if (status != PD_OK)
            return error_prefix(r->err, status, "member '%s'", m->name);
    }
    return PD_OK;
}
