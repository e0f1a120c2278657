// SPDX-License-Identifier: Apache-2.0
/* attempt - statements that the server may refuse without harm. */
#include <stdio.h>
#include <string.h>

#include "ddl.h"

static bool
in_transaction(const struct pg *pg)
{
    return PQtransactionStatus(pg->conn) == PQTRANS_INTRANS;
}

static pd_status
note_refusal(struct pd_sink *sink, const char **ret_refusal, struct pd_error *err)
{
    memcpy(sink->ddl->sqlstate, sink->pg->complaint.sqlstate, sizeof sink->ddl->sqlstate);
    *ret_refusal = pd_pool_text(&sink->pool, sink->pg->complaint.text);
    return *ret_refusal ? PD_OK : pg_no_memory(sink->host, err);
}

bool
attempt_is_trouble(const struct pg *pg)
{
    static const char *const classes[] = {"40", "53", "57", "58", "XX"};

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strncmp(pg->complaint.sqlstate, classes[i], 2) == 0)
            return true;
    }
    return false;
}

/* Inside a transaction a refused statement would end all of it. */
static pd_status
attempt_inside(struct pd_sink *sink, const char *sql, const char **ret_refusal,
               struct pd_error *err)
{
    pd_status status = pg_run(sink->pg, "SAVEPOINT polydump", err);

    if (status != PD_OK)
        return status;
    status = pg_run(sink->pg, sql, err);
    if (status == PD_OK)
        return pg_run(sink->pg, "RELEASE SAVEPOINT polydump", err);
    if (status != PD_FAILED || attempt_is_trouble(sink->pg))
        return status;
    status = note_refusal(sink, ret_refusal, err);
    if (status == PD_OK)
        status = pg_run(sink->pg, "ROLLBACK TO SAVEPOINT polydump", err);
    return status == PD_OK ? pg_run(sink->pg, "RELEASE SAVEPOINT polydump", err) : status;
}

pd_status
attempt(struct pd_sink *sink, const char *sql, const char **ret_refusal, struct pd_error *err)
{
    pd_status status;

    *ret_refusal = NULL;
    if (in_transaction(sink->pg))
        return attempt_inside(sink, sql, ret_refusal, err);
    status = pg_run(sink->pg, sql, err);
    return status == PD_FAILED && !attempt_is_trouble(sink->pg)
               ? note_refusal(sink, ret_refusal, err)
               : status;
}

static int
cause_of(const char *sqlstate)
{
    if (strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0)
        return PD_CAUSE_DATA;
    if (strcmp(sqlstate, "42501") == 0)
        return PD_CAUSE_AUTH;
    if (strcmp(sqlstate, "53100") == 0 || strncmp(sqlstate, "58", 2) == 0)
        return PD_CAUSE_IO;
    if (strncmp(sqlstate, "53", 2) == 0)
        return PD_CAUSE_LIMIT;
    return strncmp(sqlstate, "42P0", 4) == 0 || strcmp(sqlstate, "42710") == 0 ? PD_CAUSE_CONFLICT
                                                                               : PD_CAUSE_QUERY;
}

pd_status
attempt_fail(struct pd_sink *sink, const struct pg *pg, struct pd_error *err, const char *what)
{
    const char *sqlstate = pg->complaint.sqlstate;

    sink->host->fail(err, PD_FAILED, cause_of(sqlstate), "cannot make %s: %s", what,
                     pg->complaint.text);
    if (*sqlstate)
        sink->host->detail(err, "sqlstate", sqlstate);
    return PD_FAILED;
}

pd_status
attempt_or_fail(struct pd_sink *sink, struct pg *pg, const char *sql, struct pd_error *err,
                const char *what, ...)
{
    char text[512];
    va_list list;
    pd_status status = pg_run(pg, sql, err);

    if (status != PD_FAILED)
        return status;
    va_start(list, what);
    vsnprintf(text, sizeof text, what, list);
    va_end(list);
    return attempt_fail(sink, pg, err, text);
}

const char *
attempt_keep(struct pd_sink *sink, struct pd_sql *sql, struct pd_error *err)
{
    const char *built = pd_sql_text(sql);
    const char *kept = built ? pd_pool_copy(&sink->pool, built, sql->size) : NULL;

    pd_sql_free(sql);
    if (!kept)
        pg_no_memory(sink->host, err);
    return kept;
}
