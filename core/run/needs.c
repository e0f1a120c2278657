// SPDX-License-Identifier: Apache-2.0
/* needs - objects whose statements name what does not travel are left out. */
#include "run/needs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/schema.h"
#include "run/schema_map.h"

enum fate {
    FATE_STAYS,
    FATE_MAPPED,      /* it stands in a schema that changes */
    FATE_MAPPED_NAME, /* it is that schema */
    FATE_TABLE,       /* its own table stays behind */
    FATE_NEEDS_TABLE, /* cause: number in the source */
    FATE_NEEDS_MAPPED,
    FATE_NEEDS_OBJECT, /* cause: number of the object */
    FATE_WHOLE         /* what it is a part of, or the rest of it: cause */
};

struct verdict {
    enum fate fate;
    uint32_t cause;
};

struct turn {
    uint32_t native_order;
    uint32_t number;
};

struct needs {
    const struct pd_catalog *source;
    const char *const *map;
    struct selection *selection;
    struct verdict *verdicts; /* one an object of the selection */
    struct turn *turns;       /* objects by native_order */
    size_t n_turns;
    uint32_t *places; /* of each table of the source in the selection, PD_NO_TABLE: none */
};

static int
compare_turns(const void *a_, const void *b_)
{
    const struct turn *a = a_, *b = b_;

    return (a->native_order > b->native_order) - (a->native_order < b->native_order);
}

/* The object of that native_order; -1: none of those that travel. */
static long
find_object(const struct needs *n, uint32_t native_order)
{
    const struct turn wanted = {native_order, 0};
    const struct turn *turn =
        native_order ? bsearch(&wanted, n->turns, n->n_turns, sizeof wanted, compare_turns) : NULL;

    return turn ? (long)turn->number : -1;
}

static pd_status
needs_open(struct arena *arena, struct needs *n, struct pd_error *err)
{
    const struct pd_catalog *catalog = n->selection->catalog;

    n->verdicts = arena_array(arena, struct verdict, catalog->n_objects + 1);
    n->turns = arena_array(arena, struct turn, catalog->n_objects + 1);
    n->places = arena_array(arena, uint32_t, n->source->n_tables + 1);
    if (!n->verdicts || !n->turns || !n->places)
        return error_memory(err);
    memset(n->verdicts, 0, (catalog->n_objects + 1) * sizeof *n->verdicts);
    for (size_t i = 0; i < n->source->n_tables; i++)
        n->places[i] = PD_NO_TABLE;
    for (size_t i = 0; i < catalog->n_tables; i++)
        n->places[n->selection->origins[i]] = (uint32_t)i;
    for (uint32_t i = 0; i < catalog->n_objects; i++)
        if (catalog->objects[i].native_order)
            n->turns[n->n_turns++] = (struct turn){catalog->objects[i].native_order, i};
    qsort(n->turns, n->n_turns, sizeof *n->turns, compare_turns);
    return PD_OK;
}

/* ---- What becomes of an object ---- */

static struct verdict
judge_tables(const struct needs *n, const struct pd_object *object)
{
    for (size_t i = 0; i < object->n_needs_tables; i++) {
        uint32_t number = object->needs_tables[i];
        const struct pd_table *table = &n->source->tables[number];
        bool is_own = object->table && strcmp(object->table, table->name) == 0;

        if (n->places[number] == PD_NO_TABLE)
            return (struct verdict){is_own ? FATE_TABLE : FATE_NEEDS_TABLE, number};
        if (schema_is_mapped(n->map, table->schema))
            return (struct verdict){FATE_NEEDS_MAPPED, number};
    }
    return (struct verdict){FATE_STAYS, 0};
}

static struct verdict
judge(const struct needs *n, const struct pd_object *object)
{
    long whole = find_object(n, object->part_of);

    if (object_is_schema(object) && schema_is_mapped(n->map, object->name))
        return (struct verdict){FATE_MAPPED_NAME, 0};
    if (schema_is_mapped(n->map, object->schema))
        return (struct verdict){FATE_MAPPED, 0};
    if (whole >= 0 && n->verdicts[whole].fate)
        return (struct verdict){FATE_WHOLE, (uint32_t)whole};
    for (size_t i = 0; i < object->n_needs; i++) {
        long needed = find_object(n, object->needs[i]);

        if (needed >= 0 && n->verdicts[needed].fate)
            return (struct verdict){FATE_NEEDS_OBJECT, (uint32_t)needed};
    }
    return judge_tables(n, object);
}

/* A thing of several statements is made whole or not at all. */
static bool
pull_down(struct needs *n, const struct pd_object *object, uint32_t number)
{
    long whole = find_object(n, object->part_of);

    if (whole < 0 || n->verdicts[whole].fate ||
        strcmp(n->selection->catalog->objects[whole].kind, object->kind) != 0)
        return false;
    n->verdicts[whole] = n->verdicts[number];
    n->verdicts[number] = (struct verdict){FATE_WHOLE, (uint32_t)whole};
    return true;
}

/* Objects stand behind what they need, but for views that need each other. */
static void
judge_all(struct needs *n)
{
    const struct pd_catalog *catalog = n->selection->catalog;
    bool again = true;

    while (again) {
        again = false;
        for (uint32_t i = 0; i < catalog->n_objects; i++) {
            if (n->verdicts[i].fate)
                continue;
            n->verdicts[i] = judge(n, &catalog->objects[i]);
            if (n->verdicts[i].fate && pull_down(n, &catalog->objects[i], i))
                again = true;
        }
    }
}

/* ---- What is said of it ---- */

/* Is its absence told by another line, or not missed? A schema that changes has no line. */
static bool
is_silent(const struct needs *n, const struct pd_object *object, const struct verdict *verdict)
{
    return object->flags & PD_OBJECT_ACCESS || verdict->fate == FATE_MAPPED_NAME ||
           verdict->fate == FATE_TABLE ||
           (verdict->fate == FATE_WHOLE && n->verdicts[verdict->cause].fate != FATE_MAPPED_NAME);
}

static void
explain(const struct needs *n, const struct verdict *verdict, char *text, size_t size)
{
    const struct pd_object *object = &n->selection->catalog->objects[verdict->cause];
    const char *table = verdict->fate == FATE_NEEDS_TABLE || verdict->fate == FATE_NEEDS_MAPPED
                            ? schema_table_name(&n->source->tables[verdict->cause])
                            : "";

    if (verdict->fate == FATE_NEEDS_TABLE)
        snprintf(text, size, "it needs table '%s', which is not carried", table);
    else if (verdict->fate == FATE_NEEDS_MAPPED)
        snprintf(text, size, "it needs table '%s', whose schema --schema-map changes", table);
    else if (verdict->fate == FATE_NEEDS_OBJECT && object_is_schema(object))
        snprintf(text, size, "it needs schema '%s', which --schema-map changes", object->name);
    else if (verdict->fate == FATE_NEEDS_OBJECT)
        snprintf(text, size, "it needs %s '%s', which is not carried", object->kind, object->name);
    else
        snprintf(text, size, "--schema-map changes its schema");
}

static uint32_t
origin_of(const struct needs *n, const struct pd_object *object)
{
    for (size_t i = 0; i < n->source->n_objects; i++)
        if (n->source->objects[i].name == object->name)
            return (uint32_t)i;
    return 0;
}

static pd_status
tell(const struct needs *n, size_t number, struct report *report, struct pd_error *err)
{
    const struct pd_object *object = &n->selection->catalog->objects[number];
    const struct report_part part = {.part = PD_PART_OBJECT,
                                     .table = PD_NO_TABLE,
                                     .number = origin_of(n, object),
                                     .is_native = true};
    char reason[ERROR_TEXT_SIZE / 2], text[ERROR_TEXT_SIZE];

    explain(n, &n->verdicts[number], reason, sizeof reason);
    snprintf(text, sizeof text, "%s '%s' is not carried: %s", object->kind, object->name, reason);
    return report_left_out_part(report, &part, text, err);
}

/* ---- The others ---- */

static pd_status
renumber(struct arena *arena, const struct needs *n, struct pd_object *object, struct pd_error *err)
{
    uint32_t *tables;

    if (!object->n_needs_tables)
        return PD_OK;
    tables = arena_array(arena, uint32_t, object->n_needs_tables);
    if (!tables)
        return error_memory(err);
    for (size_t i = 0; i < object->n_needs_tables; i++)
        tables[i] = n->places[object->needs_tables[i]];
    object->needs_tables = tables;
    return PD_OK;
}

pd_status
needs_check(struct arena *arena, const struct pd_catalog *source, const char *const *map,
            struct selection *selection, struct report *report, struct pd_error *err)
{
    struct needs n = {.source = source, .map = map, .selection = selection};
    struct pd_catalog *catalog = selection->catalog;
    struct pd_object *kept = arena_array(arena, struct pd_object, catalog->n_objects + 1);
    size_t n_kept = 0;
    pd_status status = kept ? needs_open(arena, &n, err) : error_memory(err);

    if (status == PD_OK)
        judge_all(&n);
    for (size_t i = 0; i < catalog->n_objects && status == PD_OK; i++) {
        const struct pd_object *object = &catalog->objects[i];

        if (!n.verdicts[i].fate) {
            kept[n_kept] = *object;
            status = renumber(arena, &n, &kept[n_kept++], err);
        } else if (!is_silent(&n, object, &n.verdicts[i])) {
            status = tell(&n, i, report, err);
        }
    }
    catalog->objects = kept;
    catalog->n_objects = n_kept;
    return status;
}
