// SPDX-License-Identifier: Apache-2.0
/* steps - where the steps of a chain come from: plugins that have some, and folders of scripts that
   a plugin reads. */
#pragma once

#include "migrate/chain.h"
#include "migrate/policies.h"
#include "plugin/options.h"

struct steps;

/* places: NULL-ended. One that is a folder goes to all plugins that read folders, any other is the
   name of a plugin. Plugins are loaded here, so before the first thread; no folder is read yet.
   The places are borrowed. PD_CAUSE_MISSING: there is nothing of the kind. */
MUST_USE pd_status steps_new(const char *const *places, struct steps **ret_steps,
                             struct pd_error *err);
/* Set an option of the plugins. PD_UNSUPPORTED: none of them has it. */
MUST_USE pd_status steps_set(struct steps *steps, const char *name, const char *value,
                             struct pd_error *err);
/* Read the folders and adopt every step, whatever its struct_size. Every refusal names where the
   step is from and the member. Done once, however often it is asked for; not again after a failure.
 */
MUST_USE pd_status steps_open(struct steps *steps, struct pd_error *err);
const struct step_list *steps_list(const struct steps *steps);
/* Of the plugin that has the step, one of the list. */
const struct pd_options *steps_options(const struct pd_migration *step);
/* What the plugins say of tables, behind what is in the list already; after steps_open(). */
MUST_USE pd_status steps_policies(const struct steps *steps, struct policies *policies,
                                  struct pd_error *err);
void steps_close(struct steps *steps); /* NULL is fine; after the last migrator */
CLEANUP_DEFINE(steps, steps_close);
