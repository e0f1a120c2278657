// SPDX-License-Identifier: Apache-2.0
/* expressions - checks, generated columns and defaults as the server spells them. */
#include <ctype.h>
#include <string.h>

#include "ddl.h"
#include "dialect.h"

/* ---- Names in canonical text ---- */

/* In canonical text names, and nothing else, are in double quotes outside of strings. */
/* The number of the column that canonical text calls so; n_columns: none. */
static size_t
find_column(const struct pd_sink *sink, size_t table, const char *quoted, size_t size)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t i = 0;

    while (i < t->n_columns && !pd_quoted_is(quoted, size, pd_column_at(t, i)->name))
        i++;
    return i;
}

/* ---- Does it mean the same? ---- */

bool
expression_is_known(const struct pd_sink *sink, size_t table, const char *portable,
                    const char *native)
{
    if (sink->same)
        return portable || (sink->native && native);
    return portable && expression_means(sink, sink->catalog, sink->tables[table].table,
                                        sink->ddl->tables[table].mappings, portable);
}

bool
expression_is_column(const struct pd_sink *sink, size_t table, const struct pd_column *column)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t number = 0;

    if (sink->same)
        return column->expression || (sink->native && column->expression_native);
    while (pd_column_at(t, number) != column)
        number++;
    return expression_computes(sink, sink->catalog, t, sink->ddl->tables[table].mappings, number);
}

/* ---- Writing ---- */

static void
put_renamed(const struct pd_sink *sink, size_t table, const char *portable, struct pd_sql *out)
{
    const struct target_table *t = &sink->tables[table];

    while (*portable) {
        size_t plain = strcspn(portable, "'\""), size, column;

        pd_sql_bytes(out, portable, plain);
        portable += plain;
        if (!*portable)
            break;
        size = pd_quoted_size(portable);
        column = *portable == '"' ? find_column(sink, table, portable, size) : t->table->n_columns;
        if (column < t->table->n_columns && t->columns[column].name)
            pd_sql_quoted(out, t->columns[column].name, strlen(t->columns[column].name), '"');
        else
            pd_sql_bytes(out, portable, size);
        portable += size;
    }
}

static pd_status
write_portable(struct pd_sink *sink, size_t table, const char *portable, struct pd_sql *sql,
               struct pd_error *err)
{
    struct pd_sql renamed = {.host = sink->host};
    const char *from = portable;
    char *text = NULL;
    pd_status status;

    if (sink->ddl->tables[table].renamed) {
        put_renamed(sink, table, portable, &renamed);
        from = pd_sql_text(&renamed);
    }
    status = from ? sink->host->expr_write(sink->host, &mariadb_dialect, from, &text, err)
                  : my_no_memory(sink->host, err);
    if (status == PD_OK)
        pd_sql_add(sql, text);
    sink->host->release(sink->host, text);
    pd_sql_free(&renamed);
    return status;
}

pd_status
expression_write(struct pd_sink *sink, size_t table, const char *portable, const char *native,
                 struct pd_sql *sql, struct pd_error *err)
{
    if (!expression_is_known(sink, table, portable, native))
        return PD_UNSUPPORTED;
    if (sink->same && sink->native && native) {
        pd_sql_add(sql, native);
        return PD_OK;
    }
    return write_portable(sink, table, portable, sql, err);
}

/* ---- Literal defaults ---- */

static void
put_hex(struct pd_sql *sql, const char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        pd_sql_printf(sql, "%02x", (unsigned char)bytes[i]);
}

/* An instant is one of UTC, which is not said here. */
static size_t
without_zone(const struct target_column *target, const char *text, size_t size)
{
    if (target->as.kind == PD_KIND_TIMESTAMPTZ && size > 3 &&
        memcmp(text + size - 3, "+00", 3) == 0)
        return size - 3;
    return size;
}

static bool
is_one_of(const char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

/* DEFAULT -0.0 becomes 0 here, and the others are no floats of the server's. */
static bool
is_kept(const struct target_column *target, const char *text)
{
    static const char *const floats[] = {"-0.0", "NaN", "Infinity", "-Infinity"};
    int kind = (int)target->as.kind;

    return (kind != PD_KIND_FLOAT32 && kind != PD_KIND_FLOAT64) ||
           !is_one_of(text, floats, sizeof floats / sizeof *floats);
}

static void
put_value(const struct target_column *target, const char *text, size_t size, struct pd_sql *sql)
{
    switch (target->as.kind) {
    case PD_KIND_BINARY:
        pd_sql_add(sql, "x'");
        put_hex(sql, text, size);
        pd_sql_add(sql, "'");
        break;
    case PD_KIND_BOOL:
        pd_sql_add(sql, *text == 't' ? "1" : "0");
        break;
    case PD_KIND_BIT:
        pd_sql_add(sql, "b'");
        pd_sql_bytes(sql, text, size);
        pd_sql_add(sql, "'");
        break;
    default:
        my_literal(sql, text, without_zone(target, text, size));
        break;
    }
}

pd_status
default_literal(const struct pd_host *host, const struct pd_column *column,
                const struct target_column *target, struct pd_sql *sql, struct pd_error *err)
{
    char *text = NULL;
    size_t size = 0;
    int tag;
    pd_status status = host->default_value(host, column, &target->as, target->mapping->flags, &tag,
                                           &text, &size, err);

    if (status != PD_OK)
        return status;
    if (tag == PD_TAG_PLAIN && is_kept(target, text))
        put_value(target, text, size, sql);
    else
        status = PD_UNSUPPORTED;
    host->release(host, text);
    return status;
}

/* ---- Other defaults ---- */

/* What stands for a moment or a new uuid, by the type of the column; %d: digits after the second.
   SQLite's clock is that of UTC and has no fractions, and so is that of a column of instants. */
static const struct moment {
    uint8_t means;
    uint8_t kind;
    const char *local; /* NULL: as in UTC */
    const char *utc;
} moments[] = {
    {PD_DEFAULT_NOW, PD_KIND_TIMESTAMP, "current_timestamp(%d)", "(utc_timestamp(%d))"},
    {PD_DEFAULT_NOW, PD_KIND_TIMESTAMPTZ, NULL, "current_timestamp(%d)"},
    {PD_DEFAULT_NOW, PD_KIND_TEXT, NULL, "(date_format(utc_timestamp(), '%Y-%m-%d %H:%i:%s'))"},
    {PD_DEFAULT_TODAY, PD_KIND_DATE, "(curdate())", "(utc_date())"},
    {PD_DEFAULT_TODAY, PD_KIND_TEXT, NULL, "(date_format(utc_timestamp(), '%Y-%m-%d'))"},
    {PD_DEFAULT_CLOCK, PD_KIND_TIME, "(curtime(%d))", "(utc_time(%d))"},
    {PD_DEFAULT_CLOCK, PD_KIND_TEXT, NULL, "(date_format(utc_timestamp(), '%H:%i:%s'))"},
    {PD_DEFAULT_UUID, PD_KIND_UUID, "(uuid())", "(uuid())"},
    {PD_DEFAULT_UUID, PD_KIND_TEXT, "(uuid())", "(uuid())"},
};

static bool
is_utc(const struct pd_sink *sink, const struct pd_column *column)
{
    return column->type.kind == PD_KIND_TIMESTAMPTZ ||
           (sink->catalog->engine && strcmp(sink->catalog->engine, "sqlite") == 0);
}

static void
put_moment_text(const char *text, int precision, struct pd_sql *sql)
{
    const char *digits = strstr(text, "%d)");

    if (!digits || strchr(text, '\'')) {
        pd_sql_add(sql, text);
        return;
    }
    pd_sql_bytes(sql, text, (size_t)(digits - text));
    if (precision > 0)
        pd_sql_printf(sql, "%d", precision);
    pd_sql_add(sql, digits + 2);
}

static pd_status
put_moment(struct pd_sink *sink, const struct pd_column *column, const struct target_column *target,
           struct pd_sql *sql)
{
    size_t i;

    if (target->mapping->flags & PD_MAPPING_TAGGED || pd_default_is_long(column, &target->as))
        return PD_UNSUPPORTED;
    for (i = 0; i < sizeof moments / sizeof *moments; i++) {
        const struct moment *m = &moments[i];
        bool utc = is_utc(sink, column);

        if (m->means != column->default_kind || m->kind != target->as.kind)
            continue;
        if (!utc && !m->local)
            return PD_UNSUPPORTED;
        put_moment_text(utc ? m->utc : m->local, target->as.precision, sql);
        return PD_OK;
    }
    return PD_UNSUPPORTED;
}

static pd_status
put_nextval(const struct pd_sink *sink, const char *name, struct pd_sql *sql)
{
    if (!sink->my || !sink->my->is_mariadb)
        return PD_UNSUPPORTED;
    pd_sql_add(sql, "nextval(");
    my_name(sql, name);
    pd_sql_add(sql, ")");
    return PD_OK;
}

/* A column that counts by a sequence. */
static pd_status
put_counter(struct pd_sink *sink, size_t table, size_t number, struct pd_sql *sql)
{
    const char *own;

    if (!ddl_needs_sequence(sink, table, number))
        return PD_DONE;
    own = ddl_own_sequence(sink, table, number);
    if (own)
        return put_nextval(sink, own, sql);
    sql->failed = 1;
    return PD_OK;
}

/* Bytes of the column's own character set, in which the column is made. */
static pd_status
put_bytes(const struct pd_sink *sink, const struct pd_column *column,
          const struct target_column *target, struct pd_sql *sql)
{
    const char *charset = target->native ? strstr(target->native, " CHARACTER SET ") : NULL;
    size_t size = column->collation_native ? strcspn(column->collation_native, "_") : 0;

    if (!sink->same || !my_default_is_bytes(column) || !charset || !size)
        return PD_UNSUPPORTED;
    charset += strlen(" CHARACTER SET ");
    if (strncmp(charset, column->collation_native, size) != 0 || charset[size] == '_')
        return PD_UNSUPPORTED;
    pd_sql_add(sql, column->default_native);
    return PD_OK;
}

static pd_status
put_known(struct pd_sink *sink, size_t table, size_t number, struct pd_sql *sql,
          struct pd_error *err)
{
    const struct pd_column *column = pd_column_at(sink->tables[table].table, number);
    const struct target_column *target = &sink->tables[table].columns[number];
    const char *sequence;
    pd_status status;

    switch (column->default_kind) {
    case PD_DEFAULT_LITERAL:
        return default_literal(sink->host, column, target, sql, err);
    case PD_DEFAULT_NEXTVAL:
        sequence = column->default_text ? ddl_find_sequence(sink, column->default_text) : NULL;
        return sequence ? put_nextval(sink, sequence, sql) : PD_UNSUPPORTED;
    case PD_DEFAULT_NATIVE:
        return put_bytes(sink, column, target, sql);
    case PD_DEFAULT_EXPRESSION:
        if (!column->default_text || !pd_default_is_alike(column, target->mapping))
            return PD_UNSUPPORTED;
        pd_sql_add(sql, "(");
        status = write_portable(sink, table, column->default_text, sql, err);
        pd_sql_add(sql, ")");
        return status;
    default:
        return put_moment(sink, column, target, sql);
    }
}

pd_status
default_write(struct pd_sink *sink, size_t table, size_t number, struct pd_sql *sql,
              struct pd_error *err)
{
    const struct pd_column *column = pd_column_at(sink->tables[table].table, number);

    if (column->identity)
        return put_counter(sink, table, number, sql);
    if (column->default_kind == PD_DEFAULT_NONE || column->default_kind == PD_DEFAULT_NULL)
        return PD_DONE;
    if (column->default_kind == PD_DEFAULT_NEXTVAL && sink->my->logs_statements)
        return PD_UNSUPPORTED;
    if (sink->same && sink->native && column->default_native) {
        pd_sql_add(sql, column->default_native);
        return PD_OK;
    }
    return put_known(sink, table, number, sql, err);
}
