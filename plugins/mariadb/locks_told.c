// SPDX-License-Identifier: Apache-2.0
/* locks_told - which table a session waited for in vain, and for whom, as far as the server shows
   that to this user. */
#include <stdio.h>
#include <string.h>

#include "locks_told.h"

enum { ERROR_LOCK_WAIT = 1205 };

/* Who holds a lock, or is about to get one. The first is of a plugin that may not be there, the
   second may be switched off. The strongest lock comes first by name. */
static const struct {
    const char *sql;
    const char *beside_readers; /* what others can still read beside */
} holders[] = {
    {"SELECT p.ID, p.USER, p.HOST FROM information_schema.METADATA_LOCK_INFO l JOIN "
     "information_schema.PROCESSLIST p ON p.ID = l.THREAD_ID WHERE l.TABLE_SCHEMA = DATABASE() AND "
     "l.TABLE_NAME = %s AND l.LOCK_MODE NOT IN (%s) AND p.ID <> CONNECTION_ID() ORDER BY "
     "l.LOCK_MODE, p.ID LIMIT 1",
     "'MDL_SHARED', 'MDL_SHARED_HIGH_PRIO', 'MDL_SHARED_READ', 'MDL_SHARED_READ_ONLY', "
     "'MDL_SHARED_WRITE'"},
    {"SELECT t.PROCESSLIST_ID, t.PROCESSLIST_USER, t.PROCESSLIST_HOST FROM "
     "performance_schema.metadata_locks l JOIN performance_schema.threads t ON t.THREAD_ID = "
     "l.OWNER_THREAD_ID WHERE l.OBJECT_SCHEMA = DATABASE() AND l.OBJECT_NAME = %s AND l.LOCK_TYPE "
     "NOT IN (%s) AND t.PROCESSLIST_ID <> CONNECTION_ID() ORDER BY l.LOCK_TYPE, t.PROCESSLIST_ID "
     "LIMIT 1",
     "'SHARED', 'SHARED_HIGH_PRIO', 'SHARED_READ', 'SHARED_READ_ONLY', 'SHARED_WRITE'"},
};

/* "connection 42 of 'app'@'10.0.0.1:3306' holds"; what nobody knows stays "another session holds".
 */
static void
find_holder(struct my *my, const char *table, bool is_alone, char *buffer, size_t size)
{
    struct pd_sql name = {.host = my->host};
    MYSQL_ROW row = NULL;
    size_t i;

    snprintf(buffer, size, "another session holds");
    my_literal(&name, table, strlen(table));
    for (i = 0; i < sizeof holders / sizeof *holders && !row && pd_sql_text(&name); i++) {
        MYSQL_RES *result = NULL;

        if (my_queryf(my, &result, NULL, holders[i].sql, name.text,
                      is_alone ? "''" : holders[i].beside_readers) != PD_OK)
            continue;
        row = my_row_any(result, 3);
        if (row && row[0])
            snprintf(buffer, size, "connection %.20s of '%.100s'@'%.100s' holds", row[0],
                     row[1] ? row[1] : "", row[2] ? row[2] : "");
        mysql_free_result(result);
    }
    pd_sql_free(&name);
}

/* Would a reader have to wait? A view that took the table's place must not be read: see locks.c. */
static void
try_reading(struct my *my, const char *table)
{
    struct pd_sql sql = {.host = my->host};

    pd_sql_add(&sql, "SET STATEMENT lock_wait_timeout = 0 FOR SELECT 1 FROM ");
    my_table(&sql, NULL, table);
    pd_sql_add(&sql, " USE INDEX () LIMIT 0");
    my_run_sql(my, &sql, NULL);
    pd_sql_free(&sql);
}

static void
try_locking(struct my *my, const char *table)
{
    struct pd_sql sql = {.host = my->host};

    pd_sql_add(&sql, "LOCK TABLES ");
    my_table(&sql, NULL, table);
    pd_sql_add(&sql, " WRITE NOWAIT");
    if (my_run_sql(my, &sql, NULL) == PD_OK)
        my_run(my, "UNLOCK TABLES", NULL);
    pd_sql_free(&sql);
}

bool
lock_tell(struct my *my, const char *table, bool is_alone, struct pd_error *err)
{
    struct my_complaint complaint = my->complaint;
    char holder[256];
    bool is;

    if (complaint.code != ERROR_LOCK_WAIT || !my->is_mariadb || my->broken)
        return false;
    memset(&my->complaint, 0, sizeof my->complaint);
    (is_alone ? try_locking : try_reading)(my, table);
    is = my->complaint.code == ERROR_LOCK_WAIT;
    if (is) {
        find_holder(my, table, is_alone, holder, sizeof holder);
        my->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                       "table '%s': %s; %s a lock on it: wait for it, or give a longer "
                       "--lock-timeout",
                       table, complaint.text, holder);
        my->host->detail(err, "code", "1205");
        my->host->detail(err, "sqlstate", complaint.sqlstate);
    }
    my->complaint = complaint;
    return is;
}
