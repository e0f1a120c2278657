// SPDX-License-Identifier: Apache-2.0
/* share - further connections on the origin's snapshot. */
#include "scan.h"

enum {
    /* With more relations a twin locks each when it reads it, so that the server's table of locks
       has room for others. */
    SHARE_MOST_LOCKS = 2000
};

/* Locks of its own, without waiting: somebody who waits for an exclusive lock waits for the origin,
   and whoever came later would wait for him. */
static pd_status
import(struct pd_source *twin, struct pd_source *origin, struct pd_error *err)
{
    struct pd_sql sql = {.host = twin->host};
    pd_status status = pg_run(twin->pg, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", err);

    pd_sql_add(&sql, "SET TRANSACTION SNAPSHOT ");
    sql_literal(&sql, origin->snapshot, strlen(origin->snapshot));
    if (status == PD_OK)
        status = sql_run(twin->pg, &sql, err);
    pd_sql_free(&sql);
    if (status != PD_OK || PQntuples(origin->relations) > SHARE_MOST_LOCKS)
        return status;
    twin->has_locks = true;
    return snapshot_lock(twin, origin->relations, false, err);
}

static pd_status
open_twin(struct pd_source *twin, struct pd_source *origin, struct pd_error *err)
{
    pd_status status = pg_open(twin->host, twin->end, PG_READ, NULL, &twin->pg, err);

    if (status == PD_OK)
        status = import(twin, origin, err);
    return status == PD_OK ? pg_source_begin(twin, err) : status;
}

pd_status
pg_source_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    struct pd_source *origin = pg_source_origin(source), *twin;
    pd_status status;

    if (origin->is_borrowed || !origin->snapshot)
        return PD_UNSUPPORTED;
    status = pg_source_new(origin->host, origin->end, &twin, err);
    if (status != PD_OK)
        return status;
    twin->origin = origin;
    status = open_twin(twin, origin, err);
    if (status == PD_OK) {
        *ret_twin = twin;
        return PD_OK;
    }
    pg_source_close(twin);
    if (origin->host->cancelled(origin->host))
        return status;
    /* Too many connections, or somebody waits for a lock: the others read on. */
    origin->host->log(origin->host, PD_LOG_INFO,
                      "the server admits no further reader of the snapshot");
    return PD_UNSUPPORTED;
}
