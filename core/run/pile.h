// SPDX-License-Identifier: Apache-2.0
/* pile - rows that were put aside, each with the reason why: the last of them in memory, the others
   in a nameless temporary file, and of each a few bytes that say where it is. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "model/batch.h"

enum {
    PILE_TAIL_BYTES = 1 << 20, /* of rows in memory; what is beyond goes to the file */
    PILE_ROWS = 1000000        /* default limit */
};

struct pile;

enum pile_state {
    PILE_WAITING, /* to be tried again */
    PILE_REFUSED, /* for good */
    PILE_DONE     /* in the target */
};

/* Why a row is here. */
struct pile_reason {
    int cause;              /* enum pd_cause */
    bool by_step;           /* a migration said so, and not the target */
    const char *code;       /* the engine's own; NULL: none */
    const char *constraint; /* NULL: not known */
    const char *text;       /* never NULL */
};

/* folder: where the file is made, borrowed; limit: rows at most, done ones not counted. */
MUST_USE pd_status pile_new(int folder, uint64_t limit, struct pile **ret_pile,
                            struct pd_error *err);
void pile_free(struct pile *pile); /* NULL is fine */
CLEANUP_DEFINE(pile, pile_free);

/* Put a row of a batch aside, as the last one. table: as the rows are; number: its number, to be
   found by. Long cells are fetched now. PD_CAUSE_LIMIT: the pile is full. */
MUST_USE pd_status pile_add(struct pile *pile, const struct pd_table *table, uint32_t number,
                            const struct pd_batch *batch, uint32_t row,
                            const struct pd_source_ops *long_ops, struct pd_source *long_source,
                            enum pile_state state, const struct pile_reason *reason,
                            struct pd_error *err);
/* Rows that were ever put here; they are numbered from 0. */
size_t pile_size(const struct pile *pile);
uint32_t pile_table(const struct pile *pile, size_t i);
/* For qsort_r(): numbers (size_t) of rows, by tables and then as they came. */
int pile_compare(const void *a, const void *b, void *pile);
enum pile_state pile_state(const struct pile *pile, size_t i);
void pile_set_state(struct pile *pile, size_t i, enum pile_state state);
/* How many of a table are in this state. */
uint64_t pile_count(const struct pile *pile, uint32_t table, enum pile_state state);
/* Of all tables. */
uint64_t pile_total(const struct pile *pile, enum pile_state state);

/* The row as bytes (row_bytes.h), until the next call. */
MUST_USE pd_status pile_row(struct pile *pile, size_t i, const uint8_t **ret_bytes,
                            size_t *ret_size, struct pd_error *err);
/* Until the next call. */
MUST_USE pd_status pile_reason(struct pile *pile, size_t i, struct pile_reason *ret_reason,
                               struct pd_error *err);
MUST_USE pd_status pile_set_reason(struct pile *pile, size_t i, const struct pile_reason *reason,
                                   struct pd_error *err);

/* What long cells of its rows are read from: cast the pile to struct pd_source *. */
extern const struct pd_source_ops pile_source_ops;
