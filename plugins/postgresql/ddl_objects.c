// SPDX-License-Identifier: Apache-2.0
/* ddl_objects - what only this engine has, statement by statement. One that fails for want of
   another is tried again when that may be there. */
#include <string.h>

#include "ddl.h"
#include "passive.h"

static bool
is_named(const struct passive *passive, const char *schema, const char *name)
{
    return strcmp(name, passive->name) == 0 &&
           strcmp(schema ? schema : "public", *passive->schema ? passive->schema : "public") == 0;
}

/* A table or a sequence. */
static bool
is_about_known_relation(const struct pd_sink *sink, const struct passive *passive)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_tables; i++) {
        const struct target_table *t = &sink->tables[i];

        if (!t->is_large_objects && is_named(passive, t->schema, t->name))
            return true;
    }
    for (i = 0; i < sink->catalog->n_sequences; i++) {
        const struct pd_sequence *s = pd_sequence_at(sink->catalog, i);

        if (is_named(passive, s->schema, s->name))
            return true;
    }
    return false;
}

/* Why it may not be run; NULL: it may. A statement out of an archive that nobody vouches for must
   run nothing, and speak of nothing but what is restored. */
static const char *
find_obstacle(const struct pd_sink *sink, const struct pd_object *object)
{
    struct passive passive;

    if (sink->native)
        return NULL;
    if (!(object->flags & PD_OBJECT_PASSIVE) || !passive_read(object->sql, &passive))
        return "it is made with --native only";
    if (passive.kind == PASSIVE_RELATION && !is_about_known_relation(sink, &passive))
        return "what it belongs to is not there";
    return NULL;
}

static enum ddl_phase
phase_of(const struct pd_object *object)
{
    if (!(object->flags & PD_OBJECT_BEFORE_ROWS))
        return DDL_AFTER_ROWS;
    return object->table ? DDL_AFTER_TABLES : DDL_BEFORE_TABLES;
}

static bool
is_object_of(const struct pd_sink *sink, const struct pd_object *object, size_t table)
{
    const struct target_table *t = &sink->tables[table];

    return object->table && strcmp(object->table, t->table->name) == 0;
}

bool
ddl_has_objects(const struct pd_sink *sink, size_t table)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);

        if (phase_of(object) == DDL_AFTER_TABLES && is_object_of(sink, object, table))
            return true;
    }
    return false;
}

/* Every database has some of these. */
static bool
may_be_there(const struct pd_object *object)
{
    return strcmp(object->kind, "schema") == 0 || strcmp(object->kind, "extension") == 0 ||
           strcmp(object->kind, "language") == 0;
}

static void
say_lost(struct pd_sink *sink, size_t number, const char *why)
{
    const struct pd_object *object = pd_object_at(sink->catalog, number);

    sink_leave_out(sink, sink->native ? PD_PART_OBJECT : PD_PART_OBJECT | PD_PART_IF_NATIVE,
                   PD_NO_TABLE, (uint32_t)number, "%s '%s': %s", object->kind, object->name, why);
}

/* One attempt. *ret_refusal: it may be tried again. */
static pd_status
make(struct pd_sink *sink, size_t number, const char **ret_refusal, struct pd_error *err)
{
    const struct pd_object *object = pd_object_at(sink->catalog, number);
    const char *obstacle = object->sql ? find_obstacle(sink, object) : "it has no statement";
    pd_status status;

    *ret_refusal = NULL;
    sink->ddl->object_made[number] = true;
    if (obstacle) {
        say_lost(sink, number, obstacle);
        return PD_OK;
    }
    status = attempt(sink, object->sql, ret_refusal, err);
    if (status != PD_OK)
        return status;
    if (!*ret_refusal)
        return object->flags & PD_OBJECT_ACCESS
                   ? PD_OK
                   : marker_add(sink, object->kind, object->schema, object->name, err);
    if (may_be_there(object) &&
        (strcmp(sink->ddl->sqlstate, "42710") == 0 || strcmp(sink->ddl->sqlstate, "42P06") == 0)) {
        *ret_refusal = NULL;
        return PD_OK;
    }
    sink->ddl->object_made[number] = false;
    return PD_OK;
}

static bool
is_due(const struct pd_sink *sink, size_t number, enum ddl_phase phase)
{
    const struct pd_object *object = pd_object_at(sink->catalog, number);

    if (sink->ddl->object_made[number])
        return false;
    if (object->flags & PD_OBJECT_ACCESS && !sink->with_access)
        return false;
    return phase_of(object) <= phase;
}

/* Once over all that are due; *ret_first is the first that failed, *ret_refusal why. */
static pd_status
make_round(struct pd_sink *sink, enum ddl_phase phase, size_t *ret_n_made, size_t *ret_first,
           const char **ret_refusal, struct pd_error *err)
{
    size_t i, n = sink->catalog->n_objects;
    pd_status status = PD_OK;

    *ret_n_made = 0;
    *ret_first = n;
    for (i = 0; i < n && status == PD_OK; i++) {
        const char *refusal = NULL;

        if (!is_due(sink, i, phase))
            continue;
        if (sink->host->cancelled(sink->host))
            return sink->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
        status = make(sink, i, &refusal, err);
        *ret_n_made += sink->ddl->object_made[i];
        if (refusal && *ret_first == n) {
            *ret_first = i;
            *ret_refusal = refusal;
        }
    }
    return status;
}

/* Nobody missed who may do what, nor what was not asked for. */
static pd_status
give_up(struct pd_sink *sink, size_t number, const char *refusal, struct pd_error *err)
{
    const struct pd_object *object = pd_object_at(sink->catalog, number);

    if (sink->native && !(object->flags & PD_OBJECT_ACCESS))
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_QUERY, "cannot make %s '%s': %s",
                                object->kind, object->name, refusal);
    sink->ddl->object_made[number] = true;
    say_lost(sink, number, refusal);
    return PD_OK;
}

pd_status
ddl_objects(struct pd_sink *sink, enum ddl_phase phase, struct pd_error *err)
{
    size_t n_made = 0, first = sink->catalog->n_objects;
    const char *refusal = NULL;
    pd_status status;

    do {
        status = make_round(sink, phase, &n_made, &first, &refusal, err);
        if (status != PD_OK || first == sink->catalog->n_objects)
            return status;
        if (n_made == 0 && phase == DDL_AFTER_ROWS) {
            status = give_up(sink, first, refusal, err);
            n_made = 1;
        }
    } while (status == PD_OK && n_made);
    return status;
}
