// SPDX-License-Identifier: Apache-2.0
/* Tests of migrate/changes: what a step may not ask for, each in one line. */
#include "changes_world.h"

struct refusal {
    step_calls *calls;
    int cause;
    const char *text;
};

static void
refuse_all(const struct refusal *refusals, size_t n)
{
    for (size_t i = 0; i < n; i++)
        refuse(refusals[i].calls, refusals[i].cause, refusals[i].text);
}

/* One call that is refused. */
#define CALL(name, call)                                                                           \
    STEP(name)                                                                                     \
    {                                                                                              \
        return o->call;                                                                            \
    }
/* Some calls; the last one, or the end, is refused. */
#define CALLS(name, ...)                                                                           \
    STEP(name)                                                                                     \
    {                                                                                              \
        __VA_ARGS__;                                                                               \
        return PD_OK;                                                                              \
    }

/* ---- Tables ---- */

static const struct pd_table empty_name = {
    .struct_size = sizeof empty_name, .name = "", LIST(column, country_columns)};
static const struct pd_table no_name = {.struct_size = sizeof no_name};
static const struct pd_table twin = {
    .struct_size = sizeof twin, .name = "city", LIST(column, country_columns)};
static const struct pd_table no_columns = {.struct_size = sizeof no_columns, .name = "none"};
static const struct pd_column bad_columns[] = {
    COLUMN("a", INT64, .generated = PD_GENERATED_STORED, .expression = "\"a\" + 1")};
static const struct pd_table bad_expression = {
    .struct_size = sizeof bad_expression, .name = "bad", LIST(column, bad_columns)};
static const struct pd_foreign nowhere[] = {FOREIGN(0, "cityy", .name = "f")};
static const struct pd_table lost = {.struct_size = sizeof lost,
                                     .name = "lost",
                                     LIST(column, country_columns),
                                     LIST(foreign, nowhere)};
static char long_name[SCHEMA_MAX_NAME + 2];

CALL(no_table, rename_table(c, NULL, "x", e))
CALL(unknown_table, rename_table(c, "persn", "x", e))
CALL(far_table, drop_table(c, "something", e))
CALL(no_new_name, rename_table(c, "person", NULL, e))
CALL(empty_new_name, rename_table(c, "person", "", e))
CALL(long_new_name, rename_table(c, "person", long_name, e))
CALL(bytes_new_name, rename_table(c, "person", "\xff", e))
CALL(taken_new_name, rename_table(c, "person", "city", e))
CALL(taken_in_schema, rename_table(c, "person", "shop.item", e))
CALL(adds_nothing, add_table(c, NULL, e))
CALL(adds_no_name, add_table(c, &no_name, e))
CALL(adds_empty_name, add_table(c, &empty_name, e))
CALL(adds_twin, add_table(c, &twin, e))
CALL(adds_no_columns, add_table(c, &no_columns, e))
CALL(adds_bad_expression, add_table(c, &bad_expression, e))
CALL(adds_lost, add_table(c, &lost, e))
CALL(merges_itself, merge_table(c, "city", "city", e))
CALL(merges_nothing, merge_table(c, "city", NULL, e))
CALL(merges_more, merge_table(c, "city", "country", e))
CALLS(uses_dropped, DO(drop_table(c, "city", e)); DO(drop_table(c, "city", e)))
CALLS(uses_merged, DO(merge_table(c, "worker", "person", e)); DO(drop_table(c, "worker", e)))
CALLS(uses_renamed, DO(rename_table(c, "city", "town", e)); DO(drop_table(c, "city", e)))
CALLS(merges_types, struct pd_column id = worker_columns[0]; id.type.kind = PD_KIND_DATE;
      DO(change_column(c, "person", "id", &id, e)); DO(merge_table(c, "worker", "person", e)))

static void
tables_that_cannot_be_so(void **state)
{
    static const struct refusal refusals[] = {
        {no_table, PD_CAUSE_BUG, "the name of a table is missing"},
        {unknown_table, PD_CAUSE_MISSING, "there is no table 'persn'; did you mean 'person'?"},
        {far_table, PD_CAUSE_MISSING, "there is no table 'something'"},
        {no_new_name, PD_CAUSE_BUG, "the name of a table is missing"},
        {empty_new_name, PD_CAUSE_DATA, "the name of a table is empty"},
        {long_new_name, PD_CAUSE_LIMIT, "the name of a table has 65536 bytes, more than 65535"},
        {bytes_new_name, PD_CAUSE_DATA, "the name of a table is not valid UTF-8"},
        {taken_new_name, PD_CAUSE_DATA,
         "table 'person' cannot be called 'city': there is a table of that name; rename or drop "
         "that first"},
        {taken_in_schema, PD_CAUSE_DATA,
         "table 'person' cannot be called 'shop.item': there is a table of that name; rename or "
         "drop that first"},
        {adds_nothing, PD_CAUSE_BUG, "the table to be added is missing"},
        {adds_no_name, PD_CAUSE_BUG, "the table to be added: its 'name' is missing"},
        {adds_empty_name, PD_CAUSE_DATA, "the table to be added: the name of a table is empty"},
        {adds_twin, PD_CAUSE_DATA, "table 'city' cannot be added: it is there already"},
        {adds_no_columns, PD_CAUSE_BUG, "table 'none': it has 0 columns"},
        {adds_bad_expression, PD_CAUSE_DATA,
         "column 'a' of table 'bad': not a canonical expression: (\"a\" + 1) would be one"},
        {adds_lost, PD_CAUSE_MISSING,
         "foreign key 'f' of table 'lost' points to table 'cityy', which is not there; did you "
         "mean 'city'?"},
        {merges_itself, PD_CAUSE_DATA, "table 'city' cannot be merged into itself"},
        {merges_nothing, PD_CAUSE_BUG, "the name of a table is missing"},
        {merges_more, PD_CAUSE_MISSING,
         "table 'city' cannot be merged into table 'country', which has no column 'name'; add or "
         "drop that first, or see the rows"},
        {uses_dropped, PD_CAUSE_MISSING, "table 'city' is not there any more: the step drops it"},
        {uses_merged, PD_CAUSE_MISSING, "table 'worker' is not there any more: the step merges it"},
        {uses_renamed, PD_CAUSE_MISSING, "there is no table 'city': the step has called it 'town'"},
        {merges_types, PD_CAUSE_DATA,
         "column 'id' of table 'person' is of type 'int64', which cannot be converted to 'date' "
         "for column 'id' of table 'person'; see its rows, and convert them"},
    };

    memset(long_name, 'x', sizeof long_name - 1);
    refuse_all(refusals, COUNT_OF(refusals));
}

/* ---- Columns ---- */

static const struct pd_column added = COLUMN("name", TEXT);
static const struct pd_column unnamed = COLUMN(NULL, TEXT);
static const struct pd_column nameless = COLUMN("", TEXT);
static const struct pd_column kindless = {
    .struct_size = sizeof kindless, .name = "k", .type = {.struct_size = sizeof(struct pd_type)}};
static const struct pd_column empty = COLUMN("g", TEXT, .generated = PD_GENERATED_STORED);
static const struct pd_column of_none =
    COLUMN("g", INT64, .generated = PD_GENERATED_STORED, .expression = "(\"nr\" + 1)");

CALL(no_column, drop_column(c, "person", NULL, e))
CALL(unknown_column, drop_column(c, "person", "regon", e))
CALL(in_key, drop_column(c, "person", "region", e))
CALL(in_primary, drop_column(c, "person", "id", e))
CALL(in_native_key, drop_column(c, "person", "name", e))
CALL(in_generated, drop_column(c, "person", "age", e))
CALLS(in_expression, DO(drop_check(c, "person", "adult", e));
      DO(drop_column(c, "person", "age", e)))
CALL(in_foreign, drop_column(c, "person", "city", e))
CALLS(in_foreign_of_other, DO(drop_key(c, "country", NULL, e));
      DO(drop_column(c, "country", "id", e)))
CALLS(in_native_check, DO(drop_key(c, "person", "words", e));
      DO(rename_column(c, "person", "name", "called", e));
      DO(drop_column(c, "person", "called", e)))
CALLS(in_default,
      DO(add_column(c, "worker",
                    &(struct pd_column)COLUMN("d", INT64, .default_kind = PD_DEFAULT_EXPRESSION,
                                              .default_text = "(\"id\" + 1)", .default_size = 10),
                    NULL, e));
      DO(drop_column(c, "worker", "id", e)))
CALL(only_column, drop_column(c, "note", "text", e))
CALL(renames_none, rename_column(c, "person", "names", "x", e))
CALL(renames_empty, rename_column(c, "person", "name", "", e))
CALL(renames_taken, rename_column(c, "person", "name", "age", e))
CALL(adds_no_column, add_column(c, "person", NULL, NULL, e))
CALL(adds_unnamed, add_column(c, "person", &unnamed, NULL, e))
CALL(adds_nameless, add_column(c, "person", &nameless, NULL, e))
CALL(adds_kindless, add_column(c, "person", &kindless, NULL, e))
CALL(adds_twice, add_column(c, "person", &added, NULL, e))
CALL(adds_before_none, add_column(c, "country", &added, "cod", e))
CALL(adds_empty, add_column(c, "country", &empty, NULL, e))
CALL(adds_of_none, add_column(c, "country", &of_none, NULL, e))
CALL(changes_to_none, change_column(c, "person", "name", NULL, e))
CALL(changes_to_uuid, change_column(c, "city", "id", &(struct pd_column)COLUMN("", UUID), e))
CALLS(changes_generated, struct pd_column older = person_columns[4]; older.generated = 0;
      older.expression = NULL; DO(change_column(c, "person", "older", &older, e)))

static void
columns_that_cannot_be_so(void **state)
{
    static const struct refusal refusals[] = {
        {no_column, PD_CAUSE_BUG, "the name of a column of table 'person' is missing"},
        {unknown_column, PD_CAUSE_MISSING,
         "table 'person' has no column 'regon'; did you mean 'region'?"},
        {in_key, PD_CAUSE_DATA,
         "column 'region' of table 'person' is used by index 'by_region'; drop that first"},
        {in_primary, PD_CAUSE_DATA,
         "column 'id' of table 'person' is used by the primary key; drop that first"},
        {in_native_key, PD_CAUSE_DATA,
         "column 'name' of table 'person' is used by index 'words'; drop that first"},
        {in_generated, PD_CAUSE_DATA,
         "column 'age' of table 'person' is used by check 'adult'; drop that first"},
        {in_expression, PD_CAUSE_DATA,
         "column 'age' of table 'person' is used by the expression of column 'older'; drop that "
         "first"},
        {in_foreign, PD_CAUSE_DATA,
         "column 'city' of table 'person' is used by foreign key on 'city'; drop that first"},
        {in_foreign_of_other, PD_CAUSE_DATA,
         "column 'id' of table 'country' is used by foreign key 'in_country' of table 'city'; drop "
         "that first"},
        {in_native_check, PD_CAUSE_DATA,
         "column 'called' of table 'person' is used by check 'odd'; drop that first"},
        {in_default, PD_CAUSE_DATA,
         "column 'id' of table 'worker' is used by the default of column 'd'; drop that first"},
        {only_column, PD_CAUSE_DATA,
         "column 'text' is the only one of table 'note'; drop the table"},
        {renames_none, PD_CAUSE_MISSING,
         "table 'person' has no column 'names'; did you mean 'name'?"},
        {renames_empty, PD_CAUSE_DATA, "the name of a column is empty"},
        {renames_taken, PD_CAUSE_DATA,
         "column 'name' of table 'person' cannot be called 'age': there is a column of that name; "
         "rename or drop that first"},
        {adds_no_column, PD_CAUSE_BUG, "the column to be added to table 'person' is missing"},
        {adds_unnamed, PD_CAUSE_BUG, "column '' of table 'person': its 'name' is missing"},
        {adds_nameless, PD_CAUSE_DATA, "the name of a column is empty"},
        {adds_kindless, PD_CAUSE_BUG,
         "column 'k' of table 'person': its type 0 or element type 0 is unknown"},
        {adds_twice, PD_CAUSE_DATA,
         "column 'name' cannot be added to table 'person': it is there already"},
        {adds_before_none, PD_CAUSE_MISSING,
         "table 'country' has no column 'cod'; did you mean 'code'?"},
        {adds_empty, PD_CAUSE_BUG, "column 'g' of table 'country' has no expression"},
        {adds_of_none, PD_CAUSE_MISSING,
         "column 'g' of table 'country': the table has no column 'nr'"},
        {changes_to_none, PD_CAUSE_BUG,
         "what column 'name' of table 'person' shall become is missing"},
        {changes_to_uuid, PD_CAUSE_DATA,
         "column 'id' of table 'city' is of type 'int64', which cannot be converted to 'uuid' for "
         "column 'id' of table 'city'; see its rows, and convert them"},
        {changes_generated, PD_CAUSE_DATA,
         "column 'older' of table 'person' is generated, so that there are no values for column "
         "'older' of table 'person'; see its rows, and compute them"},
    };

    refuse_all(refusals, COUNT_OF(refusals));
}

/* An expression that only its own engine can read does not follow. */
static const struct pd_column native_columns[] = {
    COLUMN("a", INT64),
    COLUMN("g", INT64, .generated = PD_GENERATED_STORED, .expression_native = "f(A)"),
};
static const struct pd_table native_tables[] = {
    {.struct_size = sizeof(struct pd_table), .name = "t", LIST(column, native_columns)}};
static const struct pd_catalog natives = {.struct_size = sizeof natives,
                                          LIST(table, native_tables)};

CALL(renames_used, rename_column(c, "t", "a", "b", e))
CALL(changes_used, change_column(c, "t", "a", &(struct pd_column)COLUMN("", INT32), e))
CALL(drops_used, drop_column(c, "t", "a", e))

static void
what_an_engine_computes_from_cannot_be_others(void **state)
{
    static const char text[] = "column 'a' of table 't' is used by the expression of column 'g', "
                               "which only its own engine can read; drop that first";
    static step_calls *const calls[] = {renames_used, changes_used};
    struct planned *planned;
    struct pd_error err = {0};

    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        struct pd_migrator migrator = {calls[i]};

        assert_int_equal(changes_plan(&migration, &migrator, &natives, arena, &planned, &err),
                         PD_FAILED);
        assert_string_equal(err.text, text);
    }
    assert_int_equal(changes_plan(&migration, &(struct pd_migrator){drops_used}, &natives, arena,
                                  &planned, &err),
                     PD_FAILED);
    assert_string_equal(err.text, "column 'a' of table 't' is used by the expression of column "
                                  "'g'; drop that first");
}

/* ---- Keys, checks, foreign keys ---- */

static const struct pd_key primary = {.struct_size = sizeof primary, .kind = PD_KEY_PRIMARY};
static const struct pd_key by_region = {
    .struct_size = sizeof by_region, .kind = PD_KEY_INDEX, .name = "by_region"};
static const struct pd_key kind_9 = {.struct_size = sizeof kind_9, .kind = 9};
static const struct pd_key far_part = KEY(INDEX, PARTS(PART(7)));
static const struct pd_key no_part = KEY(INDEX, .name = "i", PARTS(PART(-1)));
static const struct pd_key of_nothing = {.struct_size = sizeof of_nothing,
                                         .kind = PD_KEY_INDEX,
                                         .name = "i",
                                         .predicate = "(\"nothing\" > 0)"};
static const struct pd_check adult = {
    .struct_size = sizeof adult, .name = "adult", .expression = "(\"age\" > 0)"};
static const struct pd_check says_nothing = {.struct_size = sizeof says_nothing, .name = "n"};
static const struct pd_check of_years = {
    .struct_size = sizeof of_years, .name = "n", .expression = "(\"years\" > 0)"};
static const struct pd_foreign to_item = {
    .struct_size = sizeof to_item, .to_table = "item", .to_schema = "shop"};
static const struct pd_foreign to_nothing = {.struct_size = sizeof to_nothing};
static const struct pd_foreign to_mistake =
    FOREIGN(0, "person", .name = "f", .to_columns = NAMES("nr"));
static const struct pd_foreign to_person = {
    .struct_size = sizeof to_person, .name = "in_country", .to_table = "person"};

CALL(second_primary, add_key(c, "person", &primary, NAMES("name"), e))
CALL(no_key_columns, add_key(c, "person", &by_region, NULL, e))
CALL(no_key_names, add_key(c, "person", &by_region, NAMES(NULL), e))
CALL(key_of_unknown, add_key(c, "person", &by_region, NAMES("regions"), e))
CALL(key_twice, add_key(c, "person", &by_region, NAMES("name"), e))
CALL(key_of_twins, add_key(c, "worker", &by_region, NAMES("name", "name"), e))
CALL(key_of_kind_9, add_key(c, "worker", &kind_9, NAMES("name"), e))
CALL(key_of_far_part, add_key(c, "worker", &far_part, NULL, e))
CALL(key_of_no_part, add_key(c, "worker", &no_part, NULL, e))
CALL(key_of_nothing, add_key(c, "worker", &of_nothing, NAMES("name"), e))
CALL(key_missing, add_key(c, "worker", NULL, NULL, e))
CALL(drops_no_key, drop_key(c, "person", "by_regio", e))
CALL(drops_no_key_on, drop_key_on(c, "person", NAMES("age"), e))
CALL(drops_key_on_mistake, drop_key_on(c, "person", NAMES("ages"), e))
CALL(drops_no_check_of, drop_check_of(c, "person", "(1 = 1)", e))
CALL(drops_no_primary, drop_key(c, "worker", NULL, e))
CALL(drops_used_primary, drop_key(c, "city", NULL, e))
CALL(check_twice, add_check(c, "person", &adult, e))
CALL(check_of_nothing, add_check(c, "person", &says_nothing, e))
CALL(check_of_years, add_check(c, "person", &of_years, e))
CALL(check_missing, add_check(c, "person", NULL, e))
CALL(drops_no_check, drop_check(c, "person", "x", e))
CALL(drops_no_unnamed, drop_check(c, "person", NULL, e))
CALL(foreign_to_no_primary, add_foreign(c, "worker", &to_item, NAMES("id"), e))
CALL(foreign_of_two, add_foreign(c, "worker", &to_person, NAMES("id", "name"), e))
CALL(foreign_of_none, add_foreign(c, "worker", &to_person, NULL, e))
CALL(foreign_to_nothing, add_foreign(c, "worker", &to_nothing, NAMES("id"), e))
CALL(foreign_to_mistake, add_foreign(c, "worker", &to_mistake, NULL, e))
CALL(foreign_twice, add_foreign(c, "city", &to_person, NAMES("id"), e))
CALL(foreign_missing, add_foreign(c, "city", NULL, NAMES("id"), e))
CALL(drops_no_foreign, drop_foreign(c, "city", "x", NULL, e))
CALL(drops_no_such, drop_foreign(c, "city", NULL, NAMES("id"), e))
CALL(drops_unknown, drop_foreign(c, "city", NULL, NAMES("idd"), e))
CALL(drops_unnamed, drop_foreign(c, "city", NULL, NULL, e))

static void
parts_that_cannot_be_so(void **state)
{
    static const struct refusal refusals[] = {
        {second_primary, PD_CAUSE_DATA,
         "table 'person' cannot have a second primary key; drop the one that is there first"},
        {no_key_columns, PD_CAUSE_DATA, "key 'by_region' of table 'person' is on no column"},
        {no_key_names, PD_CAUSE_DATA, "key 'by_region' of table 'person' is on no column"},
        {key_of_unknown, PD_CAUSE_MISSING,
         "table 'person' has no column 'regions'; did you mean 'region'?"},
        {key_twice, PD_CAUSE_DATA,
         "key 'by_region' cannot be added to table 'person': it is there already"},
        {key_of_twins, PD_CAUSE_DATA,
         "index 'by_region' of table 'worker' has column 'name' twice"},
        {key_of_kind_9, PD_CAUSE_BUG, "a key of table 'worker': its kind 9 is unknown"},
        {key_of_far_part, PD_CAUSE_BUG,
         "a key of table 'worker': part 1 is column 7, the table has 3"},
        {key_of_no_part, PD_CAUSE_BUG,
         "part 1 of index 'i' of table 'worker' is neither a column nor an expression"},
        {key_of_nothing, PD_CAUSE_MISSING,
         "index 'i' of table 'worker': the table has no column 'nothing'"},
        {key_missing, PD_CAUSE_BUG, "the key to be added to table 'worker' is missing"},
        {drops_no_key, PD_CAUSE_MISSING, "table 'person' has no key 'by_regio'"},
        {drops_no_primary, PD_CAUSE_MISSING, "table 'worker' has no primary key"},
        {drops_used_primary, PD_CAUSE_MISSING,
         "foreign key on 'city' of table 'person' points to the primary key of table 'city', which "
         "has none"},
        {check_twice, PD_CAUSE_DATA,
         "check 'adult' cannot be added to table 'person': it is there already"},
        {check_of_nothing, PD_CAUSE_BUG, "check 'n' of table 'person' has no expression"},
        {check_of_years, PD_CAUSE_MISSING,
         "check 'n' of table 'person': the table has no column 'years'"},
        {check_missing, PD_CAUSE_BUG, "the check to be added to table 'person' is missing"},
        {drops_no_key_on, PD_CAUSE_MISSING, "table 'person' has no key on these columns"},
        {drops_key_on_mistake, PD_CAUSE_MISSING,
         "table 'person' has no column 'ages'; did you mean 'age'?"},
        {drops_no_check_of, PD_CAUSE_MISSING, "table 'person' has no check '(1 = 1)'"},
        {drops_no_check, PD_CAUSE_MISSING, "table 'person' has no check 'x'"},
        {drops_no_unnamed, PD_CAUSE_MISSING, "table 'person' has no check without a name"},
        {foreign_to_no_primary, PD_CAUSE_MISSING,
         "foreign key on 'id' of table 'worker' points to the primary key of table 'shop.item', "
         "which has none"},
        {foreign_of_two, PD_CAUSE_DATA,
         "foreign key 'in_country' of table 'worker' has 2 columns, the primary key of table "
         "'person' that it points to has 1"},
        {foreign_of_none, PD_CAUSE_DATA,
         "foreign key 'in_country' of table 'worker' to 'person' is on no column"},
        {foreign_to_nothing, PD_CAUSE_BUG,
         "a foreign key of table 'worker': its 'to_table' is missing"},
        {foreign_to_mistake, PD_CAUSE_MISSING,
         "foreign key 'f' of table 'worker' points to column 'nr' of table 'person', which is not "
         "there"},
        {foreign_twice, PD_CAUSE_DATA,
         "foreign key 'in_country' cannot be added to table 'city': it is there already"},
        {foreign_missing, PD_CAUSE_BUG, "the foreign key to be added to table 'city' is missing"},
        {drops_no_foreign, PD_CAUSE_MISSING, "table 'city' has no foreign key 'x'"},
        {drops_no_such, PD_CAUSE_MISSING, "table 'city' has no foreign key on these columns"},
        {drops_unknown, PD_CAUSE_MISSING, "table 'city' has no column 'idd'; did you mean 'id'?"},
        {drops_unnamed, PD_CAUSE_MISSING, "table 'city' has no foreign key without a name"},
    };

    refuse_all(refusals, COUNT_OF(refusals));
}

/* ---- Rows, lookups, statements ---- */

#define NEED(...)                                                                                  \
    &(struct pd_need)                                                                              \
    {                                                                                              \
        .struct_size = sizeof(struct pd_need), __VA_ARGS__                                         \
    }
#define STATEMENT(...)                                                                             \
    &(struct pd_statement)                                                                         \
    {                                                                                              \
        .struct_size = sizeof(struct pd_statement), __VA_ARGS__                                    \
    }

static uint32_t number;

CALL(sees_nothing, see_rows(c, NULL, NULL, e))
CALL(sees_unknown, see_rows(c, "persons", NULL, e))
CALLS(sees_new_name, DO(rename_table(c, "city", "town", e)); DO(see_rows(c, "town", NULL, e)))
CALLS(sees_twice, DO(see_rows(c, "city", NULL, e)); DO(see_rows(c, "city", NULL, e)))
CALLS(emits_unknown, DO(see_rows(c, "city", NAMES("cuntry"), e)))
CALLS(emits_dropped, DO(see_rows(c, "city", NAMES("worker"), e)); DO(drop_table(c, "worker", e)))
CALL(needs_nothing, need(c, NULL, &number, e))
CALL(needs_no_table, need(c, NEED(.keys = NAMES("id")), &number, e))
CALL(needs_flags, need(c, NEED(.table = "city", .flags = 2, .keys = NAMES("id")), &number, e))
CALL(needs_no_keys, need(c, NEED(.table = "city", .keys = NAMES(NULL)), &number, e))
CALL(needs_unknown, need(c, NEED(.table = "citty", .keys = NAMES("id")), &number, e))
CALL(needs_no_column, need(c, NEED(.table = "city", .keys = NAMES("name", "idd")), &number, e))
CALL(needs_no_value,
     need(c, NEED(.table = "city", .keys = NAMES("name"), .values = NAMES("nam")), &number, e))
CALL(needs_generated, need(c, NEED(.table = "person", .keys = NAMES("older")), &number, e))
CALL(needs_twins, need(c, NEED(.table = "person", .keys = NAMES("id", "id")), &number, e))
CALL(makes_unknown, make_rows(c, NAMES("city", "cuntry"), e))
CALL(updates_nothing, may_update(c, NULL, e))
CALL(updates_unknown, may_update(c, "persen", e))
CALL(updates_no_key, may_update(c, "worker", e))
CALL(runs_nothing, run_statement(c, NULL, e))
CALL(runs_no_text, run_statement(c, STATEMENT(.when = PD_AFTER_ROWS, .engine = "x"), e))
CALL(runs_never, run_statement(c, STATEMENT(.engine = "x", .sql = "ANALYZE"), e))

static void
rows_and_lookups_that_cannot_be(void **state)
{
    static const struct refusal refusals[] = {
        {sees_nothing, PD_CAUSE_BUG, "the name of a table is missing"},
        {sees_unknown, PD_CAUSE_MISSING,
         "there is no table 'persons' before the step; did you mean 'person'?"},
        {sees_new_name, PD_CAUSE_MISSING, "there is no table 'town' before the step"},
        {sees_twice, PD_CAUSE_DATA, "the rows of table 'city' are seen already; once is enough"},
        {emits_unknown, PD_CAUSE_MISSING,
         "the rows of table 'city': there is no table 'cuntry'; did you mean 'country'?"},
        {emits_dropped, PD_CAUSE_MISSING,
         "the rows of table 'city': table 'worker' is not there any more: the step drops it"},
        {needs_nothing, PD_CAUSE_BUG, "what is to be looked up names no table"},
        {needs_no_table, PD_CAUSE_BUG, "what is to be looked up names no table"},
        {needs_flags, PD_CAUSE_BUG, "what is to be looked up in 'city' has unknown flags"},
        {needs_no_keys, PD_CAUSE_BUG, "what is to be looked up in 'city' has no key columns"},
        {needs_unknown, PD_CAUSE_MISSING,
         "what is to be looked up: there is no table 'citty'; did you mean 'city'?"},
        {needs_no_column, PD_CAUSE_MISSING,
         "what is to be looked up: table 'city' has no column 'idd'; did you mean 'id'?"},
        {needs_no_value, PD_CAUSE_MISSING,
         "what is to be looked up: table 'city' has no column 'nam'; did you mean 'name'?"},
        {needs_generated, PD_CAUSE_DATA,
         "what is to be looked up: column 'older' of table 'person' is generated, so that it "
         "cannot be looked up"},
        {needs_twins, PD_CAUSE_DATA,
         "what is to be looked up: column 'id' of table 'person' is named twice"},
        {makes_unknown, PD_CAUSE_MISSING,
         "rows of before_load and after_load: there is no table 'cuntry'; did you mean 'country'?"},
        {updates_nothing, PD_CAUSE_BUG, "the name of a table is missing"},
        {updates_unknown, PD_CAUSE_MISSING,
         "the table to be updated: there is no table 'persen'; did you mean 'person'?"},
        {updates_no_key, PD_CAUSE_DATA, "table 'worker' cannot be updated: it has no primary key"},
        {runs_nothing, PD_CAUSE_BUG, "a statement has no engine or no text"},
        {runs_no_text, PD_CAUSE_BUG, "a statement has no engine or no text"},
        {runs_never, PD_CAUSE_BUG, "statement 'ANALYZE': it is neither before nor after the rows"},
    };

    refuse_all(refusals, COUNT_OF(refusals));
}

/* ---- plan() itself ---- */

STEP(swallows)
{
    struct pd_error own = {0};

    if (o->drop_table(c, "nothing", NULL) == PD_OK)
        return PD_FATAL;
    assert_int_equal(o->drop_table(c, "city", &own), PD_FAILED);
    assert_string_equal(own.text, "there is no table 'nothing'");
    return PD_OK;
}

STEP(says_why)
{
    return error_fail(e, PD_FAILED, PD_CAUSE_DATA, "not with me");
}

STEP(says_nothing_at_all)
{
    return PD_FAILED;
}

STEP(is_done)
{
    return PD_DONE;
}

static void
the_first_failure_counts(void **state)
{
    static const struct refusal refusals[] = {
        {swallows, PD_CAUSE_MISSING, "there is no table 'nothing'"},
        {says_why, PD_CAUSE_DATA, "not with me"},
        {says_nothing_at_all, PD_CAUSE_BUG, "plan() returned -3 and said no error"},
        {is_done, PD_CAUSE_BUG, "plan() returned 1 and said no error"},
    };

    refuse_all(refusals, COUNT_OF(refusals));
}

CALL(sees_city, see_rows(c, "city", NULL, e))

static void
who_sees_rows_has_a_function_for_them(void **state)
{
    struct pd_migration blind = migration;
    struct pd_migrator migrator = {sees_city};
    struct planned *planned;
    struct pd_error err = {0};

    blind.rows = NULL;
    assert_int_equal(changes_plan(&blind, &migrator, &world, arena, &planned, &err), PD_FAILED);
    assert_string_equal(err.text, "it wants to see rows and has no rows()");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_that_cannot_be_so),
        cmocka_unit_test(columns_that_cannot_be_so),
        cmocka_unit_test(what_an_engine_computes_from_cannot_be_others),
        cmocka_unit_test(parts_that_cannot_be_so),
        cmocka_unit_test(rows_and_lookups_that_cannot_be),
        cmocka_unit_test(the_first_failure_counts),
        cmocka_unit_test(who_sees_rows_has_a_function_for_them),
    };

    return cmocka_run_group_tests_name("changes_refuse", tests, world_begin, world_end);
}
