// SPDX-License-Identifier: Apache-2.0
/* fault.h - what the files of fault share: the plan of what shall fail. */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include <stdatomic.h>

#include <polydump/plugin.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_OPEN,
    FAULT_CATALOG,
    FAULT_START,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_END,
    FAULT_COMPLETE,
    FAULT_FINISH,
    FAULT_PREPARE,
    FAULT_COUNT
};

/* What was asked for, and the wrapped end; of the handle that open() made, used by its twins. */
struct fault_plan {
    const struct pd_host *host;
    const struct pd_plugin *plugin;
    const struct pd_endpoint *end; /* of the wrapped one, from resolve() */
    enum fault_kind kind;
    unsigned n;
    unsigned drop; /* 0: none */
    pd_status status;
    int once;
    atomic_uint n_calls;   /* of kind */
    atomic_uint n_batches; /* for drop */
};

/* Reads "at=KIND:n=N...:URL" and resolves the URL. */
pd_status fault_plan_new(const struct pd_host *host, const struct pd_endpoint *end,
                         struct fault_plan **ret_plan, struct pd_error *err);
void fault_plan_free(struct fault_plan *plan);
/* Is it this call's turn to fail? Then *ret_status is what to return. */
int fault_fails(struct fault_plan *plan, enum fault_kind kind, pd_status *ret_status,
                struct pd_error *err);
/* Shall this batch lose its last row? */
int fault_drops(struct fault_plan *plan);
/* The batch without its last row, which has at least two; it releases the whole one, unless that
   is borrowed. NULL: memory is short. */
struct pd_batch *fault_shorter(const struct pd_host *host, const struct pd_batch *whole,
                               int is_borrowed);
/* A handle around inner, which is handed over: it is closed when memory is short. */
pd_status fault_wrap_source(struct fault_plan *plan, struct pd_source *inner, int owns_plan,
                            struct pd_source **ret_source, struct pd_error *err);

extern const struct pd_source_ops fault_source;
extern const struct pd_sink_ops fault_sink;

#endif
