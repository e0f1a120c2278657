// SPDX-License-Identifier: Apache-2.0
/* Tests of migrate/changes: columns, keys, foreign keys and checks. */
#include "changes_world.h"

/* ---- Renaming ---- */

STEP(renames_columns)
{
    DO(rename_column(c, "person", "region", "area", e));
    DO(rename_column(c, "person", "age", "it\"s", e));
    DO(rename_column(c, "city", "id", "nr", e));
    DO(rename_column(c, "country", "id", "nr", e));
    DO(rename_column(c, "person", "id", "nr", e));
    DO(rename_column(c, "person", "nr", "nr", e));
    return PD_OK;
}

static void
a_renamed_column_is_followed_everywhere(void **state)
{
    const struct planned *p = plan(renames_columns);
    const struct pd_table *person = table_of(p, "person");

    assert_string_equal(columns_text(person),
                        "nr:int64 name:text area:text it\"s:int32 older:int32 city:int64");
    assert_string_equal(keys_text(person),
                        "primary person_pkey(nr)! index by_region(area) where (\"area\" <> '') "
                        "index words(name)!");
    assert_string_equal(checks_text(person), "adult (\"it\"\"s\" >= 18); odd !");
    assert_string_equal(person->columns[4].expression, "(\"it\"\"s\" + 1)");
    assert_null(person->columns[4].expression_native);
    assert_string_equal(person->columns[1].default_native, "'x'::text");
    assert_string_equal(foreigns_text(table_of(p, "city")), "in_country(country_id) country(nr)");
    assert_string_equal(sequences_text(p), "person_id_seq(person.nr) shop.item_id(item.id) free");
    assert_null(person->native_sql);
    assert_string_equal(flow_text(p, PERSON), "person: 0 1 2 3 4 5");
    assert_string_equal(feed_text(p, "person"), "3");
    assert_int_equal(person->flags, PD_TABLE_KEY_ORDER);
    assert_string_equal(objects_text(p), "shop f(text) by_region adult");
}

/* ---- Dropping and adding ---- */

static const struct pd_column before_name =
    COLUMN("title", TEXT, .default_kind = PD_DEFAULT_NULL, .flags = PD_COLUMN_PASSENGER);

STEP(shifts_columns)
{
    DO(drop_key(c, "person", "words", e));
    DO(drop_check(c, "person", "odd", e));
    DO(drop_column(c, "person", "name", e));
    DO(add_column(c, "person", &before_name, "id", e));
    DO(add_column(c, "person", &(struct pd_column)COLUMN("last", BOOL), NULL, e));
    DO(add_column(c, "person",
                  &(struct pd_column)COLUMN("twice", INT32, .generated = PD_GENERATED_VIRTUAL,
                                            .expression = "(\"age\" * 2)"),
                  "age", e));
    return PD_OK;
}

static void
numbers_follow_columns(void **state)
{
    const struct planned *p = plan(shifts_columns);
    const struct pd_table *person = table_of(p, "person");

    assert_string_equal(columns_text(person), "title:text id:int64 region:text twice:int32 "
                                              "age:int32 older:int32 city:int64 last:bool");
    assert_int_equal(person->columns[0].flags, 0);
    assert_string_equal(keys_text(person),
                        "primary person_pkey(id)! index by_region(region)! where (\"region\" <> "
                        "'')!");
    assert_string_equal(checks_text(person), "adult (\"age\" >= 18)!");
    assert_string_equal(foreigns_text(person), "(city) city");
    assert_string_equal(flow_text(p, PERSON), "person: - 0 2 - 3 4 5 -");
    assert_int_equal(person->flags, PD_TABLE_KEY_ORDER);
    assert_string_equal(feed_text(p, "person"), "3");
    assert_string_equal(objects_text(p), "shop f(text) cities stamp by_region adult person");
}

STEP(drops_id)
{
    DO(drop_key(c, "person", NULL, e));
    DO(drop_foreign(c, "shop.item", "owned", NULL, e));
    DO(drop_column(c, "person", "id", e));
    return PD_OK;
}

static void
a_sequence_goes_with_its_column(void **state)
{
    const struct planned *p = plan(drops_id);

    assert_string_equal(sequences_text(p), "shop.item_id(item.id) free");
    assert_string_equal(foreigns_text(table_of(p, "shop.item")), "");
    assert_int_equal(table_of(p, "person")->flags, 0);
    assert_string_equal(keys_text(table_of(p, "person")),
                        "index by_region(region)! where (\"region\" <> '')! index words(name)!");
}

STEP(shares_sequence)
{
    DO(add_column(c, "city",
                  &(struct pd_column)COLUMN("nr", INT64, .default_kind = PD_DEFAULT_NEXTVAL,
                                            .default_text = "shop.item_id", .default_size = 12),
                  NULL, e));
    DO(drop_column(c, "shop.item", "id", e));
    return PD_OK;
}

static void
a_sequence_that_others_use_stays(void **state)
{
    assert_string_equal(sequences_text(plan(shares_sequence)),
                        "person_id_seq(person.id) shop.item_id free");
}

/* ---- Changing ---- */

STEP(changes_columns)
{
    struct pd_column id = person_columns[0], name = person_columns[1], age = person_columns[3];

    id.type.kind = PD_KIND_INT32;
    id.counter.next = 0;
    id.name = NULL;
    name.type.length = 30;
    name.flags = PD_COLUMN_NOT_NULL;
    DO(change_column(c, "person", "id", &id, e));
    DO(change_column(c, "person", "name", &name, e));
    age.default_kind = PD_DEFAULT_LITERAL;
    age.default_tag = PD_TAG_INT;
    age.default_text = "5";
    age.default_size = 1;
    age.native = "other";
    DO(change_column(c, "person", "age", &age, e));
    return PD_OK;
}

static void
native_spellings_hold_as_long_as_what_they_spell(void **state)
{
    const struct planned *p = plan(changes_columns);
    const struct pd_table *person = table_of(p, "person");

    assert_string_equal(columns_text(person), "id:int32~ name:text~ region:text age:int32 "
                                              "older:int32 city:int64");
    assert_string_equal(person->columns[0].name, "id");
    assert_string_equal(person->columns[0].default_native, "nextval('person_id_seq')");
    assert_int_equal(person->columns[0].counter.next, 9);
    assert_int_equal(person->columns[1].flags, PD_COLUMN_NOT_NULL | PD_COLUMN_NEUTRAL);
    assert_string_equal(person->columns[1].default_text, "x");
    assert_null(person->columns[1].default_native);
    assert_string_equal(person->columns[3].native, "N");
    assert_string_equal(person->columns[3].default_text, "5");
    assert_string_equal(checks_text(person), "adult (\"age\" >= 18)!");
    assert_string_equal(keys_text(person),
                        "primary person_pkey(id)! index by_region(region)! where (\"region\" <> "
                        "'')!");
    assert_string_equal(feed_text(p, "person"), "3");
    assert_int_equal(person->flags, PD_TABLE_CHANGED);
}

STEP(changes_default_only)
{
    struct pd_column region = person_columns[2];

    region.default_kind = PD_DEFAULT_NULL;
    region.default_native = "given";
    DO(change_column(c, "person", "region", &region, e));
    return PD_OK;
}

static void
a_new_default_touches_no_row(void **state)
{
    const struct planned *p = plan(changes_default_only);
    const struct pd_table *person = table_of(p, "person");

    assert_string_equal(feed_text(p, "person"), "3 untouched");
    assert_null(person->native_sql);
    assert_string_equal(person->columns[2].default_native, "given");
    assert_int_equal(person->flags, PD_TABLE_KEY_ORDER);
}

STEP(changes_seen)
{
    struct pd_column age = person_columns[3], older = person_columns[4];

    age.type.kind = PD_KIND_UUID;
    older.generated = PD_GENERATED_NO;
    older.expression = older.expression_native = NULL;
    DO(change_column(c, "person", "older", &older, e));
    DO(change_column(c, "person", "age", &age, e));
    DO(see_rows(c, "person", NULL, e));
    DO(merge_table(c, "city", "country", e));
    DO(see_rows(c, "city", NULL, e));
    return PD_OK;
}

static void
who_sees_rows_may_change_more(void **state)
{
    const struct planned *p = plan(changes_seen);

    assert_string_equal(flow_text(p, PERSON), "person: 0 1 2 3 4 5 seen 0");
    assert_string_equal(flow_text(p, CITY), "country: 0 - seen 1");
    assert_string_equal(columns_text(table_of(p, "person")),
                        "id:int64 name:text region:text age:uuid~ older:int32 city:int64");
}

STEP(generates)
{
    struct pd_column age = person_columns[3], older = person_columns[4];

    older.expression = "(\"city\" + 1)";
    DO(change_column(c, "person", "older", &older, e));
    age.generated = PD_GENERATED_STORED;
    age.expression = "(\"city\" * 2)";
    DO(change_column(c, "person", "age", &age, e));
    return PD_OK;
}

static void
what_is_computed_comes_from_nowhere(void **state)
{
    const struct planned *p = plan(generates);

    assert_string_equal(flow_text(p, PERSON), "person: 0 1 2 - 4 5");
    assert_string_equal(feed_text(p, "person"), "3");
    assert_null(table_of(p, "person")->columns[4].expression_native);
}

/* ---- Keys, checks, foreign keys ---- */

static const struct pd_key primary = {.struct_size = sizeof primary, .kind = PD_KEY_PRIMARY};
static const struct pd_key by_name = {.struct_size = sizeof by_name,
                                      .kind = PD_KEY_INDEX,
                                      .name = "by_name",
                                      .predicate = "(\"region\" IS NULL)"};
static const struct pd_key by_parts = KEY(
    UNIQUE, .name = "by_parts",
    PARTS(PART(1),
          {.struct_size = sizeof(struct pd_key_part), .column = -1, .expression = "abs(\"id\")"}));
static const struct pd_check named = {
    .struct_size = sizeof named, .name = "named", .expression = "(\"name\" <> '')"};
static const struct pd_foreign to_person = {
    .struct_size = sizeof to_person, .name = "boss", .to_table = "person"};
static const struct pd_foreign to_name = FOREIGN(1, "person", .to_columns = NAMES("name"));

STEP(adds_parts)
{
    DO(add_key(c, "worker", &by_name, NAMES("region", "name"), e));
    DO(add_key(c, "worker", &by_parts, NULL, e));
    DO(add_key(c, "worker", &primary, NAMES("id"), e));
    DO(add_check(c, "worker", &named, e));
    DO(add_foreign(c, "worker", &to_person, NAMES("id"), e));
    DO(add_foreign(c, "worker", &to_name, NULL, e));
    DO(rename_column(c, "worker", "id", "nr", e));
    DO(rename_column(c, "person", "name", "called", e));
    return PD_OK;
}

static void
parts_can_be_added(void **state)
{
    const struct planned *p = plan(adds_parts);
    const struct pd_table *worker = table_of(p, "worker");

    assert_string_equal(keys_text(worker), "primary (nr) unique by_parts(name,abs(\"nr\")) index "
                                           "by_name(region,name) where (\"region\" IS NULL)");
    assert_string_equal(checks_text(worker), "named (\"name\" <> '')");
    assert_string_equal(foreigns_text(worker), "boss(nr) person (name) person(called)");
    assert_null(worker->native_sql);
    assert_true(worker->flags & PD_TABLE_CHANGED);
    assert_false(table_of(p, "person")->flags & PD_TABLE_CHANGED);
}

STEP(drops_parts)
{
    DO(drop_key(c, "person", "by_region", e));
    DO(drop_check(c, "person", "adult", e));
    DO(drop_foreign(c, "person", NULL, NAMES("city"), e));
    DO(drop_foreign(c, "city", "in_country", NULL, e));
    DO(drop_key(c, "country", NULL, e));
    return PD_OK;
}

static void
parts_can_be_dropped(void **state)
{
    const struct planned *p = plan(drops_parts);

    assert_string_equal(keys_text(table_of(p, "person")),
                        "primary person_pkey(id)! index words(name)!");
    assert_string_equal(checks_text(table_of(p, "person")), "odd !");
    assert_string_equal(foreigns_text(table_of(p, "person")), "");
    assert_string_equal(keys_text(table_of(p, "country")), "");
    assert_string_equal(feed_text(p, "person"), "3 untouched");
    /* The comment on the index has gone with it, the grant stands. */
    assert_string_equal(objects_text(p), "shop f(text) person");
}

STEP(drops_unnamed)
{
    DO(drop_foreign(c, "person", NULL, NULL, e));
    DO(add_check(
        c, "worker",
        &(struct pd_check){.struct_size = sizeof(struct pd_check), .expression_native = "native"},
        e));
    DO(drop_check(c, "worker", NULL, e));
    DO(add_key(c, "worker",
               &(struct pd_key){.struct_size = sizeof(struct pd_key), .kind = PD_KEY_UNIQUE},
               NAMES("id"), e));
    DO(drop_key(c, "worker", NULL, e));
    return PD_OK;
}

static void
the_one_without_a_name_can_be_dropped(void **state)
{
    const struct planned *p = plan(drops_unnamed);

    assert_string_equal(foreigns_text(table_of(p, "person")), "");
    assert_string_equal(checks_text(table_of(p, "worker")), "");
    assert_string_equal(keys_text(table_of(p, "worker")), "");
}

STEP(drops_by_what_they_are)
{
    DO(drop_key_on(c, "person", NAMES("region"), e));
    DO(drop_check_of(c, "person", "(\"age\" >= 18)", e));
    DO(add_key(c, "worker",
               &(struct pd_key){.struct_size = sizeof(struct pd_key), .kind = PD_KEY_UNIQUE},
               NAMES("id"), e));
    DO(add_key(
        c, "worker",
        &(struct pd_key){.struct_size = sizeof(struct pd_key), .kind = PD_KEY_INDEX, .name = "i"},
        NAMES("id"), e));
    DO(rename_column(c, "worker", "id", "nr", e));
    DO(drop_key_on(c, "worker", NAMES("nr"), e));
    return PD_OK;
}

static void
parts_can_be_dropped_by_what_they_are(void **state)
{
    const struct planned *p = plan(drops_by_what_they_are);

    assert_string_equal(keys_text(table_of(p, "person")),
                        "primary person_pkey(id)! index words(name)!");
    assert_string_equal(checks_text(table_of(p, "person")), "odd !");
    assert_string_equal(keys_text(table_of(p, "worker")), "index i(nr)");
}

/* ---- Native texts ---- */

static const struct pd_column native_columns[] = {
    COLUMN("a", TEXT, .default_kind = PD_DEFAULT_NATIVE, .default_native = "g(b)"),
    COLUMN("b", TEXT),
    COLUMN("d", TEXT, .default_kind = PD_DEFAULT_NATIVE, .default_native = "used()"),
};
static const struct pd_check native_checks[] = {
    CHECK(.name = "both", .expression = "(\"b\" <> 'x')", .expression_native = "b <> 'x'::text"),
    CHECK(.name = "native", .expression_native = "B ~ 'x'"),
    CHECK(.expression_native = "used(a)"),
};
static const struct pd_table native_tables[] = {
    {.struct_size = sizeof(struct pd_table),
     .name = "n",
     LIST(column, native_columns),
     LIST(check, native_checks)},
    {.struct_size = sizeof(struct pd_table),
     .name = "docs_data",
     .owner = "docs",
     .flags = PD_TABLE_PASSENGER,
     LIST(column, country_columns)},
    {.struct_size = sizeof(struct pd_table), .name = "o", LIST(column, country_columns)},
};
static const struct pd_object native_objects[] = {
    OBJECT("virtual table", "docs", "CREATE VIRTUAL TABLE docs USING fts5(content=o)"),
    OBJECT("function", "used(text)", "CREATE FUNCTION used(text) AS 'SELECT FROM o'"),
    OBJECT("view", "v", "CREATE VIEW v AS SELECT 1"),
    OBJECT("view", "v #2", "CREATE OR REPLACE VIEW v AS SELECT * FROM o"),
};
static const struct pd_catalog natives = {.struct_size = sizeof natives,
                                          .engine = "x",
                                          LIST(table, native_tables),
                                          LIST(object, native_objects)};

STEP(renames_b)
{
    DO(rename_column(c, "n", "b", "e", e));
    return PD_OK;
}

static void
what_cannot_follow_a_name_is_told(void **state)
{
    const struct planned *p = planned_of(&natives, renames_b);

    assert_string_equal(checks_text(table_of(p, "n")), "both (\"e\" <> 'x');  !");
    assert_int_equal(table_of(p, "n")->columns[0].default_kind, PD_DEFAULT_NONE);
    assert_null(table_of(p, "n")->columns[0].default_native);
    assert_string_equal(table_of(p, "n")->columns[2].default_native, "used()");
    assert_string_equal(
        left_out_text(p),
        "check 'native' of table 'n' is not carried: step '1.0' -> '1.1' changes what it uses, and "
        "only its own engine can read it; the new version of the application makes it\n"
        "the default of column 'a' of table 'n' is not carried: step '1.0' -> '1.1' changes what "
        "it uses, and only its own engine can read it; the new version of the application makes "
        "it\n");
}

STEP(drops_o)
{
    DO(drop_table(c, "o", e));
    return PD_OK;
}

static void
what_uses_an_object_goes_with_it(void **state)
{
    const struct planned *p = planned_of(&natives, drops_o);

    assert_string_equal(tables_text(p), "n");
    assert_string_equal(flow_text(p, 1), "nowhere");
    assert_string_equal(objects_text(p), "");
    assert_string_equal(checks_text(table_of(p, "n")), "both (\"b\" <> 'x')!; native !");
    assert_int_equal(table_of(p, "n")->columns[2].default_kind, PD_DEFAULT_NONE);
    assert_string_equal(table_of(p, "n")->columns[0].default_native, "g(b)");
    assert_string_equal(
        left_out_text(p),
        "virtual table 'docs' is not carried: step '1.0' -> '1.1' drops table 'o', which it may "
        "use; the new version of the application makes it\n"
        "function 'used(text)' is not carried: step '1.0' -> '1.1' drops table 'o', which it may "
        "use; the new version of the application makes it\n"
        "view 'v #2' is not carried: step '1.0' -> '1.1' drops table 'o', which it may use; the "
        "new version of the application makes it\n"
        "a check without a name of table 'n' is not carried: step '1.0' -> '1.1' changes what it "
        "uses, and only its own engine can read it; the new version of the application makes it\n"
        "the default of column 'd' of table 'n' is not carried: step '1.0' -> '1.1' changes what "
        "it uses, and only its own engine can read it; the new version of the application makes "
        "it\n");
}

STEP(sees_o)
{
    DO(see_rows(c, "o", NULL, e));
    return PD_OK;
}

static void
an_index_of_rows_goes_when_they_are_others(void **state)
{
    const struct planned *p = planned_of(&natives, sees_o);

    assert_string_equal(tables_text(p), "n o");
    assert_string_equal(objects_text(p), "used(text) v v #2");
    assert_string_equal(left_out_text(p),
                        "virtual table 'docs' is not carried: step '1.0' -> '1.1' changes rows of "
                        "table 'o', which it may use; the new version of the application makes "
                        "it\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_renamed_column_is_followed_everywhere),
        cmocka_unit_test(numbers_follow_columns),
        cmocka_unit_test(a_sequence_goes_with_its_column),
        cmocka_unit_test(a_sequence_that_others_use_stays),
        cmocka_unit_test(native_spellings_hold_as_long_as_what_they_spell),
        cmocka_unit_test(a_new_default_touches_no_row),
        cmocka_unit_test(who_sees_rows_may_change_more),
        cmocka_unit_test(what_is_computed_comes_from_nowhere),
        cmocka_unit_test(parts_can_be_added),
        cmocka_unit_test(parts_can_be_dropped),
        cmocka_unit_test(the_one_without_a_name_can_be_dropped),
        cmocka_unit_test(parts_can_be_dropped_by_what_they_are),
        cmocka_unit_test(what_cannot_follow_a_name_is_told),
        cmocka_unit_test(what_uses_an_object_goes_with_it),
        cmocka_unit_test(an_index_of_rows_goes_when_they_are_others),
    };

    return cmocka_run_group_tests_name("changes_columns", tests, world_begin, world_end);
}
