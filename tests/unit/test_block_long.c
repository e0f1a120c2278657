// SPDX-License-Identifier: Apache-2.0
/* test_block_long - cells that are too large for a block travel in slices. */
#include "block_rows.h"

#include "archive/frame.h"

static uint8_t
long_byte(uint64_t cookie, uint64_t offset)
{
    return (uint8_t)('a' + (mix(offset / 1000) + cookie + offset) % 26);
}

static pd_status
read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
          size_t size, struct pd_error *err)
{
    int *n_calls = (int *)(void *)source;

    assert_true(offset + size <= cell->size);
    assert_true(size <= PD_LONG_SLICE);
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buffer)[i] = long_byte(cell->cookie, offset + i);
    ++*n_calls;
    return PD_OK;
}

/* A row with two long cells and a short one between rows that are not long; `whole`: the source
   cannot give long cells. */
static void
write_longs(const struct pd_table *table, bool whole, struct blocks *blocks)
{
    const struct pd_source_ops ops = {.struct_size = sizeof ops, .read_long = read_long};
    CLEANUP(block_writer) struct block_writer *writer = NULL;
    uint8_t *bytes = malloc(LONG_SIZE);
    struct pd_builder b;
    struct pd_error err;
    int n_calls = 0;

    assert_non_null(bytes);
    assert_ok(batch_builder_open(&b, table, &err), err);
    assert_ok(block_writer_new(0, true, keep_block, blocks, &writer, &err), err);
    assert_ok(block_writer_start(writer, table, 3, 1, &err), err);
    for (int row = 0; row < 3; row++) {
        const struct pd_batch *batch;

        assert_int_equal(pd_builder_begin(&b), PD_OK);
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t tag = i == 0 ? PD_TAG_PLAIN : i == 1 ? PD_TAG_TEXT : PD_TAG_BYTES;
            size_t size = i == 0 ? LONG_SIZE : PD_LONG_CELL + 1;

            for (size_t k = 0; k < size; k++)
                bytes[k] = long_byte(i, k);
            if (row != 1)
                pd_put_null(&b, i);
            else if (!whole)
                pd_put_long(&b, i, tag, size, i);
            else if (tag == PD_TAG_PLAIN)
                pd_put_bytes(&b, i, bytes, size);
            else
                pd_put_tagged(&b, i, tag, bytes, size);
        }
        pd_put_i64(&b, 3, row);
        pd_builder_row(&b);
        batch = pd_builder_finish(&b);
        assert_non_null(batch);
        assert_ok(batch_check(table, batch, &err), err);
        assert_ok(block_writer_add(writer, batch, &ops, (struct pd_source *)(void *)&n_calls, &err),
                  err);
        batch_release(batch);
    }
    assert_ok(block_writer_end(writer, &err), err);
    assert_int_equal(n_calls, whole ? 0 : 2 * (5 + 5 + 5));
    pd_builder_close(&b);
    free(bytes);
}

static const int long_kinds[] = {PD_KIND_TEXT, PD_KIND_INT64, PD_KIND_ANY, PD_KIND_INT64};

static void
large_cells_become_slices_whatever_the_source_can(void **state)
{
    CLEANUP_TABLE struct pd_table *table = table_of(long_kinds, COUNT_OF(long_kinds));
    CLEANUP_BLOCKS struct blocks sliced = {0}, whole = {0};

    write_longs(table, false, &sliced);
    write_longs(table, true, &whole);
    assert_int_equal(sliced.n, 3 + 5 + 5 + 5);
    assert_int_equal(sliced.bytes.size, whole.bytes.size);
    assert_memory_equal(sliced.bytes.data, whole.bytes.data, whole.bytes.size);
}

static void
check_slice(struct block_reader *reader, const struct blocks *blocks, const size_t *places,
            uint32_t cell, uint32_t slice, size_t wanted)
{
    const uint8_t *at = blocks->bytes.data + places[2 + 5 * cell + slice];
    struct block_header header;
    const void *bytes;
    struct pd_error err;
    size_t size;

    assert_ok(block_read_header(at, &header, &err), err);
    assert_ok(block_decode_slice(reader, &header, at + BLOCK_HEADER_SIZE, &bytes, &size, &err),
              err);
    assert_int_equal(size, wanted);
    for (size_t k = 0; k < size; k++) {
        if (((const uint8_t *)bytes)[k] != long_byte(cell, (uint64_t)slice * PD_LONG_SLICE + k))
            fail_msg("cell %u, slice %u, byte %zu", cell, slice, k);
    }
}

static void
long_cells_come_back_in_any_order_of_slices(void **state)
{
    CLEANUP_TABLE struct pd_table *table = table_of(long_kinds, COUNT_OF(long_kinds));
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    CLEANUP_BLOCKS struct blocks blocks = {0};
    const struct pd_batch *batch;
    struct block_header header;
    struct pd_error err;
    size_t places[18], at = 0, size;
    const void *bytes;

    write_longs(table, false, &blocks);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        places[i] = at;
        at = header_at(&blocks, at, &header);
        assert_int_equal(header.kind, i < 2 || i == 17 ? BLOCK_KIND_ROWS : BLOCK_KIND_LONG);
    }
    assert_int_equal(at, blocks.bytes.size);
    header_at(&blocks, places[1], &header);
    assert_ok(block_reader_new(&reader, &err), err);
    assert_ok(block_decode(reader, table, &header,
                           blocks.bytes.data + places[1] + BLOCK_HEADER_SIZE, &batch, &err),
              err);
    assert_ok(batch_check(table, batch, &err), err);
    for (uint32_t i = 0; i < 3; i++) {
        struct cell cell = batch_cell(&table->columns[i].type, batch_vector(batch, i), 0);

        assert_non_null(cell.as_long);
        assert_true(cell.as_long->cookie == i);
        assert_true(cell.as_long->size == (i == 0 ? LONG_SIZE : PD_LONG_CELL + 1));
        assert_int_equal(cell.tag, i == 0 ? PD_TAG_PLAIN : i == 1 ? PD_TAG_TEXT : PD_TAG_BYTES);
    }
    batch_release(batch);
    for (uint32_t i = 0; i < 3; i++) {
        check_slice(reader, &blocks, places, i, 4, i == 0 ? PD_LONG_SLICE / 2 : 1);
        for (uint32_t k = 0; k < 4; k++)
            check_slice(reader, &blocks, places, i, k, PD_LONG_SLICE);
        check_slice(reader, &blocks, places, i, 4, i == 0 ? PD_LONG_SLICE / 2 : 1);
    }
    /* After another block these slices are no longer its own. */
    header_at(&blocks, places[17], &header);
    assert_ok(block_decode(reader, table, &header,
                           blocks.bytes.data + places[17] + BLOCK_HEADER_SIZE, &batch, &err),
              err);
    batch_release(batch);
    header_at(&blocks, places[2], &header);
    assert_int_equal(block_decode_slice(reader, &header,
                                        blocks.bytes.data + places[2] + BLOCK_HEADER_SIZE, &bytes,
                                        &size, &err),
                     PD_FAILED);
    assert_int_equal(err.cause, PD_CAUSE_CORRUPT);
}

/* Slices whose own hashes are right, but which are not those of the cell. */
static void
the_hash_of_a_long_cell_is_checked(void **state)
{
    static const int kinds[] = {PD_KIND_TEXT};
    CLEANUP_TABLE struct pd_table *table = table_of(kinds, 1);
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    struct block_header header = {.kind = BLOCK_KIND_ROWS, .n_rows = 1};
    struct frame_body body = {.size = 0};
    struct buffer out CLEANUP_BUFFER = {0};
    uint8_t *zeros = calloc(1, PD_LONG_SLICE);
    struct frame_codec codec = {0};
    const struct pd_batch *batch;
    pd_status status = PD_OK;
    struct pd_error err;
    const void *bytes;
    size_t size;

    assert_non_null(zeros);
    body.bytes = "\0\xff\0\0\0\0\0\0\0\0\1\0\100\0\0\0\0\0........"; /* plain, of 4 MiB and 1 */
    body.size = 9 + 17;
    assert_ok(frame_open(&codec, 1, &err), err);
    assert_ok(block_reader_new(&reader, &err), err);
    assert_ok(frame_write(&codec, &header, &body, &out, &err), err);
    assert_ok(block_decode(reader, table, &header, out.data + BLOCK_HEADER_SIZE, &batch, &err),
              err);
    batch_release(batch);
    for (uint64_t number = 1; number <= 5; number++) {
        assert_int_equal(status, PD_OK);
        header = (struct block_header){.kind = BLOCK_KIND_LONG, .number = number};
        body.bytes = zeros;
        body.size = number < 5 ? PD_LONG_SLICE : 1;
        assert_ok(frame_write(&codec, &header, &body, &out, &err), err);
        status =
            block_decode_slice(reader, &header, out.data + BLOCK_HEADER_SIZE, &bytes, &size, &err);
    }
    assert_int_equal(status, PD_FAILED);
    assert_int_equal(err.cause, PD_CAUSE_CORRUPT);
    frame_close(&codec);
    free(zeros);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_cells_become_slices_whatever_the_source_can),
        cmocka_unit_test(long_cells_come_back_in_any_order_of_slices),
        cmocka_unit_test(the_hash_of_a_long_cell_is_checked),
    };

    return cmocka_run_group_tests_name("block_long", tests, NULL, NULL);
}
