// SPDX-License-Identifier: Apache-2.0
/* present_load - before rows go into tables that are there, and after: columns are matched by name,
   foreign keys are put off until all rows are in, triggers are kept from firing. */
#include <string.h>

#include <polydump/present.h>

#include "ddl.h"

enum { PRESENT_WARNINGS = 3 };

struct checker {
    struct pd_sink *sink;
    struct pd_problems problems;
    struct pd_sql oids; /* of all tables, with commas between */
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

    column.needs_value = p->not_null && !p->has_default;
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
    /* What is sent as text goes through the type's own reading of it. */
    target->form = target->as.kind == there->type.kind ? there->form : (uint8_t)PG_FORM_TEXT;
    target->is_sent = true;
    t->by_text = t->by_text || target->form == PG_FORM_TEXT;
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
        if (!present[i].oid || strcmp(present[i].oid, present[table].oid) != 0)
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

    if (t->is_large_objects)
        return;
    if (!there->oid || (there->kind != 'r' && there->kind != 'p')) {
        pd_problem(&c->problems,
                   there->oid ? "'%s' is no table in the target" : "there is no table '%s'",
                   t->name);
        return;
    }
    if (is_taken(c, table))
        return;
    t->exists = true;
    t->name = there->name;
    pd_sql_printf(&c->oids, "%s%s", c->oids.size ? ", " : "", there->oid);
    for (i = 0; i < t->table->n_columns; i++)
        match_column(c, table, i);
    check_others(c, table);
}

/* ---- Rows that are there ---- */

static void
put_table(const struct pd_sink *sink, size_t table, struct pd_sql *sql)
{
    const struct target_table *t = &sink->tables[table];

    /* Tables that inherit are others. */
    if (sink->ddl->present[table].kind == 'r')
        pd_sql_add(sql, "ONLY ");
    sql_table(sql, t->schema, t->name);
}

static pd_status
refuse_rows(struct checker *c)
{
    struct pd_sink *sink = c->sink;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        struct pd_sql sql = {.host = sink->host};
        PGresult *found = NULL;

        if (sink->tables[i].is_large_objects || pd_load_empties(sink->load, i))
            continue;
        pd_sql_add(&sql, "SELECT FROM ");
        put_table(sink, i, &sql);
        pd_sql_add(&sql, " LIMIT 1");
        status = pd_sql_text(&sql) ? pg_query(sink->pg, sql.text, 0, NULL, "", &found, c->err)
                                   : pg_no_memory(sink->host, c->err);
        if (status == PD_OK && PQntuples(found) > 0)
            status = pd_present_has_rows(sink->host, sink->tables[i].name, c->err);
        PQclear(found);
        pd_sql_free(&sql);
    }
    return status;
}

/* Tables of the run refer to them by keys that are put off; nothing else does. */
static pd_status
replace_rows(struct checker *c)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < c->sink->catalog->n_tables && status == PD_OK; i++) {
        struct pd_sql sql = {.host = c->sink->host};

        if (!pd_load_empties(c->sink->load, i) || c->sink->tables[i].is_large_objects)
            continue;
        pd_sql_add(&sql, "DELETE FROM ");
        put_table(c->sink, i, &sql);
        status = sql_run(c->sink->pg, &sql, c->err);
        pd_sql_free(&sql);
    }
    return status;
}

/* All at once, since foreign keys join them. Others that point to them make the server refuse. */
static pd_status
empty_tables(struct checker *c)
{
    struct pd_sql sql = {.host = c->sink->host};
    size_t i, n = 0;
    pd_status status = PD_OK;

    for (i = 0; i < c->sink->catalog->n_tables; i++) {
        if (c->sink->tables[i].is_large_objects)
            continue;
        pd_sql_add(&sql, n++ ? ", " : "TRUNCATE TABLE ");
        put_table(c->sink, i, &sql);
    }
    if (n)
        status = sql_run(c->sink->pg, &sql, c->err);
    pd_sql_free(&sql);
    return status;
}

/* ---- What is put off ---- */

static pd_status
do_later(struct checker *c, const char *statement)
{
    struct sink_ddl *d = c->sink->ddl;
    const char **place =
        pd_pool_append(&c->sink->pool, &d->later, d->n_later, &d->later_room, sizeof *place);

    if (place)
        *place = pd_pool_text(&c->sink->pool, statement);
    if (!place || !*place)
        return pg_no_memory(c->sink->host, c->err);
    d->n_later++;
    return PD_OK;
}

/* Somebody else's table: whoever wants its triggers to fire has to say so. */
static pd_status
refuse_trigger(struct checker *c, const char *what, const char *refusal)
{
    return c->sink->host->fail(
        c->err, PD_FAILED, PD_CAUSE_AUTH,
        "%s, and it cannot be kept from that: %s; use --triggers=fire to let "
        "it, or write as the owner of the table",
        what, refusal);
}

/* "@" in the query is the tables' oids. */
static pd_status
query_tables(struct checker *c, const char *query, const char *types, PGresult **ret_rows)
{
    struct pd_sql sql = {.host = c->sink->host};
    const char *at;
    pd_status status;

    for (; (at = strchr(query, '@')); query = at + 1)
        pd_sql_printf(&sql, "%.*s%s", (int)(at - query), query, c->oids.text);
    pd_sql_add(&sql, query);
    status = pd_sql_text(&sql) ? pg_query(c->sink->pg, sql.text, 0, NULL, types, ret_rows, c->err)
                               : pg_no_memory(c->sink->host, c->err);
    pd_sql_free(&sql);
    return status;
}

/* Rows: what to do now, what to do afterwards, and what to say when the first is refused. */
static pd_status
change_for_now(struct checker *c, const char *query, bool of_triggers)
{
    PGresult *rows = NULL;
    int i, n_refused = 0;
    pd_status status = query_tables(c, query, "ttt", &rows);

    for (i = 0; status == PD_OK && i < PQntuples(rows); i++) {
        const char *refusal = NULL;

        status = attempt(c->sink, PQgetvalue(rows, i, 0), &refusal, c->err);
        if (refusal && of_triggers)
            status = refuse_trigger(c, PQgetvalue(rows, i, 2), refusal);
        else if (refusal && n_refused++ < PRESENT_WARNINGS)
            c->sink->host->log(c->sink->host, PD_LOG_WARNING, "%s: %s", PQgetvalue(rows, i, 2),
                               refusal);
        else if (!refusal && status == PD_OK)
            status = do_later(c, PQgetvalue(rows, i, 1));
    }
    if (of_triggers && status == PD_OK && PQntuples(rows) > 0)
        c->sink->host->log(c->sink->host, PD_LOG_INFO,
                           "%d %s of tables that are there %s not fire for the rows that come",
                           PQntuples(rows), PQntuples(rows) == 1 ? "trigger" : "triggers",
                           PQntuples(rows) == 1 ? "does" : "do");
    if (n_refused > PRESENT_WARNINGS)
        c->sink->host->log(c->sink->host, PD_LOG_WARNING, "and %d more of these",
                           n_refused - PRESENT_WARNINGS);
    PQclear(rows);
    return status;
}

/* Rows go on into partitions, which may have triggers of their own. Those that a partition has from
   its parent are internal on some versions; of the internal ones only they are no constraint's. */
#define TRIGGERS_THAT_FIRE                                                                         \
    "t.tgrelid IN (SELECT o FROM unnest(ARRAY[@]::oid[]) u(o) UNION SELECT p.relid FROM "          \
    "unnest(ARRAY[@]::oid[]) v(o), pg_partition_tree(v.o) p) AND (NOT t.tgisinternal OR "          \
    "t.tgconstraint = 0) AND t.tgenabled IN ('O', 'A')"
#define TRIGGER_TOLD                                                                               \
    "format('trigger ''%s'' of table %s fires for each row', t.tgname, t.tgrelid::regclass)"

static const char triggers_sql[] =
    "SELECT format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', t.tgrelid::regclass, t.tgname), "
    "format('ALTER TABLE ONLY %s ENABLE %sTRIGGER %I', t.tgrelid::regclass, CASE t.tgenabled "
    "WHEN 'A' THEN 'ALWAYS ' ELSE '' END, t.tgname), " TRIGGER_TOLD
    " FROM pg_trigger t WHERE " TRIGGERS_THAT_FIRE " ORDER BY t.tgrelid, t.tgname";

/* The first one that the server would not let be disabled, and what it would say. */
static const char kept_triggers_sql[] =
    "SELECT " TRIGGER_TOLD
    ", format('must be owner of table %s', c.relname) FROM pg_trigger t JOIN "
    "pg_class c ON c.oid = t.tgrelid WHERE " TRIGGERS_THAT_FIRE
    " AND NOT pg_has_role(c.relowner, 'USAGE') ORDER BY t.tgrelid, t.tgname LIMIT 1";

/* For a plan, which changes nothing. */
static pd_status
judge_triggers(struct checker *c)
{
    PGresult *rows = NULL;
    pd_status status = PD_OK;

    if (c->oids.size && !present_fires(c->sink))
        status = query_tables(c, kept_triggers_sql, "tt", &rows);
    if (status == PD_OK && PQntuples(rows) > 0)
        status = refuse_trigger(c, PQgetvalue(rows, 0, 0), PQgetvalue(rows, 0, 1));
    PQclear(rows);
    return status;
}

/* Rows come table by table, and their parents maybe after them. */
static const char foreigns_sql[] =
    "SELECT format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE INITIALLY DEFERRED', "
    "k.conrelid::regclass, k.conname), "
    "format('ALTER TABLE %s ALTER CONSTRAINT %I %s', k.conrelid::regclass, k.conname, CASE WHEN "
    "k.condeferrable THEN 'DEFERRABLE INITIALLY IMMEDIATE' ELSE 'NOT DEFERRABLE' END), "
    "format('foreign key ''%s'' of table %s is checked for each row', k.conname, "
    "k.conrelid::regclass) "
    "FROM pg_constraint k WHERE k.conrelid IN (@) AND k.contype = 'f' AND k.conparentid = 0 AND "
    "NOT k.condeferred";

/* Where rows that break one are to be told, they are looked at with each batch; but all can be put
   off for rows that point to each other. */
static const char together_sql[] =
    "SELECT format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE INITIALLY IMMEDIATE', "
    "k.conrelid::regclass, k.conname), "
    "format('ALTER TABLE %s ALTER CONSTRAINT %I NOT DEFERRABLE', k.conrelid::regclass, "
    "k.conname), "
    "format('foreign key ''%s'' of table %s is checked for each row, also of rows that point to "
    "each other', k.conname, k.conrelid::regclass) "
    "FROM pg_constraint k WHERE k.conrelid IN (@) AND k.contype = 'f' AND k.conparentid = 0 AND "
    "NOT k.condeferrable";

/* Any trigger may fire by what another one does, so that each counts for the tables that the text
   of its function names, and for its own. */
static const char triggered_sql[] =
    "SELECT c.oid FROM pg_class c WHERE c.oid IN (@) AND EXISTS (SELECT FROM pg_trigger g JOIN "
    "pg_proc p ON p.oid = g.tgfoid WHERE NOT g.tgisinternal AND g.tgenabled IN ('O', 'A') AND "
    "(g.tgrelid = c.oid OR g.tgrelid IN (SELECT relid FROM pg_partition_tree(c.oid)) OR p.prosrc "
    "~* ('(^|\\W)' || regexp_replace(c.relname, '(\\W)', '\\\\\\1', 'g') || '(\\W|$)')))";

static pd_status
find_triggered(struct checker *c)
{
    PGresult *rows = NULL;
    size_t i;
    int row;
    pd_status status = query_tables(c, triggered_sql, "i", &rows);

    for (row = 0; status == PD_OK && row < PQntuples(rows); row++) {
        for (i = 0; i < c->sink->catalog->n_tables; i++) {
            const char *oid = c->sink->ddl->present[i].oid;

            c->sink->tables[i].is_triggered |= oid && strcmp(oid, PQgetvalue(rows, row, 0)) == 0;
        }
    }
    PQclear(rows);
    return status;
}

bool
present_fires(const struct pd_sink *sink)
{
    return pd_option_is(sink->host, sink->end->options, "triggers", "fire");
}

static pd_status
put_off(struct checker *c)
{
    bool fires = present_fires(c->sink);
    bool is_told = c->sink->load->flags & PD_LOAD_REJECTS;
    pd_status status = PD_OK;

    /* Outside of a transaction it could not be put back for sure. */
    if (!c->oids.size || PQtransactionStatus(c->sink->pg->conn) != PQTRANS_INTRANS)
        return PD_OK;
    for (size_t i = 0; i < c->sink->catalog->n_tables; i++)
        c->sink->tables[i].needs_path |= fires && c->sink->tables[i].exists;
    status = fires ? find_triggered(c) : change_for_now(c, triggers_sql, /* of_triggers= */ true);
    if (status == PD_OK)
        status = change_for_now(c, is_told ? together_sql : foreigns_sql, /* of_triggers= */ false);
    if (status == PD_OK && is_told)
        status = pg_run(c->sink->pg, "SET CONSTRAINTS ALL IMMEDIATE", c->err);
    return status;
}

/* TRUNCATE or DELETE, by which triggers of the application fire. */
static pd_status
run_fired(struct checker *c, pd_status (*step)(struct checker *c))
{
    bool by_path = present_fires(c->sink);
    pd_status status = by_path ? pg_path_set(c->sink->pg, true, c->err) : PD_OK;

    if (status == PD_OK)
        status = step(c);
    return status == PD_OK && by_path ? pg_path_set(c->sink->pg, false, c->err) : status;
}

static pd_status
prepare_rows(struct checker *c)
{
    switch (c->sink->into) {
    case PD_INTO_APPEND:
        return PD_OK;
    case PD_INTO_EMPTY:
        return refuse_rows(c);
    default:
        return run_fired(c, empty_tables);
    }
}

static pd_status
check_all(struct pd_sink *sink, bool is_plan, struct pd_error *err)
{
    struct checker c = {
        .sink = sink, .problems.text.host = sink->host, .oids = {.host = sink->host}, .err = err};
    size_t i;
    pd_status status;

    if (!sink->ddl->present)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                                "the tables of the target were not looked at");
    for (i = 0; i < sink->catalog->n_tables; i++)
        check_table(&c, i);
    status = pd_present_tell(&c.problems, err);
    if (status == PD_OK && !pd_sql_text(&c.oids))
        status = pg_no_memory(sink->host, err);
    if (status == PD_OK && !is_plan)
        status = prepare_rows(&c);
    else if (status == PD_OK && sink->into == PD_INTO_EMPTY)
        status = refuse_rows(&c);
    if (status == PD_OK)
        status = is_plan ? judge_triggers(&c) : put_off(&c);
    if (status == PD_OK && !is_plan)
        status = present_counters_early(sink, err);
    if (status == PD_OK && !is_plan)
        status = run_fired(&c, replace_rows);
    pd_sql_free(&c.oids);
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

pd_status
present_complete(struct pd_sink *sink, struct pd_error *err)
{
    struct sink_ddl *d = sink->ddl;
    bool fires = present_fires(sink);
    size_t i;
    pd_status status = PD_OK;

    /* What was put off is looked at now; tables with checks to come cannot be altered. Triggers
       that are put off would fire at the commit, where nothing can be found. */
    if (fires)
        status = pg_path_set(sink->pg, true, err);
    if (status == PD_OK && (d->n_later || fires))
        status = pg_run(sink->pg, "SET CONSTRAINTS ALL IMMEDIATE", err);
    if (status == PD_OK && fires)
        status = pg_path_set(sink->pg, false, err);
    for (i = 0; i < d->n_later && status == PD_OK; i++)
        status = pg_run(sink->pg, d->later[i], err);
    return status == PD_OK ? present_counters(sink, err) : status;
}
