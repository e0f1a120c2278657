// SPDX-License-Identifier: Apache-2.0
/* like_checks - the checks of a table, compared with a's. A check that only says again what the
   type of its column says on the other side does not count: labels of an enum, 0 and 1 of a bool,
   the length of a text. */
#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "model/expr.h"
#include "model/schema.h"
#include "run/like_plan.h"

/* ---- Checks that spell a type ---- */

static void
put_quoted(struct buffer *out, const char *text, char quote)
{
    buffer_char(out, quote);
    for (; *text; text++) {
        if (*text == quote)
            buffer_char(out, quote);
        buffer_char(out, *text);
    }
    buffer_char(out, quote);
}

static void
put_labels(struct buffer *out, const char *column, const struct pd_type *type)
{
    buffer_char(out, '(');
    put_quoted(out, column, '"');
    buffer_text(out, type->n_labels == 1 ? " = " : " IN (");
    for (size_t i = 0; i < type->n_labels; i++) {
        if (i)
            buffer_text(out, ", ");
        put_quoted(out, type->labels[i], '\'');
    }
    buffer_text(out, type->n_labels == 1 ? ")" : "))");
}

void
like_type_check(struct buffer *out, const char *column, const struct pd_type *type)
{
    if (type->kind == PD_KIND_ENUM && type->n_labels) {
        put_labels(out, column, type);
    } else if (type->kind == PD_KIND_BOOL) {
        buffer_char(out, '(');
        put_quoted(out, column, '"');
        buffer_text(out, " IN (0, 1))");
    } else if (type->length && (type->kind == PD_KIND_TEXT || type->kind == PD_KIND_CHAR)) {
        buffer_text(out, "(char_length(");
        put_quoted(out, column, '"');
        buffer_printf(out, ") <= %" PRIu64 ")", type->length);
    }
}

/* Is the check of `table` what the type of some column says on the other side? */
static pd_status
spells_type(const struct pd_table *table, const struct pd_table *other, const uint32_t *to_other,
            const char *expression, bool *ret_spells, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer text = {0};

    *ret_spells = false;
    for (size_t i = 0; i < table->n_columns && expression && !*ret_spells; i++) {
        if (to_other[i] == PD_NO_COLUMN)
            continue;
        buffer_clear(&text);
        like_type_check(&text, table->columns[i].name, &other->columns[to_other[i]].type);
        if (text.size == 0 && !text.failed)
            continue;
        if (!buffer_string(&text))
            return error_memory(err);
        *ret_spells = strcmp(buffer_string(&text), expression) == 0;
    }
    return PD_OK;
}

/* ---- Comparison ---- */

struct like_checks {
    struct like_plan *plan;
    const struct like_pair *pair;
    const char **texts; /* of each check of b: its expression in a's names */
    bool *taken;        /* of each check of b */
    struct pd_check *shown;
    size_t n;
    struct pd_error *err;
};

static bool
same_check(const struct like_checks *c, const struct pd_check *a, size_t b_number)
{
    const struct pd_check *b = &c->pair->b->checks[b_number];
    bool same =
        a->expression || c->texts[b_number]
            ? like_same_expression(c->plan, c->pair->a, a->expression, c->texts[b_number])
            : c->plan->same_engine && like_same_text(a->expression_native, b->expression_native);

    return same && (!c->plan->is_strict || a->flags == b->flags);
}

static const struct pd_check *same_name(const struct pd_table *table, const char *name);

/* The one of b's with its name, or with none that is asked for; renamed: with a name that a has
   not. n_checks: there is none. */
static size_t
find_check(const struct like_checks *c, const struct pd_check *a, bool renamed)
{
    const struct pd_table *b = c->pair->b;
    size_t i;

    for (i = 0; i < b->n_checks; i++) {
        bool named = renamed ? !same_name(c->pair->a, b->checks[i].name)
                             : !a->name || like_same_text(a->name, b->checks[i].name);

        if (!c->taken[i] && named && same_check(c, a, i))
            return i;
    }
    return i;
}

static pd_status
show_check(struct like_checks *c, size_t number)
{
    const struct pd_table *a = c->pair->a, *b = c->pair->b;
    const struct pd_check *check = &a->checks[number];
    size_t i = find_check(c, check, /* renamed= */ false);
    bool spells;
    pd_status status;

    if (i < b->n_checks) {
        c->taken[i] = true;
        c->shown[c->n++] = *check;
        return PD_OK;
    }
    i = check->name ? find_check(c, check, /* renamed= */ true) : b->n_checks;
    if (i < b->n_checks && b->checks[i].name) {
        c->taken[i] = true;
        c->shown[c->n] = *check;
        c->shown[c->n++].name = b->checks[i].name;
        return like_differs(c->plan, PD_PART_CHECK, c->pair->a_number, (uint32_t)number, c->err,
                            "check '%s' of '%s' is called '%s'", check->name, schema_table_name(a),
                            b->checks[i].name);
    }
    status = spells_type(a, b, c->pair->to_b, check->expression, &spells, c->err);
    if (status == PD_OK && spells)
        c->shown[c->n++] = *check;
    if (status != PD_OK || spells)
        return status;
    return like_differs(c->plan, PD_PART_CHECK, c->pair->a_number, (uint32_t)number, c->err,
                        "check%s%s%s of '%s' is missing or differs: %s", check->name ? " '" : "",
                        check->name ? check->name : "", check->name ? "'" : "",
                        schema_table_name(a),
                        check->expression          ? check->expression
                        : check->expression_native ? check->expression_native
                                                   : "");
}

static const struct pd_check *
same_name(const struct pd_table *table, const char *name)
{
    for (size_t i = 0; name && i < table->n_checks; i++)
        if (table->checks[i].name && strcmp(table->checks[i].name, name) == 0)
            return &table->checks[i];
    return NULL;
}

static pd_status
show_extra(struct like_checks *c, size_t number)
{
    const struct pd_check *check = &c->pair->b->checks[number];
    struct pd_check *shown = &c->shown[c->n];
    bool spells;
    pd_status status =
        spells_type(c->pair->b, c->pair->a, c->pair->to_a, check->expression, &spells, c->err);

    if (status != PD_OK || spells)
        return status;
    *shown = *check;
    shown->expression = c->texts[number];
    if (!c->plan->same_engine)
        shown->expression_native = NULL;
    c->n++;
    if (same_name(c->pair->a, check->name)) /* told as the check of a that differs */
        return PD_OK;
    return like_differs(c->plan, PD_PART_CHECK, c->pair->a_number, PD_NO_COLUMN, c->err,
                        "check%s%s%s of '%s' is additional: %s", check->name ? " '" : "",
                        check->name ? check->name : "", check->name ? "'" : "",
                        schema_table_name(c->pair->a),
                        check->expression          ? check->expression
                        : check->expression_native ? check->expression_native
                                                   : "");
}

pd_status
like_checks(struct like_plan *plan, const struct like_pair *pair, struct pd_table *shown,
            struct pd_error *err)
{
    size_t room = pair->a->n_checks + pair->b->n_checks + 1;
    struct like_checks c = {
        .plan = plan,
        .pair = pair,
        .texts = arena_array(plan->arena, const char *, room),
        .taken = arena_array(plan->arena, bool, room),
        .shown = arena_array(plan->arena, struct pd_check, room),
        .err = err,
    };
    pd_status status = c.texts && c.taken && c.shown ? PD_OK : error_memory(err);

    for (size_t i = 0; i < pair->b->n_checks && status == PD_OK; i++)
        status = like_expression(plan, pair, pair->b->checks[i].expression, &c.texts[i], err);
    for (size_t i = 0; i < pair->a->n_checks && status == PD_OK; i++)
        status = show_check(&c, i);
    for (size_t i = 0; i < pair->b->n_checks && status == PD_OK; i++)
        if (!c.taken[i])
            status = show_extra(&c, i);
    shown->checks = c.shown;
    shown->n_checks = c.n;
    return status;
}
