// SPDX-License-Identifier: Apache-2.0
// batch - cells come out of a batch as they went in, and a batch that lies is refused.
#include "model_rows.h"

static void
assert_same_cell(const struct cell *got, const struct cell *wanted)
{
    assert_int_equal(got->tag, wanted->tag);
    if (wanted->tag < 0)
        return;
    assert_true(got->integer == wanted->integer || wanted->tag == PD_TAG_REAL);
    assert_int_equal(values_real_bits(got->real), values_real_bits(wanted->real));
    if (!wanted->bytes)
        return;
    assert_int_equal(got->size, wanted->size);
    if (wanted->size)
        assert_memory_equal(got->bytes, wanted->bytes, wanted->size);
}

static void
round_trip(uint64_t seed, uint32_t n_rows, uint32_t one_odd_in)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct dice dice = {seed};
    struct pd_table table = rows_table(arena);
    struct cell *cells = rows_random(arena, &dice, &table, n_rows, one_odd_in);
    const struct pd_batch *batch = rows_batch(&table, cells, n_rows);
    struct pd_error err = {0};

    assert_int_equal(batch_check(&table, batch, &err), PD_OK);
    for (uint32_t row = 0; row < n_rows; row++) {
        for (uint32_t i = 0; i < table.n_columns; i++) {
            struct cell got = batch_cell(&table.columns[i].type, batch_vector(batch, i), row);

            assert_same_cell(&got, &cells[row * table.n_columns + i]);
        }
    }
    batch_release(batch);
}

static void
plain_cells_come_back(void **state)
{
    round_trip(1, 700, 0);
}

static void
cells_with_few_outliers_come_back(void **state)
{
    round_trip(2, 700, 40);
}

static void
cells_with_many_outliers_come_back(void **state)
{
    round_trip(3, 700, 2);
    round_trip(4, 1, 2);
    round_trip(5, 9, 3);
}

static void
small_unsigned_integers_keep_their_value_when_tagged(void **state)
{
    struct pd_column column = {.name = "u", .type = {.kind = PD_KIND_UINT8}};
    struct pd_table table = {.name = "t", .columns = &column, .n_columns = 1};
    struct cell cells[2] = {{.tag = PD_TAG_PLAIN, .integer = 200}, {.tag = PD_TAG_NAN}};
    const struct pd_batch *batch = rows_batch(&table, cells, 2);
    struct cell got = batch_cell(&column.type, batch_vector(batch, 0), 0);

    assert_int_equal(batch_vector(batch, 0)->layout, PD_LAYOUT_TAGGED);
    assert_int_equal(got.integer, 200);
    batch_release(batch);
}

/* The first batch is plain until its end, the second TAGGED from its start: their bytes are alike.
 */
static void
narrow_integers_have_the_same_bytes_however_they_got_tagged(void **state)
{
    static const struct {
        uint16_t kind;
        int64_t value;
    } cases[] = {{PD_KIND_UINT8, 200},       {PD_KIND_UINT16, 65535}, {PD_KIND_UINT32, 4294967295},
                 {PD_KIND_OID, 2147483648},  {PD_KIND_INT8, -56},     {PD_KIND_INT16, -1},
                 {PD_KIND_INT32, INT32_MIN}, {PD_KIND_UINT8, 7}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pd_column column = {.name = "n", .type = {.kind = cases[i].kind}};
        struct pd_table table = {.name = "t", .columns = &column, .n_columns = 1};
        struct pd_builder builder;
        struct pd_error err = {0};

        assert_int_equal(batch_builder_open(&builder, &table, &err), PD_OK);
        for (int turn = 0; turn < 2; turn++) {
            const struct pd_batch *batch;

            assert_int_equal(pd_builder_begin(&builder), PD_OK);
            pd_put_int(&builder, 0, cases[i].value);
            pd_builder_row(&builder);
            pd_put_tagged(&builder, 0, PD_TAG_NAN, NULL, 0);
            pd_builder_row(&builder);
            batch = pd_builder_finish(&builder);
            assert_int_equal(batch_vector(batch, 0)->layout, PD_LAYOUT_TAGGED);
            assert_int_equal(batch_vector(batch, 0)->offsets[1], 8);
            assert_int_equal(values_le64(batch_vector(batch, 0)->data), cases[i].value);
            batch_release(batch);
        }
        pd_builder_close(&builder);
    }
}

static void
bits_that_are_put_while_tagged_take_one_byte(void **state)
{
    struct pd_column column = {.name = "b", .type = {.kind = PD_KIND_BOOL}};
    struct pd_table table = {.name = "t", .columns = &column, .n_columns = 1};
    struct pd_builder builder;
    const struct pd_batch *batch;
    struct pd_error err = {0};

    assert_int_equal(batch_builder_open(&builder, &table, &err), PD_OK);
    for (int turn = 0; turn < 2; turn++) { /* the second batch is TAGGED from its start */
        assert_int_equal(pd_builder_begin(&builder), PD_OK);
        pd_put_int(&builder, 0, 1);
        pd_builder_row(&builder);
        pd_put_tagged_int(&builder, 0, 7);
        pd_builder_row(&builder);
        batch = pd_builder_finish(&builder);
        assert_int_equal(batch_vector(batch, 0)->layout, PD_LAYOUT_TAGGED);
        assert_int_equal(batch_check(&table, batch, &err), PD_OK);
        assert_int_equal(batch_cell(&column.type, batch_vector(batch, 0), 0).integer, 1);
        assert_int_equal(batch_cell(&column.type, batch_vector(batch, 0), 1).integer, 7);
        batch_release(batch);
    }
    pd_builder_close(&builder);
}

static void
a_long_cell_is_seen_as_long(void **state)
{
    struct pd_column column = {.name = "x", .type = {.kind = PD_KIND_BINARY}};
    struct pd_table table = {.name = "t", .columns = &column, .n_columns = 1};
    struct pd_long wanted = {.size = 5000000000, .cookie = 77};
    struct cell cell = {.tag = PD_TAG_PLAIN, .as_long = &wanted};
    const struct pd_batch *batch = rows_batch(&table, &cell, 1);
    struct cell got = batch_cell(&column.type, batch_vector(batch, 0), 0);
    struct pd_error err = {0};

    assert_int_equal(batch_check(&table, batch, &err), PD_OK);
    assert_int_equal(got.tag, PD_TAG_PLAIN);
    assert_non_null(got.as_long);
    assert_int_equal(got.as_long->cookie, 77);
    assert_true(got.as_long->size == 5000000000);
    batch_release(batch);
}

/* A batch of two columns, int32 and text, that the tests below damage one way each. */
struct liar {
    struct pd_column columns[2];
    struct pd_table table;
    struct pd_vector vectors[2];
    struct pd_batch batch;
    int32_t ints[4];
    int32_t offsets[5];
    uint8_t validity[1];
    uint8_t tags[4];
    struct pd_outlier outliers[3];
    struct pd_long longs[2];
    struct pd_error err;
};

static struct liar *
honest(void)
{
    static struct liar l;

    l = (struct liar){
        .columns = {{.name = "i", .type = {.kind = PD_KIND_INT32}},
                    {.name = "t", .type = {.kind = PD_KIND_TEXT}}},
        .offsets = {0, 1, 2, 2, 3},
        .validity = {0x0b},
        .outliers = {{.row = 0, .tag = PD_TAG_TEXT}, {.row = 1, .tag = PD_TAG_INT, .size = 8}},
    };
    l.outliers[1].bytes = (const uint8_t *)"01234567";
    l.table = (struct pd_table){.name = "t", .columns = l.columns, .n_columns = 2};
    l.vectors[0] = (struct pd_vector){.layout = PD_LAYOUT_I32, .data = l.ints};
    l.vectors[1] = (struct pd_vector){
        .layout = PD_LAYOUT_VAR, .data = "abc", .offsets = l.offsets, .validity = l.validity};
    l.vectors[1].n_nulls = 1;
    l.batch = (struct pd_batch){.struct_size = sizeof l.batch,
                                .vector_size = sizeof(struct pd_vector),
                                .n_rows = 4,
                                .n_columns = 2,
                                .vectors = l.vectors};
    return &l;
}

static void
assert_refused(struct liar *l, const char *text)
{
    assert_int_equal(batch_check(&l->table, &l->batch, &l->err), PD_FATAL);
    assert_int_equal(l->err.cause, PD_CAUSE_BUG);
    assert_string_equal(l->err.text, text);
}

static void
an_honest_batch_is_taken(void **state)
{
    struct liar *l = honest();

    assert_int_equal(batch_check(&l->table, &l->batch, &l->err), PD_OK);
    l->vectors[0].n_outliers = 2;
    l->vectors[0].outliers = l->outliers;
    assert_int_equal(batch_check(&l->table, &l->batch, &l->err), PD_OK);
}

static void
a_batch_of_the_wrong_shape_is_refused(void **state)
{
    struct liar *l = honest();

    l->batch.n_columns = 1;
    assert_refused(l, "table 't': a batch has 1 columns, the table has 2");
    l = honest();
    l->batch.n_rows = 0;
    assert_refused(l, "table 't': a batch has 0 rows, not 1 to 16384");
    l->batch.n_rows = PD_BATCH_ROWS + 1;
    assert_refused(l, "table 't': a batch has 16385 rows, not 1 to 16384");
    l = honest();
    l->batch.vector_size = 8;
    assert_refused(l, "table 't': a batch is not made by plugin.h");
    l = honest();
    l->batch.vectors = NULL;
    assert_refused(l, "table 't': a batch is not made by plugin.h");
}

static void
a_layout_that_is_not_the_kind_s_is_refused(void **state)
{
    struct liar *l = honest();

    l->vectors[0].layout = PD_LAYOUT_I64;
    assert_refused(l, "table 't': column 'i': layout 5 is not that of 'int32'");
    l = honest();
    l->vectors[0].data = NULL;
    assert_refused(l, "table 't': column 'i': there is no data");
    l = honest();
    l->columns[0].type.kind = PD_KIND_UUID;
    l->vectors[0].layout = PD_LAYOUT_FIXED;
    l->vectors[0].width = 12;
    assert_refused(l, "table 't': column 'i': 12 bytes a row are not the width of 'uuid'");
}

static void
wrong_offsets_are_refused(void **state)
{
    struct liar *l = honest();

    l->offsets[2] = 0;
    assert_refused(l, "table 't': column 't': offsets do not rise");
    l = honest();
    l->offsets[0] = 1;
    assert_refused(l, "table 't': column 't': offsets are missing or do not begin at 0");
    l = honest();
    l->vectors[1].offsets = NULL;
    assert_refused(l, "table 't': column 't': offsets are missing or do not begin at 0");
    l = honest();
    l->vectors[1].data = NULL;
    assert_refused(l, "table 't': column 't': there is no data");
}

static void
wrong_null_counts_are_refused(void **state)
{
    struct liar *l = honest();

    l->vectors[1].n_nulls = 2;
    assert_refused(l, "table 't': column 't': the number of nulls is not that of the validity "
                      "bitmap");
    l = honest();
    l->vectors[0].n_nulls = 1;
    assert_refused(l, "table 't': column 'i': nulls are counted, but there is no validity bitmap");
}

static void
wrong_outliers_are_refused(void **state)
{
    struct liar *l = honest();

    l->vectors[0].outliers = l->outliers;
    l->vectors[0].n_outliers = 2;
    l->outliers[1].row = 0;
    assert_refused(l, "table 't': column 'i': outliers are not in order of their rows, or in a row "
                      "that is null");
    l->outliers[1].row = 4;
    assert_refused(l, "table 't': column 'i': outliers are not in order of their rows, or in a row "
                      "that is null");
    l->outliers[1].row = 1;
    l->outliers[1].tag = PD_TAG_COUNT_;
    assert_refused(l, "table 't': column 'i': an outlier's tag is unknown");
    l->outliers[1].tag = PD_TAG_REAL;
    l->outliers[1].size = 7;
    assert_refused(l, "table 't': column 'i': an outlier has the wrong size");
    l->outliers[1].size = 8;
    l->outliers[1].bytes = NULL;
    assert_refused(l, "table 't': column 'i': an outlier has the wrong size");
    l->vectors[0].n_outliers = 5;
    assert_refused(l, "table 't': column 'i': the list of outliers is missing or longer than the "
                      "batch");
}

static void
wrong_tags_are_refused(void **state)
{
    struct liar *l = honest();

    l->vectors[1].layout = PD_LAYOUT_TAGGED;
    assert_refused(l, "table 't': column 't': tags are missing");
    l->vectors[1].tags = l->tags;
    assert_int_equal(batch_check(&l->table, &l->batch, &l->err), PD_OK);
    l->tags[3] = PD_TAG_COUNT_;
    assert_refused(l, "table 't': column 't': a tag is unknown");
    l->tags[3] = PD_TAG_INT;
    assert_refused(l, "table 't': column 't': a tagged value has the wrong size");
    l = honest();
    l->columns[0].type.kind = PD_KIND_NUMBER;
    l->vectors[0].layout = PD_LAYOUT_NUM64;
    l->vectors[0].tags = l->tags;
    assert_refused(l, "table 't': column 'i': a number is tagged neither as an integer nor as a "
                      "float");
}

static void
wrong_long_cells_are_refused(void **state)
{
    struct liar *l = honest();

    l->vectors[1].longs = l->longs;
    l->vectors[1].n_longs = 1;
    assert_refused(l, "table 't': column 't': a long cell is not alone in its batch");
    l = honest();
    l->batch.n_rows = 1;
    l->vectors[1].n_nulls = 0;
    l->vectors[1].longs = l->longs;
    l->vectors[1].n_longs = 1;
    assert_int_equal(batch_check(&l->table, &l->batch, &l->err), PD_OK);
    l->longs[0].tag = PD_TAG_INT;
    assert_refused(l, "table 't': column 't': a long cell is neither text nor bytes");
}

static void
generated_columns_are_not_looked_at(void **state)
{
    struct liar *l = honest();

    l->columns[1].generated = PD_GENERATED_STORED;
    l->vectors[1] = (struct pd_vector){.layout = 0};
    assert_int_equal(batch_check(&l->table, &l->batch, &l->err), PD_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_cells_come_back),
        cmocka_unit_test(cells_with_few_outliers_come_back),
        cmocka_unit_test(cells_with_many_outliers_come_back),
        cmocka_unit_test(small_unsigned_integers_keep_their_value_when_tagged),
        cmocka_unit_test(narrow_integers_have_the_same_bytes_however_they_got_tagged),
        cmocka_unit_test(bits_that_are_put_while_tagged_take_one_byte),
        cmocka_unit_test(a_long_cell_is_seen_as_long),
        cmocka_unit_test(an_honest_batch_is_taken),
        cmocka_unit_test(a_batch_of_the_wrong_shape_is_refused),
        cmocka_unit_test(a_layout_that_is_not_the_kind_s_is_refused),
        cmocka_unit_test(wrong_offsets_are_refused),
        cmocka_unit_test(wrong_null_counts_are_refused),
        cmocka_unit_test(wrong_outliers_are_refused),
        cmocka_unit_test(wrong_tags_are_refused),
        cmocka_unit_test(wrong_long_cells_are_refused),
        cmocka_unit_test(generated_columns_are_not_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
