// SPDX-License-Identifier: Apache-2.0
// test_stage_lookup - what a step looks up, learns, numbers, updates and warns of.
#include "stage_steps.h"

#include "migrate/keyed.h"
#include "migrate/step_value.h"

static struct pd_value
value_int(int64_t value)
{
    return (struct pd_value){.integer = value};
}

static struct pd_value
value_text(const char *text)
{
    return (struct pd_value){.bytes = text, .size = (uint32_t)strlen(text)};
}

static struct pd_value
value_null(void)
{
    return (struct pd_value){.tag = -1};
}

/* person(id, town text), town(id, name, size): towns 7 oslo, 8 rome, 9 oslo again, 10 NULL. */
static struct cell
towns(uint32_t table, uint32_t column, uint32_t row, char *scratch)
{
    static const char *const of_person[] = {"rome", "bonn", "oslo", "bonn", "kyiv", "rome"};
    static const char *const of_town[] = {"oslo", "rome", "oslo", NULL};

    if (column == 0)
        return cell_int(table ? row + 7 : row + 1);
    if (column == 2)
        return cell_int(100 * (row + 1));
    if (table == 0)
        return row == 6 ? cell_null() : cell_text(of_person[row % 6]);
    return of_town[row % 4] ? cell_text(of_town[row % 4]) : cell_null();
}

static void
before_towns(struct schema *s)
{
    *s = (struct schema){0};
    table_add(s, "person", "id int64,town text");
    table_add(s, "town", "id int32,name text,size int64");
}

static void
after_towns(struct schema *s)
{
    *s = (struct schema){0};
    table_add(s, "person", "id int64,town_id int32");
    table_add(s, "town", "id int32,name text,size int64");
}

/* person.town becomes a reference; towns that are not there are made. */
static void
plan_towns(struct plan *p, struct schema *before, struct schema *after)
{
    plan_open(p, before, after);
    plan_flow(p, 0, 0, 2, 0, NONE);
    plan_flow(p, 1, 1, 3, 0, 1, 2);
    plan_see(p, 0);
    plan_emit(p, 0, 1);
    plan_need(p, 1, 1, 0); /* town(name -> id) */
    p->needs[0].takes_first = true;
    plan_need(p, 1, 0, 1); /* town(id -> name) */
}

static int
find_town(migrator *m, const struct pd_value *name, struct pd_value *ret_id, struct pd_error *err)
{
    const struct pd_value *found;
    int64_t number;
    pd_status status = m->ops->lookup(m->step, 0, name, &found, err);

    if (status == PD_OK) {
        *ret_id = found[0];
        return 0;
    }
    if (status != PD_DONE || m->ops->next_number(m->step, 0, 0, &number, err) != PD_OK)
        return -1;
    *ret_id = value_int(number);
    if (m->ops->learn(m->step, 0, name, ret_id, err) != PD_OK)
        return -1;
    out_row(m, 1, cell_int(number), step_value_cell(name), cell_null());
    return 0;
}

static int
town_each(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
          struct pd_error *err)
{
    const struct pd_table *person = &m->before->tables[table];
    struct cell cell = in_cell(person, batch, 1, row);
    struct pd_value name = step_value_of(&cell), id = value_null();

    if (cell.tag >= 0 && find_town(m, &name, &id, err))
        return -1;
    out_row(m, 0, in_cell(person, batch, 0, row), step_value_cell(&id));
    return 0;
}

static void
texts_become_references_and_what_is_missing_is_made(void **state)
{
    struct schema before, after;
    struct world w = {.n_rows = {7, 4}, .batch_rows = 2};
    migrator m = {.each = town_each};
    struct plan p;
    struct stage *stage;

    before_towns(&before);
    after_towns(&after);
    world_open(&w, &before, towns);
    plan_towns(&p, &before, &after);
    stage = stage_of(&w, &m, &p);
    /* Of the two towns of a name the first is found. */
    assert_rows(stage, 0, "1|8; 2|11; 3|7; 4|11; 5|12; 6|8; 7|NULL; ");
    assert_rows(stage, 1,
                "7|oslo|100; 8|rome|200; 9|oslo|300; 10|NULL|400; 11|bonn|NULL; 12|kyiv|NULL; ");
    stage_close(stage);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

/* ---- The calls, one by one ---- */

static int
ask_first(migrator *m, struct pd_error *err)
{
    const struct pd_value *found;
    struct pd_value key = value_int(8), text = value_text("bonn"), null = value_null();
    int64_t number;

    /* An integer is found whatever the width of its column, and NULL never. */
    assert_int_equal(m->ops->lookup(m->step, 1, &key, &found, err), PD_OK);
    assert_int_equal(found[0].tag, PD_TAG_PLAIN);
    assert_int_equal(found[0].size, 4);
    assert_memory_equal(found[0].bytes, "rome", 4);
    assert_int_equal(m->ops->lookup(m->step, 0, &null, &found, err), PD_DONE);
    key = value_int(10);
    assert_int_equal(m->ops->lookup(m->step, 1, &key, &found, err), PD_OK);
    assert_int_equal(found[0].tag, -1);

    /* The first of a key counts, also of those that are learnt. */
    assert_int_equal(m->ops->lookup(m->step, 0, &text, &found, err), PD_DONE);
    key = value_int(50);
    assert_int_equal(m->ops->learn(m->step, 0, &text, &key, err), PD_OK);
    key = value_int(51);
    assert_int_equal(m->ops->learn(m->step, 0, &text, &key, err), PD_OK);
    assert_int_equal(m->ops->lookup(m->step, 0, &text, &found, err), PD_OK);
    assert_int_equal(found[0].integer, 50);

    /* Numbers are above all that were ever said, and never the same. */
    assert_int_equal(m->ops->next_number(m->step, 0, 0, &number, err), PD_OK);
    assert_int_equal(number, 52);
    assert_int_equal(m->ops->next_number(m->step, 0, 0, &number, err), PD_OK);
    assert_int_equal(number, 53);
    key = value_int(INT32_MAX - 1);
    assert_int_equal(m->ops->learn(m->step, 0, &null, &key, err), PD_OK);
    assert_int_equal(m->ops->next_number(m->step, 0, 0, &number, err), PD_OK);
    assert_int_equal(number, INT32_MAX);
    assert_int_equal(m->ops->next_number(m->step, 0, 0, &number, err), PD_FAILED);
    assert_string_equal(err->text,
                        "next number of table 'town': column 'id': 2147483647 is in use, and "
                        "'int32' has no number above it; let the step give it a larger type");
    return 0;
}

static int
misuse_first(migrator *m, struct pd_error *err)
{
    const struct pd_value *found;
    struct pd_value key = value_int(INT64_C(1) << 40), bad = value_text("\xff"), text = key;
    struct pd_value tag = {.tag = 99};
    const uint32_t column = 1;
    int64_t number;

    assert_int_equal(m->ops->lookup(m->step, 7, &key, &found, err), PD_FAILED);
    assert_string_equal(err->text, "there is no need number 7");
    assert_int_equal(m->ops->lookup(m->step, 1, &key, &found, err), PD_FAILED);
    assert_string_equal(err->text,
                        "lookup in table 'town': column 'id': 1099511627776 is none of 'int32'");
    assert_int_equal(err->cause, PD_CAUSE_DATA);
    assert_int_equal(m->ops->lookup(m->step, 0, &bad, &found, err), PD_FAILED);
    assert_string_equal(err->text,
                        "lookup in table 'town': column 'name': a text is not valid UTF-8");
    text = value_text("x");
    assert_int_equal(m->ops->learn(m->step, 0, &text, &tag, err), PD_FAILED);
    assert_string_equal(err->text, "lookup in table 'town': column 'id': a value has the tag 99");
    assert_int_equal(m->ops->next_number(m->step, 1, 0, &number, err), PD_FAILED);
    assert_string_equal(err->text, "next number of table 'town': column 'name' is of 'text', which "
                                   "has no next number");
    assert_int_equal(m->ops->next_number(m->step, 1, 1, &number, err), PD_FAILED);
    assert_int_equal(m->ops->update(m->step, 0, &text, &column, &text, 1, err), PD_FAILED);
    assert_string_equal(err->text, "update of table 'person', which the step has not planned");
    assert_int_equal(m->ops->update(m->step, 9, &text, &column, &text, 1, err), PD_FAILED);
    return 0;
}

static void
run_first(int (*first)(migrator *, struct pd_error *))
{
    struct schema before, after;
    struct world w = {.n_rows = {7, 4}};
    migrator m = {.each = town_each, .first = first};
    struct plan p;
    struct stage *stage;

    before_towns(&before);
    after_towns(&after);
    world_open(&w, &before, towns);
    plan_towns(&p, &before, &after);
    stage = stage_of(&w, &m, &p);
    if (first == misuse_first) /* what went wrong was told to the step alone */
        assert_rows(stage, 0, "1|8; 2|11; 3|7; 4|11; 5|12; 6|8; 7|NULL; ");
    else
        assert_fails(stage, 0, PD_CAUSE_LIMIT,
                     "step '1.0' -> '1.1' (test.c), table 'person': next number of table 'town': "
                     "column 'id': 2147483647 is in use, and 'int32' has no number above it; let "
                     "the step give it a larger type");
    stage_close(stage);
    world_free(&w);
}

static void
keys_compare_by_value_and_numbers_are_never_given_twice(void **state)
{
    run_first(ask_first);
}

static void
calls_that_ask_for_what_is_not_there_are_refused(void **state)
{
    run_first(misuse_first);
}

/* Rows that rows() has made count for numbers before they are learnt. */
static int
count_each(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
           struct pd_error *err)
{
    if (row == 0 && m->n_seen++ == 0)
        out_row(m, 1, cell_int(1000), cell_text("made"), cell_null());
    return 0;
}

static int
count_last(migrator *m, uint32_t table, struct pd_error *err)
{
    int64_t number = 0;

    if (m->builders[1].memory) /* it was not handed over yet */
        assert_int_equal(m->ops->next_number(m->step, 0, 0, &number, err), PD_OK);
    m->sums[0] = number;
    return 0;
}

static pd_status
count_rest(migrator *m, uint32_t table, uint32_t *ret_table, const struct pd_batch **ret_batch,
           struct pd_error *err)
{
    int64_t number;
    pd_status status = test_rest(m, table, ret_table, ret_batch, err);

    if (status == PD_DONE) {
        assert_int_equal(m->ops->next_number(m->step, 0, 0, &number, err), PD_OK);
        m->sums[1] = number;
    }
    return status;
}

static void
numbers_are_above_those_of_rows_that_were_handed_over(void **state)
{
    struct pd_migration migration = test_migration;
    struct schema before, after;
    struct world w = {.n_rows = {7, 4}};
    migrator m = {.each = count_each, .last = count_last};
    struct plan p;
    struct stage *stage;
    struct pd_error err;

    migration.rest = count_rest;
    before_towns(&before);
    after_towns(&after);
    world_open(&w, &before, towns);
    plan_towns(&p, &before, &after);
    assert_int_equal(stage_begin(&w.source, &migration, &m, &p.planned, -1, &stage, &err), PD_OK);
    assert_rows(stage, 0, "");
    assert_int_equal(m.sums[0], 11);
    assert_int_equal(m.sums[1], 1001);
    stage_close(stage);
    world_free(&w);
}

/* Rows of one key must say the same. */
static int
ask_several(migrator *m, struct pd_error *err)
{
    struct pd_value oslo = value_text("oslo"), kyiv = value_text("kyiv"), id = value_int(50);
    const struct pd_value *found;

    assert_int_equal(m->ops->lookup(m->step, 0, &oslo, &found, err), PD_FAILED);
    assert_string_equal(err->text,
                        "lookup in table 'town': several rows have name = 'oslo', and differ in "
                        "what is looked up; let the need have more keys, or say that the first row "
                        "counts (first=true, PD_NEED_FIRST)");
    assert_int_equal(err->cause, PD_CAUSE_DATA);
    for (int i = 0; i < 2; i++)
        assert_int_equal(m->ops->learn(m->step, 0, &kyiv, &id, err), PD_OK);
    assert_int_equal(m->ops->lookup(m->step, 0, &kyiv, &found, err), PD_OK);
    assert_int_equal(found[0].integer, 50);
    id = value_int(51);
    assert_int_equal(m->ops->learn(m->step, 0, &kyiv, &id, err), PD_OK);
    assert_int_equal(m->ops->lookup(m->step, 0, &kyiv, &found, err), PD_FAILED);
    return 1;
}

static void
rows_of_one_key_that_differ_are_told_apart(void **state)
{
    struct schema before, after;
    struct world w = {.n_rows = {7, 4}};
    migrator m = {.each = town_each, .first = ask_several};
    struct plan p;
    struct stage *stage;
    struct buffer out = {0};
    struct pd_error err;

    before_towns(&before);
    after_towns(&after);
    world_open(&w, &before, towns);
    plan_towns(&p, &before, &after);
    p.needs[0].takes_first = false;
    stage = stage_of(&w, &m, &p);
    assert_int_equal(table_text(stage_source(stage), stage_source(stage)->handle, 0, &out, &err),
                     PD_FATAL);
    buffer_free(&out);
    stage_close(stage);
    world_free(&w);
}

/* ---- Updates ---- */

static pd_status
set_town(migrator *m, int64_t id, const char *name, int64_t size, struct pd_error *err)
{
    const uint32_t columns[] = {1, 2};
    struct pd_value key = value_int(id), values[] = {value_text(name), value_int(size)};

    return m->ops->update(m->step, 1, &key, columns, values, size < 0 ? 1 : 2, err);
}

/* Before its row is made, after it, of a straight one, of none; later ones win, by column. */
static int
update_each(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
            struct pd_error *err)
{
    int64_t id = in_cell(&m->before->tables[table], batch, 0, row).integer;

    if (id == 1 && set_town(m, 102, "before", 1, err))
        return -1;
    if (id <= 3)
        out_row(m, 1, cell_int(100 + id), cell_text("made"), cell_int(id));
    if (id == 3 && (set_town(m, 101, "after", 2, err) || set_town(m, 8, "ROME", -1, err) ||
                    set_town(m, 101, "later", -1, err) || set_town(m, 5, "none", 1, err) ||
                    set_town(m, 6, "none", 1, err)))
        return -1;
    return m->ops->warn(m->step, err, "person %d was seen", (int)id) != PD_OK;
}

static void
plan_updates(struct plan *p, struct schema *before, struct schema *after)
{
    plan_open(p, before, after);
    plan_flow(p, 1, 1, 3, 0, 1, 2);
    plan_see(p, 0);
    plan_emit(p, 0, 1);
    p->feeds[1].may_update = true;
}

static void
assert_line(const struct report *report, size_t i, const char *expected)
{
    assert_true(i < report->n_left_out);
    assert_string_equal(report->left_out[i], expected);
}

static void
updates_reach_rows_wherever_they_come_from_and_lost_ones_are_told(void **state)
{
    CLEANUP(report) struct report *report = NULL;
    struct schema before, after;
    struct world w = {.n_rows = {3, 4}, .batch_rows = 2};
    migrator m = {.each = update_each};
    struct plan p;
    struct stage *stage;
    struct pd_error err;

    before_towns(&before);
    after_towns(&after);
    after.tables[1].flags = PD_TABLE_KEY_ORDER;
    world_open(&w, &before, towns);
    plan_updates(&p, &before, &after);
    stage = stage_of(&w, &m, &p);
    budget_set(1); /* a batch and what is made of it are there at once */
    assert_rows(stage, 1,
                "7|oslo|100; 8|ROME|200; 9|oslo|300; 10|NULL|400; 101|later|2; 102|before|1; "
                "103|made|3; ");
    assert_int_equal(report_new(&report, &err), PD_OK);
    assert_int_equal(stage_report(stage, report, &err), PD_OK);
    assert_int_equal(report->n_left_out, 4);
    assert_line(report, 0, "step '1.0' -> '1.1': person 1 was seen");
    assert_line(report, 2, "step '1.0' -> '1.1': person 3 was seen");
    assert_line(report, 3,
                "step '1.0' -> '1.1': update() named 2 rows of table 'town' that are not there");
    assert_int_equal(report_exit_status(report), 3);
    budget_set(0);
    stage_close(stage);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

/* A batch without a row that is updated is handed on as it is. */
static void
only_batches_with_an_updated_row_are_made_anew(void **state)
{
    struct schema before, after;
    struct world w = {.n_rows = {3, 4}, .batch_rows = 2};
    const struct pd_scan scan = {.struct_size = sizeof scan, .table = 1};
    migrator m = {.each = update_each};
    struct plan p;
    struct stage *stage;
    const struct pd_batch *batch;
    struct pd_source *handle;
    struct pd_error err;

    before_towns(&before);
    after_towns(&after);
    world_open(&w, &before, towns);
    plan_updates(&p, &before, &after);
    stage = stage_of(&w, &m, &p);
    handle = stage_source(stage)->handle;
    assert_int_equal(stage_source(stage)->ops->start(handle, &scan, &err), PD_OK);
    assert_int_equal(stage_source(stage)->ops->read(handle, &batch, &err), PD_OK);
    assert_ptr_not_equal(batch, w.last);
    batch_release(batch);
    assert_int_equal(stage_source(stage)->ops->read(handle, &batch, &err), PD_OK);
    assert_ptr_equal(batch, w.last);
    batch_release(batch);
    stage_close(stage);
    world_free(&w);
}

/* Lookups after updates: of rows that are there, of one that is made before and one behind, by
   a key that changes, and by one that two rows have for a while. */
static int
ask_updated(migrator *m, struct pd_error *err)
{
    const uint32_t name = 1;
    const struct pd_value *found;
    struct pd_value id = value_int(8), other = value_int(9), text = value_text("ROME"), old;
    struct pd_value row[] = {value_int(200), value_text("made"), value_int(2)};

    /* town(id -> name), town(name -> id) */
    assert_int_equal(m->ops->update(m->step, 1, &id, &name, &text, 1, err), PD_OK);
    assert_int_equal(m->ops->lookup(m->step, 1, &id, &found, err), PD_OK);
    assert_memory_equal(found[0].bytes, "ROME", 4);
    assert_int_equal(m->ops->lookup(m->step, 0, &text, &found, err), PD_OK);
    assert_int_equal(found[0].integer, 8);
    old = value_text("rome");
    assert_int_equal(m->ops->lookup(m->step, 0, &old, &found, err), PD_DONE);

    assert_int_equal(m->ops->update(m->step, 1, &other, &name, &text, 1, err), PD_OK);
    assert_int_equal(m->ops->lookup(m->step, 0, &text, &found, err), PD_FAILED);
    old = value_text("oslo"); /* of which there was one more */
    assert_int_equal(m->ops->lookup(m->step, 0, &old, &found, err), PD_OK);
    assert_int_equal(found[0].integer, 7);
    row[1].tag = -1;
    assert_int_equal(m->ops->update(m->step, 1, &other, &name, &row[1], 1, err), PD_OK);
    assert_int_equal(m->ops->lookup(m->step, 0, &text, &found, err), PD_OK);
    assert_int_equal(found[0].integer, 8);

    /* A row that is made behind its update. */
    id = value_int(200);
    text = value_text("later");
    assert_int_equal(m->ops->update(m->step, 1, &id, &name, &text, 1, err), PD_OK);
    assert_int_equal(m->ops->lookup(m->step, 0, &text, &found, err), PD_DONE);
    row[1] = value_text("made");
    assert_int_equal(m->ops->learn_row(m->step, 1, row, err), PD_OK);
    assert_int_equal(m->ops->lookup(m->step, 0, &text, &found, err), PD_OK);
    assert_int_equal(found[0].integer, 200);
    assert_int_equal(m->ops->lookup(m->step, 0, &row[1], &found, err), PD_DONE);

    /* learn() does not say which row it is, where the need does not. */
    id = value_int(5);
    assert_int_equal(m->ops->learn(m->step, 0, &text, &id, err), PD_OK);
    assert_int_equal(m->ops->learn(m->step, 2, &text, &id, err), PD_FAILED);
    assert_string_equal(err->text,
                        "lookup in table 'town': rows of it may be updated, so that a row is known "
                        "by its primary key, which learn() does not say; learn_row() does");
    return 0;
}

static void
lookups_see_what_was_updated(void **state)
{
    struct schema before, after;
    struct world w = {.n_rows = {7, 4}};
    migrator m = {.each = town_each, .first = ask_updated};
    struct plan p;
    struct stage *stage;

    before_towns(&before);
    after_towns(&after);
    world_open(&w, &before, towns);
    plan_towns(&p, &before, &after);
    p.needs[0].takes_first = false;
    p.feeds[1].may_update = true;
    plan_need(&p, 1, 1, 2); /* town(name -> size) */
    m.each = NULL;
    p.planned.n_seen = 0;
    stage = stage_of(&w, &m, &p);
    assert_rows(stage, 1, "7|oslo|100; 8|ROME|200; 9|NULL|300; 10|NULL|400; ");
    stage_close(stage);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

/* What begin() says alone is enough, and what nobody has read is looked for. */
static int
begin_only(migrator *m, struct pd_error *err)
{
    return set_town(m, 9, "PARIS", 5, err) != PD_OK || set_town(m, 99, "x", 5, err) != PD_OK;
}

static void
a_step_may_update_without_seeing_rows(void **state)
{
    CLEANUP(report) struct report *report = NULL;
    struct schema before, after;
    struct world w = {.n_rows = {3, 4}};
    migrator m = {.first = begin_only};
    struct plan p;
    struct stage *stage;
    struct pd_error err;

    before_towns(&before);
    after_towns(&after);
    world_open(&w, &before, towns);
    plan_open(&p, &before, &after);
    plan_flow(&p, 1, 1, 3, 0, 1, 2);
    p.feeds[1].may_update = true;
    stage = stage_of(&w, &m, &p);
    assert_int_equal(report_new(&report, &err), PD_OK);
    assert_int_equal(stage_report(stage, report, &err), PD_OK);
    assert_int_equal(report->n_left_out, 1);
    assert_line(report, 0,
                "step '1.0' -> '1.1': update() named 1 row of table 'town' that is not there");
    assert_rows(stage, 1, "7|oslo|100; 8|rome|200; 9|PARIS|5; 10|NULL|400; ");
    stage_close(stage);
    world_free(&w);
}

/* ---- The parts ---- */

static void
values_are_kept_exactly(void **state)
{
    const struct pd_value values[] = {
        {.tag = -1},
        {.tag = 0, .integer = INT64_MIN},
        {.tag = PD_TAG_INT, .integer = -1},
        {.tag = PD_TAG_REAL, .real = -0.0},
        {.tag = PD_TAG_REAL, .real = 0.1},
        {.tag = PD_TAG_TEXT, .bytes = "", .size = 0},
        {.tag = PD_TAG_NATIVE, .bytes = "a\0b", .size = 3},
        {.tag = PD_TAG_POS_INF},
    };
    CLEANUP_BUFFER struct buffer out = {0};
    struct cursor in;

    for (size_t i = 0; i < COUNT_OF(values); i++)
        step_value_put(&out, &values[i]);
    assert_int_equal(out.size, 1 + 9 + 9 + 9 + 9 + 5 + 8 + 1);
    in = cursor_of(out.data, out.size);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct pd_value value = step_value_get(&in);

        assert_int_equal(value.tag, values[i].tag);
        assert_true(value.integer == values[i].integer);
        assert_memory_equal(&value.real, &values[i].real, sizeof value.real);
        assert_int_equal(value.size, values[i].size);
        assert_int_equal(value.bytes != NULL, values[i].bytes != NULL);
        if (value.size)
            assert_memory_equal(value.bytes, values[i].bytes, value.size);
    }
    assert_int_equal(cursor_left(&in), 0);
}

static void
keys_of_any_number_are_found_again_in_bounded_memory(void **state)
{
    enum { KEYS = 200000 };
    CLEANUP(keyed) struct keyed *keyed = NULL;
    CLEANUP_BUFFER struct buffer key = {0}, value = {0};
    struct keyed_table *table, *other;
    struct pd_error err;

    assert_int_equal(keyed_new(&keyed, &err), PD_OK);
    assert_int_equal(keyed_table_new(keyed, &table, &err), PD_OK);
    assert_int_equal(keyed_table_new(keyed, &other, &err), PD_OK);
    for (uint64_t i = 0; i < KEYS; i++) {
        buffer_clear(&key);
        buffer_clear(&value);
        buffer_u64(&key, i * UINT64_C(0x9e3779b97f4a7c15));
        buffer_printf(&value, "value of key number %llu, which is long enough to fill pages",
                      (unsigned long long)i);
        assert_int_equal(keyed_add(table, &key, &value, &err), PD_OK);
    }
    assert_int_equal(keyed_count(table), KEYS);
    assert_int_equal(keyed_count(other), 0);
    assert_int_equal(keyed_get(other, &key, &value, &err), PD_DONE);
    for (uint64_t i = 0; i < KEYS; i += 997) {
        char expected[100];

        buffer_clear(&key);
        buffer_u64(&key, i * UINT64_C(0x9e3779b97f4a7c15));
        snprintf(expected, sizeof expected,
                 "value of key number %llu, which is long enough to fill pages",
                 (unsigned long long)i);
        assert_int_equal(keyed_get(table, &key, &value, &err), PD_OK);
        assert_string_equal(buffer_string(&value), expected);
        assert_int_equal(keyed_use(table, &key, &err), PD_OK);
        assert_int_equal(keyed_use(table, &key, &err), PD_OK);
    }
    assert_int_equal(keyed_unused(table), KEYS - (KEYS + 996) / 997);
    buffer_clear(&key);
    assert_int_equal(keyed_get(table, &key, &value, &err), PD_DONE);
    assert_int_equal(keyed_set(table, &key, &key, &err), PD_OK);
    assert_int_equal(keyed_get(table, &key, &value, &err), PD_OK);
    assert_int_equal(value.size, 0);
    assert_int_equal(keyed_count(table), KEYS + 1);
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(texts_become_references_and_what_is_missing_is_made),
        TEST(keys_compare_by_value_and_numbers_are_never_given_twice),
        TEST(calls_that_ask_for_what_is_not_there_are_refused),
        TEST(numbers_are_above_those_of_rows_that_were_handed_over),
        TEST(updates_reach_rows_wherever_they_come_from_and_lost_ones_are_told),
        TEST(rows_of_one_key_that_differ_are_told_apart),
        TEST(lookups_see_what_was_updated),
        TEST(only_batches_with_an_updated_row_are_made_anew),
        TEST(a_step_may_update_without_seeing_rows),
        TEST(values_are_kept_exactly),
        TEST(keys_of_any_number_are_found_again_in_bounded_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
