// SPDX-License-Identifier: Apache-2.0
/* stage_clean - what is there of a run that is not finished: said, or dropped. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "stage.h"

enum { CLEAN_SHOWN = 5 };

/* Numbers of the server's errors. */
enum { ERROR_NO_DATABASE_RIGHT = 1044, ERROR_NO_TABLE_RIGHT = 1142, ERROR_NO_ROUTINE_RIGHT = 1370 };

/* ---- Who is at work ---- */

pd_status
stage_lock(struct my *my, int seconds, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    bool is_locked;
    pd_status status =
        my_queryf(my, &result, err,
                  "SELECT GET_LOCK(CONCAT('polydump.', LEFT(SHA2(LOWER(DATABASE()), 256), 40)), "
                  "%d)",
                  seconds);

    if (status != PD_OK)
        return status;
    row = mysql_fetch_row(result);
    is_locked = row && row[0] && strcmp(row[0], "1") == 0;
    mysql_free_result(result);
    if (is_locked)
        return PD_OK;
    return my->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                          "another run is writing to this database; wait for it to end");
}

pd_status
stage_read(struct my *my, char run[STAGE_RUN], struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status =
        my_query(my,
                 "SELECT SUBSTRING(TABLE_NAME, 4, 16) FROM information_schema.TABLES WHERE "
                 "TABLE_SCHEMA = DATABASE() AND " STAGE_LETTERS " REGEXP "
                 "'^pd[$][0-9a-f]{16}[$]run$' AND TABLE_COMMENT = "
                 "CONCAT('" STAGE_COMMENT "', SUBSTRING(TABLE_NAME, 4, 16)) ORDER BY 1 LIMIT 1",
                 &result, err);

    if (status != PD_OK)
        return status;
    row = mysql_fetch_row(result);
    snprintf(run, STAGE_RUN, "%s", row && row[0] ? row[0] : "");
    mysql_free_result(result);
    return PD_OK;
}

/* Names that catalog_is_staged() passes over, and that no marker explains. */
static pd_status
refuse_rest(struct my *my, struct pd_error *err)
{
    struct pd_sql names = {.host = my->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    unsigned n = 0;
    pd_status status = my_query(my,
                                "SELECT TABLE_NAME FROM information_schema.TABLES WHERE "
                                "TABLE_SCHEMA = DATABASE() AND " STAGE_LETTERS
                                " REGEXP '" STAGE_PATTERN "' ORDER BY 1",
                                &result, err);

    if (status != PD_OK)
        return status;
    while ((row = mysql_fetch_row(result)) != NULL && n < CLEAN_SHOWN)
        pd_sql_printf(&names, "%s'%s'", n++ ? ", " : "", row[0] ? row[0] : "");
    if (n)
        status = my->host->fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                                "the database is INCOMPLETE: %s%s are left of a restore that did "
                                "not finish; restore it again, which drops them first",
                                pd_sql_text(&names) ? pd_sql_text(&names) : "tables",
                                row ? ", ..." : "");
    mysql_free_result(result);
    pd_sql_free(&names);
    return status;
}

pd_status
stage_refuse(struct my *my, struct pd_error *err)
{
    char run[STAGE_RUN];
    pd_status status = stage_read(my, run, err);

    if (status != PD_OK)
        return status;
    if (!*run)
        return refuse_rest(my, err);
    return my->host->fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "the database is INCOMPLETE: a restore into it is still at work, or did "
                          "not finish; restore it again, which drops first what is there of it");
}

/* ---- What the marker lists ---- */

struct clean {
    struct my *my;
    const char *run;
    MYSQL_RES *entries; /* kind, name, final, does name exist, does final exist */
    bool is_done;
    bool is_published;
};

static bool
is_kind(MYSQL_ROW row, const char *kind)
{
    return row[0] && strcmp(row[0], kind) == 0;
}

static bool
exists(MYSQL_ROW row, int column)
{
    return row[column] && strcmp(row[column], "0") != 0;
}

/* The renaming is all or nothing: one table tells of all. */
static void
read_state(struct clean *c)
{
    MYSQL_ROW row;

    while ((row = my_row_any(c->entries, 5)) != NULL) {
        c->is_done |= is_kind(row, "done");
        c->is_published |= is_kind(row, "table") && !exists(row, 3) && exists(row, 4);
    }
    mysql_data_seek(c->entries, 0);
}

static pd_status
read_entries(struct clean *c, struct pd_error *err)
{
    pd_status status = my_queryf(
        c->my, &c->entries, err,
        "SELECT m.kind, m.name, m.final, "
        "(SELECT COUNT(*) FROM information_schema.TABLES AS a WHERE a.TABLE_SCHEMA = DATABASE() "
        "AND a.TABLE_NAME = m.name), "
        "(SELECT COUNT(*) FROM information_schema.TABLES AS b WHERE b.TABLE_SCHEMA = DATABASE() "
        "AND b.TABLE_NAME = m.final) FROM `pd$%s$run` AS m ORDER BY m.n DESC",
        c->run);

    if (status == PD_OK)
        read_state(c);
    return status;
}

/* ---- Undoing ---- */

static bool
is_denied(const struct my *my)
{
    unsigned code = my->complaint.code;

    return code == ERROR_NO_DATABASE_RIGHT || code == ERROR_NO_TABLE_RIGHT ||
           code == ERROR_NO_ROUTINE_RIGHT;
}

/* Of what is not there the server says that it may not be dropped, too. Whoever made something sees
   it. */
static pd_status
pass_unseen(struct my *my, const char *name, struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    bool is_seen;
    pd_status status;

    pd_sql_add(&sql, "SELECT COUNT(*) FROM (SELECT ROUTINE_SCHEMA AS s, ROUTINE_NAME AS n FROM "
                     "information_schema.ROUTINES UNION ALL SELECT EVENT_SCHEMA, EVENT_NAME FROM "
                     "information_schema.EVENTS UNION ALL SELECT TRIGGER_SCHEMA, TRIGGER_NAME FROM "
                     "information_schema.TRIGGERS) AS seen WHERE s = DATABASE() AND n = ");
    my_literal(&sql, name, strlen(name));
    status = pd_sql_text(&sql) ? my_query(my, sql.text, &result, err) : my_no_memory(my->host, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    row = mysql_fetch_row(result);
    is_seen = row && exists(row, 0);
    mysql_free_result(result);
    return is_seen ? PD_FAILED : PD_OK;
}

static const struct kind_row {
    const char *kind;
    bool is_oracle; /* its DROP is no statement in any other mode */
} kinds[] = {
    {"sequence", false},    {"view", false},   {"function", false}, {"procedure", false},
    {"package body", true}, {"package", true}, {"trigger", false},  {"event", false},
};

static const struct kind_row *
find_kind(const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcasecmp(kind, kinds[i].kind) == 0)
            return &kinds[i];
    }
    return NULL;
}

pd_status
stage_drop_object(struct my *my, const char *kind, const char *name, struct pd_error *err)
{
    const struct kind_row *row = find_kind(kind);
    struct pd_sql sql = {.host = my->host};
    pd_status status = PD_OK, back = PD_OK;

    if (!row)
        return PD_OK;
    pd_sql_printf(&sql, "DROP %s IF EXISTS ", row->kind);
    my_name(&sql, name);
    if (!pd_sql_text(&sql))
        status = my_no_memory(my->host, err);
    else if (row->is_oracle)
        status = my_run_quietly(my, "SET @polydump_mode = @@sql_mode, sql_mode = 'ORACLE'", err);
    if (status == PD_OK)
        status = my_run_quietly(my, sql.text, err);
    if (row->is_oracle)
        back = my_run_quietly(my, "SET sql_mode = @polydump_mode", status == PD_OK ? err : NULL);
    pd_sql_free(&sql);
    return status == PD_OK ? back : status;
}

/* What was made under its final name. */
static pd_status
drop_object(struct clean *c, MYSQL_ROW row, struct pd_error *err)
{
    pd_status status = stage_drop_object(c->my, row[0], row[1], err);

    return status == PD_FAILED && is_denied(c->my) ? pass_unseen(c->my, row[1], err) : status;
}

/* The newest first. */
static pd_status
drop_objects(struct clean *c, struct pd_error *err)
{
    MYSQL_ROW row;
    pd_status status = PD_OK;

    mysql_data_seek(c->entries, 0);
    while (status == PD_OK && (row = my_row(c->my, c->entries, 5, 3, &status, err)) != NULL) {
        status = drop_object(c, row, err);
    }
    return status;
}

static void
put_pair(struct pd_sql *sql, const char *from, const char *to)
{
    pd_sql_add(sql, sql->size ? ", " : "RENAME TABLE ");
    my_name(sql, from);
    pd_sql_add(sql, " TO ");
    my_name(sql, to);
}

/* Finals first, since they stand where the old ones belong. */
static pd_status
rename_back(struct clean *c, struct pd_error *err)
{
    struct pd_sql sql = {.host = c->my->host};
    MYSQL_ROW row;
    pd_status status = PD_OK;

    mysql_data_seek(c->entries, 0);
    while (c->is_published && (row = my_row(c->my, c->entries, 5, 7, &status, err)) != NULL) {
        if (is_kind(row, "table") && exists(row, 4))
            put_pair(&sql, row[2], row[1]);
    }
    mysql_data_seek(c->entries, 0);
    while (status == PD_OK && (row = my_row(c->my, c->entries, 5, 7, &status, err)) != NULL) {
        if (is_kind(row, "moved") && exists(row, 3))
            put_pair(&sql, row[1], row[2]);
    }
    if (status == PD_OK && (sql.size || sql.failed))
        status = my_run_sql(c->my, &sql, err);
    pd_sql_free(&sql);
    return status;
}

static pd_status
undo(struct clean *c, struct pd_error *err)
{
    pd_status status = drop_objects(c, err);

    if (status == PD_OK)
        status = rename_back(c, err);
    return status == PD_OK ? stage_put_back(c->my, c->run, err) : status;
}

/* ---- Dropping ---- */

/* Everything under names like these; views and sequences may have been moved aside. */
static pd_status
drop_tables(struct my *my, const char *pattern, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status =
        my_queryf(my, &result, err,
                  "SELECT TABLE_TYPE, TABLE_NAME FROM information_schema.TABLES WHERE "
                  "TABLE_SCHEMA = DATABASE() AND " STAGE_LETTERS " REGEXP '%s' ORDER BY TABLE_NAME",
                  pattern);

    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = my_row(my, result, 2, 2, &status, err)) != NULL) {
        const char *kind = row[0] && strstr(row[0], "VIEW") ? "VIEW" : "TABLE";

        status = my_runf(my, err, "DROP %s `%s`", kind, row[1]);
    }
    mysql_free_result(result);
    return status;
}

pd_status
stage_drop_past(struct my *my, const char *run, struct pd_error *err)
{
    char pattern[STAGE_NAME];

    snprintf(pattern, sizeof pattern, "^pd[$]%s[$]o?[0-9]+$", run);
    return drop_tables(my, pattern, err);
}

pd_status
stage_drop_marker(struct my *my, const char *run, struct pd_error *err)
{
    return my_runf(my, err, "DROP TABLE `pd$%s$run`", run);
}

/* ---- Finishing ---- */

/* The rows are in their place: a name is not worth a failure. */
static pd_status
settle_one(struct my *my, MYSQL_ROW row, struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    pd_status status;

    pd_sql_add(&sql, "ALTER TABLE ");
    my_name(&sql, row[0]);
    pd_sql_add(&sql, " DROP FOREIGN KEY ");
    my_name(&sql, row[1]);
    pd_sql_printf(&sql, ",%s", row[2]);
    memset(&my->complaint, 0, sizeof my->complaint);
    status = my_run_sql(my, &sql, err);
    pd_sql_free(&sql);
    if (status != PD_FAILED || !my->complaint.code)
        return status;
    my->host->log(my->host, PD_LOG_WARNING, "a foreign key of table '%s' is called '%s': %s",
                  row[0], row[1], my->complaint.text);
    return PD_OK;
}

/* Foreign keys whose names were taken as long as what they replace was there. */
static pd_status
settle(struct clean *c, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status =
        my_queryf(c->my, &result, err,
                  "SELECT m.name, m.final, m.text FROM `pd$%s$run` AS m WHERE m.kind = 'foreign' "
                  "AND EXISTS (SELECT 1 FROM information_schema.REFERENTIAL_CONSTRAINTS AS r WHERE "
                  "r.CONSTRAINT_SCHEMA = DATABASE() AND r.CONSTRAINT_NAME = m.final) ORDER BY m.n",
                  c->run);

    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = my_row(c->my, result, 3, 7, &status, err)) != NULL)
        status = settle_one(c->my, row, err);
    mysql_free_result(result);
    return status;
}

/* ---- Either ---- */

pd_status
stage_drop_run(struct my *my, const char *run, bool *ret_done, struct pd_error *err)
{
    struct clean c = {.my = my, .run = run};
    pd_status status = read_entries(&c, err);

    if (status == PD_OK && !c.is_done)
        status = undo(&c, err);
    if (c.entries)
        mysql_free_result(c.entries);
    if (status == PD_OK)
        status = stage_drop_past(my, run, err);
    if (status == PD_OK && c.is_done)
        status = settle(&c, err);
    if (ret_done)
        *ret_done = c.is_done;
    return status == PD_OK ? stage_drop_marker(my, run, err) : status;
}

/* What was moved aside is the user's, and without its marker nobody knows its name. */
static pd_status
refuse_aside(struct my *my, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_query(my,
                                "SELECT TABLE_NAME FROM information_schema.TABLES WHERE "
                                "TABLE_SCHEMA = DATABASE() AND " STAGE_LETTERS " REGEXP "
                                "'^pd[$][0-9a-f]{16}[$]o[0-9]+$' ORDER BY 1 LIMIT 1",
                                &result, err);

    if (status != PD_OK)
        return status;
    row = mysql_fetch_row(result);
    if (row && row[0])
        status = my->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                                "table '%s' is what a restore that did not finish was to replace, "
                                "and the table that tells its name is gone: rename or drop it",
                                row[0]);
    mysql_free_result(result);
    return status;
}

pd_status
stage_drop_rest(struct my *my, struct pd_error *err)
{
    pd_status status = refuse_aside(my, err);

    return status == PD_OK ? drop_tables(my, STAGE_PATTERN, err) : status;
}
