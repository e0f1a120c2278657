// SPDX-License-Identifier: Apache-2.0
/* changes_objects - views, triggers and whatever else only its own engine can make: what may use
   something that is not as it was is taken out, and told. */
#include <string.h>

#include "migrate/changes_inside.h"

pd_status
changes_stale_add(struct pd_changes *c, struct stale_name name)
{
    struct stale_name *stale = changes_room(c, c->stale, c->n_stale, &c->stale_room, sizeof *stale);

    if (!stale)
        return error_memory(&c->err);
    c->stale = stale;
    if (name.name && *name.name)
        stale[c->n_stale++] = name;
    return PD_OK;
}

pd_status
changes_stale_part(struct pd_changes *c, const char *kind, const char *name)
{
    return changes_stale_add(
        c, (struct stale_name){.verb = "drops", .kind = kind, .name = name, .is_part = true});
}

static pd_status
stale_keys(struct pd_changes *c, const struct pd_table *table)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < table->n_keys && status == PD_OK; i++)
        status = changes_stale_part(c, "index", table->keys[i].name);
    return status;
}

/* Its table stays as it is, but for its rows. */
static pd_status
stale_rows(struct pd_changes *c, struct draft *draft)
{
    const struct pd_table *table = &c->before->tables[draft->own];

    if (!changes_makes_rows(c, draft) && !draft->may_update)
        return PD_OK;
    return changes_stale_add(c, (struct stale_name){.verb = "changes rows of",
                                                    .kind = "table",
                                                    .schema = table->schema,
                                                    .name = table->name,
                                                    .draft = draft,
                                                    .is_rows = true});
}

pd_status
changes_stale_tables(struct pd_changes *c)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < c->before->n_tables && status == PD_OK; i++) {
        struct draft *draft = c->drafts[i];
        const struct pd_table *table = &c->before->tables[i];
        const char *verb = draft->gone ? draft->gone : draft->is_renamed ? "renames" : "changes";

        if (draft->gone || draft->is_renamed || draft->is_changed)
            status = changes_stale_add(c, (struct stale_name){.verb = verb,
                                                              .kind = "table",
                                                              .schema = table->schema,
                                                              .name = table->name,
                                                              .draft = draft});
        else
            status = stale_rows(c, draft);
        if (draft->gone && status == PD_OK)
            status = stale_keys(c, table);
    }
    for (size_t i = 0; i < c->n_sequences && status == PD_OK; i++) {
        if (c->sequences[i].is_gone)
            status = changes_stale_add(
                c, (struct stale_name){
                       .verb = "drops", .kind = "sequence", .name = c->before->sequences[i].name});
    }
    return status;
}

/* ---- Does an object use it? ---- */

static bool
is_said(const struct pd_object *object)
{
    return object->flags & PD_OBJECT_ACCESS || strcmp(object->kind, "comment") == 0;
}

/* Some column of the table is not there under its name any more, and the text says that name. */
static bool
mentions_lost_column(const struct pd_changes *c, const char *sql, const struct draft *draft)
{
    const struct pd_table *before = &c->before->tables[draft->own];

    for (size_t i = 0; i < before->n_columns; i++) {
        if (schema_find_column(&draft->table, before->columns[i].name) < 0 &&
            changes_mentions(sql, before->columns[i].name))
            return true;
    }
    return false;
}

/* Does it keep rows of its own, made of those of other tables? */
static bool
keeps_rows(const struct pd_changes *c, const struct pd_object *object)
{
    for (size_t i = 0; i < c->before->n_tables; i++) {
        const struct pd_table *table = &c->before->tables[i];

        if (table->flags & PD_TABLE_PASSENGER && table->owner &&
            strcmp(table->owner, object->name) == 0)
            return true;
    }
    return false;
}

static bool
may_use(const struct pd_changes *c, const struct pd_object *object, const struct stale_name *name)
{
    bool belongs = name->draft && object->table && strcmp(object->table, name->name) == 0 &&
                   changes_same_text(object->schema, name->schema);

    if ((name->is_part && !is_said(object)) || (name->is_rows && !keeps_rows(c, object)))
        return false;
    if (!belongs && !changes_mentions(object->sql, name->name))
        return false;
    /* What is said of a table is still so when only some columns are others. */
    if (is_said(object) && name->draft && !name->draft->gone && !name->draft->is_renamed)
        return mentions_lost_column(c, object->sql, name->draft);
    return true;
}

/* ---- Taking out ---- */

/* Length of a name without what tells several of them apart: "f(integer)", "v #2". */
static size_t
base_size(const char *name)
{
    const char *mark = strrchr(name, '#');
    size_t size = strcspn(name, "(");

    if (mark && mark - name > 1 && mark[-1] == ' ' && mark[1] &&
        !mark[1 + strspn(mark + 1, "0123456789")] && (size_t)(mark - name) - 1 < size)
        size = (size_t)(mark - name) - 1;
    return size;
}

/* Statements about one thing: "v" and "v #2". */
static bool
is_same_thing(const struct pd_object *a, const struct pd_object *b)
{
    size_t size = base_size(a->name);

    return strcmp(a->kind, b->kind) == 0 && changes_same_text(a->schema, b->schema) &&
           strchr(a->name, '(') == NULL && strchr(b->name, '(') == NULL &&
           base_size(b->name) == size && strncmp(a->name, b->name, size) == 0 &&
           changes_same_text(a->table, b->table);
}

static pd_status
tell(struct pd_changes *c, const struct pd_object *object, const struct stale_name *name)
{
    if (object->flags & PD_OBJECT_ACCESS) /* not missed: see plugin.h */
        return PD_OK;
    if (!name->verb)
        return changes_left_out(c,
                                "%s '%s' is not carried: it may use %s '%s', which is not carried; "
                                "the new version of the application makes it",
                                object->kind, object->name, name->kind, name->name);
    return changes_left_out(c,
                            "%s '%s' is not carried: step '%s' -> '%s' %s %s '%s', which it may "
                            "use; the new version of the application makes it",
                            object->kind, object->name, c->migration->from, c->migration->to,
                            name->verb, name->kind, name->name);
}

/* What others may use by its name, and rows that its own machinery keeps. */
static pd_status
take_dependents(struct pd_changes *c, const struct pd_object *object)
{
    struct stale_name name = {.kind = object->kind};
    char *base;

    if (object->table || is_said(object))
        return PD_OK;
    base = arena_strdup(c->arena, object->name);
    if (!base)
        return error_memory(&c->err);
    base[base_size(base)] = '\0';
    for (size_t i = 0; i < c->n_drafts; i++) {
        struct draft *draft = c->drafts[i];

        if (draft->table.flags & PD_TABLE_PASSENGER && draft->table.owner &&
            strcmp(draft->table.owner, base) == 0)
            draft->gone = "drops";
    }
    name.name = base;
    return changes_stale_add(c, name);
}

static pd_status
take_out(struct pd_changes *c, size_t number, const struct stale_name *name)
{
    const struct pd_object *objects = c->before->objects;
    const struct stale_name why = *name; /* the list may move */
    pd_status status = tell(c, &objects[number], &why);

    for (size_t i = 0; i < c->before->n_objects && status == PD_OK; i++) {
        if (c->objects_gone[i] || !(i == number || is_same_thing(&objects[i], &objects[number])))
            continue;
        c->objects_gone[i] = true;
        status = take_dependents(c, &objects[i]);
    }
    return status;
}

static bool
always_stays(const struct pd_object *object)
{
    return strcmp(object->kind, "schema") == 0 || strcmp(object->kind, "settings") == 0;
}

/* Each one that is taken out may make more names stale. */
pd_status
changes_objects(struct pd_changes *c)
{
    pd_status status = PD_OK;

    for (; c->n_stale_done < c->n_stale; c->n_stale_done++) {
        for (size_t i = 0; i < c->before->n_objects && status == PD_OK; i++) {
            const struct pd_object *object = &c->before->objects[i];

            if (!c->objects_gone[i] && !always_stays(object) &&
                may_use(c, object, &c->stale[c->n_stale_done]))
                status = take_out(c, i, &c->stale[c->n_stale_done]);
        }
        if (status != PD_OK)
            return status;
    }
    return PD_OK;
}
