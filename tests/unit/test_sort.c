// SPDX-License-Identifier: Apache-2.0
/* Tests of run/sort: rows come back in key order, all of them, in memory, from runs, and from
   more runs than are merged at once; long cells survive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "model/batch.h"
#include "model/profile.h"
#include "plugin/host.h"
#include "run/sort.h"

enum { LONG_SIZE = PD_LONG_CELL + 1000 };

static const struct pd_key_part key_parts[] = {{.struct_size = sizeof(struct pd_key_part)}};
static const struct pd_key keys[] = {{
    .struct_size = sizeof(struct pd_key),
    .kind = PD_KEY_PRIMARY,
    .parts = key_parts,
    .n_parts = 1,
    .part_size = sizeof(struct pd_key_part),
}};
static const struct pd_column columns[] = {
    {.struct_size = sizeof(struct pd_column),
     .name = "id",
     .native = "",
     .type = {.struct_size = sizeof(struct pd_type), .kind = PD_KIND_INT64}},
    {.struct_size = sizeof(struct pd_column),
     .name = "text",
     .native = "",
     .type = {.struct_size = sizeof(struct pd_type), .kind = PD_KIND_TEXT}},
};
static const struct pd_table table = {
    .struct_size = sizeof table,
    .name = "t",
    .columns = columns,
    .n_columns = 2,
    .column_size = sizeof(struct pd_column),
    .keys = keys,
    .n_keys = 1,
    .key_size = sizeof(struct pd_key),
};

static pd_status
fake_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
               size_t size, struct pd_error *err)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buffer)[i] = (uint8_t)('a' + (offset + i) % 26);
    return PD_OK;
}

static const struct pd_source_ops fake_ops = {.struct_size = sizeof fake_ops,
                                              .read_long = fake_read_long};

/* Batches with ids id(i), a text that tells the id, and a NULL every seventh row. */
static void
rows_add(struct sorter *sorter, uint32_t n, int64_t (*id)(uint32_t i, uint32_t n))
{
    struct pd_builder builder;
    struct tally *tally;
    struct digest *digests = calloc(PD_BATCH_ROWS, sizeof *digests);
    uint32_t i = 0;

    assert_int_equal(batch_builder_open(&builder, &table, NULL), PD_OK);
    assert_int_equal(tally_new(&table, &tally, NULL), PD_OK);
    while (i < n) {
        const struct pd_batch *batch;

        assert_int_equal(pd_builder_begin(&builder), PD_OK);
        for (; i < n && !pd_builder_full(&builder); i++) {
            char text[32];
            int size = snprintf(text, sizeof text, "row %lld", (long long)id(i, n));

            pd_put_i64(&builder, 0, id(i, n));
            if (id(i, n) % 7 == 0)
                pd_put_null(&builder, 1);
            else
                pd_put_bytes(&builder, 1, text, (size_t)size);
            pd_builder_row(&builder);
        }
        batch = pd_builder_finish(&builder);
        assert_non_null(batch);
        assert_int_equal(tally_batch(tally, batch, NULL, NULL, digests, NULL), PD_OK);
        assert_int_equal(sorter_add(sorter, batch, digests, NULL, NULL, NULL), PD_OK);
        batch_release(batch);
    }
    free(digests);
    tally_free(tally);
    pd_builder_close(&builder);
}

static void
rows_expect(struct sorter *sorter, uint32_t n)
{
    const struct pd_batch *batch;
    int64_t expected = 0;
    pd_status status;

    assert_int_equal(sorter_finish(sorter, NULL), PD_OK);
    while ((status = sorter_next(sorter, &batch, NULL)) == PD_OK) {
        for (uint32_t row = 0; row < batch->n_rows; row++, expected++) {
            struct cell id = batch_cell(&columns[0].type, batch_vector(batch, 0), row);
            struct cell text = batch_cell(&columns[1].type, batch_vector(batch, 1), row);
            char wanted[32];
            int size = snprintf(wanted, sizeof wanted, "row %lld", (long long)expected);

            assert_int_equal(id.integer, expected);
            if (expected % 7 == 0) {
                assert_int_equal(text.tag, -1);
                continue;
            }
            assert_int_equal(text.size, size);
            assert_memory_equal(text.bytes, wanted, size);
        }
        batch_release(batch);
    }
    assert_int_equal(status, PD_DONE);
    assert_int_equal(expected, n);
}

static int64_t
backwards(uint32_t i, uint32_t n)
{
    return n - 1 - i;
}

/* A permutation of 0..n-1 for n that 7919 does not divide. */
static int64_t
shuffled(uint32_t i, uint32_t n)
{
    return (int64_t)((uint64_t)i * 7919 % n);
}

static void
sorted(uint32_t n, size_t run_bytes, int64_t (*id)(uint32_t, uint32_t))
{
    struct sorter *sorter;
    int folder;

    assert_int_equal(folder_open("/tmp", &folder, NULL), PD_OK);
    assert_int_equal(sorter_new(&table, folder, run_bytes, &sorter, NULL), PD_OK);
    rows_add(sorter, n, id);
    rows_expect(sorter, n);
    sorter_free(sorter);
    close(folder);
}

static void
no_rows_are_no_rows(void **state)
{
    sorted(0, 0, backwards);
}

static void
rows_that_fit_in_memory_come_back_in_order(void **state)
{
    sorted(5000, 0, backwards);
    sorted(5000, 0, shuffled);
}

static void
rows_of_several_runs_come_back_in_order(void **state)
{
    sorted(20000, 100000, shuffled);
}

static void
more_runs_than_are_merged_at_once_come_back_in_order(void **state)
{
    sorted(30000, 5000, shuffled);
}

static void
long_row(struct pd_builder *builder, struct sorter *sorter, int64_t id, struct digest digest)
{
    const struct pd_batch *batch;

    assert_int_equal(pd_builder_begin(builder), PD_OK);
    pd_put_i64(builder, 0, id);
    pd_put_long(builder, 1, PD_TAG_PLAIN, LONG_SIZE, 99);
    pd_builder_row(builder);
    batch = pd_builder_finish(builder);
    assert_non_null(batch);
    assert_int_equal(sorter_add(sorter, batch, &digest, &fake_ops, NULL, NULL), PD_OK);
    batch_release(batch);
}

static void
long_cells_are_kept_and_alone_in_their_batch(void **state)
{
    struct sorter *sorter;
    struct pd_builder builder;
    const struct pd_batch *batch;
    uint8_t tail[4];
    int folder;

    assert_int_equal(folder_open("/tmp", &folder, NULL), PD_OK);
    assert_int_equal(sorter_new(&table, folder, 0, &sorter, NULL), PD_OK);
    assert_int_equal(batch_builder_open(&builder, &table, NULL), PD_OK);
    long_row(&builder, sorter, 2, (struct digest){2, 2});
    long_row(&builder, sorter, 1, (struct digest){1, 1});
    assert_int_equal(sorter_finish(sorter, NULL), PD_OK);
    for (int64_t id = 1; id <= 2; id++) {
        struct cell cell;

        assert_int_equal(sorter_next(sorter, &batch, NULL), PD_OK);
        assert_int_equal(batch->n_rows, 1);
        assert_int_equal(batch_cell(&columns[0].type, batch_vector(batch, 0), 0).integer, id);
        cell = batch_cell(&columns[1].type, batch_vector(batch, 1), 0);
        assert_non_null(cell.as_long);
        assert_int_equal(cell.as_long->size, LONG_SIZE);
        assert_int_equal(sorter_source_ops.read_long((struct pd_source *)sorter, cell.as_long,
                                                     LONG_SIZE - 4, tail, 4, NULL),
                         PD_OK);
        assert_int_equal(tail[3], 'a' + (LONG_SIZE - 1) % 26);
        batch_release(batch);
    }
    assert_int_equal(sorter_next(sorter, &batch, NULL), PD_DONE);
    pd_builder_close(&builder);
    sorter_free(sorter);
    close(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_rows_are_no_rows),
        cmocka_unit_test(rows_that_fit_in_memory_come_back_in_order),
        cmocka_unit_test(rows_of_several_runs_come_back_in_order),
        cmocka_unit_test(more_runs_than_are_merged_at_once_come_back_in_order),
        cmocka_unit_test(long_cells_are_kept_and_alone_in_their_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
