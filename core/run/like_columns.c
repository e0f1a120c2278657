// SPDX-License-Identifier: Apache-2.0
/* like_columns - the columns of a table under a's types, and what of them is not as in a. */
#include <stdlib.h>
#include <string.h>

#include <polydump/schema.h>

#include "base/buffer.h"
#include "model/convert.h"
#include "model/decimal.h"
#include "model/expr.h"
#include "model/json.h"
#include "model/kind.h"
#include "model/schema.h"
#include "model/text.h"
#include "run/like_plan.h"

/* A column of both sides. */
struct like_column {
    struct like_plan *plan;
    const struct like_pair *pair;
    uint32_t number; /* in a */
    const struct pd_column *a;
    const struct pd_column *b;
    struct pd_column *shown; /* a's at first */
    unsigned decode;         /* CONVERT_* */
    bool exact;              /* nothing is to be decoded */
    struct pd_error *err;
};

static pd_status
column_differs(struct like_column *c, uint32_t part, const char *in_a, const char *in_b)
{
    return like_differs(c->plan, part, c->pair->a_number, c->number, c->err,
                        "%s '%s' of '%s' is %s, not %s", like_part_name(part), c->a->name,
                        schema_table_name(c->pair->a), in_b, in_a);
}

/* ---- Types ---- */

/* What steps have asked for is not bounded otherwise. Values are read as a's all the same. */
static pd_status
compare_bounds(struct like_column *c)
{
    CLEANUP_BUFFER struct buffer in_a = {0};
    CLEANUP_BUFFER struct buffer in_b = {0};

    if (!c->plan->options->is_made || like_same_bounds(c->pair, c->number))
        return PD_OK;
    kind_put(&in_a, &c->a->type);
    kind_put(&in_b, &c->b->type);
    if (c->a->type.n_labels && c->b->type.n_labels && !in_a.failed && !in_b.failed)
        return column_differs(c, PD_PART_TYPE, "of these labels", "of other labels");
    if (!buffer_string(&in_a) || !buffer_string(&in_b))
        return error_memory(c->err);
    return column_differs(c, PD_PART_TYPE, buffer_string(&in_a), buffer_string(&in_b));
}

static pd_status
compare_type(struct like_column *c, struct convert_column *convert)
{
    CLEANUP(conversion) struct conversion *conversion = NULL;
    struct pd_error ignored = {0};
    pd_status status;

    c->decode = CONVERT_BACK | (c->pair->tagged[c->number] ? CONVERT_UNTAGGED : 0u);
    status = convert_open(&c->b->type, &c->a->type, c->decode, &conversion, &ignored);
    if (status == PD_OK) {
        *convert = (struct convert_column){.to = &c->shown->type, .flags = c->decode};
        c->exact = convert_is_identity(conversion);
        status = compare_bounds(c);
    } else if (status == PD_UNSUPPORTED) {
        c->shown->type = c->b->type;
        c->shown->hint = c->b->hint;
        c->exact = true;
        status =
            column_differs(c, PD_PART_TYPE, kind_name(c->a->type.kind), kind_name(c->b->type.kind));
    } else if (c->err) {
        *c->err = ignored;
    }
    if (status != PD_OK || !((c->a->flags ^ c->b->flags) & PD_COLUMN_HIDDEN))
        return status;
    c->shown->flags ^= PD_COLUMN_HIDDEN;
    return column_differs(c, PD_PART_TYPE, c->a->flags & PD_COLUMN_HIDDEN ? "hidden" : "not hidden",
                          c->b->flags & PD_COLUMN_HIDDEN ? "hidden" : "not hidden");
}

/* ---- NOT NULL ---- */

/* *ret_admits: the column is in a primary key that admits NULL. */
static bool
is_in_primary(const struct pd_table *table, uint32_t column, bool *ret_admits)
{
    const struct pd_key *key = table->n_keys ? &table->keys[0] : NULL;

    *ret_admits = false;
    if (!key || key->kind != PD_KEY_PRIMARY)
        return false;
    for (size_t i = 0; i < key->n_parts; i++) {
        if (key->parts[i].column != (int32_t)column)
            continue;
        *ret_admits = key->flags & PD_KEY_NULLS_ADMITTED;
        return true;
    }
    return false;
}

/* A primary key says NOT NULL by itself, but for one that admits NULL: other engines have none of
   those. */
static pd_status
compare_not_null(struct like_column *c)
{
    bool a_admits, b_admits;
    bool a_key = is_in_primary(c->pair->a, c->number, &a_admits);
    bool b_key = is_in_primary(c->pair->b, c->pair->to_b[c->number], &b_admits);
    bool a = c->a->flags & PD_COLUMN_NOT_NULL || (a_key && !a_admits);
    bool b = c->b->flags & PD_COLUMN_NOT_NULL || (b_key && !b_admits);

    if (c->plan->is_strict) {
        a = c->a->flags & PD_COLUMN_NOT_NULL;
        b = c->b->flags & PD_COLUMN_NOT_NULL;
    }
    if (a == b || (b && a_admits && !c->plan->is_strict))
        return PD_OK;
    c->shown->flags &= ~(uint32_t)PD_COLUMN_NOT_NULL;
    c->shown->flags |= c->b->flags & PD_COLUMN_NOT_NULL;
    return column_differs(c, PD_PART_NOT_NULL, a ? "not null" : "null", b ? "not null" : "null");
}

/* ---- Defaults ---- */

static bool
is_bool(const struct pd_column *column)
{
    return column->type.kind == PD_KIND_BOOL || column->hint.kind == PD_KIND_BOOL;
}

static bool
same_bool(const struct pd_column *a, const struct pd_column *b)
{
    static const char words[] = "tTyY1fFnN0";
    const char *x = a->default_size ? strchr(words, a->default_text[0]) : NULL;
    const char *y = b->default_size ? strchr(words, b->default_text[0]) : NULL;

    return x && y && (x - words < 5) == (y - words < 5);
}

static bool
same_number(const struct pd_column *a, const struct pd_column *b)
{
    struct decimal x, y;

    return decimal_parse(a->default_text, a->default_size, &x) &&
           decimal_parse(b->default_text, b->default_size, &y) && decimal_compare(&x, &y) == 0;
}

/* "t:abc" for 'abc', "x:00ff" for bytes. */
static bool
is_same_tagged(const struct pd_column *a, const struct pd_column *b)
{
    CLEANUP_BUFFER struct buffer bytes = {0};
    const char *text = b->default_text;

    if (b->default_size < 2 || text[1] != ':')
        return false;
    if (a->default_tag != PD_TAG_BYTES)
        return b->default_size == a->default_size + 2 &&
               memcmp(text + 2, a->default_text, a->default_size) == 0;
    return json_read_hex(&bytes, text + 2, b->default_size - 2) && bytes.size == a->default_size &&
           (bytes.size == 0 || memcmp(bytes.data, a->default_text, bytes.size) == 0);
}

/* An instant without its zone, which is UTC. */
static bool
is_same_instant(const struct pd_column *a, const struct pd_column *b)
{
    return a->type.kind == PD_KIND_TIMESTAMPTZ && b->type.kind == PD_KIND_TIMESTAMP &&
           a->default_size == b->default_size + 3 &&
           memcmp(a->default_text, b->default_text, b->default_size) == 0 &&
           memcmp(a->default_text + b->default_size, "+00", 3) == 0;
}

/* A literal of b's type that is the same value of a's: an interval for a time. */
static bool
is_same_converted(const struct pd_column *a, const struct pd_column *b)
{
    CLEANUP(conversion) struct conversion *conversion = NULL;
    CLEANUP_BUFFER struct buffer scratch = {0}, text = {0};
    struct cell there, here;

    if (a->default_tag == PD_TAG_BYTES || b->default_tag == PD_TAG_BYTES ||
        text_parse(&b->type, b->default_text, b->default_size, &scratch, &there, NULL) != PD_OK ||
        convert_open(&b->type, &a->type, CONVERT_BACK, &conversion, NULL) != PD_OK ||
        convert_cell(conversion, &there, &here, NULL) != PD_OK || here.tag != PD_TAG_PLAIN)
        return false;
    text_append(&text, &a->type, &here);
    return !text.failed && text.size == a->default_size &&
           memcmp(text.data, a->default_text, text.size) == 0;
}

static bool
same_literal(const struct like_column *c)
{
    const struct pd_column *a = c->a, *b = c->b;

    if (!a->default_text || !b->default_text)
        return a->default_text == b->default_text;
    if (a->default_size == b->default_size &&
        memcmp(a->default_text, b->default_text, a->default_size) == 0)
        return true;
    if (is_bool(a) || is_bool(b))
        return same_bool(a, b);
    if ((c->decode & CONVERT_UNTAGGED && is_same_tagged(a, b)) || is_same_instant(a, b) ||
        (a->type.kind != b->type.kind && is_same_converted(a, b)))
        return true;
    return a->default_tag != PD_TAG_BYTES && same_number(a, b);
}

static uint16_t
default_kind(const struct pd_column *column)
{
    /* DEFAULT NULL says what is so anyway. */
    return column->default_kind == PD_DEFAULT_NULL ? PD_DEFAULT_NONE : column->default_kind;
}

/* "s.q" of an engine with schemas is "s__q" in one without. */
static bool
same_sequence(const char *a, const char *b)
{
    const char *point = a ? strchr(a, '.') : NULL;
    size_t size = point ? (size_t)(point - a) : 0;

    if (like_same_text(a, b))
        return true;
    return point && b && strncmp(a, b, size) == 0 && strncmp(b + size, "__", 2) == 0 &&
           strcmp(b + size + 2, point + 1) == 0;
}

/* What an engine makes of an expression that another one holds: it may have computed it, or say it
   in its own words, with casts that say nothing. */
static bool
same_computed(const struct like_column *c)
{
    static const struct pd_dialect words = {
        .struct_size = sizeof words, .name_quotes = "\"\"``", .flags = PD_DIALECT_ANY_ARRAY};
    const struct pd_column *a = c->a, *b = c->b;
    CLEANUP_FREE char *text = NULL;

    if (!a->default_text)
        return false;
    if (b->default_kind == PD_DEFAULT_LITERAL && b->default_text &&
        b->default_tag != PD_TAG_BYTES && same_number(a, b))
        return true;
    if ((b->default_kind != PD_DEFAULT_NATIVE && b->default_kind != PD_DEFAULT_LITERAL) ||
        !b->default_native || strchr(b->default_native, '\\'))
        return false;
    return expr_read(&words, b->default_native, &text, NULL) == PD_OK &&
           strcmp(a->default_text, text) == 0;
}

/* Behind the name of a type: "text", character varying(3), "s"."t"[]. */
static const char *
behind_type(const char *at)
{
    int depth = 0;

    for (; *at; at++) {
        depth += (*at == '(' || *at == '[') - (*at == ')' || *at == ']');
        if (depth < 0 || (depth == 0 && strchr(",+-*/<>=~!@#%^&|`?'", *at)))
            break;
        if (*at == '"' && !*(at += 1 + strcspn(at + 1, "\"")))
            break;
    }
    return at;
}

/* A server that is given a NULL may print it with its type, ROW(1, NULL) as ROW(1, NULL::text), for
   one of a type that got another member since. */
static bool
same_native(const char *a, const char *b)
{
    const char *begin = b;
    char quote = 0;

    if (!a || !b)
        return a == b;
    while (*a || *b) {
        if (*a == *b) {
            if (*b == '\'' || *b == '"')
                quote = !quote ? *b : quote == *b ? 0 : quote;
            a++;
            b++;
        } else if (!quote && b - begin >= 5 && strncmp(b - 4, "NULL", 4) == 0 &&
                   strchr(" (,[", b[-5]) && strncmp(b, "::", 2) == 0) {
            b = behind_type(b + 2);
        } else {
            return false;
        }
    }
    return true;
}

static pd_status
same_default(const struct like_column *c, bool *ret_same)
{
    const struct pd_column *a = c->a, *b = c->b;
    const char *text = NULL;
    pd_status status = PD_OK;

    if (default_kind(a) == PD_DEFAULT_EXPRESSION && default_kind(b) != PD_DEFAULT_EXPRESSION &&
        (!c->plan->is_strict || b->default_kind == PD_DEFAULT_LITERAL)) {
        *ret_same = same_computed(c);
        return PD_OK;
    }
    *ret_same = default_kind(a) == default_kind(b);
    if (!*ret_same)
        return PD_OK;
    if (a->default_kind == PD_DEFAULT_LITERAL)
        *ret_same = same_literal(c);
    else if (a->default_kind == PD_DEFAULT_NATIVE)
        *ret_same = c->plan->same_engine && same_native(a->default_native, b->default_native);
    else if (a->default_kind == PD_DEFAULT_NEXTVAL)
        *ret_same = same_sequence(a->default_text, b->default_text);
    else if (a->default_kind == PD_DEFAULT_EXPRESSION) {
        status = like_expression(c->plan, c->pair, b->default_text, &text, c->err);
        *ret_same = like_same_text(a->default_text, text);
    }
    return status;
}

static const char *
default_text(const struct pd_column *column)
{
    static const char *const kinds[] = {
        [PD_DEFAULT_NONE] = "none",         [PD_DEFAULT_NULL] = "none",
        [PD_DEFAULT_NOW] = "now",           [PD_DEFAULT_TODAY] = "today",
        [PD_DEFAULT_CLOCK] = "the time",    [PD_DEFAULT_UUID] = "a new uuid",
        [PD_DEFAULT_NEXTVAL] = "a counter",
    };
    int kind = column->default_kind;

    if (kind == PD_DEFAULT_NATIVE && column->default_native)
        return column->default_native;
    if (kind < (int)COUNT_OF(kinds) && kinds[kind])
        return kinds[kind];
    return column->default_text ? column->default_text : "none";
}

static pd_status
compare_default(struct like_column *c)
{
    bool same;
    pd_status status = same_default(c, &same);

    if (status != PD_OK || same)
        return status;
    c->shown->default_kind = c->b->default_kind;
    c->shown->default_tag = c->b->default_tag;
    c->shown->default_size = c->b->default_size;
    c->shown->default_text = c->b->default_text;
    c->shown->default_native = c->plan->same_engine ? c->b->default_native : NULL;
    if (c->b->default_kind == PD_DEFAULT_EXPRESSION) {
        status =
            like_expression(c->plan, c->pair, c->b->default_text, &c->shown->default_text, c->err);
        if (status != PD_OK)
            return status;
        c->shown->default_size =
            (uint32_t)(c->shown->default_text ? strlen(c->shown->default_text) : 0);
    }
    return column_differs(c, PD_PART_DEFAULT, default_text(c->a), default_text(c->b));
}

/* ---- Generated columns ---- */

/* The same engine may have stored others, by other settings; of other rows nobody knows. */
static pd_status
compare_values(struct like_column *c)
{
    if (!c->plan->same_engine || !schema_stored_differ(c->a, c->b))
        return PD_OK;
    return column_differs(c, PD_PART_GENERATED, "stored with its values", "with others");
}

/* VIRTUAL or STORED is where an engine keeps the value, not what it is. A column that is generated
   in a has no values to compare, whatever b makes of it. */
static pd_status
compare_generated(struct like_column *c)
{
    bool a = c->a->generated, b = c->b->generated;
    const char *text = NULL;
    pd_status status = like_expression(c->plan, c->pair, c->b->expression, &text, c->err);
    bool same = like_same_expression(c->plan, c->pair->a, c->a->expression, text);

    if (status != PD_OK || (!a && !b))
        return status;
    if (!c->a->expression && !c->b->expression)
        same = c->plan->same_engine &&
               like_same_text(c->a->expression_native, c->b->expression_native);
    if (a == b && same && (!c->plan->is_strict || c->a->generated == c->b->generated))
        return compare_values(c);
    if (b)
        c->shown->generated = c->b->generated;
    c->shown->expression = text;
    c->shown->expression_native = c->plan->same_engine ? c->b->expression_native : NULL;
    return column_differs(c, PD_PART_GENERATED,
                          !a                 ? "not generated"
                          : c->a->expression ? c->a->expression
                                             : "of its engine only",
                          !b     ? "not generated"
                          : text ? text
                                 : "of its engine only");
}

/* ---- Counters ---- */

static bool
remembers(const struct pd_column *column)
{
    return column->identity == PD_IDENTITY_DEFAULT || column->identity == PD_IDENTITY_ALWAYS;
}

/* What an insert without a value gets is the same. A rowid that numbers itself says nothing against
   a column that need not; nor does a counter that never gives a number twice against a rowid, which
   is what a rowid comes back as from an engine that has only counters. */
static bool
same_identity(const struct like_column *c)
{
    const struct pd_column *a = c->a, *b = c->b;

    if (a->identity == PD_IDENTITY_ROWID && b->identity == PD_IDENTITY_DEFAULT)
        return true;
    if (c->plan->is_strict && a->identity != b->identity)
        return false;
    if (!remembers(a))
        return b->identity == a->identity || b->identity == PD_IDENTITY_ROWID;
    return a->identity == b->identity &&
           like_same_counter(&a->counter, &b->counter, a->type.kind, c->plan->is_strict);
}

static const char *
identity_text(const struct like_column *c, const struct pd_column *column)
{
    static const char *const names[] = {"none", "by default", "always", "as a rowid"};
    const char *name = column->identity < COUNT_OF(names) ? names[column->identity] : "unknown";
    long long next = (long long)column->counter.next;
    char *text = NULL;

    if (remembers(column) && pd_counter_is_spent(column))
        text = arena_printf(c->plan->arena, "%s, used up", name);
    else if (pd_counts_beyond(column))
        text = arena_printf(c->plan->arena, "%s, next %llu", name, (unsigned long long)next);
    else if (remembers(column))
        text = arena_printf(c->plan->arena, "%s, next %lld", name, next);
    return text ? text : name;
}

static pd_status
compare_identity(struct like_column *c)
{
    if (same_identity(c))
        return PD_OK;
    c->shown->identity = c->b->identity;
    c->shown->counter = c->b->counter;
    return column_differs(c, PD_PART_IDENTITY, identity_text(c, c->a), identity_text(c, c->b));
}

/* ---- Collations and comments ---- */

static uint32_t
collation_of(const struct pd_column *column)
{
    return column->collation == PD_COLLATION_BINARY ? PD_COLLATION_DEFAULT : column->collation;
}

static const char *
collation_text(const struct pd_column *column)
{
    static const char *const names[] = {"none", "binary", "nocase", "ci", "rtrim"};

    if (column->collation == PD_COLLATION_NATIVE)
        return column->collation_native ? column->collation_native : "native";
    return column->collation < COUNT_OF(names) ? names[column->collation] : "unknown";
}

/* Only text is compared by a collation. */
static pd_status
compare_collation(struct like_column *c)
{
    int class = kind_class(c->b->type.kind);
    bool same = collation_of(c->a) == collation_of(c->b);

    if (same && c->a->collation == PD_COLLATION_NATIVE)
        same =
            c->plan->same_engine && like_same_text(c->a->collation_native, c->b->collation_native);
    if (same || (!c->plan->is_strict && class != PD_CLASS_TEXT))
        return PD_OK;
    c->shown->collation = c->b->collation;
    c->shown->collation_native = c->plan->same_engine ? c->b->collation_native : NULL;
    return column_differs(c, PD_PART_COLLATION, collation_text(c->a), collation_text(c->b));
}

static pd_status
compare_comment(struct like_column *c)
{
    if (like_same_text(c->a->comment, c->b->comment))
        return PD_OK;
    c->shown->comment = c->b->comment;
    return column_differs(c, PD_PART_COMMENT, c->a->comment ? c->a->comment : "none",
                          c->b->comment ? c->b->comment : "none");
}

/* ---- All columns ---- */

static pd_status
show_matched(struct like_column *c, struct convert_column *convert)
{
    static pd_status (*const compare[])(struct like_column * c) = {
        compare_not_null, compare_default,   compare_generated,
        compare_identity, compare_collation, compare_comment,
    };
    pd_status status;

    *c->shown = *c->a;
    status = compare_type(c, convert);
    for (size_t i = 0; i < COUNT_OF(compare) && status == PD_OK; i++)
        status = compare[i](c);
    return status;
}

static pd_status
tell_missing(struct like_plan *plan, const struct like_pair *pair, uint32_t number,
             struct pd_error *err)
{
    const struct pd_column *column = &pair->a->columns[number];

    if (column->flags & PD_COLUMN_PASSENGER)
        return PD_OK;
    return like_differs(plan, column->generated ? PD_PART_GENERATED : PD_PART_TYPE, pair->a_number,
                        number, err, "column '%s' of '%s' is missing", column->name,
                        schema_table_name(pair->a));
}

/* A column that only b has, but for the one that stands for none at all. */
static pd_status
show_extra(struct like_plan *plan, struct like_pair *pair, uint32_t number, struct pd_column *shown,
           struct pd_error *err)
{
    const struct pd_column *column = &pair->b->columns[number];

    *shown = *column;
    if (!plan->same_engine) {
        shown->native = "";
        shown->default_native = shown->expression_native = shown->collation_native = NULL;
    }
    return like_differs(plan, PD_PART_TABLE, pair->a_number, PD_NO_COLUMN, err,
                        "column '%s' of '%s' is additional", column->name,
                        schema_table_name(pair->a));
}

static bool
is_extra(const struct like_pair *pair, uint32_t number)
{
    return pair->to_a[number] == PD_NO_COLUMN &&
           !(pair->b->columns[number].flags & PD_COLUMN_PASSENGER);
}

static pd_status
show_extras(struct like_plan *plan, struct like_pair *pair, struct pd_column *columns,
            uint32_t *numbers, size_t *n, struct pd_error *err)
{
    size_t n_extra = 0;
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < pair->b->n_columns; i++)
        n_extra += is_extra(pair, i);
    if (*n == 0 && n_extra == 1)
        return PD_OK;
    for (uint32_t i = 0; i < pair->b->n_columns && status == PD_OK; i++) {
        if (!is_extra(pair, i))
            continue;
        pair->shown[i] = (uint32_t)*n;
        numbers[*n] = i;
        status = show_extra(plan, pair, i, &columns[(*n)++], err);
    }
    return status;
}

pd_status
like_columns(struct like_plan *plan, struct like_pair *pair, struct pd_table *shown,
             struct like_table *table, struct pd_error *err)
{
    size_t room = pair->a->n_columns + pair->b->n_columns + 1, n = 0;
    struct pd_column *columns = arena_array(plan->arena, struct pd_column, room);
    uint32_t *numbers = arena_array(plan->arena, uint32_t, room);
    struct convert_column *converts =
        arena_array(plan->arena, struct convert_column, pair->b->n_columns + 1);
    bool *exact = arena_array(plan->arena, bool, pair->b->n_columns + 1);
    pd_status status = columns && numbers && converts && exact ? PD_OK : error_memory(err);

    for (uint32_t i = 0; i < pair->a->n_columns && status == PD_OK; i++) {
        uint32_t at = pair->to_b[i];
        struct like_column column = {
            .plan = plan, .pair = pair, .number = i, .a = &pair->a->columns[i], .err = err};

        if (at == PD_NO_COLUMN) {
            status = tell_missing(plan, pair, i, err);
            continue;
        }
        column.b = &pair->b->columns[at];
        column.shown = &columns[n];
        pair->shown[at] = (uint32_t)n;
        numbers[n++] = at;
        status = show_matched(&column, &converts[at]);
        exact[at] = column.exact;
    }
    if (status == PD_OK)
        status = show_extras(plan, pair, columns, numbers, &n, err);
    shown->columns = columns;
    shown->n_columns = n;
    table->columns = numbers;
    table->n_columns = n;
    table->converts = converts;
    table->exact = exact;
    return status;
}
