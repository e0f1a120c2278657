// SPDX-License-Identifier: Apache-2.0
// schema - catalogues of plugins built on other headers, honest ones and others; parts of
// catalogues.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/schema.h"

/* A catalogue with something of everything, in memory that is wiped after it was adopted. */
struct sample {
    struct pd_catalog catalog;
    struct pd_table tables[2];
    struct pd_column columns[3];
    struct pd_column child_columns[2];
    struct pd_key keys[3];
    struct pd_key_part parts[4];
    struct pd_check check;
    struct pd_foreign foreign;
    struct pd_sequence sequence;
    struct pd_object objects[2];
    struct pd_property property;
    uint32_t foreign_columns[1];
    const char *to_columns[1];
    const char *labels[2];
    char name[16];
};

#define SIZED(value) ((value).struct_size = sizeof(value))

static void
fill_columns(struct sample *s)
{
    static const char *const names[] = {"id", "e", "u"};
    static const uint16_t kinds[] = {PD_KIND_INT64, PD_KIND_ENUM, PD_KIND_TEXT};

    for (int i = 0; i < 3; i++) {
        struct pd_column *c = &s->columns[i];

        SIZED(*c);
        SIZED(c->type);
        SIZED(c->counter);
        c->name = names[i];
        c->type.kind = kinds[i];
        c->native = "SOME TYPE";
    }
    s->columns[0].counter.next = 77;
    s->columns[1].type.labels = s->labels;
    s->columns[1].type.n_labels = 2;
    s->columns[2].default_kind = PD_DEFAULT_LITERAL;
    s->columns[2].default_tag = PD_TAG_TEXT;
    s->columns[2].default_text = "a\0b";
    s->columns[2].default_size = 3;
    s->columns[2].flags = PD_COLUMN_NOT_NULL;
    s->child_columns[0] = s->columns[0];
    s->child_columns[1] = s->columns[2];
}

static void
fill_keys(struct sample *s)
{
    static const char *const names[] = {NULL, "u2", "u1"};
    static const uint16_t kinds[] = {PD_KEY_PRIMARY, PD_KEY_UNIQUE, PD_KEY_UNIQUE};
    static const int32_t columns[] = {0, 2, 2, 1};

    for (int i = 0; i < 4; i++) {
        SIZED(s->parts[i]);
        s->parts[i].column = columns[i];
    }
    for (int i = 0; i < 3; i++) {
        SIZED(s->keys[i]);
        s->keys[i].name = names[i];
        s->keys[i].kind = kinds[i];
        s->keys[i].parts = &s->parts[i];
        s->keys[i].n_parts = 1;
        s->keys[i].part_size = sizeof s->parts[0];
    }
}

static void
fill_tables(struct sample *s)
{
    SIZED(s->check);
    s->check.expression = "id > 0";
    SIZED(s->foreign);
    s->foreign_columns[0] = 0;
    s->to_columns[0] = "id";
    s->foreign.columns = s->foreign_columns;
    s->foreign.n_columns = 1;
    s->foreign.to_table = s->name;
    s->foreign.to_columns = s->to_columns;
    SIZED(s->tables[0]);
    s->tables[0].name = s->name;
    s->tables[0].columns = s->columns;
    s->tables[0].n_columns = 3;
    s->tables[0].column_size = sizeof s->columns[0];
    s->tables[0].keys = s->keys;
    s->tables[0].n_keys = 3;
    s->tables[0].key_size = sizeof s->keys[0];
    s->tables[0].checks = &s->check;
    s->tables[0].n_checks = 1;
    s->tables[0].check_size = sizeof s->check;
    SIZED(s->tables[1]);
    s->tables[1].schema = "other";
    s->tables[1].name = "child";
    s->tables[1].columns = s->child_columns;
    s->tables[1].n_columns = 2;
    s->tables[1].column_size = sizeof s->child_columns[0];
    s->tables[1].foreigns = &s->foreign;
    s->tables[1].n_foreigns = 1;
    s->tables[1].foreign_size = sizeof s->foreign;
}

static void
fill_others(struct sample *s)
{
    SIZED(s->sequence);
    SIZED(s->sequence.counter);
    s->sequence.name = "s";
    s->sequence.schema = "other";
    s->sequence.kind = PD_KIND_INT64;
    s->sequence.owner_table = "child";
    s->sequence.owner_column = "id";
    for (int i = 0; i < 2; i++) {
        SIZED(s->objects[i]);
        s->objects[i].kind = i ? "trigger" : "view";
        s->objects[i].name = i ? "g" : "v";
        s->objects[i].table = i ? s->name : NULL;
        s->objects[i].sql = "SELECT 1";
    }
    SIZED(s->property);
    s->property.name = "user_version";
    s->property.value = "7";
}

static struct sample *
sample(void)
{
    static struct sample s;

    memset(&s, 0, sizeof s);
    strcpy(s.name, "parent");
    s.labels[0] = "x";
    s.labels[1] = "";
    fill_columns(&s);
    fill_keys(&s);
    fill_tables(&s);
    fill_others(&s);
    SIZED(s.catalog);
    s.catalog.engine = "sqlite";
    s.catalog.tables = s.tables;
    s.catalog.n_tables = 2;
    s.catalog.table_size = sizeof s.tables[0];
    s.catalog.sequences = &s.sequence;
    s.catalog.n_sequences = 1;
    s.catalog.sequence_size = sizeof s.sequence;
    s.catalog.objects = s.objects;
    s.catalog.n_objects = 2;
    s.catalog.object_size = sizeof s.objects[0];
    s.catalog.properties = &s.property;
    s.catalog.n_properties = 1;
    s.catalog.property_size = sizeof s.property;
    return &s;
}

static struct pd_catalog *
adopt(struct arena *arena, struct sample *s)
{
    struct pd_catalog *catalog = NULL;
    struct pd_error err = {0};

    if (schema_adopt(arena, &s->catalog, &catalog, &err))
        fail_msg("%s", err.text);
    return catalog;
}

static void
an_adopted_catalogue_shares_nothing_with_the_plugin(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct sample *s = sample();
    struct pd_catalog *c = adopt(arena, s);

    memset(s, 0xee, sizeof *s);
    assert_string_equal(c->engine, "sqlite");
    assert_int_equal(c->n_tables, 2);
    assert_string_equal(c->tables[0].name, "parent");
    assert_string_equal(c->tables[0].columns[1].type.labels[0], "x");
    assert_string_equal(c->tables[0].columns[1].type.labels[1], "");
    assert_memory_equal(c->tables[0].columns[2].default_text, "a\0b", 4);
    assert_int_equal(c->tables[0].columns[0].counter.next, 77);
    assert_int_equal(c->tables[0].keys[1].parts[0].column, 2);
    assert_string_equal(c->tables[0].checks[0].expression, "id > 0");
    assert_int_equal(c->tables[1].foreigns[0].columns[0], 0);
    assert_string_equal(c->tables[1].foreigns[0].to_table, "parent");
    assert_string_equal(c->tables[1].foreigns[0].to_columns[0], "id");
    assert_string_equal(c->sequences[0].owner_table, "child");
    assert_string_equal(c->objects[1].table, "parent");
    assert_string_equal(c->properties[0].value, "7");
}

/* Lays n elements out anew, each `stride` apart and with another struct_size. */
static void *
stretch(const void *from, size_t n, size_t size, size_t stride, uint32_t struct_size)
{
    char *to = malloc(n * stride);

    memset(to, 0xcc, n * stride);
    for (size_t i = 0; i < n; i++) {
        memcpy(to + i * stride, (const char *)from + i * size, size < stride ? size : stride);
        memcpy(to + i * stride, &struct_size, sizeof struct_size);
    }
    return to;
}

static void
structs_of_a_newer_header_lose_what_is_not_known(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct sample *s = sample();
    size_t column = sizeof s->columns[0] + 64, table = sizeof s->tables[0] + 8;
    CLEANUP_FREE void *columns =
        stretch(s->columns, 3, sizeof s->columns[0], column, (uint32_t)column);
    CLEANUP_FREE void *tables = NULL;
    struct pd_catalog *c;

    s->tables[0].columns = columns;
    s->tables[0].column_size = column;
    tables = stretch(s->tables, 2, sizeof s->tables[0], table, (uint32_t)table);
    s->catalog.tables = tables;
    s->catalog.table_size = table;
    c = adopt(arena, s);
    assert_int_equal(c->table_size, sizeof(struct pd_table));
    assert_string_equal(c->tables[1].name, "child");
    assert_int_equal(c->tables[0].column_size, sizeof(struct pd_column));
    assert_int_equal(c->tables[0].columns[2].struct_size, sizeof(struct pd_column));
    assert_string_equal(c->tables[0].columns[2].name, "u");
}

static void
structs_of_an_older_header_are_filled_with_zeros(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct sample *s = sample();
    size_t size = offsetof(struct pd_table, foreigns);
    CLEANUP_FREE void *tables = NULL;
    struct pd_catalog *c;

    s->columns[0].type.struct_size = offsetof(struct pd_type, labels);
    s->columns[0].type.labels = (const char *const *)8; /* behind what the plugin knows */
    s->columns[0].counter.struct_size = offsetof(struct pd_counter, start);
    s->columns[0].counter.start = -1;
    tables = stretch(s->tables, 2, sizeof s->tables[0], size, (uint32_t)size);
    s->catalog.tables = tables;
    s->catalog.table_size = size;
    c = adopt(arena, s);
    assert_string_equal(c->tables[1].name, "child");
    assert_int_equal(c->tables[1].n_foreigns, 0);
    assert_null(c->tables[1].comment);
    assert_null(c->tables[0].columns[0].type.labels);
    assert_int_equal(c->tables[0].columns[0].counter.next, 77);
    assert_int_equal(c->tables[0].columns[0].counter.start, 0);
}

static void
assert_refused(struct sample *s, int cause, const char *text)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct pd_catalog *catalog;
    struct pd_error err = {0};

    assert_int_equal(schema_adopt(arena, &s->catalog, &catalog, &err), PD_FATAL);
    assert_string_equal(err.text, text);
    assert_int_equal(err.cause, cause);
}

static void
names_that_are_missing_or_broken_are_refused(void **state)
{
    struct sample *s = sample();

    s->tables[1].name = NULL;
    assert_refused(s, PD_CAUSE_BUG, "the catalogue: table 2: its 'name' is missing");
    s = sample();
    s->columns[1].name = NULL;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'parent': column 2: its 'name' is missing");
    s = sample();
    s->name[0] = (char)0xff;
    assert_refused(s, PD_CAUSE_DATA, "the catalogue: table 1: its 'name' is not valid UTF-8");
    s = sample();
    s->labels[1] = NULL;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'parent': column 'e': its 'labels' is missing");
}

static void
a_name_beyond_the_limit_is_refused(void **state)
{
    struct sample *s = sample();
    CLEANUP_FREE char *name = malloc(SCHEMA_MAX_NAME + 2);

    memset(name, 'x', SCHEMA_MAX_NAME + 1);
    name[SCHEMA_MAX_NAME + 1] = 0;
    s->columns[0].name = name;
    assert_refused(s, PD_CAUSE_LIMIT,
                   "the catalogue: table 'parent': column 1: its 'name' has 65536 bytes, more "
                   "than 65535");
}

static void
two_of_one_name_are_refused(void **state)
{
    struct sample *s = sample();

    s->tables[1].schema = NULL;
    s->tables[1].name = "parent";
    assert_refused(s, PD_CAUSE_BUG, "the catalogue: there are two tables 'parent'");
    s->tables[0].schema = "";
    assert_refused(s, PD_CAUSE_BUG, "the catalogue: there are two tables 'parent'");
    s = sample();
    s->columns[2].name = "id";
    assert_refused(s, PD_CAUSE_BUG, "the catalogue: table 'parent': it has two columns 'id'");
}

static void
numbers_out_of_range_are_refused(void **state)
{
    struct sample *s = sample();

    s->parts[1].column = 3;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'parent': key 'u2': part 1 is column 3, the table has 3");
    s = sample();
    s->parts[0].column = -1;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'parent': key '': part 1 of a primary key is no column");
    s = sample();
    s->foreign_columns[0] = 2;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'other.child': foreign key 1 to 'parent': 'columns' has "
                   "column 2, the table has 2");
    s = sample();
    s->columns[2].type.kind = PD_KIND_COUNT_;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'parent': column 'u': its type 44 or element type 0 is "
                   "unknown");
    s = sample();
    s->columns[2].default_kind = 10;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'parent': column 'u': its default is of the unknown kind "
                   "10");
    s = sample();
    s->sequence.kind = PD_KIND_TEXT;
    assert_refused(s, PD_CAUSE_BUG, "the catalogue: sequence 's': its type 14 is no integer");
}

static void
lists_that_cannot_be_walked_are_refused(void **state)
{
    struct sample *s = sample();

    s->tables[0].columns = NULL;
    s->tables[0].column_size = 512;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'parent': the list of 'column' is missing or has a stride "
                   "of 512");
    s = sample();
    s->tables[0].column_size = 3;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'parent': the list of 'column' is missing or has a stride "
                   "of 3");
    s = sample();
    s->columns[1].struct_size = 100000;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'parent': column 2: its struct_size is larger than its "
                   "place");
    s = sample();
    s->columns[1].struct_size = 0;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'parent': column 2: its struct_size is 0");
    s = sample();
    s->columns[0].counter.struct_size = 0;
    assert_refused(s, PD_CAUSE_BUG,
                   "the catalogue: table 'parent': column 'id': the struct_size of its counter is "
                   "0");
    s = sample();
    s->tables[0].n_columns = SCHEMA_MAX_COLUMNS + 1;
    assert_refused(s, PD_CAUSE_LIMIT,
                   "the catalogue: table 'parent': 32768 of 'column' are more than 32767");
    s = sample();
    s->tables[1].n_columns = 0;
    s->tables[1].n_foreigns = 0;
    assert_refused(s, PD_CAUSE_BUG, "the catalogue: table 'other.child': it has 0 columns");
}

static void
things_are_found_by_name(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct pd_catalog *c = adopt(arena, sample());

    assert_int_equal(schema_find_table(c, NULL, "parent"), 0);
    assert_int_equal(schema_find_table(c, "", "parent"), 0);
    assert_int_equal(schema_find_table(c, "other", "child"), 1);
    assert_int_equal(schema_find_table(c, NULL, "child"), -1);
    assert_int_equal(schema_find_column(&c->tables[0], "u"), 2);
    assert_int_equal(schema_find_column(&c->tables[0], "U"), -1);
    assert_string_equal(schema_table_name(&c->tables[0]), "parent");
    assert_string_equal(schema_table_name(&c->tables[1]), "other.child");
}

static void
a_selection_takes_along_what_hangs_on_its_tables(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct pd_catalog *c = adopt(arena, sample()), *part;
    const uint32_t first = 0, second = 1;
    struct pd_error err = {0};

    assert_int_equal(schema_select(arena, c, &first, 1, &part, &err), PD_OK);
    assert_int_equal(part->n_tables, 1);
    assert_string_equal(part->tables[0].name, "parent");
    assert_int_equal(part->n_sequences, 0);
    assert_int_equal(part->n_objects, 2);
    assert_int_equal(schema_select(arena, c, &second, 1, &part, &err), PD_OK);
    assert_string_equal(part->tables[0].name, "child");
    assert_int_equal(part->n_sequences, 1);
    assert_int_equal(part->n_objects, 1);
    assert_string_equal(part->objects[0].name, "v");
    assert_int_equal(schema_select(arena, c, NULL, 0, &part, &err), PD_OK);
    assert_int_equal(part->n_tables, 0);
    assert_int_equal(c->n_tables, 2);
}

static void
rows_are_ordered_by_the_primary_key_else_by_a_unique_one(void **state)
{
    struct sample *s = sample();
    struct pd_table *t = &s->tables[0];

    assert_ptr_equal(schema_order_key(t), &s->keys[0]);
    s->columns[0].generated = PD_GENERATED_STORED; /* its values do not travel */
    assert_ptr_equal(schema_order_key(t), &s->keys[2]);
    s->keys[2].predicate = "id > 0";
    assert_ptr_equal(schema_order_key(t), &s->keys[1]);
    s->columns[2].flags = 0; /* NULL may come many times */
    assert_null(schema_order_key(t));
    s->columns[2].flags = PD_COLUMN_NOT_NULL;
    s->parts[1].column = -1;
    assert_null(schema_order_key(t));
}

static void
columns_travel_and_count(void **state)
{
    struct pd_column plain = {0}, generated = {.generated = PD_GENERATED_VIRTUAL};
    struct pd_column passenger = {.flags = PD_COLUMN_PASSENGER};

    assert_true(schema_column_travels(&plain) && schema_column_counts(&plain));
    assert_false(schema_column_travels(&generated) || schema_column_counts(&generated));
    assert_true(schema_column_travels(&passenger));
    assert_false(schema_column_counts(&passenger));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_adopted_catalogue_shares_nothing_with_the_plugin),
        cmocka_unit_test(structs_of_a_newer_header_lose_what_is_not_known),
        cmocka_unit_test(structs_of_an_older_header_are_filled_with_zeros),
        cmocka_unit_test(names_that_are_missing_or_broken_are_refused),
        cmocka_unit_test(a_name_beyond_the_limit_is_refused),
        cmocka_unit_test(two_of_one_name_are_refused),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(lists_that_cannot_be_walked_are_refused),
        cmocka_unit_test(things_are_found_by_name),
        cmocka_unit_test(a_selection_takes_along_what_hangs_on_its_tables),
        cmocka_unit_test(rows_are_ordered_by_the_primary_key_else_by_a_unique_one),
        cmocka_unit_test(columns_travel_and_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
