/* SPDX-License-Identifier: Apache-2.0 */
/* stop - a plugin with a migration that ends its own process, or fails, at a place that an option
   names; migrate_killed.bats compiles it. Rows of `item` are copied, and each is looked up in
   `kind`. */
#include <signal.h>
#include <stdlib.h>

#include <polydump/batch.h>
#include <polydump/migration.h>
#include <polydump/schema.h>
#include <polydump/value.h>

enum { ID, KIND, TEXT, N_COLUMNS }; /* of item, before and after */

struct pd_migrator {
    const struct pd_host *host;
    const struct pd_step_ops *ops;
    struct pd_step *step;
    const struct pd_table *before;
    struct pd_builder builder;
    uint32_t table;
    uint32_t row;
    const char *at;  /* plan, begin, row, lookup, rest */
    int64_t stop_id; /* of the row */
    int by;          /* signal; 0: fail */
};

/* Is this the place? Then the process is over, or is told to end, or the step fails. */
static pd_status
stop(struct pd_migrator *m, const char *place, int64_t id, struct pd_error *err)
{
    if (!m->at || strcmp(m->at, place) != 0 || (id && id != m->stop_id))
        return PD_OK;
    if (m->by == 0)
        return m->host->fail(err, PD_FAILED, PD_CAUSE_DATA, "it fails at %s %lld", place,
                             (long long)id);
    raise(m->by);
    return PD_OK;
}

static pd_status
stop_open(const struct pd_migration *migration, const struct pd_host *host,
          const struct pd_options *options, struct pd_migrator **ret_migrator, struct pd_error *err)
{
    struct pd_migrator *m = host->alloc(host, sizeof *m);
    const char *row = host->option(options, "stop-row"), *by = host->option(options, "stop-by");

    (void)migration;
    if (!m)
        return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    memset(m, 0, sizeof *m);
    m->host = host;
    m->at = host->option(options, "stop-at");
    m->stop_id = row ? atoll(row) : 0;
    m->by = by ? atoi(by) : 0;
    *ret_migrator = m;
    return PD_OK;
}

static void
stop_close(struct pd_migrator *m)
{
    if (!m)
        return;
    pd_builder_close(&m->builder);
    m->host->release(m->host, m);
}

static pd_status
stop_plan(struct pd_migrator *m, const struct pd_catalog *before, const struct pd_change_ops *ops,
          struct pd_changes *changes, struct pd_error *err)
{
    static const char *const id[] = {"id", NULL}, *const text[] = {"text", NULL};
    const struct pd_need kinds = {sizeof kinds, 0, "kind", id, text};
    uint32_t number;
    pd_status status = ops->see_rows(changes, "item", NULL, err);

    (void)before;
    if (status == PD_OK)
        status = ops->need(changes, &kinds, &number, err);
    return status == PD_OK ? stop(m, "plan", 0, err) : status;
}

static pd_status
stop_begin(struct pd_migrator *m, const struct pd_catalog *before, const struct pd_catalog *after,
           const struct pd_step_ops *ops, struct pd_step *step, struct pd_error *err)
{
    uint32_t i;

    m->ops = ops;
    m->step = step;
    for (i = 0; i < before->n_tables; i++)
        if (strcmp(pd_table_at(before, i)->name, "item") == 0)
            m->before = pd_table_at(before, i);
    while (strcmp(pd_table_at(after, m->table)->name, "item") != 0)
        m->table++;
    if (pd_builder_table(&m->builder, m->host, pd_table_at(after, m->table)) != PD_OK)
        return m->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    return stop(m, "begin", 0, err);
}

static pd_status
item(struct pd_migrator *m, const struct pd_batch *batch, struct pd_error *err)
{
    struct pd_value values[N_COLUMNS];
    const struct pd_value *found;
    uint32_t i;
    pd_status status;

    for (i = 0; i < N_COLUMNS; i++)
        pd_value_at(&pd_column_at(m->before, i)->type,
                    PD_AT(struct pd_vector, batch->vectors, batch->vector_size, i), m->row,
                    &values[i]);
    status = stop(m, "row", values[ID].integer, err);
    if (status == PD_OK)
        status = m->ops->lookup(m->step, 0, &values[KIND], &found, err);
    if (status == PD_OK)
        values[TEXT] = found[0];
    if (status >= 0)
        status = stop(m, "lookup", values[ID].integer, err);
    if (status != PD_OK)
        return status;
    if (!m->builder.memory && pd_builder_begin(&m->builder) != PD_OK)
        return m->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    for (i = 0; i < N_COLUMNS; i++)
        pd_put_value(&m->builder, i, &values[i]);
    pd_builder_row(&m->builder);
    return PD_OK;
}

static pd_status
hand_over(struct pd_migrator *m, uint32_t *ret_table, const struct pd_batch **ret_batch,
          struct pd_error *err)
{
    *ret_table = m->table;
    *ret_batch = pd_builder_finish(&m->builder);
    return *ret_batch ? PD_OK : m->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
}

static pd_status
stop_rows(struct pd_migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t *ret_table,
          const struct pd_batch **ret_batch, struct pd_error *err)
{
    (void)table;
    while (m->row < batch->n_rows) {
        pd_status status = item(m, batch, err);

        if (status != PD_OK)
            return status;
        m->row++;
        if (pd_builder_full(&m->builder))
            return hand_over(m, ret_table, ret_batch, err);
    }
    m->row = 0;
    return PD_DONE;
}

static pd_status
stop_rest(struct pd_migrator *m, uint32_t table, uint32_t *ret_table,
          const struct pd_batch **ret_batch, struct pd_error *err)
{
    pd_status status = stop(m, "rest", 0, err);

    (void)table;
    if (status != PD_OK || !m->builder.memory)
        return status == PD_OK ? PD_DONE : status;
    return hand_over(m, ret_table, ret_batch, err);
}

static const struct pd_migration step = {
    .struct_size = sizeof step,
    .from = "1.0",
    .to = "2.0",
    .about = "kinds are told",
    .open = stop_open,
    .plan = stop_plan,
    .begin = stop_begin,
    .rows = stop_rows,
    .rest = stop_rest,
    .close = stop_close,
};

static const struct pd_migration *const migrations[] = {&step, NULL};

static const struct pd_option options[] = {
    {"stop-at", NULL, "where it stops", "PLACE", NULL, PD_OPTION_TEXT, 0},
    {"stop-row", NULL, "at which row", "ID", NULL, PD_OPTION_TEXT, 0},
    {"stop-by", NULL, "by which signal", "NUMBER", NULL, PD_OPTION_TEXT, 0}};

static const struct pd_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi = PD_ABI,
    .name = "stop",
    .version = "1",
    .about = "a migration that stops",
    .options = options,
    .n_options = 3,
    .option_size = sizeof options[0],
    .migrations = migrations,
};
PD_PLUGIN(stop, plugin)
