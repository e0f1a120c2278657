// SPDX-License-Identifier: Apache-2.0
/* together - foreign keys of tables that are there, when rows that break one are to be told: SQLite
   looks at each with its row, but for those that are declared as deferred, which it would only look
   at when all is committed. */
#include <stdio.h>
#include <string.h>

#include "sink.h"

pd_status
together_check(struct pd_sink *sink, struct pd_error *err)
{
    int rc = sqlite3_db_config(sink->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);

    if (rc != SQLITE_OK)
        return sink_fail(sink, rc, err, "cannot set up '%s'", sink->path);
    sink->checks_foreigns = true;
    return PD_OK;
}

/* One row for each foreign key. */
static const char foreigns_sql[] =
    "SELECT group_concat(\"from\", ', ') || ' -> ' || \"table\" FROM (SELECT * FROM "
    "pragma_foreign_key_list(?1) ORDER BY id, seq) GROUP BY id";

static int
read_foreign(struct pd_sink *sink, const char *table)
{
    struct sink_writer *writer = &sink->writer;
    sqlite3_stmt *stmt = NULL;
    int n = 0;
    int rc = sqlite3_prepare_v2(sink->db, foreigns_sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);

        snprintf(writer->foreign, sizeof writer->foreign, "%s", text && n++ == 0 ? text : "");
        rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* No pragma tells which are deferred: the word in the statement does, be it in a comment. */
static pd_status
read_deferral(struct pd_sink *sink, const char *table, struct pd_error *err)
{
    char *sql = sqlite3_mprintf("SELECT sql LIKE '%%DEFER%%' FROM main.sqlite_schema WHERE name = "
                                "%Q COLLATE NOCASE AND type = 'table'",
                                table);
    char found[8];
    pd_status status;

    if (!sql)
        return sqlite_no_memory(sink->host, err);
    status = sqlite_ask(sink->host, sink->db, sql, found, sizeof found, err);
    sqlite3_free(sql);
    sink->writer.may_defer = status == PD_OK && strcmp(found, "1") == 0;
    return status;
}

pd_status
together_table(struct pd_sink *sink, struct pd_error *err)
{
    const char *table = sink->tables[sink->writer.number].name;
    int rc;

    sink->writer.may_defer = false;
    sink->writer.foreign[0] = 0;
    if (!sink->checks_foreigns)
        return PD_OK;
    rc = read_foreign(sink, table);
    if (rc != SQLITE_OK)
        return sink_fail(sink, rc, err, "cannot read the foreign keys of table '%s'", table);
    return read_deferral(sink, table, err);
}

bool
together_is_open(struct pd_sink *sink)
{
    int is_open = 0, unused;

    return sqlite3_db_status(sink->db, SQLITE_DBSTATUS_DEFERRED_FKS, &is_open, &unused, 0) ==
               SQLITE_OK &&
           is_open;
}

static pd_status
end_together(struct pd_sink *sink, bool undo, struct pd_error *err)
{
    bool is_broken = undo || together_is_open(sink);
    pd_status status;

    sink->together = false;
    status = sink_exec(sink,
                       is_broken ? "ROLLBACK TO polydump; RELEASE polydump; "
                                   "PRAGMA defer_foreign_keys=OFF"
                                 : "RELEASE polydump; PRAGMA defer_foreign_keys=OFF",
                       "cannot check foreign keys", err);
    if (status != PD_OK)
        return PD_FATAL;
    return is_broken && !undo
               ? sink->host->fail(err, PD_FAILED, PD_CAUSE_MISSING, "FOREIGN KEY constraint failed")
               : PD_OK;
}

pd_status
together_sink(struct pd_sink *sink, int what, struct pd_error *err)
{
    /* Counts of rows that were there do not follow a savepoint. */
    if (!sink->checks_foreigns || sink->conflict)
        return PD_UNSUPPORTED;
    if (what != PD_TOGETHER_BEGIN)
        return end_together(sink, what == PD_TOGETHER_UNDO, err);
    sink->together = true;
    return sink_exec(sink, "SAVEPOINT polydump; PRAGMA defer_foreign_keys=ON",
                     "cannot put foreign keys off", err);
}
