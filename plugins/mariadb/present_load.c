// SPDX-License-Identifier: Apache-2.0
/* present_load - before rows go into tables that are there, and after: columns are matched by name,
   and foreign keys, which the server does not check while they come, are counted on both sides. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ddl.h"

enum { PRESENT_PROBLEMS = 12, PRESENT_TRIGGERS = 3 };

struct checker {
    struct pd_sink *sink;
    struct pd_sql problems;
    size_t n_problems;
    struct pd_error *err;
};

static void complain(struct checker *c, const char *fmt, ...) PD_PRINTF(2, 3);

static void
complain(struct checker *c, const char *fmt, ...)
{
    char text[600];
    va_list list;

    va_start(list, fmt);
    vsnprintf(text, sizeof text, fmt, list);
    va_end(list);
    if (c->n_problems < PRESENT_PROBLEMS)
        pd_sql_printf(&c->problems, "%s%s", c->n_problems ? "; " : "", text);
    c->n_problems++;
}

/* ---- Columns ---- */

static void
match_column(struct checker *c, size_t table, size_t i)
{
    struct target_table *t = &c->sink->tables[table];
    struct target_column *target = &c->sink->ddl->tables[table].columns[i];
    const struct pd_column *column = pd_column_at(t->table, i);
    const struct present_column *there = present_find(&c->sink->ddl->present[table], column->name);

    if (column->flags & PD_COLUMN_PASSENGER || column->generated)
        return;
    if (!there) {
        complain(c, "table '%s' of the target has no column '%s'", t->name, column->name);
        return;
    }
    if (there->is_generated) {
        complain(c, "column '%s' of table '%s' is generated in the target", column->name, t->name);
        return;
    }
    target->name = there->name;
    target->native = there->spelled;
    target->as = target->mapping->as;
    target->form = there->form;
    target->size = there->size;
    target->is_unsigned = there->is_unsigned;
    target->raw_charset = there->raw_charset;
    target->has_error_label = there->type.kind == PD_KIND_ENUM && c->sink->same;
    target->is_sent = true;
}

static bool
is_sent(const struct target_table *t, const char *name)
{
    size_t i;

    for (i = 0; i < t->table->n_columns; i++) {
        if (t->columns[i].is_sent && strcmp(t->columns[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Columns that the source does not have take their defaults. */
static void
check_others(struct checker *c, size_t table)
{
    const struct target_table *t = &c->sink->tables[table];
    const struct present_table *there = &c->sink->ddl->present[table];
    size_t i;

    for (i = 0; i < there->n_columns; i++) {
        const struct present_column *p = &there->columns[i];

        if (!p->has_default && !p->is_generated && !is_sent(t, p->name))
            complain(c,
                     "column '%s' of table '%s' of the target forbids NULL, has no default, and "
                     "the source does not have it",
                     p->name, t->name);
    }
}

static void
check_table(struct checker *c, size_t table)
{
    struct target_table *t = &c->sink->tables[table];
    const struct present_table *there = &c->sink->ddl->present[table];
    size_t i;

    if (t->table->owner && c->sink->same) {
        complain(c, "table '%s': rows of the past can only be put into a new table",
                 t->table->name);
        return;
    }
    if (!there->name || strcmp(there->kind, "table") != 0) {
        complain(c, there->name ? "'%s' is no table in the target" : "there is no table '%s'",
                 t->name);
        return;
    }
    t->name = t->staged = there->name;
    t->is_transactional = strcasecmp(there->engine, "InnoDB") == 0;
    for (i = 0; i < t->table->n_columns; i++)
        match_column(c, table, i);
    check_others(c, table);
}

static pd_status
tell_problems(struct checker *c)
{
    if (!pd_sql_text(&c->problems))
        return my_no_memory(c->sink->host, c->err);
    if (c->n_problems == 0)
        return PD_OK;
    return c->sink->host->fail(c->err, PD_FAILED, PD_CAUSE_MISSING,
                               "%s%s: change them there, leave tables out with --exclude, or use "
                               "--into=replace",
                               c->problems.text,
                               c->n_problems > PRESENT_PROBLEMS ? "; and more" : "");
}

/* ---- Rows that are there ---- */

static pd_status
refuse_rows(struct checker *c)
{
    struct pd_sink *sink = c->sink;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        struct pd_sql sql = {.host = sink->host};
        long long n = 0;
        bool is_null;

        pd_sql_add(&sql, "SELECT EXISTS (SELECT 1 FROM ");
        my_name(&sql, sink->tables[i].name);
        pd_sql_add(&sql, ")");
        status = attempt_count(sink, &sql, &n, &is_null, c->err);
        if (status == PD_OK && n > 0)
            status = sink->host->fail(c->err, PD_FAILED, PD_CAUSE_CONFLICT,
                                      "table '%s' is not empty: use --into=append or "
                                      "--into=truncate",
                                      sink->tables[i].name);
        pd_sql_free(&sql);
    }
    return status;
}

/* ---- Triggers ---- */

static bool
is_target(const struct pd_sink *sink, const char *name)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        if (strcmp(sink->tables[i].name, name) == 0)
            return true;
    }
    return false;
}

/* The server fires them whatever one says. */
static pd_status
warn_of_triggers(struct checker *c)
{
    struct pd_sink *sink = c->sink;
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    int n = 0;
    pd_status status = my_query(sink->my,
                                "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM "
                                "information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = "
                                "DATABASE() AND EVENT_MANIPULATION = 'INSERT' ORDER BY 2, 1",
                                &result, c->err);

    if (status != PD_OK)
        return status;
    while ((row = mysql_fetch_row(result))) {
        if (is_target(sink, row[1]) && n++ < PRESENT_TRIGGERS)
            sink->host->log(sink->host, PD_LOG_WARNING,
                            "trigger '%s' of table '%s' fires for each row", row[0], row[1]);
    }
    mysql_free_result(result);
    if (n > PRESENT_TRIGGERS)
        sink->host->log(sink->host, PD_LOG_WARNING, "and %d more of these", n - PRESENT_TRIGGERS);
    return PD_OK;
}

/* ---- Foreign keys ---- */

/* One of the database that joins a table of the run with another. */
struct present_link {
    const char *name;
    struct ddl_orphans orphans;
    long long n_before;
};

struct present_links {
    struct present_link *list;
    size_t n;
    size_t room;
};

static pd_status
add_part(struct pd_sink *sink, struct present_links *links, MYSQL_ROW row, struct pd_error *err)
{
    struct present_link *last = links->n ? &links->list[links->n - 1] : NULL;
    struct ddl_orphans *o;

    if (!last || strcmp(last->name, row[0]) != 0 || strcmp(last->orphans.child, row[1]) != 0) {
        last = pd_pool_append(&sink->pool, &links->list, links->n, &links->room, sizeof *last);
        if (!last)
            return my_no_memory(sink->host, err);
        memset(last, 0, sizeof *last);
        last->name = pd_pool_text(&sink->pool, row[0]);
        last->orphans.child = pd_pool_text(&sink->pool, row[1]);
        last->orphans.parent = pd_pool_text(&sink->pool, row[3]);
        if (!last->name || !last->orphans.child || !last->orphans.parent)
            return my_no_memory(sink->host, err);
        links->n++;
    }
    o = &last->orphans;
    if (o->n == DDL_MOST_LINKED)
        return PD_OK;
    o->from[o->n] = pd_pool_text(&sink->pool, row[2]);
    o->to[o->n] = pd_pool_text(&sink->pool, row[4]);
    if (!o->from[o->n] || !o->to[o->n])
        return my_no_memory(sink->host, err);
    o->n++;
    return PD_OK;
}

static pd_status
read_links(struct pd_sink *sink, struct present_links *links, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_query(
        sink->my,
        "SELECT CONSTRAINT_NAME, TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, "
        "REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = "
        "DATABASE() AND REFERENCED_TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, "
        "CONSTRAINT_NAME, ORDINAL_POSITION",
        &result, err);

    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = mysql_fetch_row(result))) {
        bool matters =
            is_target(sink, row[1]) || (sink->into == PD_INTO_TRUNCATE && is_target(sink, row[3]));

        if (matters)
            status = add_part(sink, links, row, err);
    }
    mysql_free_result(result);
    return status;
}

/* Rows that pointed nowhere before are nobody's fault now. */
static pd_status
count_before(struct checker *c)
{
    struct pd_sink *sink = c->sink;
    struct present_links *links = pd_pool_alloc(&sink->pool, sizeof *links);
    size_t i;
    pd_status status = links ? read_links(sink, links, c->err) : my_no_memory(sink->host, c->err);

    for (i = 0; status == PD_OK && i < links->n; i++)
        status = ddl_count_orphans(sink, &links->list[i].orphans, &links->list[i].n_before, c->err);
    sink->ddl->links = links;
    return status;
}

static pd_status
count_after(struct pd_sink *sink, struct pd_error *err)
{
    const struct present_links *links = sink->ddl->links;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; links && i < links->n && status == PD_OK; i++) {
        const struct present_link *link = &links->list[i];
        long long n = 0;

        status = ddl_count_orphans(sink, &link->orphans, &n, err);
        if (status == PD_OK && n > link->n_before)
            status = sink->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                                      "foreign key '%s' of table '%s': %lld rows point to none in "
                                      "'%s'",
                                      link->name, link->orphans.child, n - link->n_before,
                                      link->orphans.parent);
    }
    return status;
}

/* ---- Both ---- */

pd_status
present_check(struct pd_sink *sink, struct pd_error *err)
{
    struct checker c = {.sink = sink, .problems = {.host = sink->host}, .err = err};
    size_t i;
    pd_status status;

    if (!sink->ddl->present)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                                "the tables of the target were not looked at");
    for (i = 0; i < sink->catalog->n_tables; i++)
        check_table(&c, i);
    status = tell_problems(&c);
    if (status == PD_OK && sink->into == PD_INTO_EMPTY)
        status = refuse_rows(&c);
    if (status == PD_OK)
        status = warn_of_triggers(&c);
    if (status == PD_OK)
        status = count_before(&c);
    pd_sql_free(&c.problems);
    return status;
}

/* A column that counts goes on after its highest number by itself. A sequence that is raised stays
   so whatever becomes of the run, which harms nobody. */
static pd_status
raise_sequence(struct pd_sink *sink, const char *table, const char *column, const char *sequence,
               struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    long long most = 0;
    bool is_null = true;
    pd_status status;

    pd_sql_add(&sql, "SELECT max(");
    my_name(&sql, column);
    pd_sql_add(&sql, ") FROM ");
    my_name(&sql, table);
    status = attempt_count(sink, &sql, &most, &is_null, err);
    pd_sql_clear(&sql);
    pd_sql_add(&sql, "DO SETVAL(");
    my_name(&sql, sequence);
    pd_sql_printf(&sql, ", %lld, 1)", most);
    if (status == PD_OK && !is_null)
        status = my_run_sql(sink->my, &sql, err);
    pd_sql_free(&sql);
    return status;
}

static pd_status
raise_sequences(struct pd_sink *sink, struct pd_error *err)
{
    size_t i, k;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct present_table *there = &sink->ddl->present[i];

        for (k = 0; k < there->n_columns && status == PD_OK; k++) {
            const struct present_column *p = &there->columns[k];

            if (p->sequence && is_sent(&sink->tables[i], p->name))
                status = raise_sequence(sink, there->name, p->name, p->sequence, err);
        }
    }
    return status;
}

pd_status
present_complete(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = count_after(sink, err);

    return status == PD_OK ? raise_sequences(sink, err) : status;
}
