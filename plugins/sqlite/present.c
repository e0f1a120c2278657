// SPDX-License-Identifier: Apache-2.0
/* present - loading into tables that are there: matched by name, in one transaction. */
#include <stdlib.h>
#include <string.h>

#include <polydump/present.h>

#include "sink.h"
#include "tokens.h"

static pd_status
fail_read(struct pd_sink *sink, int rc, const char *table, struct pd_error *err)
{
    return sink_fail(sink, rc, err, "cannot read the columns of table '%s'", table);
}

/* In a STRICT table ANY is no affinity at all. */
static const char read_columns_sql[] =
    "SELECT x.name, CASE WHEN l.strict AND x.type = 'ANY' THEN '' ELSE x.type END, x.hidden, l.wr, "
    "l.name, l.strict, x.\"notnull\" AND x.dflt_value IS NULL AND NOT (x.pk = 1 AND NOT l.wr AND "
    "x.type = 'INTEGER' COLLATE NOCASE AND (SELECT max(y.pk) FROM pragma_table_xinfo(?1, 'main') "
    "y) "
    "= 1), x.\"notnull\" FROM pragma_table_list(?1) l, pragma_table_xinfo(?1, 'main') x WHERE "
    "l.schema = 'main'";

pd_status
present_read(struct pd_sink *sink, struct pd_pool *pool, const char *table,
             struct there_table *ret_there, struct pd_error *err)
{
    sqlite3_stmt *stmt = NULL;
    size_t room = 0;
    int rc = sqlite3_prepare_v2(sink->db, read_columns_sql, -1, &stmt, NULL);

    memset(ret_there, 0, sizeof *ret_there);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct there *column =
            pd_pool_append(pool, &ret_there->columns, ret_there->n_columns, &room, sizeof *column);

        rc = SQLITE_NOMEM;
        if (!column)
            break;
        ret_there->n_columns++;
        ret_there->without_rowid = sqlite3_column_int(stmt, 3);
        column->name = pd_pool_text(pool, (const char *)sqlite3_column_text(stmt, 0));
        column->declared = pd_pool_text(pool, (const char *)sqlite3_column_text(stmt, 1));
        column->generated = sqlite3_column_int(stmt, 2) > 1;
        column->strict = sqlite3_column_int(stmt, 5);
        column->not_null = sqlite3_column_int(stmt, 6);
        column->forbids_null = sqlite3_column_int(stmt, 7);
        if (!ret_there->name)
            ret_there->name = pd_pool_text(pool, (const char *)sqlite3_column_text(stmt, 4));
        if (column->name && column->declared && ret_there->name)
            rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? PD_OK : fail_read(sink, rc, table, err);
}

const struct there *
present_find(const struct there_table *there, const char *name)
{
    size_t i;

    for (i = 0; i < there->n_columns; i++) {
        if (sqlite_same_name(there->columns[i].name, name))
            return &there->columns[i];
    }
    return NULL;
}

/* Rowids are kept where a table is empty before SQLite's own rows come, and nowhere else. */
static bool
wants_column(const struct pd_sink *sink, const struct there_table *there,
             const struct pd_column *column)
{
    if (column->flags & PD_COLUMN_PASSENGER)
        return sink->same && sink->into != PD_INTO_APPEND && !there->without_rowid &&
               !present_find(there, column->name);
    return !column->generated && !(column->flags & PD_COLUMN_DROPPED);
}

static struct pd_present_column
as_present(const struct there *p)
{
    struct pd_present_column column = {
        .name = p->name, .is_generated = p->generated, .needs_value = p->not_null};

    return column;
}

/* Is there a column of the feed yet that goes into this one? */
static bool
is_fed(const struct pd_sink *sink, const char *name)
{
    const struct feed *feed = &sink->feed;
    size_t i;

    for (i = 0; i < feed->n_columns; i++) {
        if (sqlite_same_name(feed->columns[i].column->name, name))
            return true;
    }
    return false;
}

/* How a column goes into the one that is there; NULL: there is none. False: it does not. */
static bool
match_column(struct pd_sink *sink, size_t number, struct feed_column *c, const struct there *there,
             struct pd_problems *problems)
{
    const struct sink_table *t = &sink->tables[number];
    const struct pd_column *was = pd_column_at(pd_table_at(sink->catalog, number), c->number);
    struct pd_present_column to;

    if (c->column->flags & PD_COLUMN_PASSENGER) {
        types_same(&c->column->type, "INTEGER", &c->stored);
        return true;
    }
    if (there)
        to = as_present(there);
    if (!pd_present_takes(problems, t->table, c->column, t->name, there ? &to : NULL,
                          there && is_fed(sink, there->name)))
        return false;
    types_existing(&c->column->type,
                   c->column->type.kind == was->type.kind ? sink_profile(sink, number, c->number)
                                                          : NULL,
                   there->declared, &c->stored);
    if (c->stored.rung == PD_RUNG_REFUSED)
        pd_problem(problems, "column '%s' of table '%s': %s", c->column->name, t->name,
                   c->stored.reason);
    return c->stored.rung != PD_RUNG_REFUSED;
}

/* Its values are nowhere, neither in the data nor in the target. */
static void
tell_generated(struct pd_sink *sink, size_t number, size_t i, const struct there_table *there)
{
    const struct sink_table *t = &sink->tables[number];
    const struct pd_column *column = pd_column_at(t->table, i);
    const struct there *found = present_find(there, column->name);
    struct pd_present_column to;

    if (found)
        to = as_present(found);
    if (!t->told && pd_present_is_computed(column, found ? &to : NULL))
        sink_leave_out(sink, PD_PART_GENERATED, (uint32_t)number, (uint32_t)i, PD_PRESENT_COMPUTED,
                       column->name, t->name);
}

static void
match_columns(struct pd_sink *sink, size_t number, const struct there_table *there,
              struct pd_problems *problems)
{
    const struct pd_table *table = sink->tables[number].table;
    struct feed *feed = &sink->feed;
    size_t i;

    feed->n_columns = 0;
    for (i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = pd_column_at(table, i);
        struct feed_column *c = &feed->columns[feed->n_columns];

        if (!wants_column(sink, there, column)) {
            tell_generated(sink, number, i, there);
            continue;
        }
        memset(c, 0, sizeof *c);
        c->number = (uint32_t)i;
        c->column = column;
        feed->n_columns +=
            match_column(sink, number, c, present_find(there, column->name), problems);
    }
}

static void
check_others(const struct pd_sink *sink, const struct sink_table *t,
             const struct there_table *there, struct pd_problems *problems)
{
    size_t i;

    for (i = 0; i < there->n_columns; i++) {
        struct pd_present_column column = as_present(&there->columns[i]);

        if (!is_fed(sink, column.name))
            pd_present_gets_none(problems, t->name, &column);
    }
}

/* What does not fit goes on the list. */
static pd_status
match_table(struct pd_sink *sink, size_t number, struct pd_problems *problems, struct pd_error *err)
{
    const struct sink_table *t = &sink->tables[number];
    struct pd_pool pool = {.host = sink->host};
    struct there_table there;
    pd_status status = present_read(sink, &pool, t->name, &there, err);

    if (status == PD_OK && there.n_columns == 0) {
        pd_problem(problems, "there is no table '%s'", t->name);
    } else if (status == PD_OK) {
        match_columns(sink, number, &there, problems);
        check_others(sink, t, &there, problems);
    }
    sink->tables[number].told = true;
    pd_pool_close(&pool);
    return status;
}

pd_status
present_columns(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct pd_problems problems = {.text.host = sink->host};
    pd_status status = match_table(sink, number, &problems, err);

    if (status == PD_OK)
        return pd_present_tell(&problems, err);
    pd_problems_free(&problems);
    return status;
}

/* A view or a virtual table does not take rows as they are. */
static pd_status
check_kind(struct pd_sink *sink, const char *table, bool *ret_is_table,
           struct pd_problems *problems, struct pd_error *err)
{
    char *sql = sqlite3_mprintf("SELECT CASE WHEN type = 'view' THEN 'view' "
                                "WHEN sql LIKE 'CREATE VIRTUAL%%' THEN 'virtual table' END "
                                "FROM main.sqlite_schema WHERE name = %Q COLLATE NOCASE "
                                "AND type IN ('table', 'view')",
                                table);
    char kind[24];
    pd_status status;

    if (!sql)
        return sqlite_no_memory(sink->host, err);
    status = sqlite_ask(sink->host, sink->db, sql, kind, sizeof kind, err);
    sqlite3_free(sql);
    *ret_is_table = status == PD_OK && !*kind;
    if (status == PD_OK && *kind)
        pd_problem(problems, "'%s' is a %s in the target, rows go into tables only", table, kind);
    return status;
}

static pd_status
empty_table(struct pd_sink *sink, const char *table, struct pd_error *err)
{
    sqlite3_str *sql = sqlite3_str_new(sink->db);

    sqlite3_str_appendf(sql, "DELETE FROM main.\"%w\"", table);
    return sink_run(sink, sql, err, "cannot empty table '%s'", table);
}

pd_status
present_has_rows(struct pd_sink *sink, const char *table, bool *ret_has, struct pd_error *err)
{
    char *sql = sqlite3_mprintf("SELECT 'x' FROM main.\"%w\" LIMIT 1", table);
    char found[64] = "";
    pd_status status;

    if (!sql)
        return sqlite_no_memory(sink->host, err);
    status = sqlite_ask(sink->host, sink->db, sql, found, sizeof found, err);
    sqlite3_free(sql);
    *ret_has = *found != 0;
    return status;
}

/* --into=empty: the tables are there, and must have no rows. */
static pd_status
refuse_rows(struct pd_sink *sink, const char *table, struct pd_error *err)
{
    bool has = false;
    pd_status status = present_has_rows(sink, table, &has, err);

    return status == PD_OK && has ? pd_present_has_rows(sink->host, table, err) : status;
}

/* The table with the names that it has there, and the types that the core gives its values. */
static pd_status
take_types(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct sink_table *t = &sink->tables[number];
    const struct pd_mapping *mappings = sink->mappings;
    struct pd_table *table = pd_pool_alloc(&sink->pool, sizeof *table);
    struct pd_column *columns =
        pd_pool_alloc(&sink->pool, (t->table->n_columns + 1) * sizeof *columns);
    struct there_table there;
    size_t i;
    pd_status status = PD_OK;

    if (!table || !columns)
        return sqlite_no_memory(sink->host, err);
    status = present_read(sink, &sink->pool, t->name, &there, err);
    for (i = 0; i < number && mappings; i++)
        mappings += pd_table_at(sink->catalog, i)->n_columns;
    for (i = 0; i < t->table->n_columns && status == PD_OK; i++) {
        const struct there *column;

        columns[i] = *pd_column_at(t->table, i);
        column = present_find(&there, columns[i].name);
        if (column)
            columns[i].name = column->name;
        if (mappings && mappings[i].as.kind != PD_KIND_NONE)
            columns[i].type = mappings[i].as;
    }
    *table = *t->table;
    table->columns = columns;
    table->column_size = sizeof *columns;
    t->table = table;
    if (there.name)
        t->name = there.name;
    return status;
}

/* Names that differ by the case of letters alone are one name here. */
static bool
is_taken(const struct pd_sink *sink, size_t number, struct pd_problems *problems)
{
    const struct sink_table *t = &sink->tables[number];
    size_t i;

    for (i = 0; i < number; i++) {
        if (sink->tables[i].passes || !sqlite_same_name(sink->tables[i].name, t->name))
            continue;
        pd_present_takes_two(problems, sink->tables[i].table, t->table, t->name);
        return true;
    }
    return false;
}

static pd_status
check_table(struct pd_sink *sink, size_t number, struct pd_problems *problems, struct pd_error *err)
{
    struct sink_table *t = &sink->tables[number];
    bool is_table = false;
    pd_status status;

    if (t->table->flags & PD_TABLE_PASSENGER) {
        t->passes = true;
        sink_leave_out(sink, PD_PART_TABLE, (uint32_t)number, 0,
                       "table '%s': it belongs to the machinery of its database and is not "
                       "written into another",
                       t->name);
        return PD_OK;
    }
    status = check_kind(sink, t->name, &is_table, problems, err);
    if (!is_table || is_taken(sink, number, problems))
        return status;
    status = take_types(sink, number, err);
    return status == PD_OK ? match_table(sink, number, problems, err) : status;
}

static pd_status
check_tables(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_problems problems = {.text.host = sink->host};
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++)
        status = check_table(sink, i, &problems, err);
    if (status == PD_OK)
        return pd_present_tell(&problems, err);
    pd_problems_free(&problems);
    return status;
}

pd_status
present_judge(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = check_tables(sink, err);

    if (sink->into != PD_INTO_EMPTY)
        return status;
    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (!sink->tables[i].passes && !pd_load_empties(&sink->load, i))
            status = refuse_rows(sink, sink->tables[i].name, err);
    }
    return status;
}

/* ---- Triggers ---- */

/* Does the name stand in the text, in quotes or not? */
static bool
mentions(const char *text, const char *name)
{
    struct tokens tokens = {text, text + strlen(text)};
    struct token token = token_next(&tokens);
    size_t size = strlen(name);

    for (; token.kind != TOKEN_END && token.kind != TOKEN_BAD; token = token_next(&tokens)) {
        size_t quote = token.kind == TOKEN_NAME || token.kind == TOKEN_STRING;

        if (token.size == size + 2 * quote &&
            sqlite3_strnicmp(token.text + quote, name, (int)size) == 0)
            return true;
    }
    return token.kind == TOKEN_BAD;
}

/* Any trigger may fire by what another one does, so that each counts. */
static pd_status
find_triggered(struct pd_sink *sink, struct pd_error *err)
{
    static const char sql[] =
        "SELECT tbl_name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND sql IS NOT NULL";
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(sink->db, sql, -1, &stmt, NULL);

    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(stmt, 0);
        const char *text = (const char *)sqlite3_column_text(stmt, 1);

        rc = table && text ? SQLITE_OK : SQLITE_NOMEM;
        for (size_t i = 0; rc == SQLITE_OK && i < sink->catalog->n_tables; i++) {
            struct sink_table *t = &sink->tables[i];

            t->triggered |= sqlite_same_name(t->name, table) || mentions(text, t->name);
        }
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? PD_OK : sink_fail(sink, rc, err, "cannot read the triggers");
}

pd_status
present_check(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = present_judge(sink, err);

    if (status == PD_OK)
        status = orphans_before(sink, err);
    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (!sink->tables[i].passes &&
            (sink->into == PD_INTO_TRUNCATE || sink->into == PD_INTO_REPLACE ||
             pd_load_empties(&sink->load, i)))
            status = empty_table(sink, sink->tables[i].name, err);
    }
    return status == PD_OK && sink->fires ? find_triggered(sink, err) : status;
}

pd_status
present_rest(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = autoincrement_write(sink, err);

    return status == PD_OK ? orphans_after(sink, err) : status;
}
