// SPDX-License-Identifier: Apache-2.0
/* scan - the rows of a table as checked and counted batches in the wanted order. */
#include "run/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "model/schema.h"
#include "model/sortkey.h"
#include "run/sort.h"

struct scan {
    const struct pd_source_ops *ops;
    struct pd_source *source;
    const struct pd_table *table;
    struct tally *tally;
    struct tally *own_tally;        /* for the digests that a sort needs, when nobody counts */
    const struct pd_key *check_key; /* the source says that it is in this order: check it */
    struct buffer last_key;
    struct buffer key;
    struct sorter *sorter; /* NULL: the source's order is as wanted */
    bool sorted;
    struct digest *digests; /* of the rows of one batch, for the sorter */
    uint32_t digest_room;
};

/* Rows that claim to be in key order must not fall back. */
static pd_status
scan_check_order(struct scan *scan, const struct pd_batch *batch, struct pd_error *err)
{
    static const struct digest none = {0, 0};

    for (uint32_t row = 0; row < batch->n_rows; row++) {
        struct buffer swap = scan->last_key;
        size_t common;
        int order;

        buffer_clear(&scan->key);
        sortkey_row(&scan->key, scan->table, scan->check_key, batch, row, &none);
        if (scan->key.failed)
            return error_memory(err);
        common = scan->key.size < swap.size ? scan->key.size : swap.size;
        order = common ? memcmp(swap.data, scan->key.data, common) : 0;
        if (order > 0 || (order == 0 && swap.size > scan->key.size))
            return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                              "the source said that its rows are in key order, and they are not");
        scan->last_key = scan->key;
        scan->key = swap;
    }
    return PD_OK;
}

/* A batch as the source gives it, checked; digests may be wanted. */
static pd_status
scan_read(struct scan *scan, const struct pd_batch **ret_batch, struct pd_error *err)
{
    const struct pd_batch *batch = NULL;
    pd_status status;

    if (cancel_wanted())
        return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
    status = scan->ops->read(scan->source, &batch, err);
    if (status != PD_OK)
        return status;
    status = batch_check(scan->table, batch, err);
    if (status == PD_OK && scan->sorter && batch->n_rows > scan->digest_room) {
        struct digest *grown = realloc(scan->digests, batch->n_rows * sizeof *grown);

        if (!grown)
            status = error_memory(err);
        else
            scan->digests = grown, scan->digest_room = batch->n_rows;
    }
    if (status == PD_OK && scan->tally)
        status = tally_batch(scan->tally, batch, scan->ops, scan->source, scan->digests, err);
    if (status == PD_OK && scan->check_key)
        status = scan_check_order(scan, batch, err);
    if (status != PD_OK) {
        batch_release(batch);
        return status;
    }
    *ret_batch = batch;
    return PD_OK;
}

static pd_status
scan_sort(struct scan *scan, struct pd_error *err)
{
    const struct pd_batch *batch;
    pd_status status;

    while ((status = scan_read(scan, &batch, err)) == PD_OK) {
        status = sorter_add(scan->sorter, batch, scan->digests, scan->ops, scan->source, err);
        batch_release(batch);
        if (status != PD_OK)
            return status;
    }
    if (status != PD_DONE)
        return status;
    scan->sorted = true;
    return sorter_finish(scan->sorter, err);
}

pd_status
scan_next(struct scan *scan, const struct pd_batch **ret_batch, struct pd_error *err)
{
    pd_status status;

    if (!scan->sorter)
        return scan_read(scan, ret_batch, err);
    if (!scan->sorted) {
        status = scan_sort(scan, err);
        if (status != PD_OK)
            return status;
    }
    return sorter_next(scan->sorter, ret_batch, err);
}

void
scan_long_source(const struct scan *scan, const struct pd_source_ops **ret_ops,
                 struct pd_source **ret_source)
{
    *ret_ops = scan->sorter ? &sorter_source_ops : scan->ops;
    *ret_source = scan->sorter ? (struct pd_source *)scan->sorter : scan->source;
}

pd_status
scan_open(const struct pd_source_ops *ops, struct pd_source *source, const struct pd_table *table,
          const struct pd_scan *request, struct tally *tally, int temporary_folder,
          struct scan **ret_scan, struct pd_error *err)
{
    CLEANUP(scan) struct scan *scan = calloc(1, sizeof *scan);
    struct pd_scan at_source = *request;
    bool natural = table->flags & PD_TABLE_KEY_ORDER;
    pd_status status = PD_OK;

    if (!scan)
        return error_memory(err);
    scan->ops = ops;
    scan->source = source;
    scan->table = table;
    scan->tally = tally;
    if (request->order == PD_ORDER_KEY && natural) {
        scan->check_key = schema_order_key(table);
    } else if (request->order == PD_ORDER_KEY) {
        at_source.order = PD_ORDER_SOURCE;
        status = sorter_new(table, temporary_folder, 0, &scan->sorter, err);
        if (status == PD_OK && !tally)
            status = tally_new(table, &scan->own_tally, err);
        if (!tally)
            scan->tally = scan->own_tally;
    }
    if (status == PD_OK)
        status = ops->start(source, &at_source, err);
    if (status != PD_OK)
        return status;
    *ret_scan = take(scan);
    return PD_OK;
}

void
scan_close(struct scan *scan)
{
    if (!scan)
        return;
    sorter_free(scan->sorter);
    tally_free(scan->own_tally);
    buffer_free(&scan->last_key);
    buffer_free(&scan->key);
    free(scan->digests);
    free(scan);
}
