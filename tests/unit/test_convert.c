// SPDX-License-Identifier: Apache-2.0
// convert - what a carrier holds comes back as what it was: every nasty value, by every carrier
// that the plugins use.
#include "convert_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../conformance/values.h"
#include "model/text.h"

/* ---- Cells ---- */

static struct cell
kept(const struct cell *cell)
{
    struct cell copy = *cell;

    if (cell->bytes)
        copy.bytes = arena_copy(memory, cell->bytes, cell->size);
    return copy;
}

static struct cell
parsed(const struct pd_type *type, const char *text, size_t size)
{
    CLEANUP_BUFFER struct buffer scratch = {0};
    struct pd_error err = {0};
    struct cell cell;

    assert_int_equal(text_parse(type, text, size, &scratch, &cell, &err), PD_OK);
    return kept(&cell);
}

/* INT and REAL stand as decimal text, and so do floats, not always as the shortest. */
static struct cell
nasty_cell(const struct pd_type *type, const struct nasty *value)
{
    bool is_float = type->kind == PD_KIND_FLOAT64 || type->kind == PD_KIND_FLOAT32;
    struct cell cell = {.tag = value->tag};

    if (value->tag == PD_TAG_INT)
        cell.integer = strtoll(value->bytes, NULL, 10);
    else if (value->tag == PD_TAG_REAL || (value->tag == PD_TAG_PLAIN && is_float))
        cell.real = strtod(value->bytes, NULL);
    else if (value->tag == PD_TAG_PLAIN)
        return parsed(type, value->bytes, value->size);
    if (type->kind == PD_KIND_FLOAT32 && value->tag == PD_TAG_PLAIN)
        cell.real = (double)strtof(value->bytes, NULL);
    cell.bytes = (const uint8_t *)value->bytes;
    cell.size = value->tag == PD_TAG_INT || value->tag == PD_TAG_REAL ? 0 : value->size;
    return cell;
}

static bool
converted(const struct pd_type *from, const struct pd_type *to, unsigned flags,
          const struct cell *cell, struct cell *ret_cell)
{
    CLEANUP(conversion) struct conversion *c = NULL;
    struct pd_error err = {0};
    pd_status status;

    if (convert_open(from, to, flags, &c, &err) != PD_OK)
        fail_msg("%s -> %s: %s", kind_name(from->kind), kind_name(to->kind), err.text);
    status = convert_cell(c, cell, ret_cell, &err);
    if (status != PD_OK) {
        assert_int_equal(status, PD_FAILED);
        return false;
    }
    *ret_cell = kept(ret_cell);
    return true;
}

/* ---- Carriers ---- */

static const struct pd_type text_type = TYPE(TEXT);
static const struct pd_type binary_type = TYPE(BINARY);

/* What the PostgreSQL sink makes of a kind, when it is not the kind itself. */
static const struct carrier {
    uint16_t kind;
    struct pd_type as;
} natives[] = {
    {PD_KIND_INT8, TYPE(INT16)},
    {PD_KIND_UINT8, TYPE(INT16)},
    {PD_KIND_UINT16, TYPE(INT32)},
    {PD_KIND_UINT32, TYPE(INT64)},
    {PD_KIND_UINT64, TYPE(DECIMAL, .precision = 20)},
    {PD_KIND_NUMBER, TYPE(DECIMAL)},
    {PD_KIND_YEAR, TYPE(INT16)},
    {PD_KIND_INET4, TYPE(INET)},
    {PD_KIND_INET6, TYPE(INET)},
    {PD_KIND_GEOMETRY, TYPE(BINARY)},
    {PD_KIND_OID, TYPE(INT64)},
    {PD_KIND_MONEY, TYPE(DECIMAL, .precision = 19, .scale = 2)},
    {PD_KIND_TIMESTAMPTZ, TYPE(TIMESTAMP, .precision = 6)},
    {PD_KIND_TIMESTAMP, TYPE(TIMESTAMPTZ, .precision = 6)},
    {PD_KIND_BOOL, TYPE(INT8)},
    {PD_KIND_FLOAT32, TYPE(FLOAT64)},
    {PD_KIND_JSON, TYPE(BINARY)},
    {PD_KIND_TEXT, TYPE(BINARY)},
    {PD_KIND_CHAR, TYPE(BINARY)},
    {PD_KIND_ENUM, TYPE(BINARY)},
    {PD_KIND_XML, TYPE(BINARY)},
    {PD_KIND_OPAQUE, TYPE(BINARY)},
};

/* Values that a carrier does not hold, so that they are misfits. */
static const struct misfit {
    const char *column;
    int to;
    unsigned flags;
    const char *comment;
} misfits[] = {
    {"number", PD_KIND_DECIMAL, 0, "minus zero"},
    {"timestamp", PD_KIND_TIMESTAMPTZ, 0, "largest in PostgreSQL"},
    {"text", PD_KIND_TEXT, 0, "half a surrogate pair"},
    {"enum", PD_KIND_BINARY, 0, "the error value"},
};

static bool
is_misfit(const char *column, const struct pd_type *to, unsigned flags, const char *comment)
{
    for (size_t i = 0; i < COUNT_OF(misfits); i++) {
        if (strcmp(misfits[i].column, column) == 0 && misfits[i].to == to->kind &&
            misfits[i].flags == flags && strcmp(misfits[i].comment, comment) == 0)
            return true;
    }
    return false;
}

/* There and back. */
static void
check(const struct nasty_column *column, const struct pd_type *as, unsigned flags)
{
    unsigned back = CONVERT_BACK | (flags & CONVERT_TAGGED ? CONVERT_UNTAGGED : 0u);

    for (size_t i = 0; i < column->n_values; i++) {
        const struct nasty *value = &column->values[i];
        struct cell cell = nasty_cell(&column->type, value), there, again;
        bool fits = converted(&column->type, as, flags, &cell, &there);

        if (fits == is_misfit(column->name, as, flags, value->comment))
            fail_msg("%s '%s' as %s: %s", column->name, value->comment, kind_name(as->kind),
                     fits ? "fits" : "does not fit");
        if (!fits)
            continue;
        assert_true(converted(as, &column->type, back, &there, &again));
        if (!same_cell(&column->type, &cell, &again))
            fail_msg("%s '%s' as %s: comes back as something else, with tag %d", column->name,
                     value->comment, kind_name(as->kind), again.tag);
    }
}

static void
every_value_comes_back_from_native_types(void **state)
{
    size_t n = 0;

    for (size_t i = 0; i < n_nasty_columns; i++) {
        for (size_t k = 0; k < COUNT_OF(natives); k++) {
            if (natives[k].kind != nasty_columns[i].type.kind)
                continue;
            check(&nasty_columns[i], &natives[k].as, 0);
            n++;
        }
        if (nasty_columns[i].type.kind != PD_KIND_TEXT)
            check(&nasty_columns[i], &nasty_columns[i].type, 0);
    }
    assert_true(n >= COUNT_OF(natives));
}

static void
every_value_comes_back_from_text(void **state)
{
    for (size_t i = 0; i < n_nasty_columns; i++) {
        if (nasty_columns[i].type.kind != PD_KIND_BINARY)
            check(&nasty_columns[i], &text_type, 0);
    }
}

static void
every_value_comes_back_from_tagged_text(void **state)
{
    for (size_t i = 0; i < n_nasty_columns; i++) {
        check(&nasty_columns[i], &text_type, CONVERT_TAGGED);
        check(&nasty_columns[i], &binary_type, CONVERT_TAGGED);
    }
}

static void
wide_times_are_intervals(void **state)
{
    const struct pd_type interval = TYPE(INTERVAL);

    for (size_t i = 0; i < n_nasty_columns; i++) {
        if (nasty_columns[i].type.kind == PD_KIND_TIME)
            check(&nasty_columns[i], &interval, 0);
    }
}

/* ---- A column of another scale ---- */

static void
decimals_change_their_layout_but_not_their_value(void **state)
{
    const struct pd_type wide = TYPE(DECIMAL, .precision = 65, .scale = 30);
    const struct pd_type free = TYPE(DECIMAL);
    const struct pd_type narrow = TYPE(DECIMAL, .precision = 10, .scale = 2);
    const struct pd_type hundreds = TYPE(DECIMAL, .precision = 3, .scale = -2);
    const struct pd_type tiny = TYPE(DECIMAL, .precision = 2, .scale = 5);
    const struct {
        const struct pd_type *from;
        const char *text;
        const struct pd_type *to;
        const char *wanted; /* NULL: misfit */
    } cases[] = {
        {&narrow, "1.10", &wide, "1.100000000000000000000000000000"},
        {&wide, "1.100000000000000000000000000000", &narrow, "1.10"},
        {&wide, "1.101000000000000000000000000000", &narrow, NULL},
        {&narrow, "99999999.99", &free, "99999999.99"},
        {&free, "99999999.99", &narrow, "99999999.99"},
        {&free, "1.5", &narrow, NULL}, /* it would come back as 1.50 */
        {&free, "100000000.00", &narrow, NULL},
        {&narrow, "12300.00", &hundreds, "12300"},
        {&narrow, "12345.00", &hundreds, NULL},
        {&narrow, "123400.00", &hundreds, NULL},
        {&free, "0.00012", &tiny, "0.00012"},
        {&free, "0.00100", &tiny, NULL},
        {&tiny, "0.00012", &free, "0.00012"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP_BUFFER struct buffer text = {0};
        struct cell from = parsed(cases[i].from, cases[i].text, strlen(cases[i].text)), to;
        bool fits = converted(cases[i].from, cases[i].to, 0, &from, &to);

        if (fits != (cases[i].wanted != NULL))
            fail_msg("case %zu (%s)", i, cases[i].text);
        if (!fits)
            continue;
        text_append(&text, cases[i].to, &to);
        assert_string_equal(buffer_string(&text), cases[i].wanted);
    }
}

/* ---- What was promised beside the declaration ---- */

static struct cell
cell_text(const char *text)
{
    return (struct cell){.tag = PD_TAG_TEXT, .bytes = (const uint8_t *)text, .size = strlen(text)};
}

static struct cell
cell_int(int64_t integer)
{
    return (struct cell){.tag = PD_TAG_INT, .integer = integer};
}

static struct cell
cell_real(double real)
{
    return (struct cell){.tag = PD_TAG_REAL, .real = real};
}

/* A double has its shortest decimal and no zeros behind that. */
static void
decimals_among_numbers_keep_their_digits_or_do_not_fit(void **state)
{
    const struct pd_type number = TYPE(NUMBER), any = TYPE(ANY), decimal = TYPE(DECIMAL);
    static const struct {
        const char *text;
        bool fits;
    } cases[] = {
        {"1.5", true},
        {"-1.500", false},
        {"1.0", true},
        {"1.00", false},
        {"0.10", false},
        {"100000000000000000000", false},
        {"100000000000000000000.0", true},
        {"9223372036854775807", true},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cell cell = parsed(&decimal, cases[i].text, strlen(cases[i].text)), to, again;

        assert_int_equal(converted(&decimal, &any, 0, &cell, &to), cases[i].fits);
        if (converted(&decimal, &number, 0, &cell, &to) != cases[i].fits)
            fail_msg("%s", cases[i].text);
        if (!cases[i].fits)
            continue;
        assert_true(converted(&number, &decimal, CONVERT_BACK, &to, &again));
        assert_true(same_cell(&decimal, &cell, &again));
    }
}

/* In minor units of which not all are whole numbers of the money. */
static void
money_among_numbers_comes_back(void **state)
{
    const struct pd_type number = TYPE(NUMBER), money = TYPE(MONEY, .scale = 2);
    const int64_t amounts[] = {0, 10, -1, 100, 12345, INT64_MIN, 4503599627370497};

    for (size_t i = 0; i < COUNT_OF(amounts); i++) {
        struct cell cell = {.tag = PD_TAG_PLAIN, .integer = amounts[i]}, to, again;

        if (!converted(&money, &number, 0, &cell, &to))
            continue;
        assert_true(converted(&number, &money, CONVERT_BACK, &to, &again));
        if (!same_cell(&money, &cell, &again))
            fail_msg("%lld comes back with tag %d", (long long)amounts[i], again.tag);
    }
}

static void
single_values_among_numbers_become_what_was_promised(void **state)
{
    const struct pd_type number = TYPE(NUMBER);
    const struct pd_type date = TYPE(DATE), stamp = TYPE(TIMESTAMP, .precision = -1);
    const struct pd_type boolean = TYPE(BOOL), uuid = TYPE(UUID), json = TYPE(JSON);
    const struct pd_type narrow = TYPE(DECIMAL, .precision = 10, .scale = 2);
    const struct pd_type money = TYPE(MONEY, .scale = 2);
    const struct {
        struct cell cell;
        const struct pd_type *to;
        const char *wanted; /* NULL: misfit */
    } cases[] = {
        {cell_text("2024-01-02"), &date, "2024-01-02"},
        {cell_text("infinity"), &date, "infinity"},
        {cell_text("2024-1-2"), &date, NULL},
        {cell_text("soon"), &date, NULL},
        {cell_int(20240102), &date, NULL},
        {cell_text("2024-01-02 03:04:05"), &stamp, "2024-01-02 03:04:05"},
        {cell_text("2024-01-02 03:04"), &stamp, NULL},
        {cell_int(0), &boolean, "f"},
        {cell_int(1), &boolean, "t"},
        {cell_int(2), &boolean, NULL},
        {cell_real(1), &boolean, NULL},
        {cell_text("t"), &boolean, NULL}, /* it would come back as 1 */
        {cell_text("00112233-4455-6677-8899-aabbccddeeff"), &uuid,
         "00112233-4455-6677-8899-aabbccddeeff"},
        {cell_text("00112233-4455-6677-8899-AABBCCDDEEFF"), &uuid, NULL},
        {cell_int(5), &narrow, "5.00"},
        {cell_real(1.1), &narrow, "1.10"},
        {cell_real(0.07), &narrow, "0.07"},
        {cell_real(5), &narrow, NULL}, /* it would come back as an integer */
        {cell_real(1.005), &narrow, NULL},
        {cell_real(1e15), &narrow, NULL},
        {cell_int(99999999), &narrow, "99999999.00"},
        {cell_int(100000000), &narrow, NULL},
        {cell_text("1.50"), &narrow, NULL}, /* it would come back as 1.5 */
        {cell_real(0.1), &money, "0.10"},
        {cell_real(5), &money, NULL}, /* as above */
        {cell_real(0.125), &money, NULL},
        {cell_text("{\"a\":1}"), &json, "{\"a\":1}"},
        {cell_int(12), &json, NULL},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP_BUFFER struct buffer text = {0};
        struct cell to, again;
        bool fits = converted(&number, cases[i].to, 0, &cases[i].cell, &to);

        if (fits != (cases[i].wanted != NULL))
            fail_msg("case %zu", i);
        if (!fits)
            continue;
        text_append(&text, cases[i].to, &to);
        assert_string_equal(buffer_string(&text), cases[i].wanted);
        assert_true(converted(cases[i].to, &number, CONVERT_BACK, &to, &again));
        assert_true(same_cell(&number, &cases[i].cell, &again));
    }
}

/* ---- SQLite ---- */

/* The kind of a column there, by what its declaration makes of it, for each kind that it is made
   for; and what its plain values are stored as. */
enum stored { STORED_INT, STORED_REAL, STORED_TEXT, STORED_BYTES, STORED_NUMBER, STORED_TAGGED };
static const struct {
    uint16_t there;
    uint8_t stored;
} in_sqlite[PD_KIND_COUNT_] = {
    [PD_KIND_BOOL] = {PD_KIND_NUMBER, STORED_INT},
    [PD_KIND_INT8] = {PD_KIND_INT64, STORED_INT},
    [PD_KIND_INT16] = {PD_KIND_INT64, STORED_INT},
    [PD_KIND_INT32] = {PD_KIND_INT64, STORED_INT},
    [PD_KIND_INT64] = {PD_KIND_INT64, STORED_INT},
    [PD_KIND_UINT8] = {PD_KIND_INT64, STORED_INT},
    [PD_KIND_UINT16] = {PD_KIND_INT64, STORED_INT},
    [PD_KIND_UINT32] = {PD_KIND_INT64, STORED_INT},
    [PD_KIND_UINT64] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_FLOAT32] = {PD_KIND_BINARY, STORED_REAL},
    [PD_KIND_FLOAT64] = {PD_KIND_BINARY, STORED_REAL},
    [PD_KIND_DECIMAL] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_NUMBER] = {PD_KIND_NUMBER, STORED_TAGGED},
    [PD_KIND_TEXT] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_CHAR] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_BINARY] = {PD_KIND_BINARY, STORED_BYTES},
    [PD_KIND_DATE] = {PD_KIND_NUMBER, STORED_TEXT},
    [PD_KIND_TIME] = {PD_KIND_NUMBER, STORED_TEXT},
    [PD_KIND_TIMETZ] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_TIMESTAMP] = {PD_KIND_NUMBER, STORED_TEXT},
    [PD_KIND_TIMESTAMPTZ] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_INTERVAL] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_YEAR] = {PD_KIND_NUMBER, STORED_INT},
    [PD_KIND_JSON] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_JSONB] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_XML] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_UUID] = {PD_KIND_NUMBER, STORED_TEXT},
    [PD_KIND_BIT] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_VARBIT] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_ENUM] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_SET] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_INET] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_CIDR] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_INET4] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_INET6] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_MACADDR] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_MACADDR8] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_ARRAY] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_GEOMETRY] = {PD_KIND_BINARY, STORED_BYTES},
    [PD_KIND_ANY] = {PD_KIND_ANY, STORED_TAGGED},
    [PD_KIND_MONEY] = {PD_KIND_TEXT, STORED_TEXT},
    [PD_KIND_OID] = {PD_KIND_INT64, STORED_INT},
    [PD_KIND_OPAQUE] = {PD_KIND_TEXT, STORED_TEXT},
};

/* Decimals of few digits are numbers there. */
static struct cell
stored_number(const struct cell *cell, int32_t scale)
{
    int128 value = values_int128(cell->bytes);
    double unit = pow(10, scale);

    if (value % (int128)unit == 0)
        return cell_int((int64_t)(value / (int128)unit));
    return cell_real((double)value / unit);
}

static struct cell
stored_text(const struct pd_type *type, const struct cell *cell)
{
    CLEANUP_BUFFER struct buffer text = {0};

    text_append(&text, type, cell);
    return kept(&(struct cell){.tag = PD_TAG_TEXT, .bytes = text.data, .size = text.size});
}

static struct cell
stored_cell(const struct pd_type *type, const struct cell *cell, int stored)
{
    struct cell there = *cell;

    if (cell->tag >= PD_TAG_INT && cell->tag <= PD_TAG_BADTEXT)
        return there;
    if (cell->tag == PD_TAG_UTF16)
        return there;
    if (cell->tag != PD_TAG_PLAIN || stored == STORED_TEXT)
        return stored_text(type, cell);
    if (stored == STORED_NUMBER)
        return stored_number(cell, type->scale);
    if (stored == STORED_REAL && cell->real != cell->real)
        return cell_text("NaN");
    there.tag = stored == STORED_INT    ? PD_TAG_INT
                : stored == STORED_REAL ? PD_TAG_REAL
                                        : PD_TAG_BYTES;
    return there;
}

/* A value of the column's own class is plain there. */
static struct cell
at_home(int kind, struct cell cell)
{
    if ((kind == PD_KIND_INT64 && cell.tag == PD_TAG_INT) ||
        (kind == PD_KIND_FLOAT64 && cell.tag == PD_TAG_REAL) ||
        (kind == PD_KIND_TEXT && cell.tag == PD_TAG_TEXT) ||
        (kind == PD_KIND_BINARY && cell.tag == PD_TAG_BYTES))
        cell.tag = PD_TAG_PLAIN;
    return cell;
}

static void
check_sqlite(const struct nasty_column *column, uint16_t there_kind, int stored)
{
    struct pd_type there_type = {.struct_size = sizeof there_type, .kind = there_kind};

    for (size_t i = 0; i < column->n_values; i++) {
        const struct nasty *value = &column->values[i];
        struct cell cell = nasty_cell(&column->type, value), again;
        struct cell there = at_home(there_kind, stored_cell(&column->type, &cell, stored));

        assert_true(converted(&there_type, &column->type, CONVERT_BACK, &there, &again));
        if (!same_cell(&column->type, &cell, &again))
            fail_msg("%s '%s' in a %s of SQLite: comes back as something else, with tag %d",
                     column->name, value->comment, kind_name(there_kind), again.tag);
    }
}

static void
every_value_comes_back_from_sqlite(void **state)
{
    for (size_t i = 0; i < n_nasty_columns; i++) {
        const struct nasty_column *column = &nasty_columns[i];
        const struct pd_type *type = &column->type;
        bool is_short = type->kind == PD_KIND_DECIMAL && type->precision > 0 &&
                        type->precision <= (type->scale ? 15 : 18);

        if (is_short)
            check_sqlite(column, PD_KIND_NUMBER, STORED_NUMBER);
        if (type->kind == PD_KIND_FLOAT32 || type->kind == PD_KIND_FLOAT64)
            check_sqlite(column, PD_KIND_FLOAT64, STORED_REAL);
        check_sqlite(column, in_sqlite[type->kind].there, in_sqlite[type->kind].stored);
    }
}

/* ---- Storage classes ---- */

/* Single values of storage classes in any column: carried exactly by tagged text where the column
   is one of SQLite's, and where not, exactly or not at all. */
static void
strangers_come_back_or_do_not_fit(void **state)
{
    static const uint16_t sqlites[] = {PD_KIND_INT64,  PD_KIND_FLOAT64, PD_KIND_TEXT,
                                       PD_KIND_BINARY, PD_KIND_NUMBER,  PD_KIND_ANY};
    size_t n_fit = 0, n_all = 0;

    for (size_t i = 0; i < n_nasty_columns * n_nasty_strangers; i++) {
        const struct pd_type *type = &nasty_columns[i / n_nasty_strangers].type;
        const struct nasty *stranger = &nasty_strangers[i % n_nasty_strangers];
        struct cell cell = nasty_cell(type, stranger), there, again;
        bool is_sqlite = false, fits;

        for (size_t k = 0; k < COUNT_OF(sqlites); k++)
            is_sqlite |= sqlites[k] == type->kind;
        fits = converted(type, &text_type, CONVERT_TAGGED, &cell, &there);
        if (is_sqlite && stranger->tag >= PD_TAG_INT && stranger->tag <= PD_TAG_UTF16 && !fits)
            fail_msg("'%s' in %s", stranger->comment, kind_name(type->kind));
        n_all++;
        if (!fits)
            continue;
        n_fit++;
        assert_true(converted(&text_type, type, CONVERT_BACK | CONVERT_UNTAGGED, &there, &again));
        if (!same_cell(type, &cell, &again))
            fail_msg("'%s' in %s: comes back with tag %d", stranger->comment, kind_name(type->kind),
                     again.tag);
    }
    assert_true(n_fit > n_all / 3 && n_fit < n_all);
}

static void
tagged_text_has_fixed_forms(void **state)
{
    const struct pd_type any = TYPE(ANY);
    const struct {
        struct cell cell;
        const char *wanted;
    } cases[] = {
        {cell_int(-7), "i:-7"},
        {cell_real(1.5), "r:1.5"},
        {cell_real(1), "r:1.0"},
        {cell_text("abc"), "t:abc"},
        {{.tag = PD_TAG_BYTES, .bytes = (const uint8_t *)"\0\xff", .size = 2}, "x:00ff"},
        {{.tag = PD_TAG_TEXT, .bytes = (const uint8_t *)"a\0b", .size = 3}, "n:610062"},
        {{.tag = PD_TAG_BADTEXT, .bytes = (const uint8_t *)"\xff", .size = 1}, "b:ff"},
        {{.tag = PD_TAG_UTF16, .bytes = (const uint8_t *)"\x00\xd8", .size = 2}, "u:00d8"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cell to, again;

        assert_true(converted(&any, &text_type, 0, &cases[i].cell, &to));
        assert_int_equal(to.tag, PD_TAG_PLAIN);
        assert_int_equal(to.size, strlen(cases[i].wanted));
        assert_memory_equal(to.bytes, cases[i].wanted, to.size);
        assert_true(converted(&text_type, &any, CONVERT_BACK, &to, &again));
        assert_true(same_cell(&any, &cases[i].cell, &again));
    }
}

static void
bytes_say_what_they_were_where_it_would_not_be_known(void **state)
{
    static const struct nasty marked[] = {
        {PD_TAG_UTF16, "\x00\xd8", 2, "no UTF-16"},
        {PD_TAG_BADTEXT, "\xffu:", 3, "as if it were"},
        {PD_TAG_BADTEXT, "\xffu:a", 4, "and longer"},
        {PD_TAG_BADTEXT,
         "\xff"
         "b:\xffu:",
         6, "as the mark of that"},
        {PD_TAG_BADTEXT, "\xffu", 2, "too short"},
        {PD_TAG_PLAIN, "u:", 2, "text"},
    };
    const struct nasty_column column = {"marked", TYPE(TEXT), marked, COUNT_OF(marked)};
    struct cell cell = nasty_cell(&column.type, &marked[0]), to;

    check(&column, &binary_type, 0);
    assert_true(converted(&column.type, &binary_type, 0, &cell, &to));
    assert_int_equal(to.size, 5);
    assert_memory_equal(to.bytes, "\xffu:\x00\xd8", 5);
    cell = nasty_cell(&column.type, &marked[4]);
    assert_true(converted(&column.type, &binary_type, 0, &cell, &to));
    assert_memory_equal(to.bytes, "\xffu", 2);
}

static void
what_a_declaration_would_cut_is_a_misfit(void **state)
{
    const struct pd_type text = TYPE(TEXT), five = TYPE(TEXT, .length = 5);
    const struct pd_type stamp = TYPE(TIMESTAMP, .precision = 6);
    const struct pd_type seconds = TYPE(TIMESTAMP, .precision = 0);
    struct cell cell, to;

    cell = parsed(&text, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 10);
    assert_true(converted(&text, &five, 0, &cell, &to));
    cell = parsed(&text, "abcde ", 6);
    assert_false(converted(&text, &five, 0, &cell, &to));
    assert_true(converted(&text, &five, CONVERT_BACK, &cell, &to));
    cell = parsed(&stamp, "2024-01-02 03:04:05", 19);
    assert_true(converted(&stamp, &seconds, 0, &cell, &to));
    cell = parsed(&stamp, "2024-01-02 03:04:05.5", 21);
    assert_false(converted(&stamp, &seconds, 0, &cell, &to));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_comes_back_from_native_types),
        cmocka_unit_test(every_value_comes_back_from_text),
        cmocka_unit_test(every_value_comes_back_from_tagged_text),
        cmocka_unit_test(wide_times_are_intervals),
        cmocka_unit_test(decimals_change_their_layout_but_not_their_value),
        cmocka_unit_test(decimals_among_numbers_keep_their_digits_or_do_not_fit),
        cmocka_unit_test(money_among_numbers_comes_back),
        cmocka_unit_test(single_values_among_numbers_become_what_was_promised),
        cmocka_unit_test(every_value_comes_back_from_sqlite),
        cmocka_unit_test(strangers_come_back_or_do_not_fit),
        cmocka_unit_test(tagged_text_has_fixed_forms),
        cmocka_unit_test(bytes_say_what_they_were_where_it_would_not_be_known),
        cmocka_unit_test(what_a_declaration_would_cut_is_a_misfit),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
