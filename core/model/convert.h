// SPDX-License-Identifier: Apache-2.0
/* convert - values of one neutral type as values of another, exactly or not at all (doc/types.md,
   "Conversions"): to the types that a sink wants, and back from them (--like). */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "model/batch.h"

enum {
    /* `to` is text (or bytes) that tells storage classes apart: "i:1", "r:1.5", "t:abc", "x:00ff".
     */
    CONVERT_TAGGED = 1 << 0,
    /* `from` is. */
    CONVERT_UNTAGGED = 1 << 1,
    /* The way back: what `to` does not hold as a plain value becomes an outlier of it, and is no
       misfit. Without it nothing but the outliers of `to` itself (infinities of dates and decimals
       ...) is an outlier of the result, and each value is one that comes back the same. */
    CONVERT_BACK = 1 << 2,
    /* Into a column that was there: the result means what the value means, spelt as the type of the
       column is. It need not come back as it was (doc/types.md, "Into columns that are there"). */
    CONVERT_MEANING = 1 << 3,
    /* Of columns: NULL is a misfit. */
    CONVERT_NOT_NULL = 1 << 4,
    /* Text that becomes JSON has to be some. Without it whoever chose the type has looked. */
    CONVERT_JSON = 1 << 5
};

/* What the user has said that the values of a column mean. Zero: nothing. */
struct convert_rules {
    int64_t epoch_us; /* numbers are times: microseconds that one unit since 1970 has */
    int64_t zone_us;  /* has_zone: how far the times without a zone are before UTC's */
    bool has_zone;    /* */
    bool reads_bools; /* "true", "f", "yes" ... are */
    bool packs_uuids; /* 16 bytes are a uuid */
    bool spells_json; /* by the core: of type jsonb, and maybe not spelt as its engine does */
};

/* From one type to another; used by one thread at a time. The types are borrowed. */
struct conversion;

/* PD_UNSUPPORTED: there is no conversion between such types, err says which. */
MUST_USE pd_status convert_open(const struct pd_type *from, const struct pd_type *to,
                                unsigned flags, struct conversion **ret_conversion,
                                struct pd_error *err);
/* The same by CONVERT_MEANING. rules are copied; NULL: none. *ret_option, on PD_UNSUPPORTED: one
   that would make it possible, or NULL. */
MUST_USE pd_status convert_open_meaning(const struct pd_type *from, const struct pd_type *to,
                                        const struct convert_rules *rules,
                                        struct conversion **ret_conversion, const char **ret_option,
                                        struct pd_error *err);
void convert_free(struct conversion *conversion); /* NULL is fine */
CLEANUP_DEFINE(conversion, convert_free);

/* One cell, not a long one; NULL stays NULL. *ret_cell borrows from the cell or the conversion,
   until its next call. PD_FAILED: it cannot be had exactly; err may be NULL. */
MUST_USE pd_status convert_cell(struct conversion *conversion, const struct cell *cell,
                                struct cell *ret_cell, struct pd_error *err);
/* Why the last cell had no value there, one clause; NULL: no more is known. *ret_option: one that
   would give it one, or NULL. */
const char *convert_why(const struct conversion *conversion, const char **ret_option);
/* Nothing is to be done: vectors of `from` are vectors of `to`, outliers and all. */
bool convert_is_identity(const struct conversion *conversion);

/* What a column of a table shall become. */
struct convert_column {
    const struct pd_type *to;          /* NULL: it stays as it is */
    unsigned flags;                    /* CONVERT_* */
    const struct convert_rules *rules; /* of CONVERT_MEANING; NULL: none */
    const struct pd_limits *limits;    /* what it lacks of its kind; NULL: nothing */
};

/* A value that cannot be had exactly. PD_OK: noted, a NULL stands in its place. The cell may be
   long; column and row are those of the batch. */
typedef pd_status convert_misfit(void *arg, uint32_t column, uint32_t row, const struct cell *cell,
                                 struct pd_error *err);

/* Batches of a table as batches of another, column by column; used by one thread at a time. */
struct converter;

/* columns: one a column of the table. All is borrowed but the array. The error names the column. */
MUST_USE pd_status converter_new(const struct pd_table *table, const struct convert_column *columns,
                                 struct converter **ret_converter, struct pd_error *err);
void converter_free(struct converter *converter); /* NULL is fine */
CLEANUP_DEFINE(converter, converter_free);
/* The table that its batches are of: the same, but for the types. */
const struct pd_table *converter_table(const struct converter *converter);
/* convert_why() of a column. */
const char *converter_why(const struct converter *converter, uint32_t column,
                          const char **ret_option);
/* All columns keep their types, so that facts and digests are the same; batches are only looked at
   for what the types do not hold. */
bool converter_is_identity(const struct converter *converter);
/* One a column: it is converted. */
const bool *converter_changed(const struct converter *converter);
/* Takes the batch over when it returns PD_OK: *ret_batch keeps it until it is released, and shares
   with it what needs no conversion. Long cells pass where the bytes are the same (and are still
   read by long_ops), else they are fetched, up to a limit. The batch itself comes back from a
   converter that has nothing to do. */
MUST_USE pd_status converter_batch(struct converter *converter, const struct pd_batch *batch,
                                   const struct pd_source_ops *long_ops,
                                   struct pd_source *long_source, convert_misfit *misfit, void *arg,
                                   const struct pd_batch **ret_batch, struct pd_error *err);

/* The pairs of kinds that can be converted, a line of the table in doc/types.md each. Lists have
   blanks between the names of kinds; "*" is any kind. The first line that fits a pair counts. */
struct convert_pair {
    const char *from;
    const char *to;
    const char *rule;
};
extern const struct convert_pair convert_pairs[];
extern const size_t n_convert_pairs;

/* The same of CONVERT_MEANING. */
struct convert_meaning {
    const char *from;
    const char *to;
    const char *brief; /* for a plan: what is written, in some words */
    const char *rule;
    const char *option; /* it has to be given; NULL: none has to */
};
extern const struct convert_meaning convert_meanings[];
extern const size_t n_convert_meanings;
/* By kinds; NULL: there is none. */
const struct convert_meaning *convert_meaning_find(int from, int to);
