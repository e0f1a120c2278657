// SPDX-License-Identifier: Apache-2.0
/* changes_keys - keys, indexes and checks come and go. */
#include <string.h>

#include "migrate/changes_inside.h"

const struct draft_key *
changes_primary(const struct draft *draft)
{
    return draft->n_keys && draft->keys[0].key.kind == PD_KEY_PRIMARY ? &draft->keys[0] : NULL;
}

/* ---- Keys ---- */

static pd_status
check_part(struct pd_changes *c, const struct draft *draft, const struct pd_key *key, size_t number)
{
    const struct pd_key_part *part = &key->parts[number];
    const char *label = changes_key_label(c, draft, key);

    if (part->column < 0 && !part->expression && !part->expression_native)
        return CHANGES_FAIL(c, PD_CAUSE_BUG,
                            "part %zu of %s of table '%s' is neither a column nor an expression",
                            number + 1, label, draft->full);
    for (size_t i = 0; i < number && part->column >= 0; i++) {
        if (key->parts[i].column == part->column)
            return CHANGES_FAIL(c, PD_CAUSE_DATA, "%s of table '%s' has column '%s' twice", label,
                                draft->full, draft->columns[part->column].name);
    }
    return changes_check_expression(c, draft, label, part->expression);
}

pd_status
changes_check_key(struct pd_changes *c, const struct draft *draft, const struct pd_key *key)
{
    pd_status status = PD_OK;

    if (key->name && !*key->name)
        return CHANGES_FAIL(c, PD_CAUSE_DATA, "a key of table '%s' has an empty name", draft->full);
    for (size_t i = 0; i < key->n_parts && status == PD_OK; i++)
        status = check_part(c, draft, key, i);
    if (status != PD_OK)
        return status;
    return changes_check_expression(c, draft, changes_key_label(c, draft, key), key->predicate);
}

/* Parts that are the columns of these names. */
static pd_status
name_parts(struct pd_changes *c, const struct draft *draft, const char *const *columns,
           struct pd_key *key)
{
    struct pd_key_part *parts;
    size_t n = 0;

    while (columns[n])
        n++;
    parts = arena_array(c->arena, struct pd_key_part, n);
    if (!parts)
        return error_memory(&c->err);
    for (size_t i = 0; i < n; i++) {
        uint32_t number;
        pd_status status = changes_column(c, draft, columns[i], &number);

        if (status != PD_OK)
            return status;
        parts[i] = (struct pd_key_part){.struct_size = sizeof parts[i], .column = (int32_t)number};
    }
    key->parts = parts;
    key->n_parts = n;
    key->part_size = sizeof *parts;
    return PD_OK;
}

static pd_status
copy_key(struct pd_changes *c, const struct draft *draft, const struct pd_key *from,
         const char *const *columns, struct pd_key *key)
{
    const struct adoption adoption = {c->arena, &c->err};
    pd_status status = schema_copy_struct(&adoption, &schema_key_shape, from, key);

    if (status != PD_OK)
        return error_prefix(&c->err, status, "a key of table '%s'", draft->full);
    if (columns)
        status = name_parts(c, draft, columns, key);
    if (status != PD_OK)
        return status;
    if (key->n_parts == 0)
        return CHANGES_FAIL(c, PD_CAUSE_DATA, "key '%s' of table '%s' is on no column",
                            key->name ? key->name : "", draft->full);
    status = schema_adopt_key(&adoption, &draft->table, key);
    if (status != PD_OK)
        return error_prefix(&c->err, status, "a key of table '%s'", draft->full);
    return PD_OK;
}

static int
compare_keys(const struct pd_key *a, const struct pd_key *b)
{
    if (a->kind != b->kind)
        return (int)a->kind - (int)b->kind;
    return strcmp(a->name ? a->name : "", b->name ? b->name : "");
}

static pd_status
put_key(struct pd_changes *c, struct draft *draft, const struct pd_key *key)
{
    struct draft_key *keys =
        changes_room(c, draft->keys, draft->n_keys, &draft->key_room, sizeof *keys);
    struct draft_key added;
    size_t at = 0;
    pd_status status = keys ? PD_OK : error_memory(&c->err);

    if (status == PD_OK)
        status = changes_draft_key(c, key, /* is_given= */ true, &added);
    if (status != PD_OK)
        return status;
    while (at < draft->n_keys && compare_keys(&keys[at].key, key) <= 0)
        at++;
    memmove(&keys[at + 1], &keys[at], (draft->n_keys - at) * sizeof *keys);
    keys[at] = added;
    draft->keys = keys;
    draft->n_keys++;
    draft->is_changed = true;
    return PD_OK;
}

pd_status
changes_add_key(struct pd_changes *c, const char *table, const struct pd_key *key,
                const char *const *columns)
{
    struct pd_key adopted;
    struct draft *draft;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK && !key)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the key to be added to table '%s' is missing",
                            draft->full);
    if (status == PD_OK)
        status = copy_key(c, draft, key, columns, &adopted);
    if (status == PD_OK)
        status = changes_check_key(c, draft, &adopted);
    if (status != PD_OK)
        return status;
    if (adopted.kind == PD_KEY_PRIMARY && changes_primary(draft))
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "table '%s' cannot have a second primary key; drop the one that is "
                            "there first",
                            draft->full);
    for (size_t i = 0; i < draft->n_keys && adopted.name; i++) {
        if (changes_same_text(draft->keys[i].key.name, adopted.name))
            return CHANGES_FAIL(c, PD_CAUSE_DATA,
                                "key '%s' cannot be added to table '%s': it is there already",
                                adopted.name, draft->full);
    }
    return put_key(c, draft, &adopted);
}

/* The only one without a name, where nothing else is meant. */
static pd_status
find_key(struct pd_changes *c, const struct draft *draft, const char *name, size_t *ret_number)
{
    size_t n = 0;

    if (!name && changes_primary(draft)) {
        *ret_number = 0;
        return PD_OK;
    }
    for (size_t i = 0; i < draft->n_keys; i++) {
        const char *other = draft->keys[i].key.name;

        if (name ? other && strcmp(other, name) == 0 : !other) {
            *ret_number = i;
            n++;
        }
    }
    if (n == 1)
        return PD_OK;
    if (name)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING, "table '%s' has no key '%s'", draft->full, name);
    if (n == 0)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING, "table '%s' has no primary key", draft->full);
    return CHANGES_FAIL(c, PD_CAUSE_DATA,
                        "table '%s' has no primary key, and %zu keys without a name", draft->full,
                        n);
}

static pd_status
take_key(struct pd_changes *c, struct draft *draft, size_t number)
{
    pd_status status = changes_stale_part(c, "index", draft->keys[number].key.name);

    if (status != PD_OK)
        return status;
    draft->n_keys--;
    memmove(&draft->keys[number], &draft->keys[number + 1],
            (draft->n_keys - number) * sizeof *draft->keys);
    draft->is_changed = true;
    return PD_OK;
}

pd_status
changes_drop_key(struct pd_changes *c, const char *table, const char *name)
{
    struct draft *draft;
    size_t number = 0;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK)
        status = find_key(c, draft, name, &number);
    return status == PD_OK ? take_key(c, draft, number) : status;
}

static bool
is_on(const struct draft *draft, const struct draft_key *key, const char *const *columns)
{
    for (size_t i = 0; i < key->key.n_parts; i++) {
        int32_t column = key->parts[i].column;

        if (!columns[i] || column < 0 || strcmp(draft->columns[column].name, columns[i]) != 0)
            return false;
    }
    return !columns[key->key.n_parts];
}

pd_status
changes_drop_key_on(struct pd_changes *c, const char *table, const char *const *columns)
{
    struct draft *draft;
    size_t number = 0, n = 0, unnamed = 0, n_unnamed = 0;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK && !columns)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the columns of a key of table '%s' are missing",
                            draft->full);
    for (size_t i = 0; status == PD_OK && columns[i]; i++) {
        uint32_t column;

        status = changes_column(c, draft, columns[i], &column);
    }
    if (status != PD_OK)
        return status;
    for (size_t i = 0; i < draft->n_keys; i++) {
        if (!is_on(draft, &draft->keys[i], columns))
            continue;
        number = i;
        n++;
        if (draft->keys[i].key.name)
            continue;
        unnamed = i;
        n_unnamed++;
    }
    if (n == 0)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING, "table '%s' has no key on these columns",
                            draft->full);
    if (n > 1 && n_unnamed != 1)
        return CHANGES_FAIL(c, PD_CAUSE_DATA,
                            "table '%s' has %zu keys on these columns; their names tell them apart",
                            draft->full, n);
    return take_key(c, draft, n == 1 ? number : unnamed);
}

/* ---- Checks ---- */

pd_status
changes_check_check(struct pd_changes *c, const struct draft *draft, const struct pd_check *check)
{
    const char *label = changes_check_label(c, check);

    if (check->name && !*check->name)
        return CHANGES_FAIL(c, PD_CAUSE_DATA, "a check of table '%s' has an empty name",
                            draft->full);
    if (!check->expression && !check->expression_native)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "%s of table '%s' has no expression", label,
                            draft->full);
    return changes_check_expression(c, draft, label, check->expression);
}

static pd_status
put_check(struct pd_changes *c, struct draft *draft, const struct pd_check *check)
{
    struct draft_check *checks =
        changes_room(c, draft->checks, draft->n_checks, &draft->check_room, sizeof *checks);

    if (!checks)
        return error_memory(&c->err);
    draft->checks = checks;
    checks[draft->n_checks++] = (struct draft_check){.check = *check, .is_given = true};
    draft->is_changed = true;
    return PD_OK;
}

pd_status
changes_add_check(struct pd_changes *c, const char *table, const struct pd_check *check)
{
    const struct adoption adoption = {c->arena, &c->err};
    struct pd_check adopted;
    struct draft *draft;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK && !check)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the check to be added to table '%s' is missing",
                            draft->full);
    if (status == PD_OK) {
        status = schema_copy_struct(&adoption, &schema_check_shape, check, &adopted);
        if (status != PD_OK)
            return error_prefix(&c->err, status, "a check of table '%s'", draft->full);
        status = changes_check_check(c, draft, &adopted);
    }
    if (status != PD_OK)
        return status;
    for (size_t i = 0; i < draft->n_checks && adopted.name; i++) {
        if (changes_same_text(draft->checks[i].check.name, adopted.name))
            return CHANGES_FAIL(c, PD_CAUSE_DATA,
                                "check '%s' cannot be added to table '%s': it is there already",
                                adopted.name, draft->full);
    }
    return put_check(c, draft, &adopted);
}

static pd_status
find_check(struct pd_changes *c, const struct draft *draft, const char *name, size_t *ret_number)
{
    size_t n = 0;

    for (size_t i = 0; i < draft->n_checks; i++) {
        const char *other = draft->checks[i].check.name;

        if (name ? other && strcmp(other, name) == 0 : !other) {
            *ret_number = i;
            n++;
        }
    }
    if (n == 1)
        return PD_OK;
    if (name)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING, "table '%s' has no check '%s'", draft->full, name);
    if (n == 0)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING, "table '%s' has no check without a name",
                            draft->full);
    return CHANGES_FAIL(c, PD_CAUSE_DATA, "table '%s' has %zu checks without a name", draft->full,
                        n);
}

static pd_status
take_check(struct pd_changes *c, struct draft *draft, size_t number)
{
    pd_status status = changes_stale_part(c, "constraint", draft->checks[number].check.name);

    if (status != PD_OK)
        return status;
    draft->n_checks--;
    memmove(&draft->checks[number], &draft->checks[number + 1],
            (draft->n_checks - number) * sizeof *draft->checks);
    draft->is_changed = true;
    return PD_OK;
}

pd_status
changes_drop_check(struct pd_changes *c, const char *table, const char *name)
{
    struct draft *draft;
    size_t number = 0;
    pd_status status = changes_table(c, table, &draft);

    if (status == PD_OK)
        status = find_check(c, draft, name, &number);
    return status == PD_OK ? take_check(c, draft, number) : status;
}

pd_status
changes_drop_check_of(struct pd_changes *c, const char *table, const char *expression)
{
    struct draft *draft;
    pd_status status = changes_table(c, table, &draft);

    if (status != PD_OK)
        return status;
    for (size_t i = 0; i < draft->n_checks && expression; i++) {
        const char *other = draft->checks[i].check.expression;

        if (other && strcmp(other, expression) == 0)
            return take_check(c, draft, i);
    }
    return CHANGES_FAIL(c, PD_CAUSE_MISSING, "table '%s' has no check '%s'", draft->full,
                        expression ? expression : "");
}
