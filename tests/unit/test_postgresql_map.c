// SPDX-License-Identifier: Apache-2.0
/* Tests of the PostgreSQL plugin: which type a column gets, by its declaration, its values, and the
   foreign keys that join it with others. */
#include "map_world.h"

/* What the files under test want of the rest of the plugin. */
pd_status
pg_run(struct pg *pg, const char *sql, struct pd_error *err)
{
    return PD_FAILED;
}

/* No type of a user is there. */
pd_status
pg_query(struct pg *pg, const char *sql, int n_params, const char *const *params,
         const char *answer, PGresult **ret_result, struct pd_error *err)
{
    *ret_result = NULL;
    return PD_OK;
}

pd_status
pg_no_memory(const struct pd_host *h, struct pd_error *err)
{
    return PD_FATAL;
}

pd_status
present_map(struct map *map)
{
    return PD_FAILED;
}

static struct pg server;

static int
setup_server(void **state)
{
    int result = setup(state);

    sink.pg = &server;
    return result;
}

/* ---- By the declaration ---- */

static void
parameters_are_kept(void **state)
{
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_DECIMAL, .precision = 10, .scale = 2};
    assert_string_equal(mapped()[0].native, "numeric(10,2)");
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_TIMESTAMPTZ, .precision = 3};
    assert_string_equal(mapped()[0].native, "timestamp(3) with time zone");
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_TIMESTAMPTZ, .precision = -1};
    assert_string_equal(mapped()[0].native, "timestamp with time zone");
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_TEXT, .length = 160};
    assert_string_equal(mapped()[0].native, "character varying(160)");
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_TEXT, .length = 10485761};
    assert_string_equal(mapped()[0].native, "text");
    assert_int_equal(mapped()[0].as.length, 0);
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_UINT64};
    assert_string_equal(mapped()[0].native, "numeric(20,0)");
    assert_int_equal(mapped()[0].as.precision, 20);
}

static void
enums_are_named_after_their_column(void **state)
{
    static const char *const labels[] = {"x", "y"};

    columns[0][0].type = (struct pd_type){.kind = PD_KIND_ENUM, .labels = labels, .n_labels = 2};
    assert_string_equal(mapped()[0].native, "\"public\".\"t_a\"");
    tables[1].name = "t_a";
    assert_string_equal(mapped()[0].native, "\"public\".\"t_a_1\"");
}

static void
labels_that_do_not_fit_make_text(void **state)
{
    static char label[65];
    static const char *const labels[] = {label};

    memset(label, 'x', 64);
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_ENUM, .labels = labels, .n_labels = 1};
    assert_string_equal(mapped()[0].native, "text");
    assert_int_equal(mapped()[0].rung, PD_RUNG_CARRIER);
    label[63] = 0;
    assert_int_equal(mapped()[0].rung, PD_RUNG_NATIVE);
    memset(label, 'x', 64);
}

/* ---- By the values ---- */

static void
hints_are_kept_when_every_value_keeps_them(void **state)
{
    struct pd_profile *p = &profiles[0][0];
    const struct pd_type boolean = {.kind = PD_KIND_BOOL}, date = {.kind = PD_KIND_DATE};
    const struct pd_type money = {.kind = PD_KIND_DECIMAL, .precision = 5, .scale = 2};
    const struct pd_type uuid = {.kind = PD_KIND_UUID}, jsonb = {.kind = PD_KIND_JSONB};
    const struct pd_type varchar = {.kind = PD_KIND_TEXT, .length = 3};

    p->n_ints = 2;
    p->max_int = 1;
    p->flags = PD_PROFILE_ONLY_01;
    assert_string_equal(map_hinted(PD_KIND_NUMBER, boolean)->native, "boolean");
    p->flags = 0;
    assert_string_equal(map_hinted(PD_KIND_NUMBER, boolean)->native, "bigint");
    assert_string_equal(map_hinted(PD_KIND_NUMBER, money)->native, "numeric(5,2)");
    p->max_int = 1000;
    assert_string_equal(map_hinted(PD_KIND_NUMBER, money)->native, "numeric");
    p->max_int = 999;
    p->n_reals = 1;
    p->flags = PD_PROFILE_SCALE | PD_PROFILE_FINITE;
    p->max_scale = 2;
    assert_string_equal(map_hinted(PD_KIND_NUMBER, money)->native, "numeric(5,2)");
    p->max_scale = 3;
    assert_string_equal(map_hinted(PD_KIND_NUMBER, money)->native, "numeric");
    *p = (struct pd_profile){.n_texts = 1, .max_chars = 3, .flags = PD_PROFILE_DATES};
    assert_string_equal(map_hinted(PD_KIND_NUMBER, date)->native, "date");
    assert_string_equal(map_hinted(PD_KIND_TEXT, varchar)->native, "character varying(3)");
    p->max_chars = 4;
    p->flags = 0;
    assert_string_equal(map_hinted(PD_KIND_NUMBER, date)->native, "text");
    assert_string_equal(map_hinted(PD_KIND_TEXT, varchar)->native, "text");
    assert_non_null(map_hinted(PD_KIND_TEXT, varchar)->reason);
    *p = (struct pd_profile){.n_texts = 1, .max_chars = 36, .flags = PD_PROFILE_PROMISED};
    assert_string_equal(map_hinted(PD_KIND_NUMBER, uuid)->native, "uuid");
    assert_string_equal(map_hinted(PD_KIND_NUMBER, jsonb)->native, "json");
    p->flags = 0;
    assert_string_equal(map_hinted(PD_KIND_NUMBER, uuid)->native, "text");
    assert_string_equal(map_hinted(PD_KIND_NUMBER, jsonb)->native, "text");
}

static void
single_values_that_do_not_fit_are_refused_with_the_option(void **state)
{
    struct pd_profile *p = &profiles[0][0];
    const struct pd_mapping *m;

    p->n_ints = 5;
    p->n_texts = 1;
    p->n_outliers = 1;
    m = map_one(PD_KIND_INT64);
    assert_int_equal(m->rung, PD_RUNG_REFUSED);
    assert_string_equal(m->option, "misfit=carrier");
    sink.carry = true;
    m = map_one(PD_KIND_INT64);
    assert_int_equal(m->rung, PD_RUNG_CARRIER);
    assert_string_equal(m->native, "text");
    assert_true(m->flags & PD_MAPPING_TAGGED);
}

static void
text_that_the_server_does_not_take_is_carried_as_bytes(void **state)
{
    struct pd_profile *p = &profiles[0][0];

    p->n_texts = 5;
    p->flags = PD_PROFILE_NUL;
    assert_int_equal(map_one(PD_KIND_TEXT)->rung, PD_RUNG_REFUSED);
    sink.carry = true;
    assert_string_equal(map_one(PD_KIND_TEXT)->native, "bytea");
    assert_int_equal(map_one(PD_KIND_TEXT)->as.kind, PD_KIND_BINARY);
    assert_false(map_one(PD_KIND_TEXT)->flags & PD_MAPPING_TAGGED);
    p->n_blobs = 1;
    assert_string_equal(map_one(PD_KIND_TEXT)->native, "text");
    assert_true(map_one(PD_KIND_TEXT)->flags & PD_MAPPING_TAGGED);
}

static void
columns_without_a_type_follow_their_values(void **state)
{
    struct pd_profile *p = &profiles[0][0];

    assert_string_equal(map_one(PD_KIND_ANY)->native, "text");
    p->n_ints = 1;
    assert_string_equal(map_one(PD_KIND_ANY)->native, "bigint");
    assert_false(map_one(PD_KIND_ANY)->flags & PD_MAPPING_TAGGED);
    p->n_reals = 1;
    assert_string_equal(map_one(PD_KIND_ANY)->native, "numeric");
    p->flags = PD_PROFILE_NEGATIVE_ZERO;
    assert_string_equal(map_one(PD_KIND_ANY)->native, "text");
    assert_int_equal(map_one(PD_KIND_ANY)->rung, PD_RUNG_CARRIER);
    load.stats = NULL;
    assert_true(map_one(PD_KIND_ANY)->flags & PD_MAPPING_GUESS);
}

static void
numeric_is_not_chosen_where_it_would_mix_up_floats_and_integers(void **state)
{
    struct pd_profile *p = &profiles[0][0];

    p->n_reals = 1;
    p->flags = PD_PROFILE_FINITE;
    p->min_real = -0x1p62;
    assert_string_equal(map_one(PD_KIND_NUMBER)->native, "numeric");
    p->min_real = -0x1p63;
    assert_int_equal(map_one(PD_KIND_NUMBER)->rung, PD_RUNG_REFUSED);
    sink.carry = true;
    assert_string_equal(map_one(PD_KIND_NUMBER)->native, "text");
    assert_false(map_one(PD_KIND_NUMBER)->flags & PD_MAPPING_TAGGED);
}

static void
times_within_a_day_are_times(void **state)
{
    static const uint32_t wide[] = {PD_PROFILE_NEGATIVE_TIME, PD_PROFILE_BEYOND_DAY};
    static const char *const durations[] = {"-00:00:01", "24:00:00.1", "100:00:00"};

    columns[0][0].type =
        (struct pd_type){.kind = PD_KIND_TIME, .flags = PD_TYPE_WIDE, .precision = 3};
    assert_string_equal(mapped()[0].native, "time(3)");
    assert_int_equal(mapped()[0].rung, PD_RUNG_PROFILED);
    assert_int_equal(mapped()[0].as.kind, PD_KIND_TIME);
    assert_int_equal(mapped()[0].as.flags, 0);
    for (size_t i = 0; i < 2; i++) {
        profiles[0][0].flags = wide[i];
        assert_string_equal(mapped()[0].native, "interval");
        assert_int_equal(mapped()[0].rung, PD_RUNG_NATIVE);
        assert_int_equal(mapped()[0].flags & PD_MAPPING_GUESS, 0);
    }
    profiles[0][0].flags = 0;
    columns[0][0].default_kind = PD_DEFAULT_LITERAL;
    columns[0][0].default_tag = PD_TAG_TEXT;
    columns[0][0].default_text = "24:00:00";
    assert_string_equal(mapped()[0].native, "time(3)");
    for (size_t i = 0; i < 3; i++) {
        columns[0][0].default_text = durations[i];
        assert_string_equal(mapped()[0].native, "interval");
    }
    columns[0][0].default_kind = PD_DEFAULT_NONE;
    stats[0].profiles = NULL;
    assert_string_equal(mapped()[0].native, "interval");
    assert_int_equal(mapped()[0].as.kind, PD_KIND_INTERVAL);
    assert_true(mapped()[0].flags & PD_MAPPING_GUESS);
    columns[0][0].generated = PD_GENERATED_STORED;
    assert_int_equal(mapped()[0].flags & PD_MAPPING_GUESS, 0);
    stats[0].profiles = profiles[0];
    assert_string_equal(mapped()[0].native, "interval");
}

/* ---- By foreign keys ---- */

static void
joined_times_are_all_intervals_where_one_is(void **state)
{
    columns[0][0].type = columns[1][0].type =
        (struct pd_type){.kind = PD_KIND_TIME, .flags = PD_TYPE_WIDE};
    join();
    assert_string_equal(mapped()[COLUMNS].native, "time(0)");
    assert_string_equal(mapped()[0].native, "time(0)");
    profiles[0][0].flags = PD_PROFILE_BEYOND_DAY;
    for (size_t i = 0; i <= COLUMNS; i += COLUMNS) {
        assert_string_equal(mapped()[i].native, "interval");
        assert_int_equal(mapped()[i].as.kind, PD_KIND_INTERVAL);
        assert_int_equal(mapped()[i].rung, PD_RUNG_NATIVE);
        assert_null(mapped()[i].reason);
    }
}

static void
joined_integers_get_the_widest(void **state)
{
    const struct pd_mapping *m;

    join();
    columns[0][0].type.kind = PD_KIND_INT64;
    columns[1][0].type.kind = PD_KIND_INT16;
    m = mapped();
    assert_string_equal(m[COLUMNS].native, "bigint");
    assert_true(map_can_join(&m[COLUMNS], &m[0]));
    columns[0][0].type.kind = PD_KIND_UINT64;
    m = mapped();
    assert_string_equal(m[COLUMNS].native, "numeric(20,0)");
    assert_int_equal(m[COLUMNS].as.kind, PD_KIND_DECIMAL);
}

static void
a_column_that_says_nothing_follows_its_parent(void **state)
{
    const struct pd_mapping *m;

    join();
    columns[1][0].type.kind = PD_KIND_ANY;
    m = mapped();
    assert_string_equal(m[COLUMNS].native, "bigint");
    assert_false(m[COLUMNS].flags & PD_MAPPING_TAGGED);
}

static void
hints_that_part_what_is_joined_are_dropped(void **state)
{
    const struct pd_mapping *m;

    join();
    columns[0][0].type.kind = columns[1][0].type.kind = PD_KIND_NUMBER;
    columns[0][0].hint = (struct pd_type){.kind = PD_KIND_BOOL};
    profiles[0][0].n_ints = profiles[1][0].n_ints = 1;
    profiles[0][0].flags = PD_PROFILE_ONLY_01;
    m = mapped();
    assert_string_equal(m[0].native, m[COLUMNS].native);
    assert_true(map_can_join(&m[COLUMNS], &m[0]));
}

static void
a_carrier_spreads_over_joined_text(void **state)
{
    const struct pd_mapping *m;

    join();
    sink.carry = true;
    columns[0][0].type.kind = columns[1][0].type.kind = PD_KIND_TEXT;
    profiles[0][0].n_texts = profiles[1][0].n_texts = 1;
    profiles[0][0].flags = PD_PROFILE_NUL;
    m = mapped();
    assert_string_equal(m[COLUMNS].native, "bytea");
    assert_int_equal(m[COLUMNS].as.kind, PD_KIND_BINARY);
}

/* An integer key shall not become text for the sake of one column that points to it. */
static void
text_and_integers_stay_apart(void **state)
{
    const struct pd_mapping *m;

    join();
    columns[0][0].identity = PD_IDENTITY_ROWID;
    columns[1][0].type.kind = PD_KIND_TEXT;
    m = mapped();
    assert_string_equal(m[0].native, "bigint");
    assert_string_equal(m[COLUMNS].native, "text");
    assert_false(map_can_join(&m[COLUMNS], &m[0]));
}

/* ---- The same engine ---- */

static void
own_types_come_back_as_they_were_spelled(void **state)
{
    load.flags = PD_LOAD_SAME_ENGINE;
    columns[0][0].native = "interval day to second(2)";
    columns[0][0].type.kind = PD_KIND_INTERVAL;
    assert_string_equal(mapped()[0].native, "interval day to second(2)");
    assert_int_equal(mapped()[0].as.kind, PD_KIND_INTERVAL);
    columns[0][0].native = "int); SELECT f(); --";
    assert_string_equal(mapped()[0].native, "interval(0)");
    assert_non_null(mapped()[0].reason);
}

static void
what_a_migration_made_is_stored_as_from_elsewhere(void **state)
{
    load.flags = PD_LOAD_SAME_ENGINE;
    columns[0][0].native = "";
    columns[0][0].flags = PD_COLUMN_NEUTRAL;
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_TEXT, .length = 30};
    assert_string_equal(mapped()[0].native, "character varying(30)");
    assert_null(mapped()[0].reason);
    assert_int_equal(mapped()[0].rung, PD_RUNG_NATIVE);
}

static void
types_of_users_are_wanted_or_made_of_labels(void **state)
{
    static const char *const labels[] = {"x"};
    static const struct pd_object domain = {.struct_size = sizeof domain,
                                            .kind = "domain",
                                            .schema = "app",
                                            .name = "dom",
                                            .sql = "CREATE DOMAIN app.dom AS int"};

    load.flags = PD_LOAD_SAME_ENGINE;
    columns[0][0].native = "app.dom";
    columns[0][0].type.kind = PD_KIND_INT32;
    assert_string_equal(mapped()[0].native, "integer");
    load.flags |= PD_LOAD_NATIVE;
    assert_string_equal(mapped()[0].native, "integer");
    catalog.objects = &domain;
    catalog.n_objects = 1;
    catalog.object_size = sizeof domain;
    assert_string_equal(mapped()[0].native, "\"app\".\"dom\"");
    catalog.n_objects = 0;
    load.flags = PD_LOAD_SAME_ENGINE;
    columns[0][0].native = "app.mood[]";
    columns[0][0].type.kind = PD_KIND_ARRAY;
    assert_string_equal(mapped()[0].native, "text");
    columns[0][1].native = "app.mood";
    columns[0][1].type = (struct pd_type){.kind = PD_KIND_ENUM, .labels = labels, .n_labels = 1};
    assert_string_equal(mapped()[0].native, "\"app\".\"mood\"[]");
    assert_string_equal(mapped()[1].native, "\"app\".\"mood\"");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_server, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_kind_has_a_type),
        TEST(memory_that_is_short_is_told),
        TEST(parameters_are_kept),
        TEST(enums_are_named_after_their_column),
        TEST(labels_that_do_not_fit_make_text),
        TEST(hints_are_kept_when_every_value_keeps_them),
        TEST(single_values_that_do_not_fit_are_refused_with_the_option),
        TEST(text_that_the_server_does_not_take_is_carried_as_bytes),
        TEST(columns_without_a_type_follow_their_values),
        TEST(numeric_is_not_chosen_where_it_would_mix_up_floats_and_integers),
        TEST(times_within_a_day_are_times),
        TEST(joined_times_are_all_intervals_where_one_is),
        TEST(joined_integers_get_the_widest),
        TEST(a_column_that_says_nothing_follows_its_parent),
        TEST(hints_that_part_what_is_joined_are_dropped),
        TEST(a_carrier_spreads_over_joined_text),
        TEST(text_and_integers_stay_apart),
        TEST(own_types_come_back_as_they_were_spelled),
        TEST(what_a_migration_made_is_stored_as_from_elsewhere),
        TEST(types_of_users_are_wanted_or_made_of_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
