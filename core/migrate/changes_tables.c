// SPDX-License-Identifier: Apache-2.0
/* changes_tables - whole tables are renamed, dropped, added and merged. */
#include <string.h>

#include "migrate/changes_inside.h"

/* ---- Renaming ---- */

static void
rewrite_users(struct pd_changes *c, const struct draft *draft)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        for (size_t k = 0; k < c->drafts[i]->n_foreigns; k++) {
            if (c->drafts[i]->foreigns[k].to == draft)
                c->drafts[i]->is_rewritten = true;
        }
    }
}

pd_status
changes_rename_table(struct pd_changes *c, const char *table, const char *to)
{
    struct draft *draft;
    const char *schema, *name;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK)
        status = changes_check_name(c, "table", to);
    if (status == PD_OK)
        status = changes_split(c, to, &schema, &name);
    if (status != PD_OK)
        return status;
    if (changes_at(c, schema, name) == draft)
        return PD_OK;
    if (changes_at(c, schema, name))
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "table '%s' cannot be called '%s': there is a table of that name; "
                            "rename or drop that first",
                            draft->full, to);
    if (!changes_same_text(schema, draft->table.schema))
        status = changes_move_sequences(c, draft, schema);
    if (status != PD_OK)
        return status;
    draft->table.schema = schema;
    draft->table.name = name;
    draft->is_renamed = draft->is_rewritten = true;
    rewrite_users(c, draft);
    changes_bind(c, draft);
    return changes_set_full(c, draft);
}

/* ---- Dropping ---- */

static pd_status
drop_foreigns_to(struct pd_changes *c, struct draft *other, const struct draft *draft)
{
    size_t n = 0;
    pd_status status = PD_OK;

    for (size_t i = 0; i < other->n_foreigns && status == PD_OK; i++) {
        if (other->foreigns[i].to != draft) {
            other->foreigns[n++] = other->foreigns[i];
            continue;
        }
        other->is_changed = true;
        status = changes_left_out(c,
                                  "%s of table '%s' is not carried: step '%s' -> '%s' drops table "
                                  "'%s', which it points to",
                                  changes_foreign_label(c, other, &other->foreigns[i]), other->full,
                                  c->migration->from, c->migration->to, draft->full);
        if (status == PD_OK)
            status = changes_stale_part(c, "constraint", other->foreigns[i].foreign.name);
    }
    other->n_foreigns = n;
    return status;
}

/* Tables of an engine's own machinery go with the one that they belong to. */
static void
leave(struct pd_changes *c, struct draft *draft, const char *verb)
{
    draft->gone = verb;
    changes_drop_sequences(c, draft, PD_NO_COLUMN);
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *other = c->drafts[i];

        if (!other->gone && other->table.flags & PD_TABLE_PASSENGER && other->table.owner &&
            strcmp(other->table.owner, draft->table.name) == 0)
            other->gone = verb;
    }
}

pd_status
changes_drop_table(struct pd_changes *c, const char *table)
{
    struct draft *draft;
    pd_status status = changes_table(c, table, &draft);

    if (status != PD_OK)
        return status;
    leave(c, draft, "drops");
    for (size_t i = 0; i < c->n_drafts && status == PD_OK; i++) {
        if (!c->drafts[i]->gone)
            status = drop_foreigns_to(c, c->drafts[i], draft);
    }
    return status;
}

/* ---- Adding ---- */

static pd_status
check_parts(struct pd_changes *c, struct draft *draft)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < draft->table.n_columns && status == PD_OK; i++) {
        status = changes_check_name(c, "column", draft->columns[i].name);
        if (status == PD_OK)
            status = changes_check_column(c, draft, &draft->columns[i]);
        if (status == PD_OK)
            status = changes_settle_default(c, draft, &draft->columns[i]);
        draft->columns[i].flags &= ~(uint32_t)PD_COLUMN_PASSENGER;
    }
    for (size_t i = 0; i < draft->n_keys && status == PD_OK; i++)
        status = changes_check_key(c, draft, &draft->keys[i].key);
    for (size_t i = 0; i < draft->n_checks && status == PD_OK; i++)
        status = changes_check_check(c, draft, &draft->checks[i].check);
    return status;
}

static pd_status
copy_table(struct pd_changes *c, const struct pd_table *from, struct pd_table *table)
{
    const struct adoption adoption = {c->arena, &c->err};
    pd_status status = schema_copy_struct(&adoption, &schema_table_shape, from, table);

    if (status == PD_OK)
        status = changes_check_name(c, "table", table->name);
    if (status != PD_OK)
        return error_prefix(&c->err, status, "the table to be added");
    status = schema_adopt_table(&adoption, table);
    if (status != PD_OK)
        return error_prefix(&c->err, status, "table '%s'", table->name);
    if (table->schema && !*table->schema)
        table->schema = NULL;
    table->flags &= (uint32_t)(PD_TABLE_NO_COLUMNS | PD_TABLE_ACTIVE_SQL);
    table->owner = NULL;
    return PD_OK;
}

static pd_status
put_draft(struct pd_changes *c, struct draft *draft)
{
    struct draft **drafts =
        changes_room(c, c->drafts, c->n_drafts, &c->draft_room, sizeof *c->drafts);

    if (!drafts)
        return error_memory(&c->err);
    c->drafts = drafts;
    c->drafts[c->n_drafts++] = draft;
    for (size_t i = 0; i < draft->n_foreigns; i++)
        changes_bind_foreign(c, draft, &draft->foreigns[i]);
    changes_bind(c, draft);
    return PD_OK;
}

pd_status
changes_add_table(struct pd_changes *c, const struct pd_table *table)
{
    struct pd_table adopted;
    struct draft *draft;
    pd_status status;

    if (!table)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the table to be added is missing");
    status = copy_table(c, table, &adopted);
    if (status != PD_OK)
        return status;
    if (changes_at(c, adopted.schema, adopted.name))
        return CHANGES_FAIL(c, PD_CAUSE_DATA, "table '%s' cannot be added: it is there already",
                            changes_at(c, adopted.schema, adopted.name)->full);
    status = changes_draft(c, &adopted, PD_NO_TABLE, /* is_given= */ true, &draft);
    if (status == PD_OK)
        status = check_parts(c, draft);
    return status == PD_OK ? put_draft(c, draft) : status;
}

/* ---- Merging ---- */

/* The rows of a stream into `draft`, column by name, as rows of `into`. */
static pd_status
join_stream(struct pd_changes *c, const struct draft *draft, const struct stream *stream,
            struct draft *into)
{
    struct stream *streams =
        changes_room(c, into->streams, into->n_streams, &into->stream_room, sizeof *into->streams);
    size_t n = into->table.n_columns;
    uint32_t *from = arena_array(c->arena, uint32_t, n);
    struct stream joined = {.table = stream->table, .from = from, .room = n};

    if (!streams || !from)
        return error_memory(&c->err);
    into->streams = streams;
    joined.lost = stream->lost;
    joined.merged = stream->lost ? stream->merged : draft->full;
    joined.into = stream->lost ? stream->into : into->full;
    for (size_t i = 0; i < draft->table.n_columns && !joined.lost; i++) {
        const struct pd_column *column = &draft->columns[i];

        if (!(column->flags & PD_COLUMN_PASSENGER) &&
            schema_find_column(&into->table, column->name) < 0)
            joined.lost = column->name;
    }
    for (size_t i = 0; i < n; i++) {
        long k = schema_find_column(&draft->table, into->columns[i].name);

        from[i] =
            k < 0 || into->columns[i].flags & PD_COLUMN_PASSENGER ? PD_NO_COLUMN : stream->from[k];
    }
    streams[into->n_streams++] = joined;
    return PD_OK;
}

static void
point_to(struct pd_changes *c, const struct draft *draft, struct draft *into)
{
    rewrite_users(c, draft);
    for (size_t i = 0; i < c->n_drafts; i++) {
        for (size_t k = 0; k < c->drafts[i]->n_foreigns; k++) {
            struct draft_foreign *foreign = &c->drafts[i]->foreigns[k];

            if (foreign->to != draft)
                continue;
            foreign->to = into;
            foreign->is_moved = true;
        }
    }
}

pd_status
changes_merge_table(struct pd_changes *c, const char *table, const char *into)
{
    struct draft *draft, *other;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK)
        status = changes_table(c, into, &other);
    if (status != PD_OK)
        return status;
    if (draft == other)
        return CHANGES_FAIL(c, PD_CAUSE_DATA, "table '%s' cannot be merged into itself",
                            draft->full);
    for (size_t i = 0; i < draft->n_streams && status == PD_OK; i++)
        status = join_stream(c, draft, &draft->streams[i], other);
    if (status != PD_OK)
        return status;
    other->table.n_rows_estimate += draft->table.n_rows_estimate;
    other->table.n_bytes_estimate += draft->table.n_bytes_estimate;
    other->table.flags |= draft->table.flags & (uint32_t)PD_TABLE_UNREADABLE;
    leave(c, draft, "merges");
    point_to(c, draft, other);
    return PD_OK;
}
