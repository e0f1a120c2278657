// SPDX-License-Identifier: Apache-2.0
/* promise - see promise.h. */
#include "model/promise.h"

#include <string.h>

#include <polydump/json.h>
#include <polydump/plugin.h>

#include "model/text.h"

enum { UUID_SIZE = 36, TIME_SIZE = 8, FRACTION_DIGITS = 6 };

bool
promise_is_checked(int hint)
{
    return hint == PD_KIND_UUID || hint == PD_KIND_TIME || hint == PD_KIND_JSON ||
           hint == PD_KIND_JSONB;
}

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool
is_uuid(const uint8_t *text, size_t size)
{
    if (size != UUID_SIZE)
        return false;
    for (size_t i = 0; i < size; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? text[i] != '-' : !is_digit(text[i]) && (text[i] < 'a' || text[i] > 'f'))
            return false;
    }
    return true;
}

static int
two_digits(const uint8_t *text)
{
    return is_digit(text[0]) && is_digit(text[1]) ? (text[0] - '0') * 10 + text[1] - '0' : 100;
}

static bool
is_fraction(const uint8_t *text, size_t size)
{
    if (size == 0)
        return true;
    if (size < 2 || size > 1 + FRACTION_DIGITS || text[0] != '.' || text[size - 1] == '0')
        return false;
    for (size_t i = 1; i < size; i++) {
        if (!is_digit(text[i]))
            return false;
    }
    return true;
}

static bool
is_time(const uint8_t *text, size_t size)
{
    return size >= TIME_SIZE && two_digits(text) < 24 && text[2] == ':' &&
           two_digits(text + 3) < 60 && text[5] == ':' && two_digits(text + 6) < 60 &&
           is_fraction(text + TIME_SIZE, size - TIME_SIZE);
}

static bool
is_json(const uint8_t *text, size_t size)
{
    return text && text_is_utf8(text, size) && pd_json_is_valid(text, size);
}

bool
promise_is_odd_uuid(const uint8_t *text)
{
    static const char nil[] = "00000000-0000-0000-0000-000000000000";
    static const char max[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    uint8_t version = text[14], variant = text[19];

    if (version >= '1' && version <= '7' &&
        (variant == '8' || variant == '9' || variant == 'a' || variant == 'b'))
        return false;
    return memcmp(text, nil, sizeof nil - 1) != 0 && memcmp(text, max, sizeof max - 1) != 0;
}

bool
promise_is_kept(int hint, const uint8_t *bytes, size_t size)
{
    switch (hint) {
    case PD_KIND_UUID:
        return is_uuid(bytes, size);
    case PD_KIND_TIME:
        return is_time(bytes, size);
    case PD_KIND_JSON:
    case PD_KIND_JSONB:
        return is_json(bytes, size);
    default:
        return false;
    }
}
