// SPDX-License-Identifier: Apache-2.0
// facts - what an engine can count too: of the stream, compared, and as text.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/kind.h"
#include "model/profile.h"
#include "model/schema.h"
#include "model/tally.h"
#include "model/text.h"
#include "model/values.h"

/* Facts in the making. */
struct fact_list {
    struct pd_fact *facts; /* NULL: only counted */
    size_t n;
    uint32_t column;
    struct arena *arena;
    bool failed;
};

void
fact_set(struct pd_fact *fact, uint32_t column, uint32_t id, int128 value)
{
    *fact = (struct pd_fact){
        .column = column, .id = id, .high = (int64_t)(value >> 64), .low = (uint64_t)value};
}

static void
add(struct fact_list *list, uint32_t id, int128 value)
{
    if (list->facts)
        fact_set(&list->facts[list->n], list->column, id, value);
    list->n++;
}

static void
add_text(struct fact_list *list, uint32_t id, const struct buffer *text)
{
    if (list->facts) {
        char *copy = text->failed ? NULL : arena_alloc(list->arena, text->size + 1);

        if (copy)
            memcpy(copy, text->data, text->size);
        else
            list->failed = true;
        fact_set(&list->facts[list->n], list->column, id, 0);
        list->facts[list->n].text = copy;
    }
    list->n++;
}

/* Does the kind hold values of a group, whether there are any or not? */
static bool
may_hold(const struct column_tally *t, enum tally_group group)
{
    return t->group == group || t->type->kind == PD_KIND_ANY ||
           (t->type->kind == PD_KIND_NUMBER && group == TALLY_INT);
}

static void
add_ints(struct fact_list *list, const struct column_tally *t)
{
    if (t->n_ints || may_hold(t, TALLY_INT))
        add(list, PD_FACT_INT_SUM, t->int_sum);
    if (t->n_ints) {
        add(list, PD_FACT_INT_MIN, t->int_min);
        add(list, PD_FACT_INT_MAX, t->int_max);
    }
}

static uint64_t
zero_without_sign(double real)
{
    return values_real_bits(real + 0.0);
}

static void
add_reals(struct fact_list *list, const struct column_tally *t)
{
    double low = t->n_minus_infinite ? -(double)INFINITY : t->real_min;
    double high = t->n_infinite ? (double)INFINITY : t->real_max;

    if (t->n_reals > t->n_nans) {
        add(list, PD_FACT_REAL_MIN, (int128)zero_without_sign(low));
        add(list, PD_FACT_REAL_MAX, (int128)zero_without_sign(high));
    }
    if (t->n_reals || may_hold(t, TALLY_REAL)) {
        add(list, PD_FACT_REAL_NANS, t->n_nans);
        add(list, PD_FACT_REAL_NEGATIVES, t->n_negatives);
        add(list, PD_FACT_REAL_CHECK, t->real_check);
    }
}

static void
add_wide_decimals(struct fact_list *list, const struct column_tally *t)
{
    unsigned scale = (unsigned)t->type->scale;
    CLEANUP_BUFFER struct buffer text = {0};

    decimal_wide_text(t->decimal_high + (int128)(t->decimal_low >> 64), (uint64_t)t->decimal_low,
                      scale, &text);
    add_text(list, PD_FACT_DECIMAL_SUM, &text);
    if (t->n_plain == 0)
        return;
    buffer_clear(&text);
    decimal_wide_text(t->decimal_min >> 64, (uint64_t)t->decimal_min, scale, &text);
    add_text(list, PD_FACT_DECIMAL_MIN, &text);
    buffer_clear(&text);
    decimal_wide_text(t->decimal_max >> 64, (uint64_t)t->decimal_max, scale, &text);
    add_text(list, PD_FACT_DECIMAL_MAX, &text);
}

static void
add_decimals(struct fact_list *list, const struct column_tally *t)
{
    CLEANUP_BUFFER struct buffer sum = {0};

    if (!t->digits) {
        add_wide_decimals(list, t);
        return;
    }
    decimal_sum_text(&t->digits->sum, &sum);
    add_text(list, PD_FACT_DECIMAL_SUM, &sum);
    if (t->digits->n_values == 0)
        return;
    add_text(list, PD_FACT_DECIMAL_MIN, &t->digits->min);
    add_text(list, PD_FACT_DECIMAL_MAX, &t->digits->max);
}

static void
add_others(struct fact_list *list, const struct column_tally *t)
{
    if (t->n_texts || t->n_blobs || may_hold(t, TALLY_TEXT) || may_hold(t, TALLY_BLOB))
        add(list, PD_FACT_OCTETS, t->n_octets);
    if (t->group == TALLY_DECIMAL)
        add_decimals(list, t);
    if (t->group == TALLY_TIME && t->n_plain) {
        add(list, PD_FACT_TIME_MIN, t->time_min);
        add(list, PD_FACT_TIME_MAX, t->time_max);
    }
    if (t->group == TALLY_BOOL)
        add(list, PD_FACT_TRUES, t->n_trues);
    if (tally_has_labels(t->type))
        add(list, PD_FACT_LABEL_CHECK, t->label_check);
}

size_t
column_tally_facts(const struct column_tally *t, uint32_t column, struct pd_fact *facts,
                   struct arena *arena, bool *ret_failed)
{
    struct fact_list list = {.facts = facts, .column = column, .arena = arena};

    add(&list, PD_FACT_NULLS, t->n_nulls);
    add(&list, PD_FACT_INTS, t->n_ints);
    add(&list, PD_FACT_REALS, t->n_reals);
    add(&list, PD_FACT_TEXTS, t->n_texts);
    add(&list, PD_FACT_BLOBS, t->n_blobs);
    add_ints(&list, t);
    add_reals(&list, t);
    add_others(&list, t);
    *ret_failed |= list.failed;
    return list.n;
}

static bool
is_real_fact(uint32_t id)
{
    return id == PD_FACT_REAL_MIN || id == PD_FACT_REAL_MAX;
}

static bool
is_text_fact(uint32_t id)
{
    return id >= PD_FACT_DECIMAL_SUM && id <= PD_FACT_DECIMAL_MAX;
}

bool
fact_is_zero_when_absent(uint32_t id)
{
    switch (id) {
    case PD_FACT_INT_MIN:
    case PD_FACT_INT_MAX:
    case PD_FACT_REAL_MIN:
    case PD_FACT_REAL_MAX:
    case PD_FACT_DECIMAL_SUM:
    case PD_FACT_DECIMAL_MIN:
    case PD_FACT_DECIMAL_MAX:
    case PD_FACT_TIME_MIN:
    case PD_FACT_TIME_MAX:
    case PD_FACT_LABEL_CHECK:
        return false;
    default:
        return true;
    }
}

static int128
fact_value(const struct pd_fact *fact)
{
    return (int128)((uint128)(uint64_t)fact->high << 64 | fact->low);
}

void
fact_value_text(const struct pd_fact *fact, char *buffer, size_t size)
{
    char text[DECIMAL_TEXT_SIZE];

    if (fact->text)
        snprintf(buffer, size, "%s", fact->text);
    else if (is_text_fact(fact->id))
        snprintf(buffer, size, "none");
    else if (is_real_fact(fact->id))
        snprintf(buffer, size, "%.*s", (int)text_real(values_real(fact->low), text), text);
    else
        snprintf(buffer, size, "%.*s", (int)decimal_write(fact_value(fact), 0, text), text);
}

static bool
same_decimal(const char *a, const char *b)
{
    struct decimal x, y;

    if (!a || !b)
        return a == b;
    if (!decimal_parse(a, strlen(a), &x) || !decimal_parse(b, strlen(b), &y))
        return strcmp(a, b) == 0;
    return decimal_compare(&x, &y) == 0;
}

static bool
same_value(const struct pd_fact *a, const struct pd_fact *b)
{
    if (is_text_fact(a->id))
        return same_decimal(a->text, b->text);
    if (is_real_fact(a->id))
        return zero_without_sign(values_real(a->low)) == zero_without_sign(values_real(b->low));
    return a->high == b->high && a->low == b->low;
}

static bool
is_before(const struct pd_fact *fact, uint32_t column, uint32_t id)
{
    return fact->column != column ? fact->column < column : fact->id < id;
}

/* The stream's facts are in order: the core wrote them. */
static const struct pd_fact *
find_fact(const struct pd_fact *facts, size_t n, uint32_t column, uint32_t id)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (is_before(&facts[middle], column, id))
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && facts[low].column == column && facts[low].id == id ? &facts[low] : NULL;
}

static void
describe(const struct pd_table *table, const struct pd_fact *engine, const struct pd_fact *stream,
         char *buffer, size_t size)
{
    const char *name = fact_name((int)engine->id);
    char there[160], here[160] = "none", column[300] = "";

    if (engine->column < table->n_columns)
        snprintf(column, sizeof column, "column '%s': ", table->columns[engine->column].name);
    fact_value_text(engine, there, sizeof there);
    if (stream)
        fact_value_text(stream, here, sizeof here);
    snprintf(buffer, size, "%s%s: %s in the engine, %s in the stream", column,
             name ? name : "unknown fact", there, here);
}

static bool
is_comparable(const struct pd_table *table, const struct pd_fact *fact)
{
    return fact->column == PD_NO_COLUMN || (fact->column < table->n_columns &&
                                            schema_column_travels(&table->columns[fact->column]));
}

size_t
facts_compare(const struct pd_table *table, const struct pd_fact *engine, size_t n_engine,
              const struct pd_fact *stream, size_t n_stream, size_t *ret_compared, char *buffer,
              size_t buffer_size)
{
    size_t n_compared = 0, n_different = 0;

    for (size_t i = 0; i < n_engine; i++) {
        const struct pd_fact *theirs = &engine[i];
        const struct pd_fact *ours = find_fact(stream, n_stream, theirs->column, theirs->id);
        const struct pd_fact zero = {.column = theirs->column, .id = theirs->id};

        if (!is_comparable(table, theirs) || (is_text_fact(theirs->id) && !theirs->text))
            continue;
        /* The stream may have text where the engine has labels. */
        if (!ours && theirs->id == PD_FACT_LABEL_CHECK)
            continue;
        if (!ours && fact_is_zero_when_absent(theirs->id))
            ours = &zero;
        n_compared++;
        if (ours && same_value(theirs, ours))
            continue;
        if (n_different++ == 0)
            describe(table, theirs, ours, buffer, buffer_size);
    }
    if (ret_compared)
        *ret_compared = n_compared;
    return n_different;
}
