// SPDX-License-Identifier: Apache-2.0
/* select - which tables and objects a run takes along, and what is said of the others. */
#pragma once

#include "run/run.h"

struct selection {
    struct pd_catalog *catalog; /* what travels */
    const uint32_t *origins;    /* of each table: its number in the source's catalogue */
    const char *const *wheres;  /* of each table: a condition, or NULL */
    bool same_engine;           /* native parts are replayed */
    bool native;                /* active objects are created */
};

/* Does a pattern of --only, --exclude or a policy fit? It is matched against "table" and
   "schema.table". */
bool select_pattern_fits(const char *pattern, const struct pd_table *table);
/* Do --only and --exclude let the table come along? */
bool select_wants(const struct run_options *options, const struct pd_table *table);
/* The condition of --where for the table; NULL: none. */
const char *select_where(const struct run_options *options, const struct pd_table *table);
/* Is the object a schema? Its name is in those of its tables, also where engines have none. */
bool object_is_schema(const struct pd_object *object);
/* What objects were made under: it comes and goes with them, and nobody misses it. */
bool object_is_settings(const struct pd_object *object);
/* Is it about a sequence that no table of the selection counts by? */
bool select_is_foreign(const struct pd_catalog *catalog, const struct pd_left_out *left);
/* What a sink left out, by the numbers of the source's catalogue. */
struct report_part select_origin(const struct selection *selection, const struct pd_catalog *source,
                                 const struct pd_left_out *left);

/* target_engine: name of the plugin that writes; to_archive: it takes everything as it is.
   Refuses (PD_CAUSE_USAGE) active objects for the same engine when the user said neither
   --native nor --no-native; patterns that fit no table; conditions for tables that are not
   there. What stays behind is added to report. */
MUST_USE pd_status select_tables(struct arena *arena, const struct opened_source *source,
                                 const char *target_engine, bool to_archive,
                                 const struct run_options *options, struct report *report,
                                 struct selection *ret_selection, struct pd_error *err);
/* Which tables of the target lose the rows that they have (pd_load.emptied); NULL: none. */
MUST_USE pd_status select_emptied(struct arena *arena, const struct run_options *options,
                                  const struct selection *selection, const uint8_t **ret_emptied,
                                  struct pd_error *err);
