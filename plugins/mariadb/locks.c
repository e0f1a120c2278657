// SPDX-License-Identifier: Apache-2.0
/* locks - what keeps everybody from writing while readers take their snapshots, and from altering
   tables while they are read. */
#include <stdio.h>
#include <stdlib.h>

#include "locks_told.h"
#include "scan.h"

enum {
    LOCK_FOR_EVER = 31536000,
    LOCK_AT_ONCE = 50 /* tables in one UNION */
};

/* Numbers of the server's errors. */
enum {
    ERROR_NO_TABLE = 1146,
    ERROR_NO_INDEX = 1176,
    ERROR_LOCK_WAIT = 1205,
    ERROR_DEADLOCK = 1213,
    ERROR_NO_DATABASE_RIGHT = 1044,
    ERROR_NO_LOGIN = 1045,
    ERROR_NO_TABLE_RIGHT = 1142,
    ERROR_NO_COLUMN_RIGHT = 1143,
    ERROR_NO_RIGHT = 1227,
    ERROR_TABLE_CHANGED = 1412,
    ERROR_LOG_TABLE = 1556
};

static bool
is_missing_right(unsigned code)
{
    return code == ERROR_NO_DATABASE_RIGHT || code == ERROR_NO_LOGIN ||
           code == ERROR_NO_TABLE_RIGHT || code == ERROR_NO_COLUMN_RIGHT || code == ERROR_NO_RIGHT;
}

bool
lock_has_waited(const struct my *my)
{
    return my->complaint.code == ERROR_LOCK_WAIT || my->complaint.code == ERROR_DEADLOCK;
}

pd_status
lock_retry(const struct my *my, pd_status status)
{
    unsigned code = my->complaint.code;

    if (status != PD_FAILED)
        return status;
    /* A view has no index to do without. */
    return lock_has_waited(my) || code == ERROR_NO_TABLE || code == ERROR_NO_INDEX ||
                   code == ERROR_TABLE_CHANGED
               ? PD_RETRY
               : status;
}

unsigned
lock_limit(const struct my *my)
{
    const char *text = my->end->options ? my->host->option(my->end->options, "lock-timeout") : NULL;
    long long seconds = text ? strtoll(text, NULL, 10) : 0;

    return seconds > 0 && seconds < LOCK_FOR_EVER ? (unsigned)seconds : 0;
}

pd_status
lock_patience(struct my *my, unsigned seconds, struct pd_error *err)
{
    unsigned limit = lock_limit(my);

    if (seconds == 0)
        seconds = limit ? limit : LOCK_FOR_EVER;
    return my_runf(my, err, "SET SESSION lock_wait_timeout = %u", seconds);
}

/* ---- Tables ---- */

/* The table itself rather than its past. */
static bool
is_own(const struct my_table *plan)
{
    return plan->kind == MY_TABLE_PLAIN;
}

/* lock_retry(); where it was a wait that ends one day, the error names the table. */
static pd_status
answer(struct my *my, const struct my_catalog *catalog, pd_status status, struct pd_error *err)
{
    size_t i = 0, n = status == PD_FAILED && lock_limit(my) ? catalog->catalog.n_tables : 0;

    while (i < n && !(is_own(&catalog->tables[i]) &&
                      lock_tell(my, catalog->tables[i].name, /* is_alone= */ false, err)))
        i++;
    return lock_retry(my, status);
}

const char *
lock_needed(const struct my_catalog *catalog)
{
    size_t i;

    for (i = 0; i < catalog->catalog.n_tables; i++) {
        if (is_own(&catalog->tables[i]) && !catalog->tables[i].is_transactional)
            return catalog->tables[i].name;
    }
    return NULL;
}

static pd_status
lock_tables(struct my *my, const struct my_catalog *catalog, bool all, struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    const char *word = "LOCK TABLES ";
    pd_status status;
    size_t i;

    for (i = 0; i < catalog->catalog.n_tables; i++) {
        if (!is_own(&catalog->tables[i]) || (!all && catalog->tables[i].is_transactional))
            continue;
        pd_sql_add(&sql, word);
        my_table(&sql, NULL, catalog->tables[i].name);
        pd_sql_add(&sql, " READ");
        word = ", ";
    }
    status = sql.size || sql.failed ? my_run_sql(my, &sql, err) : PD_OK;
    pd_sql_free(&sql);
    if (status != PD_FAILED || my->complaint.code != ERROR_LOG_TABLE)
        return status;
    return my->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "'general_log' and 'slow_log' are logs of the server, which cannot be "
                          "locked while they are read: its own database 'mysql' cannot be dumped");
}

pd_status
lock_keep(struct my *my, const struct my_catalog *catalog, struct pd_error *err)
{
    pd_status status = lock_tables(my, catalog, false, err);

    if (status != PD_FAILED || !is_missing_right(my->complaint.code))
        return answer(my, catalog, status, err);
    return my->host->fail(
        err, PD_FAILED, PD_CAUSE_AUTH,
        "table '%s' has no transactions, so it must stay locked while it is read, "
        "which the user may not do; grant LOCK TABLES, or convert it to InnoDB",
        lock_needed(catalog));
}

/* A statement that asks for nothing holds the table's definition until the transaction ends. A view
   that took the table's place must not be asked even for nothing, since its functions would run:
   the server refuses a list of indexes for it before it looks further. A table that has no
   transactions is asked alone: see select_put_word(). What the user may not read is
   told when it is to be read. */
static pd_status
guard_alone(struct my *my, const struct my_table *plan, struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    pd_status status;

    select_put_word(&sql, plan);
    pd_sql_add(&sql, "1 FROM ");
    my_table(&sql, NULL, plan->name);
    pd_sql_add(&sql, " USE INDEX () LIMIT 0");
    status = my_run_sql(my, &sql, err);
    pd_sql_free(&sql);
    return status == PD_FAILED && is_missing_right(my->complaint.code) ? PD_OK : status;
}

static pd_status
guard_together(struct my *my, const struct my_table *const *plans, size_t n, struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    size_t i;
    pd_status status;

    for (i = 0; i < n; i++) {
        pd_sql_add(&sql, i ? " UNION ALL (SELECT 1 FROM " : "(SELECT 1 FROM ");
        my_table(&sql, NULL, plans[i]->name);
        pd_sql_add(&sql, " USE INDEX () LIMIT 0)");
    }
    status = n ? my_run_sql(my, &sql, err) : PD_OK;
    pd_sql_free(&sql);
    if (status != PD_FAILED || !is_missing_right(my->complaint.code))
        return status;
    for (i = 0, status = PD_OK; i < n && status == PD_OK; i++)
        status = guard_alone(my, plans[i], err);
    return status;
}

pd_status
lock_guard(struct my *my, const struct my_catalog *catalog, struct pd_error *err)
{
    const struct my_table *plans[LOCK_AT_ONCE];
    size_t i, n = 0;
    pd_status status = PD_OK;

    for (i = 0; i < catalog->catalog.n_tables && status == PD_OK; i++) {
        const struct my_table *plan = &catalog->tables[i];

        if (!is_own(plan))
            continue;
        if (!plan->is_transactional) {
            status = guard_alone(my, plan, err);
            continue;
        }
        plans[n++] = plan;
        if (n == LOCK_AT_ONCE) {
            status = guard_together(my, plans, n, err);
            n = 0;
        }
    }
    if (status == PD_OK)
        status = guard_together(my, plans, n, err);
    return answer(my, catalog, status, err);
}

/* ---- Everybody's writing ---- */

static pd_status
lock_backup(struct my *my, const struct my_catalog *catalog, struct pd_error *err)
{
    pd_status status;

    /* It stops commits, which a table without transactions has none of. */
    if (!my->is_mariadb || lock_needed(catalog))
        return PD_UNSUPPORTED;
    status = my_run(my, "BACKUP STAGE START", err);
    if (status != PD_OK)
        return status == PD_FAILED ? PD_UNSUPPORTED : status;
    status = my_run(my, "BACKUP STAGE BLOCK_COMMIT", err);
    if (status != PD_FAILED)
        return status;
    /* Whatever it waited for, the next one would too. */
    status = lock_has_waited(my) ? answer(my, catalog, PD_FAILED, err) : PD_UNSUPPORTED;
    lock_release(my, LOCK_BACKUP);
    return status;
}

static pd_status
lock_global(struct my *my, const struct my_catalog *catalog, struct pd_error *err)
{
    pd_status status = my_run(my, "FLUSH TABLES WITH READ LOCK", err);

    if (status == PD_FAILED && is_missing_right(my->complaint.code))
        return PD_UNSUPPORTED;
    return answer(my, catalog, status, err);
}

static pd_status
lock_all_tables(struct my *my, const struct my_catalog *catalog, struct pd_error *err)
{
    pd_status status = lock_tables(my, catalog, true, err);

    if (status == PD_FAILED && is_missing_right(my->complaint.code))
        return PD_UNSUPPORTED;
    return answer(my, catalog, status, err);
}

static pd_status
lock_nothing(struct my *my, const struct my_catalog *catalog, struct pd_error *err)
{
    const char *name = lock_needed(catalog);

    if (!name)
        return PD_OK;
    return my->host->fail(err, PD_FAILED, PD_CAUSE_AUTH,
                          "table '%s' has no transactions, so it must be locked while it is read, "
                          "which the user may not do; grant LOCK TABLES, or convert it to InnoDB",
                          name);
}

typedef pd_status lock_function(struct my *my, const struct my_catalog *catalog,
                                struct pd_error *err);

static const struct {
    lock_function *take;
    const char *release; /* NULL: nothing is to be done */
} modes[] = {
    [LOCK_BACKUP] = {lock_backup, "BACKUP STAGE END"},
    [LOCK_GLOBAL] = {lock_global, "UNLOCK TABLES"},
    [LOCK_TABLES] = {lock_all_tables, "UNLOCK TABLES"},
    [LOCK_NONE] = {lock_nothing, NULL},
};

pd_status
lock_take(struct my *my, const struct my_catalog *catalog, enum lock_mode *mode,
          struct pd_error *err)
{
    pd_status status = PD_UNSUPPORTED;

    for (*mode = LOCK_BACKUP;; ++*mode) {
        status = modes[*mode].take(my, catalog, err);
        if (status != PD_UNSUPPORTED)
            return status;
    }
}

void
lock_release(struct my *my, enum lock_mode mode)
{
    if (modes[mode].release && !my->broken)
        my_run(my, modes[mode].release, NULL);
}
