// SPDX-License-Identifier: Apache-2.0
/* stage_people - the tables that tests of stages have in common, and a step that splits one. */
#pragma once

#include "stage_steps.h"

/* person(id, name, age, city), child(id, parent), note(id, text) */
static inline struct cell
people(uint32_t table, uint32_t column, uint32_t row, char *scratch)
{
    static const char *const names[] = {"ann", "bob", "cy", "dora", "eve"};

    if (column == 0)
        return cell_int(row + 1 + 10 * table);
    if (table == 0 && column == 1)
        return row == 3 ? cell_null() : cell_text(names[row % 5]);
    if (table == 0 && column == 2)
        return cell_int(20 + row);
    if (table == 0)
        return cell_text(row % 2 ? "rome" : "oslo");
    if (table == 1)
        return cell_int(row + 1);
    return cell_text(row ? "second" : "first");
}

static inline void
before_people(struct schema *s)
{
    *s = (struct schema){0};
    table_add(s, "person", "id int64,name text,age int32,city text");
    table_add(s, "child", "id int64,parent int64");
    table_add(s, "note", "id int64,text text");
}

/* A table to itself, as it was. */
static inline void
plan_same(struct plan *p, uint32_t table, int n_columns)
{
    plan_flow(p, table, table, n_columns, 0, 1, 2, 3);
    p->feeds[table].is_untouched = true;
}

/* Each person is a human; those older than 20 have as many pets, and bob is none. */
static inline int
pets_each(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
          struct pd_error *err)
{
    const struct pd_table *person = &m->before->tables[table];
    struct cell name = in_cell(person, batch, 1, row), age = in_cell(person, batch, 2, row);

    m->n_seen++;
    if (name.tag >= 0 && name.bytes[0] == 'b')
        return 0;
    out_row(m, 0, in_cell(person, batch, 0, row), name);
    for (int64_t i = 20; i < age.integer; i++)
        out_row(m, 1, cell_int(++m->sums[0]), in_cell(person, batch, 0, row));
    return 0;
}

static inline void
after_pets(struct schema *s)
{
    *s = (struct schema){0};
    table_add(s, "human", "id int64,name text");
    table_add(s, "pet", "id int64,owner int64");
}

static inline void
plan_pets(struct plan *p, struct schema *before, struct schema *after)
{
    plan_open(p, before, after);
    plan_flow(p, 0, 0, 2, 0, 1);
    plan_flow(p, 1, 1, 2, 0, 1);
    plan_see(p, 0);
    plan_emit(p, 0, 1);
}
