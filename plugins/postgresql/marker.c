// SPDX-License-Identifier: Apache-2.0
/* marker - the table that says that a restore is not finished, and what it has made so far.

   It is made in the first transaction that is committed and dropped in the last. A run holds an
   advisory lock of its session beside it, so that a marker without the lock belongs to nobody who
   lives. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "ddl.h"
#include "write.h"

enum {
    LOCK_TRIES = 50, /* for a session that is about to end */
    LOCK_PAUSE_MS = 100,
    CONNECT_TRIES = 6, /* for a server that starts again */
    CONNECT_PAUSE_MS = 500
};

/* Also for those who may not use the schema. */
#define MARKER_CLASS                                                                               \
    "pg_class AS c JOIN pg_namespace AS s ON s.oid = c.relnamespace WHERE s.nspname = 'public' "   \
    "AND c.relname = '" MARKER_NAME "'"

static _Thread_local const char *admitted;

void
marker_admit(const char *run)
{
    admitted = run;
}

/* ---- Reading ---- */

pd_status
marker_read(struct pg *pg, char run[MARKER_RUN], struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = pg_query(pg,
                                "SELECT substr(obj_description(c.oid, 'pg_class'), length($1) + 1) "
                                "FROM " MARKER_CLASS " AND c.relkind = 'r' AND "
                                "starts_with(obj_description(c.oid, 'pg_class'), $1)",
                                1, (const char *const[]){MARKER_COMMENT}, "?t", &result, err);

    if (status != PD_OK)
        return status;
    run[0] = '\0';
    if (PQntuples(result) == 1) {
        snprintf(run, MARKER_RUN, "%.32s", PQgetvalue(result, 0, 0));
        run[strspn(run, "0123456789abcdef")] = '\0';
        if (!*run)
            snprintf(run, MARKER_RUN, "0");
    }
    PQclear(result);
    return PD_OK;
}

/* What a marker lists is dropped: that it is ours is believed of our own role's only, or else
   whoever may make a table could have others' dropped. */
static pd_status
check_owner(struct pg *pg, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = pg_query(pg,
                                "SELECT pg_get_userbyid(c.relowner) FROM " MARKER_CLASS
                                " AND pg_get_userbyid(c.relowner) <> current_user",
                                0, NULL, "?t", &result, err);

    if (status != PD_OK)
        return status;
    if (PQntuples(result))
        status = pg->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                                "the database is INCOMPLETE: role '%.63s' left a restore "
                                "unfinished; restore as that role, which drops what is there of it",
                                PQgetvalue(result, 0, 0));
    PQclear(result);
    return status;
}

pd_status
marker_refuse(struct pg *pg, struct pd_error *err)
{
    char run[MARKER_RUN];
    pd_status status = marker_read(pg, run, err);

    if (status != PD_OK || !*run || (admitted && strcmp(run, admitted) == 0))
        return status;
    return pg->host->fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "the database is INCOMPLETE: a restore into it is still at work, or did "
                          "not finish; restore it again, which drops first what is there of it");
}

/* ---- Sessions ---- */

static void
pause_ms(long ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    nanosleep(&pause, NULL);
}

static int
never(const struct pd_host *host)
{
    return 0;
}

pd_status
marker_connect(struct pd_sink *sink, struct pg **ret_pg, struct pd_error *err)
{
    struct pd_host *calm = &sink->marker->calm;
    size_t size = sink->host->struct_size < sizeof *calm ? sink->host->struct_size : sizeof *calm;

    memcpy(calm, sink->host, size);
    calm->struct_size = (uint32_t)size;
    calm->cancelled = never;
    return pg_open(calm, sink->end, PG_WRITE, NULL, ret_pg, err);
}

pd_status
marker_name_session(const struct pd_sink *sink, struct pg *pg, struct pd_error *err)
{
    return pg_runf(pg, err, "SET application_name = 'polydump %s'", sink->marker->run);
}

/* A lost client's session may take its time to find that out. Those that only read have no run in
   their name; while there is a marker nobody else of ours has a reason to be here. */
static pd_status
end_sessions(struct pg *pg, const char *run, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = pg_query(
        pg,
        "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity AS a WHERE a.datname = "
        "current_database() AND a.usename = session_user AND a.pid <> pg_backend_pid() AND "
        "a.application_name IN ('polydump', 'polydump ' || $1)",
        1, &run, NULL, &result, err);

    if (status == PD_OK)
        PQclear(result);
    return status;
}

/* The advisory lock of all runs that may leave a marker. */
static pd_status
try_lock(struct pg *pg, int tries, bool *ret_locked, struct pd_error *err)
{
    *ret_locked = false;
    for (int i = 0; i < tries && !*ret_locked; i++) {
        PGresult *result = NULL;
        pd_status status;

        if (i)
            pause_ms(LOCK_PAUSE_MS);
        status = pg_query(pg, "SELECT pg_try_advisory_lock(1886350457, 1685417328)", 0, NULL, "1b",
                          &result, err);
        if (status != PD_OK)
            return status;
        *ret_locked = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
        PQclear(result);
    }
    return PD_OK;
}

static pd_status
lock(struct pg *pg, struct pd_error *err)
{
    bool locked;
    pd_status status = try_lock(pg, LOCK_TRIES, &locked, err);

    if (status == PD_OK && !locked)
        return pg->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                              "another run is writing to this database; wait for it to end");
    return status;
}

/* ---- A run ---- */

static pd_status
new_marker(struct pd_sink *sink, struct pd_error *err)
{
    struct sink_marker *marker = pd_pool_alloc(&sink->pool, sizeof *marker);
    unsigned char id[16];

    if (!marker)
        return pg_no_memory(sink->host, err);
    if (getrandom(id, sizeof id, 0) != sizeof id)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_IO, "the system gives no random bytes: %m");
    for (size_t i = 0; i < sizeof id; i++)
        snprintf(marker->run + 2 * i, 3, "%02x", id[i]);
    sink->marker = marker;
    return PD_OK;
}

/* What an earlier run left. Its own sessions may still be there, waiting for their client. */
static pd_status
clean_earlier(struct pd_sink *sink, const char *run, struct pd_error *err)
{
    pd_status status = check_owner(sink->pg, err);

    if (status == PD_OK)
        status = lock(sink->pg, err);
    if (status == PD_OK)
        status = end_sessions(sink->pg, run, err);
    if (status == PD_OK)
        status = marker_drop_all(sink->pg, err);
    if (status == PD_OK)
        sink->host->log(sink->host, PD_LOG_WARNING,
                        "an earlier restore into this database did not finish: what it had made "
                        "was dropped");
    return status;
}

pd_status
marker_enter(struct pd_sink *sink, struct pd_error *err)
{
    bool is_alone = sink->into == PD_INTO_EMPTY || sink->into == PD_INTO_REPLACE;
    char run[MARKER_RUN];
    pd_status status = new_marker(sink, err);

    if (status == PD_OK)
        status = marker_read(sink->pg, run, err);
    if (status != PD_OK || (!is_alone && !*run))
        return status;
    if (!is_alone) /* what is there is to be kept */
        return marker_refuse(sink->pg, err);
    return *run ? clean_earlier(sink, run, err) : lock(sink->pg, err);
}

static pd_status
insert_object(struct pg *pg, const struct marker_object *object, struct pd_error *err)
{
    const char *values[] = {object->kind, object->schema, object->name};
    PGresult *result = NULL;
    pd_status status =
        pg_query(pg, "INSERT INTO " MARKER_TABLE " (kind, schema, name) VALUES ($1, $2, $3)", 3,
                 values, NULL, &result, err);

    if (status == PD_OK)
        PQclear(result);
    return status;
}

pd_status
marker_begin(struct pd_sink *sink, struct pd_error *err)
{
    struct sink_marker *marker = sink->marker;
    pd_status status = marker_name_session(sink, sink->pg, err);

    if (status == PD_OK)
        status = pg_run(sink->pg,
                        "CREATE TABLE " MARKER_TABLE " (n bigint GENERATED ALWAYS AS IDENTITY "
                        "PRIMARY KEY, kind text NOT NULL, schema text, name text NOT NULL)",
                        err);
    if (status == PD_OK)
        status = pg_runf(sink->pg, err, "COMMENT ON TABLE " MARKER_TABLE " IS '%s%s'",
                         MARKER_COMMENT, marker->run);
    for (size_t i = 0; i < marker->n_objects && status == PD_OK; i++)
        status = insert_object(sink->pg, &marker->objects[i], err);
    if (status == PD_OK)
        marker->is_made = true;
    return status;
}

/* As long as it is open whether there will be a marker, the objects are kept in memory. */
static pd_status
keep_object(struct pd_sink *sink, const struct marker_object *object, struct pd_error *err)
{
    struct sink_marker *marker = sink->marker;
    struct marker_object *kept = pd_pool_append(&sink->pool, &marker->objects, marker->n_objects,
                                                &marker->objects_room, sizeof *kept);

    if (!kept)
        return pg_no_memory(sink->host, err);
    kept->kind = pd_pool_text(&sink->pool, object->kind);
    kept->schema = pd_pool_text(&sink->pool, object->schema);
    kept->name = pd_pool_text(&sink->pool, object->name);
    if (!kept->kind || !kept->name || (object->schema && !kept->schema))
        return pg_no_memory(sink->host, err);
    marker->n_objects++;
    return PD_OK;
}

pd_status
marker_add(struct pd_sink *sink, const char *kind, const char *schema, const char *name,
           struct pd_error *err)
{
    struct marker_object object = {kind, schema, name};

    if (sink->atomic == ATOMIC_RUN || !sink->marker)
        return PD_OK;
    if (sink->marker->is_made)
        return insert_object(sink->pg, &object, err);
    return keep_object(sink, &object, err);
}

pd_status
marker_end(struct pd_sink *sink, struct pd_error *err)
{
    bool is_begun = PQtransactionStatus(sink->pg->conn) == PQTRANS_INTRANS; /* by execute() */
    pd_status status = is_begun ? PD_OK : pg_run(sink->pg, "BEGIN", err);

    if (status == PD_OK)
        status = pg_run(sink->pg, "DROP TABLE " MARKER_TABLE, err);
    if (status == PD_OK)
        status = ddl_objects_last(sink, err);
    if (status == PD_OK)
        status = commit_run(sink, err);
    if (status == PD_OK)
        sink->marker->is_kept = false;
    return status;
}

static pd_status
clean_own(struct pd_sink *sink, struct pg *pg, struct pd_error *err)
{
    char run[MARKER_RUN];
    pd_status status = pg_run(pg, "SET lock_timeout = '10s'", err);

    if (status == PD_OK)
        status = end_sessions(pg, sink->marker->run, err);
    if (status == PD_OK)
        status = lock(pg, err);
    if (status == PD_OK)
        status = marker_read(pg, run, err);
    /* Gone: the last transaction was committed after all. */
    if (status != PD_OK || strcmp(run, sink->marker->run) != 0)
        return status;
    return marker_drop_all(pg, err);
}

/* The session of the run is ended first, as it may hold locks, or know nothing of its client's
   trouble. */
pd_status
marker_clean(struct pd_sink *sink, struct pd_error *err)
{
    struct pg *pg = NULL;
    pd_status status = PD_FATAL;

    if (!sink->marker || !sink->marker->is_kept)
        return PD_OK;
    pg_close(sink->pg);
    sink->pg = NULL;
    for (int i = 0; i < CONNECT_TRIES && status != PD_OK; i++) {
        if (i)
            pause_ms(CONNECT_PAUSE_MS);
        status = marker_connect(sink, &pg, err);
    }
    if (status == PD_OK)
        status = clean_own(sink, pg, err);
    if (status != PD_OK && pg && *pg->complaint.text)
        sink->host->log(sink->host, PD_LOG_INFO, "the server's last word was: %s",
                        pg->complaint.text);
    pg_close(pg);
    if (status == PD_OK)
        sink->marker->is_kept = false;
    return status;
}
