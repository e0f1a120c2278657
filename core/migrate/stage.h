// SPDX-License-Identifier: Apache-2.0
/* stage - a source as it is after a step: its schema is the step's, and its rows have gone through
   it. Stages stand on each other as steps do in a chain. */
#pragma once

#include "migrate/chain.h"
#include "migrate/planned.h"
#include "run/run.h"

struct stage;

/* Opens the step on a source that is open, and asks it for its plan; no row is read yet. The source
   is borrowed, and so is the migration. folder: where temporary files are made, borrowed; -1: where
   TMPDIR says. */
MUST_USE pd_status stage_open(struct opened_source *inner, const struct pd_migration *migration,
                              const struct pd_options *options, int folder,
                              struct stage **ret_stage, struct pd_error *err);
/* What to read from instead of inner; the stage's. Steps run at the first read that needs them,
   once, whatever is read how often. */
struct opened_source *stage_source(struct stage *stage);
const struct planned *stage_planned(const struct stage *stage);
/* What the step has warned of, and keys that update() found no row for: lines, once all is read. */
MUST_USE pd_status stage_report(struct stage *stage, struct report *report, struct pd_error *err);
void stage_close(struct stage *stage); /* NULL is fine; before inner */
CLEANUP_DEFINE(stage, stage_close);

/* All steps of a chain, one on the other. */
struct migrated;

struct migrated_options {
    const struct pd_options *const *options; /* one a step of the chain */
    int folder;
};

MUST_USE pd_status migrated_open(struct opened_source *inner, const struct chain *chain,
                                 const struct migrated_options *options,
                                 struct migrated **ret_migrated, struct pd_error *err);
struct opened_source *migrated_source(struct migrated *migrated); /* inner, when there is no step */
const struct planned *migrated_planned(const struct migrated *migrated, size_t step);
/* Let every step make its rows now rather than at the first read: what it does not survive is then
   over before a target is touched. */
MUST_USE pd_status migrated_run(struct migrated *migrated, struct pd_error *err);
/* Do steps want to be asked about rows of a table on their way into the target? table: its number
   in the catalogue of migrated_source(). */
bool migrated_wants(const struct migrated *migrated, uint32_t table);
/* Ask them, by one thread at a time. */
MUST_USE pd_status migrated_ask(struct migrated *migrated, uint32_t table,
                                const struct pd_batch *batch, struct pd_answers *answers,
                                struct pd_error *err);
MUST_USE pd_status migrated_report(struct migrated *migrated, struct report *report,
                                   struct pd_error *err);
void migrated_close(struct migrated *migrated); /* NULL is fine; before inner */
CLEANUP_DEFINE(migrated, migrated_close);
