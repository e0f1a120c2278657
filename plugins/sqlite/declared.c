// SPDX-License-Identifier: Apache-2.0
/* declared - what a declared type means: affinity, neutral kind, and the promise beside it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sqlite.h"

bool
sqlite_same_name(const char *a, const char *b)
{
    return sqlite3_stricmp(a, b) == 0;
}

void
sqlite_put_name(sqlite3_str *sql, const char *name)
{
    sqlite3_str_appendf(sql, "\"%w\"", name);
}

static bool
contains(const char *text, const char *word)
{
    size_t size = strlen(word);

    for (; *text; text++) {
        if (sqlite3_strnicmp(text, word, (int)size) == 0)
            return true;
    }
    return false;
}

enum sqlite_affinity
sqlite_affinity(const char *declared)
{
    if (!*declared)
        return SQLITE_AFFINITY_NONE;
    if (contains(declared, "INT"))
        return SQLITE_AFFINITY_INTEGER;
    if (contains(declared, "CHAR") || contains(declared, "CLOB") || contains(declared, "TEXT"))
        return SQLITE_AFFINITY_TEXT;
    if (contains(declared, "BLOB"))
        return SQLITE_AFFINITY_BLOB;
    if (contains(declared, "REAL") || contains(declared, "FLOA") || contains(declared, "DOUB"))
        return SQLITE_AFFINITY_REAL;
    return SQLITE_AFFINITY_NUMERIC;
}

/* The words of a declaration before its parentheses, blanks folded into one, into name[40]. */
static void
words_of(const char *declared, char name[40])
{
    size_t n = 0;

    for (; *declared && *declared != '(' && n < 39; declared++) {
        char c = *declared;

        if (c == '\t' || c == '\n' || c == '\r' || c == '\f')
            c = ' ';
        if (c == ' ' && (n == 0 || name[n - 1] == ' '))
            continue;
        name[n++] = c;
    }
    while (n && name[n - 1] == ' ')
        n--;
    name[n] = 0;
}

/* The numbers in the parentheses; how many there are. */
static int
numbers_of(const char *declared, long numbers[2])
{
    const char *at = strchr(declared, '(');
    char *end;
    int n = 0;

    while (at && n < 2) {
        numbers[n] = strtol(at + 1, &end, 10);
        if (end == at + 1)
            return n;
        n++;
        at = strchr(end, ',');
    }
    return n;
}

static void
hint_parameters(const char *declared, struct pd_type *hint)
{
    long numbers[2] = {0, 0};
    int n = numbers_of(declared, numbers);

    if (hint->kind == PD_KIND_DECIMAL) {
        bool sane = n && numbers[0] > 0 && numbers[0] <= 1000 && numbers[1] >= 0 &&
                    numbers[1] <= numbers[0];

        hint->kind = sane ? PD_KIND_DECIMAL : PD_KIND_NONE;
        hint->precision = sane ? (int32_t)numbers[0] : 0;
        hint->scale = sane ? (int32_t)numbers[1] : 0;
    } else if (hint->kind == PD_KIND_TEXT) {
        hint->length = n == 1 && numbers[0] > 0 ? (uint64_t)numbers[0] : 0;
        if (!hint->length)
            hint->kind = PD_KIND_NONE;
    } else if (hint->kind == PD_KIND_TIME || hint->kind == PD_KIND_TIMESTAMP ||
               hint->kind == PD_KIND_TIMESTAMPTZ) {
        hint->precision = n == 1 && numbers[0] >= 0 && numbers[0] <= 6 ? (int32_t)numbers[0] : -1;
    }
}

static void
set_hint(const char *declared, struct pd_type *hint)
{
    static const struct {
        const char *words;
        uint16_t kind;
    } promises[] = {
        {"BOOL", PD_KIND_BOOL},
        {"BOOLEAN", PD_KIND_BOOL},
        {"DATE", PD_KIND_DATE},
        {"DATETIME", PD_KIND_TIMESTAMP},
        {"TIMESTAMP", PD_KIND_TIMESTAMP},
        {"TIMESTAMP WITHOUT TIME ZONE", PD_KIND_TIMESTAMP},
        {"TIMESTAMP WITH TIME ZONE", PD_KIND_TIMESTAMPTZ},
        {"TIMESTAMPTZ", PD_KIND_TIMESTAMPTZ},
        {"TIME", PD_KIND_TIME},
        {"DECIMAL", PD_KIND_DECIMAL},
        {"DEC", PD_KIND_DECIMAL},
        {"NUMERIC", PD_KIND_DECIMAL},
        {"NUMBER", PD_KIND_DECIMAL},
        {"UUID", PD_KIND_UUID},
        {"GUID", PD_KIND_UUID},
        {"JSON", PD_KIND_JSON},
        {"JSONB", PD_KIND_JSONB},
        {"VARCHAR", PD_KIND_TEXT},
        {"NVARCHAR", PD_KIND_TEXT},
        {"CHAR", PD_KIND_TEXT},
        {"NCHAR", PD_KIND_TEXT},
        {"CHARACTER", PD_KIND_TEXT},
        {"CHARACTER VARYING", PD_KIND_TEXT},
        {"VARYING CHARACTER", PD_KIND_TEXT},
        {"NATIVE CHARACTER", PD_KIND_TEXT},
        {"VARCHAR2", PD_KIND_TEXT},
    };
    char words[40];
    size_t i;

    words_of(declared, words);
    for (i = 0; i < sizeof promises / sizeof *promises; i++) {
        if (!sqlite_same_name(words, promises[i].words))
            continue;
        hint->kind = promises[i].kind;
        hint_parameters(declared, hint);
        return;
    }
}

void
sqlite_declared_type(const char *declared, bool strict, struct pd_type *ret_type,
                     struct pd_type *ret_hint)
{
    static const uint16_t kinds[] = {
        [SQLITE_AFFINITY_NONE] = PD_KIND_ANY,      [SQLITE_AFFINITY_BLOB] = PD_KIND_BINARY,
        [SQLITE_AFFINITY_TEXT] = PD_KIND_TEXT,     [SQLITE_AFFINITY_NUMERIC] = PD_KIND_NUMBER,
        [SQLITE_AFFINITY_INTEGER] = PD_KIND_INT64, [SQLITE_AFFINITY_REAL] = PD_KIND_FLOAT64,
    };

    memset(ret_type, 0, sizeof *ret_type);
    memset(ret_hint, 0, sizeof *ret_hint);
    ret_type->struct_size = sizeof *ret_type;
    ret_hint->struct_size = sizeof *ret_hint;
    ret_type->kind = kinds[sqlite_affinity(declared)];
    if (strict && sqlite_same_name(declared, "ANY"))
        ret_type->kind = PD_KIND_ANY;
    else
        set_hint(declared, ret_hint);
}

const struct pd_dialect sqlite_dialect = {
    .struct_size = sizeof sqlite_dialect,
    .flags = PD_DIALECT_NAMES_FOLD,
    .name_quotes = "\"\"``[]",
    .write_quotes = "\"\"",
    .char_length = "length",
};
