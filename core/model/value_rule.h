// SPDX-License-Identifier: Apache-2.0
/* value_rule - what the user says of values that a target would not take: --zero-date and its like.
   The options, the config file and the manual are made of VALUE_RULE_TABLE. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "model/batch.h"

/* X(name, option, which values, one that may be said, others, its line in the manual). */
#define VALUE_RULE_TABLE(X)                                                                        \
    X(ZERO_DATE, "zero-date", "days that no calendar has", "null", "=DATE",                        \
      "days that no calendar has, such as 0000-00-00, become NULL (RULE is null) or a DATE; "      \
      "TABLE.COLUMN=RULE for some columns (may be given several times)")                           \
    X(NUL, "nul", "text with U+0000", "strip", "=replace",                                         \
      "text with U+0000 loses it (RULE is strip), or gets U+FFFD in its place (replace); "         \
      "TABLE.COLUMN=RULE for some columns (may be given several times)")                           \
    X(BAD_TEXT, "bad-text", "text that is not valid UTF-8", "replace", "=latin1, =windows-1252",   \
      "text that is not valid UTF-8 gets U+FFFD for each sequence that is ill-formed (RULE is "    \
      "replace), or is read as latin1 or windows-1252; TABLE.COLUMN=RULE for some columns (may "   \
      "be given several times)")                                                                   \
    X(INFINITY, "infinity", "infinite dates and timestamps", "null", "=DATE, =DATE..DATE",         \
      "infinite dates and timestamps become NULL (RULE is null), a DATE, or the first or the "     \
      "second of DATE..DATE; TABLE.COLUMN=RULE for some columns (may be given several times)")

#define VALUE_RULE_MEMBER_(name, option, about, first, others, help) VALUE_RULE_##name,
enum value_rule { VALUE_RULE_TABLE(VALUE_RULE_MEMBER_) VALUE_RULE_COUNT_ };
#undef VALUE_RULE_MEMBER_

/* What becomes of them. */
enum value_gift {
    VALUE_STAYS = 0,
    VALUE_KEPT, /* it would be NULL, which the column does not take: it stays, and is counted */
    VALUE_NULL,
    VALUE_DAY,
    VALUE_STRIPPED,
    VALUE_REPLACED, /* by U+FFFD */
    VALUE_LATIN1,   /* read in this charset */
    VALUE_WINDOWS1252,
};

struct value_gives {
    enum value_gift gift;
    int32_t day;   /* VALUE_DAY: since 1970-01-01 */
    int32_t early; /* the same of minus infinity */
};

/* Of one column. */
struct value_rules {
    struct value_gives gives[VALUE_RULE_COUNT_];
};

const char *value_rule_option(int rule); /* "zero-date" */
const char *value_rule_about(int rule);  /* "days that no calendar has" */
/* What stands behind "TABLE.COLUMN=", or alone. false: nothing that the rule knows. */
bool value_rule_read(int rule, const char *text, struct value_gives *ret_gives);
/* "null, a day such as 1970-01-01" */
void value_rule_expect(struct buffer *out, int rule);
/* May a column of this type have such values? is_loose: of an engine that puts text into any
   column. */
bool value_rule_fits(int rule, const struct pd_type *type, bool is_loose);
/* What profiles say of columns that have such values: PD_PROFILE_*. */
uint32_t value_rule_flags(int rule);
/* The rule for a cell that is not long; -1: none. */
int value_rule_of(const struct pd_type *type, const struct cell *cell);
/* How it is given for a column: "zero-date 't.c=null' (or =DATE)". Behind it may stand what else
   would do. takes_null: so does the column. */
void value_rule_put(struct buffer *out, int rule, const char *table, const char *column,
                    bool takes_null);
/* "became NULL": what the rule did to values, or would. */
void value_gives_put(struct buffer *out, int rule, const struct value_gives *gives, bool would);

/* Is a value of the vector one that the rules are for, or could a long cell be? */
bool value_rules_meet(const struct value_rules *rules, const struct pd_type *type,
                      const struct pd_vector *vector, uint32_t n_rows);
/* Of a long cell that has these bytes among others; its tag is PLAIN, TEXT or BADTEXT. */
bool value_rules_meet_long(const struct value_rules *rules, const struct pd_type *type, int tag,
                           const void *bytes, size_t size);
/* The rules that were for the cell, a bit each; *cell is what they make of it, and may borrow
   scratch. */
uint32_t value_rules_apply(const struct value_rules *rules, const struct pd_type *type,
                           struct cell *cell, struct buffer scratch[2]);
