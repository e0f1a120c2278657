// SPDX-License-Identifier: Apache-2.0
// discard - a sink for rows that are only to be read and counted.
#include "run/discard.h"

/* It has no state, so its handle is any address. */
static pd_status
discard_open(const struct pd_host *host, const struct pd_endpoint *end, struct pd_sink **ret_sink,
             struct pd_error *err)
{
    static char handle;

    *ret_sink = (struct pd_sink *)(void *)&handle;
    return PD_OK;
}

static pd_status
discard_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    return PD_OK;
}

static pd_status
discard_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part, struct pd_error *err)
{
    return PD_OK;
}

static pd_status
discard_write(struct pd_sink *sink, const struct pd_batch *batch,
              const struct pd_source_ops *long_ops, struct pd_source *long_source,
              struct pd_rejects *rejects, struct pd_error *err)
{
    return PD_OK;
}

static pd_status
discard_step(struct pd_sink *sink, struct pd_error *err)
{
    return PD_OK;
}

static pd_status
discard_share(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err)
{
    *ret_twin = sink;
    return PD_OK;
}

static void
discard_close(struct pd_sink *sink)
{
}

const struct pd_sink_ops discard_sink = {
    .struct_size = sizeof discard_sink,
    .open = discard_open,
    .prepare = discard_prepare,
    .start = discard_start,
    .write = discard_write,
    .end = discard_step,
    .complete = discard_step,
    .finish = discard_step,
    .close = discard_close,
    .share = discard_share,
};

const struct pd_plugin discard_plugin = {
    .struct_size = sizeof discard_plugin,
    .name = "discard",
    .sink = &discard_sink,
};
