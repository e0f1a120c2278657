// SPDX-License-Identifier: Apache-2.0
/* ddl_foreign - foreign keys, once the keys that they point to are there. Rows that point nowhere
   do not stop a restore: they are counted, and the foreign key holds for new rows only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <polydump/joined.h>

#include "ddl.h"

enum { FOREIGN_MOST_COLUMNS = 64 /* the server takes 32 */, VERSION_15 = 150000 };

struct foreign_maker {
    struct pd_sink *sink;
    size_t table;
    size_t number;
    const struct target_table *t;
    const struct pd_foreign *foreign;
    size_t parent;
    bool is_partition;                    /* what it points to is one of the parent's */
    size_t columns[FOREIGN_MOST_COLUMNS]; /* of the parent */
    const char *obstacle;                 /* why it is not tried; NULL: there is a job for it */
    size_t job;
    struct pd_error *err;
};

struct foreign_list {
    struct foreign_maker *makers;
    size_t n;
    size_t room;
    struct job_list jobs;
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
say_lost(struct foreign_maker *m, const char *why)
{
    say_part(m, PD_PART_FOREIGN, why);
}

/* ---- What is in its way ---- */

static bool
same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* The table of the partition that it points to; the number of tables: it is none. */
static size_t
find_partitioned(const struct foreign_maker *m)
{
    const struct pd_catalog *c = m->sink->catalog;
    const char *schema = m->foreign->to_schema ? m->foreign->to_schema : m->t->table->schema;
    size_t i, k;

    for (i = 0; i < c->n_objects; i++) {
        const struct pd_object *o = pd_object_at(c, i);

        if (!o->table || strcmp(o->kind, "partition") != 0 ||
            strcmp(o->name, m->foreign->to_table) != 0 || !same_text(o->schema, schema))
            continue;
        for (k = 0; k < c->n_tables; k++) {
            if (strcmp(m->sink->tables[k].table->name, o->table) == 0)
                return k;
        }
    }
    return c->n_tables;
}

/* A partition is made by the source's own statements: as it was, or not at all. */
static const char *
take_partition(struct foreign_maker *m)
{
    m->parent = m->sink->same && m->sink->native && m->foreign->to_columns
                    ? find_partitioned(m)
                    : m->sink->catalog->n_tables;
    m->is_partition = m->parent < m->sink->catalog->n_tables;
    return m->is_partition ? NULL
                           : "what it points to is no table here: it is one partition of a "
                             "table, or it is left out";
}

static const char *
find_parent(struct foreign_maker *m)
{
    const struct pd_foreign *f = m->foreign;
    size_t i;

    if (f->n_columns == 0 || f->n_columns > FOREIGN_MOST_COLUMNS)
        return "it has too many columns";
    m->parent = pd_foreign_parent(m->sink->catalog, m->table, f);
    if (m->parent == m->sink->catalog->n_tables)
        return take_partition(m);
    for (i = 0; i < f->n_columns; i++) {
        const struct target_table *p = &m->sink->tables[m->parent];

        m->columns[i] = pd_foreign_parent_column(p->table, f, i);
        if (m->columns[i] >= p->table->n_columns || !p->columns[m->columns[i]].name)
            return "a column that it points to is not there";
        if (f->columns[i] >= m->t->table->n_columns || !m->t->columns[f->columns[i]].name)
            return "one of its columns is left out";
    }
    return NULL;
}

static const char *
find_obstacle(struct foreign_maker *m)
{
    const char *obstacle = find_parent(m);
    size_t i;

    if (obstacle || m->sink->same)
        return obstacle;
    if (!ddl_key_covers(m->sink, m->parent, m->columns, m->foreign->n_columns))
        return "the columns that it points to are not unique";
    for (i = 0; i < m->foreign->n_columns; i++) {
        if (!map_can_join(ddl_mapping(m->sink, m->table, m->foreign->columns[i]),
                          ddl_mapping(m->sink, m->parent, m->columns[i])))
            return "its columns have other types than those that they point to";
    }
    return NULL;
}

/* ---- The statement ---- */

static void
put_own_columns(const struct foreign_maker *m, const uint32_t *columns, size_t n,
                struct pd_sql *sql)
{
    size_t i;

    for (i = 0; i < n; i++) {
        const char *name =
            columns[i] < m->t->table->n_columns ? ddl_column(m->sink, m->table, columns[i]) : NULL;

        pd_sql_add(sql, i ? ", " : "(");
        sql_name(sql, name ? name : "");
    }
    pd_sql_add(sql, ")");
}

static void
put_parent(const struct foreign_maker *m, struct pd_sql *sql)
{
    const struct target_table *p = &m->sink->tables[m->parent];
    const char *schema = m->foreign->to_schema ? m->foreign->to_schema : m->t->table->schema;

    if (m->is_partition)
        sql_table(sql, schema && *schema ? schema : NULL, m->foreign->to_table);
    else
        sql_table(sql, p->schema, p->name);
}

static void
put_parent_column(const struct foreign_maker *m, size_t i, struct pd_sql *sql)
{
    sql_name(sql, m->is_partition ? m->foreign->to_columns[i]
                                  : m->sink->tables[m->parent].columns[m->columns[i]].name);
}

static void
put_action(struct pd_sql *sql, const char *when, uint16_t action)
{
    static const char *const actions[] = {
        [PD_ACTION_RESTRICT] = "RESTRICT",
        [PD_ACTION_CASCADE] = "CASCADE",
        [PD_ACTION_SET_NULL] = "SET NULL",
        [PD_ACTION_SET_DEFAULT] = "SET DEFAULT",
    };

    if (action < sizeof actions / sizeof *actions && actions[action])
        pd_sql_printf(sql, " %s %s", when, actions[action]);
}

static void
put_properties(struct foreign_maker *m, struct pd_sql *sql)
{
    const struct pd_foreign *f = m->foreign;

    if (f->flags & PD_FOREIGN_MATCH_FULL)
        pd_sql_add(sql, " MATCH FULL");
    put_action(sql, "ON UPDATE", f->on_update);
    put_action(sql, "ON DELETE", f->on_delete);
    if (f->n_set_columns && m->sink->pg->version >= VERSION_15) {
        pd_sql_add(sql, " ");
        put_own_columns(m, f->set_columns, f->n_set_columns, sql);
    } else if (f->n_set_columns) {
        say_lost(m, "ON DELETE is for all of its columns here");
    }
    if (f->flags & PD_FOREIGN_DEFERRABLE)
        pd_sql_printf(sql, " DEFERRABLE%s",
                      f->flags & PD_FOREIGN_DEFERRED ? " INITIALLY DEFERRED" : "");
}

static void
put_statement(struct foreign_maker *m, bool valid, struct pd_sql *sql)
{
    size_t i;

    pd_sql_add(sql, "ALTER TABLE ");
    sql_table(sql, m->t->schema, m->t->name);
    pd_sql_add(sql, " ADD CONSTRAINT ");
    sql_name(sql, name_of(m));
    pd_sql_add(sql, " FOREIGN KEY ");
    put_own_columns(m, m->foreign->columns, m->foreign->n_columns, sql);
    pd_sql_add(sql, " REFERENCES ");
    put_parent(m, sql);
    for (i = 0; i < m->foreign->n_columns; i++) {
        pd_sql_add(sql, i ? ", " : " (");
        put_parent_column(m, i, sql);
    }
    pd_sql_add(sql, ")");
    put_properties(m, sql);
    pd_sql_add(sql, valid ? "" : " NOT VALID");
}

/* ---- Rows that point nowhere ---- */

static void
put_all(const struct foreign_maker *m, const char *between, const char *test, struct pd_sql *sql)
{
    size_t i;

    pd_sql_add(sql, "(");
    for (i = 0; i < m->foreign->n_columns; i++) {
        pd_sql_add(sql, i ? between : "");
        pd_sql_add(sql, "c.");
        sql_name(sql, ddl_column(m->sink, m->table, m->foreign->columns[i]));
        pd_sql_add(sql, test);
    }
    pd_sql_add(sql, ")");
}

/* " FROM ... WHERE ..." */
static void
put_rows(const struct foreign_maker *m, struct pd_sql *sql)
{
    bool full = m->foreign->flags & PD_FOREIGN_MATCH_FULL;
    size_t i;

    pd_sql_add(sql, " FROM ");
    sql_table(sql, m->t->schema, m->t->name);
    pd_sql_add(sql, " c WHERE ");
    put_all(m, full ? " OR " : " AND ", " IS NOT NULL", sql);
    pd_sql_add(sql, " AND NOT EXISTS (SELECT FROM ");
    put_parent(m, sql);
    pd_sql_add(sql, " p WHERE ");
    for (i = 0; i < m->foreign->n_columns; i++) {
        pd_sql_add(sql, i ? " AND p." : "p.");
        put_parent_column(m, i, sql);
        pd_sql_add(sql, " = c.");
        sql_name(sql, ddl_column(m->sink, m->table, m->foreign->columns[i]));
    }
    pd_sql_add(sql, ")");
}

static pd_status
count_orphans(struct foreign_maker *m, char *ret_count, size_t size)
{
    struct pd_sql sql = {.host = m->sink->host};
    PGresult *result = NULL;
    pd_status status;

    pd_sql_add(&sql, "SELECT count(*)");
    put_rows(m, &sql);
    status = pd_sql_text(&sql) ? pg_query(m->sink->pg, sql.text, 0, NULL, "1i", &result, m->err)
                               : pg_no_memory(m->sink->host, m->err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    snprintf(ret_count, size, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return PD_OK;
}

/* The server found one; now all of them, and the foreign key without a look at what is there. */
static pd_status
make_for_new_rows(struct foreign_maker *m)
{
    struct pd_sql sql = {.host = m->sink->host};
    const char *refusal = NULL;
    char count[24], what[200], why[700];
    pd_status status = count_orphans(m, count, sizeof count);

    put_statement(m, /* valid= */ false, &sql);
    if (status == PD_OK)
        status = pd_sql_text(&sql) ? attempt(m->sink, sql.text, &refusal, m->err)
                                   : pg_no_memory(m->sink->host, m->err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    snprintf(what, sizeof what, "point to none in '%.100s', so it %s", m->foreign->to_table,
             refusal ? "is left out" : "holds for new rows only");
    put_rows(m, &sql);
    status = ddl_tell_broken(m->sink, m->table, count, what, &sql, why, sizeof why, m->err);
    pd_sql_free(&sql);
    if (status == PD_OK)
        say_part(m, PD_PART_FOREIGN | PD_PART_BROKEN, why);
    return status;
}

/* ---- All ---- */

static pd_status
add_job(struct foreign_maker *m, struct job_list *jobs)
{
    struct pd_sink *sink = m->sink;
    struct job *job = pd_pool_append(&sink->pool, &jobs->list, jobs->n, &jobs->room, sizeof *job);
    struct pd_sql sql = {.host = sink->host}, label = {.host = sink->host};

    if (!job)
        return pg_no_memory(sink->host, m->err);
    memset(job, 0, sizeof *job);
    put_statement(m, !(m->foreign->flags & PD_FOREIGN_NOT_VALIDATED), &sql);
    pd_sql_printf(&label, "foreign key '%s' of table '%s'", name_of(m), m->t->table->name);
    job->sql = attempt_keep(sink, &sql, m->err);
    job->label = attempt_keep(sink, &label, m->err);
    job->tables[0] = m->table;
    job->tables[1] = m->parent;
    job->may_fail = true;
    job->weight = sink->n_rows[m->table] + sink->n_rows[m->parent];
    if (!job->sql || !job->label)
        return PD_FATAL;
    m->job = jobs->n++;
    return PD_OK;
}

static pd_status
add_foreign(const struct foreign_maker *m, struct foreign_list *foreigns)
{
    struct pd_sink *sink = m->sink;
    struct foreign_maker *kept =
        pd_pool_append(&sink->pool, &foreigns->makers, foreigns->n, &foreigns->room, sizeof *kept);

    if (!kept)
        return pg_no_memory(sink->host, m->err);
    *kept = *m;
    kept->obstacle = find_obstacle(kept);
    foreigns->n++;
    return kept->obstacle ? PD_OK : add_job(kept, &foreigns->jobs);
}

static pd_status
list_foreigns(struct pd_sink *sink, struct pd_error *err)
{
    struct foreign_list *foreigns = pd_pool_alloc(&sink->pool, sizeof *foreigns);
    size_t i, k;
    pd_status status = PD_OK;

    if (!foreigns)
        return pg_no_memory(sink->host, err);
    memset(foreigns, 0, sizeof *foreigns);
    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct target_table *t = &sink->tables[i];

        for (k = 0; !t->is_large_objects && k < t->table->n_foreigns && status == PD_OK; k++) {
            struct foreign_maker m = {.sink = sink,
                                      .table = i,
                                      .number = k,
                                      .t = t,
                                      .foreign = pd_foreign_at(t->table, k),
                                      .err = err};

            status = add_foreign(&m, foreigns);
        }
    }
    sink->ddl->foreigns = foreigns;
    return status;
}

pd_status
ddl_foreigns_plan(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = list_foreigns(sink, err);

    if (status != PD_OK)
        return status;
    return jobs_spare(sink, sink->ddl->foreigns->jobs.list, sink->ddl->foreigns->jobs.n, err);
}

pd_status
ddl_foreigns_begin(struct pd_sink *sink, struct pd_error *err)
{
    struct foreign_list *foreigns = sink->ddl->foreigns;

    return jobs_leave(sink, foreigns->jobs.list, foreigns->jobs.n, err);
}

static pd_status
judge_refusal(struct foreign_maker *m, const struct job *job)
{
    if (strcmp(job->sqlstate, "23503") == 0)
        return make_for_new_rows(m);
    if (strncmp(job->sqlstate, "42", 2) == 0 || strncmp(job->sqlstate, "0A", 2) == 0) {
        say_lost(m, job->refusal);
        return PD_OK;
    }
    return m->sink->host->fail(m->err, PD_FAILED, PD_CAUSE_QUERY, "cannot make %s: %s", job->label,
                               job->refusal);
}

pd_status
ddl_foreigns_end(struct pd_sink *sink, struct pd_error *err)
{
    struct foreign_list *foreigns = sink->ddl->foreigns;
    pd_status status = jobs_finish(sink, err);
    size_t i;

    sink->ddl->foreigns = NULL;
    for (i = 0; foreigns && i < foreigns->n && status == PD_OK; i++) {
        struct foreign_maker *m = &foreigns->makers[i];
        const struct job *job = m->obstacle ? NULL : &foreigns->jobs.list[m->job];

        m->err = err;
        if (m->obstacle)
            say_lost(m, m->obstacle);
        else if (job->refusal)
            status = judge_refusal(m, job);
    }
    return status;
}
