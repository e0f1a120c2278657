// SPDX-License-Identifier: Apache-2.0
/* catalogue - the catalogue of an archive, grown from its lines as they are read, for both shapes;
   and the lines of origin.jsonl, what only the source engine understands (doc/format.md
   "origin.jsonl"). */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

struct catalogue {
    struct arena *arena; /* of everything below; the owner's to free */
    struct pd_catalog catalog;
    struct pd_table *tables;
    struct pd_sequence *sequences;
    struct pd_object *objects;
    struct pd_property *properties;
    size_t room[4]; /* elements in the four arrays */
};

MUST_USE pd_status catalogue_open(struct catalogue *catalogue, struct pd_error *err);
void catalogue_close(struct catalogue *catalogue);
/* The lines {"table":...} and {"sequence":...}. flags are added to the table's. */
MUST_USE pd_status catalogue_add_table(struct catalogue *catalogue, const json_t *line,
                                       uint32_t flags, struct pd_error *err);
MUST_USE pd_status catalogue_add_sequence(struct catalogue *catalogue, const json_t *line,
                                          struct pd_error *err);
/* A line of the origin, after all tables. */
MUST_USE pd_status catalogue_add_origin(struct catalogue *catalogue, const json_t *line,
                                        struct pd_error *err);
/* All lines are in: refuses two tables of one name. */
MUST_USE pd_status catalogue_finish(struct catalogue *catalogue, const char *application,
                                    const char *application_version, struct pd_error *err);

/* A property whose name begins with "stamp:" differs from run to run: it is for stamp.json alone.
 */
bool catalogue_is_stamp(const struct pd_property *property);

/* Hand each line of the origin, with its end, to emit. */
typedef pd_status catalogue_emit(void *arg, const void *line, size_t size, struct pd_error *err);
MUST_USE pd_status catalogue_write_origin(const struct pd_catalog *catalog, catalogue_emit *emit,
                                          void *arg, struct pd_error *err);
