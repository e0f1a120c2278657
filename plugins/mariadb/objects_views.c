// SPDX-License-Identifier: Apache-2.0
/* objects_views - views, each behind those that it uses. */
#include <stdlib.h>
#include <string.h>

#include "objects_inside.h"

static const char views_sql[] = "SELECT TABLE_NAME FROM information_schema.TABLES"
                                " WHERE TABLE_SCHEMA = %s AND TABLE_TYPE = 'VIEW'";

enum view_state { VIEW_NEW, VIEW_BEGUN, VIEW_DONE };

struct views {
    struct objects *o;
    struct listed_objects l;
    uint8_t *states;
};

static void
take_view(struct maker *m, const struct maker_row *row)
{
    struct listed_objects *l = m->listed_objects;
    struct listed_object *listed =
        maker_append(m, &m->scratch, &l->list, l->n, &l->room, sizeof *listed);

    if (!listed)
        return;
    memset(listed, 0, sizeof *listed);
    listed->kind = "VIEW";
    listed->name = maker_cell(m, row, 0);
    l->n += listed->name != NULL;
}

static int
compare(const void *a, const void *b)
{
    const struct listed_object *x = a, *y = b;

    return strcmp(x->name, y->name);
}

/* The view that a name in quotes is; its number, or views->l.n. */
static size_t
find(struct views *views, const struct word *word)
{
    char *name = pd_pool_alloc(&views->o->m.lines, word->size);
    struct listed_object key = {0}, *found;
    size_t size = 0;

    if (!name) {
        maker_no_memory(&views->o->m);
        return views->l.n;
    }
    for (size_t i = 1; i + 1 < word->size; i++) {
        name[size++] = word->text[i];
        i += word->text[i] == '`';
    }
    name[size] = 0;
    key.name = name;
    found = bsearch(&key, views->l.list, views->l.n, sizeof key, compare);
    return found ? (size_t)(found - views->l.list) : views->l.n;
}

/* Can it be a table, from what stands before it? Not a column, nor a new name for something. */
static bool
is_table(const struct word *word, const struct word *before)
{
    return word->kind == WORD_QUOTED && before->kind != WORD_QUOTED && !text_is(before, ".") &&
           !text_is(before, "AS");
}

/* Those that it uses, then itself. Where names mislead into a circle, it is cut. */
static void
add_view(struct views *views, size_t number)
{
    static const struct text_mode mode = {false, false};
    const struct listed_object *view = &views->l.list[number];
    const char *at = view->sql;
    struct word before = {.text = ""}, word;

    if (views->states[number] != VIEW_NEW || !at)
        return;
    views->states[number] = VIEW_BEGUN;
    for (; (word = text_next(&at, mode)).kind != WORD_END; before = word) {
        size_t used = is_table(&word, &before) ? find(views, &word) : views->l.n;

        if (used < views->l.n)
            add_view(views, used);
    }
    views->states[number] = VIEW_DONE;
    objects_add(views->o, view, "view");
}

pd_status
views_read(struct objects *o)
{
    struct views views = {.o = o};
    struct listed_objects *l = &views.l;
    struct my *other = NULL;
    pd_status status;

    o->m.listed_objects = l;
    status = maker_each(&o->m, views_sql, take_view);
    if (l->n)
        qsort(l->list, l->n, sizeof *l->list, compare);
    for (size_t i = 0; i < l->n && status == PD_OK; i++)
        status = shown_view(o, &other, &l->list[i]);
    my_close(other);
    views.states = maker_alloc(&o->m, &o->m.scratch, l->n + 1);
    for (size_t i = 0; i < l->n && status == PD_OK && o->m.status == PD_OK; i++)
        add_view(&views, i);
    pd_pool_close(&o->m.lines);
    return status == PD_OK ? o->m.status : status;
}
