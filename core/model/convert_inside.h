// SPDX-License-Identifier: Apache-2.0
/* convert_inside - what the files of convert share. */
#pragma once

#include "base/buffer.h"
#include "model/convert.h"
#include "model/decimal.h"
#include "model/jsonb.h"

/* What a cell means, whatever the kind of its column. */
enum value_class {
    VALUE_NULL,
    VALUE_INT,     /* integer */
    VALUE_REAL,    /* real */
    VALUE_DECIMAL, /* canonical text in bytes */
    VALUE_TEXT,    /* bytes */
    VALUE_BYTES,   /* bytes */
    VALUE_TYPED,   /* canonical text of a time or uuid in bytes */
    VALUE_ODD      /* an outlier that is no storage class: tag, and its bytes */
};

struct value {
    enum value_class class;
    bool is_loose;       /* a cell of a storage class: it has no other kind than that */
    bool is_fixed_scale; /* decimal: its type says how many digits are behind the point */
    int tag;
    int128 integer;
    double real;
    const uint8_t *bytes;
    size_t size;
};

/* How vectors are converted as a whole. */
enum convert_way {
    WAY_CELLS,         /* cell by cell */
    WAY_SAME,          /* the same bytes in the same layout: the vector is shared */
    WAY_TO_UTF8,       /* the same, if they are valid UTF-8 */
    WAY_WHOLE,         /* between integers */
    WAY_FLOAT,         /* between floats */
    WAY_SCALED,        /* integers to decimals of layout I128 */
    WAY_LOOSE_WHOLE,   /* storage classes that are all integers, to integers */
    WAY_LOOSE_DECIMAL, /* integers and doubles, to decimals of layout I128 */
    WAY_LOOSE_DAY      /* texts to dates or timestamps */
};

struct conversion {
    const struct pd_type *from;
    const struct pd_type *to;
    unsigned flags;
    enum convert_way way;
    bool is_same_type;
    bool checks_size;               /* lengths or digits of a second are to be looked at */
    bool checks_json;               /* text is to be looked at: is it JSON? */
    struct conversion *back;        /* finds values that would not come back; NULL: BACK itself */
    struct buffer text;             /* of the value that is being converted */
    struct buffer out;              /* of the result */
    bool is_short;                  /* a buffer that was cleared since had found no memory */
    struct convert_rules rules;     /* of CONVERT_MEANING */
    struct jsonb jsonb;             /* where `to` is that */
    const char *why;                /* the last cell had no value; NULL: no more is known */
    const char *option;             /* that would give it one, or NULL */
    char why_text[64];              /* what `why` is, where it names a value */
    const struct pd_limits *limits; /* of `to`; NULL: none */
    char said[96];                  /* why, where it has numbers */
};

/* A value must not be taken for another, nor for one that does not fit, because there was no memory
   for its text. */
static inline void
conversion_clear(struct conversion *c, struct buffer *buffer)
{
    c->is_short |= buffer->failed;
    buffer_clear(buffer);
}

/* ---- convert.c ---- */

/* Does a list of kinds, with blanks between, name this one? "*": all. */
bool convert_lists_kind(const char *list, int kind);
/* Is it a plain cell, whose text is JSON? */
bool conversion_is_json(const struct cell *cell);

/* ---- convert_value.c: what a cell means ---- */

/* false: memory is short. */
bool value_of(struct conversion *c, const struct cell *cell, struct value *value);

/* ---- convert_place.c: a value as a cell of the target ---- */

bool place_value(struct conversion *c, const struct value *value, struct cell *cell);
/* As an outlier of the target; false: it cannot be one. */
bool place_outlier(struct conversion *c, const struct value *value, struct cell *cell);
/* Is a tag an outlier of the kind itself, such as infinities of dates? */
bool place_is_home(int kind, int tag);
/* Does a cell of this tag stay as it is when the types are the same? On the way back all do, but
   text in a column of floats, where SQLite keeps NaN as text. */
bool place_stays(const struct conversion *c, int tag);
/* Do bytes that are no valid text say in front what they are? */
bool place_is_marked(const uint8_t *bytes, size_t size);
/* The next label of a set's text: how long it is; *bytes goes behind it and its comma. It is the
   last one when there was none. */
size_t place_next_label(const uint8_t **bytes, size_t *size);
/* Is valid text a value of a kind whose values are text? */
bool place_accepts(const struct pd_type *type, const uint8_t *bytes, size_t size);

/* ---- convert_tagged.c: "i:1" ---- */

bool tagged_read(struct conversion *c, const uint8_t *bytes, size_t size, struct value *value);
/* false: it cannot be said. */
bool tagged_write(struct conversion *c, const struct value *value, struct cell *cell);

/* ---- convert_number.c ---- */

/* An integer in the domain of a kind. */
bool number_fits_whole(const struct pd_type *type, int128 integer);
bool number_to_whole(struct conversion *c, const struct value *value, struct cell *cell);
bool number_to_decimal(struct conversion *c, const struct value *value, struct cell *cell);
/* An integer or a double, for kinds number and any. */
bool number_to_number(const struct value *value, struct cell *cell);
bool number_to_float(struct conversion *c, const struct value *value, struct cell *cell);
/* A double as a float of 4 bytes: the same number or, by meaning, the one whose shortest decimal
   it is. false: neither, and *ret_single is what such a float would keep. */
bool number_narrow(const struct conversion *c, double real, float *ret_single);
/* A float of 4 bytes where it means its shortest decimal. */
bool number_is_short(const struct conversion *c);

/* ---- convert_time.c ---- */

/* Between times of different kinds, without a way through text. false: there is none. */
bool time_to_time(struct conversion *c, const struct cell *from, struct cell *to);
/* Spellings of outliers of dates: infinities, days that no calendar has or no layout. */
bool time_outlier(const struct pd_type *type, const uint8_t *text, size_t size, int *ret_tag);
/* Has the value no more digits of a second than the type keeps? */
bool time_fits_precision(const struct pd_type *type, const struct cell *cell);

/* ---- convert_loose.c: vectors of storage classes; false: not all values are simple ones ---- */

/* A vector on its way. */
struct numbers {
    const struct conversion *c;
    const struct pd_vector *from;
    uint32_t n_rows;
    uint8_t *data;
};

enum { LOOSE_MOST_SCALE = 15 };

bool loose_wholes(const struct numbers *n);
bool loose_decimals(const struct numbers *n);
bool loose_days(const struct numbers *n);
/* Can a vector of such a layout go this way? */
bool loose_takes(const struct conversion *c, const struct pd_vector *vector);

/* ---- convert_limits.c: what a column that is there lacks of its kind ---- */

/* Does it hold the cell, which is of its kind and not NULL? false: c->why says what it lacks. */
bool limits_admit(struct conversion *c, const struct cell *cell);
/* Does it hold all of the vector? false: one cell or another may be none that it holds. */
bool limits_admit_all(const struct conversion *c, const struct pd_vector *vector, uint32_t n_rows);
/* A long cell by its size and tag. */
bool limits_admit_long(struct conversion *c, const struct cell *cell);
/* And by its bytes, slice after slice: have they anything that the column lacks? They are to be
   looked at only where it lacks something. */
bool limits_look(const struct conversion *c);
bool limits_admit_bytes(struct conversion *c, const uint8_t *bytes, size_t size);

/* ---- convert_vector.c ---- */

/* Store 64-bit values as the target's integers, from row `start` on; false: not all fit. */
bool numbers_store(const struct numbers *n, uint32_t start, uint32_t count, const uint64_t *values,
                   bool from_unsigned);

enum convert_way vector_way(const struct conversion *c);
/* The whole vector at once, into memory. PD_UNSUPPORTED: cell by cell. */
pd_status vector_convert(const struct conversion *c, const struct pd_vector *from, uint32_t n_rows,
                         struct pd_memory **memory, struct pd_vector *to, struct pd_error *err);
