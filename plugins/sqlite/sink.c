// SPDX-License-Identifier: Apache-2.0
/* sink - the life of a target: opened, prepared, written, completed, read back, put in place. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sink.h"

void
sink_leave_out(struct pd_sink *sink, int part, uint32_t table, uint32_t number, const char *fmt,
               ...)
{
    va_list list;

    va_start(list, fmt);
    if (!pd_leave_out_list(&sink->left_outs, &sink->pool, part, table, number, fmt, list))
        sink->memory_short = true;
    va_end(list);
}

const struct pd_profile *
sink_profile(const struct pd_sink *sink, size_t table, size_t column)
{
    return pd_load_profile(&sink->load, table, column);
}

/* Trouble with the file itself names it. */
static bool
is_file_trouble(int rc)
{
    int code = rc & 0xff;

    return code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_CANTOPEN ||
           code == SQLITE_READONLY || code == SQLITE_CORRUPT;
}

pd_status
sink_fail(struct pd_sink *sink, int rc, struct pd_error *err, const char *what, ...)
{
    bool file = is_file_trouble(rc);
    char *wanted;
    va_list list;
    pd_status status;

    va_start(list, what);
    wanted = sqlite3_vmprintf(what, list);
    va_end(list);
    status = sqlite_fail(sink->host, sink->db, rc, err, "%s%s%s%s", wanted ? wanted : "",
                         file ? " in '" : "", file ? sink->path : "", file ? "'" : "");
    sqlite3_free(wanted);
    return status;
}

pd_status
sink_exec(struct pd_sink *sink, const char *sql, const char *what, struct pd_error *err)
{
    int rc = sqlite3_exec(sink->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? PD_OK : sink_fail(sink, rc, err, "%s", what);
}

pd_status
sink_run(struct pd_sink *sink, sqlite3_str *sql, struct pd_error *err, const char *what, ...)
{
    char *text = sqlite3_str_finish(sql);
    char *wanted;
    va_list list;
    pd_status status;
    int rc = text ? sqlite3_exec(sink->db, text, NULL, NULL, NULL) : SQLITE_NOMEM;

    sqlite3_free(text);
    if (rc == SQLITE_OK)
        return PD_OK;
    va_start(list, what);
    wanted = sqlite3_vmprintf(what, list);
    va_end(list);
    status = sink_fail(sink, rc, err, "%s", wanted ? wanted : "");
    sqlite3_free(wanted);
    return status;
}

const char *
sink_property(const struct pd_sink *sink, const char *name)
{
    return sink->catalog && sink->same ? pd_property_value(sink->catalog, name) : NULL;
}

static pd_status
read_options(struct pd_sink *sink, struct pd_error *err)
{
    sink->into = pd_option_into(sink->host, sink->options);
    sink->carry = pd_option_is(sink->host, sink->options, "misfit", "carrier");
    sink->fires = pd_option_is(sink->host, sink->options, "triggers", "fire");
    sink->rename = pd_option_is(sink->host, sink->options, "names", "carry");
    return pd_option_conflict(sink->host, sink->options, &sink->conflict, err);
}

static void
sink_close(struct pd_sink *sink)
{
    if (!sink)
        return;
    load_end(sink);
    conflict_close(sink);
    refs_close(sink);
    target_drop(sink);
    pd_pool_close(&sink->pool);
    sink->host->release(sink->host, sink);
}

static pd_status
sink_open(const struct pd_host *host, const struct pd_endpoint *end, struct pd_sink **ret_sink,
          struct pd_error *err)
{
    struct pd_sink *sink = host->alloc(host, sizeof *sink);
    pd_status status;

    if (!sink)
        return sqlite_no_memory(host, err);
    memset(sink, 0, sizeof *sink);
    sink->host = host;
    sink->options = end->options;
    sink->pool.host = host;
    status = read_options(sink, err);
    if (status == PD_OK)
        status = target_look(sink, end->location, err);
    if (status != PD_OK) {
        sink_close(sink);
        return status;
    }
    *ret_sink = sink;
    return PD_OK;
}

static void
take_load(struct pd_sink *sink, const struct pd_load *load)
{
    memcpy(&sink->load, load,
           load->struct_size < sizeof sink->load ? load->struct_size : sizeof sink->load);
    sink->catalog = load->catalog;
    sink->same = load->flags & PD_LOAD_SAME_ENGINE;
    sink->native = load->flags & PD_LOAD_NATIVE;
    sink->in_place = pd_load_is_in_place(load, sink->into);
    sink->repair = !pd_option_exact(sink->host, sink->options, load, sink->into);
}

static pd_status
begin_feed(struct pd_sink *sink, struct pd_error *err)
{
    const struct pd_catalog *c = sink->catalog;
    size_t i, width = 1;
    int limit = sqlite3_limit(sink->db, SQLITE_LIMIT_COLUMN, -1);
    int rc;

    for (i = 0; i < c->n_tables; i++) {
        if (pd_table_at(c, i)->n_columns > width)
            width = pd_table_at(c, i)->n_columns;
    }
    sink->feed.host = sink->host;
    sink->feed.width = (uint32_t)(width > (size_t)limit ? (size_t)limit : width);
    sink->feed.skip = sink->skip;
    sink->feed.columns = pd_pool_alloc(&sink->pool, (width + 1) * sizeof *sink->feed.columns);
    if (!sink->feed.columns)
        return sqlite_no_memory(sink->host, err);
    rc = feed_register(&sink->feed, sink->db);
    if (rc != SQLITE_OK)
        return sink_fail(sink, rc, err, "cannot write to '%s'", sink->path);
    return PD_OK;
}

static pd_status
note_encoding(struct pd_sink *sink, struct pd_error *err)
{
    char encoding[16];
    pd_status status =
        sqlite_ask(sink->host, sink->db, "PRAGMA encoding", encoding, sizeof encoding, err);

    sink->feed.utf16 = strncmp(encoding, "UTF-16", 6) == 0;
    return status;
}

static pd_status
begin_conflicts(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = conflict_check(sink, sink->db, err);

    return status == PD_OK ? conflict_open(sink, err) : status;
}

static pd_status
sink_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    pd_status status;

    take_load(sink, load);
    status = execute_check(sink, load, err);
    if (status == PD_OK)
        status = names_check(sink, err);
    if (status == PD_OK)
        status = sink->in_place ? target_enter(sink, err) : target_create(sink, err);
    if (status == PD_OK)
        status = begin_feed(sink, err);
    if (status == PD_OK)
        status = note_encoding(sink, err);
    if (status == PD_OK)
        status = sink->in_place ? present_check(sink, err) : create_tables(sink, err);
    if (status == PD_OK && !sink->in_place)
        status = refs_open(sink, err);
    if (status == PD_OK && sink->conflict)
        status = begin_conflicts(sink, err);
    if (status == PD_OK && sink->in_place && load->flags & PD_LOAD_REJECTS)
        status = together_check(sink, err);
    if (status == PD_OK && sink->memory_short)
        status = sqlite_no_memory(sink->host, err);
    return status;
}

static pd_status
sink_end(struct pd_sink *sink, struct pd_error *err)
{
    return PD_OK;
}

/* A new file is closed: so it can be read by any number, and be renamed. */
static pd_status
close_new(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = sink_exec(sink, "COMMIT", "cannot commit", err);

    if (status != PD_OK)
        return status;
    sink->in_transaction = false;
    if (sqlite3_close(sink->db) != SQLITE_OK)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "a statement on '%s' is still open",
                                sink->path);
    sink->db = NULL;
    return PD_OK;
}

static pd_status
sink_complete(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    load_end(sink);
    status = sink->conflicts ? conflict_complete(sink, err) : PD_OK;
    if (status == PD_OK)
        status = sink->in_place ? present_rest(sink, err) : create_rest(sink, err);
    if (status == PD_OK && sink->memory_short)
        status = sqlite_no_memory(sink->host, err);
    if (status != PD_OK)
        return status;
    sink->completed = true;
    return sink->in_place ? PD_OK : close_new(sink, err);
}

static pd_status
sink_finish(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status;

    if (!sink->completed)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "finish() before complete()");
    if (!sink->in_place) {
        status = sink->db ? close_new(sink, err) : PD_OK;
        return status == PD_OK ? target_publish(sink, err) : status;
    }
    status = sink_exec(sink, "COMMIT", "cannot commit", err);
    if (status == PD_OK) {
        sink->in_transaction = false;
        sink->published = true;
    }
    return status;
}

static pd_status
sink_review(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_endpoint end = {
        .struct_size = sizeof end,
        .url = sink->partial,
        .scheme = "sqlite",
        .location = sink->partial,
        .options = sink->options,
    };

    if (!sink->completed)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "review() before complete()");
    /* Rows that were there before would be counted too. */
    if (sink->into == PD_INTO_APPEND)
        return PD_UNSUPPORTED;
    if (sink->in_place)
        return sqlite_source_borrow(sink->host, sink->db, ret_source, err);
    return sqlite_source_ops.open(sink->host, &end, ret_source, err);
}

static const struct pd_left_out *
sink_left_out(struct pd_sink *sink, size_t n)
{
    return pd_left_out_at(&sink->left_outs, n);
}

static size_t
columns_count(const struct pd_catalog *catalog)
{
    size_t n = 0;

    for (size_t i = 0; i < catalog->n_tables; i++)
        n += pd_table_at(catalog, i)->n_columns;
    return n;
}

/* Its own declarations are replayed as they are. */
static void
map_column(const struct pd_sink *sink, const struct pd_load *load, size_t table, size_t column,
           struct stored *ret_stored)
{
    const struct pd_column *c = pd_column_at(pd_table_at(load->catalog, table), column);

    if (load->flags & PD_LOAD_SAME_ENGINE && !(c->flags & PD_COLUMN_NEUTRAL))
        types_same(&c->type, c->native, ret_stored);
    else
        types_new(&c->type, pd_load_profile(load, table, column), sink->carry, ret_stored);
}

/* Why the column is not what it was, though its values are: of the type, of what it is compared by,
   of its default. NULL: nothing of it. */
static const char *
map_reason(struct pd_sink *sink, const struct pd_load *load, const struct pd_column *column,
           const char *of_type)
{
    const char *notes[3] = {of_type, NULL, NULL};
    char text[400];
    size_t size = 0, i;

    if (load->flags & PD_LOAD_SAME_ENGINE)
        return of_type;
    if (column->collation == PD_COLLATION_CI)
        notes[1] = DDL_CASE_OF_ASCII;
    if (ddl_is_clock(column))
        notes[2] = "default: " DDL_CLOCK_OF_SQLITE;
    if (!notes[1] && !notes[2])
        return of_type;
    for (i = 0; i < 3; i++)
        size += notes[i] ? (size_t)snprintf(text + size, sizeof text - size, "%s%s",
                                            size ? "; " : "", notes[i])
                         : 0;
    return pd_pool_text(&sink->pool, text);
}

/* What prepare() would refuse for its keys. */
static pd_status
plan_conflicts(struct pd_sink *sink, struct pd_error *err)
{
    sqlite3 *db = NULL;
    pd_status status;

    status = names_check(sink, err);
    if (status == PD_OK)
        status =
            sqlite_connect(sink->host, sink->options, sink->path, SQLITE_ROLE_READER, &db, err);
    if (status == PD_OK)
        status = conflict_check(sink, db, err);
    sqlite3_close(db);
    return status;
}

static pd_status
sink_map(struct pd_sink *sink, const struct pd_load *load, const struct pd_mapping **ret_mappings,
         struct pd_error *err)
{
    size_t n = columns_count(load->catalog), at = 0;
    struct pd_mapping *mappings;
    pd_status status;

    if (pd_load_is_in_place(load, sink->into)) {
        take_load(sink, load);
        status = load->flags & PD_LOAD_PLAN ? execute_check(sink, load, err) : PD_OK;
        if (status == PD_OK && load->flags & PD_LOAD_PLAN && sink->conflict)
            status = plan_conflicts(sink, err);
        return status == PD_OK ? present_map(sink, load, ret_mappings, err) : status;
    }
    sink->catalog = load->catalog;
    mappings = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *mappings);
    for (size_t i = 0; mappings && i < load->catalog->n_tables; i++) {
        const struct pd_table *table = pd_table_at(load->catalog, i);

        for (size_t k = 0; k < table->n_columns; k++, at++) {
            struct stored stored;

            map_column(sink, load, i, k, &stored);
            mappings[at].rung = stored.rung;
            mappings[at].flags = stored.is_guess ? PD_MAPPING_GUESS : 0u;
            if (!(load->flags & PD_LOAD_SAME_ENGINE) &&
                !ddl_computes(sink, table, pd_column_at(table, k)))
                mappings[at].flags |= PD_MAPPING_UNCOMPUTED;
            mappings[at].native = pd_pool_text(&sink->pool, stored.declared);
            mappings[at].reason = map_reason(sink, load, pd_column_at(table, k), stored.reason);
            mappings[at].option = stored.option;
            if (!mappings[at].native)
                return sqlite_no_memory(sink->host, err);
        }
    }
    *ret_mappings = mappings;
    if (!mappings || !(load->flags & PD_LOAD_PLAN))
        return mappings ? PD_OK : sqlite_no_memory(sink->host, err);
    take_load(sink, load);
    status = execute_check(sink, load, err);
    return status == PD_OK ? names_check(sink, err) : status;
}

const struct pd_sink_ops sqlite_sink_ops = {
    .struct_size = sizeof sqlite_sink_ops,
    .open = sink_open,
    .prepare = sink_prepare,
    .start = load_start,
    .write = load_write,
    .end = sink_end,
    .complete = sink_complete,
    .finish = sink_finish,
    .close = sink_close,
    .map = sink_map,
    .review = sink_review,
    .left_out = sink_left_out,
    .placed = rename_placed,
    .execute = execute_run,
    .outcome = conflict_outcome,
    .look = present_look,
    .together = together_sink,
    .limits = present_limits,
};
