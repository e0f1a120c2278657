// SPDX-License-Identifier: Apache-2.0
/* policing - what --policy, the configuration and migrations say of tables, applied to a source. */
#pragma once

#include "cli/command.h"
#include "cli/unpack.h"
#include "migrate/policed.h"

struct policing {
    struct arena *arena;
    struct policies policies;
    struct opened_source *target; /* its handle is closed again; NULL: there was nothing to read */
    struct unpacked *unpacked;    /* NULL: the source is read as it is */
    struct policed *policed;
    struct opened_source *source; /* to read from */
};

void policing_close(struct policing *policing);
CLEANUP_DEFINE(policing, policing_close);
/* *ret_policing is NULL without policies. The target is read where they need it, and not written;
   options, which the run goes on with, get to know what becomes of each table. */
MUST_USE pd_status policing_open(struct invocation *invocation, struct opened_source *source,
                                 struct run_options *options, struct policing **ret_policing,
                                 struct pd_error *err);
