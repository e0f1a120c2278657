// SPDX-License-Identifier: Apache-2.0
/* Tests of the PostgreSQL plugin's decoder: what each form of COPY BINARY becomes, and that nothing
   a server may send is read beyond its end. */
#include "test_postgresql_decode.h"

enum { MOST_COLUMNS = 32 };

/* ---- One column, one value ---- */

static void
check_value(const struct sample *sample, const struct pd_batch *batch)
{
    const struct pd_vector *v = batch->vectors;
    uint8_t want[MOST_BYTES];
    size_t n = from_hex(sample->want, want), size;
    const uint8_t *is = v->data;

    if (v->layout == PD_LAYOUT_TAGGED) {
        assert_int_equal(v->tags[0], sample->tag);
        size = (size_t)v->offsets[1];
    } else {
        assert_int_equal(sample->tag, PD_TAG_PLAIN);
        size = v->layout == PD_LAYOUT_BITS  ? 1
               : v->layout == PD_LAYOUT_VAR ? (size_t)v->offsets[1]
                                            : v->width;
    }
    if (size != n || memcmp(is, want, n) != 0)
        fail_msg("%s: another value", sample->name);
}

/* A lone outlier makes its vector TAGGED, as more than one row in eight. */
static void
check_sample(const struct sample *sample)
{
    struct one one;
    const struct pd_batch *batch;
    uint8_t *bytes = malloc(MOST_BYTES), *exact;
    size_t size = from_hex(sample->hex, bytes);
    bool done;

    one_open(&one, sample);
    exact = malloc(size ? size : 1); /* so that the sanitizer sees each byte too far */
    memcpy(exact, bytes, size);
    done = decode_cell(&one.decoder, &one.decoder.columns[0], exact, size);
    if (done == sample->is_fault)
        fail_msg("%s: %s", sample->name, done ? "was taken" : one.decoder.fault);
    if (done) {
        decode_row_end(&one.decoder);
        batch = pd_builder_finish(&one.builder);
        assert_non_null(batch);
        check_value(sample, batch);
        batch->release(batch);
    }
    free(exact);
    free(bytes);
    one_close(&one);
}

/* Values of vectors are in the machine's order; these tests want a little endian one. */
static const struct sample numbers[] = {
    {"true", PG_FORM_BOOL, TYPE(BOOL, ), "01", PD_TAG_PLAIN, "01", false},
    {"a bool of 2", PG_FORM_BOOL, TYPE(BOOL, ), "02", 0, "", true},
    {"a bool without a byte", PG_FORM_BOOL, TYPE(BOOL, ), "", 0, "", true},
    {"int2", PG_FORM_INT2, TYPE(INT16, ), "8001", PD_TAG_PLAIN, "0180", false},
    {"int4", PG_FORM_INT4, TYPE(INT32, ), "80000001", PD_TAG_PLAIN, "01000080", false},
    {"int8", PG_FORM_INT8, TYPE(INT64, ), "8000000000000001", PD_TAG_PLAIN, "0100000000000080",
     false},
    {"an int4 of 5 bytes", PG_FORM_INT4, TYPE(INT32, ), "0000000001", 0, "", true},
    {"an oid above 2^31", PG_FORM_OID, TYPE(OID, ), "ffffffff", PD_TAG_PLAIN, "ffffffff", false},
    {"float4", PG_FORM_FLOAT4, TYPE(FLOAT32, ), "3dcccccd", PD_TAG_PLAIN, "cdcccc3d", false},
    {"a float4's NaN is normalised", PG_FORM_FLOAT4, TYPE(FLOAT32, ), "ffc00001", PD_TAG_PLAIN,
     "0000c07f", false},
    {"-0", PG_FORM_FLOAT8, TYPE(FLOAT64, ), "8000000000000000", PD_TAG_PLAIN, "0000000000000080",
     false},
    {"a float8's NaN is normalised", PG_FORM_FLOAT8, TYPE(FLOAT64, ), "fff8000000000001",
     PD_TAG_PLAIN, "000000000000f87f", false},
    {"money", PG_FORM_MONEY, TYPE(MONEY, .scale = 2), "8000000000000000", PD_TAG_PLAIN,
     "0000000000000080", false},
};

static const struct sample decimals[] = {
    {"-1.50", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "0002 0000 4000 0002 0001 1388", PD_TAG_PLAIN,
     "2d312e3530", false},
    {"0.00001", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "0001 fffe 0000 0005 03e8", PD_TAG_PLAIN,
     "302e3030303031", false},
    {"0.00", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "0000 0000 0000 0002", PD_TAG_PLAIN, "302e3030",
     false},
    {"a zero has no sign", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "0000 0000 4000 0000", PD_TAG_PLAIN,
     "30", false},
    {"digits behind the scale have none either", PG_FORM_NUMERIC, TYPE(DECIMAL, ),
     "0001 ffff 4000 0002 0063", PD_TAG_PLAIN, "302e3030", false},
    {"10000", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "0001 0001 0000 0000 0001", PD_TAG_PLAIN,
     "3130303030", false},
    {"zeros before the first digit", PG_FORM_NUMERIC, TYPE(DECIMAL, ),
     "0003 0001 0000 0000 0000 0007 0000", PD_TAG_PLAIN, "37", false},
    {"12.34 as an integer", PG_FORM_NUMERIC, TYPE(DECIMAL, .precision = 10, .scale = 2),
     "0002 0000 0000 0002 000c 0d48", PD_TAG_PLAIN, "d2040000000000000000000000000000", false},
    {"-1e37 as an integer", PG_FORM_NUMERIC, TYPE(DECIMAL, .precision = 38),
     "0001 0009 4000 0000 000a", PD_TAG_PLAIN, "0000000060c90bff26b9252aef117af8", false},
    {"another scale than the column's", PG_FORM_NUMERIC, TYPE(DECIMAL, .precision = 10, .scale = 2),
     "0002 0000 0000 0001 000c 0bb8", PD_TAG_NATIVE, "31322e33", false},
    {"more digits than the column's", PG_FORM_NUMERIC, TYPE(DECIMAL, .precision = 4, .scale = 2),
     "0002 0000 0000 0002 007b 0bb8", PD_TAG_NATIVE, "3132332e3330", false},
    {"digits behind the scale", PG_FORM_NUMERIC, TYPE(DECIMAL, .precision = 4, .scale = 2),
     "0002 0000 0000 0002 0001 0001", PD_TAG_NATIVE, "312e3030", false},
    {"numeric(3,-2)", PG_FORM_NUMERIC, TYPE(DECIMAL, .precision = 3, .scale = -2),
     "0002 0001 0000 0000 0001 08fc", PD_TAG_PLAIN, "3132333030", false},
    {"NaN", PG_FORM_NUMERIC, TYPE(DECIMAL, .precision = 4, .scale = 2), "0000 0000 c000 0000",
     PD_TAG_NAN, "", false},
    {"infinity", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "0000 0000 d000 0020", PD_TAG_POS_INF, "",
     false},
    {"minus infinity", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "0000 0000 f000 0020", PD_TAG_NEG_INF, "",
     false},
    {"a digit of 10000", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "0001 0000 0000 0000 2710", 0, "", true},
    {"fewer digits than said", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "7fff 0000 0000 0000 0001", 0, "",
     true},
    {"less than no digit", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "ffff 0000 0000 0000", 0, "", true},
    {"a sign of its own", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "0000 0000 1234 0000", 0, "", true},
    {"a scale that no server has", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "0000 0000 0000 ffff", 0, "",
     true},
    {"a number without its head", PG_FORM_NUMERIC, TYPE(DECIMAL, ), "0000 0000 00", 0, "", true},
};

static const struct sample times[] = {
    {"1970-01-01", PG_FORM_DATE, TYPE(DATE, ), "ffffd533", PD_TAG_PLAIN, "00000000", false},
    {"infinity", PG_FORM_DATE, TYPE(DATE, ), "7fffffff", PD_TAG_POS_INF, "", false},
    {"minus infinity", PG_FORM_DATE, TYPE(DATE, ), "80000000", PD_TAG_NEG_INF, "", false},
    {"a day that no server has", PG_FORM_DATE, TYPE(DATE, ), "7ffffffe", 0, "", true},
    {"24:00", PG_FORM_TIME, TYPE(TIME, .precision = 6), "000000141dd76000", PD_TAG_PLAIN,
     "0060d71d14000000", false},
    {"a time beyond it", PG_FORM_TIME, TYPE(TIME, .precision = 6), "000000141dd76001", 0, "", true},
    {"00:00:01+05:30", PG_FORM_TIMETZ, TYPE(TIMETZ, .precision = 6), "00000000000f4240 ffffb2a8",
     PD_TAG_PLAIN, "40420f0000000000a8b2ffff", false},
    {"a zone of 16 hours", PG_FORM_TIMETZ, TYPE(TIMETZ, .precision = 6),
     "00000000000f4240 0000e100", 0, "", true},
    {"2000-01-01", PG_FORM_TIMESTAMP, TYPE(TIMESTAMP, .precision = 6), "0000000000000000",
     PD_TAG_PLAIN, "00e0373b015d0300", false},
    {"last of 64 bits since 1970", PG_FORM_TIMESTAMP, TYPE(TIMESTAMP, .precision = 6),
     "7ffca2fec4c81fff", PD_TAG_PLAIN, "ffffffffffffff7f", false},
    {"one more", PG_FORM_TIMESTAMP, TYPE(TIMESTAMP, .precision = 6), "7ffca2fec4c82000", PD_TAG_FAR,
     "3239343234372d30312d31302030343a30303a35342e373735383038", false},
    {"one more, with a zone", PG_FORM_TIMESTAMP, TYPE(TIMESTAMPTZ, .precision = 6),
     "7ffca2fec4c82000", PD_TAG_FAR,
     "3239343234372d30312d31302030343a30303a35342e3737353830382b3030", false},
    {"infinity", PG_FORM_TIMESTAMP, TYPE(TIMESTAMPTZ, .precision = 6), "7fffffffffffffff",
     PD_TAG_POS_INF, "", false},
    {"a moment that no server has", PG_FORM_TIMESTAMP, TYPE(TIMESTAMP, .precision = 6),
     "7ffffffffffffffe", 0, "", true},
    {"an interval", PG_FORM_INTERVAL, TYPE(INTERVAL, ), "fffffffffffffffe 00000003 80000000",
     PD_TAG_PLAIN, "feffffffffffffff0300000000000080", false},
    {"infinite interval", PG_FORM_INTERVAL, TYPE(INTERVAL, ), "7fffffffffffffff 7fffffff 7fffffff",
     PD_TAG_POS_INF, "", false},
    {"15 bytes of an interval", PG_FORM_INTERVAL, TYPE(INTERVAL, ),
     "7fffffffffffffff 7fffffff 7fffff", 0, "", true},
};

static const struct sample texts[] = {
    {"text", PG_FORM_STRING, TYPE(TEXT, ), "c3a920", PD_TAG_PLAIN, "c3a920", false},
    {"no text", PG_FORM_STRING, TYPE(TEXT, ), "", PD_TAG_PLAIN, "", false},
    {"overlong NUL", PG_FORM_STRING, TYPE(TEXT, ), "c080", PD_TAG_BADTEXT, "c080", false},
    {"a surrogate", PG_FORM_TEXT, TYPE(XML, ), "eda080", PD_TAG_BADTEXT, "eda080", false},
    {"beyond U+10FFFF", PG_FORM_STRING, TYPE(JSON, ), "f4908080", PD_TAG_BADTEXT, "f4908080",
     false},
    {"U+10FFFF", PG_FORM_STRING, TYPE(TEXT, ), "f48fbfbf", PD_TAG_PLAIN, "f48fbfbf", false},
    {"cut in a character", PG_FORM_STRING, TYPE(TEXT, ), "61626364656667c3", PD_TAG_BADTEXT,
     "61626364656667c3", false},
    {"char is trimmed", PG_FORM_BPCHAR, TYPE(CHAR, .length = 5), "6120622020", PD_TAG_PLAIN,
     "612062", false},
    {"bytes", PG_FORM_BYTEA, TYPE(BINARY, ), "00ff", PD_TAG_PLAIN, "00ff", false},
    {"jsonb", PG_FORM_JSONB, TYPE(JSONB, ), "017b7d", PD_TAG_PLAIN, "7b7d", false},
    {"jsonb of version 2", PG_FORM_JSONB, TYPE(JSONB, ), "027b7d", 0, "", true},
    {"jsonb without a version", PG_FORM_JSONB, TYPE(JSONB, ), "", 0, "", true},
    {"bits", PG_FORM_BIT, TYPE(VARBIT, ), "00000005 a8", PD_TAG_PLAIN, "3130313031", false},
    {"no bits", PG_FORM_BIT, TYPE(VARBIT, ), "00000000", PD_TAG_PLAIN, "", false},
    {"more bits than bytes", PG_FORM_BIT, TYPE(VARBIT, ), "00000009 a8", 0, "", true},
    {"fewer than no bits", PG_FORM_BIT, TYPE(VARBIT, ), "ffffffff a8", 0, "", true},
    {"uuid", PG_FORM_UUID, TYPE(UUID, ), "00112233445566778899aabbccddeeff", PD_TAG_PLAIN,
     "00112233445566778899aabbccddeeff", false},
    {"a short uuid", PG_FORM_UUID, TYPE(UUID, ), "00112233445566778899aabbccddee", 0, "", true},
};

/* The texts are checked as such below. */
static const struct {
    const char *hex;
    uint16_t kind;
    const char *text; /* NULL: a fault */
} addresses[] = {
    {"02 18 00 04 c0a80001", PD_KIND_INET, "192.168.0.1/24"},
    {"02 20 00 04 c0a80001", PD_KIND_INET, "192.168.0.1"},
    {"02 20 01 04 c0a80001", PD_KIND_CIDR, "192.168.0.1/32"},
    {"03 80 00 10 00000000000000000000000000000000", PD_KIND_INET, "::"},
    {"03 00 01 10 00000000000000000000000000000000", PD_KIND_CIDR, "::/0"},
    {"03 80 00 10 00000000000000000000000000000002", PD_KIND_INET, "::2"},
    {"03 60 00 10 00000000000000000000ffff01020304", PD_KIND_INET, "::ffff:1.2.3.4/96"},
    {"03 80 00 10 00000000000000000000000001020304", PD_KIND_INET, "::1.2.3.4"},
    {"03 80 00 10 20010db8000000000001000000000001", PD_KIND_INET, "2001:db8::1:0:0:1"},
    {"03 80 00 10 00010000000300040005000600070008", PD_KIND_INET, "1:0:3:4:5:6:7:8"},
    {"03 80 00 10 ffff0000000000000000000000000000", PD_KIND_INET, "ffff::"},
    {"02 21 00 04 c0a80001", PD_KIND_INET, NULL},
    {"02 18 00 10 c0a80001", PD_KIND_INET, NULL},
    {"04 18 00 04 c0a80001", PD_KIND_INET, NULL},
    {"02 18 00 04 c0a800", PD_KIND_INET, NULL},
    {"03 80 00 10 ffff", PD_KIND_INET, NULL},
    {"02 18", PD_KIND_INET, NULL},
    {"08002b010203", PD_KIND_MACADDR, "08:00:2b:01:02:03"},
    {"08002b0102030405", PD_KIND_MACADDR8, "08:00:2b:01:02:03:04:05"},
    {"08002b01020304", PD_KIND_MACADDR, NULL},
};

static void
every_number_comes_out_exactly(void **state)
{
    size_t i;

    for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
        check_sample(&numbers[i]);
}

static void
decimals_keep_their_digits_and_scale(void **state)
{
    size_t i;

    for (i = 0; i < sizeof decimals / sizeof *decimals; i++)
        check_sample(&decimals[i]);
}

static void
dates_and_times_are_counted_from_1970(void **state)
{
    size_t i;

    for (i = 0; i < sizeof times / sizeof *times; i++)
        check_sample(&times[i]);
}

static void
text_that_is_not_valid_is_an_outlier(void **state)
{
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++)
        check_sample(&texts[i]);
}

static void
addresses_are_spelt_as_the_server_prints_them(void **state)
{
    size_t i, k;

    for (i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        char want[MOST_BYTES] = "";
        bool is_mac = addresses[i].kind == PD_KIND_MACADDR || addresses[i].kind == PD_KIND_MACADDR8;
        struct sample sample = {
            .name = addresses[i].hex,
            .form = is_mac ? PG_FORM_MAC : PG_FORM_INET,
            .type = {.struct_size = sizeof(struct pd_type), .kind = addresses[i].kind},
            .hex = addresses[i].hex,
            .want = want,
            .is_fault = !addresses[i].text};

        for (k = 0; addresses[i].text && addresses[i].text[k]; k++)
            snprintf(want + 2 * k, 3, "%02x", (unsigned char)addresses[i].text[k]);
        check_sample(&sample);
    }
}

/* ---- Rows that were tampered with ---- */

struct row {
    struct pd_column columns[MOST_COLUMNS];
    struct pg_column pg_columns[MOST_COLUMNS];
    struct pd_table table;
    struct pg_table pg_table;
    struct pg pg;
    struct pd_builder builder;
    struct decoder decoder;
    uint8_t bytes[4096];
    size_t size;
};

static void
row_add(struct row *row, const struct sample *sample)
{
    size_t n = row->table.n_columns++;
    size_t size = from_hex(sample->hex, row->bytes + row->size + 4);

    row->columns[n] = (struct pd_column){
        .struct_size = sizeof(struct pd_column), .name = "c", .type = sample->type};
    row->pg_columns[n] = (struct pg_column){.name = "c", .form = sample->form, .is_stored = true};
    memcpy(row->bytes + row->size, (const uint8_t[4]){0, 0, 0, (uint8_t)size}, 4);
    row->size += 4 + size;
}

/* A column of nearly every form. */
static void
row_open(struct row *row)
{
    static const struct {
        const struct sample *samples;
        size_t n;
    } groups[] = {{numbers, sizeof numbers / sizeof *numbers},
                  {decimals, 8},
                  {texts, sizeof texts / sizeof *texts},
                  {times, sizeof times / sizeof *times}};
    size_t i, k;

    memset(row, 0, sizeof *row);
    row->table.name = "t";
    row->table.columns = row->columns;
    row->table.column_size = sizeof(struct pd_column);
    row->pg_table.columns = row->pg_columns;
    row->pg.host = &host;
    for (i = 0; i < 4; i++) {
        for (k = 0; k < groups[i].n; k += 2) {
            if (!groups[i].samples[k].is_fault && row->table.n_columns < MOST_COLUMNS)
                row_add(row, &groups[i].samples[k]);
        }
    }
    assert_int_equal(pd_builder_open(&row->builder, &host, (uint32_t)row->table.n_columns), PD_OK);
    assert_int_equal(
        decode_open(&row->decoder, &row->pg, &row->table, &row->pg_table, &row->builder, NULL),
        PD_OK);
    assert_int_equal(pd_builder_begin(&row->builder), PD_OK);
}

static void
row_close(struct row *row)
{
    decode_close(&row->decoder);
    pd_builder_close(&row->builder);
}

/* Decodes size bytes that have nothing behind them. */
static bool
row_decode(struct row *row, const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    bool done;

    memcpy(exact, bytes, size);
    row->builder.n_rows = 0;
    row->builder.n_bytes = 0;
    done = decode_row(&row->decoder, exact, exact + size);
    free(exact);
    return done;
}

static void
a_row_is_taken_whole_and_in_no_other_length(void **state)
{
    struct row row;
    size_t size;

    row_open(&row);
    assert_true(row_decode(&row, row.bytes, row.size));
    row_close(&row);
    row_open(&row);
    for (size = 0; size < row.size; size++)
        assert_false(row_decode(&row, row.bytes, size));
    assert_false(row_decode(&row, row.bytes, row.size + 1));
    assert_non_null(strstr(row.decoder.fault, "more than its columns"));
    row_close(&row);
}

static uint32_t
next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void
no_byte_that_a_server_sends_makes_it_read_too_far(void **state)
{
    uint32_t seed = 7, tries, k, n_taken = 0;

    for (tries = 0; tries < 4000; tries++) {
        struct row row;

        row_open(&row);
        for (k = 0; k < 1 + tries % 4; k++)
            row.bytes[next_random(&seed) % row.size] = (uint8_t)next_random(&seed);
        n_taken += row_decode(&row, row.bytes, row.size);
        row_close(&row);
    }
    /* Some bytes are free to be anything. */
    assert_true(n_taken > 400 && n_taken < 3600);
}

static void
a_length_of_2_gigabytes_is_broken(void **state)
{
    struct row row;

    row_open(&row);
    memcpy(row.bytes, "\x7f\xff\xff\xff", 4);
    assert_false(row_decode(&row, row.bytes, row.size));
    memcpy(row.bytes, "\xff\xff\xff\xfe", 4);
    assert_false(row_decode(&row, row.bytes, row.size));
    row_close(&row);
}

/* ---- Long cells ---- */

static void
digits_of_bits_are_made_from_any_place(void **state)
{
    static const uint8_t bits[] = {0xa8, 0x0f, 0x80};
    char digits[18] = "";

    decode_bits(bits, 0, digits, 17);
    assert_string_equal(digits, "10101000000011111");
    decode_bits(bits, 3, digits, 5);
    assert_memory_equal(digits, "01000", 5);
    assert_int_equal(decode_bit_count((const uint8_t *)"\0\0\0\x11\xa8\x0f\x80", 7), 17);
    assert_int_equal(decode_bit_count((const uint8_t *)"\0\0\0\x11\xa8\x0f", 6), -1);
}

static void
a_type_that_its_form_does_not_fit_is_refused(void **state)
{
    struct pd_column column = {.struct_size = sizeof column, .name = "c", .type = TYPE(INT16, )};
    struct pg_column pg_column = {.name = "c", .form = PG_FORM_INT8, .is_stored = true};
    struct pd_table table = {
        .name = "t", .columns = &column, .n_columns = 1, .column_size = sizeof column};
    struct pg_table pg_table = {.columns = &pg_column};
    struct pg pg = {.host = &host};
    struct pd_builder builder;
    struct decoder decoder;

    assert_int_equal(pd_builder_open(&builder, &host, 1), PD_OK);
    assert_int_equal(decode_open(&decoder, &pg, &table, &pg_table, &builder, NULL), PD_FAILED);
    decode_close(&decoder);
    pd_builder_close(&builder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_comes_out_exactly),
        cmocka_unit_test(decimals_keep_their_digits_and_scale),
        cmocka_unit_test(dates_and_times_are_counted_from_1970),
        cmocka_unit_test(text_that_is_not_valid_is_an_outlier),
        cmocka_unit_test(addresses_are_spelt_as_the_server_prints_them),
        cmocka_unit_test(a_row_is_taken_whole_and_in_no_other_length),
        cmocka_unit_test(no_byte_that_a_server_sends_makes_it_read_too_far),
        cmocka_unit_test(a_length_of_2_gigabytes_is_broken),
        cmocka_unit_test(digits_of_bits_are_made_from_any_place),
        cmocka_unit_test(a_type_that_its_form_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
