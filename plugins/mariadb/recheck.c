// SPDX-License-Identifier: Apache-2.0
/* recheck - is the database still made as it was when the snapshot was taken? */
#include <stdio.h>

#include "session.h"

#include "scan.h"

enum { RECHECK_SHOWN = 200 };

/* ---- Fingerprints ---- */

pd_status
snapshot_fingerprint(struct my *my, struct pd_sql *text, struct pd_error *err)
{
    pd_status status;

    pd_sql_clear(text);
    status = catalog_fingerprint(my, text, err);
    return status == PD_OK && text->failed ? my_no_memory(my->host, err) : status;
}

static bool
is_same(const struct pd_sql *a, const struct pd_sql *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->text, b->text, a->size) == 0);
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
    pd_status status = snapshot_fingerprint(source->my, &now, err);

    if (status == PD_OK && find_altered(&source->fingerprint, &now, &altered)) {
        char name[RECHECK_SHOWN], shown[RECHECK_SHOWN];

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
