// SPDX-License-Identifier: Apache-2.0
/* map_same - types of the same engine: as its own statement has them, once that was compared with
   what the catalogue says of its columns. */
#include <string.h>

#include "map.h"

enum { VERSION_SRID = 80003 }; /* of MySQL */

/* ---- Spelling ---- */

static bool
is_text_type(const struct passive_column *c)
{
    return c->facts.charset != NULL;
}

void
map_put_srid(const struct my *my, uint32_t srid, struct pd_sql *sql)
{
    if (!my || my->is_mariadb)
        pd_sql_printf(sql, " REF_SYSTEM_ID=%u", srid);
    else if (my->version >= VERSION_SRID)
        pd_sql_printf(sql, " SRID %u", srid);
}

static void
put_spelling(const struct my *my, const struct passive_column *c, uint32_t srid, struct pd_sql *sql)
{
    pd_sql_bytes(sql, c->type.at, c->type.size);
    if (is_text_type(c))
        pd_sql_printf(sql, " CHARACTER SET %s", c->facts.charset);
    if (is_text_type(c) && c->collation)
        pd_sql_printf(sql, " COLLATE %s", map_collation(my, c->collation));
    if (srid)
        map_put_srid(my, srid, sql);
}

pd_status
map_spell(const struct my *my, const struct passive_column *c, uint32_t srid, struct pd_pool *pool,
          struct map_spelled *ret_spelled, struct pd_type *ret_type)
{
    struct my_type_facts facts = c->facts;
    struct target_column column = {.name = NULL};
    struct pd_sql sql = {.host = pool->host};
    pd_status status;

    facts.srid = srid;
    memset(ret_spelled, 0, sizeof *ret_spelled);
    status = my_type_read(&facts, ret_type, &ret_spelled->form, pool);
    if (status == PD_FATAL)
        return status;
    put_spelling(my, c, srid, &sql);
    ret_spelled->native = pd_sql_text(&sql) ? pd_pool_text(pool, sql.text) : NULL;
    pd_sql_free(&sql);
    if (ret_spelled->form == MY_FORM_RAW)
        ret_spelled->raw_charset = facts.charset;
    map_form(ret_type, &column);
    ret_spelled->size = column.size;
    ret_spelled->is_unsigned = column.is_unsigned;
    return ret_spelled->native ? PD_OK : PD_FATAL;
}

pd_status
map_spell_native(const struct my *my, const struct pd_column *column, struct pd_pool *pool,
                 struct map_spelled *ret_spelled, struct pd_type *ret_type)
{
    struct pd_sql sql = {.host = pool->host};
    const char *text;
    struct passive p;

    if (!column->native || !*column->native)
        return PD_UNSUPPORTED;
    pd_sql_printf(&sql, "CREATE TABLE `t` (`c` %s", column->native);
    if (column->collation_native)
        pd_sql_printf(&sql, " COLLATE %s", column->collation_native);
    pd_sql_printf(&sql, ") DEFAULT CHARSET=utf8mb4 COLLATE=%s",
                  my && !my->is_mariadb ? "utf8mb4_0900_bin" : "utf8mb4_nopad_bin");
    /* What it was taken apart of has to live as long as the parts. */
    text = pd_sql_text(&sql) ? pd_pool_text(pool, sql.text) : NULL;
    pd_sql_free(&sql);
    if (!text)
        return PD_FATAL;
    if (!passive_read(text, pool, &p) || p.n_columns != 1)
        return PD_UNSUPPORTED;
    return map_spell(my, &p.columns[0], column->type.srid, pool, ret_spelled, ret_type);
}

/* ---- Is the statement what it is said to be? ---- */

static const struct passive_column *
find_column(const struct passive *p, const char *name, size_t near)
{
    size_t i;

    if (near < p->n_columns && strcmp(p->columns[near].name, name) == 0)
        return &p->columns[near];
    for (i = 0; i < p->n_columns; i++) {
        if (strcmp(p->columns[i].name, name) == 0)
            return &p->columns[i];
    }
    return NULL;
}

static bool
has_column(const struct pd_table *t, const char *name)
{
    size_t i;

    for (i = 0; i < t->n_columns; i++) {
        if (strcmp(pd_column_at(t, i)->name, name) == 0)
            return true;
    }
    return false;
}

/* Since when a row is there, and until when, of a versioned table that does not show it. */
static bool
is_bound(const struct pd_column *column, const struct passive *p)
{
    return p->is_versioned && column->flags & PD_COLUMN_PASSENGER &&
           column->type.kind == PD_KIND_TIMESTAMPTZ;
}

/* *ret_agrees: the columns of both are the same, and of the same kinds. */
static pd_status
compare(const struct pd_table *t, const struct passive *p, struct pd_pool *pool, bool *ret_agrees)
{
    struct map_spelled spelled;
    struct pd_type type;
    size_t i;

    *ret_agrees = false;
    for (i = 0; i < t->n_columns; i++) {
        const struct pd_column *column = pd_column_at(t, i);
        const struct passive_column *c = find_column(p, column->name, i);

        if (!c && is_bound(column, p))
            continue;
        if (!c)
            return PD_OK;
        if (map_spell(NULL, c, column->type.srid, pool, &spelled, &type) != PD_OK)
            return PD_FATAL;
        if (type.kind != column->type.kind || (column->generated && !c->is_generated))
            return PD_OK;
    }
    for (i = 0; i < p->n_columns; i++) {
        if (!p->columns[i].is_period && !has_column(t, p->columns[i].name))
            return PD_OK;
    }
    *ret_agrees = strcmp(p->name, t->name) == 0;
    return PD_OK;
}

pd_status
map_native(const struct pd_sink *sink, const struct pd_load *load, size_t table,
           struct pd_pool *pool, struct passive *ret_passive, const char **ret_why)
{
    const struct pd_table *t = pd_table_at(load->catalog, table);
    bool is_asked = load->flags & PD_LOAD_NATIVE, agrees = false;
    pd_status status;

    *ret_why = NULL;
    if (!(load->flags & PD_LOAD_SAME_ENGINE) || !t->native_sql || t->owner)
        return PD_UNSUPPORTED;
    if (sink->my && !sink->my->is_mariadb) {
        *ret_why = "the server is not MariaDB";
        return PD_UNSUPPORTED;
    }
    if (!is_asked && t->flags & PD_TABLE_ACTIVE_SQL) {
        *ret_why = "it is made as it was with --native only";
        return PD_UNSUPPORTED;
    }
    if (!(is_asked ? passive_read_any : passive_read)(t->native_sql, pool, ret_passive)) {
        *ret_why = !is_asked && passive_read_any(t->native_sql, pool, ret_passive)
                       ? "its own statement has what is not known to run nothing, and is made as "
                         "it was with --native only"
                       : "its own statement is not understood";
        return PD_UNSUPPORTED;
    }
    status = compare(t, ret_passive, pool, &agrees);
    if (status != PD_OK)
        return my_no_memory(sink->host, NULL);
    *ret_why = "its own statement says something else than its columns";
    return agrees ? PD_OK : PD_UNSUPPORTED;
}

/* ---- Mappings ---- */

/* MySQL's type: what comes from there has the form that the server gives JSON already. */
static bool
is_own_json(const struct map *map, const struct pd_column *column)
{
    return map->sink->my && !map->sink->my->is_mariadb && column->type.kind == PD_KIND_JSON &&
           column->native && strcmp(column->native, "json") == 0;
}

/* Without its own statement: its own spelling, or what stands for its kind. */
static pd_status
map_column(struct map *map, const struct pd_column *column, struct pd_mapping *m)
{
    struct map_spelled spelled;
    struct pd_type type;
    pd_status status = map_spell_native(map->sink->my, column, &map->sink->pool, &spelled, &type);

    if (status != PD_FATAL && is_own_json(map, column)) {
        memset(m, 0, sizeof *m);
        m->as = column->type;
        m->native = "json";
        return PD_OK;
    }
    if (status == PD_OK && type.kind == column->type.kind) {
        memset(m, 0, sizeof *m);
        m->as = column->type;
        m->native = spelled.native;
        return PD_OK;
    }
    if (status == PD_FATAL)
        return my_no_memory(map->sink->host, map->err);
    status = map_kind(map, column, NULL, /* without_hint= */ true, m);
    m->flags &= ~(uint32_t)PD_MAPPING_GUESS;
    if (status == PD_OK && map_is_sized(m))
        m->native = m->as.kind == PD_KIND_BINARY ? "longblob" : "longtext";
    /* Text that is none is written as bytes of its own character set. */
    if (m->as.kind == column->type.kind)
        m->as = column->type;
    return status;
}

static pd_status
map_replayed(struct map *map, const struct pd_column *column, const struct passive_column *c,
             struct pd_mapping *m)
{
    struct map_spelled spelled;
    struct pd_type type;

    memset(m, 0, sizeof *m);
    m->as = column->type;
    m->native = "timestamp(6)";
    if (!c)
        return PD_OK;
    if (map_spell(map->sink->my, c, column->type.srid, &map->sink->pool, &spelled, &type) != PD_OK)
        return my_no_memory(map->sink->host, map->err);
    m->native = spelled.native;
    return PD_OK;
}

static pd_status
map_table(struct map *map, size_t table)
{
    const struct pd_table *t = pd_table_at(map->catalog, table);
    struct pd_pool pool = {.host = map->sink->host};
    struct passive p;
    const char *why;
    pd_status status = map_native(map->sink, map->load, table, &pool, &p, &why);
    bool is_replayed = status == PD_OK;
    size_t i;

    if (status == PD_UNSUPPORTED)
        status = PD_OK;
    for (i = 0; i < t->n_columns && status == PD_OK; i++) {
        const struct pd_column *column = pd_column_at(t, i);
        struct pd_mapping *m = &map->mappings[map->first[table] + i];

        if (column->flags & PD_COLUMN_NEUTRAL)
            status = map_new(map, table, i);
        else if (is_replayed && !(column->flags & PD_COLUMN_PASSENGER))
            status = map_replayed(map, column, find_column(&p, column->name, i), m);
        else
            status = map_column(map, column, m);
    }
    pd_pool_close(&pool);
    return status;
}

/* Numbers past the check of a tinyint(1) are written as they were read. */
static void
keep_numbers(struct map *map, size_t table)
{
    const struct pd_table *t = pd_table_at(map->catalog, table);
    size_t i;

    for (i = 0; i < t->n_columns; i++) {
        struct pd_mapping *m = &map->mappings[map->first[table] + i];

        if (pd_column_at(t, i)->type.kind == PD_KIND_BOOL && m->as.kind == PD_KIND_BOOL &&
            strncmp(m->native, "tinyint(1)", 10) == 0)
            m->as.kind = PD_KIND_NONE;
    }
}

pd_status
map_same(struct map *map)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < map->catalog->n_tables && status == PD_OK; i++)
        status = map_table(map, i);
    if (status == PD_OK)
        status = map_sizes(map);
    for (i = 0; i < map->catalog->n_tables && status == PD_OK; i++)
        keep_numbers(map, i);
    map_tell_collations(map);
    return status;
}
