// SPDX-License-Identifier: Apache-2.0
// describe - tables, columns, keys and checks as scripts describe them.
#include <stdlib.h>
#include <string.h>

#include "script.h"

static const char *const column_members[] = {
    "name",      "type",     "null",   "default", "default_now", "default_expression",
    "generated", "identity", "labels", "comment", NULL};
static const char *const table_members[] = {"name",    "schema",  "columns",      "primary_key",
                                            "unique",  "indexes", "foreign_keys", "checks",
                                            "comment", NULL};
static const char *const key_members[] = {"name", "columns", "kind", "where", NULL};
static const char *const foreign_members[] = {"name",       "columns",   "to",        "to_schema",
                                              "to_columns", "on_delete", "on_update", "deferrable",
                                              "deferred",   NULL};
static const char *const check_members_[] = {"name", "expression", NULL};
static const char *const actions[] = {"no action", "restrict",    "cascade",
                                      "set null",  "set default", NULL};
static const char *const key_kinds[] = {"", "primary", "unique", "index", NULL};

/* ---- Types ----------------------------------------------------------------------------------- */

/* "text(80)", "decimal(10,2)": what stands in the brackets. */
static bool
read_parameters(const char *at, struct pd_type *type)
{
    char *end;
    long long first = strtoll(at, &end, 10), second = 0;
    bool has_second = *end == ',';

    if (has_second)
        second = strtoll(end + 1, &end, 10);
    if (strcmp(end, ")") != 0 || first < 0 || first > INT32_MAX || second < INT16_MIN ||
        second > INT16_MAX)
        return false;
    switch (type->kind) {
    case PD_KIND_DECIMAL:
        type->precision = (int32_t)first;
        type->scale = (int32_t)second;
        return true;
    case PD_KIND_TIME:
    case PD_KIND_TIMETZ:
    case PD_KIND_TIMESTAMP:
    case PD_KIND_TIMESTAMPTZ:
        type->precision = (int32_t)first;
        return !has_second && first <= 6;
    case PD_KIND_MONEY:
        type->scale = (int32_t)first;
        return !has_second && first <= 18;
    case PD_KIND_TEXT:
    case PD_KIND_CHAR:
    case PD_KIND_BINARY:
    case PD_KIND_BIT:
    case PD_KIND_VARBIT:
        type->length = (uint64_t)first;
        return !has_second;
    default:
        return false;
    }
}

static bool
is_time(int kind)
{
    return kind == PD_KIND_TIME || kind == PD_KIND_TIMETZ || kind == PD_KIND_TIMESTAMP ||
           kind == PD_KIND_TIMESTAMPTZ || kind == PD_KIND_INTERVAL;
}

static void
read_type(lua_State *L, const char *what, const char *text, struct pd_type *type)
{
    size_t size = strcspn(text, "(");

    memset(type, 0, sizeof *type);
    type->struct_size = sizeof *type;
    type->kind = (uint16_t)kind_of_text(text, size);
    if (is_time(type->kind))
        type->precision = -1;
    if (type->kind == PD_KIND_NONE || type->kind == PD_KIND_ARRAY || type->kind == PD_KIND_OPAQUE ||
        (text[size] && !read_parameters(text + size + 1, type)))
        luaL_error(L,
                   "%s has the type '%s', which is none; types are as in text(80), "
                   "decimal(10,2), int64, timestamp, see doc/types.md",
                   what, text);
    if (type->kind == PD_KIND_MONEY && !text[size])
        luaL_error(L,
                   "%s has the type 'money' without its digits behind the point: money(2) has "
                   "cents, money(0) has none",
                   what);
}

/* ---- Defaults -------------------------------------------------------------------------------- */

/* A literal on top of the stack. */
static void
read_literal(lua_State *L, const char *what, struct pd_pool *pool, struct pd_column *column)
{
    const struct pd_host *host = machine_of(L)->host;
    char real[32];
    size_t size;
    const char *text;
    int type = lua_type(L, -1), tag = PD_TAG_TEXT;

    if (type == LUA_TBOOLEAN) {
        tag = PD_TAG_INT;
        lua_pushstring(L, lua_toboolean(L, -1) ? "1" : "0");
    } else if (type == LUA_TNUMBER && lua_isinteger(L, -1)) {
        tag = PD_TAG_INT;
        luaL_tolstring(L, -1, NULL);
    } else if (type == LUA_TNUMBER) {
        tag = PD_TAG_REAL;
        lua_pushlstring(L, real, host->real_text(lua_tonumber(L, -1), real));
    } else if (type == LUA_TSTRING || thing_at(L, -1) == THING_BYTES ||
               thing_at(L, -1) == THING_DECIMAL) {
        tag = thing_at(L, -1) == THING_BYTES ? PD_TAG_BYTES : PD_TAG_TEXT;
        tag = thing_at(L, -1) == THING_DECIMAL ? PD_TAG_REAL : tag;
        luaL_tolstring(L, -1, NULL);
    } else {
        luaL_error(L, "the default of %s is %s, not a value", what, luaL_typename(L, -1));
    }
    text = lua_tolstring(L, -1, &size);
    if (tag == PD_TAG_REAL && !strchr(text, '.'))
        tag = PD_TAG_INT; /* a decimal without a point */
    column->default_kind = PD_DEFAULT_LITERAL;
    column->default_tag = (uint16_t)tag;
    column->default_size = (uint32_t)size;
    column->default_text = pd_pool_copy(pool, text, size);
    if (!column->default_text)
        machine_no_memory(L);
    lua_pop(L, 1);
}

static void
read_default(lua_State *L, int index, const char *what, struct pd_pool *pool,
             struct pd_column *column)
{
    static const int now_kinds[PD_KIND_COUNT_] = {[PD_KIND_DATE] = PD_DEFAULT_TODAY,
                                                  [PD_KIND_TIME] = PD_DEFAULT_CLOCK,
                                                  [PD_KIND_TIMETZ] = PD_DEFAULT_CLOCK,
                                                  [PD_KIND_TIMESTAMP] = PD_DEFAULT_NOW,
                                                  [PD_KIND_TIMESTAMPTZ] = PD_DEFAULT_NOW};
    const char *expression = check_text(L, index, what, "default_expression");

    if (check_flag(L, index, what, "default_now", false)) {
        column->default_kind = (uint16_t)now_kinds[column->type.kind];
        if (!column->default_kind)
            luaL_error(L, "'default_now' of %s: it is no date or time", what);
    }
    if (expression) {
        column->default_kind = PD_DEFAULT_EXPRESSION;
        column->default_text = check_copy(L, pool, expression);
        column->default_size = (uint32_t)strlen(expression);
    }
    lua_pushliteral(L, "default");
    lua_rawget(L, index);
    if (thing_at(L, -1) == THING_NULL)
        column->default_kind = PD_DEFAULT_NULL;
    else if (!lua_isnil(L, -1))
        read_literal(L, what, pool, column);
    lua_pop(L, 1);
}

/* ---- Columns --------------------------------------------------------------------------------- */

static bool
says(lua_State *L, int index, const char *name)
{
    int type;

    lua_pushstring(L, name);
    type = lua_rawget(L, index);
    lua_pop(L, 1);
    return type != LUA_TNIL;
}

/* Without a type a column keeps the one that it has, and all that is not said; but then it has to
   be said whether it may be NULL, and nothing that only a type can say. */
static void
check_typeless(lua_State *L, int index, const char *what)
{
    static const char *const typed[] = {"generated", "identity", "labels", "default_now", NULL};

    if (!says(L, index, "null"))
        luaL_error(L, "%s says neither 'type' nor 'null', which is what becomes of it", what);
    for (size_t i = 0; typed[i]; i++) {
        if (says(L, index, typed[i]))
            luaL_error(L, "%s says '%s' and not 'type', which goes with it", what, typed[i]);
    }
}

void
describe_column(lua_State *L, int index, const char *changed, struct pd_pool *pool,
                struct pd_column *ret_column)
{
    struct pd_column *c = ret_column;
    const char *generated, *what, *name;

    index = lua_absindex(L, index);
    check_members(L, index, "a column", column_members);
    memset(c, 0, sizeof *c);
    c->struct_size = sizeof *c;
    c->counter.struct_size = sizeof c->counter;
    name = check_text(L, index, "a column", "name");
    c->name = check_copy(L, pool, name ? name : "");
    what = check_copy(L, pool, lua_pushfstring(L, "column '%s'", changed ? changed : c->name));
    lua_pop(L, 1);
    if (changed && !check_text(L, index, what, "type"))
        check_typeless(L, index, what);
    else
        read_type(L, what, check_wanted_text(L, index, what, "type"), &c->type);
    c->type.struct_size = sizeof c->type;
    c->hint.struct_size = sizeof c->hint;
    c->native = "";
    c->type.labels = check_texts(L, index, what, "labels", pool, &c->type.n_labels);
    c->flags = check_flag(L, index, what, "null", true) ? 0 : PD_COLUMN_NOT_NULL;
    c->comment = check_copy(L, pool, check_text(L, index, what, "comment"));
    generated = check_text(L, index, what, "generated");
    if (generated) {
        c->generated = PD_GENERATED_STORED;
        c->expression = check_copy(L, pool, generated);
    }
    if (check_flag(L, index, what, "identity", false)) {
        c->identity = PD_IDENTITY_DEFAULT;
        if (!changed)
            c->counter.next = c->counter.increment = 1;
    } else if (changed && !says(L, index, "identity")) {
        c->flags |= PD_COLUMN_SAME_COUNTER;
    }
    read_default(L, index, what, pool, c);
}

/* ---- Keys and checks ------------------------------------------------------------------------- */

static int
find_word(lua_State *L, const char *what, const char *word, const char *const *words)
{
    int i = 0;

    while (words[i] && strcmp(words[i], word) != 0)
        i++;
    if (!words[i])
        luaL_error(L, "%s: there is no '%s'%s", what, word, check_nearest(L, word, words));
    return i;
}

/* kind 0: the description says it. A list of names alone is a key, too. */
void
describe_key(lua_State *L, int index, struct pd_pool *pool, int kind, struct pd_key *ret_key,
             const char ***ret_columns, size_t *ret_n)
{
    const char *word;

    index = lua_absindex(L, index);
    check_members(L, index, "a key", key_members);
    memset(ret_key, 0, sizeof *ret_key);
    ret_key->struct_size = sizeof *ret_key;
    ret_key->part_size = sizeof(struct pd_key_part);
    ret_key->name = check_copy(L, pool, check_text(L, index, "a key", "name"));
    word = check_text(L, index, "a key", "kind");
    if (!kind)
        kind = word ? find_word(L, "kind of a key", word, key_kinds) : PD_KEY_INDEX;
    ret_key->kind = (uint16_t)kind;
    ret_key->predicate = check_copy(L, pool, check_text(L, index, "a key", "where"));
    if (kind != PD_KEY_INDEX && !ret_key->predicate)
        ret_key->flags = PD_KEY_CONSTRAINT;
    *ret_columns = check_texts(L, index, "a key", "columns", pool, ret_n);
    if (*ret_n == 0)
        luaL_error(L, "a key does not say 'columns'");
}

static uint16_t
read_action(lua_State *L, int index, const char *name)
{
    const char *word = check_text(L, index, "a foreign key", name);

    return word ? (uint16_t)find_word(L, name, word, actions) : (uint16_t)PD_ACTION_NONE;
}

void
describe_foreign(lua_State *L, int index, struct pd_pool *pool, struct pd_foreign *ret_foreign,
                 const char ***ret_columns, size_t *ret_n)
{
    struct pd_foreign *f = ret_foreign;
    size_t n_to;

    index = lua_absindex(L, index);
    check_members(L, index, "a foreign key", foreign_members);
    memset(f, 0, sizeof *f);
    f->struct_size = sizeof *f;
    f->name = check_copy(L, pool, check_text(L, index, "a foreign key", "name"));
    f->to_schema = check_copy(L, pool, check_text(L, index, "a foreign key", "to_schema"));
    f->to_table = check_copy(L, pool, check_wanted_text(L, index, "a foreign key", "to"));
    f->to_columns = check_texts(L, index, "a foreign key", "to_columns", pool, &n_to);
    f->on_delete = read_action(L, index, "on_delete");
    f->on_update = read_action(L, index, "on_update");
    if (check_flag(L, index, "a foreign key", "deferrable", false))
        f->flags |= PD_FOREIGN_DEFERRABLE;
    if (check_flag(L, index, "a foreign key", "deferred", false))
        f->flags |= PD_FOREIGN_DEFERRABLE | PD_FOREIGN_DEFERRED;
    *ret_columns = check_texts(L, index, "a foreign key", "columns", pool, ret_n);
    if (*ret_n == 0)
        luaL_error(L, "a foreign key does not say 'columns'");
}

void
describe_check(lua_State *L, int index, struct pd_pool *pool, struct pd_check *ret_check)
{
    index = lua_absindex(L, index);
    check_members(L, index, "a check", check_members_);
    memset(ret_check, 0, sizeof *ret_check);
    ret_check->struct_size = sizeof *ret_check;
    ret_check->name = check_copy(L, pool, check_text(L, index, "a check", "name"));
    ret_check->expression =
        check_copy(L, pool, check_wanted_text(L, index, "a check", "expression"));
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static uint32_t
column_number(lua_State *L, const struct pd_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcmp(pd_column_at(table, i)->name, name) == 0)
            return (uint32_t)i;
    }
    luaL_error(L, "table '%s' has no column '%s' for its key", table->name, name);
    return PD_NO_COLUMN;
}

static void
set_parts(lua_State *L, struct pd_pool *pool, const struct pd_table *table, struct pd_key *key,
          const char **columns, size_t n)
{
    struct pd_key_part *parts = check_alloc(L, pool, (n + 1) * sizeof *parts);

    for (size_t i = 0; i < n; i++) {
        parts[i].struct_size = sizeof parts[i];
        parts[i].column = (int32_t)column_number(L, table, columns[i]);
    }
    key->parts = parts;
    key->n_parts = n;
}

/* Pushes the list that is a member of the table at index; how long it is. */
static size_t
push_list(lua_State *L, int index, const char *name)
{
    int type;

    lua_pushstring(L, name);
    type = lua_rawget(L, index);
    if (type != LUA_TNIL && type != LUA_TTABLE)
        luaL_error(L, "'%s' of a table is %s, not a list", name, luaL_typename(L, -1));
    return type == LUA_TTABLE ? (size_t)lua_rawlen(L, -1) : 0;
}

/* A list of keys behind those that are there. */
static size_t
add_keys(lua_State *L, int index, struct pd_pool *pool, const char *name, int kind,
         const struct pd_table *table, struct pd_key *keys)
{
    size_t n = push_list(L, index, name);

    for (size_t i = 0; i < n && keys; i++) {
        const char **columns;
        size_t n_columns;

        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        describe_key(L, -1, pool, kind, &keys[i], &columns, &n_columns);
        set_parts(L, pool, table, &keys[i], columns, n_columns);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return n;
}

static void
read_keys(lua_State *L, int index, struct pd_pool *pool, struct pd_table *table)
{
    size_t n_primary, n_unique = add_keys(L, index, pool, "unique", PD_KEY_UNIQUE, table, NULL);
    size_t n_indexes = add_keys(L, index, pool, "indexes", PD_KEY_INDEX, table, NULL);
    const char **primary = check_texts(L, index, "a table", "primary_key", pool, &n_primary);
    struct pd_key *keys = check_alloc(L, pool, (1 + n_unique + n_indexes) * sizeof *keys);
    size_t n = 0;

    if (n_primary) {
        keys[0] = (struct pd_key){.struct_size = sizeof keys[0],
                                  .kind = PD_KEY_PRIMARY,
                                  .flags = PD_KEY_CONSTRAINT,
                                  .part_size = sizeof(struct pd_key_part)};
        set_parts(L, pool, table, &keys[n++], primary, n_primary);
    }
    n += add_keys(L, index, pool, "unique", PD_KEY_UNIQUE, table, keys + n);
    n += add_keys(L, index, pool, "indexes", PD_KEY_INDEX, table, keys + n);
    table->keys = keys;
    table->n_keys = n;
    table->key_size = sizeof *keys;
}

static void
read_foreigns(lua_State *L, int index, struct pd_pool *pool, struct pd_table *table)
{
    size_t n = push_list(L, index, "foreign_keys");
    struct pd_foreign *foreigns = check_alloc(L, pool, (n + 1) * sizeof *foreigns);

    for (size_t i = 0; i < n; i++) {
        const char **columns;
        size_t n_columns;
        uint32_t *numbers;

        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        describe_foreign(L, -1, pool, &foreigns[i], &columns, &n_columns);
        numbers = check_alloc(L, pool, n_columns * sizeof *numbers);
        for (size_t k = 0; k < n_columns; k++)
            numbers[k] = column_number(L, table, columns[k]);
        foreigns[i].columns = numbers;
        foreigns[i].n_columns = n_columns;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    table->foreigns = foreigns;
    table->n_foreigns = n;
    table->foreign_size = sizeof *foreigns;
}

static void
read_checks(lua_State *L, int index, struct pd_pool *pool, struct pd_table *table)
{
    size_t n = push_list(L, index, "checks");
    struct pd_check *checks = check_alloc(L, pool, (n + 1) * sizeof *checks);

    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        describe_check(L, -1, pool, &checks[i]);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    table->checks = checks;
    table->n_checks = n;
    table->check_size = sizeof *checks;
}

void
describe_table(lua_State *L, int index, struct pd_pool *pool, struct pd_table *ret_table)
{
    struct pd_table *t = ret_table;
    struct pd_column *columns;
    size_t n;

    index = lua_absindex(L, index);
    check_members(L, index, "a table", table_members);
    memset(t, 0, sizeof *t);
    t->struct_size = sizeof *t;
    t->schema = check_copy(L, pool, check_text(L, index, "a table", "schema"));
    t->name = check_copy(L, pool, check_wanted_text(L, index, "a table", "name"));
    t->comment = check_copy(L, pool, check_text(L, index, "a table", "comment"));
    n = push_list(L, index, "columns");
    if (n == 0)
        luaL_error(L, "table '%s' does not say 'columns'", t->name);
    columns = check_alloc(L, pool, n * sizeof *columns);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        describe_column(L, -1, NULL, pool, &columns[i]);
        if (!*columns[i].name)
            luaL_error(L, "a column of table '%s' does not say 'name'", t->name);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    t->columns = columns;
    t->n_columns = n;
    t->column_size = sizeof *columns;
    read_keys(L, index, pool, t);
    read_foreigns(L, index, pool, t);
    read_checks(L, index, pool, t);
}
