// SPDX-License-Identifier: Apache-2.0
/* objects_types - lists types that tables' columns do not imply. */
#include "objects_inside.h"
#include "objects_sql.h"

/* The formatter takes SQL for C. */
/* clang-format off */

#define TYPE_ROW(word) \
    "SELECT " CLASS("pg_type") ", t.oid, n.nspname, t.typname, 0, '" word " ' || " \
    NAME("n.nspname", "t.typname") ", " OWNER("t.typowner") ", "
#define TYPE_FROM " FROM pg_catalog.pg_type t" SPACE("t.typnamespace")
#define TYPE_OURS " WHERE " OURS("pg_type", "t")
#define TYPE_ORDER " ORDER BY n.nspname, t.typname"
#define TYPE_NAME NAME("n.nspname", "t.typname")

/* Enums that are the type of a table's column are made from the column's labels. */
static const char sql_enums[] =
    TYPE_ROW("TYPE") "'CREATE TYPE ' || " TYPE_NAME " || ' AS ENUM (' || COALESCE((SELECT " PC
    "string_agg(" PC "quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) "
    "FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), '') || ')', NULL" TYPE_FROM
    TYPE_OURS " AND t.typtype = 'e' AND NOT EXISTS (SELECT 1 "
    "FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
    "JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace "
    "WHERE a.atttypid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', "
    "'p') AND NOT c.relispartition AND " USERS("cn") " AND " OURS("pg_class", "c") ")" TYPE_ORDER;

static const char sql_composites[] =
    TYPE_ROW("TYPE") "'CREATE TYPE ' || " TYPE_NAME " || ' AS (' || COALESCE((SELECT " PC
    "string_agg(" PC "quote_ident(a.attname) || ' ' || " TYPE("a.atttypid", "a.atttypmod") " || "
    COLLATE("a.attcollation", "a.atttypid") ", ', ' ORDER BY a.attnum) "
    "FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT "
    "a.attisdropped), '') || ')', NULL" TYPE_FROM " JOIN pg_catalog.pg_class c ON c.oid = "
    "t.typrelid AND c.relkind = 'c' " TYPE_OURS TYPE_ORDER;

static const char sql_domains[] =
    TYPE_ROW("DOMAIN") "'CREATE DOMAIN ' || " TYPE_NAME " || ' AS ' || "
    TYPE("t.typbasetype", "t.typtypmod") " || " COLLATE("t.typcollation", "t.typbasetype")
    " || COALESCE(' DEFAULT ' || " PC "pg_get_expr(t.typdefaultbin, 0), ' DEFAULT ' || " PC
    "quote_literal(t.typdefault), '') || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END || "
    "COALESCE((SELECT " PC "string_agg(" PC "format(' CONSTRAINT %I %s', k.conname, " PC
    "pg_get_constraintdef(k.oid)), '' ORDER BY k.conname) "
    "FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' AND "
    "k.convalidated), ''), NULL" TYPE_FROM TYPE_OURS " AND t.typtype = 'd'" TYPE_ORDER;

static const char sql_domain_checks[] =
    "SELECT " CLASS("pg_constraint") ", k.oid, n.nspname, k.conname, 0, " PC
    "format('CONSTRAINT %I ON DOMAIN %I.%I', k.conname, n.nspname, t.typname), NULL, " PC
    "format('ALTER DOMAIN %I.%I ADD CONSTRAINT %I %s', n.nspname, t.typname, k.conname, " PC
    "pg_get_constraintdef(k.oid)), NULL" TYPE_FROM " JOIN pg_catalog.pg_constraint k ON "
    "k.contypid = t.oid " TYPE_OURS " AND t.typtype = 'd' AND k.contype = 'c' AND NOT "
    "k.convalidated" TYPE_ORDER ", k.conname";

/* Before version 14 there are no multiranges. */
static const char sql_ranges[] =
    TYPE_ROW("TYPE") "'CREATE TYPE ' || " TYPE_NAME " || ' AS RANGE (SUBTYPE = ' || "
    TYPE("r.rngsubtype", "NULL") " || COALESCE((SELECT ', SUBTYPE_OPCLASS = ' || "
    NAME("on_.nspname", "o.opcname") " FROM pg_catalog.pg_opclass o "
    "JOIN pg_catalog.pg_namespace on_ ON on_.oid = o.opcnamespace "
    "WHERE o.oid = r.rngsubopc AND NOT (o.opcdefault AND o.oid < 16384)), '') || "
    "COALESCE((SELECT ', COLLATION = ' || " NAME("cn.nspname", "c.collname")
    " FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace cn ON cn.oid = "
    "c.collnamespace JOIN pg_catalog.pg_type s ON s.oid = r.rngsubtype "
    "WHERE c.oid = r.rngcollation AND c.oid <> s.typcollation), '') || CASE WHEN r.rngcanonical "
    "<> 0 THEN ', CANONICAL = ' || r.rngcanonical ELSE '' END || CASE WHEN r.rngsubdiff <> 0 "
    "THEN ', SUBTYPE_DIFF = ' || r.rngsubdiff ELSE '' END || COALESCE((SELECT ', "
    "MULTIRANGE_TYPE_NAME = ' || " NAME("mn.nspname", "m.typname")
    " FROM pg_catalog.pg_type m JOIN pg_catalog.pg_namespace mn ON mn.oid = m.typnamespace "
    "WHERE m.oid = " MEMBER("r", "rngmultitypid") "::oid), '') || ')', NULL" TYPE_FROM
    " JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid " TYPE_OURS " AND t.typtype = 'r'"
    TYPE_ORDER;

#define FUNCTION_OF(column, word) \
    "CASE WHEN " column " <> 0 THEN ', " word " = ' || " column " ELSE '' END || "
static const char sql_bases[] =
    TYPE_ROW("TYPE") "'CREATE TYPE ' || " TYPE_NAME " || ' (INPUT = ' || t.typinput || ', "
    "OUTPUT = ' || t.typoutput || " FUNCTION_OF("t.typreceive", "RECEIVE")
    FUNCTION_OF("t.typsend", "SEND") FUNCTION_OF("t.typmodin", "TYPMOD_IN")
    FUNCTION_OF("t.typmodout", "TYPMOD_OUT") FUNCTION_OF("t.typanalyze", "ANALYZE") "CASE WHEN "
    MEMBER("t", "typsubscript") " <> '-' THEN ', SUBSCRIPT = ' || " MEMBER("t", "typsubscript")
    " ELSE '' END || ', INTERNALLENGTH = ' || CASE WHEN t.typlen > 0 THEN t.typlen::text ELSE "
    "'VARIABLE' END || CASE WHEN t.typbyval THEN ', PASSEDBYVALUE' ELSE '' END || ', ALIGNMENT "
    "= ' || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'd' THEN 'double' "
    "ELSE 'int4' END || ', STORAGE = ' || CASE t.typstorage WHEN 'e' THEN 'external' WHEN 'x' "
    "THEN 'extended' WHEN 'm' THEN 'main' ELSE 'plain' END || ', CATEGORY = ' || " PC
    "quote_literal(t.typcategory::text) || CASE WHEN t.typispreferred THEN ', PREFERRED = true' ELSE "
    "'' END || COALESCE(', DEFAULT = ' || " PC "quote_literal(t.typdefault), '') || CASE WHEN "
    "t.typelem <> 0 THEN ', ELEMENT = ' || " TYPE("t.typelem", "NULL") " || ', DELIMITER = ' || "
    PC "quote_literal(t.typdelim::text) ELSE '' END || CASE WHEN t.typcollation <> 0 THEN ', "
    "COLLATABLE = true' ELSE '' END || ')', NULL" TYPE_FROM TYPE_OURS " AND t.typtype = 'b' AND "
    "t.typisdefined AND NOT EXISTS (SELECT 1 "
    "FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)" TYPE_ORDER;

static const char sql_shells[] =
    TYPE_ROW("TYPE") "'CREATE TYPE ' || " TYPE_NAME ", NULL" TYPE_FROM "LEFT "
    "JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid " TYPE_OURS " AND (r.rngcanonical <> 0 OR "
    "t.typtype = 'b' AND NOT EXISTS (SELECT 1 "
    "FROM pg_catalog.pg_type e WHERE e.typarray = t.oid))" TYPE_ORDER;
/* Types that were announced and never made. */
static const char sql_announced[] =
    TYPE_ROW("TYPE") "'CREATE TYPE ' || " TYPE_NAME ", NULL" TYPE_FROM TYPE_OURS
    " AND t.typtype = 'p' AND NOT t.typisdefined" TYPE_ORDER;
/* clang-format on */

const struct objects_kind objects_kinds_types[] = {
    {"shell type", RANK_SHELL, PHASE_BEFORE, KIND_SHELL, 0, 0, NULL, sql_shells},
    {"announced type", RANK_SHELL, PHASE_BEFORE, 0, 0, 0, NULL, sql_announced},
    {"enum type", RANK_TYPE, PHASE_BEFORE, KIND_PASSIVE, 0, 0, "TYPE", sql_enums},
    {"composite type", RANK_TYPE, PHASE_BEFORE, 0, 0, 0, "TYPE", sql_composites},
    {"domain", RANK_TYPE, PHASE_BEFORE, 0, 0, 0, "DOMAIN", sql_domains},
    /* Rows may break those that are not validated. */
    {"domain constraint", RANK_CONSTRAINT, PHASE_AFTER, 0, 0, 0, "CHECK CONSTRAINT",
     sql_domain_checks},
    {"range type", RANK_TYPE, PHASE_BEFORE, 0, 0, 0, "TYPE", sql_ranges},
    {"base type", RANK_TYPE, PHASE_BEFORE, 0, 0, 0, "TYPE", sql_bases},
    {0},
};
