// SPDX-License-Identifier: Apache-2.0
/* decode - rows of the binary protocol into the vectors of a batch. The client library says where
   each value lies in the packet that it received (STMT_ATTR_CB_RESULT), so that nothing is copied
   twice and no value is too long for a buffer. Nothing that the server sends is believed: every
   length is held against what is there. */
#pragma once

#include <polydump/schema.h>
#include <polydump/value.h>

#include "catalog.h"

enum { DECODE_UUID_BYTES = 16 };

/* Instead of the bytes that all values of a type have. */
enum { DECODE_LENGTH = 0 /* each has its length before it */, DECODE_NOTHING = 0xff };

/* What a field of the stream is to its column. */
enum decode_role {
    DECODE_VALUE,
    DECODE_BYTES, /* of text that UTF-8 does not give back; NULL: it does */
    DECODE_ERROR  /* of an enum with the label "": 1 for its error value */
};

/* A field of the stream, and where it lies in the row under way. bytes NULL: NULL. */
struct decode_field {
    const uint8_t *bytes;
    size_t size;
    uint8_t width;   /* bytes of every value; 0: a length stands before it */
    uint8_t role;    /* enum decode_role */
    uint32_t stream; /* number in decoder.columns of the column that it is of */
};

/* A column that is read. */
struct decode_column {
    uint8_t form;       /* enum my_form */
    uint8_t size;       /* of an integer */
    uint8_t kind;       /* enum pd_kind */
    uint8_t digits;     /* decimal: its precision */
    uint8_t scale;      /* of that */
    uint8_t fraction;   /* digits after the second */
    bool is_unsigned;   /* */
    bool is_verbatim;   /* an integer that lies in its packet as in its vector */
    bool is_i128;       /* decimal of layout I128 */
    bool is_short_year; /* year(2): 70 is 1970 */
    bool has_empty;     /* enum: "" is one of its labels */
    uint32_t bits;      /* of form BIT */
    uint32_t column;    /* of the table and the batch */
    uint32_t field;     /* of the value, in decoder.fields; one of another role stands before it */
};

struct decoder {
    const struct pd_host *host;
    struct pd_builder *builder;
    struct decode_column *columns; /* in the order of the stream */
    uint32_t n_columns;
    uint32_t *absent; /* columns of the table that are not in the stream */
    uint32_t n_absent;
    struct decode_field *fields;
    uint32_t n_fields;
    bool is_long; /* the row has a field that is not to be in a batch with other rows */
    /* Where the memory ends that a packet is in; the library moves it. */
    unsigned char *const *end;
    /* What was wrong with a row. */
    const char *fault;
    uint32_t fault_column; /* of the table; PD_NO_COLUMN: the row as a whole */
};

/* The columns of a table; sets the builder's too. */
pd_status decode_open(struct decoder *d, const struct pd_host *host, const struct pd_table *table,
                      const struct my_table *plan, struct pd_builder *builder,
                      struct pd_error *err);
void decode_close(struct decoder *d);
/* The types that the server says its fields have, n of them; end: see struct decoder. False:
   d->fault says why they are not those of the columns. */
bool decode_bind(struct decoder *d, const MYSQL_FIELD *fields, uint32_t n,
                 unsigned char *const *end);

/* The library's callback: field number `number` of a row lies at *at, which is to be moved behind
   it; at NULL: it is NULL. */
void decode_take(void *decoder, unsigned number, unsigned char **at);
/* Bytes of the values of a type of the protocol, or DECODE_LENGTH or DECODE_NOTHING. */
uint8_t decode_width(enum enum_field_types type);
bool decode_is_int_type(enum enum_field_types type);
/* Has the type a form of its own in the protocol, other than bytes? */
bool decode_is_special_type(enum enum_field_types type);
/* The row into the batch. False: d->fault says why not, and the batch is to be dropped. */
bool decode_row(struct decoder *d);
/* Cell by cell. */
bool decode_cell(struct decoder *d, const struct decode_column *c);
/* The columns that are not in the stream, and the end of the row. */
void decode_row_end(struct decoder *d);
/* Can its values be long at all? Text, bytes, geometry. */
bool decode_has_long(const struct decode_column *c);
/* The bytes of a cell of such a column, and PD_TAG_PLAIN or BADTEXT; NULL: it is NULL. */
const uint8_t *decode_long_bytes(const struct decoder *d, const struct decode_column *c,
                                 size_t *ret_size, uint32_t *ret_tag);

/* ---- decode_number.c ---- */

/* c->size and c->is_unsigned say what the bytes are; above 2^63-1 it wraps. */
int64_t decode_int_value(const struct decode_column *c, const uint8_t *bytes);
bool decode_int(struct decoder *d, const struct decode_column *c, const uint8_t *bytes);
bool decode_decimal(struct decoder *d, const struct decode_column *c, const uint8_t *bytes,
                    size_t size);
bool decode_bits(struct decoder *d, const struct decode_column *c, const uint8_t *bytes,
                 size_t size);
/* Digits as the server prints a decimal, without what is not canonical: zeros in front, the sign
   of zero. out has room for size + 2 bytes; 0: it is no decimal. */
size_t decode_decimal_text(const char *text, size_t size, char *out);

/* ---- decode_time.c ---- */

bool decode_date(struct decoder *d, const struct decode_column *c, const uint8_t *bytes,
                 size_t size);
bool decode_datetime(struct decoder *d, const struct decode_column *c, const uint8_t *bytes,
                     size_t size);
bool decode_time(struct decoder *d, const struct decode_column *c, const uint8_t *bytes,
                 size_t size);
/* Days from 1970-01-01 of a day of the calendar, year 0 being 1 BC; false: there is no such day, or
   the server does not know it (0000-02-29). */
bool decode_days(unsigned year, unsigned month, unsigned day, int32_t *ret_days);

/* ---- Shared by all of them ---- */

static inline bool
decode_fault(struct decoder *d, const struct decode_column *c, const char *fault)
{
    d->fault = fault;
    d->fault_column = c ? c->column : PD_NO_COLUMN;
    return false;
}

static inline uint16_t
decode_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t
decode_u32(const uint8_t *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, 4);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap32(value);
#endif
    return value;
}

static inline uint64_t
decode_u64(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, 8);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}
