// SPDX-License-Identifier: Apache-2.0
/* sort - brings the rows of a table into canonical key order, in bounded memory. */
#include "run/sort.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/cancel.h"
#include "base/file.h"
#include "model/schema.h"
#include "model/sortkey.h"
#include "plugin/host.h"
#include "run/row_bytes.h"

/* A row in memory: u32 size of the key, u32 size of the row, the key, the row. */
enum { RECORD_HEAD = 8 };

/* A sorted run in the temporary file, as it is read back. Chunks: u32 raw size, u32 compressed
   size, the compressed bytes; a chunk holds whole records. */
struct run {
    uint64_t offset; /* of the next chunk */
    uint64_t end;
    struct buffer packed;
    struct buffer chunk;
    size_t at; /* of the current record in chunk */
};

struct sorter {
    const struct pd_table *table;
    const struct pd_key *key;
    size_t run_bytes;
    int folder;
    int file; /* the temporary one; -1 until it is needed */
    uint64_t file_size;
    struct buffer rows;  /* records of the run in the making */
    struct buffer index; /* size_t offsets of records in rows */
    struct buffer scratch;
    struct run *runs;
    size_t n_runs;
    size_t run_room;
    size_t *heap; /* numbers of runs, the smallest record first */
    size_t n_heap;
    size_t at; /* next record of index, when nothing was written to the file */
    struct pd_builder builder;
    ZSTD_CCtx *compressor;
    ZSTD_DCtx *decompressor;
};

/* ---- Records ---- */

static uint32_t
record_u32(const uint8_t *record, size_t at)
{
    uint32_t value;

    memcpy(&value, record + at, sizeof value);
    return value;
}

static size_t
record_size(const uint8_t *record)
{
    return RECORD_HEAD + (size_t)record_u32(record, 0) + record_u32(record, 4);
}

static int
record_compare(const uint8_t *a, const uint8_t *b)
{
    uint32_t a_size = record_u32(a, 0);
    uint32_t b_size = record_u32(b, 0);
    int order = memcmp(a + RECORD_HEAD, b + RECORD_HEAD, a_size < b_size ? a_size : b_size);

    return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int
offset_compare(const void *a, const void *b, void *rows)
{
    return record_compare((const uint8_t *)rows + *(const size_t *)a,
                          (const uint8_t *)rows + *(const size_t *)b);
}

/* ---- The temporary file ---- */

static pd_status
sorter_append(struct sorter *sorter, const void *bytes, size_t size, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (sorter->file < 0)
        status = file_temporary(sorter->folder, &sorter->file, err);
    if (status == PD_OK)
        status = file_write(sorter->file, bytes, size, "temporary file", err);
    if (status == PD_OK)
        sorter->file_size += size;
    return status;
}

static pd_status
sorter_read_at(struct sorter *sorter, void *bytes, size_t size, uint64_t offset,
               struct pd_error *err)
{
    size_t got = 0;
    pd_status status =
        file_read(sorter->file, bytes, size, (int64_t)offset, &got, "temporary file", err);

    if (status == PD_OK && got != size)
        return error_fail(err, PD_FATAL, PD_CAUSE_IO,
                          "temporary file of a sort is shorter than "
                          "what was written to it");
    return status;
}

static pd_status
chunk_write(struct sorter *sorter, const uint8_t *bytes, size_t size, struct pd_error *err)
{
    size_t bound = ZSTD_compressBound(size);
    uint32_t head[2];
    size_t packed;
    uint8_t *room;

    buffer_clear(&sorter->scratch);
    room = buffer_reserve(&sorter->scratch, bound + sizeof head);
    if (!room)
        return error_memory(err);
    packed = ZSTD_compressCCtx(sorter->compressor, room + sizeof head, bound, bytes, size, 1);
    if (ZSTD_isError(packed))
        return error_fail(err, PD_FATAL, PD_CAUSE_MEMORY, "compression of a sort failed: %s",
                          ZSTD_getErrorName(packed));
    head[0] = (uint32_t)size;
    head[1] = (uint32_t)packed;
    memcpy(room, head, sizeof head);
    return sorter_append(sorter, room, packed + sizeof head, err);
}

/* The next chunk of a run; PD_DONE when there is none. */
static pd_status
chunk_read(struct sorter *sorter, struct run *run, struct pd_error *err)
{
    uint32_t head[2];
    size_t got;
    pd_status status;

    run->at = 0;
    buffer_clear(&run->chunk);
    buffer_clear(&run->packed);
    if (run->offset >= run->end)
        return PD_DONE;
    status = sorter_read_at(sorter, head, sizeof head, run->offset, err);
    if (status != PD_OK)
        return status;
    if (!buffer_reserve(&run->packed, head[1]) || !buffer_reserve(&run->chunk, head[0]))
        return error_memory(err);
    status = sorter_read_at(sorter, run->packed.data, head[1], run->offset + sizeof head, err);
    if (status != PD_OK)
        return status;
    got = ZSTD_decompressDCtx(sorter->decompressor, run->chunk.data, head[0], run->packed.data,
                              head[1]);
    if (got != head[0])
        return error_fail(err, PD_FATAL, PD_CAUSE_IO, "temporary file of a sort was damaged");
    run->chunk.size = got;
    run->offset += sizeof head + head[1];
    return PD_OK;
}

static pd_status
run_new(struct sorter *sorter, struct run **ret_run, struct pd_error *err)
{
    if (sorter->n_runs == sorter->run_room) {
        size_t room = sorter->run_room * 2 + 16;
        struct run *runs = realloc(sorter->runs, room * sizeof *runs);

        if (!runs)
            return error_memory(err);
        sorter->runs = runs;
        sorter->run_room = room;
    }
    *ret_run = &sorter->runs[sorter->n_runs++];
    **ret_run = (struct run){.offset = sorter->file_size, .end = sorter->file_size};
    return PD_OK;
}

/* Records gather in `chunk` until it is full; a run is a row of such chunks. */
static pd_status
run_put(struct sorter *sorter, struct buffer *chunk, const uint8_t *record, struct pd_error *err)
{
    size_t size = record_size(record);

    if (chunk->size && chunk->size + size > SORT_CHUNK_BYTES) {
        pd_status status = chunk_write(sorter, chunk->data, chunk->size, err);

        if (status != PD_OK)
            return status;
        buffer_clear(chunk);
    }
    buffer_append(chunk, record, size);
    return chunk->failed ? error_memory(err) : PD_OK;
}

static pd_status
run_close(struct sorter *sorter, struct run *run, struct buffer *chunk, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (chunk->size)
        status = chunk_write(sorter, chunk->data, chunk->size, err);
    run->end = sorter->file_size;
    return status;
}

static void
index_sort(struct sorter *sorter)
{
    if (sorter->index.size)
        qsort_r(sorter->index.data, sorter->index.size / sizeof(size_t), sizeof(size_t),
                offset_compare, sorter->rows.data);
}

/* Sort what is in memory and write it as a run. */
static pd_status
sorter_spill(struct sorter *sorter, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer chunk = {0};
    size_t n = sorter->index.size / sizeof(size_t);
    struct run *run = NULL;
    pd_status status = run_new(sorter, &run, err);

    if (status != PD_OK)
        return status;
    index_sort(sorter);
    for (size_t i = 0; i < n && status == PD_OK; i++) {
        size_t offset;

        memcpy(&offset, sorter->index.data + i * sizeof offset, sizeof offset);
        status = run_put(sorter, &chunk, sorter->rows.data + offset, err);
    }
    if (status == PD_OK)
        status = run_close(sorter, run, &chunk, err);
    buffer_clear(&sorter->rows);
    buffer_clear(&sorter->index);
    return status;
}

/* ---- Long cells: their bytes lie in the temporary file between the runs ---- */

struct long_keeper {
    struct sorter *sorter;
    const struct pd_source_ops *ops;
    struct pd_source *source;
};

static pd_status
long_keep(void *arg, const struct pd_long *cell, uint64_t *ret_offset, struct pd_error *err)
{
    struct long_keeper *keeper = arg;
    CLEANUP_FREE uint8_t *slice = malloc(PD_LONG_SLICE);
    uint64_t at = 0;
    pd_status status = PD_OK;

    if (!slice)
        return error_memory(err);
    *ret_offset = keeper->sorter->file_size;
    while (at < cell->size && status == PD_OK) {
        size_t size = cell->size - at < PD_LONG_SLICE ? (size_t)(cell->size - at) : PD_LONG_SLICE;

        status = keeper->ops->read_long(keeper->source, cell, at, slice, size, err);
        if (status == PD_OK)
            status = sorter_append(keeper->sorter, slice, size, err);
        at += size;
    }
    return status;
}

static pd_status
sorter_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                 void *buffer, size_t size, struct pd_error *err)
{
    return sorter_read_at((struct sorter *)source, buffer, size, cell->cookie + offset, err);
}

/* ---- In ---- */

pd_status
sorter_new(const struct pd_table *table, int temporary_folder, size_t run_bytes,
           struct sorter **ret_sorter, struct pd_error *err)
{
    CLEANUP(sorter) struct sorter *sorter = calloc(1, sizeof *sorter);

    if (!sorter)
        return error_memory(err);
    sorter->file = -1;
    sorter->table = table;
    sorter->key = schema_order_key(table);
    sorter->folder = temporary_folder;
    sorter->run_bytes = run_bytes ? run_bytes : SORT_RUN_BYTES;
    sorter->compressor = ZSTD_createCCtx();
    sorter->decompressor = ZSTD_createDCtx();
    if (!sorter->compressor || !sorter->decompressor)
        return error_memory(err);
    *ret_sorter = take(sorter);
    return PD_OK;
}

void
sorter_free(struct sorter *sorter)
{
    if (!sorter)
        return;
    pd_builder_close(&sorter->builder);
    for (size_t i = 0; i < sorter->n_runs; i++) {
        buffer_free(&sorter->runs[i].packed);
        buffer_free(&sorter->runs[i].chunk);
    }
    free(sorter->runs);
    free(sorter->heap);
    buffer_free(&sorter->rows);
    buffer_free(&sorter->index);
    buffer_free(&sorter->scratch);
    ZSTD_freeCCtx(sorter->compressor);
    ZSTD_freeDCtx(sorter->decompressor);
    if (sorter->file >= 0)
        close(sorter->file);
    free(sorter);
}

static pd_status
sorter_add_row(struct sorter *sorter, const struct pd_batch *batch, uint32_t row,
               const struct digest *digest, struct long_keeper *keeper, struct pd_error *err)
{
    size_t offset = sorter->rows.size;
    uint32_t head[2] = {0, 0};
    pd_status status;

    buffer_append(&sorter->rows, head, sizeof head);
    sortkey_row(&sorter->rows, sorter->table, sorter->key, batch, row, digest);
    head[0] = (uint32_t)(sorter->rows.size - offset - sizeof head);
    status = row_bytes_write(&sorter->rows, sorter->table, batch, row, long_keep, keeper, err);
    if (status != PD_OK)
        return status;
    buffer_append(&sorter->index, &offset, sizeof offset);
    if (sorter->rows.failed || sorter->index.failed)
        return error_memory(err);
    head[1] = (uint32_t)(sorter->rows.size - offset - sizeof head - head[0]);
    memcpy(sorter->rows.data + offset, head, sizeof head);
    return PD_OK;
}

pd_status
sorter_add(struct sorter *sorter, const struct pd_batch *batch, const struct digest *row_digests,
           const struct pd_source_ops *ops, struct pd_source *source, struct pd_error *err)
{
    struct long_keeper keeper = {sorter, ops, source};
    pd_status status = PD_OK;

    for (uint32_t row = 0; row < batch->n_rows && status == PD_OK; row++) {
        status = sorter_add_row(sorter, batch, row, &row_digests[row], &keeper, err);
        if (status == PD_OK && sorter->rows.size + sorter->index.size >= sorter->run_bytes)
            status = sorter_spill(sorter, err);
    }
    return status;
}

/* ---- Merge ---- */

static const uint8_t *
run_record(const struct run *run)
{
    return run->chunk.data + run->at;
}

static bool
heap_less(const struct sorter *sorter, size_t a, size_t b)
{
    int order = record_compare(run_record(&sorter->runs[sorter->heap[a]]),
                               run_record(&sorter->runs[sorter->heap[b]]));

    return order < 0 || (order == 0 && sorter->heap[a] < sorter->heap[b]);
}

static void
heap_sink(struct sorter *sorter, size_t at)
{
    for (;;) {
        size_t least = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < sorter->n_heap && heap_less(sorter, child, least))
                least = child;
        if (least == at)
            return;
        size_t number = sorter->heap[at];
        sorter->heap[at] = sorter->heap[least];
        sorter->heap[least] = number;
        at = least;
    }
}

/* Begin to merge runs first to end - 1. */
static pd_status
merge_begin(struct sorter *sorter, size_t first, size_t end, struct pd_error *err)
{
    free(sorter->heap);
    sorter->n_heap = 0;
    sorter->heap = calloc(end - first + 1, sizeof *sorter->heap);
    if (!sorter->heap)
        return error_memory(err);
    for (size_t i = first; i < end; i++) {
        pd_status status = chunk_read(sorter, &sorter->runs[i], err);

        if (status < 0)
            return status;
        if (status == PD_OK)
            sorter->heap[sorter->n_heap++] = i;
    }
    for (size_t i = sorter->n_heap; i-- > 0;)
        heap_sink(sorter, i);
    return PD_OK;
}

/* The smallest record is done with: go on to the next of its run. */
static pd_status
merge_advance(struct sorter *sorter, struct pd_error *err)
{
    struct run *run = &sorter->runs[sorter->heap[0]];
    pd_status status = PD_OK;

    run->at += record_size(run_record(run));
    if (run->at >= run->chunk.size)
        status = chunk_read(sorter, run, err);
    if (status < 0)
        return status;
    if (status == PD_DONE) {
        buffer_free(&run->chunk);
        buffer_free(&run->packed);
        sorter->heap[0] = sorter->heap[--sorter->n_heap];
    }
    heap_sink(sorter, 0);
    return PD_OK;
}

/* Merge SORT_FAN_IN runs into one more at the end of the list. */
static pd_status
merge_once(struct sorter *sorter, size_t first, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer chunk = {0};
    struct run *run = NULL;
    pd_status status = merge_begin(sorter, first, first + SORT_FAN_IN, err);

    if (status == PD_OK)
        status = run_new(sorter, &run, err);
    while (status == PD_OK && sorter->n_heap) {
        status = run_put(sorter, &chunk, run_record(&sorter->runs[sorter->heap[0]]), err);
        if (status == PD_OK)
            status = merge_advance(sorter, err);
        if (status == PD_OK && cancel_wanted())
            status = error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
    }
    return status == PD_OK ? run_close(sorter, run, &chunk, err) : status;
}

pd_status
sorter_finish(struct sorter *sorter, struct pd_error *err)
{
    size_t first = 0;
    pd_status status;

    status = batch_builder_open(&sorter->builder, sorter->table, err);
    if (status != PD_OK)
        return status;
    sorter->at = 0;
    if (sorter->n_runs == 0) {
        index_sort(sorter);
        return PD_OK;
    }
    status = sorter->index.size ? sorter_spill(sorter, err) : PD_OK;
    buffer_free(&sorter->rows);
    buffer_free(&sorter->index);
    for (; status == PD_OK && sorter->n_runs - first > SORT_FAN_IN; first += SORT_FAN_IN)
        status = merge_once(sorter, first, err);
    return status == PD_OK ? merge_begin(sorter, first, sorter->n_runs, err) : status;
}

/* ---- Out ---- */

/* The smallest record that was not given back yet; NULL: none. */
static const uint8_t *
sorter_head(const struct sorter *sorter)
{
    size_t offset;

    if (sorter->n_runs)
        return sorter->n_heap ? run_record(&sorter->runs[sorter->heap[0]]) : NULL;
    if (sorter->at >= sorter->index.size / sizeof offset)
        return NULL;
    memcpy(&offset, sorter->index.data + sorter->at * sizeof offset, sizeof offset);
    return sorter->rows.data + offset;
}

static pd_status
sorter_pop(struct sorter *sorter, struct pd_error *err)
{
    if (sorter->n_runs)
        return merge_advance(sorter, err);
    sorter->at++;
    return PD_OK;
}

pd_status
sorter_next(struct sorter *sorter, const struct pd_batch **ret_batch, struct pd_error *err)
{
    const uint8_t *record = sorter_head(sorter);
    bool is_long = false;
    pd_status status = PD_OK;

    if (!record)
        return PD_DONE;
    if (pd_builder_begin(&sorter->builder) != PD_OK)
        return cancel_wanted() ? error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted")
                               : error_memory(err);
    while (record && status == PD_OK && !is_long && !pd_builder_full(&sorter->builder)) {
        const uint8_t *row = record + RECORD_HEAD + record_u32(record, 0);

        if (row_bytes_has_long(row) && sorter->builder.n_rows)
            break;
        row_bytes_read(row, record_u32(record, 4), sorter->table, &sorter->builder, &is_long);
        pd_builder_row(&sorter->builder);
        status = sorter_pop(sorter, err);
        record = sorter_head(sorter);
    }
    if (status != PD_OK) {
        pd_builder_drop(&sorter->builder);
        return status;
    }
    *ret_batch = pd_builder_finish(&sorter->builder);
    return *ret_batch ? PD_OK : error_memory(err);
}

const struct pd_source_ops sorter_source_ops = {
    .struct_size = sizeof sorter_source_ops,
    .read_long = sorter_read_long,
};
