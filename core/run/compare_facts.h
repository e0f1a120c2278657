// SPDX-License-Identifier: Apache-2.0
/* compare_facts - facts that two engines compute about the same tables, without moving a row. */
#pragma once

#include "base/arena.h"
#include "run/run.h"

/* Tables are matched by name. Differences are added to report; a table that one side lacks, or
   whose engine has no facts, is one. */
MUST_USE pd_status facts_verify(struct opened_source *a, struct opened_source *b,
                                const struct run_options *options, struct report *report,
                                struct pd_error *err);

/* What an engine computes in its generated columns, kept after it is closed. */
struct facts_kept;

/* Of a source whose rows were read, and are not read again. *ret_kept is in the arena; NULL: it has
   no such columns, or computes no facts. */
MUST_USE pd_status facts_keep_computed(struct opened_source *source, struct arena *arena,
                                       struct facts_kept **ret_kept, struct pd_error *err);
/* Do the generated columns of b have them? a has the source's tables, and `like` is b under their
   schema. Of b no rows are read any more. */
MUST_USE pd_status facts_verify_computed(struct opened_source *a, const struct facts_kept *kept,
                                         struct opened_source *b, const struct opened_source *like,
                                         struct report *report, struct pd_error *err);
