// SPDX-License-Identifier: Apache-2.0
/* values - the nasty values that every engine is asked to take and to give back. */
#include "values.h"

#include "base/cleanup.h"

#define V(tag, bytes, comment)                                                                     \
    {                                                                                              \
        PD_TAG_##tag, bytes, sizeof bytes - 1, comment                                             \
    }

/* ---- Numbers ---- */

static const struct nasty bools[] = {V(PLAIN, "f", "false"), V(PLAIN, "t", "true")};
static const struct nasty int8s[] = {V(PLAIN, "0", "zero"), V(PLAIN, "-1", "all bits"),
                                     V(PLAIN, "127", "largest"), V(PLAIN, "-128", "smallest")};
static const struct nasty int16s[] = {V(PLAIN, "0", "zero"), V(PLAIN, "32767", "largest"),
                                      V(PLAIN, "-32768", "smallest"),
                                      V(PLAIN, "-129", "beyond 8 bits")};
static const struct nasty int32s[] = {V(PLAIN, "0", "zero"), V(PLAIN, "2147483647", "largest"),
                                      V(PLAIN, "-2147483648", "smallest"),
                                      V(PLAIN, "-32769", "beyond 16 bits")};
static const struct nasty int64s[] = {
    V(PLAIN, "0", "zero"),
    V(PLAIN, "9223372036854775807", "largest"),
    V(PLAIN, "-9223372036854775808", "smallest"),
    V(PLAIN, "9007199254740993", "2^53 + 1 is no double"),
    V(PLAIN, "-9007199254740993", "nor is its negative"),
    V(PLAIN, "4294967296", "beyond 32 bits"),
};
static const struct nasty uint8s[] = {V(PLAIN, "0", "zero"), V(PLAIN, "128", "the sign's bit"),
                                      V(PLAIN, "255", "largest")};
static const struct nasty uint16s[] = {V(PLAIN, "0", "zero"), V(PLAIN, "32768", "the sign's bit"),
                                       V(PLAIN, "65535", "largest")};
static const struct nasty uint32s[] = {V(PLAIN, "0", "zero"),
                                       V(PLAIN, "2147483648", "the sign's bit"),
                                       V(PLAIN, "4294967295", "largest")};
static const struct nasty uint64s[] = {
    V(PLAIN, "0", "zero"),
    V(PLAIN, "9223372036854775807", "largest that has a sign"),
    V(PLAIN, "9223372036854775808", "one more"),
    V(PLAIN, "18446744073709551615", "largest"),
};
static const struct nasty float32s[] = {
    V(PLAIN, "0.0", "zero"),
    V(PLAIN, "-0.0", "equal to 0, and not the same"),
    V(PLAIN, "NaN", "not a number"),
    V(PLAIN, "Infinity", "infinity"),
    V(PLAIN, "-Infinity", "minus infinity"),
    V(PLAIN, "0.1", "as a double it is 0.10000000149011612"),
    V(PLAIN, "1e-45", "smallest denormal"),
    V(PLAIN, "1.1754944e-38", "smallest normal"),
    V(PLAIN, "3.4028235e38", "largest"),
    V(PLAIN, "16777217", "rounded to 16777216"),
};
static const struct nasty float64s[] = {
    V(PLAIN, "0.0", "zero"),
    V(PLAIN, "-0.0", "equal to 0, and not the same"),
    V(PLAIN, "NaN", "not a number"),
    V(PLAIN, "Infinity", "infinity"),
    V(PLAIN, "-Infinity", "minus infinity"),
    V(PLAIN, "0.1", "no finite binary fraction"),
    V(PLAIN, "0.30000000000000004", "17 digits"),
    V(PLAIN, "1.2345678901234567e17", "17 digits before the point"),
    V(PLAIN, "5e-324", "smallest denormal"),
    V(PLAIN, "2.2250738585072014e-308", "smallest normal"),
    V(PLAIN, "1.7976931348623157e308", "largest"),
    V(PLAIN, "9007199254740992", "2^53"),
    V(PLAIN, "-9223372036854775808", "equal to the smallest integer"),
    V(PLAIN, "9223372036854775808", "beyond the largest integer"),
    V(PLAIN, "1", "equal to an integer"),
    V(PLAIN, "1e22", "where exact powers of ten end"),
};
static const struct nasty numbers[] = {
    V(INT, "0", "zero"),
    V(INT, "9223372036854775807", "largest integer"),
    V(INT, "-9223372036854775808", "smallest integer"),
    V(REAL, "0.5", "a fraction"),
    V(REAL, "1e300", "a large float"),
    V(REAL, "-1e-300", "a small float"),
    V(REAL, "Infinity", "infinity"),
    V(REAL, "-9223372036854775808", "equal to the smallest integer"),
    V(REAL, "1", "equal to an integer, and not the same"),
    V(REAL, "-0.0", "minus zero"),
    V(REAL, "NaN", "not a number"),
};
static const struct nasty decimals[] = {
    V(PLAIN, "0", "zero"),
    V(PLAIN, "0.00", "zero with a scale"),
    V(PLAIN, "1.5", "a scale"),
    V(PLAIN, "1.50", "another scale is another value"),
    V(PLAIN, "-9223372036854775809", "beyond 64 bits"),
    V(PLAIN, "340282366920938463463374607431768211456", "beyond 128 bits"),
    V(PLAIN,
      "12345678901234567890123456789012345678901234567890"
      "12345678901234567890123456789012345678901234567890",
      "100 digits"),
    V(PLAIN, "-0.00000000000000000000000000000000000000000000000000000000000000000001",
      "68 digits behind the point"),
    V(NAN, "", "not a number"),
    V(POS_INF, "", "infinity"),
    V(NEG_INF, "", "minus infinity"),
};
static const struct nasty decimals_10_2[] = {
    V(PLAIN, "0.00", "zero"),
    V(PLAIN, "99999999.99", "largest"),
    V(PLAIN, "-99999999.99", "smallest"),
    V(PLAIN, "0.01", "step"),
    V(PLAIN, "1.10", "a zero at its end"),
    V(PLAIN, "-0.07", "no finite binary fraction"),
    V(NAN, "", "not a number, which a bounded decimal may be")};
static const struct nasty decimals_18_0[] = {V(PLAIN, "0", "zero"),
                                             V(PLAIN, "999999999999999999", "largest"),
                                             V(PLAIN, "-999999999999999999", "smallest")};
static const struct nasty decimals_38_10[] = {
    V(PLAIN, "0.0000000000", "zero"),
    V(PLAIN, "9999999999999999999999999999.9999999999", "largest"),
    V(PLAIN, "-9999999999999999999999999999.9999999999", "smallest"),
    V(PLAIN, "0.0000000001", "step"),
};
static const struct nasty decimals_65_30[] = {
    V(PLAIN, "0.000000000000000000000000000000", "zero"),
    V(PLAIN, "99999999999999999999999999999999999.999999999999999999999999999999", "largest"),
    V(PLAIN, "-0.000000000000000000000000000001", "step"),
};
static const struct nasty moneys[] = {V(PLAIN, "0.00", "zero"),
                                      V(PLAIN, "-92233720368547758.08", "smallest"),
                                      V(PLAIN, "92233720368547758.07", "largest")};
static const struct nasty oids[] = {V(PLAIN, "0", "none"), V(PLAIN, "4294967295", "largest")};

/* ---- Text and bytes ---- */

static const struct nasty texts[] = {
    V(PLAIN, "plain", "nothing special"),
    V(PLAIN, "", "empty is not NULL"),
    V(PLAIN, "a\0b", "NUL inside"),
    V(PLAIN, "\0", "NUL alone"),
    V(PLAIN, "\xf0\x9f\x98\x80", "a character of 4 bytes"),
    V(PLAIN, "\xf4\x8f\xbf\xbf", "U+10FFFF"),
    V(PLAIN, "e\xcc\x81 \xc3\xa9", "the same letter in two ways"),
    V(PLAIN, "\xef\xbf\xbe\xef\xbf\xbf", "U+FFFE and U+FFFF"),
    V(PLAIN, "\xef\xbb\xbfmark", "a byte order mark"),
    V(PLAIN, "\xef\xbf\xbd", "U+FFFD, which stands for what was lost"),
    V(PLAIN, "  both sides  ", "blanks at both ends"),
    V(PLAIN, " ", "a blank"),
    V(PLAIN, "a\nb\r\n\tc\x1b[31m\x7f", "control characters"),
    V(PLAIN, "'\"`\\ \\N \\. $1 %s %n ; -- /* */ {}", "quotes and what looks like syntax"),
    V(PLAIN, "NULL", "the word"),
    V(PLAIN, "NaN", "the word"),
    V(PLAIN, "007", "digits that are no number"),
    V(PLAIN, "1e3", "a number, as text"),
    V(PLAIN, " 7 ", "a number between blanks"),
    V(PLAIN, "0x10", "hexadecimal"),
    V(PLAIN, "9223372036854775808", "a large number, as text"),
    V(PLAIN, "2024-02-30", "no date"),
    V(BADTEXT, "\xff", "no UTF-8"),
    V(BADTEXT, "\xed\xa0\x80", "a surrogate"),
    V(BADTEXT, "\xc0\x80", "NUL, overlong"),
    V(BADTEXT, "\xf4\x90\x80\x80", "beyond U+10FFFF"),
    V(BADTEXT, "a\xe2\x82", "cut in a character"),
    V(BADTEXT, "a\0\xff", "NUL and no UTF-8"),
    V(UTF16, "\x00\xd8", "half a surrogate pair"),
};
static const struct nasty texts_5[] = {
    V(PLAIN, "abcde", "full"), V(PLAIN, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "10 bytes"),
    V(PLAIN, "ab   ", "blanks at the end count"), V(PLAIN, "", "empty")};
static const struct nasty chars_5[] = {
    V(PLAIN, "ab", "its blanks do not count"), V(PLAIN, "", "empty, or blanks alone"),
    V(PLAIN, " x", "a blank before"), V(PLAIN, "\xf0\x9f\x98\x80xyz\xc3\xa9", "full")};
static const struct nasty binaries[] = {V(PLAIN, "", "empty"),
                                        V(PLAIN, "00", "NUL"),
                                        V(PLAIN, "610062", "NUL inside"),
                                        V(PLAIN, "ff", "not text"),
                                        V(PLAIN, "eda080", "a surrogate"),
                                        V(PLAIN, "27225c0a0d1a", "what is escaped elsewhere"),
                                        V(PLAIN, "2020", "blanks"),
                                        V(PLAIN, "5c783030", "\\x00 as text")};
static const struct nasty jsons[] = {
    V(PLAIN, "{\"a\":1,\"a\":2,  \"z\":1.0}", "a key twice, blanks, 1.0"),
    V(PLAIN, "\"\\u0000\"", "NUL, escaped"),
    V(PLAIN, "\"\\ud800\"", "half a surrogate pair, escaped"),
    V(PLAIN, "null", "null is not NULL"),
    V(PLAIN, "12", "a number"),
    V(PLAIN, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
      "40 deep"),
};
static const struct nasty jsonbs[] = {
    V(PLAIN, "{\"a\": 1.0, \"b\": 1, \"aa\": 2}", "as its engine writes it"),
    V(PLAIN, "123456789012345678901234567890.12345678901234567890", "50 digits"),
    V(PLAIN, "null", "null is not NULL"),
};
static const struct nasty xmls[] = {
    V(PLAIN, "<?xml version=\"1.0\" encoding=\"latin1\"?><a>\xc3\xa9</a>",
      "the declaration is not true any more"),
    V(PLAIN, "text <b/> only", "no element around it"),
    V(PLAIN, "", "empty"),
};
static const struct nasty enums[] = {
    V(PLAIN, "b", "first label"), V(PLAIN, "a", "not in the alphabet's order"),
    V(PLAIN, "", "empty label"),  V(PLAIN, "A", "by case alone another one"),
    V(PLAIN, "a ", "a blank"),    V(PLAIN, "\xf0\x9f\x98\x80", "4 bytes"),
    V(PLAIN, "0", "a digit"),     V(ENUM0, "", "the error value")};
static const struct nasty sets[] = {V(PLAIN, "", "none"), V(PLAIN, "x", "one"),
                                    V(PLAIN, "x,z", "two"), V(PLAIN, "x,y,z", "all")};

/* ---- Dates and times ---- */

static const struct nasty dates[] = {
    V(PLAIN, "1970-01-01", "day 0"),
    V(PLAIN, "1969-12-31", "day -1"),
    V(PLAIN, "2000-02-29", "leap day of a century"),
    V(PLAIN, "1582-10-10", "no day in the old calendar"),
    V(PLAIN, "0001-01-01", "first of this era"),
    V(PLAIN, "0001-02-29 BC", "leap day of year 0"),
    V(PLAIN, "4714-11-24 BC", "smallest in PostgreSQL"),
    V(PLAIN, "9999-12-31", "last with four digits"),
    V(PLAIN, "10000-01-01", "five digits"),
    V(PLAIN, "5874897-12-31", "largest in PostgreSQL"),
    V(POS_INF, "", "infinity"),
    V(NEG_INF, "", "minus infinity"),
    V(YMD, "0000-00-00", "zero date"),
    V(YMD, "2024-00-15", "no month"),
    V(YMD, "2024-02-31", "no such day"),
    V(YMD, "0000-12-31", "year 0"),
};
static const struct nasty times[] = {
    V(PLAIN, "00:00:00", "midnight"), V(PLAIN, "24:00:00", "midnight, at its other end"),
    V(PLAIN, "23:59:59.999999", "last microsecond"), V(PLAIN, "12:34:56.1", "short fraction")};
static const struct nasty wide_times[] = {V(PLAIN, "838:59:59.999999", "largest in MariaDB"),
                                          V(PLAIN, "-838:59:59.999999", "smallest in MariaDB"),
                                          V(PLAIN, "-00:00:00.000001", "just below zero"),
                                          V(PLAIN, "24:00:00", "a day")};
static const struct nasty timetzs[] = {
    V(PLAIN, "24:00:00-15:59", "end of day, far west"),
    V(PLAIN, "00:00:00+15:59:59", "seconds in the zone"),
    V(PLAIN, "12:34:56.123456+05:30", "half an hour in the zone"),
    V(PLAIN, "12:00:00+00", "UTC"),
};
static const struct nasty timestamps[] = {
    V(PLAIN, "1970-01-01 00:00:00", "0"),
    V(PLAIN, "1969-12-31 23:59:59.999999", "-1"),
    V(PLAIN, "2024-10-27 02:30:00", "twice that day, in some zones"),
    V(PLAIN, "1582-10-10 12:00:00", "no day in the old calendar"),
    V(PLAIN, "0001-12-31 23:59:59.999999 BC", "last before this era"),
    V(PLAIN, "4714-11-24 00:00:00 BC", "smallest in PostgreSQL"),
    V(PLAIN, "9999-12-31 23:59:59.999999", "last with four digits"),
    V(PLAIN, "294247-01-10 04:00:54.775807", "largest of 64 bits"),
    V(FAR, "294276-12-31 23:59:59.999999", "largest in PostgreSQL"),
    V(POS_INF, "", "infinity"),
    V(NEG_INF, "", "minus infinity"),
    V(YMD, "0000-00-00 00:00:00", "zero date"),
    V(YMD, "2024-00-00 12:34:56", "no month, no day"),
};
static const struct nasty timestamptzs[] = {
    V(PLAIN, "2024-10-27 00:30:00+00", "before the clock was put back"),
    V(PLAIN, "2024-10-27 01:30:00+00", "after"),
    V(PLAIN, "1970-01-01 00:00:00+00", "0"),
    V(PLAIN, "1969-12-31 23:59:59.999999+00", "-1"),
    V(PLAIN, "2038-01-19 03:14:08+00", "beyond 32 bits"),
    V(POS_INF, "", "infinity"),
    V(NEG_INF, "", "minus infinity"),
};
static const struct nasty intervals[] = {
    V(PLAIN, "P0M0DT0S", "nothing"),
    V(PLAIN, "P1M-2DT-11045.6S", "mixed signs"),
    V(PLAIN, "P0M1DT86400S", "a day and 24 hours"),
    V(PLAIN, "P-2136000000M0DT0S", "smallest in PostgreSQL"),
    V(PLAIN, "P2147483647M-2147483648DT9223372036854.775807S", "ends of all three"),
};
static const struct nasty years[] = {V(PLAIN, "0000", "zero"), V(PLAIN, "1901", "first"),
                                     V(PLAIN, "2155", "last")};

/* ---- Others ---- */

static const struct nasty uuids[] = {V(PLAIN, "00000000-0000-0000-0000-000000000000", "nil"),
                                     V(PLAIN, "ffffffff-ffff-ffff-ffff-ffffffffffff", "max"),
                                     V(PLAIN, "12345678-9abc-def0-1234-56789abcdef0", "digits")};
static const struct nasty bits_3[] = {V(PLAIN, "101", "digits"), V(PLAIN, "000", "zeros before")};
static const struct nasty bits_64[] = {
    V(PLAIN, "1111111111111111111111111111111111111111111111111111111111111111", "all"),
    V(PLAIN, "0000000000000000000000000000000000000000000000000000000000000001", "one")};
static const struct nasty varbits[] = {V(PLAIN, "", "none"), V(PLAIN, "0", "a zero"),
                                       V(PLAIN, "111111111", "beyond a byte")};
static const struct nasty inets[] = {V(PLAIN, "192.168.0.1/24", "host bits beside a mask"),
                                     V(PLAIN, "::ffff:1.2.3.4/96", "both families"),
                                     V(PLAIN, "10.0.0.1", "no mask")};
static const struct nasty cidrs[] = {V(PLAIN, "10.0.0.0/8", "a net"), V(PLAIN, "::/0", "all")};
static const struct nasty inet4s[] = {V(PLAIN, "0.0.0.0", "first"),
                                      V(PLAIN, "255.255.255.255", "last")};
static const struct nasty inet6s[] = {V(PLAIN, "::", "first"),
                                      V(PLAIN, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "last")};
static const struct nasty macaddrs[] = {V(PLAIN, "08:00:2b:01:02:03", "an address")};
static const struct nasty macaddr8s[] = {V(PLAIN, "08:00:2b:01:02:03:04:05", "an address")};
static const struct nasty arrays[] = {
    V(PLAIN, "[0:1]={1,2}", "its first index is 0"), V(PLAIN, "{}", "empty"),
    V(PLAIN, "{\"a,b\",NULL,\"NULL\",\"\",\"\\\\\\\"\"}", "all that is quoted"),
    V(PLAIN, "{{1,2},{3,NULL}}", "two dimensions")};
static const struct nasty geometries[] = {
    V(PLAIN, "e61000000101000000000000000000f03f0000000000000040", "a point with SRID 4326"),
    V(PLAIN, "00000000010700000000000000", "an empty collection")};
static const struct nasty anys[] = {
    V(INT, "1", "an integer"),
    V(INT, "-9223372036854775808", "smallest integer"),
    V(REAL, "1", "a float, equal to the integer"),
    V(REAL, "-9223372036854775808", "equal to the smallest integer"),
    V(REAL, "-0.0", "minus zero"),
    V(REAL, "Infinity", "infinity"),
    V(TEXT, "1", "text, equal to the integer"),
    V(TEXT, "", "no text"),
    V(TEXT, "a\0b", "NUL inside"),
    V(BYTES, "1", "bytes, equal to the text"),
    V(BYTES, "", "no bytes"),
    V(BYTES, "\0\xff", "no text"),
};
static const struct nasty opaques[] = {V(PLAIN, "'a' 'b':1,2A", "text of the engine"),
                                       V(PLAIN, "", "no text")};

/* ---- All of them ---- */

static const char *const labels[] = {"b", "a", "", "A", "a ", "zz", "\xf0\x9f\x98\x80", "1", "0"};
static const char *const members[] = {"x", "y", "z"};

#define COLUMN(name, kind_, values, ...)                                                           \
    {                                                                                              \
        name, {.struct_size = sizeof(struct pd_type), .kind = PD_KIND_##kind_, __VA_ARGS__},       \
            values, COUNT_OF(values)                                                               \
    }

const struct nasty_column nasty_columns[] = {
    COLUMN("any", ANY, anys, ),
    COLUMN("array", ARRAY, arrays, .element = PD_KIND_INT32),
    COLUMN("binary", BINARY, binaries, ),
    COLUMN("bit_3", BIT, bits_3, .length = 3),
    COLUMN("bit_64", BIT, bits_64, .length = 64),
    COLUMN("bool", BOOL, bools, ),
    COLUMN("char_5", CHAR, chars_5, .length = 5),
    COLUMN("cidr", CIDR, cidrs, ),
    COLUMN("date", DATE, dates, ),
    COLUMN("decimal", DECIMAL, decimals, ),
    COLUMN("decimal_10_2", DECIMAL, decimals_10_2, .precision = 10, .scale = 2),
    COLUMN("decimal_18_0", DECIMAL, decimals_18_0, .precision = 18),
    COLUMN("decimal_38_10", DECIMAL, decimals_38_10, .precision = 38, .scale = 10),
    COLUMN("decimal_65_30", DECIMAL, decimals_65_30, .precision = 65, .scale = 30),
    COLUMN("enum", ENUM, enums, .labels = labels, .n_labels = COUNT_OF(labels)),
    COLUMN("float32", FLOAT32, float32s, ),
    COLUMN("float64", FLOAT64, float64s, ),
    COLUMN("geometry", GEOMETRY, geometries, ),
    COLUMN("inet", INET, inets, ),
    COLUMN("inet4", INET4, inet4s, ),
    COLUMN("inet6", INET6, inet6s, ),
    COLUMN("int16", INT16, int16s, ),
    COLUMN("int32", INT32, int32s, ),
    COLUMN("int64", INT64, int64s, ),
    COLUMN("int8", INT8, int8s, ),
    COLUMN("interval", INTERVAL, intervals, ),
    COLUMN("json", JSON, jsons, ),
    COLUMN("jsonb", JSONB, jsonbs, ),
    COLUMN("macaddr", MACADDR, macaddrs, ),
    COLUMN("macaddr8", MACADDR8, macaddr8s, ),
    COLUMN("money", MONEY, moneys, .scale = 2),
    COLUMN("number", NUMBER, numbers, ),
    COLUMN("oid", OID, oids, ),
    COLUMN("opaque", OPAQUE, opaques, .native_name = "postgresql:tsvector"),
    COLUMN("set", SET, sets, .labels = members, .n_labels = COUNT_OF(members)),
    COLUMN("text", TEXT, texts, ),
    COLUMN("text_5", TEXT, texts_5, .length = 5),
    COLUMN("time", TIME, times, .precision = 6),
    COLUMN("time_wide", TIME, wide_times, .precision = 6, .flags = PD_TYPE_WIDE),
    COLUMN("timestamp", TIMESTAMP, timestamps, .precision = 6),
    COLUMN("timestamptz", TIMESTAMPTZ, timestamptzs, .precision = 6),
    COLUMN("timetz", TIMETZ, timetzs, .precision = 6),
    COLUMN("uint16", UINT16, uint16s, ),
    COLUMN("uint32", UINT32, uint32s, ),
    COLUMN("uint64", UINT64, uint64s, ),
    COLUMN("uint8", UINT8, uint8s, ),
    COLUMN("uuid", UUID, uuids, ),
    COLUMN("varbit", VARBIT, varbits, ),
    COLUMN("xml", XML, xmls, ),
    COLUMN("year", YEAR, years, ),
};
const size_t n_nasty_columns = COUNT_OF(nasty_columns);

const struct nasty nasty_strangers[] = {
    V(INT, "-77", "an integer"),
    V(REAL, "2.5", "a float"),
    V(TEXT, "twelve \xc3\xa9", "text"),
    V(TEXT, "12", "text that looks like a number"),
    V(BYTES, "\0\x01", "bytes"),
    V(BADTEXT, "bad \xff", "text that is not valid"),
    V(UTF16, "\x00\xd8\x41\x00", "UTF-16 that is not valid"),
    V(POS_INF, "", "infinity"),
    V(NEG_INF, "", "minus infinity"),
    V(NAN, "", "not a number"),
    V(FAR, "294277-01-01 00:00:00", "far away"),
    V(YMD, "2024-00-15", "no day of any calendar"),
    V(ENUM0, "", "error value"),
    V(NATIVE, "what no kind holds", "text of the engine"),
};
const size_t n_nasty_strangers = COUNT_OF(nasty_strangers);
