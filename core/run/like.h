// SPDX-License-Identifier: Apache-2.0
/* like - a source read under the schema of another one (--like): its tables and columns found by
   name or place, its values decoded into the other's types, and every part of its schema compared.
   What is equal is shown as the other has it, what differs as it is; and each difference is told.
 */
#pragma once

#include "base/buffer.h"
#include "run/run.h"

struct like_options {
    const struct placement *placements; /* of a's tables in b; NULL: they are found by name */
    const char *const *schema_map;      /* as in run_options */
    bool is_made; /* a's tables were made by steps and not by an engine: b has them as its engine
                     keeps what it is asked for, even if it is that of a */
};

/* A part of the schema that is not as it is in a. */
struct like_difference {
    uint32_t part;   /* enum pd_part */
    uint32_t table;  /* in a's catalogue, PD_NO_TABLE: none of them */
    uint32_t number; /* see enum pd_part; PD_NO_COLUMN: also what only b has */
    const char *text;
};

/* b as a source with a's schema. Both are borrowed, and must outlive it. a's profiles tell which
   columns of b hold tagged text. */
MUST_USE pd_status like_open(struct opened_source *a, struct opened_source *b,
                             const struct like_options *options, struct opened_source **ret_source,
                             struct pd_error *err);
/* Each difference as a line of what is left out, with its part. */
MUST_USE pd_status like_report(const struct opened_source *source, struct report *report,
                               struct pd_error *err);
/* Of a source that like_open() gave; as long as it is open. */
const struct like_difference *like_differences(const struct opened_source *source, size_t *ret_n);
/* The canonical text of the check that says no more than a column's type does: labels of an enum, 0
   and 1 of a bool, the length of a text. Nothing is appended if there is none. */
void like_type_check(struct buffer *out, const char *column, const struct pd_type *type);
/* Does a column of b, by its numbers there, hold text that tells storage classes apart? */
bool like_is_tagged(const struct opened_source *source, uint32_t table, uint32_t column);
