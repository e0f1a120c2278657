// SPDX-License-Identifier: Apache-2.0
/* snapshot - one moment for all tables and all readers. A snapshot cannot be joined later, and does
   not keep others from altering tables: rows of one that was emptied are gone for it, and a column
   that was added shows. So nobody may commit while all readers begin theirs and take hold of every
   table's definition, which they keep until they end. The catalogue was read before, since that
   lasts; that it is of the same moment is seen from its text, before and after. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

#include "scan.h"

enum {
    SNAPSHOT_TRIES = 5,    /* while somebody alters tables */
    SNAPSHOT_SECONDS = 10, /* one try: whoever waits for everybody keeps everybody waiting */
    SNAPSHOT_SHOWN = 200
};

/* ---- Readers ---- */

/* As many as the core asks for unless it was told otherwise; one fewer is no harm. */
static pd_status
open_spares(struct pd_source *source, struct pd_error *err)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN) - 1;

    if (n < 1)
        n = 1;
    while (source->n_spares < SOURCE_MOST_SPARES && source->n_spares < (unsigned long)n) {
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

static bool
is_same(const struct pd_sql *a, const struct pd_sql *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->text, b->text, a->size) == 0);
}

static pd_status
read_fingerprint(struct my *my, struct pd_sql *text, struct pd_error *err)
{
    pd_status status;

    pd_sql_clear(text);
    status = catalog_fingerprint(my, text, err);
    return status == PD_OK && text->failed ? my_no_memory(my->host, err) : status;
}

/* A line is an object and, behind the last blank, a hash of how it is made. */
struct line {
    const char *text;
    size_t size;
    size_t n_name;
};

/* false: there are no more. */
static bool
next_line(const char **at, struct line *line)
{
    const char *end = strchr(*at, '\n'), *blank;

    if (!end)
        return false;
    line->text = *at;
    line->size = (size_t)(end - *at);
    blank = memrchr(*at, ' ', line->size);
    line->n_name = blank ? (size_t)(blank - *at) : line->size;
    *at = end + 1;
    return true;
}

static bool
has_line(const char *text, const struct line *line)
{
    struct line other;

    while (next_line(&text, &other)) {
        if (other.size == line->size && memcmp(other.text, line->text, line->size) == 0)
            return true;
    }
    return false;
}

/* The first object that is not there as it was; false: all are. */
static bool
find_altered(const struct pd_sql *before, const struct pd_sql *now, struct line *altered)
{
    const char *old = pd_sql_text(before), *new = pd_sql_text(now), *at = new;
    struct line other;

    if (is_same(before, now))
        return false;
    while (next_line(&old, altered)) {
        bool is_next = next_line(&at, &other);

        /* Mostly they stand in the same place. */
        if (is_next && other.size == altered->size &&
            memcmp(other.text, altered->text, other.size) == 0)
            continue;
        if (!has_line(new, altered))
            return true;
    }
    return false;
}

/* Are all objects as they were? One more than there were is no harm to a snapshot. */
static pd_status
compare(struct pd_source *source, struct pd_error *err)
{
    struct pd_sql now = {.host = source->host};
    struct line altered = {0};
    pd_status status = read_fingerprint(source->my, &now, err);

    if (status == PD_OK && find_altered(&source->fingerprint, &now, &altered)) {
        char name[SNAPSHOT_SHOWN], shown[SNAPSHOT_SHOWN];

        snprintf(name, sizeof name, "%.*s", (int)altered.n_name, altered.text);
        error_line(name, shown, sizeof shown);
        status = source->host->fail(err, PD_FAILED, PD_CAUSE_CHANGED,
                                    "%s was altered or dropped while the database was read; try "
                                    "again when nobody does so",
                                    shown);
    }
    pd_sql_free(&now);
    return status;
}

/* Is the database other than it was a moment ago? What is gone cannot be read. */
static bool
has_changed(struct pd_source *source)
{
    struct pd_sql now = {.host = source->host};
    bool changes;

    if (source->my->broken)
        return false;
    changes =
        read_fingerprint(source->my, &now, NULL) != PD_OK || !is_same(&source->fingerprint, &now);
    pd_sql_free(&now);
    return changes;
}

static pd_status
changed(struct pd_source *source, struct pd_error *err)
{
    return source->host->fail(err, PD_RETRY, PD_CAUSE_CHANGED,
                              "tables or other objects of the database were altered while it was "
                              "about to be read; try again when nobody does so");
}

static pd_status
read_catalog(struct pd_source *source, struct my_catalog **ret_catalog, struct pd_error *err)
{
    pd_status status = read_fingerprint(source->my, &source->fingerprint, err);

    if (status != PD_OK)
        return lock_retry(source->my, status);
    status = catalog_read(source->my, true, NULL, ret_catalog, err);
    return status == PD_FAILED && has_changed(source) ? PD_RETRY : status;
}

/* PD_RETRY: somebody altered something meanwhile, or holds a lock. */
static pd_status
take_once(struct pd_source *source, unsigned seconds, struct pd_error *err)
{
    struct my_catalog *catalog = NULL;
    pd_status status;

    source->is_waiting = false;
    status = read_catalog(source, &catalog, err);
    if (status == PD_OK)
        status = take_lock(source, catalog, seconds, err);
    if (status == PD_OK && has_changed(source))
        status = changed(source, err);
    if (status == PD_OK) {
        source->catalog = catalog;
        return PD_OK;
    }
    catalog_free(catalog);
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

/* What others wait for while we wait must come to an end: they get a second. */
static pd_status
rest(struct pd_source *source, struct pd_error *err)
{
    const struct timespec slice = {.tv_nsec = 100000000};
    int n;

    for (n = 0; n < 10; n++) {
        if (source->host->cancelled(source->host))
            return source->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
        nanosleep(&slice, NULL);
    }
    return PD_OK;
}

/* Shall it be tried once more, and how long? limit 0: for ever. */
static pd_status
try_again(struct pd_source *source, int64_t limit, unsigned *tries, unsigned *seconds,
          struct pd_error *err)
{
    int64_t left = limit - seconds_now();

    if (!source->is_waiting) {
        if (++*tries >= SNAPSHOT_TRIES)
            return PD_FATAL;
        source->host->log(source->host, PD_LOG_INFO, "somebody alters tables; trying once more");
        return PD_OK;
    }
    if (limit && left <= 0)
        return PD_FATAL;
    if (limit && left < SNAPSHOT_SECONDS)
        *seconds = (unsigned)left;
    source->host->log(source->host, PD_LOG_INFO,
                      "other sessions hold locks that a snapshot has to wait for; trying again");
    return rest(source, err);
}

pd_status
snapshot_take(struct pd_source *source, struct pd_error *err)
{
    int64_t limit = lock_limit(source->my), seconds_given = limit;
    unsigned tries = 0, seconds = SNAPSHOT_SECONDS;
    pd_status status = open_spares(source, err);

    if (limit) {
        limit += seconds_now();
        seconds = seconds_given < SNAPSHOT_SECONDS ? (unsigned)seconds_given : SNAPSHOT_SECONDS;
    }
    while (status == PD_OK) {
        status = take_once(source, seconds, err);
        if (status != PD_RETRY)
            return status == PD_OK ? PD_OK : PD_FATAL;
        status = try_again(source, limit, &tries, &seconds, err);
    }
    return status;
}

/* ---- At the end ---- */

/* A transaction that is over let go of all tables. */
static pd_status
check_transaction(struct pd_source *source, struct pd_error *err)
{
    struct pd_pool pool = {.host = source->host};
    const char *text = NULL;
    bool is_over;
    pd_status status;

    if (!source->my->is_mariadb)
        return PD_OK; /* others do not tell; the connection is the same at least */
    status = my_value(source->my, &pool, "SELECT @@in_transaction", &text, err);
    is_over = !text || strcmp(text, "1") != 0;
    pd_pool_close(&pool);
    if (status != PD_OK || !is_over)
        return status;
    return source->host->fail(err, PD_FAILED, PD_CAUSE_CHANGED,
                              "the server ended the transaction that kept tables from being "
                              "altered; try again");
}

/* A session that is over let go of its locks. */
static pd_status
check_keeper(struct pd_source *source, struct pd_error *err)
{
    pd_status status = my_run(source->keeper, "DO 0", err);

    if (status == PD_OK || source->host->cancelled(source->host))
        return status;
    return source->host->fail(err, PD_FAILED, PD_CAUSE_CHANGED,
                              "the session that kept tables without transactions locked is gone "
                              "(%s), so their rows may be of several moments; try again",
                              source->keeper->complaint.text);
}

pd_status
snapshot_recheck(struct pd_source *source, struct pd_error *err)
{
    pd_status status;

    scan_end(source);
    status = check_transaction(source, err);
    if (status == PD_OK && source->keeper)
        status = check_keeper(source, err);
    return status == PD_OK ? compare(source, err) : status;
}
