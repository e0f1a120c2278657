// SPDX-License-Identifier: Apache-2.0
/* changes - lets a migrator plan: its calls change a copy of the schema, and become the ways of the
   rows. changes_*.c do what the calls ask for. */
#include <string.h>

#include "migrate/changes_inside.h"
#include "run/run.h"

/* ---- What the migrator calls ---- */

/* The first call that fails is what plan() fails with, whatever it returns: a change that was asked
   for and not made must not pass. */
static pd_status
end(struct pd_changes *c, pd_status status, struct pd_error *err)
{
    if (status != PD_OK && c->status == PD_OK)
        c->status = c->err.cause == PD_CAUSE_MEMORY ? PD_FATAL : PD_FAILED;
    if (c->status != PD_OK && err)
        *err = c->err;
    return c->status;
}

static pd_status
rename_table(struct pd_changes *c, const char *table, const char *to, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_rename_table(c, table, to), err);
}

static pd_status
drop_table(struct pd_changes *c, const char *table, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_drop_table(c, table), err);
}

static pd_status
add_table(struct pd_changes *c, const struct pd_table *table, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_add_table(c, table), err);
}

static pd_status
merge_table(struct pd_changes *c, const char *table, const char *into, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_merge_table(c, table, into), err);
}

static pd_status
rename_column(struct pd_changes *c, const char *table, const char *column, const char *to,
              struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_rename_column(c, table, column, to), err);
}

static pd_status
drop_column(struct pd_changes *c, const char *table, const char *column, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_drop_column(c, table, column), err);
}

static pd_status
add_column(struct pd_changes *c, const char *table, const struct pd_column *column,
           const char *before, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_add_column(c, table, column, before), err);
}

static pd_status
change_column(struct pd_changes *c, const char *table, const char *column,
              const struct pd_column *as, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_change_column(c, table, column, as), err);
}

static pd_status
add_key(struct pd_changes *c, const char *table, const struct pd_key *key,
        const char *const *columns, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_add_key(c, table, key, columns), err);
}

static pd_status
drop_key(struct pd_changes *c, const char *table, const char *name, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_drop_key(c, table, name), err);
}

static pd_status
add_foreign(struct pd_changes *c, const char *table, const struct pd_foreign *foreign,
            const char *const *columns, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_add_foreign(c, table, foreign, columns), err);
}

static pd_status
drop_foreign(struct pd_changes *c, const char *table, const char *name, const char *const *columns,
             struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_drop_foreign(c, table, name, columns), err);
}

static pd_status
add_check(struct pd_changes *c, const char *table, const struct pd_check *check,
          struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_add_check(c, table, check), err);
}

static pd_status
drop_check(struct pd_changes *c, const char *table, const char *name, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_drop_check(c, table, name), err);
}

static pd_status
see_rows(struct pd_changes *c, const char *table, const char *const *emits, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_see_rows(c, table, emits), err);
}

static pd_status
need(struct pd_changes *c, const struct pd_need *wanted, uint32_t *ret_need, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_need(c, wanted, ret_need), err);
}

static pd_status
may_update(struct pd_changes *c, const char *table, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_may_update(c, table), err);
}

static pd_status
run_statement(struct pd_changes *c, const struct pd_statement *statement, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_run_statement(c, statement), err);
}

static pd_status
make_rows(struct pd_changes *c, const char *const *tables, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_make_rows(c, tables), err);
}

static pd_status
drop_key_on(struct pd_changes *c, const char *table, const char *const *columns,
            struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_drop_key_on(c, table, columns), err);
}

static pd_status
drop_check_of(struct pd_changes *c, const char *table, const char *expression, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_drop_check_of(c, table, expression), err);
}

static pd_status
see_saves(struct pd_changes *c, const char *table, struct pd_error *err)
{
    return end(c, c->status ? c->status : changes_see_saves(c, table), err);
}

/* Whoever asks may do without. */
static pd_status
see_generated(struct pd_changes *c, const char *table, const char *column, struct pd_error *err)
{
    pd_status status = c->status ? c->status : changes_see_generated(c, table, column);

    if (status != PD_UNSUPPORTED)
        return end(c, status, err);
    if (err)
        *err = c->err;
    c->err = (struct pd_error){0};
    return status;
}

static const struct pd_change_ops change_ops = {
    .struct_size = sizeof change_ops,
    .rename_table = rename_table,
    .drop_table = drop_table,
    .add_table = add_table,
    .merge_table = merge_table,
    .rename_column = rename_column,
    .drop_column = drop_column,
    .add_column = add_column,
    .change_column = change_column,
    .add_key = add_key,
    .drop_key = drop_key,
    .add_foreign = add_foreign,
    .drop_foreign = drop_foreign,
    .add_check = add_check,
    .drop_check = drop_check,
    .see_rows = see_rows,
    .need = need,
    .may_update = may_update,
    .run_statement = run_statement,
    .make_rows = make_rows,
    .drop_key_on = drop_key_on,
    .drop_check_of = drop_check_of,
    .see_saves = see_saves,
    .see_generated = see_generated,
};

/* ---- The plan ---- */

static pd_status
ask(struct pd_changes *c, struct pd_migrator *migrator)
{
    struct pd_error err = {0};
    pd_status status;

    if (!PD_HAS(struct pd_migration, c->migration, plan))
        return PD_OK;
    status = c->migration->plan(migrator, c->before, &change_ops, c, &err);
    if (c->status != PD_OK)
        return c->status;
    if (status == PD_OK)
        return PD_OK;
    c->err = err;
    if (status > 0 || !err.cause)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "plan() returned %d and said no error", status);
    return status == PD_UNSUPPORTED ? PD_FAILED : status;
}

static pd_status
put_left_out(struct pd_changes *c, struct arena *arena, struct planned *planned)
{
    planned->left_out = arena_array(arena, const char *, c->n_left_out);
    if (!planned->left_out)
        return error_memory(&c->err);
    for (; planned->n_left_out < c->n_left_out; planned->n_left_out++) {
        planned->left_out[planned->n_left_out] =
            arena_strdup(arena, c->left_out[planned->n_left_out]);
        if (!planned->left_out[planned->n_left_out])
            return error_memory(&c->err);
    }
    return PD_OK;
}

/* Objects that are taken out make texts of tables stale, and these keys that objects name. */
static pd_status
clean(struct pd_changes *c)
{
    pd_status status = changes_stale_tables(c);

    if (status == PD_OK)
        status = changes_objects(c);
    if (status == PD_OK)
        status = changes_natives(c);
    return status == PD_OK ? changes_objects(c) : status;
}

static pd_status
plan(struct pd_changes *c, struct pd_migrator *migrator, struct arena *arena,
     struct planned *planned)
{
    pd_status status = changes_begin(c);

    if (status == PD_OK)
        status = ask(c, migrator);
    if (status == PD_OK)
        status = changes_check_foreigns(c);
    if (status == PD_OK)
        status = changes_resolve(c);
    if (status == PD_OK) {
        changes_drop_passengers(c);
        changes_advance(c);
    }
    if (status == PD_OK)
        status = clean(c);
    if (status == PD_OK)
        status = changes_catalog(c, arena, &planned->after);
    if (status == PD_OK)
        status = changes_flows(c, arena, planned);
    if (status == PD_OK)
        status = changes_needs(c, arena, planned);
    if (status == PD_OK)
        status = put_left_out(c, arena, planned);
    if (status == PD_OK)
        status = changes_tell_counters(c, arena, planned);
    return status == PD_OK ? c->status : status;
}

static pd_status
plan_all(struct pd_changes *c, struct pd_migrator *migrator, struct arena *arena,
         struct planned **ret_planned, struct pd_error *err)
{
    CLEANUP(arena) struct arena *drafts = arena_new();
    struct planned *planned = arena_alloc(arena, sizeof *planned);
    pd_status status;

    if (!drafts || !planned)
        return error_memory(err);
    c->arena = drafts;
    planned->before = c->before;
    status = plan(c, migrator, arena, planned);
    if (status == PD_OK)
        *ret_planned = planned;
    else if (err)
        *err = c->err;
    return status;
}

pd_status
changes_plan(const struct pd_migration *migration, struct pd_migrator *migrator,
             const struct pd_catalog *before, struct arena *arena, struct planned **ret_planned,
             struct pd_error *err)
{
    struct pd_changes changes = {.migration = migration, .before = before};

    return plan_all(&changes, migrator, arena, ret_planned, err);
}

pd_status
changes_plan_on(const struct pd_migration *migration, struct pd_migrator *migrator,
                struct opened_source *source, struct arena *arena, struct planned **ret_planned,
                struct pd_error *err)
{
    struct pd_changes changes = {
        .migration = migration, .before = source->catalog, .source = source};

    return plan_all(&changes, migrator, arena, ret_planned, err);
}
