// SPDX-License-Identifier: Apache-2.0
/* objects_routines - lists functions, procedures, aggregates, operators and what indexes know of
   operators. */
#include "objects_inside.h"
#include "objects_sql.h"

/* The formatter takes SQL for C. */
/* clang-format off */

#define ARGUMENTS PC "pg_get_function_identity_arguments(p.oid)"
#define ROUTINE_FROM " FROM pg_catalog.pg_proc p" SPACE("p.pronamespace")
/* The constructors of range types come with these. */
#define ROUTINE_OURS \
    " WHERE " OURS("pg_proc", "p") " AND NOT EXISTS (SELECT 1 " \
    "FROM pg_catalog.pg_depend i WHERE i.classid = " \
    "'pg_catalog.pg_proc'::pg_catalog.regclass AND i.objid = p.oid AND i.deptype = 'i')"
#define ROUTINE_ROW(word) \
    "SELECT " CLASS("pg_proc") ", p.oid, n.nspname, p.proname || '(' || " ARGUMENTS \
    " || ')', 0, '" word " ' || " NAME("n.nspname", "p.proname") " || '(' || " ARGUMENTS \
    " || ')', " OWNER("p.proowner") ", "
#define ROUTINE_ORDER " ORDER BY n.nspname, p.proname, " ARGUMENTS

/* The definition begins with "CREATE OR REPLACE "; nothing shall be replaced. */
#define ROUTINE_SQL "'CREATE ' || " PC "substr(" PC "pg_get_functiondef(p.oid), 19), NULL"

static const char sql_functions[] =
    ROUTINE_ROW("FUNCTION") ROUTINE_SQL ROUTINE_FROM ROUTINE_OURS " AND p.prokind IN ('f', 'w')"
    ROUTINE_ORDER;
static const char sql_procedures[] =
    ROUTINE_ROW("PROCEDURE") ROUTINE_SQL ROUTINE_FROM ROUTINE_OURS " AND p.prokind = 'p'"
    ROUTINE_ORDER;

#define AGGREGATE_ARGUMENTS \
    "'(' || CASE " ARGUMENTS " WHEN '' THEN '*' ELSE " ARGUMENTS " END || ')'"
#define PART(column, word) \
    " || CASE WHEN " column " <> 0 THEN ', " word " = ' || " column "::pg_catalog.regproc " \
    "ELSE '' END"
#define MODIFY(column, word) \
    "CASE " column " WHEN 'r' THEN ', " word " = READ_ONLY' WHEN 's' THEN ', " word \
    " = SHAREABLE' ELSE ', " word " = READ_WRITE' END"
#define FLAG(condition, text) " || CASE WHEN " condition " THEN ', " text "' ELSE '' END"
#define START(column, word) \
    " || COALESCE(', " word " = ' || pg_catalog.quote_literal(" column "), '')"

static const char sql_aggregates[] =
    "SELECT " CLASS("pg_proc") ", p.oid, n.nspname, p.proname || " AGGREGATE_ARGUMENTS
    ", 0, 'AGGREGATE ' || " NAME("n.nspname", "p.proname") " || " AGGREGATE_ARGUMENTS ", "
    OWNER("p.proowner") ", 'CREATE AGGREGATE ' || " NAME("n.nspname", "p.proname") " || '(' || "
    "CASE WHEN " ARGUMENTS " = '' THEN '*' ELSE " PC "pg_get_function_arguments(p.oid) END || "
    "') (SFUNC = ' || a.aggtransfn || ', STYPE = ' || " TYPE("a.aggtranstype", "NULL")
    FLAG("a.aggtransspace > 0", "SSPACE = ' || a.aggtransspace || '")
    PART("a.aggfinalfn", "FINALFUNC") FLAG("a.aggfinalextra", "FINALFUNC_EXTRA") " || CASE WHEN "
    "a.aggfinalfn <> 0 THEN " MODIFY("a.aggfinalmodify", "FINALFUNC_MODIFY") " ELSE '' END"
    PART("a.aggcombinefn", "COMBINEFUNC") PART("a.aggserialfn", "SERIALFUNC")
    PART("a.aggdeserialfn", "DESERIALFUNC") START("a.agginitval", "INITCOND")
    PART("a.aggmtransfn", "MSFUNC") PART("a.aggminvtransfn", "MINVFUNC")
    FLAG(
        "a.aggmtranstype <> 0",
        "MSTYPE = ' || pg_catalog.format_type(a.aggmtranstype, NULL) || '")
    FLAG("a.aggmtransspace > 0", "MSSPACE = ' || a.aggmtransspace || '")
    PART("a.aggmfinalfn", "MFINALFUNC") FLAG("a.aggmfinalextra", "MFINALFUNC_EXTRA")
    " || CASE WHEN a.aggmfinalfn <> 0 THEN " MODIFY("a.aggmfinalmodify", "MFINALFUNC_MODIFY")
    " ELSE '' END" START("a.aggminitval", "MINITCOND") " || COALESCE((SELECT " PC "format(', "
    "SORTOP = OPERATOR(%I.%s)', sn.nspname, s.oprname) "
    "FROM pg_catalog.pg_operator s JOIN pg_catalog.pg_namespace sn ON sn.oid = s.oprnamespace "
    "WHERE s.oid = a.aggsortop), '')" FLAG("p.proparallel = 's'", "PARALLEL = SAFE")
    FLAG("p.proparallel = 'r'", "PARALLEL = RESTRICTED") FLAG("a.aggkind = 'h'", "HYPOTHETICAL")
    " || ')', NULL FROM pg_catalog.pg_proc p "
    "JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid" SPACE("p.pronamespace") ROUTINE_OURS
    ROUTINE_ORDER;

#define OPERATOR_ARGUMENTS \
    "'(' || CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE " TYPE("o.oprleft", "NULL") " END || ', " \
    "' || CASE WHEN o.oprright = 0 THEN 'NONE' ELSE " TYPE("o.oprright", "NULL") " END || ')'"
#define OTHER_OPERATOR(column, word) \
    " || COALESCE((SELECT pg_catalog.format(', " word " = OPERATOR(%I.%s)', sn.nspname, " \
    "s.oprname) FROM pg_catalog.pg_operator s " \
    "JOIN pg_catalog.pg_namespace sn ON sn.oid = s.oprnamespace " \
    "WHERE s.oid = " column "), '')"

static const char sql_operators[] =
    "SELECT " CLASS("pg_operator") ", o.oid, n.nspname, o.oprname || " OPERATOR_ARGUMENTS ", 0, "
    PC "format('OPERATOR %I.%s %s', n.nspname, o.oprname, " OPERATOR_ARGUMENTS "), "
    OWNER("o.oprowner") ", " PC "format('CREATE OPERATOR %I.%s (FUNCTION = %s', n.nspname, "
    "o.oprname, o.oprcode)"
    FLAG("o.oprleft <> 0", "LEFTARG = ' || pg_catalog.format_type(o.oprleft, NULL) || '")
    FLAG("o.oprright <> 0", "RIGHTARG = ' || pg_catalog.format_type(o.oprright, NULL) || '")
    OTHER_OPERATOR("o.oprcom", "COMMUTATOR") OTHER_OPERATOR("o.oprnegate", "NEGATOR")
    PART("o.oprrest", "RESTRICT") PART("o.oprjoin", "JOIN") FLAG("o.oprcanmerge", "MERGES")
    FLAG("o.oprcanhash", "HASHES") " || ')', NULL "
    "FROM pg_catalog.pg_operator o" SPACE("o.oprnamespace") " WHERE o.oprcode <> 0 AND "
    OURS("pg_operator", "o") " ORDER BY n.nspname, o.oprname, 4";

/* Operators and functions of a class are internal to it, the others are loose in its family. */
#define OF_CLASS(class_name, row, class_oid) \
    "EXISTS (SELECT 1 FROM pg_catalog.pg_depend d " \
    "WHERE d.classid = 'pg_catalog." class_name "'::pg_catalog.regclass AND d.objid = " row \
    ".oid AND d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND d.deptype = 'i' " \
    "AND " class_oid ")"
#define OPERATOR_ITEMS(condition) \
    "SELECT 1 AS part, x.amopstrategy AS number, pg_catalog.format('OPERATOR %s %s', " \
    "x.amopstrategy, x.amopopr::pg_catalog.regoperator) || COALESCE((SELECT " \
    "pg_catalog.format(' FOR ORDER BY %I.%I', sn.nspname, s.opfname) " \
    "FROM pg_catalog.pg_opfamily s JOIN pg_catalog.pg_namespace sn ON sn.oid = " \
    "s.opfnamespace WHERE s.oid = x.amopsortfamily), '') AS item " \
    "FROM pg_catalog.pg_amop x WHERE " condition
#define FUNCTION_ITEMS(condition) \
    "SELECT 2, x.amprocnum, pg_catalog.format('FUNCTION %s (%s, %s) %s', x.amprocnum, " \
    "pg_catalog.format_type(x.amproclefttype, NULL), " \
    "pg_catalog.format_type(x.amprocrighttype, NULL), x.amproc::pg_catalog.regprocedure) " \
    "FROM pg_catalog.pg_amproc x WHERE " condition
#define JOINED "pg_catalog.string_agg(i.item, ', ' ORDER BY i.part, i.number, i.item)"

#define FAMILY_TEXT PC "format('OPERATOR FAMILY %I.%I USING %I', n.nspname, f.opfname, m.amname)"
static const char sql_families[] =
    "SELECT " CLASS("pg_opfamily") ", f.oid, n.nspname, f.opfname || ' USING ' || m.amname, 0, "
    FAMILY_TEXT ", " OWNER("f.opfowner") ", 'CREATE ' || " FAMILY_TEXT " || COALESCE((SELECT "
    "';ALTER ' || " FAMILY_TEXT " || ' ADD ' || " JOINED
    " FROM (" OPERATOR_ITEMS("x.amopfamily = f.oid AND NOT " OF_CLASS("pg_amop", "x", "true"))
    " UNION ALL "
    FUNCTION_ITEMS("x.amprocfamily = f.oid AND NOT " OF_CLASS("pg_amproc", "x", "true"))
    ") i HAVING " PC "count(*) > 0), ''), NULL "
    "FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_am m ON m.oid = f.opfmethod"
    SPACE("f.opfnamespace") " WHERE " OURS("pg_opfamily", "f") " ORDER BY n.nspname, f.opfname";

#define CLASS_TEXT PC "format('OPERATOR CLASS %I.%I USING %I', n.nspname, c.opcname, m.amname)"
static const char sql_classes[] =
    "SELECT " CLASS("pg_opclass") ", c.oid, n.nspname, c.opcname || ' USING ' || m.amname, 0, "
    CLASS_TEXT ", " OWNER("c.opcowner") ", 'CREATE OPERATOR CLASS ' || "
    NAME("n.nspname", "c.opcname") " || CASE WHEN c.opcdefault THEN ' DEFAULT' ELSE '' END || ' "
    "FOR TYPE ' || " TYPE("c.opcintype", "NULL") " || " PC "format(' USING %I FAMILY %I.%I AS "
    "STORAGE ', m.amname, fn.nspname, f.opfname) || "
    TYPE("CASE WHEN c.opckeytype <> 0 THEN c.opckeytype ELSE c.opcintype END", "NULL")
    " || COALESCE((SELECT ', ' || " JOINED
    " FROM ("
    OPERATOR_ITEMS("x.amopfamily = f.oid AND " OF_CLASS("pg_amop", "x", "d.refobjid = c.oid"))
    " UNION ALL "
    FUNCTION_ITEMS("x.amprocfamily = f.oid AND " OF_CLASS("pg_amproc", "x", "d.refobjid = c.oid"))
    ") i HAVING " PC "count(*) > 0), ''), NULL "
    "FROM pg_catalog.pg_opclass c JOIN pg_catalog.pg_am m ON m.oid = c.opcmethod "
    "JOIN pg_catalog.pg_opfamily f ON f.oid = c.opcfamily "
    "JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace" SPACE("c.opcnamespace") " WHERE "
    OURS("pg_opclass", "c") " ORDER BY n.nspname, c.opcname";
/* clang-format on */

const struct objects_kind objects_kinds_routines[] = {
    {"function", RANK_ROUTINE, PHASE_BEFORE, 0, 0, 0, "FUNCTION", sql_functions},
    {"procedure", RANK_ROUTINE, PHASE_BEFORE, 0, 0, 0, "PROCEDURE", sql_procedures},
    {"aggregate", RANK_ROUTINE, PHASE_BEFORE, 0, 0, 0, "AGGREGATE", sql_aggregates},
    {"operator", RANK_OPERATOR, PHASE_BEFORE, 0, 0, 0, "OPERATOR", sql_operators},
    {"operator family", RANK_FAMILY, PHASE_BEFORE, KIND_MANY, 0, 0, "OPERATOR FAMILY",
     sql_families},
    {"operator class", RANK_CLASS, PHASE_BEFORE, 0, 0, 0, "OPERATOR CLASS", sql_classes},
    {0},
};
