// SPDX-License-Identifier: Apache-2.0
// convert_batch - batches there and back at random; what is shared, what is fetched, what is told.
#include "convert_world.h"

#include <stdio.h>

#include "base/budget.h"
#include "model/text.h"

enum { COLUMNS_MAX = 64, ROWS = 700 };

static const struct pd_type text_type = TYPE(TEXT), binary_type = TYPE(BINARY);
static const struct pd_type date_type = TYPE(DATE), int16_type = TYPE(INT16);

/* Misfits, by column and row. */
struct notes {
    uint8_t noted[COLUMNS_MAX][ROWS];
    uint32_t n;
    uint32_t row; /* of the last one */
    uint32_t column;
    int tag;
    bool was_long;
};

static pd_status
note(void *arg, uint32_t column, uint32_t row, const struct cell *cell, struct pd_error *err)
{
    struct notes *notes = arg;

    notes->noted[column][row] = 1;
    notes->n++;
    notes->row = row;
    notes->column = column;
    notes->tag = cell->tag;
    notes->was_long = cell->as_long != NULL;
    return PD_OK;
}

static pd_status
stop(void *arg, uint32_t column, uint32_t row, const struct cell *cell, struct pd_error *err)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_DATA, "row %u", row);
}

static struct converter *
converter_of(const struct pd_table *table, const struct convert_column *columns)
{
    struct converter *converter = NULL;
    struct pd_error err = {0};

    if (converter_new(table, columns, &converter, &err) != PD_OK)
        fail_msg("%s", err.text);
    return converter;
}

static const struct pd_batch *
convert(struct converter *converter, const struct pd_batch *batch, struct notes *notes)
{
    const struct pd_batch *to = NULL;
    struct pd_error err = {0};

    if (converter_batch(converter, batch, NULL, NULL, note, notes, &to, &err) != PD_OK)
        fail_msg("%s", err.text);
    return to;
}

/* ---- There and back ---- */

static void
assert_came_back(const struct pd_table *table, const struct cell *cells,
                 const struct pd_batch *batch, const struct notes *notes, bool must_fit)
{
    static const struct cell null = {.tag = -1};

    for (uint32_t row = 0; row < batch->n_rows; row++) {
        for (uint32_t i = 0; i < table->n_columns; i++) {
            const struct pd_type *type = &table->columns[i].type;
            const struct cell *was = &cells[row * table->n_columns + i];
            struct cell is = batch_cell(type, batch_vector(batch, i), row);

            if (notes->noted[i][row] && must_fit)
                fail_msg("column '%s', row %u: a misfit", table->columns[i].name, row);
            if (!same_cell(type, notes->noted[i][row] ? &null : was, &is))
                fail_msg("column '%s', row %u: tag %d came back as %d", table->columns[i].name, row,
                         was->tag, is.tag);
        }
    }
}

/* Random bytes are not always values of their kinds; those that are not become NULL. */
static void
keep_domains(const struct pd_table *table, struct cell *cells)
{
    CLEANUP_BUFFER struct buffer text = {0};
    CLEANUP_BUFFER struct buffer scratch = {0};

    for (size_t i = 0; i < ROWS * table->n_columns; i++) {
        const struct pd_type *type = &table->columns[i % table->n_columns].type;
        struct cell again;

        buffer_clear(&text);
        if (cells[i].tag != PD_TAG_PLAIN)
            continue;
        text_append(&text, type, &cells[i]);
        if (text_parse(type, (const char *)text.data, text.size, &scratch, &again, NULL) != PD_OK ||
            (type->kind == PD_KIND_YEAR && cells[i].integer != 0 && cells[i].integer < 1901))
            cells[i] = (struct cell){.tag = -1};
    }
}

static void
there_and_back(uint64_t seed, const struct pd_type *to, unsigned flags, uint32_t one_odd_in)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct dice dice = {seed};
    struct pd_table table = rows_table(arena);
    struct convert_column there[COLUMNS_MAX] = {0}, back[COLUMNS_MAX] = {0};
    struct converter *out, *in;
    static struct notes notes, none;
    const struct pd_batch *batch;
    struct cell *cells = rows_random(arena, &dice, &table, ROWS, one_odd_in);

    keep_domains(&table, cells);
    memset(&notes, 0, sizeof notes);
    memset(&none, 0, sizeof none);
    for (size_t i = 0; i < table.n_columns; i++) {
        there[i] = (struct convert_column){to ? to : &table.columns[i].type, flags};
        back[i].to = &table.columns[i].type;
        back[i].flags = CONVERT_BACK | (flags & CONVERT_TAGGED ? CONVERT_UNTAGGED : 0u);
    }
    out = converter_of(&table, there);
    in = converter_of(converter_table(out), back);
    batch = convert(out, rows_batch(&table, cells, ROWS), &notes);
    batch = convert(in, batch, &none);
    assert_int_equal(none.n, 0);
    assert_came_back(&table, cells, batch, &notes, /* must_fit= */ one_odd_in == 0);
    batch_release(batch);
    converter_free(in);
    converter_free(out);
    assert_int_equal(budget_used(), 0);
}

static void
random_rows_come_back(void **state)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        there_and_back(seed, &text_type, CONVERT_TAGGED, 0);
        there_and_back(seed, &text_type, CONVERT_TAGGED, 3);
        there_and_back(seed, &binary_type, CONVERT_TAGGED, 30);
        there_and_back(seed, NULL, 0, 5);
    }
}

/* ---- Numbers, by all ways ---- */

static struct pd_table
numbers_table(struct arena *arena, const struct pd_type *types, size_t n)
{
    struct pd_column *columns = arena_array(arena, struct pd_column, n);

    for (size_t i = 0; i < n; i++) {
        columns[i].struct_size = sizeof columns[i];
        columns[i].name = arena_printf(arena, "c%zu", i);
        columns[i].type = types[i];
    }
    return (struct pd_table){.struct_size = sizeof(struct pd_table),
                             .name = "numbers",
                             .columns = columns,
                             .n_columns = n,
                             .column_size = sizeof *columns};
}

/* A value converted alone. */
static bool
alone(const struct pd_type *from, const struct pd_type *to, const struct cell *cell,
      struct arena *arena, struct cell *ret_cell)
{
    CLEANUP(conversion) struct conversion *c = NULL;

    assert_int_equal(convert_open(from, to, 0, &c, NULL), PD_OK);
    if (convert_cell(c, cell, ret_cell, NULL) != PD_OK)
        return false;
    if (ret_cell->bytes)
        ret_cell->bytes = arena_copy(arena, ret_cell->bytes, ret_cell->size);
    return true;
}

static void
whole_vectors_are_what_their_cells_are(void **state)
{
    static const struct pd_type types[] = {TYPE(BOOL),
                                           TYPE(INT8),
                                           TYPE(INT16),
                                           TYPE(INT32),
                                           TYPE(INT64),
                                           TYPE(UINT8),
                                           TYPE(UINT16),
                                           TYPE(UINT32),
                                           TYPE(UINT64),
                                           TYPE(OID),
                                           TYPE(NUMBER),
                                           TYPE(DECIMAL, .precision = 20),
                                           TYPE(DECIMAL, .precision = 38, .scale = 10),
                                           TYPE(DECIMAL),
                                           TYPE(MONEY, .scale = 2)};
    CLEANUP(arena) struct arena *arena = arena_new();
    struct dice dice = {99};
    size_t n = COUNT_OF(types), n_fit = 0;

    for (size_t pair = 0; pair < n * n; pair++) {
        struct pd_table table = numbers_table(arena, &types[pair / n], 1);
        const struct pd_type *from = &types[pair / n], *to = &types[pair % n];
        struct convert_column column = {to, 0};
        static struct notes notes;
        const struct cell *cells = rows_random(arena, &dice, &table, ROWS, 0);
        struct converter *converter = converter_of(&table, &column);
        uint32_t n_rows = 1 + dice_below(&dice, ROWS);

        for (uint32_t first = 0; first < ROWS; first += n_rows) {
            uint32_t some = ROWS - first < n_rows ? ROWS - first : n_rows;
            const struct pd_batch *batch;

            memset(&notes, 0, sizeof notes);
            batch = convert(converter, rows_batch(&table, cells + first, some), &notes);
            for (uint32_t row = 0; row < some; row++) {
                struct cell is = batch_cell(to, batch_vector(batch, 0), row), wanted;
                bool fits = alone(from, to, &cells[first + row], arena, &wanted);

                assert_int_equal(fits, !notes.noted[0][row]);
                if (fits && !same_cell(to, &wanted, &is))
                    fail_msg("%s to %s, row %u", kind_name(from->kind), kind_name(to->kind), row);
                n_fit += fits;
            }
            batch_release(batch);
        }
        converter_free(converter);
    }
    assert_true(n_fit > n * n * ROWS / 4);
}

/* ---- What is shared ---- */

static const struct pd_type mixed_types[] = {TYPE(JSON), TYPE(TEXT), TYPE(NUMBER), TYPE(INT64)};
enum { MIXED = 4 };

static struct cell
cell_text(int tag, const char *text)
{
    return (struct cell){.tag = tag, .bytes = (const uint8_t *)text, .size = strlen(text)};
}

static const struct pd_batch *
mixed_batch(const struct pd_table *table)
{
    struct cell cells[] = {
        cell_text(PD_TAG_PLAIN, "{}"),
        cell_text(PD_TAG_PLAIN, "text"),
        {.tag = PD_TAG_INT, .integer = 5},
        {.tag = PD_TAG_PLAIN, .integer = -6},
    };

    return rows_batch(table, cells, 1);
}

static void
what_needs_nothing_is_the_same_batch(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct pd_table table = numbers_table(arena, mixed_types, MIXED);
    const struct convert_column columns[MIXED] = {{&text_type, 0}, {&binary_type, 0}, {0}, {0}};
    struct converter *converter = converter_of(&table, columns);
    const struct pd_batch *batch = mixed_batch(&table);
    static struct notes notes;

    assert_ptr_equal(convert(converter, batch, &notes), batch);
    assert_false(converter_is_identity(converter));
    assert_int_equal(converter_table(converter)->columns[0].type.kind, PD_KIND_TEXT);
    assert_int_equal(converter_table(converter)->columns[2].type.kind, PD_KIND_NUMBER);
    batch_release(batch);
    converter_free(converter);
    assert_int_equal(budget_used(), 0);
}

static void
vectors_that_stay_are_shared(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct pd_table table = numbers_table(arena, mixed_types, MIXED);
    const struct convert_column columns[MIXED] = {{0}, {0}, {0}, {&int16_type, 0}};
    struct converter *converter = converter_of(&table, columns);
    const struct pd_batch *batch = mixed_batch(&table), *to;
    static struct notes notes;

    to = convert(converter, batch, &notes);
    assert_ptr_not_equal(to, batch);
    assert_ptr_equal(batch_vector(to, 1)->data, batch_vector(batch, 1)->data);
    assert_int_equal(batch_vector(to, 3)->layout, PD_LAYOUT_I16);
    assert_int_equal(batch_cell(&int16_type, batch_vector(to, 3), 0).integer, -6);
    assert_true(budget_used() > 0);
    batch_release(to);
    converter_free(converter);
    assert_int_equal(budget_used(), 0);
}

static void
types_that_stay_are_an_identity(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct pd_table table = numbers_table(arena, mixed_types, MIXED);
    const struct convert_column columns[MIXED] = {
        {&mixed_types[0], 0}, {&mixed_types[1], 0}, {&mixed_types[2], 0}, {&mixed_types[3], 0}};
    struct converter *converter = converter_of(&table, columns);

    assert_true(converter_is_identity(converter));
    converter_free(converter);
}

/* ---- Misfits ---- */

static void
a_single_value_that_the_type_does_not_hold_is_told(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct pd_table table = numbers_table(arena, &mixed_types[3], 1);
    const struct convert_column column = {&mixed_types[3], 0};
    struct converter *converter = converter_of(&table, &column);
    struct cell cells[3] = {{.tag = PD_TAG_PLAIN, .integer = 1},
                            cell_text(PD_TAG_TEXT, "abc"),
                            {.tag = PD_TAG_PLAIN, .integer = 3}};
    const struct pd_batch *batch = rows_batch(&table, cells, 3), *to = NULL;
    static struct notes notes;
    struct pd_error err = {0};

    assert_int_equal(converter_batch(converter, batch, NULL, NULL, stop, NULL, &to, &err),
                     PD_FATAL);
    assert_string_equal(err.text, "row 1");
    to = convert(converter, batch, &notes);
    assert_int_equal(notes.n, 1);
    assert_int_equal(notes.row, 1);
    assert_int_equal(notes.tag, PD_TAG_TEXT);
    assert_int_equal(batch_cell(&mixed_types[3], batch_vector(to, 0), 1).tag, -1);
    assert_int_equal(batch_cell(&mixed_types[3], batch_vector(to, 0), 2).integer, 3);
    batch_release(to);
    converter_free(converter);
    assert_int_equal(budget_used(), 0);
}

static void
an_error_names_the_column(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct pd_table table = numbers_table(arena, mixed_types, MIXED);
    const struct convert_column columns[MIXED] = {{0}, {0}, {0}, {&date_type, 0}};
    struct converter *converter = NULL;
    struct pd_error err = {0};

    table.columns = memcpy(arena_array(arena, struct pd_column, MIXED), table.columns,
                           sizeof(struct pd_column) * MIXED);
    ((struct pd_column *)(uintptr_t)table.columns)[3].type.kind = PD_KIND_UUID;
    assert_int_equal(converter_new(&table, columns, &converter, &err), PD_UNSUPPORTED);
    assert_string_equal(err.text,
                        "column 'c3': values of type 'uuid' cannot be converted to 'date'");
}

/* ---- Long cells ---- */

static const char long_text[] = "long enough, for a test";

static pd_status
read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
          size_t size, struct pd_error *err)
{
    const char *bytes = (const char *)(const void *)source;

    assert_int_equal(cell->cookie, 42);
    memcpy(buffer, bytes + offset, size);
    return PD_OK;
}

static const struct pd_source_ops long_ops = {.struct_size = sizeof long_ops,
                                              .read_long = read_long};

static const struct pd_batch *
long_batch(const struct pd_table *table, int tag)
{
    struct pd_builder builder;
    const struct pd_batch *batch;
    struct pd_error err = {0};

    assert_int_equal(batch_builder_open(&builder, table, &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    pd_put_long(&builder, 0, (uint32_t)tag, sizeof long_text - 1, 42);
    pd_builder_row(&builder);
    batch = pd_builder_finish(&builder);
    assert_non_null(batch);
    pd_builder_close(&builder);
    return batch;
}

/* The long cell of a column as another type; bytes: what read_long() gives. */
static struct cell
long_as(struct arena *arena, const struct pd_type *from, int tag, const struct pd_type *to,
        unsigned flags, const char *bytes, struct notes *notes)
{
    struct pd_table table = numbers_table(arena, from, 1);
    const struct convert_column column = {to, flags};
    struct converter *converter = converter_of(&table, &column);
    const struct pd_batch *result = NULL;
    struct pd_source *source = (struct pd_source *)(uintptr_t)bytes;
    struct pd_error err = {0};
    struct cell cell;

    memset(notes, 0, sizeof *notes);
    assert_int_equal(converter_batch(converter, long_batch(&table, tag), &long_ops, source, note,
                                     notes, &result, &err),
                     PD_OK);
    cell = batch_cell(to, batch_vector(result, 0), 0);
    if (cell.as_long) {
        assert_int_equal(cell.as_long->cookie, 42);
        cell.as_long = (const struct pd_long *)(const void *)"passed";
    } else if (cell.bytes) {
        cell.bytes = arena_copy(arena, cell.bytes, cell.size);
    }
    batch_release(result);
    converter_free(converter);
    return cell;
}

static void
long_cells_pass_where_their_bytes_stay(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    static const struct pd_type json = TYPE(JSON);
    char bad[sizeof long_text];
    static struct notes notes;
    struct cell cell;

    memcpy(bad, long_text, sizeof bad);
    bad[3] = (char)0xff;
    cell = long_as(arena, &json, PD_TAG_PLAIN, &text_type, 0, long_text, &notes);
    assert_non_null(cell.as_long);
    cell = long_as(arena, &text_type, PD_TAG_PLAIN, &binary_type, 0, long_text, &notes);
    assert_non_null(cell.as_long);
    cell = long_as(arena, &text_type, PD_TAG_BADTEXT, &binary_type, 0, bad, &notes);
    assert_non_null(cell.as_long);
    assert_int_equal(cell.tag, PD_TAG_PLAIN);
    cell = long_as(arena, &binary_type, PD_TAG_PLAIN, &text_type, CONVERT_BACK, long_text, &notes);
    assert_non_null(cell.as_long);
    assert_int_equal(cell.tag, PD_TAG_PLAIN);
    cell = long_as(arena, &binary_type, PD_TAG_PLAIN, &text_type, CONVERT_BACK, bad, &notes);
    assert_non_null(cell.as_long);
    assert_int_equal(cell.tag, PD_TAG_BADTEXT);
    assert_int_equal(notes.n, 0);
}

static void
long_cells_are_fetched_where_they_change(void **state)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    static const struct pd_type any = TYPE(ANY);
    char bad[sizeof long_text];
    static struct notes notes;
    struct cell cell = long_as(arena, &any, PD_TAG_TEXT, &text_type, 0, long_text, &notes);

    assert_null(cell.as_long);
    assert_int_equal(cell.size, sizeof long_text - 1 + 2);
    assert_memory_equal(cell.bytes, "t:long enough", 13);
    cell = long_as(arena, &text_type, PD_TAG_BYTES, &text_type, 0, long_text, &notes);
    assert_int_equal(cell.tag, -1);
    assert_int_equal(notes.n, 1);
    assert_true(notes.was_long);
    memcpy(bad, long_text, sizeof bad);
    memcpy(bad, "\xffu:", 3); /* it has to be told from UTF-16 */
    cell = long_as(arena, &text_type, PD_TAG_BADTEXT, &binary_type, 0, bad, &notes);
    assert_int_equal(cell.size, sizeof long_text - 1 + 3);
    assert_memory_equal(cell.bytes + 1, "b:\xffu:", 5);
    cell = long_as(arena, &binary_type, PD_TAG_PLAIN, &text_type, CONVERT_BACK, bad, &notes);
    assert_int_equal(cell.tag, PD_TAG_UTF16);
    assert_int_equal(cell.size, sizeof long_text - 1 - 3);
    assert_int_equal(budget_used(), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_rows_come_back),
        cmocka_unit_test(whole_vectors_are_what_their_cells_are),
        cmocka_unit_test(what_needs_nothing_is_the_same_batch),
        cmocka_unit_test(vectors_that_stay_are_shared),
        cmocka_unit_test(types_that_stay_are_an_identity),
        cmocka_unit_test(a_single_value_that_the_type_does_not_hold_is_told),
        cmocka_unit_test(an_error_names_the_column),
        cmocka_unit_test(long_cells_pass_where_their_bytes_stay),
        cmocka_unit_test(long_cells_are_fetched_where_they_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
