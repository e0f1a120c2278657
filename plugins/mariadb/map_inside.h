// SPDX-License-Identifier: Apache-2.0
/* map_inside - one column on its way from a neutral type to one of the server (pd_choice.own:
   struct map). */
#pragma once

#include <polydump/choice.h>

#include "map.h"

/* How a neutral kind is stored. */
struct map_row {
    uint8_t kind;
    uint8_t as;         /* enum pd_kind; the same as kind: its parameters are kept */
    const char *native; /* "": map_sizes() */
    uint8_t suffix;
    uint8_t rung;
    const char *reason; /* why not native */
};

/* ---- map_kind.c ---- */

/* What the choice is made for. */
static inline const struct map *
map_of(const struct pd_choice *c)
{
    return c->own;
}

/* decimal(p,s) */
void map_set_decimal(struct pd_choice *c, int rung, int32_t precision, int32_t scale,
                     const char *reason);

/* Has the server the type uuid? */
bool map_has_uuid(const struct pd_choice *c);

/* ---- map_values.c ---- */

/* What values, hints, and that nobody knows them change about a type. */
extern const struct pd_choice_ways map_ways;
