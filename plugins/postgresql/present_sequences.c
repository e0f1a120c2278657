// SPDX-License-Identifier: Apache-2.0
/* present_sequences - sequences that are there: set so that a run that fails leaves them as they
   were. */
#include <stdio.h>
#include <stdlib.h>

#include "ddl.h"
#include "write.h"

struct sequence_set {
    const char *name;
    struct sequence_state was;
    struct sequence_state to;
};

enum { SEQUENCE_SQL = 700, SEQUENCE_CONDITION = 600, SEQUENCE_NUMBER = 24 };

/* regclass quotes what has to be quoted; names have 63 bytes at most, each of which may be two. */
static pd_status
make_anew(struct pd_sink *sink, const char *name, struct pd_error *err)
{
    char sql[SEQUENCE_SQL];

    snprintf(sql, sizeof sql, "ALTER SEQUENCE %s RESTART", name);
    return pg_run(sink->pg, sql, err);
}

/* To say what is so already takes the lock, and changes nothing. */
pd_status
sequence_hold(struct pd_sink *sink, const char *name, int64_t increment, bool *ret_held,
              struct pd_error *err)
{
    char sql[SEQUENCE_SQL];
    const char *refusal = NULL;
    pd_status status;

    snprintf(sql, sizeof sql, "ALTER SEQUENCE %s INCREMENT BY %lld", name, (long long)increment);
    status = attempt(sink, sql, &refusal, err);
    *ret_held = status == PD_OK && !refusal;
    return status;
}

pd_status
sequence_read(struct pd_sink *sink, const char *name, struct sequence_state *ret_state,
              struct pd_error *err)
{
    char sql[SEQUENCE_SQL];
    PGresult *rows = NULL;
    pd_status status;

    snprintf(sql, sizeof sql, "SELECT last_value, is_called FROM %s", name);
    status = pg_query(sink->pg, sql, 0, NULL, "1ib", &rows, err);
    if (status != PD_OK)
        return status;
    ret_state->last = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
    ret_state->is_called = *PQgetvalue(rows, 0, 1) == 't';
    PQclear(rows);
    return PD_OK;
}

static pd_status
note(struct pd_sink *sink, const char *name, const struct sequence_state *was,
     const struct sequence_state *to, struct pd_error *err)
{
    struct sink_ddl *d = sink->ddl;
    struct sequence_set *set =
        pd_pool_append(&sink->pool, &d->sequences, d->n_sequences, &d->sequences_room, sizeof *set);

    if (set)
        *set = (struct sequence_set){pd_pool_text(&sink->pool, name), *was, *to};
    if (!set || !set->name)
        return pg_no_memory(sink->host, err);
    d->n_sequences++;
    return PD_OK;
}

static pd_status
set_value(struct pd_sink *sink, const char *name, const struct sequence_state *to,
          const char *condition, struct pd_error *err)
{
    char sql[SEQUENCE_SQL], last[SEQUENCE_NUMBER];
    const char *params[] = {name, last, to->is_called ? "t" : "f"};
    PGresult *result = NULL;
    pd_status status;

    snprintf(last, sizeof last, "%lld", (long long)to->last);
    snprintf(sql, sizeof sql, "SELECT setval($1::regclass, $2::bigint, $3::boolean)%s", condition);
    status = pg_query(sink->pg, sql, 3, params, NULL, &result, err);
    if (status == PD_OK)
        PQclear(result);
    return status;
}

pd_status
sequence_set(struct pd_sink *sink, const char *name, bool held, const struct sequence_state *was,
             const struct sequence_state *to, struct pd_error *err)
{
    pd_status status = held ? make_anew(sink, name, err) : note(sink, name, was, to, err);

    return status == PD_OK ? set_value(sink, name, to, "", err) : status;
}

/* Where others add rows too, somebody may have gone on with it. */
static pd_status
undo(struct pd_sink *sink, const struct sequence_set *set)
{
    char condition[SEQUENCE_CONDITION] = "";

    if (sink->into == PD_INTO_APPEND)
        snprintf(condition, sizeof condition, " FROM %s WHERE last_value = %lld AND is_called = %s",
                 set->name, (long long)set->to.last, set->to.is_called ? "true" : "false");
    return set_value(sink, set->name, &set->was, condition, NULL);
}

void
sequences_undo(struct pd_sink *sink)
{
    const struct sink_ddl *d = sink->ddl;
    size_t i = d ? d->n_sequences : 0;
    pd_status status;

    if (i == 0)
        return;
    pg_close(sink->pg); /* it may have been interrupted */
    sink->pg = NULL;
    status = marker_connect(sink, &sink->pg, NULL);
    while (i-- > 0 && status == PD_OK)
        status = undo(sink, &d->sequences[i]);
    if (status != PD_OK)
        sink->host->log(sink->host, PD_LOG_WARNING,
                        "sequences of the target could not be set back to where they were; they "
                        "go on behind numbers that no row has");
}
