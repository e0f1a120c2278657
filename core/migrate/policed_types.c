// SPDX-License-Identifier: Apache-2.0
// policed_types - which types columns have that hold keys of the target: those of these keys.
#include <string.h>

#include "migrate/policed_inside.h"
#include "model/kind.h"
#include "model/schema.h"

static pd_status
columns_own(struct policed *policed, uint32_t number, struct pd_error *err)
{
    struct policed_table *t = &policed->tables[number];
    const struct pd_table *table = &policed->inner->catalog->tables[number];

    if (t->shown)
        return PD_OK;
    t->shown = arena_array(policed->arena, struct pd_column, table->n_columns + 1);
    if (!t->shown)
        return error_memory(err);
    for (size_t i = 0; i < table->n_columns; i++)
        t->shown[i] = table->columns[i];
    return PD_OK;
}

bool
policed_is_other_kind(const struct pd_column *a, const struct pd_column *b)
{
    return a->type.kind != b->type.kind &&
           !(kind_is_integer(a->type.kind) && kind_is_integer(b->type.kind));
}

/* The column gets the type of a key of the target. What is said of its old values is not said of
   others: the tables are there already, and theirs counts. */
static pd_status
column_retype(struct policed *policed, uint32_t number, uint32_t at, const struct pd_column *key,
              struct pd_error *err)
{
    const struct policed_table *t = &policed->tables[number];
    const struct pd_table *table = &policed->inner->catalog->tables[number];
    const struct pd_column *was = &table->columns[at];
    struct pd_column *column;
    pd_status status;

    if (schema_same_type(&was->type, &key->type))
        return PD_OK;
    status = columns_own(policed, number, err);
    if (status != PD_OK)
        return status;
    column = &t->shown[at];
    column->type = key->type;
    column->hint = key->hint;
    column->collation = key->collation;
    column->collation_native = strcmp(policed->inner->engine, policed->target.source->engine) == 0
                                   ? key->collation_native
                                   : NULL;
    column->native = "";
    column->flags |= PD_COLUMN_NEUTRAL;
    if (policed_is_other_kind(was, key)) {
        column->default_kind = PD_DEFAULT_NONE;
        column->default_native = NULL;
        column->identity = PD_IDENTITY_NO;
    }
    return PD_OK;
}

static pd_status
recoded_retype(struct policed *policed, uint32_t number, struct pd_error *err)
{
    const struct policed_table *t = &policed->tables[number];
    pd_status status = PD_OK;

    for (size_t i = 0; i < t->n_references; i++)
        for (size_t k = 0;
             t->references[i].ident && k < t->references[i].foreign->n_columns && status == PD_OK;
             k++)
            status = column_retype(policed, number, t->references[i].foreign->columns[k],
                                   ident_target_column(t->references[i].ident, k), err);
    return status;
}

/* The columns that get other values, as a table of their own. */
static pd_status
recoded_describe(struct policed *policed, uint32_t number, struct pd_error *err)
{
    struct policed_table *t = &policed->tables[number];
    const struct pd_table *table = &policed->inner->catalog->tables[number];
    struct pd_column *columns = arena_array(policed->arena, struct pd_column, t->n_recoded + 1);

    if (!columns)
        return error_memory(err);
    for (size_t i = 0; i < t->n_recoded; i++)
        columns[i] = t->shown ? t->shown[t->recoded[i]] : table->columns[t->recoded[i]];
    t->recoded_table = *table;
    t->recoded_table.columns = columns;
    t->recoded_table.n_columns = t->n_recoded;
    return PD_OK;
}

pd_status
policed_types(struct policed *policed, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < policed->inner->catalog->n_tables && status == PD_OK; i++) {
        status = recoded_retype(policed, i, err);
        if (status == PD_OK)
            status = recoded_describe(policed, i, err);
    }
    return status;
}
