// SPDX-License-Identifier: Apache-2.0
// test_stage_wrong - what steps and sources do wrong, and how it is told.
#include "stage_people.h"

static int
wrong_table(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
            struct pd_error *err)
{
    out_row(m, 1, cell_int(1), cell_int(1));
    return 0;
}

static int
fail_at_bob(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
            struct pd_error *err)
{
    if (row == 1)
        return error_fail(err, PD_FAILED, PD_CAUSE_DATA, "no bob here");
    return pets_each(m, table, batch, row, err);
}

static int
bad_text(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
         struct pd_error *err)
{
    /* The two halves of a character. */
    out_row(m, 0, cell_int(1), cell_text("\xc3"));
    out_row(m, 0, cell_int(2), cell_text("\xa4"));
    return 0;
}

static int
stray_long(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
           struct pd_error *err)
{
    if (m->n_seen++ == 0)
        out_row(m, 0, cell_int(1), cell_long(77));
    return 0;
}

static void
what_a_step_does_wrong_is_told_with_its_name_and_table(void **state)
{
    static const struct {
        int (*each)(migrator *, uint32_t, const struct pd_batch *, uint32_t, struct pd_error *);
        int cause;
        const char *text;
    } cases[] = {
        {wrong_table, PD_CAUSE_BUG,
         "step '1.0' -> '1.1' (test.c), table 'person': the step made rows of table number 1 "
         "('pet'), which it has not planned; name it in `emits`"},
        {fail_at_bob, PD_CAUSE_DATA, "step '1.0' -> '1.1' (test.c), table 'person': no bob here"},
        {bad_text, PD_CAUSE_DATA,
         "step '1.0' -> '1.1' (test.c), table 'person': column 'name': the step made a text that "
         "is not valid UTF-8"},
        {stray_long, PD_CAUSE_BUG,
         "step '1.0' -> '1.1' (test.c), table 'person': column 'name': the step made a row with a "
         "long cell that is not in the batch that it was given"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct schema before, after;
        struct world w = {.n_rows = {5, 2, 2}};
        migrator m = {.each = cases[i].each};
        struct plan p;
        struct stage *stage;

        before_people(&before);
        after_pets(&after);
        world_open(&w, &before, people);
        plan_open(&p, &before, &after);
        plan_flow(&p, 0, 0, 2, 0, 1);
        plan_see(&p, 0);
        stage = stage_of(&w, &m, &p);
        assert_fails(stage, 0, cases[i].cause, cases[i].text);
        assert_fails(stage, 0, cases[i].cause, cases[i].text); /* it is not tried again */
        assert_int_equal(m.n_closed, 0);
        stage_close(stage);
        world_free(&w);
        assert_int_equal(budget_used(), 0);
    }
}

static pd_status
narrow_rows(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t *ret_table,
            const struct pd_batch **ret_batch, struct pd_error *err)
{
    static const struct pd_column column = {.name = "id", .type = {.kind = PD_KIND_INT64}};
    const struct pd_table narrow = {.name = "narrow", .columns = &column, .n_columns = 1};
    struct pd_builder *b = &m->builders[0];

    if (batch_builder_open(b, &narrow, err) != PD_OK || pd_builder_begin(b) != PD_OK)
        return PD_FATAL;
    pd_put_i64(b, 0, 1);
    pd_builder_row(b);
    *ret_table = 0;
    *ret_batch = pd_builder_finish(b);
    return PD_OK;
}

static void
a_batch_that_is_not_of_its_table_is_refused(void **state)
{
    struct pd_migration narrow = test_migration;
    struct schema before, after;
    struct world w = {.n_rows = {5, 2, 2}};
    migrator m = {0};
    struct plan p;
    struct stage *stage = NULL;
    struct pd_error err;

    narrow.rows = narrow_rows;
    before_people(&before);
    after_pets(&after);
    world_open(&w, &before, people);
    plan_open(&p, &before, &after);
    plan_flow(&p, 0, 0, 2, 0, 1);
    plan_see(&p, 0);
    assert_int_equal(stage_begin(&w.source, &narrow, &m, &p.planned, -1, &stage, &err), PD_OK);
    assert_fails(stage, 0, PD_CAUSE_BUG,
                 "step '1.0' -> '1.1' (test.c), table 'person': table 'human': a batch has 1 "
                 "columns, the table has 2");
    stage_close(stage);

    narrow.rows = NULL;
    assert_int_equal(stage_begin(&w.source, &narrow, &m, &p.planned, -1, &stage, &err), PD_FATAL);
    assert_string_equal(err.text,
                        "step '1.0' -> '1.1' (test.c): it wants to see rows and has no rows()");
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

static void
a_table_that_is_not_whole_is_never_migrated(void **state)
{
    struct schema before, after;
    struct world w = {.n_rows = {5, 2, 2}, .has_extent = true};
    migrator m = {.each = pets_each};
    struct plan p;
    struct stage *stage;

    before_people(&before);
    after_pets(&after);
    world_open(&w, &before, people);
    plan_pets(&p, &before, &after);
    w.n_said[0] = 6;
    stage = stage_of(&w, &m, &p);
    assert_fails(stage, 0, PD_CAUSE_DIFFERENT,
                 "table 'person': the engine counts 6 rows and 5 were read");
    stage_close(stage);

    w.has_extent = false;
    w.has_stats = true;
    stage = stage_of(&w, &m, &p);
    assert_fails(stage, 0, PD_CAUSE_CORRUPT, "table 'person': 6 rows were written and 5 read");
    stage_close(stage);

    w.n_said[0] = 5;
    w.digests[0] = (struct digest){.low = 1};
    stage = stage_of(&w, &m, &p);
    assert_fails(stage, 0, PD_CAUSE_CORRUPT,
                 "table 'person': the digest of its rows was 00000000000000000000000000000001 when "
                 "they were written and is d9d88d3d4944186b25702d17a823006b now");
    stage_close(stage);

    w.has_stats = false;
    w.fails_at_read = w.n_reads + 2;
    stage = stage_of(&w, &m, &p);
    assert_fails(stage, 0, PD_CAUSE_IO, "table 'person': the disk is gone");
    stage_close(stage);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

static void
a_condition_is_refused_where_a_step_changes_the_table(void **state)
{
    struct schema before;
    struct world w = {.n_rows = {5, 2, 2}};
    const struct pd_scan scan = {.struct_size = sizeof scan, .where = "id > 1"};
    migrator m = {0};
    struct plan p;
    struct stage *stage;
    struct pd_error err;

    before_people(&before);
    world_open(&w, &before, people);
    plan_open(&p, &before, &before);
    plan_same(&p, 0, 4);
    stage = stage_of(&w, &m, &p);
    assert_int_equal(stage_source(stage)->ops->start(stage_source(stage)->handle, &scan, &err),
                     PD_OK);
    stage_close(stage);
    p.feeds[0].is_untouched = false;
    stage = stage_of(&w, &m, &p);
    assert_int_equal(stage_source(stage)->ops->start(stage_source(stage)->handle, &scan, &err),
                     PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_USAGE);
    stage_close(stage);
    world_free(&w);
}

static void
a_conversion_that_does_not_exist_is_told_before_a_row_is_read(void **state)
{
    struct schema before, after = {0};
    struct world w = {.n_rows = {5, 2, 2}};
    migrator m = {0};
    struct plan p;
    struct stage *stage = NULL;
    struct pd_error err;

    before_people(&before);
    table_add(&after, "person", "id uuid,name text");
    world_open(&w, &before, people);
    plan_open(&p, &before, &after);
    plan_flow(&p, 0, 0, 2, 0, 1);
    assert_int_equal(stage_begin(&w.source, &test_migration, &m, &p.planned, -1, &stage, &err),
                     PD_FATAL);
    assert_string_equal(err.text, "step '1.0' -> '1.1' (test.c): table 'person': column 'id': "
                                  "values of type 'int64' cannot be converted to 'uuid'");
    assert_int_equal(w.n_starts[0], 0);
    world_free(&w);
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_step_does_wrong_is_told_with_its_name_and_table),
        TEST(a_batch_that_is_not_of_its_table_is_refused),
        TEST(a_table_that_is_not_whole_is_never_migrated),
        TEST(a_condition_is_refused_where_a_step_changes_the_table),
        TEST(a_conversion_that_does_not_exist_is_told_before_a_row_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
