// SPDX-License-Identifier: Apache-2.0
/* ruled - a source whose values are as the user's rules for values want them (model/value_rule.h):
   --zero-date and its like. */
#pragma once

#include "run/mapping.h"
#include "run/run.h"

struct ruled;

/* Everything is borrowed. *ret_ruled is NULL where nobody said a rule. options: with data_only,
   where the tables were found to be there. A rule for a column that is not there, or that has no
   such values, or that takes no NULL where they are to be it, and two of one column, are
   PD_CAUSE_USAGE. */
MUST_USE pd_status ruled_for(struct opened_source *inner, const struct pd_plugin *plugin,
                             const struct pd_endpoint *endpoint, const struct run_options *options,
                             struct ruled **ret_ruled, struct pd_error *err);
void ruled_close(struct ruled *ruled); /* NULL is fine; before inner */
struct opened_source *ruled_source(struct ruled *ruled);

/* NULL is fine in all below. Once the target has answered: which of its columns take no NULL. */
MUST_USE pd_status ruled_settle(struct ruled *ruled, const struct selection *selection,
                                const struct mapping *mapping, struct pd_error *err);
/* A line about each column that had such values, and about each rule that met none. would: nothing
   was written. */
MUST_USE pd_status ruled_report(const struct ruled *ruled, bool would, struct report *report,
                                struct pd_error *err);
/* Behind an error of the target: which rules have changed values of keys. */
pd_status ruled_blame(const struct ruled *ruled, pd_status status, struct pd_error *err);
