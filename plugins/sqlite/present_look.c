// SPDX-License-Identifier: Apache-2.0
/* present_look - what a file has before it is written: which tables of a run, and how their columns
   take values. The file is opened for that, and closed again. */
#include <string.h>
#include <sys/stat.h>

#include "sink.h"

/* false: there is nothing to look at. */
static pd_status
peek_begin(struct pd_sink *sink, bool *ret_is, struct pd_error *err)
{
    struct stat st;

    *ret_is = sink->exists && stat(sink->path, &st) == 0 && st.st_size > 0;
    if (!*ret_is)
        return PD_OK;
    return sqlite_connect(sink->host, sink->options, sink->path, SQLITE_ROLE_WRITER, &sink->db,
                          err);
}

static void
peek_end(struct pd_sink *sink)
{
    sqlite3_close(sink->db);
    sink->db = NULL;
}

/* ---- Which tables ---- */

static pd_status
is_table(struct pd_sink *sink, const char *name, bool *ret_is, struct pd_error *err)
{
    char *sql =
        sqlite3_mprintf("SELECT 'x' FROM main.sqlite_schema WHERE type = 'table' AND name = "
                        "%Q COLLATE NOCASE AND sql NOT LIKE 'CREATE VIRTUAL%%'",
                        name);
    char found[8] = "";
    pd_status status = sql ? sqlite_ask(sink->host, sink->db, sql, found, sizeof found, err)
                           : sqlite_no_memory(sink->host, err);

    sqlite3_free(sql);
    *ret_is = *found != 0;
    return status;
}

static pd_status
look_all(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
         struct pd_error *err)
{
    const struct pd_catalog *c = load->catalog;
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < c->n_tables && status == PD_OK; i++) {
        const struct pd_table *table = pd_table_at(c, i);
        const char *name;
        bool is = false, has = false;

        if (table->flags & PD_TABLE_PASSENGER || table->owner)
            continue;
        name = names_table(sink, table);
        status = name ? is_table(sink, name, &is, err) : sqlite_no_memory(sink->host, err);
        if (status == PD_OK && is)
            status = present_has_rows(sink, name, &has, err);
        ret_found->n_found += is;
        if (!is && ret_found->missing == PD_NO_TABLE)
            ret_found->missing = i;
        if (has && !pd_load_empties(load, i) && ret_found->filled == PD_NO_TABLE)
            ret_found->filled = i;
    }
    return status;
}

pd_status
present_look(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
             struct pd_error *err)
{
    bool is = false;
    pd_status status = peek_begin(sink, &is, err);

    if (status == PD_OK && is)
        status = look_all(sink, load, ret_found, err);
    peek_end(sink);
    return status;
}

/* ---- What columns take ---- */

/* What a column says of itself is what its application puts into it. */
static void
type_of(const struct there *there, struct pd_type *ret_type)
{
    struct pd_type hint;

    sqlite_declared_type(there->declared, there->strict, ret_type, &hint);
    switch (hint.kind) {
    case PD_KIND_NONE:
        return;
    case PD_KIND_DECIMAL:
        if (hint.precision <= 15)
            *ret_type = hint;
        return;
    default:
        *ret_type = hint;
    }
}

/* A column of SQLite itself that says the same takes whatever the other has. */
static bool
is_alike(const struct pd_sink *sink, const struct pd_column *from, const struct pd_type *to)
{
    int promised = from->hint.kind ? from->hint.kind : from->type.kind;

    return sink->same && !(from->flags & PD_COLUMN_NEUTRAL) && promised == to->kind;
}

static void
map_onto(const struct pd_sink *sink, const struct pd_column *from, const struct there *to,
         struct pd_mapping *m)
{
    struct pd_type type;

    type_of(to, &type);
    m->flags = PD_MAPPING_PRESENT | (to->forbids_null ? PD_MAPPING_NOT_NULL : 0u);
    if (is_alike(sink, from, &type))
        return;
    m->as = type;
    if (type.kind == from->type.kind)
        return;
    m->rung = PD_RUNG_PROFILED;
    m->reason = "so is the column in the target";
}

static pd_status
map_table(struct pd_sink *sink, size_t number, struct pd_mapping *mappings, struct pd_error *err)
{
    const struct sink_table *t = &sink->tables[number];
    struct there_table there;
    size_t i;
    pd_status status = present_read(sink, &sink->pool, t->name, &there, err);

    for (i = 0; i < t->table->n_columns && status == PD_OK; i++) {
        const struct pd_column *column = pd_column_at(t->table, i);
        const struct there *to = present_find(&there, column->name);

        mappings[i].native = "";
        if (!to || column->flags & PD_COLUMN_PASSENGER)
            continue;
        mappings[i].native = to->declared;
        map_onto(sink, column, to, &mappings[i]);
        if (strcmp(to->name, column->name) != 0)
            sink->host->log(sink->host, PD_LOG_DEBUG, "column '%s' of table '%s' goes into '%s'",
                            column->name, t->name, to->name);
    }
    return status;
}

static pd_status
map_all(struct pd_sink *sink, struct pd_mapping *mappings, struct pd_error *err)
{
    pd_status status = names_check(sink, err);

    for (size_t i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        status = map_table(sink, i, mappings, err);
        mappings += pd_table_at(sink->catalog, i)->n_columns;
    }
    return status;
}

/* Names the feed's columns too, which only a run needs. */
static pd_status
judge_all(struct pd_sink *sink, struct pd_error *err)
{
    size_t i, width = 1;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        if (pd_table_at(sink->catalog, i)->n_columns > width)
            width = pd_table_at(sink->catalog, i)->n_columns;
    }
    sink->feed.columns = pd_pool_alloc(&sink->pool, (width + 1) * sizeof *sink->feed.columns);
    return sink->feed.columns ? present_judge(sink, err) : sqlite_no_memory(sink->host, err);
}

pd_status
present_map(struct pd_sink *sink, const struct pd_load *load,
            const struct pd_mapping **ret_mappings, struct pd_error *err)
{
    struct pd_mapping *mappings;
    size_t i, n = 0;
    bool is = false;
    pd_status status = peek_begin(sink, &is, err);

    for (i = 0; i < load->catalog->n_tables; i++)
        n += pd_table_at(load->catalog, i)->n_columns;
    mappings = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *mappings);
    if (status == PD_OK && !mappings)
        status = sqlite_no_memory(sink->host, err);
    if (status == PD_OK && !is)
        return PD_UNSUPPORTED; /* prepare() says so */
    if (status == PD_OK)
        status = map_all(sink, mappings, err);
    sink->mappings = status == PD_OK ? mappings : NULL;
    if (status == PD_OK && load->flags & PD_LOAD_PLAN)
        status = judge_all(sink, err);
    peek_end(sink);
    if (status == PD_OK)
        *ret_mappings = mappings;
    return status;
}

pd_status
present_limits(struct pd_sink *sink, const struct pd_load *load, uint32_t table, uint32_t column,
               struct pd_limits *limits, struct pd_error *err)
{
    const struct pd_mapping *m = sink->mappings;
    struct stored stored;
    size_t i;

    for (i = 0; m && i < table; i++)
        m += pd_table_at(load->catalog, i)->n_columns;
    if (!m || m[column].as.kind == PD_KIND_NONE)
        return PD_UNSUPPORTED;
    types_existing(&m[column].as, NULL, m[column].native, &stored);
    if (stored.form == FORM_REAL && stored.misfits & MISFIT_NEGATIVE_ZERO)
        limits->lacks = PD_LACKS_NEGATIVE_ZERO;
    return PD_OK;
}
