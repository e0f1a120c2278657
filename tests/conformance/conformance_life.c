// SPDX-License-Identifier: Apache-2.0
/* conformance_life - the life of a handle: what it leaves behind, and what stays valid how long. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/cancel.h"
#include "ends.h"
#include "model/schema.h"

void
close_takes_null(void **state)
{
    struct end *end = end_new(quirks->place(0), END_TARGET, NULL);

    end->loaded->sink.close(NULL);
    if (!quirks->no_source)
        end->loaded->source.close(NULL);
    end_free(end);
}

/* ---- What is left behind ---- */

static void
assert_nothing_changed(char *before, const char *after_what)
{
    char *after = standing_now();

    if (strcmp(before, after) != 0)
        fail_msg("something changed after %s; before:\n%s\nafter:\n%s", after_what, before, after);
    free(before);
    free(after);
}

static void
stop_at(const struct world *world, enum stage stage)
{
    static const char *const names[] = {
        [STAGE_OPENED] = "open",     [STAGE_PREPARED] = "prepare", [STAGE_STARTED] = "start",
        [STAGE_WRITTEN] = "write",   [STAGE_SEALED] = "seal",      [STAGE_COMPLETED] = "complete",
        [STAGE_REVIEWED] = "review",
    };
    struct writing w = {.world = world, .url = quirks->place(0), .until = stage};
    struct end *end = end_new(w.url, END_TARGET, NULL);
    char *before = standing_now();

    if (quirks->tables_first)
        w.load_flags |= PD_LOAD_DATA_ONLY;
    assert_ok(write_world(&w, end, &err));
    end_free(end);
    assert_nothing_changed(before, names[stage]);
}

void
close_without_finish_leaves_nothing(void **state)
{
    struct world *world;

    unless(quirks->no_marks);
    world = world_new(WORLD_SMALL | WORLD_SHAPES | WORLD_MANY);
    write_tables(world, quirks->place(0));
    for (int stage = STAGE_OPENED; stage < STAGE_FINISHED; stage++)
        stop_at(world, (enum stage)stage);
    world_free(world);
}

void
open_changes_nothing(void **state)
{
    struct world *world;
    struct writing w = {.url = quirks->place(0)};

    unless(quirks->no_marks);
    world = world_new(WORLD_SHAPES);
    w.world = world;
    write_all(&w);
    if (quirks->tables_first)
        stop_at(world, STAGE_OPENED);
    world_free(world);
}

/* Without leave nothing takes the place of what is there. */
void
a_place_that_is_taken_is_left_alone(void **state)
{
    struct world *world;
    struct writing w = {.url = quirks->place(0)};
    struct end *end;
    char *before;

    unless(quirks->no_marks);
    world = world_new(WORLD_SHAPES);
    w.world = world;
    write_all(&w);
    before = standing_now();
    end = end_new(w.url, END_TARGET, NULL);
    if (quirks->tables_first) {
        w.until = STAGE_REVIEWED; /* it is asked for, but not finished */
        (void)!write_world(&w, end, &err);
    } else {
        assert_true(write_world(&w, end, &err) < 0);
        assert_int_equal(err.cause, PD_CAUSE_CONFLICT);
    }
    end_free(end);
    assert_nothing_changed(before, "a second run to the same place");
    world_free(world);
}

void
a_failing_long_cell_fails_the_run(void **state)
{
    struct world *world;
    struct writing w = {.url = quirks->place(0), .until = STAGE_FINISHED};
    struct end *end;
    pd_status status;
    char *before;

    unless(quirks->no_marks);
    world = world_new(WORLD_LONG);
    w.world = world;
    write_tables(world, w.url);
    w.load_flags = quirks->tables_first ? PD_LOAD_DATA_ONLY : 0;
    before = standing_now();
    end = end_new(w.url, END_TARGET, NULL);
    world_longs_fail = true;
    status = write_world(&w, end, &err);
    world_longs_fail = false;
    end_free(end);
    assert_true(status < 0);
    assert_string_equal(w.call, "write");
    assert_int_equal(err.cause, PD_CAUSE_IO);
    assert_nothing_changed(before, "a failure of read_long()");
    world_free(world);
}

void
cancelling_ends_a_run(void **state)
{
    struct world *world = world_new(WORLD_SMALL);
    struct writing w = {.world = world, .url = quirks->place(0), .until = STAGE_FINISHED};
    struct end *end;
    struct count count;
    pd_status status;
    char *before;

    write_tables(world, w.url);
    w.load_flags = quirks->tables_first ? PD_LOAD_DATA_ONLY : 0;
    before = standing_now();
    end = end_new(w.url, END_TARGET, NULL);
    cancel_request(0);
    status = write_world(&w, end, &err);
    cancel_reset();
    assert_true(status < 0);
    assert_int_equal(err.cause, PD_CAUSE_CANCELLED);
    assert_nothing_changed(before, "cancelling");
    end_free(end);
    if (!quirks->no_source) {
        quirks->clear();
        write_all(&w);
        end = end_new(w.url, END_SOURCE, NULL);
        cancel_request(0);
        status = count_url(end, NULL, &count, &err);
        cancel_reset();
        end_free(end);
        assert_true(status < 0);
        assert_int_equal(err.cause, PD_CAUSE_CANCELLED);
    }
    world_free(world);
}

/* ---- What stays valid ---- */

static uint64_t
hash_text(uint64_t seed, const char *text)
{
    return XXH3_64bits_withSeed(text ? text : "", text ? strlen(text) : 0, seed + (text != NULL));
}

static uint64_t
hash_table(uint64_t hash, const struct pd_table *table)
{
    hash = hash_text(hash_text(hash, table->name), table->native_sql);
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct pd_column *column =
            PD_AT(struct pd_column, table->columns, table->column_size, i);

        hash = hash_text(hash_text(hash, column->name), column->native) + column->type.kind;
        hash = hash_text(hash, column->default_text) + column->type.n_labels;
        for (size_t k = 0; k < column->type.n_labels; k++)
            hash = hash_text(hash, column->type.labels[k]);
    }
    for (size_t i = 0; i < table->n_keys; i++) {
        const struct pd_key *key = PD_AT(struct pd_key, table->keys, table->key_size, i);

        hash = hash_text(hash, key->name) + key->n_parts;
        for (size_t k = 0; k < key->n_parts; k++)
            hash += (uint64_t)(uint32_t)PD_AT(struct pd_key_part, key->parts, key->part_size, k)
                        ->column *
                    (k + 3);
    }
    return hash;
}

static uint64_t
hash_catalog(const struct pd_catalog *catalog)
{
    uint64_t hash = hash_text(catalog->n_tables, catalog->engine);

    for (size_t i = 0; i < catalog->n_tables; i++)
        hash = hash_table(hash, PD_AT(struct pd_table, catalog->tables, catalog->table_size, i));
    return hash;
}

static struct world *
written_world(struct reader *reader, unsigned what)
{
    struct world *world = world_new(what);
    struct writing w = {.world = world, .url = quirks->place(0)};

    write_all(&w);
    reader_open(reader, w.url);
    return world;
}

void
the_catalogue_is_valid_until_close(void **state)
{
    struct reader reader;
    struct world *world;
    const struct pd_catalog *catalog, *again;
    struct count count;
    uint64_t hash;

    unless(quirks->no_source);
    world = written_world(&reader, WORLD_SMALL | WORLD_SHAPES);
    assert_ok(reader.ops->catalog(reader.source, &catalog, &err));
    hash = hash_catalog(catalog);
    assert_ok(count_all(reader.ops, reader.source, &count, &err));
    if (reader.ops->share) {
        struct pd_source *twin = NULL;

        if (reader.ops->share(reader.source, &twin, &err) == PD_OK) {
            assert_ok(count_all(reader.ops, twin, &count, &err));
            reader.ops->close(twin);
        }
    }
    assert_ok(reader.ops->catalog(reader.source, &again, &err));
    assert_true(hash_catalog(catalog) == hash);
    assert_true(hash_catalog(again) == hash);
    reader_close(&reader);
    world_free(world);
}

static const struct pd_batch *
first_batch(struct reader *reader, uint32_t table)
{
    struct pd_scan scan = {.struct_size = sizeof scan, .table = table};
    const struct pd_batch *batch;

    assert_ok(reader->ops->start(reader->source, &scan, &err));
    assert_ok(reader->ops->read(reader->source, &batch, &err));
    return batch;
}

static void *
release_main(void *batch)
{
    batch_release(batch);
    return NULL;
}

static void
release_elsewhere(const struct pd_batch *batch)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, release_main, (void *)(uintptr_t)batch), 0);
    pthread_join(thread, NULL);
}

/* Also when its source goes on, or is closed already; until then it does not change. */
void
a_batch_is_released_by_another_thread(void **state)
{
    struct reader reader;
    struct world *world;
    const struct pd_batch *first, *second;
    const struct pd_table *table;
    struct cell before, after;
    long column;

    unless(quirks->no_source);
    world = written_world(&reader, WORLD_MANY);
    table = &reader.catalog->tables[reader_table(&reader, "many")];
    column = schema_find_column(table, "name");
    assert_true(column >= 0);
    first = first_batch(&reader, reader_table(&reader, "many"));
    before = batch_cell(&table->columns[column].type, batch_vector(first, (uint32_t)column), 0);
    assert_ok(reader.ops->read(reader.source, &second, &err));
    after = batch_cell(&table->columns[column].type, batch_vector(first, (uint32_t)column), 0);
    assert_true(before.bytes == after.bytes);
    assert_memory_equal(after.bytes, "row 0 ", 6);
    release_elsewhere(first);
    reader.ops->close(reader.source);
    reader.source = NULL;
    release_elsewhere(second);
    reader_close(&reader);
    world_free(world);
}

void
start_drops_what_was_begun(void **state)
{
    struct reader reader;
    struct world *world;
    uint32_t table;
    struct seen seen;

    unless(quirks->no_source);
    unless(quirks->no_second_scan);
    world = written_world(&reader, WORLD_SMALL);
    table = reader_table(&reader, "many");
    batch_release(first_batch(&reader, table));
    seen = seen_read(&reader, reader.source, reader_table(&reader, "d_text"), NULL);
    assert_true(seen.n_rows > 0);
    batch_release(first_batch(&reader, table));
    seen = seen_read(&reader, reader.source, table, NULL);
    assert_int_equal(seen.n_rows, world_find(world, "many")->n_rows);
    reader_close(&reader);
    world_free(world);
}

/* ---- Two at once ---- */

struct parallel {
    struct writing w;
    struct end *end;
    struct pd_error error;
    pd_status status;
};

static void *
parallel_main(void *arg)
{
    struct parallel *p = arg;

    p->status = write_world(&p->w, p->end, &p->error);
    return NULL;
}

static void
write_in_parallel(const struct world *world)
{
    struct parallel two[2] = {0};
    pthread_t threads[2];

    for (unsigned i = 0; i < 2; i++) {
        const char *url = quirks->place(i);

        write_tables(world, url);
        two[i].w = (struct writing){.world = world, .until = STAGE_FINISHED};
        two[i].w.load_flags = quirks->tables_first ? PD_LOAD_DATA_ONLY : 0;
        two[i].end = end_new(url, END_TARGET, NULL);
    }
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, parallel_main, &two[i]), 0);
    for (unsigned i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        end_free(two[i].end);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (two[i].status != PD_OK)
            fail_msg("%s: %s", two[i].w.call, two[i].error.text);
    }
}

void
two_handles_know_nothing_of_each_other(void **state)
{
    struct world *world = world_new(WORLD_SMALL | WORLD_MANY | WORLD_SHAPES);
    struct count counts[2];

    write_in_parallel(world);
    for (unsigned i = 0; i < 2 && !quirks->no_source; i++) {
        struct end *end = end_new(quirks->place(i), END_SOURCE, NULL);

        assert_ok(count_url(end, NULL, &counts[i], &err));
        end_free(end);
    }
    if (!quirks->no_source) {
        assert_true(counts[0].n_rows >= MANY_ROWS);
        assert_int_equal(counts[0].n_rows, counts[1].n_rows);
        assert_true(counts[0].hash == counts[1].hash);
    }
    world_free(world);
}
