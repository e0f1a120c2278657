// SPDX-License-Identifier: Apache-2.0
/* sqlite - what SQLite cannot do, and how it keeps what has no type there. */
#include <sqlite3.h>
#include <string.h>

#include "conformance.h"

/* ---- Values ---- */

enum affinity { AFFINITY_BLOB, AFFINITY_TEXT, AFFINITY_NUMERIC, AFFINITY_INTEGER, AFFINITY_REAL };

#define NO_TYPE "there is no such type, its canonical text keeps it"

/* How plain values of a kind come back, and the affinity of the columns made for it. */
static const struct kept {
    struct comes_back plain;
    enum affinity affinity;
} kept[PD_KIND_COUNT_] = {
    [PD_KIND_BOOL] = {{BACK_INTEGER, "0 and 1", NULL}, AFFINITY_NUMERIC},
    [PD_KIND_INT8] = {{BACK_INTEGER, "integers have one width", NULL}, AFFINITY_INTEGER},
    [PD_KIND_INT16] = {{BACK_INTEGER, "integers have one width", NULL}, AFFINITY_INTEGER},
    [PD_KIND_INT32] = {{BACK_INTEGER, "integers have one width", NULL}, AFFINITY_INTEGER},
    [PD_KIND_INT64] = {{BACK_SAME, NULL, NULL}, AFFINITY_INTEGER},
    [PD_KIND_UINT8] = {{BACK_INTEGER, "integers have a sign", NULL}, AFFINITY_INTEGER},
    [PD_KIND_UINT16] = {{BACK_INTEGER, "integers have a sign", NULL}, AFFINITY_INTEGER},
    [PD_KIND_UINT32] = {{BACK_INTEGER, "integers have a sign", NULL}, AFFINITY_INTEGER},
    [PD_KIND_UINT64] = {{BACK_TEXT, "integers end at 2^63-1", NULL}, AFFINITY_TEXT},
    [PD_KIND_FLOAT32] = {{BACK_REAL, "floats are doubles", NULL}, AFFINITY_REAL},
    [PD_KIND_FLOAT64] = {{BACK_REAL, "the same, and of kind float64", NULL}, AFFINITY_REAL},
    [PD_KIND_DECIMAL] = {{BACK_TEXT, "a double holds 15 decimal digits", NULL}, AFFINITY_TEXT},
    [PD_KIND_NUMBER] = {{BACK_CLASS, "integers and floats", NULL}, AFFINITY_NUMERIC},
    [PD_KIND_TEXT] = {{BACK_TEXT, "the same; lengths are not kept", NULL}, AFFINITY_TEXT},
    [PD_KIND_CHAR] = {{BACK_TEXT, "the same; lengths are not kept", NULL}, AFFINITY_TEXT},
    [PD_KIND_BINARY] = {{BACK_SAME, NULL, NULL}, AFFINITY_BLOB},
    [PD_KIND_DATE] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_NUMERIC},
    [PD_KIND_TIME] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_NUMERIC},
    [PD_KIND_TIMETZ] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_TIMESTAMP] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_NUMERIC},
    [PD_KIND_TIMESTAMPTZ] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_INTERVAL] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_YEAR] = {{BACK_INTEGER, "an integer", NULL}, AFFINITY_NUMERIC},
    [PD_KIND_JSON] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_JSONB] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_XML] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_UUID] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_NUMERIC},
    [PD_KIND_BIT] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_VARBIT] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_ENUM] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_SET] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_INET] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_CIDR] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_INET4] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_INET6] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_MACADDR] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_MACADDR8] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_ARRAY] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_GEOMETRY] = {{BACK_BYTES, "there is no such type, its bytes keep it", NULL},
                          AFFINITY_BLOB},
    [PD_KIND_ANY] = {{BACK_SAME, NULL, NULL}, AFFINITY_BLOB},
    [PD_KIND_MONEY] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
    [PD_KIND_OID] = {{BACK_INTEGER, "an integer", NULL}, AFFINITY_INTEGER},
    [PD_KIND_OPAQUE] = {{BACK_TEXT, NO_TYPE, NULL}, AFFINITY_TEXT},
};

/* Those of few digits are numbers. */
static bool
is_short_decimal(const struct pd_type *type)
{
    return type->kind == PD_KIND_DECIMAL && type->precision > 0 &&
           type->precision <= (type->scale ? 15 : 18);
}

static bool
is_float(const struct pd_type *type)
{
    return type->kind == PD_KIND_FLOAT32 || type->kind == PD_KIND_FLOAT64;
}

static bool
is_minus_zero(double real)
{
    return real == 0 && 1 / real < 0;
}

static struct comes_back
refused(const char *reason)
{
    return (struct comes_back){BACK_REFUSED, reason, NULL};
}

static struct comes_back
stands_for(const char *text)
{
    return (struct comes_back){BACK_TEXT, "text stands for it", text};
}

/* A storage class that the affinity of the column would change. */
static struct comes_back
of_class(const struct cell *cell, enum affinity affinity)
{
    bool numeric = affinity != AFFINITY_BLOB && affinity != AFFINITY_TEXT;

    if (cell->tag == PD_TAG_REAL && cell->real != cell->real)
        return stands_for("NaN");
    if (cell->tag == PD_TAG_INT && affinity == AFFINITY_REAL)
        return refused("the column would make a float of it");
    if ((cell->tag == PD_TAG_INT || cell->tag == PD_TAG_REAL) && affinity == AFFINITY_TEXT)
        return refused("the column would make text of it");
    if (cell->tag == PD_TAG_REAL &&
        (affinity == AFFINITY_NUMERIC || affinity == AFFINITY_INTEGER) && cell->real > -0x1p63 &&
        cell->real < 0x1p63 && cell->real == (double)(int64_t)cell->real)
        return refused("the column would make an integer of it");
    if (cell->tag == PD_TAG_TEXT && numeric && cell->size == 2 && cell->bytes[0] == '1')
        return refused("the column would make a number of it");
    return (struct comes_back){BACK_CLASS, "storage classes are kept", NULL};
}

static struct comes_back
of_plain(const struct pd_type *type, const struct cell *cell, bool carrier)
{
    if (is_short_decimal(type))
        return (struct comes_back){BACK_NUMBER, "a double holds it", NULL};
    if (is_float(type) && cell->real != cell->real)
        return stands_for("NaN");
    if (is_float(type) && is_minus_zero(cell->real) && !carrier)
        return refused("0 would be stored");
    return kept[type->kind].plain;
}

static struct comes_back
of_cell(const struct pd_column *column, const struct cell *cell, bool carrier)
{
    const struct pd_type *type = &column->type;
    bool decimal = type->kind == PD_KIND_DECIMAL;
    enum affinity affinity = kept[type->kind].affinity;

    if (is_short_decimal(type))
        affinity = AFFINITY_NUMERIC;
    if (is_float(type) && carrier)
        affinity = AFFINITY_BLOB;
    if (type->kind == PD_KIND_ENUM && cell->tag != PD_TAG_PLAIN)
        return refused("the labels are checked");
    switch (cell->tag) {
    case PD_TAG_PLAIN:
        return of_plain(type, cell, carrier);
    case PD_TAG_INT:
    case PD_TAG_REAL:
    case PD_TAG_TEXT:
    case PD_TAG_BYTES:
    case PD_TAG_BADTEXT:
        return of_class(cell, affinity);
    case PD_TAG_UTF16:
        return refused("the database is in UTF-8");
    case PD_TAG_POS_INF:
        return stands_for(decimal ? "Infinity" : "infinity");
    case PD_TAG_NEG_INF:
        return stands_for(decimal ? "-Infinity" : "-infinity");
    case PD_TAG_NAN:
        return stands_for("NaN");
    case PD_TAG_ENUM0:
        return stands_for("#0");
    default:
        return stands_for(NULL);
    }
}

static struct comes_back
comes_back(const struct pd_column *column, const struct cell *cell)
{
    return of_cell(column, cell, false);
}

static struct comes_back
comes_back_of_carrier(const struct pd_column *column, const struct cell *cell)
{
    return of_cell(column, cell, true);
}

/* What is in the domain of a column is converted to what the column there holds. */
static struct comes_back
comes_back_of_existing(const struct pd_column *column, const struct cell *cell)
{
    struct comes_back way = of_cell(column, cell, false);

    if (column->type.kind == PD_KIND_NUMBER && cell->tag == PD_TAG_REAL && way.back == BACK_REFUSED)
        return (struct comes_back){BACK_INTEGER, "the column there makes an integer of it", NULL};
    return way;
}

/* ---- Places ---- */

static const char *
place(unsigned n)
{
    return n ? "sqlite:other.db" : "sqlite:here.db";
}

static bool
run(const char *url, const char *sql)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open(strchr(url, ':') + 1, &db);

    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return rc == SQLITE_OK;
}

/* With a journal of rollbacks whoever reads keeps all others from writing. */
static void
open_to_changes(const char *url)
{
    assert_true(run(url, "PRAGMA journal_mode = WAL"));
}

static bool
change(const char *url, unsigned n)
{
    static const char *const changes[] = {
        "UPDATE many SET name = 'changed' WHERE id % 3 = 1",
        "DELETE FROM many WHERE id % 7 = 2",
        "INSERT INTO many (id, name) VALUES (1000000 + abs(random() % 1000000), 'new')",
        "ALTER TABLE many ADD COLUMN more",
        "CREATE TABLE more (x); DROP TABLE more",
        "UPDATE many SET amount = amount + 1",
    };

    return run(url, changes[n % (sizeof changes / sizeof *changes)]);
}

#define COMMON                                                                                     \
    .no_twin_sinks = "a database has one writer", .place = place, .clear = files_clear,            \
    .standing = files_standing, .open_to_changes = open_to_changes, .change = change,              \
    .no_empty_shape = "every table has a column"

static const char *const carrier[] = {"misfit", "carrier", NULL};
static const char *const append[] = {"into", "append", NULL};

static const struct quirks new_file = {
    .name = "sqlite: a new file",
    COMMON,
    .comes_back = comes_back,
};
static const struct quirks carriers = {
    .name = "sqlite: a new file, carriers",
    COMMON,
    .sink_options = carrier,
    .comes_back = comes_back_of_carrier,
};
static const struct quirks existing_file = {
    .name = "sqlite: an existing file",
    COMMON,
    .sink_options = append,
    .comes_back = comes_back_of_existing,
    .tables_first = true,
};

const struct quirks *const engine_ways[] = {&new_file, &carriers, &existing_file, NULL};
