// SPDX-License-Identifier: Apache-2.0
/* objects_engines - sequences that another engine holds than the one they are made in. */
#include "objects_inside.h"

enum { ENGINE_SEQUENCE, ENGINE_NAME };

static const char engines_sql[] =
    "SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s"
    " AND TABLE_TYPE = 'SEQUENCE' AND ENGINE <> 'InnoDB' ORDER BY TABLE_NAME";

static void
take_engine(struct maker *m, const struct maker_row *row)
{
    struct listed_objects *l = m->listed_objects;
    struct listed_object *listed =
        maker_append(m, &m->scratch, &l->list, l->n, &l->room, sizeof *listed);

    if (!listed)
        return;
    *listed = (struct listed_object){.name = maker_known_cell(m, row, ENGINE_SEQUENCE),
                                     .sql = maker_known_cell(m, row, ENGINE_NAME)};
    l->n += m->status == PD_OK;
}

pd_status
engines_read(struct objects *o)
{
    struct listed_objects l = {0};
    pd_status status;

    o->m.listed_objects = &l;
    status = maker_each(&o->m, engines_sql, take_engine);
    for (size_t i = 0; i < l.n && status == PD_OK; i++) {
        struct pd_sql sql = {.host = o->m.host};

        pd_sql_add(&sql, "ALTER TABLE ");
        my_name(&sql, l.list[i].name);
        pd_sql_add(&sql, " ENGINE = ");
        my_name(&sql, l.list[i].sql);
        objects_add_passive(o, "sequence engine", l.list[i].name, maker_built(&o->m, &sql));
        status = o->m.status;
    }
    return status;
}
