// SPDX-License-Identifier: Apache-2.0
// test_stage - rows of tables after a step: straight ones, made ones, and what goes wrong.
#include "stage_people.h"

/* ---- Straight ---- */

static void
dropped_and_renamed_columns_are_the_vectors_of_the_source(void **state)
{
    struct schema before, after = {0};
    struct world w = {.n_rows = {5, 2, 2}, .has_extent = true};
    migrator m = {0};
    struct plan p;
    struct stage *stage;
    const struct pd_batch *batch;
    const struct pd_vector *inner;
    const struct pd_scan scan = {.struct_size = sizeof scan};
    struct pd_extent extent = {.struct_size = sizeof extent};
    struct pd_error err;

    before_people(&before);
    table_add(&after, "human", "id int64,town text,title text,name text");
    default_set(&after, 0, 2, PD_TAG_TEXT, "Dr");
    world_open(&w, &before, people);
    plan_open(&p, &before, &after);
    plan_flow(&p, 0, 0, 4, 0, 3, NONE, 1);
    stage = stage_of(&w, &m, &p);

    assert_int_equal(stage_source(stage)->ops->start(stage_source(stage)->handle, &scan, &err), 0);
    assert_int_equal(stage_source(stage)->ops->read(stage_source(stage)->handle, &batch, &err), 0);
    inner = w.last->vectors;
    assert_ptr_equal(batch_vector(batch, 0)->data, inner[0].data);
    assert_ptr_equal(batch_vector(batch, 1)->data, inner[3].data);
    assert_ptr_equal(batch_vector(batch, 1)->offsets, inner[3].offsets);
    assert_ptr_equal(batch_vector(batch, 3)->data, inner[1].data);
    batch_release(batch);
    assert_rows(stage, 0,
                "1|oslo|Dr|ann; 2|rome|Dr|bob; 3|oslo|Dr|cy; 4|rome|Dr|NULL; 5|oslo|Dr|eve; ");
    assert_int_equal(
        stage_source(stage)->ops->extent(stage_source(stage)->handle, 0, &extent, &err), PD_OK);
    assert_int_equal(extent.n_rows, 5);
    stage_close(stage);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

static void
an_untouched_table_passes_with_all_that_is_known_of_it(void **state)
{
    struct schema before;
    struct world w = {.n_rows = {5, 2, 2}, .has_stats = true};
    migrator m = {0};
    struct plan p;
    struct stage *stage;
    const struct pd_batch *batch;
    const struct pd_stats *stats;
    const struct pd_scan scan = {.struct_size = sizeof scan};
    struct pd_source *handle;
    struct pd_error err;

    before_people(&before);
    before.tables[0].flags = PD_TABLE_KEY_ORDER;
    world_open(&w, &before, people);
    plan_open(&p, &before, &before);
    plan_same(&p, 0, 4);
    stage = stage_of(&w, &m, &p);
    handle = stage_source(stage)->handle;

    assert_int_equal(stage_source(stage)->catalog->tables[0].flags, PD_TABLE_KEY_ORDER);
    assert_int_equal(stage_source(stage)->ops->start(handle, &scan, &err), PD_OK);
    assert_int_equal(stage_source(stage)->ops->read(handle, &batch, &err), PD_OK);
    assert_ptr_equal(batch, w.last);
    batch_release(batch);
    assert_int_equal(stage_source(stage)->ops->stats(handle, 0, &stats, &err), PD_OK);
    assert_int_equal(stats->n_rows, 5);
    assert_int_equal(stage_source(stage)->ops->stats(handle, 1, &stats, &err), PD_UNSUPPORTED);
    stage_close(stage);
    world_free(&w);
}

/* What was counted when they were written is held against what is read of them. */
static void
rows_whose_names_alone_change_are_the_rows_that_were_counted(void **state)
{
    static const char *const columns[] = {"id int64,called text,age int32,town text",
                                          "id int64,name text,town text,age int32",
                                          "id int64,name text,age int32,city text,more text"};
    static const pd_status wanted[] = {PD_OK, PD_UNSUPPORTED, PD_UNSUPPORTED};

    for (size_t i = 0; i < 3; i++) {
        struct schema before, after = {0};
        struct world w = {.n_rows = {5, 2, 2}, .has_stats = true};
        migrator m = {0};
        struct plan p;
        struct stage *stage;
        const struct pd_stats *stats;
        struct pd_error err;

        before_people(&before);
        table_add(&after, "human", columns[i]);
        world_open(&w, &before, people);
        plan_open(&p, &before, &after);
        if (i == 1)
            plan_flow(&p, 0, 0, 4, 0, 1, 3, 2);
        else
            plan_flow(&p, 0, 0, i ? 5 : 4, 0, 1, 2, 3, PD_NO_COLUMN);
        stage = stage_of(&w, &m, &p);
        assert_int_equal(
            stage_source(stage)->ops->stats(stage_source(stage)->handle, 0, &stats, &err),
            wanted[i]);
        if (wanted[i] == PD_OK)
            assert_int_equal(stats->n_rows, 5);
        stage_close(stage);
        world_free(&w);
    }
}

static void
changed_types_are_converted_and_what_does_not_fit_is_named(void **state)
{
    struct schema before, after = {0};
    struct world w = {.n_rows = {5, 2, 2}};
    migrator m = {0};
    struct plan p;
    struct stage *stage;

    before_people(&before);
    table_add(&after, "person", "id int32,name text,age text,city text");
    table_add(&after, "child", "id int64,parent int64");
    table_add(&after, "note", "id int64,text int64");
    world_open(&w, &before, people);
    plan_open(&p, &before, &after);
    plan_flow(&p, 0, 0, 4, 0, 1, 2, 3);
    plan_flow(&p, 2, 2, 2, 0, 1);
    stage = stage_of(&w, &m, &p);

    assert_rows(stage, 0,
                "1|ann|20|oslo; 2|bob|21|rome; 3|cy|22|oslo; 4|NULL|23|rome; 5|eve|24|oslo; ");
    assert_fails(stage, 2, PD_CAUSE_DATA,
                 "step '1.0' -> '1.1' (test.c), table 'note': column 'text', row with id = '21': "
                 "'first' is not exactly a value of 'int64'; let the step see the rows and make "
                 "the value itself");
    stage_close(stage);
    world_free(&w);
}

static void
defaults_stand_in_new_columns_whatever_their_type(void **state)
{
    struct schema before, after = {0};
    struct world w = {.n_rows = {0, 2, 0}};
    migrator m = {0};
    struct plan p;
    struct stage *stage;

    before_people(&before);
    table_add(&after, "none", "id int64");
    table_add(&after, "child", "id int64,a bool,b money2,c date,d int16,e int32");
    default_set(&after, 1, 1, PD_TAG_INT, "1");
    default_set(&after, 1, 2, PD_TAG_REAL, "1.5");
    default_set(&after, 1, 3, PD_TAG_TEXT, "2024-02-29");
    default_set(&after, 1, 4, PD_TAG_TEXT, "odd");
    world_open(&w, &before, people);
    plan_open(&p, &before, &after);
    plan_flow(&p, 1, 1, 6, 0, NONE, NONE, NONE, NONE, NONE);
    stage = stage_of(&w, &m, &p);
    assert_rows(stage, 1, "11|t|1.50|2024-02-29|odd|NULL; 12|t|1.50|2024-02-29|odd|NULL; ");
    stage_close(stage);
    world_free(&w);
}

static void
a_default_that_is_large_stands_in_every_row_too(void **state)
{
    struct schema before, after = {0};
    struct world w = {.n_rows = {0, 3, 0}};
    char large[2001], expected[7000];
    migrator m = {0};
    struct plan p;
    struct stage *stage;

    memset(large, 'x', 2000);
    large[2000] = 0;
    before_people(&before);
    table_add(&after, "none", "id int64");
    table_add(&after, "child", "id int64,a text,b int32");
    default_set(&after, 1, 1, PD_TAG_TEXT, large);
    default_set(&after, 1, 2, PD_TAG_INT, "7");
    world_open(&w, &before, people);
    plan_open(&p, &before, &after);
    plan_flow(&p, 1, 1, 3, 0, NONE, NONE);
    stage = stage_of(&w, &m, &p);
    snprintf(expected, sizeof expected, "11|%s|7; 12|%s|7; 13|%s|7; ", large, large, large);
    assert_rows(stage, 1, expected);
    stage_close(stage);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

static void
rows_of_a_merged_table_come_behind(void **state)
{
    struct schema before, after = {0};
    struct world w = {.n_rows = {5, 2, 2}};
    struct pd_extent extent = {.struct_size = sizeof extent};
    migrator m = {0};
    struct plan p;
    struct stage *stage;
    struct pd_error err;

    before_people(&before);
    before.tables[2].flags = PD_TABLE_KEY_ORDER;
    table_add(&after, "gone", "id int64");
    table_add(&after, "thing", "id int64,parent int64,text text");
    after.tables[1].flags = PD_TABLE_KEY_ORDER;
    w.has_extent = true;
    world_open(&w, &before, people);
    plan_open(&p, &before, &after);
    plan_flow(&p, 2, 1, 3, 0, NONE, 1);
    plan_flow(&p, 1, 1, 3, 0, 1, NONE);
    stage = stage_of(&w, &m, &p);

    assert_int_equal(stage_source(stage)->catalog->tables[1].flags, 0);
    assert_rows(stage, 1, "21|NULL|first; 22|NULL|second; 11|1|NULL; 12|2|NULL; ");
    assert_int_equal(
        stage_source(stage)->ops->extent(stage_source(stage)->handle, 1, &extent, &err),
        PD_UNSUPPORTED);
    stage_close(stage);
    w.n_said[1] = 3;
    stage = stage_of(&w, &m, &p);
    assert_fails(stage, 1, PD_CAUSE_DIFFERENT,
                 "table 'child': the engine counts 3 rows and 2 were read");
    stage_close(stage);
    world_free(&w);
}

/* ---- Made ---- */

static void
a_row_becomes_none_one_or_many_in_any_table_and_emitted_ones_come_last(void **state)
{
    struct schema before, after;
    struct world w = {.n_rows = {5, 2, 2}};
    migrator m = {.each = pets_each};
    struct plan p;
    struct stage *stage;

    before_people(&before);
    after_pets(&after);
    world_open(&w, &before, people);
    plan_pets(&p, &before, &after);
    stage = stage_of(&w, &m, &p);

    assert_rows(stage, 1, "11|1; 12|2; 1|3; 2|3; 3|4; 4|4; 5|4; 6|5; 7|5; 8|5; 9|5; ");
    assert_rows(stage, 0, "1|ann; 3|cy; 4|NULL; 5|eve; ");
    assert_rows(stage, 1, "11|1; 12|2; 1|3; 2|3; 3|4; 4|4; 5|4; 6|5; 7|5; 8|5; 9|5; ");
    assert_int_equal(m.n_seen, 5); /* once, whatever is read how often */
    stage_close(stage);
    assert_int_equal(m.n_closed, 1);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

static int
sum_each(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
         struct pd_error *err)
{
    const struct pd_table *person = &m->before->tables[table];

    m->sums[in_cell(person, batch, 3, row).bytes[0] == 'r'] +=
        in_cell(person, batch, 2, row).integer;
    return 0;
}

static int
sum_last(migrator *m, uint32_t table, struct pd_error *err)
{
    out_row(m, 0, cell_int(1), cell_text("oslo"), cell_int(m->sums[0]));
    out_row(m, 0, cell_int(2), cell_text("rome"), cell_int(m->sums[1]));
    return 0;
}

static void
many_rows_become_one_at_the_end_of_the_table(void **state)
{
    struct schema before, after = {0};
    struct world w = {.n_rows = {5, 2, 2}};
    migrator m = {.each = sum_each, .last = sum_last};
    struct plan p;
    struct stage *stage;

    before_people(&before);
    table_add(&after, "town", "id int64,name text,years int64");
    world_open(&w, &before, people);
    plan_open(&p, &before, &after);
    plan_see(&p, 0);
    plan_emit(&p, 0, 0);
    stage = stage_of(&w, &m, &p);
    assert_rows(stage, 0, "1|oslo|66; 2|rome|44; ");
    stage_close(stage);

    /* Of an empty table, too. */
    w.n_rows[0] = w.n_said[0] = 0;
    memset(&m, 0, sizeof m);
    m.each = sum_each;
    m.last = sum_last;
    stage = stage_of(&w, &m, &p);
    assert_rows(stage, 0, "1|oslo|0; 2|rome|0; ");
    stage_close(stage);
    world_free(&w);
}

/* ---- Chains ---- */

static void
a_stage_on_a_stage_sees_what_the_first_has_made(void **state)
{
    struct schema before, between, after = {0};
    struct world w = {.n_rows = {5, 2, 2}};
    migrator first = {.each = pets_each}, second = {.each = pets_each};
    struct plan p, q;
    struct stage *lower, *upper = NULL;
    struct pd_error err = {0};

    before_people(&before);
    after_pets(&between);
    world_open(&w, &before, people);
    plan_pets(&p, &before, &between);
    lower = stage_of(&w, &first, &p);

    table_add(&after, "pet", "owner int64,id int64,sort text");
    default_set(&after, 0, 2, PD_TAG_TEXT, "cat");
    plan_open(&q, &between, &after);
    plan_flow(&q, 1, 0, 3, 1, 0, NONE);
    assert_int_equal(
        stage_begin(stage_source(lower), &test_migration, &second, &q.planned, -1, &upper, &err),
        PD_OK);
    assert_rows(upper, 0,
                "1|11|cat; 2|12|cat; 3|1|cat; 3|2|cat; 4|3|cat; 4|4|cat; 4|5|cat; 5|6|cat; "
                "5|7|cat; 5|8|cat; 5|9|cat; ");
    stage_close(upper);
    stage_close(lower);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(dropped_and_renamed_columns_are_the_vectors_of_the_source),
        TEST(an_untouched_table_passes_with_all_that_is_known_of_it),
        TEST(rows_whose_names_alone_change_are_the_rows_that_were_counted),
        TEST(changed_types_are_converted_and_what_does_not_fit_is_named),
        TEST(defaults_stand_in_new_columns_whatever_their_type),
        TEST(a_default_that_is_large_stands_in_every_row_too),
        TEST(rows_of_a_merged_table_come_behind),
        TEST(a_row_becomes_none_one_or_many_in_any_table_and_emitted_ones_come_last),
        TEST(many_rows_become_one_at_the_end_of_the_table),
        TEST(a_stage_on_a_stage_sees_what_the_first_has_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
