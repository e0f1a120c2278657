// SPDX-License-Identifier: Apache-2.0
/* stage_convert - values of columns whose type a step changes, for rows that go through it: as
   straight.c has them for all others. */
#include "migrate/step_inside.h"
#include "migrate/step_value.h"

/* The column that one of `before` has become; NULL: none. */
static const struct pd_column *
find_column(const struct planned *planned, uint32_t table, uint32_t column)
{
    const struct flow *flow = &planned->flows[table];
    const struct pd_table *to;

    if (!flow->columns)
        return NULL;
    to = &planned->after->tables[flow->to_table];
    for (uint32_t i = 0; i < to->n_columns; i++)
        if (flow->columns[i] == column)
            return &to->columns[i];
    return NULL;
}

MUST_USE static pd_status
open_change(struct pd_step *step, uint32_t table, uint32_t column, struct change *change,
            struct pd_error *err)
{
    const struct planned *planned = &step->stage->planned;
    const struct pd_column *from = &planned->before->tables[table].columns[column];
    const struct pd_column *to = find_column(planned, table, column);
    pd_status status = PD_UNSUPPORTED;

    if (to)
        status = convert_open(&from->type, &to->type, CONVERT_JSON, &change->conversion, err);
    change->is_open = status == PD_OK || status == PD_UNSUPPORTED;
    return status;
}

pd_status
step_convert(struct pd_step *step, uint32_t table, uint32_t column, const struct pd_value *value,
             struct pd_value *ret_value, struct pd_error *err)
{
    const struct pd_catalog *before = step->stage->planned.before;
    struct cell cell = step_value_cell(value), converted;
    struct change *change;
    pd_status status;

    if (table >= before->n_tables || column >= before->tables[table].n_columns)
        return error_fail(err, PD_FAILED, PD_CAUSE_BUG, "there is no column number %u", column);
    if (!step->changes[table])
        step->changes[table] =
            arena_array(step->stage->arena, struct change, before->tables[table].n_columns);
    if (!step->changes[table])
        return error_memory(err);
    change = &step->changes[table][column];
    status = change->is_open ? PD_OK : open_change(step, table, column, change, err);
    if (status != PD_OK && status != PD_UNSUPPORTED)
        return status;
    if (!change->conversion || (value->tag >= 0 && value->size > INT32_MAX))
        return PD_UNSUPPORTED;
    status = convert_cell(change->conversion, &cell, &converted, err);
    if (status == PD_OK)
        *ret_value = step_value_of(&converted);
    return status;
}

void
step_convert_close(struct pd_step *step)
{
    const struct pd_catalog *before = step->stage->planned.before;

    for (size_t i = 0; step->changes && i < before->n_tables; i++)
        for (size_t k = 0; step->changes[i] && k < before->tables[i].n_columns; k++)
            convert_free(step->changes[i][k].conversion);
}
