// SPDX-License-Identifier: Apache-2.0
/* ddl_replay - tables of the same engine by their own statement, under the staged name; what the
   server prints wrongly is taken from the catalogue. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ddl.h"

struct replay {
    struct pd_sink *sink;
    size_t table;
    struct passive p;
    struct pd_pool pool;
    bool memory_short;
};

/* The number of the table's column that is the i-th of the statement; n_columns: none. */
static size_t
find_column(const struct replay *r, size_t i)
{
    const struct pd_table *t = r->sink->tables[r->table].table;
    size_t k;

    if (i < t->n_columns && strcmp(pd_column_at(t, i)->name, r->p.columns[i].name) == 0)
        return i;
    for (k = 0; k < t->n_columns; k++) {
        if (strcmp(pd_column_at(t, k)->name, r->p.columns[i].name) == 0)
            break;
    }
    return k;
}

/* Bytes that no text comes back to are printed as the nearest text. */
static bool
is_of_bytes(const struct pd_column *column)
{
    return column->default_kind == PD_DEFAULT_NATIVE &&
           (column->type.kind == PD_KIND_TEXT || column->type.kind == PD_KIND_CHAR) &&
           my_default_is_bytes(column);
}

/* Bytes, and characters of four bytes, are printed as '?', and of singles six digits. */
static bool
is_printed_wrongly(const struct pd_column *column)
{
    size_t i;

    if (is_of_bytes(column))
        return true;
    if (column->default_kind != PD_DEFAULT_LITERAL || !column->default_text ||
        column->type.kind == PD_KIND_ENUM || column->type.kind == PD_KIND_SET)
        return false;
    if (column->default_tag == PD_TAG_BYTES || column->type.kind == PD_KIND_FLOAT32)
        return true;
    for (i = 0; i < column->default_size; i++) {
        if ((unsigned char)column->default_text[i] >= 0xf0)
            return true;
    }
    return false;
}

/* Does the statement have the very bytes? In whatever form: long bytes keep that. */
static bool
is_printed(struct replay *r, size_t i, const struct pd_column *column)
{
    struct lex lex;
    const char *text;
    size_t size;

    if (!r->p.columns[i].value.size)
        return false;
    lex_begin(&lex, r->p.columns[i].value.at);
    if (!lex_take(&lex, "DEFAULT") || lex.kind != LEX_STRING)
        return false;
    text = lex_take_string(&lex, &r->pool, &size);
    r->memory_short = r->memory_short || !text;
    return text && size == column->default_size && memcmp(text, column->default_text, size) == 0;
}

static const char *
value_of(void *arg, size_t i)
{
    struct replay *r = arg;
    const struct target_table *t = &r->sink->tables[r->table];
    size_t number = find_column(r, i);
    struct pd_sql sql = {.host = r->sink->host};
    const struct pd_column *column;
    const char *kept = NULL;

    if (number == t->table->n_columns || !is_printed_wrongly(pd_column_at(t->table, number)) ||
        is_printed(r, i, pd_column_at(t->table, number)))
        return NULL;
    column = pd_column_at(t->table, number);
    pd_sql_add(&sql, "DEFAULT ");
    if (is_of_bytes(column))
        pd_sql_add(&sql, column->default_native);
    if (is_of_bytes(column) ||
        default_literal(r->sink->host, column, &t->columns[number], &sql, NULL) == PD_OK) {
        kept = pd_sql_text(&sql) ? pd_pool_text(&r->pool, sql.text) : NULL;
        r->memory_short = r->memory_short || !kept;
    }
    pd_sql_free(&sql);
    return kept;
}

/* The one property of a type that is not in the statement. */
static const char *
type_tail_of(void *arg, size_t i)
{
    struct replay *r = arg;
    const struct pd_table *t = r->sink->tables[r->table].table;
    size_t number = find_column(r, i);
    char tail[40];
    const char *kept;

    if (number == t->n_columns || pd_column_at(t, number)->type.srid == 0)
        return NULL;
    snprintf(tail, sizeof tail, " REF_SYSTEM_ID=%" PRIu32, pd_column_at(t, number)->type.srid);
    kept = pd_pool_text(&r->pool, tail);
    r->memory_short = r->memory_short || !kept;
    return kept;
}

static const char *
counter_of(struct replay *r, char buffer[24])
{
    const struct pd_table *t = r->sink->tables[r->table].table;
    size_t i;

    for (i = 0; i < t->n_columns; i++) {
        const struct pd_column *column = pd_column_at(t, i);

        if (!column->identity || (uint64_t)column->counter.next <= 1)
            continue;
        snprintf(buffer, 24, "%" PRIu64, (uint64_t)column->counter.next);
        return buffer;
    }
    return NULL;
}

/* An engine that knows them may come one day, and nothing else here keeps them till then. */
static void
say_unknown(struct replay *r)
{
    const struct pd_table *t = r->sink->tables[r->table].table;
    struct passive_span options;
    struct lex lex;

    lex_begin(&lex, t->native_sql);
    lex.has_comments = true;
    while (passive_next_unknown(&lex, &options)) {
        while (options.size && *options.at == ' ')
            options.at++, options.size--;
        while (options.size && options.at[options.size - 1] == ' ')
            options.size--;
        sink_leave_out(r->sink, PD_PART_TABLE, (uint32_t)r->table, 0,
                       "table '%s': %.*s: an option that no engine of its server knows, it is not "
                       "kept",
                       t->name, (int)options.size, options.at);
    }
}

static pd_status
make(struct replay *r, struct pd_error *err)
{
    const struct target_table *t = &r->sink->tables[r->table];
    char counter[24];
    struct passive_change change = {.name = t->staged,
                                    .without_keys = t->keys_after,
                                    .without_computed = r->sink->ddl->tables[r->table].is_late,
                                    .counter = counter_of(r, counter),
                                    .value_of = value_of,
                                    .type_tail_of = type_tail_of,
                                    .arg = r};
    struct pd_sql sql = {.host = r->sink->host};
    pd_status status;

    passive_write(&r->p, &change, &sql);
    say_unknown(r);
    if (r->memory_short)
        status = my_no_memory(r->sink->host, err);
    else
        status = attempt_or_fail(r->sink, r->sink->my, &sql, err, "table '%s'", t->table->name);
    pd_sql_free(&sql);
    return status;
}

pd_status
ddl_replay(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    struct replay r = {.sink = sink, .table = table, .pool = {.host = sink->host}};
    const char *why;
    pd_status status = map_native(sink, sink->load, table, &r.pool, &r.p, &why);

    if (status == PD_OK)
        status = make(&r, err);
    else if (status == PD_UNSUPPORTED)
        status = sink->host->fail(err, PD_FAILED, PD_CAUSE_BUG,
                                  "table '%s' was to be made by its own statement",
                                  sink->tables[table].table->name);
    pd_pool_close(&r.pool);
    return status;
}

/* ---- Rows of the past in partitions ---- */

/* A server that keeps so many rows in a partition goes on to the next one when it makes a row of
   the past itself, and at no other time: neither another order of rows, nor naming the partition
   does that. */
static bool
is_limited(const struct pd_table *t)
{
    struct lex lex;

    if (!t->native_sql)
        return false;
    lex_begin(&lex, t->native_sql);
    lex.any = lex.has_comments = true;
    while (lex.kind != LEX_END && lex.kind != LEX_BAD) {
        if (lex_take_words(&lex, "PARTITION BY SYSTEM_TIME LIMIT"))
            return true;
        lex_step(&lex);
    }
    return false;
}

void
ddl_say_past(struct pd_sink *sink)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct ddl_table *d = &sink->ddl->tables[i];

        if (!sink->tables[i].is_history || d->has_no_place || d->n_rows == 0 ||
            d->owner >= sink->catalog->n_tables || !is_limited(sink->tables[d->owner].table))
            continue;
        sink_leave_out(sink, PD_PART_TABLE, (uint32_t)d->owner, 0,
                       "partitions of table '%s': the server takes all %" PRIu64
                       " rows of the past into the first one, whichever they were in; DROP "
                       "PARTITION there drops them all",
                       sink->tables[d->owner].table->name, d->n_rows);
    }
}
