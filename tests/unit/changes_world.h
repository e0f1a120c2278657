// SPDX-License-Identifier: Apache-2.0
/* changes_world - a catalogue for steps to change, and what came of it as text: for the tests of
   migrate/changes. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "migrate/planned.h"
#include "model/kind.h"
#include "model/schema.h"

/* ---- The world ---- */

#define COLUMN(name_, kind_, ...)                                                                  \
    {                                                                                              \
        .struct_size = sizeof(struct pd_column), .name = name_, .native = "N",                     \
        .type = {.struct_size = sizeof(struct pd_type), .kind = PD_KIND_##kind_},                  \
        .hint = {.struct_size = sizeof(struct pd_type)},                                           \
        .counter = {.struct_size = sizeof(struct pd_counter)}, __VA_ARGS__                         \
    }
#define PARTS(...)                                                                                 \
    .parts = (const struct pd_key_part[]){__VA_ARGS__},                                            \
    .n_parts = sizeof((struct pd_key_part[]){__VA_ARGS__}) / sizeof(struct pd_key_part),           \
    .part_size = sizeof(struct pd_key_part)
#define PART(number)                                                                               \
    {                                                                                              \
        .struct_size = sizeof(struct pd_key_part), .column = number                                \
    }
#define KEY(kind_, ...)                                                                            \
    {                                                                                              \
        .struct_size = sizeof(struct pd_key), .kind = PD_KEY_##kind_, __VA_ARGS__                  \
    }
#define CHECK(...)                                                                                 \
    {                                                                                              \
        .struct_size = sizeof(struct pd_check), __VA_ARGS__                                        \
    }
#define FOREIGN(from, to, ...)                                                                     \
    {                                                                                              \
        .struct_size = sizeof(struct pd_foreign), .columns = (const uint32_t[]){from},             \
        .n_columns = 1, .to_table = to, __VA_ARGS__                                                \
    }
#define OBJECT(kind_, name_, sql_, ...)                                                            \
    {                                                                                              \
        .struct_size = sizeof(struct pd_object), .kind = kind_, .name = name_, .sql = sql_,        \
        __VA_ARGS__                                                                                \
    }
#define SEQUENCE(name_, ...)                                                                       \
    {                                                                                              \
        .struct_size = sizeof(struct pd_sequence), .name = name_, .kind = PD_KIND_INT64,           \
        .counter = {.struct_size = sizeof(struct pd_counter), .next = 5}, __VA_ARGS__              \
    }
#define LIST(member, array)                                                                        \
    .member##s = array, .n_##member##s = COUNT_OF(array), .member##_size = sizeof *(array)
#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { CITY, COUNTRY, NOTE, PERSON, WORKER, ITEM, BEFORE_TABLES };

static const struct pd_column city_columns[] = {
    COLUMN("id", INT64, .flags = PD_COLUMN_NOT_NULL),
    COLUMN("name", TEXT),
    COLUMN("country_id", INT64),
};
static const struct pd_key city_keys[] = {KEY(PRIMARY, .name = "city_pkey", PARTS(PART(0)))};
static const char *const to_id[] = {"id"};
static const struct pd_foreign city_foreigns[] = {
    FOREIGN(2, "country", .name = "in_country", .to_columns = to_id)};

static const struct pd_column country_columns[] = {
    COLUMN("id", INT64, .flags = PD_COLUMN_NOT_NULL),
    COLUMN("code", TEXT),
};
static const struct pd_key country_keys[] = {KEY(PRIMARY, .name = "country_pkey", PARTS(PART(0)))};

static const struct pd_column note_columns[] = {
    COLUMN("rowid", INT64, .flags = PD_COLUMN_PASSENGER | PD_COLUMN_HIDDEN),
    COLUMN("text", TEXT),
};

static const struct pd_column person_columns[] = {
    COLUMN("id", INT64, .flags = PD_COLUMN_NOT_NULL, .identity = PD_IDENTITY_DEFAULT,
           .counter.next = 9, .default_native = "nextval('person_id_seq')"),
    COLUMN("name", TEXT, .default_kind = PD_DEFAULT_LITERAL, .default_tag = PD_TAG_TEXT,
           .default_text = "x", .default_size = 1, .default_native = "'x'::text"),
    COLUMN("region", TEXT),
    COLUMN("age", INT32),
    COLUMN("older", INT32, .generated = PD_GENERATED_STORED, .expression = "(\"age\" + 1)",
           .expression_native = "age + 1"),
    COLUMN("city", INT64),
};
static const struct pd_key person_keys[] = {
    KEY(PRIMARY, .name = "person_pkey", PARTS(PART(0)), .native_sql = "ALTER TABLE person ADD x"),
    KEY(INDEX, .name = "by_region", PARTS(PART(2)), .predicate = "(\"region\" <> '')",
        .predicate_native = "region <> ''::text",
        .native_sql = "CREATE INDEX by_region ON person (region)"),
    KEY(INDEX, .name = "words", .flags = PD_KEY_NATIVE_ONLY, PARTS(PART(1)),
        .native_sql = "CREATE INDEX words ON person USING gin (name)"),
};
static const struct pd_check person_checks[] = {
    CHECK(.name = "adult", .expression = "(\"age\" >= 18)", .expression_native = "(age >= 18)"),
    CHECK(.name = "odd", .expression_native = "f(name)"),
};
static const struct pd_foreign person_foreigns[] = {FOREIGN(5, "city")};

static const struct pd_column worker_columns[] = {
    COLUMN("id", INT64),
    COLUMN("name", TEXT),
    COLUMN("region", TEXT),
};

static const struct pd_column item_columns[] = {
    COLUMN("id", INT64, .default_kind = PD_DEFAULT_NEXTVAL, .default_text = "shop.item_id",
           .default_size = 12, .default_native = "nextval('shop.item_id')"),
    COLUMN("owner", INT64),
};
static const struct pd_foreign item_foreigns[] = {
    FOREIGN(1, "person", .to_schema = "", .name = "owned")};

static const struct pd_table world_tables[] = {
    {.struct_size = sizeof(struct pd_table),
     .name = "city",
     .native_sql = "CREATE TABLE city",
     .n_rows_estimate = 3,
     .flags = PD_TABLE_KEY_ORDER,
     LIST(column, city_columns),
     LIST(key, city_keys),
     LIST(foreign, city_foreigns)},
    {.struct_size = sizeof(struct pd_table),
     .name = "country",
     .native_sql = "CREATE TABLE country",
     LIST(column, country_columns),
     LIST(key, country_keys)},
    {.struct_size = sizeof(struct pd_table),
     .name = "note",
     .native_sql = "CREATE TABLE note",
     LIST(column, note_columns)},
    {.struct_size = sizeof(struct pd_table),
     .name = "person",
     .native_sql = "CREATE TABLE person",
     .flags = PD_TABLE_KEY_ORDER | PD_TABLE_ACTIVE_SQL,
     .n_rows_estimate = 7,
     LIST(column, person_columns),
     LIST(key, person_keys),
     LIST(check, person_checks),
     LIST(foreign, person_foreigns)},
    {.struct_size = sizeof(struct pd_table),
     .name = "worker",
     .native_sql = "CREATE TABLE worker",
     .n_rows_estimate = 5,
     LIST(column, worker_columns)},
    {.struct_size = sizeof(struct pd_table),
     .schema = "shop",
     .name = "item",
     .native_sql = "CREATE TABLE shop.item",
     LIST(column, item_columns),
     LIST(foreign, item_foreigns)},
};
static const struct pd_sequence world_sequences[] = {
    SEQUENCE("person_id_seq", .owner_table = "person", .owner_column = "id"),
    SEQUENCE("item_id", .schema = "shop", .owner_table = "item", .owner_column = "id"),
    SEQUENCE("free"),
};
static const struct pd_object world_objects[] = {
    OBJECT("schema", "shop", "CREATE SCHEMA shop"),
    OBJECT("function", "f(text)", "CREATE FUNCTION f(text) AS 'true'"),
    OBJECT("view", "adults", "CREATE VIEW adults AS SELECT * FROM Person WHERE age > 18"),
    OBJECT("view", "names", "CREATE VIEW names AS SELECT name FROM \"adults\""),
    OBJECT("view", "cities", "CREATE VIEW cities AS SELECT personal FROM city"),
    OBJECT("trigger", "stamp", "CREATE TRIGGER stamp BEFORE INSERT", .table = "country"),
    OBJECT("comment", "by_region", "COMMENT ON INDEX by_region IS 'x'", .table = "person"),
    OBJECT("comment", "adult", "COMMENT ON CONSTRAINT adult ON person IS 'x'", .table = "person"),
    OBJECT("grant", "person", "GRANT SELECT (region) ON person TO reader",
           .flags = PD_OBJECT_ACCESS),
};
static const struct pd_catalog world = {
    .struct_size = sizeof world,
    .engine = "postgresql",
    .engine_version = "15",
    .application = "app",
    .application_version = "1.0",
    LIST(table, world_tables),
    LIST(sequence, world_sequences),
    LIST(object, world_objects),
};

/* ---- A step ---- */

typedef pd_status step_calls(const struct pd_change_ops *o, struct pd_changes *c,
                             struct pd_error *e);

struct pd_migrator {
    step_calls *calls;
};

#define STEP(name)                                                                                 \
    static pd_status name(const struct pd_change_ops *o, struct pd_changes *c, struct pd_error *e)
/* One call after another; the first that fails ends the step. */
#define DO(call)                                                                                   \
    do {                                                                                           \
        pd_status do_ = o->call;                                                                   \
        if (do_ != PD_OK)                                                                          \
            return do_;                                                                            \
    } while (0)

static inline pd_status
step_plan(struct pd_migrator *migrator, const struct pd_catalog *before,
          const struct pd_change_ops *ops, struct pd_changes *changes, struct pd_error *err)
{
    return migrator->calls(ops, changes, err);
}

static inline pd_status
step_rows(struct pd_migrator *migrator, uint32_t table, const struct pd_batch *batch,
          uint32_t *ret_table, const struct pd_batch **ret_batch, struct pd_error *err)
{
    return PD_DONE;
}

static const struct pd_migration migration = {
    .struct_size = sizeof migration,
    .from = "1.0",
    .to = "1.1",
    .plan = step_plan,
    .rows = step_rows,
};

static struct arena *arena;

static inline int
world_begin(void **state)
{
    arena = arena_new();
    return arena ? 0 : -1;
}

static inline int
world_end(void **state)
{
    arena_free(arena);
    return 0;
}

static inline const struct planned *
planned_of(const struct pd_catalog *before, step_calls *calls)
{
    struct pd_migrator migrator = {calls};
    struct planned *planned = NULL;
    struct pd_error err = {0};

    if (changes_plan(&migration, &migrator, before, arena, &planned, &err) != PD_OK)
        fail_msg("%s", err.text);
    assert_ptr_equal(planned->before, before);
    return planned;
}

static inline const struct planned *
plan(step_calls *calls)
{
    return planned_of(&world, calls);
}

static inline void
refuse(step_calls *calls, int cause, const char *text)
{
    struct pd_migrator migrator = {calls};
    struct planned *planned = NULL;
    struct pd_error err = {0};

    assert_int_equal(changes_plan(&migration, &migrator, &world, arena, &planned, &err), PD_FAILED);
    assert_string_equal(err.text, text);
    assert_int_equal(err.cause, cause);
    assert_null(planned);
}

/* ---- What came of it ---- */

static inline const char *
kept(struct buffer *out)
{
    const char *text = arena_strdup(arena, buffer_string(out));

    buffer_free(out);
    assert_non_null(text);
    return text;
}

/* The number of the table of after that is called so. */
static inline uint32_t
number_of(const struct planned *planned, const char *name)
{
    for (uint32_t i = 0; i < planned->after->n_tables; i++) {
        if (strcmp(schema_table_name(&planned->after->tables[i]), name) == 0)
            return i;
    }
    fail_msg("there is no table '%s'", name);
    return PD_NO_TABLE;
}

static inline const struct pd_table *
table_of(const struct planned *planned, const char *name)
{
    return &planned->after->tables[number_of(planned, name)];
}

/* "city country ..." */
static inline const char *
tables_text(const struct planned *planned)
{
    struct buffer out = {0};

    for (size_t i = 0; i < planned->after->n_tables; i++)
        buffer_printf(&out, "%s%s", i ? " " : "", schema_table_name(&planned->after->tables[i]));
    return kept(&out);
}

/* "id:int64 name:text", with "~" where the native spelling of the type is gone. */
static inline const char *
columns_text(const struct pd_table *table)
{
    struct buffer out = {0};

    for (size_t i = 0; i < table->n_columns; i++)
        buffer_printf(&out, "%s%s:%s%s", i ? " " : "", table->columns[i].name,
                      kind_name(table->columns[i].type.kind), *table->columns[i].native ? "" : "~");
    return kept(&out);
}

/* "primary person_pkey(id) index by_region(region) where ...; with "!" that have native SQL. */
static inline const char *
keys_text(const struct pd_table *table)
{
    static const char *const kinds[] = {"", "primary", "unique", "index"};
    struct buffer out = {0};

    for (size_t i = 0; i < table->n_keys; i++) {
        const struct pd_key *key = &table->keys[i];

        buffer_printf(&out, "%s%s %s(", i ? " " : "", kinds[key->kind], key->name ? key->name : "");
        for (size_t k = 0; k < key->n_parts; k++)
            buffer_printf(&out, "%s%s", k ? "," : "",
                          key->parts[k].column < 0 ? key->parts[k].expression
                                                   : table->columns[key->parts[k].column].name);
        buffer_printf(&out, ")%s", key->native_sql ? "!" : "");
        if (key->predicate)
            buffer_printf(&out, " where %s%s", key->predicate, key->predicate_native ? "!" : "");
    }
    buffer_text(&out, "");
    return kept(&out);
}

static inline const char *
checks_text(const struct pd_table *table)
{
    struct buffer out = {0};

    for (size_t i = 0; i < table->n_checks; i++)
        buffer_printf(&out, "%s%s %s%s", i ? "; " : "",
                      table->checks[i].name ? table->checks[i].name : "",
                      table->checks[i].expression ? table->checks[i].expression : "",
                      table->checks[i].expression_native ? "!" : "");
    return kept(&out);
}

/* "in_country(country_id) country(id)"; the schema is in front when it is said. */
static inline const char *
foreigns_text(const struct pd_table *table)
{
    struct buffer out = {0};

    for (size_t i = 0; i < table->n_foreigns; i++) {
        const struct pd_foreign *f = &table->foreigns[i];

        buffer_printf(&out, "%s%s(", i ? " " : "", f->name ? f->name : "");
        for (size_t k = 0; k < f->n_columns; k++)
            buffer_printf(&out, "%s%s", k ? "," : "", table->columns[f->columns[k]].name);
        buffer_printf(&out, ") %s%s%s", f->to_schema ? f->to_schema : "", f->to_schema ? "." : "",
                      f->to_table);
        for (size_t k = 0; k < f->n_columns && f->to_columns; k++)
            buffer_printf(&out, "%c%s", k ? ',' : '(', f->to_columns[k]);
        buffer_text(&out, f->to_columns ? ")" : "");
    }
    return kept(&out);
}

/* "person: 0 1 -", and "seen 0" and "emits 2" behind it. */
static inline const char *
flow_text(const struct planned *planned, uint32_t before)
{
    const struct flow *flow = &planned->flows[before];
    struct buffer out = {0};

    if (flow->to_table == PD_NO_TABLE)
        buffer_text(&out, "nowhere");
    else
        buffer_printf(&out, "%s:", schema_table_name(&planned->after->tables[flow->to_table]));
    for (size_t i = 0; flow->columns && i < planned->after->tables[flow->to_table].n_columns; i++) {
        if (flow->columns[i] == PD_NO_COLUMN)
            buffer_text(&out, " -");
        else
            buffer_printf(&out, " %u", flow->columns[i]);
    }
    if (flow->seen)
        buffer_printf(&out, " seen %u", flow->turn);
    for (size_t i = 0; i < flow->n_emits; i++)
        buffer_printf(&out, " emits %s",
                      schema_table_name(&planned->after->tables[flow->emits[i]]));
    return kept(&out);
}

/* "3 4 emitted updated", or "3 untouched". */
static inline const char *
feed_text(const struct planned *planned, const char *name)
{
    const struct feed *feed = &planned->feeds[number_of(planned, name)];
    struct buffer out = {0};

    for (size_t i = 0; i < feed->n_tables; i++)
        buffer_printf(&out, "%s%u", i ? " " : "", feed->tables[i]);
    buffer_text(&out, feed->is_emitted ? " emitted" : "");
    buffer_text(&out, feed->may_update ? " updated" : "");
    buffer_text(&out, feed->is_untouched ? " untouched" : "");
    return kept(&out);
}

static inline const char *
left_out_text(const struct planned *planned)
{
    struct buffer out = {0};

    for (size_t i = 0; i < planned->n_left_out; i++)
        buffer_printf(&out, "%s\n", planned->left_out[i]);
    return kept(&out);
}

static inline const char *
objects_text(const struct planned *planned)
{
    struct buffer out = {0};

    for (size_t i = 0; i < planned->after->n_objects; i++)
        buffer_printf(&out, "%s%s", i ? " " : "", planned->after->objects[i].name);
    return kept(&out);
}

static inline const char *
sequences_text(const struct planned *planned)
{
    struct buffer out = {0};

    for (size_t i = 0; i < planned->after->n_sequences; i++) {
        const struct pd_sequence *s = &planned->after->sequences[i];

        buffer_printf(&out, "%s%s%s%s", i ? " " : "", s->schema ? s->schema : "",
                      s->schema ? "." : "", s->name);
        if (s->owner_table)
            buffer_printf(&out, "(%s.%s)", s->owner_table, s->owner_column);
    }
    return kept(&out);
}
