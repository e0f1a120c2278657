// SPDX-License-Identifier: Apache-2.0
/* units - the parts of tables, which lanes finish in any order, brought into one order: small ones
   follow each other in shared packs, and lines in tables.jsonl, as if one lane had written all.

   A small part is put in place when all parts before it (by table, then part) are small and in
   place, or large, and so have packs of their own; until then it waits in a spool. A table's line
   is written when its parts and all lines before it are in place. Safe from any thread. */
#pragma once

#include "archive/archive.h"
#include "archive/manifest.h"
#include "base/error.h"

struct units;
struct unit;

/* folder: of the archive; rows: of its packs. Both and the catalogue are borrowed. Application
   and version are those of the manifest. */
MUST_USE pd_status units_new(const struct pd_catalog *catalog, const struct manifest *manifest,
                             int folder, int rows, bool recheck, struct units **ret_units,
                             struct pd_error *err);
void units_free(struct units *units);
CLEANUP_DEFINE(units, units_free);

/* n_parts: of the table, 0: not known before it is sealed. */
MUST_USE pd_status units_begin(struct units *units, uint32_t table, uint32_t part, uint32_t n_parts,
                               struct unit **ret_unit, struct pd_error *err);
/* Where the lane notes what it wrote; pack_sizes is of malloc(). */
struct part *units_part(struct unit *unit);
/* The unit has packs of its own: those behind it need not wait for its end. */
MUST_USE pd_status units_large(struct units *units, struct unit *unit, struct pd_error *err);
/* The unit is complete; bytes of a small one. */
MUST_USE pd_status units_end(struct units *units, struct unit *unit, const void *bytes, size_t size,
                             struct pd_error *err);
/* All parts of a table are in. */
MUST_USE pd_status units_seal(struct units *units, uint32_t table, const struct pd_stats *stats,
                              struct pd_error *err);
/* Closes packs and tables.jsonl, fills the manifest's counts. */
MUST_USE pd_status units_finish(struct units *units, struct manifest *manifest,
                                struct pd_error *err);
