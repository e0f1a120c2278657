// SPDX-License-Identifier: Apache-2.0
/* Tests of migrate/scaffold: which tables and columns are found again, and how sure that is. */
#include "fault_alloc.h"
#include "scaffold_world.h"

static const struct scaffold_options usual = {.from = "1", .to = "2", .n_rows = 100};

/* ---- A script ---- */

struct draft {
    struct buffer text;
    struct scaffold_counts counts;
};

static pd_status
draft_try(struct world *old, struct world *now, const struct scaffold_options *options,
          struct draft *draft, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *a = NULL;
    CLEANUP(opened_source) struct opened_source *b = NULL;
    pd_status status;

    world_draw(old);
    world_draw(now);
    status = source_wrap(&world_ops, (struct pd_source *)(void *)old, "alpha", &a, err);
    if (status == PD_OK)
        status = source_wrap(&world_ops, (struct pd_source *)(void *)now, "alpha", &b, err);
    if (status == PD_OK)
        status = scaffold(a, b, options, &draft->text, &draft->counts, err);
    return status;
}

static const char *
drafted_with(struct world *old, struct world *now, const struct scaffold_options *options)
{
    static struct draft draft;
    struct pd_error err = {0};
    const char *text;

    buffer_free(&draft.text);
    if (draft_try(old, now, options, &draft, &err) != PD_OK)
        fail_msg("%s", err.text);
    text = buffer_string(&draft.text);
    return text ? text : "";
}

static const char *
drafted(struct world *old, struct world *now)
{
    return drafted_with(old, now, &usual);
}

static void
assert_has(const char *script, const char *line)
{
    if (!strstr(script, line))
        fail_msg("'%s' is not in:\n%s", line, script ? script : "");
}

static void
assert_misses(const char *script, const char *line)
{
    if (strstr(script, line))
        fail_msg("'%s' is in:\n%s", line, script ? script : "");
}

/* ---- Tables ---- */

static void
a_table_of_the_same_columns_is_a_rename(void **state)
{
    struct world old = {.drawn = {{"human", {"id int64", "name text", "town text"}}}};
    struct world now = {.drawn = {{"person", {"id int64", "name text", "town text"}}}};

    assert_has(drafted(&old, &now), "db:rename_table(\"human\", \"person\")  -- same 3 columns\n");
}

static void
two_columns_alone_are_a_guess(void **state)
{
    struct world old = {.drawn = {{"human", {"id int64", "name text"}}}};
    struct world now = {.drawn = {{"person", {"id int64", "name text"}}}};

    assert_has(drafted(&old, &now),
               "db:rename_table(\"human\", \"person\")  -- guess: same 2 columns\n");
}

static void
equal_rows_prove_it_whatever_columns_are_called(void **state)
{
    struct world old = {
        .drawn = {{"human", {"id int64", "name text"}, ROWS("1|ann", "2|bob", "3|cleo")}}};
    struct world now = {
        .drawn = {{"person", {"nr int64", "called text"}, ROWS("3|cleo", "1|ann", "2|bob")}}};
    const char *script = drafted(&old, &now);

    assert_has(script, "db:rename_table(\"human\", \"person\")  -- 0 of 2 columns the same, "
                       "3 of 3 rows equal\n");
    assert_has(script, "db:rename_column(\"person\", \"name\", \"called\")  -- same type, same "
                       "place, 3 of 3 rows equal\n");
    assert_has(script, "db:rename_column(\"person\", \"id\", \"nr\")");
}

static void
other_rows_leave_a_guess(void **state)
{
    struct world old = {.drawn = {{"human",
                                   {"id int64", "name text", "town text"},
                                   ROWS("1|ann|ayr", "2|bob|cork", "3|cleo|oslo")}}};
    struct world now = {
        .drawn = {{"person", {"id int64", "name text", "town text"}, ROWS("1|x|y", "2|z|w")}}};

    assert_has(drafted(&old, &now),
               "db:rename_table(\"human\", \"person\")  -- guess: same 3 columns\n");
}

static void
rows_decide_between_two(void **state)
{
    struct world old = {.drawn = {{"a", {"id int64", "x text"}, ROWS("1|one", "2|two")},
                                  {"b", {"id int64", "x text"}, ROWS("1|uno", "2|dos")}}};
    struct world now = {.drawn = {{"c", {"id int64", "x text"}, ROWS("1|uno", "2|dos")},
                                  {"d", {"id int64", "x text"}, ROWS("1|one", "2|two")}}};
    const char *script = drafted(&old, &now);

    assert_has(script, "db:rename_table(\"b\", \"c\")  -- same 2 columns, 2 of 2 rows equal\n");
    assert_has(script, "db:rename_table(\"a\", \"d\")  -- same 2 columns, 2 of 2 rows equal\n");
}

static void
without_rows_two_are_left_open(void **state)
{
    const struct scaffold_options none = {.from = "1", .to = "2"};
    struct world old = {.drawn = {{"a", {"id int64", "x text"}, ROWS("1|one", "2|two")},
                                  {"b", {"id int64", "x text"}, ROWS("1|uno", "2|dos")}}};
    struct world now = {.drawn = {{"c", {"id int64", "x text"}, ROWS("1|uno", "2|dos")}}};
    const char *script = drafted_with(&old, &now, &none);

    assert_int_equal(old.n_started + now.n_started, 0);
    assert_misses(script, "db:rename_table(");
    assert_has(script, "-- guess: 'c' may be what was 'a' (same 2 columns), or 'b' (same 2 "
                       "columns); then rename_table() instead\n");
    assert_has(script, "db:drop_table(\"a\")");
    assert_has(script, "db:add_table{name = \"c\",");
}

static void
a_part_that_was_split_off_is_no_rename(void **state)
{
    struct world old = {
        .drawn = {{"human",
                   {"id int64", "name text", "town text", "road text", "born text", "shoe int64"},
                   ROWS("1|ann|ayr|elm|1970|38", "2|bob|cork|oak|1980|44")}}};
    struct world now = {
        .drawn = {
            {"home", {"id int64", "town text", "road text"}, ROWS("1|ayr|elm", "2|cork|oak")}}};

    assert_misses(drafted(&old, &now), "rename_table(\"human\", \"home\")  -- 3");
}

static void
nothing_has_changed(void **state)
{
    struct world old = {.drawn = {{"a", {"id int64", "x text", "y text", "z text"}}}};
    struct world now = {.drawn = {{"a", {"id int64", "x text", "y text", "z text"}}}};

    assert_has(drafted(&old, &now), "-- nothing to do: the schemas are the same\n");
}

/* ---- Columns ---- */

static void
a_column_of_type_and_place_is_a_guess(void **state)
{
    struct world old = {.drawn = {{"t", {"id int64", "a text", "b int64"}}}};
    struct world now = {.drawn = {{"t", {"id int64", "c text", "b int64"}}}};

    assert_has(drafted(&old, &now),
               "db:rename_column(\"t\", \"a\", \"c\")  -- guess: same type, same place\n");
}

static void
equal_values_prove_it_whatever_the_type(void **state)
{
    struct world old = {
        .drawn = {{"t", {"id int64", "a int64"}, ROWS("1|5", "2|6", "3|", "4|9", "5|8", "6|7")}}};
    struct world now = {.drawn = {{"t",
                                   {"id int64", "x text", "c text"},
                                   ROWS("1|q|5", "2|r|6", "3|s|", "4||9", "5||8", "6||7")}}};

    assert_has(drafted(&old, &now),
               "db:rename_column(\"t\", \"a\", \"c\")  -- another type, 5 of 5 "
               "rows equal\n");
}

static void
a_few_of_another_type_may_be_chance(void **state)
{
    struct world old = {.drawn = {{"t", {"id int64", "a int64"}, ROWS("1|5", "2|6")}}};
    struct world now = {.drawn = {{"t", {"id int64", "x text", "c text"}, ROWS("1|q|5", "2|r|6")}}};

    assert_has(drafted(&old, &now), "-- guess: another type, 2 of 2 rows equal\n");
}

static void
rows_are_found_again_by_their_keys(void **state)
{
    struct world old = {.drawn = {{"t", {"id int64", "a text"}, ROWS("1|x", "2|y", "9|z")}}};
    struct world now = {.drawn = {{"t", {"id int64", "c text"}, ROWS("2|y", "1|x", "7|w")}}};

    assert_has(drafted(&old, &now), "-- same type, same place, 2 of 2 rows equal\n");
}

static void
other_values_refute_it(void **state)
{
    struct world old = {.drawn = {{"t", {"id int64", "a text"}, ROWS("1|x", "2|y", "3|z")}}};
    struct world now = {.drawn = {{"t", {"id int64", "c text"}, ROWS("1|p", "2|q", "3|r")}}};
    const char *script = drafted(&old, &now);

    assert_has(script, "db:drop_column(\"t\", \"a\")");
    assert_has(script, "db:add_column(\"t\", {name = \"c\", type = \"text\"})");
    assert_misses(script, "rename_column");
}

static void
one_value_for_all_proves_nothing(void **state)
{
    struct world old = {.drawn = {{"t", {"id int64", "a text"}, ROWS("1|x", "2|x", "3|x")}}};
    struct world now = {.drawn = {{"t", {"id int64", "c text"}, ROWS("1|x", "2|x", "3|x")}}};

    assert_has(drafted(&old, &now), "-- guess: same type, same place, 3 of 3 rows equal\n");
}

static void
columns_that_are_both_it_are_left_open(void **state)
{
    struct world old = {.drawn = {{"t", {"id int64", "aaa text"}, ROWS("1|x", "2|y")}}};
    struct world now = {
        .drawn = {
            {"t", {"id int64", "k int64", "bbb text", "ccc text"}, ROWS("1|1|x|x", "2|1|y|y")}}};
    const char *script = drafted(&old, &now);

    assert_misses(script, "db:rename_column(");
    assert_has(script, "-- guess: 'bbb' may be what was 'aaa' (same type, 2 of 2 rows equal); then "
                       "rename_column() instead\n");
    assert_has(script, "-- guess: 'ccc' may be what was 'aaa'");
}

static void
a_word_in_common_says_it_where_the_place_does_not(void **state)
{
    struct world old = {.drawn = {{"t", {"id int64", "family_name text", "n int64"}}}};
    struct world now = {.drawn = {{"t", {"id int64", "n int64", "name text"}}}};

    assert_has(drafted(&old, &now), "db:rename_column(\"t\", \"family_name\", \"name\")  -- guess: "
                                    "same type, names alike\n");
}

/* ---- Engines ---- */

static void
kinds_that_one_engine_cannot_tell_apart_are_no_change(void **state)
{
    struct world old = {.engine = "sqlite", .drawn = {{"t", {"id int64", "a text", "b float64"}}}};
    struct world now = {.engine = "postgresql",
                        .drawn = {{"t", {"id int32", "a jsonb", "b float32"}}}};

    assert_has(drafted(&old, &now), "-- nothing to do: the schemas are the same\n");
}

static void
kinds_that_both_have_are_a_change(void **state)
{
    struct world old = {.engine = "mariadb", .drawn = {{"t", {"id int32", "a text"}}}};
    struct world now = {.engine = "postgresql", .drawn = {{"t", {"id int64", "a text"}}}};

    assert_has(drafted(&old, &now), "db:change_column(\"t\", \"id\", {type = \"int64\", null = "
                                    "false})  -- was int32\n");
}

/* ---- Rows ---- */

static void
no_way_between_types_needs_a_function(void **state)
{
    struct world old = {.drawn = {{"t", {"id int64", "a int64"}, ROWS("1|5")}}};
    struct world now = {.drawn = {{"t", {"id int64", "a float64"}}}};
    const char *script = drafted(&old, &now);

    assert_has(script, "    t = {\n");
    assert_has(script, "        if row.a ~= null then\n          row.a = row.a + 0.0");
}

static void
a_way_between_types_needs_none(void **state)
{
    struct world old = {.drawn = {{"t", {"id int64", "a int64"}, ROWS("1|5")}}};
    struct world now = {.drawn = {{"t", {"id int64", "a text"}}}};

    assert_misses(drafted(&old, &now), "function(row");
}

static void
no_more_rows_are_looked_at_than_allowed(void **state)
{
    const struct scaffold_options two = {.from = "1", .to = "2", .n_rows = 2};
    struct world old = {.drawn = {{"t", {"id int64", "a text"}, ROWS("1|x", "2|y", "3|z", "4|w")}}};
    struct world now = {.drawn = {{"t", {"id int64", "c text"}, ROWS("1|x", "2|y", "3|p", "4|q")}}};

    assert_has(drafted_with(&old, &now, &two), "2 of 2 rows equal\n");
    assert_has(drafted(&old, &now), "-- guess: same type, same place, 2 of 4 rows equal\n");
}

/* ---- Memory ---- */

static void
a_shortage_of_memory_is_told_wherever_it_is(void **state)
{
    long n = 0;
    pd_status status;

    if (!FAULT_ALLOC)
        return;
    do {
        struct world old = {.drawn = {{"a", {"id int64", "x text", "y int64"}, ROWS("1|p|5")},
                                      {"t", {"id int64", "a text"}, ROWS("1|x", "2|y")}}};
        struct world now = {.drawn = {{"b", {"id int64", "x text", "y int64"}, ROWS("1|p|5")},
                                      {"t", {"id int64", "c text", "d date"}, ROWS("1|x|", "2|y|")},
                                      {"u", {"id int64"}}}};
        struct draft draft = {0};
        struct pd_error err = {0};
        long living = fault_living;

        fault_alloc_at(n++);
        status = draft_try(&old, &now, &usual, &draft, &err);
        fault_alloc_at(-1);
        if (status != PD_OK && err.cause != PD_CAUSE_MEMORY)
            fail_msg("allocation %ld: %s", n, err.text);
        buffer_free(&draft.text);
        if (fault_living != living)
            fail_msg("allocation %ld: %ld pieces are left", n, fault_living - living);
    } while (status != PD_OK);
    assert_true(n > 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_of_the_same_columns_is_a_rename),
        cmocka_unit_test(two_columns_alone_are_a_guess),
        cmocka_unit_test(equal_rows_prove_it_whatever_columns_are_called),
        cmocka_unit_test(other_rows_leave_a_guess),
        cmocka_unit_test(rows_decide_between_two),
        cmocka_unit_test(without_rows_two_are_left_open),
        cmocka_unit_test(a_part_that_was_split_off_is_no_rename),
        cmocka_unit_test(nothing_has_changed),
        cmocka_unit_test(a_column_of_type_and_place_is_a_guess),
        cmocka_unit_test(equal_values_prove_it_whatever_the_type),
        cmocka_unit_test(a_few_of_another_type_may_be_chance),
        cmocka_unit_test(rows_are_found_again_by_their_keys),
        cmocka_unit_test(other_values_refute_it),
        cmocka_unit_test(one_value_for_all_proves_nothing),
        cmocka_unit_test(columns_that_are_both_it_are_left_open),
        cmocka_unit_test(a_word_in_common_says_it_where_the_place_does_not),
        cmocka_unit_test(kinds_that_one_engine_cannot_tell_apart_are_no_change),
        cmocka_unit_test(kinds_that_both_have_are_a_change),
        cmocka_unit_test(no_way_between_types_needs_a_function),
        cmocka_unit_test(a_way_between_types_needs_none),
        cmocka_unit_test(no_more_rows_are_looked_at_than_allowed),
        cmocka_unit_test(a_shortage_of_memory_is_told_wherever_it_is),
    };

    return cmocka_run_group_tests_name("scaffold", tests, NULL, NULL);
}
