// SPDX-License-Identifier: Apache-2.0
/* counters - sqlite_sequence: what AUTOINCREMENT remembers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"

static int
compare_table_name(const void *name, const void *table)
{
    return strcmp(name, ((const struct pd_table *)table)->name);
}

/* The column whose counter a row of sqlite_sequence is, and which has not got one yet. */
static struct pd_column *
find_counter(struct pd_table *tables, size_t n_tables, const char *name)
{
    const struct pd_table *table =
        name && n_tables ? bsearch(name, tables, n_tables, sizeof *tables, compare_table_name)
                         : NULL;
    size_t i;

    for (i = 0; table && i < table->n_columns; i++) {
        if (table->columns[i].identity == PD_IDENTITY_DEFAULT &&
            table->columns[i].counter.flags & PD_COUNTER_UNUSED)
            /* The columns were made by this half, in its own pool. */
            return (struct pd_column *)(uintptr_t)&table->columns[i];
    }
    return NULL;
}

/* A row that no table answers to, kept as "SEQ NAME"; one that cannot be said so is a note. */
static pd_status
keep_odd_row(struct catalog_maker *m, const char *name, bool is_integer, int64_t seq)
{
    size_t size = (name ? strlen(name) : 0) + 32;
    char *value = pd_pool_alloc(m->pool, size);

    if (!value)
        return sqlite_catalog_no_memory(m);
    if (name && is_integer)
        snprintf(value, size, "%lld %s", (long long)seq, name);
    else
        snprintf(value, size, "%s", name ? name : "");
    return sqlite_catalog_add_property(m, !name || !is_integer, "sqlite_sequence", value);
}

static pd_status
take_row(struct catalog_maker *m, sqlite3_stmt *stmt, struct pd_table *tables, size_t n_tables)
{
    pd_status status = PD_OK;
    const char *name = sqlite_catalog_text(m, stmt, 0, &status);
    bool is_integer = sqlite3_column_type(stmt, 1) == SQLITE_INTEGER;
    int64_t seq = sqlite3_column_int64(stmt, 1);
    struct pd_column *column = find_counter(tables, n_tables, name);

    if (status != PD_OK)
        return status;
    if (!column || !is_integer || seq < 0)
        return keep_odd_row(m, name, is_integer, seq);
    column->counter.flags &= ~(uint32_t)PD_COUNTER_UNUSED;
    column->counter.next = seq < INT64_MAX ? seq + 1 : INT64_MIN; /* used up */
    return PD_OK;
}

pd_status
sqlite_catalog_read_counters(struct catalog_maker *m, struct pd_table *tables, size_t n_tables)
{
    sqlite3_stmt *stmt = NULL;
    size_t i;
    pd_status status = PD_OK;
    int rc;

    for (i = 0; i < m->n_rows && strcmp(m->rows[i].name, "sqlite_sequence") != 0; i++)
        ;
    if (i == m->n_rows)
        return PD_OK;
    rc = sqlite3_prepare_v2(m->db, "SELECT name, seq FROM main.sqlite_sequence ORDER BY rowid", -1,
                            &stmt, NULL);
    if (rc != SQLITE_OK)
        return sqlite_fail(m->host, m->db, rc, m->err, "cannot read table 'sqlite_sequence'");
    while (status == PD_OK && (status = sqlite_catalog_step(m, stmt)) == PD_OK)
        status = take_row(m, stmt, tables, n_tables);
    sqlite3_finalize(stmt);
    return status == PD_DONE ? PD_OK : status;
}
