// SPDX-License-Identifier: Apache-2.0
/* rejects - rows into a table that has constraints of its own: those that the server refuses are
   told one by one, and all others are in.

   A batch is one COPY under a savepoint. When it fails, the server mostly says at which line; that
   row is rejected, the rows before it are sent again, and then those behind it, so that nothing is
   sent more than about twice. Where it names no line (foreign keys, which are checked at the end),
   it is asked which rows point nowhere (orphans.c), and then the rows are halved until a single one
   fails. */
#include <stdio.h>
#include <string.h>

#include "write.h"

enum { REJECTS_REACH = 16, REJECTS_MANY = 32 /* rows that are worth a question */ };

/* Is it about a row, so that others may get in? Values, constraints, views with a check, and what
   triggers raise. */
bool
rejects_is_about_rows(const struct pg *pg)
{
    const char *s = pg->complaint.sqlstate;

    return !pg->broken && (strncmp(s, "22", 2) == 0 || strncmp(s, "23", 2) == 0 ||
                           strncmp(s, "44", 2) == 0 || strncmp(s, "P0", 2) == 0);
}

/* One COPY under a savepoint, which puts the path back as well. PD_FAILED: nothing of it is in, and
 * the transaction goes on. */
static pd_status
try_rows(struct pd_sink *sink, const char *copy, uint32_t first, uint32_t end,
         const struct encode_long *from, uint64_t *ret_line, struct pd_error *err)
{
    bool by_path = !sink->conflicts && sink->tables[sink->writer->number].needs_path;
    pd_status status = pg_run(sink->pg, "SAVEPOINT polydump", err);

    if (status == PD_OK && by_path)
        status = pg_path_set(sink->pg, /* of_application= */ true, err);
    if (status == PD_OK)
        status = write_copy(sink, copy, err);
    if (status != PD_OK)
        return PD_FATAL;
    sink->pg->complaint.sqlstate[0] = '\0';
    status = write_rows(sink, first, end, from, err);
    if (status == PD_OK)
        status = write_copy_end(sink, ret_line, err);
    if (status == PD_OK && by_path && pg_path_set(sink->pg, false, err) != PD_OK)
        return PD_FATAL;
    if (status == PD_OK)
        return pg_run(sink->pg, "RELEASE SAVEPOINT polydump", err) == PD_OK ? PD_OK : PD_FATAL;
    if (status != PD_FAILED || !rejects_is_about_rows(sink->pg))
        return PD_FATAL;
    status = pg_run(sink->pg, "ROLLBACK TO SAVEPOINT polydump", err);
    return status == PD_OK ? PD_FAILED : PD_FATAL;
}

/* The copy that rows go into first has seen the key before, and its name is nothing to be told. */
static bool
reject_double(struct pd_sink *sink, uint32_t row)
{
    const struct pg_complaint *c = &sink->pg->complaint;
    const char *detail = strstr(c->text, "\" (");

    if (!sink->conflicts || strcmp(c->sqlstate, "23505") != 0)
        return false;
    encode_reject(&sink->writer->encoder, row, PD_CAUSE_DATA, c->sqlstate, NULL,
                  "a row before it in the data has the same key%s", detail ? detail + 1 : "");
    return true;
}

/* The server's words, of the copy as if they were of the table; the row that it shows with them has
   a column that nobody knows. */
static void
put_final_name(const struct pd_sink *sink, char *buffer, size_t size)
{
    const char *text = sink->pg->complaint.text, *end = strstr(text, " (Failing row contains ");
    const char *name = sink->tables[sink->writer->number].name, *at;
    char copy[32];

    snprintf(copy, sizeof copy, "\"pd$stage_%u\"", sink->writer->number);
    at = sink->conflicts ? strstr(text, copy) : NULL;
    if (!sink->conflicts || !end)
        end = text + strlen(text);
    if (at && at < end)
        snprintf(buffer, size, "%.*s\"%s\"%.*s", (int)(at - text), text, name,
                 (int)(end - at - (ptrdiff_t)strlen(copy)), at + strlen(copy));
    else
        snprintf(buffer, size, "%.*s", (int)(end - text), text);
}

static void
reject_row(struct pd_sink *sink, uint32_t row)
{
    const struct pg_complaint *c = &sink->pg->complaint;
    int cause = strcmp(c->sqlstate, "23503") == 0 ? PD_CAUSE_MISSING : PD_CAUSE_DATA;
    char text[sizeof c->text + 64];

    if (reject_double(sink, row))
        return;
    put_final_name(sink, text, sizeof text);
    encode_reject(&sink->writer->encoder, row, cause, c->sqlstate,
                  *c->constraint ? c->constraint : NULL, "%s%s%s%s", *c->column ? "column '" : "",
                  c->column, *c->column ? "': " : "", text);
}

struct attempt {
    uint32_t first; /* rows before it are settled */
    uint32_t limit; /* the rows that are tried next end here */
    uint32_t reach; /* how many rows are tried at once */
    bool has_asked; /* which rows point nowhere */
};

/* The attempt failed: narrow it, or reject a row of it. */
static void
narrow(struct pd_sink *sink, struct attempt *a, uint64_t line)
{
    const struct encoder *e = &sink->writer->encoder;
    uint32_t n = encode_count(e, a->first, a->limit);
    uint32_t row;

    line = line > n ? 0 : line;
    if (line == 0 && n > 1) {
        a->reach = (a->limit - a->first) / 2;
        a->limit = a->first + a->reach;
        return;
    }
    row = encode_nth(e, a->first, line ? line - 1 : 0);
    reject_row(sink, row);
    /* Where bad rows are many, few rows behind the next one shall be sent for nothing. */
    a->reach = line ? 2 * (row - a->first) + REJECTS_REACH : 1;
    a->limit = row + (line == 0);
}

static bool
is_foreign(const struct pg *pg)
{
    return strcmp(pg->complaint.sqlstate, "23503") == 0;
}

/* All rows of the batch that are left, once. */
static pd_status
ask_orphans(struct pd_sink *sink, struct attempt *a, uint32_t n_rows, bool *ret_any,
            struct pd_error *err)
{
    const struct encoder *e = &sink->writer->encoder;
    uint32_t before = encode_count(e, a->first, n_rows);
    pd_status status;

    *ret_any = false;
    if (a->has_asked || before < REJECTS_MANY || !is_foreign(sink->pg))
        return PD_OK;
    a->has_asked = true;
    status = orphans_reject(sink, a->first, n_rows, err);
    *ret_any = encode_count(e, a->first, n_rows) < before;
    return status;
}

pd_status
rejects_batch(struct pd_sink *sink, const struct pd_batch *batch, const struct encode_long *from,
              struct pd_rejects *rejects, struct pd_error *err)
{
    struct attempt a = {.limit = batch->n_rows, .reach = batch->n_rows};
    struct pd_sql copy = {.host = sink->host};
    uint64_t line = 0;
    pd_status status = PD_OK;

    write_copy_sql(sink, &sink->tables[sink->writer->number], &copy);
    if (!pd_sql_text(&copy))
        status = pg_no_memory(sink->host, err);
    while (status == PD_OK && a.first < batch->n_rows) {
        bool any = encode_count(&sink->writer->encoder, a.first, a.limit);

        if (any)
            status = try_rows(sink, pd_sql_text(&copy), a.first, a.limit, from, &line, err);
        if (status == PD_FAILED) {
            struct pg_complaint complaint = sink->pg->complaint;
            bool found = false;

            status = line ? PD_OK : ask_orphans(sink, &a, batch->n_rows, &found, err);
            sink->pg->complaint = complaint;
            if (status == PD_OK && !found)
                narrow(sink, &a, line);
            continue;
        }
        /* All before the limit is in. What is tried next grows again, step by step. */
        a.first = a.limit;
        if (any)
            a.reach = a.reach > batch->n_rows / 2 ? batch->n_rows : a.reach * 2;
        a.limit = batch->n_rows - a.first < a.reach ? batch->n_rows : a.first + a.reach;
    }
    pd_sql_free(&copy);
    return status;
}
