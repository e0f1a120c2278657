// SPDX-License-Identifier: Apache-2.0
/* guard_sink - the guards of a sink. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/guard.h"

/* What the core holds for a struct pd_sink. */
struct guarded_sink {
    struct guard *guard;
    struct pd_sink *inner;
};

static struct guarded_sink *
guarded(struct pd_sink *sink)
{
    return (struct guarded_sink *)(void *)sink;
}

static pd_status
sink_wrap(struct guard *guard, struct pd_sink *inner, struct pd_sink **ret_sink,
          struct pd_error *err)
{
    struct guarded_sink *s = calloc(1, sizeof *s);

    if (!s) {
        guard->sink.close(inner);
        return error_memory(err);
    }
    *s = (struct guarded_sink){.guard = guard, .inner = inner};
    atomic_fetch_add(&guard->n_open, 1);
    atomic_fetch_add(&guard->n_opened, 1);
    *ret_sink = (struct pd_sink *)(void *)s;
    return PD_OK;
}

pd_status
guard_sink_open(struct guard *guard, const struct pd_host *host, const struct pd_endpoint *end,
                struct pd_sink **ret_sink, struct pd_error *err)
{
    struct pd_sink *inner = NULL;
    struct pd_error said = {0};
    pd_status status =
        guard_judge(guard, "open", 0, guard->sink.open(host, end, &inner, &said), &said, err);

    if (status == PD_OK && !inner)
        return guard_blame(guard, err, "open() gave no handle");
    return status == PD_OK ? sink_wrap(guard, inner, ret_sink, err) : status;
}

static void
sink_close_guarded(struct pd_sink *sink)
{
    struct guarded_sink *s = guarded(sink);

    if (!s)
        return;
    s->guard->sink.close(s->inner);
    atomic_fetch_sub(&s->guard->n_open, 1);
    free(s);
}

static pd_status
sink_prepare_guarded(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};

    return guard_judge(s->guard, "prepare", 0, s->guard->sink.prepare(s->inner, load, &said), &said,
                       err);
}

static pd_status
sink_start_guarded(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part,
                   struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};

    return guard_judge(s->guard, "start", 0, s->guard->sink.start(s->inner, scan, part, &said),
                       &said, err);
}

/* What a write() has to say of rows, looked at before it is passed on. */
struct guarded_rejects {
    struct pd_rejects answers; /* first: the plugin's */
    struct pd_rejects *theirs; /* of the core */
    uint32_t n_rows;
    uint32_t wrong_row;
    bool is_wrong;
};

static void
rejects_add_guarded(struct pd_rejects *answers, uint32_t row, int cause, const char *code,
                    const char *constraint, const char *text)
{
    struct guarded_rejects *r = (struct guarded_rejects *)(void *)answers;

    if (row < r->n_rows) {
        r->theirs->add(r->theirs, row, cause, code, constraint, text);
    } else {
        r->wrong_row = row;
        r->is_wrong = true;
    }
}

static pd_status
sink_write_guarded(struct pd_sink *sink, const struct pd_batch *batch,
                   const struct pd_source_ops *long_ops, struct pd_source *long_source,
                   struct pd_rejects *rejects, struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct guarded_rejects own = {
        .answers = {.struct_size = sizeof own.answers, .add = rejects_add_guarded},
        .theirs = rejects,
        .n_rows = batch->n_rows};
    struct pd_error said = {0};
    pd_status status =
        s->guard->sink.write(s->inner, batch, long_ops, long_source, &own.answers, &said);

    if (own.is_wrong)
        return guard_blame(s->guard, err, "write() rejected row %u of a batch of %u", own.wrong_row,
                           own.n_rows);
    return guard_judge(s->guard, "write", 0, status, &said, err);
}

static pd_status
sink_end_guarded(struct pd_sink *sink, struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};

    return guard_judge(s->guard, "end", 0, s->guard->sink.end(s->inner, &said), &said, err);
}

static pd_status
sink_complete_guarded(struct pd_sink *sink, struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};

    return guard_judge(s->guard, "complete", 0, s->guard->sink.complete(s->inner, &said), &said,
                       err);
}

static pd_status
sink_finish_guarded(struct pd_sink *sink, struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};

    return guard_judge(s->guard, "finish", 0, s->guard->sink.finish(s->inner, &said), &said, err);
}

static pd_status
sink_share_guarded(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_sink *inner = NULL;
    struct pd_error said = {0};
    pd_status status = guard_judge(s->guard, "share", GUARD_UNSUPPORTED,
                                   s->guard->sink.share(s->inner, &inner, &said), &said, err);

    if (status != PD_OK)
        return status;
    if (!inner)
        return guard_blame(s->guard, err, "share() gave no handle");
    if (inner == s->inner)
        return guard_blame(s->guard, err, "share() gave the handle that it was called on");
    return sink_wrap(s->guard, inner, ret_twin, err);
}

static pd_status
sink_seal_guarded(struct pd_sink *sink, uint32_t table, const struct pd_stats *stats,
                  struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};

    return guard_judge(s->guard, "seal", 0, s->guard->sink.seal(s->inner, table, stats, &said),
                       &said, err);
}

static bool
has_columns(const struct pd_catalog *catalog)
{
    for (size_t i = 0; i < catalog->n_tables; i++)
        if (catalog->tables[i].n_columns)
            return true;
    return false;
}

static pd_status
sink_map_guarded(struct pd_sink *sink, const struct pd_load *load,
                 const struct pd_mapping **ret_mappings, struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    const struct pd_mapping *mappings = NULL;
    struct pd_error said = {0};
    pd_status status =
        guard_judge(s->guard, "map", GUARD_UNSUPPORTED,
                    s->guard->sink.map(s->inner, load, &mappings, &said), &said, err);

    if (status != PD_OK)
        return status;
    if (!mappings && has_columns(load->catalog))
        return guard_blame(s->guard, err, "map() gave no mappings");
    *ret_mappings = mappings;
    return PD_OK;
}

static pd_status
sink_review_guarded(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_source *inner = NULL;
    struct pd_error said = {0};
    pd_status status = guard_judge(s->guard, "review", GUARD_UNSUPPORTED,
                                   s->guard->sink.review(s->inner, &inner, &said), &said, err);

    if (status != PD_OK)
        return status;
    if (!inner)
        return guard_blame(s->guard, err, "review() gave no handle");
    if (!s->guard->has_source)
        return guard_blame(s->guard, err, "review() gave a source, and member 'source' is not set");
    return guard_source_wrap(s->guard, inner, ret_source, err);
}

static const struct pd_left_out *
sink_left_out_guarded(struct pd_sink *sink, size_t n)
{
    struct guarded_sink *s = guarded(sink);

    return s->guard->sink.left_out(s->inner, n);
}

static pd_status
sink_placed_guarded(struct pd_sink *sink, uint32_t table, struct pd_placed *placed,
                    struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};
    pd_status status =
        guard_judge(s->guard, "placed", GUARD_UNSUPPORTED,
                    s->guard->sink.placed(s->inner, table, placed, &said), &said, err);

    if (status == PD_OK && !placed->name)
        return guard_blame(s->guard, err, "placed() gave no name of a table");
    return status;
}

static uint32_t
sink_at_work_guarded(struct pd_sink *sink)
{
    struct guarded_sink *s = guarded(sink);

    return s->guard->sink.at_work(s->inner);
}

static pd_status
sink_execute_guarded(struct pd_sink *sink, const struct pd_statement *statement,
                     struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};

    return guard_judge(s->guard, "execute", 0, s->guard->sink.execute(s->inner, statement, &said),
                       &said, err);
}

static pd_status
sink_limits_guarded(struct pd_sink *sink, const struct pd_load *load, uint32_t table,
                    uint32_t column, struct pd_limits *limits, struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};

    return guard_judge(s->guard, "limits", GUARD_UNSUPPORTED,
                       s->guard->sink.limits(s->inner, load, table, column, limits, &said), &said,
                       err);
}

static pd_status
sink_outcome_guarded(struct pd_sink *sink, uint32_t table, struct pd_outcome *outcome,
                     struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};

    return guard_judge(s->guard, "outcome", GUARD_UNSUPPORTED,
                       s->guard->sink.outcome(s->inner, table, outcome, &said), &said, err);
}

static pd_status
sink_look_guarded(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
                  struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};

    return guard_judge(s->guard, "look", GUARD_UNSUPPORTED,
                       s->guard->sink.look(s->inner, load, ret_found, &said), &said, err);
}

static pd_status
sink_together_guarded(struct pd_sink *sink, int what, struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};

    return guard_judge(s->guard, "together", GUARD_UNSUPPORTED,
                       s->guard->sink.together(s->inner, what, &said), &said, err);
}

static pd_status
sink_identity_guarded(struct pd_sink *sink, char *buffer, size_t size, struct pd_error *err)
{
    struct guarded_sink *s = guarded(sink);
    struct pd_error said = {0};
    pd_status status;

    buffer[0] = 0;
    status = guard_judge(s->guard, "identity", GUARD_UNSUPPORTED,
                         s->guard->sink.identity(s->inner, buffer, size, &said), &said, err);
    if (status == PD_OK && !memchr(buffer, 0, size))
        return guard_blame(s->guard, err, "identity() gave text that does not end");
    return status;
}

const struct pd_sink_ops guard_sink_ops = {
    .struct_size = sizeof guard_sink_ops,
    .prepare = sink_prepare_guarded,
    .start = sink_start_guarded,
    .write = sink_write_guarded,
    .end = sink_end_guarded,
    .complete = sink_complete_guarded,
    .finish = sink_finish_guarded,
    .close = sink_close_guarded,
    .share = sink_share_guarded,
    .seal = sink_seal_guarded,
    .map = sink_map_guarded,
    .review = sink_review_guarded,
    .left_out = sink_left_out_guarded,
    .placed = sink_placed_guarded,
    .at_work = sink_at_work_guarded,
    .execute = sink_execute_guarded,
    .outcome = sink_outcome_guarded,
    .look = sink_look_guarded,
    .together = sink_together_guarded,
    .identity = sink_identity_guarded,
    .limits = sink_limits_guarded,
};
