// SPDX-License-Identifier: Apache-2.0
/* test_cell_json - every kind with every tag goes to JSON and comes back as the same cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/cell_json.h"
#include "model/json.h"
#include "model/kind.h"
#include "model/text.h"

#define SIZE(type) .struct_size = sizeof(struct type)

/* ---- One column ------------------------------------------------------------------------- */

static struct pd_type
type_of(int kind)
{
    return (struct pd_type){SIZE(pd_type), .kind = (uint16_t)kind};
}

/* The JSON of a cell, to be freed. */
static char *
value_of(const struct pd_type *type, const struct cell *cell)
{
    struct buffer out = {0};
    char *copy;

    cell_json_value(&out, type, cell);
    copy = strdup(buffer_string(&out));
    buffer_free(&out);
    return copy;
}

/* A batch of one column "c" that has n_rows times the value; the caller releases it. */
static const struct pd_batch *
batch_of(const struct pd_type *type, const char *value, uint32_t n_rows, const char *others)
{
    const struct pd_column column = {SIZE(pd_column), .name = "c", .type = *type};
    const struct pd_table table = {SIZE(pd_table), .name = "t", .columns = &column, .n_columns = 1,
                                   .column_size = sizeof column};
    struct pd_builder builder;
    struct pd_error err = {0};
    const struct pd_batch *batch;
    struct buffer line = {0};

    assert_int_equal(batch_builder_open(&builder, &table, &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    for (uint32_t i = 0; i < n_rows; i++) {
        buffer_clear(&line);
        buffer_printf(&line, "{\"c\":%s}", i == 0 ? value : others);
        if (cell_json_parse(&table, (char *)line.data, line.size, &builder, &err) != PD_OK)
            fail_msg("%s: %s: %s", kind_name(type->kind), value, err.text);
    }
    batch = pd_builder_finish(&builder);
    assert_non_null(batch);
    assert_int_equal(batch->n_rows, n_rows);
    buffer_free(&line);
    pd_builder_close(&builder);
    return batch;
}

static void
assert_same_cell(const struct pd_type *type, const struct cell *a, const struct cell *b,
                 const char *value)
{
    bool same = a->tag == b->tag;

    if (same && a->tag >= 0 && (a->tag != PD_TAG_INT && a->tag != PD_TAG_REAL)) {
        bool has_bytes = a->tag != PD_TAG_PLAIN || kind_layout(type) >= PD_LAYOUT_FIXED ||
                         kind_layout(type) == PD_LAYOUT_I128;

        same = !has_bytes ||
               (a->size == b->size && (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0));
    }
    same = same && a->integer == b->integer;
    same = same && pd_real_bits(a->real) == pd_real_bits(b->real);
    if (!same)
        fail_msg("%s: tag %d became tag %d through %s", kind_name(type->kind), a->tag, b->tag,
                 value);
}

/* As the only row (so that an outlier makes the vector TAGGED), and as one of many (so that the
   vector keeps its plain layout). */
static void
assert_survives(const struct pd_type *type, const struct cell *cell)
{
    char *value = value_of(type, cell);
    const struct pd_batch *batch = batch_of(type, value, 1, value);
    struct cell back = batch_cell(type, batch_vector(batch, 0), 0);

    assert_same_cell(type, cell, &back, value);
    batch_release(batch);
    batch = batch_of(type, value, 20, "null");
    back = batch_cell(type, batch_vector(batch, 0), 0);
    assert_same_cell(type, cell, &back, value);
    batch_release(batch);
    free(value);
}

static void
assert_value(int kind, struct cell cell, const char *expected)
{
    const struct pd_type type = type_of(kind);
    char *value = value_of(&type, &cell);

    assert_string_equal(value, expected);
    free(value);
    assert_survives(&type, &cell);
}

static struct cell
bytes_cell(int tag, const void *bytes, size_t size)
{
    return (struct cell){.tag = tag, .bytes = bytes, .size = size};
}

/* ---- All kinds, all tags ----------------------------------------------------------------- */

/* Canonical texts by kind. */
static const struct {
    int kind;
    const char *texts[8];
} samples[] = {
    {PD_KIND_BOOL, {"f", "t"}},
    {PD_KIND_INT8, {"0", "-128", "127"}},
    {PD_KIND_INT16, {"0", "-32768", "32767"}},
    {PD_KIND_INT32, {"-2147483648", "2147483647"}},
    {PD_KIND_INT64, {"-9223372036854775808", "9223372036854775807", "-1"}},
    {PD_KIND_UINT8, {"0", "128", "255"}},
    {PD_KIND_UINT16, {"0", "32768", "65535"}},
    {PD_KIND_UINT32, {"0", "4294967295"}},
    {PD_KIND_UINT64, {"0", "9223372036854775807", "9223372036854775808", "18446744073709551615"}},
    {PD_KIND_DECIMAL, {"0", "-12.50", "0.00001", "123456789012345678901234567890.1"}},
    {PD_KIND_TEXT, {"", "a", "\"quoted\" \\ back", "\xf0\x9f\x98\x80\xe2\x80\xa8", "1", "null"}},
    {PD_KIND_CHAR, {"", "ab"}},
    {PD_KIND_BINARY, {"", "00", "00ff6162"}},
    {PD_KIND_DATE, {"1970-01-01", "1969-12-31", "2024-02-29"}},
    {PD_KIND_TIME, {"00:00:00", "23:59:59.999999", "24:00:00"}},
    {PD_KIND_TIMETZ, {"12:34:56.1+05:30"}},
    {PD_KIND_TIMESTAMP, {"1970-01-01 00:00:00", "2024-02-29 12:00:00.000001"}},
    {PD_KIND_TIMESTAMPTZ, {"1970-01-01 00:00:00+00", "1999-12-31 23:59:59.5+00"}},
    {PD_KIND_INTERVAL, {"P0M0DT0S", "P-1M2DT-3.5S"}},
    {PD_KIND_YEAR, {"0000", "1901", "2155"}},
    {PD_KIND_JSON, {"{\"a\": [1, \"x\"]}", "null"}},
    {PD_KIND_JSONB, {"{}"}},
    {PD_KIND_XML, {"<a b=\"c\"/>"}},
    {PD_KIND_UUID, {"00112233-4455-6677-8899-aabbccddeeff"}},
    {PD_KIND_BIT, {"0101"}},
    {PD_KIND_VARBIT, {"", "1"}},
    {PD_KIND_ENUM, {"", "label"}},
    {PD_KIND_SET, {"", "a,b"}},
    {PD_KIND_INET, {"192.168.0.1/24"}},
    {PD_KIND_CIDR, {"10.0.0.0/8"}},
    {PD_KIND_INET4, {"10.0.0.1"}},
    {PD_KIND_INET6, {"::1"}},
    {PD_KIND_MACADDR, {"08:00:2b:01:02:03"}},
    {PD_KIND_MACADDR8, {"08:00:2b:01:02:03:04:05"}},
    {PD_KIND_ARRAY, {"{1,NULL,\"a\"}"}},
    {PD_KIND_GEOMETRY, {"e61000000101000000000000000000f03f0000000000000040"}},
    {PD_KIND_MONEY, {"-9223372036854775808", "1"}},
    {PD_KIND_OID, {"0", "4294967295"}},
    {PD_KIND_OPAQUE, {"'a':1 'b':2"}},
};

static void
every_kind_survives(void **state)
{
    struct buffer scratch = {0};
    struct pd_error err = {0};

    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        const struct pd_type type = type_of(samples[i].kind);

        for (const char *const *text = samples[i].texts; *text; text++) {
            struct cell cell;

            if (text_parse(&type, *text, strlen(*text), &scratch, &cell, &err) != PD_OK)
                fail_msg("sample: %s", err.text);
            assert_survives(&type, &cell);
        }
        assert_survives(&type, &(struct cell){.tag = -1});
    }
    buffer_free(&scratch);
}

static void
decimals_of_fixed_scale_survive(void **state)
{
    const struct pd_type type = {SIZE(pd_type), .kind = PD_KIND_DECIMAL, .precision = 38,
                                 .scale = 2};
    static const char text[] = "-123456789012345678901234567890123456.78";
    struct buffer scratch = {0};
    struct cell cell;

    assert_int_equal(text_parse(&type, text, strlen(text), &scratch, &cell, NULL), PD_OK);
    assert_survives(&type, &cell);
    buffer_free(&scratch);
}

static void
every_tag_survives_in_every_kind(void **state)
{
    static const char bytes[] = "a\0\xff\"\\";

    for (int kind = 1; kind < PD_KIND_COUNT_; kind++) {
        const struct pd_type type = type_of(kind);

        assert_survives(&type, &(struct cell){.tag = PD_TAG_INT, .integer = INT64_MIN});
        assert_survives(&type, &(struct cell){.tag = PD_TAG_INT, .integer = INT64_MAX});
        assert_survives(&type, &(struct cell){.tag = PD_TAG_REAL, .real = 0.1});
        assert_survives(&type, &(struct cell){.tag = PD_TAG_REAL, .real = -0.0});
        assert_survives(&type, &(struct cell){.tag = PD_TAG_REAL, .real = 1e300});
        assert_survives(&type, &(struct cell){.tag = PD_TAG_REAL, .real = (double)NAN});
        assert_survives(&type, &(struct cell){.tag = PD_TAG_REAL, .real = (double)-INFINITY});
        for (int tag = PD_TAG_TEXT; tag < PD_TAG_COUNT_; tag++) {
            struct cell cell = bytes_cell(tag, bytes, tag == PD_TAG_TEXT ? 2 : 5);

            if (tag == PD_TAG_POS_INF || tag == PD_TAG_NEG_INF || tag == PD_TAG_NAN ||
                tag == PD_TAG_ENUM0)
                cell = (struct cell){.tag = tag};
            assert_survives(&type, &cell);
            cell.size = 0;
            assert_survives(&type, &cell);
        }
    }
}

static void
floats_survive_to_the_bit(void **state)
{
    static const double doubles[] = {0.0,
                                     -0.0,
                                     1.0,
                                     0.1,
                                     5e-324,
                                     DBL_MAX,
                                     DBL_MIN,
                                     1e22,
                                     1e15,
                                     123456789012345680.0,
                                     9007199254740993.0};
    static const float singles[] = {0.0f,        -0.0f,
                                    1.0f,        0.1f,
                                    16777216.0f, FLT_MAX,
                                    FLT_MIN,     1.401298464e-45f,
                                    3.3333333f,  7.038531e-26f /* rounding twice misses it */,
                                    1e10f};
    const struct pd_type wide = type_of(PD_KIND_FLOAT64), narrow = type_of(PD_KIND_FLOAT32);
    uint32_t bits = 1;

    for (size_t i = 0; i < COUNT_OF(doubles); i++)
        assert_survives(&wide, &(struct cell){.real = doubles[i]});
    for (size_t i = 0; i < COUNT_OF(singles); i++)
        assert_survives(&narrow, &(struct cell){.real = (double)singles[i]});
    for (int i = 0; i < 2000; i++) {
        float single;

        bits = bits * 1664525u + 1013904223u;
        memcpy(&single, &bits, 4);
        if (isfinite(single))
            assert_survives(&narrow, &(struct cell){.real = (double)single});
    }
}

/* ---- What it looks like ------------------------------------------------------------------ */

static void
plain_values_have_the_natural_form(void **state)
{
    assert_value(PD_KIND_INT64, (struct cell){.tag = -1}, "null");
    assert_value(PD_KIND_BOOL, (struct cell){.integer = 1}, "true");
    assert_value(PD_KIND_BOOL, (struct cell){.integer = 0}, "false");
    assert_value(PD_KIND_INT8, (struct cell){.integer = -5}, "-5");
    assert_value(PD_KIND_UINT64, (struct cell){.integer = INT64_MAX}, "9223372036854775807");
    assert_value(PD_KIND_UINT64, (struct cell){.integer = -1}, "\"18446744073709551615\"");
    assert_value(PD_KIND_FLOAT64, (struct cell){.real = 1}, "1.0");
    assert_value(PD_KIND_FLOAT64, (struct cell){.real = -0.0}, "-0.0");
    assert_value(PD_KIND_FLOAT64, (struct cell){.real = 1e300}, "1e+300");
    assert_value(PD_KIND_FLOAT32, (struct cell){.real = (double)0.1f}, "0.1");
    assert_value(PD_KIND_FLOAT64, (struct cell){.real = (double)NAN}, "{\"real\":\"NaN\"}");
    assert_value(PD_KIND_FLOAT32, (struct cell){.real = (double)INFINITY},
                 "{\"real\":\"Infinity\"}");
    assert_value(PD_KIND_NUMBER, (struct cell){.tag = PD_TAG_INT, .integer = 1}, "1");
    assert_value(PD_KIND_NUMBER, (struct cell){.tag = PD_TAG_REAL, .real = 1}, "1.0");
    assert_value(PD_KIND_TEXT, bytes_cell(0, "a\0\n", 3), "\"a\\u0000\\n\"");
    assert_value(PD_KIND_BINARY, bytes_cell(0, "\0\xff", 2), "{\"hex\":\"00ff\"}");
    assert_value(PD_KIND_DATE, (struct cell){.integer = 19782}, "\"2024-02-29\"");
    assert_value(PD_KIND_MONEY, (struct cell){.integer = 1250}, "1250");
    assert_value(PD_KIND_ANY, bytes_cell(PD_TAG_TEXT, "5", 1), "\"5\"");
    assert_value(PD_KIND_ANY, bytes_cell(PD_TAG_BYTES, "5", 1), "{\"hex\":\"35\"}");
}

static void
outliers_say_what_they_are_where_their_form_is_taken(void **state)
{
    assert_value(PD_KIND_INT64, bytes_cell(PD_TAG_TEXT, "x", 1), "\"x\"");
    assert_value(PD_KIND_INT64, (struct cell){.tag = PD_TAG_REAL, .real = 2}, "2.0");
    assert_value(PD_KIND_INT64, (struct cell){.tag = PD_TAG_INT, .integer = 2}, "{\"int\":\"2\"}");
    assert_value(PD_KIND_TEXT, (struct cell){.tag = PD_TAG_INT, .integer = 2}, "2");
    assert_value(PD_KIND_TEXT, bytes_cell(PD_TAG_TEXT, "x", 1), "{\"text\":\"x\"}");
    assert_value(PD_KIND_TEXT, bytes_cell(PD_TAG_BADTEXT, "\xff", 1), "{\"badtext\":\"ff\"}");
    assert_value(PD_KIND_TEXT, bytes_cell(0, "\xff", 1), "{\"plain\":{\"hex\":\"ff\"}}");
    assert_value(PD_KIND_DATE, bytes_cell(PD_TAG_TEXT, "x", 1), "{\"text\":\"x\"}");
    assert_value(PD_KIND_DATE, bytes_cell(PD_TAG_YMD, "0000-00-00", 10),
                 "{\"ymd\":\"0000-00-00\"}");
    assert_value(PD_KIND_DATE, (struct cell){.tag = PD_TAG_NEG_INF}, "{\"-inf\":true}");
    assert_value(PD_KIND_DECIMAL, (struct cell){.tag = PD_TAG_NAN}, "{\"nan\":true}");
    assert_value(PD_KIND_ENUM, (struct cell){.tag = PD_TAG_ENUM0}, "{\"enum0\":true}");
    assert_value(PD_KIND_BINARY, bytes_cell(PD_TAG_BYTES, "a", 1), "{\"bytes\":\"61\"}");
    assert_value(PD_KIND_BINARY, bytes_cell(PD_TAG_TEXT, "a", 1), "\"a\"");
    assert_value(PD_KIND_UINT64, bytes_cell(PD_TAG_TEXT, "5", 1), "{\"text\":\"5\"}");
    assert_value(PD_KIND_ANY, (struct cell){.tag = PD_TAG_REAL, .real = (double)INFINITY},
                 "{\"real\":\"Infinity\"}");
    assert_value(PD_KIND_FLOAT32, (struct cell){.tag = PD_TAG_REAL, .real = 0.1},
                 "{\"outlier\":\"0.1\"}");
    assert_value(PD_KIND_FLOAT64, (struct cell){.tag = PD_TAG_INT, .integer = 1}, "1");
    assert_value(PD_KIND_OPAQUE, bytes_cell(PD_TAG_NATIVE, "\xfe", 1),
                 "{\"native\":{\"hex\":\"fe\"}}");
}

/* ---- Rows -------------------------------------------------------------------------------- */

static const struct pd_column row_columns[] = {
    {SIZE(pd_column), .name = "a\"b", .type = {SIZE(pd_type), .kind = PD_KIND_INT32}},
    {SIZE(pd_column), .name = "sum", .type = {SIZE(pd_type), .kind = PD_KIND_INT32},
     .generated = PD_GENERATED_VIRTUAL},
    {SIZE(pd_column), .name = "", .type = {SIZE(pd_type), .kind = PD_KIND_TEXT}},
    {SIZE(pd_column), .name = "f", .type = {SIZE(pd_type), .kind = PD_KIND_FLOAT32}},
};
static const struct pd_table row_table = {SIZE(pd_table), .name = "t", .columns = row_columns,
                                          .n_columns = 4, .column_size = sizeof *row_columns};

static void
rows_have_all_columns_but_generated_ones(void **state)
{
    static const char *const lines[] = {"{\"a\\\"b\":1,\"\":\"x\",\"f\":0.5}",
                                        "{\"a\\\"b\":null,\"\":{\"hex\":\"00\"},\"f\":\"y\"}"};
    struct pd_builder builder;
    struct pd_error err = {0};
    const struct pd_batch *batch;
    struct buffer out = {0};

    assert_int_equal(batch_builder_open(&builder, &row_table, &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(cell_json_parse(&row_table, lines[i], strlen(lines[i]), &builder, &err),
                         PD_OK);
    batch = pd_builder_finish(&builder);
    assert_int_equal(batch->n_rows, 2);
    assert_int_equal(batch_vector(batch, 1)->n_nulls, 2);
    for (uint32_t i = 0; i < 2; i++) {
        buffer_clear(&out);
        assert_int_equal(cell_json_row(&out, &row_table, batch, i, NULL, NULL, &err), PD_OK);
        assert_string_equal(buffer_string(&out), lines[i]);
    }
    buffer_free(&out);
    batch_release(batch);
    pd_builder_close(&builder);
}

static void
a_table_without_columns_has_rows_too(void **state)
{
    const struct pd_table none = {SIZE(pd_table), .name = "t"};
    const struct pd_batch batch = {SIZE(pd_batch), .n_rows = 1};
    struct pd_error err = {0};
    struct pd_builder builder;
    struct buffer out = {0};

    assert_int_equal(cell_json_row(&out, &none, &batch, 0, NULL, NULL, &err), PD_OK);
    assert_string_equal(buffer_string(&out), "{}");
    buffer_free(&out);
    assert_int_equal(batch_builder_open(&builder, &none, &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    assert_int_equal(cell_json_parse(&none, "{}", 2, &builder, &err), PD_OK);
    assert_int_equal(builder.n_rows, 1);
    pd_builder_close(&builder);
}

static void
assert_line_refused(const char *line, const char *message)
{
    struct pd_builder builder;
    struct pd_error err = {0};

    assert_int_equal(batch_builder_open(&builder, &row_table, &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    assert_int_equal(cell_json_parse(&row_table, line, strlen(line), &builder, &err), PD_FAILED);
    assert_string_equal(err.text, message);
    assert_int_equal(builder.n_rows, 0);
    pd_builder_close(&builder);
}

static void
wrong_lines_are_refused_by_column(void **state)
{
    assert_line_refused("[]", "an object expected, found a list");
    assert_line_refused("{\"a\\\"b\":1,\"\":\"x\"}", "column 'f' is missing");
    assert_line_refused("{\"a\\\"b\":1,\"\":\"x\",\"f\":1.0,\"sum\":2}",
                        "member 'sum' is no column whose values are kept");
    assert_line_refused("{\"a\\\"b\":1,\"\":\"x\",\"f\":1.0,\"g\":2}",
                        "member 'g' is no column whose values are kept");
    assert_line_refused("{\"a\\\"b\":2147483648}", "column 'a\"b': the integer does not fit int32");
    assert_line_refused("{\"a\\\"b\":true}", "column 'a\"b': int32 expected, found true");
    assert_line_refused("{\"a\\\"b\":[1]}", "column 'a\"b': int32 expected, found a list");
    assert_line_refused("{\"a\\\"b\":{\"odd\":1}}", "column 'a\"b': 'odd' is no tag of a value");
    assert_line_refused("{\"a\\\"b\":{\"int\":\"1\",\"hex\":\"\"}}",
                        "column 'a\"b': an object with 2 members");
    assert_line_refused("{\"a\\\"b\":{}}", "column 'a\"b': an object with 0 members");
    assert_line_refused("{\"a\\\"b\":{\"hex\":\"0\"}}",
                        "column 'a\"b': a string of pairs of hexadecimal digits expected, found "
                        "'0'");
    assert_line_refused("{\"a\\\"b\":{\"plain\":\"1\"}}",
                        "column 'a\"b': 'plain' says nothing about int32");
    assert_line_refused("{\"a\\\"b\":{\"inf\":false}}",
                        "column 'a\"b': true expected, found false");
    assert_line_refused("{\"a\\\"b\":1,\"\":\"\",\"f\":0.12345678901}",
                        "column 'f': the number has no exact float32");
    assert_line_refused("{\"a\\\"b\":1,\"\":\"\",\"f\":1e300}",
                        "column 'f': the number has no exact float32");
}

/* ---- Long cells -------------------------------------------------------------------------- */

static char
long_byte(uint64_t offset)
{
    return offset % 1000 == 999 ? '"' : (char)('a' + offset % 7);
}

static pd_status
read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
          size_t size, struct pd_error *err)
{
    assert_true(size <= PD_LONG_SLICE && offset + size <= cell->size);
    for (size_t i = 0; i < size; i++)
        ((char *)buffer)[i] = long_byte(offset + i);
    return PD_OK;
}

static void
assert_long(int kind, int tag, const char *open, const char *close)
{
    static const uint64_t size = PD_LONG_CELL + 12345;
    const struct pd_column column = {SIZE(pd_column), .name = "c", .type = type_of(kind)};
    const struct pd_table table = {SIZE(pd_table), .name = "t", .columns = &column, .n_columns = 1,
                                   .column_size = sizeof column};
    const struct pd_long as_long = {.tag = (uint32_t)tag, .size = size};
    const struct pd_vector vector = {.layout = PD_LAYOUT_VAR,
                                     .longs = &as_long,
                                     .n_longs = 1,
                                     .offsets = (const int32_t[]){0, 0}};
    const struct pd_batch batch = {SIZE(pd_batch), .vector_size = sizeof vector, .n_rows = 1,
                                   .n_columns = 1, .vectors = &vector};
    const struct pd_source_ops ops = {SIZE(pd_source_ops), .read_long = read_long};
    struct pd_error err = {0};
    struct pd_builder builder;
    struct buffer out = {0};
    const struct pd_batch *back;
    struct cell cell;

    assert_int_equal(cell_json_row(&out, &table, &batch, 0, &ops, NULL, &err), PD_OK);
    assert_memory_equal(out.data, open, strlen(open));
    assert_memory_equal(out.data + out.size - strlen(close), close, strlen(close));
    assert_int_equal(batch_builder_open(&builder, &table, &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    assert_int_equal(cell_json_parse(&table, (char *)out.data, out.size, &builder, &err), PD_OK);
    back = pd_builder_finish(&builder);
    cell = batch_cell(&column.type, batch_vector(back, 0), 0);
    assert_int_equal(cell.tag, tag);
    assert_int_equal(cell.size, size);
    for (uint64_t i = 0; i < size; i++) {
        if ((char)cell.bytes[i] != long_byte(i))
            fail_msg("byte %lu differs", (unsigned long)i);
    }
    batch_release(back);
    pd_builder_close(&builder);
    buffer_free(&out);
}

static void
long_cells_are_written_in_slices(void **state)
{
    assert_long(PD_KIND_TEXT, PD_TAG_PLAIN, "{\"c\":\"abc", "\"}");
    assert_long(PD_KIND_BINARY, PD_TAG_PLAIN, "{\"c\":{\"hex\":\"616263", "\"}}");
    assert_long(PD_KIND_GEOMETRY, PD_TAG_PLAIN, "{\"c\":\"616263", "\"}");
    assert_long(PD_KIND_TEXT, PD_TAG_BADTEXT, "{\"c\":{\"badtext\":\"616263", "\"}}");
    assert_long(PD_KIND_INT64, PD_TAG_TEXT, "{\"c\":\"abc", "\"}");
    assert_long(PD_KIND_TEXT, PD_TAG_BYTES, "{\"c\":{\"hex\":\"616263", "\"}}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_survives),
        cmocka_unit_test(decimals_of_fixed_scale_survive),
        cmocka_unit_test(every_tag_survives_in_every_kind),
        cmocka_unit_test(floats_survive_to_the_bit),
        cmocka_unit_test(plain_values_have_the_natural_form),
        cmocka_unit_test(outliers_say_what_they_are_where_their_form_is_taken),
        cmocka_unit_test(rows_have_all_columns_but_generated_ones),
        cmocka_unit_test(a_table_without_columns_has_rows_too),
        cmocka_unit_test(wrong_lines_are_refused_by_column),
        cmocka_unit_test(long_cells_are_written_in_slices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
