// SPDX-License-Identifier: Apache-2.0
/* changes_sequences - sequences that belong to columns go where these go. */
#include <string.h>

#include "migrate/changes_inside.h"
#include "model/schema.h"

static bool
is_full_name(const struct pd_sequence *sequence, const char *text)
{
    size_t size = sequence->schema ? strlen(sequence->schema) : 0;

    if (size == 0)
        return strcmp(sequence->name, text) == 0;
    return strncmp(text, sequence->schema, size) == 0 && text[size] == '.' &&
           strcmp(text + size + 1, sequence->name) == 0;
}

static bool
counts_by(const struct pd_column *column, const struct pd_sequence *sequence)
{
    if (column->default_kind == PD_DEFAULT_NEXTVAL && column->default_text)
        return is_full_name(sequence, column->default_text);
    return changes_mentions(column->default_native, sequence->name);
}

/* By a column that stays. */
static bool
is_used(const struct pd_changes *c, const struct draft_sequence *s, const struct draft *leaving,
        uint32_t column)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        const struct draft *draft = c->drafts[i];

        if (draft->gone || (draft == leaving && column == PD_NO_COLUMN))
            continue;
        for (uint32_t k = 0; k < draft->table.n_columns; k++) {
            if (!(draft == leaving && k == column) && counts_by(&draft->columns[k], &s->sequence))
                return true;
        }
    }
    return false;
}

static bool
is_owned(const struct draft_sequence *s, const struct draft *draft, uint32_t column)
{
    if (s->is_gone || s->owner != draft)
        return false;
    return column == PD_NO_COLUMN ||
           changes_same_text(s->sequence.owner_column, draft->columns[column].name);
}

void
changes_drop_sequences(struct pd_changes *c, const struct draft *draft, uint32_t column)
{
    for (size_t i = 0; i < c->n_sequences; i++) {
        struct draft_sequence *s = &c->sequences[i];

        if (!is_owned(s, draft, column))
            continue;
        s->is_gone = !is_used(c, s, draft, column);
        s->owner = NULL;
        s->sequence.owner_table = s->sequence.owner_column = NULL;
    }
}

/* ---- Columns that change ---- */

const struct pd_counter *
changes_sequence_counter(const struct pd_changes *c, const struct pd_column *column)
{
    for (size_t i = 0; i < c->n_sequences; i++) {
        if (!c->sequences[i].is_gone && column->default_kind == PD_DEFAULT_NEXTVAL &&
            counts_by(column, &c->sequences[i].sequence))
            return &c->sequences[i].sequence.counter;
    }
    return NULL;
}

static bool
is_counted(uint32_t kind)
{
    return kind == PD_KIND_INT16 || kind == PD_KIND_INT32 || kind == PD_KIND_INT64;
}

void
changes_fit_sequences(struct pd_changes *c, const struct draft *draft, uint32_t number,
                      const struct pd_column *changed)
{
    const struct pd_column *was = &draft->columns[number];

    bool is_drawn = was->default_kind == PD_DEFAULT_NEXTVAL;

    if ((is_drawn || (was->identity && !changed->identity)) &&
        changed->default_kind != PD_DEFAULT_NEXTVAL)
        changes_drop_sequences(c, draft, number);
    for (size_t i = 0; i < c->n_sequences; i++) {
        struct draft_sequence *s = &c->sequences[i];

        if (is_owned(s, draft, number) &&
            ((was->identity && changed->identity) || counts_by(changed, &s->sequence)) &&
            s->sequence.kind == was->type.kind && is_counted(changed->type.kind))
            s->sequence.kind = changed->type.kind;
    }
}

/* ---- Rows that a step makes ---- */

void
changes_advance(struct pd_changes *c)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *draft = c->drafts[i];

        if (draft->gone || (!changes_makes_rows(c, draft) && !draft->may_update))
            continue;
        for (uint32_t k = 0; k < draft->table.n_columns; k++) {
            struct pd_column *column = &draft->columns[k];

            if (column->identity)
                column->counter.flags |= PD_COUNTER_ADVANCE;
            for (size_t n = 0; n < c->n_sequences; n++) {
                struct pd_sequence *sequence = &c->sequences[n].sequence;

                if (counts_by(column, sequence) ||
                    (c->sequences[n].owner == draft &&
                     changes_same_text(sequence->owner_column, column->name)))
                    sequence->counter.flags |= PD_COUNTER_ADVANCE;
            }
        }
    }
}

/* ---- Another schema ---- */

static struct pd_column *
owner_column(const struct draft_sequence *s, const struct draft *draft)
{
    long number =
        s->sequence.owner_column ? schema_find_column(&draft->table, s->sequence.owner_column) : -1;

    return number < 0 ? NULL : &draft->columns[number];
}

/* Columns of all tables say where the sequence is. */
static pd_status
move_users(struct pd_changes *c, const struct pd_sequence *from, const struct pd_sequence *to)
{
    const char *text = to->schema && *to->schema
                           ? arena_printf(c->arena, "%s.%s", to->schema, to->name)
                           : to->name;

    if (!text)
        return error_memory(&c->err);
    for (size_t i = 0; i < c->n_drafts; i++) {
        for (size_t k = 0; k < c->drafts[i]->table.n_columns; k++) {
            struct pd_column *column = &c->drafts[i]->columns[k];

            if (!counts_by(column, from))
                continue;
            column->default_native = NULL;
            c->drafts[i]->is_rewritten = true;
            if (column->default_kind != PD_DEFAULT_NEXTVAL)
                continue;
            column->default_text = text;
            column->default_size = (uint32_t)strlen(text);
        }
    }
    return PD_OK;
}

/* An identity column has the counter, too: its sequence is made anew with it. */
pd_status
changes_move_sequences(struct pd_changes *c, struct draft *draft, const char *schema)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < c->n_sequences && status == PD_OK; i++) {
        struct draft_sequence *s = &c->sequences[i];
        const struct pd_sequence from = s->sequence;
        struct pd_column *column = owner_column(s, draft);

        if (!is_owned(s, draft, PD_NO_COLUMN))
            continue;
        if (column && column->identity) {
            column->default_native = NULL;
            s->is_gone = true;
            continue;
        }
        s->sequence.schema = schema;
        status = move_users(c, &from, &s->sequence);
    }
    return status;
}

/* ---- Columns that number rows no more ---- */

static bool
numbers(const struct pd_column *column)
{
    return column->identity != PD_IDENTITY_NO || column->default_kind == PD_DEFAULT_NEXTVAL;
}

/* Its values are those of another table. */
static bool
is_reference(const struct pd_table *table, uint32_t column)
{
    for (size_t i = 0; i < table->n_foreigns; i++)
        for (size_t k = 0; k < table->foreigns[i].n_columns; k++)
            if (table->foreigns[i].columns[k] == column)
                return true;
    return false;
}

/* The number that was in `before` has come from such a column, and nothing else makes one. */
static bool
is_uncounted(const struct pd_table *was, const struct pd_table *table, uint32_t column,
             uint32_t from)
{
    const struct pd_column *now = &table->columns[column];

    return from != PD_NO_COLUMN && numbers(&was->columns[from]) && !numbers(now) &&
           now->default_kind <= PD_DEFAULT_NULL && !now->generated && !is_reference(table, column);
}

pd_status
changes_tell_counters(struct pd_changes *c, struct arena *arena, struct planned *planned)
{
    size_t n = 0;

    for (size_t i = 0; i < planned->after->n_tables; i++)
        n += planned->after->tables[i].n_columns;
    planned->told = arena_array(arena, const char *, n + 1);
    if (!planned->told)
        return error_memory(&c->err);
    for (size_t i = 0; i < planned->after->n_tables; i++) {
        const struct pd_table *table = &planned->after->tables[i];
        uint32_t own = planned->feeds[i].n_tables ? planned->feeds[i].tables[0] : PD_NO_TABLE;

        for (uint32_t k = 0; own != PD_NO_TABLE && k < table->n_columns; k++) {
            if (!is_uncounted(&planned->before->tables[own], table, k,
                              planned->flows[own].columns[k]))
                continue;
            planned->told[planned->n_told] = arena_printf(
                arena,
                "column '%s' of table '%s' does not number new rows any more, and gets no "
                "default: who adds a row has to give it one",
                table->columns[k].name, schema_table_name(table));
            if (!planned->told[planned->n_told++])
                return error_memory(&c->err);
        }
    }
    return PD_OK;
}
