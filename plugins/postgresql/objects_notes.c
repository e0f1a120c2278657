// SPDX-License-Identifier: Apache-2.0
/* objects_notes - lists what is seen and not carried. */
#include "objects_inside.h"
#include "objects_sql.h"

/* The formatter takes SQL for C. */
/* clang-format off */

#define NOTE(schema, name, relation, why) \
    "SELECT 0, 0, " schema ", " name ", " relation ", NULL, NULL, " why ", NULL "

static const char sql_wrappers[] =
    "SELECT " CLASS("pg_foreign_data_wrapper") ", f.oid, NULL, f.fdwname, 0, NULL, NULL, 'it "
    "names programs and places outside of the database', NULL "
    "FROM pg_catalog.pg_foreign_data_wrapper f "
    "WHERE " OURS("pg_foreign_data_wrapper", "f") " ORDER BY f.fdwname";
static const char sql_servers[] =
    "SELECT " CLASS("pg_foreign_server") ", s.oid, NULL, s.srvname, 0, NULL, NULL, 'it names "
    "places outside of the database', NULL "
    "FROM pg_catalog.pg_foreign_server s "
    "WHERE " OURS("pg_foreign_server", "s") " ORDER BY s.srvname";
static const char sql_foreign_tables[] =
    "SELECT " CLASS("pg_class") ", c.oid, n.nspname, c.relname, 0, NULL, NULL, 'its rows are "
    "not in this database', NULL FROM pg_catalog.pg_class c" SPACE("c.relnamespace")
    " WHERE c.relkind = 'f' AND " OURS("pg_class", "c") " ORDER BY n.nspname, c.relname";
static const char sql_mappings[] =
    NOTE("NULL", "m.usename || ' on ' || m.srvname", "0", "'it may hold a password'")
    " FROM pg_catalog.pg_user_mappings m ORDER BY m.srvname, m.usename";
static const char sql_subscriptions[] =
    NOTE("NULL", "s.subname", "0", "'it holds the address and password of another server'")
    " FROM pg_catalog.pg_subscription s WHERE s.subdbid = (SELECT d.oid "
    "FROM pg_catalog.pg_database d WHERE d.datname = " PC "current_database()) ORDER BY "
    "s.subname";
static const char sql_labels[] =
    NOTE(
        "NULL",
        "l.objtype || ' ' || l.objname",
        "0",
        "'a label of ' || l.provider || ' means something only to that provider'")
    " FROM pg_catalog.pg_seclabels l WHERE l.objtype NOT IN ('role', 'tablespace', "
    "'database') ORDER BY l.objtype, l.objname, l.provider";
static const char sql_settings[] =
    NOTE(
        "NULL",
        "COALESCE('role ' || r.rolname || ', ', '') || o.setting",
        "0",
        "'it belongs to the database as such, set it by ALTER DATABASE or ALTER ROLE'")
    " FROM pg_catalog.pg_db_role_setting s "
    "JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase AND d.datname = " PC
    "current_database() LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole, " PC
    "unnest(s.setconfig) o(setting) ORDER BY r.rolname, o.setting";
static const char sql_database_comment[] =
    NOTE("NULL", PC "current_database()", "0", "'a database''s own comment is left where it is'")
    " FROM pg_catalog.pg_shdescription s "
    "JOIN pg_catalog.pg_database d ON d.oid = s.objoid "
    "WHERE s.classoid = 'pg_catalog.pg_database'::" PC "regclass AND d.datname = " PC
    "current_database() AND d.datname <> 'postgres'";
static const char sql_tablespaces[] =
    NOTE(
        "n.nspname",
        "c.relname",
        "0",
        PC "format('it lies in tablespace ''%s'', and will lie in the default one', t.spcname)")
    " FROM pg_catalog.pg_class c" SPACE("c.relnamespace") " JOIN pg_catalog.pg_tablespace t ON "
    "t.oid = c.reltablespace WHERE " OURS("pg_class", "c") " ORDER BY n.nspname, c.relname";
static const char sql_methods[] =
    NOTE(
        "n.nspname",
        "c.relname",
        "0",
        PC "format('its access method is ''%s'', and will be the default one', m.amname)")
    " FROM pg_catalog.pg_class c" SPACE("c.relnamespace") " JOIN pg_catalog.pg_am m ON m.oid = "
    "c.relam AND m.amname <> 'heap' WHERE c.relkind IN ('r', 'm') AND " OURS("pg_class", "c")
    " ORDER BY n.nspname, c.relname";
static const char sql_strangers[] =
    NOTE("n.nspname", "o.name", "0", "'it stands in a schema of the server''s own'")
    " FROM pg_catalog.pg_namespace n JOIN (SELECT c.relnamespace AS space, c.relname::text AS "
    "name FROM pg_catalog.pg_class c "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm') AND " OURS("pg_class", "c")
    " UNION ALL SELECT p.pronamespace, p.proname || '(' || " PC
    "pg_get_function_identity_arguments(p.oid) || ')' "
    "FROM pg_catalog.pg_proc p WHERE " OURS("pg_proc", "p") ") o ON o.space = n.oid "
    "WHERE n.nspname IN ('pg_catalog', 'information_schema') ORDER BY n.nspname, o.name";
/* clang-format on */

const struct objects_kind objects_kinds_notes[] = {
    {"foreign data wrapper", RANK_NONE, PHASE_AFTER, KIND_NOTE, 0, 0, NULL, sql_wrappers},
    {"foreign server", RANK_NONE, PHASE_AFTER, KIND_NOTE, 0, 0, NULL, sql_servers},
    {"user mapping", RANK_NONE, PHASE_AFTER, KIND_NOTE, 0, 0, NULL, sql_mappings},
    /* The catalogue of tables has noted it; views may need it. */
    {"foreign table", RANK_NONE, PHASE_AFTER, KIND_NOTE | KIND_QUIET, 0, 0, NULL,
     sql_foreign_tables},
    {"subscription", RANK_NONE, PHASE_AFTER, KIND_NOTE, 0, 0, NULL, sql_subscriptions},
    {"security label", RANK_NONE, PHASE_AFTER, KIND_NOTE, 0, 0, NULL, sql_labels},
    {"setting", RANK_NONE, PHASE_AFTER, KIND_NOTE, 0, 0, NULL, sql_settings},
    {"comment of the database", RANK_NONE, PHASE_AFTER, KIND_NOTE, 0, 0, NULL,
     sql_database_comment},
    {"tablespace", RANK_NONE, PHASE_AFTER, KIND_NOTE, 0, 0, NULL, sql_tablespaces},
    {"access method", RANK_NONE, PHASE_AFTER, KIND_NOTE, 0, 150000, NULL, sql_methods},
    {"system object", RANK_NONE, PHASE_AFTER, KIND_NOTE, 0, 0, NULL, sql_strangers},
    {0},
};
