// SPDX-License-Identifier: Apache-2.0
/* ddl_types - schemas, and the enums that columns need. */
#include <string.h>

#include "ddl.h"
#include "spell.h"

/* ---- Schemas ---- */

static pd_status
exists(struct pd_sink *sink, const char *sql, int n_params, const char *const *params,
       bool *ret_exists, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = pg_query(sink->pg, sql, n_params, params, "", &result, err);

    if (status != PD_OK)
        return status;
    *ret_exists = PQntuples(result) > 0;
    PQclear(result);
    return PD_OK;
}

/* Those that are there stay, and are not ours to drop. */
static pd_status
make_schema(struct pd_sink *sink, const char *schema, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    bool is_there = false;
    pd_status status =
        exists(sink, "SELECT FROM pg_namespace WHERE nspname = $1", 1, &schema, &is_there, err);

    if (status != PD_OK || is_there)
        return status;
    pd_sql_add(&sql, "CREATE SCHEMA ");
    sql_name(&sql, schema);
    status = pd_sql_text(&sql)
                 ? attempt_or_fail(sink, sink->pg, sql.text, err, "schema '%s'", schema)
                 : pg_no_memory(sink->host, err);
    pd_sql_free(&sql);
    return status == PD_OK ? marker_add(sink, "schema", NULL, schema, err) : status;
}

static pd_status
need_schema(struct pd_sink *sink, struct names *seen, const char *schema, struct pd_error *err)
{
    const char *name = schema ? schema : "public";
    pd_status status = names_take(seen, NULL, name);

    if (status == PD_FATAL)
        return pg_no_memory(sink->host, err);
    return status == PD_OK ? make_schema(sink, name, err) : PD_OK;
}

/* An enum may stand in a schema that has nothing else. */
static pd_status
need_enum_schema(struct pd_sink *sink, struct names *seen, const struct target_column *column,
                 struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    struct spelled spelled;
    const char *schema = NULL;
    bool is_type;

    if (!column->name || column->as.kind != PD_KIND_ENUM)
        return PD_OK;
    is_type = spell_type(column->native, &sql, &spelled);
    pd_sql_free(&sql);
    if (!is_type || spelled.is_array || !*spelled.schema)
        return PD_OK;
    schema = pd_pool_text(seen->pool, spelled.schema);
    return schema ? need_schema(sink, seen, schema, err) : pg_no_memory(sink->host, err);
}

pd_status
ddl_schemas(struct pd_sink *sink, struct pd_error *err)
{
    const struct pd_catalog *c = sink->catalog;
    struct pd_pool pool = {.host = sink->host};
    struct names seen = {.pool = &pool};
    size_t i, k;
    pd_status status = PD_OK;

    for (i = 0; i < c->n_tables && status == PD_OK; i++) {
        status = need_schema(sink, &seen, sink->tables[i].schema, err);
        for (k = 0; k < sink->tables[i].table->n_columns && status == PD_OK; k++)
            status = need_enum_schema(sink, &seen, &sink->tables[i].columns[k], err);
    }
    for (i = 0; i < c->n_sequences && status == PD_OK; i++)
        status = need_schema(sink, &seen, pd_sequence_at(c, i)->schema, err);
    pd_pool_close(&pool);
    return status;
}

/* ---- Enums ---- */

/* A domain over an enum, an enum that an object makes: then it is made there. */
static bool
object_makes(const struct pd_sink *sink, const struct spelled *spelled)
{
    const char *schema = strcmp(spelled->schema, "public") == 0 ? NULL : spelled->schema;
    size_t i;

    for (i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);

        if (!object->name || strcmp(object->name, spelled->name) != 0 ||
            strcmp(object->schema ? object->schema : "", schema ? schema : "") != 0)
            continue;
        if (strcmp(object->kind, "domain") == 0 || strcmp(object->kind, "enum type") == 0)
            return true;
    }
    return false;
}

static pd_status
write_enum(struct pd_sink *sink, const struct target_column *column, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    size_t i;
    pd_status status;

    pd_sql_printf(&sql, "CREATE TYPE %s AS ENUM (", column->native);
    for (i = 0; i < column->as.n_labels; i++) {
        pd_sql_add(&sql, i ? ", " : "");
        sql_literal(&sql, column->as.labels[i], strlen(column->as.labels[i]));
    }
    pd_sql_add(&sql, ")");
    status = pd_sql_text(&sql)
                 ? attempt_or_fail(sink, sink->pg, sql.text, err, "type %s", column->native)
                 : pg_no_memory(sink->host, err);
    pd_sql_free(&sql);
    return status;
}

/* Columns of one enum are spelled alike. */
static pd_status
make_enum(struct pd_sink *sink, struct names *made, const struct target_column *column,
          struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    struct spelled spelled;
    bool is_type = spell_type(column->native, &sql, &spelled);
    const char *schema, *name;
    pd_status status;

    pd_sql_free(&sql);
    if (!is_type || spelled.is_array)
        return PD_OK;
    schema = *spelled.schema ? pd_pool_text(made->pool, spelled.schema) : NULL;
    name = pd_pool_text(made->pool, spelled.name);
    if (!name || (*spelled.schema && !schema))
        return pg_no_memory(sink->host, err);
    status = names_take(made, schema, name);
    if (status != PD_OK || object_makes(sink, &spelled))
        return status == PD_FATAL ? pg_no_memory(sink->host, err) : PD_OK;
    status = write_enum(sink, column, err);
    return status == PD_OK ? marker_add(sink, "type", schema, name, err) : status;
}

pd_status
ddl_types(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_pool pool = {.host = sink->host};
    struct names made = {.pool = &pool};
    size_t i, k;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct target_table *t = &sink->tables[i];

        for (k = 0; k < t->table->n_columns && status == PD_OK; k++) {
            if (t->columns[k].name && t->columns[k].as.kind == PD_KIND_ENUM)
                status = make_enum(sink, &made, &t->columns[k], err);
        }
    }
    pd_pool_close(&pool);
    return status;
}
