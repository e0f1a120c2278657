// SPDX-License-Identifier: Apache-2.0
/* create - everything in a new file but the rows: tables before them, the rest after. */
#include <stdlib.h>
#include <string.h>

#include "sink.h"

/* One thing to be made. */
struct step {
    uint32_t order; /* in the engine's own catalogue; 0: after all others, as they come */
    uint32_t place; /* among the steps, for those without order */
    size_t table;
    const struct pd_key *key;       /* an index of the table; else NULL */
    const struct pd_object *object; /* else NULL */
};

struct steps {
    struct step *list;
    size_t n;
    size_t room;
};

static pd_status
add_step(struct pd_sink *sink, struct steps *steps, const struct step *step, struct pd_error *err)
{
    struct step *place =
        pd_pool_append(&sink->pool, &steps->list, steps->n, &steps->room, sizeof *place);

    if (!place)
        return sqlite_no_memory(sink->host, err);
    *place = *step;
    place->place = (uint32_t)steps->n++;
    return PD_OK;
}

static int
compare_steps(const void *a_, const void *b_)
{
    const struct step *a = a_, *b = b_;
    uint32_t order_a = a->order ? a->order : UINT32_MAX, order_b = b->order ? b->order : UINT32_MAX;

    if (order_a != order_b)
        return order_a < order_b ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static bool
is_statistics(const char *name)
{
    return sqlite3_strnicmp(name, "sqlite_stat", 11) == 0;
}

static enum replay_kind
object_kind(const struct pd_object *object)
{
    if (strcmp(object->kind, "view") == 0)
        return REPLAY_VIEW;
    return strcmp(object->kind, "trigger") == 0 ? REPLAY_TRIGGER : REPLAY_VIRTUAL;
}

static pd_status
make_object(struct pd_sink *sink, const struct pd_object *object, struct pd_error *err)
{
    return replay(sink, object_kind(object), object->name, object->table, object->sql, err);
}

/* The only way to make a table of statistics, which the planner's own ANALYZE fills later. */
static pd_status
make_statistics(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct sink_table *t = &sink->tables[number];
    char found[64];
    char *sql;
    pd_status status = sink_exec(sink, "ANALYZE sqlite_schema", "cannot make statistics", err);

    if (status != PD_OK)
        return status;
    sql = sqlite3_mprintf("SELECT name FROM main.sqlite_schema WHERE name = %Q", t->name);
    if (!sql)
        return sqlite_no_memory(sink->host, err);
    status = sqlite_ask(sink->host, sink->db, sql, found, sizeof found, err);
    sqlite3_free(sql);
    if (status == PD_OK && !*found) {
        t->passes = true;
        sink_leave_out(sink, PD_PART_TABLE, (uint32_t)number, 0,
                       "table '%s': this SQLite keeps no such statistics", t->name);
    }
    return status;
}

static pd_status
make_table(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct sink_table *t = &sink->tables[number];
    const char *sql = t->table->native_sql;

    if (is_statistics(t->name))
        return make_statistics(sink, number, err);
    if (!sink->same || !sql)
        return ddl_table(sink, number, err);
    if (sink->native || replay_is_passive(sink, sql)) {
        t->replayed = true;
        return replay(sink, REPLAY_TABLE, t->name, t->name, sql, err);
    }
    sink_leave_out(sink, PD_PART_TABLE | PD_PART_IF_NATIVE, (uint32_t)number, 0,
                   "SQL of table '%s': it calls functions that are not known to be harmless, "
                   "so the table is made anew; use --native to keep it",
                   t->name);
    return ddl_table(sink, number, err);
}

static pd_status
make_index(struct pd_sink *sink, size_t table, const struct pd_key *key, struct pd_error *err)
{
    const char *sql = key->native_sql;

    if (!sink->same || !sql)
        return ddl_index(sink, table, key, err);
    if (sink->native || replay_is_passive(sink, sql))
        return replay(sink, REPLAY_INDEX, key->name, sink->tables[table].name, sql, err);
    sink_leave_out(sink, PD_PART_KEY | PD_PART_IF_NATIVE, (uint32_t)table,
                   pd_key_number(sink->tables[table].table, key),
                   "index '%s' on '%s': it calls functions that are not known to be "
                   "harmless, use --native to make it",
                   key->name, sink->tables[table].name);
    return PD_OK;
}

/* A passenger goes with what owns it; statistics need nobody. */
static bool
table_passes(const struct pd_sink *sink, const struct pd_table *table)
{
    if (!(table->flags & PD_TABLE_PASSENGER))
        return false;
    if (!sink->same)
        return true;
    return !is_statistics(table->name) && !sink->native;
}

static pd_status
collect_tables(struct pd_sink *sink, struct steps *steps, struct pd_error *err)
{
    const struct pd_catalog *c = sink->catalog;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < c->n_tables && status == PD_OK; i++) {
        const struct pd_table *table = sink->tables[i].table;
        struct step step = {.order = table->native_order, .table = i};
        bool owned = table->flags & PD_TABLE_PASSENGER && !is_statistics(table->name);

        sink->tables[i].passes = table_passes(sink, table);
        if (!sink->tables[i].passes && !owned)
            status = add_step(sink, steps, &step, err);
    }
    return status;
}

/* Why an object of the catalogue is not made; NULL: it is. */
static const char *
object_obstacle(const struct pd_sink *sink)
{
    if (!sink->same)
        return "only its own engine knows it";
    return sink->native ? NULL : "it runs SQL of its own, use --native to make it";
}

/* Objects that are made before the rows, or those after them; each group has an order of its own,
   the first with the tables, the second with the indexes. */
static pd_status
collect_objects(struct pd_sink *sink, struct steps *steps, uint32_t before, struct pd_error *err)
{
    const struct pd_catalog *c = sink->catalog;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < c->n_objects && !object_obstacle(sink) && status == PD_OK; i++) {
        const struct pd_object *object = pd_object_at(c, i);
        struct step step = {.order = object->native_order, .object = object};

        if ((object->flags & PD_OBJECT_BEFORE_ROWS) == before)
            status = add_step(sink, steps, &step, err);
    }
    return status;
}

static bool
same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* A sequence that numbers an identity column is told there. */
static bool
is_counter_of_column(const struct pd_catalog *c, const struct pd_sequence *s)
{
    size_t i, k;

    for (i = 0; s->owner_table && i < c->n_tables; i++) {
        const struct pd_table *t = pd_table_at(c, i);

        if (!same_text(t->name, s->owner_table) || !same_text(t->schema, s->schema))
            continue;
        for (k = 0; k < t->n_columns; k++) {
            if (same_text(pd_column_at(t, k)->name, s->owner_column))
                return pd_column_at(t, k)->identity != PD_IDENTITY_NO;
        }
    }
    return false;
}

static void
say_lost_objects(struct pd_sink *sink)
{
    const struct pd_catalog *c = sink->catalog;
    const char *obstacle = object_obstacle(sink);
    size_t i;

    for (i = 0; i < c->n_objects && obstacle; i++)
        sink_leave_out(sink, PD_PART_OBJECT, PD_NO_TABLE, (uint32_t)i, "%s '%s': %s",
                       pd_object_at(c, i)->kind, pd_object_at(c, i)->name, obstacle);
    for (i = 0; i < c->n_sequences; i++) {
        const struct pd_sequence *s = pd_sequence_at(c, i);

        if (!is_counter_of_column(c, s))
            sink_leave_out(sink, PD_PART_SEQUENCE, PD_NO_TABLE, (uint32_t)i,
                           "sequence '%s': SQLite has none", s->name);
    }
}

static pd_status
make_steps(struct pd_sink *sink, struct steps *steps, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    if (steps->n)
        qsort(steps->list, steps->n, sizeof *steps->list, compare_steps);
    for (i = 0; i < steps->n && status == PD_OK; i++) {
        const struct step *step = &steps->list[i];

        if (sink->host->cancelled(sink->host))
            return sink->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
        if (step->object)
            status = make_object(sink, step->object, err);
        else if (step->key)
            status = make_index(sink, step->table, step->key, err);
        else
            status = make_table(sink, step->table, err);
    }
    return status;
}

/* A virtual table is born with rows in its shadows; the source's take their place. */
static pd_status
empty_shadows(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;
    bool any = false;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        const struct sink_table *t = &sink->tables[i];
        sqlite3_str *sql;

        if (!(t->table->flags & PD_TABLE_PASSENGER) || t->passes || is_statistics(t->name))
            continue;
        any = true;
        sql = sqlite3_str_new(sink->db);
        sqlite3_str_appendf(sql, "DELETE FROM main.\"%w\"", t->name);
        status = sink_run(sink, sql, err, "cannot empty table '%s' of virtual table '%s'", t->name,
                          t->table->owner ? t->table->owner : "");
    }
    /* The modules shall have nothing left to write when the rows are in. */
    if (status == PD_OK && any)
        status = sink_exec(sink, "COMMIT; BEGIN", "cannot commit", err);
    return status;
}

pd_status
create_tables(struct pd_sink *sink, struct pd_error *err)
{
    struct steps steps = {NULL, 0, 0};
    pd_status status = collect_tables(sink, &steps, err);

    if (status == PD_OK)
        status = collect_objects(sink, &steps, PD_OBJECT_BEFORE_ROWS, err);
    if (status == PD_OK)
        status = make_steps(sink, &steps, err);
    say_lost_objects(sink);
    return status == PD_OK ? empty_shadows(sink, err) : status;
}

static pd_status
collect_keys(struct pd_sink *sink, struct steps *steps, struct pd_error *err)
{
    size_t i, k;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct pd_table *table = sink->tables[i].table;

        /* Indexes of shadow tables come with their virtual table. */
        if (table->flags & PD_TABLE_PASSENGER)
            continue;
        for (k = 0; k < table->n_keys && status == PD_OK; k++) {
            const struct pd_key *key = pd_key_at(table, k);
            struct step step = {.order = key->native_order, .table = i, .key = key};

            status = add_step(sink, steps, &step, err);
        }
    }
    return status;
}

static void
put_number(struct pd_sink *sink, const char *name, sqlite3_str *sql)
{
    const char *value = sink_property(sink, name);

    if (value)
        sqlite3_str_appendf(sql, "PRAGMA %s=%ld;", name, strtol(value, NULL, 10));
}

pd_status
create_rest(struct pd_sink *sink, struct pd_error *err)
{
    struct steps steps = {NULL, 0, 0};
    sqlite3_str *sql;
    pd_status status = collect_keys(sink, &steps, err);

    if (status == PD_OK)
        status = collect_objects(sink, &steps, 0, err);
    /* Sorting takes as much memory as the pages may, once for each thread. */
    if (status == PD_OK)
        status = sink_exec(sink, "PRAGMA cache_size=-4096", "cannot go on", err);
    if (status == PD_OK)
        status = make_steps(sink, &steps, err);
    if (status == PD_OK && !(sink->load.flags & PD_LOAD_SCHEMA_ONLY))
        status = foreign_tell(sink, err);
    if (status == PD_OK && !(sink->load.flags & PD_LOAD_SCHEMA_ONLY))
        status = broken_checks(sink, err);
    if (status == PD_OK)
        status = autoincrement_write(sink, err);
    if (status != PD_OK)
        return status;
    sql = sqlite3_str_new(sink->db);
    put_number(sink, "user_version", sql);
    put_number(sink, "application_id", sql);
    sqlite3_str_appendall(sql, "SELECT 1");
    return sink_run(sink, sql, err, "cannot set what the file is marked with");
}
