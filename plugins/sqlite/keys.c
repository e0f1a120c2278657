// SPDX-License-Identifier: Apache-2.0
/* keys - the primary key, unique constraints and indexes of a table. */
#include <stdlib.h>
#include <string.h>

#include "catalog.h"

/* One index of a table as pragma_index_list tells it. */
struct index_info {
    const char *name;
    int unique;
    char origin; /* 'p' primary key, 'u' unique constraint, 'c' CREATE INDEX */
    const struct schema_row *row;
};

/* What all functions here work on. */
struct key_maker {
    struct catalog_maker *m;
    const struct schema_row *row;
    struct pd_table *table;
    bool is_table_itself; /* WITHOUT ROWID: the index of the primary key is the table */
    uint32_t first;       /* the batch column of the first declared column */
    bool names_taken[64]; /* constraints of the text that found their index */
};

static int
compare_row_name(const void *name, const void *row)
{
    return strcmp(name, (*(struct schema_row *const *)row)->name);
}

static const struct schema_row *
find_index_row(const struct catalog_maker *m, const char *name)
{
    struct schema_row **row =
        bsearch(name, m->by_name, m->n_by_name, sizeof *m->by_name, compare_row_name);

    return row ? *row : NULL;
}

static pd_status
read_indexes(struct key_maker *k, struct index_info **ret_infos, size_t *ret_n)
{
    sqlite3_stmt *stmt = sqlite_catalog_query(k->m, CATALOG_INDEXES, k->row->name);
    size_t room = 0;
    pd_status status = stmt ? PD_OK : PD_FAILED;

    *ret_infos = NULL;
    *ret_n = 0;
    while (status == PD_OK && (status = sqlite_catalog_step(k->m, stmt)) == PD_OK) {
        struct index_info *info =
            pd_pool_append(k->m->pool, ret_infos, *ret_n, &room, sizeof *info);
        const unsigned char *origin;

        if (!info)
            return sqlite_catalog_no_memory(k->m);
        ++*ret_n;
        info->name = sqlite_catalog_text(k->m, stmt, 0, &status);
        info->unique = sqlite3_column_int(stmt, 1);
        origin = sqlite3_column_text(stmt, 2);
        if (status != PD_OK || !info->name || !origin)
            return sqlite_catalog_no_memory(k->m);
        info->origin = (char)origin[0];
        info->row = find_index_row(k->m, info->name);
    }
    return status == PD_DONE ? PD_OK : status;
}

/* The number at the end of "sqlite_autoindex_T_12": the order of the constraints in the text. */
static long
auto_number(const char *name)
{
    const char *tail = strrchr(name, '_');

    return tail ? strtol(tail + 1, NULL, 10) : 0;
}

/* Primary key, unique constraints in the order of the text, indexes by name. */
static int
compare_indexes(const void *a_, const void *b_)
{
    const struct index_info *a = a_, *b = b_;
    int rank_a = a->origin == 'p' ? 0 : a->origin == 'u' ? 1 : 2;
    int rank_b = b->origin == 'p' ? 0 : b->origin == 'u' ? 1 : 2;

    if (rank_a != rank_b)
        return rank_a - rank_b;
    if (rank_a == 1)
        return auto_number(a->name) < auto_number(b->name) ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* NULL: an expression. */
static const struct pd_column *
part_column(const struct key_maker *k, const struct pd_key_part *part)
{
    return part->column >= 0 ? &k->table->columns[part->column] : NULL;
}

/* COLLATE of a part, when it is not that of its column. */
static void
set_part_collation(const struct key_maker *k, const char *name, struct pd_key_part *part,
                   struct pd_key *key)
{
    enum pd_collation collation = sqlite_catalog_collation(name);
    const struct pd_column *column = part_column(k, part);
    enum pd_collation own = column ? column->collation : PD_COLLATION_DEFAULT;

    if (own == PD_COLLATION_BINARY)
        own = PD_COLLATION_DEFAULT;
    if (collation == PD_COLLATION_BINARY && own == PD_COLLATION_DEFAULT)
        return;
    if (column && own == collation &&
        (own != PD_COLLATION_NATIVE || sqlite_same_name(name, column->collation_native)))
        return;
    part->collation = collation;
    if (collation == PD_COLLATION_NATIVE)
        key->flags |= PD_KEY_NATIVE_ONLY;
}

static pd_status
set_part_expression(struct key_maker *k, const struct index_info *info, size_t n,
                    struct pd_key_part *part, struct pd_key *key)
{
    const struct parse_statement *parsed = info->row ? info->row->parsed : NULL;
    pd_status status = PD_OK;

    part->column = -1;
    if (parsed && n < parsed->n_parts) {
        part->expression_native = sqlite_catalog_span(k->m, parsed->parts[n].expression);
        if (!part->expression_native)
            return sqlite_catalog_no_memory(k->m);
        status =
            sqlite_catalog_portable(k->m, k->table, part->expression_native, &part->expression);
    }
    if (!part->expression)
        key->flags |= PD_KEY_NATIVE_ONLY;
    return status;
}

static pd_status
read_parts(struct key_maker *k, const struct index_info *info, struct pd_key *key)
{
    sqlite3_stmt *stmt = sqlite_catalog_query(k->m, CATALOG_INDEX_PARTS, info->name);
    struct pd_key_part *parts = NULL;
    size_t room = 0;
    pd_status status = stmt ? PD_OK : PD_FAILED;

    while (status == PD_OK && (status = sqlite_catalog_step(k->m, stmt)) == PD_OK) {
        int column = sqlite3_column_int(stmt, 0);
        const char *collation = sqlite_catalog_text(k->m, stmt, 2, &status);
        struct pd_key_part *part =
            pd_pool_append(k->m->pool, &parts, key->n_parts, &room, sizeof *part);

        if (!part || status != PD_OK)
            return sqlite_catalog_no_memory(k->m);
        part->struct_size = sizeof *part;
        part->flags = sqlite3_column_int(stmt, 1) ? PD_PART_DESC : 0;
        if (column >= 0 && (size_t)column + k->first < k->table->n_columns)
            part->column = column + (int)k->first;
        else
            status = set_part_expression(k, info, key->n_parts, part, key);
        set_part_collation(k, collation ? collation : "BINARY", part, key);
        key->n_parts++;
    }
    key->parts = parts;
    key->part_size = sizeof *parts;
    return status == PD_DONE ? PD_OK : status;
}

static bool
same_columns(const struct key_maker *k, const struct parse_constraint *c, const struct pd_key *key)
{
    size_t i;

    if (c->n_parts != key->n_parts)
        return false;
    for (i = 0; i < c->n_parts; i++) {
        if (key->parts[i].column < 0 || !c->parts[i].column ||
            !sqlite_same_name(c->parts[i].column, k->table->columns[key->parts[i].column].name))
            return false;
    }
    return true;
}

/* The name that CONSTRAINT gave; pragmas do not know it. */
static const char *
constraint_name(struct key_maker *k, const struct pd_key *key)
{
    enum parse_constraint_kind kind = key->kind == PD_KEY_PRIMARY ? PARSE_PRIMARY : PARSE_UNIQUE;
    const struct parse_statement *parsed = k->row->parsed;
    size_t i;

    for (i = 0; parsed && i < parsed->n_constraints; i++) {
        const struct parse_constraint *c = &parsed->constraints[i];

        if (c->kind != kind || !same_columns(k, c, key))
            continue;
        if (i < 64 && k->names_taken[i])
            continue;
        if (i < 64)
            k->names_taken[i] = true;
        return c->name;
    }
    return NULL;
}

static pd_status
set_index_text(struct key_maker *k, const struct index_info *info, struct pd_key *key)
{
    const struct schema_row *row = info->row;
    pd_status status = PD_OK;

    key->name = info->name;
    if (!row || !row->sql)
        return PD_OK;
    key->native_sql = row->sql;
    key->native_order = row->order;
    if (!row->parsed || !parse_is_passive(row->parsed))
        key->flags |= PD_KEY_ACTIVE_SQL;
    if (!row->parsed) {
        key->flags |= PD_KEY_NATIVE_ONLY; /* a predicate may be there */
    } else if (row->parsed->predicate.size) {
        key->predicate_native = sqlite_catalog_span(k->m, row->parsed->predicate);
        if (!key->predicate_native)
            return sqlite_catalog_no_memory(k->m);
        status = sqlite_catalog_portable(k->m, k->table, key->predicate_native, &key->predicate);
        if (!key->predicate)
            key->flags |= PD_KEY_NATIVE_ONLY;
    }
    return status;
}

static pd_status
fill_key(struct key_maker *k, const struct index_info *info, struct pd_key *key)
{
    pd_status status;

    /* The primary key of such a table is the table: an index of that name has other rows. */
    if (info->origin == 'p' && k->is_table_itself && info->row)
        return k->m->host->fail(k->m->err, PD_FATAL, PD_CAUSE_CORRUPT,
                                "the definition of table '%s' in sqlite_schema is not that of its "
                                "pages; see PRAGMA integrity_check",
                                k->row->name);
    key->struct_size = sizeof *key;
    key->kind = info->origin == 'p' ? PD_KEY_PRIMARY : info->unique ? PD_KEY_UNIQUE : PD_KEY_INDEX;
    status = read_parts(k, info, key);
    if (status != PD_OK)
        return status;
    if (info->origin == 'c')
        return set_index_text(k, info, key);
    key->flags |= PD_KEY_CONSTRAINT;
    key->name = constraint_name(k, key);
    return PD_OK;
}

/* A primary key that is the rowid has no index. */
static pd_status
fill_rowid_key(struct key_maker *k, uint32_t column, struct pd_key *key)
{
    struct pd_key_part *part = pd_pool_alloc(k->m->pool, sizeof *part);

    if (!part)
        return sqlite_catalog_no_memory(k->m);
    part->struct_size = sizeof *part;
    part->column = (int32_t)column;
    key->struct_size = sizeof *key;
    key->kind = PD_KEY_PRIMARY;
    key->flags = PD_KEY_CONSTRAINT;
    key->parts = part;
    key->n_parts = 1;
    key->part_size = sizeof *part;
    key->name = constraint_name(k, key);
    return PD_OK;
}

/* SQLite admits NULL in keys of ordinary tables, unless the column forbids it. */
static void
set_nulls_admitted(const struct key_maker *k, const struct table_plan *plan, struct pd_key *key)
{
    size_t i;

    if (plan->without_rowid)
        return;
    for (i = 0; i < key->n_parts; i++) {
        const struct pd_column *column = part_column(k, &key->parts[i]);

        if (column && !(column->flags & PD_COLUMN_NOT_NULL) && !column->identity)
            key->flags |= PD_KEY_NULLS_ADMITTED;
    }
}

/* Is the order of a scan that of the primary key's canonical encoding? */
static bool
scan_is_key_order(const struct key_maker *k, const struct table_plan *plan,
                  const struct pd_key *key)
{
    size_t i;

    if (key->kind != PD_KEY_PRIMARY)
        return false;
    for (i = 0; i < key->n_parts; i++) {
        const struct pd_key_part *part = &key->parts[i];
        const struct pd_column *column = part_column(k, part);

        if (!column || part->flags & PD_PART_DESC || part->collation > PD_COLLATION_BINARY ||
            column->collation > PD_COLLATION_BINARY)
            return false;
        /* UTF-16 text is ordered by its own units. */
        if (k->m->result->utf16 && column->type.kind != PD_KIND_INT64)
            return false;
    }
    return plan->without_rowid || part_column(k, &key->parts[0])->identity;
}

/* Rows of a table without rowid lie in the order of its key: ranges of a leading integer. */
static pd_status
fill_axis(const struct key_maker *k, struct table_plan *plan, const struct pd_key *key)
{
    const struct pd_key_part *part = &key->parts[0];
    const struct pd_column *column = part_column(k, part);

    if (!plan->without_rowid || key->kind != PD_KEY_PRIMARY || !column ||
        part->flags & PD_PART_DESC || column->type.kind != PD_KIND_INT64)
        return PD_OK;
    plan->axis = sqlite_catalog_quoted(k->m, column->name);
    return plan->axis ? PD_OK : sqlite_catalog_no_memory(k->m);
}

static bool
has_rowid_key(const struct pd_table *table, const struct table_plan *plan)
{
    return plan->rowid_column != PD_NO_COLUMN &&
           table->columns[plan->rowid_column].identity != PD_IDENTITY_NO;
}

pd_status
sqlite_catalog_read_keys(struct catalog_maker *m, const struct schema_row *row,
                         struct pd_table *table, struct table_plan *plan)
{
    struct key_maker k = {
        .m = m, .row = row, .table = table, .is_table_itself = plan->without_rowid};
    struct index_info *infos;
    struct pd_key *keys;
    size_t n, i, alias = has_rowid_key(table, plan);
    pd_status status = read_indexes(&k, &infos, &n);

    if (status != PD_OK || n + alias == 0)
        return status;
    k.first = table->columns[0].flags & PD_COLUMN_PASSENGER ? 1 : 0;
    keys = pd_pool_alloc(m->pool, (n + alias) * sizeof *keys);
    if (!keys)
        return sqlite_catalog_no_memory(m);
    if (n)
        qsort(infos, n, sizeof *infos, compare_indexes);
    if (alias)
        status = fill_rowid_key(&k, plan->rowid_column, &keys[0]);
    for (i = 0; i < n && status == PD_OK; i++)
        status = fill_key(&k, &infos[i], &keys[i + alias]);
    if (status != PD_OK)
        return status;
    table->keys = keys;
    table->n_keys = n + alias;
    table->key_size = sizeof *keys;
    if (keys[0].kind == PD_KEY_PRIMARY)
        set_nulls_admitted(&k, plan, &keys[0]);
    if (scan_is_key_order(&k, plan, &keys[0]))
        table->flags |= PD_TABLE_KEY_ORDER;
    return fill_axis(&k, plan, &keys[0]);
}
