// SPDX-License-Identifier: Apache-2.0
/* facts_add - facts of a table, put together from those of its parts. */
#include <stdlib.h>
#include <string.h>

#include "model/profile.h"
#include "model/values.h"

typedef void fact_join(struct pd_fact *into, const struct pd_fact *more);

static int128
value_of(const struct pd_fact *fact)
{
    return (int128)((uint128)(uint64_t)fact->high << 64 | fact->low);
}

static void
join_sum(struct pd_fact *into, const struct pd_fact *more)
{
    uint128 sum = (uint128)value_of(into) + (uint128)value_of(more);

    into->high = (int64_t)(sum >> 64);
    into->low = (uint64_t)sum;
}

static void
join_take(struct pd_fact *into, const struct pd_fact *more)
{
    into->high = more->high;
    into->low = more->low;
}

static void
join_min(struct pd_fact *into, const struct pd_fact *more)
{
    if (value_of(more) < value_of(into))
        join_take(into, more);
}

static void
join_max(struct pd_fact *into, const struct pd_fact *more)
{
    if (value_of(more) > value_of(into))
        join_take(into, more);
}

static double
real_of(const struct pd_fact *fact)
{
    double real;

    memcpy(&real, &fact->low, sizeof real);
    return real;
}

static void
join_real_min(struct pd_fact *into, const struct pd_fact *more)
{
    if (real_of(more) < real_of(into))
        join_take(into, more);
}

static void
join_real_max(struct pd_fact *into, const struct pd_fact *more)
{
    if (real_of(more) > real_of(into))
        join_take(into, more);
}

/* How values of one fact are joined; what is not here is added. */
static fact_join *const joins[PD_FACT_COUNT_] = {
    [PD_FACT_INT_MIN] = join_min,        [PD_FACT_INT_MAX] = join_max,
    [PD_FACT_TIME_MIN] = join_min,       [PD_FACT_TIME_MAX] = join_max,
    [PD_FACT_REAL_MIN] = join_real_min,  [PD_FACT_REAL_MAX] = join_real_max,
};

static int
fact_order(const struct pd_fact *a, const struct pd_fact *b)
{
    if (a->column != b->column) /* PD_NO_COLUMN comes first */
        return a->column + 1 < b->column + 1 ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* The place of a fact, or where it belongs. */
static size_t
set_find(const struct fact_set *set, const struct pd_fact *fact, bool *ret_found)
{
    size_t low = 0, high = set->n;

    *ret_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = fact_order(&set->facts[middle], fact);

        *ret_found |= order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static pd_status
set_insert(struct fact_set *set, size_t at, const struct pd_fact *fact, struct pd_error *err)
{
    if (set->n == set->room) {
        size_t room = set->room * 2 + 32;
        struct pd_fact *grown = realloc(set->facts, room * sizeof *grown);

        if (!grown)
            return error_memory(err);
        set->facts = grown;
        set->room = room;
    }
    memmove(set->facts + at + 1, set->facts + at, (set->n - at) * sizeof *fact);
    set->facts[at] = *fact;
    set->n++;
    return PD_OK;
}

pd_status
facts_add(struct fact_set *set, const struct pd_fact *facts, size_t n, struct pd_error *err)
{
    for (size_t i = 0; i < n; i++) {
        bool found;
        size_t at = set_find(set, &facts[i], &found);
        fact_join *join = facts[i].id < PD_FACT_COUNT_ ? joins[facts[i].id] : NULL;
        pd_status status = PD_OK;

        if (facts[i].text)
            return PD_UNSUPPORTED;
        if (!found)
            status = set_insert(set, at, &facts[i], err);
        else if (join)
            join(&set->facts[at], &facts[i]);
        else
            join_sum(&set->facts[at], &facts[i]);
        if (status != PD_OK)
            return status;
    }
    return PD_OK;
}

void
facts_free(struct fact_set *set)
{
    free(set->facts);
    *set = (struct fact_set){0};
}
