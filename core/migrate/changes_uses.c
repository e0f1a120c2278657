// SPDX-License-Identifier: Apache-2.0
/* changes_uses - which parts of a table use a column, and how they follow its new name. */
#include <stdlib.h>
#include <string.h>

#include "migrate/changes_inside.h"
#include "model/expr.h"

/* ---- Native texts: words ---- */

static bool
is_word(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '$' ||
           (letter & 0x80) != 0;
}

static char
fold(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static bool
is_quote(char letter)
{
    return letter == '"' || letter == '`' || letter == ']' || letter == '\'';
}

/* What is behind the name when it stands here; NULL: it does not. Quotes may be doubled. */
static const char *
behind(const char *at, const char *name)
{
    for (; *name; name++, at++) {
        if (fold(*at) != fold(*name))
            return NULL;
        if (is_quote(*name) && at[1] == *name)
            at++;
    }
    return at;
}

bool
changes_mentions(const char *text, const char *name)
{
    size_t size = name ? strlen(name) : 0;

    if (!text || size == 0)
        return false;
    for (const char *at = text; *at; at++) {
        const char *end = behind(at, name);

        if (!end || (at > text && is_word(at[-1]) && is_word(name[0])) ||
            (is_word(*end) && is_word(name[size - 1])))
            continue;
        return true;
    }
    return false;
}

/* ---- Portable expressions ---- */

/* Expressions that were read from an engine may spell a name in letters of another case. */
static long
column_named(const struct pd_table *table, const char *name)
{
    long number = schema_find_column(table, name);

    for (size_t i = 0; i < table->n_columns && number < 0; i++) {
        if (changes_same_fold(table->columns[i].name, name))
            number = (long)i;
    }
    return number;
}

struct search {
    const struct pd_table *table;
    long column;
    bool found;
    char unknown[256]; /* a name that no column has */
};

static void
look_for(void *arg, const char *name)
{
    struct search *search = arg;
    long number = column_named(search->table, name);

    search->found = search->found || number == search->column;
    if (number < 0 && !search->unknown[0])
        strncpy(search->unknown, name, sizeof search->unknown - 1);
}

pd_status
changes_check_expression(struct pd_changes *c, const struct draft *draft, const char *what,
                         const char *text)
{
    struct search search = {.table = &draft->table, .column = -2};
    pd_status status;

    if (!text)
        return PD_OK;
    status = expr_columns(text, look_for, &search, &c->err);
    if (status != PD_OK)
        return error_prefix(&c->err, status, "%s of table '%s'", what, draft->full);
    if (search.unknown[0])
        return CHANGES_FAIL(c, PD_CAUSE_MISSING, "%s of table '%s': the table has no column '%s'",
                            what, draft->full, search.unknown);
    return PD_OK;
}

/* Does either text use the column? The native one counts when there is no other. */
static pd_status
uses(struct pd_changes *c, const struct draft *draft, uint32_t column, const char *text,
     const char *native, bool is_given, bool *ret_uses)
{
    struct search search = {.table = &draft->table, .column = (long)column};
    const char *name = is_given ? draft->columns[column].name : changes_old_name(c, draft, column);
    pd_status status;

    if (*ret_uses)
        return PD_OK;
    if (!text) {
        *ret_uses = changes_mentions(native, name);
        return PD_OK;
    }
    status = expr_columns(text, look_for, &search, &c->err);
    *ret_uses = search.found;
    return status == PD_OK
               ? PD_OK
               : error_prefix(&c->err, status, "an expression of table '%s'", draft->full);
}

/* ---- Users ---- */

static pd_status
key_uses(struct pd_changes *c, const struct draft *draft, const struct draft_key *k,
         uint32_t column, bool *ret_uses)
{
    const struct pd_key *key = &k->key;
    pd_status status;

    *ret_uses = false;
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct pd_key_part *part = &k->parts[i];

        if (part->column >= 0)
            *ret_uses = *ret_uses || part->column == (int32_t)column;
        else {
            status = uses(c, draft, column, part->expression, part->expression_native, k->is_given,
                          ret_uses);
            if (status != PD_OK)
                return status;
        }
    }
    if (key->flags & PD_KEY_NATIVE_ONLY) {
        status = uses(c, draft, column, NULL, key->native_sql, k->is_given, ret_uses);
        if (status != PD_OK)
            return status;
    }
    return uses(c, draft, column, key->predicate, key->predicate_native, k->is_given, ret_uses);
}

static pd_status
find_key(struct pd_changes *c, const struct draft *draft, uint32_t column, const char **ret_user)
{
    for (size_t i = 0; i < draft->n_keys; i++) {
        bool found;
        pd_status status = key_uses(c, draft, &draft->keys[i], column, &found);

        if (status == PD_OK && found)
            *ret_user = changes_key_label(c, draft, &draft->keys[i].key);
        if (status != PD_OK || found)
            return status;
    }
    return PD_OK;
}

static pd_status
find_check(struct pd_changes *c, const struct draft *draft, uint32_t column, const char **ret_user)
{
    for (size_t i = 0; i < draft->n_checks; i++) {
        const struct draft_check *check = &draft->checks[i];
        bool found = false;
        pd_status status = uses(c, draft, column, check->check.expression,
                                check->check.expression_native, check->is_given, &found);

        if (status == PD_OK && found)
            *ret_user = changes_check_label(c, &check->check);
        if (status != PD_OK || found)
            return status;
    }
    return PD_OK;
}

static bool
points_to(const struct draft_foreign *foreign, const struct draft *draft, uint32_t column)
{
    for (size_t i = 0; i < foreign->foreign.n_columns && foreign->to_columns; i++) {
        if (foreign->to == draft &&
            column_named(&draft->table, foreign->to_columns[i]) == (long)column)
            return true;
    }
    return false;
}

static bool
comes_from(const struct draft_foreign *foreign, uint32_t column)
{
    for (size_t i = 0; i < foreign->foreign.n_columns; i++) {
        if (foreign->columns[i] == column)
            return true;
    }
    return false;
}

static pd_status
find_foreign(struct pd_changes *c, const struct draft *draft, uint32_t column,
             const char **ret_user)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        const struct draft *other = c->drafts[i];

        for (size_t k = 0; k < other->n_foreigns && !other->gone; k++) {
            const struct draft_foreign *foreign = &other->foreigns[k];
            const char *label;

            if (!(other == draft && comes_from(foreign, column)) &&
                !points_to(foreign, draft, column))
                continue;
            label = changes_foreign_label(c, other, foreign);
            if (other != draft)
                label = arena_printf(c->arena, "%s of table '%s'", label, other->full);
            *ret_user = label;
            return label ? PD_OK : error_memory(&c->err);
        }
    }
    return PD_OK;
}

/* The default of an engine may be computed from other columns, too. */
static pd_status
find_column(struct pd_changes *c, const struct draft *draft, uint32_t column, const char **ret_user)
{
    for (uint32_t i = 0; i < draft->table.n_columns; i++) {
        const struct pd_column *other = &draft->columns[i];
        bool computed = false, filled = false;
        pd_status status = PD_OK;

        if (i == column)
            continue;
        if (other->generated)
            status = uses(c, draft, column, other->expression, other->expression_native,
                          draft->is_given[i], &computed);
        if (status == PD_OK && other->default_kind == PD_DEFAULT_EXPRESSION)
            status = uses(c, draft, column, other->default_text, NULL, draft->is_given[i], &filled);
        if (status != PD_OK)
            return status;
        if (!computed && !filled)
            continue;
        *ret_user = arena_printf(c->arena, "the %s of column '%s'",
                                 computed ? "expression" : "default", other->name);
        return *ret_user ? PD_OK : error_memory(&c->err);
    }
    return PD_OK;
}

pd_status
changes_find_user(struct pd_changes *c, const struct draft *draft, uint32_t column,
                  const char **ret_user)
{
    pd_status status;

    *ret_user = NULL;
    status = find_key(c, draft, column, ret_user);
    if (status == PD_OK && !*ret_user)
        status = find_check(c, draft, column, ret_user);
    if (status == PD_OK && !*ret_user)
        status = find_foreign(c, draft, column, ret_user);
    if (status == PD_OK && !*ret_user)
        status = find_column(c, draft, column, ret_user);
    return status;
}

const char *
changes_native_user(const struct pd_changes *c, const struct draft *draft, uint32_t column)
{
    for (uint32_t i = 0; i < draft->table.n_columns; i++) {
        const struct pd_column *other = &draft->columns[i];
        const char *name =
            draft->is_given[i] ? draft->columns[column].name : changes_old_name(c, draft, column);

        if (i != column && other->generated && !other->expression &&
            changes_mentions(other->expression_native, name))
            return other->name;
    }
    return NULL;
}

/* ---- Renaming ---- */

struct renaming {
    const struct pd_table *table;
    long column;
    const char *to;
};

static const char *
name_of(const void *arg, const char *name)
{
    const struct renaming *renaming = arg;

    return column_named(renaming->table, name) == renaming->column ? renaming->to : NULL;
}

static pd_status
rename_in(struct pd_changes *c, const struct renaming *renaming, const char **text)
{
    CLEANUP_FREE char *renamed = NULL;
    pd_status status;

    if (!*text)
        return PD_OK;
    status = expr_rename(*text, name_of, renaming, &renamed, &c->err);
    if (status != PD_OK)
        return error_prefix(&c->err, status, "an expression of table '%s'", renaming->table->name);
    *text = arena_strdup(c->arena, renamed);
    return *text ? PD_OK : error_memory(&c->err);
}

static pd_status
rename_in_columns(struct pd_changes *c, const struct renaming *renaming, struct draft *draft)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < draft->table.n_columns && status == PD_OK; i++) {
        struct pd_column *column = &draft->columns[i];

        if (column->generated)
            status = rename_in(c, renaming, &column->expression);
        if (status != PD_OK || column->default_kind != PD_DEFAULT_EXPRESSION)
            continue;
        status = rename_in(c, renaming, &column->default_text);
        column->default_size = (uint32_t)(column->default_text ? strlen(column->default_text) : 0);
    }
    return status;
}

static pd_status
rename_in_keys(struct pd_changes *c, const struct renaming *renaming, struct draft *draft)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < draft->n_keys && status == PD_OK; i++) {
        struct draft_key *key = &draft->keys[i];

        status = rename_in(c, renaming, &key->key.predicate);
        for (size_t k = 0; k < key->key.n_parts && status == PD_OK; k++)
            status = rename_in(c, renaming, &key->parts[k].expression);
    }
    return status;
}

static void
rename_in_foreigns(struct pd_changes *c, const struct renaming *renaming, const struct draft *draft)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *other = c->drafts[i];

        for (size_t k = 0; k < other->n_foreigns; k++) {
            struct draft_foreign *foreign = &other->foreigns[k];

            if (!points_to(foreign, draft, (uint32_t)renaming->column))
                continue;
            other->is_rewritten = true;
            for (size_t j = 0; j < foreign->foreign.n_columns; j++) {
                const char *name = name_of(renaming, foreign->to_columns[j]);

                foreign->to_columns[j] = name ? name : foreign->to_columns[j];
            }
        }
    }
}

pd_status
changes_rename_uses(struct pd_changes *c, struct draft *draft, uint32_t column, const char *to)
{
    const struct renaming renaming = {&draft->table, (long)column, to};
    const char *from = draft->columns[column].name;
    pd_status status = rename_in_keys(c, &renaming, draft);

    for (size_t i = 0; i < draft->n_checks && status == PD_OK; i++)
        status = rename_in(c, &renaming, &draft->checks[i].check.expression);
    if (status == PD_OK)
        status = rename_in_columns(c, &renaming, draft);
    if (status != PD_OK)
        return status;
    rename_in_foreigns(c, &renaming, draft);
    for (size_t i = 0; i < c->n_sequences; i++) {
        struct pd_sequence *s = &c->sequences[i].sequence;

        if (c->sequences[i].owner == draft && s->owner_column && strcmp(s->owner_column, from) == 0)
            s->owner_column = to;
    }
    return PD_OK;
}
