// SPDX-License-Identifier: Apache-2.0
// profile - profiles of columns and the facts behind them, by hand.
#include "model_count.h"

static void
integers_are_counted_exactly(void **state)
{
    struct counted c;
    struct cell cells[] = {{.integer = INT64_MAX},
                           {.integer = INT64_MAX},
                           {.tag = -1},
                           {.integer = INT64_MIN},
                           {.integer = 5}};

    count(&c, (struct pd_type){.kind = PD_KIND_INT64}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_ROWS), "5");
    assert_string_equal(fact_text(&c, PD_FACT_NULLS), "1");
    assert_string_equal(fact_text(&c, PD_FACT_INTS), "4");
    assert_string_equal(fact_text(&c, PD_FACT_REALS), "0");
    assert_string_equal(fact_text(&c, PD_FACT_INT_SUM), "9223372036854775811");
    assert_string_equal(fact_text(&c, PD_FACT_INT_MIN), "-9223372036854775808");
    assert_string_equal(fact_text(&c, PD_FACT_INT_MAX), "9223372036854775807");
    assert_string_equal(fact_text(&c, PD_FACT_OCTETS), "absent");
    assert_int_equal(c.stats.profiles[0].n_ints, 4);
    assert_int_equal(c.stats.profiles[0].min_int, INT64_MIN);
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
}

static void
unsigned_integers_saturate_in_the_profile_only(void **state)
{
    struct counted c;
    struct cell cells[] = {{.integer = -1}, {.integer = 1}};

    count(&c, (struct pd_type){.kind = PD_KIND_UINT64}, cells, 2);
    assert_string_equal(fact_text(&c, PD_FACT_INT_SUM), "18446744073709551616");
    assert_string_equal(fact_text(&c, PD_FACT_INT_MIN), "1");
    assert_string_equal(fact_text(&c, PD_FACT_INT_MAX), "18446744073709551615");
    assert_int_equal(c.stats.profiles[0].max_int, INT64_MAX);
    assert_int_equal(c.stats.profiles[0].min_int, 1);
    tally_free(c.tally);
}

static void
an_empty_column_has_counts_but_no_extremes(void **state)
{
    struct counted c;

    count(&c, (struct pd_type){.kind = PD_KIND_INT64}, NULL, 0);
    assert_string_equal(fact_text(&c, PD_FACT_ROWS), "0");
    assert_string_equal(fact_text(&c, PD_FACT_INTS), "0");
    assert_string_equal(fact_text(&c, PD_FACT_INT_SUM), "0");
    assert_string_equal(fact_text(&c, PD_FACT_INT_MIN), "absent");
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
    count(&c, (struct pd_type){.kind = PD_KIND_TEXT}, NULL, 0);
    assert_string_equal(fact_text(&c, PD_FACT_OCTETS), "0");
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
}

static void
the_largest_of_63_bits_is_told_from_larger_ones(void **state)
{
    struct counted c;
    struct cell cells[] = {{.integer = 1}, {.integer = INT64_MAX}, {.integer = INT64_MIN}};

    for (size_t n = 1; n <= 3; n++) {
        count(&c, (struct pd_type){.kind = PD_KIND_UINT64}, cells, n);
        assert_int_equal(c.stats.profiles[0].max_int, n == 1 ? 1 : INT64_MAX);
        assert_int_equal(c.stats.profiles[0].flags & PD_PROFILE_EXACT_MAX,
                         n == 2 ? PD_PROFILE_EXACT_MAX : 0);
        tally_free(c.tally);
    }
    count(&c, (struct pd_type){.kind = PD_KIND_INT64}, cells, 2);
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
}

static void
only_zeros_and_ones_are_flagged(void **state)
{
    struct counted c;
    struct cell cells[] = {{.integer = 0}, {.integer = 1}, {.integer = 2}, {.tag = -1}};

    count(&c, (struct pd_type){.kind = PD_KIND_INT64}, cells, 2);
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_ONLY_01);
    tally_free(c.tally);
    count(&c, (struct pd_type){.kind = PD_KIND_INT64}, cells, 3);
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
    count(&c, (struct pd_type){.kind = PD_KIND_INT64}, cells + 3, 1);
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
}

static void
labels_are_summed_whichever_their_order(void **state)
{
    struct counted c;
    struct cell cells[] = {
        {.bytes = (const uint8_t *)"green,red", .size = 9}, {.size = 0}, {.tag = -1}};

    count(&c, (struct pd_type){.kind = PD_KIND_SET}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_LABEL_CHECK), "7700499888"); /* of red and of green */
    tally_free(c.tally);
    count(&c, (struct pd_type){.kind = PD_KIND_ENUM}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_LABEL_CHECK), "2014301362");
    tally_free(c.tally);
}

static void
floats_are_counted_without_their_sum(void **state)
{
    struct counted c;
    struct cell cells[] = {{.real = -0.0},
                           {.real = 1.25},
                           {.real = values_real(VALUES_NAN)},
                           {.real = (double)INFINITY},
                           {.real = -3.5}};

    count(&c, (struct pd_type){.kind = PD_KIND_FLOAT64}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_REALS), "5");
    assert_string_equal(fact_text(&c, PD_FACT_REAL_NANS), "1");
    assert_string_equal(fact_text(&c, PD_FACT_REAL_NEGATIVES), "1");
    assert_string_equal(fact_text(&c, PD_FACT_REAL_MIN), "-3.5");
    assert_string_equal(fact_text(&c, PD_FACT_REAL_MAX), "Infinity");
    /* 1 + 2^50 % p, and -3 - 2^51 % p */
    assert_string_equal(fact_text(&c, PD_FACT_REAL_CHECK), "-524290");
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_NAN | PD_PROFILE_INFINITE |
                                                    PD_PROFILE_NEGATIVE_ZERO | PD_PROFILE_SCALE |
                                                    PD_PROFILE_FINITE);
    assert_int_equal(c.stats.profiles[0].max_scale, 2);
    assert_true(c.stats.profiles[0].max_real == 1.25);
    tally_free(c.tally);
    count(&c, (struct pd_type){.kind = PD_KIND_FLOAT64}, cells, 1);
    assert_int_equal(find(&c.stats, 0, PD_FACT_REAL_MIN)->low, 0);
    assert_int_equal(values_real_bits(c.stats.profiles[0].min_real), 0);
    tally_free(c.tally);
}

static void
the_check_of_floats_is_what_sql_computes(void **state)
{
    const int64_t p = 2147483647;

    assert_int_equal(fact_real_check(0), 0);
    assert_int_equal(fact_real_check(7), 7);
    assert_int_equal(fact_real_check(-7), -7);
    assert_int_equal(fact_real_check((double)p), 0);
    assert_int_equal(fact_real_check((double)p + 3), 3);
    assert_int_equal(fact_real_check(0.5), (INT64_C(1) << 51) % p);
    assert_int_equal(fact_real_check(-0.5), -((INT64_C(1) << 51) % p));
    assert_int_equal(fact_real_check(4611686018427387904.0), 0);
    assert_int_equal(fact_real_check(4611686018427387392.0), INT64_C(4611686018427387392) % p);
    assert_int_equal(fact_real_check((double)INFINITY), 0);
    assert_int_equal(fact_real_check(values_real(VALUES_NAN)), 0);
    assert_int_equal(fact_real_check(5e-324), 0);
}

static uint32_t
scale_of(struct pd_type type, const double *values, size_t n)
{
    struct counted c;
    struct cell cells[16] = {{0}};
    uint32_t scale;

    for (size_t i = 0; i < n; i++)
        cells[i].real = values[i];
    count(&c, type, cells, (uint32_t)n);
    scale = c.stats.profiles[0].flags & PD_PROFILE_SCALE ? c.stats.profiles[0].max_scale : 99;
    tally_free(c.tally);
    return scale;
}

static void
the_scale_of_floats_is_that_of_their_short_decimals(void **state)
{
    const struct pd_type wide = {.kind = PD_KIND_FLOAT64}, narrow = {.kind = PD_KIND_FLOAT32};

    assert_int_equal(scale_of(wide, (double[]){1, 2, 1e18, 1e300}, 4), 0);
    assert_int_equal(scale_of(wide, (double[]){1.5, 0.25, 3}, 3), 2);
    assert_int_equal(scale_of(wide, (double[]){19.99, 1234567.891}, 2), 3);
    assert_int_equal(scale_of(wide, (double[]){1e-15}, 1), 15);
    assert_int_equal(scale_of(wide, (double[]){1e-16}, 1), 99);
    assert_int_equal(scale_of(wide, (double[]){0.1 + 0.2}, 1), 99);
    assert_int_equal(scale_of(wide, (double[]){1.0 / 3, 1}, 2), 99);
    assert_int_equal(scale_of(wide, (double[]){1e-12, 40000.5}, 2), 12);
    assert_int_equal(scale_of(wide, (double[]){(double)INFINITY}, 1), 99);
    assert_int_equal(scale_of(narrow, (double[]){(double)0.1f, (double)2.25f}, 2), 2);
}

static void
texts_are_counted_in_octets_and_characters(void **state)
{
    struct counted c;
    struct cell cells[] = {text_cell(0, "abc"),
                           text_cell(0, "é😀"),
                           text_cell(0, ""),
                           {.tag = -1},
                           text_cell(PD_TAG_BADTEXT, "\xff"),
                           text_cell(PD_TAG_BYTES, "12345"),
                           {.bytes = (const uint8_t *)"a\0", .size = 2},
                           text_cell(0, "z "),
                           text_cell(PD_TAG_UTF16, "\x01\xd8")};

    count(&c, (struct pd_type){.kind = PD_KIND_TEXT}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_TEXTS), "7");
    assert_string_equal(fact_text(&c, PD_FACT_BLOBS), "1");
    assert_string_equal(fact_text(&c, PD_FACT_OCTETS), "21");
    assert_int_equal(c.stats.profiles[0].n_texts, 7);
    assert_int_equal(c.stats.profiles[0].n_blobs, 1);
    assert_int_equal(c.stats.profiles[0].n_outliers, 3);
    assert_int_equal(c.stats.profiles[0].max_size, 6);
    assert_int_equal(c.stats.profiles[0].max_chars, 3);
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_NUL | PD_PROFILE_BAD_TEXT |
                                                    PD_PROFILE_NON_BMP | PD_PROFILE_TRAILING_BLANK);
    tally_free(c.tally);
}

static uint32_t
flags_of_texts(int kind, const char *first, const char *second)
{
    struct counted c;
    struct cell cells[] = {text_cell(0, first), {.tag = -1}, text_cell(0, second ? second : "")};
    uint32_t flags;

    count(&c, (struct pd_type){.kind = (uint16_t)kind}, cells, second ? 3 : 2);
    flags = c.stats.profiles[0].flags;
    tally_free(c.tally);
    return flags;
}

static void
texts_that_are_all_dates_are_flagged(void **state)
{
    const int text = PD_KIND_TEXT;

    assert_int_equal(flags_of_texts(text, "2024-02-29", "1999-12-31"), PD_PROFILE_DATES);
    assert_int_equal(flags_of_texts(text, "0001-01-01", NULL), PD_PROFILE_DATES);
    assert_int_equal(flags_of_texts(text, "0000-01-01", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2023-02-29", NULL), 0);
    assert_int_equal(flags_of_texts(text, "1900-02-29", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2000-02-29", NULL), PD_PROFILE_DATES);
    assert_int_equal(flags_of_texts(text, "2024-04-31", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2024-1-01 ", NULL), PD_PROFILE_TRAILING_BLANK);
    assert_int_equal(flags_of_texts(text, "2024-02-29", "x"), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29", "2024-02-29 00:00:00"), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29 23:59:59", NULL), PD_PROFILE_TIMESTAMPS);
    assert_int_equal(flags_of_texts(text, "2024-02-29 23:59:59.1", "2024-02-29 00:00:00.123456"),
                     PD_PROFILE_TIMESTAMPS);
    assert_int_equal(flags_of_texts(text, "2024-02-29 23:59:59.10", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29 23:59:59.", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29 23:59:59.1234567", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29 24:00:00", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29T23:59:59", NULL), 0);
}

static void
json_that_others_refuse_is_flagged(void **state)
{
    char deep[100] = "";
    const int json = PD_KIND_JSON;

    memset(deep, '[', 31);
    memset(deep + 31, ']', 31);
    assert_int_equal(flags_of_texts(json, deep, NULL), 0);
    memset(deep, '[', 31);
    memcpy(deep + 31, "{}", 2);
    memset(deep + 33, ']', 31);
    assert_int_equal(flags_of_texts(json, deep, NULL), PD_PROFILE_JSON_DEEP);
    assert_int_equal(flags_of_texts(json, "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"", NULL),
                     0);
    assert_int_equal(flags_of_texts(json, "\"\\ud83d\\ude00\"", NULL), 0);
    assert_int_equal(flags_of_texts(json, "\"\\ud800\"", NULL), PD_PROFILE_JSON_SURROGATE);
    assert_int_equal(flags_of_texts(json, "\"\\udc00\"", NULL), PD_PROFILE_JSON_SURROGATE);
    assert_int_equal(flags_of_texts(json, "\"\\ud83d\\n\"", NULL), PD_PROFILE_JSON_SURROGATE);
    assert_int_equal(flags_of_texts(json, "\"\\ud83dx\"", NULL), PD_PROFILE_JSON_SURROGATE);
    assert_int_equal(flags_of_texts(json, "\"\\ud83d\\ud83d\\ude00\"", NULL),
                     PD_PROFILE_JSON_SURROGATE);
    assert_int_equal(flags_of_texts(json, "\"\\\\ud800\"", NULL), 0);
    assert_int_equal(flags_of_texts(PD_KIND_TEXT, "\"\\ud800\"", NULL), 0);
    assert_int_equal(flags_of_texts(json, "[1.,-0]", NULL), PD_PROFILE_JSON_LOOSE);
    assert_int_equal(flags_of_texts(json, "[1,-0]", "\"\\a\""), PD_PROFILE_JSON_LOOSE);
    assert_int_equal(flags_of_texts(PD_KIND_TEXT, "1.", NULL), 0);
}

static void
dates_are_flagged_by_their_range(void **state)
{
    struct counted c;
    struct cell cells[] = {{.integer = -719163},
                           {.integer = 2932897},
                           {.tag = PD_TAG_POS_INF},
                           text_cell(PD_TAG_YMD, "0000-00-00"),
                           text_cell(PD_TAG_YMD, "2024-00-15")};

    count(&c, (struct pd_type){.kind = PD_KIND_DATE}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_TIME_MIN), "-719163");
    assert_string_equal(fact_text(&c, PD_FACT_TIME_MAX), "2932897");
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_BEFORE_CHRIST | PD_PROFILE_FAR_DATE |
                                                    PD_PROFILE_INFINITE | PD_PROFILE_ZERO_DATE |
                                                    PD_PROFILE_PARTIAL_DATE);
    tally_free(c.tally);
    cells[0].integer++;
    cells[1].integer--;
    count(&c, (struct pd_type){.kind = PD_KIND_DATE}, cells, 2);
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
    cells[0].integer = -1;
    cells[1].integer = INT64_C(86400000001);
    count(&c, (struct pd_type){.kind = PD_KIND_TIME}, cells, 2);
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_NEGATIVE_TIME | PD_PROFILE_BEYOND_DAY);
    tally_free(c.tally);
}

static uint32_t
flags_of_uuid(uint8_t version, uint8_t variant, uint8_t rest)
{
    struct counted c;
    uint8_t bytes[16];
    struct cell cell = {.bytes = bytes, .size = sizeof bytes};
    uint32_t flags;

    memset(bytes, rest, sizeof bytes);
    bytes[6] = version;
    bytes[8] = variant;
    count(&c, (struct pd_type){.kind = PD_KIND_UUID}, &cell, 1);
    flags = c.stats.profiles[0].flags;
    tally_free(c.tally);
    return flags;
}

static void
uuids_of_no_version_have_a_flag(void **state)
{
    assert_int_equal(flags_of_uuid(0, 0, 0), 0);
    assert_int_equal(flags_of_uuid(0xff, 0xff, 0xff), 0);
    assert_int_equal(flags_of_uuid(0x10, 0x80, 1), 0);
    assert_int_equal(flags_of_uuid(0x7f, 0xbf, 1), 0);
    assert_int_equal(flags_of_uuid(0x0f, 0x80, 1), PD_PROFILE_ODD_UUID);
    assert_int_equal(flags_of_uuid(0x80, 0x80, 1), PD_PROFILE_ODD_UUID);
    assert_int_equal(flags_of_uuid(0x40, 0x7f, 1), PD_PROFILE_ODD_UUID);
    assert_int_equal(flags_of_uuid(0x40, 0xc0, 1), PD_PROFILE_ODD_UUID);
    assert_int_equal(flags_of_uuid(0xff, 0xff, 0xfe), PD_PROFILE_ODD_UUID);
}

static void
decimals_are_summed_exactly_in_both_layouts(void **state)
{
    struct counted c;
    struct cell cells[] = {text_cell(0, "1.50"),
                           text_cell(0, "-0.5"),
                           text_cell(0, "100"),
                           text_cell(0, "1.5"),
                           {.tag = PD_TAG_NAN}};
    struct cell wide[3];
    uint8_t bytes[3][16];

    count(&c, (struct pd_type){.kind = PD_KIND_DECIMAL}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_SUM), "102.50");
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MIN), "-0.5");
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MAX), "100");
    assert_int_equal(c.stats.profiles[0].max_digits, 3);
    assert_int_equal(c.stats.profiles[0].max_scale, 2);
    assert_int_equal(c.stats.profiles[0].max_size, 4);
    assert_int_equal(c.stats.profiles[0].n_plain, 4);
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_MIXED_SCALE | PD_PROFILE_NAN);
    tally_free(c.tally);
    for (int i = 0; i < 3; i++) {
        int128 most = 1;

        for (int k = 0; k < 38; k++)
            most *= 10;
        values_put_int128(bytes[i], i == 2 ? -5 : most - 1);
        wide[i] = (struct cell){.bytes = bytes[i], .size = 16};
    }
    count(&c, (struct pd_type){.kind = PD_KIND_DECIMAL, .precision = 38, .scale = 2}, wide, 3);
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_SUM),
                        "1999999999999999999999999999999999999.93");
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MIN), "-0.05");
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MAX),
                        "999999999999999999999999999999999999.99");
    assert_int_equal(c.stats.profiles[0].max_digits, 36);
    assert_int_equal(c.stats.profiles[0].max_scale, 2);
    assert_int_equal(c.stats.profiles[0].max_size, 39);
    tally_free(c.tally);
}

static void
equal_decimals_leave_the_shortest_as_extreme(void **state)
{
    struct counted c;
    struct cell cells[] = {text_cell(0, "1.500"), text_cell(0, "1.5"), text_cell(0, "1.50")};

    count(&c, (struct pd_type){.kind = PD_KIND_DECIMAL}, cells, 3);
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MIN), "1.5");
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MAX), "1.5");
    tally_free(c.tally);
}

static void
bools_are_counted(void **state)
{
    struct counted c;
    struct cell cells[] = {{.integer = 1}, {.integer = 0}, {.tag = -1}, {.integer = 1}};

    count(&c, (struct pd_type){.kind = PD_KIND_BOOL}, cells, 4);
    assert_string_equal(fact_text(&c, PD_FACT_TRUES), "2");
    assert_int_equal(c.stats.profiles[0].n_plain, 3);
    tally_free(c.tally);
}

/* Storage classes as SQLite has them: what is odd in one kind is at home in another. */
static void
classes_are_counted_wherever_they_are(void **state)
{
    struct counted c;
    struct cell cells[] = {{.tag = PD_TAG_INT, .integer = 7},
                           {.tag = PD_TAG_REAL, .real = 1.5},
                           text_cell(PD_TAG_TEXT, "abc"),
                           text_cell(PD_TAG_BYTES, "de"),
                           {.tag = -1}};

    static const struct {
        int kind;
        uint64_t n_outliers;
    } kinds[] = {{PD_KIND_ANY, 0}, {PD_KIND_NUMBER, 2}, {PD_KIND_DATE, 4}, {PD_KIND_UUID, 4}};

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        count(&c, (struct pd_type){.kind = (uint16_t)kinds[i].kind}, cells, 5);
        assert_string_equal(fact_text(&c, PD_FACT_INTS), "1");
        assert_string_equal(fact_text(&c, PD_FACT_REALS), "1");
        assert_string_equal(fact_text(&c, PD_FACT_TEXTS), "1");
        assert_string_equal(fact_text(&c, PD_FACT_BLOBS), "1");
        assert_string_equal(fact_text(&c, PD_FACT_INT_SUM), "7");
        assert_string_equal(fact_text(&c, PD_FACT_REAL_MAX), "1.5");
        assert_string_equal(fact_text(&c, PD_FACT_OCTETS), "5");
        assert_int_equal(c.stats.profiles[0].n_outliers, kinds[i].n_outliers);
        tally_free(c.tally);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_counted_exactly),
        cmocka_unit_test(unsigned_integers_saturate_in_the_profile_only),
        cmocka_unit_test(an_empty_column_has_counts_but_no_extremes),
        cmocka_unit_test(the_largest_of_63_bits_is_told_from_larger_ones),
        cmocka_unit_test(only_zeros_and_ones_are_flagged),
        cmocka_unit_test(labels_are_summed_whichever_their_order),
        cmocka_unit_test(floats_are_counted_without_their_sum),
        cmocka_unit_test(the_check_of_floats_is_what_sql_computes),
        cmocka_unit_test(the_scale_of_floats_is_that_of_their_short_decimals),
        cmocka_unit_test(texts_are_counted_in_octets_and_characters),
        cmocka_unit_test(texts_that_are_all_dates_are_flagged),
        cmocka_unit_test(json_that_others_refuse_is_flagged),
        cmocka_unit_test(dates_are_flagged_by_their_range),
        cmocka_unit_test(uuids_of_no_version_have_a_flag),
        cmocka_unit_test(decimals_are_summed_exactly_in_both_layouts),
        cmocka_unit_test(equal_decimals_leave_the_shortest_as_extreme),
        cmocka_unit_test(bools_are_counted),
        cmocka_unit_test(classes_are_counted_wherever_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
