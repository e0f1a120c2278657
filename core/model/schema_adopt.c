// SPDX-License-Identifier: Apache-2.0
// schema_adopt - copies a catalogue out of a plugin's memory into the core's own structs, and
// checks on the way that it keeps the rules of plugin.h, so that nobody behind it needs to ask.
//
// A plugin built on an older header has shorter structs, one built on a newer header longer ones:
// arrays are walked by the plugin's stride, what it does not have is zero, what only it has is
// dropped. struct pd_type and struct pd_counter lie inside of other structs, so the places of the
// members behind them are the same for all only because these two never grow; a smaller
// struct_size in them still means that their last members were not set.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/kind.h"
#include "model/schema.h"
#include "model/schema_copy.h"
#include "model/text.h"

/* Sizes beyond which a catalogue is a mistake rather than a database. */
enum {
    MAX_PARTS = 1000000, /* keys, checks, objects ... of one owner: as SCHEMA_MAX_TABLES */
    MAX_LABELS = 65535,  /* of an enum: MariaDB's limit, larger than PostgreSQL's practice */
    MAX_DECIMAL = 200000 /* digits: PostgreSQL ends at 131072 before and 16383 after the point */
};

static pd_status
check_type(const struct adoption *a, const struct pd_type *type)
{
    if (!kind_name(type->kind) || type->element >= PD_KIND_COUNT_)
        return BUG(a, "its type %u or element type %u is unknown", type->kind, type->element);
    if (type->n_labels > MAX_LABELS)
        return error_fail(a->err, PD_FATAL, PD_CAUSE_LIMIT, "it has %zu labels, more than %d",
                          type->n_labels, MAX_LABELS);
    return PD_OK;
}

/* Not asked of hints: they are what somebody wrote into a declaration. */
static pd_status
check_parameters(const struct adoption *a, const struct pd_type *type)
{
    bool is_decimal = type->kind == PD_KIND_DECIMAL;
    bool is_time =
        kind_class(type->kind) >= PD_CLASS_TIME && kind_class(type->kind) <= PD_CLASS_INTERVAL;
    int32_t most = is_decimal ? MAX_DECIMAL : 6;

    if ((is_decimal || is_time) && (type->precision < -1 || type->precision > most))
        return BUG(a, "its precision is %d", type->precision);
    if (is_decimal && (type->scale < -MAX_DECIMAL || type->scale > MAX_DECIMAL))
        return BUG(a, "its scale is %d", type->scale);
    return PD_OK;
}

/* Members of an embedded type that its maker did not know are zero; see the top. */
static pd_status
adopt_type(const struct adoption *a, struct pd_type *type)
{
    size_t known = type->struct_size;
    pd_status status;

    if (known < offsetof(struct pd_type, precision))
        return BUG(a, "the struct_size of its type is %zu", known);
    if (known < sizeof *type)
        memset((char *)type + known, 0, sizeof *type - known);
    type->struct_size = sizeof *type;
    status = check_type(a, type);
    if (status)
        return status;
    return schema_copy_names(a, "labels", type->labels, type->n_labels, &type->labels);
}

static bool
is_empty(const struct pd_counter *counter)
{
    static const struct pd_counter none;

    return memcmp(counter, &none, sizeof none) == 0;
}

static pd_status
adopt_counter(const struct adoption *a, struct pd_counter *counter)
{
    size_t known = counter->struct_size;

    if (known < offsetof(struct pd_counter, start) && !is_empty(counter))
        return BUG(a, "the struct_size of its counter is %zu", known);
    if (known < sizeof *counter)
        memset((char *)counter + known, 0, sizeof *counter - known);
    counter->struct_size = sizeof *counter;
    return PD_OK;
}

/* The text of a default has a size of its own, since it may hold NUL. */
static pd_status
adopt_default(const struct adoption *a, struct pd_column *column)
{
    char *copy;

    if (column->default_kind > PD_DEFAULT_NATIVE)
        return BUG(a, "its default is of the unknown kind %u", column->default_kind);
    if (column->default_kind == PD_DEFAULT_LITERAL &&
        (column->default_tag < PD_TAG_INT || column->default_tag > PD_TAG_BYTES))
        return BUG(a, "its default has the tag %u", column->default_tag);
    if (!column->default_text) {
        column->default_size = 0;
        return PD_OK;
    }
    if (column->default_tag != PD_TAG_BYTES &&
        !text_is_utf8(column->default_text, column->default_size))
        return error_fail(a->err, PD_FATAL, PD_CAUSE_DATA, "its default is not valid UTF-8");
    copy = arena_alloc(a->arena, (size_t)column->default_size + 1);
    if (!copy)
        return error_memory(a->err);
    memcpy(copy, column->default_text, column->default_size);
    column->default_text = copy;
    return PD_OK;
}

pd_status
schema_adopt_column(const struct adoption *a, struct pd_column *column)
{
    pd_status status = adopt_type(a, &column->type);

    if (!status)
        status = check_parameters(a, &column->type);
    if (!status && column->hint.kind != PD_KIND_NONE)
        status = adopt_type(a, &column->hint);
    if (!status)
        status = adopt_default(a, column);
    if (!status)
        status = adopt_counter(a, &column->counter);
    if (status)
        return status;
    if (!column->native)
        column->native = "";
    if (column->generated > PD_GENERATED_STORED || column->identity > PD_IDENTITY_ROWID ||
        column->collation > PD_COLLATION_NATIVE)
        return BUG(a, "it is generated, counted or compared in an unknown way");
    return PD_OK;
}

pd_status
schema_adopt_key(const struct adoption *a, const struct pd_table *table, struct pd_key *key)
{
    void *parts;
    pd_status status;

    if (key->kind < PD_KEY_PRIMARY || key->kind > PD_KEY_INDEX)
        return BUG(a, "its kind %u is unknown", key->kind);
    if (key->n_parts == 0)
        return BUG(a, "it has no parts");
    status = schema_copy_array(a, &schema_part_shape, key->parts, key->n_parts, key->part_size,
                               MAX_PARTS, &parts);
    if (status)
        return status;
    key->parts = parts;
    key->part_size = sizeof *key->parts;
    for (size_t i = 0; i < key->n_parts; i++) {
        int32_t column = key->parts[i].column;

        if (column < -1 || (column >= 0 && (size_t)column >= table->n_columns))
            return BUG(a, "part %zu is column %d, the table has %zu", i + 1, column,
                       table->n_columns);
        if (key->kind == PD_KEY_PRIMARY && column < 0)
            return BUG(a, "part %zu of a primary key is no column", i + 1);
    }
    return PD_OK;
}

pd_status
schema_adopt_foreign(const struct adoption *a, const struct pd_table *table,
                     struct pd_foreign *foreign)
{
    pd_status status;

    if (foreign->n_columns == 0 || foreign->on_update > PD_ACTION_SET_DEFAULT ||
        foreign->on_delete > PD_ACTION_SET_DEFAULT)
        return BUG(a, "it has no columns or an unknown action");
    status = schema_copy_numbers(a, "columns", foreign->columns, foreign->n_columns,
                                 table->n_columns, &foreign->columns);
    if (!status && foreign->to_columns)
        status = schema_copy_names(a, "to_columns", foreign->to_columns, foreign->n_columns,
                                   &foreign->to_columns);
    if (!status)
        status = schema_copy_numbers(a, "set_columns", foreign->set_columns, foreign->n_set_columns,
                                     table->n_columns, &foreign->set_columns);
    return status;
}

static int
compare_names(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    int order = strcmp(x[1], y[1]);

    return order ? order : strcmp(x[0], y[0]);
}

/* pairs: n times schema and name. The first that comes twice; NULL: none. */
static const char *const *
find_double(const char **pairs, size_t n)
{
    const size_t size = 2 * sizeof *pairs;

    if (n > 1)
        qsort(pairs, n, size, compare_names);
    for (size_t i = 1; i < n; i++) {
        if (compare_names(&pairs[2 * i - 2], &pairs[2 * i]) == 0)
            return &pairs[2 * i];
    }
    return NULL;
}

static pd_status
check_column_names(const struct adoption *a, const struct pd_table *table)
{
    CLEANUP_FREE const char **pairs = malloc((2 * table->n_columns + 1) * sizeof *pairs);
    const char *const *twice;

    if (!pairs)
        return error_memory(a->err);
    for (size_t i = 0; i < table->n_columns; i++) {
        pairs[2 * i] = "";
        pairs[2 * i + 1] = table->columns[i].name;
    }
    twice = find_double(pairs, table->n_columns);
    return twice ? BUG(a, "it has two columns '%s'", twice[1]) : PD_OK;
}

static pd_status
adopt_columns(const struct adoption *a, struct pd_table *table)
{
    struct pd_column *columns;
    void *array;
    pd_status status = schema_copy_array(a, &schema_column_shape, table->columns, table->n_columns,
                                         table->column_size, SCHEMA_MAX_COLUMNS, &array);

    if (status)
        return status;
    table->columns = columns = array;
    table->column_size = sizeof *columns;
    for (size_t i = 0; i < table->n_columns; i++) {
        status = schema_adopt_column(a, &columns[i]);
        if (status)
            return error_prefix(a->err, status, "column '%s'", columns[i].name);
    }
    return check_column_names(a, table);
}

static pd_status
adopt_keys(const struct adoption *a, struct pd_table *table)
{
    struct pd_key *keys;
    void *array;
    pd_status status = schema_copy_array(a, &schema_key_shape, table->keys, table->n_keys,
                                         table->key_size, MAX_PARTS, &array);

    if (status)
        return status;
    table->keys = keys = array;
    table->key_size = sizeof *keys;
    for (size_t i = 0; i < table->n_keys; i++) {
        status = schema_adopt_key(a, table, &keys[i]);
        if (!status && i && keys[i].kind == PD_KEY_PRIMARY)
            status = BUG(a, "a primary key is not the first key");
        if (status)
            return error_prefix(a->err, status, "key '%s'", keys[i].name ? keys[i].name : "");
    }
    return PD_OK;
}

static pd_status
adopt_foreigns(const struct adoption *a, struct pd_table *table)
{
    struct pd_foreign *foreigns;
    void *array;
    pd_status status = schema_copy_array(a, &schema_foreign_shape, table->foreigns,
                                         table->n_foreigns, table->foreign_size, MAX_PARTS, &array);

    if (status)
        return status;
    table->foreigns = foreigns = array;
    table->foreign_size = sizeof *foreigns;
    for (size_t i = 0; i < table->n_foreigns; i++) {
        status = schema_adopt_foreign(a, table, &foreigns[i]);
        if (status)
            return error_prefix(a->err, status, "foreign key %zu to '%s'", i + 1,
                                foreigns[i].to_table);
    }
    return PD_OK;
}

static pd_status
adopt_checks(const struct adoption *a, struct pd_table *table)
{
    void *array;
    pd_status status = schema_copy_array(a, &schema_check_shape, table->checks, table->n_checks,
                                         table->check_size, MAX_PARTS, &array);

    if (status)
        return status;
    table->checks = array;
    table->check_size = sizeof *table->checks;
    return PD_OK;
}

pd_status
schema_adopt_table(const struct adoption *a, struct pd_table *table)
{
    pd_status status = adopt_columns(a, table);

    if (!status && (table->n_columns == 0) != !!(table->flags & PD_TABLE_NO_COLUMNS))
        status = BUG(a, "it has %zu columns", table->n_columns);
    if (!status)
        status = adopt_keys(a, table);
    if (!status)
        status = adopt_checks(a, table);
    if (!status)
        status = adopt_foreigns(a, table);
    return status;
}

static pd_status
check_table_names(const struct adoption *a, const struct pd_catalog *catalog)
{
    CLEANUP_FREE const char **pairs = malloc((2 * catalog->n_tables + 1) * sizeof *pairs);
    const char *const *twice;

    if (!pairs)
        return error_memory(a->err);
    for (size_t i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        pairs[2 * i] = table->schema ? table->schema : "";
        pairs[2 * i + 1] = table->name;
    }
    twice = find_double(pairs, catalog->n_tables);
    return twice ? BUG(a, "there are two tables '%s%s%s'", twice[0], *twice[0] ? "." : "", twice[1])
                 : PD_OK;
}

static pd_status
adopt_tables(const struct adoption *a, struct pd_catalog *catalog)
{
    struct pd_table *tables;
    void *array;
    pd_status status = schema_copy_array(a, &schema_table_shape, catalog->tables, catalog->n_tables,
                                         catalog->table_size, SCHEMA_MAX_TABLES, &array);

    if (status)
        return status;
    catalog->tables = tables = array;
    catalog->table_size = sizeof *tables;
    for (size_t i = 0; i < catalog->n_tables; i++) {
        status = schema_adopt_table(a, &tables[i]);
        if (status)
            return error_prefix(a->err, status, "table '%s'", schema_table_name(&tables[i]));
    }
    return check_table_names(a, catalog);
}

static pd_status
adopt_sequences(const struct adoption *a, struct pd_catalog *catalog)
{
    struct pd_sequence *sequences;
    void *array;
    pd_status status =
        schema_copy_array(a, &schema_sequence_shape, catalog->sequences, catalog->n_sequences,
                          catalog->sequence_size, SCHEMA_MAX_TABLES, &array);

    if (status)
        return status;
    catalog->sequences = sequences = array;
    catalog->sequence_size = sizeof *sequences;
    for (size_t i = 0; i < catalog->n_sequences; i++) {
        if (!kind_is_integer((int)sequences[i].kind))
            return BUG(a, "sequence '%s': its type %u is no integer", sequences[i].name,
                       sequences[i].kind);
        status = adopt_counter(a, &sequences[i].counter);
        if (status)
            return error_prefix(a->err, status, "sequence '%s'", sequences[i].name);
    }
    return PD_OK;
}

static pd_status
adopt_needs(const struct adoption *a, const struct pd_catalog *catalog, struct pd_object *object)
{
    pd_status status = PD_OK;

    if (object->n_needs > SCHEMA_MAX_TABLES || object->n_needs_tables > catalog->n_tables ||
        (object->n_needs && !object->needs) || (object->n_needs_tables && !object->needs_tables))
        return BUG(a, "object '%s': the list of what it needs is missing or too long",
                   object->name);
    for (size_t i = 0; i < object->n_needs_tables; i++) {
        if (object->needs_tables[i] >= catalog->n_tables)
            return BUG(a, "object '%s' needs table %u, there are %zu", object->name,
                       object->needs_tables[i], catalog->n_tables);
    }
    if (object->n_needs) {
        object->needs = arena_copy(a->arena, object->needs, object->n_needs * sizeof(uint32_t));
        status = object->needs ? PD_OK : error_memory(a->err);
    }
    if (status == PD_OK && object->n_needs_tables) {
        object->needs_tables =
            arena_copy(a->arena, object->needs_tables, object->n_needs_tables * sizeof(uint32_t));
        status = object->needs_tables ? PD_OK : error_memory(a->err);
    }
    return status;
}

static pd_status
adopt_others(const struct adoption *a, struct pd_catalog *catalog)
{
    struct pd_object *objects;
    void *array;
    pd_status status =
        schema_copy_array(a, &schema_object_shape, catalog->objects, catalog->n_objects,
                          catalog->object_size, SCHEMA_MAX_TABLES, &array);

    if (status)
        return status;
    catalog->objects = objects = array;
    catalog->object_size = sizeof *objects;
    for (size_t i = 0; i < catalog->n_objects; i++) {
        status = adopt_needs(a, catalog, &objects[i]);
        if (status)
            return status;
    }
    status =
        schema_copy_array(a, &schema_property_shape, catalog->properties, catalog->n_properties,
                          catalog->property_size, SCHEMA_MAX_TABLES, &array);
    if (status)
        return status;
    catalog->properties = array;
    catalog->property_size = sizeof *catalog->properties;
    return PD_OK;
}

pd_status
schema_adopt(struct arena *arena, const struct pd_catalog *from, struct pd_catalog **ret_catalog,
             struct pd_error *err)
{
    const struct adoption a = {arena, err};
    struct pd_catalog *catalog = arena_alloc(arena, sizeof *catalog);
    pd_status status;

    if (!catalog)
        return error_memory(err);
    status = schema_copy_struct(&a, &schema_catalog_shape, from, catalog);
    if (!status)
        status = adopt_tables(&a, catalog);
    if (!status)
        status = adopt_sequences(&a, catalog);
    if (!status)
        status = adopt_others(&a, catalog);
    if (status)
        return error_prefix(err, status, "the catalogue");
    *ret_catalog = catalog;
    return PD_OK;
}
