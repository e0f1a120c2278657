// SPDX-License-Identifier: Apache-2.0
/* sqlite - what the reading and the writing half of the plugin share. */
#pragma once

#include <stdbool.h>

#include <polydump/plugin.h>
#include <sqlite3.h>

extern const struct pd_source_ops sqlite_source_ops; /* source.c */
extern const struct pd_sink_ops sqlite_sink_ops;     /* sink.c */
extern const struct pd_dialect sqlite_dialect;       /* declared.c */

/* ---- open.c ---- */

enum sqlite_role {
    SQLITE_ROLE_READER, /* an untrusted file: read only, nothing in it runs, no modules */
    SQLITE_ROLE_WRITER, /* an existing file, to be written; built-in modules are there */
    SQLITE_ROLE_CREATOR /* a new and empty file, which the host has made */
};

/* A connection without a mutex, for one thread at a time, its busy timeout set from the option and
   its progress handler asking host->cancelled. path is always a plain file name, whatever it
   looks like ("file:x?mode=rwc", ":memory:"). */
pd_status sqlite_connect(const struct pd_host *host, const struct pd_options *options,
                         const char *path, enum sqlite_role role, sqlite3 **ret_db,
                         struct pd_error *err);
/* Run statements that give no rows of interest. what: for the message, "cannot begin". */
pd_status sqlite_run(const struct pd_host *host, sqlite3 *db, const char *sql, const char *what,
                     struct pd_error *err);
/* Tell an SQLite error rc of db: cause and way out by its code. The text begins with what was
   wanted ("cannot read table 'x'"). Returns PD_FATAL for what ends the handle (interrupt, memory,
   I/O), else PD_FAILED. */
pd_status sqlite_fail(const struct pd_host *host, sqlite3 *db, int rc, struct pd_error *err,
                      const char *what, ...) PD_PRINTF(5, 6);
/* The same when memory is short. */
pd_status sqlite_no_memory(const struct pd_host *host, struct pd_error *err);
/* The first column of the first row as text in buffer, "" when there is none. */
pd_status sqlite_ask(const struct pd_host *host, sqlite3 *db, const char *sql, char *buffer,
                     size_t size, struct pd_error *err);

/* ---- declared.c ---- */

enum sqlite_affinity {
    SQLITE_AFFINITY_NONE, /* no type at all: as BLOB */
    SQLITE_AFFINITY_BLOB,
    SQLITE_AFFINITY_TEXT,
    SQLITE_AFFINITY_NUMERIC,
    SQLITE_AFFINITY_INTEGER,
    SQLITE_AFFINITY_REAL
};
enum sqlite_affinity sqlite_affinity(const char *declared);
/* The kind of a column, and what its declaration promises beside it. */
void sqlite_declared_type(const char *declared, bool strict, struct pd_type *ret_type,
                          struct pd_type *ret_hint);
/* Append a name as "name", whatever it holds; the only place where names are quoted. */
void sqlite_put_name(sqlite3_str *sql, const char *name);
/* Are two names the same one for SQLite (ASCII case does not count)? */
bool sqlite_same_name(const char *a, const char *b);

/* ---- source.c ---- */

/* A source on a connection that stays the caller's, inside its transaction: for review(). It has
   no twins; the settings that it changes are put back by close(). */
pd_status sqlite_source_borrow(const struct pd_host *host, sqlite3 *db,
                               struct pd_source **ret_source, struct pd_error *err);

/* The moment as canonical text of an instant; CURRENT_TIMESTAMP does not say its zone. */
#define SQLITE_NOW_WITH_ZONE "(strftime('%Y-%m-%d %H:%M:%S+00', 'now'))"
