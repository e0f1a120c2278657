// SPDX-License-Identifier: Apache-2.0
/* expressions - checks, generated columns, predicates and defaults as the server spells them. */
#include <stdio.h>
#include <string.h>

#include "ddl.h"
#include "spell.h"

/* ---- Expressions ---- */

bool
expression_is_known(const struct pd_sink *sink, size_t table, const char *portable,
                    const char *native)
{
    if (sink->same)
        return portable || (sink->native && native);
    return portable && expression_means(sink, sink->catalog, sink->tables[table].table,
                                        sink->tables[table].columns[0].mapping, portable);
}

const char *
expression_obstacle(const struct pd_sink *sink, size_t table, const char *portable)
{
    const struct target_table *t = &sink->tables[table];

    if (!portable)
        return "it is not portable";
    return expression_is_stored_alike(t->table, t->columns[0].mapping, portable)
               ? "it would say something else of the values here"
               : "a column of it is stored as something else here";
}

bool
expression_is_column(const struct pd_sink *sink, size_t table, const struct pd_column *column)
{
    const struct target_table *t = &sink->tables[table];
    size_t number = 0;

    if (sink->same)
        return column->expression || (sink->native && column->expression_native);
    while (pd_column_at(t->table, number) != column)
        number++;
    return expression_computes(sink, sink->catalog, t->table, t->columns[0].mapping, number);
}

/* The name in the target of a column that canonical text calls `name`, quotes doubled and all. */
static const char *
renamed_column(const struct pd_sink *sink, size_t table, const char *name, size_t size)
{
    const struct target_table *t = &sink->tables[table];
    struct pd_sql quoted = {.host = sink->host};
    const char *found = NULL;
    size_t i;

    for (i = 0; i < t->table->n_columns && !found; i++) {
        pd_sql_clear(&quoted);
        sql_name(&quoted, pd_column_at(t->table, i)->name);
        if (t->columns[i].name && pd_sql_text(&quoted) && quoted.size == size &&
            memcmp(quoted.text, name, size) == 0)
            found = t->columns[i].name;
    }
    pd_sql_free(&quoted);
    return found;
}

/* In canonical text names, and nothing else, are in double quotes outside of strings. */
static void
put_renamed(const struct pd_sink *sink, size_t table, const char *portable, struct pd_sql *out)
{
    while (*portable) {
        size_t plain = strcspn(portable, "'\""), size;
        const char *name = NULL;

        pd_sql_bytes(out, portable, plain);
        portable += plain;
        if (!*portable)
            break;
        size = pd_quoted_size(portable);
        if (*portable == '"')
            name = renamed_column(sink, table, portable, size);
        if (name)
            sql_name(out, name);
        else
            pd_sql_bytes(out, portable, size);
        portable += size;
    }
}

/* Is the name in quotes one of a column of fewer than 64 bits? */
static bool
is_small_integer(const struct pd_sink *sink, size_t table, const char *name, size_t size)
{
    const struct target_table *t = &sink->tables[table];
    struct pd_sql quoted = {.host = sink->host};
    bool is = false;

    for (size_t i = 0; i < t->table->n_columns && !is; i++) {
        const struct target_column *c = &t->columns[i];
        int kind = c->name && c->mapping ? c->mapping->as.kind : PD_KIND_NONE;

        if (kind != PD_KIND_INT16 && kind != PD_KIND_INT32)
            continue;
        pd_sql_clear(&quoted);
        sql_name(&quoted, c->name);
        is = pd_sql_text(&quoted) && quoted.size == size && memcmp(quoted.text, name, size) == 0;
    }
    pd_sql_free(&quoted);
    return is;
}

/* What an operand of a sum, difference or product is. */
enum operand {
    OPERAND_NONE,
    OPERAND_SMALL, /* a column of fewer than 64 bits */
    OPERAND_WIDE,  /* it has them, or is no integer */
    OPERAND_TERM   /* made of others: it has as many as those */
};

struct wide {
    const struct pd_sink *sink;
    size_t table;
    struct pd_sql *out;
    enum operand last; /* what was put last */
    enum operand left; /* of the operator that was put last; none: it was something else */
    bool is_alone;     /* a sign, or abs(, was put last: what follows has no other operand */
};

/* The operand behind the operator that stands there; NULL: none does. */
static const char *
right_operand(const char *at)
{
    at += strspn(at, " ");
    if ((*at != '+' && *at != '-' && *at != '*') || at[1] != ' ')
        return NULL;
    at++;
    return at + strspn(at, " ");
}

static size_t
number_size(const char *at)
{
    size_t sign = *at == '-';

    return at[sign] >= '0' && at[sign] <= '9' ? sign + strspn(at + sign, "0123456789.") : 0;
}

static void
put_wide_name(struct wide *w, const char *text, size_t size)
{
    bool is_small = *text == '"' && is_small_integer(w->sink, w->table, text, size);
    const char *right = is_small ? right_operand(text + size) : NULL;

    pd_sql_bytes(w->out, text, size);
    w->last = is_small ? OPERAND_SMALL : OPERAND_WIDE;
    if (is_small && ((right && !number_size(right)) || w->left == OPERAND_TERM || w->is_alone)) {
        pd_sql_add(w->out, "::bigint");
        w->last = OPERAND_WIDE;
    }
}

/* Beside a column it is the literal that gets the bits: so it is read as the same again. Of more
   than 10 digits it has them, with a sign or without. */
static void
put_wide_number(struct wide *w, const char *text, size_t size)
{
    const char *right = right_operand(text + size);
    bool is_left = right && (*right != '"' ||
                             is_small_integer(w->sink, w->table, right, pd_quoted_size(right)));
    bool is_right = w->left == OPERAND_SMALL || w->left == OPERAND_TERM;

    w->last = OPERAND_WIDE;
    if ((is_left || is_right) && size - (*text == '-') <= 10 && !memchr(text, '.', size)) {
        pd_sql_add(w->out, "(");
        pd_sql_bytes(w->out, text, size);
        pd_sql_add(w->out, ")::bigint");
    } else {
        pd_sql_bytes(w->out, text, size);
    }
}

/* "- " of what follows alone, or "abs("; its size, 0: neither. */
static size_t
alone_size(const struct wide *w, const char *text)
{
    if (w->last == OPERAND_NONE && strncmp(text, "- ", 2) == 0)
        return 2;
    return strncmp(text, "abs(", 4) == 0 ? 4 : 0;
}

/* What is neither a name, a string nor a number; returns its size. */
static size_t
put_wide_rest(struct wide *w, const char *text)
{
    size_t alone = alone_size(w, text);

    w->is_alone = alone > 0;
    if (w->last != OPERAND_NONE && right_operand(text)) {
        size_t size = (size_t)(right_operand(text) - text);

        pd_sql_bytes(w->out, text, size);
        w->left = w->last;
        w->last = OPERAND_NONE;
        return size;
    }
    if (alone) {
        pd_sql_bytes(w->out, text, alone);
        w->last = w->left = OPERAND_NONE;
        return alone;
    }
    pd_sql_bytes(w->out, text, 1);
    if (*text != ' ') {
        w->last = *text == '(' || *text == ',' ? OPERAND_NONE : OPERAND_TERM;
        w->left = OPERAND_NONE;
    }
    return 1;
}

/* The server computes with as many bits as the operands have; others with 64. One operand that has
   them is enough, and is read as the same expression again. */
static void
put_wide(const struct pd_sink *sink, size_t table, const char *text, struct pd_sql *out)
{
    struct wide w = {.sink = sink, .table = table, .out = out};

    while (*text) {
        bool is_quoted = *text == '"' || *text == '\'';
        size_t size = is_quoted ? pd_quoted_size(text) : number_size(text);

        if (!is_quoted && !size) {
            size = put_wide_rest(&w, text);
        } else {
            (is_quoted ? put_wide_name : put_wide_number)(&w, text, size);
            w.is_alone = false;
        }
        if (w.last != OPERAND_NONE)
            w.left = OPERAND_NONE;
        text += size;
    }
}

static pd_status
write_portable(struct pd_sink *sink, size_t table, const char *portable, struct pd_sql *sql,
               struct pd_error *err)
{
    const struct target_table *t = &sink->tables[table];
    const struct pd_operands operands =
        expression_operands(t->table, t->columns[0].mapping, PD_NO_COLUMN);
    struct pd_dialect dialect = postgresql_dialect;
    struct pd_sql renamed = {.host = sink->host};
    const char *written = NULL;
    char *text = NULL;
    pd_status status;

    dialect.operands = &operands;
    status = sink->host->expr_write(sink->host, &dialect, portable, &text, err);
    /* Names and strings are spelt as in canonical text. */
    if (status == PD_OK && sink->ddl->tables[table].renamed) {
        put_renamed(sink, table, text, &renamed);
        written = pd_sql_text(&renamed);
    } else if (status == PD_OK) {
        written = text;
    }
    if (status == PD_OK && !written)
        status = pg_no_memory(sink->host, err);
    if (status == PD_OK && !sink->same)
        put_wide(sink, table, written, sql);
    else if (status == PD_OK)
        pd_sql_add(sql, written);
    pd_sql_free(&renamed);
    sink->host->release(sink->host, text);
    return status;
}

/* Does the server's own text say nothing but the portable one? Then it may be run without having
   been asked for, and it alone has the casts that decide with how many bits is computed. */
static bool
is_same_said(const struct pd_sink *sink, size_t table, const char *portable, const char *native)
{
    const struct target_table *t = &sink->tables[table];
    const struct pd_operands operands =
        expression_operands(t->table, t->columns[0].mapping, PD_NO_COLUMN);
    struct pd_dialect dialect = postgresql_dialect;
    char *text = NULL;
    bool is;

    if (sink->ddl->tables[table].renamed ||
        !expression_is_stored_alike(t->table, t->columns[0].mapping, portable))
        return false;
    dialect.operands = &operands;
    dialect.flags |= (uint32_t)PD_DIALECT_BY_LANGUAGE;
    is = sink->host->expr_read(sink->host, &dialect, native, &text, NULL) == PD_OK &&
         strcmp(text, portable) == 0;
    sink->host->release(sink->host, text);
    return is;
}

pd_status
expression_write(struct pd_sink *sink, size_t table, const char *portable, const char *native,
                 struct pd_sql *sql, struct pd_error *err)
{
    bool is_native = sink->same && sink->native;

    if (sink->same && portable && native && !is_native)
        is_native = is_same_said(sink, table, portable, native);
    if (is_native && native) {
        pd_sql_add(sql, native);
        return PD_OK;
    }
    if (!expression_is_known(sink, table, portable, native))
        return PD_UNSUPPORTED;
    return write_portable(sink, table, portable, sql, err);
}

/* ---- Defaults ---- */

static void
put_hex(struct pd_sql *sql, const char *bytes, size_t size)
{
    size_t i;

    pd_sql_add(sql, "'\\x");
    for (i = 0; i < size; i++)
        pd_sql_printf(sql, "%02x", (unsigned char)bytes[i]);
    pd_sql_add(sql, "'");
}

static bool
is_odd(const struct target_column *target, int tag)
{
    int kind = (int)target->as.kind;

    return (tag == PD_TAG_POS_INF || tag == PD_TAG_NEG_INF || tag == PD_TAG_NAN) &&
           (kind == PD_KIND_DATE || kind == PD_KIND_TIMESTAMP || kind == PD_KIND_TIMESTAMPTZ ||
            (kind == PD_KIND_DECIMAL && target->as.precision == 0));
}

/* A literal is quoted whatever it is: the server reads it as the column's type. */
static pd_status
put_literal(const struct pd_sink *sink, const struct pd_column *column,
            const struct target_column *target, struct pd_sql *sql, struct pd_error *err)
{
    const struct pd_host *host = sink->host;
    char *text = NULL;
    size_t size = 0;
    int tag;
    pd_status status = host->default_value(host, column, &target->as, target->mapping->flags, &tag,
                                           &text, &size, err);

    if (status != PD_OK)
        return status;
    if (target->as.kind == PD_KIND_BINARY && tag == PD_TAG_PLAIN)
        put_hex(sql, text, size);
    else if ((tag != PD_TAG_PLAIN && !is_odd(target, tag)) || memchr(text, 0, size))
        status = PD_UNSUPPORTED;
    else
        sql_literal(sql, text, size);
    host->release(host, text);
    return status;
}

/* A constant read by a type of the server's own: '1 day'::interval day to second(2) */
static bool
is_plain_literal(const struct pd_sink *sink, const char *native)
{
    struct pd_sql sql = {.host = sink->host};
    struct spelled spelled;
    struct lex lex;
    bool is_literal = false;

    lex_begin(&lex, native);
    if ((lex_take_kind(&lex, LEX_STRING) || lex_take_kind(&lex, LEX_NUMBER)) && lex_is(&lex, "::"))
        is_literal = spell_type(lex.next, &sql, &spelled) && !spelled.is_user;
    pd_sql_free(&sql);
    return is_literal;
}

#define UTC "(now() AT TIME ZONE 'UTC')"

/* What stands for a moment or a new uuid, by the type of the column. SQLite's clock is that of
   UTC, and has no fractions of a second. */
static const struct {
    uint8_t means;
    uint8_t kind;
    const char *sql;
    const char *from_sqlite; /* NULL: the same */
} moments[] = {
    {PD_DEFAULT_NOW, PD_KIND_TIMESTAMPTZ, "now()", NULL},
    {PD_DEFAULT_NOW, PD_KIND_TIMESTAMP, "LOCALTIMESTAMP", UTC},
    {PD_DEFAULT_NOW, PD_KIND_TEXT, NULL, "to_char(" UTC ", 'YYYY-MM-DD HH24:MI:SS')"},
    {PD_DEFAULT_TODAY, PD_KIND_DATE, "CURRENT_DATE", "(" UTC "::date)"},
    {PD_DEFAULT_TODAY, PD_KIND_TEXT, NULL, "to_char(" UTC ", 'YYYY-MM-DD')"},
    {PD_DEFAULT_CLOCK, PD_KIND_TIME, "LOCALTIME", "(" UTC "::time(0))"},
    {PD_DEFAULT_CLOCK, PD_KIND_TIMETZ, "CURRENT_TIME", NULL},
    {PD_DEFAULT_CLOCK, PD_KIND_TEXT, NULL, "to_char(" UTC ", 'HH24:MI:SS')"},
    {PD_DEFAULT_UUID, PD_KIND_UUID, "gen_random_uuid()", NULL},
    {PD_DEFAULT_UUID, PD_KIND_TEXT, "(gen_random_uuid()::text)", NULL},
};

static pd_status
put_moment(const struct pd_sink *sink, const struct pd_column *column,
           const struct target_column *target, struct pd_sql *sql)
{
    bool from_sqlite = sink->catalog->engine && strcmp(sink->catalog->engine, "sqlite") == 0;
    size_t i;

    if (target->mapping->flags & PD_MAPPING_TAGGED || pd_default_is_long(column, &target->as))
        return PD_UNSUPPORTED;
    for (i = 0; i < sizeof moments / sizeof *moments; i++) {
        const char *text =
            from_sqlite && moments[i].from_sqlite ? moments[i].from_sqlite : moments[i].sql;

        if (moments[i].means != column->default_kind || moments[i].kind != target->as.kind)
            continue;
        if (!text)
            return PD_UNSUPPORTED;
        pd_sql_add(sql, text);
        return PD_OK;
    }
    return PD_UNSUPPORTED;
}

static pd_status
put_nextval(const struct pd_sink *sink, const char *schema, const char *name, struct pd_sql *sql)
{
    struct pd_sql quoted = {.host = sink->host};

    sql_table(&quoted, schema, name);
    pd_sql_add(sql, "nextval(");
    if (pd_sql_text(&quoted))
        sql_literal(sql, quoted.text, quoted.size);
    else
        sql->failed = true;
    pd_sql_add(sql, "::regclass)");
    pd_sql_free(&quoted);
    return PD_OK;
}

/* A column that counts by a sequence and is no identity column. */
static pd_status
put_serial(struct pd_sink *sink, size_t table, size_t number, struct pd_sql *sql)
{
    const struct pd_sequence *serial = ddl_serial(sink, table, number);
    const char *own;

    if (serial)
        return put_nextval(sink, serial->schema, serial->name, sql);
    if (!ddl_needs_sequence(sink, table, number))
        return PD_UNSUPPORTED;
    own = ddl_own_sequence(sink, table, number);
    if (!own) {
        sql->failed = true;
        return PD_OK;
    }
    return put_nextval(sink, sink->tables[table].schema, own, sql);
}

static pd_status
put_known(struct pd_sink *sink, size_t table, size_t number, struct pd_sql *sql,
          struct pd_error *err)
{
    const struct pd_column *column = pd_column_at(sink->tables[table].table, number);
    const struct target_column *target = &sink->tables[table].columns[number];
    const struct pd_sequence *sequence;

    switch (column->default_kind) {
    case PD_DEFAULT_LITERAL:
        return put_literal(sink, column, target, sql, err);
    case PD_DEFAULT_NEXTVAL:
        sequence = column->default_text ? ddl_find_sequence(sink, column->default_text) : NULL;
        return sequence ? put_nextval(sink, sequence->schema, sequence->name, sql) : PD_UNSUPPORTED;
    case PD_DEFAULT_EXPRESSION:
        return column->default_text && pd_default_is_alike(column, target->mapping)
                   ? write_portable(sink, table, column->default_text, sql, err)
                   : PD_UNSUPPORTED;
    default:
        return put_moment(sink, column, target, sql);
    }
}

pd_status
default_write(struct pd_sink *sink, size_t table, size_t number, struct pd_sql *sql,
              struct pd_error *err)
{
    const struct pd_column *column = pd_column_at(sink->tables[table].table, number);
    const char *native = sink->same ? column->default_native : NULL;
    pd_status status;

    if (column->identity) {
        status = put_serial(sink, table, number, sql);
        return status == PD_UNSUPPORTED ? PD_DONE : status;
    }
    if (column->default_kind == PD_DEFAULT_NONE || column->default_kind == PD_DEFAULT_NULL)
        return PD_DONE;
    if (native && (sink->native || defaults_is_moment(native) || is_plain_literal(sink, native))) {
        pd_sql_add(sql, native);
        return PD_OK;
    }
    return put_known(sink, table, number, sql, err);
}
