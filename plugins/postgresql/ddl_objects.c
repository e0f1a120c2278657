// SPDX-License-Identifier: Apache-2.0
/* ddl_objects - what only this engine has, statement by statement. One that fails for want of
   another is tried again when that may be there. */
#include <string.h>

#include "ddl.h"
#include "passive.h"
#include "write.h"

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

/* Comments, owners, grants. */
static bool
is_said(const struct pd_object *object)
{
    return object->flags & PD_OBJECT_ACCESS || strcmp(object->kind, "comment") == 0;
}

static bool
speaks_of(const struct pd_object *object, const char *const *words)
{
    for (; object->sql && *words; words++) {
        if (strstr(object->sql, *words))
            return true;
    }
    return false;
}

/* Comments and rights of what may have been there before. It does not matter when a name has these
   words too. */
static bool
changes_others(const struct pd_object *object)
{
    static const char *const words[] = {"DEFAULT PRIVILEGES ", " SCHEMA ", " EXTENSION ",
                                        " LANGUAGE ", NULL};

    return is_said(object) && speaks_of(object, words);
}

static enum ddl_phase
phase_of(const struct pd_object *object)
{
    static const char *const events[] = {" EVENT TRIGGER ", NULL};

    if (strncmp(object->kind, "event trigger", 13) == 0 ||
        (is_said(object) && speaks_of(object, events)))
        return DDL_EVENTS;
    if (!(object->flags & PD_OBJECT_BEFORE_ROWS))
        return changes_others(object) ? DDL_LAST : DDL_AFTER_ROWS;
    return object->table || object->n_needs_tables ? DDL_AFTER_TABLES : DDL_BEFORE_TABLES;
}

static bool
is_object_of(const struct pd_sink *sink, const struct pd_object *object, size_t table)
{
    const struct target_table *t = &sink->tables[table];

    for (size_t i = 0; i < object->n_needs_tables; i++) {
        if (object->needs_tables[i] == table)
            return true;
    }
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

/* Who may make none is refused before it is seen that it is there. */
static pd_status
is_there(struct pd_sink *sink, const struct pd_object *object, bool *ret_there,
         struct pd_error *err)
{
    const char *params[] = {object->kind, object->name};
    PGresult *result = NULL;
    pd_status status =
        pg_query(sink->pg,
                 "SELECT FROM pg_namespace WHERE $1 = 'schema' AND nspname = $2 UNION ALL "
                 "SELECT FROM pg_extension WHERE $1 = 'extension' AND extname = $2 UNION ALL "
                 "SELECT FROM pg_language WHERE $1 = 'language' AND lanname = $2",
                 2, params, "", &result, err);

    if (status != PD_OK)
        return status;
    *ret_there = PQntuples(result) > 0;
    PQclear(result);
    return PD_OK;
}

static void
say_lost(struct pd_sink *sink, size_t number, const char *why)
{
    const struct pd_object *object = pd_object_at(sink->catalog, number);

    sink_leave_out(sink, sink->native ? PD_PART_OBJECT : PD_PART_OBJECT | PD_PART_IF_NATIVE,
                   PD_NO_TABLE, (uint32_t)number, "%s '%s': %s", object->kind, object->name, why);
}

/* What an object is listed by on the marker. */
enum list_as { AS_NOTHING = 0, AS_NAME = 1 << 0, AS_NUMBER = 1 << 1 };

static int
list_as(const struct pd_object *object)
{
    static const struct {
        const char *kind;
        int as;
    } kinds[] = {
        {"view", AS_NAME},           {"materialized view", AS_NAME}, {"function", AS_NAME},
        {"procedure", AS_NAME},      {"aggregate", AS_NAME},         {"shell type", AS_NAME},
        {"enum type", AS_NAME},      {"composite type", AS_NAME},    {"domain", AS_NAME},
        {"range type", AS_NAME},     {"base type", AS_NAME},         {"partition", AS_NAME},
        {"comment", AS_NOTHING},     {"trigger", AS_NOTHING},        {"policy", AS_NOTHING},
        {"rule", AS_NOTHING},        {"trigger state", AS_NOTHING},  {"rule state", AS_NOTHING},
        {"row security", AS_NOTHING}};

    if (object->flags & PD_OBJECT_ACCESS || phase_of(object) > DDL_AFTER_ROWS)
        return AS_NOTHING;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(object->kind, kinds[i].kind) == 0)
            return kinds[i].as;
    }
    return AS_NUMBER;
}

/* The statement and what the marker says of it are committed together. */
static pd_status
attempt_listed(struct pd_sink *sink, const struct pd_object *object, const char **ret_refusal,
               struct pd_error *err)
{
    int as = list_as(object);
    bool is_alone = as != AS_NOTHING && sink->atomic == ATOMIC_MARKED && sink->marker->is_kept &&
                    PQtransactionStatus(sink->pg->conn) == PQTRANS_IDLE;
    pd_status status = is_alone ? pg_run(sink->pg, "BEGIN", err) : PD_OK;

    if (status == PD_OK)
        status = attempt(sink, object->sql, ret_refusal, err);
    if (status == PD_OK && !*ret_refusal && as & AS_NAME)
        status = marker_add(sink, object->kind, object->schema, object->name, err);
    if (status == PD_OK && !*ret_refusal && as & AS_NUMBER && is_alone)
        status = marker_number(sink->pg, err);
    return status == PD_OK && is_alone ? pg_run(sink->pg, "COMMIT", err) : status;
}

/* One attempt. *ret_refusal: it may be tried again. */
static pd_status
make(struct pd_sink *sink, size_t number, const char **ret_refusal, struct pd_error *err)
{
    const struct pd_object *object = pd_object_at(sink->catalog, number);
    const char *obstacle = object->sql ? find_obstacle(sink, object) : "it has no statement";
    uint8_t *state = &sink->ddl->object_states[number];
    bool there = false;
    pd_status status;

    *ret_refusal = NULL;
    if (obstacle) {
        *state = OBJECT_LOST;
        say_lost(sink, number, obstacle);
        return PD_OK;
    }
    status = attempt_listed(sink, object, ret_refusal, err);
    if (status != PD_OK)
        return status;
    if (*ret_refusal && may_be_there(object))
        status = is_there(sink, object, &there, err);
    if (there)
        *ret_refusal = NULL;
    *state = *ret_refusal ? OBJECT_DUE : OBJECT_MADE;
    return status;
}

static bool
is_due(const struct pd_sink *sink, size_t number, enum ddl_phase phase)
{
    const struct pd_object *object = pd_object_at(sink->catalog, number);

    if (sink->ddl->object_states[number] != OBJECT_DUE)
        return false;
    if (object->flags & PD_OBJECT_ACCESS && !sink->with_access)
        return false;
    if (sink->load->flags & PD_LOAD_SCHEMA_ONLY &&
        strcmp(object->kind, "materialized view rows") == 0)
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
        *ret_n_made += sink->ddl->object_states[i] != OBJECT_DUE;
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
    sink->ddl->object_states[number] = OBJECT_LOST;
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
        if (n_made == 0 && phase >= DDL_AFTER_ROWS) {
            status = give_up(sink, first, refusal, err);
            n_made = 1;
        }
    } while (status == PD_OK && n_made);
    return status;
}

pd_status
ddl_objects_last(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = ddl_objects(sink, DDL_LAST, err);

    return status == PD_OK ? ddl_objects(sink, DDL_EVENTS, err) : status;
}

pd_status
ddl_objects_try_last(struct pd_sink *sink, struct pd_error *err)
{
    size_t i, n_last = 0;
    pd_status status;

    for (i = 0; i < sink->catalog->n_objects; i++)
        n_last += is_due(sink, i, DDL_EVENTS);
    if (!n_last)
        return PD_OK;
    status = pg_run(sink->pg, "BEGIN", err);
    if (status == PD_OK)
        status = ddl_objects_last(sink, err);
    if (status == PD_OK)
        status = pg_run(sink->pg, "ROLLBACK", err);
    for (i = 0; i < sink->catalog->n_objects; i++) {
        if (phase_of(pd_object_at(sink->catalog, i)) > DDL_AFTER_ROWS &&
            sink->ddl->object_states[i] == OBJECT_MADE)
            sink->ddl->object_states[i] = OBJECT_DUE;
    }
    return status;
}
