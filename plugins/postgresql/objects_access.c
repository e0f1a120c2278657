// SPDX-License-Identifier: Apache-2.0
/* objects_access - lists comments, owners and grants. */
#include "objects_inside.h"
#include "objects_sql.h"

/* The formatter takes SQL for C. */
/* clang-format off */

#define LITERAL "' IS ' || pg_catalog.quote_literal(d.description)"
#define DESCRIBED(class_name, oid, number) \
    " JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog." class_name \
    "'::pg_catalog.regclass AND d.objoid = " oid " AND d.objsubid = " number " "

/* Of what was listed before; tables, columns and sequences have theirs in the neutral schema. */
static const char sql_comments[] =
    "SELECT d.classoid, d.objoid, NULL, NULL, 0, NULL, NULL, " LITERAL ", NULL "
    "FROM pg_catalog.pg_description d WHERE d.objoid >= 16384 AND d.objsubid = 0 AND "
    "d.classoid NOT IN ('pg_catalog.pg_constraint'::" PC "regclass, 'pg_catalog.pg_largeobject'::"
    PC "regclass) ORDER BY d.classoid, d.objoid";

static const char sql_comment_public[] =
    "SELECT 0, 0, NULL, n.nspname, 0, 'SCHEMA ' || " PC "quote_ident(n.nspname), NULL, " LITERAL
    ", NULL FROM pg_catalog.pg_namespace n " DESCRIBED("pg_namespace", "n.oid", "0")
    " WHERE n.nspname = 'public' AND d.description <> 'standard public schema'";

static const char sql_comment_constraints[] =
    "SELECT " CLASS("pg_constraint") ", k.oid, n.nspname, k.conname, c.oid, " PC
    "format('CONSTRAINT %I ON %I.%I', k.conname, n.nspname, c.relname), NULL, " LITERAL
    ", k.conname FROM pg_catalog.pg_constraint k "
    "JOIN pg_catalog.pg_class c ON c.oid = k.conrelid" SPACE("c.relnamespace")
    DESCRIBED("pg_constraint", "k.oid", "0")
    "WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') ORDER BY n.nspname, c.relname, k.conname";

/* A row trigger of a partitioned table has a copy on each leaf, with a comment of its own. */
static const char sql_comment_clones[] =
    "SELECT " CLASS("pg_trigger") ", t.oid, n.nspname, t.tgname, c.oid, " PC "format('TRIGGER %I "
    "ON %I.%I', t.tgname, n.nspname, c.relname), NULL, " LITERAL ", NULL "
    "FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid"
    SPACE("c.relnamespace") DESCRIBED("pg_trigger", "t.oid", "0") "WHERE c.relispartition AND "
    "(NOT t.tgisinternal OR " MEMBER("t", "tgparentid") " <> '0') AND EXISTS (SELECT 1 "
    "FROM pg_catalog.pg_depend p WHERE p.classid = " CLASS("pg_trigger") " AND p.objid = t.oid "
    "AND p.refclassid = p.classid) ORDER BY n.nspname, c.relname, t.tgname";

static const char sql_comment_domains[] =
    "SELECT " CLASS("pg_type") ", t.oid, n.nspname, k.conname, 0, " PC "format('CONSTRAINT %I "
    "ON DOMAIN %I.%I', k.conname, n.nspname, t.typname), NULL, " LITERAL ", NULL "
    "FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_type t ON t.oid = k.contypid"
    SPACE("t.typnamespace") DESCRIBED("pg_constraint", "k.oid", "0") "ORDER BY n.nspname, "
    "t.typname, k.conname";

static const char sql_comment_indexes[] =
    "SELECT " CLASS("pg_class") ", i.oid, n.nspname, i.relname, c.oid, " PC "format('INDEX "
    "%I.%I', n.nspname, i.relname), NULL, " LITERAL ", i.relname "
    "FROM pg_catalog.pg_class i JOIN pg_catalog.pg_index x ON x.indexrelid = i.oid "
    "JOIN pg_catalog.pg_class c ON c.oid = x.indrelid" SPACE("i.relnamespace")
    DESCRIBED("pg_class", "i.oid", "0") " WHERE c.relkind IN ('r', 'p') ORDER BY n.nspname, "
    "i.relname";

/* The neutral schema knows those of other sequences. */
static const char sql_comment_identities[] =
    "SELECT 0, 0, n.nspname, i.relname, c.oid, " PC "format('SEQUENCE %I.%I', n.nspname, "
    "i.relname), NULL, " LITERAL ", NULL FROM pg_catalog.pg_class i" SPACE("i.relnamespace")
    " JOIN pg_catalog.pg_depend p ON p.classid = " CLASS("pg_class") " AND p.objid = i.oid AND "
    "p.refclassid = p.classid AND p.deptype = 'i' "
    "JOIN pg_catalog.pg_class c ON c.oid = p.refobjid"
    DESCRIBED("pg_class", "i.oid", "0") " WHERE i.relkind = 'S' ORDER BY n.nspname, i.relname";

/* Views, leaves, composite types. */
static const char sql_comment_columns[] =
    "SELECT CASE c.relkind WHEN 'c' THEN " CLASS("pg_type") " ELSE " CLASS("pg_class")
    " END, CASE c.relkind WHEN 'c' THEN c.reltype ELSE c.oid END, n.nspname, c.relname || '.' "
    "|| a.attname, CASE c.relkind WHEN 'c' THEN 0 ELSE c.oid END, " PC "format('COLUMN "
    "%I.%I.%I', n.nspname, c.relname, a.attname), NULL, " LITERAL ", NULL "
    "FROM pg_catalog.pg_class c" SPACE("c.relnamespace") " JOIN pg_catalog.pg_attribute a ON "
    "a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0 "
    DESCRIBED("pg_class", "c.oid", "a.attnum") " WHERE c.relkind IN ('v', 'm', 'c') OR "
    "c.relispartition ORDER BY n.nspname, c.relname, a.attnum";

/* Enums that are made with the tables. */
#define USED_ENUM \
    "t.typtype = 'e' AND " OURS("pg_type", "t") " AND EXISTS (SELECT 1 " \
    "FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid " \
    "WHERE a.atttypid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', " \
    "'p') AND NOT c.relispartition)"
static const char sql_comment_enums[] =
    "SELECT 0, 0, n.nspname, t.typname, 0, 'TYPE ' || " NAME("n.nspname", "t.typname") ", NULL, "
    LITERAL ", NULL FROM pg_catalog.pg_type t" SPACE("t.typnamespace")
    DESCRIBED("pg_type", "t.oid", "0") " WHERE " USED_ENUM " ORDER BY n.nspname, t.typname";

static const char sql_comment_large[] =
    "SELECT 0, 0, NULL, d.objoid, 0, 'LARGE OBJECT ' || d.objoid, NULL, " LITERAL ", NULL "
    "FROM pg_catalog.pg_description d WHERE d.classoid = 'pg_catalog.pg_largeobject'::" PC
    "regclass ORDER BY d.objoid";

/* What is not listed elsewhere. */
#define OWNED(class_name, row, phrase, relation, owner) \
    "SELECT 0, 0, n.nspname, " row ", " relation ", " phrase ", NULL, ' OWNER TO ' || " \
    "pg_catalog.quote_ident(" OWNER(owner) "), NULL "
static const char sql_table_owners[] =
    OWNED(
        "pg_class",
        "c.relname",
        "CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || "
        NAME("n.nspname", "c.relname"),
        "CASE c.relkind WHEN 'S' THEN 0 ELSE c.oid END",
        "c.relowner")
    " FROM pg_catalog.pg_class c" SPACE("c.relnamespace") " WHERE (c.relkind IN ('r', 'p') AND "
    "NOT c.relispartition OR c.relkind = 'S' AND NOT EXISTS (SELECT 1 "
    "FROM pg_catalog.pg_depend o WHERE o.classid = 'pg_catalog.pg_class'::" PC "regclass AND "
    "o.objid = c.oid AND o.refclassid = o.classid AND o.refobjsubid > 0 AND o.deptype IN ('a', "
    "'i'))) AND " OURS("pg_class", "c") " ORDER BY c.relkind, n.nspname, c.relname";
static const char sql_enum_owners[] =
    OWNED("pg_type", "t.typname", "'TYPE ' || " NAME("n.nspname", "t.typname"), "0", "t.typowner")
    " FROM pg_catalog.pg_type t" SPACE("t.typnamespace") " WHERE " USED_ENUM " ORDER BY "
    "n.nspname, t.typname";
/* There may be very many: one statement an owner, which passes over those that were left out. */
#define LARGE_BODY \
    "'DECLARE n oid; BEGIN FOR n IN SELECT m.oid FROM pg_catalog.pg_largeobject_metadata m WHERE " \
    "m.oid = ANY (%L::oid[]) LOOP EXECUTE pg_catalog.format(''ALTER LARGE OBJECT %%s OWNER TO " \
    "%%I'', n, %L); END LOOP; END'"
static const char sql_large_owners[] =
    "SELECT 0, 0, NULL, x.owner, 0, 'LARGE OBJECTS', NULL, 'DO ' || " PC "quote_literal(" PC
    "format(" LARGE_BODY ", x.list, x.owner)), NULL FROM (SELECT " OWNER("m.lomowner")
    "::text AS owner, " PC "array_agg(m.oid ORDER BY m.oid)::text AS list "
    "FROM pg_catalog.pg_largeobject_metadata m GROUP BY 1) x ORDER BY x.owner";
/* The bootstrap user, or pg_database_owner since version 14. */
static const char sql_public_owner[] =
    "SELECT 0, 0, NULL, n.nspname, 0, 'SCHEMA ' || " PC "quote_ident(n.nspname), NULL, ' OWNER "
    "TO ' || " PC "quote_ident(" OWNER("n.nspowner") "), NULL "
    "FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public' AND n.nspowner NOT IN (10, "
    "6171)";

/* How an access list differs from what a new object has. */
#define PRIVILEGES(list) \
    "SELECT DISTINCT x.grantee, x.privilege_type, x.is_grantable " \
    "FROM pg_catalog.aclexplode(CASE WHEN pg_catalog.cardinality(" list ") > 0 THEN " list " END) x"
#define DIFFERENCE(list, other) \
    "SELECT e.* FROM (" PRIVILEGES(list) " EXCEPT " PRIVILEGES(other) ") e"
#define GRANTEE \
    "CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(" OWNER("x.grantee") \
    ") END"
#define WORDS \
    "pg_catalog.string_agg(x.privilege_type || COALESCE(' (' || " \
    "pg_catalog.quote_ident(g.column_name) || ')', ''), ', ' ORDER BY x.privilege_type)"
#define GRANTS(from) \
    "WITH g(class_oid, oid, schema, name, relation, phrase, column_name, acl, base, prefix) " \
    "AS (" from ") SELECT g.class_oid, g.oid, g.schema, g.name, g.relation, g.phrase, NULL, " \
    "g.prefix || y.sql, NULL FROM g, LATERAL (SELECT 1, 'REVOKE ' || " WORDS " || ' ON ' " \
    "|| g.phrase || ' FROM ' || " GRANTEE \
    " FROM (" DIFFERENCE("g.base", "g.acl") ") x GROUP BY x.grantee " \
    "UNION ALL SELECT 2, 'GRANT ' || " WORDS " || ' ON ' || g.phrase || ' TO ' || " GRANTEE \
    " || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END " \
    "FROM (" DIFFERENCE("g.acl", "g.base") ") x GROUP BY x.grantee, x.is_grantable) y(step, " \
    "sql) ORDER BY g.schema, g.phrase, y.step, g.column_name, g.prefix, y.sql"

#define INITIAL(class_name, oid, or_else) \
    "COALESCE((SELECT i.initprivs FROM pg_catalog.pg_init_privs i " \
    "WHERE i.classoid = 'pg_catalog." class_name "'::pg_catalog.regclass AND i.objoid = " oid \
    " AND i.objsubid = 0), " or_else ")"
#define DEFAULTS(letter, owner) PC "acldefault('" letter "', " owner ")"

static const char sql_grants[] =
    GRANTS(
        "SELECT " CLASS("pg_namespace") ", n.oid, NULL::name, n.nspname::text, 0::oid, "
        "'SCHEMA ' || " PC "quote_ident(n.nspname), NULL::name, n.nspacl, "
        INITIAL("pg_namespace", "n.oid", DEFAULTS("n", "n.nspowner")) ", '' "
        "FROM pg_catalog.pg_namespace n "
        "WHERE n.nspacl IS NOT NULL AND " USERS("n")
        " UNION ALL SELECT " CLASS("pg_class") ", c.oid, n.nspname, c.relname, CASE c.relkind "
        "WHEN 'S' THEN 0 ELSE c.oid END, CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE "
        "' END || " NAME("n.nspname", "c.relname") ", NULL, c.relacl, CASE c.relkind WHEN 'S' "
        "THEN " DEFAULTS("s", "c.relowner") " ELSE " DEFAULTS("r", "c.relowner") " END, '' "
        "FROM pg_catalog.pg_class c" SPACE("c.relnamespace") " WHERE c.relacl IS NOT NULL AND "
        "c.relkind IN ('r', 'p', 'v', 'm', 'S') AND " OURS("pg_class", "c")
        " UNION ALL SELECT " CLASS("pg_class") ", c.oid, n.nspname, c.relname, c.oid, 'TABLE ' "
        "|| " NAME("n.nspname", "c.relname") ", a.attname, a.attacl, '{}', '' "
        "FROM pg_catalog.pg_class c" SPACE("c.relnamespace") " JOIN pg_catalog.pg_attribute a "
        "ON a.attrelid = c.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped AND a.attnum > "
        "0 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND " OURS("pg_class", "c")
        " UNION ALL SELECT " CLASS("pg_proc") ", p.oid, n.nspname, p.proname, 0, CASE "
        "p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || "
        NAME("n.nspname", "p.proname") " || '(' || " PC
        "pg_get_function_identity_arguments(p.oid) || ')', NULL, p.proacl, "
        DEFAULTS("f", "p.proowner") ", '' "
        "FROM pg_catalog.pg_proc p" SPACE("p.pronamespace") " WHERE p.proacl IS NOT NULL AND "
        OURS("pg_proc", "p") " UNION ALL SELECT " CLASS("pg_type") ", t.oid, n.nspname, "
        "t.typname, 0, 'TYPE ' || " NAME("n.nspname", "t.typname") ", NULL, t.typacl, "
        DEFAULTS("T", "t.typowner") ", '' "
        "FROM pg_catalog.pg_type t" SPACE("t.typnamespace") " WHERE t.typacl IS NOT NULL AND "
        OURS("pg_type", "t") " UNION ALL SELECT " CLASS("pg_language") ", l.oid, NULL, "
        "l.lanname, 0, 'LANGUAGE ' || " PC "quote_ident(l.lanname), NULL, l.lanacl, "
        INITIAL("pg_language", "l.oid", DEFAULTS("l", "l.lanowner")) ", '' "
        "FROM pg_catalog.pg_language l WHERE l.lanacl IS NOT NULL AND l.lanispl"
        " UNION ALL SELECT 0, 0, NULL, m.oid::text, 0, 'LARGE OBJECT ' || m.oid, NULL, m.lomacl, "
        DEFAULTS("L", "m.lomowner") ", '' FROM pg_catalog.pg_largeobject_metadata m "
        "WHERE m.lomacl IS NOT NULL");

static const char sql_default_grants[] =
    GRANTS(
        "SELECT CASE WHEN n.oid IS NULL THEN 0 ELSE " CLASS("pg_namespace") " END, "
        "COALESCE(n.oid, 0), NULL::name, " OWNER("a.defaclrole") "::text, 0::oid, CASE "
        "a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN "
        "'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END, "
        "NULL::name, a.defaclacl, CASE WHEN a.defaclnamespace <> 0 THEN '{}' ELSE " PC
        "acldefault(CASE a.defaclobjtype WHEN 'S' THEN 's' ELSE a.defaclobjtype END, "
        "a.defaclrole) END, 'ALTER DEFAULT PRIVILEGES FOR ROLE ' || " PC "quote_ident("
        OWNER("a.defaclrole") ") || COALESCE(' IN SCHEMA ' || " PC "quote_ident(n.nspname), "
        "'') || ' ' FROM pg_catalog.pg_default_acl a "
        "LEFT JOIN pg_catalog.pg_namespace n ON n.oid = a.defaclnamespace");
/* clang-format on */

const struct objects_kind objects_kinds_access[] = {
    {"comment", RANK_COMMENT, PHASE_AFTER, KIND_COMMENT | KIND_PASSIVE, 0, 0, NULL, sql_comments},
    {"comment", RANK_COMMENT, PHASE_AFTER, KIND_COMMENT | KIND_PASSIVE, 0, 0, NULL,
     sql_comment_public},
    {"comment", RANK_COMMENT, PHASE_AFTER, KIND_COMMENT | KIND_PASSIVE, 0, 0, NULL,
     sql_comment_constraints},
    {"comment", RANK_COMMENT, PHASE_AFTER, KIND_COMMENT | KIND_PASSIVE, 0, 0, NULL,
     sql_comment_clones},
    {"comment", RANK_COMMENT, PHASE_AFTER, KIND_COMMENT | KIND_PASSIVE, 0, 0, NULL,
     sql_comment_domains},
    {"comment", RANK_COMMENT, PHASE_AFTER, KIND_COMMENT | KIND_PASSIVE, 0, 0, NULL,
     sql_comment_indexes},
    {"comment", RANK_COMMENT, PHASE_AFTER, KIND_COMMENT | KIND_PASSIVE, 0, 0, NULL,
     sql_comment_identities},
    {"comment", RANK_COMMENT, PHASE_AFTER, KIND_COMMENT | KIND_PASSIVE, 0, 0, NULL,
     sql_comment_columns},
    {"comment", RANK_COMMENT, PHASE_AFTER, KIND_COMMENT | KIND_PASSIVE, 0, 0, NULL,
     sql_comment_enums},
    {"comment", RANK_COMMENT, PHASE_AFTER, KIND_COMMENT | KIND_PASSIVE, 0, 0, NULL,
     sql_comment_large},
    {"owner", RANK_OWNER, PHASE_AFTER, KIND_ALTER | KIND_ACCESS, 0, 0, NULL, sql_table_owners},
    {"owner", RANK_OWNER, PHASE_AFTER, KIND_ALTER | KIND_ACCESS, 0, 0, NULL, sql_enum_owners},
    {"owner", RANK_OWNER, PHASE_AFTER, KIND_ALTER | KIND_ACCESS, 0, 0, NULL, sql_public_owner},
    {"owner", RANK_OWNER, PHASE_AFTER, KIND_ACCESS, 0, 0, NULL, sql_large_owners},
    {"grant", RANK_GRANT, PHASE_AFTER, KIND_ACCESS, 0, 0, NULL, sql_grants},
    {"default grant", RANK_GRANT, PHASE_AFTER, KIND_ACCESS, 0, 0, NULL, sql_default_grants},
    {0},
};
