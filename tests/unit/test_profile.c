// SPDX-License-Identifier: Apache-2.0
// profile - profiles and facts: by hand, against a naive count, and merged in any order.
#include "model_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/digest.h"
#include "model/profile.h"
#include "model/text.h"

/* One column, its cells, and what was counted. */
struct counted {
    struct arena *arena;
    struct pd_column column;
    struct pd_table table;
    struct tally *tally;
    struct pd_stats stats;
};

static void
count(struct counted *c, struct pd_type type, const struct cell *cells, uint32_t n)
{
    const struct pd_batch *batch;
    struct pd_error err = {0};

    c->column = (struct pd_column){.name = "x", .type = type};
    c->table = (struct pd_table){.name = "t", .columns = &c->column, .n_columns = 1};
    assert_int_equal(tally_new(&c->table, &c->tally, &err), PD_OK);
    if (n) {
        batch = rows_batch(&c->table, cells, n);
        assert_int_equal(batch_check(&c->table, batch, &err), PD_OK);
        assert_int_equal(tally_batch(c->tally, batch, NULL, NULL, NULL, &err), PD_OK);
        batch_release(batch);
    }
    assert_int_equal(tally_stats(c->tally, &c->stats, &err), PD_OK);
}

static const struct pd_fact *
find(const struct pd_stats *stats, uint32_t column, uint32_t id)
{
    for (size_t i = 0; i < stats->n_facts; i++) {
        if (stats->facts[i].column == column && stats->facts[i].id == id)
            return &stats->facts[i];
    }
    return NULL;
}

static const char *
fact_text(const struct counted *c, uint32_t id)
{
    static char text[200];
    const struct pd_fact *fact = find(&c->stats, id == PD_FACT_ROWS ? PD_NO_COLUMN : 0, id);

    if (!fact)
        return "absent";
    fact_value_text(fact, text, sizeof text);
    return text;
}

static struct cell
text_cell(int tag, const char *text)
{
    return (struct cell){.tag = tag, .bytes = (const uint8_t *)text, .size = strlen(text)};
}

static void
integers_are_counted_exactly(void **state)
{
    struct counted c;
    struct cell cells[] = {{.integer = INT64_MAX},
                           {.integer = INT64_MAX},
                           {.tag = -1},
                           {.integer = INT64_MIN},
                           {.integer = 5}};

    count(&c, (struct pd_type){.kind = PD_KIND_INT64}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_ROWS), "5");
    assert_string_equal(fact_text(&c, PD_FACT_NULLS), "1");
    assert_string_equal(fact_text(&c, PD_FACT_INTS), "4");
    assert_string_equal(fact_text(&c, PD_FACT_REALS), "0");
    assert_string_equal(fact_text(&c, PD_FACT_INT_SUM), "9223372036854775811");
    assert_string_equal(fact_text(&c, PD_FACT_INT_MIN), "-9223372036854775808");
    assert_string_equal(fact_text(&c, PD_FACT_INT_MAX), "9223372036854775807");
    assert_string_equal(fact_text(&c, PD_FACT_OCTETS), "absent");
    assert_int_equal(c.stats.profiles[0].n_ints, 4);
    assert_int_equal(c.stats.profiles[0].min_int, INT64_MIN);
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
}

static void
unsigned_integers_saturate_in_the_profile_only(void **state)
{
    struct counted c;
    struct cell cells[] = {{.integer = -1}, {.integer = 1}};

    count(&c, (struct pd_type){.kind = PD_KIND_UINT64}, cells, 2);
    assert_string_equal(fact_text(&c, PD_FACT_INT_SUM), "18446744073709551616");
    assert_string_equal(fact_text(&c, PD_FACT_INT_MIN), "1");
    assert_string_equal(fact_text(&c, PD_FACT_INT_MAX), "18446744073709551615");
    assert_int_equal(c.stats.profiles[0].max_int, INT64_MAX);
    assert_int_equal(c.stats.profiles[0].min_int, 1);
    tally_free(c.tally);
}

static void
an_empty_column_has_counts_but_no_extremes(void **state)
{
    struct counted c;

    count(&c, (struct pd_type){.kind = PD_KIND_INT64}, NULL, 0);
    assert_string_equal(fact_text(&c, PD_FACT_ROWS), "0");
    assert_string_equal(fact_text(&c, PD_FACT_INTS), "0");
    assert_string_equal(fact_text(&c, PD_FACT_INT_SUM), "0");
    assert_string_equal(fact_text(&c, PD_FACT_INT_MIN), "absent");
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
    count(&c, (struct pd_type){.kind = PD_KIND_TEXT}, NULL, 0);
    assert_string_equal(fact_text(&c, PD_FACT_OCTETS), "0");
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
}

static void
only_zeros_and_ones_are_flagged(void **state)
{
    struct counted c;
    struct cell cells[] = {{.integer = 0}, {.integer = 1}, {.integer = 2}, {.tag = -1}};

    count(&c, (struct pd_type){.kind = PD_KIND_INT64}, cells, 2);
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_ONLY_01);
    tally_free(c.tally);
    count(&c, (struct pd_type){.kind = PD_KIND_INT64}, cells, 3);
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
    count(&c, (struct pd_type){.kind = PD_KIND_INT64}, cells + 3, 1);
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
}

static void
floats_are_counted_without_their_sum(void **state)
{
    struct counted c;
    struct cell cells[] = {{.real = -0.0},
                           {.real = 1.25},
                           {.real = values_real(VALUES_NAN)},
                           {.real = (double)INFINITY},
                           {.real = -3.5}};

    count(&c, (struct pd_type){.kind = PD_KIND_FLOAT64}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_REALS), "5");
    assert_string_equal(fact_text(&c, PD_FACT_REAL_NANS), "1");
    assert_string_equal(fact_text(&c, PD_FACT_REAL_NEGATIVES), "1");
    assert_string_equal(fact_text(&c, PD_FACT_REAL_MIN), "-3.5");
    assert_string_equal(fact_text(&c, PD_FACT_REAL_MAX), "Infinity");
    /* 1 + 2^50 % p, and -3 - 2^51 % p */
    assert_string_equal(fact_text(&c, PD_FACT_REAL_CHECK), "-524290");
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_NAN | PD_PROFILE_INFINITE |
                                                    PD_PROFILE_NEGATIVE_ZERO | PD_PROFILE_SCALE |
                                                    PD_PROFILE_FINITE);
    assert_int_equal(c.stats.profiles[0].max_scale, 2);
    assert_true(c.stats.profiles[0].max_real == 1.25);
    tally_free(c.tally);
    count(&c, (struct pd_type){.kind = PD_KIND_FLOAT64}, cells, 1);
    assert_int_equal(find(&c.stats, 0, PD_FACT_REAL_MIN)->low, 0);
    assert_int_equal(values_real_bits(c.stats.profiles[0].min_real), 0);
    tally_free(c.tally);
}

static void
the_check_of_floats_is_what_sql_computes(void **state)
{
    const int64_t p = 2147483647;

    assert_int_equal(fact_real_check(0), 0);
    assert_int_equal(fact_real_check(7), 7);
    assert_int_equal(fact_real_check(-7), -7);
    assert_int_equal(fact_real_check((double)p), 0);
    assert_int_equal(fact_real_check((double)p + 3), 3);
    assert_int_equal(fact_real_check(0.5), (INT64_C(1) << 51) % p);
    assert_int_equal(fact_real_check(-0.5), -((INT64_C(1) << 51) % p));
    assert_int_equal(fact_real_check(4611686018427387904.0), 0);
    assert_int_equal(fact_real_check(4611686018427387392.0), INT64_C(4611686018427387392) % p);
    assert_int_equal(fact_real_check((double)INFINITY), 0);
    assert_int_equal(fact_real_check(values_real(VALUES_NAN)), 0);
    assert_int_equal(fact_real_check(5e-324), 0);
}

static uint32_t
scale_of(struct pd_type type, const double *values, size_t n)
{
    struct counted c;
    struct cell cells[16] = {{0}};
    uint32_t scale;

    for (size_t i = 0; i < n; i++)
        cells[i].real = values[i];
    count(&c, type, cells, (uint32_t)n);
    scale = c.stats.profiles[0].flags & PD_PROFILE_SCALE ? c.stats.profiles[0].max_scale : 99;
    tally_free(c.tally);
    return scale;
}

static void
the_scale_of_floats_is_that_of_their_short_decimals(void **state)
{
    const struct pd_type wide = {.kind = PD_KIND_FLOAT64}, narrow = {.kind = PD_KIND_FLOAT32};

    assert_int_equal(scale_of(wide, (double[]){1, 2, 1e18, 1e300}, 4), 0);
    assert_int_equal(scale_of(wide, (double[]){1.5, 0.25, 3}, 3), 2);
    assert_int_equal(scale_of(wide, (double[]){19.99, 1234567.891}, 2), 3);
    assert_int_equal(scale_of(wide, (double[]){1e-15}, 1), 15);
    assert_int_equal(scale_of(wide, (double[]){1e-16}, 1), 99);
    assert_int_equal(scale_of(wide, (double[]){0.1 + 0.2}, 1), 99);
    assert_int_equal(scale_of(wide, (double[]){1.0 / 3, 1}, 2), 99);
    assert_int_equal(scale_of(wide, (double[]){1e-12, 40000.5}, 2), 12);
    assert_int_equal(scale_of(wide, (double[]){(double)INFINITY}, 1), 99);
    assert_int_equal(scale_of(narrow, (double[]){(double)0.1f, (double)2.25f}, 2), 2);
}

static void
texts_are_counted_in_octets_and_characters(void **state)
{
    struct counted c;
    struct cell cells[] = {text_cell(0, "abc"),
                           text_cell(0, "é😀"),
                           text_cell(0, ""),
                           {.tag = -1},
                           text_cell(PD_TAG_BADTEXT, "\xff"),
                           text_cell(PD_TAG_BYTES, "12345"),
                           {.bytes = (const uint8_t *)"a\0", .size = 2},
                           text_cell(0, "z "),
                           text_cell(PD_TAG_UTF16, "\x01\xd8")};

    count(&c, (struct pd_type){.kind = PD_KIND_TEXT}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_TEXTS), "7");
    assert_string_equal(fact_text(&c, PD_FACT_BLOBS), "1");
    assert_string_equal(fact_text(&c, PD_FACT_OCTETS), "21");
    assert_int_equal(c.stats.profiles[0].n_texts, 7);
    assert_int_equal(c.stats.profiles[0].n_blobs, 1);
    assert_int_equal(c.stats.profiles[0].n_outliers, 3);
    assert_int_equal(c.stats.profiles[0].max_size, 6);
    assert_int_equal(c.stats.profiles[0].max_chars, 3);
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_NUL | PD_PROFILE_BAD_TEXT |
                                                    PD_PROFILE_NON_BMP | PD_PROFILE_TRAILING_BLANK);
    tally_free(c.tally);
}

static uint32_t
flags_of_texts(int kind, const char *first, const char *second)
{
    struct counted c;
    struct cell cells[] = {text_cell(0, first), {.tag = -1}, text_cell(0, second ? second : "")};
    uint32_t flags;

    count(&c, (struct pd_type){.kind = (uint16_t)kind}, cells, second ? 3 : 2);
    flags = c.stats.profiles[0].flags;
    tally_free(c.tally);
    return flags;
}

static void
texts_that_are_all_dates_are_flagged(void **state)
{
    const int text = PD_KIND_TEXT;

    assert_int_equal(flags_of_texts(text, "2024-02-29", "1999-12-31"), PD_PROFILE_DATES);
    assert_int_equal(flags_of_texts(text, "0001-01-01", NULL), PD_PROFILE_DATES);
    assert_int_equal(flags_of_texts(text, "0000-01-01", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2023-02-29", NULL), 0);
    assert_int_equal(flags_of_texts(text, "1900-02-29", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2000-02-29", NULL), PD_PROFILE_DATES);
    assert_int_equal(flags_of_texts(text, "2024-04-31", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2024-1-01 ", NULL), PD_PROFILE_TRAILING_BLANK);
    assert_int_equal(flags_of_texts(text, "2024-02-29", "x"), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29", "2024-02-29 00:00:00"), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29 23:59:59", NULL), PD_PROFILE_TIMESTAMPS);
    assert_int_equal(flags_of_texts(text, "2024-02-29 23:59:59.1", "2024-02-29 00:00:00.123456"),
                     PD_PROFILE_TIMESTAMPS);
    assert_int_equal(flags_of_texts(text, "2024-02-29 23:59:59.10", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29 23:59:59.", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29 23:59:59.1234567", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29 24:00:00", NULL), 0);
    assert_int_equal(flags_of_texts(text, "2024-02-29T23:59:59", NULL), 0);
}

static void
json_that_others_refuse_is_flagged(void **state)
{
    char deep[100] = "";
    const int json = PD_KIND_JSON;

    memset(deep, '[', 31);
    assert_int_equal(flags_of_texts(json, deep, NULL), 0);
    deep[31] = '{';
    assert_int_equal(flags_of_texts(json, deep, NULL), PD_PROFILE_JSON_DEEP);
    assert_int_equal(flags_of_texts(json, "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"", NULL),
                     0);
    assert_int_equal(flags_of_texts(json, "\"\\ud83d\\ude00\"", NULL), 0);
    assert_int_equal(flags_of_texts(json, "\"\\ud800\"", NULL), PD_PROFILE_JSON_SURROGATE);
    assert_int_equal(flags_of_texts(json, "\"\\udc00\"", NULL), PD_PROFILE_JSON_SURROGATE);
    assert_int_equal(flags_of_texts(json, "\"\\ud83d\\n\"", NULL), PD_PROFILE_JSON_SURROGATE);
    assert_int_equal(flags_of_texts(json, "\"\\ud83dx\"", NULL), PD_PROFILE_JSON_SURROGATE);
    assert_int_equal(flags_of_texts(json, "\"\\ud83d\\ud83d\\ude00\"", NULL),
                     PD_PROFILE_JSON_SURROGATE);
    assert_int_equal(flags_of_texts(json, "\"\\\\ud800\"", NULL), 0);
    assert_int_equal(flags_of_texts(PD_KIND_TEXT, "\"\\ud800\"", NULL), 0);
}

static void
dates_are_flagged_by_their_range(void **state)
{
    struct counted c;
    struct cell cells[] = {{.integer = -719163},
                           {.integer = 2932897},
                           {.tag = PD_TAG_POS_INF},
                           text_cell(PD_TAG_YMD, "0000-00-00"),
                           text_cell(PD_TAG_YMD, "2024-00-15")};

    count(&c, (struct pd_type){.kind = PD_KIND_DATE}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_TIME_MIN), "-719163");
    assert_string_equal(fact_text(&c, PD_FACT_TIME_MAX), "2932897");
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_BEFORE_CHRIST | PD_PROFILE_FAR_DATE |
                                                    PD_PROFILE_INFINITE | PD_PROFILE_ZERO_DATE |
                                                    PD_PROFILE_PARTIAL_DATE);
    tally_free(c.tally);
    cells[0].integer++;
    cells[1].integer--;
    count(&c, (struct pd_type){.kind = PD_KIND_DATE}, cells, 2);
    assert_int_equal(c.stats.profiles[0].flags, 0);
    tally_free(c.tally);
    cells[0].integer = -1;
    cells[1].integer = INT64_C(86400000001);
    count(&c, (struct pd_type){.kind = PD_KIND_TIME}, cells, 2);
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_NEGATIVE_TIME | PD_PROFILE_BEYOND_DAY);
    tally_free(c.tally);
}

static void
decimals_are_summed_exactly_in_both_layouts(void **state)
{
    struct counted c;
    struct cell cells[] = {text_cell(0, "1.50"),
                           text_cell(0, "-0.5"),
                           text_cell(0, "100"),
                           text_cell(0, "1.5"),
                           {.tag = PD_TAG_NAN}};
    struct cell wide[3];
    uint8_t bytes[3][16];

    count(&c, (struct pd_type){.kind = PD_KIND_DECIMAL}, cells, COUNT_OF(cells));
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_SUM), "102.50");
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MIN), "-0.5");
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MAX), "100");
    assert_int_equal(c.stats.profiles[0].max_digits, 3);
    assert_int_equal(c.stats.profiles[0].max_scale, 2);
    assert_int_equal(c.stats.profiles[0].max_size, 4);
    assert_int_equal(c.stats.profiles[0].n_plain, 4);
    assert_int_equal(c.stats.profiles[0].flags, PD_PROFILE_MIXED_SCALE | PD_PROFILE_NAN);
    tally_free(c.tally);
    for (int i = 0; i < 3; i++) {
        int128 most = 1;

        for (int k = 0; k < 38; k++)
            most *= 10;
        values_put_int128(bytes[i], i == 2 ? -5 : most - 1);
        wide[i] = (struct cell){.bytes = bytes[i], .size = 16};
    }
    count(&c, (struct pd_type){.kind = PD_KIND_DECIMAL, .precision = 38, .scale = 2}, wide, 3);
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_SUM),
                        "1999999999999999999999999999999999999.93");
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MIN), "-0.05");
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MAX),
                        "999999999999999999999999999999999999.99");
    assert_int_equal(c.stats.profiles[0].max_digits, 36);
    assert_int_equal(c.stats.profiles[0].max_scale, 2);
    assert_int_equal(c.stats.profiles[0].max_size, 39);
    tally_free(c.tally);
}

static void
equal_decimals_leave_the_shortest_as_extreme(void **state)
{
    struct counted c;
    struct cell cells[] = {text_cell(0, "1.500"), text_cell(0, "1.5"), text_cell(0, "1.50")};

    count(&c, (struct pd_type){.kind = PD_KIND_DECIMAL}, cells, 3);
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MIN), "1.5");
    assert_string_equal(fact_text(&c, PD_FACT_DECIMAL_MAX), "1.5");
    tally_free(c.tally);
}

static void
bools_are_counted(void **state)
{
    struct counted c;
    struct cell cells[] = {{.integer = 1}, {.integer = 0}, {.tag = -1}, {.integer = 1}};

    count(&c, (struct pd_type){.kind = PD_KIND_BOOL}, cells, 4);
    assert_string_equal(fact_text(&c, PD_FACT_TRUES), "2");
    assert_int_equal(c.stats.profiles[0].n_plain, 3);
    tally_free(c.tally);
}

/* Storage classes as SQLite has them: what is odd in one kind is at home in another. */
static void
classes_are_counted_wherever_they_are(void **state)
{
    struct counted c;
    struct cell cells[] = {{.tag = PD_TAG_INT, .integer = 7},
                           {.tag = PD_TAG_REAL, .real = 1.5},
                           text_cell(PD_TAG_TEXT, "abc"),
                           text_cell(PD_TAG_BYTES, "de"),
                           {.tag = -1}};

    static const struct {
        int kind;
        uint64_t n_outliers;
    } kinds[] = {{PD_KIND_ANY, 0}, {PD_KIND_NUMBER, 2}, {PD_KIND_DATE, 4}, {PD_KIND_UUID, 4}};

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        count(&c, (struct pd_type){.kind = (uint16_t)kinds[i].kind}, cells, 5);
        assert_string_equal(fact_text(&c, PD_FACT_INTS), "1");
        assert_string_equal(fact_text(&c, PD_FACT_REALS), "1");
        assert_string_equal(fact_text(&c, PD_FACT_TEXTS), "1");
        assert_string_equal(fact_text(&c, PD_FACT_BLOBS), "1");
        assert_string_equal(fact_text(&c, PD_FACT_INT_SUM), "7");
        assert_string_equal(fact_text(&c, PD_FACT_REAL_MAX), "1.5");
        assert_string_equal(fact_text(&c, PD_FACT_OCTETS), "5");
        assert_int_equal(c.stats.profiles[0].n_outliers, kinds[i].n_outliers);
        tally_free(c.tally);
    }
}

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
        cmocka_unit_test(integers_are_counted_exactly),
        cmocka_unit_test(unsigned_integers_saturate_in_the_profile_only),
        cmocka_unit_test(an_empty_column_has_counts_but_no_extremes),
        cmocka_unit_test(only_zeros_and_ones_are_flagged),
        cmocka_unit_test(floats_are_counted_without_their_sum),
        cmocka_unit_test(the_check_of_floats_is_what_sql_computes),
        cmocka_unit_test(the_scale_of_floats_is_that_of_their_short_decimals),
        cmocka_unit_test(texts_are_counted_in_octets_and_characters),
        cmocka_unit_test(texts_that_are_all_dates_are_flagged),
        cmocka_unit_test(json_that_others_refuse_is_flagged),
        cmocka_unit_test(dates_are_flagged_by_their_range),
        cmocka_unit_test(decimals_are_summed_exactly_in_both_layouts),
        cmocka_unit_test(equal_decimals_leave_the_shortest_as_extreme),
        cmocka_unit_test(bools_are_counted),
        cmocka_unit_test(classes_are_counted_wherever_they_are),
        cmocka_unit_test(random_tables_are_counted_as_the_naive_way),
        cmocka_unit_test(parts_merged_in_any_order_give_the_whole),
        cmocka_unit_test(long_cells_are_profiled_as_if_they_were_in_line),
        cmocka_unit_test(generated_columns_have_no_facts),
        cmocka_unit_test(differences_of_facts_are_told),
        cmocka_unit_test(decimal_facts_are_compared_by_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
