// SPDX-License-Identifier: Apache-2.0
/* Tests of the PostgreSQL plugin: types, what stands behind DEFAULT, and which expressions are
   handed to the portable grammar. The text is what servers deparse. */
#include "fake_host.h"

#include "deparse.h"
#include "maker.h"
#include "utf8.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* The two functions of maker.c and errors.c that these files need. */
void *
maker_alloc(struct maker *m, struct pd_pool *pool, size_t size)
{
    return pd_pool_alloc(pool, size);
}

pd_status
pg_no_memory(const struct pd_host *of, struct pd_error *err)
{
    return PD_FATAL;
}

static struct pd_pool pool = {.host = &host};

static struct maker
new_maker(void)
{
    return (struct maker){.host = &host, .pool = &pool, .scratch = {.host = &host}};
}

static int
teardown(void **state)
{
    pd_pool_close(&pool);
    return 0;
}

/* ---- Types ---- */

static struct pd_type
read_type(uint32_t oid, const char *name, char typtype, char category, uint32_t element,
          int32_t typmod, enum pg_form form)
{
    struct pg_type_facts facts = {.oid = oid,
                                  .name = name,
                                  .spelled = name,
                                  .typtype = typtype,
                                  .category = category,
                                  .has_send = true,
                                  .typmod = typmod,
                                  .element = element};
    struct pd_type type;

    assert_int_equal(pg_type_read(&facts, &type, &pool), form);
    assert_int_equal(type.struct_size, sizeof type);
    return type;
}

static void
modifiers_of_numeric_are_read_with_their_sign(void **state)
{
    static const struct {
        int32_t typmod, precision, scale;
    } cases[] = {
        {-1, 0, 0},
        {655366, 10, 2},
        {4 + (3 << 16 | (0x7ff & -2)), 3, -2},
        {4 + (2 << 16 | 5), 2, 5},
        {4 + (1000 << 16 | 1000), 1000, 1000},
        {4 + (1000 << 16 | (0x7ff & -1000)), 1000, -1000},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pd_type type =
            read_type(1700, "numeric", 'b', 'N', 0, cases[i].typmod, PG_FORM_NUMERIC);

        assert_int_equal(type.kind, PD_KIND_DECIMAL);
        assert_int_equal(type.precision, cases[i].precision);
        assert_int_equal(type.scale, cases[i].scale);
    }
}

static void
text_and_bits_without_a_length_keep_what_they_get(void **state)
{
    struct pd_type type = read_type(1042, "bpchar", 'b', 'S', 0, 9, PG_FORM_BPCHAR);

    assert_int_equal(type.kind, PD_KIND_CHAR);
    assert_int_equal(type.length, 5);
    type = read_type(1042, "bpchar", 'b', 'S', 0, -1, PG_FORM_STRING);
    assert_int_equal(type.kind, PD_KIND_TEXT);
    assert_int_equal(type.length, 0);
    type = read_type(1043, "varchar", 'b', 'S', 0, 24, PG_FORM_STRING);
    assert_int_equal(type.length, 20);
    type = read_type(1560, "bit", 'b', 'V', 0, 3, PG_FORM_BIT);
    assert_int_equal(type.kind, PD_KIND_BIT);
    assert_int_equal(type.length, 3);
    assert_int_equal(read_type(1560, "bit", 'b', 'V', 0, -1, PG_FORM_BIT).kind, PD_KIND_VARBIT);
}

static void
digits_of_seconds_stand_in_the_low_half_for_intervals(void **state)
{
    assert_int_equal(read_type(1114, "timestamp", 'b', 'D', 0, 3, PG_FORM_TIMESTAMP).precision, 3);
    assert_int_equal(read_type(1114, "timestamp", 'b', 'D', 0, -1, PG_FORM_TIMESTAMP).precision,
                     -1);
    assert_int_equal(
        read_type(1186, "interval", 'b', 'T', 0, 2147418115, PG_FORM_INTERVAL).precision, 3);
    assert_int_equal(read_type(1186, "interval", 'b', 'T', 0, 458751, PG_FORM_INTERVAL).precision,
                     -1);
    assert_int_equal(
        read_type(1186, "interval", 'b', 'T', 0, 470286338, PG_FORM_INTERVAL).precision, 2);
}

static void
what_has_no_row_is_read_as_text(void **state)
{
    struct pd_type type = read_type(2205, "regclass", 'b', 'N', 0, -1, PG_FORM_TEXT);

    assert_int_equal(type.kind, PD_KIND_OPAQUE);
    assert_string_equal(type.native_name, "postgresql:regclass");
    assert_int_equal(read_type(18, "char", 'b', 'Z', 0, -1, PG_FORM_TEXT).kind, PD_KIND_OPAQUE);
    assert_int_equal(read_type(142, "xml", 'b', 'U', 0, -1, PG_FORM_TEXT).kind, PD_KIND_XML);
    assert_int_equal(read_type(30, "oidvector", 'b', 'A', 26, -1, PG_FORM_TEXT).kind,
                     PD_KIND_OPAQUE);
    type = read_type(1007, "_int4", 'b', 'A', 23, -1, PG_FORM_TEXT);
    assert_int_equal(type.kind, PD_KIND_ARRAY);
    assert_int_equal(type.element, PD_KIND_INT32);
    type = read_type(99999, "_mine", 'b', 'A', 99998, -1, PG_FORM_TEXT);
    assert_int_equal(type.element, PD_KIND_OPAQUE);
    assert_int_equal(read_type(99999, "e", 'e', 'E', 0, -1, PG_FORM_STRING).kind, PD_KIND_ENUM);
    assert_int_equal(read_type(99999, "c", 'c', 'C', 0, -1, PG_FORM_TEXT).kind, PD_KIND_OPAQUE);
}

/* ---- Defaults ---- */

struct example {
    int kind;
    const char *native; /* the type of the column */
    const char *base;
    int32_t a, b; /* precision and scale, or length */
    const char *text;
    int means;
    int tag;
    const char *value;
};

static void
assert_default(const struct example *e)
{
    struct maker m = new_maker();
    struct pd_column column = {.native = e->native, .default_native = e->text};

    column.type = (struct pd_type){.struct_size = sizeof column.type, .kind = (uint16_t)e->kind};
    if (e->kind == PD_KIND_TEXT || e->kind == PD_KIND_CHAR || e->kind == PD_KIND_BIT)
        column.type.length = (uint64_t)e->a;
    column.type.precision = e->a;
    column.type.scale = e->b;
    defaults_read(&m, e->base, &column);
    assert_int_equal(m.status, PD_OK);
    if (column.default_kind != e->means)
        fail_msg("%s for %s: kind %d", e->text, e->native, column.default_kind);
    if (e->means == PD_DEFAULT_LITERAL) {
        if (column.default_size != strlen(e->value) ||
            memcmp(column.default_text, e->value, column.default_size) != 0)
            fail_msg("%s for %s: '%s'", e->text, e->native, column.default_text);
        assert_int_equal(column.default_tag, e->tag);
    }
    pd_pool_close(&m.scratch);
}

#define INT PD_KIND_INT32, "integer", "integer", 0, 0
#define DECIMAL_10_2 PD_KIND_DECIMAL, "numeric(10,2)", "numeric", 10, 2
#define DECIMAL PD_KIND_DECIMAL, "numeric", "numeric", 0, 0
#define DOUBLE PD_KIND_FLOAT64, "double precision", "double precision", 0, 0
#define TEXT PD_KIND_TEXT, "text", "\"text\"", 0, 0
#define VARCHAR_3 PD_KIND_TEXT, "character varying(3)", "character varying", 3, 0
#define CHAR_3 PD_KIND_CHAR, "character(3)", "\"bpchar\"", 3, 0
#define STAMP_3                                                                                    \
    PD_KIND_TIMESTAMP, "timestamp(3) without time zone", "timestamp without time zone", 3, 0
#define STAMPTZ PD_KIND_TIMESTAMPTZ, "timestamp with time zone", "timestamp with time zone", -1, 0
#define INTERVAL PD_KIND_INTERVAL, "interval", "interval", -1, 0
#define LITERAL(tag, value) PD_DEFAULT_LITERAL, PD_TAG_##tag, value
#define IS(kind) PD_DEFAULT_##kind, 0, NULL

static void
literals_become_canonical_values_of_their_column(void **state)
{
    static const struct example examples[] = {
        {INT, "5", LITERAL(INT, "5")},
        {INT, "'-5'::integer", LITERAL(INT, "-5")},
        {INT, "(007)::smallint", LITERAL(INT, "7")},
        {INT, "NULL::integer", IS(NULL)},
        {PD_KIND_INT64, "bigint", "bigint", 0, 0, "'-9223372036854775808'::bigint",
         LITERAL(INT, "-9223372036854775808")},
        {PD_KIND_BOOL, "boolean", "boolean", 0, 0, "true", LITERAL(INT, "1")},
        {DECIMAL_10_2, "0", LITERAL(TEXT, "0.00")},
        {DECIMAL_10_2, "1.5", LITERAL(TEXT, "1.50")},
        {DECIMAL_10_2, "1.500", LITERAL(TEXT, "1.50")},
        {DECIMAL_10_2, "'-0.0'::numeric", LITERAL(TEXT, "0.00")},
        {DECIMAL_10_2, "1.5::numeric(10,2)", LITERAL(TEXT, "1.50")},
        {DECIMAL, "'-1.50'::numeric", LITERAL(TEXT, "-1.50")},
        {DECIMAL, "'NaN'::numeric", LITERAL(TEXT, "NaN")},
        {DECIMAL, "'12345678901234567890'::numeric", LITERAL(TEXT, "12345678901234567890")},
        {DOUBLE, "1", LITERAL(REAL, "1")},
        {DOUBLE, "'-Infinity'::double precision", LITERAL(REAL, "-Infinity")},
        {TEXT, "'a\n''b\\'::\"text\"", LITERAL(TEXT, "a\n'b\\")},
        {TEXT, "'NULL'::\"text\"", LITERAL(TEXT, "NULL")},
        {VARCHAR_3, "'abc'::character varying", LITERAL(TEXT, "abc")},
        {VARCHAR_3, "'\xc3\xa9\xc3\xa9\xc3\xa9'::\"text\"",
         LITERAL(TEXT, "\xc3\xa9\xc3\xa9\xc3\xa9")},
        {CHAR_3, "'a  '::\"bpchar\"", LITERAL(TEXT, "a")},
        {CHAR_3, "'ab'::character(3)", LITERAL(TEXT, "ab")},
        {PD_KIND_BINARY, "bytea", "\"bytea\"", 0, 0, "'\\x6a6b'::\"bytea\"", LITERAL(BYTES, "jk")},
        {PD_KIND_BIT, "bit(3)", "\"bit\"", 3, 0, "B'101'::\"bit\"", LITERAL(TEXT, "101")},
        {STAMP_3, "'2020-01-01 00:00:00.123'::timestamp without time zone",
         LITERAL(TEXT, "2020-01-01 00:00:00.123")},
        {INTERVAL, "'1 year 2 mons -3 days +04:05:06.5'::interval",
         LITERAL(TEXT, "P14M-3DT14706.5S")},
        {INTERVAL, "'-00:00:00.000001'::interval", LITERAL(TEXT, "P0M0DT-0.000001S")},
        {INTERVAL, "'00:00:00'::interval", LITERAL(TEXT, "P0M0DT0S")},
        {PD_KIND_ENUM, "\"s\".\"e\"", "\"s\".\"e\"", 0, 0, "'a'::\"s\".\"e\"", LITERAL(TEXT, "a")},
        {PD_KIND_ARRAY, "integer[]", "integer[]", 0, 0, "'{1,2}'::integer[]",
         LITERAL(TEXT, "{1,2}")},
        {PD_KIND_MONEY, "money", "\"money\"", 0, 2, "5", LITERAL(TEXT, "5.00")},
    };

    for (size_t i = 0; i < COUNT_OF(examples); i++)
        assert_default(&examples[i]);
}

static void
what_the_column_or_a_cast_would_change_stays_native(void **state)
{
    static const struct example examples[] = {
        {INT, "1.5", IS(NATIVE)},
        {INT, "(1.5)::integer", IS(NATIVE)},
        {INT, "'9223372036854775808'::numeric", IS(NATIVE)},
        {DECIMAL_10_2, "1.555", IS(NATIVE)},
        {DECIMAL, "1.55::numeric(10,1)", IS(NATIVE)},
        {DECIMAL, "(0.1)::double precision", IS(NATIVE)},
        {DOUBLE, "(0.1)::real", IS(NATIVE)},
        {VARCHAR_3, "'abcd'::\"text\"", IS(NATIVE)},
        {VARCHAR_3, "'abc'::character varying(2)", IS(NATIVE)},
        {TEXT, "'a  '::\"bpchar\"", IS(NATIVE)},
        {TEXT, "('a'::\"text\")::character varying", IS(NATIVE)},
        {STAMP_3, "'2020-01-01 00:00:00.1234'::timestamp without time zone", IS(NATIVE)},
        {PD_KIND_INTERVAL, "interval(0)", "interval", 0, 0, "'00:00:00.5'::interval", IS(NATIVE)},
        {PD_KIND_ARRAY, "numeric(10,2)[]", "numeric[]", 0, 0, "'{1}'::numeric[]", IS(NATIVE)},
        {PD_KIND_MONEY, "money", "\"money\"", 0, 2, "'$1.50'::\"money\"", IS(NATIVE)},
        {PD_KIND_BIT, "bit(3)", "\"bit\"", 3, 0, "B'10'::\"bit\"", IS(NATIVE)},
        {TEXT, "CURRENT_USER", IS(NATIVE)},
        {TEXT, "\"upper\"('x'::\"text\")", IS(NATIVE)},
        {TEXT, "'open", IS(NATIVE)},
    };

    for (size_t i = 0; i < COUNT_OF(examples); i++)
        assert_default(&examples[i]);
}

static void
functions_mean_what_they_mean_for_the_column(void **state)
{
    static const struct example examples[] = {
        {STAMPTZ, "\"now\"()", IS(NOW)},
        {STAMPTZ, "CURRENT_TIMESTAMP", IS(NOW)},
        {STAMPTZ, "CURRENT_TIMESTAMP(6)", IS(NOW)},
        {STAMPTZ, "CURRENT_TIMESTAMP(3)", IS(NATIVE)},
        {STAMP_3, "LOCALTIMESTAMP(3)", IS(NOW)},
        {STAMPTZ, "\"clock_timestamp\"()", IS(NATIVE)},
        {TEXT, "\"now\"()", IS(NATIVE)},
        {PD_KIND_DATE, "date", "\"date\"", 0, 0, "CURRENT_DATE", IS(TODAY)},
        {PD_KIND_DATE, "date", "\"date\"", 0, 0, "\"now\"()", IS(TODAY)},
        {PD_KIND_TIME, "time", "time", -1, 0, "LOCALTIME", IS(CLOCK)},
        {PD_KIND_UUID, "uuid", "\"uuid\"", 0, 0, "\"gen_random_uuid\"()", IS(UUID)},
        {PD_KIND_UUID, "uuid", "\"uuid\"", 0, 0, "\"public\".\"gen_random_uuid\"()", IS(NATIVE)},
        {INT, "(60 * 60)", IS(EXPRESSION)},
        {DOUBLE, "(60 * 60)", IS(NATIVE)},
    };

    for (size_t i = 0; i < COUNT_OF(examples); i++)
        assert_default(&examples[i]);
    assert_true(defaults_is_nextval("\"nextval\"('\"public\".\"a''b\"'::\"regclass\")"));
    assert_false(defaults_is_nextval("(\"nextval\"('\"public\".\"a\"'::\"regclass\") + 1)"));
    assert_false(defaults_is_nextval("\"nextval\"('\"public\".\"a\"'::\"regclass\") + 1"));
    assert_false(defaults_is_nextval("\"public\".\"nextval\"('\"a\"'::\"regclass\")"));
}

/* ---- Expressions ---- */

static void
casts_and_lengths_are_held_against_the_types(void **state)
{
    static const struct pd_column columns[] = {
        {.name = "t", .type = {.kind = PD_KIND_TEXT}},
        {.name = "c", .type = {.kind = PD_KIND_CHAR}},
        {.name = "i", .type = {.kind = PD_KIND_INT32}},
        {.name = "l", .type = {.kind = PD_KIND_INT64}},
        {.name = "f", .type = {.kind = PD_KIND_FLOAT64}},
        {.name = "b", .type = {.kind = PD_KIND_BINARY}},
        {.name = "q\"", .type = {.kind = PD_KIND_INT32}},
    };
    static const struct pd_table table = {.columns = columns, .n_columns = COUNT_OF(columns)};
    static const char *const portable[] = {
        "(\"i\" > 0)",
        "(\"q\"\"\" > 0)",
        "((\"t\")::\"text\" = 'no \"column\"'::\"text\")",
        "((\"c\")::\"text\" = 'x'::\"text\")",
        "((\"i\")::numeric > 1.5)",
        "(\"f\" > (\"i\")::double precision)",
        "((\"i\")::bigint = \"l\")",
        "(\"length\"(\"t\") > 1)",
        "(\"length\"((\"c\")::\"text\") > 1)",
        "(\"abs\"(\"i\") > 1)",
    };
    static const char *const native[] = {
        "(\"x\" > 0)",
        "(\"q\" > 0)",
        "((\"i\")::\"text\" = '5'::\"text\")",
        "((\"t\")::\"bpchar\" = 'x'::\"bpchar\")",
        "((\"f\")::numeric > 1.5)",
        "(\"f\" > (\"l\")::double precision)",
        "((\"l\")::integer > 1)",
        "(\"length\"(\"b\") > 1)",
        "(\"char_length\"((\"i\")::\"text\") > 1)",
        "(\"t\" = 'a'::\"text\" COLLATE \"de_DE\")",
        "(\"public\".\"f\"(\"i\") > 1)",
        "('open",
    };
    struct maker m = new_maker();

    for (size_t i = 0; i < COUNT_OF(portable); i++) {
        if (!portable_read(&m, &table, portable[i]))
            fail_msg("%s: not read", portable[i]);
    }
    for (size_t i = 0; i < COUNT_OF(native); i++) {
        if (portable_read(&m, &table, native[i]))
            fail_msg("%s: read", native[i]);
    }
}

static void
a_cut_text_ends_with_a_whole_character(void **state)
{
    assert_int_equal(utf8_cut("ab", 2), 2);
    assert_int_equal(utf8_cut("a\xc3\xa9", 3), 3);
    assert_int_equal(utf8_cut("a\xc3", 2), 1);
    assert_int_equal(utf8_cut("a\xf0\x9f\x98", 4), 1);
    assert_int_equal(utf8_cut("a\xf0\x9f\x98\x80", 5), 5);
    assert_int_equal(utf8_cut("", 0), 0);
    assert_true(utf8_is_valid("\xf0\x9f\x98\x80", 4));
    assert_false(utf8_is_valid("\xed\xa0\x80", 3));
    assert_false(utf8_is_valid("\xc0\x80", 2));
    assert_false(utf8_is_valid("\xf5\x80\x80\x80", 4));
    assert_false(utf8_is_valid("\xe2\x82", 2));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modifiers_of_numeric_are_read_with_their_sign),
        cmocka_unit_test(text_and_bits_without_a_length_keep_what_they_get),
        cmocka_unit_test(digits_of_seconds_stand_in_the_low_half_for_intervals),
        cmocka_unit_test(what_has_no_row_is_read_as_text),
        cmocka_unit_test(literals_become_canonical_values_of_their_column),
        cmocka_unit_test(what_the_column_or_a_cast_would_change_stays_native),
        cmocka_unit_test(functions_mean_what_they_mean_for_the_column),
        cmocka_unit_test(casts_and_lengths_are_held_against_the_types),
        cmocka_unit_test(a_cut_text_ends_with_a_whole_character),
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
