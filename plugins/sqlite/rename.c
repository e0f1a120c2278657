// SPDX-License-Identifier: Apache-2.0
/* rename - columns whose names differ in the case of ASCII letters only, which SQLite takes for
   one: a copy of the table has other names for them, in its expressions too. */
#include <stdlib.h>
#include <string.h>

#include "sink.h"

/* A table whose columns get other names. */
struct renamed {
    struct pd_sink *sink;
    const struct pd_table *from;
    const char **names; /* of its columns in the target */
};

static int
compare_names(const void *a, const void *b)
{
    return sqlite3_stricmp(*(const char *const *)a, *(const char *const *)b);
}

/* Is a name there twice for SQLite? */
static pd_status
has_pair(struct pd_sink *sink, const struct pd_table *table, bool *ret_has, struct pd_error *err)
{
    const char **names = malloc((table->n_columns + 1) * sizeof *names);
    size_t i, n = 0;

    *ret_has = false;
    if (!names)
        return sqlite_no_memory(sink->host, err);
    for (i = 0; i < table->n_columns; i++) {
        if (!(pd_column_at(table, i)->flags & PD_COLUMN_PASSENGER))
            names[n++] = pd_column_at(table, i)->name;
    }
    qsort(names, n, sizeof *names, compare_names);
    for (i = 1; i < n && !*ret_has; i++)
        *ret_has = sqlite_same_name(names[i - 1], names[i]);
    free(names);
    return PD_OK;
}

/* ---- Names ---- */

static bool
is_taken(const struct renamed *r, size_t n, const char *name)
{
    size_t i;

    for (i = 0; i < r->from->n_columns; i++) {
        if (i != n && sqlite_same_name(pd_column_at(r->from, i)->name, name))
            return true;
    }
    for (i = 0; i < n; i++) {
        if (sqlite_same_name(r->names[i], name))
            return true;
    }
    return false;
}

static bool
is_repeated(const struct renamed *r, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (sqlite_same_name(pd_column_at(r->from, i)->name, pd_column_at(r->from, n)->name))
            return true;
    }
    return false;
}

/* The first one keeps its name, the next are "name__1", "name__2" ... */
static pd_status
choose_name(const struct renamed *r, size_t number, size_t n, struct pd_error *err)
{
    const char *wanted = pd_column_at(r->from, n)->name;
    unsigned k;

    r->names[n] = wanted;
    if (!is_repeated(r, n))
        return PD_OK;
    for (k = 1; is_taken(r, n, r->names[n]) || k == 1; k++) {
        char *text = sqlite3_mprintf("%s__%u", wanted, k);

        r->names[n] = text ? pd_pool_text(&r->sink->pool, text) : NULL;
        sqlite3_free(text);
        if (!r->names[n])
            return sqlite_no_memory(r->sink->host, err);
    }
    sink_leave_out(r->sink, PD_PART_NAME, (uint32_t)number, (uint32_t)n,
                   "name of column '%s' of '%s': SQLite does not tell it from another one, it is "
                   "called '%s'",
                   wanted, r->sink->tables[number].name, r->names[n]);
    return PD_OK;
}

/* ---- Expressions ---- */

/* The column whose name stands in quotes at text, doubled quotes within; *ret_end: behind it. */
static size_t
find_quoted(const struct renamed *r, const char *text, const char **ret_end)
{
    const char *at = text + 1;
    size_t i;

    while (*at && (at[0] != '"' || at[1] == '"'))
        at += at[0] == '"' ? 2 : 1;
    *ret_end = *at ? at + 1 : at;
    for (i = 0; i < r->from->n_columns; i++) {
        const char *name = pd_column_at(r->from, i)->name;
        const char *p = text + 1;

        for (; *name && p < at && *p == *name; name++)
            p += *p == '"' ? 2 : 1;
        if (!*name && p == at)
            break;
    }
    return i;
}

/* Canonical text (doc/expressions.md) has names in double quotes, and no double quote elsewhere but
   in strings. NULL stays NULL; a shortage of memory is kept for later. */
static const char *
rename_expression(const struct renamed *r, const char *text)
{
    sqlite3_str *out;
    char *made;
    const char *copy;
    bool in_string = false;

    if (!text)
        return NULL;
    out = sqlite3_str_new(r->sink->db);
    while (*text) {
        const char *end = text + 1;
        size_t column = r->from->n_columns;

        if (*text == '\'')
            in_string = !in_string;
        else if (*text == '"' && !in_string)
            column = find_quoted(r, text, &end);
        if (column < r->from->n_columns)
            sqlite3_str_appendf(out, "\"%w\"", r->names[column]);
        else
            sqlite3_str_append(out, text, (int)(end - text));
        text = end;
    }
    made = sqlite3_str_finish(out);
    copy = made ? pd_pool_text(&r->sink->pool, made) : NULL;
    r->sink->memory_short |= !copy;
    sqlite3_free(made);
    return copy;
}

/* ---- The copy ---- */

/* n elements in our size, whatever theirs is. */
static void *
copy_array(const struct renamed *r, const void *from, size_t n, size_t stride, size_t size)
{
    char *to = pd_pool_alloc(&r->sink->pool, (n + 1) * size);
    size_t i;

    r->sink->memory_short |= !to;
    for (i = 0; i < n && to; i++)
        memcpy(to + i * size, (const char *)from + i * stride, stride < size ? stride : size);
    return to;
}

static bool
copy_columns(const struct renamed *r, struct pd_table *to)
{
    struct pd_column *columns =
        copy_array(r, to->columns, to->n_columns, to->column_size, sizeof *columns);
    size_t i;

    for (i = 0; i < to->n_columns && columns; i++) {
        columns[i].name = r->names[i];
        columns[i].expression = rename_expression(r, columns[i].expression);
        columns[i].expression_native = NULL;
    }
    to->columns = columns;
    to->column_size = sizeof *columns;
    return columns;
}

static bool
copy_keys(const struct renamed *r, struct pd_table *to)
{
    struct pd_key *keys = copy_array(r, to->keys, to->n_keys, to->key_size, sizeof *keys);
    size_t i, k;

    for (i = 0; i < to->n_keys && keys; i++) {
        struct pd_key_part *parts =
            copy_array(r, keys[i].parts, keys[i].n_parts, keys[i].part_size, sizeof *parts);

        for (k = 0; k < keys[i].n_parts && parts; k++) {
            parts[k].expression = rename_expression(r, parts[k].expression);
            parts[k].expression_native = NULL;
        }
        if (keys[i].predicate_native && !keys[i].predicate)
            keys[i].flags |= PD_KEY_NATIVE_ONLY;
        keys[i].predicate = rename_expression(r, keys[i].predicate);
        keys[i].predicate_native = keys[i].native_sql = NULL;
        keys[i].parts = parts;
        keys[i].part_size = sizeof *parts;
        if (!parts)
            return false;
    }
    to->keys = keys;
    to->key_size = sizeof *keys;
    return keys;
}

static bool
copy_checks(const struct renamed *r, struct pd_table *to)
{
    struct pd_check *checks =
        copy_array(r, to->checks, to->n_checks, to->check_size, sizeof *checks);
    size_t i;

    for (i = 0; i < to->n_checks && checks; i++) {
        checks[i].expression = rename_expression(r, checks[i].expression);
        checks[i].expression_native = NULL;
    }
    to->checks = checks;
    to->check_size = sizeof *checks;
    return checks;
}

static pd_status
rename_all(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct sink_table *t = &sink->tables[number];
    struct renamed r = {.sink = sink, .from = t->table};
    struct pd_table *to = copy_array(&r, t->table, 1, t->table->struct_size, sizeof *to);
    size_t i;
    pd_status status = PD_OK;

    r.names = pd_pool_alloc(&sink->pool, (t->table->n_columns + 1) * sizeof *r.names);
    if (!r.names || !to)
        return sqlite_no_memory(sink->host, err);
    for (i = 0; i < t->table->n_columns && status == PD_OK; i++)
        status = choose_name(&r, number, i, err);
    if (status != PD_OK)
        return status;
    to->native_sql = NULL;
    if (!copy_columns(&r, to) || !copy_keys(&r, to) || !copy_checks(&r, to))
        return sqlite_no_memory(sink->host, err);
    t->table = to;
    return PD_OK;
}

static void
refuse_columns(const struct sink_table *t, sqlite3_str *refused)
{
    const struct renamed r = {.from = t->table};
    size_t i;

    for (i = 0; i < t->table->n_columns; i++) {
        if (is_repeated(&r, i))
            sqlite3_str_appendf(refused, "%scolumn '%s' of '%s'",
                                sqlite3_str_length(refused) ? ", " : "",
                                pd_column_at(t->table, i)->name, t->name);
    }
}

pd_status
rename_columns(struct pd_sink *sink, size_t number, sqlite3_str *refused, struct pd_error *err)
{
    bool has;
    pd_status status = has_pair(sink, sink->tables[number].table, &has, err);

    if (status != PD_OK || !has)
        return status;
    if (sink->rename)
        return rename_all(sink, number, err);
    refuse_columns(&sink->tables[number], refused);
    return PD_OK;
}

/* ---- Where tables are ---- */

static const char *
placed_column(struct pd_sink *sink, const struct sink_table *t, const struct pd_column *column)
{
    if (column->flags & PD_COLUMN_DROPPED)
        return NULL;
    if (column->flags & PD_COLUMN_PASSENGER)
        return sink->same && sink->into != PD_INTO_APPEND ? column->name : NULL;
    return sink->in_place || t->replayed || ddl_has_column(sink, t->table, column) ? column->name
                                                                                   : NULL;
}

pd_status
rename_placed(struct pd_sink *sink, uint32_t number, struct pd_placed *placed, struct pd_error *err)
{
    const struct sink_table *t = &sink->tables[number];
    const char **columns;
    size_t i;

    if (t->passes)
        return PD_UNSUPPORTED;
    columns = pd_pool_alloc(&sink->pool, (t->table->n_columns + 1) * sizeof *columns);
    if (!columns)
        return sqlite_no_memory(sink->host, err);
    for (i = 0; i < t->table->n_columns; i++)
        columns[i] = placed_column(sink, t, pd_column_at(t->table, i));
    placed->schema = NULL;
    placed->name = t->name;
    placed->columns = columns;
    if (t->triggered && placed->struct_size > offsetof(struct pd_placed, flags))
        placed->flags |= PD_PLACED_TRIGGERED;
    return PD_OK;
}
