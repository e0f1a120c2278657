// SPDX-License-Identifier: Apache-2.0
/* foreign - foreign keys of tables that are made from the neutral schema. They stand in CREATE
   TABLE, since SQLite cannot add them later. */
#include <string.h>

#include "orphans.h"

static bool
same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static const struct sink_table *
find_table(const struct pd_sink *sink, const char *schema, const char *name,
           bool (*same_name)(const char *a, const char *b))
{
    size_t i;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct pd_table *table = sink->tables[i].table;

        if (same_text(table->schema, schema) && same_name(table->name, name))
            return &sink->tables[i];
    }
    return NULL;
}

/* SQLite itself may have spelt the name in another case; others mean the one they say. */
static const struct sink_table *
find_parent(const struct pd_sink *sink, const struct pd_table *child,
            const struct pd_foreign *foreign)
{
    const char *schema = foreign->to_schema ? foreign->to_schema : child->schema;
    const struct sink_table *exact = find_table(sink, schema, foreign->to_table, same_text);

    return exact ? exact : find_table(sink, schema, foreign->to_table, sqlite_same_name);
}

/* What a column of the parent is called in the target. */
static const char *
parent_column(const struct pd_sink *sink, const struct sink_table *parent, const char *name)
{
    const struct pd_table *source = pd_table_at(sink->catalog, (size_t)(parent - sink->tables));
    size_t i;

    for (i = 0; i < source->n_columns; i++) {
        if (strcmp(pd_column_at(source, i)->name, name) == 0)
            return pd_column_at(parent->table, i)->name;
    }
    return name;
}

static bool
key_has_column(const struct pd_table *table, const struct pd_key *key, const char *name)
{
    size_t i;

    for (i = 0; i < key->n_parts; i++) {
        int32_t column = pd_part_at(key, i)->column;

        if (column >= 0 && sqlite_same_name(pd_column_at(table, (size_t)column)->name, name))
            return true;
    }
    return false;
}

/* A key over exactly these columns, which SQLite wants of the parent whenever a row is written. */
static bool
parent_is_unique(const struct pd_sink *sink, const struct sink_table *parent,
                 const struct pd_foreign *foreign)
{
    size_t i, k, n;

    for (k = 0; k < parent->table->n_keys; k++) {
        const struct pd_key *key = pd_key_at(parent->table, k);

        if (key->kind == PD_KEY_INDEX || key->predicate || key->predicate_native ||
            key->n_parts != foreign->n_columns || key->flags & PD_KEY_NATIVE_ONLY)
            continue;
        if (!foreign->to_columns) {
            if (key->kind == PD_KEY_PRIMARY)
                return true;
            continue;
        }
        for (i = 0, n = 0; i < foreign->n_columns; i++)
            n += key_has_column(parent->table, key,
                                parent_column(sink, parent, foreign->to_columns[i]));
        if (n == foreign->n_columns)
            return true;
    }
    return false;
}

static void
put_columns(sqlite3_str *sql, const struct pd_table *table, const struct pd_foreign *foreign)
{
    size_t i;

    for (i = 0; i < foreign->n_columns; i++) {
        sqlite3_str_appendall(sql, i ? ", " : "(");
        sqlite_put_name(sql, pd_column_at(table, foreign->columns[i])->name);
    }
    sqlite3_str_appendall(sql, ")");
}

static void
put_action(sqlite3_str *sql, const char *when, uint16_t action)
{
    static const char *const actions[] = {
        [PD_ACTION_RESTRICT] = "RESTRICT",
        [PD_ACTION_CASCADE] = "CASCADE",
        [PD_ACTION_SET_NULL] = "SET NULL",
        [PD_ACTION_SET_DEFAULT] = "SET DEFAULT",
    };

    if (action < sizeof actions / sizeof *actions && actions[action])
        sqlite3_str_appendf(sql, " %s %s", when, actions[action]);
}

static void
put_foreign(const struct pd_sink *sink, sqlite3_str *sql, const struct pd_table *table,
            const struct pd_foreign *foreign, const struct sink_table *parent)
{
    size_t i;

    sqlite3_str_appendall(sql, ",\n  ");
    if (foreign->name) {
        sqlite3_str_appendall(sql, "CONSTRAINT ");
        sqlite_put_name(sql, foreign->name);
        sqlite3_str_appendall(sql, " ");
    }
    sqlite3_str_appendall(sql, "FOREIGN KEY ");
    put_columns(sql, table, foreign);
    sqlite3_str_appendall(sql, " REFERENCES ");
    sqlite_put_name(sql, parent ? parent->name : foreign->to_table);
    for (i = 0; foreign->to_columns && i < foreign->n_columns; i++) {
        sqlite3_str_appendall(sql, i ? ", " : " (");
        sqlite_put_name(sql, parent ? parent_column(sink, parent, foreign->to_columns[i])
                                    : foreign->to_columns[i]);
    }
    if (foreign->to_columns)
        sqlite3_str_appendall(sql, ")");
    put_action(sql, "ON UPDATE", foreign->on_update);
    put_action(sql, "ON DELETE", foreign->n_set_columns ? PD_ACTION_NONE : foreign->on_delete);
    if (foreign->flags & PD_FOREIGN_MATCH_FULL)
        sqlite3_str_appendall(sql, " MATCH FULL");
    if (foreign->flags & PD_FOREIGN_DEFERRABLE)
        sqlite3_str_appendf(sql, " DEFERRABLE%s",
                            foreign->flags & PD_FOREIGN_DEFERRED ? " INITIALLY DEFERRED" : "");
}

/* A name to speak of it: its own, or its first column's. */
static const char *
foreign_label(const struct pd_table *table, const struct pd_foreign *foreign)
{
    if (foreign->name)
        return foreign->name;
    return foreign->n_columns ? pd_column_at(table, foreign->columns[0])->name : "";
}

static bool
columns_are_there(struct pd_sink *sink, const struct pd_table *table,
                  const struct pd_foreign *foreign)
{
    size_t i;

    for (i = 0; i < foreign->n_columns; i++) {
        if (!ddl_has_column(sink, table, pd_column_at(table, foreign->columns[i])))
            return false;
    }
    return true;
}

static const char *
foreign_obstacle(struct pd_sink *sink, const struct pd_table *table,
                 const struct pd_foreign *foreign, const struct sink_table *parent)
{
    if (!columns_are_there(sink, table, foreign))
        return "one of its columns is left out";
    if (sink->same)
        return NULL;
    if (!parent)
        return "what it points to is no table here: it is one partition of a table, or it is "
               "left out";
    if (!parent_is_unique(sink, parent, foreign))
        return "the columns that it points to are not unique";
    return NULL;
}

/* What SQLite reads and forgets. */
static void
say_lost_properties(struct pd_sink *sink, size_t number, size_t i, const char *label)
{
    const struct sink_table *t = &sink->tables[number];
    const struct pd_foreign *foreign = pd_foreign_at(t->table, i);

    if (sink->same)
        return;
    if (foreign->flags & PD_FOREIGN_MATCH_FULL)
        sink_leave_out(sink, PD_PART_FOREIGN, (uint32_t)number, (uint32_t)i,
                       "foreign key '%s' of '%s': MATCH FULL is not enforced", label, t->name);
    if (foreign->n_set_columns)
        sink_leave_out(sink, PD_PART_FOREIGN, (uint32_t)number, (uint32_t)i,
                       "foreign key '%s' of '%s': ON DELETE for some of its columns only", label,
                       t->name);
    if (foreign->flags & PD_FOREIGN_NOT_VALIDATED)
        sink_leave_out(sink, PD_PART_FOREIGN, (uint32_t)number, (uint32_t)i,
                       "foreign key '%s' of '%s': that rows may break it is not kept", label,
                       t->name);
}

pd_status
foreign_write(struct pd_sink *sink, size_t number, sqlite3_str *sql, struct pd_error *err)
{
    const struct sink_table *t = &sink->tables[number];
    size_t i;

    for (i = 0; i < t->table->n_foreigns; i++) {
        const struct pd_foreign *foreign = pd_foreign_at(t->table, i);
        const struct sink_table *parent = find_parent(sink, t->table, foreign);
        const char *label = foreign_label(t->table, foreign);
        const char *obstacle = foreign_obstacle(sink, t->table, foreign, parent);

        if (obstacle) {
            sink_leave_out(sink, PD_PART_FOREIGN, (uint32_t)number, (uint32_t)i,
                           "foreign key '%s' of '%s': %s", label, t->name, obstacle);
            continue;
        }
        put_foreign(sink, sql, t->table, foreign, parent);
        say_lost_properties(sink, number, i, label);
    }
    return PD_OK;
}

/* ---- Rows that break one ---- */

/* Is it the step's that they do, or the source's? */
static bool
is_left_out(const struct pd_sink *sink, const struct sink_table *t, const struct sink_table *parent)
{
    return broken_is_left_out(sink, t) || broken_is_left_out(sink, parent);
}

static pd_status
tell_link(struct pd_sink *sink, size_t number, size_t i, const struct orphans_link *link,
          struct pd_error *err)
{
    const struct sink_table *t = &sink->tables[number];
    const struct pd_foreign *foreign = pd_foreign_at(t->table, i);
    const struct sink_table *parent = find_parent(sink, t->table, foreign);
    char key[ORPHANS_KEY];
    struct broken broken = {
        .part = PD_PART_FOREIGN,
        .table = (uint32_t)number,
        .number = (uint32_t)i,
        .first = key,
        .is_left_out = is_left_out(sink, t, parent),
    };
    char *label = NULL, *what = NULL;
    pd_status status = orphans_count(sink, link, &broken.n, err);

    if (status == PD_OK && broken.n)
        status = orphans_first_of(sink, link, key, err);
    if (status != PD_OK || !broken.n)
        return status;
    label = sqlite3_mprintf("foreign key '%s' of '%s'", foreign_label(t->table, foreign), t->name);
    what = sqlite3_mprintf("point to none in '%s'", parent ? parent->name : foreign->to_table);
    broken.label = label;
    broken.what = what;
    if (label && what)
        broken_tell(sink, &broken);
    else
        status = sqlite_no_memory(sink->host, err);
    sqlite3_free(label);
    sqlite3_free(what);
    return status;
}

/* SQLite counts its keys from the last one on. */
static pd_status
tell_orphans(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    const struct sink_table *t = &sink->tables[number];
    struct pd_pool pool = {.host = sink->host};
    struct orphans_links links;
    size_t i, n_made = 0;
    bool can = false;
    pd_status status = orphans_read(sink, &pool, t->name, &links, err);

    if (status == PD_OK && links.n)
        status = orphans_can_look(sink, t->name, &can, err);
    for (i = 0; i < t->table->n_foreigns && status == PD_OK && can; i++) {
        const struct pd_foreign *foreign = pd_foreign_at(t->table, i);

        if (foreign_obstacle(sink, t->table, foreign, find_parent(sink, t->table, foreign)))
            continue;
        if (++n_made <= links.n && !(foreign->flags & PD_FOREIGN_NOT_VALIDATED) &&
            !refs_hold(sink, number, &links.list[links.n - n_made]))
            status = tell_link(sink, number, i, &links.list[links.n - n_made], err);
    }
    pd_pool_close(&pool);
    return status;
}

pd_status
foreign_tell(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        const struct sink_table *t = &sink->tables[i];

        if (t->table->n_foreigns && !(t->table->flags & PD_TABLE_PASSENGER) && !t->passes)
            status = tell_orphans(sink, i, err);
    }
    return status;
}
