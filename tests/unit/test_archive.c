// SPDX-License-Identifier: Apache-2.0
/* test_archive - what is written comes back, whatever the shape, the encoding and the number of
   lanes. */
#include "archive_rows.h"

static const struct table_plan mixed[] = {
    {"few", 7, 2},
    {"none", 0, 1},
    {"many", 9000, 3, 1000},  /* parts of 3 MB: packs of their own */
    {"medium", 2500, 4, 400}, /* parts of 250 KB: shared packs */
    {"long", 3, 1, 100, true},
    {"last", 40, 1},
};
static const struct table_plan tiny[] = {{"a", 3, 1}, {"b", 2, 2, 5}};

static const char *const text_flags[] = {"text", NULL, "order", "key", NULL};
static const char *const stream_flags[] = {"stream", NULL, NULL};
static const char *const stamp_flags[] = {"stamp", NULL, NULL};
static const char *const replace_flags[] = {"replace", NULL, NULL};

static char *folder; /* of the test that runs */

static int
set_up(void **state)
{
    folder = scratch_folder();
    return 0;
}

static int
tear_down(void **state)
{
    scratch_remove(folder);
    assert_int_equal(host_allocated(), 0);
    return 0;
}

/* ---- What comes back ---- */

static void
check_catalog(struct pd_source *source)
{
    const struct pd_catalog *catalog = NULL;
    struct pd_error err;

    assert_ok(archive_plugin.source->catalog(source, &catalog, &err));
    assert_int_equal(catalog->n_tables, COUNT_OF(mixed));
    for (size_t i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        assert_string_equal(table->name, mixed[i].name);
        assert_int_equal(table->n_columns, 2);
        assert_string_equal(table->columns[1].name, "body");
        assert_string_equal(table->columns[1].native, "LONG STUFF");
        assert_int_equal(table->columns[1].type.kind,
                         mixed[i].body ? PD_KIND_BINARY : PD_KIND_TEXT);
    }
    assert_int_equal(catalog->n_sequences, 1);
    assert_int_equal(catalog->sequences[0].counter.next, 77);
    assert_int_equal(catalog->n_objects, 1);
    assert_string_equal(catalog->objects[0].name, "all things");
    assert_string_equal(catalog->objects[0].sql, "CREATE VIEW \"all things\" AS SELECT 'x\ny'");
    assert_int_equal(catalog->n_properties, 3);
    assert_string_equal(catalog->properties[0].value, "7");
    assert_int_equal(catalog->properties[0].is_note, 0);
    assert_string_equal(catalog->properties[1].name, "lost");
    assert_int_equal(catalog->properties[1].is_note, PD_NOTE);
    assert_string_equal(catalog->properties[2].name, "lost elsewhere");
    assert_int_equal(catalog->properties[2].is_note, PD_NOTE_ELSEWHERE);
    assert_string_equal(catalog->engine, "memory");
    assert_string_equal(catalog->application, "shop");
    assert_string_equal(catalog->application_version, "2.5");
}

static void
check_back(const char *name, const char *const *flags, const char *shape, const char *encoding)
{
    struct archive_identity written =
        write_archive(mixed, COUNT_OF(mixed), below(folder, name), flags);
    struct archive_identity read;
    struct pd_source *source = NULL;
    struct pd_error err;

    assert_ok(source_for(below(folder, name), &source, &err));
    check_catalog(source);
    assert_ok(verify(source, &err));
    assert_ok(archive_identify(source, &read, &err));
    assert_string_equal(read.content_id, written.content_id);
    assert_string_equal(read.shape, shape);
    assert_string_equal(read.encoding, encoding);
    assert_string_equal(read.format, "1.0");
    assert_int_equal(read.n_rows, 7 + 9000 + 2500 + 3 + 40);
    assert_int_equal(read.n_tables, COUNT_OF(mixed));
    assert_int_equal(read.n_blocks, written.n_blocks);
    assert_int_equal(read.n_bytes, written.n_bytes);
    assert_null(read.stamp);
    assert_ok(archive_check_files(source, &err));
    archive_plugin.source->close(source);
}

static void
test_a_folder_comes_back(void **state)
{
    check_back("a", NULL, "directory", "binary");
    assert_int_equal(count_files(folder), 1);
}

static void
test_a_stream_comes_back(void **state)
{
    check_back("a", stream_flags, "stream", "binary");
    check_back("b.polydump", NULL, "stream", "binary");
}

static void
test_text_comes_back(void **state)
{
    check_back("a", text_flags, "directory", "text");
}

static void
test_the_content_id_is_that_of_the_data(void **state)
{
    struct archive_identity a = write_archive(mixed, COUNT_OF(mixed), below(folder, "a"), NULL);
    struct archive_identity b =
        write_archive(mixed, COUNT_OF(mixed), below(folder, "b"), stream_flags);
    struct archive_identity c =
        write_archive(mixed, COUNT_OF(mixed), below(folder, "c"), text_flags);
    struct archive_identity d = write_archive(tiny, COUNT_OF(tiny), below(folder, "d"), NULL);

    assert_string_equal(a.content_id, b.content_id);
    assert_string_equal(a.content_id, c.content_id);
    assert_string_not_equal(a.content_id, d.content_id);
}

static void
test_a_long_cell_is_read_anywhere(void **state)
{
    static const char *const *const shapes[] = {NULL, stream_flags};
    static const uint64_t offsets[] = {0, 1, PD_LONG_SLICE - 3, 3 * PD_LONG_SLICE,
                                       LONG_BYTES - 100};
    const struct pd_source_ops *ops = archive_plugin.source;

    for (size_t shape = 0; shape < 2; shape++) {
        const char *path = below(folder, shape ? "b" : "a");
        struct pd_scan scan = {.struct_size = sizeof scan, .table = 4};
        const struct pd_batch *batch = NULL;
        struct pd_source *source = NULL;
        const struct pd_long *cell;
        uint8_t bytes[100];
        struct pd_error err;

        write_archive(mixed, COUNT_OF(mixed), path, shapes[shape]);
        assert_ok(source_for(path, &source, &err));
        assert_ok(ops->start(source, &scan, &err));
        assert_ok(ops->read(source, &batch, &err));
        assert_int_equal(batch->n_rows, 2);
        batch_release(batch);
        assert_ok(ops->read(source, &batch, &err));
        assert_int_equal(batch_vector(batch, 1)->n_longs, 1);
        cell = &batch_vector(batch, 1)->longs[0];
        assert_int_equal(cell->size, LONG_BYTES);
        for (size_t i = COUNT_OF(offsets); i-- > 0;) {
            assert_ok(ops->read_long(source, cell, offsets[i], bytes, sizeof bytes, &err));
            for (size_t k = 0; k < sizeof bytes; k++)
                assert_int_equal(bytes[k], body_byte(2, offsets[i] + k));
        }
        assert_true(ops->read_long(source, cell, LONG_BYTES - 99, bytes, 100, &err) < 0);
        batch_release(batch);
        assert_int_equal(ops->read(source, &batch, &err), PD_DONE);
        ops->close(source);
    }
}

static void
test_parts_can_be_read_apart_by_twins(void **state)
{
    const struct pd_source_ops *ops = archive_plugin.source;
    struct pd_source *source = NULL, *twin = NULL;
    const struct pd_catalog *catalog = NULL;
    struct pd_extent extent = {.struct_size = sizeof extent};
    struct pd_stats found = {.struct_size = sizeof found};
    const struct pd_stats *known = NULL;
    struct tally *tally = NULL;
    struct pd_error err;

    write_archive(mixed, COUNT_OF(mixed), below(folder, "a"), NULL);
    assert_ok(source_for(below(folder, "a"), &source, &err));
    assert_ok(ops->share(source, &twin, &err));
    assert_ok(ops->catalog(source, &catalog, &err));
    assert_ok(ops->extent(source, 3, &extent, &err));
    assert_true(extent.has_axis);
    assert_int_equal(extent.n_rows, 2500);
    assert_int_equal(extent.low, 0);
    assert_int_equal(extent.high, 3);
    assert_ok(tally_new(&catalog->tables[3], &tally, &err));
    assert_ok(read_table(source, &catalog->tables[3], 3, 3, 9, tally, &err));
    assert_ok(read_table(twin, &catalog->tables[3], 3, -5, 1, tally, &err));
    assert_ok(read_table(twin, &catalog->tables[3], 3, 2, 3, tally, &err));
    assert_ok(read_table(source, &catalog->tables[3], 3, 1, 2, tally, &err));
    assert_ok(tally_stats(tally, &found, &err));
    assert_ok(ops->stats(twin, 3, &known, &err));
    assert_int_equal(found.n_rows, known->n_rows);
    assert_true(found.digest_low == known->digest_low && found.digest_high == known->digest_high);
    tally_free(tally);
    ops->close(twin);
    ops->close(source);
}

static void
test_facts_are_those_of_the_stream(void **state)
{
    const struct pd_source_ops *ops = archive_plugin.source;
    struct pd_source *source = NULL;
    const struct pd_fact *facts = NULL;
    struct pd_scan scan = {.struct_size = sizeof scan, .table = 2};
    size_t n = 0;
    struct pd_error err;

    write_archive(mixed, COUNT_OF(mixed), below(folder, "a"), NULL);
    assert_ok(source_for(below(folder, "a"), &source, &err));
    assert_ok(ops->facts(source, &scan, PD_FACTS_COUNT, &facts, &n, &err));
    assert_int_equal(n, 1);
    assert_int_equal(facts[0].id, PD_FACT_ROWS);
    assert_int_equal(facts[0].low, 9000);
    assert_ok(ops->facts(source, &scan, PD_FACTS_ENGINE, &facts, &n, &err));
    assert_true(n > 4);
    ops->close(source);
}

/* ---- The same bytes ---- */

struct crowd {
    struct database *db;
    struct pd_sink *origin;
    pthread_mutex_t lock;
    uint32_t table, part; /* the next unit */
    uint32_t left[MAX_TABLES];
};

static void *
crowd_member(void *arg)
{
    struct crowd *crowd = arg;
    struct pd_sink *sink = NULL;
    struct pd_error err;

    pthread_mutex_lock(&crowd->lock);
    assert_ok(archive_plugin.sink->share(crowd->origin, &sink, &err));
    while (crowd->table < crowd->db->n) {
        uint32_t table = crowd->table, part = crowd->part++;

        if (crowd->part == crowd->db->plans[table].n_parts) {
            crowd->table++;
            crowd->part = 0;
        }
        pthread_mutex_unlock(&crowd->lock);
        unit_start(crowd->db, sink, table, part);
        unit_rows(crowd->db, sink, table, part);
        pthread_mutex_lock(&crowd->lock);
        if (--crowd->left[table] == 0)
            table_seal(crowd->db, sink, table);
    }
    archive_plugin.sink->close(sink);
    pthread_mutex_unlock(&crowd->lock);
    return NULL;
}

static void
write_by_threads(const char *path, unsigned n)
{
    struct crowd crowd = {.origin = sink_for(path, NULL)};
    pthread_t threads[8];
    struct database db;
    struct pd_error err;

    database_init(&db, mixed, COUNT_OF(mixed));
    crowd.db = &db;
    pthread_mutex_init(&crowd.lock, NULL);
    for (size_t i = 0; i < db.n; i++)
        crowd.left[i] = mixed[i].n_parts;
    assert_ok(prepare(&db, crowd.origin, 0, &err));
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_member, &crowd), 0);
    for (unsigned i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    publish(crowd.origin, NULL);
    pthread_mutex_destroy(&crowd.lock);
    database_free(&db);
}

/* Every table from the last to the first, its parts too, and tables sealed at the very end. */
static void
write_backwards(const char *path, const struct table_plan *plans, size_t n)
{
    struct pd_sink *sink = sink_for(path, NULL), *twin = NULL;
    struct database db;
    struct pd_error err;

    database_init(&db, plans, n);
    assert_ok(prepare(&db, sink, 0, &err));
    assert_ok(archive_plugin.sink->share(sink, &twin, &err));
    for (uint32_t table = (uint32_t)n; table-- > 0;) {
        for (uint32_t part = plans[table].n_parts; part-- > 0;) {
            unit_start(&db, twin, table, part);
            unit_rows(&db, twin, table, part);
        }
    }
    for (uint32_t table = (uint32_t)n; table-- > 0;)
        table_seal(&db, sink, table);
    archive_plugin.sink->close(twin);
    publish(sink, NULL);
    database_free(&db);
}

static void
test_lanes_do_not_show_in_the_bytes(void **state)
{
    uint64_t wanted;

    write_archive(mixed, COUNT_OF(mixed), below(folder, "a"), NULL);
    wanted = folder_hash(below(folder, "a"));
    write_by_threads(below(folder, "b"), 2);
    assert_true(folder_hash(below(folder, "b")) == wanted);
    write_by_threads(below(folder, "c"), 8);
    assert_true(folder_hash(below(folder, "c")) == wanted);
    write_backwards(below(folder, "d"), mixed, COUNT_OF(mixed));
    assert_true(folder_hash(below(folder, "d")) == wanted);
}

static void
test_many_waiting_parts_go_through_a_temporary_file(void **state)
{
    /* 12 parts of 900 KB out of order: more than may wait in memory. */
    static const struct table_plan waiting[] = {{"w", 12 * 900, 12, 1000}, {"v", 9 * 900, 9, 1000}};
    uint64_t wanted;

    write_archive(waiting, 2, below(folder, "a"), NULL);
    wanted = folder_hash(below(folder, "a"));
    write_backwards(below(folder, "b"), waiting, 2);
    assert_true(folder_hash(below(folder, "b")) == wanted);
    assert_int_equal(count_files(below(folder, "b/rows")), 1);
}

static void
test_a_stamp_stands_beside_and_not_in_the_content(void **state)
{
    struct archive_identity a = write_archive(tiny, COUNT_OF(tiny), below(folder, "a"), NULL);
    struct archive_identity b =
        write_archive(tiny, COUNT_OF(tiny), below(folder, "b"), stamp_flags);
    struct archive_identity read;
    struct pd_source *source = NULL;
    struct pd_error err;

    assert_string_equal(a.content_id, b.content_id);
    assert_ok(source_for(below(folder, "b"), &source, &err));
    assert_ok(archive_identify(source, &read, &err));
    assert_non_null(strstr(read.stamp, "\"place\":\"here\""));
    assert_non_null(strstr(read.stamp, "\"time\":\""));
    archive_plugin.source->close(source);
    unlink(below(folder, "b/stamp.json"));
    assert_refused(open_and_verify(below(folder, "b"), &err), PD_CAUSE_IO, "stamp.json");
}

/* ---- The sink's own rules ---- */

static void
test_an_existing_name_is_refused_or_replaced(void **state)
{
    const char *path = below(folder, "a");
    struct pd_endpoint end = {.struct_size = sizeof end, .url = path, .location = path};
    struct pd_sink *sink = NULL;
    struct pd_options *options = NULL;
    uint64_t before, after;
    struct pd_error err;

    write_archive(tiny, COUNT_OF(tiny), path, NULL);
    before = folder_hash(path);
    assert_ok(options_new(archive_plugin.options, archive_plugin.n_options,
                          archive_plugin.option_size, &options, &err));
    end.options = options;
    assert_refused(archive_plugin.sink->open(host_get(), &end, &sink, &err), PD_CAUSE_CONFLICT,
                   "--replace");
    options_free(options);
    assert_true(folder_hash(path) == before);
    write_archive(mixed, 2, path, replace_flags);
    after = folder_hash(path);
    assert_true(after != before);
    assert_ok(open_and_verify(path, &err));
    assert_int_equal(count_files(folder), 1);
}

static void
test_without_finish_nothing_is_left(void **state)
{
    for (int shape = 0; shape < 2; shape++) {
        struct pd_sink *sink = sink_for(below(folder, "a"), shape ? stream_flags : NULL);
        struct database db;
        struct pd_error err;

        database_init(&db, tiny, COUNT_OF(tiny));
        assert_ok(prepare(&db, sink, 0, &err));
        write_in_order(&db, sink);
        assert_int_equal(count_files(folder), 1);
        assert_ok(archive_plugin.sink->complete(sink, &err));
        archive_plugin.sink->close(sink);
        assert_int_equal(count_files(folder), 0);
        database_free(&db);
    }
}

static void
test_what_is_left_of_a_killed_dump_is_refused(void **state)
{
    for (int shape = 0; shape < 2; shape++) {
        struct pd_sink *sink = sink_for(below(folder, "a"), shape ? stream_flags : NULL);
        struct pd_source *review = NULL;
        struct dirent **names = NULL;
        struct database db;
        struct pd_error err;

        database_init(&db, tiny, COUNT_OF(tiny));
        assert_ok(prepare(&db, sink, 0, &err));
        write_in_order(&db, sink);
        assert_ok(archive_plugin.sink->complete(sink, &err));
        assert_int_equal(scandir(folder, &names, NULL, alphasort), 3);
        assert_refused(open_and_verify(below(folder, names[2]->d_name), &err), PD_CAUSE_CORRUPT,
                       "INCOMPLETE");
        assert_ok(archive_plugin.sink->review(sink, &review, &err));
        assert_ok(verify(review, &err));
        archive_plugin.source->close(review);
        archive_plugin.sink->close(sink);
        for (int i = 0; i < 3; i++)
            free(names[i]);
        free(names);
        database_free(&db);
    }
}

static void
test_a_schema_alone_is_an_archive(void **state)
{
    for (int shape = 0; shape < 2; shape++) {
        const char *path = below(folder, shape ? "b" : "a");
        struct pd_sink *sink = sink_for(path, shape ? stream_flags : NULL);
        const struct pd_stats *stats = NULL;
        struct archive_identity identity;
        struct pd_source *source = NULL;
        const struct pd_catalog *catalog = NULL;
        struct database db;
        struct pd_error err;

        database_init(&db, mixed, COUNT_OF(mixed));
        assert_ok(prepare(&db, sink, PD_LOAD_SCHEMA_ONLY, &err));
        publish(sink, NULL);
        database_free(&db);
        assert_ok(source_for(path, &source, &err));
        assert_ok(archive_plugin.source->catalog(source, &catalog, &err));
        assert_int_equal(catalog->n_tables, COUNT_OF(mixed));
        assert_ok(archive_plugin.source->recheck(source, &err));
        assert_ok(archive_identify(source, &identity, &err));
        assert_string_equal(identity.features[1], "schema-only");
        assert_int_equal(archive_plugin.source->stats(source, 0, &stats, &err), PD_UNSUPPORTED);
        archive_plugin.source->close(source);
    }
}

/* ---- Text and its seal ---- */

static void
edit(const char *path, const char *from, const char *to)
{
    struct buffer text = slurp(path), edited = {0};
    char *at = (char *)memmem(text.data, text.size, from, strlen(from));
    size_t head;

    assert_non_null(at);
    head = (size_t)(at - (char *)text.data);
    buffer_append(&edited, text.data, head);
    buffer_text(&edited, to);
    buffer_append(&edited, text.data + head + strlen(from), text.size - head - strlen(from));
    spill(path, edited.data, edited.size);
    buffer_free(&text);
    buffer_free(&edited);
}

static void
test_an_edited_text_archive_is_refused_until_it_is_sealed(void **state)
{
    char *archive = strdup(below(folder, "a"));
    struct archive_identity identity;
    struct pd_source *source = NULL;
    uint64_t changed = 9, sealed, again;
    struct pd_error err;

    write_archive(mixed, 2, archive, text_flags);
    sealed = folder_hash(archive);
    assert_ok(archive_seal(archive, &changed, &err));
    assert_int_equal(changed, 0);
    assert_true(folder_hash(archive) == sealed);
    edit(below(archive, "rows/000000.jsonl"), "\"row 2\"", "\"row two\"");
    assert_refused(open_and_verify(archive, &err), PD_CAUSE_CORRUPT, "000000.jsonl");
    assert_ok(archive_seal(archive, &changed, &err));
    assert_int_equal(changed, 1);
    assert_ok(open_and_verify(archive, &err));
    edit(below(archive, "rows/000001.jsonl"), "", "{ \"id\":1 , \"body\":\"new\"}");
    assert_ok(archive_seal(archive, &changed, &err));
    assert_int_equal(changed, 1);
    assert_ok(source_for(archive, &source, &err));
    assert_ok(archive_identify(source, &identity, &err));
    assert_int_equal(identity.n_rows, 8);
    archive_plugin.source->close(source);
    again = folder_hash(archive);
    assert_ok(archive_seal(archive, &changed, &err));
    assert_int_equal(changed, 0);
    assert_true(folder_hash(archive) == again);
    edit(below(archive, "rows/000000.jsonl"), "\"row two\"", "\"row two");
    assert_refused(archive_seal(archive, &changed, &err), PD_CAUSE_CORRUPT,
                   "rows/000000.jsonl' line 3");
    free(archive);
}

static void
test_rows_out_of_key_order_are_sealed_as_such(void **state)
{
    char *archive = strdup(below(folder, "a"));
    struct archive_identity identity;
    struct pd_source *source = NULL;
    uint64_t changed = 9;
    struct pd_error err;

    write_archive(mixed, 2, archive, text_flags);
    edit(below(archive, "rows/000000.jsonl"), "{\"id\":2,", "{\"id\":99,");
    assert_ok(archive_seal(archive, &changed, &err));
    assert_int_equal(changed, 1);
    assert_ok(source_for(archive, &source, &err));
    assert_ok(archive_identify(source, &identity, &err));
    assert_string_equal(identity.order, "source");
    archive_plugin.source->close(source);
    free(archive);
}

static void
test_a_binary_archive_is_not_sealed(void **state)
{
    uint64_t changed;
    struct pd_error err;

    write_archive(tiny, COUNT_OF(tiny), below(folder, "a"), NULL);
    assert_refused(archive_seal(below(folder, "a"), &changed, &err), PD_CAUSE_USAGE,
                   "binary encoding");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_folder_comes_back),
        TEST(test_a_stream_comes_back),
        TEST(test_text_comes_back),
        TEST(test_the_content_id_is_that_of_the_data),
        TEST(test_a_long_cell_is_read_anywhere),
        TEST(test_parts_can_be_read_apart_by_twins),
        TEST(test_facts_are_those_of_the_stream),
        TEST(test_lanes_do_not_show_in_the_bytes),
        TEST(test_many_waiting_parts_go_through_a_temporary_file),
        TEST(test_a_stamp_stands_beside_and_not_in_the_content),
        TEST(test_an_existing_name_is_refused_or_replaced),
        TEST(test_without_finish_nothing_is_left),
        TEST(test_what_is_left_of_a_killed_dump_is_refused),
        TEST(test_a_schema_alone_is_an_archive),
        TEST(test_an_edited_text_archive_is_refused_until_it_is_sealed),
        TEST(test_rows_out_of_key_order_are_sealed_as_such),
        TEST(test_a_binary_archive_is_not_sealed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
