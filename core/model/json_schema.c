// SPDX-License-Identifier: Apache-2.0
/* json_schema - the members of tables and sequences in JSON (doc/format-text.md has the same list
   for readers). The tables come last, innermost first, as their addresses are needed. */
#include "model/json_member.h"

#include <string.h>

#include "model/schema.h"

/* ---- Names of numbers --------------------------------------------------------------------- */

#define KIND_NAME(name, number, text, layout, class) [number] = text,
static const char *const kind_names[] = {PD_KIND_TABLE(KIND_NAME)[PD_KIND_COUNT_] = NULL};
#define TAG_NAME(name, number, text, meaning) [number] = text,
static const char *const tag_names[] = {PD_TAG_TABLE(TAG_NAME)[PD_TAG_COUNT_] = NULL};

static const char *const default_names[] = {"none",       "null",   "literal", "now",
                                            "today",      "clock",  "uuid",    "nextval",
                                            "expression", "native", NULL};
static const char *const generated_names[] = {"no", "virtual", "stored", NULL};
static const char *const identity_names[] = {"no", "default", "always", "rowid", NULL};
static const char *const collation_names[] = {"default", "binary", "nocase", "ci",
                                              "rtrim",   "native", NULL};
static const char *const key_names[] = {NULL, "primary", "unique", "index", NULL};
static const char *const action_names[] = {"none",     "restrict",    "cascade",
                                           "set-null", "set-default", NULL};

/* ---- What stays out of JSON_COUNTED ------------------------------------------------------ */

static bool
is_passenger(const struct pd_table *table, uint32_t column)
{
    return column < table->n_columns && (table->columns[column].flags & PD_COLUMN_PASSENGER);
}

static bool
column_left_out(const struct pd_table *table, const void *element)
{
    const struct pd_column *column = element;

    return column->flags & PD_COLUMN_PASSENGER;
}

static bool
key_left_out(const struct pd_table *table, const void *element)
{
    const struct pd_key *key = element;

    for (size_t i = 0; i < key->n_parts; i++) {
        if (key->parts[i].column >= 0 && is_passenger(table, (uint32_t)key->parts[i].column))
            return true;
    }
    return false;
}

static bool
foreign_left_out(const struct pd_table *table, const void *element)
{
    const struct pd_foreign *foreign = element;

    for (size_t i = 0; i < foreign->n_columns; i++) {
        if (is_passenger(table, foreign->columns[i]))
            return true;
    }
    return false;
}

/* ---- Members ----------------------------------------------------------------------------- */

#define OF(type, member_) .offset = offsetof(struct type, member_)
#define WIDE(type, member_) OF(type, member_), .width = sizeof((struct type){0}.member_)
#define SIGNED(type, member_) .form = MEMBER_INTEGER, .is_signed = true, WIDE(type, member_)
#define UNSIGNED(type, member_) .form = MEMBER_INTEGER, WIDE(type, member_)
#define BIT(type, flag) .form = MEMBER_BIT, .mask = flag, WIDE(type, flags)
#define NAME(type, member_, names_) .form = MEMBER_NAME, .names = names_, WIDE(type, member_)
#define TEXT(type, member_) .form = MEMBER_TEXT, OF(type, member_)
#define LIST(type, members_, stride_, shape_)                                                      \
    .form = MEMBER_LIST, OF(type, members_), .count = offsetof(struct type, n_##members_),         \
    .stride = offsetof(struct type, stride_), .shape = shape_

static const struct member type_members[] = {
    {"kind", NAME(pd_type, kind, kind_names), .parts = IN_ALL, .required = true},
    {"wide", BIT(pd_type, PD_TYPE_WIDE), .parts = IN_ALL},
    {"precision", SIGNED(pd_type, precision), .parts = IN_ALL},
    {"scale", SIGNED(pd_type, scale), .parts = IN_ALL},
    {"length", UNSIGNED(pd_type, length), .parts = IN_ALL},
    {"element", NAME(pd_type, element, kind_names), .parts = IN_ALL},
    {"srid", UNSIGNED(pd_type, srid), .parts = IN_ALL},
    {"labels", .form = MEMBER_TEXTS, OF(pd_type, labels),
     .count = offsetof(struct pd_type, n_labels), .parts = IN_ALL},
    {"native_name", TEXT(pd_type, native_name), .parts = IN_ALL},
    {NULL},
};
static const struct shape type_shape = {sizeof(struct pd_type), type_members, NULL};

static const struct member counter_members[] = {
    {"next", SIGNED(pd_counter, next), .parts = IN_SCHEMA},
    {"increment", SIGNED(pd_counter, increment), .parts = IN_SCHEMA},
    {"bounds", BIT(pd_counter, PD_COUNTER_BOUNDS), .parts = IN_SCHEMA},
    {"start", SIGNED(pd_counter, start), .parts = IN_SCHEMA},
    {"minimum", SIGNED(pd_counter, minimum), .parts = IN_SCHEMA},
    {"maximum", SIGNED(pd_counter, maximum), .parts = IN_SCHEMA},
    {"cache", SIGNED(pd_counter, cache), .parts = IN_SCHEMA},
    {"cycle", BIT(pd_counter, PD_COUNTER_CYCLE), .parts = IN_SCHEMA},
    {"unused", BIT(pd_counter, PD_COUNTER_UNUSED), .parts = IN_NEUTRAL},
    {"advance", BIT(pd_counter, PD_COUNTER_ADVANCE), .parts = IN_NEUTRAL},
    {"server-steps", BIT(pd_counter, PD_COUNTER_SERVER_STEPS), .parts = IN_SCHEMA},
    {NULL},
};
static const struct shape counter_shape = {sizeof(struct pd_counter), counter_members, NULL};

static const struct member column_members[] = {
    {"name", TEXT(pd_column, name), .parts = IN_SCHEMA, .required = true},
    {"type", .form = MEMBER_STRUCT, OF(pd_column, type), .shape = &type_shape, .parts = IN_SCHEMA,
     .required = true},
    {"not_null", BIT(pd_column, PD_COLUMN_NOT_NULL), .parts = IN_SCHEMA},
    {"hidden", BIT(pd_column, PD_COLUMN_HIDDEN), .parts = IN_SCHEMA},
    {"passenger", BIT(pd_column, PD_COLUMN_PASSENGER), .parts = IN_NEUTRAL},
    {"default", NAME(pd_column, default_kind, default_names), .parts = IN_SCHEMA},
    {"default_tag", NAME(pd_column, default_tag, tag_names), .parts = IN_SCHEMA},
    {"default_text", .form = MEMBER_BYTES, OF(pd_column, default_text),
     .count = offsetof(struct pd_column, default_size),
     .tag = offsetof(struct pd_column, default_tag), .parts = IN_SCHEMA},
    {"generated", NAME(pd_column, generated, generated_names), .parts = IN_SCHEMA},
    {"expression", TEXT(pd_column, expression), .parts = IN_SCHEMA},
    {"identity", NAME(pd_column, identity, identity_names), .parts = IN_SCHEMA},
    {"counter", .form = MEMBER_STRUCT, OF(pd_column, counter), .shape = &counter_shape,
     .parts = IN_SCHEMA},
    {"collation", NAME(pd_column, collation, collation_names), .parts = IN_SCHEMA},
    {"comment", TEXT(pd_column, comment), .parts = IN_SCHEMA},
    {"native", TEXT(pd_column, native), .parts = IN_NATIVE},
    {"neutral", BIT(pd_column, PD_COLUMN_NEUTRAL), .parts = IN_NATIVE},
    {"hint", .form = MEMBER_STRUCT, OF(pd_column, hint), .shape = &type_shape, .parts = IN_NATIVE},
    {"default_native", TEXT(pd_column, default_native), .parts = IN_NATIVE},
    {"expression_native", TEXT(pd_column, expression_native), .parts = IN_NATIVE},
    {"collation_native", TEXT(pd_column, collation_native), .parts = IN_NATIVE},
    {"generated_values", TEXT(pd_column, generated_values), .parts = IN_NATIVE},
    {"generated_rows", UNSIGNED(pd_column, generated_rows), .parts = IN_NATIVE},
    {"generated_settings", TEXT(pd_column, generated_settings), .parts = IN_NATIVE},
    {NULL},
};
static const struct shape column_shape = {sizeof(struct pd_column), column_members,
                                          column_left_out};

static const struct member part_members[] = {
    {"column", .form = MEMBER_COLUMN, WIDE(pd_key_part, column), .is_signed = true, .fallback = -1,
     .parts = IN_SCHEMA},
    {"desc", BIT(pd_key_part, PD_PART_DESC), .parts = IN_SCHEMA},
    {"collation", NAME(pd_key_part, collation, collation_names), .parts = IN_SCHEMA},
    {"expression", TEXT(pd_key_part, expression), .parts = IN_SCHEMA},
    {"expression_native", TEXT(pd_key_part, expression_native), .parts = IN_NATIVE},
    {NULL},
};
static const struct shape part_shape = {sizeof(struct pd_key_part), part_members, NULL};

static const struct member key_members[] = {
    {"kind", NAME(pd_key, kind, key_names), .parts = IN_SCHEMA, .required = true},
    {"name", TEXT(pd_key, name), .parts = IN_SCHEMA},
    {"constraint", BIT(pd_key, PD_KEY_CONSTRAINT), .parts = IN_SCHEMA},
    {"nulls_admitted", BIT(pd_key, PD_KEY_NULLS_ADMITTED), .parts = IN_SCHEMA},
    {"native_only", BIT(pd_key, PD_KEY_NATIVE_ONLY), .parts = IN_SCHEMA},
    {"parts", LIST(pd_key, parts, part_size, &part_shape), .parts = IN_ALL},
    {"predicate", TEXT(pd_key, predicate), .parts = IN_SCHEMA},
    {"predicate_native", TEXT(pd_key, predicate_native), .parts = IN_NATIVE},
    {"native_sql", TEXT(pd_key, native_sql), .parts = IN_NATIVE},
    {"native_order", UNSIGNED(pd_key, native_order), .parts = IN_NATIVE},
    {NULL},
};
static const struct shape key_shape = {sizeof(struct pd_key), key_members, key_left_out};

static const struct member check_members[] = {
    {"name", TEXT(pd_check, name), .parts = IN_SCHEMA},
    {"expression", TEXT(pd_check, expression), .parts = IN_SCHEMA},
    {"expression_native", TEXT(pd_check, expression_native), .parts = IN_NATIVE},
    {"not_validated", BIT(pd_check, PD_CHECK_NOT_VALIDATED), .parts = IN_NATIVE},
    {"no_inherit", BIT(pd_check, PD_CHECK_NO_INHERIT), .parts = IN_NATIVE},
    {NULL},
};
static const struct shape check_shape = {sizeof(struct pd_check), check_members, NULL};

static const struct member foreign_members[] = {
    {"name", TEXT(pd_foreign, name), .parts = IN_SCHEMA},
    {"columns", .form = MEMBER_COLUMNS, OF(pd_foreign, columns),
     .count = offsetof(struct pd_foreign, n_columns), .parts = IN_SCHEMA, .required = true},
    {"to_schema", TEXT(pd_foreign, to_schema), .parts = IN_SCHEMA},
    {"to_table", TEXT(pd_foreign, to_table), .parts = IN_SCHEMA, .required = true},
    {"to_columns", .form = MEMBER_TEXTS, OF(pd_foreign, to_columns),
     .count = offsetof(struct pd_foreign, n_columns), .parts = IN_SCHEMA},
    {"on_update", NAME(pd_foreign, on_update, action_names), .parts = IN_SCHEMA},
    {"on_delete", NAME(pd_foreign, on_delete, action_names), .parts = IN_SCHEMA},
    {"set_columns", .form = MEMBER_COLUMNS, OF(pd_foreign, set_columns),
     .count = offsetof(struct pd_foreign, n_set_columns), .parts = IN_SCHEMA},
    {"deferrable", BIT(pd_foreign, PD_FOREIGN_DEFERRABLE), .parts = IN_SCHEMA},
    {"deferred", BIT(pd_foreign, PD_FOREIGN_DEFERRED), .parts = IN_SCHEMA},
    {"match_full", BIT(pd_foreign, PD_FOREIGN_MATCH_FULL), .parts = IN_SCHEMA},
    {"not_validated", BIT(pd_foreign, PD_FOREIGN_NOT_VALIDATED), .parts = IN_SCHEMA},
    {NULL},
};
static const struct shape foreign_shape = {sizeof(struct pd_foreign), foreign_members,
                                           foreign_left_out};

/* PD_TABLE_KEY_ORDER and n_rows_estimate are about one scan of one source, so they stay here. */
static const struct member table_members[] = {
    {"schema", TEXT(pd_table, schema), .parts = IN_ALL},
    {"name", TEXT(pd_table, name), .parts = IN_ALL, .required = true},
    {"passenger", BIT(pd_table, PD_TABLE_PASSENGER), .parts = IN_NEUTRAL},
    {"no_columns", BIT(pd_table, PD_TABLE_NO_COLUMNS), .parts = IN_SCHEMA},
    {"columns", LIST(pd_table, columns, column_size, &column_shape), .parts = IN_ALL},
    {"keys", LIST(pd_table, keys, key_size, &key_shape), .parts = IN_ALL},
    {"checks", LIST(pd_table, checks, check_size, &check_shape), .parts = IN_ALL},
    {"foreigns", LIST(pd_table, foreigns, foreign_size, &foreign_shape), .parts = IN_SCHEMA},
    {"comment", TEXT(pd_table, comment), .parts = IN_SCHEMA},
    {"native_sql", TEXT(pd_table, native_sql), .parts = IN_NATIVE},
    {"native_order", UNSIGNED(pd_table, native_order), .parts = IN_NATIVE},
    {"changed", BIT(pd_table, PD_TABLE_CHANGED), .parts = IN_NATIVE},
    {"owner", TEXT(pd_table, owner), .parts = IN_NATIVE},
    {NULL},
};
static const struct shape table_shape = {sizeof(struct pd_table), table_members, NULL};

static const struct member sequence_members[] = {
    {"schema", TEXT(pd_sequence, schema), .parts = IN_SCHEMA},
    {"name", TEXT(pd_sequence, name), .parts = IN_SCHEMA, .required = true},
    {"kind", NAME(pd_sequence, kind, kind_names), .parts = IN_SCHEMA},
    {"counter", .form = MEMBER_STRUCT, OF(pd_sequence, counter), .shape = &counter_shape,
     .parts = IN_SCHEMA},
    {"owner_table", TEXT(pd_sequence, owner_table), .parts = IN_SCHEMA},
    {"owner_column", TEXT(pd_sequence, owner_column), .parts = IN_SCHEMA},
    {"comment", TEXT(pd_sequence, comment), .parts = IN_SCHEMA},
    {NULL},
};
static const struct shape sequence_shape = {sizeof(struct pd_sequence), sequence_members, NULL};

/* ---- Tables ------------------------------------------------------------------------------ */

pd_status
json_write_table(struct buffer *out, const struct pd_table *table, enum json_part part,
                 struct pd_error *err)
{
    struct member_writer writer = {.out = out, .table = table, .part = part, .err = err};

    member_write(&writer, &table_shape, table);
    return member_written(&writer);
}

static pd_status
check_key(const struct pd_table *table, const struct pd_key *key, struct pd_error *err)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        if (key->parts[i].column < -1 || key->parts[i].column >= (int64_t)table->n_columns)
            return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                              "key part %zu: no column has the number %d", i,
                              (int)key->parts[i].column);
    }
    return PD_OK;
}

static pd_status
check_columns(const struct pd_table *table, const uint32_t *columns, size_t n, struct pd_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (columns[i] >= table->n_columns)
            return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                              "foreign key: no column has the number %u", columns[i]);
    }
    return PD_OK;
}

/* Numbers of columns are only known to be right when all columns were read. */
static pd_status
check_numbers(const struct pd_table *table, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (table->n_columns > SCHEMA_MAX_COLUMNS)
        return error_fail(err, PD_FAILED, PD_CAUSE_LIMIT, "%zu columns, the limit is %d",
                          table->n_columns, SCHEMA_MAX_COLUMNS);
    for (size_t i = 0; status == PD_OK && i < table->n_keys; i++)
        status = check_key(table, &table->keys[i], err);
    for (size_t i = 0; status == PD_OK && i < table->n_foreigns; i++) {
        const struct pd_foreign *f = &table->foreigns[i];

        status = check_columns(table, f->columns, f->n_columns, err);
        if (status == PD_OK)
            status = check_columns(table, f->set_columns, f->n_set_columns, err);
    }
    return status;
}

/* The neutral half leaves out structs and text that every column must have. */
static void
complete_columns(struct pd_column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        columns[i].hint.struct_size = sizeof columns[i].hint;
        columns[i].counter.struct_size = sizeof columns[i].counter;
        columns[i].native = "";
    }
}

pd_status
json_read_table(struct arena *arena, const json_t *json, struct pd_table *ret_table,
                struct pd_error *err)
{
    struct member_reader reader = {.arena = arena, .part = JSON_NEUTRAL, .err = err};
    struct pd_table table = {0};
    struct pd_column *columns;
    pd_status status;

    status = member_read(&reader, &table_shape, json, &table);
    if (status != PD_OK)
        return status;
    status = check_numbers(&table, err);
    if (status != PD_OK)
        return error_prefix(err, status, "table '%s'", table.name);
    memcpy(&columns, &table.columns, sizeof columns);
    complete_columns(columns, table.n_columns);
    *ret_table = table;
    return PD_OK;
}

pd_status
json_read_native(struct arena *arena, const json_t *json, struct pd_table *table,
                 struct pd_error *err)
{
    struct member_reader reader = {.arena = arena, .part = JSON_NATIVE, .err = err};
    const char *name = json_string_value(json_object_get(json, "name"));
    const char *schema = json_string_value(json_object_get(json, "schema"));
    pd_status status;

    if (name && (strcmp(name, table->name) != 0 ||
                 strcmp(schema ? schema : "", table->schema ? table->schema : "") != 0))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                          "native half of table '%s' where '%s' was expected", name, table->name);
    status = member_read(&reader, &table_shape, json, table);
    return status == PD_OK ? PD_OK : error_prefix(err, status, "table '%s'", table->name);
}

/* ---- Sequences --------------------------------------------------------------------------- */

pd_status
json_write_sequence(struct buffer *out, const struct pd_sequence *sequence, enum json_part part,
                    struct pd_error *err)
{
    struct member_writer writer = {.out = out, .part = part, .err = err};

    member_write(&writer, &sequence_shape, sequence);
    return member_written(&writer);
}

pd_status
json_read_sequence(struct arena *arena, const json_t *json, struct pd_sequence *ret_sequence,
                   struct pd_error *err)
{
    struct member_reader reader = {.arena = arena, .part = JSON_NEUTRAL, .err = err};
    struct pd_sequence sequence = {0};
    pd_status status = member_read(&reader, &sequence_shape, json, &sequence);

    if (status != PD_OK)
        return error_prefix(err, status, "sequence");
    sequence.counter.struct_size = sizeof sequence.counter;
    *ret_sequence = sequence;
    return PD_OK;
}
