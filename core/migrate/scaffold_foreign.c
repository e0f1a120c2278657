// SPDX-License-Identifier: Apache-2.0
/* scaffold_foreign - foreign keys in the words of scripts, and what they point to. */
#include <string.h>
#include <strings.h>

#include "migrate/scaffold_inside.h"

const struct pd_table *
match_target(const struct scaffold *s, int side, const struct pd_table *table,
             const struct pd_foreign *foreign, uint32_t *ret_number)
{
    const struct pd_catalog *catalog = s->catalogs[side];
    const char *schema = foreign->to_schema ? foreign->to_schema : table->schema;
    long number = schema_find_table(catalog, schema, foreign->to_table);

    /* Some engines do not look at the case of names. */
    for (size_t i = 0; i < catalog->n_tables && number < 0; i++) {
        const struct pd_table *other = &catalog->tables[i];

        if (strcasecmp(other->name, foreign->to_table) == 0 &&
            strcmp(other->schema ? other->schema : "", schema ? schema : "") == 0)
            number = (long)i;
    }
    if (number < 0)
        return NULL;
    *ret_number = (uint32_t)number;
    return &catalog->tables[number];
}

/* The pair that an old table is in; NULL: it is dropped. */
static const struct pair *
pair_of(const struct scaffold *s, uint32_t old)
{
    uint32_t number = s->pair_of[SIDE_OLD][old];

    return number == PD_NO_TABLE ? NULL : &s->pairs[number];
}

/* What a column of a table of this side is called on the new side. "?": it is gone. */
static const char *
name_now(const struct scaffold *s, int side, uint32_t table, uint32_t column)
{
    const struct pair *pair;

    if (side == SIDE_NEW)
        return s->catalogs[SIDE_NEW]->tables[table].columns[column].name;
    pair = pair_of(s, table);
    if (!pair || pair->to_new[column] == PD_NO_COLUMN)
        return "?";
    return pair->now->columns[pair->to_new[column]].name;
}

static long
column_named(const struct pd_table *table, const char *name)
{
    long number = schema_find_column(table, name);

    for (size_t i = 0; i < table->n_columns && number < 0; i++) {
        if (strcasecmp(table->columns[i].name, name) == 0)
            number = (long)i;
    }
    return number;
}

/* Number of the column that part i points to; -1: nobody knows. */
static long
column_to(const struct pd_table *to, const struct pd_foreign *foreign, size_t i)
{
    if (foreign->to_columns)
        return column_named(to, foreign->to_columns[i]);
    if (!to->n_keys || to->keys[0].kind != PD_KEY_PRIMARY || i >= to->keys[0].n_parts)
        return -1;
    return to->keys[0].parts[i].column;
}

static void
say_list(struct buffer *out, const char *name, const char *const *names, size_t n)
{
    buffer_printf(out, "%s = {", name);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buffer_text(out, ", ");
        say_quoted(out, names[i], strlen(names[i]));
    }
    buffer_char(out, '}');
}

static bool
is_engine(const struct scaffold *s, const char *name)
{
    for (int side = 0; side < SIDES; side++) {
        if (strcmp(s->catalogs[side]->engine, name) == 0)
            return true;
    }
    return false;
}

/* MariaDB does not tell RESTRICT from NO ACTION. */
static void
say_action(const struct scaffold *s, struct buffer *out, const char *when, int action)
{
    static const char *const actions[] = {NULL, "restrict", "cascade", "set null", "set default"};

    if (action == PD_ACTION_RESTRICT && !s->same_engine)
        action = PD_ACTION_NONE;
    if (action > PD_ACTION_NONE && action <= PD_ACTION_SET_DEFAULT)
        buffer_printf(out, ", %s = \"%s\"", when, actions[action]);
}

static void
say_rest(const struct scaffold *s, struct buffer *out, struct buffer *unsaid,
         const struct pd_foreign *foreign)
{
    bool can_wait = s->same_engine || !is_engine(s, "mariadb");

    say_action(s, out, "on_delete", foreign->on_delete);
    say_action(s, out, "on_update", foreign->on_update);
    if (can_wait && foreign->flags & PD_FOREIGN_DEFERRABLE)
        buffer_text(out, ", deferrable = true");
    if (can_wait && foreign->flags & PD_FOREIGN_DEFERRED)
        buffer_text(out, ", deferred = true");
    if (foreign->flags & PD_FOREIGN_MATCH_FULL)
        buffer_text(unsaid, ", that it is MATCH FULL");
    if (foreign->flags & PD_FOREIGN_NOT_VALIDATED)
        buffer_text(unsaid, ", that it is not validated");
    if (foreign->set_columns)
        buffer_text(unsaid, ", which of its columns are set");
}

static const char *
table_now(struct scaffold *s, int side, uint32_t to)
{
    const struct pair *pair;

    if (side == SIDE_NEW)
        return say_table(s, &s->catalogs[SIDE_NEW]->tables[to]);
    pair = pair_of(s, to);
    return pair ? say_table(s, pair->now) : "?";
}

/* "to" and, unless it is in the same schema, "to_schema". */
static void
say_target(struct scaffold *s, int side, struct buffer *out, const struct pd_table *table,
           const struct pd_foreign *foreign, uint32_t to)
{
    const struct pd_table *target = to == PD_NO_TABLE ? NULL : &s->catalogs[side]->tables[to];
    const struct pair *pair = target && side == SIDE_OLD ? pair_of(s, to) : NULL;
    const char *here = table->schema ? table->schema : "", *there;

    if (pair)
        target = pair->now;
    else if (target && side == SIDE_OLD)
        target = NULL;
    there = target && target->schema ? target->schema : "";
    buffer_text(out, ", to = ");
    say_quoted(out, target ? target->name : foreign->to_table,
               strlen(target ? target->name : foreign->to_table));
    if (target && strcmp(here, there) != 0) {
        buffer_text(out, ", to_schema = ");
        say_quoted(out, there, strlen(there));
    }
    if (!target) /* of the old side: it is dropped, so that this is like nothing */
        buffer_printf(out, ", to_%s", to == PD_NO_TABLE ? "missing" : table_now(s, side, to));
}

pd_status
say_foreign(struct scaffold *s, int side, const struct pd_table *table,
            const struct pd_foreign *foreign, struct said *ret_said)
{
    CLEANUP_BUFFER struct buffer text = {0}, unsaid = {0};
    const char **from = arena_array(s->arena, const char *, foreign->n_columns);
    const char **to = arena_array(s->arena, const char *, foreign->n_columns);
    uint32_t own = (uint32_t)(table - s->catalogs[side]->tables), number = PD_NO_TABLE;
    const struct pd_table *target = match_target(s, side, table, foreign, &number);
    const struct pd_table *here = table;
    const char *unsaid_text;

    if (!from || !to)
        return error_memory(s->err);
    if (side == SIDE_OLD && pair_of(s, own))
        here = pair_of(s, own)->now;
    *ret_said = (struct said){.name = foreign->name};
    for (size_t i = 0; i < foreign->n_columns; i++) {
        long column = target ? column_to(target, foreign, i) : -1;

        from[i] = name_now(s, side, own, foreign->columns[i]);
        to[i] = column < 0 ? "?" : name_now(s, side, number, (uint32_t)column);
        if (column < 0)
            ret_said->impossible = "what it points to is not there";
    }
    say_list(&text, "columns", from, foreign->n_columns);
    say_target(s, side, &text, here, foreign, number);
    buffer_text(&text, ", ");
    say_list(&text, "to_columns", to, foreign->n_columns);
    say_rest(s, &text, &unsaid, foreign);
    unsaid_text = buffer_string(&unsaid);
    ret_said->text = buffer_string(&text) ? arena_strdup(s->arena, buffer_string(&text)) : NULL;
    ret_said->unsaid =
        unsaid_text ? arena_strdup(s->arena, *unsaid_text ? unsaid_text + 2 : "") : NULL;
    return ret_said->text && ret_said->unsaid ? PD_OK : error_memory(s->err);
}
