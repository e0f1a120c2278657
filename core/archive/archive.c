// SPDX-License-Identifier: Apache-2.0
/* archive - the archive as a plugin: each call goes to the shape that was opened. */
#include "archive/archive.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/sink.h"
#include "archive/source.h"

/* ---- Source ---- */

static pd_status
source_open(const struct pd_host *host, const struct pd_endpoint *end,
            struct pd_source **ret_source, struct pd_error *err)
{
    struct stat st;

    if (strcmp(end->location, "-") != 0 && stat(end->location, &st) == 0 && S_ISDIR(st.st_mode))
        return directory_source_open(end->location, SOURCE_NORMAL, ret_source, err);
    return stream_source_open(end->location, SOURCE_NORMAL, ret_source, err);
}

static pd_status
source_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
               struct pd_error *err)
{
    return source->ops->catalog(source, ret_catalog, err);
}

static pd_status
source_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    return source->ops->start(source, scan, err);
}

static pd_status
source_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    return source->ops->read(source, ret_batch, err);
}

static void
source_close(struct pd_source *source)
{
    if (source)
        source->ops->close(source);
}

static pd_status
source_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    return source->ops->share ? source->ops->share(source, ret_twin, err) : PD_UNSUPPORTED;
}

static pd_status
source_extent(struct pd_source *source, uint32_t table, struct pd_extent *extent,
              struct pd_error *err)
{
    return source->ops->extent ? source->ops->extent(source, table, extent, err) : PD_UNSUPPORTED;
}

static pd_status
source_engine_facts(struct pd_source *source, const struct pd_scan *scan, int level,
                    const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    if (scan->range.flags) /* they were counted of whole tables */
        return PD_UNSUPPORTED;
    return source->ops->facts(source, scan, level, ret_facts, ret_n_facts, err);
}

static pd_status
source_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                 void *buffer, size_t size, struct pd_error *err)
{
    return source->ops->read_long(source, cell, offset, buffer, size, err);
}

static pd_status
source_recheck(struct pd_source *source, struct pd_error *err)
{
    return source->ops->recheck ? source->ops->recheck(source, err) : PD_OK;
}

static pd_status
source_stats(struct pd_source *source, uint32_t table, const struct pd_stats **ret_stats,
             struct pd_error *err)
{
    return source->ops->stats(source, table, ret_stats, err);
}

/* ---- Sink ---- */

static pd_status
sink_open(const struct pd_host *host, const struct pd_endpoint *end, struct pd_sink **ret_sink,
          struct pd_error *err)
{
    struct sink_settings settings = {0};
    pd_status status = sink_settings_read(host, end, &settings, err);

    if (status != PD_OK)
        return status;
    status = settings.shape == FORMAT_STREAM ? stream_sink_open(&settings, ret_sink, err)
                                             : directory_sink_open(&settings, ret_sink, err);
    sink_settings_free(&settings);
    return status;
}

static pd_status
sink_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    return sink->ops->prepare(sink, load, err);
}

static pd_status
sink_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part, struct pd_error *err)
{
    return sink->ops->start(sink, scan, part, err);
}

static pd_status
sink_write(struct pd_sink *sink, const struct pd_batch *batch, const struct pd_source_ops *long_ops,
           struct pd_source *long_source, struct pd_rejects *rejects, struct pd_error *err)
{
    return sink->ops->write(sink, batch, long_ops, long_source, rejects, err);
}

static pd_status
sink_end(struct pd_sink *sink, struct pd_error *err)
{
    return sink->ops->end(sink, err);
}

static pd_status
sink_complete(struct pd_sink *sink, struct pd_error *err)
{
    return sink->ops->complete(sink, err);
}

static pd_status
sink_finish(struct pd_sink *sink, struct pd_error *err)
{
    return sink->ops->finish(sink, err);
}

static void
sink_close(struct pd_sink *sink)
{
    if (sink)
        sink->ops->close(sink);
}

static pd_status
sink_share(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err)
{
    return sink->ops->share ? sink->ops->share(sink, ret_twin, err) : PD_UNSUPPORTED;
}

static pd_status
sink_seal(struct pd_sink *sink, uint32_t table, const struct pd_stats *stats, struct pd_error *err)
{
    return sink->ops->seal(sink, table, stats, err);
}

static pd_status
sink_review(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err)
{
    return sink->ops->review(sink, ret_source, err);
}

/* ---- What is asked of an archive alone ---- */

pd_status
archive_identify(struct pd_source *source, struct archive_identity *ret_identity,
                 struct pd_error *err)
{
    if (!source->manifest)
        return PD_UNSUPPORTED;
    manifest_identity(source->manifest, ret_identity);
    return PD_OK;
}

pd_status
archive_sink_identify(struct pd_sink *sink, struct archive_identity *ret_identity,
                      struct pd_error *err)
{
    if (!sink->published)
        return PD_UNSUPPORTED;
    manifest_identity(sink->manifest, ret_identity);
    return PD_OK;
}

pd_status
archive_sink_rejects(struct pd_sink *sink, archive_read *read, void *arg, const char *const *unseen,
                     struct pd_error *err)
{
    if (sink->ops != &directory_sink_ops)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "rows that are set aside go into a folder; name one");
    return directory_sink_rejects(sink, read, arg, unseen, err);
}

pd_status
archive_check_files(struct pd_source *source, struct pd_error *err)
{
    char name[256];

    if (!source->unknown_file)
        return PD_OK;
    error_printable(source->unknown_file, name, sizeof name);
    return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                      "unknown file '%s', which is no part of the archive; remove it", name);
}

/* The last name of a path. */
static const char *
last_name(const char *path, size_t *ret_size)
{
    size_t end = strlen(path), begin;

    while (end > 0 && path[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && path[begin - 1] != '/'; begin--)
        ;
    *ret_size = end - begin;
    return path + begin;
}

const char *
archive_looks_incomplete(const char *path)
{
    static const char tail[] = ".partial";
    char manifest[4096];
    struct stat st;
    size_t size = 0;
    const char *name = last_name(path, &size);

    if (size >= sizeof tail && name[0] == '.' &&
        memcmp(name + size - sizeof tail + 1, tail, sizeof tail - 1) == 0)
        return "INCOMPLETE: it is what is left of a dump that was not finished";
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return NULL;
    if (snprintf(manifest, sizeof manifest, "%s/" FORMAT_MANIFEST, path) < (int)sizeof manifest &&
        lstat(manifest, &st) == 0)
        return NULL;
    return "INCOMPLETE: it has no " FORMAT_MANIFEST
           ", so it is no archive, or a dump that was not finished";
}

static int
archive_bid(const void *head, size_t size)
{
    size_t n = FORMAT_STREAM_MAGIC_SIZE;

    return size >= n && memcmp(head, FORMAT_STREAM_MAGIC, n) == 0 ? 100 : 0;
}

static const struct pd_option archive_options[] = {
    {.name = "text",
     .help = "write rows as lines of JSON, for review and repair by hand",
     .type = PD_OPTION_FLAG,
     .flags = PD_OPTION_WRITE},
    {.name = "stream",
     .help = "write one file rather than a folder",
     .type = PD_OPTION_FLAG,
     .flags = PD_OPTION_WRITE},
    {.name = "level",
     .fallback = "1",
     .help = "how hard to compress, 1 (fast) to 19",
     .argument = "N",
     .type = PD_OPTION_INT,
     .flags = PD_OPTION_WRITE},
    {.name = "order",
     .fallback = "source",
     .help = "rows as the source delivers them, or in the order of their key",
     .choices = "source key",
     .type = PD_OPTION_CHOICE,
     .flags = PD_OPTION_WRITE},
    {.name = "no-recheck",
     .help = "do not read again what was written before it is published",
     .type = PD_OPTION_FLAG,
     .flags = PD_OPTION_WRITE},
    {.name = "replace",
     .help = "put the new archive in the place of an existing one",
     .type = PD_OPTION_FLAG,
     .flags = PD_OPTION_WRITE},
    {.name = "app",
     .help = "whose data it is",
     .argument = "NAME",
     .type = PD_OPTION_TEXT,
     .flags = PD_OPTION_WRITE},
    {.name = "app-version",
     .help = "the application's version that the data has",
     .argument = "VERSION",
     .type = PD_OPTION_TEXT,
     .flags = PD_OPTION_WRITE},
    {.name = "stamp",
     .help = "add " FORMAT_STAMP " with the time and where the data came from",
     .type = PD_OPTION_FLAG,
     .flags = PD_OPTION_WRITE},
};

static const struct pd_source_ops source_ops = {
    .struct_size = sizeof(struct pd_source_ops),
    .open = source_open,
    .catalog = source_catalog,
    .start = source_start,
    .read = source_read,
    .close = source_close,
    .share = source_share,
    .extent = source_extent,
    .facts = source_engine_facts,
    .read_long = source_read_long,
    .recheck = source_recheck,
    .stats = source_stats,
};

static const struct pd_sink_ops sink_ops = {
    .struct_size = sizeof(struct pd_sink_ops),
    .open = sink_open,
    .prepare = sink_prepare,
    .start = sink_start,
    .write = sink_write,
    .end = sink_end,
    .complete = sink_complete,
    .finish = sink_finish,
    .close = sink_close,
    .share = sink_share,
    .seal = sink_seal,
    .review = sink_review,
};

const struct pd_plugin archive_plugin = {
    .struct_size = sizeof(struct pd_plugin),
    .abi = PD_ABI,
    .name = "archive",
    .version = "1.0",
    .about = "archives of polydump, as a folder, a file or a stream",
    .schemes = "archive",
    .options = archive_options,
    .n_options = COUNT_OF(archive_options),
    .option_size = sizeof archive_options[0],
    .source = &source_ops,
    .sink = &sink_ops,
    .bid = archive_bid,
};
