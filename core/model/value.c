// SPDX-License-Identifier: Apache-2.0
// value - canonical text of single values without memory of its own.
#include "model/value.h"

#include <string.h>

#include "model/convert_inside.h"
#include "model/decimal.h"
#include "model/kind.h"
#include "model/text.h"
#include "model/utf8.h"

enum {
    ROOM = 128,      /* what text_append() may reserve for a value of a fixed width */
    START_SHOWN = 40 /* bytes of a text that an error shows */
};

static bool
is_fixed(const struct pd_type *type)
{
    int layout = kind_layout(type);

    return layout != PD_LAYOUT_VAR && layout != PD_LAYOUT_TAGGED && layout != PD_LAYOUT_NONE;
}

size_t
value_text(const struct pd_type *type, const struct pd_value *value, char *buffer)
{
    uint8_t room[ROOM];
    struct buffer out = {.data = room, .room = sizeof room}; /* never grows: the text is short */
    struct cell cell = {.tag = value->tag,
                        .integer = value->integer,
                        .real = value->real,
                        .bytes = value->bytes,
                        .size = value->size};

    if (!is_fixed(type) || (value->tag != PD_TAG_PLAIN && type->kind != PD_KIND_NUMBER))
        return 0;
    text_append(&out, type, &cell);
    memcpy(buffer, room, out.size);
    return out.size;
}

static pd_status
refuse(const struct pd_type *type, const char *text, size_t size, const char *why,
       struct pd_error *err)
{
    char start[START_SHOWN + 1], shown[4 * START_SHOWN];
    size_t n = size < START_SHOWN ? size : START_SHOWN;

    memcpy(start, text, n);
    start[n] = 0;
    error_printable(start, shown, sizeof shown);
    return error_fail(err, PD_FAILED, PD_CAUSE_DATA, "'%s'%s %s '%s'", shown, size > n ? "..." : "",
                      why, kind_name(type->kind));
}

static pd_status
read_string(const struct pd_type *type, const char *text, size_t size, struct pd_error *err)
{
    struct utf8_scan scan = {0};
    bool counts = type->kind == PD_KIND_TEXT || type->kind == PD_KIND_CHAR ||
                  type->kind == PD_KIND_BIT || type->kind == PD_KIND_VARBIT;

    utf8_feed(&scan, text, size);
    utf8_end(&scan);
    if (scan.bad)
        return refuse(type, text, size, "is not valid UTF-8, as it must be in", err);
    if (!place_accepts(type, (const uint8_t *)text, size))
        return refuse(type, text, size, "is not a value of type", err);
    if (counts && type->length && scan.n_chars > type->length)
        return error_fail(err, PD_FAILED, PD_CAUSE_DATA,
                          "text of %llu characters is too long for '%s' of %llu",
                          (unsigned long long)scan.n_chars, kind_name(type->kind),
                          (unsigned long long)type->length);
    return PD_OK;
}

/* A decimal that is kept as its text. */
static pd_status
read_digits(const struct pd_type *type, const char *text, size_t size, struct pd_error *err)
{
    struct decimal decimal;
    size_t n_whole;

    if (!decimal_parse(text, size, &decimal))
        return refuse(type, text, size, "is not the canonical text of a value of type", err);
    n_whole = decimal.n_digits == 1 && decimal.digits[0] == '0' ? 0 : decimal.n_digits;
    if (type->precision && ((int64_t)n_whole > (int64_t)type->precision - type->scale ||
                            decimal.n_fraction != (size_t)(type->scale < 0 ? 0 : type->scale)))
        return refuse(type, text, size, "has too many digits for its", err);
    return PD_OK;
}

pd_status
value_read(const struct pd_type *type, const char *text, size_t size, struct pd_value *ret_value,
           uint8_t *bytes, struct pd_error *err)
{
    uint8_t room[ROOM];
    struct buffer scratch = {.data = room, .room = sizeof room}; /* as above */
    struct cell cell;
    pd_status status;

    if (!is_fixed(type)) {
        status = type->kind == PD_KIND_DECIMAL ? read_digits(type, text, size, err)
                                               : read_string(type, text, size, err);
        if (status == PD_OK)
            *ret_value =
                (struct pd_value){.tag = PD_TAG_PLAIN, .size = (uint32_t)size, .bytes = text};
        return status;
    }
    status = text_parse(type, text, size, &scratch, &cell, err);
    if (status != PD_OK)
        return status;
    *ret_value = (struct pd_value){.tag = cell.tag,
                                   .size = (uint32_t)cell.size,
                                   .integer = cell.integer,
                                   .real = cell.real,
                                   .bytes = cell.bytes ? bytes : NULL};
    if (cell.bytes)
        memcpy(bytes, cell.bytes, cell.size);
    return PD_OK;
}
