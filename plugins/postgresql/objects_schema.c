// SPDX-License-Identifier: Apache-2.0
/* objects_schema - lists what stands beside types and tables: schemas, extensions, languages,
   collations, casts, text search. */
#include "objects_inside.h"
#include "objects_sql.h"

/* The formatter takes SQL for C. */
/* clang-format off */

static const char sql_schemas[] =
    "SELECT " CLASS("pg_namespace") ", n.oid, NULL, n.nspname, 0, " PC "format('SCHEMA %I', "
    "n.nspname), " OWNER("n.nspowner") ", " PC "format('CREATE SCHEMA IF NOT EXISTS %I', "
    "n.nspname), NULL FROM pg_catalog.pg_namespace n "
    "WHERE " OURS("pg_namespace", "n") " AND " USERS("n") " AND n.nspname <> 'public' ORDER BY "
    "n.nspname";

static const char sql_extensions[] =
    "SELECT " CLASS("pg_extension") ", x.oid, n.nspname, x.extname, 0, " PC "format('EXTENSION "
    "%I', x.extname), NULL, " PC "format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I', "
    "x.extname, n.nspname), NULL FROM pg_catalog.pg_extension x "
    "JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace "
    "WHERE x.oid >= 16384 ORDER BY x.extname";

static const char sql_languages[] =
    "SELECT " CLASS("pg_language") ", l.oid, NULL, l.lanname, 0, " PC "format('LANGUAGE %I', "
    "l.lanname), " OWNER("l.lanowner") ", 'CREATE ' || CASE WHEN l.lanpltrusted THEN 'TRUSTED ' "
    "ELSE '' END || " PC "format('LANGUAGE %I HANDLER %s', l.lanname, l.lanplcallfoid::" PC
    "regproc) || CASE WHEN l.laninline <> 0 THEN ' INLINE ' || l.laninline::" PC "regproc ELSE "
    "'' END || CASE WHEN l.lanvalidator <> 0 THEN ' VALIDATOR ' || l.lanvalidator::" PC
    "regproc ELSE '' END, NULL FROM pg_catalog.pg_language l "
    "WHERE l.lanispl AND " OURS("pg_language", "l") " ORDER BY l.lanname";

/* Where the locale of an ICU collation stands has changed from version to version. */
static const char sql_collations[] =
    "SELECT " CLASS("pg_collation") ", c.oid, n.nspname, c.collname, 0, 'COLLATION ' || "
    NAME("n.nspname", "c.collname") ", " OWNER("c.collowner") ", 'CREATE COLLATION ' || "
    NAME("n.nspname", "c.collname") " || ' (provider = ' || CASE c.collprovider WHEN 'i' THEN "
    "'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END || CASE WHEN c.collprovider = 'c' THEN " PC
    "format(', lc_collate = %L, lc_ctype = %L', c.collcollate, c.collctype) ELSE " PC
    "format(', locale = %L', COALESCE(" MEMBER("c", "colllocale") ", "
    MEMBER("c", "colliculocale") ", c.collcollate::text)) END || CASE WHEN "
    "c.collisdeterministic THEN '' ELSE ', deterministic = false' END || COALESCE(', rules = ' || " PC
    "quote_literal(" MEMBER("c", "collicurules") "), '') || ')', NULL "
    "FROM pg_catalog.pg_collation c" SPACE("c.collnamespace") " WHERE " OURS("pg_collation", "c")
    " ORDER BY n.nspname, c.collname";

static const char sql_conversions[] =
    "SELECT " CLASS("pg_conversion") ", c.oid, n.nspname, c.conname, 0, 'CONVERSION ' || "
    NAME("n.nspname", "c.conname") ", " OWNER("c.conowner") ", 'CREATE ' || CASE WHEN "
    "c.condefault THEN 'DEFAULT ' ELSE '' END || " PC "format('CONVERSION %I.%I FOR %L TO %L "
    "FROM %s', n.nspname, c.conname, " PC "pg_encoding_to_char(c.conforencoding), " PC
    "pg_encoding_to_char(c.contoencoding), c.conproc), NULL "
    "FROM pg_catalog.pg_conversion c" SPACE("c.connamespace") " WHERE " OURS("pg_conversion", "c")
    " ORDER BY n.nspname, c.conname";

static const char sql_methods[] =
    "SELECT " CLASS("pg_am") ", a.oid, NULL, a.amname, 0, " PC "format('ACCESS METHOD %I', "
    "a.amname), NULL, " PC "format('CREATE ACCESS METHOD %I TYPE %s HANDLER %s', a.amname, CASE "
    "a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END, a.amhandler), NULL "
    "FROM pg_catalog.pg_am a WHERE " OURS("pg_am", "a") " ORDER BY a.amname";

/* From a range to its multirange there is one anyway. */
#define CAST_TEXT \
    PC "format('(%s AS %s)', " TYPE("c.castsource", "NULL") ", " TYPE("c.casttarget", "NULL") \
    ")"
static const char sql_casts[] =
    "SELECT " CLASS("pg_cast") ", c.oid, NULL, " CAST_TEXT ", 0, 'CAST ' || " CAST_TEXT
    ", NULL, 'CREATE CAST ' || " CAST_TEXT " || CASE c.castmethod WHEN 'b' THEN ' WITHOUT "
    "FUNCTION' WHEN 'i' THEN ' WITH INOUT' ELSE ' WITH FUNCTION ' || c.castfunc::" PC
    "regprocedure END || CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS "
    "IMPLICIT' ELSE '' END, NULL FROM pg_catalog.pg_cast c "
    "WHERE " OURS("pg_cast", "c") " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_range r "
    "WHERE r.rngtypid = c.castsource AND " MEMBER("r", "rngmultitypid") "::oid = c.casttarget) "
    "ORDER BY 4";

#define TRANSFORM_TEXT PC "format('FOR %s LANGUAGE %I', " TYPE("t.trftype", "NULL") ", l.lanname)"
static const char sql_transforms[] =
    "SELECT " CLASS("pg_transform") ", t.oid, NULL, " TRANSFORM_TEXT ", 0, 'TRANSFORM ' || "
    TRANSFORM_TEXT ", NULL, 'CREATE TRANSFORM ' || " TRANSFORM_TEXT " || ' (' || " PC
    "concat_ws(', ', CASE WHEN t.trffromsql <> 0 THEN 'FROM SQL WITH FUNCTION ' || t.trffromsql::"
    PC "regprocedure END, CASE WHEN t.trftosql <> 0 THEN 'TO SQL WITH FUNCTION ' || t.trftosql::"
    PC "regprocedure END) || ')', NULL FROM pg_catalog.pg_transform t "
    "JOIN pg_catalog.pg_language l ON l.oid = t.trflang "
    "WHERE " OURS("pg_transform", "t") " ORDER BY 4";

static const char sql_parsers[] =
    "SELECT " CLASS("pg_ts_parser") ", p.oid, n.nspname, p.prsname, 0, 'TEXT SEARCH PARSER ' || "
    NAME("n.nspname", "p.prsname") ", NULL, " PC "format('CREATE TEXT SEARCH PARSER %I.%I "
    "(START = %s, GETTOKEN = %s, END = %s, ', n.nspname, p.prsname, p.prsstart, p.prstoken, "
    "p.prsend) || CASE WHEN p.prsheadline <> 0 THEN 'HEADLINE = ' || p.prsheadline || ', ' ELSE "
    "'' END || 'LEXTYPES = ' || p.prslextype || ')', NULL "
    "FROM pg_catalog.pg_ts_parser p" SPACE("p.prsnamespace") " WHERE " OURS("pg_ts_parser", "p")
    " ORDER BY n.nspname, p.prsname";

static const char sql_templates[] =
    "SELECT " CLASS("pg_ts_template") ", t.oid, n.nspname, t.tmplname, 0, 'TEXT SEARCH TEMPLATE "
    "' || " NAME("n.nspname", "t.tmplname") ", NULL, " PC "format('CREATE TEXT SEARCH TEMPLATE "
    "%I.%I (', n.nspname, t.tmplname) || CASE WHEN t.tmplinit <> 0 THEN 'INIT = ' || t.tmplinit "
    "|| ', ' ELSE '' END || 'LEXIZE = ' || t.tmpllexize || ')', NULL "
    "FROM pg_catalog.pg_ts_template t" SPACE("t.tmplnamespace") " WHERE "
    OURS("pg_ts_template", "t") " ORDER BY n.nspname, t.tmplname";

static const char sql_dictionaries[] =
    "SELECT " CLASS("pg_ts_dict") ", d.oid, n.nspname, d.dictname, 0, 'TEXT SEARCH DICTIONARY ' "
    "|| " NAME("n.nspname", "d.dictname") ", " OWNER("d.dictowner") ", " PC "format('CREATE "
    "TEXT SEARCH DICTIONARY %I.%I (TEMPLATE = %I.%I', n.nspname, d.dictname, tn.nspname, "
    "t.tmplname) || COALESCE(', ' || d.dictinitoption, '') || ')', NULL "
    "FROM pg_catalog.pg_ts_dict d" SPACE("d.dictnamespace") " JOIN pg_catalog.pg_ts_template t "
    "ON t.oid = d.dicttemplate JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace "
    "WHERE " OURS("pg_ts_dict", "d") " ORDER BY n.nspname, d.dictname";

static const char sql_configurations[] =
    "SELECT " CLASS("pg_ts_config") ", c.oid, n.nspname, c.cfgname, 0, 'TEXT SEARCH "
    "CONFIGURATION ' || " NAME("n.nspname", "c.cfgname") ", " OWNER("c.cfgowner") ", " PC
    "format('CREATE TEXT SEARCH CONFIGURATION %I.%I (PARSER = %I.%I)', n.nspname, c.cfgname, "
    "pn.nspname, p.prsname) || COALESCE((SELECT " PC "string_agg(" PC "format(';ALTER TEXT "
    "SEARCH CONFIGURATION %I.%I ADD MAPPING FOR %I WITH %s', n.nspname, c.cfgname, k.alias, "
    "k.dictionaries), '' ORDER BY k.alias) "
    "FROM (SELECT y.alias, " PC "string_agg(m.mapdict::" PC "regdictionary::text, ', ' ORDER BY "
    "m.mapseqno) AS dictionaries FROM pg_catalog.pg_ts_config_map m "
    "JOIN " PC "ts_token_type(c.cfgparser) y ON y.tokid = m.maptokentype "
    "WHERE m.mapcfg = c.oid GROUP BY y.alias) k), ''), NULL "
    "FROM pg_catalog.pg_ts_config c" SPACE("c.cfgnamespace") " JOIN pg_catalog.pg_ts_parser p ON "
    "p.oid = c.cfgparser JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace "
    "WHERE " OURS("pg_ts_config", "c") " ORDER BY n.nspname, c.cfgname";
/* clang-format on */

const struct objects_kind objects_kinds_schema[] = {
    {"schema", RANK_SCHEMA, PHASE_BEFORE, KIND_PASSIVE, 0, 0, NULL, sql_schemas},
    {"extension", RANK_EXTENSION, PHASE_BEFORE, 0, 0, 0, "EXTENSION", sql_extensions},
    {"language", RANK_LANGUAGE, PHASE_BEFORE, 0, 0, 0, "PROCEDURAL LANGUAGE", sql_languages},
    {"collation", RANK_COLLATION, PHASE_BEFORE, 0, 0, 0, "COLLATION", sql_collations},
    {"conversion", RANK_CAST, PHASE_BEFORE, 0, 0, 0, "CONVERSION", sql_conversions},
    {"access method", RANK_METHOD, PHASE_BEFORE, 0, 0, 0, "ACCESS METHOD", sql_methods},
    {"cast", RANK_CAST, PHASE_BEFORE, 0, 0, 0, "CAST", sql_casts},
    {"transform", RANK_CAST, PHASE_BEFORE, 0, 0, 0, "TRANSFORM", sql_transforms},
    {"text search parser", RANK_TEXT_SEARCH, PHASE_BEFORE, 0, 0, 0, "TEXT SEARCH PARSER",
     sql_parsers},
    {"text search template", RANK_TEXT_SEARCH, PHASE_BEFORE, 0, 0, 0, "TEXT SEARCH TEMPLATE",
     sql_templates},
    {"text search dictionary", RANK_TEXT_SEARCH, PHASE_BEFORE, 0, 0, 0, "TEXT SEARCH DICTIONARY",
     sql_dictionaries},
    {"text search configuration", RANK_TEXT_SEARCH, PHASE_BEFORE, KIND_MANY, 0, 0,
     "TEXT SEARCH CONFIGURATION", sql_configurations},
    {0},
};
