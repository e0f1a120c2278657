// SPDX-License-Identifier: Apache-2.0
/* Tests of run/pile: rows and reasons come back from memory and from the file, states are counted,
   long cells survive, and the limit is kept. */
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
#include "run/pile.h"
#include "run/row_bytes.h"

enum { LONG_SIZE = PD_LONG_CELL + 1000, ROWS = 20000, TEXT = 200 };

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

static int
temporary_folder(void)
{
    struct pd_error err = {0};
    int folder = -1;

    assert_int_equal(folder_open(getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", &folder, &err),
                     PD_OK);
    return folder;
}

/* Text of a row: its number, many times. */
static void
text_of(int64_t id, char text[TEXT + 1])
{
    snprintf(text, TEXT + 1, "%0*lld", TEXT, (long long)id);
}

/* Rows first to first + n - 1 as one batch. */
static const struct pd_batch *
batch_of(int64_t first, uint32_t n)
{
    struct pd_builder builder = {0};
    struct pd_error err = {0};
    const struct pd_batch *batch;

    assert_int_equal(batch_builder_open(&builder, &table, &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    for (uint32_t i = 0; i < n; i++) {
        char text[TEXT + 1];

        text_of(first + i, text);
        pd_put_i64(&builder, 0, first + i);
        if ((first + i) % 7 == 0)
            pd_put_null(&builder, 1);
        else
            pd_put_bytes(&builder, 1, text, TEXT);
        pd_builder_row(&builder);
    }
    batch = pd_builder_finish(&builder);
    assert_non_null(batch);
    pd_builder_close(&builder);
    return batch;
}

static void
check_row(struct pile *pile, size_t i, int64_t id)
{
    struct pd_builder builder = {0};
    struct pd_error err = {0};
    const struct pd_batch *batch;
    const uint8_t *bytes;
    struct cell cell;
    size_t size;
    bool is_long;
    char text[TEXT + 1];

    assert_int_equal(pile_row(pile, i, &bytes, &size, &err), PD_OK);
    assert_int_equal(batch_builder_open(&builder, &table, &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    row_bytes_read(bytes, size, &table, &builder, &is_long);
    pd_builder_row(&builder);
    batch = pd_builder_finish(&builder);
    cell = batch_cell(&columns[0].type, batch_vector(batch, 0), 0);
    assert_int_equal(cell.integer, id);
    cell = batch_cell(&columns[1].type, batch_vector(batch, 1), 0);
    text_of(id, text);
    if (id % 7 == 0) {
        assert_int_equal(cell.tag, -1);
    } else {
        assert_int_equal(cell.size, TEXT);
        assert_memory_equal(cell.bytes, text, TEXT);
    }
    batch_release(batch);
    pd_builder_close(&builder);
}

static void
put(struct pile *pile, int64_t first, uint32_t n, uint32_t number)
{
    const struct pd_batch *batch = batch_of(first, n);
    struct pd_error err = {0};

    for (uint32_t i = 0; i < n; i++) {
        char text[40];
        const struct pile_reason reason = {.cause = PD_CAUSE_MISSING,
                                           .by_step = i % 2 == 1,
                                           .code = i % 3 ? "23503" : NULL,
                                           .constraint = i % 5 ? "a_fkey" : NULL,
                                           .text = text};

        snprintf(text, sizeof text, "why %lld", (long long)first + i);
        assert_int_equal(
            pile_add(pile, &table, number, batch, i, NULL, NULL, PILE_WAITING, &reason, &err),
            PD_OK);
    }
    batch_release(batch);
}

static void
test_rows_and_reasons(void **state)
{
    int folder = temporary_folder();
    struct pd_error err = {0};
    struct pile_reason reason;
    struct pile *pile;

    assert_int_equal(pile_new(folder, ROWS, &pile, &err), PD_OK);
    for (int64_t first = 0; first < ROWS; first += 10000)
        put(pile, first, 10000, (uint32_t)(first / 10000));
    assert_int_equal(pile_size(pile), ROWS);
    for (size_t i = 0; i < ROWS; i += 997) {
        char text[40];
        size_t at = i % 10000;

        check_row(pile, i, (int64_t)i);
        assert_int_equal(pile_table(pile, i), i / 10000);
        assert_int_equal(pile_reason(pile, i, &reason, &err), PD_OK);
        snprintf(text, sizeof text, "why %zu", i);
        assert_string_equal(reason.text, text);
        assert_int_equal(reason.cause, PD_CAUSE_MISSING);
        assert_int_equal(reason.by_step, at % 2 == 1);
        assert_true(at % 3 ? reason.code && strcmp(reason.code, "23503") == 0 : !reason.code);
        assert_true(at % 5 ? reason.constraint && strcmp(reason.constraint, "a_fkey") == 0
                           : !reason.constraint);
    }
    pile_free(pile);
    close(folder);
}

static void
test_states(void **state)
{
    const struct pile_reason other = {.cause = PD_CAUSE_DATA, .text = "something else"};
    int folder = temporary_folder();
    struct pd_error err = {0};
    struct pile_reason reason;
    struct pile *pile;

    assert_int_equal(pile_new(folder, 10, &pile, &err), PD_OK);
    assert_int_equal(pile_total(pile, PILE_WAITING), 0);
    put(pile, 0, 4, 3);
    put(pile, 4, 2, 70);
    assert_int_equal(pile_total(pile, PILE_WAITING), 6);
    assert_int_equal(pile_count(pile, 3, PILE_WAITING), 4);
    assert_int_equal(pile_count(pile, 70, PILE_WAITING), 2);
    assert_int_equal(pile_count(pile, 5000, PILE_WAITING), 0);
    pile_set_state(pile, 1, PILE_DONE);
    pile_set_state(pile, 4, PILE_REFUSED);
    assert_int_equal(pile_set_reason(pile, 4, &other, &err), PD_OK);
    assert_int_equal(pile_reason(pile, 4, &reason, &err), PD_OK);
    assert_string_equal(reason.text, "something else");
    assert_null(reason.code);
    assert_int_equal(pile_reason(pile, 5, &reason, &err), PD_OK);
    assert_string_equal(reason.text, "why 5");
    assert_int_equal(pile_state(pile, 1), PILE_DONE);
    assert_int_equal(pile_count(pile, 3, PILE_WAITING), 3);
    assert_int_equal(pile_count(pile, 3, PILE_DONE), 1);
    assert_int_equal(pile_count(pile, 70, PILE_REFUSED), 1);
    assert_int_equal(pile_total(pile, PILE_WAITING), 4);
    assert_int_equal(pile_total(pile, PILE_REFUSED), 1);
    check_row(pile, 4, 4);
    pile_free(pile);
    close(folder);
}

static void
test_limit(void **state)
{
    const struct pile_reason reason = {.cause = PD_CAUSE_DATA, .text = "the last one's"};
    const struct pd_batch *batch = batch_of(1, 1);
    int folder = temporary_folder();
    struct pd_error err = {0};
    struct pile *pile;

    assert_int_equal(pile_new(folder, 3, &pile, &err), PD_OK);
    put(pile, 1, 3, 0);
    assert_int_equal(pile_add(pile, &table, 0, batch, 0, NULL, NULL, PILE_REFUSED, &reason, &err),
                     PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_LIMIT);
    assert_non_null(strstr(err.text, "more than 3 rows"));
    assert_non_null(strstr(err.text, "the last one's"));
    assert_non_null(strstr(err.text, "--max-rejects"));
    assert_int_equal(pile_size(pile), 3);
    /* What is done makes room. */
    pile_set_state(pile, 0, PILE_DONE);
    assert_int_equal(pile_add(pile, &table, 0, batch, 0, NULL, NULL, PILE_REFUSED, &reason, &err),
                     PD_OK);
    batch_release(batch);
    pile_free(pile);
    close(folder);
}

static void
test_long_cells(void **state)
{
    const struct pile_reason reason = {.cause = PD_CAUSE_DATA, .text = "long"};
    int folder = temporary_folder();
    struct pd_builder builder = {0};
    struct pd_error err = {0};
    const struct pd_batch *batch;
    const struct pd_vector *vector;
    const uint8_t *bytes;
    struct pile *pile;
    size_t size;
    bool is_long = false;
    uint8_t found[100];

    assert_int_equal(pile_new(folder, 10, &pile, &err), PD_OK);
    put(pile, 1, 2, 0);
    assert_int_equal(batch_builder_open(&builder, &table, &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    pd_put_i64(&builder, 0, 5);
    pd_put_long(&builder, 1, PD_TAG_PLAIN, LONG_SIZE, 77);
    pd_builder_row(&builder);
    batch = pd_builder_finish(&builder);
    assert_int_equal(
        pile_add(pile, &table, 0, batch, 0, &fake_ops, NULL, PILE_WAITING, &reason, &err), PD_OK);
    batch_release(batch);
    put(pile, 3, 1, 0);
    assert_int_equal(pile_row(pile, 2, &bytes, &size, &err), PD_OK);
    assert_true(row_bytes_has_long(bytes));
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    row_bytes_read(bytes, size, &table, &builder, &is_long);
    pd_builder_row(&builder);
    batch = pd_builder_finish(&builder);
    vector = batch_vector(batch, 1);
    assert_true(is_long);
    assert_int_equal(vector->n_longs, 1);
    assert_int_equal(vector->longs[0].size, LONG_SIZE);
    assert_int_equal(pile_source_ops.read_long((struct pd_source *)(void *)pile, &vector->longs[0],
                                               LONG_SIZE - sizeof found, found, sizeof found, &err),
                     PD_OK);
    for (size_t i = 0; i < sizeof found; i++)
        assert_int_equal(found[i], 'a' + (LONG_SIZE - sizeof found + i) % 26);
    batch_release(batch);
    check_row(pile, 0, 1);
    check_row(pile, 3, 3);
    pd_builder_close(&builder);
    pile_free(pile);
    close(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_and_reasons),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_long_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
