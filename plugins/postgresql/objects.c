// SPDX-License-Identifier: Apache-2.0
/* objects - what only PostgreSQL has, as statements that can be run one by one. Everything is
   listed by queries, which say what is there and what is not carried; the text of a thing is
   pg_dump's if it can be had, else the query's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "objects_inside.h"

/* Their order does not matter but for this: what speaks of things is listed after them. */
static const struct objects_kind *const lists[] = {
    objects_kinds_notes,     objects_kinds_schema, objects_kinds_types, objects_kinds_routines,
    objects_kinds_relations, objects_kinds_tables, objects_kinds_access};

static const struct objects_kind owner_kind = {
    "owner", RANK_OWNER, PHASE_AFTER, KIND_ALTER | KIND_ACCESS, 0, 0, NULL, NULL};

pd_status
objects_no_memory(struct objects *o, struct pd_error *err)
{
    return pg_no_memory(o->pg->host, err);
}

/* ---- Tables of the catalogue ---- */

static int
compare_relations(const void *a, const void *b)
{
    const struct relation *one = a, *two = b;

    return (one->oid > two->oid) - (one->oid < two->oid);
}

const struct relation *
objects_relation(const struct objects *o, uint32_t oid)
{
    struct relation wanted = {.oid = oid};

    if (!o->n_relations)
        return NULL;
    return bsearch(&wanted, o->relations, o->n_relations, sizeof wanted, compare_relations);
}

static pd_status
add_relation(struct objects *o, uint32_t oid, uint32_t table, bool is_leaf, struct pd_error *err)
{
    struct relation *r =
        pd_pool_append(&o->pool, &o->relations, o->n_relations, &o->relations_room, sizeof *r);

    if (!r)
        return objects_no_memory(o, err);
    *r = (struct relation){oid, table, is_leaf};
    o->n_relations++;
    return PD_OK;
}

static pd_status
find_relations(struct objects *o, struct pd_error *err)
{
    pd_status status = PD_OK;
    uint32_t i;
    size_t k;

    for (i = 0; i < o->catalog->catalog.n_tables && status == PD_OK; i++) {
        const struct pg_table *table = &o->catalog->tables[i];

        if (table->kind != PG_TABLE_PLAIN)
            continue;
        status = add_relation(o, table->oid, i, false, err);
        for (k = 0; k < table->n_leaves && status == PD_OK; k++) {
            if (table->leaves[k].oid != table->oid)
                status = add_relation(o, table->leaves[k].oid, i, true, err);
        }
    }
    if (o->n_relations)
        qsort(o->relations, o->n_relations, sizeof *o->relations, compare_relations);
    return status;
}

/* ---- Things ---- */

struct thing *
objects_add(struct objects *o, const struct objects_kind *kind)
{
    struct thing *thing =
        pd_pool_append(&o->pool, &o->things, o->n_things, &o->things_room, sizeof *thing);

    if (!thing)
        return NULL;
    *thing = (struct thing){.kind = kind,
                            .rank = kind->rank,
                            .phase = kind->phase,
                            .upper = PHASE_AFTER,
                            .table = NO_TABLE,
                            .is_passive = kind->flags & KIND_PASSIVE};
    o->n_things++;
    return thing;
}

static int
compare_oids(const void *a, const void *b, void *context)
{
    const struct objects *o = context;
    uint32_t one, two;
    const struct thing *s, *t;

    memcpy(&one, a, sizeof one);
    memcpy(&two, b, sizeof two);
    s = &o->things[one];
    t = &o->things[two];
    if (s->class_oid != t->class_oid)
        return s->class_oid < t->class_oid ? -1 : 1;
    return (s->oid > t->oid) - (s->oid < t->oid);
}

/* Comments, owners, grants. */
static bool
is_said(const struct thing *thing)
{
    return thing->kind->flags & (KIND_COMMENT | KIND_ALTER | KIND_ACCESS);
}

pd_status
objects_index(struct objects *o, struct pd_error *err)
{
    uint32_t i;

    o->by_oid = pd_pool_alloc(&o->pool, (o->n_things + 1) * sizeof *o->by_oid);
    if (!o->by_oid)
        return objects_no_memory(o, err);
    o->n_by_oid = 0;
    for (i = 0; i < o->n_things; i++) {
        if (o->things[i].oid && !is_said(&o->things[i]) && !(o->things[i].kind->flags & KIND_SHELL))
            o->by_oid[o->n_by_oid++] = i;
    }
    if (o->n_by_oid)
        qsort_r(o->by_oid, o->n_by_oid, sizeof *o->by_oid, compare_oids, o);
    return PD_OK;
}

struct thing *
objects_find(struct objects *o, uint32_t class_oid, uint32_t oid)
{
    size_t low = 0, high = o->n_by_oid;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct thing *thing = &o->things[o->by_oid[middle]];

        if (thing->class_oid == class_oid && thing->oid == oid)
            return thing;
        if (thing->class_oid < class_oid || (thing->class_oid == class_oid && thing->oid < oid))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* A text of the result, in the pool; NULL for NULL. */
static pd_status
take_text(struct objects *o, const PGresult *result, int row, int column, const char **ret_text,
          struct pd_error *err)
{
    *ret_text = NULL;
    if (PQgetisnull(result, row, column))
        return PD_OK;
    *ret_text = pd_pool_text(&o->pool, PQgetvalue(result, row, column));
    return *ret_text ? PD_OK : objects_no_memory(o, err);
}

static pd_status
take_row(struct objects *o, const struct objects_kind *kind, const PGresult *result, int row,
         struct pd_error *err)
{
    struct thing *thing = objects_add(o, kind);
    pd_status status;

    if (!thing)
        return objects_no_memory(o, err);
    thing->class_oid = (uint32_t)strtoul(PQgetvalue(result, row, LISTED_CLASS), NULL, 10);
    thing->oid = (uint32_t)strtoul(PQgetvalue(result, row, LISTED_OID), NULL, 10);
    thing->relation = (uint32_t)strtoul(PQgetvalue(result, row, LISTED_RELATION), NULL, 10);
    thing->place = (uint32_t)row;
    status = take_text(o, result, row, LISTED_SCHEMA, &thing->schema, err);
    if (status == PD_OK)
        status = take_text(o, result, row, LISTED_NAME, &thing->name, err);
    if (status == PD_OK)
        status = take_text(o, result, row, LISTED_PHRASE, &thing->phrase, err);
    if (status == PD_OK)
        status = take_text(o, result, row, LISTED_OWNER, &thing->owner, err);
    if (status == PD_OK)
        status = take_text(o, result, row, LISTED_SQL, &thing->sql, err);
    if (status == PD_OK)
        status = take_text(o, result, row, LISTED_NEEDS, &thing->needs, err);
    if (!thing->sql)
        thing->why = "the server does not say how it is made";
    else if (thing->kind->flags & KIND_NOTE)
        thing->why = thing->sql;
    return status;
}

static pd_status
list_kind(struct objects *o, const struct objects_kind *kind, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status;
    int i;

    if (o->pg->version < kind->since || (kind->until && o->pg->version >= kind->until))
        return PD_OK;
    status = pg_query(o->pg, kind->sql, 0, NULL, "IITTITTTT", &result, err);
    if (status != PD_OK)
        return status;
    for (i = 0; i < PQntuples(result) && status == PD_OK; i++)
        status = take_row(o, kind, result, i, err);
    PQclear(result);
    return status;
}

static pd_status
list_all(struct objects *o, struct pd_error *err)
{
    pd_status status = PD_OK;
    size_t i;

    for (i = 0; i < sizeof lists / sizeof *lists; i++) {
        const struct objects_kind *kind;

        for (kind = lists[i]; kind->name && status == PD_OK; kind++)
            status = list_kind(o, kind, err);
    }
    return status == PD_OK ? objects_index(o, err) : status;
}

/* ---- What is said of things ---- */

/* NULL: memory is short. */
static char *
joined(struct objects *o, const char *word, const char *phrase, const char *rest)
{
    size_t size = strlen(word) + strlen(phrase) + strlen(rest) + 2;
    char *text = pd_pool_alloc(&o->pool, size);

    if (text)
        snprintf(text, size, "%s %s%s", word, phrase, rest);
    return text;
}

/* From a thing to what is said of it. */
static void
inherit(struct thing *said, const struct thing *of)
{
    if (!said->phrase)
        said->phrase = of->phrase;
    said->schema = of->schema;
    if (!said->relation)
        said->relation = of->relation;
    if (of->rank >= RANK_EVENT)
        said->rank = RANK_EVENT_STATE;
    said->is_passive = said->is_passive && of->is_passive;
}

const struct thing *
objects_said_of(struct objects *o, const struct thing *thing)
{
    return thing->oid && is_said(thing) ? objects_find(o, thing->class_oid, thing->oid) : NULL;
}

static pd_status
finish_said(struct objects *o, struct thing *thing, struct pd_error *err)
{
    unsigned flags = thing->kind->flags;
    const struct thing *of = objects_said_of(o, thing);

    if (of)
        inherit(thing, of);
    /* There may be a table, a function and a trigger of one name. */
    thing->name = thing->phrase ? thing->phrase : thing->name;
    if (!thing->phrase)
        thing->is_gone = true; /* of a table, or of what is no thing of ours */
    if (thing->is_gone || !thing->sql || !(flags & (KIND_COMMENT | KIND_ALTER)))
        return PD_OK;
    thing->sql =
        joined(o, flags & KIND_COMMENT ? "COMMENT ON" : "ALTER", thing->phrase, thing->sql);
    return thing->sql ? PD_OK : objects_no_memory(o, err);
}

static pd_status
add_owner(struct objects *o, size_t number, struct pd_error *err)
{
    struct thing *owner = objects_add(o, &owner_kind); /* things may move by this */
    const struct thing *of = &o->things[number];
    struct pd_sql sql = {.host = o->pg->host};

    if (!owner)
        return objects_no_memory(o, err);
    owner->class_oid = of->class_oid;
    owner->oid = of->oid;
    owner->place = (uint32_t)number;
    inherit(owner, of);
    owner->name = owner->phrase;
    pd_sql_add(&sql, " OWNER TO ");
    sql_name(&sql, of->owner);
    if (pd_sql_text(&sql))
        owner->sql = joined(o, "ALTER", of->phrase, pd_sql_text(&sql));
    pd_sql_free(&sql);
    return owner->sql ? PD_OK : objects_no_memory(o, err);
}

/* ---- What belongs to tables ---- */

static bool
same_name(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* Is the key or check of a table there without anything active having been asked for? */
static bool
is_passive_part(const struct pd_table *table, const char *name)
{
    size_t i;

    for (i = 0; i < table->n_keys; i++) {
        const struct pd_key *key = pd_key_at(table, i);

        if (same_name(key->name, name))
            return !(key->flags & PD_KEY_ACTIVE_SQL);
    }
    for (i = 0; i < table->n_checks; i++) {
        const struct pd_check *check = pd_check_at(table, i);

        if (same_name(check->name, name))
            return check->expression != NULL;
    }
    for (i = 0; i < table->n_foreigns; i++) {
        if (same_name(pd_foreign_at(table, i)->name, name))
            return true;
    }
    return false;
}

static void
attach(struct objects *o, struct thing *thing)
{
    const struct relation *relation = thing->relation ? objects_relation(o, thing->relation) : NULL;
    const struct pd_catalog *c = &o->catalog->catalog;
    const struct thing *of;

    if (!thing->relation)
        return;
    of = objects_find(o, CLASS_PG_CLASS, thing->relation);
    if (!relation && !of)
        thing->is_gone = true; /* a table of an extension, or of somebody's session */
    if (of)
        thing->is_passive = thing->is_passive && of->is_passive;
    if (!relation)
        return;
    thing->table = relation->table;
    if (relation->is_leaf)
        thing->is_passive = false;
    else if (thing->needs && thing->is_passive)
        thing->is_passive = is_passive_part(pd_table_at(c, relation->table), thing->needs);
}

/* First what stands for itself, then what is said of it. */
static pd_status
attach_all(struct objects *o, struct pd_error *err)
{
    size_t i, n = o->n_things;
    pd_status status = PD_OK;

    for (i = 0; i < n; i++) {
        if (!is_said(&o->things[i]))
            attach(o, &o->things[i]);
    }
    for (i = 0; i < n && status == PD_OK; i++) {
        if (is_said(&o->things[i]))
            status = finish_said(o, &o->things[i], err);
        else if (o->things[i].owner && o->things[i].phrase && !o->things[i].is_gone)
            status = add_owner(o, i, err);
    }
    for (i = 0; i < o->n_things; i++) {
        if (is_said(&o->things[i]))
            attach(o, &o->things[i]);
    }
    return status == PD_OK ? objects_index(o, err) : status;
}

/* ---- Providers ---- */

/* Without pg_dump the server's own texts do, unless pg_dump was asked for. */
static pd_status
may_do_without(struct objects *o, pd_status status)
{
    const struct pd_host *host = o->pg->host;

    if (status != PD_UNSUPPORTED)
        return status;
    if (same_name(o->provider, "pg_dump"))
        return PD_FATAL;
    host->log(host, PD_LOG_WARNING,
              "objects that only PostgreSQL has are read from the server's catalogue, since "
              "pg_dump cannot be used; --native-provider=pg_dump says why, "
              "--native-provider=server says that it is meant so");
    return PD_OK;
}

/* Starts pg_dump, which works while this side lists. *ret_dump: NULL when it shall not be asked, or
   cannot. */
static pd_status
begin_dump(struct objects *o, const char *snapshot, struct dump **ret_dump, struct pd_error *err)
{
    pd_status status = PD_OK;

    *ret_dump = NULL;
    if (snapshot && !same_name(o->provider, "server"))
        status = dump_open(o->pg, snapshot, ret_dump, err);
    return may_do_without(o, status);
}

static pd_status
end_dump(struct objects *o, struct dump *dump, struct pd_error *err)
{
    const char *version = NULL;
    pd_status status = PD_OK;

    if (dump)
        status = may_do_without(o, objects_take_dump(o, dump, &version, err));
    return status == PD_OK ? objects_name_provider(o, version, err) : status;
}

static pd_status
read_objects(struct objects *o, struct dump *dump, struct pd_error *err)
{
    const uint32_t *order = NULL;
    pd_status status = find_relations(o, err);

    if (status == PD_OK)
        status = list_all(o, err);
    if (status == PD_OK)
        status = end_dump(o, dump, err);
    if (status == PD_OK)
        status = attach_all(o, err);
    if (status == PD_OK)
        status = objects_sort(o, &order, err);
    return status == PD_OK ? objects_emit(o, order, err) : status;
}

pd_status
objects_read(struct pg *pg, struct pg_catalog *catalog, const char *snapshot, struct pd_error *err)
{
    struct objects o = {.pg = pg,
                        .catalog = catalog,
                        .pool = {.host = pg->host},
                        .objects_room = catalog->catalog.n_objects,
                        .properties_room = catalog->catalog.n_properties};
    struct dump *dump = NULL;
    pd_status status;

    if (pg->end && pg->end->options)
        o.provider = pg->host->option(pg->end->options, "native-provider");
    catalog->catalog.object_size = sizeof(struct pd_object);
    catalog->catalog.property_size = sizeof(struct pd_property);
    status = begin_dump(&o, snapshot, &dump, err);
    if (status == PD_OK)
        status = read_objects(&o, dump, err);
    dump_close(dump);
    pd_pool_close(&o.pool);
    return status;
}
