// SPDX-License-Identifier: Apache-2.0
/* present - what stands in a database already, where an empty one is wanted. */
#include <stdio.h>
#include <string.h>

#include "ddl.h"

enum { PRESENT_LISTED = 6 };

/* Tables of unfinished runs are not here any more, or they are of this one. */
static const char anything_sql[] =
    "SELECT what, name FROM ("
    "SELECT CASE TABLE_TYPE WHEN 'VIEW' THEN 'view' WHEN 'SEQUENCE' THEN 'sequence' ELSE 'table' "
    "END AS what, TABLE_NAME AS name, TABLE_TYPE IN ('VIEW', 'SEQUENCE') AS is_rest FROM "
    "information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
    "UNION ALL SELECT LOWER(ROUTINE_TYPE), ROUTINE_NAME, 1 FROM information_schema.ROUTINES WHERE "
    "ROUTINE_SCHEMA = DATABASE() "
    "UNION ALL SELECT 'event', EVENT_NAME, 1 FROM information_schema.EVENTS WHERE EVENT_SCHEMA = "
    "DATABASE()) x ORDER BY is_rest, name";

static pd_status
refuse_all(struct pd_sink *sink, const struct pd_sql *list, size_t n, struct pd_error *err)
{
    char more[32] = "";

    if (!pd_sql_text(list))
        return my_no_memory(sink->host, err);
    if (n > PRESENT_LISTED)
        snprintf(more, sizeof more, " and %zu more", n - PRESENT_LISTED);
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "database '%s' is not empty: %s%s: use --into=append, --into=truncate "
                            "or --into=replace, or name another database",
                            sink->my->database, list->text, more);
}

pd_status
present_refuse(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_sql list = {.host = sink->host};
    MYSQL_RES *found = NULL;
    MYSQL_ROW row;
    size_t n = 0;
    pd_status status = my_query(sink->my, anything_sql, &found, err);

    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = my_row(sink->my, found, 2, 3, &status, err))) {
        if (catalog_is_staged(row[1]))
            continue;
        if (n++ < PRESENT_LISTED)
            pd_sql_printf(&list, "%s%s '%s'", n > 1 ? ", " : "", row[0], row[1]);
    }
    mysql_free_result(found);
    if (status == PD_OK && n)
        status = refuse_all(sink, &list, n, err);
    pd_sql_free(&list);
    return status;
}
