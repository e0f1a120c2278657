// SPDX-License-Identifier: Apache-2.0
/* facts - counts, sums and extremes of a table, computed by SQLite's own SQL.
 *
 * A column of pure content costs a few cheap aggregates that also prove its purity; where the
 * proof fails, the classes are counted, and then each class that is there gets its aggregates.
 * An aggregate costs about a tenth of reading a row of ten columns, so that each has to earn its
 * place: what a sum proves needs no extremes. */
#include <string.h>

#include "source.h"

/* What is asked of a column in one scan of the table. */
enum facts_plan {
    FACTS_ROWIDS,   /* integers, none of them NULL */
    FACTS_INTEGERS, /* hopes for integers and NULL only */
    FACTS_REALS,
    FACTS_TEXTS,
    FACTS_BLOBS,
    FACTS_OUTLINE, /* hopes for numbers only, or texts only, or blobs only */
    FACTS_PROBE,   /* counts the classes */
    FACTS_CLASSES, /* the aggregates of the classes that are there */
    FACTS_DONE
};

enum { FACTS_GROUP = 100 };

__extension__ typedef __int128 facts_int;

struct facts_column {
    uint8_t plan; /* enum facts_plan */
    bool has_octets;
    bool has_int_max;
    bool has_int_min;
    bool has_real_extremes;
    uint32_t column;
    uint64_t n_filled; /* not NULL */
    uint64_t n_ints;
    uint64_t n_reals;
    uint64_t n_texts;
    uint64_t n_blobs;
    facts_int int_sum;
    int64_t int_min;
    int64_t int_max;
    double real_min;
    double real_max;
    int64_t real_check;
    uint64_t octets;
};

struct facts_maker {
    struct pd_source *source;
    const struct pd_table *table;
    struct facts_column *columns;
    uint32_t n_columns;
    const struct pd_range *range;
    uint32_t rowid_column;
    uint64_t n_rows;
    bool no_loading; /* there are cells that are too large to be loaded */
    bool no_sums;    /* a plain sum() overflowed */
    struct pd_error *err;
};

/* ---- The SQL; $ stands for the column ---- */

#define CHECK_TERM                                                                                 \
    "CAST($ AS INTEGER) % 2147483647"                                                              \
    " + CAST(($ - CAST($ AS INTEGER)) * 4503599627370496.0 AS INTEGER) % 2147483647"
#define CHECK_RANGE "$ < 4611686018427387904.0 AND $ > -4611686018427387904.0"
#define CHECK_LIMIT 4611686018427387904.0

/* The classes are ordered: numbers, then texts, then blobs. So extremes prove what lies between
   them, and comparisons with '' and x'' tell the classes apart without a call of a function. */
static const char *const plan_sql[] = {
    [FACTS_ROWIDS] = "sum($)",
    [FACTS_INTEGERS] = "count($), sum($), max($)",
    [FACTS_REALS] = "count($), min($), max($), sum(" CHECK_TERM ")",
    [FACTS_TEXTS] = "count($), min($ COLLATE BINARY), max($ COLLATE BINARY),"
                    " sum(length(CAST($ AS BLOB)))",
    [FACTS_BLOBS] = "count($), min($), sum(length($))",
    [FACTS_OUTLINE] = "count($), min($ COLLATE BINARY), max($ COLLATE BINARY),"
                      " sum(typeof($) = 'integer')",
    [FACTS_PROBE] = "count($), sum($ >= ''), sum($ >= x''), sum(typeof($) = 'integer')",
};
/* None of these loads a cell that is text or bytes. */
static const char probe_careful_sql[] =
    "sum(typeof($) <> 'null'), sum(typeof($) IN ('text', 'blob')), sum(typeof($) = 'blob'),"
    " sum(typeof($) = 'integer')";
static const char sum_sql[] = "sum($)";
static const char sum_among_sql[] = "sum(CASE typeof($) WHEN 'integer' THEN $ END)";
/* High and low half apart, where a sum might overflow. */
static const char halves_sql[] = "sum($ >> 32), sum($ & 4294967295)";
static const char halves_among_sql[] =
    "sum(CASE typeof($) WHEN 'integer' THEN $ >> 32 END),"
    " sum(CASE typeof($) WHEN 'integer' THEN $ & 4294967295 END)";
static const char check_sql[] = "sum(CASE WHEN " CHECK_RANGE " THEN " CHECK_TERM " END)";
static const char check_among_sql[] =
    "sum(CASE WHEN typeof($) = 'real' AND " CHECK_RANGE " THEN " CHECK_TERM " END)";
static const char *const octets_sql = "sum(length(CAST($ AS BLOB)))";
static const char *const octets_among_sql =
    "sum(CASE WHEN typeof($) IN ('text', 'blob') THEN length(CAST($ AS BLOB)) END)";
static const char *const octets_careful_sql = "sum(CASE typeof($) WHEN 'blob' THEN length($) END)";

static void
put_sql(sqlite3_str *sql, const char *text, const struct pd_column *column)
{
    for (; *text; text++) {
        if (*text != '$')
            sqlite3_str_appendchar(sql, 1, *text);
        else if (column->flags & PD_COLUMN_PASSENGER)
            sqlite3_str_appendall(sql, column->name);
        else
            sqlite_put_name(sql, column->name);
    }
}

static bool
is_pure(const struct facts_column *c, uint64_t n)
{
    return n == c->n_filled;
}

static const char *
integers_sql(const struct facts_maker *m, const struct facts_column *c)
{
    if (is_pure(c, c->n_ints))
        return m->no_sums ? halves_sql : sum_sql;
    return m->no_sums ? halves_among_sql : sum_among_sql;
}

static bool
wants_octets(const struct facts_maker *m, const struct facts_column *c)
{
    bool texts_ok = !m->source->catalog->utf16 && !m->no_loading;

    return c->n_texts + c->n_blobs && (texts_ok || c->n_texts == 0);
}

static const char *
octets_of(const struct facts_maker *m, const struct facts_column *c)
{
    if (m->no_loading)
        return octets_careful_sql;
    return is_pure(c, c->n_texts + c->n_blobs) ? octets_sql : octets_among_sql;
}

static void
put_classes(const struct facts_maker *m, sqlite3_str *sql, const struct facts_column *c,
            const struct pd_column *column)
{
    put_sql(sql, "NULL", column); /* so that there is something in any case */
    if (c->n_ints) {
        put_sql(sql, ", ", column);
        put_sql(sql, integers_sql(m, c), column);
    }
    if (c->n_reals) {
        put_sql(sql, ", ", column);
        put_sql(sql, is_pure(c, c->n_reals) ? check_sql : check_among_sql, column);
    }
    if (wants_octets(m, c)) {
        put_sql(sql, ", ", column);
        put_sql(sql, octets_of(m, c), column);
    }
}

static void
put_plan(const struct facts_maker *m, sqlite3_str *sql, const struct facts_column *c)
{
    const struct pd_column *column = &m->table->columns[c->column];

    if (c->plan == FACTS_CLASSES)
        put_classes(m, sql, c, column);
    else if (c->plan == FACTS_PROBE && m->no_loading)
        put_sql(sql, probe_careful_sql, column);
    else
        put_sql(sql, plan_sql[c->plan], column);
}

/* ---- The answers ---- */

/* Values of a row, taken one after the other. */
struct answer {
    sqlite3_stmt *stmt;
    int next;
};

static int64_t
take_int(struct answer *a)
{
    return sqlite3_column_int64(a->stmt, a->next++);
}

/* -0 and +0 are one value here. */
static double
take_real(struct answer *a)
{
    return sqlite3_column_double(a->stmt, a->next++) + 0.0;
}

static int
type_at(const struct answer *a, int offset)
{
    return sqlite3_column_type(a->stmt, a->next + offset);
}

static void
take_rowids(const struct facts_maker *m, struct facts_column *c, struct answer *a)
{
    c->n_filled = c->n_ints = m->n_rows;
    c->int_sum = take_int(a);
    c->plan = FACTS_DONE;
}

/* sum() is an integer when all were integers or look so; no text can be below the largest. */
static void
take_integers(struct facts_column *c, struct answer *a)
{
    bool pure = type_at(a, 1) == SQLITE_INTEGER && type_at(a, 2) == SQLITE_INTEGER;

    c->n_filled = c->n_ints = (uint64_t)take_int(a);
    c->int_sum = take_int(a);
    c->int_max = take_int(a);
    c->has_int_max = true;
    c->plan = pure || c->n_filled == 0 ? FACTS_DONE : FACTS_PROBE;
}

static void
take_reals(struct facts_column *c, struct answer *a)
{
    bool pure = type_at(a, 1) == SQLITE_FLOAT && type_at(a, 2) == SQLITE_FLOAT;

    c->n_filled = c->n_reals = (uint64_t)take_int(a);
    c->real_min = take_real(a);
    c->real_max = take_real(a);
    c->real_check = take_int(a);
    c->has_real_extremes = true;
    c->plan = FACTS_DONE;
    if (c->n_filled && !pure)
        c->plan = FACTS_PROBE;
    else if (c->n_filled && (c->real_max >= CHECK_LIMIT || c->real_min <= -CHECK_LIMIT))
        c->plan = FACTS_CLASSES; /* once more, without those */
}

static void
take_texts(const struct facts_maker *m, struct facts_column *c, struct answer *a)
{
    bool pure = type_at(a, 1) == SQLITE_TEXT && type_at(a, 2) == SQLITE_TEXT;

    c->n_filled = c->n_texts = (uint64_t)take_int(a);
    a->next += 2;
    c->octets = (uint64_t)take_int(a);
    c->has_octets = wants_octets(m, c);
    c->plan = pure || c->n_filled == 0 ? FACTS_DONE : FACTS_PROBE;
}

static void
take_blobs(struct facts_column *c, struct answer *a)
{
    bool pure = type_at(a, 1) == SQLITE_BLOB;

    c->n_filled = c->n_blobs = (uint64_t)take_int(a);
    a->next++;
    c->octets = (uint64_t)take_int(a);
    c->has_octets = c->n_blobs > 0;
    c->plan = pure || c->n_filled == 0 ? FACTS_DONE : FACTS_PROBE;
}

static bool
is_number(int type)
{
    return type == SQLITE_INTEGER || type == SQLITE_FLOAT;
}

/* Extremes of a column that has only integers or only reals. */
static void
take_extremes(struct facts_column *c, struct answer *a)
{
    if (c->n_ints && c->n_ints == c->n_filled) {
        c->int_min = sqlite3_column_int64(a->stmt, a->next);
        c->int_max = sqlite3_column_int64(a->stmt, a->next + 1);
        c->has_int_min = c->has_int_max = true;
    }
    if (c->n_reals && c->n_reals == c->n_filled) {
        c->real_min = sqlite3_column_double(a->stmt, a->next) + 0.0;
        c->real_max = sqlite3_column_double(a->stmt, a->next + 1) + 0.0;
        c->has_real_extremes = true;
    }
}

static void
take_outline(struct facts_column *c, struct answer *a)
{
    int low = type_at(a, 1), high = type_at(a, 2);

    c->n_filled = (uint64_t)take_int(a);
    c->n_ints = (uint64_t)sqlite3_column_int64(a->stmt, a->next + 2);
    c->plan = c->n_filled ? FACTS_CLASSES : FACTS_DONE;
    if (is_number(low) && is_number(high))
        c->n_reals = c->n_filled - c->n_ints;
    else if (low == SQLITE_TEXT && high == SQLITE_TEXT)
        c->n_texts = c->n_filled;
    else if (low == SQLITE_BLOB)
        c->n_blobs = c->n_filled;
    else if (c->n_filled)
        c->plan = FACTS_PROBE;
    take_extremes(c, a);
    a->next += 3;
}

static void
take_probe(struct facts_column *c, struct answer *a)
{
    uint64_t n_others;

    *c = (struct facts_column){.column = c->column, .plan = FACTS_DONE};
    c->n_filled = (uint64_t)take_int(a);
    n_others = (uint64_t)take_int(a);
    c->n_blobs = (uint64_t)take_int(a);
    c->n_ints = (uint64_t)take_int(a);
    c->n_texts = n_others - c->n_blobs;
    c->n_reals = c->n_filled - n_others - c->n_ints;
    if (c->n_filled)
        c->plan = FACTS_CLASSES;
}

static void
take_classes(const struct facts_maker *m, struct facts_column *c, struct answer *a)
{
    a->next++;
    if (c->n_ints) {
        c->int_sum = take_int(a);
        if (m->no_sums)
            c->int_sum = c->int_sum * 4294967296 + take_int(a);
    }
    if (c->n_reals)
        c->real_check = take_int(a);
    c->has_octets = wants_octets(m, c);
    if (c->has_octets)
        c->octets = (uint64_t)take_int(a);
    c->plan = FACTS_DONE;
}

static void
take_answer(const struct facts_maker *m, struct facts_column *c, struct answer *a)
{
    switch (c->plan) {
    case FACTS_ROWIDS:
        take_rowids(m, c, a);
        break;
    case FACTS_INTEGERS:
        take_integers(c, a);
        break;
    case FACTS_REALS:
        take_reals(c, a);
        break;
    case FACTS_TEXTS:
        take_texts(m, c, a);
        break;
    case FACTS_BLOBS:
        take_blobs(c, a);
        break;
    case FACTS_OUTLINE:
        take_outline(c, a);
        break;
    case FACTS_PROBE:
        take_probe(c, a);
        break;
    default:
        take_classes(m, c, a);
    }
}

/* ---- The scans ---- */

static enum facts_plan
first_plan(const struct facts_maker *m, uint32_t number)
{
    bool is_rowid = number == m->rowid_column;

    if (m->no_loading && !is_rowid)
        return FACTS_PROBE;
    switch (m->table->columns[number].type.kind) {
    case PD_KIND_INT64:
        return m->no_sums ? FACTS_PROBE : is_rowid ? FACTS_ROWIDS : FACTS_INTEGERS;
    case PD_KIND_FLOAT64:
        return FACTS_REALS;
    case PD_KIND_TEXT:
        return FACTS_TEXTS;
    case PD_KIND_BINARY:
        return FACTS_BLOBS;
    default:
        return FACTS_OUTLINE;
    }
}

static void
plan_columns(struct facts_maker *m)
{
    uint32_t i;

    m->n_columns = 0;
    for (i = 0; i < m->table->n_columns; i++) {
        const struct pd_column *column = &m->table->columns[i];

        if (column->generated)
            continue;
        m->columns[m->n_columns] =
            (struct facts_column){.column = i, .plan = (uint8_t)first_plan(m, i)};
        m->n_columns++;
    }
}

/* The number of the first column behind `from` that waits, or n_columns. */
static uint32_t
next_waiting(const struct facts_maker *m, uint32_t from)
{
    while (from < m->n_columns && m->columns[from].plan == FACTS_DONE)
        from++;
    return from;
}

/* The part of the table that is asked for. */
static void
put_range(const struct facts_maker *m, sqlite3_str *sql)
{
    const struct pd_column *axis = &m->table->columns[m->rowid_column];

    if (m->range->flags & PD_RANGE_LOW) {
        put_sql(sql, " WHERE $ >= ", axis);
        sqlite3_str_appendf(sql, "%lld", (long long)m->range->low);
    }
    if (m->range->flags & PD_RANGE_HIGH) {
        put_sql(sql, m->range->flags & PD_RANGE_LOW ? " AND $ < " : " WHERE $ < ", axis);
        sqlite3_str_appendf(sql, "%lld", (long long)m->range->high);
    }
}

/* One scan for up to FACTS_GROUP columns from first on; *ret_next is where to go on. Returns
   SQLite's code. */
static int
scan_group(struct facts_maker *m, uint32_t first, uint32_t *ret_next)
{
    sqlite3_str *sql = sqlite3_str_new(m->source->db);
    struct answer answer = {NULL, 1};
    uint32_t i, n = 0;
    pd_status status;
    int rc;

    sqlite3_str_appendall(sql, "SELECT count(*)");
    for (i = first; i < m->n_columns && n < FACTS_GROUP; i = next_waiting(m, i + 1), n++) {
        sqlite3_str_appendall(sql, ", ");
        put_plan(m, sql, &m->columns[i]);
    }
    *ret_next = i;
    sqlite3_str_appendf(sql, " FROM main.\"%w\" NOT INDEXED", m->table->name);
    put_range(m, sql);
    status = source_prepare(m->source, m->table, sql, &answer.stmt, m->err);
    if (status != PD_OK)
        return sqlite3_extended_errcode(m->source->db);
    rc = sqlite3_step(answer.stmt);
    if (rc == SQLITE_ROW) {
        m->n_rows = (uint64_t)sqlite3_column_int64(answer.stmt, 0);
        for (i = first; i < *ret_next; i = next_waiting(m, i + 1))
            take_answer(m, &m->columns[i], &answer);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(answer.stmt);
    return rc;
}

/* Groups until no column waits; columns may wait again after an answer. */
static int
scan_all(struct facts_maker *m)
{
    uint32_t next;
    int rc = SQLITE_OK;

    while (rc == SQLITE_OK && (next = next_waiting(m, 0)) < m->n_columns) {
        while (rc == SQLITE_OK && next < m->n_columns)
            rc = scan_group(m, next, &next);
    }
    return rc;
}

static pd_status
collect(struct facts_maker *m)
{
    int rc = SQLITE_OK, tries;

    for (tries = 0; tries < 3; tries++) {
        plan_columns(m);
        rc = scan_all(m);
        if (rc == SQLITE_TOOBIG && !m->no_loading)
            m->no_loading = true;
        else if (rc == SQLITE_ERROR && !m->no_sums)
            m->no_sums = true; /* "integer overflow" has no code of its own */
        else
            break;
    }
    if (rc == SQLITE_OK)
        return PD_OK;
    return sqlite_fail(m->source->host, m->source->db, rc, m->err,
                       "cannot compute facts of table '%s'", m->table->name);
}

/* ---- The list ---- */

static pd_status
add_fact(struct facts_maker *m, uint32_t column, uint32_t id, facts_int value)
{
    struct pd_source *source = m->source;
    struct pd_fact *grown;

    if (source->n_facts == source->fact_room) {
        size_t room = source->fact_room ? source->fact_room * 2 : 64;

        grown = source->host->resize(source->host, source->facts, room * sizeof *grown);
        if (!grown)
            return sqlite_no_memory(source->host, m->err);
        source->facts = grown;
        source->fact_room = room;
    }
    source->facts[source->n_facts++] = (struct pd_fact){
        .column = column,
        .id = id,
        .high = (int64_t)(value >> 64),
        .low = (uint64_t)value,
    };
    return PD_OK;
}

static pd_status
add_column(struct facts_maker *m, const struct facts_column *c)
{
    const struct {
        uint32_t id;
        bool is_there;
        facts_int value;
    } facts[] = {
        {PD_FACT_NULLS, true, m->n_rows - c->n_filled},
        {PD_FACT_INTS, true, c->n_ints},
        {PD_FACT_REALS, true, c->n_reals},
        {PD_FACT_TEXTS, true, c->n_texts},
        {PD_FACT_BLOBS, true, c->n_blobs},
        {PD_FACT_INT_SUM, c->n_ints > 0, c->int_sum},
        {PD_FACT_INT_MIN, c->n_ints > 0 && c->has_int_min, c->int_min},
        {PD_FACT_INT_MAX, c->n_ints > 0 && c->has_int_max, c->int_max},
        {PD_FACT_REAL_MIN, c->n_reals > 0 && c->has_real_extremes, pd_real_bits(c->real_min)},
        {PD_FACT_REAL_MAX, c->n_reals > 0 && c->has_real_extremes, pd_real_bits(c->real_max)},
        {PD_FACT_REAL_NANS, c->n_reals > 0, 0}, /* SQLite makes NULL of it */
        {PD_FACT_REAL_CHECK, c->n_reals > 0, c->real_check},
        {PD_FACT_OCTETS, c->has_octets, c->octets},
    };
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sizeof facts / sizeof *facts && status == PD_OK; i++) {
        if (facts[i].is_there)
            status = add_fact(m, c->column, facts[i].id, facts[i].value);
    }
    return status;
}

static pd_status
count_rows(struct facts_maker *m, uint32_t number)
{
    struct pd_extent extent;
    pd_status status = sqlite_source_ops.extent(m->source, number, &extent, m->err);

    if (status == PD_OK)
        m->n_rows = extent.n_rows;
    return status;
}

static pd_status
make_facts(struct facts_maker *m, uint32_t number, int level)
{
    uint32_t i;
    pd_status status = level < PD_FACTS_ENGINE ? count_rows(m, number) : collect(m);

    if (level < PD_FACTS_ENGINE)
        m->n_columns = 0;
    for (i = 0; i < m->n_columns && status == PD_OK; i++)
        status = add_column(m, &m->columns[i]);
    return status == PD_OK ? add_fact(m, PD_NO_COLUMN, PD_FACT_ROWS, m->n_rows) : status;
}

pd_status
source_facts(struct pd_source *source, const struct pd_scan *scan, int level,
             const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    uint32_t number = scan->table;
    const struct pd_table *table = source_table(source, number);
    const struct table_plan *plan = &source->catalog->plans[number];
    struct facts_maker m = {.source = source,
                            .table = table,
                            .range = &scan->range,
                            .rowid_column = plan->rowid_column,
                            .err = err};
    int limit = sqlite3_limit(source->db, SQLITE_LIMIT_LENGTH, -1);
    pd_status status;

    source->n_facts = 0;
    m.columns = source->host->alloc(source->host, table->n_columns * sizeof *m.columns);
    if (!m.columns)
        return sqlite_no_memory(source->host, err);
    sqlite3_limit(source->db, SQLITE_LIMIT_LENGTH,
                  plan->rowid_column != PD_NO_COLUMN && !source->catalog->utf16
                      ? PD_LONG_CELL
                      : SOURCE_CELL_LIMIT);
    status = make_facts(&m, number, level);
    sqlite3_limit(source->db, SQLITE_LIMIT_LENGTH, limit);
    source->host->release(source->host, m.columns);
    if (status != PD_OK)
        return status;
    *ret_facts = source->facts;
    *ret_n_facts = source->n_facts;
    return PD_OK;
}
