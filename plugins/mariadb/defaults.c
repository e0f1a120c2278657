// SPDX-License-Identifier: Apache-2.0
/* defaults - what stands behind DEFAULT, told in neutral terms. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "labels.h"
#include "maker.h"

/* Calls as the server spells them, behind whose name there is nothing, or digits in parentheses;
   the kinds of columns for which they mean that. */
static const struct {
    const char *name;
    uint16_t kinds[2];
    uint16_t means;
} functions[] = {
    {"current_timestamp", {PD_KIND_TIMESTAMPTZ, PD_KIND_TIMESTAMP}, PD_DEFAULT_NOW},
    {"current_timestamp", {PD_KIND_DATE}, PD_DEFAULT_TODAY},
    {"utc_timestamp", {PD_KIND_TIMESTAMP}, PD_DEFAULT_NOW},
    {"curdate", {PD_KIND_DATE}, PD_DEFAULT_TODAY},
    {"utc_date", {PD_KIND_DATE}, PD_DEFAULT_TODAY},
    {"curtime", {PD_KIND_TIME}, PD_DEFAULT_CLOCK},
    {"utc_time", {PD_KIND_TIME}, PD_DEFAULT_CLOCK},
    {"uuid", {PD_KIND_UUID, PD_KIND_TEXT}, PD_DEFAULT_UUID},
};

/* What the sink writes for a clock of UTC whose times are text. */
static const struct {
    const char *text;
    uint16_t means;
} texts[] = {
    {"date_format(utc_timestamp(),'%Y-%m-%d %H:%i:%s')", PD_DEFAULT_NOW},
    {"date_format(utc_timestamp(),'%Y-%m-%d')", PD_DEFAULT_TODAY},
    {"date_format(utc_timestamp(),'%H:%i:%s')", PD_DEFAULT_CLOCK},
};

static bool
read_text(struct pd_column *column)
{
    if (column->type.kind != PD_KIND_TEXT)
        return false;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcasecmp(texts[i].text, column->default_native) == 0) {
            column->default_kind = texts[i].means;
            return true;
        }
    }
    return false;
}

static bool
means(size_t i, const struct pd_type *type)
{
    return functions[i].kinds[0] == type->kind || functions[i].kinds[1] == type->kind;
}

/* "()" or "(3)" behind a name, up to the end; -1: something else. */
static int
digits_of_call(const char *text)
{
    char *end;
    long digits;

    if (*text == 0 || strcmp(text, "()") == 0)
        return 0;
    if (*text != '(')
        return -1;
    digits = strtol(text + 1, &end, 10);
    return end > text + 1 && strcmp(end, ")") == 0 ? (int)digits : -1;
}

static bool
is_of_moment(int kind)
{
    return kind == PD_KIND_TIMESTAMP || kind == PD_KIND_TIMESTAMPTZ || kind == PD_KIND_TIME;
}

static bool
read_function(struct pd_column *column)
{
    const char *text = column->default_native;
    size_t size = strcspn(text, "(");
    int digits = digits_of_call(text + size);

    /* Digits that the column would not keep, or more. */
    if (digits < 0 || (is_of_moment(column->type.kind) && digits != column->type.precision))
        return false;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strlen(functions[i].name) == size && strncasecmp(functions[i].name, text, size) == 0 &&
            means(i, &column->type)) {
            column->default_kind = functions[i].means;
            return true;
        }
    }
    return false;
}

/* "nextval(`s`)", of this database. */
static bool
read_nextval(struct maker *m, struct pd_column *column)
{
    struct lex lex;
    const char *name;

    lex_begin(&lex, column->default_native);
    if (!lex_take(&lex, "nextval") || !lex_take(&lex, "("))
        return false;
    name = lex_take_name(&lex, m->pool);
    if (!name || !lex_take(&lex, ")") || lex.kind != LEX_END)
        return false;
    column->default_kind = PD_DEFAULT_NEXTVAL;
    column->default_text = name;
    column->default_size = (uint32_t)strlen(name);
    return true;
}

/* What an expression gives is converted to the column's type, and not everywhere in the same way;
   with integers there is nothing to convert. */
static bool
is_of_integers(const struct pd_column *column, const char *text)
{
    int kind = column->type.kind;

    return kind >= PD_KIND_INT8 && kind <= PD_KIND_UINT64 && !strpbrk(text, ".'");
}

static void
read_expression(struct maker *m, struct pd_column *column)
{
    const char *text = portable_read(m, NULL, column->default_native);

    column->default_kind = PD_DEFAULT_NATIVE;
    if (!text || !is_of_integers(column, text))
        return;
    column->default_text = text;
    column->default_kind = PD_DEFAULT_EXPRESSION;
    column->default_size = (uint32_t)strlen(column->default_text);
}

static bool
is_text(int kind)
{
    return kind == PD_KIND_TEXT || kind == PD_KIND_CHAR;
}

/* Text that the server prints may have '?' for what it could not print, bytes also anything that
   is not ASCII; of a single it prints six digits. Nor is it the default's own text where it does
   not come back to the column's bytes. */
static bool
is_doubtful(const struct pd_column *column, const struct my_column *reader)
{
    const char *text = column->default_native;

    if (column->type.kind == PD_KIND_FLOAT32)
        return strspn(text, "-+.eE0123456789") == strlen(text) && strlen(text) > 6;
    if (is_text(column->type.kind) &&
        (my_default_is_bytes(column) || (*text == '\'' && reader->raw_charset)))
        return true;
    if (*text != '\'' || column->type.kind == PD_KIND_ENUM || column->type.kind == PD_KIND_SET)
        return false;
    if (column->type.kind != PD_KIND_BINARY)
        return strchr(text, '?');
    for (; *text; text++) {
        if (*text == '?' || *text & 0x80)
            return true;
    }
    return false;
}

static void
add_doubtful(struct maker *m, uint32_t table, uint32_t column)
{
    struct doubtful *place =
        maker_append(m, &m->scratch, &m->doubtful, m->n_doubtful, &m->doubtful_room, sizeof *place);

    if (!place)
        return;
    *place = (struct doubtful){table, column};
    m->n_doubtful++;
}

void
defaults_read(struct maker *m, uint32_t table, uint32_t number, const char *text)
{
    struct pd_column *column = &m->works[table].columns[number];

    /* Every column without NOT NULL is shown with it. */
    if (strcasecmp(text, "NULL") == 0)
        return;
    column->default_native = maker_text(m, text, strlen(text));
    if (!column->default_native)
        return;
    if (is_doubtful(column, &m->works[table].readers[number]))
        add_doubtful(m, table, number);
    if (read_function(column) || read_text(column) || read_nextval(m, column) || m->status != PD_OK)
        return;
    if (literals_read(m, column) == PD_UNSUPPORTED && m->status == PD_OK)
        read_expression(m, column);
}
