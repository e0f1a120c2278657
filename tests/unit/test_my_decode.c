// SPDX-License-Identifier: Apache-2.0
/* Tests of the MariaDB plugin's decoder: what each form of the binary protocol becomes, and that
   nothing a server may send is read beyond its end. */
#include "test_my_decode.h"

/* ---- One column, one value ---- */

static void
check_plain(const struct sample *sample, const struct pd_vector *v)
{
    uint8_t want[MOST_BYTES];
    size_t n = from_hex(sample->want, want);
    const uint8_t *data = v->data;

    if (v->layout == PD_LAYOUT_BITS) {
        assert_int_equal(data[0] & 1, want[0]);
        return;
    }
    if (v->offsets)
        assert_int_equal(v->offsets[1], n);
    else
        assert_int_equal(v->width, n);
    assert_memory_equal(data, want, n);
}

/* One outlier in one row turns the vector into TAGGED. */
static void
check_outlier(const struct sample *sample, const struct pd_vector *v)
{
    uint8_t want[MOST_BYTES];
    size_t n = from_hex(sample->want, want);

    assert_int_equal(v->layout, PD_LAYOUT_TAGGED);
    assert_int_equal(v->tags[0], sample->tag);
    assert_int_equal(v->offsets[1], n);
    if (n)
        assert_memory_equal(v->data, want, n);
}

static void
check_batch(const struct sample *sample, const struct pd_batch *batch)
{
    assert_non_null(batch);
    assert_int_equal(batch->n_rows, 1);
    if (!sample->hex)
        assert_int_equal(batch->vectors[0].n_nulls, 1);
    else if (sample->tag == PD_TAG_PLAIN)
        check_plain(sample, &batch->vectors[0]);
    else
        check_outlier(sample, &batch->vectors[0]);
    batch->release(batch);
}

static void
check_sample(const struct sample *sample)
{
    struct world w;
    uint8_t *memory = NULL;
    bool done;

    assert_int_equal(world_open(&w, sample, 1), PD_OK);
    assert_true(world_bind(&w));
    world_row(&w, sample, SIZE_MAX, &memory);
    done = decode_row(&w.decoder);
    if (done == sample->is_fault)
        print_error("sample '%s'\n", sample->name);
    assert_int_equal(done, !sample->is_fault);
    if (done)
        check_batch(sample, pd_builder_finish(&w.builder));
    else
        assert_non_null(w.decoder.fault);
    free(memory);
    world_close(&w);
}

static const struct sample numbers[] = {
    {"tinyint", TYPE(INT8), FORM(INT, .size = 1), WIRE(TINY), "80", 0, "80"},
    {"tinyint unsigned", TYPE(UINT8), FORM(INT, .size = 1, .is_unsigned = true), WIRE(TINY), "ff",
     0, "ff"},
    {"smallint", TYPE(INT16), FORM(INT, .size = 2), WIRE(SHORT), "0180", 0, "0180"},
    {"mediumint", TYPE(INT32), FORM(INT, .size = 4), WIRE(INT24), "000080ff", 0, "000080ff"},
    {"int unsigned", TYPE(UINT32), FORM(INT, .size = 4, .is_unsigned = true), WIRE(LONG),
     "ffffffff", 0, "ffffffff"},
    {"bigint", TYPE(INT64), FORM(INT, .size = 8), WIRE(LONGLONG), "0000000000000080", 0,
     "0000000000000080"},
    {"bigint unsigned", TYPE(UINT64), FORM(INT, .size = 8, .is_unsigned = true), WIRE(LONGLONG),
     "ffffffffffffffff", 0, "ffffffffffffffff"},
    {"a null", TYPE(INT64), FORM(INT, .size = 8), WIRE(LONGLONG), NULL, 0, NULL},
    {"true", TYPE(BOOL), FORM(INT, .size = 1), WIRE(TINY), "01", 0, "01"},
    {"a bool whose check was switched off", TYPE(BOOL), FORM(INT, .size = 1), WIRE(TINY), "80",
     PD_TAG_INT, "80ffffffffffffff"},
    {"year", TYPE(YEAR), FORM(YEAR), WIRE(YEAR), "6b08", 0, "6b08"},
    {"year 0", TYPE(YEAR), FORM(YEAR), WIRE(YEAR), "0000", 0, "0000"},
    {"year(2) 69", TYPE(YEAR), FORM(YEAR), WIRE(YEAR), "4500", 0, "1508", .native = "year(2)"},
    {"year(2) 70", TYPE(YEAR), FORM(YEAR), WIRE(YEAR), "4600", 0, "b207", .native = "year(2)"},
    {"float", TYPE(FLOAT32), FORM(FLOAT), WIRE(FLOAT), "cdcccc3d", 0, "cdcccc3d"},
    {"a float's NaN is normalised", TYPE(FLOAT32), FORM(FLOAT), WIRE(FLOAT), "0100c0ff", 0,
     "0000c07f"},
    {"double", TYPE(FLOAT64), FORM(DOUBLE), WIRE(DOUBLE), "0000000000000080", 0,
     "0000000000000080"},
    {"a double's NaN is normalised", TYPE(FLOAT64), FORM(DOUBLE), WIRE(DOUBLE), "010000000000f8ff",
     0, "000000000000f87f"},
    {"a bit", TYPE(BIT, .length = 1), FORM(BIT), WIRE(BIT), "01 01", 0, "31"},
    {"ten bits", TYPE(BIT, .length = 10), FORM(BIT), WIRE(BIT), "02 0201", 0,
     "31303030303030303031"},
    {"bits beyond the length", TYPE(BIT, .length = 10), FORM(BIT), WIRE(BIT), "02 0401", 0, "",
     true},
    {"too few bits", TYPE(BIT, .length = 10), FORM(BIT), WIRE(BIT), "01 01", 0, "", true},
    {"no bits", TYPE(BIT, .length = 1), FORM(BIT), WIRE(BIT), "00", 0, "", true},
};

#define DECIMAL(p, s) TYPE(DECIMAL, .precision = p, .scale = s), FORM(DECIMAL), WIRE(NEWDECIMAL)

static const struct sample decimals[] = {
    {"-12.34", DECIMAL(10, 2), "06 2d31322e3334", 0, "2efbffffffffffffffffffffffffffff"},
    {"0.05", DECIMAL(10, 2), "04 302e3035", 0, "05000000000000000000000000000000"},
    {"filled up with zeros", DECIMAL(10, 2), "0b 30303030303031322e3530", 0,
     "e2040000000000000000000000000000"},
    {"a negative zero", DECIMAL(10, 2), "05 2d302e3030", 0, "00000000000000000000000000000000"},
    {"38 nines", DECIMAL(38, 0),
     "26 3939393939393939393939393939393939393939393939393939393939393939393939393939", 0,
     "ffffffff3f228a097ac4865aa84c3b4b"},
    {"minus 38 nines", DECIMAL(38, 0),
     "27 2d3939393939393939393939393939393939393939393939393939393939393939393939393939", 0,
     "01000000c0dd75f6853b79a557b3c4b4"},
    {"of 39 digits, as text", DECIMAL(39, 2), "05 2d302e3530", 0, "2d302e3530"},
    {"text without zeros in front", DECIMAL(65, 3), "07 3030302e303130", 0, "302e303130"},
    {"zero as text has no sign", DECIMAL(65, 1), "04 2d302e30", 0, "302e30"},
    {"another scale", DECIMAL(10, 2), "03 312e35", 0, "", true},
    {"too many digits", DECIMAL(4, 2), "06 3132332e3435", 0, "", true},
    {"no digit", DECIMAL(10, 0), "01 2d", 0, "", true},
    {"nothing", DECIMAL(10, 0), "00", 0, "", true},
    {"an exponent", DECIMAL(10, 0), "03 316530", 0, "", true},
    {"a point and no digit", DECIMAL(10, 0), "02 312e", 0, "", true},
};

#define DATE TYPE(DATE), FORM(DATE), WIRE(DATE)
#define STAMP(n) TYPE(TIMESTAMP, .precision = n), FORM(DATETIME), WIRE(DATETIME)
#define CLOCK TYPE(TIME, .precision = 6), FORM(TIME), WIRE(TIME)

static const struct sample times[] = {
    {"1970-01-01", DATE, "04 b207 01 01", 0, "00000000"},
    {"2024-02-29", DATE, "04 e807 02 1d", 0, "464d0000"},
    {"9999-12-31", DATE, "04 0f27 0c 1f", 0, "a0c02c00"},
    {"0001-01-01", DATE, "04 0100 01 01", 0, "c606f5ff"},
    {"0000-12-31", DATE, "04 0000 0c 1f", 0, "c506f5ff"},
    {"0000-03-01", DATE, "04 0000 03 01", 0, "9405f5ff"},
    {"0000-01-01", DATE, "04 0000 01 01", 0, "5805f5ff"},
    {"0000-02-29, which the server does not know", DATE, "04 0000 02 1d", PD_TAG_YMD,
     "303030302d30322d3239"},
    {"a zero date", DATE, "00", PD_TAG_YMD, "303030302d30302d3030"},
    {"2024-00-15", DATE, "04 e807 00 0f", PD_TAG_YMD, "323032342d30302d3135"},
    {"2024-01-00", DATE, "04 e807 01 00", PD_TAG_YMD, "323032342d30312d3030"},
    {"2023-02-29", DATE, "04 e707 02 1d", PD_TAG_YMD, "323032332d30322d3239"},
    {"1900-02-29", DATE, "04 6c07 02 1d", PD_TAG_YMD, "313930302d30322d3239"},
    {"2024-04-31", DATE, "04 e807 04 1f", PD_TAG_YMD, "323032342d30342d3331"},
    {"month 13", DATE, "04 e807 0d 01", 0, "", true},
    {"year 10000", DATE, "04 1027 01 01", 0, "", true},
    {"a date with a clock", DATE, "07 e807 01 01 00 00 00", 0, "", true},
    {"a date of 3 bytes", DATE, "03 e807 01", 0, "", true},
    {"2024-02-03 04:05:06.000007", STAMP(6), "0b e807 02 03 04 05 06 07000000", 0,
     "8740705572100600"},
    {"midnight", STAMP(6), "04 b207 01 02", 0, "0060d71d14000000"},
    {"a second before 1970", STAMP(0), "07 b107 0c 1f 17 3b 3b", 0, "c0bdf0ffffffffff"},
    {"a zero moment", STAMP(3), "00", PD_TAG_YMD, "303030302d30302d30302030303a30303a30302e303030"},
    {"half a date with a clock", STAMP(0), "07 e807 00 00 0c 22 38", PD_TAG_YMD,
     "323032342d30302d30302031323a33343a3536"},
    {"no such day, with microseconds", STAMP(6), "0b e807 02 1f 00 00 00 01000000", PD_TAG_YMD,
     "323032342d30322d33312030303a30303a30302e303030303031"},
    {"hour 24", STAMP(0), "07 e807 01 01 18 00 00", 0, "", true},
    {"a second too many", STAMP(0), "07 e807 01 01 00 00 3c", 0, "", true},
    {"a million microseconds", STAMP(6), "0b e807 01 01 00 00 00 40420f00", 0, "", true},
    {"838:59:59.999999", CLOCK, "0c 00 22000000 16 3b 3b 3f420f00", 0, "ff7bde3dbf020000"},
    {"-838:59:59.999999", CLOCK, "0c 01 22000000 16 3b 3b 3f420f00", 0, "018421c240fdffff"},
    {"-00:00:00.000001", CLOCK, "0c 01 00000000 00 00 00 01000000", 0, "ffffffffffffffff"},
    {"24:00:00", CLOCK, "08 00 01000000 00 00 00", 0, "0060d71d14000000"},
    {"no time at all", CLOCK, "00", 0, "0000000000000000"},
    {"839 hours", CLOCK, "08 00 22000000 17 00 00", 0, "", true},
    {"a sign of 2", CLOCK, "08 02 00000000 00 00 00", 0, "", true},
    {"a time of 9 bytes", CLOCK, "09 00 00000000 00 00 00 00", 0, "", true},
};

static const char *const plain_labels[] = {"a", "b"};
static const char *const empty_labels[] = {"a", "", "b"};

#define TEXT TYPE(TEXT), FORM(TEXT), WIRE(VAR_STRING)
#define RAW TYPE(TEXT), FORM(RAW, .raw_charset = "cp932"), WIRE(VAR_STRING)
#define PLAIN_ENUM TYPE(ENUM, .labels = plain_labels, .n_labels = 2), FORM(ENUM), WIRE(STRING)
#define EMPTY_ENUM TYPE(ENUM, .labels = empty_labels, .n_labels = 3), FORM(ENUM), WIRE(STRING)

static const struct sample texts[] = {
    {"text with a NUL", TEXT, "03 610062", 0, "610062"},
    {"no text", TEXT, "00", 0, ""},
    {"a null", TEXT, NULL, 0, NULL},
    {"a length of 2 bytes", TEXT, "fc0300 616263", 0, "616263"},
    {"a length of 3 bytes", TEXT, "fd030000 616263", 0, "616263"},
    {"a length of 8 bytes", TEXT, "fe0300000000000000 616263", 0, "616263"},
    {"half of a surrogate pair", TEXT, "03 eda080", PD_TAG_BADTEXT, "eda080"},
    {"the last before those", TEXT, "03 ed9fbf", 0, "ed9fbf"},
    {"the first behind those", TEXT, "03 ee8080", 0, "ee8080"},
    {"U+10FFFF", TEXT, "04 f48fbfbf", 0, "f48fbfbf"},
    {"beyond U+10FFFF", TEXT, "04 f4908080", PD_TAG_BADTEXT, "f4908080"},
    {"a NUL of 2 bytes", TEXT, "02 c080", PD_TAG_BADTEXT, "c080"},
    {"a character of 3 bytes that has 2", TEXT, "03 e09fbf", PD_TAG_BADTEXT, "e09fbf"},
    {"cut in a character", TEXT, "08 61626364656667c3", PD_TAG_BADTEXT, "61626364656667c3"},
    {"json", TYPE(JSON), FORM(TEXT), WIRE(BLOB), "02 7b7d", 0, "7b7d"},
    {"char", TYPE(CHAR, .length = 5), FORM(TEXT), WIRE(STRING), "02 2078", 0, "2078"},
    {"bytes", TYPE(BINARY), FORM(BYTES), WIRE(BLOB), "02 00ff", 0, "00ff"},
    {"a label", PLAIN_ENUM, "01 62", 0, "62"},
    {"the error value, where no label is empty", PLAIN_ENUM, "00", PD_TAG_ENUM0, ""},
    {"an empty label", EMPTY_ENUM, "00", 0, "", .extra = "00000000"},
    {"the error value beside it", EMPTY_ENUM, "00", PD_TAG_ENUM0, "", .extra = "01000000"},
    {"another label", EMPTY_ENUM, "01 61", 0, "61", .extra = "00000000"},
    {"no label at all", EMPTY_ENUM, NULL, 0, NULL, .extra = NULL},
    {"set", TYPE(SET, .labels = plain_labels, .n_labels = 2), FORM(SET), WIRE(STRING), "03 612c62",
     0, "612c62"},
    {"text that comes back", RAW, "02 e382", PD_TAG_BADTEXT, "e382", .extra = NULL},
    {"text that comes back and is valid", RAW, "03 e38182", 0, "e38182", .extra = NULL},
    {"text that does not", RAW, "03 e285b1", PD_TAG_BADTEXT, "eef0", .extra = "02 eef0"},
    {"a null of it", RAW, NULL, 0, NULL, .extra = NULL},
    {"uuid", TYPE(UUID), FORM(UUID), WIRE(STRING),
     "24 30303131323233332d343435352d363637372d383839392d616142424363446445456666", 0,
     "00112233445566778899aabbccddeeff"},
    {"a uuid without lines", TYPE(UUID), FORM(UUID), WIRE(STRING),
     "24 303031313232333330343435352d363637372d383839392d616142424363446445456666", 0, "", true},
    {"a short uuid", TYPE(UUID), FORM(UUID), WIRE(STRING), "01 30", 0, "", true},
    {"inet6", TYPE(INET6), FORM(ADDRESS), WIRE(STRING), "03 3a3a31", 0, "3a3a31"},
    {"geometry", TYPE(GEOMETRY), FORM(GEOMETRY), WIRE(GEOMETRY), "05 e610000001", 0, "e610000001"},
    {"of another plugin of the server", TYPE(OPAQUE), FORM(TEXT), WIRE(STRING), "01 78", 0, "78"},
    {"a length that nothing has", TEXT, "fb", 0, "", true},
    {"a length of errors", TEXT, "ff", 0, "", true},
};

#define CHECK_ALL(samples)                                                                         \
    do {                                                                                           \
        size_t i_;                                                                                 \
        for (i_ = 0; i_ < sizeof samples / sizeof *samples; i_++)                                  \
            check_sample(&(samples)[i_]);                                                          \
    } while (0)

static void
every_number_comes_out_exactly(void **state)
{
    CHECK_ALL(numbers);
}

static void
decimals_keep_their_digits(void **state)
{
    CHECK_ALL(decimals);
}

static void
days_are_counted_from_1970_and_what_no_calendar_has_is_text(void **state)
{
    CHECK_ALL(times);
}

static void
text_labels_and_bytes_are_what_was_sent(void **state)
{
    CHECK_ALL(texts);
}

/* Every day of 10,000 years, counted in another way. */
static void
days_follow_one_another(void **state)
{
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t expected = -719528, days;
    unsigned year, month, day;

    for (year = 0; year <= 9999; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        for (month = 1; month <= 12; month++) {
            unsigned length = lengths[month - 1] + (month == 2 && leap);

            for (day = 0; day <= 32; day++) {
                bool is_there =
                    day >= 1 && day <= length && !(year == 0 && month == 2 && day == 29);

                assert_int_equal(decode_days(year, month, day, &days), is_there);
                if (is_there)
                    assert_int_equal(days, expected);
                expected += day >= 1 && day <= length;
            }
        }
    }
}

/* ---- Rows ---- */

enum { MOST_SAMPLES = 48 };

/* A column of nearly every form. */
static size_t
gather(struct sample samples[MOST_SAMPLES])
{
    static const struct {
        const struct sample *samples;
        size_t n;
    } groups[] = {{numbers, sizeof numbers / sizeof *numbers},
                  {decimals, sizeof decimals / sizeof *decimals},
                  {times, sizeof times / sizeof *times},
                  {texts, sizeof texts / sizeof *texts}};
    size_t i, k, n = 0;

    for (i = 0; i < 4; i++) {
        for (k = 0; k < groups[i].n; k += 2) {
            if (!groups[i].samples[k].is_fault && n < MOST_SAMPLES)
                samples[n++] = groups[i].samples[k];
        }
    }
    return n;
}

static void
a_row_of_all_forms_is_one_row(void **state)
{
    struct sample samples[MOST_SAMPLES];
    size_t n = gather(samples);
    const struct pd_batch *batch;
    struct world w;
    uint8_t *memory = NULL;

    assert_true(n > 30);
    assert_int_equal(world_open(&w, samples, n), PD_OK);
    assert_true(world_bind(&w));
    world_row(&w, samples, SIZE_MAX, &memory);
    assert_true(decode_row(&w.decoder));
    assert_false(w.decoder.is_long);
    batch = pd_builder_finish(&w.builder);
    assert_non_null(batch);
    assert_int_equal(batch->n_rows, 1);
    assert_int_equal(batch->n_columns, n);
    batch->release(batch);
    free(memory);
    world_close(&w);
}

static void
a_row_that_ends_too_early_is_refused_at_every_byte(void **state)
{
    struct sample samples[MOST_SAMPLES];
    size_t n = gather(samples), cut = 0, size;
    struct world w;

    do {
        uint8_t *memory = NULL;
        bool done;

        assert_int_equal(world_open(&w, samples, n), PD_OK);
        assert_true(world_bind(&w));
        size = world_row(&w, samples, cut, &memory);
        done = decode_row(&w.decoder);
        assert_int_equal(done, cut == size);
        assert_int_equal(!done, w.decoder.fault != NULL);
        free(memory);
        world_close(&w);
    } while (++cut <= size);
    assert_true(size > 200);
}

static void
columns_that_are_not_stored_are_null(void **state)
{
    const struct sample samples[] = {
        {"a", TYPE(INT8), .plan = {.form = MY_FORM_INT, .size = 1}, WIRE(TINY), "01", 0, ""},
        {"b", TYPE(INT8), FORM(INT, .size = 1), WIRE(TINY), "07", 0, ""},
    };
    const struct pd_batch *batch;
    struct world w;
    uint8_t *memory = NULL;

    assert_int_equal(world_open(&w, samples, 2), PD_OK);
    assert_int_equal(w.decoder.n_fields, 1);
    assert_true(world_bind(&w));
    world_row(&w, samples, SIZE_MAX, &memory);
    assert_true(decode_row(&w.decoder));
    batch = pd_builder_finish(&w.builder);
    assert_non_null(batch);
    assert_int_equal(batch->vectors[0].n_nulls, 1);
    assert_int_equal(batch->vectors[1].n_nulls, 0);
    assert_int_equal(((const uint8_t *)batch->vectors[1].data)[0], 7);
    batch->release(batch);
    free(memory);
    world_close(&w);
}

static void
other_types_than_the_catalogues_are_refused(void **state)
{
    const struct sample sample = {"a", TYPE(INT32), FORM(INT, .size = 4), WIRE(LONG), "01000000"};
    static const enum enum_field_types others[] = {
        MYSQL_TYPE_LONGLONG, MYSQL_TYPE_SHORT,  MYSQL_TYPE_FLOAT, MYSQL_TYPE_VAR_STRING,
        MYSQL_TYPE_NULL,     MYSQL_TYPE_DOUBLE, MYSQL_TYPE_DATE,
    };
    struct world w;
    size_t i;

    for (i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(world_open(&w, &sample, 1), PD_OK);
        w.fields[0].type = others[i];
        assert_false(world_bind(&w));
        assert_int_equal(w.decoder.fault_column, 0);
        world_close(&w);
    }
    assert_int_equal(world_open(&w, &sample, 1), PD_OK);
    assert_false(decode_bind(&w.decoder, w.fields, 2, &w.end));
    world_close(&w);
}

static void
more_fields_than_were_announced_are_refused(void **state)
{
    const struct sample sample = {"a", TYPE(INT32), FORM(INT, .size = 4), WIRE(LONG), "01000000"};
    unsigned char bytes[8] = {1, 0, 0, 0, 2}, *at = bytes;
    struct world w;

    assert_int_equal(world_open(&w, &sample, 1), PD_OK);
    assert_true(world_bind(&w));
    w.end = bytes + sizeof bytes;
    world_take(&w, 0, false, &at);
    assert_ptr_equal(at, bytes + 4);
    assert_null(w.decoder.fault);
    world_take(&w, 1000000, false, &at);
    assert_ptr_equal(at, bytes + 4);
    assert_non_null(w.decoder.fault);
    assert_int_equal(w.decoder.fault_column, PD_NO_COLUMN);
    assert_false(decode_row(&w.decoder));
    world_close(&w);
}

static void
a_form_that_is_not_the_types_is_refused(void **state)
{
    static const struct sample wrong[] = {
        {"a", TYPE(INT16), FORM(INT, .size = 4)},
        {"b", TYPE(INT32), FORM(INT, .size = 3)},
        {"c", TYPE(TEXT), FORM(INT, .size = 8)},
        {"d", TYPE(INT32), FORM(TEXT)},
        {"e", TYPE(DECIMAL, .precision = 0), FORM(DECIMAL)},
        {"f", TYPE(DECIMAL, .precision = 5, .scale = 6), FORM(DECIMAL)},
        {"g", TYPE(TEXT), FORM(COUNT_)},
        {"h", TYPE(FLOAT64), FORM(FLOAT)},
    };
    struct world w;
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(world_open(&w, &wrong[i], 1), PD_FAILED);
        world_close(&w);
    }
}

static void
a_cell_of_more_than_4_mib_is_long(void **state)
{
    const struct sample sample = {"a", TEXT, "00"};
    size_t size = PD_LONG_CELL + 1, n = 0;
    unsigned char *memory = malloc(size + 4), *at = memory;
    struct world w;
    uint32_t tag = 0;

    memory[0] = 0xfd;
    memory[1] = (unsigned char)size;
    memory[2] = (unsigned char)(size >> 8);
    memory[3] = (unsigned char)(size >> 16);
    memset(memory + 4, 'a', size);
    assert_int_equal(world_open(&w, &sample, 1), PD_OK);
    assert_true(world_bind(&w));
    w.end = memory + 4 + size;
    world_take(&w, 0, false, &at);
    assert_true(w.decoder.is_long);
    assert_ptr_equal(at, w.end);
    assert_ptr_equal(decode_long_bytes(&w.decoder, &w.decoder.columns[0], &n, &tag), memory + 4);
    assert_int_equal(n, size);
    assert_int_equal(tag, PD_TAG_PLAIN);
    memory[4] = 0xff;
    decode_long_bytes(&w.decoder, &w.decoder.columns[0], &n, &tag);
    assert_int_equal(tag, PD_TAG_BADTEXT);
    free(memory);
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_comes_out_exactly),
        cmocka_unit_test(decimals_keep_their_digits),
        cmocka_unit_test(days_are_counted_from_1970_and_what_no_calendar_has_is_text),
        cmocka_unit_test(text_labels_and_bytes_are_what_was_sent),
        cmocka_unit_test(days_follow_one_another),
        cmocka_unit_test(a_row_of_all_forms_is_one_row),
        cmocka_unit_test(a_row_that_ends_too_early_is_refused_at_every_byte),
        cmocka_unit_test(columns_that_are_not_stored_are_null),
        cmocka_unit_test(other_types_than_the_catalogues_are_refused),
        cmocka_unit_test(more_fields_than_were_announced_are_refused),
        cmocka_unit_test(a_form_that_is_not_the_types_is_refused),
        cmocka_unit_test(a_cell_of_more_than_4_mib_is_long),
    };

    return cmocka_run_group_tests_name("mariadb decode", tests, NULL, NULL);
}
