// SPDX-License-Identifier: Apache-2.0
/* flip ARCHIVE COPY STRIDE SHARE SHARES - flips every STRIDE-th bit of an archive, cuts it at every
   STRIDE-th length, and adds bytes at its end, one damage at a time, and reads the whole of it with
   the archive reader. COPY is a copy of ARCHIVE to be damaged; this process does each SHARES-th
   case. Prints "tried N detected N silent N"; each silent one has a line before. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/error.h"
#include "model/digest.h"
#include "plugin/host.h"
#include "plugin/options.h"

enum { FILES_MAX = 64, PATH_SIZE = 4096 };

struct file {
    char path[PATH_SIZE]; /* of the copy */
    uint8_t *bytes;
    size_t size;
};

static struct file files[FILES_MAX];
static size_t n_files;
static const char *copy_path;
static unsigned long stride;
static unsigned long share;
static unsigned long shares;
static unsigned long n_cases;
static unsigned long n_detected;
static unsigned long n_tried;
static char doing[PATH_SIZE + 64];

static void
die(const char *what)
{
    perror(what);
    _exit(2);
}

/* What is being tried, for a finding. */
static void now_doing(const char *fmt, ...) PD_PRINTF(1, 2);
static void
now_doing(const char *fmt, ...)
{
    va_list arguments;

    va_start(arguments, fmt);
    vsnprintf(doing, sizeof doing, fmt, arguments);
    va_end(arguments);
}

/* ---- Reading all of an archive */

static pd_status
read_long_cells(const struct pd_source_ops *ops, struct pd_source *source,
                const struct pd_batch *batch, struct pd_error *err)
{
    static uint8_t slice[PD_LONG_SLICE];

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        const struct pd_vector *vector =
            PD_AT(struct pd_vector, batch->vectors, batch->vector_size, c);
        for (uint32_t i = 0; i < vector->n_longs; i++)
            for (uint64_t at = 0; at < vector->longs[i].size; at += sizeof slice) {
                pd_status status =
                    ops->read_long(source, &vector->longs[i], at, slice, sizeof slice, err);
                if (status < 0)
                    return status;
            }
    }
    return PD_OK;
}

static pd_status
read_table(const struct pd_source_ops *ops, struct pd_source *source,
           const struct pd_catalog *catalog, uint32_t number, struct pd_error *err)
{
    const struct pd_table *table =
        PD_AT(struct pd_table, catalog->tables, catalog->table_size, number);
    struct pd_scan scan = {.struct_size = sizeof scan, .table = number};
    struct digest_table *digest = NULL;
    struct digest sum = {0, 0};
    const struct pd_stats *stats = NULL;
    uint64_t n_rows = 0;
    pd_status status;

    scan.range.struct_size = sizeof scan.range;
    status = digest_new(table, &digest, err);
    if (status == PD_OK)
        status = ops->start(source, &scan, err);
    while (status == PD_OK) {
        const struct pd_batch *batch = NULL;

        status = ops->read(source, &batch, err);
        if (status != PD_OK)
            break;
        n_rows += batch->n_rows;
        status = digest_batch(digest, batch, ops, source, &sum, NULL, err);
        if (status == PD_OK)
            status = read_long_cells(ops, source, batch, err);
        batch->release(batch);
    }
    digest_free(digest);
    if (status != PD_DONE)
        return status == PD_OK ? PD_FAILED : status;
    status = ops->stats(source, number, &stats, err);
    if (status != PD_OK)
        return status;
    if (stats->n_rows != n_rows || stats->digest_low != sum.low || stats->digest_high != sum.high)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "the rows are not those counted");
    return PD_OK;
}

static pd_status
read_archive(const char *path, struct pd_error *err)
{
    const struct pd_source_ops *ops = archive_plugin.source;
    struct pd_options *options = NULL;
    struct pd_endpoint end = {.struct_size = sizeof end, .url = path, .scheme = "archive"};
    const struct pd_catalog *catalog = NULL;
    struct pd_source *source = NULL;
    pd_status status;

    status = options_new(archive_plugin.options, archive_plugin.n_options,
                         archive_plugin.option_size, &options, err);
    end.location = path;
    end.options = options;
    if (status == PD_OK)
        status = ops->open(host_get(), &end, &source, err);
    if (status == PD_OK) {
        status = ops->catalog(source, &catalog, err);
        for (uint32_t i = 0; status == PD_OK && i < catalog->n_tables; i++)
            status = read_table(ops, source, catalog, i, err);
        if (status == PD_OK && ops->recheck)
            status = ops->recheck(source, err);
        ops->close(source);
    }
    options_free(options);
    return status;
}

/* ---- Damaging it */

static void
write_file(const struct file *file, const uint8_t *bytes, size_t size)
{
    int fd = open(file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || close(fd) < 0)
        die(file->path);
}

static void
judge(void)
{
    struct pd_error err = {0};

    n_tried++;
    if (read_archive(copy_path, &err) == PD_OK)
        printf("silent: %s\n", doing);
    else
        n_detected++;
}

static bool
is_mine(void)
{
    unsigned long n = n_cases++;

    return n % stride == 0 && n / stride % shares == share;
}

static void
flip_bits(struct file *file)
{
    int fd = open(file->path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        die(file->path);
    for (size_t i = 0; i < file->size; i++)
        for (int bit = 0; bit < 8; bit++) {
            uint8_t byte = (uint8_t)(file->bytes[i] ^ (1 << bit));

            if (!is_mine())
                continue;
            now_doing("%s byte %zu bit %d", file->path, i, bit);
            if (pwrite(fd, &byte, 1, (off_t)i) != 1)
                die(file->path);
            judge();
            if (pwrite(fd, &file->bytes[i], 1, (off_t)i) != 1)
                die(file->path);
        }
    close(fd);
}

static void
cut_lengths(struct file *file)
{
    for (size_t size = 0; size < file->size; size++) {
        if (!is_mine())
            continue;
        now_doing("%s cut to %zu bytes", file->path, size);
        write_file(file, file->bytes, size);
        judge();
        write_file(file, file->bytes, file->size);
    }
}

/* Zeros, noise and the file once more behind its end. */
static void
append_bytes(struct file *file)
{
    const size_t sizes[] = {1, 16, 4096, file->size};
    size_t room = file->size * 2 + 4096;
    uint8_t *bytes = malloc(room);

    if (!bytes)
        die("malloc");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int kind = 0; kind < 3; kind++) {
            if (n_cases++ % shares != share)
                continue;
            memcpy(bytes, file->bytes, file->size);
            for (size_t k = 0; k < sizes[i]; k++)
                bytes[file->size + k] = kind == 0   ? 0
                                        : kind == 1 ? (uint8_t)(k * 2654435761U >> 11)
                                                    : file->bytes[file->size ? k % file->size : 0];
            now_doing("%s with %zu bytes more, kind %d", file->path, sizes[i], kind);
            write_file(file, bytes, file->size + sizes[i]);
            judge();
            write_file(file, file->bytes, file->size);
        }
    free(bytes);
}

/* Runs of bytes zeroed, and exchanged with the run before. */
static void
damage_runs(struct file *file)
{
    const size_t run = 512;
    uint8_t *bytes = malloc(file->size + 1);

    if (!bytes)
        die("malloc");
    for (size_t at = 0; at < file->size; at += run)
        for (int kind = 0; kind < 2; kind++) {
            size_t size = file->size - at < run ? file->size - at : run;

            if (n_cases++ % shares != share || (kind == 1 && at < run))
                continue;
            memcpy(bytes, file->bytes, file->size);
            if (kind == 0)
                memset(bytes + at, 0, size);
            else {
                memcpy(bytes + at, file->bytes + at - run, size);
                memcpy(bytes + at - run, file->bytes + at, size);
            }
            if (memcmp(bytes, file->bytes, file->size) == 0)
                continue;
            now_doing("%s run at %zu, kind %d", file->path, at, kind);
            write_file(file, bytes, file->size);
            judge();
            write_file(file, file->bytes, file->size);
        }
    free(bytes);
}

static void
remove_file(struct file *file)
{
    if (n_cases++ % shares != share)
        return;
    now_doing("%s removed", file->path);
    if (unlink(file->path) < 0)
        die(file->path);
    judge();
    write_file(file, file->bytes, file->size);
}

/* ---- Finding its files */

static void
load_file(const char *path, size_t size)
{
    struct file *file = &files[n_files];
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (n_files == FILES_MAX)
        die("more files than fit");
    snprintf(file->path, sizeof file->path, "%s", path);
    file->size = size;
    file->bytes = malloc(size + 1);
    if (fd < 0 || !file->bytes || read(fd, file->bytes, size) != (ssize_t)size)
        die(path);
    close(fd);
    n_files++;
}

static void
load_all(const char *path)
{
    struct stat info;
    DIR *folder;

    if (lstat(path, &info) < 0)
        die(path);
    if (S_ISREG(info.st_mode)) {
        load_file(path, (size_t)info.st_size);
        return;
    }
    folder = opendir(path);
    if (!folder)
        die(path);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char below[PATH_SIZE];

        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(below, sizeof below, "%s/%s", path, entry->d_name) >= (int)sizeof below)
            die(path);
        load_all(below);
    }
    closedir(folder);
}

/* A crash is a finding: say where. */
static void
crashed(int number)
{
    static const char text[] = "crash: ";

    if (write(STDOUT_FILENO, text, sizeof text - 1) < 0 ||
        write(STDOUT_FILENO, doing, strlen(doing)) < 0 || write(STDOUT_FILENO, "\n", 1) < 0)
        _exit(3);
    signal(number, SIG_DFL);
    raise(number);
}

int
main(int argc, char **argv)
{
    struct pd_error err = {0};

    if (argc != 6) {
        fprintf(stderr, "usage: flip ARCHIVE COPY STRIDE SHARE SHARES\n");
        return 2;
    }
    copy_path = argv[2];
    stride = strtoul(argv[3], NULL, 10);
    share = strtoul(argv[4], NULL, 10);
    shares = strtoul(argv[5], NULL, 10);
    if (stride == 0 || shares == 0)
        return 2;
    if (read_archive(argv[1], &err) != PD_OK || read_archive(copy_path, &err) != PD_OK) {
        fprintf(stderr, "flip: the archive is not good to begin with: %s\n", err.text);
        return 2;
    }
    load_all(copy_path);
#ifndef __SANITIZE_ADDRESS__
    signal(SIGSEGV, crashed);
    signal(SIGABRT, crashed);
    signal(SIGFPE, crashed);
    signal(SIGBUS, crashed);
#endif
    for (size_t i = 0; i < n_files; i++) {
        flip_bits(&files[i]);
        cut_lengths(&files[i]);
        append_bytes(&files[i]);
        damage_runs(&files[i]);
        if (n_files > 1)
            remove_file(&files[i]);
    }
    /* The copy is whole again: what was found was not an after-effect. */
    if (read_archive(copy_path, &err) != PD_OK) {
        fprintf(stderr, "flip: the copy was not mended: %s\n", err.text);
        return 2;
    }
    printf("tried %lu detected %lu silent %lu\n", n_tried, n_detected, n_tried - n_detected);
    return n_tried == n_detected ? 0 : 1;
}
