// SPDX-License-Identifier: Apache-2.0
/* ddl_table - CREATE TABLE out of the neutral schema: columns with their defaults and comments, the
   primary key, checks, and those keys that are not made after the rows. */
#include <string.h>

#include "ddl.h"

enum { COMMENT_OF_COLUMN = 1024, COMMENT_OF_TABLE = 2048 };
enum { VERSION_HIDDEN_MYSQL = 80023 };

struct maker {
    struct pd_sink *sink;
    size_t number;
    const struct target_table *t;
    unsigned with; /* DDL_WITH_* */
    struct pd_sql *sql;
    struct pd_error *err;
};

/* ---- Comments ---- */

/* A character of four bytes becomes '?' in a comment. */
bool
ddl_comment_fits(const char *text, size_t most)
{
    size_t n = 0;

    for (; *text; text++) {
        if ((unsigned char)*text >= 0xf0)
            return false;
        n += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return n <= most;
}

static void
put_comment(struct maker *m, const char *before, const char *text, size_t most)
{
    if (!text || !ddl_comment_fits(text, most))
        return;
    pd_sql_add(m->sql, before);
    my_literal(m->sql, text, strlen(text));
}

/* ---- Columns ---- */

static bool
in_primary_key(const struct pd_sink *sink, size_t table, size_t column)
{
    const struct pd_table *t = sink->tables[table].table;
    const struct pd_key *key = t->n_keys ? pd_key_at(t, 0) : NULL;
    size_t i;

    if (!key || key->kind != PD_KEY_PRIMARY)
        return false;
    if (key->flags & PD_KEY_NULLS_ADMITTED && ddl_key_form(sink, table, 0) != DDL_KEY_PRIMARY)
        return false;
    for (i = 0; i < key->n_parts; i++) {
        if (pd_part_at(key, i)->column == (int32_t)column)
            return true;
    }
    return false;
}

static pd_status
put_generated(struct maker *m, const struct pd_column *column)
{
    pd_status status;

    pd_sql_add(m->sql, " GENERATED ALWAYS AS (");
    status = expression_write(m->sink, m->number, column->expression, column->expression_native,
                              m->sql, m->err);
    pd_sql_add(m->sql, column->generated == PD_GENERATED_VIRTUAL ? ") VIRTUAL" : ") STORED");
    return status;
}

/* MySQL takes no literal as the default of long text and bytes, but an expression. */
static bool
is_in_parentheses(const struct maker *m, size_t i, const char *term)
{
    const char *type = m->t->columns[i].native;
    size_t size = strcspn(type, " (");

    return m->sink->my && !m->sink->my->is_mariadb && *term != '(' && size >= 4 &&
           (strncmp(type + size - 4, "text", 4) == 0 || strncmp(type + size - 4, "blob", 4) == 0 ||
            strncmp(type, "json", size) == 0);
}

static pd_status
put_default(struct maker *m, size_t i)
{
    struct pd_sql term = {.host = m->sink->host};
    pd_status status = PD_DONE;

    if (m->with & DDL_WITH_DEFAULTS)
        status = default_write(m->sink, m->number, i, &term, m->err);
    if (status == PD_OK && !pd_sql_text(&term))
        status = my_no_memory(m->sink->host, m->err);
    if (status == PD_OK && is_in_parentheses(m, i, term.text))
        pd_sql_printf(m->sql, " DEFAULT (%s)", term.text);
    else if (status == PD_OK)
        pd_sql_printf(m->sql, " DEFAULT %s", term.text);
    pd_sql_free(&term);
    return status == PD_DONE || status == PD_UNSUPPORTED ? PD_OK : status;
}

static bool
is_not_null(const struct maker *m, const struct pd_column *column, size_t i)
{
    return column->flags & PD_COLUMN_NOT_NULL || in_primary_key(m->sink, m->number, i);
}

/* What a column of this server has by itself is written out for those of the type timestamp, which
   have more by themselves than others. */
static pd_status
put_plain(struct maker *m, const struct pd_column *column, size_t i)
{
    pd_status status;

    if (is_not_null(m, column, i))
        pd_sql_add(m->sql, " NOT NULL");
    else if (strncmp(m->t->columns[i].native, "timestamp", 9) == 0)
        pd_sql_add(m->sql, " NULL");
    status = put_default(m, i);
    if (ddl_is_auto(m->sink, m->number, i))
        pd_sql_add(m->sql, " AUTO_INCREMENT");
    return status;
}

static pd_status
put_column(struct maker *m, size_t i)
{
    const struct pd_column *column = pd_column_at(m->t->table, i);
    const struct target_column *target = &m->t->columns[i];
    pd_status status;

    my_name(m->sql, target->name);
    pd_sql_printf(m->sql, " %s", target->native);
    status = column->generated ? put_generated(m, column) : put_plain(m, column, i);
    if (column->flags & PD_COLUMN_HIDDEN && m->sink->same &&
        (m->sink->my->is_mariadb || m->sink->my->version >= VERSION_HIDDEN_MYSQL))
        pd_sql_add(m->sql, " INVISIBLE");
    put_comment(m, " COMMENT ", column->comment, COMMENT_OF_COLUMN);
    if (!column->generated)
        ddl_put_type_check(m->sink, m->number, i, m->sql);
    return status;
}

pd_status
ddl_put_column(struct pd_sink *sink, size_t table, size_t column, unsigned with, struct pd_sql *sql,
               struct pd_error *err)
{
    struct maker m = {.sink = sink,
                      .number = table,
                      .t = &sink->tables[table],
                      .with = with,
                      .sql = sql,
                      .err = err};

    return put_column(&m, column);
}

/* ---- The table ---- */

static const char *
separator(size_t *n)
{
    return (*n)++ ? ",\n  " : "\n  ";
}

static pd_status
put_columns(struct maker *m, size_t *n)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < m->t->table->n_columns && status == PD_OK; i++) {
        bool is_generated = pd_column_at(m->t->table, i)->generated;

        if (!m->t->columns[i].name || (is_generated && !(m->with & DDL_WITH_GENERATED)))
            continue;
        pd_sql_add(m->sql, separator(n));
        status = put_column(m, i);
    }
    if (m->t->dummy) {
        pd_sql_add(m->sql, separator(n));
        my_name(m->sql, m->t->dummy);
        pd_sql_add(m->sql, " tinyint");
    }
    return status;
}

static void
put_keys(struct maker *m, size_t *n)
{
    size_t i;

    for (i = 0; i < m->t->table->n_keys; i++) {
        const struct pd_key *key = pd_key_at(m->t->table, i);
        bool is_needed = ddl_key_form(m->sink, m->number, i) == DDL_KEY_PRIMARY ||
                         (key->n_parts && pd_part_at(key, 0)->column >= 0 &&
                          ddl_is_auto(m->sink, m->number, (size_t)pd_part_at(key, 0)->column));

        if (!ddl_is_key_inline(m->sink, m->number, i) ||
            (!is_needed && !(m->with & DDL_WITH_KEYS)) ||
            (pd_key_is_generated(m->t->table, key) && !(m->with & DDL_WITH_GENERATED)))
            continue;
        pd_sql_add(m->sql, separator(n));
        ddl_put_key(m->sink, m->number, i, m->sql);
    }
}

static void
put_supports(struct maker *m, size_t *n)
{
    struct ddl_link link;
    size_t i;

    if (m->t->keys_after || !(m->with & DDL_WITH_KEYS))
        return;
    for (i = 0; i < m->t->table->n_foreigns; i++) {
        if (ddl_link(m->sink, m->number, i, &link) || !link.needs_index)
            continue;
        pd_sql_add(m->sql, separator(n));
        ddl_put_support(m->sink, m->number, i, &link, m->sql);
    }
}

static pd_status
put_checks(struct maker *m, size_t *n)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < m->t->table->n_checks && m->with & DDL_WITH_CHECKS; i++) {
        struct pd_sql text = {.host = m->sink->host};

        status = ddl_put_check(m->sink, m->number, i, &text, m->err);
        if (status == PD_OK && !pd_sql_text(&text))
            status = my_no_memory(m->sink->host, m->err);
        if (status == PD_OK) {
            pd_sql_add(m->sql, separator(n));
            pd_sql_add(m->sql, text.text);
        }
        pd_sql_free(&text);
        if (status != PD_OK && status != PD_DONE && status != PD_UNSUPPORTED)
            return status;
    }
    return PD_OK;
}

/* MySQL has another name for the same order. */
static const char *
collation(const struct pd_sink *sink)
{
    return sink->my->is_mariadb ? DDL_COLLATION : "utf8mb4_0900_bin";
}

pd_status
ddl_put_table(struct pd_sink *sink, size_t table, unsigned with, struct pd_sql *sql,
              struct pd_error *err)
{
    struct maker m = {.sink = sink,
                      .number = table,
                      .t = &sink->tables[table],
                      .with = with,
                      .sql = sql,
                      .err = err};
    size_t n = 0;
    pd_status status;

    pd_sql_add(sql, "CREATE TABLE ");
    my_name(sql, m.t->staged);
    pd_sql_add(sql, " (");
    status = put_columns(&m, &n);
    put_keys(&m, &n);
    put_supports(&m, &n);
    if (status == PD_OK)
        status = put_checks(&m, &n);
    pd_sql_printf(sql, "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=%s ROW_FORMAT=DYNAMIC",
                  collation(sink));
    ddl_put_auto(sink, table, sql);
    put_comment(&m, " COMMENT=", m.t->table->comment, COMMENT_OF_TABLE);
    return status;
}

/* ---- What is not carried ---- */

#define SAY(sink, part, table, column, ...)                                                        \
    sink_leave_out(sink, part, (uint32_t)(table), (uint32_t)(column), __VA_ARGS__)

static const char *
lost_collation(const struct pd_column *column)
{
    switch (column->collation) {
    case PD_COLLATION_NOCASE:
        return "letters that differ in case are different here";
    case PD_COLLATION_CI:
        return "letters that its engine takes for the same are different here";
    case PD_COLLATION_RTRIM:
        return "blanks at the end count here";
    case PD_COLLATION_NATIVE:
        return "it is not known here";
    default:
        return NULL;
    }
}

static void
say_lost_column(struct pd_sink *sink, size_t table, size_t i, const struct pd_column *column)
{
    const char *name = sink->tables[table].table->name;

    if (column->flags & PD_COLUMN_PASSENGER)
        return;
    SAY(sink, PD_PART_GENERATED, table, i,
        "expression of column '%s' of table '%s': it is not portable%s, so the column is left out",
        column->name, name, sink->same ? ", use --native" : "");
}

static void
say_comment(struct pd_sink *sink, size_t table, size_t column, const char *what, const char *name)
{
    SAY(sink, PD_PART_COMMENT, table, column,
        "comment of %s '%s': it is longer than MariaDB's are, or has a character of four bytes",
        what, name);
}

static const char *
why_no_default(const struct pd_sink *sink, const struct pd_column *column,
               char shown[PD_DEFAULT_SHOWN])
{
    if (column->default_kind == PD_DEFAULT_NEXTVAL && sink->my->logs_statements)
        return DDL_NO_NEXTVAL;
    return sink->same && column->default_native ? "it is made with --native only"
                                                : pd_default_lost(column, shown, PD_DEFAULT_SHOWN);
}

static pd_status
say_default(struct pd_sink *sink, size_t table, size_t i, struct pd_error *err)
{
    const struct pd_column *column = pd_column_at(sink->tables[table].table, i);
    struct pd_sql term = {.host = sink->host};
    char shown[PD_DEFAULT_SHOWN];
    pd_status status = default_write(sink, table, i, &term, err);
    bool is_text = column->default_kind >= PD_DEFAULT_NOW &&
                   column->default_kind <= PD_DEFAULT_CLOCK && term.size &&
                   strstr(pd_sql_text(&term) ? term.text : "", "date_format");

    pd_sql_free(&term);
    if (status == PD_UNSUPPORTED)
        SAY(sink, PD_PART_DEFAULT, table, i, "default of column '%s' of table '%s': %s",
            column->name, sink->tables[table].table->name, why_no_default(sink, column, shown));
    else if (is_text)
        SAY(sink, PD_PART_DEFAULT, table, i,
            "default of column '%s' of table '%s': an expression of MariaDB's makes the text",
            column->name, sink->tables[table].table->name);
    else if (column->default_kind == PD_DEFAULT_NEXTVAL && column->default_text &&
             ddl_is_sequence_renamed(sink, column->default_text))
        SAY(sink, PD_PART_DEFAULT, table, i,
            "default of column '%s' of table '%s': its sequence is called otherwise here",
            column->name, sink->tables[table].table->name);
    return status == PD_UNSUPPORTED || status == PD_DONE ? PD_OK : status;
}

/* A key may have taken room from a declared length: what is there fits, what comes may not. */
static void
say_length(struct pd_sink *sink, size_t table, size_t i)
{
    const struct pd_column *column = pd_column_at(sink->tables[table].table, i);
    const struct target_column *target = &sink->tables[table].columns[i];
    bool is_text = column->type.kind == PD_KIND_TEXT || column->type.kind == PD_KIND_CHAR ||
                   column->type.kind == PD_KIND_BINARY;

    if (sink->same || !is_text || target->as.kind != column->type.kind || !target->as.length ||
        target->as.length >= column->type.length)
        return;
    SAY(sink, PD_PART_TYPE, table, i,
        "length of column '%s' of table '%s': %llu, not %llu, since a key takes 3072 bytes at most",
        column->name, sink->tables[table].table->name, (unsigned long long)target->as.length,
        (unsigned long long)column->type.length);
}

static pd_status
say_column(struct pd_sink *sink, size_t table, size_t i, struct pd_error *err)
{
    const struct pd_table *t = sink->tables[table].table;
    const struct pd_column *column = pd_column_at(t, i);
    const char *lost = sink->same ? NULL : lost_collation(column);

    if (!sink->tables[table].columns[i].name) {
        say_lost_column(sink, table, i, column);
        return PD_OK;
    }
    if (lost)
        SAY(sink, PD_PART_COLLATION, table, i, "collation of column '%s' of table '%s': %s",
            column->name, t->name, lost);
    if (column->flags & PD_COLUMN_HIDDEN && !sink->same)
        SAY(sink, PD_PART_TYPE, table, i, "column '%s' of table '%s': it was hidden", column->name,
            t->name);
    if (column->generated && column->flags & PD_COLUMN_NOT_NULL)
        SAY(sink, PD_PART_NOT_NULL, table, i,
            "not null of column '%s' of table '%s': it is computed, and nothing forbids NULL here",
            column->name, t->name);
    if (column->comment && !ddl_comment_fits(column->comment, COMMENT_OF_COLUMN))
        say_comment(sink, table, i, "column", column->name);
    ddl_say_counter(sink, table, i);
    say_length(sink, table, i);
    return column->generated ? PD_OK : say_default(sink, table, i, err);
}

static const char *
why_no_check(const struct pd_sink *sink, const struct pd_check *check)
{
    if (sink->same)
        return "it is made with --native only";
    return check->expression ? "a column of it is stored or compared otherwise here"
                             : "it is not portable";
}

static pd_status
say_checks(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t i;

    for (i = 0; i < t->n_checks; i++) {
        struct pd_sql text = {.host = sink->host};
        pd_status status = ddl_put_check(sink, table, i, &text, err);

        pd_sql_free(&text);
        if (status == PD_UNSUPPORTED)
            ddl_say_check(sink, table, i, why_no_check(sink, pd_check_at(t, i)));
        else if (status != PD_OK && status != PD_DONE)
            return status;
    }
    return PD_OK;
}

static pd_status
say_table(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < t->n_columns && status == PD_OK; i++)
        status = say_column(sink, table, i, err);
    if (t->comment && !ddl_comment_fits(t->comment, COMMENT_OF_TABLE))
        say_comment(sink, table, PD_NO_COLUMN, "table", t->name);
    ddl_say_keys(sink, table);
    return status == PD_OK ? say_checks(sink, table, err) : status;
}

pd_status
ddl_table_make(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    const char *refusal = NULL;
    pd_status status;

    sink->ddl->table = sink->tables[table].table->name;
    sink->tables[table].keys_after = false;
    sink->tables[table].keys_after =
        ddl_keys_can_wait(sink, table) && sink->tables[table].table->n_keys;
    status = say_table(sink, table, err);
    if (status == PD_OK)
        status = ddl_put_table(sink, table, DDL_WITH_ALL, &sql, err);
    if (status == PD_OK)
        status = attempt(sink, &sql, &refusal, err);
    pd_sql_free(&sql);
    if (status == PD_OK && refusal)
        status = ddl_make_pieces(sink, table, err);
    sink->ddl->table = NULL;
    return status;
}
