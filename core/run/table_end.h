// SPDX-License-Identifier: Apache-2.0
/* table_end - what is due when all parts of a table are in: the ledger, the proofs, the seal. */
#pragma once

#include "run/lane.h"

/* On the handles of the lane that wrote the last part. */
MUST_USE pd_status table_end(struct lanes *lanes, struct pd_source *source, struct pd_sink *sink,
                             uint32_t table, struct pd_error *err);
