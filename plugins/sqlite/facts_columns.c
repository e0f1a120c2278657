// SPDX-License-Identifier: Apache-2.0
/* facts_columns - the aggregates of a column, and what their values tell of it.
 *
 * A column of pure content costs a few cheap aggregates that also prove its purity; where the
 * proof fails, the classes are counted, and then each class that is there gets its aggregates.
 * An aggregate costs about a tenth of reading a row of ten columns, so that each has to earn its
 * place: what a sum proves needs no extremes. */
#include <string.h>

#include "facts.h"

/* ---- The SQL; $ stands for the column, @ for its bytes as text in UTF-8 or as blob ---- */

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
                    " sum(@)",
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
static const char *const octets_sql = "sum(@)";
static const char *const octets_among_sql =
    "sum(CASE WHEN typeof($) IN ('text', 'blob') THEN @ END)";
static const char *const octets_careful_sql = "sum(CASE typeof($) WHEN 'blob' THEN length($) END)";

static void
put_sql(const struct facts_maker *m, sqlite3_str *sql, const char *text,
        const struct pd_column *column)
{
    for (; *text; text++) {
        if (*text == '@')
            put_sql(m, sql,
                    m->source->catalog->utf16 ? FACTS_OCTETS "($)" : "length(CAST($ AS BLOB))",
                    column);
        else if (*text != '$')
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
wants_octets(const struct facts_column *c)
{
    return c->n_texts + c->n_blobs > 0;
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
    put_sql(m, sql, "NULL", column); /* so that there is something in any case */
    if (c->n_ints) {
        put_sql(m, sql, ", ", column);
        put_sql(m, sql, integers_sql(m, c), column);
    }
    if (c->n_reals) {
        put_sql(m, sql, ", ", column);
        put_sql(m, sql, is_pure(c, c->n_reals) ? check_sql : check_among_sql, column);
    }
    if (wants_octets(c)) {
        put_sql(m, sql, ", ", column);
        put_sql(m, sql, octets_of(m, c), column);
    }
}

void
sqlite_facts_put(const struct facts_maker *m, sqlite3_str *sql, const struct facts_column *c)
{
    const struct pd_column *column = &m->table->columns[c->column];

    if (c->plan == FACTS_CLASSES)
        put_classes(m, sql, c, column);
    else if (c->plan == FACTS_PROBE && m->no_loading)
        put_sql(m, sql, probe_careful_sql, column);
    else
        put_sql(m, sql, plan_sql[c->plan], column);
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
take_texts(struct facts_column *c, struct answer *a)
{
    bool pure = type_at(a, 1) == SQLITE_TEXT && type_at(a, 2) == SQLITE_TEXT;

    c->n_filled = c->n_texts = (uint64_t)take_int(a);
    a->next += 2;
    c->octets = (uint64_t)take_int(a);
    c->has_octets = wants_octets(c);
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
    c->has_octets = wants_octets(c);
    if (c->has_octets)
        c->octets = (uint64_t)take_int(a);
    c->plan = FACTS_DONE;
}

void
sqlite_facts_take(const struct facts_maker *m, struct facts_column *c, sqlite3_stmt *stmt,
                  int *next)
{
    struct answer answer = {stmt, *next}, *a = &answer;

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
        take_texts(c, a);
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
    *next = answer.next;
}
