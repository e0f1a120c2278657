// SPDX-License-Identifier: Apache-2.0
/* map_inside - one column on its way from a neutral type to one of the server. */
#pragma once

#include "map.h"

/* Which of the counts of a profile are values of the kind itself. */
enum home { HOME_OTHER, HOME_INT, HOME_REAL, HOME_NUMBER, HOME_TEXT, HOME_BYTES, HOME_ANY };

/* Storage classes that are among the values of a column. */
enum { HAS_INTS = 1, HAS_REALS = 2, HAS_TEXTS = 4, HAS_BYTES = 8 };

/* How a neutral kind is stored. */
struct map_row {
    uint8_t kind;
    uint8_t as; /* enum pd_kind; the same as kind: its parameters are kept */
    uint8_t home;
    const char *native; /* "": map_sizes() */
    uint8_t suffix;
    uint8_t rung;
    const char *reason; /* why not native */
};

/* One column on its way. */
struct map_choice {
    struct map *map;
    const struct pd_column *column;
    const struct pd_profile *profile; /* NULL: nothing is known */
    const struct map_row *row;
    unsigned has; /* HAS_* */
    struct pd_mapping *m;
    struct pd_sql spelled;
};

/* ---- map_kind.c ---- */

/* Another type than its kind would have. native "": map_sizes() spells it. */
void map_set_type(struct map_choice *c, int rung, int kind, const char *native, const char *reason);
/* decimal(p,s) */
void map_set_decimal(struct map_choice *c, int rung, int32_t precision, int32_t scale,
                     const char *reason);

/* Has the server the type uuid? */
bool map_has_uuid(const struct map_choice *c);

/* ---- map_values.c ---- */

/* Is there a hint that could narrow the type? */
bool map_has_hint(const struct map_choice *c);
/* Without knowing any value: what most columns of such a declaration hold. */
void map_guess(struct map_choice *c, bool hinted);
/* By what the values are. */
void map_judge(struct map_choice *c, bool hinted);
