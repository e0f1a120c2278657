// SPDX-License-Identifier: Apache-2.0
/* ddl_checks - check constraints. They are part of CREATE TABLE, since one that is added later
   copies the table; whether the rows keep to them is asked once all are in. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ddl.h"

void
ddl_say_check(struct pd_sink *sink, size_t table, size_t check, const char *why)
{
    sink_leave_out(sink, PD_PART_CHECK, (uint32_t)table, (uint32_t)check,
                   "check '%s' of table '%s': %s", sink->ddl->tables[table].checks[check],
                   sink->tables[table].table->name, why);
}

/* Does the type of a column say the same: 0 and 1 of a boolean? */
static bool
is_said(const struct pd_sink *sink, size_t table, const char *expression, bool *ret_said)
{
    const struct target_table *t = &sink->tables[table];
    struct pd_sql said = {.host = sink->host};
    bool is_built = true;
    size_t i;

    *ret_said = false;
    for (i = 0; i < t->table->n_columns && expression && is_built && !*ret_said; i++) {
        const char *name = pd_column_at(t->table, i)->name;

        if (t->columns[i].as.kind != PD_KIND_BOOL)
            continue;
        pd_sql_clear(&said);
        pd_sql_add(&said, "(");
        pd_sql_quoted(&said, name, strlen(name), '"');
        pd_sql_add(&said, " IN (0, 1))");
        is_built = pd_sql_text(&said) != NULL;
        *ret_said = is_built && strcmp(said.text, expression) == 0;
    }
    pd_sql_free(&said);
    return is_built;
}

/* Only MySQL has checks that nobody looks at. */
static bool
is_loose(const struct pd_sink *sink, const struct pd_check *check)
{
    return sink->same && sink->my && !sink->my->is_mariadb && check->flags & PD_CHECK_NOT_VALIDATED;
}

pd_status
ddl_put_check(struct pd_sink *sink, size_t table, size_t number, struct pd_sql *sql,
              struct pd_error *err)
{
    const struct pd_check *check = pd_check_at(sink->tables[table].table, number);
    struct pd_sql text = {.host = sink->host};
    bool said;
    pd_status status;

    if (!is_said(sink, table, check->expression, &said))
        return my_no_memory(sink->host, err);
    if (said)
        return PD_DONE;
    status = expression_write(sink, table, check->expression, check->expression_native, &text, err);
    if (status == PD_OK && !pd_sql_text(&text))
        status = my_no_memory(sink->host, err);
    /* MySQL makes one of the final name of the table, once that has it. */
    if (status == PD_OK && (check->name || !sink->my || sink->my->is_mariadb)) {
        pd_sql_add(sql, "CONSTRAINT ");
        my_name(sql, sink->ddl->tables[table].checks[number]);
        pd_sql_add(sql, " ");
    }
    if (status == PD_OK)
        pd_sql_printf(sql, "CHECK (%s)%s", text.text, is_loose(sink, check) ? " NOT ENFORCED" : "");
    pd_sql_free(&text);
    return status;
}

/* ---- What a type says ---- */

static void
put_labels(const struct pd_type *type, const char *name, struct pd_sql *sql)
{
    size_t i;

    pd_sql_add(sql, " CHECK (");
    my_name(sql, name);
    for (i = 0; i < type->n_labels; i++) {
        pd_sql_add(sql, i ? "," : " in (");
        my_literal(sql, type->labels[i], strlen(type->labels[i]));
    }
    pd_sql_add(sql, "))");
}

static void
put_length(uint64_t length, const char *name, struct pd_sql *sql)
{
    pd_sql_add(sql, " CHECK (char_length(");
    my_name(sql, name);
    pd_sql_printf(sql, ") <= %" PRIu64 ")", length);
}

/* Are all values labels, as far as is known? Others would be refused row by row. */
static bool
has_labels_only(const struct pd_sink *sink, size_t table, size_t number)
{
    const struct pd_mapping *mapping = sink->tables[table].columns[number].mapping;
    const struct pd_profile *profile = pd_load_profile(sink->load, table, number);

    return !(mapping->flags & PD_MAPPING_TAGGED) && (!profile || profile->n_outliers == 0);
}

void
ddl_put_type_check(const struct pd_sink *sink, size_t table, size_t number, struct pd_sql *sql)
{
    const struct target_column *target = &sink->tables[table].columns[number];
    const struct pd_type *type = &pd_column_at(sink->tables[table].table, number)->type;

    if (target->as.kind == PD_KIND_BOOL) {
        pd_sql_add(sql, " CHECK (");
        my_name(sql, target->name);
        pd_sql_add(sql, " in (0,1))");
    } else if (type->kind == PD_KIND_ENUM && target->as.kind == PD_KIND_TEXT && type->n_labels &&
               !sink->same && has_labels_only(sink, table, number)) {
        put_labels(type, target->name, sql);
    } else if ((type->kind == PD_KIND_TEXT || type->kind == PD_KIND_CHAR) && type->length &&
               (target->as.kind == PD_KIND_TEXT || target->as.kind == PD_KIND_CHAR) &&
               strcmp(target->native, "longtext") == 0 &&
               !(target->mapping->flags & PD_MAPPING_TAGGED)) {
        put_length(type->length, target->name, sql);
    }
}

/* ---- After the rows ---- */

/* Counts of the rows that break each check, in one scan. */
static pd_status
put_counts(struct pd_sink *sink, size_t table, struct pd_sql *sql, size_t *ret_n,
           struct pd_error *err)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t i;
    pd_status status = PD_OK;

    *ret_n = 0;
    for (i = 0; i < t->n_checks && status == PD_OK; i++) {
        const struct pd_check *check = pd_check_at(t, i);
        struct pd_sql text = {.host = sink->host};

        status =
            expression_write(sink, table, check->expression, check->expression_native, &text, err);
        if (status == PD_OK && !pd_sql_text(&text))
            status = my_no_memory(sink->host, err);
        if (status == PD_OK)
            pd_sql_printf(sql, "%s coalesce(sum(NOT (%s)), 0)", (*ret_n)++ ? "," : "SELECT",
                          text.text);
        else if (status == PD_UNSUPPORTED)
            pd_sql_add(sql, (*ret_n)++ ? ", 0" : "SELECT 0");
        status = status == PD_UNSUPPORTED ? PD_OK : status;
        pd_sql_free(&text);
    }
    pd_sql_add(sql, " FROM ");
    my_name(sql, sink->tables[table].staged);
    return status;
}

static pd_status
tell(struct pd_sink *sink, size_t table, size_t i, long long n, struct pd_error *err)
{
    const struct pd_check *check = pd_check_at(sink->tables[table].table, i);
    struct pd_sql text = {.host = sink->host}, rows = {.host = sink->host};
    char why[512];
    pd_status status =
        expression_write(sink, table, check->expression, check->expression_native, &text, err);

    if (status == PD_OK && !pd_sql_text(&text))
        status = my_no_memory(sink->host, err);
    if (status == PD_OK) {
        pd_sql_add(&rows, " FROM ");
        my_name(&rows, sink->tables[table].staged);
        pd_sql_printf(&rows, " WHERE NOT (%s)", text.text);
        status = ddl_tell_broken(sink, table, n, "break it", &rows, why, sizeof why, err);
    }
    if (status == PD_OK)
        sink_leave_out(sink, PD_PART_CHECK | PD_PART_BROKEN, (uint32_t)table, (uint32_t)i,
                       "check '%s' of table '%s': %s", sink->ddl->tables[table].checks[i],
                       sink->tables[table].table->name, why);
    pd_sql_free(&text);
    pd_sql_free(&rows);
    return status;
}

static pd_status
judge(struct pd_sink *sink, size_t table, MYSQL_RES *result, struct pd_error *err)
{
    MYSQL_ROW row = mysql_fetch_row(result);
    pd_status status = PD_OK;

    for (unsigned i = 0; row && i < mysql_num_fields(result) && status == PD_OK; i++) {
        long long n = row[i] ? strtoll(row[i], NULL, 10) : 0;

        if (n > 0)
            status = tell(sink, table, i, n, err);
    }
    return status;
}

/* Rows of the same engine are what they were, whatever they break. */
static bool
is_to_be_asked(const struct pd_sink *sink, size_t table)
{
    return ddl_is_made(sink, table) && ddl_is_changed(sink, table) &&
           sink->tables[table].table->n_checks > 0 && !(sink->load->flags & PD_LOAD_SCHEMA_ONLY);
}

static pd_status
ask(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    MYSQL_RES *result = NULL;
    size_t n;
    pd_status status = put_counts(sink, table, &sql, &n, err);

    if (status == PD_OK && n)
        status = pd_sql_text(&sql) ? my_query(sink->my, sql.text, &result, err)
                                   : my_no_memory(sink->host, err);
    if (status == PD_OK && n) {
        status = judge(sink, table, result, err);
        mysql_free_result(result);
    }
    pd_sql_free(&sql);
    return status;
}

pd_status
ddl_checks(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (is_to_be_asked(sink, i))
            status = ask(sink, i, err);
    }
    return status;
}
