// SPDX-License-Identifier: Apache-2.0
/* changes_foreigns - foreign keys come and go, and point to what is there. */
#include <string.h>

#include "migrate/changes_inside.h"
#include "plugin/nearest.h"

/* ---- Adding ---- */

static pd_status
name_columns(struct pd_changes *c, const struct draft *draft, const char *const *columns,
             struct pd_foreign *foreign)
{
    uint32_t *numbers;
    size_t n = 0;

    while (columns[n])
        n++;
    numbers = arena_array(c->arena, uint32_t, n);
    if (!numbers)
        return error_memory(&c->err);
    for (size_t i = 0; i < n; i++) {
        pd_status status = changes_column(c, draft, columns[i], &numbers[i]);

        if (status != PD_OK)
            return status;
    }
    foreign->columns = numbers;
    foreign->n_columns = n;
    return PD_OK;
}

static pd_status
copy_foreign(struct pd_changes *c, const struct draft *draft, const struct pd_foreign *from,
             const char *const *columns, struct pd_foreign *foreign)
{
    const struct adoption adoption = {c->arena, &c->err};
    pd_status status = schema_copy_struct(&adoption, &schema_foreign_shape, from, foreign);

    if (status != PD_OK)
        return error_prefix(&c->err, status, "a foreign key of table '%s'", draft->full);
    if (columns)
        status = name_columns(c, draft, columns, foreign);
    if (status != PD_OK)
        return status;
    if (foreign->n_columns == 0)
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "foreign key '%s' of table '%s' to '%s' is on no column",
                            foreign->name ? foreign->name : "", draft->full, foreign->to_table);
    status = schema_adopt_foreign(&adoption, &draft->table, foreign);
    if (status != PD_OK)
        return error_prefix(&c->err, status, "a foreign key of table '%s'", draft->full);
    return PD_OK;
}

static pd_status
put_foreign(struct pd_changes *c, struct draft *draft, const struct pd_foreign *foreign)
{
    struct draft_foreign *foreigns =
        changes_room(c, draft->foreigns, draft->n_foreigns, &draft->foreign_room, sizeof *foreigns);
    pd_status status = foreigns ? PD_OK : error_memory(&c->err);

    if (status == PD_OK) {
        draft->foreigns = foreigns;
        status =
            changes_draft_foreign(c, foreign, /* is_given= */ true, &foreigns[draft->n_foreigns]);
    }
    if (status != PD_OK)
        return status;
    changes_bind_foreign(c, draft, &foreigns[draft->n_foreigns++]);
    draft->is_changed = true;
    return PD_OK;
}

pd_status
changes_add_foreign(struct pd_changes *c, const char *table, const struct pd_foreign *foreign,
                    const char *const *columns)
{
    struct pd_foreign adopted;
    struct draft *draft;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK && !foreign)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the foreign key to be added to table '%s' is missing",
                            draft->full);
    if (status == PD_OK)
        status = copy_foreign(c, draft, foreign, columns, &adopted);
    if (status != PD_OK)
        return status;
    if (adopted.name && !*adopted.name)
        return CHANGES_FAIL(c, PD_CAUSE_DATA, "a foreign key of table '%s' has an empty name",
                            draft->full);
    for (size_t i = 0; i < draft->n_foreigns && adopted.name; i++) {
        if (changes_same_text(draft->foreigns[i].foreign.name, adopted.name))
            return CHANGES_FAIL(
                c, PD_CAUSE_DATA,
                "foreign key '%s' cannot be added to table '%s': it is there already", adopted.name,
                draft->full);
    }
    return put_foreign(c, draft, &adopted);
}

/* ---- Dropping ---- */

static bool
is_of_columns(const struct draft *draft, const struct draft_foreign *foreign,
              const char *const *columns)
{
    for (size_t i = 0; i < foreign->foreign.n_columns; i++) {
        if (!columns[i] || strcmp(draft->columns[foreign->columns[i]].name, columns[i]) != 0)
            return false;
    }
    return !columns[foreign->foreign.n_columns];
}

static bool
is_wanted(const struct draft *draft, const struct draft_foreign *foreign, const char *name,
          const char *const *columns)
{
    if (name)
        return foreign->foreign.name && strcmp(foreign->foreign.name, name) == 0;
    return columns ? is_of_columns(draft, foreign, columns) : !foreign->foreign.name;
}

static pd_status
fail_not_one(struct pd_changes *c, const struct draft *draft, const char *name,
             const char *const *columns, size_t n)
{
    const char *what = columns ? "on these columns" : "without a name";

    if (name)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING, "table '%s' has no foreign key '%s'", draft->full,
                            name);
    if (n == 0)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING, "table '%s' has no foreign key %s", draft->full,
                            what);
    return CHANGES_FAIL(c, PD_CAUSE_DATA, "table '%s' has %zu foreign keys %s", draft->full, n,
                        what);
}

/* Names of columns that are not there are mistakes. */
static pd_status
check_columns(struct pd_changes *c, const struct draft *draft, const char *const *columns)
{
    pd_status status = PD_OK;

    for (uint32_t number; columns && *columns && status == PD_OK; columns++)
        status = changes_column(c, draft, *columns, &number);
    return status;
}

pd_status
changes_drop_foreign(struct pd_changes *c, const char *table, const char *name,
                     const char *const *columns)
{
    struct draft *draft;
    size_t number = 0, n = 0;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK && !name)
        status = check_columns(c, draft, columns);
    if (status != PD_OK)
        return status;
    for (size_t i = 0; i < draft->n_foreigns; i++) {
        if (is_wanted(draft, &draft->foreigns[i], name, columns)) {
            number = i;
            n++;
        }
    }
    if (n != 1)
        return fail_not_one(c, draft, name, columns, n);
    status = changes_stale_part(c, "constraint", draft->foreigns[number].foreign.name);
    if (status != PD_OK)
        return status;
    draft->n_foreigns--;
    memmove(&draft->foreigns[number], &draft->foreigns[number + 1],
            (draft->n_foreigns - number) * sizeof *draft->foreigns);
    draft->is_changed = true;
    return PD_OK;
}

/* ---- At the end ---- */

static pd_status
fail_missing(struct pd_changes *c, const struct draft *draft, const struct draft_foreign *foreign)
{
    struct nearest nearest = nearest_to(foreign->foreign.to_table);
    const char *label = changes_foreign_label(c, draft, foreign), *best;

    for (size_t i = 0; i < c->n_drafts; i++) {
        if (!c->drafts[i]->gone)
            nearest_offer(&nearest, c->drafts[i]->table.name);
    }
    best = nearest_get(&nearest);
    if (best)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING,
                            "%s of table '%s' points to table '%s', which is not there; did you "
                            "mean '%s'?",
                            label, draft->full, foreign->foreign.to_table, best);
    return CHANGES_FAIL(c, PD_CAUSE_MISSING,
                        "%s of table '%s' points to table '%s', which is not there", label,
                        draft->full, foreign->foreign.to_table);
}

static pd_status
check_primary(struct pd_changes *c, const struct draft *draft, const struct draft_foreign *foreign)
{
    const struct draft_key *primary = changes_primary(foreign->to);

    if (primary && primary->key.n_parts == foreign->foreign.n_columns)
        return PD_OK;
    if (primary)
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "%s of table '%s' has %zu columns, the primary key of table '%s' that "
                            "it points to has %zu",
                            changes_foreign_label(c, draft, foreign), draft->full,
                            foreign->foreign.n_columns, foreign->to->full, primary->key.n_parts);
    return CHANGES_FAIL(c, PD_CAUSE_MISSING,
                        "%s of table '%s' points to the primary key of table '%s', which has none",
                        changes_foreign_label(c, draft, foreign), draft->full, foreign->to->full);
}

static bool
has_column(const struct draft *draft, const struct draft_foreign *foreign, const char *name)
{
    for (size_t i = 0; i < draft->table.n_columns; i++) {
        const char *other = draft->columns[i].name;

        if (strcmp(other, name) == 0 || (!foreign->is_given && changes_same_fold(other, name)))
            return true;
    }
    return false;
}

/* What did not fit before is none of the step's business. */
static bool
did_fit(const struct pd_changes *c, const struct draft_foreign *foreign)
{
    const struct pd_table *before =
        foreign->to->own == PD_NO_TABLE ? NULL : &c->before->tables[foreign->to->own];

    return before && before->n_keys && before->keys[0].kind == PD_KEY_PRIMARY &&
           before->keys[0].n_parts == foreign->foreign.n_columns;
}

static pd_status
check_foreign(struct pd_changes *c, const struct draft *draft, const struct draft_foreign *foreign)
{
    bool is_new = foreign->is_given || foreign->is_moved;

    if (!foreign->to)
        return foreign->is_given ? fail_missing(c, draft, foreign) : PD_OK;
    if (!foreign->to_columns)
        return is_new || did_fit(c, foreign) ? check_primary(c, draft, foreign) : PD_OK;
    for (size_t i = 0; i < foreign->foreign.n_columns && is_new; i++) {
        if (!has_column(foreign->to, foreign, foreign->to_columns[i]))
            return CHANGES_FAIL(c, PD_CAUSE_MISSING,
                                "%s of table '%s' points to column '%s' of table '%s', which is "
                                "not there",
                                changes_foreign_label(c, draft, foreign), draft->full,
                                foreign->to_columns[i], foreign->to->full);
    }
    return PD_OK;
}

pd_status
changes_check_foreigns(struct pd_changes *c)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < c->n_drafts; i++) {
        const struct draft *draft = c->drafts[i];

        for (size_t k = 0; k < draft->n_foreigns && !draft->gone && status == PD_OK; k++)
            status = check_foreign(c, draft, &draft->foreigns[k]);
    }
    return status;
}
