// SPDX-License-Identifier: Apache-2.0
/* place - where everything will stand: names that the server can hold, and whether each column has
   a type there. */
#include <string.h>

#include <polydump/problems.h>

#include "ddl.h"

enum { PLACE_MOST_COLUMNS = 1600 };

struct place {
    struct pd_sink *sink;
    struct pd_problems problems;
    size_t n_names; /* of them, those that --names=carry would help with */
    struct pd_error *err;
};

static pd_status
no_memory(struct place *p)
{
    return pg_no_memory(p->sink->host, p->err);
}

/* ---- Names ---- */

/* Why the server cannot hold a name; NULL: it can, and it is taken now. */
static const char *
name_trouble(struct names *names, const char *schema, const char *name, const char *taken)
{
    if (!*name)
        return "it is empty";
    if (strlen(name) > NAMES_MAX_BYTES)
        return "it is longer than 63 bytes";
    return names_take(names, schema, name) == PD_OK ? NULL : taken;
}

/* Schemas of that name are the server's own. */
static bool
schema_fits(const char *schema)
{
    return !schema || (*schema && strlen(schema) <= NAMES_MAX_BYTES &&
                       strncmp(schema, "pg_", 3) != 0 && strcmp(schema, "information_schema") != 0);
}

static pd_status
place_schema(struct place *p, size_t number)
{
    struct target_table *t = &p->sink->tables[number];
    const char *const parts[] = {"s", t->schema, NULL};

    if (schema_fits(t->schema))
        return PD_OK;
    if (!p->sink->rename) {
        pd_problem(&p->problems, "schema '%s' of table '%s': PostgreSQL does not take such a name",
                   t->schema, t->name);
        p->n_names++;
        return PD_OK;
    }
    t->schema = names_join(&p->sink->pool, parts);
    if (t->schema)
        t->schema = names_fit(&p->sink->pool, t->schema);
    return t->schema ? PD_OK : no_memory(p);
}

static pd_status
place_table(struct place *p, size_t number)
{
    struct pd_sink *sink = p->sink;
    struct target_table *t = &sink->tables[number];
    const char *given = t->name, *trouble;
    pd_status status = place_schema(p, number);

    if (status != PD_OK)
        return status;
    trouble = name_trouble(&sink->ddl->relations, t->schema, given, "another one is called so");
    if (!trouble)
        return PD_OK;
    if (!sink->rename) {
        pd_problem(&p->problems, "name of table '%s': %s", given, trouble);
        p->n_names++;
        return PD_OK;
    }
    t->name = names_choose(&sink->ddl->relations, t->schema, given, "__");
    if (!t->name)
        return no_memory(p);
    sink_leave_out(sink, PD_PART_NAME, (uint32_t)number, PD_NO_COLUMN,
                   "name of table '%s': %s, it is called '%s'", given, trouble, t->name);
    return PD_OK;
}

static bool
take_system_columns(struct names *names)
{
    static const char *const columns[] = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"};
    size_t i;

    for (i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (names_take(names, NULL, columns[i]) == PD_FATAL)
            return false;
    }
    return true;
}

static pd_status
name_column(struct place *p, size_t table, struct names *names, struct target_column *column,
            size_t number)
{
    struct pd_sink *sink = p->sink;
    const char *given = column->name;
    const char *trouble = name_trouble(names, NULL, given, "the server keeps it for itself");

    if (!trouble)
        return PD_OK;
    if (!sink->rename) {
        pd_problem(&p->problems, "name of column '%s' of table '%s': %s", given,
                   sink->tables[table].table->name, trouble);
        p->n_names++;
        return PD_OK;
    }
    column->name = names_choose(names, NULL, given, "__");
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
    if (column->flags & PD_COLUMN_PASSENGER)
        return false;
    return !column->generated || expression_is_column(sink, table, column);
}

static void
judge_type(struct place *p, size_t table, size_t number, const struct pd_mapping *m)
{
    struct pd_sink *sink = p->sink;
    const char *name = sink->tables[table].table->name;
    const struct pd_column *column = pd_column_at(sink->tables[table].table, number);

    if (m->rung == PD_RUNG_REFUSED)
        pd_problem(&p->problems, "column '%s' of table '%s': %s%s%s", column->name, name,
                   m->reason ? m->reason : "its type", m->option ? ", use --" : "",
                   m->option ? m->option : "");
    else if (sink->same && m->reason)
        sink_leave_out(sink, PD_PART_TYPE, (uint32_t)table, (uint32_t)number,
                       "type of column '%s' of table '%s': %s, it is made as %s", column->name,
                       name, m->reason, m->native);
}

static pd_status
place_columns(struct place *p, size_t table, const struct pd_mapping *mappings)
{
    struct pd_sink *sink = p->sink;
    struct target_table *t = &sink->tables[table];
    struct target_column *columns =
        pd_pool_alloc(&sink->pool, (t->table->n_columns + 1) * sizeof *columns);
    struct pd_pool pool = {.host = sink->host};
    struct names names = {.pool = &pool};
    size_t i, n = 0;
    pd_status status = columns && take_system_columns(&names) ? PD_OK : no_memory(p);

    t->columns = sink->ddl->tables[table].columns = columns;
    for (i = 0; i < t->table->n_columns && status == PD_OK; i++)
        columns[i].mapping = &mappings[i];
    for (i = 0; i < t->table->n_columns && status == PD_OK; i++) {
        const struct pd_column *column = pd_column_at(t->table, i);

        columns[i].as = mappings[i].as;
        columns[i].native = mappings[i].native;
        columns[i].form = (uint8_t)map_form(&mappings[i].as);
        if (!has_place(sink, table, column))
            continue;
        columns[i].name = column->name;
        columns[i].is_sent = !column->generated;
        t->by_text = t->by_text || (columns[i].is_sent && columns[i].form == PG_FORM_TEXT);
        n++;
        status = name_column(p, table, &names, &columns[i], i);
        judge_type(p, table, i, &mappings[i]);
    }
    pd_pool_close(&pool);
    if (status == PD_OK && n > PLACE_MOST_COLUMNS)
        pd_problem(&p->problems, "table '%s' has %zu columns, PostgreSQL takes %d", t->table->name,
                   n, PLACE_MOST_COLUMNS);
    return status;
}

/* ---- All ---- */

/* Into tables that are there everything is called as it is; they may have it under no other name.
 */
static pd_status
place_present(struct place *p, size_t table, const struct pd_mapping *mappings)
{
    struct pd_sink *sink = p->sink;
    struct target_table *t = &sink->tables[table];
    struct target_column *columns =
        pd_pool_alloc(&sink->pool, (t->table->n_columns + 1) * sizeof *columns);
    size_t i;

    t->columns = sink->ddl->tables[table].columns = columns;
    t->exists = true;
    for (i = 0; columns && i < t->table->n_columns; i++) {
        columns[i].mapping = &mappings[i];
        columns[i].as = mappings[i].as;
        columns[i].native = mappings[i].native;
    }
    return columns ? PD_OK : no_memory(p);
}

static bool
is_large_objects(const struct pd_sink *sink, const struct pd_table *table)
{
    return sink->same && !table->schema && strcmp(table->name, PG_LO_TABLE) == 0;
}

static pd_status
place_all(struct place *p)
{
    struct pd_sink *sink = p->sink;
    const struct pd_mapping *mappings = sink->mappings;
    bool in_place = pd_load_is_in_place(sink->load, sink->into);
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        struct target_table *t = &sink->tables[i];

        t->table = pd_table_at(sink->catalog, i);
        t->schema = t->table->schema;
        t->name = t->table->name;
        t->is_large_objects = is_large_objects(sink, t->table);
        status = in_place ? place_present(p, i, mappings) : place_table(p, i);
        if (status == PD_OK && (!in_place || t->is_large_objects))
            status = place_columns(p, i, mappings);
        if (t->is_large_objects)
            t->exists = false;
        mappings += t->table->n_columns;
    }
    return status;
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
    sink->ddl->relations.pool = &sink->pool;
    sink->ddl->tables = pd_pool_alloc(&sink->pool, (c->n_tables + 1) * sizeof *sink->ddl->tables);
    sink->ddl->object_states = pd_pool_alloc(&sink->pool, c->n_objects + 1);
    return sink->ddl->tables && sink->ddl->object_states;
}

pd_status
sink_place(struct pd_sink *sink, struct pd_error *err)
{
    const struct pd_mapping *mappings;
    struct place p = {.sink = sink, .problems.text.host = sink->host, .err = err};
    struct present_table *present = sink->ddl ? sink->ddl->present : NULL;
    pd_status status = PD_OK;

    if (!make_room(sink))
        return pg_no_memory(sink->host, err);
    sink->ddl->present = present;
    if (!sink->mappings)
        status = sink_map(sink, sink->load, &mappings, err);
    if (status == PD_OK)
        status = place_all(&p);
    if (status == PD_OK)
        status = tell(&p);
    pd_problems_free(&p.problems);
    if (status == PD_OK && !pd_load_is_in_place(sink->load, sink->into))
        status = place_names(sink, err);
    if (status == PD_OK && sink->memory_short)
        status = pg_no_memory(sink->host, err);
    return status;
}
