// SPDX-License-Identifier: Apache-2.0
/* test_archive_refuse - what was damaged, cut, mixed or forged is refused, and said what it is. */
#include "archive_rows.h"

static const struct table_plan tiny[] = {{"a", 3, 1}, {"b", 2, 2, 5}};

static const char *const stream_flags[] = {"stream", NULL, NULL};
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

static void
test_a_lost_row_or_table_is_noticed_by_the_sink(void **state)
{
    for (int shape = 0; shape < 2; shape++) {
        struct pd_sink *sink = sink_for(below(folder, "a"), shape ? stream_flags : NULL);
        struct pd_stats stats = {.struct_size = sizeof stats};
        struct database db;
        struct pd_error err;

        database_init(&db, tiny, COUNT_OF(tiny));
        assert_ok(prepare(&db, sink, 0, &err));
        unit_start(&db, sink, 0, 0);
        unit_rows(&db, sink, 0, 0);
        assert_ok(tally_stats(db.tallies[0], &stats, &err));
        stats.n_rows++;
        assert_refused(archive_plugin.sink->seal(sink, 0, &stats, &err), PD_CAUSE_BUG,
                       "4 rows were counted, 3 were written");
        archive_plugin.sink->close(sink);
        database_free(&db);

        sink = sink_for(below(folder, "a"), shape ? stream_flags : NULL);
        database_init(&db, tiny, COUNT_OF(tiny));
        assert_ok(prepare(&db, sink, 0, &err));
        unit_start(&db, sink, 0, 0);
        unit_rows(&db, sink, 0, 0);
        table_seal(&db, sink, 0);
        assert_refused(archive_plugin.sink->complete(sink, &err), PD_CAUSE_BUG,
                       "'b' was not written");
        assert_true(archive_plugin.sink->finish(sink, &err) < 0);
        archive_plugin.sink->close(sink);
        database_free(&db);
    }
    assert_int_equal(count_files(folder), 0);
}

/* ---- Damage ---- */

static const char *const tiny_files[] = {"manifest.json", "tables.jsonl", "origin.jsonl",
                                         "rows/small-000000.pack"};

/* Each byte of a file changed in one bit is refused; the file is as before. */
static void
flip_all(const char *archive, const char *path)
{
    struct buffer bytes = slurp(path);
    struct pd_error err;

    assert_true(bytes.size > 100);
    for (size_t i = 0; i < bytes.size; i++) {
        bytes.data[i] ^= (uint8_t)(1u << (i % 8));
        spill(path, bytes.data, bytes.size);
        if (open_and_verify(archive, &err) == PD_OK)
            fail_msg("'%s': a flip in byte %zu was not seen", path, i);
        bytes.data[i] ^= (uint8_t)(1u << (i % 8));
    }
    spill(path, bytes.data, bytes.size);
    assert_ok(open_and_verify(archive, &err));
    buffer_free(&bytes);
}

static void
cut_all(const char *archive, const char *path)
{
    struct buffer bytes = slurp(path);
    struct pd_error err;

    for (size_t size = 0; size < bytes.size; size++) {
        spill(path, bytes.data, size);
        if (open_and_verify(archive, &err) == PD_OK)
            fail_msg("'%s' cut to %zu bytes was accepted", path, size);
    }
    for (size_t more = 1; more <= 16; more += 15) {
        memset(buffer_reserve(&bytes, more), 0, more);
        spill(path, bytes.data, bytes.size + more);
        assert_true(open_and_verify(archive, &err) < 0);
    }
    spill(path, bytes.data, bytes.size);
    buffer_free(&bytes);
}

static void
test_any_flipped_bit_of_a_folder_is_seen(void **state)
{
    char *archive = strdup(below(folder, "a"));

    write_archive(tiny, COUNT_OF(tiny), archive, NULL);
    for (size_t i = 0; i < COUNT_OF(tiny_files); i++)
        flip_all(archive, below(archive, tiny_files[i]));
    free(archive);
}

static void
test_any_cut_or_longer_file_of_a_folder_is_seen(void **state)
{
    char *archive = strdup(below(folder, "a"));

    write_archive(tiny, COUNT_OF(tiny), archive, NULL);
    for (size_t i = 0; i < COUNT_OF(tiny_files); i++)
        cut_all(archive, below(archive, tiny_files[i]));
    free(archive);
}

static void
test_any_flipped_bit_or_cut_of_a_stream_is_seen(void **state)
{
    char *archive = strdup(below(folder, "a"));

    write_archive(tiny, COUNT_OF(tiny), archive, stream_flags);
    flip_all(archive, archive);
    cut_all(archive, archive);
    free(archive);
}

static void
test_data_after_the_end_of_a_stream_is_refused(void **state)
{
    char *path = strdup(below(folder, "a"));
    struct buffer bytes;
    struct pd_error err;

    write_archive(tiny, COUNT_OF(tiny), path, stream_flags);
    bytes = slurp(path);
    buffer_append(&bytes, "x", 1);
    spill(path, bytes.data, bytes.size);
    assert_refused(open_and_verify(path, &err), PD_CAUSE_CORRUPT, "data after the end");
    bytes.size--;
    assert_non_null(buffer_reserve(&bytes, bytes.size));
    buffer_append(&bytes, bytes.data, bytes.size);
    spill(path, bytes.data, bytes.size);
    assert_refused(open_and_verify(path, &err), PD_CAUSE_CORRUPT, "data after the end");
    buffer_free(&bytes);
    free(path);
}

static void
test_a_stream_is_read_once_in_its_order(void **state)
{
    const struct pd_source_ops *ops = archive_plugin.source;
    struct pd_source *source = NULL;
    struct pd_scan scan = {.struct_size = sizeof scan, .table = 1};
    const struct pd_stats *stats = NULL;
    struct archive_identity identity;
    struct pd_error err;

    write_archive(tiny, COUNT_OF(tiny), below(folder, "a"), stream_flags);
    assert_ok(source_for(below(folder, "a"), &source, &err));
    assert_int_equal(ops->stats(source, 0, &stats, &err), PD_UNSUPPORTED);
    assert_int_equal(archive_identify(source, &identity, &err), PD_UNSUPPORTED);
    assert_ok(ops->start(source, &scan, &err));
    assert_ok(ops->stats(source, 0, &stats, &err));
    assert_int_equal(stats->n_rows, 3);
    scan.table = 0;
    assert_refused(ops->start(source, &scan, &err), PD_CAUSE_USAGE, "has gone by");
    assert_ok(ops->recheck(source, &err));
    assert_ok(archive_identify(source, &identity, &err));
    ops->close(source);
}

static void
test_files_of_another_kind_are_refused(void **state)
{
    char *pack = strdup(below(folder, "a/rows/small-000000.pack"));
    char *archive = strdup(below(folder, "a"));
    struct pd_error err;

    write_archive(tiny, COUNT_OF(tiny), archive, NULL);
    assert_int_equal(rename(pack, below(folder, "pack")), 0);
    assert_refused(open_and_verify(archive, &err), PD_CAUSE_IO, "small-000000.pack' is missing");
    assert_int_equal(symlink(below(folder, "pack"), pack), 0);
    assert_refused(open_and_verify(archive, &err), PD_CAUSE_CORRUPT, "not a regular file");
    unlink(pack);
    assert_int_equal(mkfifo(pack, 0600), 0);
    assert_refused(open_and_verify(archive, &err), PD_CAUSE_CORRUPT, "not a regular file");
    unlink(pack);
    assert_int_equal(rename(below(folder, "pack"), pack), 0);
    spill(below(folder, "a/rows/small-000001.pack"), "x", 1);
    assert_refused(open_and_verify(archive, &err), PD_CAUSE_CORRUPT,
                   "unknown file 'rows/small-000001.pack'");
    unlink(below(folder, "a/rows/small-000001.pack"));
    assert_ok(open_and_verify(archive, &err));
    unlink(below(folder, "a/manifest.json"));
    assert_refused(open_and_verify(archive, &err), PD_CAUSE_CORRUPT, "INCOMPLETE");
    assert_non_null(archive_looks_incomplete(archive));
    free(pack);
    free(archive);
}

static void
test_a_file_that_is_no_archive_is_refused(void **state)
{
    struct pd_error err;

    spill(below(folder, "a"), "SQLite format 3", 16);
    assert_refused(open_and_verify(below(folder, "a"), &err), PD_CAUSE_CORRUPT, "not an archive");
    assert_refused(open_and_verify(below(folder, "b"), &err), PD_CAUSE_IO, "cannot open");
    assert_int_equal(archive_plugin.bid("polydump stream\n", 16), 100);
    assert_int_equal(archive_plugin.bid("polydump stream", 15), 0);
    assert_int_equal(archive_plugin.bid("SQLite format 3\0", 16), 0);
}

/* ---- Forged: every seal fits ---- */

/* Replace a text in the manifest, and seal it. Both have the same length. */
static void
forge_manifest(const char *from, const char *to)
{
    struct buffer text = slurp(below(folder, "a/manifest.json"));
    char *at = (char *)memmem(text.data, text.size, from, strlen(from));

    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
    reseal_text((char *)text.data, text.size);
    spill(below(folder, "a/manifest.json"), text.data, text.size);
    buffer_free(&text);
}

/* The same in tables.jsonl, with the manifest's hash of it. */
static void
forge_tables(const char *from, const char *to)
{
    struct buffer text = slurp(below(folder, "a/tables.jsonl"));
    char *at = (char *)memmem(text.data, text.size, from, strlen(from));
    struct digest before = hash_of(text.data, text.size), after;
    char was[33], is[33];

    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
    after = hash_of(text.data, text.size);
    digest_text(&before, was);
    digest_text(&after, is);
    spill(below(folder, "a/tables.jsonl"), text.data, text.size);
    forge_manifest(was, is);
    buffer_free(&text);
}

static void
test_versions_and_features_that_are_not_known_are_refused(void **state)
{
    char *archive = strdup(below(folder, "a"));
    struct pd_error err;

    write_archive(tiny, COUNT_OF(tiny), archive, NULL);
    forge_manifest("\"version\":\"1.0\"", "\"version\":\"2.0\"");
    assert_refused(open_and_verify(archive, &err), PD_CAUSE_VERSION,
                   "format version 2.0, this polydump reads 1.x");
    forge_manifest("\"version\":\"2.0\"", "\"version\":\"1.7\"");
    assert_ok(open_and_verify(archive, &err));
    forge_manifest("\"version\":\"1.7\"", "\"version\":\"x.0\"");
    assert_refused(open_and_verify(archive, &err), PD_CAUSE_CORRUPT, "version is 'x.0'");
    forge_manifest("\"version\":\"x.0\"", "\"version\":\"1.0\"");
    forge_manifest("zstd-blocks", "zstd-blicks");
    assert_refused(open_and_verify(archive, &err), PD_CAUSE_VERSION, "feature 'zstd-blicks'");
    forge_manifest("zstd-blicks", "zstd-blocks");
    forge_manifest("\"shape\":\"directory\"", "\"shape\":\"directorz\"");
    assert_refused(open_and_verify(archive, &err), PD_CAUSE_CORRUPT, "'shape'");
    free(archive);
}

static void
test_forged_counts_and_places_are_refused(void **state)
{
    static const struct {
        const char *from, *to, *words;
    } forgeries[] = {
        {"\"parts\":[{\"rows\":3,", "\"parts\":[{\"rows\":4,", "rows were counted"},
        {"\"small\":0,\"offset\":0", "\"small\":1,\"offset\":0", "not behind the one before"},
        {"\"small\":0,\"offset\":0", "\"small\":0,\"offset\":7", "not behind the one before"},
        {"\"blocks\":1,", "\"blocks\":2,", "or blocks and packs differ"},
        {"\"blocks\":1,", "\"blocks\":0,", "0 blocks in"},
        {"{\"table\":", "{\"tobla\":", "neither a table"},
        {"\"parts\":[{\"rows\"", "\"ports\":[{\"rows\"", "'parts' is not an array"},
        {"\"name\":\"a\"", "\"name\":\"b\"", "two tables 'b'"},
        {"\"name\":\"a\"", "\"name\":\"c\"", "content id"},
    };

    for (size_t i = 0; i < COUNT_OF(forgeries); i++) {
        char *archive = strdup(below(folder, "a"));
        struct pd_error err;

        write_archive(tiny, COUNT_OF(tiny), archive, replace_flags);
        forge_tables(forgeries[i].from, forgeries[i].to);
        assert_refused(open_and_verify(archive, &err), PD_CAUSE_CORRUPT, forgeries[i].words);
        forge_tables(forgeries[i].to, forgeries[i].from);
        assert_ok(open_and_verify(archive, &err));
        free(archive);
    }
}

static void
test_packs_of_another_archive_or_place_are_refused(void **state)
{
    /* Two tables of the same rows: packs of the same size. */
    static const struct table_plan twins[] = {{"a", 4000, 1, 1000}, {"b", 4000, 1, 1000}};
    char *archive = strdup(below(folder, "a"));
    struct pd_error err;

    write_archive(twins, 2, archive, NULL);
    assert_int_equal(rename(below(archive, "rows/000000-0000-000.pack"), below(folder, "x")), 0);
    assert_int_equal(rename(below(archive, "rows/000001-0000-000.pack"),
                            below(archive, "rows/000000-0000-000.pack")),
                     0);
    assert_int_equal(rename(below(folder, "x"), below(archive, "rows/000001-0000-000.pack")), 0);
    assert_refused(open_and_verify(archive, &err), PD_CAUSE_CORRUPT, "in the place of");
    free(archive);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_lost_row_or_table_is_noticed_by_the_sink),
        TEST(test_any_flipped_bit_of_a_folder_is_seen),
        TEST(test_any_cut_or_longer_file_of_a_folder_is_seen),
        TEST(test_any_flipped_bit_or_cut_of_a_stream_is_seen),
        TEST(test_data_after_the_end_of_a_stream_is_refused),
        TEST(test_a_stream_is_read_once_in_its_order),
        TEST(test_files_of_another_kind_are_refused),
        TEST(test_a_file_that_is_no_archive_is_refused),
        TEST(test_versions_and_features_that_are_not_known_are_refused),
        TEST(test_forged_counts_and_places_are_refused),
        TEST(test_packs_of_another_archive_or_place_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
