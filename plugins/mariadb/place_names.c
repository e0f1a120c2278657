// SPDX-License-Identifier: Apache-2.0
/* place_names - names of sequences, keys, checks and foreign keys. Those of foreign keys are the
   database's, sequences share a drawer with tables, the others have one a table. Everything gets
   its name before anything is made. */
#include <string.h>

#include "ddl.h"

enum { VERSION_CHECKS_MYSQL = 80016 };

struct namer {
    struct pd_sink *sink;
    size_t number;
    const struct pd_table *table;
    struct target_table *target;
    struct drawer keys;
    struct drawer constraints; /* of the table: checks and foreign keys differ from each other */
};

const char *
place_flat(struct pd_pool *pool, const char *schema, const char *name)
{
    size_t size = schema ? strlen(schema) : 0;
    char *flat;

    if (size == 0)
        return name;
    flat = pd_pool_alloc(pool, size + 2 + strlen(name) + 1);
    if (!flat)
        return NULL;
    memcpy(flat, schema, size);
    memcpy(flat + size, "__", 2);
    memcpy(flat + size + 2, name, strlen(name));
    return flat;
}

/* The names of columns, and what it is. */
static const char *
join_columns(struct namer *n, const uint32_t *columns, size_t n_columns, const char *suffix)
{
    const char *parts[8];
    size_t i, at = 0;

    for (i = 0; i < n_columns && at < 6; i++) {
        if (columns[i] < n->table->n_columns)
            parts[at++] = pd_column_at(n->table, columns[i])->name;
    }
    parts[at++] = suffix;
    parts[at] = NULL;
    return drawer_join(&n->sink->pool, parts);
}

/* ---- Keys ---- */

static const char *
usual_key_name(struct namer *n, const struct pd_key *key)
{
    uint32_t columns[5];
    size_t i, n_columns = 0;

    for (i = 0; i < key->n_parts && n_columns < 5; i++) {
        if (pd_part_at(key, i)->column >= 0)
            columns[n_columns++] = (uint32_t)pd_part_at(key, i)->column;
    }
    return join_columns(n, columns, n_columns, key->kind == PD_KEY_INDEX ? "idx" : "key");
}

static bool
is_given(const struct pd_key *key)
{
    return key->name && *key->name && key->kind != PD_KEY_PRIMARY;
}

static pd_status
name_key(struct namer *n, size_t number, bool given)
{
    const struct pd_key *key = pd_key_at(n->table, number);
    const char **name = &n->sink->ddl->tables[n->number].keys[number];
    const char *base;

    if (is_given(key) != given)
        return PD_OK;
    base = given ? key->name : usual_key_name(n, key);
    *name = base ? drawer_choose(&n->keys, base, "_", /* is_file= */ false) : NULL;
    *name = *name ? pd_pool_text(&n->sink->pool, *name) : NULL;
    if (!*name)
        return PD_FATAL;
    if (given && strcmp(*name, key->name) != 0)
        sink_leave_out(n->sink, PD_PART_KEY, (uint32_t)n->number, (uint32_t)number,
                       "name of key '%s' of table '%s': it is taken, or MariaDB holds no such "
                       "name, it is called '%s'",
                       key->name, n->table->name, *name);
    return PD_OK;
}

/* ---- Constraints ---- */

static pd_status
name_check(struct namer *n, size_t number, bool given)
{
    const struct pd_check *check = pd_check_at(n->table, number);
    const char **name = &n->sink->ddl->tables[n->number].checks[number];
    const char *base = given ? check->name : "check";
    bool is_shared = given && n->sink->my && !n->sink->my->is_mariadb;

    if ((check->name && *check->name) != given)
        return PD_OK;
    *name = drawer_choose(is_shared ? &n->sink->ddl->checks : &n->constraints, base, "_",
                          /* is_file= */ false);
    *name = *name ? pd_pool_text(&n->sink->pool, *name) : NULL;
    if (!*name)
        return PD_FATAL;
    if (given && strcmp(*name, base) != 0)
        sink_leave_out(n->sink, PD_PART_CHECK, (uint32_t)n->number, (uint32_t)number,
                       "name of check '%s' of table '%s': it is taken%s, or the server holds no "
                       "such name, it is called '%s'",
                       base, n->table->name, is_shared ? " in the database" : "", *name);
    return PD_OK;
}

/* Free in the database, and among the table's own. */
static const char *
choose_foreign(struct namer *n, const char *base)
{
    const char *name = base;

    do
        name = drawer_choose(&n->sink->ddl->foreigns, name, "_", /* is_file= */ false);
    while (name && drawer_take(&n->constraints, name) == PD_FAILED);
    return name;
}

static pd_status
name_foreign(struct namer *n, size_t number, bool given)
{
    const struct pd_foreign *foreign = pd_foreign_at(n->table, number);
    const char **name = &n->sink->ddl->tables[n->number].foreigns[number];
    const char *base;

    if ((foreign->name && *foreign->name) != given)
        return PD_OK;
    base = given ? foreign->name : NULL;
    if (!base) {
        const char *columns = join_columns(n, foreign->columns, foreign->n_columns, "fk");
        const char *const parts[] = {n->target->name, columns, NULL};

        base = columns ? drawer_join(&n->sink->pool, parts) : NULL;
    }
    *name = base ? choose_foreign(n, base) : NULL;
    if (!*name)
        return PD_FATAL;
    if (given && strcmp(*name, base) != 0)
        sink_leave_out(n->sink, PD_PART_FOREIGN, (uint32_t)n->number, (uint32_t)number,
                       "name of foreign key '%s' of table '%s': it is taken in the database, or "
                       "MariaDB holds no such name, it is called '%s'",
                       base, n->table->name, *name);
    return PD_OK;
}

/* ---- Primary keys ---- */

/* Did somebody choose it? PostgreSQL makes "table_pkey" of its own. */
static bool
is_chosen(const struct pd_table *t, const struct pd_key *key)
{
    size_t size = strlen(t->name);

    return key->kind == PD_KEY_PRIMARY && key->name && *key->name &&
           strcmp(key->name, "PRIMARY") != 0 &&
           (strncmp(key->name, t->name, size) != 0 || strcmp(key->name + size, "_pkey") != 0);
}

/* Nothing is missed by it, but whoever drops a constraint by name looks for it. */
static void
tell_primaries(const struct pd_sink *sink)
{
    const char *first = NULL, *table = "";
    size_t i, n = 0;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct pd_table *t = sink->tables[i].table;

        if (t->n_keys == 0 || !is_chosen(t, pd_key_at(t, 0)) ||
            ddl_key_form(sink, i, 0) != DDL_KEY_PRIMARY)
            continue;
        if (n++ == 0) {
            first = pd_key_at(t, 0)->name;
            table = t->name;
        }
    }
    if (n == 1)
        sink->host->log(sink->host, PD_LOG_INFO,
                        "the name of primary key '%s' of table '%s' is not kept: MariaDB calls all "
                        "of them PRIMARY",
                        first, table);
    else if (n)
        sink->host->log(sink->host, PD_LOG_INFO,
                        "the names of %zu primary keys ('%s' of table '%s' ...) are not kept: "
                        "MariaDB calls all of them PRIMARY",
                        n, first, table);
}

/* ---- Tables ---- */

static struct namer
begin(struct pd_sink *sink, size_t number, struct pd_pool *pool)
{
    struct namer n = {.sink = sink,
                      .number = number,
                      .table = sink->tables[number].table,
                      .target = &sink->tables[number],
                      .keys = {.pool = pool, .my = sink->my, .folds = true},
                      .constraints = {.pool = pool, .my = sink->my, .folds = true}};

    return n;
}

static bool
make_room(struct pd_sink *sink, size_t number)
{
    struct ddl_table *d = &sink->ddl->tables[number];
    const struct pd_table *t = sink->tables[number].table;

    d->keys = pd_pool_alloc(&sink->pool, (t->n_keys + 1) * sizeof *d->keys);
    d->checks = pd_pool_alloc(&sink->pool, (t->n_checks + 1) * sizeof *d->checks);
    d->foreigns = pd_pool_alloc(&sink->pool, (t->n_foreigns + 1) * sizeof *d->foreigns);
    return d->keys && d->checks && d->foreigns;
}

/* Names that were given are found first, so that none of ours takes one of them. */
static pd_status
name_own(struct pd_sink *sink, size_t number)
{
    struct pd_pool pool = {.host = sink->host};
    struct namer n = begin(sink, number, &pool);
    pd_status status = drawer_take(&n.keys, "PRIMARY");
    int given;
    size_t i;

    for (given = 1; given >= 0; given--) {
        for (i = 0; i < n.table->n_keys && status == PD_OK; i++)
            status = name_key(&n, i, given);
        for (i = 0; i < n.table->n_checks && status == PD_OK; i++)
            status = name_check(&n, i, given);
    }
    pd_pool_close(&pool);
    return status;
}

/* One round over all tables: in the database, those that were given come first too. */
static pd_status
name_foreigns(struct pd_sink *sink, size_t number, bool given)
{
    struct pd_pool pool = {.host = sink->host};
    struct namer n = begin(sink, number, &pool);
    const struct ddl_table *d = &sink->ddl->tables[number];
    pd_status status = PD_OK;
    size_t i;

    for (i = 0; i < n.table->n_checks && status != PD_FATAL; i++)
        status = drawer_take(&n.constraints, d->checks[i]);
    status = status == PD_FATAL ? PD_FATAL : PD_OK;
    for (i = 0; i < n.table->n_foreigns && status == PD_OK; i++)
        status = name_foreign(&n, i, given);
    pd_pool_close(&pool);
    return status;
}

/* ---- Sequences ---- */

static pd_status
choose_sequence(struct pd_sink *sink, const char *flat, const char *trouble, const char **ret_name,
                struct pd_error *err)
{
    if (trouble && !sink->rename)
        return sink->host->fail(
            err, PD_FAILED, PD_CAUSE_DATA,
            "sequence '%s': %s: rename it, or use --names=carry to have it done", flat, trouble);
    *ret_name = flat;
    if (trouble)
        *ret_name = drawer_choose(&sink->ddl->relations, flat, "__", /* is_file= */ true);
    if (*ret_name && sink->my && sink->my->names_fold == 1)
        *ret_name = drawer_fold(&sink->ddl->relations, *ret_name);
    return *ret_name ? PD_OK : my_no_memory(sink->host, err);
}

/* It is looked for under the name that it had, and found under another. */
static void
say_sequence(struct pd_sink *sink, size_t number, const char *flat, const char *trouble)
{
    const char *name = sink->ddl->sequences[number];

    sink_leave_out(sink, PD_PART_SEQUENCE, PD_NO_TABLE, (uint32_t)number,
                   "name of sequence '%s': %s, it is called '%s'", flat,
                   trouble ? trouble : "the server keeps names in lower case", name);
    sink_leave_out(sink, PD_PART_SEQUENCE, PD_NO_TABLE, PD_NO_COLUMN,
                   "sequence '%s' stands for '%s'", name, flat);
}

static pd_status
name_sequence(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    const struct pd_sequence *s = pd_sequence_at(sink->catalog, number);
    const char *flat = place_flat(&sink->pool, s->schema, s->name);
    const char *trouble = flat ? drawer_file_trouble(flat) : NULL;
    pd_status status = flat && !trouble ? drawer_take(&sink->ddl->relations, flat) : PD_OK;

    if (!trouble && status == PD_FAILED)
        trouble = "a table or another sequence is called so";
    if (!flat || status == PD_FATAL)
        return my_no_memory(sink->host, err);
    status = choose_sequence(sink, flat, trouble, &sink->ddl->sequences[number], err);
    if (status == PD_OK && strcmp(flat, sink->ddl->sequences[number]) != 0)
        say_sequence(sink, number, flat, trouble);
    return status;
}

/* Foreign keys of tables that stay have names that are not free. */
static pd_status
take_outside(struct pd_sink *sink, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    if (sink->into != PD_INTO_REPLACE || !sink->my)
        return PD_OK;
    status = my_query(sink->my,
                      "SELECT CONSTRAINT_NAME, TABLE_NAME FROM "
                      "information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = "
                      "DATABASE()",
                      &result, err);
    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = my_row(sink->my, result, 2, 3, &status, err))) {
        const char *name = pd_pool_text(&sink->pool, row[0]);

        if (!name || (!drawer_find(&sink->ddl->relations, row[1]) &&
                      drawer_take(&sink->ddl->foreigns, name) == PD_FATAL))
            status = my_no_memory(sink->host, err);
    }
    mysql_free_result(result);
    return status;
}

/* In MySQL names of checks are the database's, and tables that are replaced have theirs until then.
 */
static pd_status
take_checks(struct pd_sink *sink, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    if (!sink->my || sink->my->is_mariadb || sink->my->version < VERSION_CHECKS_MYSQL)
        return PD_OK;
    status = my_query(sink->my,
                      "SELECT CONSTRAINT_NAME FROM information_schema.CHECK_CONSTRAINTS WHERE "
                      "CONSTRAINT_SCHEMA = DATABASE()",
                      &result, err);
    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = my_row(sink->my, result, 1, 1, &status, err))) {
        const char *name = pd_pool_text(&sink->pool, row[0]);

        if (!name || drawer_take(&sink->ddl->checks, name) == PD_FATAL)
            status = my_no_memory(sink->host, err);
    }
    mysql_free_result(result);
    return status;
}

pd_status
place_names(struct pd_sink *sink, struct pd_error *err)
{
    size_t i, n = sink->catalog->n_tables;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_sequences && status == PD_OK; i++) {
        if (ddl_is_sequence_made(sink, i))
            status = name_sequence(sink, i, err);
    }
    if (status == PD_OK)
        status = take_outside(sink, err);
    if (status == PD_OK)
        status = take_checks(sink, err);
    if (status != PD_OK)
        return status;
    for (i = 0; i < n && status == PD_OK; i++)
        status = make_room(sink, i) ? name_own(sink, i) : PD_FATAL;
    for (i = 0; i < n && status == PD_OK; i++)
        status = name_foreigns(sink, i, /* given= */ true);
    for (i = 0; i < n && status == PD_OK; i++)
        status = name_foreigns(sink, i, /* given= */ false);
    if (status == PD_OK && !sink->same)
        tell_primaries(sink);
    return status == PD_OK ? PD_OK : my_no_memory(sink->host, err);
}
