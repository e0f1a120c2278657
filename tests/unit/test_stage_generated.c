// SPDX-License-Identifier: Apache-2.0
// test_stage_generated - generated columns whose values a step is given, and those that have none.
#include "stage_steps.h"

/* person(id, age, older generated of age): read like a plain column once somebody has asked. */
static bool is_computed;
static struct pd_source_ops ops;

static struct cell
people(uint32_t table, uint32_t column, uint32_t row, char *scratch)
{
    if (column == 2)
        return is_computed && row != 1 ? cell_int(21 + row) : cell_null();
    return cell_int(column ? 20 + row : row + 1);
}

static pd_status
world_compute(struct pd_source *source, uint32_t table, uint32_t column, struct pd_error *err)
{
    assert_int_equal(table, 0);
    assert_int_equal(column, 2);
    is_computed = true;
    return PD_OK;
}

static void
open_people(struct world *w, struct schema *s, bool can_compute)
{
    *s = (struct schema){0};
    table_add(s, "person", "id int64,age int32,older int32");
    s->columns[0][2].generated = PD_GENERATED_STORED;
    s->columns[0][2].expression = "(\"age\" + 1)";
    world_open(w, s, people);
    is_computed = false;
    ops = world_ops;
    ops.compute = can_compute ? world_compute : NULL;
    w->source.ops = &ops;
}

/* ---- Steps ---- */

static pd_status
open_none(const struct pd_migration *migration, const struct pd_host *host,
          const struct pd_options *options, migrator **ret_migrator, struct pd_error *err)
{
    *ret_migrator = calloc(1, sizeof(migrator));
    return *ret_migrator ? PD_OK : error_memory(err);
}

static void
close_it(migrator *m)
{
    test_close(m);
    free(m);
}

static const struct pd_column was = {
    .struct_size = sizeof was,
    .name = "was",
    .native = "",
    .type = {.struct_size = sizeof was.type, .kind = PD_KIND_INT32, .precision = -1}};

static pd_status
plan_was(migrator *m, const struct pd_catalog *before, const struct pd_change_ops *o,
         struct pd_changes *c, struct pd_error *err)
{
    pd_status status = o->add_column(c, "person", &was, NULL, err);

    if (status == PD_OK)
        status = o->see_rows(c, "person", NULL, err);
    if (status == PD_OK)
        status = o->see_generated(c, "person", "age", err); /* a plain one */
    return status == PD_OK ? o->see_generated(c, "person", "older", err) : status;
}

/* Goes on without the values. */
static pd_status
plan_without(migrator *m, const struct pd_catalog *before, const struct pd_change_ops *o,
             struct pd_changes *c, struct pd_error *err)
{
    pd_status status = plan_was(m, before, o, c, err);

    return status == PD_UNSUPPORTED ? PD_OK : status;
}

static int
was_each(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
         struct pd_error *err)
{
    const struct pd_table *person = &m->before->tables[table];
    struct cell older = batch_cell(&person->columns[2].type, batch_vector(batch, 2), row);
    uint32_t last = (uint32_t)m->after->tables[0].n_columns;

    if (last == 5) /* of a chain */
        out_row(m, 0, in_cell(person, batch, 0, row), in_cell(person, batch, 1, row), cell_null(),
                cell_null(), older);
    else
        out_row(m, 0, in_cell(person, batch, 0, row), in_cell(person, batch, 1, row), cell_null(),
                older);
    return 0;
}

static int
set_each(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
         struct pd_error *err)
{
    out_row(m, 0, cell_int(1), cell_int(2), cell_int(3), cell_null());
    return 0;
}

static pd_status
begin_was(migrator *m, const struct pd_catalog *before, const struct pd_catalog *after,
          const struct pd_step_ops *o, struct pd_step *step, struct pd_error *err)
{
    m->each = was_each;
    return test_begin(m, before, after, o, step, err);
}

static pd_status
begin_set(migrator *m, const struct pd_catalog *before, const struct pd_catalog *after,
          const struct pd_step_ops *o, struct pd_step *step, struct pd_error *err)
{
    m->each = set_each;
    return test_begin(m, before, after, o, step, err);
}

static pd_status
plan_note(migrator *m, const struct pd_catalog *before, const struct pd_change_ops *o,
          struct pd_changes *c, struct pd_error *err)
{
    struct pd_column note = was;

    note.name = "note";
    return o->add_column(c, "person", &note, NULL, err);
}

static pd_status
plan_names(migrator *m, const struct pd_catalog *before, const struct pd_change_ops *o,
           struct pd_changes *c, struct pd_error *err)
{
    return o->rename_column(c, "person", "age", "years", err);
}

static pd_status
plan_updates(migrator *m, const struct pd_catalog *before, const struct pd_change_ops *o,
             struct pd_changes *c, struct pd_error *err)
{
    return o->may_update(c, "person", err);
}

static pd_status
plan_last(migrator *m, const struct pd_catalog *before, const struct pd_change_ops *o,
          struct pd_changes *c, struct pd_error *err)
{
    pd_status status = o->see_rows(c, "person", NULL, err);

    return status == PD_OK ? o->see_generated(c, "person", "older", err) : status;
}

typedef pd_status plan_fn(migrator *m, const struct pd_catalog *before,
                          const struct pd_change_ops *o, struct pd_changes *c,
                          struct pd_error *err);
typedef pd_status begin_fn(migrator *m, const struct pd_catalog *before,
                           const struct pd_catalog *after, const struct pd_step_ops *o,
                           struct pd_step *step, struct pd_error *err);

static struct pd_migration
step_of(const char *from, const char *to, plan_fn *plan, begin_fn *begin)
{
    return (struct pd_migration){.struct_size = sizeof(struct pd_migration),
                                 .from = from,
                                 .to = to,
                                 .origin = "test.c",
                                 .open = open_none,
                                 .plan = plan,
                                 .begin = begin,
                                 .rows = test_rows,
                                 .rest = test_rest,
                                 .close = close_it};
}

static const struct pd_options *const no_options[] = {NULL, NULL};
static const char no_values[] =
    "column 'older' of table 'person' is generated, and there are no values of it: an archive has "
    "none, nor has a table that a step before changes; compute it from the others, or take the "
    "data from the database itself (polydump copy)";

/* The rows after a chain, or its error. */
static void
check_chain(struct world *w, const struct pd_migration **steps, size_t n, const char *wanted)
{
    const struct chain chain = {.steps = steps, .n_steps = n, .from = "1.0", .to = "1.2"};
    const struct migrated_options options = {.options = no_options, .folder = -1};
    struct migrated *migrated = NULL;
    struct buffer out = {0};
    struct pd_error err = {0};
    pd_status status = migrated_open(&w->source, &chain, &options, &migrated, &err);

    if (status == PD_OK)
        status =
            table_text(migrated_source(migrated), migrated_source(migrated)->handle, 0, &out, &err);
    assert_string_equal(status == PD_OK ? buffer_string(&out) : err.text, wanted);
    buffer_free(&out);
    migrated_close(migrated);
    world_free(w);
    assert_int_equal(budget_used(), 0);
}

static void
a_step_is_given_the_values_that_the_source_has(void **state)
{
    struct pd_migration step = step_of("1.0", "1.2", plan_was, begin_was);
    const struct pd_migration *steps[] = {&step};
    struct world w = {.n_rows = {3}, .batch_rows = 2};
    struct schema before;
    char wanted[400];

    open_people(&w, &before, true);
    check_chain(&w, steps, 1, "1|20|NULL|21; 2|21|NULL|NULL; 3|22|NULL|23; ");
    open_people(&w, &before, false);
    snprintf(wanted, sizeof wanted, "step '1.0' -> '1.2' (test.c): %s", no_values);
    check_chain(&w, steps, 1, wanted);
    step.plan = plan_without;
    open_people(&w, &before, false);
    check_chain(&w, steps, 1, "1|20|NULL|NULL; 2|21|NULL|NULL; 3|22|NULL|NULL; ");
}

static void
values_come_through_steps_that_do_not_change_them(void **state)
{
    plan_fn *const changing[] = {plan_names, plan_updates, plan_last};
    struct pd_migration first = step_of("1.0", "1.1", plan_note, test_begin);
    struct pd_migration second = step_of("1.1", "1.2", plan_was, begin_was);
    const struct pd_migration *steps[] = {&first, &second};
    struct world w = {.n_rows = {3}, .batch_rows = 2};
    struct schema before;
    char wanted[400];

    open_people(&w, &before, true);
    check_chain(&w, steps, 2, "1|20|NULL|NULL|21; 2|21|NULL|NULL|NULL; 3|22|NULL|NULL|23; ");
    snprintf(wanted, sizeof wanted, "step '1.1' -> '1.2' (test.c): %s", no_values);
    second.plan = plan_last;
    for (size_t i = 0; i < sizeof changing / sizeof *changing; i++) {
        first.plan = changing[i];
        open_people(&w, &before, true);
        check_chain(&w, steps, 2, wanted);
    }
}

static void
values_of_what_the_target_computes_are_refused(void **state)
{
    struct pd_migration step = step_of("1.0", "1.2", plan_was, begin_set);
    const struct pd_migration *steps[] = {&step};
    struct world w = {.n_rows = {3}};
    struct schema before;

    open_people(&w, &before, true);
    check_chain(&w, steps, 1,
                "step '1.0' -> '1.2' (test.c), table 'person': column 'older': the step made "
                "values of it, but it is generated, so that the target computes them; "
                "change_column() makes it a plain one");
}

static pd_status
plan_wrong(migrator *m, const struct pd_catalog *before, const struct pd_change_ops *o,
           struct pd_changes *c, struct pd_error *err)
{
    if (m->n_seen && o->see_rows(c, "person", NULL, err) != PD_OK)
        return PD_FAILED;
    return o->see_generated(c, "person", m->n_seen ? "oldest" : "older", err);
}

static pd_status
open_wrong(const struct pd_migration *migration, const struct pd_host *host,
           const struct pd_options *options, migrator **ret_migrator, struct pd_error *err)
{
    pd_status status = open_none(migration, host, options, ret_migrator, err);

    if (status == PD_OK)
        (*ret_migrator)->n_seen = migration->flags;
    return status;
}

static void
columns_that_cannot_be_asked_for(void **state)
{
    struct pd_migration step = step_of("1.0", "1.2", plan_wrong, begin_was);
    const struct pd_migration *steps[] = {&step};
    struct world w = {.n_rows = {3}};
    struct schema before;

    step.open = open_wrong;
    open_people(&w, &before, true);
    check_chain(&w, steps, 1,
                "step '1.0' -> '1.2' (test.c): the rows of table 'person' are not seen");
    step.flags = 1;
    open_people(&w, &before, true);
    check_chain(&w, steps, 1,
                "step '1.0' -> '1.2' (test.c): table 'person' has no column 'oldest'");
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_step_is_given_the_values_that_the_source_has),
        TEST(values_come_through_steps_that_do_not_change_them),
        TEST(values_of_what_the_target_computes_are_refused),
        TEST(columns_that_cannot_be_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
