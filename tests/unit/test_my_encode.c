// SPDX-License-Identifier: Apache-2.0
/* Tests of what the MariaDB plugin binds: batches into the arrays of a prepared INSERT. */
#include "fake_host.h"

#include <math.h>

#include "encode.h"

#include "session.h"

/* Statements are not tested here. */
void
encode_finish(struct encoder *e)
{
}

static struct encoder encoder;
static struct session session;
static struct pd_builder builder;
static struct pd_column columns[8];
static struct target_column targets[8];
static struct pd_table table;
static struct target_table target;
static const struct pd_batch *batch;
static MYSQL_BIND binds[16];

static struct rejected {
    uint32_t row;
    char text[128];
} rejected[8];
static size_t n_rejected;

static void
rejects_add(struct pd_rejects *rejects, uint32_t row, int cause, const char *code,
            const char *constraint, const char *text)
{
    assert_true(n_rejected < sizeof rejected / sizeof *rejected);
    rejected[n_rejected].row = row;
    snprintf(rejected[n_rejected++].text, sizeof rejected->text, "%s", text);
}

static struct pd_rejects rejects = {.struct_size = sizeof rejects, .add = rejects_add};

static int
begin(void **state)
{
    memset(&encoder, 0, sizeof encoder);
    memset(columns, 0, sizeof columns);
    memset(targets, 0, sizeof targets);
    memset(binds, 0, sizeof binds);
    session.my = (struct my){.host = &host};
    table = (struct pd_table){.struct_size = sizeof table,
                              .name = "t",
                              .columns = columns,
                              .column_size = sizeof *columns};
    target = (struct target_table){
        .table = &table, .name = "t", .staged = "s", .columns = targets, .is_transactional = true};
    n_live = 0;
    n_until_out = -1;
    n_rejected = 0;
    said[0] = 0;
    return 0;
}

static int
end(void **state)
{
    if (batch)
        batch->release(batch);
    batch = NULL;
    pd_builder_close(&builder);
    encode_close(&encoder);
    assert_int_equal(n_live, 0);
    return 0;
}

/* One more column; its type can be filled in until start(). */
static struct pd_type *
column(const char *native, int kind, int form)
{
    struct target_column *t = &targets[table.n_columns++];

    *t = (struct target_column){.name = "c", .native = native, .form = (uint8_t)form};
    t->is_sent = true;
    t->as = (struct pd_type){.struct_size = sizeof t->as, .kind = (uint16_t)kind};
    return &t->as;
}

static void
start(void)
{
    assert_int_equal(encode_open(&encoder, &session.my, &target, NULL), PD_OK);
    assert_int_equal(pd_builder_open(&builder, &host, (uint32_t)table.n_columns), PD_OK);
    for (uint32_t i = 0; i < table.n_columns; i++) {
        uint8_t layout = pd_type_layout(&targets[i].as);

        pd_builder_column(&builder, i, layout, layout == PD_LAYOUT_FIXED ? 16 : 0);
    }
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
}

/* The rows so far, checked, and those from `first` on bound. */
static void
bind(uint32_t first)
{
    batch = pd_builder_finish(&builder);
    assert_non_null(batch);
    assert_int_equal(encode_batch(&encoder, batch, &rejects, NULL), PD_OK);
    encode_fill(&encoder, first, batch->n_rows - first);
    for (uint32_t k = 0; k < encoder.n_columns; k++)
        encode_bind(&encoder.columns[k], first, &binds[encoder.columns[k].marker]);
}

static void
assert_bytes(const MYSQL_BIND *at, uint32_t row, const char *bytes, size_t size)
{
    const void *pointer = ((const void *const *)at->buffer)[row];

    assert_int_equal(at->length[row], size);
    assert_memory_equal(pointer, bytes, size);
}

static void
assert_time(const MYSQL_TIME *t, unsigned year, unsigned month, unsigned day, unsigned hour,
            unsigned minute, unsigned second, unsigned long us)
{
    assert_int_equal(t->year, year);
    assert_int_equal(t->month, month);
    assert_int_equal(t->day, day);
    assert_int_equal(t->hour, hour);
    assert_int_equal(t->minute, minute);
    assert_int_equal(t->second, second);
    assert_int_equal(t->second_part, us);
}

/* ---- Dates and times ---- */

static void
days_become_dates(void **state)
{
    static const struct {
        int32_t days;
        unsigned year, month, day;
    } cases[] = {{0, 1970, 1, 1},         {-1, 1969, 12, 31},   {11016, 2000, 2, 29},
                 {11017, 2000, 3, 1},     {-719528, 0, 1, 1},   {-719468, 0, 3, 1},
                 {2932896, 9999, 12, 31}, {-25508, 1900, 3, 1}, {19782, 2024, 2, 29}};
    MYSQL_TIME time;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        encode_date(cases[i].days, &time);
        assert_time(&time, cases[i].year, cases[i].month, cases[i].day, 0, 0, 0, 0);
        assert_int_equal(time.time_type, MYSQL_TIMESTAMP_DATE);
    }
}

static void
microseconds_become_timestamps(void **state)
{
    MYSQL_TIME time;

    encode_timestamp(-1, &time);
    assert_time(&time, 1969, 12, 31, 23, 59, 59, 999999);
    encode_timestamp(INT64_C(1792899045123456), &time);
    assert_time(&time, 2026, 10, 25, 3, 30, 45, 123456);
}

static void
what_is_beyond_a_day_goes_into_days(void **state)
{
    MYSQL_TIME time;

    encode_clock(INT64_C(-3020399999999), &time);
    assert_time(&time, 0, 0, 34, 22, 59, 59, 999999);
    assert_true(time.neg);
    encode_clock(INT64_C(86400000000), &time);
    assert_time(&time, 0, 0, 1, 0, 0, 0, 0);
    assert_false(time.neg);
    encode_clock(-1, &time);
    assert_time(&time, 0, 0, 0, 0, 0, 0, 1);
    assert_true(time.neg);
}

static bool
parses(const char *text, MYSQL_TIME *time)
{
    return encode_parse_time((const uint8_t *)text, strlen(text), time);
}

static void
dates_of_no_calendar_are_parsed(void **state)
{
    static const char *const wrong[] = {"",
                                        "2024",
                                        "2024-13-01",
                                        "2024-01-32",
                                        "2024-1-01",
                                        "2024-01-01 ",
                                        "2024-01-01 24:00:00",
                                        "2024-01-01 10:20",
                                        "2024-01-01 10:20:30.",
                                        "2024-01-01 10:20:30.1234567",
                                        "2024-01-01T10:20:30",
                                        "-024-01-01"};
    MYSQL_TIME time;

    assert_true(parses("0000-00-00", &time));
    assert_time(&time, 0, 0, 0, 0, 0, 0, 0);
    assert_true(parses("2024-02-31 10:20:30.5", &time));
    assert_time(&time, 2024, 2, 31, 10, 20, 30, 500000);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (i == 8) /* a point without digits is none */
            assert_true(parses(wrong[i], &time));
        else
            assert_false(parses(wrong[i], &time));
    }
}

static void
the_type_says_what_is_the_last_digit(void **state)
{
    assert_int_equal(encode_step("datetime"), 1000000);
    assert_int_equal(encode_step("time(3)"), 1000);
    assert_int_equal(encode_step("timestamp(6)"), 1);
}

/* ---- Labels ---- */

static void
labels_are_found_by_their_bytes(void **state)
{
    static const char *const names[] = {"a", "A", "", "b ", "x", "x"};
    struct pd_type type = {.labels = names, .n_labels = 6};
    struct encode_labels *labels = encode_labels_open(&host, &type);
    uint64_t mask;

    assert_non_null(labels);
    assert_int_equal(encode_labels_find(labels, (const uint8_t *)"a", 1), 1);
    assert_int_equal(encode_labels_find(labels, (const uint8_t *)"A", 1), 2);
    assert_int_equal(encode_labels_find(labels, NULL, 0), 3);
    assert_int_equal(encode_labels_find(labels, (const uint8_t *)"b", 1), 0);
    assert_int_equal(encode_labels_find(labels, (const uint8_t *)"b ", 2), 4);
    assert_int_equal(encode_labels_find(labels, (const uint8_t *)"x", 1), 5);
    assert_int_equal(encode_labels_find(labels, (const uint8_t *)"a\0", 2), 0);
    assert_true(encode_labels_mask(labels, NULL, 0, &mask));
    assert_int_equal(mask, 0);
    assert_true(encode_labels_mask(labels, (const uint8_t *)"a,b ,x", 6, &mask));
    assert_int_equal(mask, 0x19);
    assert_false(encode_labels_mask(labels, (const uint8_t *)"a,c", 3, &mask));
    encode_labels_close(&host, labels);
}

/* ---- Arrays ---- */

static void
plain_vectors_are_bound_where_they_lie(void **state)
{
    column("bigint", PD_KIND_INT64, MY_FORM_INT);
    column("double", PD_KIND_FLOAT64, MY_FORM_DOUBLE);
    column("varchar(9)", PD_KIND_TEXT, MY_FORM_TEXT);
    start();
    for (int i = 0; i < 3; i++) {
        pd_put_i64(&builder, 0, i - 1);
        pd_put_f64(&builder, 1, i / 2.0);
        if (i == 1)
            pd_put_null(&builder, 2);
        else
            pd_put_bytes(&builder, 2, "abc", (size_t)i);
        pd_builder_row(&builder);
    }
    bind(1);
    assert_int_equal(n_rejected, 0);
    assert_ptr_equal(binds[0].buffer, (const int64_t *)batch->vectors[0].data + 1);
    assert_int_equal(binds[0].buffer_type, MYSQL_TYPE_LONGLONG);
    assert_null(binds[0].u.indicator);
    assert_ptr_equal(binds[1].buffer, (const double *)batch->vectors[1].data + 1);
    assert_int_equal(binds[2].buffer_type, MYSQL_TYPE_STRING);
    assert_int_equal(binds[2].u.indicator[0], STMT_INDICATOR_NULL);
    assert_int_equal(binds[2].u.indicator[1], STMT_INDICATOR_NONE);
    assert_bytes(&binds[2], 1, "ab", 2);
}

static void
decimals_become_text(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {{0, "0.0000"},         {5, "0.0005"},       {-5, "-0.0005"},
                 {1234567, "123.4567"}, {-10000, "-1.0000"}, {INT64_MAX, "922337203685477.5807"}};
    struct pd_type *type = column("decimal(20,4)", PD_KIND_DECIMAL, MY_FORM_DECIMAL);
    size_t n = sizeof cases / sizeof *cases;

    type->precision = 20;
    type->scale = 4;
    start();
    for (size_t i = 0; i < n; i++) {
        __extension__ __int128 value = cases[i].value;

        pd_put_fixed(&builder, 0, &value);
        pd_builder_row(&builder);
    }
    bind(0);
    for (uint32_t i = 0; i < n; i++)
        assert_bytes(&binds[0], i, cases[i].text, strlen(cases[i].text));
}

static void
the_longest_decimal_has_room(void **state)
{
    struct pd_type *type = column("decimal(38,38)", PD_KIND_DECIMAL, MY_FORM_DECIMAL);
    uint8_t least[16] = {0};

    least[15] = 0x80; /* -2^127 */
    type->precision = 38;
    type->scale = 38;
    start();
    pd_put_fixed(&builder, 0, least);
    pd_builder_row(&builder);
    bind(0);
    assert_bytes(&binds[0], 0, "-1.70141183460469231731687303715884105728", 41);
}

static void
outliers_of_dates_are_bound_as_they_are(void **state)
{
    column("date", PD_KIND_DATE, MY_FORM_DATE);
    start();
    for (int i = 0; i < 20; i++) {
        if (i == 7)
            pd_put_tagged(&builder, 0, PD_TAG_YMD, "2024-02-31", 10);
        else
            pd_put_int(&builder, 0, i);
        pd_builder_row(&builder);
    }
    bind(6);
    assert_int_equal(n_rejected, 0);
    assert_time(((const MYSQL_TIME *const *)binds[0].buffer)[0], 1970, 1, 7, 0, 0, 0, 0);
    assert_time(((const MYSQL_TIME *const *)binds[0].buffer)[1], 2024, 2, 31, 0, 0, 0, 0);
    assert_time(((const MYSQL_TIME *const *)binds[0].buffer)[2], 1970, 1, 9, 0, 0, 0, 0);
}

static void
bits_become_bytes(void **state)
{
    column("bit(10)", PD_KIND_BIT, MY_FORM_BIT)->length = 10;
    start();
    pd_put_bytes(&builder, 0, "1000000001", 10);
    pd_builder_row(&builder);
    pd_put_bytes(&builder, 0, "0000000010", 10);
    pd_builder_row(&builder);
    bind(0);
    assert_bytes(&binds[0], 0, "\x02\x01", 2);
    assert_bytes(&binds[0], 1, "\x00\x02", 2);
}

static void
text_of_a_set_of_its_own_has_two_markers(void **state)
{
    column("varchar(9)", PD_KIND_TEXT, MY_FORM_RAW);
    targets[0].raw_charset = "cp932";
    start();
    pd_put_bytes(&builder, 0, "plain", 5);
    pd_builder_row(&builder);
    pd_put_tagged(&builder, 0, PD_TAG_BADTEXT, "\xee\xf0", 2);
    pd_builder_row(&builder);
    pd_put_null(&builder, 0);
    pd_builder_row(&builder);
    bind(0);
    assert_int_equal(encoder.n_markers, 2);
    assert_memory_equal(binds[0].u.indicator, "\0\1\1", 3);
    assert_memory_equal(binds[1].u.indicator, "\1\0\1", 3);
    assert_bytes(&binds[0], 0, "plain", 5);
    assert_bytes(&binds[1], 1, "\xee\xf0", 2);
    assert_int_equal(binds[1].buffer_type, MYSQL_TYPE_BLOB);
}

static void
an_enums_error_value_is_marked(void **state)
{
    static const char *const names[] = {"a", "b"};
    struct pd_type *type = column("enum('a','b')", PD_KIND_ENUM, MY_FORM_ENUM);

    type->labels = names;
    type->n_labels = 2;
    start();
    for (int i = 0; i < 12; i++) {
        if (i == 3)
            pd_put_tagged(&builder, 0, PD_TAG_ENUM0, NULL, 0);
        else
            pd_put_bytes(&builder, 0, names[i % 2], 1);
        pd_builder_row(&builder);
    }
    bind(2);
    assert_int_equal(n_rejected, 0);
    assert_false(encode_is_lax(&encoder, 2));
    assert_true(encode_is_lax(&encoder, 3));
    assert_int_equal(((const uint16_t *)binds[0].buffer)[0], 1);
    assert_int_equal(((const uint16_t *)binds[0].buffer)[1], 0);
    assert_int_equal(((const uint16_t *)binds[0].buffer)[3], 2);
}

/* ---- What the server would change without a word ---- */

static void
assert_rejected(size_t n, uint32_t row, const char *says)
{
    assert_true(n < n_rejected);
    assert_int_equal(rejected[n].row, row);
    assert_non_null(strstr(rejected[n].text, says));
}

static void
reals_that_would_be_lost_are_rejected(void **state)
{
    static const double values[] = {1.5, NAN, -INFINITY, -0.0, 0.0, -5e-324};

    column("double", PD_KIND_FLOAT64, MY_FORM_DOUBLE);
    start();
    for (size_t i = 0; i < 6; i++) {
        pd_put_f64(&builder, 0, values[i]);
        pd_builder_row(&builder);
    }
    bind(0);
    assert_int_equal(n_rejected, 3);
    assert_rejected(0, 1, "NaN");
    assert_rejected(1, 2, "infinities");
    assert_rejected(2, 3, "-0");
    assert_int_equal(encode_count(&encoder, 0, 6), 3);
    assert_int_equal(encode_nth(&encoder, 0, 1), 4);
}

static void
dates_without_a_day_here_are_rejected(void **state)
{
    static const int32_t days[] = {-719529, -719528, -719469, 2932896, 2932897};

    column("date", PD_KIND_DATE, MY_FORM_DATE);
    start();
    for (size_t i = 0; i < 5; i++) {
        pd_put_int(&builder, 0, days[i]);
        pd_builder_row(&builder);
    }
    bind(0);
    assert_int_equal(n_rejected, 3);
    assert_rejected(0, 0, "years 0 to 9999");
    assert_rejected(1, 2, "calendar");
    assert_rejected(2, 4, "years 0 to 9999");
}

static void
digits_that_would_be_cut_are_rejected(void **state)
{
    column("datetime(3)", PD_KIND_TIMESTAMP, MY_FORM_DATETIME);
    column("timestamp(6)", PD_KIND_TIMESTAMPTZ, MY_FORM_DATETIME);
    column("time", PD_KIND_TIME, MY_FORM_TIME);
    start();
    for (int64_t i = 0; i < 4; i++) {
        pd_put_i64(&builder, 0, i == 1 ? 1500 : 1000 * i);
        pd_put_i64(&builder, 1, i == 2 ? 0 : 1);
        pd_put_i64(&builder, 2, i == 3 ? INT64_C(-3020400000000) : -1000000 * i);
        pd_builder_row(&builder);
    }
    bind(0);
    assert_int_equal(n_rejected, 3);
    assert_rejected(0, 1, "digits after the second");
    assert_rejected(1, 2, "1970 to 2038");
    assert_rejected(2, 3, "838:59:59");
}

static void
timestamps_end_where_those_of_the_server_do(void **state)
{
    static const int64_t moments[] = {INT64_C(2147483647999999), INT64_C(2147483648000000),
                                      INT64_C(4294967295999999), INT64_C(4294967296000000)};

    session.my.is_mariadb = true;
    session.my.version = 110500;
    column("timestamp(6)", PD_KIND_TIMESTAMPTZ, MY_FORM_DATETIME);
    start();
    for (size_t i = 0; i < 4; i++) {
        pd_put_i64(&builder, 0, moments[i]);
        pd_builder_row(&builder);
    }
    bind(0);
    assert_int_equal(n_rejected, 1);
    assert_rejected(0, 3, "1970 to 2106");
    encode_close(&encoder);
    session.my.version = 110499;
    assert_int_equal(encode_open(&encoder, &session.my, &target, NULL), PD_OK);
    assert_int_equal(encode_batch(&encoder, batch, &rejects, NULL), PD_OK);
    assert_int_equal(n_rejected, 4);
    assert_rejected(1, 1, "1970 to 2038");
}

static void
years_and_labels_that_are_none_are_rejected(void **state)
{
    static const char *const names[] = {"a", "b"};
    struct pd_type *type;

    column("year(4)", PD_KIND_YEAR, MY_FORM_YEAR);
    type = column("set('a','b')", PD_KIND_SET, MY_FORM_SET);
    type->labels = names;
    type->n_labels = 2;
    start();
    for (int i = 0; i < 3; i++) {
        pd_put_int(&builder, 0, i == 1 ? 24 : 0);
        pd_put_bytes(&builder, 1, i == 2 ? "a,B" : "a,b", 3);
        pd_builder_row(&builder);
    }
    bind(0);
    assert_int_equal(n_rejected, 2);
    assert_rejected(0, 1, "1901");
    assert_rejected(1, 2, "none of the labels");
}

static void
values_of_other_classes_are_rejected(void **state)
{
    column("bigint", PD_KIND_INT64, MY_FORM_INT);
    start();
    for (int i = 0; i < 20; i++) {
        if (i == 4)
            pd_put_tagged(&builder, 0, PD_TAG_TEXT, "x", 1);
        else
            pd_put_i64(&builder, 0, i);
        pd_builder_row(&builder);
    }
    bind(0);
    assert_int_equal(n_rejected, 1);
    assert_rejected(0, 4, "no such text");
    assert_int_equal(((const int64_t *)binds[0].buffer)[5], 5);
}

static void
kinds_that_a_form_cannot_send_are_a_bug(void **state)
{
    column("date", PD_KIND_TEXT, MY_FORM_DATE);
    assert_int_equal(encode_open(&encoder, &session.my, &target, NULL), PD_FATAL);
    assert_int_equal(cause_said, PD_CAUSE_BUG);
}

static void
short_memory_is_an_error_everywhere(void **state)
{
    static const char *const names[] = {"a"};
    struct pd_type *type = column("enum('a')", PD_KIND_ENUM, MY_FORM_ENUM);
    pd_status status = PD_FATAL;
    long n;

    type->labels = names;
    type->n_labels = 1;
    for (n = 0; n < 20 && status != PD_OK; n++) {
        n_until_out = n;
        status = encode_open(&encoder, &session.my, &target, NULL);
        assert_true(status == PD_OK || cause_said == PD_CAUSE_MEMORY);
    }
    assert_int_equal(n, 4);
    n_until_out = -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(days_become_dates, begin, end),
        cmocka_unit_test_setup_teardown(microseconds_become_timestamps, begin, end),
        cmocka_unit_test_setup_teardown(what_is_beyond_a_day_goes_into_days, begin, end),
        cmocka_unit_test_setup_teardown(dates_of_no_calendar_are_parsed, begin, end),
        cmocka_unit_test_setup_teardown(the_type_says_what_is_the_last_digit, begin, end),
        cmocka_unit_test_setup_teardown(labels_are_found_by_their_bytes, begin, end),
        cmocka_unit_test_setup_teardown(plain_vectors_are_bound_where_they_lie, begin, end),
        cmocka_unit_test_setup_teardown(decimals_become_text, begin, end),
        cmocka_unit_test_setup_teardown(the_longest_decimal_has_room, begin, end),
        cmocka_unit_test_setup_teardown(outliers_of_dates_are_bound_as_they_are, begin, end),
        cmocka_unit_test_setup_teardown(bits_become_bytes, begin, end),
        cmocka_unit_test_setup_teardown(text_of_a_set_of_its_own_has_two_markers, begin, end),
        cmocka_unit_test_setup_teardown(an_enums_error_value_is_marked, begin, end),
        cmocka_unit_test_setup_teardown(reals_that_would_be_lost_are_rejected, begin, end),
        cmocka_unit_test_setup_teardown(dates_without_a_day_here_are_rejected, begin, end),
        cmocka_unit_test_setup_teardown(digits_that_would_be_cut_are_rejected, begin, end),
        cmocka_unit_test_setup_teardown(timestamps_end_where_those_of_the_server_do, begin, end),
        cmocka_unit_test_setup_teardown(years_and_labels_that_are_none_are_rejected, begin, end),
        cmocka_unit_test_setup_teardown(values_of_other_classes_are_rejected, begin, end),
        cmocka_unit_test_setup_teardown(kinds_that_a_form_cannot_send_are_a_bug, begin, end),
        cmocka_unit_test_setup_teardown(short_memory_is_an_error_everywhere, begin, end),
    };

    return cmocka_run_group_tests_name("my_encode", tests, NULL, NULL);
}
