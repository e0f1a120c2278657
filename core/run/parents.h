// SPDX-License-Identifier: Apache-2.0
/* parents - the tables that a table's foreign keys point to. */
#pragma once

#include "base/arena.h"
#include "base/error.h"

/* The number of the table that a foreign key of a table points to; PD_NO_TABLE: it is not in the
   catalogue. */
uint32_t parents_of(const struct pd_catalog *catalog, const struct pd_table *table,
                    const struct pd_foreign *foreign);
/* The numbers of all tables, each behind those that it points to; where these make a ring, in the
   order of the catalogue. */
MUST_USE pd_status parents_order(const struct pd_catalog *catalog, struct arena *arena,
                                 const uint32_t **ret_order, struct pd_error *err);
