// SPDX-License-Identifier: Apache-2.0
/* changes_catalog - the drafts as a catalogue. */
#include <string.h>

#include "migrate/changes_inside.h"

/* ---- Order ---- */

static int
compare_schemas(const struct draft *a, const struct draft *b)
{
    return strcmp(a->table.schema ? a->table.schema : "", b->table.schema ? b->table.schema : "");
}

/* Where a table that has a new name stands: by it, among those of its schema. */
static size_t
place_of(struct draft *const *order, size_t n, const struct draft *draft)
{
    size_t first = n, behind = 0;

    for (size_t i = 0; i < n; i++) {
        if (compare_schemas(order[i], draft) != 0)
            continue;
        if (first == n)
            first = i;
        if (strcmp(order[i]->table.name, draft->table.name) < 0)
            behind = i + 1;
    }
    if (behind)
        return behind;
    if (first < n)
        return first;
    for (size_t i = 0; i < n; i++) {
        if (compare_schemas(order[i], draft) > 0)
            return i;
    }
    return n;
}

/* Tables of before keep the order that their source gave them. */
static pd_status
order_drafts(struct pd_changes *c, struct draft ***ret_order, size_t *ret_n)
{
    struct draft **order = arena_array(c->arena, struct draft *, c->n_drafts);
    size_t n = 0;

    if (!order)
        return error_memory(&c->err);
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *draft = c->drafts[i];

        if (!draft->gone && !draft->is_renamed && draft->own != PD_NO_TABLE)
            order[n++] = draft;
    }
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *draft = c->drafts[i];
        size_t at;

        if (draft->gone || (!draft->is_renamed && draft->own != PD_NO_TABLE))
            continue;
        at = place_of(order, n, draft);
        memmove(&order[at + 1], &order[at], (n - at) * sizeof(struct draft *));
        order[at] = draft;
        n++;
    }
    *ret_order = order;
    *ret_n = n;
    return PD_OK;
}

/* ---- Tables ---- */

/* The names of what it points to, as they are by now. */
static void
name_target(const struct draft *draft, struct draft_foreign *foreign)
{
    const struct draft *to = foreign->to;
    struct pd_foreign *f = &foreign->foreign;

    if (!to || (!to->is_renamed && !draft->is_renamed && !foreign->is_moved))
        return;
    f->to_table = to->table.name;
    if (compare_schemas(to, draft) == 0)
        f->to_schema = NULL;
    else
        f->to_schema = to->table.schema ? to->table.schema : "";
}

static pd_status
put_arrays(struct pd_changes *c, const struct draft *draft, struct pd_table *table)
{
    struct pd_key *keys = arena_array(c->arena, struct pd_key, draft->n_keys);
    struct pd_check *checks = arena_array(c->arena, struct pd_check, draft->n_checks);
    struct pd_foreign *foreigns = arena_array(c->arena, struct pd_foreign, draft->n_foreigns);

    if (!keys || !checks || !foreigns)
        return error_memory(&c->err);
    for (size_t i = 0; i < draft->n_keys; i++)
        keys[i] = draft->keys[i].key;
    for (size_t i = 0; i < draft->n_checks; i++)
        checks[i] = draft->checks[i].check;
    for (size_t i = 0; i < draft->n_foreigns; i++) {
        name_target(draft, &draft->foreigns[i]);
        foreigns[i] = draft->foreigns[i].foreign;
    }
    table->keys = keys;
    table->n_keys = draft->n_keys;
    table->key_size = sizeof *keys;
    table->checks = checks;
    table->n_checks = draft->n_checks;
    table->check_size = sizeof *checks;
    table->foreigns = foreigns;
    table->n_foreigns = draft->n_foreigns;
    table->foreign_size = sizeof *foreigns;
    return PD_OK;
}

/* Do rows come in the order of the table's key, as they did before? */
static bool
keeps_order(const struct pd_changes *c, const struct draft *draft, const struct pd_table *table)
{
    const struct pd_table *before;
    const struct pd_key *a, *b;

    if (changes_makes_rows(c, draft) || draft->may_update)
        return false;
    before = &c->before->tables[draft->own];
    a = schema_order_key(before);
    b = schema_order_key(table);
    if (!a || !b || a->n_parts != b->n_parts)
        return false;
    for (size_t i = 0; i < a->n_parts; i++) {
        uint32_t column = (uint32_t)b->parts[i].column;

        if (draft->streams[0].from[column] != (uint32_t)a->parts[i].column ||
            !schema_same_type(&before->columns[a->parts[i].column].type,
                              &table->columns[column].type))
            return false;
    }
    return true;
}

/* Is a column of before of another type now? */
static bool
is_converted(const struct pd_changes *c, const struct draft *draft)
{
    const struct pd_table *before = &c->before->tables[draft->own];

    for (size_t i = 0; i < draft->table.n_columns; i++) {
        uint32_t from = draft->streams[0].from[i];

        if (from < before->n_columns &&
            !schema_same_type(&before->columns[from].type, &draft->columns[i].type))
            return true;
    }
    return false;
}

/* Are values of its rows, or what they are held against, the step's? */
static bool
is_changed(const struct pd_changes *c, const struct draft *draft)
{
    bool is_given = false;

    for (size_t i = 0; i < draft->n_checks; i++)
        is_given = is_given || draft->checks[i].is_given;
    for (size_t i = 0; i < draft->n_foreigns; i++)
        is_given = is_given || draft->foreigns[i].is_given;
    return is_given || draft->may_update || changes_makes_rows(c, draft) || is_converted(c, draft);
}

static pd_status
put_tables(struct pd_changes *c, struct pd_catalog *after)
{
    struct draft **order = NULL;
    size_t n = 0;
    struct pd_table *tables;
    pd_status status = order_drafts(c, &order, &n);

    if (status != PD_OK)
        return status;
    tables = arena_array(c->arena, struct pd_table, n);
    if (!tables)
        return error_memory(&c->err);
    for (size_t i = 0; i < c->n_drafts; i++)
        c->drafts[i]->number = PD_NO_TABLE;
    for (uint32_t i = 0; i < n && status == PD_OK; i++) {
        order[i]->number = i;
        tables[i] = order[i]->table;
        status = put_arrays(c, order[i], &tables[i]);
        if (status == PD_OK && !keeps_order(c, order[i], &tables[i]))
            tables[i].flags &= ~(uint32_t)PD_TABLE_KEY_ORDER;
        if (is_changed(c, order[i]))
            tables[i].flags |= PD_TABLE_CHANGED;
    }
    after->tables = tables;
    after->n_tables = n;
    after->table_size = sizeof *tables;
    return status;
}

/* ---- The rest ---- */

static pd_status
put_sequences(struct pd_changes *c, struct pd_catalog *after)
{
    struct pd_sequence *sequences = arena_array(c->arena, struct pd_sequence, c->n_sequences);
    size_t n = 0;

    if (!sequences)
        return error_memory(&c->err);
    for (size_t i = 0; i < c->n_sequences; i++) {
        struct draft_sequence *s = &c->sequences[i];

        if (s->is_gone)
            continue;
        if (s->owner)
            s->sequence.owner_table = s->owner->table.name;
        sequences[n++] = s->sequence;
    }
    after->sequences = sequences;
    after->n_sequences = n;
    after->sequence_size = sizeof *sequences;
    return PD_OK;
}

static pd_status
put_objects(struct pd_changes *c, struct pd_catalog *after)
{
    struct pd_object *objects = arena_array(c->arena, struct pd_object, c->before->n_objects);
    size_t n = 0;

    if (!objects)
        return error_memory(&c->err);
    for (size_t i = 0; i < c->before->n_objects; i++) {
        if (!c->objects_gone[i])
            objects[n++] = c->before->objects[i];
    }
    after->objects = objects;
    after->n_objects = n;
    after->object_size = sizeof *objects;
    return PD_OK;
}

pd_status
changes_catalog(struct pd_changes *c, struct arena *arena, struct pd_catalog **ret_after)
{
    struct pd_catalog after = *c->before;
    pd_status status = put_tables(c, &after);

    after.application_version = c->migration->to;
    if (status == PD_OK)
        status = put_sequences(c, &after);
    if (status == PD_OK)
        status = put_objects(c, &after);
    if (status == PD_OK)
        status = schema_adopt(arena, &after, ret_after, &c->err);
    return status;
}
