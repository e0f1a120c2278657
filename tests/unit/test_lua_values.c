// SPDX-License-Identifier: Apache-2.0
// lua_values - values come out of Lua as they went in, and decimals are computed exactly.
#include "lua_world.h"

enum { N_KINDS = PD_KIND_COUNT_ - 1 };

static struct pd_column columns[N_KINDS + 4];
static struct pd_table tables[1] = {TABLE("t", columns)};
static const char *const labels[] = {"red", "green"};

static void
set_decimal(size_t i, const char *name, int precision, int scale)
{
    columns[i].type.kind = PD_KIND_DECIMAL;
    columns[i].type.precision = precision;
    columns[i].type.scale = scale;
    columns[i].name = name;
}

static int
begin_values(void **state)
{
    static char names[N_KINDS][16];

    for (size_t i = 0; i < N_KINDS; i++) {
        snprintf(names[i], sizeof names[i], "%s", kind_name((int)i + 1));
        columns[i] = (struct pd_column){.struct_size = sizeof columns[i], .name = names[i]};
        columns[i].type.struct_size = sizeof columns[i].type;
        columns[i].type.kind = (uint16_t)(i + 1);
        if (i + 1 >= PD_KIND_TIME && i + 1 <= PD_KIND_TIMESTAMPTZ)
            columns[i].type.precision = -1;
    }
    set_decimal(PD_KIND_DECIMAL - 1, "decimal", 12, 2);
    set_decimal(N_KINDS, "free", 0, 0);
    set_decimal(N_KINDS + 1, "wide", 60, 3);
    columns[N_KINDS + 2] = (struct pd_column){.struct_size = sizeof *columns, .name = "short"};
    columns[N_KINDS + 2].type = (struct pd_type){.kind = PD_KIND_TEXT, .length = 3};
    columns[N_KINDS + 3] = (struct pd_column){.struct_size = sizeof *columns, .name = "few"};
    columns[N_KINDS + 3].type = (struct pd_type){.kind = PD_KIND_BINARY, .length = 2};
    columns[PD_KIND_ENUM - 1].type.labels = labels;
    columns[PD_KIND_ENUM - 1].type.n_labels = 2;
    before.tables = after.tables = tables;
    return begin_world(state);
}

/* Columns that are not named are NULL. */
#define LINE_OF_ALL                                                                                \
    "\"bool\":true,\"int8\":-128,\"int16\":-32768,\"int32\":2147483647,"                           \
    "\"int64\":-9223372036854775808,\"uint8\":255,\"uint16\":65535,\"uint32\":4294967295,"         \
    "\"uint64\":\"18446744073709551615\",\"float32\":0.1,\"float64\":-0.0,\"decimal\":\"-12.50\"," \
    "\"number\":1.0,\"text\":\"a\\u0000\\u00e9\",\"char\":\"x\",\"binary\":{\"hex\":\"00ff\"},"    \
    "\"date\":\"2024-02-29\",\"time\":\"12:34:56.5\",\"timetz\":\"12:34:56.5+05:30\","             \
    "\"timestamp\":\"2024-02-29 12:34:56.5\",\"timestamptz\":\"2024-02-29 12:34:56.5+00\","        \
    "\"interval\":\"P1M-2DT-11045.6S\",\"year\":2155,\"json\":\"{\\\"a\\\":1}\",\"jsonb\":\"[]\"," \
    "\"xml\":\"<a/>\",\"uuid\":\"00112233-4455-6677-8899-aabbccddeeff\",\"bit\":\"0101\","         \
    "\"varbit\":\"\",\"enum\":\"red\",\"set\":\"a,b\",\"inet\":\"192.168.0.1/24\","                \
    "\"cidr\":\"10.0.0.0/8\",\"inet4\":\"1.2.3.4\",\"inet6\":\"::1\","                             \
    "\"macaddr\":\"08:00:2b:01:02:03\",\"macaddr8\":\"08:00:2b:01:02:03:04:05\","                  \
    "\"array\":\"{1,NULL}\",\"geometry\":\"0000000001\",\"any\":\"plain\",\"money\":-12,"          \
    "\"oid\":4294967295,\"opaque\":\"o\",\"free\":\"1.2300\","                                     \
    "\"wide\":\"123456789012345678901234567890123456789.125\",\"short\":\"abc\",\"few\":{\"hex\":" \
    "\"00ff\"}"

static const struct pd_batch *
batch_of(const char *line)
{
    char whole[4096];

    before.n_tables = after.n_tables = 1;
    snprintf(whole, sizeof whole, "%s\n", line);
    return batch_of_lines(0, whole);
}

/* The row as text, as it would come out if nothing touched it. */
static void
render(const struct pd_batch *batch, struct buffer *out)
{
    buffer_text(out, "t ");
    assert_int_equal(cell_json_row(out, &tables[0], batch, 0, NULL, NULL, &err), PD_OK);
    buffer_char(out, '\n');
}

static void
there_and_back(const char *line, const char *body)
{
    const struct pd_batch *batch = batch_of(line);
    struct buffer wanted = {0};
    char members[2048];

    render(batch, &wanted);
    snprintf(members, sizeof members, "tables={t=function(row, ctx)\n%s\nend}", body);
    assert_ok(open_body(members));
    assert_ok(plan_and_begin());
    assert_ok(feed_batch(0, batch));
    assert_text(&rows, buffer_string(&wanted));
    buffer_free(&wanted);
    batch->release(batch);
    close_step();
}

/* A line of JSON has every column. */
static const char *
line_of(const char *given)
{
    static char line[8192];
    size_t used = (size_t)snprintf(line, sizeof line, "{");

    for (size_t i = 0; i < N_KINDS + 4; i++) {
        char name[32];
        const char *at;

        snprintf(name, sizeof name, "\"%s\":", columns[i].name);
        at = strstr(given, name);
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s", i ? "," : "", name);
        if (at) {
            const char *end = strstr(at + strlen(name), ",\"");
            int size = end ? (int)(end - at - (int)strlen(name)) : (int)strlen(at + strlen(name));

            used +=
                (size_t)snprintf(line + used, sizeof line - used, "%.*s", size, at + strlen(name));
        } else {
            used += (size_t)snprintf(line + used, sizeof line - used, "null");
        }
    }
    snprintf(line + used, sizeof line - used, "}");
    return line;
}

static void
all_kinds_pass_untouched(void **state)
{
    there_and_back(line_of(LINE_OF_ALL), "return row");
    there_and_back(line_of(""), "return row");
}

static void
all_kinds_pass_through_lua(void **state)
{
    there_and_back(line_of(LINE_OF_ALL), "for k, v in pairs(row) do row[k] = v end return row");
    there_and_back(line_of(LINE_OF_ALL), "return ctx:copy(row)");
    there_and_back(line_of(""), "return ctx:copy(row)");
    there_and_back(line_of("\"uint64\":9223372036854775807,\"float64\":1e300,\"number\":7,"
                           "\"any\":5,\"year\":0,\"free\":\"0\""),
                   "return ctx:copy(row)");
}

static void
values_are_what_lua_has(void **state)
{
    there_and_back(
        line_of(LINE_OF_ALL),
        "assert(row.bool == true and row.int64 == math.mininteger and row.uint32 == 4294967295)\n"
        "assert(row.uint64 == decimal('18446744073709551615') and row.decimal == "
        "decimal('-12.5'))\n"
        "assert(tostring(row.decimal) == '-12.50' and math.type(row.number) == 'float')\n"
        "assert(row.text == 'a\\0\\u{e9}' and row.binary == bytes('\\0\\xff') and #row.binary == "
        "2)\n"
        "assert(tostring(row.binary) == '\\0\\xff' and row.date == '2024-02-29')\n"
        "assert(row.uuid == '00112233-4455-6677-8899-aabbccddeeff' and row.any == 'plain')\n"
        "assert(row.interval == 'P1M-2DT-11045.6S' and row.year == 2155 and 1/row.float64 < 0)\n"
        "return row");
    there_and_back(line_of(""), "assert(row.text == null and tostring(row.text) == 'null')\n"
                                "assert(row.text ~= nil and row.text ~= '') return row");
}

/* What the columns do not hold: opaque, and handed on as it is. */
static void
outliers_pass_untouched_and_touched(void **state)
{
    static const char odd[] =
        "\"text\":{\"badtext\":\"ff\"},\"int64\":{\"text\":\"abc\"},\"date\":{\"inf\":true},"
        "\"timestamp\":{\"far\":\"294277-01-01 00:00:00\"},\"decimal\":{\"nan\":true},"
        "\"enum\":{\"enum0\":true}";
    static const char wanted[] =
        "assert(row.int64.tag == 'text' and tostring(row.int64) == 'abc')\n"
        "assert(row.date.tag == 'inf' and tostring(row.date) == 'inf')\n"
        "assert(row.text.tag == 'badtext' and row.int64 == row.int64 and row.int64 ~= row.date)\n"
        "assert(not pcall(function() return row.date.x end)) return row";

    there_and_back(line_of(odd), "return row");
    there_and_back(line_of(odd), wanted);
    there_and_back(line_of(odd), "return ctx:copy(row)");
}

static void
a_long_cell_is_handed_on(void **state)
{
    struct pd_builder builder;
    const struct pd_batch *batch, *made;
    const struct pd_long *cell;
    uint32_t to;
    struct pd_table one = tables[0];

    before.n_tables = after.n_tables = 1;
    assert_int_equal(batch_builder_open(&builder, &one, &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    for (uint32_t i = 0; i < one.n_columns; i++)
        pd_put_null(&builder, i);
    builder.columns[PD_KIND_TEXT - 1].validity[0] = 0xff;
    builder.columns[PD_KIND_TEXT - 1].n_nulls = 0;
    pd_put_long(&builder, PD_KIND_TEXT - 1, PD_TAG_PLAIN, 5 << 20, 99);
    pd_builder_row(&builder);
    batch = pd_builder_finish(&builder);
    assert_ok(open_body("tables={t=function(row, ctx)\n"
                        " assert(row.text.tag == 'long')\n"
                        " assert(tostring(row.text) == 'text of 5242880 bytes')\n"
                        " return {int8=1}, row, {text=row.text}, {int8=2} end}"));
    assert_ok(plan_and_begin());
    for (int i = 0; i < 4; i++) {
        assert_int_equal(migration->rows(migrator, 0, batch, &to, &made, &err), PD_OK);
        assert_int_equal(made->n_rows, 1);
        cell = batch_vector(made, PD_KIND_TEXT - 1)->longs;
        if (i == 1 || i == 2) {
            assert_int_equal(cell->cookie, 99);
            assert_int_equal(cell->size, 5 << 20);
        } else {
            assert_null(cell);
        }
        made->release(made);
    }
    assert_int_equal(migration->rows(migrator, 0, batch, &to, &made, &err), PD_DONE);
    batch->release(batch);
    pd_builder_close(&builder);
}

/* ---- What is refused ------------------------------------------------------------------------- */

static void
values_that_columns_do_not_hold_are_refused(void **state)
{
    static const struct {
        const char *set;
        const char *why;
    } cases[] = {
        {"int8=128", "column 'int8' of table 't' takes int8, not '128': it is out of range"},
        {"uint8=-1", "column 'uint8' of table 't' takes uint8, not '-1': it is out of range"},
        {"int64=1.5",
         "column 'int64' of table 't' takes int64, not '1.5': it cannot be had exactly"},
        {"int64=decimal('9223372036854775808')",
         "column 'int64' of table 't' takes int64, not '9223372036854775808': it is out of range"},
        {"uint64=decimal('18446744073709551616')", "column 'uint64' of table 't' takes uint64, not "
                                                   "'18446744073709551616': it is out of range"},
        {"year=1900", "column 'year' of table 't' takes year, not '1900': it is out of range"},
        {"bool=1", "column 'bool' of table 't' takes bool, not '1': true and false are its values"},
        {"int8=true", "column 'int8' of table 't' takes int8, not boolean 'true'"},
        {"float32=0.1", "column 'float32' of table 't' takes float32, not '0.1': it cannot be had "
                        "exactly"},
        {"float64=9007199254740993", "column 'float64' of table 't' takes float64, not "
                                     "'9007199254740993': it cannot be had exactly"},
        {"decimal=0.125",
         "column 'decimal' of table 't' takes decimal(12,2), not '0.125': a float is no exact "
         "decimal, unless its digits are no more than the column's; use decimal(...)"},
        {"free=0.5",
         "column 'free' of table 't' takes decimal, not '0.5': a float is no exact decimal, unless "
         "its digits are no more than the column's; use decimal(...)"},
        {"decimal=decimal('0.125')",
         "column 'decimal' of table 't' takes decimal(12,2), not '0.125': "
         "it has more digits after the point; d:round(2) makes it one that fits"},
        {"decimal=decimal('12345678901')", "column 'decimal' of table 't' takes decimal(12,2), not "
                                           "'12345678901': it has too many digits"},
        {"decimal='1,5'", "column 'decimal' of table 't' takes decimal(12,2), not '1,5': it is not "
                          "the text of one"},
        {"text=bytes('x')",
         "column 'text' of table 't' takes text, not 'x': tostring() makes text of "
         "bytes"},
        {"binary='x'", "column 'binary' of table 't' takes binary, not 'x': bytes are made by "
                       "bytes(...)"},
        {"few=bytes('abc')",
         "column 'few' of table 't' takes binary(2), not 'abc': it is too long"},
        {"short='abcd'", "column 'short' of table 't' takes text(3), not 'abcd': it is too long"},
        {"enum='blue'",
         "column 'enum' of table 't' takes enum, not 'blue': it is none of the labels"},
        {"uuid='x'",
         "column 'uuid' of table 't' takes uuid, not 'x': it is not the canonical text of "
         "one"},
        {"bit='012'",
         "column 'bit' of table 't' takes bit, not '012': it is not valid UTF-8, or not of "
         "this type; bytes are made by bytes(...)"},
    };

    before.n_tables = after.n_tables = 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char members[512], wanted[512];

        snprintf(members, sizeof members, "tables={t=function(row, ctx) return {%s} end}",
                 cases[i].set);
        assert_ok(open_body(members));
        assert_ok(plan_and_begin());
        assert_int_equal(feed(0, line_of("\"bool\":true")), PD_FATAL);
        snprintf(wanted, sizeof wanted, "function 'tables.t' (bool=t): %s", cases[i].why);
        assert_string_equal(err.text, wanted);
        close_step();
    }
}

static void
values_that_fit_are_taken_in_several_spellings(void **state)
{
    there_and_back(line_of("\"int64\":6,\"float64\":3.0,\"decimal\":\"5.00\",\"wide\":\"5.500\","
                           "\"free\":\"7\",\"float32\":0.5,\"money\":12,\"number\":4"),
                   "return {int64=6.0, float64=3, decimal=5, wide='5.5', free=decimal('7'),\n"
                   " float32=0.5, money=12, number=decimal('4.0')}");
    there_and_back(
        line_of("\"short\":\"\xc3\xa9\xc3\xa9\xc3\xa9\",\"uint64\":\"18446744073709551615\""),
        "return {short='\\u{e9}\\u{e9}\\u{e9}', uint64=decimal('18446744073709551615')}");
}

/* Columns whose type schema() changes and the function leaves alone. */
static void
kept_values_are_converted_to_new_types(void **state)
{
    static struct pd_column from[] = {
        COLUMN("a", INT64), COLUMN("b", TEXT),    COLUMN("c", DECIMAL), COLUMN("d", BOOL),
        COLUMN("e", INT32), COLUMN("f", FLOAT64), COLUMN("g", DATE),    COLUMN("h", TEXT),
        COLUMN("i", INT8),  COLUMN("j", DECIMAL), COLUMN("k", BINARY)};
    static struct pd_column to[] = {COLUMN("a", TEXT),  COLUMN("b", INT32), COLUMN("c", DECIMAL),
                                    COLUMN("d", INT16), COLUMN("e", BOOL),  COLUMN("f", TEXT),
                                    COLUMN("g", TEXT),  COLUMN("h", DATE),  COLUMN("i", FLOAT64),
                                    COLUMN("j", INT64), COLUMN("k", BINARY)};
    struct pd_table old = TABLE("t", from), new = TABLE("t", to);

    from[2].type.precision = from[9].type.precision = 10;
    from[2].type.scale = from[9].type.scale = 2;
    to[2].type.precision = 12;
    to[2].type.scale = 4;
    to[10].type.length = 2;
    before.tables = &old;
    after.tables = &new;
    before.n_tables = after.n_tables = 1;
    assert_ok(open_body("tables={t=function(row) return row end}"));
    assert_ok(plan_and_begin());
    assert_ok(feed(0, "{\"a\":-5,\"b\":\"77\",\"c\":\"1.25\",\"d\":true,\"e\":1,\"f\":1.5,"
                      "\"g\":\"2024-02-29\",\"h\":\"2024-03-01\",\"i\":-7,\"j\":\"4.00\","
                      "\"k\":{\"hex\":\"00ff\"}}\n"));
    assert_text(&rows, "t {\"a\":\"-5\",\"b\":77,\"c\":\"1.2500\",\"d\":1,\"e\":true,\"f\":\"1.5\","
                       "\"g\":\"2024-02-29\",\"h\":\"2024-03-01\",\"i\":-7.0,\"j\":4,"
                       "\"k\":{\"hex\":\"00ff\"}}\n");
    assert_int_equal(feed(0, "{\"a\":null,\"b\":\"7x\",\"c\":null,\"d\":null,\"e\":null,\"f\":null,"
                             "\"g\":null,\"h\":null,\"i\":null,\"j\":null,\"k\":null}\n"),
                     PD_FATAL);
    assert_string_equal(err.text,
                        "function 'tables.t' (a=null): column 'b' of table 't' takes int32, "
                        "not '7x': math.tointeger() makes an integer of it");
    close_step();
}

/* New columns that nobody sets. */
static void
defaults_are_values_of_their_columns(void **state)
{
    static struct pd_column from[] = {COLUMN("id", INT64)};
    static struct pd_column to[] = {COLUMN("id", INT64),  COLUMN("a", DECIMAL), COLUMN("b", BOOL),
                                    COLUMN("c", FLOAT64), COLUMN("d", TEXT),    COLUMN("e", BINARY),
                                    COLUMN("f", DATE),    COLUMN("g", INT32)};
    static const struct {
        const char *text;
        int tag;
    } defaults[] = {{NULL, 0},
                    {"1.5", PD_TAG_REAL},
                    {"1", PD_TAG_INT},
                    {"2", PD_TAG_INT},
                    {"x", PD_TAG_TEXT},
                    {"\1\2", PD_TAG_BYTES},
                    {"2024-01-31", PD_TAG_TEXT},
                    {"seven", PD_TAG_TEXT}};
    struct pd_table old = TABLE("t", from), new = TABLE("t", to);

    for (size_t i = 1; i < sizeof to / sizeof *to; i++) {
        to[i].default_kind = PD_DEFAULT_LITERAL;
        to[i].default_tag = (uint16_t)defaults[i].tag;
        to[i].default_text = defaults[i].text;
        to[i].default_size = (uint32_t)strlen(defaults[i].text);
    }
    to[1].type.precision = 10;
    to[1].type.scale = 3;
    before.tables = &old;
    after.tables = &new;
    before.n_tables = after.n_tables = 1;
    assert_ok(open_body("tables={t=function(row) row.g = row.id row.d = nil\n"
                        " if row.id == 2 then row.g = nil end return row end}"));
    assert_ok(plan_and_begin());
    assert_ok(feed(0, "{\"id\":1}\n"));
    assert_text(&rows, "t {\"id\":1,\"a\":\"1.500\",\"b\":true,\"c\":2.0,\"d\":\"x\","
                       "\"e\":{\"hex\":\"0102\"},\"f\":\"2024-01-31\",\"g\":1}\n");
    assert_int_equal(feed(0, "{\"id\":2}\n"), PD_FATAL);
    assert_string_equal(err.text,
                        "function 'tables.t' (id=2): column 'g' of table 't' has a default "
                        "that is no value of its type; give it a value");
    close_step();
}

/* ---- Decimals -------------------------------------------------------------------------------- */

static void
decimals_are_computed_exactly(void **state)
{
    static const char *const claims[] = {
        "tostring(decimal('12.50')) == '12.50'",
        "tostring(decimal('-0.0')) == '0.0' and tostring(decimal('+007.10')) == '7.10'",
        "tostring(decimal('.5')) == '0.5' and tostring(decimal('5.')) == '5'",
        "decimal('1.0') == decimal('1') and decimal('-0') == decimal('0')",
        "decimal('1.10') ~= decimal('1.1000000001')",
        "decimal('-2') < decimal('-1.5') and decimal('2') > decimal('1.99') and decimal(2) <= 2",
        "not (decimal('1') < decimal('1')) and decimal('1') >= decimal('1.00')",
        "tostring(decimal('0.1') + decimal('0.2')) == '0.3'",
        "tostring(decimal('999.99') + decimal('0.01')) == '1000.00'",
        "tostring(decimal('1') - decimal('1.001')) == '-0.001'",
        "tostring(decimal('-5') - decimal('-5')) == '0'",
        "tostring(decimal('12.5') - 13) == '-0.5' and tostring(1 + decimal('2')) == '3'",
        "tostring(decimal('12.50') * decimal('-0.2')) == '-2.500'",
        "tostring(decimal('99999999999999999999') * decimal('99999999999999999999')) == "
        "'9999999999999999999800000000000000000001'",
        "tostring(-decimal('0.00')) == '0.00' and tostring(-decimal('-3')) == '3'",
        "tostring(decimal('2.345'):round(2)) == '2.35' and tostring(decimal('-2.5'):round()) == "
        "'-3'",
        "tostring(decimal('-0.4'):round()) == '0' and tostring(decimal('9.99'):round(1)) == '10.0'",
        "tostring(decimal('1'):round(2)) == '1.00' and tostring(decimal('0.5'):round()) == '1'",
        "tostring(decimal('-0.5'):round()) == '-1'",
        "decimal('7.00'):integer() == 7 and decimal('7.01'):integer() == nil",
        "decimal('9223372036854775808'):integer() == nil",
        "decimal('0.5'):float() == 0.5 and math.type(decimal('1'):float()) == 'float'",
        "'x' .. decimal('1.5') .. 'y' == 'x1.5y'",
        "not pcall(decimal, 0.1) and not pcall(decimal, '1e5') and not pcall(decimal, '') and not "
        "pcall(decimal, '-') and not pcall(decimal, '1.2.3') and not pcall(decimal, 'NaN')",
        "not pcall(function() return decimal('1') + 0.5 end)",
        "not pcall(decimal, ('9'):rep(200001)) and #tostring(decimal(('9'):rep(200000))) == 200000",
        "tostring(decimal(('9'):rep(500)) + 1) == '1' .. ('0'):rep(500)",
    };

    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        char script[1024];

        snprintf(script, sizeof script, "assert(%s) return {to='1.1', about='a'}", claims[i]);
        if (open_step(script) < 0)
            fail_msg("%s: %s", claims[i], err.text);
        close_step();
    }
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin_values, end_world)
    const struct CMUnitTest tests[] = {
        T(all_kinds_pass_untouched),
        T(all_kinds_pass_through_lua),
        T(values_are_what_lua_has),
        T(outliers_pass_untouched_and_touched),
        T(a_long_cell_is_handed_on),
        T(values_that_columns_do_not_hold_are_refused),
        T(values_that_fit_are_taken_in_several_spellings),
        T(kept_values_are_converted_to_new_types),
        T(defaults_are_values_of_their_columns),
        T(decimals_are_computed_exactly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
