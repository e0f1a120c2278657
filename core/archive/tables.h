// SPDX-License-Identifier: Apache-2.0
/* tables - lines of tables.jsonl and the same objects in a stream: schema, what was counted, and
   where the rows lie (doc/format.md "tables.jsonl"). */
#pragma once

#include <jansson.h>

#include "archive/format.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

/* {"table":{...},"stats":{...},"parts":[...]}. stats is JSON text, NULL: null. */
MUST_USE pd_status tables_write(struct buffer *out, const struct pd_table *table,
                                const struct buffer *stats, const struct part *const *parts,
                                uint32_t n_parts, struct pd_error *err);
/* {"sequence":{...}} */
MUST_USE pd_status tables_write_sequence(struct buffer *out, const struct pd_sequence *sequence,
                                         struct pd_error *err);
MUST_USE pd_status tables_read_parts(struct arena *arena, const json_t *line, bool text,
                                     struct part **ret_parts, uint32_t *ret_n_parts,
                                     struct pd_error *err);

/* Parts in shared packs follow each other without a gap and without overlap; this much is known
   while they are checked in order. */
struct tiling {
    uint64_t n_packs; /* begun so far */
    uint64_t offset;  /* the end of the last one so far */
};
/* A part that begins a pack closes the one before, which had tiling->offset bytes. */
MUST_USE pd_status tables_tile(struct tiling *tiling, const struct part *part,
                               struct pd_error *err);

/* Names below "rows". */
void tables_small_name(uint32_t number, char name[FORMAT_NAME_SIZE]);
void tables_pack_name(uint32_t table, uint32_t part, uint32_t pack, char name[FORMAT_NAME_SIZE]);
void tables_text_name(uint32_t table, char name[FORMAT_NAME_SIZE]);
