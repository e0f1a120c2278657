// SPDX-License-Identifier: Apache-2.0
/* relations - which tables there are, and the leaves of partitioned ones. */
#include "maker.h"
#include "objects_sql.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_BYTES = 8192 /* of nearly every server; only the order of tables follows from it */ };

enum column_of_relation {
    REL_OID,
    REL_SCHEMA,
    REL_NAME,
    REL_KIND,
    REL_IS_PARTITION,
    REL_PARENT,
    REL_FILENODE,
    REL_ROWS,
    REL_PAGES,
    REL_ATTRIBUTES,
    REL_COMMENT,
    REL_IS_READABLE
};

static const char relations_sql[] =
    "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition, i.inhparent, c.relfilenode,"
    " c.reltuples::pg_catalog.int8, c.relpages::pg_catalog.int8 + COALESCE(l.relpages, 0),"
    " c.relnatts, d.description, " MAKER_IS_READABLE
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid AND c.relispartition"
    " LEFT JOIN pg_catalog.pg_class l ON l.oid = c.reltoastrelid"
    " LEFT JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0"
    " AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    " WHERE c.relkind IN ('r', 'p', 'f') AND " MAKER_OF_USER " AND (" IS_DETACHED
    ") IS NOT TRUE ORDER BY n.nspname, c.relname";

/* To plan a statement the server evaluates what is constant in the expressions of the table's
   indexes and statistics: an immutable function runs with the rights of whoever reads. Superusers
   and the reader gain nothing by that. Anybody else may own a function there; and whoever owns the
   table can add an index at any moment, since the locks of readers do not keep him from it. */
static const char strangers_sql[] =
    "WITH trusted AS (" MAKER_TRUSTED ")"
    " SELECT c.oid, o.rolname, NULL FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_roles o ON o.oid = c.relowner"
    " WHERE c.relkind = 'r' AND c.relowner NOT IN (SELECT t.oid FROM trusted t) UNION ALL"
    " SELECT c.oid, f.rolname, pg_catalog.pg_describe_object(u.class, u.object, 0) FROM ("
    " SELECT i.indrelid, d.refclassid, d.refobjid FROM pg_catalog.pg_index i"
    " JOIN pg_catalog.pg_depend d ON d.objid = i.indexrelid"
    " AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    " UNION ALL"
    " SELECT s.stxrelid, d.refclassid, d.refobjid FROM pg_catalog.pg_statistic_ext s"
    " JOIN pg_catalog.pg_depend d ON d.objid = s.oid"
    " AND d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass"
    ") u(relation, class, object) JOIN pg_catalog.pg_class c ON c.oid = u.relation"
    " LEFT JOIN pg_catalog.pg_operator q ON q.oid = u.object"
    " AND u.class = 'pg_catalog.pg_operator'::pg_catalog.regclass"
    " LEFT JOIN pg_catalog.pg_type y ON y.oid = u.object"
    " AND u.class = 'pg_catalog.pg_type'::pg_catalog.regclass"
    " AND (y.typtype IN ('c', 'd', 'm', 'r') OR y.typelem <> 0)"
    " LEFT JOIN pg_catalog.pg_proc p ON p.oid = CASE u.class"
    " WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN u.object ELSE q.oprcode END"
    " JOIN pg_catalog.pg_roles f ON f.oid = COALESCE(p.proowner, y.typowner)"
    " WHERE u.object >= 16384 AND f.oid NOT IN (SELECT t.oid FROM trusted t)"
    " ORDER BY 1, 3 DESC NULLS FIRST";
enum column_of_stranger { STRANGER_OID, STRANGER_ROLE, STRANGER_WHY };

static uint32_t
read_attributes(struct maker *m, const PGresult *r, int row)
{
    int64_t n = maker_int(r, row, REL_ATTRIBUTES);

    return n ? (uint32_t)maker_count(m, r, row, REL_ATTRIBUTES, MAKER_MOST_COLUMNS) : 0;
}

static void
take_relation(struct maker *m, const PGresult *r, int row)
{
    struct relation *relation = maker_append(m, &m->scratch, &m->relations, m->n_relations,
                                             &m->relation_room, sizeof *relation);
    int64_t n_rows = maker_int(r, row, REL_ROWS), n_pages = maker_int(r, row, REL_PAGES);

    if (!relation)
        return;
    relation->oid = maker_oid(r, row, REL_OID);
    relation->parent = maker_oid(r, row, REL_PARENT);
    relation->table = PD_NO_TABLE;
    relation->filenode = maker_oid(r, row, REL_FILENODE);
    relation->n_attributes = read_attributes(m, r, row);
    relation->kind = maker_char(r, row, REL_KIND);
    relation->is_partition = maker_flag(r, row, REL_IS_PARTITION);
    relation->is_readable = maker_flag(r, row, REL_IS_READABLE);
    relation->schema = maker_text(m, r, row, REL_SCHEMA);
    relation->name = maker_text(m, r, row, REL_NAME);
    relation->comment = maker_comment(m, r, row, REL_COMMENT);
    relation->n_rows = n_rows > 0 ? (uint64_t)n_rows : 0;
    relation->n_bytes = n_pages > 0 ? (uint64_t)n_pages * PAGE_BYTES : 0;
    m->n_relations++;
}

static int
compare_oids(const void *a, const void *b)
{
    uint32_t x = (*(struct relation *const *)a)->oid, y = (*(struct relation *const *)b)->oid;

    return (x > y) - (x < y);
}

static void
sort_by_oid(struct maker *m)
{
    m->by_oid = maker_alloc(m, &m->scratch, (m->n_relations + 1) * sizeof *m->by_oid);
    if (!m->by_oid)
        return;
    for (size_t i = 0; i < m->n_relations; i++)
        m->by_oid[i] = &m->relations[i];
    qsort(m->by_oid, m->n_relations, sizeof *m->by_oid, compare_oids);
}

struct relation *
relations_find(const struct maker *m, uint32_t oid)
{
    struct relation key = {.oid = oid}, *at = &key;
    struct relation **found =
        bsearch(&at, m->by_oid, m->n_relations, sizeof *m->by_oid, compare_oids);

    return found ? *found : NULL;
}

uint32_t
relations_table(const struct maker *m, uint32_t oid)
{
    const struct relation *relation = relations_find(m, oid);

    return relation && !relation->is_partition ? relation->table : PD_NO_TABLE;
}

/* A function says more than that the table is somebody's, and comes after that. */
static void
take_stranger(struct maker *m, const PGresult *r, int row)
{
    struct relation *relation = relations_find(m, maker_oid(r, row, STRANGER_OID));

    if (!relation)
        return;
    if (maker_check(m, r, row, STRANGER_ROLE))
        relation->stranger = maker_word(m, PQgetvalue(r, row, STRANGER_ROLE));
    relation->why = maker_text(m, r, row, STRANGER_WHY);
}

/* A sink reviews what it wrote, where its own rows have been through all that there is. */
bool
relations_distrust(const struct maker *m)
{
    const struct pd_options *options = m->pg->end->options;
    const char *trust = options ? m->host->option(options, "trust-owners") : NULL;

    return m->pg->use == PG_READ && !(trust && strcmp(trust, "1") == 0);
}

/* ---- Tables ---- */

static bool
is_table(const struct relation *relation)
{
    return !relation->is_partition && relation->kind != 'f';
}

static void
begin_table(struct maker *m, struct relation *relation, uint32_t number)
{
    struct pd_table *table = &m->tables[number];
    struct table_work *work = &m->works[number];

    relation->table = number;
    m->pg_tables[number].kind = PG_TABLE_PLAIN;
    m->pg_tables[number].oid = relation->oid;
    work->oid = relation->oid;
    work->n_attributes = relation->n_attributes;
    work->numbers = maker_alloc(m, &m->scratch, (work->n_attributes + 1) * sizeof(int32_t));
    for (uint32_t i = 0; work->numbers && i <= work->n_attributes; i++)
        work->numbers[i] = -1;
    table->struct_size = sizeof *table;
    table->flags = PD_TABLE_NO_COLUMNS; /* until the first is read */
    table->schema = maker_schema(relation->schema);
    table->name = relation->name;
    table->column_size = sizeof(struct pd_column);
    table->key_size = sizeof(struct pd_key);
    table->check_size = sizeof(struct pd_check);
    table->foreign_size = sizeof(struct pd_foreign);
    table->comment = relation->comment;
}

/* One place more than there are, for the large objects. */
static void
begin_tables(struct maker *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_relations; i++)
        n += is_table(&m->relations[i]);
    m->tables = maker_alloc(m, m->pool, (n + 1) * sizeof *m->tables);
    m->pg_tables = maker_alloc(m, m->pool, (n + 1) * sizeof *m->pg_tables);
    m->works = maker_alloc(m, &m->scratch, (n + 1) * sizeof *m->works);
    if (m->status != PD_OK)
        return;
    for (size_t i = 0; i < m->n_relations; i++) {
        if (is_table(&m->relations[i]))
            begin_table(m, &m->relations[i], (uint32_t)m->n_tables++);
    }
}

/* ---- Leaves ---- */

/* The table that a partition belongs to, over all levels. */
static uint32_t
root_table(const struct maker *m, const struct relation *relation)
{
    for (int level = 0; relation && level < 10000; level++) {
        if (!relation->is_partition)
            return relation->table;
        relation = relations_find(m, relation->parent);
    }
    return PD_NO_TABLE;
}

static bool
has_rows(const struct relation *relation)
{
    return relation->kind == 'r' && relation->table != PD_NO_TABLE;
}

static void
set_unreadable(struct maker *m, uint32_t table)
{
    m->pg_tables[table].is_unreadable = true;
    m->tables[table].flags |= PD_TABLE_UNREADABLE;
}

static void
find_roots(struct maker *m)
{
    for (size_t i = 0; i < m->n_relations; i++) {
        struct relation *relation = &m->relations[i];

        if (relation->is_partition)
            relation->table = root_table(m, relation);
        if (relation->kind == 'f') {
            maker_note(m, "foreign table is not carried: neither its definition nor its rows",
                       "'%s.%s'", relation->schema, relation->name);
            maker_note_table(m, maker_schema(relation->schema), relation->name);
        }
        if (!relation->is_readable && relation->kind != 'f' && relation->table != PD_NO_TABLE)
            set_unreadable(m, relation->table);
        if (has_rows(relation)) {
            m->pg_tables[relation->table].n_leaves++;
            m->tables[relation->table].n_rows_estimate += relation->n_rows;
            m->tables[relation->table].n_bytes_estimate += relation->n_bytes;
        }
    }
}

static void
add_leaf(struct maker *m, const struct relation *relation, struct pg_leaf **places)
{
    struct pg_leaf *leaf = places[relation->table]++;

    leaf->oid = relation->oid;
    leaf->schema = relation->schema;
    leaf->name = relation->name;
    leaf->filenode = relation->filenode;
    leaf->stranger = relation->stranger;
    leaf->why = relation->why;
}

static void
fill_leaves(struct maker *m)
{
    struct pg_leaf **places = maker_alloc(m, &m->scratch, (m->n_tables + 1) * sizeof(void *));

    for (size_t i = 0; i < m->n_tables && m->status == PD_OK; i++) {
        places[i] = maker_alloc(m, m->pool, (m->pg_tables[i].n_leaves + 1) * sizeof **places);
        m->pg_tables[i].leaves = places[i];
    }
    for (size_t i = 0; i < m->n_relations && m->status == PD_OK; i++) {
        if (has_rows(&m->relations[i]))
            add_leaf(m, &m->relations[i], places);
    }
}

pd_status
relations_read(struct maker *m)
{
    pd_status status = maker_each(m, "relations", relations_sql, "itttbIiiiiTB", take_relation);

    if (status != PD_OK)
        return status;
    sort_by_oid(m);
    if (m->status == PD_OK)
        status = relations_distrust(m)
                     ? maker_each(m, "strangers", strangers_sql, "itT", take_stranger)
                     : PD_OK;
    if (status != PD_OK)
        return status;
    if (m->status == PD_OK)
        begin_tables(m);
    if (m->status == PD_OK)
        find_roots(m);
    if (m->status == PD_OK)
        fill_leaves(m);
    return m->status;
}
