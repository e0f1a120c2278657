// SPDX-License-Identifier: Apache-2.0
/* stage_plain - generated columns whose values are known: those of a source that reads them, as
   long as no step has changed what they are made of. */
#include <string.h>

#include "migrate/stage_inside.h"
#include "model/schema.h"

/* A copy of a table, in which columns can be made plain ones. */
static struct pd_table *
table_copy(struct arena *arena, const struct pd_table *table)
{
    struct pd_table *copy = arena_copy(arena, table, sizeof *copy);

    if (copy)
        copy->columns =
            arena_copy(arena, table->columns, table->n_columns * sizeof *table->columns);
    return copy && copy->columns ? copy : NULL;
}

static void
make_plain(struct pd_table *table, uint32_t column)
{
    struct pd_column *columns = (struct pd_column *)(uintptr_t)table->columns;

    columns[column].generated = PD_GENERATED_NO;
}

pd_status
stage_plain_open(struct stage *stage, struct pd_error *err)
{
    const struct planned *planned = &stage->planned;
    const struct pd_catalog *before = planned->before;

    stage->plain = arena_array(stage->arena, struct stage_plain, planned->after->n_tables + 1);
    stage->given = arena_array(stage->arena, struct pd_table *, before->n_tables + 1);
    if (!stage->plain || !stage->given)
        return error_memory(err);
    for (size_t i = 0; i < before->n_tables; i++) {
        const bool *computed = planned->flows[i].computed;

        if (!computed)
            continue;
        stage->given[i] = table_copy(stage->arena, &before->tables[i]);
        if (!stage->given[i])
            return error_memory(err);
        for (uint32_t k = 0; k < before->tables[i].n_columns; k++)
            if (computed[k])
                make_plain(stage->given[i], k);
    }
    return PD_OK;
}

const struct pd_table *
stage_given(const struct stage *stage, uint32_t table)
{
    return stage->given[table] ? stage->given[table] : &stage->inner->catalog->tables[table];
}

const struct pd_table *
stage_table(const struct stage *stage, uint32_t table)
{
    return stage->plain[table].after ? stage->plain[table].after
                                     : &stage->planned.after->tables[table];
}

const struct pd_table *
stage_origin(const struct stage *stage, uint32_t table, uint32_t before)
{
    return stage->plain[table].before ? stage->plain[table].before
                                      : &stage->inner->catalog->tables[before];
}

static bool
same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* Is it made of the same as before? Names that are others now are not followed. */
static bool
is_same(const struct pd_column *a, const struct pd_column *b)
{
    return a->generated && b->generated && schema_same_type(&a->type, &b->type) &&
           (same_text(a->expression, b->expression) ||
            (!a->expression && !b->expression &&
             same_text(a->expression_native, b->expression_native)));
}

/* Are the rows of the table, and so what its columns are made of, those that were? */
static bool
has_same_values(const struct stage *stage, uint32_t table)
{
    const struct stage_way *way = &stage->ways[table];
    const struct pd_table *after = &stage->planned.after->tables[table], *before;

    if (!way->is_single || stage->planned.feeds[table].may_update)
        return false;
    before = &stage->inner->catalog->tables[way->parts[0].from];
    for (size_t i = 0; i < after->n_columns; i++) {
        uint32_t from = way->parts[0].columns[i];

        if (from != PD_NO_COLUMN && schema_column_travels(&after->columns[i]) &&
            (strcmp(before->columns[from].name, after->columns[i].name) != 0 ||
             !schema_same_type(&before->columns[from].type, &after->columns[i].type)))
            return false;
    }
    return true;
}

pd_status
stage_compute(struct stage *stage, struct pd_source *inner, uint32_t table, uint32_t column,
              struct pd_error *err)
{
    const struct stage_way *way = &stage->ways[table];
    const struct pd_table *after = &stage->planned.after->tables[table], *before;
    struct stage_plain *plain = &stage->plain[table];
    uint32_t from;
    pd_status status;

    if (!has_same_values(stage, table))
        return PD_UNSUPPORTED;
    before = &stage->inner->catalog->tables[way->parts[0].from];
    from = way->parts[0].columns[column];
    if (from == PD_NO_COLUMN || !is_same(&before->columns[from], &after->columns[column]))
        return PD_UNSUPPORTED;
    status = stage->inner->ops->compute(inner, way->parts[0].from, from, err);
    if (status != PD_OK)
        return status;
    if (!plain->before)
        plain->before = table_copy(stage->arena, before);
    if (!plain->after)
        plain->after = table_copy(stage->arena, after);
    if (!plain->before || !plain->after)
        return error_memory(err);
    make_plain(plain->before, from);
    make_plain(plain->after, column);
    return PD_OK;
}
