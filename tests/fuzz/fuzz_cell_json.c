// SPDX-License-Identifier: Apache-2.0
/* fuzz_cell_json - a line of a text archive from outside, into a table with a column of each kind:
   what is accepted is written and read again the same. */
#include "fuzz.h"

#include <string.h>

#include "model/cell_json.h"
#include "model/kind.h"

static struct pd_column columns[PD_KIND_COUNT_];
static char names[PD_KIND_COUNT_][16];
static struct pd_table table = {.struct_size = sizeof table, .name = "t"};

static void
table_make(void)
{
    size_t n = 0;

    for (uint16_t kind = 1; kind < PD_KIND_COUNT_; kind++) {
        struct pd_column *column = &columns[n];

        if (kind == PD_KIND_ENUM || kind == PD_KIND_SET)
            continue; /* they need labels */
        snprintf(names[n], sizeof names[n], "%s", kind_name(kind));
        column->struct_size = sizeof *column;
        column->name = names[n];
        column->native = "";
        column->type.struct_size = sizeof column->type;
        column->type.kind = kind;
        if (kind == PD_KIND_DECIMAL) {
            column->type.precision = 20;
            column->type.scale = 4;
        }
        if (kind == PD_KIND_ARRAY)
            column->type.element = PD_KIND_INT32;
        n++;
    }
    table.columns = columns;
    table.n_columns = n;
    table.column_size = sizeof columns[0];
}

/* Parse one line; the batch of it, or NULL. */
static const struct pd_batch *
batch_of(const char *line, size_t size)
{
    struct pd_builder builder;
    struct pd_error err = {0};
    const struct pd_batch *batch = NULL;

    if (batch_builder_open(&builder, &table, &err) != PD_OK)
        return NULL;
    if (pd_builder_begin(&builder) == PD_OK &&
        cell_json_parse(&table, line, size, &builder, &err) == PD_OK)
        batch = pd_builder_finish(&builder);
    pd_builder_close(&builder);
    return batch;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP_BUFFER struct buffer first = {0};
    CLEANUP_BUFFER struct buffer second = {0};
    struct pd_error err = {0};
    const struct pd_batch *batch, *copy;

    if (!table.columns)
        table_make();
    batch = batch_of((const char *)data, size);
    if (!batch)
        return 0;
    FUZZ_HOLDS(batch_check(&table, batch, &err) == PD_OK);
    FUZZ_HOLDS(cell_json_row(&first, &table, batch, 0, NULL, NULL, &err) == PD_OK);
    copy = batch_of((const char *)first.data, first.size);
    FUZZ_HOLDS(copy != NULL);
    FUZZ_HOLDS(cell_json_row(&second, &table, copy, 0, NULL, NULL, &err) == PD_OK);
    FUZZ_HOLDS(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    batch_release(batch);
    batch_release(copy);
    return 0;
}
