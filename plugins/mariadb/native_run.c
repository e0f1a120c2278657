// SPDX-License-Identifier: Apache-2.0
/* native_run - the statement of a view, routine, trigger or event is run as it was once. */
#include "native_run.h"

#include "objects_inside.h"

#include <stdlib.h>
#include <string.h>

enum { NOTE_PAST_IS_DISABLED = 1544, NOTE_PAST_IS_DROPPED = 1588 };

/* ---- Warnings of the statement before ---- */

/* While a statement has none the server goes on showing those of an earlier one. */
static pd_status
each_warning(struct my *my, native_heed *heed, void *arg, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = heed && my->n_warnings ? my_query(my, "SHOW WARNINGS", &result, err) : PD_OK;

    while (status == PD_OK && result && (row = my_row(my, result, 3, 0, &status, err)) != NULL)
        status =
            heed(arg, row[1] ? (unsigned)strtoul(row[1], NULL, 10) : 0, row[2] ? row[2] : "", err);
    if (result)
        mysql_free_result(result);
    return status;
}

static pd_status
look_for_past(void *arg, unsigned code, const char *text, struct pd_error *err)
{
    (void)text;
    (void)err;
    if (code == NOTE_PAST_IS_DISABLED || code == NOTE_PAST_IS_DROPPED)
        *(bool *)arg = true;
    return PD_OK;
}

/* ---- Events ---- */

static pd_status
drop_event(struct my *my, const char *name, struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    pd_status status;

    pd_sql_add(&sql, "DROP EVENT IF EXISTS ");
    my_name(&sql, name);
    status = pd_sql_text(&sql) ? my_run_quietly(my, sql.text, err) : my_no_memory(my->host, err);
    pd_sql_free(&sql);
    return status;
}

/* Would the server run what is due? */
static pd_status
ask_scheduler(struct my *my, bool *ret_is_on, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_query(my, "SELECT @@global.event_scheduler", &result, err);

    if (status != PD_OK)
        return status;
    row = my_row(my, result, 1, 1, &status, err);
    *ret_is_on = row && strcmp(row[0], "ON") == 0;
    mysql_free_result(result);
    return status;
}

/* Its statement with DISABLE for the word ENABLE, which stands before its comment and body; nothing
   in *out: it has none. */
static void
put_disabled(const struct native *native, struct pd_sql *out)
{
    struct text_mode mode = text_mode_of(native->settings ? native->settings : "");
    const char *at = native->sql;
    struct word word;

    do
        word = text_next(&at, mode);
    while (word.kind != WORD_END && !text_is(&word, "ENABLE") && !text_is(&word, "COMMENT") &&
           !text_is(&word, "DO"));
    if (!text_is(&word, "ENABLE"))
        return;
    pd_sql_bytes(out, native->sql, (size_t)(word.text - native->sql));
    pd_sql_add(out, "DISABLE");
    pd_sql_add(out, at);
}

/* The session's clock is set back. */
static pd_status
run_due(struct my *my, const struct native *native, native_heed *heed, void *arg,
        struct pd_error *err)
{
    struct pd_sql disabled = {.host = my->host};
    bool is_on = false;
    pd_status status = ask_scheduler(my, &is_on, err);

    if (status == PD_OK && is_on)
        put_disabled(native, &disabled);
    if (disabled.failed)
        status = my_no_memory(my->host, err);
    if (status == PD_OK)
        status = under_run(my, native->settings, disabled.size ? disabled.text : native->sql, err);
    if (status == PD_OK)
        status = each_warning(my, heed, arg, err);
    if (status == PD_OK && heed && disabled.size)
        status = heed(arg, NATIVE_IS_DISABLED, "", err);
    pd_sql_free(&disabled);
    return status;
}

/* An event whose time is past by the server's clock it disables or does not keep; so the session's
   clock stands before all times of events. One that may not set its clock gets the warning. */
static pd_status
run_in_the_past(struct my *my, const struct native *native, native_heed *heed, void *arg,
                struct pd_error *err)
{
    bool is_set = false;
    pd_status status = under_end(my, native->settings, err), back;

    if (status == PD_OK)
        status = drop_event(my, native->name, err);
    if (status == PD_OK) {
        status = my_run_quietly(my, "SET timestamp = 1", NULL);
        is_set = status == PD_OK;
        status = status == PD_FATAL ? my_run(my, "DO 0", err) : PD_OK;
    }
    if (status == PD_OK)
        status = run_due(my, native, heed, arg, err);
    if (!is_set || status == PD_FATAL)
        return status;
    back = my_run_quietly(my, "SET timestamp = DEFAULT", status == PD_OK ? err : NULL);
    return status == PD_OK ? back : status;
}

static pd_status
run(struct my *my, const struct native *native, native_heed *heed, void *arg, struct pd_error *err)
{
    bool is_past = false;
    pd_status status = under_run(my, native->settings, native->sql, err);

    if (status == PD_OK && strcmp(native->kind, "event") == 0)
        status = each_warning(my, look_for_past, &is_past, err);
    if (status != PD_OK)
        return status;
    return is_past ? run_in_the_past(my, native, heed, arg, err) : each_warning(my, heed, arg, err);
}

pd_status
native_run(struct my *my, const struct native *native, native_heed *heed, void *arg,
           struct pd_error *err)
{
    pd_status status = run(my, native, heed, arg, err), back;
    struct my_complaint complaint = my->complaint;

    if (status == PD_FATAL)
        return status;
    back = under_end(my, native->settings, status == PD_OK ? err : NULL);
    my->complaint = complaint; /* of the statement */
    return status == PD_OK || back == PD_FATAL ? back : status;
}
