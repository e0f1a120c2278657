// SPDX-License-Identifier: Apache-2.0
/* run - the functions of a step at work, one call a row. They run in a coroutine, so that emit()
   can wait in the middle of one until the core has fetched a batch. */
#include <stdio.h>
#include <string.h>

#include "script.h"

enum { SHOWN = 40 /* bytes of a key's value in a message */ };

/* ---- Where a message is from ----------------------------------------------------------------- */

static void
put_value(const struct pd_migrator *g, const struct pd_column *column, uint32_t number, char *text,
          size_t size)
{
    char canonical[96];
    struct pd_value value;
    const char *shown = canonical;
    size_t n;

    pd_value_at(&column->type, pd_vector_at(g->batch, number), g->row, &value);
    n = g->m.host->value_text(&column->type, &value, canonical);
    if (value.tag < 0) {
        shown = "null";
        n = 4;
    } else if (n == 0 && value.bytes) {
        shown = value.bytes;
        n = value.size;
    }
    snprintf(text, size, "%s=%.*s", column->name, (int)(n < SHOWN ? n : SHOWN), shown);
}

/* " (id=7)": the primary key of the row, or its first column. */
void
run_place(void *arg, char *text, size_t size)
{
    const struct pd_migrator *g = arg;
    const struct pd_table *table;
    const struct pd_key *key;
    size_t used = 0, n_parts;

    if (!g->batch || !g->at || g->running || g->row >= g->batch->n_rows)
        return;
    table = g->at->table;
    key = table->n_keys ? pd_key_at(table, 0) : NULL;
    if (key && key->kind != PD_KEY_PRIMARY)
        key = NULL;
    n_parts = key ? key->n_parts : 1;
    for (size_t i = 0; i < n_parts && used + 3 < size; i++) {
        int32_t column = key ? pd_part_at(key, i)->column : 0;

        if (column < 0)
            continue;
        used += (size_t)snprintf(text + used, size - used, i ? ", " : " (");
        put_value(g, pd_column_at(table, (size_t)column), (uint32_t)column, text + used,
                  size - used);
        used += strlen(text + used);
    }
    if (used + 1 < size)
        snprintf(text + used, size - used, ")");
}

/* ---- One function ---------------------------------------------------------------------------- */

static int
rethrow(lua_State *L, struct pd_migrator *g, int result)
{
    if (result == LUA_ERRMEM)
        g->m.is_short = true;
    lua_xmove(g->worker, L, 1);
    return lua_error(L);
}

/* What a row function returned: rows, or nothing. */
static void
take_results(lua_State *L, struct pd_migrator *g, int n)
{
    lua_State *worker = g->worker;
    int first = lua_gettop(worker) - n + 1;

    for (int i = first; i < first + n; i++) {
        if (lua_isnil(worker, i))
            continue;
        if (lua_isboolean(worker, i))
            luaL_error(L, "it returned %s, not a row; nil drops the row",
                       lua_toboolean(worker, i) ? "true" : "false");
        if (!g->at->to)
            luaL_error(L,
                       "table '%s' is not in the new schema, so that it has no rows to return; "
                       "use ctx:emit()",
                       g->at->name);
        output_put(worker, g, g->at->to, i);
    }
}

/* Goes on with the worker, which has a function and n arguments, or waits in emit(). */
static void
resume(lua_State *L, struct pd_migrator *g, int n_arguments)
{
    int n = 0, result = lua_resume(g->worker, L, n_arguments, &n);

    g->is_suspended = result == LUA_YIELD;
    if (result == LUA_YIELD) {
        lua_pop(g->worker, n);
        return;
    }
    if (result != LUA_OK)
        rethrow(L, g, result);
    if (g->phase == PHASE_ROWS && !g->running) {
        take_results(L, g, n);
        g->row++;
    }
    lua_settop(g->worker, 0);
    g->running = NULL;
}

static void
call_row(lua_State *L, struct pd_migrator *g)
{
    g->serial++;
    machine_turn(&g->m, g->at->row_name);
    lua_rawgeti(g->worker, LUA_REGISTRYINDEX, g->at->row);
    row_push(g->worker, g, g->at);
    lua_rawgeti(g->worker, LUA_REGISTRYINDEX, g->context);
    resume(L, g, 2);
}

/* A function that gets only ctx is on the worker; whatever else there is, is none. */
static void
call_other(lua_State *L, struct pd_migrator *g, const char *name)
{
    if (!lua_isfunction(g->worker, -1)) {
        lua_settop(g->worker, 0);
        return;
    }
    g->serial++;
    g->running = name;
    machine_turn(&g->m, name);
    lua_rawgeti(g->worker, LUA_REGISTRYINDEX, g->context);
    resume(L, g, 1);
}

static bool
has_made(const struct pd_migrator *g)
{
    return g->first_made < g->n_made;
}

/* ---- A batch --------------------------------------------------------------------------------- */

/* Until something is made, or the batch is through. */
static int
work_rows(lua_State *L)
{
    struct pd_migrator *g = lua_touserdata(L, 1);

    if (g->is_suspended) {
        machine_turn(&g->m, g->at->row_name);
        resume(L, g, 0);
    }
    while (!g->is_suspended && g->row < g->batch->n_rows && !has_made(g))
        call_row(L, g);
    if (!g->is_suspended && g->row == g->batch->n_rows) {
        output_flush(L, g);
        g->phase = PHASE_IDLE;
    }
    return 0;
}

static bool
next_made(struct pd_migrator *g, uint32_t *ret_table, const struct pd_batch **ret_batch)
{
    if (!has_made(g))
        return false;
    *ret_table = g->queue[g->first_made].table;
    *ret_batch = g->queue[g->first_made].batch;
    if (++g->first_made == g->n_made)
        g->first_made = g->n_made = 0;
    return true;
}

static const struct seen *
find_seen(const struct pd_migrator *g, uint32_t table)
{
    for (size_t i = 0; i < g->n_seen; i++) {
        if (g->seen[i].number == table)
            return &g->seen[i];
    }
    return NULL;
}

/* at: NULL for what is no table's. */
static void
start(struct pd_migrator *g, const struct seen *at, enum phase phase)
{
    g->at = at;
    g->m.place = run_place;
    g->m.place_arg = g;
    g->phase = phase;
    g->row = 0;
    g->turn++;
    for (size_t i = 0; i < g->n_outputs; i++) {
        for (uint32_t k = 0; k < g->outputs[i].table->n_columns; k++)
            g->outputs[i].places[k].turn = g->turn;
    }
}

static pd_status
start_table(struct pd_migrator *g, uint32_t table, enum phase phase, struct pd_error *err)
{
    const struct seen *at = find_seen(g, table);

    if (!at)
        return g->m.host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                               "rows of table number %u, which the step did not ask for", table);
    start(g, at, phase);
    return PD_OK;
}

pd_status
run_rows(struct pd_migrator *g, uint32_t table, const struct pd_batch *batch, uint32_t *ret_table,
         const struct pd_batch **ret_batch, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (g->batch != batch) {
        status = start_table(g, table, PHASE_ROWS, err);
        g->batch = batch;
    }
    while (status == PD_OK) {
        if (next_made(g, ret_table, ret_batch))
            return PD_OK;
        if (g->phase == PHASE_IDLE) {
            g->batch = NULL;
            return PD_DONE;
        }
        status = machine_call(&g->m, g->at->row_name, work_rows, g, err);
    }
    return status;
}

/* ---- One call that gets only ctx ------------------------------------------------------------- */

/* The end of a table. */
static void
push_rest(struct pd_migrator *g)
{
    lua_rawgeti(g->worker, LUA_REGISTRYINDEX, g->at->rest);
}

static void
push_member(struct pd_migrator *g)
{
    lua_rawgetp(g->worker, LUA_REGISTRYINDEX, &g->m);
    lua_getfield(g->worker, -1, g->loading);
    lua_remove(g->worker, -2);
}

static const char *
load_name(const struct pd_migrator *g)
{
    return strcmp(g->loading, "before_load") == 0 ? "function 'before_load'"
                                                  : "function 'after_load'";
}

/* Until something is made, or it is over. */
static int
work_once(lua_State *L)
{
    struct pd_migrator *g = lua_touserdata(L, 1);

    if (g->is_suspended) {
        machine_turn(&g->m, g->running);
        resume(L, g, 0);
    } else if (g->phase == PHASE_LOAD) {
        push_member(g);
        call_other(L, g, load_name(g));
    } else {
        push_rest(g);
        call_other(L, g, g->at->rest_name);
    }
    if (!g->is_suspended) {
        output_flush(L, g);
        g->phase = PHASE_IDLE;
    }
    return 0;
}

/* PD_DONE: it is over, and all was handed over. */
static pd_status
go_on(struct pd_migrator *g, const char *name, uint32_t *ret_table,
      const struct pd_batch **ret_batch, struct pd_error *err)
{
    pd_status status = PD_OK;

    while (status == PD_OK) {
        if (next_made(g, ret_table, ret_batch))
            return PD_OK;
        if (g->phase == PHASE_IDLE)
            return PD_DONE;
        status = machine_call(&g->m, name, work_once, g, err);
    }
    return status;
}

pd_status
run_rest(struct pd_migrator *g, uint32_t table, uint32_t *ret_table,
         const struct pd_batch **ret_batch, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (!g->is_resting)
        status = start_table(g, table, PHASE_REST, err);
    if (status == PD_OK)
        status = go_on(g, g->at->rest_name, ret_table, ret_batch, err);
    g->is_resting = status == PD_OK;
    return status;
}

static pd_status
run_load(struct pd_migrator *g, const char *member, uint32_t *ret_table,
         const struct pd_batch **ret_batch, struct pd_error *err)
{
    pd_status status;

    if (!g->loading) {
        g->loading = member;
        start(g, NULL, PHASE_LOAD);
    }
    status = go_on(g, load_name(g), ret_table, ret_batch, err);
    if (status != PD_OK)
        g->loading = NULL;
    return status;
}

pd_status
run_before_load(struct pd_migrator *g, uint32_t *ret_table, const struct pd_batch **ret_batch,
                struct pd_error *err)
{
    return run_load(g, "before_load", ret_table, ret_batch, err);
}

pd_status
run_after_load(struct pd_migrator *g, uint32_t *ret_table, const struct pd_batch **ret_batch,
               struct pd_error *err)
{
    return run_load(g, "after_load", ret_table, ret_batch, err);
}
