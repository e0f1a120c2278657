// SPDX-License-Identifier: Apache-2.0
/* Tests of the PostgreSQL plugin's decoder with values that are spoilt: each of their bytes as any
   other one, and each of their lengths. What comes of them is what a plain reading of the format
   says, which is written down here once more, or a refusal, and never anything else. */
#include <arpa/inet.h>
#include <time.h>

#include "test_postgresql_decode.h"

enum { EXPECTED_ROOM = 300000 };

/* What a value is. */
struct expected {
    bool is_fault;
    uint32_t tag;
    uint8_t *bytes;
    size_t size;
};

typedef void reading(const struct pd_type *type, const uint8_t *bytes, size_t size,
                     struct expected *e);

static uint64_t
big(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    size_t i;

    for (i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void
expect(struct expected *e, uint32_t tag, const void *bytes, size_t size)
{
    assert_true(size <= EXPECTED_ROOM);
    e->is_fault = false;
    e->tag = tag;
    e->size = size;
    memmove(e->bytes, bytes, size);
}

static void
expect_number(struct expected *e, uint64_t value, size_t size)
{
    uint8_t bytes[16];
    size_t i;

    for (i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    expect(e, PD_TAG_PLAIN, bytes, size);
}

/* ---- Of fixed size ---- */

static void
read_bool(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    if (size == 1 && *bytes <= 1)
        expect(e, PD_TAG_PLAIN, bytes, 1);
}

static void
read_int(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    size_t wanted = type->kind == PD_KIND_INT16                                  ? 2
                    : type->kind == PD_KIND_INT64 || type->kind == PD_KIND_MONEY ? 8
                                                                                 : 4;

    if (size == wanted)
        expect_number(e, big(bytes, size), size);
}

static void
read_float(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    bool is_double = type->kind == PD_KIND_FLOAT64;
    uint64_t value = big(bytes, size);
    uint64_t infinity = is_double ? UINT64_C(0x7ff) << 52 : UINT64_C(0xff) << 23;
    uint64_t sign = is_double ? UINT64_C(1) << 63 : UINT64_C(1) << 31;

    if (size != (is_double ? 8 : 4))
        return;
    if ((value & ~sign) > infinity)
        value = infinity | (is_double ? UINT64_C(1) << 51 : UINT64_C(1) << 22);
    expect_number(e, value, size);
}

static void
read_uuid(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    if (size == 16)
        expect(e, PD_TAG_PLAIN, bytes, 16);
}

static bool
expect_infinity(struct expected *e, int64_t value, int64_t least, int64_t most)
{
    if (value != least && value != most)
        return false;
    expect(e, value == most ? PD_TAG_POS_INF : PD_TAG_NEG_INF, "", 0);
    return true;
}

static void
read_date(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    int64_t days = size == 4 ? (int32_t)big(bytes, 4) : 0;

    if (size != 4 || expect_infinity(e, days, INT32_MIN, INT32_MAX))
        return;
    /* 4714-11-24 BC is day 0 of Julius Scaliger's, 2000-01-01 day 2451545. */
    if (days >= -2451545 && days < INT64_C(2147483494) - 2451545)
        expect_number(e, (uint64_t)(days + 10957), 4);
}

static void
read_time(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    if (size == 8 && big(bytes, 8) <= UINT64_C(86400000000))
        expect_number(e, big(bytes, 8), 8);
}

static void
read_timetz(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    int32_t zone = size == 12 ? (int32_t)big(bytes + 8, 4) : 0;
    uint8_t cell[12];
    size_t i;

    if (size != 12 || big(bytes, 8) > UINT64_C(86400000000) || zone <= -57600 || zone >= 57600)
        return;
    for (i = 0; i < 8; i++)
        cell[i] = bytes[7 - i];
    for (i = 0; i < 4; i++)
        cell[8 + i] = bytes[11 - i];
    expect(e, PD_TAG_PLAIN, cell, 12);
}

/* The C library's calendar, which goes as far as these. */
static void
read_timestamp(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    int64_t micros = size == 8 ? (int64_t)big(bytes, 8) : 0, since_1970;
    time_t seconds = (time_t)(micros / 1000000 + 946684800);
    char text[64], fraction[16] = "";
    size_t n;
    struct tm tm;

    if (size != 8 || expect_infinity(e, micros, INT64_MIN, INT64_MAX))
        return;
    /* 4714-11-24 BC, and the beginning of 294277 */
    if (micros < INT64_C(-2451545) * 86400000000 || micros >= INT64_C(9223371331200000000))
        return;
    if (!__builtin_add_overflow(micros, INT64_C(946684800000000), &since_1970)) {
        expect_number(e, (uint64_t)since_1970, 8);
        return;
    }
    gmtime_r(&seconds, &tm);
    n = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(fraction, sizeof fraction, ".%06d", (int)(micros % 1000000));
    while (fraction[strlen(fraction) - 1] == '0')
        fraction[strlen(fraction) - 1] = 0;
    if (fraction[1])
        strcpy(text + n, fraction);
    if (type->kind == PD_KIND_TIMESTAMPTZ)
        strcat(text, "+00");
    expect(e, PD_TAG_FAR, text, strlen(text));
}

static void
read_interval(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    static const uint8_t most[16] = {0x7f, 255, 255, 255, 255,  255, 255, 255,
                                     0x7f, 255, 255, 255, 0x7f, 255, 255, 255};
    static const uint8_t least[16] = {0x80, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0};
    uint8_t cell[16];
    size_t i;

    if (size != 16)
        return;
    for (i = 0; i < 8; i++)
        cell[i] = bytes[7 - i];
    for (i = 0; i < 4; i++) {
        cell[8 + i] = bytes[11 - i];
        cell[12 + i] = bytes[15 - i];
    }
    if (memcmp(bytes, most, 16) == 0)
        expect(e, PD_TAG_POS_INF, "", 0);
    else if (memcmp(bytes, least, 16) == 0)
        expect(e, PD_TAG_NEG_INF, "", 0);
    else
        expect(e, PD_TAG_PLAIN, cell, 16);
}

/* ---- Text ---- */

/* By the table of the Unicode standard, one character at a time. */
static bool
is_utf8(const uint8_t *text, size_t size)
{
    size_t i = 0, n;

    for (; i < size; i += n) {
        uint8_t c = text[i], next = i + 1 < size ? text[i + 1] : 0;
        uint8_t low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        uint8_t high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        size_t k;

        n = c < 0x80 ? 1 : c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : 4;
        if ((n == 4 && (c < 0xf0 || c > 0xf4)) || n > size - i ||
            (n > 1 && (next < low || next > high)))
            return false;
        for (k = 2; k < n; k++) {
            if ((text[i + k] & 0xc0) != 0x80)
                return false;
        }
    }
    return true;
}

static void
read_text(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    expect(e, is_utf8(bytes, size) ? PD_TAG_PLAIN : PD_TAG_BADTEXT, bytes, size);
}

static void
read_char(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    while (size && bytes[size - 1] == ' ')
        size--;
    read_text(type, bytes, size, e);
}

static void
read_bytea(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    expect(e, PD_TAG_PLAIN, bytes, size);
}

static void
read_jsonb(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    if (size && *bytes == 1)
        read_text(type, bytes + 1, size - 1, e);
}

static void
read_bits(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    uint64_t n = size < 4 ? 0 : big(bytes, 4), i;
    char digits[64];

    if (size < 4 || n > INT32_MAX || size - 4 != (n + 7) / 8)
        return;
    for (i = 0; i < n; i++)
        digits[i] = bytes[4 + i / 8] & 0x80 >> i % 8 ? '1' : '0';
    expect(e, PD_TAG_PLAIN, digits, (size_t)n);
}

/* The C library's addresses, which are spelt as the server spells them. */
static void
read_inet(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    bool is_v4 = size == 8, is_cidr = type->kind == PD_KIND_CIDR;
    unsigned most = is_v4 ? 32 : 128;
    char text[64];

    if ((size != 8 && size != 20) || bytes[0] != (is_v4 ? 2 : 3) || bytes[1] > most ||
        bytes[3] != size - 4)
        return;
    assert_non_null(inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes + 4, text, sizeof text));
    if (is_cidr || bytes[1] != most)
        sprintf(text + strlen(text), "/%u", bytes[1]);
    expect(e, PD_TAG_PLAIN, text, strlen(text));
}

static void
read_mac(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    char text[32];
    size_t i;

    if (size != (type->kind == PD_KIND_MACADDR ? 6 : 8))
        return;
    for (i = 0; i < size; i++)
        sprintf(text + 3 * i, "%02x:", bytes[i]);
    expect(e, PD_TAG_PLAIN, text, 3 * size - 1);
}

/* ---- Decimals, digit by digit ---- */

struct number {
    int n, weight, sign, scale;
    const uint8_t *groups;
};

/* The digit that is worth 10^exponent. */
static int
digit_at(const struct number *x, int exponent)
{
    int group = exponent >= 0 ? exponent / 4 : -((3 - exponent) / 4);
    int place = exponent - 4 * group, i = x->weight - group;
    static const int powers[] = {1, 10, 100, 1000};

    return i < 0 || i >= x->n ? 0 : (int)big(x->groups + 2 * i, 2) / powers[place] % 10;
}

/* What the server prints, but -0. */
static size_t
print_number(const struct number *x, char *text)
{
    int first = x->weight >= 0 ? 4 * x->weight + 3 : 0, exponent;
    bool is_zero = true;
    char *at = text + 1;

    while (first > 0 && digit_at(x, first) == 0)
        first--;
    for (exponent = first; exponent >= -x->scale; exponent--) {
        if (exponent == -1)
            *at++ = '.';
        *at++ = (char)('0' + digit_at(x, exponent));
        is_zero &= at[-1] == '0';
    }
    text[0] = '-';
    if (x->sign == 0x4000 && !is_zero)
        return (size_t)(at - text);
    memmove(text, text + 1, (size_t)(at - text) - 1);
    return (size_t)(at - text) - 1;
}

/* Has it digits behind its scale? */
static bool
has_more(const struct number *x)
{
    int exponent, last = 4 * (x->weight - x->n + 1);

    for (exponent = -x->scale - 1; exponent >= last; exponent--) {
        if (digit_at(x, exponent))
            return true;
    }
    return false;
}

/* Of layout I128: NATIVE when it does not fit. */
static void
expect_scaled(const struct pd_type *type, const struct number *x, char *text, size_t size,
              struct expected *e)
{
    __extension__ unsigned __int128 value = 0;
    int digits = 0;
    uint8_t cell[16];
    size_t i;

    for (i = 0; i < size; i++) {
        if (text[i] < '0')
            continue;
        digits += digits || text[i] > '0';
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    if (x->scale != type->scale || digits > type->precision || has_more(x)) {
        expect(e, PD_TAG_NATIVE, text, size);
        return;
    }
    if (*text == '-')
        value = -value;
    for (i = 0; i < 16; i++)
        cell[i] = (uint8_t)(value >> (8 * i));
    expect(e, PD_TAG_PLAIN, cell, 16);
}

static void
read_numeric(const struct pd_type *type, const uint8_t *bytes, size_t size, struct expected *e)
{
    static char text[EXPECTED_ROOM];
    struct number x;
    size_t n;
    int i;

    if (size < 8)
        return;
    x = (struct number){(int16_t)big(bytes, 2), (int16_t)big(bytes + 2, 2), (int)big(bytes + 4, 2),
                        (int)big(bytes + 6, 2), bytes + 8};
    if (x.n < 0 || size != 8 + 2 * (size_t)x.n || x.scale > 16383)
        return;
    for (i = 0; i < x.n; i++) {
        if (big(x.groups + 2 * i, 2) > 9999)
            return;
    }
    if (x.sign == 0xc000 || x.sign == 0xd000 || x.sign == 0xf000)
        expect(e,
               x.sign == 0xc000   ? PD_TAG_NAN
               : x.sign == 0xd000 ? PD_TAG_POS_INF
                                  : PD_TAG_NEG_INF,
               "", 0);
    if (x.sign != 0 && x.sign != 0x4000)
        return;
    n = print_number(&x, text);
    if (type->precision)
        expect_scaled(type, &x, text, n, e);
    else
        expect(e, PD_TAG_PLAIN, text, n);
}

/* ---- All of them ---- */

static const struct {
    struct sample sample;
    reading *read;
} spoilt[] = {
#define SPOILT(form_, kind_, hex_, read_)                                                          \
    {                                                                                              \
        {#form_ " " hex_, PG_FORM_##form_, kind_, hex_}, read_                                     \
    }
    SPOILT(BOOL, TYPE(BOOL, ), "01", read_bool),
    SPOILT(INT2, TYPE(INT16, ), "8001", read_int),
    SPOILT(INT4, TYPE(INT32, ), "80000001", read_int),
    SPOILT(OID, TYPE(OID, ), "80000001", read_int),
    SPOILT(INT8, TYPE(INT64, ), "8000000000000001", read_int),
    SPOILT(MONEY, TYPE(MONEY, .scale = 2), "8000000000000001", read_int),
    SPOILT(FLOAT4, TYPE(FLOAT32, ), "7f800000", read_float),
    SPOILT(FLOAT8, TYPE(FLOAT64, ), "7ff0000000000000", read_float),
    SPOILT(UUID, TYPE(UUID, ), "00112233445566778899aabbccddeeff", read_uuid),
    SPOILT(DATE, TYPE(DATE, ), "ffffd533", read_date),
    SPOILT(DATE, TYPE(DATE, ), "7fffffff", read_date),
    SPOILT(DATE, TYPE(DATE, ), "7fda970c", read_date),
    SPOILT(DATE, TYPE(DATE, ), "ffda97a7", read_date),
    SPOILT(TIME, TYPE(TIME, .precision = 6), "000000141dd76000", read_time),
    SPOILT(TIMETZ, TYPE(TIMETZ, .precision = 6), "000000141dd76000 0000e0ff", read_timetz),
    SPOILT(TIMETZ, TYPE(TIMETZ, .precision = 6), "00000000000f4240 ffff1f01", read_timetz),
    SPOILT(TIMESTAMP, TYPE(TIMESTAMP, .precision = 6), "7ffca2fec4c81fff", read_timestamp),
    SPOILT(TIMESTAMP, TYPE(TIMESTAMPTZ, .precision = 6), "7fffff5bb3b29fff", read_timestamp),
    SPOILT(TIMESTAMP, TYPE(TIMESTAMP, .precision = 6), "7fffffffffffffff", read_timestamp),
    SPOILT(TIMESTAMP, TYPE(TIMESTAMPTZ, .precision = 6), "fd0f7cc1411fa000", read_timestamp),
    SPOILT(INTERVAL, TYPE(INTERVAL, ), "7fffffffffffffff 7fffffff 7fffffff", read_interval),
    SPOILT(INTERVAL, TYPE(INTERVAL, ), "8000000000000000 80000000 80000000", read_interval),
    SPOILT(STRING, TYPE(TEXT, ), "61 c3a9 e282ac f09d849e 7a", read_text),
    SPOILT(TEXT, TYPE(XML, ), "eda080 f48fbfbf", read_text),
    SPOILT(BPCHAR, TYPE(CHAR, .length = 5), "6120c3a92020", read_char),
    SPOILT(BYTEA, TYPE(BINARY, ), "00ff", read_bytea),
    SPOILT(JSONB, TYPE(JSONB, ), "017bc3a97d", read_jsonb),
    SPOILT(BIT, TYPE(VARBIT, ), "0000000c a8f0", read_bits),
    SPOILT(BIT, TYPE(VARBIT, ), "00000000", read_bits),
    SPOILT(INET, TYPE(INET, ), "02 18 00 04 c0a80001", read_inet),
    SPOILT(INET, TYPE(CIDR, ), "02 20 01 04 c0a80001", read_inet),
    SPOILT(INET, TYPE(INET, ), "03 80 00 10 20010db8000000000001000000000001", read_inet),
    SPOILT(INET, TYPE(INET, ), "03 60 00 10 00000000000000000000ffff01020304", read_inet),
    SPOILT(INET, TYPE(CIDR, ), "03 00 01 10 00000000000000000000000000000000", read_inet),
    SPOILT(MAC, TYPE(MACADDR, ), "08002b010203", read_mac),
    SPOILT(MAC, TYPE(MACADDR8, ), "08002b0102030405", read_mac),
    SPOILT(NUMERIC, TYPE(DECIMAL, ), "0002 0000 4000 0002 0001 1388", read_numeric),
    SPOILT(NUMERIC, TYPE(DECIMAL, ), "0001 fffe 4000 0005 03e8", read_numeric),
    SPOILT(NUMERIC, TYPE(DECIMAL, ), "0003 0001 0000 0006 0000 0007 0000", read_numeric),
    SPOILT(NUMERIC, TYPE(DECIMAL, ), "0000 0000 c000 0000", read_numeric),
    SPOILT(NUMERIC, TYPE(DECIMAL, .precision = 10, .scale = 2), "0002 0000 4000 0002 000c 0d48",
           read_numeric),
    SPOILT(NUMERIC, TYPE(DECIMAL, .precision = 18, .scale = 4),
           "0004 0002 0000 0004 0001 0002 0003 0004", read_numeric),
    SPOILT(NUMERIC, TYPE(DECIMAL, .precision = 38), "0003 0009 4000 0000 000a 0000 0001",
           read_numeric),
    SPOILT(NUMERIC, TYPE(DECIMAL, .precision = 38, .scale = 38), "0002 fffa 4000 0026 0001 0500",
           read_numeric),
#undef SPOILT
};

static void
check_cell(const char *name, const struct pd_vector *v, const struct expected *e)
{
    bool is_tagged = v->layout == PD_LAYOUT_TAGGED;
    uint32_t tag = is_tagged ? v->tags[0] : PD_TAG_PLAIN;
    size_t size = is_tagged || v->layout == PD_LAYOUT_VAR ? (size_t)v->offsets[1]
                  : v->layout == PD_LAYOUT_BITS           ? 1
                                                          : v->width;

    if (tag != e->tag || size != e->size || memcmp(v->data, e->bytes, size) != 0)
        fail_msg("%s: another value: tag %u for %u, %zu bytes for %zu", name, tag, e->tag, size,
                 e->size);
}

/* Bytes that nothing is behind of. True: they are a value. */
static bool
check_spoilt(size_t number, const uint8_t *bytes, size_t size)
{
    static uint8_t room[EXPECTED_ROOM];
    struct expected e = {.is_fault = true, .bytes = room};
    const struct sample *sample = &spoilt[number].sample;
    uint8_t *exact = malloc(size ? size : 1);
    const struct pd_batch *batch;
    struct one one;
    char name[2 * MOST_BYTES + 64];
    bool done;
    size_t i;

    memcpy(exact, bytes, size);
    snprintf(name, sizeof name, "%s as ", sample->name);
    for (i = 0; i < size; i++)
        sprintf(name + strlen(name), "%02x", bytes[i]);
    spoilt[number].read(&sample->type, exact, size, &e);
    one_open(&one, sample);
    done = decode_cell(&one.decoder, one.decoder.columns, exact, size);
    if (done == e.is_fault)
        fail_msg("%s: %s", name, done ? "was taken" : one.decoder.fault);
    assert_true(done == !one.decoder.fault);
    if (done) {
        decode_row_end(&one.decoder);
        batch = pd_builder_finish(&one.builder);
        assert_non_null(batch);
        check_cell(name, batch->vectors, &e);
        batch->release(batch);
    }
    one_close(&one);
    free(exact);
    return done;
}

static void
each_byte_of_a_value_may_be_any_other(void **state)
{
    size_t i, k, n_values = 0, n_faults = 0;

    for (i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        uint8_t bytes[MOST_BYTES];
        size_t size = from_hex(spoilt[i].sample.hex, bytes);
        unsigned value;

        for (k = 0; k < size; k++) {
            uint8_t was = bytes[k];

            for (value = 0; value < 256; value++) {
                bool done;

                bytes[k] = (uint8_t)value;
                done = check_spoilt(i, bytes, size);
                n_values += done;
                n_faults += !done;
            }
            bytes[k] = was;
        }
    }
    assert_true(n_values > 10000 && n_faults > 10000);
}

static void
a_value_may_end_anywhere_and_go_on(void **state)
{
    size_t i, size;

    for (i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        uint8_t bytes[MOST_BYTES] = {0};
        size_t whole = from_hex(spoilt[i].sample.hex, bytes);

        for (size = 0; size < whole + 9; size++)
            check_spoilt(i, bytes, size);
        if (!check_spoilt(i, bytes, whole))
            fail_msg("%s is no value", spoilt[i].sample.name);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_byte_of_a_value_may_be_any_other),
        cmocka_unit_test(a_value_may_end_anywhere_and_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
