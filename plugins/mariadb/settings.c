// SPDX-License-Identifier: Apache-2.0
/* settings - what makes a session exact whatever its server and account prefer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

enum { FOR_READ = 1 << MY_READ, FOR_WRITE = 1 << MY_WRITE, FOR_BOTH = FOR_READ | FOR_WRITE };

enum {
    SETTINGS_TRIES = 5,
    SETTINGS_FOR_EVER = 31536000,
    SETTINGS_LEAST = 16 /* every server knows more of them */
};

static const struct setting {
    const char *name;
    const char *value; /* as SHOW VARIABLES has it; NULL: --lock-timeout */
    int uses;
    bool may_fail; /* on some servers it is not a session's, or not this user's, to set */
} settings[] = {
    {"alter_algorithm", "DEFAULT", FOR_WRITE, false},
    {"autocommit", "ON", FOR_BOTH, false},
    {"character_set_client", "utf8mb4", FOR_BOTH, false},
    /* CHARSET=utf8mb4 without a collation is what it was before 11.5, as in texts of older servers.
     */
    {"character_set_collations", "", FOR_BOTH, false},
    {"character_set_results", "utf8mb4", FOR_BOTH, false},
    {"check_constraint_checks", "ON", FOR_WRITE, false},
    {"collation_connection", "utf8mb4_general_ci", FOR_BOTH, false},
    {"completion_type", "NO_CHAIN", FOR_BOTH, false},
    {"default_regex_flags", "", FOR_BOTH, false},
    {"default_storage_engine", "InnoDB", FOR_WRITE, false},
    {"default_week_format", "0", FOR_BOTH, false},
    {"div_precision_increment", "4", FOR_BOTH, false},
    {"explicit_defaults_for_timestamp", "ON", FOR_WRITE, true},
    {"foreign_key_checks", "OFF", FOR_WRITE, false},
    {"group_concat_max_len", "1073741824", FOR_BOTH, false},
    {"idle_readonly_transaction_timeout", "0", FOR_BOTH, false},
    {"idle_transaction_timeout", "0", FOR_BOTH, false},
    {"idle_write_transaction_timeout", "0", FOR_BOTH, false},
    {"innodb_lock_wait_timeout", NULL, FOR_BOTH, false},
    /* A row that another session has changed is waited for, not refused (ON from 11.6 on). */
    {"innodb_snapshot_isolation", "OFF", FOR_WRITE, false},
    {"innodb_strict_mode", "ON", FOR_WRITE, false},
    {"lc_messages", "en_US", FOR_BOTH, false},
    {"lc_time_names", "en_US", FOR_BOTH, false},
    {"lock_wait_timeout", NULL, FOR_BOTH, false},
    {"low_priority_updates", "OFF", FOR_WRITE, false},
    {"max_error_count", "64", FOR_READ, true},
    /* Each warning is looked at: those of columns that the server computes are no harm. Of MySQL's
       users few may set it; what it keeps to itself counts as harm. */
    {"max_error_count", "65535", FOR_WRITE, true},
    {"max_execution_time", "0", FOR_BOTH, false},
    {"max_statement_time", "0.000000", FOR_BOTH, false},
    /* Of VECTOR keys whose text does not say them. */
    {"mhnsw_default_distance", "euclidean", FOR_WRITE, false},
    {"mhnsw_default_m", "6", FOR_WRITE, false},
    {"net_read_timeout", "86400", FOR_BOTH, false},
    {"net_write_timeout", "86400", FOR_BOTH, false},
    {"profiling", "OFF", FOR_BOTH, false},
    {"query_cache_type", "OFF", FOR_READ, false},
    {"sql_auto_is_null", "OFF", FOR_BOTH, false},
    {"sql_big_selects", "ON", FOR_BOTH, false},
    {"sql_buffer_result", "OFF", FOR_BOTH, false},
    {"sql_if_exists", "OFF", FOR_WRITE, false},
    {"sql_mode", "", FOR_READ, false},
    /* In the server's own order. Zero dates and days that no month has are stored as they are. */
    {"sql_mode", "NO_AUTO_VALUE_ON_ZERO,STRICT_ALL_TABLES,ALLOW_INVALID_DATES", FOR_WRITE, false},
    {"sql_notes", "ON", FOR_BOTH, false},
    {"sql_quote_show_create", "ON", FOR_BOTH, false},
    {"sql_safe_updates", "OFF", FOR_BOTH, false},
    {"sql_select_limit", "18446744073709551615", FOR_BOTH, false},
    {"sql_warnings", "OFF", FOR_BOTH, false},
    {"system_versioning_alter_history", "ERROR", FOR_WRITE, false},
    {"system_versioning_asof", "DEFAULT", FOR_BOTH, false},
    {"system_versioning_insert_history", "ON", FOR_WRITE, true},
    {"time_zone", "+00:00", FOR_BOTH, false},
    {"transaction_isolation", "REPEATABLE-READ", FOR_BOTH, false},
    {"transaction_read_only", "OFF", FOR_BOTH, false},
    {"tx_isolation", "REPEATABLE-READ", FOR_BOTH, false},
    {"tx_read_only", "OFF", FOR_BOTH, false},
    {"unique_checks", "ON", FOR_WRITE, false},
    {"wait_timeout", "604800", FOR_BOTH, false},
};

enum { SETTINGS_COUNT = sizeof settings / sizeof *settings };

/* What a session of this use is to have. */
struct wanted {
    char lock_timeout[24];
    bool is_known[SETTINGS_COUNT]; /* the server has it */
    unsigned n_known;
    bool is_so[SETTINGS_COUNT]; /* with this value */
    char value[64];             /* that one of them has instead */
    const char *name;
};

static void
read_lock_timeout(const struct my *my, struct wanted *wanted)
{
    const char *text = my->end->options ? my->host->option(my->end->options, "lock-timeout") : NULL;
    long long seconds = text ? strtoll(text, NULL, 10) : 0;

    if (seconds <= 0 || seconds > SETTINGS_FOR_EVER)
        seconds = SETTINGS_FOR_EVER;
    snprintf(wanted->lock_timeout, sizeof wanted->lock_timeout, "%lld", seconds);
}

static const char *
value_of(const struct wanted *wanted, size_t i)
{
    return settings[i].value ? settings[i].value : wanted->lock_timeout;
}

static bool
counts(const struct my *my, size_t i)
{
    return settings[i].uses & 1 << my->use;
}

static void
compare(const struct my *my, struct wanted *wanted, const char *name, const char *value)
{
    size_t i;

    for (i = 0; i < SETTINGS_COUNT; i++) {
        if (!counts(my, i) || strcmp(settings[i].name, name) != 0)
            continue;
        wanted->is_known[i] = true;
        wanted->n_known++;
        wanted->is_so[i] = strcmp(value_of(wanted, i), value) == 0;
        if (wanted->is_so[i] || settings[i].may_fail)
            continue;
        wanted->name = settings[i].name;
        error_line(value, wanted->value, sizeof wanted->value);
    }
}

/* How are the settings now? Those that the server does not know are not among them. */
static pd_status
look(struct my *my, struct wanted *wanted, struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    size_t i;
    pd_status status;

    wanted->name = NULL;
    wanted->n_known = 0;
    pd_sql_add(&sql, "SHOW SESSION VARIABLES WHERE Variable_name IN (''");
    for (i = 0; i < SETTINGS_COUNT; i++)
        pd_sql_printf(&sql, ", '%s'", settings[i].name);
    pd_sql_add(&sql, ")");
    status = pd_sql_text(&sql) ? my_query(my, pd_sql_text(&sql), &result, err)
                               : my_no_memory(my->host, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    while (mysql_num_fields(result) == 2 && (row = mysql_fetch_row(result)) != NULL) {
        if (row[0] && row[1])
            compare(my, wanted, row[0], row[1]);
    }
    mysql_free_result(result);
    if (wanted->n_known >= SETTINGS_LEAST)
        return PD_OK;
    return my->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                          "the server does not show its settings; is it a MariaDB server?");
}

static void
put_value(struct pd_sql *sql, const char *value)
{
    size_t n = strlen(value);

    if (n && strspn(value, "0123456789.") == n)
        pd_sql_add(sql, value);
    else
        pd_sql_printf(sql, "'%s'", value);
}

static pd_status
try(struct my *my, const char *name, const char *value)
{
    struct pd_sql sql = {.host = my->host};
    pd_status status = PD_FATAL;

    pd_sql_printf(&sql, "SET SESSION %s = ", name);
    put_value(&sql, value);
    if (pd_sql_text(&sql))
        status = my_run_quietly(my, pd_sql_text(&sql), NULL);
    pd_sql_free(&sql);
    return status == PD_FATAL ? PD_FATAL : PD_OK;
}

/* All at once, but for those that may fail, which others would fail with. */
static pd_status
set(struct my *my, const struct wanted *wanted, struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    const char *mark = "SET SESSION ";
    pd_status status = PD_OK;
    size_t i;

    for (i = 0; i < SETTINGS_COUNT && status == PD_OK; i++) {
        if (!wanted->is_known[i] || wanted->is_so[i])
            continue;
        if (settings[i].may_fail) {
            status = try(my, settings[i].name, value_of(wanted, i));
            continue;
        }
        pd_sql_printf(&sql, "%s%s = ", mark, settings[i].name);
        put_value(&sql, value_of(wanted, i));
        mark = ", ";
    }
    if (status == PD_FATAL)
        status = my_run(my, "DO 0", err);
    else if (sql.size || sql.failed)
        status = pd_sql_text(&sql) ? my_run_quietly(my, pd_sql_text(&sql), err)
                                   : my_no_memory(my->host, err);
    pd_sql_free(&sql);
    return status;
}

static pd_status
apply(struct my *my, struct pd_error *err)
{
    struct wanted wanted = {.name = NULL};
    pd_status status;

    read_lock_timeout(my, &wanted);
    status = look(my, &wanted, err);
    if (status == PD_OK)
        status = set(my, &wanted, err);
    if (status == PD_OK)
        status = look(my, &wanted, err);
    if (status == PD_OK && wanted.name)
        status = my->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                                "setting '%s' stays at '%s' in spite of being set", wanted.name,
                                wanted.value);
    return status;
}

/* An account's own timeout may be so short that it hits the statement that sets it. */
static pd_status
begin(struct my *my, struct pd_error *err)
{
    pd_status status = PD_FAILED;
    int tries;

    for (tries = 0; tries < SETTINGS_TRIES && status == PD_FAILED && my->is_mariadb; tries++)
        status = my_run_quietly(my, "SET SESSION max_statement_time = 0", err);
    if (status == PD_FATAL || (my->is_mariadb && status != PD_OK))
        return status;
    /* SHOW is limited by it too. */
    status = my_run_quietly(my, "SET SESSION sql_select_limit = 18446744073709551615", err);
    if (status == PD_OK)
        status = my_run_quietly(my, "SET NAMES utf8mb4", err);
    return status == PD_OK ? my_run_quietly(my, "SET SESSION time_zone = '+00:00'", err) : status;
}

static pd_status
read_server(struct my *my, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_query(
        my,
        "SELECT @@lower_case_table_names, @@max_allowed_packet, CURRENT_USER(), @@log_bin AND "
        "@@binlog_format = 'STATEMENT'",
        &result, err);

    if (status != PD_OK)
        return status;
    row = mysql_fetch_row(result);
    if (row && mysql_num_fields(result) == 4) {
        my->names_fold = row[0] ? (int)strtol(row[0], NULL, 10) : 0;
        my->max_packet = row[1] ? (size_t)strtoull(row[1], NULL, 10) : 0;
        error_line(row[2] ? row[2] : "", my->user, sizeof my->user);
        my->logs_statements = row[3] && strcmp(row[3], "1") == 0;
    }
    mysql_free_result(result);
    if (my->max_packet >= 1024)
        return PD_OK;
    return my->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                          "the server's max_allowed_packet is not known; is it a MariaDB server?");
}

/* Tables that such a server has made have options that InnoDB does not use, and rows that may
   become too long. */
pd_status
settings_loosen(struct my *my, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_query(my, "SELECT @@GLOBAL.innodb_strict_mode", &result, err);
    bool is_off;

    if (status != PD_OK)
        return status;
    row = mysql_fetch_row(result);
    is_off = row && row[0] && strcmp(row[0], "0") == 0;
    mysql_free_result(result);
    if (!is_off)
        return PD_OK;
    my->warns_of_options = true;
    return my_run(my, "SET SESSION innodb_strict_mode = OFF", err);
}

pd_status
settings_apply(struct my *my, struct pd_error *err)
{
    pd_status status;

    if (session_of(my)->is_probe)
        return PD_OK;
    status = begin(my, err);
    if (status == PD_OK && my->use != MY_ADMIN)
        status = apply(my, err);
    return status == PD_OK ? read_server(my, err) : status;
}
