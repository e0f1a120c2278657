// SPDX-License-Identifier: Apache-2.0
/* compare_facts - facts that two engines compute about the same tables. */
#include "run/compare_facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/progress.h"
#include "model/kind.h"
#include "model/profile.h"
#include "model/schema.h"
#include "model/values.h"
#include "run/like.h"

struct facts {
    const struct pd_fact *facts;
    size_t n;
};

static pd_status
facts_of(struct opened_source *source, uint32_t table, struct facts *ret_facts,
         struct pd_error *err)
{
    struct pd_scan whole = {.struct_size = sizeof whole, .table = table};
    pd_status status = PD_UNSUPPORTED;

    if (source->ops->facts)
        status = source->ops->facts(source->handle, &whole, PD_FACTS_ENGINE, &ret_facts->facts,
                                    &ret_facts->n, err);
    if (status == PD_UNSUPPORTED)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "'%s' computes no facts; use `polydump diff`", source->engine);
    return status;
}

/* ---- Columns, by name ---- */

static bool
stands_for_itself(const struct pd_table *table, uint32_t column)
{
    return column < table->n_columns && !(table->columns[column].flags & PD_COLUMN_PASSENGER);
}

/* The number in `to` of a column of `from`; PD_NO_COLUMN: none, as of a fact about all rows. */
static uint32_t
column_in(const struct pd_table *from, const struct pd_table *to, uint32_t column)
{
    long at =
        stands_for_itself(from, column) ? schema_find_column(to, from->columns[column].name) : -1;

    return at >= 0 && stands_for_itself(to, (uint32_t)at) ? (uint32_t)at : PD_NO_COLUMN;
}

static int
compare_places(const void *a_, const void *b_)
{
    const struct pd_fact *a = a_, *b = b_;

    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* The facts of `from` about what `other` has too, under the numbers of `as`. */
static pd_status
facts_take(const struct facts *facts, const struct pd_table *from, const struct pd_table *other,
           const struct pd_table *as, struct pd_fact **ret_facts, size_t *ret_n,
           struct pd_error *err)
{
    struct pd_fact *taken = calloc(facts->n + 1, sizeof *taken);
    size_t n = 0;

    if (!taken)
        return error_memory(err);
    for (size_t i = 0; i < facts->n; i++) {
        uint32_t column = facts->facts[i].column;

        if (column != PD_NO_COLUMN && column_in(from, other, column) == PD_NO_COLUMN)
            continue;
        taken[n] = facts->facts[i];
        taken[n++].column = column_in(from, as, column);
    }
    if (n)
        qsort(taken, n, sizeof *taken, compare_places);
    *ret_facts = taken;
    *ret_n = n;
    return PD_OK;
}

static pd_status
columns_missing(const struct pd_table *from, const struct pd_table *in, const char *where,
                struct report *report, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < from->n_columns && status == PD_OK; i++)
        if (stands_for_itself(from, i) && column_in(from, in, i) == PD_NO_COLUMN)
            status = report_difference(report, err, "table '%s': column '%s': only in the %s",
                                       schema_table_name(from), from->columns[i].name, where);
    return status;
}

/* ---- Tables ---- */

/* Two ends, and the one read as the other (NULL: they are of one engine). */
struct ends {
    struct opened_source *a;
    struct opened_source *b;
    const struct opened_source *like;
    struct report *report;
    struct pd_error *err;
};

/* What takes integers and floats apart. */
static bool
is_numeric(int kind)
{
    int class = kind_class(kind);

    return kind == PD_KIND_ANY || kind == PD_KIND_NUMBER || class == PD_CLASS_INTEGER ||
           class == PD_CLASS_FLOAT;
}

/* Does the other engine store the same values, so that what it says of them is the same? */
static bool
stores_alike(const struct ends *ends, uint32_t a_table, uint32_t b_table, uint32_t column)
{
    const struct pd_table *a = &ends->a->catalog->tables[a_table];
    const struct pd_table *b = &ends->b->catalog->tables[b_table];
    uint32_t at = column_in(a, b, column);
    int left, right;

    if (!ends->like || at == PD_NO_COLUMN)
        return true;
    left = a->columns[column].type.kind;
    right = b->columns[at].type.kind;
    if (like_is_tagged(ends->like, b_table, at))
        return false;
    /* What is computed as an integer in one may be a float of the same value in the other. */
    if (a->columns[column].generated && b->columns[at].generated && left != right &&
        (kind_class(left) == PD_CLASS_FLOAT || kind_class(right) == PD_CLASS_FLOAT))
        return false;
    return left == right || (is_numeric(left) && is_numeric(right)) ||
           (kind_class(left) == kind_class(right) && left != PD_KIND_ANY && left != PD_KIND_NUMBER);
}

/* Floats of 4 bytes on one side only: there they may be the doubles of their shortest decimals. */
static bool
is_widened(const struct pd_table *a, const struct pd_table *b, uint32_t column)
{
    uint32_t at = column_in(a, b, column);
    int left, right;

    if (at == PD_NO_COLUMN)
        return false;
    left = a->columns[column].type.kind;
    right = b->columns[at].type.kind;
    return left != right && kind_class(left) == PD_CLASS_FLOAT &&
           kind_class(right) == PD_CLASS_FLOAT && left != PD_KIND_NUMBER && right != PD_KIND_NUMBER;
}

/* What both say of such a column: extremes as floats of 4 bytes, and no sum. */
static size_t
narrow(const struct pd_table *a, const struct pd_table *b, struct pd_fact *facts, size_t n)
{
    size_t n_kept = 0;

    for (size_t i = 0; i < n; i++) {
        bool is = is_widened(a, b, facts[i].column);

        if (is && facts[i].id == PD_FACT_REAL_CHECK)
            continue;
        if (is && (facts[i].id == PD_FACT_REAL_MIN || facts[i].id == PD_FACT_REAL_MAX))
            facts[i].low = values_real_bits((double)(float)values_real(facts[i].low));
        facts[n_kept++] = facts[i];
    }
    return n_kept;
}

/* Does the list lack an extreme, or floats below zero, that its engine has not computed? Whether
   values are missing is seen in the counts. */
static bool
lacks(const struct pd_fact *facts, size_t n, const struct pd_fact *fact)
{
    return (!fact_is_zero_when_absent(fact->id) || fact->id == PD_FACT_REAL_NEGATIVES) &&
           (n == 0 || !bsearch(fact, facts, n, sizeof *facts, compare_places));
}

/* ---- Generated columns ---- */

/* From now on its facts are there, too. */
static pd_status
column_ask(struct opened_source *source, uint32_t table, uint32_t column, bool *ret_has,
           struct pd_error *err)
{
    bool is_generated = source->catalog->tables[table].columns[column].generated;
    pd_status status = PD_OK;

    if (is_generated)
        status = source->ops->compute ? source->ops->compute(source->handle, table, column, err)
                                      : PD_UNSUPPORTED;
    *ret_has = status == PD_OK;
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

/* Another engine may compute other values. *ret_columns, to be freed: those of a's table, of which
   the ones that both have values of are as plain; NULL: as they are. */
static pd_status
columns_ask(const struct ends *ends, uint32_t a_table, uint32_t b_table,
            struct pd_column **ret_columns)
{
    const struct pd_table *a = &ends->a->catalog->tables[a_table];
    const struct pd_table *b = &ends->b->catalog->tables[b_table];
    struct pd_column *columns;
    pd_status status = PD_OK;

    *ret_columns = NULL;
    if (!ends->like)
        return PD_OK;
    columns = calloc(a->n_columns + 1, sizeof *columns);
    if (!columns)
        return error_memory(ends->err);
    for (uint32_t i = 0; i < a->n_columns && status == PD_OK; i++) {
        uint32_t at = column_in(a, b, i);
        bool is_generated =
            at != PD_NO_COLUMN && (a->columns[i].generated || b->columns[at].generated);
        bool here = false, there = false;

        columns[i] = a->columns[i];
        if (is_generated)
            status = column_ask(ends->b, b_table, at, &there, ends->err);
        if (status == PD_OK && there)
            status = column_ask(ends->a, a_table, i, &here, ends->err);
        if (is_generated)
            columns[i].generated = here && there ? PD_GENERATED_NO : PD_GENERATED_STORED;
    }
    *ret_columns = columns;
    return status;
}

/* Columns that only identify rows of one engine have no counterpart, and shift the others. `shown`
   is the first table as its columns are compared. */
static pd_status
table_facts_compare(const struct ends *ends, uint32_t a_table, const struct pd_table *shown,
                    const struct facts *left, uint32_t b_table, const struct facts *right)
{
    const struct pd_table *a = &ends->a->catalog->tables[a_table];
    const struct pd_table *b = &ends->b->catalog->tables[b_table];
    CLEANUP_FREE struct pd_fact *own = NULL;
    CLEANUP_FREE struct pd_fact *theirs = NULL;
    size_t n_own = 0, n_theirs = 0, n_kept = 0, compared = 0, n;
    char first[512];
    pd_status status = facts_take(left, a, b, a, &own, &n_own, ends->err);

    if (status == PD_OK)
        status = facts_take(right, b, a, a, &theirs, &n_theirs, ends->err);
    if (status != PD_OK)
        return status;
    n_own = narrow(a, b, own, n_own);
    n_theirs = narrow(a, b, theirs, n_theirs);
    for (size_t i = 0; i < n_own; i++)
        if (!lacks(theirs, n_theirs, &own[i]) &&
            (own[i].id == PD_FACT_NULLS || stores_alike(ends, a_table, b_table, own[i].column)))
            own[n_kept++] = own[i];
    n = facts_compare(shown, own, n_kept, theirs, n_theirs, &compared, first, sizeof first);
    ends->report->facts_compared += compared;
    if (n)
        return report_difference(ends->report, ends->err, "table '%s': %s%s", schema_table_name(a),
                                 first, n > 1 ? ", and more" : "");
    return PD_OK;
}

/* Between two of one engine values of generated columns are in no fact, but it may have stored
   others. */
static pd_status
stored_verify(const struct ends *ends, const struct pd_table *a, const struct pd_table *b)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < a->n_columns && status == PD_OK; i++) {
        uint32_t at = column_in(a, b, i);

        if (at != PD_NO_COLUMN && schema_stored_differ(&a->columns[i], &b->columns[at]))
            status = report_difference(ends->report, ends->err,
                                       "table '%s': generated column '%s': other stored values",
                                       schema_table_name(a), a->columns[i].name);
    }
    return status;
}

static pd_status
table_verify(const struct ends *ends, uint32_t a_table, uint32_t b_table)
{
    const struct pd_table *a = &ends->a->catalog->tables[a_table];
    const struct pd_table *b = &ends->b->catalog->tables[b_table];
    CLEANUP_FREE struct pd_column *columns = NULL;
    struct pd_table shown = *a;
    struct facts left, right;
    pd_status status = columns_ask(ends, a_table, b_table, &columns);

    if (columns)
        shown.columns = columns;
    if (status == PD_OK)
        status = facts_of(ends->a, a_table, &left, ends->err);
    if (status == PD_OK)
        status = facts_of(ends->b, b_table, &right, ends->err);
    if (status != PD_OK)
        return error_prefix(ends->err, status, "table '%s'", schema_table_name(a));
    ends->report->tables_verified++;
    status = columns_missing(a, b, "first", ends->report, ends->err);
    if (status == PD_OK)
        status = columns_missing(b, a, "second", ends->report, ends->err);
    if (status == PD_OK)
        status = stored_verify(ends, a, b);
    return status == PD_OK ? table_facts_compare(ends, a_table, &shown, &left, b_table, &right)
                           : status;
}

static pd_status
tables_verify(const struct ends *ends)
{
    const struct pd_catalog *a = ends->a->catalog, *b = ends->b->catalog;
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < a->n_tables && status == PD_OK; i++) {
        const struct pd_table *table = &a->tables[i];
        long at = schema_find_table(b, table->schema, table->name);

        progress_table(table->name);
        if (table->flags & PD_TABLE_PASSENGER)
            continue;
        if (cancel_wanted())
            return error_fail(ends->err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        status = at < 0
                     ? report_difference(ends->report, ends->err, "table '%s': only in the first",
                                         schema_table_name(table))
                     : table_verify(ends, i, (uint32_t)at);
    }
    for (uint32_t i = 0; i < b->n_tables && status == PD_OK; i++) {
        const struct pd_table *table = &b->tables[i];

        if (!(table->flags & PD_TABLE_PASSENGER) &&
            schema_find_table(a, table->schema, table->name) < 0)
            status = report_difference(ends->report, ends->err, "table '%s': only in the second",
                                       schema_table_name(table));
    }
    return status;
}

pd_status
facts_verify(struct opened_source *a, struct opened_source *b, const struct run_options *options,
             struct report *report, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *like = NULL;
    const struct like_options like_options = {.schema_map = options->schema_map};
    struct ends ends = {.a = a, .b = b, .report = report, .err = err};
    pd_status status = PD_OK;

    if (a->catalog->engine && b->catalog->engine &&
        strcmp(a->catalog->engine, b->catalog->engine) != 0)
        status = like_open(a, b, &like_options, &like, err);
    ends.like = like;
    return status == PD_OK ? tables_verify(&ends) : status;
}

/* ---- What was computed before ---- */

struct kept_table {
    const char *schema;
    const char *name;
    size_t n_columns;
    bool *has; /* a column: it is computed, and these facts know what */
    struct facts facts;
};

struct facts_kept {
    struct kept_table *tables;
    size_t n;
};

static bool
table_is_computed(const struct pd_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++)
        if (table->columns[i].generated)
            return true;
    return false;
}

static pd_status
kept_copy(struct kept_table *kept, const struct pd_table *table, const struct facts *facts,
          struct arena *arena, struct pd_error *err)
{
    struct pd_fact *copy = arena_array(arena, struct pd_fact, facts->n + 1);

    kept->schema = table->schema ? arena_strdup(arena, table->schema) : NULL;
    kept->name = arena_strdup(arena, table->name);
    kept->n_columns = table->n_columns;
    if (!copy || !kept->name || (table->schema && !kept->schema))
        return error_memory(err);
    for (size_t i = 0; i < facts->n; i++) {
        copy[i] = facts->facts[i];
        if (copy[i].text && !(copy[i].text = arena_strdup(arena, copy[i].text)))
            return error_memory(err);
    }
    kept->facts = (struct facts){copy, facts->n};
    return PD_OK;
}

static pd_status
table_keep(struct opened_source *source, uint32_t number, struct arena *arena,
           struct facts_kept *kept, struct pd_error *err)
{
    const struct pd_table *table = &source->catalog->tables[number];
    struct kept_table *to = &kept->tables[kept->n];
    struct facts facts;
    bool any = false;
    pd_status status = PD_OK;

    to->has = arena_array(arena, bool, table->n_columns + 1);
    if (!to->has)
        return error_memory(err);
    for (uint32_t i = 0; i < table->n_columns && status == PD_OK; i++) {
        if (table->columns[i].generated)
            status = column_ask(source, number, i, &to->has[i], err);
        any = any || to->has[i];
    }
    if (status != PD_OK || !any)
        return status;
    status = facts_of(source, number, &facts, err);
    if (status == PD_OK)
        status = kept_copy(to, table, &facts, arena, err);
    kept->n += status == PD_OK;
    return status;
}

pd_status
facts_keep_computed(struct opened_source *source, struct arena *arena, struct facts_kept **ret_kept,
                    struct pd_error *err)
{
    const struct pd_catalog *catalog = source->catalog;
    struct facts_kept *kept = arena_alloc(arena, sizeof *kept);
    pd_status status = PD_OK;

    *ret_kept = NULL;
    if (!source->ops->facts || !source->ops->compute)
        return PD_OK;
    if (!kept || !(kept->tables = arena_array(arena, struct kept_table, catalog->n_tables + 1)))
        return error_memory(err);
    for (uint32_t i = 0; i < catalog->n_tables && status == PD_OK; i++)
        if (table_is_computed(&catalog->tables[i]))
            status = table_keep(source, i, arena, kept, err);
    *ret_kept = kept->n ? kept : NULL;
    return status;
}

/* All other columns were compared as rows. */
static pd_status
kept_compare(const struct ends *ends, const struct kept_table *kept, uint32_t a_table,
             uint32_t b_table)
{
    const struct pd_table *a = &ends->a->catalog->tables[a_table];
    const struct pd_table *b = &ends->b->catalog->tables[b_table];
    CLEANUP_FREE struct pd_column *columns = calloc(a->n_columns + 1, sizeof *columns);
    struct pd_table shown = *a;
    struct facts right;
    bool any = false;
    pd_status status = PD_OK;

    if (!columns)
        return error_memory(ends->err);
    for (uint32_t i = 0; i < a->n_columns && status == PD_OK; i++) {
        uint32_t at = kept->has[i] ? column_in(a, b, i) : PD_NO_COLUMN;
        bool there = false;

        columns[i] = a->columns[i];
        if (at != PD_NO_COLUMN)
            status = column_ask(ends->b, b_table, at, &there, ends->err);
        columns[i].generated = there ? PD_GENERATED_NO : PD_GENERATED_STORED;
        any = any || there;
    }
    if (status != PD_OK || !any)
        return status;
    shown.columns = columns;
    status = facts_of(ends->b, b_table, &right, ends->err);
    return status == PD_OK
               ? table_facts_compare(ends, a_table, &shown, &kept->facts, b_table, &right)
               : status;
}

pd_status
facts_verify_computed(struct opened_source *a, const struct facts_kept *kept,
                      struct opened_source *b, const struct opened_source *like,
                      struct report *report, struct pd_error *err)
{
    const struct ends ends = {.a = a, .b = b, .like = like, .report = report, .err = err};
    pd_status status = PD_OK;

    for (size_t i = 0; i < kept->n && status == PD_OK; i++) {
        const struct kept_table *table = &kept->tables[i];
        long at_a = schema_find_table(a->catalog, table->schema, table->name);
        long at_b = schema_find_table(b->catalog, table->schema, table->name);

        if (at_a >= 0 && at_b >= 0 && a->catalog->tables[at_a].n_columns == table->n_columns)
            status = kept_compare(&ends, table, (uint32_t)at_a, (uint32_t)at_b);
    }
    return status;
}
