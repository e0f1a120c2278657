// SPDX-License-Identifier: Apache-2.0
/* world - a database in memory that goes through an engine and must come back. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "model/decimal.h"
#include "model/kind.h"
#include "model/profile.h"
#include "model/text.h"
#include "model/values.h"

enum { SPARSE_STEP = 12, SMALL_ROWS = 100 };

/* ---- Long cells ---- */

enum { COOKIE_TEXT = 1, COOKIE_BYTES = 2, COOKIE_BADTEXT = 3 };

uint8_t
long_byte(uint64_t cookie, uint64_t at)
{
    if (cookie == COOKIE_BYTES)
        return (uint8_t)((at * UINT64_C(0x9e3779b97f4a7c15)) >> 56);
    if (cookie == COOKIE_BADTEXT && at == 3000000)
        return 0xff;
    /* A letter of two bytes lies on the border of two slices. */
    if (at % PD_LONG_SLICE == PD_LONG_SLICE - 1)
        return 0xc3;
    if (at && at % PD_LONG_SLICE == 0)
        return 0xa9;
    return at % 1000 == 7 ? 0 : (uint8_t)('a' + at % 26);
}

bool world_longs_fail;

static pd_status
world_read_long(struct pd_source *source, const struct pd_long *cell, uint64_t offset, void *buffer,
                size_t size, struct pd_error *error)
{
    if (world_longs_fail && offset > 0)
        return error_fail(error, PD_FAILED, PD_CAUSE_IO, "the long cell cannot be read");
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buffer)[i] = long_byte(cell->cookie, offset + i);
    return PD_OK;
}

const struct pd_source_ops world_long_ops = {.struct_size = sizeof world_long_ops,
                                             .read_long = world_read_long};

/* ---- Cells ---- */

static struct cell
cell_bytes(int tag, const void *bytes, size_t size)
{
    return (struct cell){.tag = tag, .bytes = bytes, .size = size};
}

static struct cell
cell_integer(int64_t value)
{
    return (struct cell){.tag = PD_TAG_PLAIN, .integer = value};
}

/* What the table of values means by its text. */
static struct cell
cell_of(struct arena *arena, const struct pd_type *type, const struct nasty *value)
{
    CLEANUP_BUFFER struct buffer scratch = {0};
    struct cell cell = {.tag = value->tag};

    if (value->tag == PD_TAG_INT)
        cell.integer = strtoll(value->bytes, NULL, 10);
    else if (value->tag == PD_TAG_REAL)
        cell.real = strtod(value->bytes, NULL);
    else if (value->tag != PD_TAG_PLAIN)
        cell = cell_bytes(value->tag, value->bytes, value->size);
    else if (type->kind == PD_KIND_FLOAT64)
        cell.real = strtod(value->bytes, NULL);
    else if (type->kind == PD_KIND_FLOAT32)
        cell.real = (double)strtof(value->bytes, NULL);
    else if (text_parse(type, value->bytes, value->size, &scratch, &cell, &err) != PD_OK)
        fail_msg("values.c: %s", err.text);
    if (cell.size)
        cell.bytes = arena_copy(arena, cell.bytes, cell.size);
    return cell;
}

static struct cell
cell_long(struct arena *arena, int tag, uint64_t size, uint64_t cookie)
{
    struct pd_long *as_long = arena_array(arena, struct pd_long, 1);

    *as_long = (struct pd_long){.tag = (uint32_t)tag, .size = size, .cookie = cookie};
    return (struct cell){.tag = tag, .size = size, .as_long = as_long};
}

/* ---- Tables ---- */

static struct world_table *
table_add(struct world *world, const char *name, size_t n_columns, uint32_t n_rows)
{
    struct world_table *t = &world->tables[world->n_tables++];

    t->table = (struct pd_table){
        .struct_size = sizeof t->table,
        .name = arena_strdup(world->arena, name),
        .columns = arena_array(world->arena, struct pd_column, n_columns),
        .n_columns = n_columns,
        .column_size = sizeof(struct pd_column),
    };
    t->cells = arena_array(world->arena, struct cell, n_columns * n_rows + 1);
    t->comments = arena_array(world->arena, const char *, n_rows + 1);
    t->n_rows = n_rows;
    t->n_parts = 1;
    return t;
}

static struct pd_column *
table_column(struct world_table *t, size_t i, const char *name, struct pd_type type)
{
    struct pd_column *column = (struct pd_column *)(uintptr_t)&t->table.columns[i];

    type.struct_size = sizeof type;
    *column =
        (struct pd_column){.struct_size = sizeof *column, .name = name, .native = "", .type = type};
    return column;
}

static struct pd_key *
keys_new(struct world *world, struct world_table *t, size_t n)
{
    struct pd_key *keys = arena_array(world->arena, struct pd_key, n);

    t->table.keys = keys;
    t->table.n_keys = n;
    t->table.key_size = sizeof *keys;
    return keys;
}

static void
key_set(struct world *world, struct pd_key *key, uint16_t kind, const char *name, size_t n,
        const int32_t *columns)
{
    struct pd_key_part *parts = arena_array(world->arena, struct pd_key_part, n);

    for (size_t i = 0; i < n; i++)
        parts[i] = (struct pd_key_part){.struct_size = sizeof *parts, .column = columns[i]};
    *key = (struct pd_key){
        .struct_size = sizeof *key,
        .kind = kind,
        .flags = kind == PD_KEY_INDEX ? 0 : PD_KEY_CONSTRAINT,
        .name = name,
        .parts = parts,
        .n_parts = n,
        .part_size = sizeof *parts,
    };
}

/* A first column "id", the primary key. */
static void
table_id(struct world *world, struct world_table *t)
{
    struct pd_column *id = table_column(t, 0, "id", (struct pd_type){.kind = PD_KIND_INT64});

    id->flags = PD_COLUMN_NOT_NULL;
    key_set(world, keys_new(world, t, 1), PD_KEY_PRIMARY, NULL, 1, (const int32_t[]){0});
}

/* ---- Nasty values ---- */

/* The values of a column, NULL, and what may turn up in any column. */
static struct cell
nasty_cell(struct world *world, const struct nasty_column *column, size_t i,
           const char **ret_comment)
{
    const struct nasty *value;

    *ret_comment = "NULL";
    if (i == column->n_values)
        return (struct cell){.tag = -1};
    value = i < column->n_values ? &column->values[i] : &nasty_strangers[i - column->n_values - 1];
    *ret_comment = value->comment;
    return cell_of(world->arena, &column->type, value);
}

/* step 1: the odd cells stand one behind the other, so that the vector becomes TAGGED; else they
   stand alone among plain ones, so that they go to its list. */
static void
add_nasty(struct world *world, const char *prefix, const struct nasty_column *column, uint32_t step)
{
    size_t n = column->n_values + 1 + n_nasty_strangers;
    const char *name = arena_printf(world->arena, "%s%s", prefix, column->name);
    struct world_table *t = table_add(world, name, 2, (uint32_t)n * step);

    table_id(world, t);
    table_column(t, 1, "v", column->type);
    for (uint32_t row = 0; row < t->n_rows; row++) {
        t->cells[2 * row] = cell_integer((int64_t)row + 1);
        t->cells[2 * row + 1] =
            nasty_cell(world, column, row % step ? 0 : row / step, &t->comments[row]);
    }
}

/* ---- Other tables ---- */

static void
add_many(struct world *world, uint32_t n_rows, uint32_t n_parts)
{
    struct world_table *t = table_add(world, "many", 4, n_rows);

    table_id(world, t);
    table_column(t, 1, "name", (struct pd_type){.kind = PD_KIND_TEXT});
    table_column(t, 2, "amount", (struct pd_type){.kind = PD_KIND_FLOAT64});
    table_column(t, 3, "data", (struct pd_type){.kind = PD_KIND_BINARY});
    t->n_parts = n_parts;
    for (uint32_t row = 0; row < n_rows; row++) {
        struct cell *cells = &t->cells[4 * row];
        const char *name = arena_printf(world->arena, "row %u \xc3\xa9", row);

        /* Gaps, and numbers below zero. */
        cells[0] = cell_integer((int64_t)row * 3 - 5000);
        cells[1] =
            row % 7 == 3 ? (struct cell){.tag = -1} : cell_bytes(PD_TAG_PLAIN, name, strlen(name));
        cells[2] = (struct cell){.tag = PD_TAG_PLAIN, .real = row / 8.0};
        cells[3] = cell_bytes(PD_TAG_PLAIN, name, row % 5);
    }
}

static void
add_long(struct world *world)
{
    const struct {
        int tag;
        uint32_t column;
        uint64_t size, cookie;
    } longs[] = {
        {PD_TAG_PLAIN, 1, LONG_TEXT, COOKIE_TEXT},      {PD_TAG_PLAIN, 2, LONG_BYTES, COOKIE_BYTES},
        {PD_TAG_BADTEXT, 1, LONG_TEXT, COOKIE_BADTEXT}, {PD_TAG_TEXT, 2, LONG_TEXT, COOKIE_TEXT},
        {PD_TAG_BYTES, 1, LONG_BYTES, COOKIE_BYTES},
    };
    struct world_table *t = table_add(world, "long", 3, COUNT_OF(longs) + 2);

    table_id(world, t);
    table_column(t, 1, "t", (struct pd_type){.kind = PD_KIND_TEXT});
    table_column(t, 2, "b", (struct pd_type){.kind = PD_KIND_BINARY});
    for (uint32_t row = 0; row < t->n_rows; row++) {
        t->cells[3 * row] = cell_integer((int64_t)row + 1);
        t->cells[3 * row + 1] = cell_bytes(PD_TAG_PLAIN, "short", 5);
        t->cells[3 * row + 2] = (struct cell){.tag = -1};
    }
    /* The first and the last row are short ones. */
    for (uint32_t i = 0; i < COUNT_OF(longs); i++)
        t->cells[3 * (i + 1) + longs[i].column] =
            cell_long(world->arena, longs[i].tag, longs[i].size, longs[i].cookie);
}

static void
add_keys(struct world *world)
{
    struct world_table *t = table_add(world, "keys", 4, 4);
    struct pd_foreign *foreign = arena_array(world->arena, struct pd_foreign, 1);
    uint32_t *from = arena_array(world->arena, uint32_t, 1);
    const char **to = arena_array(world->arena, const char *, 1);
    struct pd_column *column;
    struct pd_key *keys;

    column = table_column(t, 0, "code", (struct pd_type){.kind = PD_KIND_TEXT, .length = 20});
    column->flags = PD_COLUMN_NOT_NULL;
    column = table_column(t, 1, "number", (struct pd_type){.kind = PD_KIND_INT32});
    column->flags = PD_COLUMN_NOT_NULL;
    column = table_column(t, 2, "note", (struct pd_type){.kind = PD_KIND_TEXT});
    column->default_kind = PD_DEFAULT_LITERAL;
    column->default_tag = PD_TAG_TEXT;
    column->default_text = "it's";
    column->default_size = 4;
    table_column(t, 3, "many", (struct pd_type){.kind = PD_KIND_INT64});
    keys = keys_new(world, t, 3);
    key_set(world, &keys[0], PD_KEY_PRIMARY, NULL, 2, (const int32_t[]){1, 0});
    key_set(world, &keys[1], PD_KEY_UNIQUE, NULL, 1, (const int32_t[]){2});
    key_set(world, &keys[2], PD_KEY_INDEX, "keys_many", 2, (const int32_t[]){3, 0});
    from[0] = 3;
    to[0] = "id";
    *foreign = (struct pd_foreign){.struct_size = sizeof *foreign,
                                   .columns = from,
                                   .n_columns = 1,
                                   .to_table = "many",
                                   .to_columns = to,
                                   .on_delete = PD_ACTION_CASCADE};
    t->table.foreigns = foreign;
    t->table.n_foreigns = 1;
    t->table.foreign_size = sizeof *foreign;
    for (uint32_t row = 0; row < t->n_rows; row++) {
        const char *note = arena_printf(world->arena, "note %u", row);

        t->cells[4 * row] = cell_bytes(PD_TAG_PLAIN, row % 2 ? "a" : "A", 1);
        t->cells[4 * row + 1] = cell_integer(row / 2);
        t->cells[4 * row + 2] = cell_bytes(PD_TAG_PLAIN, note, strlen(note));
        t->cells[4 * row + 3] = row ? cell_integer(-5000) : (struct cell){.tag = -1};
    }
}

static void
add_names(struct world *world)
{
    static const char *const names[] = {"id", "a\"b", "select", "e f\ng", "%s%n", "'\\`[]\xc3\xa9"};
    struct world_table *t = table_add(world, "x\"y.z/w '\xc3\xa9; --\n%s", COUNT_OF(names), 2);

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        table_column(t, i, names[i], (struct pd_type){.kind = PD_KIND_TEXT});
        for (uint32_t row = 0; row < t->n_rows; row++)
            t->cells[row * COUNT_OF(names) + i] =
                cell_bytes(PD_TAG_PLAIN, names[i], strlen(names[i]));
    }
}

static void
add_double(struct world *world)
{
    struct world_table *t = table_add(world, "double", 2, 5);

    table_id(world, t);
    table_column(t, 1, "v", (struct pd_type){.kind = PD_KIND_TEXT});
    for (uint32_t row = 0; row < t->n_rows; row++) {
        t->cells[2 * row] = cell_integer(row == 3 ? 2 : row + 1);
        t->cells[2 * row + 1] = cell_bytes(PD_TAG_PLAIN, "v", 1);
    }
}

static void
add_shapes(struct world *world)
{
    struct world_table *t = table_add(world, "empty", 2, 0);

    table_id(world, t);
    table_column(t, 1, "v", (struct pd_type){.kind = PD_KIND_TEXT});
    add_keys(world);
    t = table_add(world, "nothing", 0, 2);
    t->table.flags |= PD_TABLE_NO_COLUMNS;
    add_names(world);
}

/* ---- Batches ---- */

static bool
row_is_long(const struct world_table *t, uint32_t row)
{
    for (size_t i = 0; i < t->table.n_columns; i++) {
        if (t->cells[row * t->table.n_columns + i].as_long)
            return true;
    }
    return false;
}

static uint32_t
part_of(const struct world_table *t, uint32_t row)
{
    return (uint32_t)((uint64_t)row * t->n_parts / t->n_rows);
}

/* Rows from `row` on, to the end of the part, the bound of a batch, or a row with long cells. */
static uint32_t
batch_make(struct world_table *t, struct pd_builder *builder, uint32_t row)
{
    uint32_t part = part_of(t, row), first = row;

    assert_int_equal(pd_builder_begin(builder), PD_OK);
    do {
        for (uint32_t i = 0; i < t->table.n_columns; i++)
            batch_put_cell(builder, i, &t->table.columns[i].type,
                           &t->cells[row * t->table.n_columns + i]);
        pd_builder_row(builder);
        row++;
    } while (row < t->n_rows && part_of(t, row) == part && !pd_builder_full(builder) &&
             !row_is_long(t, row) && !row_is_long(t, first));
    t->parts[t->n_batches] = part;
    t->batches[t->n_batches] = pd_builder_finish(builder);
    assert_non_null(t->batches[t->n_batches]);
    assert_ok(batch_check(&t->table, t->batches[t->n_batches], &err));
    t->n_batches++;
    return row;
}

static void
batches_make(struct world *world, struct world_table *t)
{
    struct pd_builder builder;
    uint32_t row = 0;

    t->batches = arena_array(world->arena, const struct pd_batch *, t->n_rows + 1);
    t->parts = arena_array(world->arena, uint32_t, t->n_rows + 1);
    assert_ok(batch_builder_open(&builder, &t->table, &err));
    while (row < t->n_rows)
        row = batch_make(t, &builder, row);
    pd_builder_close(&builder);
    assert_ok(tally_new(&t->table, &t->tally, &err));
    for (size_t i = 0; i < t->n_batches; i++)
        assert_ok(tally_batch(t->tally, t->batches[i], &world_long_ops, NULL, NULL, &err));
    t->stats.struct_size = sizeof t->stats;
    assert_ok(tally_stats(t->tally, &t->stats, &err));
}

/* ---- All of it ---- */

static const struct nasty_column *
nasty_find(const char *name)
{
    for (size_t i = 0; i < n_nasty_columns; i++) {
        if (strcmp(nasty_columns[i].name, name) == 0)
            return &nasty_columns[i];
    }
    fail_msg("there is no column '%s' in values.c", name);
    return NULL;
}

static void
add_tables(struct world *world, unsigned what)
{
    for (size_t i = 0; what & WORLD_NASTY && i < n_nasty_columns; i++)
        add_nasty(world, "d_", &nasty_columns[i], 1);
    if (what & WORLD_SMALL)
        add_nasty(world, "d_", nasty_find("text"), 1);
    if (what & WORLD_DOUBLE)
        add_double(world);
    if (what & WORLD_SHAPES)
        add_shapes(world);
    if (what & WORLD_LONG)
        add_long(world);
    if (what & (WORLD_MANY | WORLD_SMALL | WORLD_SHAPES))
        add_many(world, what & WORLD_MANY ? MANY_ROWS : SMALL_ROWS,
                 what & WORLD_MANY ? MANY_PARTS : 1);
    for (size_t i = 0; what & WORLD_NASTY && i < n_nasty_columns; i++)
        add_nasty(world, "s_", &nasty_columns[i], SPARSE_STEP);
    if (what & WORLD_SMALL)
        add_nasty(world, "s_", nasty_find("float64"), SPARSE_STEP);
}

/* In the order of their names, as plugin.h wants them. */
static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct world_table *)a)->table.name,
                  ((const struct world_table *)b)->table.name);
}

struct world *
world_new(unsigned what)
{
    struct arena *arena = arena_new();
    struct world *world = arena_alloc(arena, sizeof *world);
    struct pd_table *tables;

    world->arena = arena;
    world->tables = arena_array(arena, struct world_table, 2 * n_nasty_columns + 16);
    add_tables(world, what);
    qsort(world->tables, world->n_tables, sizeof *world->tables, by_name);
    tables = arena_array(arena, struct pd_table, world->n_tables + 1);
    for (size_t i = 0; i < world->n_tables; i++) {
        batches_make(world, &world->tables[i]);
        tables[i] = world->tables[i].table;
    }
    world->catalog = (struct pd_catalog){
        .struct_size = sizeof world->catalog,
        .engine = "conformance",
        .engine_version = "1",
        .tables = tables,
        .n_tables = world->n_tables,
        .table_size = sizeof *tables,
    };
    return world;
}

void
world_free(struct world *world)
{
    for (size_t i = 0; i < world->n_tables; i++) {
        for (size_t k = 0; k < world->tables[i].n_batches; k++)
            batch_release(world->tables[i].batches[k]);
        tally_free(world->tables[i].tally);
    }
    arena_free(world->arena);
}

const struct world_table *
world_find(const struct world *world, const char *name)
{
    for (size_t i = 0; i < world->n_tables; i++) {
        if (strcmp(world->tables[i].table.name, name) == 0)
            return &world->tables[i];
    }
    return NULL;
}
