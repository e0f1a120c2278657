// SPDX-License-Identifier: Apache-2.0
/* convert_meaning - what the files of conversions by meaning share (CONVERT_MEANING): values for
   columns that a target has already, which say the same in their type's own way. */
#pragma once

#include "model/convert_inside.h"

/* Why the cell in hand has no such value, one clause, and the option that would give it one, or
   NULL; false. */
static inline bool
meaning_refuse(struct conversion *c, const char *why, const char *option)
{
    c->why = why;
    c->option = option;
    return false;
}

/* Is there a conversion by meaning between the kinds? *ret_option: it needs what this option says,
   and the user has not said it; else NULL. */
bool meaning_exists(const struct pd_type *from, const struct pd_type *to,
                    const struct convert_rules *rules, const char **ret_option);
/* One cell that is not NULL. false: see meaning_refuse(). */
bool meaning_convert(struct conversion *c, const struct cell *from, struct cell *to);
/* Whole vectors: what convert_way() found, where the meaning is the same. */
enum convert_way meaning_way(const struct conversion *c, enum convert_way way);

/* ---- convert_meaning_time.c ---- */

/* A cell as a date, time, timestamp or timestamptz. */
bool meaning_to_time(struct conversion *c, const struct cell *from, const struct value *value,
                     struct cell *to);
/* A date or timestamp as a number of its units, where the user has said which. */
bool meaning_to_epoch(struct conversion *c, const struct cell *from, struct value *ret_value);

/* The same of a text that says a date, with a time of day or without; others stay. */
bool meaning_text_to_epoch(struct conversion *c, struct value *value);

/* ---- convert_meaning_text.c ---- */

/* A value as one of the kinds whose layout is their text. */
bool meaning_to_string(struct conversion *c, const struct cell *from, const struct value *value,
                       struct cell *to);
bool meaning_to_uuid(struct conversion *c, const struct value *value, struct cell *to);
/* The one label that says true, or false; NULL: there is none, or several. */
const char *meaning_label(const struct pd_type *type, bool is);
/* Does text mean true or false? */
bool meaning_read_bool(const struct value *value, int64_t *ret_bool);
