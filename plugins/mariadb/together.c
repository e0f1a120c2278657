// SPDX-License-Identifier: Apache-2.0
/* together - foreign keys of tables that are there, when rows that break one are to be told. InnoDB
   looks at each with its row, or not at all: after rows that point to each other it is asked what
   points nowhere now. */
#include "ddl.h"
#include "write.h"

pd_status
together_check(struct pd_sink *sink, struct pd_error *err)
{
    return my_run(sink->my, "SET SESSION foreign_key_checks = ON", err);
}

static pd_status
take_back(struct pd_sink *sink)
{
    pd_status status = my_run(sink->my, "ROLLBACK TO SAVEPOINT polydump_together", NULL);

    if (status == PD_OK)
        status = together_check(sink, NULL);
    return status == PD_OK ? PD_OK : PD_FATAL;
}

static pd_status
end_together(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = orphans_after(sink, err);

    if (status == PD_FAILED && !sink->my->broken)
        return take_back(sink) == PD_OK ? PD_FAILED : PD_FATAL;
    return status == PD_OK ? together_check(sink, err) : PD_FATAL;
}

pd_status
together_sink(struct pd_sink *sink, int what, struct pd_error *err)
{
    pd_status status;

    /* Counts of rows that were there do not follow a savepoint. */
    if (!(sink->load->flags & PD_LOAD_REJECTS) || sink->conflict || !sink->writer->in_place)
        return PD_UNSUPPORTED;
    if (what == PD_TOGETHER_END)
        return end_together(sink, err);
    if (what == PD_TOGETHER_UNDO)
        return take_back(sink);
    status = my_run(sink->my, "SAVEPOINT polydump_together", err);
    if (status == PD_OK)
        status = my_run(sink->my, "SET SESSION foreign_key_checks = OFF", err);
    return status == PD_OK ? PD_OK : PD_FATAL;
}
