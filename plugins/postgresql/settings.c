// SPDX-License-Identifier: Apache-2.0
/* settings - what makes a session exact whatever its role and database prefer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

enum { FOR_READ = 1 << PG_READ, FOR_WRITE = 1 << PG_WRITE, FOR_BOTH = FOR_READ | FOR_WRITE };

static const struct setting {
    const char *name;
    const char *value; /* as pg_settings shows it */
    int uses;
} settings[] = {
    {"DateStyle", "ISO, MDY", FOR_BOTH},
    {"IntervalStyle", "postgres", FOR_BOTH},
    {"TimeZone", "UTC", FOR_BOTH},
    {"array_nulls", "on", FOR_BOTH},
    {"backslash_quote", "safe_encoding", FOR_BOTH},
    {"bytea_output", "hex", FOR_BOTH},
    {"check_function_bodies", "off", FOR_WRITE},
    {"client_min_messages", "warning", FOR_BOTH},
    {"constraint_exclusion", "off", FOR_READ},
    {"default_table_access_method", "heap", FOR_WRITE},
    {"default_tablespace", "", FOR_WRITE},
    {"default_toast_compression", "pglz", FOR_WRITE},
    {"default_transaction_deferrable", "off", FOR_BOTH},
    {"default_transaction_isolation", "read committed", FOR_BOTH},
    {"default_transaction_read_only", "on", FOR_READ},
    {"default_transaction_read_only", "off", FOR_WRITE},
    {"escape_string_warning", "off", FOR_BOTH},
    {"extra_float_digits", "3", FOR_BOTH},
    {"idle_in_transaction_session_timeout", "0", FOR_BOTH},
    {"idle_session_timeout", "0", FOR_BOTH},
    {"ignore_checksum_failure", "off", FOR_READ},
    {"jit", "off", FOR_BOTH},
    {"lc_monetary", "C", FOR_BOTH}, /* money is text in arrays, composites and expressions */
    {"lo_compat_privileges", "off", FOR_BOTH},
    {"quote_all_identifiers", "on", FOR_READ},
    {"restrict_nonsystem_relation_kind", "view,foreign-table", FOR_READ},
    {"row_security", "off", FOR_BOTH},
    {"session_replication_role", "origin", FOR_BOTH},
    {"standard_conforming_strings", "on", FOR_BOTH},
    {"synchronize_seqscans", "off", FOR_BOTH},
    {"synchronous_commit", "on", FOR_WRITE},
    {"transaction_timeout", "0", FOR_BOTH},
    {"transform_null_equals", "off", FOR_BOTH},
    {"xmlbinary", "base64", FOR_BOTH},
    {"xmloption", "content", FOR_BOTH},
    {"zero_damaged_pages", "off", FOR_READ},
};

enum { SETTINGS_TRIES = 5 };

/* (VALUES ('name', 'value'), ...) AS v(n, w) */
static void
put_values(struct pd_sql *sql, const struct pg *pg, const char *lock_timeout)
{
    size_t i;

    pd_sql_printf(sql, "(VALUES ('lock_timeout', '%s')", lock_timeout);
    for (i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (settings[i].uses & 1 << pg->use)
            pd_sql_printf(sql, ", ('%s', '%s')", settings[i].name, settings[i].value);
    }
    pd_sql_add(sql, ") AS v(n, w)");
}

/* Milliseconds, as text. */
static void
read_lock_timeout(const struct pg *pg, char *buffer, size_t size)
{
    const char *text = pg->end->options ? pg->host->option(pg->end->options, "lock-timeout") : NULL;
    long long seconds = text ? strtoll(text, NULL, 10) : 0;

    if (seconds < 0 || seconds > INT32_MAX / 1000)
        seconds = 0;
    snprintf(buffer, size, "%lld", seconds * 1000);
}

static pd_status
run_sql(struct pg *pg, const struct pd_sql *sql, const char *answer, PGresult **ret_result,
        struct pd_error *err)
{
    const char *text = pd_sql_text(sql);

    return text ? pg_query(pg, text, 0, NULL, answer, ret_result, err)
                : pg_no_memory(pg->host, err);
}

/* Only what is not so yet: some may be set by superusers alone. What the server does not know has
   no current_setting(). */
static pd_status
apply(struct pg *pg, const char *lock_timeout, struct pd_error *err)
{
    struct pd_sql sql = {.host = pg->host};
    PGresult *result = NULL;
    pd_status status;

    pd_sql_add(&sql, "SELECT pg_catalog.set_config(v.n, v.w, false) FROM ");
    put_values(&sql, pg, lock_timeout);
    pd_sql_add(&sql, " WHERE pg_catalog.current_setting(v.n, true) <> v.w");
    status = run_sql(pg, &sql, NULL, &result, err);
    pd_sql_free(&sql);
    if (status == PD_OK)
        PQclear(result);
    return status;
}

static pd_status
read_back(struct pg *pg, const char *lock_timeout, struct pd_error *err)
{
    struct pd_sql sql = {.host = pg->host};
    PGresult *result = NULL;
    char value[64];
    pd_status status;

    pd_sql_add(&sql, "SELECT s.name, s.setting FROM pg_catalog.pg_settings AS s JOIN ");
    put_values(&sql, pg, lock_timeout);
    pd_sql_add(&sql, " ON s.name = v.n WHERE s.setting <> v.w");
    status = run_sql(pg, &sql, "tt", &result, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    if (PQntuples(result) > 0) {
        error_line(PQgetvalue(result, 0, 1), value, sizeof value);
        status = pg->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                                "setting '%s' stays at '%s' in spite of being set; see ALTER ROLE "
                                "and ALTER DATABASE",
                                PQgetvalue(result, 0, 0), value);
    }
    PQclear(result);
    return status;
}

/* The backend ends soon after its client, also in the middle of a long statement. Servers on some
   systems cannot do it. */
static void
watch_client(struct pg *pg)
{
    PGresult *result = NULL;

    if (pg_query(pg,
                 "SELECT pg_catalog.set_config(n, '5000', false) FROM (VALUES "
                 "('client_connection_check_interval')) AS v(n) WHERE "
                 "pg_catalog.current_setting(n, true) IS NOT NULL",
                 0, NULL, NULL, &result, NULL) == PD_OK)
        PQclear(result);
}

/* Names are looked up nowhere but in pg_catalog from here on. A role's own timeout may be so short
   that it hits the statement that sets it. */
static pd_status
begin(struct pg *pg, struct pd_error *err)
{
    pd_status status = PD_FAILED;
    int tries;

    for (tries = 0; tries < SETTINGS_TRIES && status == PD_FAILED; tries++)
        status = pg_run(pg, "SET statement_timeout = 0", err);
    return status == PD_OK ? pg_run(pg, "SET search_path = ''", err) : status;
}

static pd_status
read_backend(struct pg *pg, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status =
        pg_query(pg, "SELECT pg_catalog.pg_backend_pid(), nullif(CURRENT_USER, SESSION_USER)", 0,
                 NULL, "1iT", &result, err);

    if (status != PD_OK)
        return status;
    session_of(pg)->backend = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
    error_line(PQgetvalue(result, 0, 1), pg->role, sizeof pg->role);
    PQclear(result);
    return PD_OK;
}

/* The default is what the role, the database and the URL say, as it was before begin(). */
pd_status
pg_path_set(struct pg *pg, bool of_application, struct pd_error *err)
{
    bool inside = PQtransactionStatus(pg->conn) == PQTRANS_INTRANS;

    return pg_runf(pg, err, "SET %s search_path %s", inside ? "LOCAL" : "SESSION",
                   of_application ? "TO DEFAULT" : "= ''");
}

pd_status
settings_again(struct pg *pg, struct pd_error *err)
{
    char lock_timeout[24];
    pd_status status = begin(pg, err);

    if (status != PD_OK)
        return status;
    read_lock_timeout(pg, lock_timeout, sizeof lock_timeout);
    status = apply(pg, lock_timeout, err);
    return status == PD_OK ? read_back(pg, lock_timeout, err) : status;
}

pd_status
settings_apply(struct pg *pg, struct pd_error *err)
{
    char lock_timeout[24];
    pd_status status = begin(pg, err);

    if (status == PD_OK && pg->use == PG_ADMIN)
        return pg_run(pg, "SET default_transaction_read_only = off", err);
    if (status != PD_OK)
        return status;
    read_lock_timeout(pg, lock_timeout, sizeof lock_timeout);
    if (pg->sql_ascii)
        status = pg_run(pg, "SET client_encoding = SQL_ASCII", err);
    if (status == PD_OK)
        status = apply(pg, lock_timeout, err);
    if (status == PD_OK)
        status = read_back(pg, lock_timeout, err);
    if (status == PD_OK)
        status = read_backend(pg, err);
    if (status == PD_OK)
        watch_client(pg);
    return status;
}
