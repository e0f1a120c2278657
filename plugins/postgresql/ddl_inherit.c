// SPDX-License-Identifier: Apache-2.0
/* ddl_inherit - which tables inherit from which, and what they declare themselves: out of the
   source's own text, of which nothing but names is taken. */
#include <string.h>

#include "ddl.h"
#include "lex.h"

size_t
ddl_find_column(const struct pd_sink *sink, size_t table, const char *name)
{
    const struct target_table *t = &sink->tables[table];
    size_t i;

    for (i = 0; i < t->table->n_columns; i++) {
        if (t->columns[i].name && strcmp(pd_column_at(t->table, i)->name, name) == 0)
            return i;
    }
    return t->table->n_columns;
}

/* ---- What the text says ---- */

struct reader {
    struct pd_sink *sink;
    const struct target_table *t;
    struct heritage *heritage;
    struct lex lex;
    size_t parents_room;
    const char *obstacle;
    struct pd_error *err;
};

static bool
take_check(struct reader *r)
{
    char name[LEX_NAME_ROOM];
    size_t i;

    if (!lex_take_name(&r->lex, name))
        return false;
    for (i = 0; i < r->t->table->n_checks; i++) {
        const char *known = pd_check_at(r->t->table, i)->name;

        if (known && strcmp(known, name) == 0)
            r->heritage->checks[i] = true;
    }
    return true;
}

/* One that has no place in the target is no matter. */
static bool
take_own(struct reader *r)
{
    char name[LEX_NAME_ROOM];
    size_t i;

    if (lex_take(&r->lex, "CONSTRAINT"))
        return take_check(r);
    if (!lex_take_name(&r->lex, name))
        return false;
    i = ddl_find_column(r->sink, (size_t)(r->t - r->sink->tables), name);
    if (i < r->t->table->n_columns)
        r->heritage->columns[i] = true;
    return true;
}

static size_t
find_table(const struct pd_sink *sink, const char *schema, const char *name)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct pd_table *t = sink->tables[i].table;

        if (strcmp(t->name, name) == 0 &&
            strcmp(t->schema ? t->schema : "public", *schema ? schema : "public") == 0)
            break;
    }
    return i;
}

static pd_status
take_parent(struct reader *r)
{
    char schema[LEX_NAME_ROOM] = "", name[LEX_NAME_ROOM];
    size_t number, *place;

    if (!lex_take_name(&r->lex, name))
        return PD_UNSUPPORTED;
    if (lex_take(&r->lex, ".")) {
        memcpy(schema, name, sizeof schema);
        if (!lex_take_name(&r->lex, name))
            return PD_UNSUPPORTED;
    }
    number = find_table(r->sink, schema, name);
    if (number == r->sink->catalog->n_tables) {
        r->obstacle = "the table that it inherits from is not restored under its name";
        return PD_UNSUPPORTED;
    }
    place = pd_pool_append(&r->sink->pool, &r->heritage->parents, r->heritage->n_parents,
                           &r->parents_room, sizeof *place);
    if (!place)
        return pg_no_memory(r->sink->host, r->err);
    *place = number;
    r->heritage->n_parents++;
    return PD_OK;
}

/* ("column", CONSTRAINT "check") INHERITS ("schema"."table"). PD_UNSUPPORTED: it is not that. */
static pd_status
take_text(struct reader *r, const char *text)
{
    pd_status status;

    lex_begin(&r->lex, text);
    if (!lex_take(&r->lex, "("))
        return PD_UNSUPPORTED;
    if (!lex_take(&r->lex, ")")) {
        do {
            if (!take_own(r))
                return PD_UNSUPPORTED;
        } while (lex_take(&r->lex, ","));
        if (!lex_take(&r->lex, ")"))
            return PD_UNSUPPORTED;
    }
    if (!lex_take_words(&r->lex, "INHERITS") || !lex_take(&r->lex, "("))
        return PD_UNSUPPORTED;
    do {
        status = take_parent(r);
    } while (status == PD_OK && lex_take(&r->lex, ","));
    if (status != PD_OK)
        return status;
    return lex_take(&r->lex, ")") && r->lex.kind == LEX_END ? PD_OK : PD_UNSUPPORTED;
}

static bool
is_in_parents(const struct pd_sink *sink, const struct heritage *heritage, const char *name)
{
    size_t i;

    for (i = 0; i < heritage->n_parents; i++) {
        size_t parent = heritage->parents[i];

        if (ddl_find_column(sink, parent, name) < sink->tables[parent].table->n_columns)
            return true;
    }
    return false;
}

/* Does everything that it does not declare itself come from somewhere? */
static bool
is_whole(const struct pd_sink *sink, size_t table, const struct heritage *heritage)
{
    const struct target_table *t = &sink->tables[table];
    size_t i;

    for (i = 0; i < t->table->n_columns; i++) {
        if (t->columns[i].name && !heritage->columns[i] &&
            !is_in_parents(sink, heritage, pd_column_at(t->table, i)->name))
            return false;
    }
    return true;
}

/* The objects that say the same of the table, by ALTER TABLE ... INHERIT. */
static void
settle_objects(struct pd_sink *sink, size_t table, const char *why)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t i;

    for (i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);

        if (strcmp(object->kind, "inheritance") != 0 || !object->table ||
            strcmp(object->table, t->name) != 0 ||
            strcmp(object->schema ? object->schema : "", t->schema ? t->schema : "") != 0)
            continue;
        sink->ddl->object_states[i] = OBJECT_LOST;
        if (why)
            sink_leave_out(sink, PD_PART_OBJECT, PD_NO_TABLE, (uint32_t)i, "%s '%s': %s",
                           object->kind, object->name, why);
    }
}

static pd_status
read_heritage(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    struct reader r = {.sink = sink, .t = &sink->tables[table], .err = err};
    const struct pd_table *t = r.t->table;
    pd_status status;

    if (!sink->same || !t->native_sql || *t->native_sql != '(' || r.t->exists)
        return PD_OK;
    r.heritage = pd_pool_alloc(&sink->pool, sizeof *r.heritage);
    if (r.heritage) {
        r.heritage->columns = pd_pool_alloc(&sink->pool, t->n_columns + 1);
        r.heritage->checks = pd_pool_alloc(&sink->pool, t->n_checks + 1);
    }
    if (!r.heritage || !r.heritage->columns || !r.heritage->checks)
        return pg_no_memory(sink->host, err);
    status = take_text(&r, t->native_sql);
    if (status == PD_OK && is_whole(sink, table, r.heritage)) {
        sink->ddl->tables[table].heritage = r.heritage;
        return PD_OK;
    }
    if (r.obstacle)
        settle_objects(sink, table, r.obstacle);
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

/* ---- All ---- */

static bool
are_placed(const struct pd_sink *sink, size_t table, const bool *placed)
{
    const struct heritage *heritage = sink->ddl->tables[table].heritage;
    size_t i;

    for (i = 0; heritage && i < heritage->n_parents; i++) {
        if (!placed[heritage->parents[i]])
            return false;
    }
    return true;
}

/* Parents before heirs, else as they are. */
static size_t
order_tables(const struct pd_sink *sink, size_t *order, bool *placed)
{
    size_t i, n = 0, before;

    do {
        before = n;
        for (i = 0; i < sink->catalog->n_tables; i++) {
            if (placed[i] || !are_placed(sink, i, placed))
                continue;
            placed[i] = true;
            order[n++] = i;
        }
    } while (n > before);
    return n;
}

const size_t *
ddl_by_descent(struct pd_sink *sink, struct pd_error *err)
{
    size_t n_tables = sink->catalog->n_tables, n, i;
    size_t *order = pd_pool_alloc(&sink->pool, (n_tables + 1) * sizeof *order);
    bool *placed = pd_pool_alloc(&sink->pool, n_tables + 1);

    if (!order || !placed) {
        pg_no_memory(sink->host, err);
        return NULL;
    }
    n = order_tables(sink, order, placed);
    /* No server has tables that inherit from each other in a ring, but an archive may. */
    for (i = 0; i < n_tables; i++) {
        if (!placed[i])
            order[n++] = i;
    }
    return order;
}

static void
note_heirs(struct pd_sink *sink)
{
    size_t i, k;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct heritage *heritage = sink->ddl->tables[i].heritage;

        for (k = 0; heritage && k < heritage->n_parents; k++)
            sink->ddl->tables[heritage->parents[k]].has_heirs = true;
    }
}

/* No order of statements gives the columns their places: then they are declared once more, and
   ALTER TABLE ... INHERIT comes after the rows. */
static void
forget(struct pd_sink *sink)
{
    size_t i;

    sink->ddl->kin = NULL;
    for (i = 0; i < sink->catalog->n_tables; i++) {
        if (sink->ddl->tables[i].heritage)
            sink_leave_out(sink, PD_PART_TABLE, (uint32_t)i, 0,
                           "table '%s': it declares the columns that it inherits itself, too, "
                           "since they would stand in other places",
                           sink->tables[i].table->name);
        sink->ddl->tables[i].heritage = NULL;
        sink->ddl->tables[i].has_heirs = false;
    }
}

pd_status
ddl_heritages(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++)
        status = read_heritage(sink, i, err);
    note_heirs(sink);
    if (status == PD_OK)
        status = ddl_kin_plan(sink, err);
    if (status == PD_UNSUPPORTED) {
        forget(sink);
        return PD_OK;
    }
    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (sink->ddl->tables[i].heritage)
            settle_objects(sink, i, NULL);
    }
    return status;
}
