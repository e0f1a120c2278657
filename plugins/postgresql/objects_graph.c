// SPDX-License-Identifier: Apache-2.0
/* objects_graph - what needs what, and the order that follows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "objects_inside.h"

enum { FOLD_DEPTH = 8 };

/* A row of pg_depend: (class, oid) needs (to_class, to_oid). */
struct need {
    uint32_t class_oid;
    uint32_t oid;
    uint32_t to_class;
    uint32_t to_oid;
    char type;
    bool is_key; /* a default, key, check or index: made when the rows are there */
};

/* What stands for an entry of the server's catalogue. */
enum node_kind {
    NODE_NONE,
    NODE_THING,
    NODE_TABLE, /* of our catalogue */
    NODE_KEYS   /* what a table gets after its rows */
};
struct node {
    enum node_kind kind;
    uint32_t number;
    bool is_key; /* found by way of a default, key, check or index of it */
};

struct graph {
    struct objects *o;
    struct need *needs; /* by class and oid */
    size_t n_needs;
    size_t needs_room;
    uint32_t *first;   /* of each thing's edges; one more at the end */
    uint32_t *waiting; /* how many it waits for */
    uint32_t *back;    /* things that wait for a thing */
    uint32_t *back_first;
    uint32_t *sorted; /* things by key */
    uint32_t *key;    /* place of each thing in sorted */
    uint32_t *heap;
    size_t n_heap;
    uint32_t *order;
    size_t n_order;
};

/* Schemas are made first anyway: only what is in none itself needs one. */
static const char sql_needs[] =
    "SELECT pg_catalog.concat_ws(' ', d.classid::oid, d.objid, d.refclassid::oid, d.refobjid, "
    "d.deptype, CASE WHEN d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass OR "
    "i.oid IS NOT NULL OR a.oid IS NOT NULL THEN 'k' END) FROM ("
    "SELECT DISTINCT p.classid, p.objid, p.refclassid, p.refobjid, p.deptype "
    "FROM pg_catalog.pg_depend p WHERE p.objid >= 16384 AND p.refobjid >= 16384 AND "
    "p.deptype IN ('n', 'a', 'i', 'e') AND "
    "(p.refclassid <> 'pg_catalog.pg_namespace'::pg_catalog.regclass OR p.classid IN ("
    "SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace = 11 AND c.relname = "
    "'pg_publication_namespace'))) d "
    "LEFT JOIN pg_catalog.pg_class i ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND "
    "i.oid = d.objid AND i.relkind IN ('i', 'I') "
    "LEFT JOIN (pg_catalog.pg_attrdef a JOIN pg_catalog.pg_attribute t ON "
    "t.attrelid = a.adrelid AND t.attnum = a.adnum AND t.attgenerated = '') "
    "ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND a.oid = d.objid "
    "ORDER BY d.classid::oid, d.objid, d.refclassid::oid, d.refobjid, d.deptype";

/* ---- Reading ---- */

static void
parse_need(const char *text, struct need *need)
{
    uint32_t *const numbers[] = {&need->class_oid, &need->oid, &need->to_class, &need->to_oid};
    char *end = NULL;
    size_t i;

    for (i = 0; i < 4; i++) {
        *numbers[i] = (uint32_t)strtoul(text, &end, 10);
        text = *end ? end + 1 : end;
    }
    need->type = *text;
    need->is_key = strchr(text, 'k') != NULL;
}

static pd_status
read_needs(struct graph *g, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = pg_query(g->o->pg, sql_needs, 0, NULL, "t", &result, err);
    int i, n = status == PD_OK ? PQntuples(result) : 0;

    if (n)
        g->needs = pd_pool_alloc(&g->o->pool, (size_t)n * sizeof *g->needs);
    if (n && !g->needs)
        status = objects_no_memory(g->o, err);
    for (i = 0; i < n && status == PD_OK; i++)
        parse_need(PQgetvalue(result, i, 0), &g->needs[g->n_needs++]);
    PQclear(result);
    return status;
}

/* ---- Folding: parts of things stand for the things ---- */

static const struct need *
first_need(const struct graph *g, uint32_t class_oid, uint32_t oid)
{
    size_t low = 0, high = g->n_needs;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct need *n = &g->needs[middle];

        if (n->class_oid < class_oid || (n->class_oid == class_oid && n->oid < oid))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == g->n_needs || g->needs[low].class_oid != class_oid || g->needs[low].oid != oid)
        return NULL;
    return &g->needs[low];
}

/* What an entry is a part of: an extension, or what it is internal to, or goes away with. */
static const struct need *
whole_of(const struct graph *g, uint32_t class_oid, uint32_t oid)
{
    const struct need *n = first_need(g, class_oid, oid), *best = NULL;
    const struct need *end = g->needs + g->n_needs;

    for (; n && n < end && n->class_oid == class_oid && n->oid == oid; n++) {
        if (n->type == 'n')
            continue;
        if (!best || n->type == 'e' || (n->type == 'i' && best->type == 'a'))
            best = n;
    }
    return best;
}

static struct node
fold(const struct graph *g, uint32_t class_oid, uint32_t oid)
{
    struct objects *o = g->o;
    bool is_key = false;
    int depth;

    for (depth = 0; depth < FOLD_DEPTH; depth++) {
        const struct thing *thing = objects_find(o, class_oid, oid);
        const struct relation *relation =
            class_oid == CLASS_PG_CLASS ? objects_relation(o, oid) : NULL;
        const struct need *whole;

        if (thing)
            return (struct node){NODE_THING, (uint32_t)(thing - o->things), is_key};
        if (relation)
            return (struct node){is_key ? NODE_KEYS : NODE_TABLE, relation->table, is_key};
        whole = whole_of(g, class_oid, oid);
        if (!whole)
            break;
        is_key = is_key || whole->is_key;
        class_oid = whole->to_class;
        oid = whole->to_oid;
    }
    return (struct node){NODE_NONE, 0, false};
}

/* ---- Edges ---- */

static int
compare_edges(const void *a, const void *b)
{
    const struct edge *one = a, *two = b;

    if (one->from != two->from)
        return one->from < two->from ? -1 : 1;
    return (one->to > two->to) - (one->to < two->to);
}

static pd_status
add_edge(struct objects *o, uint32_t from, uint32_t to, struct pd_error *err)
{
    struct edge *edge;

    if (from == to)
        return PD_OK;
    edge = pd_pool_append(&o->pool, &o->edges, o->n_edges, &o->edges_room, sizeof *edge);
    if (!edge)
        return objects_no_memory(o, err);
    *edge = (struct edge){from, to};
    o->n_edges++;
    return PD_OK;
}

static pd_status
add_use(struct objects *o, uint32_t thing, uint32_t table, struct pd_error *err)
{
    struct edge *use = pd_pool_append(&o->pool, &o->uses, o->n_uses, &o->uses_room, sizeof *use);

    if (!use)
        return objects_no_memory(o, err);
    *use = (struct edge){thing, table};
    o->n_uses++;
    return PD_OK;
}

static void
at_least(uint8_t *phase, uint8_t bound)
{
    if (*phase < bound)
        *phase = bound;
}

static void
at_most(uint8_t *phase, uint8_t bound)
{
    if (*phase > bound)
        *phase = bound;
}

static pd_status
add_need(struct graph *g, const struct need *need, struct pd_error *err)
{
    struct objects *o = g->o;
    struct node from = fold(g, need->class_oid, need->oid);
    struct node to = from.kind == NODE_NONE ? from : fold(g, need->to_class, need->to_oid);
    struct thing *thing = from.kind == NODE_THING ? &o->things[from.number] : NULL;

    /* Its statement has none of its keys: they come with its parent's, or are things of their own.
     */
    if (thing && from.is_key && thing->kind->rank == RANK_PARTITION)
        return PD_OK;
    if (to.kind == NODE_THING && thing)
        return add_edge(o, from.number, to.number, err);
    if (to.kind == NODE_THING && from.kind != NODE_NONE) {
        at_most(&o->things[to.number].upper, from.kind == NODE_TABLE ? PHASE_BEFORE : PHASE_TABLES);
    } else if (to.kind != NODE_NONE && thing) {
        at_least(&thing->lower, to.kind == NODE_TABLE ? PHASE_TABLES : PHASE_AFTER);
        if (!thing->relation && to.number < thing->table)
            thing->table = to.number;
        return add_use(o, from.number, to.number, err);
    }
    return PD_OK;
}

static bool
has_edge(const struct objects *o, size_t n, uint32_t from, uint32_t to)
{
    struct edge edge = {from, to};

    return n && bsearch(&edge, o->edges, n, sizeof edge, compare_edges);
}

/* Without those that are there twice; how many remain. */
static size_t
sort_list(struct edge *edges, size_t n_edges)
{
    size_t i, n = 0;

    if (n_edges)
        qsort(edges, n_edges, sizeof *edges, compare_edges);
    for (i = 0; i < n_edges; i++) {
        if (!n || compare_edges(&edges[n - 1], &edges[i]))
            edges[n++] = edges[i];
    }
    return n;
}

static size_t
sort_edges(struct objects *o)
{
    return o->n_edges = sort_list(o->edges, o->n_edges);
}

size_t
objects_first_edge(const struct edge *edges, size_t n, uint32_t from)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (edges[middle].from < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && edges[low].from == from ? low : n;
}

/* A type and its own functions need each other; the functions get along with its name. */
static void
use_shells(struct objects *o)
{
    size_t i, k, n = sort_edges(o);

    for (i = 0; i < o->n_things; i++) {
        const struct thing *shell = &o->things[i];
        const struct thing *type =
            shell->kind->flags & KIND_SHELL ? objects_find(o, shell->class_oid, shell->oid) : NULL;
        uint32_t number = type ? (uint32_t)(type - o->things) : 0;

        for (k = 0; type && k < n; k++) {
            const struct edge *edge = &o->edges[k];

            if (edge->to == number && o->things[edge->from].class_oid == CLASS_PG_PROC &&
                has_edge(o, n, number, edge->from))
                o->edges[k].to = (uint32_t)i; /* the order among edges is mended afterwards */
        }
    }
    sort_edges(o);
}

static pd_status
read_edges(struct graph *g, struct pd_error *err)
{
    struct objects *o = g->o;
    pd_status status = read_needs(g, err);
    size_t i;

    for (i = 0; i < g->n_needs && status == PD_OK; i++)
        status = add_need(g, &g->needs[i], err);
    /* What is no entry of its own comes after what it speaks of. */
    for (i = 0; i < o->n_things && status == PD_OK; i++) {
        const struct thing *of =
            o->things[i].relation ? objects_find(o, CLASS_PG_CLASS, o->things[i].relation) : NULL;

        if (of)
            status = add_edge(o, (uint32_t)i, (uint32_t)(of - o->things), err);
        if (of && of->kind->phase == PHASE_AFTER)
            at_least(&o->things[i].phase, PHASE_AFTER);
        if (status == PD_OK && o->things[i].relation && objects_relation(o, o->things[i].relation))
            status = add_use(o, (uint32_t)i, o->things[i].table, err);
    }
    if (status == PD_OK)
        use_shells(o);
    o->n_uses = sort_list(o->uses, o->n_uses);
    return status;
}

/* ---- The order: always the first by key of those that wait for nothing ---- */

static int
compare_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int
compare_things(const void *a, const void *b, void *context)
{
    const struct objects *o = context;
    uint32_t one, two;
    const struct thing *s, *t;
    int d;

    memcpy(&one, a, sizeof one);
    memcpy(&two, b, sizeof two);
    s = &o->things[one];
    t = &o->things[two];
    if (s->phase != t->phase)
        return s->phase < t->phase ? -1 : 1;
    if (s->rank != t->rank)
        return s->rank < t->rank ? -1 : 1;
    if (s->turn != t->turn && s->kind->flags & t->kind->flags & KIND_REFRESH)
        return s->turn < t->turn ? -1 : 1;
    d = compare_text(s->schema, t->schema);
    if (!d)
        d = compare_text(s->name, t->name);
    if (!d)
        d = strcmp(s->kind->name, t->kind->name);
    if (!d)
        d = compare_text(s->phrase, t->phrase);
    if (!d)
        d = (s->place > t->place) - (s->place < t->place);
    return d ? d : compare_text(s->sql, t->sql);
}

static void
heap_push(struct graph *g, uint32_t key)
{
    size_t i = g->n_heap++;

    for (; i && g->heap[(i - 1) / 2] > key; i = (i - 1) / 2)
        g->heap[i] = g->heap[(i - 1) / 2];
    g->heap[i] = key;
}

static uint32_t
heap_pop(struct graph *g)
{
    uint32_t top = g->heap[0], last = g->heap[--g->n_heap];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < g->n_heap) {
        if (child + 1 < g->n_heap && g->heap[child + 1] < g->heap[child])
            child++;
        if (g->heap[child] >= last)
            break;
        g->heap[i] = g->heap[child];
        i = child;
    }
    g->heap[i] = last;
    return top;
}

/* first[i]..first[i + 1] are i's edges, in edges (forward) or in back. */
static void
index_edges(struct graph *g)
{
    const struct objects *o = g->o;
    size_t i, n = o->n_things;

    memset(g->first, 0, (n + 1) * sizeof *g->first);
    memset(g->back_first, 0, (n + 1) * sizeof *g->back_first);
    for (i = 0; i < o->n_edges; i++) {
        g->first[o->edges[i].from + 1]++;
        g->back_first[o->edges[i].to + 1]++;
    }
    for (i = 0; i < n; i++) {
        g->first[i + 1] += g->first[i];
        g->back_first[i + 1] += g->back_first[i];
    }
    for (i = o->n_edges; i-- > 0;)
        g->back[--g->back_first[o->edges[i].to + 1]] = o->edges[i].from;
    /* Each was moved down to its own beginning; move them by one. */
    memmove(g->back_first, g->back_first + 1, n * sizeof *g->back_first);
    g->back_first[n] = (uint32_t)o->n_edges;
}

static void
release_waiting(struct graph *g, uint32_t thing)
{
    uint32_t i;

    for (i = g->back_first[thing]; i < g->back_first[thing + 1]; i++) {
        if (--g->waiting[g->back[i]] == 0)
            heap_push(g, g->key[g->back[i]]);
    }
}

/* order gets all but those in or behind a circle. */
static void
make_order(struct graph *g)
{
    struct objects *o = g->o;
    uint32_t i, n = (uint32_t)o->n_things;

    for (i = 0; i < n; i++)
        g->sorted[i] = i;
    if (n)
        qsort_r(g->sorted, n, sizeof *g->sorted, compare_things, o);
    g->n_order = g->n_heap = 0;
    for (i = 0; i < n; i++)
        g->key[g->sorted[i]] = i;
    for (i = 0; i < n; i++) {
        g->waiting[i] = g->first[i + 1] - g->first[i];
        if (!g->waiting[i])
            heap_push(g, g->key[i]);
    }
    while (g->n_heap) {
        uint32_t thing = g->sorted[heap_pop(g)];

        g->order[g->n_order++] = thing;
        release_waiting(g, thing);
    }
}

/* ---- What follows from the order ---- */

static pd_status
refuse_circles(struct graph *g, struct pd_error *err)
{
    struct objects *o = g->o;
    size_t i;

    for (i = 0; i < o->n_things; i++) {
        if (g->waiting[i] && !o->things[i].why) {
            o->things[i].why = "it takes part in a circle of objects that need each other";
            g->order[g->n_order++] = (uint32_t)i;
        } else if (g->waiting[i]) {
            g->order[g->n_order++] = (uint32_t)i;
        }
    }
    return g->n_order == o->n_things
               ? PD_OK
               : o->pg->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "objects were lost while sorting");
}

/* In ascending order: what things need holds for those that need them. */
static pd_status
pass_up(struct graph *g, struct thing *thing, struct pd_error *err)
{
    struct objects *o = g->o;
    uint32_t number = (uint32_t)(thing - o->things), i;

    for (i = g->first[number]; i < g->first[number + 1]; i++) {
        const struct thing *need = &o->things[o->edges[i].to];
        const char *name = need->name ? need->name : "";
        size_t size =
            sizeof "it needs  '', which is not carried" + strlen(name) + strlen(need->kind->name);
        char *why;

        at_least(&thing->lower, need->lower);
        if (!thing->relation && need->table < thing->table && thing->lower != PHASE_BEFORE)
            thing->table = need->table;
        if (thing->why || !need->why || need->is_gone)
            continue;
        why = pd_pool_alloc(&o->pool, size);
        if (!why)
            return objects_no_memory(o, err);
        snprintf(why, size, "it needs %s '%s', which is not carried", need->kind->name, name);
        thing->why = why;
    }
    return PD_OK;
}

/* In descending order: the phase of a thing, and by when others have to be there. */
static void
pass_down(struct graph *g, struct thing *thing)
{
    struct objects *o = g->o;
    uint32_t number = (uint32_t)(thing - o->things), i;

    at_most(&thing->phase, thing->upper);
    at_least(&thing->phase, thing->lower);
    for (i = g->first[number]; i < g->first[number + 1]; i++)
        at_most(&o->things[o->edges[i].to].upper, thing->phase);
}

static pd_status
find_phases(struct graph *g, struct pd_error *err)
{
    struct objects *o = g->o;
    pd_status status = refuse_circles(g, err);
    size_t i;

    for (i = 0; i < g->n_order && status == PD_OK; i++)
        status = pass_up(g, &o->things[g->order[i]], err);
    for (i = g->n_order; i-- > 0 && status == PD_OK;)
        pass_down(g, &o->things[g->order[i]]);
    for (i = 0; i < g->n_order; i++)
        o->things[g->order[i]].turn = (uint32_t)i;
    for (i = 0; i < o->n_things; i++) {
        struct thing *thing = &o->things[i];
        const struct thing *view = thing->kind->flags & KIND_REFRESH
                                       ? objects_find(o, CLASS_PG_CLASS, thing->relation)
                                       : NULL;

        if (view) /* in the order in which the views are made */
            thing->turn = view->turn;
    }
    return status;
}

static pd_status
make_room(struct graph *g, struct pd_error *err)
{
    struct objects *o = g->o;
    uint32_t **const arrays[] = {&g->first, &g->waiting, &g->back_first, &g->sorted,
                                 &g->key,   &g->heap,    &g->order};
    size_t i;

    for (i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = pd_pool_alloc(&o->pool, (o->n_things + 2) * sizeof **arrays[i]);
        if (!*arrays[i])
            return objects_no_memory(o, err);
    }
    g->back = pd_pool_alloc(&o->pool, (o->n_edges + 1) * sizeof *g->back);
    return g->back ? PD_OK : objects_no_memory(o, err);
}

pd_status
objects_sort(struct objects *o, const uint32_t **ret_order, struct pd_error *err)
{
    struct graph g = {.o = o};
    pd_status status = read_edges(&g, err);

    if (status == PD_OK)
        status = make_room(&g, err);
    if (status != PD_OK)
        return status;
    index_edges(&g);
    make_order(&g);
    status = find_phases(&g, err);
    if (status != PD_OK)
        return status;
    make_order(&g); /* again, now that phases are known */
    status = refuse_circles(&g, err);
    *ret_order = g.order;
    return status;
}
