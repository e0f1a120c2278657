// SPDX-License-Identifier: Apache-2.0
/* stage_steps - migrations in C, and what comes of them, for tests of stages. */
#pragma once

#include "stage_world.h"

/* ---- Migrations ---- */

/* What tests hand to stage_begin(): rows are made one by one. */
typedef struct pd_migrator migrator;

struct pd_migrator {
    const struct pd_catalog *before;
    const struct pd_catalog *after;
    const struct pd_step_ops *ops;
    struct pd_step *step;
    struct pd_builder builders[TABLES];
    uint32_t row;                 /* of the batch, next */
    const struct pd_batch *batch; /* the one at work */
    /* Put what the row gives into put[]; -1: fail. */
    int (*each)(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t row,
                struct pd_error *err);
    /* At the end of a table. */
    int (*last)(migrator *m, uint32_t table, struct pd_error *err);
    int (*first)(migrator *m, struct pd_error *err);
    bool is_last; /* last() has been called */
    int n_closed;
    int64_t sums[4];
    uint64_t n_seen;
};

static inline struct cell
in_cell(const struct pd_table *table, const struct pd_batch *batch, uint32_t column, uint32_t row)
{
    return batch_cell(&table->columns[column].type, batch_vector(batch, column), row);
}

/* A row of table number `to` of after. */
static inline void
out_row(migrator *m, uint32_t to, ...)
{
    const struct pd_table *table = &m->after->tables[to];
    struct pd_builder *b = &m->builders[to];
    va_list args;

    if (!b->host) {
        struct pd_error err;

        if (batch_builder_open(b, table, &err) != PD_OK)
            return;
    }
    if (!b->memory && pd_builder_begin(b) != PD_OK)
        return;
    va_start(args, to);
    for (uint32_t i = 0; i < table->n_columns; i++) {
        const struct cell cell = va_arg(args, struct cell);

        batch_put_cell(b, i, &table->columns[i].type, &cell);
    }
    va_end(args);
    pd_builder_row(b);
}

static inline pd_status
test_begin(migrator *m, const struct pd_catalog *before, const struct pd_catalog *after,
           const struct pd_step_ops *ops, struct pd_step *step, struct pd_error *err)
{
    m->before = before;
    m->after = after;
    m->ops = ops;
    m->step = step;
    return m->first && m->first(m, err) ? PD_FAILED : PD_OK;
}

/* What has gathered, table by table; all: also what is not full. */
static inline pd_status
flush(migrator *m, bool all, uint32_t *ret_table, const struct pd_batch **ret_batch,
      struct pd_error *err)
{
    for (uint32_t i = 0; i < TABLES; i++) {
        struct pd_builder *b = &m->builders[i];

        if (!b->host || !b->memory || (!all && !pd_builder_full(b)))
            continue;
        *ret_table = i;
        *ret_batch = pd_builder_finish(b);
        return *ret_batch ? PD_OK : error_memory(err);
    }
    return PD_DONE;
}

static inline pd_status
test_rows(migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t *ret_table,
          const struct pd_batch **ret_batch, struct pd_error *err)
{
    bool has_long = has_long_cell(batch); /* its row goes alone */
    pd_status status;

    if (m->batch != batch)
        m->row = 0;
    m->batch = batch;
    m->is_last = false;
    while (m->row < batch->n_rows) {
        status = flush(m, has_long, ret_table, ret_batch, err);
        if (status != PD_DONE)
            return status;
        if (m->each(m, table, batch, m->row++, err))
            return PD_FAILED;
    }
    status = flush(m, has_long, ret_table, ret_batch, err);
    m->batch = status == PD_DONE ? NULL : batch;
    return status;
}

static inline pd_status
test_rest(migrator *m, uint32_t table, uint32_t *ret_table, const struct pd_batch **ret_batch,
          struct pd_error *err)
{
    if (!m->is_last && m->last && m->last(m, table, err))
        return PD_FAILED;
    m->is_last = true;
    return flush(m, true, ret_table, ret_batch, err);
}

static inline void
test_close(migrator *m)
{
    for (int i = 0; i < TABLES; i++)
        if (m->builders[i].host)
            pd_builder_close(&m->builders[i]);
    m->n_closed++;
}

static const struct pd_migration test_migration = {
    .struct_size = sizeof test_migration,
    .from = "1.0",
    .to = "1.1",
    .origin = "test.c",
    .begin = test_begin,
    .rows = test_rows,
    .rest = test_rest,
    .close = test_close,
};

static inline struct stage *
stage_of(struct world *w, migrator *m, const struct plan *p)
{
    struct stage *stage = NULL;
    struct pd_error err = {0};

    if (stage_begin(&w->source, &test_migration, m, &p->planned, -1, &stage, &err) != PD_OK)
        fail_msg("%s", err.text);
    return stage;
}

/* ---- What comes of it ---- */

static inline void
put_long(struct buffer *out, const struct opened_source *source, struct pd_source *handle,
         const struct pd_long *cell)
{
    static uint8_t bytes[PD_LONG_SLICE];
    uint64_t at = 0, first = 0;
    struct pd_error err;

    while (at < cell->size) {
        size_t n = cell->size - at < sizeof bytes ? (size_t)(cell->size - at) : sizeof bytes;

        if (source->ops->read_long(handle, cell, at, bytes, n, &err) != PD_OK)
            fail_msg("%s", err.text);
        if (at == 0)
            first = bytes[0] - (uint64_t)'a';
        for (size_t i = 0; i < n; i++)
            assert_int_equal(bytes[i], long_byte(first, at + i));
        at += n;
    }
    buffer_printf(out, "long %llu from %c", (unsigned long long)cell->size, (char)('a' + first));
}

static inline void
put_batch(struct buffer *out, const struct opened_source *source, struct pd_source *handle,
          const struct pd_table *table, const struct pd_batch *batch)
{
    for (uint32_t row = 0; row < batch->n_rows; row++) {
        for (uint32_t i = 0; i < batch->n_columns; i++) {
            struct cell cell = in_cell(table, batch, i, row);

            buffer_text(out, i ? "|" : "");
            if (cell.tag < 0)
                buffer_text(out, "NULL");
            else if (cell.as_long)
                put_long(out, source, handle, cell.as_long);
            else
                text_append(out, &table->columns[i].type, &cell);
        }
        buffer_text(out, "; ");
    }
}

/* All rows as "1|ann; 2|NULL; ", or the error. */
static inline pd_status
table_text(const struct opened_source *source, struct pd_source *handle, uint32_t table,
           struct buffer *out, struct pd_error *err)
{
    const struct pd_scan scan = {.struct_size = sizeof scan, .table = table};
    const struct pd_batch *batch;
    pd_status status = source->ops->start(handle, &scan, err);

    buffer_clear(out);
    while (status == PD_OK && (status = source->ops->read(handle, &batch, err)) == PD_OK) {
        status = batch_check(&source->catalog->tables[table], batch, err);
        put_batch(out, source, handle, &source->catalog->tables[table], batch);
        batch_release(batch);
    }
    return status == PD_DONE ? PD_OK : status;
}

#define assert_rows(stage, table, expected)                                                        \
    do {                                                                                           \
        struct opened_source *source_ = stage_source(stage);                                       \
        struct buffer out_ = {0};                                                                  \
        struct pd_error err_ = {0};                                                                \
        if (table_text(source_, source_->handle, table, &out_, &err_) != PD_OK)                    \
            fail_msg("%s", err_.text);                                                             \
        assert_string_equal(out_.size ? buffer_string(&out_) : "", expected);                      \
        buffer_free(&out_);                                                                        \
    } while (0)

#define assert_fails(stage, table, cause_, text_)                                                  \
    do {                                                                                           \
        struct opened_source *source_ = stage_source(stage);                                       \
        struct buffer out_ = {0};                                                                  \
        struct pd_error err_ = {0};                                                                \
        assert_true(table_text(source_, source_->handle, table, &out_, &err_) < 0);                \
        assert_string_equal(err_.text, text_);                                                     \
        assert_int_equal(err_.cause, cause_);                                                      \
        buffer_free(&out_);                                                                        \
    } while (0)
