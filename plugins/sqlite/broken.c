// SPDX-License-Identifier: Apache-2.0
/* broken - rows that break what a new table holds them against. They come in as they are, since
   they may have been so where they come from; afterwards SQLite is asked, and it is told. */
#include <string.h>

#include "orphans.h"

bool
broken_is_left_out(const struct pd_sink *sink, const struct sink_table *t)
{
    return !sink->same || pd_load_runs(&sink->load, PD_BEFORE_ROWS) ||
           (t && t->table->flags & PD_TABLE_CHANGED);
}

void
broken_tell(struct pd_sink *sink, const struct broken *broken)
{
    char *text = sqlite3_mprintf(
        "%lld rows %s, so %s for new rows only; the first one has %s", (long long)broken->n,
        broken->what, broken->part == PD_PART_TYPE ? "they hold" : "it holds", broken->first);

    if (!text)
        sink->memory_short = true;
    else if (broken->is_left_out)
        sink_leave_out(sink, broken->part | PD_PART_BROKEN, broken->table, broken->number, "%s: %s",
                       broken->label, text);
    else
        sink->host->log(sink->host, PD_LOG_WARNING, "%s: %s", broken->label, text);
    sqlite3_free(text);
}

/* ---- Checks of a table ---- */

/* A check, or what says that only labels are in a column. */
struct check {
    int part;
    uint32_t number;
    const char *label; /* "check 'c' of 't'" */
    const char *sql;   /* true or NULL for rows that keep it */
    int64_t n;         /* rows that do not */
};

struct checks {
    struct pd_sink *sink;
    const struct sink_table *t;
    uint32_t table;
    struct pd_pool pool;
    struct check *list;
    size_t n;
    size_t room;
    struct pd_error *err;
};

static pd_status
add(struct checks *c, int part, size_t number, const char *label, const char *sql)
{
    struct check *check = pd_pool_append(&c->pool, &c->list, c->n, &c->room, sizeof *check);

    if (!check)
        return sqlite_no_memory(c->sink->host, c->err);
    check->part = part;
    check->number = (uint32_t)number;
    check->label = label ? pd_pool_text(&c->pool, label) : NULL;
    check->sql = sql ? pd_pool_text(&c->pool, sql) : NULL;
    check->n = 0;
    c->n += check->label && check->sql;
    return check->label && check->sql ? PD_OK : sqlite_no_memory(c->sink->host, c->err);
}

static pd_status
add_check(struct checks *c, size_t number)
{
    enum { SHOWN = 60 };
    const struct pd_check *check = pd_check_at(c->t->table, number);
    char *sql = NULL, *label = NULL;
    pd_status status;

    if (!c->t->replayed && ddl_check_obstacle(c->sink, c->table, check))
        return PD_OK;
    status = expression_write(c->sink, check->expression, check->expression_native, &sql, c->err);
    if (status != PD_OK)
        return status == PD_UNSUPPORTED ? PD_OK : status;
    label = check->name ? sqlite3_mprintf("check '%s' of '%s'", check->name, c->t->name)
                        : sqlite3_mprintf("check (%.*s%s) of '%s'", SHOWN, sql,
                                          strlen(sql) > SHOWN ? "..." : "", c->t->name);
    status = add(c, PD_PART_CHECK, number, label, sql);
    sqlite3_free(label);
    c->sink->host->release(c->sink->host, sql);
    return status;
}

static pd_status
add_labels(struct checks *c, size_t number)
{
    sqlite3_str *sql = sqlite3_str_new(c->sink->db);
    bool has = ddl_has_column(c->sink, c->t->table, pd_column_at(c->t->table, number)) &&
               ddl_put_labels(c->sink, c->table, number, sql);
    char *text = sqlite3_str_finish(sql), *label = NULL;
    pd_status status = PD_OK;

    if (has) {
        label = sqlite3_mprintf("labels of column '%s' of '%s'",
                                pd_column_at(c->t->table, number)->name, c->t->name);
        status = add(c, PD_PART_TYPE, number, label, text);
    }
    sqlite3_free(label);
    sqlite3_free(text);
    return status;
}

/* ---- Asked ---- */

/* Counts of checks first <= i < end, in one scan. The line ends after an expression, since that may
   end in a comment. */
static int
ask(struct checks *c, size_t first, size_t end)
{
    sqlite3_str *sql = sqlite3_str_new(c->sink->db);
    sqlite3_stmt *stmt = NULL;
    char *text;
    int rc;

    for (size_t i = first; i < end; i++)
        sqlite3_str_appendf(sql, "%scount(*) FILTER (WHERE NOT (%s\n))",
                            i > first ? ", " : "SELECT ", c->list[i].sql);
    sqlite3_str_appendf(sql, " FROM main.\"%w\"", c->t->name);
    text = sqlite3_str_finish(sql);
    rc = text ? sqlite3_prepare_v2(c->sink->db, text, -1, &stmt, NULL) : SQLITE_NOMEM;
    sqlite3_free(text);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    for (size_t i = first; i < end && rc == SQLITE_ROW; i++)
        c->list[i].n = sqlite3_column_int64(stmt, (int)(i - first));
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static pd_status
fail(struct checks *c, int rc)
{
    return sink_fail(c->sink, rc, c->err, "cannot check the rows of table '%s'", c->t->name);
}

/* One that SQLite cannot compute for some row, or at all. */
static pd_status
tell_unknown(struct checks *c, const struct check *check)
{
    const char *why = sqlite3_errmsg(c->sink->db);

    if (broken_is_left_out(c->sink, c->t))
        sink_leave_out(c->sink, check->part | PD_PART_BROKEN, c->table, check->number,
                       "%s: it cannot be held against the rows: %s", check->label, why);
    else
        c->sink->host->log(c->sink->host, PD_LOG_WARNING,
                           "%s: it cannot be held against the rows: %s", check->label, why);
    return PD_OK;
}

static pd_status
tell(struct checks *c, const struct check *check)
{
    char *rows = sqlite3_mprintf(" FROM main.\"%w\" WHERE NOT (%s\n)", c->t->name, check->sql);
    char key[ORPHANS_KEY];
    struct broken broken = {
        .part = check->part,
        .table = c->table,
        .number = check->number,
        .label = check->label,
        .what = check->part == PD_PART_TYPE ? "have none of them" : "break it",
        .n = check->n,
        .first = key,
        .is_left_out = broken_is_left_out(c->sink, c->t),
    };
    pd_status status = rows ? orphans_first(c->sink, c->t->name, rows, key, c->err)
                            : sqlite_no_memory(c->sink->host, c->err);

    sqlite3_free(rows);
    if (status == PD_OK)
        broken_tell(c->sink, &broken);
    return status;
}

/* All together, which reads the rows once; one by one where one of them cannot be computed. */
static pd_status
ask_all(struct checks *c)
{
    int rc = ask(c, 0, c->n);
    bool alone = (rc & 0xff) == SQLITE_ERROR;
    pd_status status = PD_OK;

    for (size_t i = 0; i < c->n && status == PD_OK; i++) {
        if (alone)
            rc = ask(c, i, i + 1);
        if ((rc & 0xff) == SQLITE_ERROR)
            status = tell_unknown(c, &c->list[i]);
        else if (rc != SQLITE_OK)
            status = fail(c, rc);
        else if (c->list[i].n)
            status = tell(c, &c->list[i]);
    }
    return status;
}

/* What stands in double quotes may be a string to a check of an old schema. */
static pd_status
ask_as_schema(struct checks *c)
{
    int rc = sqlite3_db_config(c->sink->db, SQLITE_DBCONFIG_DQS_DML, 1, NULL);
    pd_status status = rc == SQLITE_OK ? ask_all(c) : fail(c, rc);

    sqlite3_db_config(c->sink->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    return status;
}

static pd_status
look_at_table(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct checks c = {.sink = sink,
                       .t = &sink->tables[number],
                       .table = (uint32_t)number,
                       .pool = {.host = sink->host},
                       .err = err};
    const struct pd_table *table = c.t->table;
    pd_status status = PD_OK;

    for (size_t i = 0; i < table->n_checks && status == PD_OK; i++)
        status = add_check(&c, i);
    for (size_t i = 0; i < table->n_columns && status == PD_OK && !sink->same; i++)
        status = add_labels(&c, i);
    if (status == PD_OK && c.n)
        status = ask_as_schema(&c);
    pd_pool_close(&c.pool);
    return status;
}

pd_status
broken_checks(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (!(sink->tables[i].table->flags & PD_TABLE_PASSENGER) && !sink->tables[i].passes)
            status = look_at_table(sink, i, err);
    }
    return status;
}
