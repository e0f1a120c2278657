// SPDX-License-Identifier: Apache-2.0
/* present_map - tables that are there: their columns, and what values they take. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ddl.h"

enum field {
    FIELD_TABLE,
    FIELD_TABLE_NAME,
    FIELD_KIND,
    FIELD_NAME,
    FIELD_SPELLED,
    FIELD_NOT_NULL,
    FIELD_HAS_DEFAULT,
    FIELD_GENERATED,
    FIELD_TYPE,
    FIELD_TYPE_NAME,
    FIELD_TYPE_TYPE,
    FIELD_CATEGORY,
    FIELD_HAS_SEND,
    FIELD_MODIFIER,
    FIELD_ELEMENT
};

/* A row a column, or one without a name where there are none. */
static const char columns_sql[] =
    "SELECT c.oid, c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), "
    "a.attnotnull OR "
    "b.not_null, a.atthasdef OR a.attidentity <> '' OR b.has_default, a.attgenerated <> '', b.oid, "
    "b.typname, b.typtype, b.typcategory, b.typsend <> 0, CASE WHEN b.typmod >= 0 THEN b.typmod "
    "ELSE a.atttypmod END, b.typelem "
    "FROM pg_class c LEFT JOIN pg_attribute a ON "
    "a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN LATERAL ("
    "WITH RECURSIVE d(oid, typmod, not_null, has_default) AS (SELECT a.atttypid, -1, false, false "
    "UNION ALL SELECT t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE d.typmod "
    "END, d.not_null OR t.typnotnull, d.has_default OR t.typdefault IS NOT NULL FROM d JOIN "
    "pg_type t ON t.oid = d.oid WHERE t.typtype = 'd') "
    "SELECT t.oid, t.typname, t.typtype, t.typcategory, t.typsend, t.typelem, d.typmod, "
    "d.not_null, d.has_default FROM d JOIN pg_type t ON t.oid = d.oid WHERE t.typtype <> 'd'"
    ") b ON true WHERE c.oid = $1::oid ORDER BY a.attnum";

static const char columns_answer[] = "ittTTBBBITTTBII";

struct reader {
    struct map *map;
    struct pd_pool *pool;
    const PGresult *rows;
};

static bool
is_true(const struct reader *r, int row, enum field field)
{
    return *PQgetvalue(r->rows, row, field) == 't';
}

static uint32_t
number(const struct reader *r, int row, enum field field)
{
    return (uint32_t)strtoul(PQgetvalue(r->rows, row, field), NULL, 10);
}

static const char *
text(const struct reader *r, int row, enum field field)
{
    return pd_pool_text(r->pool, PQgetvalue(r->rows, row, field));
}

static pd_status
read_labels(struct reader *r, const char *oid, struct pd_type *type)
{
    PGresult *rows = NULL;
    pd_status status =
        pg_query(r->map->sink->pg,
                 "SELECT enumlabel FROM pg_enum WHERE enumtypid = $1::oid ORDER BY enumsortorder",
                 1, &oid, "t", &rows, r->map->err);
    const char **labels;
    int i;

    if (status != PD_OK)
        return status;
    labels = pd_pool_alloc(r->pool, ((size_t)PQntuples(rows) + 1) * sizeof *labels);
    for (i = 0; labels && i < PQntuples(rows); i++) {
        labels[i] = pd_pool_text(r->pool, PQgetvalue(rows, i, 0));
        if (!labels[i])
            labels = NULL;
    }
    type->labels = labels;
    type->n_labels = labels ? (size_t)PQntuples(rows) : 0;
    PQclear(rows);
    return labels ? PD_OK : pg_no_memory(r->map->sink->host, r->map->err);
}

static pd_status
read_column(struct reader *r, int row, struct present_column *column)
{
    struct pg_type_facts facts = {
        .oid = number(r, row, FIELD_TYPE),
        .name = text(r, row, FIELD_TYPE_NAME),
        .spelled = text(r, row, FIELD_SPELLED),
        .typtype = *PQgetvalue(r->rows, row, FIELD_TYPE_TYPE),
        .category = *PQgetvalue(r->rows, row, FIELD_CATEGORY),
        .has_send = is_true(r, row, FIELD_HAS_SEND),
        .typmod = (int32_t)strtol(PQgetvalue(r->rows, row, FIELD_MODIFIER), NULL, 10),
        .element = number(r, row, FIELD_ELEMENT),
    };

    column->name = text(r, row, FIELD_NAME);
    column->spelled = facts.spelled;
    column->not_null = is_true(r, row, FIELD_NOT_NULL);
    column->has_default = is_true(r, row, FIELD_HAS_DEFAULT);
    column->is_generated = is_true(r, row, FIELD_GENERATED);
    if (!column->name || !facts.name || !facts.spelled)
        return pg_no_memory(r->map->sink->host, r->map->err);
    column->form = (uint8_t)pg_type_read(&facts, &column->type, r->pool);
    if (column->type.kind != PD_KIND_ENUM)
        return PD_OK;
    return read_labels(r, PQgetvalue(r->rows, row, FIELD_TYPE), &column->type);
}

static pd_status
read_rows(struct reader *r, struct present_table *there)
{
    int i, n = PQntuples(r->rows);
    pd_status status = PD_OK;

    there->oid = text(r, 0, FIELD_TABLE);
    there->name = text(r, 0, FIELD_TABLE_NAME);
    there->kind = *PQgetvalue(r->rows, 0, FIELD_KIND);
    there->columns = pd_pool_alloc(r->pool, (size_t)n * sizeof *there->columns);
    if (!there->oid || !there->name || !there->columns)
        return pg_no_memory(r->map->sink->host, r->map->err);
    for (i = 0; i < n && status == PD_OK; i++) {
        if (PQgetisnull(r->rows, i, FIELD_NAME))
            continue;
        status = read_column(r, i, &there->columns[there->n_columns++]);
    }
    return status;
}

static pd_status
read_table(struct map *map, size_t table, struct present_table *there)
{
    const struct pd_table *t = pd_table_at(map->catalog, table);
    char oid[PRESENT_OID];
    const char *params[] = {oid};
    PGresult *rows = NULL;
    struct reader r = {.map = map, .pool = &map->sink->pool};
    pd_status status = present_oid(map->sink, t, oid, map->err);

    if (status != PD_OK || !*oid)
        return status;
    status = pg_query(map->sink->pg, columns_sql, 1, params, columns_answer, &rows, map->err);
    r.rows = rows;

    if (status != PD_OK)
        return status;
    if (PQntuples(rows) > 0)
        status = read_rows(&r, there);
    PQclear(rows);
    return status;
}

const struct present_column *
present_find(const struct present_table *there, const char *name)
{
    const struct present_column *like = NULL;
    size_t i;

    for (i = 0; i < there->n_columns; i++) {
        if (strcmp(there->columns[i].name, name) == 0)
            return &there->columns[i];
    }
    for (i = 0; i < there->n_columns; i++) {
        if (strcasecmp(there->columns[i].name, name) != 0)
            continue;
        if (like)
            return NULL;
        like = &there->columns[i];
    }
    return like;
}

/* Types that the server reads from text and that are not ours to tell apart. */
static bool
takes_text(const struct pd_column *from, const struct present_column *to)
{
    int kind = to->type.kind;

    return kind != from->type.kind &&
           (kind == PD_KIND_ARRAY || kind == PD_KIND_OPAQUE || kind == PD_KIND_XML);
}

static void
map_onto(const struct map *map, const struct pd_column *from, const struct present_column *to,
         struct pd_mapping *m)
{
    memset(m, 0, sizeof *m);
    m->flags = PD_MAPPING_PRESENT;
    /* A trigger may still give it a value. */
    if (to->not_null && !present_fires(map->sink))
        m->flags |= PD_MAPPING_NOT_NULL;
    m->native = to->spelled;
    m->as = to->type;
    if (takes_text(from, to)) {
        memset(&m->as, 0, sizeof m->as);
        m->as.struct_size = sizeof m->as;
        m->as.kind = PD_KIND_TEXT;
    }
    if (m->as.kind != from->type.kind) {
        m->rung = PD_RUNG_PROFILED;
        m->reason = "so is the column in the target";
    }
}

static pd_status
map_table(struct map *map, size_t table)
{
    const struct pd_table *t = pd_table_at(map->catalog, table);
    const struct present_table *there = &map->sink->ddl->present[table];
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < t->n_columns && status == PD_OK; i++) {
        const struct pd_column *column = pd_column_at(t, i);
        const struct present_column *to = present_find(there, column->name);
        struct pd_mapping *m = &map->mappings[map->first[table] + i];

        if (to) {
            map_onto(map, column, to, m);
        } else {
            memset(m, 0, sizeof *m);
            m->native = "";
            m->as = column->type;
        }
    }
    return status;
}

pd_status
present_map(struct map *map)
{
    struct pd_sink *sink = map->sink;
    size_t i, n = map->catalog->n_tables;
    pd_status status = PD_OK;

    if (!sink->ddl)
        sink->ddl = pd_pool_alloc(&sink->pool, sizeof *sink->ddl);
    if (sink->ddl)
        sink->ddl->present = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *sink->ddl->present);
    if (!sink->ddl || !sink->ddl->present)
        return pg_no_memory(sink->host, map->err);
    for (i = 0; i < n && status == PD_OK; i++) {
        status = read_table(map, i, &sink->ddl->present[i]);
        if (status == PD_OK)
            status = map_table(map, i);
    }
    return status;
}
