// SPDX-License-Identifier: Apache-2.0
/* ddl_link - which columns of which tables a foreign key joins here, and by which keys: the server
   wants one that begins with its columns, in their order, on both sides. */
#include <stdio.h>
#include <string.h>

#include <polydump/joined.h>

#include "ddl.h"

/* ---- Columns ---- */

static const char *
find_columns(const struct pd_sink *sink, size_t table, const struct pd_foreign *f,
             struct ddl_link *link)
{
    const struct target_table *t = &sink->tables[table], *p;
    size_t i;

    link->parent = pd_foreign_parent(sink->catalog, table, f);
    if (f->n_columns == 0 || f->n_columns > DDL_MOST_LINKED)
        return "it has too many columns";
    if (link->parent == sink->catalog->n_tables)
        return sink->same && f->to_schema && *f->to_schema
                   ? "the table that it points to is one of another database"
                   : "the table that it points to is not made here: it was not there, it is one "
                     "partition of a table, or it is left out";
    p = &sink->tables[link->parent];
    link->n = f->n_columns;
    for (i = 0; i < f->n_columns; i++) {
        link->columns[i] = f->columns[i];
        link->to[i] = pd_foreign_parent_column(p->table, f, i);
        if (link->to[i] >= p->table->n_columns || !p->columns[link->to[i]].name)
            return "a column that it points to is not there";
        if (link->columns[i] >= t->table->n_columns || !t->columns[link->columns[i]].name)
            return "one of its columns is left out";
    }
    return NULL;
}

/* ---- The parent's key ---- */

static bool
has_part(const struct pd_key *key, size_t column)
{
    size_t i;

    for (i = 0; i < key->n_parts; i++) {
        if (pd_part_at(key, i)->column == (int32_t)column)
            return true;
    }
    return false;
}

/* Is the key one of just these columns, in any order? */
static bool
is_key_of(const struct pd_sink *sink, const struct ddl_link *link, size_t number)
{
    const struct pd_key *key = pd_key_at(sink->tables[link->parent].table, number);
    enum ddl_key_form form = ddl_key_form(sink, link->parent, number);
    size_t i;

    if (key->n_parts != link->n || (form != DDL_KEY_PRIMARY && form != DDL_KEY_UNIQUE))
        return false;
    for (i = 0; i < link->n; i++) {
        if (!has_part(key, link->to[i]))
            return false;
    }
    return true;
}

static void
take_order(struct ddl_link *link, const struct pd_key *key)
{
    struct ddl_link old = *link;
    size_t i, k;

    for (i = 0; i < link->n; i++) {
        for (k = 0; k < link->n; k++) {
            if (pd_part_at(key, i)->column != (int32_t)old.to[k])
                continue;
            link->columns[i] = old.columns[k];
            link->to[i] = old.to[k];
            link->is_reordered = link->is_reordered || i != k;
        }
    }
}

static const char *
find_key(const struct pd_sink *sink, struct ddl_link *link)
{
    const struct pd_table *p = sink->tables[link->parent].table;
    bool is_too_long = false;
    size_t i;

    for (i = 0; i < p->n_keys; i++) {
        if (is_key_of(sink, link, i)) {
            take_order(link, pd_key_at(p, i));
            return NULL;
        }
        is_too_long = is_too_long || ddl_key_form(sink, link->parent, i) == DDL_KEY_HASH;
    }
    return is_too_long ? "the key that it points to is one by a hash, since it is too long"
                       : "the columns that it points to are not unique";
}

static const char *
find_types(const struct pd_sink *sink, size_t table, const struct ddl_link *link)
{
    size_t i;

    for (i = 0; i < link->n; i++) {
        if (!map_can_join(sink->tables[table].columns[link->columns[i]].mapping,
                          sink->tables[link->parent].columns[link->to[i]].mapping))
            return "its columns have other types than those that they point to";
    }
    return NULL;
}

/* ---- The child's key ---- */

static bool
begins_with(const struct pd_sink *sink, size_t table, size_t number, const struct ddl_link *link)
{
    const struct pd_key *key = pd_key_at(sink->tables[table].table, number);
    enum ddl_key_form form = ddl_key_form(sink, table, number);
    size_t i;

    if (key->n_parts < link->n ||
        (form != DDL_KEY_PRIMARY && form != DDL_KEY_UNIQUE && form != DDL_KEY_INDEX))
        return false;
    for (i = 0; i < link->n; i++) {
        if (pd_part_at(key, i)->column != (int32_t)link->columns[i])
            return false;
    }
    return true;
}

static bool
has_index(const struct pd_sink *sink, size_t table, const struct ddl_link *link)
{
    size_t i;

    for (i = 0; i < sink->tables[table].table->n_keys; i++) {
        if (begins_with(sink, table, i, link))
            return true;
    }
    return false;
}

const char *
ddl_link(const struct pd_sink *sink, size_t table, size_t foreign, struct ddl_link *link)
{
    const struct pd_foreign *f = pd_foreign_at(sink->tables[table].table, foreign);
    const char *obstacle;

    memset(link, 0, sizeof *link);
    obstacle = find_columns(sink, table, f, link);
    /* Its own engine took it as it is, with whatever index it needs. */
    if (obstacle || sink->ddl->tables[table].is_native)
        return obstacle;
    if (!sink->same)
        obstacle = find_key(sink, link);
    if (!obstacle && !sink->same)
        obstacle = find_types(sink, table, link);
    link->needs_index = !obstacle && !has_index(sink, table, link);
    return obstacle;
}

void
ddl_put_support(const struct pd_sink *sink, size_t table, size_t foreign,
                const struct ddl_link *link, struct pd_sql *sql)
{
    size_t i;

    pd_sql_printf(sql, "KEY `" PASSIVE_FOREIGN_KEYS "%zu` (", foreign + 1);
    for (i = 0; i < link->n; i++) {
        pd_sql_add(sql, i ? ", " : "");
        my_name(sql, ddl_column(sink, table, link->columns[i]));
    }
    pd_sql_add(sql, ")");
}

/* ---- Rows that point nowhere ---- */

void
ddl_put_orphans(const struct ddl_orphans *o, struct pd_sql *sql)
{
    size_t i;

    pd_sql_add(sql, " FROM ");
    my_table(sql, o->child_schema, o->child);
    pd_sql_add(sql, " c WHERE (");
    for (i = 0; i < o->n; i++) {
        pd_sql_add(sql, !i ? "c." : o->full ? " OR c." : " AND c.");
        my_name(sql, o->from[i]);
        pd_sql_add(sql, " IS NOT NULL");
    }
    pd_sql_add(sql, ") AND NOT EXISTS (SELECT 1 FROM ");
    my_table(sql, o->parent_schema, o->parent);
    for (i = 0; i < o->n; i++) {
        pd_sql_add(sql, i ? " AND p." : " p WHERE p.");
        my_name(sql, o->to[i]);
        pd_sql_add(sql, " = c.");
        my_name(sql, o->from[i]);
    }
    pd_sql_add(sql, ")");
}

pd_status
ddl_count_orphans(struct pd_sink *sink, const struct ddl_orphans *orphans, long long *ret_n,
                  struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    bool is_null;
    pd_status status;

    pd_sql_add(&sql, "SELECT count(*)");
    ddl_put_orphans(orphans, &sql);
    status = attempt_count(sink, &sql, ret_n, &is_null, err);
    pd_sql_free(&sql);
    return status;
}
