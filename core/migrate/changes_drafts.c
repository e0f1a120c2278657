// SPDX-License-Identifier: Apache-2.0
/* changes_drafts - drafts of the tables of before, in memory that may be changed. */
#include <stdlib.h>
#include <string.h>

#include "migrate/changes_inside.h"

/* ---- One table ---- */

/* n elements, or a place for none. */
static void *
copy(struct pd_changes *c, const void *from, size_t n, size_t size)
{
    void *to = arena_alloc(c->arena, n * size);

    if (to && n)
        memcpy(to, from, n * size);
    return to;
}

pd_status
changes_draft_key(struct pd_changes *c, const struct pd_key *key, bool is_given,
                  struct draft_key *ret_key)
{
    struct pd_key_part *parts = copy(c, key->parts, key->n_parts, sizeof *parts);

    if (!parts)
        return error_memory(&c->err);
    *ret_key = (struct draft_key){.key = *key, .parts = parts, .is_given = is_given};
    ret_key->key.parts = parts;
    ret_key->key.part_size = sizeof *parts;
    return PD_OK;
}

pd_status
changes_draft_foreign(struct pd_changes *c, const struct pd_foreign *foreign, bool is_given,
                      struct draft_foreign *ret_foreign)
{
    size_t n = foreign->n_columns;
    struct draft_foreign draft = {.foreign = *foreign, .is_given = is_given};

    draft.columns = copy(c, foreign->columns, n, sizeof *draft.columns);
    if (foreign->to_columns)
        draft.to_columns = copy(c, foreign->to_columns, n, sizeof *draft.to_columns);
    if (foreign->set_columns)
        draft.set_columns =
            copy(c, foreign->set_columns, foreign->n_set_columns, sizeof *draft.set_columns);
    if (!draft.columns || (foreign->to_columns && !draft.to_columns) ||
        (foreign->set_columns && !draft.set_columns))
        return error_memory(&c->err);
    draft.foreign.columns = draft.columns;
    draft.foreign.to_columns = draft.to_columns;
    draft.foreign.set_columns = draft.set_columns;
    *ret_foreign = draft;
    return PD_OK;
}

static pd_status
draft_parts(struct pd_changes *c, struct draft *draft, bool is_given)
{
    const struct pd_table *table = &draft->table;
    pd_status status = PD_OK;

    draft->keys = arena_array(c->arena, struct draft_key, table->n_keys);
    draft->checks = arena_array(c->arena, struct draft_check, table->n_checks);
    draft->foreigns = arena_array(c->arena, struct draft_foreign, table->n_foreigns);
    if (!draft->keys || !draft->checks || !draft->foreigns)
        return error_memory(&c->err);
    for (; draft->n_keys < table->n_keys && status == PD_OK; draft->n_keys++)
        status = changes_draft_key(c, &table->keys[draft->n_keys], is_given,
                                   &draft->keys[draft->n_keys]);
    for (; draft->n_checks < table->n_checks; draft->n_checks++)
        draft->checks[draft->n_checks] =
            (struct draft_check){.check = table->checks[draft->n_checks], .is_given = is_given};
    for (; draft->n_foreigns < table->n_foreigns && status == PD_OK; draft->n_foreigns++)
        status = changes_draft_foreign(c, &table->foreigns[draft->n_foreigns], is_given,
                                       &draft->foreigns[draft->n_foreigns]);
    draft->key_room = draft->n_keys;
    draft->check_room = draft->n_checks;
    draft->foreign_room = draft->n_foreigns;
    return status;
}

static pd_status
own_stream(struct pd_changes *c, struct draft *draft)
{
    size_t n = draft->table.n_columns;

    draft->streams = arena_array(c->arena, struct stream, 1);
    if (!draft->streams)
        return error_memory(&c->err);
    draft->streams[0] = (struct stream){.table = draft->own, .room = n};
    draft->streams[0].from = arena_array(c->arena, uint32_t, n);
    if (!draft->streams[0].from)
        return error_memory(&c->err);
    for (uint32_t i = 0; i < n; i++)
        draft->streams[0].from[i] = i;
    draft->n_streams = draft->stream_room = 1;
    return PD_OK;
}

pd_status
changes_draft(struct pd_changes *c, const struct pd_table *table, uint32_t own, bool is_given,
              struct draft **ret_draft)
{
    struct draft *draft = arena_alloc(c->arena, sizeof *draft);
    size_t n = table->n_columns;
    pd_status status;

    if (!draft)
        return error_memory(&c->err);
    draft->table = *table;
    draft->own = own;
    draft->columns = copy(c, table->columns, n, sizeof *draft->columns);
    draft->is_given = arena_array(c->arena, bool, n);
    if (!draft->columns || !draft->is_given)
        return error_memory(&c->err);
    memset(draft->is_given, is_given, n * sizeof *draft->is_given);
    draft->table.columns = draft->columns;
    draft->table.column_size = sizeof *draft->columns;
    draft->column_room = draft->given_room = n;
    status = changes_set_full(c, draft);
    if (status == PD_OK)
        status = draft_parts(c, draft, is_given);
    if (status == PD_OK && own != PD_NO_TABLE)
        status = own_stream(c, draft);
    if (status == PD_OK)
        *ret_draft = draft;
    return status;
}

/* ---- What points to what ---- */

static const char *
foreign_schema(const struct draft *draft, const struct pd_foreign *foreign)
{
    return foreign->to_schema ? foreign->to_schema : draft->table.schema;
}

void
changes_bind(struct pd_changes *c, struct draft *draft)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *other = c->drafts[i];

        for (size_t k = 0; k < other->n_foreigns; k++) {
            struct draft_foreign *foreign = &other->foreigns[k];

            if (!foreign->to && strcmp(foreign->foreign.to_table, draft->table.name) == 0 &&
                changes_same_text(foreign_schema(other, &foreign->foreign), draft->table.schema))
                foreign->to = draft;
        }
    }
}

/* Some engines do not look at the case of names. */
static struct draft *
at_fold(const struct pd_changes *c, const char *schema, const char *name)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *draft = c->drafts[i];

        if (!draft->gone && changes_same_fold(draft->table.name, name) &&
            changes_same_text(draft->table.schema, schema))
            return draft;
    }
    return NULL;
}

void
changes_bind_foreign(const struct pd_changes *c, const struct draft *draft,
                     struct draft_foreign *foreign)
{
    const char *schema = foreign_schema(draft, &foreign->foreign);

    foreign->to = changes_at(c, schema, foreign->foreign.to_table);
    if (!foreign->to && !foreign->is_given)
        foreign->to = at_fold(c, schema, foreign->foreign.to_table);
}

static int
compare_drafts(const void *a_, const void *b_)
{
    const struct pd_table *a = &(*(struct draft *const *)a_)->table;
    const struct pd_table *b = &(*(struct draft *const *)b_)->table;
    int order = strcmp(a->name, b->name);

    return order ? order : strcmp(a->schema ? a->schema : "", b->schema ? b->schema : "");
}

static struct draft *
find_sorted(struct draft *const *sorted, size_t n, const char *schema, const char *name)
{
    const struct draft key = {.table = {.schema = schema, .name = name}};
    const struct draft *wanted = &key;
    struct draft *const *found =
        n ? bsearch(&wanted, sorted, n, sizeof *sorted, compare_drafts) : NULL;

    return found ? *found : NULL;
}

static void
bind_all(struct pd_changes *c, struct draft *const *sorted)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *draft = c->drafts[i];

        for (size_t k = 0; k < draft->n_foreigns; k++) {
            struct draft_foreign *foreign = &draft->foreigns[k];

            foreign->to = find_sorted(sorted, c->n_drafts, foreign_schema(draft, &foreign->foreign),
                                      foreign->foreign.to_table);
            if (!foreign->to)
                changes_bind_foreign(c, draft, foreign);
        }
    }
    for (size_t i = 0; i < c->n_sequences; i++) {
        struct draft_sequence *s = &c->sequences[i];

        if (s->sequence.owner_table)
            s->owner =
                find_sorted(sorted, c->n_drafts, s->sequence.schema, s->sequence.owner_table);
    }
}

pd_status
changes_begin(struct pd_changes *c)
{
    const struct pd_catalog *before = c->before;
    struct draft **sorted = arena_array(c->arena, struct draft *, before->n_tables);
    pd_status status = PD_OK;

    c->drafts = arena_array(c->arena, struct draft *, before->n_tables);
    c->sequences = arena_array(c->arena, struct draft_sequence, before->n_sequences);
    c->objects_gone = arena_array(c->arena, bool, before->n_objects);
    if (!sorted || !c->drafts || !c->sequences || !c->objects_gone)
        return error_memory(&c->err);
    c->draft_room = before->n_tables;
    for (uint32_t i = 0; i < before->n_tables && status == PD_OK; i++) {
        status = changes_draft(c, &before->tables[i], i, /* is_given= */ false, &c->drafts[i]);
        if (status == PD_OK)
            sorted[c->n_drafts++] = c->drafts[i];
    }
    for (size_t i = 0; i < before->n_sequences; i++)
        c->sequences[c->n_sequences++].sequence = before->sequences[i];
    if (status != PD_OK)
        return status;
    if (c->n_drafts > 1)
        qsort(sorted, c->n_drafts, sizeof *sorted, compare_drafts);
    bind_all(c, sorted);
    return PD_OK;
}
