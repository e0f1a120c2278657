// SPDX-License-Identifier: Apache-2.0
/* model_rows - random tables of all kinds, for tests that compare with a naive twin. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "model/batch.h"
#include "model/decimal.h"
#include "model/kind.h"
#include "model/values.h"

/* xorshift64*: the same numbers on every machine. */
struct dice {
    uint64_t state;
};

static inline uint64_t
dice_roll(struct dice *dice)
{
    dice->state ^= dice->state >> 12;
    dice->state ^= dice->state << 25;
    dice->state ^= dice->state >> 27;
    return dice->state * UINT64_C(2685821657736338717);
}

static inline uint32_t
dice_below(struct dice *dice, uint32_t limit)
{
    return (uint32_t)((dice_roll(dice) >> 32) % limit);
}

/* 64 bits that are often small, often extreme. */
static inline uint64_t
dice_word(struct dice *dice)
{
    switch (dice_below(dice, 6)) {
    case 0:
        return 0;
    case 1:
        return dice_below(dice, 200);
    case 2:
        return -(uint64_t)dice_below(dice, 200);
    case 3:
        return UINT64_C(1) << dice_below(dice, 64);
    case 4:
        return (UINT64_C(1) << 63) - 1 + dice_below(dice, 3);
    default:
        return dice_roll(dice) >> dice_below(dice, 64);
    }
}

static inline double
dice_real(struct dice *dice)
{
    static const double nasty[] = {
        0.0,     -0.0,    1.0,     -1.0,     0.1,      1e300,    5e-324,   2.5,
        1e22,    0.3,     -0.125,  1.0 / 3,  9e15,     -4e18,    1e-5,     9.999e20,
        1.7e308, 1.5e222, 1.5e224, -1.5e226, 1.5e-226, 1.5e-228, 2.2e-308, 4611686018427387904.0};
    uint64_t bits = dice_roll(dice);
    uint32_t pick = dice_below(dice, 32);

    if (pick < sizeof nasty / sizeof nasty[0])
        return nasty[pick];
    if (pick == 24)
        return values_real(VALUES_NAN);
    if (pick == 25)
        return values_real(UINT64_C(0x7ff0000000000000) | (bits & 1) << 63);
    if (pick < 28)
        return (double)(int64_t)dice_below(dice, 100000) / 100.0;
    return values_real_bits(values_real(bits)) == VALUES_NAN ? 7.25 : values_real(bits);
}

/* Bytes that are valid UTF-8, with all that is nasty in it. */
static inline size_t
dice_text(struct dice *dice, uint8_t *out, size_t room)
{
    static const char *const pieces[] = {
        "a", "b", "\0", " ", "é", "😀", "\n", "zzzz", "ß", "2024-02-29", "\xef\xbf\xbf", "\x7f"};
    size_t size = 0;
    uint32_t n = dice_below(dice, 4) ? dice_below(dice, 6) : dice_below(dice, 60);

    while (n--) {
        uint32_t pick = dice_below(dice, sizeof pieces / sizeof pieces[0]);
        size_t piece = pick == 2 ? 1 : strlen(pieces[pick]);

        if (size + piece > room)
            break;
        memcpy(out + size, pieces[pick], piece);
        size += piece;
    }
    return size;
}

static inline struct cell
rows_bytes(struct arena *arena, int tag, const void *bytes, size_t size)
{
    uint8_t *copy = arena_alloc(arena, size + 1);

    memcpy(copy, bytes, size);
    return (struct cell){.tag = tag, .bytes = copy, .size = size};
}

static inline struct cell
rows_decimal(struct arena *arena, struct dice *dice, const struct pd_type *type)
{
    int128 value = (int128)((uint128)dice_word(dice) * (dice_below(dice, 2) ? dice_word(dice) : 1));
    uint8_t bytes[DECIMAL_TEXT_SIZE];
    size_t size;

    for (int128 limit = (int128)10; value / limit != 0 && type->precision;) {
        int32_t n_digits = 1;

        for (int128 rest = value / 10; rest; rest /= 10)
            n_digits++;
        if (n_digits <= type->precision)
            break;
        value /= 10;
    }
    if (kind_layout(type) == PD_LAYOUT_I128) {
        values_put_int128(bytes, value);
        return rows_bytes(arena, PD_TAG_PLAIN, bytes, 16);
    }
    size = decimal_write(value, dice_below(dice, 30), (char *)bytes);
    return rows_bytes(arena, PD_TAG_PLAIN, bytes, size);
}

static inline struct cell
rows_plain(struct arena *arena, struct dice *dice, const struct pd_type *type)
{
    uint8_t bytes[256];
    uint32_t width = kind_width(type);
    uint64_t word = dice_word(dice);

    switch (kind_layout(type)) {
    case PD_LAYOUT_BITS:
        return (struct cell){.tag = PD_TAG_PLAIN, .integer = word & 1};
    case PD_LAYOUT_F32:
        return (struct cell){.tag = PD_TAG_PLAIN, .real = (double)(float)dice_real(dice)};
    case PD_LAYOUT_F64:
        return (struct cell){.tag = PD_TAG_PLAIN, .real = dice_real(dice)};
    case PD_LAYOUT_FIXED:
        for (uint32_t i = 0; i < width; i++)
            bytes[i] = (uint8_t)dice_roll(dice);
        return rows_bytes(arena, PD_TAG_PLAIN, bytes, width);
    case PD_LAYOUT_NUM64:
        if (word & 1)
            return (struct cell){.tag = PD_TAG_INT, .integer = (int64_t)dice_word(dice)};
        return (struct cell){.tag = PD_TAG_REAL, .real = dice_real(dice)};
    case PD_LAYOUT_I128:
        return rows_decimal(arena, dice, type);
    case PD_LAYOUT_VAR:
        if (type->kind == PD_KIND_DECIMAL)
            return rows_decimal(arena, dice, type);
        return rows_bytes(arena, PD_TAG_PLAIN, bytes, dice_text(dice, bytes, sizeof bytes));
    default:
        word &= width == 8 ? ~UINT64_C(0) : (UINT64_C(1) << 8 * width) - 1;
        if (!kind_is_unsigned(type->kind) && width < 8)
            word = (word ^ UINT64_C(1) << (8 * width - 1)) - (UINT64_C(1) << (8 * width - 1));
        return (struct cell){.tag = PD_TAG_PLAIN, .integer = (int64_t)word};
    }
}

/* A value of a storage class or an outlier. */
static inline struct cell
rows_tagged(struct arena *arena, struct dice *dice, int tag)
{
    uint8_t bytes[256];

    if (tag == PD_TAG_INT)
        return (struct cell){.tag = tag, .integer = (int64_t)dice_word(dice)};
    if (tag == PD_TAG_REAL)
        return (struct cell){.tag = tag, .real = dice_real(dice)};
    if (tag == PD_TAG_BADTEXT)
        return rows_bytes(arena, tag, "\xed\xa0\x80 ", 4);
    if (tag == PD_TAG_UTF16)
        return rows_bytes(arena, tag, "\x00\xd8", 2);
    if (tag == PD_TAG_YMD)
        return rows_bytes(arena, tag, dice_below(dice, 2) ? "0000-00-00" : "2024-00-15", 10);
    if (tag == PD_TAG_FAR)
        return dice_below(dice, 2) ? rows_bytes(arena, tag, "294277-01-01 00:00:00", 21)
                                   : rows_bytes(arena, tag, "300000-01-01 BC", 15);
    if (tag == PD_TAG_POS_INF || tag == PD_TAG_NEG_INF || tag == PD_TAG_NAN || tag == PD_TAG_ENUM0)
        return rows_bytes(arena, tag, "", 0);
    return rows_bytes(arena, tag, bytes, dice_text(dice, bytes, sizeof bytes));
}

/* one_odd_in: how many cells there are for each outlier, 0: none. */
static inline struct cell
rows_cell(struct arena *arena, struct dice *dice, const struct pd_type *type, uint32_t one_odd_in)
{
    if (dice_below(dice, 7) == 0)
        return (struct cell){.tag = -1};
    if (type->kind == PD_KIND_ANY)
        return rows_tagged(arena, dice, PD_TAG_INT + (int)dice_below(dice, 4));
    if (one_odd_in && dice_below(dice, one_odd_in) == 0)
        return rows_tagged(arena, dice, 1 + (int)dice_below(dice, PD_TAG_COUNT_ - 1));
    return rows_plain(arena, dice, type);
}

/* A table with a column of every kind, decimals in three shapes. */
static inline struct pd_table
rows_table(struct arena *arena)
{
    size_t n = PD_KIND_COUNT_ - 1 + 2;
    struct pd_column *columns = arena_array(arena, struct pd_column, n);

    for (size_t i = 0; i < n; i++) {
        int kind = i < PD_KIND_COUNT_ - 1 ? (int)i + 1 : PD_KIND_DECIMAL;

        columns[i].struct_size = sizeof columns[i];
        columns[i].name = arena_printf(arena, "c%zu_%s", i, kind_name(kind));
        columns[i].type.struct_size = sizeof columns[i].type;
        columns[i].type.kind = (uint16_t)kind;
    }
    columns[n - 2].type.precision = 38;
    columns[n - 2].type.scale = 10;
    columns[n - 1].type.precision = 12;
    return (struct pd_table){.struct_size = sizeof(struct pd_table),
                             .name = "t",
                             .columns = columns,
                             .n_columns = n,
                             .column_size = sizeof *columns};
}

/* n_rows of random cells, row by row. */
static inline struct cell *
rows_random(struct arena *arena, struct dice *dice, const struct pd_table *table, uint32_t n_rows,
            uint32_t one_odd_in)
{
    struct cell *cells = arena_array(arena, struct cell, n_rows * table->n_columns);

    for (uint32_t row = 0; row < n_rows; row++) {
        for (size_t i = 0; i < table->n_columns; i++)
            cells[row * table->n_columns + i] =
                rows_cell(arena, dice, &table->columns[i].type, one_odd_in);
    }
    return cells;
}

static inline const struct pd_batch *
rows_batch(const struct pd_table *table, const struct cell *cells, uint32_t n_rows)
{
    struct pd_builder builder;
    const struct pd_batch *batch;
    struct pd_error err = {0};

    assert_int_equal(batch_builder_open(&builder, table, &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    for (uint32_t row = 0; row < n_rows; row++) {
        for (uint32_t i = 0; i < table->n_columns; i++)
            batch_put_cell(&builder, i, &table->columns[i].type,
                           &cells[row * table->n_columns + i]);
        pd_builder_row(&builder);
    }
    batch = pd_builder_finish(&builder);
    assert_non_null(batch);
    pd_builder_close(&builder);
    return batch;
}
