// SPDX-License-Identifier: Apache-2.0
/* open - connections that trust nothing in the file, and SQLite's errors told in our words. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite.h"

enum { OPEN_PROGRESS_STEPS = 20000, OPEN_WAIT_MS = 20 };

/* What the busy handler needs to know; it lives as long as its connection. */
struct open_wait {
    const struct pd_host *host;
    int64_t limit_ms;
};

static int
open_busy(void *arg, int n_calls)
{
    const struct open_wait *wait = arg;

    if (wait->host->cancelled(wait->host) || (int64_t)n_calls * OPEN_WAIT_MS >= wait->limit_ms)
        return 0;
    sqlite3_sleep(OPEN_WAIT_MS);
    return 1;
}

static int
open_progress(void *arg)
{
    const struct pd_host *host = ((const struct open_wait *)arg)->host;

    return host->cancelled(host);
}

static void
open_wait_function(sqlite3_context *context, int n_values, sqlite3_value **values)
{
    const struct open_wait *wait = sqlite3_user_data(context);

    (void)n_values;
    (void)values;
    sqlite3_result_int64(context, wait->limit_ms);
}

/* SQLite frees the data of a function with the connection; older versions have no other place
   where a connection could own something. */
static int
open_set_waiting(const struct pd_host *host, const struct pd_options *options, sqlite3 *db)
{
    const char *seconds = options ? host->option(options, "busy-timeout") : NULL;
    struct open_wait *wait = sqlite3_malloc(sizeof *wait);
    int rc;

    if (!wait)
        return SQLITE_NOMEM;
    wait->host = host;
    wait->limit_ms = (seconds ? strtoll(seconds, NULL, 10) : 30) * 1000;
    rc = sqlite3_create_function_v2(db, "polydump_busy_timeout", 0, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                    wait, open_wait_function, NULL, NULL, sqlite3_free);
    if (rc != SQLITE_OK)
        return rc; /* wait was freed */
    sqlite3_progress_handler(db, OPEN_PROGRESS_STEPS, open_progress, wait);
    return sqlite3_busy_handler(db, open_busy, wait);
}

static int
open_compare_bytes(void *arg, int n_a, const void *a, int n_b, const void *b)
{
    int order = memcmp(a, b, (size_t)(n_a < n_b ? n_a : n_b));

    (void)arg;
    return order ? order : n_a - n_b;
}

/* Collations of an application stand only in the way of a reader, who never orders by them. */
static void
open_stand_in(void *arg, sqlite3 *db, int encoding, const char *name)
{
    (void)arg;
    sqlite3_create_collation(db, name, encoding, NULL, open_compare_bytes);
}

/* Switches of the reader; the writer sets its own. */
static int
open_harden(sqlite3 *db)
{
    static const struct {
        int option;
        int value;
    } switches[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0}, /* a column that is not there is no string */
        {SQLITE_DBCONFIG_DQS_DDL, 1}, /* but old schemas have such strings */
    };
    size_t i;
    int rc, now = 0;

    for (i = 0; i < sizeof switches / sizeof *switches; i++) {
        rc = sqlite3_db_config(db, switches[i].option, switches[i].value, &now);
        if (rc != SQLITE_OK || now != switches[i].value)
            return rc != SQLITE_OK ? rc : SQLITE_ERROR;
    }
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
    sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
    /* No code of FTS or R-tree ever sees what is in the file. */
    rc = sqlite3_drop_modules(db, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_collation_needed(db, NULL, open_stand_in);
    if (rc != SQLITE_OK)
        return rc;
    return sqlite3_exec(db,
                        "PRAGMA query_only=1; PRAGMA cell_size_check=1; PRAGMA mmap_size=0;"
                        "PRAGMA reverse_unordered_selects=0",
                        NULL, NULL, NULL);
}

/* A name that SQLite takes for nothing but a file: "" and what begins with ":" or "file:" mean
   something else to it. To be given to sqlite3_free(). */
static char *
open_literal_name(const char *path)
{
    return sqlite3_mprintf("%s%s", path[0] == '/' ? "" : "./", path);
}

static pd_status
open_check_file(const struct pd_host *host, const char *path, struct pd_error *err)
{
    struct stat st;

    if (!*path)
        return host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "no file is named; write sqlite: and the path of a database");
    /* Not by opening it: closing a second descriptor would drop the locks that this process
       holds on the file. */
    if (stat(path, &st) != 0)
        return host->fail(err, PD_FAILED, PD_CAUSE_CONNECT, "cannot open '%s': %m", path);
    if (!S_ISREG(st.st_mode))
        return host->fail(err, PD_FAILED, PD_CAUSE_CONNECT,
                          "'%s' is not a SQLite database: it is %s", path,
                          S_ISDIR(st.st_mode) ? "a folder" : "not a regular file");
    return PD_OK;
}

static int
open_database(const struct pd_host *host, const struct pd_options *options, const char *path,
              enum sqlite_role role, sqlite3 **ret_db)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE |
                (role == SQLITE_ROLE_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    char *name = open_literal_name(path);
    int rc;

    if (!name)
        return SQLITE_NOMEM;
    rc = sqlite3_open_v2(name, ret_db, flags, NULL);
    sqlite3_free(name);
    if (rc == SQLITE_OK)
        rc = open_set_waiting(host, options, *ret_db);
    if (rc == SQLITE_OK && role == SQLITE_ROLE_READER)
        rc = open_harden(*ret_db);
    /* The file is touched here for the first time; its schema is not loaded yet. */
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(*ret_db, "PRAGMA main.schema_version", NULL, NULL, NULL);
    return rc;
}

pd_status
sqlite_connect(const struct pd_host *host, const struct pd_options *options, const char *path,
               enum sqlite_role role, sqlite3 **ret_db, struct pd_error *err)
{
    sqlite3 *db = NULL;
    int rc;
    pd_status status = open_check_file(host, path, err);

    if (status != PD_OK)
        return status;
    rc = open_database(host, options, path, role, &db);
    if (rc != SQLITE_OK) {
        status = sqlite_fail(host, db, rc, err, "cannot open '%s'", path);
        sqlite3_close(db);
        return status;
    }
    *ret_db = db;
    return PD_OK;
}

pd_status
sqlite_run(const struct pd_host *host, sqlite3 *db, const char *sql, const char *what,
           struct pd_error *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? PD_OK : sqlite_fail(host, db, rc, err, "%s", what);
}

pd_status
sqlite_ask(const struct pd_host *host, sqlite3 *db, const char *sql, char *buffer, size_t size,
           struct pd_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

    buffer[0] = 0;
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        bool is_null = sqlite3_column_type(stmt, 0) == SQLITE_NULL; /* before it is converted */
        const char *text = (const char *)sqlite3_column_text(stmt, 0);

        if (text)
            snprintf(buffer, size, "%s", text);
        else if (!is_null)
            rc = SQLITE_NOMEM; /* the only reason for text to be missing */
    }
    sqlite3_finalize(stmt);
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return PD_OK;
    return sqlite_fail(host, db, rc, err, "cannot run '%s'", sql);
}

pd_status
sqlite_no_memory(const struct pd_host *host, struct pd_error *err)
{
    return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "memory is short");
}

struct open_trouble {
    int code; /* extended, or primary when nothing more special stands before it */
    int cause;
    int status;
    const char *advice;
};

static const struct open_trouble *
open_find_trouble(int rc)
{
    static const struct open_trouble troubles[] = {
        {SQLITE_READONLY_ROLLBACK, PD_CAUSE_CONNECT, PD_FATAL,
         "its journal holds a transaction that was broken off: open it once with a program that "
         "may write, such as sqlite3, so that it is rolled back"},
        {SQLITE_READONLY_CANTINIT, PD_CAUSE_CONNECT, PD_FATAL,
         "its write-ahead log cannot be used here: make the folder writable, or copy the database "
         "together with its -wal file"},
        {SQLITE_READONLY_RECOVERY, PD_CAUSE_CONNECT, PD_FATAL,
         "its write-ahead log wants recovery: make the folder writable, or copy the database "
         "together with its -wal file"},
        {SQLITE_READONLY, PD_CAUSE_CONNECT, PD_FATAL,
         "it cannot be used without writing beside it: make the file and its folder writable, or "
         "work on a copy"},
        {SQLITE_CANTOPEN, PD_CAUSE_CONNECT, PD_FATAL,
         "check the rights of the file, and of its folder when it has a write-ahead log"},
        {SQLITE_NOTADB, PD_CAUSE_CONNECT, PD_FATAL,
         "it is not a SQLite database, or it is encrypted"},
        {SQLITE_CORRUPT, PD_CAUSE_CORRUPT, PD_FAILED,
         "the file is damaged: see PRAGMA integrity_check, and .recover of sqlite3"},
        {SQLITE_BUSY, PD_CAUSE_CONFLICT, PD_FAILED,
         "another process holds a lock: wait for it, or give --busy-timeout"},
        {SQLITE_LOCKED, PD_CAUSE_CONFLICT, PD_FAILED, "another connection holds a lock"},
        {SQLITE_IOERR_NOMEM, PD_CAUSE_MEMORY, PD_FATAL, NULL},
        {SQLITE_IOERR, PD_CAUSE_IO, PD_FATAL, "check the disk"},
        {SQLITE_FULL, PD_CAUSE_IO, PD_FATAL, "make room"},
        {SQLITE_NOMEM, PD_CAUSE_MEMORY, PD_FATAL, NULL},
        {SQLITE_INTERRUPT, PD_CAUSE_CANCELLED, PD_FATAL, NULL},
        {SQLITE_PERM, PD_CAUSE_AUTH, PD_FATAL, "check the rights of the file"},
        {SQLITE_AUTH, PD_CAUSE_AUTH, PD_FAILED, NULL},
        {SQLITE_TOOBIG, PD_CAUSE_LIMIT, PD_FAILED, "the value is larger than SQLite admits"},
        {SQLITE_CONSTRAINT, PD_CAUSE_DATA, PD_FAILED, NULL},
        {SQLITE_MISMATCH, PD_CAUSE_DATA, PD_FAILED, NULL},
        {SQLITE_SCHEMA, PD_CAUSE_CHANGED, PD_FAILED, NULL},
        {SQLITE_MISUSE, PD_CAUSE_BUG, PD_FAILED, NULL},
        {SQLITE_ERROR, PD_CAUSE_QUERY, PD_FAILED, NULL},
    };
    size_t i, n = sizeof troubles / sizeof *troubles;

    for (i = 0; i + 1 < n; i++) {
        if (troubles[i].code == rc || troubles[i].code == (rc & 0xff))
            break;
    }
    return &troubles[i];
}

pd_status
sqlite_fail(const struct pd_host *host, sqlite3 *db, int rc, struct pd_error *err, const char *what,
            ...)
{
    const struct open_trouble *trouble = open_find_trouble(rc);
    const char *message =
        db && sqlite3_extended_errcode(db) == rc ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
    char wanted[512], code[16];
    pd_status status;
    va_list list;

    va_start(list, what);
    vsnprintf(wanted, sizeof wanted, what, list);
    va_end(list);
    if (host->cancelled(host))
        return host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "%s: the run was interrupted", wanted);
    status = host->fail(err, trouble->status, trouble->cause, "%s: %s%s%s", wanted, message,
                        trouble->advice ? "; " : "", trouble->advice ? trouble->advice : "");
    snprintf(code, sizeof code, "%d", rc);
    host->detail(err, "sqlite", code);
    return status;
}
