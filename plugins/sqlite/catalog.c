// SPDX-License-Identifier: Apache-2.0
/* catalog - makes the catalogue: rows of sqlite_schema sorted into tables, objects, properties. */
#include "catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "tokens.h"

pd_status
sqlite_catalog_no_memory(struct catalog_maker *m)
{
    return sqlite_no_memory(m->host, m->err);
}

static pd_status
catalog_fail(struct catalog_maker *m, int rc)
{
    return sqlite_fail(m->host, m->db, rc, m->err, "cannot read the catalogue");
}

sqlite3_stmt *
sqlite_catalog_query(struct catalog_maker *m, enum catalog_query query, const char *name)
{
    static const char *const texts[CATALOG_QUERIES] = {
        [CATALOG_COLUMNS] = "SELECT name, type, \"notnull\", dflt_value, pk, hidden"
                            " FROM pragma_table_xinfo(?1) ORDER BY cid",
        [CATALOG_INDEXES] = "SELECT name, \"unique\", origin FROM pragma_index_list(?1)",
        [CATALOG_INDEX_PARTS] = "SELECT cid, \"desc\", coll FROM pragma_index_xinfo(?1)"
                                " WHERE \"key\" ORDER BY seqno",
        [CATALOG_FOREIGNS] = "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete"
                             " FROM pragma_foreign_key_list(?1) ORDER BY id, seq",
    };
    sqlite3_stmt **stmt = &m->queries[query];
    int rc = SQLITE_OK;

    if (!*stmt)
        rc = sqlite3_prepare_v3(m->db, texts[query], -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
    else
        sqlite3_reset(*stmt);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(*stmt, 1, name, -1, SQLITE_TRANSIENT);
    if (rc == SQLITE_OK)
        return *stmt;
    catalog_fail(m, rc);
    return NULL;
}

pd_status
sqlite_catalog_step(struct catalog_maker *m, sqlite3_stmt *stmt)
{
    int rc = sqlite3_step(stmt);

    if (rc == SQLITE_ROW)
        return PD_OK;
    if (rc == SQLITE_DONE)
        return PD_DONE;
    return catalog_fail(m, rc);
}

const char *
sqlite_catalog_text(struct catalog_maker *m, sqlite3_stmt *stmt, int column, pd_status *ret_status)
{
    bool is_null = sqlite3_column_type(stmt, column) == SQLITE_NULL; /* before it is converted */
    const char *text = (const char *)sqlite3_column_text(stmt, column);
    const char *copy = pd_pool_text(m->pool, text);

    if (!copy && !is_null)
        *ret_status = sqlite_catalog_no_memory(m);
    return copy;
}

pd_status
sqlite_catalog_add_property(struct catalog_maker *m, bool is_note, const char *name,
                            const char *value)
{
    struct pd_property *property = pd_pool_append(m->pool, &m->properties, m->n_properties,
                                                  &m->property_room, sizeof *property);

    if (!property)
        return sqlite_catalog_no_memory(m);
    memset(property, 0, sizeof *property);
    property->struct_size = sizeof *property;
    property->is_note = is_note;
    property->name = name;
    property->value = pd_pool_text(m->pool, value);
    m->n_properties++;
    return property->value ? PD_OK : sqlite_catalog_no_memory(m);
}

const char *
sqlite_catalog_span(struct catalog_maker *m, struct sql_span span)
{
    return pd_pool_copy(m->pool, span.text, span.size);
}

enum pd_collation
sqlite_catalog_collation(const char *name)
{
    if (sqlite_same_name(name, "BINARY"))
        return PD_COLLATION_BINARY;
    if (sqlite_same_name(name, "NOCASE"))
        return PD_COLLATION_NOCASE;
    return sqlite_same_name(name, "RTRIM") ? PD_COLLATION_RTRIM : PD_COLLATION_NATIVE;
}

static bool
is_column(const struct pd_table *table, const char *name)
{
    size_t i;

    for (i = 0; i < table->n_columns; i++) {
        if (table->columns[i].name && sqlite_same_name(table->columns[i].name, name))
            return true;
    }
    return false;
}

/* Does a name in double quotes stand there that is no column, and so a string? */
static bool
has_quoted_string(struct catalog_maker *m, const struct pd_table *table, const char *sql)
{
    struct tokens tokens = {sql, sql + strlen(sql)};
    struct token token;
    char *name;

    while ((token = token_next(&tokens)).kind != TOKEN_END) {
        if (token.kind == TOKEN_BAD)
            return true;
        if (token.kind != TOKEN_NAME || token.text[0] != '"')
            continue;
        name = pd_pool_alloc(m->pool, token.size + 1);
        if (!name)
            return true;
        token_unquote(&token, name);
        if (!is_column(table, name))
            return true;
    }
    return false;
}

pd_status
sqlite_catalog_portable(struct catalog_maker *m, const struct pd_table *table, const char *sql,
                        const char **ret_text)
{
    char *text = NULL;
    pd_status status;

    *ret_text = NULL;
    if (has_quoted_string(m, table, sql))
        return PD_OK;
    status = m->host->expr_read(m->host, &sqlite_dialect, sql, &text, NULL);
    if (status == PD_FATAL)
        return sqlite_catalog_no_memory(m);
    if (status != PD_OK)
        return PD_OK;
    *ret_text = pd_pool_text(m->pool, text);
    m->host->release(m->host, text);
    return *ret_text ? PD_OK : sqlite_catalog_no_memory(m);
}

/* ---- sqlite_schema ---- */

/* Two things at one root page: rows of one table would appear in another. */
static pd_status
check_roots(struct catalog_maker *m)
{
    char name[256];
    pd_status status = sqlite_run(m->host, m->db, "SELECT 1 FROM main.sqlite_schema LIMIT 1",
                                  "cannot read the catalogue", m->err);

    if (status != PD_OK)
        return status;
    status = sqlite_ask(m->host, m->db,
                        "SELECT max(name) FROM main.sqlite_schema WHERE rootpage > 0"
                        " GROUP BY rootpage HAVING count(*) > 1",
                        name, sizeof name, m->err);

    if (status != PD_OK || !name[0])
        return status;
    return m->host->fail(m->err, PD_FATAL, PD_CAUSE_CORRUPT,
                         "'%s' lies on the same page as another table or index; see PRAGMA "
                         "integrity_check",
                         name);
}

/* The definition as text; one with a NUL or broken UTF-8 cannot be told from another. */
static pd_status
take_definition(struct catalog_maker *m, sqlite3_stmt *stmt, struct schema_row *row)
{
    pd_status status = PD_OK;
    size_t size;

    row->sql = sqlite_catalog_text(m, stmt, 3, &status);
    if (status != PD_OK || !row->sql)
        return status;
    size = (size_t)sqlite3_column_bytes(stmt, 3);
    if (strlen(row->sql) != size || !text_is_utf8(row->sql, size))
        return m->host->fail(m->err, PD_FAILED, PD_CAUSE_CORRUPT,
                             "the definition of '%s' in sqlite_schema is not valid text",
                             row->name);
    status = parse_create(m->pool, row->sql, &row->parsed);
    if (status == PD_FATAL)
        return sqlite_catalog_no_memory(m);
    if (status != PD_OK || !row->parsed->name || !sqlite_same_name(row->parsed->name, row->name))
        row->parsed = NULL;
    return PD_OK;
}

static bool
row_is(const struct schema_row *row, const char *type)
{
    return strcmp(row->type, type) == 0;
}

static bool
says_virtual(const struct schema_row *row)
{
    struct tokens tokens = {row->sql, row->sql ? row->sql + strlen(row->sql) : NULL};
    struct token first, second;

    if (!row_is(row, "table") || !row->sql)
        return false;
    first = token_next(&tokens);
    second = token_next(&tokens);
    return token_is(&first, "create") && token_is(&second, "virtual");
}

static pd_status
read_schema(struct catalog_maker *m)
{
    sqlite3_stmt *stmt = NULL;
    size_t room = 0;
    pd_status status = PD_OK;
    int rc = sqlite3_prepare_v2(m->db,
                                "SELECT type, name, tbl_name, sql FROM main.sqlite_schema"
                                " ORDER BY rowid",
                                -1, &stmt, NULL);

    if (rc != SQLITE_OK)
        return catalog_fail(m, rc);
    while (status == PD_OK && (status = sqlite_catalog_step(m, stmt)) == PD_OK) {
        struct schema_row *row = pd_pool_append(m->pool, &m->rows, m->n_rows, &room, sizeof *row);

        if (!row) {
            status = sqlite_catalog_no_memory(m);
            break;
        }
        m->n_rows++;
        row->type = sqlite_catalog_text(m, stmt, 0, &status);
        row->name = sqlite_catalog_text(m, stmt, 1, &status);
        row->table = sqlite_catalog_text(m, stmt, 2, &status);
        if (status == PD_OK && (!row->type || !row->name || !row->table))
            status = m->host->fail(m->err, PD_FAILED, PD_CAUSE_CORRUPT,
                                   "sqlite_schema has a row without a type or name");
        if (status == PD_OK)
            status = take_definition(m, stmt, row);
        row->is_virtual = status == PD_OK && says_virtual(row);
    }
    sqlite3_finalize(stmt);
    return status == PD_DONE ? PD_OK : status;
}

static int
compare_rows(const void *a, const void *b)
{
    return strcmp((*(struct schema_row *const *)a)->name, (*(struct schema_row *const *)b)->name);
}

/* Rows that keep() likes, sorted by name. */
static pd_status
select_rows(struct catalog_maker *m, bool (*keep)(const struct schema_row *row),
            struct schema_row ***ret_rows, size_t *ret_n)
{
    struct schema_row **rows = pd_pool_alloc(m->pool, m->n_rows * sizeof *rows);
    size_t i, n = 0;

    if (!rows)
        return sqlite_catalog_no_memory(m);
    for (i = 0; i < m->n_rows; i++) {
        if (keep(&m->rows[i]))
            rows[n++] = &m->rows[i];
    }
    if (n)
        qsort(rows, n, sizeof *rows, compare_rows);
    *ret_rows = rows;
    *ret_n = n;
    return PD_OK;
}

static bool
is_statistics(const struct schema_row *row)
{
    return sqlite3_strnicmp(row->name, "sqlite_stat", 11) == 0;
}

static bool
is_table(const struct schema_row *row)
{
    return row_is(row, "table") && !row->is_virtual && strcmp(row->name, "sqlite_sequence") != 0;
}

static bool
is_virtual(const struct schema_row *row)
{
    return row->is_virtual;
}

static bool
is_index(const struct schema_row *row)
{
    return row_is(row, "index");
}

/* ---- Tables ---- */

/* Tables that a module makes beside its virtual table, by the ends of their names. The modules
   themselves are out of reach on purpose. */
static const char *
shadow_ends(const char *module)
{
    static const struct {
        const char *module;
        const char *ends;
    } shadows[] = {
        {"fts5", " data idx content docsize config "},
        {"fts4", " content segments segdir docsize stat "},
        {"fts3", " content segments segdir docsize stat "},
        {"rtree", " node parent rowid "},
        {"rtree_i32", " node parent rowid "},
        {"geopoly", " node parent rowid "},
    };
    size_t i;

    for (i = 0; i < sizeof shadows / sizeof *shadows; i++) {
        if (sqlite_same_name(module, shadows[i].module))
            return shadows[i].ends;
    }
    return "";
}

static bool
is_shadow_of(const struct schema_row *row, const struct schema_row *owner)
{
    size_t size = strlen(owner->name);
    char end[16];

    if (!owner->parsed || owner->parsed->kind != PARSE_VIRTUAL ||
        sqlite3_strnicmp(row->name, owner->name, (int)size) != 0 || row->name[size] != '_' ||
        strlen(row->name + size + 1) > sizeof end - 3)
        return false;
    snprintf(end, sizeof end, " %s ", row->name + size + 1);
    return strstr(shadow_ends(owner->parsed->module), end) != NULL;
}

static const char *
find_owner(const struct catalog_maker *m, const struct schema_row *row)
{
    size_t i;

    if (is_statistics(row))
        return "ANALYZE";
    for (i = 0; i < m->n_virtuals; i++) {
        if (is_shadow_of(row, m->virtuals[i]))
            return m->virtuals[i]->name;
    }
    return NULL;
}

static void
set_table_text(struct catalog_maker *m, const struct schema_row *row, struct pd_table *table)
{
    if (table->owner)
        return;
    table->native_sql = row->sql;
    if (!row->parsed || !parse_is_passive(row->parsed))
        table->flags |= PD_TABLE_ACTIVE_SQL;
    if (!row->parsed)
        m->host->log(m->host, PD_LOG_WARNING,
                     "table '%s': its definition was not understood; checks and other parts that "
                     "only its text tells are carried as text alone",
                     row->name);
}

static pd_status
fill_table(struct catalog_maker *m, struct schema_row *row, struct pd_table *table,
           struct table_plan *plan)
{
    pd_status status;

    table->struct_size = sizeof *table;
    table->name = row->name;
    table->owner = find_owner(m, row);
    table->native_order = row->order;
    if (table->owner)
        table->flags |= PD_TABLE_PASSENGER;
    status = sqlite_catalog_read_columns(m, row, table, plan);
    if (status == PD_OK)
        status = sqlite_catalog_read_keys(m, row, table, plan);
    if (status == PD_OK)
        status = sqlite_catalog_read_checks(m, row, table);
    if (status == PD_OK)
        status = sqlite_catalog_read_foreigns(m, row, table);
    set_table_text(m, row, table);
    return status;
}

static pd_status
make_tables(struct catalog_maker *m)
{
    struct pd_catalog *catalog = &m->result->catalog;
    struct schema_row **rows = NULL;
    struct pd_table *tables;
    struct table_plan *plans;
    size_t i, n = 0;
    pd_status status = select_rows(m, is_table, &rows, &n);

    if (status != PD_OK)
        return status;
    tables = pd_pool_alloc(m->pool, n * sizeof *tables);
    plans = pd_pool_alloc(m->pool, n * sizeof *plans);
    if (!tables || !plans)
        return sqlite_catalog_no_memory(m);
    for (i = 0; i < n && status == PD_OK; i++)
        status = fill_table(m, rows[i], &tables[i], &plans[i]);
    catalog->tables = tables;
    catalog->n_tables = n;
    catalog->table_size = sizeof *tables;
    m->result->plans = plans;
    return status == PD_OK ? sqlite_catalog_read_counters(m, tables, n) : status;
}

/* ---- Objects and properties ---- */

static void
fill_object(const struct schema_row *row, struct pd_object *object)
{
    object->struct_size = sizeof *object;
    object->flags = row->is_virtual ? PD_OBJECT_BEFORE_ROWS : 0;
    object->kind = row->is_virtual ? "virtual table" : row->type;
    object->name = row->name;
    object->table = row_is(row, "trigger") ? row->table : NULL;
    object->sql = row->sql;
    object->native_order = row->order;
}

/* In the order of their creation, which is one in which they can be created again. */
static pd_status
make_objects(struct catalog_maker *m)
{
    struct pd_object *objects = pd_pool_alloc(m->pool, m->n_rows * sizeof *objects);
    size_t i, n = 0;

    if (!objects)
        return sqlite_catalog_no_memory(m);
    /* What is made before the rows stands first, as it will in a database that was made so. */
    for (i = 0; i < m->n_rows; i++) {
        if (m->rows[i].sql && m->rows[i].is_virtual)
            fill_object(&m->rows[i], &objects[n++]);
    }
    for (i = 0; i < m->n_rows; i++) {
        const struct schema_row *row = &m->rows[i];

        if (row->sql && !row->is_virtual && !row_is(row, "table") && !row_is(row, "index"))
            fill_object(row, &objects[n++]);
    }
    m->result->catalog.objects = objects;
    m->result->catalog.n_objects = n;
    m->result->catalog.object_size = sizeof *objects;
    return PD_OK;
}

static pd_status
make_properties(struct catalog_maker *m)
{
    static const char *const names[] = {"application_id", "auto_vacuum", "encoding",
                                        "journal_mode",   "page_size",   "user_version"};
    char sql[64], value[64];
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sizeof names / sizeof *names && status == PD_OK; i++) {
        snprintf(sql, sizeof sql, "PRAGMA main.%s", names[i]);
        status = sqlite_ask(m->host, m->db, sql, value, sizeof value, m->err);
        if (status == PD_OK)
            status = sqlite_catalog_add_property(m, false, names[i], value);
        if (strcmp(names[i], "encoding") == 0) {
            m->result->utf16 = strncmp(value, "UTF-16", 6) == 0;
            m->result->big_endian = strcmp(value, "UTF-16be") == 0;
        }
    }
    return status;
}

static void
finish_properties(struct catalog_maker *m)
{
    m->result->catalog.properties = m->properties;
    m->result->catalog.n_properties = m->n_properties;
    m->result->catalog.property_size = sizeof *m->properties;
}

/* Places in the order of creation: what is made before the rows, and what is made after them, each
   from 1, so that they are the same again in a database that was made in this order. What SQLite
   makes by itself has none. */
static void
set_orders(struct catalog_maker *m)
{
    uint32_t n_before = 0, n_after = 0;
    size_t i;

    for (i = 0; i < m->n_rows; i++) {
        struct schema_row *row = &m->rows[i];

        if (!row->sql || find_owner(m, row))
            continue;
        row->order = strcmp(row->type, "table") == 0 ? ++n_before : ++n_after;
    }
}

static pd_status
make_all(struct catalog_maker *m)
{
    pd_status status = check_roots(m);

    if (status == PD_OK)
        status = make_properties(m);
    if (status == PD_OK)
        status = read_schema(m);
    if (status == PD_OK)
        status = select_rows(m, is_index, &m->by_name, &m->n_by_name);
    if (status == PD_OK)
        status = select_rows(m, is_virtual, &m->virtuals, &m->n_virtuals);
    if (status == PD_OK) {
        set_orders(m);
        status = make_tables(m);
    }
    if (status == PD_OK)
        status = make_objects(m);
    finish_properties(m);
    return status;
}

pd_status
sqlite_catalog_make(const struct pd_host *host, sqlite3 *db, struct pd_pool *pool,
                    const struct sqlite_catalog **ret_catalog, struct pd_error *err)
{
    struct catalog_maker m = {.host = host, .pool = pool, .db = db, .err = err};
    pd_status status;
    size_t i;

    m.result = pd_pool_alloc(pool, sizeof *m.result);
    if (!m.result)
        return sqlite_no_memory(host, err);
    m.result->catalog.struct_size = sizeof m.result->catalog;
    m.result->catalog.engine = "sqlite";
    m.result->catalog.engine_version = sqlite3_libversion();
    status = make_all(&m);
    for (i = 0; i < CATALOG_QUERIES; i++)
        sqlite3_finalize(m.queries[i]);
    if (status == PD_OK)
        *ret_catalog = m.result;
    return status;
}
