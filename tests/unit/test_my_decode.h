// SPDX-License-Identifier: Apache-2.0
/* test_my_decode - the world of the decoder's tests: a host, a table of made-up columns, and rows
   as the client library hands them over. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode.h"

/* ---- A host that gives memory, and keeps that of one batch ---- */

enum { MOST_BLOCKS = 4096, MOST_COLUMNS = 64, MOST_BYTES = 4096 };

static void *blocks[MOST_BLOCKS];
static size_t n_blocks;

static void *
host_alloc(const struct pd_host *host, size_t size)
{
    return malloc(size);
}

static void *
host_resize(const struct pd_host *host, void *ptr, size_t size)
{
    return realloc(ptr, size);
}

static void
host_release(const struct pd_host *host, void *ptr)
{
    free(ptr);
}

static struct pd_memory *
host_batch_begin(const struct pd_host *host)
{
    n_blocks = 0;
    return (struct pd_memory *)(void *)blocks;
}

static void *
host_batch_alloc(struct pd_memory *memory, size_t size)
{
    void *block = malloc(size ? size : 1);

    assert_true(block && n_blocks < MOST_BLOCKS);
    blocks[n_blocks++] = block;
    return block;
}

static void
host_batch_end(struct pd_memory *memory)
{
    while (n_blocks)
        free(blocks[--n_blocks]);
}

static pd_status
host_fail(struct pd_error *err, pd_status status, int cause, const char *fmt, ...)
{
    return status;
}

static const struct pd_host host = {
    .struct_size = sizeof host,
    .fail = host_fail,
    .alloc = host_alloc,
    .resize = host_resize,
    .release = host_release,
    .batch_begin = host_batch_begin,
    .batch_alloc = host_batch_alloc,
    .batch_end = host_batch_end,
};

pd_status
my_no_memory(const struct pd_host *h, struct pd_error *err)
{
    return PD_FATAL;
}

/* ---- A table of made-up columns ---- */

struct sample {
    const char *name;
    struct pd_type type;
    struct my_column plan;
    enum enum_field_types wire;
    const char *hex; /* of the field, its length included; NULL: NULL */
    uint32_t tag;
    const char *want; /* hexadecimal of the value in the vector, or of the outlier's bytes */
    bool is_fault;
    const char *native;
    const char *extra; /* hexadecimal of the field before it, its length included; NULL: NULL */
};

#define TYPE(kind_, ...)                                                                           \
    .type = {.struct_size = sizeof(struct pd_type), .kind = PD_KIND_##kind_, __VA_ARGS__}
#define FORM(form_, ...) .plan = {.form = MY_FORM_##form_, .is_stored = true, __VA_ARGS__}
#define WIRE(wire_) .wire = MYSQL_TYPE_##wire_

struct world {
    struct pd_column columns[MOST_COLUMNS];
    struct my_column plans[MOST_COLUMNS];
    struct pd_table table;
    struct my_table plan;
    struct pd_builder builder;
    struct decoder decoder;
    MYSQL_FIELD fields[2 * MOST_COLUMNS];
    unsigned char *end;
};

static size_t
from_hex(const char *hex, uint8_t *bytes)
{
    size_t n = 0;

    for (; hex && hex[0]; hex += 2) {
        unsigned value;

        if (*hex == ' ') {
            hex--;
            continue;
        }
        assert_int_equal(sscanf(hex, "%2x", &value), 1);
        assert_true(n < MOST_BYTES);
        bytes[n++] = (uint8_t)value;
    }
    return n;
}

static void
world_add(struct world *w, const struct sample *sample)
{
    size_t n = w->table.n_columns++;

    assert_true(n < MOST_COLUMNS);
    w->columns[n] = (struct pd_column){.struct_size = sizeof(struct pd_column),
                                       .name = "c",
                                       .type = sample->type,
                                       .native = sample->native ? sample->native : ""};
    w->plans[n] = sample->plan;
    w->plans[n].name = "c";
}

/* What the statement says of its fields. */
static void
world_wires(struct world *w, const struct sample *samples)
{
    uint32_t i;

    for (i = 0; i < w->decoder.n_fields; i++) {
        const struct decode_field *field = &w->decoder.fields[i];
        const struct sample *sample = &samples[w->decoder.columns[field->stream].column];

        w->fields[i].type = field->role == DECODE_ERROR   ? MYSQL_TYPE_LONG
                            : field->role == DECODE_BYTES ? MYSQL_TYPE_VAR_STRING
                                                          : sample->wire;
    }
}

static pd_status
world_open(struct world *w, const struct sample *samples, size_t n)
{
    size_t i;

    memset(w, 0, sizeof *w);
    w->table.name = "t";
    w->table.columns = w->columns;
    w->table.column_size = sizeof(struct pd_column);
    w->plan.columns = w->plans;
    for (i = 0; i < n; i++)
        world_add(w, &samples[i]);
    assert_int_equal(pd_builder_open(&w->builder, &host, (uint32_t)n), PD_OK);
    if (decode_open(&w->decoder, &host, &w->table, &w->plan, &w->builder, NULL) != PD_OK)
        return PD_FAILED;
    world_wires(w, samples);
    assert_int_equal(pd_builder_begin(&w->builder), PD_OK);
    return PD_OK;
}

static bool
world_bind(struct world *w)
{
    return decode_bind(&w->decoder, w->fields, w->decoder.n_fields, &w->end);
}

static void
world_close(struct world *w)
{
    decode_close(&w->decoder);
    pd_builder_close(&w->builder);
}

/* One field as the library hands it over; it takes what the decoder leaves of it. */
static void
world_take(struct world *w, uint32_t number, bool is_null, unsigned char **at)
{
    decode_take(&w->decoder, number, is_null ? NULL : at);
}

/* The row of the samples' bytes, in memory that has nothing behind them; how many they are, of
   which only `cut` come. *ret_memory must stay until the row is decoded. */
static size_t
world_row(struct world *w, const struct sample *samples, size_t cut, uint8_t **ret_memory)
{
    uint8_t all[MOST_BYTES], *exact;
    size_t size = 0, whole;
    uint32_t i;
    unsigned char *at;

    for (i = 0; i < w->decoder.n_fields; i++) {
        const struct decode_field *field = &w->decoder.fields[i];
        const struct sample *sample = &samples[w->decoder.columns[field->stream].column];

        size += from_hex(field->role == DECODE_VALUE ? sample->hex : sample->extra, all + size);
    }
    whole = size;
    size = size < cut ? size : cut;
    exact = malloc(size ? size : 1);
    memcpy(exact, all, size);
    *ret_memory = exact;
    w->end = exact + size;
    at = exact;
    for (i = 0; i < w->decoder.n_fields; i++) {
        const struct decode_field *field = &w->decoder.fields[i];
        const struct sample *sample = &samples[w->decoder.columns[field->stream].column];

        world_take(w, i, !(field->role == DECODE_VALUE ? sample->hex : sample->extra), &at);
    }
    return whole;
}
