// SPDX-License-Identifier: Apache-2.0
/* conflict - --into=append with --on-conflict=skip or update: by which keys of the target a row is
   found to be there already.

   Rows go into a temporary copy of the table first, with its unique indexes and checks: what the
   data itself has twice is refused there, row by row, as it would be without (conflict_stage.c).
   Then those whose keys are in the table update it or are passed over, and the others are added by
   a plain INSERT (conflict_rows.c). So no constraint of the server is ever told to keep quiet. */
#include <stdlib.h>
#include <string.h>

#include "conflict.h"

struct reading {
    struct pd_sink *sink;
    const struct pd_table *table;
    const struct present_table *there;
    struct conflict_table *found;
    const char *name;         /* of the table */
    bool has_primary;         /* */
    const char *lost_primary; /* a column of it that does not come; "": none */
    struct pd_error *err;
};

/* ---- What the server says ---- */

/* $1: the table. A column comes when the data has it, or when it is computed of none but those. A
   row a part of each unique index; x.lost: a column of it that does not come. */
static const char keys_sql[] =
    "WITH names AS (SELECT unnest(ARRAY[%s]::text[]) AS name), "
    "comes AS (SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0 AND "
    "NOT a.attisdropped AND CASE WHEN a.attgenerated = '' THEN a.attname IN (SELECT name FROM "
    "names) ELSE NOT EXISTS (SELECT FROM pg_depend d JOIN pg_attribute b ON b.attrelid = $1::oid "
    "AND b.attnum = d.refobjsubid LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND "
    "f.oid = d.objid WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND "
    "d.refobjsubid > 0 AND b.attnum <> a.attnum AND (f.adrelid = $1::oid AND f.adnum = a.attnum OR "
    "d.classid = 'pg_class'::regclass AND d.objid = $1::oid AND d.objsubid = a.attnum) AND "
    "b.attname NOT IN (SELECT name FROM names)) END) "
    "SELECT c.relname, i.indisprimary, i.indimmediate, x.lost, pg_get_indexdef(i.indexrelid, k.n, "
    "false), 'OPERATOR(' || quote_ident(s.nspname) || '.' || o.oprname || ')', "
    "quote_ident(ln.nspname) || '.' || quote_ident(l.collname), pg_get_expr(i.indpred, "
    "i.indrelid), COALESCE((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false), k.n "
    "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "CROSS JOIN LATERAL generate_series(1, i.indnkeyatts) AS k(n) "
    "LEFT JOIN LATERAL (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = $1::oid AND "
    "a.attnum > 0 AND (a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]) OR EXISTS (SELECT "
    "FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND "
    "d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND d.refobjsubid = a.attnum "
    "AND a.attnum <> ALL ((i.indkey::int2[])[i.indnkeyatts:]))) "
    "AND a.attnum NOT IN (SELECT attnum FROM comes) ORDER BY a.attnum LIMIT 1) AS x(lost) ON true "
    "LEFT JOIN pg_opclass oc ON oc.oid = i.indclass[k.n - 1] "
    "LEFT JOIN pg_amop ao ON ao.amopfamily = oc.opcfamily AND ao.amoplefttype = oc.opcintype AND "
    "ao.amoprighttype = oc.opcintype AND ao.amopstrategy = 3 AND ao.amopmethod = (SELECT oid FROM "
    "pg_am WHERE amname = 'btree') "
    "LEFT JOIN pg_operator o ON o.oid = ao.amopopr LEFT JOIN pg_namespace s ON s.oid = "
    "o.oprnamespace LEFT JOIN pg_collation l ON l.oid = i.indcollation[k.n - 1] LEFT JOIN "
    "pg_namespace ln ON ln.oid = l.collnamespace "
    "WHERE i.indrelid = $1::oid AND i.indisunique AND i.indislive "
    "ORDER BY NOT i.indisprimary, c.relname, k.n";
static const char keys_answer[] = "tbbTtTTTbi";

enum field {
    FIELD_NAME,
    FIELD_PRIMARY,
    FIELD_IMMEDIATE,
    FIELD_LOST,
    FIELD_EXPRESSION,
    FIELD_EQUALS,
    FIELD_COLLATION,
    FIELD_PREDICATE,
    FIELD_NULLS,
    FIELD_PART
};

static bool
is_true(const PGresult *rows, int row, enum field field)
{
    return *PQgetvalue(rows, row, field) == 't';
}

/* NULL stays NULL. */
static bool
keep(struct reading *r, const PGresult *rows, int row, enum field field, const char **ret_text)
{
    *ret_text = PQgetisnull(rows, row, field)
                    ? NULL
                    : pd_pool_text(&r->sink->pool, PQgetvalue(rows, row, field));
    return *ret_text || PQgetisnull(rows, row, field);
}

static pd_status
add_key(struct reading *r, const PGresult *rows, int row)
{
    struct conflict_table *t = r->found;
    struct conflict_key *key =
        pd_pool_append(&r->sink->pool, &t->keys, t->n_keys, &t->room, sizeof *key);

    if (!key)
        return pg_no_memory(r->sink->host, r->err);
    memset(key, 0, sizeof *key);
    key->is_primary = is_true(rows, row, FIELD_PRIMARY);
    key->nulls_match = is_true(rows, row, FIELD_NULLS);
    if (!keep(r, rows, row, FIELD_NAME, &key->name) ||
        !keep(r, rows, row, FIELD_PREDICATE, &key->predicate))
        return pg_no_memory(r->sink->host, r->err);
    t->n_keys++;
    return PD_OK;
}

static pd_status
add_part(struct reading *r, const PGresult *rows, int row)
{
    struct conflict_key *key = &r->found->keys[r->found->n_keys - 1];
    struct conflict_part *part =
        pd_pool_append(&r->sink->pool, &key->parts, key->n_parts, &key->room, sizeof *part);

    if (!part || !keep(r, rows, row, FIELD_EXPRESSION, &part->expression) ||
        !keep(r, rows, row, FIELD_EQUALS, &part->equals) ||
        !keep(r, rows, row, FIELD_COLLATION, &part->collation))
        return pg_no_memory(r->sink->host, r->err);
    key->n_parts++;
    return PD_OK;
}

/* A key that rows are found by only when the transaction ends is none to go by now. */
static pd_status
refuse_deferrable(struct reading *r, const char *key)
{
    return r->sink->host->fail(r->err, PD_FAILED, PD_CAUSE_CONFLICT,
                               "key '%s' of table '%s' of the target is deferrable: make it NOT "
                               "DEFERRABLE there, leave the table out with --exclude, or use "
                               "--on-conflict=error",
                               key, r->name);
}

static pd_status
read_part(struct reading *r, const PGresult *rows, int row)
{
    bool is_primary = is_true(rows, row, FIELD_PRIMARY);
    pd_status status = PD_OK;

    if (!is_true(rows, row, FIELD_IMMEDIATE))
        return refuse_deferrable(r, PQgetvalue(rows, row, FIELD_NAME));
    r->has_primary = r->has_primary || is_primary;
    if (is_primary && !PQgetisnull(rows, row, FIELD_LOST) &&
        !keep(r, rows, row, FIELD_LOST, &r->lost_primary))
        return pg_no_memory(r->sink->host, r->err);
    if (!PQgetisnull(rows, row, FIELD_LOST) || PQgetisnull(rows, row, FIELD_EQUALS))
        return PD_OK;
    if (strcmp(PQgetvalue(rows, row, FIELD_PART), "1") == 0)
        status = add_key(r, rows, row);
    return status == PD_OK ? add_part(r, rows, row) : status;
}

/* ---- Tables ---- */

/* By the name that a column has in the target. */
static bool
comes(const struct reading *r, const char *name)
{
    for (size_t i = 0; i < r->table->n_columns; i++) {
        const struct pd_column *column = pd_column_at(r->table, i);
        const struct present_column *to = present_find(r->there, column->name);

        if (to && !column->generated && !(column->flags & PD_COLUMN_PASSENGER) &&
            strcmp(to->name, name) == 0)
            return true;
    }
    return false;
}

static pd_status
ask_keys(struct reading *r, PGresult **ret_rows)
{
    struct pd_sql names = {.host = r->sink->host}, sql = {.host = r->sink->host};
    size_t n = 0;
    pd_status status;

    for (size_t i = 0; i < r->there->n_columns; i++) {
        const char *name = r->there->columns[i].name;

        if (r->there->columns[i].is_generated || !comes(r, name))
            continue;
        pd_sql_add(&names, n++ ? ", " : "");
        sql_literal(&names, name, strlen(name));
    }
    if (pd_sql_text(&names))
        pd_sql_printf(&sql, keys_sql, pd_sql_text(&names));
    status = pd_sql_text(&names) && pd_sql_text(&sql)
                 ? pg_query(r->sink->pg, sql.text, 1, &r->there->oid, keys_answer, ret_rows, r->err)
                 : pg_no_memory(r->sink->host, r->err);
    pd_sql_free(&names);
    pd_sql_free(&sql);
    return status;
}

/* Where no row is, none has to be found. */
static pd_status
refuse_keyless(const struct reading *r, size_t table)
{
    bool has_rows = !pd_load_empties(r->sink->load, table), finds = r->found->n_keys > 0, is;
    pd_status status = PD_OK;

    if (has_rows && !finds && r->sink->conflict == PD_CONFLICT_SKIP)
        status = present_look_at(r->sink, r->table, &is, &has_rows, r->err);
    if (status != PD_OK)
        return status;
    return pd_conflict_keys(r->sink->host, r->sink->conflict, r->name, finds || !has_rows,
                            r->has_primary, r->lost_primary, r->err);
}

/* No UPDATE can set it, whatever one says. */
static pd_status
refuse_always(struct reading *r)
{
    PGresult *rows = NULL;
    const char *name = NULL;
    pd_status status =
        pg_query(r->sink->pg,
                 "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = $1::oid AND "
                 "a.attidentity = 'a' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = "
                 "a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey::int2[]))",
                 1, &r->there->oid, "t", &rows, r->err);

    if (status != PD_OK)
        return status;
    for (int i = 0; i < PQntuples(rows) && !name; i++)
        name = comes(r, PQgetvalue(rows, i, 0)) ? PQgetvalue(rows, i, 0) : NULL;
    if (name)
        status = r->sink->host->fail(r->err, PD_FAILED, PD_CAUSE_CONFLICT,
                                     "column '%s' of table '%s' of the target is GENERATED ALWAYS "
                                     "AS IDENTITY and cannot be updated: leave the table out with "
                                     "--exclude, or use --on-conflict=skip",
                                     name, r->name);
    PQclear(rows);
    return status;
}

static pd_status
read_keys(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    struct reading r = {
        .sink = sink,
        .table = pd_table_at(sink->catalog, table),
        .there = &sink->ddl->present[table],
        .found = &sink->conflicts->tables[table],
        .name = sink->tables[table].name,
        .err = err,
    };
    PGresult *rows = NULL;
    pd_status status;

    if (sink->tables[table].is_large_objects)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                                "large objects that are there cannot be told from those that "
                                "come: leave '%s' out with --exclude, or use --on-conflict=error",
                                r.name);
    if (!r.there->oid)
        return PD_OK;
    status = ask_keys(&r, &rows);
    for (int i = 0; status == PD_OK && i < PQntuples(rows); i++)
        status = read_part(&r, rows, i);
    PQclear(rows);
    if (status == PD_OK)
        status = refuse_keyless(&r, table);
    return status == PD_OK && sink->conflict == PD_CONFLICT_UPDATE ? refuse_always(&r) : status;
}

/* The copies are temporary tables. */
static pd_status
check_right(struct pd_sink *sink, struct pd_error *err)
{
    PGresult *row = NULL;
    pd_status status =
        pg_query(sink->pg, "SELECT has_database_privilege(current_database(), 'TEMPORARY')", 0,
                 NULL, "1b", &row, err);

    if (status != PD_OK)
        return status;
    if (*PQgetvalue(row, 0, 0) != 't')
        status = sink->host->fail(err, PD_FAILED, PD_CAUSE_AUTH,
                                  "--on-conflict wants temporary tables, which the user may not "
                                  "make here: GRANT TEMPORARY ON DATABASE, or use "
                                  "--on-conflict=error");
    PQclear(row);
    return status;
}

pd_status
conflict_check(struct pd_sink *sink, struct pd_error *err)
{
    size_t n = sink->catalog->n_tables;
    struct sink_conflicts *c = pd_pool_alloc(&sink->pool, sizeof *c);
    pd_status status = PD_OK;

    if (c)
        c->tables = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *c->tables);
    if (!c || !c->tables)
        return pg_no_memory(sink->host, err);
    sink->conflicts = c;
    status = check_right(sink, err);
    for (size_t i = 0; i < n && status == PD_OK; i++)
        status = read_keys(sink, i, err);
    return status;
}

pd_status
conflict_outcome(struct pd_sink *sink, uint32_t table, struct pd_outcome *outcome,
                 struct pd_error *err)
{
    const struct conflict_table *t;

    if (!sink->conflicts || table >= sink->catalog->n_tables)
        return PD_UNSUPPORTED;
    t = &sink->conflicts->tables[table];
    outcome->n_added = t->n_added;
    outcome->n_updated = t->n_updated;
    outcome->n_skipped = t->n_skipped;
    return PD_OK;
}
