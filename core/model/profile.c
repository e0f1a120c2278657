// SPDX-License-Identifier: Apache-2.0
// profile - the tally of a table: rows, digest, and one tally a column.
#include "model/profile.h"

#include <stdlib.h>

#include "model/digest.h"
#include "model/long_cell.h"
#include "model/promise.h"
#include "model/schema.h"
#include "model/tally.h"

struct tally {
    const struct pd_table *table;
    struct digest_table *digest; /* NULL: none is wanted */
    struct digest sum;
    uint64_t n_rows;
    size_t n_columns;
    struct column_tally *columns; /* one a column; those that are not counted stay empty */
    bool *counts;                 /* one a column */
    struct pd_profile *profiles;
    struct arena *arena;          /* of what tally_stats() hands out */
    const struct pd_batch *batch; /* that is being counted */
    struct long_tally long_cell;
    bool failed; /* memory was short where nobody could be told */
};

void
tally_free(struct tally *tally)
{
    if (!tally)
        return;
    /* The table may be gone by now. */
    for (size_t i = 0; tally->columns && i < tally->n_columns; i++)
        column_tally_close(&tally->columns[i]);
    digest_free(tally->digest);
    arena_free(tally->arena);
    free(tally->columns);
    free(tally->counts);
    free(tally->profiles);
    free(tally);
}

static bool
open_columns(struct tally *tally, const bool *wanted)
{
    const struct pd_table *table = tally->table;

    tally->n_columns = table->n_columns;
    tally->columns = calloc(table->n_columns + 1, sizeof *tally->columns);
    tally->counts = calloc(table->n_columns + 1, sizeof *tally->counts);
    tally->profiles = calloc(table->n_columns + 1, sizeof *tally->profiles);
    tally->arena = arena_new();
    if (!tally->columns || !tally->counts || !tally->profiles || !tally->arena)
        return false;
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = &table->columns[i];

        tally->counts[i] = (!wanted || wanted[i]) && schema_column_travels(column);
        if (!column_tally_open(&tally->columns[i], &column->type))
            return false;
        if (column->type.kind == PD_KIND_NUMBER && promise_is_checked(column->hint.kind))
            tally->columns[i].promise = column->hint.kind;
    }
    return true;
}

pd_status
tally_new_plain(const struct pd_table *table, const bool *wanted, struct tally **ret_tally,
                struct pd_error *err)
{
    CLEANUP(tally) struct tally *tally = calloc(1, sizeof *tally);

    if (!tally)
        return error_memory(err);
    tally->table = table;
    if (!open_columns(tally, wanted))
        return error_memory(err);
    *ret_tally = take(tally);
    return PD_OK;
}

pd_status
tally_new(const struct pd_table *table, struct tally **ret_tally, struct pd_error *err)
{
    CLEANUP(tally) struct tally *tally = NULL;
    pd_status status = tally_new_plain(table, NULL, &tally, err);

    if (status == PD_OK)
        status = digest_new(table, &tally->digest, err);
    if (status == PD_OK)
        *ret_tally = take(tally);
    return status;
}

/* The digest reads a long cell: the profile looks on. */
static void *
begin_long(void *arg, uint32_t column)
{
    struct tally *tally = arg;

    long_tally_end(&tally->long_cell);
    long_tally_begin(&tally->long_cell, &tally->columns[column],
                     batch_vector(tally->batch, column)->longs);
    return &tally->long_cell;
}

static void
visit_long(void *arg, const uint8_t *bytes, size_t size)
{
    long_tally_slice(arg, bytes, size);
}

/* Long cells that are not digested. */
static pd_status
read_passenger(struct tally *tally, uint32_t column, const struct long_reader *reader,
               struct pd_error *err)
{
    const struct pd_vector *vector = batch_vector(tally->batch, column);
    pd_status status;

    if (vector->n_longs == 0 ||
        (tally->digest && schema_column_counts(&tally->table->columns[column])))
        return PD_OK;
    status = long_cell_read(reader->ops, reader->source, vector->longs, visit_long,
                            begin_long(tally, column), err);
    long_tally_end(&tally->long_cell);
    return status;
}

static pd_status
count_columns(struct tally *tally, const struct long_reader *reader, struct pd_error *err)
{
    const struct pd_batch *batch = tally->batch;

    for (uint32_t i = 0; i < batch->n_columns; i++) {
        pd_status status;

        if (!tally->counts[i])
            continue;
        if (!column_tally_vector(&tally->columns[i], batch_vector(batch, i), batch->n_rows))
            return error_memory(err);
        status = read_passenger(tally, i, reader, err);
        if (status)
            return status;
    }
    return PD_OK;
}

pd_status
tally_batch(struct tally *tally, const struct pd_batch *batch, const struct pd_source_ops *ops,
            struct pd_source *source, struct digest *row_digests, struct pd_error *err)
{
    const struct long_reader reader = {ops, source, begin_long, visit_long, tally};
    pd_status status = PD_OK;

    tally->batch = batch;
    if (tally->digest)
        status = digest_read(tally->digest, batch, &reader, &tally->sum, row_digests, err);
    if (status)
        return status;
    long_tally_end(&tally->long_cell);
    tally->n_rows += batch->n_rows;
    return count_columns(tally, &reader, err);
}

void
tally_merge(struct tally *tally, const struct tally *more)
{
    tally->n_rows += more->n_rows;
    tally->failed |= more->failed;
    digest_add(&tally->sum, &more->sum);
    for (size_t i = 0; i < tally->table->n_columns; i++) {
        if (!column_tally_merge(&tally->columns[i], &more->columns[i]))
            tally->failed = true;
    }
}

/* All facts of the table; with facts NULL only their number. */
static size_t
list_facts(struct tally *tally, struct pd_fact *facts)
{
    size_t n = 0;

    for (uint32_t i = 0; i < tally->table->n_columns; i++) {
        if (tally->counts[i])
            n += column_tally_facts(&tally->columns[i], i, facts ? facts + n : NULL, tally->arena,
                                    &tally->failed);
    }
    if (facts)
        fact_set(&facts[n], PD_NO_COLUMN, PD_FACT_ROWS, tally->n_rows);
    return n + 1;
}

pd_status
tally_stats(struct tally *tally, struct pd_stats *ret_stats, struct pd_error *err)
{
    struct pd_fact *facts;
    size_t n_facts;

    arena_reset(tally->arena);
    n_facts = list_facts(tally, NULL);
    facts = arena_array(tally->arena, struct pd_fact, n_facts);
    if (!facts)
        return error_memory(err);
    list_facts(tally, facts);
    if (tally->failed)
        return error_memory(err);
    for (size_t i = 0; i < tally->table->n_columns; i++)
        column_tally_profile(&tally->columns[i], &tally->profiles[i]);
    *ret_stats = (struct pd_stats){.struct_size = sizeof *ret_stats,
                                   .n_rows = tally->n_rows,
                                   .digest_high = tally->sum.high,
                                   .digest_low = tally->sum.low,
                                   .profiles = tally->profiles,
                                   .profile_size = sizeof *tally->profiles,
                                   .facts = facts,
                                   .n_facts = n_facts};
    return PD_OK;
}
