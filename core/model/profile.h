// SPDX-License-Identifier: Apache-2.0
/* profile - what the values of a column are like, and facts about them in the engines' own terms,
   both collected in one pass over each batch. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

/* Everything that is counted of one table: in one lane at first, then merged. */
struct tally;

MUST_USE pd_status tally_new(const struct pd_table *table, struct tally **ret_tally,
                             struct pd_error *err);
/* The same without a digest, of the columns that have true in `wanted` (NULL: all), which the tally
   does not keep. */
MUST_USE pd_status tally_new_plain(const struct pd_table *table, const bool *wanted,
                                   struct tally **ret_tally, struct pd_error *err);
void tally_free(struct tally *tally);
CLEANUP_DEFINE(tally, tally_free);

/* Count a batch: rows, digest, profile and facts. Passengers are profiled but not digested. Long
   cells are fetched through ops and source. row_digests as in digest_batch(). */
struct digest;
MUST_USE pd_status tally_batch(struct tally *tally, const struct pd_batch *batch,
                               const struct pd_source_ops *ops, struct pd_source *source,
                               struct digest *row_digests, struct pd_error *err);
/* Add what another lane counted of the same table. */
void tally_merge(struct tally *tally, const struct tally *more);
/* What was counted, valid until the next call on the tally. */
MUST_USE pd_status tally_stats(struct tally *tally, struct pd_stats *ret_stats,
                               struct pd_error *err);

/* Compare facts of an engine with those of the stream. Only facts that both sides have are
   compared; a fact of the engine that the stream must have but has not is a difference. Returns
   the number of differences; the first is described in buffer: "column 'x': octets: 10 in the
   engine, 9 in the stream". *ret_compared is how many were compared. */
size_t facts_compare(const struct pd_table *table, const struct pd_fact *engine, size_t n_engine,
                     const struct pd_fact *stream, size_t n_stream, size_t *ret_compared,
                     char *buffer, size_t buffer_size);
/* Counts and sums are left out where there is nothing to count; extremes may not be known. */
bool fact_is_zero_when_absent(uint32_t id);
/* Facts of one table, put together from those of its parts. */
struct fact_set {
    struct pd_fact *facts; /* columns ascending, then ids */
    size_t n;
    size_t room;
};

/* Add the facts of one more part: counts and sums are added, extremes compared, texts of decimals
   too. PD_UNSUPPORTED: another fact has a text, whose meaning is not known. */
MUST_USE pd_status facts_add(struct fact_set *set, const struct pd_fact *facts, size_t n,
                             struct pd_error *err);
/* After the last part: leave out what is not known of all parts. */
void facts_known(struct fact_set *set);
void facts_free(struct fact_set *set); /* leaves it empty */

/* The value as decimal text: exact integers, shortest reals, or the text. */
void fact_value_text(const struct pd_fact *fact, char *buffer, size_t size);

/* The contribution of one double to PD_FACT_REAL_CHECK. */
int64_t fact_real_check(double value);
