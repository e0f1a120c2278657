// SPDX-License-Identifier: Apache-2.0
/* json_stats - what was counted of a table in JSON: rows, digest, profiles, facts. */
#include "model/json_member.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/kind.h"

enum { FACT_DIGITS = 48 }; /* 2^127 has 39 digits */

/* ---- Profiles ---------------------------------------------------------------------------- */

#define FLAG_NAME(name, bit, text) [bit] = text,
static const char *const flag_names[] = {PD_PROFILE_TABLE(FLAG_NAME) NULL};

#define NUMBER(name_, is_signed_)                                                                  \
    {                                                                                              \
#name_, .form = MEMBER_INTEGER, .is_signed = is_signed_,                                   \
                .width = sizeof((struct pd_profile){0}.name_),                                     \
                .offset = offsetof(struct pd_profile, name_), .parts = IN_ALL                      \
    }
#define REAL(name_)                                                                                \
    {                                                                                              \
#name_, .form = MEMBER_REAL, .offset = offsetof(struct pd_profile, name_), .parts = IN_ALL \
    }

static const struct member profile_members[] = {
    {"flags", .form = MEMBER_FLAGS, .names = flag_names, .parts = IN_ALL,
     .offset = offsetof(struct pd_profile, flags)},
    NUMBER(n_nulls, false),
    NUMBER(n_ints, false),
    NUMBER(n_reals, false),
    NUMBER(n_texts, false),
    NUMBER(n_blobs, false),
    NUMBER(n_plain, false),
    NUMBER(n_outliers, false),
    NUMBER(min_int, true),
    NUMBER(max_int, true),
    REAL(min_real),
    REAL(max_real),
    NUMBER(max_size, false),
    NUMBER(max_chars, false),
    NUMBER(max_digits, false),
    NUMBER(max_scale, false),
    NUMBER(min_time, true),
    NUMBER(max_time, true),
    {NULL},
};
static const struct shape profile_shape = {sizeof(struct pd_profile), profile_members, NULL};

static void
write_profiles(struct member_writer *w, const struct pd_stats *stats)
{
    buffer_text(w->out, ",\"profiles\":[");
    for (size_t i = 0; i < w->table->n_columns; i++) {
        if (i)
            buffer_char(w->out, ',');
        member_write(w, &profile_shape,
                     PD_AT(struct pd_profile, stats->profiles, stats->profile_size, i));
    }
    buffer_char(w->out, ']');
}

static pd_status
read_profiles(struct member_reader *r, const json_t *json, const struct pd_table *table,
              struct pd_stats *stats)
{
    struct pd_profile *profiles;

    if (!json)
        return PD_OK;
    if (!json_is_array(json) || json_array_size(json) != table->n_columns)
        return json_expected(r->err, "member 'profiles': an element for each column", json);
    profiles = arena_array(r->arena, struct pd_profile, table->n_columns);
    if (!profiles)
        return error_memory(r->err);
    for (size_t i = 0; i < table->n_columns; i++) {
        pd_status status = member_read(r, &profile_shape, json_array_get(json, i), &profiles[i]);

        if (status != PD_OK)
            return error_prefix(r->err, status, "profile of column '%s'", table->columns[i].name);
    }
    stats->profiles = profiles;
    stats->profile_size = sizeof *profiles;
    return PD_OK;
}

/* ---- Facts ------------------------------------------------------------------------------- */

/* Divide the number in four 32-bit limbs, highest first, by 10; the rest. */
static unsigned
divide_by_ten(uint32_t limbs[4])
{
    uint64_t rest = 0;

    for (int i = 0; i < 4; i++) {
        uint64_t part = rest << 32 | limbs[i];

        limbs[i] = (uint32_t)(part / 10);
        rest = part % 10;
    }
    return (unsigned)rest;
}

/* Decimal digits of high * 2^64 + low, at the end of text; where they begin. */
static const char *
digits_of(int64_t high, uint64_t low, char text[FACT_DIGITS])
{
    bool minus = high < 0;
    uint64_t lower = minus ? 0 - low : low;
    uint64_t upper = minus ? 0 - (uint64_t)high - (low != 0) : (uint64_t)high;
    uint32_t limbs[4] = {(uint32_t)(upper >> 32), (uint32_t)upper, (uint32_t)(lower >> 32),
                         (uint32_t)lower};
    char *at = text + FACT_DIGITS - 1;

    *at = 0;
    do {
        *--at = (char)('0' + divide_by_ten(limbs));
    } while (limbs[0] | limbs[1] | limbs[2] | limbs[3]);
    if (minus)
        *--at = '-';
    return at;
}

/* The other way; false: no number of 128 bits. */
static bool
parse_digits(const char *text, int64_t *ret_high, uint64_t *ret_low)
{
    bool minus = *text == '-';
    uint32_t limbs[4] = {0}; /* lowest first */
    uint64_t high, low;

    text += minus;
    if (*text == 0)
        return false;
    for (; *text; text++) {
        uint64_t carry = (unsigned)(unsigned char)*text - '0';

        if (carry > 9)
            return false;
        for (int i = 0; i < 4; i++) {
            carry += (uint64_t)limbs[i] * 10;
            limbs[i] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry)
            return false;
    }
    high = (uint64_t)limbs[3] << 32 | limbs[2];
    low = (uint64_t)limbs[1] << 32 | limbs[0];
    if (high > INT64_MAX && !(minus && high == (uint64_t)INT64_MAX + 1 && low == 0))
        return false;
    *ret_low = minus ? 0 - low : low;
    *ret_high = (int64_t)(minus ? 0 - high - (low != 0) : high);
    return true;
}

static bool
fits_int64(const struct pd_fact *fact)
{
    return fact->high == (fact->low >> 63 ? -1 : 0);
}

static pd_status
write_fact(struct member_writer *w, const struct pd_fact *fact)
{
    const char *name = fact_name((int)fact->id);
    char digits[FACT_DIGITS];
    const char *value = digits_of(fact->high, fact->low, digits);

    if (!name)
        return error_fail(w->err, PD_FAILED, PD_CAUSE_BUG, "no fact has the number %" PRIu32,
                          fact->id);
    buffer_char(w->out, '{');
    if (fact->column != PD_NO_COLUMN)
        buffer_printf(w->out, "\"column\":%" PRIu32 ",", fact->column);
    buffer_printf(w->out, "\"fact\":\"%s\",", name);
    if (fact->text) {
        buffer_text(w->out, "\"text\":");
        json_write_string(w->out, fact->text, strlen(fact->text));
    } else if (fits_int64(fact)) {
        buffer_printf(w->out, "\"value\":%s", value);
    } else {
        buffer_printf(w->out, "\"value\":\"%s\"", value);
    }
    buffer_char(w->out, '}');
    return PD_OK;
}

static pd_status
write_facts(struct member_writer *w, const struct pd_stats *stats)
{
    pd_status status = PD_OK;

    buffer_text(w->out, ",\"facts\":[");
    for (size_t i = 0; status == PD_OK && i < stats->n_facts; i++) {
        if (i)
            buffer_char(w->out, ',');
        status = write_fact(w, &stats->facts[i]);
    }
    buffer_char(w->out, ']');
    return status;
}

static pd_status
read_value(struct member_reader *r, const json_t *json, struct pd_fact *fact)
{
    const json_t *text = json_object_get(json, "text");
    const json_t *value = json_object_get(json, "value");

    if (text)
        return json_get_text(r->arena, text, &fact->text, r->err);
    if (json_is_integer(value)) {
        fact->low = (uint64_t)json_integer_value(value);
        fact->high = json_integer_value(value) < 0 ? -1 : 0;
        return PD_OK;
    }
    if (!json_is_string(value) || !parse_digits(json_string_value(value), &fact->high, &fact->low))
        return error_fail(r->err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "member 'value': an integer of at most 128 bits expected");
    return PD_OK;
}

static pd_status
read_fact(struct member_reader *r, const json_t *json, const struct pd_table *table,
          struct pd_fact *fact)
{
    const json_t *column = json_object_get(json, "column");
    const char *name = json_string_value(json_object_get(json, "fact"));
    uint64_t number = PD_NO_COLUMN;

    if (column && (!json_get_integer(column, false, &number) || number >= table->n_columns))
        return json_expected(r->err, "member 'column': the number of a column", column);
    fact->column = (uint32_t)number;
    fact->id = name ? (uint32_t)fact_by_name(name) : 0;
    if (!fact->id)
        return error_fail(r->err, PD_FAILED, PD_CAUSE_CORRUPT, "member 'fact': no such fact '%s'",
                          name ? name : "");
    return read_value(r, json, fact);
}

static pd_status
read_facts(struct member_reader *r, const json_t *json, const struct pd_table *table,
           struct pd_stats *stats)
{
    size_t n = json_array_size(json);
    struct pd_fact *facts;

    if (!json)
        return PD_OK;
    if (!json_is_array(json))
        return json_expected(r->err, "member 'facts': a list", json);
    facts = arena_array(r->arena, struct pd_fact, n);
    if (!facts)
        return error_memory(r->err);
    for (size_t i = 0; i < n; i++) {
        pd_status status = read_fact(r, json_array_get(json, i), table, &facts[i]);

        if (status != PD_OK)
            return error_prefix(r->err, status, "fact %zu", i);
    }
    stats->facts = facts;
    stats->n_facts = n;
    return PD_OK;
}

/* ---- All of them ------------------------------------------------------------------------- */

pd_status
json_write_stats(struct buffer *out, const struct pd_table *table, const struct pd_stats *stats,
                 struct pd_error *err)
{
    struct member_writer writer = {.out = out, .table = table, .part = JSON_NEUTRAL, .err = err};
    pd_status status = PD_OK;

    buffer_printf(out,
                  stats->n_rows <= INT64_MAX ? "{\"rows\":%" PRIu64 : "{\"rows\":\"%" PRIu64 "\"",
                  stats->n_rows);
    buffer_printf(out, ",\"digest\":\"%016" PRIx64 "%016" PRIx64 "\"", stats->digest_high,
                  stats->digest_low);
    if (stats->profiles && table->n_columns)
        write_profiles(&writer, stats);
    if (stats->n_facts)
        status = write_facts(&writer, stats);
    buffer_char(out, '}');
    return status == PD_OK ? member_written(&writer) : status;
}

static pd_status
read_digest(const json_t *json, struct pd_stats *stats, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer bytes = {0};
    uint64_t halves[2] = {0};

    if (!json_is_string(json) || json_string_length(json) != 32 ||
        !json_read_hex(&bytes, json_string_value(json), 32))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "member 'digest': 32 hexadecimal digits expected");
    if (bytes.failed)
        return error_memory(err);
    for (size_t i = 0; i < 16; i++)
        halves[i / 8] = halves[i / 8] << 8 | bytes.data[i];
    stats->digest_high = halves[0];
    stats->digest_low = halves[1];
    return PD_OK;
}

pd_status
json_read_stats(struct arena *arena, const json_t *json, const struct pd_table *table,
                struct pd_stats *ret_stats, struct pd_error *err)
{
    struct member_reader reader = {.arena = arena, .part = JSON_NEUTRAL, .err = err};
    struct pd_stats stats = {.struct_size = sizeof stats};
    const json_t *rows = json_object_get(json, "rows");
    pd_status status;

    if (!rows || !json_get_integer(rows, false, &stats.n_rows))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "member 'rows': an integer from 0 on expected");
    status = read_digest(json_object_get(json, "digest"), &stats, err);
    if (status == PD_OK)
        status = read_profiles(&reader, json_object_get(json, "profiles"), table, &stats);
    if (status == PD_OK)
        status = read_facts(&reader, json_object_get(json, "facts"), table, &stats);
    if (status == PD_OK)
        *ret_stats = stats;
    return status;
}
