// SPDX-License-Identifier: Apache-2.0
/* guard_source - the guards of a source. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/guard_batch.h"

/* What the core holds for a struct pd_source. */
struct guarded_source {
    struct guard *guard;
    struct pd_source *inner;
    const struct guarded_source *origin; /* NULL: it is no twin */
    const struct pd_catalog *catalog;    /* the plugin's, for the number of columns */
    size_t n_columns;                    /* of the table that is read; SIZE_MAX: not known */
};

static struct guarded_source *
guarded(struct pd_source *source)
{
    return (struct guarded_source *)(void *)source;
}

pd_status
guard_source_wrap(struct guard *guard, struct pd_source *inner, struct pd_source **ret_source,
                  struct pd_error *err)
{
    struct guarded_source *s = calloc(1, sizeof *s);

    if (!s) {
        guard->source.close(inner);
        return error_memory(err);
    }
    s->guard = guard;
    s->inner = inner;
    s->n_columns = SIZE_MAX;
    atomic_fetch_add(&guard->n_open, 1);
    atomic_fetch_add(&guard->n_opened, 1);
    *ret_source = (struct pd_source *)(void *)s;
    return PD_OK;
}

pd_status
guard_source_open(struct guard *guard, const struct pd_host *host, const struct pd_endpoint *end,
                  struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *inner = NULL;
    struct pd_error said = {0};
    pd_status status =
        guard_judge(guard, "open", 0, guard->source.open(host, end, &inner, &said), &said, err);

    if (status == PD_OK && !inner)
        return guard_blame(guard, err, "open() gave no handle");
    return status == PD_OK ? guard_source_wrap(guard, inner, ret_source, err) : status;
}

static void
source_close_guarded(struct pd_source *source)
{
    struct guarded_source *s = guarded(source);

    if (!s)
        return;
    s->guard->source.close(s->inner);
    atomic_fetch_sub(&s->guard->n_open, 1);
    free(s);
}

/* Is the size one that a struct of this ABI can have, with all up to the tables? Pointers are not
   cut in half. */
static bool
catalog_is_whole(const struct pd_catalog *catalog)
{
    return catalog->struct_size >=
               offsetof(struct pd_catalog, table_size) + sizeof catalog->table_size &&
           catalog->struct_size % _Alignof(struct pd_catalog) == 0;
}

static pd_status
source_catalog_guarded(struct pd_source *source, const struct pd_catalog **ret_catalog,
                       struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    const struct pd_catalog *catalog = NULL;
    struct pd_error said = {0};
    pd_status status = guard_judge(s->guard, "catalog", 0,
                                   s->guard->source.catalog(s->inner, &catalog, &said), &said, err);

    if (status != PD_OK)
        return status;
    if (!catalog)
        return guard_blame(s->guard, err, "catalog() gave no catalogue");
    if (!catalog_is_whole(catalog))
        return guard_blame(s->guard, err,
                           "catalog() gave a catalogue whose struct_size is %u, which is none",
                           catalog->struct_size);
    s->catalog = catalog;
    *ret_catalog = catalog;
    return PD_OK;
}

/* By the catalogue of the handle or its origin, which the core has adopted by now. */
static size_t
columns_of(const struct guarded_source *s, uint32_t table)
{
    while (!s->catalog && s->origin)
        s = s->origin;
    if (!s->catalog || table >= s->catalog->n_tables)
        return SIZE_MAX;
    return PD_AT(struct pd_table, s->catalog->tables, s->catalog->table_size, table)->n_columns;
}

static pd_status
source_start_guarded(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    struct pd_error said = {0};

    s->n_columns = columns_of(s, scan->table);
    return guard_judge(s->guard, "start", 0, s->guard->source.start(s->inner, scan, &said), &said,
                       err);
}

static pd_status
source_read_guarded(struct pd_source *source, const struct pd_batch **ret_batch,
                    struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    const struct pd_batch *batch = NULL;
    struct pd_error said = {0};
    pd_status status = guard_judge(s->guard, "read", GUARD_DONE,
                                   s->guard->source.read(s->inner, &batch, &said), &said, err);

    if (status != PD_OK)
        return guard_batch_lost(status, err);
    return guard_batch(s->guard, s->n_columns, batch, ret_batch, err);
}

static pd_status
source_share_guarded(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    struct pd_source *inner = NULL;
    struct pd_error said = {0};
    pd_status status = guard_judge(s->guard, "share", GUARD_UNSUPPORTED,
                                   s->guard->source.share(s->inner, &inner, &said), &said, err);

    if (status != PD_OK)
        return status;
    if (!inner)
        return guard_blame(s->guard, err, "share() gave no handle");
    if (inner == s->inner)
        return guard_blame(s->guard, err, "share() gave the handle that it was called on");
    status = guard_source_wrap(s->guard, inner, ret_twin, err);
    if (status == PD_OK)
        guarded(*ret_twin)->origin = s;
    return status;
}

static pd_status
source_extent_guarded(struct pd_source *source, uint32_t table, struct pd_extent *extent,
                      struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    struct pd_error said = {0};

    return guard_judge(s->guard, "extent", GUARD_UNSUPPORTED,
                       s->guard->source.extent(s->inner, table, extent, &said), &said, err);
}

static pd_status
facts_check(const struct guarded_source *s, const char *call, const struct pd_fact *facts, size_t n,
            size_t n_columns, struct pd_error *err)
{
    if (n && !facts)
        return guard_blame(s->guard, err, "%s() gave %zu facts, and no array of them", call, n);
    for (size_t i = 0; i < n; i++)
        if (facts[i].column >= n_columns && facts[i].column != PD_NO_COLUMN)
            return guard_blame(s->guard, err,
                               "%s() gave a fact of column %u, and the table has %zu", call,
                               facts[i].column, n_columns);
    return PD_OK;
}

static pd_status
source_facts_guarded(struct pd_source *source, const struct pd_scan *scan, int level,
                     const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    const struct pd_fact *facts = NULL;
    size_t n = 0;
    struct pd_error said = {0};
    pd_status status =
        guard_judge(s->guard, "facts", GUARD_UNSUPPORTED,
                    s->guard->source.facts(s->inner, scan, level, &facts, &n, &said), &said, err);

    if (status == PD_OK)
        status = facts_check(s, "facts", facts, n, columns_of(s, scan->table), err);
    if (status != PD_OK)
        return status;
    *ret_facts = facts;
    *ret_n_facts = n;
    return PD_OK;
}

static pd_status
source_read_long_guarded(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                         void *buffer, size_t size, struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    struct pd_error said = {0};

    return guard_judge(s->guard, "read_long", 0,
                       s->guard->source.read_long(s->inner, cell, offset, buffer, size, &said),
                       &said, err);
}

static pd_status
source_recheck_guarded(struct pd_source *source, struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    struct pd_error said = {0};

    return guard_judge(s->guard, "recheck", 0, s->guard->source.recheck(s->inner, &said), &said,
                       err);
}

static pd_status
source_stats_guarded(struct pd_source *source, uint32_t table, const struct pd_stats **ret_stats,
                     struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    const struct pd_stats *stats = NULL;
    struct pd_error said = {0};
    pd_status status =
        guard_judge(s->guard, "stats", GUARD_UNSUPPORTED,
                    s->guard->source.stats(s->inner, table, &stats, &said), &said, err);

    if (status != PD_OK)
        return status;
    if (!stats)
        return guard_blame(s->guard, err, "stats() gave none");
    status = facts_check(s, "stats", stats->facts, stats->n_facts, columns_of(s, table), err);
    if (status == PD_OK)
        *ret_stats = stats;
    return status;
}

/* A string that ends, within its buffer. */
static pd_status
text_check(const struct guarded_source *s, const char *call, const char *buffer, size_t size,
           struct pd_error *err)
{
    if (!memchr(buffer, 0, size))
        return guard_blame(s->guard, err, "%s() gave text that does not end", call);
    return PD_OK;
}

static pd_status
source_ask_guarded(struct pd_source *source, const char *sql, char *buffer, size_t size,
                   struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    struct pd_error said = {0};
    pd_status status;

    buffer[0] = 0;
    status = guard_judge(s->guard, "ask", GUARD_UNSUPPORTED,
                         s->guard->source.ask(s->inner, sql, buffer, size, &said), &said, err);
    return status == PD_OK ? text_check(s, "ask", buffer, size, err) : status;
}

static pd_status
source_compute_guarded(struct pd_source *source, uint32_t table, uint32_t column,
                       struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    struct pd_error said = {0};

    return guard_judge(s->guard, "compute", GUARD_UNSUPPORTED,
                       s->guard->source.compute(s->inner, table, column, &said), &said, err);
}

static pd_status
source_identity_guarded(struct pd_source *source, char *buffer, size_t size, struct pd_error *err)
{
    struct guarded_source *s = guarded(source);
    struct pd_error said = {0};
    pd_status status;

    buffer[0] = 0;
    status = guard_judge(s->guard, "identity", GUARD_UNSUPPORTED,
                         s->guard->source.identity(s->inner, buffer, size, &said), &said, err);
    return status == PD_OK ? text_check(s, "identity", buffer, size, err) : status;
}

const struct pd_source_ops guard_source_ops = {
    .struct_size = sizeof guard_source_ops,
    .catalog = source_catalog_guarded,
    .start = source_start_guarded,
    .read = source_read_guarded,
    .close = source_close_guarded,
    .share = source_share_guarded,
    .extent = source_extent_guarded,
    .facts = source_facts_guarded,
    .read_long = source_read_long_guarded,
    .recheck = source_recheck_guarded,
    .stats = source_stats_guarded,
    .ask = source_ask_guarded,
    .compute = source_compute_guarded,
    .identity = source_identity_guarded,
};
