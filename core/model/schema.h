// SPDX-License-Identifier: Apache-2.0
/* schema - catalogues that the core owns: adopted from a plugin whatever its struct sizes, checked
   against limits, copied, filtered, compared. In an adopted catalogue every stride is the core's
   own sizeof, so that core code indexes arrays directly. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

/* Limits of what is accepted from outside, with the source of each number in schema.c. */
enum { SCHEMA_MAX_TABLES = 1000000, SCHEMA_MAX_COLUMNS = 32767, SCHEMA_MAX_NAME = 65535 };

/* A deep copy of a plugin's catalogue in arena, members that it does not know being zero. Refuses
   what breaks the rules of the header: NULL names, numbers of columns out of range, kinds unknown,
   two tables of one name, names that are not UTF-8. */
MUST_USE pd_status schema_adopt(struct arena *arena, const struct pd_catalog *from,
                                struct pd_catalog **ret_catalog, struct pd_error *err);
/* A catalogue with some tables of another (numbers into from->tables, ascending); the parts that
   hang on tables left out (objects of a table, owned sequences) go with them. Shares memory. */
MUST_USE pd_status schema_select(struct arena *arena, const struct pd_catalog *from,
                                 const uint32_t *tables, size_t n_tables,
                                 struct pd_catalog **ret_catalog, struct pd_error *err);

/* Does one engine say that stored generated columns have other values, in as many rows? */
bool schema_stored_differ(const struct pd_column *a, const struct pd_column *b);

/* "schema.table" or "table", for messages. Points into a ring of thread-local buffers (8). */
const char *schema_table_name(const struct pd_table *table);
/* The number of a table by names, -1: none. schema NULL or "": the default one. */
long schema_find_table(const struct pd_catalog *catalog, const char *schema, const char *name);
long schema_find_column(const struct pd_table *table, const char *name);
/* The key that orders rows canonically (DECISIONS 9): primary key, else the first unique key by
   name whose columns are all NOT NULL and plain columns; NULL: rows are ordered by their digest. */
const struct pd_key *schema_order_key(const struct pd_table *table);
/* The same type with the same parameters? */
bool schema_same_type(const struct pd_type *a, const struct pd_type *b);
/* Does the column's value travel in batches? (generated ones do not) */
bool schema_column_travels(const struct pd_column *column);
/* Does the column count in digests and the content id? (travels and is no passenger) */
bool schema_column_counts(const struct pd_column *column);
