// SPDX-License-Identifier: Apache-2.0
/* replay - runs definitions that may come from anywhere, one statement at a time, under an
   authorizer that lets it make one object and nothing else. */
#include <string.h>

#include "sink.h"

struct permit {
    enum replay_kind kind;
    const char *name;
    const char *table;
    bool active;       /* asked for with --native: any function will do */
    char refused[128]; /* what it tried beyond that */
};

bool
replay_is_passive(struct pd_sink *sink, const char *sql)
{
    struct pd_pool pool = {.host = sink->host};
    struct parse_statement *parsed = NULL;
    pd_status status = parse_create(&pool, sql, &parsed);
    bool passive = status == PD_OK && parse_is_passive(parsed) && !parsed->temporary &&
                   !parsed->if_not_exists && !parsed->schema;

    if (status == PD_FATAL)
        sink->memory_short = true;
    pd_pool_close(&pool);
    return passive;
}

static bool
is_catalogue(const char *table)
{
    return table &&
           (sqlite_same_name(table, "sqlite_master") || sqlite_same_name(table, "sqlite_schema") ||
            sqlite_same_name(table, "sqlite_sequence"));
}

/* Tables of a virtual table's own: NAME_data, NAME_node ... */
static bool
is_shadow(const struct permit *p, const char *table)
{
    size_t size = strlen(p->name);

    return p->kind == REPLAY_VIRTUAL && table && sqlite3_strnicmp(table, p->name, (int)size) == 0 &&
           (table[size] == '_' || !table[size]);
}

static bool
is_own(const struct permit *p, const char *name)
{
    return name && (sqlite_same_name(name, p->name) || sqlite_same_name(name, p->table) ||
                    is_catalogue(name) || is_shadow(p, name));
}

static bool
is_auto_index(const char *name)
{
    return name && sqlite3_strnicmp(name, "sqlite_autoindex_", 17) == 0;
}

/* Does the name of the object that is made fit what was announced? */
static bool
may_create(const struct permit *p, int action, const char *one, const char *two)
{
    switch (action) {
    case SQLITE_CREATE_TABLE:
        return (p->kind == REPLAY_TABLE && one &&
                (sqlite_same_name(one, p->name) || sqlite_same_name(one, "sqlite_sequence"))) ||
               is_shadow(p, one);
    case SQLITE_CREATE_INDEX:
        if (p->kind == REPLAY_INDEX)
            return one && two && sqlite_same_name(one, p->name) && sqlite_same_name(two, p->table);
        return is_auto_index(one) ? is_own(p, two) : is_shadow(p, two);
    case SQLITE_CREATE_VIEW:
        return p->kind == REPLAY_VIEW && one && sqlite_same_name(one, p->name);
    case SQLITE_CREATE_TRIGGER:
        return p->kind == REPLAY_TRIGGER && one && sqlite_same_name(one, p->name);
    case SQLITE_CREATE_VTABLE:
        return p->kind == REPLAY_VIRTUAL && one && sqlite_same_name(one, p->name);
    default:
        return false;
    }
}

static bool
may(const struct permit *p, int action, const char *one, const char *two)
{
    switch (action) {
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
        return is_own(p, one);
    case SQLITE_READ:
        /* rtree asks what ANALYZE found about its own rows. */
        return is_own(p, one) ||
               (p->kind == REPLAY_VIRTUAL && one && sqlite_same_name(one, "sqlite_stat1"));
    case SQLITE_DELETE:
        return is_shadow(p, one);
    case SQLITE_REINDEX:
        return p->kind == REPLAY_INDEX && one && sqlite_same_name(one, p->name);
    case SQLITE_FUNCTION:
        return p->active || (two && parse_function_is_harmless(two));
    case SQLITE_SELECT:
    case SQLITE_SAVEPOINT:
        return p->kind == REPLAY_VIRTUAL;
    case SQLITE_PRAGMA:
        return p->kind == REPLAY_VIRTUAL && one && !two &&
               (sqlite_same_name(one, "page_size") || sqlite_same_name(one, "data_version"));
    default:
        return may_create(p, action, one, two);
    }
}

static int
authorize(void *arg, int action, const char *one, const char *two, const char *database,
          const char *inner)
{
    struct permit *p = arg;
    bool in_main = !database || strcmp(database, "main") == 0;

    if (in_main && may(p, action, one, two))
        return SQLITE_OK;
    sqlite3_snprintf(sizeof p->refused, p->refused, "%s%s%s", one ? one : "",
                     one && two ? ", " : "", two ? two : "");
    return SQLITE_DENY;
}

/* Nothing but blanks and comments may stand behind the statement. Whatever else it is, good or bad
   SQL, it is not run. */
static int
look_behind(sqlite3 *db, const char *tail, bool *ret_more)
{
    sqlite3_stmt *more = NULL;
    int rc = sqlite3_prepare_v2(db, tail, -1, &more, NULL);

    sqlite3_finalize(more);
    if ((rc & 0xff) == SQLITE_NOMEM)
        return rc;
    *ret_more = rc != SQLITE_OK || more;
    return SQLITE_OK;
}

int
replay_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt, bool *ret_more)
{
    const char *tail = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, ret_stmt, &tail);

    *ret_more = rc == SQLITE_OK && !*ret_stmt;
    return rc == SQLITE_OK && *ret_stmt ? look_behind(db, tail, ret_more) : rc;
}

static int
run_one(sqlite3 *db, const char *sql, bool *ret_more)
{
    sqlite3_stmt *stmt = NULL;
    int rc = replay_prepare(db, sql, &stmt, ret_more);

    if (rc == SQLITE_OK && !*ret_more)
        rc = sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

pd_status
replay(struct pd_sink *sink, enum replay_kind kind, const char *name, const char *table,
       const char *sql, struct pd_error *err)
{
    static const char *const words[] = {"table", "index", "view", "trigger", "virtual table"};
    struct permit permit = {
        .kind = kind, .name = name, .table = table ? table : name, .active = sink->native};
    bool more;
    int rc;

    sqlite3_set_authorizer(sink->db, authorize, &permit);
    rc = run_one(sink->db, sql, &more);
    sqlite3_set_authorizer(sink->db, NULL, NULL);
    if (rc == SQLITE_OK && !more)
        return PD_OK;
    if (more && rc == SQLITE_OK)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_DATA,
                                "the SQL of %s '%s' is not one statement: it is not run",
                                words[kind], name);
    if ((rc & 0xff) == SQLITE_AUTH)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_DATA,
                                "the SQL of %s '%s' does more than make it (%s): it is not run",
                                words[kind], name, permit.refused);
    return sink_fail(sink, rc, err, "cannot make %s '%s'", words[kind], name);
}
