// SPDX-License-Identifier: Apache-2.0
/* records - prints what the postgresql plugin finds in a database, as JSON lines: objects, notes,
   and of tables what a restore makes after their rows. For native.py. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/error.h"
#include "catalog.h"
#include "plugin/host.h"

static int n_lost; /* lines for which memory was short */

static void
print(json_t *line)
{
    if (!line || json_dumpf(line, stdout, JSON_COMPACT))
        n_lost++;
    putchar('\n');
    json_decref(line);
}

static void
print_table(const struct pd_catalog *c, size_t number)
{
    const struct pd_table *t = PD_AT(struct pd_table, c->tables, c->table_size, number);
    size_t i;

    print(json_pack("{ss sb ss* ss ss* sb}", "is", "table", "active",
                    (t->flags & PD_TABLE_ACTIVE_SQL) != 0, "schema", t->schema, "name", t->name,
                    "sql", t->native_sql, "large", strcmp(t->name, PG_LO_TABLE) == 0));
    for (i = 0; i < t->n_keys; i++) {
        const struct pd_key *k = PD_AT(struct pd_key, t->keys, t->key_size, i);

        print(json_pack("{ss ss* ss ss* ss*}", "is", "key", "schema", t->schema, "table", t->name,
                        "name", k->name, "sql", k->native_sql));
    }
    for (i = 0; i < t->n_checks; i++) {
        const struct pd_check *k = PD_AT(struct pd_check, t->checks, t->check_size, i);

        print(json_pack("{ss ss* ss ss* ss*}", "is", "check", "schema", t->schema, "table", t->name,
                        "name", k->name, "sql", k->expression_native));
    }
}

static void
print_catalog(const struct pd_catalog *c)
{
    size_t i;

    for (i = 0; i < c->n_tables; i++)
        print_table(c, i);
    for (i = 0; i < c->n_objects; i++) {
        const struct pd_object *o = PD_AT(struct pd_object, c->objects, c->object_size, i);

        print(json_pack("{ss ss ss* ss ss* ss sb sb sb si si}", "is", "object", "kind", o->kind,
                        "schema", o->schema, "name", o->name, "table", o->table, "sql", o->sql,
                        "before", (o->flags & PD_OBJECT_BEFORE_ROWS) != 0, "passive",
                        (o->flags & PD_OBJECT_PASSIVE) != 0, "access",
                        (o->flags & PD_OBJECT_ACCESS) != 0, "order", (int)o->native_order, "tables",
                        (int)o->n_needs_tables));
    }
    for (i = 0; i < c->n_properties; i++) {
        const struct pd_property *p = PD_AT(struct pd_property, c->properties, c->property_size, i);

        print(json_pack("{ss sb ss ss}", "is", "property", "note", p->is_note != 0, "name", p->name,
                        "value", p->value));
    }
}

static pd_status
read_all(struct pg *pg, int with_dump, struct pg_catalog **ret_catalog, struct pd_error *err)
{
    struct pd_pool pool = {.host = pg->host};
    const char *snapshot = NULL;
    pd_status status = pg_run(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);

    if (status == PD_OK)
        status =
            pg_value(pg, &pool, "SELECT pg_catalog.pg_export_snapshot()", 0, NULL, &snapshot, err);
    if (status == PD_OK)
        status = catalog_read(pg, true, with_dump ? snapshot : NULL, ret_catalog, err);
    pd_pool_close(&pool);
    return status;
}

int
main(int argc, char **argv)
{
    struct pd_endpoint end = {.struct_size = sizeof end, .scheme = "postgresql"};
    struct pg_catalog *catalog = NULL;
    struct pd_error err = {0};
    struct pg *pg = NULL;
    pd_status status;

    if (argc != 3)
        return 2;
    end.url = end.location = argv[1];
    status = pg_open(host_get(), &end, PG_READ, NULL, &pg, &err);
    if (status == PD_OK)
        status = read_all(pg, strcmp(argv[2], "pg_dump") == 0, &catalog, &err);
    if (status == PD_OK)
        print_catalog(&catalog->catalog);
    else
        fprintf(stderr, "%s\n", err.text);
    catalog_free(catalog);
    pg_close(pg);
    if (host_allocated())
        fprintf(stderr, "%zu bytes were not given back\n", host_allocated());
    return status == PD_OK && !host_allocated() && !n_lost ? 0 : 1;
}
