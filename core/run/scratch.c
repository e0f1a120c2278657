// SPDX-License-Identifier: Apache-2.0
/* scratch - the database that a double dump test restores into. */
#include "run/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cancel.h"
#include "base/log.h"
#include "plugin/host.h"

static const struct pd_scratch_ops *
scratch_ops(const struct end *end)
{
    const struct pd_plugin *plugin = &end->loaded->plugin;

    if (!plugin->scratch || !PD_HAS(struct pd_scratch_ops, plugin->scratch, create) ||
        !PD_HAS(struct pd_scratch_ops, plugin->scratch, drop))
        return NULL;
    return plugin->scratch;
}

/* ---- Is there nothing in it? ---- */

/* Where a database is a file, one that is missing or without a byte is empty. */
static bool
is_no_file(const struct end *end)
{
    struct stat st;

    if (scratch_ops(end) || !end->endpoint.location)
        return false;
    return stat(end->endpoint.location, &st) != 0 || (S_ISREG(st.st_mode) && st.st_size == 0);
}

static bool
is_empty(const struct pd_catalog *catalog)
{
    for (size_t i = 0; i < catalog->n_objects; i++)
        if (!(catalog->objects[i].flags & (PD_OBJECT_PASSIVE | PD_OBJECT_ACCESS)))
            return false;
    return catalog->n_tables == 0 && catalog->n_sequences == 0;
}

pd_status
scratch_check_empty(const struct end *end, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *source = NULL;
    pd_status status;

    if (is_no_file(end))
        return PD_OK;
    status = source_open(end, &source, err);
    if (status != PD_OK || is_empty(source->catalog))
        return status;
    return error_fail(err, PD_FATAL, PD_CAUSE_CONFLICT,
                      "'%s' is not empty; the test needs an empty database, and leaves it empty",
                      url_redacted(end->endpoint.url));
}

/* ---- Making it ---- */

static pd_status
make_file(const struct end *beside, const char *folder, struct scratch *scratch,
          struct pd_error *err)
{
    if (asprintf(&scratch->file_url, "%s:%s/scratch.db", beside->loaded->plugin.name, folder) < 0) {
        scratch->file_url = NULL;
        return error_memory(err);
    }
    scratch->url = scratch->file_url;
    return PD_OK;
}

pd_status
scratch_make(const struct end *beside, const char *folder, struct scratch *scratch,
             struct pd_error *err)
{
    const struct pd_scratch_ops *ops = scratch_ops(beside);
    pd_status status;

    scratch->beside = beside;
    if (!ops)
        return make_file(beside, folder, scratch, err);
    status = ops->create(host_get(), &beside->endpoint, &scratch->made, err);
    if (status != PD_OK)
        return error_prefix(err, status, "cannot make a scratch database beside '%s'",
                            url_redacted(beside->endpoint.url));
    scratch->url = scratch->made;
    log_debug("made the scratch database '%s'", url_redacted(scratch->made));
    return PD_OK;
}

pd_status
scratch_use(const struct end *end, struct scratch *scratch, struct pd_error *err)
{
    scratch->beside = end;
    scratch->url = end->endpoint.url;
    return scratch_check_empty(end, err);
}

pd_status
scratch_end(const struct scratch *scratch, enum end_role role, struct end **ret_end,
            struct pd_error *err)
{
    CLEANUP(end) struct end *end = NULL;
    uint32_t use = role == END_SOURCE ? PD_OPTION_READ : PD_OPTION_WRITE;
    pd_status status = url_resolve(scratch->url, role, &end, err);

    if (status == PD_OK && end->loaded == scratch->beside->loaded)
        status = options_copy(end->options, scratch->beside->options, use, err);
    if (status != PD_OK)
        return status;
    end->endpoint.n_handles = scratch->beside->endpoint.n_handles;
    *ret_end = take(end);
    return PD_OK;
}

pd_status
scratch_target(const struct scratch *scratch, struct end **ret_end, struct pd_error *err)
{
    static const char *const wanted[][2] = {
        {"misfit", "carrier"}, {"names", "carry"}, {"sequences", "exact"}};
    CLEANUP(end) struct end *end = NULL;
    pd_status status = scratch_end(scratch, END_TARGET, &end, err);

    for (size_t i = 0; i < COUNT_OF(wanted) && status == PD_OK; i++) {
        if (options_given(end->options, wanted[i][0]))
            continue;
        status = options_set(end->options, wanted[i][0], wanted[i][1], err);
        if (status == PD_UNSUPPORTED)
            status = PD_OK;
    }
    if (status == PD_OK)
        *ret_end = take(end);
    return status;
}

void
scratch_drop(struct scratch *scratch)
{
    struct pd_error err = {0};

    if (scratch->made) {
        cancel_hold(true);
        if (scratch_ops(scratch->beside)
                ->drop(host_get(), &scratch->beside->endpoint, scratch->made, &err) != PD_OK)
            log_warning("the scratch database '%s' could not be dropped: %s",
                        url_redacted(scratch->made), err.text);
        cancel_hold(false);
    }
    host_get()->release(host_get(), scratch->made);
    free(scratch->file_url);
    *scratch = (struct scratch){0};
}
