// SPDX-License-Identifier: Apache-2.0
/* present_look - which tables of a run a database has already, and whether they have rows. */
#include <string.h>
#include <strings.h>

#include "ddl.h"
#include "stage.h"

/* The tables that are there, asked for once: each such question makes the server look at all of
   them. */
struct present_names {
    const char **names;
    size_t n;
    size_t room;
};

static pd_status
read_names(struct pd_sink *sink, struct present_names **ret_names, struct pd_error *err)
{
    struct present_names *all = pd_pool_alloc(&sink->pool, sizeof *all);
    MYSQL_RES *found = NULL;
    MYSQL_ROW row;
    pd_status status = all ? my_query(sink->my,
                                      "SELECT TABLE_NAME FROM information_schema.TABLES WHERE "
                                      "TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', "
                                      "'SYSTEM VERSIONED')",
                                      &found, err)
                           : my_no_memory(sink->host, err);

    while (status == PD_OK && (row = my_row(sink->my, found, 1, 1, &status, err))) {
        const char **place =
            pd_pool_append(&sink->pool, &all->names, all->n, &all->room, sizeof *place);

        if (place)
            *place = pd_pool_text(&sink->pool, row[0]);
        if (!place || !*place)
            status = my_no_memory(sink->host, err);
        all->n++;
    }
    mysql_free_result(found);
    *ret_names = all;
    return status;
}

/* The same, else the only one that is the same but for the case of letters. */
static const char *
find_name(const struct present_names *all, const char *name)
{
    const char *like = "";
    size_t i, n = 0;

    for (i = 0; i < all->n; i++) {
        if (strcasecmp(all->names[i], name) != 0)
            continue;
        if (strcmp(all->names[i], name) == 0)
            return all->names[i];
        like = all->names[i];
        n++;
    }
    return n == 1 ? like : "";
}

pd_status
present_name(struct pd_sink *sink, const char *name, const char **ret_name, bool *ret_has_rows,
             struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    long long n = 0;
    bool is_null;
    pd_status status = PD_OK;

    if (!sink->names)
        status = read_names(sink, &sink->names, err);
    if (status != PD_OK)
        return status;
    *ret_name = find_name(sink->names, name);
    if (!ret_has_rows)
        return PD_OK;
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

pd_status
present_look(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
             struct pd_error *err)
{
    char run[STAGE_RUN];
    pd_status status = read_names(sink, &sink->names, err);

    /* Most runs are into a database without a table. */
    if (status != PD_OK || !sink->names->n)
        return status;
    status = stage_read(sink->my, run, err);
    if (status != PD_OK || *run)
        return status;
    for (uint32_t i = 0; i < load->catalog->n_tables && status == PD_OK; i++) {
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
