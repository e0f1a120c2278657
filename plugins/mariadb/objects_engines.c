// SPDX-License-Identifier: Apache-2.0
/* objects_engines - sequences that another engine holds than the one they are made in, or whose
   numbers are of another type. */
#include "objects_inside.h"

enum { ENGINE_SEQUENCE, ENGINE_NAME };
enum { BEYOND_MINIMUM, BEYOND_MAXIMUM, BEYOND_START, BEYOND_NEXT, BEYOND_IS_NEXT, BEYOND_COUNT_ };

static const char engines_sql[] =
    "SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s"
    " AND TABLE_TYPE = 'SEQUENCE' AND ENGINE <> 'InnoDB' ORDER BY TABLE_NAME";

static const char types_sql[] =
    "SELECT SEQUENCE_NAME, DATA_TYPE FROM information_schema.SEQUENCES WHERE SEQUENCE_SCHEMA = %s"
    " AND DATA_TYPE <> 'bigint' ORDER BY SEQUENCE_NAME";

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

/* What bigint unsigned has beyond bigint, where sequences are made. The server takes it apart from
   the type. */
static pd_status
add_beyond(struct objects *o, const char *name)
{
    struct my *my = o->m.my;
    struct pd_sql sql = {.host = o->m.host}, alter = {.host = o->m.host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    pd_sql_add(&sql, "SELECT minimum_value, maximum_value, start_value, next_not_cached_value,"
                     " next_not_cached_value > 9223372036854775807 FROM ");
    my_name(&sql, name);
    pd_sql_add(&sql, " WHERE GREATEST(maximum_value, next_not_cached_value) > 9223372036854775807");
    status = pd_sql_text(&sql) ? my_query(my, pd_sql_text(&sql), &result, o->m.err)
                               : my_no_memory(my->host, o->m.err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    row = my_row(my, result, BEYOND_COUNT_, (1U << BEYOND_COUNT_) - 1, &status, o->m.err);
    if (row) {
        pd_sql_add(&alter, "ALTER SEQUENCE ");
        my_name(&alter, name);
        pd_sql_printf(&alter, " MINVALUE %s MAXVALUE %s START WITH %s", row[BEYOND_MINIMUM],
                      row[BEYOND_MAXIMUM], row[BEYOND_START]);
        if (*row[BEYOND_IS_NEXT] == '1')
            pd_sql_printf(&alter, " RESTART %s", row[BEYOND_NEXT]);
        objects_add_passive(o, "sequence bounds", name, maker_built(&o->m, &alter));
    }
    mysql_free_result(result);
    return status == PD_OK ? o->m.status : status;
}

pd_status
sequence_types_read(struct objects *o)
{
    struct listed_objects l = {0};
    pd_status status = PD_OK;

    if (!my_has_sequence_types(o->m.my))
        return PD_OK;
    o->m.listed_objects = &l;
    status = maker_each(&o->m, types_sql, take_engine);
    for (size_t i = 0; i < l.n && status == PD_OK; i++) {
        struct pd_sql sql = {.host = o->m.host};

        pd_sql_add(&sql, "ALTER SEQUENCE ");
        my_name(&sql, l.list[i].name);
        pd_sql_printf(&sql, " AS %s", l.list[i].sql);
        objects_add_passive(o, "sequence type", l.list[i].name, maker_built(&o->m, &sql));
        status = o->m.status;
        if (status == PD_OK && strcmp(l.list[i].sql, "bigint unsigned") == 0)
            status = add_beyond(o, l.list[i].name);
    }
    return status;
}
