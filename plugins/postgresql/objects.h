// SPDX-License-Identifier: Apache-2.0
/* objects - what only PostgreSQL has, as statements that can be run one by one. */
#pragma once

#include "catalog.h"

/* Append to catalog->catalog.objects whatever the tables, columns, keys and sequences of the
   catalogue do not say: extensions, schemas, types, functions, views, triggers, policies, ... in an
   order in which they can be created, with PD_OBJECT_BEFORE_ROWS for those that tables need. Taken
   from `pg_dump --schema-only --snapshot=...` when it is there and not older than the server, else
   from pg_get_*def(); a property "native-provider" says which. snapshot NULL: pg_dump is not
   asked. What neither gives becomes a note (pd_property.is_note). */
pd_status objects_read(struct pg *pg, struct pg_catalog *catalog, const char *snapshot,
                       struct pd_error *err);
