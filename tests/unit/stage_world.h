// SPDX-License-Identifier: Apache-2.0
/* stage_world - a source in memory and plans made by hand, for tests of stages. Each cell is a pure
   function of its table, column and row. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/cancel.h"
#include "migrate/stage_inside.h"
#include "model/batch.h"
#include "model/digest.h"
#include "model/kind.h"
#include "model/schema.h"
#include "model/text.h"

enum { TABLES = 4, COLUMNS = 6, LONG_BYTES = PD_LONG_CELL + 1000 };

#define NONE PD_NO_COLUMN

/* ---- Schemas ---- */

struct schema {
    struct pd_catalog catalog;
    struct pd_table tables[TABLES];
    struct pd_column columns[TABLES][COLUMNS];
    struct pd_key keys[TABLES];
    struct pd_key_part parts[TABLES];
    char words[TABLES][200];
};

/* columns: "id int64,name text"; the first one is the primary key. */
static inline void
table_add(struct schema *s, const char *name, const char *columns)
{
    size_t t = s->catalog.n_tables++, n = 0;
    char *at = s->words[t];

    snprintf(at, sizeof s->words[t], "%s", columns);
    for (char *word = strtok(at, " ,"); word; word = strtok(NULL, " ,")) {
        const char *kind = strtok(NULL, " ,");
        bool is_money = strcmp(kind, "money2") == 0;

        s->columns[t][n++] = (struct pd_column){
            .struct_size = sizeof(struct pd_column),
            .name = word,
            .native = "",
            .type = {.struct_size = sizeof(struct pd_type),
                     .kind = (uint16_t)(is_money ? PD_KIND_DECIMAL : kind_by_name(kind)),
                     .precision = is_money ? 12 : -1,
                     .scale = is_money ? 2 : 0}};
    }
    s->parts[t] = (struct pd_key_part){.struct_size = sizeof s->parts[t]};
    s->keys[t] = (struct pd_key){.struct_size = sizeof s->keys[t],
                                 .kind = PD_KEY_PRIMARY,
                                 .parts = &s->parts[t],
                                 .n_parts = 1,
                                 .part_size = sizeof s->parts[t]};
    s->tables[t] = (struct pd_table){.struct_size = sizeof s->tables[t],
                                     .name = name,
                                     .columns = s->columns[t],
                                     .n_columns = n,
                                     .column_size = sizeof s->columns[t][0],
                                     .keys = &s->keys[t],
                                     .n_keys = 1,
                                     .key_size = sizeof s->keys[t]};
    s->catalog.struct_size = sizeof s->catalog;
    s->catalog.engine = "world";
    s->catalog.engine_version = "1";
    s->catalog.tables = s->tables;
    s->catalog.table_size = sizeof s->tables[0];
}

static inline void
default_set(struct schema *s, int table, int column, int tag, const char *text)
{
    struct pd_column *c = &s->columns[table][column];

    c->default_kind = PD_DEFAULT_LITERAL;
    c->default_tag = (uint16_t)tag;
    c->default_text = text;
    c->default_size = (uint32_t)strlen(text);
}

/* ---- A source of rows ---- */

/* scratch has 4096 bytes. */
typedef struct cell cell_fn(uint32_t table, uint32_t column, uint32_t row, char *scratch);

struct world {
    struct schema *schema;
    cell_fn *cell;
    uint32_t n_rows[TABLES];
    uint64_t n_said[TABLES]; /* what extent() and stats() say */
    bool has_extent;
    bool has_stats;
    struct digest digests[TABLES];
    struct pd_stats stats;
    uint32_t batch_rows;
    uint32_t fails_at_read; /* the n-th read() of any handle fails; 0: none */
    uint32_t n_reads;
    int n_starts[TABLES];
    const struct pd_batch *last;
    struct opened_source source;
};

struct world_handle {
    struct world *world;
    struct pd_builder builder;
    uint32_t table;
    uint32_t row;
    uint32_t end;
};

static inline struct world_handle *
world_of(struct pd_source *source)
{
    return (struct world_handle *)(void *)source;
}

static inline struct cell
cell_int(int64_t value)
{
    return (struct cell){.tag = PD_TAG_PLAIN, .integer = value};
}

static inline struct cell
cell_text(const char *text)
{
    return (struct cell){.tag = PD_TAG_PLAIN, .bytes = (const uint8_t *)text, .size = strlen(text)};
}

static inline struct cell
cell_null(void)
{
    return (struct cell){.tag = -1};
}

/* One for all: the tables may not be read at once then. */
static inline struct cell
cell_long(uint64_t cookie)
{
    static __thread struct pd_long cell;

    cell = (struct pd_long){.size = LONG_BYTES, .cookie = cookie};
    return (struct cell){.tag = PD_TAG_PLAIN, .size = LONG_BYTES, .as_long = &cell};
}

static inline uint8_t
long_byte(uint64_t cookie, uint64_t at)
{
    return (uint8_t)('a' + (cookie + at) % 26);
}

static pd_status
world_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog, struct pd_error *err)
{
    *ret_catalog = &world_of(source)->world->schema->catalog;
    return PD_OK;
}

static pd_status
world_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    struct world_handle *h = world_of(source);
    const struct pd_range *range = &scan->range;
    uint32_t n = h->world->n_rows[scan->table];

    if (h->builder.host)
        pd_builder_close(&h->builder);
    h->table = scan->table;
    h->row = range->flags & PD_RANGE_LOW ? (uint32_t)range->low : 0;
    h->end = range->flags & PD_RANGE_HIGH && range->high < n ? (uint32_t)range->high : n;
    h->world->n_starts[scan->table]++;
    return batch_builder_open(&h->builder, &h->world->schema->tables[scan->table], err);
}

static inline bool
has_long_cell(const struct pd_batch *batch)
{
    for (uint32_t i = 0; i < batch->n_columns; i++)
        if (batch_vector(batch, i)->n_longs)
            return true;
    return false;
}

static bool
world_put(struct world_handle *h)
{
    const struct pd_table *table = &h->world->schema->tables[h->table];
    bool has_long = false;
    char scratch[4096];

    for (uint32_t i = 0; i < table->n_columns; i++)
        has_long |= h->world->cell(h->table, i, h->row, scratch).as_long != NULL;
    if (has_long && h->builder.n_rows)
        return false;
    for (uint32_t i = 0; i < table->n_columns; i++) {
        struct cell cell = h->world->cell(h->table, i, h->row, scratch);

        batch_put_cell(&h->builder, i, &table->columns[i].type, &cell);
    }
    pd_builder_row(&h->builder);
    h->row++;
    return !has_long;
}

/* A long cell is read while its batch is there. */
static bool world_has_long;

static void
world_release(const struct pd_batch *batch)
{
    world_has_long = false;
    pd_batch_release_(batch);
}

static pd_status
world_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct world_handle *h = world_of(source);
    uint32_t n = 0;

    if (++h->world->n_reads == h->world->fails_at_read)
        return error_fail(err, PD_FATAL, PD_CAUSE_IO, "the disk is gone");
    if (h->row >= h->end)
        return PD_DONE;
    if (pd_builder_begin(&h->builder) != PD_OK)
        return error_memory(err);
    while (h->row < h->end && n++ < h->world->batch_rows && !pd_builder_full(&h->builder))
        if (!world_put(h))
            break;
    *ret_batch = h->world->last = pd_builder_finish(&h->builder);
    if (*ret_batch && has_long_cell(*ret_batch)) {
        ((struct pd_batch *)(uintptr_t)*ret_batch)->release = world_release;
        world_has_long = true;
    }
    return *ret_batch ? PD_OK : error_memory(err);
}

static void
world_close(struct pd_source *source)
{
    if (world_of(source)->builder.host)
        pd_builder_close(&world_of(source)->builder);
    free(source);
}

static pd_status
world_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    struct world_handle *twin = calloc(1, sizeof *twin);

    if (!twin)
        return error_memory(err);
    twin->world = world_of(source)->world;
    *ret_twin = (struct pd_source *)(void *)twin;
    return PD_OK;
}

static pd_status
world_extent(struct pd_source *source, uint32_t table, struct pd_extent *extent,
             struct pd_error *err)
{
    const struct world *w = world_of(source)->world;

    if (!w->has_extent)
        return PD_UNSUPPORTED;
    extent->has_axis = 1;
    extent->n_rows = w->n_said[table];
    extent->low = 0;
    extent->high = (int64_t)w->n_said[table] - 1;
    return PD_OK;
}

static pd_status
world_stats(struct pd_source *source, uint32_t table, const struct pd_stats **ret_stats,
            struct pd_error *err)
{
    struct world *w = world_of(source)->world;

    if (!w->has_stats)
        return PD_UNSUPPORTED;
    w->stats = (struct pd_stats){.struct_size = sizeof w->stats,
                                 .n_rows = w->n_said[table],
                                 .digest_high = w->digests[table].high,
                                 .digest_low = w->digests[table].low};
    *ret_stats = &w->stats;
    return PD_OK;
}

static pd_status
world_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
                size_t size, struct pd_error *err)
{
    assert_true(world_has_long && offset + size <= cell->size && size <= PD_LONG_SLICE);
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buffer)[i] = long_byte(cell->cookie, offset + i);
    return PD_OK;
}

static const struct pd_source_ops world_ops = {
    .struct_size = sizeof world_ops,
    .catalog = world_catalog,
    .start = world_start,
    .read = world_read,
    .close = world_close,
    .share = world_share,
    .extent = world_extent,
    .stats = world_stats,
    .read_long = world_read_long,
};

static inline void
world_open(struct world *w, struct schema *schema, cell_fn *cell)
{
    struct world_handle *handle = calloc(1, sizeof *handle);

    assert_non_null(handle);
    w->schema = schema;
    w->cell = cell;
    if (!w->batch_rows)
        w->batch_rows = 4;
    for (int i = 0; i < TABLES; i++)
        w->n_said[i] = w->n_said[i] ? w->n_said[i] : w->n_rows[i];
    handle->world = w;
    w->source = (struct opened_source){.ops = &world_ops,
                                       .handle = (struct pd_source *)(void *)handle,
                                       .engine = "world",
                                       .catalog = &schema->catalog};
}

static inline void
world_free(struct world *w)
{
    world_close(w->source.handle);
}

/* Give back what it holds for the next read. */
static inline void
world_forget(struct world *w)
{
    struct world_handle *handle = world_of(w->source.handle);

    if (handle->builder.host)
        pd_builder_close(&handle->builder);
}

/* ---- Plans ---- */

struct plan {
    struct planned planned;
    struct flow flows[TABLES];
    struct feed feeds[TABLES];
    uint32_t tables[TABLES][TABLES];
    uint32_t columns[TABLES][COLUMNS];
    uint32_t emits[TABLES][TABLES];
    uint32_t seen[TABLES];
    struct planned_need needs[TABLES];
    uint32_t keys[TABLES][2];
    uint32_t values[TABLES][2];
};

static inline void
plan_open(struct plan *p, struct schema *before, struct schema *after)
{
    memset(p, 0, sizeof *p);
    p->planned.before = &before->catalog;
    p->planned.after = &after->catalog;
    p->planned.flows = p->flows;
    p->planned.feeds = p->feeds;
    p->planned.seen = p->seen;
    p->planned.needs = p->needs;
    for (int i = 0; i < TABLES; i++) {
        p->flows[i].to_table = PD_NO_TABLE;
        p->flows[i].emits = p->emits[i];
        p->feeds[i].tables = p->tables[i];
    }
}

/* Table `from` becomes `to`, its columns as numbered. */
static inline void
plan_flow(struct plan *p, uint32_t from, uint32_t to, int n_columns, ...)
{
    struct feed *feed = &p->feeds[to];
    va_list args;

    va_start(args, n_columns);
    for (int i = 0; i < n_columns; i++)
        p->columns[from][i] = va_arg(args, uint32_t);
    va_end(args);
    p->flows[from].to_table = to;
    p->flows[from].columns = p->columns[from];
    p->tables[to][feed->n_tables++] = from;
}

static inline void
plan_see(struct plan *p, uint32_t table)
{
    p->flows[table].seen = true;
    p->flows[table].turn = (uint32_t)p->planned.n_seen;
    p->seen[p->planned.n_seen++] = table;
}

static inline void
plan_emit(struct plan *p, uint32_t from, uint32_t to)
{
    p->emits[from][p->flows[from].n_emits++] = to;
    p->feeds[to].is_emitted = true;
}

static inline void
plan_need(struct plan *p, uint32_t table, uint32_t key, uint32_t value)
{
    size_t n = p->planned.n_needs++;

    p->keys[n][0] = key;
    p->values[n][0] = value;
    p->needs[n] = (struct planned_need){table, p->keys[n], 1, p->values[n], 1};
}
