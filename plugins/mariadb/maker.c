// SPDX-License-Identifier: Apache-2.0
/* maker - values of the server's catalogue, and memory for what is made of them. */
#include "maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "utf8.h"

/* ---- Memory ---- */

void
maker_no_memory(struct maker *m)
{
    if (m->status == PD_OK)
        m->status = my_no_memory(m->host, m->err);
}

void *
maker_alloc(struct maker *m, struct pd_pool *pool, size_t size)
{
    void *memory = pd_pool_alloc(pool, size);

    if (!memory)
        maker_no_memory(m);
    return memory;
}

void *
maker_append(struct maker *m, struct pd_pool *pool, void *array, size_t n, size_t *room,
             size_t element_size)
{
    void *element = pd_pool_append(pool, array, n, room, element_size);

    if (!element)
        maker_no_memory(m);
    return element;
}

const char *
maker_built(struct maker *m, struct pd_sql *sql)
{
    const char *text = pd_sql_text(sql);
    const char *copy = text ? pd_pool_copy(m->pool, text, sql->size) : NULL;

    pd_sql_free(sql);
    if (!copy)
        maker_no_memory(m);
    return copy;
}

/* ---- Text ---- */

bool
maker_is_utf8(const char *text, size_t size)
{
    return utf8_is_valid((const uint8_t *)text, size);
}

/* Bytes that are not ASCII as \xff. */
static void
escape(const char *text, size_t n, char *out, size_t room)
{
    size_t size = 0;

    for (; n && size + 5 < room; text++, n--) {
        if (*text & 0x80 || *text < ' ')
            size += (size_t)snprintf(out + size, room - size, "\\x%02x", (unsigned char)*text);
        else
            out[size++] = *text;
    }
    out[size] = 0;
}

const char *
maker_text(struct maker *m, const char *text, size_t size)
{
    char shown[128];
    const char *copy;

    if (!text)
        return NULL;
    if (!maker_is_utf8(text, size)) {
        escape(text, size, shown, sizeof shown);
        if (m->status == PD_OK)
            m->status = m->host->fail(m->err, PD_FAILED, PD_CAUSE_DATA,
                                      "'%s' in the catalogue is not valid UTF-8", shown);
        return NULL;
    }
    copy = pd_pool_copy(m->pool, text, size);
    if (!copy)
        maker_no_memory(m);
    return copy;
}

const char *
maker_cell(struct maker *m, const struct maker_row *row, size_t column)
{
    return maker_text(m, row->text[column], row->size[column]);
}

const char *
maker_known_cell(struct maker *m, const struct maker_row *row, size_t column)
{
    if (!row->text[column] && m->status == PD_OK)
        m->status = m->host->fail(m->err, PD_FAILED, PD_CAUSE_CORRUPT,
                                  "the server sends NULL where its catalogue has none");
    return maker_cell(m, row, column);
}

const char *
maker_comment(struct maker *m, const struct maker_row *row, size_t column)
{
    char shown[128];

    if (!row->text[column] || !row->size[column])
        return NULL;
    if (maker_is_utf8(row->text[column], row->size[column]))
        return maker_cell(m, row, column);
    escape(row->text[column], row->size[column], shown, sizeof shown);
    maker_note(m, "comment that is not valid UTF-8", "%s", shown);
    return NULL;
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
    copy = maker_text(m, text, strlen(text));
    if (copy)
        *place = copy;
    return copy;
}

bool
maker_is(const struct maker_row *row, size_t column, const char *text)
{
    return row->text[column] && strcasecmp(row->text[column], text) == 0;
}

bool
maker_says(const struct maker_row *row, size_t column, const char *word)
{
    return row->text[column] && strcasestr(row->text[column], word);
}

int64_t
maker_int(const struct maker_row *row, size_t column)
{
    return row->text[column] ? strtoll(row->text[column], NULL, 10) : 0;
}

uint64_t
maker_unsigned(const struct maker_row *row, size_t column)
{
    return row->text[column] ? strtoull(row->text[column], NULL, 10) : 0;
}

/* ---- Notes ---- */

/* The longest beginning that ends with a whole character. */
static void
cut(char *text)
{
    size_t size = strlen(text);

    while (size && !maker_is_utf8(text, size))
        text[--size] = 0;
}

static void PD_PRINTF(4, 0)
    add_note(struct maker *m, uint32_t note, const char *name, const char *fmt, va_list list)
{
    struct pd_property *property = maker_append(m, m->pool, &m->properties, m->n_properties,
                                                &m->property_room, sizeof *property);
    char text[512];

    if (!property)
        return;
    vsnprintf(text, sizeof text, fmt, list);
    cut(text);
    memset(property, 0, sizeof *property);
    property->struct_size = sizeof *property;
    property->is_note = note;
    property->name = name;
    property->value = pd_pool_text(m->pool, text);
    if (!property->value)
        maker_no_memory(m);
    m->n_properties++;
}

void
maker_note(struct maker *m, const char *name, const char *fmt, ...)
{
    va_list list;

    va_start(list, fmt);
    add_note(m, PD_NOTE, name, fmt, list);
    va_end(list);
}

void
maker_note_elsewhere(struct maker *m, const char *name, const char *fmt, ...)
{
    va_list list;

    va_start(list, fmt);
    add_note(m, m->my->is_mariadb ? PD_NOTE_ELSEWHERE : PD_NOTE, name, fmt, list);
    va_end(list);
}

void
maker_note_table(struct maker *m, const char *table)
{
    if (m->n_properties)
        m->properties[m->n_properties - 1].table = table;
}

static int
compare_notes(const void *a, const void *b)
{
    const struct pd_property *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : strcmp(x->value, y->value);
}

void
maker_sort_notes(struct maker *m)
{
    if (m->n_properties && m->status == PD_OK)
        qsort(m->properties, m->n_properties, sizeof *m->properties, compare_notes);
}
