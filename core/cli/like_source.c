// SPDX-License-Identifier: Apache-2.0
/* like_source - what --like makes of a source. */
#include "cli/like_source.h"

#include <stdlib.h>

void
like_source_close(struct like_source *like)
{
    if (!like)
        return;
    source_close(like->source);
    source_close(like->model);
    end_free(like->end);
    free(like);
}

pd_status
like_wrap(const struct invocation *invocation, struct opened_source *source,
          struct like_source **ret_like, struct report *report, struct pd_error *err)
{
    CLEANUP(like_source) struct like_source *like = NULL;
    const char *model = options_get(invocation->options, "like");
    const struct like_options options = {.schema_map = invocation->run.schema_map};
    pd_status status;

    if (!model)
        return PD_OK;
    like = calloc(1, sizeof *like);
    if (!like)
        return error_memory(err);
    status = url_resolve(model, END_SOURCE, &like->end, err);
    if (status == PD_OK)
        status = source_open(like->end, &like->model, err);
    if (status != PD_OK)
        return error_prefix(err, status, "--like");
    status = like_open(like->model, source, &options, &like->source, err);
    if (status == PD_OK)
        status = like_report(like->source, report, err);
    if (status == PD_OK)
        *ret_like = take(like);
    return status;
}
