// SPDX-License-Identifier: Apache-2.0
/* catalogue - the catalogue of an archive, grown from its lines. */
#include "archive/catalogue.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/fields.h"
#include "model/json.h"
#include "model/schema.h"

enum { ROOM_TABLES, ROOM_SEQUENCES, ROOM_OBJECTS, ROOM_PROPERTIES };

pd_status
catalogue_open(struct catalogue *catalogue, struct pd_error *err)
{
    *catalogue = (struct catalogue){.arena = arena_new()};
    return catalogue->arena ? PD_OK : error_memory(err);
}

void
catalogue_close(struct catalogue *catalogue)
{
    if (catalogue->arena)
        arena_free(catalogue->arena);
    free(catalogue->tables);
    free(catalogue->sequences);
    free(catalogue->objects);
    free(catalogue->properties);
    *catalogue = (struct catalogue){0};
}

/* A cleared element behind the n that *array has; not counted yet. NULL: memory is short. */
static void *
grow(void *array_ptr, size_t n, size_t *room, size_t element_size)
{
    char *array;

    memcpy(&array, array_ptr, sizeof array);
    if (n == *room) {
        size_t wanted = *room ? *room * 2 : 16;
        char *grown = realloc(array, wanted * element_size);

        if (!grown)
            return NULL;
        *room = wanted;
        array = grown;
        memcpy(array_ptr, &array, sizeof array);
    }
    return memset(array + n * element_size, 0, element_size);
}

pd_status
catalogue_add_table(struct catalogue *catalogue, const json_t *line, uint32_t flags,
                    struct pd_error *err)
{
    struct pd_table *table = grow(&catalogue->tables, catalogue->catalog.n_tables,
                                  &catalogue->room[ROOM_TABLES], sizeof *table);
    const json_t *json = NULL;
    pd_status status;

    if (!table)
        return error_memory(err);
    if (catalogue->catalog.n_tables >= SCHEMA_MAX_TABLES)
        return error_fail(err, PD_FATAL, PD_CAUSE_LIMIT, "there are more than %d tables",
                          SCHEMA_MAX_TABLES);
    status = field_object(line, "table", &json, err);
    if (status == PD_OK)
        status = json_read_table(catalogue->arena, json, table, err);
    if (status != PD_OK)
        return status;
    table->flags |= flags;
    catalogue->catalog.n_tables++;
    return PD_OK;
}

pd_status
catalogue_add_sequence(struct catalogue *catalogue, const json_t *line, struct pd_error *err)
{
    struct pd_sequence *sequence = grow(&catalogue->sequences, catalogue->catalog.n_sequences,
                                        &catalogue->room[ROOM_SEQUENCES], sizeof *sequence);
    const json_t *json = NULL;
    pd_status status = sequence ? field_object(line, "sequence", &json, err) : error_memory(err);

    if (status == PD_OK)
        status = json_read_sequence(catalogue->arena, json, sequence, err);
    if (status == PD_OK)
        catalogue->catalog.n_sequences++;
    return status;
}

/* A member's text, copied; NULL stays NULL. */
static pd_status
copy_text(struct catalogue *catalogue, const json_t *json, const char *name, bool needed,
          const char **ret_text, struct pd_error *err)
{
    const char *text = NULL;
    pd_status status =
        needed ? field_text(json, name, &text, err) : field_text_or_null(json, name, &text, err);

    if (status != PD_OK)
        return status;
    *ret_text = arena_strdup(catalogue->arena, text);
    return text && !*ret_text ? error_memory(err) : PD_OK;
}

static pd_status
add_engine(struct catalogue *catalogue, const json_t *line, struct pd_error *err)
{
    pd_status status = copy_text(catalogue, line, "engine", false, &catalogue->catalog.engine, err);

    if (status == PD_OK)
        status = copy_text(catalogue, line, "engine_version", false,
                           &catalogue->catalog.engine_version, err);
    return status;
}

static pd_status
add_property(struct catalogue *catalogue, const json_t *line, struct pd_error *err)
{
    const json_t *json = json_object_get(line, "property");
    struct pd_property *property = grow(&catalogue->properties, catalogue->catalog.n_properties,
                                        &catalogue->room[ROOM_PROPERTIES], sizeof *property);
    pd_status status;

    if (!property)
        return error_memory(err);
    property->struct_size = sizeof *property;
    property->is_note = field_flag(json, "elsewhere") ? (uint32_t)PD_NOTE_ELSEWHERE
                                                      : (uint32_t)field_flag(json, "note");
    status = copy_text(catalogue, json, "name", true, &property->name, err);
    if (status == PD_OK)
        status = copy_text(catalogue, json, "value", false, &property->value, err);
    if (status == PD_OK)
        status = copy_text(catalogue, json, "table", false, &property->table, err);
    if (status == PD_OK)
        status = copy_text(catalogue, json, "table_schema", false, &property->table_schema, err);
    if (status == PD_OK)
        catalogue->catalog.n_properties++;
    return status;
}

static pd_status
add_native(struct catalogue *catalogue, const json_t *line, struct pd_error *err)
{
    const json_t *native = NULL;
    uint64_t table = 0;
    pd_status status = field_object(line, "native", &native, err);

    if (status == PD_OK)
        status = field_number(line, "table", SCHEMA_MAX_TABLES, &table, err);
    if (status != PD_OK)
        return status;
    if (table >= catalogue->catalog.n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "there is no table number %" PRIu64,
                          table);
    return json_read_native(catalogue->arena, native, &catalogue->tables[table], err);
}

/* An array of numbers, or nothing. */
static pd_status
read_numbers(struct catalogue *catalogue, const json_t *json, const char *name, uint64_t limit,
             const uint32_t **ret_numbers, size_t *ret_n, struct pd_error *err)
{
    const json_t *array = NULL;
    uint32_t *numbers;
    pd_status status = PD_OK;

    if (!json_object_get(json, name))
        return PD_OK;
    status = field_array(json, name, &array, err);
    if (status != PD_OK || json_array_size(array) == 0)
        return status;
    numbers = arena_array(catalogue->arena, uint32_t, json_array_size(array));
    if (!numbers)
        return error_memory(err);
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *number = json_array_get(array, i);
        json_int_t value = json_is_integer(number) ? json_integer_value(number) : -1;

        if (value < 0 || (uint64_t)value >= limit)
            return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                              "'%s' of an object has what is no number in it, or one too large",
                              name);
        numbers[i] = (uint32_t)value;
    }
    *ret_numbers = numbers;
    *ret_n = json_array_size(array);
    return PD_OK;
}

static pd_status
read_needs(struct catalogue *catalogue, const json_t *json, struct pd_object *object,
           struct pd_error *err)
{
    uint64_t whole = 0;
    pd_status status = json_object_get(json, "part_of")
                           ? field_number(json, "part_of", UINT32_MAX, &whole, err)
                           : PD_OK;

    object->part_of = (uint32_t)whole;
    if (status == PD_OK)
        status = read_numbers(catalogue, json, "needs", UINT32_MAX, &object->needs,
                              &object->n_needs, err);
    return status == PD_OK
               ? read_numbers(catalogue, json, "needs_tables", catalogue->catalog.n_tables,
                              &object->needs_tables, &object->n_needs_tables, err)
               : status;
}

static pd_status
read_object(struct catalogue *catalogue, const json_t *json, struct pd_object *object,
            struct pd_error *err)
{
    uint64_t order = 0;
    pd_status status = copy_text(catalogue, json, "kind", true, &object->kind, err);

    if (status == PD_OK)
        status = copy_text(catalogue, json, "schema", false, &object->schema, err);
    if (status == PD_OK)
        status = copy_text(catalogue, json, "name", true, &object->name, err);
    if (status == PD_OK)
        status = copy_text(catalogue, json, "table", false, &object->table, err);
    if (status == PD_OK)
        status = copy_text(catalogue, json, "sql", false, &object->sql, err);
    if (status == PD_OK)
        status = field_number(json, "native_order", UINT32_MAX, &order, err);
    if (status == PD_OK)
        status = read_needs(catalogue, json, object, err);
    object->native_order = (uint32_t)order;
    object->struct_size = sizeof *object;
    object->flags = (field_flag(json, "before_rows") ? (uint32_t)PD_OBJECT_BEFORE_ROWS : 0) |
                    (field_flag(json, "passive") ? (uint32_t)PD_OBJECT_PASSIVE : 0) |
                    (field_flag(json, "access") ? (uint32_t)PD_OBJECT_ACCESS : 0) |
                    (field_flag(json, "broken") ? (uint32_t)PD_OBJECT_BROKEN : 0);
    return status;
}

static pd_status
add_object(struct catalogue *catalogue, const json_t *line, struct pd_error *err)
{
    struct pd_object *object = grow(&catalogue->objects, catalogue->catalog.n_objects,
                                    &catalogue->room[ROOM_OBJECTS], sizeof *object);
    pd_status status = object ? read_object(catalogue, json_object_get(line, "object"), object, err)
                              : error_memory(err);

    if (status == PD_OK)
        catalogue->catalog.n_objects++;
    return status;
}

pd_status
catalogue_add_origin(struct catalogue *catalogue, const json_t *line, struct pd_error *err)
{
    static const struct {
        const char *member;
        pd_status (*add)(struct catalogue *catalogue, const json_t *line, struct pd_error *err);
    } kinds[] = {{"engine", add_engine},
                 {"property", add_property},
                 {"native", add_native},
                 {"object", add_object}};

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (json_object_get(line, kinds[i].member)) {
            pd_status status = kinds[i].add(catalogue, line, err);

            return status == PD_OK ? PD_OK : error_prefix(err, status, "%s", kinds[i].member);
        }
    }
    /* A later minor version may have lines that say more; they are not needed. */
    return PD_OK;
}

static int
compare_tables(const void *a, const void *b)
{
    const struct pd_table *left = *(const struct pd_table *const *)a;
    const struct pd_table *right = *(const struct pd_table *const *)b;
    int order = strcmp(left->schema ? left->schema : "", right->schema ? right->schema : "");

    return order ? order : strcmp(left->name, right->name);
}

static pd_status
check_names(const struct catalogue *catalogue, struct pd_error *err)
{
    size_t n = catalogue->catalog.n_tables;
    CLEANUP_FREE const struct pd_table **tables = malloc((n + 1) * sizeof *tables);

    if (!tables)
        return error_memory(err);
    for (size_t i = 0; i < n; i++)
        tables[i] = &catalogue->tables[i];
    qsort(tables, n, sizeof *tables, compare_tables);
    for (size_t i = 1; i < n; i++) {
        if (compare_tables(&tables[i - 1], &tables[i]) == 0)
            return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "there are two tables '%s'",
                              schema_table_name(tables[i]));
    }
    return PD_OK;
}

pd_status
catalogue_finish(struct catalogue *catalogue, const char *application,
                 const char *application_version, struct pd_error *err)
{
    struct pd_catalog *catalog = &catalogue->catalog;

    catalog->struct_size = sizeof *catalog;
    catalog->application = application;
    catalog->application_version = application_version;
    catalog->tables = catalogue->tables;
    catalog->table_size = sizeof *catalogue->tables;
    catalog->sequences = catalogue->sequences;
    catalog->sequence_size = sizeof *catalogue->sequences;
    catalog->objects = catalogue->objects;
    catalog->object_size = sizeof *catalogue->objects;
    catalog->properties = catalogue->properties;
    catalog->property_size = sizeof *catalogue->properties;
    return check_names(catalogue, err);
}

bool
catalogue_is_stamp(const struct pd_property *property)
{
    return strncmp(property->name, "stamp:", 6) == 0;
}

static void
write_member(struct buffer *out, const char *name, const char *text)
{
    buffer_text(out, name);
    if (text)
        json_write_string(out, text, strlen(text));
    else
        buffer_text(out, "null");
}

static pd_status
emit_line(struct buffer *line, catalogue_emit *emit, void *arg, struct pd_error *err)
{
    pd_status status;

    buffer_char(line, '\n');
    if (line->failed)
        return error_memory(err);
    status = emit(arg, line->data, line->size, err);
    buffer_clear(line);
    return status;
}

static pd_status
write_natives(struct buffer *line, const struct pd_catalog *catalog, catalogue_emit *emit,
              void *arg, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < catalog->n_tables && status == PD_OK; i++) {
        buffer_text(line, "{\"native\":");
        status =
            json_write_table(line, PD_AT(struct pd_table, catalog->tables, catalog->table_size, i),
                             JSON_NATIVE, err);
        buffer_printf(line, ",\"table\":%zu}", i);
        if (status == PD_OK)
            status = emit_line(line, emit, arg, err);
    }
    return status;
}

static void
write_numbers(struct buffer *line, const char *name, const uint32_t *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buffer_printf(line, "%s%s%s%u", i ? "," : ",\"", i ? "" : name, i ? "" : "\":[",
                      numbers[i]);
    if (n)
        buffer_char(line, ']');
}

static pd_status
write_objects(struct buffer *line, const struct pd_catalog *catalog, catalogue_emit *emit,
              void *arg, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < catalog->n_objects && status == PD_OK; i++) {
        const struct pd_object *object =
            PD_AT(struct pd_object, catalog->objects, catalog->object_size, i);

        write_member(line, "{\"object\":{\"kind\":", object->kind);
        write_member(line, ",\"schema\":", object->schema);
        write_member(line, ",\"name\":", object->name);
        write_member(line, ",\"table\":", object->table);
        buffer_printf(line, ",\"before_rows\":%s,\"passive\":%s%s%s",
                      object->flags & PD_OBJECT_BEFORE_ROWS ? "true" : "false",
                      object->flags & PD_OBJECT_PASSIVE ? "true" : "false",
                      object->flags & PD_OBJECT_ACCESS ? ",\"access\":true" : "",
                      object->flags & PD_OBJECT_BROKEN ? ",\"broken\":true" : "");
        write_member(line, ",\"sql\":", object->sql);
        buffer_printf(line, ",\"native_order\":%u", object->native_order);
        if (object->part_of)
            buffer_printf(line, ",\"part_of\":%u", object->part_of);
        write_numbers(line, "needs", object->needs, object->n_needs);
        write_numbers(line, "needs_tables", object->needs_tables, object->n_needs_tables);
        buffer_text(line, "}}");
        status = emit_line(line, emit, arg, err);
    }
    return status;
}

static pd_status
write_properties(struct buffer *line, const struct pd_catalog *catalog, catalogue_emit *emit,
                 void *arg, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < catalog->n_properties && status == PD_OK; i++) {
        const struct pd_property *property =
            PD_AT(struct pd_property, catalog->properties, catalog->property_size, i);

        if (catalogue_is_stamp(property))
            continue;
        write_member(line, "{\"property\":{\"name\":", property->name);
        write_member(line, ",\"value\":", property->value);
        buffer_printf(line, ",\"note\":%s%s", property->is_note ? "true" : "false",
                      property->is_note == PD_NOTE_ELSEWHERE ? ",\"elsewhere\":true" : "");
        if (property->table)
            write_member(line, ",\"table\":", property->table);
        if (property->table && property->table_schema)
            write_member(line, ",\"table_schema\":", property->table_schema);
        buffer_text(line, "}}");
        status = emit_line(line, emit, arg, err);
    }
    return status;
}

pd_status
catalogue_write_origin(const struct pd_catalog *catalog, catalogue_emit *emit, void *arg,
                       struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer line = {0};
    pd_status status;

    write_member(&line, "{\"engine\":", catalog->engine);
    write_member(&line, ",\"engine_version\":", catalog->engine_version);
    buffer_char(&line, '}');
    status = emit_line(&line, emit, arg, err);
    if (status == PD_OK)
        status = write_properties(&line, catalog, emit, arg, err);
    if (status == PD_OK)
        status = write_natives(&line, catalog, emit, arg, err);
    if (status == PD_OK)
        status = write_objects(&line, catalog, emit, arg, err);
    return status;
}
