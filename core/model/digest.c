// SPDX-License-Identifier: Apache-2.0
// digest - hashes cells a column at a time, then rows, in runs that stay in the cache.
#define XXH_INLINE_ALL /* 8-byte hashes are inlined: a call each would double their time */
#include <xxhash.h>

#include "model/digest.h"

#include <stdio.h>
#include <stdlib.h>

#include <polydump/value.h>

#include "model/canonical.h"
#include "model/decimal.h"
#include "model/kind.h"
#include "model/long_cell.h"
#include "model/schema.h"
#include "model/values.h"

/* The hashes of one run: they stay in the second-level cache together with the batch. */
enum { SCRATCH_CELLS = 8192 };

struct digest_column {
    const struct pd_type *type;
    uint32_t number; /* in the table */
};

struct digest_table {
    struct digest_column *columns;
    uint32_t n_columns; /* those that count */
    uint32_t run;       /* rows at once */
    uint64_t *cells;    /* run rows of n_columns hashes, little endian */
    uint64_t null_hash;
    uint64_t bool_hashes[2];
};

/* Where the hashes of a run of rows of one column go: every stride-th place from out on. */
struct hash_run {
    const struct digest_table *digest;
    const struct pd_type *type;
    const struct pd_vector *vector;
    uint32_t start;
    uint32_t n_rows;
    uint64_t *out;
    size_t stride;
};

static inline uint64_t
hash_bytes(const void *bytes, size_t size, unsigned class)
{
    return values_swap64(XXH3_64bits_withSeed(bytes ? bytes : "", size, class));
}

static inline uint64_t
hash_word(uint64_t word, unsigned class)
{
    word = values_swap64(word);
    return values_swap64(XXH3_64bits_withSeed(&word, 8, class));
}

static uint64_t
hash_cell(const struct pd_type *type, const struct cell *cell)
{
    struct canonical canonical;

    canonical_cell(type, cell, &canonical);
    return hash_bytes(canonical.bytes, canonical.size, canonical.class);
}

void
digest_free(struct digest_table *digest)
{
    if (!digest)
        return;
    free(digest->columns);
    free(digest->cells);
    free(digest);
}

static void
choose_columns(struct digest_table *digest, const struct pd_table *table)
{
    for (uint32_t i = 0; i < table->n_columns; i++) {
        if (!schema_column_counts(&table->columns[i]))
            continue;
        digest->columns[digest->n_columns++] =
            (struct digest_column){.type = &table->columns[i].type, .number = i};
    }
}

static uint32_t
choose_run(uint32_t n_columns)
{
    uint32_t run = n_columns ? SCRATCH_CELLS / n_columns : VALUES_RUN;

    return run > VALUES_RUN ? VALUES_RUN : run < 1 ? 1 : run;
}

pd_status
digest_new(const struct pd_table *table, struct digest_table **ret_digest, struct pd_error *err)
{
    CLEANUP(digest_table) struct digest_table *digest = calloc(1, sizeof *digest);
    const uint8_t bits[2] = {0, 1};

    if (!digest)
        return error_memory(err);
    digest->columns = calloc(table->n_columns + 1, sizeof *digest->columns);
    if (!digest->columns)
        return error_memory(err);
    choose_columns(digest, table);
    digest->run = choose_run(digest->n_columns);
    digest->cells = calloc((size_t)digest->run * digest->n_columns + 1, sizeof *digest->cells);
    if (!digest->cells)
        return error_memory(err);
    digest->null_hash = hash_bytes("", 0, PD_CLASS_NULL);
    digest->bool_hashes[0] = hash_bytes(&bits[0], 1, PD_CLASS_BOOL);
    digest->bool_hashes[1] = hash_bytes(&bits[1], 1, PD_CLASS_BOOL);
    *ret_digest = take(digest);
    return PD_OK;
}

/* One value after the other, of layouts that are rare or hold several classes. */
static void
hash_singly(const struct hash_run *run)
{
    for (uint32_t i = 0; i < run->n_rows; i++) {
        struct cell cell = batch_cell(run->type, run->vector, run->start + i);

        if (!cell.as_long)
            run->out[i * run->stride] = hash_cell(run->type, &cell);
    }
}

static void
hash_bits(const struct hash_run *run)
{
    const uint8_t *bits = run->vector->data;

    for (uint32_t i = 0; i < run->n_rows; i++)
        run->out[i * run->stride] = run->digest->bool_hashes[values_bit(bits, run->start + i)];
}

/* A kernel of its own for each of the frequent classes, whose seed is a constant then. */
#define HASH_WORDS(class)                                                                          \
    for (uint32_t i = 0; i < run->n_rows; i++)                                                     \
        run->out[i * run->stride] = hash_word(words[i], class);

static void
hash_words(const struct hash_run *run)
{
    unsigned class = (unsigned)kind_class(run->type->kind);
    uint64_t words[VALUES_RUN];

    values_load(run->type, run->vector, run->start, run->n_rows, words);
    if (class == PD_CLASS_INTEGER)
        HASH_WORDS(PD_CLASS_INTEGER)
    else if (class == PD_CLASS_FLOAT)
        HASH_WORDS(PD_CLASS_FLOAT)
    else
        HASH_WORDS(class)
}

/* As text; whole numbers may be integers, and those beyond 64 bits are rare. */
static void
hash_decimals(const struct hash_run *run)
{
    const uint8_t *data = (const uint8_t *)run->vector->data + (size_t)run->start * 16;
    unsigned scale = (unsigned)run->type->scale;
    char text[DECIMAL_TEXT_SIZE], *end = text + sizeof text;

    for (uint32_t i = 0; i < run->n_rows; i++) {
        int128 value = values_int128(data + (size_t)i * 16);
        uint128 size = value < 0 ? -(uint128)value : (uint128)value;
        const char *first = text;
        size_t n;

        if (size <= UINT64_MAX) {
            first = decimal_before((uint64_t)size, value < 0, scale, end);
            n = (size_t)(end - first);
        } else {
            n = decimal_write(value, scale, text);
        }
        run->out[i * run->stride] = hash_bytes(first, n, PD_CLASS_DECIMAL);
    }
}

/* Numbers of SQLite: each has its class in its tag. */
static void
hash_numbers(const struct hash_run *run)
{
    const uint8_t *tags = run->vector->tags + run->start;
    uint64_t words[VALUES_RUN];

    memcpy(words, (const uint8_t *)run->vector->data + (size_t)run->start * 8,
           (size_t)run->n_rows * 8);
    for (uint32_t i = 0; i < run->n_rows; i++) {
        bool is_real = tags[i] == PD_TAG_REAL;
        uint64_t word = is_real ? values_real_bits(values_real(words[i])) : words[i];

        run->out[i * run->stride] = hash_word(word, is_real ? PD_CLASS_FLOAT : PD_CLASS_INTEGER);
    }
}

static void
hash_variable(const struct hash_run *run)
{
    const int32_t *offsets = run->vector->offsets + run->start;
    const uint8_t *data = run->vector->data;
    unsigned class = (unsigned)kind_class(run->type->kind);

    for (uint32_t i = 0; i < run->n_rows; i++) {
        const uint8_t *bytes = data ? data + offsets[i] : NULL;

        run->out[i * run->stride] = hash_bytes(bytes, (size_t)(offsets[i + 1] - offsets[i]), class);
    }
}

static void
hash_fixed(const struct hash_run *run)
{
    size_t width = kind_width(run->type);
    const uint8_t *data = (const uint8_t *)run->vector->data + run->start * width;
    unsigned class = (unsigned)kind_class(run->type->kind);

    for (uint32_t i = 0; i < run->n_rows; i++)
        run->out[i * run->stride] = hash_bytes(data + i * width, width, class);
}

/* The values where every row is plain; what is in the place of other rows is corrected after. */
static void
hash_plain(const struct hash_run *run)
{
    int kind = run->type->kind;

    if (kind == PD_KIND_DECIMAL && run->vector->layout == PD_LAYOUT_I128 && run->type->scale > 0)
        hash_decimals(run);
    else if (kind == PD_KIND_UINT64 || kind == PD_KIND_DECIMAL)
        hash_singly(run);
    else if (run->vector->layout == PD_LAYOUT_VAR)
        hash_variable(run);
    else if (run->vector->layout == PD_LAYOUT_FIXED)
        hash_fixed(run);
    else if (run->vector->layout == PD_LAYOUT_BITS)
        hash_bits(run);
    else if (run->vector->layout == PD_LAYOUT_NUM64)
        hash_numbers(run);
    else if (run->vector->layout == PD_LAYOUT_TAGGED)
        hash_singly(run);
    else
        hash_words(run);
}

static void
hash_nulls(const struct hash_run *run)
{
    uint64_t null_hash = run->digest->null_hash;

    for (uint32_t i = 0; i < run->n_rows; i++) {
        uint64_t *out = &run->out[i * run->stride];

        *out = values_bit(run->vector->validity, run->start + i) ? *out : null_hash;
    }
}

static void
hash_outliers(const struct hash_run *run)
{
    const struct pd_vector *v = run->vector;
    uint32_t end = run->start + run->n_rows;

    for (uint32_t k = pd_first_outlier(v, run->start);
         k < v->n_outliers && v->outliers[k].row < end; k++) {
        struct cell cell = batch_cell(run->type, v, v->outliers[k].row);

        run->out[(v->outliers[k].row - run->start) * run->stride] = hash_cell(run->type, &cell);
    }
}

static void
hash_values(const struct hash_run *run)
{
    hash_plain(run);
    if (run->vector->n_nulls)
        hash_nulls(run);
    if (run->vector->n_outliers)
        hash_outliers(run);
}

/* A long cell on its way: its hash, and the caller's view of the slices. */
struct long_hash {
    XXH3_state_t state;
    long_slice_visit *visit;
    void *arg;
};

static void
hash_slice(void *arg, const uint8_t *bytes, size_t size)
{
    struct long_hash *hash = arg;

    XXH3_64bits_update(&hash->state, bytes, size);
    if (hash->visit)
        hash->visit(hash->arg, bytes, size);
}

static pd_status
hash_long(const struct pd_type *type, const struct pd_long *cell, const struct long_reader *reader,
          uint32_t column, uint64_t *out, struct pd_error *err)
{
    struct long_hash hash = {.visit = reader->visit};
    pd_status status;

    hash.arg = reader->begin ? reader->begin(reader->arg, column) : NULL;
    XXH3_64bits_reset_withSeed(&hash.state, canonical_class(type, (int)cell->tag));
    status = long_cell_read(reader->ops, reader->source, cell, hash_slice, &hash, err);
    *out = values_swap64(XXH3_64bits_digest(&hash.state));
    return status;
}

static void
add_row(struct digest *sum, XXH128_hash_t row)
{
    sum->low += row.low64;
    sum->high += row.high64 + (sum->low < row.low64);
}

static void
hash_rows(const struct digest_table *digest, uint32_t n_rows, struct digest *sum,
          struct digest *rows)
{
    size_t size = (size_t)digest->n_columns * 8;

    for (uint32_t i = 0; i < n_rows; i++) {
        XXH128_hash_t row = XXH3_128bits(digest->cells + (size_t)i * digest->n_columns, size);

        add_row(sum, row);
        if (rows)
            rows[i] = (struct digest){.low = row.low64, .high = row.high64};
    }
}

/* All columns of a run of rows. */
static pd_status
hash_columns(const struct digest_table *digest, const struct pd_batch *batch, uint32_t start,
             uint32_t n_rows, const struct long_reader *reader, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; !status && i < digest->n_columns; i++) {
        const struct digest_column *column = &digest->columns[i];
        struct hash_run run = {.digest = digest,
                               .type = column->type,
                               .vector = batch_vector(batch, column->number),
                               .start = start,
                               .n_rows = n_rows,
                               .out = digest->cells + i,
                               .stride = digest->n_columns};

        hash_values(&run);
        if (run.vector->n_longs)
            status =
                hash_long(column->type, run.vector->longs, reader, column->number, run.out, err);
    }
    return status;
}

pd_status
digest_read(struct digest_table *digest, const struct pd_batch *batch,
            const struct long_reader *reader, struct digest *sum, struct digest *rows,
            struct pd_error *err)
{
    for (uint32_t start = 0; start < batch->n_rows; start += digest->run) {
        uint32_t left = batch->n_rows - start;
        uint32_t n_rows = left < digest->run ? left : digest->run;
        pd_status status = hash_columns(digest, batch, start, n_rows, reader, err);

        if (status)
            return status;
        hash_rows(digest, n_rows, sum, rows ? rows + start : NULL);
    }
    return PD_OK;
}

pd_status
digest_batch(struct digest_table *digest, const struct pd_batch *batch,
             const struct pd_source_ops *ops, struct pd_source *source, struct digest *sum,
             struct digest *rows, struct pd_error *err)
{
    const struct long_reader reader = {.ops = ops, .source = source};

    return digest_read(digest, batch, &reader, sum, rows, err);
}

void
digest_add(struct digest *sum, const struct digest *more)
{
    add_row(sum, (XXH128_hash_t){.low64 = more->low, .high64 = more->high});
}

void
digest_text(const struct digest *digest, char text[33])
{
    snprintf(text, 33, "%016llx%016llx", (unsigned long long)digest->high,
             (unsigned long long)digest->low);
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
digest_parse(const char *text, struct digest *ret_digest)
{
    uint64_t half[2] = {0, 0};

    for (int i = 0; i < 32; i++) {
        int value = hex_value(text[i]);

        if (value < 0)
            return false;
        half[i / 16] = half[i / 16] << 4 | (uint64_t)value;
    }
    if (text[32])
        return false;
    *ret_digest = (struct digest){.high = half[0], .low = half[1]};
    return true;
}
