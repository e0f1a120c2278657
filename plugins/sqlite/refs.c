// SPDX-License-Identifier: Apache-2.0
/* refs - which rows are there and which are pointed to, noted as rows go into a new file: a bit for
   each integer. Foreign keys of one integer column are then known to hold without a question that
   would take longer than to write the rows. Whatever is not that plain is asked of SQLite. */
#include <string.h>

#include <polydump/batch.h>

#include "orphans.h"

enum {
    PAGE_IDS = 1 << 16,
    PAGE_WORDS = PAGE_IDS / 64,
    REFS_BYTES = 8 << 20 /* of all pages */
};

/* Integers number * PAGE_IDS and those behind it. */
struct page {
    int64_t number;
    uint64_t there[PAGE_WORDS];
    uint64_t wanted[PAGE_WORDS];
};

/* A column that foreign keys point to. */
struct parent {
    size_t table;
    size_t column;
    bool unknown;
    struct page **slots; /* a hash of their numbers; NULL: an empty one */
    size_t n_slots;
    size_t n_pages;
    struct page *last; /* that was used */
};

/* A column whose values are noted. */
struct noted {
    size_t table;
    size_t column;
    size_t parent;  /* in the list of these */
    bool is_parent; /* it is that column itself */
};

struct sink_refs {
    struct parent *parents;
    size_t n_parents;
    size_t parent_room;
    struct noted *noted;
    size_t n_noted;
    size_t noted_room;
    size_t n_bytes;
};

/* ---- Which columns ---- */

static size_t
find_column(const struct pd_table *table, const char *name)
{
    size_t i = 0;

    while (i < table->n_columns && !sqlite_same_name(pd_column_at(table, i)->name, name))
        i++;
    return i;
}

/* Are integers in it integers, whatever is compared with them? */
static bool
is_plain(const struct pd_sink *sink, size_t table, size_t column)
{
    const struct pd_column *c = pd_column_at(sink->tables[table].table, column);
    struct stored stored;
    enum sqlite_affinity affinity;

    if (!types_is_integer(c->type.kind) || c->generated || c->flags & PD_COLUMN_PASSENGER)
        return false;
    ddl_stored(sink, table, column, &stored);
    affinity = sqlite_affinity(stored.declared);
    return strlen(stored.declared) + 1 < sizeof stored.declared &&
           (affinity == SQLITE_AFFINITY_INTEGER || affinity == SQLITE_AFFINITY_NUMERIC);
}

static bool
add_noted(struct pd_sink *sink, const struct noted *noted)
{
    struct sink_refs *refs = sink->refs;
    struct noted *place;

    for (size_t i = 0; i < refs->n_noted; i++) {
        if (refs->noted[i].table == noted->table && refs->noted[i].column == noted->column &&
            refs->noted[i].parent == noted->parent && refs->noted[i].is_parent == noted->is_parent)
            return true;
    }
    place =
        pd_pool_append(&sink->pool, &refs->noted, refs->n_noted, &refs->noted_room, sizeof *place);
    if (!place)
        return false;
    *place = *noted;
    refs->n_noted++;
    return true;
}

static size_t
find_parent(const struct sink_refs *refs, size_t table, size_t column)
{
    size_t i = 0;

    while (i < refs->n_parents &&
           (refs->parents[i].table != table || refs->parents[i].column != column))
        i++;
    return i;
}

static bool
add_link(struct pd_sink *sink, size_t table, size_t column, size_t to_table, size_t to_column)
{
    struct sink_refs *refs = sink->refs;
    size_t number = find_parent(refs, to_table, to_column);
    struct parent *parent;

    if (number == refs->n_parents) {
        parent =
            pd_pool_append(&sink->pool, &refs->parents, number, &refs->parent_room, sizeof *parent);
        if (!parent)
            return false;
        *parent = (struct parent){.table = to_table, .column = to_column};
        refs->n_parents++;
    }
    return add_noted(sink, &(struct noted){table, column, number, false}) &&
           add_noted(sink, &(struct noted){to_table, to_column, number, true});
}

static bool
take_link(struct pd_sink *sink, size_t table, const struct orphans_link *link)
{
    size_t to_table = orphans_table(sink, link->parent), column, to_column;

    if (link->n != 1 || to_table == sink->catalog->n_tables)
        return true;
    column = find_column(sink->tables[table].table, link->from[0]);
    to_column = find_column(sink->tables[to_table].table, link->to[0]);
    if (column == sink->tables[table].table->n_columns ||
        to_column == sink->tables[to_table].table->n_columns || !is_plain(sink, table, column) ||
        !is_plain(sink, to_table, to_column))
        return true;
    return add_link(sink, table, column, to_table, to_column);
}

pd_status
refs_open(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_pool pool = {.host = sink->host};
    struct orphans_links links;
    pd_status status;

    /* Statements and rejected rows would not be seen. */
    if (pd_load_runs(&sink->load, PD_BEFORE_ROWS) ||
        sink->load.flags & (PD_LOAD_REJECTS | PD_LOAD_SCHEMA_ONLY))
        return PD_OK;
    status = orphans_read(sink, &pool, NULL, &links, err);
    sink->refs = status == PD_OK ? pd_pool_alloc(&sink->pool, sizeof *sink->refs) : NULL;
    if (status == PD_OK && !sink->refs)
        status = sqlite_no_memory(sink->host, err);
    for (size_t i = 0; i < links.n && status == PD_OK; i++) {
        size_t table = orphans_table(sink, links.list[i].child);

        if (table < sink->catalog->n_tables && !take_link(sink, table, &links.list[i]))
            status = sqlite_no_memory(sink->host, err);
    }
    pd_pool_close(&pool);
    return status;
}

/* ---- Bits ---- */

static void
forget(struct pd_sink *sink, struct parent *parent)
{
    for (size_t i = 0; i < parent->n_slots; i++)
        sink->host->release(sink->host, parent->slots[i]);
    sink->host->release(sink->host, parent->slots);
    sink->refs->n_bytes -= parent->n_pages * sizeof(struct page);
    *parent = (struct parent){.table = parent->table, .column = parent->column, .unknown = true};
}

/* Where the page is, or would be. */
static size_t
find_slot(const struct parent *parent, int64_t number)
{
    size_t i = (size_t)((uint64_t)number * UINT64_C(0x9E3779B97F4A7C15)) & (parent->n_slots - 1);

    while (parent->slots[i] && parent->slots[i]->number != number)
        i = (i + 1) & (parent->n_slots - 1);
    return i;
}

static bool
grow(struct pd_sink *sink, struct parent *parent)
{
    struct parent old = *parent;
    size_t n = old.n_slots ? old.n_slots * 2 : 16;
    struct page **slots = sink->host->alloc(sink->host, n * sizeof(struct page *));

    if (!slots)
        return false;
    memset(slots, 0, n * sizeof(struct page *));
    parent->slots = slots;
    parent->n_slots = n;
    for (size_t i = 0; i < old.n_slots; i++) {
        if (old.slots[i])
            slots[find_slot(parent, old.slots[i]->number)] = old.slots[i];
    }
    sink->host->release(sink->host, old.slots);
    return true;
}

/* NULL: it is known no longer. */
static struct page *
find_page(struct pd_sink *sink, struct parent *parent, int64_t number)
{
    size_t slot;

    if (parent->n_pages * 2 >= parent->n_slots && !grow(sink, parent))
        return NULL;
    slot = find_slot(parent, number);
    if (parent->slots[slot])
        return parent->slots[slot];
    if (sink->refs->n_bytes + sizeof(struct page) > REFS_BYTES)
        return NULL;
    parent->slots[slot] = sink->host->alloc(sink->host, sizeof(struct page));
    if (!parent->slots[slot])
        return NULL;
    memset(parent->slots[slot], 0, sizeof(struct page));
    parent->slots[slot]->number = number;
    parent->n_pages++;
    sink->refs->n_bytes += sizeof(struct page);
    return parent->slots[slot];
}

static int64_t
value_at(const struct pd_vector *vector, bool is_unsigned, uint32_t row)
{
    switch (vector->layout) {
    case PD_LAYOUT_I8:
        return is_unsigned ? ((const uint8_t *)vector->data)[row]
                           : ((const int8_t *)vector->data)[row];
    case PD_LAYOUT_I16:
        return is_unsigned ? ((const uint16_t *)vector->data)[row]
                           : ((const int16_t *)vector->data)[row];
    case PD_LAYOUT_I32:
        return is_unsigned ? (int64_t)((const uint32_t *)vector->data)[row]
                           : ((const int32_t *)vector->data)[row];
    default:
        return ((const int64_t *)vector->data)[row];
    }
}

/* false: it is known no longer. */
static bool
note(struct pd_sink *sink, const struct noted *noted, const struct pd_vector *vector,
     uint32_t n_rows)
{
    struct parent *parent = &sink->refs->parents[noted->parent];
    int kind = pd_column_at(sink->tables[noted->table].table, noted->column)->type.kind;
    bool is_unsigned = kind >= PD_KIND_UINT8 && kind <= PD_KIND_UINT32;
    struct page *page = parent->last;

    if (vector->layout < PD_LAYOUT_I8 || vector->layout > PD_LAYOUT_I64 || vector->n_outliers ||
        vector->n_longs)
        return false;
    for (uint32_t i = 0; i < n_rows; i++) {
        uint64_t value, bit;

        if (!pd_is_valid(vector->validity, i))
            continue;
        value = (uint64_t)value_at(vector, is_unsigned, i) ^ (UINT64_C(1) << 63);
        if (!page || (uint64_t)page->number != value / PAGE_IDS)
            page = find_page(sink, parent, (int64_t)(value / PAGE_IDS));
        if (!page)
            return false;
        bit = UINT64_C(1) << value % 64;
        (noted->is_parent ? page->there : page->wanted)[value % PAGE_IDS / 64] |= bit;
    }
    parent->last = page;
    return true;
}

void
refs_note(struct pd_sink *sink, size_t table, const struct pd_batch *batch)
{
    struct sink_refs *refs = sink->refs;

    for (size_t i = 0; refs && i < refs->n_noted; i++) {
        const struct noted *noted = &refs->noted[i];
        struct parent *parent = &refs->parents[noted->parent];

        if (noted->table == table && !parent->unknown &&
            !note(sink, noted, pd_vector_at(batch, noted->column), batch->n_rows))
            forget(sink, parent);
    }
}

/* ---- What is known ---- */

static bool
has_all(const struct parent *parent)
{
    for (size_t i = 0; i < parent->n_slots; i++) {
        const struct page *page = parent->slots[i];

        for (size_t k = 0; page && k < PAGE_WORDS; k++) {
            if (page->wanted[k] & ~page->there[k])
                return false;
        }
    }
    return true;
}

bool
refs_hold(const struct pd_sink *sink, size_t table, const struct orphans_link *link)
{
    const struct sink_refs *refs = sink->refs;
    size_t to_table = orphans_table(sink, link->parent), column, number;

    if (!refs || link->n != 1 || to_table == sink->catalog->n_tables)
        return false;
    number = find_parent(refs, to_table, find_column(sink->tables[to_table].table, link->to[0]));
    if (number == refs->n_parents || refs->parents[number].unknown)
        return false;
    column = find_column(sink->tables[table].table, link->from[0]);
    for (size_t i = 0; i < refs->n_noted; i++) {
        if (refs->noted[i].table == table && refs->noted[i].column == column &&
            refs->noted[i].parent == number && !refs->noted[i].is_parent)
            return has_all(&refs->parents[number]);
    }
    return false;
}

void
refs_close(struct pd_sink *sink)
{
    for (size_t i = 0; sink->refs && i < sink->refs->n_parents; i++)
        forget(sink, &sink->refs->parents[i]);
    sink->refs = NULL;
}
