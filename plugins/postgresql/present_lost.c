// SPDX-License-Identifier: Apache-2.0
/* present_lost - what DROP TABLE takes along of tables that --into=replace replaces, and that
   nobody makes again: their triggers, rules and policies. What others have of them is refused
   instead. */
#include <string.h>

#include "ddl.h"

/* %s: the tables. Partitions have triggers of their parents, which come back with these. */
static const char lost_sql[] =
    "SELECT x.what, x.name, n.nspname, c.relname FROM ("
    "SELECT 'trigger', t.tgname, t.tgrelid FROM pg_trigger t WHERE NOT t.tgisinternal AND NOT "
    "EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid "
    "AND d.deptype IN ('P', 'I', 'S')) "
    "UNION ALL SELECT 'rule', r.rulename, r.ev_class FROM pg_rewrite r WHERE r.rulename <> "
    "'_RETURN' "
    "UNION ALL SELECT 'policy', p.polname, p.polrelid FROM pg_policy p"
    ") AS x(what, name, relation) JOIN pg_class c ON c.oid = x.relation JOIN pg_namespace n ON "
    "n.oid = c.relnamespace WHERE x.relation IN (%s) ORDER BY 3, 4, 1, 2";

/* Objects of one name are told apart by a number behind it. */
static bool
is_called(const struct pd_object *object, const char *name)
{
    size_t size = strlen(name);

    return strncmp(object->name, name, size) == 0 &&
           (!object->name[size] || strncmp(object->name + size, " #", 2) == 0);
}

static bool
comes_back(const struct pd_sink *sink, const char *what, const char *name, const char *schema,
           const char *table)
{
    for (size_t i = 0; sink->native && sink->same && i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);

        if (strcmp(object->kind, what) == 0 && is_called(object, name) && object->table &&
            strcmp(object->table, table) == 0 &&
            strcmp(object->schema ? object->schema : "public", schema) == 0)
            return true;
    }
    return false;
}

pd_status
present_say_lost(struct pd_sink *sink, const char *oids, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    PGresult *found = NULL;
    pd_status status;

    pd_sql_printf(&sql, lost_sql, oids);
    status = pd_sql_text(&sql) ? pg_query(sink->pg, sql.text, 0, NULL, &found, err)
                               : pg_no_memory(sink->host, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    for (int i = 0; i < PQntuples(found); i++) {
        const char *what = PQgetvalue(found, i, 0), *name = PQgetvalue(found, i, 1);
        const char *schema = PQgetvalue(found, i, 2), *table = PQgetvalue(found, i, 3);

        if (!comes_back(sink, what, name, schema, table))
            sink_leave_out(sink, PD_PART_OBJECT, PD_NO_TABLE, UINT32_MAX,
                           "%s '%s' of table '%s.%s' in the target: it goes with the table that is "
                           "replaced; make it again",
                           what, name, schema, table);
    }
    PQclear(found);
    return PD_OK;
}
