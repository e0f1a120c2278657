// SPDX-License-Identifier: Apache-2.0
/* objects_under - statements run as they were made: under settings that stand in an archive, and in
   the character set that they were typed in, which the server keeps with each. */
#include <stdlib.h>
#include <string.h>

#include "objects_inside.h"

const char *
under_value(const char *settings, const char *name, size_t *ret_size)
{
    const char *at = settings ? strstr(settings, name) : NULL, *end;

    if (!at || at[strlen(name)] != '\'')
        return NULL;
    at += strlen(name) + 1;
    end = strchr(at, '\'');
    *ret_size = end ? (size_t)(end - at) : 0;
    return *ret_size ? at : NULL;
}

pd_status
under_apply(struct my *my, const char *settings, struct pd_error *err)
{
    pd_status status = my_run_quietly(my, settings, err);

    return status == PD_OK ? under_end(my, settings, err) : status;
}

/* Statements of the plugin itself are UTF-8. */
pd_status
under_end(struct my *my, const char *settings, struct pd_error *err)
{
    size_t size;

    return under_value(settings, MY_OF_CLIENT, &size)
               ? my_run(my, "SET character_set_client = utf8mb4", err)
               : PD_OK;
}

/* ---- The text in another character set ---- */

static bool
is_name(const char *name, size_t size)
{
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") >= size;
}

/* Has the text the same bytes in it? */
static bool
is_alike(const char *sql, const char *client, size_t size)
{
    bool is_utf8 = size >= 4 && strncmp(client, "utf8", 4) == 0;
    unsigned char least = is_utf8 ? 0xf0 : 0x80; /* utf8mb3 ends below */

    if (size == 4 && strncmp(client, "swe7", size) == 0)
        return false;
    while (*sql && (unsigned char)*sql < least)
        sql++;
    return *sql == 0;
}

static void
put_hex(struct pd_sql *sql, const char *bytes)
{
    static const char digits[] = "0123456789abcdef";

    for (; *bytes; bytes++) {
        unsigned char c = (unsigned char)*bytes;
        const char pair[] = {digits[c >> 4], digits[c & 15]};

        pd_sql_bytes(sql, pair, 2);
    }
}

static void
put_from_hex(struct pd_sql *sql, const char *hex)
{
    for (; hex[0] && hex[1]; hex += 2) {
        const char pair[] = {hex[0], hex[1], 0};
        const char c = (char)strtoul(pair, NULL, 16);

        pd_sql_bytes(sql, &c, 1);
    }
}

/* The server knows its character sets. Nothing in *ret: this one has not all of the text. */
static pd_status
transcode(struct my *my, const char *text, const char *client, size_t size, struct pd_sql *ret,
          struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    pd_sql_printf(&sql,
                  "SELECT HEX(CONVERT(t USING %.*s)), HEX(CONVERT(CONVERT(t USING %.*s) USING "
                  "utf8mb4)) = HEX(t) FROM (SELECT CONVERT(x'",
                  (int)size, client, (int)size, client);
    put_hex(&sql, text);
    pd_sql_add(&sql, "' USING utf8mb4) AS t) AS typed");
    status = pd_sql_text(&sql) ? my_query(my, sql.text, &result, err) : my_no_memory(my->host, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    row = my_row(my, result, 2, 3, &status, err);
    if (row && row[1][0] == '1')
        put_from_hex(ret, row[0]);
    mysql_free_result(result);
    return ret->failed ? my_no_memory(my->host, err) : status;
}

/* ---- The statement ---- */

static pd_status
run_typed(struct my *my, const char *sql, const char *client, size_t size, struct pd_error *err)
{
    pd_status status = my_runf(my, err, "SET character_set_client = %.*s", (int)size, client);

    return status == PD_OK ? my_run_quietly(my, sql, err) : status;
}

pd_status
under_run(struct my *my, const char *settings, const char *sql, struct pd_error *err)
{
    size_t size = 0;
    const char *client = under_value(settings, MY_OF_CLIENT, &size);
    struct pd_sql typed = {.host = my->host};
    pd_status status = PD_OK;

    if (!client || !is_name(client, size))
        return my_run_quietly(my, sql, err);
    if (!is_alike(sql, client, size))
        status = transcode(my, sql, client, size, &typed, err);
    if (status == PD_OK && (typed.size || is_alike(sql, client, size)))
        status = run_typed(my, typed.size ? typed.text : sql, client, size, err);
    else if (status == PD_OK)
        status = my_run_quietly(my, sql, err);
    pd_sql_free(&typed);
    return status;
}
