// SPDX-License-Identifier: Apache-2.0
/* null - a sink that throws all rows away and counts them, to see how fast a source is:

       polydump copy app.db null:

   It is also the smallest whole plugin. Who wants to write one starts by copying this file; each
   comment says what a real sink does in that place. doc/plugin.md is the tour in words. */
#include <inttypes.h>
#include <stdatomic.h>

#include <polydump/plugin.h>

/* A handle. The core knows only pointers to it, so everything that a sink has to remember stands
   here, nothing in static variables: two sinks may be open at once. */
struct pd_sink {
    const struct pd_host *host; /* all that the core lends us; lives as long as the program */
    struct pd_sink *origin;     /* a twin's; NULL: this is the one that open() made */
    uint64_t n_rows;            /* of this handle, used by one thread at a time */
    /* Of the origin: what closed twins have counted. They may be closed by several threads. */
    atomic_uint_fast64_t n_twin_rows;
};

static pd_status
new_handle(const struct pd_host *host, struct pd_sink *origin, struct pd_sink **ret_sink,
           struct pd_error *err)
{
    /* Memory comes from the host, which counts it: what close() forgets is reported. */
    struct pd_sink *sink = host->alloc(host, sizeof *sink);

    /* An error is filled and returned in one line. The status says what the caller may do next,
       the cause and the text say what happened. */
    if (!sink)
        return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    *sink = (struct pd_sink){.host = host, .origin = origin};
    atomic_init(&sink->n_twin_rows, 0);
    *ret_sink = sink;
    return PD_OK;
}

/* Connect, look, but change nothing: the user may still be told that his target is not empty. */
static pd_status
null_open(const struct pd_host *host, const struct pd_endpoint *end, struct pd_sink **ret_sink,
          struct pd_error *err)
{
    if (end->location[0])
        return host->fail(
            err, PD_FAILED, PD_CAUSE_USAGE,
            "'null:%s' names something, but there is nothing behind null; write null:",
            end->location);
    return new_handle(host, NULL, ret_sink, err);
}

/* Make the tables of load->catalog. Here a sink refuses what it cannot hold, as long as nothing is
   written. */
static pd_status
null_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    return PD_OK;
}

/* From here to end(), batches are of table number scan->table. Other handles (twins) may be
   writing other tables, or other parts of this one. */
static pd_status
null_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part, struct pd_error *err)
{
    return PD_OK;
}

/* A batch is columns, not rows: batch->vectors[column] holds n_rows values in the layout that it
   names. Rows that the target refuses go to rejects->add() one by one; all others are in when this
   returns PD_OK. The batch stays the caller's. */
static pd_status
null_write(struct pd_sink *sink, const struct pd_batch *batch, const struct pd_source_ops *long_ops,
           struct pd_source *long_source, struct pd_rejects *rejects, struct pd_error *err)
{
    if (sink->host->cancelled(sink->host))
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
    sink->n_rows += batch->n_rows;
    return PD_OK;
}

/* All rows of this part have come. */
static pd_status
null_end(struct pd_sink *sink, struct pd_error *err)
{
    return PD_OK;
}

/* All rows of all tables have come: indexes, constraints, counters. */
static pd_status
null_complete(struct pd_sink *sink, struct pd_error *err)
{
    return PD_OK;
}

/* Commit. After PD_OK everything must survive a power cut. */
static pd_status
null_finish(struct pd_sink *sink, struct pd_error *err)
{
    sink->host->log(sink->host, PD_LOG_INFO, "null: %" PRIu64 " rows thrown away",
                    sink->n_rows + (uint64_t)atomic_load(&sink->n_twin_rows));
    return PD_OK;
}

/* The only call that cannot fail. Without finish() before it, the target is to be left as it was.
 */
static void
null_close(struct pd_sink *sink)
{
    if (!sink)
        return;
    if (sink->origin)
        atomic_fetch_add(&sink->origin->n_twin_rows, sink->n_rows);
    sink->host->release(sink->host, sink);
}

/* Optional members come last. With share(), several threads write at once. */
static pd_status
null_share(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err)
{
    return new_handle(sink->host, sink->origin ? sink->origin : sink, ret_twin, err);
}

/* Tables of functions and the descriptor stand last in the file: they are its summary. Whatever is
   not named is NULL, which always means "not offered". */
static const struct pd_sink_ops null_sink = {
    .struct_size = sizeof null_sink,
    .open = null_open,
    .prepare = null_prepare,
    .start = null_start,
    .write = null_write,
    .end = null_end,
    .complete = null_complete,
    .finish = null_finish,
    .close = null_close,
    .share = null_share,
};

static const struct pd_plugin null_plugin = {
    .struct_size = sizeof null_plugin,
    .abi = PD_ABI,
    .name = "null", /* the file is null.so, the symbol null_LTX_polydump_plugin */
    .version = "0.1.0",
    .about = "throws rows away and counts them",
    .schemes = "null",
    .sink = &null_sink,
};

PD_PLUGIN(null, null_plugin)
