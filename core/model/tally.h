// SPDX-License-Identifier: Apache-2.0
/* tally - what is counted of one column; profiles and facts are two views of it. Everything here
   can be merged in any order with the same result. */
#pragma once

#include <stdbool.h>

#include <polydump/json.h>

#include "base/arena.h"
#include "model/batch.h"
#include "model/decimal.h"
#include "model/utf8.h"

/* How the plain values of a kind are counted. */
enum tally_group {
    TALLY_OTHER,
    TALLY_BOOL,
    TALLY_INT,
    TALLY_REAL,
    TALLY_DECIMAL,
    TALLY_TEXT,
    TALLY_BLOB,
    TALLY_TIME
};

/* Decimals that are text, of any size. */
struct decimal_tally {
    struct decimal_sum sum;
    struct buffer min; /* canonical text; the shortest of equal ones */
    struct buffer max;
    uint64_t n_values;
};

struct column_tally {
    const struct pd_type *type;
    enum tally_group group;
    uint32_t flags; /* PD_PROFILE_*: those that hold when one value has them */

    uint64_t n_nulls;
    uint64_t n_ints;
    uint64_t n_reals;
    uint64_t n_texts;
    uint64_t n_blobs;
    uint64_t n_plain;
    uint64_t n_outliers;
    uint64_t n_trues;

    int128 int_sum;
    int128 int_min;
    int128 int_max;

    uint64_t n_finite; /* floats */
    double real_min;   /* of finite ones */
    double real_max;
    uint64_t n_nans;
    uint64_t n_infinite; /* above zero */
    uint64_t n_minus_infinite;
    uint64_t n_negatives;
    int128 real_check;
    uint32_t real_scale;
    bool real_no_scale; /* some float is not a short decimal */

    uint64_t max_size;
    uint64_t max_chars;
    uint64_t n_octets;
    uint64_t label_check;
    bool not_dates; /* some text is no date */
    bool not_timestamps;
    uint16_t promise; /* enum pd_kind of a hint that texts are held against; 0: none */
    bool not_promised;

    int64_t time_min; /* when n_plain */
    int64_t time_max;

    int128 decimal_min; /* of layout I128, when n_plain */
    int128 decimal_max;
    int128 decimal_high;          /* the sum is decimal_high * 2^64 + decimal_low */
    uint128 decimal_low;          /* */
    uint32_t max_digits;          /* of text decimals */
    uint32_t max_scale;           /* */
    uint32_t min_scale;           /* */
    struct decimal_tally *digits; /* NULL: no decimals, or none as text */
};

/* A long cell on its way through. */
struct long_tally {
    struct column_tally *column; /* NULL: none */
    const struct pd_long *cell;
    struct utf8_scan utf8;
    struct json_scan {
        uint32_t depth;
        uint32_t code; /* of an escape in the making */
        uint8_t hex_left;
        bool in_string;
        bool after_backslash;
        bool after_high; /* the first half of a surrogate pair was seen */
    } json;
    struct pd_json_scan letter; /* is it JSON by the letter? */
    uint8_t last_byte;
};

/* Set up; false: memory is short. */
MUST_USE bool column_tally_open(struct column_tally *t, const struct pd_type *type);
void column_tally_close(struct column_tally *t);
/* Count the cells of a vector, but long ones. false: memory is short. */
MUST_USE bool column_tally_vector(struct column_tally *t, const struct pd_vector *vector,
                                  uint32_t n_rows);
MUST_USE bool column_tally_merge(struct column_tally *t, const struct column_tally *more);
void column_tally_profile(const struct column_tally *t, struct pd_profile *profile);

/* false: memory is short. */
MUST_USE bool decimal_tally_extremes(struct decimal_tally *digits, const struct decimal *d,
                                     const uint8_t *bytes, size_t size);

/* One value of a class, or a run of them. */
void tally_text(struct column_tally *t, const uint8_t *bytes, size_t size);
bool tally_decimal_text(struct column_tally *t, const uint8_t *bytes, size_t size);
/* n rows of layout VAR whose plain values are text. */
void tally_plain_texts(struct column_tally *t, const uint8_t *data, const int32_t *offsets,
                       const uint8_t *mask, uint32_t start, uint32_t n);
void tally_ints(struct column_tally *t, const uint64_t *values, size_t n, bool is_unsigned);
void tally_reals(struct column_tally *t, const uint64_t *bits, size_t n);

void long_tally_begin(struct long_tally *l, struct column_tally *t, const struct pd_long *cell);
void long_tally_slice(struct long_tally *l, const uint8_t *bytes, size_t size);
void long_tally_end(struct long_tally *l);

/* Values of the kind are labels, which PD_FACT_LABEL_CHECK is about. */
bool tally_has_labels(const struct pd_type *type);
/* What one value adds to it. */
uint64_t tally_label(const struct pd_type *type, const uint8_t *bytes, size_t size);

/* Facts of a column, ascending. facts NULL: only count them. false: memory is short. */
size_t column_tally_facts(const struct column_tally *t, uint32_t column, struct pd_fact *facts,
                          struct arena *arena, bool *ret_failed);
void fact_set(struct pd_fact *fact, uint32_t column, uint32_t id, int128 value);
