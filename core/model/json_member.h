// SPDX-License-Identifier: Apache-2.0
/* json_member - structs as JSON objects and back, driven by tables of their members: private to
   json_schema.c and json_stats.c.

   A member at its fallback (0, NULL, no elements) is not written, and is the fallback when it is
   missing. Every struct with a shape begins with its struct_size. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/json.h"

enum member_form {
    MEMBER_INTEGER, /* width bytes, signed when is_signed */
    MEMBER_BIT,     /* the flag `mask` of width bytes: true */
    MEMBER_NAME,    /* a number of width bytes as names[number] */
    MEMBER_FLAGS,   /* a uint32_t as a list of names[bit] */
    MEMBER_REAL,    /* a double as canonical text */
    MEMBER_COLUMN,  /* an int32_t, the number of a column of the table */
    MEMBER_TEXT,    /* const char * */
    MEMBER_BYTES,   /* const char * with a uint32_t at `count`: a string, or {"hex":"..."} where the
                       uint16_t at `tag` says bytes */
    MEMBER_TEXTS,   /* const char *const * with a size_t at `count` */
    MEMBER_COLUMNS, /* const uint32_t * with a size_t at `count`: numbers of columns */
    MEMBER_STRUCT,  /* a struct of `shape` within */
    MEMBER_LIST     /* a pointer to structs of `shape`, a size_t at `count`, strides at `stride` */
};

enum {
    IN_NEUTRAL = 1 << JSON_NEUTRAL,
    IN_NATIVE = 1 << JSON_NATIVE,
    IN_COUNTED = 1 << JSON_COUNTED,
    IN_SCHEMA = IN_NEUTRAL | IN_COUNTED,
    IN_ALL = IN_SCHEMA | IN_NATIVE
};

struct shape;

struct member {
    const char *name;
    uint8_t form;  /* enum member_form */
    uint8_t parts; /* IN_* */
    uint8_t width;
    bool is_signed;
    bool required; /* reading: refuse its absence */
    uint32_t mask;
    int32_t fallback; /* COLUMN */
    size_t offset;
    size_t count;
    size_t stride;
    size_t tag;
    const char *const *names; /* NULL-ended from names[1] on; names[0] may be NULL */
    const struct shape *shape;
};

struct member_writer {
    struct buffer *out;
    const struct pd_table *table; /* whose columns MEMBER_COLUMN counts */
    enum json_part part;
    pd_status status;
    struct pd_error *err;
};

struct shape {
    size_t size;
    const struct member *members; /* the end has no name */
    /* Optional. Does the element stay out of JSON_COUNTED? */
    bool (*left_out)(const struct pd_table *table, const void *element);
};

struct member_reader {
    struct arena *arena;
    enum json_part part;
    struct pd_error *err;
};

/* Append {...}; false: it has no member. Failures are kept in the writer's status. */
bool member_write(struct member_writer *writer, const struct shape *shape, const void *base);
/* Fill the struct at base, which is zero but for JSON_NATIVE, where lists must be there. */
MUST_USE pd_status member_read(struct member_reader *reader, const struct shape *shape,
                               const json_t *json, void *base);
/* The status of a writer whose buffer may have failed. */
MUST_USE pd_status member_written(const struct member_writer *writer);
