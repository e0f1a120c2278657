// SPDX-License-Identifier: Apache-2.0
// convert_single - floats of 4 bytes from and into columns that are there: they mean their shortest
// decimals, value by value and as whole vectors.
#include "convert_world.h"

#include <math.h>
#include <stdlib.h>

#include "model/text.h"
#include "model/text_real.h"

enum { ROWS = 700 };

static const struct pd_type any = TYPE(ANY), number = TYPE(NUMBER), boolean = TYPE(BOOL),
                            int64 = TYPE(INT64), float32 = TYPE(FLOAT32), float64 = TYPE(FLOAT64),
                            decimal = TYPE(DECIMAL), text = TYPE(TEXT),
                            money = TYPE(DECIMAL, .precision = 10, .scale = 2),
                            rounded = TYPE(FLOAT64, .precision = 10, .scale = 2),
                            rounded32 = TYPE(FLOAT32, .precision = 7, .scale = 3);

/* From the canonical text of a type to that of another; wanted NULL: it does not fit. */
static const struct one {
    const struct pd_type *from;
    const struct pd_type *to;
    const char *text;
    const char *wanted;
} ones[] = {
    {&float64, &float32, "-804.79", "-804.79"},
    {&float64, &float32, "0.10000000149011612", "0.1"},
    {&float64, &float32, "0.123456789", NULL},
    {&float64, &float32, "0.1000000015", NULL},
    {&float64, &float32, "16777217.0", NULL},
    {&float64, &float32, "1073741824.0", "1073741800.0"},
    {&float64, &float32, "1073741800.0", "1073741800.0"},
    {&float64, &float32, "1073741801.0", NULL},
    {&float64, &float32, "3.4028235e+38", "3.4028235e+38"},
    {&float64, &float32, "3.4028236e+38", NULL},
    {&float64, &float32, "1e+300", NULL},
    {&float64, &float32, "1e-45", "1e-45"},
    {&float64, &float32, "2e-45", NULL},
    {&float64, &float32, "1e-46", NULL},
    {&float64, &float32, "1.1754944e-38", "1.1754944e-38"},
    {&float64, &float32, "-0.0", "-0.0"},
    {&float64, &float32, "NaN", "NaN"},
    {&float64, &float32, "-Infinity", "-Infinity"},
    {&number, &float32, "0.1", "0.1"},
    {&any, &float32, "r:0.1", "0.1"},
    {&any, &float32, "r:0.123456789", NULL},
    {&money, &float32, "0.10", "0.1"},
    {&decimal, &float32, "804.79", "804.79"},
    {&decimal, &float32, "0.123456789", NULL},
    {&text, &float32, "0.10", "0.1"},
    {&text, &float32, "0.123456789", NULL},
    {&float64, &rounded32, "0.1", "0.1"},
    {&float64, &rounded32, "-0.1", "-0.1"},
    {&float64, &rounded32, "804.79", "804.79"},
    {&float64, &rounded32, "0.1234", NULL},
    {&float64, &rounded32, "0.123456789", NULL},
    {&float32, &float64, "0.1", "0.1"},
    {&float32, &float64, "-804.79", "-804.79"},
    {&float32, &float64, "0.12345679", "0.12345679"},
    {&float32, &float64, "16777216.0", "16777216.0"},
    {&float32, &float64, "1073741800.0", "1073741800.0"},
    {&float32, &float64, "3.4028235e+38", "3.4028235e+38"},
    {&float32, &float64, "1e-45", "1e-45"},
    {&float32, &float64, "-1.1754942e-38", "-1.1754942e-38"},
    {&float32, &float64, "-0.0", "-0.0"},
    {&float32, &float64, "NaN", "NaN"},
    {&float32, &float64, "Infinity", "Infinity"},
    {&float32, &number, "0.1", "0.1"},
    {&float32, &number, "1234567.0", "1234567"},
    {&float64, &number, "-9223372036854775000.0", "-9223372036854774784"},
    {&float64, &number, "9223372036854776000.0", "9223372036854776000.0"},
    {&float64, &number, "-0.0", "0"},
    {&float64, &number, "1e+300", "1e+300"},
    {&float64, &any, "5.0", "r:5.0"},
    {&float32, &any, "0.1", "r:0.1"},
    {&float32, &text, "0.1", "0.1"},
    {&float32, &decimal, "0.1", "0.1"},
    {&float32, &decimal, "-804.79", "-804.79"},
    {&float32, &decimal, "1e-45", "0.000000000000000000000000000000000000000000001"},
    {&float32, &decimal, "3.4028235e+38", "340282350000000000000000000000000000000.0"},
    {&float32, &decimal, "-0.0", "0.0"},
    {&float32, &decimal, "NaN", "NaN"},
    {&float32, &decimal, "-Infinity", "-Infinity"},
    {&float32, &money, "0.1", "0.10"},
    {&float32, &money, "804.79", "804.79"},
    {&float32, &money, "0.125", NULL},
    {&float32, &rounded, "0.1", "0.1"},
    {&float32, &rounded, "804.79", "804.79"},
    {&float32, &rounded, "0.125", NULL},
    {&float32, &int64, "1073741800.0", "1073741824"},
    {&float32, &int64, "0.5", NULL},
    {&float32, &boolean, "1.0", "t"},
    {&float32, &float32, "0.1", "0.1"},
};

static struct cell
parsed(const struct pd_type *type, const char *spelt)
{
    CLEANUP_BUFFER struct buffer scratch = {0};
    struct pd_error err = {0};
    struct cell cell;

    if (text_parse(type, spelt, strlen(spelt), &scratch, &cell, &err) != PD_OK)
        fail_msg("%s", err.text);
    if (cell.bytes)
        cell.bytes = arena_copy(memory, cell.bytes, cell.size);
    return cell;
}

static struct conversion *
meaning(const struct pd_type *from, const struct pd_type *to)
{
    struct conversion *c = NULL;
    const char *option;

    assert_int_equal(convert_open_meaning(from, to, NULL, &c, &option, NULL), PD_OK);
    return c;
}

static void
each_value_means_its_shortest_decimal(void **state)
{
    for (size_t i = 0; i < COUNT_OF(ones); i++) {
        const struct one *one = &ones[i];
        CLEANUP(conversion) struct conversion *c = meaning(one->from, one->to);
        CLEANUP_BUFFER struct buffer out = {0};
        struct cell cell = parsed(one->from, one->text), got;
        const char *option;
        pd_status status = convert_cell(c, &cell, &got, NULL);

        if (status == PD_OK)
            text_append(&out, one->to, &got);
        if (status != PD_OK && (one->wanted || !convert_why(c, &option)))
            fail_msg("%zu, %s '%s' is refused", i, kind_name(one->to->kind), one->text);
        if (status == PD_OK && (!one->wanted || strcmp(buffer_string(&out), one->wanted) != 0))
            fail_msg("%zu, %s '%s' is '%s'", i, kind_name(one->to->kind), one->text,
                     buffer_string(&out));
    }
}

static void
a_double_that_is_no_single_is_told_with_what_one_would_keep(void **state)
{
    static const struct one refused[] = {
        {&float64, &float32, "0.123456789", "a float of 4 bytes would keep 0.12345679"},
        {&decimal, &float32, "-16777217.5", "a float of 4 bytes would keep -16777218.0"},
        {&float64, &float32, "1e-46", "a float of 4 bytes would keep 0.0"},
        {&float64, &float32, "1e+39", "it is beyond what a float of 4 bytes holds"},
    };

    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        CLEANUP(conversion) struct conversion *c = meaning(refused[i].from, refused[i].to);
        struct cell cell = parsed(refused[i].from, refused[i].text), got;
        const char *option;

        assert_int_equal(convert_cell(c, &cell, &got, NULL), PD_FAILED);
        assert_string_equal(convert_why(c, &option), refused[i].wanted);
    }
}

/* ---- At random ---- */

/* Any single, or one of few digits; not NaN. */
static float
single(struct dice *dice)
{
    uint32_t bits = (uint32_t)dice_roll(dice);
    float value;

    if (dice_below(dice, 2))
        return (float)((int)dice_below(dice, 2000000) - 1000000) /
               (float)(1 + dice_below(dice, 2) * 99);
    if (dice_below(dice, 8) == 0)
        bits &= UINT32_C(0xff800007); /* around powers of two, and the smallest */
    memcpy(&value, &bits, sizeof value);
    return isnan(value) ? 0.5f : value;
}

static void
the_double_of_a_single_is_that_of_its_text(void **state)
{
    struct dice dice = {3};
    char spelt[32];

    for (int i = 0; i < 200000; i++) {
        float value = single(&dice);
        double wide = text_real32_double(value);

        text_real32(value, spelt);
        if ((float)wide != value || !signbit(wide) != !signbit(value))
            fail_msg("%s: %a is another single", spelt, wide);
        if (isfinite(value) && wide != strtod(spelt, NULL))
            fail_msg("%s: %a", spelt, wide);
    }
}

static pd_status
note(void *arg, uint32_t column, uint32_t row, const struct cell *cell, struct pd_error *err)
{
    ((bool *)arg)[row] = true;
    return PD_OK;
}

static void
assert_vector(const struct pd_type *from, const struct pd_type *to, const struct cell *cells)
{
    struct pd_column column = {.struct_size = sizeof column, .name = "c", .type = *from};
    struct pd_table table = {.struct_size = sizeof table,
                             .name = "t",
                             .columns = &column,
                             .n_columns = 1,
                             .column_size = sizeof column};
    const struct convert_column wanted = {to, CONVERT_MEANING, NULL};
    CLEANUP(conversion) struct conversion *c = meaning(from, to);
    CLEANUP(converter) struct converter *converter = NULL;
    bool noted[ROWS] = {false};
    const struct pd_batch *batch;

    assert_int_equal(converter_new(&table, &wanted, &converter, NULL), PD_OK);
    assert_int_equal(converter_batch(converter, rows_batch(&table, cells, ROWS), NULL, NULL, note,
                                     noted, &batch, NULL),
                     PD_OK);
    for (uint32_t row = 0; row < ROWS; row++) {
        struct cell is = batch_cell(to, batch_vector(batch, 0), row), alone;
        bool fits = convert_cell(c, &cells[row], &alone, NULL) == PD_OK;

        if (fits == noted[row] || (fits && !same_cell(to, &alone, &is)))
            fail_msg("row %u, %a", row, cells[row].real);
    }
    batch_release(batch);
}

/* odd: the row with a double that no single means; ROWS: there is none. */
static void
vectors_are_what_their_cells_are(void **state)
{
    struct dice dice = {5};
    struct cell cells[ROWS], wide[ROWS];

    for (uint32_t odd = 0; odd <= ROWS; odd += 35) {
        for (uint32_t row = 0; row < ROWS; row++) {
            float value = single(&dice);

            cells[row] = (struct cell){.tag = PD_TAG_PLAIN, .real = (double)value};
            if (row % 10 == 9)
                cells[row] = (struct cell){.tag = -1};
            wide[row] = cells[row];
            if (row % 10 != 9 && row % 3)
                wide[row].real = text_real32_double(value);
        }
        if (odd < ROWS)
            wide[odd] = (struct cell){.tag = PD_TAG_PLAIN, .real = 0.123456789};
        assert_vector(&float32, &float64, cells);
        assert_vector(&float64, &float32, wide);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_value_means_its_shortest_decimal, setup, teardown),
        cmocka_unit_test_setup_teardown(a_double_that_is_no_single_is_told_with_what_one_would_keep,
                                        setup, teardown),
        cmocka_unit_test(the_double_of_a_single_is_that_of_its_text),
        cmocka_unit_test(vectors_are_what_their_cells_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
