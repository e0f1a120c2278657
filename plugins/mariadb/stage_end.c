// SPDX-License-Identifier: Apache-2.0
/* stage_end - how a run ends: what it replaced is dropped, or what it made; over a new connection
   when the old one is gone. */
#include <string.h>
#include <time.h>

#include "ddl.h"
#include "stage.h"

enum { END_PATIENCE = 3, END_WAIT = 10, END_TRIES = 6, END_PAUSE_MS = 500 };

enum outcome { OUTCOME_UNKNOWN, OUTCOME_UNDONE, OUTCOME_DONE };

/* ---- Sessions of a run: each holds a lock that tells it, so that they can be ended ---- */

pd_status
stage_join(struct pd_sink *sink, struct my *my, struct pd_error *err)
{
    /* MySQL before 5.7 has one lock a session, and that is the database's. */
    if (!sink->stage || !sink->stage->is_made || !my->is_mariadb)
        return PD_OK;
    return my_runf(my, err, "DO GET_LOCK('polydump.%s.%u', 0)", sink->stage->run,
                   atomic_fetch_add(&sink->stage->n_joined, 1));
}

static pd_status
end_session(struct my *my, const char *run, unsigned number, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status =
        my_queryf(my, &result, err, "SELECT IS_USED_LOCK('polydump.%s.%u')", run, number);

    if (status != PD_OK)
        return status;
    row = mysql_fetch_row(result);
    /* It may have ended by itself by now. */
    if (row && row[0] && my_runf(my, NULL, "KILL CONNECTION %s", row[0]) == PD_FATAL)
        status = PD_FATAL;
    mysql_free_result(result);
    return status;
}

/* A peer that fell silent may have left them as they were, with all their locks. */
static pd_status
end_sessions(struct pd_sink *sink, struct my *my, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (unsigned i = 1; i < sink->stage->n_joined && status == PD_OK; i++)
        status = end_session(my, sink->stage->run, i, err);
    return status;
}

/* The first session renames tables: a server that is stopped in the middle of that may leave a file
   "TABLE.TRG-" behind, for which it then cannot drop the database. So it gets time to end. */
static pd_status
take_over(struct pd_sink *sink, struct my *my, struct pd_error *err)
{
    pd_status status = end_sessions(sink, my, err);

    if (status != PD_OK)
        return status;
    status = stage_lock(my, END_PATIENCE, err);
    if (status != PD_FAILED)
        return status;
    status = end_session(my, sink->stage->run, 0, err);
    return status == PD_OK ? stage_lock(my, END_WAIT, err) : status;
}

/* ---- After a failure ---- */

static void
pause_a_bit(void)
{
    struct timespec pause = {.tv_nsec = END_PAUSE_MS * 1000000L};

    nanosleep(&pause, NULL);
}

static pd_status
clean_over(struct pd_sink *sink, struct my *my, enum outcome *ret_outcome, struct pd_error *err)
{
    char run[STAGE_RUN] = "";
    bool is_done = sink->stage->is_done;
    pd_status status = my_run(my, "SET lock_wait_timeout = 10, innodb_lock_wait_timeout = 10", err);

    if (status == PD_OK)
        status = take_over(sink, my, err);
    if (status == PD_OK)
        status = stage_read(my, run, err);
    if (status != PD_OK)
        return status;
    /* Gone: nothing was left to do, or another run came in between. */
    if (strcmp(run, sink->stage->run) != 0) {
        *ret_outcome = is_done && !*run ? OUTCOME_DONE : OUTCOME_UNKNOWN;
        return PD_OK;
    }
    is_done = false; /* what the marker says counts */
    status = stage_drop_run(my, run, &is_done, err);
    if (status == PD_OK)
        *ret_outcome = is_done ? OUTCOME_DONE : OUTCOME_UNDONE;
    return status;
}

/* Another connection, which also works when the run was cancelled and when memory is short. */
static pd_status
clean(struct pd_sink *sink, enum outcome *ret_outcome, struct pd_error *err)
{
    const struct pd_host *host = reserve_use(&sink->stage->reserve);
    struct my *my = NULL;
    pd_status status = PD_FATAL;

    write_close(sink);
    my_close(sink->my);
    sink->my = NULL;
    for (int i = 0; i < END_TRIES && status != PD_OK; i++) {
        if (i)
            pause_a_bit();
        status = my_open(host, sink->end, MY_WRITE, NULL, &my, err);
    }
    if (status == PD_OK)
        status = clean_over(sink, my, ret_outcome, err);
    my_close(my);
    if (status == PD_OK)
        sink->stage->is_made = false;
    return status;
}

pd_status
stage_clean(struct pd_sink *sink, struct pd_error *err)
{
    enum outcome outcome = OUTCOME_UNKNOWN;
    pd_status status = PD_OK;

    if (!sink->stage)
        return PD_OK;
    if (sink->stage->is_made)
        status = clean(sink, &outcome, err);
    reserve_close(&sink->stage->reserve);
    return status;
}

/* ---- The end of a run that went well ---- */

static pd_status
list_later(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < sink->ddl->n_later && status == PD_OK; i++) {
        const struct ddl_later *later = &sink->ddl->later[i];
        struct stage_entry entry = {.kind = "foreign",
                                    .name = sink->tables[later->table].name,
                                    .final = later->name,
                                    .text = later->add};

        status = stage_put(sink, &entry, 1, err);
    }
    return status;
}

/* From 'done' on, whoever comes later finishes this. */
static pd_status
end_past(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = list_later(sink, err);

    if (status == PD_OK)
        status = stage_add(sink, "done", "", err);
    if (status != PD_OK)
        return status;
    sink->stage->is_done = true;
    sink->my->host = reserve_use(&sink->stage->reserve);
    status = stage_drop_past(sink->my, sink->stage->run, err);
    sink->my->host = sink->host;
    return status == PD_OK ? ddl_settle(sink, err) : status;
}

/* Where nothing was replaced, one statement is the end: the next restore into an empty database
   finds it empty or complete. */
static pd_status
end_run(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (sink->stage->n_moved || sink->stage->n_kept || sink->ddl->n_later)
        status = end_past(sink, err);
    if (status != PD_OK)
        return status;
    sink->stage->is_done = true;
    sink->my->host = reserve_use(&sink->stage->reserve);
    status = stage_drop_marker(sink->my, sink->stage->run, err);
    sink->my->host = sink->host;
    return status;
}

/* A failure here may come after all that matters was done: another connection tells. */
pd_status
stage_end(struct pd_sink *sink, struct pd_error *err)
{
    enum outcome outcome = OUTCOME_UNKNOWN;
    pd_status status = end_run(sink, err);

    if (status != PD_OK)
        clean(sink, &outcome, NULL);
    sink->stage->is_made = false;
    reserve_close(&sink->stage->reserve);
    if (status == PD_OK || outcome == OUTCOME_DONE)
        return PD_OK;
    if (outcome == OUTCOME_UNDONE)
        return status;
    return sink->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                            "the connection was lost while the restore was being finished, and "
                            "whether it was is unknown: check with 'polydump verify'; where the "
                            "database is INCOMPLETE, restore it again");
}
