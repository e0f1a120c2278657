// SPDX-License-Identifier: Apache-2.0
/* present_counters - counters of tables that are there. The server takes back no number: those of
   AUTO_INCREMENT go on with each row, and a sequence that was raised stays so. So sequences are
   raised as late as may be, and both are set back when the run has come to nothing; ALTER would end
   its transaction, and comes after it. */
#include <string.h>

#include "ddl.h"
#include "write.h"

/* A counter that was looked at before it was changed. */
struct present_counter {
    const char *name; /* of the table, or of the sequence */
    bool is_sequence;
    long long was;
};

static pd_status
ask_auto(struct pd_sink *sink, const char *table, long long *ret_next, bool *ret_null,
         struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status;

    pd_sql_add(&sql, "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                     "DATABASE() AND TABLE_NAME = ");
    my_literal(&sql, table, strlen(table));
    status = attempt_count(sink, &sql, ret_next, ret_null, err);
    pd_sql_free(&sql);
    return status;
}

/* Numbers that sessions have fetched already are not counted. */
static pd_status
ask_sequence(struct pd_sink *sink, const char *sequence, long long *ret_next, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    bool is_null;
    pd_status status;

    pd_sql_add(&sql, "SELECT next_not_cached_value FROM ");
    my_name(&sql, sequence);
    status = attempt_count(sink, &sql, ret_next, &is_null, err);
    pd_sql_free(&sql);
    return status;
}

static struct present_counter *
add_counter(struct pd_sink *sink, const char *name, bool is_sequence, long long was)
{
    struct sink_ddl *d = sink->ddl;
    struct present_counter *counter = pd_pool_append(&sink->pool, &d->counters, d->n_counters,
                                                     &d->counters_room, sizeof *counter);

    if (!counter)
        return NULL;
    *counter = (struct present_counter){.name = name, .is_sequence = is_sequence, .was = was};
    d->n_counters++;
    return counter;
}

pd_status
present_counters_look(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < sink->catalog->n_tables; i++) {
        const struct present_table *there = &sink->ddl->present[i];

        for (size_t k = 0; k < there->n_columns && status == PD_OK; k++) {
            long long next = 0;
            bool is_null = true;

            if (!there->columns[k].is_auto)
                continue;
            status = ask_auto(sink, there->name, &next, &is_null, err);
            if (status == PD_OK && !is_null && !add_counter(sink, there->name, false, next))
                status = my_no_memory(sink->host, err);
        }
    }
    return status;
}

/* ---- Sequences ---- */

static pd_status
ask_most(struct pd_sink *sink, const char *table, const char *column, long long *ret_most,
         bool *ret_null, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status;

    pd_sql_add(&sql, "SELECT max(");
    my_name(&sql, column);
    pd_sql_add(&sql, ") FROM ");
    my_name(&sql, table);
    status = attempt_count(sink, &sql, ret_most, ret_null, err);
    pd_sql_free(&sql);
    return status;
}

static pd_status
raise_sequence(struct pd_sink *sink, const char *table, const char *column, const char *sequence,
               struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    long long most = 0, was = 0;
    bool is_null = true;
    pd_status status = ask_most(sink, table, column, &most, &is_null, err);

    if (status != PD_OK || is_null)
        return status;
    status = ask_sequence(sink, sequence, &was, err);
    if (status == PD_OK && !add_counter(sink, sequence, true, was))
        status = my_no_memory(sink->host, err);
    pd_sql_add(&sql, "DO SETVAL(");
    my_name(&sql, sequence);
    pd_sql_printf(&sql, ", %lld, 1)", most);
    if (status == PD_OK)
        status = my_run_sql(sink->my, &sql, err);
    pd_sql_free(&sql);
    return status;
}

static bool
is_sent(const struct target_table *t, const char *name)
{
    for (size_t i = 0; i < t->table->n_columns; i++) {
        if (t->columns[i].is_sent && strcmp(t->columns[i].name, name) == 0)
            return true;
    }
    return false;
}

pd_status
present_counters_raise(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (sink->ddl->is_raised)
        return PD_OK;
    sink->ddl->is_raised = true;
    for (size_t i = 0; i < sink->catalog->n_tables; i++) {
        const struct present_table *there = &sink->ddl->present[i];

        for (size_t k = 0; k < there->n_columns && status == PD_OK; k++) {
            const struct present_column *p = &there->columns[k];

            if (p->sequence && is_sent(&sink->tables[i], p->name))
                status = raise_sequence(sink, there->name, p->name, p->sequence, err);
        }
    }
    return status;
}

/* ---- Behind the transaction ---- */

/* The source's counter, where it is ahead of what the target counts from. */
static pd_status
raise_auto(struct pd_sink *sink, size_t table, size_t column, struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    const struct pd_column *c = pd_column_at(t->table, column);
    const char *refusal = NULL;
    struct pd_sql sql = {.host = sink->host};
    long long now = 0;
    bool is_null = true, is_spent = pd_counter_is_spent(c);
    pd_status status;

    if (!c->identity || c->identity == PD_IDENTITY_ROWID || c->counter.flags & PD_COUNTER_UNUSED ||
        (c->counter.next <= 1 && !is_spent))
        return PD_OK;
    status = ask_auto(sink, t->name, &now, &is_null, err);
    pd_sql_add(&sql, "ALTER TABLE ");
    my_name(&sql, t->name);
    pd_sql_printf(&sql, " AUTO_INCREMENT = %llu", (unsigned long long)c->counter.next);
    if (status == PD_OK && (is_null || is_spent || now < c->counter.next))
        status = attempt(sink, &sql, &refusal, err);
    pd_sql_free(&sql);
    if (status == PD_OK && refusal)
        sink_leave_out(sink, PD_PART_IDENTITY, (uint32_t)table, (uint32_t)column,
                       "counter of column '%s' of table '%s': its next number is %lld rather than "
                       "%llu: %s",
                       c->name, t->name, now, (unsigned long long)c->counter.next, refusal);
    return status;
}

pd_status
present_settle(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < sink->catalog->n_tables; i++) {
        const struct present_table *there = &sink->ddl->present[i];
        const struct target_table *t = &sink->tables[i];

        for (size_t k = 0; k < t->table->n_columns && status == PD_OK; k++) {
            const struct present_column *p =
                t->columns[k].is_sent ? present_find(there, t->columns[k].name) : NULL;

            if (p && p->is_auto)
                status = raise_auto(sink, i, k, err);
        }
    }
    return status;
}

/* The server itself sets no counter of a column below a number that a row has. */
static pd_status
put_back(struct pd_sink *sink, const struct present_counter *counter)
{
    struct pd_sql sql = {.host = sink->host};
    long long now = 0;
    bool is_null = false;
    pd_status status = counter->is_sequence ? ask_sequence(sink, counter->name, &now, NULL)
                                            : ask_auto(sink, counter->name, &now, &is_null, NULL);

    pd_sql_add(&sql, counter->is_sequence ? "ALTER SEQUENCE " : "ALTER TABLE ");
    my_name(&sql, counter->name);
    pd_sql_printf(&sql, counter->is_sequence ? " RESTART %lld" : " AUTO_INCREMENT = %lld",
                  counter->was);
    if (status == PD_OK && !is_null && now > counter->was)
        status = my_run_sql(sink->my, &sql, NULL);
    pd_sql_free(&sql);
    return status;
}

/* The session of the run may have been interrupted; when it is closed, its transaction ends. */
static pd_status
reconnect(struct pd_sink *sink)
{
    pd_status status;

    my_close(sink->my);
    sink->my = NULL;
    status = my_open(sink->host, sink->end, MY_ADMIN, NULL, &sink->my, NULL);
    return status == PD_OK ? my_run(sink->my, "SET lock_wait_timeout = 10, sql_mode = ''", NULL)
                           : status;
}

void
present_counters_undo(struct pd_sink *sink)
{
    const struct sink_ddl *d = sink->ddl;
    pd_status status;

    /* Where others add rows too, numbers may have been given that no row shows. */
    if (!d || !d->n_counters || sink->into == PD_INTO_APPEND)
        return;
    status = reconnect(sink);
    for (size_t i = 0; i < d->n_counters && status == PD_OK; i++)
        status = put_back(sink, &d->counters[i]);
    if (status != PD_OK)
        sink->host->log(sink->host, PD_LOG_WARNING,
                        "counters of the target could not be set back to where they were; they go "
                        "on behind numbers that no row has");
}
