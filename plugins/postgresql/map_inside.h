// SPDX-License-Identifier: Apache-2.0
/* map_inside - one column on its way from a neutral type to one of the server. */
#pragma once

#include <polydump/choice.h>

#include "map.h"

enum { MAP_MOST_CHARACTERS = 10485760, MAP_MOST_DIGITS = 1000 };

/* How a neutral kind is stored. */
struct map_row {
    uint8_t kind;
    uint8_t as; /* enum pd_kind; the same as kind: its parameters are kept */
    uint8_t form;
    const char *native;
    uint8_t suffix;
    uint8_t rung;
    const char *reason; /* why not native */
};

/* What a choice is made for. */
static inline const struct map *
map_of(const struct pd_choice *c)
{
    return c->own;
}

/* What values, hints, and that nobody knows them change about a type. */
extern const struct pd_choice_ways map_ways;
