// SPDX-License-Identifier: Apache-2.0
// jsonb - JSON as PostgreSQL's jsonb prints it. The bounds are those of its type numeric.
#include "model/jsonb.h"

#include <stdlib.h>
#include <string.h>

#include "model/text.h"

enum {
    LEVELS = 1000,          /* as deep as promise.c admits */
    WHOLE_MOST = 131072,    /* digits before the point */
    SCALE_MOST = 16383,     /* behind it */
    POWER_MOST = 1000000000 /* beyond everything, and its sum with the others is an int64 */
};
#define TEXT_MOST (UINT64_C(256) << 20)

static const char no_json[] = "it is no JSON";
static const char has_twice[] = "an object has a name twice, of which jsonb would keep the last; "
                                "json and text keep both";
static const char has_nul[] = "it has \\u0000, which jsonb cannot hold; json and text can";
static const char has_half[] = "it has half of a surrogate pair, which jsonb cannot hold; json and "
                               "text can";
static const char too_large[] = "it has a number beyond those of jsonb; json and text hold it";
static const char too_long[] = "its numbers in digits make it too long for jsonb; json and text "
                               "hold it";
static const char too_deep[] = "it is too deep";
static const char short_of_memory[] = "";

struct jsonb_member {
    size_t name; /* in names */
    size_t name_size;
    size_t text; /* in out: name and value */
    size_t text_size;
};

struct reading {
    struct jsonb *jsonb;
    const uint8_t *at;
    const uint8_t *end;
    struct buffer *out;
    unsigned level;
};

void
jsonb_free(struct jsonb *jsonb)
{
    buffer_free(&jsonb->names);
    buffer_free(&jsonb->members);
    buffer_free(&jsonb->text);
}

static bool
skip(struct reading *r, char c)
{
    if (r->at == r->end || *r->at != (uint8_t)c)
        return false;
    r->at++;
    return true;
}

static void
skip_blanks(struct reading *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

/* ---- Strings ---- */

/* Four digits; -1: there are none. */
static int32_t
take_unit(struct reading *r)
{
    int32_t unit = 0;

    for (int i = 0; i < 4; i++, r->at++) {
        int digit = r->at < r->end ? text_hex_digit(*r->at) : -1;

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static void
put_utf8(struct buffer *out, uint32_t c)
{
    if (c < 0x80) {
        buffer_char(out, (char)c);
        return;
    }
    if (c < 0x800) {
        buffer_u8(out, (uint8_t)(0xc0 | c >> 6));
    } else {
        if (c < 0x10000) {
            buffer_u8(out, (uint8_t)(0xe0 | c >> 12));
        } else {
            buffer_u8(out, (uint8_t)(0xf0 | c >> 18));
            buffer_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        }
        buffer_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
    }
    buffer_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
}

/* Behind \u. */
static const char *
take_unicode(struct reading *r, struct buffer *plain)
{
    int32_t unit = take_unit(r), low;

    if (unit < 0)
        return no_json;
    if (unit == 0)
        return has_nul;
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return has_half;
    if (unit < 0xd800 || unit > 0xdfff) {
        put_utf8(plain, (uint32_t)unit);
        return NULL;
    }
    if (!skip(r, '\\') || !skip(r, 'u'))
        return has_half;
    low = take_unit(r);
    if (low < 0)
        return no_json;
    if (low < 0xdc00 || low > 0xdfff)
        return has_half;
    put_utf8(plain, 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00));
    return NULL;
}

static const char *
take_escape(struct reading *r, struct buffer *plain)
{
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    const char *letter;

    if (skip(r, 'u'))
        return take_unicode(r, plain);
    letter = r->at < r->end && *r->at ? strchr(letters, *r->at) : NULL;
    if (!letter)
        return no_json;
    r->at++;
    buffer_char(plain, means[letter - letters]);
    return NULL;
}

/* What it means, behind what `plain` has already. */
static const char *
take_string(struct reading *r, struct buffer *plain)
{
    const char *why = NULL;

    if (!skip(r, '"'))
        return no_json;
    while (!why) {
        const uint8_t *start = r->at;

        while (r->at < r->end && *r->at >= 0x20 && *r->at != '"' && *r->at != '\\')
            r->at++;
        buffer_append(plain, start, (size_t)(r->at - start));
        if (skip(r, '"'))
            return NULL;
        why = skip(r, '\\') ? take_escape(r, plain) : no_json;
    }
    return why;
}

static void
put_string(struct buffer *out, const uint8_t *bytes, size_t size)
{
    static const char named[] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    size_t n;

    buffer_char(out, '"');
    for (size_t i = 0; i < size; i += n) {
        n = 0;
        while (i + n < size && bytes[i + n] >= 0x20 && bytes[i + n] != '"' && bytes[i + n] != '\\')
            n++;
        buffer_append(out, bytes + i, n);
        if (i + n == size)
            break;
        if (bytes[i + n] >= 0x20)
            buffer_printf(out, "\\%c", bytes[i + n]);
        else if (bytes[i + n] < sizeof named && named[bytes[i + n]])
            buffer_printf(out, "\\%c", named[bytes[i + n]]);
        else
            buffer_printf(out, "\\u%04x", bytes[i + n]);
        n++;
    }
    buffer_char(out, '"');
}

static const char *
string_write(struct reading *r)
{
    struct buffer *text = &r->jsonb->text;
    const char *why;

    buffer_clear(text);
    why = take_string(r, text);
    if (why)
        return why;
    put_string(r->out, text->data, text->size);
    return text->failed ? short_of_memory : NULL;
}

/* ---- Numbers ---- */

static size_t
take_digits(struct reading *r)
{
    const uint8_t *start = r->at;

    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return (size_t)(r->at - start);
}

/* Behind e; false: there are no digits. */
static bool
take_power(struct reading *r, int64_t *ret_power)
{
    bool is_negative = skip(r, '-');
    const uint8_t *start;
    int64_t power = 0;

    if (!is_negative)
        skip(r, '+');
    start = r->at;
    if (take_digits(r) == 0)
        return false;
    for (; start < r->at; start++)
        power = power < POWER_MOST ? power * 10 + (*start - '0') : power;
    *ret_power = is_negative ? -power : power;
    return true;
}

static void
put_zeros(struct buffer *out, int64_t n)
{
    uint8_t *at = n > 0 ? buffer_reserve(out, (size_t)n) : NULL;

    if (!at)
        return;
    memset(at, '0', (size_t)n);
    out->size += (size_t)n;
}

/* Digits with the point behind `point` of them, which may be before the first or behind the last;
   `scale` of the number are behind it. */
static void
put_digits(struct buffer *out, const uint8_t *digits, int64_t n, int64_t point, int64_t scale)
{
    int64_t whole = point < 0 ? 0 : point < n ? point : n;

    if (whole == 0 && point <= 0)
        buffer_char(out, '0');
    buffer_append(out, digits, (size_t)whole);
    put_zeros(out, point - whole);
    if (scale == 0)
        return;
    buffer_char(out, '.');
    put_zeros(out, point < 0 ? -point : 0);
    buffer_append(out, digits + whole, (size_t)(n - whole));
}

/* Digits without point, the sign told and the bounds kept. */
static const char *
put_number(struct reading *r, bool is_negative, int64_t point)
{
    const struct buffer *text = &r->jsonb->text;
    const uint8_t *digits = text->data;
    int64_t n = (int64_t)text->size, scale = n - point;

    if (scale < 0)
        scale = 0;
    while (n > 0 && *digits == '0') {
        digits++;
        n--;
        point--;
    }
    if (n == 0) { /* it has a scale, but neither a sign nor a power */
        digits = (const uint8_t *)"";
        point = -scale;
    }
    if (scale > SCALE_MOST || point > WHOLE_MOST)
        return too_large;
    if (r->out->size + (uint64_t)n + (uint64_t)(point > n ? point : 0) > TEXT_MOST)
        return too_long;
    if (is_negative && n)
        buffer_char(r->out, '-');
    put_digits(r->out, digits, n, point, scale);
    return NULL;
}

static const char *
number_write(struct reading *r)
{
    struct buffer *text = &r->jsonb->text;
    bool is_negative = skip(r, '-');
    const uint8_t *start = r->at;
    int64_t power = 0;
    size_t whole, behind;

    buffer_clear(text);
    whole = skip(r, '0') ? 1 : take_digits(r);
    buffer_append(text, start, whole);
    if (whole && skip(r, '.')) {
        start = r->at;
        behind = take_digits(r);
        buffer_append(text, start, behind);
        whole = behind ? whole : 0;
    }
    if (whole == 0)
        return no_json;
    if ((skip(r, 'e') || skip(r, 'E')) && !take_power(r, &power))
        return no_json;
    if (text->failed)
        return short_of_memory;
    if (power >= POWER_MOST || power <= -POWER_MOST)
        return too_large;
    return put_number(r, is_negative, (int64_t)whole + power);
}

/* ---- Objects ---- */

static const char *value_write(struct reading *r);

static struct jsonb_member *
members_from(struct reading *r, size_t first)
{
    return (struct jsonb_member *)(void *)(r->jsonb->members.data + first);
}

/* Shorter names stand before longer ones. */
static int
compare_members(const void *a_, const void *b_, void *names)
{
    const struct jsonb_member *a = a_, *b = b_;

    if (a->name_size != b->name_size)
        return a->name_size < b->name_size ? -1 : 1;
    return a->name_size ? memcmp((const uint8_t *)names + a->name, (const uint8_t *)names + b->name,
                                 a->name_size)
                        : 0;
}

static bool
is_in_place(const struct jsonb_member *members, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (members[i].text < members[i - 1].text)
            return false;
    return true;
}

/* They stand in out from `start` on, in the order in which they came. */
static const char *
members_sort(struct reading *r, size_t start, size_t first)
{
    size_t n = (r->jsonb->members.size - first) / sizeof(struct jsonb_member);
    struct jsonb_member *members = members_from(r, first);
    struct buffer *text = &r->jsonb->text;

    qsort_r(members, n, sizeof *members, compare_members, r->jsonb->names.data);
    for (size_t i = 1; i < n; i++)
        if (compare_members(&members[i - 1], &members[i], r->jsonb->names.data) == 0)
            return has_twice;
    if (is_in_place(members, n))
        return NULL;
    buffer_clear(text);
    buffer_append(text, r->out->data + start, r->out->size - start);
    if (text->failed)
        return short_of_memory;
    r->out->size = start;
    for (size_t i = 0; i < n; i++) {
        if (i)
            buffer_text(r->out, ", ");
        buffer_append(r->out, text->data + (members[i].text - start), members[i].text_size);
    }
    return NULL;
}

static const char *
member_write(struct reading *r)
{
    struct buffer *names = &r->jsonb->names;
    struct jsonb_member member = {.name = names->size, .text = r->out->size};
    const char *why;

    skip_blanks(r);
    why = take_string(r, names);
    if (why)
        return why;
    if (names->failed)
        return short_of_memory;
    member.name_size = names->size - member.name;
    put_string(r->out, names->data ? names->data + member.name : NULL, member.name_size);
    skip_blanks(r);
    if (!skip(r, ':'))
        return no_json;
    buffer_text(r->out, ": ");
    why = value_write(r);
    member.text_size = r->out->size - member.text;
    buffer_append(&r->jsonb->members, &member, sizeof member);
    return r->jsonb->members.failed ? short_of_memory : why;
}

/* Behind the brace. */
static const char *
object_write(struct reading *r)
{
    size_t start, first = r->jsonb->members.size, names = r->jsonb->names.size;
    const char *why = NULL;
    bool more = true;

    buffer_char(r->out, '{');
    start = r->out->size;
    skip_blanks(r);
    if (skip(r, '}'))
        more = false;
    while (more && !why) {
        why = member_write(r);
        skip_blanks(r);
        more = !why && skip(r, ',');
        if (more)
            buffer_text(r->out, ", ");
        else if (!why && !skip(r, '}'))
            why = no_json;
    }
    if (!why && r->jsonb->members.size > first)
        why = r->out->failed ? short_of_memory : members_sort(r, start, first);
    r->jsonb->members.size = first;
    r->jsonb->names.size = names;
    buffer_char(r->out, '}');
    return why;
}

/* ---- Values ---- */

static const char *
array_write(struct reading *r)
{
    const char *why = NULL;
    bool more;

    buffer_char(r->out, '[');
    skip_blanks(r);
    more = !skip(r, ']');
    while (more && !why) {
        why = value_write(r);
        skip_blanks(r);
        more = !why && skip(r, ',');
        if (more)
            buffer_text(r->out, ", ");
        else if (!why && !skip(r, ']'))
            why = no_json;
    }
    buffer_char(r->out, ']');
    return why;
}

static bool
word_write(struct reading *r, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(r->end - r->at) < size || memcmp(r->at, word, size) != 0)
        return false;
    r->at += size;
    buffer_append(r->out, word, size);
    return true;
}

static const char *
list_write(struct reading *r, bool is_object)
{
    const char *why = too_deep;

    if (++r->level <= LEVELS)
        why = is_object ? object_write(r) : array_write(r);
    r->level--;
    return why;
}

static const char *
value_write(struct reading *r)
{
    skip_blanks(r);
    if (skip(r, '{'))
        return list_write(r, /* is_object= */ true);
    if (skip(r, '['))
        return list_write(r, /* is_object= */ false);
    if (r->at < r->end && *r->at == '"')
        return string_write(r);
    if (word_write(r, "true") || word_write(r, "false") || word_write(r, "null"))
        return NULL;
    return number_write(r);
}

const char *
jsonb_write(struct jsonb *jsonb, const uint8_t *text, size_t size, struct buffer *out)
{
    struct reading r = {.jsonb = jsonb, .at = text, .end = text + size, .out = out};
    const char *why;

    if (!text || !text_is_utf8(text, size))
        return no_json;
    buffer_clear(&jsonb->names);
    buffer_clear(&jsonb->members);
    why = value_write(&r);
    skip_blanks(&r);
    if (!why && r.at != r.end)
        why = no_json;
    if (out->failed || jsonb->names.failed || jsonb->members.failed)
        return short_of_memory;
    return why;
}
