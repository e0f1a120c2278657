// SPDX-License-Identifier: Apache-2.0
/* snapshot - one moment for all tables and all readers. A snapshot cannot be joined later, and does
   not keep others from altering tables: rows of one that was emptied are gone for it, and a column
   that was added shows. So nobody may commit while all readers begin theirs and take hold of every
   table's definition, which they keep until they end. The catalogue is read when they have: it
   lasts, and nobody can alter the tables any more. */
#include <string.h>
#include <time.h>

#include "scan.h"
#include "session.h"

enum {
    ERROR_STATEMENTS = 1461, /* the server admits no more prepared statements */
    SNAPSHOT_TRIES = 5,      /* while somebody alters tables */
    SNAPSHOT_REST = 10,      /* tenths of a second; twice as many after each try */
    SNAPSHOT_RESTS = 5,      /* so often */
    SNAPSHOT_LOOKS = 3,      /* at the names of tables that somebody may be about to rename */
    SNAPSHOT_SECONDS = 3     /* one try: whoever waits for everybody keeps everybody waiting */
};

/* ---- Readers ---- */

/* As many as the core may ask for beside the first; one fewer is no harm. */
static pd_status
open_spares(struct pd_source *source, struct pd_error *err)
{
    uint32_t n = source->end->n_handles ? source->end->n_handles - 1 : 1;

    while (source->n_spares < SOURCE_MOST_SPARES && source->n_spares < n) {
        struct my *spare = NULL;
        pd_status status = my_open(source->host, source->end, MY_READ, NULL, &spare, err);

        if (status != PD_OK && source->host->cancelled(source->host))
            return status;
        if (status != PD_OK) {
            source->host->log(source->host, PD_LOG_INFO, "the server admits no further reader");
            return PD_OK;
        }
        source->spares[source->n_spares++] = spare;
    }
    return PD_OK;
}

static void
close_spares(struct pd_source *source)
{
    while (source->n_spares)
        my_close(source->spares[--source->n_spares]);
}

/* The n-th reader; NULL: there are no more. */
static struct my *
reader(struct pd_source *source, unsigned n)
{
    if (n == 0)
        return source->my;
    return n <= source->n_spares ? source->spares[n - 1] : NULL;
}

/* A snapshot begins with its first row where nothing else keeps the moment. */
static pd_status
begin_late(struct my *my, const struct my_catalog *catalog, struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    size_t i, n = catalog->catalog.n_tables;
    pd_status status = my_run(my, "START TRANSACTION READ ONLY", err);

    if (status == PD_OK)
        status = lock_guard(my, catalog, err);
    for (i = 0; i < n && !catalog->tables[i].is_transactional;)
        i++;
    if (status != PD_OK || i == n)
        return status;
    pd_sql_add(&sql, "SELECT 1 FROM ");
    my_table(&sql, NULL, catalog->tables[i].name);
    pd_sql_add(&sql, " LIMIT 1");
    status = my_run_sql(my, &sql, err);
    pd_sql_free(&sql);
    return status;
}

static pd_status
begin(struct my *my, const struct my_catalog *catalog, enum lock_mode mode, struct pd_error *err)
{
    pd_status status;

    if (mode == LOCK_NONE)
        return begin_late(my, catalog, err);
    status = my_run(my, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", err);
    return status == PD_OK ? lock_guard(my, catalog, err) : status;
}

static pd_status
begin_all(struct pd_source *source, const struct my_catalog *catalog, enum lock_mode mode,
          struct pd_error *err)
{
    struct my *my;
    unsigned n;
    pd_status status = PD_OK;

    for (n = 0; (my = reader(source, n)) != NULL && status == PD_OK; n++)
        status = begin(my, catalog, mode, err);
    return status;
}

static pd_status
set_patience(struct pd_source *source, unsigned seconds, struct pd_error *err)
{
    struct my *my;
    unsigned n;
    pd_status status = PD_OK;

    for (n = 0; (my = reader(source, n)) != NULL && status == PD_OK; n++)
        status = lock_patience(my, seconds, err);
    return status;
}

static void
end_all(struct pd_source *source)
{
    struct my *my;
    unsigned n;

    for (n = 0; (my = reader(source, n)) != NULL; n++) {
        if (!my->broken)
            my_run(my, "ROLLBACK", NULL);
    }
    my_close(source->keeper);
    source->keeper = NULL;
}

/* ---- Under the lock ---- */

static pd_status
open_keeper(struct pd_source *source, const struct my_catalog *catalog, unsigned seconds,
            struct pd_error *err)
{
    pd_status status = my_open(source->host, source->end, MY_READ, NULL, &source->keeper, err);

    if (status == PD_OK)
        status = lock_patience(source->keeper, seconds, err);
    return status == PD_OK ? lock_keep(source->keeper, catalog, err) : status;
}

/* The server lists a table under its old name, its new one, or neither, when it is renamed just
   then. Where the lock keeps everybody from that, one look tells; else some do. */
static pd_status
check_names(struct pd_source *source, const struct my_catalog *catalog, enum lock_mode mode,
            struct pd_error *err)
{
    int looks = mode == LOCK_BACKUP || mode == LOCK_GLOBAL ? 1 : SNAPSHOT_LOOKS;
    pd_status status = PD_OK;

    for (int i = 0; i < looks && status == PD_OK; i++)
        status = catalog_check_names(source->my, catalog, err);
    return status;
}

static pd_status
take_locked(struct pd_source *source, struct my_catalog *catalog, enum lock_mode mode,
            unsigned seconds, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (mode == LOCK_NONE && source->n_spares) {
        source->host->log(source->host, PD_LOG_INFO,
                          "the user may lock nothing (RELOAD or LOCK TABLES), so one reader reads");
        close_spares(source);
    }
    if (lock_needed(catalog))
        status = open_keeper(source, catalog, seconds, err);
    if (status == PD_OK)
        status = begin_all(source, catalog, mode, err);
    if (status == PD_OK)
        status = check_names(source, catalog, mode, err);
    return status == PD_OK ? catalog_counters(source->my, catalog, err) : status;
}

/* Was it a lock of somebody else's, rather than a table that is another now? */
static bool
has_waited(struct pd_source *source, const struct my *locker)
{
    const struct my *my;
    bool has = lock_has_waited(locker) || (source->keeper && lock_has_waited(source->keeper));
    unsigned n;

    for (n = 0; (my = reader(source, n)) != NULL && !has; n++)
        has = lock_has_waited(my);
    return has;
}

static pd_status
take_lock(struct pd_source *source, struct my_catalog *catalog, unsigned seconds,
          struct pd_error *err)
{
    struct my *locker = NULL;
    enum lock_mode mode = LOCK_NONE;
    pd_status status = my_open(source->host, source->end, MY_READ, NULL, &locker, err);

    if (status == PD_OK)
        status = lock_patience(locker, seconds, err);
    if (status == PD_OK)
        status = set_patience(source, seconds, err);
    if (status == PD_OK)
        status = lock_take(locker, catalog, &mode, err);
    if (status == PD_OK) {
        status = take_locked(source, catalog, mode, seconds, err);
        lock_release(locker, mode);
        if (status == PD_OK && locker->broken)
            status = PD_RETRY; /* the lock may have been gone before */
    }
    source->is_waiting = status == PD_RETRY && has_waited(source, locker);
    my_close(locker);
    return status == PD_OK ? set_patience(source, 0, err) : status;
}

/* ---- The catalogue of the same moment ---- */

/* What cannot be read may be what somebody is making or dropping just now; but for what the user
   may not read, and for a server that admits no more statements. */
static pd_status
read_once(struct pd_source *source, bool objects, struct my_catalog **ret_catalog,
          struct pd_error *err)
{
    struct my *my = source->my;
    pd_status status;

    memset(&my->complaint, 0, sizeof my->complaint);
    status = catalog_read(my, objects, NULL, ret_catalog, err);
    if (status != PD_FAILED || my->broken || error_cause(my->complaint.code) == PD_CAUSE_AUTH ||
        my->complaint.code == ERROR_STATEMENTS)
        return status;
    return PD_RETRY;
}

static bool
is_same_table(const struct my_table *a, const struct my_table *b)
{
    return a->kind == b->kind && a->is_transactional == b->is_transactional &&
           strcmp(a->name, b->name) == 0;
}

/* Are the tables those that are held? One that was made since then is not in the snapshot. */
static bool
has_same_tables(const struct my_catalog *a, const struct my_catalog *b)
{
    size_t i, n = a->catalog.n_tables;

    for (i = 0; n == b->catalog.n_tables && i < n; i++) {
        if (!is_same_table(&a->tables[i], &b->tables[i]))
            return false;
    }
    return n == b->catalog.n_tables;
}

/* Nobody can alter the tables any more. */
static pd_status
read_held(struct pd_source *source, const struct my_catalog *before, struct pd_error *err)
{
    struct my_catalog *catalog = NULL;
    pd_status status = read_once(source, true, &catalog, err);

    if (status != PD_OK)
        return status;
    if (!has_same_tables(before, catalog)) {
        catalog_free(catalog);
        return source->host->fail(err, PD_RETRY, PD_CAUSE_CHANGED,
                                  "tables were made, dropped or renamed while the database was "
                                  "about to be read; try again when nobody does so");
    }
    catalog_keep_counters(before, catalog);
    source->catalog = catalog;
    return lock_retry(source->my, snapshot_fingerprint(source->my, &source->fingerprint, err));
}

/* PD_RETRY: somebody altered something meanwhile, or holds a lock. */
static pd_status
take_once(struct pd_source *source, unsigned seconds, struct pd_error *err)
{
    struct my_catalog *before = NULL;
    pd_status status;

    source->is_waiting = false;
    /* Without a lock: which tables there are. What they are may be of several moments. */
    status = read_once(source, false, &before, err);
    if (status == PD_OK)
        status = take_lock(source, before, seconds, err);
    if (status == PD_OK)
        status = read_held(source, before, err);
    catalog_free(before);
    if (status == PD_OK)
        return PD_OK;
    catalog_free(source->catalog);
    source->catalog = NULL;
    end_all(source);
    return source->my->broken ? PD_FATAL : status;
}

/* ---- Again and again ---- */

static int64_t
seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static pd_status
rest(struct pd_source *source, unsigned tenths, struct pd_error *err)
{
    const struct timespec slice = {.tv_nsec = 100000000};
    unsigned n;

    for (n = 0; n < tenths; n++) {
        if (source->host->cancelled(source->host))
            return source->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
        nanosleep(&slice, NULL);
    }
    return PD_OK;
}

struct patience {
    int64_t limit;    /* in seconds_now(); 0: for ever */
    unsigned seconds; /* of the next try */
    unsigned tries;   /* while somebody altered tables */
    unsigned waits;   /* for locks */
};

/* What others wait for while we wait must come to an end: the longer it takes, the more of the time
   is theirs. */
static unsigned
next_rest(struct patience *patience)
{
    unsigned tenths = SNAPSHOT_REST
                      << (patience->waits < SNAPSHOT_RESTS ? patience->waits : SNAPSHOT_RESTS);
    int64_t left = (patience->limit - seconds_now()) * 10;

    patience->waits++;
    return patience->limit && left / 2 < tenths ? (unsigned)(left / 2) : tenths;
}

/* Shall it be tried once more, and how long? */
static pd_status
try_again(struct pd_source *source, struct patience *patience, struct pd_error *err)
{
    int64_t left = patience->limit - seconds_now();

    if (!source->is_waiting) {
        if (++patience->tries >= SNAPSHOT_TRIES)
            return PD_FATAL;
        source->host->log(source->host, PD_LOG_INFO,
                          "somebody may be altering tables; trying again");
        return rest(source, patience->tries, err);
    }
    if (patience->limit && left <= 0)
        return PD_FATAL;
    if (patience->limit && left < SNAPSHOT_SECONDS)
        patience->seconds = (unsigned)left;
    source->host->log(source->host, PD_LOG_INFO,
                      "other sessions hold locks that a snapshot has to wait for; trying again");
    return rest(source, next_rest(patience), err);
}

/* Once, however often it was read. */
static void
warn_of_broken(const struct pd_source *source)
{
    const struct pd_catalog *catalog = &source->catalog->catalog;

    for (size_t i = 0; i < catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(catalog, i);

        if (object->flags & PD_OBJECT_BROKEN)
            source->host->log(source->host, PD_LOG_WARNING,
                              "%s '%s' does not work in the source: it, or a view that it uses, "
                              "needs what is not there, or what its definer may not see",
                              object->kind, object->name);
    }
}

pd_status
snapshot_take(struct pd_source *source, struct pd_error *err)
{
    unsigned given = lock_limit(source->my);
    struct patience patience = {.limit = given ? seconds_now() + given : 0,
                                .seconds =
                                    given && given < SNAPSHOT_SECONDS ? given : SNAPSHOT_SECONDS};
    pd_status status = open_spares(source, err);

    while (status == PD_OK) {
        status = take_once(source, patience.seconds, err);
        if (status == PD_OK)
            warn_of_broken(source);
        if (status != PD_RETRY)
            return status == PD_OK ? PD_OK : PD_FATAL;
        status = try_again(source, &patience, err);
    }
    return status;
}
