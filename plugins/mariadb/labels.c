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

/* A label that may be another one than the text that was printed, or the default of its column. */
struct shown {
    const char *text; /* with its quotes */
    size_t size;
    size_t number;      /* from 1 on; 0: the default */
    bool is_doubtful;   /* it was printed with '?', as bytes, or as no text */
    const char *is;     /* what it is; NULL: not known, or no text comes back to it */
    const char *digits; /* of its own bytes, when no text comes back to it; NULL */
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
    const char *charset; /* of the column, when text does not come back to it; NULL */
    const char *table_charset;
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

    shown = pd_pool_append(l->scratch, &l->list, l->n, &l->room, sizeof *shown);
    l->memory_short |= !shown;
    if (!shown)
        return;
    *shown = (struct shown){.text = l->lex.text, .size = l->lex.size, .number = number};
    shown->is_doubtful = l->lex.kind == LEX_NUMBER || memchr(l->lex.text, '?', l->lex.size) ||
                         !utf8_is_valid((const uint8_t *)l->lex.text, l->lex.size);
    l->n++;
}

/* Those that are what was printed need no question. */
static void
drop_certain(struct labels *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++) {
        bool is_asked = l->list[i].is_doubtful || (l->charset && l->list[i].number);

        if (is_asked)
            l->list[n++] = l->list[i];
    }
    l->n = n;
}

static bool
take_charset(struct labels *l)
{
    if (!lex_take_words(&l->lex, "CHARACTER SET"))
        return false;
    l->charset = lex_take_name(&l->lex, l->scratch);
    return true;
}

/* The labels in parentheses, and the default behind them. */
static bool
take_column(struct labels *l)
{
    size_t number = 0;

    l->charset = l->table_charset;
    if (!lex_take(&l->lex, "("))
        return false;
    do {
        if (l->lex.kind != LEX_STRING && l->lex.kind != LEX_NUMBER)
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
        } else if (!take_charset(l)) {
            lex_step(&l->lex);
        }
    }
    if (my_charset_comes_back(l->charset) || strcmp(l->charset, "binary") == 0)
        l->charset = NULL;
    drop_certain(l);
    return true;
}

/* ---- Asking ---- */

/* "hex of its own bytes:hex of the text:do these come back to those?," for each. */
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
                      " SET v = %llu; SET r = CONCAT(r, HEX(v), ':', IF(CHARSET(v) = 'binary',"
                      " HEX(v), HEX(CONVERT(v USING utf8mb4))), ':', ",
                      value);
        if (l->charset)
            pd_sql_printf(sql, "HEX(v) = HEX(CONVERT(CONVERT(v USING utf8mb4) USING %s)), ',');",
                          l->charset);
        else
            pd_sql_add(sql, "CHARSET(v) <> 'binary', ',');");
    }
    pd_sql_add(sql, " SELECT r; END");
}

static int
hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c - 'A' + 10;
}

/* Labels have no NUL: those that have one are no text to anybody else. */
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
    return strlen(bytes) == size / 2 && utf8_is_valid((const uint8_t *)bytes, size / 2) ? bytes
                                                                                        : NULL;
}

/* What is no text of a character set is bytes, which are told as what cannot be known. */
static void
keep_label(struct labels *l, struct shown *shown, const char *text)
{
    size_t own = strcspn(text, ":"), size;
    const char *at = text + own + (text[own] == ':');

    size = strcspn(at, ":");
    shown->is = from_hex(l, at, size);
    at += size + (at[size] == ':');
    if (shown->is && (*at == '1' || !l->charset))
        return;
    shown->is = NULL;
    if (*at != '1' && !l->charset)
        return;
    shown->digits = pd_pool_copy(l->scratch, text, own);
    l->memory_short |= !shown->digits;
}

/* The answer's parts, each with a comma behind it. */
static void
keep_answer(struct labels *l, size_t from, size_t n, const char *text)
{
    for (size_t i = from; i < from + n; i++) {
        keep_label(l, &l->list[i], text);
        text += strcspn(text, ",");
        text += *text == ',';
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

static const char *
default_text(struct labels *l)
{
    const char *text = labels_default(l->my, l->scratch, l->table, l->column, /* own= */ false);

    return text && utf8_is_valid((const uint8_t *)text, strlen(text)) ? text : NULL;
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
        l->list[n_labels].is = default_text(l);
    return status;
}

/* ---- Writing ---- */

/* Is it what was printed, as far as anybody knows? */
static bool
is_as_shown(const struct shown *shown)
{
    return !shown->is_doubtful && !shown->digits;
}

/* false: it is not known. */
static bool
put_true(struct labels *l, const struct shown *shown)
{
    if (is_as_shown(shown))
        return true;
    if (!shown->is && !shown->digits)
        return false;
    pd_sql_bytes(&l->out, l->copied, (size_t)(shown->text - l->copied));
    if (shown->is)
        my_literal(&l->out, shown->is, strlen(shown->is));
    else
        pd_sql_printf(&l->out, "x'%s'", shown->digits);
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
    bool is_known = true, is_bytes = false;

    for (size_t i = 0; i < l->n && status == PD_OK; i++) {
        bool is_put = put_true(l, &l->list[i]);

        /* The default of what is no enum to the catalogue is found as that of text is. */
        is_bytes |= l->list[i].digits != NULL;
        is_known &= is_put || (is_bytes && l->list[i].number == 0);
    }
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

/* "DEFAULT CHARSET=cp932" behind the list that is next. */
static void
read_table_charset(struct labels *l)
{
    struct lex lex = l->lex;

    if (!lex_skip_parentheses(&lex))
        return;
    while (lex.kind != LEX_END && lex.kind != LEX_BAD && !lex_is(&lex, "PARTITION")) {
        if (!lex_take(&lex, "CHARSET")) {
            lex_step(&lex);
        } else if (lex_take(&lex, "=")) {
            l->table_charset = lex_take_name(&lex, l->scratch);
            return;
        }
    }
}

static pd_status
pass_statement(struct labels *l, const char *sql)
{
    pd_status status = PD_UNSUPPORTED;

    lex_begin(&l->lex, sql);
    l->lex.any = l->lex.has_comments = true;
    l->lex.runs_comments = !l->my->is_mariadb;
    if (!lex_take_words(&l->lex, "CREATE TABLE") || !lex_take_kind(&l->lex, LEX_NAME))
        return PD_OK; /* whoever reads it next says so */
    read_table_charset(l);
    if (!lex_take(&l->lex, "("))
        return PD_OK;
    do
        status = pass_item(l);
    while (status == PD_OK && lex_take(&l->lex, ","));
    return status;
}

/* Does a word behind one of these name a character set that text does not come back to? */
static bool
names_charset(const char *sql, const char *behind)
{
    char name[32];

    for (sql = strstr(sql, behind); sql; sql = strstr(sql, behind)) {
        size_t size;

        sql += strlen(behind);
        size = strspn(sql, "abcdefghijklmnopqrstuvwxyz0123456789");
        if (size >= sizeof name)
            return true;
        memcpy(name, sql, size);
        name[size] = 0;
        if (!my_charset_comes_back(name))
            return true;
    }
    return false;
}

/* May its labels be others than were printed? */
static bool
is_doubtful(const char *sql)
{
    if (!strstr(sql, " enum(") && !strstr(sql, " set("))
        return false;
    return strchr(sql, '?') || strstr(sql, "x'") ||
           !utf8_is_valid((const uint8_t *)sql, strlen(sql)) ||
           names_charset(sql, "CHARACTER SET ") || names_charset(sql, "CHARSET=");
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
    if (!is_doubtful(sql))
        return PD_OK;
    status = pass_statement(&l, sql);
    l.unknown.any = status == PD_UNSUPPORTED && strchr(sql, '?');
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
labels_default(struct my *my, struct pd_pool *pool, const char *table, const char *column, bool own)
{
    MYSQL_RES *result = NULL;
    const char *text = NULL;

    if (own && my_run_quietly(my, "SET character_set_results = binary", NULL) != PD_OK)
        return NULL;
    if (!my->broken)
        result = mysql_list_fields(my->conn, table, NULL);
    for (unsigned i = 0; result && i < mysql_num_fields(result); i++) {
        const MYSQL_FIELD *field = mysql_fetch_field_direct(result, i);

        if (field->def && strcmp(field->name, column) == 0)
            text = pd_pool_text(pool, field->def);
    }
    if (result)
        mysql_free_result(result);
    if (own && my_run_quietly(my, "SET character_set_results = utf8mb4", NULL) != PD_OK)
        return NULL;
    return text;
}
