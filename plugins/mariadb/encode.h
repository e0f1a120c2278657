// SPDX-License-Identifier: Apache-2.0
/* encode - vectors into the arrays of a prepared INSERT.

   A batch is checked first: rows with a value that the server would change without a word are given
   to the rejects; for all others its strict mode and its warnings stand. What is left is bound
   column by column for some thousand rows at a time: the server takes them in one statement. Where
   a vector has the layout that the library wants, its own memory is bound; cells of odd columns
   (decimals, dates, outliers) are turned over into arrays that are made once a table. */
#pragma once

#include <endian.h>
#include <string.h>

#include <polydump/value.h>

#include "sink.h"

enum {
    ENCODE_ROWS = 4096,      /* in one statement; more gain nothing */
    ENCODE_BYTES = 4 << 20,  /* of one statement, about */
    ENCODE_ARRAYS = 4 << 20, /* memory of the arrays, about */
    ENCODE_TEXT = 48,        /* room for the text of a decimal with layout I128 */
    ENCODE_MARKERS = 65535,  /* in one statement */
    ENCODE_BINDS = 8192,     /* of one statement for a server that takes no arrays */
    ENCODE_OVERHEAD = 4096,  /* of a packet beside its values */
    ENCODE_TIME_DIGITS = 6   /* behind the second */
};

/* How a column's elements come into being. */
enum encode_way {
    ENCODE_DIRECT, /* the vector's memory is the array */
    ENCODE_BITS,
    ENCODE_VAR,  /* pointers into the vector */
    ENCODE_UUID, /* the same, 16 bytes each */
    ENCODE_DECIMAL,
    ENCODE_DIGITS, /* text of 0 and 1 into big-endian bytes */
    ENCODE_DATE,
    ENCODE_TIMESTAMP,
    ENCODE_CLOCK,
    ENCODE_LABEL,  /* enum: its number */
    ENCODE_LABELS, /* set: its mask */
    ENCODE_FLOAT,  /* of float(10,3): as a double, within its bound */
    ENCODE_CELLS   /* cell by cell */
};

struct encode_labels;

struct encode_column {
    const char *name;
    const char *native; /* its type there */
    const char *raw_charset;
    struct pd_type as;
    uint32_t number; /* in the batch */
    uint32_t marker; /* number of its '?'; one with raw_charset has two */
    uint8_t form;    /* enum my_form */
    uint8_t layout;  /* of `as` */
    uint8_t plain;   /* enum encode_way of a plain vector */
    uint8_t way;     /* of this batch's vector */
    bool is_unsigned;
    bool has_error_label;
    int64_t step;       /* microseconds that it can tell apart */
    int64_t stamp_most; /* of a timestamp: its last one; 0: it is none */
    uint32_t width;     /* bytes of an element in values; 0: pointers and lengths */
    double most;        /* ENCODE_FLOAT: what its digits can say */
    enum enum_field_types type;
    struct encode_labels *labels;

    const struct pd_vector *v;
    uint32_t next_outlier; /* the first whose row was not passed yet */

    /* Arrays of e->rows_room elements, those that are needed. */
    uint8_t *values;
    const void **pointers;
    unsigned long *lengths;
    char *nulls;
    const void **raw_pointers; /* of the second marker: bytes in raw_charset */
    unsigned long *raw_lengths;
    char *raw_nulls;
};

/* A cell taken out of whatever layout its vector has. */
struct encode_cell {
    bool is_null;
    uint8_t tag;          /* enum pd_tag */
    int64_t number;       /* plain bool, integers, dates, times, money; the bits of floats */
    const uint8_t *bytes; /* everything else; 16 bytes of a decimal with layout I128 */
    size_t size;
};

/* The bytes of one cell that is not in its batch. */
struct encode_long {
    const struct pd_source_ops *ops;
    struct pd_source *source;
};

struct encoder {
    const struct pd_host *host;
    struct my *my;
    const struct target_table *table;
    bool has_arrays; /* the server takes them */
    struct encode_column *columns;
    uint32_t n_columns;
    uint32_t n_markers;
    size_t columns_room;
    MYSQL_BIND *binds; /* one a marker */
    uint32_t rows_room;
    uint8_t *arrays; /* what the columns' arrays are parts of */

    MYSQL_STMT *insert; /* of one row; with arrays, of many */
    MYSQL_STMT *many;   /* of rows_many rows, where there are no arrays */
    MYSQL_BIND *many_binds;
    my_bool *many_nulls;
    uint32_t rows_many;
    bool is_relaxed; /* the session is not strict, for this table */

    const struct pd_batch *batch;
    struct pd_rejects *rejects;
    uint32_t piece;      /* first row of the statement that was sent last ... */
    uint32_t piece_rows; /* ... and how many it had */
    uint32_t n_skipped;
    uint32_t n_lax;
    uint8_t skip[PD_BATCH_ROWS / 8]; /* one bit a row: it was rejected */
    uint8_t lax[PD_BATCH_ROWS / 8];  /* it has an enum's error value */
};

/* ---- encode.c ---- */

/* For the rows of one table; what an earlier one has allocated is used again. A fresh struct is
   zeroed. */
pd_status encode_open(struct encoder *e, struct my *my, const struct target_table *t,
                      struct pd_error *err);
void encode_close(struct encoder *e);
/* The batch's rows are checked; it stays the caller's until the next batch. */
pd_status encode_batch(struct encoder *e, const struct pd_batch *batch, struct pd_rejects *rejects,
                       struct pd_error *err);
/* How many rows from first on, up to end, are sent. */
uint32_t encode_count(const struct encoder *e, uint32_t first, uint32_t end);
/* The row that is sent as number nth, 0 first, from `first` on. */
uint32_t encode_nth(const struct encoder *e, uint32_t first, uint64_t nth);

static inline bool
encode_is_skipped(const struct encoder *e, uint32_t row)
{
    return e->n_skipped && (e->skip[row >> 3] >> (row & 7) & 1);
}

static inline bool
encode_is_lax(const struct encoder *e, uint32_t row)
{
    return e->n_lax && (e->lax[row >> 3] >> (row & 7) & 1);
}

/* code, constraint: see struct pd_rejects. */
void encode_reject(struct encoder *e, uint32_t row, int cause, const char *code,
                   const char *constraint, const char *fmt, ...) PD_PRINTF(6, 7);
void encode_mark_lax(struct encoder *e, uint32_t row);

/* ---- encode_cell.c ---- */

/* Cell by cell; rows of a column are asked for in ascending order after encode_rewind(). */
void encode_rewind(struct encode_column *c, uint32_t first);
void encode_fetch(struct encode_column *c, uint32_t row, struct encode_cell *ret_cell);

/* ---- encode_check.c ---- */

/* Rejects what the server would not keep as it is; finds the enums' error values. */
void encode_check(struct encoder *e);
/* Can values of the column's neutral type be sent in its form at all? */
bool encode_can(const struct encode_column *c);

/* ---- encode_fill.c ---- */

/* enum encode_way of a plain vector; sets type, width and is_unsigned. */
void encode_plan(struct encode_column *c);
/* Rows first <= row < first + n into the arrays. */
void encode_fill(struct encoder *e, uint32_t first, uint32_t n);
/* What the library wants of a column's arrays, into one or two binds. */
void encode_bind(const struct encode_column *c, uint32_t first, MYSQL_BIND *binds);
/* The same for row `first + i` alone, without arrays. */
void encode_bind_one(const struct encode_column *c, uint32_t first, uint32_t i, MYSQL_BIND *binds,
                     my_bool *nulls);

/* ---- encode_time.c ---- */

/* "2024-02-31 10:20:30.5", also of no calendar; false: it is none. */
bool encode_parse_time(const uint8_t *text, size_t size, MYSQL_TIME *ret_time);
void encode_date(int64_t days, MYSQL_TIME *ret_time);
void encode_timestamp(int64_t us, MYSQL_TIME *ret_time);
void encode_clock(int64_t us, MYSQL_TIME *ret_time);
/* Digits behind the second of "datetime(3)", as microseconds of the last one. */
int64_t encode_step(const char *native);

/* ---- encode_labels.c ---- */

/* NULL: memory is short. */
struct encode_labels *encode_labels_open(const struct pd_host *host, const struct pd_type *type);
void encode_labels_close(const struct pd_host *host, struct encode_labels *labels);
/* 1 is the first; 0: there is none such. */
uint32_t encode_labels_find(const struct encode_labels *labels, const uint8_t *text, size_t size);
/* Of labels joined by commas, "," being that of an empty label alone; false: one of them is none.
 */
bool encode_labels_mask(const struct encode_labels *labels, const uint8_t *text, size_t size,
                        uint64_t *ret_mask);

/* ---- encode_answer.c ---- */

/* Is it as many as the server says? Rows that triggers change count as well. */
bool encode_are_stored(const struct encoder *e, uint64_t stored, uint64_t n);
/* Were n rows stored as they were sent? PD_FAILED: the server warned, my->complaint says of what.
 */
pd_status encode_answer(struct encoder *e, MYSQL_STMT *stmt, uint32_t n, struct pd_error *err);
/* The same of one row with error values of enums. */
pd_status encode_answer_lax(struct encoder *e, uint32_t row, struct pd_error *err);
/* Has the table columns that the server computes? */
bool encode_has_computed(const struct encoder *e);
/* Did the server refuse a row for what it computed of it itself, which it only warns of where the
   session is not strict? */
bool encode_blames_computed(const struct encoder *e);
/* Until encode_finish() the session is not strict: each warning is looked at all the same. */
pd_status encode_relax(struct encoder *e, struct pd_error *err);
void encode_stiffen(struct encoder *e);

/* ---- encode_send.c ---- */

/* INSERT statements for the table. */
pd_status encode_prepare(struct encoder *e, struct pd_error *err);
void encode_finish(struct encoder *e);
/* Sends rows first <= row < end that were not rejected. PD_FAILED: the server refused one of them,
   or warned; my->complaint says of what. What was sent before it is in. */
pd_status encode_rows(struct encoder *e, uint32_t first, uint32_t end, struct pd_error *err);
/* Sends the only row of a batch with long cells, unless it was rejected. */
pd_status encode_long_row(struct encoder *e, const struct encode_long *from, struct pd_error *err);
