// SPDX-License-Identifier: Apache-2.0
/* conformance_rows - what was written comes back: values, long cells, the catalogue. */
#include <stdlib.h>
#include <string.h>

#include "archive/hash.h"
#include "mapped.h"
#include "model/canonical.h"
#include "model/decimal.h"
#include "model/kind.h"
#include "model/schema.h"
#include "model/text.h"
#include "model/values.h"
#include "plugin/host.h"

/* What is expected of a cell. */
struct expected {
    int tag; /* -2: any */
    unsigned class;
    struct buffer bytes;
};

static void
expect_word(struct expected *e, unsigned class, uint64_t word)
{
    uint8_t bytes[8];

    e->class = class;
    values_put_le64(bytes, word);
    buffer_append(&e->bytes, bytes, sizeof bytes);
}

/* A decimal in an engine that has integers and doubles. */
static void
expect_number(struct expected *e, const struct pd_type *type, const struct cell *cell)
{
    struct buffer text = {0};
    struct decimal decimal;
    int64_t integer;
    char *end;

    text_append(&text, type, cell);
    assert_true(decimal_parse((char *)text.data, text.size, &decimal));
    if (decimal_int64(&decimal, &integer)) {
        expect_word(e, PD_CLASS_INTEGER, (uint64_t)integer);
    } else {
        double real = strtod(buffer_string(&text), &end);

        if (real == (double)(int64_t)real)
            expect_word(e, PD_CLASS_INTEGER, (uint64_t)(int64_t)real);
        else
            expect_word(e, PD_CLASS_FLOAT, values_real_bits(real));
    }
    buffer_free(&text);
}

static void
expect_same(struct expected *e, const struct pd_type *type, const struct cell *cell)
{
    struct canonical canonical;

    canonical_cell(type, cell, &canonical);
    e->class = canonical.class;
    if (canonical.size)
        buffer_append(&e->bytes, canonical.bytes, canonical.size);
}

static void
expect_text(struct expected *e, const struct pd_type *type, const struct cell *cell,
            const char *text)
{
    e->class = PD_CLASS_TEXT;
    if (text)
        buffer_text(&e->bytes, text);
    else if (cell->tag == PD_TAG_PLAIN)
        text_append(&e->bytes, type, cell);
    else
        buffer_append(&e->bytes, cell->bytes, cell->size);
}

static struct expected
expected_of(const struct pd_type *type, const struct cell *cell, const struct comes_back *way)
{
    struct expected e = {.tag = -2};

    switch (way->back) {
    case BACK_SAME:
        e.tag = cell->tag;
        expect_same(&e, type, cell);
        break;
    case BACK_CLASS:
        expect_same(&e, type, cell);
        break;
    case BACK_TEXT:
        expect_text(&e, type, cell, way->text);
        break;
    case BACK_BYTES:
        e.class = PD_CLASS_BYTES;
        buffer_append(&e.bytes, cell->bytes, cell->size);
        break;
    case BACK_INTEGER:
        expect_word(&e, PD_CLASS_INTEGER,
                    (uint64_t)(cell->tag == PD_TAG_REAL ? (int64_t)cell->real : cell->integer));
        break;
    case BACK_REAL:
        expect_word(&e, PD_CLASS_FLOAT, values_real_bits(cell->real));
        break;
    case BACK_NUMBER:
        expect_number(&e, type, cell);
        break;
    case BACK_SPELLED:
        e.tag = cell->tag;
        e.class = PD_CLASS_OUTLIER + (unsigned)cell->tag;
        buffer_text(&e.bytes, way->text);
        break;
    case BACK_PLAIN:
        e.tag = PD_TAG_PLAIN;
        expect_same(&e, type, &(struct cell){.tag = PD_TAG_PLAIN, .integer = way->integer});
        break;
    case BACK_REFUSED:
        break;
    }
    return e;
}

/* How a cell comes back; NULL is NULL everywhere. */
static struct comes_back
way_of(const struct pd_column *column, const struct cell *cell)
{
    struct comes_back way = {.back = BACK_SAME};

    if (cell->tag < 0 || (quirks->maps && quirks->knows))
        return way;
    way = quirks->comes_back(column, cell);
    if (quirks->maps && way.back < BACK_SPELLED)
        way.back = BACK_SAME;
    return way;
}

/* A value of the column's own class that was tagged all the same is plain when it was converted. */
static bool
is_same_tag(int expected, int seen)
{
    if (expected == seen || expected == -2)
        return true;
    return quirks->maps && seen == PD_TAG_PLAIN && expected >= PD_TAG_INT &&
           expected <= PD_TAG_BYTES;
}

static bool
is_as_expected(const struct expected *e, const struct seen_cell *seen)
{
    return is_same_tag(e->tag, seen->tag) && e->class == seen->class &&
           e->bytes.size == seen->size &&
           (seen->size == 0 || memcmp(e->bytes.data, seen->bytes, seen->size) == 0);
}

static unsigned n_wrong;

static void
show_bytes(const char *what, int tag, unsigned class, const uint8_t *bytes, size_t size)
{
    print_error("    %s: tag %d, class %u, %zu bytes:", what, tag, class, size);
    for (size_t i = 0; i < size && i < 24; i++)
        print_error(" %02x", bytes[i]);
    print_error("\n");
}

/* All that is wrong is shown before the test fails. */
static void
check_cell(const struct world_table *t, uint32_t row, size_t i, const struct seen_cell *seen)
{
    const struct pd_column *column = &t->table.columns[i];
    const struct cell *cell = &t->cells[row * t->table.n_columns + i];
    struct comes_back way = way_of(column, cell);
    struct expected e = expected_of(&column->type, cell, &way);

    if (way.back != BACK_REFUSED && !is_as_expected(&e, seen)) {
        n_wrong++;
        print_error("table '%s', row %u, column '%s' (%s), written with tag %d:\n", t->table.name,
                    row, column->name, t->comments[row] ? t->comments[row] : "", cell->tag);
        show_bytes("expected", e.tag, e.class, e.bytes.data, e.bytes.size);
        show_bytes("it is", seen->tag, seen->class, seen->bytes, seen->size);
    }
    buffer_free(&e.bytes);
}

/* The first reason why a row cannot be taken, or NULL. */
static const char *
why_refused(const struct world_table *t, uint32_t row)
{
    for (size_t i = 0; i < t->table.n_columns; i++) {
        struct comes_back way =
            way_of(&t->table.columns[i], &t->cells[row * t->table.n_columns + i]);

        if (way.back == BACK_REFUSED)
            return way.reason ? way.reason : "no reason";
    }
    return NULL;
}

/* A row with a value that is not of its column's domain, or with a NUL: a sink that was not told of
   it may have a type that cannot hold it. */
static bool
is_odd(const struct world_table *t, uint32_t row)
{
    for (size_t i = 0; i < t->table.n_columns; i++) {
        const struct cell *cell = &t->cells[row * t->table.n_columns + i];

        if (cell->tag > PD_TAG_PLAIN || (cell->bytes && memchr(cell->bytes, 0, cell->size)))
            return true;
    }
    return false;
}

static void
check_rejected(const struct world_table *t, uint32_t row, bool rejected, bool misfit)
{
    const char *why = misfit ? "a misfit" : why_refused(t, row);

    if (quirks->maps && !quirks->knows && rejected && is_odd(t, row))
        return;
    if (rejected == (why != NULL))
        return;
    n_wrong++;
    print_error("table '%s', row %u (%s): %s\n", t->table.name, row,
                t->comments[row] ? t->comments[row] : "",
                rejected ? "it was rejected" : "it was not rejected");
    if (why)
        print_error("    expected: %s\n", why);
}

/* Rows come back in the order in which they were written, those that were rejected apart. */
static void
check_table(struct reader *reader, const struct writing *w, uint32_t number)
{
    const struct world_table *t = &w->world->tables[number];
    const bool *rejected = w->rejected[number];
    struct seen seen =
        quirks->maps ? mapped_read(reader, w, number)
                     : seen_read(reader, reader->source, reader_table(reader, t->table.name), NULL);
    uint32_t at = 0;

    for (uint32_t row = 0; row < t->n_rows; row++) {
        check_rejected(t, row, rejected[row], w->misfits[number][row]);
        if (rejected[row])
            continue;
        for (size_t i = 0; i < t->table.n_columns && at < seen.n_rows; i++)
            check_cell(
                t, row, i,
                seen_at(&seen, at, schema_find_column(seen.table, t->table.columns[i].name)));
        at++;
    }
    if (at != seen.n_rows) {
        n_wrong++;
        print_error("table '%s': %u rows, not %u\n", t->table.name, seen.n_rows, at);
    }
}

static void
check_world(const struct writing *w)
{
    struct reader reader;

    n_wrong = 0;
    reader_open(&reader, w->url);
    for (uint32_t i = 0; i < w->world->n_tables; i++)
        check_table(&reader, w, i);
    reader_close(&reader);
    assert_int_equal(n_wrong, 0);
}

/* Before it is in its place it reads the same. */
static void
check_review(const struct writing *w)
{
    struct end *end = end_new(w->url, END_SOURCE, NULL);
    struct count count;

    assert_ok(count_url(end, NULL, &count, &err));
    end_free(end);
    if (!w->was_reviewed)
        return;
    assert_int_equal(w->reviewed.n_rows, count.n_rows);
    assert_true(w->reviewed.hash == count.hash);
}

static void
go_and_come_back(unsigned what)
{
    struct world *world = world_new(what);
    struct writing w = {.world = world, .url = quirks->place(0)};

    write_all(&w);
    if (!quirks->no_source) {
        check_world(&w);
        check_review(&w);
    }
    world_free(world);
}

void
values_come_back(void **state)
{
    go_and_come_back(WORLD_NASTY | WORLD_MANY);
}

/* ---- Long cells ---- */

static uint64_t
hash_of_long(const struct pd_long *cell)
{
    static uint8_t bytes[65536];
    CLEANUP_HASH XXH3_state_t *state = XXH3_createState();

    assert_non_null(state);
    XXH3_64bits_reset(state);
    for (uint64_t at = 0; at < cell->size;) {
        size_t n = 0;

        while (n < sizeof bytes && at < cell->size)
            bytes[n++] = long_byte(cell->cookie, at++);
        XXH3_64bits_update(state, bytes, n);
    }
    return XXH3_64bits_digest(state);
}

static void
check_long(const struct world_table *t, uint32_t row, size_t i, const struct seen_cell *seen)
{
    const struct pd_column *column = &t->table.columns[i];
    const struct cell *cell = &t->cells[row * t->table.n_columns + i];

    if (!cell->as_long) {
        check_cell(t, row, i, seen);
        return;
    }
    assert_int_equal(seen->class, canonical_class(&column->type, cell->tag));
    assert_int_equal(seen->size, cell->as_long->size);
    assert_true((seen->bytes ? XXH3_64bits(seen->bytes, seen->size) : seen->hash) ==
                hash_of_long(cell->as_long));
}

void
long_cells_come_back(void **state)
{
    struct world *world = world_new(WORLD_LONG);
    struct writing w = {.world = world, .url = quirks->place(0)};
    const struct world_table *t = world_find(world, "long");
    struct reader reader;
    struct seen seen;

    write_all(&w);
    if (quirks->maps && !quirks->knows && w.n_rejected) {
        world_free(world);
        skip(); /* types that nobody chose for these values */
    }
    assert_int_equal(w.n_rejected, 0);
    if (quirks->no_source) {
        world_free(world);
        return;
    }
    n_wrong = 0;
    reader_open(&reader, w.url);
    seen = quirks->maps ? mapped_read(&reader, &w, 0)
                        : seen_read(&reader, reader.source, reader_table(&reader, "long"), NULL);
    assert_int_equal(seen.n_rows, t->n_rows);
    for (uint32_t row = 0; row < t->n_rows; row++) {
        for (size_t i = 0; i < t->table.n_columns; i++)
            check_long(
                t, row, i,
                seen_at(&seen, row, schema_find_column(seen.table, t->table.columns[i].name)));
    }
    assert_int_equal(n_wrong, 0);
    check_review(&w);
    reader_close(&reader);
    world_free(world);
}

/* ---- The catalogue ---- */

static void
check_key(const struct pd_table *table, const struct pd_table *seen, const struct pd_key *key)
{
    for (size_t i = 0; i < seen->n_keys; i++) {
        const struct pd_key *other = &seen->keys[i];
        size_t n = 0;

        while (n < key->n_parts && n < other->n_parts && other->parts[n].column >= 0 &&
               strcmp(seen->columns[other->parts[n].column].name,
                      table->columns[key->parts[n].column].name) == 0)
            n++;
        if (other->kind == key->kind && n == key->n_parts && other->n_parts == n)
            return;
    }
    fail_msg("table '%s': a key of kind %u over %zu columns did not come back", table->name,
             key->kind, key->n_parts);
}

static void
check_foreign(const struct pd_table *table, const struct pd_table *seen)
{
    assert_int_equal(seen->n_foreigns, table->n_foreigns);
    for (size_t i = 0; i < table->n_foreigns; i++) {
        const struct pd_foreign *a = &table->foreigns[i], *b = &seen->foreigns[i];

        assert_string_equal(b->to_table, a->to_table);
        assert_int_equal(b->on_delete, a->on_delete);
        assert_int_equal(b->n_columns, a->n_columns);
        assert_string_equal(seen->columns[b->columns[0]].name, table->columns[a->columns[0]].name);
    }
}

static void
check_type(const struct pd_column *column, const struct pd_column *seen)
{
    const struct pd_type *a = &column->type, *b = &seen->type;
    struct cell any = {.tag = PD_TAG_PLAIN};

    if (quirks->comes_back(column, &any).back != BACK_SAME)
        return;
    assert_int_equal(b->kind, a->kind);
    assert_int_equal(b->flags, a->flags);
    assert_int_equal(b->precision, a->precision);
    assert_int_equal(b->scale, a->scale);
    assert_int_equal(b->length, a->length);
    assert_int_equal(b->element, a->element);
    assert_int_equal(b->n_labels, a->n_labels);
    for (size_t i = 0; i < a->n_labels; i++)
        assert_string_equal(b->labels[i], a->labels[i]);
    if (a->native_name)
        assert_string_equal(b->native_name, a->native_name);
}

static void
check_columns(const struct pd_table *table, const struct pd_table *seen)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = &table->columns[i];
        long at = schema_find_column(seen, column->name);

        if (at < 0)
            fail_msg("column '%s' of '%s' did not come back", column->name, table->name);
        if (column->flags & PD_COLUMN_NOT_NULL)
            assert_true(seen->columns[at].flags & PD_COLUMN_NOT_NULL || seen->columns[at].identity);
        assert_int_equal(seen->columns[at].default_kind, column->default_kind);
        if (column->default_kind == PD_DEFAULT_LITERAL)
            assert_memory_equal(seen->columns[at].default_text, column->default_text,
                                column->default_size);
        check_type(column, &seen->columns[at]);
    }
}

void
the_catalogue_comes_back(void **state)
{
    struct world *world = world_new(WORLD_SHAPES | WORLD_NASTY);
    struct writing w = {.world = world, .url = quirks->place(0)};
    struct reader reader;

    write_all(&w);
    if (quirks->no_source) {
        world_free(world);
        return;
    }
    reader_open(&reader, w.url);
    for (size_t i = 0; i < world->n_tables; i++) {
        const struct pd_table *table = &world->tables[i].table;
        uint32_t at = reader_table(&reader, table->name);
        const struct pd_table *seen = &reader.catalog->tables[at];
        struct seen rows = seen_read(&reader, reader.source, at, NULL);

        check_columns(table, seen);
        for (size_t k = 0; k < table->n_keys; k++)
            check_key(table, seen, &table->keys[k]);
        check_foreign(table, seen);
        if (strncmp(table->name, "d_", 2) && strncmp(table->name, "s_", 2))
            assert_int_equal(rows.n_rows, world->tables[i].n_rows);
        if (table->n_columns == 0 && !quirks->no_empty_shape)
            assert_int_equal(seen->n_columns, 0);
    }
    reader_close(&reader);
    world_free(world);
}

/* ---- Rejects, stats ---- */

void
a_row_that_breaks_a_key_is_rejected_alone(void **state)
{
    struct world *world;
    struct writing w = {.url = quirks->place(0)};
    struct reader reader;
    struct seen seen;

    unless(quirks->no_rejects);
    world = world_new(WORLD_DOUBLE);
    w.world = world;
    write_all(&w);
    assert_int_equal(w.n_rejected, 1);
    assert_true(w.rejected[0][3]);
    reader_open(&reader, w.url);
    seen = seen_read(&reader, reader.source, reader_table(&reader, "double"), NULL);
    assert_int_equal(seen.n_rows, 4);
    for (uint32_t row = 0; row < 4; row++) {
        long id = schema_find_column(seen.table, "id");

        assert_int_equal(values_le64(seen_at(&seen, row, id)->bytes), row == 3 ? 5 : row + 1);
    }
    reader_close(&reader);
    world_free(world);
}

void
stats_come_back_if_there_are_any(void **state)
{
    struct world *world = world_new(WORLD_SMALL | WORLD_SHAPES);
    struct writing w = {.world = world, .url = quirks->place(0)};
    struct reader reader;

    write_all(&w);
    if (quirks->no_source) {
        world_free(world);
        return;
    }
    reader_open(&reader, w.url);
    for (size_t i = 0; reader.ops->stats && i < world->n_tables; i++) {
        const struct pd_stats *wanted = &world->tables[i].stats, *stats = NULL;
        uint32_t at = reader_table(&reader, world->tables[i].table.name);
        pd_status status;

        (void)seen_read(&reader, reader.source, at, NULL);
        status = reader.ops->stats(reader.source, at, &stats, &err);
        if (status == PD_UNSUPPORTED)
            continue;
        assert_ok(status);
        assert_int_equal(stats->n_rows, wanted->n_rows);
        assert_true(stats->digest_low == wanted->digest_low &&
                    stats->digest_high == wanted->digest_high);
        assert_int_equal(stats->n_facts, wanted->n_facts);
        for (size_t k = 0; k < world->tables[i].table.n_columns; k++)
            assert_int_equal(
                PD_AT(struct pd_profile, stats->profiles, stats->profile_size, k)->n_nulls,
                PD_AT(struct pd_profile, wanted->profiles, wanted->profile_size, k)->n_nulls);
    }
    if (reader.ops->recheck)
        assert_ok(reader.ops->recheck(reader.source, &err));
    reader_close(&reader);
    world_free(world);
}
