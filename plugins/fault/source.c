// SPDX-License-Identifier: Apache-2.0
/* source - the wrapper around a source. */
#include "fault.h"

struct pd_source {
    struct fault_plan *plan;
    const struct pd_source_ops *ops;
    struct pd_source *inner;
    int owns_plan;
};

/* inner is handed over; it is closed when there is no memory for a handle around it. */
pd_status
fault_wrap_source(struct fault_plan *plan, struct pd_source *inner, int owns_plan,
                  struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *source = plan->host->alloc(plan->host, sizeof *source);

    if (!source) {
        plan->plugin->source->close(inner);
        return plan->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    }
    source->plan = plan;
    source->ops = plan->plugin->source;
    source->inner = inner;
    source->owns_plan = owns_plan;
    *ret_source = source;
    return PD_OK;
}

static pd_status
open_inner_source(struct fault_plan *plan, struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *inner;
    pd_status status;

    if (fault_fails(plan, FAULT_OPEN, &status, err))
        return status;
    if (!plan->plugin->source)
        return plan->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                                "fault: plugin '%s' cannot be read from", plan->plugin->name);
    status = plan->plugin->source->open(plan->host, plan->end, &inner, err);
    if (status != PD_OK)
        return status;
    return fault_wrap_source(plan, inner, 1, ret_source, err);
}

static pd_status
source_open(const struct pd_host *host, const struct pd_endpoint *end,
            struct pd_source **ret_source, struct pd_error *err)
{
    struct fault_plan *plan;
    pd_status status = fault_plan_new(host, end, &plan, err);

    if (status != PD_OK)
        return status;
    status = open_inner_source(plan, ret_source, err);
    if (status != PD_OK)
        fault_plan_free(plan);
    return status;
}

static pd_status
source_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
               struct pd_error *err)
{
    pd_status status;

    if (fault_fails(source->plan, FAULT_CATALOG, &status, err))
        return status;
    return source->ops->catalog(source->inner, ret_catalog, err);
}

static pd_status
source_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    pd_status status;

    if (fault_fails(source->plan, FAULT_START, &status, err))
        return status;
    return source->ops->start(source->inner, scan, err);
}

static pd_status
source_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    const struct pd_host *host = source->plan->host;
    const struct pd_batch *batch;
    pd_status status;

    if (fault_fails(source->plan, FAULT_READ, &status, err))
        return status;
    status = source->ops->read(source->inner, &batch, err);
    if (status == PD_OK && fault_drops(source->plan)) {
        if (batch->n_rows == 1) {
            batch->release(batch);
            return source->ops->read(source->inner, ret_batch, err);
        }
        *ret_batch = fault_shorter(host, batch, /* is_borrowed= */ 0);
        if (*ret_batch)
            return PD_OK;
        batch->release(batch);
        return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    }
    if (status == PD_OK)
        *ret_batch = batch;
    return status;
}

static void
source_close(struct pd_source *source)
{
    struct fault_plan *plan;
    int owns_plan;

    if (!source)
        return;
    plan = source->plan;
    owns_plan = source->owns_plan;
    source->ops->close(source->inner);
    plan->host->release(plan->host, source);
    if (owns_plan)
        fault_plan_free(plan);
}

static pd_status
source_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    struct pd_source *inner;
    pd_status status;

    if (!PD_HAS(struct pd_source_ops, source->ops, share))
        return PD_UNSUPPORTED;
    status = source->ops->share(source->inner, &inner, err);
    if (status != PD_OK)
        return status;
    return fault_wrap_source(source->plan, inner, 0, ret_twin, err);
}

static pd_status
source_extent(struct pd_source *source, uint32_t table, struct pd_extent *extent,
              struct pd_error *err)
{
    if (!PD_HAS(struct pd_source_ops, source->ops, extent))
        return PD_UNSUPPORTED;
    return source->ops->extent(source->inner, table, extent, err);
}

static pd_status
source_facts(struct pd_source *source, const struct pd_scan *scan, int level,
             const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    if (!PD_HAS(struct pd_source_ops, source->ops, facts))
        return PD_UNSUPPORTED;
    return source->ops->facts(source->inner, scan, level, ret_facts, ret_n_facts, err);
}

static pd_status
source_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                 void *buffer, size_t size, struct pd_error *err)
{
    if (!PD_HAS(struct pd_source_ops, source->ops, read_long))
        return PD_UNSUPPORTED;
    return source->ops->read_long(source->inner, cell, offset, buffer, size, err);
}

static pd_status
source_recheck(struct pd_source *source, struct pd_error *err)
{
    if (!PD_HAS(struct pd_source_ops, source->ops, recheck))
        return PD_OK;
    return source->ops->recheck(source->inner, err);
}

static pd_status
source_stats(struct pd_source *source, uint32_t table, const struct pd_stats **ret_stats,
             struct pd_error *err)
{
    if (!PD_HAS(struct pd_source_ops, source->ops, stats))
        return PD_UNSUPPORTED;
    return source->ops->stats(source->inner, table, ret_stats, err);
}

static pd_status
source_ask(struct pd_source *source, const char *sql, char *buffer, size_t size,
           struct pd_error *err)
{
    if (!PD_HAS(struct pd_source_ops, source->ops, ask))
        return PD_UNSUPPORTED;
    return source->ops->ask(source->inner, sql, buffer, size, err);
}

static pd_status
source_compute(struct pd_source *source, uint32_t table, uint32_t column, struct pd_error *err)
{
    if (!PD_HAS(struct pd_source_ops, source->ops, compute))
        return PD_UNSUPPORTED;
    return source->ops->compute(source->inner, table, column, err);
}

const struct pd_source_ops fault_source = {
    .struct_size = sizeof fault_source,
    .open = source_open,
    .catalog = source_catalog,
    .start = source_start,
    .read = source_read,
    .close = source_close,
    .share = source_share,
    .extent = source_extent,
    .facts = source_facts,
    .read_long = source_read_long,
    .recheck = source_recheck,
    .stats = source_stats,
    .ask = source_ask,
    .compute = source_compute,
};
