// SPDX-License-Identifier: Apache-2.0
/* step_inside - a step at work, for stage_step.c, stage_report.c and stage_convert.c only. */
#pragma once

#include "migrate/keyed.h"
#include "migrate/known.h"
#include "migrate/numbers.h"
#include "migrate/stage_inside.h"
#include "model/convert.h"

enum { WARNINGS_MAX = 1000 }; /* the rest is only counted */

struct need {
    const struct planned_need *planned;
    const struct pd_table *table;
    struct known known;
    struct buffer fetched;
    uint32_t *numbers; /* of each value column: its place in pd_step.numbers */
};

/* What becomes of the values of a column of `before`, of a table that is seen. */
struct change {
    struct conversion *conversion; /* NULL: there is none, or it was not asked for yet */
    bool is_open;
};

struct pd_step {
    struct stage *stage;
    pthread_mutex_t mutex; /* of keyed */
    struct keyed *keyed;   /* NULL: nothing is looked up or updated */
    bool is_over;          /* only before_save() is called any more */
    struct need *needs;
    size_t n_needs;
    struct numbers *numbers;
    size_t n_numbers;
    struct patches **patches; /* one a table of `after` */
    struct change **changes;  /* one a table of `before`: NULL, or one a column */
    const char *warnings[WARNINGS_MAX];
    size_t n_warnings; /* all */
    bool is_saving;    /* before_save() is at work, and holds the mutex */
};

/* pd_step_ops.warn */
pd_status step_warn(struct pd_step *step, struct pd_error *err, const char *fmt, ...)
    PD_PRINTF(3, 4);
/* pd_step_ops.convert */
pd_status step_convert(struct pd_step *step, uint32_t table, uint32_t column,
                       const struct pd_value *value, struct pd_value *ret_value,
                       struct pd_error *err);
void step_convert_close(struct pd_step *step);
