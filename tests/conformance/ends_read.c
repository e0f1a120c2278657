// SPDX-License-Identifier: Apache-2.0
/* ends_read - reads what an engine has, cell by cell or as a hash. */
#include <stdlib.h>
#include <string.h>

#include "archive/hash.h"
#include "ends.h"
#include "model/canonical.h"
#include "model/convert.h"
#include "model/schema.h"
#include "plugin/host.h"

/* Slices of long cells that fit no border. */
enum { ODD_SLICE = 777777 };

static uint8_t slice[ODD_SLICE];

static pd_status
hash_long(const struct pd_source_ops *ops, struct pd_source *source, const struct pd_long *cell,
          uint64_t *ret_hash, struct pd_error *error)
{
    CLEANUP_HASH XXH3_state_t *state = XXH3_createState();
    pd_status status = state ? PD_OK : error_memory(error);

    if (status == PD_OK)
        XXH3_64bits_reset(state);
    for (uint64_t at = 0; at < cell->size && status == PD_OK; at += sizeof slice) {
        uint64_t left = cell->size - at;
        size_t size = left < sizeof slice ? (size_t)left : sizeof slice;

        status = ops->read_long(source, cell, at, slice, size, error);
        if (status == PD_OK)
            XXH3_64bits_update(state, slice, size);
    }
    if (status == PD_OK)
        *ret_hash = XXH3_64bits_digest(state);
    return status;
}

/* ---- Counting ---- */

static pd_status
hash_cell(const struct pd_source_ops *ops, struct pd_source *source, const struct pd_type *type,
          const struct pd_vector *vector, uint32_t row, uint64_t *ret_hash, struct pd_error *error)
{
    struct cell cell = batch_cell(type, vector, row);
    struct canonical canonical;

    if (cell.as_long)
        return hash_long(ops, source, cell.as_long, ret_hash, error);
    canonical_cell(type, &cell, &canonical);
    *ret_hash = XXH3_64bits_withSeed(canonical.size ? canonical.bytes : (const uint8_t *)"",
                                     canonical.size, canonical.class);
    return PD_OK;
}

static pd_status
count_batch(const struct pd_source_ops *ops, struct pd_source *source, const struct pd_table *table,
            const struct pd_batch *batch, struct count *count, struct pd_error *error)
{
    for (uint32_t row = 0; row < batch->n_rows; row++) {
        uint64_t sum = 0;

        for (uint32_t i = 0; i < batch->n_columns; i++) {
            const struct pd_column *column =
                PD_AT(struct pd_column, table->columns, table->column_size, i);
            uint64_t hash = 0;
            pd_status status =
                hash_cell(ops, source, &column->type, batch_vector(batch, i), row, &hash, error);

            if (status != PD_OK)
                return status;
            sum = XXH3_64bits_withSeed(&hash, sizeof hash, sum + i);
        }
        count->n_rows++;
        count->hash += sum;
    }
    return PD_OK;
}

pd_status
count_table(const struct pd_source_ops *ops, struct pd_source *source, const struct pd_table *table,
            uint32_t number, struct count *count, struct pd_error *error)
{
    struct pd_scan scan = {.struct_size = sizeof scan, .table = number};
    const struct pd_batch *batch = NULL;
    pd_status status;

    scan.range.struct_size = sizeof scan.range;
    status = ops->start(source, &scan, error);
    while (status == PD_OK && (status = ops->read(source, &batch, error)) == PD_OK) {
        status = count_batch(ops, source, table, batch, count, error);
        batch_release(batch);
    }
    return status == PD_DONE ? PD_OK : status;
}

pd_status
count_all(const struct pd_source_ops *ops, struct pd_source *source, struct count *ret_count,
          struct pd_error *error)
{
    const struct pd_catalog *catalog = NULL;
    struct count count = {0};
    pd_status status = ops->catalog(source, &catalog, error);

    for (uint32_t i = 0; status == PD_OK && i < catalog->n_tables; i++)
        status = count_table(ops, source,
                             PD_AT(struct pd_table, catalog->tables, catalog->table_size, i), i,
                             &count, error);
    *ret_count = count;
    return status;
}

pd_status
count_url(struct end *end, const struct pd_host *host, struct count *ret_count,
          struct pd_error *error)
{
    const struct pd_source_ops *ops = &end->loaded->source;
    struct pd_source *source = NULL;
    pd_status status = ops->open(host ? host : host_get(), &end->endpoint, &source, error);

    if (status == PD_OK)
        status = count_all(ops, source, ret_count, error);
    ops->close(source);
    return status;
}

/* ---- Reading cell by cell ---- */

void
reader_open(struct reader *reader, const char *url)
{
    const struct pd_catalog *catalog = NULL;

    reader->end = end_new(url, END_SOURCE, NULL);
    reader->ops = &reader->end->loaded->source;
    reader->arena = arena_new();
    assert_ok(reader->ops->open(host_get(), &reader->end->endpoint, &reader->source, &err));
    assert_ok(reader->ops->catalog(reader->source, &catalog, &err));
    assert_ok(schema_adopt(reader->arena, catalog, &reader->catalog, &err));
}

void
reader_close(struct reader *reader)
{
    reader->ops->close(reader->source);
    end_free(reader->end);
    arena_free(reader->arena);
}

uint32_t
reader_table(const struct reader *reader, const char *name)
{
    long at = schema_find_table(reader->catalog, NULL, name);

    if (at < 0)
        fail_msg("table '%s' did not come back", name);
    return (uint32_t)at;
}

static void
see_cell(struct reader *reader, struct pd_source *source, const struct pd_type *type,
         const struct pd_vector *vector, uint32_t row, struct seen_cell *seen)
{
    struct cell cell = batch_cell(type, vector, row);
    struct canonical canonical;

    *seen = (struct seen_cell){.tag = cell.tag, .size = cell.size};
    if (cell.as_long) {
        seen->class = canonical_class(type, cell.tag);
        assert_ok(hash_long(reader->ops, source, cell.as_long, &seen->hash, &err));
        return;
    }
    canonical_cell(type, &cell, &canonical);
    seen->class = canonical.class;
    seen->size = canonical.size;
    seen->bytes = arena_alloc(reader->arena, canonical.size + 1);
    if (canonical.size)
        memcpy((uint8_t *)(uintptr_t)seen->bytes, canonical.bytes, canonical.size);
}

static void
see_batch(struct reader *reader, struct pd_source *source, struct seen *seen,
          const struct pd_batch *batch)
{
    size_t n = seen->table->n_columns;

    seen->cells = realloc(seen->cells,
                          ((size_t)seen->n_rows + batch->n_rows) * (n + 1) * sizeof *seen->cells);
    assert_non_null(seen->cells);
    for (uint32_t row = 0; row < batch->n_rows; row++) {
        for (uint32_t i = 0; i < n; i++)
            see_cell(reader, source, &seen->table->columns[i].type, batch_vector(batch, i), row,
                     &seen->cells[(seen->n_rows + row) * n + i]);
    }
    seen->n_rows += batch->n_rows;
}

/* One that cannot be had is a failure of the test. */
static pd_status
misfit_fail(void *arg, uint32_t column, uint32_t row, const struct cell *cell,
            struct pd_error *error)
{
    const struct pd_table *table = arg;

    fail_msg("table '%s', column '%s': what was read in row %u does not go back: %s", table->name,
             table->columns[column].name, row, error ? error->text : "");
    return PD_OK;
}

static pd_status
see_scan(struct reader *reader, struct pd_source *source, struct seen *seen,
         const struct pd_table *table, struct converter *converter)
{
    const struct pd_batch *batch = NULL, *converted;
    pd_status status;

    while ((status = reader->ops->read(source, &batch, &err)) == PD_OK) {
        assert_ok(batch_check(table, batch, &err));
        converted = batch;
        if (converter)
            assert_ok(converter_batch(converter, batch, reader->ops, source, misfit_fail,
                                      (void *)(uintptr_t)table, &converted, &err));
        see_batch(reader, source, seen, converted);
        batch_release(converted);
    }
    return status;
}

static struct seen
see_table(struct reader *reader, struct pd_source *source, uint32_t table,
          const struct pd_range *range, struct converter *converter)
{
    const struct pd_table *read = &reader->catalog->tables[table];
    struct seen seen = {.table = converter ? converter_table(converter) : read};
    struct pd_scan scan = {.struct_size = sizeof scan, .table = table};
    struct seen_cell *cells;
    size_t size;

    scan.range.struct_size = sizeof scan.range;
    if (range)
        scan.range = *range;
    assert_ok(reader->ops->start(source, &scan, &err));
    if (see_scan(reader, source, &seen, read, converter) != PD_DONE)
        fail_msg("read of table '%s': %s", read->name, err.text);
    size = (size_t)seen.n_rows * seen.table->n_columns * sizeof *cells;
    cells = arena_alloc(reader->arena, size + 1);
    if (size)
        memcpy(cells, seen.cells, size);
    free(seen.cells);
    seen.cells = cells;
    return seen;
}

struct seen
seen_read(struct reader *reader, struct pd_source *source, uint32_t table,
          const struct pd_range *range)
{
    return see_table(reader, source, table, range, NULL);
}

struct seen
seen_read_as(struct reader *reader, struct pd_source *source, uint32_t table,
             const struct convert_column *columns)
{
    CLEANUP(converter) struct converter *converter = NULL;
    struct pd_table *kept = arena_array(reader->arena, struct pd_table, 1);
    struct seen seen;

    assert_ok(converter_new(&reader->catalog->tables[table], columns, &converter, &err));
    seen = see_table(reader, source, table, NULL, converter);
    /* Its names are needed when the converter is gone. */
    *kept = reader->catalog->tables[table];
    seen.table = kept;
    return seen;
}

void
assert_same_rows(const struct seen *a, const struct seen *b)
{
    size_t n = a->table->n_columns;

    assert_int_equal(a->n_rows, b->n_rows);
    assert_int_equal(n, b->table->n_columns);
    for (size_t i = 0; i < n * a->n_rows; i++) {
        const struct seen_cell *x = &a->cells[i], *y = &b->cells[i];

        if (x->tag != y->tag || x->class != y->class || x->size != y->size || x->hash != y->hash ||
            (x->size && x->bytes && memcmp(x->bytes, y->bytes, x->size)))
            fail_msg("table '%s': row %zu, column '%s' is not the same", a->table->name, i / n,
                     a->table->columns[i % n].name);
    }
}
