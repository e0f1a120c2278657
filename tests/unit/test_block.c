// SPDX-License-Identifier: Apache-2.0
/* test_block - rows become blocks and come back; the bytes depend on the rows alone. */
#include "block_rows.h"

#include "archive/column.h"
#include "archive/decode.h"
#include "archive/encode.h"

static void
check_batch(const struct rows *rows, const struct pd_batch *batch, uint32_t from)
{
    static uint8_t scratch[65536];
    struct pd_error err;

    assert_ok(batch_check(rows->table, batch, &err), err);
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        for (uint32_t row = 0; row < batch->n_rows; row++) {
            struct cell wanted = cell_at(rows, i, from + row, scratch);
            struct cell is = batch_cell(&rows->table->columns[i].type, batch_vector(batch, i), row);

            assert_same_cell(&is, &wanted);
        }
    }
}

/* Every cell is back; the number of blocks. */
static uint32_t
read_rows(const struct rows *rows, const struct blocks *blocks)
{
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    uint32_t n_rows = 0, n_blocks = 0;
    struct pd_error err;

    assert_ok(block_reader_new(&reader, &err), err);
    for (size_t at = 0; at < blocks->bytes.size; n_blocks++) {
        const uint8_t *frame = blocks->bytes.data + at + BLOCK_HEADER_SIZE;
        const struct pd_batch *batch;
        struct block_header header;

        at = header_at(blocks, at, &header);
        assert_int_equal(header.kind, BLOCK_KIND_ROWS);
        assert_int_equal(header.table, 3);
        assert_int_equal(header.part, 1);
        assert_true(header.number == n_blocks);
        assert_ok(block_decode(reader, rows->table, &header, frame, &batch, &err), err);
        assert_int_equal(batch->n_rows, header.n_rows);
        check_batch(rows, batch, n_rows);
        n_rows += batch->n_rows;
        batch_release(batch);
    }
    assert_int_equal(n_rows, rows->n);
    return n_blocks;
}

static uint32_t
round_trip(const struct rows *rows)
{
    CLEANUP_BLOCKS struct blocks blocks = {0};

    write_rows(rows, rows->n < 5000 ? rows->n : 5000, &blocks);
    return read_rows(rows, &blocks);
}

static struct pd_table *
table_of_every_kind(void)
{
    int kinds[PD_KIND_COUNT_];

    for (int kind = 1; kind < PD_KIND_COUNT_; kind++)
        kinds[kind - 1] = kind;
    kinds[PD_KIND_COUNT_ - 1] = PD_KIND_INT64;
    return table_of(kinds, PD_KIND_COUNT_);
}

static void
every_kind_comes_back_with_and_without_nulls(void **state)
{
    CLEANUP_TABLE struct pd_table *table = table_of_every_kind();
    static const uint32_t nulls[] = {0, 1, 2, 3, 100};

    for (size_t i = 0; i < COUNT_OF(nulls); i++) {
        struct rows rows = {.table = table, .n = 700, .nulls = nulls[i]};

        round_trip(&rows);
    }
}

static void
every_kind_comes_back_with_few_and_many_outliers(void **state)
{
    CLEANUP_TABLE struct pd_table *table = table_of_every_kind();
    static const uint32_t outliers[] = {1, 2, 7, 8, 9, 200};

    for (size_t i = 0; i < COUNT_OF(outliers); i++) {
        struct rows rows = {.table = table, .n = 700, .nulls = 5, .outliers = outliers[i]};

        round_trip(&rows);
        rows.nulls = 0;
        round_trip(&rows);
    }
}

static void
an_outlier_of_each_tag_may_stand_in_each_row(void **state)
{
    static const int kinds[] = {PD_KIND_BOOL, PD_KIND_INT16, PD_KIND_FLOAT64, PD_KIND_NUMBER,
                                PD_KIND_TEXT, PD_KIND_UUID,  PD_KIND_DECIMAL, PD_KIND_ANY};
    CLEANUP_TABLE struct pd_table *table = table_of(kinds, COUNT_OF(kinds));

    for (uint32_t tag = PD_TAG_INT; tag < PD_TAG_COUNT_; tag++) {
        for (uint32_t n = 1; n < 20; n++) {
            struct rows rows = {.table = table, .n = n, .outliers = 17, .outlier_tag = tag};

            round_trip(&rows);
        }
    }
}

static void
a_vector_is_tagged_when_more_than_one_row_in_eight_is_an_outlier(void **state)
{
    static const int kinds[] = {PD_KIND_INT64};
    CLEANUP_TABLE struct pd_table *table = table_of(kinds, 1);
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    static const struct {
        uint32_t n;
        uint8_t layout;
    } cases[] = {{16, PD_LAYOUT_I64}, {15, PD_LAYOUT_TAGGED}, {1, PD_LAYOUT_I64}};
    struct pd_error err;

    assert_ok(block_reader_new(&reader, &err), err);
    for (size_t i = 0; i < COUNT_OF(cases); i++) { /* rows 6 and 13 are outliers */
        struct rows rows = {.table = table, .n = cases[i].n, .outliers = 7};
        CLEANUP_BLOCKS struct blocks blocks = {0};
        const struct pd_batch *batch;
        struct block_header header;

        write_rows(&rows, 4, &blocks);
        assert_int_equal(header_at(&blocks, 0, &header), blocks.bytes.size);
        assert_ok(block_decode(reader, table, &header, blocks.bytes.data + BLOCK_HEADER_SIZE,
                               &batch, &err),
                  err);
        assert_int_equal(batch_vector(batch, 0)->layout, cases[i].layout);
        batch_release(batch);
    }
}

static void
tagged_integers_of_unsigned_kinds_are_extended_with_zeros(void **state)
{
    static const int kinds[] = {PD_KIND_UINT8, PD_KIND_INT8};
    static const uint8_t wanted[8] = {200}, negative[8] = {200, 255, 255, 255, 255, 255, 255, 255};
    CLEANUP_TABLE struct pd_table *table = table_of(kinds, 2);
    CLEANUP(block_writer) struct block_writer *writer = NULL;
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    CLEANUP_BLOCKS struct blocks blocks = {0};
    static const uint8_t data[] = {200, 0};
    const struct pd_outlier outlier = {.row = 1, .tag = PD_TAG_NATIVE};
    struct pd_vector vectors[2] = {
        {.layout = PD_LAYOUT_I8, .width = 1, .data = data, .n_outliers = 1, .outliers = &outlier}};
    struct pd_batch batch = {.struct_size = sizeof batch,
                             .vector_size = sizeof *vectors,
                             .n_rows = 2,
                             .n_columns = 2,
                             .vectors = vectors};
    const struct pd_batch *back;
    struct block_header header;
    struct pd_error err;

    vectors[1] = vectors[0];
    assert_ok(block_writer_new(0, true, keep_block, &blocks, &writer, &err), err);
    assert_ok(block_writer_start(writer, table, 3, 1, &err), err);
    assert_ok(block_writer_add(writer, &batch, NULL, NULL, &err), err);
    assert_ok(block_writer_end(writer, &err), err);
    header_at(&blocks, 0, &header);
    assert_ok(block_reader_new(&reader, &err), err);
    assert_ok(
        block_decode(reader, table, &header, blocks.bytes.data + BLOCK_HEADER_SIZE, &back, &err),
        err);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(batch_vector(back, i)->layout, PD_LAYOUT_TAGGED);
        assert_int_equal(batch_vector(back, i)->offsets[1], 8);
        assert_memory_equal(batch_vector(back, i)->data, i ? negative : wanted, 8);
    }
    batch_release(back);
}

static void
the_bytes_do_not_depend_on_batches_and_their_layouts(void **state)
{
    CLEANUP_TABLE struct pd_table *table = table_of_every_kind();
    static const uint32_t outliers[] = {0, 3, 90};
    static const uint32_t steps[] = {1, 7, 333, 3000};

    for (size_t i = 0; i < COUNT_OF(outliers); i++) {
        struct rows rows = {.table = table, .n = 3000, .nulls = 4, .outliers = outliers[i]};
        CLEANUP_BLOCKS struct blocks first = {0};

        write_rows(&rows, 1000, &first);
        assert_true(first.n > 1);
        for (size_t k = 0; k < 2 * COUNT_OF(steps); k++) {
            CLEANUP_BLOCKS struct blocks blocks = {0};

            rows.is_tagged = k & 1;
            write_rows(&rows, steps[k / 2], &blocks);
            assert_int_equal(blocks.bytes.size, first.bytes.size);
            assert_memory_equal(blocks.bytes.data, first.bytes.data, first.bytes.size);
        }
    }
}

static void
a_writer_forgets_the_part_before(void **state)
{
    static const int kinds[] = {PD_KIND_TEXT, PD_KIND_INT32, PD_KIND_ANY};
    CLEANUP_TABLE struct pd_table *table = table_of(kinds, COUNT_OF(kinds));
    CLEANUP_TABLE struct pd_table *wide = table_of_every_kind();
    struct rows rows = {.table = table, .n = 100}, others = {.table = wide, .n = 50, .outliers = 2};
    CLEANUP_BLOCKS struct blocks wanted = {0}, blocks = {0};
    CLEANUP(block_writer) struct block_writer *writer = NULL;
    const struct rows *turns[] = {&others, &rows};
    struct pd_builder builder;
    struct pd_error err;

    write_rows(&rows, 100, &wanted);
    assert_ok(block_writer_new(BLOCK_LEVEL, false, keep_block, &blocks, &writer, &err), err);
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        const struct pd_batch *batch;

        assert_ok(batch_builder_open(&builder, turns[i]->table, &err), err);
        batch = batch_of(turns[i], &builder, 0, turns[i]->n);
        assert_ok(block_writer_start(writer, turns[i]->table, 3, 1, &err), err);
        assert_ok(block_writer_add(writer, batch, NULL, NULL, &err), err);
        batch_release(batch);
        pd_builder_close(&builder);
    }
    assert_ok(block_writer_end(writer, &err), err);
    assert_int_equal(blocks.bytes.size, wanted.bytes.size);
    assert_memory_equal(blocks.bytes.data, wanted.bytes.data, wanted.bytes.size);
}

/* ---- the cut ---- */

static uint32_t
rows_of_first_block(const struct rows *rows)
{
    CLEANUP_BLOCKS struct blocks blocks = {0};
    struct block_header header;

    write_rows(rows, 16384, &blocks);
    header_at(&blocks, 0, &header);
    read_rows(rows, &blocks);
    return header.n_rows;
}

static void
a_block_closes_after_its_rows_or_bytes_are_reached(void **state)
{
    static const int eight[] = {PD_KIND_INT64, PD_KIND_INT64, PD_KIND_INT64, PD_KIND_INT64,
                                PD_KIND_INT64, PD_KIND_INT64, PD_KIND_INT64, PD_KIND_INT64};
    static const int nine[] = {PD_KIND_INT64, PD_KIND_INT64, PD_KIND_INT64,
                               PD_KIND_INT64, PD_KIND_INT64, PD_KIND_INT64,
                               PD_KIND_INT64, PD_KIND_INT64, PD_KIND_BOOL};
    CLEANUP_TABLE struct pd_table *narrow = table_of(eight, 8);
    CLEANUP_TABLE struct pd_table *wide = table_of(nine, 9);
    struct rows rows = {.table = narrow, .n = 16384};

    assert_int_equal(rows_of_first_block(&rows), 16384); /* 64 bytes a row: both bounds at once */
    rows.n = 16385;
    assert_int_equal(rows_of_first_block(&rows), 16384);
    rows.table = wide;
    rows.n = 16200;
    assert_int_equal(rows_of_first_block(&rows), 1048576 / 65);
    rows.nulls = 1;
    assert_int_equal(rows_of_first_block(&rows), 1048576 / 65);
}

/* The canonical size of a row: widths, 4 and the bytes of VAR, 4 and the bytes of an outlier. */
static void
the_canonical_size_is_that_of_the_specification(void **state)
{
    static const int kinds[] = {PD_KIND_INT16, PD_KIND_TEXT, PD_KIND_NUMBER, PD_KIND_ANY};
    static const uint32_t bases[] = {2, 4, 8, 4};
    CLEANUP_TABLE struct pd_table *table = table_of(kinds, COUNT_OF(kinds));
    static uint8_t scratch[65536];

    for (uint32_t outliers = 0; outliers < 12; outliers += 3) {
        struct rows rows = {.table = table, .n = 16384, .nulls = 6, .outliers = outliers};
        uint32_t first = rows_of_first_block(&rows), row;
        uint64_t size = 0;

        rows.max_size = 200;
        first = rows_of_first_block(&rows);
        for (row = 0; row < rows.n; row++) {
            uint64_t more = 0;

            for (uint32_t i = 0; i < COUNT_OF(kinds); i++) {
                struct cell cell = cell_at(&rows, i, row, scratch);
                struct column_shape shape = column_shape_of(&table->columns[i], i);
                bool is_number = cell.tag == PD_TAG_INT || cell.tag == PD_TAG_REAL;
                uint64_t bytes = is_number ? 8 : cell.size;

                more += bases[i];
                if (cell.tag >= 0 && !column_has_tag(&shape, (uint32_t)cell.tag))
                    more += 4 + bytes;
                else if (cell.tag >= 0 && (kinds[i] == PD_KIND_TEXT || kinds[i] == PD_KIND_ANY))
                    more += bytes;
            }
            if (size + more > BLOCK_BYTES)
                break;
            size += more;
        }
        assert_int_equal(first, row);
    }
}

static void
a_row_that_is_too_large_has_its_own_block(void **state)
{
    static const int kinds[] = {PD_KIND_BINARY, PD_KIND_INT64};
    CLEANUP_TABLE struct pd_table *table = table_of(kinds, 2);
    CLEANUP(block_writer) struct block_writer *writer = NULL;
    static const size_t sizes[] = {10, BLOCK_BYTES - 11, BLOCK_BYTES - 12, 3, 9, 0, BLOCK_BYTES};
    static const uint32_t wanted[] = {1, 1, 1, 3, 1};
    static uint8_t bytes[BLOCK_BYTES];
    CLEANUP_BLOCKS struct blocks blocks = {0};
    struct pd_builder builder;
    const struct pd_batch *batch;
    struct block_header header;
    struct pd_error err;
    size_t at = 0;

    make_bytes(5, sizeof bytes, false, bytes);
    assert_ok(batch_builder_open(&builder, table, &err), err);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        pd_put_bytes(&builder, 0, bytes, sizes[i]);
        pd_put_i64(&builder, 1, (int64_t)i);
        pd_builder_row(&builder);
    }
    batch = pd_builder_finish(&builder);
    assert_non_null(batch);
    assert_ok(block_writer_new(0, true, keep_block, &blocks, &writer, &err), err);
    assert_ok(block_writer_start(writer, table, 3, 1, &err), err);
    assert_ok(block_writer_add(writer, batch, NULL, NULL, &err), err);
    assert_ok(block_writer_end(writer, &err), err);
    batch_release(batch);
    pd_builder_close(&builder);
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        at = header_at(&blocks, at, &header);
        assert_int_equal(header.n_rows, wanted[i]);
    }
    assert_int_equal(at, blocks.bytes.size);
}

/* ---- shapes of tables ---- */

static void
no_rows_make_no_block(void **state)
{
    CLEANUP_TABLE struct pd_table *table = table_of_every_kind();
    struct rows rows = {.table = table};

    assert_int_equal(round_trip(&rows), 0);
}

static void
rows_without_columns_are_counted(void **state)
{
    CLEANUP_TABLE struct pd_table *table = table_of(NULL, 0);
    struct rows rows = {.table = table, .n = 40000};

    assert_int_equal(round_trip(&rows), 3);
}

static void
two_thousand_columns_come_back(void **state)
{
    static int kinds[2000];
    struct rows rows = {.n = 150, .nulls = 3, .outliers = 10};
    CLEANUP_TABLE struct pd_table *table = NULL;

    for (int i = 0; i < 2000; i++)
        kinds[i] = 1 + i % (PD_KIND_COUNT_ - 1);
    table = table_of(kinds, 2000);
    rows.table = table;
    assert_true(round_trip(&rows) > 1);
    rows.nulls = 1; /* a row of NULL takes its width, so that batches stay small */
    assert_true(round_trip(&rows) > 1);
}

static void
generated_columns_do_not_travel(void **state)
{
    static const int kinds[] = {PD_KIND_INT32, PD_KIND_TEXT, PD_KIND_NUMBER, PD_KIND_INT32};
    CLEANUP_TABLE struct pd_table *table = table_of(kinds, COUNT_OF(kinds));
    CLEANUP_TABLE struct pd_table *plain = table_of(kinds, 1);
    CLEANUP_BLOCKS struct blocks blocks = {0}, wanted = {0};
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    struct rows rows = {.table = table, .n = 300}, plain_rows = {.table = plain, .n = 300};
    const struct pd_batch *batch;
    struct block_header header;
    struct pd_error err;

    for (int i = 1; i < 4; i++)
        ((struct pd_column *)(uintptr_t)&table->columns[i])->generated = PD_GENERATED_STORED;
    write_rows(&rows, 300, &blocks);
    write_rows(&plain_rows, 300, &wanted);
    assert_int_equal(blocks.bytes.size, wanted.bytes.size);
    assert_memory_equal(blocks.bytes.data, wanted.bytes.data, wanted.bytes.size);
    header_at(&blocks, 0, &header);
    assert_ok(block_reader_new(&reader, &err), err);
    assert_ok(
        block_decode(reader, table, &header, blocks.bytes.data + BLOCK_HEADER_SIZE, &batch, &err),
        err);
    assert_int_equal(batch->n_columns, 4);
    for (uint32_t i = 1; i < 4; i++)
        assert_int_equal(batch_cell(&table->columns[i].type, batch_vector(batch, i), 299).tag, -1);
    batch_release(batch);
}

/* ---- streams ---- */

static void
check_ints(const void *values, uint32_t width, uint32_t n, size_t wanted)
{
    struct buffer bytes CLEANUP_BUFFER = {0};
    struct decoder decoder = {0};
    static uint64_t back[4096];

    encode_ints(&bytes, values, width, n);
    assert_int_equal(bytes.size, wanted);
    decoder.in = cursor_of(bytes.data, bytes.size);
    assert_true(decode_ints(&decoder, back, width, n));
    assert_int_equal(cursor_left(&decoder.in), 0);
    if (n)
        assert_memory_equal(back, values, (size_t)n * width);
}

static void
integers_take_as_few_bytes_as_they_need(void **state)
{
    static int64_t values[3000];
    static uint8_t bytes[3000];

    check_ints(values, 8, 0, 0);
    check_ints(values, 8, 3000, 9); /* all the same */
    for (int i = 0; i < 3000; i++)
        values[i] = (int64_t)(INT64_MAX - 7 + 3 * (uint64_t)i); /* beyond the end of the range */
    check_ints(values, 8, 3000, 17);
    for (int i = 0; i < 3000; i++)
        values[i] = 1000 + (int64_t)(mix((uint64_t)i) & 1);
    check_ints(values, 8, 2999, 9 + 375);
    check_ints(values, 8, 3000, 9 + 375);
    for (int i = 0; i < 3000; i++)
        values[i] = (int64_t)(mix((uint64_t)i) % 256) - 128;
    check_ints(values, 8, 3000, 9 + 3000);
    values[7] = 128; /* one too many */
    check_ints(values, 8, 3000, 9 + 6000);
    for (int i = 0; i < 3000; i++)
        values[i] = 1000000007 * (int64_t)i + (int64_t)(mix((uint64_t)i) % 100);
    check_ints(values, 8, 3000, 17 + 2999);
    for (int i = 0; i < 8; i++)
        values[i] = 100 * i + i % 3;
    check_ints(values, 8, 8, 17 + 7); /* differences are one byte shorter */
    check_ints(values, 8, 7, 9 + 14); /* as long */
    for (int i = 0; i < 3000; i++)
        values[i] = (int64_t)mix((uint64_t)i);
    values[0] = INT64_MIN;
    values[1] = INT64_MAX;
    check_ints(values, 8, 3000, 9 + 24000);
    check_ints(values, 8, 1, 9);
    for (int i = 0; i < 3000; i++)
        bytes[i] = (uint8_t)mix((uint64_t)i);
    check_ints(bytes, 1, 3000, 9 + 3000);
}

/* Blocks of one column of reals; the decoded size tells how they were stored. */
static uint32_t
size_of_reals(const double *values, uint32_t n)
{
    static const int kinds[] = {PD_KIND_FLOAT64};
    CLEANUP_TABLE struct pd_table *table = table_of(kinds, 1);
    CLEANUP(block_writer) struct block_writer *writer = NULL;
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    CLEANUP_BLOCKS struct blocks blocks = {0};
    struct pd_vector vector = {.layout = PD_LAYOUT_F64, .width = 8, .data = values};
    struct pd_batch batch = {.struct_size = sizeof batch,
                             .vector_size = sizeof vector,
                             .n_rows = n,
                             .n_columns = 1,
                             .vectors = &vector};
    const struct pd_batch *back;
    struct block_header header;
    struct pd_error err;

    assert_ok(block_writer_new(0, true, keep_block, &blocks, &writer, &err), err);
    assert_ok(block_writer_start(writer, table, 0, 0, &err), err);
    assert_ok(block_writer_add(writer, &batch, NULL, NULL, &err), err);
    assert_ok(block_writer_end(writer, &err), err);
    header_at(&blocks, 0, &header);
    assert_ok(block_reader_new(&reader, &err), err);
    assert_ok(
        block_decode(reader, table, &header, blocks.bytes.data + BLOCK_HEADER_SIZE, &back, &err),
        err);
    assert_memory_equal(batch_vector(back, 0)->data, values, (size_t)n * 8);
    batch_release(back);
    return header.decoded_size;
}

static void
reals_that_are_short_decimals_are_stored_as_integers(void **state)
{
    enum { N = 320, STATES = 9, HEAD = 1 + 9, TAIL = 4 };
    double values[N];

    for (int i = 0; i < N; i++)
        values[i] = (double)((int64_t)(mix((uint64_t)i) % 200) - 100) / 100;
    assert_int_equal(size_of_reals(values, N), STATES + HEAD + N + TAIL);
    values[3] = -0.0; /* an exception: its place and its bits, constant streams both */
    assert_int_equal(size_of_reals(values, N), STATES + HEAD + N + TAIL + 9 + 9);
    for (int i = 0; i < N / 16 + 1; i++)
        values[i * 2] = 1.0 / 3;
    assert_int_equal(size_of_reals(values, N), STATES + HEAD + 8 * N);
    for (int i = 0; i < N; i++)
        values[i] = 0.123456789;
    assert_int_equal(size_of_reals(values, N), STATES + HEAD + TAIL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back_with_and_without_nulls),
        cmocka_unit_test(every_kind_comes_back_with_few_and_many_outliers),
        cmocka_unit_test(an_outlier_of_each_tag_may_stand_in_each_row),
        cmocka_unit_test(a_vector_is_tagged_when_more_than_one_row_in_eight_is_an_outlier),
        cmocka_unit_test(tagged_integers_of_unsigned_kinds_are_extended_with_zeros),
        cmocka_unit_test(the_bytes_do_not_depend_on_batches_and_their_layouts),
        cmocka_unit_test(a_writer_forgets_the_part_before),
        cmocka_unit_test(a_block_closes_after_its_rows_or_bytes_are_reached),
        cmocka_unit_test(the_canonical_size_is_that_of_the_specification),
        cmocka_unit_test(a_row_that_is_too_large_has_its_own_block),
        cmocka_unit_test(no_rows_make_no_block),
        cmocka_unit_test(rows_without_columns_are_counted),
        cmocka_unit_test(two_thousand_columns_come_back),
        cmocka_unit_test(generated_columns_do_not_travel),
        cmocka_unit_test(integers_take_as_few_bytes_as_they_need),
        cmocka_unit_test(reals_that_are_short_decimals_are_stored_as_integers),
    };

    return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
