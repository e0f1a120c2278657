// SPDX-License-Identifier: Apache-2.0
/* query - statements, one at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "session.h"

enum {
    QUERY_MOST_FIELDS = 8200, /* two of each column that a table can have; the library's buffer
                                 has room for the bits that say which are NULL */
    QUERY_SHOWN = 72,
    QUERY_MOST_WARNINGS = 200, /* that are logged of a connection */
    QUERY_DRAIN_MS = 200,      /* what is left of a result is worth this */
    QUERY_STOP_MS = 5000       /* and this until the server has stopped */
};

/* The beginning of a statement, for messages. */
static const char *
query_shown(const char *sql, char buffer[QUERY_SHOWN + 8])
{
    char line[QUERY_SHOWN];

    error_line(sql, line, sizeof line);
    snprintf(buffer, QUERY_SHOWN + 8, "%s%s", line, strlen(sql) >= sizeof line - 5 ? "..." : "");
    return buffer;
}

static pd_status
query_ready(struct my *my, struct pd_error *err)
{
    const char *why = error_cause(my->complaint.code) == PD_CAUSE_CONNECT ? my->complaint.text : "";

    if (error_stopped(session_of(my), err) != PD_OK)
        return PD_FATAL;
    my->broken |= !my->conn->net.pvio;
    if (my->broken)
        return my->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                              "the connection to the server was lost before this%s%s; once it is "
                              "there, try again",
                              *why ? ": " : "", why);
    return PD_OK;
}

static uint64_t
bytes_received(const struct my *my)
{
    uint64_t n = 0;

    /* The library closes a connection that is lost, and then does not know. */
    if (!my->conn->net.pvio)
        return 0;
    return mariadb_get_infov(my->conn, MARIADB_CONNECTION_BYTES_READ, &n) == 0 ? n : 0;
}

/* Results but the first are dropped; there are some where a procedure was called. */
static pd_status
drop_results(struct my *my, struct pd_error *err, const char *shown)
{
    while (mysql_more_results(my->conn)) {
        MYSQL_RES *result;

        if (mysql_next_result(my->conn) > 0)
            return my_fail(my, NULL, PD_FAILED, err, "'%s'", shown);
        result = mysql_store_result(my->conn);
        if (result)
            mysql_free_result(result);
    }
    return PD_OK;
}

/* Sends a statement and stores its answer; *ret_result NULL: it had none. */
static pd_status
query_store(struct my *my, const char *sql, MYSQL_RES **ret_result, struct pd_error *err)
{
    struct session *s = session_of(my);
    char shown[QUERY_SHOWN + 8];
    MYSQL_RES *result;
    pd_status status = query_ready(my, err);

    if (status != PD_OK)
        return status;
    query_shown(sql, shown);
    s->is_stored = true;
    s->stored_from = bytes_received(my);
    if (mysql_real_query(my->conn, sql, strlen(sql)) != 0) {
        s->is_stored = false;
        return my_fail(my, NULL, PD_FAILED, err, "'%s'", shown);
    }
    result = mysql_store_result(my->conn);
    s->is_stored = false;
    if (!result && (mysql_field_count(my->conn) > 0 || mysql_errno(my->conn) != 0))
        return my_fail(my, NULL, PD_FAILED, err, "'%s'", shown);
    status = drop_results(my, err, shown);
    if (status == PD_OK)
        *ret_result = result;
    else if (result)
        mysql_free_result(result);
    return status;
}

pd_status
my_query(struct my *my, const char *sql, MYSQL_RES **ret_result, struct pd_error *err)
{
    char shown[QUERY_SHOWN + 8];
    MYSQL_RES *result = NULL;
    pd_status status = query_store(my, sql, &result, err);

    if (status == PD_OK && !result)
        return my->host->fail(err, PD_FAILED, PD_CAUSE_CONNECT,
                              "'%s': the server's answer is of another kind than was asked for",
                              query_shown(sql, shown));
    if (status == PD_OK)
        *ret_result = result;
    return status;
}

MYSQL_ROW
my_row_any(MYSQL_RES *result, unsigned n)
{
    return mysql_num_fields(result) >= n ? mysql_fetch_row(result) : NULL;
}

MYSQL_ROW
my_row(struct my *my, MYSQL_RES *result, unsigned n, unsigned known, pd_status *ret_status,
       struct pd_error *err)
{
    MYSQL_ROW row = my_row_any(result, n);
    char line[QUERY_SHOWN];
    unsigned i = 0;

    if (mysql_num_fields(result) < n)
        *ret_status =
            my->host->fail(err, PD_FAILED, PD_CAUSE_CONNECT,
                           "the server answers with %u columns where %u were asked for; is it a "
                           "MariaDB server?",
                           mysql_num_fields(result), n);
    while (row && i < n && (row[i] || !(known >> i & 1)))
        i++;
    if (!row || i == n)
        return row;
    error_line(mysql_fetch_field_direct(result, i)->name, line, sizeof line);
    *ret_status = my->host->fail(err, PD_FAILED, PD_CAUSE_CONNECT,
                                 "the server gives NULL for %s%s%s%s, where something has to be: "
                                 "it may hide that from user %s, who then lacks a privilege",
                                 line, i && row[0] ? " of '" : "", i && row[0] ? row[0] : "",
                                 i && row[0] ? "'" : "", my->user);
    return NULL;
}

/* ---- Warnings ---- */

/* Of the statement before; NULL: there are none, or they cannot be had. */
static MYSQL_RES *
fetch_warnings(struct my *my)
{
    MYSQL_RES *result = NULL;

    if (query_store(my, "SHOW WARNINGS", &result, NULL) != PD_OK)
        return NULL;
    if (result && (mysql_num_fields(result) < 3 || mysql_num_rows(result) == 0)) {
        mysql_free_result(result);
        result = NULL;
    }
    return result;
}

static void
log_warnings(struct my *my)
{
    struct session *s = session_of(my);
    MYSQL_RES *result;
    MYSQL_ROW row;
    char line[512];

    if (s->n_warnings > QUERY_MOST_WARNINGS)
        return;
    result = fetch_warnings(my);
    while (result && (row = mysql_fetch_row(result)) != NULL) {
        if (++s->n_warnings > QUERY_MOST_WARNINGS)
            break;
        error_line(row[2] ? row[2] : "", line, sizeof line);
        my->host->log(
            my->host, PD_LOG_DEBUG, "the server says %s: %s%s", row[0] ? row[0] : "", line,
            s->n_warnings == QUERY_MOST_WARNINGS ? " (and says more, which is not shown)" : "");
    }
    if (result)
        mysql_free_result(result);
}

/* It did what it was told, and would rather be told otherwise; MySQL says that of much. */
static const unsigned long deprecations[] = {
    1287, /* for something else */
    1681, /* zerofill, M in float(M,D) */
    3719, /* utf8, which MySQL is about to take for utf8mb4 */
    3778, /* collations of it */
};

bool
my_is_deprecation(unsigned long code)
{
    for (size_t i = 0; i < sizeof deprecations / sizeof *deprecations; i++) {
        if (deprecations[i] == code)
            return true;
    }
    return false;
}

static pd_status
fail_warning(struct my *my, struct pd_error *err, const char *sql)
{
    MYSQL_RES *result = fetch_warnings(my);
    MYSQL_ROW row = NULL;
    bool is_harmless = result != NULL;
    char shown[QUERY_SHOWN + 8], line[512];

    while (is_harmless && (row = mysql_fetch_row(result)) != NULL)
        is_harmless = row[1] && my_is_deprecation(strtoul(row[1], NULL, 10));
    error_line(row && row[2] ? row[2] : "it does not say of what", line, sizeof line);
    if (result)
        mysql_free_result(result);
    if (is_harmless)
        return PD_OK;
    return my->host->fail(err, PD_FAILED, PD_CAUSE_DATA, "'%s': the server warns: %s",
                          query_shown(sql, shown), line);
}

/* ---- Statements without an answer ---- */

static pd_status
query_run(struct my *my, const char *sql, bool is_quiet, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    pd_status status = query_store(my, sql, &result, err);

    if (status == PD_OK && result)
        mysql_free_result(result);
    my->n_warnings = status == PD_OK ? mysql_warning_count(my->conn) : 0;
    if (my->n_warnings == 0)
        return status;
    if (my->use == MY_WRITE && !is_quiet)
        return fail_warning(my, err, sql);
    log_warnings(my);
    return PD_OK;
}

pd_status
my_run(struct my *my, const char *sql, struct pd_error *err)
{
    return query_run(my, sql, false, err);
}

pd_status
my_run_quietly(struct my *my, const char *sql, struct pd_error *err)
{
    return query_run(my, sql, true, err);
}

/* ---- Statements of others ---- */

static pd_status
drop_rows_of_query(struct my *my, struct pd_error *err, const char *shown)
{
    MYSQL_RES *result = mysql_use_result(my->conn);

    if (!result)
        return mysql_field_count(my->conn) == 0 && mysql_errno(my->conn) == 0
                   ? PD_OK
                   : my_fail(my, NULL, PD_FAILED, err, "'%s'", shown);
    while (mysql_fetch_row(result))
        continue;
    mysql_free_result(result);
    return mysql_errno(my->conn) == 0 ? PD_OK : my_fail(my, NULL, PD_FAILED, err, "'%s'", shown);
}

static void
keep_warnings(struct my *my)
{
    MYSQL_RES *result = mysql_warning_count(my->conn) ? fetch_warnings(my) : NULL;
    MYSQL_ROW row;

    while (result && (row = my_row_any(result, 3)) != NULL) {
        if ((!row[0] || strcmp(row[0], "Note") != 0) && my->n_warnings++ == 0)
            error_line(row[2] ? row[2] : "", my->warning, sizeof my->warning);
    }
    if (result)
        mysql_free_result(result);
}

pd_status
my_run_any(struct my *my, const char *sql, struct pd_error *err)
{
    char shown[QUERY_SHOWN + 8];
    pd_status status = query_ready(my, err);

    if (status != PD_OK)
        return status;
    my->n_warnings = 0;
    query_shown(sql, shown);
    if (mysql_real_query(my->conn, sql, strlen(sql)) != 0)
        return my_fail(my, NULL, PD_FAILED, err, "'%s'", shown);
    status = drop_rows_of_query(my, err, shown);
    if (status == PD_OK)
        status = drop_results(my, err, shown);
    if (status == PD_OK)
        keep_warnings(my);
    return status;
}

bool
my_in_transaction(const struct my *my)
{
    return my->conn->server_status & SERVER_STATUS_IN_TRANS;
}

pd_status
my_run_sql(struct my *my, const struct pd_sql *sql, struct pd_error *err)
{
    const char *text = pd_sql_text(sql);

    return text ? my_run(my, text, err) : my_no_memory(my->host, err);
}

pd_status
my_runf(struct my *my, struct pd_error *err, const char *fmt, ...)
{
    struct pd_sql sql = {.host = my->host};
    pd_status status;
    va_list list;

    va_start(list, fmt);
    pd_sql_vprintf(&sql, fmt, list);
    va_end(list);
    status = my_run_sql(my, &sql, err);
    pd_sql_free(&sql);
    return status;
}

pd_status
my_queryf(struct my *my, MYSQL_RES **ret_result, struct pd_error *err, const char *fmt, ...)
{
    struct pd_sql sql = {.host = my->host};
    pd_status status;
    va_list list;

    va_start(list, fmt);
    pd_sql_vprintf(&sql, fmt, list);
    va_end(list);
    status = pd_sql_text(&sql) ? my_query(my, pd_sql_text(&sql), ret_result, err)
                               : my_no_memory(my->host, err);
    pd_sql_free(&sql);
    return status;
}

pd_status
my_value(struct my *my, struct pd_pool *pool, const char *sql, const char **ret_text,
         struct pd_error *err)
{
    char shown[QUERY_SHOWN + 8];
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    const char *text = NULL;
    pd_status status = my_query(my, sql, &result, err);

    if (status != PD_OK)
        return status;
    row = mysql_fetch_row(result);
    if (!row) {
        status = my->host->fail(err, PD_FAILED, PD_CAUSE_MISSING, "'%s' gives no row",
                                query_shown(sql, shown));
    } else if (row[0]) {
        text = pd_pool_copy(pool, row[0], mysql_fetch_lengths(result)[0]);
        if (!text)
            status = my_no_memory(my->host, err);
    }
    mysql_free_result(result);
    if (status == PD_OK)
        *ret_text = text;
    return status;
}

/* ---- Prepared statements ---- */

static void
take_nothing(void *unused, unsigned number, unsigned char **at)
{
    (void)unused;
    (void)number;
    (void)at;
}

/* Whoever wants values says so. Else the library would go through a row that nobody asked for by
   the lengths in it, wherever these lead. */
static void
pass_over(MYSQL_STMT *stmt)
{
    mysql_stmt_attr_set(stmt, STMT_ATTR_CB_RESULT, (const void *)(uintptr_t)take_nothing);
}

pd_status
my_prepare(struct my *my, const struct pd_sql *sql, MYSQL_STMT **ret_stmt, struct pd_error *err)
{
    const char *text = pd_sql_text(sql);
    char shown[QUERY_SHOWN + 8];
    MYSQL_STMT *stmt;
    pd_status status = query_ready(my, err);

    if (status != PD_OK)
        return status;
    stmt = text ? mysql_stmt_init(my->conn) : NULL;
    if (!stmt)
        return my_no_memory(my->host, err);
    if (mysql_stmt_prepare(stmt, text, sql->size) == 0) {
        pass_over(stmt);
        *ret_stmt = stmt;
        return PD_OK;
    }
    status = my_fail(my, stmt, PD_FAILED, err, "'%s'", query_shown(text, shown));
    mysql_stmt_close(stmt);
    return status;
}

pd_status
my_execute(struct my *my, MYSQL_STMT *stmt, struct pd_error *err)
{
    pd_status status = query_ready(my, err);

    if (status == PD_OK && mysql_stmt_execute(stmt) != 0)
        status = my_fail(my, stmt, PD_FAILED, err, "a prepared statement failed");
    if (status != PD_OK || mysql_stmt_field_count(stmt) <= QUERY_MOST_FIELDS)
        return status;
    my->broken = true;
    return my->host->fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "the server sends %u columns, more than there can be",
                          mysql_stmt_field_count(stmt));
}

pd_status
my_fetch(struct my *my, MYSQL_STMT *stmt, struct pd_error *err)
{
    int got = mysql_stmt_fetch(stmt);

    if (got == 0 || got == MYSQL_DATA_TRUNCATED)
        return PD_OK;
    if (got == MYSQL_NO_DATA)
        return PD_DONE;
    return my_fail(my, stmt, PD_FAILED, err, "the server broke off while rows were read");
}

/* Are there rows that were not fetched? */
static bool
is_pending(const struct my *my, MYSQL_STMT *stmt)
{
    return !my->broken && mysql_stmt_field_count(stmt) > 0 &&
           my->conn->status == MYSQL_STATUS_STMT_RESULT;
}

/* true: all of it came until then. */
static bool
drain(struct my *my, MYSQL_STMT *stmt, int64_t limit)
{
    unsigned n = 0;

    for (;;) {
        int got = mysql_stmt_fetch(stmt);

        if (got != 0 && got != MYSQL_DATA_TRUNCATED)
            return true;
        if (++n % 256 == 0 && wait_now_ms() >= limit)
            return false;
    }
}

/* A long rest is not worth its time: the server is told to stop. */
static void
drop_rows(struct my *my, MYSQL_STMT *stmt)
{
    if (drain(my, stmt, wait_now_ms() + QUERY_DRAIN_MS))
        return;
    stop_request(session_of(my), false);
    if (!drain(my, stmt, wait_now_ms() + QUERY_STOP_MS))
        my->broken = true;
}

void
my_stmt_close(struct my *my, MYSQL_STMT *stmt)
{
    if (!stmt)
        return;
    if (is_pending(my, stmt))
        drop_rows(my, stmt);
    /* The library would go on fetching to the end. */
    if (my->broken && my->conn->net.pvio && session_of(my)->fd >= 0)
        shutdown(session_of(my)->fd, SHUT_RDWR);
    mysql_stmt_close(stmt);
}
