// SPDX-License-Identifier: Apache-2.0
/* defaults - what the server deparses behind DEFAULT, told in neutral terms. */
#include "maker.h"

#include <string.h>

#include "deparse.h"
#include "dialect.h"

#define UTC "(\"now\"() AT TIME ZONE 'UTC'::\"text\")"

/* Functions without arguments, as the server spells them; the kinds of columns for which they mean
   that. */
static const struct {
    const char *text;
    uint16_t kinds[3];
    uint16_t means;
} functions[] = {
    {"\"now\"()", {PD_KIND_TIMESTAMPTZ, PD_KIND_TIMESTAMP}, PD_DEFAULT_NOW},
    {"\"now\"()", {PD_KIND_DATE}, PD_DEFAULT_TODAY},
    {"\"transaction_timestamp\"()", {PD_KIND_TIMESTAMPTZ, PD_KIND_TIMESTAMP}, PD_DEFAULT_NOW},
    {"CURRENT_TIMESTAMP", {PD_KIND_TIMESTAMPTZ, PD_KIND_TIMESTAMP}, PD_DEFAULT_NOW},
    {"CURRENT_TIMESTAMP", {PD_KIND_DATE}, PD_DEFAULT_TODAY},
    {"LOCALTIMESTAMP", {PD_KIND_TIMESTAMPTZ, PD_KIND_TIMESTAMP}, PD_DEFAULT_NOW},
    {"CURRENT_DATE", {PD_KIND_DATE}, PD_DEFAULT_TODAY},
    {"CURRENT_TIME", {PD_KIND_TIMETZ, PD_KIND_TIME}, PD_DEFAULT_CLOCK},
    {"LOCALTIME", {PD_KIND_TIME}, PD_DEFAULT_CLOCK},
    {"\"gen_random_uuid\"()", {PD_KIND_UUID}, PD_DEFAULT_UUID},
    /* What the sink writes for SQLite's clock, which is that of UTC. */
    {UTC, {PD_KIND_TIMESTAMP}, PD_DEFAULT_NOW},
    {"(" UTC ")::\"date\"", {PD_KIND_DATE}, PD_DEFAULT_TODAY},
    {"(" UTC ")::time(0) without time zone", {PD_KIND_TIME}, PD_DEFAULT_CLOCK},
    {"\"to_char\"(" UTC ", 'YYYY-MM-DD HH24:MI:SS'::\"text\")", {PD_KIND_TEXT}, PD_DEFAULT_NOW},
    {"\"to_char\"(" UTC ", 'YYYY-MM-DD'::\"text\")", {PD_KIND_TEXT}, PD_DEFAULT_TODAY},
    {"\"to_char\"(" UTC ", 'HH24:MI:SS'::\"text\")", {PD_KIND_TEXT}, PD_DEFAULT_CLOCK},
    {"\"uuidv4\"()", {PD_KIND_UUID}, PD_DEFAULT_UUID},
};

/* The text of a call, and behind it the digits that it is asked for; -1: none are. */
static size_t
call_size(const char *text, int32_t *ret_precision)
{
    size_t size = strlen(text), open = strcspn(text, "(");

    *ret_precision = -1;
    if (open + 3 == size && text[open + 1] >= '0' && text[open + 1] <= '6' &&
        text[open + 2] == ')') {
        *ret_precision = text[open + 1] - '0';
        return open;
    }
    return size;
}

static bool
means(size_t i, const struct pd_type *type)
{
    for (size_t k = 0; k < 3; k++) {
        if (functions[i].kinds[k] == type->kind)
            return true;
    }
    return false;
}

bool
defaults_is_moment(const char *native)
{
    int32_t precision;
    size_t size = call_size(native, &precision);

    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strlen(functions[i].text) == size && memcmp(functions[i].text, native, size) == 0)
            return true;
    }
    return false;
}

static int32_t
full(int32_t precision)
{
    return precision < 0 ? 6 : precision;
}

static bool
read_function(struct pd_column *column)
{
    int32_t precision;
    size_t size = call_size(column->default_native, &precision);

    /* Digits that the column would have kept. */
    if (precision >= 0 && precision != full(column->type.precision))
        return false;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strlen(functions[i].text) == size &&
            memcmp(functions[i].text, column->default_native, size) == 0 &&
            means(i, &column->type)) {
            column->default_kind = functions[i].means;
            return true;
        }
    }
    return false;
}

bool
defaults_is_nextval(const char *native)
{
    static const struct {
        enum deparse_kind kind;
        const char *text;
    } wanted[] = {
        {DEPARSE_QUOTED, "\"nextval\""},
        {DEPARSE_SIGN, "("},
        {DEPARSE_STRING, NULL},
        {DEPARSE_CAST, NULL},
        {DEPARSE_QUOTED, "\"regclass\""},
        {DEPARSE_SIGN, ")"},
        {DEPARSE_END, NULL},
    };

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct deparse_token token = deparse_next(&native);

        if (token.kind != wanted[i].kind)
            return false;
        if (wanted[i].text && !deparse_is(&token, wanted[i].text))
            return false;
    }
    return true;
}

/* What an expression gives is converted to the column's type, and not everywhere in the same way;
   with integers there is nothing to convert. */
static bool
is_of_integers(const struct pd_column *column, const char *text)
{
    int kind = column->type.kind;

    return (kind == PD_KIND_INT16 || kind == PD_KIND_INT32 || kind == PD_KIND_INT64) &&
           !strpbrk(text, ".'");
}

static void
read_expression(struct maker *m, struct pd_column *column)
{
    static const struct pd_table no_columns;
    const char *text = portable_read(m, &no_columns, column->default_native);

    column->default_kind = PD_DEFAULT_NATIVE;
    if (!text || !is_of_integers(column, text))
        return;
    column->default_text = text;
    column->default_kind = PD_DEFAULT_EXPRESSION;
    column->default_size = (uint32_t)strlen(column->default_text);
}

void
defaults_read(struct maker *m, const char *base, struct pd_column *column)
{
    if (read_function(column) || literals_read(m, base, column) == PD_OK || m->status != PD_OK)
        return;
    read_expression(m, column);
}
