// SPDX-License-Identifier: Apache-2.0
/* objects_relations - lists views and what hangs on tables and views: rules, triggers, policies,
   statistics, publications. */
#include "objects_inside.h"
#include "objects_sql.h"

/* The formatter takes SQL for C. */
/* clang-format off */

#define RELATION_NAME NAME("n.nspname", "c.relname")
#define RELATION_ROW(word) \
    "SELECT " CLASS("pg_class") ", c.oid, n.nspname, c.relname, 0, '" word " ' || " \
    RELATION_NAME ", " OWNER("c.relowner") ", "
#define RELATION_FROM " FROM pg_catalog.pg_class c" SPACE("c.relnamespace")
#define WITH_OPTIONS "COALESCE(' WITH (' || " OPTIONS("c.reloptions", "''") " || ')', '')"
/* The text ends in a semicolon. */
#define VIEW_TEXT PC "rtrim(" PC "pg_get_viewdef(c.oid), ';')"

static const char sql_views[] =
    RELATION_ROW("VIEW") "'CREATE VIEW ' || " RELATION_NAME " || " WITH_OPTIONS " || ' AS ' || "
    VIEW_TEXT ", NULL" RELATION_FROM " WHERE c.relkind = 'v' AND " OURS("pg_class", "c")
    " ORDER BY n.nspname, c.relname";

static const char sql_matviews[] =
    RELATION_ROW("MATERIALIZED VIEW") "'CREATE MATERIALIZED VIEW ' || " RELATION_NAME " || "
    WITH_OPTIONS " || ' AS ' || " VIEW_TEXT " || ' WITH NO DATA', NULL" RELATION_FROM
    " WHERE c.relkind = 'm' AND " OURS("pg_class", "c") " ORDER BY n.nspname, c.relname";

static const char sql_refreshes[] =
    "SELECT 0, 0, n.nspname, c.relname, c.oid, NULL, NULL, 'REFRESH MATERIALIZED VIEW ' || "
    RELATION_NAME ", NULL" RELATION_FROM " WHERE c.relkind = 'm' AND c.relispopulated AND "
    OURS("pg_class", "c") " ORDER BY n.nspname, c.relname";

static const char sql_view_defaults[] =
    "SELECT " CLASS("pg_attrdef") ", d.oid, n.nspname, c.relname || '.' || a.attname, c.oid, "
    "NULL, NULL, 'ALTER VIEW ' || " RELATION_NAME " || " PC "format(' ALTER COLUMN %I SET "
    "DEFAULT %s', a.attname, " PC "pg_get_expr(d.adbin, d.adrelid)), NULL" RELATION_FROM
    " JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum "
    "WHERE c.relkind = 'v' ORDER BY n.nspname, c.relname, a.attnum";

static const char sql_matview_indexes[] =
    "SELECT " CLASS("pg_class") ", i.oid, n.nspname, i.relname, c.oid, 'INDEX ' || "
    NAME("n.nspname", "i.relname") ", NULL, " PC "pg_get_indexdef(i.oid), NULL" RELATION_FROM
    " JOIN pg_catalog.pg_index x ON x.indrelid = c.oid "
    "JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid "
    "WHERE c.relkind = 'm' ORDER BY n.nspname, i.relname";

#define ON_RELATION(word, name) \
    PC "format('" word " %I ON %I.%I', " name ", n.nspname, c.relname)"

static const char sql_rules[] =
    "SELECT " CLASS("pg_rewrite") ", r.oid, n.nspname, r.rulename, c.oid, "
    ON_RELATION("RULE", "r.rulename") ", NULL, " PC "pg_get_ruledef(r.oid), NULL" RELATION_FROM
    " JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid "
    "WHERE r.rulename <> '_RETURN' AND " OURS("pg_rewrite", "r") " ORDER BY n.nspname, "
    "c.relname, r.rulename";

/* Those of partitions are made with their parent's. */
#define TRIGGER_FROM \
    RELATION_FROM " JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal "
#define NO_CLONE "COALESCE(" MEMBER("t", "tgparentid") ", '0') = '0'"
static const char sql_triggers[] =
    "SELECT " CLASS("pg_trigger") ", t.oid, n.nspname, t.tgname, c.oid, "
    ON_RELATION("TRIGGER", "t.tgname") ", NULL, " PC "pg_get_triggerdef(t.oid), NULL" TRIGGER_FROM
    " WHERE " NO_CLONE " AND " OURS("pg_trigger", "t") " ORDER BY n.nspname, c.relname, t.tgname";

#define ENABLE(letter) \
    "CASE " letter " WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN " \
    "'ENABLE ALWAYS' ELSE 'ENABLE' END"
static const char sql_trigger_states[] =
    "SELECT 0, 0, n.nspname, t.tgname, c.oid, NULL, NULL, " PC "format('ALTER TABLE ONLY %I.%I "
    "%s TRIGGER %I', n.nspname, c.relname, " ENABLE("t.tgenabled") ", t.tgname), NULL"
    TRIGGER_FROM " WHERE t.tgenabled <> 'O' ORDER BY n.nspname, c.relname, t.tgname";
static const char sql_rule_states[] =
    "SELECT 0, 0, n.nspname, r.rulename, c.oid, NULL, NULL, " PC "format('ALTER TABLE %I.%I %s "
    "RULE %I', n.nspname, c.relname, " ENABLE("r.ev_enabled") ", r.rulename), NULL" RELATION_FROM
    " JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid "
    "WHERE r.ev_enabled <> 'O' AND r.oid >= 16384 ORDER BY n.nspname, c.relname, r.rulename";

static const char sql_policies[] =
    "SELECT " CLASS("pg_policy") ", p.oid, n.nspname, p.polname, c.oid, "
    ON_RELATION("POLICY", "p.polname") ", NULL, 'CREATE ' || " ON_RELATION("POLICY", "p.polname")
    " || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END || CASE p.polcmd WHEN 'r' "
    "THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' "
    "FOR DELETE' ELSE '' END || CASE WHEN p.polroles = '{0}' THEN '' ELSE ' TO ' || (SELECT " PC
    "string_agg(" PC "quote_ident(u.rolname), ', ' ORDER BY u.rolname) "
    "FROM pg_catalog.pg_roles u WHERE u.oid = ANY (p.polroles)) END || COALESCE(' USING (' || "
    PC "pg_get_expr(p.polqual, p.polrelid) || ')', '') || COALESCE(' WITH CHECK (' || " PC
    "pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''), NULL" RELATION_FROM
    " JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid "
    "WHERE true ORDER BY n.nspname, c.relname, p.polname";

static const char sql_security[] =
    "SELECT 0, 0, n.nspname, c.relname, c.oid, NULL, NULL, " PC "concat_ws(';', CASE WHEN "
    "c.relrowsecurity THEN " PC "format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', "
    "n.nspname, c.relname) END, CASE WHEN c.relforcerowsecurity THEN " PC "format('ALTER TABLE "
    "ONLY %I.%I FORCE ROW LEVEL SECURITY', n.nspname, c.relname) END), NULL" RELATION_FROM
    " WHERE (c.relrowsecurity OR c.relforcerowsecurity) ORDER BY n.nspname, c.relname";

static const char sql_statistics[] =
    "SELECT " CLASS("pg_statistic_ext") ", s.oid, n.nspname, s.stxname, s.stxrelid, 'STATISTICS "
    "' || " NAME("n.nspname", "s.stxname") ", " OWNER("s.stxowner") ", " PC
    "pg_get_statisticsobjdef(s.oid), NULL "
    "FROM pg_catalog.pg_statistic_ext s" SPACE("s.stxnamespace") " WHERE "
    OURS("pg_statistic_ext", "s") " ORDER BY n.nspname, s.stxname";
static const char sql_statistics_states[] =
    "SELECT 0, 0, n.nspname, s.stxname, s.stxrelid, NULL, NULL, " PC "format('ALTER STATISTICS "
    "%I.%I SET STATISTICS %s', n.nspname, s.stxname, " MEMBER("s", "stxstattarget") "), NULL "
    "FROM pg_catalog.pg_statistic_ext s" SPACE("s.stxnamespace") " WHERE "
    MEMBER("s", "stxstattarget") "::int >= 0 ORDER BY n.nspname, s.stxname";

static const char sql_publications[] =
    "SELECT " CLASS("pg_publication") ", p.oid, NULL, p.pubname, 0, " PC "format('PUBLICATION "
    "%I', p.pubname), " OWNER("p.pubowner") ", " PC "format('CREATE PUBLICATION %I', p.pubname) "
    "|| CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE '' END || ' WITH (publish = ''' || "
    PC "concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN "
    "'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN "
    "'truncate' END) || '''' || CASE WHEN " MEMBER("p", "pubviaroot") " = 'true' THEN ', "
    "publish_via_partition_root = true' ELSE '' END || CASE " MEMBER("p", "pubgencols")
    " WHEN 's' THEN ', publish_generated_columns = stored' ELSE '' END || ')', NULL "
    "FROM pg_catalog.pg_publication p WHERE " OURS("pg_publication", "p") " ORDER BY p.pubname";

#define PUBLISHED(more) \
    "SELECT " CLASS("pg_publication_rel") ", r.oid, n.nspname, p.pubname || ' ' || c.relname, " \
    "c.oid, NULL, NULL, " PC "format('ALTER PUBLICATION %I ADD TABLE ONLY %I.%I', p.pubname, " \
    "n.nspname, c.relname)" more ", NULL" RELATION_FROM " JOIN pg_catalog.pg_publication_rel r " \
    "ON r.prrelid = c.oid JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid " \
    "WHERE true ORDER BY p.pubname, n.nspname, c.relname"
static const char sql_published_whole[] =
    PUBLISHED("");
static const char sql_published_tables[] =
    PUBLISHED(
        " || COALESCE((SELECT ' (' || " PC "string_agg(" PC "quote_ident(a.attname), ', ' "
        "ORDER BY a.attnum) || ')' FROM pg_catalog.pg_attribute a "
        "WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs)), '') || COALESCE(' "
        "WHERE (' || " PC "pg_get_expr(r.prqual, c.oid) || ')', '')");

static const char sql_published_schemas[] =
    "SELECT " CLASS("pg_publication_namespace") ", r.oid, NULL, p.pubname || ' ' || n.nspname, "
    "0, NULL, NULL, " PC "format('ALTER PUBLICATION %I ADD TABLES IN SCHEMA %I', p.pubname, "
    "n.nspname), NULL FROM pg_catalog.pg_publication_namespace r "
    "JOIN pg_catalog.pg_publication p ON p.oid = r.pnpubid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = r.pnnspid ORDER BY p.pubname, n.nspname";

static const char sql_event_triggers[] =
    "SELECT " CLASS("pg_event_trigger") ", e.oid, NULL, e.evtname, 0, " PC "format('EVENT "
    "TRIGGER %I', e.evtname), " OWNER("e.evtowner") ", " PC "format('CREATE EVENT TRIGGER %I ON "
    "%I', e.evtname, e.evtevent) || COALESCE((SELECT ' WHEN TAG IN (' || " PC "string_agg(" PC
    "quote_literal(g.tag), ', ' ORDER BY g.n) || ')' "
    "FROM " PC "unnest(e.evttags) WITH ORDINALITY g(tag, n)), '') || ' EXECUTE FUNCTION ' || "
    "e.evtfoid::" PC "regproc || '()', NULL "
    "FROM pg_catalog.pg_event_trigger e "
    "WHERE " OURS("pg_event_trigger", "e") " ORDER BY e.evtname";
static const char sql_event_states[] =
    "SELECT 0, 0, NULL, e.evtname, 0, NULL, NULL, " PC "format('ALTER EVENT TRIGGER %I %s', "
    "e.evtname, " ENABLE("e.evtenabled") "), NULL "
    "FROM pg_catalog.pg_event_trigger e "
    "WHERE e.evtenabled <> 'O' AND " OURS("pg_event_trigger", "e") " ORDER BY e.evtname";

/* "ALTER x DEPENDS ON EXTENSION y" */
static const char sql_extension_needs[] =
    "SELECT d.classid, d.objid, NULL, x.extname, 0, NULL, NULL, ' DEPENDS ON EXTENSION ' || " PC
    "quote_ident(x.extname), NULL FROM pg_catalog.pg_depend d "
    "JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid "
    "WHERE d.deptype = 'x' AND d.refclassid = 'pg_catalog.pg_extension'::" PC "regclass ORDER "
    "BY x.extname";
/* clang-format on */

const struct objects_kind objects_kinds_relations[] = {
    {"view", RANK_VIEW, PHASE_AFTER, 0, 0, 0, "VIEW", sql_views},
    {"materialized view", RANK_VIEW, PHASE_AFTER, 0, 0, 0, "MATERIALIZED VIEW", sql_matviews},
    {"view default", RANK_VIEW_PART, PHASE_AFTER, 0, 0, 0, "DEFAULT", sql_view_defaults},
    {"index", RANK_VIEW_PART, PHASE_AFTER, 0, 0, 0, "INDEX", sql_matview_indexes},
    {"rule", RANK_RULE, PHASE_AFTER, 0, 0, 0, "RULE", sql_rules},
    {"trigger", RANK_TRIGGER, PHASE_AFTER, 0, 0, 0, "TRIGGER", sql_triggers},
    {"trigger state", RANK_STATE, PHASE_AFTER, 0, 0, 0, NULL, sql_trigger_states},
    {"rule state", RANK_STATE, PHASE_AFTER, 0, 0, 0, NULL, sql_rule_states},
    {"policy", RANK_POLICY, PHASE_AFTER, 0, 0, 0, "POLICY", sql_policies},
    {"row security", RANK_SECURITY, PHASE_AFTER, 0, 0, 0, NULL, sql_security},
    {"statistics", RANK_STATISTICS, PHASE_AFTER, 0, 0, 0, "STATISTICS", sql_statistics},
    {"statistics target", RANK_STATE, PHASE_AFTER, 0, 130000, 0, NULL, sql_statistics_states},
    {"publication", RANK_PUBLICATION, PHASE_AFTER, 0, 0, 0, "PUBLICATION", sql_publications},
    {"published table", RANK_PUBLISHED, PHASE_AFTER, 0, 0, 150000, "PUBLICATION TABLE",
     sql_published_whole},
    {"published table", RANK_PUBLISHED, PHASE_AFTER, 0, 150000, 0, "PUBLICATION TABLE",
     sql_published_tables},
    {"published schema", RANK_PUBLISHED, PHASE_AFTER, 0, 150000, 0, "PUBLICATION TABLES IN SCHEMA",
     sql_published_schemas},
    {"materialized view rows", RANK_REFRESH, PHASE_AFTER, KIND_REFRESH, 0, 0, NULL, sql_refreshes},
    {"extension dependency", RANK_STATE, PHASE_AFTER, KIND_ALTER, 0, 0, NULL, sql_extension_needs},
    {"event trigger", RANK_EVENT, PHASE_AFTER, 0, 0, 0, "EVENT TRIGGER", sql_event_triggers},
    {"event trigger state", RANK_EVENT_STATE, PHASE_AFTER, 0, 0, 0, NULL, sql_event_states},
    {0},
};
