// SPDX-License-Identifier: Apache-2.0
/* fuzz_folder - a text archive that somebody has edited: sealed, and read to its end. The input is
   lines: a letter says of what file the rest is. What was sealed is an archive without a fault. */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "archive/format.h"
#include "base/buffer.h"
#include "base/log.h"
#include "model/batch.h"
#include "plugin/host.h"
#include "plugin/options.h"

enum { N_FILES = 5, PATH_ROOM = 128 };

static char folder[64];
static const struct {
    char letter;
    const char *name;
} files[N_FILES] = {{'M', FORMAT_MANIFEST},
                    {'T', FORMAT_TABLES},
                    {'O', FORMAT_ORIGIN},
                    {'R', FORMAT_ROWS "/000000.jsonl"},
                    {'S', FORMAT_ROWS "/000001.jsonl"}};

static const char *
path_of(const char *name)
{
    static char path[PATH_ROOM];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Lines without the letter; a file that has none is not there. */
static void
write_file(size_t number, const uint8_t *data, size_t size)
{
    CLEANUP_BUFFER struct buffer text = {0};
    const uint8_t *end = data + size;
    int fd;

    while (data < end) {
        const uint8_t *line_end = memchr(data, '\n', (size_t)(end - data));

        line_end = line_end ? line_end : end;
        if (line_end > data && *data == (uint8_t)files[number].letter) {
            buffer_append(&text, data + 1, (size_t)(line_end - data) - 1);
            buffer_char(&text, '\n');
        }
        data = line_end + 1;
    }
    unlink(path_of(files[number].name));
    if (!text.size)
        return;
    fd = open(path_of(files[number].name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FUZZ_HOLDS(fd >= 0 && write(fd, text.data, text.size) == (ssize_t)text.size);
    close(fd);
}

static void
remove_folder(void)
{
    for (size_t i = 0; i < N_FILES; i++)
        unlink(path_of(files[i].name));
    rmdir(path_of(FORMAT_ROWS));
    rmdir(folder);
}

static void
read_table(const struct pd_source_ops *ops, struct pd_source *source, const struct pd_table *table,
           uint32_t number)
{
    struct pd_scan scan = {.struct_size = sizeof scan, .table = number};
    const struct pd_batch *batch;
    struct pd_error err = {0};
    pd_status status;

    scan.range.struct_size = sizeof scan.range;
    FUZZ_HOLDS(ops->start(source, &scan, &err) == PD_OK);
    while ((status = ops->read(source, &batch, &err)) == PD_OK) {
        FUZZ_HOLDS(batch_check(table, batch, &err) == PD_OK);
        batch_release(batch);
    }
    if (status != PD_DONE) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
}

/* What was sealed. */
static void
read_folder(bool is_schema_only)
{
    const struct pd_source_ops *ops = archive_plugin.source;
    struct pd_endpoint end = {
        .struct_size = sizeof end, .url = folder, .scheme = "archive", .location = folder};
    struct pd_options *options = NULL;
    struct pd_source *source = NULL;
    const struct pd_catalog *catalog;
    struct pd_error err = {0};

    FUZZ_HOLDS(options_new(archive_plugin.options, archive_plugin.n_options,
                           archive_plugin.option_size, &options, &err) == PD_OK);
    end.options = options;
    if (ops->open(host_get(), &end, &source, &err) != PD_OK) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    FUZZ_HOLDS(ops->catalog(source, &catalog, &err) == PD_OK);
    for (uint32_t i = 0; !is_schema_only && i < catalog->n_tables; i++)
        read_table(ops, source, PD_AT(struct pd_table, catalog->tables, catalog->table_size, i), i);
    ops->close(source);
    options_free(options);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pd_error err = {0};
    uint64_t n_changed = 0;

    log_set_level(PD_LOG_ERROR);
    if (!*folder) {
        snprintf(folder, sizeof folder, "/dev/shm/polydump-fuzz-%d", (int)getpid());
        FUZZ_HOLDS(mkdir(folder, 0700) == 0 && mkdir(path_of(FORMAT_ROWS), 0700) == 0 &&
                   atexit(remove_folder) == 0);
    }
    for (size_t i = 0; i < N_FILES; i++)
        write_file(i, data, size);
    if (archive_seal(folder, &n_changed, &err) == PD_OK)
        read_folder(memmem(data, size, FORMAT_FEATURE_SCHEMA_ONLY,
                           strlen(FORMAT_FEATURE_SCHEMA_ONLY)) != NULL);
    return 0;
}
