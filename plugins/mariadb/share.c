// SPDX-License-Identifier: Apache-2.0
/* share - further readers: of the snapshot those that joined it when it was taken, of staged tables
   any number. */
#include "scan.h"

/* NULL: none is left. */
static struct my *
take_spare(struct pd_source *origin)
{
    struct my *my = NULL;

    pthread_mutex_lock(&origin->mutex);
    if (origin->n_spares)
        my = origin->spares[--origin->n_spares];
    pthread_mutex_unlock(&origin->mutex);
    return my;
}

/* The next who asks for a reader gets it. */
void
share_give_back(struct pd_source *twin)
{
    struct pd_source *origin = twin->origin;

    if (!twin->my || twin->my->broken || origin->staged)
        return;
    pthread_mutex_lock(&origin->mutex);
    if (origin->n_spares < SOURCE_MOST_SPARES) {
        origin->spares[origin->n_spares++] = twin->my;
        twin->my = NULL;
    }
    pthread_mutex_unlock(&origin->mutex);
}

static pd_status
open_twin(struct pd_source *twin, struct pd_error *err)
{
    struct pd_source *origin = twin->origin;

    if (origin->staged)
        return my_open(twin->host, twin->end, MY_READ, NULL, &twin->my, err);
    twin->my = take_spare(origin);
    return twin->my ? PD_OK : PD_UNSUPPORTED;
}

pd_status
my_source_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    struct pd_source *origin = my_source_origin(source), *twin = NULL;
    pd_status status;

    if (origin->is_borrowed)
        return PD_UNSUPPORTED;
    status = my_source_new(origin->host, origin->end, &twin, err);
    if (status != PD_OK)
        return status;
    twin->origin = origin;
    status = open_twin(twin, err);
    if (status == PD_OK) {
        *ret_twin = twin;
        return PD_OK;
    }
    my_source_close(twin);
    if (status == PD_UNSUPPORTED || origin->host->cancelled(origin->host))
        return status;
    /* Too many connections: the others read on. */
    origin->host->log(origin->host, PD_LOG_INFO, "the server admits no further reader");
    return PD_UNSUPPORTED;
}
