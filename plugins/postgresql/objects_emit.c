// SPDX-License-Identifier: Apache-2.0
/* objects_emit - things into the catalogue: objects of one statement each, and notes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "objects_inside.h"

enum { NOTE_ROOM = 1024 };

pd_status
objects_note(struct objects *o, const char *name, const char *fmt, ...)
{
    struct pd_catalog *c = &o->catalog->catalog;
    struct pd_property *note;
    char text[NOTE_ROOM];
    va_list list;

    va_start(list, fmt);
    vsnprintf(text, sizeof text, fmt, list);
    va_end(list);
    note = pd_pool_append(&o->catalog->pool, &c->properties, c->n_properties, &o->properties_room,
                          sizeof *note);
    if (!note)
        return PD_FATAL;
    *note = (struct pd_property){.struct_size = sizeof *note,
                                 .is_note = 1,
                                 .name = pd_pool_text(&o->catalog->pool, name),
                                 .value = pd_pool_text(&o->catalog->pool, text)};
    c->n_properties++;
    return note->name && note->value ? PD_OK : PD_FATAL;
}

static pd_status
note_thing(struct objects *o, const struct thing *thing, struct pd_error *err)
{
    const char *schema = thing->schema && strcmp(thing->schema, "public") ? thing->schema : NULL;
    pd_status status =
        objects_note(o, thing->kind->name, "'%s%s%s' is not carried: %s", schema ? schema : "",
                     schema ? "." : "", thing->name ? thing->name : "", thing->why);

    return status == PD_OK ? PD_OK : objects_no_memory(o, err);
}

/* What the statement is about: the table, or the view that it belongs to. */
static const char *
table_of(struct objects *o, const struct thing *thing)
{
    const struct pd_catalog *c = &o->catalog->catalog;
    const struct thing *of = thing->relation && !objects_relation(o, thing->relation)
                                 ? objects_find(o, CLASS_PG_CLASS, thing->relation)
                                 : NULL;

    if (of)
        return of->name;
    if (thing->table == NO_TABLE || !thing->relation)
        return NULL;
    return pd_table_at(c, thing->table)->name;
}

static bool
same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static uint32_t
flags_of(const struct thing *thing)
{
    return (thing->phase == PHASE_AFTER ? 0 : (uint32_t)PD_OBJECT_BEFORE_ROWS) |
           (thing->is_passive ? (uint32_t)PD_OBJECT_PASSIVE : 0) |
           (thing->kind->flags & KIND_ACCESS ? (uint32_t)PD_OBJECT_ACCESS : 0);
}

/* One name for one statement: what has the name of the object before it gets a number. */
static const char *
name_of(struct objects *o, const struct thing *thing, const char *schema, const char *table)
{
    const struct pd_catalog *c = &o->catalog->catalog;
    const char *name = thing->name ? thing->name : "";
    size_t size = strlen(name) + sizeof " #4294967295";
    char *text;

    if (o->last && strcmp(o->last->kind->name, thing->kind->name) == 0 &&
        strcmp(o->last->name ? o->last->name : "", name) == 0 && c->n_objects &&
        same(pd_object_at(c, c->n_objects - 1)->schema, schema) &&
        same(pd_object_at(c, c->n_objects - 1)->table, table))
        o->n_same++;
    else /* pg_dump's second statement for a view */
        o->n_same = thing->class_oid == CLASS_PG_REWRITE && thing->dumped && thing->phrase &&
                    strncmp(thing->phrase, "RULE", 4) != 0;
    o->last = thing;
    if (!o->n_same)
        return pd_pool_text(&o->catalog->pool, name);
    text = pd_pool_alloc(&o->catalog->pool, size);
    if (text)
        snprintf(text, size, "%s #%u", name, o->n_same + 1);
    return text;
}

static int
compare_numbers(const void *a_, const void *b_)
{
    const uint32_t *a = a_, *b = b_;

    return (*a > *b) - (*a < *b);
}

/* Room for the numbers at the ends of a thing's edges; NULL: memory is short. */
static uint32_t *
numbers_of(struct objects *o, const struct edge *edges, size_t n_edges, uint32_t from,
           size_t *ret_first, size_t *ret_end)
{
    size_t end;

    *ret_first = end = objects_first_edge(edges, n_edges, from);
    while (end < n_edges && edges[end].from == from)
        end++;
    *ret_end = end;
    return pd_pool_alloc(&o->catalog->pool, (end - *ret_first + 1) * sizeof(uint32_t));
}

/* What it needs; things that it needs were written before it. What is made between the tables and
   their rows names one, be it another thing's. */
static pd_status
set_needs(struct objects *o, const struct thing *thing, struct pd_object *object,
          struct pd_error *err)
{
    uint32_t number = (uint32_t)(thing - o->things);
    size_t i, end;
    uint32_t *needs = numbers_of(o, o->edges, o->n_edges, number, &i, &end);
    uint32_t *tables;

    object->needs = needs;
    for (; needs && i < end; i++) {
        if (o->things[o->edges[i].to].order)
            needs[object->n_needs++] = o->things[o->edges[i].to].order;
    }
    if (object->n_needs)
        qsort(needs, object->n_needs, sizeof *needs, compare_numbers);
    object->needs_tables = tables = numbers_of(o, o->uses, o->n_uses, number, &i, &end);
    for (; tables && i < end; i++)
        tables[object->n_needs_tables++] = o->uses[i].to;
    if (tables && !object->n_needs_tables && thing->phase == PHASE_TABLES &&
        thing->table != NO_TABLE)
        tables[object->n_needs_tables++] = thing->table;
    return needs && tables ? PD_OK : objects_no_memory(o, err);
}

/* A further statement is a part of the first, else it is what it speaks of. */
static uint32_t
whole_of(struct objects *o, const struct thing *thing)
{
    const struct thing *of = objects_said_of(o, thing);

    if (thing->order)
        return thing->order;
    if (thing->is_late)
        return o->things[thing->view].order;
    if (!of && thing->relation)
        of = objects_find(o, CLASS_PG_CLASS, thing->relation);
    return of ? of->order : 0;
}

static pd_status
emit(struct objects *o, struct thing *thing, const char *sql, size_t size, struct pd_error *err)
{
    struct pd_catalog *c = &o->catalog->catalog;
    struct pd_pool *pool = &o->catalog->pool;
    const char *table = table_of(o, thing);
    const char *schema = thing->schema && strcmp(thing->schema, "public") ? thing->schema : NULL;
    const char *name = name_of(o, thing, schema, table);
    struct pd_object *object =
        pd_pool_append(pool, &c->objects, c->n_objects, &o->objects_room, sizeof *object);

    if (!object || !name)
        return objects_no_memory(o, err);
    *object = (struct pd_object){.struct_size = sizeof *object,
                                 .flags = flags_of(thing),
                                 .kind = thing->kind->name,
                                 .schema = pd_pool_text(pool, schema),
                                 .name = name,
                                 .table = pd_pool_text(pool, table),
                                 .sql = pd_pool_copy(pool, sql, size),
                                 .native_order = (uint32_t)++c->n_objects,
                                 .part_of = whole_of(o, thing)};
    if (!thing->order)
        thing->order = object->native_order;
    if (!object->sql || (schema && !object->schema) || (table && !object->table))
        return objects_no_memory(o, err);
    return set_needs(o, thing, object, err);
}

/* A table that its neutral schema does not say whole: the rest of its statement. Unless it names
   nothing but columns and parents, it counts only with the other native objects. */
static pd_status
replace_table(struct objects *o, const struct thing *thing, struct pd_error *err)
{
    struct pd_catalog *c = &o->catalog->catalog;
    struct pd_table *table = (struct pd_table *)(uintptr_t)PD_AT(
        struct pd_table, c->tables, c->table_size, thing->table); /* it is this plugin's own */

    if (!(thing->kind->flags & KIND_PASSIVE))
        table->flags |= PD_TABLE_ACTIVE_SQL;
    table->native_sql = pd_pool_text(&o->catalog->pool, thing->sql);
    return table->native_sql ? PD_OK : objects_no_memory(o, err);
}

/* Of pg_dump's text only what makes the thing itself: all else is listed too. */
static pd_status
emit_all(struct objects *o, struct thing *thing, struct pd_error *err)
{
    const char *next = thing->sql, *start;
    size_t size;
    bool first_only = thing->dumped && !(thing->kind->flags & KIND_MANY);
    pd_status status = PD_OK;

    while (status == PD_OK && objects_split(&next, &start, &size)) {
        status = emit(o, thing, start, size, err);
        if (first_only)
            break;
    }
    return status;
}

/* Is what it belongs to, or is said of, not carried either, or no table the table that it makes? */
static bool
is_moot(struct objects *o, const struct thing *thing)
{
    const struct thing *of = objects_said_of(o, thing);
    const struct thing *on =
        thing->relation ? objects_find(o, CLASS_PG_CLASS, thing->relation) : NULL;

    if (thing->kind->flags & KIND_TABLE && thing->table == NO_TABLE)
        return true;
    return thing->is_gone || (of && (of->is_gone || of->why)) || (on && (on->is_gone || on->why));
}

pd_status
objects_emit(struct objects *o, const uint32_t *order, struct pd_error *err)
{
    pd_status status = PD_OK;
    size_t i;

    for (i = 0; i < o->n_things && status == PD_OK; i++) {
        struct thing *thing = &o->things[order[i]];

        if (is_moot(o, thing))
            continue;
        if (!thing->why && thing->kind->flags & KIND_TABLE)
            status = replace_table(o, thing, err);
        else if (!thing->why)
            status = emit_all(o, thing, err);
        else if (!(thing->kind->flags & KIND_QUIET))
            status = note_thing(o, thing, err);
    }
    return status;
}

pd_status
objects_name_provider(struct objects *o, const char *version, struct pd_error *err)
{
    struct pd_catalog *c = &o->catalog->catalog;
    struct pd_property *p = pd_pool_append(&o->catalog->pool, &c->properties, c->n_properties,
                                           &o->properties_room, sizeof *p);
    char text[64];

    if (!p)
        return objects_no_memory(o, err);
    snprintf(text, sizeof text, version ? "pg_dump %s" : "server", version);
    *p = (struct pd_property){.struct_size = sizeof *p,
                              .name = "native-provider",
                              .value = pd_pool_text(&o->catalog->pool, text)};
    c->n_properties++;
    return p->value ? PD_OK : objects_no_memory(o, err);
}
