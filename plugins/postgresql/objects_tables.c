// SPDX-License-Identifier: Apache-2.0
/* objects_tables - lists what the neutral schema does not say of tables: partitions, inheritance,
   storage options, exclusion constraints. */
#include "objects_inside.h"
#include "objects_sql.h"

/* The formatter takes SQL for C. */
/* clang-format off */

#define TABLE_NAME NAME("n.nspname", "c.relname")
#define TABLE_FROM " FROM pg_catalog.pg_class c" SPACE("c.relnamespace")
#define TABLE_ORDER " ORDER BY n.nspname, c.relname"
/* A statement about a table, view or leaf c. */
#define ABOUT(sql, needs) \
    "SELECT 0, 0, n.nspname, c.relname, c.oid, NULL, NULL, " sql ", " needs TABLE_FROM
#define ABOUT_COLUMN(sql) \
    "SELECT 0, 0, n.nspname, c.relname || '.' || a.attname, c.oid, NULL, NULL, " PC \
    "format('ALTER TABLE ONLY %I.%I ALTER COLUMN %I ', n.nspname, c.relname, a.attname) || " sql \
    ", NULL" TABLE_FROM " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > " \
    "0 AND NOT a.attisdropped "
#define STORED "c.relkind IN ('r', 'p', 'm')"

/* The columns of c; defaults and checks are made after the rows. */
#define COLUMNS(identity) \
    "COALESCE((SELECT " PC "string_agg(" PC "quote_ident(a.attname) || ' ' || " \
    TYPE("a.atttypid", "a.atttypmod") " || " COLLATE("a.attcollation", "a.atttypid") \
    " || CASE a.attgenerated WHEN '' THEN '' ELSE ' GENERATED ALWAYS AS (' || (SELECT " PC \
    "pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d " \
    "WHERE d.adrelid = c.oid AND d.adnum = a.attnum) || CASE a.attgenerated WHEN 's' " \
    "THEN ') STORED' ELSE ') VIRTUAL' END END || " identity \
    "CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, ', ' ORDER BY a.attnum) " \
    "FROM pg_catalog.pg_attribute a " \
    "WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '')"
#define IDENTITY \
    "CASE a.attidentity WHEN '' THEN '' ELSE ' GENERATED ' || CASE a.attidentity WHEN 'a' " \
    "THEN 'ALWAYS' ELSE 'BY DEFAULT' END || ' AS IDENTITY' || COALESCE((SELECT " PC \
    "format(' (SEQUENCE NAME %I.%I INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s " \
    "CACHE %s%s)', sn.nspname, sc.relname, s.seqincrement, s.seqmin, s.seqmax, s.seqstart, " \
    "s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END) " \
    "FROM pg_catalog.pg_depend d " \
    "JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.objid " \
    "JOIN pg_catalog.pg_class sc ON sc.oid = d.objid " \
    "JOIN pg_catalog.pg_namespace sn ON sn.oid = sc.relnamespace " \
    "WHERE d.classid = " CLASS("pg_class") " AND d.refclassid = d.classid AND d.refobjid = c.oid " \
    "AND d.refobjsubid = a.attnum AND d.deptype = 'i'), '') END || "
#define PARTITION_BY " || COALESCE(' PARTITION BY ' || " PC "pg_get_partkeydef(c.oid), '')"

static const char sql_partitioned[] =
    "SELECT 0, 0, n.nspname, c.relname, c.oid, NULL, NULL, 'CREATE TABLE ' || " TABLE_NAME
    " || ' (' || " COLUMNS(IDENTITY) " || ')'" PARTITION_BY ", NULL" TABLE_FROM
    "WHERE c.relkind = 'p' AND NOT c.relispartition" TABLE_ORDER;

/* The columns of a leaf stand in its own order. */
static const char sql_partitions[] =
    "SELECT " CLASS("pg_class") ", c.oid, n.nspname, c.relname, " PC
    "pg_partition_root(c.oid)::oid, 'TABLE ' || " TABLE_NAME ", " OWNER("c.relowner")
    ", 'CREATE TABLE ' || " TABLE_NAME " || ' (' || " COLUMNS("") " || ')'" PARTITION_BY " || " PC
    "format(';ALTER TABLE ONLY %I.%I ATTACH PARTITION %I.%I %s', pn.nspname, p.relname, "
    "n.nspname, c.relname, " PC "pg_get_expr(c.relpartbound, c.oid)), NULL" TABLE_FROM
    "JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid "
    "JOIN pg_catalog.pg_class p ON p.oid = i.inhparent "
    "JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace "
    "WHERE c.relispartition AND c.relkind IN ('r', 'p') AND (" IS_DETACHED ") IS NOT "
    "TRUE" TABLE_ORDER;

/* A parent's default may have come down to a leaf that has none. */
static const char sql_leaf_defaults[] =
    ABOUT_COLUMN("COALESCE('SET DEFAULT ' || " PC "pg_get_expr(d.adbin, d.adrelid), 'DROP DEFAULT')")
    "LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum "
    "WHERE c.relispartition AND c.relkind IN ('r', 'p') AND a.attgenerated = '' AND "
    "(d.oid IS NOT NULL OR EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i "
    "JOIN pg_catalog.pg_attribute p ON p.attrelid = i.inhparent AND p.attname = a.attname "
    "JOIN pg_catalog.pg_attrdef e ON e.adrelid = p.attrelid AND e.adnum = p.attnum "
    "WHERE i.inhrelid = c.oid))" TABLE_ORDER ", a.attnum";

/* What an inner partition has goes for those below it as well. */
#define CONSTRAINT_ROW \
    "SELECT " CLASS("pg_constraint") ", k.oid, n.nspname, k.conname, c.oid, " PC \
    "format('CONSTRAINT %I ON %I.%I', k.conname, n.nspname, c.relname), NULL, " PC \
    "format('ALTER TABLE %s%I.%I ADD CONSTRAINT %I %s', CASE c.relkind WHEN 'p' THEN '' ELSE " \
    "'ONLY ' END, n.nspname, c.relname, k.conname, " PC \
    "pg_get_constraintdef(k.oid)), NULL" TABLE_FROM " JOIN pg_catalog.pg_constraint k ON " \
    "k.conrelid = c.oid LEFT JOIN pg_catalog.pg_class x ON x.oid = k.conindid AND " \
    "x.relkind IN ('i', 'I') "
#define CONSTRAINT_ORDER TABLE_ORDER ", k.conname"

static const char sql_exclusions[] =
    CONSTRAINT_ROW " WHERE k.contype = 'x' AND NOT c.relispartition" CONSTRAINT_ORDER;
/* What a leaf has beyond its parent's. */
static const char sql_leaf_constraints[] =
    CONSTRAINT_ROW " WHERE c.relispartition AND c.relkind IN ('r', 'p') AND (k.contype = 'c' AND "
    "k.conislocal AND k.coninhcount = 0 OR k.contype = 'f' AND k.conparentid = 0 OR k.contype "
    "IN ('p', 'u', 'x') AND NOT x.relispartition)" CONSTRAINT_ORDER;

/* Keys of leaves come with their parent's, under a name that the server finds. Those that have
   another are made before, and then taken by the parent's. */
#define USUAL_NAME \
    "CASE WHEN k.contype = 'p' THEN c.relname || '_pkey' ELSE c.relname || '_' || (SELECT " PC \
    "string_agg(COALESCE(a.attname::text, 'expr'), '_' ORDER BY u.i) " \
    "FROM " PC "generate_series(0, x.indnkeyatts - 1) u(i) " \
    "LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = " \
    "x.indkey[u.i]) || CASE WHEN k.contype = 'u' THEN '_key' ELSE '_idx' END END"
#define LEAF_INDEX_FROM \
    TABLE_FROM " JOIN pg_catalog.pg_index x ON x.indrelid = c.oid " \
    "JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid " \
    "LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.oid AND k.conrelid = c.oid AND " \
    "k.contype IN ('p', 'u', 'x') WHERE c.relispartition AND c.relkind IN ('r', 'p') "
#define LEAF_INDEX_ROW \
    "SELECT " CLASS("pg_class") ", i.oid, n.nspname, i.relname, c.oid, 'INDEX ' || " \
    NAME("n.nspname", "i.relname") ", NULL, "
/* Those of an inner one take what those below it have already, and make the others. */
#define LEAF_INDEX_ORDER \
    " ORDER BY (SELECT " PC "count(*) FROM " PC "pg_partition_ancestors(c.oid)) DESC, n.nspname, " \
    "i.relname"
#define LEAF_INDEX_ON \
    "CASE WHEN x.indisunique THEN 'CREATE UNIQUE INDEX ' ELSE 'CREATE INDEX ' END || " PC \
    "quote_ident(i.relname) || ' ON '"
#define LEAF_INDEX_SQL \
    "CASE c.relkind WHEN 'p' THEN " LEAF_INDEX_ON " || " PC "substr(" PC \
    "pg_get_indexdef(i.oid), " PC "length(" LEAF_INDEX_ON " || 'ONLY ') + 1) ELSE " PC \
    "pg_get_indexdef(i.oid) END"
static const char sql_leaf_indexes[] =
    LEAF_INDEX_ROW LEAF_INDEX_SQL ", NULL" LEAF_INDEX_FROM "AND k.oid IS NULL AND NOT "
    "i.relispartition" LEAF_INDEX_ORDER;
static const char sql_leaf_keys[] =
    LEAF_INDEX_ROW "CASE WHEN k.oid IS NULL THEN " LEAF_INDEX_SQL " ELSE " PC
    "format('ALTER TABLE %s%I.%I ADD CONSTRAINT %I %s', CASE c.relkind WHEN 'p' THEN '' ELSE "
    "'ONLY ' END, n.nspname, c.relname, k.conname, " PC
    "pg_get_constraintdef(k.oid)) END, NULL" LEAF_INDEX_FROM "AND i.relispartition AND "
    "i.relname <> " USUAL_NAME LEAF_INDEX_ORDER;

static const char sql_inherits[] =
    "SELECT 0, 0, n.nspname, c.relname || ' of ' || " NAME("pn.nspname", "p.relname")
    ", c.oid, NULL, NULL, " PC "format('ALTER TABLE %I.%I INHERIT %I.%I', n.nspname, c.relname, "
    "pn.nspname, p.relname), NULL" TABLE_FROM
    "JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid "
    "JOIN pg_catalog.pg_class p ON p.oid = i.inhparent "
    "JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace "
    "WHERE c.relkind = 'r' AND NOT c.relispartition" TABLE_ORDER ", i.inhseqno";

/* What a table that inherits declares itself, for the sink's own statement. */
static const char sql_heirs[] =
    "SELECT 0, 0, n.nspname, c.relname, c.oid, NULL, NULL, '(' || " PC "concat_ws(', ', "
    "(SELECT " PC "string_agg(" PC "quote_ident(a.attname), ', ' ORDER BY a.attnum) "
    "FROM pg_catalog.pg_attribute a "
    "WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal), "
    "(SELECT " PC "string_agg('CONSTRAINT ' || " PC "quote_ident(k.conname), ', ' ORDER BY "
    "k.conname) FROM pg_catalog.pg_constraint k "
    "WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conislocal)) || ') INHERITS (' || "
    "(SELECT " PC "string_agg(" NAME("pn.nspname", "p.relname") ", ', ' ORDER BY i.inhseqno) "
    "FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent "
    "JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid) || ')', "
    "NULL" TABLE_FROM "WHERE c.relkind = 'r' AND NOT c.relispartition AND EXISTS (SELECT 1 FROM "
    "pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)" TABLE_ORDER;

/* The neutral schema knows those of tables. */
static const char sql_leaf_sequences[] =
    "SELECT 0, 0, sn.nspname, s.relname, c.oid, NULL, NULL, " PC "format('ALTER SEQUENCE %I.%I "
    "OWNED BY %I.%I.%I', sn.nspname, s.relname, n.nspname, c.relname, a.attname), NULL" TABLE_FROM
    "JOIN pg_catalog.pg_depend d ON d.classid = " CLASS("pg_class") " AND d.refclassid = "
    "d.classid AND d.refobjid = c.oid AND d.deptype = 'a' AND d.refobjsubid > 0 "
    "JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S' "
    "JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid "
    "WHERE c.relispartition ORDER BY sn.nspname, s.relname";

static const char sql_typed[] =
    ABOUT(
        PC "format('ALTER TABLE %I.%I OF %s', n.nspname, c.relname, "
        TYPE("c.reloftype", "NULL") ")",
        "NULL")
    " WHERE c.relkind IN ('r', 'p') AND c.reloftype <> 0" TABLE_ORDER;

static const char sql_unlogged[] =
    ABOUT(PC "format('ALTER TABLE %I.%I SET UNLOGGED', n.nspname, c.relname)", "NULL")
    " WHERE c.relkind = 'r' AND c.relpersistence = 'u'" TABLE_ORDER;

/* Those of identity columns follow their table. */
static const char sql_unlogged_sequences[] =
    "SELECT 0, 0, n.nspname, c.relname, COALESCE((SELECT o.refobjid FROM pg_catalog.pg_depend o "
    "WHERE o.classid = 'pg_catalog.pg_class'::" PC "regclass AND o.objid = c.oid AND o.refclassid "
    "= o.classid AND o.deptype = 'a'), 0), NULL, NULL, " PC "format('ALTER TABLE %I.%I SET "
    "UNLOGGED', n.nspname, c.relname), NULL" TABLE_FROM
    "WHERE c.relkind = 'S' AND c.relpersistence = 'u' AND NOT EXISTS (SELECT 1 "
    "FROM pg_catalog.pg_depend o WHERE o.classid = 'pg_catalog.pg_class'::" PC "regclass AND "
    "o.objid = c.oid AND o.refclassid = o.classid AND o.deptype = 'i')" TABLE_ORDER;

static const char sql_methods[] =
    ABOUT(
        PC "format('ALTER TABLE %I.%I SET ACCESS METHOD %I', n.nspname, c.relname, m.amname)",
        "NULL")
    " JOIN pg_catalog.pg_am m ON m.oid = c.relam AND m.amname <> 'heap' "
    "WHERE c.relkind IN ('r', 'm')" TABLE_ORDER;

/* Views are made with theirs. */
static const char sql_options[] =
    ABOUT(
        PC "format('ALTER TABLE ONLY %I.%I SET (%s)', n.nspname, c.relname, " PC
        "concat_ws(', ', CASE WHEN c.relkind <> 'm' THEN " OPTIONS("c.reloptions", "''")
        " END, " OPTIONS("t.reloptions", "'toast.'") "))",
        "NULL")
    " LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid "
    "WHERE " STORED " AND (c.reloptions IS NOT NULL AND c.relkind <> 'm' OR t.reloptions IS NOT "
    "NULL)" TABLE_ORDER;

static const char sql_column_options[] =
    ABOUT_COLUMN("'SET (' || " OPTIONS("a.attoptions", "''") " || ')'") " WHERE " STORED
    " AND a.attoptions IS NOT NULL" TABLE_ORDER ", a.attnum";

static const char sql_column_statistics[] =
    ABOUT_COLUMN("'SET STATISTICS ' || a.attstattarget") " WHERE " STORED " AND a.attstattarget "
    ">= 0" TABLE_ORDER ", a.attnum";

static const char sql_column_storage[] =
    ABOUT_COLUMN(
        "'SET STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' "
        "WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END")
    " JOIN pg_catalog.pg_type y ON y.oid = a.atttypid AND y.typstorage <> a.attstorage "
    "WHERE " STORED TABLE_ORDER ", a.attnum";

static const char sql_column_compression[] =
    ABOUT_COLUMN(
        "'SET COMPRESSION ' || CASE " "a.attcompression" " WHEN 'l' THEN 'lz4' "
        "ELSE 'pglz' END")
    " WHERE " STORED " AND " "a.attcompression" " <> ''" TABLE_ORDER ", a.attnum";

static const char sql_identity[] =
    ABOUT(
        PC "format('ALTER TABLE ONLY %I.%I REPLICA IDENTITY %s', n.nspname, c.relname, CASE "
        "c.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END)",
        "NULL")
    " WHERE c.relkind IN ('r', 'p') AND c.relreplident IN ('f', 'n')" TABLE_ORDER;

/* Statements about the index i of c. */
#define ABOUT_INDEX(text) \
    ABOUT(PC "format('" text "', n.nspname, c.relname, i.relname)", "i.relname") \
    " JOIN pg_catalog.pg_index x ON x.indrelid = c.oid " \
    "JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid "
static const char sql_identity_index[] =
    ABOUT_INDEX("ALTER TABLE ONLY %I.%I REPLICA IDENTITY USING INDEX %I") " WHERE c.relkind IN "
    "('r', 'p') AND c.relreplident = 'i' AND x.indisreplident" TABLE_ORDER;
static const char sql_cluster[] =
    ABOUT_INDEX("ALTER TABLE %I.%I CLUSTER ON %I") " WHERE c.relkind IN ('r', 'm') AND "
    "x.indisclustered" TABLE_ORDER;

static const char sql_index_statistics[] =
    "SELECT 0, 0, n.nspname, i.relname, c.oid, NULL, NULL, " PC "format('ALTER INDEX %I.%I "
    "ALTER COLUMN %s SET STATISTICS %s', n.nspname, i.relname, a.attnum, a.attstattarget), "
    "i.relname" TABLE_FROM " JOIN pg_catalog.pg_index x ON x.indrelid = c.oid "
    "JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = i.oid AND a.attstattarget >= 0 AND NOT "
    "a.attisdropped WHERE " STORED " ORDER BY n.nspname, i.relname, a.attnum";
/* clang-format on */

const struct objects_kind objects_kinds_tables[] = {
    {"partitioned table", RANK_PARTITION, PHASE_TABLES, KIND_TABLE, 0, 0, NULL, sql_partitioned},
    {"partition", RANK_PARTITION, PHASE_TABLES, KIND_MANY, 0, 0, NULL, sql_partitions},
    {"partition key", RANK_CONSTRAINT, PHASE_TABLES, 0, 0, 0, NULL, sql_leaf_keys},
    {"partition default", RANK_STATE, PHASE_AFTER, 0, 0, 0, NULL, sql_leaf_defaults},
    {"partition constraint", RANK_CONSTRAINT, PHASE_AFTER, 0, 0, 0, NULL, sql_leaf_constraints},
    {"partition index", RANK_CONSTRAINT, PHASE_AFTER, 0, 0, 0, NULL, sql_leaf_indexes},
    {"owned sequence", RANK_STATE, PHASE_AFTER, 0, 0, 0, NULL, sql_leaf_sequences},
    {"exclusion constraint", RANK_CONSTRAINT, PHASE_AFTER, 0, 0, 0, NULL, sql_exclusions},
    {"inherited columns", RANK_PARTITION, PHASE_TABLES, KIND_TABLE | KIND_PASSIVE, 0, 0, NULL,
     sql_heirs},
    {"inheritance", RANK_INHERIT, PHASE_AFTER, KIND_PASSIVE, 0, 0, NULL, sql_inherits},
    {"table of type", RANK_INHERIT, PHASE_AFTER, 0, 0, 0, NULL, sql_typed},
    {"unlogged table", RANK_STORAGE, PHASE_TABLES, KIND_PASSIVE, 0, 0, NULL, sql_unlogged},
    {"unlogged sequence", RANK_STORAGE, PHASE_AFTER, KIND_PASSIVE, 150000, 0, NULL,
     sql_unlogged_sequences},
    {"table access method", RANK_STORAGE, PHASE_TABLES, 0, 150000, 0, NULL, sql_methods},
    {"storage options", RANK_STORAGE, PHASE_TABLES, KIND_PASSIVE, 0, 0, NULL, sql_options},
    {"column options", RANK_STORAGE, PHASE_TABLES, KIND_PASSIVE, 0, 0, NULL, sql_column_options},
    {"column statistics", RANK_STORAGE, PHASE_TABLES, KIND_PASSIVE, 0, 0, NULL,
     sql_column_statistics},
    {"column storage", RANK_STORAGE, PHASE_TABLES, KIND_PASSIVE, 0, 0, NULL, sql_column_storage},
    {"column compression", RANK_STORAGE, PHASE_TABLES, KIND_PASSIVE, 140000, 0, NULL,
     sql_column_compression},
    {"replica identity", RANK_STORAGE, PHASE_TABLES, KIND_PASSIVE, 0, 0, NULL, sql_identity},
    {"replica identity", RANK_INDEX_USE, PHASE_AFTER, KIND_PASSIVE, 0, 0, NULL, sql_identity_index},
    {"clustering", RANK_INDEX_USE, PHASE_AFTER, KIND_PASSIVE, 0, 0, NULL, sql_cluster},
    {"index statistics", RANK_INDEX_USE, PHASE_AFTER, KIND_PASSIVE, 0, 0, NULL,
     sql_index_statistics},
    {0},
};
