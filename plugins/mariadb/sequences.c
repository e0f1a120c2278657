// SPDX-License-Identifier: Apache-2.0
/* sequences - what they are, and where they are: that is live, whatever the snapshot. */
#include <stdlib.h>
#include <string.h>

#include "maker.h"

enum column_of_state {
    STATE_NUMBER,
    STATE_NEXT,
    STATE_MINIMUM,
    STATE_MAXIMUM,
    STATE_START,
    STATE_INCREMENT,
    STATE_CACHE,
    STATE_CYCLE,
    STATE_CYCLES,
    STATE_COUNT_
};

enum { STATE_CHUNK = 100, CACHE_DEFAULT = 1000 };

/* Bounds that CREATE SEQUENCE would have chosen count for nothing. */
static void
set_bounds(struct pd_counter *counter, int64_t start, int64_t minimum, int64_t maximum)
{
    bool up = counter->increment >= 0;

    if (minimum == (up ? 1 : -INT64_MAX) && maximum == (up ? INT64_MAX - 1 : -1) &&
        start == (up ? minimum : maximum))
        return;
    counter->flags |= PD_COUNTER_BOUNDS;
    counter->start = start;
    counter->minimum = minimum;
    counter->maximum = maximum;
}

static int64_t
number(MYSQL_ROW row, int column)
{
    return row[column] ? strtoll(row[column], NULL, 10) : 0;
}

/* The last number of a `bigint`, of a type that has more; strtoll() stops one above it. */
static int64_t
bound(MYSQL_ROW row, int column)
{
    int64_t value = number(row, column);

    return value < INT64_MAX ? value : INT64_MAX - 1;
}

/* 1 is none at all, 0 what the server takes by itself. Beyond its bounds a counter that cycles
   begins again. */
static void
set_counter(struct pd_counter *counter, MYSQL_ROW row)
{
    int64_t cache = number(row, STATE_CACHE);
    int64_t minimum = bound(row, STATE_MINIMUM), maximum = bound(row, STATE_MAXIMUM);

    memset(counter, 0, sizeof *counter);
    counter->struct_size = sizeof *counter;
    counter->next = number(row, STATE_NEXT);
    counter->increment = number(row, STATE_INCREMENT);
    counter->flags = number(row, STATE_CYCLE) ? PD_COUNTER_CYCLE : 0;
    counter->flags |= counter->increment ? 0 : PD_COUNTER_SERVER_STEPS;
    counter->cache = cache == 0 ? 1 : cache == CACHE_DEFAULT ? 0 : cache;
    set_bounds(counter, bound(row, STATE_START), minimum, maximum);
    if (counter->flags & PD_COUNTER_CYCLE && (counter->next > maximum || counter->next < minimum))
        counter->next = counter->increment < 0 ? maximum : minimum;
}

static void
put_state(struct pd_sql *sql, const char *name, size_t i)
{
    pd_sql_printf(sql,
                  "%sSELECT %zu, next_not_cached_value, minimum_value, maximum_value, start_value,"
                  " increment, cache_size, cycle_option, cycle_count FROM ",
                  i ? " UNION ALL " : "", i);
    my_name(sql, name);
}

static pd_status
read_chunk(struct my *my, struct pd_sequence *list, size_t n, int64_t *ret_cycles,
           struct pd_error *err)
{
    struct pd_sql sql = {.host = my->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    size_t n_rows = 0;
    pd_status status;

    for (size_t i = 0; i < n; i++)
        put_state(&sql, list[i].name, i);
    status = pd_sql_text(&sql) ? my_query(my, pd_sql_text(&sql), &result, err)
                               : my_no_memory(my->host, err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    while (mysql_num_fields(result) == STATE_COUNT_ && (row = mysql_fetch_row(result)) != NULL) {
        size_t i = (size_t)number(row, STATE_NUMBER);

        if (i < n)
            set_counter(&list[i].counter, row);
        if (i < n && ret_cycles)
            ret_cycles[i] = number(row, STATE_CYCLES);
        n_rows++;
    }
    mysql_free_result(result);
    if (n_rows == n)
        return PD_OK;
    return my->host->fail(err, PD_FAILED, PD_CAUSE_CHANGED,
                          "the state of %zu sequences was asked for, %zu came", n, n_rows);
}

static pd_status
read_states(struct my *my, struct pd_sequence *list, size_t n, int64_t *ret_cycles,
            struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < n && status == PD_OK; i += STATE_CHUNK)
        status = read_chunk(my, list + i, n - i < STATE_CHUNK ? n - i : STATE_CHUNK,
                            ret_cycles ? ret_cycles + i : NULL, err);
    return status;
}

pd_status
sequences_states(struct my *my, struct pd_sequence *list, size_t n, struct pd_error *err)
{
    return read_states(my, list, n, NULL, err);
}

pd_status
sequences_read(struct maker *m)
{
    struct pd_catalog *catalog = &m->made->catalog.catalog;
    struct pd_sequence *list = maker_alloc(m, m->pool, (m->n_sequences + 1) * sizeof *list);
    int64_t *cycles = maker_alloc(m, &m->scratch, (m->n_sequences + 1) * sizeof *cycles);
    pd_status status;

    if (!list || !cycles)
        return m->status;
    for (size_t i = 0; i < m->n_sequences; i++) {
        list[i].struct_size = sizeof *list;
        list[i].name = m->sequences[i].name;
        list[i].comment = m->sequences[i].comment;
        list[i].kind = PD_KIND_INT64;
    }
    catalog->sequences = m->made->sequences = list;
    catalog->n_sequences = m->n_sequences;
    status = read_states(m->my, list, m->n_sequences, cycles, m->err);
    for (size_t i = 0; i < m->n_sequences && status == PD_OK; i++) {
        if (cycles[i])
            maker_note(m, "number of cycles of a sequence is not carried",
                       "'%s': %lld; what it counts is", list[i].name, (long long)cycles[i]);
    }
    return status == PD_OK ? m->status : status;
}
