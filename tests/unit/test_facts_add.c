// SPDX-License-Identifier: Apache-2.0
/* Tests of model/facts_add: facts of parts give those of the whole, and never more than is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/profile.h"

static struct pd_fact
fact(uint32_t column, uint32_t id, int64_t value)
{
    return (struct pd_fact){column, id, value < 0 ? -1 : 0, (uint64_t)value, NULL};
}

static struct pd_fact
real_fact(uint32_t id, double value)
{
    struct pd_fact made = {.id = id};

    memcpy(&made.low, &value, sizeof value);
    return made;
}

static const struct pd_fact *
find(const struct fact_set *set, uint32_t column, uint32_t id)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->facts[i].column == column && set->facts[i].id == id)
            return &set->facts[i];
    return NULL;
}

static void
counts_and_sums_are_added_in_128_bits(void **state)
{
    struct fact_set set = {0};
    struct pd_fact a[] = {fact(0, PD_FACT_INTS, 2), fact(0, PD_FACT_INT_SUM, INT64_MAX),
                          fact(PD_NO_COLUMN, PD_FACT_ROWS, 2)};
    struct pd_fact b[] = {fact(0, PD_FACT_INTS, 1), fact(0, PD_FACT_INT_SUM, INT64_MAX),
                          fact(PD_NO_COLUMN, PD_FACT_ROWS, 5)};

    assert_int_equal(facts_add(&set, a, 3, NULL), PD_OK);
    assert_int_equal(facts_add(&set, b, 3, NULL), PD_OK);
    facts_known(&set);
    assert_int_equal(set.n, 3);
    assert_int_equal(find(&set, PD_NO_COLUMN, PD_FACT_ROWS)->low, 7);
    assert_int_equal(find(&set, 0, PD_FACT_INTS)->low, 3);
    assert_true(find(&set, 0, PD_FACT_INT_SUM)->low == UINT64_MAX - 1);
    assert_int_equal(find(&set, 0, PD_FACT_INT_SUM)->high, 0);
    facts_free(&set);
}

static void
extremes_are_compared_with_their_sign(void **state)
{
    struct fact_set set = {0};
    struct pd_fact a[] = {fact(0, PD_FACT_INTS, 1), fact(0, PD_FACT_INT_MIN, 3),
                          fact(0, PD_FACT_INT_MAX, 3), real_fact(PD_FACT_REAL_MIN, 1.5),
                          real_fact(PD_FACT_REAL_MAX, 1.5)};
    struct pd_fact b[] = {fact(0, PD_FACT_INTS, 1), fact(0, PD_FACT_INT_MIN, -4),
                          fact(0, PD_FACT_INT_MAX, -4), real_fact(PD_FACT_REAL_MIN, -2.5),
                          real_fact(PD_FACT_REAL_MAX, -2.5)};
    double real;

    assert_int_equal(facts_add(&set, a, 5, NULL), PD_OK);
    assert_int_equal(facts_add(&set, b, 5, NULL), PD_OK);
    assert_true((int64_t)find(&set, 0, PD_FACT_INT_MIN)->low == -4);
    assert_int_equal(find(&set, 0, PD_FACT_INT_MIN)->high, -1);
    assert_int_equal(find(&set, 0, PD_FACT_INT_MAX)->low, 3);
    memcpy(&real, &find(&set, 0, PD_FACT_REAL_MIN)->low, sizeof real);
    assert_true(real == -2.5);
    memcpy(&real, &find(&set, 0, PD_FACT_REAL_MAX)->low, sizeof real);
    assert_true(real == 1.5);
    facts_free(&set);
}

/* A part without integers says nothing of their smallest, and that is fine. */
static void
a_part_without_cells_of_a_class_does_not_spoil_its_facts(void **state)
{
    struct fact_set set = {0};
    struct pd_fact with[] = {fact(0, PD_FACT_INTS, 1), fact(0, PD_FACT_INT_MIN, 3)};
    struct pd_fact without[] = {fact(0, PD_FACT_INTS, 0)};

    assert_int_equal(facts_add(&set, without, 1, NULL), PD_OK);
    assert_int_equal(facts_add(&set, with, 2, NULL), PD_OK);
    assert_int_equal(facts_add(&set, without, 1, NULL), PD_OK);
    facts_known(&set);
    assert_int_equal(find(&set, 0, PD_FACT_INT_MIN)->low, 3);
    facts_free(&set);
}

/* A part with integers that does not tell their smallest makes that of the whole unknown. */
static void
what_one_part_does_not_tell_is_not_known_of_the_whole(void **state)
{
    struct pd_fact tells[] = {fact(0, PD_FACT_INTS, 1), fact(0, PD_FACT_INT_MIN, 3)};
    struct pd_fact silent[] = {fact(0, PD_FACT_INTS, 2)};

    for (int silent_first = 0; silent_first < 2; silent_first++) {
        struct fact_set set = {0};

        if (silent_first)
            assert_int_equal(facts_add(&set, silent, 1, NULL), PD_OK);
        assert_int_equal(facts_add(&set, tells, 2, NULL), PD_OK);
        if (!silent_first)
            assert_int_equal(facts_add(&set, silent, 1, NULL), PD_OK);
        facts_known(&set);
        assert_null(find(&set, 0, PD_FACT_INT_MIN));
        assert_int_equal(find(&set, 0, PD_FACT_INTS)->low, 3);
        facts_free(&set);
    }
}

static void
octets_belong_to_texts_and_to_bytes(void **state)
{
    struct fact_set set = {0};
    struct pd_fact texts[] = {fact(0, PD_FACT_TEXTS, 1), fact(0, PD_FACT_BLOBS, 0),
                              fact(0, PD_FACT_OCTETS, 10)};
    struct pd_fact blobs[] = {fact(0, PD_FACT_TEXTS, 0), fact(0, PD_FACT_BLOBS, 1)};

    assert_int_equal(facts_add(&set, texts, 3, NULL), PD_OK);
    assert_int_equal(facts_add(&set, blobs, 2, NULL), PD_OK);
    facts_known(&set);
    assert_null(find(&set, 0, PD_FACT_OCTETS));
    facts_free(&set);
}

static struct pd_fact
decimal_fact(uint32_t id, const char *text)
{
    struct pd_fact made = fact(0, id, 0);

    made.text = text;
    return made;
}

static void
add_decimals(struct fact_set *set, const char *sum, const char *min, const char *max)
{
    struct pd_fact part[] = {decimal_fact(PD_FACT_DECIMAL_SUM, sum),
                             decimal_fact(PD_FACT_DECIMAL_MIN, min),
                             decimal_fact(PD_FACT_DECIMAL_MAX, max)};

    assert_int_equal(facts_add(set, part, 3, NULL), PD_OK);
}

/* The first part and the third have no decimals at all. */
static void
decimals_are_added_and_compared_by_value(void **state)
{
    struct fact_set set = {0};

    add_decimals(&set, NULL, NULL, NULL);
    add_decimals(&set, "340282366920938463463374607431768211456.5", "-1.50", "9");
    add_decimals(&set, NULL, NULL, NULL);
    add_decimals(&set, "-0.25", "-1.5", "10.0");
    facts_known(&set);
    assert_string_equal(find(&set, 0, PD_FACT_DECIMAL_SUM)->text,
                        "340282366920938463463374607431768211456.25");
    assert_string_equal(find(&set, 0, PD_FACT_DECIMAL_MIN)->text, "-1.50");
    assert_string_equal(find(&set, 0, PD_FACT_DECIMAL_MAX)->text, "10.0");
    facts_free(&set);
}

static void
decimals_that_cannot_be_read_are_not_known(void **state)
{
    struct fact_set set = {0};

    add_decimals(&set, "NaN", "1", "2");
    add_decimals(&set, "3", "3", "3");
    add_decimals(&set, "4", "4", "4");
    facts_known(&set);
    assert_null(find(&set, 0, PD_FACT_DECIMAL_SUM));
    assert_string_equal(find(&set, 0, PD_FACT_DECIMAL_MAX)->text, "4");
    facts_free(&set);
}

static void
other_facts_with_a_text_cannot_be_added(void **state)
{
    struct fact_set set = {0};
    struct pd_fact odd = decimal_fact(PD_FACT_OCTETS, "1.50");

    assert_int_equal(facts_add(&set, &odd, 1, NULL), PD_UNSUPPORTED);
    facts_free(&set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_sums_are_added_in_128_bits),
        cmocka_unit_test(extremes_are_compared_with_their_sign),
        cmocka_unit_test(a_part_without_cells_of_a_class_does_not_spoil_its_facts),
        cmocka_unit_test(what_one_part_does_not_tell_is_not_known_of_the_whole),
        cmocka_unit_test(octets_belong_to_texts_and_to_bytes),
        cmocka_unit_test(decimals_are_added_and_compared_by_value),
        cmocka_unit_test(decimals_that_cannot_be_read_are_not_known),
        cmocka_unit_test(other_facts_with_a_text_cannot_be_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
