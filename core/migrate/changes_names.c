// SPDX-License-Identifier: Apache-2.0
/* changes_names - what a step calls tables and columns, and what messages call their parts. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "migrate/changes_inside.h"
#include "model/text.h"
#include "plugin/nearest.h"

void *
changes_room(struct pd_changes *c, void *array, size_t n, size_t *room, size_t size)
{
    size_t wanted = *room * 2 + 4;
    void *grown;

    if (n < *room)
        return array;
    grown = arena_alloc(c->arena, wanted * size);
    if (!grown)
        return NULL;
    if (n)
        memcpy(grown, array, n * size);
    *room = wanted;
    return grown;
}

pd_status
changes_left_out(struct pd_changes *c, const char *fmt, ...)
{
    const char **lines =
        changes_room(c, c->left_out, c->n_left_out, &c->left_out_room, sizeof *lines);
    va_list list;
    char *text;
    int size;

    va_start(list, fmt);
    size = vsnprintf(NULL, 0, fmt, list);
    va_end(list);
    text = lines && size >= 0 ? arena_alloc(c->arena, (size_t)size + 1) : NULL;
    if (!text)
        return error_memory(&c->err);
    va_start(list, fmt);
    vsnprintf(text, (size_t)size + 1, fmt, list);
    va_end(list);
    c->left_out = lines;
    c->left_out[c->n_left_out++] = text;
    return PD_OK;
}

pd_status
changes_list(struct pd_changes *c, const char *const *list, const char ***ret_list, size_t *ret_n)
{
    const char **copy;
    size_t n = 0;

    while (list && list[n])
        n++;
    copy = arena_array(c->arena, const char *, n + 1);
    if (!copy)
        return error_memory(&c->err);
    for (size_t i = 0; i < n; i++) {
        copy[i] = arena_strdup(c->arena, list[i]);
        if (!copy[i])
            return error_memory(&c->err);
    }
    *ret_list = copy;
    *ret_n = n;
    return PD_OK;
}

bool
changes_same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static char
fold(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

bool
changes_same_fold(const char *a, const char *b)
{
    while (*a && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

pd_status
changes_check_name(struct pd_changes *c, const char *what, const char *name)
{
    size_t size = name ? strlen(name) : 0;

    if (!name)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the name of a %s is missing", what);
    if (size == 0)
        return CHANGES_FAIL(c, PD_CAUSE_DATA, "the name of a %s is empty", what);
    if (size > SCHEMA_MAX_NAME)
        return CHANGES_FAIL(c, PD_CAUSE_LIMIT, "the name of a %s has %zu bytes, more than %d", what,
                            size, SCHEMA_MAX_NAME);
    if (!text_is_utf8(name, size))
        return CHANGES_FAIL(c, PD_CAUSE_DATA, "the name of a %s is not valid UTF-8", what);
    return PD_OK;
}

/* ---- Tables ---- */

static const char *
full_name(struct arena *arena, const struct pd_table *table)
{
    if (table->schema && *table->schema)
        return arena_printf(arena, "%s.%s", table->schema, table->name);
    return arena_strdup(arena, table->name);
}

pd_status
changes_set_full(struct pd_changes *c, struct draft *draft)
{
    draft->full = full_name(c->arena, &draft->table);
    return draft->full ? PD_OK : error_memory(&c->err);
}

struct draft *
changes_at(const struct pd_changes *c, const char *schema, const char *name)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *draft = c->drafts[i];

        if (!draft->gone && strcmp(draft->table.name, name) == 0 &&
            changes_same_text(draft->table.schema, schema))
            return draft;
    }
    return NULL;
}

/* Is the table called "schema.name" so? */
static bool
is_called(const struct pd_table *table, const char *full)
{
    size_t size = table->schema ? strlen(table->schema) : 0;

    if (size == 0)
        return strcmp(table->name, full) == 0;
    return strncmp(full, table->schema, size) == 0 && full[size] == '.' &&
           strcmp(full + size + 1, table->name) == 0;
}

/* Several tables may be called alike when there are points in their names. */
static bool
is_longer(const struct pd_table *table, const struct pd_table *than)
{
    return !than || strlen(table->name) > strlen(than->name);
}

static uint32_t
find_before(const struct pd_changes *c, const char *name)
{
    uint32_t best = PD_NO_TABLE;

    for (uint32_t i = 0; i < c->before->n_tables; i++) {
        const struct pd_table *table = &c->before->tables[i];

        if (is_called(table, name) &&
            is_longer(table, best == PD_NO_TABLE ? NULL : &c->before->tables[best]))
            best = i;
    }
    return best;
}

static pd_status
fail_unknown(struct pd_changes *c, const char *name)
{
    struct nearest nearest = nearest_to(name);
    uint32_t before = find_before(c, name);
    const char *best;

    if (before != PD_NO_TABLE && c->drafts[before]->gone)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING, "table '%s' is not there any more: the step %s it",
                            name, c->drafts[before]->gone);
    if (before != PD_NO_TABLE)
        return CHANGES_FAIL(c, PD_CAUSE_MISSING,
                            "there is no table '%s': the step has called it '%s'", name,
                            c->drafts[before]->full);
    for (size_t i = 0; i < c->n_drafts; i++) {
        if (!c->drafts[i]->gone)
            nearest_offer(&nearest, c->drafts[i]->full);
    }
    best = nearest_get(&nearest);
    return best ? CHANGES_FAIL(c, PD_CAUSE_MISSING, "there is no table '%s'; did you mean '%s'?",
                               name, best)
                : CHANGES_FAIL(c, PD_CAUSE_MISSING, "there is no table '%s'", name);
}

pd_status
changes_table(struct pd_changes *c, const char *name, struct draft **ret_draft)
{
    struct draft *best = NULL;

    if (!name)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the name of a table is missing");
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *draft = c->drafts[i];

        if (!draft->gone && is_called(&draft->table, name) &&
            is_longer(&draft->table, best ? &best->table : NULL))
            best = draft;
    }
    if (!best)
        return fail_unknown(c, name);
    *ret_draft = best;
    return PD_OK;
}

pd_status
changes_table_before(struct pd_changes *c, const char *name, uint32_t *ret_table)
{
    struct nearest nearest = nearest_to(name ? name : "");
    const char *best;

    if (!name)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the name of a table is missing");
    *ret_table = find_before(c, name);
    if (*ret_table != PD_NO_TABLE)
        return PD_OK;
    for (size_t i = 0; i < c->before->n_tables; i++) {
        const char *full = full_name(c->arena, &c->before->tables[i]);

        if (!full)
            return error_memory(&c->err);
        nearest_offer(&nearest, full);
    }
    best = nearest_get(&nearest);
    return best ? CHANGES_FAIL(c, PD_CAUSE_MISSING,
                               "there is no table '%s' before the step; did you mean '%s'?", name,
                               best)
                : CHANGES_FAIL(c, PD_CAUSE_MISSING, "there is no table '%s' before the step", name);
}

static bool
is_schema(const struct pd_changes *c, const char *name, size_t size)
{
    for (size_t i = 0; i < c->n_drafts; i++) {
        const char *schema = c->drafts[i]->table.schema;

        if (schema && strncmp(schema, name, size) == 0 && !schema[size])
            return true;
    }
    for (size_t i = 0; i < c->before->n_objects; i++) {
        const struct pd_object *object = &c->before->objects[i];

        if (strcmp(object->kind, "schema") == 0 && strncmp(object->name, name, size) == 0 &&
            !object->name[size])
            return true;
    }
    return false;
}

pd_status
changes_split(struct pd_changes *c, const char *full, const char **ret_schema,
              const char **ret_name)
{
    char *copy = arena_strdup(c->arena, full);

    if (!copy)
        return error_memory(&c->err);
    *ret_schema = NULL;
    *ret_name = copy;
    for (char *point = strchr(copy, '.'); point; point = strchr(point + 1, '.')) {
        if (point == copy || !point[1] || !is_schema(c, copy, (size_t)(point - copy)))
            continue;
        *point = '\0';
        *ret_schema = copy;
        *ret_name = point + 1;
        return PD_OK;
    }
    return PD_OK;
}

/* ---- Columns ---- */

pd_status
changes_column(struct pd_changes *c, const struct draft *draft, const char *name,
               uint32_t *ret_column)
{
    struct nearest nearest = nearest_to(name ? name : "");
    const char *best;
    long number;

    if (!name)
        return CHANGES_FAIL(c, PD_CAUSE_BUG, "the name of a column of table '%s' is missing",
                            draft->full);
    number = schema_find_column(&draft->table, name);
    if (number >= 0) {
        *ret_column = (uint32_t)number;
        return PD_OK;
    }
    for (size_t i = 0; i < draft->table.n_columns; i++)
        nearest_offer(&nearest, draft->columns[i].name);
    best = nearest_get(&nearest);
    return best ? CHANGES_FAIL(c, PD_CAUSE_MISSING,
                               "table '%s' has no column '%s'; did you mean '%s'?", draft->full,
                               name, best)
                : CHANGES_FAIL(c, PD_CAUSE_MISSING, "table '%s' has no column '%s'", draft->full,
                               name);
}

const char *
changes_old_name(const struct pd_changes *c, const struct draft *draft, uint32_t column)
{
    uint32_t from;

    if (draft->own == PD_NO_TABLE)
        return NULL;
    from = draft->streams[0].from[column];
    return from == PD_NO_COLUMN ? NULL : c->before->tables[draft->own].columns[from].name;
}

/* ---- Parts of a table ---- */

static void
put_column(struct buffer *out, const struct draft *draft, size_t i, int32_t column)
{
    buffer_text(out, i ? ", " : " on ");
    if (column < 0)
        buffer_text(out, "an expression");
    else
        buffer_printf(out, "'%s'", draft->columns[column].name);
}

static const char *
keep_label(struct pd_changes *c, struct buffer *label)
{
    const char *text = buffer_string(label);
    const char *kept = text ? arena_strdup(c->arena, text) : NULL;

    if (kept)
        return kept;
    c->status = error_memory(&c->err);
    return "a part";
}

const char *
changes_key_label(struct pd_changes *c, const struct draft *draft, const struct pd_key *key)
{
    CLEANUP_BUFFER struct buffer label = {0};

    if (key->kind == PD_KEY_PRIMARY)
        return "the primary key";
    buffer_text(&label, key->kind == PD_KEY_UNIQUE ? "unique key" : "index");
    if (key->name)
        buffer_printf(&label, " '%s'", key->name);
    for (size_t i = 0; i < key->n_parts && !key->name; i++)
        put_column(&label, draft, i, key->parts[i].column);
    return keep_label(c, &label);
}

const char *
changes_foreign_label(struct pd_changes *c, const struct draft *draft,
                      const struct draft_foreign *foreign)
{
    CLEANUP_BUFFER struct buffer label = {0};

    buffer_text(&label, "foreign key");
    if (foreign->foreign.name)
        buffer_printf(&label, " '%s'", foreign->foreign.name);
    for (size_t i = 0; i < foreign->foreign.n_columns && !foreign->foreign.name; i++)
        put_column(&label, draft, i, (int32_t)foreign->columns[i]);
    return keep_label(c, &label);
}

const char *
changes_check_label(struct pd_changes *c, const struct pd_check *check)
{
    CLEANUP_BUFFER struct buffer label = {0};

    if (!check->name)
        return "a check without a name";
    buffer_printf(&label, "check '%s'", check->name);
    return keep_label(c, &label);
}
