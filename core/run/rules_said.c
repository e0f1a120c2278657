// SPDX-License-Identifier: Apache-2.0
// rules_said - the options of rules, read one by one.
#include <fnmatch.h>
#include <string.h>

#include "model/schema.h"
#include "run/rules_inside.h"

#define US_PER_MINUTE INT64_C(60000000)

enum { ZONE_HOURS_MAX = 15 };

struct known_option {
    const char *name;
    pd_status (*read)(struct said *said, struct pd_error *err);
    size_t list;       /* in struct run_options */
    const char *about; /* what it reads */
};

static const struct known_option options_known[RULE_COUNT_];

/* ---- Patterns ---- */

bool
rules_fits(const char *pattern, const struct pd_table *table, const struct pd_column *column)
{
    const char *dot = strrchr(pattern, '.');
    char of_table[PATTERN_MAX];
    size_t size = dot ? (size_t)(dot - pattern) : 0;

    if (!dot || size >= sizeof of_table || fnmatch(dot + 1, column->name, 0) != 0)
        return false;
    memcpy(of_table, pattern, size);
    of_table[size] = 0;
    return fnmatch(of_table, table->name, 0) == 0 ||
           fnmatch(of_table, schema_table_name(table), 0) == 0;
}

/* ---- Values ---- */

/* One or two digits. */
static int
take_number(const char **at)
{
    int number = 0, n = 0;

    for (; n < 2 && **at >= '0' && **at <= '9'; n++, ++*at)
        number = number * 10 + (**at - '0');
    return n ? number : -1;
}

bool
rules_zone(const char *text, int64_t *ret_us)
{
    bool is_west = *text == '-';
    const char *at = text + 1;
    int hours, minutes = 0;
    bool has_minutes;

    *ret_us = 0;
    if (strcmp(text, "UTC") == 0 || strcmp(text, "Z") == 0)
        return true;
    if (*text != '+' && *text != '-')
        return false;
    hours = take_number(&at);
    has_minutes = *at != 0;
    at += *at == ':';
    if (has_minutes)
        minutes = take_number(&at);
    if (hours < 0 || hours > ZONE_HOURS_MAX || minutes < 0 || minutes > 59 || *at)
        return false;
    *ret_us = (hours * 60 + minutes) * US_PER_MINUTE * (is_west ? -1 : 1);
    return true;
}

static bool
read_unit(const char *text, int64_t *ret_us)
{
    static const struct {
        const char *name;
        int64_t us;
    } units[] = {{"s", 1000000}, {"ms", 1000}, {"us", 1}};

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (strcmp(text, units[i].name) == 0) {
            *ret_us = units[i].us;
            return true;
        }
    }
    return false;
}

/* ---- Reading the options ---- */

static pd_status
said_split(struct said *said, bool has_value, struct pd_error *err)
{
    const char *equals = has_value ? strrchr(said->text, '=') : NULL;
    size_t size = equals ? (size_t)(equals - said->text) : strlen(said->text);

    if (size >= sizeof said->pattern)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "--%s: the pattern is too long",
                          options_known[said->option].name);
    memcpy(said->pattern, said->text, size);
    said->pattern[size] = 0;
    said->value = equals ? equals + 1 : NULL;
    return PD_OK;
}

static pd_status
epoch_read(struct said *said, struct pd_error *err)
{
    pd_status status = said_split(said, /* has_value= */ true, err);

    if (status != PD_OK || (said->value && read_unit(said->value, &said->number)))
        return status;
    return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                      "--epoch '%s': expected TABLE.COLUMN=s, =ms or =us", said->text);
}

/* A zone alone is that of all columns. */
static pd_status
zone_read(struct said *said, struct pd_error *err)
{
    pd_status status = said_split(said, /* has_value= */ true, err);

    if (status != PD_OK)
        return status;
    if (!said->value) {
        said->value = said->text;
        *said->pattern = 0;
    }
    if (rules_zone(said->value, &said->number))
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                      "--assume-zone '%s': expected UTC or +HH:MM, or TABLE.COLUMN= and that",
                      said->text);
}

static pd_status
name_read(struct said *said, struct pd_error *err)
{
    return said_split(said, /* has_value= */ false, err);
}

static const struct known_option options_known[] = {
    [RULE_EPOCH] = {"epoch", epoch_read, offsetof(struct run_options, epochs),
                    "numbers as times, and times as numbers"},
    [RULE_ZONE] = {"assume-zone", zone_read, offsetof(struct run_options, zones),
                   "times without a zone as instants, and instants as such times"},
    [RULE_BOOL] = {"bool-text", name_read, offsetof(struct run_options, bool_texts),
                   "texts as true and false"},
    [RULE_UUID] = {"uuid-bytes", name_read, offsetof(struct run_options, uuid_bytes),
                   "16 bytes as a uuid, and a uuid as bytes"},
};

static const struct run_said *
said_list(const struct run_options *options, int option)
{
    return (const struct run_said *)(const void *)((const char *)options +
                                                   options_known[option].list);
}

pd_status
said_each(const struct run_options *options,
          pd_status (*step)(void *, struct said *, struct pd_error *), void *arg,
          struct pd_error *err)
{
    pd_status status = PD_OK;

    for (int option = 0; option < RULE_COUNT_; option++) {
        const struct run_said *list = said_list(options, option);

        for (size_t i = 0; list->list && list->list[i] && status == PD_OK; i++) {
            struct said said = {.option = option, .text = list->list[i], .stands = list->stands};

            status = options_known[option].read(&said, err);
            if (status == PD_OK)
                status = step(arg, &said, err);
        }
    }
    return status;
}

bool
said_any(const struct run_options *options, bool with_standing)
{
    for (int option = 0; option < RULE_COUNT_; option++) {
        const struct run_said *list = said_list(options, option);

        if (list->list && (with_standing || !list->stands))
            return true;
    }
    return false;
}

const char *
said_name(int option)
{
    return options_known[option].name;
}

const char *
said_about(int option)
{
    return options_known[option].about;
}
