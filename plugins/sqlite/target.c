// SPDX-License-Identifier: Apache-2.0
/* target - the file that is written: what stands in its place, the partial beside it, and the
   exchange of the two. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink.h"

static const char *const companions[] = {"-journal", "-wal", "-shm"};

/* Something that stands beside a database under its name and one of SQLite's endings. */
static const char *
companion_of(const char *path, char *room, size_t size)
{
    struct stat st;
    size_t i;

    for (i = 0; i < sizeof companions / sizeof *companions; i++) {
        snprintf(room, size, "%s%s", path, companions[i]);
        if (lstat(room, &st) == 0)
            return room;
    }
    return NULL;
}

/* A file renamed onto the name would be overlaid by an old log: its rows would be gone. */
static pd_status
refuse_companions(struct pd_sink *sink, const char *path, struct pd_error *err)
{
    char room[4096 + 16];
    const char *found = companion_of(path, room, sizeof room);

    if (!found)
        return PD_OK;
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "'%s' lies beside the target and would be taken for its log: move it "
                            "away together with the database that it belongs to",
                            found);
}

static pd_status
resolve(struct pd_sink *sink, const char *location, struct pd_error *err)
{
    const struct pd_host *host = sink->host;
    char *real = realpath(location, NULL);
    struct stat st;

    if (!real && errno == ENOMEM)
        return sqlite_no_memory(host, err);
    sink->exists = real != NULL;
    sink->path = pd_pool_text(&sink->pool, real ? real : location);
    free(real);
    if (!sink->path)
        return sqlite_no_memory(host, err);
    if (strlen(sink->path) > 4000)
        return host->fail(err, PD_FAILED, PD_CAUSE_USAGE, "the path of the target is too long");
    if (sink->exists && (stat(sink->path, &st) != 0 || !S_ISREG(st.st_mode)))
        return host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                          "'%s' is not a regular file, name another one", sink->path);
    return PD_OK;
}

/* Run statements on any connection, with the path in what is said: "cannot lock '%s'". */
static pd_status
run_on(struct pd_sink *sink, sqlite3 *db, const char *sql, const char *what, struct pd_error *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? PD_OK : sqlite_fail(sink->host, db, rc, err, what, sink->path);
}

static pd_status
refuse_full(struct pd_sink *sink, sqlite3 *db, struct pd_error *err)
{
    /* Text, since a number would want memory to become some. */
    char found[64];
    pd_status status = sqlite_ask(sink->host, db,
                                  "SELECT type FROM sqlite_schema WHERE type <> 'table' "
                                  "OR name NOT LIKE 'sqlite\\_%' ESCAPE '\\' LIMIT 1",
                                  found, sizeof found, err);

    if (status != PD_OK || !*found)
        return status;
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "'%s' is not empty: use --into=append, --into=truncate or "
                            "--into=replace, or name another file",
                            sink->path);
}

pd_status
target_look(struct pd_sink *sink, const char *location, struct pd_error *err)
{
    pd_status status;

    if (!location || !*location)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                                "no file is named; write sqlite: and the path of a database");
    status = resolve(sink, location, err);
    if (status != PD_OK)
        return status;
    if (!sink->exists && (sink->into == PD_INTO_APPEND || sink->into == PD_INTO_TRUNCATE))
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_MISSING,
                                "there is no '%s' to write into: leave out --into to make it",
                                sink->path);
    return sink->exists ? PD_OK : refuse_companions(sink, sink->path, err);
}

/* A file without a byte is no database yet: SQLite would begin one in it. */
static bool
holds_nothing(const struct pd_sink *sink)
{
    struct stat st;

    return stat(sink->path, &st) == 0 && st.st_size == 0;
}

/* Nobody is writing to the old file now; that nobody is when it is replaced is seen then. */
static pd_status
look_exclusively(struct pd_sink *sink, struct pd_error *err)
{
    sqlite3 *db = NULL;
    pd_status status;

    if (holds_nothing(sink))
        return refuse_companions(sink, sink->path, err);
    status = sqlite_connect(sink->host, sink->options, sink->path, SQLITE_ROLE_WRITER, &db, err);

    if (status != PD_OK)
        return status;
    if (sink->into == PD_INTO_EMPTY)
        status = refuse_full(sink, db, err);
    if (status == PD_OK)
        status = run_on(sink, db, "BEGIN EXCLUSIVE", "cannot lock '%s' to replace it", err);
    sqlite3_close(db);
    return status;
}

int
target_set_switches(sqlite3 *db)
{
    static const struct {
        int option;
        int value;
    } switches[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 0},      /* shadow tables are written as they are */
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, /* what comes from an archive is not trusted */
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, /* rows come in as they are */
        {SQLITE_DBCONFIG_ENABLE_FKEY, 0},    /* in any order */
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0}, /* our own statements mean columns */
        {SQLITE_DBCONFIG_DQS_DDL, 1}, /* old schemas have "strings" */
        {SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0},
    };
    size_t i;
    int rc = SQLITE_OK;

    for (i = 0; i < sizeof switches / sizeof *switches && rc == SQLITE_OK; i++)
        rc = sqlite3_db_config(db, switches[i].option, switches[i].value, NULL);
    return rc;
}

static pd_status
take_over(struct pd_sink *sink, struct pd_error *err)
{
    int rc = target_set_switches(sink->db);

    /* Tables that are there are the user's own: checks and generated columns may call what SQLite
       itself has, as json_valid() of Django. */
    if (rc == SQLITE_OK && sink->in_place)
        rc = sqlite3_db_config(sink->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, NULL);
    if (rc == SQLITE_OK && sink->fires && sink->in_place)
        rc = sqlite3_db_config(sink->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);

    if (rc != SQLITE_OK)
        return sink_fail(sink, rc, err, "cannot set up '%s'", sink->path);
    return run_on(sink, sink->db,
                  "PRAGMA cache_size=-8192; PRAGMA temp_store=FILE; PRAGMA mmap_size=0;"
                  "PRAGMA threads=2; PRAGMA cell_size_check=0",
                  "cannot set up '%s'", err);
}

static bool
is_page_size(long value)
{
    return value >= 512 && value <= 65536 && (value & (value - 1)) == 0;
}

/* Until it is renamed the file is nobody's: no journal, no waiting for the disk. */
#define UNSEEN                                                                                     \
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"                                             \
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA secure_delete=OFF;"

/* What can only be said before the first table. Values come from an archive: they are read as
   what they should be, and never pasted. */
static void
put_birth(const struct pd_sink *sink, sqlite3_str *sql)
{
    static const char *const encodings[] = {"UTF-8", "UTF-16le", "UTF-16be"};
    const char *encoding = sink_property(sink, "encoding");
    const char *page_size = sink_property(sink, "page_size");
    const char *vacuum = sink_property(sink, "auto_vacuum");
    long size = page_size ? strtol(page_size, NULL, 10) : 0;
    long mode = vacuum ? strtol(vacuum, NULL, 10) : 0;
    size_t i;

    if (is_page_size(size))
        sqlite3_str_appendf(sql, "PRAGMA page_size=%ld;", size);
    for (i = 0; encoding && i < sizeof encodings / sizeof *encodings; i++) {
        if (strcmp(encoding, encodings[i]) == 0)
            sqlite3_str_appendf(sql, "PRAGMA encoding='%s';", encodings[i]);
    }
    sqlite3_str_appendf(sql, "PRAGMA auto_vacuum=%ld;", mode == 1 || mode == 2 ? mode : 0L);
    sqlite3_str_appendall(sql, UNSEEN);
    /* What rows break is asked when all are in, as servers do with rows that are there. */
    if (sink->same || !(sink->load.flags & PD_LOAD_REJECTS))
        sqlite3_str_appendall(sql, "PRAGMA ignore_check_constraints=1;");
}

static pd_status
name_partial(struct pd_sink *sink, struct pd_error *err)
{
    char *name = NULL;
    pd_status status = sink->host->file_partial(sink->host, sink->path, &name, err);

    if (status != PD_OK)
        return status;
    sink->partial = pd_pool_text(&sink->pool, name);
    if (!sink->partial)
        unlink(name);
    sink->host->release(sink->host, name);
    return sink->partial ? PD_OK : sqlite_no_memory(sink->host, err);
}

pd_status
target_create(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = sink->exists ? look_exclusively(sink, err) : PD_OK;
    sqlite3_str *sql;

    if (status == PD_OK)
        status = name_partial(sink, err);
    if (status == PD_OK)
        status = sqlite_connect(sink->host, sink->options, sink->partial, SQLITE_ROLE_CREATOR,
                                &sink->db, err);
    if (status == PD_OK)
        status = take_over(sink, err);
    if (status != PD_OK)
        return status;
    sql = sqlite3_str_new(sink->db);
    put_birth(sink, sql);
    sqlite3_str_appendall(sql, "BEGIN");
    status = sink_run(sink, sql, err, "cannot begin");
    sink->in_transaction = status == PD_OK;
    return status;
}

pd_status
target_reopen(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = sqlite_connect(sink->host, sink->options, sink->partial, SQLITE_ROLE_WRITER,
                                      &sink->db, err);

    if (status == PD_OK)
        status = take_over(sink, err);
    if (status == PD_OK)
        status = sink_exec(sink, UNSEEN "BEGIN", "cannot begin", err);
    sink->in_transaction = status == PD_OK;
    return status;
}

pd_status
target_enter(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    if (!sink->exists)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_MISSING, "there is no '%s' to write into",
                                sink->path);
    status =
        sqlite_connect(sink->host, sink->options, sink->path, SQLITE_ROLE_WRITER, &sink->db, err);
    if (status == PD_OK)
        status = take_over(sink, err);
    if (status == PD_OK)
        status = run_on(sink, sink->db, "PRAGMA synchronous=FULL; BEGIN EXCLUSIVE",
                        "cannot lock '%s' to write into it", err);
    sink->in_transaction = status == PD_OK;
    return status;
}

/* The mode and, if we may, the owner of the old file. */
static pd_status
keep_mode(struct pd_sink *sink, struct pd_error *err)
{
    struct stat st;

    if (!sink->exists || stat(sink->path, &st) != 0)
        return PD_OK;
    /* Only a privileged user can give a file away; whoever cannot, keeps it. */
    if (chown(sink->partial, st.st_uid, st.st_gid) != 0)
        st.st_mode &= ~(mode_t)(S_ISUID | S_ISGID);
    if (chmod(sink->partial, st.st_mode & 07777) != 0)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_IO, "cannot set the mode of '%s': %m",
                                sink->partial);
    return PD_OK;
}

/* The journal mode stands in the file; it is set last, since only one mode leaves nothing beside
   the file. */
static pd_status
set_journal_mode(struct pd_sink *sink, struct pd_error *err)
{
    const char *mode = sink_property(sink, "journal_mode");
    sqlite3 *db = NULL;
    char now[16];
    pd_status status;

    if (!mode || strcmp(mode, "wal") != 0)
        return refuse_companions(sink, sink->partial, err);
    status = sqlite_connect(sink->host, sink->options, sink->partial, SQLITE_ROLE_WRITER, &db, err);
    if (status == PD_OK)
        status =
            run_on(sink, db, "PRAGMA journal_mode=WAL", "cannot set the journal mode of '%s'", err);
    if (status == PD_OK)
        status = sqlite_ask(sink->host, db, "PRAGMA journal_mode", now, sizeof now, err);
    if (status == PD_OK && strcmp(now, "wal") != 0)
        status = sink->host->fail(err, PD_FATAL, PD_CAUSE_IO,
                                  "'%s' cannot be set to journal mode wal here", sink->partial);
    sqlite3_close(db);
    return status == PD_OK ? refuse_companions(sink, sink->partial, err) : status;
}

/* The old file while it is being replaced. */
struct old_file {
    sqlite3 *db;
    bool was_wal;
};

/* Without a rename it is as it was, and in the journal mode that it was in. */
static void
release_old(struct pd_sink *sink, struct old_file *old)
{
    if (old->db && old->was_wal && !sink->published)
        sqlite3_exec(old->db, "ROLLBACK; PRAGMA journal_mode=WAL", NULL, NULL, NULL);
    sqlite3_close(old->db);
    old->db = NULL;
}

/* Leave WAL mode, which takes its log away, and hold the lock until the rename is done. */
static pd_status
lock_old(struct pd_sink *sink, struct old_file *old, struct pd_error *err)
{
    char mode[16];
    pd_status status;

    if (holds_nothing(sink))
        return refuse_companions(sink, sink->path, err);
    status =
        sqlite_connect(sink->host, sink->options, sink->path, SQLITE_ROLE_WRITER, &old->db, err);
    if (status == PD_OK && sink->into == PD_INTO_EMPTY)
        status = refuse_full(sink, old->db, err);
    if (status == PD_OK)
        status = sqlite_ask(sink->host, old->db, "PRAGMA journal_mode", mode, sizeof mode, err);
    if (status != PD_OK)
        return status;
    old->was_wal = strcmp(mode, "wal") == 0;
    status = run_on(sink, old->db, "PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE",
                    "cannot have '%s' to ourselves to replace it", err);
    return status == PD_OK ? refuse_companions(sink, sink->path, err) : status;
}

pd_status
target_publish(struct pd_sink *sink, struct pd_error *err)
{
    struct old_file old = {NULL, false};
    struct stat st;
    bool exists = sink->exists && stat(sink->path, &st) == 0;
    pd_status status = set_journal_mode(sink, err);

    if (status == PD_OK)
        status = keep_mode(sink, err);
    if (status == PD_OK)
        status = exists ? lock_old(sink, &old, err) : refuse_companions(sink, sink->path, err);
    if (status == PD_OK)
        status = sink->host->file_publish(sink->host, sink->partial, sink->path, exists, err);
    sink->published = status == PD_OK;
    release_old(sink, &old);
    return status;
}

void
target_drop(struct pd_sink *sink)
{
    char room[4096 + 64];
    size_t i;

    if (sink->db && sink->in_transaction && sink->in_place)
        sqlite3_exec(sink->db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(sink->db);
    sink->db = NULL;
    if (!sink->partial || sink->published)
        return;
    unlink(sink->partial);
    for (i = 0; i < sizeof companions / sizeof *companions; i++) {
        snprintf(room, sizeof room, "%s%s", sink->partial, companions[i]);
        unlink(room);
    }
}
