// SPDX-License-Identifier: Apache-2.0
/* Tests of the MariaDB plugin: which type a column gets, by its declaration, its values, the keys
   that it is in, and the foreign keys that join it with others. */
#include "map_world.h"

#include "map.h"

/* What the files under test want of the rest of the plugin. */
pd_status
my_no_memory(const struct pd_host *h, struct pd_error *err)
{
    return PD_FATAL;
}

pd_status
present_map(struct map *map)
{
    return PD_FAILED;
}

bool
ddl_is_in_place(const struct pd_sink *s, const struct pd_load *l)
{
    return false;
}

static const struct pd_mapping *
map_type(struct pd_type type)
{
    columns[0][0].type = type;
    return &mapped()[0];
}

/* ---- By the declaration ---- */

static void
parameters_are_kept(void **state)
{
    static const struct {
        struct pd_type type;
        const char *native;
    } cases[] = {
        {{.kind = PD_KIND_DECIMAL, .precision = 10, .scale = 2}, "decimal(10,2)"},
        {{.kind = PD_KIND_DECIMAL, .precision = 65, .scale = 38}, "decimal(65,38)"},
        {{.kind = PD_KIND_DECIMAL, .precision = 3, .scale = -2}, "decimal(5,0)"},
        {{.kind = PD_KIND_DECIMAL, .precision = 2, .scale = 5}, "decimal(5,5)"},
        {{.kind = PD_KIND_MONEY, .scale = 2}, "decimal(19,2)"},
        {{.kind = PD_KIND_TIMESTAMP, .precision = 3}, "datetime(3)"},
        {{.kind = PD_KIND_TIMESTAMP, .precision = 0}, "datetime"},
        {{.kind = PD_KIND_TIMESTAMPTZ, .precision = -1}, "datetime(6)"},
        {{.kind = PD_KIND_TIME, .flags = PD_TYPE_WIDE, .precision = 6}, "time(6)"},
        {{.kind = PD_KIND_TEXT, .length = 160}, "varchar(160)"},
        {{.kind = PD_KIND_TEXT, .length = 16000}, "varchar(16000)"},
        {{.kind = PD_KIND_TEXT, .length = 16384}, "longtext"},
        {{.kind = PD_KIND_CHAR, .length = 255}, "char(255)"},
        {{.kind = PD_KIND_CHAR, .length = 256}, "varchar(256)"},
        {{.kind = PD_KIND_BINARY, .length = 16}, "varbinary(16)"},
        {{.kind = PD_KIND_BINARY, .length = 65533}, "longblob"},
        {{.kind = PD_KIND_BIT, .length = 64}, "bit(64)"},
        {{.kind = PD_KIND_BIT, .length = 100}, "varchar(100)"},
        {{.kind = PD_KIND_UINT64}, "bigint unsigned"},
        {{.kind = PD_KIND_OID}, "int unsigned"},
        {{.kind = PD_KIND_GEOMETRY, .native_name = "point"}, "point"},
        {{.kind = PD_KIND_INTERVAL}, "varchar(64)"},
        {{.kind = PD_KIND_INET}, "varchar(43)"},
    };

    load.stats = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(map_type(cases[i].type)->native, cases[i].native);
}

static void
a_type_without_a_home_is_carried_and_says_so(void **state)
{
    load.stats = NULL;
    assert_int_equal(map_type((struct pd_type){.kind = PD_KIND_DECIMAL, .precision = 66})->rung,
                     PD_RUNG_CARRIER);
    assert_string_equal(mapped()[0].native, "longtext");
    assert_int_equal(
        map_type((struct pd_type){.kind = PD_KIND_DECIMAL, .precision = 60, .scale = 39})->rung,
        PD_RUNG_CARRIER);
    assert_int_equal(map_one(PD_KIND_TIMETZ)->rung, PD_RUNG_CARRIER);
    assert_int_equal(map_one(PD_KIND_TIMETZ)->as.kind, PD_KIND_TEXT);
}

static void
labels_that_the_server_would_change_make_text(void **state)
{
    static const char *labels[2] = {"a", "b'c"};

    load.stats = NULL;
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_ENUM, .labels = labels, .n_labels = 2};
    assert_string_equal(mapped()[0].native, "enum('a','b''c')");
    labels[1] = "a ";
    assert_string_equal(mapped()[0].native, "varchar(2)");
    assert_int_equal(mapped()[0].rung, PD_RUNG_CARRIER);
    labels[1] = "\xf0\x9f\x98\x80";
    assert_string_equal(mapped()[0].native, "varchar(1)");
    labels[1] = "A";
    assert_string_equal(mapped()[0].native, "enum('a','A')");
    labels[1] = "";
    assert_string_equal(mapped()[0].native, "enum('a','')");
}

/* ---- By the values ---- */

static void
values_that_the_server_would_change_are_refused_with_the_option(void **state)
{
    static const struct {
        int kind;
        struct pd_profile profile;
        const char *carrier;
    } cases[] = {
        {PD_KIND_FLOAT64, {.n_reals = 1, .flags = PD_PROFILE_NAN}, "varchar(32)"},
        {PD_KIND_FLOAT32, {.n_reals = 1, .flags = PD_PROFILE_INFINITE}, "varchar(32)"},
        {PD_KIND_FLOAT64, {.n_reals = 1, .flags = PD_PROFILE_NEGATIVE_ZERO}, "varchar(32)"},
        {PD_KIND_DATE, {.n_outliers = 1, .flags = PD_PROFILE_INFINITE}, "varchar(32)"},
        {PD_KIND_DATE, {.n_plain = 1, .max_time = 2932897}, "varchar(32)"},
        {PD_KIND_DATE, {.n_plain = 1, .min_time = -719469}, "varchar(32)"},
        {PD_KIND_TIMESTAMP, {.n_plain = 1, .max_time = 2932897 * 86400000000}, "varchar(32)"},
        {PD_KIND_JSON, {.n_texts = 1, .flags = PD_PROFILE_JSON_DEEP}, "longtext"},
        {PD_KIND_JSONB, {.n_texts = 1, .flags = PD_PROFILE_JSON_SURROGATE}, "longtext"},
        {PD_KIND_UUID, {.n_plain = 1, .flags = PD_PROFILE_ODD_UUID}, "varchar(36)"},
        {PD_KIND_TEXT, {.n_texts = 1, .flags = PD_PROFILE_BAD_TEXT}, "longblob"},
        {PD_KIND_INT64, {.n_ints = 1, .n_texts = 1, .n_outliers = 1}, "longtext"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        profiles[0][0] = cases[i].profile;
        sink.carry = false;
        assert_int_equal(map_one(cases[i].kind)->rung, PD_RUNG_REFUSED);
        assert_string_equal(mapped()[0].option, "misfit=carrier");
        sink.carry = true;
        assert_int_equal(map_one(cases[i].kind)->rung, PD_RUNG_CARRIER);
        assert_string_equal(mapped()[0].native, cases[i].carrier);
    }
    assert_true(mapped()[0].flags & PD_MAPPING_TAGGED);
}

static void
values_at_the_ends_of_the_calendar_are_native(void **state)
{
    profiles[0][0] = (struct pd_profile){.n_plain = 2, .min_time = -719468, .max_time = 2932896};
    assert_string_equal(map_one(PD_KIND_DATE)->native, "date");
    assert_int_equal(mapped()[0].rung, PD_RUNG_NATIVE);
    profiles[0][0] = (struct pd_profile){
        .n_plain = 2, .min_time = -719468 * 86400000000, .max_time = 2932897 * 86400000000 - 1};
    assert_int_equal(map_one(PD_KIND_TIMESTAMP)->rung, PD_RUNG_NATIVE);
    profiles[0][0] = (struct pd_profile){.n_texts = 2, .flags = PD_PROFILE_NUL};
    assert_string_equal(map_one(PD_KIND_TEXT)->native, "longtext");
    assert_int_equal(mapped()[0].rung, PD_RUNG_NATIVE);
}

static void
decimals_without_a_scale_get_the_one_that_all_values_have(void **state)
{
    struct pd_profile *p = &profiles[0][0];

    *p = (struct pd_profile){.n_plain = 3, .max_digits = 5, .max_scale = 2};
    assert_string_equal(map_one(PD_KIND_DECIMAL)->native, "decimal(38,2)");
    assert_int_equal(mapped()[0].rung, PD_RUNG_PROFILED);
    p->max_digits = 40;
    assert_string_equal(mapped()[0].native, "decimal(65,2)");
    p->max_digits = 64;
    assert_string_equal(mapped()[0].native, "longtext");
    *p = (struct pd_profile){.n_plain = 3, .max_digits = 1, .max_scale = 39};
    assert_string_equal(mapped()[0].native, "longtext");
    *p = (struct pd_profile){
        .n_plain = 3, .max_digits = 5, .max_scale = 2, .flags = PD_PROFILE_MIXED_SCALE};
    assert_string_equal(mapped()[0].native, "longtext");
    assert_int_equal(mapped()[0].rung, PD_RUNG_CARRIER);
    *p = (struct pd_profile){.n_plain = 3, .n_outliers = 1, .flags = PD_PROFILE_NAN};
    assert_string_equal(mapped()[0].native, "longtext");
    load.stats = NULL;
    assert_true(mapped()[0].flags & PD_MAPPING_GUESS);
}

static void
hints_are_kept_when_every_value_keeps_them(void **state)
{
    struct pd_profile *p = &profiles[0][0];
    const struct pd_type boolean = {.kind = PD_KIND_BOOL}, date = {.kind = PD_KIND_DATE};
    const struct pd_type money = {.kind = PD_KIND_DECIMAL, .precision = 5, .scale = 2};
    const struct pd_type varchar = {.kind = PD_KIND_TEXT, .length = 3};

    *p = (struct pd_profile){.n_ints = 2, .max_int = 1, .flags = PD_PROFILE_ONLY_01};
    assert_string_equal(map_hinted(PD_KIND_NUMBER, boolean)->native, "tinyint(1)");
    assert_int_equal(mapped()[0].as.kind, PD_KIND_BOOL);
    p->flags = 0;
    assert_string_equal(map_hinted(PD_KIND_NUMBER, boolean)->native, "bigint");
    assert_string_equal(map_hinted(PD_KIND_NUMBER, money)->native, "decimal(5,2)");
    p->max_int = 1000;
    assert_string_equal(map_hinted(PD_KIND_NUMBER, money)->native, "bigint");
    *p = (struct pd_profile){.n_texts = 1, .max_chars = 3, .flags = PD_PROFILE_DATES};
    assert_string_equal(map_hinted(PD_KIND_NUMBER, date)->native, "date");
    assert_string_equal(map_hinted(PD_KIND_TEXT, varchar)->native, "varchar(3)");
    p->max_chars = 4;
    p->flags = 0;
    assert_string_equal(map_hinted(PD_KIND_TEXT, varchar)->native, "longtext");
    assert_non_null(mapped()[0].reason);
}

static void
numbers_are_decimals_only_where_none_is_mixed_up(void **state)
{
    struct pd_profile *p = &profiles[0][0];

    *p = (struct pd_profile){.n_ints = 1,
                             .n_reals = 1,
                             .max_scale = 2,
                             .max_real = 12,
                             .flags = PD_PROFILE_FINITE | PD_PROFILE_SCALE};
    assert_string_equal(map_one(PD_KIND_NUMBER)->native, "decimal(38,2)");
    p->max_real = 0x1p63;
    assert_string_equal(map_one(PD_KIND_NUMBER)->native, "longtext");
    assert_int_equal(mapped()[0].rung, PD_RUNG_CARRIER);
    *p = (struct pd_profile){.n_reals = 1, .flags = PD_PROFILE_FINITE};
    assert_string_equal(map_one(PD_KIND_NUMBER)->native, "double");
    assert_string_equal(map_one(PD_KIND_ANY)->native, "double");
    p->flags |= PD_PROFILE_INFINITE;
    assert_string_equal(map_one(PD_KIND_ANY)->native, "longtext");
    *p = (struct pd_profile){.n_ints = 1, .n_reals = 1};
    assert_string_equal(map_one(PD_KIND_ANY)->native, "longtext");
    assert_true(mapped()[0].flags & PD_MAPPING_TAGGED);
}

/* ---- By keys and rows ---- */

static void
text_in_a_key_gets_a_length_that_keys_have(void **state)
{
    set_key(0, PD_KEY_PRIMARY, 1);
    profiles[0][0] = (struct pd_profile){.n_texts = 1, .max_chars = 20, .max_size = 20};
    assert_string_equal(map_one(PD_KIND_TEXT)->native, "varchar(768)");
    assert_int_equal(mapped()[0].rung, PD_RUNG_PROFILED);
    assert_int_equal(mapped()[0].as.length, 768);
    set_key(0, PD_KEY_PRIMARY, 2);
    assert_string_equal(mapped()[0].native, "varchar(766)");
    columns[0][1].type.kind = PD_KIND_TEXT;
    assert_string_equal(mapped()[0].native, "varchar(384)");
    profiles[0][0].max_chars = 700;
    assert_string_equal(mapped()[0].native, "varchar(700)");
    assert_string_equal(mapped()[1].native, "varchar(68)");
    profiles[0][0].max_chars = 769;
    assert_string_equal(mapped()[0].native, "longtext");
}

static void
declared_lengths_stay_where_the_key_has_room(void **state)
{
    set_key(0, PD_KEY_UNIQUE, 1);
    profiles[0][0].max_chars = 5;
    assert_string_equal(map_type((struct pd_type){.kind = PD_KIND_TEXT, .length = 700})->native,
                        "varchar(700)");
    assert_int_equal(mapped()[0].rung, PD_RUNG_NATIVE);
    assert_string_equal(map_type((struct pd_type){.kind = PD_KIND_TEXT, .length = 1000})->native,
                        "varchar(768)");
    assert_int_equal(mapped()[0].rung, PD_RUNG_PROFILED);
    profiles[0][0].max_chars = 900;
    assert_string_equal(map_type((struct pd_type){.kind = PD_KIND_TEXT, .length = 1000})->native,
                        "varchar(1000)");
    assert_string_equal(map_type((struct pd_type){.kind = PD_KIND_BINARY, .length = 3072})->native,
                        "varbinary(3072)");
}

static void
an_index_says_nothing_about_lengths(void **state)
{
    set_key(0, PD_KEY_INDEX, 1);
    assert_string_equal(map_one(PD_KIND_TEXT)->native, "longtext");
}

static void
keys_of_unknown_values_are_guesses(void **state)
{
    load.stats = NULL;
    set_key(0, PD_KEY_PRIMARY, 1);
    assert_string_equal(map_one(PD_KIND_TEXT)->native, "varchar(768)");
    assert_true(mapped()[0].flags & PD_MAPPING_GUESS);
}

static void
rows_that_are_too_long_stand_out_of_line(void **state)
{
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_TEXT, .length = 10000};
    columns[0][1].type = (struct pd_type){.kind = PD_KIND_TEXT, .length = 7000};
    columns[0][2].type = (struct pd_type){.kind = PD_KIND_TEXT, .length = 100};
    assert_string_equal(mapped()[0].native, "longtext");
    assert_string_equal(mapped()[1].native, "varchar(7000)");
    assert_int_equal(mapped()[0].as.length, 10000);
    assert_int_equal(mapped()[0].rung, PD_RUNG_NATIVE);
}

static void
widths_are_those_of_the_server(void **state)
{
    static const struct {
        const char *native;
        size_t row, key;
    } cases[] = {
        {"varchar(63)", 253, 252},
        {"varchar(64)", 258, 256},
        {"varbinary(10)", 11, 10},
        {"decimal(10,2)", 5, 5},
        {"decimal(65,38)", 29, 29},
        {"datetime(6)", 8, 8},
        {"time", 3, 3},
        {"bit(9)", 2, 2},
        {"bigint unsigned", 8, 8},
        {"tinyint(1)", 1, 1},
        {"uuid", 16, 16},
        {"longtext", 12, SIZE_MAX},
        {"json", 12, SIZE_MAX},
        {"mediumint(9)", 3, 3},
        {"char(10)", 40, 40},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pd_mapping m = {.native = cases[i].native};
        struct map_width width = map_width(&m);

        assert_int_equal(width.row, cases[i].row);
        assert_true(width.key == cases[i].key);
    }
}

/* ---- By foreign keys ---- */

static void
assert_joined(int parent, int child, const char *native)
{
    const struct pd_mapping *m;

    columns[0][0].type.kind = (uint16_t)parent;
    columns[1][0].type.kind = (uint16_t)child;
    m = mapped();
    assert_string_equal(m[0].native, native);
    assert_string_equal(m[COLUMNS].native, native);
    assert_true(map_can_join(&m[COLUMNS], &m[0]));
}

static void
joined_integers_have_one_size_and_sign(void **state)
{
    join();
    assert_joined(PD_KIND_INT64, PD_KIND_INT32, "bigint");
    assert_joined(PD_KIND_INT8, PD_KIND_INT16, "smallint");
    assert_joined(PD_KIND_UINT8, PD_KIND_UINT32, "int unsigned");
    assert_joined(PD_KIND_UINT32, PD_KIND_INT8, "bigint");
    assert_joined(PD_KIND_UINT8, PD_KIND_INT8, "smallint");
    assert_joined(PD_KIND_UINT64, PD_KIND_INT64, "decimal(20,0)");
    assert_joined(PD_KIND_UINT64, PD_KIND_UINT8, "bigint unsigned");
}

/* The server takes others, and never finds a parent. */
static void
joined_decimals_and_clocks_have_the_same_digits(void **state)
{
    const struct pd_mapping *m;

    join();
    load.stats = NULL;
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_DECIMAL, .precision = 10, .scale = 2};
    columns[1][0].type = (struct pd_type){.kind = PD_KIND_DECIMAL, .precision = 12, .scale = 4};
    m = mapped();
    assert_string_equal(m[0].native, "decimal(12,4)");
    assert_string_equal(m[COLUMNS].native, "decimal(12,4)");
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_TIMESTAMP, .precision = 0};
    columns[1][0].type = (struct pd_type){.kind = PD_KIND_TIMESTAMP, .precision = 3};
    m = mapped();
    assert_string_equal(m[0].native, "datetime(3)");
    assert_string_equal(m[COLUMNS].native, "datetime(3)");
    columns[1][0].type = (struct pd_type){.kind = PD_KIND_TIME, .precision = 0};
    m = mapped();
    assert_false(map_can_join(&m[COLUMNS], &m[0]));
}

static void
joined_text_is_padded_on_both_sides_or_on_none(void **state)
{
    const struct pd_mapping *m;

    join();
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_CHAR, .length = 5};
    columns[1][0].type = (struct pd_type){.kind = PD_KIND_TEXT, .length = 9};
    m = mapped();
    assert_string_equal(m[0].native, "varchar(5)");
    assert_string_equal(m[COLUMNS].native, "varchar(9)");
    assert_true(map_can_join(&m[COLUMNS], &m[0]));
}

static void
text_that_points_to_a_key_has_a_length_too(void **state)
{
    const struct pd_mapping *m;

    join();
    columns[0][0].type.kind = columns[1][0].type.kind = PD_KIND_TEXT;
    m = mapped();
    assert_string_equal(m[COLUMNS].native, "varchar(768)");
    assert_true(map_can_join(&m[COLUMNS], &m[0]));
    profiles[1][0].max_chars = 769; /* an orphan */
    m = mapped();
    assert_string_equal(m[COLUMNS].native, "longtext");
    assert_false(map_can_join(&m[COLUMNS], &m[0]));
}

static void
a_carrier_spreads_over_joined_text(void **state)
{
    const struct pd_mapping *m;

    join();
    sink.carry = true;
    columns[0][0].type.kind = columns[1][0].type.kind = PD_KIND_TEXT;
    profiles[0][0] = (struct pd_profile){.n_texts = 1, .flags = PD_PROFILE_BAD_TEXT};
    profiles[1][0] = (struct pd_profile){.n_texts = 1};
    m = mapped();
    assert_string_equal(m[0].native, "varbinary(3072)");
    assert_string_equal(m[COLUMNS].native, "varbinary(3072)");
    assert_int_equal(m[COLUMNS].as.kind, PD_KIND_BINARY);
}

static void
text_and_integers_stay_apart(void **state)
{
    const struct pd_mapping *m;

    join();
    columns[0][0].identity = PD_IDENTITY_ROWID;
    columns[1][0].type.kind = PD_KIND_TEXT;
    m = mapped();
    assert_string_equal(m[0].native, "bigint");
    assert_false(map_can_join(&m[COLUMNS], &m[0]));
}

/* ---- The same engine ---- */

static void
own_types_come_back_as_they_were_spelled(void **state)
{
    load.flags = PD_LOAD_SAME_ENGINE;
    columns[0][0].native = "varchar(5)";
    columns[0][0].collation_native = "cp932_bin";
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_TEXT, .length = 5};
    assert_string_equal(mapped()[0].native, "varchar(5) CHARACTER SET cp932 COLLATE cp932_bin");
    columns[0][0].native = "int(11)); DROP TABLE x; --";
    columns[0][0].collation_native = NULL;
    columns[0][0].type.kind = PD_KIND_INT32;
    assert_string_equal(mapped()[0].native, "int");
}

static void
its_own_statement_has_to_say_what_the_columns_are(void **state)
{
    static const char good[] =
        "CREATE TABLE `t` (`a` varchar(5) COLLATE latin1_bin, `b` bigint(20) "
        "NOT NULL, `c` bigint(20)) DEFAULT CHARSET=utf8mb4";
    struct pd_pool pool = {.host = &host};
    struct passive p;
    const char *why;

    load.flags = PD_LOAD_SAME_ENGINE;
    columns[0][0].type = (struct pd_type){.kind = PD_KIND_TEXT, .length = 5};
    tables[0].native_sql = good;
    assert_int_equal(map_native(&sink, &load, 0, &pool, &p, &why), PD_OK);
    assert_string_equal(mapped()[0].native, "varchar(5) CHARACTER SET latin1 COLLATE latin1_bin");
    columns[0][1].type.kind = PD_KIND_INT32;
    assert_int_equal(map_native(&sink, &load, 0, &pool, &p, &why), PD_UNSUPPORTED);
    assert_non_null(why);
    columns[0][1].type.kind = PD_KIND_INT64;
    columns[0][2].name = "d";
    assert_int_equal(map_native(&sink, &load, 0, &pool, &p, &why), PD_UNSUPPORTED);
    columns[0][2].name = "c";
    tables[0].name = "other";
    assert_int_equal(map_native(&sink, &load, 0, &pool, &p, &why), PD_UNSUPPORTED);
    tables[0].name = "t";
    tables[0].flags = PD_TABLE_ACTIVE_SQL;
    assert_int_equal(map_native(&sink, &load, 0, &pool, &p, &why), PD_UNSUPPORTED);
    load.flags |= PD_LOAD_NATIVE;
    assert_int_equal(map_native(&sink, &load, 0, &pool, &p, &why), PD_OK);
    pd_pool_close(&pool);
}

static void
collations_of_the_other_server_have_a_twin(void **state)
{
    static const struct {
        bool is_mariadb;
        int version;
        const char *name, *here;
    } cases[] = {
        {true, 101100, "utf8mb4_0900_bin", "utf8mb4_nopad_bin"},
        {true, 101100, "utf8mb4_0900_ai_ci", "utf8mb4_uca1400_nopad_ai_ci"},
        {true, 101100, "utf8mb4_de_pb_0900_as_cs", "utf8mb4_uca1400_nopad_as_cs"},
        {true, 100600, "utf8mb4_0900_as_ci", "utf8mb4_unicode_520_nopad_ci"},
        {true, 100600, "utf8mb4_0900_as_cs", "utf8mb4_nopad_bin"},
        {true, 101100, "utf8mb4_uca1400_ai_ci", "utf8mb4_uca1400_ai_ci"},
        {true, 101100, "latin1_swedish_ci", "latin1_swedish_ci"},
        {false, 90704, "utf8mb4_nopad_bin", "utf8mb4_0900_bin"},
        {false, 90704, "utf8mb4_uca1400_as_cs", "utf8mb4_0900_as_cs"},
        {false, 90704, "utf8mb4_unicode_nopad_ci", "utf8mb4_0900_ai_ci"},
        {false, 90704, "utf8mb4_general_ci", "utf8mb4_general_ci"},
        {false, 90704, "utf8mb4_0900_ai_ci", "utf8mb4_0900_ai_ci"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct my my = {.is_mariadb = cases[i].is_mariadb, .version = cases[i].version};

        assert_string_equal(map_collation(&my, cases[i].name), cases[i].here);
    }
    assert_string_equal(map_collation(NULL, "utf8mb4_0900_bin"), "utf8mb4_0900_bin");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_kind_has_a_type),
        TEST(parameters_are_kept),
        TEST(a_type_without_a_home_is_carried_and_says_so),
        TEST(labels_that_the_server_would_change_make_text),
        TEST(values_that_the_server_would_change_are_refused_with_the_option),
        TEST(values_at_the_ends_of_the_calendar_are_native),
        TEST(decimals_without_a_scale_get_the_one_that_all_values_have),
        TEST(hints_are_kept_when_every_value_keeps_them),
        TEST(numbers_are_decimals_only_where_none_is_mixed_up),
        TEST(text_in_a_key_gets_a_length_that_keys_have),
        TEST(declared_lengths_stay_where_the_key_has_room),
        TEST(an_index_says_nothing_about_lengths),
        TEST(keys_of_unknown_values_are_guesses),
        TEST(rows_that_are_too_long_stand_out_of_line),
        TEST(widths_are_those_of_the_server),
        TEST(joined_integers_have_one_size_and_sign),
        TEST(joined_decimals_and_clocks_have_the_same_digits),
        TEST(joined_text_is_padded_on_both_sides_or_on_none),
        TEST(text_that_points_to_a_key_has_a_length_too),
        TEST(a_carrier_spreads_over_joined_text),
        TEST(text_and_integers_stay_apart),
        TEST(own_types_come_back_as_they_were_spelled),
        TEST(its_own_statement_has_to_say_what_the_columns_are),
        TEST(collations_of_the_other_server_have_a_twin),
        TEST(memory_that_is_short_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
