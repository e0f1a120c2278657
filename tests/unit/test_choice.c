// SPDX-License-Identifier: Apache-2.0
/* choice - the type of a new column: by its values, by the hint that they keep to, by a guess. The
   engine has integers, doubles, decimals of 20 digits, dates and text. */
#include "fake_host.h"

#include <polydump/choice.h>

static struct pd_column column;
static struct pd_profile profile;
static struct pd_mapping mapping;
static struct pd_pool pool;
static int can_carry, is_risky_said;

static void
judge(struct pd_choice *c)
{
    if (c->values == PD_VALUES_INTS && c->column->type.kind == PD_KIND_ANY)
        pd_choice_set(c, PD_RUNG_PROFILED, PD_KIND_INT64, "int", "judged");
    else if (c->profile->n_outliers)
        pd_choice_carry(c, PD_KIND_BINARY, "bytes", 0, "judged");
}

static int
is_risky(const struct pd_choice *c)
{
    return is_risky_said;
}

static void
guess(struct pd_choice *c)
{
    pd_choice_set(c, PD_RUNG_PROFILED, PD_KIND_FLOAT64, "double", "guessed");
}

static int
fits_decimal(const struct pd_choice *c)
{
    return c->column->hint.precision <= 20;
}

static void
spell_decimal(struct pd_choice *c)
{
    pd_sql_printf(&c->spelled, "(%d,%d)", c->mapping->as.precision, c->mapping->as.scale);
}

static void
spell_length(struct pd_choice *c)
{
    pd_sql_printf(&c->spelled, "(%d)", (int)c->mapping->as.length);
}

static const struct pd_hint_row hints[] = {
    {PD_KIND_BOOL, PD_KIND_BOOL, "bool"},
    {PD_KIND_DATE, PD_KIND_DATE, "date"},
    {PD_KIND_TIMESTAMP, PD_KIND_TIMESTAMP, "moment"},
    {PD_KIND_DECIMAL, PD_KIND_DECIMAL, "decimal", .fits = fits_decimal, .spell = spell_decimal},
    {PD_KIND_TEXT, PD_KIND_TEXT, "text", .spell = spell_length},
    {PD_KIND_UUID, PD_KIND_UUID, "uuid", "no uuid"},
    {PD_KIND_JSON, PD_KIND_TEXT, "text"},
};
static const struct pd_choice_ways ways = {
    .text = "text",
    .hints = hints,
    .n_hints = sizeof hints / sizeof *hints,
    .judge = judge,
    .is_risky = is_risky,
    .guess = guess,
};

static int
setup(void **state)
{
    column = (struct pd_column){.name = "c", .type = {.kind = PD_KIND_NUMBER}};
    profile = (struct pd_profile){.flags = 0};
    pool = (struct pd_pool){.host = &host};
    can_carry = is_risky_said = 0;
    n_until_out = -1;
    return 0;
}

static int
teardown(void **state)
{
    pd_pool_close(&pool);
    return n_live != 0;
}

static pd_status
choose(const struct pd_profile *known, int without_hint)
{
    struct pd_choice c = {.ways = &ways,
                          .column = &column,
                          .profile = known,
                          .mapping = &mapping,
                          .spelled = {.host = &host},
                          .can_carry = can_carry};

    pd_choice_begin(&c, PD_RUNG_NATIVE, column.type.kind, NULL);
    pd_sql_add(&c.spelled, "own");
    pd_choice_judge(&c, without_hint);
    return pd_choice_keep(&c, &pool);
}

/* With a hint of such a kind, and what is in the profile. */
static void
assert_hinted(int hint, const char *native, const char *reason)
{
    column.hint.kind = (uint16_t)hint;
    assert_int_equal(choose(&profile, /* without_hint= */ 0), PD_OK);
    assert_string_equal(mapping.native, native);
    assert_string_equal(mapping.reason, reason);
}

/* ---- Homes ---- */

/* In the order of the kinds, as the core's profile counts their plain values. */
static void
plain_values_are_at_home(void **state)
{
    static const char homes[] = "-iiiiiiiirr-nttb------ittt---tt-------b*ii-";
    static const struct {
        char letter;
        unsigned values;
    } letters[] = {{'-', 0},
                   {'i', PD_VALUES_INTS},
                   {'r', PD_VALUES_REALS},
                   {'n', PD_VALUES_INTS | PD_VALUES_REALS},
                   {'t', PD_VALUES_TEXTS},
                   {'b', PD_VALUES_BYTES},
                   {'*', PD_VALUES_ALL}};

    assert_int_equal(sizeof homes, PD_KIND_COUNT_);
    for (int kind = 1; kind < PD_KIND_COUNT_; kind++) {
        size_t i = 0;

        while (letters[i].letter != homes[kind - 1])
            i++;
        assert_int_equal(pd_values_at_home(kind), letters[i].values);
    }
    assert_int_equal(pd_values_at_home(PD_KIND_COUNT_), 0);
}

static void
strangers_are_carried_with_letters_or_refused(void **state)
{
    profile.n_ints = profile.n_texts = 1;
    choose(&profile, 0);
    assert_int_equal(mapping.rung, PD_RUNG_REFUSED);
    assert_string_equal(mapping.option, "misfit=carrier");
    assert_int_equal(mapping.flags, 0);
    can_carry = 1;
    choose(&profile, 0);
    assert_int_equal(mapping.rung, PD_RUNG_CARRIER);
    assert_int_equal(mapping.as.kind, PD_KIND_TEXT);
    assert_int_equal(mapping.flags, PD_MAPPING_TAGGED);
    assert_null(mapping.option);
    assert_string_equal(mapping.native, "text");
}

static void
numbers_that_are_all_text_are_text(void **state)
{
    profile.n_texts = 3;
    choose(&profile, 0);
    assert_string_equal(mapping.native, "text");
    assert_int_equal(mapping.flags, 0);
    assert_int_equal(mapping.rung, PD_RUNG_PROFILED);
    profile.flags = PD_PROFILE_NUL;
    choose(&profile, 0);
    assert_int_equal(mapping.rung, PD_RUNG_REFUSED);
    profile.flags = 0;
    column.type.kind = PD_KIND_MONEY; /* its engine has no text there */
    choose(&profile, 0);
    assert_int_equal(mapping.rung, PD_RUNG_REFUSED);
}

static void
what_is_at_home_is_judged_by_the_plugin(void **state)
{
    profile.n_ints = 1;
    choose(&profile, 0);
    assert_string_equal(mapping.native, "own");
    assert_int_equal(mapping.rung, PD_RUNG_NATIVE);
    column.type.kind = PD_KIND_ANY;
    choose(&profile, 0);
    assert_string_equal(mapping.native, "int");
    assert_int_equal(mapping.flags, PD_MAPPING_TAGGED); /* until the plugin says otherwise */
    profile.n_outliers = 1;
    profile.n_texts = 1;
    choose(&profile, 0);
    assert_string_equal(mapping.reason, "judged");
    assert_int_equal(mapping.rung, PD_RUNG_REFUSED);
}

/* ---- Hints ---- */

static void
hints_are_followed_when_all_values_keep_to_them(void **state)
{
    profile.n_texts = 2;
    profile.flags = PD_PROFILE_PROMISED;
    assert_hinted(PD_KIND_UUID, "uuid", "every value is a uuid");
    profile.flags = PD_PROFILE_DATES;
    assert_hinted(PD_KIND_DATE, "date", "every value is a date");
    assert_hinted(PD_KIND_TIMESTAMP, "text", "not every value is a timestamp");
    profile.flags = PD_PROFILE_TIMESTAMPS;
    assert_hinted(PD_KIND_DATE, "text", "not every value is a date");
    assert_hinted(PD_KIND_UUID, "text", "no uuid");
    assert_int_equal(mapping.as.kind, PD_KIND_TEXT);
    assert_hinted(PD_KIND_TIMESTAMP, "moment", "every value is a timestamp");
    assert_int_equal(mapping.as.precision, -1);
    profile.n_ints = 1;
    column.hint.kind = PD_KIND_TIMESTAMP;
    choose(&profile, 0);
    assert_int_equal(mapping.rung, PD_RUNG_REFUSED);
    assert_string_equal(mapping.reason, "values of other types are in it"); /* not the hint's */
}

static void
without_a_value_every_hint_is_kept(void **state)
{
    assert_hinted(PD_KIND_BOOL, "bool", "every value is 0 or 1");
    assert_hinted(PD_KIND_DATE, "date", "every value is a date");
    assert_hinted(PD_KIND_UUID, "uuid", "every value is a uuid");
    assert_hinted(PD_KIND_JSON, "text", "there is no value");
}

/* Text for something that the engine has no type for. */
static void
text_stands_for_a_hint_only_without_values(void **state)
{
    profile.n_texts = 1;
    profile.flags = PD_PROFILE_PROMISED;
    assert_hinted(PD_KIND_JSON, "text", "not every value is JSON"); /* all are text */
    profile.n_texts = 0;
    profile.n_ints = 1;
    assert_hinted(PD_KIND_JSON, "own", "not every value is JSON");
}

static void
booleans_are_zeros_and_ones(void **state)
{
    profile.n_ints = 5;
    assert_hinted(PD_KIND_BOOL, "own", "not every value is 0 or 1");
    profile.flags = PD_PROFILE_ONLY_01;
    assert_hinted(PD_KIND_BOOL, "bool", "every value is 0 or 1");
    profile.n_reals = 1;
    assert_hinted(PD_KIND_BOOL, "own", "not every value is 0 or 1");
}

static void
decimals_have_so_many_digits(void **state)
{
    static const struct {
        double max_real;
        uint32_t scale;
        int64_t min_int;
        int fits;
    } cases[] = {
        {999.99, 2, -999, 1}, {999.99, 3, -999, 0}, {1000, 0, -999, 0},
        {1, 0, -1000, 0},     {1, 0, -999, 1},
    };

    column.hint.precision = 5;
    column.hint.scale = 2;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        profile = (struct pd_profile){.n_reals = 1,
                                      .n_ints = 1,
                                      .flags = PD_PROFILE_SCALE,
                                      .max_real = cases[i].max_real,
                                      .max_scale = cases[i].scale,
                                      .min_int = cases[i].min_int};
        assert_hinted(PD_KIND_DECIMAL, cases[i].fits ? "decimal(5,2)" : "own",
                      cases[i].fits ? "every value has that many digits at most"
                                    : "not every value has so few digits");
    }
    profile.flags = 0; /* nobody knows the scale */
    assert_hinted(PD_KIND_DECIMAL, "own", "not every value has so few digits");
    profile.n_reals = 0;
    assert_hinted(PD_KIND_DECIMAL, "decimal(5,2)", "every value has that many digits at most");
    assert_int_equal(mapping.as.precision, 5);
    assert_int_equal(mapping.as.scale, 2);
    column.hint.precision = 21; /* the engine's have 20 */
    assert_hinted(PD_KIND_DECIMAL, "own", "not every value has so few digits");
    /* A number that is rounded to hundreds is another one. */
    profile = (struct pd_profile){.n_reals = 1, .flags = PD_PROFILE_SCALE};
    assert_int_equal(pd_fits_decimal(&profile, 5, -2), 0);
}

static void
lengths_count_for_text_that_has_none(void **state)
{
    column.type.kind = PD_KIND_TEXT;
    column.hint.length = 4;
    profile.n_texts = 1;
    profile.max_chars = 4;
    assert_hinted(PD_KIND_TEXT, "text(4)", "no value is longer");
    assert_int_equal(mapping.as.length, 4);
    profile.flags = PD_PROFILE_BAD_TEXT;
    assert_hinted(PD_KIND_TEXT, "own", "a value is longer than was declared");
    profile.flags = 0;
    profile.max_chars = 5;
    assert_hinted(PD_KIND_TEXT, "own", "a value is longer than was declared");
    column.generated = PD_GENERATED_STORED;
    assert_hinted(PD_KIND_TEXT, "text", "it is computed, and may be longer than was declared");
    column.generated = 0;
    column.type.length = 8; /* it says by itself how long it is */
    choose(&profile, 0);
    assert_string_equal(mapping.native, "own");
    assert_null(mapping.reason);
}

static void
hints_count_in_columns_of_numbers_and_when_wanted(void **state)
{
    column.hint.kind = PD_KIND_DATE;
    column.type.kind = PD_KIND_INT64;
    choose(&profile, 0);
    assert_string_equal(mapping.native, "own");
    column.type.kind = PD_KIND_NUMBER;
    choose(&profile, /* without_hint= */ 1);
    assert_string_equal(mapping.native, "own");
    column.hint.kind = PD_KIND_TIME; /* there is no row */
    choose(&profile, 0);
    assert_string_equal(mapping.native, "own");
}

/* ---- Without values ---- */

static void
hinted_columns_are_mostly_text(void **state)
{
    static const struct {
        int hint;
        const char *native;
    } cases[] = {{PD_KIND_DATE, "text"},
                 {PD_KIND_BOOL, "double"},
                 {PD_KIND_DECIMAL, "double"},
                 {PD_KIND_NONE, "double"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        column.hint.kind = (uint16_t)cases[i].hint;
        choose(NULL, 0);
        assert_string_equal(mapping.native, cases[i].native);
        assert_int_equal(mapping.flags, PD_MAPPING_GUESS);
    }
}

static void
guesses_are_marked(void **state)
{
    column.type.kind = PD_KIND_ANY;
    choose(NULL, 0);
    assert_int_equal(mapping.flags, PD_MAPPING_GUESS | PD_MAPPING_TAGGED);
    column.type.kind = PD_KIND_INT64;
    is_risky_said = 1;
    choose(NULL, 0);
    assert_int_equal(mapping.flags, 0);
    can_carry = 1;
    choose(NULL, 0);
    assert_int_equal(mapping.flags, PD_MAPPING_GUESS);
    is_risky_said = 0;
    choose(NULL, 0);
    assert_int_equal(mapping.flags, 0);
}

static void
short_memory_is_told(void **state)
{
    long n = -1;

    do
        n_until_out = ++n;
    while (choose(&profile, 0) == PD_FATAL);
    assert_in_range(n, 1, 3);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(plain_values_are_at_home),
        TEST(strangers_are_carried_with_letters_or_refused),
        TEST(numbers_that_are_all_text_are_text),
        TEST(what_is_at_home_is_judged_by_the_plugin),
        TEST(hints_are_followed_when_all_values_keep_to_them),
        TEST(without_a_value_every_hint_is_kept),
        TEST(text_stands_for_a_hint_only_without_values),
        TEST(booleans_are_zeros_and_ones),
        TEST(decimals_have_so_many_digits),
        TEST(lengths_count_for_text_that_has_none),
        TEST(hints_count_in_columns_of_numbers_and_when_wanted),
        TEST(hinted_columns_are_mostly_text),
        TEST(guesses_are_marked),
        TEST(short_memory_is_told),
    };

    return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
