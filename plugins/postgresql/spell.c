// SPDX-License-Identifier: Apache-2.0
/* spell - the server's own spelling of a type, read from its first to its last token. */
#include <string.h>

#include "spell.h"

/* Words that stand in names of types of more than one word. */
static bool
is_further_word(const struct lex *lex)
{
    static const char *const words[] = {"PRECISION", "VARYING", "WITH",  "WITHOUT", "TIME",
                                        "ZONE",      "YEAR",    "MONTH", "DAY",     "HOUR",
                                        "MINUTE",    "SECOND",  "TO"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (lex_is(lex, words[i]))
            return true;
    }
    return false;
}

static void
put_token(struct pd_sql *sql, const struct lex *lex)
{
    pd_sql_bytes(sql, lex->text, lex->size);
}

static void
put_further_words(struct lex *lex, struct pd_sql *sql)
{
    while (is_further_word(lex)) {
        pd_sql_add(sql, " ");
        put_token(sql, lex);
        lex_step(lex);
    }
}

/* (10,-2), (Point,4326) */
static bool
put_modifier(struct lex *lex, struct pd_sql *sql)
{
    if (!lex_take(lex, "("))
        return true;
    pd_sql_add(sql, "(");
    do {
        if (lex_take(lex, "-"))
            pd_sql_add(sql, "-");
        if (lex->kind != LEX_NUMBER && lex->kind != LEX_WORD)
            return false;
        put_token(sql, lex);
        lex_step(lex);
        if (lex_is(lex, ","))
            pd_sql_add(sql, ",");
    } while (lex_take(lex, ","));
    pd_sql_add(sql, ")");
    return lex_take(lex, ")");
}

static bool
put_arrays(struct lex *lex, struct pd_sql *sql, struct spelled *spelled)
{
    while (lex_take(lex, "[")) {
        spelled->is_array = true;
        pd_sql_add(sql, "[");
        if (lex->kind == LEX_NUMBER) {
            put_token(sql, lex);
            lex_step(lex);
        }
        pd_sql_add(sql, "]");
        if (!lex_take(lex, "]"))
            return false;
    }
    return lex->kind == LEX_END;
}

/* name or schema.name, quoted in what is put; a bare word that stands alone stays one, since many
   names of types are only grammar. */
static bool
put_name(struct lex *lex, struct pd_sql *sql, struct spelled *spelled)
{
    struct lex first = *lex;

    memset(spelled, 0, sizeof *spelled);
    if (!lex_take_name(lex, spelled->name))
        return false;
    if (!lex_take(lex, ".")) {
        if (first.kind == LEX_WORD)
            put_token(sql, &first);
        else
            sql_name(sql, spelled->name);
        return true;
    }
    memcpy(spelled->schema, spelled->name, sizeof spelled->schema);
    if (!lex_take_name(lex, spelled->name))
        return false;
    spelled->is_user = strcmp(spelled->schema, "pg_catalog") != 0;
    sql_name(sql, spelled->schema);
    pd_sql_add(sql, ".");
    sql_name(sql, spelled->name);
    return true;
}

bool
spell_type(const char *native, struct pd_sql *sql, struct spelled *ret_spelled)
{
    struct lex lex;
    bool is_word;

    lex_begin(&lex, native);
    is_word = lex.kind == LEX_WORD;
    if (!put_name(&lex, sql, ret_spelled))
        return false;
    is_word = is_word && !*ret_spelled->schema;
    if (is_word)
        put_further_words(&lex, sql);
    if (!put_modifier(&lex, sql))
        return false;
    if (is_word)
        put_further_words(&lex, sql);
    return put_arrays(&lex, sql, ret_spelled);
}

bool
spell_name(const char *native, struct pd_sql *sql, struct spelled *ret_spelled)
{
    struct lex lex;

    lex_begin(&lex, native);
    return put_name(&lex, sql, ret_spelled) && lex.kind == LEX_END;
}
