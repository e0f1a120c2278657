// SPDX-License-Identifier: Apache-2.0
/* ddl_checks - check constraints. Those of a table are made together, which reads its rows once;
   what the server refuses is made by itself, first for new rows only. */
#include <string.h>

#include "ddl.h"

struct check_maker {
    struct pd_sink *sink;
    size_t table;
    const struct target_table *t;
    struct pd_error *err;
};

static void
say(struct check_maker *m, int part, size_t i, const char *what)
{
    sink_leave_out(m->sink, part, (uint32_t)m->table, (uint32_t)i, "check '%s' of table '%s': %s",
                   m->sink->ddl->tables[m->table].checks[i], m->t->table->name, what);
}

static void
put_alter(struct check_maker *m, struct pd_sql *sql)
{
    pd_sql_clear(sql);
    pd_sql_add(sql, "ALTER TABLE ");
    sql_table(sql, m->t->schema, m->t->name);
}

/* Does the type of a column say the same: 0 and 1 of what became a boolean? */
static bool
is_said(struct check_maker *m, size_t i, bool *ret_said)
{
    const char *expression = pd_check_at(m->t->table, i)->expression;
    struct pd_sql said = {.host = m->sink->host};
    bool is_built = true;
    size_t k;

    *ret_said = false;
    for (k = 0; k < m->t->table->n_columns && expression && is_built && !*ret_said; k++) {
        if (m->t->columns[k].as.kind != PD_KIND_BOOL)
            continue;
        pd_sql_clear(&said);
        pd_sql_add(&said, "(");
        sql_name(&said, pd_column_at(m->t->table, k)->name);
        pd_sql_add(&said, " IN (0, 1))");
        is_built = pd_sql_text(&said) != NULL;
        *ret_said = is_built && strcmp(pd_sql_text(&said), expression) == 0;
    }
    pd_sql_free(&said);
    return is_built;
}

/* It comes from a parent's. */
static bool
is_inherited(const struct check_maker *m, size_t i)
{
    const struct heritage *heritage = m->sink->ddl->tables[m->table].heritage;

    return heritage && !heritage->checks[i];
}

/* PD_UNSUPPORTED: it cannot be said; PD_DONE: it need not. */
static pd_status
put_check(struct check_maker *m, size_t i, bool first, struct pd_sql *sql)
{
    const struct pd_check *check = pd_check_at(m->t->table, i);
    struct pd_sql text = {.host = m->sink->host};
    bool said;
    pd_status status;

    if (is_inherited(m, i))
        return PD_DONE;
    if (!is_said(m, i, &said))
        return pg_no_memory(m->sink->host, m->err);
    if (said)
        return PD_DONE;
    status = expression_write(m->sink, m->table, check->expression, check->expression_native, &text,
                              m->err);
    if (status == PD_OK && !pd_sql_text(&text))
        status = pg_no_memory(m->sink->host, m->err);
    if (status == PD_OK) {
        pd_sql_add(sql, first ? " ADD CONSTRAINT " : ", ADD CONSTRAINT ");
        sql_name(sql, m->sink->ddl->tables[m->table].checks[i]);
        pd_sql_printf(sql, " CHECK (%s)%s%s", pd_sql_text(&text),
                      check->flags & PD_CHECK_NO_INHERIT ? " NO INHERIT" : "",
                      check->flags & PD_CHECK_NOT_VALIDATED ? " NOT VALID" : "");
    }
    pd_sql_free(&text);
    return status;
}

static pd_status
run(struct check_maker *m, const struct pd_sql *sql, const char **ret_refusal)
{
    const char *text = pd_sql_text(sql);

    return text ? attempt(m->sink, text, ret_refusal, m->err) : pg_no_memory(m->sink->host, m->err);
}

/* The server found a row that breaks it; now all of them. */
static pd_status
tell_broken(struct check_maker *m, size_t i)
{
    const struct pd_check *check = pd_check_at(m->t->table, i);
    struct pd_sql text = {.host = m->sink->host}, rows = {.host = m->sink->host};
    struct pd_sql sql = {.host = m->sink->host};
    PGresult *result = NULL;
    char why[512] = "rows break it";
    pd_status status = expression_write(m->sink, m->table, check->expression,
                                        check->expression_native, &text, m->err);

    if (status == PD_OK && !pd_sql_text(&text))
        status = pg_no_memory(m->sink->host, m->err);
    if (status == PD_OK) {
        pd_sql_add(&rows, " FROM ");
        sql_table(&rows, m->t->schema, m->t->name);
        pd_sql_printf(&rows, " WHERE NOT (%s)", text.text);
        pd_sql_printf(&sql, "SELECT count(*)%s", pd_sql_text(&rows) ? rows.text : "");
        status = pd_sql_text(&sql) ? pg_query(m->sink->pg, sql.text, 0, NULL, "1i", &result, m->err)
                                   : pg_no_memory(m->sink->host, m->err);
    }
    if (status == PD_OK)
        status = ddl_tell_broken(m->sink, m->table, PQgetvalue(result, 0, 0),
                                 "break it, so it holds for new rows only", &rows, why, sizeof why,
                                 m->err);
    PQclear(result);
    pd_sql_free(&text);
    pd_sql_free(&rows);
    pd_sql_free(&sql);
    if (status == PD_OK)
        say(m, PD_PART_CHECK | PD_PART_BROKEN, i, why);
    return status;
}

static pd_status
validate(struct check_maker *m, size_t i, struct pd_sql *sql)
{
    const char *refusal = NULL;
    pd_status status;

    put_alter(m, sql);
    pd_sql_add(sql, " VALIDATE CONSTRAINT ");
    sql_name(sql, m->sink->ddl->tables[m->table].checks[i]);
    status = run(m, sql, &refusal);
    return refusal ? tell_broken(m, i) : status;
}

/* After the server refused them together. */
static pd_status
make_one(struct check_maker *m, size_t i, struct pd_sql *sql)
{
    bool valid = !(pd_check_at(m->t->table, i)->flags & PD_CHECK_NOT_VALIDATED);
    const char *refusal = NULL;
    pd_status status;

    put_alter(m, sql);
    status = put_check(m, i, /* first= */ true, sql);
    if (status == PD_OK && valid)
        pd_sql_add(sql, " NOT VALID");
    if (status == PD_OK)
        status = run(m, sql, &refusal);
    if (refusal)
        say(m, PD_PART_CHECK, i, refusal);
    else if (status == PD_OK && valid)
        return validate(m, i, sql);
    return status == PD_UNSUPPORTED || status == PD_DONE ? PD_OK : status;
}

/* Labels that are too long for an enum. */
static pd_status
make_labels(struct check_maker *m, size_t i, struct pd_sql *sql)
{
    const struct pd_type *type = &pd_column_at(m->t->table, i)->type;
    const struct target_column *target = &m->t->columns[i];
    const char *refusal = NULL;
    size_t k;
    pd_status status;

    if (type->kind != PD_KIND_ENUM || target->as.kind != PD_KIND_TEXT || !target->name ||
        type->n_labels == 0 || m->sink->same)
        return PD_OK;
    put_alter(m, sql);
    pd_sql_add(sql, " ADD CHECK (");
    sql_name(sql, target->name);
    for (k = 0; k < type->n_labels; k++) {
        pd_sql_add(sql, k ? ", " : " IN (");
        sql_literal(sql, type->labels[k], strlen(type->labels[k]));
    }
    pd_sql_add(sql, "))");
    status = run(m, sql, &refusal);
    if (refusal)
        sink_leave_out(m->sink, PD_PART_TYPE, (uint32_t)m->table, (uint32_t)i,
                       "labels of column '%s' of table '%s': a value is none of them", target->name,
                       m->t->table->name);
    return status;
}

static pd_status
make_table(struct pd_sink *sink, size_t table, struct pd_sql *sql, struct pd_error *err)
{
    struct check_maker m = {.sink = sink, .table = table, .t = &sink->tables[table], .err = err};
    const char *refusal = NULL;
    size_t i, n = 0;
    pd_status status = PD_OK;

    put_alter(&m, sql);
    for (i = 0; i < m.t->table->n_checks && status == PD_OK; i++) {
        status = put_check(&m, i, n == 0, sql);
        n += status == PD_OK;
        if (status == PD_UNSUPPORTED) {
            if (sink->same)
                say(&m, PD_PART_CHECK | PD_PART_IF_NATIVE, i, "it is made with --native only");
            else
                say(&m, PD_PART_CHECK, i,
                    expression_obstacle(sink, table, pd_check_at(m.t->table, i)->expression));
            status = PD_OK;
        }
        status = status == PD_DONE ? PD_OK : status;
    }
    if (status == PD_OK && n)
        status = run(&m, sql, &refusal);
    for (i = 0; i < m.t->table->n_checks && refusal && status == PD_OK; i++)
        status = make_one(&m, i, sql);
    for (i = 0; i < m.t->table->n_columns && status == PD_OK; i++)
        status = make_labels(&m, i, sql);
    return status;
}

/* Heirs before their parents, whose checks come down to them: what an heir has itself stays so. */
pd_status
ddl_checks(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    const size_t *order = ddl_by_descent(sink, err);
    size_t i;
    pd_status status = order ? PD_OK : PD_FATAL;

    for (i = sink->catalog->n_tables; i > 0 && status == PD_OK; i--) {
        if (!sink->tables[order[i - 1]].is_large_objects)
            status = make_table(sink, order[i - 1], &sql, err);
    }
    pd_sql_free(&sql);
    return status;
}
