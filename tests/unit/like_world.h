// SPDX-License-Identifier: Apache-2.0
/* like_world - two databases made by hand, one as an engine with schemas, enums and booleans has
   it, the other as it came back from one that has none of them; and sources of them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/budget.h"
#include "model/batch.h"
#include "run/like.h"

enum { KEYS = 3, CHECKS = 2, ROWS = 3 };

#define TYPE(kind_, ...)                                                                           \
    {                                                                                              \
        .struct_size = sizeof(struct pd_type), .kind = PD_KIND_##kind_, .precision = -1,           \
        __VA_ARGS__                                                                                \
    }
#define PART(column_)                                                                              \
    {                                                                                              \
        .struct_size = sizeof(struct pd_key_part), .column = column_                               \
    }

/* ---- The two worlds ---- */

/* What a test may change before the catalogues are compared. */
struct world {
    struct pd_column columns[5];
    struct pd_key_part parts[KEYS][2];
    struct pd_key keys[KEYS];
    struct pd_check checks[CHECKS];
    uint32_t foreign_columns[1];
    const char *foreign_to[1];
    struct pd_foreign foreigns[1];
    struct pd_table tables[2]; /* of them the first one is looked at */
    struct pd_catalog catalog;
    struct pd_extent extent;
    bool given; /* the one batch */
};

static const char *const labels[] = {"new", "it's"};

static void
column_set(struct pd_column *column, const char *name, struct pd_type type, const char *native)
{
    *column = (struct pd_column){.struct_size = sizeof *column,
                                 .name = name,
                                 .type = type,
                                 .native = native,
                                 .hint = {.struct_size = sizeof column->hint},
                                 .counter = {.struct_size = sizeof column->counter}};
}

static void
key_set(struct world *w, int number, int kind, const char *name, int a, int b)
{
    const struct pd_key_part one = PART(a), two = PART(b);

    w->parts[number][0] = one;
    w->parts[number][1] = two;
    w->keys[number] = (struct pd_key){.struct_size = sizeof w->keys[0],
                                      .kind = (uint16_t)kind,
                                      .name = name,
                                      .parts = w->parts[number],
                                      .n_parts = b < 0 ? 1 : 2,
                                      .part_size = sizeof(struct pd_key_part)};
}

/* Table and catalogue around what is set. */
static void
world_close(struct world *w, const char *engine, const char *schema, const char *name)
{
    w->tables[0] = (struct pd_table){
        .struct_size = sizeof w->tables[0],
        .schema = schema,
        .name = name,
        .columns = w->columns,
        .n_columns = 5,
        .column_size = sizeof w->columns[0],
        .keys = w->keys,
        .n_keys = 2,
        .key_size = sizeof w->keys[0],
        .checks = w->checks,
        .n_checks = 1,
        .check_size = sizeof w->checks[0],
        .foreigns = w->foreigns,
        .n_foreigns = 1,
        .foreign_size = sizeof w->foreigns[0],
    };
    w->catalog = (struct pd_catalog){.struct_size = sizeof w->catalog,
                                     .engine = engine,
                                     .engine_version = "1",
                                     .tables = w->tables,
                                     .n_tables = 1,
                                     .table_size = sizeof w->tables[0]};
}

static void
foreign_set(struct world *w, const char *name, const char *to_table, const char *to_column)
{
    w->foreign_columns[0] = 3;
    w->foreign_to[0] = to_column;
    w->foreigns[0] = (struct pd_foreign){.struct_size = sizeof w->foreigns[0],
                                         .name = name,
                                         .columns = w->foreign_columns,
                                         .n_columns = 1,
                                         .to_table = to_table,
                                         .to_columns = to_column ? w->foreign_to : NULL};
}

/* shop.item (id identity, state enum, price decimal, parent -> id, "odd" bool) */
static void
world_a(struct world *w)
{
    const struct pd_type id = TYPE(INT32), price = TYPE(DECIMAL), flag = TYPE(BOOL);
    const struct pd_type state = TYPE(ENUM, .labels = labels, .n_labels = 2);

    *w = (struct world){0};
    column_set(&w->columns[0], "id", id, "integer");
    w->columns[0].flags = PD_COLUMN_NOT_NULL;
    w->columns[0].identity = PD_IDENTITY_DEFAULT;
    w->columns[0].counter.next = 4;
    column_set(&w->columns[1], "state", state, "state_t");
    column_set(&w->columns[2], "price", price, "numeric(12,2)");
    w->columns[2].type.precision = 12;
    w->columns[2].type.scale = 2;
    w->columns[2].default_kind = PD_DEFAULT_LITERAL;
    w->columns[2].default_tag = PD_TAG_REAL;
    w->columns[2].default_text = "1.50";
    w->columns[2].default_size = 4;
    column_set(&w->columns[3], "parent", id, "integer");
    column_set(&w->columns[4], "odd", flag, "boolean");
    key_set(w, 0, PD_KEY_PRIMARY, "item_pkey", 0, -1);
    key_set(w, 1, PD_KEY_INDEX, "by_state", 1, 2);
    w->checks[0] = (struct pd_check){
        .struct_size = sizeof w->checks[0], .name = "cheap", .expression = "(\"price\" < 100)"};
    foreign_set(w, NULL, "item", NULL);
    world_close(w, "alpha", "shop", "item");
}

/* The same in an engine without schemas, enums, booleans and decimals. */
static void
world_b(struct world *w)
{
    const struct pd_type id = TYPE(INT64), text = TYPE(TEXT), number = TYPE(INT64);

    *w = (struct world){0};
    column_set(&w->columns[0], "id", id, "INTEGER");
    w->columns[0].identity = PD_IDENTITY_DEFAULT;
    w->columns[0].counter.next = 4;
    column_set(&w->columns[1], "state", text, "TEXT");
    column_set(&w->columns[2], "price", text, "DECIMAL_TEXT(12,2)");
    w->columns[2].default_kind = PD_DEFAULT_LITERAL;
    w->columns[2].default_tag = PD_TAG_TEXT;
    w->columns[2].default_text = "1.50";
    w->columns[2].default_size = 4;
    column_set(&w->columns[3], "parent", id, "INT");
    column_set(&w->columns[4], "odd", number, "BOOLEAN");
    key_set(w, 0, PD_KEY_PRIMARY, "item_pkey", 0, -1);
    key_set(w, 1, PD_KEY_INDEX, "by_state", 1, 2);
    w->checks[0] = (struct pd_check){
        .struct_size = sizeof w->checks[0], .name = "cheap", .expression = "(\"price\" < 100)"};
    w->checks[1] = (struct pd_check){.struct_size = sizeof w->checks[0],
                                     .expression = "(\"state\" IN ('new', 'it''s'))"};
    foreign_set(w, "item_parent", "shop__item", "id");
    world_close(w, "beta", NULL, "shop__item");
    w->tables[0].n_checks = 2;
}

/* ---- A source of them ---- */

static struct pd_source *
source_of(struct world *w)
{
    return (struct pd_source *)(void *)w;
}

static pd_status
world_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog, struct pd_error *err)
{
    *ret_catalog = &((struct world *)(void *)source)->catalog;
    return PD_OK;
}

static pd_status
world_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    ((struct world *)(void *)source)->given = false;
    return PD_OK;
}

static void
put_row(struct pd_builder *b, int64_t id, const char *state, const char *price)
{
    pd_put_i64(b, 0, id);
    pd_put_bytes(b, 1, state, strlen(state));
    pd_put_bytes(b, 2, price, strlen(price));
    pd_put_null(b, 3);
    pd_put_i64(b, 4, id % 2);
    pd_builder_row(b);
}

static pd_status
world_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct world *w = (struct world *)(void *)source;
    struct pd_builder b;

    if (w->given)
        return PD_DONE;
    w->given = true;
    if (batch_builder_open(&b, &w->tables[0], err) != PD_OK)
        return PD_FATAL;
    if (pd_builder_begin(&b) != PD_OK)
        return error_memory(err);
    put_row(&b, 1, "new", "0.99");
    put_row(&b, 2, "it's", "-100.00");
    put_row(&b, 3, "other", "not a price");
    *ret_batch = pd_builder_finish(&b);
    pd_builder_close(&b);
    return *ret_batch ? PD_OK : error_memory(err);
}

static void
world_end(struct pd_source *source)
{
}

static pd_status
world_facts(struct pd_source *source, const struct pd_scan *scan, int level,
            const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    static const struct pd_fact facts[] = {
        {.column = PD_NO_COLUMN, .id = PD_FACT_ROWS, .low = ROWS},
        {.column = 0, .id = PD_FACT_INTS, .low = ROWS},
        {.column = 2, .id = PD_FACT_NULLS, .low = 0},
        {.column = 2, .id = PD_FACT_TEXTS, .low = ROWS},
    };

    *ret_facts = facts;
    *ret_n_facts = COUNT_OF(facts);
    return PD_OK;
}

static const struct pd_source_ops world_ops = {
    .struct_size = sizeof world_ops,
    .catalog = world_catalog,
    .start = world_start,
    .read = world_read,
    .close = world_end,
    .facts = world_facts,
};
