// SPDX-License-Identifier: Apache-2.0
/* fault - wraps another end and makes it fail on demand, to prove that failures are noticed:

       fault:at=KIND:n=N[:status=failed|retry|fatal][:once]:URL
       fault:drop=N:URL

   The N-th call of KIND (open, catalog, start, read, write, end, complete, finish, prepare) and
   all later ones fail; with `once`, only the N-th. With drop, the last row of the N-th batch is
   lost on its way, and nobody is told: that is for the ledger and the digests to find. Calls are
   counted over all twins of an end. */
#include <string.h>

#include "fault.h"

static const char *const kind_names[FAULT_COUNT] = {
    [FAULT_OPEN] = "open",     [FAULT_CATALOG] = "catalog",   [FAULT_START] = "start",
    [FAULT_READ] = "read",     [FAULT_WRITE] = "write",       [FAULT_END] = "end",
    [FAULT_FINISH] = "finish", [FAULT_COMPLETE] = "complete", [FAULT_PREPARE] = "prepare",
};

/* Is it this call's turn to fail? Then *ret_status is what to return. */
int
fault_fails(struct fault_plan *plan, enum fault_kind kind, pd_status *ret_status,
            struct pd_error *err)
{
    unsigned call;

    if (plan->kind != kind)
        return 0;
    call = atomic_fetch_add(&plan->n_calls, 1) + 1;
    if (plan->once ? call != plan->n : call < plan->n)
        return 0;
    *ret_status = plan->host->fail(err, plan->status, PD_CAUSE_IO, "fault: call %u of %s() fails",
                                   call, kind_names[kind]);
    plan->host->detail(err, "fault", kind_names[kind]);
    return 1;
}

static int
is_word(const char *text, size_t size, const char *word)
{
    return strlen(word) == size && memcmp(text, word, size) == 0;
}

/* A number from 1 on; 0: it is none. */
static unsigned
read_number(const char *text, size_t size)
{
    unsigned number = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || number > 100000000)
            return 0;
        number = number * 10 + (unsigned)(text[i] - '0');
    }
    return number;
}

static int
read_kind(struct fault_plan *plan, const char *text, size_t size)
{
    for (int kind = FAULT_NONE + 1; kind < FAULT_COUNT; kind++) {
        if (is_word(text, size, kind_names[kind])) {
            plan->kind = (enum fault_kind)kind;
            return 1;
        }
    }
    return 0;
}

static int
read_status(struct fault_plan *plan, const char *text, size_t size)
{
    static const struct {
        const char *name;
        pd_status status;
    } names[] = {{"failed", PD_FAILED}, {"retry", PD_RETRY}, {"fatal", PD_FATAL}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is_word(text, size, names[i].name)) {
            plan->status = names[i].status;
            return 1;
        }
    }
    return 0;
}

/* One word of the plan. 1: understood, 0: not understood, -1: the URL begins here. */
static int
read_word(struct fault_plan *plan, const char *word, size_t size)
{
    if (size > 3 && memcmp(word, "at=", 3) == 0)
        return read_kind(plan, word + 3, size - 3);
    if (size > 2 && memcmp(word, "n=", 2) == 0)
        return (plan->n = read_number(word + 2, size - 2)) > 0;
    if (size > 5 && memcmp(word, "drop=", 5) == 0)
        return (plan->drop = read_number(word + 5, size - 5)) > 0;
    if (size > 7 && memcmp(word, "status=", 7) == 0)
        return read_status(plan, word + 7, size - 7);
    if (is_word(word, size, "once"))
        return plan->once = 1;
    return -1;
}

/* Reads the words of location; *ret_url is what stands behind them. */
static pd_status
read_words(struct fault_plan *plan, const char *location, const char **ret_url,
           struct pd_error *err)
{
    const char *at = location;

    while (*at) {
        size_t size = strcspn(at, ":");
        int understood = read_word(plan, at, size);

        if (understood < 0)
            break;
        if (!understood)
            return plan->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                                    "fault: '%.*s' is not understood", (int)size, at);
        at += size + (at[size] == ':');
    }
    if (plan->kind == FAULT_NONE && plan->drop == 0)
        return plan->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                                "fault: what shall fail? write fault:at=KIND:n=N:URL");
    if (!*at)
        return plan->host->fail(err, PD_FAILED, PD_CAUSE_USAGE, "fault: no URL follows");
    *ret_url = at;
    return PD_OK;
}

void
fault_plan_free(struct fault_plan *plan)
{
    plan->host->unresolve(plan->host, plan->end);
    plan->host->release(plan->host, plan);
}

pd_status
fault_plan_new(const struct pd_host *host, const struct pd_endpoint *end,
               struct fault_plan **ret_plan, struct pd_error *err)
{
    struct fault_plan *plan = host->alloc(host, sizeof *plan);
    const char *url = NULL;
    pd_status status;

    if (!plan)
        return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    memset(plan, 0, sizeof *plan);
    plan->host = host;
    plan->n = 1;
    plan->status = PD_FAILED;
    atomic_init(&plan->n_calls, 0);
    atomic_init(&plan->n_batches, 0);
    status = read_words(plan, end->location, &url, err);
    if (status == PD_OK)
        status = host->resolve(host, url, end->options, &plan->plugin, &plan->end, err);
    if (status == PD_OK) {
        *ret_plan = plan;
        return PD_OK;
    }
    plan->end = NULL;
    fault_plan_free(plan);
    return status;
}

static const struct pd_option fault_options[] = {
    {.name = "*", .help = "options of the end that is wrapped"},
};

static const struct pd_plugin fault_plugin = {
    .struct_size = sizeof fault_plugin,
    .abi = PD_ABI,
    .name = "fault",
    .version = "0.1.0",
    .about = "wraps another end and fails on demand, for tests",
    .schemes = "fault",
    .options = fault_options,
    .n_options = sizeof fault_options / sizeof fault_options[0],
    .option_size = sizeof fault_options[0],
    .source = &fault_source,
    .sink = &fault_sink,
};

PD_PLUGIN(fault, fault_plugin)
