// SPDX-License-Identifier: Apache-2.0
/* json - the two ends of JSON text: string literals, and parsing what came from outside. */
#include "model/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/text.h"

/* The largest table that schema.h admits, with short names, takes some 10 MB. */
enum { JSON_MAX_SIZE = 64 << 20 };

static void
write_escape(struct buffer *out, unsigned char c)
{
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    static const char hex[] = "0123456789abcdef";

    for (const char *pair = shorts; *pair; pair += 2) {
        if ((unsigned char)pair[0] == c) {
            buffer_append(out, (char[]){'\\', pair[1]}, 2);
            return;
        }
    }
    buffer_append(out, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

void
json_write_escaped(struct buffer *out, const char *text, size_t size)
{
    size_t start = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        if (i > start)
            buffer_append(out, text + start, i - start);
        write_escape(out, c);
        start = i + 1;
    }
    if (size > start)
        buffer_append(out, text + start, size - start);
}

void
json_write_string(struct buffer *out, const char *text, size_t size)
{
    buffer_char(out, '"');
    json_write_escaped(out, text, size);
    buffer_char(out, '"');
}

void
json_write_hex(struct buffer *out, const void *bytes, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    uint8_t *to = buffer_reserve(out, size * 2);

    if (!to)
        return;
    for (size_t i = 0; i < size; i++) {
        *to++ = (uint8_t)hex[from[i] >> 4];
        *to++ = (uint8_t)hex[from[i] & 15];
    }
    out->size += size * 2;
}

bool
json_read_hex(struct buffer *out, const char *text, size_t size)
{
    uint8_t *to = buffer_reserve(out, size / 2);

    if (size % 2)
        return false;
    for (size_t i = 0; i < size; i += 2) {
        int high = text_hex_digit((uint8_t)text[i]), low = text_hex_digit((uint8_t)text[i + 1]);

        if (high < 0 || low < 0)
            return false;
        if (to)
            *to++ = (uint8_t)(high << 4 | low);
    }
    if (to)
        out->size += size / 2;
    return true;
}

pd_status
json_parse(const char *text, size_t size, const char *name, json_t **ret_json, struct pd_error *err)
{
    pd_status status;

    if (size > JSON_MAX_SIZE)
        return error_fail(err, PD_FAILED, PD_CAUSE_LIMIT,
                          "%s: JSON text of %zu bytes, the limit is %d", name, size, JSON_MAX_SIZE);
    status = json_load(text, size, ret_json, err);
    return status == PD_OK ? PD_OK : error_prefix(err, status, "%s", name);
}

static const char *
describe(const json_t *found, char *buffer, size_t size)
{
    switch (json_typeof(found)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        snprintf(buffer, size, "'%.40s'", json_string_value(found));
        return buffer;
    case JSON_INTEGER:
        snprintf(buffer, size, "%" PRId64, (int64_t)json_integer_value(found));
        return buffer;
    case JSON_REAL:
        return "a real number";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    default:
        return "null";
    }
}

pd_status
json_expected(struct pd_error *err, const char *wanted, const json_t *found)
{
    char value[64];

    return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "%s expected, found %s", wanted,
                      describe(found, value, sizeof value));
}

bool
json_get_integer(const json_t *json, bool is_signed, uint64_t *ret_bits)
{
    const char *at = json_string_value(json);
    uint64_t limit = is_signed ? INT64_MAX : UINT64_MAX;
    uint64_t value = 0;
    bool minus;

    if (json_is_integer(json)) {
        *ret_bits = (uint64_t)json_integer_value(json);
        return is_signed || json_integer_value(json) >= 0;
    }
    if (!at || strlen(at) != json_string_length(json))
        return false;
    minus = is_signed && *at == '-';
    at += minus;
    limit += minus;
    if (*at == 0)
        return false;
    for (; *at; at++) {
        unsigned digit = (unsigned)(unsigned char)*at - '0';

        if (digit > 9 || value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret_bits = minus ? 0 - value : value;
    return true;
}

pd_status
json_get_text(struct arena *arena, const json_t *json, const char **ret_text, struct pd_error *err)
{
    const char *text = json_string_value(json);
    const char *copy;

    if (!text)
        return json_expected(err, "text", json);
    if (strlen(text) != json_string_length(json))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "text with U+0000");
    copy = arena_strdup(arena, text);
    if (!copy)
        return error_memory(err);
    *ret_text = copy;
    return PD_OK;
}
