// SPDX-License-Identifier: Apache-2.0
// convert_meaning - values for columns that are there: each conversion with good, bad and border
// values, and that doc/types.md has the table of them.
#include "convert_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"

static const struct convert_rules nothing;
static const struct convert_rules seconds = {.epoch_us = 1000000}, milli = {.epoch_us = 1000},
                                  micro = {.epoch_us = 1};
static const struct convert_rules utc = {.has_zone = true},
                                  plus_two = {.has_zone = true, .zone_us = INT64_C(7200000000)},
                                  west = {.has_zone = true, .zone_us = INT64_C(-18000000000)};
static const struct convert_rules words = {.reads_bools = true}, packed = {.packs_uuids = true};
static const struct convert_rules local_seconds = {
    .epoch_us = 1000000, .has_zone = true, .zone_us = INT64_C(7200000000)};

/* From the canonical text of a type to that of another; wanted NULL: it does not fit. */
struct one {
    const struct pd_type *from;
    const struct pd_type *to;
    const struct convert_rules *rules;
    const char *text;
    const char *wanted;
};

static const struct pd_type any = TYPE(ANY), number = TYPE(NUMBER), boolean = TYPE(BOOL),
                            int8 = TYPE(INT8), int32 = TYPE(INT32), int64 = TYPE(INT64),
                            uint64 = TYPE(UINT64), float32 = TYPE(FLOAT32), float64 = TYPE(FLOAT64),
                            decimal = TYPE(DECIMAL), text = TYPE(TEXT),
                            text32 = TYPE(TEXT, .length = 32), text5 = TYPE(TEXT, .length = 5),
                            fixed = TYPE(CHAR, .length = 5), date = TYPE(DATE),
                            time_ = TYPE(TIME, .precision = -1),
                            stamp = TYPE(TIMESTAMP, .precision = -1),
                            stamp0 = TYPE(TIMESTAMP, .precision = 0),
                            instant = TYPE(TIMESTAMPTZ, .precision = -1), uuid = TYPE(UUID),
                            json = TYPE(JSON), jsonb = TYPE(JSONB), inet = TYPE(INET),
                            cidr = TYPE(CIDR), inet4 = TYPE(INET4), inet6 = TYPE(INET6),
                            mac = TYPE(MACADDR), binary = TYPE(BINARY),
                            bit1 = TYPE(BIT, .length = 1), bit8 = TYPE(BIT, .length = 8),
                            interval = TYPE(INTERVAL), year = TYPE(YEAR),
                            money = TYPE(DECIMAL, .precision = 10, .scale = 2),
                            small = TYPE(DECIMAL, .precision = 4, .scale = 1);
static const char *const labels_of[] = {"red", "green"};
static const struct pd_type colour = TYPE(ENUM, .labels = labels_of, .n_labels = 2);
static const char *const turned[] = {"green", "red"}, *const others[] = {"red", "blue"},
                         *const empty[] = {"", "red", "green"};
static const struct pd_type turned_colour = TYPE(ENUM, .labels = turned, .n_labels = 2),
                            other_colour = TYPE(ENUM, .labels = others, .n_labels = 2),
                            set = TYPE(SET, .labels = labels_of, .n_labels = 2),
                            turned_set = TYPE(SET, .labels = turned, .n_labels = 2),
                            other_set = TYPE(SET, .labels = others, .n_labels = 2),
                            empty_set = TYPE(SET, .labels = empty, .n_labels = 3);
/* As MariaDB has them. */
static const struct pd_type binary2 = TYPE(BINARY, .length = 2, .flags = PD_TYPE_FIXED),
                            rounded = TYPE(FLOAT64, .precision = 10, .scale = 2),
                            rounded32 = TYPE(FLOAT32, .precision = 7, .scale = 3);

static const struct one ones[] = {
    /* bool */
    {&int64, &boolean, &nothing, "0", "f"},
    {&int64, &boolean, &nothing, "1", "t"},
    {&int64, &boolean, &nothing, "2", NULL},
    {&int64, &boolean, &nothing, "-1", NULL},
    {&number, &boolean, &nothing, "1", "t"},
    {&float64, &boolean, &nothing, "1.0", "t"},
    {&float64, &boolean, &nothing, "0.5", NULL},
    {&text, &boolean, &words, "true", "t"},
    {&text, &boolean, &words, "F", "f"},
    {&text, &boolean, &words, "Yes", "t"},
    {&text, &boolean, &words, "off", "f"},
    {&text, &boolean, &words, "0", "f"},
    {&text, &boolean, &words, "2", NULL},
    {&text, &boolean, &words, "", NULL},
    {&text, &boolean, &words, " t", NULL},
    {&text, &bit1, &words, "true", "1"},
    {&text, &bit1, &nothing, "true", NULL},
    {&text, &int8, &words, "False", "0"},
    {&text, &int8, &nothing, "False", NULL},
    {&bit1, &boolean, &nothing, "1", "t"},
    {&bit8, &boolean, &nothing, "00000001", NULL},
    {&bit1, &int8, &nothing, "1", "1"},
    {&bit8, &int8, &nothing, "00000010", NULL},
    {&bit8, &int8, &nothing, "10", NULL},
    {&int8, &bit1, &nothing, "1", "1"},
    {&int8, &bit1, &nothing, "2", NULL},
    {&boolean, &bit1, &nothing, "t", "1"},
    {&boolean, &text, &nothing, "t", "true"},
    {&boolean, &text, &nothing, "f", "false"},
    {&boolean, &int8, &nothing, "t", "1"},
    {&boolean, &number, &nothing, "f", "0"},
    /* whole numbers */
    {&int64, &int8, &nothing, "127", "127"},
    {&int64, &int8, &nothing, "128", NULL},
    {&int64, &int8, &nothing, "-128", "-128"},
    {&uint64, &int64, &nothing, "9223372036854775807", "9223372036854775807"},
    {&uint64, &int64, &nothing, "9223372036854775808", NULL},
    {&int64, &uint64, &nothing, "-1", NULL},
    {&float64, &int64, &nothing, "12.0", "12"},
    {&float64, &int64, &nothing, "12.5", NULL},
    {&float64, &int64, &nothing, "9007199254740992.0", "9007199254740992"},
    {&float64, &int64, &nothing, "9007199254740994.0", NULL},
    {&float64, &int64, &nothing, "NaN", NULL},
    {&money, &int32, &nothing, "12.00", "12"},
    {&money, &int32, &nothing, "12.50", NULL},
    {&decimal, &int32, &nothing, "12.0", "12"},
    {&text, &int32, &nothing, "12", "12"},
    {&text, &int32, &nothing, "-12", "-12"},
    {&text, &int32, &nothing, "012", NULL},
    {&text, &int32, &nothing, "+12", NULL},
    {&text, &int32, &nothing, "12 ", NULL},
    {&text, &int32, &nothing, "", NULL},
    {&text, &int32, &nothing, "2147483648", NULL},
    {&text, &int32, &nothing, "1e3", NULL},
    {&text, &year, &nothing, "2024", "2024"},
    {&text, &year, &nothing, "1900", NULL},
    /* decimals */
    {&int64, &money, &nothing, "12", "12.00"},
    {&int64, &money, &nothing, "99999999", "99999999.00"},
    {&int64, &money, &nothing, "100000000", NULL},
    {&float64, &money, &nothing, "9.99", "9.99"},
    {&float64, &money, &nothing, "9.999", NULL},
    {&float64, &decimal, &nothing, "0.1", "0.1"},
    {&float64, &money, &nothing, "-0.0", "0.00"},
    {&float64, &decimal, &nothing, "NaN", "NaN"},
    {&decimal, &money, &nothing, "12.5", "12.50"},
    {&decimal, &money, &nothing, "12.505", NULL},
    {&money, &small, &nothing, "12.50", "12.5"},
    {&money, &small, &nothing, "12.55", NULL},
    {&money, &small, &nothing, "999.90", "999.9"},
    {&money, &small, &nothing, "1000.00", NULL},
    {&text, &money, &nothing, "0.1", "0.10"},
    {&text, &money, &nothing, "-3.50", "-3.50"},
    {&text, &money, &nothing, "1,5", NULL},
    {&text, &decimal, &nothing, "1.500", "1.500"},
    {&decimal, &number, &nothing, "12.50", "12.5"},
    {&decimal, &number, &nothing, "12345678901234567.5", NULL},
    /* floats */
    {&int64, &float64, &nothing, "9007199254740992", "9007199254740992.0"},
    {&int64, &float64, &nothing, "9007199254740993", NULL},
    {&int64, &float32, &nothing, "16777216", "16777216.0"},
    {&int64, &float32, &nothing, "16777217", NULL},
    {&float64, &float32, &nothing, "0.5", "0.5"},
    {&float64, &float32, &nothing, "0.1", "0.1"},
    {&money, &float64, &nothing, "0.10", "0.1"},
    {&decimal, &float64, &nothing, "0.1000000000000000055", NULL},
    {&text, &float64, &nothing, "1.5", "1.5"},
    {&float64, &rounded, &nothing, "1234.57", "1234.57"},
    {&float64, &rounded, &nothing, "1234.5678", NULL},
    {&float64, &rounded, &nothing, "-0.5", "-0.5"},
    {&float64, &rounded, &nothing, "-0.1", NULL},
    {&float32, &rounded32, &nothing, "0.125", "0.125"},
    {&float32, &rounded32, &nothing, "0.12345", NULL},
    {&text, &rounded, &nothing, "1.125", NULL},
    /* labels */
    {&colour, &turned_colour, &nothing, "red", "red"},
    {&colour, &other_colour, &nothing, "red", "red"},
    {&colour, &other_colour, &nothing, "green", NULL},
    {&set, &turned_set, &nothing, "red,green", "green,red"},
    {&set, &turned_set, &nothing, "", ""},
    {&set, &other_set, &nothing, "red", "red"},
    {&set, &other_set, &nothing, "red,green", NULL},
    {&set, &empty_set, &nothing, "red,green", "red,green"},
    {&empty_set, &set, &nothing, "red,green", "red,green"},
    {&empty_set, &set, &nothing, ",", NULL},
    {&empty_set, &set, &nothing, ",red", NULL},
    {&empty_set, &empty_set, &nothing, ",", ","},
    {&text, &set, &nothing, "red,green", "red,green"},
    {&text, &set, &nothing, "", ""},
    {&text, &set, &nothing, "green,red", NULL},
    {&text, &set, &nothing, "red,red", NULL},
    {&text, &set, &nothing, "red,", NULL},
    {&text, &set, &nothing, ",", NULL},
    {&text, &empty_set, &nothing, ",", ","},
    {&text, &empty_set, &nothing, ",green", ",green"},
    {&text, &empty_set, &nothing, "red,", NULL},
    {&text, &binary2, &nothing, "ab", "6162"},
    {&text, &binary2, &nothing, "a", NULL},
    {&text, &binary2, &nothing, "abc", NULL},
    {&binary, &binary2, &nothing, "6162", "6162"},
    {&binary, &binary2, &nothing, "", NULL},
    {&text, &float64, &nothing, "12", "12.0"},
    {&text, &float64, &nothing, "NaN", "NaN"},
    {&text, &float64, &nothing, "abc", NULL},
    /* numbers as text */
    {&int64, &text, &nothing, "-5", "-5"},
    {&float64, &text, &nothing, "1.5", "1.5"},
    {&money, &text, &nothing, "1.50", "1.50"},
    {&int64, &text5, &nothing, "12345", "12345"},
    {&int64, &text5, &nothing, "123456", NULL},
    {&number, &text, &nothing, "7", "7"},
    {&any, &text, &nothing, "i:7", "7"},
    {&any, &text, &nothing, "t:i:7", "i:7"},
    {&any, &text, &nothing, "r:1.5", "1.5"},
    /* lengths */
    {&text, &text5, &nothing, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
     "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"},
    {&text, &text5, &nothing, "123456", NULL},
    {&text, &fixed, &nothing, "12345", "12345"},
    {&text, &fixed, &nothing, "12 ", NULL},
    {&text, &colour, &nothing, "red", "red"},
    {&text, &colour, &nothing, "blue", NULL},
    /* texts of times as numbers */
    {&text, &int64, &seconds, "2024-02-29 12:00:00", "1709208000"},
    {&text, &int64, &nothing, "2024-02-29 12:00:00", NULL},
    {&text, &int64, &milli, "2024-02-29T12:00:00.5+02:00", "1709200800500"},
    {&text, &int64, &seconds, "2024-02-29T12:00:00.5", NULL},
    {&text, &int64, &local_seconds, "2024-02-29 12:00:00", "1709200800"},
    {&text, &int64, &seconds, "1709208000", "1709208000"},
    {&text, &int64, &seconds, "12:00:00", NULL},
    {&any, &int64, &seconds, "t:2024-02-29", "1709164800"},
    {&any, &int64, &seconds, "i:7", "7"},
    /* dates */
    {&text, &date, &nothing, "2024-02-29", "2024-02-29"},
    {&text, &date, &nothing, "2023-02-29", NULL},
    {&text, &date, &nothing, "2024-02-29 00:00:00", "2024-02-29"},
    {&text, &date, &nothing, "2024-02-29T00:00", "2024-02-29"},
    {&text, &date, &nothing, "2024-02-29 00:00:01", NULL},
    {&text, &date, &nothing, "2024-2-9", NULL},
    {&text, &date, &nothing, "02/03/2024", NULL},
    {&text, &date, &nothing, "0000-00-00", NULL},
    {&text, &date, &nothing, "-infinity", "-infinity"},
    {&stamp, &date, &nothing, "1969-12-31 00:00:00", "1969-12-31"},
    {&stamp, &date, &nothing, "1969-12-31 12:00:00", NULL},
    {&instant, &date, &plus_two, "2024-01-01 22:00:00+00", "2024-01-02"},
    {&date, &stamp, &nothing, "2024-01-02", "2024-01-02 00:00:00"},
    {&date, &stamp, &nothing, "infinity", "infinity"},
    /* times of day */
    {&text, &time_, &nothing, "12:34", "12:34:00"},
    {&text, &time_, &nothing, "12:34:56.5", "12:34:56.5"},
    {&text, &time_, &nothing, "25:00", NULL},
    {&text, &time_, &nothing, "2024-01-02 12:34", NULL},
    {&text, &time_, &nothing, "12:34Z", NULL},
    {&time_, &interval, &nothing, "01:00:00", "P0M0DT3600S"},
    /* local times */
    {&text, &stamp, &nothing, "2024-01-02", "2024-01-02 00:00:00"},
    {&text, &stamp, &nothing, "2024-01-02T03:04:05", "2024-01-02 03:04:05"},
    {&text, &stamp, &nothing, "2024-01-02 03:04", "2024-01-02 03:04:00"},
    {&text, &stamp, &nothing, "2024-01-02 03:04:05,25", "2024-01-02 03:04:05.25"},
    {&text, &stamp, &nothing, "2024-01-02 03:04:05.123456000", "2024-01-02 03:04:05.123456"},
    {&text, &stamp, &nothing, "2024-01-02 03:04:05.1234567", NULL},
    {&text, &stamp, &nothing, "2024-01-02 24:00:00", NULL},
    {&text, &stamp, &nothing, "2024-01-02 03:04:60", NULL},
    {&text, &stamp, &nothing, "2024-01-02 ", NULL},
    {&text, &stamp, &nothing, "2024-01-02 03:04:05Z", NULL},
    {&text, &stamp, &plus_two, "2024-01-02 03:04:05Z", "2024-01-02 05:04:05"},
    {&text, &stamp, &utc, "2024-01-02 03:04:05+02:00", "2024-01-02 01:04:05"},
    {&text, &stamp, &nothing, "infinity", "infinity"},
    {&text, &stamp0, &nothing, "2024-01-02 03:04:05", "2024-01-02 03:04:05"},
    {&text, &stamp0, &nothing, "2024-01-02 03:04:05.5", NULL},
    {&instant, &stamp, &nothing, "2024-01-02 03:04:05+00", "2024-01-02 03:04:05"},
    {&instant, &stamp, &west, "2024-01-02 03:04:05+00", "2024-01-01 22:04:05"},
    /* instants */
    {&text, &instant, &nothing, "2024-01-02T03:04:05Z", "2024-01-02 03:04:05+00"},
    {&text, &instant, &nothing, "2024-01-02 03:04:05+02:00", "2024-01-02 01:04:05+00"},
    {&text, &instant, &nothing, "2024-01-02 03:04:05-0530", "2024-01-02 08:34:05+00"},
    {&text, &instant, &nothing, "2024-01-02 03:04:05+02", "2024-01-02 01:04:05+00"},
    {&text, &instant, &nothing, "2024-01-02 03:04:05 UTC", "2024-01-02 03:04:05+00"},
    {&text, &instant, &nothing, "2024-01-02 03:04:05 CET", NULL},
    {&text, &instant, &nothing, "2024-01-02 03:04:05", NULL},
    {&text, &instant, &utc, "2024-01-02 03:04:05", "2024-01-02 03:04:05+00"},
    {&text, &instant, &plus_two, "2024-01-02 03:04:05", "2024-01-02 01:04:05+00"},
    {&text, &instant, &plus_two, "2024-01-02 03:04:05Z", "2024-01-02 03:04:05+00"},
    {&stamp, &instant, &plus_two, "2024-01-02 03:04:05", "2024-01-02 01:04:05+00"},
    {&date, &instant, &west, "2024-01-02", "2024-01-02 05:00:00+00"},
    {&number, &instant, &nothing, "1700000000", NULL},
    /* epochs */
    {&int64, &instant, &seconds, "0", "1970-01-01 00:00:00+00"},
    {&int64, &instant, &seconds, "1700000000", "2023-11-14 22:13:20+00"},
    {&int64, &instant, &seconds, "-1", "1969-12-31 23:59:59+00"},
    {&int64, &instant, &milli, "1700000000001", "2023-11-14 22:13:20.001+00"},
    {&int64, &instant, &micro, "1700000000000001", "2023-11-14 22:13:20.000001+00"},
    {&int64, &instant, &seconds, "9223372036854775807", NULL},
    {&float64, &instant, &seconds, "1700000000.5", "2023-11-14 22:13:20.5+00"},
    {&float64, &instant, &seconds, "0.1234567", NULL},
    {&float64, &instant, &micro, "1.5", NULL},
    {&decimal, &instant, &seconds, "0.25", "1970-01-01 00:00:00.25+00"},
    {&text, &instant, &seconds, "1700000000", "2023-11-14 22:13:20+00"},
    {&text, &instant, &seconds, "soon", NULL},
    {&int64, &stamp, &seconds, "3600", "1970-01-01 01:00:00"},
    {&int64, &stamp, &local_seconds, "3600", "1970-01-01 03:00:00"},
    {&int64, &date, &seconds, "86400", "1970-01-02"},
    {&int64, &date, &seconds, "86401", NULL},
    {&number, &instant, &seconds, "5", "1970-01-01 00:00:05+00"},
    {&instant, &int64, &seconds, "2023-11-14 22:13:20+00", "1700000000"},
    {&instant, &int64, &seconds, "2023-11-14 22:13:20.5+00", NULL},
    {&instant, &int64, &milli, "2023-11-14 22:13:20.5+00", "1700000000500"},
    {&stamp, &int64, &local_seconds, "1970-01-01 03:00:00", "3600"},
    {&date, &int64, &seconds, "1970-01-02", "86400"},
    {&instant, &int64, &seconds, "infinity", NULL},
    /* uuids */
    {&text, &uuid, &nothing, "550e8400-e29b-41d4-a716-446655440000",
     "550e8400-e29b-41d4-a716-446655440000"},
    {&text, &uuid, &nothing, "550E8400E29B41D4A716446655440000",
     "550e8400-e29b-41d4-a716-446655440000"},
    {&text, &uuid, &nothing, "{550e8400-e29b-41d4-a716-446655440000}",
     "550e8400-e29b-41d4-a716-446655440000"},
    {&text, &uuid, &nothing, "550e8400-e29b-41d4-a716-44665544000", NULL},
    {&text, &uuid, &nothing, "550e8400-e29b41d4-a716-4466-55440000", NULL},
    {&text, &uuid, &nothing, "550e8400-e29b-41d4-a716-44665544000g", NULL},
    {&uuid, &text32, &nothing, "550e8400-e29b-41d4-a716-446655440000",
     "550e8400e29b41d4a716446655440000"},
    {&uuid, &text, &nothing, "550e8400-e29b-41d4-a716-446655440000",
     "550e8400-e29b-41d4-a716-446655440000"},
    {&uuid, &text5, &nothing, "550e8400-e29b-41d4-a716-446655440000", NULL},
    {&binary, &uuid, &packed, "550e8400e29b41d4a716446655440000",
     "550e8400-e29b-41d4-a716-446655440000"},
    {&binary, &uuid, &packed, "550e8400e29b41d4a7164466554400", NULL},
    {&uuid, &binary, &packed, "550e8400-e29b-41d4-a716-446655440000",
     "550e8400e29b41d4a716446655440000"},
    /* JSON, addresses */
    {&text, &json, &nothing, "{\"a\": [1, null]}", "{\"a\": [1, null]}"},
    {&text, &jsonb, &nothing, "5", "5"},
    {&text, &json, &nothing, "{a: 1}", NULL},
    {&text, &json, &nothing, "", NULL},
    {&number, &json, &nothing, "5", "5"},
    {&text, &inet, &nothing, "10.0.0.1", "10.0.0.1"},
    {&text, &inet, &nothing, "10.0.0.1/32", "10.0.0.1"},
    {&text, &inet, &nothing, "10.0.0.0/8", "10.0.0.0/8"},
    {&text, &inet, &nothing, "10.0.0.0/33", NULL},
    {&text, &inet, &nothing, "10.0.0", NULL},
    {&text, &inet, &nothing, "2001:DB8::0:1", "2001:db8::1"},
    {&text, &cidr, &nothing, "10.0.0.1", "10.0.0.1/32"},
    {&text, &inet4, &nothing, "10.0.0.1", "10.0.0.1"},
    {&text, &inet4, &nothing, "::1", NULL},
    {&text, &inet6, &nothing, "::1", "::1"},
    {&text, &inet6, &nothing, "::1/64", NULL},
    {&text, &mac, &nothing, "08-00-2B-01-02-03", "08:00:2b:01:02:03"},
    {&text, &mac, &nothing, "08002b010203", "08:00:2b:01:02:03"},
    {&text, &mac, &nothing, "08:00:2b:01:02", NULL},
    {&inet, &text, &nothing, "10.0.0.1", "10.0.0.1"},
    /* bytes */
    {&binary, &text, &nothing, "616263", "abc"},
    {&binary, &text, &nothing, "ff", NULL},
    {&text, &binary, &nothing, "abc", "616263"},
    {&any, &binary, &nothing, "x:00ff", "00ff"},
    {&any, &uuid, &packed, "x:550e8400e29b41d4a716446655440000",
     "550e8400-e29b-41d4-a716-446655440000"},
    {&any, &uuid, &nothing, "x:550e8400e29b41d4a716446655440000", NULL},
    {&any, &boolean, &nothing, "t:true", NULL},
    {&text, &any, &nothing, "i:7", "t:i:7"},
    {&stamp, &any, &nothing, "2024-01-02 03:04:05", "t:2024-01-02 03:04:05"},
};

static struct cell
parsed(const struct one *one)
{
    static const struct {
        const char *text;
        int tag;
    } specials[] = {{"infinity", PD_TAG_POS_INF}};
    CLEANUP_BUFFER struct buffer scratch = {0};
    struct pd_error err = {0};
    struct cell cell;

    if (text_parse(one->from, one->text, strlen(one->text), &scratch, &cell, &err) == PD_OK) {
        if (cell.bytes)
            cell.bytes = arena_copy(memory, cell.bytes, cell.size);
        return cell;
    }
    for (size_t i = 0; i < COUNT_OF(specials); i++) {
        if (strcmp(one->text, specials[i].text) == 0)
            return (struct cell){.tag = specials[i].tag};
    }
    fail_msg("%s", err.text);
    return cell;
}

static const char *
shown(const struct pd_type *type, const struct cell *cell)
{
    CLEANUP_BUFFER struct buffer out = {0};

    text_append(&out, type, cell);
    return arena_strdup(memory, buffer_string(&out));
}

static void
each_value_means_what_it_meant(void **state)
{
    for (size_t i = 0; i < COUNT_OF(ones); i++) {
        const struct one *one = &ones[i];
        CLEANUP(conversion) struct conversion *c = NULL;
        struct pd_error err = {0};
        struct cell cell = parsed(one), got;
        const char *option, *text_of;
        pd_status status;

        if (convert_open_meaning(one->from, one->to, one->rules, &c, &option, &err) != PD_OK)
            fail_msg("%zu, %s: %s", i, one->text, err.text);
        status = convert_cell(c, &cell, &got, &err);
        if (status != PD_OK) {
            assert_int_equal(status, PD_FAILED);
            if (one->wanted)
                fail_msg("%zu, '%s' as %d: %s", i, one->text, one->to->kind,
                         convert_why(c, &option) ? convert_why(c, &option) : "?");
            if (!convert_why(c, &option))
                fail_msg("%zu, '%s' as %d is refused without a reason", i, one->text,
                         one->to->kind);
            continue;
        }
        text_of = shown(one->to, &got);
        if (!one->wanted || strcmp(text_of, one->wanted) != 0)
            fail_msg("%zu, '%s' as %d: '%s' rather than '%s'", i, one->text, one->to->kind, text_of,
                     one->wanted ? one->wanted : "nothing");
    }
}

static void
what_has_to_be_said_is_asked_for(void **state)
{
    static const struct {
        const struct pd_type *from;
        const struct pd_type *to;
        const char *option;
    } wanted[] = {
        {&int64, &instant, "epoch"},    {&instant, &int64, "epoch"},
        {&float64, &date, "epoch"},     {&stamp, &instant, "assume-zone"},
        {&text, &boolean, "bool-text"}, {&binary, &uuid, "uuid-bytes"},
        {&uuid, &binary, "uuid-bytes"}, {&date, &uuid, NULL},
        {&uuid, &int64, NULL},          {&json, &boolean, NULL},
    };

    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        struct conversion *c = NULL;
        struct pd_error err = {0};
        const char *option = "";

        assert_int_equal(
            convert_open_meaning(wanted[i].from, wanted[i].to, NULL, &c, &option, &err),
            PD_UNSUPPORTED);
        assert_null(c);
        if (wanted[i].option)
            assert_string_equal(option, wanted[i].option);
        else
            assert_null(option);
    }
}

static void
a_value_that_needs_an_option_says_which(void **state)
{
    static const struct one needy[] = {
        {&text, &instant, &nothing, "2024-01-02 03:04:05", "assume-zone"},
        {&text, &stamp, &nothing, "2024-01-02 03:04:05Z", "assume-zone"},
        {&number, &instant, &nothing, "5", "epoch"},
        {&any, &boolean, &nothing, "t:true", "bool-text"},
        {&any, &uuid, &nothing, "x:550e8400e29b41d4a716446655440000", "uuid-bytes"},
    };

    for (size_t i = 0; i < COUNT_OF(needy); i++) {
        CLEANUP(conversion) struct conversion *c = NULL;
        struct pd_error err = {0};
        struct cell cell = parsed(&needy[i]), got;
        const char *option;

        assert_int_equal(
            convert_open_meaning(needy[i].from, needy[i].to, needy[i].rules, &c, &option, &err),
            PD_OK);
        assert_int_equal(convert_cell(c, &cell, &got, &err), PD_FAILED);
        assert_non_null(convert_why(c, &option));
        assert_non_null(option);
        assert_string_equal(option, needy[i].wanted);
    }
}

static void
digits_of_a_second_that_no_type_holds_are_told(void **state)
{
    static const struct one fine = {&text, &stamp, &nothing, "2024-06-01 10:00:00.999999999", NULL};
    CLEANUP(conversion) struct conversion *c = NULL;
    struct pd_error err = {0};
    struct cell cell = parsed(&fine), got;
    const char *option;

    assert_int_equal(convert_open_meaning(fine.from, fine.to, fine.rules, &c, &option, &err),
                     PD_OK);
    assert_int_equal(convert_cell(c, &cell, &got, &err), PD_FAILED);
    assert_string_equal(convert_why(c, &option), "it has more than six digits of a second");
    assert_null(option);
}

static void
the_document_has_the_table(void **state)
{
    CLEANUP_BUFFER struct buffer table = {0};
    const char *path = getenv("POLYDUMP_TYPES_MD");
    char *file_text = arena_alloc(memory, 1 << 17);
    FILE *file;

    if (!path)
        skip();
    file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(file_text, 1, (1 << 17) - 1, file) > 0);
    fclose(file);
    for (size_t i = 0; i < n_convert_meanings; i++) {
        const struct convert_meaning *m = &convert_meanings[i];
        const char *const lists[] = {m->from, m->to};

        for (size_t k = 0; k < COUNT_OF(lists); k++) {
            buffer_text(&table, k ? " | " : "| ");
            buffer_text(&table, strcmp(lists[k], "*") == 0 ? "all" : "`");
            for (const char *at = lists[k]; *at && *at != '*'; at++)
                buffer_text(&table, *at == ' ' ? "` `" : (char[]){*at, 0});
            buffer_text(&table, strcmp(lists[k], "*") == 0 ? "" : "`");
        }
        buffer_printf(&table, " | %s%s%s%s |\n", m->rule, m->option ? "; with `--" : "",
                      m->option ? m->option : "", m->option ? "` only" : "");
    }
    if (strstr(file_text, buffer_string(&table)))
        return;
    fputs(buffer_string(&table), stderr);
    fail_msg("doc/types.md, \"Into columns that are there\", shall have what stands above");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_value_means_what_it_meant, setup, teardown),
        cmocka_unit_test_setup_teardown(what_has_to_be_said_is_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(a_value_that_needs_an_option_says_which, setup, teardown),
        cmocka_unit_test_setup_teardown(digits_of_a_second_that_no_type_holds_are_told, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_document_has_the_table, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
