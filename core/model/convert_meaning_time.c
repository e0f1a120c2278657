// SPDX-License-Identifier: Apache-2.0
// convert_meaning_time - dates and times for columns that are there: from each other, from texts of
// ISO 8601, and from numbers that count since 1970 where somebody has said so.
#include <string.h>
#include <strings.h>

#include "model/convert_meaning.h"
#include "model/kind.h"
#include "model/text.h"

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (INT64_C(86400) * US_PER_SECOND)

/* A time on its way: a date, a clock or both, and maybe where the clock is. */
struct moment {
    int128 us; /* since 1970-01-01 00:00 of its zone; without a date since midnight */
    bool has_date;
    bool has_clock;
    bool has_zone;
    int64_t east;     /* microseconds */
    bool is_too_fine; /* it has digits of a second that no type holds */
};

static const char needs_zone[] = "it has no zone";
static const char between_units[] = "it is between two units of --epoch";

/* ---- Texts ---- */

struct reader {
    const char *at;
    const char *end;
};

static bool
accept(struct reader *r, const char *marks)
{
    if (r->at == r->end || !*r->at || !strchr(marks, *r->at))
        return false;
    r->at++;
    return true;
}

/* A number of so many digits, at most `most`; -1: it is none. */
static int
number(struct reader *r, int n_digits, int most)
{
    int value = 0;

    if (r->end - r->at < n_digits)
        return -1;
    for (int i = 0; i < n_digits; i++, r->at++) {
        if (*r->at < '0' || *r->at > '9')
            return -1;
        value = value * 10 + (*r->at - '0');
    }
    return value <= most ? value : -1;
}

static bool
read_date(struct reader *r, struct moment *m)
{
    int year = number(r, 4, 9999), month, day, back_month, back_day;
    int64_t days, back_year;

    if (year < 1 || !accept(r, "-"))
        return false;
    month = number(r, 2, 12);
    if (month < 1 || !accept(r, "-"))
        return false;
    day = number(r, 2, 31);
    if (day < 1)
        return false;
    days = text_days(year, month, day);
    text_civil(days, &back_year, &back_month, &back_day);
    m->us = (int128)days * US_PER_DAY;
    m->has_date = true;
    return back_month == month && back_day == day;
}

/* Digits behind the sixth have to be zeros. */
static bool
read_fraction(struct reader *r, struct moment *m)
{
    int64_t place = US_PER_SECOND / 10;
    const char *start = r->at;

    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, place /= 10) {
        m->is_too_fine |= place == 0 && *r->at != '0';
        m->us += (*r->at - '0') * place;
    }
    return r->at > start;
}

static bool
read_clock(struct reader *r, struct moment *m)
{
    int hours = number(r, 2, 23), minutes, seconds = 0;

    if (hours < 0 || !accept(r, ":"))
        return false;
    minutes = number(r, 2, 59);
    if (minutes < 0)
        return false;
    m->has_clock = true;
    if (accept(r, ":")) {
        seconds = number(r, 2, 59);
        if (seconds < 0)
            return false;
    }
    m->us += ((hours * INT64_C(60) + minutes) * 60 + seconds) * US_PER_SECOND;
    return !accept(r, ".,") || read_fraction(r, m);
}

/* "Z", " UTC", "+02:00", "+0200", "+02". */
static bool
read_zone(struct reader *r, struct moment *m)
{
    bool is_west;
    int hours, minutes = 0;

    if (r->at == r->end)
        return true;
    accept(r, " ");
    m->has_zone = true;
    if (r->end - r->at == 3 && strncasecmp(r->at, "UTC", 3) == 0) {
        r->at += 3;
        return true;
    }
    if (accept(r, "Zz"))
        return true;
    is_west = r->at < r->end && *r->at == '-';
    if (!accept(r, "+-"))
        return false;
    hours = number(r, 2, 15);
    if (hours < 0)
        return false;
    if (r->at < r->end) {
        accept(r, ":");
        minutes = number(r, 2, 59);
    }
    m->east = (hours * INT64_C(60) + minutes) * 60 * US_PER_SECOND * (is_west ? -1 : 1);
    return minutes >= 0;
}

static bool
read_text(const struct value *value, struct moment *m)
{
    const char *text = (const char *)value->bytes;
    struct reader r = {text, text ? text + value->size : NULL};
    bool is_clock = value->size > 2 && text[2] == ':';

    if (!text || (!is_clock && !read_date(&r, m)))
        return false;
    if (r.at == r.end)
        return true;
    return (is_clock || accept(&r, "Tt ")) && read_clock(&r, m) && read_zone(&r, m) &&
           r.at == r.end;
}

/* ---- Numbers ---- */

/* Units of the epoch, as microseconds; a fraction counts as far as those go. */
static bool
read_epoch(struct conversion *c, const struct value *value, struct moment *m)
{
    unsigned scale = c->rules.epoch_us == 1 ? 0 : c->rules.epoch_us == 1000 ? 3 : 6;
    struct decimal d;

    m->has_date = m->has_clock = m->has_zone = true;
    if (value->class == VALUE_INT)
        return !__builtin_mul_overflow(value->integer, (int128)c->rules.epoch_us, &m->us);
    if (value->class == VALUE_REAL) {
        static const struct pd_type text_of = {.struct_size = sizeof text_of,
                                               .kind = PD_KIND_DECIMAL};
        struct conversion to = {.from = c->from, .to = &text_of};
        struct cell cell;
        bool is = number_to_decimal(&to, value, &cell) && cell.tag == PD_TAG_PLAIN &&
                  decimal_parse((const char *)cell.bytes, cell.size, &d);

        while (is && d.n_fraction > scale && d.fraction[d.n_fraction - 1] == '0')
            d.n_fraction--;
        is = is && decimal_scaled(&d, scale, &m->us);
        c->is_short |= to.is_short || to.text.failed || to.out.failed;
        buffer_free(&to.text);
        buffer_free(&to.out);
        return is;
    }
    return (value->class == VALUE_DECIMAL || value->class == VALUE_TEXT) && value->size &&
           decimal_parse((const char *)value->bytes, value->size, &d) &&
           decimal_scaled(&d, scale, &m->us);
}

bool
meaning_to_epoch(struct conversion *c, const struct cell *from, struct value *ret_value)
{
    int128 us = (int128)from->integer * (c->from->kind == PD_KIND_DATE ? US_PER_DAY : 1);

    if (!c->rules.epoch_us)
        return meaning_refuse(c, "it is a time", "epoch");
    if (from->tag != PD_TAG_PLAIN)
        return meaning_refuse(c, "it is no time since 1970", NULL);
    if (c->from->kind != PD_KIND_TIMESTAMPTZ && c->rules.has_zone)
        us -= c->rules.zone_us;
    if (us % c->rules.epoch_us)
        return meaning_refuse(c, between_units, NULL);
    *ret_value = (struct value){.class = VALUE_INT, .integer = us / c->rules.epoch_us};
    return true;
}

bool
meaning_text_to_epoch(struct conversion *c, struct value *value)
{
    struct moment m = {0};

    if (!c->rules.epoch_us || value->class != VALUE_TEXT || !read_text(value, &m) || !m.has_date)
        return true;
    m.us -= m.has_zone ? m.east : c->rules.zone_us;
    if (m.us % c->rules.epoch_us)
        return meaning_refuse(c, between_units, NULL);
    *value = (struct value){.class = VALUE_INT, .integer = m.us / c->rules.epoch_us};
    return true;
}

/* ---- What a cell says ---- */

static bool
moment_of(struct conversion *c, const struct cell *from, const struct value *value,
          struct moment *m)
{
    *m = (struct moment){.us = from->integer};
    if (from->tag == PD_TAG_PLAIN) {
        switch (c->from->kind) {
        case PD_KIND_DATE:
            m->us *= US_PER_DAY;
            m->has_date = true;
            return true;
        case PD_KIND_TIMESTAMPTZ:
        case PD_KIND_TIMESTAMP:
            m->has_zone = c->from->kind == PD_KIND_TIMESTAMPTZ;
            m->has_date = m->has_clock = true;
            return true;
        case PD_KIND_TIME:
            m->has_clock = true;
            return true;
        default:
            break;
        }
    }
    m->us = 0;
    if (value->class == VALUE_TEXT && read_text(value, m))
        return !m->is_too_fine ||
               meaning_refuse(c, "it has more than six digits of a second", NULL);
    *m = (struct moment){0};
    if (c->rules.epoch_us && read_epoch(c, value, m))
        return true;
    if (value->class == VALUE_INT || value->class == VALUE_REAL || value->class == VALUE_DECIMAL)
        return meaning_refuse(c, "a number is a time only when that is said", "epoch");
    return meaning_refuse(c, "it is no time of ISO 8601, as 2024-02-29 12:34:56", NULL);
}

/* ---- As the column has it ---- */

static bool
store(struct conversion *c, int128 number, int64_t least, int64_t most, struct cell *to)
{
    if (number < least || number > most)
        return meaning_refuse(c, "it is beyond what the column holds", NULL);
    *to = (struct cell){.tag = PD_TAG_PLAIN, .integer = (int64_t)number};
    return true;
}

static bool
to_instant(struct conversion *c, struct moment *m, struct cell *to)
{
    if (!m->has_date)
        return meaning_refuse(c, "it has no date", NULL);
    if (!m->has_zone && !c->rules.has_zone)
        return meaning_refuse(c, needs_zone, "assume-zone");
    return store(c, m->us - (m->has_zone ? m->east : c->rules.zone_us), INT64_MIN, INT64_MAX, to);
}

/* What clocks show in the zone of those that do not say theirs, UTC if nobody has said. */
static void
make_local(const struct conversion *c, struct moment *m)
{
    if (m->has_zone)
        m->us += c->rules.zone_us - m->east;
}

static bool
to_local(struct conversion *c, struct moment *m, struct cell *to)
{
    /* A text says its zone, and the column cannot. */
    bool is_text = m->has_zone && c->from->kind != PD_KIND_TIMESTAMPTZ && !c->rules.epoch_us;

    if (!m->has_date)
        return meaning_refuse(c, "it has no date", NULL);
    if (is_text && !c->rules.has_zone)
        return meaning_refuse(c, "it has a zone, and the column has none", "assume-zone");
    make_local(c, m);
    return store(c, m->us, INT64_MIN, INT64_MAX, to);
}

static bool
to_day(struct conversion *c, struct moment *m, struct cell *to)
{
    struct cell local;

    if (!to_local(c, m, &local))
        return false;
    if (m->us % US_PER_DAY)
        return meaning_refuse(c, "it has a time of day", NULL);
    return store(c, m->us / US_PER_DAY, INT32_MIN, INT32_MAX, to);
}

static bool
to_clock(struct conversion *c, struct moment *m, struct cell *to)
{
    if (m->has_date || m->has_zone || !m->has_clock)
        return meaning_refuse(c, "it is no time of day alone", NULL);
    return store(c, m->us, 0, US_PER_DAY, to);
}

/* Canonical text, and what has a spelling though it is no moment. */
static bool
to_other(struct conversion *c, const struct value *value, struct cell *to)
{
    int tag;

    if (value->class != VALUE_TEXT || !value->size)
        return false;
    conversion_clear(c, &c->out);
    if (text_parse(c->to, (const char *)value->bytes, value->size, &c->out, to, NULL) == PD_OK)
        return true;
    *to = (struct cell){.tag = PD_TAG_POS_INF};
    if (!time_outlier(c->to, value->bytes, value->size, &tag))
        return false;
    to->tag = tag;
    return tag == PD_TAG_POS_INF || tag == PD_TAG_NEG_INF;
}

bool
meaning_to_time(struct conversion *c, const struct cell *from, const struct value *value,
                struct cell *to)
{
    struct moment m;
    int kind = c->to->kind;

    if ((kind == PD_KIND_TIME || kind == PD_KIND_INTERVAL) && value->class == VALUE_TYPED &&
        (c->from->kind == PD_KIND_TIME || c->from->kind == PD_KIND_INTERVAL))
        return time_to_time(c, from, to) || meaning_refuse(c, "it is no time of day", NULL);
    if (kind == PD_KIND_TIMETZ || kind == PD_KIND_INTERVAL)
        return to_other(c, value, to) || meaning_refuse(c, "it is not its canonical text", NULL);
    if (!moment_of(c, from, value, &m)) {
        const char *why = c->why, *option = c->option;

        return to_other(c, value, to) || meaning_refuse(c, why, option);
    }
    switch (kind) {
    case PD_KIND_DATE:
        return to_day(c, &m, to);
    case PD_KIND_TIMESTAMP:
        return to_local(c, &m, to);
    case PD_KIND_TIMESTAMPTZ:
        return to_instant(c, &m, to);
    default:
        return to_clock(c, &m, to);
    }
}
