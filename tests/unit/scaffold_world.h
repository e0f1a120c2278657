// SPDX-License-Identifier: Apache-2.0
/* scaffold_world - databases of a few tables, written as text, for the tests of migrate/scaffold.
 */
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
#include "migrate/scaffold.h"
#include "model/batch.h"
#include "model/kind.h"

enum { MOST_COLUMNS = 8, MOST_TABLES = 4 };

/* Columns are "name kind", the first one the primary key; a row's values stand between bars, "" is
   NULL. */
struct drawn {
    const char *name;
    const char *columns[MOST_COLUMNS + 1];
    const char *const *rows; /* NULL-ended; NULL: none */
};
#define ROWS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct world {
    const char *engine;
    struct drawn drawn[MOST_TABLES + 1];
    struct pd_column columns[MOST_TABLES][MOST_COLUMNS];
    char names[MOST_TABLES][MOST_COLUMNS][64];
    struct pd_table tables[MOST_TABLES];
    struct pd_catalog catalog;
    uint32_t reading; /* table */
    bool is_given;
    size_t n_started; /* scans */
};

static const struct pd_key_part world_part = {.struct_size = sizeof world_part, .column = 0};
static const struct pd_key world_key = {.struct_size = sizeof world_key,
                                        .kind = PD_KEY_PRIMARY,
                                        .parts = &world_part,
                                        .n_parts = 1,
                                        .part_size = sizeof world_part};

static void
world_column(struct pd_column *column, char name[64], const char *text)
{
    const char *blank = strchr(text, ' ');

    snprintf(name, 64, "%.*s", (int)(blank - text), text);
    *column = (struct pd_column){
        .struct_size = sizeof *column,
        .name = name,
        .native = "",
        .type = {.struct_size = sizeof column->type,
                 .kind = (uint16_t)kind_by_name(blank + 1),
                 .precision = kind_by_name(blank + 1) == PD_KIND_DECIMAL ? 0 : -1},
        .hint = {.struct_size = sizeof column->hint},
        .counter = {.struct_size = sizeof column->counter},
    };
    assert_true(column->type.kind != PD_KIND_NONE);
}

static void
world_draw(struct world *w)
{
    size_t n = 0;

    for (; w->drawn[n].name; n++) {
        struct pd_table *table = &w->tables[n];

        *table = (struct pd_table){.struct_size = sizeof *table,
                                   .name = w->drawn[n].name,
                                   .columns = w->columns[n],
                                   .column_size = sizeof w->columns[n][0],
                                   .keys = &world_key,
                                   .n_keys = 1,
                                   .key_size = sizeof world_key};
        for (; w->drawn[n].columns[table->n_columns]; table->n_columns++)
            world_column(&w->columns[n][table->n_columns], w->names[n][table->n_columns],
                         w->drawn[n].columns[table->n_columns]);
    }
    w->catalog = (struct pd_catalog){.struct_size = sizeof w->catalog,
                                     .engine = w->engine ? w->engine : "alpha",
                                     .engine_version = "1",
                                     .tables = w->tables,
                                     .n_tables = n,
                                     .table_size = sizeof w->tables[0]};
}

/* ---- A source of it ---- */

static pd_status
world_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog, struct pd_error *err)
{
    *ret_catalog = &((struct world *)(void *)source)->catalog;
    return PD_OK;
}

static pd_status
world_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    struct world *w = (struct world *)(void *)source;

    w->reading = scan->table;
    w->is_given = false;
    w->n_started++;
    return PD_OK;
}

static void
world_put(struct pd_builder *b, uint32_t column, const struct pd_type *type, const char *text,
          size_t size)
{
    if (size == 0)
        pd_put_null(b, column);
    else if (type->kind == PD_KIND_INT64)
        pd_put_i64(b, column, strtoll(text, NULL, 10));
    else
        pd_put_bytes(b, column, text, size);
}

static pd_status
world_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct world *w = (struct world *)(void *)source;
    const struct pd_table *table = &w->tables[w->reading];
    const char *const *rows = w->drawn[w->reading].rows;
    struct pd_builder b;

    if (w->is_given || !rows)
        return PD_DONE;
    w->is_given = true;
    if (batch_builder_open(&b, table, err) != PD_OK)
        return PD_FATAL;
    if (pd_builder_begin(&b) != PD_OK) {
        pd_builder_close(&b);
        return error_memory(err);
    }
    for (; *rows; rows++) {
        const char *at = *rows;

        for (uint32_t i = 0; i < table->n_columns; i++) {
            size_t size = strcspn(at, "|");

            world_put(&b, i, &table->columns[i].type, at, size);
            at += size + (at[size] == '|');
        }
        pd_builder_row(&b);
    }
    *ret_batch = pd_builder_finish(&b);
    pd_builder_close(&b);
    return *ret_batch ? PD_OK : error_memory(err);
}

static void
world_end(struct pd_source *source)
{
}

static const struct pd_source_ops world_ops = {
    .struct_size = sizeof world_ops,
    .catalog = world_catalog,
    .start = world_start,
    .read = world_read,
    .close = world_end,
};
