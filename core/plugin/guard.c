// SPDX-License-Identifier: Apache-2.0
/* guard - see guard.h. A call that has no handle finds its plugin by a function of its own for each
   plugin: there are as many of them as rows in SLOTS. */
#include "plugin/guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "plugin/host.h"

/* ---- What a call has given ------------------------------------------------------------------- */

pd_status
guard_blame(const struct guard *guard, struct pd_error *err, const char *fmt, ...)
{
    char text[ERROR_TEXT_SIZE];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "plugin '%s': %s", guard->name, text);
}

/* A failure, with a text in any case. */
static pd_status
judge_failure(const struct guard *guard, const char *call, unsigned may, pd_status status,
              struct pd_error *said, struct pd_error *err)
{
    if (status < PD_FATAL)
        status = PD_FATAL;
    if (!*said->text && status == PD_UNSUPPORTED && may & GUARD_UNSUPPORTED)
        return status;
    if (!*said->text)
        return error_fail(err, status == PD_UNSUPPORTED ? PD_FATAL : status, PD_CAUSE_BUG,
                          "plugin '%s': %s() failed without saying why", guard->name, call);
    if (said->cause == 0)
        said->cause = PD_CAUSE_BUG;
    if (err)
        *err = *said;
    return status;
}

pd_status
guard_judge(const struct guard *guard, const char *call, unsigned may, pd_status status,
            struct pd_error *said, struct pd_error *err)
{
    if (status == PD_OK || (status == PD_DONE && may & GUARD_DONE))
        return status;
    if (status == PD_DONE)
        return guard_blame(guard, err, "%s() returned PD_DONE, which only read() may", call);
    if (status > 0)
        return guard_blame(guard, err, "%s() returned %d, which is no status", call, status);
    return judge_failure(guard, call, may, status, said, err);
}

/* ---- Calls without a handle ------------------------------------------------------------------ */

static pd_status
scratch_create(struct guard *guard, const struct pd_host *host, const struct pd_endpoint *end,
               char **ret_url, struct pd_error *err)
{
    char *url = NULL;
    struct pd_error said = {0};
    pd_status status = guard_judge(guard, "scratch.create", GUARD_UNSUPPORTED,
                                   guard->scratch.create(host, end, &url, &said), &said, err);

    if (status == PD_OK && !url)
        return guard_blame(guard, err, "scratch.create() gave no URL");
    if (status == PD_OK)
        *ret_url = url;
    return status;
}

static pd_status
scratch_drop(struct guard *guard, const struct pd_host *host, const struct pd_endpoint *end,
             const char *url, struct pd_error *err)
{
    struct pd_error said = {0};

    return guard_judge(guard, "scratch.drop", 0, guard->scratch.drop(host, end, url, &said), &said,
                       err);
}

#define SLOTS_8(X, n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7)
#define SLOTS_32(X, a, b, c, d) SLOTS_8(X, a) SLOTS_8(X, b) SLOTS_8(X, c) SLOTS_8(X, d)
#define SLOTS(X) SLOTS_32(X, 00, 01, 02, 03) SLOTS_32(X, 04, 05, 06, 07)

enum { N_SLOTS = 64 };

static struct guard *guards[N_SLOTS];
static size_t n_guards;

#define SLOT_FUNCTIONS(octal)                                                                      \
    static pd_status source_open_##octal(const struct pd_host *host,                               \
                                         const struct pd_endpoint *end,                            \
                                         struct pd_source **ret_source, struct pd_error *err)      \
    {                                                                                              \
        return guard_source_open(guards[octal], host, end, ret_source, err);                       \
    }                                                                                              \
    static pd_status sink_open_##octal(const struct pd_host *host, const struct pd_endpoint *end,  \
                                       struct pd_sink **ret_sink, struct pd_error *err)            \
    {                                                                                              \
        return guard_sink_open(guards[octal], host, end, ret_sink, err);                           \
    }                                                                                              \
    static pd_status create_##octal(const struct pd_host *host, const struct pd_endpoint *end,     \
                                    char **ret_url, struct pd_error *err)                          \
    {                                                                                              \
        return scratch_create(guards[octal], host, end, ret_url, err);                             \
    }                                                                                              \
    static pd_status drop_##octal(const struct pd_host *host, const struct pd_endpoint *end,       \
                                  const char *url, struct pd_error *err)                           \
    {                                                                                              \
        return scratch_drop(guards[octal], host, end, url, err);                                   \
    }
SLOTS(SLOT_FUNCTIONS)
#undef SLOT_FUNCTIONS

static const struct slot {
    pd_status (*source_open)(const struct pd_host *host, const struct pd_endpoint *end,
                             struct pd_source **ret_source, struct pd_error *err);
    pd_status (*sink_open)(const struct pd_host *host, const struct pd_endpoint *end,
                           struct pd_sink **ret_sink, struct pd_error *err);
    struct pd_scratch_ops scratch;
} slots[N_SLOTS] = {
#define SLOT_ROW(octal)                                                                            \
    {source_open_##octal,                                                                          \
     sink_open_##octal,                                                                            \
     {.struct_size = sizeof(struct pd_scratch_ops),                                                \
      .create = create_##octal,                                                                    \
      .drop = drop_##octal}},
    SLOTS(SLOT_ROW)
#undef SLOT_ROW
};

/* ---- In the place of the plugin's ------------------------------------------------------------ */

/* Members are pointers to functions, all of one size, from `first` to the end. */
static void
members_guard(void *ops, const void *guards_of, size_t first, size_t size)
{
    static const unsigned char unset[sizeof(void *)];

    for (size_t at = first; at < size; at += sizeof unset)
        if (memcmp((char *)ops + at, unset, sizeof unset) != 0)
            memcpy((char *)ops + at, (const char *)guards_of + at, sizeof unset);
}

pd_status
guard_plugin(struct loaded *loaded, struct pd_error *err)
{
    const struct slot *slot = &slots[n_guards];
    struct guard *guard;

    if (n_guards == N_SLOTS)
        return error_fail(err, PD_FAILED, PD_CAUSE_LIMIT, "there are %d plugins already", N_SLOTS);
    guard = calloc(1, sizeof *guard);
    if (!guard)
        return error_memory(err);
    guard->name = loaded->plugin.name;
    guard->source = loaded->source;
    guard->sink = loaded->sink;
    guard->scratch = loaded->scratch;
    guard->has_source = loaded->plugin.source != NULL;
    members_guard(&loaded->source, &guard_source_ops, offsetof(struct pd_source_ops, catalog),
                  sizeof loaded->source);
    members_guard(&loaded->sink, &guard_sink_ops, offsetof(struct pd_sink_ops, prepare),
                  sizeof loaded->sink);
    if (loaded->source.open)
        loaded->source.open = slot->source_open;
    if (loaded->sink.open)
        loaded->sink.open = slot->sink_open;
    if (loaded->plugin.scratch)
        loaded->scratch = slot->scratch;
    guards[n_guards++] = guard;
    return PD_OK;
}

/* ---- At the end ------------------------------------------------------------------------------ */

void
guard_tell_left(void)
{
    size_t left = host_allocated();
    char names[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < n_guards; i++) {
        unsigned n = atomic_load(&guards[i]->n_open);

        if (n)
            log_debug("plugin '%s': %u %s not closed", guards[i]->name, n,
                      n == 1 ? "handle was" : "handles were");
        if (atomic_load(&guards[i]->n_opened) && used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s'%s'", used ? ", " : "",
                                     guards[i]->name);
    }
    if (left && used)
        log_debug("%zu bytes of memory were not given back, with plugins %s at work", left, names);
}
