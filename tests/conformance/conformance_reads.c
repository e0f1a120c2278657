// SPDX-License-Identifier: Apache-2.0
/* conformance_reads - many readers and writers of one table: ranges, facts, snapshots, parts. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ends.h"
#include "model/profile.h"
#include "model/schema.h"
#include "run/parts.h"

static struct world *
written(struct reader *reader, unsigned what)
{
    struct world *world = world_new(what);
    struct writing w = {.world = world, .url = quirks->place(0)};

    write_all(&w);
    reader_open(reader, w.url);
    return world;
}

/* ---- Ranges ---- */

static void
extent_of(struct reader *reader, uint32_t table, struct pd_extent *extent)
{
    *extent = (struct pd_extent){.struct_size = sizeof *extent};
    assert_ok(reader->ops->extent(reader->source, table, extent, &err));
}

/* One range after the other gives what the whole gives. */
static void
check_ranges(struct reader *reader, uint32_t table, const struct pd_extent *extent,
             uint32_t n_parts, const struct seen *whole)
{
    struct seen sum = {.table = whole->table};
    size_t n_columns = whole->table->n_columns;

    sum.cells = arena_array(reader->arena, struct seen_cell, (size_t)whole->n_rows * n_columns + 1);
    for (uint32_t part = 0; part < n_parts; part++) {
        struct pd_range range = parts_range(extent, n_parts, part);
        struct seen seen = seen_read(reader, reader->source, table, &range);

        assert_true(seen.n_rows <= whole->n_rows - sum.n_rows);
        if (seen.n_rows)
            memcpy(&sum.cells[sum.n_rows * n_columns], seen.cells,
                   seen.n_rows * n_columns * sizeof *seen.cells);
        sum.n_rows += seen.n_rows;
    }
    assert_same_rows(whole, &sum);
}

/* Bounds that stand where nothing is, and both at once. */
static void
check_odd_ranges(struct reader *reader, uint32_t table, const struct pd_extent *extent,
                 const struct seen *whole)
{
    struct pd_range range = {sizeof range, PD_RANGE_LOW | PD_RANGE_HIGH, extent->low, extent->low};

    assert_int_equal(seen_read(reader, reader->source, table, &range).n_rows, 0);
    range.high = extent->high;
    assert_true(seen_read(reader, reader->source, table, &range).n_rows < whole->n_rows);
    range.low = INT64_MIN;
    range.high = INT64_MAX;
    assert_int_equal(seen_read(reader, reader->source, table, &range).n_rows, whole->n_rows);
    range.flags = PD_RANGE_HIGH;
    range.high = extent->low;
    assert_int_equal(seen_read(reader, reader->source, table, &range).n_rows, 0);
}

void
ranges_cover_the_table_without_overlap(void **state)
{
    static const uint32_t parts[] = {1, 2, 3, 7};
    struct reader reader;
    struct world *world;
    struct pd_extent extent, empty;
    struct seen whole;
    uint32_t table;

    unless(quirks->no_source);
    unless(quirks->no_ranges);
    world = written(&reader, WORLD_MANY | WORLD_SHAPES);
    table = reader_table(&reader, "many");
    whole = seen_read(&reader, reader.source, table, NULL);
    extent_of(&reader, table, &extent);
    assert_int_equal(extent.n_rows, MANY_ROWS);
    assert_int_equal(whole.n_rows, MANY_ROWS);
    assert_true(extent.has_axis);
    assert_true(extent.low < extent.high);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        check_ranges(&reader, table, &extent, parts[i], &whole);
    check_odd_ranges(&reader, table, &extent, &whole);
    extent_of(&reader, reader_table(&reader, "empty"), &empty);
    assert_int_equal(empty.n_rows, 0);
    reader_close(&reader);
    world_free(world);
}

/* What the engine says to have handed out of a range that was just read. */
static uint64_t
rows_sent(struct reader *reader, const struct pd_scan *scan)
{
    const struct pd_fact *facts;
    size_t n;

    assert_ok(reader->ops->facts(reader->source, scan, PD_FACTS_COUNT, &facts, &n, &err));
    assert_int_equal(n, 1);
    assert_int_equal(facts[0].column, PD_NO_COLUMN);
    assert_int_equal(facts[0].id, PD_FACT_ROWS);
    return facts[0].low;
}

/* Rows as it has them, counted or not. */
static uint64_t
rough_extent(struct reader *reader, uint32_t table, uint64_t n_whole, struct pd_extent *extent)
{
    *extent = (struct pd_extent){
        .struct_size = sizeof *extent, .flags = PD_EXTENT_ROUGH_WILL_DO, .n_whole = n_whole};
    assert_ok(reader->ops->extent(reader->source, table, extent, &err));
    return extent->n_rows;
}

void
rough_extents_are_made_good_by_what_was_sent(void **state)
{
    struct reader reader;
    struct world *world;
    struct pd_extent extent;
    uint32_t table;
    uint64_t n_rows, n_sent = 0;

    unless(quirks->no_source);
    unless(quirks->no_ranges);
    unless(quirks->no_facts);
    world = written(&reader, WORLD_MANY);
    table = reader_table(&reader, "many");
    n_rows = rough_extent(&reader, table, MANY_ROWS / 4, &extent);
    if (extent.flags & PD_EXTENT_IS_ROUGH) {
        assert_true(n_rows >= MANY_ROWS / 4);
        assert_int_equal(rough_extent(&reader, table, MANY_ROWS / 4, &extent), n_rows);
        for (uint32_t part = 0; part < 5; part++) {
            struct pd_scan scan = {
                .struct_size = sizeof scan, .table = table, .range = parts_range(&extent, 5, part)};
            uint64_t n = seen_read(&reader, reader.source, table, &scan.range).n_rows;

            assert_int_equal(rows_sent(&reader, &scan), n);
            /* Asked again, it has to count. */
            assert_int_equal(rows_sent(&reader, &scan), n);
            n_sent += n;
        }
        assert_int_equal(n_sent, MANY_ROWS);
        rough_extent(&reader, table, MANY_ROWS + 1, &extent);
        assert_true(extent.n_rows <= MANY_ROWS);
    } else {
        assert_int_equal(extent.n_rows, MANY_ROWS);
    }
    reader_close(&reader);
    world_free(world);
}

/* ---- Facts ---- */

static struct tally *
tally_of(struct reader *reader, uint32_t table)
{
    struct pd_scan scan = {.struct_size = sizeof scan, .table = table};
    const struct pd_batch *batch;
    struct tally *tally;
    pd_status status;

    assert_ok(tally_new(&reader->catalog->tables[table], &tally, &err));
    assert_ok(reader->ops->start(reader->source, &scan, &err));
    while ((status = reader->ops->read(reader->source, &batch, &err)) == PD_OK) {
        assert_ok(tally_batch(tally, batch, reader->ops, reader->source, NULL, &err));
        batch_release(batch);
    }
    assert_int_equal(status, PD_DONE);
    return tally;
}

static void
compare(const struct pd_table *table, const struct pd_fact *facts, size_t n,
        const struct pd_stats *stats, bool deep)
{
    char first[512];
    size_t compared = 0;

    if (facts_compare(table, facts, n, stats->facts, stats->n_facts, &compared, first,
                      sizeof first))
        fail_msg("table '%s': %s", table->name, first);
    assert_true(compared >= (deep && stats->n_rows ? 1 + table->n_columns : 1));
}

static void
facts_by_range(struct reader *reader, uint32_t table, const struct pd_stats *stats)
{
    struct fact_set set = {0};
    struct pd_extent extent;

    extent_of(reader, table, &extent);
    if (!extent.has_axis)
        return;
    for (uint32_t part = 0; part < 3; part++) {
        struct pd_scan scan = {
            .struct_size = sizeof scan, .table = table, .range = parts_range(&extent, 3, part)};
        const struct pd_fact *facts;
        size_t n;

        assert_ok(reader->ops->facts(reader->source, &scan, PD_FACTS_ENGINE, &facts, &n, &err));
        assert_ok(facts_add(&set, facts, n, &err));
    }
    facts_known(&set);
    compare(&reader->catalog->tables[table], set.facts, set.n, stats, true);
    facts_free(&set);
}

void
facts_are_those_of_the_stream(void **state)
{
    struct reader reader;
    struct world *world;

    unless(quirks->no_source);
    unless(quirks->no_facts);
    world = written(&reader, WORLD_NASTY | WORLD_MANY | WORLD_SHAPES | WORLD_LONG);
    for (uint32_t i = 0; i < reader.catalog->n_tables; i++) {
        struct tally *tally = tally_of(&reader, i);
        struct pd_scan scan = {.struct_size = sizeof scan, .table = i};
        struct pd_stats stats = {.struct_size = sizeof stats};
        const struct pd_fact *facts;
        size_t n;

        assert_ok(tally_stats(tally, &stats, &err));
        for (int level = PD_FACTS_COUNT; level <= PD_FACTS_ENGINE; level++) {
            assert_ok(reader.ops->facts(reader.source, &scan, level, &facts, &n, &err));
            compare(&reader.catalog->tables[i], facts, n, &stats, level == PD_FACTS_ENGINE);
        }
        if (!quirks->no_facts_of_ranges)
            facts_by_range(&reader, i, &stats);
        tally_free(tally);
    }
    reader_close(&reader);
    world_free(world);
}

/* ---- One snapshot ---- */

enum { TURNS = 5, CHANGES = 12 };

struct watcher {
    const struct pd_source_ops *ops;
    struct pd_source *source;
    pthread_t thread;
    struct count counts[TURNS];
    struct pd_error error;
    pd_status status;
};

static void *
watch_main(void *arg)
{
    struct watcher *watcher = arg;

    for (int i = 0; i < TURNS && watcher->status == PD_OK; i++)
        watcher->status =
            count_all(watcher->ops, watcher->source, &watcher->counts[i], &watcher->error);
    return NULL;
}

static void
assert_watched(const struct watcher *watcher, const struct count *wanted)
{
    if (watcher->status != PD_OK)
        fail_msg("a twin: %s", watcher->error.text);
    for (int i = 0; i < TURNS; i++) {
        assert_int_equal(watcher->counts[i].n_rows, wanted->n_rows);
        assert_true(watcher->counts[i].hash == wanted->hash);
    }
}

static bool
share(struct reader *reader, struct watcher *watcher)
{
    pd_status status;

    *watcher = (struct watcher){.ops = reader->ops};
    status = reader->ops->share(reader->source, &watcher->source, &err);
    if (status == PD_UNSUPPORTED)
        return false;
    assert_ok(status);
    return true;
}

/* A new handle sees that something has changed, so that the others might have. */
static void
assert_changed(const char *url, const struct count *before)
{
    struct end *end = end_new(url, END_SOURCE, NULL);
    struct count now;

    assert_ok(count_url(end, NULL, &now, &err));
    end_free(end);
    assert_true(now.hash != before->hash);
}

static unsigned
watch_while_it_changes(const char *url, struct watcher *watchers, size_t n)
{
    unsigned n_done = 0;

    for (size_t i = 0; i < n; i++)
        assert_int_equal(pthread_create(&watchers[i].thread, NULL, watch_main, &watchers[i]), 0);
    for (unsigned i = 1; i < CHANGES && !quirks->no_changes; i++)
        n_done += quirks->change(url, i);
    for (size_t i = 0; i < n; i++)
        pthread_join(watchers[i].thread, NULL);
    return n_done;
}

void
twins_read_the_same_while_somebody_writes(void **state)
{
    struct world *world;
    struct writing w = {.url = quirks->place(0)};
    struct watcher watchers[3];
    struct reader reader;
    struct count wanted;
    size_t n = 1;
    unsigned n_done = 0;

    unless(quirks->no_source);
    unless(quirks->no_twin_sources);
    world = world_new(WORLD_MANY | WORLD_SMALL);
    w.world = world;
    write_all(&w);
    if (!quirks->no_changes)
        quirks->open_to_changes(w.url);
    reader_open(&reader, w.url);
    assert_true(share(&reader, &watchers[1]));
    n++;
    if (!quirks->no_changes)
        n_done += quirks->change(w.url, 0);
    assert_ok(count_all(reader.ops, watchers[1].source, &wanted, &err));
    watchers[0] = (struct watcher){.ops = reader.ops, .source = reader.source};
    n += share(&reader, &watchers[n]);
    n_done += watch_while_it_changes(w.url, watchers, n);
    for (size_t i = 0; i < n; i++)
        assert_watched(&watchers[i], &wanted);
    for (size_t i = n; i-- > 1;)
        reader.ops->close(watchers[i].source);
    reader_close(&reader);
    if (!quirks->no_changes) {
        assert_true(n_done > 0);
        assert_changed(w.url, &wanted);
    }
    world_free(world);
}

void
twins_write_parts_in_any_order(void **state)
{
    struct world *world;
    struct writing w = {.url = quirks->place(1)};
    struct count counts[2];
    struct end *end;
    uint32_t table = 0;

    unless(quirks->no_twin_sinks);
    world = world_new(WORLD_MANY | WORLD_SMALL);
    w.world = world;
    while (strcmp(world->tables[table].table.name, "many") != 0)
        table++;
    end = end_new(w.url, END_TARGET, NULL);
    assert_ok(write_by_twins(&w, end, table, &err));
    end_free(end);
    w.url = quirks->place(0);
    write_all(&w);
    for (unsigned i = 0; i < 2 && !quirks->no_source; i++) {
        end = end_new(quirks->place(i), END_SOURCE, NULL);
        assert_ok(count_url(end, NULL, &counts[i], &err));
        end_free(end);
    }
    if (!quirks->no_source) {
        assert_int_equal(counts[0].n_rows, counts[1].n_rows);
        assert_true(counts[0].hash == counts[1].hash);
    }
    world_free(world);
}
