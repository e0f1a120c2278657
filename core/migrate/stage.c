// SPDX-License-Identifier: Apache-2.0
// stage - a source as it is after a step: its tables, and who reads them.
#include "migrate/stage.h"

#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "migrate/stage_inside.h"
#include "model/schema.h"

/* What stands behind struct pd_source *. */
struct stage_handle {
    struct stage *stage;
    struct pd_source *inner;
    bool is_twin; /* inner is this handle's to close */
    struct stage_rows rows;
};

static struct stage_handle *
handle_of(struct pd_source *source)
{
    return (struct stage_handle *)(void *)source;
}

static struct pd_source *
source_of(struct stage_handle *handle)
{
    return (struct pd_source *)(void *)handle;
}

pd_status
stage_prefix(const struct stage *stage, const struct pd_table *table, pd_status status,
             struct pd_error *err)
{
    const struct pd_migration *m = stage->migration;
    const char *origin = PD_HAS(struct pd_migration, m, origin) ? m->origin : NULL;

    return error_prefix(err, status, "step '%s' -> '%s'%s%s%s%s%s%s", m->from, m->to,
                        origin ? " (" : "", origin ? origin : "", origin ? ")" : "",
                        table ? ", table '" : "", table ? schema_table_name(table) : "",
                        table ? "'" : "");
}

/* ---- Operations ---- */

static pd_status
handle_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
               struct pd_error *err)
{
    *ret_catalog = handle_of(source)->stage->planned.after;
    return PD_OK;
}

static pd_status
handle_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    struct stage_handle *handle = handle_of(source);
    struct stage *stage = handle->stage;
    const struct pd_catalog *after = stage->planned.after;

    if (scan->table >= after->n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "there is no table number %u", scan->table);
    if (scan->where && !stage->ways[scan->table].passes) {
        pd_status status = error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                                      "rows cannot be selected by a condition where a step changes "
                                      "the table; leave the condition out");

        return stage_prefix(stage, NULL, status, err);
    }
    return stage_rows_start(&handle->rows, stage, handle->inner, scan->table, scan, false, err);
}

static pd_status
handle_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    return stage_rows_next(&handle_of(source)->rows, ret_batch, err);
}

static void
handle_free(struct stage_handle *handle)
{
    if (!handle)
        return;
    stage_rows_close(&handle->rows);
    if (handle->is_twin)
        handle->stage->inner->ops->close(handle->inner);
    free(handle);
}

static void
handle_close(struct pd_source *source)
{
    handle_free(handle_of(source));
}

static pd_status
handle_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    struct stage_handle *handle = handle_of(source);
    struct stage_handle *twin = calloc(1, sizeof *twin);
    pd_status status = twin ? PD_OK : error_memory(err);

    if (status == PD_OK)
        status = handle->stage->inner->ops->share(handle->inner, &twin->inner, err);
    if (status != PD_OK) {
        free(twin);
        return status;
    }
    twin->stage = handle->stage;
    twin->is_twin = true;
    *ret_twin = source_of(twin);
    return PD_OK;
}

static pd_status
handle_extent(struct pd_source *source, uint32_t table, struct pd_extent *extent,
              struct pd_error *err)
{
    struct stage_handle *handle = handle_of(source);
    const struct stage_way *way = &handle->stage->ways[table];

    if (!way->is_single)
        return PD_UNSUPPORTED;
    if (!way->passes) /* handle_facts() says nothing of what was handed out */
        extent->flags &= ~(uint32_t)PD_EXTENT_ROUGH_WILL_DO;
    return handle->stage->inner->ops->extent(handle->inner, way->parts[0].from, extent, err);
}

static pd_status
handle_facts(struct pd_source *source, const struct pd_scan *scan, int level,
             const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    struct stage_handle *handle = handle_of(source);
    const struct stage_way *way = &handle->stage->ways[scan->table];
    struct pd_scan inner = *scan;

    if (!way->passes)
        return PD_UNSUPPORTED;
    inner.table = way->parts[0].from;
    return handle->stage->inner->ops->facts(handle->inner, &inner, level, ret_facts, ret_n_facts,
                                            err);
}

static pd_status
handle_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                 void *buffer, size_t size, struct pd_error *err)
{
    return stage_rows_long(&handle_of(source)->rows, cell, offset, buffer, size, err);
}

/* A step that makes no rows may still say something, or refuse, while nothing is in its place. */
static pd_status
run_alone(struct stage *stage, struct pd_source *inner, struct pd_error *err)
{
    const struct pd_migration *m = stage->migration;
    bool has_code = PD_HAS(struct pd_migration, m, begin) && stage->planned.n_needs == 0;

    has_code |=
        PD_HAS(struct pd_migration, m, before_load) || PD_HAS(struct pd_migration, m, after_load);
    return has_code && stage->planned.n_seen == 0 && stage->planned.n_made == 0
               ? stage_run(stage, inner, err)
               : PD_OK;
}

static pd_status
handle_recheck(struct pd_source *source, struct pd_error *err)
{
    struct stage_handle *handle = handle_of(source);
    struct stage *stage = handle->stage;
    pd_status status = run_alone(stage, handle->inner, err);

    if (status == PD_OK && stage->inner->ops->recheck)
        status = stage->inner->ops->recheck(handle->inner, err);
    return status;
}

static pd_status
handle_stats(struct pd_source *source, uint32_t table, const struct pd_stats **ret_stats,
             struct pd_error *err)
{
    struct stage_handle *handle = handle_of(source);
    const struct stage_way *way = &handle->stage->ways[table];

    if (!way->same_rows)
        return PD_UNSUPPORTED;
    return handle->stage->inner->ops->stats(handle->inner, way->parts[0].from, ret_stats, err);
}

static pd_status
handle_compute(struct pd_source *source, uint32_t table, uint32_t column, struct pd_error *err)
{
    struct stage_handle *handle = handle_of(source);

    return stage_compute(handle->stage, handle->inner, table, column, err);
}

/* Never called: a source of this kind is made by stage_open(). */
static pd_status
handle_no_open(const struct pd_host *host, const struct pd_endpoint *end,
               struct pd_source **ret_source, struct pd_error *err)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "a migrated source is not opened by itself");
}

static void
set_operations(struct stage *stage)
{
    const struct pd_source_ops *inner = stage->inner->ops;
    bool can_be_long = inner->read_long != NULL;

    stage->ops = (struct pd_source_ops){
        .struct_size = sizeof stage->ops,
        .open = handle_no_open,
        .catalog = handle_catalog,
        .start = handle_start,
        .read = handle_read,
        .close = handle_close,
        .share = inner->share ? handle_share : NULL,
        .extent = inner->extent ? handle_extent : NULL,
        .facts = inner->facts ? handle_facts : NULL,
        .read_long = can_be_long ? handle_read_long : NULL,
        .recheck = handle_recheck,
        .stats = inner->stats ? handle_stats : NULL,
        .compute = inner->compute ? handle_compute : NULL,
    };
}

/* ---- The ways of the rows ---- */

static void
add_made(struct stage *stage, uint32_t from, uint32_t table)
{
    stage->made[stage->n_made++] = (struct made){
        .file = &stage->file,
        .table = &stage->planned.after->tables[table],
        .table_number = table,
        .part = from,
    };
}

/* Room for the rows that each seen table may make, of each table that it may make rows of. */
static pd_status
list_made(struct stage *stage, struct pd_error *err)
{
    const struct planned *planned = &stage->planned;
    size_t n = 2 * planned->n_made;

    for (size_t i = 0; i < planned->n_seen; i++)
        n += planned->flows[planned->seen[i]].n_emits + 1;
    stage->made = arena_array(stage->arena, struct made, n + 1);
    if (!stage->made)
        return error_memory(err);
    for (size_t i = 0; i < planned->n_seen; i++) {
        const struct flow *flow = &planned->flows[planned->seen[i]];

        for (size_t k = 0; k <= flow->n_emits; k++) {
            uint32_t table = k == 0 ? flow->to_table : flow->emits[k - 1];

            if (table != PD_NO_TABLE)
                add_made(stage, planned->seen[i], table);
        }
    }
    for (size_t i = 0; i < planned->n_made; i++) {
        add_made(stage, FROM_BEFORE_LOAD, planned->made[i]);
        add_made(stage, FROM_AFTER_LOAD, planned->made[i]);
    }
    return PD_OK;
}

static const struct made *
find_made(const struct stage *stage, uint32_t from, uint32_t table)
{
    for (size_t i = 0; i < stage->n_made; i++)
        if (stage->made[i].part == from && stage->made[i].table_number == table)
            return &stage->made[i];
    return NULL;
}

static void
add_part(struct stage *stage, struct stage_way *way, uint32_t from, uint32_t table)
{
    const struct made *made = find_made(stage, from, table);

    if (!made)
        return;
    way->parts[way->n_parts++] = (struct stage_part){from, NULL, made};
    way->needs_run = true;
}

/* First those that it consists of, then what others have made of it, in the order of the turns. */
static pd_status
lay_way(struct stage *stage, uint32_t table, struct pd_error *err)
{
    const struct planned *planned = &stage->planned;
    const struct feed *feed = &planned->feeds[table];
    struct stage_way *way = &stage->ways[table];

    way->parts = arena_array(stage->arena, struct stage_part, feed->n_tables + planned->n_seen + 3);
    if (!way->parts)
        return error_memory(err);
    way->needs_run = feed->may_update || feed->is_asked;
    for (size_t i = 0; i < feed->n_tables; i++) {
        const struct flow *flow = &planned->flows[feed->tables[i]];
        const struct made *made = flow->seen ? find_made(stage, feed->tables[i], table) : NULL;

        way->parts[way->n_parts++] = (struct stage_part){feed->tables[i], flow->columns, made};
        way->needs_run |= flow->seen;
    }
    way->is_single = way->n_parts == 1 && !way->parts[0].made && !feed->is_emitted;
    way->passes = way->is_single && feed->is_untouched && !feed->may_update;
    add_part(stage, way, FROM_BEFORE_LOAD, table);
    for (size_t i = 0; i < planned->n_seen; i++) {
        if (planned->flows[planned->seen[i]].to_table != table)
            add_part(stage, way, planned->seen[i], table);
    }
    add_part(stage, way, FROM_AFTER_LOAD, table);
    return PD_OK;
}

/* What was counted when an archive was written tells beforehand what no row could be told. */
static pd_status
prove_nulls(const struct stage *stage, uint32_t table, const struct stage_part *part,
            struct pd_error *err)
{
    const struct opened_source *inner = stage->inner;
    const struct pd_table *before = &inner->catalog->tables[part->from];
    const struct pd_table *after = &stage->planned.after->tables[table];
    const struct pd_stats *known = NULL;
    pd_status status = PD_UNSUPPORTED;

    if (inner->ops->stats)
        status = inner->ops->stats(inner->handle, part->from, &known, err);
    if (status != PD_OK || !known->profiles)
        return status == PD_UNSUPPORTED ? PD_OK : status;
    for (size_t i = 0; i < after->n_columns; i++) {
        uint32_t at = part->columns[i];
        const struct pd_profile *profile;

        if (at == PD_NO_COLUMN || !straight_forbids_null(&before->columns[at], &after->columns[i]))
            continue;
        profile = PD_AT(struct pd_profile, known->profiles, known->profile_size, at);
        if (profile->n_nulls)
            return error_fail(
                err, PD_FAILED, PD_CAUSE_DATA,
                "column '%s' is NULL in %llu %s, and must not be NULL after the step; "
                "see these rows, and give them a value",
                before->columns[at].name, (unsigned long long)profile->n_nulls,
                profile->n_nulls == 1 ? "row" : "rows");
    }
    return PD_OK;
}

/* Nothing shall be written before it is known that there are such conversions. */
static pd_status
prove_way(const struct stage *stage, uint32_t table, struct pd_error *err)
{
    const struct stage_way *way = &stage->ways[table];

    for (size_t i = 0; i < way->n_parts; i++) {
        const struct stage_part *part = &way->parts[i];
        CLEANUP(straight) struct straight *straight = NULL;
        const struct pd_table *before;
        pd_status status;

        if (part->made)
            continue;
        before = &stage->inner->catalog->tables[part->from];
        status = straight_new(before, &stage->planned.after->tables[table], part->columns,
                              &straight, err);
        if (status == PD_OK)
            status = prove_nulls(stage, table, part, err);
        if (status != PD_OK)
            return error_prefix(err, status, "table '%s'", schema_table_name(before));
    }
    return PD_OK;
}

/* Do the rows of a table still come in the order of its key? */
static bool
keeps_order(const struct stage *stage, uint32_t table)
{
    const struct stage_way *way = &stage->ways[table];
    const struct pd_table *after = &stage->planned.after->tables[table], *before;
    const struct pd_key *a = schema_order_key(after), *b;

    if (!way->is_single)
        return false;
    before = &stage->inner->catalog->tables[way->parts[0].from];
    b = schema_order_key(before);
    if (!(before->flags & PD_TABLE_KEY_ORDER) || !a || !b || a->n_parts != b->n_parts)
        return false;
    for (size_t i = 0; i < a->n_parts; i++) {
        const struct pd_column *to = &after->columns[a->parts[i].column];
        const struct pd_column *from = &before->columns[b->parts[i].column];

        if (way->parts[0].columns[a->parts[i].column] != (uint32_t)b->parts[i].column ||
            to->type.kind != from->type.kind || a->parts[i].flags != b->parts[i].flags ||
            stage->planned.feeds[table].may_update)
            return false;
    }
    return true;
}

/* The catalogue with what is known of the order of rows. */
static pd_status
show_tables(struct stage *stage, struct pd_error *err)
{
    struct planned *planned = &stage->planned;
    struct pd_catalog *shown = arena_copy(stage->arena, planned->after, sizeof *shown);
    struct pd_table *tables =
        arena_array(stage->arena, struct pd_table, planned->after->n_tables + 1);

    if (!shown || !tables)
        return error_memory(err);
    for (uint32_t i = 0; i < shown->n_tables; i++) {
        tables[i] = planned->after->tables[i];
        tables[i].flags &= ~(uint32_t)PD_TABLE_KEY_ORDER;
        if (keeps_order(stage, i))
            tables[i].flags |= PD_TABLE_KEY_ORDER;
    }
    shown->tables = tables;
    planned->after = shown;
    return PD_OK;
}

/* Digests and profiles count columns, and do not know their names. */
static bool
has_same_rows(const struct stage *stage, uint32_t table)
{
    const struct stage_way *way = &stage->ways[table];
    const struct pd_table *after = &stage->planned.after->tables[table], *before;

    if (!way->is_single || stage->planned.feeds[table].may_update)
        return false;
    before = &stage->inner->catalog->tables[way->parts[0].from];
    if (before->n_columns != after->n_columns)
        return false;
    for (uint32_t i = 0; i < after->n_columns; i++) {
        const struct pd_column *a = &before->columns[i], *b = &after->columns[i];

        if (way->parts[0].columns[i] != i || !schema_same_type(&a->type, &b->type) ||
            schema_column_travels(a) != schema_column_travels(b) ||
            schema_column_counts(a) != schema_column_counts(b))
            return false;
    }
    return true;
}

static pd_status
lay_ways(struct stage *stage, struct pd_error *err)
{
    size_t n = stage->planned.after->n_tables;
    pd_status status = PD_OK;

    stage->ways = arena_array(stage->arena, struct stage_way, n + 1);
    if (!stage->ways)
        return error_memory(err);
    for (uint32_t i = 0; i < n && status == PD_OK; i++)
        status = lay_way(stage, i, err);
    for (uint32_t i = 0; i < n && status == PD_OK; i++)
        status = prove_way(stage, i, err);
    for (uint32_t i = 0; i < n && status == PD_OK; i++)
        stage->ways[i].same_rows = stage->ways[i].passes || has_same_rows(stage, i);
    return status;
}

/* ---- Life ---- */

/* A table that a step changes has no profiles. Those of a database are made by a scan before its
   rows are copied, and so must these be, unless the archive is a stream, which is read once. */
static const char *
engine_of(struct opened_source *inner)
{
    const struct pd_stats *stats;

    if (strcmp(inner->engine, archive_plugin.name) != 0 || !inner->ops->stats ||
        inner->catalog->n_tables == 0 || inner->ops->stats(inner->handle, 0, &stats, NULL) != PD_OK)
        return inner->engine;
    return "migration";
}

static pd_status
make_all(struct stage *stage, struct pd_error *err)
{
    struct stage_handle *handle;
    pd_status status;

    set_operations(stage);
    status = stage_plain_open(stage, err);
    if (status == PD_OK)
        status = list_made(stage, err);
    if (status == PD_OK)
        status = lay_ways(stage, err);
    if (status == PD_OK)
        status = stage_prove_filled(stage, err);
    if (status == PD_OK)
        status = show_tables(stage, err);
    if (status == PD_OK)
        status = step_new(stage, &stage->step, err);
    if (status != PD_OK)
        return status;
    handle = calloc(1, sizeof *handle);
    if (!handle)
        return error_memory(err);
    handle->stage = stage;
    handle->inner = stage->inner->handle;
    stage->source = (struct opened_source){
        .ops = &stage->ops,
        .handle = source_of(handle),
        .engine = engine_of(stage->inner),
        .arena = stage->arena,
        .catalog = stage->planned.after,
    };
    return PD_OK;
}

const struct stage *
stage_behind(const struct opened_source *source)
{
    return source->ops->open == handle_no_open ? handle_of(source->handle)->stage : NULL;
}

static void
share_memory(struct stage *stage)
{
    const struct stage *before = stage_behind(stage->inner);

    atomic_init(&stage->own_memory.made.left, MADE_MEMORY);
    stage->memory = before ? before->memory : &stage->own_memory;
}

pd_status
stage_begin(struct opened_source *inner, const struct pd_migration *migration,
            struct pd_migrator *migrator, const struct planned *planned, int folder,
            struct stage **ret_stage, struct pd_error *err)
{
    CLEANUP(stage) struct stage *stage = calloc(1, sizeof *stage);
    pd_status status;

    if (!stage)
        return error_memory(err);
    pthread_mutex_init(&stage->mutex, NULL);
    stage->inner = inner;
    share_memory(stage);
    made_file_open(&stage->file, folder, &stage->memory->made);
    stage->migration = migration;
    stage->planned = *planned;
    stage->arena = arena_new();
    if (!stage->arena)
        return error_memory(err);
    if (planned->n_seen && !PD_HAS(struct pd_migration, migration, rows))
        status = error_fail(err, PD_FATAL, PD_CAUSE_BUG, "it wants to see rows and has no rows()");
    else
        status = make_all(stage, err);
    if (status != PD_OK)
        return stage_prefix(stage, NULL, status, err);
    stage->migrator = migrator;
    *ret_stage = take(stage);
    return PD_OK;
}

void
stage_close(struct stage *stage)
{
    if (!stage)
        return;
    if (stage->source.handle)
        handle_free(handle_of(stage->source.handle));
    if (stage->migrator && PD_HAS(struct pd_migration, stage->migration, close))
        stage->migration->close(stage->migrator);
    for (size_t i = 0; i < stage->n_made; i++)
        made_free(&stage->made[i]);
    made_file_close(&stage->file);
    step_free(stage->step);
    arena_free(stage->arena);
    arena_free(stage->plan_arena);
    pthread_mutex_destroy(&stage->mutex);
    free(stage);
}

struct opened_source *
stage_source(struct stage *stage)
{
    return &stage->source;
}

const struct planned *
stage_planned(const struct stage *stage)
{
    return &stage->planned;
}

pd_status
stage_report(struct stage *stage, struct report *report, struct pd_error *err)
{
    pd_status status = run_alone(stage, stage->inner->handle, err);

    if (status != PD_OK || !stage->has_run)
        return status;
    return step_report(stage->step, report, err);
}
