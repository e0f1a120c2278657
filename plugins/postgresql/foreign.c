// SPDX-License-Identifier: Apache-2.0
/* foreign - the foreign keys of all tables, one row of the query for each of their columns. */
#include "maker.h"

#include <string.h>

enum column_of_foreign {
    FOREIGN_TABLE,
    FOREIGN_NAME,
    FOREIGN_SCHEMA,
    FOREIGN_TO_SCHEMA,
    FOREIGN_TO_TABLE,
    FOREIGN_ON_UPDATE,
    FOREIGN_ON_DELETE,
    FOREIGN_MATCH,
    FOREIGN_DEFERRABLE,
    FOREIGN_DEFERRED,
    FOREIGN_IS_VALID,
    FOREIGN_IS_PERIOD,
    FOREIGN_COUNT, /* of the table */
    FOREIGN_N_COLUMNS,
    FOREIGN_SET_COLUMNS,
    FOREIGN_COLUMN_PLACE,
    FOREIGN_COLUMN,
    FOREIGN_TO_COLUMN
};

static const char foreign_sql[] =
    "SELECT k.conrelid, k.conname, n.nspname, fn.nspname, f.relname, k.confupdtype,"
    " k.confdeltype, k.confmatchtype, k.condeferrable, k.condeferred, k.convalidated, ";
static const char foreign_period_sql[] = "k.conperiod";
static const char foreign_count_sql[] =
    ", pg_catalog.count(*) FILTER (WHERE u.place = 1) OVER (PARTITION BY k.conrelid),"
    " pg_catalog.cardinality(k.conkey), ";
static const char foreign_set_sql[] = "k.confdelsetcols";
static const char foreign_rest_sql[] =
    ", u.place, u.col, a.attname FROM pg_catalog.pg_constraint k"
    " JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_class f ON f.oid = k.confrelid"
    " JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace"
    " CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey))"
    " WITH ORDINALITY u(col, ref, place)"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.ref"
    " WHERE k.contype = 'f' AND k.conparentid = 0 AND " MAKER_OF_TABLE
    " ORDER BY k.conrelid, k.conname, u.place";

enum { VERSION_15 = 150000, VERSION_18 = 180000, MOST_COLUMNS = 64 };

static uint16_t
action(char letter)
{
    static const struct {
        char letter;
        uint8_t action;
    } actions[] = {
        {'a', PD_ACTION_NONE},     {'r', PD_ACTION_RESTRICT},    {'c', PD_ACTION_CASCADE},
        {'n', PD_ACTION_SET_NULL}, {'d', PD_ACTION_SET_DEFAULT},
    };

    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (actions[i].letter == letter)
            return actions[i].action;
    }
    return PD_ACTION_NONE;
}

static uint32_t
foreign_flags(const PGresult *r, int row)
{
    uint32_t flags = 0;

    if (maker_flag(r, row, FOREIGN_DEFERRABLE))
        flags |= PD_FOREIGN_DEFERRABLE;
    if (maker_flag(r, row, FOREIGN_DEFERRED))
        flags |= PD_FOREIGN_DEFERRED;
    if (maker_char(r, row, FOREIGN_MATCH) == 'f')
        flags |= PD_FOREIGN_MATCH_FULL;
    if (!maker_flag(r, row, FOREIGN_IS_VALID))
        flags |= PD_FOREIGN_NOT_VALIDATED;
    return flags;
}

static void
set_target(struct maker *m, const PGresult *r, int row, struct pd_foreign *foreign)
{
    const char *schema = PQgetvalue(r, row, FOREIGN_SCHEMA);
    const char *to_schema = PQgetvalue(r, row, FOREIGN_TO_SCHEMA);

    foreign->to_table = maker_text(m, r, row, FOREIGN_TO_TABLE);
    if (strcmp(schema, to_schema) == 0)
        return;
    /* NULL would be the table's own schema, so the default one is "". */
    foreign->to_schema = maker_schema(to_schema) ? maker_text(m, r, row, FOREIGN_TO_SCHEMA) : "";
}

static void
set_columns_of_delete(struct maker *m, const PGresult *r, int row, uint32_t number,
                      struct pd_foreign *foreign)
{
    int32_t attributes[MOST_COLUMNS];
    size_t n = maker_numbers(r, row, FOREIGN_SET_COLUMNS, attributes, MOST_COLUMNS);
    uint32_t *columns = n ? maker_alloc(m, m->pool, n * sizeof *columns) : NULL;

    if (!columns)
        return;
    for (size_t i = 0; i < n; i++)
        columns[i] = (uint32_t)columns_need(m, number, attributes[i]);
    foreign->set_columns = columns;
    foreign->n_set_columns = n;
}

static struct pd_foreign *
begin_foreign(struct maker *m, const PGresult *r, int row, uint32_t number)
{
    struct pd_table *table = &m->tables[number];
    struct table_work *work = &m->works[number];
    size_t n = maker_count(m, r, row, FOREIGN_N_COLUMNS, MAKER_MOST);
    struct pd_foreign *foreign;

    if (!work->foreigns) {
        work->foreign_room = maker_count(m, r, row, FOREIGN_COUNT, MAKER_MOST);
        table->foreigns = work->foreigns =
            maker_alloc(m, m->pool, work->foreign_room * sizeof *foreign);
    }
    if (!work->foreigns || !maker_is_counted(m, table->n_foreigns, work->foreign_room))
        return NULL;
    work->foreign_column_room = n;
    foreign = &work->foreigns[table->n_foreigns++];
    foreign->struct_size = sizeof *foreign;
    foreign->flags = foreign_flags(r, row);
    foreign->name = maker_text(m, r, row, FOREIGN_NAME);
    foreign->on_update = action(maker_char(r, row, FOREIGN_ON_UPDATE));
    foreign->on_delete = action(maker_char(r, row, FOREIGN_ON_DELETE));
    foreign->columns = work->foreign_columns = maker_alloc(m, m->pool, n * sizeof(uint32_t));
    foreign->to_columns = work->foreign_to = maker_alloc(m, m->pool, n * sizeof(char *));
    set_target(m, r, row, foreign);
    set_columns_of_delete(m, r, row, number, foreign);
    return m->status == PD_OK ? foreign : NULL;
}

/* Of whose columns one came before. */
static struct pd_foreign *
last_foreign(struct maker *m, uint32_t number)
{
    size_t n = m->tables[number].n_foreigns;

    return maker_is_counted(m, 0, n) ? &m->works[number].foreigns[n - 1] : NULL;
}

static void
take_column(struct maker *m, const PGresult *r, int row)
{
    uint32_t number = relations_table(m, maker_oid(r, row, FOREIGN_TABLE));
    bool is_first = maker_int(r, row, FOREIGN_COLUMN_PLACE) == 1;
    struct table_work *work;
    struct pd_foreign *foreign;

    if (number == PD_NO_TABLE)
        return;
    work = &m->works[number];
    if (maker_flag(r, row, FOREIGN_IS_PERIOD)) {
        if (!is_first)
            return;
        maker_note(m, "foreign key over periods is not carried", "'%s' of table '%s'",
                   PQgetvalue(r, row, FOREIGN_NAME), m->tables[number].name);
        maker_note_table(m, m->tables[number].schema, m->tables[number].name);
        return;
    }
    foreign = is_first ? begin_foreign(m, r, row, number) : last_foreign(m, number);
    if (!foreign || !maker_is_counted(m, foreign->n_columns, work->foreign_column_room))
        return;
    work->foreign_to[foreign->n_columns] = maker_text(m, r, row, FOREIGN_TO_COLUMN);
    work->foreign_columns[foreign->n_columns++] =
        (uint32_t)columns_need(m, number, maker_int(r, row, FOREIGN_COLUMN));
}

pd_status
foreign_read(struct maker *m)
{
    struct pd_sql sql = {.host = m->host};
    const char *text;
    pd_status status;

    pd_sql_add(&sql, foreign_sql);
    pd_sql_add(&sql, m->pg->version >= VERSION_18 ? foreign_period_sql : "false");
    pd_sql_add(&sql, foreign_count_sql);
    pd_sql_add(&sql, m->pg->version >= VERSION_15 ? foreign_set_sql : "NULL");
    pd_sql_add(&sql, foreign_rest_sql);
    text = pd_sql_text(&sql);
    status = text ? maker_each(m, "foreign", text, "itttttttbbbbiiTiit", take_column)
                  : pg_no_memory(m->host, m->err);
    pd_sql_free(&sql);
    return status;
}
