// SPDX-License-Identifier: Apache-2.0
/* save - before_save: functions that are asked about rows on their way into the target. They see
   the rows as they will be, and change nothing. */
#include <string.h>

#include "script.h"

struct save_call {
    struct pd_migrator *g;
    struct pd_answers *answers;
};

/* ---- Which tables ---------------------------------------------------------------------------- */

/* Every column is what it is; nothing was made of another. */
static void
make_slots(lua_State *L, struct pd_migrator *g, struct seen *asked)
{
    asked->n_slots = (uint32_t)asked->table->n_columns;
    asked->slots = check_alloc(L, &g->pool, (asked->n_slots + 1) * sizeof *asked->slots);
    for (uint32_t i = 0; i < asked->n_slots; i++) {
        const struct pd_column *column = pd_column_at(asked->table, i);

        asked->slots[i] = (struct slot){
            .name = column->name, .before = column, .old = i, .is_generated = column->generated};
        asked->has_generated |= column->generated;
    }
}

static void
open_asked(lua_State *L, struct pd_migrator *g, struct seen *asked, const char *name)
{
    asked->name = name;
    asked->row_name =
        check_copy(L, &g->pool, lua_pushfstring(L, "function 'tables.%s.before_save'", name));
    lua_pop(L, 1);
    asked->number = begin_find_table(L, g->after, track_now(g, name));
    asked->table = pd_table_at(g->after, asked->number);
    lua_getfield(L, -1, name);
    lua_getfield(L, -1, "before_save");
    asked->row = luaL_ref(L, LUA_REGISTRYINDEX);
    asked->rest = LUA_NOREF;
    lua_pop(L, 1);
    make_slots(L, g, asked);
    begin_names(L, asked);
    row_meta(L, g, asked);
}

void
save_open(lua_State *L, struct pd_migrator *g)
{
    g->asked = check_alloc(L, &g->pool, (g->n_asked + 1) * sizeof *g->asked);
    for (size_t i = 0; i < g->n_asked; i++)
        open_asked(L, g, &g->asked[i], g->asked_names[i]);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* What it returned is at first and behind: true, false or "later", and maybe a reason. */
static void
take_answer(lua_State *L, const struct save_call *call, int first)
{
    const struct pd_migrator *g = call->g;
    const char *word = lua_type(L, first) == LUA_TSTRING ? lua_tostring(L, first) : NULL;
    const char *reason = NULL;

    if (!lua_isnoneornil(L, first + 1))
        reason = luaL_checkstring(L, first + 1);
    if (word && strcmp(word, "later") == 0)
        call->answers->later(call->answers, g->row, reason);
    else if (lua_isboolean(L, first) && !lua_toboolean(L, first))
        call->answers->reject(call->answers, g->row, reason);
    else if (!lua_isboolean(L, first))
        luaL_error(L, "it returned %s: before_save returns true, false or \"later\"",
                   word ? lua_pushfstring(L, "'%s'", word) : luaL_typename(L, first));
}

static int
work_asked(lua_State *L)
{
    const struct save_call *call = lua_touserdata(L, 1);
    struct pd_migrator *g = call->g;

    for (g->row = 0; g->row < g->batch->n_rows; g->row++) {
        g->serial++;
        lua_settop(L, 1);
        machine_turn(&g->m, g->at->row_name);
        lua_rawgeti(L, LUA_REGISTRYINDEX, g->at->row);
        row_push(L, g, g->at);
        lua_rawgeti(L, LUA_REGISTRYINDEX, g->context);
        lua_call(L, 2, 2);
        take_answer(L, call, 2);
    }
    return 0;
}

static const struct seen *
find_asked(const struct pd_migrator *g, uint32_t table)
{
    for (size_t i = 0; i < g->n_asked; i++) {
        if (g->asked[i].number == table)
            return &g->asked[i];
    }
    return NULL;
}

pd_status
save_before(struct pd_migrator *g, uint32_t table, const struct pd_batch *batch,
            struct pd_answers *answers, struct pd_error *err)
{
    struct save_call call = {g, answers};
    pd_status status;

    g->at = find_asked(g, table);
    if (!g->at)
        return g->m.host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                               "rows of table number %u, which the step did not ask for", table);
    g->m.place = run_place;
    g->m.place_arg = g;
    g->running = NULL;
    g->turn++;
    g->batch = batch;
    g->is_saving = true;
    status = machine_call(&g->m, g->at->row_name, work_asked, &call, err);
    g->is_saving = false;
    g->batch = NULL;
    return status;
}
