// SPDX-License-Identifier: Apache-2.0
/* fuzz_rows - a batch that was made of what a server sent: it keeps the rules, and its rows are
   written as JSON and read again the same. */
#pragma once

#include "fuzz.h"

#include <string.h>

#include "model/batch.h"
#include "model/cell_json.h"

/* The table of which the fuzzer chooses the columns. */
enum { FUZZ_COLUMNS = 8 };

static inline const struct pd_batch *
fuzz_batch_again(const struct pd_table *table, const struct buffer *line)
{
    struct pd_builder builder;
    struct pd_error err = {0};
    const struct pd_batch *batch;

    FUZZ_HOLDS(batch_builder_open(&builder, table, &err) == PD_OK);
    FUZZ_HOLDS(pd_builder_begin(&builder) == PD_OK);
    if (cell_json_parse(table, (const char *)line->data, line->size, &builder, &err) != PD_OK) {
        fprintf(stderr, "%s\n%.*s\n", err.text, (int)line->size, (const char *)line->data);
        abort();
    }
    batch = pd_builder_finish(&builder);
    pd_builder_close(&builder);
    FUZZ_HOLDS(batch != NULL);
    return batch;
}

static inline void
fuzz_row_again(const struct pd_table *table, const struct pd_batch *batch, uint32_t row)
{
    CLEANUP_BUFFER struct buffer first = {0};
    CLEANUP_BUFFER struct buffer second = {0};
    struct pd_error err = {0};
    const struct pd_batch *copy;

    FUZZ_HOLDS(cell_json_row(&first, table, batch, row, NULL, NULL, &err) == PD_OK);
    copy = fuzz_batch_again(table, &first);
    FUZZ_HOLDS(cell_json_row(&second, table, copy, 0, NULL, NULL, &err) == PD_OK);
    FUZZ_HOLDS(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    batch_release(copy);
}

/* Takes the batch over. */
static inline void
fuzz_batch_holds(const struct pd_table *table, const struct pd_batch *batch)
{
    struct pd_error err = {0};

    FUZZ_HOLDS(batch != NULL);
    if (batch_check(table, batch, &err) != PD_OK) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    for (uint32_t row = 0; row < batch->n_rows; row++)
        fuzz_row_again(table, batch, row);
    batch_release(batch);
}
