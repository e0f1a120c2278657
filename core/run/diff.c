// SPDX-License-Identifier: Apache-2.0
/* diff - compares two sources of any kind, row by row in key order. */
#include "run/diff.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/buffer.h"
#include "base/cancel.h"
#include "base/progress.h"
#include "model/cell_json.h"
#include "model/schema.h"
#include "model/sortkey.h"
#include "run/diff_schema.h"
#include "run/like.h"
#include "run/scan.h"

enum {
    SHOWN_VALUE = 120, /* bytes of a value in a line */
    DIFF_BATCHES = 4   /* of each side: the one compared, and the one being read or sorted */
};

struct diff {
    const struct diff_options *options;
    struct report *report;
    uint64_t limit;
    uint64_t n;
    int temporary_folder;
};

/* One side of a table, standing on a row. */
struct side {
    struct opened_source *source;
    const struct pd_table *table;
    const struct pd_key *key;
    struct digest_table *digester;
    struct scan *scan;
    const struct pd_batch *batch; /* NULL: at the end */
    struct digest *digests;
    uint32_t digest_room;
    uint32_t row;
    struct buffer sortkey;
};

static pd_status diff_line(struct diff *diff, struct pd_error *err, const char *fmt, ...)
    PD_PRINTF(3, 4);

static pd_status
diff_line(struct diff *diff, struct pd_error *err, const char *fmt, ...)
{
    char text[ERROR_TEXT_SIZE];
    va_list args;

    if (++diff->n > diff->limit) {
        diff->report->n_unshown++;
        return PD_OK;
    }
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return report_difference(diff->report, err, "%s", text);
}

/* ---- Sides ---- */

static void
side_close(struct side *side)
{
    batch_release(side->batch);
    scan_close(side->scan);
    digest_free(side->digester);
    free(side->digests);
    buffer_free(&side->sortkey);
}

/* Digests of the rows of a new batch: two rows are equal when theirs are. */
static pd_status
side_digest(struct side *side, struct pd_error *err)
{
    const struct pd_source_ops *ops;
    struct pd_source *source;
    struct digest sum = {0, 0};

    if (side->batch->n_rows > side->digest_room) {
        struct digest *grown = realloc(side->digests, side->batch->n_rows * sizeof *grown);

        if (!grown)
            return error_memory(err);
        side->digests = grown;
        side->digest_room = side->batch->n_rows;
    }
    scan_long_source(side->scan, &ops, &source);
    return digest_batch(side->digester, side->batch, ops, source, &sum, side->digests, err);
}

/* The place of the row in key order; rows without a key are ordered by their digest. */
static pd_status
side_key(struct side *side, struct pd_error *err)
{
    static const struct digest none = {0, 0};
    const struct digest *digest = side->key ? &none : &side->digests[side->row];

    buffer_clear(&side->sortkey);
    sortkey_row(&side->sortkey, side->table, side->key, side->batch, side->row, digest);
    return side->sortkey.failed ? error_memory(err) : PD_OK;
}

/* Go to the next row; at the end the batch is NULL. */
static pd_status
side_next(struct side *side, struct pd_error *err)
{
    pd_status status;

    if (side->batch && ++side->row < side->batch->n_rows)
        return side_key(side, err);
    batch_release(side->batch);
    side->batch = NULL;
    side->row = 0;
    status = scan_next(side->scan, &side->batch, err);
    if (status == PD_DONE) {
        side->batch = NULL;
        return PD_OK;
    }
    if (status == PD_OK)
        status = side_digest(side, err);
    return status == PD_OK ? side_key(side, err) : status;
}

static pd_status
side_open(struct side *side, struct opened_source *source, uint32_t table, int temporary_folder,
          struct pd_error *err)
{
    struct pd_scan request = {.struct_size = sizeof request, .table = table, .order = PD_ORDER_KEY};
    pd_status status;

    side->source = source;
    side->table = &source->catalog->tables[table];
    side->key = schema_order_key(side->table);
    status = digest_new(side->table, &side->digester, err);
    if (status == PD_OK)
        status = scan_open(source->ops, source->handle, side->table, &request, NULL,
                           temporary_folder, &side->scan, err);
    return status == PD_OK ? side_next(side, err) : status;
}

/* ---- Lines ---- */

static void
value_text(struct buffer *out, const struct side *side, uint32_t column)
{
    const struct pd_type *type = &side->table->columns[column].type;
    struct cell cell = batch_cell(type, batch_vector(side->batch, column), side->row);
    size_t begin = out->size;

    if (cell.as_long)
        buffer_printf(out, "a value of %llu bytes", (unsigned long long)cell.as_long->size);
    else
        cell_json_value(out, type, &cell);
    if (out->size - begin > SHOWN_VALUE) {
        out->size = begin + SHOWN_VALUE;
        buffer_text(out, "...");
    }
}

/* "id=7, part=2", or the row's digest where there is no key. */
static void
key_text(struct buffer *out, const struct side *side)
{
    char text[33];

    for (size_t i = 0; side->key && i < side->key->n_parts; i++) {
        uint32_t column = (uint32_t)side->key->parts[i].column;

        buffer_printf(out, "%s%s=", i ? ", " : "", side->table->columns[column].name);
        value_text(out, side, column);
    }
    if (!side->key) {
        digest_text(&side->digests[side->row], text);
        buffer_printf(out, "digest=%s", text);
    }
}

static pd_status
row_only(struct diff *diff, const struct side *side, const char *where, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer key = {0};

    if (diff->n >= diff->limit)
        return diff_line(diff, err, "%s", where);
    key_text(&key, side);
    if (!buffer_string(&key))
        return error_memory(err);
    return diff_line(diff, err, "table '%s': %s: only in %s", schema_table_name(side->table),
                     buffer_string(&key), where);
}

/* The next column at or behind `column` that stands for itself: what identifies rows in one engine
   alone has no counterpart. n_columns: there is none. */
static uint32_t
own_column(const struct pd_table *table, uint32_t column)
{
    while (column < table->n_columns && table->columns[column].flags & PD_COLUMN_PASSENGER)
        column++;
    return column;
}

/* in_b: the column's number there. */
static pd_status
column_differs(struct diff *diff, const struct side *a, const struct side *b, uint32_t column,
               uint32_t in_b, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer key = {0};
    CLEANUP_BUFFER struct buffer left = {0};
    CLEANUP_BUFFER struct buffer right = {0};

    value_text(&left, a, column);
    value_text(&right, b, in_b);
    key_text(&key, a);
    if (!buffer_string(&left) || !buffer_string(&right) || !buffer_string(&key))
        return error_memory(err);
    return diff_line(diff, err, "table '%s': %s: column '%s': %s in a, %s in b",
                     schema_table_name(a->table), buffer_string(&key),
                     a->table->columns[column].name, buffer_string(&left), buffer_string(&right));
}

static bool
cells_equal(const struct side *a, const struct side *b, uint32_t column, uint32_t in_b)
{
    CLEANUP_BUFFER struct buffer left = {0};
    CLEANUP_BUFFER struct buffer right = {0};
    const struct pd_type *a_type = &a->table->columns[column].type;
    const struct pd_type *b_type = &b->table->columns[in_b].type;
    struct cell x = batch_cell(a_type, batch_vector(a->batch, column), a->row);
    struct cell y = batch_cell(b_type, batch_vector(b->batch, in_b), b->row);

    if (x.as_long || y.as_long)
        return x.as_long && y.as_long && x.as_long->size == y.as_long->size;
    cell_json_value(&left, a_type, &x);
    cell_json_value(&right, b_type, &y);
    return left.size == right.size &&
           (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
}

static pd_status
row_differs(struct diff *diff, const struct side *a, const struct side *b, struct pd_error *err)
{
    uint32_t i = own_column(a->table, 0), k = own_column(b->table, 0);
    bool named = false;
    pd_status status = PD_OK;

    while (i < a->table->n_columns && status == PD_OK) {
        if (schema_column_counts(&a->table->columns[i]) && !cells_equal(a, b, i, k)) {
            named = true;
            status = column_differs(diff, a, b, i, k, err);
        }
        i = own_column(a->table, i + 1);
        k = own_column(b->table, k + 1);
    }
    if (!named && status == PD_OK) /* only a long cell, or a class, differs */
        status = row_only(diff, a, "a with these exact values", err);
    return status;
}

/* ---- Tables ---- */

static int
sides_order(const struct side *a, const struct side *b)
{
    size_t common = a->sortkey.size < b->sortkey.size ? a->sortkey.size : b->sortkey.size;
    int order;

    if (!a->batch || !b->batch)
        return a->batch ? -1 : 1;
    order = memcmp(a->sortkey.data, b->sortkey.data, common);
    return order ? order
                 : (a->sortkey.size > b->sortkey.size) - (a->sortkey.size < b->sortkey.size);
}

static pd_status
rows_compare(struct diff *diff, struct side *a, struct side *b, struct pd_error *err)
{
    pd_status status = PD_OK;

    while (status == PD_OK && (a->batch || b->batch)) {
        int order = sides_order(a, b);

        if (order < 0)
            status = row_only(diff, a, "a", err);
        else if (order > 0)
            status = row_only(diff, b, "b", err);
        else if (memcmp(&a->digests[a->row], &b->digests[b->row], sizeof(struct digest)) != 0)
            status = row_differs(diff, a, b, err);
        diff->report->rows_read++;
        progress_add(1, 0);
        if (status == PD_OK && order <= 0)
            status = side_next(a, err);
        if (status == PD_OK && order >= 0)
            status = side_next(b, err);
    }
    return status;
}

/* Rows can be compared when the columns are the same, by name and in order; *ret_line: what is not.
 */
static bool
columns_differ(const struct pd_table *a, const struct pd_table *b, char *ret_line, size_t size)
{
    uint32_t i = own_column(a, 0), k = own_column(b, 0);

    for (uint32_t n = 1; i < a->n_columns || k < b->n_columns; n++) {
        const char *left = i < a->n_columns ? a->columns[i].name : NULL;
        const char *right = k < b->n_columns ? b->columns[k].name : NULL;

        if (!left || !right || strcmp(left, right) != 0) {
            snprintf(ret_line, size, "column %u is %s%s%s in a and %s%s%s in b", n, left ? "'" : "",
                     left ? left : "missing", left ? "'" : "", right ? "'" : "",
                     right ? right : "missing", right ? "'" : "");
            return true;
        }
        i = own_column(a, i + 1);
        k = own_column(b, k + 1);
    }
    return false;
}

/* Has the comparison before this one said the same? */
static bool
columns_told(const struct diff *diff, const struct pd_table *a, const char *line)
{
    const struct opened_source *told = diff->options->told;
    long at = told ? schema_find_table(told->catalog, a->schema, a->name) : -1;
    char before[ERROR_TEXT_SIZE];

    return at >= 0 && columns_differ(a, &told->catalog->tables[at], before, sizeof before) &&
           strcmp(before, line) == 0;
}

static pd_status
columns_compare(struct diff *diff, const struct pd_table *a, const struct pd_table *b,
                const struct run_options *options, bool *ret_same, struct pd_error *err)
{
    bool like_tells = diff->options->b_is_like && !options->data_only;
    char line[ERROR_TEXT_SIZE];

    *ret_same = !columns_differ(a, b, line, sizeof line);
    if (*ret_same || like_tells || columns_told(diff, a, line))
        return PD_OK;
    return diff_line(diff, err, "table '%s': %s", schema_table_name(a), line);
}

/* What of a table's schema differs. */
struct schema_told {
    struct diff *diff;
    const struct pd_table *table;
    struct buffer before; /* lines that --like has told, a NUL behind each */
};

static pd_status
schema_note(void *arg, const char *text, struct pd_error *err)
{
    struct schema_told *told = arg;

    buffer_append(&told->before, text, strlen(text) + 1);
    return told->before.failed ? error_memory(err) : PD_OK;
}

static bool
schema_was_told(const struct schema_told *told, const char *text)
{
    const char *line = (const char *)told->before.data;
    const char *end = line + told->before.size;

    for (; line < end; line += strlen(line) + 1)
        if (strcmp(line, text) == 0)
            return true;
    return false;
}

static pd_status
schema_tell(void *arg, const char *text, struct pd_error *err)
{
    const struct schema_told *told = arg;

    if (schema_was_told(told, text))
        return PD_OK;
    return diff_line(told->diff, err, "table '%s': the schema differs: %s",
                     schema_table_name(told->table), text);
}

/* What b's own schema has otherwise than that under which it is shown was told by like_report(). */
static pd_status
schema_compare(struct diff *diff, const struct pd_table *a, const struct pd_table *b,
               struct pd_error *err)
{
    const struct opened_source *model = diff->options->model;
    long at = model ? schema_find_table(model->catalog, b->schema, b->name) : -1;
    struct schema_told told = {.diff = diff, .table = a};
    pd_status status = PD_OK;

    if (at >= 0)
        status = diff_schema(&model->catalog->tables[at], b, schema_note, &told, err);
    if (status == PD_OK)
        status = diff_schema(a, b, schema_tell, &told, err);
    buffer_free(&told.before);
    return status;
}

/* Values of generated columns are in no row; the same engine may have stored others. */
static pd_status
stored_compare(struct diff *diff, const struct pd_table *a, const struct pd_table *b,
               struct pd_error *err)
{
    uint32_t i = own_column(a, 0), k = own_column(b, 0);
    pd_status status = PD_OK;

    while (i < a->n_columns && status == PD_OK) {
        if (schema_stored_differ(&a->columns[i], &b->columns[k]))
            status = diff_line(diff, err, "table '%s': generated column '%s': other stored values",
                               schema_table_name(a), a->columns[i].name);
        i = own_column(a, i + 1);
        k = own_column(b, k + 1);
    }
    return status;
}

static pd_status
table_compare(struct diff *diff, struct opened_source *a, uint32_t a_table, struct opened_source *b,
              uint32_t b_table, const struct run_options *options, struct pd_error *err)
{
    struct side left = {0}, right = {0};
    const struct pd_table *table = &a->catalog->tables[a_table];
    bool same;
    pd_status status =
        columns_compare(diff, table, &b->catalog->tables[b_table], options, &same, err);

    if (status == PD_OK && same && !options->data_only && !diff->options->b_is_like)
        status = schema_compare(diff, table, &b->catalog->tables[b_table], err);
    if (status != PD_OK || !same || options->schema_only)
        return status;
    status = stored_compare(diff, table, &b->catalog->tables[b_table], err);
    if (status != PD_OK)
        return status;
    progress_table(table->name);
    status = side_open(&left, a, a_table, diff->temporary_folder, err);
    if (status == PD_OK)
        status = side_open(&right, b, b_table, diff->temporary_folder, err);
    if (status == PD_OK)
        status = rows_compare(diff, &left, &right, err);
    side_close(&left);
    side_close(&right);
    return status == PD_OK ? status
                           : error_prefix(err, status, "table '%s'", schema_table_name(table));
}

static bool
table_wanted(const struct pd_table *table, const struct run_options *options)
{
    const char *const *p;

    if (table->flags & PD_TABLE_PASSENGER)
        return false;
    for (p = options->exclude; p && *p; p++)
        if (fnmatch(*p, table->name, 0) == 0)
            return false;
    for (p = options->only; p && *p; p++)
        if (fnmatch(*p, table->name, 0) == 0)
            return true;
    return !options->only;
}

/* Tables of one side that the other lacks. */
static pd_status
tables_missing(struct diff *diff, struct opened_source *from, struct opened_source *in,
               const char *where, const struct run_options *options, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < from->catalog->n_tables && status == PD_OK; i++) {
        const struct pd_table *table = &from->catalog->tables[i];

        if (table_wanted(table, options) &&
            schema_find_table(in->catalog, table->schema, table->name) < 0)
            status =
                diff_line(diff, err, "table '%s': only in %s", schema_table_name(table), where);
    }
    return status;
}

/* What is not as it would be in a, of the tables that are wanted: those that only one side has are
   told by their names. Sequences, objects and properties are nobody's here, as in any comparison.
 */
static pd_status
likes_compare(struct diff *diff, struct opened_source *a, struct opened_source *b,
              const struct run_options *options, struct pd_error *err)
{
    size_t n;
    const struct like_difference *differences = like_differences(b, &n);
    pd_status status = PD_OK;

    for (size_t i = 0; i < n && status == PD_OK; i++) {
        const struct like_difference *d = &differences[i];

        if (d->table == PD_NO_TABLE || (d->part == PD_PART_TABLE && d->number == 0) ||
            !table_wanted(&a->catalog->tables[d->table], options))
            continue;
        status = diff_line(diff, err, "the schema of b: %s", d->text);
    }
    return status;
}

static pd_status
tables_compare(struct diff *diff, struct opened_source *a, struct opened_source *b,
               const struct run_options *options, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (!options->data_only)
        status = tables_missing(diff, a, b, "a", options, err);
    if (status == PD_OK && !options->data_only)
        status = tables_missing(diff, b, a, "b", options, err);
    if (status == PD_OK && !options->data_only && diff->options->b_is_like)
        status = likes_compare(diff, a, b, options, err);
    for (uint32_t i = 0; i < a->catalog->n_tables && status == PD_OK; i++) {
        const struct pd_table *table = &a->catalog->tables[i];
        long at = schema_find_table(b->catalog, table->schema, table->name);

        if (at < 0 || !table_wanted(table, options))
            continue;
        status = table_compare(diff, a, i, b, (uint32_t)at, options, err);
        diff->report->tables_verified++;
    }
    return status;
}

pd_status
diff_run(struct opened_source *a, struct opened_source *b, const struct run_options *options,
         const struct diff_options *diff_options, struct report *report,
         uint64_t *ret_n_differences, struct pd_error *err)
{
    struct diff diff = {.options = diff_options,
                        .report = report,
                        .limit = diff_options->limit ? diff_options->limit : 100,
                        .temporary_folder = -1};
    pd_status status = run_temporary_folder(NULL, &diff.temporary_folder, err);

    if (status != PD_OK)
        return status;
    budget_grant(DIFF_BATCHES);
    status = tables_compare(&diff, a, b, options, err);
    budget_grant(1);
    if (status == PD_OK && a->ops->recheck)
        status = a->ops->recheck(a->handle, err);
    if (status == PD_OK && b->ops->recheck)
        status = b->ops->recheck(b->handle, err);
    close(diff.temporary_folder);
    *ret_n_differences = diff.n;
    return status;
}
