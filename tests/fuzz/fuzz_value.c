// SPDX-License-Identifier: Apache-2.0
/* fuzz_value - a value from outside, as the canonical text or as the bytes of its type: it is
   written and read again the same, and so is what another type holds of it. The first bytes choose
   the way and the two types. */
#include "fuzz.h"

#include <string.h>

#include <polydump/value.h>

#include "model/canonical.h"
#include "model/convert.h"
#include "model/kind.h"
#include "model/sortkey.h"
#include "model/text.h"
#include "model/value.h"

enum { VALUE_ROOM = 96 };
enum { HEAD = 4, N_KINDS = PD_KIND_COUNT_ - 1, N_MORE = 8, N_TYPES = N_KINDS + N_MORE };

static const char *const labels[] = {"a", "", "b,c"};
static struct pd_type types[N_TYPES];

static void
types_make(void)
{
    static const struct pd_type more[N_MORE] = {
        {.kind = PD_KIND_DECIMAL, .precision = 10, .scale = 2},
        {.kind = PD_KIND_DECIMAL, .precision = 38, .scale = 38},
        {.kind = PD_KIND_DECIMAL, .precision = 60, .scale = 20},
        {.kind = PD_KIND_TEXT, .length = 4},
        {.kind = PD_KIND_CHAR, .length = 4},
        {.kind = PD_KIND_TIMESTAMP, .precision = 3},
        {.kind = PD_KIND_TIME, .precision = 1},
        {.kind = PD_KIND_BIT, .length = 8},
    };

    for (size_t i = 0; i < N_TYPES; i++) {
        if (i >= N_KINDS)
            types[i] = more[i - N_KINDS];
        else
            types[i].kind = (uint16_t)(i + 1);
        types[i].struct_size = sizeof types[i];
        if (types[i].kind == PD_KIND_ENUM || types[i].kind == PD_KIND_SET) {
            types[i].labels = labels;
            types[i].n_labels = 3;
        }
        if (types[i].kind == PD_KIND_ARRAY)
            types[i].element = PD_KIND_INT32;
        if (types[i].kind == PD_KIND_MONEY)
            types[i].scale = 2;
    }
}

static bool
same_cell(const struct pd_type *type, const struct cell *a, const struct cell *b)
{
    struct canonical x, y;

    canonical_cell(type, a, &x);
    canonical_cell(type, b, &y);
    return x.class == y.class && x.size == y.size &&
           (x.size == 0 || memcmp(x.bytes, y.bytes, x.size) == 0);
}

static struct cell
cell_of(const struct pd_value *value)
{
    return (struct cell){.tag = value->tag,
                         .integer = value->integer,
                         .real = value->real,
                         .bytes = value->bytes,
                         .size = value->size};
}

static void
fail_with(const struct pd_type *type, const struct pd_type *to, const struct buffer *text,
          const char *why)
{
    fprintf(stderr, "%s to %s: '%.*s': %s\n", kind_name(type->kind), to ? kind_name(to->kind) : "-",
            (int)text->size, (const char *)text->data, why);
    abort();
}

/* ---- Bytes ---- */

/* A value of a fixed width as a block or a step may have it. */
static bool
value_of_bytes(const struct pd_type *type, const uint8_t *bytes, size_t size,
               struct pd_value *value)
{
    uint32_t width = kind_width(type);
    uint64_t word = 0;

    *value = (struct pd_value){.tag = PD_TAG_PLAIN};
    if (width == 0 || width > size)
        return false;
    memcpy(&word, bytes, width < 8 ? width : 8);
    switch (kind_layout(type)) {
    case PD_LAYOUT_F32: {
        float real;

        memcpy(&real, bytes, 4);
        value->real = (double)real;
        return true;
    }
    case PD_LAYOUT_F64:
        memcpy(&value->real, bytes, 8);
        return true;
    case PD_LAYOUT_I8:
    case PD_LAYOUT_I16:
    case PD_LAYOUT_I32:
    case PD_LAYOUT_I64:
        value->integer = (int64_t)(word << (64 - 8 * width));
        value->integer = pd_kind_is_unsigned(type->kind)
                             ? (int64_t)((uint64_t)value->integer >> (64 - 8 * width))
                             : value->integer >> (64 - 8 * width);
        return true;
    case PD_LAYOUT_FIXED:
    case PD_LAYOUT_I128:
        value->bytes = bytes;
        value->size = width;
        return true;
    default:
        return false;
    }
}

static void
bytes_again(const struct pd_type *type, const uint8_t *bytes, size_t size)
{
    char text[VALUE_ROOM];
    uint8_t room[16];
    struct pd_value value, again;
    struct pd_error err = {0};
    struct cell before, after;
    size_t n;

    if (!value_of_bytes(type, bytes, size, &value))
        return;
    n = value_text(type, &value, text);
    FUZZ_HOLDS(n <= sizeof text);
    if (n == 0 || value_read(type, text, n, &again, room, &err) != PD_OK)
        return; /* beyond what the type has */
    before = cell_of(&value);
    after = cell_of(&again);
    if (!same_cell(type, &before, &after)) {
        fprintf(stderr, "%s: '%.*s' is another value\n", kind_name(type->kind), (int)n, text);
        abort();
    }
}

/* ---- Text ---- */

/* What another type holds of the value comes back as it was. */
static void
convert_again(const struct pd_type *from, const struct pd_type *to, unsigned flags,
              const struct cell *cell, const struct buffer *text)
{
    CLEANUP(conversion) struct conversion *there = NULL;
    CLEANUP(conversion) struct conversion *back = NULL;
    CLEANUP_BUFFER struct buffer key = {0};
    struct cell held, again;

    /* What says which of `any` it is comes back without that. */
    if (from->kind == PD_KIND_TEXT && to->kind == PD_KIND_ANY)
        return;
    if (convert_open(from, to, flags, &there, NULL) != PD_OK ||
        convert_cell(there, cell, &held, NULL) != PD_OK)
        return;
    sortkey_cell(&key, to, &held);
    if (convert_open(to, from, CONVERT_BACK | (flags & CONVERT_TAGGED ? CONVERT_UNTAGGED : 0u),
                     &back, NULL) != PD_OK)
        fail_with(from, to, text, "there is no way back");
    if (convert_cell(back, &held, &again, NULL) != PD_OK)
        fail_with(from, to, text, "it does not come back");
    if (!same_cell(from, cell, &again))
        fail_with(from, to, text, "it comes back as another value");
}

/* What the value means in a column that is there is a value of that column. */
static void
convert_meaning_holds(const struct pd_type *from, const struct pd_type *to, uint8_t flags,
                      const struct cell *cell, const struct buffer *text)
{
    CLEANUP(conversion) struct conversion *there = NULL;
    CLEANUP_BUFFER struct buffer meant = {0};
    struct convert_rules rules = {.epoch_us = flags & 1 ? 1000000 : 0,
                                  .zone_us = flags & 2 ? INT64_C(3600000000) : 0,
                                  .has_zone = flags & 2,
                                  .reads_bools = flags & 4,
                                  .packs_uuids = flags & 8};
    const char *option = NULL;
    struct cell held;

    if (convert_open_meaning(from, to, &rules, &there, &option, NULL) != PD_OK)
        return;
    if (convert_cell(there, cell, &held, NULL) != PD_OK) {
        convert_why(there, &option);
        return;
    }
    if (held.tag == PD_TAG_PLAIN && kind_layout(to) != PD_LAYOUT_TAGGED) {
        struct pd_value value;
        uint8_t room[16];

        text_append(&meant, to, &held);
        if (value_read(to, (const char *)meant.data, meant.size, &value, room, NULL) != PD_OK)
            fail_with(from, to, &meant, "what it means is no value there");
    }
}

static void
text_again(const struct pd_type *from, const struct pd_type *to, uint8_t flags, const char *bytes,
           size_t size)
{
    CLEANUP_BUFFER struct buffer scratch = {0};
    CLEANUP_BUFFER struct buffer text = {0};
    CLEANUP_BUFFER struct buffer key = {0};
    struct pd_error err = {0};
    struct pd_value value;
    struct cell cell;
    uint8_t room[16];

    if (kind_layout(from) == PD_LAYOUT_TAGGED || kind_layout(from) == PD_LAYOUT_NUM64 ||
        value_read(from, bytes, size, &value, room, &err) != PD_OK ||
        text_parse(from, bytes, size, &scratch, &cell, &err) != PD_OK)
        return; /* it is not canonical, or beyond what the type has */
    if (from->kind == PD_KIND_YEAR && cell.integer && (cell.integer < 1901 || cell.integer > 2155))
        return; /* so is such a year, but nobody asks before it is converted */
    text_append(&text, from, &cell);
    if (text.size != size || (size && memcmp(text.data, bytes, size) != 0))
        fail_with(from, NULL, &text, "it was written otherwise");
    sortkey_cell(&key, from, &cell);
    convert_again(from, to, flags & 1 ? CONVERT_TAGGED : 0, &cell, &text);
    convert_meaning_holds(from, to, flags >> 1, &cell, &text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pd_type *from, *to;

    if (size < HEAD)
        return 0;
    if (!types[0].kind)
        types_make();
    from = &types[data[1] % N_TYPES];
    to = &types[data[2] % N_TYPES];
    if (data[0] % 4 == 0)
        bytes_again(from, data + HEAD, size - HEAD);
    else
        text_again(from, to, data[3], (const char *)data + HEAD, size - HEAD);
    return 0;
}
