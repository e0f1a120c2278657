// SPDX-License-Identifier: Apache-2.0
// rules - zones and patterns of what the user says of columns that are there.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/rules.h"

static void
zones_are_clocks_that_never_change(void **state)
{
    static const struct {
        const char *text;
        int64_t minutes;
    } good[] = {{"UTC", 0},     {"Z", 0},      {"+00:00", 0}, {"+02:00", 120}, {"-05:30", -330},
                {"+0530", 330}, {"-03", -180}, {"+2", 120},   {"+15:59", 959}, {"-15:00", -900}};
    static const char *const bad[] = {"",        "CET",   "Europe/Paris", "utc",  "2",
                                      "+",       "+16",   "+02:60",       "+02:", "+02:0x",
                                      "+02:000", "02:00", " +02",         "+-2"};
    int64_t us;

    for (size_t i = 0; i < COUNT_OF(good); i++) {
        us = -1;
        if (!rules_zone(good[i].text, &us))
            fail_msg("'%s' is refused", good[i].text);
        assert_int_equal(us, good[i].minutes * 60000000);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (rules_zone(bad[i], &us))
            fail_msg("'%s' is taken", bad[i]);
    }
}

static void
patterns_name_tables_and_columns(void **state)
{
    const struct pd_table table = {.name = "user", .schema = "app"}, plain = {.name = "a.b"};
    const struct pd_column column = {.name = "seen_at"};

    assert_true(rules_fits("user.seen_at", &table, &column));
    assert_true(rules_fits("app.user.seen_at", &table, &column));
    assert_true(rules_fits("*.*_at", &table, &column));
    assert_true(rules_fits("us?r.seen_at", &table, &column));
    assert_true(rules_fits("a.b.seen_at", &plain, &column));
    assert_false(rules_fits("user.seen", &table, &column));
    assert_false(rules_fits("seen_at", &table, &column));
    assert_false(rules_fits("User.seen_at", &table, &column));
    assert_false(rules_fits("", &table, &column));
}

static void
options_are_spelt_for_the_column(void **state)
{
    static const struct {
        const char *option;
        const char *text;
    } wanted[] = {{"epoch", "epoch 'app.user.seen_at=s' (or =ms, =us)"},
                  {"assume-zone", "assume-zone=UTC, or another zone"},
                  {"bool-text", "bool-text 'app.user.seen_at'"},
                  {"uuid-bytes", "uuid-bytes 'app.user.seen_at'"},
                  {"misfit=carrier", "misfit=carrier"}};
    const struct pd_table table = {.name = "user", .schema = "app"};
    const struct pd_column column = {.name = "seen_at"};

    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        CLEANUP_BUFFER struct buffer out = {0};

        rules_put(&out, wanted[i].option, &table, &column);
        assert_string_equal(buffer_string(&out), wanted[i].text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_are_clocks_that_never_change),
        cmocka_unit_test(patterns_name_tables_and_columns),
        cmocka_unit_test(options_are_spelt_for_the_column),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
