// SPDX-License-Identifier: Apache-2.0
/* ddl_kin - makes tables that inherit so that every column stands in its place and is declared
   where it was: a column that a parent got when it had heirs already stands behind theirs. So each
   column that a table declares itself is a step, steps follow each other as the columns of every
   table do, and what comes after a table was made is added to it. Whether that gives every column
   its place is seen before anything is made. */
#include <stdlib.h>
#include <string.h>

#include "ddl.h"

/* Step `to` comes after step `from`. */
struct rule {
    size_t from;
    size_t to;
};

/* Columns are numbered table by table, parents first. */
struct ddl_kin {
    struct pd_sink *sink;
    const size_t *order; /* all tables by descent */
    size_t *first;       /* one a table: the number of its first column */
    size_t *tables;      /* one a column */
    size_t *sources;     /* one a column: the step by which it comes to be there, or NO_STEP */
    size_t *places;      /* one a column: where it will stand in its table, 1 first */
    size_t n;
    size_t *steps; /* in the order in which they are made */
    size_t n_steps;
    struct rule *rules; /* by `to` */
    size_t n_rules;
    size_t rules_room;
    size_t *n_placed; /* one a table */
    bool *created;    /* one a table */
    struct pd_error *err;
};

enum { NO_STEP = SIZE_MAX };

static const struct heritage *
heritage_of(const struct ddl_kin *kin, size_t table)
{
    return kin->sink->ddl->tables[table].heritage;
}

static const struct target_table *
table_of(const struct ddl_kin *kin, size_t table)
{
    return &kin->sink->tables[table];
}

static size_t
columns_of(const struct ddl_kin *kin, size_t table)
{
    return table_of(kin, table)->table->n_columns;
}

static bool
has_place(const struct ddl_kin *kin, size_t table, size_t column)
{
    return table_of(kin, table)->columns[column].name != NULL;
}

static bool
is_own(const struct ddl_kin *kin, size_t table, size_t column)
{
    const struct heritage *heritage = heritage_of(kin, table);

    return has_place(kin, table, column) && (!heritage || heritage->columns[column]);
}

static bool
is_step(const struct ddl_kin *kin, size_t number)
{
    size_t table = kin->tables[number];

    return is_own(kin, table, number - kin->first[table]);
}

/* The column of another table that has the name of this one, or as many as that has. */
static size_t
namesake(const struct ddl_kin *kin, size_t table, size_t column, size_t other)
{
    return ddl_find_column(kin->sink, other,
                           pd_column_at(table_of(kin, table)->table, column)->name);
}

/* The step that gives a column of a parent, NO_STEP: that has none of its name. */
static size_t
parent_source(const struct ddl_kin *kin, size_t table, size_t column, size_t parent)
{
    size_t number = heritage_of(kin, table)->parents[parent];
    size_t i = namesake(kin, table, column, number);

    return i < columns_of(kin, number) ? kin->sources[kin->first[number] + i] : NO_STEP;
}

/* ---- Rules ---- */

static pd_status
add_rule(struct ddl_kin *kin, size_t from, size_t to)
{
    struct rule *rule;

    if (from == to || from == NO_STEP || to == NO_STEP)
        return PD_OK;
    rule =
        pd_pool_append(&kin->sink->pool, &kin->rules, kin->n_rules, &kin->rules_room, sizeof *rule);
    if (!rule)
        return pg_no_memory(kin->sink->host, kin->err);
    *rule = (struct rule){from, to};
    kin->n_rules++;
    return PD_OK;
}

/* Would the table's columns stand in their order if its parents were whole before it is made? */
static bool
is_simple(const struct ddl_kin *kin, size_t table)
{
    const struct heritage *heritage = heritage_of(kin, table);
    size_t i = 0, k, p, at;

    for (p = 0; heritage && p < heritage->n_parents; p++) {
        size_t parent = heritage->parents[p];

        for (k = 0; k < columns_of(kin, parent); k++) {
            if (!has_place(kin, parent, k))
                continue;
            at = namesake(kin, parent, k, table);
            while (i < columns_of(kin, table) && !has_place(kin, table, i))
                i++;
            if (at > i || at == columns_of(kin, table))
                return false;
            i += at == i; /* a column of two parents stands where the first one's does */
        }
    }
    return true;
}

/* All columns of its parents before its own. */
static pd_status
rule_parents(struct ddl_kin *kin, size_t table, size_t step)
{
    const struct heritage *heritage = heritage_of(kin, table);
    size_t k, p;
    pd_status status = PD_OK;

    for (p = 0; heritage && p < heritage->n_parents; p++) {
        size_t parent = heritage->parents[p];

        for (k = 0; k < columns_of(kin, parent) && status == PD_OK; k++)
            status = add_rule(kin, kin->sources[kin->first[parent] + k], step);
    }
    return status;
}

static pd_status
rule_simple(struct ddl_kin *kin, size_t table)
{
    size_t i, last = NO_STEP;
    pd_status status = PD_OK;

    for (i = 0; i < columns_of(kin, table) && status == PD_OK; i++) {
        size_t step = kin->first[table] + i;

        if (!is_own(kin, table, i))
            continue;
        status = last == NO_STEP ? rule_parents(kin, table, step) : add_rule(kin, last, step);
        last = step;
    }
    return status;
}

/* Column after column, and what it declares itself before what comes down to it. */
static pd_status
rule_mixed(struct ddl_kin *kin, size_t table)
{
    size_t i, p, last = NO_STEP;
    pd_status status = PD_OK;

    for (i = 0; i < columns_of(kin, table) && status == PD_OK; i++) {
        size_t source = kin->sources[kin->first[table] + i];

        if (!has_place(kin, table, i))
            continue;
        status = add_rule(kin, last, source);
        for (p = 0; p < heritage_of(kin, table)->n_parents && status == PD_OK; p++)
            status = add_rule(kin, source, parent_source(kin, table, i, p));
        last = source;
    }
    return status;
}

static pd_status
rule_table(struct ddl_kin *kin, size_t table)
{
    const struct heritage *heritage = heritage_of(kin, table);
    size_t i, p;

    for (i = 0; i < columns_of(kin, table); i++) {
        size_t *source = &kin->sources[kin->first[table] + i];

        *source = is_own(kin, table, i) ? kin->first[table] + i : NO_STEP;
        for (p = 0;
             has_place(kin, table, i) && *source == NO_STEP && heritage && p < heritage->n_parents;
             p++)
            *source = parent_source(kin, table, i, p);
    }
    return is_simple(kin, table) ? rule_simple(kin, table) : rule_mixed(kin, table);
}

/* ---- Their order ---- */

static int
compare_rules(const void *a, const void *b)
{
    const struct rule *one = a, *two = b;

    if (one->to != two->to)
        return one->to < two->to ? -1 : 1;
    return (one->from > two->from) - (one->from < two->from);
}

/* Are all steps done that come before one? *rule moves behind its rules. */
static bool
is_due(const struct ddl_kin *kin, size_t step, const bool *done, size_t *rule)
{
    bool due = true;

    for (; *rule < kin->n_rules && kin->rules[*rule].to == step; (*rule)++)
        due = due && done[kin->rules[*rule].from];
    return due;
}

/* PD_UNSUPPORTED: some would have to come before themselves. */
static pd_status
order_steps(struct ddl_kin *kin)
{
    bool *done = pd_pool_alloc(&kin->sink->pool, kin->n + 1);
    size_t before, i, rule, wanted = 0;

    if (!done)
        return pg_no_memory(kin->sink->host, kin->err);
    if (kin->n_rules)
        qsort(kin->rules, kin->n_rules, sizeof *kin->rules, compare_rules);
    for (i = 0; i < kin->n; i++)
        wanted += is_step(kin, i);
    do {
        before = kin->n_steps;
        for (i = 0, rule = 0; i < kin->n; i++) {
            if (!is_due(kin, i, done, &rule) || done[i] || !is_step(kin, i))
                continue;
            done[i] = true;
            kin->steps[kin->n_steps++] = i;
        }
    } while (kin->n_steps > before);
    return kin->n_steps == wanted ? PD_OK : PD_UNSUPPORTED;
}

/* ---- Statement by statement ---- */

/* What is done with n steps of one table: it is made with them, or they are added to it. */
struct ways {
    pd_status (*create)(struct ddl_kin *kin, size_t table, const size_t *steps, size_t n);
    pd_status (*add)(struct ddl_kin *kin, size_t table, const size_t *steps, size_t n);
};

/* Its ancestors first, as long as one of them is missing. */
static pd_status
create(struct ddl_kin *kin, const struct ways *ways, size_t table, const size_t *steps, size_t n)
{
    const struct heritage *heritage = heritage_of(kin, table);
    size_t p;
    pd_status status = PD_OK;

    if (kin->created[table])
        return PD_OK;
    for (p = 0; heritage && p < heritage->n_parents && status == PD_OK; p++)
        status = create(kin, ways, heritage->parents[p], NULL, 0);
    if (status == PD_OK)
        status = ways->create(kin, table, steps, n);
    kin->created[table] = true;
    return status;
}

static pd_status
walk(struct ddl_kin *kin, const struct ways *ways)
{
    size_t n_tables = kin->sink->catalog->n_tables, i, n;
    pd_status status = PD_OK;

    memset(kin->created, 0, n_tables);
    for (i = 0; i < kin->n_steps && status == PD_OK; i += n) {
        size_t table = kin->tables[kin->steps[i]];

        for (n = 1; i + n < kin->n_steps && kin->tables[kin->steps[i + n]] == table;)
            n++;
        if (kin->created[table])
            status = ways->add(kin, table, kin->steps + i, n);
        else
            status = create(kin, ways, table, kin->steps + i, n);
    }
    for (i = 0; i < n_tables && status == PD_OK; i++) {
        if (ddl_is_kin(kin->sink, kin->order[i]))
            status = create(kin, ways, kin->order[i], NULL, 0);
    }
    return status;
}

/* ---- On trial ---- */

static void
place(struct ddl_kin *kin, size_t table, size_t column)
{
    size_t *at = &kin->places[kin->first[table] + column];

    if (column < columns_of(kin, table) && !*at)
        *at = ++kin->n_placed[table];
}

/* Columns of a parent, in the order in which they stand there. */
static void
place_parent(struct ddl_kin *kin, size_t table, size_t parent)
{
    const size_t *places = kin->places + kin->first[parent];
    size_t i, at;

    for (at = 1; at <= kin->n_placed[parent]; at++) {
        for (i = 0; i < columns_of(kin, parent) && places[i] != at;)
            i++;
        place(kin, table, namesake(kin, parent, i, table));
    }
}

static pd_status
try_create(struct ddl_kin *kin, size_t table, const size_t *steps, size_t n)
{
    const struct heritage *heritage = heritage_of(kin, table);
    size_t i;

    for (i = 0; heritage && i < heritage->n_parents; i++)
        place_parent(kin, table, heritage->parents[i]);
    for (i = 0; i < n; i++)
        place(kin, table, steps[i] - kin->first[table]);
    return PD_OK;
}

static bool
descends(const struct ddl_kin *kin, size_t table, size_t from)
{
    const struct heritage *heritage = heritage_of(kin, table);
    size_t i;

    for (i = 0; heritage && i < heritage->n_parents; i++) {
        if (heritage->parents[i] == from || descends(kin, heritage->parents[i], from))
            return true;
    }
    return false;
}

static pd_status
try_add(struct ddl_kin *kin, size_t table, const size_t *steps, size_t n)
{
    size_t i, k;

    for (i = 0; i < n; i++) {
        size_t column = steps[i] - kin->first[table];

        place(kin, table, column);
        for (k = 0; k < kin->sink->catalog->n_tables; k++) {
            if (kin->created[k] && descends(kin, k, table))
                place(kin, k, namesake(kin, table, column, k));
        }
    }
    return PD_OK;
}

static bool
are_in_place(const struct ddl_kin *kin, size_t table)
{
    size_t i, last = 0;

    for (i = 0; i < columns_of(kin, table); i++) {
        if (!has_place(kin, table, i))
            continue;
        if (kin->places[kin->first[table] + i] <= last)
            return false;
        last = kin->places[kin->first[table] + i];
    }
    return true;
}

static pd_status
try_all(struct ddl_kin *kin)
{
    static const struct ways ways = {try_create, try_add};
    pd_status status = walk(kin, &ways);
    size_t i;

    for (i = 0; i < kin->sink->catalog->n_tables && status == PD_OK; i++) {
        if (ddl_is_kin(kin->sink, i) && !are_in_place(kin, i))
            status = PD_UNSUPPORTED;
    }
    return status;
}

/* ---- The plan ---- */

static bool
make_room(struct ddl_kin *kin)
{
    struct pd_pool *pool = &kin->sink->pool;
    size_t n = kin->n + 1, n_tables = kin->sink->catalog->n_tables + 1;

    kin->created = pd_pool_alloc(pool, n_tables);
    kin->n_placed = pd_pool_alloc(pool, n_tables * sizeof *kin->n_placed);
    kin->tables = pd_pool_alloc(pool, n * sizeof *kin->tables);
    kin->sources = pd_pool_alloc(pool, n * sizeof *kin->sources);
    kin->places = pd_pool_alloc(pool, n * sizeof *kin->places);
    kin->steps = pd_pool_alloc(pool, n * sizeof *kin->steps);
    return kin->created && kin->n_placed && kin->tables && kin->sources && kin->places &&
           kin->steps;
}

static struct ddl_kin *
new_kin(struct pd_sink *sink, const size_t *order, struct pd_error *err)
{
    struct ddl_kin *kin = pd_pool_alloc(&sink->pool, sizeof *kin);
    size_t n_tables = sink->catalog->n_tables, i, k;

    if (!kin)
        return NULL;
    *kin = (struct ddl_kin){.sink = sink, .order = order, .err = err};
    kin->first = pd_pool_alloc(&sink->pool, (n_tables + 1) * sizeof *kin->first);
    for (i = 0; kin->first && i < n_tables; i++) {
        kin->first[order[i]] = kin->n;
        kin->n += ddl_is_kin(sink, order[i]) ? columns_of(kin, order[i]) : 0;
    }
    if (!kin->first || !make_room(kin))
        return NULL;
    for (i = 0; i < n_tables; i++) {
        for (k = 0; ddl_is_kin(sink, i) && k < columns_of(kin, i); k++)
            kin->tables[kin->first[i] + k] = i;
    }
    return kin;
}

pd_status
ddl_kin_plan(struct pd_sink *sink, struct pd_error *err)
{
    const size_t *order = ddl_by_descent(sink, err);
    struct ddl_kin *kin = order ? new_kin(sink, order, err) : NULL;
    size_t i;
    pd_status status = PD_OK;

    if (!kin)
        return order ? pg_no_memory(sink->host, err) : PD_FATAL;
    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (ddl_is_kin(sink, order[i]))
            status = rule_table(kin, order[i]);
    }
    if (status == PD_OK)
        status = order_steps(kin);
    if (status == PD_OK)
        status = try_all(kin);
    sink->ddl->kin = kin;
    return status;
}

/* ---- In earnest ---- */

static pd_status
run(struct ddl_kin *kin, struct pd_sql *sql, size_t table)
{
    struct pd_sink *sink = kin->sink;
    pd_status status = pd_sql_text(sql) ? attempt_or_fail(sink, sink->pg, sql->text, kin->err,
                                                          "table '%s'", table_of(kin, table)->name)
                                        : pg_no_memory(sink->host, kin->err);

    pd_sql_free(sql);
    return status;
}

static pd_status
make_create(struct ddl_kin *kin, size_t table, const size_t *steps, size_t n)
{
    const struct heritage *heritage = heritage_of(kin, table);
    const struct target_table *t = table_of(kin, table);
    struct pd_sql sql = {.host = kin->sink->host};
    size_t i;
    pd_status status = PD_OK;

    pd_sql_add(&sql, "CREATE TABLE ");
    sql_table(&sql, t->schema, t->name);
    pd_sql_add(&sql, " (");
    for (i = 0; i < n && status == PD_OK; i++) {
        pd_sql_add(&sql, i ? ", " : "");
        status = ddl_column_write(kin->sink, table, steps[i] - kin->first[table], &sql, kin->err);
    }
    pd_sql_add(&sql, ")");
    for (i = 0; heritage && i < heritage->n_parents; i++) {
        pd_sql_add(&sql, i ? ", " : " INHERITS (");
        sql_table(&sql, table_of(kin, heritage->parents[i])->schema,
                  table_of(kin, heritage->parents[i])->name);
    }
    pd_sql_add(&sql, heritage ? ")" : "");
    if (status == PD_OK)
        return run(kin, &sql, table);
    pd_sql_free(&sql);
    return status;
}

static pd_status
make_add(struct ddl_kin *kin, size_t table, const size_t *steps, size_t n)
{
    struct pd_sql sql = {.host = kin->sink->host};
    size_t i;
    pd_status status = PD_OK;

    pd_sql_add(&sql, "ALTER TABLE ");
    sql_table(&sql, table_of(kin, table)->schema, table_of(kin, table)->name);
    for (i = 0; i < n && status == PD_OK; i++) {
        pd_sql_add(&sql, i ? ", ADD COLUMN " : " ADD COLUMN ");
        status = ddl_column_write(kin->sink, table, steps[i] - kin->first[table], &sql, kin->err);
    }
    if (status == PD_OK)
        return run(kin, &sql, table);
    pd_sql_free(&sql);
    return status;
}

static bool
forbids_null(const struct ddl_kin *kin, size_t table, size_t column)
{
    return ddl_forbids_null(table_of(kin, table)->table, column);
}

/* Does a parent's column say so for its heirs? */
static bool
inherits_not_null(const struct ddl_kin *kin, size_t table, size_t column)
{
    const struct heritage *heritage = heritage_of(kin, table);
    size_t p;

    for (p = 0; p < heritage->n_parents; p++) {
        size_t i = namesake(kin, table, column, heritage->parents[p]);

        if (i < columns_of(kin, heritage->parents[p]) && forbids_null(kin, heritage->parents[p], i))
            return true;
    }
    return false;
}

/* What a column that comes from a parent has for itself. */
static pd_status
make_different(struct ddl_kin *kin, size_t table, size_t column)
{
    const struct target_table *t = table_of(kin, table);
    bool not_null = forbids_null(kin, table, column);
    struct pd_sql alter = {.host = kin->sink->host}, sql = {.host = kin->sink->host};
    pd_status status = PD_OK;

    pd_sql_add(&alter, "ALTER TABLE ONLY ");
    sql_table(&alter, t->schema, t->name);
    pd_sql_add(&alter, " ALTER COLUMN ");
    sql_name(&alter, t->columns[column].name);
    if (not_null != inherits_not_null(kin, table, column)) {
        pd_sql_add(&sql, pd_sql_text(&alter) ? alter.text : "");
        pd_sql_add(&sql, not_null ? " SET NOT NULL" : " DROP NOT NULL");
        status = run(kin, &sql, table);
    }
    if (status == PD_OK && !is_own(kin, table, column) &&
        ddl_is_identity(kin->sink, table, column)) {
        pd_sql_add(&sql, pd_sql_text(&alter) ? alter.text : "");
        pd_sql_add(&sql, " ADD");
        ddl_identity_write(kin->sink, table, column, &sql);
        status = run(kin, &sql, table);
    }
    pd_sql_free(&alter);
    return status;
}

static pd_status
finish_table(struct ddl_kin *kin, size_t table)
{
    size_t i;
    pd_status status = PD_OK;

    kin->sink->ddl->tables[table].made = true;
    for (i = 0; i < columns_of(kin, table) && status == PD_OK; i++) {
        if (!has_place(kin, table, i))
            ddl_say_lost_column(kin->sink, table, i);
        else if (heritage_of(kin, table))
            status = make_different(kin, table, i);
    }
    return status;
}

pd_status
ddl_kin(struct pd_sink *sink, struct pd_error *err)
{
    static const struct ways ways = {make_create, make_add};
    struct ddl_kin *kin = sink->ddl->kin;
    size_t i;
    pd_status status;

    if (!kin)
        return PD_OK;
    kin->err = err;
    status = walk(kin, &ways);
    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (ddl_is_kin(sink, kin->order[i]))
            status = finish_table(kin, kin->order[i]);
    }
    return status;
}
