// SPDX-License-Identifier: Apache-2.0
/* columns - the columns of a table, from pragmas and from its CREATE text. */
#include <string.h>

#include <polydump/schema.h>

#include "catalog.h"

/* What pragma_table_xinfo tells of a column. */
struct column_info {
    const char *name;
    const char *type;
    const char *default_text;
    int not_null;
    int key; /* place in the primary key, from 1 */
    int hidden;
};

enum { HIDDEN_VIRTUAL = 2, HIDDEN_STORED = 3 };

static pd_status
read_infos(struct catalog_maker *m, const char *table, struct column_info **ret_infos,
           size_t *ret_n)
{
    sqlite3_stmt *stmt = sqlite_catalog_query(m, CATALOG_COLUMNS, table);
    size_t room = 0;
    pd_status status = stmt ? PD_OK : PD_FAILED;

    *ret_infos = NULL;
    *ret_n = 0;
    while (status == PD_OK && (status = sqlite_catalog_step(m, stmt)) == PD_OK) {
        struct column_info *info = pd_pool_append(m->pool, ret_infos, *ret_n, &room, sizeof *info);

        if (!info)
            return sqlite_catalog_no_memory(m);
        ++*ret_n;
        info->name = sqlite_catalog_text(m, stmt, 0, &status);
        info->type = sqlite_catalog_text(m, stmt, 1, &status);
        info->not_null = sqlite3_column_int(stmt, 2);
        info->default_text = sqlite_catalog_text(m, stmt, 3, &status);
        info->key = sqlite3_column_int(stmt, 4);
        info->hidden = sqlite3_column_int(stmt, 5);
        if (status == PD_OK && (!info->name || !info->type))
            status = sqlite_catalog_no_memory(m);
    }
    return status == PD_DONE ? PD_OK : status;
}

/* Does the text tell the same columns as SQLite? If not, what else it tells is not believed. */
static bool
text_agrees(const struct parse_statement *parsed, const struct column_info *infos, size_t n)
{
    size_t i;

    if (parsed->n_columns != n)
        return false;
    for (i = 0; i < n; i++) {
        if (strcmp(parsed->columns[i].name, infos[i].name) != 0)
            return false;
    }
    return true;
}

/* A table whose only key column is called INTEGER and has no index for its key: that is the
   rowid. */
static pd_status
find_alias(struct catalog_maker *m, const char *table, const struct column_info *infos, size_t n,
           size_t *ret_alias)
{
    sqlite3_stmt *stmt;
    size_t i, n_keys = 0, alias = n;
    pd_status status = PD_OK;

    *ret_alias = n;
    for (i = 0; i < n; i++) {
        n_keys += infos[i].key > 0;
        if (infos[i].key == 1 && sqlite_same_name(infos[i].type, "INTEGER"))
            alias = i;
    }
    if (n_keys != 1 || alias == n)
        return PD_OK;
    stmt = sqlite_catalog_query(m, CATALOG_INDEXES, table);
    if (!stmt)
        return PD_FAILED;
    while ((status = sqlite_catalog_step(m, stmt)) == PD_OK) {
        const char *origin = sqlite_catalog_text(m, stmt, 2, &status);

        if (status != PD_OK || !origin)
            return sqlite_catalog_no_memory(m);
        if (strcmp(origin, "pk") == 0)
            return PD_OK;
    }
    if (status == PD_DONE)
        *ret_alias = alias;
    return status == PD_DONE ? PD_OK : status;
}

static const char *
free_rowid_name(const struct column_info *infos, size_t n)
{
    static const char *const names[] = {"rowid", "_rowid_", "oid"};
    size_t i, k;

    for (k = 0; k < sizeof names / sizeof *names; k++) {
        for (i = 0; i < n && !sqlite_same_name(infos[i].name, names[k]); i++)
            ;
        if (i == n)
            return names[k];
    }
    return NULL;
}

const char *
sqlite_catalog_quoted(struct catalog_maker *m, const char *name)
{
    char *quoted = sqlite3_mprintf("\"%w\"", name);
    const char *copy = quoted ? pd_pool_text(m->pool, quoted) : NULL;

    sqlite3_free(quoted);
    return copy;
}

static pd_status
plan_rowid(struct catalog_maker *m, const struct schema_row *row, const struct column_info *infos,
           size_t n, size_t alias, struct table_plan *plan, const char **ret_passenger)
{
    *ret_passenger = NULL;
    plan->rowid_column = PD_NO_COLUMN;
    if (plan->without_rowid)
        return PD_OK;
    if (alias < n) {
        plan->rowid_column = (uint32_t)alias;
        plan->rowid = plan->axis = sqlite_catalog_quoted(m, infos[alias].name);
        return plan->rowid ? PD_OK : sqlite_catalog_no_memory(m);
    }
    plan->rowid = free_rowid_name(infos, n);
    /* A statement may have no more columns than a table. */
    plan->axis = plan->rowid;
    /* Where all its names are taken nobody can speak of the rowid: nothing is lost. */
    if (!plan->rowid)
        return PD_OK;
    if ((int)n >= sqlite3_limit(m->db, SQLITE_LIMIT_COLUMN, -1)) {
        pd_status status = sqlite_catalog_add_property(m, true, "rowid not carried", row->name);

        if (status == PD_OK)
            m->properties[m->n_properties - 1].table = m->properties[m->n_properties - 1].value;
        return status;
    }
    *ret_passenger = plan->rowid;
    plan->rowid_column = 0;
    return PD_OK;
}

/* WITHOUT ROWID is told by the text, and when that is not understood by trying. */
static bool
is_without_rowid(struct catalog_maker *m, const struct schema_row *row,
                 const struct column_info *infos, size_t n)
{
    const char *rowid = free_rowid_name(infos, n);
    sqlite3_stmt *stmt = NULL;
    char *sql;
    int rc;

    if (row->parsed || !rowid)
        return row->parsed && row->parsed->without_rowid;
    sql = sqlite3_mprintf("SELECT %s FROM main.\"%w\"", rowid, row->name);
    rc = sqlite3_prepare_v2(m->db, sql ? sql : "", -1, &stmt, NULL);
    sqlite3_free(sql);
    sqlite3_finalize(stmt);
    return rc != SQLITE_OK;
}

static void
set_passenger(struct pd_column *column, const char *name)
{
    column->struct_size = sizeof *column;
    column->flags = PD_COLUMN_PASSENGER | PD_COLUMN_HIDDEN;
    column->name = name;
    column->native = "";
    column->type.struct_size = sizeof column->type;
    column->type.kind = PD_KIND_INT64;
    column->hint.struct_size = sizeof column->hint;
    column->counter.struct_size = sizeof column->counter;
}

static pd_status
set_metadata(struct catalog_maker *m, const struct pd_table *table,
             const struct parse_column *parsed, bool is_alias, struct pd_column *column)
{
    const char *collation = NULL;
    int auto_increment = 0;
    int rc = sqlite3_table_column_metadata(m->db, "main", table->name, column->name, NULL,
                                           &collation, NULL, NULL, &auto_increment);

    if (rc != SQLITE_OK)
        return sqlite_fail(m->host, m->db, rc, m->err, "cannot read column '%s' of table '%s'",
                           column->name, table->name);
    column->collation = sqlite_catalog_collation(collation ? collation : "BINARY");
    if (column->collation == PD_COLLATION_BINARY && (!parsed || !parsed->collation))
        column->collation = PD_COLLATION_DEFAULT;
    if (column->collation == PD_COLLATION_NATIVE) {
        column->collation_native = pd_pool_text(m->pool, collation);
        if (!column->collation_native)
            return sqlite_catalog_no_memory(m);
    }
    if (is_alias)
        column->identity = auto_increment ? PD_IDENTITY_DEFAULT : PD_IDENTITY_ROWID;
    if (is_alias && auto_increment) {
        column->counter.flags = PD_COUNTER_UNUSED;
        column->counter.next = 1;
        column->counter.increment = 1;
    }
    return PD_OK;
}

static pd_status
set_generated(struct catalog_maker *m, const struct pd_table *table,
              const struct parse_column *parsed, int hidden, struct pd_column *column)
{
    if (hidden != HIDDEN_VIRTUAL && hidden != HIDDEN_STORED)
        return PD_OK;
    column->generated = hidden == HIDDEN_STORED ? PD_GENERATED_STORED : PD_GENERATED_VIRTUAL;
    if (!parsed || !parsed->expression.size)
        return PD_OK;
    column->expression_native = sqlite_catalog_span(m, parsed->expression);
    if (!column->expression_native)
        return sqlite_catalog_no_memory(m);
    return sqlite_catalog_portable(m, table, column->expression_native, &column->expression);
}

/* What is computed is not rounded here, whatever was declared. */
static void
admit_fractions(const struct pd_table *table, bool strict, struct pd_column *column)
{
    if (strict || pd_generated_is_whole(table, column))
        return;
    if (column->type.kind == PD_KIND_INT64)
        column->type.kind = PD_KIND_NUMBER;
    if (column->hint.kind == PD_KIND_DECIMAL)
        column->hint = (struct pd_type){.struct_size = sizeof column->hint};
}

static pd_status
set_column(struct catalog_maker *m, const struct pd_table *table, const struct column_info *info,
           const struct parse_column *parsed, bool strict, bool is_alias, struct pd_column *column)
{
    struct sql_span none = {NULL, 0};
    struct sql_span term = parsed ? parsed->default_term : none;
    const char *text = term.size ? sqlite_catalog_span(m, term) : info->default_text;
    pd_status status;

    column->struct_size = sizeof *column;
    column->name = info->name;
    column->flags = info->not_null ? PD_COLUMN_NOT_NULL : 0;
    column->counter.struct_size = sizeof column->counter;
    column->native = parsed ? sqlite_catalog_span(m, parsed->type) : info->type;
    if (!column->native || (term.size && !text))
        return sqlite_catalog_no_memory(m);
    sqlite_declared_type(info->type, strict, &column->type, &column->hint);
    status = set_metadata(m, table, parsed, is_alias, column);
    if (status == PD_OK && text && info->default_text)
        status = sqlite_catalog_read_default(m, table, text, column);
    return status;
}

/* STRICT cannot be asked of anything but the text and pragma_table_list, which would compile
   views; the word ANY is all that depends on it. */
static bool
is_strict(const struct schema_row *row)
{
    return row->parsed && row->parsed->strict;
}

static pd_status
fill_columns(struct catalog_maker *m, const struct schema_row *row, struct pd_table *table,
             const struct column_info *infos, size_t n, size_t alias, struct pd_column *columns)
{
    const struct parse_column *texts = row->parsed ? row->parsed->columns : NULL;
    size_t i, first = table->n_columns - n;
    pd_status status = PD_OK;

    /* Expressions name columns of the whole table: all have their names first. */
    for (i = 0; i < n; i++)
        columns[first + i].name = infos[i].name;
    for (i = 0; i < n && status == PD_OK; i++)
        status = set_column(m, table, &infos[i], texts ? &texts[i] : NULL, is_strict(row),
                            i == alias, &columns[first + i]);
    for (i = 0; i < n && status == PD_OK; i++)
        status =
            set_generated(m, table, texts ? &texts[i] : NULL, infos[i].hidden, &columns[first + i]);
    for (i = 0; i < n && status == PD_OK; i++)
        admit_fractions(table, is_strict(row), &columns[first + i]);
    return status;
}

static bool
has_slices(const struct catalog_maker *m, const struct pd_table *table,
           const struct table_plan *plan)
{
    size_t i;

    if (plan->rowid_column == PD_NO_COLUMN || m->result->utf16)
        return false;
    for (i = 0; i < table->n_columns; i++) {
        if (table->columns[i].generated)
            return false;
    }
    return true;
}

pd_status
sqlite_catalog_read_columns(struct catalog_maker *m, struct schema_row *row, struct pd_table *table,
                            struct table_plan *plan)
{
    struct column_info *infos;
    struct pd_column *columns;
    const char *passenger;
    size_t n, alias;
    pd_status status = read_infos(m, row->name, &infos, &n);

    if (status == PD_OK && n == 0)
        return m->host->fail(m->err, PD_FAILED, PD_CAUSE_CORRUPT,
                             "table '%s' has no columns; see PRAGMA integrity_check", row->name);
    if (status == PD_OK && row->parsed && !text_agrees(row->parsed, infos, n))
        row->parsed = NULL;
    if (status == PD_OK) {
        plan->without_rowid = is_without_rowid(m, row, infos, n);
        status = find_alias(m, row->name, infos, n, &alias);
    }
    if (status == PD_OK)
        status = plan_rowid(m, row, infos, n, alias, plan, &passenger);
    if (status != PD_OK)
        return status;
    table->n_columns = n + (passenger ? 1 : 0);
    table->column_size = sizeof *columns;
    columns = pd_pool_alloc(m->pool, table->n_columns * sizeof *columns);
    if (!columns)
        return sqlite_catalog_no_memory(m);
    table->columns = columns;
    if (passenger)
        set_passenger(&columns[0], passenger);
    status = fill_columns(m, row, table, infos, n, alias, columns);
    plan->has_slices = has_slices(m, table, plan);
    return status;
}
