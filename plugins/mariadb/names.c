// SPDX-License-Identifier: Apache-2.0
/* names - how names and literals are quoted; the one place that does it. */
#include <string.h>

#include "mariadb.h"

void
my_name(struct pd_sql *sql, const char *name)
{
    pd_sql_quoted(sql, name, strlen(name), '`');
}

void
my_table(struct pd_sql *sql, const char *schema, const char *name)
{
    if (schema) {
        my_name(sql, schema);
        pd_sql_add(sql, ".");
    }
    my_name(sql, name);
}

/* Bytes of the character that begins at text; 0: it is none. Surrogates are none. */
static size_t
character_size(const unsigned char *text, size_t size)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned c = *text, value;
    size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0, i;

    if (n < 2)
        return n;
    if (n > size)
        return 0;
    value = c & (0x7fu >> n);
    for (i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (text[i] & 0x3f);
    }
    return value < least[n] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000) ? 0 : n;
}

static bool
is_utf8(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size;

    while (at < end) {
        size_t n = character_size(at, (size_t)(end - at));

        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

static void
put_hex(struct pd_sql *sql, const char *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    pd_sql_add(sql, "x'");
    for (i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        const char pair[2] = {digits[c >> 4], digits[c & 15]};

        pd_sql_bytes(sql, pair, 2);
    }
    pd_sql_add(sql, "'");
}

void
my_literal(struct pd_sql *sql, const char *text, size_t size)
{
    size_t i, from = 0;

    if (!is_utf8(text, size)) {
        put_hex(sql, text, size);
        return;
    }
    pd_sql_add(sql, "'");
    for (i = 0; i < size; i++) {
        const char *as = text[i] == '\''   ? "''"
                         : text[i] == '\\' ? "\\\\"
                         : !text[i]        ? "\\0"
                                           : NULL;

        if (!as)
            continue;
        pd_sql_bytes(sql, text + from, i - from);
        pd_sql_add(sql, as);
        from = i + 1;
    }
    pd_sql_bytes(sql, text + from, size - from);
    pd_sql_add(sql, "'");
}
