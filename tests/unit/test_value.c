// SPDX-License-Identifier: Apache-2.0
// value - single values of every layout and tag come out of a batch as they were put in.
#include "fake_host.h"

enum { N_KINDS = PD_KIND_COUNT_ - 1 };

/* One column a kind, and three decimals: I128 above, as VAR without a bound, and as VAR since it is
   wide. */
enum { DECIMAL_FREE = N_KINDS, DECIMAL_WIDE, N_COLUMNS };

static struct pd_column columns[N_COLUMNS];
static struct pd_table table = {
    .struct_size = sizeof table,
    .name = "t",
    .columns = columns,
    .n_columns = N_COLUMNS,
    .column_size = sizeof *columns,
};

static int
make_table(void **state)
{
    for (uint32_t i = 0; i < N_COLUMNS; i++) {
        columns[i].name = "c";
        columns[i].type.struct_size = sizeof columns[i].type;
        columns[i].type.kind = (uint16_t)(i < N_KINDS ? i + 1 : PD_KIND_DECIMAL);
    }
    columns[PD_KIND_DECIMAL - 1].type.precision = 38;
    columns[PD_KIND_DECIMAL - 1].type.scale = 2;
    columns[DECIMAL_WIDE].type.precision = 40;
    return 0;
}

static const uint8_t sixteen[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xff};

#define INT(value)                                                                                 \
    {                                                                                              \
        .tag = PD_TAG_PLAIN, .integer = value                                                      \
    }
#define REAL(value)                                                                                \
    {                                                                                              \
        .tag = PD_TAG_PLAIN, .real = value                                                         \
    }
#define BYTES(text)                                                                                \
    {                                                                                              \
        .tag = PD_TAG_PLAIN, .size = sizeof(text) - 1, .bytes = text                               \
    }

/* A few plain values that a layout can hold, as they must come back. */
static size_t
plain_values(const struct pd_type *type, struct pd_value values[4])
{
    uint32_t width = pd_type_width(type);
    uint64_t top = width && width <= 8 ? UINT64_MAX >> (64 - 8 * width) : 1;
    int is_unsigned = pd_kind_is_unsigned(type->kind);
    struct pd_value bits[] = {INT(0), INT(1)};
    struct pd_value whole[] = {INT(0), INT(-1), INT((int64_t)(top >> 1)),
                               INT(-(int64_t)(top >> 1) - 1)};
    struct pd_value reals[] = {REAL(0.0), REAL(-0.0), REAL(-1.5), REAL(3.5e38)};
    struct pd_value bytes[] = {BYTES("a"), BYTES("\0b\xff"), BYTES("twenty letters, more")};
    struct pd_value fixed = {.tag = PD_TAG_PLAIN, .size = width, .bytes = sixteen};
    struct pd_value numbers[] = {{.tag = PD_TAG_INT, .integer = INT64_MIN},
                                 {.tag = PD_TAG_REAL, .real = 0.1}};
    struct pd_value any[] = {{.tag = PD_TAG_TEXT, .size = 1, .bytes = "x"}};

#define GIVE(array) (memcpy(values, array, sizeof(array)), sizeof(array) / sizeof *(array))
    switch (pd_type_layout(type)) {
    case PD_LAYOUT_BITS:
        return GIVE(bits);
    case PD_LAYOUT_F32:
        reals[3].real = (double)3.0e38f;
        return GIVE(reals);
    case PD_LAYOUT_F64:
        return GIVE(reals);
    case PD_LAYOUT_I128:
    case PD_LAYOUT_FIXED:
        values[0] = fixed;
        return 1;
    case PD_LAYOUT_VAR:
        return GIVE(bytes);
    case PD_LAYOUT_NUM64:
        return GIVE(numbers);
    case PD_LAYOUT_TAGGED:
        return GIVE(any);
    default:
        whole[1].integer = is_unsigned ? (int64_t)top : -1;
        whole[3].integer = is_unsigned ? (int64_t)(top >> 1) + 1 : whole[3].integer;
        return GIVE(whole);
    }
#undef GIVE
}

/* What cells of every column may be besides. */
static const struct pd_value odd[] = {
    {.tag = -1},
    {.tag = PD_TAG_INT, .integer = INT64_MIN + 7},
    {.tag = PD_TAG_REAL, .real = -0.0},
    {.tag = PD_TAG_TEXT, .size = 3, .bytes = "\xc3\xa9t"},
    {.tag = PD_TAG_TEXT, .size = 0, .bytes = ""},
    {.tag = PD_TAG_BYTES, .size = 2, .bytes = "\0\xff"},
    {.tag = PD_TAG_BADTEXT, .size = 1, .bytes = "\xff"},
    {.tag = PD_TAG_UTF16, .size = 2, .bytes = "\0\xd8"},
    {.tag = PD_TAG_POS_INF},
    {.tag = PD_TAG_NEG_INF},
    {.tag = PD_TAG_NAN},
    {.tag = PD_TAG_FAR, .size = 13, .bytes = "294277-01-01 "},
    {.tag = PD_TAG_YMD, .size = 10, .bytes = "0000-00-00"},
    {.tag = PD_TAG_ENUM0},
    {.tag = PD_TAG_NATIVE, .size = 1, .bytes = "?"},
};
enum { N_ODD = sizeof odd / sizeof *odd };

static void
assert_same(const struct pd_value *got, const struct pd_value *wanted)
{
    assert_int_equal(got->tag, wanted->tag);
    if (wanted->tag < 0)
        return;
    assert_true(pd_value_long(got) == NULL);
    assert_int_equal(pd_real_bits(got->real), pd_real_bits(wanted->real));
    /* INT and REAL have 8 bytes besides when they were outliers. */
    if (wanted->tag != PD_TAG_INT && wanted->tag != PD_TAG_REAL && wanted->bytes)
        assert_int_equal(got->size, wanted->size);
    assert_int_equal(got->integer, wanted->integer);
    if (wanted->size)
        assert_memory_equal(got->bytes, wanted->bytes, wanted->size);
}

/* Rows of plain values, of which every n-th is odd; every_nth 0: none. */
static void
wanted_at(uint32_t column, uint32_t row, uint32_t every_nth, struct pd_value *ret_value)
{
    struct pd_value values[4];
    size_t n = plain_values(&columns[column].type, values);
    uint32_t turn = row + column;

    *ret_value =
        every_nth && turn % every_nth == 0 ? odd[turn / every_nth % N_ODD] : values[turn % n];
}

static const struct pd_batch *
batch_of(struct pd_builder *builder, uint32_t n_rows, uint32_t every_nth)
{
    assert_int_equal(pd_builder_begin(builder), PD_OK);
    for (uint32_t row = 0; row < n_rows; row++) {
        for (uint32_t i = 0; i < N_COLUMNS; i++) {
            struct pd_value value;

            wanted_at(i, row, every_nth, &value);
            pd_put_value(builder, i, &value);
        }
        pd_builder_row(builder);
    }
    return pd_builder_finish(builder);
}

static void
there_and_back(uint32_t every_nth, int is_tagged)
{
    enum { N_ROWS = 300 };
    struct pd_builder builder;
    const struct pd_batch *batch;

    assert_int_equal(pd_builder_table(&builder, &host, &table), PD_OK);
    /* The second batch of many outliers is TAGGED from its beginning. */
    for (int turn = 0; turn < 2; turn++) {
        batch = batch_of(&builder, N_ROWS, every_nth);
        assert_non_null(batch);
        for (uint32_t i = 0; i < N_COLUMNS; i++) {
            const struct pd_vector *vector = pd_vector_at(batch, i);
            int layout = is_tagged ? PD_LAYOUT_TAGGED : pd_type_layout(&columns[i].type);

            assert_int_equal(vector->layout, layout);
            for (uint32_t row = 0; row < N_ROWS; row++) {
                struct pd_value got, wanted;

                pd_value_at(&columns[i].type, vector, row, &got);
                wanted_at(i, row, every_nth, &wanted);
                assert_same(&got, &wanted);
            }
        }
        batch->release(batch);
    }
    pd_builder_close(&builder);
    assert_int_equal(n_live, 0);
}

static void
plain_values_come_back(void **state)
{
    there_and_back(0, 0);
}

static void
values_with_few_outliers_come_back(void **state)
{
    there_and_back(11, 0);
}

static void
values_with_many_outliers_come_back(void **state)
{
    there_and_back(2, 1);
    there_and_back(3, 1);
}

/* A NaN of any bits is the one NaN. */
static void
there_is_one_nan(void **state)
{
    static const int kinds[] = {PD_KIND_FLOAT32, PD_KIND_FLOAT64, PD_KIND_NUMBER};
    struct pd_builder builder;
    const struct pd_batch *batch;
    struct pd_value value = {.tag = PD_TAG_PLAIN};

    assert_int_equal(pd_builder_table(&builder, &host, &table), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    for (uint32_t i = 0; i < N_COLUMNS; i++)
        pd_put_value(&builder, i, &odd[0]);
    value.real = pd_real_of_(UINT64_C(0xfff8000000000001));
    for (size_t k = 0; k < 3; k++) {
        value.tag = kinds[k] == PD_KIND_NUMBER ? PD_TAG_REAL : PD_TAG_PLAIN;
        builder.columns[kinds[k] - 1].validity[0] = 0xff;
        pd_put_value(&builder, (uint32_t)kinds[k] - 1, &value);
    }
    pd_builder_row(&builder);
    batch = pd_builder_finish(&builder);
    for (size_t k = 0; k < 3; k++) {
        uint32_t i = (uint32_t)kinds[k] - 1;
        uint64_t bits;

        pd_value_at(&columns[i].type, pd_vector_at(batch, i), 0, &value);
        memcpy(&bits, &value.real, 8);
        assert_int_equal(bits, UINT64_C(0x7ff8000000000000));
    }
    batch->release(batch);
    pd_builder_close(&builder);
}

static void
a_long_cell_is_told_and_handed_on(void **state)
{
    static const struct pd_long far_away = {.tag = PD_TAG_TEXT, .size = 1 << 30, .cookie = 77};
    struct pd_vector vector = {.layout = PD_LAYOUT_VAR, .longs = &far_away, .n_longs = 1};
    struct pd_column text = {.name = "c", .type = {.kind = PD_KIND_TEXT}};
    struct pd_table one = {.columns = &text, .n_columns = 1, .column_size = sizeof text};
    struct pd_builder builder;
    const struct pd_batch *batch;
    const struct pd_long *handed;
    struct pd_value value;

    pd_value_at(&text.type, &vector, 0, &value);
    assert_int_equal(value.tag, PD_TAG_TEXT);
    assert_null(value.bytes);
    assert_true(value.size > 0);
    assert_ptr_equal(pd_value_long(&value), &far_away);
    assert_int_equal(pd_builder_table(&builder, &host, &one), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    pd_put_value(&builder, 0, &value);
    pd_builder_row(&builder);
    batch = pd_builder_finish(&builder);
    handed = pd_vector_at(batch, 0)->longs;
    assert_int_equal(handed->tag, PD_TAG_TEXT);
    assert_int_equal(handed->size, 1 << 30);
    assert_int_equal(handed->cookie, 77);
    batch->release(batch);
    pd_builder_close(&builder);
}

static void
a_builder_that_finds_no_memory_says_so(void **state)
{
    struct pd_builder builder;

    n_until_out = 0;
    assert_int_equal(pd_builder_table(&builder, &host, &table), PD_FATAL);
    n_until_out = -1;
    pd_builder_close(&builder);
    assert_int_equal(n_live, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_values_come_back),
        cmocka_unit_test(values_with_few_outliers_come_back),
        cmocka_unit_test(values_with_many_outliers_come_back),
        cmocka_unit_test(there_is_one_nan),
        cmocka_unit_test(a_long_cell_is_told_and_handed_on),
        cmocka_unit_test(a_builder_that_finds_no_memory_says_so),
    };

    return cmocka_run_group_tests(tests, make_table, NULL);
}
