// SPDX-License-Identifier: Apache-2.0
/* deferred - rows that wait for others are tried again, in rounds, until a round saves none. */
#pragma once

#include "run/lane.h"

/* After the last part of a table, on the handle that wrote it, where no other lane is at work:
   those of its rows that waited for each other need not wait for other tables. */
MUST_USE pd_status deferred_table(struct lanes *lanes, struct pd_sink *sink, uint32_t table,
                                  struct pd_error *err);
/* After all lanes, on the handles that they were shared from. Then ends the tables that could not
   be ended before. Rows that are left are refused for good, or, without --rejects, end the run. */
MUST_USE pd_status deferred_run(struct lanes *lanes, struct pd_source *source, struct pd_sink *sink,
                                struct pd_error *err);
