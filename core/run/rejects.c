// SPDX-License-Identifier: Apache-2.0
/* rejects - rows that were not taken, and what is told of them. */
#include "run/rejects.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/file.h"
#include "model/cell_json.h"
#include "model/json.h"
#include "model/schema.h"
#include "run/fit.h"
#include "run/row_bytes.h"

enum { REJECTS_TOLD = 20 /* lines for people */ };

/* ---- Life ---- */

pd_status
rejects_new(const struct run_options *options, int folder, bool in_place,
            struct rejects **ret_rejects, struct pd_error *err)
{
    CLEANUP(rejects) struct rejects *rejects = calloc(1, sizeof *rejects);
    uint64_t limit = options->max_rejects ? options->max_rejects : PILE_ROWS;
    pd_status status;

    if (!rejects)
        return error_memory(err);
    pthread_mutex_init(&rejects->mutex, NULL);
    rejects->asked = options->rejects != NULL;
    rejects->hook = options->save_hook;
    rejects->defers = in_place;
    status = pile_new(folder, limit, &rejects->pile, err);
    if (status == PD_OK)
        *ret_rejects = take(rejects);
    return status;
}

void
rejects_free(struct rejects *rejects)
{
    if (!rejects)
        return;
    pile_free(rejects->pile);
    pthread_mutex_destroy(&rejects->mutex);
    free(rejects);
}

/* ---- Rows ---- */

pd_status
rejects_batch(struct rejects *rejects, const struct pd_table *table, struct pd_builder *builder,
              const size_t *rows, size_t n, const struct pd_batch **ret_batch, size_t *ret_n,
              struct pd_error *err)
{
    size_t i = 0;
    pd_status status = PD_OK;

    if (pd_builder_begin(builder) != PD_OK)
        return cancel_wanted() ? error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted")
                               : error_memory(err);
    while (i < n && !pd_builder_full(builder)) {
        const uint8_t *bytes;
        size_t size;
        bool is_long;

        status = pile_row(rejects->pile, rows[i], &bytes, &size, err);
        if (status != PD_OK)
            break;
        is_long = row_bytes_has_long(bytes);
        if (is_long && i)
            break;
        row_bytes_read(bytes, size, table, builder, &is_long);
        pd_builder_row(builder);
        i++;
        if (is_long)
            break;
    }
    if (status != PD_OK) {
        pd_builder_drop(builder);
        return status;
    }
    *ret_n = i;
    *ret_batch = pd_builder_finish(builder);
    return *ret_batch ? PD_OK : error_memory(err);
}

/* One row alone. */
static pd_status
row_batch(struct rejects *rejects, const struct pd_table *table, size_t i,
          const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct pd_builder builder = {0};
    size_t n;
    pd_status status = batch_builder_open(&builder, table, err);

    if (status == PD_OK)
        status = rejects_batch(rejects, table, &builder, &i, 1, ret_batch, &n, err);
    pd_builder_close(&builder);
    return status;
}

/* ---- Lines ---- */

static void
put_member(struct buffer *out, const char *name, const char *text)
{
    buffer_printf(out, ",\"%s\":", name);
    if (text)
        json_write_string(out, text, strlen(text));
    else
        buffer_text(out, "null");
}

static void
put_key(struct buffer *out, const struct pd_table *table, const struct pd_batch *batch)
{
    const struct pd_key *key = schema_order_key(table);

    buffer_text(out, ",\"key\":");
    if (!key) {
        buffer_text(out, "null");
        return;
    }
    for (size_t i = 0; i < key->n_parts; i++) {
        uint32_t column = (uint32_t)key->parts[i].column;
        const struct pd_column *c = &table->columns[column];
        struct cell cell = batch_cell(&c->type, batch_vector(batch, column), 0);

        buffer_char(out, i ? ',' : '{');
        json_write_string(out, c->name, strlen(c->name));
        buffer_char(out, ':');
        if (cell.as_long)
            buffer_text(out, "null");
        else
            cell_json_value(out, &c->type, &cell);
    }
    buffer_char(out, '}');
}

pd_status
rejects_line(struct rejects *rejects, const struct selection *selection, size_t i,
             struct buffer *out, struct pd_error *err)
{
    const struct pd_table *table = &selection->catalog->tables[pile_table(rejects->pile, i)];
    const char *name = schema_table_name(table);
    const struct pd_batch *batch;
    struct pile_reason reason;
    pd_status status = row_batch(rejects, table, i, &batch, err);

    if (status != PD_OK)
        return status;
    buffer_text(out, "{\"table\":");
    json_write_string(out, name, strlen(name));
    put_key(out, table, batch);
    batch_release(batch);
    status = pile_reason(rejects->pile, i, &reason, err);
    if (status != PD_OK)
        return status;
    put_member(out, "by", reason.by_step ? "migration" : "target");
    put_member(out, "cause", error_cause_name(reason.cause));
    put_member(out, "code", reason.code);
    put_member(out, "constraint", reason.constraint);
    put_member(out, "reason", reason.text);
    buffer_char(out, '}');
    return out->failed ? error_memory(err) : PD_OK;
}

/* "table 't', row with id = '5': why" */
static pd_status
put_words(struct rejects *rejects, const struct selection *selection, size_t i, struct buffer *out,
          struct pd_error *err)
{
    const struct pd_table *table = &selection->catalog->tables[pile_table(rejects->pile, i)];
    const struct pd_batch *batch;
    struct pile_reason reason;
    pd_status status = row_batch(rejects, table, i, &batch, err);

    if (status != PD_OK)
        return status;
    buffer_printf(out, "table '%s'", schema_table_name(table));
    if (schema_order_key(table)) {
        buffer_text(out, ", ");
        fit_row_put(out, table, batch, 0, 0);
    }
    batch_release(batch);
    status = pile_reason(rejects->pile, i, &reason, err);
    if (status != PD_OK)
        return status;
    buffer_printf(out, ": %s", reason.text);
    if (reason.constraint && !strstr(reason.text, reason.constraint))
        buffer_printf(out, " (%s)", reason.constraint);
    return buffer_string(out) ? PD_OK : error_memory(err);
}

/* ---- What is left ---- */

static pd_status
report_words(struct rejects *rejects, const struct selection *selection, size_t i,
             struct report *report, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer text = {0};
    pd_status status = put_words(rejects, selection, i, &text, err);

    return status == PD_OK ? report_reject(report, buffer_string(&text), err) : status;
}

static pd_status
report_table(struct rejects *rejects, const struct selection *selection, uint32_t table,
             struct report *report, struct pd_error *err)
{
    struct pile *pile = rejects->pile;
    CLEANUP_BUFFER struct buffer lines = {0};
    pd_status status = PD_OK;

    if (!pile_count(pile, table, PILE_REFUSED))
        return PD_OK;
    for (size_t i = 0; i < pile_size(pile) && status == PD_OK; i++) {
        if (pile_table(pile, i) != table || pile_state(pile, i) != PILE_REFUSED)
            continue;
        if (report->n_rejects < REJECTS_TOLD)
            status = report_words(rejects, selection, i, report, err);
        if (status == PD_OK)
            status = rejects_line(rejects, selection, i, &lines, err);
        buffer_char(&lines, '\n');
        if (status == PD_OK && lines.size > PILE_TAIL_BYTES)
            status = report_reject_lines(report, &lines, err);
    }
    return status == PD_OK ? report_reject_lines(report, &lines, err) : status;
}

pd_status
rejects_report(struct rejects *rejects, const struct selection *selection, struct report *report,
               struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < selection->catalog->n_tables && status == PD_OK; i++)
        status = report_table(rejects, selection, i, report, err);
    return status;
}

pd_status
rejects_fail(struct rejects *rejects, const struct selection *selection, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer text = {0};
    uint64_t n = pile_total(rejects->pile, PILE_WAITING);
    pd_status status = PD_OK;

    for (size_t i = 0; i < pile_size(rejects->pile); i++) {
        if (pile_state(rejects->pile, i) != PILE_WAITING)
            continue;
        status = put_words(rejects, selection, i, &text, err);
        break;
    }
    if (status != PD_OK)
        return status;
    return error_fail(err, PD_FATAL, PD_CAUSE_MISSING,
                      "%llu %s could not be written, however often %s tried, the first: %s; "
                      "correct the source or the target, or have such rows set aside by --rejects",
                      (unsigned long long)n, n == 1 ? "row" : "rows",
                      n == 1 ? "it was" : "they were", text.size ? buffer_string(&text) : "");
}

/* ---- As a source ---- */

struct left_source {
    struct opened_source source; /* first */
    struct rejects *rejects;
    const uint32_t *origins; /* of each table: its number in the pile */
    uint32_t table;
    size_t next; /* row of the pile */
    bool has_builder;
    struct pd_builder builder;
};

static struct left_source *
left_of(struct pd_source *source)
{
    return (struct left_source *)(void *)source;
}

static pd_status
left_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog, struct pd_error *err)
{
    *ret_catalog = left_of(source)->source.catalog;
    return PD_OK;
}

static pd_status
left_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    struct left_source *left = left_of(source);
    pd_status status;

    if (left->has_builder)
        pd_builder_close(&left->builder);
    left->has_builder = false;
    left->table = scan->table;
    left->next = 0;
    left->builder = (struct pd_builder){0};
    status = batch_builder_open(&left->builder, &left->source.catalog->tables[scan->table], err);
    left->has_builder = status == PD_OK;
    return status;
}

enum { LEFT_MOST = 1024 /* rows that are looked for at once */ };

static pd_status
left_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct left_source *left = left_of(source);
    const struct pile *pile = left->rejects->pile;
    size_t rows[LEFT_MOST], n = 0, taken = 0;
    pd_status status;

    for (size_t i = left->next; i < pile_size(pile) && n < LEFT_MOST; i++) {
        if (pile_table(pile, i) == left->origins[left->table] &&
            pile_state(pile, i) == PILE_REFUSED)
            rows[n++] = i;
    }
    if (n == 0)
        return PD_DONE;
    status = rejects_batch(left->rejects, &left->source.catalog->tables[left->table],
                           &left->builder, rows, n, ret_batch, &taken, err);
    if (status == PD_OK)
        left->next = rows[taken - 1] + 1;
    return status;
}

static void
left_close(struct pd_source *source)
{
}

static pd_status
left_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
               size_t size, struct pd_error *err)
{
    return pile_source_ops.read_long((struct pd_source *)(void *)left_of(source)->rejects->pile,
                                     cell, offset, buffer, size, err);
}

static const struct pd_source_ops left_ops = {
    .struct_size = sizeof left_ops,
    .catalog = left_catalog,
    .start = left_start,
    .read = left_read,
    .close = left_close,
    .read_long = left_read_long,
};

/* Nothing but tables: to what else there is, nothing was refused. */
static pd_status
left_tables(struct left_source *left, const struct pile *pile, const struct selection *selection,
            struct arena *arena, struct pd_error *err)
{
    const struct pd_catalog *catalog = selection->catalog;
    uint32_t *origins = arena_array(arena, uint32_t, catalog->n_tables + 1);
    struct pd_table *tables;
    uint32_t n = 0;
    pd_status status;

    if (!origins)
        return error_memory(err);
    for (uint32_t i = 0; i < catalog->n_tables; i++) {
        if (pile_count(pile, i, PILE_REFUSED))
            origins[n++] = i;
    }
    status = schema_select(arena, catalog, origins, n, &left->source.catalog, err);
    if (status != PD_OK)
        return status;
    tables = arena_copy(arena, left->source.catalog->tables, n * sizeof *tables);
    if (!tables)
        return error_memory(err);
    for (uint32_t i = 0; i < n; i++) /* they are in the order in which they were refused */
        tables[i].flags &= ~(uint32_t)PD_TABLE_KEY_ORDER;
    left->source.catalog->tables = tables;
    left->source.catalog->n_objects = 0;
    left->source.catalog->n_sequences = 0;
    left->source.catalog->n_properties = 0;
    left->origins = origins;
    return PD_OK;
}

pd_status
rejects_source(struct rejects *rejects, const struct selection *selection, struct arena *arena,
               struct opened_source **ret_source, struct pd_error *err)
{
    struct left_source *left = arena_alloc(arena, sizeof *left);
    pd_status status;

    if (!left)
        return error_memory(err);
    left->rejects = rejects;
    left->source.ops = &left_ops;
    left->source.handle = (struct pd_source *)(void *)left;
    left->source.arena = arena;
    status = left_tables(left, rejects->pile, selection, arena, err);
    if (status != PD_OK)
        return status;
    left->source.engine = left->source.catalog->engine;
    *ret_source = &left->source;
    return PD_OK;
}

void
rejects_source_close(struct opened_source *source)
{
    struct left_source *left = source ? left_of(source->handle) : NULL;

    if (left && left->has_builder)
        pd_builder_close(&left->builder);
    if (left)
        left->has_builder = false;
}
