/* SPDX-License-Identifier: Apache-2.0 */
/* steps - a plugin with a migration that hands on every row of table `wide`, value by value, as a
   row function in C does that knows nothing of layouts; steps.sh compiles it. */
#include <polydump/batch.h>
#include <polydump/migration.h>
#include <polydump/schema.h>
#include <polydump/value.h>

struct pd_migrator {
    const struct pd_host *host;
    const struct pd_table *table;
    struct pd_builder builder;
    uint32_t number;
    uint32_t row;
};

static pd_status
no_memory(const struct pd_host *host, struct pd_error *err)
{
    return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
}

static pd_status
steps_open(const struct pd_migration *migration, const struct pd_host *host,
           const struct pd_options *options, struct pd_migrator **ret_migrator,
           struct pd_error *err)
{
    struct pd_migrator *m = host->alloc(host, sizeof *m);

    (void)migration;
    (void)options;
    if (!m)
        return no_memory(host, err);
    memset(m, 0, sizeof *m);
    m->host = host;
    *ret_migrator = m;
    return PD_OK;
}

static void
steps_close(struct pd_migrator *m)
{
    if (!m)
        return;
    pd_builder_close(&m->builder);
    m->host->release(m->host, m);
}

static pd_status
steps_plan(struct pd_migrator *m, const struct pd_catalog *before, const struct pd_change_ops *ops,
           struct pd_changes *changes, struct pd_error *err)
{
    (void)m;
    (void)before;
    return ops->see_rows(changes, "wide", NULL, err);
}

static pd_status
steps_begin(struct pd_migrator *m, const struct pd_catalog *before, const struct pd_catalog *after,
            const struct pd_step_ops *ops, struct pd_step *step, struct pd_error *err)
{
    (void)before;
    (void)ops;
    (void)step;
    while (strcmp(pd_table_at(after, m->number)->name, "wide") != 0)
        m->number++;
    m->table = pd_table_at(after, m->number);
    return pd_builder_table(&m->builder, m->host, m->table) == PD_OK ? PD_OK
                                                                     : no_memory(m->host, err);
}

static pd_status
hand_over(struct pd_migrator *m, uint32_t *ret_table, const struct pd_batch **ret_batch,
          struct pd_error *err)
{
    *ret_table = m->number;
    *ret_batch = pd_builder_finish(&m->builder);
    return *ret_batch ? PD_OK : no_memory(m->host, err);
}

static pd_status
steps_rows(struct pd_migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t *ret_table,
           const struct pd_batch **ret_batch, struct pd_error *err)
{
    (void)table;
    while (m->row < batch->n_rows) {
        uint32_t i;

        if (!m->builder.memory && pd_builder_begin(&m->builder) != PD_OK)
            return no_memory(m->host, err);
        for (i = 0; i < batch->n_columns; i++) {
            struct pd_value value;

            pd_value_at(&pd_column_at(m->table, i)->type,
                        PD_AT(struct pd_vector, batch->vectors, batch->vector_size, i), m->row,
                        &value);
            pd_put_value(&m->builder, i, &value);
        }
        pd_builder_row(&m->builder);
        m->row++;
        if (pd_builder_full(&m->builder))
            return hand_over(m, ret_table, ret_batch, err);
    }
    m->row = 0;
    return PD_DONE;
}

static pd_status
steps_rest(struct pd_migrator *m, uint32_t table, uint32_t *ret_table,
           const struct pd_batch **ret_batch, struct pd_error *err)
{
    (void)table;
    return m->builder.memory ? hand_over(m, ret_table, ret_batch, err) : PD_DONE;
}

static const struct pd_migration step = {
    .struct_size = sizeof step,
    .from = "1.0",
    .to = "2.0",
    .about = "every row as it is",
    .open = steps_open,
    .plan = steps_plan,
    .begin = steps_begin,
    .rows = steps_rows,
    .rest = steps_rest,
    .close = steps_close,
};

static const struct pd_migration *const migrations[] = {&step, NULL};

static const struct pd_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi = PD_ABI,
    .name = "steps",
    .version = "1",
    .about = "a row function in C",
    .migrations = migrations,
};
PD_PLUGIN(steps, plugin)
