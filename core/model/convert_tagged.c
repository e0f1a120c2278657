// SPDX-License-Identifier: Apache-2.0
// convert_tagged - text that tells storage classes apart: a letter, a colon, and the value.
#include <string.h>

#include "model/convert_inside.h"
#include "model/kind.h"
#include "model/text.h"
#include "model/utf8.h"

/* Letters beyond the four of `any` keep what could not stand in text; their bytes are hexadecimal.
   So tagged text is always valid and has no U+0000. */
enum {
    LETTER_INT = 'i',
    LETTER_REAL = 'r',
    LETTER_TEXT = 't',
    LETTER_BYTES = 'x',
    LETTER_NUL = 'n',     /* text with U+0000 */
    LETTER_BADTEXT = 'b', /* */
    LETTER_UTF16 = 'u'
};

static const struct pd_type bytes_type = {.struct_size = sizeof bytes_type, .kind = PD_KIND_BINARY};
static const struct pd_type int_type = {.struct_size = sizeof int_type, .kind = PD_KIND_INT64};
static const struct pd_type real_type = {.struct_size = sizeof real_type, .kind = PD_KIND_FLOAT64};

/* ---- Reading ---- */

static bool
read_hex(struct conversion *c, const char *text, size_t size, struct value *value)
{
    struct cell cell;

    conversion_clear(c, &c->text);
    if (text_parse(&bytes_type, text, size, &c->text, &cell, NULL) != PD_OK)
        return false;
    value->bytes = cell.bytes;
    value->size = cell.size;
    return true;
}

static bool
read_number(struct conversion *c, char letter, const char *text, size_t size, struct value *value)
{
    bool is_real = letter == LETTER_REAL;
    struct cell cell;

    conversion_clear(c, &c->text);
    if (text_parse(is_real ? &real_type : &int_type, text, size, &c->text, &cell, NULL) != PD_OK)
        return false;
    value->class = is_real ? VALUE_REAL : VALUE_INT;
    value->integer = cell.integer;
    value->real = cell.real;
    return true;
}

bool
tagged_read(struct conversion *c, const uint8_t *bytes, size_t size, struct value *value)
{
    const char *text = (const char *)bytes;

    if (size < 2 || text[1] != ':')
        return false;
    *value = (struct value){.is_loose = true, .bytes = bytes + 2, .size = size - 2};
    switch (text[0]) {
    case LETTER_INT:
    case LETTER_REAL:
        return read_number(c, text[0], text + 2, size - 2, value);
    case LETTER_TEXT:
        value->class = VALUE_TEXT;
        return true;
    case LETTER_NUL:
        value->class = VALUE_TEXT;
        return read_hex(c, text + 2, size - 2, value) && text_is_utf8(value->bytes, value->size);
    case LETTER_BYTES:
        value->class = VALUE_BYTES;
        return read_hex(c, text + 2, size - 2, value);
    case LETTER_BADTEXT:
    case LETTER_UTF16:
        value->class = VALUE_ODD;
        value->is_loose = false;
        value->tag = text[0] == LETTER_UTF16 ? PD_TAG_UTF16 : PD_TAG_BADTEXT;
        return read_hex(c, text + 2, size - 2, value);
    default:
        return false;
    }
}

/* ---- Writing ---- */

static void
begin(struct conversion *c, char letter)
{
    conversion_clear(c, &c->out);
    buffer_char(&c->out, letter);
    buffer_char(&c->out, ':');
}

static void
write_hex(struct conversion *c, char letter, const struct value *value)
{
    struct cell cell = {.tag = PD_TAG_PLAIN, .bytes = value->bytes, .size = value->size};

    begin(c, letter);
    text_append(&c->out, &bytes_type, &cell);
}

static void
write_bytes(struct conversion *c, char letter, const struct value *value)
{
    begin(c, letter);
    buffer_append(&c->out, value->bytes, value->size);
}

static void
write_integer(struct conversion *c, const struct value *value)
{
    char digits[DECIMAL_TEXT_SIZE];
    bool is_wide = value->integer > INT64_MAX;

    begin(c, is_wide ? LETTER_TEXT : LETTER_INT);
    buffer_append(&c->out, digits, decimal_write(value->integer, 0, digits));
}

static void
write_real(struct conversion *c, const struct value *value)
{
    char text[32];

    begin(c, LETTER_REAL);
    buffer_append(&c->out, text, text_real(value->real, text));
}

/* Outliers have a text; those whose text is not valid, letters of their own. */
static bool
write_odd(struct conversion *c, const struct value *value)
{
    struct cell cell = {.tag = value->tag, .bytes = value->bytes, .size = value->size};

    if (value->tag == PD_TAG_BADTEXT || value->tag == PD_TAG_UTF16) {
        write_hex(c, value->tag == PD_TAG_UTF16 ? LETTER_UTF16 : LETTER_BADTEXT, value);
        return true;
    }
    if (!text_is_utf8(value->bytes, value->size))
        return false;
    begin(c, LETTER_TEXT);
    text_append(&c->out, c->from, &cell);
    return true;
}

bool
tagged_write(struct conversion *c, const struct value *value, struct cell *cell)
{
    switch (value->class) {
    case VALUE_INT:
        write_integer(c, value);
        break;
    case VALUE_REAL:
        write_real(c, value);
        break;
    case VALUE_BYTES:
        write_hex(c, LETTER_BYTES, value);
        break;
    case VALUE_ODD:
        if (!write_odd(c, value))
            return false;
        break;
    default:
        if (value->size && memchr(value->bytes, 0, value->size))
            write_hex(c, LETTER_NUL, value);
        else
            write_bytes(c, LETTER_TEXT, value);
    }
    *cell = (struct cell){.tag = PD_TAG_PLAIN, .bytes = c->out.data, .size = c->out.size};
    return !c->out.failed;
}
