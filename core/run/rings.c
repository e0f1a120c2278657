// SPDX-License-Identifier: Apache-2.0
/* rings - rows that wait for each other, by Tarjan's search for strongly connected components. Keys
   are compared by 64 bits: two that are taken for one make a ring that the target then refuses. */
#include "run/rings.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "model/canonical.h"
#include "run/parents.h"

enum { RINGS_NONE = UINT32_MAX };

/* A foreign key of the catalogue between two of its tables. */
struct link {
    uint32_t child;
    uint32_t parent;
    const struct pd_foreign *foreign;
    uint32_t *to; /* columns in the parent */
};

/* What a row is known by: to whom it points, or who points to it. */
struct mark {
    uint64_t hash;
    uint32_t node;
};

struct marks {
    struct mark *list;
    size_t n;
    size_t room;
};

struct search {
    struct rejects *rejects;
    const struct pd_catalog *catalog;
    struct link *links;
    size_t n_links;
    size_t *rows; /* of the pile, one a node */
    uint32_t n_nodes;
    struct marks points; /* of children, by node */
    struct marks keys;   /* of parents, by hash */
    size_t *first;       /* of each node: where its points begin */
    struct buffer scratch;
    /* Of the search. */
    uint32_t *number; /* in which nodes were found, from 1; 0: not yet */
    uint32_t *low;
    bool *on_stack;
    uint32_t *stack;
    size_t n_stack;
    struct visit {
        uint32_t node;
        size_t point; /* the next one to be followed */
        size_t key;   /* that it leads to; SIZE_MAX: not looked for */
    } * visits;
    size_t n_visits;
    uint32_t n_found;
    struct rings *rings;
    size_t n_rows; /* in rings */
};

/* ---- Links ---- */

static long
find_part(const struct pd_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return (long)i;
    return -1;
}

/* The columns that it points to; false: they are not known. */
static bool
link_columns(const struct pd_table *parent, struct link *link)
{
    const struct pd_foreign *foreign = link->foreign;
    const struct pd_key *key = parent->n_keys ? &parent->keys[0] : NULL;

    if (!foreign->to_columns &&
        (!key || key->kind != PD_KEY_PRIMARY || key->n_parts != foreign->n_columns))
        return false;
    for (size_t i = 0; i < foreign->n_columns; i++) {
        long at = foreign->to_columns ? find_part(parent, foreign->to_columns[i])
                                      : (long)key->parts[i].column;

        if (at < 0)
            return false;
        link->to[i] = (uint32_t)at;
    }
    return true;
}

static pd_status
link_add(struct search *s, uint32_t child, const struct pd_foreign *foreign, struct pd_error *err)
{
    struct link link = {.child = child, .foreign = foreign};

    link.parent = parents_of(s->catalog, &s->catalog->tables[child], foreign);
    if (link.parent == PD_NO_TABLE)
        return PD_OK;
    link.to = calloc(foreign->n_columns + 1, sizeof *link.to);
    if (!link.to)
        return error_memory(err);
    if (link_columns(&s->catalog->tables[link.parent], &link))
        s->links[s->n_links++] = link;
    else
        free(link.to);
    return PD_OK;
}

static pd_status
list_links(struct search *s, struct pd_error *err)
{
    size_t n = 0;
    pd_status status = PD_OK;

    for (size_t i = 0; i < s->catalog->n_tables; i++)
        n += s->catalog->tables[i].n_foreigns;
    s->links = calloc(n + 1, sizeof *s->links);
    if (!s->links)
        return error_memory(err);
    for (uint32_t i = 0; i < s->catalog->n_tables && status == PD_OK; i++) {
        const struct pd_table *table = &s->catalog->tables[i];

        for (size_t k = 0; k < table->n_foreigns && status == PD_OK; k++)
            status = link_add(s, i, &table->foreigns[k], err);
    }
    return status;
}

/* ---- Marks ---- */

static pd_status
mark_add(struct marks *marks, uint64_t hash, uint32_t node, struct pd_error *err)
{
    if (marks->n == marks->room) {
        size_t room = marks->room * 2 + 64;
        struct mark *list = realloc(marks->list, room * sizeof *list);

        if (!list)
            return error_memory(err);
        marks->list = list;
        marks->room = room;
    }
    marks->list[marks->n++] = (struct mark){hash, node};
    return PD_OK;
}

/* The values of some columns of a row; false: one is NULL, or too long to be a key. */
static bool
hash_values(struct search *s, size_t link, const struct pd_table *table,
            const struct pd_batch *batch, uint32_t row, const uint32_t *columns, size_t n,
            uint64_t *ret_hash)
{
    buffer_clear(&s->scratch);
    buffer_u64(&s->scratch, link);
    for (size_t i = 0; i < n; i++) {
        const struct pd_type *type = &table->columns[columns[i]].type;
        struct cell cell = batch_cell(type, batch_vector(batch, columns[i]), row);
        struct canonical value;

        if (cell.tag < 0 || cell.as_long)
            return false;
        canonical_cell(type, &cell, &value);
        buffer_u8(&s->scratch, (uint8_t)value.class);
        buffer_u32(&s->scratch, (uint32_t)value.size);
        buffer_append(&s->scratch, value.bytes, value.size);
    }
    *ret_hash = XXH3_64bits(s->scratch.data, s->scratch.size);
    return true;
}

static pd_status
mark_row(struct search *s, uint32_t node, const struct pd_batch *batch, uint32_t row,
         struct pd_error *err)
{
    uint32_t number = pile_table(s->rejects->pile, s->rows[node]);
    const struct pd_table *table = &s->catalog->tables[number];
    pd_status status = PD_OK;

    for (size_t i = 0; i < s->n_links && status == PD_OK; i++) {
        const struct link *link = &s->links[i];
        size_t n = link->foreign->n_columns;
        uint64_t hash;

        if (link->child == number &&
            hash_values(s, i, table, batch, row, link->foreign->columns, n, &hash))
            status = mark_add(&s->points, hash, node, err);
        if (status == PD_OK && link->parent == number &&
            hash_values(s, i, table, batch, row, link->to, n, &hash))
            status = mark_add(&s->keys, hash, node, err);
    }
    return s->scratch.failed && status == PD_OK ? error_memory(err) : status;
}

static int
compare_marks(const void *a_, const void *b_)
{
    const struct mark *a = a_, *b = b_;

    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->node > b->node) - (a->node < b->node);
}

static pd_status
list_nodes(struct search *s, struct pd_error *err)
{
    struct pile *pile = s->rejects->pile;

    s->rows = calloc(pile_total(pile, PILE_WAITING) + 1, sizeof *s->rows);
    s->first = calloc(pile_total(pile, PILE_WAITING) + 2, sizeof *s->first);
    if (!s->rows || !s->first)
        return error_memory(err);
    for (size_t i = 0; i < pile_size(pile); i++) {
        if (pile_state(pile, i) == PILE_WAITING)
            s->rows[s->n_nodes++] = i;
    }
    return PD_OK;
}

/* Rows of one table that follow each other. */
static pd_status
mark_run(struct search *s, uint32_t begin, uint32_t end, struct pd_error *err)
{
    const struct pd_table *table =
        &s->catalog->tables[pile_table(s->rejects->pile, s->rows[begin])];
    struct pd_builder builder = {0};
    size_t taken = 0;
    pd_status status = batch_builder_open(&builder, table, err);

    for (uint32_t at = begin; at < end && status == PD_OK; at += (uint32_t)taken) {
        const struct pd_batch *batch;

        status =
            rejects_batch(s->rejects, table, &builder, s->rows + at, end - at, &batch, &taken, err);
        for (uint32_t i = 0; status == PD_OK && i < taken; i++) {
            s->first[at + i] = s->points.n;
            status = mark_row(s, at + i, batch, i, err);
        }
        if (status == PD_OK)
            batch_release(batch);
    }
    pd_builder_close(&builder);
    return status;
}

static pd_status
mark_nodes(struct search *s, struct pd_error *err)
{
    const struct pile *pile = s->rejects->pile;
    pd_status status = list_nodes(s, err);

    for (uint32_t begin = 0, end; begin < s->n_nodes && status == PD_OK; begin = end) {
        uint32_t table = pile_table(pile, s->rows[begin]);

        for (end = begin + 1; end < s->n_nodes && pile_table(pile, s->rows[end]) == table;)
            end++;
        status = mark_run(s, begin, end, err);
    }
    if (status != PD_OK)
        return status;
    s->first[s->n_nodes] = s->points.n;
    if (s->keys.n)
        qsort(s->keys.list, s->keys.n, sizeof *s->keys.list, compare_marks);
    return PD_OK;
}

/* The first key that has this hash, or the place where it would stand. */
static size_t
find_key(const struct search *s, uint64_t hash)
{
    size_t low = 0, high = s->keys.n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (s->keys.list[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- The search ---- */

static void
visit(struct search *s, uint32_t node)
{
    s->number[node] = s->low[node] = ++s->n_found;
    s->on_stack[node] = true;
    s->stack[s->n_stack++] = node;
    s->visits[s->n_visits++] = (struct visit){node, s->first[node], SIZE_MAX};
}

/* The next row that a row points to; RINGS_NONE: there is no more. */
static uint32_t
next_parent(struct search *s, struct visit *at)
{
    while (at->point < s->first[at->node + 1]) {
        uint64_t hash = s->points.list[at->point].hash;

        if (at->key == SIZE_MAX)
            at->key = find_key(s, hash);
        if (at->key < s->keys.n && s->keys.list[at->key].hash == hash)
            return s->keys.list[at->key++].node;
        at->point++;
        at->key = SIZE_MAX;
    }
    return RINGS_NONE;
}

/* A row alone is no ring, not even if it points to itself: every engine takes that. */
static void
close_ring(struct search *s, uint32_t node)
{
    struct rings *rings = s->rings;
    size_t begin = s->n_rows;
    uint32_t member;

    do {
        member = s->stack[--s->n_stack];
        s->on_stack[member] = false;
        rings->rows[s->n_rows++] = s->rows[member];
    } while (member != node);
    if (s->n_rows - begin < 2) {
        s->n_rows = begin;
        return;
    }
    qsort_r(rings->rows + begin, s->n_rows - begin, sizeof *rings->rows, pile_compare,
            s->rejects->pile);
    rings->ends[rings->n_rings++] = s->n_rows;
}

static void
leave(struct search *s)
{
    uint32_t node = s->visits[--s->n_visits].node;

    if (s->low[node] == s->number[node])
        close_ring(s, node);
    if (s->n_visits) {
        uint32_t from = s->visits[s->n_visits - 1].node;

        s->low[from] = s->low[node] < s->low[from] ? s->low[node] : s->low[from];
    }
}

static void
search_from(struct search *s, uint32_t node)
{
    visit(s, node);
    while (s->n_visits) {
        struct visit *at = &s->visits[s->n_visits - 1];
        uint32_t parent = next_parent(s, at);

        if (parent == RINGS_NONE)
            leave(s);
        else if (!s->number[parent])
            visit(s, parent);
        else if (s->on_stack[parent] && s->number[parent] < s->low[at->node])
            s->low[at->node] = s->number[parent];
    }
}

static pd_status
search_all(struct search *s, struct pd_error *err)
{
    size_t n = s->n_nodes + (size_t)1;

    s->number = calloc(n, sizeof *s->number);
    s->low = calloc(n, sizeof *s->low);
    s->on_stack = calloc(n, sizeof *s->on_stack);
    s->stack = calloc(n, sizeof *s->stack);
    s->visits = calloc(n, sizeof *s->visits);
    s->rings->rows = calloc(n, sizeof *s->rings->rows);
    s->rings->ends = calloc(n, sizeof *s->rings->ends);
    if (!s->number || !s->low || !s->on_stack || !s->stack || !s->visits || !s->rings->rows ||
        !s->rings->ends)
        return error_memory(err);
    for (uint32_t node = 0; node < s->n_nodes; node++) {
        if (!s->number[node])
            search_from(s, node);
    }
    return PD_OK;
}

static void
search_free(struct search *s)
{
    for (size_t i = 0; i < s->n_links; i++)
        free(s->links[i].to);
    free(s->links);
    free(s->rows);
    free(s->first);
    free(s->points.list);
    free(s->keys.list);
    free(s->number);
    free(s->low);
    free(s->on_stack);
    free(s->stack);
    free(s->visits);
    buffer_free(&s->scratch);
}

pd_status
rings_find(struct rejects *rejects, struct rings *ret_rings, struct pd_error *err)
{
    struct search s = {.rejects = rejects, .catalog = rejects->linked, .rings = ret_rings};
    pd_status status;

    *ret_rings = (struct rings){0};
    status = list_links(&s, err);
    if (status == PD_OK)
        status = mark_nodes(&s, err);
    if (status == PD_OK)
        status = search_all(&s, err);
    search_free(&s);
    if (status != PD_OK)
        rings_free(ret_rings);
    return status;
}

void
rings_free(struct rings *rings)
{
    free(rings->rows);
    free(rings->ends);
    *rings = (struct rings){0};
}
