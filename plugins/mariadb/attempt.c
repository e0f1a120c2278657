// SPDX-License-Identifier: Apache-2.0
/* attempt - statements that the server may refuse without harm, and what it warns of. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ddl.h"
#include "session.h"

enum {
    CODE_NOT_MADE = 1005,
    CODE_LONG_ROW = 1118,
    CODE_NOT_GENERATED = 1901 /* what GENERATED ALWAYS AS may not have */
};
enum {
    NOTE_FULLTEXT = 124, /* the table is written again for its first one */
    NOTE_LONG_ROW = 139,
    NOTE_CUT = 1265, /* of a default that is computed with more digits than its column has */
    NOTE_OPTION = 1478,
    NOTE_SAME_INDEX = 1831
};

/* level: "Note", "Warning", "Error" */
static bool
is_harmless(const struct my *my, bool is_own, const char *level, unsigned long code)
{
    return code == NOTE_SAME_INDEX || code == NOTE_FULLTEXT || my_is_deprecation(code) ||
           (is_own && code == NOTE_CUT && level && strcmp(level, "Note") == 0) ||
           (my->warns_of_options && (code == NOTE_OPTION || code == NOTE_LONG_ROW));
}

/* Everything else that the server says beside a statement that makes something tells that it made
   something else. */
pd_status
attempt_heed(struct my *my, bool is_own, const char *what, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    char line[512];
    pd_status status = my->n_warnings ? my_query(my, "SHOW WARNINGS", &result, err) : PD_DONE;

    if (status != PD_OK)
        return status == PD_DONE ? PD_OK : status;
    while (status == PD_OK && mysql_num_fields(result) >= 3 && (row = mysql_fetch_row(result))) {
        if (!row[1] || is_harmless(my, is_own, row[0], strtoul(row[1], NULL, 10)))
            continue;
        error_line(row[2] ? row[2] : "", line, sizeof line);
        status = my->host->fail(err, PD_FAILED, PD_CAUSE_QUERY, "%s%sthe server warns: %s", what,
                                *what ? ": " : "", line);
    }
    mysql_free_result(result);
    return status;
}

/* A key is sorted in files of the server's; when its disk is full it finds them damaged, which it
   says of a table that only this run knows. */
static void
reword(struct my_complaint *c)
{
    const char *advice = error_advice(c->code);
    size_t size = strlen(c->text);

    if (error_cause(c->code) == PD_CAUSE_CORRUPT)
        snprintf(c->text, sizeof c->text,
                 "the server found its own files damaged (error %u), as it also does when its disk "
                 "is full: its log tells",
                 c->code);
    else if (advice)
        snprintf(c->text + size, sizeof c->text - size, "; %s", advice);
}

bool
attempt_is_trouble(unsigned code)
{
    return error_advice(code);
}

/* *ret_refused: the server refused it, and said why in my->complaint. */
static pd_status
run(struct my *my, const struct pd_sql *sql, bool *ret_refused, struct pd_error *err)
{
    const char *text = pd_sql_text(sql);
    pd_status status;

    *ret_refused = false;
    if (!text)
        return my_no_memory(my->host, err);
    memset(&my->complaint, 0, sizeof my->complaint);
    status = my_run_quietly(my, text, err);
    *ret_refused = status == PD_FAILED && my->complaint.code;
    reword(&my->complaint);
    return status;
}

pd_status
attempt(struct pd_sink *sink, const struct pd_sql *sql, const char **ret_refusal,
        struct pd_error *err)
{
    char what[300] = "";
    bool refused;
    pd_status status = run(sink->my, sql, &refused, err);

    *ret_refusal = NULL;
    if (sink->ddl->table)
        snprintf(what, sizeof what, "table '%s'", sink->ddl->table);
    if (!refused)
        return status == PD_OK ? attempt_heed(sink->my, sink->same, what, err) : status;
    sink->ddl->code = sink->my->complaint.code;
    *ret_refusal = pd_pool_text(&sink->pool, sink->my->complaint.text);
    return *ret_refusal ? PD_OK : my_no_memory(sink->host, err);
}

/* What a server refuses of tables that it made when it was not strict about them, or in a mode.
   That mode is no way out: such a column is computed in the mode of whichever session has opened
   the table, so that rows would go in or not by chance. */
static const char *
way_out(const struct pd_sink *sink, const struct my_complaint *c)
{
    bool is_strict = c->code == CODE_LONG_ROW ||
                     (c->code == CODE_NOT_MADE && strstr(c->text, "\"Wrong create options\""));

    if (is_strict && sink->same)
        return "; SET GLOBAL innodb_strict_mode = OFF for the time of the run lets the server make "
               "it as it was";
    if (c->code == CODE_NOT_GENERATED && strstr(c->text, " - "))
        return "; the server makes it in the sql_mode NO_UNSIGNED_SUBTRACTION alone, where its "
               "values hang on who opens the table: write CAST(... AS SIGNED) in the source, or "
               "leave the table out by --exclude";
    return "";
}

pd_status
attempt_or_fail(struct pd_sink *sink, struct my *my, const struct pd_sql *sql, struct pd_error *err,
                const char *what, ...)
{
    char text[512], code[16];
    va_list list;
    bool refused;
    pd_status status = run(my, sql, &refused, err);

    va_start(list, what);
    vsnprintf(text, sizeof text, what, list);
    va_end(list);
    if (!refused)
        return status == PD_OK ? attempt_heed(my, true, text, err) : status;
    sink->host->fail(err, PD_FAILED, error_cause(my->complaint.code), "cannot make %s: %s%s", text,
                     my->complaint.text, way_out(sink, &my->complaint));
    snprintf(code, sizeof code, "%u", my->complaint.code);
    sink->host->detail(err, "code", code);
    sink->host->detail(err, "sqlstate", my->complaint.sqlstate);
    return PD_FAILED;
}

const char *
attempt_keep(struct pd_sink *sink, struct pd_sql *sql, struct pd_error *err)
{
    const char *built = pd_sql_text(sql);
    const char *kept = built ? pd_pool_copy(&sink->pool, built, sql->size) : NULL;

    pd_sql_free(sql);
    if (!kept)
        my_no_memory(sink->host, err);
    return kept;
}

pd_status
attempt_count(struct pd_sink *sink, const struct pd_sql *sql, long long *ret_count, bool *ret_null,
              struct pd_error *err)
{
    const char *text = pd_sql_text(sql);
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status =
        text ? my_query(sink->my, text, &result, err) : my_no_memory(sink->host, err);

    if (status != PD_OK)
        return status;
    row = mysql_fetch_row(result);
    *ret_null = !row || !row[0];
    *ret_count = *ret_null ? 0 : strtoll(row[0], NULL, 10);
    mysql_free_result(result);
    return PD_OK;
}
