// SPDX-License-Identifier: Apache-2.0
/* like_keys - primary keys, unique constraints and indexes of a table, compared with a's. */
#include <string.h>

#include "model/schema.h"
#include "run/like_plan.h"

struct like_keys {
    struct like_plan *plan;
    const struct like_pair *pair;
    size_t *partner; /* of each key of a: its number in b + 1, 0: none */
    bool *taken;     /* of each key of b */
    struct pd_error *err;
};

/* ---- Equality ---- */

static uint32_t
collation_of(const struct pd_table *table, const struct pd_key_part *part)
{
    uint32_t collation = part->collation;

    if (collation == PD_COLLATION_DEFAULT && part->column >= 0)
        collation = table->columns[part->column].collation;
    return collation == PD_COLLATION_BINARY ? PD_COLLATION_DEFAULT : collation;
}

static pd_status
same_expression(struct like_keys *k, const char *a, const char *a_native, const char *b,
                const char *b_native, bool *ret_same)
{
    const char *text = NULL;
    pd_status status = like_expression(k->plan, k->pair, b, &text, k->err);

    if (a || b)
        *ret_same = a && text && strcmp(a, text) == 0;
    else
        *ret_same = like_same_text(a_native, b_native) && (!a_native || k->plan->same_engine);
    return status;
}

static bool
same_column(const struct like_keys *k, const struct pd_key_part *a, const struct pd_key_part *b)
{
    if (a->column < 0 || b->column < 0)
        return a->column == b->column;
    return k->pair->to_b[a->column] == (uint32_t)b->column;
}

static pd_status
same_part(struct like_keys *k, const struct pd_key_part *a, const struct pd_key_part *b,
          bool *ret_same)
{
    *ret_same = same_column(k, a, b) && a->flags == b->flags &&
                (a->collation == b->collation ||
                 collation_of(k->pair->a, a) == collation_of(k->pair->b, b));
    if (!*ret_same || a->column >= 0)
        return PD_OK;
    return same_expression(k, a->expression, a->expression_native, b->expression,
                           b->expression_native, ret_same);
}

/* A name that a's engine did not give does not count, nor does that of a primary key where none has
   one, or all are called PRIMARY. */
static bool
same_name(const struct pd_key *a, const struct pd_key *b)
{
    if (!a->name || (a->kind == PD_KEY_PRIMARY && (!b->name || strcmp(b->name, "PRIMARY") == 0)))
        return true;
    return like_same_text(a->name, b->name);
}

static pd_status
same_key(struct like_keys *k, const struct pd_key *a, const struct pd_key *b, bool *ret_same)
{
    bool a_native = a->flags & PD_KEY_NATIVE_ONLY, b_native = b->flags & PD_KEY_NATIVE_ONLY;
    pd_status status = PD_OK;

    *ret_same = a->kind == b->kind && a->n_parts == b->n_parts && a_native == b_native;
    /* The other engines' primary keys admit no NULL: that is more than a asks for. */
    if (b->flags & PD_KEY_NULLS_ADMITTED && !(a->flags & PD_KEY_NULLS_ADMITTED))
        *ret_same = false;
    /* No archive says whether the text of a key runs code. */
    if (k->plan->is_strict)
        *ret_same = *ret_same && ((a->flags ^ b->flags) & ~PD_KEY_ACTIVE_SQL) == 0;
    if (a_native)
        *ret_same =
            *ret_same && k->plan->same_engine && like_same_text(a->native_sql, b->native_sql);
    for (size_t i = 0; i < a->n_parts && *ret_same && status == PD_OK; i++)
        status = same_part(k, &a->parts[i], &b->parts[i], ret_same);
    if (!*ret_same || status != PD_OK)
        return status;
    return same_expression(k, a->predicate, a->predicate_native, b->predicate, b->predicate_native,
                           ret_same);
}

/* ---- Partners ---- */

typedef pd_status key_test(struct like_keys *k, const struct pd_key *a, const struct pd_key *b,
                           bool *ret_fits);

static pd_status
test_equal(struct like_keys *k, const struct pd_key *a, const struct pd_key *b, bool *ret_fits)
{
    pd_status status = same_key(k, a, b, ret_fits);

    *ret_fits = *ret_fits && same_name(a, b);
    return status;
}

static pd_status
test_but_name(struct like_keys *k, const struct pd_key *a, const struct pd_key *b, bool *ret_fits)
{
    return same_key(k, a, b, ret_fits);
}

static pd_status
test_name(struct like_keys *k, const struct pd_key *a, const struct pd_key *b, bool *ret_fits)
{
    *ret_fits = a->name && b->name && strcmp(a->name, b->name) == 0;
    return PD_OK;
}

static pd_status
test_columns(struct like_keys *k, const struct pd_key *a, const struct pd_key *b, bool *ret_fits)
{
    *ret_fits = a->n_parts == b->n_parts;
    for (size_t i = 0; i < a->n_parts && *ret_fits; i++)
        *ret_fits = same_column(k, &a->parts[i], &b->parts[i]);
    return PD_OK;
}

static pd_status
find_partner(struct like_keys *k, size_t number, key_test *test)
{
    const struct pd_table *a = k->pair->a, *b = k->pair->b;

    for (size_t i = 0; i < b->n_keys; i++) {
        bool fits = false;
        pd_status status = PD_OK;

        if (!k->taken[i])
            status = test(k, &a->keys[number], &b->keys[i], &fits);
        if (status != PD_OK)
            return status;
        if (fits) {
            k->partner[number] = i + 1;
            k->taken[i] = true;
            return PD_OK;
        }
    }
    return PD_OK;
}

static pd_status
find_partners(struct like_keys *k)
{
    static key_test *const tests[] = {test_equal, test_but_name, test_name, test_columns};
    pd_status status = PD_OK;

    for (size_t t = 0; t < COUNT_OF(tests); t++)
        for (size_t i = 0; i < k->pair->a->n_keys && status == PD_OK; i++)
            if (!k->partner[i])
                status = find_partner(k, i, tests[t]);
    return status;
}

/* ---- What is shown ---- */

/* A key of a, whose columns are all there. */
static pd_status
show_equal(struct like_keys *k, const struct pd_key *key, struct pd_key *shown)
{
    struct pd_key_part *parts = arena_array(k->plan->arena, struct pd_key_part, key->n_parts + 1);

    if (!parts)
        return error_memory(k->err);
    *shown = *key;
    for (size_t i = 0; i < key->n_parts; i++) {
        parts[i] = key->parts[i];
        if (parts[i].column >= 0)
            parts[i].column = (int32_t)k->pair->shown[k->pair->to_b[parts[i].column]];
    }
    shown->parts = parts;
    return PD_OK;
}

static bool
can_be_shown(const struct like_keys *k, const struct pd_key *key)
{
    for (size_t i = 0; i < key->n_parts; i++)
        if (key->parts[i].column >= 0 && k->pair->shown[key->parts[i].column] == PD_NO_COLUMN)
            return false;
    return true;
}

static pd_status
show_as_in_b(struct like_keys *k, const struct pd_key *key, struct pd_key *shown)
{
    struct pd_key_part *parts = arena_array(k->plan->arena, struct pd_key_part, key->n_parts + 1);
    pd_status status = parts ? PD_OK : error_memory(k->err);

    *shown = *key;
    for (size_t i = 0; i < key->n_parts && status == PD_OK; i++) {
        parts[i] = key->parts[i];
        if (parts[i].column >= 0)
            parts[i].column = (int32_t)k->pair->shown[parts[i].column];
        status =
            like_expression(k->plan, k->pair, parts[i].expression, &parts[i].expression, k->err);
        if (!k->plan->same_engine)
            parts[i].expression_native = NULL;
    }
    shown->parts = parts;
    if (!k->plan->same_engine)
        shown->predicate_native = shown->native_sql = NULL;
    if (status != PD_OK)
        return status;
    return like_expression(k->plan, k->pair, key->predicate, &shown->predicate, k->err);
}

static const char *
key_label(const struct pd_table *table, const struct pd_key *key)
{
    if (key->name)
        return key->name;
    return key->n_parts && key->parts[0].column >= 0 ? table->columns[key->parts[0].column].name
                                                     : "";
}

static const char *
key_word(const struct pd_key *key)
{
    return key->kind == PD_KEY_PRIMARY  ? "primary key"
           : key->kind == PD_KEY_UNIQUE ? "unique key"
                                        : "index";
}

static pd_status
key_differs(struct like_keys *k, size_t number, const struct pd_key *there)
{
    const struct pd_table *table = k->pair->a;
    const struct pd_key *key = &table->keys[number];

    if (!there)
        return like_differs(k->plan, PD_PART_KEY, k->pair->a_number, (uint32_t)number, k->err,
                            "%s '%s' of '%s' is missing", key_word(key), key_label(table, key),
                            schema_table_name(table));
    if (key->kind == there->kind &&
        strcmp(key_label(table, key), key_label(k->pair->b, there)) == 0)
        return like_differs(k->plan, PD_PART_KEY, k->pair->a_number, (uint32_t)number, k->err,
                            "%s '%s' of '%s' is not what it was", key_word(key),
                            key_label(table, key), schema_table_name(table));
    return like_differs(k->plan, PD_PART_KEY, k->pair->a_number, (uint32_t)number, k->err,
                        "%s '%s' of '%s' is %s '%s'", key_word(key), key_label(table, key),
                        schema_table_name(table), key_word(there), key_label(k->pair->b, there));
}

static pd_status
show_key(struct like_keys *k, size_t number, struct pd_key *shown, size_t *n)
{
    const struct pd_key *key = &k->pair->a->keys[number];
    const struct pd_key *there =
        k->partner[number] ? &k->pair->b->keys[k->partner[number] - 1] : NULL;
    bool same = false;
    pd_status status = there ? test_equal(k, key, there, &same) : PD_OK;

    if (status == PD_OK && same)
        return show_equal(k, key, &shown[(*n)++]);
    if (status == PD_OK)
        status = key_differs(k, number, there);
    if (status == PD_OK && there && can_be_shown(k, there))
        status = show_as_in_b(k, there, &shown[(*n)++]);
    return status;
}

/* Keys that only b has. */
static pd_status
show_extra(struct like_keys *k, size_t number, struct pd_key *shown, size_t *n)
{
    const struct pd_key *key = &k->pair->b->keys[number];
    pd_status status;

    if (k->taken[number] || !can_be_shown(k, key))
        return PD_OK;
    status = like_differs(k->plan, PD_PART_KEY, k->pair->a_number, PD_NO_COLUMN, k->err,
                          "%s '%s' of '%s' is additional", key_word(key),
                          key_label(k->pair->b, key), schema_table_name(k->pair->a));
    return status == PD_OK ? show_as_in_b(k, key, &shown[(*n)++]) : status;
}

/* The primary key stands first, wherever it came from. */
static void
primary_first(struct pd_key *keys, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct pd_key primary = keys[i];

        if (primary.kind != PD_KEY_PRIMARY)
            continue;
        memmove(keys + 1, keys, i * sizeof *keys);
        keys[0] = primary;
        return;
    }
}

pd_status
like_keys(struct like_plan *plan, const struct like_pair *pair, struct pd_table *shown,
          struct pd_error *err)
{
    size_t room = pair->a->n_keys + pair->b->n_keys + 1, n = 0;
    struct pd_key *keys = arena_array(plan->arena, struct pd_key, room);
    struct like_keys k = {
        .plan = plan,
        .pair = pair,
        .partner = arena_array(plan->arena, size_t, room),
        .taken = arena_array(plan->arena, bool, room),
        .err = err,
    };
    pd_status status = keys && k.partner && k.taken ? find_partners(&k) : error_memory(err);

    for (size_t i = 0; i < pair->a->n_keys && status == PD_OK; i++)
        status = show_key(&k, i, keys, &n);
    for (size_t i = 0; i < pair->b->n_keys && status == PD_OK; i++)
        status = show_extra(&k, i, keys, &n);
    if (n)
        primary_first(keys, n);
    shown->keys = keys;
    shown->n_keys = n;
    return status;
}
