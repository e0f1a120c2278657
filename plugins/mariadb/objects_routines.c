// SPDX-License-Identifier: Apache-2.0
/* objects_routines - functions, procedures, packages and events. */
#include <stdlib.h>
#include <string.h>

#include "objects_inside.h"

enum column_of_routine { ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_COMMENT };
enum { SHOW_MODE = 1, SHOW_TEXT = 2, SHOW_COLLATION = 4 };
enum { EVENT_MODE = 1, EVENT_ZONE = 2, EVENT_TEXT = 3, EVENT_COLLATION = 5 };

static const char routines_sql[] =
    "SELECT ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_COMMENT FROM information_schema.ROUTINES"
    " WHERE ROUTINE_SCHEMA = %s";
static const char events_sql[] =
    "SELECT EVENT_NAME, 'EVENT', EVENT_COMMENT FROM information_schema.EVENTS"
    " WHERE EVENT_SCHEMA = %s";

/* In the order in which they are made: a package before its body. */
static const struct {
    const char *type;
    const char *kind;
} types[] = {
    {"FUNCTION", "function"},   {"PACKAGE", "package"}, {"PACKAGE BODY", "package body"},
    {"PROCEDURE", "procedure"}, {"EVENT", "event"},
};

static size_t
type_of(const char *type)
{
    size_t i = 0;

    while (i + 1 < sizeof types / sizeof *types && strcmp(types[i].type, type) != 0)
        i++;
    return i;
}

static void
take_routine(struct maker *m, const struct maker_row *row)
{
    struct listed_objects *l = m->listed_objects;
    struct listed_object *listed =
        maker_append(m, &m->scratch, &l->list, l->n, &l->room, sizeof *listed);

    if (!listed || !row->text[ROUTINE_TYPE])
        return;
    memset(listed, 0, sizeof *listed);
    listed->name = maker_cell(m, row, ROUTINE_NAME);
    listed->kind = types[type_of(row->text[ROUTINE_TYPE])].type;
    listed->comment = maker_cell(m, row, ROUTINE_COMMENT);
    l->n += listed->name != NULL;
}

static int
compare(const void *a, const void *b)
{
    const struct listed_object *x = a, *y = b;
    size_t x_type = type_of(x->kind), y_type = type_of(y->kind);

    return x_type == y_type ? strcmp(x->name, y->name) : (int)x_type - (int)y_type;
}

/* ---- Comments ---- */

/* Its own comment, in what stands before the body; quotes included. */
static struct word
find_comment(const char *sql, struct text_mode mode)
{
    struct word word;
    int depth = 0;

    while ((word = text_next(&sql, mode)).kind != WORD_END) {
        depth += text_is(&word, "(") - text_is(&word, ")");
        if (depth == 0 && text_is(&word, "COMMENT"))
            return text_next(&sql, mode);
    }
    return word;
}

/* Is it shown as it is read again? */
static bool
is_shown_well(const struct word *comment, struct text_mode mode)
{
    for (size_t i = 0; i < comment->size; i++) {
        if (comment->text[i] & 0x80 || (comment->text[i] == '\\' && mode.no_backslash))
            return false;
    }
    return true;
}

static void
put_comment(struct pd_sql *sql, const char *comment, struct text_mode mode)
{
    if (!mode.no_backslash) {
        my_literal(sql, comment, strlen(comment));
        return;
    }
    pd_sql_add(sql, "'");
    for (; *comment; comment++) {
        if (*comment == '\'')
            pd_sql_add(sql, "'");
        pd_sql_bytes(sql, comment, 1);
    }
    pd_sql_add(sql, "'");
}

/* The server escapes a comment with backslashes in whatever mode it was made, and the statement is
   run in that; letters it takes for those of the character set that the rest was typed in. */
static void
mend_comment(struct objects *o, struct listed_object *listed)
{
    struct text_mode mode = text_mode_of(listed->under.sql_mode ? listed->under.sql_mode : "");
    struct pd_sql sql = {.host = o->m.host};
    struct word comment;

    if (!listed->sql || !listed->comment || !*listed->comment)
        return;
    comment = find_comment(listed->sql, mode);
    if (comment.kind != WORD_STRING || is_shown_well(&comment, mode))
        return;
    pd_sql_bytes(&sql, listed->sql, (size_t)(comment.text - listed->sql));
    put_comment(&sql, listed->comment, mode);
    pd_sql_add(&sql, comment.text + comment.size);
    listed->sql = maker_built(&o->m, &sql);
}

/* ---- All of them ---- */

static pd_status
read_list(struct objects *o, const char *sql, int text, int mode, int zone, int collation)
{
    struct listed_objects l = {0};
    pd_status status;

    o->m.listed_objects = &l;
    status = maker_each(&o->m, sql, take_routine);
    if (l.n)
        qsort(l.list, l.n, sizeof *l.list, compare);
    for (size_t i = 0; i < l.n && status == PD_OK; i++) {
        status = objects_show(o, &l.list[i], text, mode, zone, collation);
        if (status == PD_OK)
            mend_comment(o, &l.list[i]);
        if (status == PD_OK)
            objects_add(o, &l.list[i], types[type_of(l.list[i].kind)].kind);
    }
    return status == PD_OK ? o->m.status : status;
}

pd_status
routines_read(struct objects *o)
{
    return read_list(o, routines_sql, SHOW_TEXT, SHOW_MODE, -1, SHOW_COLLATION);
}

pd_status
events_read(struct objects *o)
{
    return read_list(o, events_sql, EVENT_TEXT, EVENT_MODE, EVENT_ZONE, EVENT_COLLATION);
}
