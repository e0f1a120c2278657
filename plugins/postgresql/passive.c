// SPDX-License-Identifier: Apache-2.0
/* passive - which statements of the server's own may be run without having been asked for: a parse
   of a few forms, each from its first to its last token. No expression is among them, and no
   function, operator class or access method that a user could have written. */
#include <string.h>

#include "passive.h"
#include "sink.h"

enum { PASSIVE_DEPTH = 16 };

/* ---- Names and lists ---- */

static bool
take_any_name(struct lex *lex)
{
    char name[LEX_NAME_ROOM];

    return lex_take_name(lex, name);
}

/* name or schema.name */
static bool
take_qualified(struct lex *lex, char schema[LEX_NAME_ROOM], char name[LEX_NAME_ROOM])
{
    schema[0] = 0;
    if (!lex_take_name(lex, name))
        return false;
    if (!lex_take(lex, "."))
        return true;
    memcpy(schema, name, LEX_NAME_ROOM);
    return lex_take_name(lex, name);
}

static bool
skip_qualified(struct lex *lex)
{
    char schema[LEX_NAME_ROOM], name[LEX_NAME_ROOM];

    return take_qualified(lex, schema, name);
}

/* Of the server's own catalogue: with an empty search path that is also what has no schema. */
static bool
skip_builtin(struct lex *lex)
{
    char schema[LEX_NAME_ROOM], name[LEX_NAME_ROOM];

    return take_qualified(lex, schema, name) && (!*schema || strcmp(schema, "pg_catalog") == 0);
}

/* ( item, ... ) */
static bool
take_list(struct lex *lex, bool (*item)(struct lex *lex))
{
    if (!lex_take(lex, "("))
        return false;
    do {
        if (!item(lex))
            return false;
    } while (lex_take(lex, ","));
    return lex_take(lex, ")");
}

static bool
take_number(struct lex *lex)
{
    lex_take(lex, "-");
    return lex_take_kind(lex, LEX_NUMBER);
}

/* name, or name = value; "toast.name" too. */
static bool
take_option(struct lex *lex)
{
    if (!skip_qualified(lex))
        return false;
    if (!lex_take(lex, "="))
        return true;
    return take_number(lex) || lex_take_kind(lex, LEX_STRING) || lex_take_kind(lex, LEX_WORD);
}

/* ---- CREATE INDEX ---- */

static bool
take_method(struct lex *lex)
{
    static const char *const methods[] = {"btree", "hash", "gin", "gist", "spgist", "brin"};
    char name[LEX_NAME_ROOM];
    size_t i;

    if (!lex_take_name(lex, name))
        return false;
    for (i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(name, methods[i]) == 0)
            return true;
    }
    return false;
}

static bool
is_order(const struct lex *lex)
{
    return lex_is(lex, "ASC") || lex_is(lex, "DESC") || lex_is(lex, "NULLS");
}

/* column [COLLATE c] [class [(options)]] [ASC | DESC] [NULLS FIRST | LAST] */
static bool
take_part(struct lex *lex)
{
    if (!take_any_name(lex) || lex_is(lex, "("))
        return false;
    if (lex_take(lex, "COLLATE") && !skip_qualified(lex))
        return false;
    if ((lex->kind == LEX_NAME || lex->kind == LEX_WORD) && !is_order(lex)) {
        if (!skip_builtin(lex))
            return false;
        if (lex_is(lex, "(") && !take_list(lex, take_option))
            return false;
    }
    if (!lex_take(lex, "ASC"))
        lex_take(lex, "DESC");
    if (!lex_take(lex, "NULLS"))
        return true;
    return lex_take(lex, "FIRST") || lex_take(lex, "LAST");
}

/* NULLS [NOT] DISTINCT, when it stands there. */
static bool
take_nulls(struct lex *lex)
{
    if (!lex_take(lex, "NULLS"))
        return true;
    lex_take(lex, "NOT");
    return lex_take(lex, "DISTINCT");
}

static bool
take_optional_list(struct lex *lex, const char *word, bool (*item)(struct lex *lex))
{
    return !lex_take(lex, word) || take_list(lex, item);
}

static bool
read_index(struct lex *lex, struct passive *p)
{
    p->kind = PASSIVE_RELATION;
    if (!take_any_name(lex) || !lex_take(lex, "ON"))
        return false;
    lex_take(lex, "ONLY");
    if (!take_qualified(lex, p->schema, p->name))
        return false;
    if (lex_take(lex, "USING") && !take_method(lex))
        return false;
    return take_list(lex, take_part) && take_optional_list(lex, "INCLUDE", take_any_name) &&
           take_nulls(lex) && take_optional_list(lex, "WITH", take_option);
}

/* ---- WITH, outside of all parentheses ---- */

const char *
passive_storage(const char *sql, size_t *ret_size)
{
    struct lex lex;
    int depth = 0;

    lex_begin(&lex, sql);
    while (lex.kind != LEX_END && lex.kind != LEX_BAD && !(depth == 0 && lex_is(&lex, "WHERE"))) {
        const char *from = lex.text;

        if (depth == 0 && lex_take(&lex, "WITH")) {
            const char *end;

            if (!take_list(&lex, take_option))
                return NULL;
            end = lex.kind == LEX_END ? from + strlen(from) : lex.text;
            while (end[-1] == ' ')
                end--;
            *ret_size = (size_t)(end - from);
            return from;
        }
        depth += lex_is(&lex, "(");
        depth -= lex_is(&lex, ")");
        lex_step(&lex);
    }
    return NULL;
}

/* ---- ALTER TABLE ---- */

static bool
take_deferrable(struct lex *lex)
{
    if (lex_take(lex, "NOT") && !lex_is(lex, "DEFERRABLE"))
        return false;
    lex_take(lex, "DEFERRABLE");
    if (!lex_take(lex, "INITIALLY"))
        return true;
    return lex_take(lex, "DEFERRED") || lex_take(lex, "IMMEDIATE");
}

static bool
read_constraint(struct lex *lex)
{
    if (!take_any_name(lex))
        return false;
    if (!lex_take_words(lex, "PRIMARY KEY") && (!lex_take(lex, "UNIQUE") || !take_nulls(lex)))
        return false;
    return take_list(lex, take_any_name) && take_optional_list(lex, "INCLUDE", take_any_name) &&
           take_optional_list(lex, "WITH", take_option) && take_deferrable(lex);
}

static bool
read_column(struct lex *lex)
{
    lex_take(lex, "COLUMN");
    if (!take_any_name(lex) || !lex_take(lex, "SET"))
        return false;
    if (lex_take(lex, "STATISTICS"))
        return take_number(lex);
    if (lex_take(lex, "STORAGE") || lex_take(lex, "COMPRESSION"))
        return take_any_name(lex);
    return take_list(lex, take_option);
}

static bool
read_identity(struct lex *lex)
{
    if (lex_take_words(lex, "USING INDEX"))
        return take_any_name(lex);
    return lex_take(lex, "DEFAULT") || lex_take(lex, "FULL") || lex_take(lex, "NOTHING");
}

static bool
read_set(struct lex *lex)
{
    if (lex_take(lex, "UNLOGGED") || lex_take(lex, "LOGGED") ||
        lex_take_words(lex, "WITHOUT CLUSTER"))
        return true;
    return take_list(lex, take_option);
}

static bool
read_alter(struct lex *lex, struct passive *p)
{
    p->kind = PASSIVE_RELATION;
    lex_take(lex, "ONLY");
    if (!take_qualified(lex, p->schema, p->name))
        return false;
    if (lex_take_words(lex, "ADD CONSTRAINT"))
        return read_constraint(lex);
    if (lex_take(lex, "INHERIT"))
        return skip_qualified(lex);
    if (lex_take(lex, "SET"))
        return read_set(lex);
    if (lex_take_words(lex, "REPLICA IDENTITY"))
        return read_identity(lex);
    if (lex_take_words(lex, "CLUSTER ON"))
        return take_any_name(lex);
    return lex_take(lex, "ALTER") && read_column(lex);
}

/* ---- CREATE TYPE, CREATE SCHEMA ---- */

static bool
take_label(struct lex *lex)
{
    return lex_take_kind(lex, LEX_STRING);
}

static bool
read_type(struct lex *lex, struct passive *p)
{
    p->kind = PASSIVE_TYPE;
    if (!take_qualified(lex, p->schema, p->name) || !lex_take_words(lex, "AS ENUM"))
        return false;
    if (!lex_take(lex, "("))
        return false;
    if (lex_take(lex, ")"))
        return true;
    while (take_label(lex)) {
        if (lex_take(lex, ")"))
            return true;
        if (!lex_take(lex, ","))
            return false;
    }
    return false;
}

static bool
read_schema(struct lex *lex, struct passive *p)
{
    p->kind = PASSIVE_SCHEMA;
    if (lex_take(lex, "IF") && !lex_take_words(lex, "NOT EXISTS"))
        return false;
    return lex_take_name(lex, p->name);
}

/* ---- COMMENT ON ---- */

enum shape {
    SHAPE_NAME,      /* a.b.c */
    SHAPE_ARGUMENTS, /* a.b(types) */
    SHAPE_ON         /* a ON [DOMAIN] b.c */
};

/* What stands between parentheses in the name of a routine: types and names of arguments. */
static bool
take_arguments(struct lex *lex)
{
    int depth = 0;

    if (!lex_is(lex, "("))
        return false;
    do {
        bool is_mark = lex_is(lex, ",") || lex_is(lex, ".") || lex_is(lex, "[") ||
                       lex_is(lex, "]") || lex_is(lex, "*");

        if (lex_is(lex, "("))
            depth++;
        else if (lex_is(lex, ")"))
            depth--;
        else if (!is_mark && lex->kind != LEX_WORD && lex->kind != LEX_NAME &&
                 lex->kind != LEX_NUMBER)
            return false;
        if (depth > PASSIVE_DEPTH)
            return false;
        lex_step(lex);
    } while (depth > 0);
    return true;
}

static bool
take_path(struct lex *lex)
{
    do {
        if (!take_any_name(lex))
            return false;
    } while (lex_take(lex, "."));
    return true;
}

static bool
take_commented(struct lex *lex, enum shape shape)
{
    if (!take_path(lex))
        return false;
    if (shape == SHAPE_ARGUMENTS)
        return take_arguments(lex);
    if (shape == SHAPE_NAME)
        return true;
    if (!lex_take(lex, "ON"))
        return false;
    lex_take(lex, "DOMAIN");
    return take_path(lex);
}

/* Nothing that other databases of the server share is among them. */
static bool
read_comment(struct lex *lex, struct passive *p)
{
    static const struct {
        const char *words;
        enum shape shape;
    } kinds[] = {
        {"TABLE", SHAPE_NAME},
        {"COLUMN", SHAPE_NAME},
        {"INDEX", SHAPE_NAME},
        {"SEQUENCE", SHAPE_NAME},
        {"VIEW", SHAPE_NAME},
        {"MATERIALIZED VIEW", SHAPE_NAME},
        {"FOREIGN TABLE", SHAPE_NAME},
        {"SCHEMA", SHAPE_NAME},
        {"TYPE", SHAPE_NAME},
        {"DOMAIN", SHAPE_NAME},
        {"EXTENSION", SHAPE_NAME},
        {"STATISTICS", SHAPE_NAME},
        {"COLLATION", SHAPE_NAME},
        {"CONVERSION", SHAPE_NAME},
        {"PUBLICATION", SHAPE_NAME},
        {"EVENT TRIGGER", SHAPE_NAME},
        {"FUNCTION", SHAPE_ARGUMENTS},
        {"PROCEDURE", SHAPE_ARGUMENTS},
        {"AGGREGATE", SHAPE_ARGUMENTS},
        {"ROUTINE", SHAPE_ARGUMENTS},
        {"CONSTRAINT", SHAPE_ON},
        {"TRIGGER", SHAPE_ON},
        {"RULE", SHAPE_ON},
        {"POLICY", SHAPE_ON},
    };
    size_t i = 0;

    p->kind = PASSIVE_COMMENT;
    while (i < sizeof kinds / sizeof *kinds && !lex_take_words(lex, kinds[i].words))
        i++;
    if (i == sizeof kinds / sizeof *kinds || !take_commented(lex, kinds[i].shape))
        return false;
    return lex_take(lex, "IS") && (lex_take_kind(lex, LEX_STRING) || lex_take(lex, "NULL"));
}

static bool
read_statement(struct lex *lex, struct passive *p)
{
    if (lex_take_words(lex, "COMMENT ON"))
        return read_comment(lex, p);
    if (lex_take_words(lex, "ALTER TABLE"))
        return read_alter(lex, p);
    if (!lex_take(lex, "CREATE"))
        return false;
    if (lex_take(lex, "TYPE"))
        return read_type(lex, p);
    if (lex_take(lex, "SCHEMA"))
        return read_schema(lex, p);
    lex_take(lex, "UNIQUE");
    return lex_take(lex, "INDEX") && read_index(lex, p);
}

bool
passive_read(const char *sql, struct passive *ret_passive)
{
    struct lex lex;

    memset(ret_passive, 0, sizeof *ret_passive);
    lex_begin(&lex, sql);
    if (read_statement(&lex, ret_passive) && lex.kind == LEX_END)
        return true;
    memset(ret_passive, 0, sizeof *ret_passive);
    return false;
}

bool
passive_statement(const char *sql)
{
    struct passive passive;

    return passive_read(sql, &passive);
}
