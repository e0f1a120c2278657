// SPDX-License-Identifier: Apache-2.0
/* place_names - names of keys, checks and foreign keys. Indexes share a drawer with tables and
   sequences, constraints have one a table. Everything gets its name before anything is made, since
   connections that find names at the same time find the same ones. */
#include <stdio.h>
#include <string.h>

#include "ddl.h"
#include "lex.h"

struct namer {
    struct pd_sink *sink;
    size_t number;
    const struct pd_table *table;
    struct target_table *target;
    struct names constraints; /* of the table */
};

/* The names of columns, as the server itself would join them for an index. */
static const char *
join_columns(struct namer *n, const uint32_t *columns, size_t n_columns, const char *suffix)
{
    const char *parts[8];
    size_t i, at = 0;

    parts[at++] = n->target->name;
    for (i = 0; i < n_columns && at < 6; i++) {
        if (columns[i] < n->table->n_columns)
            parts[at++] = pd_column_at(n->table, columns[i])->name;
    }
    parts[at++] = suffix;
    parts[at] = NULL;
    return names_join(&n->sink->pool, parts);
}

static const char *
usual_key_name(struct namer *n, const struct pd_key *key)
{
    uint32_t columns[5];
    size_t i, n_columns = 0;

    if (key->kind == PD_KEY_PRIMARY)
        return join_columns(n, NULL, 0, "pkey");
    for (i = 0; i < key->n_parts && n_columns < 5; i++) {
        if (pd_part_at(key, i)->column >= 0)
            columns[n_columns++] = (uint32_t)pd_part_at(key, i)->column;
    }
    return join_columns(n, columns, n_columns, key->kind == PD_KEY_UNIQUE ? "key" : "idx");
}

static bool
is_constraint(const struct pd_key *key)
{
    return key->flags & PD_KEY_CONSTRAINT;
}

/* A name that was given, when it is free; "" where another has to be found. */
static const char *
given_key_name(struct namer *n, const struct pd_key *key)
{
    pd_status status;

    if (!key->name || !*key->name || strlen(key->name) > NAMES_MAX_BYTES)
        return "";
    status = names_take(&n->sink->ddl->relations, n->target->schema, key->name);
    /* In the same engine they are what they were, whoever else is called so. */
    return status == PD_OK || n->sink->same ? key->name : "";
}

static const char *
other_key_name(struct namer *n, size_t number, const struct pd_key *key)
{
    const char *const parts[] = {n->target->name, key->name, NULL};
    const char *base =
        key->name && *key->name ? names_join(&n->sink->pool, parts) : usual_key_name(n, key);
    const char *name =
        base ? names_choose(&n->sink->ddl->relations, n->target->schema, base, "") : NULL;

    if (name && key->name && *key->name)
        sink_leave_out(n->sink, PD_PART_KEY, (uint32_t)n->number, (uint32_t)number,
                       "name of key '%s' of table '%s': it is taken or too long, it is called '%s'",
                       key->name, n->table->name, name);
    return name;
}

static struct namer
begin(struct pd_sink *sink, size_t number, struct pd_pool *pool)
{
    struct namer n = {.sink = sink,
                      .number = number,
                      .table = sink->tables[number].table,
                      .target = &sink->tables[number],
                      .constraints = {.pool = pool}};

    return n;
}

/* A sequence that the server would call otherwise. A table has one identity column at most. */
static pd_status
take_identity(struct namer *n, size_t column, struct pd_error *err)
{
    const struct pd_column *c = pd_column_at(n->table, column);
    char name[LEX_NAME_ROOM];
    struct lex lex;
    pd_status status;

    if (!n->sink->same || !c->default_native || !ddl_is_identity(n->sink, n->number, column))
        return PD_OK;
    lex_begin(&lex, c->default_native);
    if (!lex_take_words(&lex, "SEQUENCE NAME") || !lex_take_name(&lex, name) || lex.kind != LEX_END)
        return PD_OK;
    n->sink->ddl->tables[n->number].identity = pd_pool_text(&n->sink->pool, name);
    if (!n->sink->ddl->tables[n->number].identity)
        return pg_no_memory(n->sink->host, err);
    status = names_take(&n->sink->ddl->relations, n->target->schema,
                        n->sink->ddl->tables[n->number].identity);
    if (status != PD_FAILED)
        return status == PD_OK ? PD_OK : pg_no_memory(n->sink->host, err);
    n->sink->ddl->tables[n->number].identity = NULL;
    sink_leave_out(n->sink, PD_PART_IDENTITY, (uint32_t)n->number, (uint32_t)column,
                   "name of the sequence '%s' of column '%s' of table '%s': it is taken", name,
                   c->name, n->table->name);
    return PD_OK;
}

/* First those that were given, of all tables. */
static pd_status
take_given(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct ddl_table *d = &sink->ddl->tables[number];
    struct namer n = begin(sink, number, NULL);
    size_t i;
    pd_status status = PD_OK;

    d->keys = pd_pool_alloc(&sink->pool, (n.table->n_keys + 1) * sizeof *d->keys);
    d->checks = pd_pool_alloc(&sink->pool, (n.table->n_checks + 1) * sizeof *d->checks);
    d->foreigns = pd_pool_alloc(&sink->pool, (n.table->n_foreigns + 1) * sizeof *d->foreigns);
    if (!d->keys || !d->checks || !d->foreigns)
        return pg_no_memory(sink->host, err);
    for (i = 0; i < n.table->n_keys; i++)
        d->keys[i] = given_key_name(&n, pd_key_at(n.table, i));
    for (i = 0; i < n.table->n_columns && status == PD_OK; i++)
        status = take_identity(&n, i, err);
    return status;
}

/* ---- Constraints ---- */

static const char *
constraint_name(struct namer *n, const char *given, const char *usual, int part, size_t number)
{
    bool is_given = given && *given;
    const char *base = is_given ? given : usual;
    const char *name = base ? names_choose(&n->constraints, NULL, base, "") : NULL;

    name = name ? pd_pool_text(&n->sink->pool, name) : NULL;
    if (name && is_given && strcmp(name, given) != 0)
        sink_leave_out(n->sink, part, (uint32_t)n->number, (uint32_t)number,
                       "name of constraint '%s' of table '%s': it is taken or too long, it is "
                       "called '%s'",
                       given, n->table->name, name);
    return name;
}

static const char *
check_name(struct namer *n, size_t i)
{
    const struct pd_check *check = pd_check_at(n->table, i);

    return constraint_name(n, check->name, join_columns(n, NULL, 0, "check"), PD_PART_CHECK, i);
}

static const char *
foreign_name(struct namer *n, size_t i)
{
    const struct pd_foreign *foreign = pd_foreign_at(n->table, i);
    const char *usual = join_columns(n, foreign->columns, foreign->n_columns, "fkey");

    return constraint_name(n, foreign->name, usual, PD_PART_FOREIGN, i);
}

/* Given names are found first, so that none of ours takes one of them. */
static bool
name_constraints(struct namer *n, struct ddl_table *d, bool given)
{
    size_t i;

    for (i = 0; i < n->table->n_checks; i++) {
        const char *name = pd_check_at(n->table, i)->name;

        if ((name && *name) != given)
            continue;
        d->checks[i] = check_name(n, i);
        if (!d->checks[i])
            return false;
    }
    for (i = 0; i < n->table->n_foreigns; i++) {
        const char *name = pd_foreign_at(n->table, i)->name;

        if ((name && *name) != given)
            continue;
        d->foreigns[i] = foreign_name(n, i);
        if (!d->foreigns[i])
            return false;
    }
    return true;
}

static pd_status
name_rest(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct pd_pool pool = {.host = sink->host};
    struct namer n = begin(sink, number, &pool);
    struct ddl_table *d = &sink->ddl->tables[number];
    bool fine = true;
    size_t i;

    for (i = 0; i < n.table->n_keys && fine; i++) {
        const struct pd_key *key = pd_key_at(n.table, i);

        if (!*d->keys[i])
            d->keys[i] = other_key_name(&n, i, key);
        fine = d->keys[i] &&
               (!is_constraint(key) || names_take(&n.constraints, NULL, d->keys[i]) != PD_FATAL);
    }
    fine = fine && name_constraints(&n, d, /* given= */ true) &&
           name_constraints(&n, d, /* given= */ false);
    pd_pool_close(&pool);
    return fine ? PD_OK : pg_no_memory(sink->host, err);
}

/* Sequences come from engines whose names are as ours. */
static pd_status
take_sequences(struct pd_sink *sink, struct pd_error *err)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_sequences; i++) {
        const struct pd_sequence *s = pd_sequence_at(sink->catalog, i);
        pd_status status = PD_OK;

        if (!*s->name || strlen(s->name) > NAMES_MAX_BYTES)
            return sink->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                                    "sequence '%s': PostgreSQL does not take such a name", s->name);
        status = names_take(&sink->ddl->relations, s->schema, s->name);
        if (status == PD_FATAL)
            return pg_no_memory(sink->host, err);
        if (status != PD_OK && !sink->same)
            return sink->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                                    "sequence '%s': a table is called so too: rename one, or leave "
                                    "the table out with --exclude",
                                    s->name);
    }
    return PD_OK;
}

/* The server looks for a free name when it makes the table, and may find that of one that is made
   later. What is too long it cuts in its own way. */
static pd_status
name_identity(struct pd_sink *sink, size_t number, size_t column, struct pd_error *err)
{
    struct ddl_table *d = &sink->ddl->tables[number];
    const struct target_table *t = &sink->tables[number];
    const char *const parts[] = {t->name, ddl_column(sink, number, column), "seq", NULL};
    const char *usual;
    pd_status status;

    if (d->identity || !ddl_is_identity(sink, number, column))
        return PD_OK;
    usual = names_join(&sink->pool, parts);
    if (!usual)
        return pg_no_memory(sink->host, err);
    if (strlen(usual) > NAMES_MAX_BYTES)
        return PD_OK;
    status = names_take(&sink->ddl->relations, t->schema, usual);
    if (status == PD_FAILED)
        d->identity = names_choose(&sink->ddl->relations, t->schema, usual, "");
    return status == PD_OK || d->identity ? PD_OK : pg_no_memory(sink->host, err);
}

pd_status
place_names(struct pd_sink *sink, struct pd_error *err)
{
    size_t i, k;
    pd_status status = take_sequences(sink, err);

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++)
        status = take_given(sink, i, err);
    for (i = 0; i < sink->catalog->n_tables; i++) {
        for (k = 0; k < sink->tables[i].table->n_columns && status == PD_OK; k++)
            status = name_identity(sink, i, k, err);
    }
    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++)
        status = name_rest(sink, i, err);
    return status;
}
