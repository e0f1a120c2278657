// SPDX-License-Identifier: Apache-2.0
/* names - what tables, columns and indexes are called in the target, which tells names apart by
   more than ASCII case and keeps tables and indexes in one drawer. */
#include <stdlib.h>
#include <string.h>

#include "sink.h"

enum { NAMES_MAX_COLUMNS = 2000 /* SQLITE_MAX_COLUMN as it is built everywhere */ };

static uint32_t
fold_hash(const char *name)
{
    uint32_t hash = 2166136261u;

    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;

        hash = (hash ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 16777619u;
    }
    return hash;
}

static const char **
find_slot(const char **slots, size_t n_slots, const char *name)
{
    size_t i = fold_hash(name) % n_slots;

    while (slots[i] && !sqlite_same_name(slots[i], name))
        i = (i + 1) % n_slots;
    return &slots[i];
}

static bool
grow_names(struct pd_sink *sink)
{
    size_t i, n_slots = sink->n_name_slots ? sink->n_name_slots * 4 : 64;
    const char **slots = pd_pool_alloc(&sink->pool, n_slots * sizeof *slots);

    if (!slots)
        return false;
    for (i = 0; i < sink->n_name_slots; i++) {
        if (sink->names[i])
            *find_slot(slots, n_slots, sink->names[i]) = sink->names[i];
    }
    sink->names = slots;
    sink->n_name_slots = n_slots;
    return true;
}

/* PD_OK: it is taken now; PD_FAILED: it was before; PD_FATAL: memory is short. */
static pd_status
take_name(struct pd_sink *sink, const char *name)
{
    const char **slot;

    if ((sink->n_names + 1) * 2 > sink->n_name_slots && !grow_names(sink))
        return PD_FATAL;
    slot = find_slot(sink->names, sink->n_name_slots, name);
    if (*slot)
        return PD_FAILED;
    *slot = name;
    sink->n_names++;
    return PD_OK;
}

const char *
names_table(struct pd_sink *sink, const struct pd_table *table)
{
    char *text;
    const char *name;

    if (!table->schema || !*table->schema)
        return table->name;
    text = sqlite3_mprintf("%s__%s", table->schema, table->name);
    name = text ? pd_pool_text(&sink->pool, text) : NULL;
    sqlite3_free(text);
    return name;
}

static bool
is_reserved(const char *name)
{
    return sqlite3_strnicmp(name, "sqlite_", 7) == 0;
}

/* Takes the name of a table that keeps it; *ret_taken false: it cannot. */
static pd_status
take_table(struct pd_sink *sink, const struct sink_table *t, sqlite3_str *refused, bool *ret_taken,
           struct pd_error *err)
{
    pd_status status = is_reserved(t->name) ? PD_FAILED : take_name(sink, t->name);

    *ret_taken = status == PD_OK;
    if (status == PD_FATAL)
        return sqlite_no_memory(sink->host, err);
    if (status != PD_OK && !sink->rename)
        sqlite3_str_appendf(refused, "%stable '%s'", sqlite3_str_length(refused) ? ", " : "",
                            t->name);
    return PD_OK;
}

/* "t__1", "t__2" ...: the first that nobody has. */
static pd_status
rename_table(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct sink_table *t = &sink->tables[number];
    const char *wanted = t->name;
    pd_status status = PD_FAILED;
    unsigned n;

    for (n = 1; status == PD_FAILED && n < UINT32_MAX; n++) {
        char *text = sqlite3_mprintf("%s%s__%u", is_reserved(wanted) ? "_" : "", wanted, n);

        t->name = text ? pd_pool_text(&sink->pool, text) : NULL;
        sqlite3_free(text);
        status = t->name ? take_name(sink, t->name) : PD_FATAL;
    }
    if (status != PD_OK)
        return sqlite_no_memory(sink->host, err);
    sink_leave_out(sink, PD_PART_NAME, (uint32_t)number, PD_NO_COLUMN,
                   "name of table '%s': SQLite cannot hold it beside the others, it is called '%s'",
                   wanted, t->name);
    return PD_OK;
}

/* Those that can keep their names take them first. */
static pd_status
take_tables(struct pd_sink *sink, sqlite3_str *refused, struct pd_error *err)
{
    size_t i, n = sink->catalog->n_tables;
    bool *taken = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *taken);
    pd_status status = taken ? PD_OK : sqlite_no_memory(sink->host, err);

    for (i = 0; i < n && status == PD_OK; i++) {
        taken[i] = sink->tables[i].table->flags & PD_TABLE_PASSENGER;
        if (!taken[i])
            status = take_table(sink, &sink->tables[i], refused, &taken[i], err);
    }
    for (i = 0; i < n && status == PD_OK; i++) {
        if (!taken[i] && sink->rename)
            status = rename_table(sink, i, err);
    }
    return status;
}

static pd_status
check_width(struct pd_sink *sink, const struct sink_table *t, struct pd_error *err)
{
    size_t i, n = 0;

    for (i = 0; i < t->table->n_columns; i++)
        n += !(pd_column_at(t->table, i)->flags & PD_COLUMN_PASSENGER);
    if (n <= NAMES_MAX_COLUMNS)
        return PD_OK;
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_LIMIT,
                            "table '%s' has %zu columns, SQLite admits %d: leave it out with "
                            "--exclude",
                            t->name, n, NAMES_MAX_COLUMNS);
}

/* A column that the target cannot hold is refused before anything is made. */
static pd_status
check_types(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    const struct sink_table *t = &sink->tables[number];
    struct stored stored;
    size_t i;

    for (i = 0; i < t->table->n_columns; i++) {
        const struct pd_column *column = pd_column_at(t->table, i);

        if (!ddl_has_column(sink, t->table, column))
            continue;
        ddl_stored(sink, number, i, &stored);
        if (stored.rung != PD_RUNG_REFUSED)
            continue;
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_DATA, "column '%s' of table '%s': %s%s%s",
                                column->name, t->name, stored.reason,
                                stored.option ? ": use --" : "",
                                stored.option ? stored.option : "");
    }
    return PD_OK;
}

/* Names of what is replayed are taken before others are looked for. */
static pd_status
take_replayed(struct pd_sink *sink, const struct pd_table *table, struct pd_error *err)
{
    size_t i;

    for (i = 0; i < table->n_keys; i++) {
        const struct pd_key *key = pd_key_at(table, i);

        if (sink->same && key->native_sql && key->name && take_name(sink, key->name) == PD_FATAL)
            return sqlite_no_memory(sink->host, err);
    }
    return PD_OK;
}

/* Names are made to fit, or refused all at once. Tables that are there have their names: those that
   a run with --names=carry gave, or their own. */
static pd_status
settle_names(struct pd_sink *sink, struct pd_error *err)
{
    sqlite3_str *refused;
    char *list;
    size_t i;
    pd_status status;

    if (sink->in_place && !sink->rename)
        return PD_OK;
    refused = sqlite3_str_new(NULL);
    status = take_tables(sink, refused, err);
    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (!(sink->tables[i].table->flags & PD_TABLE_PASSENGER))
            status = rename_columns(sink, i, refused, err);
    }
    if (status == PD_OK && sqlite3_str_errcode(refused) != SQLITE_OK)
        status = sqlite_no_memory(sink->host, err);
    list = sqlite3_str_finish(refused);
    if (status == PD_OK && list)
        status = sink->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                                  "SQLite does not tell names apart by the case of ASCII letters, "
                                  "and keeps those with sqlite_ for itself; use --names=carry to "
                                  "call what it cannot hold otherwise: %s",
                                  list);
    sqlite3_free(list);
    return status;
}

pd_status
names_check(struct pd_sink *sink, struct pd_error *err)
{
    const struct pd_catalog *c = sink->catalog;
    size_t i;
    pd_status status;

    sink->tables = pd_pool_alloc(&sink->pool, (c->n_tables + 1) * sizeof *sink->tables);
    if (!sink->tables)
        return sqlite_no_memory(sink->host, err);
    for (i = 0; i < c->n_tables; i++) {
        struct sink_table *t = &sink->tables[i];

        t->table = pd_table_at(c, i);
        t->name = names_table(sink, t->table);
        if (!t->name)
            return sqlite_no_memory(sink->host, err);
    }
    status = settle_names(sink, err);
    for (i = 0; i < c->n_tables && status == PD_OK && !sink->in_place; i++) {
        if (sink->tables[i].table->flags & PD_TABLE_PASSENGER)
            continue;
        status = check_width(sink, &sink->tables[i], err);
        if (status == PD_OK)
            status = check_types(sink, i, err);
    }
    for (i = 0; i < c->n_tables && status == PD_OK && !sink->in_place; i++)
        status = take_replayed(sink, sink->tables[i].table, err);
    return status;
}

const char *
names_index(struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    const char *wanted = key->name && *key->name && !is_reserved(key->name) ? key->name : "index";
    const char *name = wanted;
    pd_status status = key->name ? take_name(sink, name) : PD_FAILED;
    unsigned n;

    for (n = 0; status == PD_FAILED && n < UINT32_MAX; n++) {
        char *text = n ? sqlite3_mprintf("%s_%s_%u", sink->tables[table].name, wanted, n)
                       : sqlite3_mprintf("%s_%s", sink->tables[table].name, wanted);

        name = text ? pd_pool_text(&sink->pool, text) : NULL;
        sqlite3_free(text);
        status = name ? take_name(sink, name) : PD_FATAL;
    }
    if (status == PD_OK && key->name && strcmp(name, key->name) != 0)
        sink_leave_out(sink, PD_PART_KEY, (uint32_t)table,
                       pd_key_number(sink->tables[table].table, key),
                       "index '%s' on '%s': its name is taken, it is called '%s'", key->name,
                       sink->tables[table].name, name);
    return status == PD_OK ? name : NULL;
}

static bool
is_constraint(const struct pd_key *key)
{
    return key->kind == PD_KEY_PRIMARY ||
           (key->kind == PD_KEY_UNIQUE && key->flags & PD_KEY_CONSTRAINT && !key->predicate &&
            !key->predicate_native);
}

static bool
same_parts(const struct pd_key *a, const struct pd_key *b)
{
    bool same = a->n_parts == b->n_parts;

    for (size_t i = 0; i < a->n_parts && same; i++) {
        const struct pd_key_part *x = pd_part_at(a, i), *y = pd_part_at(b, i);

        same = x->column >= 0 && x->column == y->column && x->collation == y->collation;
    }
    return same;
}

/* Of constraints on the same columns SQLite keeps the first, or the primary key; but the rowid is
   no constraint. */
bool
names_is_index(const struct pd_table *table, const struct pd_key *key, bool has_alias)
{
    bool is_index = !is_constraint(key), is_first = true;

    for (size_t i = 0; i < table->n_keys && key->kind != PD_KEY_PRIMARY && !is_index; i++) {
        const struct pd_key *other = pd_key_at(table, i);

        if (other == key)
            is_first = false;
        else if (other->kind == PD_KEY_PRIMARY ? !has_alias : is_first && is_constraint(other))
            is_index = same_parts(other, key);
    }
    return is_index;
}
