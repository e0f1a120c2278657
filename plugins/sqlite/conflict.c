// SPDX-License-Identifier: Apache-2.0
/* conflict - --into=append with --on-conflict=skip or update: rows whose key is there already.

   What the data itself has twice is refused as it would be without: every row goes into an empty
   copy of the target's tables first, with all their unique keys and checks, in a private database
   that SQLite keeps in a temporary file. So what the target's own keys then find was there before
   the run: ON CONFLICT is told of no other constraint than those, and with update of the primary
   key alone. */
#include <string.h>

#include "sink.h"

/* What is told to the copy beside rows. A row is a savepoint, and some thousand are a transaction:
   at each commit SQLite looks at every page that waits to be written. */
enum seen_run { RUN_BEGIN, RUN_COMMIT, RUN_SAVE, RUN_RELEASE, RUN_BACK, RUN_COUNT_ };
enum { SEEN_ROWS = 4096 };

struct sink_conflicts {
    sqlite3 *seen; /* the copy */
    sqlite3_stmt *runs[RUN_COUNT_];
    uint32_t n_open;      /* rows since the last commit */
    sqlite3_stmt *insert; /* of the table that is written */
    bool has_hit;         /* the present row was there */
    struct conflict_count {
        sqlite3_int64 n_before;
        uint64_t n_added;
        uint64_t n_updated;
        uint64_t n_skipped;
    } * counts; /* one a table of the catalogue */
};

/* ---- Keys of the target ---- */

static bool
travels(const struct pd_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = pd_column_at(table, i);

        if (!column->generated && !(column->flags & PD_COLUMN_PASSENGER) &&
            sqlite_same_name(column->name, name))
            return true;
    }
    return false;
}

/* Key parts, key by key: its number, the column's name (NULL: an expression), whether the target
   computes it, its default, whether it is of the primary key, its collation. A primary key that is
   the rowid has no index. */
static const char parts_sql[] =
    "SELECT -1, x.name, 0, NULL, 1, NULL, x.pk FROM pragma_table_xinfo(?1, 'main') x WHERE x.pk > "
    "0 "
    "AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?1, 'main') WHERE origin = 'pk') "
    "UNION ALL SELECT l.seq, i.name, x.hidden > 1, x.dflt_value, l.origin = 'pk', i.coll, i.seqno "
    "FROM pragma_index_list(?1, 'main') l JOIN pragma_index_xinfo(l.name, 'main') i ON i.key "
    "LEFT JOIN pragma_table_xinfo(?1, 'main') x ON x.cid = i.cid WHERE l.\"unique\" ORDER BY 1, 7";

enum part_field { PART_KEY, PART_NAME, PART_COMPUTED, PART_DEFAULT, PART_PRIMARY, PART_COLLATION };

struct keys_there {
    const char *lost_default; /* a column of a key, which does not come and has a default */
    const char *lost_primary; /* a column of the primary key that does not come */
    bool has_primary;         /* */
    bool has_usable;          /* a key all of whose columns come */
    int key;                  /* the one that is looked at */
    bool is_usable;           /* it, so far */
    bool memory_short;
};

static void
note_lost(struct keys_there *keys, struct pd_pool *pool, const char *name, const char **ret_lost)
{
    if (!*ret_lost)
        *ret_lost = pd_pool_text(pool, name);
    keys->memory_short = keys->memory_short || !*ret_lost;
}

static void
look_at_part(const struct pd_table *table, sqlite3_stmt *stmt, struct pd_pool *pool,
             struct keys_there *keys)
{
    const char *name = (const char *)sqlite3_column_text(stmt, PART_NAME);
    const char *value = (const char *)sqlite3_column_text(stmt, PART_DEFAULT);
    bool is_primary = sqlite3_column_int(stmt, PART_PRIMARY);

    if (sqlite3_column_int(stmt, PART_KEY) != keys->key) {
        keys->has_usable = keys->has_usable || keys->is_usable;
        keys->key = sqlite3_column_int(stmt, PART_KEY);
        keys->is_usable = true;
    }
    keys->has_primary = keys->has_primary || is_primary;
    if (!name || sqlite3_column_int(stmt, PART_COMPUTED) || travels(table, name))
        return;
    keys->is_usable = false;
    if (is_primary)
        note_lost(keys, pool, name, &keys->lost_primary);
    if (value && !sqlite_same_name(value, "NULL"))
        note_lost(keys, pool, name, &keys->lost_default);
}

static pd_status
read_keys(struct pd_sink *sink, sqlite3 *db, size_t number, struct keys_there *keys,
          struct pd_error *err)
{
    const struct sink_table *t = &sink->tables[number];
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, parts_sql, -1, &stmt, NULL);

    *keys = (struct keys_there){.key = -2};
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, t->name, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        look_at_part(t->table, stmt, &sink->pool, keys);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    keys->has_usable = keys->has_usable || keys->is_usable;
    if (keys->memory_short)
        return sqlite_no_memory(sink->host, err);
    if (rc == SQLITE_DONE)
        return PD_OK;
    return sqlite_fail(sink->host, db, rc, err, "cannot read the keys of table '%s'", t->name);
}

static pd_status
ask_rows(struct pd_sink *sink, sqlite3 *db, const char *name, bool *ret_has_rows,
         struct pd_error *err)
{
    char *sql = sqlite3_mprintf("SELECT EXISTS (SELECT 1 FROM main.\"%w\")", name);
    char answer[8];
    pd_status status = sql ? sqlite_ask(sink->host, db, sql, answer, sizeof answer, err)
                           : sqlite_no_memory(sink->host, err);

    sqlite3_free(sql);
    *ret_has_rows = status != PD_OK || strcmp(answer, "0") != 0;
    return status;
}

/* Where no row is, none has to be found. */
static pd_status
check_keys(struct pd_sink *sink, sqlite3 *db, size_t number, const struct keys_there *keys,
           struct pd_error *err)
{
    const char *name = sink->tables[number].name;
    bool has_rows = !pd_load_empties(&sink->load, number);
    pd_status status = PD_OK;

    if (has_rows && !keys->has_usable && sink->conflict == PD_CONFLICT_SKIP)
        status = ask_rows(sink, db, name, &has_rows, err);
    if (status == PD_OK)
        status = pd_conflict_keys(sink->host, sink->conflict, name, keys->has_usable || !has_rows,
                                  keys->has_primary, keys->lost_primary, err);
    if (status != PD_OK)
        return status;
    if (keys->lost_default)
        return sink->host->fail(
            err, PD_FAILED, PD_CAUSE_CONFLICT,
            "column '%s' of a unique key of table '%s' does not come with the data "
            "and has a default, so that rows would be found by that: leave the "
            "table out with --exclude, or use --on-conflict=error",
            keys->lost_default, name);
    return PD_OK;
}

/* A trigger may pass over a row without a word, which looks like one that is there. */
static pd_status
check_triggers(struct pd_sink *sink, const char *name, struct pd_error *err)
{
    char *sql = sqlite3_mprintf("SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND "
                                "tbl_name = %Q COLLATE NOCASE LIMIT 1",
                                name);
    char trigger[128] = "";
    int fires = 0;
    int rc = sqlite3_db_config(sink->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, -1, &fires);
    pd_status status = PD_OK;

    if (rc != SQLITE_OK)
        status = sink_fail(sink, rc, err, "cannot set up '%s'", sink->path);
    else if (!sql)
        status = sqlite_no_memory(sink->host, err);
    else if (fires)
        status = sqlite_ask(sink->host, sink->db, sql, trigger, sizeof trigger, err);
    sqlite3_free(sql);
    if (status != PD_OK || !*trigger)
        return status;
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "trigger '%s' of table '%s' fires, so that nobody can tell what "
                            "becomes of a row that is there: keep triggers from firing, or use "
                            "--on-conflict=error",
                            trigger, name);
}

pd_status
conflict_check(struct pd_sink *sink, sqlite3 *db, struct pd_error *err)
{
    struct keys_there keys;
    pd_status status = PD_OK;

    for (size_t i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (sink->tables[i].table->flags & PD_TABLE_PASSENGER)
            continue;
        status = read_keys(sink, db, i, &keys, err);
        if (status == PD_OK)
            status = check_keys(sink, db, i, &keys, err);
        if (status == PD_OK && db == sink->db)
            status = check_triggers(sink, sink->tables[i].name, err);
    }
    return status;
}

/* ---- The copy ---- */

static pd_status
fail_seen(struct pd_sink *sink, int rc, struct pd_error *err)
{
    (void)sqlite_fail(sink->host, sink->conflicts->seen, rc, err,
                      "cannot keep in a temporary file what came");
    return PD_FATAL;
}

static const char copy_sql[] =
    "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE "
    "UNION ALL SELECT s.sql FROM pragma_index_list(?1, 'main') l JOIN main.sqlite_schema s ON "
    "s.type = 'index' AND s.name = l.name WHERE l.\"unique\" AND l.origin = 'c'";

static pd_status
copy_table(struct pd_sink *sink, const char *name, struct pd_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(sink->db, copy_sql, -1, &stmt, NULL), made = SQLITE_OK;

    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && made == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *sql = (const char *)sqlite3_column_text(stmt, 0);

        made = sql ? sqlite3_exec(sink->conflicts->seen, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
        rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    if (made != SQLITE_OK)
        return sqlite_fail(sink->host, sink->conflicts->seen, made, err,
                           "cannot make a copy of table '%s' to find double keys by", name);
    if (rc == SQLITE_DONE)
        return PD_OK;
    return sink_fail(sink, rc, err, "cannot read the keys of table '%s'", name);
}

static pd_status
count_rows(struct pd_sink *sink, size_t number, sqlite3_int64 *ret_n, struct pd_error *err)
{
    const char *name = sink->tables[number].name;
    char *sql = sqlite3_mprintf("SELECT count(*) FROM main.\"%w\"", name);
    sqlite3_stmt *stmt = NULL;
    int rc = sql ? sqlite3_prepare_v2(sink->db, sql, -1, &stmt, NULL) : SQLITE_NOMEM;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *ret_n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    return rc == SQLITE_ROW ? PD_OK : sink_fail(sink, rc, err, "cannot count table '%s'", name);
}

/* Called by SQLite when it stands on a row that is there. */
static void
note_hit(sqlite3_context *context, int n_values, sqlite3_value **values)
{
    struct sink_conflicts *conflicts = sqlite3_user_data(context);

    (void)n_values;
    (void)values;
    conflicts->has_hit = true;
    sqlite3_result_int(context, 1);
}

/* The name "" is that of a private file, which is gone with the connection. */
static int
open_seen(struct pd_sink *sink, const char *encoding)
{
    static const char *const runs[RUN_COUNT_] = {[RUN_BEGIN] = "BEGIN",
                                                 [RUN_COMMIT] = "COMMIT",
                                                 [RUN_SAVE] = "SAVEPOINT r",
                                                 [RUN_RELEASE] = "RELEASE r",
                                                 [RUN_BACK] = "ROLLBACK TO r"};
    struct sink_conflicts *c = sink->conflicts;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2("", &c->seen, flags, NULL);
    char *sql = sqlite3_mprintf("PRAGMA encoding = %Q; PRAGMA cache_size = -8192; "
                                "PRAGMA synchronous = OFF",
                                encoding);

    if (rc == SQLITE_OK)
        rc = sql ? target_set_switches(c->seen) : SQLITE_NOMEM;
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(c->seen, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    if (rc == SQLITE_OK)
        rc = feed_register(&sink->feed, c->seen);
    for (int i = 0; i < RUN_COUNT_ && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(c->seen, runs[i], -1, SQLITE_PREPARE_PERSISTENT, &c->runs[i], NULL);
    if (rc == SQLITE_OK)
        rc =
            sqlite3_create_function_v2(sink->db, "polydump_hit", 0, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                       c, note_hit, NULL, NULL, NULL);
    return rc;
}

pd_status
conflict_open(struct pd_sink *sink, struct pd_error *err)
{
    size_t n = sink->catalog->n_tables;
    struct sink_conflicts *c = pd_pool_alloc(&sink->pool, sizeof *c);
    char encoding[16];
    int rc;
    pd_status status = c ? PD_OK : sqlite_no_memory(sink->host, err);

    if (status == PD_OK)
        status =
            sqlite_ask(sink->host, sink->db, "PRAGMA encoding", encoding, sizeof encoding, err);
    if (status != PD_OK)
        return status;
    sink->conflicts = c;
    c->counts = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *c->counts);
    rc = c->counts ? open_seen(sink, encoding) : SQLITE_NOMEM;
    if (rc != SQLITE_OK)
        return fail_seen(sink, rc, err);
    for (size_t i = 0; i < n && status == PD_OK; i++) {
        if (sink->tables[i].passes)
            continue;
        status = copy_table(sink, sink->tables[i].name, err);
        if (status == PD_OK)
            status = count_rows(sink, i, &c->counts[i].n_before, err);
    }
    return status;
}

void
conflict_end(struct pd_sink *sink)
{
    if (!sink->conflicts)
        return;
    sqlite3_finalize(sink->conflicts->insert);
    sink->conflicts->insert = NULL;
}

void
conflict_close(struct pd_sink *sink)
{
    struct sink_conflicts *c = sink->conflicts;

    if (!c)
        return;
    conflict_end(sink);
    for (int i = 0; i < RUN_COUNT_; i++)
        sqlite3_finalize(c->runs[i]);
    sqlite3_close(c->seen);
    sink->conflicts = NULL;
}

/* ---- Statements ---- */

pd_status
conflict_begin(struct pd_sink *sink, const char *insert, struct pd_error *err)
{
    struct sink_conflicts *c = sink->conflicts;
    int rc = sqlite3_prepare_v3(c->seen, insert, -1, SQLITE_PREPARE_PERSISTENT, &c->insert, NULL);

    return rc == SQLITE_OK ? PD_OK : fail_seen(sink, rc, err);
}

/* "(a, b COLLATE c)" */
static int
put_primary(struct pd_sink *sink, const char *table, sqlite3_str *sql, struct pd_pool *pool,
            const char **names, size_t most, size_t *ret_n)
{
    sqlite3_stmt *stmt = NULL;
    size_t n = 0;
    int rc = sqlite3_prepare_v2(sink->db, parts_sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, PART_NAME);
        const char *collation = (const char *)sqlite3_column_text(stmt, PART_COLLATION);

        rc = SQLITE_OK;
        if (!sqlite3_column_int(stmt, PART_PRIMARY) || !name || n == most)
            continue;
        sqlite3_str_appendall(sql, n ? ", " : "(");
        sqlite_put_name(sql, name);
        if (collation) {
            sqlite3_str_appendall(sql, " COLLATE ");
            sqlite_put_name(sql, collation);
        }
        names[n] = pd_pool_text(pool, name);
        rc = names[n++] ? SQLITE_OK : SQLITE_NOMEM;
    }
    sqlite3_str_appendall(sql, ")");
    sqlite3_finalize(stmt);
    *ret_n = n;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static bool
is_among(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (sqlite_same_name(names[i], name))
            return true;
    }
    return false;
}

/* The key itself stays as it is written there. */
static void
put_changes(const struct feed *feed, const char *const *keys, size_t n_keys, sqlite3_str *sql)
{
    uint32_t i, n = 0;

    for (i = 0; i < feed->n_columns; i++) {
        const char *name = feed->columns[i].column->name;

        if (is_among(keys, n_keys, name))
            continue;
        sqlite3_str_appendall(sql, n++ ? ", " : "");
        sqlite_put_name(sql, name);
        sqlite3_str_appendall(sql, " = excluded.");
        sqlite_put_name(sql, name);
    }
    if (n || !n_keys)
        return;
    sqlite_put_name(sql, keys[0]);
    sqlite3_str_appendall(sql, " = ");
    sqlite_put_name(sql, keys[0]);
}

pd_status
conflict_put(struct pd_sink *sink, const struct sink_table *t, sqlite3_str *sql,
             struct pd_error *err)
{
    struct pd_pool pool = {.host = sink->host};
    size_t most = t->table->n_columns + 1, n_keys = 0;
    const char **keys;
    int rc = SQLITE_OK;

    /* Without WHERE, SQLite would take ON for that of a join. */
    sqlite3_str_appendall(sql, " WHERE true ON CONFLICT");
    if (sink->conflict == PD_CONFLICT_SKIP) {
        sqlite3_str_appendall(sql, " DO NOTHING");
        return PD_OK;
    }
    keys = pd_pool_alloc(&pool, most * sizeof *keys);
    rc = keys ? put_primary(sink, t->name, sql, &pool, keys, most, &n_keys) : SQLITE_NOMEM;
    if (rc == SQLITE_OK) {
        sqlite3_str_appendall(sql, " DO UPDATE SET ");
        put_changes(&sink->feed, keys, n_keys, sql);
        sqlite3_str_appendall(sql, " WHERE polydump_hit()");
    }
    pd_pool_close(&pool);
    return rc == SQLITE_OK
               ? PD_OK
               : sink_fail(sink, rc, err, "cannot read the keys of table '%s'", t->name);
}

/* ---- Rows ---- */

static int
run(struct sink_conflicts *c, enum seen_run run)
{
    int rc = sqlite3_step(c->runs[run]);

    sqlite3_reset(c->runs[run]);
    return rc;
}

/* The row that is shown goes into the copy. */
int
conflict_see(struct pd_sink *sink, sqlite3 **ret_db)
{
    struct sink_conflicts *c = sink->conflicts;
    int rc = sqlite3_get_autocommit(c->seen) ? run(c, RUN_BEGIN) : SQLITE_DONE;

    *ret_db = c->seen;
    c->has_hit = false;
    if (rc == SQLITE_DONE)
        rc = run(c, RUN_SAVE);
    return rc == SQLITE_DONE ? sqlite3_step(c->insert) : rc;
}

pd_status
conflict_keep(struct pd_sink *sink, struct pd_error *err)
{
    struct sink_conflicts *c = sink->conflicts;
    struct conflict_count *count = &c->counts[sink->writer.number];
    int rc;

    sqlite3_reset(c->insert);
    rc = run(c, RUN_RELEASE);
    if (rc == SQLITE_DONE && ++c->n_open == SEEN_ROWS) {
        c->n_open = 0;
        rc = run(c, RUN_COMMIT);
    }
    if (rc != SQLITE_DONE)
        return fail_seen(sink, rc, err);
    if (c->has_hit)
        count->n_updated++;
    else if (sqlite3_changes64(sink->db) == 0)
        count->n_skipped++;
    else
        count->n_added++;
    return PD_OK;
}

pd_status
conflict_forget(struct pd_sink *sink, struct pd_error *err)
{
    struct sink_conflicts *c = sink->conflicts;
    int rc;

    sqlite3_reset(c->insert);
    if (sqlite3_get_autocommit(c->seen))
        return PD_OK;
    rc = run(c, RUN_BACK);
    if (rc == SQLITE_DONE)
        rc = run(c, RUN_RELEASE);
    return rc == SQLITE_DONE ? PD_OK : fail_seen(sink, rc, err);
}

/* ---- After the rows ---- */

pd_status
conflict_complete(struct pd_sink *sink, struct pd_error *err)
{
    sqlite3_int64 n_now = 0;
    pd_status status = PD_OK;

    for (size_t i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        const struct conflict_count *count = &sink->conflicts->counts[i];

        if (sink->tables[i].passes)
            continue;
        status = count_rows(sink, i, &n_now, err);
        if (status == PD_OK && n_now != count->n_before + (sqlite3_int64)count->n_added)
            status = sink->host->fail(err, PD_FATAL, PD_CAUSE_DIFFERENT,
                                      "table '%s': it had %lld rows, %llu were added, and it has "
                                      "%lld now",
                                      sink->tables[i].name, (long long)count->n_before,
                                      (unsigned long long)count->n_added, (long long)n_now);
    }
    return status;
}

pd_status
conflict_outcome(struct pd_sink *sink, uint32_t table, struct pd_outcome *outcome,
                 struct pd_error *err)
{
    const struct conflict_count *count;

    if (!sink->conflicts || sink->tables[table].passes)
        return PD_UNSUPPORTED;
    count = &sink->conflicts->counts[table];
    outcome->n_added = count->n_added;
    outcome->n_updated = count->n_updated;
    outcome->n_skipped = count->n_skipped;
    return PD_OK;
}
