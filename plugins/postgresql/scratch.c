// SPDX-License-Identifier: Apache-2.0
/* scratch - empty databases for double dump tests, beside the one of an end. */
#include <ctype.h>
#include <string.h>

#include <polydump/scratch.h>

#include "conninfo.h"

/* ---- The URL of a scratch database: the end's, with another name ---- */

static void
put_encoded(struct pd_sql *url, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (isalnum(c) || strchr("-._~", c))
            pd_sql_bytes(url, text, 1);
        else
            pd_sql_printf(url, "%%%02X", c);
    }
}

static pd_status
make_url(const struct conninfo *info, const char *name, char **ret_url, struct pd_error *err)
{
    struct pd_sql url = {.host = info->host};
    const PQconninfoOption *option;
    char mark = '?';

    pd_sql_printf(&url, "postgresql:///%s", name);
    for (option = info->parsed; option->keyword; option++) {
        if (!option->val || !*option->val || strcmp(option->keyword, "password") == 0 ||
            strcmp(option->keyword, "dbname") == 0)
            continue;
        pd_sql_printf(&url, "%c%s=", mark, option->keyword);
        put_encoded(&url, option->val);
        mark = '&';
    }
    if (!pd_sql_text(&url)) {
        pd_sql_free(&url);
        return pg_no_memory(info->host, err);
    }
    *ret_url = url.text;
    return PD_OK;
}

/* ---- Like the database of the end ---- */

/* What CREATE DATABASE is told, from what pg_database has in the names of each version. */
static const char *
locale_query(int version)
{
    if (version >= 170000)
        return "SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype, "
               "datlocprovider, datlocale, daticurules ";
    if (version >= 160000)
        return "SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype, "
               "datlocprovider, daticulocale, daticurules ";
    if (version >= 150000)
        return "SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype, "
               "datlocprovider, daticulocale, NULL ";
    return "SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype, NULL, NULL, "
           "NULL ";
}

static void
put_option(struct pd_sql *sql, const char *keyword, const PGresult *result, int column)
{
    if (PQgetisnull(result, 0, column))
        return;
    pd_sql_printf(sql, " %s ", keyword);
    sql_literal(sql, PQgetvalue(result, 0, column), (size_t)PQgetlength(result, 0, column));
}

static void
put_locale(struct pd_sql *sql, const PGresult *result)
{
    char provider = *PQgetvalue(result, 0, 3);

    put_option(sql, "ENCODING", result, 0);
    put_option(sql, "LC_COLLATE", result, 1);
    put_option(sql, "LC_CTYPE", result, 2);
    if (provider == 'i') {
        pd_sql_add(sql, " LOCALE_PROVIDER icu");
        put_option(sql, "ICU_LOCALE", result, 4);
        put_option(sql, "ICU_RULES", result, 5);
    } else if (provider == 'b') {
        pd_sql_add(sql, " LOCALE_PROVIDER builtin");
        put_option(sql, "BUILTIN_LOCALE", result, 4);
    } else if (provider == 'c') {
        pd_sql_add(sql, " LOCALE_PROVIDER libc");
    }
}

static pd_status
create_database(struct pg *pg, const char *name, struct pd_error *err)
{
    struct pd_sql sql = {.host = pg->host};
    PGresult *result = NULL;
    pd_status status;

    pd_sql_add(&sql, locale_query(pg->version));
    pd_sql_add(&sql, "FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()");
    status = pd_sql_text(&sql) ? pg_query(pg, pd_sql_text(&sql), 0, NULL, "1tTTTTT", &result, err)
                               : pg_no_memory(pg->host, err);
    pd_sql_clear(&sql);
    if (status == PD_OK) {
        pd_sql_printf(&sql, "CREATE DATABASE %s TEMPLATE template0", name);
        put_locale(&sql, result);
        status = sql_run(pg, &sql, err);
    }
    PQclear(result);
    pd_sql_free(&sql);
    return status;
}

/* ---- Operations ---- */

/* Over a connection to the end's database, or to "postgres" when it names none. */
static pd_status
open_admin(const struct pd_host *host, const struct pd_endpoint *end, struct conninfo *info,
           struct pg **ret_pg, struct pd_error *err)
{
    pd_status status = conninfo_read(host, end, NULL, info, err);

    if (status != PD_OK)
        return status;
    return pg_open(host, end, PG_ADMIN, info->database ? NULL : "postgres", ret_pg, err);
}

static pd_status
check_password(const struct conninfo *info, struct pg *pg, struct pd_error *err)
{
    if (!info->url_has_password || !PQconnectionUsedPassword(pg->conn))
        return PD_OK;
    return pg->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "a scratch database has a URL of its own, which names no password: put "
                          "it in a file and give --password-file, or in ~/.pgpass");
}

static pd_status
scratch_create(const struct pd_host *host, const struct pd_endpoint *end, char **ret_url,
               struct pd_error *err)
{
    struct conninfo info;
    char name[PD_SCRATCH_NAME], *url = NULL;
    struct pg *pg = NULL;
    pd_status status = open_admin(host, end, &info, &pg, err);

    if (status == PD_OK)
        status = check_password(&info, pg, err);
    if (status == PD_OK)
        status = pd_scratch_make_name(host, name, err);
    if (status == PD_OK)
        status = make_url(&info, name, &url, err);
    if (status == PD_OK)
        status = create_database(pg, name, err);
    pg_close(pg);
    conninfo_close(&info);
    if (status == PD_OK)
        *ret_url = url;
    else
        host->release(host, url);
    return status;
}

/* The name in a URL of create(). */
static pd_status
read_name(const struct pd_host *host, const char *url, char name[PD_SCRATCH_NAME],
          struct pd_error *err)
{
    const struct pd_endpoint end = {.struct_size = sizeof end, .url = url};
    struct conninfo info;
    pd_status status = conninfo_read(host, &end, NULL, &info, err);

    if (status == PD_OK)
        status = pd_scratch_take_name(host, info.database, name, err);
    conninfo_close(&info);
    return status;
}

static pd_status
drop_database(struct pg *pg, const char *name, struct pd_error *err)
{
    const char *const params[] = {name};
    PGresult *result = NULL;
    pd_status status;

    if (pg->version >= 130000)
        return pg_runf(pg, err, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
    status = pg_query(pg,
                      "SELECT pg_catalog.pg_terminate_backend(pid) FROM "
                      "pg_catalog.pg_stat_activity WHERE datname = $1",
                      1, params, NULL, &result, err);
    if (status != PD_OK)
        return status;
    PQclear(result);
    return pg_runf(pg, err, "DROP DATABASE IF EXISTS %s", name);
}

static pd_status
scratch_drop(const struct pd_host *host, const struct pd_endpoint *end, const char *url,
             struct pd_error *err)
{
    struct conninfo info;
    char name[PD_SCRATCH_NAME];
    struct pg *pg = NULL;
    pd_status status = read_name(host, url, name, err);

    if (status != PD_OK)
        return status;
    status = open_admin(host, end, &info, &pg, err);
    if (status == PD_OK)
        status = drop_database(pg, name, err);
    pg_close(pg);
    conninfo_close(&info);
    return status;
}

const struct pd_scratch_ops postgresql_scratch_ops = {
    .struct_size = sizeof postgresql_scratch_ops,
    .create = scratch_create,
    .drop = scratch_drop,
};
