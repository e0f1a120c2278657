// SPDX-License-Identifier: Apache-2.0
/* present_taken - what DROP TABLE takes along without a word: refused, or told. */
#include <string.h>

#include "ddl.h"

/* %s: the oids of the tables that are dropped. */
static const char published_sql[] =
    "SELECT p.pubname, c.relname FROM pg_publication_rel r "
    "JOIN pg_publication p ON p.oid = r.prpubid JOIN pg_class c ON c.oid = r.prrelid "
    "WHERE r.prrelid IN (%s) OR r.prrelid IN (SELECT t.relid "
    "FROM pg_class g, pg_partition_tree(g.oid) t WHERE g.oid IN (%s)) ORDER BY 1, 2";

enum taken { TAKEN_WHAT, TAKEN_NAME, TAKEN_SCHEMA, TAKEN_TABLE };
static const char taken_sql[] =
    "SELECT x.what, x.name, n.nspname, c.relname FROM ("
    "SELECT 'trigger', t.tgname::text, t.tgrelid FROM pg_trigger t WHERE NOT t.tgisinternal "
    "UNION ALL SELECT 'rule', r.rulename, r.ev_class FROM pg_rewrite r "
    "UNION ALL SELECT 'policy', p.polname, p.polrelid FROM pg_policy p "
    "UNION ALL SELECT 'statistics', s.stxname, s.stxrelid FROM pg_statistic_ext s "
    "UNION ALL SELECT 'grant', NULL, c.oid FROM pg_class c "
    "WHERE c.relacl <> acldefault('r', c.relowner) OR EXISTS (SELECT FROM pg_attribute a "
    "WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL) "
    "UNION ALL SELECT 'comment', a.attname, d.objoid FROM pg_description d "
    "LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > "
    "0 "
    "WHERE d.classoid = 'pg_class'::regclass"
    ") x(what, name, oid) JOIN pg_class c ON c.oid = x.oid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE x.oid IN (%s) ORDER BY 3, 4, 1, 2";

static pd_status
ask(struct pd_sink *sink, const char *fmt, const char *oids, const char *answer,
    PGresult **ret_found, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    const char *at;
    pd_status status;

    for (; (at = strstr(fmt, "%s")); fmt = at + 2)
        pd_sql_printf(&sql, "%.*s%s", (int)(at - fmt), fmt, oids);
    pd_sql_add(&sql, fmt);
    status = pd_sql_text(&sql) ? pg_query(sink->pg, sql.text, 0, NULL, answer, ret_found, err)
                               : pg_no_memory(sink->host, err);
    pd_sql_free(&sql);
    return status;
}

/* A subscriber would silently get no more rows. */
static pd_status
refuse_published(struct pd_sink *sink, const char *oids, struct pd_error *err)
{
    PGresult *found = NULL;
    pd_status status = ask(sink, published_sql, oids, "tt", &found, err);

    if (status == PD_OK && PQntuples(found) > 0)
        status = sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                                  "table '%s' of the target cannot be replaced: publication '%s' "
                                  "holds it, whose subscribers would get no more of its rows: take "
                                  "it out there by ALTER PUBLICATION and put it back afterwards, "
                                  "or use --into=truncate",
                                  PQgetvalue(found, 0, 1), PQgetvalue(found, 0, 0));
    PQclear(found);
    return status;
}

static const struct target_table *
table_of(const struct pd_sink *sink, const char *schema, const char *name)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct target_table *t = &sink->tables[i];

        if (!t->is_large_objects && strcmp(t->name, name) == 0 &&
            strcmp(t->schema ? t->schema : "public", schema) == 0)
            return t;
    }
    return NULL;
}

static bool
has_comment(const struct target_table *t, const char *column)
{
    size_t i;

    for (i = 0; column && i < t->table->n_columns; i++) {
        const struct pd_column *c = pd_column_at(t->table, i);

        if (t->columns[i].name && strcmp(t->columns[i].name, column) == 0)
            return c->comment != NULL;
    }
    return column ? true : t->table->comment != NULL; /* a column that is no more is not missed */
}

/* Is one of the same kind made for the new table? Grants have no name. */
static bool
comes_again(const struct pd_sink *sink, const struct target_table *t, const char *what,
            const char *name)
{
    size_t i;

    if (strcmp(what, "comment") == 0)
        return has_comment(t, name);
    for (i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *o = pd_object_at(sink->catalog, i);

        if (strcmp(o->kind, what) == 0 && o->table && strcmp(o->table, t->table->name) == 0 &&
            (!name || strcmp(o->name, name) == 0))
            return true;
    }
    return false;
}

static void
tell(struct pd_sink *sink, const struct target_table *t, const char *what, const char *name)
{
    static const char gone[] = "goes with the table that is replaced, and nothing that is restored "
                               "brings it back";
    uint32_t number = (uint32_t)(t - sink->tables);

    if (strcmp(what, "comment") == 0 && name)
        sink_leave_out(sink, PD_PART_TABLE, number, 0,
                       "the target's comment on column '%s' of table '%s' %s", name, t->name, gone);
    else if (name)
        sink_leave_out(sink, PD_PART_TABLE, number, 0, "the target's %s '%s' on table '%s' %s",
                       what, name, t->name, gone);
    else
        sink_leave_out(sink, PD_PART_TABLE, number, 0, "the target's %s on table '%s' %s", what,
                       t->name, gone);
}

pd_status
present_taken(struct pd_sink *sink, const char *oids, struct pd_error *err)
{
    PGresult *found = NULL;
    pd_status status = refuse_published(sink, oids, err);
    int i;

    if (status == PD_OK)
        status = ask(sink, taken_sql, oids, "tTtt", &found, err);
    for (i = 0; status == PD_OK && i < PQntuples(found); i++) {
        const char *what = PQgetvalue(found, i, TAKEN_WHAT);
        const char *name =
            PQgetisnull(found, i, TAKEN_NAME) ? NULL : PQgetvalue(found, i, TAKEN_NAME);
        const struct target_table *t =
            table_of(sink, PQgetvalue(found, i, TAKEN_SCHEMA), PQgetvalue(found, i, TAKEN_TABLE));

        if (t && !comes_again(sink, t, what, name))
            tell(sink, t, what, name);
    }
    PQclear(found);
    return status;
}
