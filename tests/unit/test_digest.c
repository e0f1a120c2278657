// SPDX-License-Identifier: Apache-2.0
// digest - against a naive twin that hashes cell by cell, and the rules of doc/format.md by hand.
#include "model_rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "model/digest.h"

static uint64_t
naive_word(uint64_t word, unsigned class)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(word >> (8 * i));
    return XXH3_64bits_withSeed(bytes, 8, class);
}

static uint64_t
naive_decimal(const struct pd_type *type, const struct cell *cell)
{
    char text[DECIMAL_TEXT_SIZE + 1] = {0};
    size_t size = cell->size;
    long long integer;

    if (kind_layout(type) == PD_LAYOUT_I128)
        size = decimal_write(values_int128(cell->bytes), (unsigned)type->scale, text);
    else
        memcpy(text, cell->bytes, size);
    errno = 0;
    integer = strtoll(text, NULL, 10);
    if (!memchr(text, '.', size) && errno == 0)
        return naive_word((uint64_t)integer, PD_CLASS_INTEGER);
    return XXH3_64bits_withSeed(text, size, PD_CLASS_DECIMAL);
}

static uint64_t
naive_plain(const struct pd_type *type, const struct cell *cell)
{
    char text[32];
    uint8_t bit = cell->integer != 0;

    if (type->kind == PD_KIND_BOOL)
        return XXH3_64bits_withSeed(&bit, 1, PD_CLASS_BOOL);
    if (type->kind == PD_KIND_DECIMAL)
        return naive_decimal(type, cell);
    if (type->kind == PD_KIND_UINT64 && cell->integer < 0) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)cell->integer);
        return XXH3_64bits_withSeed(text, strlen(text), PD_CLASS_DECIMAL);
    }
    if (type->kind == PD_KIND_FLOAT32 || type->kind == PD_KIND_FLOAT64)
        return naive_word(values_real_bits(cell->real), PD_CLASS_FLOAT);
    if (cell->bytes)
        return XXH3_64bits_withSeed(cell->bytes, cell->size, (unsigned)kind_class(type->kind));
    return naive_word((uint64_t)cell->integer, (unsigned)kind_class(type->kind));
}

static uint64_t
naive_cell(const struct pd_type *type, const struct cell *cell)
{
    switch (cell->tag) {
    case -1:
        return XXH3_64bits_withSeed("", 0, 0);
    case PD_TAG_PLAIN:
        return naive_plain(type, cell);
    case PD_TAG_INT:
        return naive_word((uint64_t)cell->integer, PD_CLASS_INTEGER);
    case PD_TAG_REAL:
        return naive_word(values_real_bits(cell->real), PD_CLASS_FLOAT);
    case PD_TAG_TEXT:
        return XXH3_64bits_withSeed(cell->bytes, cell->size, PD_CLASS_TEXT);
    case PD_TAG_BYTES:
        return XXH3_64bits_withSeed(cell->bytes, cell->size, PD_CLASS_BYTES);
    default:
        return XXH3_64bits_withSeed(cell->bytes, cell->size, 32 + (unsigned)cell->tag);
    }
}

static XXH128_hash_t
naive_row(const struct pd_table *table, const struct cell *cells)
{
    uint64_t hashes[PD_KIND_COUNT_ + 8];
    size_t n = 0;

    for (size_t i = 0; i < table->n_columns; i++) {
        if (!table->columns[i].generated && !(table->columns[i].flags & PD_COLUMN_PASSENGER))
            hashes[n++] = naive_cell(&table->columns[i].type, &cells[i]);
    }
    for (size_t i = 0; i < n; i++)
        hashes[i] = values_swap64(hashes[i]);
    return XXH3_128bits(hashes, n * 8);
}

static void
compare_with_naive(uint64_t seed, uint32_t n_rows, uint32_t one_odd_in)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    CLEANUP(digest_table) struct digest_table *digest = NULL;
    struct dice dice = {seed};
    struct pd_table table = rows_table(arena);
    struct cell *cells = rows_random(arena, &dice, &table, n_rows, one_odd_in);
    const struct pd_batch *batch = rows_batch(&table, cells, n_rows);
    struct digest *rows = arena_array(arena, struct digest, n_rows);
    struct digest sum = {0}, again = {0};
    uint128 total = 0;
    struct pd_error err = {0};

    assert_int_equal(digest_new(&table, &digest, &err), PD_OK);
    assert_int_equal(digest_batch(digest, batch, NULL, NULL, &sum, rows, &err), PD_OK);
    for (uint32_t row = 0; row < n_rows; row++) {
        XXH128_hash_t wanted = naive_row(&table, cells + row * table.n_columns);

        assert_int_equal(rows[row].low, wanted.low64);
        assert_int_equal(rows[row].high, wanted.high64);
        total += (uint128)wanted.high64 << 64 | wanted.low64;
        digest_add(&again, &rows[row]);
    }
    assert_int_equal(sum.low, (uint64_t)total);
    assert_int_equal(sum.high, (uint64_t)(total >> 64));
    assert_memory_equal(&sum, &again, sizeof sum);
    batch_release(batch);
}

static void
rows_of_all_kinds_hash_as_the_naive_way(void **state)
{
    compare_with_naive(11, 1000, 0);
    compare_with_naive(12, 1000, 30);
    compare_with_naive(13, 600, 2);
    for (uint32_t n_rows = 1; n_rows < 12; n_rows++)
        compare_with_naive(100 + n_rows, n_rows, 4);
}

static void
digest_of(const struct pd_table *table, const struct cell *cells, uint32_t n_rows,
          struct digest *sum)
{
    CLEANUP(digest_table) struct digest_table *digest = NULL;
    const struct pd_batch *batch = rows_batch(table, cells, n_rows);
    struct pd_error err = {0};

    *sum = (struct digest){0};
    assert_int_equal(digest_new(table, &digest, &err), PD_OK);
    assert_int_equal(digest_batch(digest, batch, NULL, NULL, sum, NULL, &err), PD_OK);
    batch_release(batch);
}

static void
a_row_counts_twice_when_it_is_there_twice(void **state)
{
    struct pd_column column = {.name = "i", .type = {.kind = PD_KIND_INT64}};
    struct pd_table table = {.name = "t", .columns = &column, .n_columns = 1};
    struct cell cells[4] = {{.integer = 1}, {.integer = 2}, {.integer = 2}, {.integer = 1}};
    struct digest once, twice, turned;

    digest_of(&table, cells, 2, &once);
    digest_of(&table, cells, 4, &twice);
    digest_of(&table, cells + 2, 2, &turned);
    assert_memory_equal(&once, &turned, sizeof once);
    digest_add(&once, &turned);
    assert_memory_equal(&once, &twice, sizeof once);
}

static void
passengers_and_generated_columns_do_not_count(void **state)
{
    struct pd_column columns[3] = {
        {.name = "rowid", .type = {.kind = PD_KIND_INT64}, .flags = PD_COLUMN_PASSENGER},
        {.name = "t", .type = {.kind = PD_KIND_TEXT}},
        {.name = "g", .type = {.kind = PD_KIND_INT64}, .generated = PD_GENERATED_STORED}};
    struct pd_table all = {.name = "t", .columns = columns, .n_columns = 3};
    struct pd_table one = {.name = "t", .columns = columns + 1, .n_columns = 1};
    struct cell cells[3] = {
        {.integer = 5}, {.bytes = (const uint8_t *)"x", .size = 1}, {.tag = -1}};
    struct digest a, b;

    digest_of(&all, cells, 1, &a);
    digest_of(&one, cells + 1, 1, &b);
    assert_memory_equal(&a, &b, sizeof a);
}

static void
equal_values_of_different_kinds_hash_alike(void **state)
{
    struct pd_column narrow = {.name = "a", .type = {.kind = PD_KIND_UINT8}};
    struct pd_column wide = {.name = "b",
                             .type = {.kind = PD_KIND_DECIMAL, .precision = 10, .scale = 0}};
    struct pd_table narrow_table = {.name = "t", .columns = &narrow, .n_columns = 1};
    struct pd_table wide_table = {.name = "t", .columns = &wide, .n_columns = 1};
    uint8_t bytes[16];
    struct cell narrow_cell = {.integer = 200}, wide_cell = {.bytes = bytes, .size = 16};
    struct digest a, b;

    values_put_int128(bytes, 200);
    digest_of(&narrow_table, &narrow_cell, 1, &a);
    digest_of(&wide_table, &wide_cell, 1, &b);
    assert_memory_equal(&a, &b, sizeof a);
}

static void
a_table_without_columns_counts_its_rows(void **state)
{
    struct pd_table table = {.name = "t", .flags = PD_TABLE_NO_COLUMNS};
    struct pd_batch batch = {.struct_size = sizeof batch, .n_rows = 3};
    CLEANUP(digest_table) struct digest_table *digest = NULL;
    XXH128_hash_t empty = XXH3_128bits("", 0);
    uint128 total = ((uint128)empty.high64 << 64 | empty.low64) * 3;
    struct digest sum = {0};
    struct pd_error err = {0};

    assert_int_equal(digest_new(&table, &digest, &err), PD_OK);
    assert_int_equal(digest_batch(digest, &batch, NULL, NULL, &sum, NULL, &err), PD_OK);
    assert_int_equal(sum.low, (uint64_t)total);
    assert_int_equal(sum.high, (uint64_t)(total >> 64));
}

static const uint8_t *long_bytes;

static pd_status
read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
          size_t size, struct pd_error *err)
{
    memcpy(buffer, long_bytes + offset, size);
    return PD_OK;
}

static void
a_long_cell_hashes_as_the_same_cell_in_line(void **state)
{
    const size_t size = 5u << 20;
    CLEANUP_FREE uint8_t *bytes = malloc(size);
    struct pd_source_ops ops = {.struct_size = sizeof ops, .read_long = read_long};
    struct pd_column column = {.name = "x", .type = {.kind = PD_KIND_TEXT}};
    struct pd_table table = {.name = "t", .columns = &column, .n_columns = 1};
    struct pd_long as_long = {.size = size};
    struct cell cell = {.as_long = &as_long, .size = size};
    const struct pd_batch *batch = rows_batch(&table, &cell, 1);
    CLEANUP(digest_table) struct digest_table *digest = NULL;
    struct digest sum = {0}, in_line;
    struct pd_error err = {0};

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)('a' + i % 23);
    long_bytes = bytes;
    assert_int_equal(digest_new(&table, &digest, &err), PD_OK);
    assert_int_equal(digest_batch(digest, batch, &ops, NULL, &sum, NULL, &err), PD_OK);
    cell = (struct cell){.bytes = bytes, .size = size};
    digest_of(&table, &cell, 1, &in_line);
    assert_memory_equal(&sum, &in_line, sizeof sum);
    assert_int_equal(digest_batch(digest, batch, NULL, NULL, &sum, NULL, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_BUG);
    batch_release(batch);
}

static void
digests_are_read_back_from_their_text(void **state)
{
    struct digest digest = {.low = 0x0123456789abcdef, .high = 0xf0e1d2c3b4a59687}, back;
    char text[33];

    digest_text(&digest, text);
    assert_string_equal(text, "f0e1d2c3b4a596870123456789abcdef");
    assert_true(digest_parse(text, &back));
    assert_memory_equal(&back, &digest, sizeof back);
    assert_false(digest_parse("f0e1d2c3b4a596870123456789abcde", &back));
    assert_false(digest_parse("f0e1d2c3b4a596870123456789abcdef0", &back));
    assert_false(digest_parse("F0e1d2c3b4a596870123456789abcdef", &back));
    assert_false(digest_parse("", &back));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_all_kinds_hash_as_the_naive_way),
        cmocka_unit_test(a_row_counts_twice_when_it_is_there_twice),
        cmocka_unit_test(passengers_and_generated_columns_do_not_count),
        cmocka_unit_test(equal_values_of_different_kinds_hash_alike),
        cmocka_unit_test(a_table_without_columns_counts_its_rows),
        cmocka_unit_test(a_long_cell_hashes_as_the_same_cell_in_line),
        cmocka_unit_test(digests_are_read_back_from_their_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
