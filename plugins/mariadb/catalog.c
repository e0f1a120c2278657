// SPDX-License-Identifier: Apache-2.0
/* catalog - the server's catalogue as polydump's, with what the reader needs beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maker.h"
#include "objects.h"
#include "sink.h"
#include "stored_values.h"

static const char *
version_text(struct maker *m)
{
    char text[32];
    const char *copy;
    int version = m->my->version;

    snprintf(text, sizeof text, "%d.%d.%d", version / 10000, version / 100 % 100, version % 100);
    copy = pd_pool_text(m->pool, text);
    if (!copy)
        maker_no_memory(m);
    return copy;
}

/* ---- What may be replayed without having been asked for ---- */

static void
judge(struct maker *m)
{
    for (size_t i = 0; i < m->n_tables; i++) {
        struct pd_table *table = &m->tables[i];
        struct pd_key *keys = m->works[i].keys;

        /* MySQL's has comments that are run; a table of its is made of its columns and keys. */
        if (!m->my->is_mariadb)
            table->native_sql = NULL;
        else if (!passive_statement(table->native_sql))
            table->flags |= PD_TABLE_ACTIVE_SQL;
        for (size_t k = 0; k < table->n_keys; k++) {
            if (!passive_statement(keys[k].native_sql))
                keys[k].flags |= PD_KEY_ACTIVE_SQL;
        }
    }
}

/* ---- Identity columns ---- */

static struct pd_column *
identity_of(const struct maker *m, size_t number)
{
    for (size_t i = 0; i < m->tables[number].n_columns; i++) {
        if (m->works[number].columns[i].identity)
            return &m->works[number].columns[i];
    }
    return NULL;
}

static int
compare_counted(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;

    return strcmp(x->table, y->table);
}

static void
list_counted(struct maker *m)
{
    struct made *made = m->made;

    made->counted = maker_alloc(m, m->pool, (m->n_tables + 1) * sizeof *made->counted);
    for (size_t i = 0; made->counted && i < m->n_tables; i++) {
        struct pd_column *column = identity_of(m, i);

        if (!column)
            continue;
        counters_set(column, m->works[i].auto_increment);
        made->counted[made->n_counted++] = (struct counted){m->works[i].name, column};
    }
    if (made->n_counted)
        qsort(made->counted, made->n_counted, sizeof *made->counted, compare_counted);
}

/* ---- All of it ---- */

static pd_status
read_rest(struct maker *m)
{
    order_read(m);
    if (m->status == PD_OK)
        judge(m);
    if (m->status == PD_OK)
        list_counted(m);
    return m->status;
}

/* Tables of history come last: they are behind the tables that they are of, and shift others. */
static pd_status
read_all(struct maker *m, bool values)
{
    static pd_status (*const steps[])(struct maker * m) = {
        tables_read, create_read, columns_read, read_rest, counters_read, sequences_read,
    };
    pd_status status = PD_OK;

    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == PD_OK; i++)
        status = steps[i](m);
    if (status == PD_OK && values)
        status = stored_read(m);
    if (status != PD_OK)
        return status;
    history_add(m);
    return m->status;
}

static pd_status
hand_over(struct maker *m)
{
    struct pd_catalog *catalog = &m->made->catalog.catalog;

    maker_sort_notes(m);
    catalog->struct_size = sizeof *catalog;
    catalog->engine = "mariadb";
    catalog->engine_version = version_text(m);
    catalog->properties = m->properties;
    catalog->n_properties = m->n_properties;
    catalog->property_size = sizeof(struct pd_property);
    catalog->tables = m->tables;
    catalog->n_tables = m->n_tables;
    catalog->table_size = sizeof *m->tables;
    catalog->sequence_size = sizeof(struct pd_sequence);
    catalog->object_size = sizeof(struct pd_object);
    m->made->catalog.tables = m->my_tables;
    return m->status;
}

static pd_status
make(struct my *my, bool values, const struct my_staged *staged, struct made *made,
     struct pd_error *err)
{
    struct maker m = {
        .my = my,
        .host = my->host,
        .err = err,
        .made = made,
        .staged = staged,
        .pool = &made->catalog.pool,
        .scratch = {.host = my->host},
        .lines = {.host = my->host},
    };
    pd_status status = read_all(&m, values);

    if (status == PD_OK)
        status = hand_over(&m);
    pd_pool_close(&m.lines);
    pd_pool_close(&m.scratch);
    return status;
}

pd_status
catalog_read(struct my *my, bool objects, const struct my_staged *staged,
             struct my_catalog **ret_catalog, struct pd_error *err)
{
    struct made *made = my->host->alloc(my->host, sizeof *made);
    pd_status status;

    if (!made)
        return my_no_memory(my->host, err);
    memset(made, 0, sizeof *made);
    made->catalog.pool.host = my->host;
    status = make(my, objects, staged, made, err);
    if (status == PD_OK && objects)
        status = objects_read(my, &made->catalog, err);
    if (status != PD_OK) {
        catalog_free(&made->catalog);
        return status;
    }
    *ret_catalog = &made->catalog;
    return PD_OK;
}

pd_status
catalog_counters(struct my *my, struct my_catalog *catalog, struct pd_error *err)
{
    struct made *made = (struct made *)(void *)catalog; /* its first member */
    struct maker m = {
        .my = my,
        .host = my->host,
        .err = err,
        .made = made,
        .pool = &catalog->pool,
        .scratch = {.host = my->host},
    };
    pd_status status = counters_read(&m);

    pd_pool_close(&m.scratch);
    return status == PD_OK
               ? sequences_states(my, made->sequences, catalog->catalog.n_sequences, err)
               : status;
}

void
catalog_free(struct my_catalog *catalog)
{
    const struct pd_host *host;

    if (!catalog)
        return;
    host = catalog->pool.host;
    pd_pool_close(&catalog->pool);
    host->release(host, catalog);
}
