// SPDX-License-Identifier: Apache-2.0
/* marker_clean - drops what a marker lists.

   Objects are dropped without CASCADE, last made first, and what others depend on is tried again
   after those. Casts, operator classes and the like have no name to be dropped by; for them
   CASCADE is the last resort, and only when there is no table that the run did not make: nobody's
   rows can go with it. Else the marker stays, and the error says what is in the way. */
#include "write.h"

/* DROP statements, last made first. Objects are looked up by name whatever their kind is called:
   the database was empty before the run. What belongs to another object goes with that: the type of
   a table to the table, but the relation of a composite type to the type. */
static const char *const drops_sql =
    "WITH m AS (SELECT n, kind, coalesce(schema, 'public') AS schema, name FROM " MARKER_TABLE
    ") SELECT s.drop FROM ("
    "SELECT m.n, format('DROP %s IF EXISTS %I.%I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' "
    "THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE "
    "'TABLE' END, m.schema, m.name) AS drop "
    "FROM m JOIN pg_namespace AS s ON s.nspname = m.schema JOIN pg_class AS c ON c.relnamespace = "
    "s.oid AND c.relname = m.name WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND NOT "
    "EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid "
    "AND d.deptype IN ('i', 'e', 'a')) "
    "UNION ALL SELECT m.n, format('DROP %s IF EXISTS %I.%I', CASE t.typtype WHEN 'd' THEN 'DOMAIN' "
    "ELSE 'TYPE' END, m.schema, m.name) "
    "FROM m JOIN pg_namespace AS s ON s.nspname = m.schema JOIN pg_type AS t ON t.typnamespace = "
    "s.oid AND t.typname = m.name WHERE NOT EXISTS (SELECT FROM pg_depend AS "
    "d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype IN ('i', 'e')) "
    "UNION ALL SELECT m.n, format('DROP ROUTINE IF EXISTS %s', p.oid::regprocedure) "
    "FROM m JOIN pg_namespace AS s ON s.nspname = m.schema JOIN pg_proc AS p ON p.pronamespace = "
    "s.oid AND (p.proname = m.name OR starts_with(m.name, p.proname || '(')) WHERE NOT EXISTS "
    "(SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND "
    "d.deptype IN ('i', 'e')) "
    "UNION ALL SELECT m.n, format('DROP OPERATOR IF EXISTS %s', o.oid::regoperator) "
    "FROM m JOIN pg_namespace AS s ON s.nspname = m.schema JOIN pg_operator AS o ON "
    "o.oprnamespace = s.oid AND (o.oprname = m.name OR starts_with(m.name, o.oprname || '(')) "
    "UNION ALL SELECT m.n, format('DROP %s IF EXISTS %I.%I', m.kind, m.schema, m.name) FROM m "
    "WHERE m.kind IN ('collation', 'conversion', 'statistics', 'text search configuration', "
    "'text search dictionary', 'text search parser', 'text search template') "
    "UNION ALL SELECT m.n, format('DROP %s IF EXISTS %I', m.kind, m.name) FROM m WHERE m.kind IN "
    "('extension', 'schema', 'event trigger', 'publication', 'subscription', 'language', 'server', "
    "'foreign data wrapper', 'access method')"
    ") AS s GROUP BY s.drop ORDER BY max(s.n) DESC";

/* Foreign keys join tables in rings. */
static const char *const foreigns_sql =
    "SELECT format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', k.conrelid::regclass, "
    "k.conname) FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace "
    "AS s ON s.oid = c.relnamespace JOIN " MARKER_TABLE " AS m ON coalesce(m.schema, 'public') = "
    "s.nspname AND m.name = c.relname WHERE k.contype = 'f' AND k.conparentid = 0";

static pd_status
drop_large_objects(struct pg *pg, struct pd_error *err)
{
    for (;;) {
        PGresult *result = NULL;
        bool is_done;
        pd_status status = pg_query(
            pg,
            "WITH gone AS (DELETE FROM " MARKER_TABLE " WHERE n IN (SELECT n FROM " MARKER_TABLE
            " WHERE kind = 'large object' LIMIT 1000) RETURNING name::oid AS loid) SELECT CASE "
            "WHEN "
            "o.oid IS NOT NULL THEN lo_unlink(o.oid) END FROM gone AS g LEFT JOIN "
            "pg_largeobject_metadata AS o ON o.oid = g.loid",
            0, NULL, &result, err);

        if (status != PD_OK)
            return status;
        is_done = PQntuples(result) < 1;
        PQclear(result);
        if (is_done)
            return PD_OK;
    }
}

/* Tables of others. */
static const char *const strangers_sql =
    "SELECT FROM pg_class AS c JOIN pg_namespace AS s ON s.oid = c.relnamespace WHERE c.relkind IN "
    "('r', 'p', 'm', 'f') AND s.nspname NOT IN ('pg_catalog', 'information_schema') AND s.nspname "
    "!~ '^pg_(toast|temp)' AND c.oid <> to_regclass('" MARKER_TABLE "') AND NOT EXISTS (SELECT "
    "FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype "
    "= 'e') AND NOT EXISTS (SELECT FROM " MARKER_TABLE " AS m WHERE coalesce(m.schema, 'public') "
    "= s.nspname AND m.name = c.relname) LIMIT 1";

static pd_status
ask_strangers(struct pg *pg, bool *ret_any, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = pg_query(pg, strangers_sql, 0, NULL, &result, err);

    if (status != PD_OK)
        return status;
    *ret_any = PQntuples(result) > 0;
    PQclear(result);
    return PD_OK;
}

struct dropping {
    struct pg *pg;
    PGresult *statements;
    bool *done;    /* one a statement */
    int n_left;    /* */
    bool cascades; /* */
};

/* One round over the statements that are left; *ret_some: one of them worked. */
static pd_status
drop_round(struct dropping *d, bool *ret_some, struct pd_error *err)
{
    int n = PQntuples(d->statements);

    *ret_some = false;
    for (int i = 0; i < n; i++) {
        pd_status status;

        if (d->done[i])
            continue;
        status = pg_runf(d->pg, err, "%s%s", PQgetvalue(d->statements, i, 0),
                         d->cascades ? " CASCADE" : "");
        if (status != PD_OK && (status != PD_FAILED || d->pg->broken))
            return PD_FATAL;
        d->done[i] = status == PD_OK;
        *ret_some |= d->done[i];
        d->n_left -= d->done[i];
    }
    return PD_OK;
}

static pd_status
drop_rounds(struct dropping *d, struct pd_error *err)
{
    bool some = true;
    pd_status status = PD_OK;

    while (status == PD_OK && d->n_left && some)
        status = drop_round(d, &some, err);
    return status;
}

/* The error is that of the last object that stays. */
static pd_status
drop_all(struct dropping *d, struct pd_error *err)
{
    bool strangers = false;
    pd_status status = drop_rounds(d, err);

    if (status != PD_OK || !d->n_left)
        return status;
    status = ask_strangers(d->pg, &strangers, err);
    d->cascades = true;
    if (status == PD_OK && !strangers)
        status = drop_rounds(d, err);
    return status == PD_OK && d->n_left ? PD_FAILED : status;
}

static pd_status
drop_listed(struct pg *pg, const char *list, struct pd_error *err)
{
    struct dropping d = {.pg = pg};
    pd_status status = pg_query(pg, list, 0, NULL, &d.statements, err);

    if (status != PD_OK)
        return status;
    d.n_left = PQntuples(d.statements);
    d.done = pg->host->alloc(pg->host, (size_t)d.n_left + 1);
    if (d.done) {
        memset(d.done, 0, (size_t)d.n_left + 1);
        status = drop_all(&d, err);
    } else {
        status = pg_no_memory(pg->host, err);
    }
    PQclear(d.statements);
    pg->host->release(pg->host, d.done);
    return status;
}

pd_status
marker_drop_all(struct pg *pg, struct pd_error *err)
{
    pd_status status = drop_large_objects(pg, err);

    if (status == PD_OK)
        status = drop_listed(pg, foreigns_sql, err);
    if (status == PD_OK)
        status = drop_listed(pg, drops_sql, err);
    return status == PD_OK ? pg_run(pg, "DROP TABLE " MARKER_TABLE, err) : status;
}
