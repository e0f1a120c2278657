// SPDX-License-Identifier: Apache-2.0
// value_rule - what the user says of values that a target would not take.
#include "model/value_rule.h"

#include <string.h>

#include "model/scrub.h"
#include "model/text.h"
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

/* What may be said of each rule in one word; of some a day may be, too. */
static const struct {
    int rule;
    const char *word;
    enum value_gift gift;
} words[] = {
    {VALUE_RULE_ZERO_DATE, "null", VALUE_NULL},
    {VALUE_RULE_NUL, "strip", VALUE_STRIPPED},
    {VALUE_RULE_NUL, "replace", VALUE_REPLACED},
    {VALUE_RULE_BAD_TEXT, "replace", VALUE_REPLACED},
    {VALUE_RULE_BAD_TEXT, "latin1", VALUE_LATIN1},
    {VALUE_RULE_BAD_TEXT, "windows-1252", VALUE_WINDOWS1252},
    {VALUE_RULE_INFINITY, "null", VALUE_NULL},
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
takes_day(int rule)
{
    return rule == VALUE_RULE_ZERO_DATE || rule == VALUE_RULE_INFINITY;
}

static bool
read_day(const char *text, size_t size, int32_t *ret_day)
{
    static const struct pd_type date = {.struct_size = sizeof date, .kind = PD_KIND_DATE};
    struct text_time time;

    if (!text_time_read(&date, text, size, &time))
        return false;
    *ret_day = (int32_t)time.value;
    return true;
}

/* "1970-01-01"; of infinity "0001-01-01..9999-12-31" too. */
static bool
read_days(int rule, const char *text, struct value_gives *gives)
{
    const char *dots = rule == VALUE_RULE_INFINITY ? strstr(text, "..") : NULL;
    const char *last = dots ? dots + 2 : text;
    size_t size = dots ? (size_t)(dots - text) : strlen(text);

    return takes_day(rule) && read_day(text, size, &gives->early) &&
           read_day(last, strlen(last), &gives->day);
}

bool
value_rule_read(int rule, const char *text, struct value_gives *ret_gives)
{
    struct value_gives gives = {.gift = VALUE_DAY};
    bool is_read = read_days(rule, text, &gives);

    for (size_t i = 0; i < COUNT_OF(words) && !is_read; i++) {
        is_read = words[i].rule == rule && strcmp(words[i].word, text) == 0;
        gives.gift = words[i].gift;
    }
    if (is_read)
        *ret_gives = gives;
    return is_read;
}

void
value_rule_expect(struct buffer *out, int rule)
{
    const char *between = "";

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (words[i].rule != rule)
            continue;
        buffer_printf(out, "%s%s", between, words[i].word);
        between = ", ";
    }
    if (takes_day(rule))
        buffer_text(out, ", a day such as 1970-01-01");
    if (rule == VALUE_RULE_INFINITY)
        buffer_text(out, ", two such as 0001-01-01..9999-12-31");
}

/* ---- Which values ---- */

static bool
is_dated(const struct pd_type *type)
{
    return type->kind == PD_KIND_DATE || type->kind == PD_KIND_TIMESTAMP ||
           type->kind == PD_KIND_TIMESTAMPTZ;
}

static bool
is_text(const struct pd_type *type)
{
    return type->kind == PD_KIND_TEXT || type->kind == PD_KIND_CHAR;
}

/* The kinds that columns of such engines have: each may have text. */
static bool
is_loose_kind(const struct pd_type *type)
{
    return type->kind == PD_KIND_ANY || type->kind == PD_KIND_NUMBER ||
           type->kind == PD_KIND_INT64 || type->kind == PD_KIND_FLOAT64 ||
           type->kind == PD_KIND_BINARY;
}

bool
value_rule_fits(int rule, const struct pd_type *type, bool is_loose)
{
    if (takes_day(rule))
        return is_dated(type);
    return is_text(type) || (is_loose && is_loose_kind(type));
}

uint32_t
value_rule_flags(int rule)
{
    static const uint32_t flags[] = {
        [VALUE_RULE_ZERO_DATE] = PD_PROFILE_ZERO_DATE | PD_PROFILE_PARTIAL_DATE,
        [VALUE_RULE_NUL] = PD_PROFILE_NUL,
        [VALUE_RULE_BAD_TEXT] = PD_PROFILE_BAD_TEXT,
        [VALUE_RULE_INFINITY] = PD_PROFILE_INFINITE,
    };

    return flags[rule];
}

static bool
holds_text(const struct pd_type *type, int tag)
{
    return tag == PD_TAG_TEXT || (tag == PD_TAG_PLAIN && is_text(type));
}

int
value_rule_of(const struct pd_type *type, const struct cell *cell)
{
    if (cell->tag == PD_TAG_YMD && is_dated(type))
        return VALUE_RULE_ZERO_DATE;
    if ((cell->tag == PD_TAG_POS_INF || cell->tag == PD_TAG_NEG_INF) && is_dated(type))
        return VALUE_RULE_INFINITY;
    if ((cell->tag == PD_TAG_BADTEXT || cell->tag == PD_TAG_UTF16) &&
        (is_text(type) || is_loose_kind(type)))
        return VALUE_RULE_BAD_TEXT;
    if (holds_text(type, cell->tag) && cell->size && memchr(cell->bytes, 0, cell->size))
        return VALUE_RULE_NUL;
    return -1;
}

/* ---- In words ---- */

void
value_rule_put(struct buffer *out, int rule, const char *table, const char *column, bool takes_null)
{
    if (takes_day(rule) && !takes_null)
        buffer_printf(out, "%s '%s.%s=DATE'", rules_known[rule].option, table, column);
    else
        buffer_printf(out, "%s '%s.%s=%s' (or %s)", rules_known[rule].option, table, column,
                      rules_known[rule].first, rules_known[rule].others);
}

/* What happened to values, and what would. */
static const struct {
    enum value_gift gift;
    int rule; /* -1: any */
    const char *did;
    const char *would;
} outcomes[] = {
    {VALUE_NULL, -1, "became NULL", "would become NULL"},
    {VALUE_DAY, -1, "became ", "would become "},
    {VALUE_STRIPPED, -1, "lost U+0000", "would lose U+0000"},
    {VALUE_REPLACED, VALUE_RULE_NUL, "got U+FFFD for U+0000", "would get U+FFFD for U+0000"},
    {VALUE_REPLACED, VALUE_RULE_BAD_TEXT, "got U+FFFD for what is not valid UTF-8",
     "would get U+FFFD for what is not valid UTF-8"},
    {VALUE_LATIN1, -1, "became text as latin1", "would become text as latin1"},
    {VALUE_WINDOWS1252, -1, "became text as windows-1252", "would become text as windows-1252"},
};

static void
put_day(struct buffer *out, int32_t day)
{
    char text[TEXT_TIME_SIZE];
    const struct text_time time = {.value = day};

    buffer_append(out, text, text_time_write(PD_KIND_DATE, &time, text));
}

void
value_gives_put(struct buffer *out, int rule, const struct value_gives *gives, bool would)
{
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        if (outcomes[i].gift != gives->gift || (outcomes[i].rule >= 0 && outcomes[i].rule != rule))
            continue;
        buffer_text(out, would ? outcomes[i].would : outcomes[i].did);
    }
    if (gives->gift != VALUE_DAY)
        return;
    put_day(out, gives->early);
    if (gives->early == gives->day)
        return;
    buffer_text(out, " or ");
    put_day(out, gives->day);
}

/* ---- Vectors ---- */

static bool
is_on(const struct value_rules *rules, int rule)
{
    return rules->gives[rule].gift != VALUE_STAYS;
}

static bool
meets(const struct value_rules *rules, const struct pd_type *type, int tag, const void *bytes,
      size_t size)
{
    const struct cell cell = {.tag = tag, .bytes = bytes, .size = size};
    int rule = value_rule_of(type, &cell);

    return rule >= 0 && is_on(rules, rule);
}

static bool
tagged_meets(const struct value_rules *rules, const struct pd_type *type,
             const struct pd_vector *vector, uint32_t n_rows)
{
    const uint8_t *data = vector->data;

    for (uint32_t row = 0; row < n_rows; row++) {
        int32_t from = vector->offsets[row];

        if (meets(rules, type, vector->tags[row], data + from,
                  (size_t)(vector->offsets[row + 1] - from)))
            return true;
    }
    return false;
}

bool
value_rules_meet(const struct value_rules *rules, const struct pd_type *type,
                 const struct pd_vector *vector, uint32_t n_rows)
{
    if (vector->n_longs)
        return is_on(rules, VALUE_RULE_NUL) || is_on(rules, VALUE_RULE_BAD_TEXT);
    if (vector->layout == PD_LAYOUT_TAGGED)
        return tagged_meets(rules, type, vector, n_rows);
    for (uint32_t i = 0; i < vector->n_outliers; i++) {
        const struct pd_outlier *o = &vector->outliers[i];

        if (meets(rules, type, (int)o->tag, o->bytes, (size_t)o->size))
            return true;
    }
    return vector->layout == PD_LAYOUT_VAR && n_rows && is_on(rules, VALUE_RULE_NUL) &&
           meets(rules, type, PD_TAG_PLAIN, vector->data, (size_t)vector->offsets[n_rows]);
}

bool
value_rules_meet_long(const struct value_rules *rules, const struct pd_type *type, int tag,
                      const void *bytes, size_t size)
{
    return meets(rules, type, tag, bytes, size);
}

/* ---- Cells ---- */

static void
give_day(const struct value_gives *gives, const struct pd_type *type, struct cell *cell)
{
    int64_t day = cell->tag == PD_TAG_NEG_INF ? gives->early : gives->day;

    *cell = (struct cell){.tag = -1};
    if (gives->gift != VALUE_DAY)
        return;
    cell->tag = PD_TAG_PLAIN;
    cell->integer = type->kind == PD_KIND_DATE ? day : day * US_PER_DAY;
}

/* Text of the kind: without blanks at the end of char. */
static void
give_text(const struct buffer *text, const struct pd_type *type, struct cell *cell)
{
    size_t size = text->size;

    while (type->kind == PD_KIND_CHAR && size && text->data[size - 1] == ' ')
        size--;
    *cell = (struct cell){
        .tag = is_text(type) ? PD_TAG_PLAIN : PD_TAG_TEXT, .bytes = text->data, .size = size};
}

/* false: the rule has nothing for it. Bytes that are valid UTF-8 are of another charset, and
   stay; units of 16 bits are in no charset of bytes. */
static bool
scrub(enum value_gift gift, const struct cell *cell, struct buffer *out)
{
    bool is_wide = cell->tag == PD_TAG_UTF16;

    if (gift == VALUE_REPLACED && is_wide)
        scrub_utf16(out, cell->bytes, cell->size);
    else if (gift == VALUE_REPLACED && !text_is_utf8(cell->bytes, cell->size))
        scrub_utf8(out, cell->bytes, cell->size);
    else if (gift == VALUE_LATIN1 && !is_wide)
        scrub_latin1(out, cell->bytes, cell->size);
    else if (gift == VALUE_WINDOWS1252 && !is_wide)
        scrub_windows1252(out, cell->bytes, cell->size);
    else
        return false;
    return true;
}

static bool
rule_apply(int rule, const struct value_gives *gives, const struct pd_type *type, struct cell *cell,
           struct buffer *scratch)
{
    if (gives->gift == VALUE_KEPT)
        return true;
    if (takes_day(rule)) {
        give_day(gives, type, cell);
        return true;
    }
    buffer_clear(scratch);
    if (rule == VALUE_RULE_NUL)
        scrub_nul(scratch, cell->bytes, cell->size, gives->gift == VALUE_REPLACED);
    else if (!scrub(gives->gift, cell, scratch))
        return false;
    give_text(scratch, type, cell);
    return true;
}

uint32_t
value_rules_apply(const struct value_rules *rules, const struct pd_type *type, struct cell *cell,
                  struct buffer scratch[2])
{
    uint32_t met = 0;

    /* Text that was made valid may have U+0000. */
    for (int pass = 0; pass < 2 && !cell->as_long; pass++) {
        int rule = value_rule_of(type, cell);

        if (rule < 0 || !is_on(rules, rule) || met >> rule & 1 ||
            !rule_apply(rule, &rules->gives[rule], type, cell, &scratch[pass]))
            break;
        met |= UINT32_C(1) << rule;
    }
    return met;
}
