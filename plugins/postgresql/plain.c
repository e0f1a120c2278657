// SPDX-License-Identifier: Apache-2.0
/* plain - reads a relation by COPY of the relation itself, which the server carries out without a
   plan. Planning evaluates expressions of indexes and statistics, so that an owner who is a
   stranger could have his functions run as whoever dumps. This COPY calls the output functions of
   types and nothing else, and those are superusers' affair. What it cannot do is refused: to choose
   rows, to cast, to cut values.

   Types whose bytes are not decoded here come as text; when a table has others too, its rows come
   in two halves over two connections with one snapshot, in the order of the relation's blocks. */
#include <stdio.h>
#include <string.h>

#include "scan.h"

enum { PLAIN_XML = 142 }; /* the type's oid */

/* ---- What is read so ---- */

const struct pg_leaf *
plain_leaf(const struct pg_table *plan)
{
    size_t i;

    for (i = 0; i < plan->n_leaves; i++) {
        if (plan->leaves[i].stranger)
            return &plan->leaves[i];
    }
    return NULL;
}

pd_status
plain_refuse(struct pd_source *source, const struct pg_leaf *leaf, struct pd_error *err,
             const char *fmt, ...)
{
    char what[400];
    va_list list;

    va_start(list, fmt);
    vsnprintf(what, sizeof what, fmt, list);
    va_end(list);
    if (!leaf->why)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_AUTH,
                                  "%s: a statement for that could run functions of the table's "
                                  "owner '%s' with your rights; read it as '%s', or allow it by "
                                  "--trust-owners",
                                  what, leaf->stranger, leaf->stranger);
    return source->host->fail(err, PD_FAILED, PD_CAUSE_AUTH,
                              "%s: a statement for that could run %s of role '%s', which an index "
                              "or statistics of '%s' use, with your rights; read it as the "
                              "table's owner, or allow it by --trust-owners",
                              what, leaf->why, leaf->stranger, leaf->name);
}

/* The output function of xml drops what a document says of its encoding; a cast does not. */
static const char *
find_xml(const struct pd_table *table, const struct pg_table *plan)
{
    size_t i;

    for (i = 0; i < table->n_columns; i++) {
        if (plan->columns[i].is_stored && plan->columns[i].type_oid == PLAIN_XML)
            return plan->columns[i].name;
    }
    return NULL;
}

pd_status
plain_check(struct pd_source *source, const struct pd_scan *order, struct pd_error *err)
{
    const struct scan *scan = &source->scan;
    const struct pg_leaf *leaf = plain_leaf(scan->plan);
    const char *xml = find_xml(scan->table, scan->plan);

    if (order->where)
        return plain_refuse(source, leaf, err, "--where cannot choose rows of table '%s'",
                            scan->table->name);
    if (xml)
        return plain_refuse(source, leaf, err,
                            "column '%s' of table '%s' is xml, which only a cast gives exactly",
                            xml, scan->table->name);
    if (order->order != PD_ORDER_SOURCE || order->range.flags)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_BUG,
                                  "table '%s' can only be read as a whole and in its own order",
                                  scan->table->name);
    return PD_OK;
}

/* ---- The statements ---- */

static bool
is_text(const struct decode_column *c)
{
    return c->form == PG_FORM_TEXT;
}

/* COPY of those columns that come as text, or of the others. */
static pd_status
begin_copy(struct pd_source *source, struct pg *pg, bool text, struct pd_error *err)
{
    const struct scan *scan = &source->scan;
    const struct decoder *d = &scan->decoder;
    const struct pg_leaf *leaf = &scan->plan->leaves[scan->leaf];
    struct pd_sql sql = {.host = source->host};
    const char *comma = " (";
    uint32_t i;
    pd_status status;

    pd_sql_add(&sql, "COPY ");
    sql_table(&sql, leaf->schema, leaf->name);
    for (i = 0; i < d->n_columns; i++) {
        if (is_text(&d->columns[i]) != text)
            continue;
        pd_sql_add(&sql, comma);
        sql_name(&sql, scan->plan->columns[d->columns[i].column].name);
        comma = ", ";
    }
    pd_sql_add(&sql, comma[0] == ',' ? ")" : ""); /* without a column nothing but rows is sent */
    pd_sql_add(&sql, text ? " TO STDOUT" : " TO STDOUT (FORMAT binary)");
    status = pd_sql_text(&sql) ? pg_copy_out(pg, pd_sql_text(&sql), err)
                               : pg_no_memory(source->host, err);
    pd_sql_free(&sql);
    return status;
}

static enum plain_form
choose_form(const struct decoder *d)
{
    uint32_t i, n_text = 0;

    for (i = 0; i < d->n_columns; i++)
        n_text += is_text(&d->columns[i]);
    if (n_text == 0)
        return PLAIN_BINARY;
    return n_text == d->n_columns ? PLAIN_TEXT : PLAIN_BOTH;
}

static pd_status
open_second(struct pd_source *source, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (!source->second)
        status = pg_source_share(source, &source->second, err);
    if (status == PD_UNSUPPORTED)
        return source->host->fail(err, PD_FAILED, PD_CAUSE_CONNECT,
                                  "table '%s' can only be read over two connections, and the "
                                  "server admits no second one",
                                  source->scan.table->name);
    return status;
}

pd_status
plain_copy(struct pd_source *source, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    pd_status status = PD_OK;

    scan->plain = (uint8_t)choose_form(&scan->decoder);
    source->pg->complaint.sqlstate[0] = 0;
    if (scan->plain == PLAIN_BOTH) {
        status = open_second(source, err);
        if (status == PD_OK)
            status = scan_guard(source->second, scan->plan, scan->leaf, err);
        if (status == PD_OK)
            status = begin_copy(source, source->second->pg, true, err);
    }
    return status == PD_OK ? begin_copy(source, source->pg, scan->plain == PLAIN_TEXT, err)
                           : status;
}

pd_status
plain_end(struct pd_source *source, struct pd_error *err)
{
    return source->second ? pg_source_settle(source->second, err) : PD_OK;
}

/* A row may be larger than a message, which has less than 1 GiB. */
static pd_status
copy_failed(struct pd_source *source, const struct pg *pg, pd_status status, struct pd_error *err)
{
    const struct scan *scan = &source->scan;
    const char *sqlstate = pg->complaint.sqlstate;
    char said[200];

    if (status != PD_FAILED || (strcmp(sqlstate, "54000") != 0 && strcmp(sqlstate, "XX000") != 0))
        return status;
    snprintf(said, sizeof said, "%.199s", pg->complaint.text);
    return plain_refuse(source, &scan->plan->leaves[scan->leaf], err,
                        "table '%s' has a row that is too large to be sent in one piece (%s)",
                        scan->table->name, said);
}

/* ---- Rows in halves ---- */

/* A field of COPY's text form up to its end, without its escapes. */
static uint8_t *
take_text(const char **at, const char *end, uint8_t *to)
{
    static const char escapes[] = "bfnrtv", meanings[] = "\b\f\n\r\t\v";
    const char *p = *at;

    while (p < end && *p != '\t') {
        const char *found;
        size_t n = 0;

        while (p + n < end && p[n] != '\t' && p[n] != '\\')
            n++;
        memcpy(to, p, n);
        to += n;
        p += n;
        if (p >= end || *p == '\t' || p + 1 >= end)
            break;
        found = memchr(escapes, p[1], sizeof escapes - 1);
        *to++ = (uint8_t)(found ? meanings[found - escapes] : p[1]);
        p += 2;
    }
    *at = p;
    return to;
}

/* As the binary form has it: a length, bytes. */
static uint8_t *
put_text(const char **at, const char *end, uint8_t *to)
{
    uint32_t size = UINT32_MAX;
    uint8_t *from = to + 4;
    int k;

    to = from;
    if (end - *at >= 2 && memcmp(*at, "\\N", 2) == 0 && (end - *at == 2 || (*at)[2] == '\t')) {
        *at += 2;
    } else {
        to = take_text(at, end, from);
        size = (uint32_t)(to - from);
    }
    for (k = 0; k < 4; k++)
        from[k - 4] = (uint8_t)(size >> (24 - 8 * k));
    return to;
}

static uint8_t *
put_binary(const uint8_t **at, const uint8_t *end, uint8_t *to)
{
    const uint8_t *from = *at;
    struct decode_field field;

    if (!decode_next(at, end, &field))
        return NULL;
    memcpy(to, from, (size_t)(*at - from));
    return to + (*at - from);
}

/* The fields of both halves in the order of the columns; false: there are fewer or more. */
static bool
join_fields(struct scan *scan, const uint8_t *at, const uint8_t *end, const char *text,
            const char *text_end)
{
    const struct decoder *d = &scan->decoder;
    uint8_t *to = scan->joined + 2;
    bool is_first = true;
    uint32_t i;

    scan->joined[0] = (uint8_t)(d->n_columns >> 8);
    scan->joined[1] = (uint8_t)d->n_columns;
    for (i = 0; i < d->n_columns && to; i++) {
        if (!is_text(&d->columns[i])) {
            to = put_binary(&at, end, to);
            continue;
        }
        if (!is_first && (text == text_end || *text++ != '\t'))
            return false;
        is_first = false;
        to = put_text(&text, text_end, to);
    }
    scan->at = scan->joined;
    scan->end = to;
    return to && at == end && text == text_end;
}

#define NO_MATCH "the halves of a row that the server sent do not match"

static pd_status
broken(struct pd_source *source, struct pd_error *err, const char *what)
{
    struct decoder *d = &source->scan.decoder;

    source->scan.at = source->scan.end = NULL;
    decode_fault(d, NULL, what);
    return scan_broken(source, err);
}

/* binary: NULL when there is no such half. */
static pd_status
join(struct pd_source *source, const uint8_t *binary, const uint8_t *end, const char *text,
     size_t text_size, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    const struct decoder *d = &scan->decoder;
    size_t size = (size_t)(end - binary) + text_size + 4 * (size_t)d->n_columns + 2;

    if (size > scan->joined_room) {
        uint8_t *grown = source->host->resize(source->host, scan->joined, size + size / 4);

        if (!grown)
            return pg_no_memory(source->host, err);
        scan->joined = grown;
        scan->joined_room = size + size / 4;
    }
    if (text_size == 0 || text[text_size - 1] != '\n' || (binary && end - binary < 2))
        return broken(source, err, NO_MATCH);
    if (binary)
        binary += 2; /* the number of fields */
    return join_fields(scan, binary, end, text, text + text_size - 1)
               ? PD_OK
               : broken(source, err, NO_MATCH);
}

/* The half that comes over the second connection, for the one that stands in scan->at. */
static pd_status
read_both(struct pd_source *source, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    char *text = NULL;
    uint64_t n_rows;
    size_t size = 0;
    pd_status status = pg_copy_read(source->second->pg, &text, &size, &n_rows, err);

    if (status == PD_DONE)
        return broken(source, err, NO_MATCH);
    if (status != PD_OK)
        return copy_failed(source, source->second->pg, status, err);
    status = join(source, scan->at, scan->end, text, size, err);
    PQfreemem(text);
    return status;
}

static pd_status
end_both(struct pd_source *source, uint64_t n_rows, struct pd_error *err)
{
    char *text = NULL;
    uint64_t n_others = 0;
    size_t size;
    pd_status status = pg_copy_read(source->second->pg, &text, &size, &n_others, err);

    PQfreemem(text);
    if (status < PD_OK)
        return copy_failed(source, source->second->pg, status, err);
    return status == PD_DONE && n_others == n_rows ? PD_DONE : broken(source, err, NO_MATCH);
}

static pd_status
read_text(struct pd_source *source, uint64_t *ret_rows, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    size_t size = 0;
    pd_status status = pg_copy_read(source->pg, &scan->message, &size, ret_rows, err);

    scan->has_end = status == PD_DONE; /* text has no mark of its end */
    return status == PD_OK ? join(source, NULL, NULL, scan->message, size, err)
                           : copy_failed(source, source->pg, status, err);
}

static pd_status
read_binary(struct pd_source *source, uint64_t *ret_rows, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    size_t size = 0;
    pd_status status = pg_copy_read(source->pg, &scan->message, &size, ret_rows, err);

    if (status != PD_OK)
        return copy_failed(source, source->pg, status, err);
    scan->at = (const uint8_t *)scan->message;
    scan->end = scan->at + size;
    if (!scan->has_head && !scan_head(&scan->at, scan->end))
        return broken(source, err, "what the server sends is not COPY's binary format");
    scan->has_head = true;
    return PD_OK;
}

pd_status
plain_read(struct pd_source *source, uint64_t *ret_rows, struct pd_error *err)
{
    struct scan *scan = &source->scan;
    pd_status status;

    if (scan->plain == PLAIN_TEXT)
        return read_text(source, ret_rows, err);
    status = read_binary(source, ret_rows, err);
    if (scan->plain == PLAIN_BINARY)
        return status;
    if (status == PD_DONE)
        return end_both(source, *ret_rows, err);
    /* Nothing but the head, or the mark of the end. */
    if (status != PD_OK || scan->end - scan->at <= 2)
        return status;
    return read_both(source, err);
}

/* ---- Counting ---- */

/* The column that costs least to send. */
static const struct pg_column *
narrow_column(const struct pd_table *table, const struct pg_table *plan)
{
    static const uint8_t costs[PG_FORM_COUNT_] = {
        [PG_FORM_TEXT] = 9,  [PG_FORM_STRING] = 8, [PG_FORM_BPCHAR] = 8,  [PG_FORM_BYTEA] = 8,
        [PG_FORM_JSONB] = 8, [PG_FORM_BIT] = 7,    [PG_FORM_NUMERIC] = 6, [PG_FORM_INET] = 6,
    };
    const struct pg_column *best = NULL;
    size_t i;

    for (i = 0; i < table->n_columns; i++) {
        const struct pg_column *column = &plan->columns[i];

        if (column->is_stored && (!best || costs[column->form] < costs[best->form]))
            best = column;
    }
    return best;
}

static pd_status
count_leaf(struct pd_source *source, const struct pg_leaf *leaf, const struct pg_column *column,
           uint64_t *ret_rows, struct pd_error *err)
{
    struct pd_sql sql = {.host = source->host};
    size_t size;
    pd_status status;

    pd_sql_add(&sql, "COPY ");
    sql_table(&sql, leaf->schema, leaf->name);
    if (column) {
        pd_sql_add(&sql, " (");
        sql_name(&sql, column->name);
        pd_sql_add(&sql, ")");
    }
    pd_sql_add(&sql, " TO STDOUT");
    if (column && column->form != PG_FORM_TEXT)
        pd_sql_add(&sql, " (FORMAT binary)");
    status = pd_sql_text(&sql) ? pg_copy_out(source->pg, pd_sql_text(&sql), err)
                               : pg_no_memory(source->host, err);
    pd_sql_free(&sql);
    while (status == PD_OK) {
        char *data = NULL;

        status = pg_copy_read(source->pg, &data, &size, ret_rows, err);
        PQfreemem(data);
    }
    return status == PD_DONE ? PD_OK : status;
}

pd_status
plain_count(struct pd_source *source, const struct pd_table *table, const struct pg_table *plan,
            uint64_t *ret_rows, struct pd_error *err)
{
    const struct pg_column *column = narrow_column(table, plan);
    pd_status status = PD_OK;
    size_t i;

    *ret_rows = 0;
    for (i = 0; i < plan->n_leaves && status == PD_OK; i++) {
        uint64_t n = 0;

        status = scan_guard(source, plan, i, err);
        if (status == PD_OK)
            status = count_leaf(source, &plan->leaves[i], column, &n, err);
        *ret_rows += n;
    }
    return status;
}

/* Once a run: there may be thousands. */
void
plain_warn(struct pd_source *source, const struct pd_table *table, const struct pg_table *plan)
{
    struct pd_source *origin = pg_source_origin(source);
    const struct pd_host *host = source->host;
    bool is_first;

    pthread_mutex_lock(&origin->mutex);
    is_first = !origin->has_warned;
    origin->has_warned = true;
    pthread_mutex_unlock(&origin->mutex);
    host->log(host, is_first ? PD_LOG_WARNING : PD_LOG_DEBUG,
              "table '%s'%s: the server only counts its rows and computes no other facts, which "
              "could run functions of role '%s' with your rights; read it as its owner, or allow "
              "it by --trust-owners",
              table->name, is_first ? " (and others that belong to other roles)" : "",
              plain_leaf(plan)->stranger);
}
