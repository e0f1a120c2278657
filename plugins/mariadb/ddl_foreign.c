// SPDX-License-Identifier: Apache-2.0
/* ddl_foreign - foreign keys, once all keys are there: those of a table in one statement. The
   server does not look at the rows that are there, so they are counted; those that point nowhere do
   not stop a restore. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ddl.h"

struct foreign_maker {
    struct pd_sink *sink;
    size_t table;
    size_t number;
    const struct target_table *t;
    const struct pd_foreign *foreign;
    struct ddl_link link;
    const char *name; /* for the time being, or for good */
    bool is_later;    /* the former */
    bool is_refused;
    struct pd_error *err;
};

/* Names of foreign keys that there were before. */
struct present_names {
    struct drawer names;
};

static const char *
name_of(const struct foreign_maker *m)
{
    return m->sink->ddl->tables[m->table].foreigns[m->number];
}

static void
say_part(struct foreign_maker *m, int part, const char *why)
{
    sink_leave_out(m->sink, part, (uint32_t)m->table, (uint32_t)m->number,
                   "foreign key '%s' of table '%s': %s", name_of(m), m->t->table->name, why);
}

static void
say(struct foreign_maker *m, const char *why)
{
    say_part(m, PD_PART_FOREIGN, why);
}

/* ---- What the server does not know of ---- */

static bool
forbids_null(const struct foreign_maker *m)
{
    size_t i;

    for (i = 0; i < m->link.n; i++) {
        const struct pd_column *c = pd_column_at(m->t->table, m->link.columns[i]);
        const struct pd_key *key = m->t->table->n_keys ? pd_key_at(m->t->table, 0) : NULL;
        size_t k;

        if (c->flags & PD_COLUMN_NOT_NULL)
            return true;
        for (k = 0; key && key->kind == PD_KEY_PRIMARY && k < key->n_parts; k++) {
            if (pd_part_at(key, k)->column == (int32_t)m->link.columns[i])
                return true;
        }
    }
    return false;
}

/* What becomes of an action, and why. */
static int
action_here(const struct foreign_maker *m, int action, const char **ret_lost)
{
    if (m->sink->same)
        return action;
    if (action == PD_ACTION_SET_DEFAULT) {
        *ret_lost = "MariaDB does not set defaults, it refuses";
        return PD_ACTION_NONE;
    }
    if (action == PD_ACTION_SET_NULL && forbids_null(m)) {
        *ret_lost = "its columns forbid NULL, so MariaDB refuses instead";
        return PD_ACTION_NONE;
    }
    return action;
}

static void
say_properties(struct foreign_maker *m)
{
    const struct pd_foreign *f = m->foreign;
    const char *lost = NULL;

    action_here(m, f->on_update, &lost);
    action_here(m, f->on_delete, &lost);
    if (lost)
        say(m, lost);
    if (f->flags & PD_FOREIGN_MATCH_FULL)
        say(m, "MariaDB has no MATCH FULL, one NULL among its columns is enough");
    if (f->flags & PD_FOREIGN_DEFERRABLE)
        say(m, "it cannot be deferred here");
    if (f->flags & PD_FOREIGN_NOT_VALIDATED)
        say(m, "the server does not remember that rows may break it");
    if (f->n_set_columns)
        say(m, "ON DELETE is for all of its columns here");
    if (!m->link.is_reordered)
        return;
    say(m, "its columns are in the order of the key that it points to");
    /* Nothing of it is as it was: it looks like another one. */
    if (f->name && strcmp(f->name, name_of(m)) != 0)
        sink_leave_out(m->sink, PD_PART_FOREIGN, (uint32_t)m->table, PD_NO_COLUMN,
                       "foreign key '%s' of table '%s' stands for '%s'", name_of(m),
                       m->t->table->name, f->name);
}

/* ---- The statement ---- */

/* Nothing is RESTRICT. */
static void
put_action(struct pd_sql *sql, const char *when, int action)
{
    static const char *const actions[] = {
        [PD_ACTION_NONE] = "NO ACTION",
        [PD_ACTION_CASCADE] = "CASCADE",
        [PD_ACTION_SET_NULL] = "SET NULL",
        [PD_ACTION_SET_DEFAULT] = "SET DEFAULT",
    };

    if (action != PD_ACTION_RESTRICT && action < (int)(sizeof actions / sizeof *actions))
        pd_sql_printf(sql, " %s %s", when, actions[action]);
}

/* " ADD CONSTRAINT `f` FOREIGN KEY (...) REFERENCES ..." */
static void
put_foreign(struct foreign_maker *m, const char *name, const char *parent, struct pd_sql *sql)
{
    const struct target_table *p = &m->sink->tables[m->link.parent];
    const char *lost;
    size_t i;

    pd_sql_add(sql, " ADD CONSTRAINT ");
    my_name(sql, name);
    for (i = 0; i < m->link.n; i++) {
        pd_sql_add(sql, i ? ", " : " FOREIGN KEY (");
        my_name(sql, ddl_column(m->sink, m->table, m->link.columns[i]));
    }
    pd_sql_add(sql, ") REFERENCES ");
    my_name(sql, parent);
    for (i = 0; i < m->link.n; i++) {
        pd_sql_add(sql, i ? ", " : " (");
        my_name(sql, p->columns[m->link.to[i]].name);
    }
    pd_sql_add(sql, ")");
    put_action(sql, "ON DELETE", action_here(m, m->foreign->on_delete, &lost));
    put_action(sql, "ON UPDATE", action_here(m, m->foreign->on_update, &lost));
}

/* ---- Names that tables have which are replaced ---- */

static pd_status
read_present(struct pd_sink *sink, struct present_names *present, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_query(sink->my,
                                "SELECT CONSTRAINT_NAME FROM "
                                "information_schema.REFERENTIAL_CONSTRAINTS WHERE "
                                "CONSTRAINT_SCHEMA = DATABASE()",
                                &result, err);

    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = my_row(sink->my, result, 1, 1, &status, err))) {
        const char *name = pd_pool_text(&sink->pool, row[0]);

        if (!name || drawer_take(&present->names, name) == PD_FATAL)
            status = my_no_memory(sink->host, err);
    }
    mysql_free_result(result);
    return status;
}

/* A name that another one has, until that is gone. */
static pd_status
choose_name(struct foreign_maker *m, struct present_names *present)
{
    struct pd_sql sql = {.host = m->sink->host};

    m->name = name_of(m);
    m->is_later = drawer_find(&present->names, m->name) != NULL;
    if (!m->is_later)
        return PD_OK;
    pd_sql_printf(&sql, "%s$%zu", m->t->staged, m->number);
    m->name = attempt_keep(m->sink, &sql, m->err);
    return m->name ? PD_OK : PD_FATAL;
}

/* It is there, under a name for the time being. */
static pd_status
remember(struct foreign_maker *m)
{
    struct sink_ddl *d = m->sink->ddl;
    struct pd_sql sql = {.host = m->sink->host};
    struct ddl_later *later;

    if (!m->is_later)
        return PD_OK;
    later = pd_pool_append(&m->sink->pool, &d->later, d->n_later, &d->later_room, sizeof *later);
    put_foreign(m, name_of(m), m->sink->tables[m->link.parent].name, &sql);
    if (!later) {
        pd_sql_free(&sql);
        return my_no_memory(m->sink->host, m->err);
    }
    later->table = m->table;
    later->number = m->number;
    later->name = m->name;
    later->add = attempt_keep(m->sink, &sql, m->err);
    d->n_later += later->add != NULL;
    return later->add ? PD_OK : PD_FATAL;
}

/* ---- One table ---- */

static pd_status
count(struct foreign_maker *m)
{
    const struct target_table *p = &m->sink->tables[m->link.parent];
    struct ddl_orphans o = {.child = m->t->staged,
                            .parent = p->staged,
                            .n = m->link.n,
                            .full = m->foreign->flags & PD_FOREIGN_MATCH_FULL};
    struct pd_sql rows = {.host = m->sink->host};
    char why[700], what[256];
    long long n = 0;
    size_t i;
    pd_status status;

    for (i = 0; i < o.n; i++) {
        o.from[i] = ddl_column(m->sink, m->table, m->link.columns[i]);
        o.to[i] = p->columns[m->link.to[i]].name;
    }
    status = ddl_count_orphans(m->sink, &o, &n, m->err);
    if (status != PD_OK || n == 0)
        return status;
    snprintf(what, sizeof what, "point to none in '%.100s'", p->table->name);
    ddl_put_orphans(&o, &rows);
    status = ddl_tell_broken(m->sink, m->table, n, what, &rows, why, sizeof why, m->err);
    pd_sql_free(&rows);
    if (status != PD_OK)
        return status;
    if (!ddl_is_changed(m->sink, m->table) && !ddl_is_changed(m->sink, m->link.parent))
        m->sink->host->log(m->sink->host, PD_LOG_WARNING, "foreign key '%s' of table '%s': %s",
                           name_of(m), m->t->table->name, why);
    else
        say_part(m, PD_PART_FOREIGN | PD_PART_BROKEN, why);
    return PD_OK;
}

/* After the server refused them together. */
static pd_status
make_one(struct foreign_maker *m, struct pd_sql *sql)
{
    const char *refusal = NULL;
    pd_status status;

    ddl_put_alter(m->sink, m->table, sql);
    put_foreign(m, m->name, m->sink->tables[m->link.parent].staged, sql);
    status = attempt(m->sink, sql, &refusal, m->err);
    m->is_refused = refusal != NULL;
    if (refusal)
        say(m, refusal);
    return status;
}

struct table_maker {
    struct foreign_maker *list;
    size_t n;
};

static pd_status
collect(struct pd_sink *sink, size_t table, struct present_names *present, struct table_maker *all,
        struct pd_pool *pool, struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    size_t i;
    pd_status status = PD_OK;

    all->list = pd_pool_alloc(pool, (t->table->n_foreigns + 1) * sizeof *all->list);
    if (!all->list)
        return my_no_memory(sink->host, err);
    for (i = 0; i < t->table->n_foreigns && status == PD_OK; i++) {
        struct foreign_maker *m = &all->list[all->n];
        const char *obstacle;

        *m = (struct foreign_maker){.sink = sink,
                                    .table = table,
                                    .number = i,
                                    .t = t,
                                    .foreign = pd_foreign_at(t->table, i),
                                    .err = err};
        obstacle = ddl_link(sink, table, i, &m->link);
        if (obstacle) {
            say(m, obstacle);
            continue;
        }
        all->n++;
        say_properties(m);
        status = choose_name(m, present);
    }
    return status;
}

static pd_status
make_all(struct pd_sink *sink, size_t table, struct table_maker *all, struct pd_sql *sql,
         struct pd_error *err)
{
    const char *refusal = NULL;
    size_t i;
    pd_status status = PD_OK;

    ddl_put_alter(sink, table, sql);
    for (i = 0; i < all->n; i++) {
        pd_sql_add(sql, i ? "," : "");
        put_foreign(&all->list[i], all->list[i].name, sink->tables[all->list[i].link.parent].staged,
                    sql);
    }
    if (all->n)
        status = attempt(sink, sql, &refusal, err);
    for (i = 0; i < all->n && refusal && status == PD_OK; i++)
        status = make_one(&all->list[i], sql);
    for (i = 0; i < all->n && status == PD_OK; i++) {
        if (!all->list[i].is_refused)
            status = remember(&all->list[i]);
    }
    return status;
}

static pd_status
make_table(struct pd_sink *sink, size_t table, struct present_names *present, struct pd_error *err)
{
    struct pd_pool pool = {.host = sink->host};
    struct pd_sql sql = {.host = sink->host};
    struct table_maker all = {.list = NULL};
    bool has_rows = !(sink->load->flags & PD_LOAD_SCHEMA_ONLY);
    size_t i;
    pd_status status = collect(sink, table, present, &all, &pool, err);

    if (status == PD_OK)
        status = make_all(sink, table, &all, &sql, err);
    for (i = 0; i < all.n && has_rows && status == PD_OK; i++) {
        if (!all.list[i].is_refused)
            status = count(&all.list[i]);
    }
    pd_sql_free(&sql);
    pd_pool_close(&pool);
    return status;
}

pd_status
ddl_foreigns(struct pd_sink *sink, struct pd_error *err)
{
    struct present_names present = {.names = {.pool = &sink->pool, .folds = true}};
    size_t i;
    pd_status status = PD_OK;

    if (sink->into == PD_INTO_REPLACE)
        status = read_present(sink, &present, err);
    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (ddl_is_made(sink, i) && sink->tables[i].table->n_foreigns)
            status = make_table(sink, i, &present, err);
    }
    return status;
}

/* ---- After the tables that were replaced are gone ---- */

/* The rows are in their place by now: a name is not worth a failure. */
static pd_status
settle_one(struct pd_sink *sink, const struct ddl_later *later, struct pd_error *err)
{
    const char *table = sink->tables[later->table].name, *refusal = NULL;
    struct pd_sql sql = {.host = sink->host};
    pd_status status;

    pd_sql_add(&sql, "ALTER TABLE ");
    my_name(&sql, table);
    pd_sql_add(&sql, " DROP FOREIGN KEY ");
    my_name(&sql, later->name);
    pd_sql_printf(&sql, ",%s", later->add);
    status = attempt(sink, &sql, &refusal, err);
    pd_sql_free(&sql);
    if (refusal)
        sink_leave_out(sink, PD_PART_FOREIGN, (uint32_t)later->table, (uint32_t)later->number,
                       "name of a foreign key of table '%s': it is called '%s': %s", table,
                       later->name, refusal);
    return status;
}

pd_status
ddl_settle(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; sink->ddl && i < sink->ddl->n_later && status == PD_OK; i++)
        status = settle_one(sink, &sink->ddl->later[i], err);
    return status;
}
