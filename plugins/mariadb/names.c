// SPDX-License-Identifier: Apache-2.0
/* names - how names and literals are quoted, the one place that does it; and which names are those
   of unfinished runs. */
#include <string.h>

#include "catalog.h"
#include "mariadb.h"
#include "utf8.h"

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

void
my_bytes_literal(struct pd_sql *sql, const char *bytes, size_t size)
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

    if (!utf8_is_valid((const uint8_t *)text, size)) {
        my_bytes_literal(sql, text, size);
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

/* ---- Tables of unfinished runs ---- */

enum { RUN_DIGITS = 16 };

static size_t
count_digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* The same names as those of STAGE_PATTERN, and no others: a table of the user's is never passed
   over. */
bool
catalog_is_staged(const char *name)
{
    if (strncmp(name, "pd$", 3) != 0 || strspn(name + 3, "0123456789abcdef") != RUN_DIGITS)
        return false;
    name += 3 + RUN_DIGITS;
    if (*name++ != '$')
        return false;
    if (strcmp(name, "run") == 0)
        return true;
    name += *name == 'o';
    return *name && !name[count_digits(name)];
}

/* "x'ff'": a default that is bytes. */
bool
my_default_is_bytes(const struct pd_column *column)
{
    const char *text = column->default_native;
    size_t n;

    if (!text || (*text != 'x' && *text != 'X') || text[1] != '\'')
        return false;
    n = strspn(text + 2, "0123456789abcdefABCDEF");
    return n % 2 == 0 && strcmp(text + 2 + n, "'") == 0;
}
