// SPDX-License-Identifier: Apache-2.0
/* present_load - before rows go into tables that are there, and after: columns are matched by name.
 */
#include <string.h>
#include <strings.h>

#include <polydump/present.h>

#include "ddl.h"
#include "look.h"

enum { PRESENT_TRIGGERS = 3 };

struct checker {
    struct pd_sink *sink;
    struct pd_problems problems;
    struct pd_error *err;
};

/* ---- Columns ---- */

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

static struct pd_present_column
as_present(const struct present_column *p)
{
    struct pd_present_column column = {.name = p->name, .is_generated = p->is_generated};

    column.needs_value = !p->has_default;
    return column;
}

static void
match_column(struct checker *c, size_t table, size_t i)
{
    struct target_table *t = &c->sink->tables[table];
    struct target_column *target = &c->sink->ddl->tables[table].columns[i];
    const struct pd_column *column = pd_column_at(t->table, i);
    const struct present_column *there = present_find(&c->sink->ddl->present[table], column->name);
    struct pd_present_column to;

    if (there)
        to = as_present(there);
    if (pd_present_is_computed(column, there ? &to : NULL))
        sink_leave_out(c->sink, PD_PART_GENERATED, (uint32_t)table, (uint32_t)i,
                       PD_PRESENT_COMPUTED, column->name, t->table->name);
    if (column->flags & (PD_COLUMN_PASSENGER | PD_COLUMN_DROPPED) || column->generated)
        return;
    if (!pd_present_takes(&c->problems, t->table, column, t->name, there ? &to : NULL,
                          there && is_sent(t, there->name)))
        return;
    if (strcmp(there->name, column->name) != 0)
        c->sink->host->log(c->sink->host, PD_LOG_DEBUG,
                           "column '%s' of table '%s' goes into '%s' of '%s'", column->name,
                           t->table->name, there->name, t->name);
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

static void
check_others(struct checker *c, size_t table)
{
    const struct target_table *t = &c->sink->tables[table];
    const struct present_table *there = &c->sink->ddl->present[table];
    size_t i;

    for (i = 0; i < there->n_columns; i++) {
        struct pd_present_column column = as_present(&there->columns[i]);

        if (!is_sent(t, column.name))
            pd_present_gets_none(&c->problems, t->name, &column);
    }
}

static bool
is_taken(struct checker *c, size_t table)
{
    const struct present_table *present = c->sink->ddl->present;
    size_t i;

    for (i = 0; i < table; i++) {
        if (!present[i].name || strcmp(present[i].name, present[table].name) != 0)
            continue;
        pd_present_takes_two(&c->problems, pd_table_at(c->sink->catalog, i),
                             pd_table_at(c->sink->catalog, table), present[table].name);
        return true;
    }
    return false;
}

static void
check_table(struct checker *c, size_t table)
{
    struct target_table *t = &c->sink->tables[table];
    const struct present_table *there = &c->sink->ddl->present[table];
    size_t i;

    if (t->table->owner && c->sink->same) {
        pd_problem(&c->problems, "table '%s': rows of the past can only be put into a new table",
                   t->table->name);
        return;
    }
    if (!there->name || strcmp(there->kind, "table") != 0) {
        pd_problem(&c->problems,
                   there->name ? "'%s' is no table in the target" : "there is no table '%s'",
                   t->name);
        return;
    }
    if (is_taken(c, table))
        return;
    t->name = t->staged = there->name;
    t->is_transactional = strcasecmp(there->engine, "InnoDB") == 0;
    for (i = 0; i < t->table->n_columns; i++)
        match_column(c, table, i);
    check_others(c, table);
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

        if (pd_load_empties(sink->load, i))
            continue;
        pd_sql_add(&sql, "SELECT EXISTS (SELECT 1 FROM ");
        my_name(&sql, sink->tables[i].name);
        pd_sql_add(&sql, ")");
        status = attempt_count(sink, &sql, &n, &is_null, c->err);
        if (status == PD_OK && n > 0)
            status = pd_present_has_rows(sink->host, sink->tables[i].name, c->err);
        pd_sql_free(&sql);
    }
    return status;
}

/* ---- Triggers ---- */

static bool
would_fire(const struct pd_sink *sink, const char *table, const char *event)
{
    if (!present_is_target(sink, table))
        return false;
    if (strcmp(event, "DELETE") == 0)
        return present_is_emptied(sink, table);
    return strcmp(event, "INSERT") == 0 || sink->conflict == PD_CONFLICT_UPDATE;
}

bool
present_fires(const struct pd_sink *sink)
{
    return pd_option_is(sink->host, sink->end->options, "triggers", "fire");
}

/* Any trigger may fire by what another one does, so that each counts for the tables that its text
   names, and for its own. The server hides the text from who lacks TRIGGER. */
static void
note_triggered(struct pd_sink *sink, const char *trigger, const char *table, const char *text)
{
    struct look_name name;

    for (size_t i = 0; i < sink->catalog->n_tables; i++)
        sink->tables[i].is_triggered |= strcasecmp(sink->tables[i].name, table) == 0;
    if (!text)
        sink->host->log(sink->host, PD_LOG_WARNING,
                        "user %s may not see what trigger '%s' of table '%s' does; TRIGGER on the "
                        "table would show which other tables it names",
                        sink->my->user, trigger, table);
    while (text && look_next_name(&text, &name)) {
        for (size_t i = 0; i < sink->catalog->n_tables; i++)
            sink->tables[i].is_triggered |=
                look_is_name(name.text, name.size, sink->tables[i].name);
    }
}

/* The server fires them whatever one says, and none can be put aside inside a transaction. */
static pd_status
judge_triggers(struct checker *c)
{
    struct pd_sink *sink = c->sink;
    bool fires = present_fires(sink);
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    int n = 0;
    pd_status status = my_query(sink->my,
                                "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, EVENT_MANIPULATION, "
                                "ACTION_STATEMENT FROM "
                                "information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = "
                                "DATABASE() ORDER BY 2, 1",
                                &result, c->err);

    while (status == PD_OK && (row = my_row(sink->my, result, 4, 7, &status, c->err))) {
        if (fires)
            note_triggered(sink, row[0], row[1], row[3]);
        if (!would_fire(sink, row[1], row[2]))
            continue;
        if (!fires)
            status = sink->host->fail(c->err, PD_FAILED, PD_CAUSE_CONFLICT,
                                      "trigger '%s' of table '%s' would fire for each row, and "
                                      "MariaDB cannot put it aside: drop it for the time of the "
                                      "run, or use --triggers=fire to let it",
                                      row[0], row[1]);
        else if (n++ < PRESENT_TRIGGERS)
            sink->host->log(sink->host, PD_LOG_INFO,
                            "trigger '%s' of table '%s' fires for each row", row[0], row[1]);
    }
    mysql_free_result(result);
    if (status == PD_OK && n > PRESENT_TRIGGERS)
        sink->host->log(sink->host, PD_LOG_INFO, "and %d more of these", n - PRESENT_TRIGGERS);
    return status;
}

/* ---- Both ---- */

static pd_status
check_all(struct pd_sink *sink, bool is_plan, struct pd_error *err)
{
    struct checker c = {.sink = sink, .problems.text.host = sink->host, .err = err};
    size_t i;
    pd_status status;

    if (!sink->ddl->present)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                                "the tables of the target were not looked at");
    for (i = 0; i < sink->catalog->n_tables; i++)
        check_table(&c, i);
    status = pd_present_tell(&c.problems, err);
    if (status == PD_OK && sink->into == PD_INTO_EMPTY)
        status = refuse_rows(&c);
    if (status == PD_OK)
        status = judge_triggers(&c);
    if (status == PD_OK && !is_plan)
        status = orphans_before(sink, err);
    if (status == PD_OK && !is_plan)
        status = outside_check(sink, err);
    return status;
}

pd_status
present_check(struct pd_sink *sink, struct pd_error *err)
{
    return check_all(sink, /* is_plan= */ false, err);
}

pd_status
present_judge(struct pd_sink *sink, struct pd_error *err)
{
    return check_all(sink, /* is_plan= */ true, err);
}

/* A column that counts goes on after its highest number by itself; sequences are raised as late as
   may be (present_counters.c). */
pd_status
present_complete(struct pd_sink *sink, struct pd_error *err)
{
    return orphans_after(sink, err);
}
