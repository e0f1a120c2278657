// SPDX-License-Identifier: Apache-2.0
/* execute - SQL of migrations, in the transaction of the run. Before the rows there is one only
   where the whole run is one transaction, and so it becomes one; after them a marked run has one
   too: that in which its marker goes (marker_end()). */
#include <string.h>
#include <strings.h>

#include "objects_inside.h"
#include "session.h"
#include "write.h"

enum { EXECUTE_SHOWN = 200 };

/* ---- What can be seen beforehand ---- */

static const char about_transaction[] = "it is about a transaction, and belongs to that of the run";
static const char about_session[] =
    "it changes the session, which is polydump's own; name schemas in front of names instead";

static const char *
refusal(const char *sql)
{
    static const struct {
        const char *word;
        const char *reason;
    } words[] = {
        {"abort", about_transaction},     {"begin", about_transaction},
        {"commit", about_transaction},    {"copy", "COPY is polydump's own"},
        {"discard", about_session},       {"end", about_transaction},
        {"prepare", about_transaction},   {"release", about_transaction},
        {"reset", about_session},         {"rollback", about_transaction},
        {"savepoint", about_transaction}, {"set", about_session},
        {"start", about_transaction},
    };
    const char *at = sql, *start, *more;
    size_t size, n = 0;

    if (!objects_split(&at, &start, &size))
        return "it is empty";
    while (n < size && ((start[n] | 0x20) >= 'a' && (start[n] | 0x20) <= 'z'))
        n++;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].word) == n && strncasecmp(start, words[i].word, n) == 0)
            return words[i].reason;
    }
    return objects_split(&at, &more, &size) ? "it is not one statement" : NULL;
}

static pd_status
refuse(struct pd_sink *sink, const char *sql, const char *reason, struct pd_error *err)
{
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_QUERY, "'%.*s' is not run: %s", EXECUTE_SHOWN,
                            sql, reason);
}

pd_status
execute_check(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    for (size_t i = 0; i < pd_load_statements(load); i++) {
        const char *sql = pd_statement_at(load, i)->sql;
        const char *reason = refusal(sql);

        if (reason)
            return refuse(sink, sql, reason, err);
    }
    if (pd_load_runs(load, PD_BEFORE_ROWS) &&
        pd_option_is(sink->host, sink->end->options, "atomic", "marked"))
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                                "a step runs SQL before the rows, which could not be taken back "
                                "where tables are committed one by one; leave out "
                                "--atomic=marked");
    return PD_OK;
}

/* ---- At work ---- */

static pd_status
enter_transaction(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (!sink->writer || !sink->writer->is_prepared)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "execute() before prepare()");
    write_settle(sink);
    if (sink->writer->is_completed)
        status = ddl_finish(sink, err);
    if (status != PD_OK || PQtransactionStatus(sink->pg->conn) == PQTRANS_INTRANS)
        return status;
    if (!sink->writer->is_completed)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "execute() outside of a transaction");
    return pg_run(sink->pg, "BEGIN", err);
}

static void
tell_warnings(struct pd_sink *sink, const char *sql)
{
    const struct pg *pg = sink->pg;

    if (pg->n_warnings == 1)
        sink_leave_out(sink, 0, PD_NO_TABLE, 0, "'%.*s': the server warns: %s", EXECUTE_SHOWN, sql,
                       pg->warning);
    else if (pg->n_warnings)
        sink_leave_out(sink, 0, PD_NO_TABLE, 0, "'%.*s': the server warns %u times, first: %s",
                       EXECUTE_SHOWN, sql, pg->n_warnings, pg->warning);
}

pd_status
execute_run(struct pd_sink *sink, const struct pd_statement *statement, struct pd_error *err)
{
    pd_status status = enter_transaction(sink, err);

    if (status == PD_OK)
        status = pg_run_any(sink->pg, statement->sql, err);
    if (status != PD_OK)
        return status;
    if (PQtransactionStatus(sink->pg->conn) != PQTRANS_INTRANS)
        return refuse(sink, statement->sql, "it ended the transaction of the run", err);
    tell_warnings(sink, statement->sql);
    if (sink->memory_short)
        return pg_no_memory(sink->host, err);
    return settings_again(sink->pg, err);
}
