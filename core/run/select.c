// SPDX-License-Identifier: Apache-2.0
/* select - which tables and objects a run takes along, and what is said of the others. */
#include "run/select.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "model/schema.h"
#include "run/needs.h"
#include "run/schema_map.h"

enum { LISTED_OBJECTS = 8 /* in a refusal; `polydump info` lists all */ };

bool
select_pattern_fits(const char *pattern, const struct pd_table *table)
{
    return fnmatch(pattern, table->name, 0) == 0 ||
           fnmatch(pattern, schema_table_name(table), 0) == 0;
}

static bool
patterns_fit(const char *const *patterns, const struct pd_table *table)
{
    for (; patterns && *patterns; patterns++)
        if (select_pattern_fits(*patterns, table))
            return true;
    return false;
}

static pd_status
patterns_check(const char *const *patterns, const char *option, const struct pd_catalog *catalog,
               struct pd_error *err)
{
    for (; patterns && *patterns; patterns++) {
        size_t i = 0;

        while (i < catalog->n_tables && !select_pattern_fits(*patterns, &catalog->tables[i]))
            i++;
        if (i == catalog->n_tables)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "--%s '%s': no table fits; `polydump info` lists them", option,
                              *patterns);
    }
    return PD_OK;
}

/* "table: condition" for this table; NULL: none. */
static const char *
where_of(const char *const *wheres, const struct pd_table *table)
{
    for (; wheres && *wheres; wheres++) {
        const char *colon = strchr(*wheres, ':');
        size_t size = colon ? (size_t)(colon - *wheres) : 0;
        const char *name = schema_table_name(table);

        if ((strlen(table->name) == size && memcmp(*wheres, table->name, size) == 0) ||
            (strlen(name) == size && memcmp(*wheres, name, size) == 0))
            return colon + 1 + strspn(colon + 1, " ");
    }
    return NULL;
}

const char *
select_where(const struct run_options *options, const struct pd_table *table)
{
    return where_of(options->where, table);
}

static pd_status
wheres_check(const char *const *wheres, const struct pd_catalog *catalog, struct pd_error *err)
{
    for (; wheres && *wheres; wheres++) {
        const char *one[2] = {*wheres, NULL};
        size_t i = 0;

        if (!strchr(*wheres, ':'))
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "--where '%s': expected 'table: condition'", *wheres);
        while (i < catalog->n_tables && !where_of(one, &catalog->tables[i]))
            i++;
        if (i == catalog->n_tables)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "--where '%s': there is no such table; `polydump info` lists them",
                              *wheres);
    }
    return PD_OK;
}

static bool
object_is_active(const struct pd_object *object)
{
    return !(object->flags & (PD_OBJECT_PASSIVE | PD_OBJECT_ACCESS));
}

bool
object_is_schema(const struct pd_object *object)
{
    return strcmp(object->kind, "schema") == 0;
}

bool
object_is_settings(const struct pd_object *object)
{
    return strcmp(object->kind, "settings") == 0;
}

static bool
table_is_active(const struct pd_table *table)
{
    return table->flags & PD_TABLE_ACTIVE_SQL;
}

/* Is it one more statement of the object before it: "v #2"? */
static bool
object_is_more(const struct pd_catalog *catalog, size_t number)
{
    const struct pd_object *object = &catalog->objects[number];
    const char *mark = strrchr(object->name, '#');
    size_t size = mark ? (size_t)(mark - object->name) : 0;

    if (number == 0 || size < 2 || mark[-1] != ' ' || !mark[1] ||
        mark[1 + strspn(mark + 1, "0123456789")])
        return false;
    for (size_t i = number; i > 0; i--) {
        const struct pd_object *before = &catalog->objects[i - 1];

        if (strcmp(before->kind, object->kind) != 0 ||
            strncmp(before->name, object->name, size - 1) != 0)
            return false;
        if (!before->name[size - 1])
            return true;
    }
    return false;
}

/* Is it one to be named by itself? */
static bool
object_counts(const struct pd_catalog *catalog, size_t number)
{
    const struct pd_object *object = &catalog->objects[number];

    return object_is_active(object) && !object_is_settings(object) &&
           !object_is_more(catalog, number);
}

static size_t
active_count(const struct pd_catalog *catalog)
{
    size_t n = 0;

    for (size_t i = 0; i < catalog->n_objects; i++)
        n += object_counts(catalog, i);
    for (size_t i = 0; i < catalog->n_tables; i++)
        n += table_is_active(&catalog->tables[i]);
    return n;
}

/* "view 'v', trigger 't', ..." */
static void
active_list(struct buffer *out, const struct pd_catalog *catalog)
{
    size_t n = active_count(catalog), listed = 0;

    for (size_t i = 0; i < catalog->n_objects && listed < LISTED_OBJECTS; i++)
        if (object_counts(catalog, i))
            buffer_printf(out, "%s%s '%s'", listed++ ? ", " : "", catalog->objects[i].kind,
                          catalog->objects[i].name);
    for (size_t i = 0; i < catalog->n_tables && listed < LISTED_OBJECTS; i++)
        if (table_is_active(&catalog->tables[i]))
            buffer_printf(out, "%stable '%s'", listed++ ? ", " : "",
                          schema_table_name(&catalog->tables[i]));
    if (listed < n)
        buffer_printf(out, " and %zu more", n - listed);
}

static pd_status
native_refuse(const struct pd_catalog *catalog, const char *engine, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer list = {0};

    active_list(&list, catalog);
    if (!buffer_string(&list))
        return error_memory(err);
    return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                      "%zu objects run code of %s when they are created or used: %s; say "
                      "--native to create them too, or --no-native to leave them out",
                      active_count(catalog), engine, buffer_string(&list));
}

/* Does the owner of a passenger table travel, a table or an object? */
static bool
owner_travels(const struct pd_catalog *catalog, const struct pd_table *table, bool native)
{
    for (size_t i = 0; table->owner && i < catalog->n_tables; i++)
        if (!catalog->tables[i].owner && strcmp(catalog->tables[i].name, table->owner) == 0)
            return true;
    for (size_t i = 0; table->owner && i < catalog->n_objects; i++)
        if (strcmp(catalog->objects[i].name, table->owner) == 0)
            return native || !object_is_active(&catalog->objects[i]);
    return true;
}

static bool
object_travels(const struct pd_object *object, const struct selection *selection)
{
    if (object->flags & PD_OBJECT_ACCESS)
        return selection->same_engine && selection->native;
    return selection->same_engine && (selection->native || !object_is_active(object));
}

/* The sink gets only what it shall make. */
static pd_status
objects_choose(struct arena *arena, const struct selection *selection, struct pd_error *err)
{
    struct pd_catalog *catalog = selection->catalog;
    struct pd_object *chosen = arena_array(arena, struct pd_object, catalog->n_objects + 1);
    size_t n = 0;

    if (!chosen)
        return error_memory(err);
    for (size_t i = 0; i < catalog->n_objects; i++)
        if (object_travels(&catalog->objects[i], selection))
            chosen[n++] = catalog->objects[i];
    catalog->objects = chosen;
    catalog->n_objects = n;
    return PD_OK;
}

/* What is said of tables that nobody wants stays behind with them. */
static pd_status
notes_choose(struct arena *arena, const struct run_options *options, struct pd_catalog *catalog,
             struct pd_error *err)
{
    struct pd_property *chosen = arena_array(arena, struct pd_property, catalog->n_properties + 1);
    size_t n = 0;

    if (!chosen)
        return error_memory(err);
    for (size_t i = 0; i < catalog->n_properties; i++) {
        const struct pd_property *property = &catalog->properties[i];
        const struct pd_table table = {.name = property->table, .schema = property->table_schema};

        if (!table.name || select_wants(options, &table))
            chosen[n++] = *property;
    }
    catalog->properties = chosen;
    catalog->n_properties = n;
    return PD_OK;
}

/* What the source saw and cannot carry: nobody asked for that. */
static pd_status
notes_left_out(const struct pd_catalog *catalog, bool same_engine, struct report *report,
               struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < catalog->n_properties && status == PD_OK; i++)
        if (catalog->properties[i].is_note == PD_NOTE ||
            (catalog->properties[i].is_note && !same_engine))
            status = report_left_out(report, false, err, "%s: %s", catalog->properties[i].name,
                                     catalog->properties[i].value);
    return status;
}

/* Owners and grants are not missed: one line for all. */
static pd_status
access_left_out(size_t n, struct report *report, struct pd_error *err)
{
    if (n == 0)
        return PD_OK;
    return report_left_out(report, true, err,
                           "who owns what and who may do what is not carried (%zu statement%s)", n,
                           n == 1 ? "" : "s");
}

/* Does it belong to a table that nobody wants? */
static bool
object_is_unwanted(const struct pd_catalog *catalog, const struct pd_object *object,
                   const struct run_options *options)
{
    long table = object->table ? schema_find_table(catalog, object->schema, object->table) : -1;

    return table >= 0 && !select_wants(options, &catalog->tables[table]);
}

static pd_status
objects_left_out(const struct pd_catalog *catalog, const struct selection *selection,
                 const struct run_options *options, struct report *report, struct pd_error *err)
{
    size_t n_access = 0;
    pd_status status = PD_OK;

    for (size_t i = 0; i < catalog->n_objects && status == PD_OK; i++) {
        const struct pd_object *object = &catalog->objects[i];
        struct report_part part = {.part = PD_PART_OBJECT,
                                   .table = PD_NO_TABLE,
                                   .number = (uint32_t)i,
                                   .asked_for = options->native != RUN_NATIVE_UNSAID,
                                   .is_native = true,
                                   .is_more = object_is_more(catalog, i)};
        char text[ERROR_TEXT_SIZE];

        if (object_travels(object, selection) || object_is_schema(object) ||
            object_is_settings(object) || object_is_unwanted(catalog, object, options))
            continue;
        if (object->flags & PD_OBJECT_ACCESS) {
            n_access++;
            continue;
        }
        snprintf(text, sizeof text, "%s '%s' is not carried", object->kind, object->name);
        status = report_left_out_part(report, &part, text, err);
    }
    return status == PD_OK ? access_left_out(n_access, report, err) : status;
}

bool
select_wants(const struct run_options *options, const struct pd_table *table)
{
    if (options->only && !patterns_fit(options->only, table))
        return false;
    return !patterns_fit(options->exclude, table);
}

static bool
table_travels(uint32_t number, const struct opened_source *source,
              const struct selection *selection, bool to_archive, const struct run_options *options)
{
    const struct pd_table *table = &source->catalog->tables[number];

    if (!select_wants(options, table))
        return false;
    if (options->ways && options->ways[number] == RUN_WAY_LEFT)
        return false;
    if (to_archive || !(table->flags & PD_TABLE_PASSENGER))
        return true;
    return selection->same_engine && owner_travels(source->catalog, table, selection->native);
}

/* Rows that --where leaves behind may be what others point to. */
static void
tables_mark(struct selection *selection)
{
    struct pd_table *tables;

    memcpy(&tables, &selection->catalog->tables, sizeof tables);
    for (size_t i = 0; i < selection->catalog->n_tables; i++)
        tables[i].flags |= selection->wheres[i] ? PD_TABLE_CHANGED : 0u;
}

static pd_status
tables_choose(struct arena *arena, const struct opened_source *source, bool to_archive,
              const struct run_options *options, struct selection *selection, struct pd_error *err)
{
    const struct pd_catalog *catalog = source->catalog;
    uint32_t *origins = arena_array(arena, uint32_t, catalog->n_tables + 1);
    const char **wheres = arena_array(arena, const char *, catalog->n_tables + 1);
    uint32_t n = 0;
    pd_status status;

    if (!origins || !wheres)
        return error_memory(err);
    for (uint32_t i = 0; i < catalog->n_tables; i++) {
        if (!table_travels(i, source, selection, to_archive, options))
            continue;
        wheres[n] = where_of(options->where, &catalog->tables[i]);
        origins[n++] = i;
    }
    status = schema_select(arena, catalog, origins, n, &selection->catalog, err);
    selection->origins = origins;
    selection->wheres = wheres;
    if (status == PD_OK)
        tables_mark(selection);
    return status;
}

static pd_status
sequence_refuse(const struct pd_sequence *sequence, struct pd_error *err)
{
    if (!sequence->owner_table)
        return error_fail(err, PD_FATAL, PD_CAUSE_AUTH,
                          "permission denied for sequence '%s'; read it as another user",
                          sequence->name);
    return error_fail(err, PD_FATAL, PD_CAUSE_AUTH,
                      "permission denied for sequence '%s' of table '%s'; read it as another user, "
                      "or leave the table out by --exclude",
                      sequence->name, sequence->owner_table);
}

/* Rather now than after hours. */
static pd_status
check_readable(const struct pd_catalog *catalog, struct pd_error *err)
{
    for (size_t i = 0; i < catalog->n_tables; i++)
        if (catalog->tables[i].flags & PD_TABLE_UNREADABLE)
            return error_fail(err, PD_FATAL, PD_CAUSE_AUTH,
                              "permission denied for table '%s', its partitions or its counters; "
                              "read it as another user, or leave it out by --exclude",
                              schema_table_name(&catalog->tables[i]));
    for (size_t i = 0; i < catalog->n_sequences; i++)
        if (catalog->sequences[i].flags & PD_SEQUENCE_UNREADABLE)
            return sequence_refuse(&catalog->sequences[i], err);
    return PD_OK;
}

pd_status
select_tables(struct arena *arena, const struct opened_source *source, const char *target_engine,
              bool to_archive, const struct run_options *options, struct report *report,
              struct selection *ret_selection, struct pd_error *err)
{
    const struct pd_catalog *catalog = source->catalog;
    struct selection selection = {0};
    bool unsaid = options->native == RUN_NATIVE_UNSAID;
    pd_status status = patterns_check(options->only, "only", catalog, err);

    if (status == PD_OK)
        status = patterns_check(options->exclude, "exclude", catalog, err);
    if (status == PD_OK)
        status = wheres_check(options->where, catalog, err);
    if (status != PD_OK)
        return status;
    selection.same_engine =
        to_archive || (catalog->engine && strcmp(catalog->engine, target_engine) == 0);
    selection.native = to_archive || options->native == RUN_NATIVE_YES;
    status = tables_choose(arena, source, to_archive, options, &selection, err);
    if (status == PD_OK)
        status = check_readable(selection.catalog, err);
    if (status == PD_OK)
        status = notes_choose(arena, options, selection.catalog, err);
    if (status != PD_OK)
        return status;
    if (!to_archive && selection.same_engine && unsaid && !options->data_only &&
        active_count(selection.catalog))
        return native_refuse(selection.catalog, target_engine, err);
    if (!options->data_only)
        status = notes_left_out(selection.catalog, selection.same_engine, report, err);
    if (status == PD_OK && !to_archive && !options->data_only)
        status = objects_left_out(catalog, &selection, options, report, err);
    if (status == PD_OK && !to_archive)
        status = objects_choose(arena, &selection, err);
    if (status == PD_OK)
        status = schema_map(arena, options->schema_map, &selection, err);
    if (status == PD_OK)
        status = needs_check(arena, catalog, options->schema_map, &selection, report, err);
    *ret_selection = selection;
    return status;
}

/* What was selected shares its names with the source's catalogue. */
static uint32_t
sequence_origin(const struct pd_catalog *from, const struct pd_catalog *source, uint32_t number)
{
    for (size_t i = 0; number < from->n_sequences && i < source->n_sequences; i++)
        if (from->sequences[number].name == source->sequences[i].name)
            return (uint32_t)i;
    return number;
}

static uint32_t
object_origin(const struct pd_catalog *from, const struct pd_catalog *source, uint32_t number)
{
    for (size_t i = 0; number < from->n_objects && i < source->n_objects; i++)
        if (from->objects[number].name == source->objects[i].name)
            return (uint32_t)i;
    return number;
}

bool
select_is_foreign(const struct pd_catalog *catalog, const struct pd_left_out *left)
{
    const char *name;

    if (left->part != PD_PART_SEQUENCE || left->number >= catalog->n_sequences)
        return false;
    name = catalog->sequences[left->number].name;
    for (size_t i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        for (size_t k = 0; k < table->n_columns; k++) {
            const struct pd_column *column = &table->columns[k];

            if (column->default_kind == PD_DEFAULT_NEXTVAL && column->default_text &&
                strstr(column->default_text, name))
                return false;
        }
    }
    return catalog->sequences[left->number].owner_table == NULL;
}

struct report_part
select_origin(const struct selection *selection, const struct pd_catalog *source,
              const struct pd_left_out *left)
{
    struct report_part part = {.part = left->part, .table = PD_NO_TABLE, .number = left->number};

    if (left->table < selection->catalog->n_tables)
        part.table = selection->origins[left->table];
    if (left->part == PD_PART_SEQUENCE)
        part.number = sequence_origin(selection->catalog, source, left->number);
    if (left->part == PD_PART_OBJECT)
        part.number = object_origin(selection->catalog, source, left->number);
    return part;
}

pd_status
select_emptied(struct arena *arena, const struct run_options *options,
               const struct selection *selection, const uint8_t **ret_emptied, struct pd_error *err)
{
    size_t n = selection->catalog->n_tables;
    uint8_t *emptied;

    *ret_emptied = NULL;
    if (!options->ways)
        return PD_OK;
    emptied = arena_array(arena, uint8_t, n + 1);
    if (!emptied)
        return error_memory(err);
    for (size_t i = 0; i < n; i++)
        emptied[i] = options->ways[selection->origins[i]] == RUN_WAY_EMPTIED;
    *ret_emptied = emptied;
    return PD_OK;
}
