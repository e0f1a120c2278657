// SPDX-License-Identifier: Apache-2.0
/* schema_copy - copies structs of the ABI out of a plugin's memory: any struct_size, any stride. */
#pragma once

#include "base/arena.h"
#include "base/error.h"

/* A name has SCHEMA_MAX_NAME bytes at most; other texts are as long as they are. */
enum member_rule { MEMBER_TEXT, MEMBER_NAME, MEMBER_NAME_WANTED };

struct member {
    size_t offset;
    enum member_rule rule;
    const char *what; /* for messages */
};

/* A struct of the ABI: its size here, and its strings. */
struct shape {
    const char *what;
    size_t size;
    const struct member *members;
    size_t n_members;
};

extern const struct shape schema_column_shape;
extern const struct shape schema_part_shape;
extern const struct shape schema_key_shape;
extern const struct shape schema_check_shape;
extern const struct shape schema_foreign_shape;
extern const struct shape schema_table_shape;
extern const struct shape schema_sequence_shape;
extern const struct shape schema_object_shape;
extern const struct shape schema_property_shape;
extern const struct shape schema_catalog_shape;

struct adoption {
    struct arena *arena;
    struct pd_error *err;
};

#define BUG(a, ...) error_fail((a)->err, PD_FATAL, PD_CAUSE_BUG, __VA_ARGS__)

/* One struct: what the other side has of it, in our size, with strings of our own. */
MUST_USE pd_status schema_copy_struct(const struct adoption *a, const struct shape *shape,
                                      const void *from, void *to);
/* An array by the other side's stride; *ret_array is NULL when it is empty. */
MUST_USE pd_status schema_copy_array(const struct adoption *a, const struct shape *shape,
                                     const void *from, size_t n, size_t stride, size_t limit,
                                     void **ret_array);
MUST_USE pd_status schema_copy_names(const struct adoption *a, const char *what,
                                     const char *const *from, size_t n,
                                     const char *const **ret_names);
/* Numbers of columns, each below limit. */
MUST_USE pd_status schema_copy_numbers(const struct adoption *a, const char *what,
                                       const uint32_t *from, size_t n, size_t limit,
                                       const uint32_t **ret_numbers);

/* What schema_copy_struct() copied, made whole by copies of its own arrays, and checked alone. The
   table need not be adopted: its columns are only counted. */
MUST_USE pd_status schema_adopt_column(const struct adoption *a, struct pd_column *column);
MUST_USE pd_status schema_adopt_key(const struct adoption *a, const struct pd_table *table,
                                    struct pd_key *key);
MUST_USE pd_status schema_adopt_foreign(const struct adoption *a, const struct pd_table *table,
                                        struct pd_foreign *foreign);
MUST_USE pd_status schema_adopt_table(const struct adoption *a, struct pd_table *table);
