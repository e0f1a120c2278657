// SPDX-License-Identifier: Apache-2.0
// value_rule - what the user says of values that a target would not take.
#include "model/value_rule.h"

#include <string.h>

#include "model/text_time.h"

#define US_PER_DAY INT64_C(86400000000)

static const struct {
    const char *option;
    const char *about;
    const char *first;  /* what may be said */
    const char *others; /* and what else: "=DATE" */
} rules_known[] = {
#define VALUE_RULE_ROW_(name, option, about, first, others, help)                                  \
    [VALUE_RULE_##name] = {option, about, first, others},
    VALUE_RULE_TABLE(VALUE_RULE_ROW_)
#undef VALUE_RULE_ROW_
};

const char *
value_rule_option(int rule)
{
    return rules_known[rule].option;
}

const char *
value_rule_about(int rule)
{
    return rules_known[rule].about;
}

/* ---- What is said ---- */

static bool
read_day(const char *text, int32_t *ret_day)
{
    static const struct pd_type date = {.struct_size = sizeof date, .kind = PD_KIND_DATE};
    struct text_time time;

    if (!text_time_read(&date, text, strlen(text), &time))
        return false;
    *ret_day = (int32_t)time.value;
    return true;
}

bool
value_rule_read(int rule, const char *text, struct value_gives *ret_gives)
{
    struct value_gives gives = {.gift = VALUE_DAY};

    if (strcmp(text, "null") == 0)
        gives.gift = VALUE_NULL;
    else if (!read_day(text, &gives.day))
        return false;
    *ret_gives = gives;
    return true;
}

const char *
value_rule_expected(int rule)
{
    return "null or a day such as 1970-01-01";
}

/* ---- Which values ---- */

static bool
is_dated(const struct pd_type *type)
{
    return type->kind == PD_KIND_DATE || type->kind == PD_KIND_TIMESTAMP ||
           type->kind == PD_KIND_TIMESTAMPTZ;
}

bool
value_rule_fits(int rule, const struct pd_type *type, bool is_loose)
{
    return is_dated(type);
}

uint32_t
value_rule_flags(int rule)
{
    static const uint32_t flags[] = {
        [VALUE_RULE_ZERO_DATE] = PD_PROFILE_ZERO_DATE | PD_PROFILE_PARTIAL_DATE,
    };

    return flags[rule];
}

int
value_rule_of(const struct pd_type *type, const struct cell *cell)
{
    if (cell->tag == PD_TAG_YMD && is_dated(type))
        return VALUE_RULE_ZERO_DATE;
    return -1;
}

/* ---- In words ---- */

void
value_rule_put(struct buffer *out, int rule, const char *table, const char *column, bool takes_null)
{
    bool is_null = strcmp(rules_known[rule].first, "null") == 0;

    if (is_null && !takes_null)
        buffer_printf(out, "%s '%s.%s=DATE'", rules_known[rule].option, table, column);
    else
        buffer_printf(out, "%s '%s.%s=%s' (or %s)", rules_known[rule].option, table, column,
                      rules_known[rule].first, rules_known[rule].others);
}

void
value_gives_put(struct buffer *out, const struct value_gives *gives, uint64_t n, bool would)
{
    char day[TEXT_TIME_SIZE];
    const struct text_time time = {.value = gives->day};

    buffer_text(out, would ? "would become " : "became ");
    if (gives->gift == VALUE_NULL)
        buffer_text(out, "NULL");
    else
        buffer_append(out, day, text_time_write(PD_KIND_DATE, &time, day));
}

/* ---- Vectors and cells ---- */

bool
value_rules_meet(const struct value_rules *rules, const struct pd_vector *vector, uint32_t n_rows)
{
    return vector->n_outliers || vector->layout == PD_LAYOUT_TAGGED;
}

static void
give_day(const struct value_gives *gives, const struct pd_type *type, struct cell *cell)
{
    *cell = (struct cell){.tag = -1};
    if (gives->gift != VALUE_DAY)
        return;
    cell->tag = PD_TAG_PLAIN;
    cell->integer = type->kind == PD_KIND_DATE ? gives->day : gives->day * US_PER_DAY;
}

uint32_t
value_rules_apply(const struct value_rules *rules, const struct pd_type *type, struct cell *cell,
                  struct buffer scratch[2])
{
    int rule = value_rule_of(type, cell);

    if (rule < 0 || rules->gives[rule].gift == VALUE_STAYS)
        return 0;
    if (rules->gives[rule].gift != VALUE_KEPT)
        give_day(&rules->gives[rule], type, cell);
    return UINT32_C(1) << rule;
}
