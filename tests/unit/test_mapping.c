// SPDX-License-Identifier: Apache-2.0
// mapping - a copy from a source in memory to a sink that asks for other types: what it is given,
// what is refused, what is read twice, and what is compared afterwards.
#include "model_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cancel.h"
#include "model/text.h"
#include "run/transfer.h"

#define TYPE(kind_, ...)                                                                           \
    {                                                                                              \
        .struct_size = sizeof(struct pd_type), .kind = PD_KIND_##kind_, __VA_ARGS__                \
    }

/* ---- The source: two tables of two columns, one row of the second ---- */

enum { ROWS = 3 };

struct source {
    struct cell cells[ROWS]; /* of column v of the first table */
    uint32_t table;
    bool is_read;
    unsigned n_scans[2];
    bool changes; /* the second scan of the first table gives another value */
};

static const struct pd_key_part key_parts[] = {{.struct_size = sizeof key_parts[0], .column = 0}};
static const struct pd_key keys[] = {{.struct_size = sizeof keys[0],
                                      .kind = PD_KEY_PRIMARY,
                                      .parts = key_parts,
                                      .n_parts = 1,
                                      .part_size = sizeof key_parts[0]}};
static struct pd_column columns[] = {
    {.struct_size = sizeof columns[0], .name = "id", .type = TYPE(INT64)},
    {.struct_size = sizeof columns[0], .name = "v", .type = TYPE(NUMBER), .native = "DATE"},
};
static struct pd_table tables[] = {
    {.struct_size = sizeof tables[0],
     .name = "t",
     .columns = columns,
     .n_columns = 2,
     .column_size = sizeof columns[0],
     .keys = keys,
     .n_keys = 1,
     .key_size = sizeof keys[0]},
    {.struct_size = sizeof tables[0],
     .name = "u",
     .columns = columns,
     .n_columns = 2,
     .column_size = sizeof columns[0]},
};
static const struct pd_catalog catalog = {.struct_size = sizeof catalog,
                                          .engine = "memory",
                                          .tables = tables,
                                          .n_tables = 2,
                                          .table_size = sizeof tables[0]};

static pd_status
source_start(struct pd_source *handle, const struct pd_scan *scan, struct pd_error *err)
{
    struct source *source = (struct source *)(void *)handle;

    source->table = scan->table;
    source->is_read = false;
    source->n_scans[scan->table]++;
    return PD_OK;
}

static pd_status
source_read(struct pd_source *handle, const struct pd_batch **ret_batch, struct pd_error *err)
{
    struct source *source = (struct source *)(void *)handle;
    uint32_t n_rows = source->table ? 1 : ROWS;
    struct cell cells[2 * ROWS];

    if (source->is_read)
        return PD_DONE;
    source->is_read = true;
    for (uint32_t i = 0; i < n_rows; i++) {
        cells[2 * i] = (struct cell){.tag = PD_TAG_PLAIN, .integer = i + 1};
        cells[2 * i + 1] = source->cells[i];
    }
    if (source->changes && source->table == 0 && source->n_scans[0] > 1)
        cells[1].bytes = (const uint8_t *)"1999-12-31";
    *ret_batch = rows_batch(&tables[source->table], cells, n_rows);
    return PD_OK;
}

static void
nothing_close(struct pd_source *source)
{
}

static const struct pd_source_ops source_ops = {.struct_size = sizeof source_ops,
                                                .start = source_start,
                                                .read = source_read,
                                                .close = nothing_close};

/* ---- The sink: remembers what it was given as text ---- */

struct sink {
    struct pd_mapping mappings[4];
    struct pd_mapping with_profiles[4]; /* answered when the profile of the first table is known */
    bool has_more;                      /* with_profiles counts */
    unsigned n_maps;
    bool was_prepared;
    struct buffer written;
    uint32_t table;
    uint64_t n_rows[2];
    uint64_t octets; /* of column v of the first table */
};

static struct sink sink;

static pd_status
sink_open(const struct pd_host *host, const struct pd_endpoint *end, struct pd_sink **ret_sink,
          struct pd_error *err)
{
    *ret_sink = (struct pd_sink *)(void *)&sink;
    return PD_OK;
}

static pd_status
sink_map(struct pd_sink *handle, const struct pd_load *load, const struct pd_mapping **ret_mappings,
         struct pd_error *err)
{
    const struct pd_stats *stats = PD_AT(struct pd_stats, load->stats, load->stats_size, 0);

    sink.n_maps++;
    assert_false(sink.was_prepared);
    *ret_mappings = sink.has_more && stats->profiles ? sink.with_profiles : sink.mappings;
    if (stats->profiles)
        assert_int_equal(stats->profiles[1].n_texts, ROWS);
    return PD_OK;
}

static pd_status
sink_prepare(struct pd_sink *handle, const struct pd_load *load, struct pd_error *err)
{
    sink.was_prepared = true;
    return PD_OK;
}

static pd_status
sink_start(struct pd_sink *handle, const struct pd_scan *scan, uint32_t part, struct pd_error *err)
{
    sink.table = scan->table;
    return PD_OK;
}

static const struct pd_type *
written_type(uint32_t column)
{
    const struct pd_mapping *m =
        &(sink.has_more ? sink.with_profiles : sink.mappings)[sink.table * 2 + column];

    return m->as.kind ? &m->as : &columns[column].type;
}

static pd_status
sink_write(struct pd_sink *handle, const struct pd_batch *batch,
           const struct pd_source_ops *long_ops, struct pd_source *long_source,
           struct pd_rejects *rejects, struct pd_error *err)
{
    for (uint32_t row = 0; row < batch->n_rows; row++) {
        for (uint32_t i = 0; i < 2; i++) {
            const struct pd_type *type = written_type(i);
            struct cell cell = batch_cell(type, batch_vector(batch, i), row);
            size_t before = sink.written.size;

            text_append(&sink.written, type, &cell);
            if (i == 1 && sink.table == 0 && type->kind == PD_KIND_TEXT)
                sink.octets += sink.written.size - before;
            buffer_char(&sink.written, i ? ';' : '=');
        }
    }
    sink.n_rows[sink.table] += batch->n_rows;
    return PD_OK;
}

static pd_status
sink_step(struct pd_sink *handle, struct pd_error *err)
{
    return PD_OK;
}

static void
sink_close(struct pd_sink *handle)
{
}

/* What was written, as its engine would show and count it. */
static pd_status
review_catalog(struct pd_source *source, const struct pd_catalog **ret_catalog,
               struct pd_error *err)
{
    static struct pd_column own_columns[COUNT_OF(tables)][COUNT_OF(columns)];
    static struct pd_table own_tables[COUNT_OF(tables)];
    static struct pd_catalog own;

    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        own_tables[i] = tables[i];
        own_tables[i].columns = own_columns[i];
        for (size_t k = 0; k < COUNT_OF(columns); k++) {
            const struct pd_type *as = &sink.mappings[i * COUNT_OF(columns) + k].as;

            own_columns[i][k] = columns[k];
            if (as->kind != PD_KIND_NONE)
                own_columns[i][k].type = *as;
        }
    }
    own = catalog;
    own.tables = own_tables;
    *ret_catalog = &own;
    return PD_OK;
}

static pd_status
review_facts(struct pd_source *source, const struct pd_scan *scan, int level,
             const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    static struct pd_fact facts[2];

    facts[0] = (struct pd_fact){
        .column = PD_NO_COLUMN, .id = PD_FACT_ROWS, .low = sink.n_rows[scan->table]};
    facts[1] = (struct pd_fact){.column = 1, .id = PD_FACT_OCTETS, .low = sink.octets};
    *ret_facts = facts;
    *ret_n_facts = scan->table == 0 ? 2 : 1;
    return PD_OK;
}

static const struct pd_source_ops review_ops = {.struct_size = sizeof review_ops,
                                                .catalog = review_catalog,
                                                .close = nothing_close,
                                                .facts = review_facts};

static pd_status
sink_review(struct pd_sink *handle, struct pd_source **ret_source, struct pd_error *err)
{
    static char review;

    *ret_source = (struct pd_source *)(void *)&review;
    return PD_OK;
}

static const struct pd_sink_ops sink_ops = {.struct_size = sizeof sink_ops,
                                            .open = sink_open,
                                            .prepare = sink_prepare,
                                            .start = sink_start,
                                            .write = sink_write,
                                            .end = sink_step,
                                            .complete = sink_step,
                                            .finish = sink_step,
                                            .close = sink_close,
                                            .map = sink_map,
                                            .review = sink_review};

/* ---- A run ---- */

static struct cell
text(const char *bytes)
{
    return (struct cell){
        .tag = PD_TAG_TEXT, .bytes = (const uint8_t *)bytes, .size = strlen(bytes)};
}

static struct source
source_of(struct cell a, struct cell b, struct cell c)
{
    return (struct source){.cells = {a, b, c}};
}

static void
sink_reset(void)
{
    buffer_free(&sink.written);
    memset(&sink, 0, sizeof sink);
    cancel_reset();
}

static pd_status
run(struct source *source, struct report *report, struct pd_error *err)
{
    static const struct loaded loaded = {.plugin = {.struct_size = sizeof loaded.plugin,
                                                    .name = "other",
                                                    .source = &review_ops,
                                                    .sink = &sink_ops}};
    struct end end = {.loaded = &loaded,
                      .endpoint = {.struct_size = sizeof end.endpoint, .url = "other:"}};
    struct pd_catalog own = catalog;
    struct opened_source opened = {.ops = &source_ops,
                                   .handle = (struct pd_source *)(void *)source,
                                   .engine = "memory",
                                   .catalog = &own};
    struct run_options options = {.jobs = 1, .quiet = true};

    return transfer_run(&opened, &end, &options, report, err);
}

static const char *
written(void)
{
    return buffer_string(&sink.written);
}

static void
set(struct pd_mapping *m, int rung, const char *native, struct pd_type as)
{
    *m = (struct pd_mapping){.rung = (uint32_t)rung, .native = native, .as = as};
}

static const struct pd_type as_date = TYPE(DATE), as_text = TYPE(TEXT), as_int32 = TYPE(INT32);

static void
rows_come_as_the_sink_wants_them(void **state)
{
    CLEANUP(report) struct report *report = NULL;
    struct source source = source_of(text("2024-01-02"), text("0044-03-15 BC"), text("infinity"));
    struct pd_error err = {0};

    sink_reset();
    assert_int_equal(report_new(&report, &err), PD_OK);
    set(&sink.mappings[0], PD_RUNG_NATIVE, "int", as_int32);
    set(&sink.mappings[1], PD_RUNG_CARRIER, "text", as_text);
    sink.mappings[1].reason = "no such type";
    set(&sink.mappings[3], PD_RUNG_PROFILED, "date", as_date);
    if (run(&source, report, &err) != PD_OK)
        fail_msg("%s", err.text);
    assert_string_equal(written(), "1=2024-01-02;2=0044-03-15 BC;3=infinity;1=2024-01-02;");
    assert_int_equal(sink.n_maps, 1);
    assert_int_equal(source.n_scans[0], 1);
    assert_int_equal(report->rows_written, ROWS + 1);
    assert_int_equal(report->n_mapped, 2);
    assert_string_equal(report->mapped[0].table, "t");
    assert_string_equal(report->mapped[0].column, "v");
    assert_string_equal(report->mapped[0].native, "text");
    assert_string_equal(report->mapped[0].reason, "no such type");
    assert_int_equal(report->mapped[0].rung, PD_RUNG_CARRIER);
    assert_int_equal(report->mapped[1].rung, PD_RUNG_PROFILED);
}

/* The sum of bytes that the engine of the target counts is that of the texts that were written, not
   of what was read (where no cell of the column is a plain text). */
static void
facts_are_those_of_what_was_written(void **state)
{
    CLEANUP(report) struct report *report = NULL;
    struct source source = source_of((struct cell){.tag = PD_TAG_INT, .integer = 12345},
                                     (struct cell){.tag = PD_TAG_REAL, .real = 1.5}, text("a"));
    struct pd_error err = {0};

    sink_reset();
    assert_int_equal(report_new(&report, &err), PD_OK);
    set(&sink.mappings[1], PD_RUNG_CARRIER, "text", as_text);
    sink.mappings[1].flags = PD_MAPPING_TAGGED;
    sink.mappings[1].native = "text";
    if (run(&source, report, &err) != PD_OK)
        fail_msg("%s", err.text);
    assert_string_equal(written(), "1=i:12345;2=r:1.5;3=t:a;1=12345;");
    assert_int_equal(sink.octets, 7 + 5 + 3);
    assert_int_equal(report->facts_compared, 3);

    sink_reset();
    set(&sink.mappings[1], PD_RUNG_CARRIER, "text", as_text);
    sink.mappings[1].flags = PD_MAPPING_TAGGED;
    sink.octets = 1; /* too many */
    assert_int_equal(run(&source, report, &err), PD_FATAL);
    assert_string_equal(err.text, "table 't': what the engine has is not what went through: column "
                                  "'v': octets: 16 in the engine, 15 in the stream");
}

static void
what_does_not_fit_is_told_by_row_and_value(void **state)
{
    CLEANUP(report) struct report *report = NULL;
    struct source source = source_of(text("2024-01-02"), text("so\x1bon"), text("2024-01-03"));
    struct pd_error err = {0};

    sink_reset();
    assert_int_equal(report_new(&report, &err), PD_OK);
    set(&sink.mappings[1], PD_RUNG_PROFILED, "date", as_date);
    sink.mappings[1].option = "misfit=carrier";
    assert_int_equal(run(&source, report, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_DATA);
    assert_string_equal(err.text, "table 't': column 'v', row with id = '2': the text 'so\\x1bon' "
                                  "does not fit 'date'; use --misfit=carrier");
    assert_int_equal(sink.n_rows[0], 0);
}

static void
a_row_without_a_key_is_told_by_number_and_a_value_is_cut(void **state)
{
    CLEANUP(report) struct report *report = NULL;
    struct source source =
        source_of(text("0123456789012345678901234567890123456789012345678901234567890123456789"),
                  text("a"), text("a"));
    struct pd_error err = {0};

    sink_reset();
    assert_int_equal(report_new(&report, &err), PD_OK);
    set(&sink.mappings[3], PD_RUNG_NATIVE, NULL, as_date);
    assert_int_equal(run(&source, report, &err), PD_FATAL);
    assert_string_equal(err.text,
                        "table 'u': column 'v', row 1: the text "
                        "'0123456789012345678901234567890123456789012345678901234567890123'... "
                        "does not fit 'date'");
}

static void
a_value_with_a_nul_is_shown_whole(void **state)
{
    CLEANUP(report) struct report *report = NULL;
    struct source source =
        source_of((struct cell){.tag = PD_TAG_TEXT, .bytes = (const uint8_t *)"a\0b\0", .size = 4},
                  text("a"), text("a"));
    struct pd_error err = {0};

    sink_reset();
    assert_int_equal(report_new(&report, &err), PD_OK);
    set(&sink.mappings[3], PD_RUNG_NATIVE, NULL, as_date);
    assert_int_equal(run(&source, report, &err), PD_FATAL);
    assert_string_equal(err.text, "table 'u': column 'v', row 1: the text 'a\\x00b\\x00' does not "
                                  "fit 'date'");
}

static void
refused_columns_stop_the_run_before_anything_is_made(void **state)
{
    CLEANUP(report) struct report *report = NULL;
    struct source source = source_of(text("a"), text("b"), text("c"));
    struct pd_error err = {0};

    sink_reset();
    assert_int_equal(report_new(&report, &err), PD_OK);
    set(&sink.mappings[0], PD_RUNG_REFUSED, NULL, (struct pd_type){0});
    sink.mappings[0].reason = "numbers are not welcome";
    set(&sink.mappings[3], PD_RUNG_REFUSED, "date", (struct pd_type){0});
    sink.mappings[3].reason = "it is too late";
    sink.mappings[3].option = "misfit=carrier";
    assert_int_equal(run(&source, report, &err), PD_FATAL);
    assert_string_equal(err.text,
                        "2 columns cannot be stored in the target: 't.id' (int64): numbers are not "
                        "welcome; 'u.v' (DATE) as 'date': it is too late, use --misfit=carrier");
    assert_false(sink.was_prepared);
    assert_int_equal(source.n_scans[0], 0);
}

static void
an_answer_of_nonsense_is_a_bug(void **state)
{
    CLEANUP(report) struct report *report = NULL;
    struct source source = source_of(text("a"), text("b"), text("c"));
    struct pd_error err = {0};

    sink_reset();
    assert_int_equal(report_new(&report, &err), PD_OK);
    sink.mappings[2].rung = 9;
    assert_int_equal(run(&source, report, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_BUG);
}

/* ---- Profiles before the copy ---- */

static void
guess(struct source *source)
{
    *source = source_of(text("2024-01-02"), text("2024-01-03"), text("2024-01-04"));
    sink_reset();
    set(&sink.mappings[1], PD_RUNG_CARRIER, "text", as_text);
    sink.mappings[1].flags = PD_MAPPING_GUESS;
    set(&sink.with_profiles[1], PD_RUNG_PROFILED, "date", as_date);
    sink.has_more = true;
}

static void
tables_with_a_guess_are_scanned_before_and_no_others(void **state)
{
    CLEANUP(report) struct report *report = NULL;
    struct source source;
    struct pd_error err = {0};

    guess(&source);
    assert_int_equal(report_new(&report, &err), PD_OK);
    if (run(&source, report, &err) != PD_OK)
        fail_msg("%s", err.text);
    assert_int_equal(sink.n_maps, 2);
    assert_int_equal(source.n_scans[0], 2);
    assert_int_equal(source.n_scans[1], 1);
    assert_string_equal(written(), "1=2024-01-02;2=2024-01-03;3=2024-01-04;1=2024-01-02;");
    assert_int_equal(report->rows_read, ROWS + 1);
    assert_int_equal(report->n_mapped, 1);
    assert_string_equal(report->mapped[0].native, "date");
}

static void
rows_that_are_not_those_that_were_profiled_are_found(void **state)
{
    CLEANUP(report) struct report *report = NULL;
    struct source source;
    struct pd_error err = {0};

    guess(&source);
    source.changes = true;
    assert_int_equal(report_new(&report, &err), PD_OK);
    assert_int_equal(run(&source, report, &err), PD_FATAL);
    assert_int_equal(err.cause, PD_CAUSE_CHANGED);
    assert_string_equal(err.text,
                        "table 't': the rows that were profiled (3) are not those that were copied "
                        "(3); the source changed while it was read");
}

static int
teardown(void **state)
{
    sink_reset();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_as_the_sink_wants_them),
        cmocka_unit_test(facts_are_those_of_what_was_written),
        cmocka_unit_test(what_does_not_fit_is_told_by_row_and_value),
        cmocka_unit_test(a_row_without_a_key_is_told_by_number_and_a_value_is_cut),
        cmocka_unit_test(a_value_with_a_nul_is_shown_whole),
        cmocka_unit_test(refused_columns_stop_the_run_before_anything_is_made),
        cmocka_unit_test(an_answer_of_nonsense_is_a_bug),
        cmocka_unit_test(tables_with_a_guess_are_scanned_before_and_no_others),
        cmocka_unit_test(rows_that_are_not_those_that_were_profiled_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
