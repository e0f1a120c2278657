// SPDX-License-Identifier: Apache-2.0
/* present_late - sequences that defaults of tables that were there name by a text,
   nextval('s'::text), which the server looks up only when a row needs a number; and defaults by
   functions of which nobody knows whether they count. No default is evaluated for that, and no
   function called. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ddl.h"
#include "lex.h"

enum field { FIELD_NUMBER, FIELD_COLUMN, FIELD_DEFAULT, FIELD_FUNCTION };
enum { TEXT_ROOM = 300 };

struct scanner {
    struct pd_sink *sink;
    size_t table;
    const char *number; /* of the column, pg_attribute.attnum */
    const char *column;
    bool tells;
    bool any; /* a nextval() was seen */
    struct late_sequences *late;
    struct pd_error *err;
};

/* Of what kind a number could be, under any domain. The function: one that is volatile, of no
   extension, in a key, where no sequence is known otherwise. */
#define OF_DEFAULT                                                                                 \
    "d.classid = CASE WHEN e.oid IS NULL THEN 'pg_type'::regclass ELSE 'pg_attrdef'::regclass "    \
    "END "                                                                                         \
    "AND d.objid = COALESCE(e.oid, a.atttypid)"
static const char defaults_sql[] =
    "SELECT a.attnum, a.attname, COALESCE(pg_get_expr(e.adbin, e.adrelid), "
    "pg_get_expr(y.typdefaultbin, 'pg_type'::regclass)), "
    "(SELECT min(p.oid::regprocedure::text) FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid "
    "WHERE " OF_DEFAULT " AND d.refclassid = 'pg_proc'::regclass AND p.provolatile = 'v' AND NOT "
    "EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND "
    "x.deptype = 'e') AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND "
    "i.indisunique AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])) AND NOT EXISTS "
    "(SELECT FROM pg_depend d JOIN pg_sequence s ON s.seqrelid = d.refobjid WHERE " OF_DEFAULT
    " AND d.refclassid = 'pg_class'::regclass) AND NOT EXISTS (SELECT FROM pg_depend o JOIN "
    "pg_sequence s ON s.seqrelid = o.objid WHERE o.classid = 'pg_class'::regclass AND o.refclassid "
    "= 'pg_class'::regclass AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype "
    "= 'a')) "
    "FROM pg_attribute a LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum "
    "LEFT JOIN pg_type y ON y.oid = a.atttypid AND y.typtype = 'd' AND e.oid IS NULL "
    "WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' "
    "AND "
    "(e.oid IS NOT NULL OR y.typdefaultbin IS NOT NULL) AND " PRESENT_COUNTABLE " ORDER BY 1";

/* ---- The name ---- */

/* 'it''s' -> it's; one with backslashes is nobody's name. */
static bool
take_string(struct lex *lex, char text[TEXT_ROOM])
{
    size_t n = 0;

    if (lex->kind != LEX_STRING || *lex->text != '\'')
        return false;
    for (size_t i = 1; i + 1 < lex->size; i++) {
        if (n == TEXT_ROOM - 1)
            return false;
        i += lex->text[i] == '\'';
        text[n++] = lex->text[i];
    }
    text[n] = 0;
    lex_step(lex);
    return true;
}

enum named { NAMED_NOT, NAMED_EARLY, NAMED_LATE };

/* What stands behind "nextval(": 's'::regclass is a sequence by its number, ('s'::text)::regclass
   one by a text. */
static enum named
read_argument(struct lex *lex, char text[TEXT_ROOM])
{
    size_t depth = 1;
    bool is_late = false;

    while (lex_take(lex, "("))
        depth++;
    if (!take_string(lex, text))
        return NAMED_NOT;
    while (depth > 0) {
        if (lex_take(lex, ")")) {
            depth--;
            continue;
        }
        if (!lex_take(lex, "::"))
            return NAMED_NOT;
        if (lex_take(lex, "REGCLASS")) {
            if (!is_late)
                return NAMED_EARLY;
        } else if (lex_take(lex, "TEXT") || lex_take(lex, "NAME") ||
                   lex_take_words(lex, "CHARACTER VARYING")) {
            is_late = true;
        } else {
            return NAMED_NOT;
        }
    }
    return is_late ? NAMED_LATE : NAMED_NOT;
}

/* "schema"."name", or name alone: *schema is empty then. */
static bool
read_name(const char *text, char schema[LEX_NAME_ROOM], char name[LEX_NAME_ROOM])
{
    struct lex lex;

    *schema = 0;
    lex_begin(&lex, text);
    if (!lex_take_name(&lex, name))
        return false;
    if (lex_take(&lex, ".")) {
        memcpy(schema, name, LEX_NAME_ROOM);
        if (!lex_take_name(&lex, name))
            return false;
    }
    return lex.kind == LEX_END;
}

/* ---- What it means ---- */

/* The schemas in which the sessions of this role in this database look for names. Nothing but this
   is asked while they are looked for there. */
static pd_status
read_path(struct scanner *s)
{
    struct sink_ddl *d = s->sink->ddl;
    pd_status status;

    if (d->path)
        return PD_OK;
    status = pg_path_set(s->sink->pg, /* of_application= */ true, s->err);
    if (status == PD_OK)
        status = pg_value(s->sink->pg, &s->sink->pool, "SELECT pg_catalog.current_schemas(false)",
                          0, NULL, &d->path, s->err);
    return status == PD_OK ? pg_path_set(s->sink->pg, false, s->err) : status;
}

/* The source's column that fills this one; PD_NO_COLUMN: none does. */
static uint32_t
find_sent(const struct scanner *s)
{
    const struct target_table *t = &s->sink->tables[s->table];

    for (uint32_t i = 0; i < t->table->n_columns; i++) {
        if (t->columns[i].is_sent && strcmp(t->columns[i].name, s->column) == 0)
            return i;
    }
    return PD_NO_COLUMN;
}

static void tell(const struct scanner *s, const char *fmt, ...) PD_PRINTF(2, 3);

/* Where no row fills the column, the sequence itself goes on. */
static void
tell(const struct scanner *s, const char *fmt, ...)
{
    const struct target_table *t = &s->sink->tables[s->table];
    char why[2 * TEXT_ROOM];
    uint32_t number = find_sent(s);
    va_list list;

    va_start(list, fmt);
    vsnprintf(why, sizeof why, fmt, list);
    va_end(list);
    if (s->tells && number != PD_NO_COLUMN)
        sink_leave_out(s->sink, PD_PART_IDENTITY, (uint32_t)s->table, number,
                       "counter of column '%s' of table '%s': %s; it stays where it is, and an "
                       "INSERT may get a number that a row has: see setval()",
                       s->column, t->name, why);
}

/* By the path, and beside the table: for the application may have a role with a path of its own. */
static pd_status
find(struct scanner *s, const char *text, const char *schema, const char *name)
{
    static const char sql[] =
        "SELECT COALESCE((SELECT CASE c.relkind WHEN 'S' THEN c.oid ELSE 0::oid END FROM "
        "unnest(CASE WHEN $3::name IS NULL THEN $1::name[] ELSE ARRAY[$3::name] END) WITH "
        "ORDINALITY AS p(name, at) JOIN pg_namespace n ON n.nspname = p.name JOIN pg_class c ON "
        "c.relnamespace = n.oid AND c.relname = $2::name ORDER BY p.at LIMIT 1), 0::oid), "
        "COALESCE((SELECT c.oid FROM pg_class c JOIN pg_class t ON t.oid = $4::oid AND "
        "t.relnamespace = c.relnamespace WHERE c.relname = $2::name AND c.relkind = 'S' AND "
        "$3::name IS NULL), 0::oid)";
    struct sink_ddl *d = s->sink->ddl;
    const char *params[] = {d->path, name, *schema ? schema : NULL, d->present[s->table].oid};
    const char *by_path, *beside, *oid;
    PGresult *rows = NULL;
    pd_status status = pg_query(s->sink->pg, sql, 4, params, "1ii", &rows, s->err);

    if (status != PD_OK)
        return status;
    by_path = PQgetvalue(rows, 0, 0);
    beside = PQgetvalue(rows, 0, 1);
    oid = strcmp(by_path, "0") == 0 ? beside : by_path;
    if (strcmp(oid, "0") == 0) {
        tell(s, "its default names '%s', and search_path has no sequence of that name", text);
    } else if (strcmp(beside, "0") != 0 && strcmp(oid, beside) != 0) {
        tell(s,
             "its default names '%s', which may be one of two sequences: search_path has another "
             "one than the schema of the table",
             text);
    } else {
        pd_sql_printf(&s->late->sequences, "%s%s", s->late->n ? "," : "", oid);
        pd_sql_printf(&s->late->columns, "%s%s", s->late->n ? "," : "", s->number);
        s->late->n++;
    }
    PQclear(rows);
    return PD_OK;
}

static pd_status
take_call(struct scanner *s, struct lex *lex)
{
    char text[TEXT_ROOM], schema[LEX_NAME_ROOM], name[LEX_NAME_ROOM];
    enum named named = read_argument(lex, text);
    pd_status status;

    s->any = true;
    if (named == NAMED_EARLY)
        return PD_OK;
    /* Rows that need a number of it find it by the path alone. */
    s->sink->tables[s->table].needs_path |= find_sent(s) == PD_NO_COLUMN;
    if (named == NAMED_NOT || !read_name(text, schema, name)) {
        tell(s, "its default calls nextval() of what is no plain name");
        return PD_OK;
    }
    status = read_path(s);
    return status == PD_OK ? find(s, text, schema, name) : status;
}

static pd_status
scan(struct scanner *s, const char *text)
{
    struct lex lex;
    bool after_dot = false;
    pd_status status = PD_OK;

    lex_begin(&lex, text);
    while (status == PD_OK && lex.kind != LEX_END && lex.kind != LEX_BAD) {
        bool is_call = lex_is(&lex, "NEXTVAL") && !after_dot;

        after_dot = lex_is(&lex, ".");
        lex_step(&lex);
        if (is_call && lex_take(&lex, "("))
            status = take_call(s, &lex);
    }
    return status;
}

pd_status
present_late(struct pd_sink *sink, size_t table, bool tells, struct late_sequences *late,
             struct pd_error *err)
{
    struct scanner s = {.sink = sink, .table = table, .tells = tells, .late = late, .err = err};
    PGresult *rows = NULL;
    pd_status status =
        pg_query(sink->pg, defaults_sql, 1, &sink->ddl->present[table].oid, "itTT", &rows, err);

    pd_sql_add(&late->sequences, "{");
    pd_sql_add(&late->columns, "{");
    for (int i = 0; status == PD_OK && i < PQntuples(rows); i++) {
        s.number = PQgetvalue(rows, i, FIELD_NUMBER);
        s.column = PQgetvalue(rows, i, FIELD_COLUMN);
        s.any = false;
        status = scan(&s, PQgetvalue(rows, i, FIELD_DEFAULT));
        if (!s.any && !PQgetisnull(rows, i, FIELD_FUNCTION))
            tell(&s, "its default calls %s, which may count", PQgetvalue(rows, i, FIELD_FUNCTION));
    }
    pd_sql_add(&late->sequences, "}");
    pd_sql_add(&late->columns, "}");
    PQclear(rows);
    if (status == PD_OK && (!pd_sql_text(&late->sequences) || !pd_sql_text(&late->columns)))
        status = pg_no_memory(sink->host, err);
    return status;
}

void
present_late_free(struct late_sequences *late)
{
    pd_sql_free(&late->sequences);
    pd_sql_free(&late->columns);
}
