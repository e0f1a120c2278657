// SPDX-License-Identifier: Apache-2.0
/* changes_columns - columns are renamed, dropped, added and changed. */
#include <string.h>

#include "migrate/changes_inside.h"
#include "migrate/literal.h"
#include "model/kind.h"
#include "polydump/schema.h"

/* ---- Renaming ---- */

pd_status
changes_rename_column(struct pd_changes *c, const char *table, const char *column, const char *to)
{
    struct draft *draft;
    uint32_t number;
    const char *name, *user;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK)
        status = changes_column(c, draft, column, &number);
    if (status == PD_OK)
        status = changes_check_name(c, "column", to);
    if (status != PD_OK || strcmp(draft->columns[number].name, to) == 0)
        return status;
    if (schema_find_column(&draft->table, to) >= 0)
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "column '%s' of table '%s' cannot be called '%s': there is a column of "
                            "that name; rename or drop that first",
                            column, draft->full, to);
    user = changes_native_user(c, draft, number);
    if (user)
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "column '%s' of table '%s' is used by the expression of column '%s', "
                            "which only its own engine can read; drop that first",
                            column, draft->full, user);
    name = arena_strdup(c->arena, to);
    if (!name)
        return error_memory(&c->err);
    status = changes_rename_uses(c, draft, number, name);
    if (status != PD_OK)
        return status;
    draft->columns[number].name = name;
    draft->is_changed = true;
    return PD_OK;
}

/* ---- Numbers ---- */

/* Columns from `at` on have other numbers. */
static void
shift(struct draft *draft, uint32_t at, int by)
{
    for (size_t i = 0; i < draft->n_keys; i++) {
        for (size_t k = 0; k < draft->keys[i].key.n_parts; k++) {
            struct pd_key_part *part = &draft->keys[i].parts[k];

            if (part->column >= (int32_t)at)
                part->column += by;
        }
    }
    for (size_t i = 0; i < draft->n_foreigns; i++) {
        struct draft_foreign *f = &draft->foreigns[i];

        for (size_t k = 0; k < f->foreign.n_columns; k++)
            f->columns[k] += f->columns[k] >= at ? (uint32_t)by : 0;
        for (size_t k = 0; k < f->foreign.n_set_columns && f->set_columns; k++)
            f->set_columns[k] += f->set_columns[k] >= at ? (uint32_t)by : 0;
    }
}

/* ---- Dropping ---- */

static bool
is_last(const struct draft *draft, uint32_t column)
{
    for (uint32_t i = 0; i < draft->table.n_columns; i++) {
        if (i != column && !(draft->columns[i].flags & PD_COLUMN_PASSENGER))
            return false;
    }
    return true;
}

static void
take_column(struct draft *draft, uint32_t number)
{
    size_t behind = draft->table.n_columns - number - 1;

    memmove(&draft->columns[number], &draft->columns[number + 1], behind * sizeof *draft->columns);
    memmove(&draft->is_given[number], &draft->is_given[number + 1],
            behind * sizeof *draft->is_given);
    for (size_t i = 0; i < draft->n_streams; i++) {
        uint32_t *from = draft->streams[i].from;

        memmove(&from[number], &from[number + 1], behind * sizeof *from);
    }
    draft->table.n_columns--;
    shift(draft, number, -1);
}

static bool
numbers_rows(const struct draft *draft)
{
    for (size_t i = 0; i < draft->table.n_columns; i++) {
        if (draft->columns[i].identity)
            return true;
    }
    return false;
}

/* A number that an engine gave to a row is that of no other row, and beside a primary key of the
   step, or a column that numbers rows, it may be another number for the same. */
void
changes_drop_passengers(struct pd_changes *c)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *draft = c->drafts[i];
        const struct draft_key *primary = changes_primary(draft);

        if (draft->gone || !(changes_makes_rows(c, draft) || (primary && primary->is_given) ||
                             numbers_rows(draft)))
            continue;
        for (uint32_t k = (uint32_t)draft->table.n_columns; k-- > 0;) {
            if (draft->columns[k].flags & PD_COLUMN_PASSENGER && !is_last(draft, k))
                take_column(draft, k);
        }
    }
}

pd_status
changes_drop_column(struct pd_changes *c, const char *table, const char *column)
{
    struct draft *draft;
    uint32_t number;
    const char *user = NULL;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK)
        status = changes_column(c, draft, column, &number);
    if (status == PD_OK)
        status = changes_find_user(c, draft, number, &user);
    if (status != PD_OK)
        return status;
    if (user)
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "column '%s' of table '%s' is used by %s; drop that first", column,
                            draft->full, user);
    if (is_last(draft, number))
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "column '%s' is the only one of table '%s'; drop the table", column,
                            draft->full);
    changes_drop_sequences(c, draft, number);
    take_column(draft, number);
    draft->is_changed = true;
    return PD_OK;
}

/* ---- Adding ---- */

pd_status
changes_check_column(struct pd_changes *c, const struct draft *draft,
                     const struct pd_column *column)
{
    const char *what = arena_printf(c->arena, "column '%s'", column->name);
    pd_status status = what ? PD_OK : error_memory(&c->err);

    if (status == PD_OK && column->generated && !column->expression && !column->expression_native)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "column '%s' of table '%s' has no expression",
                            column->name, draft->full);
    if (status == PD_OK && column->generated)
        status = changes_check_expression(c, draft, what, column->expression);
    if (status == PD_OK && column->default_kind == PD_DEFAULT_EXPRESSION)
        status = changes_check_expression(c, draft, what, column->default_text);
    return status;
}

pd_status
changes_settle_default(struct pd_changes *c, const struct draft *draft, struct pd_column *column)
{
    pd_status status = literal_settle(column, c->arena, &c->err);

    return error_prefix(&c->err, status, "column '%s' of table '%s'", column->name, draft->full);
}

void
changes_set_neutral(struct pd_column *column)
{
    if (!*column->native)
        column->flags |= PD_COLUMN_NEUTRAL;
}

static pd_status
copy_column(struct pd_changes *c, const struct draft *draft, const struct pd_column *from,
            struct pd_column *column)
{
    const struct adoption adoption = {c->arena, &c->err};
    pd_status status = schema_copy_struct(&adoption, &schema_column_shape, from, column);

    if (status == PD_OK)
        status = schema_adopt_column(&adoption, column);
    if (status != PD_OK)
        return error_prefix(&c->err, status, "column '%s' of table '%s'",
                            from->name ? from->name : "", draft->full);
    changes_set_neutral(column);
    return PD_OK;
}

static pd_status
make_room(struct pd_changes *c, struct draft *draft)
{
    size_t n = draft->table.n_columns;
    struct pd_column *columns =
        changes_room(c, draft->columns, n, &draft->column_room, sizeof *columns);
    bool *is_given = changes_room(c, draft->is_given, n, &draft->given_room, sizeof *is_given);

    if (!columns || !is_given)
        return error_memory(&c->err);
    draft->columns = columns;
    draft->table.columns = columns;
    draft->is_given = is_given;
    for (size_t i = 0; i < draft->n_streams; i++) {
        struct stream *stream = &draft->streams[i];
        uint32_t *from = changes_room(c, stream->from, n, &stream->room, sizeof *from);

        if (!from)
            return error_memory(&c->err);
        stream->from = from;
    }
    return PD_OK;
}

static pd_status
put_column(struct pd_changes *c, struct draft *draft, const struct pd_column *column, uint32_t at)
{
    size_t behind = draft->table.n_columns - at;
    pd_status status = make_room(c, draft);

    if (status != PD_OK)
        return status;
    shift(draft, at, 1);
    memmove(&draft->columns[at + 1], &draft->columns[at], behind * sizeof *draft->columns);
    memmove(&draft->is_given[at + 1], &draft->is_given[at], behind * sizeof *draft->is_given);
    draft->columns[at] = *column;
    draft->columns[at].flags &= ~(uint32_t)PD_COLUMN_PASSENGER;
    draft->is_given[at] = true;
    for (size_t i = 0; i < draft->n_streams; i++) {
        uint32_t *from = draft->streams[i].from;

        memmove(&from[at + 1], &from[at], behind * sizeof *from);
        from[at] = PD_NO_COLUMN;
    }
    draft->table.n_columns++;
    draft->table.flags &= ~(uint32_t)PD_TABLE_NO_COLUMNS;
    draft->is_changed = true;
    return PD_OK;
}

pd_status
changes_add_column(struct pd_changes *c, const char *table, const struct pd_column *column,
                   const char *before)
{
    struct pd_column adopted;
    struct draft *draft;
    uint32_t at;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK && !column)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the column to be added to table '%s' is missing",
                            draft->full);
    if (status == PD_OK)
        status = copy_column(c, draft, column, &adopted);
    if (status == PD_OK)
        status = changes_check_name(c, "column", adopted.name);
    if (status != PD_OK)
        return status;
    if (schema_find_column(&draft->table, adopted.name) >= 0)
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "column '%s' cannot be added to table '%s': it is there already",
                            adopted.name, draft->full);
    if (draft->table.n_columns >= SCHEMA_MAX_COLUMNS)
        return CHANGES_FAIL(c, PD_CAUSE_LIMIT, "table '%s' has %d columns, and takes no more",
                            draft->full, SCHEMA_MAX_COLUMNS);
    at = (uint32_t)draft->table.n_columns;
    if (before)
        status = changes_column(c, draft, before, &at);
    if (status == PD_OK)
        status = changes_check_column(c, draft, &adopted);
    if (status == PD_OK)
        status = changes_settle_default(c, draft, &adopted);
    return status == PD_OK ? put_column(c, draft, &adopted, at) : status;
}

/* ---- Changing ---- */

static bool
same_default(const struct pd_column *a, const struct pd_column *b)
{
    return a->default_kind == b->default_kind && a->default_tag == b->default_tag &&
           a->default_size == b->default_size &&
           (a->default_size == 0 || memcmp(a->default_text, b->default_text, a->default_size) == 0);
}

static bool
says_nothing(const struct pd_counter *counter)
{
    const struct pd_counter none = {.struct_size = counter->struct_size};

    return memcmp(counter, &none, sizeof none) == 0;
}

/* The native spellings of the column that was hold as long as what they spell stays. */
static void
keep_native(const struct pd_column *was, struct pd_column *column, bool same_type)
{
    bool counts = was->identity && column->identity && kind_is_integer(column->type.kind);

    column->native = same_type ? was->native : "";
    column->flags &= ~(uint32_t)PD_COLUMN_NEUTRAL;
    column->flags |= same_type ? was->flags & PD_COLUMN_NEUTRAL : PD_COLUMN_NEUTRAL;
    if (!same_type && !counts)
        column->default_native = NULL;
    else if (same_default(was, column))
        column->default_native = was->default_native;
    else if (changes_same_text(was->default_native, column->default_native))
        column->default_native = NULL;
    if (column->generated && changes_same_text(was->expression, column->expression) &&
        !column->expression_native)
        column->expression_native = was->expression_native;
    else if (column->generated && !changes_same_text(was->expression, column->expression) &&
             changes_same_text(was->expression_native, column->expression_native))
        column->expression_native = NULL;
    if (column->expression && !same_type) /* there may be casts in it */
        column->expression_native = NULL;
}

/* Are its native texts others than they were? */
static bool
is_new_native(const struct pd_column *was, const struct pd_column *column)
{
    return (column->default_native &&
            !changes_same_text(was->default_native, column->default_native)) ||
           (column->expression_native &&
            !changes_same_text(was->expression_native, column->expression_native));
}

/* What was, with what `as` says of it that is no type: whether it may be NULL, and a default and a
   comment if it has any. */
static struct pd_column
keep_type(const struct pd_column *was, const struct pd_column *as)
{
    struct pd_column kept = *was;

    kept.flags = (was->flags & ~(uint32_t)PD_COLUMN_NOT_NULL) | (as->flags & PD_COLUMN_NOT_NULL);
    if (as->default_kind != PD_DEFAULT_NONE) {
        kept.default_kind = as->default_kind;
        kept.default_tag = as->default_tag;
        kept.default_size = as->default_size;
        kept.default_text = as->default_text;
        kept.default_native = as->default_native;
    }
    if (as->comment)
        kept.comment = as->comment;
    return kept;
}

/* It goes on numbering rows, as `as` says; not as another type than a number, and not beside a
   default or an expression. */
static void
keep_counter(const struct pd_column *was, struct pd_column *as)
{
    bool is_asked = as->flags & PD_COLUMN_SAME_COUNTER && as->default_kind == PD_DEFAULT_NONE &&
                    !as->generated && !as->identity;

    as->flags &= ~(uint32_t)PD_COLUMN_SAME_COUNTER;
    if (is_asked && was->identity && kind_is_integer(as->type.kind)) {
        as->identity = was->identity;
        as->counter = was->counter;
    } else if (is_asked && was->default_kind == PD_DEFAULT_NEXTVAL &&
               (kind_is_integer(as->type.kind) || as->type.kind == PD_KIND_DECIMAL)) {
        as->default_kind = was->default_kind;
        as->default_size = was->default_size;
        as->default_text = was->default_text;
        as->default_native = was->default_native;
    }
}

/* Where it counts on: where it was, or behind the rows. */
static void
place_counter(const struct pd_changes *c, const struct pd_column *was, struct pd_column *column)
{
    const struct pd_counter *counter =
        was->identity == PD_IDENTITY_NO ? changes_sequence_counter(c, was) : &was->counter;
    bool is_beyond = pd_counts_beyond(was) && column->type.kind != PD_KIND_UINT64;
    bool is_kept = counter && was->identity != PD_IDENTITY_ROWID && !is_beyond;

    if (column->identity == PD_IDENTITY_NO || column->identity == PD_IDENTITY_ROWID)
        return;
    if (is_kept && says_nothing(&column->counter))
        column->counter = *counter;
    if (is_kept && memcmp(&column->counter, counter, sizeof *counter) == 0)
        return;
    if (is_beyond || says_nothing(&column->counter))
        column->counter = (struct pd_counter){
            .struct_size = column->counter.struct_size, .next = 1, .increment = 1};
    column->counter.flags |= PD_COUNTER_ADVANCE;
}

/* as, with the name of the column that was. */
static pd_status
copy_changed(struct pd_changes *c, const struct draft *draft, const struct pd_column *was,
             const struct pd_column *as, struct pd_column *column)
{
    struct pd_column named = {0};
    uint32_t size = as->struct_size < sizeof named ? as->struct_size : (uint32_t)sizeof named;
    pd_status status;

    memcpy(&named, as, size);
    if (size >= offsetof(struct pd_column, type)) {
        named.struct_size = size;
        named.name = was->name;
    }
    if (size == sizeof named && named.type.kind == PD_KIND_NONE)
        named = keep_type(was, &named);
    else if (size == sizeof named)
        keep_counter(was, &named);
    status = copy_column(c, draft, &named, column);
    if (status != PD_OK)
        return status;
    column->flags &= ~(uint32_t)PD_COLUMN_PASSENGER;
    column->flags |= was->flags & (uint32_t)PD_COLUMN_PASSENGER;
    place_counter(c, was, column);
    /* What an engine had let stand may stand, as long as the column is what it was. */
    if (!(same_default(was, column) && schema_same_type(&was->type, &column->type)))
        status = changes_settle_default(c, draft, column);
    return status == PD_OK ? changes_check_column(c, draft, column) : status;
}

pd_status
changes_change_column(struct pd_changes *c, const char *table, const char *column,
                      const struct pd_column *as)
{
    struct pd_column changed;
    struct draft *draft;
    uint32_t number;
    const char *user = NULL;
    bool same_type;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK)
        status = changes_column(c, draft, column, &number);
    if (status == PD_OK && !as)
        return CHANGES_FAIL(c, PD_CAUSE_BUG,
                            "what column '%s' of table '%s' shall become is missing", column,
                            draft->full);
    if (status == PD_OK)
        status = copy_changed(c, draft, &draft->columns[number], as, &changed);
    if (status != PD_OK)
        return status;
    same_type = schema_same_type(&draft->columns[number].type, &changed.type) &&
                schema_same_type(&draft->columns[number].hint, &changed.hint);
    if (!same_type)
        user = changes_native_user(c, draft, number);
    if (user)
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "column '%s' of table '%s' is used by the expression of column '%s', "
                            "which only its own engine can read; drop that first",
                            column, draft->full, user);
    /* An engine may spell a type that counts in one way only: SQLite as INTEGER. */
    keep_native(&draft->columns[number], &changed,
                same_type && (draft->columns[number].identity || !changed.identity));
    if (is_new_native(&draft->columns[number], &changed))
        draft->is_given[number] = true;
    changes_fit_sequences(c, draft, number, &changed);
    draft->columns[number] = changed;
    draft->is_changed = true;
    return PD_OK;
}
