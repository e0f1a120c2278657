// SPDX-License-Identifier: Apache-2.0
/* share - several connections on one snapshot, proved by a connection outside it. */
#include <stdlib.h>
#include <unistd.h>

#include "source.h"

/* BEGIN alone fixes nothing; the cookie is read without loading the schema. */
static const char *const begin_sql = "BEGIN; PRAGMA main.schema_version";

/* Changes whenever another connection has written. */
static pd_status
read_version(struct pd_source *source, int64_t *ret_version, struct pd_error *err)
{
    char text[32];
    pd_status status =
        sqlite_ask(source->host, source->watch, "PRAGMA main.data_version", text, sizeof text, err);

    *ret_version = strtoll(text, NULL, 10);
    return status;
}

static pd_status
connect_reader(struct pd_source *source, const char *path, sqlite3 **ret_db, struct pd_error *err)
{
    return sqlite_connect(source->host, source->options, path, SQLITE_ROLE_READER, ret_db, err);
}

/* As many as there may be threads, opened together: later, somebody may have written. */
static size_t
wanted_spares(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN) - 1;

    return n < 0 ? 0 : n > SOURCE_MAX_SPARES ? SOURCE_MAX_SPARES : (size_t)n;
}

static pd_status
open_connections(struct pd_source *source, struct pd_error *err)
{
    size_t wanted = wanted_spares();
    pd_status status = connect_reader(source, source->path, &source->watch, err);

    if (status == PD_OK)
        status = connect_reader(source, source->path, &source->db, err);
    while (status == PD_OK && source->n_spares < wanted) {
        if (connect_reader(source, source->path, &source->spares[source->n_spares], NULL) != PD_OK)
            break; /* fewer twins then */
        source->n_spares++;
    }
    return status;
}

/* Begin all; *ret_equal: nobody wrote meanwhile, so that all see the same. */
static pd_status
begin_all(struct pd_source *source, bool *ret_equal, struct pd_error *err)
{
    int64_t version;
    size_t i;
    pd_status status = read_version(source, &source->version, err);

    if (status == PD_OK)
        status = sqlite_run(source->host, source->db, begin_sql, "cannot begin to read", err);
    for (i = 0; i < source->n_spares && status == PD_OK; i++)
        status =
            sqlite_run(source->host, source->spares[i], begin_sql, "cannot begin to read", err);
    if (status == PD_OK)
        status = read_version(source, &version, err);
    *ret_equal = status == PD_OK && version == source->version;
    return status;
}

static void
end_all(struct pd_source *source)
{
    size_t i;

    sqlite3_exec(source->db, "ROLLBACK", NULL, NULL, NULL);
    for (i = 0; i < source->n_spares; i++)
        sqlite3_exec(source->spares[i], "ROLLBACK", NULL, NULL, NULL);
}

void
sqlite_source_close_spares(struct pd_source *source)
{
    while (source->n_spares)
        sqlite3_close(source->spares[--source->n_spares]);
    sqlite3_close(source->watch);
    source->watch = NULL;
}

pd_status
sqlite_source_open_snapshot(struct pd_source *source, struct pd_error *err)
{
    bool equal = false;
    int tries;
    pd_status status = open_connections(source, err);

    for (tries = 0; status == PD_OK && !equal && tries < SOURCE_TRIES; tries++) {
        if (tries)
            end_all(source);
        status = begin_all(source, &equal, err);
    }
    if (status == PD_OK && !equal)
        sqlite_source_close_spares(source); /* one reader, whose snapshot is its own */
    return status;
}

/* A further connection, which must see that nobody wrote since the snapshot was opened. It does
   not wait: a writer that waits for our snapshot to end would keep us waiting. */
static pd_status
open_late(struct pd_source *source, sqlite3 **ret_db)
{
    int64_t version;
    sqlite3 *db;
    pd_status status;

    if (!source->watch)
        return PD_UNSUPPORTED;
    status = connect_reader(source, source->path, &db, NULL);
    if (status != PD_OK)
        return PD_UNSUPPORTED;
    sqlite3_busy_timeout(db, 0);
    status = sqlite_run(source->host, db, begin_sql, "cannot begin to read", NULL);
    if (status == PD_OK)
        status = read_version(source, &version, NULL);
    if (status == PD_OK && version == source->version) {
        *ret_db = db;
        return PD_OK;
    }
    sqlite3_close(db);
    return PD_UNSUPPORTED;
}

pd_status
sqlite_source_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    struct pd_source *origin = source->origin ? source->origin : source;
    const struct pd_catalog *catalog;
    sqlite3 *db = NULL;
    pd_status status;

    if (origin->is_borrowed)
        return PD_UNSUPPORTED;
    status = sqlite_source_ops.catalog(origin, &catalog, err);
    if (status == PD_OK && origin->n_spares)
        db = origin->spares[--origin->n_spares];
    else if (status == PD_OK)
        status = open_late(origin, &db);
    if (status != PD_OK)
        return status;
    status = sqlite_source_new_twin(origin, db, ret_twin, err);
    if (status != PD_OK)
        sqlite3_close(db);
    return status;
}
