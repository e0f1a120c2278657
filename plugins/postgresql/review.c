// SPDX-License-Identifier: Apache-2.0
/* review - what was written, as the plugin's own source sees it. */
#include "write.h"

pd_status
review_open(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err)
{
    pd_status status;

    /* Rows that were there before would be counted too. */
    if (sink->into == PD_INTO_APPEND)
        return PD_UNSUPPORTED;
    if (sink->atomic == ATOMIC_RUN)
        return postgresql_source_borrow(sink->pg, ret_source, err);
    marker_admit(sink->marker->run);
    status = postgresql_source_review(sink->host, sink->end, ret_source, err);
    marker_admit(NULL);
    return status;
}
