// SPDX-License-Identifier: Apache-2.0
/* deferred - rows that wait for others are tried again. Every other round goes backwards, since
   parents may have come after their children; rows in a ring get in together or not at all. */
#include "run/deferred.h"

#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/cancel.h"
#include "run/parents.h"
#include "run/rings.h"
#include "run/saving.h"

enum { DEFERRED_BATCHES = 4 /* that this thread holds at once */ };

struct deferring {
    struct lanes *lanes;
    struct pd_source *source;
    struct pd_sink *sink;
    size_t *rows; /* room for all of the pile */
    uint32_t round;
    bool no_together; /* the sink takes rows only one by one */
};

/* What was written of a table by one part. */
struct part_count {
    uint32_t table;
    uint64_t n_written;
    uint64_t n_rejected;
    struct tally *written; /* NULL: not wanted */
};

static struct pile *
pile_of(const struct deferring *d)
{
    return d->lanes->rejects->pile;
}

/* ---- Rows of one table ---- */

static pd_status
write_batches(struct deferring *d, struct saving *saving, const size_t *rows, size_t n,
              struct pd_error *err)
{
    struct pile *pile = pile_of(d);
    const struct pd_table *table = &d->lanes->selection->catalog->tables[saving->table];
    struct pd_builder builder = {0};
    pd_status status = batch_builder_open(&builder, table, err);

    for (size_t at = 0, taken = 0; at < n && status == PD_OK; at += taken) {
        const struct pd_batch *batch;

        if (cancel_wanted())
            status = error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        if (status == PD_OK)
            status = rejects_batch(d->lanes->rejects, table, &builder, rows + at, n - at, &batch,
                                   &taken, err);
        saving->rows = rows + at;
        if (status == PD_OK)
            status = saving_batch(saving, batch, &pile_source_ops, (struct pd_source *)(void *)pile,
                                  err);
    }
    pd_builder_close(&builder);
    return status;
}

static pd_status
write_part(struct deferring *d, struct saving *saving, const size_t *rows, size_t n,
           struct pd_error *err)
{
    const struct lanes *lanes = d->lanes;
    uint32_t part = lanes->tables[saving->table].n_parts;
    const struct pd_scan scan = {
        .struct_size = sizeof scan, .table = saving->table, .n_parts = part + 1};
    pd_status status = lanes->sink_ops->start(d->sink, &scan, part, err);

    if (status == PD_OK)
        status = write_batches(d, saving, rows, n, err);
    return status == PD_OK ? lanes->sink_ops->end(d->sink, err) : status;
}

static void
count_part(struct deferring *d, const struct part_count *count)
{
    struct table_state *state = &d->lanes->tables[count->table];
    struct ledger_table *ledger = &d->lanes->report->tables[count->table];

    ledger->rows_written += count->n_written;
    ledger->rows_rejected += count->n_rejected;
    if (count->written && state->written)
        tally_merge(state->written, count->written);
}

/* The caller frees ret_count->written. */
static pd_status
try_rows(struct deferring *d, uint32_t table, const size_t *rows, size_t n,
         struct part_count *ret_count, struct pd_error *err)
{
    struct lanes *lanes = d->lanes;
    CLEANUP(fit) struct fit *fit = NULL;
    struct saving saving = {.lanes = lanes, .sink = d->sink, .table = table, .round = d->round};
    pd_status status = PD_OK;

    *ret_count = (struct part_count){.table = table};
    if (lanes->mapping)
        status = fit_new(lanes->mapping, lanes->selection, table, lanes->misfits, &fit, err);
    if (status == PD_OK)
        status = lanes_written(lanes, fit, table, &ret_count->written, err);
    saving.fit = fit;
    saving.written = ret_count->written;
    if (status == PD_OK)
        status = write_part(d, &saving, rows, n, err);
    ret_count->n_written = saving.n_written;
    ret_count->n_rejected = saving.n_rejected;
    return lanes_prefix(lanes, table, status, err);
}

/* ---- Rounds ---- */

static void
turn_round(size_t *rows, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        size_t row = rows[i];

        rows[i] = rows[n - 1 - i];
        rows[n - 1 - i] = row;
    }
}

/* Those of a table, all for which nobody knows whether they get in now. */
static size_t
list_waiting(struct deferring *d, uint32_t table)
{
    const struct pile *pile = pile_of(d);
    uint64_t n_waiting = pile_count(pile, table, PILE_WAITING);
    size_t n = 0;

    for (size_t i = 0; i < pile_size(pile) && n < n_waiting; i++) {
        if (pile_table(pile, i) == table && pile_state(pile, i) == PILE_WAITING)
            d->rows[n++] = i;
    }
    if (d->round % 2 == 0)
        turn_round(d->rows, n);
    return n;
}

/* Rows that are in, of the tables that a table's rows may wait for. */
static uint64_t
rows_waited_for(const struct deferring *d, uint32_t table)
{
    const struct rejects *rejects = d->lanes->rejects;
    const struct pd_table *t = &rejects->linked->tables[table];
    const struct ledger_table *ledgers = d->lanes->report->tables;
    bool any = rejects->hook || t->n_foreigns == 0;
    uint64_t n = 0;

    for (uint32_t i = 0; any && i < rejects->linked->n_tables; i++)
        n += ledgers[i].rows_written;
    for (size_t i = 0; !any && i < t->n_foreigns; i++) {
        uint32_t parent = parents_of(rejects->linked, t, &t->foreigns[i]);

        n += parent == PD_NO_TABLE ? 0 : ledgers[parent].rows_written;
    }
    return n;
}

/* Not again where nothing has come since it was in vain. */
static pd_status
try_table(struct deferring *d, uint32_t table, uint64_t *ret_written, struct pd_error *err)
{
    struct table_state *state = &d->lanes->tables[table];
    struct part_count count = {.table = table};
    uint64_t n_there = rows_waited_for(d, table);
    size_t n = state->was_vain && state->vain_rows == n_there ? 0 : list_waiting(d, table);
    pd_status status = PD_OK;

    if (n == 0)
        return PD_OK;
    status = try_rows(d, table, d->rows, n, &count, err);
    count_part(d, &count);
    tally_free(count.written);
    state->was_vain = count.n_written == 0;
    state->vain_rows = n_there;
    *ret_written += count.n_written;
    return status;
}

static pd_status
run_round(struct deferring *d, uint64_t *ret_written, struct pd_error *err)
{
    uint32_t n_tables = (uint32_t)d->lanes->selection->catalog->n_tables;
    pd_status status = PD_OK;

    *ret_written = 0;
    d->round++;
    for (uint32_t i = 0; i < n_tables && status == PD_OK; i++) {
        uint32_t place = d->round % 2 ? i : n_tables - 1 - i;
        uint32_t table = d->lanes->parents_first ? d->lanes->parents_first[place] : place;

        status = try_table(d, table, ret_written, err);
    }
    return status;
}

static pd_status
run_rounds(struct deferring *d, struct pd_error *err)
{
    uint64_t written = 1;
    pd_status status = PD_OK;

    while (status == PD_OK && written && pile_total(pile_of(d), PILE_WAITING))
        status = run_round(d, &written, err);
    return status;
}

/* ---- Rings ---- */

/* Rows of one table after the other, in the order of the list. *ret_n: how many parts[] were
   written. */
static pd_status
write_parts(struct deferring *d, const size_t *rows, size_t n, struct part_count *parts,
            size_t *ret_n, struct pd_error *err)
{
    const struct pile *pile = pile_of(d);
    pd_status status = PD_OK;

    *ret_n = 0;
    for (size_t at = 0, end; at < n && status == PD_OK; at = end) {
        uint32_t table = pile_table(pile, rows[at]);

        for (end = at + 1; end < n && pile_table(pile, rows[end]) == table;)
            end++;
        status = try_rows(d, table, rows + at, end - at, &parts[(*ret_n)++], err);
    }
    return status;
}

/* None of it is in. What was refused for another reason than what it points to stays so. */
static void
take_back(struct deferring *d, const size_t *rows, size_t n)
{
    struct pile *pile = pile_of(d);

    for (size_t i = 0; i < n; i++) {
        if (pile_state(pile, rows[i]) == PILE_DONE)
            pile_set_state(pile, rows[i], PILE_WAITING);
        else if (pile_state(pile, rows[i]) == PILE_REFUSED)
            d->lanes->report->tables[pile_table(pile, rows[i])].rows_rejected++;
    }
}

static pd_status
end_together(struct deferring *d, const size_t *rows, size_t n, bool all_in, bool *ret_saved,
             struct pd_error *err)
{
    int what = all_in ? PD_TOGETHER_END : PD_TOGETHER_UNDO;
    pd_status status = d->lanes->sink_ops->together(d->sink, what, err);

    *ret_saved = status == PD_OK && all_in;
    if (status == PD_OK || status == PD_FAILED) {
        if (!*ret_saved)
            take_back(d, rows, n);
        return PD_OK;
    }
    return status;
}

/* All of them, or none. */
static pd_status
try_together(struct deferring *d, const size_t *rows, size_t n, uint64_t *ret_written,
             struct pd_error *err)
{
    size_t n_tables = d->lanes->selection->catalog->n_tables, n_parts = 0;
    CLEANUP_FREE struct part_count *parts = calloc(n_tables + 1, sizeof *parts);
    uint64_t n_written = 0;
    bool is_saved = false;
    pd_status status = parts ? PD_OK : error_memory(err);

    if (status == PD_OK)
        status = d->lanes->sink_ops->together(d->sink, PD_TOGETHER_BEGIN, err);
    d->no_together = status == PD_UNSUPPORTED;
    if (status == PD_OK)
        status = write_parts(d, rows, n, parts, &n_parts, err);
    for (size_t i = 0; i < n_parts; i++)
        n_written += parts[i].n_written;
    if (status == PD_OK)
        status = end_together(d, rows, n, n_written == n, &is_saved, err);
    for (size_t i = 0; i < n_parts; i++) {
        if (is_saved)
            count_part(d, &parts[i]);
        tally_free(parts[i].written);
    }
    *ret_written += is_saved ? n : 0;
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

/* All rings at once, which is cheap and mostly enough, then ring after ring. */
static pd_status
try_rings(struct deferring *d, const struct rings *rings, uint64_t *ret_written,
          struct pd_error *err)
{
    size_t n = rings->ends[rings->n_rings - 1], begin = 0;
    pd_status status;

    memcpy(d->rows, rings->rows, n * sizeof *d->rows);
    qsort_r(d->rows, n, sizeof *d->rows, pile_compare, pile_of(d));
    status = try_together(d, d->rows, n, ret_written, err);
    if (status != PD_OK || *ret_written || rings->n_rings < 2)
        return status;
    for (size_t i = 0; i < rings->n_rings && status == PD_OK && !d->no_together; i++) {
        status = try_together(d, rings->rows + begin, rings->ends[i] - begin, ret_written, err);
        begin = rings->ends[i];
    }
    return status;
}

static pd_status
run_rings(struct deferring *d, uint64_t *ret_written, struct pd_error *err)
{
    struct rings rings;
    pd_status status;

    *ret_written = 0;
    if (d->no_together || !d->lanes->sink_ops->together || !pile_total(pile_of(d), PILE_WAITING))
        return PD_OK;
    d->round++;
    status = rings_find(d->lanes->rejects, &rings, err);
    if (status == PD_OK && rings.n_rings)
        status = try_rings(d, &rings, ret_written, err);
    rings_free(&rings);
    return status;
}

/* ---- All of it ---- */

static pd_status
refuse_waiting(struct deferring *d, struct pd_error *err)
{
    struct lanes *lanes = d->lanes;
    struct pile *pile = pile_of(d);

    if (!pile_total(pile, PILE_WAITING))
        return PD_OK;
    if (!lanes->rejects->asked)
        return rejects_fail(lanes->rejects, lanes->selection, err);
    for (size_t i = 0; i < pile_size(pile); i++) {
        if (pile_state(pile, i) != PILE_WAITING)
            continue;
        pile_set_state(pile, i, PILE_REFUSED);
        lanes->report->tables[pile_table(pile, i)].rows_rejected++;
    }
    return PD_OK;
}

static pd_status
end_tables(struct deferring *d, struct pd_error *err)
{
    struct lanes *lanes = d->lanes;
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < lanes->selection->catalog->n_tables && status == PD_OK; i++) {
        if (lanes->tables[i].is_late)
            status = lanes_prefix(lanes, i, lanes_end(lanes, d->source, d->sink, i, err), err);
    }
    return status;
}

static pd_status
run_all(struct deferring *d, struct pd_error *err)
{
    uint64_t saved = 1;
    pd_status status = PD_OK;

    while (saved && status == PD_OK) {
        uint64_t written = 0;

        status = run_rounds(d, err);
        if (status == PD_OK)
            status = run_rings(d, &written, err);
        saved = written;
    }
    if (status == PD_OK)
        status = refuse_waiting(d, err);
    return status == PD_OK ? end_tables(d, err) : status;
}

static pd_status
run_table(struct deferring *d, uint32_t table, struct pd_error *err)
{
    uint64_t written = 1;
    pd_status status = PD_OK;

    while (written && status == PD_OK && pile_count(pile_of(d), table, PILE_WAITING)) {
        written = 0;
        d->round++;
        status = try_table(d, table, &written, err);
    }
    return status;
}

pd_status
deferred_table(struct lanes *lanes, struct pd_sink *sink, uint32_t table, struct pd_error *err)
{
    struct deferring d = {.lanes = lanes, .sink = sink};
    int granted;
    pd_status status;

    if (!pile_count(lanes->rejects->pile, table, PILE_WAITING))
        return PD_OK;
    d.rows = calloc(pile_size(lanes->rejects->pile), sizeof *d.rows);
    if (!d.rows)
        return error_memory(err);
    granted = budget_grant(DEFERRED_BATCHES);
    status = run_table(&d, table, err);
    (void)budget_grant(granted);
    free(d.rows);
    return status;
}

pd_status
deferred_run(struct lanes *lanes, struct pd_source *source, struct pd_sink *sink,
             struct pd_error *err)
{
    struct deferring d = {.lanes = lanes, .source = source, .sink = sink};
    int granted;
    pd_status status;

    if (!pile_total(lanes->rejects->pile, PILE_WAITING))
        return PD_OK;
    d.rows = calloc(pile_size(lanes->rejects->pile), sizeof *d.rows);
    if (!d.rows)
        return error_memory(err);
    granted = budget_grant(DEFERRED_BATCHES);
    status = run_all(&d, err);
    (void)budget_grant(granted);
    free(d.rows);
    return status;
}
