// SPDX-License-Identifier: Apache-2.0
/* lua_bench - rows a second through functions in Lua, and value by value in C, on a table of ten
   columns, in CPU time.
   Built like tests/unit/test_lua_steps. Usage: lua_bench [BATCHES] */
#include "../unit/lua_world.h"

#include <time.h>

static struct pd_column columns[] = {COLUMN("id", INT64),       COLUMN("name", TEXT),
                                     COLUMN("email", TEXT),     COLUMN("region", TEXT),
                                     COLUMN("born", DATE),      COLUMN("price", DECIMAL),
                                     COLUMN("active", BOOL),    COLUMN("score", FLOAT64),
                                     COLUMN("made", TIMESTAMP), COLUMN("notes", TEXT)};
static struct pd_table tables[] = {TABLE("person", columns)};

static const struct {
    const char *what;
    const char *body;
} cases[] = {
    {"pass", "return row"},
    {"set one", "row.name = row.name .. '!' return row"},
    {"set three", "row.name = row.name:upper() row.score = row.score * 2\n"
                  "if row.region == 'north' then row.active = false end return row"},
    {"dates and decimals", "row.born = row.born row.price = row.price * 2 return row"},
    {"split", "local first, last = row.name:match('^(%S+) (%S+)$')\n"
              "row.name = last row.email = first return row"},
    {"a table of all", "return ctx:copy(row)"},
    {"drop", "return nil"},
};

static const struct pd_batch *
make_batch(void)
{
    struct pd_builder b;
    const struct pd_batch *batch;
    uint64_t price[2] = {12345, 0};

    assert_int_equal(batch_builder_open(&b, &tables[0], &err), PD_OK);
    assert_int_equal(pd_builder_begin(&b), PD_OK);
    b.max_rows = PD_BATCH_ROWS;
    for (int i = 0; i < PD_BATCH_ROWS; i++) {
        char text[64];

        pd_put_i64(&b, 0, i);
        pd_put_bytes(&b, 1, text, (size_t)snprintf(text, sizeof text, "First%d Last%d", i, i));
        pd_put_bytes(&b, 2, text, (size_t)snprintf(text, sizeof text, "someone%d@example.org", i));
        pd_put_bytes(&b, 3, i % 3 ? "south" : "north", 5);
        pd_put_int(&b, 4, i % 10000);
        pd_put_fixed(&b, 5, price);
        pd_put_int(&b, 6, i & 1);
        pd_put_f64(&b, 7, i * 0.5);
        pd_put_i64(&b, 8, i * INT64_C(1000000007));
        pd_put_bytes(&b, 9, "a note of some length that nobody reads", 39);
        pd_builder_row(&b);
    }
    batch = pd_builder_finish(&b);
    pd_builder_close(&b);
    return batch;
}

static void
run(size_t which, const struct pd_batch *batch, int n_batches)
{
    char members[512];
    const struct pd_batch *made;
    uint32_t to;
    clock_t start;
    double seconds;

    snprintf(members, sizeof members, "tables={person=function(row, ctx)\n%s\nend}",
             cases[which].body);
    assert_ok(open_body(members));
    assert_ok(plan_and_begin());
    start = clock();
    for (int i = 0; i < n_batches; i++) {
        while (migration->rows(migrator, 0, batch, &to, &made, &err) == PD_OK)
            made->release(made);
    }
    seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("%-20s %8.0f rows a second%s\n", cases[which].what,
           (double)n_batches * PD_BATCH_ROWS / seconds, err.cause ? err.text : "");
    close_step();
}

/* The same row out of one batch and into another, as a step in C does it. */
static void
run_in_c(const struct pd_batch *batch, int n_batches)
{
    struct pd_builder b;
    clock_t start = clock();

    assert_int_equal(pd_builder_table(&b, host_get(), &tables[0]), PD_OK);
    for (int i = 0; i < n_batches; i++) {
        const struct pd_batch *made;

        assert_int_equal(pd_builder_begin(&b), PD_OK);
        for (uint32_t row = 0; row < batch->n_rows; row++) {
            for (uint32_t k = 0; k < batch->n_columns; k++) {
                struct pd_value value;

                pd_value_at(&columns[k].type, pd_vector_at(batch, k), row, &value);
                pd_put_value(&b, k, &value);
            }
            pd_builder_row(&b);
        }
        made = pd_builder_finish(&b);
        made->release(made);
    }
    pd_builder_close(&b);
    printf("%-20s %8.0f rows a second\n", "value.h in C",
           (double)n_batches * PD_BATCH_ROWS * CLOCKS_PER_SEC / (double)(clock() - start));
}

int
main(int argc, char **argv)
{
    const struct pd_batch *batch;

    columns[5].type.precision = 10;
    columns[5].type.scale = 2;
    begin_world(NULL);
    before.tables = after.tables = tables;
    before.n_tables = after.n_tables = 1;
    batch = make_batch();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        run(i, batch, argc > 1 ? atoi(argv[1]) : 60);
    run_in_c(batch, 60);
    batch->release(batch);
    return end_world(NULL);
}
