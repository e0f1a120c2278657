// SPDX-License-Identifier: Apache-2.0
/* fuzz_archive - a single-file archive from outside, opened and read to its end. */
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

#include "archive/archive.h"
#include "model/batch.h"
#include "plugin/host.h"
#include "plugin/options.h"

static void
read_tables(const struct pd_source_ops *ops, struct pd_source *source)
{
    struct pd_error err = {0};
    const struct pd_catalog *catalog;

    if (ops->catalog(source, &catalog, &err) != PD_OK)
        return;
    for (uint32_t i = 0; i < catalog->n_tables; i++) {
        struct pd_scan scan = {.struct_size = sizeof scan, .table = i};
        const struct pd_batch *batch;

        scan.range.struct_size = sizeof scan.range;
        if (ops->start(source, &scan, &err) != PD_OK)
            return;
        while (ops->read(source, &batch, &err) == PD_OK) {
            FUZZ_HOLDS(batch_check(PD_AT(struct pd_table, catalog->tables, catalog->table_size, i),
                                   batch, &err) == PD_OK);
            batch_release(batch);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[64];
    const struct pd_source_ops *ops = archive_plugin.source;
    struct pd_endpoint end = {.struct_size = sizeof end, .url = path, .scheme = "archive"};
    struct pd_options *options = NULL;
    struct pd_source *source = NULL;
    struct pd_error err = {0};
    int fd;

    if (!*path)
        snprintf(path, sizeof path, "/dev/shm/polydump-fuzz-%d.polydump", (int)getpid());
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        return 0;
    close(fd);
    if (options_new(archive_plugin.options, archive_plugin.n_options, archive_plugin.option_size,
                    &options, &err) == PD_OK) {
        end.location = path;
        end.options = options;
        if (ops->open(host_get(), &end, &source, &err) == PD_OK) {
            read_tables(ops, source);
            ops->close(source);
        }
    }
    options_free(options);
    unlink(path);
    return 0;
}
