// SPDX-License-Identifier: Apache-2.0
/* sample - a whole small plugin in what C99 and C++17 have in common, built on headers of several
   ages (-DNAME=old, new, same). Its source gives one table of three rows; its sink's finish()
   fails unless three rows have come. */
#include <string.h>

#include <polydump/batch.h>

enum { N_ROWS = 3 };

struct pd_source {
    const struct pd_host *host;
    struct pd_builder builder;
    struct pd_catalog catalog;
    struct pd_table table;
    struct pd_column columns[2];
    int at_end;
};

struct pd_sink {
    const struct pd_host *host;
    uint32_t n_rows;
};

static void
fill_column(struct pd_column *column, const char *name, uint16_t kind)
{
    column->struct_size = sizeof *column;
    column->name = name;
    column->type.struct_size = sizeof column->type;
    column->type.kind = kind;
    column->native = "";
    column->hint.struct_size = sizeof column->hint;
    column->counter.struct_size = sizeof column->counter;
}

static void
fill_catalog(struct pd_source *source)
{
    fill_column(&source->columns[0], "n", PD_KIND_INT64);
    fill_column(&source->columns[1], "s", PD_KIND_TEXT);
    source->table.struct_size = sizeof source->table;
    source->table.name = "t";
    source->table.columns = source->columns;
    source->table.n_columns = 2;
    source->table.column_size = sizeof source->columns[0];
    source->catalog.struct_size = sizeof source->catalog;
    source->catalog.engine = "sample";
    source->catalog.engine_version = "1";
    source->catalog.tables = &source->table;
    source->catalog.n_tables = 1;
    source->catalog.table_size = sizeof source->table;
#ifdef OF_TOMORROW
    /* The core of today must not look at them. */
    source->catalog.member_of_tomorrow = "x";
    source->table.member_of_tomorrow = "x";
    source->columns[0].member_of_tomorrow = "x";
#endif
}

static pd_status
source_open(const struct pd_host *host, const struct pd_endpoint *end,
            struct pd_source **ret_source, struct pd_error *err)
{
    struct pd_source *source = (struct pd_source *)host->alloc(host, sizeof *source);
    pd_status status;

    (void)end;
    if (!source)
        return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    memset(source, 0, sizeof *source);
    source->host = host;
    fill_catalog(source);
    status = pd_builder_open(&source->builder, host, 2);
    if (status != PD_OK) {
        host->release(host, source);
        return host->fail(err, status, PD_CAUSE_MEMORY, "out of memory");
    }
    pd_builder_column(&source->builder, 0, PD_LAYOUT_I64, 0);
    pd_builder_column(&source->builder, 1, PD_LAYOUT_VAR, 0);
    *ret_source = source;
    return PD_OK;
}

static pd_status
source_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
               struct pd_error *err)
{
    (void)err;
    *ret_catalog = &source->catalog;
    return PD_OK;
}

static pd_status
source_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    if (scan->table != 0)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "no table %u",
                                  (unsigned)scan->table);
    source->at_end = 0;
    return PD_OK;
}

static pd_status
source_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct pd_builder *b = &source->builder;
    int i;

    if (source->at_end)
        return PD_DONE;
    if (pd_builder_begin(b) != PD_OK)
        return source->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    for (i = 0; i < N_ROWS; i++) {
        pd_put_i64(b, 0, i + 1);
        if (i == N_ROWS - 1)
            pd_put_null(b, 1);
        else
            pd_put_bytes(b, 1, "text", 4);
        pd_builder_row(b);
    }
    *ret_batch = pd_builder_finish(b);
    if (!*ret_batch)
        return source->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    source->at_end = 1;
    return PD_OK;
}

static void
source_close(struct pd_source *source)
{
    if (!source)
        return;
    pd_builder_close(&source->builder);
    source->host->release(source->host, source);
}

static pd_status
sink_open(const struct pd_host *host, const struct pd_endpoint *end, struct pd_sink **ret_sink,
          struct pd_error *err)
{
    struct pd_sink *sink = (struct pd_sink *)host->alloc(host, sizeof *sink);

    (void)end;
    if (!sink)
        return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    sink->host = host;
    sink->n_rows = 0;
    *ret_sink = sink;
    return PD_OK;
}

static pd_status
sink_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    if (load->catalog->n_tables == 0)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_BUG, "no tables");
    return PD_OK;
}

static pd_status
sink_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part, struct pd_error *err)
{
    (void)sink;
    (void)scan;
    (void)part;
    (void)err;
    return PD_OK;
}

static pd_status
sink_write(struct pd_sink *sink, const struct pd_batch *batch, const struct pd_source_ops *long_ops,
           struct pd_source *long_source, struct pd_rejects *rejects, struct pd_error *err)
{
    (void)long_ops;
    (void)long_source;
    (void)rejects;
    (void)err;
    sink->n_rows += batch->n_rows;
    return PD_OK;
}

static pd_status
sink_step(struct pd_sink *sink, struct pd_error *err)
{
    (void)sink;
    (void)err;
    return PD_OK;
}

static pd_status
sink_finish(struct pd_sink *sink, struct pd_error *err)
{
    if (sink->n_rows != N_ROWS)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_DATA, "%u rows, not %d",
                                (unsigned)sink->n_rows, N_ROWS);
    return PD_OK;
}

static void
sink_close(struct pd_sink *sink)
{
    if (sink)
        sink->host->release(sink->host, sink);
}

static struct pd_source_ops source_ops;
static struct pd_sink_ops sink_ops;
static struct pd_plugin plugin;

static void
fill_plugin(const char *name)
{
    source_ops.struct_size = sizeof source_ops;
    source_ops.open = source_open;
    source_ops.catalog = source_catalog;
    source_ops.start = source_start;
    source_ops.read = source_read;
    source_ops.close = source_close;
    sink_ops.struct_size = sizeof sink_ops;
    sink_ops.open = sink_open;
    sink_ops.prepare = sink_prepare;
    sink_ops.start = sink_start;
    sink_ops.write = sink_write;
    sink_ops.end = sink_step;
    sink_ops.complete = sink_step;
    sink_ops.finish = sink_finish;
    sink_ops.close = sink_close;
    plugin.struct_size = sizeof plugin;
    plugin.abi = PD_ABI;
    plugin.name = name;
    plugin.version = "1";
    plugin.about = "for tests of the interface";
    plugin.schemes = name;
    plugin.source = &source_ops;
    plugin.sink = &sink_ops;
#ifdef OF_TOMORROW
    plugin.member_of_tomorrow = "x";
    source_ops.member_of_tomorrow = "x";
    sink_ops.member_of_tomorrow = "x";
#endif
}

/* PD_PLUGIN() by hand, since C++17 cannot initialise by name. */
#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)
#define ENTRY_(name) name##_LTX_polydump_plugin
#define ENTRY(name) ENTRY_(name)

#ifdef __cplusplus
extern "C" {
#endif

PD_EXPORT pd_plugin_entry ENTRY(NAME);

const struct pd_plugin *
ENTRY(NAME)(uint32_t abi)
{
    if (abi != PD_ABI)
        return NULL;
    fill_plugin(TEXT(NAME));
    return &plugin;
}

#ifdef __cplusplus
}
#endif

/* The macro itself, for the compilers to see. */
PD_PLUGIN(unused, plugin)
