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

enum taken { TAKEN_WHAT, TAKEN_NAME, TAKEN_SCHEMA, TAKEN_TABLE, TAKEN_PARTITION };
/* Partitions go with their table, and what is on them with them. */
static const char taken_sql[] =
    "SELECT x.what, x.name, n.nspname, r.relname, CASE WHEN c.oid <> r.oid THEN c.relname END "
    "FROM (SELECT g.oid AS root, g.oid FROM pg_class g WHERE g.oid IN (%s) "
    "UNION SELECT g.oid, t.relid FROM pg_class g, pg_partition_tree(g.oid) t WHERE g.oid IN (%s)"
    ") y JOIN pg_class c ON c.oid = y.oid JOIN pg_class r ON r.oid = y.root "
    "JOIN pg_namespace n ON n.oid = r.relnamespace JOIN ("
    "SELECT 'trigger', t.tgname::text, t.tgrelid FROM pg_trigger t WHERE NOT t.tgisinternal "
    "AND COALESCE(to_jsonb(t) ->> 'tgparentid', '0') = '0' "
    "UNION ALL SELECT 'rule', r.rulename, r.ev_class FROM pg_rewrite r "
    "UNION ALL SELECT 'policy', p.polname, p.polrelid FROM pg_policy p "
    "UNION ALL SELECT 'statistics', s.stxname, s.stxrelid FROM pg_statistic_ext s "
    "UNION ALL SELECT 'grant', NULL, c.oid FROM pg_class c "
    "WHERE c.relacl <> acldefault('r', c.relowner) OR EXISTS (SELECT FROM pg_attribute a "
    "WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL) "
    "UNION ALL SELECT 'owner', pg_get_userbyid(c.relowner), c.oid FROM pg_class c "
    "WHERE pg_get_userbyid(c.relowner) <> CURRENT_USER "
    "UNION ALL SELECT 'row security', NULL, c.oid FROM pg_class c "
    "WHERE c.relrowsecurity OR c.relforcerowsecurity "
    "UNION ALL SELECT 'replica identity', NULL, c.oid FROM pg_class c WHERE c.relkind IN ('r', "
    "'p') AND c.relreplident <> 'd' "
    "UNION ALL SELECT 'storage options', NULL, c.oid FROM pg_class c WHERE c.reloptions IS NOT "
    "NULL "
    "UNION ALL SELECT 'comment', a.attname, d.objoid FROM pg_description d "
    "LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > "
    "0 WHERE d.classoid = 'pg_class'::regclass"
    ") x(what, name, oid) ON x.oid = c.oid ORDER BY 3, 4, 5 NULLS FIRST, 1, 2";

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

static bool
is_made(const struct pd_sink *sink, const struct pd_object *o)
{
    if (o->flags & PD_OBJECT_ACCESS)
        return sink->with_access;
    return sink->native || o->flags & PD_OBJECT_PASSIVE;
}

/* What goes with a table: what and name as taken_sql says, on that partition or, NULL, the table.
 */
struct taken_thing {
    const struct target_table *t;
    const char *what;
    const char *name;
    const char *partition;
};

/* "p1", "public"."p1", TABLE "public"."p1" */
static bool
is_about(const char *phrase, const char *name)
{
    size_t size = strlen(phrase), n = strlen(name);

    size -= size > 0 && phrase[size - 1] == '"';
    return size >= n && strncmp(phrase + size - n, name, n) == 0 &&
           (size == n || strchr("\".", phrase[size - n - 1]));
}

/* Some have no name of their own, but are called after what they are on. */
static bool
is_called_so(const struct taken_thing *thing, const struct pd_object *o)
{
    const char *on = thing->partition ? thing->partition : thing->t->table->name;

    if (!thing->name || strcmp(thing->what, "owner") == 0)
        return is_about(o->name, on);
    if (strcmp(thing->what, "comment") == 0)
        return is_about(o->name, thing->name) && strstr(o->name, on);
    return strcmp(o->name, thing->name) == 0;
}

/* Is one of the same kind made for the new table? */
static bool
comes_again(const struct pd_sink *sink, const struct taken_thing *thing)
{
    size_t i;

    if (strcmp(thing->what, "comment") == 0 && !thing->partition)
        return has_comment(thing->t, thing->name);
    for (i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *o = pd_object_at(sink->catalog, i);

        if (strcmp(o->kind, thing->what) == 0 && o->table &&
            strcmp(o->table, thing->t->table->name) == 0 && is_made(sink, o) &&
            is_called_so(thing, o))
            return true;
    }
    return false;
}

static void
tell(struct pd_sink *sink, const struct taken_thing *thing)
{
    static const char gone[] = "goes with the table that is replaced, and nothing that is restored "
                               "brings it back";
    const char *sort = thing->partition ? "partition" : "table";
    const char *on = thing->partition ? thing->partition : thing->t->name;
    const char *what = thing->what, *name = thing->name;
    uint32_t number = (uint32_t)(thing->t - sink->tables);

    if (strcmp(what, "owner") == 0)
        sink_leave_out(
            sink, PD_PART_TABLE, number, 0,
            "the target's owner '%s' of %s '%s': it belongs to whoever restores, now that "
            "it is replaced",
            name, sort, on);
    else if (strcmp(what, "comment") == 0 && name)
        sink_leave_out(sink, PD_PART_TABLE, number, 0,
                       "the target's comment on column '%s' of %s '%s' %s", name, sort, on, gone);
    else if (name)
        sink_leave_out(sink, PD_PART_TABLE, number, 0, "the target's %s '%s' on %s '%s' %s", what,
                       name, sort, on, gone);
    else
        sink_leave_out(sink, PD_PART_TABLE, number, 0, "the target's %s on %s '%s' %s", what, sort,
                       on, gone);
}

/* NULL is no text. */
static const char *
text_at(const PGresult *found, int row, int column)
{
    return PQgetisnull(found, row, column) ? NULL : PQgetvalue(found, row, column);
}

pd_status
present_taken(struct pd_sink *sink, const char *oids, struct pd_error *err)
{
    PGresult *found = NULL;
    pd_status status = refuse_published(sink, oids, err);
    int i;

    if (status == PD_OK)
        status = ask(sink, taken_sql, oids, "tTttT", &found, err);
    for (i = 0; status == PD_OK && i < PQntuples(found); i++) {
        struct taken_thing thing = {
            .t = table_of(sink, PQgetvalue(found, i, TAKEN_SCHEMA),
                          PQgetvalue(found, i, TAKEN_TABLE)),
            .what = PQgetvalue(found, i, TAKEN_WHAT),
            .name = text_at(found, i, TAKEN_NAME),
            .partition = text_at(found, i, TAKEN_PARTITION),
        };

        if (thing.t && !comes_again(sink, &thing))
            tell(sink, &thing);
    }
    PQclear(found);
    return status;
}
