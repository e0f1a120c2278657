// SPDX-License-Identifier: Apache-2.0
/* changes_needs - what a step wants to see, to look up, to change and to run. */
#include <string.h>

#include "migrate/changes_inside.h"
#include "run/run.h"

/* ---- The calls ---- */

pd_status
changes_see_rows(struct pd_changes *c, const char *table, const char *const *emits)
{
    struct seen *seen = changes_room(c, c->seen, c->n_seen, &c->seen_room, sizeof *seen);
    struct seen added;
    pd_status status = seen ? PD_OK : error_memory(&c->err);

    if (status == PD_OK)
        status = changes_table_before(c, table, &added.table);
    if (status != PD_OK)
        return status;
    c->seen = seen;
    if (changes_is_seen(c, added.table))
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "the rows of table '%s' are seen already; once is enough", table);
    status = changes_list(c, emits, &added.emits, &added.n_emits);
    if (status == PD_OK)
        seen[c->n_seen++] = added;
    return status;
}

/* PD_UNSUPPORTED: the source has no values of it. */
static pd_status
compute(struct pd_changes *c, uint32_t table, uint32_t column)
{
    pd_status status = PD_UNSUPPORTED;

    if (c->source && c->source->ops->compute)
        status = c->source->ops->compute(c->source->handle, table, column, &c->err);
    if (status != PD_UNSUPPORTED)
        return status;
    return error_fail(&c->err, PD_UNSUPPORTED, PD_CAUSE_DATA,
                      "column '%s' of table '%s' is generated, and there are no values of it: an "
                      "archive has none, nor has a table that a step before changes; compute it "
                      "from the others, or take the data from the database itself (polydump copy)",
                      c->before->tables[table].columns[column].name,
                      schema_table_name(&c->before->tables[table]));
}

pd_status
changes_see_generated(struct pd_changes *c, const char *table, const char *column)
{
    struct computed_column *computed =
        changes_room(c, c->computed, c->n_computed, &c->computed_room, sizeof *computed);
    uint32_t number;
    int at;
    pd_status status = computed ? PD_OK : error_memory(&c->err);

    if (status == PD_OK)
        status = changes_table_before(c, table, &number);
    if (status != PD_OK)
        return status;
    c->computed = computed;
    at = column ? schema_find_column(&c->before->tables[number], column) : -1;
    if (at < 0)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING, "table '%s' has no column '%s'", table,
                            column ? column : "");
    if (!changes_is_seen(c, number))
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the rows of table '%s' are not seen", table);
    if (!c->before->tables[number].columns[at].generated)
        return PD_OK;
    status = compute(c, number, (uint32_t)at);
    if (status == PD_OK)
        computed[c->n_computed++] = (struct computed_column){number, (uint32_t)at};
    return status;
}

pd_status
changes_need(struct pd_changes *c, const struct pd_need *need, uint32_t *ret_need)
{
    struct wanted *needs = changes_room(c, c->needs, c->n_needs, &c->need_room, sizeof *needs);
    struct wanted added = {0};
    pd_status status;

    if (!needs)
        return error_memory(&c->err);
    c->needs = needs;
    if (!need || !ret_need || need->struct_size < sizeof *need || !need->table)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "what is to be looked up names no table");
    if (need->flags & ~(uint32_t)PD_NEED_FIRST)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "what is to be looked up in '%s' has unknown flags",
                            need->table);
    added.takes_first = need->flags & PD_NEED_FIRST;
    added.table = arena_strdup(c->arena, need->table);
    if (!added.table)
        return error_memory(&c->err);
    status = changes_list(c, need->keys, &added.keys, &added.n_keys);
    if (status == PD_OK)
        status = changes_list(c, need->values, &added.values, &added.n_values);
    if (status != PD_OK)
        return status;
    if (added.n_keys == 0)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "what is to be looked up in '%s' has no key columns",
                            need->table);
    needs[c->n_needs] = added;
    *ret_need = (uint32_t)c->n_needs++;
    return PD_OK;
}

static pd_status
keep_name(struct pd_changes *c, const char ***list, size_t *n, size_t *room, const char *table)
{
    const char **names = changes_room(c, *list, *n, room, sizeof *names);
    const char *name = table ? arena_strdup(c->arena, table) : "";

    if (!names || !name)
        return error_memory(&c->err);
    *list = names;
    if (!table)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the name of a table is missing");
    names[(*n)++] = name;
    return PD_OK;
}

pd_status
changes_may_update(struct pd_changes *c, const char *table)
{
    return keep_name(c, &c->updates, &c->n_updates, &c->update_room, table);
}

pd_status
changes_see_saves(struct pd_changes *c, const char *table)
{
    return keep_name(c, &c->asked, &c->n_asked, &c->asked_room, table);
}

pd_status
changes_run_statement(struct pd_changes *c, const struct pd_statement *statement)
{
    struct pd_statement *statements =
        changes_room(c, c->statements, c->n_statements, &c->statement_room, sizeof *statements);

    if (!statements)
        return error_memory(&c->err);
    c->statements = statements;
    if (!statement || statement->struct_size < sizeof *statement || !statement->engine ||
        !*statement->engine || !statement->sql || !*statement->sql)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "a statement has no engine or no text");
    if (statement->when != PD_BEFORE_ROWS && statement->when != PD_AFTER_ROWS)
        return CHANGES_FAIL(c, PD_CAUSE_BUG,
                            "statement '%.80s': it is neither before nor after the rows",
                            statement->sql);
    statements[c->n_statements] = (struct pd_statement){
        .struct_size = sizeof *statements,
        .when = statement->when,
        .engine = arena_strdup(c->arena, statement->engine),
        .sql = arena_strdup(c->arena, statement->sql),
    };
    if (!statements[c->n_statements].engine || !statements[c->n_statements].sql)
        return error_memory(&c->err);
    c->n_statements++;
    return PD_OK;
}

pd_status
changes_make_rows(struct pd_changes *c, const char *const *tables)
{
    for (size_t i = 0; tables && tables[i]; i++) {
        const char **makes = changes_room(c, c->makes, c->n_makes, &c->make_room, sizeof *makes);
        const char *name = arena_strdup(c->arena, tables[i]);

        if (!makes || !name)
            return error_memory(&c->err);
        c->makes = makes;
        makes[c->n_makes++] = name;
    }
    return PD_OK;
}

/* ---- In the final schema ---- */

static pd_status
put_numbers(struct pd_changes *c, struct arena *arena, const struct draft *draft,
            const char *const *names, size_t n, const uint32_t **ret_numbers)
{
    uint32_t *numbers = arena_array(arena, uint32_t, n);

    if (!numbers)
        return error_memory(&c->err);
    for (size_t i = 0; i < n; i++) {
        pd_status status = changes_column(c, draft, names[i], &numbers[i]);

        if (status != PD_OK)
            return status;
        if (draft->columns[numbers[i]].generated)
            return CHANGES_FAIL(c, PD_CAUSE_DATA,
                                "column '%s' of table '%s' is generated, so that it cannot be "
                                "looked up",
                                names[i], draft->full);
        for (size_t k = 0; k < i; k++) {
            if (numbers[k] == numbers[i])
                return CHANGES_FAIL(c, PD_CAUSE_DATA, "column '%s' of table '%s' is named twice",
                                    names[i], draft->full);
        }
    }
    *ret_numbers = numbers;
    return PD_OK;
}

static pd_status
put_need(struct pd_changes *c, struct arena *arena, const struct wanted *wanted,
         struct planned_need *need)
{
    struct draft *draft;
    pd_status status = changes_table(c, wanted->table, &draft);

    if (status == PD_OK)
        status = put_numbers(c, arena, draft, wanted->keys, wanted->n_keys, &need->keys);
    if (status == PD_OK)
        status = put_numbers(c, arena, draft, wanted->values, wanted->n_values, &need->values);
    if (status != PD_OK)
        return error_prefix(&c->err, status, "what is to be looked up");
    need->table = draft->number;
    need->n_keys = wanted->n_keys;
    need->n_values = wanted->n_values;
    need->takes_first = wanted->takes_first;
    return PD_OK;
}

static pd_status
put_statements(struct pd_changes *c, struct arena *arena, struct planned *planned)
{
    for (size_t i = 0; i < c->n_statements; i++) {
        struct pd_statement *statement = &planned->statements[i];

        *statement = c->statements[i];
        statement->engine = arena_strdup(arena, statement->engine);
        statement->sql = arena_strdup(arena, statement->sql);
        if (!statement->engine || !statement->sql)
            return error_memory(&c->err);
    }
    planned->n_statements = c->n_statements;
    return PD_OK;
}

pd_status
changes_needs(struct pd_changes *c, struct arena *arena, struct planned *planned)
{
    pd_status status = PD_OK;

    planned->needs = arena_array(arena, struct planned_need, c->n_needs);
    planned->statements = arena_array(arena, struct pd_statement, c->n_statements);
    if (!planned->needs || !planned->statements)
        return error_memory(&c->err);
    for (; planned->n_needs < c->n_needs && status == PD_OK; planned->n_needs++)
        status = put_need(c, arena, &c->needs[planned->n_needs], &planned->needs[planned->n_needs]);
    return status == PD_OK ? put_statements(c, arena, planned) : status;
}
