// SPDX-License-Identifier: Apache-2.0
// test_stage_open - whole steps, from their plan to their rows, and chains of them.
#include "stage_steps.h"

/* person(id, name, age, city), child(id, parent) */
static struct cell
people(uint32_t table, uint32_t column, uint32_t row, char *scratch)
{
    if (column == 0)
        return cell_int(row + 1 + 10 * table);
    if (table == 1)
        return cell_int(row + 1);
    if (column == 2)
        return cell_int(20 + row);
    return cell_text(column == 1 ? (row ? "bob" : "ann") : (row % 2 ? "rome" : "oslo"));
}

static void
before_people(struct schema *s)
{
    *s = (struct schema){0};
    table_add(s, "person", "id int64,name text,age int32,city text");
    table_add(s, "child", "id int64,parent int64");
}

/* ---- The first step changes the schema alone ---- */

static int n_open;

static pd_status
open_counted(const struct pd_migration *migration, const struct pd_host *host,
             const struct pd_options *options, migrator **ret_migrator, struct pd_error *err)
{
    *ret_migrator = calloc(1, sizeof(migrator));
    if (!*ret_migrator)
        return error_memory(err);
    (*ret_migrator)->before = NULL;
    n_open++;
    return PD_OK;
}

static void
close_counted(migrator *m)
{
    if (!m)
        return;
    test_close(m);
    free(m);
    n_open--;
}

static pd_status
plan_names(migrator *m, const struct pd_catalog *before, const struct pd_change_ops *ops,
           struct pd_changes *changes, struct pd_error *err)
{
    const struct pd_column column = {
        .struct_size = sizeof column,
        .name = "note",
        .native = "",
        .type = {.struct_size = sizeof column.type, .kind = PD_KIND_TEXT, .precision = -1},
        .default_kind = PD_DEFAULT_LITERAL,
        .default_tag = PD_TAG_TEXT,
        .default_text = "none",
        .default_size = 4};
    pd_status status = ops->rename_table(changes, "person", "human", err);

    if (status == PD_OK)
        status = ops->drop_column(changes, "human", "age", err);
    if (status == PD_OK)
        status = ops->rename_column(changes, "human", "city", "town", err);
    return status == PD_OK ? ops->add_column(changes, "human", &column, "name", err) : status;
}

static const struct pd_migration first_step = {
    .struct_size = sizeof first_step,
    .from = "1.0",
    .to = "1.1",
    .origin = "first.c",
    .open = open_counted,
    .plan = plan_names,
    .close = close_counted,
};

/* ---- The second one makes rows ---- */

static pd_status
plan_towns(migrator *m, const struct pd_catalog *before, const struct pd_change_ops *ops,
           struct pd_changes *changes, struct pd_error *err)
{
    static const char *const emits[] = {"town", NULL};
    static const char *const keys[] = {"name", NULL}, *const values[] = {"id", NULL};
    const struct pd_need need = {
        .struct_size = sizeof need, .table = "town", .keys = keys, .values = values};
    struct schema town = {0};
    struct pd_column reference = {
        .struct_size = sizeof reference,
        .type = {.struct_size = sizeof reference.type, .kind = PD_KIND_INT64, .precision = -1},
        .native = ""};
    uint32_t number = 99;
    pd_status status;

    table_add(&town, "town", "id int64,name text");
    status = ops->add_table(changes, &town.tables[0], err);
    if (status == PD_OK)
        status = ops->change_column(changes, "human", "town", &reference, err);
    if (status == PD_OK)
        status = ops->see_rows(changes, "human", emits, err);
    if (status == PD_OK)
        status = ops->need(changes, &need, &number, err);
    if (status == PD_OK)
        status = ops->may_update(changes, "child", err);
    assert_int_equal(number, 0);
    return status;
}

static uint32_t
find(const struct pd_catalog *catalog, const char *name)
{
    long at = schema_find_table(catalog, NULL, name);

    assert_true(at >= 0);
    return (uint32_t)at;
}

static int
towns_each(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
           struct pd_error *err)
{
    const struct pd_table *human = &m->before->tables[table];
    struct cell cell = in_cell(human, batch, 3, row);
    struct pd_value name = {.bytes = cell.bytes, .size = (uint32_t)cell.size}, id = {0};
    const struct pd_value *found;
    pd_status status = m->ops->lookup(m->step, 0, &name, &found, err);

    if (status == PD_DONE) {
        if (m->ops->next_number(m->step, 0, 0, &id.integer, err) != PD_OK ||
            m->ops->learn(m->step, 0, &name, &id, err) != PD_OK)
            return -1;
        out_row(m, find(m->after, "town"), cell_int(id.integer), cell);
    }
    out_row(m, find(m->after, "human"), in_cell(human, batch, 0, row),
            in_cell(human, batch, 1, row), in_cell(human, batch, 2, row),
            cell_int(status == PD_OK ? found[0].integer : id.integer));
    return status < 0;
}

static pd_status
begin_towns(migrator *m, const struct pd_catalog *before, const struct pd_catalog *after,
            const struct pd_step_ops *ops, struct pd_step *step, struct pd_error *err)
{
    const struct pd_value key = {.integer = 12}, value = {.integer = 77};
    const uint32_t column = 1;
    pd_status status = test_begin(m, before, after, ops, step, err);

    m->each = towns_each;
    if (status == PD_OK)
        status = ops->update(step, find(after, "child"), &key, &column, &value, 1, err);
    return status == PD_OK ? ops->warn(step, err, "towns are %s", "numbered") : status;
}

static const struct pd_migration second_step = {
    .struct_size = sizeof second_step,
    .from = "1.1",
    .to = "2.0",
    .origin = "second.c",
    .open = open_counted,
    .plan = plan_towns,
    .begin = begin_towns,
    .rows = test_rows,
    .rest = test_rest,
    .close = close_counted,
};

/* ---- The third one makes rows of nothing ---- */

static const char *loaded; /* the table that its rows are of */

static pd_status
plan_load(migrator *m, const struct pd_catalog *before, const struct pd_change_ops *ops,
          struct pd_changes *changes, struct pd_error *err)
{
    static const char *const child[] = {"child", NULL};

    return ops->make_rows(changes, child, err);
}

/* sums[0]: rows that it has made. */
static pd_status
make_child(migrator *m, int64_t upto, uint32_t *ret_table, const struct pd_batch **ret_batch,
           struct pd_error *err)
{
    if (m->sums[0] == upto)
        return PD_DONE;
    m->sums[0]++;
    if (strcmp(loaded, "child") == 0)
        out_row(m, find(m->after, loaded), cell_int(90 + m->sums[0]), cell_int(m->sums[0]));
    else
        out_row(m, find(m->after, loaded), cell_int(0), cell_text("x"), cell_int(0),
                cell_text("y"));
    return flush(m, true, ret_table, ret_batch, err);
}

static pd_status
before_children(migrator *m, uint32_t *ret_table, const struct pd_batch **ret_batch,
                struct pd_error *err)
{
    return make_child(m, 2, ret_table, ret_batch, err);
}

static pd_status
after_children(migrator *m, uint32_t *ret_table, const struct pd_batch **ret_batch,
               struct pd_error *err)
{
    return make_child(m, 3, ret_table, ret_batch, err);
}

static const struct pd_migration third_step = {
    .struct_size = sizeof third_step,
    .from = "1.0",
    .to = "1.1",
    .origin = "third.c",
    .open = open_counted,
    .plan = plan_load,
    .begin = test_begin,
    .close = close_counted,
    .before_load = before_children,
    .after_load = after_children,
};

static void
assert_table(struct opened_source *source, const char *name, const char *expected)
{
    CLEANUP_BUFFER struct buffer out = {0};
    struct pd_error err = {0};

    if (table_text(source, source->handle, find(source->catalog, name), &out, &err) != PD_OK)
        fail_msg("%s", err.text);
    assert_string_equal(buffer_string(&out), expected);
}

/* ---- Tests ---- */

static const struct pd_options *no_options[3];

static void
steps_of_a_chain_stand_on_each_other(void **state)
{
    const struct pd_migration *steps[] = {&first_step, &second_step};
    const struct chain chain = {.steps = steps, .n_steps = 2, .from = "1.0", .to = "2.0"};
    const struct migrated_options options = {.options = no_options, .folder = -1};
    CLEANUP(report) struct report *report = NULL;
    struct schema before;
    struct world w = {.n_rows = {4, 2}};
    struct migrated *migrated;
    struct opened_source *source;
    struct pd_error err = {0};

    before_people(&before);
    world_open(&w, &before, people);
    if (migrated_open(&w.source, &chain, &options, &migrated, &err) != PD_OK)
        fail_msg("%s", err.text);
    assert_int_equal(n_open, 2);
    assert_int_equal(w.n_reads, 0);
    source = migrated_source(migrated);
    assert_string_equal(source->catalog->application_version, "2.0");
    assert_int_equal(source->catalog->n_tables, 3);
    assert_table(source, "child", "11|1; 12|77; ");
    assert_table(source, "human", "1|none|ann|1; 2|none|bob|2; 3|none|bob|1; 4|none|bob|2; ");
    assert_table(source, "town", "1|oslo; 2|rome; ");
    assert_int_equal(report_new(&report, &err), PD_OK);
    assert_int_equal(migrated_report(migrated, report, &err), PD_OK);
    assert_int_equal(report->n_left_out, 1);
    assert_string_equal(report->left_out[0], "step '1.1' -> '2.0': towns are numbered");
    migrated_close(migrated);
    assert_int_equal(n_open, 0);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

static void
rows_that_come_of_none_stand_behind_those_of_the_table(void **state)
{
    struct schema before;
    struct world w = {.n_rows = {4, 2}};
    struct stage *stage;
    struct pd_error err = {0};

    loaded = "child";
    before_people(&before);
    world_open(&w, &before, people);
    if (stage_open(&w.source, &third_step, NULL, -1, &stage, &err) != PD_OK)
        fail_msg("%s", err.text);
    assert_table(stage_source(stage), "child", "11|1; 12|2; 91|1; 92|2; 93|3; ");
    assert_table(stage_source(stage), "child", "11|1; 12|2; 91|1; 92|2; 93|3; ");
    stage_close(stage);
    assert_int_equal(n_open, 0);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

static void
rows_of_none_are_of_tables_that_were_planned(void **state)
{
    struct schema before;
    struct world w = {.n_rows = {4, 2}};
    struct stage *stage;
    struct pd_error err = {0};
    CLEANUP_BUFFER struct buffer out = {0};

    loaded = "person";
    before_people(&before);
    world_open(&w, &before, people);
    if (stage_open(&w.source, &third_step, NULL, -1, &stage, &err) != PD_OK)
        fail_msg("%s", err.text);
    assert_int_equal(table_text(stage_source(stage), stage_source(stage)->handle, 1, &out, &err),
                     PD_FATAL);
    assert_string_equal(err.text,
                        "step '1.0' -> '1.1' (third.c): the step made rows of table number 0 "
                        "('person'), which it has not planned; name it in `emits`");
    stage_close(stage);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

static void
a_chain_of_no_steps_is_the_source_itself(void **state)
{
    const struct chain chain = {.from = "1.0", .to = "1.0"};
    const struct migrated_options options = {.options = no_options, .folder = -1};
    struct schema before;
    struct world w = {.n_rows = {4, 2}};
    struct migrated *migrated;
    struct pd_error err;

    before_people(&before);
    world_open(&w, &before, people);
    assert_int_equal(migrated_open(&w.source, &chain, &options, &migrated, &err), PD_OK);
    assert_ptr_equal(migrated_source(migrated), &w.source);
    migrated_close(migrated);
    world_free(&w);
}

/* The second has no table 'person' any more. */
static void
a_step_that_cannot_be_planned_is_named_and_closes_all(void **state)
{
    const struct pd_migration *steps[] = {&first_step, &first_step};
    const struct chain chain = {.steps = steps, .n_steps = 2, .from = "1.0", .to = "1.1"};
    const struct migrated_options options = {.options = no_options, .folder = -1};
    struct schema before;
    struct world w = {.n_rows = {4, 2}};
    struct migrated *migrated;
    struct pd_error err;

    before_people(&before);
    world_open(&w, &before, people);
    assert_int_equal(migrated_open(&w.source, &chain, &options, &migrated, &err), PD_FAILED);
    assert_string_equal(err.text, "step '1.0' -> '1.1' (first.c): there is no table 'person'");
    assert_int_equal(err.cause, PD_CAUSE_MISSING);
    assert_int_equal(n_open, 0);
    world_free(&w);
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(steps_of_a_chain_stand_on_each_other),
        TEST(rows_that_come_of_none_stand_behind_those_of_the_table),
        TEST(rows_of_none_are_of_tables_that_were_planned),
        TEST(a_chain_of_no_steps_is_the_source_itself),
        TEST(a_step_that_cannot_be_planned_is_named_and_closes_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
