// SPDX-License-Identifier: Apache-2.0
/* partitions - LIST COLUMNS and RANGE COLUMNS are shown with text where the server has bytes of a
   character set, and no statement tells the bytes. Which partition the text's own value belongs to
   tells whether it is the one that is meant. */
#include <string.h>
#include <strings.h>

#include "maker.h"
#include "passive.h"

/* What all character sets of servers have at the same place. */
static const char plain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ,.:-_/'";

enum verdict { VERDICT_FINE, VERDICT_UNKNOWN, VERDICT_LOST };

struct partitions {
    struct maker *m;
    size_t number;
    struct passive p;
    struct lex lex;
    bool is_list;
    size_t n_columns;
    const char *column;  /* the only one */
    const char *charset; /* of one of them, from which text does not come back; NULL: none */
    enum verdict verdict;
};

static const struct passive_column *
find_column(const struct passive *p, const char *name)
{
    for (size_t i = 0; i < p->n_columns; i++) {
        if (strcmp(p->columns[i].name, name) == 0)
            return &p->columns[i];
    }
    return NULL;
}

/* "PARTITION BY LIST COLUMNS(`a`,`b`)" */
static bool
read_columns(struct partitions *r)
{
    lex_begin(&r->lex, r->p.partitions.at);
    r->lex.any = r->lex.has_comments = true;
    if (!lex_take_words(&r->lex, "PARTITION BY"))
        return false;
    r->is_list = lex_take_words(&r->lex, "LIST COLUMNS");
    if ((!r->is_list && !lex_take_words(&r->lex, "RANGE COLUMNS")) || !lex_take(&r->lex, "("))
        return false;
    do {
        const char *name = lex_take_name(&r->lex, &r->m->scratch);
        const struct passive_column *column = name ? find_column(&r->p, name) : NULL;

        if (!column)
            return false;
        r->column = name;
        r->n_columns++;
        if (column->facts.charset && strcmp(column->facts.charset, "binary") != 0 &&
            !my_charset_comes_back(column->facts.charset))
            r->charset = column->facts.charset;
    } while (lex_take(&r->lex, ","));
    return lex_take(&r->lex, ")");
}

static void
judge(struct partitions *r, enum verdict verdict)
{
    if (verdict > r->verdict)
        r->verdict = verdict;
}

/* The text that is next, of a list by one column. */
static pd_status
ask(struct partitions *r)
{
    struct maker *m = r->m;
    struct pd_sql sql = {.host = m->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    pd_sql_add(&sql, "EXPLAIN PARTITIONS SELECT 1 FROM ");
    my_name(&sql, m->works[r->number].name);
    pd_sql_add(&sql, " WHERE ");
    my_name(&sql, r->column);
    pd_sql_add(&sql, " = CONVERT(");
    pd_sql_bytes(&sql, r->lex.text, r->lex.size);
    pd_sql_printf(&sql, " USING %s)", r->charset);
    memset(&m->my->complaint, 0, sizeof m->my->complaint);
    status = pd_sql_text(&sql) ? my_query(m->my, sql.text, &result, m->err)
                               : my_no_memory(m->host, m->err);
    pd_sql_free(&sql);
    if (status == PD_FAILED && m->my->complaint.code) {
        judge(r, VERDICT_UNKNOWN);
        return PD_OK;
    }
    if (status != PD_OK)
        return status;
    row = mysql_num_fields(result) > 3 ? mysql_fetch_row(result) : NULL;
    judge(r, row && row[3] ? VERDICT_FINE : VERDICT_LOST);
    mysql_free_result(result);
    return PD_OK;
}

/* Tables of other engines may be read when they are explained, and then tell nothing. */
static bool
can_ask(const struct partitions *r)
{
    return r->is_list && r->n_columns == 1 && r->p.engine && strcasecmp(r->p.engine, "InnoDB") == 0;
}

static pd_status
read_values(struct partitions *r)
{
    pd_status status = PD_OK;

    for (; r->lex.kind != LEX_END && r->lex.kind != LEX_BAD && status == PD_OK; lex_step(&r->lex)) {
        /* x'eda0bd' is what create.c made of text that is none. */
        if (r->lex.kind == LEX_NUMBER && *r->lex.text == 'x')
            judge(r, VERDICT_LOST);
        if (r->lex.kind != LEX_STRING || !r->charset || strspn(r->lex.text, plain) >= r->lex.size)
            continue;
        if (can_ask(r))
            status = ask(r);
        else
            judge(r, VERDICT_UNKNOWN);
    }
    return status;
}

/* Its rows have a place without them. */
static void
leave_out(struct partitions *r)
{
    struct pd_table *table = &r->m->tables[r->number];
    struct passive_span span = r->p.partitions;
    struct pd_sql sql = {.host = r->m->host};
    const char *at = span.at;

    while (at > table->native_sql && (at[-1] == ' ' || at[-1] == '\n'))
        at--;
    pd_sql_bytes(&sql, table->native_sql, (size_t)(at - table->native_sql));
    pd_sql_add(&sql, span.at + span.size);
    table->native_sql = maker_built(r->m, &sql);
    maker_note(r->m, "partitions are left out",
               "table '%s': its values are shown as text that does not come back to their bytes",
               table->name);
    maker_note_table(r->m, table->name);
}

static void
tell(struct partitions *r)
{
    const char *table = r->m->tables[r->number].name;

    if (r->verdict == VERDICT_LOST) {
        leave_out(r);
    } else if (r->verdict == VERDICT_UNKNOWN) {
        maker_note(r->m, "partitions are not verifiable",
                   "table '%s': the server shows values of character set %s as text, which other "
                   "bytes may stand for",
                   table, r->charset);
        maker_note_table(r->m, table);
    }
}

pd_status
partitions_check(struct maker *m, size_t number)
{
    struct partitions r = {.m = m, .number = number};
    const char *sql = m->tables[number].native_sql;
    pd_status status;

    if (!m->my->is_mariadb || !strstr(sql, " COLUMNS(") ||
        !passive_read_any(sql, &m->scratch, &r.p) || !r.p.partitions.size || !read_columns(&r))
        return m->status;
    status = read_values(&r);
    if (status == PD_OK)
        tell(&r);
    return status == PD_OK ? m->status : status;
}
