// SPDX-License-Identifier: Apache-2.0
/* ddl_values - whether stored generated columns have the values that they had in the source. The
   server computed them anew, under the settings of our sessions: where others came of it, the table
   is computed once more under those of the source, and what stays different is told. */
#include <stdlib.h>
#include <string.h>

#include "ddl.h"
#include "stored_values.h"
#include "write.h"

struct values {
    struct pd_sink *sink;
    size_t table;
    const struct pd_table *t;
    struct pd_pool pool;
    const char *settings; /* of the source */
    bool *differs;        /* one a column */
    struct pd_error *err;
};

static bool
is_known(const struct values *v, size_t i)
{
    const struct pd_column *column = pd_column_at(v->t, i);

    return column->generated == PD_GENERATED_STORED && column->generated_values &&
           ddl_column(v->sink, v->table, i);
}

static size_t
count_known(const struct values *v)
{
    size_t n = 0;

    for (size_t i = 0; i < v->t->n_columns; i++) {
        if (stored_identifies(v->t, i) && !ddl_column(v->sink, v->table, i))
            return 0;
        n += is_known(v, i);
    }
    return n;
}

/* ---- Comparing ---- */

static pd_status
take(struct values *v, MYSQL_ROW row)
{
    unsigned long long n_rows = strtoull(row[0], NULL, 10);
    unsigned at = 1;

    for (size_t i = 0; i < v->t->n_columns; i++) {
        const struct pd_column *column = pd_column_at(v->t, i);
        const char *text;

        if (!is_known(v, i))
            continue;
        text = stored_text(&v->pool, row[at], row[at + 1]);
        at += 2;
        if (!text)
            return my_no_memory(v->sink->host, v->err);
        /* Of fewer rows, or more, nobody knows: then the source's settings are the best guess. */
        v->differs[i] =
            column->generated_rows == n_rows && strcmp(text, column->generated_values) != 0;
        if ((v->differs[i] || column->generated_rows != n_rows) && column->generated_settings)
            v->settings = column->generated_settings;
    }
    return PD_OK;
}

static pd_status
compare(struct values *v)
{
    struct pd_sql sql = {.host = v->sink->host}, rows = {.host = v->sink->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    pd_sql_add(&sql, "SELECT COUNT(*)");
    for (size_t i = 0; i < v->t->n_columns; i++) {
        if (stored_identifies(v->t, i))
            stored_put_row(&rows, pd_column_at(v->t, i), ddl_column(v->sink, v->table, i));
    }
    for (size_t i = 0; i < v->t->n_columns; i++) {
        if (is_known(v, i))
            stored_put(&sql, &rows, pd_column_at(v->t, i), ddl_column(v->sink, v->table, i));
    }
    pd_sql_free(&rows);
    pd_sql_add(&sql, " FROM ");
    my_name(&sql, v->sink->tables[v->table].staged);
    status = pd_sql_text(&sql) ? my_query(v->sink->my, sql.text, &result, v->err)
                               : my_no_memory(v->sink->host, v->err);
    pd_sql_free(&sql);
    row = status == PD_OK ? mysql_fetch_row(result) : NULL;
    if (row)
        status = take(v, row);
    if (result)
        mysql_free_result(result);
    return status;
}

/* ---- Computing them once more ---- */

/* The lines of an archive are somebody's text: names that are known, and values in quotes. */
static void
put_settings(const char *lines, struct pd_sql *sql)
{
    const char *mark = "SET SESSION ";

    while (*lines) {
        size_t size = strcspn(lines, "\n"), name = strcspn(lines, "=\n");
        const char *value = lines + name + 1;

        for (size_t i = 0; name < size && stored_settings[i]; i++) {
            size_t n_value = size - name - 1;

            if (strlen(stored_settings[i]) != name || strncmp(stored_settings[i], lines, name) != 0)
                continue;
            pd_sql_printf(sql, "%s%s = ", mark, stored_settings[i]);
            if (n_value && strspn(value, "0123456789") == n_value)
                pd_sql_bytes(sql, value, n_value);
            else
                my_literal(sql, value, n_value);
            mark = ", ";
        }
        lines += size + (lines[size] != 0);
    }
}

static bool
is_late(const struct values *v)
{
    return v->sink->ddl->tables[v->table].is_late;
}

/* A unique key and partitions by generated columns, which rows may break as long as others than the
   source's values are in them, come now. */
static pd_status
put_alter(struct values *v, struct pd_sql *sql)
{
    struct passive p = {0};
    const char *why;
    pd_status status = PD_OK;

    if (is_late(v))
        status = map_native(v->sink, v->sink->load, v->table, &v->pool, &p, &why);
    pd_sql_clear(sql);
    pd_sql_add(sql, "ALTER TABLE ");
    my_name(sql, v->sink->tables[v->table].staged);
    pd_sql_add(sql, " FORCE");
    passive_put_unique(&p, sql);
    pd_sql_add(sql, ", ALGORITHM=COPY");
    passive_put_partitions(&p, sql);
    return status;
}

static pd_status
tell_late(struct values *v, const struct my *my)
{
    return v->sink->host->fail(
        v->err, PD_FAILED, PD_CAUSE_DATA,
        "cannot make keys of table '%s', or its partitions: %s; they are of a generated column "
        "that sessions of the source have computed under other settings than its server has now: "
        "SET GLOBAL time_zone (or div_precision_increment and the like) there to those, and read "
        "it again, or leave the table out by --exclude",
        v->t->name, my->complaint.text);
}

/* On a connection of its own, which ends with these settings. */
static pd_status
compute_with(struct values *v, struct my *my)
{
    struct pd_sql sql = {.host = v->sink->host};
    pd_status status = stage_join(v->sink, my, v->err);

    if (status == PD_OK)
        status = write_relax(v->sink, my, v->err);
    /* Rows of the past are computed, too, and stay what they are otherwise. */
    if (status == PD_OK)
        status = my_run(my, "SET SESSION system_versioning_alter_history = KEEP", v->err);
    put_settings(v->settings ? v->settings : "", &sql);
    if (status == PD_OK && sql.size)
        status = pd_sql_text(&sql) ? my_run_quietly(my, sql.text, v->err)
                                   : my_no_memory(v->sink->host, v->err);
    if (status == PD_OK)
        status = put_alter(v, &sql);
    if (status == PD_OK)
        status = pd_sql_text(&sql) ? my_run_quietly(my, sql.text, v->err)
                                   : my_no_memory(v->sink->host, v->err);
    pd_sql_free(&sql);
    if (status == PD_FAILED && is_late(v))
        return tell_late(v, my);
    return status == PD_FAILED ? PD_OK : status;
}

static pd_status
compute_again(struct values *v)
{
    struct my *my = NULL;
    pd_status status;

    if (!v->settings && !is_late(v))
        return PD_OK;
    status = my_open(v->sink->host, v->sink->end, MY_WRITE, NULL, &my, v->err);
    if (status == PD_OK)
        status = compute_with(v, my);
    my_close(my);
    return status == PD_OK ? compare(v) : status;
}

/* ---- A table ---- */

static void
tell(struct values *v)
{
    for (size_t i = 0; i < v->t->n_columns; i++) {
        if (v->differs[i])
            sink_leave_out(v->sink, PD_PART_GENERATED, (uint32_t)v->table, (uint32_t)i,
                           "values of column '%s' of table '%s': the server computes others than "
                           "are stored in the source, where sessions had other settings "
                           "(time_zone, div_precision_increment, sql_mode or the like)",
                           pd_column_at(v->t, i)->name, v->t->name);
    }
}

static pd_status
check_table(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    struct values v = {.sink = sink,
                       .table = table,
                       .t = sink->tables[table].table,
                       .pool = {.host = sink->host},
                       .err = err};
    pd_status status = PD_OK;

    if (count_known(&v) == 0 && !is_late(&v))
        return PD_OK;
    v.differs = pd_pool_alloc(&v.pool, v.t->n_columns);
    if (!v.differs)
        return my_no_memory(sink->host, err);
    memset(v.differs, 0, v.t->n_columns);
    status = compare(&v);
    if (status == PD_OK)
        status = compute_again(&v);
    if (status == PD_OK)
        tell(&v);
    pd_pool_close(&v.pool);
    return status;
}

pd_status
ddl_values(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < sink->catalog->n_tables && status == PD_OK && sink->same; i++) {
        if (ddl_is_made(sink, i) && !sink->tables[i].is_history)
            status = check_table(sink, i, err);
    }
    return status;
}
