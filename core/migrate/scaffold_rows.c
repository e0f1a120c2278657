// SPDX-License-Identifier: Apache-2.0
/* scaffold_rows - functions for the rows of tables that no call of the schema alone makes new. */
#include <string.h>

#include "migrate/scaffold_inside.h"
#include "model/convert.h"
#include "model/kind.h"

/* ---- Why rows have to be seen ---- */

static void
add_reason(struct pair *pair, uint32_t column, int kind, uint64_t n_nulls)
{
    struct row_reason *reason = &pair->reasons[pair->n_reasons++];

    reason->column = column;
    reason->kind = kind;
    reason->n_nulls = n_nulls;
}

static bool
counts(const struct pd_column *column)
{
    return !(column->flags & PD_COLUMN_PASSENGER);
}

/* Is there no way from the old type to the new one? */
static pd_status
is_inconvertible(struct scaffold *s, const struct pd_column *old, const struct pd_column *now,
                 bool *ret_is)
{
    CLEANUP(conversion) struct conversion *conversion = NULL;
    pd_status status;

    *ret_is = false;
    if (same_types(s, old, now) || now->generated)
        return PD_OK;
    status = convert_open(&old->type, say_type(now), 0, &conversion, s->err);
    *ret_is = status == PD_UNSUPPORTED;
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

static pd_status
reason_of_kept(struct scaffold *s, struct pair *pair, uint32_t number, const struct said_column *b)
{
    uint32_t from = pair->origins[number].old;
    const struct pd_column *old = &pair->old->columns[from], *now = &pair->now->columns[number];
    struct said_column a;
    uint64_t n_nulls = 0;
    bool inconvertible;
    pd_status status = say_column(s, pair->old, from, NULL, NULL, &a);

    if (status == PD_OK)
        status = is_inconvertible(s, old, now, &inconvertible);
    if (status != PD_OK || now->generated)
        return status;
    if (old->generated)
        add_reason(pair, number, REASON_COMPUTED, 0);
    else if (inconvertible)
        add_reason(pair, number, REASON_CONVERT, 0);
    else if (b->not_null && !a.not_null) {
        status = sample_nulls(s, pair->numbers[SIDE_OLD], from, &n_nulls);
        if (status == PD_OK && n_nulls)
            add_reason(pair, number, REASON_NULLS, n_nulls);
    }
    return status;
}

/* The new table that a column which is dropped may have gone to; NULL: none. */
static const struct pd_table *
moved_to(const struct scaffold *s, const struct pd_column *column)
{
    const struct pd_catalog *now = s->catalogs[SIDE_NEW];

    for (size_t i = 0; i < now->n_tables; i++) {
        long k = schema_find_column(&now->tables[i], column->name);

        if (s->pair_of[SIDE_NEW][i] == PD_NO_TABLE && k >= 0 && match_wanted(s, &now->tables[i]) &&
            same_types(s, column, &now->tables[i].columns[k]))
            return &now->tables[i];
    }
    return NULL;
}

/* Columns that go and columns that come: what is in the one may belong into the other. */
static bool
is_split(const struct scaffold *s, const struct pair *pair)
{
    bool goes = false, comes = false, moves = false;

    for (size_t i = 0; i < pair->old->n_columns; i++) {
        const struct pd_column *old = &pair->old->columns[i];

        if (!counts(old) || pair->to_new[i] != PD_NO_COLUMN || old->generated)
            continue;
        goes = true;
        moves = moves || moved_to(s, old);
    }
    for (size_t i = 0; i < pair->now->n_columns; i++)
        comes = comes || (counts(&pair->now->columns[i]) && !pair->now->columns[i].generated &&
                          pair->origins[i].old == PD_NO_COLUMN);
    return goes && (comes || moves);
}

pd_status
rows_reasons(struct scaffold *s, struct pair *pair)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < pair->now->n_columns && status == PD_OK; i++) {
        struct said_column said;

        if (!counts(&pair->now->columns[i]))
            continue;
        status = say_column(s, pair->now, i, NULL, NULL, &said);
        if (status != PD_OK || said.impossible)
            continue;
        if (pair->origins[i].old != PD_NO_COLUMN) {
            status = reason_of_kept(s, pair, i, &said);
        } else if (said.not_null && !said.has_value && !*said.generated) {
            /* Also where these data have no rows: others will. */
            add_reason(pair, i, REASON_FILL, 0);
        }
    }
    if (status == PD_OK && is_split(s, pair))
        add_reason(pair, PD_NO_COLUMN, REASON_SPLIT, 0);
    return status;
}

/* ---- Values ---- */

/* A value to be replaced by whoever edits the script; NULL: there is none. */
static const char *
any_value(struct scaffold *s, const struct pd_type *type)
{
    static const char *const values[PD_KIND_COUNT_] = {
        [PD_KIND_BOOL] = "false",
        [PD_KIND_INT8] = "0",
        [PD_KIND_INT16] = "0",
        [PD_KIND_INT32] = "0",
        [PD_KIND_INT64] = "0",
        [PD_KIND_UINT8] = "0",
        [PD_KIND_UINT16] = "0",
        [PD_KIND_UINT32] = "0",
        [PD_KIND_UINT64] = "0",
        [PD_KIND_OID] = "0",
        [PD_KIND_MONEY] = "0",
        [PD_KIND_NUMBER] = "0",
        [PD_KIND_ANY] = "0",
        [PD_KIND_YEAR] = "1970",
        [PD_KIND_FLOAT32] = "0.0",
        [PD_KIND_FLOAT64] = "0.0",
        [PD_KIND_DECIMAL] = "0",
        [PD_KIND_TEXT] = "\"\"",
        [PD_KIND_CHAR] = "\"\"",
        [PD_KIND_SET] = "\"\"",
        [PD_KIND_VARBIT] = "\"\"",
        [PD_KIND_BINARY] = "bytes(\"\")",
        [PD_KIND_DATE] = "\"1970-01-01\"",
        [PD_KIND_TIME] = "\"00:00:00\"",
        [PD_KIND_TIMETZ] = "\"00:00:00+00\"",
        [PD_KIND_TIMESTAMP] = "\"1970-01-01 00:00:00\"",
        [PD_KIND_TIMESTAMPTZ] = "\"1970-01-01 00:00:00+00\"",
        [PD_KIND_INTERVAL] = "\"P0M0DT0S\"",
        [PD_KIND_JSON] = "\"null\"",
        [PD_KIND_JSONB] = "\"null\"",
        [PD_KIND_XML] = "\"<x/>\"",
        [PD_KIND_UUID] = "\"00000000-0000-4000-8000-000000000000\"",
        [PD_KIND_INET] = "\"0.0.0.0\"",
        [PD_KIND_CIDR] = "\"0.0.0.0/32\"",
        [PD_KIND_INET4] = "\"0.0.0.0\"",
        [PD_KIND_INET6] = "\"::\"",
        [PD_KIND_MACADDR] = "\"00:00:00:00:00:00\"",
        [PD_KIND_MACADDR8] = "\"00:00:00:00:00:00:00:00\"",
    };
    CLEANUP_BUFFER struct buffer text = {0};

    if (type->kind == PD_KIND_ENUM && type->n_labels)
        say_quoted(&text, type->labels[0], strlen(type->labels[0]));
    else if (type->kind == PD_KIND_BIT)
        buffer_printf(&text, "(\"0\"):rep(%llu)",
                      (unsigned long long)(type->length ? type->length : 1));
    else
        return values[type->kind];
    return buffer_string(&text) ? arena_strdup(s->arena, buffer_string(&text)) : NULL;
}

/* How a value of one kind is made of one of another, where that is not only its text: $ is the
   value, # the scale. */
static const struct {
    const char *from;
    const char *to;
    const char *text;
    bool rounds;
} rules[] = {
    {" bool ", " float32 float64 ", "$ and 1.0 or 0.0", false},
    {" int8 int16 int32 int64 uint8 uint16 uint32 uint64 year oid ", " float32 float64 ", "$ + 0.0",
     false},
    {" float32 float64 number ", " int8 int16 int32 int64 uint8 uint16 uint32 uint64 year oid ",
     "math.tointeger($) or error(\"no whole number: \" .. $)", false},
    {" float32 float64 ", " decimal ", "decimal(string.format(\"%.#f\", $))", true},
    {" decimal ", " float32 float64 ", "$:float()", true},
    {" timestamp timestamptz ", " date ", "$:match(\"^%S+\")", true},
    {" timestamp ", " time ", "$:match(\"^%S+ (%S+)\")", true},
    {" date ", " timestamp ", "$ .. \" 00:00:00\"", false},
    {" date ", " timestamptz ", "$ .. \" 00:00:00+00\"", false},
};

static void
put_rule(struct buffer *out, const char *rule, const char *value, int scale)
{
    for (; *rule; rule++) {
        if (*rule == '$')
            buffer_text(out, value);
        else if (*rule == '#')
            buffer_printf(out, "%d", scale > 0 ? scale : 0);
        else
            buffer_char(out, *rule);
    }
}

/* ---- Lines of a function ---- */

struct function {
    struct scaffold *s;
    const struct pair *pair;
    const char *table; /* as the script calls it */
};

/* "row.name" */
static const char *
member(struct function *f, const char *name)
{
    CLEANUP_BUFFER struct buffer text = {0};
    const char *kept;

    say_member(&text, "row", name);
    kept = buffer_string(&text) ? arena_strdup(f->s->arena, buffer_string(&text)) : NULL;
    if (!kept)
        f->s->line.failed = true;
    return kept ? kept : "";
}

/* What still has to be decided is told whenever the script runs. */
static void
put_todo(struct function *f, const char *column, const char *what)
{
    const char *text = arena_printf(f->s->arena, "%s of table '%s' %s: the script is not finished",
                                    column, f->table, what);

    buffer_text(&f->s->line, "todo(ctx, ");
    if (text)
        say_quoted(&f->s->line, text, strlen(text));
    else
        f->s->line.failed = true;
    buffer_char(&f->s->line, ')');
    put_line(f->s, LINE_COMMENT, NULL);
    f->s->counts.n_guesses++;
}

static void
put_any(struct function *f, const struct pd_column *column)
{
    const char *value = any_value(f->s, say_type(column)), *row = member(f, column->name);

    if (value)
        buffer_printf(&f->s->line, "%s = %s", row, value);
    else
        buffer_printf(&f->s->line, "error(\"a value is wanted\")");
    put_line(f->s, LINE_COMMENT, "fill in");
    if (value)
        put_todo(f, column->name, "gets the same in all rows");
    else
        f->s->counts.n_guesses++;
}

static void
put_fill(struct function *f, const struct pd_column *column)
{
    struct buffer *line = &f->s->line;

    if (!column->identity) {
        put_any(f, column);
        return;
    }
    buffer_text(line, "numbers[");
    say_quoted(line, f->table, strlen(f->table));
    buffer_text(line, "] = (numbers[");
    say_quoted(line, f->table, strlen(f->table));
    buffer_text(line, "] or 0) + 1");
    put_line(f->s, LINE_COMMENT, NULL);
    buffer_printf(line, "%s = numbers[", member(f, column->name));
    say_quoted(line, f->table, strlen(f->table));
    buffer_char(line, ']');
    put_line(f->s, LINE_COMMENT, "rows are numbered as they come");
}

static void
put_if(struct function *f, const struct pd_column *column, const char *operator)
{
    buffer_printf(&f->s->line, "if %s %s null then", member(f, column->name), operator);
    put_line(f->s, LINE_COMMENT, NULL);
    f->s->indent++;
}

static void
put_end(struct function *f)
{
    f->s->indent--;
    buffer_text(&f->s->line, "end");
    put_line(f->s, LINE_COMMENT, NULL);
}

static void
put_nulls(struct function *f, const struct pd_column *column, uint64_t n)
{
    const char *note =
        arena_printf(f->s->arena, "%s NULL%s seen", say_count(f->s, n), n == 1 ? " was" : "s were");

    put_if(f, column, "==");
    put_note(f->s, LINE_COMMENT, "%s", note ? note : "");
    put_any(f, column);
    put_end(f);
}

static void
put_conversion(struct function *f, const struct pd_column *old, const struct pd_column *now)
{
    const struct pd_type *to = say_type(now);
    const char *row = member(f, now->name);
    size_t i = 0;

    put_if(f, now, "~=");
    while (i < COUNT_OF(rules) &&
           !(same_listed(rules[i].from, old->type.kind) && same_listed(rules[i].to, to->kind)))
        i++;
    if (i == COUNT_OF(rules)) {
        put_any(f, now);
    } else {
        buffer_printf(&f->s->line, "%s = ", row);
        put_rule(&f->s->line, rules[i].text, row, to->scale);
        put_line(f->s, LINE_COMMENT, "a suggestion");
        if (rules[i].rounds)
            put_todo(f, now->name, "loses what its new type does not hold");
    }
    put_end(f);
}

/* What is dropped, and what is new and has to be filled from somewhere. */
static void
put_hint(struct function *f)
{
    CLEANUP_BUFFER struct buffer old = {0}, now = {0};
    const struct pair *pair = f->pair;

    for (size_t i = 0; i < pair->old->n_columns; i++) {
        if (pair->to_new[i] == PD_NO_COLUMN && counts(&pair->old->columns[i]))
            buffer_printf(&old, "%s%s", old.size ? ", " : "", pair->old->columns[i].name);
    }
    for (size_t i = 0; i < pair->now->n_columns; i++) {
        if (pair->origins[i].old == PD_NO_COLUMN && counts(&pair->now->columns[i]))
            buffer_printf(&now, "%s%s", now.size ? ", " : "", pair->now->columns[i].name);
    }
    if (!buffer_string(&old) || !buffer_string(&now))
        f->s->line.failed = true;
    else if (now.size)
        put_note(f->s, LINE_DOUBT, "what was in %s may belong into %s", buffer_string(&old),
                 buffer_string(&now));
}

/* The columns of a new table that point to this one: "person_id = row.id". */
static bool
put_pointers(struct function *f, const struct pd_table *into)
{
    const struct pair *pair = f->pair;
    bool is_first = true;

    for (size_t i = 0; i < into->n_foreigns; i++) {
        const struct pd_foreign *foreign = &into->foreigns[i];
        uint32_t number;

        if (match_target(f->s, SIDE_NEW, into, foreign, &number) != pair->now ||
            !foreign->to_columns)
            continue;
        for (size_t k = 0; k < foreign->n_columns; k++) {
            buffer_text(&f->s->line, is_first ? "" : ", ");
            is_first = false;
            say_field(&f->s->line, into->columns[foreign->columns[k]].name);
            buffer_text(&f->s->line, " = ");
            say_member(&f->s->line, "row", foreign->to_columns[k]);
        }
    }
    return is_first;
}

/* Columns that are dropped, and where they may have gone to. */
static void
put_moved(struct function *f)
{
    const struct pair *pair = f->pair;
    const struct pd_table *into = NULL;
    bool is_first;

    for (size_t i = 0; i < pair->old->n_columns && !into; i++) {
        if (pair->to_new[i] == PD_NO_COLUMN && counts(&pair->old->columns[i]))
            into = moved_to(f->s, &pair->old->columns[i]);
    }
    if (!into)
        return;
    buffer_text(&f->s->line, "ctx:emit(");
    say_quoted(&f->s->line, say_table(f->s, into), strlen(say_table(f->s, into)));
    buffer_text(&f->s->line, ", {");
    is_first = put_pointers(f, into);
    for (size_t i = 0; i < pair->old->n_columns; i++) {
        const struct pd_column *old = &pair->old->columns[i];

        if (pair->to_new[i] != PD_NO_COLUMN || moved_to(f->s, old) != into)
            continue;
        if (!is_first)
            buffer_text(&f->s->line, ", ");
        is_first = false;
        say_field(&f->s->line, old->name);
        buffer_text(&f->s->line, " = ");
        say_member(&f->s->line, "row", old->name);
    }
    buffer_text(&f->s->line, "})");
    put_line(f->s, LINE_DOUBT, "columns of the same names");
}

static void
put_reason(struct function *f, const struct row_reason *reason)
{
    const struct pd_column *now =
        reason->column == PD_NO_COLUMN ? NULL : &f->pair->now->columns[reason->column];

    switch (reason->kind) {
    case REASON_FILL:
        put_fill(f, now);
        break;
    case REASON_COMPUTED:
        put_note(f->s, LINE_COMMENT, "it was computed, so that old rows have no value of it");
        if (now->flags & PD_COLUMN_NOT_NULL)
            put_any(f, now);
        else
            put_todo(f, now->name, "was computed and is NULL now");
        break;
    case REASON_NULLS:
        put_nulls(f, now, reason->n_nulls);
        break;
    case REASON_CONVERT:
        put_conversion(f, &f->pair->old->columns[f->pair->origins[reason->column].old], now);
        break;
    default:
        put_hint(f);
        put_moved(f);
        break;
    }
}

/* ---- Tables ---- */

static pd_status
put_column_line(struct scaffold *s, const struct pair *pair, uint32_t old, uint32_t now)
{
    struct said_column a = {0}, b = {0};
    pd_status status = PD_OK;
    bool same;

    if (old != PD_NO_COLUMN)
        status = say_column(s, pair->old, old, NULL, NULL, &a);
    if (status == PD_OK && now != PD_NO_COLUMN)
        status = say_column(s, pair->now, now, NULL, NULL, &b);
    if (status != PD_OK)
        return status;
    same = a.type && b.type && strcmp(a.type, b.type) == 0 && a.not_null == b.not_null;
    put_note(s, LINE_COMMENT, "  %s%s%s -> %s%s%s%s%s",
             a.type ? pair->old->columns[old].name : "new", a.type ? ": " : "",
             a.type ? a.type : "", b.type ? pair->now->columns[now].name : "dropped",
             b.type && !same ? ": " : "", b.type && !same ? b.type : "",
             b.type && !same && b.not_null ? ", not null" : "",
             a.type && a.not_null && b.type && !b.not_null ? ", may be null" : "");
    return PD_OK;
}

static pd_status
put_column_lines(struct scaffold *s, const struct pair *pair)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < pair->old->n_columns && status == PD_OK; i++) {
        if (counts(&pair->old->columns[i]))
            status = put_column_line(s, pair, i, pair->to_new[i]);
    }
    for (uint32_t i = 0; i < pair->now->n_columns && status == PD_OK; i++) {
        if (counts(&pair->now->columns[i]) && pair->origins[i].old == PD_NO_COLUMN)
            status = put_column_line(s, pair, PD_NO_COLUMN, i);
    }
    return status;
}

static void
put_emits(struct function *f)
{
    const struct pd_table *into = NULL;

    for (size_t i = 0; i < f->pair->old->n_columns && !into; i++) {
        if (f->pair->to_new[i] == PD_NO_COLUMN && counts(&f->pair->old->columns[i]))
            into = moved_to(f->s, &f->pair->old->columns[i]);
    }
    if (!into)
        return;
    buffer_text(&f->s->line, "emits = {");
    say_quoted(&f->s->line, say_table(f->s, into), strlen(say_table(f->s, into)));
    buffer_text(&f->s->line, "},");
    put_line(f->s, LINE_DOUBT, "what ctx:emit() below needs");
}

static pd_status
put_function(struct scaffold *s, const struct pair *pair)
{
    struct function f = {s, pair, say_table(s, pair->old)};
    pd_status status;

    put_note(s, LINE_COMMENT, "rows of table '%s':", f.table);
    status = put_column_lines(s, pair);
    say_field(&s->line, f.table);
    buffer_text(&s->line, " = {");
    put_line(s, LINE_COMMENT, NULL);
    s->indent++;
    put_emits(&f);
    buffer_text(&s->line, "row = function(row, ctx)");
    put_line(s, LINE_COMMENT, NULL);
    s->indent++;
    for (size_t i = 0; i < pair->n_reasons; i++)
        put_reason(&f, &pair->reasons[i]);
    buffer_text(&s->line, "return row");
    put_line(s, LINE_COMMENT, NULL);
    s->indent--;
    buffer_text(&s->line, "end,");
    put_line(s, LINE_COMMENT, NULL);
    s->indent--;
    buffer_text(&s->line, "},");
    put_line(s, LINE_COMMENT, NULL);
    s->counts.n_functions++;
    return status;
}

pd_status
put_rows(struct scaffold *s)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < s->n_pairs && status == PD_OK; i++) {
        if (s->pairs[i].n_reasons)
            status = put_function(s, &s->pairs[i]);
    }
    return status;
}
