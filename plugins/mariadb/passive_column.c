// SPDX-License-Identifier: Apache-2.0
/* passive_column - one column of CREATE TABLE as SHOW CREATE TABLE writes it: its type, and each of
   the words behind it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "passive.h"

/* ---- Types ---- */

/* Sorted. Types of plugins are somebody's code. */
static const char *const types[] = {
    "bigint",
    "binary",
    "bit",
    "blob",
    "char",
    "date",
    "datetime",
    "decimal",
    "double",
    "enum",
    "float",
    "geometry",
    "geometrycollection",
    "inet4",
    "inet6",
    "int",
    "linestring",
    "longblob",
    "longtext",
    "mediumblob",
    "mediumint",
    "mediumtext",
    "multilinestring",
    "multipoint",
    "multipolygon",
    "point",
    "polygon",
    "set",
    "smallint",
    "text",
    "time",
    "timestamp",
    "tinyblob",
    "tinyint",
    "tinytext",
    "uuid",
    "varbinary",
    "varchar",
    "vector",
    "year",
};

static int
compare(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

static bool
is_known(const char *type)
{
    return bsearch(type, types, sizeof types / sizeof *types, sizeof *types, compare);
}

static bool
is_one_of(const char *type, const char *list)
{
    size_t size = strlen(type);
    const char *at = list;

    while ((at = strstr(at, type))) {
        if ((at == list || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
        at += size;
    }
    return false;
}

static bool
is_text(const char *type)
{
    return is_one_of(type, "char varchar tinytext text mediumtext longtext enum set");
}

/* (5), (5,2), ('a','b') */
static bool
take_modifier(struct lex *lex, long numbers[2])
{
    size_t n = 0;

    if (!lex_take(lex, "("))
        return true;
    do {
        if (lex->kind == LEX_NUMBER && n < 2)
            numbers[n++] = strtol(lex->text, NULL, 10);
        if (!lex_take_kind(lex, LEX_NUMBER) && !lex_take_kind(lex, LEX_STRING))
            return false;
    } while (lex_take(lex, ","));
    return lex_take(lex, ")");
}

static void
settle_numbers(struct my_type_facts *facts, const long numbers[2])
{
    const char *type = facts->data_type;
    bool is_time = is_one_of(type, "time datetime timestamp");

    facts->precision = facts->scale = -1;
    if (is_one_of(type, "char varchar binary varbinary"))
        facts->length = numbers[0] < 0 ? 1 : (uint64_t)numbers[0];
    else if (strcmp(type, "decimal") == 0 || strcmp(type, "bit") == 0 || is_time)
        facts->precision = numbers[0] < 0 ? 0 : (int)numbers[0];
    if (strcmp(type, "decimal") == 0)
        facts->scale = numbers[1] < 0 ? 0 : (int)numbers[1];
}

static bool
take_type(struct lex *lex, struct pd_pool *pool, struct passive_column *c)
{
    long numbers[2] = {-1, -1};
    const char *begin = lex->text, *end;

    if (lex->kind != LEX_WORD)
        return false;
    c->facts.data_type = pd_pool_copy(pool, lex->text, lex->size);
    if (!c->facts.data_type || (!lex->any && !is_known(c->facts.data_type)))
        return false;
    end = lex->next;
    lex_step(lex);
    if (lex_is(lex, "(")) {
        if (!take_modifier(lex, numbers))
            return false;
        end = lex->text;
    }
    while (lex_is(lex, "unsigned") || lex_is(lex, "zerofill")) {
        end = lex->next;
        lex_step(lex);
    }
    while (end > begin && end[-1] == ' ')
        end--;
    c->type = (struct passive_span){begin, (size_t)(end - begin)};
    c->facts.column_type = pd_pool_copy(pool, begin, c->type.size);
    settle_numbers(&c->facts, numbers);
    return c->facts.column_type != NULL;
}

/* A collation begins with the name of its character set; but for uca1400_ai_ci and the like, which
   belong to any. */
void
passive_settle_charset(const struct passive *p, struct pd_pool *pool, struct passive_column *c)
{
    const char *collation = c->collation;

    if (!c->facts.data_type || !is_text(c->facts.data_type) || c->facts.charset)
        return;
    if (!collation && p->charset) {
        c->facts.charset = p->charset;
        c->collation = p->collation;
        return;
    }
    if (collation && strncmp(collation, "uca", 3) != 0)
        c->facts.charset = pd_pool_copy(pool, collation, strcspn(collation, "_"));
    else
        c->facts.charset = p->charset;
}

/* ---- What stands behind the type ---- */

static struct passive_span
span_to(const char *begin, const struct lex *lex)
{
    const char *end = lex->text;

    while (end > begin && (end[-1] == ' ' || end[-1] == '\n'))
        end--;
    return (struct passive_span){begin, (size_t)(end - begin)};
}

/* current_timestamp(3): the words that a clock has. */
static bool
take_clock(struct lex *lex)
{
    if (!lex_is(lex, "current_timestamp"))
        return false;
    return passive_skip_call(lex);
}

static bool
take_literal(struct lex *lex)
{
    if (lex_take(lex, "-"))
        return lex_take_kind(lex, LEX_NUMBER);
    if (lex->kind == LEX_WORD && *lex->text == '_')
        lex_step(lex);
    return lex_take_kind(lex, LEX_NUMBER) || lex_take_kind(lex, LEX_STRING);
}

static bool
take_default(struct lex *lex, struct passive_column *c, const char *begin)
{
    bool taken;

    if (lex_is(lex, "("))
        taken = passive_skip_expression(lex);
    else if (lex_take(lex, "NULL") || lex_take_kind(lex, LEX_NAME)) /* another column */
        taken = true;
    else if (lex->kind == LEX_WORD && *lex->text != '_')
        taken = passive_skip_call(lex);
    else
        taken = take_literal(lex);
    c->value = span_to(begin, lex);
    return taken;
}

/* ROW START and ROW END of a system-versioned table, or an expression. */
static bool
take_generated(struct lex *lex, struct passive_column *c)
{
    c->is_generated = true;
    if (lex_take_words(lex, "ROW START") || lex_take_words(lex, "ROW END")) {
        c->is_period = true;
        return true;
    }
    if (!passive_skip_expression(lex))
        return false;
    return lex_take(lex, "VIRTUAL") || lex_take(lex, "STORED") || lex_take(lex, "PERSISTENT");
}

/* The text between the parentheses, without blanks; a line may end behind it. */
static bool
is_text_of(const char *begin, const char *end, const char *wanted)
{
    for (; begin < end; begin++) {
        if (*begin == ' ' || *begin == '\n')
            continue;
        if (*begin != *wanted++)
            return false;
    }
    return *wanted == '\0';
}

static bool
is_check_of(const struct passive_column *c, struct pd_pool *pool, const char *begin,
            const char *end, const char *before, const char *behind)
{
    struct pd_sql wanted = {.host = pool->host};
    bool is;

    pd_sql_add(&wanted, before);
    pd_sql_quoted(&wanted, c->name, strlen(c->name), '`');
    pd_sql_add(&wanted, behind);
    is = pd_sql_text(&wanted) && is_text_of(begin, end, wanted.text);
    pd_sql_free(&wanted);
    return is;
}

/* The checks that make json and bool of other types. */
static bool
take_check(struct lex *lex, struct pd_pool *pool, struct passive_column *c)
{
    const char *begin = lex->text;

    if (!passive_skip_expression(lex))
        return false;
    c->facts.is_json = is_check_of(c, pool, begin, lex->text, "(json_valid(", "))");
    c->facts.is_bool = is_check_of(c, pool, begin, lex->text, "(", "in(0,1))");
    return true;
}

static bool
take_word_name(struct lex *lex, struct pd_pool *pool, const char **ret_name)
{
    *ret_name = lex->kind == LEX_WORD ? lex_take_name(lex, pool) : NULL;
    return *ret_name != NULL;
}

/* One of those that say yes or no. */
static bool
take_flag(struct lex *lex, struct passive_column *c)
{
    const char *begin = lex->text;

    if (lex_take_words(lex, "NOT NULL"))
        return c->is_not_null = true;
    if (lex_take(lex, "AUTO_INCREMENT")) {
        c->automatic = span_to(begin, lex);
        return c->is_auto = true;
    }
    return lex_take(lex, "NULL") || lex_take(lex, "INVISIBLE") ||
           lex_take_words(lex, "WITHOUT SYSTEM VERSIONING") ||
           lex_take_words(lex, "WITH SYSTEM VERSIONING");
}

static bool
is_compressed(const struct lex *lex)
{
    return lex->kind == LEX_WORD && *lex->text == '/';
}

static bool
take_attribute(struct lex *lex, struct pd_pool *pool, struct passive_column *c)
{
    const char *begin = lex->text;

    if (is_compressed(lex)) {
        c->compress = (struct passive_span){lex->text, lex->size};
        lex_step(lex);
        return true;
    }
    if (take_flag(lex, c))
        return true;
    if (lex_take_words(lex, "CHARACTER SET"))
        return take_word_name(lex, pool, &c->facts.charset);
    if (lex_take(lex, "COLLATE"))
        return take_word_name(lex, pool, &c->collation);
    if (lex_take(lex, "DEFAULT"))
        return take_default(lex, c, begin);
    if (lex_take_words(lex, "ON UPDATE"))
        return take_clock(lex);
    if (lex_take(lex, "COMMENT"))
        return lex_take_kind(lex, LEX_STRING);
    if (lex_take_words(lex, "GENERATED ALWAYS AS"))
        return take_generated(lex, c);
    return lex_take(lex, "CHECK") && take_check(lex, pool, c);
}

bool
passive_take_column(struct lex *lex, struct pd_pool *pool, struct passive_column *c)
{
    const char *begin = lex->text;

    memset(c, 0, sizeof *c);
    if (lex->kind != LEX_NAME)
        return false;
    c->name = lex_take_name(lex, pool);
    if (!c->name || !take_type(lex, pool, c))
        return false;
    while (!lex_is(lex, ",") && !lex_is(lex, ")")) {
        if (!take_attribute(lex, pool, c))
            return false;
    }
    c->whole = span_to(begin, lex);
    return true;
}
