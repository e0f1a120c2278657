// SPDX-License-Identifier: Apache-2.0
// facts - random tables against a naive count, merged in any order, and compared with an engine's.
#include "model_count.h"

/* The cells of a random table, one by one, for the numbers that are easy to get naively. */
struct naive {
    uint64_t n_nulls, n_ints, n_reals, n_texts, n_blobs, n_octets, n_trues, n_nans;
    int128 int_sum;
    int128 real_check;
};

static int
naive_class(const struct pd_type *type, const struct cell *cell)
{
    static const int classes[] = {0,
                                  PD_CLASS_INTEGER,
                                  PD_CLASS_FLOAT,
                                  PD_CLASS_TEXT,
                                  PD_CLASS_BYTES,
                                  PD_CLASS_TEXT,
                                  PD_CLASS_TEXT};

    if (cell->tag > PD_TAG_UTF16)
        return PD_CLASS_OUTLIER;
    if (cell->tag > 0)
        return classes[cell->tag];
    if (type->kind == PD_KIND_XML || kind_class(type->kind) == PD_CLASS_JSON)
        return PD_CLASS_TEXT;
    return type->kind == PD_KIND_GEOMETRY ? PD_CLASS_BYTES : kind_class(type->kind);
}

static void
naive_add(struct naive *n, const struct pd_type *type, const struct cell *cell)
{
    if (cell->tag < 0) {
        n->n_nulls++;
        return;
    }
    switch (naive_class(type, cell)) {
    case PD_CLASS_BOOL:
        n->n_trues += cell->integer != 0;
        return;
    case PD_CLASS_INTEGER:
        n->n_ints++;
        n->int_sum += type->kind == PD_KIND_UINT64 && cell->tag == 0
                          ? (int128)(uint64_t)cell->integer
                          : (int128)cell->integer;
        return;
    case PD_CLASS_FLOAT:
        n->n_reals++;
        n->n_nans += cell->real != cell->real;
        n->real_check += fact_real_check(cell->real);
        return;
    case PD_CLASS_TEXT:
        n->n_texts++;
        n->n_octets += cell->size;
        return;
    case PD_CLASS_BYTES:
        n->n_blobs++;
        n->n_octets += cell->size;
        return;
    default:
        return;
    }
}

static void
assert_fact(const struct pd_stats *stats, uint32_t column, uint32_t id, int128 wanted)
{
    const struct pd_fact *fact = find(stats, column, id);

    if (!fact) {
        assert_true(wanted == 0);
        return;
    }
    assert_int_equal(fact->low, (uint64_t)wanted);
    assert_int_equal(fact->high, (int64_t)(wanted >> 64));
}

static void
random_tables_are_counted_as_the_naive_way(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    CLEANUP(tally) struct tally *tally = NULL;
    const uint32_t n_rows = 900;
    struct dice dice = {41};
    struct pd_table table = rows_table(arena);
    struct cell *cells = rows_random(arena, &dice, &table, n_rows, 9);
    const struct pd_batch *batch = rows_batch(&table, cells, n_rows);
    struct pd_stats stats;
    struct pd_error err = {0};

    assert_int_equal(tally_new(&table, &tally, &err), PD_OK);
    assert_int_equal(tally_batch(tally, batch, NULL, NULL, NULL, &err), PD_OK);
    assert_int_equal(tally_stats(tally, &stats, &err), PD_OK);
    for (uint32_t i = 0; i < table.n_columns; i++) {
        struct naive n = {0};

        for (uint32_t row = 0; row < n_rows; row++)
            naive_add(&n, &table.columns[i].type, &cells[row * table.n_columns + i]);
        assert_fact(&stats, i, PD_FACT_NULLS, n.n_nulls);
        assert_fact(&stats, i, PD_FACT_INTS, n.n_ints);
        assert_fact(&stats, i, PD_FACT_REALS, n.n_reals);
        assert_fact(&stats, i, PD_FACT_TEXTS, n.n_texts);
        assert_fact(&stats, i, PD_FACT_BLOBS, n.n_blobs);
        assert_fact(&stats, i, PD_FACT_INT_SUM, n.int_sum);
        assert_fact(&stats, i, PD_FACT_REAL_NANS, n.n_nans);
        assert_fact(&stats, i, PD_FACT_REAL_CHECK, n.real_check);
        assert_fact(&stats, i, PD_FACT_OCTETS, n.n_octets);
        assert_fact(&stats, i, PD_FACT_TRUES, n.n_trues);
    }
    batch_release(batch);
}

/* Profiles, digests and facts of two tallies of the same rows. */
static void
assert_same_stats(const struct pd_table *table, struct pd_stats *a, struct pd_stats *b)
{
    assert_int_equal(a->n_rows, b->n_rows);
    assert_int_equal(a->digest_low, b->digest_low);
    assert_int_equal(a->digest_high, b->digest_high);
    assert_memory_equal(a->profiles, b->profiles, table->n_columns * sizeof *a->profiles);
    assert_int_equal(a->n_facts, b->n_facts);
    for (size_t i = 0; i < a->n_facts; i++) {
        char x[400], y[400];

        fact_value_text(&a->facts[i], x, sizeof x);
        fact_value_text(&b->facts[i], y, sizeof y);
        assert_int_equal(a->facts[i].column, b->facts[i].column);
        assert_int_equal(a->facts[i].id, b->facts[i].id);
        assert_string_equal(x, y);
    }
}

static void
tally_part(struct tally *tally, const struct pd_table *table, const struct cell *cells,
           uint32_t n_rows)
{
    const struct pd_batch *batch;
    struct pd_error err = {0};

    if (n_rows == 0)
        return;
    batch = rows_batch(table, cells, n_rows);
    assert_int_equal(tally_batch(tally, batch, NULL, NULL, NULL, &err), PD_OK);
    batch_release(batch);
}

static void
merge_in_random_parts(uint64_t seed)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    enum { N_ROWS = 240, N_PARTS = 4 };
    struct dice dice = {seed};
    struct pd_table table = rows_table(arena);
    struct cell *cells = rows_random(arena, &dice, &table, N_ROWS, dice_below(&dice, 2) ? 0 : 5);
    struct tally *parts[N_PARTS], *whole;
    uint32_t borders[N_PARTS + 1] = {0, dice_below(&dice, 80), 80 + dice_below(&dice, 40),
                                     120 + dice_below(&dice, 100), N_ROWS};
    uint32_t first = dice_below(&dice, N_PARTS);
    struct pd_stats one, merged;
    struct pd_error err = {0};

    assert_int_equal(tally_new(&table, &whole, &err), PD_OK);
    tally_part(whole, &table, cells, N_ROWS);
    for (uint32_t i = 0; i < N_PARTS; i++) {
        assert_int_equal(tally_new(&table, &parts[i], &err), PD_OK);
        tally_part(parts[i], &table, cells + borders[i] * table.n_columns,
                   borders[i + 1] - borders[i]);
    }
    for (uint32_t i = 1; i < N_PARTS; i++)
        tally_merge(parts[first], parts[(first + i) % N_PARTS]);
    assert_int_equal(tally_stats(whole, &one, &err), PD_OK);
    assert_int_equal(tally_stats(parts[first], &merged, &err), PD_OK);
    assert_same_stats(&table, &one, &merged);
    tally_free(whole);
    for (uint32_t i = 0; i < N_PARTS; i++)
        tally_free(parts[i]);
}

static void
parts_merged_in_any_order_give_the_whole(void **state)
{
    for (uint64_t seed = 1; seed <= 25; seed++)
        merge_in_random_parts(seed * 77);
}

static const uint8_t *long_bytes;
static unsigned n_reads;

static pd_status
read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
          size_t size, struct pd_error *err)
{
    n_reads++;
    memcpy(buffer, long_bytes + offset, size);
    return PD_OK;
}

/* A row with a long cell in a plain column and one in a passenger. */
static void
long_cells_are_profiled_as_if_they_were_in_line(void **state)
{
    const size_t size = (5u << 20) + 2;
    CLEANUP_FREE uint8_t *bytes = malloc(size);
    struct pd_source_ops ops = {.struct_size = sizeof ops, .read_long = read_long};
    struct pd_column columns[2] = {
        {.name = "x", .type = {.kind = PD_KIND_TEXT}},
        {.name = "p", .type = {.kind = PD_KIND_BINARY}, .flags = PD_COLUMN_PASSENGER}};
    struct pd_table table = {.name = "t", .columns = columns, .n_columns = 2};
    struct pd_long as_long = {.size = size};
    struct cell cells[2] = {{.as_long = &as_long, .size = size},
                            {.as_long = &as_long, .size = size}};
    const struct pd_batch *batch = rows_batch(&table, cells, 1);
    struct tally *outside, *inside;
    struct pd_stats a, b;
    struct pd_error err = {0};

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)("é"[i % 2]); /* a slice ends within a character */
    bytes[0] = ' ';
    bytes[size - 1] = ' ';
    long_bytes = bytes;
    assert_int_equal(tally_new(&table, &outside, &err), PD_OK);
    assert_int_equal(tally_new(&table, &inside, &err), PD_OK);
    assert_int_equal(tally_batch(outside, batch, &ops, NULL, NULL, &err), PD_OK);
    assert_int_equal(n_reads, 12);
    cells[0] = cells[1] = (struct cell){.bytes = bytes, .size = size};
    tally_part(inside, &table, cells, 1);
    assert_int_equal(tally_stats(outside, &a, &err), PD_OK);
    assert_int_equal(tally_stats(inside, &b, &err), PD_OK);
    assert_same_stats(&table, &a, &b);
    assert_int_equal(a.profiles[0].max_size, size);
    tally_free(outside);
    tally_free(inside);
    batch_release(batch);
}

static void
generated_columns_have_no_facts(void **state)
{
    struct pd_column columns[2] = {
        {.name = "g", .type = {.kind = PD_KIND_INT64}, .generated = PD_GENERATED_VIRTUAL},
        {.name = "i", .type = {.kind = PD_KIND_INT64}}};
    struct pd_table table = {.name = "t", .columns = columns, .n_columns = 2};
    struct cell cells[2] = {{.tag = -1}, {.integer = 3}};
    CLEANUP(tally) struct tally *tally = NULL;
    struct pd_stats stats;
    struct pd_error err = {0};

    assert_int_equal(tally_new(&table, &tally, &err), PD_OK);
    tally_part(tally, &table, cells, 1);
    assert_int_equal(tally_stats(tally, &stats, &err), PD_OK);
    assert_null(find(&stats, 0, PD_FACT_NULLS));
    assert_non_null(find(&stats, 1, PD_FACT_NULLS));
    assert_int_equal(stats.facts[stats.n_facts - 1].id, PD_FACT_ROWS);
    assert_int_equal(stats.profiles[0].n_nulls, 0);
}

static void
differences_of_facts_are_told(void **state)
{
    struct counted c;
    struct cell cells[] = {text_cell(0, "abc"), text_cell(0, "é"), {.tag = -1}};
    struct pd_fact engine[] = {{.column = PD_NO_COLUMN, .id = PD_FACT_ROWS, .low = 3},
                               {.column = 0, .id = PD_FACT_TEXTS, .low = 2},
                               {.column = 0, .id = PD_FACT_OCTETS, .low = 5},
                               {.column = 0, .id = PD_FACT_INT_SUM, .low = 0}};
    size_t n_compared;
    char text[200] = "";

    count(&c, (struct pd_type){.kind = PD_KIND_TEXT}, cells, 3);
    assert_int_equal(facts_compare(&c.table, engine, 4, c.stats.facts, c.stats.n_facts, &n_compared,
                                   text, sizeof text),
                     0);
    assert_int_equal(n_compared, 4);
    assert_string_equal(text, "");
    engine[2].low = 6;
    engine[0].low = 4;
    assert_int_equal(facts_compare(&c.table, engine, 4, c.stats.facts, c.stats.n_facts, &n_compared,
                                   text, sizeof text),
                     2);
    assert_string_equal(text, "rows: 4 in the engine, 3 in the stream");
    assert_int_equal(facts_compare(&c.table, engine + 2, 1, c.stats.facts, c.stats.n_facts, NULL,
                                   text, sizeof text),
                     1);
    assert_string_equal(text, "column 'x': octets: 6 in the engine, 5 in the stream");
    engine[3] = (struct pd_fact){.column = 0, .id = PD_FACT_INT_MIN, .high = -1, .low = -1};
    assert_int_equal(facts_compare(&c.table, engine + 3, 1, c.stats.facts, c.stats.n_facts, NULL,
                                   text, sizeof text),
                     1);
    assert_string_equal(text, "column 'x': int-min: -1 in the engine, none in the stream");
    tally_free(c.tally);
}

static void
decimal_facts_are_compared_by_value(void **state)
{
    struct counted c;
    struct cell cells[] = {text_cell(0, "1.50"), text_cell(0, "2")};
    struct pd_fact engine = {.column = 0, .id = PD_FACT_DECIMAL_SUM, .text = "3.5"};
    char text[200];

    count(&c, (struct pd_type){.kind = PD_KIND_DECIMAL}, cells, 2);
    assert_int_equal(facts_compare(&c.table, &engine, 1, c.stats.facts, c.stats.n_facts, NULL, text,
                                   sizeof text),
                     0);
    engine.text = "3.51";
    assert_int_equal(facts_compare(&c.table, &engine, 1, c.stats.facts, c.stats.n_facts, NULL, text,
                                   sizeof text),
                     1);
    assert_string_equal(text, "column 'x': decimal-sum: 3.51 in the engine, 3.50 in the stream");
    tally_free(c.tally);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_tables_are_counted_as_the_naive_way),
        cmocka_unit_test(parts_merged_in_any_order_give_the_whole),
        cmocka_unit_test(long_cells_are_profiled_as_if_they_were_in_line),
        cmocka_unit_test(generated_columns_have_no_facts),
        cmocka_unit_test(differences_of_facts_are_told),
        cmocka_unit_test(decimal_facts_are_compared_by_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
