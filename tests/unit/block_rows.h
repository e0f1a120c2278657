// SPDX-License-Identifier: Apache-2.0
/* block_rows - tables, rows and blocks for the tests of blocks: each cell is a pure function of
   its column and row, so that what comes back can be checked without keeping what went in. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "archive/block.h"
#include "base/budget.h"
#include "model/batch.h"
#include "model/kind.h"

enum { LONG_SIZE = PD_LONG_CELL + PD_LONG_SLICE / 2 };

/* Which cells are NULL and which are outliers: every n-th row, shifted by column; 0: none. */
struct rows {
    struct pd_table *table;
    uint32_t n;
    uint32_t nulls;
    uint32_t outliers;
    uint32_t outlier_tag; /* 0: all tags in turn */
    uint32_t max_size;    /* of VAR cells; 0: 24 */
    bool is_tagged;       /* build batches as TAGGED */
};

/* The blocks of one part, one after the other. */
struct blocks {
    struct buffer bytes;
    uint32_t n;
};

static inline void
blocks_free(struct blocks *blocks)
{
    buffer_free(&blocks->bytes);
}
#define CLEANUP_BLOCKS __attribute__((cleanup(blocks_free)))

static inline uint64_t
mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* ---- tables ---- */

static inline struct pd_table *
table_of(const int *kinds, size_t n)
{
    struct pd_table *table = calloc(1, sizeof *table);
    struct pd_column *columns = calloc(n + 1, sizeof *columns);

    assert_non_null(table);
    assert_non_null(columns);
    for (size_t i = 0; i < n; i++) {
        columns[i].struct_size = sizeof *columns;
        columns[i].name = "c";
        columns[i].type.kind = (uint16_t)kinds[i];
        columns[i].type.precision = kinds[i] == PD_KIND_DECIMAL ? 20 : 0;
        columns[i].type.scale = kinds[i] == PD_KIND_DECIMAL ? 2 : 0;
    }
    table->struct_size = sizeof *table;
    table->name = "t";
    table->columns = columns;
    table->n_columns = n;
    table->column_size = sizeof *columns;
    return table;
}

static inline void
table_free(struct pd_table **table)
{
    if (!*table)
        return;
    free((void *)(uintptr_t)(*table)->columns);
    free(*table);
}
#define CLEANUP_TABLE __attribute__((cleanup(table_free)))

/* ---- cells ---- */

/* Bytes of up to 256; text in one, two, three and four bytes a character. */
static inline size_t
make_bytes(uint64_t seed, size_t size, bool is_text, uint8_t *to)
{
    static const char *const characters[] = {
        "a", "Z", " ", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x8c\xb3", "7", ""};
    size_t at = 0;

    while (!is_text && at < size) {
        seed = mix(seed);
        to[at++] = (uint8_t)seed;
    }
    while (at < size) {
        const char *character = characters[(seed = mix(seed)) % COUNT_OF(characters)];

        if (*character == '\0')
            to[at++] = 0;
        else if (at + strlen(character) <= size) {
            memcpy(to + at, character, strlen(character));
            at += strlen(character);
        } else {
            to[at++] = '.';
        }
    }
    return size;
}

/* Integers of every width in every column, and the extremes. */
static inline int64_t
make_integer(const struct pd_type *type, uint64_t seed)
{
    unsigned width = kind_width(type);
    unsigned shift = 64 - 8 * (width ? width : 1);
    uint64_t bits = seed % 7 == 0 ? UINT64_MAX << (63 - shift) : mix(seed) >> (seed % 64);

    if (kind_is_unsigned(type->kind))
        return (int64_t)(bits << shift >> shift);
    return (int64_t)(bits << shift) >> shift;
}

static inline double
make_real(uint64_t seed)
{
    static const double odd[] = {-0.0, 0.1 + 0.2, 1e300, -1e-300, 0x1p-1074, 1e15, 0x1p53};
    uint64_t infinite = UINT64_C(0xfff0000000000000);
    double value;

    if (seed % 50 == 0)
        return odd[seed / 50 % COUNT_OF(odd)];
    if (seed % 50 == 1) {
        memcpy(&value, &infinite, 8);
        return value;
    }
    return (double)((int64_t)(mix(seed) % 2000001) - 1000000) / 100;
}

static inline struct cell
make_plain(const struct rows *rows, const struct pd_type *type, uint64_t seed, uint8_t *scratch)
{
    struct cell cell = {.tag = PD_TAG_PLAIN};
    int layout = kind_layout(type);
    size_t size = seed % 5 == 0 ? 0 : mix(seed + 1) % (rows->max_size ? rows->max_size : 24);

    switch (layout) {
    case PD_LAYOUT_BITS:
        cell.integer = (int64_t)(seed >> 7 & 1);
        break;
    case PD_LAYOUT_F32:
        cell.real = (double)(float)make_real(seed);
        break;
    case PD_LAYOUT_F64:
        cell.real = make_real(seed);
        break;
    case PD_LAYOUT_VAR:
    case PD_LAYOUT_I128:
    case PD_LAYOUT_FIXED:
        cell.bytes = scratch;
        cell.size = layout == PD_LAYOUT_VAR ? size : kind_width(type);
        make_bytes(seed, cell.size,
                   layout == PD_LAYOUT_VAR && type->kind != PD_KIND_BINARY &&
                       type->kind != PD_KIND_GEOMETRY,
                   scratch);
        break;
    default:
        cell.integer = make_integer(type, seed);
    }
    return cell;
}

static inline struct cell
make_tagged(uint32_t tag, uint64_t seed, uint8_t *scratch)
{
    struct cell cell = {.tag = (int)tag};

    if (tag == PD_TAG_INT || tag == PD_TAG_REAL) {
        cell.integer = tag == PD_TAG_INT ? (int64_t)(seed >> (seed % 60)) : 0;
        cell.real = tag == PD_TAG_REAL ? make_real(seed) : 0;
        return cell;
    }
    cell.bytes = scratch;
    if (tag < PD_TAG_POS_INF || tag > PD_TAG_NAN)
        cell.size = make_bytes(seed, seed % 17, tag != PD_TAG_BYTES, scratch);
    return cell;
}

/* The tag of an outlier of a kind; domains are left out. */
static inline uint32_t
odd_tag(const struct rows *rows, const struct pd_type *type, uint64_t seed)
{
    static const uint32_t beyond[] = {PD_TAG_BADTEXT, PD_TAG_UTF16, PD_TAG_NATIVE};

    if (rows->outlier_tag && (type->kind != PD_KIND_NUMBER || rows->outlier_tag > PD_TAG_REAL) &&
        (type->kind != PD_KIND_ANY || rows->outlier_tag > PD_TAG_BYTES))
        return rows->outlier_tag;
    if (type->kind == PD_KIND_ANY || type->kind == PD_KIND_NUMBER)
        return beyond[seed % COUNT_OF(beyond)];
    return 1 + (uint32_t)(seed % (PD_TAG_COUNT_ - 1));
}

/* scratch: 64 KiB */
static inline struct cell
cell_at(const struct rows *rows, uint32_t column, uint32_t row, uint8_t *scratch)
{
    const struct pd_type *type = &rows->table->columns[column].type;
    uint64_t seed = mix((uint64_t)column << 32 | row);

    if (rows->nulls && (row + column) % rows->nulls == 0)
        return (struct cell){.tag = -1};
    if (rows->outliers && (row + 2 * column) % rows->outliers == rows->outliers - 1)
        return make_tagged(odd_tag(rows, type, seed), seed, scratch);
    if (type->kind == PD_KIND_NUMBER)
        return make_tagged(seed % 3 ? PD_TAG_INT : PD_TAG_REAL, seed, scratch);
    if (type->kind == PD_KIND_ANY)
        return make_tagged(PD_TAG_INT + seed % 4, seed, scratch);
    return make_plain(rows, type, seed, scratch);
}

static inline void
assert_same_cell(const struct cell *is, const struct cell *wanted)
{
    assert_int_equal(is->tag, wanted->tag);
    if (is->tag < 0)
        return;
    assert_true(is->integer == wanted->integer);
    assert_memory_equal(&is->real, &wanted->real, sizeof is->real);
    if (is->tag == PD_TAG_INT || is->tag == PD_TAG_REAL || !wanted->bytes)
        return;
    assert_int_equal(is->size, wanted->size);
    if (is->size)
        assert_memory_equal(is->bytes, wanted->bytes, is->size);
}

/* ---- batches and blocks ---- */

static inline const struct pd_batch *
batch_of(const struct rows *rows, struct pd_builder *builder, uint32_t from, uint32_t to)
{
    static uint8_t scratch[65536];
    const struct pd_batch *batch;
    struct pd_error err;

    for (uint32_t i = 0; rows->is_tagged && i < builder->n_columns; i++)
        builder->columns[i].tagged = 1;
    assert_int_equal(pd_builder_begin(builder), PD_OK);
    for (uint32_t row = from; row < to; row++) {
        for (uint32_t i = 0; i < builder->n_columns; i++) {
            struct cell cell = cell_at(rows, i, row, scratch);

            batch_put_cell(builder, i, &rows->table->columns[i].type, &cell);
        }
        pd_builder_row(builder);
    }
    batch = pd_builder_finish(builder);
    assert_non_null(batch);
    if (batch_check(rows->table, batch, &err) != PD_OK)
        fail_msg("%s", err.text);
    return batch;
}

static inline pd_status
keep_block(void *arg, const struct block_header *header, const void *bytes, size_t size,
           struct pd_error *err)
{
    struct blocks *blocks = arg;

    assert_int_equal(size, BLOCK_HEADER_SIZE + header->encoded_size);
    assert_true(header->number == blocks->n++);
    buffer_append(&blocks->bytes, bytes, size);
    return blocks->bytes.failed ? error_memory(err) : PD_OK;
}

#define assert_ok(call, err)                                                                       \
    do {                                                                                           \
        (err).text[0] = '\0';                                                                      \
        if ((call) != PD_OK)                                                                       \
            fail_msg("%s: %s", #call, (err).text);                                                 \
    } while (0)

/* All rows as blocks of table 3, part 1; batches of `step` rows. */
static inline void
write_rows(const struct rows *rows, uint32_t step, struct blocks *blocks)
{
    CLEANUP(block_writer) struct block_writer *writer = NULL;
    struct pd_builder builder;
    struct pd_error err;

    assert_ok(block_writer_new(0, true, keep_block, blocks, &writer, &err), err);
    assert_ok(block_writer_start(writer, rows->table, 3, 1, &err), err);
    assert_ok(batch_builder_open(&builder, rows->table, &err), err);
    if (step > builder.max_rows)
        step = builder.max_rows;
    for (uint32_t from = 0; from < rows->n; from += step) {
        uint32_t to = rows->n - from < step ? rows->n : from + step;
        const struct pd_batch *batch = batch_of(rows, &builder, from, to);

        assert_ok(block_writer_add(writer, batch, NULL, NULL, &err), err);
        batch_release(batch);
    }
    pd_builder_close(&builder);
    assert_ok(block_writer_end(writer, &err), err);
}

/* The header of the block at a place, and the place of the next one. */
static inline size_t
header_at(const struct blocks *blocks, size_t at, struct block_header *ret_header)
{
    struct pd_error err;

    assert_true(at + BLOCK_HEADER_SIZE <= blocks->bytes.size);
    assert_ok(block_read_header(blocks->bytes.data + at, ret_header, &err), err);
    return at + BLOCK_HEADER_SIZE + ret_header->encoded_size;
}

static inline pd_status
try_decode(struct block_reader *reader, const struct pd_table *table,
           const struct block_header *header, const uint8_t *frame, struct pd_error *err)
{
    const struct pd_batch *batch = NULL;
    pd_status status = block_decode(reader, table, header, frame, &batch, err);

    batch_release(batch);
    return status;
}
