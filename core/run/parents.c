// SPDX-License-Identifier: Apache-2.0
/* parents - the tables that a table's foreign keys point to. */
#include "run/parents.h"

#include "model/schema.h"

uint32_t
parents_of(const struct pd_catalog *catalog, const struct pd_table *table,
           const struct pd_foreign *foreign)
{
    const char *schema = foreign->to_schema ? foreign->to_schema : table->schema;
    long at = schema_find_table(catalog, schema, foreign->to_table);

    return at < 0 ? PD_NO_TABLE : (uint32_t)at;
}

/* A walk: a table is taken when all that it points to were. */
struct walk {
    const struct pd_catalog *catalog;
    struct step {
        uint32_t table;
        uint32_t next; /* foreign key */
    } * steps;
    size_t n_steps;
    bool *seen;
    uint32_t *order;
    size_t n_order;
};

static void
enter(struct walk *walk, uint32_t table)
{
    if (walk->seen[table])
        return;
    walk->seen[table] = true;
    walk->steps[walk->n_steps++] = (struct step){.table = table};
}

static void
go_on(struct walk *walk)
{
    struct step *step = &walk->steps[walk->n_steps - 1];
    const struct pd_table *table = &walk->catalog->tables[step->table];
    uint32_t parent;

    if (step->next == table->n_foreigns) {
        walk->order[walk->n_order++] = step->table;
        walk->n_steps--;
        return;
    }
    parent = parents_of(walk->catalog, table, &table->foreigns[step->next++]);
    if (parent != PD_NO_TABLE)
        enter(walk, parent);
}

pd_status
parents_order(const struct pd_catalog *catalog, struct arena *arena, const uint32_t **ret_order,
              struct pd_error *err)
{
    size_t n = catalog->n_tables;
    struct walk walk = {
        .catalog = catalog,
        .steps = arena_array(arena, struct step, n + 1),
        .seen = arena_array(arena, bool, n + 1),
        .order = arena_array(arena, uint32_t, n + 1),
    };

    if (!walk.steps || !walk.seen || !walk.order)
        return error_memory(err);
    for (uint32_t i = 0; i < n; i++) {
        enter(&walk, i);
        while (walk.n_steps)
            go_on(&walk);
    }
    *ret_order = walk.order;
    return PD_OK;
}
