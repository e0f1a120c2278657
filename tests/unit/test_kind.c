// SPDX-License-Identifier: Apache-2.0
// kind - names, layouts and classes of neutral types.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/kind.h"

static void
every_kind_is_found_by_its_name(void **state)
{
    for (int kind = 1; kind < PD_KIND_COUNT_; kind++) {
        assert_non_null(kind_name(kind));
        assert_int_equal(kind_by_name(kind_name(kind)), kind);
    }
    assert_null(kind_name(0));
    assert_null(kind_name(-1));
    assert_null(kind_name(PD_KIND_COUNT_));
    assert_int_equal(kind_by_name("integer"), PD_KIND_NONE);
    assert_int_equal(kind_by_name(""), PD_KIND_NONE);
}

static void
every_tag_fact_and_flag_is_found_by_its_name(void **state)
{
    for (int tag = 0; tag < PD_TAG_COUNT_; tag++)
        assert_int_equal(tag_by_name(tag_name(tag)), tag);
    for (int id = 1; id < PD_FACT_COUNT_; id++)
        assert_int_equal(fact_by_name(fact_name(id)), id);
    for (int bit = 0; bit <= 25; bit++)
        assert_int_equal(profile_flag_by_name(profile_flag_name(bit)), 1 << bit);
    assert_null(tag_name(-1));
    assert_null(tag_name(PD_TAG_COUNT_));
    assert_null(fact_name(0));
    assert_null(profile_flag_name(26));
    assert_int_equal(tag_by_name("none"), -1);
    assert_int_equal(fact_by_name("none"), 0);
    assert_int_equal(profile_flag_by_name("none"), 0);
}

static void
a_decimal_is_128_bits_when_it_fits_and_text_when_not(void **state)
{
    struct pd_type type = {.kind = PD_KIND_DECIMAL, .precision = 38, .scale = 38};

    assert_int_equal(kind_layout(&type), PD_LAYOUT_I128);
    assert_int_equal(kind_width(&type), 16);
    type.precision = 39;
    assert_int_equal(kind_layout(&type), PD_LAYOUT_VAR);
    assert_int_equal(kind_width(&type), 0);
    type = (struct pd_type){.kind = PD_KIND_DECIMAL, .precision = 3, .scale = -2};
    assert_int_equal(kind_layout(&type), PD_LAYOUT_VAR);
    type = (struct pd_type){.kind = PD_KIND_DECIMAL, .precision = 2, .scale = 5};
    assert_int_equal(kind_layout(&type), PD_LAYOUT_VAR);
    type = (struct pd_type){.kind = PD_KIND_DECIMAL};
    assert_int_equal(kind_layout(&type), PD_LAYOUT_VAR);
}

static void
widths_are_those_of_the_layouts(void **state)
{
    static const struct {
        int kind;
        uint32_t width;
    } rows[] = {{PD_KIND_BOOL, 0},   {PD_KIND_INT8, 1},    {PD_KIND_UINT16, 2},
                {PD_KIND_DATE, 4},   {PD_KIND_FLOAT32, 4}, {PD_KIND_TIMESTAMP, 8},
                {PD_KIND_NUMBER, 8}, {PD_KIND_TIMETZ, 12}, {PD_KIND_INTERVAL, 16},
                {PD_KIND_UUID, 16},  {PD_KIND_TEXT, 0},    {PD_KIND_ANY, 0},
                {PD_KIND_MONEY, 8},  {PD_KIND_OID, 4},     {PD_KIND_YEAR, 2}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pd_type type = {.kind = (uint16_t)rows[i].kind};

        assert_int_equal(kind_width(&type), rows[i].width);
    }
}

static void
integers_and_their_signs_are_known(void **state)
{
    assert_true(kind_is_integer(PD_KIND_INT8));
    assert_true(kind_is_integer(PD_KIND_YEAR));
    assert_true(kind_is_integer(PD_KIND_MONEY));
    assert_true(kind_is_integer(PD_KIND_OID));
    assert_false(kind_is_integer(PD_KIND_DATE));
    assert_false(kind_is_integer(PD_KIND_BOOL));
    assert_false(kind_is_integer(PD_KIND_DECIMAL));
    assert_true(kind_is_unsigned(PD_KIND_UINT8));
    assert_true(kind_is_unsigned(PD_KIND_UINT64));
    assert_true(kind_is_unsigned(PD_KIND_OID));
    assert_false(kind_is_unsigned(PD_KIND_INT64));
    assert_false(kind_is_unsigned(PD_KIND_FLOAT32));
    assert_int_equal(kind_class(PD_KIND_DATE), PD_CLASS_DATE);
    assert_int_equal(kind_class(PD_KIND_ENUM), PD_CLASS_TEXT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_found_by_its_name),
        cmocka_unit_test(every_tag_fact_and_flag_is_found_by_its_name),
        cmocka_unit_test(a_decimal_is_128_bits_when_it_fits_and_text_when_not),
        cmocka_unit_test(widths_are_those_of_the_layouts),
        cmocka_unit_test(integers_and_their_signs_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
