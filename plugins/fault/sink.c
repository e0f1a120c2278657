// SPDX-License-Identifier: Apache-2.0
/* sink - the wrapper around a sink. */
#include "fault.h"

struct pd_sink {
    struct fault_plan *plan;
    const struct pd_sink_ops *ops;
    struct pd_sink *inner;
    int owns_plan;
};

static pd_status
wrap_sink(struct fault_plan *plan, struct pd_sink *inner, int owns_plan, struct pd_sink **ret_sink,
          struct pd_error *err)
{
    struct pd_sink *sink = plan->host->alloc(plan->host, sizeof *sink);

    if (!sink) {
        plan->plugin->sink->close(inner);
        return plan->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    }
    sink->plan = plan;
    sink->ops = plan->plugin->sink;
    sink->inner = inner;
    sink->owns_plan = owns_plan;
    *ret_sink = sink;
    return PD_OK;
}

static pd_status
open_inner_sink(struct fault_plan *plan, struct pd_sink **ret_sink, struct pd_error *err)
{
    struct pd_sink *inner;
    pd_status status;

    if (fault_fails(plan, FAULT_OPEN, &status, err))
        return status;
    if (!plan->plugin->sink)
        return plan->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                                "fault: plugin '%s' cannot be written to", plan->plugin->name);
    status = plan->plugin->sink->open(plan->host, plan->end, &inner, err);
    if (status != PD_OK)
        return status;
    return wrap_sink(plan, inner, 1, ret_sink, err);
}

static pd_status
sink_open(const struct pd_host *host, const struct pd_endpoint *end, struct pd_sink **ret_sink,
          struct pd_error *err)
{
    struct fault_plan *plan;
    pd_status status = fault_plan_new(host, end, &plan, err);

    if (status != PD_OK)
        return status;
    status = open_inner_sink(plan, ret_sink, err);
    if (status != PD_OK)
        fault_plan_free(plan);
    return status;
}

static pd_status
sink_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    pd_status status;

    if (fault_fails(sink->plan, FAULT_PREPARE, &status, err))
        return status;
    return sink->ops->prepare(sink->inner, load, err);
}

static pd_status
sink_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part, struct pd_error *err)
{
    pd_status status;

    if (fault_fails(sink->plan, FAULT_START, &status, err))
        return status;
    return sink->ops->start(sink->inner, scan, part, err);
}

static pd_status
sink_write(struct pd_sink *sink, const struct pd_batch *batch, const struct pd_source_ops *long_ops,
           struct pd_source *long_source, struct pd_rejects *rejects, struct pd_error *err)
{
    const struct pd_host *host = sink->plan->host;
    struct pd_batch *shorter;
    pd_status status;

    if (fault_fails(sink->plan, FAULT_WRITE, &status, err))
        return status;
    if (!fault_drops(sink->plan))
        return sink->ops->write(sink->inner, batch, long_ops, long_source, rejects, err);
    if (batch->n_rows == 1)
        return PD_OK;
    shorter = fault_shorter(host, batch, /* is_borrowed= */ 1);
    if (!shorter)
        return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    status = sink->ops->write(sink->inner, shorter, long_ops, long_source, rejects, err);
    shorter->release(shorter);
    return status;
}

static pd_status
sink_end(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    if (fault_fails(sink->plan, FAULT_END, &status, err))
        return status;
    return sink->ops->end(sink->inner, err);
}

static pd_status
sink_complete(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    if (fault_fails(sink->plan, FAULT_COMPLETE, &status, err))
        return status;
    return sink->ops->complete(sink->inner, err);
}

static pd_status
sink_finish(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    if (fault_fails(sink->plan, FAULT_FINISH, &status, err))
        return status;
    return sink->ops->finish(sink->inner, err);
}

static void
sink_close(struct pd_sink *sink)
{
    struct fault_plan *plan;
    int owns_plan;

    if (!sink)
        return;
    plan = sink->plan;
    owns_plan = sink->owns_plan;
    sink->ops->close(sink->inner);
    plan->host->release(plan->host, sink);
    if (owns_plan)
        fault_plan_free(plan);
}

static pd_status
sink_share(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err)
{
    struct pd_sink *inner;
    pd_status status;

    if (!PD_HAS(struct pd_sink_ops, sink->ops, share))
        return PD_UNSUPPORTED;
    status = sink->ops->share(sink->inner, &inner, err);
    if (status != PD_OK)
        return status;
    return wrap_sink(sink->plan, inner, 0, ret_twin, err);
}

static pd_status
sink_seal(struct pd_sink *sink, uint32_t table, const struct pd_stats *stats, struct pd_error *err)
{
    if (!PD_HAS(struct pd_sink_ops, sink->ops, seal))
        return PD_OK;
    return sink->ops->seal(sink->inner, table, stats, err);
}

static pd_status
sink_map(struct pd_sink *sink, const struct pd_load *load, const struct pd_mapping **ret_mappings,
         struct pd_error *err)
{
    if (!PD_HAS(struct pd_sink_ops, sink->ops, map))
        return PD_UNSUPPORTED;
    return sink->ops->map(sink->inner, load, ret_mappings, err);
}

static pd_status
sink_placed(struct pd_sink *sink, uint32_t table, struct pd_placed *placed, struct pd_error *err)
{
    if (!PD_HAS(struct pd_sink_ops, sink->ops, placed))
        return PD_UNSUPPORTED;
    return sink->ops->placed(sink->inner, table, placed, err);
}

static pd_status
sink_outcome(struct pd_sink *sink, uint32_t table, struct pd_outcome *outcome, struct pd_error *err)
{
    if (!PD_HAS(struct pd_sink_ops, sink->ops, outcome))
        return PD_UNSUPPORTED;
    return sink->ops->outcome(sink->inner, table, outcome, err);
}

static pd_status
sink_look(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
          struct pd_error *err)
{
    if (!PD_HAS(struct pd_sink_ops, sink->ops, look))
        return PD_OK;
    return sink->ops->look(sink->inner, load, ret_found, err);
}

static pd_status
sink_together(struct pd_sink *sink, int what, struct pd_error *err)
{
    if (!PD_HAS(struct pd_sink_ops, sink->ops, together))
        return PD_UNSUPPORTED;
    return sink->ops->together(sink->inner, what, err);
}

static pd_status
sink_limits(struct pd_sink *sink, const struct pd_load *load, uint32_t table, uint32_t column,
            struct pd_limits *limits, struct pd_error *err)
{
    if (!PD_HAS(struct pd_sink_ops, sink->ops, limits))
        return PD_UNSUPPORTED;
    return sink->ops->limits(sink->inner, load, table, column, limits, err);
}

/* The handle goes to this plugin's source functions, so it is wrapped too. */
static pd_status
sink_review(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *inner;
    pd_status status;

    if (!PD_HAS(struct pd_sink_ops, sink->ops, review) || !sink->plan->plugin->source)
        return PD_UNSUPPORTED;
    status = sink->ops->review(sink->inner, &inner, err);
    if (status != PD_OK)
        return status;
    return fault_wrap_source(sink->plan, inner, 0, ret_source, err);
}

static const struct pd_left_out *
sink_left_out(struct pd_sink *sink, size_t n)
{
    if (!PD_HAS(struct pd_sink_ops, sink->ops, left_out))
        return NULL;
    return sink->ops->left_out(sink->inner, n);
}

static uint32_t
sink_at_work(struct pd_sink *sink)
{
    return PD_HAS(struct pd_sink_ops, sink->ops, at_work) ? sink->ops->at_work(sink->inner) : 0;
}

const struct pd_sink_ops fault_sink = {
    .struct_size = sizeof fault_sink,
    .open = sink_open,
    .prepare = sink_prepare,
    .start = sink_start,
    .write = sink_write,
    .end = sink_end,
    .complete = sink_complete,
    .finish = sink_finish,
    .close = sink_close,
    .share = sink_share,
    .seal = sink_seal,
    .map = sink_map,
    .review = sink_review,
    .left_out = sink_left_out,
    .placed = sink_placed,
    .at_work = sink_at_work,
    .outcome = sink_outcome,
    .look = sink_look,
    .together = sink_together,
    .limits = sink_limits,
};
