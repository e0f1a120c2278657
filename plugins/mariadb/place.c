// SPDX-License-Identifier: Apache-2.0
/* place - where everything will stand: names that the server can hold, and whether each column and
   each row has room there. */
#include <string.h>
#include <strings.h>

#include <polydump/problems.h>

#include "ddl.h"

struct place {
    struct pd_sink *sink;
    struct pd_problems problems;
    size_t n_names; /* of them, those that --names=carry would help with */
    struct pd_error *err;
};

static pd_status
no_memory(struct place *p)
{
    return my_no_memory(p->sink->host, p->err);
}

/* ---- Names ---- */

/* Tables of such names are those of unfinished runs. */
static const char *
name_trouble(struct drawer *drawer, const char *name, bool is_table)
{
    const char *trouble = is_table ? drawer_file_trouble(name) : drawer_trouble(name);

    if (!trouble && is_table && catalog_is_staged(name))
        trouble = "tables of unfinished runs are called so";
    if (trouble)
        return trouble;
    switch (drawer_take(drawer, name)) {
    case PD_OK:
        return NULL;
    case PD_FAILED:
        return drawer->folds ? "another one is called so but for its case"
                             : "another one is called so";
    default:
        return "memory is short";
    }
}

/* A server whose names have no case keeps them in lower case (lower_case_table_names=1). */
static pd_status
fold_table(struct place *p, size_t number)
{
    struct pd_sink *sink = p->sink;
    struct target_table *t = &sink->tables[number];
    const char *given = t->name;

    if (!sink->my || sink->my->names_fold != 1)
        return PD_OK;
    t->name = drawer_fold(&sink->ddl->relations, given);
    if (!t->name)
        return no_memory(p);
    if (strcmp(t->name, given) != 0)
        sink_leave_out(sink, PD_PART_NAME, (uint32_t)number, PD_NO_COLUMN,
                       "name of table '%s': the server keeps names in lower case, it is called "
                       "'%s'",
                       given, t->name);
    return PD_OK;
}

static pd_status
place_table(struct place *p, size_t number)
{
    struct pd_sink *sink = p->sink;
    struct target_table *t = &sink->tables[number];
    const char *given = place_flat(&sink->pool, t->table->schema, t->table->name), *trouble;

    if (!given)
        return no_memory(p);
    t->name = given;
    trouble = name_trouble(&sink->ddl->relations, given, /* is_table= */ true);
    if (!trouble)
        return fold_table(p, number);
    if (!sink->rename) {
        pd_problem(&p->problems, "name of table '%s': %s", given, trouble);
        p->n_names++;
        return PD_OK;
    }
    t->name = drawer_choose(&sink->ddl->relations, given, "__", /* is_file= */ true);
    if (!t->name)
        return no_memory(p);
    sink_leave_out(sink, PD_PART_NAME, (uint32_t)number, PD_NO_COLUMN,
                   "name of table '%s': %s, it is called '%s'", given, trouble, t->name);
    return fold_table(p, number);
}

static pd_status
name_column(struct place *p, size_t table, struct drawer *drawer, size_t number)
{
    struct pd_sink *sink = p->sink;
    struct target_column *column = &sink->ddl->tables[table].columns[number];
    const char *given = column->name;
    const char *trouble = name_trouble(drawer, given, /* is_table= */ false);

    if (!trouble)
        return PD_OK;
    if (!sink->rename) {
        pd_problem(&p->problems, "name of column '%s' of table '%s': %s", given,
                   sink->tables[table].table->name, trouble);
        p->n_names++;
        return PD_OK;
    }
    column->name = drawer_choose(drawer, given, "__", /* is_file= */ false);
    column->name = column->name ? pd_pool_text(&sink->pool, column->name) : NULL;
    if (!column->name)
        return no_memory(p);
    sink->ddl->tables[table].renamed = true;
    sink_leave_out(sink, PD_PART_NAME, (uint32_t)table, (uint32_t)number,
                   "name of column '%s' of table '%s': %s, it is called '%s'", given,
                   sink->tables[table].table->name, trouble, column->name);
    return PD_OK;
}

/* ---- Columns ---- */

/* Passengers and generated columns that nobody can compute have no place. */
static bool
has_place(const struct pd_sink *sink, size_t table, const struct pd_column *column)
{
    if (sink->ddl->tables[table].is_native || sink->tables[table].is_history)
        return true;
    if (column->flags & PD_COLUMN_PASSENGER)
        return false;
    return !column->generated || expression_is_column(sink, table, column);
}

static void
judge_type(struct place *p, size_t table, size_t number, const struct pd_mapping *m)
{
    struct pd_sink *sink = p->sink;
    const struct pd_column *column = pd_column_at(sink->tables[table].table, number);

    if (m->rung == PD_RUNG_REFUSED)
        pd_problem(&p->problems, "column '%s' of table '%s': %s%s%s", column->name,
                   sink->tables[table].table->name, m->reason ? m->reason : "its type",
                   m->option ? ", use --" : "", m->option ? m->option : "");
    else if (sink->same && m->reason)
        sink_leave_out(sink, PD_PART_TYPE, (uint32_t)table, (uint32_t)number,
                       "type of column '%s' of table '%s': %s, it is made as %s", column->name,
                       sink->tables[table].table->name, m->reason, m->native);
}

/* The number 0 stands for no label, and is sent in a way of its own. */
static bool
may_have_error_label(const struct pd_sink *sink, size_t table, size_t number)
{
    const struct pd_profile *profile = pd_load_profile(sink->load, table, number);
    const struct pd_column *column = pd_column_at(sink->tables[table].table, number);

    return column->type.kind == PD_KIND_ENUM && (!profile || profile->n_outliers > 0);
}

/* How a column of the same engine is sent follows from its own spelling. */
static pd_status
set_own_form(struct place *p, const struct pd_column *column, struct target_column *target)
{
    struct map_spelled spelled;
    struct pd_column as_made = *column;
    struct pd_type type;
    pd_status status;

    /* The mapping's spelling has the character set too. */
    as_made.native = target->native;
    as_made.collation_native = NULL;
    as_made.type.srid = 0;
    status = map_spell_native(p->sink->my, &as_made, &p->sink->pool, &spelled, &type);
    if (status == PD_FATAL)
        return no_memory(p);
    if (status != PD_OK)
        return PD_OK;
    target->form = (uint8_t)spelled.form;
    target->raw_charset = spelled.raw_charset;
    return PD_OK;
}

static pd_status
place_column(struct place *p, size_t table, size_t i, const struct pd_mapping *m)
{
    struct pd_sink *sink = p->sink;
    const struct pd_column *column = pd_column_at(sink->tables[table].table, i);
    struct target_column *target = &sink->ddl->tables[table].columns[i];

    target->mapping = m;
    target->as = m->as.kind == PD_KIND_NONE ? column->type : m->as;
    target->native = m->native;
    map_form(&target->as, target);
    if (!has_place(sink, table, column))
        return PD_OK;
    target->name = column->name;
    target->is_sent = !column->generated;
    target->has_error_label = may_have_error_label(sink, table, i);
    judge_type(p, table, i, m);
    return sink->same ? set_own_form(p, column, target) : PD_OK;
}

/* ---- Rows ---- */

/* What is not longer than the pointer to it stands in the page after all. When nobody knows, the
   server will tell. */
static size_t
page_bytes(const struct pd_sink *sink, size_t table, size_t column, const struct map_width *width)
{
    const struct pd_profile *profile = pd_load_profile(sink->load, table, column);
    size_t bytes = profile && profile->max_size < MAP_OUT_OF_LINE ? (size_t)profile->max_size + 2
                                                                  : MAP_OUT_OF_LINE;

    if (!width->is_out)
        return width->page;
    if (!profile || bytes < MAP_LEAST_IN_PAGE)
        return MAP_LEAST_IN_PAGE;
    return bytes < MAP_OUT_OF_LINE ? bytes : MAP_OUT_OF_LINE;
}

static void
judge_row(struct place *p, size_t table)
{
    const struct target_table *t = &p->sink->tables[table];
    size_t i, n = 0, row = 1, page = MAP_ROW_OVERHEAD;

    for (i = 0; i < t->table->n_columns; i++) {
        struct map_width width = {0, 0, 0, false};

        if (!t->columns[i].name)
            continue;
        if (t->columns[i].mapping->rung != PD_RUNG_REFUSED)
            width = map_width(t->columns[i].mapping);
        row += width.row;
        page += page_bytes(p->sink, table, i, &width);
        n++;
    }
    row += (n + MAP_NULLS_A_BYTE - 1) / MAP_NULLS_A_BYTE;
    page += (n + MAP_NULLS_A_BYTE - 1) / MAP_NULLS_A_BYTE;
    if (n > MAP_MOST_COLUMNS)
        pd_problem(&p->problems, "table '%s' has %zu columns, MariaDB takes %d", t->table->name, n,
                   MAP_MOST_COLUMNS);
    else if (row > MAP_MOST_ROW)
        pd_problem(&p->problems, "table '%s': its rows may have %zu bytes, MariaDB takes %d",
                   t->table->name, row, MAP_MOST_ROW);
    else if (page > MAP_MOST_PAGE)
        pd_problem(&p->problems,
                   "table '%s': its rows have %zu bytes that cannot stand out of line, MariaDB "
                   "takes %d",
                   t->table->name, page, MAP_MOST_PAGE);
}

static void
choose_dummy(struct place *p, size_t table)
{
    struct target_table *t = &p->sink->tables[table];
    size_t i;

    for (i = 0; i < t->table->n_columns; i++) {
        if (t->columns[i].name)
            return;
    }
    t->dummy = "dummy";
    sink_leave_out(p->sink, PD_PART_TABLE, (uint32_t)table, PD_NO_COLUMN,
                   "table '%s': it has no columns, column 'dummy' stands for them", t->table->name);
}

static pd_status
place_columns(struct place *p, size_t table, const struct pd_mapping *mappings)
{
    struct pd_sink *sink = p->sink;
    struct target_table *t = &sink->tables[table];
    struct pd_pool pool = {.host = sink->host};
    struct drawer drawer = {.pool = &pool, .my = sink->my, .folds = true};
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < t->table->n_columns && status == PD_OK; i++) {
        status = place_column(p, table, i, &mappings[i]);
        if (status == PD_OK && t->columns[i].name)
            status = name_column(p, table, &drawer, i);
    }
    pd_pool_close(&pool);
    if (status != PD_OK || sink->ddl->tables[table].is_native || t->is_history)
        return status;
    judge_row(p, table);
    choose_dummy(p, table);
    return PD_OK;
}

/* ---- The same engine ---- */

/* Has it columns whose values another session than the source's may compute otherwise? */
static bool
has_varying(const struct pd_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (pd_column_at(table, i)->generated == PD_GENERATED_STORED &&
            pd_column_at(table, i)->generated_values)
            return true;
    }
    return false;
}

static bool
is_plain_engine(const char *engine)
{
    return !engine || strcasecmp(engine, "InnoDB") == 0;
}

static pd_status
place_native(struct place *p, size_t table)
{
    struct pd_sink *sink = p->sink;
    struct target_table *t = &sink->tables[table];
    struct pd_pool pool = {.host = sink->host};
    struct passive passive;
    const char *why;
    size_t i;
    pd_status status = map_native(sink, sink->load, table, &pool, &passive, &why);

    t->is_transactional = true;
    if (status == PD_OK) {
        t->native_sql = t->table->native_sql;
        t->is_transactional = is_plain_engine(passive.engine);
        sink->ddl->tables[table].is_native = true;
        for (i = 0; i < passive.n_items; i++)
            t->keys_after = t->keys_after || passive_is_later(&passive, &passive.items[i]);
        sink->ddl->tables[table].is_late =
            has_varying(t->table) && passive_is_by_computed(&passive);
        t->keys_after =
            t->keys_after && ddl_keys_can_wait(sink, table) && !sink->ddl->tables[table].is_late;
    } else if (status == PD_UNSUPPORTED && why) {
        sink_leave_out(sink, PD_PART_TABLE, (uint32_t)table, PD_NO_COLUMN,
                       "table '%s': %s; it is made of its columns and keys alone, its engine, "
                       "partitions, options and default character set are not kept",
                       t->table->name, why);
    }
    pd_pool_close(&pool);
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

static size_t
find_owner(const struct pd_sink *sink, const struct pd_table *history)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct pd_table *t = pd_table_at(sink->catalog, i);

        if (!t->owner && strcmp(t->name, history->owner) == 0)
            return i;
    }
    return sink->catalog->n_tables;
}

/* Rows of the past go into their table, when that is made as it was. */
static void
place_history(struct place *p, size_t number)
{
    struct pd_sink *sink = p->sink;
    struct target_table *t = &sink->tables[number];
    struct ddl_table *d = &sink->ddl->tables[number];

    t->is_history = true;
    t->is_transactional = true;
    d->owner = find_owner(sink, t->table);
    if (d->owner < sink->catalog->n_tables && sink->ddl->tables[d->owner].is_native) {
        t->name = sink->tables[d->owner].name;
        return;
    }
    t->name = t->table->name;
    d->has_no_place = true;
    sink_leave_out(sink, PD_PART_TABLE, (uint32_t)number, 0,
                   "table '%s': the rows of the past have no place, since table '%s' is not made "
                   "as it was",
                   t->table->name, t->table->owner);
}

/* ---- All ---- */

/* Into tables that are there everything is called as it is. */
static void
place_present(struct place *p, size_t table, const struct pd_mapping *mappings)
{
    struct pd_sink *sink = p->sink;
    struct target_table *t = &sink->tables[table];
    struct target_column *columns = sink->ddl->tables[table].columns;
    size_t i;

    t->exists = true;
    t->name = t->staged = t->table->name;
    for (i = 0; i < t->table->n_columns; i++) {
        columns[i].mapping = &mappings[i];
        columns[i].as = mappings[i].as;
        columns[i].native = mappings[i].native;
    }
}

static void
forget_columns(struct pd_sink *sink, size_t table)
{
    size_t i;

    for (i = 0; i < sink->tables[table].table->n_columns; i++)
        ddl_forget_column(sink, table, i);
}

/* What was counted is known until prepare() returns. */
static bool
keep_stats(struct pd_sink *sink, size_t number, struct ddl_table *d)
{
    const struct pd_table *t = sink->tables[number].table;
    const struct pd_stats *stats = pd_load_stats(sink->load, number);
    size_t i;

    d->n_rows = stats && stats->n_rows ? stats->n_rows : t->n_rows_estimate;
    d->may_be_null = pd_pool_alloc(&sink->pool, (t->n_columns + 1) * sizeof *d->may_be_null);
    for (i = 0; i < t->n_columns && d->may_be_null; i++) {
        const struct pd_profile *p = pd_load_profile(sink->load, number, i);

        d->may_be_null[i] = !p || p->n_nulls > 0;
    }
    return d->may_be_null;
}

static bool
begin_table(struct pd_sink *sink, size_t number)
{
    struct target_table *t = &sink->tables[number];
    struct ddl_table *d = &sink->ddl->tables[number];

    t->table = pd_table_at(sink->catalog, number);
    d->columns = pd_pool_alloc(&sink->pool, (t->table->n_columns + 1) * sizeof *d->columns);
    t->columns = d->columns;
    return d->columns && keep_stats(sink, number, d);
}

static bool
is_history(const struct pd_sink *sink, size_t number)
{
    return sink->same && sink->tables[number].table->owner;
}

static pd_status
place_new(struct place *p, size_t number, const struct pd_mapping *mappings)
{
    struct pd_sink *sink = p->sink;
    pd_status status = PD_OK;

    if (is_history(sink, number)) {
        place_history(p, number);
    } else {
        status = place_table(p, number);
        if (status == PD_OK)
            status = place_native(p, number);
    }
    if (status == PD_OK)
        status = place_columns(p, number, mappings);
    if (sink->ddl->tables[number].has_no_place)
        forget_columns(sink, number);
    return status;
}

/* Tables of history come when their tables are placed. */
static pd_status
place_round(struct place *p, bool history)
{
    struct pd_sink *sink = p->sink;
    const struct pd_mapping *mappings = sink->mappings;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (is_history(sink, i) == history)
            status = place_new(p, i, mappings);
        mappings += sink->tables[i].table->n_columns;
    }
    return status;
}

static pd_status
place_all(struct place *p)
{
    struct pd_sink *sink = p->sink;
    const struct pd_mapping *mappings = sink->mappings;
    size_t i;
    pd_status status;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        if (!begin_table(sink, i))
            return no_memory(p);
        sink->ddl->tables[i].mappings = mappings;
        if (ddl_is_in_place(sink, sink->load))
            place_present(p, i, mappings);
        mappings += sink->tables[i].table->n_columns;
    }
    if (ddl_is_in_place(sink, sink->load))
        return PD_OK;
    status = place_round(p, /* history= */ false);
    return status == PD_OK ? place_round(p, /* history= */ true) : status;
}

static pd_status
tell(struct place *p)
{
    return pd_problems_tell(&p->problems, PD_CAUSE_DATA,
                            p->n_names ? "rename them, use --names=carry to have it done, or leave "
                                         "tables out with --exclude"
                                       : NULL,
                            p->err);
}

static bool
make_room(struct pd_sink *sink)
{
    const struct pd_catalog *c = sink->catalog;

    sink->ddl = pd_pool_alloc(&sink->pool, sizeof *sink->ddl);
    sink->tables = pd_pool_alloc(&sink->pool, (c->n_tables + 1) * sizeof *sink->tables);
    if (!sink->ddl || !sink->tables)
        return false;
    sink->ddl->relations = (struct drawer){
        .pool = &sink->pool, .my = sink->my, .folds = sink->my && sink->my->names_fold != 0};
    sink->ddl->foreigns = (struct drawer){.pool = &sink->pool, .folds = true};
    sink->ddl->checks = (struct drawer){.pool = &sink->pool, .folds = true};
    sink->ddl->tables = pd_pool_alloc(&sink->pool, (c->n_tables + 1) * sizeof *sink->ddl->tables);
    sink->ddl->sequences =
        pd_pool_alloc(&sink->pool, (c->n_sequences + 1) * sizeof *sink->ddl->sequences);
    return sink->ddl->tables && sink->ddl->sequences;
}

pd_status
sink_place(struct pd_sink *sink, struct pd_error *err)
{
    const struct pd_mapping *mappings;
    struct place p = {.sink = sink, .problems.text.host = sink->host, .err = err};
    struct present_table *present = sink->ddl ? sink->ddl->present : NULL;
    pd_status status = PD_OK;

    if (!make_room(sink))
        return my_no_memory(sink->host, err);
    sink->ddl->present = present;
    if (!sink->mappings)
        status = sink_map(sink, sink->load, &mappings, err);
    if (status == PD_OK)
        status = place_all(&p);
    if (status == PD_OK && !ddl_is_in_place(sink, sink->load))
        status = place_names(sink, err);
    if (status == PD_OK)
        status = tell(&p);
    pd_problems_free(&p.problems);
    if (status == PD_OK && sink->memory_short)
        status = my_no_memory(sink->host, err);
    return status;
}
