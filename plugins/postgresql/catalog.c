// SPDX-License-Identifier: Apache-2.0
/* catalog - the server's catalogue as polydump's, with what the reader needs beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maker.h"
#include "objects.h"

enum { VERSION_18 = 180000 };

static const char lockable_sql[] =
    "SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname)"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND " MAKER_IS_READABLE " AND " MAKER_OF_USER
    " ORDER BY n.nspname, c.relname";

/* Row types tell which columns this version's catalogue has. */
static const char facts_sql[] =
    "SELECT pg_catalog.pg_encoding_to_char(d.encoding) = 'UTF8' AND"
    " CASE COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') WHEN 'b' THEN true"
    " WHEN 'c' THEN d.datcollate IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8', 'C.UTF8') ELSE false END,"
    " pg_catalog.scale('0'::pg_catalog.money::pg_catalog.numeric)"
    " FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()";

/* What an extension registered for its users' rows, and members that have rows without being
   registered: nobody but the database's owner knows whether the extension's script fills them. */
static const char configuration_sql[] =
    "SELECT e.extname, n.nspname, c.relname FROM pg_catalog.pg_extension e"
    " JOIN pg_catalog.pg_depend d ON d.refobjid = e.oid AND d.deptype = 'e'"
    " AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass"
    " AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    " JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p')"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.oid = ANY (e.extconfig)"
    " OR c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) > 0 ORDER BY 2, 3";

/* Those that were to be detached themselves. */
static const char detached_sql[] =
    "SELECT n.nspname, c.relname, p.relname, o.nspname FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid"
    " JOIN pg_catalog.pg_class p ON p.oid = i.inhparent"
    " JOIN pg_catalog.pg_namespace o ON o.oid = p.relnamespace"
    " WHERE c.relispartition AND pg_catalog.pg_partition_root(c.oid) = c.oid AND " MAKER_OF_USER
    " ORDER BY 1, 2";

static const char not_null_sql[] =
    "SELECT n.nspname, c.relname, a.attname FROM pg_catalog.pg_constraint k"
    " JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]"
    " WHERE k.contype = 'n' AND NOT k.convalidated AND " MAKER_OF_TABLE " AND " MAKER_OF_USER
    " ORDER BY 1, 2, 3";

static const char has_large_objects_sql[] =
    "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_largeobject_metadata)";

pd_status
catalog_relations(struct pg *pg, PGresult **ret_result, struct pd_error *err)
{
    return pg_query(pg, lockable_sql, 0, NULL, "it", ret_result, err);
}

/* ---- The database as a whole ---- */

static void
take_facts(struct maker *m, const PGresult *r, int row)
{
    m->bytewise = maker_flag(r, row, 0);
    m->money_scale = (int32_t)maker_int(r, row, 1);
}

/* Which the last note is about. */
static void
take_table(struct maker *m, const PGresult *r, int row, int schema, int name)
{
    const char *kept = maker_text(m, r, row, schema);

    maker_note_table(m, kept ? maker_schema(kept) : NULL, maker_text(m, r, row, name));
}

static void
take_configuration(struct maker *m, const PGresult *r, int row)
{
    maker_note(m, "rows of an extension's table are not carried", "'%s.%s' of extension '%s'",
               PQgetvalue(r, row, 1), PQgetvalue(r, row, 2), PQgetvalue(r, row, 0));
    take_table(m, r, row, 1, 2);
}

static void
take_detached(struct maker *m, const PGresult *r, int row)
{
    maker_note(m, "partition is not carried",
               "'%s.%s' of table '%s': DETACH PARTITION was not finished, so its rows are none of "
               "the table's; ALTER TABLE ... DETACH PARTITION ... FINALIZE makes it a table of its "
               "own",
               PQgetvalue(r, row, 0), PQgetvalue(r, row, 1), PQgetvalue(r, row, 2));
    take_table(m, r, row, 3, 2);
}

/* From 18 on; the column then counts as one that admits NULL. */
static void
take_not_null(struct maker *m, const PGresult *r, int row)
{
    maker_note(m, "not null that is not validated is not carried", "column '%s' of '%s.%s'",
               PQgetvalue(r, row, 2), PQgetvalue(r, row, 0), PQgetvalue(r, row, 1));
    take_table(m, r, row, 0, 1);
}

static const char *
version_text(struct maker *m)
{
    char text[32];
    const char *copy;
    int version = m->pg->version;

    snprintf(text, sizeof text, "%d.%d", version / 10000, version % 10000);
    copy = pd_pool_text(m->pool, text);
    if (!copy && m->status == PD_OK)
        m->status = pg_no_memory(m->host, m->err);
    return copy;
}

/* ---- Large objects, as a table of their own ---- */

static void
set_lo_column(struct pd_column *column, struct pg_column *reader, const char *name, int kind,
              const char *native)
{
    column->struct_size = sizeof *column;
    column->flags = PD_COLUMN_NOT_NULL;
    column->name = reader->name = name;
    column->native = native;
    column->type.struct_size = sizeof column->type;
    column->type.kind = (uint16_t)kind;
    column->hint.struct_size = sizeof column->hint;
    column->counter.struct_size = sizeof column->counter;
    reader->is_stored = true;
}

static void
set_lo_key(struct pd_key *key, struct pd_key_part *parts)
{
    for (int32_t i = 0; i < 2; i++) {
        parts[i].struct_size = sizeof parts[i];
        parts[i].column = i;
    }
    key->struct_size = sizeof *key;
    key->kind = PD_KEY_PRIMARY;
    key->flags = PD_KEY_CONSTRAINT;
    key->name = PG_LO_TABLE "_pkey";
    key->parts = parts;
    key->n_parts = 2;
    key->part_size = sizeof *parts;
}

static void
fill_large_objects(struct maker *m, struct pd_table *table, struct pg_table *pg_table)
{
    struct pd_column *columns = maker_alloc(m, m->pool, 3 * sizeof *columns);
    struct pg_column *readers = maker_alloc(m, m->pool, 3 * sizeof *readers);
    struct pd_key *key = maker_alloc(m, m->pool, sizeof *key);
    struct pd_key_part *parts = maker_alloc(m, m->pool, 2 * sizeof *parts);

    if (m->status != PD_OK)
        return;
    set_lo_column(&columns[0], &readers[0], "loid", PD_KIND_OID, "oid");
    set_lo_column(&columns[1], &readers[1], "page", PD_KIND_INT32, "integer");
    set_lo_column(&columns[2], &readers[2], "data", PD_KIND_BINARY, "bytea");
    readers[0].form = PG_FORM_OID;
    readers[1].form = PG_FORM_INT4;
    readers[2].form = PG_FORM_BYTEA;
    set_lo_key(key, parts);
    pg_table->kind = PG_TABLE_LARGE_OBJECTS;
    pg_table->columns = readers;
    table->struct_size = sizeof *table;
    table->flags = PD_TABLE_KEY_ORDER;
    table->name = PG_LO_TABLE;
    table->columns = columns;
    table->n_columns = 3;
    table->column_size = sizeof *columns;
    table->keys = key;
    table->n_keys = 1;
    table->key_size = sizeof *key;
    table->check_size = sizeof(struct pd_check);
    table->foreign_size = sizeof(struct pd_foreign);
}

static pd_status
add_large_objects(struct maker *m)
{
    const char *answer = NULL;
    pd_status status =
        pg_value(m->pg, &m->scratch, has_large_objects_sql, 0, NULL, &answer, m->err);

    if (status != PD_OK || *answer != 't')
        return status;
    for (size_t i = 0; i < m->n_tables; i++) {
        if (!m->tables[i].schema && strcmp(m->tables[i].name, PG_LO_TABLE) == 0)
            return m->host->fail(m->err, PD_FAILED, PD_CAUSE_CONFLICT,
                                 "the database has large objects and a table '%s', which is how "
                                 "they are carried; rename the table",
                                 PG_LO_TABLE);
    }
    fill_large_objects(m, &m->tables[m->n_tables], &m->pg_tables[m->n_tables]);
    m->n_tables++;
    return m->status;
}

/* ---- All of it ---- */

/* How many digits money has is what the database says, not the session. */
static pd_status
read_facts(struct maker *m)
{
    pd_status status = pg_run(m->pg, "RESET lc_monetary", m->err);

    if (status == PD_OK)
        status = maker_each(m, "facts", facts_sql, "1bi", take_facts);
    return status == PD_OK ? pg_run(m->pg, "SET lc_monetary = 'C'", m->err) : status;
}

static pd_status
read_all(struct maker *m)
{
    static pd_status (*const steps[])(struct maker * m) = {
        relations_read, labels_read, columns_read,   keys_read,         checks_read,
        foreign_read,   order_read,  sequences_read, add_large_objects,
    };
    pd_status status = read_facts(m);

    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == PD_OK; i++)
        status = steps[i](m);
    if (status == PD_OK && m->pg->version >= VERSION_18)
        status = maker_each(m, "not_null", not_null_sql, "ttt", take_not_null);
    if (status == PD_OK)
        status = maker_each(m, "detached", detached_sql, "tttt", take_detached);
    return status == PD_OK
               ? maker_each(m, "configuration", configuration_sql, "ttt", take_configuration)
               : status;
}

static pd_status
hand_over(struct maker *m)
{
    struct pd_catalog *catalog = &m->result->catalog;
    struct pd_property *properties =
        maker_alloc(m, m->pool, (m->n_properties + 1) * sizeof *properties);

    catalog->struct_size = sizeof *catalog;
    catalog->engine = "postgresql";
    catalog->engine_version = version_text(m);
    if (m->status != PD_OK)
        return m->status;
    if (m->n_properties)
        memcpy(properties, m->properties, m->n_properties * sizeof *properties);
    catalog->properties = properties;
    if (m->pg->sql_ascii) /* there is a place more than there are */
        properties[m->n_properties++] = (struct pd_property){
            .struct_size = sizeof *properties, .name = PG_ENCODING, .value = "SQL_ASCII"};
    catalog->n_properties = m->n_properties;
    catalog->property_size = sizeof *properties;
    catalog->tables = m->tables;
    catalog->n_tables = m->n_tables;
    catalog->table_size = sizeof *m->tables;
    catalog->sequence_size = sizeof(struct pd_sequence);
    catalog->object_size = sizeof(struct pd_object);
    m->result->tables = m->pg_tables;
    return PD_OK;
}

static pd_status
make(struct pg *pg, struct pg_catalog *catalog, struct pd_error *err)
{
    struct maker m = {
        .pg = pg,
        .host = pg->host,
        .err = err,
        .result = catalog,
        .pool = &catalog->pool,
        .scratch = {.host = pg->host},
    };
    pd_status status = read_all(&m);

    if (status == PD_OK)
        status = hand_over(&m);
    pd_pool_close(&m.scratch);
    return status;
}

/* Whoever finds that he may not read what he may had better know who he is. */
static void
tell_role(const struct pg *pg, const struct pd_catalog *catalog)
{
    size_t n = 0;

    for (size_t i = 0; i < catalog->n_tables; i++)
        n += (catalog->tables[i].flags & PD_TABLE_UNREADABLE) != 0;
    for (size_t i = 0; i < catalog->n_sequences; i++)
        n += (catalog->sequences[i].flags & PD_SEQUENCE_UNREADABLE) != 0;
    if (n && *pg->role)
        pg->host->log(pg->host, PD_LOG_WARNING,
                      "the session works as role '%s', as ALTER ROLE or ALTER DATABASE has it, and "
                      "not as the one that logged in; it may not read all tables and sequences",
                      pg->role);
}

pd_status
catalog_read(struct pg *pg, bool objects, const char *snapshot, struct pg_catalog **ret_catalog,
             struct pd_error *err)
{
    struct pg_catalog *catalog = pg->host->alloc(pg->host, sizeof *catalog);
    pd_status status;

    if (!catalog)
        return pg_no_memory(pg->host, err);
    memset(catalog, 0, sizeof *catalog);
    catalog->pool.host = pg->host;
    status = make(pg, catalog, err);
    if (status == PD_OK)
        tell_role(pg, &catalog->catalog);
    if (status == PD_OK && objects)
        status = objects_read(pg, catalog, snapshot, err);
    if (status != PD_OK) {
        catalog_free(catalog);
        return status;
    }
    *ret_catalog = catalog;
    return PD_OK;
}

void
catalog_free(struct pg_catalog *catalog)
{
    const struct pd_host *host;

    if (!catalog)
        return;
    host = catalog->pool.host;
    pd_pool_close(&catalog->pool);
    host->release(host, catalog);
}
