// SPDX-License-Identifier: Apache-2.0
/* marker_clean - drops what a marker lists.

   Objects are dropped without CASCADE, last made first, and what others depend on is tried again
   after those. Functions and the type that they are of need each other; for such rings CASCADE is
   the last resort, and only when there is no table that the run did not make: nobody's rows can go
   with it. Else, and whenever something is still there afterwards, the marker stays, and the error
   says what is in the way. */
#include "write.h"

/* Objects that are listed by their number, since some have no name of their own, and since others
   of the same name may have been there before. Whatever an extension made goes with it. */
#define NUMBERED                                                                                   \
    "(SELECT 'pg_namespace'::regclass, oid, xmin FROM pg_namespace UNION ALL "                     \
    "SELECT 'pg_extension'::regclass, oid, xmin FROM pg_extension UNION ALL "                      \
    "SELECT 'pg_language'::regclass, oid, xmin FROM pg_language UNION ALL "                        \
    "SELECT 'pg_am'::regclass, oid, xmin FROM pg_am UNION ALL "                                    \
    "SELECT 'pg_cast'::regclass, oid, xmin FROM pg_cast UNION ALL "                                \
    "SELECT 'pg_transform'::regclass, oid, xmin FROM pg_transform UNION ALL "                      \
    "SELECT 'pg_opclass'::regclass, oid, xmin FROM pg_opclass UNION ALL "                          \
    "SELECT 'pg_opfamily'::regclass, oid, xmin FROM pg_opfamily UNION ALL "                        \
    "SELECT 'pg_operator'::regclass, oid, xmin FROM pg_operator UNION ALL "                        \
    "SELECT 'pg_conversion'::regclass, oid, xmin FROM pg_conversion UNION ALL "                    \
    "SELECT 'pg_collation'::regclass, oid, xmin FROM pg_collation UNION ALL "                      \
    "SELECT 'pg_ts_parser'::regclass, oid, xmin FROM pg_ts_parser UNION ALL "                      \
    "SELECT 'pg_ts_template'::regclass, oid, xmin FROM pg_ts_template UNION ALL "                  \
    "SELECT 'pg_ts_dict'::regclass, oid, xmin FROM pg_ts_dict UNION ALL "                          \
    "SELECT 'pg_ts_config'::regclass, oid, xmin FROM pg_ts_config UNION ALL "                      \
    "SELECT 'pg_statistic_ext'::regclass, oid, xmin FROM pg_statistic_ext UNION ALL "              \
    "SELECT 'pg_publication'::regclass, oid, xmin FROM pg_publication UNION ALL "                  \
    "SELECT 'pg_event_trigger'::regclass, oid, xmin FROM pg_event_trigger"                         \
    ") AS x(class, oid, made)"

/* Those that the open transaction made, which nobody else's are, even if they are as young. A row
   keeps the number of its transaction for ever, so that one of very old times may look young. */
static const char *const number_sql =
    "INSERT INTO " MARKER_TABLE
    " (kind, schema, name) SELECT 'number', x.class::text, x.oid FROM " NUMBERED
    " WHERE x.oid >= 16384 AND CASE WHEN age(x.made) BETWEEN -100000000 AND 0 THEN "
    "txid_status(txid_current() - age(x.made)) = 'in progress' END AND NOT EXISTS (SELECT FROM "
    "pg_depend AS d WHERE d.classid = x.class AND d.objid = x.oid AND d.deptype IN ('i', 'e')) "
    "AND NOT EXISTS (SELECT FROM " MARKER_TABLE " AS m WHERE m.kind = 'number' AND m.schema = "
    "x.class::text AND m.name = x.oid::text)";

#define NAMED                                                                                      \
    "m AS (SELECT n, coalesce(schema, 'public') AS schema, name FROM " MARKER_TABLE                \
    " WHERE kind NOT IN ('number', 'large object'))"
/* An object of a name, whatever its kind is called: the database was empty before the run. What
   belongs to another object goes with that: the type of a table to the table, but the relation of
   a composite type to the type; the sequence of a column to its table. */
#define NAMED_RELATIONS                                                                            \
    "m JOIN pg_namespace AS s ON s.nspname = m.schema JOIN pg_class AS c ON c.relnamespace = "     \
    "s.oid AND c.relname = m.name WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND NOT "      \
    "EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = "     \
    "c.oid AND d.objsubid = 0 AND (d.deptype IN ('i', 'e') OR d.deptype = 'a' AND c.relkind = "    \
    "'S'))"
#define NAMED_TYPES                                                                                \
    "m JOIN pg_namespace AS s ON s.nspname = m.schema JOIN pg_type AS t ON t.typnamespace = "      \
    "s.oid AND t.typname = m.name WHERE NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid "   \
    "= 'pg_type'::regclass AND d.objid = t.oid AND d.deptype IN ('i', 'e'))"
#define NAMED_ROUTINES                                                                             \
    "m JOIN pg_namespace AS s ON s.nspname = m.schema JOIN pg_proc AS p ON p.pronamespace = "      \
    "s.oid AND (p.proname = m.name OR starts_with(m.name, p.proname || '(')) "                     \
    "WHERE NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = "                              \
    "'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('i', 'e'))"
#define LISTED_NUMBERS                                                                             \
    MARKER_TABLE " AS m JOIN " NUMBERED " ON m.kind = 'number' AND x.class::text = m.schema AND "  \
                 "x.oid::text = m.name"

/* DROP statements, last made first. */
static const char *const drops_sql =
    "WITH " NAMED " SELECT s.drop FROM ("
    "SELECT m.n, format('DROP %s IF EXISTS %I.%I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' "
    "THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE "
    "'TABLE' END, m.schema, m.name) AS drop FROM " NAMED_RELATIONS
    " UNION ALL SELECT m.n, format('DROP %s IF EXISTS %I.%I', CASE t.typtype WHEN 'd' THEN "
    "'DOMAIN' ELSE 'TYPE' END, m.schema, m.name) FROM " NAMED_TYPES
    " UNION ALL SELECT m.n, format('DROP ROUTINE IF EXISTS %s', p.oid::regprocedure) "
    "FROM " NAMED_ROUTINES
    " UNION ALL SELECT m.n, format('DROP %s IF EXISTS %s', CASE i.type WHEN 'statistics object' "
    "THEN 'STATISTICS' ELSE i.type END, CASE i.type WHEN 'transform' THEN regexp_replace("
    "i.identity, '^(.*) on language ', '\\1 language ') ELSE i.identity END) FROM " LISTED_NUMBERS
    ", pg_identify_object(x.class, x.oid, 0) AS i"
    ") AS s GROUP BY s.drop ORDER BY max(s.n) DESC";

/* What is there in spite of all. */
static const char *const left_sql =
    "WITH " NAMED " SELECT pg_describe_object(l.class, l.oid, 0), count(*) OVER () FROM ("
    "SELECT 'pg_class'::regclass, c.oid FROM " NAMED_RELATIONS
    " UNION SELECT 'pg_type'::regclass, t.oid FROM " NAMED_TYPES
    " UNION SELECT 'pg_proc'::regclass, p.oid FROM " NAMED_ROUTINES
    " UNION SELECT x.class, x.oid FROM " LISTED_NUMBERS ") AS l(class, oid) LIMIT 1";

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
            0, NULL, "I", &result, err);

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
    pd_status status = pg_query(pg, strangers_sql, 0, NULL, "", &result, err);

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
    pd_status status = pg_query(pg, list, 0, NULL, "t", &d.statements, err);

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

/* The marker says INCOMPLETE as long as anything of the run is there. */
static pd_status
refuse_left(struct pg *pg, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = pg_query(pg, left_sql, 0, NULL, "?Ti", &result, err);

    if (status != PD_OK)
        return status;
    if (PQntuples(result))
        status = pg->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                                "%s object(s) of a restore that did not finish cannot be dropped, "
                                "as %s: drop what is in the way, and restore again",
                                PQgetvalue(result, 0, 1), PQgetvalue(result, 0, 0));
    PQclear(result);
    return status;
}

pd_status
marker_number(struct pg *pg, struct pd_error *err)
{
    return pg_run(pg, number_sql, err);
}

/* Large objects last: a publication of all tables may forbid to delete from the marker. */
pd_status
marker_drop_all(struct pg *pg, struct pd_error *err)
{
    pd_status status = drop_listed(pg, foreigns_sql, err);

    if (status == PD_OK)
        status = drop_listed(pg, drops_sql, err);
    if (status == PD_OK)
        status = drop_large_objects(pg, err);
    if (status == PD_OK)
        status = refuse_left(pg, err);
    return status == PD_OK ? pg_run(pg, "DROP TABLE " MARKER_TABLE, err) : status;
}
