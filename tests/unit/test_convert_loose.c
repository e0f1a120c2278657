// SPDX-License-Identifier: Apache-2.0
// convert_loose - vectors of storage classes become what their cells become, value by value.
#include "model_rows.h"

#include <stdio.h>

#include "model/canonical.h"
#include "model/convert.h"

#define TYPE(kind_, ...)                                                                           \
    {                                                                                              \
        .struct_size = sizeof(struct pd_type), .kind = PD_KIND_##kind_, __VA_ARGS__                \
    }

enum { ROWS = 700 };

static const struct pd_type number = TYPE(NUMBER);

static struct cell
cell_text(int tag, const char *text)
{
    return (struct cell){.tag = tag, .bytes = (const uint8_t *)text, .size = strlen(text)};
}

static pd_status
note(void *arg, uint32_t column, uint32_t row, const struct cell *cell, struct pd_error *err)
{
    ((bool *)arg)[row] = true;
    return PD_OK;
}

/* A value converted alone. */
static bool
alone(struct conversion *c, const struct cell *cell, struct arena *arena, struct cell *ret_cell)
{
    if (convert_cell(c, cell, ret_cell, NULL) != PD_OK)
        return false;
    if (ret_cell->bytes)
        ret_cell->bytes = arena_copy(arena, ret_cell->bytes, ret_cell->size);
    return true;
}

static bool
same_cell(const struct pd_type *type, const struct cell *a, const struct cell *b)
{
    struct canonical x, y;

    canonical_cell(type, a, &x);
    canonical_cell(type, b, &y);
    return x.class == y.class && x.size == y.size &&
           (x.size == 0 || memcmp(x.bytes, y.bytes, x.size) == 0);
}

/* ---- Values that a column promises, and single others ---- */

static struct cell
price(struct dice *dice)
{
    if (dice_below(dice, 3) == 0)
        return (struct cell){.tag = PD_TAG_INT, .integer = (int64_t)dice_below(dice, 2)};
    return (struct cell){
        .tag = PD_TAG_REAL,
        .real =
            ((int)dice_below(dice, 20000) * 100 - 1000000 + 1 + (int)dice_below(dice, 99)) / 100.0};
}

static struct cell
flag(struct dice *dice)
{
    return (struct cell){.tag = PD_TAG_INT, .integer = (int64_t)dice_below(dice, 2)};
}

static struct cell
day(struct dice *dice)
{
    static char texts[ROWS * 2][16];
    static uint32_t next;
    char *text = texts[next++ % COUNT_OF(texts)];

    snprintf(text, sizeof texts[0], "%04u-%02u-%02u", 1 + dice_below(dice, 9999),
             1 + dice_below(dice, 12), 1 + dice_below(dice, 28));
    return cell_text(PD_TAG_TEXT, text);
}

static struct cell
moment(struct dice *dice)
{
    static char texts[ROWS * 2][24];
    static uint32_t next;
    char *text = texts[next++ % COUNT_OF(texts)];

    snprintf(text, sizeof texts[0], "%04u-%02u-%02u %02u:%02u:%02u", 1 + dice_below(dice, 9999),
             1 + dice_below(dice, 12), 1 + dice_below(dice, 28), dice_below(dice, 24),
             dice_below(dice, 60), dice_below(dice, 60));
    return cell_text(PD_TAG_TEXT, text);
}

static const double odd_reals[] = {
    5.0,          0.0,     -0.0,     0.1 + 0.2,         1e300,
    1e15,         -1e-20,  9007.25,  123456789012345.6, 0.12345678901234567,
    -99999.995,   9999.99, 10000.01, -9999.995,         99999999.99,
    100000000.01, 0.5};
static const int64_t odd_ints[] = {INT64_MAX, INT64_MIN, 100000000, -99999999, 10000, -9999,
                                   10,        32767,     32768,     -32769,    -1};
static const char *const odd_texts[] = {"2023-02-29",
                                        "1900-02-29",
                                        "0000-01-01",
                                        "2024-1-1",
                                        "2024-13-01",
                                        "20240-01-01",
                                        "infinity",
                                        "",
                                        "2024-01-01 ",
                                        "2024-00-10",
                                        "2024-04-31",
                                        "2024-01-0:",
                                        "2024-01-00",
                                        "2000-02-29",
                                        "2024-02-29 24:00:00",
                                        "2024-02-29 23:60:00",
                                        "2024-02-29 23:59:60",
                                        "2024-02-29T23:59:59",
                                        "2024-02-29 23:59:59.5",
                                        "2024-02-29 23:59:59.50",
                                        "10000-01-01 00:00:00",
                                        "2024-02-30 00:00:00",
                                        "-infinity",
                                        "2024-02-29 23:59:59+00",
                                        "2024-02-29 23-59-59",
                                        "2024-02-29 23:59:5",
                                        "2024-02-29 23:59:5/",
                                        "9999-12-31 23:59:59"};

enum {
    N_ODD_REALS = COUNT_OF(odd_reals),
    N_ODD_INTS = COUNT_OF(odd_ints),
    N_ODD_TEXTS = COUNT_OF(odd_texts),
    /* Texts, then the same as bytes. */
    N_ODD = N_ODD_REALS + N_ODD_INTS + 2 * N_ODD_TEXTS
};

static struct cell
odd_cell(uint32_t number_of)
{
    uint32_t i = number_of;

    if (i < N_ODD_REALS)
        return (struct cell){.tag = PD_TAG_REAL, .real = odd_reals[i]};
    i -= N_ODD_REALS;
    if (i < N_ODD_INTS)
        return (struct cell){.tag = PD_TAG_INT, .integer = odd_ints[i]};
    i -= N_ODD_INTS;
    return cell_text(i < N_ODD_TEXTS ? PD_TAG_TEXT : PD_TAG_BYTES, odd_texts[i % N_ODD_TEXTS]);
}

static const struct loose_case {
    struct pd_type to;
    struct cell (*make)(struct dice *dice);
    bool all_fit; /* when there are no odd ones */
} loose_cases[] = {
    {TYPE(DECIMAL, .precision = 10, .scale = 2), price, true},
    {TYPE(DECIMAL, .precision = 6, .scale = 2), price, true},
    {TYPE(DECIMAL, .precision = 38, .scale = 15), price, true},
    {TYPE(DECIMAL, .precision = 15, .scale = 15), price},
    {TYPE(DECIMAL, .precision = 20), price},
    {TYPE(DECIMAL, .precision = 38, .scale = 20), price, true},
    {TYPE(DECIMAL, .precision = 8), flag, true},
    {TYPE(BOOL), flag, true},
    {TYPE(INT16), flag, true},
    {TYPE(INT64), flag, true},
    {TYPE(DATE), day, true},
    {TYPE(TIMESTAMP), moment, true},
};

/* ---- Vectors ---- */

static uint32_t
assert_rows(const struct pd_type *to, const struct cell *cells, const struct pd_batch *batch,
            const bool *noted)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    CLEANUP(conversion) struct conversion *c = NULL;
    uint32_t n_fit = 0;

    assert_int_equal(convert_open(&number, to, 0, &c, NULL), PD_OK);
    for (uint32_t row = 0; row < ROWS; row++) {
        struct cell is = batch_cell(to, batch_vector(batch, 0), row), wanted;
        bool fits = alone(c, &cells[row], arena, &wanted);

        if (fits == noted[row] || (fits && !same_cell(to, &wanted, &is)))
            fail_msg("to %s(%d,%d), row %u", kind_name(to->kind), to->precision, to->scale, row);
        n_fit += fits;
    }
    return n_fit;
}

/* A tenth is NULL; odd: the single value that is another, N_ODD: none is. */
static uint32_t
assert_loose(const struct loose_case *of, struct dice *dice, uint32_t odd)
{
    struct pd_column column = {.struct_size = sizeof column, .name = "c", .type = number};
    struct pd_table table = {.struct_size = sizeof table,
                             .name = "t",
                             .columns = &column,
                             .n_columns = 1,
                             .column_size = sizeof column};
    const struct convert_column wanted = {&of->to, 0};
    struct converter *converter = NULL;
    struct cell cells[ROWS];
    bool noted[ROWS] = {false};
    const struct pd_batch *batch;
    uint32_t n_fit;

    for (uint32_t row = 0; row < ROWS; row++)
        cells[row] = dice_below(dice, 10) ? of->make(dice) : (struct cell){.tag = -1};
    if (odd < N_ODD)
        cells[dice_below(dice, ROWS)] = odd_cell(odd);
    assert_int_equal(converter_new(&table, &wanted, &converter, NULL), PD_OK);
    assert_int_equal(converter_batch(converter, rows_batch(&table, cells, ROWS), NULL, NULL, note,
                                     noted, &batch, NULL),
                     PD_OK);
    n_fit = assert_rows(&of->to, cells, batch, noted);
    batch_release(batch);
    converter_free(converter);
    return n_fit;
}

static void
vectors_of_storage_classes_are_what_their_cells_are(void **state)
{
    struct dice dice = {7};

    for (size_t i = 0; i < COUNT_OF(loose_cases); i++) {
        for (uint32_t odd = 0; odd <= N_ODD; odd++) {
            uint32_t n_fit = assert_loose(&loose_cases[i], &dice, odd);

            if (odd == N_ODD && loose_cases[i].all_fit)
                assert_int_equal(n_fit, ROWS);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_storage_classes_are_what_their_cells_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
