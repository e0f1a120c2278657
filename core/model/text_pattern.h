// SPDX-License-Identifier: Apache-2.0
/* text_pattern - canonical dates and timestamps of the years 1 to 9999, many characters at once. */
#pragma once

#include "model/values.h"

struct pattern_day {
    unsigned year;
    unsigned month;
    unsigned day;
};

/* Eight characters of a pattern such as "0000-00-" at once; digits has 0xff for each digit. In each
   byte of *ret_pairs is the number of two digits that begins there. */
static inline bool
pattern_read(const uint8_t *text, const char *pattern, uint64_t digits, uint64_t *ret_pairs)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t values = values_le64(text) ^ values_le64(pattern);
    /* A digit stays below 0x80 when 0x76 is added; what is above 9 does not, and what is above
       0x7f is not below 0x80 in the first place. Other characters must be those of the pattern. */
    uint64_t raised = values + (digits & UINT64_C(0x7676767676767676));

    *ret_pairs = values * 10 + (values >> 8);
    return ((raised | values) & (high | ~digits)) == 0;
}

static inline unsigned
pattern_pair(uint64_t pairs, unsigned byte)
{
    return pairs >> (8 * byte) & 0xff;
}

/* day is given apart, since it is in the next eight characters. */
static inline bool
pattern_day(const uint8_t *text, unsigned day, struct pattern_day *ret_day)
{
    static const uint8_t days[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned century, year, month;
    uint64_t pairs;

    if (!pattern_read(text, "0000-00-", UINT64_C(0x00ffff00ffffffff), &pairs))
        return false;
    century = pattern_pair(pairs, 0);
    year = pattern_pair(pairs, 2);
    month = pattern_pair(pairs, 5);
    *ret_day = (struct pattern_day){century * 100 + year, month, day};
    if (month > 12 || day < 1 || day > days[month] || century + year == 0)
        return false;
    return month != 2 || day < 29 || (year % 4 == 0 && (year != 0 || century % 4 == 0));
}

/* Ten characters: "2024-02-29". */
static inline bool
pattern_date(const uint8_t *text, struct pattern_day *ret_day)
{
    unsigned high = text[8] - '0', low = text[9] - '0';

    return high < 10 && low < 10 && pattern_day(text, high * 10 + low, ret_day);
}

/* Nineteen characters: "2024-02-29 23:59:59". */
static inline bool
pattern_timestamp(const uint8_t *text, struct pattern_day *ret_day, unsigned *ret_seconds)
{
    unsigned high = text[17] - '0', low = text[18] - '0';
    uint64_t pairs;

    if (text[16] != ':' ||
        !pattern_read(text + 8, "00 00:00", UINT64_C(0xffff00ffff00ffff), &pairs) ||
        pattern_pair(pairs, 3) > 23 || pattern_pair(pairs, 6) > 59 ||
        !pattern_day(text, pattern_pair(pairs, 0), ret_day))
        return false;
    *ret_seconds = (pattern_pair(pairs, 3) * 60 + pattern_pair(pairs, 6)) * 60 + high * 10 + low;
    return high < 6 && low < 10;
}
