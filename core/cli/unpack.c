// SPDX-License-Identifier: Apache-2.0
/* unpack - an archive that is read once, in its own order, as one that is read in any. */
#include "cli/unpack.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/archive.h"
#include "base/log.h"
#include "run/transfer.h"

void
unpacked_close(struct unpacked *unpacked)
{
    if (!unpacked)
        return;
    source_close(unpacked->source);
    end_free(unpacked->end);
    temporary_remove(&unpacked->folder);
    free(unpacked);
}

/* Only a stream does not know what it is before its end. */
static bool
is_stream(struct opened_source *source)
{
    struct archive_identity identity;

    return source->ops->open == archive_plugin.source->open &&
           archive_identify(source->handle, &identity, NULL) == PD_UNSUPPORTED;
}

static pd_status
archive_end(const struct unpacked *unpacked, enum end_role role, struct end **ret_end,
            struct pd_error *err)
{
    CLEANUP_FREE char *url = NULL;

    if (asprintf(&url, "archive:%s/a", unpacked->folder.path) < 0) {
        url = NULL;
        return error_memory(err);
    }
    return url_resolve(url, role, ret_end, err);
}

/* Everything, as it is; what the run wants of it is chosen later. */
static pd_status
stream_write(const struct unpacked *unpacked, struct opened_source *source,
             const struct run_options *options, struct pd_error *err)
{
    CLEANUP(end) struct end *target = NULL;
    CLEANUP(report) struct report *report = NULL;
    const struct run_options all = {.jobs = options->jobs, .quiet = options->quiet};
    pd_status status = archive_end(unpacked, END_ARCHIVE_TARGET, &target, err);

    if (status == PD_OK)
        status = options_set(target->options, "no-recheck", NULL, err);
    if (status == PD_OK)
        status = report_new(&report, err);
    if (status == PD_OK)
        status = transfer_run(source, target, &all, report, err);
    return status;
}

pd_status
unpack(struct opened_source *source, const struct run_options *options,
       struct unpacked **ret_unpacked, struct pd_error *err)
{
    CLEANUP(unpacked) struct unpacked *unpacked = NULL;
    pd_status status;

    if (!is_stream(source))
        return PD_OK;
    unpacked = calloc(1, sizeof *unpacked);
    if (!unpacked)
        return error_memory(err);
    status = temporary_make("stream", &unpacked->folder, err);
    if (status != PD_OK)
        return status;
    log_info("the archive is a stream, which is read once; it is put into '%s' first",
             unpacked->folder.path);
    status = stream_write(unpacked, source, options, err);
    if (status == PD_OK)
        status = archive_end(unpacked, END_ARCHIVE_SOURCE, &unpacked->end, err);
    if (status == PD_OK)
        status = source_open(unpacked->end, &unpacked->source, err);
    if (status == PD_OK)
        *ret_unpacked = take(unpacked);
    return status;
}
