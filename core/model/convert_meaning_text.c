// SPDX-License-Identifier: Apache-2.0
// convert_meaning_text - values for columns of text, JSON, addresses, bits and uuids that are
// there.
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "model/convert_meaning.h"
#include "model/kind.h"
#include "model/promise.h"
#include "model/text.h"
#include "model/utf8.h"

enum { UUID_SIZE = 16, UUID_DIGITS = 32, UUID_TEXT = 36, ADDRESS_MAX = 64 };

static bool
put(struct cell *to, const uint8_t *bytes, size_t size)
{
    *to = (struct cell){.tag = PD_TAG_PLAIN, .bytes = bytes, .size = size};
    return true;
}

bool
meaning_read_bool(const struct value *value, int64_t *ret_bool)
{
    static const char *const words[2][6] = {{"false", "f", "no", "n", "off", "0"},
                                            {"true", "t", "yes", "y", "on", "1"}};

    for (int is = 0; is < 2; is++) {
        for (size_t i = 0; i < COUNT_OF(words[is]); i++) {
            if (value->size == strlen(words[is][i]) &&
                strncasecmp((const char *)value->bytes, words[is][i], value->size) == 0) {
                *ret_bool = is;
                return true;
            }
        }
    }
    return false;
}

const char *
meaning_label(const struct pd_type *type, bool is)
{
    const char *found = NULL;

    for (size_t i = 0; i < type->n_labels; i++) {
        struct value value = {.bytes = (const uint8_t *)type->labels[i],
                              .size = strlen(type->labels[i])};
        int64_t word;

        if (!meaning_read_bool(&value, &word) || (word != 0) != is)
            continue;
        if (found)
            return NULL;
        found = type->labels[i];
    }
    return found;
}

/* ---- Uuids ---- */

/* Digits, all dashes or none, in braces or not. */
static bool
read_uuid(const uint8_t *text, size_t size, uint8_t out[UUID_SIZE])
{
    bool dashed;
    size_t n = 0;

    if (size > 2 && text[0] == '{' && text[size - 1] == '}') {
        text++;
        size -= 2;
    }
    dashed = size == UUID_TEXT;
    if (!dashed && size != UUID_DIGITS)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (dashed && (i == 8 || i == 13 || i == 18 || i == 23)) {
            if (text[i] != '-')
                return false;
            continue;
        }
        if (text_hex_digit(text[i]) < 0)
            return false;
        out[n / 2] =
            (uint8_t)(n % 2 ? out[n / 2] | text_hex_digit(text[i]) : text_hex_digit(text[i]) << 4);
        n++;
    }
    return true;
}

bool
meaning_to_uuid(struct conversion *c, const struct value *value, struct cell *to)
{
    uint8_t bytes[UUID_SIZE];

    if (value->class == VALUE_BYTES && !c->rules.packs_uuids)
        return meaning_refuse(c, "bytes are a uuid only when that is said", "uuid-bytes");
    if (value->class == VALUE_BYTES)
        return value->size == UUID_SIZE ? put(to, value->bytes, UUID_SIZE)
                                        : meaning_refuse(c, "it has not 16 bytes", NULL);
    if (value->class != VALUE_TEXT || !read_uuid(value->bytes, value->size, bytes))
        return meaning_refuse(c, "it is no uuid", NULL);
    conversion_clear(c, &c->out);
    buffer_append(&c->out, bytes, sizeof bytes);
    return !c->out.failed && put(to, c->out.data, c->out.size);
}

/* ---- Addresses ---- */

/* "10.0.0.1", "10.0.0.0/8", "::1": as the engines spell it. full: the bits of a whole address. */
static bool
read_address(const struct value *value, int family, long full, bool takes_bits, bool wants_bits,
             char out[ADDRESS_MAX])
{
    char text[ADDRESS_MAX];
    uint8_t bytes[16];
    char *slash;
    long bits = full;
    size_t size;

    if (value->size == 0 || value->size >= sizeof text || memchr(value->bytes, 0, value->size))
        return false;
    memcpy(text, value->bytes, value->size);
    text[value->size] = 0;
    slash = strchr(text, '/');
    if (slash) {
        size_t n = strspn(slash + 1, "0123456789");

        if (!takes_bits || n == 0 || n > 3 || slash[1 + n])
            return false;
        bits = 0;
        for (size_t i = 1; i <= n; i++)
            bits = bits * 10 + (slash[i] - '0');
        *slash = 0;
    }
    if (bits > full || inet_pton(family, text, bytes) != 1 ||
        !inet_ntop(family, bytes, out, ADDRESS_MAX))
        return false;
    size = strlen(out);
    if (wants_bits || bits != full)
        snprintf(out + size, ADDRESS_MAX - size, "/%ld", bits);
    return true;
}

/* Pairs of digits, with colons or dashes between or none. */
static bool
read_mac(const struct value *value, size_t n_bytes, char out[ADDRESS_MAX])
{
    size_t n = 0, at = 0;

    for (size_t i = 0; i < value->size; i++) {
        int digit = text_hex_digit(value->bytes[i]);

        if (digit < 0) {
            bool is_mark = value->bytes[i] == ':' || value->bytes[i] == '-';

            if (!is_mark || n % 2 || n == 0 || n == n_bytes * 2)
                return false;
            continue;
        }
        if (n == n_bytes * 2)
            return false;
        if (n && n % 2 == 0)
            out[at++] = ':';
        out[at++] = "0123456789abcdef"[digit];
        n++;
    }
    out[at] = 0;
    return n == n_bytes * 2;
}

static bool
to_address(struct conversion *c, const struct value *value, struct cell *to)
{
    int kind = c->to->kind;
    bool is_net = kind == PD_KIND_INET || kind == PD_KIND_CIDR, is = false;
    char text[ADDRESS_MAX];

    if (value->class == VALUE_TEXT) {
        if (kind == PD_KIND_MACADDR || kind == PD_KIND_MACADDR8)
            is = read_mac(value, kind == PD_KIND_MACADDR ? 6 : 8, text);
        if (is_net || kind == PD_KIND_INET4)
            is = read_address(value, AF_INET, 32, is_net, kind == PD_KIND_CIDR, text);
        if (!is && (is_net || kind == PD_KIND_INET6))
            is = read_address(value, AF_INET6, 128, is_net, kind == PD_KIND_CIDR, text);
    }
    if (!is)
        return meaning_refuse(c, "it is no such address", NULL);
    conversion_clear(c, &c->out);
    buffer_text(&c->out, text);
    return !c->out.failed && put(to, c->out.data, c->out.size);
}

/* ---- Text ---- */

/* The canonical text of a cell, of its own sort where its column has several. */
static bool
put_text(struct conversion *c, const struct cell *from, const struct value *value, struct cell *to)
{
    static const struct pd_type whole = {.struct_size = sizeof whole, .kind = PD_KIND_INT64},
                                real = {.struct_size = sizeof real, .kind = PD_KIND_FLOAT64};
    struct cell plain = *from;
    const struct pd_type *type = c->from;

    if (value->is_loose) {
        plain.tag = PD_TAG_PLAIN;
        type = value->class == VALUE_INT ? &whole : &real;
    }
    conversion_clear(c, &c->out);
    text_append(&c->out, type, &plain);
    return !c->out.failed && put(to, c->out.data, c->out.size);
}

static const char no_json[] = "it is no JSON";

/* As the engine prints it, which is what its facts and whoever reads it again will see. */
static bool
to_jsonb(struct conversion *c, const struct cell *text, struct cell *to)
{
    const char *why;

    conversion_clear(c, &c->out);
    why = jsonb_write(&c->jsonb, text->bytes, text->size, &c->out);
    c->is_short |= why && !*why;
    return why ? meaning_refuse(c, why, NULL) : put(to, c->out.data, c->out.size);
}

static bool
to_json(struct conversion *c, const struct cell *from, const struct value *value, struct cell *to)
{
    struct cell text;

    put(&text, value->bytes, value->size);
    /* SQLite makes a number of a text that looks like one. */
    if (value->is_loose && (value->class == VALUE_INT || value->class == VALUE_REAL)) {
        if (!put_text(c, from, value, &text))
            return false;
        buffer_clear(&c->text);
        buffer_append(&c->text, text.bytes, text.size);
        text.bytes = c->text.data;
    } else if (value->class != VALUE_TEXT) {
        return meaning_refuse(c, no_json, NULL);
    }
    if (c->to->kind == PD_KIND_JSONB)
        return to_jsonb(c, &text, to);
    *to = text;
    return promise_is_kept(PD_KIND_JSON, text.bytes, text.size) || meaning_refuse(c, no_json, NULL);
}

static bool
to_bits(struct conversion *c, const struct value *value, struct cell *to)
{
    int64_t word;

    if (value->class == VALUE_TEXT && c->rules.reads_bools && meaning_read_bool(value, &word))
        return put(to, (const uint8_t *)(word ? "1" : "0"), 1);
    if (value->class == VALUE_INT && (value->integer == 0 || value->integer == 1))
        return put(to, (const uint8_t *)(value->integer ? "1" : "0"), 1);
    put(to, value->bytes, value->size);
    return (value->class == VALUE_TEXT && place_accepts(c->to, value->bytes, value->size)) ||
           meaning_refuse(c, "it is no text of bits", NULL);
}

/* A uuid as applications keep it in char(32). */
static bool
to_digits(struct conversion *c, const struct value *value, struct cell *to)
{
    conversion_clear(c, &c->out);
    for (size_t i = 0; i < value->size; i++) {
        if (value->bytes[i] != '-')
            buffer_char(&c->out, (char)value->bytes[i]);
    }
    return !c->out.failed && put(to, c->out.data, c->out.size);
}

static bool
to_canonical(struct conversion *c, const struct cell *from, const struct value *value,
             struct cell *to)
{
    const char *word = from->integer ? "true" : "false";
    bool is_bool = c->from->kind == PD_KIND_BOOL && from->tag == PD_TAG_PLAIN;

    if (is_bool && c->to->kind == PD_KIND_ENUM) {
        word = meaning_label(c->to, from->integer != 0);
        return put(to, (const uint8_t *)word, strlen(word));
    }
    if (c->to->kind != PD_KIND_TEXT && c->to->kind != PD_KIND_CHAR)
        return meaning_refuse(c, "it is no text", NULL);
    if (is_bool)
        return put(to, (const uint8_t *)word, strlen(word));
    if (c->from->kind == PD_KIND_UUID && c->to->length == UUID_DIGITS)
        return to_digits(c, value, to);
    if (value->class == VALUE_TYPED || value->class == VALUE_DECIMAL)
        return put(to, value->bytes, value->size);
    if (value->class == VALUE_ODD && !text_is_utf8(value->bytes, value->size))
        return meaning_refuse(c, "it is no valid text", NULL);
    return put_text(c, from, value, to);
}

/* Is a label among those of a set's text? */
static bool
has_label(const struct value *set, const char *label)
{
    const uint8_t *at = set->bytes;
    size_t size = set->size;
    bool is_last = size == 0;

    while (!is_last) {
        const uint8_t *from = at;
        size_t n = place_next_label(&at, &size);

        is_last = from + n == at;
        if (strlen(label) == n && memcmp(label, from, n) == 0)
            return true;
    }
    return false;
}

/* The labels of a set in the order of another one; those that it lacks stay behind them. */
static bool
to_set(struct conversion *c, const struct value *value, struct cell *to)
{
    size_t n = 0, n_wanted = value->size > 0;
    bool is_empty_label = value->size == 1 && value->bytes[0] == ',';

    conversion_clear(c, &c->out);
    for (size_t i = 0; i < value->size && !is_empty_label; i++)
        n_wanted += value->bytes[i] == ',';
    for (size_t i = 0; i < c->to->n_labels; i++) {
        if (!has_label(value, c->to->labels[i]))
            continue;
        buffer_printf(&c->out, "%s%s", n++ ? "," : "", c->to->labels[i]);
    }
    if (n && c->out.size == 0)
        buffer_char(&c->out, ',');
    return (n == n_wanted && !c->out.failed && put(to, c->out.data, c->out.size)) ||
           meaning_refuse(c, "it has a label that the column lacks", NULL);
}

/* Why a column does not admit a text. */
static const char *
why_of_kind(int kind)
{
    if (kind == PD_KIND_ENUM)
        return "it is no label of the column";
    return kind == PD_KIND_SET ? "it is no list of the column's labels in their order"
                               : "blanks at its end would be lost";
}

static bool
to_text(struct conversion *c, const struct cell *from, const struct value *value, struct cell *to)
{
    bool is_text = value->class == VALUE_TEXT;

    if (value->class == VALUE_BYTES) {
        if (!text_is_utf8(value->bytes, value->size))
            return meaning_refuse(c, "the bytes are no valid text", NULL);
        is_text = true;
    }
    if (!is_text)
        return to_canonical(c, from, value, to);
    if (c->from->kind == PD_KIND_SET && c->to->kind == PD_KIND_SET && c->to->n_labels)
        return to_set(c, value, to);
    if (place_accepts(c->to, value->bytes, value->size))
        return put(to, value->bytes, value->size);
    return meaning_refuse(c, why_of_kind(c->to->kind), NULL);
}

bool
meaning_to_string(struct conversion *c, const struct cell *from, const struct value *value,
                  struct cell *to)
{
    switch (kind_class(c->to->kind)) {
    case PD_CLASS_JSON:
        return to_json(c, from, value, to);
    case PD_CLASS_BIT:
        return to_bits(c, value, to);
    case PD_CLASS_ADDRESS:
        return to_address(c, value, to);
    default:
        return to_text(c, from, value, to);
    }
}
