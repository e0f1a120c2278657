/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/choice.h - how a sink chooses the type of a new column: what its values say, the hint
 * that they keep to, and what is taken when nobody has looked; all inline. Which types there are,
 * what they are called and what they hold stays the plugin's. Optional.
 *
 * A plugin's map() makes a struct pd_choice of each column, calls pd_choice_begin(), spells the
 * type of the column's kind, and calls pd_choice_judge() and pd_choice_keep(). Then pd_join_types()
 * of joined.h looks at all of them.
 */
#ifndef POLYDUMP_CHOICE_H
#define POLYDUMP_CHOICE_H

#include <polydump/pool.h>
#include <polydump/schema.h>
#include <polydump/sql.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What a profile says ---- */

/* Storage classes that are among the values of a column, a bit each. */
enum {
    PD_VALUES_INTS = 1,
    PD_VALUES_REALS = 2,
    PD_VALUES_TEXTS = 4,
    PD_VALUES_BYTES = 8,
    PD_VALUES_NUMBERS = PD_VALUES_INTS | PD_VALUES_REALS,
    PD_VALUES_ALL = PD_VALUES_NUMBERS | PD_VALUES_TEXTS | PD_VALUES_BYTES
};

/* PD_VALUES_* of a column; 0: it has no value, or plain values of other kinds alone. */
static inline unsigned
pd_values_of(const struct pd_profile *profile)
{
    return (profile->n_ints ? (unsigned)PD_VALUES_INTS : 0u) |
           (profile->n_reals ? (unsigned)PD_VALUES_REALS : 0u) |
           (profile->n_texts ? (unsigned)PD_VALUES_TEXTS : 0u) |
           (profile->n_blobs ? (unsigned)PD_VALUES_BYTES : 0u);
}

/* PD_VALUES_* that plain values of a kind (enum pd_kind) are counted among; 0: none, as dates and
   decimals, which are counted apart. */
static inline unsigned
pd_values_at_home(int kind)
{
    if (kind >= PD_KIND_INT8 && kind <= PD_KIND_UINT64)
        return PD_VALUES_INTS;
    switch (kind) {
    case PD_KIND_YEAR:
    case PD_KIND_MONEY:
    case PD_KIND_OID:
        return PD_VALUES_INTS;
    case PD_KIND_FLOAT32:
    case PD_KIND_FLOAT64:
        return PD_VALUES_REALS;
    case PD_KIND_NUMBER:
        return PD_VALUES_NUMBERS;
    case PD_KIND_TEXT:
    case PD_KIND_CHAR:
    case PD_KIND_JSON:
    case PD_KIND_JSONB:
    case PD_KIND_XML:
    case PD_KIND_ENUM:
    case PD_KIND_SET:
        return PD_VALUES_TEXTS;
    case PD_KIND_BINARY:
    case PD_KIND_GEOMETRY:
        return PD_VALUES_BYTES;
    case PD_KIND_ANY:
        return PD_VALUES_ALL;
    default:
        return 0;
    }
}

/* Has a number so many digits before the point at most? */
static inline int
pd_is_below_ten_to(double value, int32_t digits)
{
    double bound = 1;

    /* No double is larger than that. */
    for (; digits > 0 && bound < 1e308; digits--)
        bound *= 10;
    return (value < 0 ? -value : value) < bound;
}

/* Have all integers and floats so few digits? Whether the engine's decimals tell -0 from 0, an
   integer from a float that is as large, and hold infinity, is for the plugin to ask. */
static inline int
pd_fits_decimal(const struct pd_profile *profile, int32_t precision, int32_t scale)
{
    const int32_t whole = precision - scale;

    if (profile->n_reals &&
        (!(profile->flags & PD_PROFILE_SCALE) || (int64_t)profile->max_scale > scale ||
         !pd_is_below_ten_to(profile->min_real, whole) ||
         !pd_is_below_ten_to(profile->max_real, whole)))
        return 0;
    return !profile->n_ints || (pd_is_below_ten_to((double)profile->min_int, whole) &&
                                pd_is_below_ten_to((double)profile->max_int, whole));
}

/* ---- One column ---- */

/* Its type on the way to its mapping. What is marked "in" is set by hand; the rest starts as
   zero. */
struct pd_choice {
    const struct pd_choice_ways *ways; /* in: the plugin's */
    void *own;                         /* in: the plugin's, for its ways; or NULL */
    const struct pd_column *column;    /* in: borrowed */
    const struct pd_profile *profile;  /* in: borrowed; NULL: nobody has looked at the values */
    struct pd_mapping *mapping;        /* in: what is filled; its native counts after keep() */
    struct pd_sql spelled;             /* in: its host. The type as the target spells it, so far */
    int can_carry;                     /* in: --misfit=carrier */
    unsigned home;                     /* PD_VALUES_* that values of its kind are */
    unsigned values;                   /* PD_VALUES_* that there are */
};

/* What the declaration of a column of kind number or text may promise (pd_column.hint), and what is
   taken when all values keep to it. */
struct pd_hint_row {
    uint8_t hint; /* enum pd_kind: bool, date, timestamp, decimal, text, uuid, json, jsonb, time or
                     timestamptz */
    uint8_t as;   /* enum pd_kind of what is taken. Text for another hint: the engine has no such
                     type, or nobody has looked at all values; it is taken where there are none, and
                     else what the column is without a hint. */
    const char *native; /* how it is spelled; "": spell() does it, or nobody does yet */
    const char *broken; /* why it is not taken; NULL: in the words of every sink */
    /* Does the engine's type hold what is in this column? Asked when the values keep to the hint.
       NULL: yes. */
    int (*fits)(const struct pd_choice *choice);
    /* Puts what native lacks into choice->spelled. mapping->as is set, with the length or the
       digits of the hint, and other parameters are set here. NULL: nothing lacks. */
    void (*spell)(struct pd_choice *choice);
};

/* What one engine has and others have not. Constant; one a plugin. */
struct pd_choice_ways {
    const char *text;                /* spelling of text of any length; "": it is chosen later */
    const struct pd_hint_row *hints; /* nothing is taken for a hint without a row */
    size_t n_hints;
    /* The column has a profile, keeps to no hint, and all its values are of classes that are at
       home in its kind, or there are none. Does the type so far hold them, or does another one do
       it better? pd_choice_set() and pd_choice_carry() change it. */
    void (*judge)(struct pd_choice *choice);
    /* Nobody has looked at the values, and those that do not fit would be carried: may there be
       any? */
    int (*is_risky)(const struct pd_choice *choice);
    /* Nobody has looked, and no hint says what such columns hold most: change the type, set
       PD_MAPPING_GUESS (which those of kind any and number have by themselves), or neither. NULL:
       neither. */
    void (*guess)(struct pd_choice *choice);
};

/* A mapping without parameters. Its flags and option stay; native and reason are borrowed as long
   as the mapping is. */
static inline void
pd_mapping_set(struct pd_mapping *mapping, int rung, int kind, const char *native,
               const char *reason)
{
    mapping->rung = (uint32_t)rung;
    mapping->native = native;
    mapping->reason = reason;
    memset(&mapping->as, 0, sizeof mapping->as);
    mapping->as.struct_size = sizeof mapping->as;
    mapping->as.kind = (uint16_t)kind;
    mapping->as.precision = kind >= PD_KIND_TIME && kind <= PD_KIND_INTERVAL ? -1 : 0;
}

/* Another type than the one so far, spelled so. */
static inline void
pd_choice_set(struct pd_choice *choice, int rung, int kind, const char *native, const char *reason)
{
    pd_mapping_set(choice->mapping, rung, kind, native, reason);
    pd_sql_clear(&choice->spelled);
    pd_sql_add(&choice->spelled, native);
}

/* The first that is called: the type of its kind, without a spelling. as: enum pd_kind; the same as
   the column's: its parameters are kept. */
static inline void
pd_choice_begin(struct pd_choice *choice, int rung, int as, const char *reason)
{
    memset(choice->mapping, 0, sizeof *choice->mapping);
    choice->home = pd_values_at_home(choice->column->type.kind);
    pd_choice_set(choice, rung, as, "", reason);
    if (as == choice->column->type.kind)
        choice->mapping->as = choice->column->type;
    if (choice->column->type.kind == PD_KIND_ANY)
        choice->mapping->flags |= PD_MAPPING_TAGGED;
}

/* Single values do not fit: it becomes text or bytes (kind, native, flags: PD_MAPPING_TAGGED or 0)
   when that was asked for, and else it is refused. */
static inline void
pd_choice_carry(struct pd_choice *choice, int kind, const char *native, uint32_t flags,
                const char *reason)
{
    struct pd_mapping *mapping = choice->mapping;

    if (choice->can_carry) {
        pd_choice_set(choice, PD_RUNG_CARRIER, kind, native, reason);
        mapping->flags |= flags;
        return;
    }
    mapping->rung = PD_RUNG_REFUSED;
    mapping->reason = reason;
    mapping->option = "misfit=carrier";
}

/* The last that is called, always: the spelling goes into the pool, and what was taken for it is
   given back. PD_FATAL: memory is short, and err is for the caller to fill. */
static inline pd_status
pd_choice_keep(struct pd_choice *choice, struct pd_pool *pool)
{
    const char *text = pd_sql_text(&choice->spelled);

    choice->mapping->native = text ? pd_pool_text(pool, text) : NULL;
    pd_sql_free(&choice->spelled);
    return choice->mapping->native ? PD_OK : PD_FATAL;
}

/* ---- Hints: what the declaration promises, when the values keep it ---- */

/* Why a hint was followed, and why not: in the words of every sink. */
static inline const char *
pd_hint_words(int hint, int is_kept)
{
    static const struct {
        uint8_t hint;
        const char *kept, *broken;
    } words[] = {
        {PD_KIND_BOOL, "every value is 0 or 1", "not every value is 0 or 1"},
        {PD_KIND_DATE, "every value is a date", "not every value is a date"},
        {PD_KIND_TIMESTAMP, "every value is a timestamp", "not every value is a timestamp"},
        {PD_KIND_DECIMAL, "every value has that many digits at most",
         "not every value has so few digits"},
        {PD_KIND_TEXT, "no value is longer", "a value is longer than was declared"},
        {PD_KIND_UUID, "every value is a uuid", "not every value is a uuid in its usual spelling"},
        {PD_KIND_JSON, "every value is JSON", "not every value is JSON"},
        {PD_KIND_JSONB, "every value is JSON", "not every value is JSON"},
        {PD_KIND_TIME, "every value is a time", "not every value is a time"},
        {PD_KIND_TIMESTAMPTZ, "every value is a timestamp",
         "nobody has looked whether every value is a timestamp"},
    };
    size_t i;

    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].hint == hint)
            return is_kept ? words[i].kept : words[i].broken;
    }
    return NULL;
}

/* Does every value that is there keep to the column's hint? There is a profile. */
static inline int
pd_choice_keeps_hint(const struct pd_choice *choice)
{
    const struct pd_profile *profile = choice->profile;
    const struct pd_type *hint = &choice->column->hint;
    uint32_t texts; /* what is said of texts that keep to it */

    switch (hint->kind) {
    case PD_KIND_BOOL:
        return !choice->values ||
               (choice->values == PD_VALUES_INTS && profile->flags & PD_PROFILE_ONLY_01);
    case PD_KIND_DECIMAL:
        return !(choice->values & ~(unsigned)PD_VALUES_NUMBERS) &&
               pd_fits_decimal(profile, hint->precision, hint->scale);
    case PD_KIND_TEXT:
        return !(choice->values & ~(unsigned)PD_VALUES_TEXTS) &&
               !(profile->flags & PD_PROFILE_BAD_TEXT) && profile->max_chars <= hint->length;
    case PD_KIND_DATE:
        texts = PD_PROFILE_DATES;
        break;
    case PD_KIND_TIMESTAMP:
        texts = PD_PROFILE_TIMESTAMPS;
        break;
    case PD_KIND_UUID:
    case PD_KIND_JSON:
    case PD_KIND_JSONB:
    case PD_KIND_TIME:
        texts = PD_PROFILE_PROMISED;
        break;
    default:
        texts = 0; /* nobody has looked */
    }
    return !choice->values || (choice->values == PD_VALUES_TEXTS && profile->flags & texts);
}

/* The hint that could narrow the type; NULL: there is none. */
static inline const struct pd_hint_row *
pd_choice_hint_(const struct pd_choice *choice)
{
    const struct pd_column *column = choice->column;
    const struct pd_choice_ways *ways = choice->ways;
    size_t i = 0;

    if (column->hint.kind == PD_KIND_TEXT
            ? column->type.kind != PD_KIND_TEXT || column->type.length > 0
            : column->type.kind != PD_KIND_NUMBER)
        return NULL;
    while (i < ways->n_hints && ways->hints[i].hint != column->hint.kind)
        i++;
    return i < ways->n_hints ? &ways->hints[i] : NULL;
}

/* 0: the values do not keep to it, or the engine has no such type. */
static inline int
pd_choice_take_hint_(struct pd_choice *choice, const struct pd_hint_row *row)
{
    const struct pd_type *hint = &choice->column->hint;
    int is_plain = row->as == PD_KIND_TEXT && hint->kind != PD_KIND_TEXT;

    if (hint->kind == PD_KIND_TEXT && choice->column->generated) {
        pd_choice_set(choice, PD_RUNG_PROFILED, PD_KIND_TEXT, choice->ways->text,
                      "it is computed, and may be longer than was declared");
        return 1;
    }
    if (!pd_choice_keeps_hint(choice) || (is_plain && choice->values) ||
        (row->fits && !row->fits(choice)))
        return 0;
    pd_choice_set(choice, PD_RUNG_PROFILED, row->as, row->native,
                  is_plain ? "there is no value" : pd_hint_words(hint->kind, 1));
    if (hint->kind == PD_KIND_TEXT)
        choice->mapping->as.length = hint->length;
    if (hint->kind == PD_KIND_DECIMAL) {
        choice->mapping->as.precision = hint->precision;
        choice->mapping->as.scale = hint->scale;
    }
    if (row->spell)
        row->spell(choice);
    return 1;
}

/* ---- By the values, or without them ---- */

/* Only texts in a column of numbers: the column is one of text, and no letters are needed. */
static inline int
pd_choice_is_all_text_(const struct pd_choice *choice)
{
    return choice->values == PD_VALUES_TEXTS &&
           !(choice->profile->flags & (PD_PROFILE_NUL | PD_PROFILE_BAD_TEXT)) && choice->home &&
           !(choice->home & ~(unsigned)PD_VALUES_NUMBERS) &&
           choice->column->type.kind <= PD_KIND_NUMBER;
}

static inline void
pd_choice_by_values_(struct pd_choice *choice, const struct pd_hint_row *hint)
{
    choice->values = pd_values_of(choice->profile);
    if (hint && pd_choice_take_hint_(choice, hint))
        return;
    if (pd_choice_is_all_text_(choice))
        pd_choice_set(choice, PD_RUNG_PROFILED, PD_KIND_TEXT, choice->ways->text,
                      "all its values are text");
    else if (choice->values & ~choice->home)
        pd_choice_carry(choice, PD_KIND_TEXT, choice->ways->text, PD_MAPPING_TAGGED,
                        "values of other types are in it");
    else
        choice->ways->judge(choice);
    if (hint && choice->mapping->rung < PD_RUNG_CARRIER)
        choice->mapping->reason =
            hint->broken ? hint->broken : pd_hint_words(choice->column->hint.kind, 0);
}

/* What most columns of such a declaration hold. */
static inline void
pd_choice_by_guess_(struct pd_choice *choice, int is_hinted)
{
    int kind = choice->column->type.kind, hint = choice->column->hint.kind;

    if (is_hinted && kind == PD_KIND_NUMBER && hint != PD_KIND_BOOL && hint != PD_KIND_DECIMAL)
        pd_choice_set(choice, PD_RUNG_PROFILED, PD_KIND_TEXT, choice->ways->text,
                      "its values were not looked at");
    else if (choice->ways->guess)
        choice->ways->guess(choice);
    if (is_hinted || kind == PD_KIND_ANY || kind == PD_KIND_NUMBER ||
        (choice->can_carry && choice->ways->is_risky(choice)))
        choice->mapping->flags |= PD_MAPPING_GUESS;
}

/* What the hint and the values, or that nobody knows them, make of the type of the kind, which is
   spelled. without_hint: as if the declaration promised nothing. */
static inline void
pd_choice_judge(struct pd_choice *choice, int without_hint)
{
    const struct pd_hint_row *hint = without_hint ? NULL : pd_choice_hint_(choice);

    if (choice->profile)
        pd_choice_by_values_(choice, hint);
    else
        pd_choice_by_guess_(choice, hint != NULL);
}

#ifdef __cplusplus
}
#endif

#endif
