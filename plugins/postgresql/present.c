// SPDX-License-Identifier: Apache-2.0
/* present - what stands in a database already: refused, or dropped by --into=replace. */
#include <stdlib.h>
#include <string.h>

#include "ddl.h"

enum { PRESENT_LISTED = 6 };

/* ---- --into=empty ---- */

/* What a new database has, and what belongs to extensions, is not the user's. Schemas hold nothing
   by themselves. */
static const char anything_sql[] =
    "SELECT x.what, x.name, count(*) OVER () FROM ("
    "SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN "
    "'sequence' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'table' END, "
    "n.nspname || '.' || c.relname, c.oid, 'pg_class'::regclass, c.relkind NOT IN ('r', 'p') "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN "
    "('r', 'p', 'v', 'm', 'S', 'f', 'c') AND n.nspname !~ '^pg_' AND n.nspname <> "
    "'information_schema' "
    "UNION ALL SELECT 'routine', n.nspname || '.' || p.proname, p.oid, 'pg_proc'::regclass, true "
    "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname !~ '^pg_' AND "
    "n.nspname <> 'information_schema' "
    "UNION ALL SELECT 'type', n.nspname || '.' || t.typname, t.oid, 'pg_type'::regclass, true "
    "FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype IN "
    "('d', 'e', 'r') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' "
    "UNION ALL SELECT 'large object', min(l.oid)::text, 0, 'pg_class'::regclass, true "
    "FROM pg_largeobject_metadata l HAVING count(*) > 0"
    ") AS x(what, name, oid, class, is_rest) WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE "
    "d.classid = x.class AND d.objid = x.oid AND d.deptype = 'e') ORDER BY x.is_rest, x.name LIMIT "
    "6";

static pd_status
refuse_all(struct pd_sink *sink, const PGresult *found, struct pd_error *err)
{
    struct pd_sql list = {.host = sink->host};
    long more = strtol(PQgetvalue(found, 0, 2), NULL, 10) - PQntuples(found);
    int i;
    pd_status status;

    for (i = 0; i < PQntuples(found); i++)
        pd_sql_printf(&list, "%s%s '%s'", i ? ", " : "", PQgetvalue(found, i, 0),
                      PQgetvalue(found, i, 1));
    if (more > 0)
        pd_sql_printf(&list, " and %ld more", more);
    status = pd_sql_text(&list)
                 ? sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                                    "database '%s' is not empty: %s: use --into=append, "
                                    "--into=truncate or --into=replace, or name another database",
                                    PQdb(sink->pg->conn), list.text)
                 : pg_no_memory(sink->host, err);
    pd_sql_free(&list);
    return status;
}

pd_status
present_refuse(struct pd_sink *sink, struct pd_error *err)
{
    PGresult *found = NULL;
    pd_status status = pg_query(sink->pg, anything_sql, 0, NULL, &found, err);

    if (status != PD_OK)
        return status;
    if (PQntuples(found) > 0)
        status = refuse_all(sink, found, err);
    PQclear(found);
    return status;
}

/* ---- --into=replace ---- */

/* What is dropped: one statement each, tables all in one, since foreign keys may join them in
   rings. */
struct drops {
    struct pd_sink *sink;
    const char **statements;
    bool *done;
    size_t n;
    size_t room;
    struct pd_sql tables; /* names of those that are there, with commas between */
    struct pd_sql oids;   /* the same, as numbers */
    struct pd_error *err;
};

static pd_status
add_drop(struct drops *d, struct pd_sql *sql)
{
    const char **place =
        pd_pool_append(&d->sink->pool, &d->statements, d->n, &d->room, sizeof *place);

    if (place)
        *place = attempt_keep(d->sink, sql, d->err);
    else
        pd_sql_free(sql);
    if (!place || !*place)
        return pg_no_memory(d->sink->host, d->err);
    d->n++;
    return PD_OK;
}

static pd_status
drop_named(struct drops *d, const char *what, const char *schema, const char *name)
{
    struct pd_sql sql = {.host = d->sink->host};

    pd_sql_printf(&sql, "DROP %s IF EXISTS ", what);
    sql_table(&sql, schema, name);
    return add_drop(d, &sql);
}

/* A relation that has the name of a table of ours. */
static pd_status
take_relation(struct drops *d, const struct target_table *t, const char *oid, char kind)
{
    if (kind == 'S')
        return drop_named(d, "SEQUENCE", t->schema, t->name);
    if (kind != 'r' && kind != 'p')
        return d->sink->host->fail(d->err, PD_FAILED, PD_CAUSE_CONFLICT,
                                   "'%s' is no table in the target: drop it there, or leave the "
                                   "table out with --exclude",
                                   t->name);
    pd_sql_printf(&d->oids, "%s%s", d->oids.size ? ", " : "", oid);
    pd_sql_add(&d->tables, d->tables.size ? ", " : "DROP TABLE ");
    sql_table(&d->tables, t->schema, t->name);
    return PD_OK;
}

static pd_status
look_at_table(struct drops *d, const struct target_table *t)
{
    const char *params[] = {t->schema ? t->schema : "public", t->name};
    PGresult *found = NULL;
    pd_status status = pg_query(d->sink->pg,
                                "SELECT c.oid, c.relkind FROM pg_class c JOIN pg_namespace n ON "
                                "n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
                                2, params, &found, d->err);

    if (status != PD_OK)
        return status;
    if (PQntuples(found) == 1)
        status = take_relation(d, t, PQgetvalue(found, 0, 0), *PQgetvalue(found, 0, 1));
    PQclear(found);
    return status;
}

/* Who would lose something that nobody spoke of. %s: the tables that are dropped. */
static const char dependents_sql[] =
    "SELECT 'foreign key', k.conname, f.relname, c.relname FROM pg_constraint k JOIN pg_class c ON "
    "c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid WHERE k.contype = 'f' AND "
    "k.confrelid IN (%s) AND k.conrelid NOT IN (%s) AND k.conparentid = 0 "
    "UNION ALL SELECT DISTINCT CASE v.relkind WHEN 'm' THEN 'materialized view' WHEN 'v' THEN "
    "'view' ELSE 'rule' END, n.nspname || '.' || v.relname, f.relname, '' FROM pg_depend d JOIN "
    "pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid JOIN pg_class v ON "
    "v.oid = r.ev_class JOIN pg_namespace n ON n.oid = v.relnamespace JOIN pg_class f ON f.oid = "
    "d.refobjid WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid IN (%s) AND v.oid NOT IN "
    "(%s) "
    "UNION ALL SELECT 'table', n.nspname || '.' || c.relname, f.relname, '' FROM pg_inherits i "
    "JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN "
    "pg_class f ON f.oid = i.inhparent WHERE i.inhparent IN (%s) AND i.inhrelid NOT IN (%s) AND "
    "NOT c.relispartition ORDER BY 1, 2";

/* A view that comes back with the run. */
static bool
comes_back(const struct pd_sink *sink, const char *what, const char *qualified)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *o = pd_object_at(sink->catalog, i);
        const char *schema = o->schema ? o->schema : "public";
        size_t size = strlen(schema);

        if (strcmp(o->kind, what) == 0 && strncmp(qualified, schema, size) == 0 &&
            qualified[size] == '.' && strcmp(qualified + size + 1, o->name) == 0)
            return true;
    }
    return false;
}

static pd_status
refuse_dependents(struct drops *d, const PGresult *found)
{
    struct pd_sql list = {.host = d->sink->host};
    bool any_foreign = false;
    int i, n = 0;
    pd_status status = PD_OK;

    for (i = 0; i < PQntuples(found); i++) {
        const char *what = PQgetvalue(found, i, 0), *name = PQgetvalue(found, i, 1);
        const char *of = PQgetvalue(found, i, 3);

        any_foreign |= *of != 0;
        if (comes_back(d->sink, what, name) || ++n > PRESENT_LISTED)
            continue;
        pd_sql_printf(&list, "%s%s '%s'%s%s%s needs '%s'", n > 1 ? ", " : "", what, name,
                      *of ? " of table '" : "", of, *of ? "'" : "", PQgetvalue(found, i, 2));
    }
    if (n > PRESENT_LISTED)
        pd_sql_printf(&list, " and %d more", n - PRESENT_LISTED);
    if (!pd_sql_text(&list))
        status = pg_no_memory(d->sink->host, d->err);
    else if (n)
        status = d->sink->host->fail(
            d->err, PD_FAILED, PD_CAUSE_CONFLICT,
            "tables of the target cannot be replaced: %s: drop what needs "
            "them there, or %s",
            list.text, any_foreign ? "replace all of them together" : "use --into=truncate");
    pd_sql_free(&list);
    return status;
}

static pd_status
check_dependents(struct drops *d)
{
    struct pd_sql sql = {.host = d->sink->host};
    const char *oids = pd_sql_text(&d->oids);
    PGresult *found = NULL;
    pd_status status;

    if (!oids || !*oids)
        return oids ? PD_OK : pg_no_memory(d->sink->host, d->err);
    pd_sql_printf(&sql, dependents_sql, oids, oids, oids, oids, oids, oids);
    status = pd_sql_text(&sql) ? pg_query(d->sink->pg, sql.text, 0, NULL, &found, d->err)
                               : pg_no_memory(d->sink->host, d->err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    status = refuse_dependents(d, found);
    PQclear(found);
    return status == PD_OK ? present_say_lost(d->sink, oids, d->err) : status;
}

/* "f(integer)": the arguments are part of its name, and whoever vouches for its body does for them.
 */
static pd_status
drop_routine(struct drops *d, const char *what, const struct pd_object *o)
{
    struct pd_sql sql = {.host = d->sink->host};
    size_t size = strcspn(o->name, "(");
    char *name = pd_pool_copy(&d->sink->pool, o->name, size);

    if (!d->sink->native)
        return PD_OK;
    if (!name)
        return pg_no_memory(d->sink->host, d->err);
    pd_sql_printf(&sql, "DROP %s IF EXISTS ", what);
    sql_table(&sql, o->schema, name);
    pd_sql_add(&sql, o->name + size);
    return add_drop(d, &sql);
}

static pd_status
drop_object(struct drops *d, const char *what, bool is_routine, const struct pd_object *o)
{
    return is_routine ? drop_routine(d, what, o) : drop_named(d, what, o->schema, o->name);
}

/* Objects that are made anew, the last ones first. */
static pd_status
add_objects(struct drops *d)
{
    static const struct {
        const char *kind;
        const char *what;
        bool is_routine;
    } kinds[] = {
        {"view", "VIEW", false},          {"materialized view", "MATERIALIZED VIEW", false},
        {"domain", "DOMAIN", false},      {"composite type", "TYPE", false},
        {"enum type", "TYPE", false},     {"range type", "TYPE", false},
        {"function", "FUNCTION", true},   {"procedure", "PROCEDURE", true},
        {"aggregate", "AGGREGATE", true},
    };
    size_t i, k;
    pd_status status = PD_OK;

    for (i = d->sink->catalog->n_objects; i-- > 0;) {
        const struct pd_object *o = pd_object_at(d->sink->catalog, i);

        for (k = 0; k < sizeof kinds / sizeof *kinds && status == PD_OK; k++) {
            if (strcmp(o->kind, kinds[k].kind) == 0)
                status = drop_object(d, kinds[k].what, kinds[k].is_routine, o);
        }
    }
    return status;
}

static pd_status
add_types(struct drops *d)
{
    size_t i, k;
    pd_status status = PD_OK;

    for (i = 0; i < d->sink->catalog->n_tables; i++) {
        const struct target_table *t = &d->sink->tables[i];

        for (k = 0; k < t->table->n_columns && status == PD_OK; k++) {
            struct pd_sql sql = {.host = d->sink->host};

            if (!t->columns[k].name || t->columns[k].as.kind != PD_KIND_ENUM)
                continue;
            pd_sql_printf(&sql, "DROP TYPE IF EXISTS %s", t->columns[k].native);
            status = add_drop(d, &sql);
        }
    }
    return status;
}

static pd_status
collect(struct drops *d)
{
    const struct pd_catalog *c = d->sink->catalog;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < c->n_tables && status == PD_OK; i++) {
        if (!d->sink->tables[i].is_large_objects)
            status = look_at_table(d, &d->sink->tables[i]);
    }
    if (status == PD_OK)
        status = check_dependents(d);
    if (status == PD_OK)
        status = add_objects(d);
    if (status == PD_OK && d->tables.size)
        status = add_drop(d, &d->tables);
    for (i = 0; i < c->n_sequences && status == PD_OK; i++)
        status =
            drop_named(d, "SEQUENCE", pd_sequence_at(c, i)->schema, pd_sequence_at(c, i)->name);
    return status == PD_OK ? add_types(d) : status;
}

/* Again and again, until a round drops nothing more: nobody knows the order. */
static pd_status
drop_all(struct drops *d)
{
    const char *refusal = NULL, *last = NULL;
    size_t i, n_left = 1, n_done = 1;
    pd_status status = PD_OK;

    d->done = pd_pool_alloc(&d->sink->pool, d->n + 1);
    if (!d->done)
        return pg_no_memory(d->sink->host, d->err);
    while (n_left && n_done) {
        n_left = n_done = 0;
        for (i = 0; i < d->n; i++) {
            if (d->done[i])
                continue;
            status = attempt(d->sink, d->statements[i], &refusal, d->err);
            if (status != PD_OK)
                return status;
            d->done[i] = !refusal;
            n_done += !refusal;
            n_left += refusal != NULL;
            last = refusal ? refusal : last;
        }
    }
    if (n_left)
        return d->sink->host->fail(d->err, PD_FAILED, PD_CAUSE_CONFLICT,
                                   "what is in the target cannot be replaced: %s", last);
    return PD_OK;
}

pd_status
present_drop(struct pd_sink *sink, struct pd_error *err)
{
    struct drops d = {
        .sink = sink, .tables = {.host = sink->host}, .oids = {.host = sink->host}, .err = err};
    pd_status status = collect(&d);

    pd_sql_free(&d.tables);
    pd_sql_free(&d.oids);
    return status == PD_OK ? drop_all(&d) : status;
}
