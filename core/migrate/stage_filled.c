// SPDX-License-Identifier: Apache-2.0
// stage_filled - a new column that must not be NULL and has no value is refused where there are
// rows without one, as soon as anybody knows that there are some; an empty table may get any
// column.
#include "migrate/stage_inside.h"
#include "migrate/straight.h"

static pd_status count_rows(const struct opened_source *source, uint32_t table, uint64_t *ret_n,
                            struct pd_error *err);

/* What a step before this one has made counts only when it is made. */
static pd_status
count_stage(const struct stage *stage, uint32_t table, uint64_t *ret_n, struct pd_error *err)
{
    const struct stage_way *way = &stage->ways[table];
    pd_status status = PD_OK;

    *ret_n = 0;
    for (size_t i = 0; i < way->n_parts && status == PD_OK; i++) {
        const struct stage_part *part = &way->parts[i];
        uint64_t n = 0;

        if (part->made && !stage->has_run)
            return PD_UNSUPPORTED;
        if (part->made)
            n = part->made->n_rows;
        else
            status = count_rows(stage->inner, part->from, &n, err);
        *ret_n += n;
    }
    return status;
}

/* PD_UNSUPPORTED: nobody knows before the rows are read. */
static pd_status
count_rows(const struct opened_source *source, uint32_t table, uint64_t *ret_n,
           struct pd_error *err)
{
    const struct stage *stage = stage_behind(source);
    struct pd_extent extent = {.struct_size = sizeof extent};
    const struct pd_stats *known = NULL;
    pd_status status = PD_UNSUPPORTED;

    if (stage)
        return count_stage(stage, table, ret_n, err);
    if (source->ops->stats)
        status = source->ops->stats(source->handle, table, &known, err);
    if (status == PD_OK)
        *ret_n = known->n_rows;
    if (status != PD_UNSUPPORTED || !source->ops->extent)
        return status;
    status = source->ops->extent(source->handle, table, &extent, err);
    if (status == PD_OK)
        *ret_n = extent.n_rows;
    return status;
}

static pd_status
prove_part(const struct stage *stage, uint32_t table, const struct stage_part *part,
           struct pd_error *err)
{
    const struct pd_table *before = &stage->inner->catalog->tables[part->from];
    const struct pd_table *after = &stage->planned.after->tables[table];
    uint32_t column = part->made ? PD_NO_COLUMN : straight_unfilled(after, part->columns);
    uint64_t n = 0;
    pd_status status;

    if (column == PD_NO_COLUMN)
        return PD_OK;
    status = count_rows(stage->inner, part->from, &n, err);
    if (status == PD_OK && n)
        status = straight_refuse_unfilled(before, after, column, err);
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

pd_status
stage_prove_filled(const struct stage *stage, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < stage->planned.after->n_tables; i++) {
        const struct stage_way *way = &stage->ways[i];

        for (size_t k = 0; k < way->n_parts && status == PD_OK; k++)
            if (way->parts[k].columns)
                status = prove_part(stage, i, &way->parts[k], err);
    }
    return status;
}
