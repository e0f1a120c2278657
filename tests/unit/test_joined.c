// SPDX-License-Identifier: Apache-2.0
/* joined - what foreign keys refer to, which columns they join, however far the chain goes, and
   which types those get. */
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

/* ---- Types: of columns 0, 3 and 5, which are one class ---- */

static struct pd_mapping mappings[7];
static struct pd_profile profiles[7];
static struct pd_stats stats[4];
static struct pd_load load;
static int n_united, n_without_hint, n_speaking;
static unsigned families; /* that unite() was shown */
static pd_status united;  /* what unite() says */

static int
family_of(const struct pd_mapping *mapping)
{
    return mapping->as.kind == PD_KIND_DATE ? PD_FAMILY_OWN : pd_family_of(mapping);
}

/* Numbers become one type; of others nothing is known. */
static pd_status
unite(struct pd_ring *ring)
{
    static const struct pd_mapping number = {.native = "number", .as = {.kind = PD_KIND_INT64}};

    n_united++;
    n_speaking = 0;
    for (size_t i = ring->first; n_speaking == 0 || i != ring->first; i = pd_ring_next(ring, i))
        n_speaking++;
    families = ring->families;
    if (ring->families == PD_FAMILY_BIT(PD_FAMILY_NUMBER))
        pd_ring_take(ring, &number);
    return ring->families == PD_FAMILY_BIT(PD_FAMILY_NUMBER) ? PD_OK : united;
}

static pd_status
without_hint(void *own, const struct pd_column *column, const struct pd_profile *profile,
             struct pd_mapping *mapping)
{
    assert_ptr_equal(own, &n_without_hint);
    assert_ptr_equal(profile, &profiles[column - columns]);
    n_without_hint++;
    pd_mapping_set(mapping, PD_RUNG_NATIVE, PD_KIND_INT32, "int", NULL);
    return PD_OK;
}

static const struct pd_join_ways ways = {
    .text = "text",
    .bytes = "bytes",
    .family = family_of,
    .unite = unite,
    .without_hint = without_hint,
};

static int
make_load(void **state)
{
    for (size_t i = 0; i < 7; i++) {
        columns[i].type.kind = PD_KIND_INT64;
        columns[i].hint.kind = PD_KIND_NONE;
        columns[i].identity = 0;
        profiles[i] = (struct pd_profile){.n_texts = 1};
        mappings[i] = (struct pd_mapping){.flags = 0};
    }
    for (size_t i = 0; i < 4; i++)
        stats[i] =
            (struct pd_stats){.profiles = &profiles[first[i]], .profile_size = sizeof *profiles};
    load = (struct pd_load){.catalog = &catalog, .stats = stats, .stats_size = sizeof *stats};
    n_united = n_without_hint = 0;
    united = PD_DONE;
    return make_catalog(state);
}

static void
set_types(int a, const char *a_native, int b, const char *b_native, int c, const char *c_native)
{
    pd_mapping_set(&mappings[0], PD_RUNG_NATIVE, a, a_native, NULL);
    pd_mapping_set(&mappings[3], PD_RUNG_NATIVE, b, b_native, NULL);
    pd_mapping_set(&mappings[5], PD_RUNG_NATIVE, c, c_native, NULL);
}

static void
assert_types(const char *a, const char *b, const char *c)
{
    assert_int_equal(pd_join_types(&ways, &n_without_hint, &load, first, mappings, &pool), PD_OK);
    assert_string_equal(mappings[0].native, a);
    assert_string_equal(mappings[3].native, b);
    assert_string_equal(mappings[5].native, c);
    assert_null(mappings[6].native); /* alone */
    pd_pool_close(&pool);
    assert_int_equal(n_live, 0);
}

static void
test_the_same_types_stay(void **state)
{
    set_types(PD_KIND_DATE, "date", PD_KIND_DATE, "date", PD_KIND_DATE, "date");
    assert_types("date", "date", "date");
    assert_int_equal(n_united, 0);
}

static void
test_what_is_refused_is_not_touched(void **state)
{
    set_types(PD_KIND_INT32, "int", PD_KIND_TEXT, "text", PD_KIND_INT64, "bigint");
    mappings[3].rung = PD_RUNG_REFUSED;
    assert_types("int", "text", "bigint");
    assert_int_equal(n_united, 0);
}

static void
test_the_plugin_unites_what_it_can(void **state)
{
    set_types(PD_KIND_INT32, "int", PD_KIND_DECIMAL, "decimal", PD_KIND_UINT8, "tiny");
    mappings[3].rung = PD_RUNG_PROFILED;
    mappings[3].reason = "its own";
    assert_types("number", "number", "number");
    assert_int_equal(mappings[5].as.kind, PD_KIND_INT64);
    assert_int_equal(mappings[3].rung, PD_RUNG_PROFILED);
    assert_string_equal(mappings[3].reason, "its own");
}

/* Of one spelling, but told apart by letters or not. */
static void
test_letters_spread_over_text(void **state)
{
    set_types(PD_KIND_TEXT, "text", PD_KIND_TEXT, "text", PD_KIND_TEXT, "text");
    mappings[3].flags = PD_MAPPING_TAGGED | PD_MAPPING_GUESS;
    mappings[5].flags = PD_MAPPING_GUESS;
    assert_types("text", "text", "text");
    assert_int_equal(mappings[0].flags, PD_MAPPING_TAGGED);
    assert_int_equal(mappings[3].flags, PD_MAPPING_TAGGED | PD_MAPPING_GUESS);
    assert_int_equal(mappings[5].flags, PD_MAPPING_TAGGED | PD_MAPPING_GUESS);
    assert_int_equal(mappings[5].as.kind, PD_KIND_TEXT);
    assert_int_equal(mappings[5].rung, PD_RUNG_CARRIER);
    assert_int_equal(mappings[3].rung, PD_RUNG_NATIVE); /* it had them */
    mappings[0].flags = 0;
    set_types(PD_KIND_BINARY, "blob", PD_KIND_TEXT, "text", PD_KIND_TEXT, "text");
    assert_types("text", "text", "text");
}

static void
test_bytes_spread_over_text(void **state)
{
    set_types(PD_KIND_TEXT, "text", PD_KIND_CHAR, "char", PD_KIND_BINARY, "blob");
    assert_types("bytes", "bytes", "bytes");
    assert_int_equal(mappings[0].as.kind, PD_KIND_BINARY);
    set_types(PD_KIND_TEXT, "text", PD_KIND_CHAR, "char", PD_KIND_BINARY, "blob");
    columns[3].identity = PD_IDENTITY_ALWAYS; /* nothing counts in text */
    assert_types("text", "char", "blob");
}

static void
test_hints_that_part_them_are_dropped(void **state)
{
    set_types(PD_KIND_INT32, "int", PD_KIND_DATE, "date", PD_KIND_INT64, "bigint");
    columns[3].hint.kind = PD_KIND_DATE;
    assert_types("number", "number", "number");
    assert_int_equal(n_without_hint, 1);
    assert_int_equal(n_united, 2);
}

static void
test_what_has_nothing_in_common_stays(void **state)
{
    set_types(PD_KIND_INT32, "int", PD_KIND_DATE, "date", PD_KIND_TEXT, "text");
    assert_types("int", "date", "text");
    assert_int_equal(n_speaking, 3);
    assert_int_equal(families, PD_FAMILY_BIT(PD_FAMILY_NUMBER) | PD_FAMILY_BIT(PD_FAMILY_OWN) |
                                   PD_FAMILY_BIT(PD_FAMILY_TEXT));
    assert_int_equal(n_without_hint, 0);
    united = PD_OK; /* the engine compares them */
    assert_types("int", "date", "text");
    united = PD_FATAL;
    assert_int_equal(pd_join_types(&ways, NULL, &load, first, mappings, &pool), PD_FATAL);
    pd_pool_close(&pool);
}

static void
test_columns_without_values_follow(void **state)
{
    set_types(PD_KIND_TEXT, "any", PD_KIND_INT32, "int", PD_KIND_TEXT, "any");
    columns[0].type.kind = columns[5].type.kind = PD_KIND_ANY;
    mappings[0].flags = mappings[5].flags = PD_MAPPING_TAGGED;
    profiles[0].n_texts = profiles[5].n_texts = 0;
    assert_types("int", "int", "int");
    assert_int_equal(mappings[0].flags, 0);
    assert_int_equal(mappings[0].rung, PD_RUNG_PROFILED);
    assert_string_equal(mappings[0].reason,
                        "there is no value, a foreign key says what there may be");
    assert_null(mappings[3].reason);
}

static void
test_only_columns_that_say_something_are_united(void **state)
{
    set_types(PD_KIND_INT8, "tiny", PD_KIND_TEXT, "any", PD_KIND_INT32, "int");
    columns[3].type.kind = PD_KIND_ANY;
    profiles[3].n_texts = 0;
    assert_types("number", "number", "number");
    assert_int_equal(n_speaking, 2);
    assert_int_equal(families, PD_FAMILY_BIT(PD_FAMILY_NUMBER));
}

/* Without a profile it says nothing only where none will ever be seen. */
static void
test_nothing_known_says_nothing_in_a_schema(void **state)
{
    load.stats = NULL;
    set_types(PD_KIND_TEXT, "any", PD_KIND_INT32, "int", PD_KIND_INT32, "int");
    columns[0].type.kind = PD_KIND_ANY;
    assert_types("any", "int", "int");
    load.flags = PD_LOAD_SCHEMA_ONLY;
    assert_types("int", "int", "int");
    columns[3].type.kind = columns[5].type.kind = PD_KIND_ANY;
    set_types(PD_KIND_TEXT, "a", PD_KIND_TEXT, "b", PD_KIND_TEXT, "c");
    assert_types("a", "b", "c"); /* all of them */
}

static void
test_columns_are_numbered(void **state)
{
    size_t *numbers = pd_joined_numbers(&catalog, &pool);

    assert_memory_equal(numbers, first, sizeof first);
    pd_pool_close(&pool);
    n_until_out = 0;
    assert_null(pd_joined_numbers(&catalog, &pool));
    assert_int_equal(pd_join_types(&ways, NULL, &load, first, mappings, &pool), PD_FATAL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, make_load)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_parent_is_found_by_its_name, make_catalog),
        cmocka_unit_test_setup(test_only_sqlite_folds_names, make_catalog),
        cmocka_unit_test_setup(test_parent_column_is_named_or_the_key, make_catalog),
        cmocka_unit_test_setup(test_column_as_written_goes_first, make_catalog),
        cmocka_unit_test_setup(test_a_chain_is_one_class, make_catalog),
        cmocka_unit_test_setup(test_columns_know_their_tables, make_catalog),
        cmocka_unit_test_setup(test_short_memory_is_told, make_catalog),
        TEST(test_the_same_types_stay),
        TEST(test_what_is_refused_is_not_touched),
        TEST(test_the_plugin_unites_what_it_can),
        TEST(test_letters_spread_over_text),
        TEST(test_bytes_spread_over_text),
        TEST(test_hints_that_part_them_are_dropped),
        TEST(test_what_has_nothing_in_common_stays),
        TEST(test_columns_without_values_follow),
        TEST(test_only_columns_that_say_something_are_united),
        TEST(test_nothing_known_says_nothing_in_a_schema),
        TEST(test_columns_are_numbered),
    };

    return cmocka_run_group_tests_name("joined", tests, NULL, NULL);
}
