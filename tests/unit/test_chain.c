// SPDX-License-Identifier: Apache-2.0
// chain - every way that steps can make, and every one that they cannot.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "migrate/chain.h"

enum { ROOM = 16 };

static struct pd_error err;
static struct pd_migration steps[ROOM];
static const struct pd_migration *step_list[ROOM];
static const char *versions[ROOM];
static struct step_list list;

static void
begin(void)
{
    memset(&err, 0, sizeof err);
    list = (struct step_list){.steps = step_list, .versions = versions};
}

static void
add(const char *from, const char *to, const char *origin)
{
    struct pd_migration *step = &steps[list.n_steps];

    *step = (struct pd_migration){
        .struct_size = sizeof *step, .from = from, .to = to, .origin = origin};
    step_list[list.n_steps++] = step;
}

static void
know(const char *version)
{
    versions[list.n_versions++] = version;
}

static void
assert_way(const char *from, const char *to, size_t n_steps, const char *expected)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = {0};
    struct chain chain;

    if (chain_find(&list, from, to, arena, &chain, &err) != PD_OK)
        fail_msg("%s", err.text);
    chain_put(&chain, &text);
    assert_string_equal(buffer_string(&text), expected);
    assert_int_equal(chain.n_steps, n_steps);
}

static void
assert_refused(const char *from, const char *to, const char *expected)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct chain chain = {0};

    memset(&err, 0, sizeof err);
    assert_int_equal(chain_find(&list, from, to, arena, &chain, &err), PD_FAILED);
    assert_string_equal(err.text, expected);
    assert_int_equal(err.cause, PD_CAUSE_VERSION);
    assert_null(chain.steps);
}

/* In an order that is none. */
static void
add_usual(void)
{
    begin();
    add("1.4.10", "2.0", "c.lua");
    add("1.0", "1.4.9", "a.lua");
    add("1.4.9", "1.4.10", "b.lua");
}

/* ---- Ways ---- */

static void
steps_are_put_in_their_order(void **state)
{
    add_usual();
    assert_way("1.0", "2.0", 3, "1.0 -> 1.4.9 -> 1.4.10 -> 2.0");
    assert_way("1.4.9", "2.0", 2, "1.4.9 -> 1.4.10 -> 2.0");
    assert_way("1.0", "1.4.10", 2, "1.0 -> 1.4.9 -> 1.4.10");
}

static void
the_newest_version_is_where_they_lead(void **state)
{
    add_usual();
    assert_way("1.0", NULL, 3, "1.0 -> 1.4.9 -> 1.4.10 -> 2.0");
    know("2.1");
    know("1.0");
    assert_way("1.0", NULL, 3, "1.0 -> 1.4.9 -> 1.4.10 -> 2.0 -> 2.1");
}

static void
data_of_the_version_needs_no_step(void **state)
{
    add_usual();
    assert_way("2.0", NULL, 0, "2.0");
    assert_way("2.0", "v2.0.0", 0, "2.0");
    assert_way("1.4.9", "1.4.9", 0, "1.4.9");
    begin();
    assert_way("7", "7.0", 0, "7");
}

static void
a_step_is_for_all_versions_up_to_where_it_leads(void **state)
{
    add_usual();
    assert_way("1.0.3", NULL, 3, "1.0.3 -> 1.4.9 -> 1.4.10 -> 2.0");
    assert_way("1.7-rc1", NULL, 1, "1.7-rc1 -> 2.0");
    assert_way("2.0-rc1", NULL, 1, "2.0-rc1 -> 2.0");
}

static void
of_several_the_one_from_the_latest_version_counts(void **state)
{
    begin();
    add("1.0", "2.0", "general.lua");
    add("1.5", "2.0", "since-1.5.lua");
    add("1.2", "1.5", "early.lua");
    assert_way("1.1", NULL, 1, "1.1 -> 2.0");
    assert_way("1.2", NULL, 2, "1.2 -> 1.5 -> 2.0");
    assert_way("1.6", NULL, 1, "1.6 -> 2.0");
}

static void
a_step_beyond_the_target_is_not_taken(void **state)
{
    begin();
    add("1.0", "2.0", "far.lua");
    add("1.0", "1.1", "near.lua");
    assert_way("1.0", "1.1", 1, "1.0 -> 1.1");
}

static void
a_listed_version_without_a_step_is_no_change(void **state)
{
    begin();
    add("1.1", "1.2", NULL);
    add("1.3", "2.0", NULL);
    know("1.0");
    know("1.1");
    know("1.2");
    know("1.3");
    know("2.0");
    know("2.0.1");
    assert_way("1.0", NULL, 2, "1.0 -> 1.2 -> 2.0 -> 2.0.1");
    assert_way("1.0", "1.1", 0, "1.0 -> 1.1");
    assert_way("1.0.5", "1.3", 1, "1.0.5 -> 1.2 -> 1.3");
    assert_way("2.0", "2.0.1", 0, "2.0 -> 2.0.1");
}

/* ---- Refusals ---- */

static void
a_gap_is_refused(void **state)
{
    begin();
    add("1.0", "1.1", "1.0.lua");
    add("1.2", "2.0", "1.2.lua");
    assert_refused("1.0", NULL,
                   "1.0 -> 1.1: no step leads from '1.1' to '1.2' on the way to '2.0', and '1.2' "
                   "is not listed as a version; a step is missing");
    assert_refused("1.1", "1.2",
                   "1.1: no step leads from '1.1' to '1.2', and '1.2' is not listed as a version; "
                   "a step is missing");
    assert_refused("1.0", "3.0",
                   "1.0 -> 1.1: no step leads from '1.1' to '1.2' on the way to '3.0', and '1.2' "
                   "is not listed as a version; a step is missing");
    know("1.2");
    assert_way("1.0", NULL, 2, "1.0 -> 1.1 -> 2.0");
}

static void
a_target_that_nobody_knows_is_refused(void **state)
{
    add_usual();
    assert_refused("1.0", "3.0",
                   "1.0 -> 1.4.9 -> 1.4.10 -> 2.0: no step leads from '2.0' to '3.0', and '3.0' is "
                   "not listed as a version; a step is missing");
    assert_refused("1.0", "1.5",
                   "1.0 -> 1.4.9 -> 1.4.10: no step leads from '1.4.10' to '1.5', and '1.5' is not "
                   "listed as a version; a step is missing");
    know("1.5");
    assert_way("1.0", "1.5", 2, "1.0 -> 1.4.9 -> 1.4.10 -> 1.5");
}

static void
data_older_than_all_that_is_known_is_refused(void **state)
{
    add_usual();
    know("1.0");
    assert_refused("0.9", NULL,
                   "0.9: no step leads from '0.9' to '1.0', and it is older than every version "
                   "that is known; a step is missing");
    assert_refused("1.0-rc1", "1.0",
                   "1.0-rc1: no step leads from '1.0-rc1' to '1.0', and it is older than every "
                   "version that is known; a step is missing");
}

static void
data_newer_than_the_target_is_refused(void **state)
{
    add_usual();
    assert_refused("2.1", NULL,
                   "the data is of version '2.1', which is newer than '2.0'; no step leads back");
    assert_refused("1.4.10", "1.4.9",
                   "the data is of version '1.4.10', which is newer than '1.4.9'; no step leads "
                   "back");
}

static void
a_step_that_leads_down_is_refused_wherever_it_is(void **state)
{
    add_usual();
    add("3.0", "2.5", "wrong.lua");
    assert_refused("2.0", "2.0",
                   "step '3.0' -> '2.5' (wrong.lua) does not lead upwards; a step leads to a later "
                   "version");
    begin();
    add("1.0", "v1", NULL);
    assert_refused("1.0", NULL,
                   "step '1.0' -> 'v1' does not lead upwards; a step leads to a later version");
}

static void
a_cycle_is_refused_and_shown(void **state)
{
    add_usual();
    add("2.0", "1.0", "back.lua");
    assert_refused("1.0", NULL,
                   "step '2.0' -> '1.0' (back.lua) closes a cycle: 1.0 -> 1.4.9 -> 1.4.10 -> 2.0 "
                   "-> 1.0; a step leads to a later version");
}

static void
two_equal_steps_are_refused_wherever_they_are(void **state)
{
    add_usual();
    add("1.4.10.0", "v2.0", "d.lua");
    assert_refused("2.0", NULL,
                   "step '1.4.10' -> '2.0' (c.lua) is there twice: step '1.4.10.0' -> 'v2.0' "
                   "(d.lua) does the same; keep one of them");
}

static void
two_steps_from_one_version_are_refused_on_the_way(void **state)
{
    add_usual();
    add("1.4.9", "2.0", "short.lua");
    assert_refused("1.0", NULL,
                   "1.0 -> 1.4.9: step '1.4.9' -> '1.4.10' (b.lua) and step '1.4.9' -> '2.0' "
                   "(short.lua) begin at one version; keep one of them");
    assert_way("1.4.10", NULL, 1, "1.4.10 -> 2.0");
}

static void
what_is_no_version_is_refused(void **state)
{
    const char *const rule = " is no version: it takes a digit, and nothing but letters, digits "
                             "and . - _ + ~";
    char expected[400];

    add_usual();
    snprintf(expected, sizeof expected, "the data's version 'latest'%s", rule);
    assert_refused("latest", NULL, expected);
    snprintf(expected, sizeof expected, "the wanted version '2.0 '%s", rule);
    assert_refused("1.0", "2.0 ", expected);
    know("next");
    snprintf(expected, sizeof expected, "listed version 'next'%s", rule);
    assert_refused("1.0", NULL, expected);
    add("", "3.0", "x.lua");
    snprintf(expected, sizeof expected, "step '' -> '3.0' (x.lua): ''%s", rule);
    assert_refused("1.0", NULL, expected);
    begin();
    add("1.0", "1/2", NULL);
    snprintf(expected, sizeof expected, "step '1.0' -> '1/2': '1/2'%s", rule);
    assert_refused("1.0", NULL, expected);
}

static void
nothing_at_all_leads_nowhere(void **state)
{
    begin();
    assert_refused("1.0", NULL,
                   "there is no step, and no version is listed, so that none is the newest");
    assert_refused("1.0", "2.0",
                   "1.0: no step leads from '1.0' to '2.0', and it is older than every version "
                   "that is known; a step is missing");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_put_in_their_order),
        cmocka_unit_test(the_newest_version_is_where_they_lead),
        cmocka_unit_test(data_of_the_version_needs_no_step),
        cmocka_unit_test(a_step_is_for_all_versions_up_to_where_it_leads),
        cmocka_unit_test(of_several_the_one_from_the_latest_version_counts),
        cmocka_unit_test(a_step_beyond_the_target_is_not_taken),
        cmocka_unit_test(a_listed_version_without_a_step_is_no_change),
        cmocka_unit_test(a_gap_is_refused),
        cmocka_unit_test(a_target_that_nobody_knows_is_refused),
        cmocka_unit_test(data_older_than_all_that_is_known_is_refused),
        cmocka_unit_test(data_newer_than_the_target_is_refused),
        cmocka_unit_test(a_step_that_leads_down_is_refused_wherever_it_is),
        cmocka_unit_test(a_cycle_is_refused_and_shown),
        cmocka_unit_test(two_equal_steps_are_refused_wherever_they_are),
        cmocka_unit_test(two_steps_from_one_version_are_refused_on_the_way),
        cmocka_unit_test(what_is_no_version_is_refused),
        cmocka_unit_test(nothing_at_all_leads_nowhere),
    };

    return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
