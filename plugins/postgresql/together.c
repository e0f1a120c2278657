// SPDX-License-Identifier: Apache-2.0
/* together - rows that point to each other: their foreign keys are looked at when all are in. */
#include <string.h>

#include "write.h"

/* A foreign key, or a key that was put off with them. */
static bool
is_broken(const struct pg *pg)
{
    return !pg->broken && strncmp(pg->complaint.sqlstate, "23", 2) == 0;
}

static pd_status
take_back(struct pd_sink *sink)
{
    pd_status status = pg_run(sink->pg, "ROLLBACK TO SAVEPOINT polydump_together", NULL);

    if (status == PD_OK)
        status = pg_run(sink->pg, "RELEASE SAVEPOINT polydump_together", NULL);
    return status == PD_OK ? PD_OK : PD_FATAL;
}

static pd_status
end_together(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    sink->pg->complaint.sqlstate[0] = '\0';
    status = pg_run(sink->pg, "SET CONSTRAINTS ALL IMMEDIATE", err);
    if (status == PD_OK)
        return pg_run(sink->pg, "RELEASE SAVEPOINT polydump_together", err) == PD_OK ? PD_OK
                                                                                     : PD_FATAL;
    if (status != PD_FAILED || !is_broken(sink->pg))
        return PD_FATAL;
    return take_back(sink) == PD_OK ? PD_FAILED : PD_FATAL;
}

pd_status
together_sink(struct pd_sink *sink, int what, struct pd_error *err)
{
    pd_status status;

    /* Counts of rows that were there do not follow a savepoint. */
    if (!(sink->load->flags & PD_LOAD_REJECTS) || sink->conflict ||
        PQtransactionStatus(sink->pg->conn) != PQTRANS_INTRANS)
        return PD_UNSUPPORTED;
    if (what == PD_TOGETHER_END)
        return end_together(sink, err);
    if (what == PD_TOGETHER_UNDO)
        return take_back(sink);
    status = pg_run(sink->pg, "SAVEPOINT polydump_together", err);
    return status == PD_OK ? pg_run(sink->pg, "SET CONSTRAINTS ALL DEFERRED", err) : status;
}
