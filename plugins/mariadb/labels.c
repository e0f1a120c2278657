// SPDX-License-Identifier: Apache-2.0
/* labels - a variable of the column's own type, set to the number of a label, is that label. */
#include "labels.h"

#include <string.h>

#include "lex.h"
#include "utf8.h"

enum {
    LABELS_VERSION = 100300, /* TYPE OF */
    LABELS_AT_ONCE = 500
};

/* A label that was printed with '?', or the default of its column. */
struct shown {
    const char *text; /* with its quotes */
    size_t size;
    size_t number;  /* from 1 on; 0: the default */
    const char *is; /* what it is; NULL: not known */
};

struct labels {
    struct my *my;
    struct pd_error *err;
    struct pd_pool *scratch;
    const char *table;
    const char *column;
    struct pd_pool *pool;
    struct labels_unknown unknown;
    bool memory_short;
    bool is_set;
    struct lex lex;
    struct shown *list;
    size_t n, room;
    const char *copied; /* so far the text is in out */
    struct pd_sql out;
};

static void
add_shown(struct labels *l, size_t number)
{
    struct shown *shown;

    if (!memchr(l->lex.text, '?', l->lex.size))
        return;
    shown = pd_pool_append(l->scratch, &l->list, l->n, &l->room, sizeof *shown);
    l->memory_short |= !shown;
    if (!shown)
        return;
    *shown = (struct shown){l->lex.text, l->lex.size, number, NULL};
    l->n++;
}

/* The labels in parentheses, and the default behind them. */
static bool
take_column(struct labels *l)
{
    size_t number = 0;

    if (!lex_take(&l->lex, "("))
        return false;
    do {
        if (l->lex.kind != LEX_STRING)
            return false;
        add_shown(l, ++number);
        lex_step(&l->lex);
    } while (lex_take(&l->lex, ","));
    if (!lex_take(&l->lex, ")"))
        return false;
    while (!lex_is(&l->lex, ",") && !lex_is(&l->lex, ")")) {
        if (l->lex.kind == LEX_END || l->lex.kind == LEX_BAD)
            return false;
        if (lex_take(&l->lex, "DEFAULT")) {
            if (l->lex.kind == LEX_STRING)
                add_shown(l, 0);
        } else if (lex_is(&l->lex, "(")) {
            if (!lex_skip_parentheses(&l->lex))
                return false;
        } else {
            lex_step(&l->lex);
        }
    }
    return true;
}

/* ---- Asking ---- */

static void
put_question(const struct labels *l, size_t from, size_t n, struct pd_sql *sql)
{
    pd_sql_add(sql, "BEGIN NOT ATOMIC DECLARE v TYPE OF ");
    my_name(sql, l->table);
    pd_sql_add(sql, ".");
    my_name(sql, l->column);
    pd_sql_add(sql, "; DECLARE r LONGTEXT CHARACTER SET latin1 DEFAULT '';");
    for (size_t i = from; i < from + n; i++) {
        size_t number = l->list[i].number;
        unsigned long long value = l->is_set ? 1ULL << (number - 1) : number;

        pd_sql_printf(sql,
                      " SET v = %llu; SET r = CONCAT(r, IF(CHARSET(v) = 'binary', HEX(v),"
                      " HEX(CONVERT(v USING utf8mb4))), ',');",
                      value);
    }
    pd_sql_add(sql, " SELECT r; END");
}

static int
hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c - 'A' + 10;
}

/* Labels have no NUL: those that have one are no labels to anybody else. */
static const char *
from_hex(struct labels *l, const char *hex, size_t size)
{
    char *bytes = pd_pool_alloc(l->scratch, size / 2 + 1);

    l->memory_short |= !bytes;
    if (!bytes)
        return NULL;
    for (size_t i = 0; i < size / 2; i++)
        bytes[i] = (char)(hex_value(hex[2 * i]) * 16 + hex_value(hex[2 * i + 1]));
    bytes[size / 2] = 0;
    return size && strlen(bytes) == size / 2 ? bytes : NULL;
}

/* The answer's parts, each with a comma behind it. */
static void
keep_answer(struct labels *l, size_t from, size_t n, const char *text)
{
    for (size_t i = from; i < from + n; i++) {
        size_t size = strcspn(text, ",");

        l->list[i].is = from_hex(l, text, size);
        text += size + (text[size] == ',');
    }
}

/* A server that does not answer that leaves them as they are shown. */
static pd_status
ask(struct labels *l, size_t from, size_t n)
{
    struct pd_sql sql = {.host = l->my->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    put_question(l, from, n, &sql);
    memset(&l->my->complaint, 0, sizeof l->my->complaint);
    status = pd_sql_text(&sql) ? my_query(l->my, sql.text, &result, l->err)
                               : my_no_memory(l->my->host, l->err);
    pd_sql_free(&sql);
    if (status == PD_FAILED && l->my->complaint.code)
        return PD_OK;
    if (status != PD_OK)
        return status;
    row = mysql_num_fields(result) == 1 ? mysql_fetch_row(result) : NULL;
    if (row && row[0])
        keep_answer(l, from, n, row[0]);
    mysql_free_result(result);
    return PD_OK;
}

static pd_status
ask_all(struct labels *l)
{
    size_t n_labels = l->n - (l->list[l->n - 1].number == 0), n;
    pd_status status = PD_OK;

    if (!l->my->is_mariadb || l->my->version < LABELS_VERSION)
        return PD_OK;
    for (size_t i = 0; i < n_labels && status == PD_OK; i += n) {
        n = n_labels - i < LABELS_AT_ONCE ? n_labels - i : LABELS_AT_ONCE;
        status = ask(l, i, n);
    }
    if (n_labels < l->n && status == PD_OK)
        l->list[n_labels].is = labels_default(l->my, l->scratch, l->table, l->column);
    return status;
}

/* ---- Writing ---- */

/* false: it is not known, or it is no text. */
static bool
put_true(struct labels *l, const struct shown *shown)
{
    if (!shown->is || !utf8_is_valid((const uint8_t *)shown->is, strlen(shown->is)))
        return false;
    pd_sql_bytes(&l->out, l->copied, (size_t)(shown->text - l->copied));
    my_literal(&l->out, shown->is, strlen(shown->is));
    l->copied = shown->text + shown->size;
    return true;
}

static void
add_unknown(struct labels *l)
{
    struct labels_unknown *u = &l->unknown;
    const char **column = pd_pool_append(l->pool, &u->columns, u->n, &u->room, sizeof *u->columns);

    if (column)
        *column = pd_pool_text(l->pool, l->column);
    l->memory_short |= !column || !*column;
    u->n += column != NULL;
}

static pd_status
repair(struct labels *l)
{
    pd_status status = l->n ? ask_all(l) : PD_OK;
    bool is_known = true;

    for (size_t i = 0; i < l->n && status == PD_OK; i++)
        is_known &= put_true(l, &l->list[i]);
    if (!is_known)
        add_unknown(l);
    return status;
}

/* One column, key or constraint. */
static pd_status
pass_item(struct labels *l)
{
    bool is_column = l->lex.kind == LEX_NAME;

    l->n = l->room = 0;
    l->list = NULL;
    l->column = is_column ? lex_take_name(&l->lex, l->scratch) : NULL;
    l->is_set = lex_is(&l->lex, "set");
    if (l->column && (lex_take(&l->lex, "enum") || lex_take(&l->lex, "set"))) {
        if (!take_column(l))
            return PD_UNSUPPORTED;
        return repair(l);
    }
    /* Columns come first: what is not understood behind them says nothing of labels. */
    while (!lex_is(&l->lex, ",") && !lex_is(&l->lex, ")")) {
        if (l->lex.kind == LEX_END || l->lex.kind == LEX_BAD)
            return is_column ? PD_UNSUPPORTED : PD_OK;
        if (!lex_is(&l->lex, "("))
            lex_step(&l->lex);
        else if (!lex_skip_parentheses(&l->lex))
            return is_column ? PD_UNSUPPORTED : PD_OK;
    }
    return PD_OK;
}

static pd_status
pass_statement(struct labels *l, const char *sql)
{
    pd_status status = PD_UNSUPPORTED;

    lex_begin(&l->lex, sql);
    l->lex.any = l->lex.has_comments = true;
    l->lex.runs_comments = !l->my->is_mariadb;
    if (!lex_take_words(&l->lex, "CREATE TABLE") || !lex_take_kind(&l->lex, LEX_NAME) ||
        !lex_take(&l->lex, "("))
        return PD_OK; /* whoever reads it next says so */
    do
        status = pass_item(l);
    while (status == PD_OK && lex_take(&l->lex, ","));
    return status;
}

pd_status
labels_repair(struct my *my, struct pd_pool *pool, const char *table, const char *sql,
              const char **ret_sql, struct labels_unknown *unknown, struct pd_error *err)
{
    struct pd_pool scratch = {.host = my->host};
    struct labels l = {.my = my,
                       .err = err,
                       .scratch = &scratch,
                       .pool = pool,
                       .table = table,
                       .copied = sql,
                       .out = {.host = my->host}};
    pd_status status;

    *ret_sql = sql;
    if (!strchr(sql, '?') || (!strstr(sql, " enum(") && !strstr(sql, " set(")))
        return PD_OK;
    status = pass_statement(&l, sql);
    l.unknown.any = status == PD_UNSUPPORTED;
    if (status == PD_UNSUPPORTED)
        status = PD_OK;
    if (status == PD_OK && l.copied != sql) {
        pd_sql_add(&l.out, l.copied);
        *ret_sql = pd_sql_text(&l.out) ? pd_pool_text(pool, l.out.text) : NULL;
    }
    if (unknown)
        *unknown = l.unknown;
    if (status == PD_OK && (l.memory_short || !*ret_sql))
        status = my_no_memory(my->host, err);
    pd_sql_free(&l.out);
    pd_pool_close(&scratch);
    return status;
}

/* ---- Defaults ---- */

const char *
labels_default(struct my *my, struct pd_pool *pool, const char *table, const char *column)
{
    MYSQL_RES *result = my->broken ? NULL : mysql_list_fields(my->conn, table, NULL);
    const char *text = NULL;

    for (unsigned i = 0; result && i < mysql_num_fields(result); i++) {
        const MYSQL_FIELD *field = mysql_fetch_field_direct(result, i);

        if (field->def && strcmp(field->name, column) == 0 &&
            utf8_is_valid((const uint8_t *)field->def, strlen(field->def)))
            text = pd_pool_text(pool, field->def);
    }
    if (result)
        mysql_free_result(result);
    return text;
}
