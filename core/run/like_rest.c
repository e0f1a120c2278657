// SPDX-License-Identifier: Apache-2.0
/* like_rest - sequences, objects and properties, compared with a's. */
#include <string.h>

#include "model/schema.h"
#include "run/like_plan.h"
#include "run/schema_map.h"

/* ---- Counters ---- */

static int64_t
type_end(int kind)
{
    switch (kind) {
    case PD_KIND_INT8:
        return INT8_MAX;
    case PD_KIND_INT16:
        return INT16_MAX;
    case PD_KIND_INT32:
        return INT32_MAX;
    default:
        return INT64_MAX;
    }
}

/* Bounds that say no more than the type does are none. */
static bool
has_bounds(const struct pd_counter *counter, int kind)
{
    return counter->flags & PD_COUNTER_BOUNDS &&
           (counter->start != 1 || counter->minimum != 1 || counter->maximum != type_end(kind));
}

static bool
same_bounds(const struct pd_counter *a, const struct pd_counter *b, int kind)
{
    if (!has_bounds(a, kind) || !has_bounds(b, kind))
        return !has_bounds(a, kind);
    return a->start == b->start && a->minimum == b->minimum && a->maximum == b->maximum;
}

/* One that goes on behind rows that steps have made may be anywhere. */
static bool
same_next(const struct pd_counter *a, const struct pd_counter *b)
{
    return a->flags & PD_COUNTER_ADVANCE || a->next == b->next;
}

bool
like_same_counter(const struct pd_counter *a, const struct pd_counter *b, int kind, bool strict)
{
    int64_t step_a = a->increment ? a->increment : 1, step_b = b->increment ? b->increment : 1;
    uint32_t differ = a->flags ^ b->flags;

    if (!same_next(a, b) || step_a != step_b ||
        differ & (PD_COUNTER_CYCLE | PD_COUNTER_SERVER_STEPS))
        return false;
    if (strict)
        return a->start == b->start && a->minimum == b->minimum && a->maximum == b->maximum &&
               a->cache == b->cache && !(differ & PD_COUNTER_BOUNDS);
    return same_bounds(a, b, kind);
}

/* ---- Sequences ---- */

/* The counter of an identity column is compared there. */
static bool
is_of_identity(const struct pd_catalog *catalog, const struct pd_sequence *sequence,
               long *ret_table, long *ret_column)
{
    *ret_table = sequence->owner_table
                     ? schema_find_table(catalog, sequence->schema, sequence->owner_table)
                     : -1;
    *ret_column = *ret_table >= 0 && sequence->owner_column
                      ? schema_find_column(&catalog->tables[*ret_table], sequence->owner_column)
                      : -1;
    return *ret_column >= 0 && catalog->tables[*ret_table].columns[*ret_column].identity;
}

/* "schema__name", as it is called in engines that have no schemas. */
static bool
is_flat(const char *flat, const char *schema, const char *name)
{
    size_t size = schema ? strlen(schema) : 0;

    return size && strncmp(flat, schema, size) == 0 && strncmp(flat + size, "__", 2) == 0 &&
           strcmp(flat + size + 2, name) == 0;
}

static const struct pd_sequence *
find_sequence(const struct like_plan *plan, const struct pd_sequence *a)
{
    const char *schema = schema_mapped(plan->options->schema_map, a->schema);

    for (size_t i = 0; i < plan->b->n_sequences; i++)
        if (strcmp(plan->b->sequences[i].name, a->name) == 0 &&
            like_same_text(plan->b->sequences[i].schema, schema))
            return &plan->b->sequences[i];
    for (size_t i = 0; i < plan->b->n_sequences; i++)
        if (like_same_text(plan->b->sequences[i].schema, NULL) &&
            is_flat(plan->b->sequences[i].name, schema, a->name))
            return &plan->b->sequences[i];
    return NULL;
}

static bool
has_difference(const struct like_plan *plan, uint32_t part, uint32_t table, uint32_t number)
{
    for (size_t i = 0; i < plan->n_differences; i++)
        if (plan->differences[i].part == part && plan->differences[i].table == table &&
            plan->differences[i].number == number)
            return true;
    return false;
}

static pd_status
show_sequence(struct like_plan *plan, uint32_t number, struct pd_sequence *shown, size_t *n,
              struct pd_error *err)
{
    const struct pd_sequence *a = &plan->a->sequences[number];
    const struct pd_sequence *b = find_sequence(plan, a);
    long table, column;

    if (is_of_identity(plan->a, a, &table, &column) && (!b || !plan->same_engine)) {
        if (!has_difference(plan, PD_PART_IDENTITY, (uint32_t)table, (uint32_t)column))
            shown[(*n)++] = *a;
        return PD_OK;
    }
    if (b && a->kind == b->kind && like_same_text(a->comment, b->comment) &&
        like_same_counter(&a->counter, &b->counter, (int)a->kind, plan->is_strict)) {
        shown[(*n)++] = *a;
        return PD_OK;
    }
    if (b)
        shown[(*n)++] = *b;
    return like_differs(plan, PD_PART_SEQUENCE, PD_NO_TABLE, number, err, "sequence '%s' %s",
                        a->name, b ? "differs" : "is missing");
}

static bool
is_of_a(const struct like_plan *plan, const struct pd_sequence *b)
{
    long table, column;

    if (is_of_identity(plan->b, b, &table, &column))
        return true;
    for (size_t i = 0; i < plan->a->n_sequences; i++)
        if (find_sequence(plan, &plan->a->sequences[i]) == b)
            return true;
    return false;
}

static pd_status
show_sequences(struct like_plan *plan, struct pd_error *err)
{
    size_t room = plan->a->n_sequences + plan->b->n_sequences + 1, n = 0;
    struct pd_sequence *shown = arena_array(plan->arena, struct pd_sequence, room);
    pd_status status = shown ? PD_OK : error_memory(err);

    for (uint32_t i = 0; i < plan->a->n_sequences && status == PD_OK; i++)
        status = show_sequence(plan, i, shown, &n, err);
    for (size_t i = 0; i < plan->b->n_sequences && status == PD_OK; i++) {
        if (is_of_a(plan, &plan->b->sequences[i]))
            continue;
        shown[n++] = plan->b->sequences[i];
        status = like_differs(plan, PD_PART_SEQUENCE, PD_NO_TABLE, PD_NO_COLUMN, err,
                              "sequence '%s' is additional", plan->b->sequences[i].name);
    }
    plan->shown->sequences = shown;
    plan->shown->n_sequences = n;
    return status;
}

/* ---- Objects ---- */

static const struct pd_object *
find_object(const struct pd_catalog *catalog, const struct pd_object *object)
{
    for (size_t i = 0; i < catalog->n_objects; i++) {
        const struct pd_object *other = &catalog->objects[i];

        if (strcmp(other->kind, object->kind) == 0 && strcmp(other->name, object->name) == 0 &&
            like_same_text(other->schema, object->schema) &&
            like_same_text(other->table, object->table))
            return other;
    }
    return NULL;
}

/* A schema is in the names of its tables, which are found by rules. */
static bool
is_named_by_rule(const struct like_plan *plan, const struct pd_object *object)
{
    return object_is_schema(object) && (!plan->same_engine || plan->options->schema_map);
}

static pd_status
compare_object(struct like_plan *plan, uint32_t number, struct pd_error *err)
{
    const struct pd_object *a = &plan->a->objects[number];
    const struct pd_object *b = plan->same_engine ? find_object(plan->b, a) : NULL;

    if (a->flags & PD_OBJECT_ACCESS || is_named_by_rule(plan, a) ||
        (b ? like_same_text(a->sql, b->sql) : object_is_settings(a)))
        return PD_OK;
    return like_differs(plan, PD_PART_OBJECT, PD_NO_TABLE, number, err, "%s '%s' %s", a->kind,
                        a->name, b ? "differs" : "is missing");
}

/* In another engine, what runs nothing is how it keeps what was asked for. */
static bool
is_extra_object(const struct like_plan *plan, const struct pd_object *b)
{
    if (b->flags & PD_OBJECT_ACCESS || is_named_by_rule(plan, b) || object_is_settings(b))
        return false;
    return plan->same_engine ? !find_object(plan->a, b) : !(b->flags & PD_OBJECT_PASSIVE);
}

/* b's, which count tables as they are shown. */
static pd_status
show_needs(struct like_plan *plan, const uint32_t *to_shown, struct pd_object *object,
           struct pd_error *err)
{
    uint32_t *tables = arena_array(plan->arena, uint32_t, object->n_needs_tables + 1);
    size_t n = 0;

    if (!tables)
        return error_memory(err);
    for (size_t i = 0; i < object->n_needs_tables; i++)
        if (to_shown[object->needs_tables[i]] != PD_NO_TABLE)
            tables[n++] = to_shown[object->needs_tables[i]];
    object->needs_tables = tables;
    object->n_needs_tables = n;
    return PD_OK;
}

static pd_status
show_all_objects(struct like_plan *plan, struct pd_error *err)
{
    struct pd_object *shown = arena_array(plan->arena, struct pd_object, plan->b->n_objects + 1);
    uint32_t *to_shown = arena_array(plan->arena, uint32_t, plan->b->n_tables + 1);
    pd_status status = shown && to_shown ? PD_OK : error_memory(err);

    for (size_t i = 0; i < plan->b->n_tables && status == PD_OK; i++)
        to_shown[i] = PD_NO_TABLE;
    for (uint32_t i = 0; i < plan->shown->n_tables && status == PD_OK; i++)
        to_shown[plan->tables[i].b_number] = i;
    for (size_t i = 0; i < plan->b->n_objects && status == PD_OK; i++) {
        shown[i] = plan->b->objects[i];
        status = show_needs(plan, to_shown, &shown[i], err);
    }
    plan->shown->objects = shown;
    plan->shown->n_objects = plan->b->n_objects;
    return status;
}

static pd_status
show_objects(struct like_plan *plan, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < plan->a->n_objects && status == PD_OK; i++)
        status = compare_object(plan, i, err);
    for (size_t i = 0; i < plan->b->n_objects && status == PD_OK; i++) {
        const struct pd_object *b = &plan->b->objects[i];

        if (is_extra_object(plan, b))
            status = like_differs(plan, PD_PART_OBJECT, PD_NO_TABLE, PD_NO_COLUMN, err,
                                  "%s '%s' is additional", b->kind, b->name);
    }
    plan->shown->objects = NULL;
    plan->shown->n_objects = 0;
    return status == PD_OK && plan->same_engine ? show_all_objects(plan, err) : status;
}

/* ---- Properties ---- */

static bool
has_property(const struct pd_catalog *catalog, const struct pd_property *property)
{
    for (size_t i = 0; i < catalog->n_properties; i++)
        if (!catalog->properties[i].is_note &&
            strcmp(catalog->properties[i].name, property->name) == 0 &&
            like_same_text(catalog->properties[i].value, property->value))
            return true;
    return false;
}

/* They are facts of one engine. Of another one only its notes are shown: they tell what could not
   be read. */
static pd_status
show_properties(struct like_plan *plan, struct pd_error *err)
{
    struct pd_property *shown =
        arena_array(plan->arena, struct pd_property, plan->b->n_properties + 1);
    size_t n = 0;
    pd_status status = shown ? PD_OK : error_memory(err);

    for (size_t i = 0; i < plan->b->n_properties && status == PD_OK; i++)
        if (plan->same_engine || plan->b->properties[i].is_note == PD_NOTE)
            shown[n++] = plan->b->properties[i];
    for (uint32_t i = 0; i < plan->a->n_properties && status == PD_OK && plan->same_engine; i++) {
        const struct pd_property *a = &plan->a->properties[i];

        if (!a->is_note && !has_property(plan->b, a))
            status = like_differs(plan, PD_PART_PROPERTY, PD_NO_TABLE, i, err, "'%s' is not '%s'",
                                  a->name, a->value);
    }
    plan->shown->properties = shown;
    plan->shown->n_properties = n;
    return status;
}

pd_status
like_rest(struct like_plan *plan, struct pd_error *err)
{
    pd_status status = show_sequences(plan, err);

    if (status == PD_OK)
        status = show_objects(plan, err);
    return status == PD_OK ? show_properties(plan, err) : status;
}
