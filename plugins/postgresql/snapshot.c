// SPDX-License-Identifier: Apache-2.0
/* snapshot - one moment for all tables and all readers. A snapshot does not keep others from
   rewriting, emptying or swapping a table, whose rows are then gone for it. So all relations are
   locked first, in the transaction whose snapshot is only taken by the statement after: LOCK TABLE
   takes none. What that snapshot lists must be what is locked, and what the server goes by. */
#include <stdio.h>
#include <stdlib.h>

#include "scan.h"

/* Columns of details_sql. */
enum { DETAIL_OID, DETAIL_NAME, DETAIL_NODE, DETAIL_LIVE_NODE, DETAIL_LIVE_OID };

/* The first three are read in the statement's snapshot; the last two are what the server goes by at
   this moment, whatever the snapshot. */
static const char details_sql[] =
    "SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relfilenode,"
    " coalesce(pg_catalog.pg_relation_filenode(c.oid), 0),"
    " coalesce(pg_catalog.to_regclass(pg_catalog.format('%I.%I', n.nspname, c.relname))"
    "  ::pg_catalog.oid, 0)"
    " FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE c.oid = ANY ($1::pg_catalog.oid[]) ORDER BY c.oid";

/* What types are made of changes in spite of the locks on the tables that have them: labels of
   enums, and attributes of composite types. A row's xmin tells also what was changed and changed
   back; a composite type has a state of its own, since rows are printed with new attributes too. */
/* Values of regclass and the like are names of views, types and routines, which no lock holds: they
   are printed as they are called at that moment. Indexes are made and dropped by REINDEX
   CONCURRENTLY. */
#define NAMED(class, key, type, space)                                                             \
    " UNION ALL SELECT 'n" key "' || x.oid, x.oid::pg_catalog." type "::pg_catalog.text,"          \
    " pg_catalog.pg_describe_object('pg_catalog." class "'::pg_catalog.regclass, x.oid, 0), NULL " \
                                                        "FROM pg_catalog." class                   \
        " AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x." space                              \
        " AND n.nspname !~ '^pg_' WHERE x.oid >= 16384 AND (SELECT u.is_so FROM uses_names AS u)"
#define USES_NAMES                                                                                 \
    "WITH names(oid) AS (SELECT pg_catalog.unnest(ARRAY[r.oid, r.typarray])"                       \
    " FROM pg_catalog.pg_type AS r WHERE r.typname LIKE 'reg%' AND r.oid < 16384),"                \
    " uses_names(is_so) AS (SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute AS a"             \
    " JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'c')"        \
    " WHERE c.oid >= 16384 AND a.attnum > 0 AND a.atttypid IN (SELECT m.oid FROM names AS m))"     \
    " OR EXISTS (SELECT 1 FROM pg_catalog.pg_type AS t WHERE t.oid >= 16384"                       \
    " AND t.typbasetype IN (SELECT m.oid FROM names AS m)))"

static const char members_sql[] = USES_NAMES
    " SELECT m.key, m.state, m.what, m.type FROM ("
    "SELECT 'e' || e.oid AS key, e.xmin::pg_catalog.text AS state,"
    " 'label ' || pg_catalog.quote_literal(e.enumlabel) AS what,"
    " e.enumtypid::pg_catalog.regtype AS type FROM pg_catalog.pg_enum AS e UNION ALL"
    " SELECT 'a' || a.attrelid || '.' || a.attnum, a.xmin::pg_catalog.text,"
    " 'attribute ' || pg_catalog.quote_literal(a.attname), c.reltype::pg_catalog.regtype"
    " FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid"
    " WHERE c.relkind = 'c' AND a.attnum > 0 UNION ALL"
    " SELECT 'c' || c.oid, c.relnatts::pg_catalog.text, 'the number of attributes',"
    " c.reltype::pg_catalog.regtype FROM pg_catalog.pg_class AS c WHERE c.relkind = 'c'"
    /* clang-format off */
    NAMED("pg_type", "t", "regtype", "typnamespace")
    " AND x.typcategory <> 'A'"
    NAMED("pg_proc", "p", "regprocedure", "pronamespace")
    NAMED("pg_operator", "o", "regoperator", "oprnamespace")
    NAMED("pg_class", "c", "regclass", "relnamespace")
    " AND x.relkind NOT IN ('i', 'I', 't')"
                                                           /* clang-format on */
                                                           ") AS m ORDER BY m.key COLLATE \"C\"";
#define LOCK_NOT_AVAILABLE "55P03"

enum { MEMBER_KEY, MEMBER_STATE, MEMBER_WHAT, MEMBER_TYPE };

/* NOT IN is hashed. */
static const char unlocked_sql[] =
    "SELECT o.oid::pg_catalog.regclass FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS o(oid)"
    " WHERE o.oid NOT IN (SELECT l.relation FROM pg_catalog.pg_locks AS l"
    "  WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid() AND l.granted"
    "  AND l.relation IS NOT NULL) LIMIT 1";

/* PD_RETRY: it may be otherwise next time. */
static pd_status
changed(struct pd_source *source, struct pd_error *err, const char *name, const char *what)
{
    return source->host->fail(err, PD_RETRY, PD_CAUSE_CHANGED,
                              "relation %.200s %s while it was about to be read; dump again when "
                              "nobody alters tables",
                              name, what);
}

/* ---- Listing ---- */

static const char *
oids_text(struct pd_source *source, const PGresult *relations, struct pd_sql *sql)
{
    int i, n = PQntuples(relations);

    pd_sql_add(sql, "{");
    for (i = 0; i < n; i++) {
        pd_sql_add(sql, i ? "," : "");
        pd_sql_add(sql, PQgetvalue(relations, i, 0));
    }
    pd_sql_add(sql, "}");
    return pd_sql_text(sql) ? pd_pool_text(&source->pool, pd_sql_text(sql)) : NULL;
}

static pd_status
read_details(struct pd_source *source, const char *oids, PGresult **ret_details,
             struct pd_error *err)
{
    return pg_query(source->pg, details_sql, 1, &oids, "itiii", ret_details, err);
}

/* All relations of the database, as the snapshot sees them. */
static pd_status
list(struct pd_source *source, PGresult **ret_details, const char **ret_oids, struct pd_error *err)
{
    struct pd_sql sql = {.host = source->host};
    PGresult *relations = NULL;
    pd_status status = catalog_relations(source->pg, &relations, err);

    if (status != PD_OK)
        return status;
    *ret_oids = oids_text(source, relations, &sql);
    pd_sql_free(&sql);
    PQclear(relations);
    if (!*ret_oids)
        return pg_no_memory(source->host, err);
    return read_details(source, *ret_oids, ret_details, err);
}

/* ---- Locks ---- */

pd_status
snapshot_lock(struct pd_source *source, const PGresult *relations, bool wait, struct pd_error *err)
{
    struct pd_sql sql = {.host = source->host};
    int i, n = PQntuples(relations);
    pd_status status = PD_OK;

    for (i = 0; i < n && status == PD_OK; i++) {
        pd_sql_add(&sql, i % SOURCE_LOCKS_AT_ONCE ? ", ONLY " : "LOCK TABLE ONLY ");
        pd_sql_add(&sql, PQgetvalue(relations, i, DETAIL_NAME));
        if ((i + 1) % SOURCE_LOCKS_AT_ONCE && i + 1 < n)
            continue;
        pd_sql_add(&sql, wait ? " IN ACCESS SHARE MODE" : " IN ACCESS SHARE MODE NOWAIT");
        status = sql_run(source->pg, &sql, err);
        pd_sql_clear(&sql);
    }
    pd_sql_free(&sql);
    return status;
}

/* Which of them is it that another session holds? The transaction has failed. */
static pd_status
name_locked(struct pd_source *source, const PGresult *relations, struct pd_error *err)
{
    struct pd_sql sql = {.host = source->host};
    int i, n = PQntuples(relations);
    pd_status status = pg_run(source->pg, "ROLLBACK", NULL);

    if (status == PD_OK)
        status = pg_run(source->pg, "BEGIN READ ONLY", NULL);
    for (i = 0; i < n && status == PD_OK; i++) {
        pd_sql_clear(&sql);
        pd_sql_printf(&sql, "LOCK TABLE ONLY %s IN ACCESS SHARE MODE NOWAIT",
                      PQgetvalue(relations, i, DETAIL_NAME));
        status = sql_run(source->pg, &sql, NULL);
        if (status == PD_FAILED && strcmp(source->pg->complaint.sqlstate, LOCK_NOT_AVAILABLE) == 0)
            source->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                               "relation %s: another session holds a lock on it; wait for it, or "
                               "give --lock-timeout",
                               PQgetvalue(relations, i, DETAIL_NAME));
    }
    pd_sql_free(&sql);
    return PD_FAILED;
}

/* Does this session really hold them? A name may have led to another relation. */
static pd_status
check_locks(struct pd_source *source, const char *oids, struct pd_error *err)
{
    PGresult *unlocked = NULL;
    pd_status status = pg_query(source->pg, unlocked_sql, 1, &oids, "?t", &unlocked, err);

    if (status != PD_OK)
        return status;
    if (PQntuples(unlocked) > 0)
        status = changed(source, err, PQgetvalue(unlocked, 0, 0), "was replaced by another");
    PQclear(unlocked);
    return status;
}

/* ---- Comparing ---- */

/* Is what the snapshot says of each relation what the server goes by? */
static pd_status
compare_live(struct pd_source *source, const PGresult *details, struct pd_error *err)
{
    int i, n = PQntuples(details);

    for (i = 0; i < n; i++) {
        const char *name = PQgetvalue(details, i, DETAIL_NAME);

        if (strcmp(PQgetvalue(details, i, DETAIL_NODE), PQgetvalue(details, i, DETAIL_LIVE_NODE)) !=
            0)
            return changed(source, err, name, "was rewritten or emptied");
        if (strcmp(PQgetvalue(details, i, DETAIL_OID), PQgetvalue(details, i, DETAIL_LIVE_OID)) !=
            0)
            return changed(source, err, name, "was renamed or replaced");
    }
    return PD_OK;
}

/* Are there others, or others of the same names? */
static bool
is_other(const PGresult *before, const PGresult *after)
{
    int i, n = PQntuples(before);

    if (n != PQntuples(after))
        return true;
    for (i = 0; i < n; i++) {
        if (strcmp(PQgetvalue(before, i, DETAIL_OID), PQgetvalue(after, i, DETAIL_OID)) != 0 ||
            strcmp(PQgetvalue(before, i, DETAIL_NAME), PQgetvalue(after, i, DETAIL_NAME)) != 0)
            return true;
    }
    return false;
}

/* ---- The snapshot ---- */

static pd_status export(struct pd_source *source, struct pd_error *err)
{
    /* The first statement that reads takes the snapshot. */
    return pg_value(source->pg, &source->pool, "SELECT pg_catalog.pg_export_snapshot()", 0, NULL,
                    &source->snapshot, err);
}

static pd_status
check(struct pd_source *source, const PGresult *details, const char *oids, struct pd_error *err)
{
    pd_status status = compare_live(source, details, err);

    return status == PD_OK ? check_locks(source, oids, err) : status;
}

static pd_status
read_members(struct pg *pg, PGresult **ret_members, struct pd_error *err)
{
    return pg_query(pg, members_sql, 0, NULL, "tttT", ret_members, err);
}

static pd_status
take_locked(struct pd_source *source, struct pd_error *err)
{
    PGresult *details = NULL, *members = NULL;
    const char *oids;
    pd_status status = export(source, err);

    if (status == PD_OK)
        status = list(source, &details, &oids, err);
    if (status != PD_OK)
        return status;
    status = check(source, details, oids, err);
    if (status == PD_OK)
        status = read_members(source->pg, &members, err);
    if (status != PD_OK) {
        PQclear(details);
        return status;
    }
    source->relations = details;
    source->relation_oids = oids;
    source->members = members;
    return PD_OK;
}

/* Is the list other than it was a moment ago? A relation that is gone cannot be locked. */
static bool
has_changed(struct pd_source *source, const PGresult *before)
{
    PGresult *now = NULL;
    bool changes;

    if (catalog_relations(source->pg, &now, NULL) != PD_OK)
        return false;
    changes = is_other(before, now);
    PQclear(now);
    return changes;
}

/* PD_RETRY: somebody altered something meanwhile. */
static pd_status
take_once(struct pd_source *source, struct pd_error *err)
{
    PGresult *before = NULL;
    bool is_locked = false;
    pd_status status = catalog_relations(source->pg, &before, err);

    if (status != PD_OK)
        return status;
    status = pg_run(source->pg, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", err);
    if (status == PD_OK)
        status = snapshot_lock(source, before, true, err);
    if (status == PD_FAILED && strcmp(source->pg->complaint.sqlstate, LOCK_NOT_AVAILABLE) == 0)
        status = name_locked(source, before, err);
    if (status == PD_OK) {
        is_locked = true;
        status = take_locked(source, err);
    }
    if (status != PD_OK && pg_run(source->pg, "ROLLBACK", NULL) != PD_OK)
        status = PD_FATAL;
    if (status == PD_FAILED && !is_locked && has_changed(source, before))
        status = PD_RETRY;
    PQclear(before);
    return status;
}

pd_status
snapshot_take(struct pd_source *source, struct pd_error *err)
{
    int tries;
    pd_status status = PD_RETRY;

    for (tries = 0; status == PD_RETRY && tries < SOURCE_TRIES; tries++) {
        if (tries)
            source->host->log(source->host, PD_LOG_INFO,
                              "somebody alters tables; locking them once more");
        status = take_once(source, err);
    }
    return status == PD_OK ? PD_OK : PD_FATAL;
}

/* ---- At the end ---- */

static pd_status
member_changed(struct pd_source *source, const PGresult *before, int i, struct pd_error *err)
{
    const char *what = PQgetvalue(before, i, MEMBER_WHAT);

    if (PQgetisnull(before, i, MEMBER_TYPE))
        return source->host->fail(err, PD_FAILED, PD_CAUSE_CHANGED,
                                  "%.200s was renamed or dropped while rows were read, which may "
                                  "name it; dump again when nobody alters it",
                                  what);
    return source->host->fail(err, PD_FAILED, PD_CAUSE_CHANGED,
                              "%.100s of type %.200s was changed or dropped while rows "
                              "were read; dump again when nobody alters types",
                              what, PQgetvalue(before, i, MEMBER_TYPE));
}

/* Each member of before must still be there as it was; new labels are in no row of the snapshot. */
static pd_status
compare_members(struct pd_source *source, const PGresult *before, const PGresult *after,
                struct pd_error *err)
{
    int i, k = 0, n = PQntuples(after);

    for (i = 0; i < PQntuples(before); i++) {
        const char *key = PQgetvalue(before, i, MEMBER_KEY);

        while (k < n && strcmp(PQgetvalue(after, k, MEMBER_KEY), key) < 0)
            k++;
        if (k == n || strcmp(PQgetvalue(after, k, MEMBER_KEY), key) != 0 ||
            strcmp(PQgetvalue(before, i, MEMBER_STATE), PQgetvalue(after, k, MEMBER_STATE)) != 0)
            return member_changed(source, before, i, err);
    }
    return PD_OK;
}

/* Somebody outside the snapshot sees what there is now. */
static pd_status
recheck_members(struct pd_source *source, struct pd_error *err)
{
    PGresult *members = NULL;
    struct pg *pg = NULL;
    pd_status status;

    if (PQntuples(source->members) == 0)
        return PD_OK;
    status = pg_open(source->host, source->end, PG_READ, NULL, &pg, err);
    if (status == PD_OK)
        status = read_members(pg, &members, err);
    pg_close(pg);
    if (status != PD_OK)
        return status;
    status = compare_members(source, source->members, members, err);
    PQclear(members);
    return status;
}

pd_status
snapshot_recheck(struct pd_source *source, struct pd_error *err)
{
    PGresult *details = NULL;
    pd_status status = scan_end(source, err);

    if (status == PD_OK)
        status = read_details(source, source->relation_oids, &details, err);
    if (status != PD_OK)
        return status;
    status = check(source, details, source->relation_oids, err);
    PQclear(details);
    if (status == PD_OK)
        status = recheck_members(source, err);
    return status == PD_RETRY ? PD_FAILED : status;
}
