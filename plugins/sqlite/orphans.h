// SPDX-License-Identifier: Apache-2.0
/* orphans - rows of the target that point nowhere: the foreign keys that it has, how many rows
   break one, and which is the first. */
#pragma once

#include "sink.h"

/* A foreign key of the target. */
struct orphans_link {
    const char *child;
    const char *parent; /* as the key names it */
    const char *label;  /* the key's name, or that of its first column */
    const char **from;  /* columns of the child */
    const char **to;    /* of the parent */
    size_t n;
    size_t from_room;
    size_t to_room;
    int id;          /* as pragma_foreign_key_list counts: from the last one of the statement on */
    bool has_parent; /* there is such a table */
    bool is_emptied; /* the child: it has no rows but those that come */
    int64_t n_before;
};

struct orphans_links {
    struct orphans_link *list; /* by child, then by id */
    size_t n;
    size_t room;
};

/* The keys of one table, or of all (NULL), in the pool. */
pd_status orphans_read(struct pd_sink *sink, struct pd_pool *pool, const char *table,
                       struct orphans_links *ret_links, struct pd_error *err);
/* Can SQLite look up the keys of this table at all? Says so otherwise. */
pd_status orphans_can_look(struct pd_sink *sink, const char *table, bool *ret_can,
                           struct pd_error *err);
/* The number of the run's table that the target calls so; n_tables: it is none of them. */
size_t orphans_table(const struct pd_sink *sink, const char *name);
/* " FROM ... WHERE ...": the rows that break the key. */
void orphans_put(const struct orphans_link *link, sqlite3_str *sql);
/* How many there are, of those; rows: " FROM ... WHERE ..." of the key's child. */
pd_status orphans_count(struct pd_sink *sink, const struct orphans_link *link, int64_t *ret_n,
                        struct pd_error *err);
pd_status orphans_count_rows(struct pd_sink *sink, const struct orphans_link *link,
                             const char *rows, int64_t *ret_n, struct pd_error *err);
/* "id = '5', part = 'a'" of the first of rows; rows: " FROM ... WHERE ..." of the table. */
enum { ORPHANS_KEY = 256 };
pd_status orphans_first(struct pd_sink *sink, const char *table, const char *rows,
                        char key[ORPHANS_KEY], struct pd_error *err);
/* Do no rows break the key of the table, as far as was noted while they were written? */
bool refs_hold(const struct pd_sink *sink, size_t table, const struct orphans_link *link);
/* orphans_first() of a key's. */
pd_status orphans_first_of(struct pd_sink *sink, const struct orphans_link *link,
                           char key[ORPHANS_KEY], struct pd_error *err);
