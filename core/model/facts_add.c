// SPDX-License-Identifier: Apache-2.0
/* facts_add - facts of a table, put together from those of its parts. */
#include <stdlib.h>
#include <string.h>

#include "model/decimal.h"
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
    [PD_FACT_INT_MIN] = join_min,       [PD_FACT_INT_MAX] = join_max,
    [PD_FACT_TIME_MIN] = join_min,      [PD_FACT_TIME_MAX] = join_max,
    [PD_FACT_REAL_MIN] = join_real_min, [PD_FACT_REAL_MAX] = join_real_max,
};

/* What a fact is about: when a part has cells of these classes, but not the fact, nobody knows it
   of the whole. */
static const uint32_t owners[PD_FACT_COUNT_][2] = {
    [PD_FACT_INT_SUM] = {PD_FACT_INTS},
    [PD_FACT_INT_MIN] = {PD_FACT_INTS},
    [PD_FACT_INT_MAX] = {PD_FACT_INTS},
    [PD_FACT_REAL_MIN] = {PD_FACT_REALS},
    [PD_FACT_REAL_MAX] = {PD_FACT_REALS},
    [PD_FACT_REAL_NANS] = {PD_FACT_REALS},
    [PD_FACT_REAL_NEGATIVES] = {PD_FACT_REALS},
    [PD_FACT_REAL_CHECK] = {PD_FACT_REALS},
    [PD_FACT_OCTETS] = {PD_FACT_TEXTS, PD_FACT_BLOBS},
    [PD_FACT_LABEL_CHECK] = {PD_FACT_TEXTS},
};

/* Stands in for a value that is not known of all parts, until facts_known(). */
static const char unknown[] = "unknown";

static int
fact_order(const struct pd_fact *a, const struct pd_fact *b)
{
    if (a->column != b->column) /* PD_NO_COLUMN comes first */
        return a->column + 1 < b->column + 1 ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* ---- Facts whose value is text: decimals of any size. The set's texts are its own ---- */

static bool
is_decimal_fact(uint32_t id)
{
    return id >= PD_FACT_DECIMAL_SUM && id <= PD_FACT_DECIMAL_MAX;
}

static void
text_drop(struct pd_fact *fact)
{
    if (fact->text != unknown && is_decimal_fact(fact->id))
        free((void *)(uintptr_t)fact->text);
    fact->text = NULL;
}

static void
text_forget(struct pd_fact *fact)
{
    text_drop(fact);
    fact->text = unknown;
}

static pd_status
text_set(struct pd_fact *fact, const char *text, struct pd_error *err)
{
    char *copy = strdup(text);

    if (!copy)
        return error_memory(err);
    text_drop(fact);
    fact->text = copy;
    return PD_OK;
}

static pd_status
text_sum(struct pd_fact *into, const struct decimal *a, const struct decimal *b,
         struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer text = {0};
    struct decimal_sum sum = {0};
    bool done = decimal_sum_add(&sum, a) && decimal_sum_add(&sum, b);

    if (done)
        decimal_sum_text(&sum, &text);
    decimal_sum_free(&sum);
    return done && buffer_string(&text) ? text_set(into, buffer_string(&text), err)
                                        : error_memory(err);
}

/* No text: the part has no such cells. */
static pd_status
text_join(struct pd_fact *into, const struct pd_fact *more, struct pd_error *err)
{
    struct decimal a, b;
    int order;

    if (into->text == unknown || !more->text)
        return PD_OK;
    if (!into->text)
        return text_set(into, more->text, err);
    if (!decimal_parse(into->text, strlen(into->text), &a) ||
        !decimal_parse(more->text, strlen(more->text), &b)) {
        text_forget(into);
        return PD_OK;
    }
    if (into->id == PD_FACT_DECIMAL_SUM)
        return text_sum(into, &a, &b, err);
    order = decimal_compare(&b, &a);
    if (into->id == PD_FACT_DECIMAL_MIN ? order < 0 : order > 0)
        return text_set(into, more->text, err);
    return PD_OK;
}

/* ---- The set ---- */

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
    set->facts[at].text = NULL;
    set->n++;
    return fact->text && is_decimal_fact(fact->id) ? text_set(&set->facts[at], fact->text, err)
                                                   : PD_OK;
}

/* The fact of a column in a list whose facts of one column stand together; NULL: not there. */
static const struct pd_fact *
list_find(const struct pd_fact *facts, size_t n, size_t from, uint32_t column, uint32_t id)
{
    while (from > 0 && facts[from - 1].column == column)
        from--;
    for (; from < n && facts[from].column == column; from++)
        if (facts[from].id == id)
            return &facts[from];
    return NULL;
}

/* Has the list cells of the classes that fact is about? from: a fact of the same column. */
static bool
list_has_cells(const struct pd_fact *facts, size_t n, size_t from, const struct pd_fact *fact)
{
    for (size_t i = 0; i < 2 && fact->id < PD_FACT_COUNT_; i++) {
        uint32_t owner = owners[fact->id][i];
        const struct pd_fact *cells = owner ? list_find(facts, n, from, fact->column, owner) : NULL;

        if (cells && value_of(cells) != 0)
            return true;
    }
    return false;
}

/* Where facts of a column begin, looked for from a guess on; n: nowhere. */
static size_t
list_column(const struct pd_fact *facts, size_t n, size_t guess, uint32_t column)
{
    for (size_t i = 0; i < n; i++)
        if (facts[(guess + i) % n].column == column)
            return (guess + i) % n;
    return n;
}

/* What the set knows and the part does not, although it has such cells, is not known any more. */
static void
set_forget(struct fact_set *set, const struct pd_fact *facts, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < set->n; i++) {
        struct pd_fact *fact = &set->facts[i];

        at = list_column(facts, n, at, fact->column);
        if (at < n && !list_find(facts, n, at, fact->column, fact->id) &&
            list_has_cells(facts, n, at, fact))
            text_forget(fact);
    }
}

static pd_status
set_add(struct fact_set *set, const struct pd_fact *fact, bool first, struct pd_error *err)
{
    bool found;
    size_t at = set_find(set, fact, &found);
    fact_join *join = fact->id < PD_FACT_COUNT_ ? joins[fact->id] : NULL;
    pd_status status;

    if (found && is_decimal_fact(fact->id))
        return text_join(&set->facts[at], fact, err);
    if (found && join)
        join(&set->facts[at], fact);
    else if (found)
        join_sum(&set->facts[at], fact);
    if (found)
        return PD_OK;
    status = set_insert(set, at, fact, err);
    /* An earlier part had such cells and did not tell. */
    if (status == PD_OK && !first && list_has_cells(set->facts, set->n, at, fact))
        text_forget(&set->facts[at]);
    return status;
}

pd_status
facts_add(struct fact_set *set, const struct pd_fact *facts, size_t n, struct pd_error *err)
{
    bool first = set->n == 0;

    for (size_t i = 0; i < n; i++)
        if (facts[i].text && !is_decimal_fact(facts[i].id))
            return PD_UNSUPPORTED;
    if (!first)
        set_forget(set, facts, n);
    /* Counts of classes come last, since what was counted before decides what is known. */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < n; i++) {
            bool owned = facts[i].id < PD_FACT_COUNT_ && owners[facts[i].id][0];
            pd_status status = PD_OK;

            if (owned == (pass == 0))
                status = set_add(set, &facts[i], first, err);
            if (status != PD_OK)
                return status;
        }
    }
    return PD_OK;
}

void
facts_known(struct fact_set *set)
{
    size_t n = 0;

    for (size_t i = 0; i < set->n; i++)
        if (set->facts[i].text != unknown)
            set->facts[n++] = set->facts[i];
    set->n = n;
}

void
facts_free(struct fact_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        text_drop(&set->facts[i]);
    free(set->facts);
    *set = (struct fact_set){0};
}
