// SPDX-License-Identifier: Apache-2.0
// joined - what foreign keys refer to, and which columns they join, however far the chain goes.
#include "fake_host.h"

#include <polydump/joined.h>

/* region(code, name) <- place(id, Region) <- visit(place_id, region), and alone(id). */
static struct pd_column columns[] = {
    {.name = "code"},     {.name = "name"},   {.name = "id"}, {.name = "Region"},
    {.name = "place_id"}, {.name = "region"}, {.name = "id"},
};
static struct pd_key_part code_part = {.column = 0};
static struct pd_key region_key = {
    .kind = PD_KEY_PRIMARY, .parts = &code_part, .n_parts = 1, .part_size = sizeof code_part};
static uint32_t second[] = {1};
static const char *const to_region[] = {"region"}, *const to_nothing[] = {"none"};
static struct pd_foreign place_foreign = {.to_table = "REGION", .columns = second, .n_columns = 1};
static struct pd_foreign visit_foreign = {
    .to_table = "place", .columns = second, .n_columns = 1, .to_columns = to_region};
static struct pd_table tables[4];
static const size_t first[] = {0, 2, 4, 6, 7};
static struct pd_catalog catalog;
static struct pd_pool pool;

static struct pd_table
table_of(const char *name, size_t from, uint32_t n_columns)
{
    return (struct pd_table){.name = name,
                             .columns = columns + from,
                             .n_columns = n_columns,
                             .column_size = sizeof *columns};
}

static int
make_catalog(void **state)
{
    tables[0] = table_of("region", 0, 2);
    tables[0].keys = &region_key;
    tables[0].n_keys = 1;
    tables[0].key_size = sizeof region_key;
    tables[1] = table_of("place", 2, 2);
    tables[1].foreigns = &place_foreign;
    tables[2] = table_of("visit", 4, 2);
    tables[2].foreigns = &visit_foreign;
    tables[1].n_foreigns = tables[2].n_foreigns = 1;
    tables[1].foreign_size = tables[2].foreign_size = sizeof place_foreign;
    tables[3] = table_of("alone", 6, 1);
    catalog = (struct pd_catalog){
        .engine = "sqlite", .tables = tables, .n_tables = 4, .table_size = sizeof *tables};
    pool = (struct pd_pool){.host = &host};
    n_until_out = -1;
    return 0;
}

static void
test_parent_is_found_by_its_name(void **state)
{
    struct pd_foreign foreign = {.to_table = "place"};

    assert_int_equal(pd_foreign_parent(&catalog, 2, &foreign), 1);
    foreign.to_table = "gone";
    assert_int_equal(pd_foreign_parent(&catalog, 2, &foreign), 4);
    foreign.to_table = "place";
    foreign.to_schema = "other";
    assert_int_equal(pd_foreign_parent(&catalog, 2, &foreign), 4);
}

static void
test_only_sqlite_folds_names(void **state)
{
    assert_int_equal(pd_foreign_parent(&catalog, 1, &place_foreign), 0);
    catalog.engine = "postgresql";
    assert_int_equal(pd_foreign_parent(&catalog, 1, &place_foreign), 4);
}

static void
test_parent_column_is_named_or_the_key(void **state)
{
    struct pd_foreign named = {.to_columns = to_region};

    assert_int_equal(pd_foreign_parent_column(&tables[0], &place_foreign, 0), 0);
    assert_int_equal(pd_foreign_parent_column(&tables[0], &place_foreign, 1), 2); /* one part */
    assert_int_equal(pd_foreign_parent_column(&tables[1], &named, 0), 1);
    assert_int_equal(pd_foreign_parent_column(&tables[3], &place_foreign, 0), 1); /* no key */
    named.to_columns = to_nothing;
    assert_int_equal(pd_foreign_parent_column(&tables[1], &named, 0), 2);
}

/* In any case only where none is written so. */
static void
test_column_as_written_goes_first(void **state)
{
    struct pd_column both[] = {{.name = "A"}, {.name = "a"}};
    struct pd_table t = {.columns = both, .n_columns = 2, .column_size = sizeof *both};

    assert_int_equal(pd_column_by_name(&t, "a"), 1);
    assert_int_equal(pd_column_by_name(&t, "A"), 0);
    both[1].name = "b";
    assert_int_equal(pd_column_by_name(&t, "a"), 0);
}

static void
test_a_chain_is_one_class(void **state)
{
    struct pd_joined joined;

    assert_int_equal(pd_joined_find(&joined, &catalog, first, &pool), PD_OK);
    for (size_t i = 0; i < first[4]; i++)
        assert_int_equal(pd_joined_is_first(&joined, i), i == 0);
    for (size_t i = 0, n = 0; n < 3; n++) {
        i = joined.next[i];
        assert_true(i == 0 || i == 3 || i == 5);
        assert_int_equal(i == 0, n == 2); /* round, and not sooner */
    }
    assert_int_equal(joined.next[6], 6);
    pd_pool_close(&pool);
    assert_int_equal(n_live, 0);
}

static void
test_columns_know_their_tables(void **state)
{
    struct pd_joined joined = {.catalog = &catalog, .first = first};
    static const size_t expected[] = {0, 0, 1, 1, 2, 2, 3};

    for (size_t i = 0; i < 7; i++)
        assert_int_equal(pd_joined_table(&joined, i), expected[i]);
}

static void
test_short_memory_is_told(void **state)
{
    struct pd_joined joined;

    n_until_out = 0;
    assert_int_equal(pd_joined_find(&joined, &catalog, first, &pool), PD_FATAL);
    pd_pool_close(&pool);
    assert_int_equal(n_live, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_parent_is_found_by_its_name, make_catalog),
        cmocka_unit_test_setup(test_only_sqlite_folds_names, make_catalog),
        cmocka_unit_test_setup(test_parent_column_is_named_or_the_key, make_catalog),
        cmocka_unit_test_setup(test_column_as_written_goes_first, make_catalog),
        cmocka_unit_test_setup(test_a_chain_is_one_class, make_catalog),
        cmocka_unit_test_setup(test_columns_know_their_tables, make_catalog),
        cmocka_unit_test_setup(test_short_memory_is_told, make_catalog),
    };

    return cmocka_run_group_tests_name("joined", tests, NULL, NULL);
}
