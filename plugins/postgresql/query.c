// SPDX-License-Identifier: Apache-2.0
/* query - statements, one at a time, and the two directions of COPY. */
#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

enum { QUERY_SHOWN = 80, QUERY_MOST_DRAINED = 4096 };

static pd_status
query_broken(struct pg *pg, struct pd_error *err)
{
    if (session_cancelled(pg))
        return error_cancelled(pg, err);
    return pg->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                          "the connection to the server is of no more use");
}

static pd_status
query_send(struct pg *pg, const char *sql, int n_params, const char *const *params,
           struct pd_error *err)
{
    if (pg->broken || session_cancelled(pg))
        return query_broken(pg, err);
    session_of(pg)->n_received = 0;
    /* The extended protocol takes one statement, never two. */
    if (!PQsendQueryParams(pg->conn, sql, n_params, NULL, params, NULL, NULL, 0))
        return pg_fail(pg, NULL, PD_FATAL, err, "cannot send a statement");
    return wait_flush(pg, err);
}

/* The first result, which must have the status `wanted` (or the other one). */
static pd_status
query_first(struct pg *pg, const char *sql, ExecStatusType wanted, ExecStatusType other,
            PGresult **ret_result, struct pd_error *err)
{
    char shown[QUERY_SHOWN];
    PGresult *result = NULL;
    ExecStatusType got;
    pd_status status = wait_result(pg, &result, err);

    if (status != PD_OK)
        return status;
    error_shown(sql, shown, sizeof shown);
    got = PQresultStatus(result); /* of NULL: a fatal error */
    if (got == wanted || got == other) {
        *ret_result = result;
        return PD_OK;
    }
    if (got == PGRES_FATAL_ERROR) {
        status = error_of_statement(pg, result, err, shown);
        PQclear(result);
        if (!pg->broken && wait_end(pg, NULL) != PD_OK)
            return PD_FATAL;
        return status;
    }
    pg->broken = true;
    PQclear(result);
    return pg->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                          "the server's answer is of another kind than was asked for by '%s'",
                          shown);
}

pd_status
pg_query(struct pg *pg, const char *sql, int n_params, const char *const *params,
         const char *answer, PGresult **ret_result, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = query_send(pg, sql, n_params, params, err);

    if (status == PD_OK)
        status = query_first(pg, sql, PGRES_TUPLES_OK, PGRES_COMMAND_OK, &result, err);
    if (status != PD_OK)
        return status;
    status = wait_end(pg, err);
    if (status == PD_OK && answer)
        status = answer_check(pg, result, answer, sql, err);
    if (status != PD_OK) {
        PQclear(result);
        return status;
    }
    *ret_result = result;
    return PD_OK;
}

pd_status
pg_run(struct pg *pg, const char *sql, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = pg_query(pg, sql, 0, NULL, NULL, &result, err);

    if (status == PD_OK)
        PQclear(result);
    return status;
}

/* A result that rows or the end of a statement may come with. */
static bool
is_answer(ExecStatusType got)
{
    return got == PGRES_SINGLE_TUPLE || got == PGRES_TUPLES_OK || got == PGRES_COMMAND_OK ||
           got == PGRES_EMPTY_QUERY;
}

static pd_status
drop_answer(struct pg *pg, const char *sql, struct pd_error *err)
{
    char shown[QUERY_SHOWN];
    PGresult *result = NULL;
    pd_status status = PD_OK;

    error_shown(sql, shown, sizeof shown);
    while (status == PD_OK) {
        session_of(pg)->n_received = 0;
        status = wait_result(pg, &result, err);
        if (status != PD_OK || !result)
            return status;
        if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
            status = error_of_statement(pg, result, err, shown);
        } else if (!is_answer(PQresultStatus(result))) {
            pg->broken = true;
            status =
                pg->host->fail(err, PD_FATAL, PD_CAUSE_USAGE,
                               "the server wants to copy rows for '%s', which is not done", shown);
        }
        PQclear(result);
    }
    if (!pg->broken && wait_end(pg, NULL) != PD_OK)
        return PD_FATAL;
    return status;
}

pd_status
pg_run_any(struct pg *pg, const char *sql, struct pd_error *err)
{
    pd_status status = query_send(pg, sql, 0, NULL, err);

    pg->n_warnings = 0;
    if (status != PD_OK)
        return status;
    PQsetSingleRowMode(pg->conn);
    return drop_answer(pg, sql, err);
}

pd_status
pg_runf(struct pg *pg, struct pd_error *err, const char *fmt, ...)
{
    struct pd_sql sql = {.host = pg->host};
    pd_status status;
    va_list list;

    va_start(list, fmt);
    pd_sql_vprintf(&sql, fmt, list);
    va_end(list);
    status = sql_run(pg, &sql, err);
    pd_sql_free(&sql);
    return status;
}

pd_status
pg_value(struct pg *pg, struct pd_pool *pool, const char *sql, int n_params,
         const char *const *params, const char **ret_text, struct pd_error *err)
{
    char shown[QUERY_SHOWN];
    PGresult *result = NULL;
    const char *text = NULL;
    pd_status status = pg_query(pg, sql, n_params, params, "?t", &result, err);

    if (status != PD_OK)
        return status;
    error_shown(sql, shown, sizeof shown);
    if (PQntuples(result) < 1)
        status = pg->host->fail(err, PD_FAILED, PD_CAUSE_MISSING,
                                "the server gives no row for '%s'", shown);
    else
        text = pd_pool_text(pool, PQgetvalue(result, 0, 0));
    PQclear(result);
    if (status == PD_OK && !text)
        status = pg_no_memory(pg->host, err);
    if (status == PD_OK)
        *ret_text = text;
    return status;
}

/* ---- COPY ---- */

static pd_status
copy_begin(struct pg *pg, const char *sql, ExecStatusType wanted, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = query_send(pg, sql, 0, NULL, err);

    if (status == PD_OK)
        status = query_first(pg, sql, wanted, wanted, &result, err);
    if (status == PD_OK)
        PQclear(result);
    return status;
}

/* What the server says at the end of a COPY. */
static pd_status
copy_answer(struct pg *pg, PGresult **ret_result, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status;

    session_of(pg)->n_received = 0;
    status = wait_result(pg, &result, err);
    if (status != PD_OK)
        return status;
    *ret_result = result;
    return PD_OK;
}

static uint64_t
copy_count(PGresult *result)
{
    return strtoull(PQcmdTuples(result), NULL, 10);
}

pd_status
pg_copy_out(struct pg *pg, const char *sql, struct pd_error *err)
{
    return copy_begin(pg, sql, PGRES_COPY_OUT, err);
}

static pd_status
copy_out_end(struct pg *pg, uint64_t *ret_rows, struct pd_error *err)
{
    PGresult *result = NULL;
    uint64_t n_rows = 0;
    pd_status status = copy_answer(pg, &result, err);

    if (status != PD_OK)
        return status;
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        n_rows = copy_count(result);
    else
        status = pg_fail(pg, result, PD_FAILED, err, "the server broke off while rows were read");
    PQclear(result);
    if (pg->broken)
        return status;
    if (wait_end(pg, status == PD_OK ? err : NULL) != PD_OK)
        return PD_FATAL;
    if (status != PD_OK)
        return status;
    *ret_rows = n_rows;
    return PD_DONE;
}

pd_status
pg_copy_read(struct pg *pg, char **ret_data, size_t *ret_size, uint64_t *ret_rows,
             struct pd_error *err)
{
    char *data = NULL;

    for (;;) {
        int n = PQgetCopyData(pg->conn, &data, 1);
        pd_status status;

        if (n > 0) {
            *ret_data = data;
            *ret_size = (size_t)n;
            pg->n_bytes += (uint64_t)n;
            return PD_OK;
        }
        if (n == -1)
            return copy_out_end(pg, ret_rows, err);
        if (n < 0)
            return pg_fail(pg, NULL, PD_FATAL, err, "rows cannot be read");
        status = wait_input(pg, err);
        if (status != PD_OK)
            return status;
    }
}

void
pg_copy_abandon(struct pg *pg)
{
    uint64_t n_rows = 0;
    int64_t limit = wait_now_ms() + QUERY_MOST_DRAINED;
    pd_status status = PD_OK;

    if (pg->broken || PQtransactionStatus(pg->conn) != PQTRANS_ACTIVE)
        return;
    stop_request(pg);
    while (status == PD_OK && wait_now_ms() < limit) {
        char *data = NULL;
        size_t size;

        status = pg_copy_read(pg, &data, &size, &n_rows, NULL);
        if (status == PD_OK)
            PQfreemem(data);
    }
    /* Not ended in time, or not in order: nobody may use it any more. */
    if (PQtransactionStatus(pg->conn) == PQTRANS_ACTIVE)
        pg->broken = true;
}

/* The name of the table in "COPY "s"."t" (...", as a CONTEXT of the server has it. */
static void
copy_remember(struct session *s, const char *sql)
{
    const char *at = strncmp(sql, "COPY \"", 6) == 0 ? sql + 5 : NULL;
    size_t n = 0;

    while (at && *at == '"') {
        n = 0;
        for (at++; *at && (*at != '"' || at[1] == '"'); at++) {
            at += *at == '"';
            if (n + 1 < sizeof s->copy_name)
                s->copy_name[n++] = *at;
        }
        if (*at == '"')
            at++;
        if (*at == '.')
            at++;
    }
    s->copy_name[n] = 0;
}

pd_status
pg_copy_in(struct pg *pg, const char *sql, struct pd_error *err)
{
    copy_remember(session_of(pg), sql);
    return copy_begin(pg, sql, PGRES_COPY_IN, err);
}

pd_status
pg_copy_write(struct pg *pg, const void *data, size_t size, struct pd_error *err)
{
    const char *at = data;

    if (pg->broken)
        return query_broken(pg, err);
    while (size) {
        /* A message has at most 2^31 bytes, and libpq doubles its memory for large ones. */
        size_t n = size < (1 << 20) ? size : 1 << 20;
        pd_status status = PD_OK;

        if (PQputCopyData(pg->conn, at, (int)n) != 1)
            return pg_fail(pg, NULL, PD_FATAL, err, "rows cannot be sent");
        status = wait_flush(pg, err);
        if (status != PD_OK)
            return status;
        at += n;
        size -= n;
        pg->n_bytes += n;
    }
    return PD_OK;
}

/* "PL/pgSQL function f() line 1 at RETURN", in the first line; the COPY is the last one. */
static void
copy_within(struct session *s, const char *context, const char *at)
{
    size_t size = strcspn(context, "\n");
    char line[sizeof s->pg.complaint.within];

    if (context + size > at || size >= sizeof line)
        return;
    memcpy(line, context, size);
    line[size] = '\0';
    error_line(line, s->pg.complaint.within, sizeof s->pg.complaint.within);
}

/* "COPY t, line 5, column c: "value"", in whatever language: the first number behind the table's
   name is the line, and the second word behind that the column. */
static uint64_t
copy_context(struct session *s, const PGresult *result)
{
    const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    const char *last = context ? strrchr(context, '\n') : NULL;
    const char *at = last ? last : context;
    char *column = s->pg.complaint.column;
    char *end;
    uint64_t line;
    size_t size;

    *column = '\0';
    *s->pg.complaint.within = '\0';
    at = at && *s->copy_name ? strstr(at, s->copy_name) : NULL;
    if (!at)
        return 0;
    copy_within(s, context, at);
    at += strlen(s->copy_name);
    at += strcspn(at, "0123456789\":");
    if (!isdigit((unsigned char)*at))
        return 0;
    line = strtoull(at, &end, 10);
    if (strncmp(end, ", ", 2) != 0)
        return line;
    end += 2 + strcspn(end + 2, " \n");
    end += *end == ' ';
    size = strcspn(end, ":\n");
    if (size < sizeof s->pg.complaint.column) {
        char name[sizeof s->pg.complaint.column];

        memcpy(name, end, size);
        name[size] = '\0';
        error_line(name, column, sizeof s->pg.complaint.column);
    }
    return line;
}

static pd_status
copy_refused(struct pg *pg, const PGresult *result, uint64_t line, struct pd_error *err)
{
    struct session *s = session_of(pg);
    const char *column = pg->complaint.column;

    if (!line)
        return pg_fail(pg, result, PD_FAILED, err, "table '%s'", s->copy_name);
    return pg_fail(pg, result, PD_FAILED, err, "table '%s', row %llu%s%s%s", s->copy_name,
                   (unsigned long long)line, *column ? ", column '" : "", column,
                   *column ? "'" : "");
}

pd_status
pg_copy_end(struct pg *pg, uint64_t *ret_rows, uint64_t *ret_line, struct pd_error *err)
{
    PGresult *result = NULL;
    uint64_t n_rows = 0;
    pd_status status;

    *ret_line = 0;
    if (pg->broken)
        return query_broken(pg, err);
    if (PQputCopyEnd(pg->conn, NULL) != 1)
        return pg_fail(pg, NULL, PD_FATAL, err, "rows cannot be sent");
    status = wait_flush(pg, err);
    if (status == PD_OK)
        status = copy_answer(pg, &result, err);
    if (status != PD_OK)
        return status;
    if (PQresultStatus(result) == PGRES_COMMAND_OK) {
        n_rows = copy_count(result);
    } else {
        *ret_line = copy_context(session_of(pg), result);
        status = copy_refused(pg, result, *ret_line, err);
    }
    PQclear(result);
    if (!pg->broken && wait_end(pg, status == PD_OK ? err : NULL) != PD_OK)
        return PD_FATAL;
    if (status == PD_OK)
        *ret_rows = n_rows;
    return status;
}
