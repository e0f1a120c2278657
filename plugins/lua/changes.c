// SPDX-License-Identifier: Apache-2.0
// changes - db: what schema() may do.
#include <string.h>

#include "script.h"

struct changes_thing {
    struct thing_head head;
    struct changes_call *call; /* NULL: schema() has returned */
};

static struct changes_call *
check_db(lua_State *L)
{
    struct changes_thing *thing = lua_touserdata(L, 1);

    if (thing_at(L, 1) != THING_CHANGES)
        luaL_error(L, "call it as a method: db:rename_table(...)");
    if (!thing->call)
        luaL_error(L, "db can be used in schema() only");
    return thing->call;
}

static int
finish(lua_State *L, pd_status status)
{
    machine_check(L, status);
    return 0;
}

static int
rename_table(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2), *to = luaL_checkstring(L, 3);

    machine_check(L, c->ops->rename_table(c->changes, table, to, c->g->m.err));
    track_rename_table(L, c->g, table, to);
    return 0;
}

static int
drop_table(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2);

    machine_check(L, c->ops->drop_table(c->changes, table, c->g->m.err));
    track_drop_table(c->g, table);
    return 0;
}

static int
add_table(lua_State *L)
{
    struct changes_call *c = check_db(L);
    struct pd_table table;

    describe_table(L, 2, &c->g->pool, &table);
    return finish(L, c->ops->add_table(c->changes, &table, c->g->m.err));
}

static int
merge_table(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2), *into = luaL_checkstring(L, 3);

    machine_check(L, c->ops->merge_table(c->changes, table, into, c->g->m.err));
    track_rename_table(L, c->g, table, into);
    return 0;
}

static int
rename_column(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2), *column = luaL_checkstring(L, 3);
    const char *to = luaL_checkstring(L, 4);

    machine_check(L, c->ops->rename_column(c->changes, table, column, to, c->g->m.err));
    track_rename_column(L, c->g, table, column, to);
    return 0;
}

static int
drop_column(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2), *column = luaL_checkstring(L, 3);

    machine_check(L, c->ops->drop_column(c->changes, table, column, c->g->m.err));
    track_drop_column(c->g, table, column);
    return 0;
}

static int
add_column(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2), *before = luaL_optstring(L, 4, NULL);
    struct pd_column column;

    describe_column(L, 3, NULL, &c->g->pool, &column);
    if (!*column.name)
        return luaL_error(L, "a new column of table '%s' does not say 'name'", table);
    return finish(L, c->ops->add_column(c->changes, table, &column, before, c->g->m.err));
}

static int
change_column(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2), *name = luaL_checkstring(L, 3);
    struct pd_column column;

    describe_column(L, 4, name, &c->g->pool, &column);
    return finish(L, c->ops->change_column(c->changes, table, name, &column, c->g->m.err));
}

static int
add_key(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2);
    const char **columns;
    struct pd_key key;
    size_t n;

    describe_key(L, 3, &c->g->pool, 0, &key, &columns, &n);
    return finish(L, c->ops->add_key(c->changes, table, &key, columns, c->g->m.err));
}

/* The list of names at index; NULL: there is none. */
static const char **
check_columns(lua_State *L, struct changes_call *c, int index, const char *what)
{
    size_t n;
    const char **columns;

    lua_newtable(L);
    lua_pushvalue(L, index);
    lua_setfield(L, -2, "columns");
    columns = check_texts(L, -1, what, "columns", &c->g->pool, &n);
    if (n == 0)
        luaL_error(L, "%s does not say its columns", what);
    return columns;
}

/* By its name, or by a list of its columns. */
static int
drop_key(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2);

    if (lua_istable(L, 3)) {
        const char **columns = check_columns(L, c, 3, "a key");

        if (!PD_HAS(struct pd_change_ops, c->ops, drop_key_on))
            return luaL_error(L, "this polydump drops keys by their names only");
        return finish(L, c->ops->drop_key_on(c->changes, table, columns, c->g->m.err));
    }
    return finish(L, c->ops->drop_key(c->changes, luaL_checkstring(L, 2),
                                      luaL_optstring(L, 3, NULL), c->g->m.err));
}

static int
add_foreign_key(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2);
    const char **columns;
    struct pd_foreign foreign;
    size_t n;

    describe_foreign(L, 3, &c->g->pool, &foreign, &columns, &n);
    return finish(L, c->ops->add_foreign(c->changes, table, &foreign, columns, c->g->m.err));
}

/* By its name, or by a list of its columns. */
static int
drop_foreign_key(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2), *name = NULL, **columns = NULL;

    if (lua_istable(L, 3))
        columns = check_columns(L, c, 3, "a foreign key");
    else
        name = luaL_checkstring(L, 3);
    return finish(L, c->ops->drop_foreign(c->changes, table, name, columns, c->g->m.err));
}

static int
add_check(lua_State *L)
{
    struct changes_call *c = check_db(L);
    const char *table = luaL_checkstring(L, 2);
    struct pd_check check;

    describe_check(L, 3, &c->g->pool, &check);
    return finish(L, c->ops->add_check(c->changes, table, &check, c->g->m.err));
}

/* By its name, or by {expression=}. */
static int
drop_check(lua_State *L)
{
    static const char *const members[] = {"expression", NULL};
    struct changes_call *c = check_db(L);

    if (lua_istable(L, 3)) {
        const char *table = luaL_checkstring(L, 2), *expression;

        check_members(L, 3, "a check", members);
        expression = check_wanted_text(L, 3, "a check", "expression");
        if (!PD_HAS(struct pd_change_ops, c->ops, drop_check_of))
            return luaL_error(L, "this polydump drops checks by their names only");
        return finish(L, c->ops->drop_check_of(c->changes, table, expression, c->g->m.err));
    }
    return finish(L, c->ops->drop_check(c->changes, luaL_checkstring(L, 2),
                                        luaL_optstring(L, 3, NULL), c->g->m.err));
}

static int
run_sql(lua_State *L)
{
    static const char *const whens[] = {"before", "after", NULL};
    struct changes_call *c = check_db(L);
    struct pd_statement statement = {.struct_size = sizeof statement,
                                     .engine = luaL_checkstring(L, 2),
                                     .when = PD_BEFORE_ROWS,
                                     .sql = luaL_checkstring(L, 4)};

    if (luaL_checkoption(L, 3, NULL, whens) == 1)
        statement.when = PD_AFTER_ROWS;
    return finish(L, c->ops->run_statement(c->changes, &statement, c->g->m.err));
}

static const luaL_Reg methods[] = {{"rename_table", rename_table},
                                   {"drop_table", drop_table},
                                   {"add_table", add_table},
                                   {"merge_table", merge_table},
                                   {"rename_column", rename_column},
                                   {"drop_column", drop_column},
                                   {"add_column", add_column},
                                   {"change_column", change_column},
                                   {"add_key", add_key},
                                   {"drop_key", drop_key},
                                   {"add_foreign_key", add_foreign_key},
                                   {"drop_foreign_key", drop_foreign_key},
                                   {"add_check", add_check},
                                   {"drop_check", drop_check},
                                   {"sql", run_sql},
                                   {NULL, NULL}};

static int
unknown_method(lua_State *L)
{
    const char *names[sizeof methods / sizeof *methods];
    const char *name = luaL_checkstring(L, 2);

    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 1;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        names[i] = methods[i].name;
    return luaL_error(L, "db has no method '%s'%s", name, check_nearest(L, name, names));
}

void
changes_push(lua_State *L, struct changes_call *call)
{
    static const luaL_Reg functions[] = {{NULL, NULL}};
    struct changes_thing *thing = lua_newuserdatauv(L, sizeof *thing, 0);

    thing->head.thing = THING_CHANGES;
    thing->call = call;
    thing_meta(L, functions, "db", functions);
    lua_rawgetp(L, LUA_REGISTRYINDEX, functions);
    luaL_newlib(L, methods);
    lua_pushcclosure(L, unknown_method, 1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    thing_set_meta(L, functions);
}

void
changes_end(lua_State *L, int index)
{
    struct changes_thing *thing = lua_touserdata(L, index);

    thing->call = NULL;
}
