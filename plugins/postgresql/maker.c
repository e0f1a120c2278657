// SPDX-License-Identifier: Apache-2.0
/* maker - rows of the server's catalogue, a few at a time, and text out of them. */
#include "maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

enum { FETCH_ROWS = 1000 };

static pd_status
take_rows(struct maker *m, const char *what, const char *answer, maker_row *take, int *ret_n)
{
    char fetch[64];
    PGresult *rows = NULL;
    pd_status status;

    snprintf(fetch, sizeof fetch, "FETCH %d FROM polydump_%s", FETCH_ROWS, what);
    status = pg_query(m->pg, fetch, 0, NULL, answer, &rows, m->err);
    if (status != PD_OK)
        return status;
    *ret_n = PQntuples(rows);
    for (int i = 0; i < *ret_n && m->status == PD_OK; i++)
        take(m, rows, i);
    PQclear(rows);
    return m->status;
}

pd_status
maker_each(struct maker *m, const char *what, const char *sql, const char *answer, maker_row *take)
{
    struct pd_sql declare = {.host = m->host};
    pd_status status;
    int n = FETCH_ROWS;

    pd_sql_printf(&declare, "DECLARE polydump_%s NO SCROLL CURSOR FOR ", what);
    pd_sql_add(&declare, sql);
    status = sql_run(m->pg, &declare, m->err);
    pd_sql_free(&declare);
    while (status == PD_OK && n == FETCH_ROWS)
        status = take_rows(m, what, answer, take, &n);
    return status == PD_OK ? pg_runf(m->pg, m->err, "CLOSE polydump_%s", what) : status;
}

/* ---- Values ---- */

/* Bytes that are not ASCII as \xff. */
static void
escape(const char *text, char *out, size_t room)
{
    size_t size = 0;

    for (; *text && size + 5 < room; text++) {
        if (*text & 0x80 || *text < ' ')
            size += (size_t)snprintf(out + size, room - size, "\\x%02x", (unsigned char)*text);
        else
            out[size++] = *text;
    }
    out[size] = 0;
}

static const char *
copy_text(struct maker *m, const PGresult *result, int row, int column)
{
    const char *copy = pd_pool_copy(m->pool, PQgetvalue(result, row, column),
                                    (size_t)PQgetlength(result, row, column));

    if (!copy && m->status == PD_OK)
        m->status = pg_no_memory(m->host, m->err);
    return copy;
}

static bool
is_utf8(const PGresult *result, int row, int column)
{
    return utf8_is_valid(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}

/* By what the server calls the column of its catalogue. */
static const char *
kind_of_name(const char *column)
{
    static const char *const kinds[][2] = {
        {"nspname", "the name of a schema"}, {"relname", "the name of a table, index or sequence"},
        {"attname", "the name of a column"}, {"conname", "the name of a constraint"},
        {"typname", "the name of a type"},   {"collname", "the name of a collation"},
        {"enumlabel", "a label of an enum"}, {"extname", "the name of an extension"},
        {"rolname", "the name of a role"},   {NULL, NULL},
    };

    for (size_t i = 0; column && kinds[i][0]; i++) {
        if (strcmp(column, kinds[i][0]) == 0)
            return kinds[i][1];
    }
    return "a text";
}

bool
maker_check(struct maker *m, const PGresult *result, int row, int column)
{
    char shown[128];

    if (is_utf8(result, row, column))
        return true;
    escape(PQgetvalue(result, row, column), shown, sizeof shown);
    if (m->status == PD_OK)
        m->status = m->host->fail(m->err, PD_FAILED, PD_CAUSE_DATA,
                                  "'%s', %s, is not valid UTF-8, and the database's encoding "
                                  "does not say what it is: change it in the source (ALTER ... "
                                  "RENAME)",
                                  shown, kind_of_name(PQfname(result, column)));
    return false;
}

const char *
maker_text(struct maker *m, const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column) || !maker_check(m, result, row, column))
        return NULL;
    return copy_text(m, result, row, column);
}

static size_t
word_place(const char *text)
{
    uint32_t hash = 2166136261u;

    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 16777619u;
    return hash % MAKER_WORDS;
}

const char *
maker_word(struct maker *m, const char *text)
{
    const char **place = &m->words[word_place(text)];
    const char *copy;

    if (*place && strcmp(*place, text) == 0)
        return *place;
    copy = pd_pool_text(m->pool, text);
    if (copy)
        *place = copy;
    else if (m->status == PD_OK)
        m->status = pg_no_memory(m->host, m->err);
    return copy;
}

const char *
maker_comment(struct maker *m, const PGresult *result, int row, int column)
{
    char shown[128];

    if (PQgetisnull(result, row, column))
        return NULL;
    if (is_utf8(result, row, column))
        return copy_text(m, result, row, column);
    escape(PQgetvalue(result, row, column), shown, sizeof shown);
    maker_note(m, "comment that is not valid UTF-8", "%s", shown);
    return NULL;
}

uint32_t
maker_oid(const PGresult *result, int row, int column)
{
    return (uint32_t)strtoul(PQgetvalue(result, row, column), NULL, 10);
}

int64_t
maker_int(const PGresult *result, int row, int column)
{
    return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

bool
maker_flag(const PGresult *result, int row, int column)
{
    return PQgetvalue(result, row, column)[0] == 't';
}

char
maker_char(const PGresult *result, int row, int column)
{
    return PQgetvalue(result, row, column)[0];
}

static void
fail_count(struct maker *m)
{
    if (m->status == PD_OK)
        m->status = m->host->fail(m->err, PD_FATAL, PD_CAUSE_CONNECT,
                                  "the server's catalogue is wrong: it has other numbers of rows "
                                  "than it counts");
}

size_t
maker_count(struct maker *m, const PGresult *result, int row, int column, size_t most)
{
    int64_t n = maker_int(result, row, column);

    if (n > 0 && (uint64_t)n <= most)
        return (size_t)n;
    fail_count(m);
    return 0;
}

bool
maker_is_counted(struct maker *m, size_t n, size_t room)
{
    if (n >= room)
        fail_count(m);
    return n < room;
}

size_t
maker_numbers(const PGresult *result, int row, int column, int32_t *numbers, size_t room)
{
    const char *at = PQgetvalue(result, row, column);
    size_t n = 0;
    char *end;

    while (*at && n < room) {
        at += strspn(at, "{, ");
        numbers[n] = (int32_t)strtol(at, &end, 10);
        if (end == at)
            break;
        n++;
        at = end;
    }
    return n;
}

/* ---- Memory ---- */

void *
maker_alloc(struct maker *m, struct pd_pool *pool, size_t size)
{
    void *memory = pd_pool_alloc(pool, size);

    if (!memory && m->status == PD_OK)
        m->status = pg_no_memory(m->host, m->err);
    return memory;
}

void *
maker_append(struct maker *m, struct pd_pool *pool, void *array, size_t n, size_t *room,
             size_t element_size)
{
    void *element = pd_pool_append(pool, array, n, room, element_size);

    if (!element && m->status == PD_OK)
        m->status = pg_no_memory(m->host, m->err);
    return element;
}

const char *
maker_built(struct maker *m, struct pd_sql *sql)
{
    const char *text = pd_sql_text(sql);
    const char *copy = text ? pd_pool_text(m->pool, text) : NULL;

    pd_sql_free(sql);
    if (!copy && m->status == PD_OK)
        m->status = pg_no_memory(m->host, m->err);
    return copy;
}

void
maker_note(struct maker *m, const char *name, const char *fmt, ...)
{
    struct pd_property *note = maker_append(m, &m->scratch, &m->properties, m->n_properties,
                                            &m->property_room, sizeof *note);
    char text[512];
    va_list list;

    if (!note)
        return;
    va_start(list, fmt);
    vsnprintf(text, sizeof text, fmt, list);
    va_end(list);
    memset(note, 0, sizeof *note);
    note->struct_size = sizeof *note;
    note->is_note = true;
    note->name = name;
    text[utf8_cut(text, strlen(text))] = 0;
    note->value = pd_pool_text(m->pool, text);
    if (!note->value && m->status == PD_OK)
        m->status = pg_no_memory(m->host, m->err);
    m->n_properties++;
}

void
maker_note_table(struct maker *m, const char *schema, const char *table)
{
    struct pd_property *note = m->n_properties ? &m->properties[m->n_properties - 1] : NULL;

    if (!note || !table)
        return;
    note->table = table;
    note->table_schema = schema;
}

const char *
maker_schema(const char *name)
{
    return strcmp(name, "public") == 0 ? NULL : name;
}
