// SPDX-License-Identifier: Apache-2.0
// test_stage_large - stages with many rows, long cells, several readers, and no memory.
#include "fault_alloc.h"

#include <pthread.h>

#include "stage_steps.h"

/* ---- Many rows ---- */

enum { MANY = 200000 };

/* Text that does not compress away. */
static struct cell
many(uint32_t table, uint32_t column, uint32_t row, char *scratch)
{
    uint64_t x = (row + 1) * UINT64_C(0x9e3779b97f4a7c15);

    if (column == 0)
        return cell_int(row);
    for (int i = 0; i < 100; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        scratch[i] = (char)('!' + x % 90);
    }
    return (struct cell){
        .tag = PD_TAG_PLAIN, .bytes = (const uint8_t *)scratch, .size = 1 + row % 100};
}

/* Every tenth row goes elsewhere, too. */
static int
many_each(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
          struct pd_error *err)
{
    const struct pd_table *from = &m->before->tables[table];
    struct cell id = in_cell(from, batch, 0, row), text = in_cell(from, batch, 1, row);

    out_row(m, 0, id, text);
    if (id.integer % 10 == 0)
        out_row(m, 1, cell_int(-id.integer), text);
    return 0;
}

/* Compare each row of a table with what it shall be: every `step`-th of the source. */
static uint32_t
count_equal(struct opened_source *source, struct pd_source *handle, uint32_t table, int64_t step)
{
    const struct pd_scan scan = {.struct_size = sizeof scan, .table = table};
    const struct pd_table *t = &source->catalog->tables[table];
    const struct pd_batch *batch;
    struct pd_error err = {0};
    char scratch[4096];
    int64_t next = 0;
    uint32_t n = 0;

    if (source->ops->start(handle, &scan, &err) != PD_OK)
        return 0;
    while (source->ops->read(handle, &batch, &err) == PD_OK) {
        for (uint32_t row = 0; row < batch->n_rows; row++, next += step) {
            struct cell id = in_cell(t, batch, 0, row), text = in_cell(t, batch, 1, row);
            struct cell wanted = many(0, 1, (uint32_t)next, scratch);

            n += (id.integer == next || id.integer == -next) && text.size == wanted.size &&
                 memcmp(text.bytes, wanted.bytes, wanted.size) == 0;
        }
        batch_release(batch);
    }
    return n;
}

static void
before_many(struct schema *s)
{
    *s = (struct schema){0};
    table_add(s, "many", "id int64,text text");
    table_add(s, "few", "id int64,text text");
}

static struct stage *
open_many(struct world *w, struct schema *s, migrator *m, struct plan *p)
{
    before_many(s);
    world_open(w, s, many);
    plan_open(p, s, s);
    plan_flow(p, 0, 0, 2, 0, 1);
    plan_see(p, 0);
    plan_emit(p, 0, 1);
    return stage_of(w, m, p);
}

static void
many_rows_go_through_a_file_and_come_back_as_they_were(void **state)
{
    struct schema s;
    struct world w = {.n_rows = {MANY}, .batch_rows = 5000, .has_extent = true};
    migrator m = {.each = many_each};
    struct plan p;
    struct stage *stage = open_many(&w, &s, &m, &p);
    struct opened_source *source = stage_source(stage);

    budget_set(1); /* less than what a step holds at once must not lock it */
    assert_int_equal(count_equal(source, source->handle, 0, 1), MANY);
    assert_int_equal(count_equal(source, source->handle, 1, 10), MANY / 10);
    assert_true(stage->file.fd >= 0);
    assert_true(stage->file.memory.size <= MADE_MEMORY);
    budget_set(0);
    stage_close(stage);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

/* ---- Several readers ---- */

struct reading {
    struct opened_source *source;
    struct pd_source *handle;
    uint32_t table;
    int64_t step;
    uint32_t n;
};

static void *
read_table(void *arg)
{
    struct reading *reading = arg;

    reading->n = count_equal(reading->source, reading->handle, reading->table, reading->step);
    return NULL;
}

static void
twins_read_what_was_made_once(void **state)
{
    struct schema s;
    struct world w = {.n_rows = {MANY}, .batch_rows = 5000};
    migrator m = {.each = many_each};
    struct plan p;
    struct stage *stage = open_many(&w, &s, &m, &p);
    struct opened_source *source = stage_source(stage);
    struct reading readings[4];
    pthread_t threads[4];
    struct pd_error err;

    for (int i = 0; i < 4; i++) {
        readings[i] = (struct reading){source, source->handle, (uint32_t)i % 2, i % 2 ? 10 : 1, 0};
        if (i)
            assert_int_equal(source->ops->share(source->handle, &readings[i].handle, &err), PD_OK);
        assert_int_equal(pthread_create(&threads[i], NULL, read_table, &readings[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(readings[i].n, i % 2 ? MANY / 10 : MANY);
        if (i)
            source->ops->close(readings[i].handle);
    }
    assert_int_equal(w.n_starts[0], 1);
    stage_close(stage);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

/* ---- Long cells ---- */

/* file(id, bytes, name): every other one is long. */
static struct cell
files(uint32_t table, uint32_t column, uint32_t row, char *scratch)
{
    if (column == 0)
        return cell_int(row + 1);
    if (column == 2)
        return cell_text("f");
    return row % 2 ? cell_long(row) : cell_text("short");
}

static int
file_each(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
          struct pd_error *err)
{
    const struct pd_table *from = &m->before->tables[table];

    out_row(m, 0, in_cell(from, batch, 0, row), in_cell(from, batch, 2, row),
            in_cell(from, batch, 1, row));
    return 0;
}

static int
file_first(migrator *m, struct pd_error *err)
{
    const struct pd_value key = {.integer = 2}, value = {.bytes = "new", .size = 3};
    const uint32_t column = 1;

    return m->ops->update(m->step, 0, &key, &column, &value, 1, err) != PD_OK;
}

static const char files_text[] =
    "1|f|short; 2|f|long 4195304 from b; 3|f|short; 4|f|long 4195304 from d; ";

static void
long_cells_stay_what_they_are_through_steps_of_all_sorts(void **state)
{
    struct schema before = {0}, after = {0};
    struct world w = {.n_rows = {4}};
    migrator m = {.each = file_each}, n = {.each = file_each}, u = {.first = file_first};
    struct plan straight, seen, again, update;
    struct stage *a, *b = NULL, *c = NULL;
    struct pd_error err;

    table_add(&before, "file", "id int64,bytes text,name text");
    table_add(&after, "file", "id int64,name text,bytes text");
    world_open(&w, &before, files);
    plan_open(&straight, &before, &after);
    plan_flow(&straight, 0, 0, 3, 0, 2, 1);
    a = stage_of(&w, &m, &straight);
    assert_rows(a, 0, files_text);
    stage_close(a);

    plan_open(&seen, &before, &after);
    plan_flow(&seen, 0, 0, 3, 0, 2, 1);
    plan_see(&seen, 0);
    a = stage_of(&w, &m, &seen);
    assert_rows(a, 0, files_text);

    /* Two more on it: one that sees them again, the other way round, and one that updates. */
    plan_open(&again, &after, &before);
    plan_flow(&again, 0, 0, 3, 0, 2, 1);
    plan_see(&again, 0);
    assert_int_equal(
        stage_begin(stage_source(a), &test_migration, &n, &again.planned, -1, &b, &err), PD_OK);
    plan_open(&update, &before, &after);
    plan_flow(&update, 0, 0, 3, 0, 2, 1);
    update.feeds[0].may_update = true;
    assert_int_equal(
        stage_begin(stage_source(b), &test_migration, &u, &update.planned, -1, &c, &err), PD_OK);
    assert_rows(c, 0, "1|f|short; 2|new|long 4195304 from b; 3|f|short; 4|f|long 4195304 from d; ");
    /* All of them share one bound of memory, and give back what they had. */
    assert_ptr_equal(b->memory, a->memory);
    assert_ptr_equal(c->memory, a->memory);
    assert_int_equal(a->memory->n_keyed, 1);
    assert_true(a->file.memory.size > 0);
    assert_int_equal(a->file.memory.size + b->file.memory.size + c->file.memory.size +
                         atomic_load(&a->memory->made.left),
                     MADE_MEMORY);
    stage_close(c);
    stage_close(b);
    assert_int_equal(a->file.memory.size + atomic_load(&a->memory->made.left), MADE_MEMORY);
    stage_close(a);

    a = stage_of(&w, &(migrator){.first = file_first}, &update);
    assert_rows(a, 0, "1|f|short; 2|new|long 4195304 from b; 3|f|short; 4|f|long 4195304 from d; ");
    stage_close(a);
    world_free(&w);
    assert_int_equal(budget_used(), 0);
}

/* A value that is looked up is whole, however long. */
static int
whole_first(migrator *m, struct pd_error *err)
{
    const struct pd_value *found, key = {.integer = 2};

    assert_int_equal(m->ops->lookup(m->step, 0, &key, &found, err), PD_OK);
    assert_int_equal(found[0].size, LONG_BYTES);
    for (uint32_t i = 0; i < LONG_BYTES; i++)
        if (((const uint8_t *)found[0].bytes)[i] != long_byte(1, i))
            return -1;
    return 0;
}

static void
long_cells_are_looked_up_whole(void **state)
{
    struct schema before = {0}, after = {0};
    struct world w = {.n_rows = {4, 1}};
    migrator m = {.first = whole_first, .each = file_each};
    struct plan p;
    struct stage *stage;

    table_add(&before, "file", "id int64,bytes text,name text");
    table_add(&after, "file", "id int64,name text,bytes text");
    world_open(&w, &before, files);
    plan_open(&p, &before, &after);
    plan_flow(&p, 0, 0, 3, 0, 2, 1);
    p.feeds[0].may_update = true;
    plan_need(&p, 0, 0, 2);
    stage = stage_of(&w, &m, &p);
    assert_rows(stage, 0, files_text);
    stage_close(stage);
    world_free(&w);
}

/* ---- No memory ---- */

static int
short_each(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
           struct pd_error *err)
{
    const struct pd_table *from = &m->before->tables[table];
    struct pd_value key = {.integer = 1}, value = {.bytes = "v", .size = 1};
    const struct pd_value *found;
    const uint32_t column = 1;
    struct cell id = in_cell(from, batch, 0, row);
    struct pd_builder *b = &m->builders[1];

    if (m->ops->lookup(m->step, 0, &key, &found, err) < 0 ||
        m->ops->learn(m->step, 0, &key, &value, err) != PD_OK ||
        m->ops->update(m->step, 0, &key, &column, &value, 1, err) != PD_OK ||
        m->ops->warn(m->step, err, "row %d", (int)row) != PD_OK)
        return -1;
    out_row(m, 1, id, in_cell(from, batch, 1, row));
    return b->memory && !b->short_of_memory ? 0 : error_memory(err);
}

static pd_status
run_all(struct world *w, const struct plan *p, struct pd_error *err)
{
    CLEANUP(stage) struct stage *stage = NULL;
    CLEANUP(report) struct report *report = NULL;
    CLEANUP_BUFFER struct buffer out = {0};
    migrator m = {.each = short_each};
    pd_status status = stage_begin(&w->source, &test_migration, &m, &p->planned, -1, &stage, err);

    for (uint32_t i = 0; i < 2 && status == PD_OK; i++)
        status = table_text(stage_source(stage), stage_source(stage)->handle, i, &out, err);
    if (status == PD_OK)
        status = report_new(&report, err);
    if (status == PD_OK)
        status = stage_report(stage, report, err);
    if (status == PD_OK && !out.failed)
        assert_int_equal(report->n_left_out, 3);
    if (!stage)
        test_close(&m);
    return status == PD_OK && out.failed ? error_memory(err) : status;
}

static void
every_shortage_of_memory_is_told_and_leaves_nothing(void **state)
{
    struct schema before = {0}, after = {0};
    struct world w = {.n_rows = {3, 3}};
    struct plan p;
    struct pd_error err = {0};
    long n = 0;

    if (!FAULT_ALLOC)
        skip();
    table_add(&before, "a", "id int64,text text");
    table_add(&before, "b", "id int64,text text");
    table_add(&after, "a", "id int64,text text,more int32");
    table_add(&after, "b", "id int64,text text");
    default_set(&after, 0, 2, PD_TAG_INT, "3");
    world_open(&w, &before, many);
    plan_open(&p, &before, &after);
    plan_flow(&p, 0, 0, 3, 0, 1, NONE);
    plan_flow(&p, 1, 1, 2, 0, 1);
    plan_see(&p, 1);
    plan_need(&p, 0, 0, 1);
    p.feeds[0].may_update = true;
    fault_alloc_at(-1);
    assert_int_equal(run_all(&w, &p, &err), PD_OK);
    assert_false(fault_hit);
    for (;; n++) {
        pd_status status;
        bool was_hit;
        long living;

        world_forget(&w);
        budget_trim();
        living = fault_living;
        fault_alloc_at(n);
        status = run_all(&w, &p, &err);
        was_hit = fault_hit;
        fault_alloc_at(-1);
        assert_int_equal(budget_used(), 0);
        world_forget(&w);
        budget_trim();
        assert_int_equal(fault_living, living);
        if (!was_hit)
            break;
        if (status != PD_OK)
            assert_int_equal(err.cause, PD_CAUSE_MEMORY);
    }
    assert_true(n > 100);
    world_free(&w);
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_rows_go_through_a_file_and_come_back_as_they_were),
        TEST(twins_read_what_was_made_once),
        TEST(long_cells_stay_what_they_are_through_steps_of_all_sorts),
        TEST(long_cells_are_looked_up_whole),
        TEST(every_shortage_of_memory_is_told_and_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
