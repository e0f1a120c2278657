// SPDX-License-Identifier: Apache-2.0
/* scaffold_rest - what is neither a table nor a part of one: no script says it, and all of it is
   told. */
#include <string.h>

#include "migrate/scaffold_inside.h"
#include "run/select.h"

static bool
same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* ---- Sequences ---- */

static const struct pd_sequence *
find_sequence(const struct pd_catalog *catalog, const struct pd_sequence *like)
{
    for (size_t i = 0; i < catalog->n_sequences; i++) {
        const struct pd_sequence *other = &catalog->sequences[i];

        if (strcmp(other->name, like->name) == 0 && same_text(other->schema, like->schema))
            return other;
    }
    return NULL;
}

static bool
same_steps(const struct pd_sequence *a, const struct pd_sequence *b)
{
    int64_t x = a->counter.increment ? a->counter.increment : 1;
    int64_t y = b->counter.increment ? b->counter.increment : 1;

    return x == y && a->kind == b->kind &&
           !((a->counter.flags ^ b->counter.flags) & (PD_COUNTER_CYCLE | PD_COUNTER_SERVER_STEPS));
}

/* Those of columns come and go with them. */
static void
put_sequences(struct scaffold *s)
{
    for (int side = 0; side < SIDES; side++) {
        const struct pd_catalog *catalog = s->catalogs[side], *other = s->catalogs[!side];

        for (size_t i = 0; i < catalog->n_sequences; i++) {
            const struct pd_sequence *sequence = &catalog->sequences[i], *there;

            if (sequence->owner_table)
                continue;
            there = find_sequence(other, sequence);
            if (!there)
                put_note(s, LINE_UNSAID, "sequence '%s' is %s", sequence->name,
                         side == SIDE_OLD ? "gone" : "new");
            else if (side == SIDE_NEW && !same_steps(sequence, there))
                put_note(s, LINE_UNSAID, "sequence '%s' counts otherwise", sequence->name);
        }
    }
}

/* ---- Views, triggers ... ---- */

static bool
is_passed(const struct pd_object *object)
{
    return object->flags & PD_OBJECT_ACCESS || object_is_schema(object) ||
           object_is_settings(object) || object->part_of != 0;
}

static const struct pd_object *
find_object(const struct pd_catalog *catalog, const struct pd_object *like)
{
    for (size_t i = 0; i < catalog->n_objects; i++) {
        const struct pd_object *other = &catalog->objects[i];

        if (strcmp(other->name, like->name) == 0 && strcmp(other->kind, like->kind) == 0 &&
            same_text(other->schema, like->schema))
            return other;
    }
    return NULL;
}

static void
put_objects(struct scaffold *s)
{
    for (int side = 0; side < SIDES; side++) {
        const struct pd_catalog *catalog = s->catalogs[side];

        for (size_t i = 0; i < catalog->n_objects; i++) {
            const struct pd_object *object = &catalog->objects[i];
            const struct pd_object *there = find_object(s->catalogs[!side], object);

            if (is_passed(object))
                continue;
            if (!there && side == SIDE_OLD && s->same_engine)
                put_note(s, LINE_UNSAID, "%s '%s' is gone", object->kind, object->name);
            else if (!there && side == SIDE_NEW)
                put_note(s, LINE_UNSAID,
                         "%s '%s' is new; the new version of the application makes it",
                         object->kind, object->name);
            else if (there && side == SIDE_NEW && s->same_engine &&
                     !same_text(object->sql, there->sql))
                put_note(s, LINE_UNSAID, "%s '%s' has changed", object->kind, object->name);
        }
    }
}

/* ---- What was not compared ---- */

static void
put_unwanted(struct scaffold *s)
{
    size_t n = 0;

    for (int side = 0; side < SIDES; side++) {
        const struct pd_catalog *catalog = s->catalogs[side];

        for (size_t i = 0; i < catalog->n_tables; i++)
            n += !(catalog->tables[i].flags & PD_TABLE_PASSENGER) &&
                 !match_wanted(s, &catalog->tables[i]);
    }
    if (n)
        put_note(s, LINE_COMMENT, "--only or --exclude left %s tables of both sides out",
                 say_count(s, n));
}

pd_status
put_rest(struct scaffold *s)
{
    put_sequences(s);
    put_objects(s);
    put_unwanted(s);
    return PD_OK;
}
