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

/* Text that tells storage classes apart, as the column's values are. */
static pd_status
put_tagged(const struct pd_column *column, struct pd_sql *sql)
{
    static const char letters[] = {
        [PD_TAG_INT] = 'i', [PD_TAG_REAL] = 'r', [PD_TAG_TEXT] = 't', [PD_TAG_BYTES] = 'x'};
    int tag = column->default_tag;
    struct pd_sql text = {.host = sql->host};

    if (tag < PD_TAG_INT || tag > PD_TAG_BYTES)
        return PD_UNSUPPORTED;
    /* A column of text makes text of numbers. */
    if (column->type.kind == PD_KIND_TEXT && tag < PD_TAG_TEXT)
        tag = PD_TAG_TEXT;
    pd_sql_printf(&text, "%c:", letters[tag]);
    if (tag == PD_TAG_BYTES)
        put_hex(&text, column->default_text, column->default_size);
    else
        pd_sql_bytes(&text, column->default_text, column->default_size);
    if (pd_sql_text(&text))
        my_literal(sql, text.text, text.size);
    else
        sql->failed = 1;
    pd_sql_free(&text);
    return PD_OK;
}

static pd_status
put_bool(const char *text, size_t size, struct pd_sql *sql)
{
    static const char words[] = "tTyY1fFnN0";
    const char *place = size ? strchr(words, *text) : NULL;

    if (!place)
        return PD_UNSUPPORTED;
    pd_sql_add(sql, place - words < 5 ? "1" : "0");
    return PD_OK;
}

/* An instant is one of UTC, which is not said here. */
static size_t
without_zone(const struct pd_column *column, const char *text, size_t size)
{
    if (column->type.kind == PD_KIND_TIMESTAMPTZ && size > 3 &&
        memcmp(text + size - 3, "+00", 3) == 0)
        return size - 3;
    return size;
}

static pd_status
put_bits(const char *text, size_t size, struct pd_sql *sql)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (text[i] != '0' && text[i] != '1')
            return PD_UNSUPPORTED;
    }
    pd_sql_add(sql, "b'");
    pd_sql_bytes(sql, text, size);
    pd_sql_add(sql, "'");
    return PD_OK;
}

pd_status
default_literal(const struct pd_column *column, const struct target_column *target,
                struct pd_sql *sql)
{
    const char *text = column->default_text ? column->default_text : "";
    size_t size = column->default_text ? column->default_size : 0;
    bool is_bytes = column->default_tag == PD_TAG_BYTES;

    if (target->mapping->flags & PD_MAPPING_TAGGED)
        return put_tagged(column, sql);
    if (target->as.kind == PD_KIND_BINARY) {
        if (!is_bytes && column->type.kind == PD_KIND_BINARY)
            return PD_UNSUPPORTED;
        pd_sql_add(sql, "x'");
        put_hex(sql, text, size);
        pd_sql_add(sql, "'");
        return PD_OK;
    }
    if (is_bytes)
        return PD_UNSUPPORTED;
    if (target->as.kind == PD_KIND_BOOL)
        return put_bool(text, size, sql);
    if (target->as.kind == PD_KIND_BIT)
        return put_bits(text, size, sql);
    my_literal(sql, text, without_zone(column, text, size));
    return PD_OK;
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

    if (target->mapping->flags & PD_MAPPING_TAGGED)
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

static bool
is_computed_alike(const struct pd_column *column, const struct pd_mapping *m)
{
    return pd_default_is_alike(column, m,
                               m->as.kind >= PD_KIND_INT8 && m->as.kind <= PD_KIND_UINT64);
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
        return default_literal(column, target, sql);
    case PD_DEFAULT_NEXTVAL:
        sequence = column->default_text ? ddl_find_sequence(sink, column->default_text) : NULL;
        return sequence ? put_nextval(sink, sequence, sql) : PD_UNSUPPORTED;
    case PD_DEFAULT_EXPRESSION:
        if (!column->default_text || !is_computed_alike(column, target->mapping))
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
    if (sink->same && sink->native && column->default_native) {
        pd_sql_add(sql, column->default_native);
        return PD_OK;
    }
    return put_known(sink, table, number, sql, err);
}
