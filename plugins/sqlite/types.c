// SPDX-License-Identifier: Apache-2.0
/* types - how a neutral type is stored in SQLite: one row a kind, and the exceptions. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "types.h"

/* What stands in parentheses behind the name of a type. */
enum suffix { SUFFIX_NONE, SUFFIX_LENGTH, SUFFIX_SCALE, SUFFIX_TIME };

struct type_row {
    uint8_t kind;
    uint8_t form;
    uint8_t rung;
    uint8_t suffix;
    const char *declared;
    const char *reason;
};

enum { DOUBLE_DIGITS = 15, INT64_DIGITS = 18 };

#define TEXT_ONLY "SQLite has no such type, canonical text keeps it"

/* The names decide the affinity: INT, CHAR, CLOB, TEXT, BLOB, REAL, FLOA, DOUB count anywhere in
   them. DATE, TIME, TIMESTAMP, UUID have affinity NUMERIC, which leaves their text alone because
   it never looks like a number. */
static const struct type_row type_rows[] = {
    {PD_KIND_BOOL, FORM_INTEGER, PD_RUNG_NATIVE, SUFFIX_NONE, "BOOLEAN", NULL},
    {PD_KIND_INT8, FORM_INTEGER, PD_RUNG_NATIVE, SUFFIX_NONE, "TINYINT", NULL},
    {PD_KIND_INT16, FORM_INTEGER, PD_RUNG_NATIVE, SUFFIX_NONE, "SMALLINT", NULL},
    {PD_KIND_INT32, FORM_INTEGER, PD_RUNG_NATIVE, SUFFIX_NONE, "INT", NULL},
    {PD_KIND_INT64, FORM_INTEGER, PD_RUNG_NATIVE, SUFFIX_NONE, "BIGINT", NULL},
    {PD_KIND_UINT8, FORM_INTEGER, PD_RUNG_NATIVE, SUFFIX_NONE, "TINYINT UNSIGNED", NULL},
    {PD_KIND_UINT16, FORM_INTEGER, PD_RUNG_NATIVE, SUFFIX_NONE, "SMALLINT UNSIGNED", NULL},
    {PD_KIND_UINT32, FORM_INTEGER, PD_RUNG_NATIVE, SUFFIX_NONE, "INT UNSIGNED", NULL},
    {PD_KIND_UINT64, FORM_CANONICAL, PD_RUNG_CARRIER, SUFFIX_NONE, "U64_TEXT",
     "integers of SQLite end at 2^63-1"},
    {PD_KIND_FLOAT32, FORM_REAL, PD_RUNG_NATIVE, SUFFIX_NONE, "FLOAT", NULL},
    {PD_KIND_FLOAT64, FORM_REAL, PD_RUNG_NATIVE, SUFFIX_NONE, "DOUBLE", NULL},
    {PD_KIND_DECIMAL, FORM_CANONICAL, PD_RUNG_CARRIER, SUFFIX_SCALE, "DECIMAL_TEXT",
     "a double holds 15 decimal digits"},
    {PD_KIND_NUMBER, FORM_NUMBER, PD_RUNG_NATIVE, SUFFIX_NONE, "NUMERIC", NULL},
    {PD_KIND_TEXT, FORM_TEXT, PD_RUNG_NATIVE, SUFFIX_NONE, "TEXT", NULL},
    {PD_KIND_CHAR, FORM_TEXT, PD_RUNG_NATIVE, SUFFIX_LENGTH, "CHAR", NULL},
    {PD_KIND_BINARY, FORM_BYTES, PD_RUNG_NATIVE, SUFFIX_LENGTH, "BLOB", NULL},
    {PD_KIND_DATE, FORM_CANONICAL, PD_RUNG_NATIVE, SUFFIX_NONE, "DATE", NULL},
    {PD_KIND_TIME, FORM_CANONICAL, PD_RUNG_NATIVE, SUFFIX_TIME, "TIME", NULL},
    {PD_KIND_TIMETZ, FORM_CANONICAL, PD_RUNG_CARRIER, SUFFIX_NONE, "TIMETZ_TEXT", TEXT_ONLY},
    {PD_KIND_TIMESTAMP, FORM_CANONICAL, PD_RUNG_NATIVE, SUFFIX_TIME, "TIMESTAMP", NULL},
    {PD_KIND_TIMESTAMPTZ, FORM_CANONICAL, PD_RUNG_CARRIER, SUFFIX_NONE, "TIMESTAMPTZ_TEXT",
     TEXT_ONLY},
    {PD_KIND_INTERVAL, FORM_CANONICAL, PD_RUNG_CARRIER, SUFFIX_NONE, "DURATION_TEXT", TEXT_ONLY},
    {PD_KIND_YEAR, FORM_INTEGER, PD_RUNG_NATIVE, SUFFIX_NONE, "YEAR", NULL},
    {PD_KIND_JSON, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "JSON_TEXT", TEXT_ONLY},
    {PD_KIND_JSONB, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "JSON_TEXT", TEXT_ONLY},
    {PD_KIND_XML, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "XML_TEXT", TEXT_ONLY},
    {PD_KIND_UUID, FORM_CANONICAL, PD_RUNG_NATIVE, SUFFIX_NONE, "UUID", NULL},
    {PD_KIND_BIT, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_LENGTH, "BITS_TEXT", TEXT_ONLY},
    {PD_KIND_VARBIT, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_LENGTH, "VARBITS_TEXT", TEXT_ONLY},
    {PD_KIND_ENUM, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "TEXT", "labels are kept as text"},
    {PD_KIND_SET, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "TEXT", "labels are kept as text"},
    {PD_KIND_INET, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "INET_TEXT", TEXT_ONLY},
    {PD_KIND_CIDR, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "INET_TEXT", TEXT_ONLY},
    {PD_KIND_INET4, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "INET_TEXT", TEXT_ONLY},
    {PD_KIND_INET6, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "INET_TEXT", TEXT_ONLY},
    {PD_KIND_MACADDR, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "MAC_TEXT", TEXT_ONLY},
    {PD_KIND_MACADDR8, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "MAC_TEXT", TEXT_ONLY},
    {PD_KIND_ARRAY, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "TEXT", TEXT_ONLY},
    {PD_KIND_GEOMETRY, FORM_BYTES, PD_RUNG_CARRIER, SUFFIX_NONE, "GEOM_BLOB",
     "SQLite has no such type, its bytes keep it"},
    {PD_KIND_ANY, FORM_ANY, PD_RUNG_NATIVE, SUFFIX_NONE, "", NULL},
    {PD_KIND_MONEY, FORM_CANONICAL, PD_RUNG_CARRIER, SUFFIX_NONE, "DECIMAL_TEXT", TEXT_ONLY},
    {PD_KIND_OID, FORM_INTEGER, PD_RUNG_NATIVE, SUFFIX_NONE, "BIGINT", NULL},
    {PD_KIND_OPAQUE, FORM_TEXT, PD_RUNG_CARRIER, SUFFIX_NONE, "TEXT", TEXT_ONLY},
};

/* The table above is the last word on kinds, but it has to stand before what looks into it. */
static const struct type_row *
type_row_find(int kind)
{
    size_t i;

    for (i = 0; i < sizeof type_rows / sizeof *type_rows; i++) {
        if (type_rows[i].kind == kind)
            return &type_rows[i];
    }
    return NULL;
}

static void
declare(struct stored *stored, const char *name, int suffix, const struct pd_type *type)
{
    size_t room = sizeof stored->declared;

    if (suffix == SUFFIX_LENGTH && type->length > 0)
        snprintf(stored->declared, room, "%s(%" PRIu64 ")", name, type->length);
    else if (suffix == SUFFIX_SCALE && type->precision > 0)
        snprintf(stored->declared, room, "%s(%d,%d)", name, type->precision, type->scale);
    else if (suffix == SUFFIX_TIME && type->precision >= 0 && type->precision < 6)
        snprintf(stored->declared, room, "%s(%d)", name, type->precision);
    else
        snprintf(stored->declared, room, "%s", name);
}

/* Fifteen digits return through a double, eighteen without a fraction through an integer. */
static bool
decimal_is_number(int64_t precision, int64_t scale)
{
    return precision >= 1 && scale >= 0 && scale <= precision &&
           precision <= (scale == 0 ? INT64_DIGITS : DOUBLE_DIGITS);
}

static void
store_decimal(const struct pd_type *type, struct stored *stored)
{
    if (!decimal_is_number(type->precision, type->scale))
        return;
    stored->form = FORM_DECIMAL_NUMBER;
    stored->rung = PD_RUNG_NATIVE;
    stored->reason = NULL;
    declare(stored, "NUMERIC", SUFFIX_SCALE, type);
}

static bool
is_beyond(const struct pd_profile *profile)
{
    return profile->n_ints && profile->max_int == INT64_MAX &&
           !(profile->flags & PD_PROFILE_EXACT_MAX);
}

static void
store_unsigned(const struct pd_type *type, const struct pd_profile *profile, struct stored *stored)
{
    stored->is_guess = !profile;
    if (!profile || is_beyond(profile))
        return;
    stored->form = FORM_UNSIGNED;
    stored->misfits = MISFIT_UNSIGNED;
    stored->rung = PD_RUNG_PROFILED;
    stored->reason = "every value fits 63 bits";
    declare(stored, "BIGINT UNSIGNED", SUFFIX_NONE, type);
}

static void
store_float(const struct pd_type *type, const struct pd_profile *profile, bool carry,
            struct stored *stored)
{
    bool wide = type->kind == PD_KIND_FLOAT64;

    stored->misfits = MISFIT_NEGATIVE_ZERO;
    stored->is_guess = carry && !profile;
    if (profile && !(profile->flags & PD_PROFILE_NEGATIVE_ZERO))
        return;
    /* Whoever knows nothing of the values and has leave to carry is on the safe side. */
    if (carry) {
        stored->misfits = 0;
        stored->rung = PD_RUNG_CARRIER;
        stored->reason = "-0 would be stored as 0";
        declare(stored, wide ? "F64_BLOB" : "F32_BLOB", SUFFIX_NONE, type);
    } else if (profile) {
        stored->rung = PD_RUNG_REFUSED;
        stored->reason = "-0 would be stored as 0";
        stored->option = "misfit=carrier";
    }
}

/* A label is as good as text under a check, the error value of MariaDB's enums is not. */
static void
store_labels(const struct pd_profile *profile, bool carry, struct stored *stored)
{
    stored->misfits = MISFIT_LABEL;
    stored->is_guess = carry && !profile;
    if (!profile || !profile->n_outliers)
        return;
    stored->reason = "a value is none of its labels";
    if (!carry) {
        stored->rung = PD_RUNG_REFUSED;
        stored->option = "misfit=carrier";
        return;
    }
    stored->misfits = 0;
    stored->no_labels = true;
}

/* Bytes of another character set, which would come back as other text. */
static void
store_text(const struct pd_profile *profile, struct stored *stored)
{
    if (!profile || !(profile->flags & PD_PROFILE_OTHER_TEXT))
        return;
    stored->rung = PD_RUNG_REFUSED;
    stored->reason = "text is in it whose bytes, of another character set, would be other text "
                     "here: convert it to utf8mb4 in the source";
}

void
types_new(const struct pd_type *type, const struct pd_profile *profile, bool carry,
          struct stored *ret_stored)
{
    const struct type_row *row = type_row_find(type->kind);

    memset(ret_stored, 0, sizeof *ret_stored);
    if (!row) {
        ret_stored->rung = PD_RUNG_REFUSED;
        ret_stored->reason = "the type is not known";
        return;
    }
    ret_stored->form = row->form;
    ret_stored->rung = row->rung;
    ret_stored->reason = row->reason;
    declare(ret_stored, row->declared, row->suffix, type);
    if (type->kind == PD_KIND_TEXT && type->length > 0)
        declare(ret_stored, "VARCHAR", SUFFIX_LENGTH, type);
    else if (type->kind == PD_KIND_DECIMAL)
        store_decimal(type, ret_stored);
    else if (type->kind == PD_KIND_UINT64)
        store_unsigned(type, profile, ret_stored);
    else if (type->kind == PD_KIND_FLOAT32 || type->kind == PD_KIND_FLOAT64)
        store_float(type, profile, carry, ret_stored);
    else if (type->kind == PD_KIND_ENUM && type->n_labels)
        store_labels(profile, carry, ret_stored);
    if (type->kind == PD_KIND_TEXT || type->kind == PD_KIND_CHAR)
        store_text(profile, ret_stored);
    ret_stored->affinity = (uint8_t)sqlite_affinity(ret_stored->declared);
    ret_stored->as_text = ret_stored->affinity == SQLITE_AFFINITY_TEXT;
    ret_stored->misfits |= MISFIT_CLASS;
    if (type->kind == PD_KIND_NUMBER)
        ret_stored->misfits |= MISFIT_WHOLE_FLOAT;
}

void
types_same(const struct pd_type *type, const char *native, struct stored *ret_stored)
{
    const struct type_row *row = type_row_find(type->kind);

    memset(ret_stored, 0, sizeof *ret_stored);
    ret_stored->form = row ? row->form : FORM_ANY;
    /* A declaration is taken over as it stands, so nothing is written but values. */
    snprintf(ret_stored->declared, sizeof ret_stored->declared, "%s", native ? native : "");
}

static bool
is_float(int kind)
{
    return kind == PD_KIND_FLOAT32 || kind == PD_KIND_FLOAT64;
}

static void
fit_number(const struct pd_type *type, const struct pd_profile *profile,
           enum sqlite_affinity affinity, struct stored *stored)
{
    if (is_float(type->kind))
        stored->misfits = MISFIT_NEGATIVE_ZERO;
    if (type->kind == PD_KIND_UINT64) {
        stored->form = FORM_UNSIGNED;
        stored->misfits = MISFIT_UNSIGNED;
    }
    if (affinity == SQLITE_AFFINITY_REAL && stored->form <= FORM_UNSIGNED)
        stored->misfits |= MISFIT_WIDE_INTEGER;
    if (stored->form == FORM_TEXT || type->kind == PD_KIND_ANY || type->kind == PD_KIND_NUMBER)
        stored->misfits = MISFIT_NUMERIC_TEXT;
    if (type->kind != PD_KIND_DECIMAL && type->kind != PD_KIND_MONEY)
        return;
    if (type->kind == PD_KIND_DECIMAL &&
        (decimal_is_number(type->precision, type->scale) ||
         (profile && decimal_is_number((int64_t)profile->max_digits + profile->max_scale,
                                       (int64_t)profile->max_scale)))) {
        stored->form = FORM_DECIMAL_NUMBER;
        return;
    }
    stored->rung = PD_RUNG_REFUSED;
    stored->reason = "the column there holds numbers of 15 digits, declare it as DECIMAL_TEXT";
}

void
types_existing(const struct pd_type *type, const struct pd_profile *profile, const char *declared,
               struct stored *ret_stored)
{
    enum sqlite_affinity affinity = sqlite_affinity(declared);
    const struct type_row *row = type_row_find(type->kind);

    memset(ret_stored, 0, sizeof *ret_stored);
    snprintf(ret_stored->declared, sizeof ret_stored->declared, "%s", declared);
    if (!row) {
        ret_stored->rung = PD_RUNG_REFUSED;
        ret_stored->reason = "the type is not known";
        return;
    }
    ret_stored->form = row->form;
    ret_stored->as_text = affinity == SQLITE_AFFINITY_TEXT;
    if (affinity == SQLITE_AFFINITY_NUMERIC || affinity == SQLITE_AFFINITY_INTEGER ||
        affinity == SQLITE_AFFINITY_REAL)
        fit_number(type, profile, affinity, ret_stored);
    /* Whatever the domain of a column is, is converted to what the column there holds. */
    ret_stored->affinity = (uint8_t)affinity;
    if (type->kind != PD_KIND_ANY && type->kind != PD_KIND_NUMBER)
        ret_stored->misfits |= MISFIT_CLASS;
}

bool
types_is_integer(int kind)
{
    return (kind >= PD_KIND_INT8 && kind <= PD_KIND_INT64) ||
           (kind >= PD_KIND_UINT8 && kind <= PD_KIND_UINT32);
}
