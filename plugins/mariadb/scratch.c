// SPDX-License-Identifier: Apache-2.0
/* scratch - empty databases for double dump tests, beside the one of an end. */
#include <string.h>

#include <polydump/scratch.h>

#include "url.h"

static pd_status
check_password(const struct my_url *url, struct pd_error *err)
{
    if (!url->url_has_password)
        return PD_OK;
    return url->pd_host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                              "a scratch database has a URL of its own, which names no password: "
                              "put it in a file and give --password-file");
}

/* With the character set and collation of the end's database, if it names one. */
static pd_status
create_database(struct my *my, const char *like, const char *name, struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    pd_sql_add(&sql, "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM "
                     "information_schema.SCHEMATA WHERE SCHEMA_NAME = ");
    my_literal(&sql, like, strlen(like));
    status = pd_sql_text(&sql) ? my_query(my, pd_sql_text(&sql), &result, err)
                               : my_no_memory(my->host, err);
    pd_sql_clear(&sql);
    if (status == PD_OK) {
        row = my_row(my, result, 2, 0, &status, err);
        pd_sql_printf(&sql, "CREATE DATABASE %s", name);
        if (row && row[0] && row[1]) {
            pd_sql_add(&sql, " CHARACTER SET ");
            my_literal(&sql, row[0], strlen(row[0]));
            pd_sql_add(&sql, " COLLATE ");
            my_literal(&sql, row[1], strlen(row[1]));
        }
        mysql_free_result(result);
        if (status == PD_OK)
            status = my_run_sql(my, &sql, err);
    }
    pd_sql_free(&sql);
    return status;
}

static pd_status
scratch_create(const struct pd_host *host, const struct pd_endpoint *end, char **ret_url,
               struct pd_error *err)
{
    struct my_url url;
    char name[PD_SCRATCH_NAME], *text = NULL;
    struct my *my = NULL;
    pd_status status = url_read(host, end, &url, err);

    if (status == PD_OK)
        status = check_password(&url, err);
    if (status == PD_OK)
        status = pd_scratch_make_name(host, name, err);
    if (status == PD_OK)
        status = url_write(&url, name, &text, err);
    if (status == PD_OK)
        status = my_open(host, end, MY_ADMIN, "", &my, err);
    if (status == PD_OK)
        status = create_database(my, url.database ? url.database : "", name, err);
    my_close(my);
    url_close(&url);
    if (status == PD_OK)
        *ret_url = text;
    else
        host->release(host, text);
    return status;
}

/* The name in a URL of create(). */
static pd_status
read_name(const struct pd_host *host, const char *text, char name[PD_SCRATCH_NAME],
          struct pd_error *err)
{
    const struct pd_endpoint end = {.struct_size = sizeof end, .url = text};
    struct my_url url;
    pd_status status = url_read(host, &end, &url, err);

    if (status == PD_OK)
        status = pd_scratch_take_name(host, url.database, name, err);
    url_close(&url);
    return status;
}

/* Sessions that are still in it would keep it from being dropped by their locks. */
static pd_status
end_sessions(struct my *my, const char *name, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_queryf(my, &result, err,
                                 "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '%s' "
                                 "AND ID <> CONNECTION_ID()",
                                 name);

    if (status != PD_OK)
        return status;
    while ((row = mysql_fetch_row(result)) != NULL) {
        if (my_runf(my, NULL, "KILL CONNECTION %s", row[0] ? row[0] : "0") == PD_FATAL)
            break;
    }
    mysql_free_result(result);
    return PD_OK;
}

static pd_status
scratch_drop(const struct pd_host *host, const struct pd_endpoint *end, const char *url,
             struct pd_error *err)
{
    char name[PD_SCRATCH_NAME];
    struct my *my = NULL;
    pd_status status = read_name(host, url, name, err);

    if (status == PD_OK)
        status = my_open(host, end, MY_ADMIN, "", &my, err);
    if (status == PD_OK)
        status = end_sessions(my, name, err);
    if (status == PD_OK)
        status = my_runf(my, err, "DROP DATABASE IF EXISTS %s", name);
    my_close(my);
    return status;
}

const struct pd_scratch_ops mariadb_scratch_ops = {
    .struct_size = sizeof mariadb_scratch_ops,
    .create = scratch_create,
    .drop = scratch_drop,
};
