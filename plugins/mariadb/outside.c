// SPDX-License-Identifier: Apache-2.0
/* outside - foreign keys of other databases that point to tables whose rows go. The server shows
   them to nobody who may not see the tables that have them, and it does not look at them, since
   foreign_key_checks is off. What it does in any case, before all else, is to refuse that a column
   which one of them has is renamed by a copy of its table: so it is asked by a statement that it
   refuses either way, and that would cost nobody a row if it did not. */
#include <string.h>

#include "ddl.h"
#include "stage.h"

enum { ERROR_NO_FOREIGN = 1005, ERROR_NO_SUCH_WAY = 1846 };

static const char sees_all_sql[] =
    "SELECT COUNT(*) <= (SELECT COUNT(*) FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE "
    "UNIQUE_CONSTRAINT_SCHEMA = DATABASE() AND CONSTRAINT_SCHEMA <> DATABASE()) FROM "
    "information_schema.INNODB_SYS_FOREIGN AS f, (SELECT CONCAT(CAST(CONVERT(DATABASE() USING "
    "filename) AS BINARY), '/') AS p) AS d WHERE LEFT(CAST(f.REF_NAME AS BINARY), LENGTH(d.p)) = "
    "d.p AND LEFT(CAST(f.FOR_NAME AS BINARY), LENGTH(d.p)) <> d.p";
/* Of all databases: it has no such spelling of names. */
static const char sees_all_mysql_sql[] =
    "SELECT (SELECT COUNT(*) FROM information_schema.INNODB_FOREIGN) <= "
    "(SELECT COUNT(*) FROM information_schema.REFERENTIAL_CONSTRAINTS)";

/* Does the user see all that there are? Who may not ask sees perhaps not all. */
static pd_status
sees_all(struct pd_sink *sink, bool *ret_so, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status =
        my_query(sink->my, sink->my->is_mariadb ? sees_all_sql : sees_all_mysql_sql, &result, err);

    *ret_so = false;
    if (status != PD_OK)
        return status == PD_FAILED && !sink->my->broken ? PD_OK : status;
    row = my_row(sink->my, result, 1, 1, &status, err);
    *ret_so = row && strcmp(row[0], "1") == 0;
    mysql_free_result(result);
    return status;
}

/* What the answer says: PD_OK: a foreign key stands there, PD_DONE: none does, PD_UNSUPPORTED: it
   is not known. In the server's own English (lc_messages). */
static pd_status
answer_of(const struct my_complaint *complaint)
{
    if (complaint->code == ERROR_NO_FOREIGN)
        return PD_DONE;
    if (complaint->code != ERROR_NO_SUCH_WAY)
        return PD_UNSUPPORTED;
    if (strstr(complaint->text, "Columns participating in a foreign key are renamed"))
        return PD_OK;
    return strstr(complaint->text, "requires a lock") ? PD_DONE : PD_UNSUPPORTED;
}

/* Up to MariaDB 11.1 no table is copied without a lock, and nowhere does a foreign key to a table
   that is not there come about while foreign_key_checks is on. */
static pd_status
put_question(struct pd_sink *sink, const char *table, const char *column, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    struct my *my = sink->my;
    pd_status status = my_run(my, "SET SESSION foreign_key_checks = ON", err), back;

    if (status != PD_OK)
        return status;
    pd_sql_add(&sql, "ALTER TABLE ");
    my_name(&sql, table);
    pd_sql_add(&sql, " RENAME COLUMN ");
    my_name(&sql, column);
    pd_sql_add(&sql,
               " TO `pd$asked`, ADD FOREIGN KEY (`pd$asked`) REFERENCES `pd$nothing` (`pd$`), "
               "ALGORITHM=COPY, LOCK=NONE");
    memset(&my->complaint, 0, sizeof my->complaint);
    status = my_run_sql(my, &sql, err);
    pd_sql_free(&sql);
    if (status == PD_OK)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG,
                                "the server renamed column '%s' of table '%s' to 'pd$asked' and "
                                "gave it a foreign key to nothing, which every server refuses: "
                                "undo that by hand",
                                column, table);
    if (status != PD_FAILED || !my->complaint.code)
        return status;
    status = answer_of(&my->complaint);
    back = my_run(my, "SET SESSION foreign_key_checks = OFF", err);
    return back == PD_OK ? status : back;
}

/* *ret_known: nothing outside points to the column. */
static pd_status
ask_column(struct pd_sink *sink, const char *table, const char *column, bool *ret_known,
           struct pd_error *err)
{
    pd_status status = put_question(sink, table, column, err);

    *ret_known = status == PD_DONE;
    if (status == PD_OK)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                                "rows of table '%s' are to go, and a foreign key of another "
                                "database, which user %s may not see, points to its column '%s' "
                                "and stands in the way; drop that key first",
                                table, sink->my->user, column);
    return status == PD_DONE || status == PD_UNSUPPORTED ? PD_OK : status;
}

/* Beginnings of InnoDB's indexes: nothing else can be pointed to, and an engine that knows no
   foreign keys would rename the column, from 11.2 on. The third column: a foreign key that the
   user sees has it, so that the server's answer would be about that one. */
static pd_status
read_columns(struct pd_sink *sink, MYSQL_RES **ret_result, struct pd_error *err)
{
    return my_query(sink->my,
                    "SELECT DISTINCT s.TABLE_NAME, s.COLUMN_NAME, EXISTS (SELECT 1 FROM "
                    "information_schema.KEY_COLUMN_USAGE AS u WHERE u.REFERENCED_TABLE_NAME IS NOT "
                    "NULL AND (u.TABLE_SCHEMA = DATABASE() AND u.TABLE_NAME = s.TABLE_NAME AND "
                    "u.COLUMN_NAME = s.COLUMN_NAME OR u.REFERENCED_TABLE_SCHEMA = DATABASE() AND "
                    "u.REFERENCED_TABLE_NAME = s.TABLE_NAME AND u.REFERENCED_COLUMN_NAME = "
                    "s.COLUMN_NAME)) FROM information_schema.STATISTICS AS s JOIN "
                    "information_schema.TABLES AS t ON t.TABLE_SCHEMA = s.TABLE_SCHEMA AND "
                    "t.TABLE_NAME = s.TABLE_NAME AND t.ENGINE = 'InnoDB' WHERE "
                    "s.TABLE_SCHEMA = DATABASE() AND s.SEQ_IN_INDEX = 1 ORDER BY 1, 2",
                    ret_result, err);
}

static bool
goes(const struct pd_sink *sink, const char *table)
{
    if (!sink->writer->in_place)
        return stage_will_move(sink, table);
    return present_is_emptied(sink, table) ||
           (sink->conflict == PD_CONFLICT_UPDATE && present_is_target(sink, table));
}

static pd_status
ask_all(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_sql unknown = {.host = sink->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    const char *last = "";
    pd_status status = read_columns(sink, &result, err);

    while (status == PD_OK && (row = my_row(sink->my, result, 3, 7, &status, err)) != NULL) {
        bool is_known = false;

        if (!goes(sink, row[0]))
            continue;
        if (strcmp(row[2], "0") == 0)
            status = ask_column(sink, row[0], row[1], &is_known, err);
        if (is_known || strcmp(last, row[0]) == 0)
            continue;
        pd_sql_printf(&unknown, "%s'%s'", unknown.size ? ", " : "", row[0]);
        last = row[0];
    }
    if (status == PD_OK && unknown.size)
        sink_leave_out(sink, PD_PART_FOREIGN, PD_NO_TABLE, UINT32_MAX,
                       "not verifiable: whether foreign keys of other databases, which user %s "
                       "may not see, point to table %s: they would not be looked at; PROCESS on "
                       "*.* would show that there are none",
                       sink->my->user, pd_sql_text(&unknown) ? unknown.text : "...");
    mysql_free_result(result);
    pd_sql_free(&unknown);
    return status;
}

pd_status
outside_check(struct pd_sink *sink, struct pd_error *err)
{
    bool is_all = false;
    pd_status status = sees_all(sink, &is_all, err);

    return status == PD_OK && !is_all ? ask_all(sink, err) : status;
}
