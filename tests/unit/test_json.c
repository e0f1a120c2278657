// SPDX-License-Identifier: Apache-2.0
/* test_json - schema and stats as JSON: the exact text, the way back, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/json.h"

/* ---- A table that has everything --------------------------------------------------------- */

#define SIZE(type) .struct_size = sizeof(struct type)
#define TYPE(kind_)                                                                                \
    {                                                                                              \
        SIZE(pd_type), .kind = kind_                                                               \
    }

static const char *const labels[] = {"a", "b \"c\"", "\xc3\xa9"};
static const char *const to_columns[] = {"x", "y"};

static const struct pd_column columns[] = {
    {SIZE(pd_column), .flags = PD_COLUMN_PASSENGER | PD_COLUMN_HIDDEN, .name = "rowid",
     .type = TYPE(PD_KIND_INT64), .native = ""},
    {SIZE(pd_column), .flags = PD_COLUMN_NOT_NULL, .name = "id", .type = TYPE(PD_KIND_INT64),
     .native = "INTEGER", .identity = PD_IDENTITY_DEFAULT,
     .counter = {SIZE(pd_counter), .flags = PD_COUNTER_BOUNDS, .next = 7, .increment = -1,
                 .minimum = INT64_MIN, .maximum = INT64_MAX}},
    {SIZE(pd_column), .name = "price",
     .type = {SIZE(pd_type), .kind = PD_KIND_DECIMAL, .precision = 10, .scale = 2},
     .native = "NUMERIC(10,2)", .hint = {SIZE(pd_type), .kind = PD_KIND_FLOAT32},
     .default_kind = PD_DEFAULT_LITERAL, .default_tag = PD_TAG_BYTES, .default_text = "\0\xff",
     .default_size = 2, .default_native = "x'00ff'"},
    {SIZE(pd_column), .name = "mood",
     .type = {SIZE(pd_type), .kind = PD_KIND_ENUM, .labels = labels, .n_labels = 3},
     .native = "enum", .default_kind = PD_DEFAULT_LITERAL, .default_tag = PD_TAG_TEXT,
     .default_text = "", .collation = PD_COLLATION_NATIVE, .collation_native = "utf8mb4_bin",
     .comment = "line\nfeed"},
    {SIZE(pd_column), .name = "sum", .type = TYPE(PD_KIND_INT64), .native = "INT",
     .generated = PD_GENERATED_STORED, .expression = "(\"id\" + 1)", .expression_native = "id+1"},
};
static const struct pd_key_part primary_parts[] = {
    {SIZE(pd_key_part), .column = 1},
    {SIZE(pd_key_part), .column = 3, .flags = PD_PART_DESC, .collation = PD_COLLATION_NOCASE}};
static const struct pd_key_part rowid_parts[] = {{SIZE(pd_key_part), .column = 0}};
static const struct pd_key_part index_parts[] = {
    {SIZE(pd_key_part), .column = -1, .expression_native = "lower(mood)"}};
static const struct pd_key keys[] = {
    {SIZE(pd_key), .kind = PD_KEY_PRIMARY, .flags = PD_KEY_CONSTRAINT, .parts = primary_parts,
     .n_parts = 2, .part_size = sizeof *primary_parts},
    {SIZE(pd_key), .kind = PD_KEY_UNIQUE, .name = "by_rowid", .parts = rowid_parts, .n_parts = 1,
     .part_size = sizeof *rowid_parts},
    {SIZE(pd_key), .kind = PD_KEY_INDEX, .name = "by_mood", .flags = PD_KEY_NATIVE_ONLY,
     .parts = index_parts, .n_parts = 1, .part_size = sizeof *index_parts,
     .predicate = "(\"id\" > 0)", .predicate_native = "id>0", .native_sql = "CREATE INDEX ..."},
};
static const struct pd_check checks[] = {
    {SIZE(pd_check), .name = "ck", .expression_native = "mood LIKE 'a%'"}};
static const uint32_t from_columns[] = {2, 3};
static const uint32_t set_columns[] = {3};
static const struct pd_foreign foreigns[] = {
    {SIZE(pd_foreign), .flags = PD_FOREIGN_DEFERRABLE, .columns = from_columns, .n_columns = 2,
     .to_schema = "s2", .to_table = "other", .to_columns = to_columns,
     .on_delete = PD_ACTION_SET_NULL, .on_update = PD_ACTION_CASCADE, .set_columns = set_columns,
     .n_set_columns = 1},
    {SIZE(pd_foreign), .columns = from_columns, .n_columns = 2, .to_table = "t"},
};
static const struct pd_table table = {SIZE(pd_table),
                                      .flags = PD_TABLE_KEY_ORDER | PD_TABLE_CHANGED,
                                      .schema = "s",
                                      .name = "t",
                                      .columns = columns,
                                      .n_columns = 5,
                                      .column_size = sizeof *columns,
                                      .keys = keys,
                                      .n_keys = 3,
                                      .key_size = sizeof *keys,
                                      .checks = checks,
                                      .n_checks = 1,
                                      .check_size = sizeof *checks,
                                      .foreigns = foreigns,
                                      .n_foreigns = 2,
                                      .foreign_size = sizeof *foreigns,
                                      .comment = "",
                                      .n_rows_estimate = 99,
                                      .native_sql = "CREATE TABLE ...",
                                      .owner = "fts"};

/* ---- Helpers of these tests -------------------------------------------------------------- */

static char *
written(const struct pd_table *t, enum json_part part)
{
    struct buffer out = {0};
    struct pd_error err = {0};
    char *copy;

    assert_int_equal(json_write_table(&out, t, part, &err), PD_OK);
    copy = strdup(buffer_string(&out));
    buffer_free(&out);
    return copy;
}

static json_t *
parsed(const char *text)
{
    struct pd_error err = {0};
    json_t *json = NULL;

    if (json_parse(text, strlen(text), "test", &json, &err) != PD_OK)
        fail_msg("%s", err.text);
    return json;
}

static void
assert_table_refused(const char *text, const char *message)
{
    struct arena *arena = arena_new();
    struct pd_error err = {0};
    struct pd_table ignored;
    json_t *json = parsed(text);

    assert_int_equal(json_read_table(arena, json, &ignored, &err), PD_FAILED);
    assert_string_equal(err.text, message);
    json_decref(json);
    arena_free(arena);
}

/* ---- Tables ------------------------------------------------------------------------------ */

static void
the_neutral_half_has_this_text(void **state)
{
    char *text = written(&table, JSON_NEUTRAL);

    assert_string_equal(
        text,
        "{\"schema\":\"s\",\"name\":\"t\",\"columns\":["
        "{\"name\":\"rowid\",\"type\":{\"kind\":\"int64\"},\"hidden\":true,\"passenger\":true},"
        "{\"name\":\"id\",\"type\":{\"kind\":\"int64\"},\"not_null\":true,"
        "\"identity\":\"default\",\"counter\":{\"next\":7,\"increment\":-1,\"bounds\":true,"
        "\"minimum\":-9223372036854775808,\"maximum\":9223372036854775807}},"
        "{\"name\":\"price\",\"type\":{\"kind\":\"decimal\",\"precision\":10,\"scale\":2},"
        "\"default\":\"literal\",\"default_tag\":\"bytes\",\"default_text\":{\"hex\":\"00ff\"}},"
        "{\"name\":\"mood\",\"type\":{\"kind\":\"enum\","
        "\"labels\":[\"a\",\"b \\\"c\\\"\",\"\xc3\xa9\"]},\"default\":\"literal\","
        "\"default_tag\":\"text\",\"default_text\":\"\",\"collation\":\"native\","
        "\"comment\":\"line\\nfeed\"},"
        "{\"name\":\"sum\",\"type\":{\"kind\":\"int64\"},\"generated\":\"stored\","
        "\"expression\":\"(\\\"id\\\" + 1)\"}],"
        "\"keys\":[{\"kind\":\"primary\",\"constraint\":true,\"parts\":[{\"column\":1},"
        "{\"column\":3,\"desc\":true,\"collation\":\"nocase\"}]},"
        "{\"kind\":\"unique\",\"name\":\"by_rowid\",\"parts\":[{\"column\":0}]},"
        "{\"kind\":\"index\",\"name\":\"by_mood\",\"native_only\":true,\"parts\":[{}],"
        "\"predicate\":\"(\\\"id\\\" > 0)\"}],"
        "\"checks\":[{\"name\":\"ck\"}],"
        "\"foreigns\":[{\"columns\":[2,3],\"to_schema\":\"s2\",\"to_table\":\"other\","
        "\"to_columns\":[\"x\",\"y\"],\"on_update\":\"cascade\",\"on_delete\":\"set-null\","
        "\"set_columns\":[3],\"deferrable\":true},{\"columns\":[2,3],\"to_table\":\"t\"}],"
        "\"comment\":\"\"}");
    free(text);
}

static void
the_native_half_has_this_text(void **state)
{
    char *text = written(&table, JSON_NATIVE);

    assert_string_equal(
        text,
        "{\"schema\":\"s\",\"name\":\"t\",\"columns\":[{\"native\":\"\"},{\"native\":\"INTEGER\"},"
        "{\"native\":\"NUMERIC(10,2)\",\"hint\":{\"kind\":\"float32\"},"
        "\"default_native\":\"x'00ff'\"},"
        "{\"native\":\"enum\",\"collation_native\":\"utf8mb4_bin\"},"
        "{\"native\":\"INT\",\"expression_native\":\"id+1\"}],"
        "\"keys\":[{},{},{\"parts\":[{\"expression_native\":\"lower(mood)\"}],"
        "\"predicate_native\":\"id>0\",\"native_sql\":\"CREATE INDEX ...\"}],"
        "\"checks\":[{\"expression_native\":\"mood LIKE 'a%'\"}],"
        "\"native_sql\":\"CREATE TABLE ...\",\"changed\":true,\"owner\":\"fts\"}");
    free(text);
}

static void
the_counted_half_knows_neither_passengers_nor_the_engine(void **state)
{
    char *text = written(&table, JSON_COUNTED);

    assert_null(strstr(text, "rowid"));
    assert_null(strstr(text, "passenger"));
    assert_null(strstr(text, "native_sql"));
    assert_non_null(strstr(text, "\"parts\":[{\"column\":0},{\"column\":2,"));
    assert_non_null(strstr(text, "\"foreigns\":[{\"columns\":[1,2],"));
    assert_non_null(strstr(text, "\"set_columns\":[2]"));
    free(text);
}

static void
both_halves_together_give_the_table_back(void **state)
{
    struct arena *arena = arena_new();
    struct pd_error err = {0};
    struct pd_table back;
    char *texts[3], *again[3];
    json_t *json;

    for (int part = 0; part < 3; part++)
        texts[part] = written(&table, (enum json_part)part);
    json = parsed(texts[JSON_NEUTRAL]);
    assert_int_equal(json_read_table(arena, json, &back, &err), PD_OK);
    json_decref(json);
    assert_string_equal(back.columns[1].native, "");
    json = parsed(texts[JSON_NATIVE]);
    assert_int_equal(json_read_native(arena, json, &back, &err), PD_OK);
    json_decref(json);

    for (int part = 0; part < 3; part++) {
        again[part] = written(&back, (enum json_part)part);
        assert_string_equal(again[part], texts[part]);
        free(again[part]);
        free(texts[part]);
    }
    assert_int_equal(back.column_size, sizeof(struct pd_column));
    assert_int_equal(back.columns[2].struct_size, sizeof(struct pd_column));
    assert_int_equal(back.columns[2].type.struct_size, sizeof(struct pd_type));
    assert_int_equal(back.columns[3].hint.struct_size, sizeof(struct pd_type));
    assert_int_equal(back.columns[3].counter.struct_size, sizeof(struct pd_counter));
    assert_int_equal(back.columns[2].default_size, 2);
    assert_memory_equal(back.columns[2].default_text, "\0\xff", 3);
    assert_int_equal(back.columns[3].default_size, 0);
    assert_int_equal(back.keys[2].parts[0].column, -1);
    assert_int_equal(back.keys[2].parts[0].struct_size, sizeof(struct pd_key_part));
    assert_null(back.foreigns[1].to_columns);
    assert_int_equal(back.flags, PD_TABLE_CHANGED);
    arena_free(arena);
}

static void
every_kind_flag_and_name_survives(void **state)
{
    for (int kind = 1; kind < PD_KIND_COUNT_; kind++) {
        struct pd_column column = {
            SIZE(pd_column),
            .name = "c",
            .native = "",
            .type = {SIZE(pd_type), .kind = (uint16_t)kind, .flags = PD_TYPE_WIDE, .precision = -1,
                     .scale = -kind, .length = UINT64_MAX - (unsigned)kind,
                     .element = (uint32_t)kind, .srid = UINT32_MAX, .native_name = "n"},
            .default_kind = (uint16_t)(kind % 10),
            .generated = (uint16_t)(kind % 3),
            .identity = (uint16_t)(kind % 4),
            .collation = (uint32_t)(kind % 6)};
        struct pd_table one = {SIZE(pd_table), .name = "", .columns = &column, .n_columns = 1,
                               .column_size = sizeof column};
        struct arena *arena = arena_new();
        struct pd_error err = {0};
        struct pd_table back;
        struct pd_column got;
        char *text = written(&one, JSON_NEUTRAL);
        json_t *json = parsed(text);

        assert_int_equal(json_read_table(arena, json, &back, &err), PD_OK);
        got = back.columns[0];
        assert_string_equal(got.type.native_name, "n");
        got.type.native_name = column.type.native_name;
        got.name = column.name;
        got.native = column.native;
        column.hint.struct_size = sizeof column.hint;
        column.counter.struct_size = sizeof column.counter;
        assert_memory_equal(&got, &column, sizeof column);
        json_decref(json);
        free(text);
        arena_free(arena);
    }
}

static void
damaged_tables_are_refused_by_name(void **state)
{
    assert_table_refused("[]", "an object expected, found a list");
    assert_table_refused("{}", "member 'name': it is missing");
    assert_table_refused("{\"name\":5}", "member 'name': text expected, found 5");
    assert_table_refused("{\"name\":\"a\\u0000b\"}", "member 'name': text with U+0000");
    assert_table_refused("{\"name\":\"t\",\"columns\":[{\"name\":\"c\"}]}",
                         "member 'columns': element 0: member 'type': it is missing");
    assert_table_refused(
        "{\"name\":\"t\",\"columns\":[{\"name\":\"c\",\"type\":{\"kind\":\"int7\"}}]}",
        "member 'columns': element 0: member 'type': member 'kind': a known name "
        "expected, found 'int7'");
    assert_table_refused("{\"name\":\"t\",\"columns\":[{\"name\":\"c\",\"type\":{\"kind\":\"int8\","
                         "\"scale\":2147483648}}]}",
                         "member 'columns': element 0: member 'type': member 'scale': the number "
                         "needs more than 32 bits");
    assert_table_refused("{\"name\":\"t\",\"columns\":[{\"name\":\"c\",\"type\":{\"kind\":\"int8\","
                         "\"length\":-1}}]}",
                         "member 'columns': element 0: member 'type': member 'length': an integer "
                         "from 0 on expected, found -1");
    assert_table_refused(
        "{\"name\":\"t\",\"keys\":[{\"kind\":\"index\",\"parts\":[{\"column\":0}]}]}",
        "table 't': key part 0: no column has the number 0");
    assert_table_refused("{\"name\":\"t\",\"foreigns\":[{\"columns\":[4],\"to_table\":\"x\"}]}",
                         "table 't': foreign key: no column has the number 4");
    assert_table_refused("{\"name\":\"t\",\"foreigns\":[{\"columns\":[4],\"to_table\":\"x\","
                         "\"to_columns\":[\"a\",\"b\"]}]}",
                         "member 'foreigns': element 0: member 'to_columns': 1 texts expected, "
                         "found 2");
    assert_table_refused(
        "{\"name\":\"t\",\"columns\":[{\"name\":\"c\",\"type\":{\"kind\":\"int8\"},"
        "\"default_text\":{\"hex\":\"0\"}}]}",
        "member 'columns': element 0: member 'default_text': an even number of "
        "hexadecimal digits expected, found '0'");
}

static void
unknown_members_are_ignored(void **state)
{
    struct arena *arena = arena_new();
    struct pd_error err = {0};
    struct pd_table back;
    json_t *json = parsed("{\"name\":\"t\",\"later\":[{\"a\":1}]}");

    assert_int_equal(json_read_table(arena, json, &back, &err), PD_OK);
    assert_string_equal(back.name, "t");
    json_decref(json);
    arena_free(arena);
}

static void
a_native_half_of_another_table_is_refused(void **state)
{
    struct pd_error err = {0};
    struct arena *arena = arena_new();
    struct pd_table back;
    json_t *json = parsed("{\"name\":\"t\",\"checks\":[{\"name\":\"a\"}]}");
    json_t *other = parsed("{\"schema\":\"s\",\"name\":\"t\"}");
    json_t *longer = parsed("{\"name\":\"t\",\"checks\":[{},{}]}");

    assert_int_equal(json_read_table(arena, json, &back, &err), PD_OK);
    assert_int_equal(json_read_native(arena, other, &back, &err), PD_FAILED);
    assert_string_equal(err.text, "native half of table 't' where 't' was expected");
    assert_int_equal(json_read_native(arena, longer, &back, &err), PD_FAILED);
    assert_string_equal(err.text, "table 't': member 'checks': 2 elements, but the table has 1");
    json_decref(json);
    json_decref(other);
    json_decref(longer);
    arena_free(arena);
}

static void
a_number_without_a_name_is_a_bug(void **state)
{
    const struct pd_column column = {SIZE(pd_column), .name = "c", .type = TYPE(99)};
    const struct pd_table one = {SIZE(pd_table), .name = "t", .columns = &column, .n_columns = 1};
    struct buffer out = {0};
    struct pd_error err = {0};

    assert_int_equal(json_write_table(&out, &one, JSON_NEUTRAL, &err), PD_FAILED);
    assert_int_equal(err.cause, PD_CAUSE_BUG);
    buffer_free(&out);
}

/* ---- Sequences and stats ----------------------------------------------------------------- */

static void
a_sequence_comes_back(void **state)
{
    const struct pd_sequence sequence = {
        SIZE(pd_sequence),
        .name = "q",
        .kind = PD_KIND_INT32,
        .owner_table = "t",
        .owner_column = "c",
        .counter = {SIZE(pd_counter), .flags = PD_COUNTER_CYCLE, .next = -5, .cache = 20}};
    struct arena *arena = arena_new();
    struct buffer out = {0};
    struct pd_error err = {0};
    struct pd_sequence back;
    json_t *json;

    assert_int_equal(json_write_sequence(&out, &sequence, JSON_NEUTRAL, &err), PD_OK);
    assert_string_equal(buffer_string(&out),
                        "{\"name\":\"q\",\"kind\":\"int32\",\"counter\":{\"next\":-5,\"cache\":20,"
                        "\"cycle\":true},\"owner_table\":\"t\",\"owner_column\":\"c\"}");
    json = parsed(buffer_string(&out));
    assert_int_equal(json_read_sequence(arena, json, &back, &err), PD_OK);
    assert_int_equal(back.kind, PD_KIND_INT32);
    assert_memory_equal(&back.counter, &sequence.counter, sizeof back.counter);
    assert_string_equal(back.owner_column, "c");
    assert_null(back.schema);
    json_decref(json);
    buffer_free(&out);
    arena_free(arena);
}

static void
a_sequence_is_counted_alike_whether_it_was_used_or_not(void **state)
{
    struct pd_sequence sequence = {SIZE(pd_sequence), .name = "q",
                                   .counter = {SIZE(pd_counter), .flags = PD_COUNTER_UNUSED}};
    struct buffer out = {0};
    struct pd_error err = {0};

    assert_int_equal(json_write_sequence(&out, &sequence, JSON_NEUTRAL, &err), PD_OK);
    assert_string_equal(buffer_string(&out), "{\"name\":\"q\",\"counter\":{\"unused\":true}}");
    buffer_clear(&out);
    assert_int_equal(json_write_sequence(&out, &sequence, JSON_COUNTED, &err), PD_OK);
    assert_string_equal(buffer_string(&out), "{\"name\":\"q\"}");
    buffer_free(&out);
}

static const struct pd_table pair = {SIZE(pd_table), .name = "p", .columns = columns,
                                     .n_columns = 2, .column_size = sizeof *columns};

static void
stats_come_back(void **state)
{
    struct pd_profile profiles[2] = {{SIZE(pd_profile), .flags = PD_PROFILE_NUL | PD_PROFILE_FINITE,
                                      .n_ints = UINT64_MAX, .min_int = INT64_MIN, .min_real = -0.0,
                                      .max_real = 1e300},
                                     {SIZE(pd_profile)}};
    const struct pd_fact facts[] = {
        {.column = PD_NO_COLUMN, .id = PD_FACT_ROWS, .low = 3},
        {.column = 0, .id = PD_FACT_INT_SUM, .high = -1, .low = (uint64_t)INT64_MIN},
        {.column = 0, .id = PD_FACT_INT_MAX, .high = 0, .low = (uint64_t)INT64_MAX + 1},
        {.column = 0, .id = PD_FACT_INT_MIN, .high = INT64_MIN, .low = 0},
        {.column = 1, .id = PD_FACT_OCTETS, .high = INT64_MAX, .low = UINT64_MAX},
        {.column = 1, .id = PD_FACT_DECIMAL_SUM, .text = "12.50"}};
    const struct pd_stats stats = {SIZE(pd_stats),
                                   .n_rows = 3,
                                   .digest_high = UINT64_C(0x0123456789abcdef),
                                   .digest_low = UINT64_C(0xfedcba9876543210),
                                   .profiles = profiles,
                                   .profile_size = sizeof *profiles,
                                   .facts = facts,
                                   .n_facts = 6};
    struct arena *arena = arena_new();
    struct buffer out = {0};
    struct pd_error err = {0};
    struct pd_stats back;
    json_t *json;

    assert_int_equal(json_write_stats(&out, &pair, &stats, &err), PD_OK);
    assert_string_equal(
        buffer_string(&out),
        "{\"rows\":3,\"digest\":\"0123456789abcdeffedcba9876543210\",\"profiles\":["
        "{\"flags\":[\"nul\",\"finite\"],\"n_ints\":\"18446744073709551615\","
        "\"min_int\":-9223372036854775808,\"min_real\":\"-0.0\",\"max_real\":\"1e+300\"},{}],"
        "\"facts\":[{\"fact\":\"rows\",\"value\":3},"
        "{\"column\":0,\"fact\":\"int-sum\",\"value\":-9223372036854775808},"
        "{\"column\":0,\"fact\":\"int-max\",\"value\":\"9223372036854775808\"},"
        "{\"column\":0,\"fact\":\"int-min\","
        "\"value\":\"-170141183460469231731687303715884105728\"},"
        "{\"column\":1,\"fact\":\"octets\","
        "\"value\":\"170141183460469231731687303715884105727\"},"
        "{\"column\":1,\"fact\":\"decimal-sum\",\"text\":\"12.50\"}]}");
    json = parsed(buffer_string(&out));
    if (json_read_stats(arena, json, &pair, &back, &err) != PD_OK)
        fail_msg("%s", err.text);
    assert_int_equal(back.n_rows, 3);
    assert_true(back.digest_high == stats.digest_high && back.digest_low == stats.digest_low);
    assert_int_equal(back.profile_size, sizeof *profiles);
    assert_memory_equal(back.profiles, profiles, sizeof profiles);
    assert_int_equal(back.n_facts, 6);
    assert_memory_equal(back.facts, facts, 5 * sizeof *facts);
    assert_string_equal(back.facts[5].text, "12.50");
    json_decref(json);
    buffer_free(&out);
    arena_free(arena);
}

static void
assert_stats_refused(const char *text, const char *message)
{
    struct arena *arena = arena_new();
    struct pd_error err = {0};
    struct pd_stats ignored;
    json_t *json = parsed(text);

    assert_int_equal(json_read_stats(arena, json, &pair, &ignored, &err), PD_FAILED);
    assert_string_equal(err.text, message);
    json_decref(json);
    arena_free(arena);
}

#define DIGEST "\"digest\":\"00000000000000000000000000000000\""

static void
damaged_stats_are_refused_by_name(void **state)
{
    assert_stats_refused("{\"rows\":-1}", "member 'rows': an integer from 0 on expected");
    assert_stats_refused("{\"rows\":1,\"digest\":\"0\"}",
                         "member 'digest': 32 hexadecimal digits expected");
    assert_stats_refused("{\"rows\":1," DIGEST ",\"profiles\":[{}]}",
                         "member 'profiles': an element for each column expected, found a list");
    assert_stats_refused("{\"rows\":1," DIGEST ",\"profiles\":[{},{\"flags\":[\"odd\"]}]}",
                         "profile of column 'id': member 'flags': a known name expected, found "
                         "'odd'");
    assert_stats_refused("{\"rows\":1," DIGEST ",\"facts\":[{\"fact\":\"rows\",\"value\":"
                         "\"170141183460469231731687303715884105728\"}]}",
                         "fact 0: member 'value': an integer of at most 128 bits expected");
    assert_stats_refused("{\"rows\":1," DIGEST ",\"facts\":[{\"fact\":\"x\"}]}",
                         "fact 0: member 'fact': no such fact 'x'");
    assert_stats_refused("{\"rows\":1," DIGEST ",\"facts\":[{\"column\":2,\"fact\":\"rows\"}]}",
                         "fact 0: member 'column': the number of a column expected, found 2");
}

/* ---- Text -------------------------------------------------------------------------------- */

static void
strings_are_escaped_no_more_than_needed(void **state)
{
    struct buffer out = {0};

    json_write_string(&out, "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\0\xe2\x80\xa8", 18);
    assert_string_equal(buffer_string(&out),
                        "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000\xe2\x80\xa8\"");
    buffer_free(&out);
}

static void
text_from_outside_is_limited(void **state)
{
    struct pd_error err = {0};
    json_t *json = NULL;
    char deep[200] = {0};

    assert_int_equal(json_parse("{\"a\":1,\"a\":2}", 13, "f", &json, &err), PD_FAILED);
    assert_string_equal(err.text, "f: line 1, byte 10: duplicate object key near '\"a\"'");
    assert_int_equal(err.cause, PD_CAUSE_CORRUPT);
    assert_int_equal(json_parse("{}\n{", 4, "f", &json, &err), PD_FAILED);
    assert_non_null(strstr(err.text, "f: line 2"));
    memset(deep, '[', 65);
    memset(deep + 65, ']', 65);
    assert_int_equal(json_parse(deep, 130, "f", &json, &err), PD_FAILED);
    assert_string_equal(err.text, "f: more than 64 brackets within another");
    assert_int_equal(json_parse(deep + 1, 128, "f", &json, &err), PD_OK);
    json_decref(json);
    assert_int_equal(json_parse("[\"[[\\\"[[\"]", 10, "f", &json, &err), PD_OK);
    json_decref(json);
    assert_int_equal(json_parse("[\"\xff\"]", 5, "f", &json, &err), PD_FAILED);
}

static long allowed = -1; /* allocations until they fail; -1: all */

static void *
counted_malloc(size_t size)
{
    if (allowed == 0)
        return NULL;
    if (allowed > 0)
        allowed--;
    return malloc(size);
}

static void
a_shortage_of_memory_is_not_taken_for_damage(void **state)
{
    /* Strings that grow in the parser, which lost a byte of them or ended the process. */
    static const char text[] = "{\"a\":[1,\"x\",2.5,null,true],\"b\":{\"c\":\"\\u00e9\"},"
                               "\"a member of some length\":\"\\\"\\n\\t\\r 0123456789 abcdef\"}";
    long n_failures = 0;

    for (;; n_failures++) {
        struct pd_error err = {0};
        json_t *json = NULL;
        pd_status status;

        allowed = n_failures;
        status = json_parse(text, strlen(text), "f", &json, &err);
        allowed = -1;
        json_decref(json);
        if (status == PD_OK)
            break;
        assert_int_equal(err.cause, PD_CAUSE_MEMORY);
    }
    assert_true(n_failures > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_neutral_half_has_this_text),
        cmocka_unit_test(the_native_half_has_this_text),
        cmocka_unit_test(the_counted_half_knows_neither_passengers_nor_the_engine),
        cmocka_unit_test(both_halves_together_give_the_table_back),
        cmocka_unit_test(every_kind_flag_and_name_survives),
        cmocka_unit_test(damaged_tables_are_refused_by_name),
        cmocka_unit_test(unknown_members_are_ignored),
        cmocka_unit_test(a_native_half_of_another_table_is_refused),
        cmocka_unit_test(a_number_without_a_name_is_a_bug),
        cmocka_unit_test(a_sequence_comes_back),
        cmocka_unit_test(a_sequence_is_counted_alike_whether_it_was_used_or_not),
        cmocka_unit_test(stats_come_back),
        cmocka_unit_test(damaged_stats_are_refused_by_name),
        cmocka_unit_test(strings_are_escaped_no_more_than_needed),
        cmocka_unit_test(text_from_outside_is_limited),
        cmocka_unit_test(a_shortage_of_memory_is_not_taken_for_damage),
    };

    json_set_alloc_funcs(counted_malloc, free); /* json_load.c watches whatever is there first */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
