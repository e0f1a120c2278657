/* SPDX-License-Identifier: Apache-2.0
 *
 * json.h - is a text JSON by the letter of RFC 8259? Some engines read more (1., "\a"), and others
 * refuse that. The text may come in pieces. Optional; a plugin may have its own.
 */
#ifndef POLYDUMP_JSON_H
#define POLYDUMP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PD_JSON_LEVELS =
        1000 /* lists in lists that are not empty; nothing is said of a text with more */
};

enum pd_json_state {
    PD_JSON_VALUE, /* a value has to come */
    PD_JSON_ITEM,  /* a value, or the end of the list that has just begun */
    PD_JSON_FIRST, /* a name, or the end of the object that has just begun */
    PD_JSON_NAME,  /* a name */
    PD_JSON_COLON,
    PD_JSON_NEXT, /* behind a value */
    PD_JSON_STRING,
    PD_JSON_ESCAPE, /* behind a backslash */
    PD_JSON_HEX,
    PD_JSON_WORD,
    PD_JSON_MINUS,
    PD_JSON_ZERO,
    PD_JSON_WHOLE,
    PD_JSON_POINT, /* behind it a digit has to come */
    PD_JSON_FRACTION,
    PD_JSON_POWER, /* behind e */
    PD_JSON_SIGN,
    PD_JSON_DIGITS, /* of the exponent */
    PD_JSON_BAD,
    PD_JSON_DEEP /* more than PD_JSON_LEVELS: nobody knows */
};

/* All zero: nothing was seen yet. */
struct pd_json_scan {
    uint8_t state; /* enum pd_json_state */
    uint8_t hex_left;
    bool is_name; /* the string is one */
    uint32_t depth;
    const char *word; /* what is left of true, false or null */
    uint8_t objects[PD_JSON_LEVELS / 8 + 1];
};

static inline bool
pd_json_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool
pd_json_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline enum pd_json_state
pd_json_open(struct pd_json_scan *scan, bool is_object)
{
    uint32_t at = scan->depth;
    uint8_t bit = (uint8_t)(1u << (at & 7));

    if (at > PD_JSON_LEVELS)
        return PD_JSON_DEEP;
    scan->objects[at >> 3] =
        (uint8_t)(is_object ? scan->objects[at >> 3] | bit : scan->objects[at >> 3] & ~bit);
    scan->depth++;
    return is_object ? PD_JSON_FIRST : PD_JSON_ITEM;
}

static inline bool
pd_json_in_object(const struct pd_json_scan *scan)
{
    uint32_t at = scan->depth - 1;

    return scan->depth && scan->objects[at >> 3] >> (at & 7) & 1;
}

static inline enum pd_json_state
pd_json_shut(struct pd_json_scan *scan, uint8_t c)
{
    if (!scan->depth || pd_json_in_object(scan) != (c == '}'))
        return PD_JSON_BAD;
    scan->depth--;
    return PD_JSON_NEXT;
}

static inline enum pd_json_state
pd_json_begin(struct pd_json_scan *scan, uint8_t c)
{
    if (scan->depth > PD_JSON_LEVELS)
        return PD_JSON_DEEP;
    switch (c) {
    case '"':
        scan->is_name = false;
        return PD_JSON_STRING;
    case '[':
    case '{':
        return pd_json_open(scan, c == '{');
    case '-':
        return PD_JSON_MINUS;
    case '0':
        return PD_JSON_ZERO;
    case 't':
        scan->word = "rue";
        return PD_JSON_WORD;
    case 'f':
        scan->word = "alse";
        return PD_JSON_WORD;
    case 'n':
        scan->word = "ull";
        return PD_JSON_WORD;
    default:
        return pd_json_is_digit(c) ? PD_JSON_WHOLE : PD_JSON_BAD;
    }
}

/* A byte between values, names and signs. */
static inline enum pd_json_state
pd_json_between(struct pd_json_scan *scan, uint8_t c)
{
    if (pd_json_is_blank(c))
        return (enum pd_json_state)scan->state;
    switch (scan->state) {
    case PD_JSON_ITEM:
        return c == ']' ? pd_json_shut(scan, c) : pd_json_begin(scan, c);
    case PD_JSON_FIRST:
    case PD_JSON_NAME:
        if (c == '}' && scan->state == PD_JSON_FIRST)
            return pd_json_shut(scan, c);
        scan->is_name = true;
        if (c == '"' && scan->depth > PD_JSON_LEVELS)
            return PD_JSON_DEEP;
        return c == '"' ? PD_JSON_STRING : PD_JSON_BAD;
    case PD_JSON_COLON:
        return c == ':' ? PD_JSON_VALUE : PD_JSON_BAD;
    case PD_JSON_NEXT:
        if (c == ',' && scan->depth)
            return pd_json_in_object(scan) ? PD_JSON_NAME : PD_JSON_VALUE;
        return c == ']' || c == '}' ? pd_json_shut(scan, c) : PD_JSON_BAD;
    default:
        return pd_json_begin(scan, c);
    }
}

/* A byte of a number, or the one behind it. */
static inline enum pd_json_state
pd_json_number(struct pd_json_scan *scan, uint8_t c)
{
    bool is_digit = pd_json_is_digit(c);

    switch (scan->state) {
    case PD_JSON_MINUS:
        return c == '0' ? PD_JSON_ZERO : is_digit ? PD_JSON_WHOLE : PD_JSON_BAD;
    case PD_JSON_POINT:
        return is_digit ? PD_JSON_FRACTION : PD_JSON_BAD;
    case PD_JSON_POWER:
        if (c == '+' || c == '-')
            return PD_JSON_SIGN;
        return is_digit ? PD_JSON_DIGITS : PD_JSON_BAD;
    case PD_JSON_SIGN:
        return is_digit ? PD_JSON_DIGITS : PD_JSON_BAD;
    default:
        break;
    }
    if (is_digit && scan->state != PD_JSON_ZERO)
        return (enum pd_json_state)scan->state;
    if (c == '.' && (scan->state == PD_JSON_ZERO || scan->state == PD_JSON_WHOLE))
        return PD_JSON_POINT;
    if ((c | 0x20) == 'e' && scan->state != PD_JSON_DIGITS)
        return PD_JSON_POWER;
    scan->state = PD_JSON_NEXT;
    return pd_json_between(scan, c);
}

/* A byte behind a backslash. */
static inline enum pd_json_state
pd_json_escape(struct pd_json_scan *scan, uint8_t c)
{
    if (scan->state == PD_JSON_ESCAPE) {
        scan->hex_left = 4;
        if (c == 'u')
            return PD_JSON_HEX;
        return c && strchr("\"\\/bfnrt", c) ? PD_JSON_STRING : PD_JSON_BAD;
    }
    if (!pd_json_is_digit(c) && ((c | 0x20) < 'a' || (c | 0x20) > 'f'))
        return PD_JSON_BAD;
    return --scan->hex_left ? PD_JSON_HEX : PD_JSON_STRING;
}

/* A byte that is part of nothing longer than itself. */
static inline enum pd_json_state
pd_json_step(struct pd_json_scan *scan, uint8_t c)
{
    if (scan->state <= PD_JSON_NEXT)
        return pd_json_between(scan, c);
    if (scan->state >= PD_JSON_MINUS) /* and no end: see pd_json_feed() */
        return pd_json_number(scan, c);
    if (scan->state != PD_JSON_WORD)
        return pd_json_escape(scan, c);
    if (c != (uint8_t)*scan->word++)
        return PD_JSON_BAD;
    return *scan->word ? PD_JSON_WORD : PD_JSON_NEXT;
}

/* Go on with a piece of the text; the pieces may be cut anywhere. */
static inline void
pd_json_feed(struct pd_json_scan *scan, const uint8_t *bytes, size_t size)
{
    const uint8_t *at = bytes, *end = size ? bytes + size : bytes;

    while (at < end && scan->state < PD_JSON_BAD) {
        if (scan->state != PD_JSON_STRING) {
            scan->state = (uint8_t)pd_json_step(scan, *at++);
            continue;
        }
        while (at < end && *at >= 0x20 && *at != '"' && *at != '\\')
            at++;
        if (at == end)
            return;
        if (*at == '"')
            scan->state = scan->is_name ? PD_JSON_COLON : PD_JSON_NEXT;
        else
            scan->state = *at == '\\' ? PD_JSON_ESCAPE : PD_JSON_BAD;
        at++;
    }
}

/* The text is over: was it JSON? */
static inline bool
pd_json_is_whole(const struct pd_json_scan *scan)
{
    return scan->depth == 0 && (scan->state == PD_JSON_NEXT || scan->state == PD_JSON_ZERO ||
                                scan->state == PD_JSON_WHOLE || scan->state == PD_JSON_FRACTION ||
                                scan->state == PD_JSON_DIGITS);
}

/* Is it surely none? */
static inline bool
pd_json_is_wrong(const struct pd_json_scan *scan)
{
    return scan->state != PD_JSON_DEEP && !pd_json_is_whole(scan);
}

/* Of a text in one piece. */
static inline bool
pd_json_is_valid(const uint8_t *bytes, size_t size)
{
    struct pd_json_scan scan;

    memset(&scan, 0, sizeof scan);
    pd_json_feed(&scan, bytes, size);
    return pd_json_is_whole(&scan);
}

#ifdef __cplusplus
}
#endif

#endif
