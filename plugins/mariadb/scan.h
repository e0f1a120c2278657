// SPDX-License-Identifier: Apache-2.0
/* scan - state of a reading handle, and what its files share. */
#pragma once

#include <pthread.h>

#include "decode.h"

/* A cell of the batch handed over last that is not in it. */
struct long_cell {
    const uint8_t *bytes; /* in the library's buffer; NULL: the cell is in the batch */
    size_t size;
};

/* One table being read. All zero: none. */
struct scan {
    const struct pd_table *table;
    const struct my_table *plan;
    struct pd_builder builder;
    struct decoder decoder;
    char *condition; /* of the user; NULL: none */
    struct pd_range range;
    uint32_t order; /* enum pd_order */
    bool ended;
    MYSQL_STMT *stmt;
    uint64_t n_rows;         /* that came */
    bool is_pending;         /* a row came that has to stand alone */
    struct long_cell *cells; /* the batch handed over last has long cells: one a column of the
                                table; NULL: it has none */
};

/* What was read to its end by the session's last statement. All zero: nothing. */
struct sent {
    const struct pd_table *table;
    struct pd_range range;
};

enum { SOURCE_MOST_SPARES = 7 };

struct pd_source {
    const struct pd_host *host;
    const struct pd_endpoint *end;
    struct my *my;
    struct pd_source *origin; /* NULL: this is no twin */
    struct scan scan;
    struct sent sent;
    struct pd_pool facts; /* what my_source_facts() handed out last */

    /* The origin's alone. */
    const struct my_staged *staged; /* NULL: the database as it is */
    struct my_catalog *catalog;
    struct pd_sql fingerprint; /* of the database when the snapshot was taken */
    bool is_borrowed;          /* my is the sink's, in the middle of its transaction */
    bool is_waiting;           /* the snapshot could not be taken because of others' locks */
    struct my *keeper;         /* holds the locks on tables without transactions; NULL: none */
    /* Connections on the snapshot that nobody reads from yet: it cannot be joined later. */
    struct my *spares[SOURCE_MOST_SPARES];
    unsigned n_spares;
    pthread_mutex_t mutex; /* of spares */
};

static inline struct pd_source *
my_source_origin(struct pd_source *source)
{
    return source->origin ? source->origin : source;
}

/* ---- source.c ---- */

/* NULL: there is no such table. */
const struct pd_table *my_source_table(struct pd_source *source, uint32_t number,
                                       const struct my_table **ret_plan);
pd_status my_source_new(const struct pd_host *host, const struct pd_endpoint *end,
                        struct pd_source **ret_source, struct pd_error *err);
void my_source_close(struct pd_source *source);

/* ---- snapshot.c ---- */

/* The catalogue, and readers that see the rows of one moment, of tables that nobody can alter
   meanwhile. */
pd_status snapshot_take(struct pd_source *source, struct pd_error *err);

/* ---- recheck.c ---- */

/* Is the database still what it was, and was it kept from being altered? */
pd_status snapshot_recheck(struct pd_source *source, struct pd_error *err);
/* How the database is made, in place of what text had. */
pd_status snapshot_fingerprint(struct my *my, struct pd_sql *text, struct pd_error *err);

/* ---- locks.c: what keeps everybody from writing while the snapshot is taken ---- */

enum lock_mode {
    LOCK_BACKUP, /* nobody commits: BACKUP STAGE */
    LOCK_GLOBAL, /* nobody writes: FLUSH TABLES WITH READ LOCK */
    LOCK_TABLES, /* nobody writes to these tables */
    LOCK_NONE    /* there is no right to do so; good for one reader */
};

/* Takes the first lock that the server and the user's rights admit, from LOCK_BACKUP on. PD_RETRY:
   others hold what is wanted. */
pd_status lock_take(struct my *my, const struct my_catalog *catalog, enum lock_mode *ret_mode,
                    struct pd_error *err);
void lock_release(struct my *my, enum lock_mode mode);
/* How long the session waits for locks from now on; 0: as long as the user said. */
pd_status lock_patience(struct my *my, unsigned seconds, struct pd_error *err);
/* Nobody alters, empties or replaces a table until the session's transaction ends. */
pd_status lock_guard(struct my *my, const struct my_catalog *catalog, struct pd_error *err);
/* Locks the tables whose rows are in no snapshot. */
pd_status lock_keep(struct my *my, const struct my_catalog *catalog, struct pd_error *err);
/* The name of a table whose rows are in no snapshot; NULL: there is none. */
const char *lock_needed(const struct my_catalog *catalog);
/* Seconds that the user lets it wait for locks; 0: for ever. */
unsigned lock_limit(const struct my *my);
/* Was the session's last complaint that somebody else holds a lock? */
bool lock_has_waited(const struct my *my);
/* PD_RETRY rather than PD_FAILED when it may be otherwise next time. */
pd_status lock_retry(const struct my *my, pd_status status);

/* ---- share.c ---- */

pd_status my_source_share(struct pd_source *source, struct pd_source **ret_twin,
                          struct pd_error *err);

/* Before a twin is closed: its connection, for the next who asks. */
void share_give_back(struct pd_source *twin);

/* ---- extent.c ---- */

pd_status my_source_extent(struct pd_source *source, uint32_t number, struct pd_extent *extent,
                           struct pd_error *err);

/* ---- facts.c ---- */

pd_status my_source_facts(struct pd_source *source, const struct pd_scan *scan, int level,
                          const struct pd_fact **ret_facts, size_t *ret_n_facts,
                          struct pd_error *err);

/* ---- select.c: the SQL of a scan ---- */

/* " FROM ... WHERE ...": the rows of the scan, in no order. */
void select_put(struct pd_sql *sql, const struct scan *scan, const struct my *my);
/* The whole statement. */
void select_put_all(struct pd_sql *sql, const struct scan *scan, const struct my *my);
/* The text of a set: an empty label that comes first has its comma: ",a", or "," alone. */
void select_put_set(struct pd_sql *sql, const char *name, const struct pd_type *type);
/* A condition that is true where a column's text does not come back from UTF-8. */
void select_put_is_raw(struct pd_sql *sql, const struct my_column *column);
/* "SELECT ", or with HIGH_PRIORITY: writers that wait for a table without transactions would keep
   readers of it waiting, which the writers wait for. */
void select_put_word(struct pd_sql *sql, const struct my_table *plan);
/* The axis that ranges of the scan are on; NULL: there is none. */
const char *select_axis(const struct my_table *plan);

/* ---- where.c ---- */

/* Is the user's condition one, and nothing besides? */
pd_status where_check(struct pd_source *source, struct pd_error *err);

/* ---- scan.c ---- */

pd_status scan_start(struct pd_source *source, const struct pd_scan *order, struct pd_error *err);
pd_status scan_read(struct pd_source *source, const struct pd_batch **ret_batch,
                    struct pd_error *err);
/* Drops what was begun. */
void scan_end(struct pd_source *source);
/* The row that the server sent last is broken. */
pd_status scan_broken(struct pd_source *source, struct pd_error *err);
pd_status scan_no_batch(struct pd_source *source, struct pd_error *err);

/* ---- longcell.c ---- */

/* The row that the server sent last, as a batch of its own. */
pd_status long_read_row(struct pd_source *source, const struct pd_batch **ret_batch,
                        struct pd_error *err);
/* Forget the cells of the batch before. */
void long_end(struct pd_source *source);
pd_status my_source_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                              void *buffer, size_t size, struct pd_error *err);

/* ---- identity.c: pd_source_ops.identity ---- */

pd_status identity_of_source(struct pd_source *source, char *buffer, size_t size,
                             struct pd_error *err);
