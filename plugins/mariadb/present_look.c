// SPDX-License-Identifier: Apache-2.0
/* present_look - which tables of a run a database has already, and whether they have rows. */
#include <string.h>
#include <strings.h>

#include "ddl.h"
#include "stage.h"

/* Tables of that name whatever the case of its letters: of several, only one that has it exactly.
 */
static pd_status
find_name(struct pd_sink *sink, const char *name, const char **ret_name, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    MYSQL_RES *found = NULL;
    MYSQL_ROW row;
    const char *like = "";
    size_t n = 0;
    bool is_same = false;
    pd_status status;

    pd_sql_add(&sql, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                     "DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND "
                     "LOWER(TABLE_NAME) = LOWER(");
    my_literal(&sql, name, strlen(name));
    pd_sql_add(&sql, ")");
    status = pd_sql_text(&sql) ? my_query(sink->my, sql.text, &found, err)
                               : my_no_memory(sink->host, err);
    pd_sql_free(&sql);
    while (status == PD_OK && !is_same && (row = my_row(found, 1, 0))) {
        if (!row[0] || strcasecmp(row[0], name) != 0)
            continue;
        is_same = strcmp(row[0], name) == 0;
        like = pd_pool_text(&sink->pool, row[0]);
        if (!like)
            status = my_no_memory(sink->host, err);
        n++;
    }
    mysql_free_result(found);
    *ret_name = status == PD_OK && (is_same || n == 1) ? like : "";
    return status;
}

pd_status
present_name(struct pd_sink *sink, const char *name, const char **ret_name, bool *ret_has_rows,
             struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    long long n = 0;
    bool is_null;
    pd_status status = find_name(sink, name, ret_name, err);

    if (status != PD_OK || !ret_has_rows)
        return status;
    if (**ret_name) {
        pd_sql_add(&sql, "SELECT EXISTS (SELECT 1 FROM ");
        my_name(&sql, *ret_name);
        pd_sql_add(&sql, ")");
        status = attempt_count(sink, &sql, &n, &is_null, err);
        pd_sql_free(&sql);
    }
    *ret_has_rows = n > 0;
    return status;
}

/* Most runs are into a database without a table. */
static pd_status
has_tables(struct pd_sink *sink, bool *ret_has, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    long long n = 0;
    bool is_null;
    pd_status status;

    pd_sql_add(&sql, "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                     "DATABASE()");
    status = attempt_count(sink, &sql, &n, &is_null, err);
    pd_sql_free(&sql);
    *ret_has = n > 0;
    return status;
}

pd_status
present_look(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
             struct pd_error *err)
{
    char run[STAGE_RUN];
    bool has = false;
    pd_status status = has_tables(sink, &has, err);

    if (status == PD_OK && has) {
        status = stage_read(sink->my, run, err);
        has = status == PD_OK && !*run;
    }
    for (uint32_t i = 0; i < load->catalog->n_tables && status == PD_OK && has; i++) {
        const struct pd_table *table = pd_table_at(load->catalog, i);
        const char *name, *there = "";
        bool has_rows = false;

        if (table->flags & PD_TABLE_PASSENGER || table->owner)
            continue;
        name = place_flat(&sink->pool, table->schema, table->name);
        status =
            name ? present_name(sink, name, &there, &has_rows, err) : my_no_memory(sink->host, err);
        ret_found->n_found += *there != 0;
        if (!*there && ret_found->missing == PD_NO_TABLE)
            ret_found->missing = i;
        if (has_rows && !pd_load_empties(load, i) && ret_found->filled == PD_NO_TABLE)
            ret_found->filled = i;
    }
    return status;
}
