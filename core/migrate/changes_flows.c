// SPDX-License-Identifier: Apache-2.0
/* changes_flows - the ways of the rows: from which tables of before to which ones of after. */
#include <stdlib.h>
#include <string.h>

#include "migrate/changes_inside.h"
#include "model/convert.h"
#include "model/kind.h"

bool
changes_is_seen(const struct pd_changes *c, uint32_t table)
{
    for (size_t i = 0; i < c->n_seen; i++) {
        if (c->seen[i].table == table)
            return true;
    }
    return false;
}

struct draft *
changes_way(const struct pd_changes *c, uint32_t table)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *draft = c->drafts[i];

        for (size_t k = 0; k < draft->n_streams && !draft->gone; k++) {
            if (draft->streams[k].table == table)
                return draft;
        }
    }
    return NULL;
}

bool
changes_makes_rows(const struct pd_changes *c, const struct draft *draft)
{
    return draft->own == PD_NO_TABLE || draft->n_streams != 1 || draft->is_emitted ||
           changes_is_seen(c, draft->own);
}

/* ---- Names that the calls may have used before there were such tables ---- */

/* The name of a table of before in messages. */
static const char *
before_name(const struct pd_changes *c, uint32_t table)
{
    return schema_table_name(&c->before->tables[table]);
}

static pd_status
resolve_emits(struct pd_changes *c, const struct seen *seen)
{
    for (size_t i = 0; i < seen->n_emits; i++) {
        struct draft *draft;
        pd_status status = changes_table(c, seen->emits[i], &draft);

        if (status != PD_OK)
            return error_prefix(&c->err, status, "the rows of table '%s'",
                                before_name(c, seen->table));
        if (changes_way(c, seen->table) == draft)
            continue;
        draft->is_emitted = true;
        draft->table.flags |= c->before->tables[seen->table].flags & (uint32_t)PD_TABLE_UNREADABLE;
    }
    return PD_OK;
}

static pd_status
resolve_made(struct pd_changes *c, const char *name)
{
    struct draft *draft;
    pd_status status = changes_table(c, name, &draft);

    if (status != PD_OK)
        return error_prefix(&c->err, status, "rows of before_load and after_load");
    draft->is_emitted = true;
    return PD_OK;
}

static pd_status
resolve_update(struct pd_changes *c, const char *name)
{
    struct draft *draft;
    const struct draft_key *primary;
    pd_status status = changes_table(c, name, &draft);

    if (status != PD_OK)
        return error_prefix(&c->err, status, "the table to be updated");
    primary = changes_primary(draft);
    if (!primary)
        return CHANGES_FAIL(c, PD_CAUSE_DATA, "table '%s' cannot be updated: it has no primary key",
                            draft->full);
    for (size_t i = 0; i < primary->key.n_parts; i++) {
        const struct pd_column *column = &draft->columns[primary->parts[i].column];

        if (column->generated)
            return CHANGES_FAIL(c, PD_CAUSE_DATA,
                                "table '%s' cannot be updated: column '%s' of its primary key is "
                                "generated",
                                draft->full, column->name);
    }
    draft->may_update = true;
    return PD_OK;
}

static pd_status
resolve_asked(struct pd_changes *c, const char *name)
{
    struct draft *draft;
    pd_status status = changes_table(c, name, &draft);

    if (status != PD_OK)
        return error_prefix(&c->err, status, "the table to be asked about");
    draft->is_asked = true;
    return PD_OK;
}

pd_status
changes_resolve(struct pd_changes *c)
{
    pd_status status = PD_OK;

    if (c->n_asked && !PD_HAS(struct pd_migration, c->migration, before_save))
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "it wants to see saves and has no before_save()");

    if (c->n_seen && !PD_HAS(struct pd_migration, c->migration, rows))
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "it wants to see rows and has no rows()");
    for (size_t i = 0; i < c->n_seen && status == PD_OK; i++)
        status = resolve_emits(c, &c->seen[i]);
    for (size_t i = 0; i < c->n_makes && status == PD_OK; i++)
        status = resolve_made(c, c->makes[i]);
    for (size_t i = 0; i < c->n_updates && status == PD_OK; i++)
        status = resolve_update(c, c->updates[i]);
    for (size_t i = 0; i < c->n_asked && status == PD_OK; i++)
        status = resolve_asked(c, c->asked[i]);
    return status;
}

/* ---- Conversions ---- */

/* Values that nobody sees must be of the new type, or become so. */
static pd_status
check_column(struct pd_changes *c, const struct stream *stream, const struct draft *draft,
             const struct pd_column *from, const struct pd_column *to)
{
    CLEANUP(conversion) struct conversion *conversion = NULL;
    pd_status status;

    if (to->generated)
        return PD_OK;
    if (from->generated)
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "column '%s' of table '%s' is generated, so that there are no values "
                            "for column '%s' of table '%s'; see its rows, and compute them",
                            from->name, before_name(c, stream->table), to->name, draft->full);
    if (schema_same_type(&from->type, &to->type))
        return PD_OK;
    status = convert_open(&from->type, &to->type, 0, &conversion, &c->err);
    if (status != PD_UNSUPPORTED)
        return status;
    return CHANGES_FAIL(c, PD_CAUSE_DATA,
                        "column '%s' of table '%s' is of type '%s', which cannot be converted to "
                        "'%s' for column '%s' of table '%s'; see its rows, and convert them",
                        from->name, before_name(c, stream->table), kind_name(from->type.kind),
                        kind_name(to->type.kind), to->name, draft->full);
}

static pd_status
check_stream(struct pd_changes *c, const struct stream *stream, const struct draft *draft)
{
    const struct pd_table *before = &c->before->tables[stream->table];
    pd_status status = PD_OK;

    if (changes_is_seen(c, stream->table))
        return PD_OK;
    if (stream->lost)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING,
                            "table '%s' cannot be merged into table '%s', which has no column "
                            "'%s'; add or drop that first, or see the rows",
                            stream->merged, stream->into, stream->lost);
    for (uint32_t i = 0; i < draft->table.n_columns && status == PD_OK; i++) {
        if (stream->from[i] != PD_NO_COLUMN)
            status = check_column(c, stream, draft, &before->columns[stream->from[i]],
                                  &draft->columns[i]);
    }
    return status;
}

/* ---- Flows ---- */

static pd_status
put_flow(struct pd_changes *c, struct arena *arena, const struct stream *stream,
         const struct draft *draft, struct flow *flow)
{
    const struct pd_table *before = &c->before->tables[stream->table];
    size_t n = draft->table.n_columns;
    uint32_t *columns = arena_array(arena, uint32_t, n);
    pd_status status = columns ? check_stream(c, stream, draft) : error_memory(&c->err);

    if (status != PD_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        uint32_t from = stream->from[i];

        /* What is computed anew comes from nowhere. */
        columns[i] =
            from != PD_NO_COLUMN && draft->columns[i].generated && !before->columns[from].generated
                ? PD_NO_COLUMN
                : from;
    }
    flow->to_table = draft->number;
    flow->columns = columns;
    return PD_OK;
}

static int
compare_numbers(const void *a_, const void *b_)
{
    const uint32_t *a = a_, *b = b_;

    return (*a > *b) - (*a < *b);
}

/* Numbers of tables by their names, ascending, each once; but is passed over. */
static pd_status
put_numbers(struct pd_changes *c, struct arena *arena, const char *const *names, size_t n_names,
            uint32_t but, const uint32_t **ret_numbers, size_t *ret_n)
{
    uint32_t *numbers = arena_array(arena, uint32_t, n_names);
    size_t n = 0;

    if (!numbers)
        return error_memory(&c->err);
    for (size_t i = 0; i < n_names; i++) {
        struct draft *draft;
        pd_status status = changes_table(c, names[i], &draft);

        if (status != PD_OK)
            return status;
        if (draft->number != but)
            numbers[n++] = draft->number;
    }
    if (n > 1)
        qsort(numbers, n, sizeof *numbers, compare_numbers);
    *ret_numbers = numbers;
    *ret_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || numbers[i] != numbers[i - 1])
            numbers[(*ret_n)++] = numbers[i];
    }
    return PD_OK;
}

/* ---- Feeds ---- */

/* The same rows, columns and types in the same order. */
static bool
is_untouched(const struct pd_changes *c, const struct draft *draft)
{
    const struct pd_table *before;

    if (changes_makes_rows(c, draft) || draft->may_update)
        return false;
    before = &c->before->tables[draft->own];
    if (before->n_columns != draft->table.n_columns)
        return false;
    for (uint32_t i = 0; i < before->n_columns; i++) {
        const struct pd_column *a = &before->columns[i], *b = &draft->columns[i];

        if (draft->streams[0].from[i] != i || strcmp(a->name, b->name) != 0 ||
            !schema_same_type(&a->type, &b->type) || !a->generated != !b->generated)
            return false;
    }
    return true;
}

static pd_status
put_feed(struct pd_changes *c, struct arena *arena, const struct draft *draft, struct feed *feed)
{
    uint32_t *tables = arena_array(arena, uint32_t, draft->n_streams);

    if (!tables)
        return error_memory(&c->err);
    for (size_t i = 0; i < draft->n_streams; i++)
        tables[i] = draft->streams[i].table;
    feed->tables = tables;
    feed->n_tables = draft->n_streams;
    feed->is_emitted = draft->is_emitted;
    feed->may_update = draft->may_update;
    feed->is_asked = draft->is_asked;
    feed->is_untouched = is_untouched(c, draft);
    return PD_OK;
}

static pd_status
put_ways(struct pd_changes *c, struct arena *arena, struct planned *planned)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < c->before->n_tables; i++)
        planned->flows[i].to_table = PD_NO_TABLE;
    for (size_t i = 0; i < c->n_drafts; i++) {
        const struct draft *draft = c->drafts[i];

        if (draft->gone)
            continue;
        status = put_feed(c, arena, draft, &planned->feeds[draft->number]);
        for (size_t k = 0; k < draft->n_streams && status == PD_OK; k++)
            status = put_flow(c, arena, &draft->streams[k], draft,
                              &planned->flows[draft->streams[k].table]);
        if (status != PD_OK)
            return status;
    }
    return PD_OK;
}

static pd_status
put_computed(struct pd_changes *c, struct arena *arena, const struct computed_column *computed,
             struct flow *flow)
{
    size_t n = c->before->tables[computed->table].n_columns;
    bool *columns = flow->computed ? arena_copy(arena, flow->computed, n * sizeof *columns)
                                   : arena_array(arena, bool, n);

    if (!columns)
        return error_memory(&c->err);
    columns[computed->column] = true;
    flow->computed = columns;
    return PD_OK;
}

pd_status
changes_flows(struct pd_changes *c, struct arena *arena, struct planned *planned)
{
    uint32_t *seen = arena_array(arena, uint32_t, c->n_seen);
    pd_status status;

    planned->flows = arena_array(arena, struct flow, c->before->n_tables);
    planned->feeds = arena_array(arena, struct feed, planned->after->n_tables);
    if (!seen || !planned->flows || !planned->feeds)
        return error_memory(&c->err);
    status = put_ways(c, arena, planned);
    for (uint32_t i = 0; i < c->n_seen && status == PD_OK; i++) {
        struct flow *flow = &planned->flows[c->seen[i].table];

        seen[i] = c->seen[i].table;
        flow->seen = true;
        flow->turn = i;
        status = put_numbers(c, arena, c->seen[i].emits, c->seen[i].n_emits, flow->to_table,
                             &flow->emits, &flow->n_emits);
    }
    for (size_t i = 0; i < c->n_computed && status == PD_OK; i++)
        status = put_computed(c, arena, &c->computed[i], &planned->flows[c->computed[i].table]);
    planned->seen = seen;
    planned->n_seen = c->n_seen;
    if (status == PD_OK)
        status = put_numbers(c, arena, c->makes, c->n_makes, PD_NO_TABLE, &planned->made,
                             &planned->n_made);
    return status;
}
