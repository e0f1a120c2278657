// SPDX-License-Identifier: Apache-2.0
/* types - how a neutral type is stored in SQLite. */
#pragma once

#include "sqlite.h"

/* What a plain value becomes. */
enum form {
    FORM_INTEGER,        /* integers and booleans */
    FORM_UNSIGNED,       /* uint64 as an integer; above 2^63-1 it does not fit */
    FORM_REAL,           /* a double; NaN is text */
    FORM_NUMBER,         /* integer or double, as tagged */
    FORM_TEXT,           /* the bytes as text */
    FORM_BYTES,          /* the bytes as a blob */
    FORM_ANY,            /* as tagged */
    FORM_DECIMAL_NUMBER, /* a decimal as integer or double: it returns at its scale */
    FORM_CANONICAL       /* canonical text */
};

/* Values that would change without a word when they are stored; looked for before they are. */
enum {
    MISFIT_NEGATIVE_ZERO = 1 << 0, /* -0 becomes 0 */
    MISFIT_UNSIGNED = 1 << 1,      /* an integer above 2^63-1 becomes a double */
    MISFIT_WIDE_INTEGER = 1 << 2,  /* an integer beyond 2^53 becomes a double */
    MISFIT_NUMERIC_TEXT = 1 << 3,  /* text such as 007 becomes a number */
    MISFIT_NULL = 1 << 4,          /* NULL becomes the next rowid */
    MISFIT_WHOLE_FLOAT = 1 << 5,   /* a float without a fraction becomes an integer */
    MISFIT_CLASS = 1 << 6,         /* single values of another storage class change it */
    MISFIT_LABEL = 1 << 7,         /* of an enum: what is none of its labels breaks their check */
    /* Those that plain values have to be looked at for. */
    MISFITS_OF_PLAIN = MISFIT_NEGATIVE_ZERO | MISFIT_UNSIGNED | MISFIT_WIDE_INTEGER |
                       MISFIT_NUMERIC_TEXT | MISFIT_WHOLE_FLOAT
};

struct stored {
    uint8_t form;     /* enum form */
    uint8_t misfits;  /* MISFIT_* */
    uint8_t affinity; /* enum sqlite_affinity; counts for MISFIT_CLASS */
    uint16_t rung;    /* enum pd_rung */
    bool is_guess;    /* with a profile it may be stored in another way */
    bool no_labels;   /* of an enum: a value is none of them, so nothing can check them */
    bool as_text;     /* affinity TEXT: doubles are written as text by us, not by SQLite */
    char declared[64];
    const char *reason; /* why not native, or NULL */
    const char *option; /* that would change it, or NULL */
};

/* How a new column is declared and stored. profile may be NULL: unknown. carry: store what does
   not fit in a carrier (--misfit=carrier) rather than refuse it. */
void types_new(const struct pd_type *type, const struct pd_profile *profile, bool carry,
               struct stored *ret_stored);
/* How values of an SQLite column are stored in one with the same declaration. */
void types_same(const struct pd_type *type, const char *native, struct stored *ret_stored);
/* How values are stored in a column that is there, under its affinity. */
void types_existing(const struct pd_type *type, const struct pd_profile *profile,
                    const char *declared, struct stored *ret_stored);
/* Is the kind an integer whose values fit 64 bits with a sign? */
bool types_is_integer(int kind);
