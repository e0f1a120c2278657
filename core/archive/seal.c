// SPDX-License-Identifier: Apache-2.0
/* seal - a text archive after an edit by hand: its rows are read as they are, checked, counted and
   written anew under the same name. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/sink.h"
#include "archive/source.h"
#include "base/cancel.h"
#include "base/file.h"
#include "base/log.h"
#include "model/profile.h"
#include "model/schema.h"
#include "model/sortkey.h"

struct sealing {
    const char *path;
    struct pd_source *source;
    struct pd_sink *sink;
    const struct pd_catalog *catalog;
    bool check_order;
    struct buffer key;
    struct buffer last_key; /* of the row before */
    struct digest *digests; /* of a batch's rows */
    uint32_t digest_room;
    uint64_t n_changed;
};

/* Are the rows still in key order? */
static pd_status
check_order(struct sealing *sealing, const struct pd_table *table, const struct pd_batch *batch,
            struct pd_error *err)
{
    const struct pd_key *key = schema_order_key(table);

    for (uint32_t row = 0; row < batch->n_rows && sealing->check_order; row++) {
        struct buffer swap = sealing->last_key;
        size_t size;
        int order;

        buffer_clear(&sealing->key);
        sortkey_row(&sealing->key, table, key, batch, row, &sealing->digests[row]);
        if (sealing->key.failed)
            return error_memory(err);
        size = swap.size < sealing->key.size ? swap.size : sealing->key.size;
        order = size ? memcmp(swap.data, sealing->key.data, size) : 0;
        sealing->last_key = sealing->key;
        sealing->key = swap;
        if (order < 0 || (order == 0 && swap.size <= sealing->last_key.size))
            continue;
        sealing->check_order = false;
        directory_sink_set_unordered(sealing->sink);
        log_warning("rows of '%s' are no longer in key order, and the archive no longer says so",
                    schema_table_name(table));
    }
    return PD_OK;
}

static pd_status
seal_batch(struct sealing *sealing, const struct pd_table *table, struct tally *tally,
           const struct pd_batch *batch, struct pd_error *err)
{
    pd_status status;

    if (batch->n_rows > sealing->digest_room) {
        struct digest *grown = realloc(sealing->digests, batch->n_rows * sizeof *grown);

        if (!grown)
            return error_memory(err);
        sealing->digests = grown;
        sealing->digest_room = batch->n_rows;
    }
    status =
        tally_batch(tally, batch, sealing->source->ops, sealing->source, sealing->digests, err);
    if (status == PD_OK)
        status = check_order(sealing, table, batch, err);
    if (status == PD_OK)
        status = sealing->sink->ops->write(sealing->sink, batch, sealing->source->ops,
                                           sealing->source, NULL, err);
    return status;
}

static pd_status
seal_rows(struct sealing *sealing, uint32_t number, struct tally *tally, struct pd_error *err)
{
    const struct pd_table *table = &sealing->catalog->tables[number];
    struct pd_scan scan = {.struct_size = sizeof scan, .table = number, .n_parts = 1};
    pd_status status = sealing->source->ops->start(sealing->source, &scan, err);

    buffer_clear(&sealing->last_key);
    if (status == PD_OK)
        status = sealing->sink->ops->start(sealing->sink, &scan, 0, err);
    while (status == PD_OK) {
        const struct pd_batch *batch = NULL;

        if (cancel_wanted())
            return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
        status = sealing->source->ops->read(sealing->source, &batch, err);
        if (status != PD_OK)
            break;
        status = seal_batch(sealing, table, tally, batch, err);
        batch_release(batch);
    }
    return status == PD_DONE ? sealing->sink->ops->end(sealing->sink, err) : status;
}

/* Does the archive say of this table what was counted now? */
static bool
is_changed(struct sealing *sealing, uint32_t number, const struct pd_stats *stats)
{
    const struct pd_stats *before = NULL;
    pd_status status = sealing->source->ops->stats(sealing->source, number, &before, NULL);

    return status != PD_OK || before->n_rows != stats->n_rows ||
           before->digest_low != stats->digest_low || before->digest_high != stats->digest_high;
}

static pd_status
seal_table(struct sealing *sealing, uint32_t number, struct pd_error *err)
{
    CLEANUP(tally) struct tally *tally = NULL;
    struct pd_stats stats = {.struct_size = sizeof stats};
    pd_status status = tally_new(&sealing->catalog->tables[number], &tally, err);

    if (status == PD_OK)
        status = seal_rows(sealing, number, tally, err);
    if (status == PD_OK)
        status = tally_stats(tally, &stats, err);
    if (status == PD_OK)
        status = sealing->sink->ops->seal(sealing->sink, number, &stats, err);
    if (status == PD_OK && is_changed(sealing, number, &stats))
        sealing->n_changed++;
    return status;
}

static pd_status
open_target(struct sealing *sealing, struct pd_error *err)
{
    const struct manifest *manifest = sealing->source->manifest;
    struct pd_load load = {.struct_size = sizeof load, .catalog = sealing->catalog};
    struct sink_settings settings = {
        .path = strdup(sealing->path),
        .shape = FORMAT_DIRECTORY,
        .encoding = FORMAT_TEXT,
        .order = manifest->order,
        .recheck = true,
        .replace = true,
        .stamp_text = manifest->stamp ? strdup(manifest->stamp) : NULL,
    };
    pd_status status = settings.path && (settings.stamp_text || !manifest->stamp)
                           ? directory_sink_open(&settings, &sealing->sink, err)
                           : error_memory(err);

    sink_settings_free(&settings);
    if (manifest->schema_only)
        load.flags |= PD_LOAD_SCHEMA_ONLY;
    sealing->check_order = manifest->order == PD_ORDER_KEY;
    return status == PD_OK ? sealing->sink->ops->prepare(sealing->sink, &load, err) : status;
}

static pd_status
read_fd(void *arg, uint64_t at, void *bytes, size_t size, size_t *ret_size, struct pd_error *err)
{
    return file_read(*(const int *)arg, bytes, size, (int64_t)at, ret_size, FORMAT_REJECTS, err);
}

/* Why the rows were refused stays told. */
static pd_status
seal_rejects(struct sealing *sealing, struct pd_error *err)
{
    CLEANUP_FD int folder = -1;
    CLEANUP_FD int fd = -1;
    pd_status status;

    if (!sealing->source->manifest->has_rejects)
        return PD_OK;
    status = folder_open(sealing->path, &folder, err);
    if (status == PD_OK)
        status = file_open(folder, FORMAT_REJECTS, &fd, NULL, err);
    return status == PD_OK ? directory_sink_rejects(sealing->sink, read_fd, &fd,
                                                    sealing->source->manifest->unseen, err)
                           : status;
}

static pd_status
seal_all(struct sealing *sealing, struct pd_error *err)
{
    pd_status status = directory_source_open(sealing->path, SOURCE_LENIENT, &sealing->source, err);

    if (status != PD_OK)
        return status;
    if (sealing->source->manifest->encoding != FORMAT_TEXT)
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "'%s' has binary encoding; only a text archive can be edited and sealed",
                          sealing->path);
    status = sealing->source->ops->catalog(sealing->source, &sealing->catalog, err);
    if (status == PD_OK)
        status = open_target(sealing, err);
    for (uint32_t i = 0; status == PD_OK && i < sealing->catalog->n_tables; i++) {
        if (sealing->source->manifest->schema_only)
            break;
        status = seal_table(sealing, i, err);
        if (status != PD_OK)
            error_prefix(err, status, "table '%s'",
                         schema_table_name(&sealing->catalog->tables[i]));
    }
    if (status == PD_OK)
        status = seal_rejects(sealing, err);
    if (status == PD_OK)
        status = sealing->sink->ops->complete(sealing->sink, err);
    return status == PD_OK ? sealing->sink->ops->finish(sealing->sink, err) : status;
}

pd_status
archive_seal(const char *path, uint64_t *ret_changed, struct pd_error *err)
{
    struct sealing sealing = {.path = path};
    pd_status status = seal_all(&sealing, err);

    if (sealing.sink)
        sealing.sink->ops->close(sealing.sink);
    if (sealing.source)
        sealing.source->ops->close(sealing.source);
    buffer_free(&sealing.key);
    buffer_free(&sealing.last_key);
    free(sealing.digests);
    if (status == PD_OK)
        *ret_changed = sealing.n_changed;
    return status;
}
