// SPDX-License-Identifier: Apache-2.0
/* conflict - --into=append with --on-conflict=skip or update: by which keys of the target a row is
   found to be there already.

   Rows go into a temporary copy of the table first, with its unique keys and checks: what the data
   itself has twice is refused there, row by row, as it would be without (conflict_stage.c). Then
   those whose keys are in the table update it or are passed over, and the others are added by a
   plain INSERT (conflict_rows.c). Neither IGNORE, which forgives much more than a key, nor ON
   DUPLICATE KEY UPDATE, which takes any key for the one that is meant, is ever said. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conflict.h"

enum { CODE_NO_DATABASE_RIGHT = 1044 };

struct reading {
    struct pd_sink *sink;
    size_t table;
    struct conflict_table *found;
    const char *name;         /* of the table */
    bool has_primary;         /* */
    const char *lost_primary; /* a column of it that does not come; NULL: none */
    struct pd_error *err;
};

/* ---- Keys ---- */

bool
conflict_comes(const struct pd_sink *sink, size_t table, const char *column)
{
    const struct pd_table *t = pd_table_at(sink->catalog, table);
    const struct present_column *there = present_find(&sink->ddl->present[table], column);

    if (!there || there->is_generated)
        return there != NULL;
    for (size_t i = 0; i < t->n_columns; i++) {
        const struct pd_column *c = pd_column_at(t, i);

        if (!c->generated && !(c->flags & PD_COLUMN_PASSENGER) &&
            present_find(&sink->ddl->present[table], c->name) == there)
            return true;
    }
    return false;
}

/* Places in SHOW INDEX. */
enum {
    INDEX_NOT_UNIQUE = 1,
    INDEX_NAME,
    INDEX_PLACE,
    INDEX_COLUMN,
    INDEX_PREFIX = 7,
    INDEX_TYPE = 10,
    INDEX_CELLS
};

static struct conflict_key *
add_key(struct reading *r, MYSQL_ROW row)
{
    struct conflict_table *t = r->found;
    struct conflict_key *key =
        pd_pool_append(&r->sink->pool, &t->keys, t->n_keys, &t->room, sizeof *key);

    if (!key)
        return NULL;
    memset(key, 0, sizeof *key);
    key->name = pd_pool_text(&r->sink->pool, row[INDEX_NAME]);
    key->is_primary = strcmp(row[INDEX_NAME], "PRIMARY") == 0;
    key->is_indexed = row[INDEX_TYPE] && strcasecmp(row[INDEX_TYPE], "BTREE") == 0;
    t->n_keys += key->name != NULL;
    return key->name ? key : NULL;
}

static pd_status
add_part(struct reading *r, MYSQL_ROW row)
{
    struct conflict_table *t = r->found;
    struct conflict_key *key = t->n_keys ? &t->keys[t->n_keys - 1] : NULL;
    struct conflict_part *part;

    if (!row[INDEX_COLUMN])
        return r->sink->host->fail(r->err, PD_FAILED, PD_CAUSE_CONFLICT,
                                   "key '%s' of table '%s' of the target is of an expression: "
                                   "leave the table out with --exclude, or use --on-conflict=error",
                                   row[INDEX_NAME], r->name);
    if (strcmp(row[INDEX_PLACE], "1") == 0)
        key = add_key(r, row);
    part = key ? pd_pool_append(&r->sink->pool, &key->parts, key->n_parts, &key->room, sizeof *part)
               : NULL;
    if (!part)
        return my_no_memory(r->sink->host, r->err);
    part->column = pd_pool_text(&r->sink->pool, row[INDEX_COLUMN]);
    part->prefix = row[INDEX_PREFIX] ? strtoul(row[INDEX_PREFIX], NULL, 10) : 0;
    if (part->prefix)
        key->is_indexed = false;
    key->n_parts++;
    return part->column ? PD_OK : my_no_memory(r->sink->host, r->err);
}

/* Those that cannot be gone by go. */
static void
drop_lost(struct reading *r)
{
    struct conflict_table *t = r->found;
    size_t n = 0;

    for (size_t i = 0; i < t->n_keys; i++) {
        const char *lost = NULL;

        for (size_t k = 0; k < t->keys[i].n_parts && !lost; k++) {
            if (!conflict_comes(r->sink, r->table, t->keys[i].parts[k].column))
                lost = t->keys[i].parts[k].column;
        }
        r->has_primary = r->has_primary || t->keys[i].is_primary;
        if (lost && t->keys[i].is_primary)
            r->lost_primary = lost;
        if (!lost)
            t->keys[n++] = t->keys[i];
    }
    t->n_keys = n;
    for (size_t i = 0; i < n; i++) {
        if (t->keys[i].is_primary)
            t->primary = &t->keys[i];
    }
}

static pd_status
ask_keys(struct reading *r)
{
    struct pd_sql sql = {.host = r->sink->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    pd_sql_add(&sql, "SHOW INDEX FROM ");
    my_name(&sql, r->name);
    status = pd_sql_text(&sql) ? my_query(r->sink->my, sql.text, &result, r->err)
                               : my_no_memory(r->sink->host, r->err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    if (mysql_num_fields(result) < INDEX_CELLS)
        status = r->sink->host->fail(r->err, PD_FAILED, PD_CAUSE_QUERY,
                                     "what the server tells of the keys of table '%s' is not "
                                     "understood",
                                     r->name);
    while (status == PD_OK && (row = mysql_fetch_row(result))) {
        if (row[INDEX_NOT_UNIQUE] && strcmp(row[INDEX_NOT_UNIQUE], "0") == 0 && row[INDEX_NAME] &&
            row[INDEX_PLACE])
            status = add_part(r, row);
    }
    mysql_free_result(result);
    return status;
}

/* Where no row is, none has to be found. */
static pd_status
refuse_keyless(const struct reading *r)
{
    bool has_rows = !pd_load_empties(r->sink->load, r->table), finds = r->found->n_keys > 0;
    const char *name;
    pd_status status = PD_OK;

    if (has_rows && !finds && r->sink->conflict == PD_CONFLICT_SKIP)
        status = present_name(r->sink, r->name, &name, &has_rows, r->err);
    if (status != PD_OK)
        return status;
    return pd_conflict_keys(r->sink->host, r->sink->conflict, r->name, finds || !has_rows,
                            r->has_primary, r->lost_primary, r->err);
}

static pd_status
read_keys(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    const struct present_table *there = &sink->ddl->present[table];
    struct reading r = {
        .sink = sink,
        .table = table,
        .found = &sink->conflicts->tables[table],
        .name = there->name,
        .err = err,
    };
    pd_status status;

    if (!there->name || strcmp(there->kind, "table") != 0)
        return PD_OK;
    status = ask_keys(&r);
    if (status != PD_OK)
        return status;
    drop_lost(&r);
    return refuse_keyless(&r);
}

/* ---- Triggers ---- */

static pd_status
read_triggers(struct pd_sink *sink, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_query(sink->my,
                                "SELECT EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE "
                                "EVENT_OBJECT_SCHEMA = DATABASE()",
                                &result, err);

    if (status != PD_OK)
        return status;
    while ((row = my_row(sink->my, result, 1, 1, &status, err))) {
        for (size_t i = 0; i < sink->catalog->n_tables; i++) {
            const char *name = sink->ddl->present[i].name;

            if (name &&
                (sink->my->names_fold ? strcasecmp(name, row[0]) : strcmp(name, row[0])) == 0)
                sink->conflicts->tables[i].has_triggers = true;
        }
    }
    mysql_free_result(result);
    return status;
}

/* ---- All ---- */

pd_status
conflict_check(struct pd_sink *sink, struct pd_error *err)
{
    size_t n = sink->catalog->n_tables;
    struct sink_conflicts *c = pd_pool_alloc(&sink->pool, sizeof *c);
    pd_status status;

    if (c)
        c->tables = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *c->tables);
    if (!c || !c->tables)
        return my_no_memory(sink->host, err);
    sink->conflicts = c;
    /* Whoever may not make temporary tables gets to know it now. */
    status = my_run(sink->my,
                    "CREATE TEMPORARY TABLE " CONFLICT_HITS
                    " (r bigint unsigned NOT NULL, KEY (r)) ENGINE=InnoDB",
                    err);
    if (status == PD_FAILED && sink->my->complaint.code == CODE_NO_DATABASE_RIGHT)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_AUTH,
                                "--on-conflict wants temporary tables, which the user may not "
                                "make here: GRANT CREATE TEMPORARY TABLES, or use "
                                "--on-conflict=error");
    for (size_t i = 0; i < n && status == PD_OK; i++)
        status = read_keys(sink, i, err);
    return status == PD_OK ? read_triggers(sink, err) : status;
}

pd_status
conflict_outcome(struct pd_sink *sink, uint32_t table, struct pd_outcome *outcome,
                 struct pd_error *err)
{
    const struct conflict_table *t;

    if (!sink->conflicts || table >= sink->catalog->n_tables)
        return PD_UNSUPPORTED;
    t = &sink->conflicts->tables[table];
    outcome->n_added = t->n_added;
    outcome->n_updated = t->n_updated;
    outcome->n_skipped = t->n_skipped;
    return PD_OK;
}
