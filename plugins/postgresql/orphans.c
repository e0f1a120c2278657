// SPDX-License-Identifier: Apache-2.0
/* orphans - which rows of a batch point nowhere, asked by one statement for each foreign key. The
   server looks at foreign keys when a COPY ends and does not say at which line: to halve the batch
   until a single row fails takes a dozen COPYs a row. So the batch goes into a temporary table
   without constraints first, where its rows have numbers. What is not found this way (rights are
   missing, a column is not sent) is found by halving. */
#include <stdlib.h>
#include <string.h>

#include "write.h"

#define ORPHANS_TABLE "pg_temp.polydump_rows"
#define ORPHANS_NUMBER "polydump_number"

struct orphans {
    struct pd_sink *sink;
    uint32_t first;
    uint32_t *rows; /* of each row in the temporary table: its number in the batch */
    uint32_t n_rows;
    const char *names[PD_BATCH_ROWS]; /* of the foreign key that a row breaks; NULL: none */
};

/* ---- The temporary table ---- */

static void
put_columns(const struct encoder *e, struct pd_sql *sql)
{
    for (uint32_t i = 0; i < e->n_columns; i++) {
        pd_sql_add(sql, i ? ", " : "");
        sql_name(sql, e->columns[i].name);
    }
}

static pd_status
make_table(struct orphans *o, struct pd_error *err)
{
    const struct target_table *t = &o->sink->tables[o->sink->writer->number];
    struct pd_sql sql = {.host = o->sink->host};
    pd_status status = pg_run(o->sink->pg, "DROP TABLE IF EXISTS " ORPHANS_TABLE, err);

    pd_sql_add(&sql, "CREATE TEMP TABLE polydump_rows ON COMMIT DROP AS SELECT ");
    put_columns(&o->sink->writer->encoder, &sql);
    pd_sql_add(&sql, " FROM ");
    sql_table(&sql, t->schema, t->name);
    pd_sql_add(&sql, " WITH NO DATA");
    if (status == PD_OK)
        status = sql_run(o->sink->pg, &sql, err);
    pd_sql_free(&sql);
    if (status == PD_OK)
        status = pg_run(o->sink->pg,
                        "ALTER TABLE " ORPHANS_TABLE " ADD " ORPHANS_NUMBER " bigserial", err);
    return status;
}

static pd_status
fill_table(struct orphans *o, uint32_t end, struct pd_error *err)
{
    const struct target_table *t = &o->sink->tables[o->sink->writer->number];
    struct pd_sql sql = {.host = o->sink->host};
    uint64_t line;
    pd_status status;

    pd_sql_add(&sql, "COPY " ORPHANS_TABLE " (");
    put_columns(&o->sink->writer->encoder, &sql);
    pd_sql_add(&sql, t->by_text ? ") FROM STDIN (FORMAT text)" : ") FROM STDIN (FORMAT binary)");
    status =
        pd_sql_text(&sql) ? write_copy(o->sink, sql.text, err) : pg_no_memory(o->sink->host, err);
    pd_sql_free(&sql);
    if (status == PD_OK)
        status = write_rows(o->sink, o->first, end, NULL, err);
    return status == PD_OK ? write_copy_end(o->sink, &line, err) : status;
}

/* ---- Foreign keys ---- */

/* Name, condition for a row s to point somewhere, the parent, what joins it with s, and whether it
   is the table itself. %s: the table. */
static const char foreigns_sql[] =
    "SELECT k.conname::text, (SELECT string_agg(format('s.%%I IS NOT NULL', c.attname), ' AND ') "
    "FROM "
    "unnest(k.conkey) AS u(n) JOIN pg_attribute c ON c.attrelid = k.conrelid AND c.attnum = u.n), "
    "CASE f.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || k.confrelid::regclass, "
    "(SELECT string_agg(format('p.%%I = s.%%I', q.attname, c.attname), ' AND ') FROM "
    "unnest(k.conkey, k.confkey) AS u(n, m) JOIN pg_attribute c ON c.attrelid = k.conrelid AND "
    "c.attnum = u.n JOIN pg_attribute q ON q.attrelid = k.confrelid AND q.attnum = u.m), "
    "CASE WHEN k.confrelid = k.conrelid THEN 't' ELSE '' END FROM pg_constraint k JOIN pg_class f "
    "ON f.oid = k.confrelid WHERE "
    "k.contype = 'f' AND k.conrelid = '%s'::regclass ORDER BY k.conname";

/* "'"s in a name that stands between them. */
static void
put_regclass(const struct target_table *t, struct pd_sql *sql)
{
    struct pd_sql name = {.host = sql->host};

    sql_table(&name, t->schema, t->name);
    for (const char *at = pd_sql_text(&name); at && *at; at++)
        pd_sql_bytes(sql, *at == '\'' ? "''" : at, *at == '\'' ? 2 : 1);
    sql->failed |= name.failed;
    pd_sql_free(&name);
}

static pd_status
read_foreigns(struct orphans *o, PGresult **ret_result, struct pd_error *err)
{
    struct pd_sql name = {.host = o->sink->host}, sql = {.host = o->sink->host};
    pd_status status;

    put_regclass(&o->sink->tables[o->sink->writer->number], &name);
    if (pd_sql_text(&name))
        pd_sql_printf(&sql, foreigns_sql, name.text);
    status = pd_sql_text(&name) && pd_sql_text(&sql)
                 ? pg_query(o->sink->pg, sql.text, 0, NULL, "ttttt", ret_result, err)
                 : pg_no_memory(o->sink->host, err);
    pd_sql_free(&name);
    pd_sql_free(&sql);
    return status;
}

static void
note_row(struct orphans *o, const char *number, const char *name)
{
    unsigned long long n = strtoull(number, NULL, 10);

    if (n >= 1 && n <= o->n_rows && !o->names[n - 1])
        o->names[n - 1] = name;
}

static pd_status
ask_foreign(struct orphans *o, const PGresult *foreigns, int i, struct pd_error *err)
{
    struct pd_sql sql = {.host = o->sink->host};
    const char *join = PQgetvalue(foreigns, i, 3);
    PGresult *found = NULL;
    pd_status status;

    pd_sql_add(&sql, "SELECT s." ORPHANS_NUMBER "::text FROM " ORPHANS_TABLE " s WHERE ");
    pd_sql_add(&sql, PQgetvalue(foreigns, i, 1));
    pd_sql_add(&sql, " AND NOT EXISTS (SELECT FROM ");
    pd_sql_add(&sql, PQgetvalue(foreigns, i, 2));
    pd_sql_add(&sql, " p WHERE ");
    pd_sql_add(&sql, join);
    pd_sql_add(&sql, ")");
    if (strcmp(PQgetvalue(foreigns, i, 4), "t") == 0) {
        pd_sql_add(&sql, " AND NOT EXISTS (SELECT FROM " ORPHANS_TABLE " p WHERE ");
        pd_sql_add(&sql, join);
        pd_sql_add(&sql, ")");
    }
    status = pd_sql_text(&sql) ? pg_query(o->sink->pg, sql.text, 0, NULL, "t", &found, err)
                               : pg_no_memory(o->sink->host, err);
    pd_sql_free(&sql);
    for (int r = 0; status == PD_OK && r < PQntuples(found); r++)
        note_row(o, PQgetvalue(found, r, 0), PQgetvalue(foreigns, i, 0));
    PQclear(found);
    return status;
}

/* ---- All of it ---- */

static void
reject_rows(struct orphans *o)
{
    struct encoder *e = &o->sink->writer->encoder;
    const char *table = o->sink->tables[o->sink->writer->number].name;

    for (uint32_t i = 0; i < o->n_rows; i++) {
        if (o->names[i])
            encode_reject(e, o->rows[i], PD_CAUSE_MISSING, "23503", o->names[i],
                          "insert or update on table \"%s\" violates foreign key constraint \"%s\"",
                          table, o->names[i]);
    }
}

static void
number_rows(struct orphans *o, uint32_t end)
{
    const struct encoder *e = &o->sink->writer->encoder;

    for (uint32_t row = o->first; row < end; row++) {
        if (encode_count(e, row, row + 1))
            o->rows[o->n_rows++] = row;
    }
}

static pd_status
search(struct orphans *o, uint32_t end, struct pd_error *err)
{
    PGresult *foreigns = NULL;
    pd_status status = make_table(o, err);

    if (status == PD_OK)
        status = fill_table(o, end, err);
    if (status == PD_OK)
        status = read_foreigns(o, &foreigns, err);
    for (int i = 0; status == PD_OK && i < PQntuples(foreigns); i++)
        status = ask_foreign(o, foreigns, i, err);
    if (status == PD_OK)
        status = pg_run(o->sink->pg, "DROP TABLE " ORPHANS_TABLE, err);
    if (status == PD_OK)
        reject_rows(o);
    PQclear(foreigns);
    return status;
}

/* Whatever is amiss here is none of the rows' fault. */
pd_status
orphans_reject(struct pd_sink *sink, uint32_t first, uint32_t end, struct pd_error *err)
{
    struct orphans *o = sink->host->alloc(sink->host, sizeof *o);
    pd_status status;

    if (!o)
        return pg_no_memory(sink->host, err);
    memset(o, 0, sizeof *o);
    o->sink = sink;
    o->first = first;
    o->rows = sink->host->alloc(sink->host, (end - first + 1) * sizeof *o->rows);
    status =
        o->rows ? pg_run(sink->pg, "SAVEPOINT polydump_rows", err) : pg_no_memory(sink->host, err);
    if (status == PD_OK) {
        number_rows(o, end);
        status = search(o, end, err);
        if (status == PD_OK)
            status = pg_run(sink->pg, "RELEASE SAVEPOINT polydump_rows", err);
        else if (status == PD_FAILED && !sink->pg->broken)
            status = pg_run(sink->pg, "ROLLBACK TO SAVEPOINT polydump_rows", err);
    }
    sink->host->release(sink->host, o->rows);
    sink->host->release(sink->host, o);
    return status == PD_OK ? PD_OK : PD_FATAL;
}
