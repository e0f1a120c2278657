// SPDX-License-Identifier: Apache-2.0
/* Tests of the PostgreSQL plugin's encoder: the bytes of COPY, and what is refused before. */
#include "test_postgresql_encode.h"

/* ---- Numbers ---- */

static void
put_decimal(int64_t high, uint64_t low)
{
    uint64_t half[2] = {low, (uint64_t)high};

    pd_put_fixed(&builder, 0, half);
    pd_builder_row(&builder);
}

static struct pd_type
decimal(int precision, int scale)
{
    return (struct pd_type){.kind = PD_KIND_DECIMAL, .precision = precision, .scale = scale};
}

static void
test_decimals_are_groups_of_four_digits_around_the_point(void **state)
{
    open_one(decimal(10, 2), "numeric(10,2)", PG_FORM_NUMERIC, PD_LAYOUT_I128, 0);
    put_decimal(-1, (uint64_t)-150);
    put_decimal(0, 0);
    put_decimal(0, 1234567890);
    send_batch(false);
    expect_hex("00010000000c0002000040000002"
               "00011388"
               "0001000000080000000000000002"
               "00010000000e0003000100000002"
               "04d2162e2328");
}

static void
test_trailing_and_leading_groups_of_zeros_are_not_sent(void **state)
{
    open_one(decimal(20, 5), "numeric(20,5)", PG_FORM_NUMERIC, PD_LAYOUT_I128, 0);
    put_decimal(0, 1);
    put_decimal(0, UINT64_C(100000000000));
    send_batch(false);
    expect_hex("00010000000a0001fffe00000005"
               "03e8"
               "00010000000a0001000100000005"
               "0064");
}

static void
test_a_decimal_of_38_digits_keeps_them(void **state)
{
    open_one(decimal(38, 37), "numeric(38,37)", PG_FORM_NUMERIC, PD_LAYOUT_I128, 0);
    put_decimal((int64_t)UINT64_C(0x4b3b4ca85a86c47a), UINT64_C(0x098a223fffffffff));
    send_batch(false);
    assert_int_equal(n_rejected, 0);
    expect_hex("00010000001e000b000000000025"
               "0009270f270f270f270f270f270f270f270f270f2328");
}

static void
test_decimal_text_has_a_scale_of_its_own(void **state)
{
    open_one(decimal(0, 0), "numeric", PG_FORM_NUMERIC, PD_LAYOUT_VAR, 0);
    for (size_t i = 0; i < 4; i++) {
        static const char *const values[] = {"1.50", "-0.00001", "100000000", "0.00"};

        pd_put_bytes(&builder, 0, values[i], strlen(values[i]));
        pd_builder_row(&builder);
    }
    pd_put_tagged(&builder, 0, PD_TAG_NAN, NULL, 0);
    pd_builder_row(&builder);
    send_batch(false);
    expect_hex("00010000000c0002000000000002"
               "00011388"
               "00010000000a0001fffe40000005"
               "03e8"
               "00010000000a0001000200000000"
               "0001"
               "0001000000080000000000000002"
               "00010000000800000000c0000000");
}

static void
test_what_numeric_would_round_is_rejected(void **state)
{
    open_one(decimal(10, 2), "numeric(10,2)", PG_FORM_NUMERIC, PD_LAYOUT_I128, 0);
    put_decimal(0, UINT64_C(9999999999));
    put_decimal(0, UINT64_C(10000000000));
    put_decimal(-1, (uint64_t)INT64_C(-10000000000));
    send_batch(false);
    assert_int_equal(n_rejected, 2);
    assert_int_equal(rejected_rows[0], 1);
    assert_int_equal(rejected_rows[1], 2);
    assert_string_equal(rejected[0],
                        "column 'c' (numeric(10,2)): it has more digits before the point");
    expect_hex("00010000000e0003000100000002"
               "270f270f26ac");
}

static void
test_decimal_text_must_fit_its_precision(void **state)
{
    static const struct {
        int precision, scale;
        const char *value;
        bool fits;
    } cases[] = {
        {50, 2, "1.5", true},     {50, 2, "1.555", false},  {3, 5, "0.00123", true},
        {3, 5, "0.01234", false}, {3, 5, "0.00000", true},  {3, -2, "12300", true},
        {3, -2, "12340", false},  {3, -2, "123400", false}, {50, 2, "1e5", false},
        {50, 2, "", false},       {3, 5, "0", true},        {3, -2, "5", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_one(decimal(cases[i].precision, cases[i].scale), "numeric", PG_FORM_NUMERIC,
                 PD_LAYOUT_VAR, 0);
        pd_put_bytes(&builder, 0, cases[i].value, strlen(cases[i].value));
        pd_builder_row(&builder);
        send_batch(false);
        assert_int_equal(n_rejected, cases[i].fits ? 0 : 1);
    }
}

/* ---- Dates and times ---- */

static void
test_dates_count_from_2000(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_DATE}, "date", PG_FORM_DATE, PD_LAYOUT_I32, 0);
    pd_put_int(&builder, 0, 10957);
    pd_builder_row(&builder);
    pd_put_null(&builder, 0);
    pd_builder_row(&builder);
    send_batch(false);
    expect_hex("00010000000400000000"
               "0001ffffffff");
}

static void
test_infinite_dates_have_the_last_numbers(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_DATE}, "date", PG_FORM_DATE, PD_LAYOUT_I32, 0);
    pd_put_tagged(&builder, 0, PD_TAG_POS_INF, NULL, 0);
    pd_builder_row(&builder);
    pd_put_tagged(&builder, 0, PD_TAG_NEG_INF, NULL, 0);
    pd_builder_row(&builder);
    pd_put_int(&builder, 0, 10958);
    pd_builder_row(&builder);
    send_batch(false);
    expect_hex("0001000000047fffffff"
               "00010000000480000000"
               "00010000000400000001");
}

static void
test_a_timestamp_beyond_the_layout_comes_as_text(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_TIMESTAMP, .precision = -1}, "timestamp",
             PG_FORM_TIMESTAMP, PD_LAYOUT_I64, 0);
    pd_put_tagged(&builder, 0, PD_TAG_FAR, "294276-12-31 23:59:59.999999", 28);
    pd_builder_row(&builder);
    pd_put_tagged(&builder, 0, PD_TAG_FAR, "294277-01-01 00:00:00", 21);
    pd_builder_row(&builder);
    send_batch(false);
    assert_int_equal(n_rejected, 1);
    assert_int_equal(rejected_rows[0], 1);
    expect_hex("0001000000087fffff5bb3b29fff");
}

static void
test_what_a_timestamp_would_round_is_rejected(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_TIMESTAMP, .precision = 3}, "timestamp(3)",
             PG_FORM_TIMESTAMP, PD_LAYOUT_I64, 0);
    pd_put_i64(&builder, 0, INT64_C(946684800000000) + 1000);
    pd_builder_row(&builder);
    pd_put_i64(&builder, 0, INT64_C(946684800000000) + 1001);
    pd_builder_row(&builder);
    send_batch(false);
    assert_int_equal(n_rejected, 1);
    assert_int_equal(rejected_rows[0], 1);
    expect_hex("00010000000800000000000003e8");
}

/* ---- Text and bytes ---- */

static void
put_text(const char *text)
{
    pd_put_bytes(&builder, 0, text, strlen(text));
    pd_builder_row(&builder);
}

static void
test_blanks_that_varchar_would_cut_are_rejected(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_TEXT, .length = 3}, "character varying(3)",
             PG_FORM_STRING, PD_LAYOUT_VAR, 0);
    put_text("abc");
    put_text("abc ");
    put_text("\xc3\xa9\xc3\xa9\xc3\xa9");
    put_text("");
    send_batch(false);
    assert_int_equal(n_rejected, 1);
    assert_int_equal(rejected_rows[0], 1);
    assert_string_equal(rejected[0], "column 'c' (character varying(3)): the text is too long");
    expect_hex("000100000003616263"
               "000100000006c3a9c3a9c3a9"
               "000100000000");
}

static void
test_text_with_a_nul_is_rejected(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_TEXT}, "text", PG_FORM_STRING, PD_LAYOUT_VAR, 0);
    pd_put_bytes(&builder, 0, "a\0b", 3);
    pd_builder_row(&builder);
    put_text("c");
    send_batch(false);
    assert_int_equal(n_rejected, 1);
    expect_hex("00010000000163");
}

static void
test_bits_are_packed_from_the_left(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_VARBIT}, "bit varying", PG_FORM_BIT, PD_LAYOUT_VAR,
             0);
    put_text("10101");
    put_text("");
    put_text("111111110");
    send_batch(false);
    expect_hex("00010000000500000005a8"
               "00010000000400000000"
               "00010000000600000009ff00");
}

static void
test_addresses_have_family_and_mask(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_INET}, "inet", PG_FORM_INET, PD_LAYOUT_VAR, 0);
    put_text("192.168.0.1/24");
    put_text("::1");
    put_text("300.1.1.1");
    put_text("10.0.0.1/33");
    send_batch(false);
    assert_int_equal(n_rejected, 2);
    expect_hex("00010000000802180004c0a80001"
               "0001000000140380001000000000000000000000000000000001");
}

static void
test_a_network_has_no_bits_behind_its_mask(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_CIDR}, "cidr", PG_FORM_INET, PD_LAYOUT_VAR, 0);
    put_text("10.1.0.0/16");
    put_text("10.1.1.0/16");
    send_batch(false);
    assert_int_equal(n_rejected, 1);
    expect_hex("000100000008021001040a010000");
}

static void
test_jsonb_begins_with_its_version(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_JSONB}, "jsonb", PG_FORM_JSONB, PD_LAYOUT_VAR, 0);
    put_text("{}");
    pd_put_null(&builder, 0);
    pd_builder_row(&builder);
    send_batch(false);
    expect_hex("000100000003017b7d"
               "0001ffffffff");
}

/* ---- Rows ---- */

static void
test_many_rows_of_two_columns_stay_in_order(void **state)
{
    size_t at = 0;

    open_table(2);
    open_column(0, (struct pd_type){.kind = PD_KIND_INT32}, "integer", PG_FORM_INT4, PD_LAYOUT_I32,
                0);
    open_column(1, (struct pd_type){.kind = PD_KIND_TEXT}, "text", PG_FORM_STRING, PD_LAYOUT_VAR,
                0);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    for (int i = 0; i < 1000; i++) {
        pd_put_int(&builder, 0, i);
        if (i % 7 == 0)
            pd_put_null(&builder, 1);
        else
            pd_put_bytes(&builder, 1, "0123456789", (size_t)i % 11);
        pd_builder_row(&builder);
    }
    send_batch(false);
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t value, size;

        assert_memory_equal(sent + at, "\0\2\0\0\0\4", 6);
        memcpy(&value, sent + at + 6, 4);
        memcpy(&size, sent + at + 10, 4);
        assert_int_equal(be32toh(value), i);
        assert_int_equal(be32toh(size), i % 7 ? i % 11 : UINT32_MAX);
        at += 14 + (i % 7 ? i % 11 : 0);
    }
    assert_int_equal(at, n_sent);
}

static void
test_a_row_that_is_larger_than_the_buffer_is_sent_whole(void **state)
{
    static char large[3 * ENCODE_ROOM];

    memset(large, 'x', sizeof large);
    open_one((struct pd_type){.kind = PD_KIND_TEXT}, "text", PG_FORM_STRING, PD_LAYOUT_VAR, 0);
    put_text("before");
    pd_put_bytes(&builder, 0, large, sizeof large);
    pd_builder_row(&builder);
    put_text("after");
    send_batch(false);
    assert_int_equal(n_sent, 12 + 6 + sizeof large + 11);
    assert_memory_equal(sent, "\0\1\0\0\0\6before\0\1\0\x0c\0\0x", 19);
    assert_memory_equal(sent + n_sent - 12, "x\0\1\0\0\0\5after", 12);
}

static void
test_a_table_without_columns_has_empty_rows(void **state)
{
    open_table(0);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    pd_builder_row(&builder);
    pd_builder_row(&builder);
    send_batch(false);
    expect_hex("00000000");
}

/* ---- Text format ---- */

static void
test_text_escapes_what_copy_takes_for_its_own(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_TEXT}, "text", PG_FORM_STRING, PD_LAYOUT_VAR, 0);
    put_text("\\.");
    put_text("\\N");
    put_text("a\tb\nc\rd\be\ff\vg\\");
    put_text("");
    pd_put_null(&builder, 0);
    pd_builder_row(&builder);
    send_batch(true);
    expect_text("\\\\.\n"
                "\\\\N\n"
                "a\\tb\\nc\\rd\\be\\ff\\vg\\\\\n"
                "\n"
                "\\N\n");
}

static void
test_text_of_times_is_what_the_server_reads(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_TIMESTAMPTZ, .precision = -1},
             "timestamp with time zone", PG_FORM_TIMESTAMP, PD_LAYOUT_I64, 0);
    pd_put_i64(&builder, 0, 0);
    pd_builder_row(&builder);
    pd_put_i64(&builder, 0, -1);
    pd_builder_row(&builder);
    pd_put_i64(&builder, 0, INT64_C(-62135596800000001));
    pd_builder_row(&builder);
    send_batch(true);
    expect_text("1970-01-01 00:00:00+00\n"
                "1969-12-31 23:59:59.999999+00\n"
                "0001-12-31 23:59:59.999999+00 BC\n");
}

static void
test_text_of_decimals_has_all_their_digits(void **state)
{
    open_one(decimal(10, 4), "numeric(10,4)", PG_FORM_NUMERIC, PD_LAYOUT_I128, 0);
    put_decimal(0, 1);
    put_decimal(-1, (uint64_t)-123456);
    put_decimal(0, 0);
    send_batch(true);
    expect_text("0.0001\n-12.3456\n0.0000\n");
}

static void
test_text_of_bytes_is_hexadecimal(void **state)
{
    open_one((struct pd_type){.kind = PD_KIND_BINARY}, "bytea", PG_FORM_BYTEA, PD_LAYOUT_VAR, 0);
    pd_put_bytes(&builder, 0, "\0\xff\\", 3);
    pd_builder_row(&builder);
    put_text("");
    send_batch(true);
    expect_text("\\\\x00ff5c\n\\\\x\n");
}

/* ---- Long cells ---- */

static pd_status
read_pattern(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
             size_t size, struct pd_error *err)
{
    for (size_t i = 0; i < size; i++)
        ((char *)buffer)[i] = (char)('a' + (offset + i) % 26);
    return PD_OK;
}

static const struct pd_source_ops pattern_ops = {.struct_size = sizeof pattern_ops,
                                                 .read_long = read_pattern};

static void
send_long(uint64_t size, uint64_t length)
{
    struct pd_rejects rejects = {.struct_size = sizeof rejects, .add = rejects_add};
    struct encode_long from = {&pattern_ops, NULL};
    const struct pd_batch *batch;

    open_one((struct pd_type){.kind = PD_KIND_TEXT, .length = length}, "text", PG_FORM_STRING,
             PD_LAYOUT_VAR, 0);
    pd_put_long(&builder, 0, PD_TAG_PLAIN, size, 0);
    pd_builder_row(&builder);
    batch = pd_builder_finish(&builder);
    memset(&encoder, 0, sizeof encoder);
    assert_int_equal(encode_open(&encoder, &host, &target, NULL), PD_OK);
    encode_begin(&encoder, NULL, NULL);
    assert_int_equal(encode_batch(&encoder, batch, false, &rejects, NULL), PD_OK);
    assert_int_equal(encode_long_check(&encoder, &from), PD_OK);
    assert_int_equal(encode_long_row(&encoder, &from), PD_OK);
    assert_int_equal(encode_end(&encoder, NULL), PD_OK);
    encode_close(&encoder);
    batch->release(batch);
    pd_builder_close(&builder);
}

static void
test_a_long_cell_is_sent_in_slices(void **state)
{
    send_long(1000000, 0);
    assert_int_equal(n_rejected, 0);
    assert_int_equal(n_sent, 19 + 6 + 1000000 + 2);
    assert_memory_equal(sent + 19,
                        "\0\1\0\x0f\x42\x40"
                        "abc",
                        9);
    for (size_t i = 0; i < 1000000; i++) {
        if (sent[25 + i] != 'a' + i % 26)
            fail_msg("byte %zu is another", i);
    }
}

static void
test_a_long_cell_that_is_too_long_is_rejected_before_a_byte_of_it_is_sent(void **state)
{
    send_long(1000000, 999999);
    assert_int_equal(n_rejected, 1);
    assert_string_equal(rejected[0], "column 'c' (text): the text is too long");
    assert_int_equal(n_sent, 21);
}

static void
test_a_cell_of_a_gibibyte_is_rejected(void **state)
{
    send_long(UINT64_C(1) << 30, 0);
    assert_int_equal(n_rejected, 1);
    assert_int_equal(n_sent, 21);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimals_are_groups_of_four_digits_around_the_point),
        cmocka_unit_test(test_trailing_and_leading_groups_of_zeros_are_not_sent),
        cmocka_unit_test(test_a_decimal_of_38_digits_keeps_them),
        cmocka_unit_test(test_decimal_text_has_a_scale_of_its_own),
        cmocka_unit_test(test_what_numeric_would_round_is_rejected),
        cmocka_unit_test(test_decimal_text_must_fit_its_precision),
        cmocka_unit_test(test_dates_count_from_2000),
        cmocka_unit_test(test_infinite_dates_have_the_last_numbers),
        cmocka_unit_test(test_a_timestamp_beyond_the_layout_comes_as_text),
        cmocka_unit_test(test_what_a_timestamp_would_round_is_rejected),
        cmocka_unit_test(test_blanks_that_varchar_would_cut_are_rejected),
        cmocka_unit_test(test_text_with_a_nul_is_rejected),
        cmocka_unit_test(test_bits_are_packed_from_the_left),
        cmocka_unit_test(test_addresses_have_family_and_mask),
        cmocka_unit_test(test_a_network_has_no_bits_behind_its_mask),
        cmocka_unit_test(test_jsonb_begins_with_its_version),
        cmocka_unit_test(test_many_rows_of_two_columns_stay_in_order),
        cmocka_unit_test(test_a_row_that_is_larger_than_the_buffer_is_sent_whole),
        cmocka_unit_test(test_a_table_without_columns_has_empty_rows),
        cmocka_unit_test(test_text_escapes_what_copy_takes_for_its_own),
        cmocka_unit_test(test_text_of_times_is_what_the_server_reads),
        cmocka_unit_test(test_text_of_decimals_has_all_their_digits),
        cmocka_unit_test(test_text_of_bytes_is_hexadecimal),
        cmocka_unit_test(test_a_long_cell_is_sent_in_slices),
        cmocka_unit_test(test_a_long_cell_that_is_too_long_is_rejected_before_a_byte_of_it_is_sent),
        cmocka_unit_test(test_a_cell_of_a_gibibyte_is_rejected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
