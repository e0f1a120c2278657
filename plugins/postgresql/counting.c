// SPDX-License-Identifier: Apache-2.0
/* counting - where a counter stands after the rows, by the rule of doc/postgresql.md, "Counters".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ddl.h"

/* ---- How far its columns went ---- */

static void
take_value(struct counting *k, const char *text)
{
    int64_t value = strtoll(text, NULL, 10); /* beyond its range it is the end of it */
    bool up = k->c.increment > 0;

    if (!k->any || (up ? value > k->extreme : value < k->extreme))
        k->extreme = value;
    k->any = true;
}

/* Text may be anything, and "10" comes before "2": only what is a number counts, as one. */
static void
put_number(struct pd_sql *sql, const struct counted_column *c)
{
    if (!c->is_text) {
        sql_name(sql, c->column);
        return;
    }
    pd_sql_add(sql, "(CASE WHEN ");
    sql_name(sql, c->column);
    pd_sql_add(sql, " ~ '^-?[0-9]{1,18}$' THEN ");
    sql_name(sql, c->column);
    pd_sql_add(sql, "::bigint END)");
}

static pd_status
ask_extreme(struct counting *k, const struct counted_column *c, PGresult **ret_result)
{
    struct pd_sql sql = {.host = k->sink->host};
    pd_status status;

    pd_sql_add(&sql, k->c.increment > 0 ? "SELECT max(" : "SELECT min(");
    put_number(&sql, c);
    pd_sql_add(&sql, ") FROM ");
    sql_table(&sql, c->schema, c->table);
    status = pd_sql_text(&sql) ? pg_query(k->sink->pg, sql.text, 0, NULL, "1T", ret_result, k->err)
                               : pg_no_memory(k->sink->host, k->err);
    pd_sql_free(&sql);
    return status;
}

pd_status
counting_look(struct counting *k, const char *schema, const char *table, const char *column)
{
    enum { OID_TEXT = 25, OID_BPCHAR = 1042, OID_VARCHAR = 1043 };
    struct counted_column *place =
        pd_pool_append(&k->sink->pool, &k->columns, k->n_columns, &k->columns_room, sizeof *place);
    PGresult *result = NULL;
    pd_status status;
    Oid type;

    if (!place)
        return pg_no_memory(k->sink->host, k->err);
    *place = (struct counted_column){schema, table, column, false};
    k->n_columns++;
    status = ask_extreme(k, place, &result);
    if (status != PD_OK)
        return status;
    type = PQftype(result, 0);
    if (type == OID_TEXT || type == OID_BPCHAR || type == OID_VARCHAR) {
        place->is_text = true;
        PQclear(result);
        result = NULL;
        status = ask_extreme(k, place, &result);
        if (status != PD_OK)
            return status;
    }
    if (!PQgetisnull(result, 0, 0))
        take_value(k, PQgetvalue(result, 0, 0));
    PQclear(result);
    return PD_OK;
}

/* ---- What it can give ---- */

static bool
is_further(const struct counting *k, int64_t a, int64_t b)
{
    return k->c.increment > 0 ? a > b : a < b;
}

static bool
is_within(const struct ddl_counter *c, int64_t value)
{
    return value >= c->minimum && value <= c->maximum;
}

/* The number before the next one, also where that wrapped around. */
static int64_t
last_of(const struct ddl_counter *c)
{
    return (int64_t)((uint64_t)c->next - (uint64_t)c->increment);
}

/* Its last number was given. */
static bool
is_at_end(const struct ddl_counter *c)
{
    return !is_within(c, c->next) && is_within(c, last_of(c));
}

static int64_t
begin_of(const struct ddl_counter *c)
{
    return c->increment > 0 ? c->minimum : c->maximum;
}

static int64_t
end_of(const struct ddl_counter *c)
{
    return c->increment > 0 ? c->maximum : c->minimum;
}

/* ---- A number that no row has ---- */

/* Is there a key of this column alone? Where there is none, a number may come twice. */
static pd_status
is_unique(struct counting *k, const struct counted_column *column, bool *ret_unique)
{
    static const char text[] =
        "SELECT FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = "
        "x.indkey[0] WHERE x.indrelid = $1::regclass AND a.attname = $2 AND x.indisunique AND "
        "x.indnkeyatts = 1 AND x.indpred IS NULL";
    struct pd_sql table = {.host = k->sink->host};
    const char *params[2] = {NULL, column->column};
    PGresult *result = NULL;
    pd_status status;

    sql_table(&table, column->schema, column->table);
    params[0] = pd_sql_text(&table);
    status = params[0] ? pg_query(k->sink->pg, text, 2, params, "", &result, k->err)
                       : pg_no_memory(k->sink->host, k->err);
    pd_sql_free(&table);
    if (status != PD_OK)
        return status;
    *ret_unique = PQntuples(result) > 0;
    PQclear(result);
    return PD_OK;
}

/* "SELECT value AS v FROM table UNION ALL ..." of those that must not have a number twice; nothing:
   there are none. */
static pd_status
put_values(struct counting *k, struct pd_sql *sql)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < k->n_columns && status == PD_OK; i++) {
        bool unique = false;

        status = is_unique(k, &k->columns[i], &unique);
        if (!unique)
            continue;
        pd_sql_add(sql, sql->size ? " UNION ALL SELECT " : "SELECT ");
        put_number(sql, &k->columns[i]);
        pd_sql_add(sql, "::numeric AS v FROM ");
        sql_table(sql, k->columns[i].schema, k->columns[i].table);
    }
    return status;
}

/* The first number from $1 on, by steps of $2 up to $3, that is not among the values: $1 itself, or
   the one after a value. */
static pd_status
find_from(struct counting *k, const char *values, int64_t from, bool *ret_found,
          struct pd_error *err)
{
    bool up = k->c.increment > 0;
    struct pd_sql sql = {.host = k->sink->host};
    char first[24], step[24], end[24];
    const char *const params[] = {first, step, end};
    PGresult *result = NULL;
    pd_status status;

    snprintf(first, sizeof first, "%lld", (long long)from);
    snprintf(step, sizeof step, "%lld", (long long)k->c.increment);
    snprintf(end, sizeof end, "%lld", (long long)end_of(&k->c));
    pd_sql_printf(
        &sql,
        "WITH v AS (%s), f AS (SELECT $1::numeric AS f UNION ALL SELECT v + $2::numeric "
        "FROM v WHERE v %s $1::numeric AND (v - $1::numeric) %% $2::numeric = 0) "
        "SELECT %s(f)::bigint FROM f WHERE f %s $3::numeric AND NOT EXISTS (SELECT FROM v "
        "WHERE v = f)",
        values, up ? ">=" : "<=", up ? "min" : "max", up ? "<=" : ">=");
    status = pd_sql_text(&sql) ? pg_query(k->sink->pg, sql.text, 3, params, "1I", &result, err)
                               : pg_no_memory(k->sink->host, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    *ret_found = !PQgetisnull(result, 0, 0);
    if (*ret_found)
        k->c.next = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return PD_OK;
}

/* From where it stands, and once round when it goes round. */
static pd_status
find_free(struct counting *k, bool *ret_found)
{
    int64_t from = is_within(&k->c, k->c.next) ? k->c.next : begin_of(&k->c);
    struct pd_sql values = {.host = k->sink->host};
    pd_status status = put_values(k, &values);

    *ret_found = values.size == 0; /* any number will do */
    if (status == PD_OK && !pd_sql_text(&values))
        status = pg_no_memory(k->sink->host, k->err);
    if (status == PD_OK && !*ret_found)
        status = find_from(k, values.text, from, ret_found, k->err);
    if (status == PD_OK && !*ret_found && k->c.cycle)
        status = find_from(k, values.text, begin_of(&k->c), ret_found, k->err);
    pd_sql_free(&values);
    return status;
}

/* ---- Where it shall stand ---- */

static void
say_spent(const struct counting *k, const char *why)
{
    sink_leave_out(k->sink, k->part, k->table, k->number,
                   "counter of %s: it cannot be repaired: %s, so an INSERT that needs a number "
                   "will fail",
                   k->what, why);
}

static void
warn_behind(const struct counting *k)
{
    if (!k->any || is_at_end(&k->c) || is_further(k, k->c.next, k->extreme))
        return;
    k->sink->host->log(k->sink->host, PD_LOG_WARNING,
                       "the counter of %s stands at %lld, and its column has %lld", k->what,
                       (long long)k->c.next, (long long)k->extreme);
}

static pd_status
repair(struct counting *k)
{
    struct ddl_counter *c = &k->c;
    int64_t after;
    bool has_after = !__builtin_add_overflow(k->extreme, c->increment, &after), found = false;
    pd_status status;

    if (is_at_end(c) && c->cycle)
        c->next = begin_of(c);
    if (is_at_end(c) && k->n_columns) {
        say_spent(k, "it has given its last number");
        return PD_OK;
    }
    if (!k->any || is_at_end(c) || is_further(k, c->next, k->extreme))
        return PD_OK;
    if (!c->cycle && has_after && is_within(c, after)) {
        c->next = after;
        k->unused = false;
        return PD_OK;
    }
    after = c->next;
    status = find_free(k, &found);
    if (status == PD_OK && !found)
        say_spent(k, "there is no number up to its end that no row has");
    k->unused = k->unused && c->next == after;
    return status;
}

/* setval(value, is_called): the next one is value, or the one after it. */
static bool
value_to_set(const struct counting *k, int64_t *ret_value)
{
    const struct ddl_counter *c = &k->c;
    bool is_used = !k->unused && c->next != c->start;

    if (is_within(c, last_of(c)) && (is_used || is_at_end(c))) {
        *ret_value = last_of(c);
        return true;
    }
    *ret_value = c->next;
    if (is_within(c, c->next))
        return false;
    *ret_value = c->next > c->maximum ? c->maximum : c->minimum;
    /* Past its end it has no next number; before its begin it starts there. */
    return (c->next > c->maximum) == (c->increment > 0);
}

pd_status
counting_place(struct counting *k, int64_t *ret_last, bool *ret_called)
{
    pd_status status = PD_OK;

    if (k->exact)
        warn_behind(k);
    else
        status = repair(k);
    if (status == PD_OK)
        *ret_called = value_to_set(k, ret_last);
    return status;
}

pd_status
counting_set(struct counting *k, const char *sequence, const char *third, const char *fourth)
{
    char sql[256], value[24];
    const char *params[] = {value, NULL, third, fourth};
    PGresult *result = NULL;
    bool is_called = false;
    int64_t number;
    pd_status status = counting_place(k, &number, &is_called);

    if (status != PD_OK)
        return status;
    params[1] = is_called ? "t" : "f";
    snprintf(value, sizeof value, "%lld", (long long)number);
    snprintf(sql, sizeof sql, "SELECT setval((%s)::regclass, $1::bigint, $2::boolean)", sequence);
    status = pg_query(k->sink->pg, sql, fourth ? 4 : 3, params, NULL, &result, k->err);
    if (status == PD_OK)
        PQclear(result);
    return status;
}
