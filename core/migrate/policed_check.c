// SPDX-License-Identifier: Apache-2.0
// policed_check - rows that refer to rows that will not be there: found, and refused, before
// anything is written.
#include <inttypes.h>

#include "base/cancel.h"
#include "migrate/policed_inside.h"
#include "model/schema.h"
#include "run/fit.h"

/* A foreign key whose rows are looked at. */
struct search {
    struct policed *policed;
    struct opened_source *source;
    uint32_t table; /* that has the key */
    const struct pd_foreign *foreign;
    const struct ident *ident; /* only rows without a counterpart in the target count; NULL: all */
    struct translation translation;
    struct cell *cells;
    uint64_t n_rows;   /* that were read */
    uint64_t n_found;  /* that count */
    struct buffer row; /* the first of them */
    struct buffer to;  /* what it refers to, when there is an ident */
};

static const struct pd_table *
search_table(const struct search *search)
{
    return &search->source->catalog->tables[search->table];
}

static const char *
column_name(const struct search *search)
{
    return search_table(search)->columns[search->foreign->columns[0]].name;
}

/* ---- Rows ---- */

/* 1: it counts, 0: it does not, or a status. */
static int
row_counts(struct search *search, const struct pd_batch *batch, uint32_t row, struct pd_error *err)
{
    const struct pd_table *table = search_table(search);
    const struct pd_foreign *foreign = search->foreign;
    pd_status status;

    if (search->ident) {
        status = naturals_find(search->ident, table, foreign->columns, batch, row,
                               &search->translation, search->cells, err);
        return status == PD_FAILED ? 1 : status < 0 ? status : 0;
    }
    for (size_t i = 0; i < foreign->n_columns; i++) {
        uint32_t column = foreign->columns[i];

        if (batch_cell(&table->columns[column].type, batch_vector(batch, column), row).tag < 0)
            return 0;
    }
    return 1;
}

static pd_status
batch_search(struct search *search, const struct pd_batch *batch, struct pd_error *err)
{
    pd_status status = batch_check(search_table(search), batch, err);

    for (uint32_t row = 0; row < batch->n_rows && status == PD_OK; row++) {
        int counts = row_counts(search, batch, row, err);

        if (counts < 0)
            return counts;
        if (counts && search->n_found++ == 0) {
            fit_row_put(&search->row, search_table(search), batch, search->n_rows, row);
            buffer_append(&search->to, search->translation.text.data,
                          search->translation.text.size);
        }
    }
    search->n_rows += batch->n_rows;
    return status;
}

static pd_status
rows_search(struct search *search, const char *where, struct pd_error *err)
{
    const struct pd_source_ops *ops = search->source->ops;
    const struct pd_scan scan = {
        .struct_size = sizeof scan, .table = search->table, .where = where};
    pd_status status = ops->start(search->source->handle, &scan, err);

    while (status == PD_OK) {
        const struct pd_batch *batch = NULL;

        if (cancel_wanted())
            return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        status = ops->read(search->source->handle, &batch, err);
        if (status != PD_OK)
            break;
        status = batch_search(search, batch, err);
        batch_release(batch);
    }
    return status == PD_DONE ? PD_OK : status;
}

static void
search_free(struct search *search)
{
    translation_free(&search->translation);
    buffer_free(&search->row);
    buffer_free(&search->to);
}

/* "table 't', row with id = '3' and 2 more rows" */
static void
who_put(struct buffer *out, struct search *search, const char *whose)
{
    buffer_printf(out, "table '%s'%s, %s", schema_table_name(search_table(search)), whose,
                  buffer_string(&search->row) ? buffer_string(&search->row) : "a row");
    if (search->n_found > 1)
        buffer_printf(out, " and %" PRIu64 " more row%s", search->n_found - 1,
                      search->n_found == 2 ? "" : "s");
}

static pd_status
refuse(struct buffer *text, pd_status status, int cause, struct pd_error *err)
{
    if (status != PD_OK)
        return status;
    return buffer_string(text) ? error_fail(err, PD_FATAL, cause, "%s", buffer_string(text))
                               : error_memory(err);
}

/* ---- skip: rows that stay behind ---- */

static pd_status
skipped_check(struct policed *policed, uint32_t number, const struct pd_foreign *foreign,
              uint32_t to, struct pd_error *err)
{
    const struct pd_catalog *catalog = policed->inner->catalog;
    struct search search = {
        .policed = policed, .source = policed->inner, .table = number, .foreign = foreign};
    CLEANUP_BUFFER struct buffer text = {0};
    pd_status status =
        rows_search(&search, select_where(policed->options, search_table(&search)), err);

    if (search.n_found) {
        who_put(&text, &search, "");
        buffer_printf(&text,
                      ": column '%s' refers to table '%s', whose rows stay behind (policy skip, "
                      "%s): skip '%s', too, let such references become NULL ('references: null'), "
                      "or change these rows by a migration",
                      column_name(&search), schema_table_name(&catalog->tables[to]),
                      policed->tables[to].policy->origin, schema_table_name(search_table(&search)));
        status = refuse(&text, status, PD_CAUSE_MISSING, err);
    }
    search_free(&search);
    return status;
}

static pd_status
skips_check(struct policed *policed, uint32_t number, struct pd_error *err)
{
    const struct pd_catalog *catalog = policed->inner->catalog;
    const struct pd_table *table = &catalog->tables[number];
    pd_status status = PD_OK;

    for (size_t i = 0; i < table->n_foreigns && status == PD_OK; i++) {
        long to = natural_referred(catalog, table, &table->foreigns[i]);

        if (to >= 0 && policed_kind(policed, (uint32_t)to) == PD_POLICY_SKIP &&
            !policed->tables[to].policy->references_null)
            status = skipped_check(policed, number, &table->foreigns[i], (uint32_t)to, err);
    }
    return status;
}

/* ---- recreate: rows that the target does not have ---- */

static pd_status
missing_check(struct policed *policed, uint32_t number, const struct reference *reference,
              struct pd_error *err)
{
    size_t n = reference->foreign->n_columns;
    struct search search = {.policed = policed,
                            .source = policed->inner,
                            .table = number,
                            .foreign = reference->foreign,
                            .ident = reference->ident,
                            .cells = arena_array(policed->arena, struct cell, n)};
    CLEANUP_BUFFER struct buffer text = {0};
    pd_status status = search.cells ? PD_OK : error_memory(err);

    if (status == PD_OK)
        status = rows_search(&search, select_where(policed->options, search_table(&search)), err);
    if (search.n_found) {
        who_put(&text, &search, "");
        buffer_printf(&text, ": column '%s' refers to ", column_name(&search));
        buffer_append(&text, search.to.data, search.to.size);
        buffer_printf(&text,
                      " (policy recreate, %s): let the application make it there, or take these "
                      "rows out by a migration",
                      ident_policy(reference->ident)->origin);
        status = refuse(&text, status, PD_CAUSE_MISSING, err);
    }
    search_free(&search);
    return status;
}

static pd_status
references_check(struct policed *policed, uint32_t number, struct pd_error *err)
{
    const struct policed_table *t = &policed->tables[number];
    pd_status status = PD_OK;

    for (size_t i = 0; i < t->n_references && status == PD_OK; i++)
        if (t->references[i].ident && ident_n_missing(t->references[i].ident))
            status = missing_check(policed, number, &t->references[i], err);
    return status;
}

/* ---- replace: rows of the target that would lose what they refer to ---- */

/* Do the rows of a table of the target go, so that they refer to nothing any more? */
static bool
is_emptied(const struct policed *policed, uint32_t target)
{
    long at = policed_counterpart(policed, target);

    if (at < 0 || !select_wants(policed->options, &policed->inner->catalog->tables[at]))
        return false;
    return policed->ways[at] == RUN_WAY_EMPTIED ||
           (policed->target.is_truncated && policed->ways[at] == RUN_WAY_ALONG);
}

static pd_status
child_check(struct policed *policed, uint32_t number, const struct pd_foreign *foreign, long parent,
            struct pd_error *err)
{
    const struct pd_catalog *there = policed->target.source->catalog;
    struct search search = {
        .policed = policed, .source = policed->target.source, .table = number, .foreign = foreign};
    CLEANUP_BUFFER struct buffer text = {0};
    pd_status status = rows_search(&search, NULL, err);

    if (search.n_found) {
        who_put(&text, &search, " of the target");
        buffer_printf(&text,
                      ": column '%s' refers to table '%s', whose rows are to be replaced (%s): "
                      "these rows would be lost, or refer to others; empty that table first, or "
                      "give it policy replace, too",
                      column_name(&search),
                      schema_table_name(
                          &there->tables[natural_referred(there, search_table(&search), foreign)]),
                      policed->tables[parent].policy->origin);
        status = refuse(&text, status, PD_CAUSE_CONFLICT, err);
    }
    search_free(&search);
    return status;
}

static pd_status
children_check(struct policed *policed, uint32_t number, struct pd_error *err)
{
    const struct pd_catalog *there = policed->target.source->catalog;
    const struct pd_table *table = &there->tables[number];
    pd_status status = PD_OK;

    for (size_t i = 0; i < table->n_foreigns && status == PD_OK; i++) {
        long to = natural_referred(there, table, &table->foreigns[i]);
        long parent = to >= 0 ? policed_counterpart(policed, (uint32_t)to) : -1;

        if (parent < 0 || policed->ways[parent] != RUN_WAY_EMPTIED || is_emptied(policed, number) ||
            !select_wants(policed->options, &policed->inner->catalog->tables[parent]))
            continue;
        status = child_check(policed, number, &table->foreigns[i], parent, err);
    }
    return status;
}

/* ---- All of it ---- */

pd_status
policed_check(struct policed *policed, struct pd_error *err)
{
    const struct opened_source *target = policed->target.source;
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < policed->inner->catalog->n_tables && status == PD_OK; i++) {
        if (!policed_has_rows(policed, i))
            continue;
        status = skips_check(policed, i, err);
        if (status == PD_OK)
            status = references_check(policed, i, err);
    }
    for (uint32_t i = 0; target && i < target->catalog->n_tables && status == PD_OK; i++)
        status = children_check(policed, i, err);
    return status;
}
