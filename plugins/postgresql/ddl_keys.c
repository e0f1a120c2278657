// SPDX-License-Identifier: Apache-2.0
/* ddl_keys - primary keys, unique constraints and indexes, on several connections at once. */
#include <stdio.h>
#include <string.h>

#include "ddl.h"
#include "passive.h"

/* One key on its way. */
struct key_maker {
    struct pd_sink *sink;
    size_t table;
    size_t number;
    const struct target_table *t;
    const struct pd_key *key;
    const char *name; /* in the target */
    struct pd_sql sql;
    struct pd_sql then; /* the second statement, if there is one */
    bool by_index;      /* constraints are made by way of an index, beside others of the table */
    bool is_primary;    /* it is made as one */
    struct pd_error *err;
};

#define LEAVE_OUT(k, ...)                                                                          \
    sink_leave_out((k)->sink, PD_PART_KEY, (uint32_t)(k)->table, (uint32_t)(k)->number, __VA_ARGS__)

const char *
ddl_key_label(const struct pd_table *table, const struct pd_key *key)
{
    if (key->name && *key->name)
        return key->name;
    if (key->n_parts && pd_part_at(key, 0)->column >= 0)
        return pd_column_at(table, (size_t)pd_part_at(key, 0)->column)->name;
    return "";
}

static void
say_lost(struct key_maker *k, const char *why)
{
    LEAVE_OUT(k, "key '%s' of table '%s': %s", ddl_key_label(k->t->table, k->key),
              k->t->table->name, why);
}

/* ---- Parts ---- */

static const char *
lost_collation(uint32_t collation)
{
    switch (collation) {
    case PD_COLLATION_NOCASE:
    case PD_COLLATION_CI:
        return "letters that differ in case are different in it here";
    case PD_COLLATION_RTRIM:
        return "blanks at the end count in it here";
    case PD_COLLATION_NATIVE:
        return "its collation is not known here";
    default:
        return NULL;
    }
}

static void
put_collation(struct key_maker *k, const struct pd_key_part *part)
{
    const struct pd_column *column =
        part->column >= 0 ? pd_column_at(k->t->table, (size_t)part->column) : NULL;
    const char *lost;

    if (part->collation == PD_COLLATION_DEFAULT)
        return;
    if (k->sink->same) {
        if (part->collation == PD_COLLATION_BINARY)
            pd_sql_add(&k->sql, " COLLATE \"pg_catalog\".\"C\"");
        return;
    }
    lost = lost_collation(part->collation);
    if (lost && !(column && column->collation == part->collation))
        say_lost(k, lost);
}

static pd_status
put_part(struct key_maker *k, const struct pd_key_part *part, bool as_index)
{
    pd_status status = PD_OK;

    if (part->column >= 0) {
        const char *name = ddl_column(k->sink, k->table, (size_t)part->column);

        if (!name)
            return PD_UNSUPPORTED;
        sql_name(&k->sql, name);
    } else {
        pd_sql_add(&k->sql, "(");
        status = expression_write(k->sink, k->table, part->expression, part->expression_native,
                                  &k->sql, k->err);
        pd_sql_add(&k->sql, ")");
    }
    if (as_index)
        put_collation(k, part);
    if (as_index && part->flags & PD_PART_DESC)
        pd_sql_add(&k->sql, " DESC");
    return status;
}

static pd_status
put_parts(struct key_maker *k, bool as_index)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < k->key->n_parts && status == PD_OK; i++) {
        pd_sql_add(&k->sql, i ? ", " : " (");
        status = put_part(k, pd_part_at(k->key, i), as_index);
    }
    pd_sql_add(&k->sql, ")");
    return status;
}

/* Constraints are of plain columns. */
static bool
fits_constraint(const struct pd_key *key)
{
    size_t i;

    if (!(key->flags & PD_KEY_CONSTRAINT) || key->predicate || key->predicate_native)
        return false;
    for (i = 0; i < key->n_parts; i++) {
        const struct pd_key_part *part = pd_part_at(key, i);

        if (part->column < 0 || (part->flags & PD_PART_DESC && key->kind != PD_KEY_PRIMARY))
            return false;
    }
    return true;
}

static bool
has_descending(const struct pd_key *key)
{
    size_t i;

    for (i = 0; i < key->n_parts; i++) {
        if (pd_part_at(key, i)->flags & PD_PART_DESC)
            return true;
    }
    return false;
}

/* ---- Statements ---- */

static void
put_constraint(const struct key_maker *k, struct pd_sql *sql)
{
    pd_sql_add(sql, ddl_is_kin(k->sink, k->table) ? "ALTER TABLE ONLY " : "ALTER TABLE ");
    sql_table(sql, k->t->schema, k->t->name);
    pd_sql_add(sql, " ADD CONSTRAINT ");
    sql_name(sql, k->name);
    pd_sql_add(sql, k->is_primary ? " PRIMARY KEY" : " UNIQUE");
}

static void
put_index(struct key_maker *k)
{
    pd_sql_add(&k->sql, k->key->kind == PD_KEY_INDEX ? "CREATE INDEX " : "CREATE UNIQUE INDEX ");
    sql_name(&k->sql, k->name);
    pd_sql_add(&k->sql, " ON ");
    sql_table(&k->sql, k->t->schema, k->t->name);
}

/* How densely it is packed, and the like: known to its own engine alone. */
static void
put_storage(struct key_maker *k)
{
    const char *native = k->sink->same ? k->key->native_sql : NULL;
    size_t size = 0;
    const char *storage = native ? passive_storage(native, &size) : NULL;

    if (storage)
        pd_sql_printf(&k->sql, " %.*s", (int)size, storage);
}

/* ALTER TABLE keeps others off the table while it builds the index, CREATE INDEX does not. */
static pd_status
write_constraint(struct key_maker *k)
{
    pd_status status;

    if (k->is_primary && has_descending(k->key))
        say_lost(k, "all its columns ascend here");
    if (k->by_index) {
        put_index(k);
        put_constraint(k, &k->then);
        pd_sql_add(&k->then, " USING INDEX ");
        sql_name(&k->then, k->name);
    } else {
        put_constraint(k, &k->sql);
    }
    status = put_parts(k, /* as_index= */ false);
    put_storage(k);
    return status;
}

static pd_status
write_index(struct key_maker *k)
{
    const struct pd_key *key = k->key;
    pd_status status;

    put_index(k);
    status = put_parts(k, /* as_index= */ true);
    put_storage(k);
    if (status != PD_OK || (!key->predicate && !key->predicate_native))
        return status;
    pd_sql_add(&k->sql, " WHERE ");
    return expression_write(k->sink, k->table, key->predicate, key->predicate_native, &k->sql,
                            k->err);
}

/* Does the statement make something on this very table? */
static bool
is_about_table(const struct key_maker *k, const char *native)
{
    struct passive passive;

    return passive_read(native, &passive) && passive.kind == PASSIVE_RELATION &&
           strcmp(passive.name, k->t->name) == 0 &&
           strcmp(*passive.schema ? passive.schema : "public",
                  k->t->schema ? k->t->schema : "public") == 0;
}

static pd_status
write_native(struct key_maker *k)
{
    const char *native = k->key->native_sql;
    bool passive = native && !(k->key->flags & PD_KEY_ACTIVE_SQL) && is_about_table(k, native);

    if (!k->sink->same || !native) {
        say_lost(k, "it cannot be said here");
        return PD_DONE;
    }
    if (!k->sink->native && !passive) {
        sink_leave_out(k->sink, PD_PART_KEY | PD_PART_IF_NATIVE, (uint32_t)k->table,
                       (uint32_t)k->number, "key '%s' of table '%s': it is made with --native only",
                       ddl_key_label(k->t->table, k->key), k->t->table->name);
        return PD_DONE;
    }
    pd_sql_add(&k->sql, native);
    return PD_OK;
}

/* NULL in a column of a primary key that admitted it. */
static pd_status
find_null(struct key_maker *k, bool *ret_found)
{
    struct pd_sql sql = {.host = k->sink->host};
    PGresult *result = NULL;
    size_t i, n = 0;
    pd_status status;

    pd_sql_add(&sql, "SELECT FROM ");
    sql_table(&sql, k->t->schema, k->t->name);
    for (i = 0; i < k->key->n_parts; i++) {
        int32_t column = pd_part_at(k->key, i)->column;
        const char *name = column >= 0 ? ddl_column(k->sink, k->table, (size_t)column) : NULL;

        if (!name)
            continue;
        pd_sql_add(&sql, n++ ? " OR " : " WHERE ");
        sql_name(&sql, name);
        pd_sql_add(&sql, " IS NULL");
    }
    pd_sql_add(&sql, " LIMIT 1");
    status = pd_sql_text(&sql) ? pg_query(k->sink->pg, sql.text, 0, NULL, "", &result, k->err)
                               : pg_no_memory(k->sink->host, k->err);
    pd_sql_free(&sql);
    if (status != PD_OK)
        return status;
    *ret_found = PQntuples(result) > 0;
    PQclear(result);
    return PD_OK;
}

/* Without rows nobody knows what will come. */
static pd_status
choose_primary(struct key_maker *k)
{
    bool has_null = k->sink->load->flags & PD_LOAD_SCHEMA_ONLY;
    pd_status status = PD_OK;

    k->is_primary = k->key->kind == PD_KEY_PRIMARY;
    if (!k->is_primary || !(k->key->flags & PD_KEY_NULLS_ADMITTED))
        return PD_OK;
    if (!has_null)
        status = find_null(k, &has_null);
    k->is_primary = !has_null;
    if (has_null)
        say_lost(k, "a primary key takes no NULL here, so it is unique and no more");
    return status;
}

/* PD_DONE: it is left out, and told. */
static pd_status
write_key(struct key_maker *k)
{
    pd_status status;

    if (k->key->flags & PD_KEY_NATIVE_ONLY)
        return write_native(k);
    status = choose_primary(k);
    if (status != PD_OK)
        return status;
    status = fits_constraint(k->key) ? write_constraint(k) : write_index(k);
    if (status != PD_UNSUPPORTED)
        return status;
    say_lost(k, "a column or an expression of it is left out");
    return PD_DONE;
}

/* ---- Jobs ---- */

static pd_status
add_job(struct key_maker *k, struct job_list *jobs)
{
    struct pd_sink *sink = k->sink;
    struct job *job = pd_pool_append(&sink->pool, &jobs->list, jobs->n, &jobs->room, sizeof *job);
    struct pd_sql label = {.host = sink->host};

    if (!job)
        return pg_no_memory(sink->host, k->err);
    memset(job, 0, sizeof *job);
    pd_sql_printf(&label, "key '%s' of table '%s'", ddl_key_label(k->t->table, k->key),
                  k->t->table->name);
    job->sql = attempt_keep(sink, &k->sql, k->err);
    job->label = attempt_keep(sink, &label, k->err);
    if (k->then.size)
        job->then = attempt_keep(sink, &k->then, k->err);
    job->tables[0] = k->table;
    job->tables[1] = PD_NO_TABLE;
    job->is_shared = strncmp(job->sql ? job->sql : "", "CREATE", 6) == 0;
    job->may_fail = true;
    job->weight = sink->n_rows[k->table];
    job->number = k->number;
    if (!job->sql || !job->label || (k->then.size && !job->then))
        return PD_FATAL;
    jobs->n++;
    return PD_OK;
}

/* Of plain columns, with nothing to be said about it and no look at the rows. */
static bool
can_be_early(const struct pd_sink *sink, const struct pd_key *key)
{
    bool is_primary = key->kind == PD_KEY_PRIMARY;

    if (key->flags & PD_KEY_NATIVE_ONLY || key->predicate || key->predicate_native ||
        (is_primary && (key->flags & PD_KEY_NULLS_ADMITTED || has_descending(key))))
        return false;
    for (size_t i = 0; i < key->n_parts; i++) {
        const struct pd_key_part *part = pd_part_at(key, i);

        if (part->column < 0 || (part->collation != PD_COLLATION_DEFAULT &&
                                 !(sink->same && part->collation == PD_COLLATION_BINARY)))
            return false;
    }
    return true;
}

/* Those of a table that are early, or the others. */
static pd_status
add_table(struct pd_sink *sink, size_t table, bool early, struct job_list *jobs,
          struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    const struct ddl_table *d = &sink->ddl->tables[table];
    bool by_index = sink->atomic == ATOMIC_MARKED && t->table->n_keys > 1 && d->create &&
                    !ddl_has_objects(sink, table);
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < t->table->n_keys && status == PD_OK; i++) {
        struct key_maker k = {.sink = sink,
                              .table = table,
                              .number = i,
                              .t = t,
                              .key = pd_key_at(t->table, i),
                              .name = d->keys[i],
                              .by_index = by_index,
                              .sql = {.host = sink->host},
                              .then = {.host = sink->host},
                              .err = err};

        if ((sink->ddl->early && d->is_early && can_be_early(sink, k.key)) != early)
            continue;
        status = write_key(&k);
        if (status == PD_OK)
            status = add_job(&k, jobs);
        else if (status == PD_DONE)
            status = PD_OK;
        pd_sql_free(&k.sql);
        pd_sql_free(&k.then);
    }
    return status;
}

pd_status
ddl_keys_early(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    if (sink->ddl->early || sink->load->flags & PD_LOAD_SCHEMA_ONLY)
        return PD_OK;
    sink->ddl->early = pd_pool_alloc(&sink->pool, sizeof *sink->ddl->early);
    if (!sink->ddl->early)
        return pg_no_memory(sink->host, err);
    memset(sink->ddl->early, 0, sizeof *sink->ddl->early);
    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        struct ddl_table *d = &sink->ddl->tables[i];

        d->is_early = !sink->tables[i].is_large_objects && d->create && !ddl_has_objects(sink, i);
        if (d->is_early)
            status = add_table(sink, i, true, sink->ddl->early, err);
    }
    return status == PD_OK ? jobs_begin(sink, sink->ddl->early->list, sink->ddl->early->n, err)
                           : status;
}

/* An index may be done without, and so may what the server has no means for; not so a key that the
   rows break. */
static bool
can_be_missed(const struct job *job, const struct pd_key *key)
{
    bool is_of_expression = key->predicate || key->predicate_native;
    size_t i;

    for (i = 0; i < key->n_parts; i++)
        is_of_expression = is_of_expression || pd_part_at(key, i)->column < 0;
    return key->kind == PD_KEY_INDEX || is_of_expression || strncmp(job->sqlstate, "54", 2) == 0 ||
           strncmp(job->sqlstate, "42", 2) == 0 || strncmp(job->sqlstate, "0A", 2) == 0;
}

static pd_status
judge_refusal(struct pd_sink *sink, const struct job *job, struct pd_error *err)
{
    const struct pd_table *t = sink->tables[job->tables[0]].table;
    const struct pd_key *key = pd_key_at(t, job->number);

    if (!can_be_missed(job, key))
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_DATA, "cannot make %s: %s", job->label,
                                job->refusal);
    sink_leave_out(sink, PD_PART_KEY, (uint32_t)job->tables[0], (uint32_t)job->number, "%s: %s",
                   job->label, job->refusal);
    return PD_OK;
}

static pd_status
judge(struct pd_sink *sink, const struct job_list *jobs, struct pd_error *err)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < jobs->n && status == PD_OK; i++) {
        if (jobs->list[i].refusal)
            status = judge_refusal(sink, &jobs->list[i], err);
    }
    return status;
}

pd_status
ddl_keys(struct pd_sink *sink, struct pd_error *err)
{
    struct job_list jobs = {NULL, 0, 0};
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (!sink->tables[i].is_large_objects)
            status = add_table(sink, i, false, &jobs, err);
    }
    if (status == PD_OK)
        status = jobs_do(sink, jobs.list, jobs.n, err);
    if (status == PD_OK && sink->ddl->early)
        status = judge(sink, sink->ddl->early, err);
    return status == PD_OK ? judge(sink, &jobs, err) : status;
}

/* ---- For foreign keys ---- */

static bool
has_column(const struct pd_key *key, size_t column)
{
    size_t i;

    for (i = 0; i < key->n_parts; i++) {
        if (pd_part_at(key, i)->column == (int32_t)column)
            return true;
    }
    return false;
}

bool
ddl_key_covers(const struct pd_sink *sink, size_t table, const size_t *columns, size_t n)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t i, k;

    for (k = 0; k < t->n_keys; k++) {
        const struct pd_key *key = pd_key_at(t, k);

        if (key->kind == PD_KEY_INDEX || key->predicate || key->predicate_native ||
            key->n_parts != n)
            continue;
        for (i = 0; i < n && has_column(key, columns[i]); i++)
            continue;
        if (i == n)
            return true;
    }
    return false;
}
