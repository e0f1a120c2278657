// SPDX-License-Identifier: Apache-2.0
/* portable - the server's expressions in the portable grammar, where its types allow that: here
   text is compared as its collation says, and with numbers and dates after a conversion. */
#include <string.h>
#include <strings.h>

#include "dialect.h"
#include "maker.h"

/* What can be compared with one another everywhere. */
enum sort {
    SORT_NONE,   /* no value by itself */
    SORT_NUMBER, /* */
    SORT_TEXT,   /* a column of which every engine compares the bytes */
    SORT_STRING, /* a literal */
    SORT_DATE,   /* */
    SORT_TYPED,  /* a moment, a time of day, a uuid: meets columns of its own type alone */
    SORT_LABEL, /* an enum, or one of its labels: which it is can be asked, not what is before it */
    SORT_OTHER  /* only its being NULL means the same everywhere, or its length */
};

struct seen {
    struct lex token;
    enum sort sort;
    const struct pd_column *column; /* SORT_LABEL: whose; SORT_TYPED */
};

enum { WALK_BEFORE = 4 };

struct walk {
    const struct pd_table *table;
    struct seen before[WALK_BEFORE]; /* the last one first */
    struct lex lex;
};

static enum sort
sort_of(const struct pd_column *column)
{
    switch (column->type.kind) {
    case PD_KIND_BOOL:
    case PD_KIND_INT8:
    case PD_KIND_INT16:
    case PD_KIND_INT32:
    case PD_KIND_INT64:
    case PD_KIND_UINT8:
    case PD_KIND_UINT16:
    case PD_KIND_UINT32:
    case PD_KIND_UINT64:
    case PD_KIND_FLOAT32:
    case PD_KIND_FLOAT64:
    case PD_KIND_DECIMAL:
        return SORT_NUMBER;
    case PD_KIND_TEXT:
    case PD_KIND_CHAR:
        return column->collation == PD_COLLATION_DEFAULT ? SORT_TEXT : SORT_OTHER;
    case PD_KIND_DATE:
        return SORT_DATE;
    case PD_KIND_TIME:
    case PD_KIND_TIMESTAMP:
    case PD_KIND_TIMESTAMPTZ:
    case PD_KIND_UUID:
        return SORT_TYPED;
    case PD_KIND_ENUM:
        return SORT_LABEL;
    default:
        return SORT_OTHER;
    }
}

static bool
is_text(const struct pd_column *column)
{
    return column->type.kind == PD_KIND_TEXT || column->type.kind == PD_KIND_CHAR;
}

static const struct pd_column *
find_column(const struct walk *walk, const struct lex *token)
{
    char name[64 * 4 + 1];
    size_t size = 0;

    if (!walk->table || token->size >= sizeof name)
        return NULL;
    for (size_t i = 1; i + 1 < token->size; i++) {
        name[size++] = token->text[i];
        i += token->text[i] == '`';
    }
    name[size] = 0;
    for (size_t i = 0; i < walk->table->n_columns; i++) {
        if (strcmp(walk->table->columns[i].name, name) == 0)
            return &walk->table->columns[i];
    }
    return NULL;
}

static bool
is_sign(const struct seen *seen, const char *signs)
{
    return seen->token.kind == LEX_MARK && strchr(signs, *seen->token.text);
}

static bool
is_word(const struct seen *seen, const char *word)
{
    return seen->token.kind == LEX_WORD && lex_is(&seen->token, word);
}

/* char_length(`c`) */
static bool
is_measured(const struct walk *walk)
{
    return is_sign(&walk->before[0], "(") &&
           (is_word(&walk->before[1], "char_length") ||
            is_word(&walk->before[1], "character_length")) &&
           lex_is(&walk->lex, ")");
}

/* "2020-01-02" is the same date everywhere; shorter forms are not. */
static bool
is_date(const struct lex *token)
{
    static const char form[] = "'0000-00-00'";

    if (token->size != sizeof form - 1)
        return false;
    for (size_t i = 0; i < token->size; i++) {
        bool is_digit = token->text[i] >= '0' && token->text[i] <= '9';

        if (form[i] == '0' ? !is_digit : form[i] != token->text[i])
            return false;
    }
    return true;
}

/* No two labels are equal, in whichever collation. The empty one may be the error value, too. */
static bool
is_label(const struct pd_column *column, const struct lex *token)
{
    for (size_t i = 0; i < column->type.n_labels; i++) {
        const char *label = column->type.labels[i], *at = token->text + 1;
        const char *end = token->text + token->size - 1;

        for (; at < end; at++, label++) {
            at += (*at == '\'' || *at == '\\') && (at[1] == '\'' || at[1] == '\\');
            if (*at != *label)
                break;
        }
        if (at == end && !*label && token->size > 2)
            return true;
    }
    return false;
}

/* `e` = 'a', `e` <> 'a', `e` in ('a','b'): where a label is asked for, and what asks. */
static const struct seen *
asks_label(const struct walk *walk)
{
    const struct seen *before = walk->before, *asked = NULL;

    if (is_sign(&before[0], "="))
        asked = &before[1];
    else if (is_sign(&before[0], ">") && is_sign(&before[1], "<"))
        asked = &before[2];
    else if (is_sign(&before[0], "(") && is_word(&before[1], "in"))
        asked = &before[is_word(&before[2], "not") ? 3 : 2];
    else if (is_sign(&before[0], ","))
        asked = &before[1];
    return asked && asked->sort == SORT_LABEL ? asked : NULL;
}

static bool
can_meet(const struct seen *other, const struct seen *value)
{
    if (other->sort == SORT_NONE) /* the end of a call or a term */
        return value->sort == SORT_NUMBER && (is_sign(other, ")") || is_word(other, "end"));
    if (value->sort == SORT_STRING && other->sort == SORT_DATE)
        return is_date(&value->token);
    if (value->sort == SORT_STRING)
        return other->sort == SORT_TEXT || other->sort == SORT_STRING;
    if (value->sort == SORT_TYPED)
        return other->sort == SORT_TYPED && other->column->type.kind == value->column->type.kind;
    return other->sort == value->sort;
}

/* Is a value one that can stand behind what was seen? */
static bool
fits(const struct walk *walk, const struct seen *value)
{
    const struct seen *before = walk->before;

    if (is_sign(&before[0], "=<>"))
        return can_meet(&before[is_sign(&before[1], "=<>") ? 2 : 1], value);
    if (is_sign(&before[0], "(") && is_word(&before[1], "in"))
        return can_meet(&before[is_word(&before[2], "not") ? 3 : 2], value);
    if (is_sign(&before[0], ","))
        return before[1].sort == SORT_NONE || can_meet(&before[1], value);
    if (is_sign(&before[0], "+-*"))
        return value->sort == SORT_NUMBER;
    if (value->sort == SORT_STRING)
        return is_word(&before[0], "then") || is_word(&before[0], "else");
    return true;
}

/* What asks for a label; before > comes <, and what is ordered meets no label. */
static bool
takes_labels(const struct walk *walk)
{
    return lex_is(&walk->lex, "=") || lex_is(&walk->lex, "<") || lex_is(&walk->lex, "in") ||
           lex_is(&walk->lex, "not");
}

static bool
is_null_test(const struct walk *walk)
{
    return lex_is(&walk->lex, "is");
}

/* A column, behind which walk->lex stands. */
static bool
take_column(struct walk *walk, struct seen *seen)
{
    const struct pd_column *column = find_column(walk, &seen->token);

    if (!column)
        return false;
    if (is_text(column) && is_measured(walk))
        return true;
    seen->sort = sort_of(column);
    seen->column = column;
    if (is_null_test(walk))
        return !is_sign(&walk->before[0], "=<>+-*");
    if (seen->sort == SORT_LABEL)
        return !is_sign(&walk->before[0], "=<>+-*") && takes_labels(walk);
    if (seen->sort == SORT_OTHER)
        return false;
    if (seen->sort != SORT_NUMBER && (lex_is(&walk->lex, "between") || lex_is(&walk->lex, "+") ||
                                      lex_is(&walk->lex, "-") || lex_is(&walk->lex, "*")))
        return false;
    return fits(walk, seen);
}

static bool
take_token(struct walk *walk, struct seen *seen)
{
    const struct seen *asks = asks_label(walk);

    if (asks && !is_sign(seen, ">")) {
        seen->sort = SORT_LABEL;
        seen->column = asks->column;
        return seen->token.kind == LEX_STRING && is_label(asks->column, &seen->token);
    }
    switch (seen->token.kind) {
    case LEX_NAME:
        return take_column(walk, seen);
    case LEX_STRING:
        seen->sort = SORT_STRING;
        return fits(walk, seen);
    case LEX_NUMBER:
        seen->sort = SORT_NUMBER;
        return fits(walk, seen);
    default:
        return true;
    }
}

/* A column as it is, of whatever type. */
static bool
is_column_alone(const struct walk *walk)
{
    struct lex behind = walk->lex;

    if (behind.kind != LEX_NAME || !find_column(walk, &behind))
        return false;
    lex_step(&behind);
    return behind.kind == LEX_END;
}

static bool
is_understood(const struct pd_table *table, const char *sql)
{
    struct walk walk = {.table = table};

    lex_begin(&walk.lex, sql);
    if (is_column_alone(&walk))
        return true;
    for (lex_begin(&walk.lex, sql); walk.lex.kind != LEX_END;) {
        struct seen seen = {walk.lex, SORT_NONE, NULL};

        if (seen.token.kind == LEX_BAD)
            return false;
        lex_step(&walk.lex);
        if (!take_token(&walk, &seen))
            return false;
        memmove(walk.before + 1, walk.before, (WALK_BEFORE - 1) * sizeof *walk.before);
        walk.before[0] = seen;
    }
    return true;
}

const char *
portable_read(struct maker *m, const struct pd_table *table, const char *sql)
{
    char *text = NULL;
    const char *copy;
    pd_status status;

    if (!is_understood(table, sql))
        return NULL;
    status = m->host->expr_read(m->host, &mariadb_dialect, sql, &text, NULL);
    if (status == PD_UNSUPPORTED)
        return NULL;
    copy = status == PD_OK ? pd_pool_text(m->pool, text) : NULL;
    m->host->release(m->host, text);
    if (!copy)
        maker_no_memory(m);
    return copy;
}
