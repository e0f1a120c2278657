// SPDX-License-Identifier: Apache-2.0
// tally - counts vectors: tells layouts apart, and gathers the plain values of a run of rows.
#include "model/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/kind.h"
#include "model/text.h"
#include "model/values.h"

enum { UUID_BYTES = 16 };

static const uint8_t class_groups[] = {
    [PD_CLASS_BOOL] = TALLY_BOOL,       [PD_CLASS_INTEGER] = TALLY_INT,
    [PD_CLASS_DECIMAL] = TALLY_DECIMAL, [PD_CLASS_FLOAT] = TALLY_REAL,
    [PD_CLASS_TEXT] = TALLY_TEXT,       [PD_CLASS_BYTES] = TALLY_BLOB,
    [PD_CLASS_DATE] = TALLY_TIME,       [PD_CLASS_TIME] = TALLY_TIME,
    [PD_CLASS_TIMESTAMP] = TALLY_TIME,  [PD_CLASS_INSTANT] = TALLY_TIME,
    [PD_CLASS_JSON] = TALLY_TEXT,       [PD_CLASS_GEOMETRY] = TALLY_BLOB,
    [PD_CLASS_NATIVE] = TALLY_OTHER,
};

static enum tally_group
group_of(const struct pd_type *type)
{
    if (type->kind == PD_KIND_XML)
        return TALLY_TEXT;
    return class_groups[kind_class(type->kind)];
}

bool
column_tally_open(struct column_tally *t, const struct pd_type *type)
{
    *t = (struct column_tally){.type = type, .group = group_of(type)};
    t->real_min = (double)INFINITY;
    t->real_max = -(double)INFINITY;
    t->min_scale = UINT32_MAX;
    if (t->group != TALLY_DECIMAL || kind_layout(type) == PD_LAYOUT_I128)
        return true;
    t->digits = calloc(1, sizeof *t->digits);
    return t->digits != NULL;
}

void
column_tally_close(struct column_tally *t)
{
    if (!t->digits)
        return;
    decimal_sum_free(&t->digits->sum);
    buffer_free(&t->digits->min);
    buffer_free(&t->digits->max);
    free(t->digits);
    t->digits = NULL;
}

/* The values of the rows that have a bit in mask, moved together; how many there are. */
static size_t
gather(uint64_t *values, const uint8_t *mask, uint32_t start, uint32_t n)
{
    size_t kept = 0;

    if (!mask)
        return n;
    for (uint32_t i = 0; i < n; i++) {
        values[kept] = values[i];
        kept += values_bit(mask, start + i);
    }
    return kept;
}

static uint32_t
count_bits(const uint8_t *mask, uint32_t start, uint32_t n)
{
    uint32_t count = 0;

    if (!mask)
        return n;
    for (uint32_t i = start; i < start + n; i++)
        count += values_bit(mask, i);
    return count;
}

static void
tally_times(struct column_tally *t, const uint64_t *values, size_t n)
{
    int64_t low = INT64_MAX, high = INT64_MIN;

    for (size_t i = 0; i < n; i++) {
        int64_t value = (int64_t)values[i];

        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    if (n && (t->n_plain == 0 || low < t->time_min))
        t->time_min = low;
    if (n && (t->n_plain == 0 || high > t->time_max))
        t->time_max = high;
    t->n_plain += n;
}

static void
tally_words(struct column_tally *t, const uint64_t *values, size_t n)
{
    if (t->group == TALLY_REAL)
        tally_reals(t, values, n);
    else if (t->group == TALLY_TIME)
        tally_times(t, values, n);
    else
        tally_ints(t, values, n, t->type->kind == PD_KIND_UINT64);
}

static void
tally_decimal(struct column_tally *t, int128 value)
{
    if (t->n_plain == 0 || value < t->decimal_min)
        t->decimal_min = value;
    if (t->n_plain == 0 || value > t->decimal_max)
        t->decimal_max = value;
    t->decimal_low += (uint64_t)value;
    t->decimal_high += value >> 64;
    t->n_plain++;
}

static void
note_size(struct column_tally *t, size_t size)
{
    if (size > t->max_size)
        t->max_size = size;
}

static void
tally_blob(struct column_tally *t, size_t size)
{
    t->n_blobs++;
    t->n_octets += size;
    note_size(t, size);
}

/* Is it smaller, or equal and shorter? */
static bool
takes_over(const struct decimal *d, size_t size, const struct buffer *old, int sign)
{
    struct decimal other;
    int order;

    if (!old->size || !decimal_parse((const char *)old->data, old->size, &other))
        return true;
    order = sign * decimal_compare(d, &other);
    return order < 0 || (order == 0 && size < old->size);
}

static void
keep_text(struct buffer *kept, const uint8_t *bytes, size_t size)
{
    buffer_clear(kept);
    buffer_append(kept, bytes, size);
}

bool
decimal_tally_extremes(struct decimal_tally *digits, const struct decimal *d, const uint8_t *bytes,
                       size_t size)
{
    if (takes_over(d, size, &digits->min, 1))
        keep_text(&digits->min, bytes, size);
    if (takes_over(d, size, &digits->max, -1))
        keep_text(&digits->max, bytes, size);
    return !digits->min.failed && !digits->max.failed;
}

bool
tally_decimal_text(struct column_tally *t, const uint8_t *bytes, size_t size)
{
    struct decimal d;

    t->n_plain++;
    note_size(t, size);
    if (!decimal_parse((const char *)bytes, size, &d))
        return true; /* not canonical: the archive's own check of texts tells it */
    t->digits->n_values++;
    if (d.n_digits > t->max_digits)
        t->max_digits = (uint32_t)d.n_digits;
    if (d.n_fraction > t->max_scale)
        t->max_scale = (uint32_t)d.n_fraction;
    if (d.n_fraction < t->min_scale)
        t->min_scale = (uint32_t)d.n_fraction;
    return decimal_tally_extremes(t->digits, &d, bytes, size) &&
           decimal_sum_add(&t->digits->sum, &d);
}

/* Neither of the versions 1 to 7 of RFC 9562 nor all zeros nor all ones? */
static bool
is_odd_uuid(const uint8_t *bytes)
{
    unsigned version = bytes[6] >> 4, variant = bytes[8] >> 6;

    if (version >= 1 && version <= 7 && variant == 2)
        return false;
    return (bytes[0] != 0 && bytes[0] != 0xff) || memcmp(bytes, bytes + 1, UUID_BYTES - 1) != 0;
}

/* A plain value of a kind that is not text and has layout VAR, as it lies in TAGGED too. */
static bool
tally_bytes(struct column_tally *t, const uint8_t *bytes, size_t size)
{
    if (t->group == TALLY_DECIMAL)
        return tally_decimal_text(t, bytes, size);
    if (t->group == TALLY_BLOB) {
        tally_blob(t, size);
    } else {
        t->n_plain++;
        note_size(t, size);
    }
    return true;
}

static bool
tally_plain_cell(struct column_tally *t, const struct cell *cell)
{
    uint64_t word = (uint64_t)cell->integer;

    switch (t->group) {
    case TALLY_INT:
    case TALLY_TIME:
        tally_words(t, &word, 1);
        return true;
    case TALLY_REAL:
        word = values_real_bits(cell->real);
        tally_words(t, &word, 1);
        return true;
    case TALLY_BOOL:
        t->n_trues += cell->integer != 0;
        t->n_plain++;
        return true;
    case TALLY_TEXT:
        tally_text(t, cell->bytes, cell->size);
        return true;
    case TALLY_DECIMAL:
        if (t->digits)
            return tally_decimal_text(t, cell->bytes, cell->size);
        tally_decimal(t, values_int128(cell->bytes));
        return true;
    default:
        if (kind_layout(t->type) == PD_LAYOUT_VAR)
            return tally_bytes(t, cell->bytes, cell->size);
        t->n_plain++;
        if (t->type->kind == PD_KIND_UUID && is_odd_uuid(cell->bytes))
            t->flags |= PD_PROFILE_ODD_UUID;
        return true;
    }
}

static void
tally_utf16(struct column_tally *t, size_t size)
{
    t->n_texts++;
    t->n_octets += size;
    t->not_dates = true;
    t->not_timestamps = true;
    t->not_promised = true;
    t->flags |= PD_PROFILE_BAD_TEXT;
    note_size(t, size);
}

static void
tally_real(struct column_tally *t, double real)
{
    uint64_t bits = values_real_bits(real);

    tally_reals(t, &bits, 1);
}

static bool
starts_with(const struct cell *cell, const char *text)
{
    size_t size = strlen(text);

    return cell->size >= size && memcmp(cell->bytes, text, size) == 0;
}

static bool
ends_with(const struct cell *cell, const char *text)
{
    size_t size = strlen(text);

    return cell->size >= size && memcmp(cell->bytes + cell->size - size, text, size) == 0;
}

/* Outliers that say something about the column by their tag. */
static uint32_t
outlier_flags(const struct cell *cell)
{
    switch (cell->tag) {
    case PD_TAG_POS_INF:
    case PD_TAG_NEG_INF:
        return PD_PROFILE_INFINITE;
    case PD_TAG_NAN:
        return PD_PROFILE_NAN;
    case PD_TAG_FAR:
        return ends_with(cell, " BC") ? PD_PROFILE_BEFORE_CHRIST : PD_PROFILE_FAR_DATE;
    case PD_TAG_YMD:
        return starts_with(cell, "0000-00-00") ? PD_PROFILE_ZERO_DATE : PD_PROFILE_PARTIAL_DATE;
    default:
        return 0;
    }
}

static bool
is_in_domain(const struct column_tally *t, int tag)
{
    if (t->type->kind == PD_KIND_ANY)
        return tag <= PD_TAG_BYTES;
    return t->type->kind == PD_KIND_NUMBER && tag <= PD_TAG_REAL;
}

static void
tally_tagged_cell(struct column_tally *t, const struct cell *cell)
{
    uint64_t word = (uint64_t)cell->integer;

    t->n_outliers += !is_in_domain(t, cell->tag);
    switch (cell->tag) {
    case PD_TAG_INT:
        tally_ints(t, &word, 1, /* is_unsigned= */ false);
        return;
    case PD_TAG_REAL:
        tally_real(t, cell->real);
        return;
    case PD_TAG_TEXT:
        tally_text(t, cell->bytes, cell->size);
        return;
    case PD_TAG_BADTEXT:
        tally_text(t, cell->bytes, cell->size);
        t->flags |= PD_PROFILE_BAD_TEXT;
        t->flags |= text_is_utf8(cell->bytes, cell->size) ? PD_PROFILE_OTHER_TEXT : 0;
        return;
    case PD_TAG_BYTES:
        tally_blob(t, cell->size);
        return;
    case PD_TAG_UTF16:
        tally_utf16(t, cell->size);
        return;
    default:
        t->flags |= outlier_flags(cell);
    }
}

static bool
tally_cell(struct column_tally *t, const struct pd_vector *v, uint32_t row)
{
    struct cell cell = batch_cell(t->type, v, row);

    if (cell.tag < 0 || cell.as_long)
        return true;
    if (cell.tag == PD_TAG_PLAIN)
        return tally_plain_cell(t, &cell);
    tally_tagged_cell(t, &cell);
    return true;
}

/* A run of rows of one vector. */
struct tally_run {
    struct column_tally *t;
    const struct pd_vector *v;
    const uint8_t *mask;
    uint32_t start;
    uint32_t n;
};

static bool
run_tagged(const struct tally_run *run)
{
    for (uint32_t i = 0; i < run->n; i++) {
        if (!tally_cell(run->t, run->v, run->start + i))
            return false;
    }
    return true;
}

static bool
run_words(const struct tally_run *run)
{
    uint64_t words[VALUES_RUN];

    values_load(run->t->type, run->v, run->start, run->n, words);
    tally_words(run->t, words, gather(words, run->mask, run->start, run->n));
    return true;
}

static bool
run_numbers(const struct tally_run *run)
{
    const uint8_t *tags = run->v->tags + run->start;
    const uint8_t *data = (const uint8_t *)run->v->data + (size_t)run->start * 8;
    uint64_t ints[VALUES_RUN], reals[VALUES_RUN];
    size_t n_ints = 0, n_reals = 0;

    for (uint32_t i = 0; i < run->n; i++) {
        uint64_t word;

        memcpy(&word, data + (size_t)i * 8, 8);
        ints[n_ints] = word;
        reals[n_reals] = values_real_bits(values_real(word));
        n_ints += tags[i] == PD_TAG_INT && values_bit(run->mask, run->start + i);
        n_reals += tags[i] == PD_TAG_REAL && values_bit(run->mask, run->start + i);
    }
    tally_ints(run->t, ints, n_ints, /* is_unsigned= */ false);
    tally_reals(run->t, reals, n_reals);
    return true;
}

static bool
run_bits(const struct tally_run *run)
{
    for (uint32_t row = run->start; row < run->start + run->n; row++) {
        bool counts = values_bit(run->mask, row);

        run->t->n_plain += counts;
        run->t->n_trues += counts && values_bit(run->v->data, row);
    }
    return true;
}

static bool
run_variable(const struct tally_run *run)
{
    const int32_t *offsets = run->v->offsets;
    const uint8_t *data = run->v->data;

    if (run->t->group == TALLY_TEXT) {
        tally_plain_texts(run->t, data, offsets, run->mask, run->start, run->n);
        return true;
    }
    for (uint32_t row = run->start; row < run->start + run->n; row++) {
        size_t size = (size_t)(offsets[row + 1] - offsets[row]);

        if (values_bit(run->mask, row) &&
            !tally_bytes(run->t, data ? data + offsets[row] : NULL, size))
            return false;
    }
    return true;
}

static bool
run_decimals(const struct tally_run *run)
{
    const uint8_t *data = run->v->data;

    for (uint32_t row = run->start; row < run->start + run->n; row++) {
        if (values_bit(run->mask, row))
            tally_decimal(run->t, values_int128(data + (size_t)row * 16));
    }
    return true;
}

static void
look_at_uuids(const struct tally_run *run)
{
    const uint8_t *data = run->v->data;

    for (uint32_t row = run->start; row < run->start + run->n; row++) {
        if (values_bit(run->mask, row) && is_odd_uuid(data + (size_t)row * UUID_BYTES)) {
            run->t->flags |= PD_PROFILE_ODD_UUID;
            return;
        }
    }
}

static bool
run_fixed(const struct tally_run *run)
{
    run->t->n_plain += count_bits(run->mask, run->start, run->n);
    if (run->t->type->kind == PD_KIND_UUID && !(run->t->flags & PD_PROFILE_ODD_UUID))
        look_at_uuids(run);
    return true;
}

static bool (*const runs[])(const struct tally_run *) = {
    [PD_LAYOUT_BITS] = run_bits,     [PD_LAYOUT_I8] = run_words,
    [PD_LAYOUT_I16] = run_words,     [PD_LAYOUT_I32] = run_words,
    [PD_LAYOUT_I64] = run_words,     [PD_LAYOUT_I128] = run_decimals,
    [PD_LAYOUT_F32] = run_words,     [PD_LAYOUT_F64] = run_words,
    [PD_LAYOUT_FIXED] = run_fixed,   [PD_LAYOUT_VAR] = run_variable,
    [PD_LAYOUT_NUM64] = run_numbers, [PD_LAYOUT_TAGGED] = run_tagged,
};

bool
column_tally_vector(struct column_tally *t, const struct pd_vector *v, uint32_t n_rows)
{
    uint8_t scratch[PD_BATCH_ROWS / 8];
    struct tally_run run = {.t = t, .v = v, .mask = values_mask(v, n_rows, scratch)};

    t->n_nulls += v->n_nulls;
    for (run.start = 0; run.start < n_rows; run.start += VALUES_RUN) {
        run.n = n_rows - run.start < VALUES_RUN ? n_rows - run.start : VALUES_RUN;
        if (!runs[v->layout](&run))
            return false;
    }
    for (uint32_t i = 0; i < v->n_outliers; i++) {
        if (!tally_cell(t, v, v->outliers[i].row))
            return false;
    }
    return true;
}
