// SPDX-License-Identifier: Apache-2.0
/* json - schema, profiles, facts and counters as JSON and back, one fact in one place: the member
   tables in json_schema.c and json_stats.c (doc/format-text.md). The output is canonical: members
   in a fixed order, no blanks, so that the same schema gives the same bytes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

/* Which half of a schema: the neutral one decides the content id; the native one goes to
   origin.json. Passenger columns and tables are in the neutral line too, marked, since readers
   need their types, and are left out by JSON_COUNTED, which is what the content id hashes. */
enum json_part { JSON_NEUTRAL, JSON_NATIVE, JSON_COUNTED };

MUST_USE pd_status json_write_table(struct buffer *out, const struct pd_table *table,
                                    enum json_part part, struct pd_error *err);
MUST_USE pd_status json_write_sequence(struct buffer *out, const struct pd_sequence *sequence,
                                       enum json_part part, struct pd_error *err);
MUST_USE pd_status json_write_stats(struct buffer *out, const struct pd_table *table,
                                    const struct pd_stats *stats, struct pd_error *err);
/* Parse into arena; unknown members are ignored (a reader knows required features by name), wrong
   types and numbers out of range are PD_CAUSE_CORRUPT naming the member. */
MUST_USE pd_status json_read_table(struct arena *arena, const json_t *json,
                                   struct pd_table *ret_table, struct pd_error *err);
/* Add the native half to a table that json_read_table() made. */
MUST_USE pd_status json_read_native(struct arena *arena, const json_t *json, struct pd_table *table,
                                    struct pd_error *err);
MUST_USE pd_status json_read_sequence(struct arena *arena, const json_t *json,
                                      struct pd_sequence *ret_sequence, struct pd_error *err);
MUST_USE pd_status json_read_stats(struct arena *arena, const json_t *json,
                                   const struct pd_table *table, struct pd_stats *ret_stats,
                                   struct pd_error *err);
/* A JSON string literal with quotes; control characters and non-UTF-8 escaped reversibly is not
   its job: text must be UTF-8. */
void json_write_string(struct buffer *out, const char *text, size_t size);
/* The same without the quotes, for text that comes in pieces. */
void json_write_escaped(struct buffer *out, const char *text, size_t size);
/* Lower-case hexadecimal digits, and back; false: no pairs of digits. */
void json_write_hex(struct buffer *out, const void *bytes, size_t size);
bool json_read_hex(struct buffer *out, const char *text, size_t size);
/* Parse text that came from outside: depth, size and duplicate members are limited. name is for
   the message. json_decref() the result. */
MUST_USE pd_status json_parse(const char *text, size_t size, const char *name, json_t **ret_json,
                              struct pd_error *err);
/* The same without a limit of size and without a name: for rows. */
MUST_USE pd_status json_load(const char *text, size_t size, json_t **ret_json,
                             struct pd_error *err);
/* "... expected, found ...": the value is not what it should be. */
MUST_USE pd_status json_expected(struct pd_error *err, const char *wanted, const json_t *found);
/* The value of a JSON integer, or of a string of digits, which may go up to 2^64-1; false: it is
   neither, or negative where is_signed is false. */
bool json_get_integer(const json_t *json, bool is_signed, uint64_t *ret_bits);
/* A copy of a JSON string in arena, ended by a NUL and without another. */
MUST_USE pd_status json_get_text(struct arena *arena, const json_t *json, const char **ret_text,
                                 struct pd_error *err);
