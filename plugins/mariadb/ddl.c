// SPDX-License-Identifier: Apache-2.0
/* ddl - the schema of the target, step by step: sequences and tables before the rows, everything
   else after them. */
#include <string.h>

#include "ddl.h"

bool
ddl_is_in_place(const struct pd_sink *sink, const struct pd_load *load)
{
    return pd_load_is_in_place(load, sink->into);
}

static pd_status
check_cancelled(struct pd_sink *sink, struct pd_error *err)
{
    if (sink->host->cancelled(sink->host))
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    return PD_OK;
}

/* Rows of the past go where their table is. */
static pd_status
take_stages(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        struct target_table *t = &sink->tables[i];

        if (!t->staged && ddl_is_made(sink, i))
            t->staged = stage_name(sink, (uint32_t)i);
    }
    for (i = 0; i < sink->catalog->n_tables; i++) {
        struct target_table *t = &sink->tables[i];

        if (t->is_history && !sink->ddl->tables[i].has_no_place)
            t->staged = sink->tables[sink->ddl->tables[i].owner].staged;
        if (!t->staged && !sink->ddl->tables[i].has_no_place)
            return my_no_memory(sink->host, err);
    }
    return PD_OK;
}

static pd_status
make_tables(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (!ddl_is_made(sink, i))
            continue;
        status = check_cancelled(sink, err);
        if (status == PD_OK)
            status = (sink->ddl->tables[i].is_native ? ddl_replay : ddl_table_make)(sink, i, err);
    }
    return status;
}

static pd_status
end(struct pd_sink *sink, pd_status status, struct pd_error *err)
{
    return status == PD_OK && sink->memory_short ? my_no_memory(sink->host, err) : status;
}

pd_status
ddl_create(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = take_stages(sink, err);

    if (status == PD_OK)
        status = ddl_sequences(sink, err);
    if (status == PD_OK)
        status = make_tables(sink, err);
    return end(sink, status, err);
}

pd_status
ddl_complete(struct pd_sink *sink, struct pd_error *err)
{
    static pd_status (*const steps[])(struct pd_sink * sink, struct pd_error * err) = {
        ddl_values, ddl_keys, ddl_checks, ddl_foreigns, ddl_counters};
    size_t i;
    pd_status status = PD_OK;

    if (ddl_is_in_place(sink, sink->load))
        return end(sink, present_complete(sink, err), err);
    for (i = 0; i < sizeof steps / sizeof *steps && status == PD_OK; i++) {
        status = check_cancelled(sink, err);
        if (status == PD_OK)
            status = steps[i](sink, err);
    }
    ddl_say_past(sink);
    return end(sink, status, err);
}
