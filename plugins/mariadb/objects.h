// SPDX-License-Identifier: Apache-2.0
/* objects - what only MariaDB has, as statements that can be run one by one. */
#pragma once

#include "catalog.h"

/* Append to catalog->catalog.objects what the tables, columns, keys and sequences of the catalogue
   do not say: views, triggers, functions, procedures, packages, events, in an order in which they
   can be created (views by what they use, triggers and events last), each as SHOW CREATE gives it,
   verbatim, with its DEFINER, preceded where needed by nothing: sql_mode, character sets and time
   zone that an object was made under stand in a pd_object of kind "settings" right before those
   that need others than the writer's own. What a missing privilege hides becomes a note
   (pd_property.is_note) "... not verifiable: ...". */
pd_status objects_read(struct my *my, struct my_catalog *catalog, struct pd_error *err);
/* Routines, triggers and events alone, each word as it is there, into an empty catalogue. */
pd_status objects_read_code(struct my *my, struct my_catalog *catalog, struct pd_error *err);
