// SPDX-License-Identifier: Apache-2.0
/* objects_shown - how a view is made, by whatever way the server tells it. SHOW CREATE opens what
   the view uses: where that may write, a transaction that only reads is refused, and where a
   function's definer is gone, or views need each other in a circle, everybody is. */
#include <stdlib.h>
#include <string.h>

#include "objects_inside.h"
#include "session.h"

enum { SHOW_TEXT = 1, SHOW_COLLATION = 3 };

enum {
    ERROR_NO_TABLE = 1146, /* the view itself: it was dropped */
    ERROR_INTERRUPTED = 1317,
    WARNING_VIEW_INVALID = 1356,
    ERROR_STATEMENTS = 1461, /* the server admits no more of them */
    ERROR_READ_ONLY = 1792,
    ERROR_STATEMENT_TIME = 1969
};

/* ---- By SHOW CREATE ---- */

/* A view is shown as it was made, whatever has become of what it uses; then there is a warning. */
static pd_status
look_whether_broken(struct objects *o, struct listed_object *view)
{
    struct my *my = o->m.my;
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    if (!view->sql || mysql_warning_count(my->conn) == 0)
        return PD_OK;
    status = my_query(my, "SHOW WARNINGS", &result, o->m.err);
    while (status == PD_OK && (row = my_row(my, result, 3, 2, &status, o->m.err)) != NULL)
        view->is_broken |= strtoul(row[1], NULL, 10) == WARNING_VIEW_INVALID;
    if (result)
        mysql_free_result(result);
    return status;
}

static pd_status
show(struct objects *o, struct listed_object *view)
{
    pd_status status = objects_show(o, view, SHOW_TEXT, -1, -1, SHOW_COLLATION);

    return status == PD_OK ? look_whether_broken(o, view) : status;
}

/* Nothing is run: the server only looks whether it might be. If it did all the same, that would be
   rolled back with the connection. */
static pd_status
open_other(struct objects *o, struct my **other)
{
    pd_status status =
        *other ? PD_OK : my_open(o->m.host, o->m.my->end, MY_READ, NULL, other, o->m.err);

    return status == PD_OK && !my_in_transaction(*other)
               ? my_run(*other, "START TRANSACTION", o->m.err)
               : status;
}

static pd_status
show_elsewhere(struct objects *o, struct my **other, struct listed_object *view)
{
    struct my *my = o->m.my;
    pd_status status = open_other(o, other);

    if (status != PD_OK)
        return status;
    memset(&(*other)->complaint, 0, sizeof(*other)->complaint);
    o->m.my = *other;
    status = show(o, view);
    o->m.my = my;
    my->complaint = (*other)->complaint;
    return status;
}

/* ---- By the server's catalogue ---- */

enum {
    DEFINED_NAME,
    DEFINED_TEXT,
    DEFINED_BY,
    DEFINED_SECURITY,
    DEFINED_CHECK,
    DEFINED_CLIENT,
    DEFINED_COLLATION,
    DEFINED_ALGORITHM,
    DEFINED_COLUMNS
};

pd_status
shown_definition(struct my *my, const char *name, MYSQL_RES **ret_result, struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    pd_status status;

    pd_sql_printf(&sql,
                  "SELECT TABLE_NAME, VIEW_DEFINITION, DEFINER, SECURITY_TYPE, CHECK_OPTION, "
                  "CHARACTER_SET_CLIENT, COLLATION_CONNECTION, %s FROM information_schema.VIEWS "
                  "WHERE TABLE_SCHEMA = ",
                  my->is_mariadb ? "ALGORITHM" : "'UNDEFINED'");
    my_literal(&sql, my->database, strlen(my->database));
    pd_sql_add(&sql, " AND TABLE_NAME = ");
    my_literal(&sql, name, strlen(name));
    status = pd_sql_text(&sql) ? my_query(my, pd_sql_text(&sql), ret_result, err)
                               : my_no_memory(my->host, err);
    pd_sql_free(&sql);
    return status;
}

/* user@host, or a role. */
static void
put_definer(struct maker *m, const char *definer, struct pd_sql *sql)
{
    const char *at = strrchr(definer, '@');
    const char *user =
        pd_pool_copy(&m->scratch, definer, at ? (size_t)(at - definer) : strlen(definer));

    if (!user) {
        maker_no_memory(m);
        return;
    }
    my_name(sql, user);
    if (!at || !at[1])
        return;
    pd_sql_add(sql, "@");
    my_name(sql, at + 1);
}

static const char *
statement(struct objects *o, const struct listed_object *view, MYSQL_ROW row)
{
    struct pd_sql sql = {.host = o->m.host};

    pd_sql_printf(&sql, "CREATE ALGORITHM=%s DEFINER=", row[DEFINED_ALGORITHM]);
    put_definer(&o->m, row[DEFINED_BY], &sql);
    pd_sql_printf(&sql, " SQL SECURITY %s VIEW ", row[DEFINED_SECURITY]);
    my_name(&sql, view->name);
    pd_sql_printf(&sql, " AS %s", row[DEFINED_TEXT]);
    if (strcmp(row[DEFINED_CHECK], "NONE") != 0)
        pd_sql_printf(&sql, " WITH %s CHECK OPTION", row[DEFINED_CHECK]);
    return maker_built(&o->m, &sql);
}

/* The catalogue has '?' for characters of four bytes, as often as they have bytes. */
static void
note_doubtful(struct objects *o, const struct listed_object *view)
{
    static const struct text_mode mode = {false, false};
    const char *at = view->sql;
    struct word word;

    while (at && (word = text_next(&at, mode)).kind != WORD_END) {
        if (word.kind != WORD_STRING || !memchr(word.text, '?', word.size))
            continue;
        maker_note(&o->m, "not verifiable",
                   "view '%s' does not work, and of such a view the server shows '?' for "
                   "characters of four bytes; look at its strings",
                   view->name);
        return;
    }
}

static void
take_defined(struct objects *o, struct listed_object *view, MYSQL_ROW row)
{
    view->sql = statement(o, view, row);
    view->is_broken = true;
    view->under = (struct made_under){
        .sql_mode = "",
        .client = maker_text(&o->m, row[DEFINED_CLIENT], strlen(row[DEFINED_CLIENT])),
        .collation = maker_text(&o->m, row[DEFINED_COLLATION], strlen(row[DEFINED_COLLATION])),
    };
    note_doubtful(o, view);
}

/* PD_UNSUPPORTED: the catalogue does not say either. */
static pd_status
read_defined(struct objects *o, struct listed_object *view)
{
    struct my *my = o->m.my;
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = shown_definition(my, view->name, &result, NULL), end = PD_OK;

    if (status != PD_OK)
        return PD_UNSUPPORTED;
    status = PD_UNSUPPORTED;
    while (status == PD_UNSUPPORTED &&
           (row = my_row(my, result, DEFINED_COLUMNS, (1u << DEFINED_COLUMNS) - 1, &end, NULL))) {
        if (strcmp(row[DEFINED_NAME], view->name) != 0 || !*row[DEFINED_TEXT])
            continue;
        take_defined(o, view, row);
        status = o->m.status;
    }
    mysql_free_result(result);
    return status;
}

/* Is it something about the view, rather than about the session or the moment? */
static bool
is_of_view(const struct my *my)
{
    unsigned code = my->complaint.code;
    int cause = error_cause(code);

    return (cause == PD_CAUSE_QUERY || cause == PD_CAUSE_AUTH) && code != ERROR_NO_TABLE &&
           code != ERROR_INTERRUPTED && code != ERROR_STATEMENTS && code != ERROR_STATEMENT_TIME;
}

pd_status
shown_view(struct objects *o, struct my **other, struct listed_object *view)
{
    pd_status status = show(o, view), defined;

    if (status == PD_FAILED && o->m.my->complaint.code == ERROR_READ_ONLY)
        status = show_elsewhere(o, other, view);
    if (status != PD_FAILED || o->m.my->broken || !is_of_view(o->m.my))
        return status;
    defined = read_defined(o, view);
    return defined == PD_UNSUPPORTED ? status : defined;
}
