// SPDX-License-Identifier: Apache-2.0
/* scaffold_schema - function schema(db): the calls that make the new tables out of the old ones. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "migrate/scaffold_inside.h"
#include "model/kind.h"

/* ---- Lines ---- */

void
put_line(struct scaffold *s, enum line kind, const char *why)
{
    struct buffer *out = s->out;
    bool is_comment = kind == LINE_DOUBT || kind == LINE_UNSAID;

    for (unsigned i = 0; i < s->indent; i++)
        buffer_text(out, "  ");
    if (is_comment)
        buffer_text(out, "-- ");
    buffer_append(out, s->line.data, s->line.size);
    if (why) {
        buffer_text(out, kind == LINE_GUESS || kind == LINE_DOUBT ? "  -- guess: " : "  -- ");
        say_comment(out, why);
    }
    buffer_char(out, '\n');
    out->failed = out->failed || s->line.failed;
    buffer_clear(&s->line);
    s->counts.n_calls += kind == LINE_CALL || kind == LINE_SURE || kind == LINE_GUESS;
    s->counts.n_guesses += kind == LINE_GUESS || kind == LINE_DOUBT;
    s->counts.n_unsaid += kind == LINE_UNSAID;
}

void
put_note(struct scaffold *s, enum line kind, const char *fmt, ...)
{
    CLEANUP_BUFFER struct buffer text = {0};
    va_list list;
    int size;

    va_start(list, fmt);
    size = vsnprintf(NULL, 0, fmt, list);
    va_end(list);
    if (size >= 0 && buffer_reserve(&text, (size_t)size + 1)) {
        va_start(list, fmt);
        vsnprintf((char *)text.data, (size_t)size + 1, fmt, list);
        va_end(list);
        if (kind == LINE_COMMENT)
            buffer_text(&s->line, "-- ");
        else if (kind == LINE_DOUBT)
            buffer_text(&s->line, "guess: ");
        else if (kind == LINE_UNSAID)
            buffer_text(&s->line, "cannot be said here: ");
        say_comment(&s->line, (const char *)text.data);
    } else {
        s->line.failed = true;
    }
    put_line(s, kind, NULL);
}

void
put_call(struct scaffold *s, const char *call, const char *table)
{
    buffer_printf(&s->line, "db:%s(", call);
    say_quoted(&s->line, table, strlen(table));
}

void
put_name(struct scaffold *s, const char *name)
{
    buffer_text(&s->line, ", ");
    say_quoted(&s->line, name, strlen(name));
}

static void
end_call(struct scaffold *s, enum line kind, const char *why)
{
    buffer_char(&s->line, ')');
    put_line(s, kind, why);
}

static enum line
line_of(enum likeness like)
{
    return like == LIKE_GUESS ? LINE_GUESS : LINE_SURE;
}

/* ---- Tables ---- */

static bool
is_renamed(struct scaffold *s, const struct pair *pair)
{
    return strcmp(say_table(s, pair->old), say_table(s, pair->now)) != 0 &&
           !(pair->likeness == LIKE_NAME && !s->same_engine);
}

/* No other table has the new name: whatever is called so on both sides is one table. */
static void
put_renames(struct scaffold *s)
{
    for (size_t i = 0; i < s->n_pairs; i++) {
        const struct pair *pair = &s->pairs[i];

        if (!is_renamed(s, pair))
            continue;
        put_call(s, "rename_table", say_table(s, pair->old));
        put_name(s, say_table(s, pair->now));
        end_call(s, line_of(pair->likeness), pair->why);
    }
}

/* Where all columns of a table that goes would fit in. */
static const struct pd_table *
merge_target(const struct scaffold *s, const struct pd_table *old)
{
    for (size_t i = 0; i < s->n_pairs; i++) {
        const struct pd_table *now = s->pairs[i].now;
        size_t n = 0, n_same = 0;

        for (size_t k = 0; k < old->n_columns; k++) {
            if (old->columns[k].flags & PD_COLUMN_PASSENGER)
                continue;
            n++;
            n_same += schema_find_column(now, old->columns[k].name) >= 0;
        }
        if (n >= 2 && n_same == n)
            return now;
    }
    return NULL;
}

static void
put_dropped_tables(struct scaffold *s)
{
    const struct pd_catalog *old = s->catalogs[SIDE_OLD];

    for (size_t i = 0; i < old->n_tables; i++) {
        const struct pd_table *table = &old->tables[i];
        const struct pd_table *into;

        if (s->pair_of[SIDE_OLD][i] != PD_NO_TABLE || !match_wanted(s, table))
            continue;
        put_call(s, "drop_table", say_table(s, table));
        end_call(s, LINE_CALL, "with its rows");
        into = merge_target(s, table);
        if (!into)
            continue;
        put_call(s, "merge_table", say_table(s, table));
        put_name(s, say_table(s, into));
        end_call(s, LINE_DOUBT, "instead, after the calls below: all its columns are there");
    }
}

static pd_status
put_new_tables(struct scaffold *s)
{
    const struct pd_catalog *now = s->catalogs[SIDE_NEW];
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < now->n_tables && status == PD_OK; i++) {
        if (s->pair_of[SIDE_NEW][i] != PD_NO_TABLE || !match_wanted(s, &now->tables[i]))
            continue;
        buffer_char(s->out, '\n');
        if (!*now->tables[i].name) {
            put_note(s, LINE_UNSAID, "a table that has no name");
            continue;
        }
        if (s->doubts[i])
            put_note(s, LINE_DOUBT, "'%s' may be what was %s; then rename_table() instead",
                     say_table(s, &now->tables[i]), s->doubts[i]);
        status = put_new_table(s, i);
    }
    return status;
}

/* ---- Columns ---- */

struct columns {
    struct scaffold *s;
    const struct pair *pair;
    const char *table;
    bool *is_there; /* one a new column: by the calls so far */
    bool *is_gone;  /* one an old column: dropped already, to make room for a name */
};

static bool
counts(const struct pd_column *column)
{
    return !(column->flags & PD_COLUMN_PASSENGER);
}

static bool
is_new_name(const struct pair *pair, uint32_t now)
{
    uint32_t old = pair->origins[now].old;

    return old != PD_NO_COLUMN &&
           strcmp(pair->old->columns[old].name, pair->now->columns[now].name) != 0;
}

/* As with tables, the new name is free. */
static void
put_column_renames(struct columns *c)
{
    const struct pair *pair = c->pair;

    for (uint32_t i = 0; i < pair->now->n_columns; i++) {
        const struct origin *origin = &pair->origins[i];

        if (!is_new_name(pair, i))
            continue;
        put_call(c->s, "rename_column", c->table);
        put_name(c->s, pair->old->columns[origin->old].name);
        put_name(c->s, pair->now->columns[i].name);
        end_call(c->s, line_of(origin->likeness), origin->why);
    }
}

static pd_status
put_column_add(struct columns *c, uint32_t now)
{
    struct scaffold *s = c->s;
    const struct pair *pair = c->pair;
    const struct pd_column *column = &pair->now->columns[now];
    const char *before = NULL;
    struct said_column said;
    pd_status status = say_column(s, pair->now, now, NULL, NULL, &said);

    if (status != PD_OK)
        return status;
    if (said.impossible) {
        put_note(s, LINE_UNSAID, "column '%s' of table '%s': %s", column->name, c->table,
                 said.impossible);
        return PD_OK;
    }
    if (pair->origins[now].likeness == LIKE_DOUBT)
        put_note(s, LINE_DOUBT, "'%s' may be what was %s; then rename_column() instead",
                 column->name, pair->origins[now].why);
    for (uint32_t i = now + 1; i < pair->now->n_columns && !before; i++) {
        if (c->is_there[i])
            before = pair->now->columns[i].name;
    }
    put_call(s, "add_column", c->table);
    buffer_text(&s->line, ", {name = ");
    say_quoted(&s->line, column->name, strlen(column->name));
    buffer_text(&s->line, ", ");
    say_described(&s->line, &said);
    buffer_char(&s->line, '}');
    if (before)
        put_name(s, before);
    end_call(s, LINE_CALL, NULL);
    c->is_there[now] = true;
    if (*said.unsaid)
        put_note(s, LINE_UNSAID, "it does not say %s", said.unsaid);
    return PD_OK;
}

/* Computed ones come behind what they are computed of. */
static pd_status
put_column_adds(struct columns *c)
{
    pd_status status = PD_OK;

    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t i = (uint32_t)c->pair->now->n_columns; i-- > 0 && status == PD_OK;) {
            const struct pd_column *column = &c->pair->now->columns[i];
            bool is_late = column->generated || column->default_kind == PD_DEFAULT_EXPRESSION;

            if (c->pair->origins[i].old == PD_NO_COLUMN && counts(column) && is_late == (turn == 1))
                status = put_column_add(c, i);
        }
    }
    return status;
}

static void
put_was(struct buffer *out, const struct said_column *was, unsigned differs)
{
    if (differs & DIFFERS_TYPE)
        buffer_printf(out, ", %s%s%s", was->type, *was->labels ? " " : "", was->labels);
    if (differs & DIFFERS_NULL)
        buffer_text(out, was->not_null ? ", null = false" : ", null = true");
    if (differs & DIFFERS_DEFAULT)
        buffer_printf(out, ", %s", *was->filled ? was->filled : "without a default");
    if (differs & DIFFERS_GENERATED)
        buffer_printf(out, ", %s%s", *was->generated ? "generated = " : "not generated",
                      was->generated);
    if (differs & DIFFERS_IDENTITY)
        buffer_text(out, was->identity ? ", identity = true" : ", identity = false");
    if (differs & DIFFERS_COMMENT)
        buffer_printf(out, ", %s%s", *was->comment ? "comment = " : "without a comment",
                      was->comment);
}

/* Names of old columns in its expressions, as they are now. */
static const char *
name_now(const void *arg, const char *name)
{
    const struct pair *pair = arg;
    long old = schema_find_column(pair->old, name);

    if (old < 0 || pair->to_new[old] == PD_NO_COLUMN)
        return NULL;
    return pair->now->columns[pair->to_new[old]].name;
}

static bool
numbers_rows(const struct pd_column *column)
{
    return column->identity || column->default_kind == PD_DEFAULT_NEXTVAL;
}

/* change_column() leaves it the sequence that it draws its default from. */
static bool
keeps_sequence(const struct pd_column *old, const struct pd_column *now)
{
    return old->default_kind == PD_DEFAULT_NEXTVAL && now->default_kind == PD_DEFAULT_NEXTVAL &&
           old->default_text && now->default_text &&
           strcmp(old->default_text, now->default_text) == 0 &&
           (kind_is_integer(now->type.kind) || now->type.kind == PD_KIND_DECIMAL);
}

static pd_status
put_column_change(struct columns *c, uint32_t now)
{
    CLEANUP_BUFFER struct buffer was = {0};
    struct scaffold *s = c->s;
    const struct pair *pair = c->pair;
    uint32_t old = pair->origins[now].old;
    const struct pd_column *column = &pair->now->columns[now];
    struct said_column a, b;
    unsigned differs;
    pd_status status = say_column(s, pair->old, old, name_now, pair, &a);

    if (status == PD_OK)
        status = say_column(s, pair->now, now, NULL, NULL, &b);
    if (status != PD_OK)
        return status;
    differs = same_columns(s, &pair->old->columns[old], &a, column, &b);
    if (!(differs & ~(unsigned)DIFFERS_UNSAID)) {
        if (differs)
            put_note(s, LINE_UNSAID, "column '%s' of table '%s': now: %s; before: %s", column->name,
                     c->table, *b.unsaid ? b.unsaid : "none", *a.unsaid ? a.unsaid : "none");
        return PD_OK;
    }
    if (b.impossible) {
        put_note(s, LINE_UNSAID, "column '%s' of table '%s' has changed: %s", column->name,
                 c->table, b.impossible);
        return PD_OK;
    }
    put_was(&was, &a, differs);
    if (!buffer_string(&was))
        return error_memory(s->err);
    put_call(s, "change_column", c->table);
    put_name(s, column->name);
    buffer_text(&s->line, ", {");
    say_described(&s->line, &b);
    if (numbers_rows(&pair->old->columns[old]) && !numbers_rows(column))
        buffer_text(&s->line, ", identity = false");
    buffer_char(&s->line, '}');
    end_call(s, LINE_CALL, arena_printf(s->arena, "was %s", buffer_string(&was) + 2));
    if (keeps_sequence(&pair->old->columns[old], column))
        b.unsaid = b.unsaid_type;
    if (*b.unsaid)
        put_note(s, LINE_UNSAID, "it does not say %s", b.unsaid);
    return PD_OK;
}

/* Do the columns that stay stand in another order? */
static bool
is_reordered(const struct pair *pair)
{
    long last = -1;

    for (size_t i = 0; i < pair->now->n_columns; i++) {
        if (pair->origins[i].old == PD_NO_COLUMN)
            continue;
        if ((long)pair->origins[i].old < last)
            return true;
        last = (long)pair->origins[i].old;
    }
    return false;
}

static pd_status
put_columns(struct scaffold *s, const struct pair *pair, const char *table)
{
    struct columns c = {.s = s, .pair = pair, .table = table};
    pd_status status;

    c.is_there = arena_array(s->arena, bool, pair->now->n_columns);
    if (!c.is_there)
        return error_memory(s->err);
    for (size_t i = 0; i < pair->now->n_columns; i++)
        c.is_there[i] = pair->origins[i].old != PD_NO_COLUMN;
    put_column_renames(&c);
    status = put_column_adds(&c);
    for (uint32_t i = 0; i < pair->now->n_columns && status == PD_OK; i++) {
        if (pair->origins[i].old != PD_NO_COLUMN && counts(&pair->now->columns[i]))
            status = put_column_change(&c, i);
    }
    for (uint32_t i = 0; i < pair->old->n_columns && status == PD_OK; i++) {
        if (pair->to_new[i] != PD_NO_COLUMN || !counts(&pair->old->columns[i]))
            continue;
        put_call(s, "drop_column", table);
        put_name(s, pair->old->columns[i].name);
        end_call(s, LINE_CALL, NULL);
    }
    if (status == PD_OK && is_reordered(pair))
        put_note(s, LINE_UNSAID, "the columns of table '%s' stand in another order now", table);
    return status;
}

static bool
has_comments(const struct scaffold *s)
{
    return strcmp(s->catalogs[SIDE_OLD]->engine, "sqlite") != 0 &&
           strcmp(s->catalogs[SIDE_NEW]->engine, "sqlite") != 0;
}

static pd_status
put_pair(struct scaffold *s, const struct pair *pair)
{
    const char *table = say_table(s, pair->now);
    const char *a = pair->old->comment ? pair->old->comment : "";
    const char *b = pair->now->comment ? pair->now->comment : "";
    size_t begin = s->out->size, behind;
    pd_status status;

    buffer_char(s->out, '\n');
    put_note(s, LINE_COMMENT, "table '%s'", table);
    behind = s->out->size;
    status = put_parts_dropped(s, pair);
    if (status == PD_OK)
        status = put_columns(s, pair, table);
    if (status == PD_OK)
        status = put_parts_added(s, pair);
    if (status == PD_OK && has_comments(s) && strcmp(a, b) != 0)
        put_note(s, LINE_UNSAID, "the comment of table '%s', which is now '%s'", table, b);
    if (s->out->size == behind) /* it stays as it is */
        s->out->size = begin;
    return status;
}

pd_status
put_schema(struct scaffold *s)
{
    pd_status status = put_foreigns_dropped(s);

    if (status != PD_OK)
        return status;
    put_dropped_tables(s);
    put_renames(s);
    for (size_t i = 0; i < s->n_pairs && status == PD_OK; i++)
        status = put_pair(s, &s->pairs[i]);
    if (status == PD_OK)
        status = put_new_tables(s);
    return status == PD_OK ? put_foreigns_added(s) : status;
}
