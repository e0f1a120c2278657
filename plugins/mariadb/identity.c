// SPDX-License-Identifier: Apache-2.0
/* identity - which database of which server this is, so that nobody reads and writes one at once.
 */
#include <stdio.h>
#include <string.h>

#include "scan.h"
#include "sink.h"

/* Not each server has all of them; none of them alone tells a server from its copies. */
static const char server_sql[] =
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN"
    " ('datadir', 'hostname', 'port', 'server_uid', 'server_uuid', 'socket')";

static pd_status
identify(struct my *my, char *buffer, size_t size, struct pd_error *err)
{
    struct pd_sql text = {.host = my->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_query(my, server_sql, &result, err);

    while (status == PD_OK && (row = my_row(my, result, 2, 1, &status, err)) != NULL)
        pd_sql_printf(&text, "%s=%s ", row[0], row[1] ? row[1] : "");
    if (result)
        mysql_free_result(result);
    if (status != PD_OK || !pd_sql_text(&text) || text.size + strlen(my->database) >= size) {
        pd_sql_free(&text);
        return status == PD_OK ? PD_UNSUPPORTED : status;
    }
    snprintf(buffer, size, "%s%s", text.text, my->database);
    for (char *at = buffer + text.size; my->names_fold && *at; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at | 0x20 : *at);
    pd_sql_free(&text);
    return PD_OK;
}

pd_status
identity_of_source(struct pd_source *source, char *buffer, size_t size, struct pd_error *err)
{
    return identify(source->my, buffer, size, err);
}

pd_status
identity_of_sink(struct pd_sink *sink, char *buffer, size_t size, struct pd_error *err)
{
    return identify(sink->my, buffer, size, err);
}
