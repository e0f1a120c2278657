// SPDX-License-Identifier: Apache-2.0
/* Tests of migrate/changes: what calls make of schema and rows. */
#include "changes_world.h"

/* ---- Nothing ---- */

STEP(does_nothing)
{
    return PD_OK;
}

static void
a_step_that_does_nothing_leaves_all_as_it_was(void **state)
{
    const struct planned *p = plan(does_nothing);

    assert_string_equal(tables_text(p), "city country note person worker shop.item");
    assert_string_equal(p->after->application_version, "1.1");
    assert_string_equal(p->after->application, "app");
    assert_string_equal(sequences_text(p), "person_id_seq(person.id) shop.item_id(item.id) free");
    assert_string_equal(objects_text(p),
                        "shop f(text) adults names cities stamp by_region adult person");
    assert_string_equal(keys_text(table_of(p, "person")),
                        "primary person_pkey(id)! index by_region(region)! where (\"region\" <> "
                        "'')! index words(name)!");
    assert_string_equal(checks_text(table_of(p, "person")), "adult (\"age\" >= 18)!; odd !");
    assert_string_equal(table_of(p, "person")->native_sql, "CREATE TABLE person");
    assert_int_equal(table_of(p, "person")->flags, PD_TABLE_KEY_ORDER | PD_TABLE_ACTIVE_SQL);
    for (uint32_t i = 0; i < BEFORE_TABLES; i++) {
        char text[16];

        snprintf(text, sizeof text, "%u untouched", i);
        assert_string_equal(feed_text(p, schema_table_name(&world_tables[i])), text);
    }
    assert_string_equal(flow_text(p, CITY), "city: 0 1 2");
    assert_int_equal(p->n_left_out + p->n_seen + p->n_needs + p->n_statements, 0);
}

static void
a_step_without_a_plan_leaves_all_as_it_was(void **state)
{
    struct pd_migration none = migration;
    struct planned *p = NULL;
    struct pd_error err = {0};

    none.plan = NULL;
    assert_int_equal(changes_plan(&none, NULL, &world, arena, &p, &err), PD_OK);
    assert_string_equal(feed_text(p, "person"), "3 untouched");
    assert_string_equal(p->after->application_version, "1.1");
}

/* ---- Tables ---- */

STEP(renames_city)
{
    DO(rename_table(c, "city", "town", e));
    return PD_OK;
}

static void
a_renamed_table_is_followed_by_keys_of_others(void **state)
{
    const struct planned *p = plan(renames_city);

    assert_string_equal(tables_text(p), "country note person town worker shop.item");
    assert_string_equal(foreigns_text(table_of(p, "person")), "(city) town");
    assert_string_equal(feed_text(p, "town"), "0 untouched");
    assert_null(table_of(p, "town")->native_sql);
    assert_null(table_of(p, "person")->native_sql);
    assert_int_equal(table_of(p, "person")->flags, PD_TABLE_KEY_ORDER);
    assert_string_equal(table_of(p, "country")->native_sql, "CREATE TABLE country");
    assert_string_equal(keys_text(table_of(p, "person")),
                        "primary person_pkey(id)! index by_region(region)! where (\"region\" <> "
                        "'')! index words(name)!");
    assert_string_equal(left_out_text(p),
                        "view 'cities' is not carried: step '1.0' -> '1.1' renames table 'city', "
                        "which it may use; the new version of the application makes it\n");
}

STEP(renames_person)
{
    DO(rename_table(c, "person", "human", e));
    return PD_OK;
}

static void
what_only_its_engine_can_say_goes_with_the_name(void **state)
{
    const struct planned *p = plan(renames_person);
    const struct pd_table *human = table_of(p, "human");

    assert_string_equal(keys_text(human),
                        "primary person_pkey(id) index by_region(region) where (\"region\" <> "
                        "'')!");
    assert_string_equal(checks_text(human), "adult (\"age\" >= 18)!; odd !");
    assert_string_equal(sequences_text(p), "person_id_seq(human.id) shop.item_id(item.id) free");
    assert_string_equal(human->columns[0].default_native, "nextval('person_id_seq')");
    assert_string_equal(foreigns_text(table_of(p, "shop.item")), "owned(owner) .human");
    assert_string_equal(objects_text(p), "shop f(text) cities stamp");
    assert_string_equal(
        left_out_text(p),
        "view 'adults' is not carried: step '1.0' -> '1.1' renames table 'person', which it may "
        "use; the new version of the application makes it\n"
        "comment 'by_region' is not carried: step '1.0' -> '1.1' renames table 'person', which it "
        "may use; the new version of the application makes it\n"
        "comment 'adult' is not carried: step '1.0' -> '1.1' renames table 'person', which it may "
        "use; the new version of the application makes it\n"
        "view 'names' is not carried: it may use view 'adults', which is not carried; the new "
        "version of the application makes it\n"
        "index 'words' of table 'human' is not carried: step '1.0' -> '1.1' changes what it uses, "
        "and only its own engine can read it; the new version of the application makes it\n");
}

STEP(moves_item)
{
    DO(rename_table(c, "shop.item", "goods", e));
    return PD_OK;
}

static void
a_table_may_leave_its_schema(void **state)
{
    const struct planned *p = plan(moves_item);
    const struct pd_table *goods = table_of(p, "goods");

    assert_string_equal(tables_text(p), "city country goods note person worker");
    assert_string_equal(foreigns_text(goods), "owned(owner) person");
    assert_string_equal(sequences_text(p), "person_id_seq(person.id) item_id(goods.id) free");
    assert_int_equal(goods->columns[0].default_kind, PD_DEFAULT_NEXTVAL);
    assert_string_equal(goods->columns[0].default_text, "item_id");
    assert_null(goods->columns[0].default_native);
}

STEP(moves_person)
{
    DO(rename_table(c, "person", "shop.person", e));
    return PD_OK;
}

static void
an_identity_column_is_its_own_counter_in_another_schema(void **state)
{
    const struct planned *p = plan(moves_person);
    const struct pd_table *person = table_of(p, "shop.person");

    assert_string_equal(tables_text(p), "city country note worker shop.item shop.person");
    assert_string_equal(foreigns_text(person), "(city) .city");
    assert_string_equal(foreigns_text(table_of(p, "shop.item")), "owned(owner) person");
    assert_string_equal(sequences_text(p), "shop.item_id(item.id) free");
    assert_null(person->columns[0].default_native);
    assert_int_equal(person->columns[0].counter.next, 9);
}

STEP(swaps)
{
    DO(rename_table(c, "worker", "tmp", e));
    DO(rename_table(c, "note", "worker", e));
    DO(rename_table(c, "tmp", "note", e));
    DO(rename_table(c, "note", "note", e));
    return PD_OK;
}

static void
names_can_be_swapped(void **state)
{
    const struct planned *p = plan(swaps);

    assert_string_equal(tables_text(p), "city country note person worker shop.item");
    assert_string_equal(columns_text(table_of(p, "worker")), "rowid:int64 text:text");
    assert_string_equal(feed_text(p, "note"), "4 untouched");
    assert_string_equal(feed_text(p, "worker"), "2 untouched");
    assert_string_equal(flow_text(p, NOTE), "worker: 0 1");
}

STEP(drops_city)
{
    DO(drop_table(c, "city", e));
    return PD_OK;
}

static void
keys_to_a_dropped_table_go_and_are_told(void **state)
{
    const struct planned *p = plan(drops_city);

    assert_string_equal(tables_text(p), "country note person worker shop.item");
    assert_string_equal(flow_text(p, CITY), "nowhere");
    assert_null(p->flows[CITY].columns);
    assert_string_equal(foreigns_text(table_of(p, "person")), "");
    assert_string_equal(feed_text(p, "person"), "3 untouched");
    assert_string_equal(
        left_out_text(p),
        "foreign key on 'city' of table 'person' is not carried: step '1.0' -> '1.1' drops table "
        "'city', which it points to\n"
        "view 'cities' is not carried: step '1.0' -> '1.1' drops table 'city', which it may use; "
        "the new version of the application makes it\n"
        "view 'adults' is not carried: step '1.0' -> '1.1' changes table 'person', which it may "
        "use; the new version of the application makes it\n"
        "view 'names' is not carried: it may use view 'adults', which is not carried; the new "
        "version of the application makes it\n");
    assert_string_equal(objects_text(p), "shop f(text) stamp by_region adult person");
}

STEP(drops_person)
{
    DO(drop_table(c, "person", e));
    return PD_OK;
}

static void
sequences_go_with_their_table(void **state)
{
    const struct planned *p = plan(drops_person);

    assert_string_equal(sequences_text(p), "shop.item_id(item.id) free");
    assert_string_equal(objects_text(p), "shop f(text) cities stamp");
    assert_string_equal(foreigns_text(table_of(p, "shop.item")), "");
}

/* ---- Added tables ---- */

static const struct pd_column account_columns[] = {
    COLUMN("id", INT64, .flags = PD_COLUMN_NOT_NULL),
    COLUMN("holder", INT64, .flags = PD_COLUMN_PASSENGER),
};
static const struct pd_key account_keys[] = {KEY(PRIMARY, PARTS(PART(0)))};
static const struct pd_foreign account_foreigns[] = {FOREIGN(1, "human")};
static const struct pd_table account = {.struct_size = sizeof account,
                                        .name = "account",
                                        .flags = PD_TABLE_KEY_ORDER | PD_TABLE_UNREADABLE,
                                        LIST(column, account_columns),
                                        LIST(key, account_keys),
                                        LIST(foreign, account_foreigns)};

STEP(adds_account)
{
    DO(add_table(c, &account, e));
    DO(rename_table(c, "person", "human", e));
    DO(see_rows(c, "person", NAMES("account", "human", "account"), e));
    DO(may_update(c, "account", e));
    return PD_OK;
}

static void
an_added_table_may_point_to_what_comes_later(void **state)
{
    const struct planned *p = plan(adds_account);
    const struct pd_table *table = table_of(p, "account");

    assert_string_equal(tables_text(p), "account city country human note worker shop.item");
    assert_string_equal(foreigns_text(table), "(holder) human");
    assert_string_equal(keys_text(table), "primary (id)");
    assert_int_equal(table->flags, PD_TABLE_CHANGED);
    assert_int_equal(table->columns[1].flags, 0);
    assert_string_equal(feed_text(p, "account"), " emitted updated");
    assert_string_equal(feed_text(p, "human"), "3");
    assert_string_equal(flow_text(p, PERSON), "human: 0 1 2 3 4 5 seen 0 emits account");
}

STEP(makes_rows_of_nothing)
{
    DO(rename_table(c, "city", "town", e));
    DO(make_rows(c, NAMES("note", "town", "note"), e));
    return PD_OK;
}

static void
rows_that_come_of_none_go_into_tables_that_are_named(void **state)
{
    const struct planned *p = plan(makes_rows_of_nothing);

    assert_int_equal(p->n_made, 2);
    assert_string_equal(p->after->tables[p->made[0]].name, "note");
    assert_string_equal(p->after->tables[p->made[1]].name, "town");
    for (uint32_t i = 0; i < p->after->n_tables; i++)
        assert_int_equal(p->feeds[i].is_emitted, i == p->made[0] || i == p->made[1]);
}

/* ---- Merging ---- */

STEP(merges_worker)
{
    DO(merge_table(c, "worker", "person", e));
    return PD_OK;
}

static void
merged_rows_come_behind_column_by_name(void **state)
{
    const struct planned *p = plan(merges_worker);

    assert_string_equal(tables_text(p), "city country note person shop.item");
    assert_string_equal(flow_text(p, WORKER), "person: 0 1 2 - - -");
    assert_string_equal(flow_text(p, PERSON), "person: 0 1 2 3 4 5");
    assert_string_equal(feed_text(p, "person"), "3 4");
    assert_int_equal(table_of(p, "person")->n_rows_estimate, 12);
    assert_string_equal(table_of(p, "person")->native_sql, "CREATE TABLE person");
    assert_int_equal(table_of(p, "person")->flags, PD_TABLE_ACTIVE_SQL | PD_TABLE_CHANGED);
    assert_int_equal(table_of(p, "person")->columns[0].counter.next, 9);
    assert_string_equal(left_out_text(p), "");
}

STEP(merges_chain)
{
    DO(change_column(c, "country", "id",
                     &(struct pd_column)COLUMN("id", INT64, .default_kind = PD_DEFAULT_LITERAL,
                                               .default_tag = PD_TAG_INT, .default_text = "0",
                                               .default_size = 1),
                     e));
    DO(rename_column(c, "worker", "region", "text", e));
    DO(drop_column(c, "worker", "id", e));
    DO(drop_column(c, "worker", "name", e));
    DO(merge_table(c, "worker", "note", e));
    DO(rename_column(c, "note", "text", "code", e));
    DO(add_column(c, "country", &(struct pd_column)COLUMN("more", TEXT), "code", e));
    DO(merge_table(c, "note", "country", e));
    DO(drop_column(c, "country", "more", e));
    return PD_OK;
}

static void
merges_can_be_chained(void **state)
{
    const struct planned *p = plan(merges_chain);

    assert_string_equal(feed_text(p, "country"), "1 2 4");
    assert_string_equal(flow_text(p, COUNTRY), "country: 0 1");
    assert_string_equal(flow_text(p, NOTE), "country: - 1");
    assert_string_equal(flow_text(p, WORKER), "country: - 2");
}

STEP(merges_city)
{
    DO(drop_column(c, "country", "code", e));
    DO(merge_table(c, "country", "city", e));
    return PD_OK;
}

static void
keys_to_a_merged_table_point_to_the_other(void **state)
{
    const struct planned *p = plan(merges_city);

    assert_string_equal(foreigns_text(table_of(p, "city")), "in_country(country_id) city(id)");
    assert_string_equal(flow_text(p, COUNTRY), "city: 0 - -");
    assert_null(table_of(p, "city")->native_sql);
}

/* ---- Passengers ---- */

static const struct pd_key by_text = {.struct_size = sizeof by_text, .kind = PD_KEY_PRIMARY};

STEP(keys_note)
{
    DO(add_key(c, "note", &by_text, NAMES("text"), e));
    return PD_OK;
}

STEP(sees_note)
{
    DO(see_rows(c, "note", NULL, e));
    return PD_OK;
}

STEP(emits_note)
{
    DO(see_rows(c, "worker", NAMES("note"), e));
    return PD_OK;
}

STEP(merges_into_note)
{
    DO(drop_column(c, "country", "code", e));
    DO(add_column(c, "note", &(struct pd_column)COLUMN("id", INT64), NULL, e));
    DO(drop_foreign(c, "city", "in_country", NULL, e));
    DO(merge_table(c, "country", "note", e));
    return PD_OK;
}

static void
numbers_that_an_engine_gave_rows_stay_with_their_rows(void **state)
{
    static step_calls *const calls[] = {keys_note, sees_note, emits_note};

    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        const struct planned *p = plan(calls[i]);

        assert_string_equal(columns_text(table_of(p, "note")), "text:text");
        assert_string_equal(flow_text(p, NOTE), i == 1 ? "note: 1 seen 0" : "note: 1");
    }
    assert_string_equal(columns_text(table_of(plan(merges_into_note), "note")),
                        "text:text id:int64");
    assert_string_equal(flow_text(plan(merges_into_note), COUNTRY), "note: - 0");
    assert_string_equal(keys_text(table_of(plan(keys_note), "note")), "primary (text)");
}

/* ---- What other calls say ---- */

STEP(says_more)
{
    uint32_t first = 9, second = 9;

    DO(need(c,
            &(struct pd_need){.struct_size = sizeof(struct pd_need),
                              .table = "later",
                              .keys = NAMES("code"),
                              .values = NAMES("id", "code")},
            &first, e));
    DO(need(c,
            &(struct pd_need){.struct_size = sizeof(struct pd_need),
                              .table = "shop.item",
                              .keys = NAMES("owner", "id")},
            &second, e));
    assert_int_equal(first, 0);
    assert_int_equal(second, 1);
    DO(may_update(c, "later", e));
    DO(may_update(c, "later", e));
    DO(see_rows(c, "worker", NULL, e));
    DO(see_rows(c, "city", NAMES("later", "person", "city"), e));
    DO(run_statement(c,
                     &(struct pd_statement){.struct_size = sizeof(struct pd_statement),
                                            .when = PD_AFTER_ROWS,
                                            .engine = "sqlite",
                                            .sql = "ANALYZE"},
                     e));
    DO(rename_table(c, "country", "later", e));
    DO(drop_table(c, "worker", e));
    return PD_OK;
}

static void
names_are_looked_up_in_the_schema_that_comes_of_it(void **state)
{
    const struct planned *p = plan(says_more);

    assert_int_equal(p->n_needs, 2);
    assert_int_equal(p->needs[0].table, number_of(p, "later"));
    assert_int_equal(p->needs[0].n_keys, 1);
    assert_int_equal(p->needs[0].keys[0], 1);
    assert_int_equal(p->needs[0].n_values, 2);
    assert_int_equal(p->needs[0].values[0], 0);
    assert_int_equal(p->needs[0].values[1], 1);
    assert_int_equal(p->needs[1].table, number_of(p, "shop.item"));
    assert_int_equal(p->needs[1].n_keys, 2);
    assert_int_equal(p->needs[1].keys[0], 1);
    assert_int_equal(p->needs[1].n_values, 0);
    assert_int_equal(p->n_seen, 2);
    assert_int_equal(p->seen[0], WORKER);
    assert_int_equal(p->seen[1], CITY);
    assert_string_equal(flow_text(p, WORKER), "nowhere seen 0");
    assert_string_equal(flow_text(p, CITY), "city: 0 1 2 seen 1 emits later emits person");
    assert_string_equal(feed_text(p, "later"), "1 emitted updated");
    assert_string_equal(feed_text(p, "person"), "3 emitted");
    assert_string_equal(feed_text(p, "city"), "0");
    assert_int_equal(table_of(p, "city")->flags, PD_TABLE_CHANGED);
    assert_int_equal(p->n_statements, 1);
    assert_string_equal(p->statements[0].engine, "sqlite");
    assert_string_equal(p->statements[0].sql, "ANALYZE");
    assert_int_equal(p->statements[0].when, PD_AFTER_ROWS);
}

/* ---- Names with points ---- */

#define POINTED(schema_, name_)                                                                    \
    {                                                                                              \
        .struct_size = sizeof(struct pd_table), .schema = schema_, .name = name_,                  \
        LIST(column, country_columns)                                                              \
    }

static const struct pd_table pointed_tables[] = {POINTED("a.b", "c"), POINTED("a", "b.c"),
                                                 POINTED("x", "y.z"), POINTED(NULL, "x.y.z")};
static const struct pd_catalog pointed = {
    .struct_size = sizeof pointed, .engine = "sqlite", LIST(table, pointed_tables)};

STEP(drops_pointed)
{
    DO(drop_table(c, "a.b.c", e));
    DO(drop_table(c, "x.y.z", e));
    DO(rename_table(c, "a.b.c", "a.b.d", e));
    DO(rename_table(c, "x.y.z", "q.r", e));
    return PD_OK;
}

static void
the_longest_name_that_fits_counts(void **state)
{
    const struct planned *p = planned_of(&pointed, drops_pointed);

    assert_int_equal(p->after->n_tables, 2);
    assert_string_equal(flow_text(p, 1), "nowhere");
    assert_string_equal(flow_text(p, 3), "nowhere");
    assert_string_equal(p->after->tables[p->flows[0].to_table].schema, "a");
    assert_string_equal(p->after->tables[p->flows[0].to_table].name, "b.d");
    assert_null(p->after->tables[p->flows[2].to_table].schema);
    assert_string_equal(p->after->tables[p->flows[2].to_table].name, "q.r");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_that_does_nothing_leaves_all_as_it_was),
        cmocka_unit_test(a_step_without_a_plan_leaves_all_as_it_was),
        cmocka_unit_test(a_renamed_table_is_followed_by_keys_of_others),
        cmocka_unit_test(what_only_its_engine_can_say_goes_with_the_name),
        cmocka_unit_test(a_table_may_leave_its_schema),
        cmocka_unit_test(an_identity_column_is_its_own_counter_in_another_schema),
        cmocka_unit_test(names_can_be_swapped),
        cmocka_unit_test(keys_to_a_dropped_table_go_and_are_told),
        cmocka_unit_test(sequences_go_with_their_table),
        cmocka_unit_test(an_added_table_may_point_to_what_comes_later),
        cmocka_unit_test(rows_that_come_of_none_go_into_tables_that_are_named),
        cmocka_unit_test(merged_rows_come_behind_column_by_name),
        cmocka_unit_test(merges_can_be_chained),
        cmocka_unit_test(keys_to_a_merged_table_point_to_the_other),
        cmocka_unit_test(numbers_that_an_engine_gave_rows_stay_with_their_rows),
        cmocka_unit_test(names_are_looked_up_in_the_schema_that_comes_of_it),
        cmocka_unit_test(the_longest_name_that_fits_counts),
    };

    return cmocka_run_group_tests_name("changes", tests, world_begin, world_end);
}
