// SPDX-License-Identifier: Apache-2.0
/* wrong - the plugin of sample.c with one mistake, which POLYDUMP_TEST_WRONG names: "CALL-WHAT" as
   in wrong.py. Without it the plugin does nothing wrong. */
#include "sample.c"

#include <limits.h>
#include <stdlib.h>

static const char *mistake = "";
static const struct pd_host *lent;

static int
is(const char *what)
{
    return strcmp(mistake, what) == 0;
}

/* Mistakes that every call can make. */
static int
is_common(const char *call, pd_status *ret_status)
{
    static const struct {
        const char *what;
        pd_status status;
    } rows[] = {{"7", 7},       {"done", PD_DONE}, {"silent", PD_FAILED},
                {"minus9", -9}, {"ok", PD_OK},     {"nowhere", PD_UNSUPPORTED}};
    size_t size = strlen(call), i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strncmp(mistake, call, size) == 0 && mistake[size] == '-' &&
            strcmp(mistake + size + 1, rows[i].what) == 0) {
            *ret_status = rows[i].status;
            return 1;
        }
    }
    return 0;
}

#define COMMON(call)                                                                               \
    do {                                                                                           \
        pd_status status_;                                                                         \
        if (is_common(call, &status_))                                                             \
            return status_;                                                                        \
    } while (0)

/* ---- Source ---- */

static pd_status
wrong_open(const struct pd_host *host, const struct pd_endpoint *end, struct pd_source **ret_source,
           struct pd_error *err)
{
    lent = host;
    COMMON("open");
    if (is("open-leak"))
        (void)host->alloc(host, 12345);
    return source_open(host, end, ret_source, err);
}

static pd_status
wrong_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog, struct pd_error *err)
{
    COMMON("catalog");
    if (is("catalog-size"))
        source->catalog.struct_size = 12;
    if (is("catalog-odd"))
        source->catalog.struct_size = sizeof source->catalog - 4;
    return source_catalog(source, ret_catalog, err);
}

static pd_status
wrong_start(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err)
{
    COMMON("start");
    return source_start(source, scan, err);
}

static void
keep_all(const struct pd_batch *batch)
{
    (void)batch;
}

/* A lot of small batches, so that their memory counts. */
static pd_status
read_kept(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    static int n_batches;
    pd_status status;

    source->at_end = n_batches++ == 1000;
    status = source_read(source, ret_batch, err);
    if (status == PD_OK)
        ((struct pd_batch *)*ret_batch)->release = keep_all;
    return status;
}

static pd_status
wrong_read(struct pd_source *source, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct pd_batch *batch;
    pd_status status;

    if (strcmp(mistake, "read-done") != 0)
        COMMON("read");
    if (is("read-keep"))
        return read_kept(source, ret_batch, err);
    status = source_read(source, ret_batch, err);
    if (status != PD_OK)
        return status;
    batch = (struct pd_batch *)*ret_batch;
    if (is("read-size"))
        batch->struct_size = 8;
    if (is("read-less"))
        batch->n_columns--;
    if (is("read-more"))
        batch->n_columns++;
    if (is("read-vectors"))
        batch->vectors = NULL;
    if (is("read-release"))
        batch->release = NULL;
    return PD_OK;
}

static pd_status
wrong_share(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err)
{
    COMMON("share");
    if (is("share-self")) {
        *ret_twin = source;
        return PD_OK;
    }
    return source_open(source->host, NULL, ret_twin, err);
}

static pd_status
wrong_extent(struct pd_source *source, uint32_t table, struct pd_extent *extent,
             struct pd_error *err)
{
    (void)source;
    (void)table;
    (void)err;
    COMMON("extent");
    extent->n_rows = N_ROWS;
    return PD_OK;
}

static pd_status
wrong_facts(struct pd_source *source, const struct pd_scan *scan, int level,
            const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    static struct pd_fact rows;

    (void)source;
    (void)scan;
    (void)level;
    (void)err;
    COMMON("facts");
    rows.column = is("facts-column") ? 500 : PD_NO_COLUMN;
    rows.id = PD_FACT_ROWS;
    rows.low = N_ROWS;
    *ret_facts = is("facts-null") ? NULL : &rows;
    *ret_n_facts = 1;
    return PD_OK;
}

static pd_status
wrong_recheck(struct pd_source *source, struct pd_error *err)
{
    (void)source;
    (void)err;
    COMMON("recheck");
    return PD_OK;
}

static pd_status
wrong_identity(struct pd_source *source, char *buffer, size_t size, struct pd_error *err)
{
    (void)source;
    (void)err;
    COMMON("identity");
    memset(buffer, 'x', size);
    if (!is("identity-endless"))
        return PD_UNSUPPORTED;
    return PD_OK;
}

static pd_status
wrong_stats(struct pd_source *source, uint32_t table, const struct pd_stats **ret_stats,
            struct pd_error *err)
{
    static struct pd_stats stats;

    (void)source;
    (void)table;
    (void)err;
    COMMON("stats");
    if (!is("stats-facts"))
        return PD_UNSUPPORTED;
    stats.struct_size = sizeof stats;
    stats.n_facts = 3;
    *ret_stats = &stats;
    return PD_OK;
}

/* ---- Sink ---- */

static pd_status
wrong_sink_open(const struct pd_host *host, const struct pd_endpoint *end,
                struct pd_sink **ret_sink, struct pd_error *err)
{
    lent = host;
    COMMON("sink.open");
    return sink_open(host, end, ret_sink, err);
}

static pd_status
wrong_prepare(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    COMMON("prepare");
    return sink_prepare(sink, load, err);
}

static pd_status
wrong_sink_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part,
                 struct pd_error *err)
{
    COMMON("sink.start");
    return sink_start(sink, scan, part, err);
}

static pd_status
wrong_write(struct pd_sink *sink, const struct pd_batch *batch,
            const struct pd_source_ops *long_ops, struct pd_source *long_source,
            struct pd_rejects *rejects, struct pd_error *err)
{
    COMMON("write");
    if (is("write-row"))
        rejects->add(rejects, batch->n_rows + 7, PD_CAUSE_DATA, NULL, NULL, "no such row");
    return sink_write(sink, batch, long_ops, long_source, rejects, err);
}

#define STEP(call)                                                                                 \
    static pd_status wrong_##call(struct pd_sink *sink, struct pd_error *err)                      \
    {                                                                                              \
        COMMON(#call);                                                                             \
        return sink_step(sink, err);                                                               \
    }
STEP(end)
STEP(complete)

static pd_status
wrong_finish(struct pd_sink *sink, struct pd_error *err)
{
    (void)sink;
    (void)err;
    COMMON("finish");
    return PD_OK;
}

static pd_status
wrong_sink_share(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err)
{
    COMMON("sink.share");
    if (is("sink.share-self")) {
        *ret_twin = sink;
        return PD_OK;
    }
    return sink_open(sink->host, NULL, ret_twin, err);
}

static pd_status
wrong_map(struct pd_sink *sink, const struct pd_load *load, const struct pd_mapping **ret_mappings,
          struct pd_error *err)
{
    (void)sink;
    (void)load;
    (void)ret_mappings;
    (void)err;
    COMMON("map");
    return PD_UNSUPPORTED;
}

static pd_status
wrong_review(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err)
{
    COMMON("review");
    return source_open(sink->host, NULL, ret_source, err);
}

static const struct pd_left_out *
wrong_left_out(struct pd_sink *sink, size_t n)
{
    static struct pd_left_out left;

    (void)sink;
    if (strncmp(mistake, "left_out-", 9) != 0 || (n && !is("left_out-endless")))
        return NULL;
    memset(&left, 0, sizeof left);
    left.struct_size = is("left_out-size") ? 8 : sizeof left;
    left.part = PD_PART_KEY;
    left.table = is("left_out-table") ? 999 : 0;
    left.text = is("left_out-text") ? NULL : "again";
    return &left;
}

static pd_status
wrong_placed(struct pd_sink *sink, uint32_t table, struct pd_placed *placed, struct pd_error *err)
{
    (void)sink;
    (void)table;
    (void)err;
    COMMON("placed");
    if (is("placed-name"))
        placed->name = NULL;
    return PD_OK;
}

static pd_status
wrong_seal(struct pd_sink *sink, uint32_t table, const struct pd_stats *stats, struct pd_error *err)
{
    (void)sink;
    (void)table;
    (void)stats;
    (void)err;
    COMMON("seal");
    return PD_OK;
}

static pd_status
wrong_create(const struct pd_host *host, const struct pd_endpoint *end, char **ret_url,
             struct pd_error *err)
{
    (void)end;
    (void)ret_url;
    COMMON("create");
    return host->fail(err, PD_FAILED, PD_CAUSE_CONNECT, "not today");
}

static pd_status
wrong_drop(const struct pd_host *host, const struct pd_endpoint *end, const char *url,
           struct pd_error *err)
{
    (void)host;
    (void)end;
    (void)url;
    (void)err;
    return PD_OK;
}

static pd_status
wrong_outcome(struct pd_sink *sink, uint32_t table, struct pd_outcome *outcome,
              struct pd_error *err)
{
    (void)sink;
    (void)table;
    (void)outcome;
    (void)err;
    COMMON("outcome");
    return PD_UNSUPPORTED;
}

static pd_status
wrong_look(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
           struct pd_error *err)
{
    (void)sink;
    (void)load;
    (void)ret_found;
    (void)err;
    COMMON("look");
    return PD_OK;
}

/* ---- The plugin ---- */

static void
fill_wrong(void)
{
    static struct pd_scratch_ops scratch;
    static struct pd_option option;

    plugin.name = "wrong";
    plugin.schemes = "wrong";
    source_ops.open = wrong_open;
    source_ops.catalog = wrong_catalog;
    source_ops.start = wrong_start;
    source_ops.read = wrong_read;
    source_ops.share = wrong_share;
    source_ops.extent = wrong_extent;
    source_ops.facts = wrong_facts;
    source_ops.recheck = wrong_recheck;
    source_ops.identity = wrong_identity;
    source_ops.stats = wrong_stats;
    sink_ops.open = wrong_sink_open;
    sink_ops.prepare = wrong_prepare;
    sink_ops.start = wrong_sink_start;
    sink_ops.write = wrong_write;
    sink_ops.end = wrong_end;
    sink_ops.complete = wrong_complete;
    sink_ops.finish = wrong_finish;
    sink_ops.share = wrong_sink_share;
    sink_ops.map = wrong_map;
    sink_ops.review = wrong_review;
    sink_ops.left_out = wrong_left_out;
    sink_ops.placed = wrong_placed;
    sink_ops.outcome = wrong_outcome;
    sink_ops.seal = wrong_seal;
    sink_ops.look = is("look-none") ? NULL : wrong_look;
    scratch.struct_size = is("plugin-scratch") ? 8 : sizeof scratch;
    scratch.create = wrong_create;
    scratch.drop = wrong_drop;
    plugin.scratch = &scratch;
    if (is("plugin-abi"))
        plugin.abi = PD_ABI + 1;
    if (is("plugin-option")) {
        option.name = "jobs";
        option.help = "mine";
        plugin.options = &option;
        plugin.n_options = 1;
        plugin.option_size = sizeof option;
    }
}

PD_EXPORT pd_plugin_entry wrong_LTX_polydump_plugin;

const struct pd_plugin *
wrong_LTX_polydump_plugin(uint32_t abi)
{
    const struct pd_plugin *right = right_LTX_polydump_plugin(abi);

    if (right && getenv("POLYDUMP_TEST_WRONG"))
        mistake = getenv("POLYDUMP_TEST_WRONG");
    if (right)
        fill_wrong();
    return right;
}
