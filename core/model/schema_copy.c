// SPDX-License-Identifier: Apache-2.0
// schema_copy - the strings of each struct as tables, and the loops that copy by them.
#include "model/schema_copy.h"

#include <string.h>

#include "model/schema.h"
#include "model/text.h"

enum { MAX_STRIDE = 1 << 16 }; /* the largest struct of the ABI has some hundred bytes */

#define TEXT(type, member)                                                                         \
    {                                                                                              \
        offsetof(struct type, member), MEMBER_TEXT, #member                                        \
    }
#define NAME(type, member)                                                                         \
    {                                                                                              \
        offsetof(struct type, member), MEMBER_NAME, #member                                        \
    }
#define WANTED(type, member)                                                                       \
    {                                                                                              \
        offsetof(struct type, member), MEMBER_NAME_WANTED, #member                                 \
    }
#define SHAPE(type, text, table)                                                                   \
    {                                                                                              \
        text, sizeof(struct type), table, COUNT_OF(table)                                          \
    }

static const struct member column_members[] = {
    WANTED(pd_column, name),
    TEXT(pd_column, native),
    TEXT(pd_column, default_native),
    TEXT(pd_column, expression),
    TEXT(pd_column, expression_native),
    TEXT(pd_column, generated_values),
    TEXT(pd_column, generated_settings),
    NAME(pd_column, collation_native),
    TEXT(pd_column, comment),
    NAME(pd_column, type.native_name),
    NAME(pd_column, hint.native_name),
};
static const struct member part_members[] = {
    TEXT(pd_key_part, expression),
    TEXT(pd_key_part, expression_native),
};
static const struct member key_members[] = {
    NAME(pd_key, name),
    TEXT(pd_key, predicate),
    TEXT(pd_key, predicate_native),
    TEXT(pd_key, native_sql),
};
static const struct member check_members[] = {
    NAME(pd_check, name),
    TEXT(pd_check, expression),
    TEXT(pd_check, expression_native),
};
static const struct member foreign_members[] = {
    NAME(pd_foreign, name),
    NAME(pd_foreign, to_schema),
    WANTED(pd_foreign, to_table),
};
static const struct member table_members[] = {
    WANTED(pd_table, name),     NAME(pd_table, schema), TEXT(pd_table, comment),
    TEXT(pd_table, native_sql), NAME(pd_table, owner),
};
static const struct member sequence_members[] = {
    WANTED(pd_sequence, name),       NAME(pd_sequence, schema),  NAME(pd_sequence, owner_table),
    NAME(pd_sequence, owner_column), TEXT(pd_sequence, comment),
};
static const struct member object_members[] = {
    WANTED(pd_object, kind), NAME(pd_object, schema), WANTED(pd_object, name),
    NAME(pd_object, table),  TEXT(pd_object, sql),
};
static const struct member property_members[] = {
    WANTED(pd_property, name),
    TEXT(pd_property, value),
    NAME(pd_property, table),
    NAME(pd_property, table_schema),
};
static const struct member catalog_members[] = {
    NAME(pd_catalog, engine),
    NAME(pd_catalog, engine_version),
    NAME(pd_catalog, application),
    NAME(pd_catalog, application_version),
};

const struct shape schema_column_shape = SHAPE(pd_column, "column", column_members);
const struct shape schema_part_shape = SHAPE(pd_key_part, "part", part_members);
const struct shape schema_key_shape = SHAPE(pd_key, "key", key_members);
const struct shape schema_check_shape = SHAPE(pd_check, "check", check_members);
const struct shape schema_foreign_shape = SHAPE(pd_foreign, "foreign key", foreign_members);
const struct shape schema_table_shape = SHAPE(pd_table, "table", table_members);
const struct shape schema_sequence_shape = SHAPE(pd_sequence, "sequence", sequence_members);
const struct shape schema_object_shape = SHAPE(pd_object, "object", object_members);
const struct shape schema_property_shape = SHAPE(pd_property, "property", property_members);
const struct shape schema_catalog_shape = SHAPE(pd_catalog, "catalogue", catalog_members);

static pd_status
copy_string(const struct adoption *a, const struct member *member, const char **text)
{
    size_t size;

    if (!*text)
        return member->rule == MEMBER_NAME_WANTED ? BUG(a, "its '%s' is missing", member->what)
                                                  : PD_OK;
    size = strlen(*text);
    if (member->rule != MEMBER_TEXT && size > SCHEMA_MAX_NAME)
        return error_fail(a->err, PD_FATAL, PD_CAUSE_LIMIT, "its '%s' has %zu bytes, more than %d",
                          member->what, size, SCHEMA_MAX_NAME);
    if (!text_is_utf8(*text, size))
        return error_fail(a->err, PD_FATAL, PD_CAUSE_DATA, "its '%s' is not valid UTF-8",
                          member->what);
    *text = arena_copy(a->arena, *text, size + 1);
    return *text ? PD_OK : error_memory(a->err);
}

pd_status
schema_copy_struct(const struct adoption *a, const struct shape *shape, const void *from, void *to)
{
    uint32_t size, ours = (uint32_t)shape->size;

    memcpy(&size, from, sizeof size);
    if (size < sizeof(void *))
        return BUG(a, "its struct_size is %u", size);
    memset(to, 0, shape->size);
    memcpy(to, from, size < shape->size ? size : shape->size);
    memcpy(to, &ours, sizeof ours);
    for (size_t i = 0; i < shape->n_members; i++) {
        const char **text = (const char **)(void *)((char *)to + shape->members[i].offset);
        pd_status status = copy_string(a, &shape->members[i], text);

        if (status)
            return status;
    }
    return PD_OK;
}

pd_status
schema_copy_array(const struct adoption *a, const struct shape *shape, const void *from, size_t n,
                  size_t stride, size_t limit, void **ret_array)
{
    char *to;

    *ret_array = NULL;
    if (n == 0)
        return PD_OK;
    if (n > limit)
        return error_fail(a->err, PD_FATAL, PD_CAUSE_LIMIT, "%zu of '%s' are more than %zu", n,
                          shape->what, limit);
    if (!from || stride < sizeof(void *) || stride > MAX_STRIDE || stride % _Alignof(void *))
        return BUG(a, "the list of '%s' is missing or has a stride of %zu", shape->what, stride);
    to = arena_alloc(a->arena, shape->size * n);
    if (!to)
        return error_memory(a->err);
    for (size_t i = 0; i < n; i++) {
        const void *element = PD_AT(char, from, stride, i);
        uint32_t size;
        pd_status status;

        memcpy(&size, element, sizeof size);
        status = size > stride ? BUG(a, "its struct_size is larger than its place")
                               : schema_copy_struct(a, shape, element, to + shape->size * i);
        if (status)
            return error_prefix(a->err, status, "%s %zu", shape->what, i + 1);
    }
    *ret_array = to;
    return PD_OK;
}

pd_status
schema_copy_names(const struct adoption *a, const char *what, const char *const *from, size_t n,
                  const char *const **ret_names)
{
    const struct member member = {0, MEMBER_NAME_WANTED, what};
    const char **names;

    *ret_names = NULL;
    if (n == 0)
        return PD_OK;
    if (!from)
        return BUG(a, "the list '%s' is missing", what);
    names = arena_array(a->arena, const char *, n);
    if (!names)
        return error_memory(a->err);
    for (size_t i = 0; i < n; i++) {
        pd_status status;

        names[i] = from[i];
        status = copy_string(a, &member, &names[i]);
        if (status)
            return status;
    }
    *ret_names = names;
    return PD_OK;
}

pd_status
schema_copy_numbers(const struct adoption *a, const char *what, const uint32_t *from, size_t n,
                    size_t limit, const uint32_t **ret_numbers)
{
    *ret_numbers = NULL;
    if (n == 0)
        return PD_OK;
    if (!from || n > SCHEMA_MAX_COLUMNS)
        return BUG(a, "the list '%s' is missing or too long", what);
    for (size_t i = 0; i < n; i++) {
        if (from[i] >= limit)
            return BUG(a, "'%s' has column %u, the table has %zu", what, from[i], limit);
    }
    *ret_numbers = arena_copy(a->arena, from, n * sizeof *from);
    return *ret_numbers ? PD_OK : error_memory(a->err);
}
