// SPDX-License-Identifier: Apache-2.0
/* rejects - rows that the server refuses are told one by one, and all others are in.

   A batch is sent under a savepoint. When it fails, the server mostly says at which row of its
   statement, which is believed only as far as that row is tried alone next; else the rows are
   halved until a single one fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "write.h"

enum { REJECTS_REACH = 16 };

/* Is it about a row, so that others may get in? */
bool
rejects_is_about_rows(const struct my *my)
{
    /* No room, rights, locks, what is not logged, and what was broken off. */
    static const unsigned ends[] = {3,    28,   1021, 1044, 1114, 1142,
                                    1143, 1205, 1213, 1317, 1665, 1969};
    unsigned code = my->complaint.code;

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (code == ends[i])
            return false;
    }
    return !my->broken && code != 0;
}

/* "... at row 5": which row of the batch that is; none: it does not say. */
static uint32_t
row_hint(const struct pd_sink *sink, uint32_t none)
{
    const struct encoder *e = &sink->writer->encoder;
    const char *at = NULL, *next = sink->my->complaint.text;
    unsigned long row;

    while ((next = strstr(next, " at row ")) != NULL) {
        next += sizeof " at row " - 1;
        at = next;
    }
    row = at ? strtoul(at, NULL, 10) : 0;
    return row > 0 && row <= e->piece_rows ? e->piece + (uint32_t)row - 1 : none;
}

/* The server knows the table by the name that it is filled under; the user does not. */
static void
put_final_name(const struct pd_sink *sink, const char *text, char *buffer, size_t size)
{
    const struct target_table *t = &sink->tables[sink->writer->number];
    const char *at = t->staged == t->name ? NULL : strstr(text, t->staged);

    if (at)
        snprintf(buffer, size, "%.*s%s%s", (int)(at - text), text, t->name, at + strlen(t->staged));
    else
        snprintf(buffer, size, "%s", text);
}

/* The end of the run: no other row would get in, either. */
pd_status
rejects_fail_all(struct pd_sink *sink, struct pd_error *err)
{
    const struct my_complaint *c = &sink->my->complaint;
    const char *advice = error_advice(c->code);
    char text[sizeof c->text + 64];

    if (sink->my->broken || c->code == 0)
        return PD_FATAL;
    put_final_name(sink, c->text, text, sizeof text);
    return sink->host->fail(err, PD_FATAL, error_cause(c->code), "while rows were written: %s%s%s",
                            text, advice ? "; " : "", advice ? advice : "");
}

/* PD_FAILED: nothing of it is in, and the transaction goes on. */
static pd_status
try_rows(struct pd_sink *sink, uint32_t first, uint32_t end, const struct encode_long *from,
         struct pd_error *err)
{
    struct encoder *e = &sink->writer->encoder;
    struct my_complaint complaint;
    bool has_savepoint = sink->tables[sink->writer->number].is_transactional;
    pd_status status = has_savepoint ? my_run(sink->my, "SAVEPOINT polydump", err) : PD_OK;

    if (status != PD_OK)
        return PD_FATAL;
    sink->my->complaint.code = 0;
    status = from ? encode_long_row(e, from, err) : encode_rows(e, first, end, err);
    if (status == PD_OK)
        return PD_OK;
    if (status == PD_FAILED && !rejects_is_about_rows(sink->my))
        return rejects_fail_all(sink, err);
    if (status != PD_FAILED || !has_savepoint)
        return PD_FATAL;
    complaint = sink->my->complaint;
    status = my_run(sink->my, "ROLLBACK TO SAVEPOINT polydump", err);
    sink->my->complaint = complaint;
    return status == PD_OK ? PD_FAILED : PD_FATAL;
}

/* Where in its words the server names what refused a row. */
struct naming {
    unsigned code;
    int cause;
    const char *before;
    const char *after;
};

static const struct naming namings[] = {
    {1062, PD_CAUSE_DATA, " for key '", "'"},
    {1216, PD_CAUSE_MISSING, NULL, NULL}, /* without words for whoever may not see the parent */
    {1452, PD_CAUSE_MISSING, ", CONSTRAINT `", "` FOREIGN KEY"},
    {4025, PD_CAUSE_DATA, "CONSTRAINT `", "` failed"},
};

static const struct naming *
find_naming(unsigned code)
{
    for (size_t i = 0; i < sizeof namings / sizeof *namings; i++) {
        if (namings[i].code == code)
            return &namings[i];
    }
    return NULL;
}

/* false: it is not named. A check has its table's name before its own. */
static bool
read_constraint(const struct naming *naming, const char *text, char *buffer, size_t size)
{
    const char *at = naming && naming->before ? strstr(text, naming->before) : NULL;
    const char *end, *point;

    if (!at)
        return false;
    at += strlen(naming->before);
    end = strstr(at, naming->after);
    point = naming->code == 4025 ? strchr(at, '.') : NULL;
    if (point && end && point < end)
        at = point + 1;
    if (end)
        snprintf(buffer, size, "%.*s", (int)(end - at), at);
    return end != NULL;
}

void
rejects_row(struct pd_sink *sink, uint32_t row, const char *why, const char *text)
{
    unsigned code = sink->my->complaint.code;
    const struct naming *naming = find_naming(code);
    char number[16], constraint[256];
    bool is_named = !*why && read_constraint(naming, text, constraint, sizeof constraint);

    snprintf(number, sizeof number, "%u", code);
    encode_reject(&sink->writer->encoder, row, naming ? naming->cause : PD_CAUSE_DATA, number,
                  is_named ? constraint : NULL, "%s%s", why, text);
}

static void
reject_row(struct pd_sink *sink, uint32_t row)
{
    const struct my_complaint *c = &sink->my->complaint;
    bool is_double = sink->conflicts && c->code == REJECTS_DOUBLE;
    char text[sizeof c->text + 64];

    put_final_name(sink, c->text, text, sizeof text);
    rejects_row(sink, row, is_double ? "a row before it in the data has the same key: " : "", text);
}

struct attempt {
    uint32_t first; /* rows before it are settled */
    uint32_t limit; /* the rows that are tried next end here */
    uint32_t reach; /* how many rows are tried at once */
    bool is_hinted; /* the next row alone is tried next */
};

/* The attempt failed: narrow it, or reject its only row. */
static void
narrow(struct pd_sink *sink, struct attempt *a)
{
    const struct encoder *e = &sink->writer->encoder;
    uint32_t row = row_hint(sink, a->limit);

    if (encode_count(e, a->first, a->limit) == 1) {
        reject_row(sink, encode_nth(e, a->first, 0));
        /* Rows that point nowhere often come in a row. */
        a->reach = row == a->limit ? 1 : REJECTS_REACH;
        return;
    }
    if (row < a->limit && row >= a->first && !a->is_hinted) {
        a->is_hinted = true;
        a->limit = row > a->first ? row : row + 1;
        a->reach = a->limit - a->first;
        return;
    }
    a->is_hinted = false;
    a->reach = (a->limit - a->first) / 2;
    a->limit = a->first + a->reach;
}

/* All before the limit is in. What is tried next grows again, step by step. */
static void
go_on(struct attempt *a, uint32_t n_rows, bool any)
{
    a->first = a->limit;
    if (a->is_hinted) {
        a->is_hinted = false;
        a->reach = 1;
    } else if (any) {
        a->reach = a->reach > n_rows / 2 ? n_rows : a->reach * 2;
    }
    a->limit = n_rows - a->first < a->reach ? n_rows : a->first + a->reach;
}

pd_status
rejects_batch(struct pd_sink *sink, const struct pd_batch *batch, const struct encode_long *from,
              struct pd_error *err)
{
    struct attempt a = {.limit = batch->n_rows, .reach = batch->n_rows};
    pd_status status = PD_OK;

    while (status == PD_OK && a.first < batch->n_rows) {
        bool any = encode_count(&sink->writer->encoder, a.first, a.limit);

        if (any)
            status = try_rows(sink, a.first, a.limit, from, err);
        if (status == PD_FAILED && encode_blames_computed(&sink->writer->encoder)) {
            status = encode_relax(&sink->writer->encoder, err);
            continue;
        }
        if (status == PD_FAILED) {
            narrow(sink, &a);
            status = PD_OK;
            continue;
        }
        if (status == PD_OK)
            go_on(&a, batch->n_rows, any);
    }
    return status;
}
