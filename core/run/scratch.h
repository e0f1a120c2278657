// SPDX-License-Identifier: Apache-2.0
/* scratch - the database that a double dump test restores into: made for it, and gone after it. */
#pragma once

#include "run/run.h"

struct scratch {
    const struct end *beside; /* whose plugin and options it has */
    const char *url;
    char *file_url; /* of a file in the test's own folder */
    char *made;     /* by the plugin: to be dropped */
};

/* Beside an end; folder: for databases that are files. */
MUST_USE pd_status scratch_make(const struct end *beside, const char *folder,
                                struct scratch *scratch, struct pd_error *err);
/* The end itself is used, and stays as it is then. It is refused unless it is empty. */
MUST_USE pd_status scratch_use(const struct end *end, struct scratch *scratch,
                               struct pd_error *err);
/* Refuse a database that holds something. One that is not there holds nothing. */
MUST_USE pd_status scratch_check_empty(const struct end *end, struct pd_error *err);
/* The database as an end, with the options of the one that it is beside. */
MUST_USE pd_status scratch_end(const struct scratch *scratch, enum end_role role,
                               struct end **ret_end, struct pd_error *err);
/* The same to write to: a test wants to know whether values come back, not whether a column has the
   type that one would choose; and whether counters do. Who says something else is heard. */
MUST_USE pd_status scratch_target(const struct scratch *scratch, struct end **ret_end,
                                  struct pd_error *err);
/* Drop what was made, even when the run was interrupted. A failure is logged. */
void scratch_drop(struct scratch *scratch);
