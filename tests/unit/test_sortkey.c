// SPDX-License-Identifier: Apache-2.0
// sortkey - the order of encoded keys against a direct comparison of the values.
#include "model_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/sortkey.h"
#include "model/text_time.h"

/* What a cell is among all: its place first, then its value within the place. */
enum place { PLACE_NULL, PLACE_NUMBER, PLACE_TEXT, PLACE_PLAIN, PLACE_BYTES, PLACE_OUTLIER };

static bool
is_class(const struct pd_type *type, int class)
{
    return kind_class(type->kind) == class;
}

static bool
is_day(const struct pd_type *type)
{
    return is_class(type, PD_CLASS_DATE) || is_class(type, PD_CLASS_TIMESTAMP) ||
           is_class(type, PD_CLASS_INSTANT);
}

static bool
is_infinity(const struct cell *cell)
{
    return cell->tag == PD_TAG_POS_INF || cell->tag == PD_TAG_NEG_INF;
}

static enum place
place_of_plain(const struct pd_type *type)
{
    switch (kind_class(type->kind)) {
    case PD_CLASS_INTEGER:
    case PD_CLASS_FLOAT:
    case PD_CLASS_DECIMAL:
        return PLACE_NUMBER;
    case PD_CLASS_TEXT:
        return PLACE_TEXT;
    case PD_CLASS_BYTES:
        return PLACE_BYTES;
    default:
        return PLACE_PLAIN;
    }
}

static enum place
place_of(const struct pd_type *type, const struct cell *cell)
{
    static const enum place tags[] = {[PD_TAG_INT] = PLACE_NUMBER,
                                      [PD_TAG_REAL] = PLACE_NUMBER,
                                      [PD_TAG_TEXT] = PLACE_TEXT,
                                      [PD_TAG_BYTES] = PLACE_BYTES};

    if (cell->tag < 0)
        return PLACE_NULL;
    if (cell->tag == PD_TAG_PLAIN)
        return place_of_plain(type);
    if (cell->tag <= PD_TAG_BYTES)
        return tags[cell->tag];
    if (is_day(type) && (is_infinity(cell) || cell->tag == PD_TAG_FAR))
        return PLACE_PLAIN;
    if ((is_class(type, PD_CLASS_DECIMAL) || is_class(type, PD_CLASS_FLOAT)) &&
        (is_infinity(cell) || cell->tag == PD_TAG_NAN))
        return PLACE_NUMBER;
    return PLACE_OUTLIER;
}

/* A number in full: decimal text, or -1, 1, 2 for the infinities and NaN. */
struct number {
    int special; /* -1: minus infinity, 0: text, 1: infinity, 2: NaN */
    int rank;    /* integer 1, decimal 2, -0.0 3, float 4 */
    bool minus_zero;
    size_t size;
    char text[1500];
};

static void
number_of_real(double real, struct number *n)
{
    n->rank = real == 0 && signbit(real) ? 3 : 4;
    if (real != real || isinf(real)) {
        n->special = real != real ? 2 : real < 0 ? -1 : 1;
        return;
    }
    n->size = (size_t)snprintf(n->text, sizeof n->text, "%.1074f", real == 0 ? 0.0 : real);
}

static void
number_of(const struct pd_type *type, const struct cell *cell, struct number *n)
{
    *n = (struct number){.rank = 2};
    if (is_infinity(cell) || cell->tag == PD_TAG_NAN) {
        n->special = cell->tag == PD_TAG_NAN ? 2 : cell->tag == PD_TAG_POS_INF ? 1 : -1;
    } else if (cell->tag == PD_TAG_REAL ||
               (cell->tag == PD_TAG_PLAIN && is_class(type, PD_CLASS_FLOAT))) {
        number_of_real(cell->real, n);
    } else if (cell->tag == PD_TAG_PLAIN && kind_layout(type) == PD_LAYOUT_I128) {
        n->size = decimal_write(values_int128(cell->bytes), (unsigned)type->scale, n->text);
    } else if (cell->tag == PD_TAG_PLAIN && type->kind == PD_KIND_DECIMAL) {
        memcpy(n->text, cell->bytes, cell->size);
        n->size = cell->size;
    } else {
        n->rank = 1;
        n->size = (size_t)snprintf(
            n->text, sizeof n->text,
            type->kind == PD_KIND_UINT64 && cell->tag == PD_TAG_PLAIN ? "%llu" : "%lld",
            (unsigned long long)cell->integer);
    }
}

static int
sign(long long difference)
{
    return (difference > 0) - (difference < 0);
}

/* An integer of 64 bits is one whatever its kind. */
static void
settle_rank(struct number *n, const struct decimal *d)
{
    int64_t integer;

    if (n->rank <= 2)
        n->rank = decimal_int64(d, &integer) ? 1 : 2;
}

static int
compare_numbers(const struct pd_type *type, const struct cell *a, const struct cell *b)
{
    static struct number x, y;
    struct decimal dx, dy;
    int order;

    number_of(type, a, &x);
    number_of(type, b, &y);
    if (x.special || y.special)
        return x.special != y.special ? sign(x.special - y.special) : sign(x.rank - y.rank);
    assert_true(decimal_parse(x.text, x.size, &dx) && decimal_parse(y.text, y.size, &dy));
    settle_rank(&x, &dx);
    settle_rank(&y, &dy);
    order = decimal_compare(&dx, &dy);
    if (order)
        return order;
    if (x.rank != y.rank)
        return sign(x.rank - y.rank);
    return x.rank == 2 ? sign((long long)dx.n_fraction - (long long)dy.n_fraction) : 0;
}

static int
compare_bytes(const struct cell *a, const struct cell *b)
{
    size_t n = a->size < b->size ? a->size : b->size;
    int order = n ? memcmp(a->bytes, b->bytes, n) : 0;

    return order ? order : sign((long long)a->size - (long long)b->size);
}

/* The place in time of a date or timestamp: infinities, far ones, and the others between. */
static int128
day_value(const struct pd_type *type, const struct cell *cell)
{
    const int128 far = (int128)1 << 100;
    int64_t days, us;

    if (is_infinity(cell))
        return cell->tag == PD_TAG_POS_INF ? far * 4 : -far * 4;
    if (cell->tag != PD_TAG_FAR)
        return cell->integer;
    assert_true(text_time_read_far((const char *)cell->bytes, cell->size, &days, &us));
    return (days < 0 ? -far : far) + (int128)days * 86400000000 + us;
}

static int128
plain_value(const struct pd_type *type, const struct cell *cell)
{
    const int128 day = 86400000000;

    if (is_day(type))
        return day_value(type, cell);
    if (type->kind == PD_KIND_TIMETZ)
        return (int128)(int64_t)values_le64(cell->bytes) +
               (int128)(int32_t)values_le32(cell->bytes + 8) * 1000000;
    if (type->kind == PD_KIND_INTERVAL)
        return (int128)(int64_t)values_le64(cell->bytes) +
               (int128)(int32_t)values_le32(cell->bytes + 8) * day +
               (int128)(int32_t)values_le32(cell->bytes + 12) * 30 * day;
    return cell->integer;
}

static int
compare_plain(const struct pd_type *type, const struct cell *a, const struct cell *b)
{
    int layout = kind_layout(type);
    int128 x, y;

    if (layout == PD_LAYOUT_VAR || type->kind == PD_KIND_UUID)
        return compare_bytes(a, b);
    x = plain_value(type, a);
    y = plain_value(type, b);
    if (x != y)
        return x < y ? -1 : 1;
    return layout == PD_LAYOUT_FIXED && compare_bytes(a, b) != 0 ? 99 : 0;
}

static int
compare_directly(const struct pd_type *type, const struct cell *a, const struct cell *b)
{
    enum place place = place_of(type, a), other = place_of(type, b);

    if (place != other)
        return place < other ? -1 : 1;
    switch (place) {
    case PLACE_NULL:
        return 0;
    case PLACE_NUMBER:
        return compare_numbers(type, a, b);
    case PLACE_TEXT:
    case PLACE_BYTES:
        return compare_bytes(a, b);
    case PLACE_PLAIN:
        return compare_plain(type, a, b);
    default:
        return a->tag != b->tag ? sign(a->tag - b->tag) : compare_bytes(a, b);
    }
}

static int
compare_keys(const struct buffer *a, const struct buffer *b)
{
    size_t n = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->data, b->data, n);

    return order ? sign(order) : sign((long long)a->size - (long long)b->size);
}

static void
compare_cells(const struct pd_type *type, const struct cell *a, const struct cell *b)
{
    CLEANUP_BUFFER struct buffer x = {0};
    CLEANUP_BUFFER struct buffer y = {0};
    int wanted = compare_directly(type, a, b), got;

    sortkey_cell(&x, type, a);
    sortkey_cell(&y, type, b);
    got = compare_keys(&x, &y);
    if (wanted == 99 ? got == 0 : got != sign(wanted))
        fail_msg("%s: tags %d and %d, integers %lld and %lld, reals %g and %g: %d, not %d",
                 kind_name(type->kind), a->tag, b->tag, (long long)a->integer,
                 (long long)b->integer, a->real, b->real, got, wanted);
    /* No key is the beginning of another, so that more may follow it. */
    if (got != 0 && x.size != y.size)
        assert_true(memcmp(x.data, y.data, x.size < y.size ? x.size : y.size) != 0);
}

static void
keys_of_all_kinds_sort_as_their_values(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct dice dice = {31};
    struct pd_table table = rows_table(arena);

    for (size_t k = 0; k < table.n_columns; k++) {
        const struct pd_type *type = &table.columns[k].type;
        struct cell cells[40];

        for (size_t i = 0; i < COUNT_OF(cells); i++)
            cells[i] = rows_cell(arena, &dice, type, 3);
        for (size_t i = 0; i < COUNT_OF(cells); i++) {
            for (size_t j = 0; j < COUNT_OF(cells); j++)
                compare_cells(type, &cells[i], &cells[j]);
        }
    }
}

static struct cell
integer(int64_t value)
{
    return (struct cell){.tag = PD_TAG_INT, .integer = value};
}

static struct cell
real(double value)
{
    return (struct cell){.tag = PD_TAG_REAL, .real = value};
}

static void
assert_rising(const struct pd_type *type, const struct cell *cells, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        CLEANUP_BUFFER struct buffer x = {0};
        CLEANUP_BUFFER struct buffer y = {0};

        sortkey_cell(&x, type, &cells[i]);
        sortkey_cell(&y, type, &cells[i + 1]);
        if (compare_keys(&x, &y) >= 0)
            fail_msg("key %zu is not below the next", i);
    }
}

static void
integers_and_floats_mix_exactly(void **state)
{
    const struct pd_type type = {.kind = PD_KIND_NUMBER};
    const struct cell cells[] = {
        {.tag = -1},
        real(-(double)INFINITY),
        real(-1.7e308),
        integer(INT64_MIN),
        real(-9223372036854775808.0),
        integer(INT64_MIN + 1),
        integer(-100),
        integer(-99),
        integer(-10),
        integer(-9),
        integer(-1),
        real(-1),
        real(-0.1),
        real(-5e-324),
        integer(0),
        real(-0.0),
        real(0.0),
        real(5e-324),
        real(0.1),
        real(0.30000000000000004),
        real(0.5),
        integer(1),
        real(1),
        real(1.0000000000000002),
        integer(9),
        integer(10),
        integer(99),
        integer(100),
        integer(101),
        real(9007199254740992.0),
        integer(9007199254740993),
        real(9007199254740994.0),
        integer(INT64_MAX),
        real(9223372036854775808.0),
        real(1e300),
        real((double)INFINITY),
        real(values_real(VALUES_NAN)),
        {.tag = PD_TAG_TEXT},
    };

    assert_rising(&type, cells, COUNT_OF(cells));
}

static void
text_sorts_by_its_bytes_even_with_nul(void **state)
{
    const struct pd_type type = {.kind = PD_KIND_TEXT};
    static const struct {
        const char *text;
        size_t size;
    } texts[] = {{"", 0},   {"\0", 1},  {"\0\0", 2}, {"\0a", 2},          {"\1", 1},
                 {"a", 1},  {"a\0", 2}, {"a\0b", 3}, {"a\t", 2},          {"a ", 2},
                 {"aa", 2}, {"b", 1},   {"é", 2},    {"\xef\xbf\xbf", 3}, {"😀", 4}};
    struct cell cells[COUNT_OF(texts)] = {{0}};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        cells[i].bytes = (const uint8_t *)texts[i].text;
        cells[i].size = texts[i].size;
    }
    assert_rising(&type, cells, COUNT_OF(cells));
}

static void
days_stand_between_their_infinities(void **state)
{
    const struct pd_type type = {.kind = PD_KIND_TIMESTAMP};
    const struct cell cells[] = {
        {.tag = PD_TAG_NEG_INF},
        {.tag = PD_TAG_FAR, .bytes = (const uint8_t *)"300000-01-01 00:00:00 BC", .size = 24},
        {.tag = PD_TAG_FAR, .bytes = (const uint8_t *)"299999-01-01 00:00:00 BC", .size = 24},
        {.integer = INT64_MIN},
        {.integer = -1},
        {.integer = 0},
        {.integer = INT64_MAX},
        {.tag = PD_TAG_FAR, .bytes = (const uint8_t *)"294276-12-31 23:59:59.999998", .size = 28},
        {.tag = PD_TAG_FAR, .bytes = (const uint8_t *)"294276-12-31 23:59:59.999999", .size = 28},
        {.tag = PD_TAG_POS_INF},
        {.tag = PD_TAG_FAR, .bytes = (const uint8_t *)"one day", .size = 7},
        {.tag = PD_TAG_BYTES},
        {.tag = PD_TAG_YMD, .bytes = (const uint8_t *)"0000-00-00", .size = 10},
    };

    assert_rising(&type, cells, COUNT_OF(cells));
}

static void
decimals_of_one_value_differ_by_their_scale(void **state)
{
    const struct pd_type type = {.kind = PD_KIND_DECIMAL};
    static const char *const texts[] = {"-1000000000000000000000000000000000000000000",
                                        "-0.50",
                                        "-0.05",
                                        "0",
                                        "0.0",
                                        "0.00",
                                        "0.000000000000000000000000000000000000000000000000001",
                                        "0.009",
                                        "0.01",
                                        "0.1",
                                        "1",
                                        "1.0",
                                        "1.5",
                                        "1.50",
                                        "1.500",
                                        "1.51",
                                        "10",
                                        "10.0",
                                        "99",
                                        "100",
                                        "99999999999999999999999999999999999999999999999999999"};
    struct cell cells[COUNT_OF(texts)] = {{0}};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        cells[i].bytes = (const uint8_t *)texts[i];
        cells[i].size = strlen(texts[i]);
    }
    /* -0.50 < -0.05: the scale says nothing about the value. */
    assert_rising(&type, cells, COUNT_OF(cells));
}

static void
very_large_and_very_small_exponents_sort(void **state)
{
    const struct pd_type type = {.kind = PD_KIND_DECIMAL};
    const size_t sizes[] = {1, 200, 223, 224, 225, 226, 300, 40000, 131072};
    CLEANUP_FREE char *digits = malloc(131072);
    struct cell cells[COUNT_OF(sizes)] = {{0}};

    memset(digits, '7', 131072);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        cells[i].bytes = (const uint8_t *)digits;
        cells[i].size = sizes[i];
    }
    assert_rising(&type, cells, COUNT_OF(cells));
}

static void
a_cell_of_more_than_4_mib_has_the_same_key_in_line_and_out_of_it(void **state)
{
    const struct pd_type type = {.kind = PD_KIND_TEXT};
    const size_t size = PD_LONG_CELL + 1;
    CLEANUP_FREE uint8_t *bytes = calloc(1, size);
    const struct pd_long as_long = {.size = size};
    const struct cell out_of_line = {.size = size, .as_long = &as_long};
    const struct cell cells[] = {{.bytes = bytes, .size = size - 1},
                                 {.bytes = bytes, .size = size}};
    CLEANUP_BUFFER struct buffer in = {0};
    CLEANUP_BUFFER struct buffer out = {0};

    assert_rising(&type, cells, COUNT_OF(cells));
    sortkey_cell(&in, &type, &cells[1]);
    sortkey_cell(&out, &type, &out_of_line);
    assert_int_equal(compare_keys(&in, &out), 0);
}

static void
a_row_ends_with_its_digest(void **state)
{
    struct pd_column columns[2] = {{.name = "a", .type = {.kind = PD_KIND_INT64}},
                                   {.name = "b", .type = {.kind = PD_KIND_TEXT}}};
    struct pd_table table = {.name = "t", .columns = columns, .n_columns = 2};
    struct pd_key_part part = {.column = 1};
    struct pd_key key = {.kind = PD_KEY_UNIQUE, .parts = &part, .n_parts = 1};
    struct cell cells[2] = {{.integer = 1}, {.bytes = (const uint8_t *)"x", .size = 1}};
    const struct pd_batch *batch = rows_batch(&table, cells, 1);
    struct digest digest = {.high = 0x0102030405060708, .low = 0x090a0b0c0d0e0f10};
    CLEANUP_BUFFER struct buffer with_key = {0};
    CLEANUP_BUFFER struct buffer without = {0};

    sortkey_row(&without, &table, NULL, batch, 0, &digest);
    assert_int_equal(without.size, 16);
    assert_memory_equal(without.data, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", 16);
    sortkey_row(&with_key, &table, &key, batch, 0, &digest);
    assert_int_equal(with_key.size, 20);
    assert_memory_equal(with_key.data, "\x20x\0\0", 4);
    assert_memory_equal(with_key.data + 4, without.data, 16);
    batch_release(batch);
}

static void
encodings_are_those_of_the_format(void **state)
{
    const struct pd_type type = {.kind = PD_KIND_NUMBER};
    static const struct {
        struct cell cell;
        const char *bytes;
        size_t size;
    } rows[] = {
        {{.tag = -1}, "\x05", 1},
        {{.tag = PD_TAG_INT, .integer = 0}, "\x12\x01", 2},
        {{.tag = PD_TAG_INT, .integer = 7}, "\x13\x81\x08\x00\x01", 5},
        {{.tag = PD_TAG_INT, .integer = 1234}, "\x13\x82\x0d\x23\x00\x01", 6},
        {{.tag = PD_TAG_INT, .integer = 12300}, "\x13\x83\x02\x18\x00\x01", 6},
        {{.tag = PD_TAG_INT, .integer = -7}, "\x11\x7e\xf7\xff\x01", 5},
        {{.tag = PD_TAG_REAL, .real = 0.5}, "\x13\x80\x33\x00\x04", 5},
        {{.tag = PD_TAG_REAL, .real = -0.0}, "\x12\x03", 2},
        {{.tag = PD_TAG_TEXT, .bytes = (const uint8_t *)"a\0", .size = 2},
         "\x20\x61\x00\xff\x00\x00",
         6},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP_BUFFER struct buffer out = {0};

        sortkey_cell(&out, &type, &rows[i].cell);
        assert_int_equal(out.size, rows[i].size);
        assert_memory_equal(out.data, rows[i].bytes, rows[i].size);
    }
}

/* 1.5 * 10^n has the exponent n / 2 + 1. */
static void
exponents_take_one_byte_up_to_112(void **state)
{
    const struct pd_type type = {.kind = PD_KIND_FLOAT64};
    static const struct {
        double real;
        const char *bytes;
        size_t size;
    } rows[] = {
        {1e222, "\x13\xf0", 2},
        {1.5e224, "\x13\xf1\x80\x00\x00\x71", 6},
        {1e300, "\x13\xf1\x80\x00\x00\x97", 6},
        {-1.5e224, "\x11\x0e\x7f\xff\xff\x8e", 6},
        {1.5e-226, "\x13\x10", 2},
        {1.5e-228, "\x13\x0f\x7f\xff\xff\x8f", 6},
        {1e-300, "\x13\x0f\x7f\xff\xff\x6b", 6},
        {-1e-300, "\x11\xf0\x80\x00\x00\x94", 6},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct cell cell = {.real = rows[i].real};
        CLEANUP_BUFFER struct buffer out = {0};

        sortkey_cell(&out, &type, &cell);
        assert_memory_equal(out.data, rows[i].bytes, rows[i].size);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_all_kinds_sort_as_their_values),
        cmocka_unit_test(integers_and_floats_mix_exactly),
        cmocka_unit_test(text_sorts_by_its_bytes_even_with_nul),
        cmocka_unit_test(days_stand_between_their_infinities),
        cmocka_unit_test(decimals_of_one_value_differ_by_their_scale),
        cmocka_unit_test(very_large_and_very_small_exponents_sort),
        cmocka_unit_test(a_cell_of_more_than_4_mib_has_the_same_key_in_line_and_out_of_it),
        cmocka_unit_test(a_row_ends_with_its_digest),
        cmocka_unit_test(encodings_are_those_of_the_format),
        cmocka_unit_test(exponents_take_one_byte_up_to_112),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
