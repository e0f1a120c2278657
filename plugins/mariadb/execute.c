// SPDX-License-Identifier: Apache-2.0
/* execute - SQL of migrations. Into tables that are there it runs in the transaction of the run,
   which nothing may commit. Into others it may deal with the tables of the run alone, since these
   are dropped when the run fails: before the rows under the names that they have until then, and
   after them under their own, behind the renaming. */
#include <string.h>

#include "ddl.h"
#include "look.h"
#include "session.h"
#include "write.h"

enum { EXECUTE_SHOWN = 200 };

static pd_status
refuse(struct pd_sink *sink, const char *sql, const char *reason, struct pd_error *err)
{
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_QUERY, "'%.*s' is not run: %s", EXECUTE_SHOWN,
                            sql, reason);
}

/* ---- What can be seen beforehand ---- */

/* NULL: it is none of the run. */
static const struct target_table *
find_table(const struct pd_sink *sink, const char *text, size_t size)
{
    for (size_t i = 0; i < sink->catalog->n_tables; i++) {
        const struct target_table *t = &sink->tables[i];

        if (!t->is_history && t->name && look_is_name(text, size, t->name))
            return t;
    }
    return NULL;
}

static const char *
kind_reason(const struct pd_sink *sink, bool in_place, const struct pd_statement *statement,
            const struct look *look)
{
    if (look->reason)
        return look->reason;
    if (look->kind == LOOK_OTHER)
        return in_place
                   ? "into tables that are there only INSERT, REPLACE, UPDATE, DELETE and SELECT "
                     "can be taken back"
                   : "only INSERT, REPLACE, UPDATE, DELETE, SELECT, ALTER TABLE, CREATE INDEX and "
                     "DROP INDEX can be taken back";
    if (look->kind == LOOK_TABLE && in_place)
        return "it commits, and into tables that are there the run is one transaction";
    if (look->kind == LOOK_TABLE && !find_table(sink, look->table, look->table_size))
        return "its table is none that this run makes";
    if (look->kind == LOOK_ROWS && !in_place && statement->when == PD_BEFORE_ROWS)
        return "tables get their names after the rows, so that before them only ALTER TABLE, "
               "CREATE INDEX and DROP INDEX find theirs; run it after the rows";
    return NULL;
}

/* Names whose rows the run could not put back, as far as statements may mention them. */
struct strangers {
    struct pd_sink *sink;
    MYSQL_RES *databases; /* but for this one */
    MYSQL_RES *tables;    /* staged: those of others; in place: those without transactions */
};

static bool
is_in(MYSQL_RES *names, const struct look_name *name)
{
    MYSQL_ROW row;

    mysql_data_seek(names, 0);
    while ((row = my_row_any(names, 1)) != NULL) {
        if (!row[0] || look_is_name(name->text, name->size, row[0]))
            return true;
    }
    return false;
}

static pd_status
check_names(const struct strangers *s, bool in_place, const char *sql, struct pd_error *err)
{
    struct pd_sink *sink = s->sink;
    const char *at = sql;
    struct look_name name;

    while (look_next_name(&at, &name)) {
        bool is_column = name.is_qualified && !name.is_qualifying;

        if (name.is_qualifying && !name.is_qualified && is_in(s->databases, &name))
            return sink->host->fail(err, PD_FAILED, PD_CAUSE_QUERY,
                                    "\'%.*s\' is not run: it names database '%.*s', and what it "
                                    "changes there could not be taken back",
                                    EXECUTE_SHOWN, sql, (int)name.size, name.text);
        if (is_column || find_table(sink, name.text, name.size) || !is_in(s->tables, &name))
            continue;
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_QUERY,
                                "\'%.*s\' is not run: it names '%.*s', %s, so that what it changes "
                                "there could not be taken back",
                                EXECUTE_SHOWN, sql, (int)name.size, name.text,
                                in_place ? "which has an engine without transactions"
                                         : "which is no table of this run");
    }
    return PD_OK;
}

static pd_status
find_strangers(struct strangers *s, bool in_place, struct pd_error *err)
{
    static const char others[] = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE "
                                 "TABLE_SCHEMA = DATABASE()";
    static const char lasting[] =
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND "
        "ENGINE IN (SELECT ENGINE FROM information_schema.ENGINES WHERE TRANSACTIONS <> 'YES')";
    pd_status status = my_query(s->sink->my,
                                "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE "
                                "SCHEMA_NAME <> DATABASE()",
                                &s->databases, err);

    return status == PD_OK ? my_query(s->sink->my, in_place ? lasting : others, &s->tables, err)
                           : status;
}

pd_status
execute_check(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    bool in_place = pd_load_is_in_place(load, sink->into);
    struct strangers strangers = {.sink = sink};
    size_t n = pd_load_statements(load);
    pd_status status = n ? find_strangers(&strangers, in_place, err) : PD_OK;

    for (size_t i = 0; i < n && status == PD_OK; i++) {
        const struct pd_statement *statement = pd_statement_at(load, i);
        struct look look = look_at_statement(statement->sql);
        const char *reason = kind_reason(sink, in_place, statement, &look);

        status = reason ? refuse(sink, statement->sql, reason, err)
                        : check_names(&strangers, in_place, statement->sql, err);
    }
    if (strangers.databases)
        mysql_free_result(strangers.databases);
    if (strangers.tables)
        mysql_free_result(strangers.tables);
    return status;
}

/* ---- At work ---- */

static void
tell_warnings(struct pd_sink *sink, const char *sql)
{
    const struct my *my = sink->my;

    if (my->n_warnings == 1)
        sink_leave_out(sink, 0, PD_NO_TABLE, 0, "'%.*s': the server warns: %s", EXECUTE_SHOWN, sql,
                       my->warning);
    else if (my->n_warnings)
        sink_leave_out(sink, 0, PD_NO_TABLE, 0, "'%.*s': the server warns %u times, first: %s",
                       EXECUTE_SHOWN, sql, my->n_warnings, my->warning);
}

/* Before the rows: the text with the name that its table has until then. */
static pd_status
run_staged(struct pd_sink *sink, const char *sql, struct pd_error *err)
{
    struct look look = look_at_statement(sql);
    const struct target_table *t =
        look.kind == LOOK_TABLE ? find_table(sink, look.table, look.table_size) : NULL;
    struct pd_sql text = {.host = sink->host};
    pd_status status;

    if (!t || !t->staged)
        return refuse(sink, sql, "its table is none that this run makes", err);
    pd_sql_bytes(&text, sql, (size_t)(look.table - sql));
    my_name(&text, t->staged);
    pd_sql_add(&text, look.table + look.table_size);
    status =
        pd_sql_text(&text) ? my_run_any(sink->my, text.text, err) : my_no_memory(sink->host, err);
    pd_sql_free(&text);
    return status;
}

/* After the rows all constraints are there, and count. */
static pd_status
run_after(struct pd_sink *sink, const char *sql, struct pd_error *err)
{
    struct my *my = sink->my;
    pd_status status = my_run(my, "SET SESSION foreign_key_checks = ON", err);

    if (status == PD_OK && my->is_mariadb)
        status = my_run(my, "SET SESSION check_constraint_checks = ON", err);
    if (status == PD_OK)
        status = my_run_any(my, sql, err);
    if (status == PD_OK && sink->writer->in_place && !my_in_transaction(my))
        return refuse(sink, sql, "it ended the transaction of the run", err);
    if (status == PD_OK)
        tell_warnings(sink, sql);
    if (status == PD_OK)
        status = my_run(my, "SET SESSION foreign_key_checks = OFF", err);
    return status == PD_OK && !sink->writer->in_place ? write_relax(sink, my, err) : status;
}

pd_status
execute_run(struct pd_sink *sink, const struct pd_statement *statement, struct pd_error *err)
{
    struct sink_writer *writer = sink->writer;
    pd_status status = PD_OK;

    if (!writer || !writer->is_prepared)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "execute() before prepare()");
    if (writer->is_completed && !writer->in_place)
        status = sink_publish(sink, err);
    if (status == PD_OK && writer->is_completed && writer->in_place)
        status = present_counters_raise(sink, err);
    if (status == PD_OK && writer->is_completed) {
        status = run_after(sink, statement->sql, err);
    } else if (status == PD_OK) {
        status = writer->in_place ? my_run_any(sink->my, statement->sql, err)
                                  : run_staged(sink, statement->sql, err);
        if (status == PD_OK)
            tell_warnings(sink, statement->sql);
    }
    return status == PD_OK && sink->memory_short ? my_no_memory(sink->host, err) : status;
}
