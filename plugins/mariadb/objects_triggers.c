// SPDX-License-Identifier: Apache-2.0
/* objects_triggers - triggers, in the order in which they fire. The server keeps what was typed;
   where that names the database, what stands before FOR EACH ROW is written anew. */
#include <stdlib.h>
#include <string.h>

#include "objects_inside.h"

enum column_of_trigger { TRIG_NAME, TRIG_TABLE, TRIG_TIMING, TRIG_EVENT, TRIG_ORDER };
enum { SHOW_MODE = 1, SHOW_TEXT = 2, SHOW_COLLATION = 4 };

static const char triggers_sql[] =
    "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER"
    " FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = %s";

static void
take_trigger(struct maker *m, const struct maker_row *row)
{
    struct listed_objects *l = m->listed_objects;
    struct listed_object *listed;

    if (!row->text[TRIG_TABLE] || catalog_is_staged(row->text[TRIG_TABLE]))
        return;
    listed = maker_append(m, &m->scratch, &l->list, l->n, &l->room, sizeof *listed);
    if (!listed)
        return;
    memset(listed, 0, sizeof *listed);
    listed->kind = "TRIGGER";
    listed->name = maker_known_cell(m, row, TRIG_NAME);
    listed->table = maker_cell(m, row, TRIG_TABLE);
    listed->timing = maker_known_cell(m, row, TRIG_TIMING);
    listed->event = maker_known_cell(m, row, TRIG_EVENT);
    listed->order = maker_int(row, TRIG_ORDER);
    l->n += m->status == PD_OK;
}

static int
compare(const void *a, const void *b)
{
    const struct listed_object *x = a, *y = b;
    int order = strcmp(x->table, y->table);

    if (order == 0)
        order = strcmp(x->timing, y->timing);
    if (order == 0)
        order = strcmp(x->event, y->event);
    if (order == 0)
        order = (x->order > y->order) - (x->order < y->order);
    return order ? order : strcmp(x->name, y->name);
}

/* Where TRIGGER begins, and what stands behind FOR EACH ROW. */
static bool
split(const char *sql, struct text_mode mode, const char **ret_trigger, const char **ret_body)
{
    static const char *const end[] = {"FOR", "EACH", "ROW"};
    size_t n = 0;
    struct word word;

    *ret_trigger = NULL;
    while (n < 3 && (word = text_next(&sql, mode)).kind != WORD_END) {
        if (!*ret_trigger && text_is(&word, "TRIGGER"))
            *ret_trigger = word.text;
        n = text_is(&word, end[n]) ? n + 1 : text_is(&word, end[0]);
    }
    *ret_body = sql;
    return n == 3 && *ret_trigger;
}

/* Is one of the names before FOR EACH ROW one with a point? */
static bool
is_qualified(const char *trigger, const char *body, struct text_mode mode)
{
    while (trigger < body) {
        struct word word = text_next(&trigger, mode);

        if (text_is(&word, "."))
            return true;
    }
    return false;
}

static void
rewrite(struct objects *o, struct listed_object *listed)
{
    struct text_mode mode = text_mode_of(listed->under.sql_mode);
    struct pd_sql sql = {.host = o->m.host};
    const char *trigger, *body;

    if (!listed->sql)
        return;
    if (!split(listed->sql, mode, &trigger, &body)) {
        maker_note(&o->m, "trigger that is not understood is not carried", "trigger '%s'",
                   listed->name);
        listed->sql = NULL;
        return;
    }
    if (!is_qualified(trigger, body, mode))
        return;
    pd_sql_bytes(&sql, listed->sql, (size_t)(trigger - listed->sql));
    pd_sql_add(&sql, "TRIGGER ");
    my_name(&sql, listed->name);
    pd_sql_printf(&sql, " %s %s ON ", listed->timing, listed->event);
    my_name(&sql, listed->table);
    pd_sql_printf(&sql, " FOR EACH ROW%s", body);
    listed->sql = maker_built(&o->m, &sql);
}

pd_status
triggers_read(struct objects *o)
{
    struct listed_objects l = {0};
    pd_status status;

    o->m.listed_objects = &l;
    status = maker_each(&o->m, triggers_sql, take_trigger);
    if (l.n)
        qsort(l.list, l.n, sizeof *l.list, compare);
    for (size_t i = 0; i < l.n && status == PD_OK; i++) {
        status = objects_show(o, &l.list[i], SHOW_TEXT, SHOW_MODE, -1, SHOW_COLLATION);
        if (status == PD_OK && !o->is_verbatim)
            rewrite(o, &l.list[i]);
        if (status == PD_OK)
            objects_add(o, &l.list[i], "trigger");
    }
    return status == PD_OK ? o->m.status : status;
}
