// SPDX-License-Identifier: Apache-2.0
/* facts - counts, sums and extremes of a table, computed by SQLite's own SQL. */
#include "facts.h"

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
        if (!sqlite_source_reads(m->table, m->plan, i))
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

void
sqlite_facts_put_range(const struct facts_maker *m, sqlite3_str *sql, const char *word)
{
    if (m->range->flags & PD_RANGE_LOW && m->axis) {
        sqlite3_str_appendf(sql, "%s%s >= %lld", word, m->axis, (long long)m->range->low);
        word = " AND ";
    }
    if (m->range->flags & PD_RANGE_HIGH && m->axis)
        sqlite3_str_appendf(sql, "%s%s < %lld", word, m->axis, (long long)m->range->high);
}

int
sqlite_facts_prepare(const struct facts_maker *m, sqlite3_str *sql, sqlite3_stmt **ret_stmt)
{
    int rc = sqlite3_str_errcode(sql);
    char *text = sqlite3_str_finish(sql);

    *ret_stmt = NULL;
    if (rc == SQLITE_OK)
        rc = text ? sqlite3_prepare_v2(m->source->db, text, -1, ret_stmt, NULL) : SQLITE_NOMEM;
    sqlite3_free(text);
    return rc;
}

/* One scan for up to FACTS_GROUP columns from first on; *ret_next is where to go on. Returns
   SQLite's code. */
static int
scan_group(struct facts_maker *m, uint32_t first, uint32_t *ret_next)
{
    sqlite3_str *sql = sqlite3_str_new(m->source->db);
    sqlite3_stmt *stmt = NULL;
    int next = 1;
    uint32_t i, n = 0;
    int rc;

    sqlite3_str_appendall(sql, "SELECT count(*)");
    for (i = first; i < m->n_columns && n < FACTS_GROUP; i = next_waiting(m, i + 1), n++) {
        sqlite3_str_appendall(sql, ", ");
        sqlite_facts_put(m, sql, &m->columns[i]);
    }
    *ret_next = i;
    sqlite3_str_appendf(sql, " FROM main.\"%w\" NOT INDEXED", m->table->name);
    sqlite_facts_put_range(m, sql, " WHERE ");
    rc = sqlite_facts_prepare(m, sql, &stmt);
    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        m->n_rows = (uint64_t)sqlite3_column_int64(stmt, 0);
        for (i = first; i < *ret_next; i = next_waiting(m, i + 1))
            sqlite_facts_take(m, &m->columns[i], stmt, &next);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
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

/* Texts that are not loaded, one by one. */
static int
measure_texts(struct facts_maker *m)
{
    uint32_t i;
    int rc = SQLITE_OK;

    for (i = 0; m->no_loading && i < m->n_columns && rc == SQLITE_OK; i++) {
        if (m->columns[i].n_texts)
            rc = sqlite_octets_add(m, &m->columns[i]);
    }
    return rc;
}

/* A second and third try are for what was not hoped for. */
static int
scan_tries(struct facts_maker *m)
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
    return rc;
}

static pd_status
collect(struct facts_maker *m)
{
    bool utf16 = m->source->catalog->utf16;
    int rc = utf16 ? sqlite_octets_register(m->source->db) : SQLITE_OK;

    if (rc == SQLITE_OK)
        rc = scan_tries(m);
    if (rc == SQLITE_OK)
        rc = measure_texts(m);
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
    struct pd_extent extent = {.struct_size = sizeof extent};
    pd_status status = sqlite_source_extent(m->source, number, &extent, m->err);

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
sqlite_source_facts(struct pd_source *source, const struct pd_scan *scan, int level,
                    const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err)
{
    uint32_t number = scan->table;
    const struct pd_table *table = sqlite_source_table(source, number);
    const struct table_plan *plan = &source->catalog->plans[number];
    struct facts_maker m = {.source = source,
                            .table = table,
                            .plan = plan,
                            .range = &scan->range,
                            .rowid_column = plan->rowid_column,
                            .axis = plan->axis,
                            .err = err};
    int limit = sqlite3_limit(source->db, SQLITE_LIMIT_LENGTH, -1);
    pd_status status;

    source->n_facts = 0;
    m.columns = source->host->alloc(source->host, table->n_columns * sizeof *m.columns);
    if (!m.columns)
        return sqlite_no_memory(source->host, err);
    sqlite3_limit(source->db, SQLITE_LIMIT_LENGTH,
                  plan->has_slices ? PD_LONG_CELL : SOURCE_CELL_LIMIT);
    status = make_facts(&m, number, level);
    sqlite3_limit(source->db, SQLITE_LIMIT_LENGTH, limit);
    source->host->release(source->host, m.columns);
    if (status != PD_OK)
        return status;
    *ret_facts = source->facts;
    *ret_n_facts = source->n_facts;
    return PD_OK;
}
