// SPDX-License-Identifier: Apache-2.0
// convert_place - a value as a cell of another kind: plain, or as an outlier that is at home there.
#include <string.h>

#include "model/convert_inside.h"
#include "model/kind.h"
#include "model/text.h"

/* Kinds whose layout is the text itself; decimals have forms of their own. */
static bool
is_string(int kind)
{
    switch (kind_class(kind)) {
    case PD_CLASS_TEXT:
    case PD_CLASS_BIT:
    case PD_CLASS_JSON:
    case PD_CLASS_ADDRESS:
    case PD_CLASS_NATIVE:
        return kind != PD_KIND_ANY;
    default:
        return false;
    }
}

static bool
is_stamped(int kind)
{
    return kind == PD_KIND_DATE || kind == PD_KIND_TIMESTAMP || kind == PD_KIND_TIMESTAMPTZ;
}

bool
place_is_home(int kind, int tag)
{
    switch (tag) {
    case PD_TAG_POS_INF:
    case PD_TAG_NEG_INF:
        return is_stamped(kind) || kind == PD_KIND_DECIMAL;
    case PD_TAG_NAN:
        return kind == PD_KIND_DECIMAL;
    case PD_TAG_FAR:
    case PD_TAG_YMD:
        return is_stamped(kind);
    case PD_TAG_ENUM0:
        return kind == PD_KIND_ENUM;
    case PD_TAG_BADTEXT:
        return is_string(kind) || kind == PD_KIND_ANY;
    case PD_TAG_INT:
    case PD_TAG_REAL:
        return kind == PD_KIND_NUMBER || kind == PD_KIND_ANY;
    case PD_TAG_TEXT:
    case PD_TAG_BYTES:
        return kind == PD_KIND_ANY;
    default:
        return false;
    }
}

bool
place_stays(const struct conversion *c, int tag)
{
    if (c->flags & CONVERT_BACK)
        return tag != PD_TAG_TEXT || c->to->kind != PD_KIND_FLOAT64;
    return tag == PD_TAG_PLAIN || place_is_home(c->to->kind, tag);
}

static bool
is_text(const struct value *value, const char *wanted)
{
    return value->size && value->size == strlen(wanted) &&
           memcmp(value->bytes, wanted, value->size) == 0;
}

static bool
set_bytes(struct cell *cell, int tag, const struct value *value)
{
    *cell = (struct cell){.tag = tag, .bytes = value->bytes, .size = value->size};
    return true;
}

/* Canonical text of the target's kind; a value that is bytes lies in c->out then. */
static bool
parse(struct conversion *c, const struct value *value, struct cell *cell)
{
    conversion_clear(c, &c->out);
    return text_parse(c->to, (const char *)value->bytes, value->size, &c->out, cell, NULL) == PD_OK;
}

/* ---- Numbers ---- */

/* Tagged text says that it is text, in a column that has storage classes. */
static bool
is_text_among(const struct conversion *c, const struct value *value)
{
    return c->flags & CONVERT_UNTAGGED && value->is_loose &&
           (c->to->kind == PD_KIND_INT64 || c->to->kind == PD_KIND_FLOAT64);
}

static bool
place_whole(struct conversion *c, const struct value *value, struct cell *cell)
{
    if (value->class != VALUE_TEXT)
        return number_to_whole(c, value, cell);
    return !is_text_among(c, value) && parse(c, value, cell) &&
           (c->to->kind != PD_KIND_YEAR || number_fits_whole(c->to, cell->integer));
}

static bool
place_float(struct conversion *c, const struct value *value, struct cell *cell)
{
    if (value->class != VALUE_TEXT)
        return number_to_float(c, value, cell);
    return !is_text_among(c, value) && parse(c, value, cell);
}

static bool
place_decimal(struct conversion *c, const struct value *value, struct cell *cell)
{
    static const struct {
        const char *text;
        int tag;
    } specials[] = {
        {"NaN", PD_TAG_NAN}, {"Infinity", PD_TAG_POS_INF}, {"-Infinity", PD_TAG_NEG_INF}};

    if (value->class == VALUE_ODD)
        return c->from->kind == PD_KIND_DECIMAL && place_is_home(c->to->kind, value->tag) &&
               set_bytes(cell, value->tag, value);
    if (value->class != VALUE_TEXT)
        return number_to_decimal(c, value, cell);
    for (size_t i = 0; i < COUNT_OF(specials); i++) {
        if (is_text(value, specials[i].text)) {
            *cell = (struct cell){.tag = specials[i].tag};
            return true;
        }
    }
    return parse(c, value, cell);
}

/* The specials of decimals are those of floats. */
static bool
place_special(const struct value *value, struct cell *cell)
{
    static const struct value none;
    struct value real = none;

    real.class = VALUE_REAL;
    if (value->tag == PD_TAG_NAN)
        real.real = __builtin_nan("");
    else if (value->tag == PD_TAG_POS_INF || value->tag == PD_TAG_NEG_INF)
        real.real = value->tag == PD_TAG_POS_INF ? __builtin_inf() : -__builtin_inf();
    else
        return false;
    return number_to_number(&real, cell);
}

/* Text that carries numbers is read as one; a single text among numbers is text. */
static bool
place_number(struct conversion *c, const struct value *value, struct cell *cell)
{
    if (value->class == VALUE_ODD)
        return c->from->kind == PD_KIND_DECIMAL && place_special(value, cell);
    if (value->class == VALUE_TEXT)
        return !value->is_loose && c->from->kind == PD_KIND_TEXT && parse(c, value, cell);
    return number_to_number(value, cell);
}

/* ---- Text and bytes ---- */

/* The number of a label, from the n-th on; n_labels: there is none such. */
static size_t
find_label(const struct pd_type *type, size_t n, const uint8_t *bytes, size_t size)
{
    while (n < type->n_labels &&
           (strlen(type->labels[n]) != size || (size && memcmp(type->labels[n], bytes, size) != 0)))
        n++;
    return n;
}

size_t
place_next_label(const uint8_t **bytes, size_t *size)
{
    const uint8_t *comma = *size ? memchr(*bytes, ',', *size) : NULL;
    size_t n = comma ? (size_t)(comma - *bytes) : *size;

    *bytes += comma ? n + 1 : n;
    *size -= comma ? n + 1 : n;
    return n;
}

/* Labels of a set, each once, in its own order; nothing at all is the empty set, and a comma alone
   the set of the label without a letter. */
static bool
is_set(const struct pd_type *type, const uint8_t *bytes, size_t size)
{
    size_t n = 0;
    bool is_last = size == 0;

    if (size == 1 && bytes[0] == ',')
        return find_label(type, 0, bytes, 0) < type->n_labels;
    while (!is_last) {
        const uint8_t *label = bytes;
        size_t length = place_next_label(&bytes, &size);

        is_last = label + length == bytes;
        n = find_label(type, n, label, length);
        if (n++ == type->n_labels)
            return false;
    }
    return true;
}

bool
place_accepts(const struct pd_type *type, const uint8_t *bytes, size_t size)
{
    switch (type->kind) {
    case PD_KIND_CHAR:
        return size == 0 || bytes[size - 1] != ' ';
    case PD_KIND_ENUM:
        return type->n_labels == 0 || find_label(type, 0, bytes, size) < type->n_labels;
    case PD_KIND_SET:
        return type->n_labels == 0 || is_set(type, bytes, size);
    case PD_KIND_BIT:
    case PD_KIND_VARBIT:
        for (size_t i = 0; i < size; i++) {
            if (bytes[i] != '0' && bytes[i] != '1')
                return false;
        }
        return true;
    default:
        return true;
    }
}

/* Any value has a text, which only `text` takes; bytes have one when they were text before. */
static bool
place_canonical(struct conversion *c, const struct value *value, struct cell *cell)
{
    struct cell from = {.tag = value->is_loose || value->class == VALUE_ODD ? value->tag
                                                                            : PD_TAG_PLAIN,
                        .integer = (int64_t)(uint64_t)value->integer,
                        .real = value->real,
                        .bytes = value->bytes,
                        .size = value->size};

    if (c->to->kind != PD_KIND_TEXT || (c->flags & CONVERT_UNTAGGED))
        return false;
    if (value->class == VALUE_TYPED || value->class == VALUE_DECIMAL)
        return set_bytes(cell, PD_TAG_PLAIN, value);
    if (value->class == VALUE_ODD && !text_is_utf8(value->bytes, value->size))
        return false;
    conversion_clear(c, &c->out);
    text_append(&c->out, c->from, &from);
    *cell = (struct cell){.tag = PD_TAG_PLAIN, .bytes = c->out.data, .size = c->out.size};
    return !c->out.failed;
}

/* Bytes begin like this when they are UTF-16 that is not valid, and when they are other text that
   is not valid but happens to begin so, or whose bytes (of another character set) would be taken
   for other text. No valid text has the byte 0xff. */
static const uint8_t utf16_mark[] = {0xff, 'u', ':'}, badtext_mark[] = {0xff, 'b', ':'};
enum { MARK_SIZE = sizeof utf16_mark };

bool
place_is_marked(const uint8_t *bytes, size_t size)
{
    return size >= MARK_SIZE && (memcmp(bytes, utf16_mark, MARK_SIZE) == 0 ||
                                 memcmp(bytes, badtext_mark, MARK_SIZE) == 0);
}

static bool
mark(struct conversion *c, const struct value *value, struct cell *cell)
{
    conversion_clear(c, &c->out);
    buffer_append(&c->out, value->tag == PD_TAG_UTF16 ? utf16_mark : badtext_mark, MARK_SIZE);
    buffer_append(&c->out, value->bytes, value->size);
    *cell = (struct cell){.tag = PD_TAG_PLAIN, .bytes = c->out.data, .size = c->out.size};
    return !c->out.failed;
}

/* Bytes that are no valid text. */
static bool
unmark(const struct value *value, struct cell *cell)
{
    bool is_marked = place_is_marked(value->bytes, value->size);
    struct value rest = *value;

    if (is_marked) {
        rest.bytes += MARK_SIZE;
        rest.size -= MARK_SIZE;
    }
    return set_bytes(cell, is_marked && value->bytes[1] == 'u' ? PD_TAG_UTF16 : PD_TAG_BADTEXT,
                     &rest);
}

static bool
place_string(struct conversion *c, const struct value *value, struct cell *cell)
{
    bool is_raw =
        value->class == VALUE_BYTES && !value->is_loose && c->from->kind == PD_KIND_BINARY;

    if (is_raw && !text_is_utf8(value->bytes, value->size))
        return unmark(value, cell);
    if (value->class == VALUE_ODD && place_is_home(c->to->kind, value->tag) &&
        (is_string(c->from->kind) || c->flags & CONVERT_UNTAGGED))
        return set_bytes(cell, value->tag, value);
    if (value->class == VALUE_TEXT || is_raw) {
        if (place_accepts(c->to, value->bytes, value->size))
            return set_bytes(cell, PD_TAG_PLAIN, value);
        if (c->to->kind != PD_KIND_ENUM || !is_text(value, "#0"))
            return false;
        *cell = (struct cell){.tag = PD_TAG_ENUM0};
        return true;
    }
    return !(value->class == VALUE_BYTES && value->is_loose) && place_canonical(c, value, cell);
}

static bool
place_binary(struct conversion *c, const struct value *value, struct cell *cell)
{
    bool was_text = is_string(c->from->kind) && !(c->flags & CONVERT_UNTAGGED);

    if (value->class == VALUE_BYTES && !(value->is_loose && was_text))
        return set_bytes(cell, PD_TAG_PLAIN, value);
    if (!was_text)
        return false;
    if (value->tag == PD_TAG_UTF16 ||
        (value->tag == PD_TAG_BADTEXT &&
         (place_is_marked(value->bytes, value->size) || text_is_utf8(value->bytes, value->size))))
        return mark(c, value, cell);
    return ((value->class == VALUE_TEXT && !value->is_loose) || value->tag == PD_TAG_BADTEXT) &&
           set_bytes(cell, PD_TAG_PLAIN, value);
}

static bool
place_geometry(struct conversion *c, const struct value *value, struct cell *cell)
{
    if (value->class == VALUE_BYTES)
        return set_bytes(cell, PD_TAG_PLAIN, value);
    return value->class == VALUE_TEXT && parse(c, value, cell);
}

/* ---- The others ---- */

/* Times and uuids: from their text. Those that lie alike are converted before (time_to_time). */
static bool
place_typed(struct conversion *c, const struct value *value, struct cell *cell)
{
    int tag;

    if (value->class == VALUE_ODD)
        return place_is_home(c->to->kind, value->tag) &&
               (c->from->kind == c->to->kind || value->tag != PD_TAG_FAR) &&
               set_bytes(cell, value->tag, value);
    if (value->class != VALUE_TEXT)
        return false;
    if (parse(c, value, cell))
        return true;
    if (!time_outlier(c->to, value->bytes, value->size, &tag))
        return false;
    if (tag == PD_TAG_POS_INF || tag == PD_TAG_NEG_INF)
        *cell = (struct cell){.tag = tag};
    else
        set_bytes(cell, tag, value);
    return true;
}

static bool
place_any(struct conversion *c, const struct value *value, struct cell *cell)
{
    switch (value->class) {
    case VALUE_TEXT:
    case VALUE_TYPED:
        return set_bytes(cell, PD_TAG_TEXT, value);
    case VALUE_BYTES:
        return set_bytes(cell, PD_TAG_BYTES, value);
    case VALUE_ODD:
        return value->tag == PD_TAG_BADTEXT ? set_bytes(cell, PD_TAG_BADTEXT, value) : false;
    default:
        return number_to_number(value, cell);
    }
}

static bool (*const placers[])(struct conversion *, const struct value *, struct cell *) = {
    [PD_CLASS_BOOL] = place_whole,        [PD_CLASS_INTEGER] = place_whole,
    [PD_CLASS_DECIMAL] = place_decimal,   [PD_CLASS_FLOAT] = place_float,
    [PD_CLASS_TEXT] = place_string,       [PD_CLASS_BYTES] = place_binary,
    [PD_CLASS_DATE] = place_typed,        [PD_CLASS_TIME] = place_typed,
    [PD_CLASS_TIMESTAMP] = place_typed,   [PD_CLASS_INSTANT] = place_typed,
    [PD_CLASS_TIMETZ] = place_typed,      [PD_CLASS_INTERVAL] = place_typed,
    [PD_CLASS_UUID] = place_typed,        [PD_CLASS_BIT] = place_string,
    [PD_CLASS_JSON] = place_string,       [PD_CLASS_ADDRESS] = place_string,
    [PD_CLASS_GEOMETRY] = place_geometry, [PD_CLASS_NATIVE] = place_string,
};

bool
place_value(struct conversion *c, const struct value *value, struct cell *cell)
{
    if (c->to->kind == PD_KIND_NUMBER)
        return place_number(c, value, cell);
    if (c->to->kind == PD_KIND_ANY)
        return place_any(c, value, cell);
    return placers[kind_class(c->to->kind)](c, value, cell);
}

bool
place_outlier(struct conversion *c, const struct value *value, struct cell *cell)
{
    static const uint8_t tags[] = {
        [VALUE_TEXT] = PD_TAG_TEXT,
        [VALUE_BYTES] = PD_TAG_BYTES,
        [VALUE_TYPED] = PD_TAG_TEXT,
        [VALUE_DECIMAL] = PD_TAG_TEXT,
    };
    struct value text = *value;

    if (value->class == VALUE_INT || value->class == VALUE_REAL)
        return number_to_number(value, cell);
    if (value->class != VALUE_ODD)
        return set_bytes(cell, tags[value->class], value);
    if (place_is_home(c->to->kind, value->tag) || value->tag == PD_TAG_BADTEXT ||
        value->tag == PD_TAG_UTF16 || value->tag == PD_TAG_NATIVE)
        return set_bytes(cell, value->tag, value);
    /* An infinity where there is none: what it is called. */
    conversion_clear(c, &c->text);
    text_append(&c->text, c->from,
                &(struct cell){.tag = value->tag, .bytes = value->bytes, .size = value->size});
    text.bytes = c->text.data;
    text.size = c->text.size;
    return !c->text.failed && set_bytes(cell, PD_TAG_TEXT, &text);
}
