// SPDX-License-Identifier: Apache-2.0
/* identity - which database of which server this is, so that nobody reads and writes one at once.
 */
#include <string.h>

#include "scan.h"
#include "sink.h"

/* Copies of a server have its system identifier; none was started in the same microsecond. */
static const char server_sql[] =
    "SELECT concat_ws(' ', extract(epoch FROM pg_catalog.pg_postmaster_start_time()), oid)"
    " FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()";

static pd_status
identify(struct pg *pg, char *buffer, size_t size, struct pd_error *err)
{
    struct pd_pool pool = {.host = pg->host};
    const char *text = NULL;
    pd_status status = pg_value(pg, &pool, server_sql, 0, NULL, &text, err);

    if (status == PD_OK && (!text || strlen(text) >= size))
        status = PD_UNSUPPORTED;
    if (status == PD_OK)
        memcpy(buffer, text, strlen(text) + 1);
    pd_pool_close(&pool);
    return status;
}

pd_status
identity_of_source(struct pd_source *source, char *buffer, size_t size, struct pd_error *err)
{
    return identify(source->pg, buffer, size, err);
}

pd_status
identity_of_sink(struct pd_sink *sink, char *buffer, size_t size, struct pd_error *err)
{
    return identify(sink->pg, buffer, size, err);
}
