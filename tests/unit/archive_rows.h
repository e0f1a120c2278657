// SPDX-License-Identifier: Apache-2.0
/* archive_rows - a database in memory for the tests of archives: each cell is a pure function of
   table and row. It is written by lanes in any order and read back. */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "archive/archive.h"
#include "archive/hash.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/folder.h"
#include "model/batch.h"
#include "model/profile.h"
#include "plugin/host.h"
#include "plugin/options.h"

enum { MAX_TABLES = 8, LONG_BYTES = 5500000 };

/* A table with columns id (int64) and body (binary); rows are cut in equal parts. */
struct table_plan {
    const char *name;
    uint32_t n_rows;
    uint32_t n_parts;
    uint32_t body; /* bytes a row; 0: text of a few letters */
    bool has_long; /* the last row's body is long */
};

struct database {
    const struct table_plan *plans;
    size_t n;
    struct pd_catalog catalog;
    struct pd_table tables[MAX_TABLES];
    struct pd_column columns[MAX_TABLES][2];
    struct pd_key_part part;
    struct pd_key key; /* of every table: its id */
    struct pd_sequence sequence;
    struct pd_object object;
    struct pd_property properties[4];
    struct tally *tallies[MAX_TABLES];
    pthread_mutex_t lock;
};

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        pd_status status_ = (call);                                                                \
        if (status_ != PD_OK)                                                                      \
            fail_msg("%s: %d: %s", #call, status_, err.text);                                      \
    } while (0)

#define assert_refused(call, cause_, words)                                                        \
    do {                                                                                           \
        memset(&err, 0, sizeof err);                                                               \
        assert_true((call) < 0);                                                                   \
        if (err.cause != (cause_) || !strstr(err.text, (words)))                                   \
            fail_msg("%s: cause %d: %s", #call, err.cause, err.text);                              \
    } while (0)

static inline uint64_t
mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Byte number `at` of the body of a row; not to be compressed. */
static inline uint8_t
body_byte(uint32_t row, uint64_t at)
{
    return (uint8_t)(mix((uint64_t)row << 32 ^ at >> 3) >> (8 * (at & 7)));
}

static inline void
database_init(struct database *db, const struct table_plan *plans, size_t n)
{
    memset(db, 0, sizeof *db);
    pthread_mutex_init(&db->lock, NULL);
    db->plans = plans;
    db->n = n;
    db->part = (struct pd_key_part){.struct_size = sizeof db->part, .column = 0};
    db->key = (struct pd_key){.struct_size = sizeof db->key,
                              .kind = PD_KEY_PRIMARY,
                              .parts = &db->part,
                              .n_parts = 1,
                              .part_size = sizeof db->part};
    for (size_t i = 0; i < n; i++) {
        struct pd_column *c = db->columns[i];

        c[0] = (struct pd_column){.struct_size = sizeof c[0],
                                  .flags = PD_COLUMN_NOT_NULL,
                                  .name = "id",
                                  .native = "BIGINT",
                                  .type = {.struct_size = sizeof c[0].type, .kind = PD_KIND_INT64}};
        c[1] = c[0];
        c[1].flags = 0;
        c[1].name = "body";
        c[1].native = "LONG STUFF";
        c[1].type.kind = plans[i].body ? PD_KIND_BINARY : PD_KIND_TEXT;
        db->tables[i] = (struct pd_table){.struct_size = sizeof db->tables[i],
                                          .name = plans[i].name,
                                          .columns = c,
                                          .n_columns = 2,
                                          .column_size = sizeof c[0],
                                          .keys = &db->key,
                                          .n_keys = 1,
                                          .key_size = sizeof db->key};
    }
    db->sequence = (struct pd_sequence){
        .struct_size = sizeof db->sequence,
        .name = "numbers",
        .kind = PD_KIND_INT64,
        .counter = {.struct_size = sizeof db->sequence.counter, .next = 77, .increment = 1}};
    db->object = (struct pd_object){.struct_size = sizeof db->object,
                                    .kind = "view",
                                    .name = "all things",
                                    .sql = "CREATE VIEW \"all things\" AS SELECT 'x\ny'"};
    db->properties[0] = (struct pd_property){sizeof db->properties[0], 0, "user_version", "7"};
    db->properties[1] = (struct pd_property){sizeof db->properties[1], 1, "stamp:place", "here"};
    db->properties[2] = (struct pd_property){sizeof db->properties[0], PD_NOTE, "lost", "a"};
    db->properties[3] =
        (struct pd_property){sizeof db->properties[0], PD_NOTE_ELSEWHERE, "lost elsewhere", "b"};
    db->catalog = (struct pd_catalog){
        .struct_size = sizeof db->catalog,
        .engine = "memory",
        .engine_version = "1",
        .application = "shop",
        .application_version = "2.5",
        .tables = db->tables,
        .n_tables = n,
        .table_size = sizeof db->tables[0],
        .sequences = &db->sequence,
        .n_sequences = 1,
        .sequence_size = sizeof db->sequence,
        .objects = &db->object,
        .n_objects = 1,
        .object_size = sizeof db->object,
        .properties = db->properties,
        .n_properties = 4,
        .property_size = sizeof db->properties[0],
    };
}

static inline void
database_free(struct database *db)
{
    for (size_t i = 0; i < db->n; i++)
        tally_free(db->tallies[i]);
    memset(db->tallies, 0, sizeof db->tallies);
    pthread_mutex_destroy(&db->lock);
}

/* ---- Rows ---- */

static inline pd_status
long_bytes(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
           size_t size, struct pd_error *err)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buffer)[i] = body_byte((uint32_t)cell->cookie, offset + i);
    return PD_OK;
}

static const struct pd_source_ops long_ops = {.struct_size = sizeof long_ops,
                                              .read_long = long_bytes};

static inline void
put_row(struct pd_builder *builder, const struct table_plan *plan, uint32_t row)
{
    uint8_t bytes[4096];
    char text[32];

    pd_put_i64(builder, 0, row);
    if (plan->has_long && row == plan->n_rows - 1) {
        pd_put_long(builder, 1, PD_TAG_PLAIN, LONG_BYTES, row);
    } else if (plan->body) {
        for (uint32_t i = 0; i < plan->body; i++)
            bytes[i] = body_byte(row, i);
        pd_put_bytes(builder, 1, bytes, plan->body);
    } else if (row % 5 == 4) {
        pd_put_null(builder, 1);
    } else {
        pd_put_bytes(builder, 1, text, (size_t)snprintf(text, sizeof text, "row %u", row));
    }
    pd_builder_row(builder);
}

/* First row of a part. */
static inline uint32_t
part_begin(const struct table_plan *plan, uint32_t part)
{
    return (uint32_t)((uint64_t)plan->n_rows * part / plan->n_parts);
}

static inline void
send_rows(struct database *db, struct pd_sink *sink, struct tally *tally, uint32_t table,
          uint32_t part)
{
    const struct table_plan *plan = &db->plans[table];
    uint32_t row = part_begin(plan, part), end = part_begin(plan, part + 1);
    struct pd_builder builder;
    struct pd_error err;

    assert_ok(batch_builder_open(&builder, &db->tables[table], &err));
    while (row < end) {
        const struct pd_batch *batch;

        assert_int_equal(pd_builder_begin(&builder), PD_OK);
        do {
            put_row(&builder, plan, row++);
        } while (row < end && !pd_builder_full(&builder) &&
                 !(plan->has_long && row == plan->n_rows - 1));
        batch = pd_builder_finish(&builder);
        assert_non_null(batch);
        assert_ok(tally_batch(tally, batch, &long_ops, NULL, NULL, &err));
        assert_ok(archive_plugin.sink->write(sink, batch, &long_ops, NULL, NULL, &err));
        batch_release(batch);
    }
    pd_builder_close(&builder);
}

/* ---- Writing ---- */

static inline struct pd_sink *
sink_for(const char *path, const char *const *flags)
{
    struct pd_options *options = NULL;
    struct pd_endpoint end = {.struct_size = sizeof end, .url = path, .location = path};
    struct pd_sink *sink = NULL;
    struct pd_error err;

    assert_ok(options_new(archive_plugin.options, archive_plugin.n_options,
                          archive_plugin.option_size, &options, &err));
    for (; flags && *flags; flags += 2)
        assert_ok(options_set(options, flags[0], flags[1], &err));
    end.options = options;
    assert_ok(archive_plugin.sink->open(host_get(), &end, &sink, &err));
    options_free(options);
    return sink;
}

static inline pd_status
prepare(struct database *db, struct pd_sink *sink, uint32_t flags, struct pd_error *err)
{
    struct pd_load load = {.struct_size = sizeof load, .flags = flags, .catalog = &db->catalog};

    return archive_plugin.sink->prepare(sink, &load, err);
}

static inline void
unit_start(struct database *db, struct pd_sink *sink, uint32_t table, uint32_t part)
{
    struct pd_scan scan = {
        .struct_size = sizeof scan, .table = table, .n_parts = db->plans[table].n_parts};
    struct pd_error err;

    assert_ok(archive_plugin.sink->start(sink, &scan, part, &err));
}

/* Rows of a started unit. */
static inline void
unit_rows(struct database *db, struct pd_sink *sink, uint32_t table, uint32_t part)
{
    struct tally *tally = NULL;
    struct pd_error err;

    assert_ok(tally_new(&db->tables[table], &tally, &err));
    send_rows(db, sink, tally, table, part);
    pthread_mutex_lock(&db->lock);
    if (db->tallies[table]) {
        tally_merge(db->tallies[table], tally);
        tally_free(tally);
    } else {
        db->tallies[table] = tally;
    }
    pthread_mutex_unlock(&db->lock);
    assert_ok(archive_plugin.sink->end(sink, &err));
}

static inline void
table_seal(struct database *db, struct pd_sink *sink, uint32_t table)
{
    struct pd_stats stats = {.struct_size = sizeof stats};
    struct pd_error err;

    assert_ok(tally_stats(db->tallies[table], &stats, &err));
    assert_ok(archive_plugin.sink->seal(sink, table, &stats, &err));
}

static inline void
write_in_order(struct database *db, struct pd_sink *sink)
{
    for (uint32_t table = 0; table < db->n; table++) {
        for (uint32_t part = 0; part < db->plans[table].n_parts; part++) {
            unit_start(db, sink, table, part);
            unit_rows(db, sink, table, part);
        }
        table_seal(db, sink, table);
    }
}

static inline void
publish(struct pd_sink *sink, struct archive_identity *ret_identity)
{
    struct pd_error err;

    assert_ok(archive_plugin.sink->complete(sink, &err));
    assert_ok(archive_plugin.sink->finish(sink, &err));
    if (ret_identity) {
        assert_ok(archive_sink_identify(sink, ret_identity, &err));
        ret_identity->stamp = NULL;
        ret_identity->application = ret_identity->application_version = NULL;
        ret_identity->features = NULL;
    }
    archive_plugin.sink->close(sink);
}

/* A whole archive by one lane. */
static inline struct archive_identity
write_archive(const struct table_plan *plans, size_t n, const char *path, const char *const *flags)
{
    struct archive_identity identity;
    struct database db;
    struct pd_sink *sink = sink_for(path, flags);
    struct pd_error err;

    database_init(&db, plans, n);
    assert_ok(prepare(&db, sink, 0, &err));
    write_in_order(&db, sink);
    publish(sink, &identity);
    database_free(&db);
    return identity;
}

/* ---- Reading ---- */

static inline pd_status
source_for(const char *path, struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_endpoint end = {.struct_size = sizeof end, .url = path, .location = path};

    return archive_plugin.source->open(host_get(), &end, ret_source, err);
}

/* Read parts low .. high - 1 of a table (high 0: all) into a tally. */
static inline pd_status
read_table(struct pd_source *source, const struct pd_table *table, uint32_t number, int64_t low,
           int64_t high, struct tally *tally, struct pd_error *err)
{
    const struct pd_source_ops *ops = archive_plugin.source;
    struct pd_scan scan = {.struct_size = sizeof scan, .table = number};
    const struct pd_batch *batch = NULL;
    pd_status status;

    if (high)
        scan.range = (struct pd_range){sizeof scan.range, PD_RANGE_LOW | PD_RANGE_HIGH, low, high};
    status = ops->start(source, &scan, err);
    while (status == PD_OK && (status = ops->read(source, &batch, err)) == PD_OK) {
        status = batch_check(table, batch, err);
        if (status == PD_OK)
            status = tally_batch(tally, batch, ops, source, NULL, err);
        batch_release(batch);
    }
    return status == PD_DONE ? PD_OK : status;
}

/* All of an archive is read and has what it says; what a `verify` does. */
static inline pd_status
verify(struct pd_source *source, struct pd_error *err)
{
    const struct pd_source_ops *ops = archive_plugin.source;
    const struct pd_catalog *catalog = NULL;
    pd_status status = ops->catalog(source, &catalog, err);

    for (uint32_t i = 0; status == PD_OK && i < catalog->n_tables; i++) {
        struct pd_stats found = {.struct_size = sizeof found};
        const struct pd_stats *known = NULL;
        CLEANUP(tally) struct tally *tally = NULL;

        status = tally_new(&catalog->tables[i], &tally, err);
        if (status == PD_OK)
            status = read_table(source, &catalog->tables[i], i, 0, 0, tally, err);
        if (status == PD_OK)
            status = tally_stats(tally, &found, err);
        if (status == PD_OK)
            status = ops->stats(source, i, &known, err);
        if (status == PD_OK &&
            (known->n_rows != found.n_rows || known->digest_low != found.digest_low ||
             known->digest_high != found.digest_high))
            return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "digest of table %u", i);
    }
    return status == PD_OK ? ops->recheck(source, err) : status;
}

static inline pd_status
open_and_verify(const char *path, struct pd_error *err)
{
    struct pd_source *source = NULL;
    pd_status status = source_for(path, &source, err);

    if (status == PD_OK)
        status = verify(source, err);
    if (status == PD_OK)
        status = archive_check_files(source, err);
    archive_plugin.source->close(source);
    return status;
}

/* ---- Files ---- */

static inline char *
scratch_folder(void)
{
    /* In memory where possible: each archive is synchronised, and there are hundreds. */
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    const char *parent = getenv("TMPDIR");
    char *path = NULL;

    assert_true(asprintf(&path, "%s/archive-XXXXXX", parent ? parent : memory) > 0);
    assert_non_null(mkdtemp(path));
    return path;
}

static inline void
scratch_remove(char *path)
{
    assert_true(folder_remove(AT_FDCWD, path));
    free(path);
}

/* A path below a folder, in a ring. */
static inline const char *
below(const char *folder, const char *name)
{
    static char ring[8][512];
    static unsigned next;
    char *path = ring[next++ % 8];

    snprintf(path, sizeof ring[0], "%s/%s", folder, name);
    return path;
}

static inline struct buffer
slurp(const char *path)
{
    struct buffer bytes = {0};
    FILE *file = fopen(path, "rb");
    size_t n;

    assert_non_null(file);
    do {
        n = fread(buffer_reserve(&bytes, 65536), 1, 65536, file);
        bytes.size += n;
    } while (n);
    fclose(file);
    return bytes;
}

static inline void
spill(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* One hash over the names and bytes of all files of a folder. */
static inline uint64_t
folder_hash(const char *path)
{
    struct dirent **names = NULL;
    uint64_t hash = 0;
    int n = scandir(path, &names, NULL, alphasort);

    assert_true(n >= 2);
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        char file[512];
        struct stat st;

        snprintf(file, sizeof file, "%s/%s", path, name);
        if (name[0] != '.') {
            assert_int_equal(stat(file, &st), 0);
            hash = mix(hash ^ XXH3_64bits(name, strlen(name)));
            if (S_ISDIR(st.st_mode)) {
                hash = mix(hash ^ folder_hash(file));
            } else {
                struct buffer bytes = slurp(file);

                hash = mix(hash ^ XXH3_64bits(bytes.size ? (void *)bytes.data : "", bytes.size));
                buffer_free(&bytes);
            }
        }
        free(names[i]);
    }
    free(names);
    return hash;
}

static inline size_t
count_files(const char *path)
{
    struct dirent **names = NULL;
    int n = scandir(path, &names, NULL, alphasort);

    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return n < 2 ? 0 : (size_t)n - 2;
}

/* Seal a manifest's text anew after its members were changed. */
static inline void
reseal_text(char *text, size_t size)
{
    char hash[33];
    struct digest digest;

    assert_true(size > 36);
    digest = hash_of(text, size - 36);
    digest_text(&digest, hash);
    memcpy(text + size - 36, hash, 32);
}
