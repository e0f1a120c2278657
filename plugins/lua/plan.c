// SPDX-License-Identifier: Apache-2.0
// plan - a step is opened, and says what becomes of the schema and which rows it wants.
#include <string.h>

#include "script.h"

/* The script's own mistakes are told with its name; machine_call() says where. */
static int
check_all(lua_State *L)
{
    struct pd_migrator *g = lua_touserdata(L, 1);

    shape_check(L);
    shape_needs(L, g);
    shape_tables(L, g);
    return 0;
}

pd_status
plan_open(const struct pd_migration *migration, const struct pd_host *host,
          const struct pd_options *options, struct pd_migrator **ret_migrator, struct pd_error *err)
{
    const struct script *script = (const struct script *)(const void *)migration;
    struct pd_migrator *g = host->alloc(host, sizeof *g);
    pd_status status;

    if (!g)
        return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    memset(g, 0, sizeof *g);
    g->script = script;
    g->pool.host = host;
    status = machine_open(&g->m, host, options, script->file, err);
    if (status == PD_OK)
        status = machine_load(&g->m, script->text, script->size, err);
    if (status == PD_OK)
        status = machine_call(&g->m, script->file, check_all, g, err);
    if (status != PD_OK) {
        plan_close(g);
        return status;
    }
    *ret_migrator = g;
    return PD_OK;
}

void
plan_close(struct pd_migrator *g)
{
    const struct pd_host *host;

    if (!g)
        return;
    host = g->pool.host;
    machine_close(&g->m);
    output_close(g);
    pd_pool_close(&g->pool);
    host->release(host, g);
}

/* ---- plan ------------------------------------------------------------------------------------ */

static void
tell_needs(lua_State *L, const struct changes_call *call)
{
    struct pd_migrator *g = call->g;

    for (size_t i = 0; i < g->n_needs; i++) {
        struct need *n = &g->needs[i];
        struct pd_need need = {.struct_size = sizeof need,
                               .flags = n->takes_first ? PD_NEED_FIRST : 0,
                               .table = n->table_name,
                               .keys = n->keys,
                               .values = n->values};

        machine_check(L, call->ops->need(call->changes, &need, &n->number, g->m.err));
    }
    for (size_t i = 0; i < g->n_updates; i++)
        machine_check(L, call->ops->may_update(call->changes, g->updates[i], g->m.err));
    if (g->n_load_emits && !PD_HAS(struct pd_change_ops, call->ops, make_rows))
        luaL_error(L, "this polydump is too old for 'emits' of the script");
    if (g->n_load_emits)
        machine_check(L, call->ops->make_rows(call->changes, g->load_names, g->m.err));
}

/* Rows shall come with the values of generated columns, where there are such. */
static void
tell_generated(lua_State *L, const struct changes_call *call, const char *name)
{
    struct pd_migrator *g = call->g;
    uint32_t number = begin_find_table(L, g->before, name);
    const struct pd_table *table;

    if (number == g->before->n_tables)
        return; /* see_rows() has said so */
    table = pd_table_at(g->before, number);
    for (uint32_t i = 0; i < table->n_columns; i++) {
        struct track_column *column = &g->tracks[number].columns[i];
        pd_status status = PD_UNSUPPORTED;

        if (!pd_column_at(table, i)->generated)
            continue;
        if (PD_HAS(struct pd_change_ops, call->ops, see_generated))
            status = call->ops->see_generated(call->changes, name, column->before, g->m.err);
        column->is_lacking = status == PD_UNSUPPORTED;
        if (!column->is_lacking)
            machine_check(L, status);
    }
}

static void
tell_tables(lua_State *L, const struct changes_call *call)
{
    struct pd_migrator *g = call->g;

    lua_getfield(L, -1, "tables");
    for (size_t i = 0; i < g->n_seen; i++) {
        const char **emits = NULL;
        size_t n;

        lua_getfield(L, -1, g->seen_names[i]);
        if (lua_istable(L, -1))
            emits = check_texts(L, -1, g->seen_names[i], "emits", &g->pool, &n);
        lua_pop(L, 1);
        machine_check(L, call->ops->see_rows(call->changes, g->seen_names[i], emits, g->m.err));
        tell_generated(L, call, g->seen_names[i]);
    }
    lua_pop(L, 1);
}

static void
tell_asked(lua_State *L, const struct changes_call *call)
{
    struct pd_migrator *g = call->g;

    for (size_t i = 0; i < g->n_asked; i++) {
        const char *now = track_now(g, g->asked_names[i]);

        if (!now)
            luaL_error(L, "'tables.%s' has before_save, but the table is not in the new schema",
                       g->asked_names[i]);
        if (!PD_HAS(struct pd_change_ops, call->ops, see_saves))
            luaL_error(L, "this polydump is too old for before_save");
        machine_check(L, call->ops->see_saves(call->changes, now, g->m.err));
    }
}

static int
call_plan(lua_State *L)
{
    struct changes_call *call = lua_touserdata(L, 1);

    lua_rawgetp(L, LUA_REGISTRYINDEX, machine_of(L));
    if (lua_getfield(L, -1, "schema") == LUA_TFUNCTION) {
        machine_turn(machine_of(L), "function 'schema'");
        changes_push(L, call);
        lua_pushvalue(L, -1);
        lua_insert(L, -3);
        lua_call(L, 1, 0);
        changes_end(L, -1);
        lua_pop(L, 1);
    } else {
        lua_pop(L, 1);
    }
    shape_order(L, call->g);
    tell_needs(L, call);
    tell_tables(L, call);
    tell_asked(L, call);
    return 0;
}

/* The tracks are made before schema() is called. */
static int
call_track(lua_State *L)
{
    struct pd_migrator *g = lua_touserdata(L, 1);

    track_open(L, g, g->before);
    return 0;
}

pd_status
plan_plan(struct pd_migrator *g, const struct pd_catalog *before, const struct pd_change_ops *ops,
          struct pd_changes *changes, struct pd_error *err)
{
    struct changes_call call = {g, ops, changes};
    pd_status status;

    g->before = before;
    status = machine_call(&g->m, "plan", call_track, g, err);
    return status == PD_OK ? machine_call(&g->m, "plan", call_plan, &call, err) : status;
}
