// SPDX-License-Identifier: Apache-2.0
/* pile - rows that were put aside. They make one long string of bytes, which only grows at its end:
   its tail is in memory. */
#include "run/pile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "run/row_bytes.h"

enum { TABLE_BITS = 24, NO_TEXT = 0xffff, STATES = PILE_DONE + 1 };

struct entry {
    uint64_t row;    /* where its bytes begin */
    uint64_t reason; /* */
    uint32_t row_size;
    uint32_t table : TABLE_BITS;
    uint32_t state : 8;
};

struct pile {
    int folder;
    int file; /* -1: none yet */
    uint64_t file_size;
    struct buffer tail; /* what follows the file */
    struct entry *entries;
    size_t n;
    size_t room;
    uint64_t limit;
    uint64_t (*counts)[STATES]; /* by the number of the table */
    size_t n_counts;
    uint64_t totals[STATES];
    struct buffer row; /* that was asked for last */
    struct buffer reason;
    struct buffer scratch;
};

/* ---- Life ---- */

pd_status
pile_new(int folder, uint64_t limit, struct pile **ret_pile, struct pd_error *err)
{
    struct pile *pile = calloc(1, sizeof *pile);

    if (!pile)
        return error_memory(err);
    pile->folder = folder;
    pile->file = -1;
    pile->limit = limit;
    *ret_pile = pile;
    return PD_OK;
}

void
pile_free(struct pile *pile)
{
    if (!pile)
        return;
    if (pile->file >= 0)
        close(pile->file);
    buffer_free(&pile->tail);
    buffer_free(&pile->row);
    buffer_free(&pile->reason);
    buffer_free(&pile->scratch);
    free(pile->entries);
    free(pile->counts);
    free(pile);
}

/* ---- Bytes ---- */

static pd_status
tail_flush(struct pile *pile, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (pile->file < 0)
        status = file_temporary(pile->folder, &pile->file, err);
    if (status == PD_OK)
        status = file_write(pile->file, pile->tail.data, pile->tail.size,
                            "temporary file of rows that wait", err);
    if (status != PD_OK)
        return status;
    pile->file_size += pile->tail.size;
    buffer_clear(&pile->tail);
    return PD_OK;
}

static pd_status
put_bytes(struct pile *pile, const void *bytes, size_t size, uint64_t *ret_at, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (pile->tail.size && pile->tail.size + size > PILE_TAIL_BYTES)
        status = tail_flush(pile, err);
    if (status != PD_OK)
        return status;
    *ret_at = pile->file_size + pile->tail.size;
    buffer_append(&pile->tail, bytes, size);
    return pile->tail.failed ? error_memory(err) : PD_OK;
}

/* What was put by one call is in the file or in the tail as a whole. */
static pd_status
get_bytes(struct pile *pile, uint64_t at, void *bytes, size_t size, struct pd_error *err)
{
    size_t got = 0;
    pd_status status;

    if (size && at >= pile->file_size) {
        memcpy(bytes, pile->tail.data + (at - pile->file_size), size);
        return PD_OK;
    }
    if (size == 0)
        return PD_OK;
    status = file_read(pile->file, bytes, size, (int64_t)at, &got,
                       "temporary file of rows that wait", err);
    if (status == PD_OK && got != size)
        return error_fail(err, PD_FATAL, PD_CAUSE_IO,
                          "the temporary file of rows that wait was cut by somebody");
    return status;
}

/* ---- Reasons: u8 cause, u8 by_step, then three texts, each with its length before it ---- */

static void
put_text(struct buffer *out, const char *text)
{
    size_t size = text ? strlen(text) : NO_TEXT;

    if (text && size >= NO_TEXT)
        size = NO_TEXT - 1;
    buffer_u16(out, (uint16_t)size);
    if (text) {
        buffer_append(out, text, size);
        buffer_u8(out, 0);
    }
}

static const char *
get_text(struct cursor *in)
{
    size_t size = cursor_u16(in);

    return size == NO_TEXT ? NULL : (const char *)cursor_bytes(in, size + 1);
}

static pd_status
write_reason(struct pile *pile, const struct pile_reason *reason, struct pd_error *err)
{
    struct buffer *out = &pile->scratch;

    buffer_clear(out);
    buffer_u32(out, 0);
    buffer_u8(out, (uint8_t)reason->cause);
    buffer_u8(out, reason->by_step);
    put_text(out, reason->code);
    put_text(out, reason->constraint);
    put_text(out, reason->text);
    if (out->failed)
        return error_memory(err);
    memcpy(out->data, &(uint32_t){(uint32_t)(out->size - sizeof(uint32_t))}, sizeof(uint32_t));
    return PD_OK;
}

static pd_status
read_reason(struct pile *pile, const struct entry *entry, struct pd_error *err)
{
    uint32_t size = 0;
    uint8_t *room;
    pd_status status = get_bytes(pile, entry->reason, &size, sizeof size, err);

    if (status != PD_OK)
        return status;
    buffer_clear(&pile->reason);
    room = buffer_reserve(&pile->reason, size);
    if (!room)
        return error_memory(err);
    pile->reason.size = size;
    return get_bytes(pile, entry->reason + sizeof size, room, size, err);
}

pd_status
pile_reason(struct pile *pile, size_t i, struct pile_reason *ret_reason, struct pd_error *err)
{
    struct cursor in;
    pd_status status = read_reason(pile, &pile->entries[i], err);

    if (status != PD_OK)
        return status;
    in = cursor_of(pile->reason.data, pile->reason.size);
    ret_reason->cause = cursor_u8(&in);
    ret_reason->by_step = cursor_u8(&in) != 0;
    ret_reason->code = get_text(&in);
    ret_reason->constraint = get_text(&in);
    ret_reason->text = get_text(&in);
    return in.failed || !ret_reason->text
               ? error_fail(err, PD_FATAL, PD_CAUSE_IO,
                            "the temporary file of rows that wait was changed by somebody")
               : PD_OK;
}

/* Mostly it is the one that it was. */
pd_status
pile_set_reason(struct pile *pile, size_t i, const struct pile_reason *reason, struct pd_error *err)
{
    struct entry *entry = &pile->entries[i];
    const size_t head = sizeof(uint32_t);
    pd_status status = read_reason(pile, entry, err);

    if (status == PD_OK)
        status = write_reason(pile, reason, err);
    if (status != PD_OK)
        return status;
    if (pile->scratch.size == pile->reason.size + head &&
        memcmp(pile->scratch.data + head, pile->reason.data, pile->reason.size) == 0)
        return PD_OK;
    return put_bytes(pile, pile->scratch.data, pile->scratch.size, &entry->reason, err);
}

/* ---- Rows ---- */

struct keeper {
    struct pile *pile;
    const struct pd_source_ops *ops;
    struct pd_source *source;
};

/* A long cell goes straight to the file, where its slices follow each other. */
static pd_status
keep_long(void *arg, const struct pd_long *cell, uint64_t *ret_offset, struct pd_error *err)
{
    struct keeper *keeper = arg;
    struct pile *pile = keeper->pile;
    CLEANUP_FREE uint8_t *slice = malloc(PD_LONG_SLICE);
    pd_status status = slice ? tail_flush(pile, err) : error_memory(err);

    *ret_offset = pile->file_size;
    for (uint64_t at = 0; at < cell->size && status == PD_OK;) {
        size_t size = cell->size - at < PD_LONG_SLICE ? (size_t)(cell->size - at) : PD_LONG_SLICE;

        status = keeper->ops->read_long(keeper->source, cell, at, slice, size, err);
        if (status == PD_OK)
            status = file_write(pile->file, slice, size, "temporary file of rows that wait", err);
        if (status == PD_OK)
            pile->file_size += size;
        at += size;
    }
    return status;
}

static pd_status
pile_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
               size_t size, struct pd_error *err)
{
    return get_bytes((struct pile *)(void *)source, cell->cookie + offset, buffer, size, err);
}

const struct pd_source_ops pile_source_ops = {
    .struct_size = sizeof pile_source_ops,
    .read_long = pile_read_long,
};

static bool
make_room(struct pile *pile, uint32_t number)
{
    if (pile->n == pile->room) {
        size_t room = pile->room * 2 + 64;
        struct entry *entries = realloc(pile->entries, room * sizeof *entries);

        if (!entries)
            return false;
        pile->entries = entries;
        pile->room = room;
    }
    if (number >= pile->n_counts) {
        size_t n = number * (size_t)2 + 16;
        uint64_t(*counts)[STATES] = realloc(pile->counts, n * sizeof *counts);

        if (!counts)
            return false;
        memset(counts + pile->n_counts, 0, (n - pile->n_counts) * sizeof *counts);
        pile->counts = counts;
        pile->n_counts = n;
    }
    return true;
}

static pd_status
refuse_more(const struct pile *pile, const struct pile_reason *reason, struct pd_error *err)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_LIMIT,
                      "more than %llu rows are refused or wait for others, which is the limit; the "
                      "last one: %s; --max-rejects sets another",
                      (unsigned long long)pile->limit, reason->text);
}

pd_status
pile_add(struct pile *pile, const struct pd_table *table, uint32_t number,
         const struct pd_batch *batch, uint32_t row, const struct pd_source_ops *long_ops,
         struct pd_source *long_source, enum pile_state state, const struct pile_reason *reason,
         struct pd_error *err)
{
    struct keeper keeper = {pile, long_ops, long_source};
    struct entry entry = {.table = number, .state = state};
    pd_status status;

    if (pile->n - pile_total(pile, PILE_DONE) >= pile->limit)
        return refuse_more(pile, reason, err);
    if (!make_room(pile, number))
        return error_memory(err);
    buffer_clear(&pile->row);
    status = row_bytes_write(&pile->row, table, batch, row, keep_long, &keeper, err);
    if (status == PD_OK)
        status = put_bytes(pile, pile->row.data, pile->row.size, &entry.row, err);
    if (status == PD_OK)
        status = write_reason(pile, reason, err);
    if (status == PD_OK)
        status = put_bytes(pile, pile->scratch.data, pile->scratch.size, &entry.reason, err);
    if (status != PD_OK)
        return status;
    entry.row_size = (uint32_t)pile->row.size;
    pile->entries[pile->n++] = entry;
    pile->counts[number][state]++;
    pile->totals[state]++;
    return PD_OK;
}

pd_status
pile_row(struct pile *pile, size_t i, const uint8_t **ret_bytes, size_t *ret_size,
         struct pd_error *err)
{
    const struct entry *entry = &pile->entries[i];
    uint8_t *room;
    pd_status status;

    buffer_clear(&pile->row);
    room = buffer_reserve(&pile->row, entry->row_size);
    if (!room)
        return error_memory(err);
    status = get_bytes(pile, entry->row, room, entry->row_size, err);
    *ret_bytes = room;
    *ret_size = entry->row_size;
    return status;
}

/* ---- States ---- */

size_t
pile_size(const struct pile *pile)
{
    return pile->n;
}

uint32_t
pile_table(const struct pile *pile, size_t i)
{
    return pile->entries[i].table;
}

int
pile_compare(const void *a_, const void *b_, void *pile)
{
    size_t a = *(const size_t *)a_, b = *(const size_t *)b_;
    uint32_t table_a = pile_table(pile, a), table_b = pile_table(pile, b);

    if (table_a != table_b)
        return table_a < table_b ? -1 : 1;
    return (a > b) - (a < b);
}

enum pile_state
pile_state(const struct pile *pile, size_t i)
{
    return (enum pile_state)pile->entries[i].state;
}

void
pile_set_state(struct pile *pile, size_t i, enum pile_state state)
{
    struct entry *entry = &pile->entries[i];

    pile->counts[entry->table][entry->state]--;
    pile->counts[entry->table][state]++;
    pile->totals[entry->state]--;
    pile->totals[state]++;
    entry->state = state;
}

uint64_t
pile_count(const struct pile *pile, uint32_t table, enum pile_state state)
{
    return table < pile->n_counts ? pile->counts[table][state] : 0;
}

uint64_t
pile_total(const struct pile *pile, enum pile_state state)
{
    return pile->totals[state];
}
