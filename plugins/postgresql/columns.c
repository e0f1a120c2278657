// SPDX-License-Identifier: Apache-2.0
/* columns - the columns of all tables, domains resolved to what they are made of. */
#include "maker.h"

#include <stdlib.h>
#include <string.h>

enum column_of_column {
    COL_TABLE,
    COL_NUMBER,
    COL_NAME,
    COL_SPELLED,
    COL_TYPE,
    COL_TYPE_NAME,
    COL_TYPE_TYPE,
    COL_CATEGORY,
    COL_HAS_SEND,
    COL_MODIFIER,
    COL_ELEMENT,
    COL_NOT_NULL,
    COL_IDENTITY,
    COL_GENERATED,
    COL_EXPRESSION,
    COL_COLLATION,
    COL_TYPE_COLLATION,
    COL_COLLATION_NAME,
    COL_BASE_SPELLED,
    COL_COMMENT,
    COL_COUNT
};

static const char columns_with_sql[] =
    "WITH RECURSIVE d(oid, base, typmod) AS ("
    "SELECT t.oid, t.typbasetype, t.typtypmod FROM pg_catalog.pg_type t WHERE t.typtype = 'd'"
    " UNION ALL SELECT d.oid, t.typbasetype,"
    " CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE d.typmod END"
    " FROM d JOIN pg_catalog.pg_type t ON t.oid = d.base WHERE t.typtype = 'd'),"
    " base AS (SELECT d.* FROM d JOIN pg_catalog.pg_type t ON t.oid = d.base"
    " WHERE t.typtype <> 'd')";

/* Two pieces, between which stands whether the column forbids NULL. */
static const char columns_sql[] =
    " SELECT a.attrelid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),"
    " b.oid, b.typname, b.typtype, b.typcategory, b.typsend <> 0,"
    " CASE WHEN base.typmod >= 0 THEN base.typmod ELSE a.atttypmod END, b.typelem, ";
static const char columns_rest_sql[] =
    ", a.attidentity, a.attgenerated, pg_catalog.pg_get_expr(e.adbin, e.adrelid), a.attcollation,"
    " b.typcollation, CASE WHEN a.attcollation NOT IN (0, 100)"
    " THEN pg_catalog.format('%I.%I', n.nspname, o.collname) END,"
    " pg_catalog.format_type(b.oid, -1), s.description,"
    " pg_catalog.count(*) OVER (PARTITION BY a.attrelid)"
    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    " LEFT JOIN base ON base.oid = a.atttypid"
    " JOIN pg_catalog.pg_type b ON b.oid = COALESCE(base.base, a.atttypid)"
    " LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum"
    " LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation"
    " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace"
    " LEFT JOIN pg_catalog.pg_description s ON s.objoid = a.attrelid AND s.objsubid = a.attnum"
    " AND s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    " WHERE " MAKER_OF_TABLE " AND a.attnum > 0 AND NOT a.attisdropped"
    " AND c.relnamespace NOT IN (11, 99)"
    " ORDER BY a.attrelid, a.attnum";

static const char columns_answer[] = "iittitttbiibttTiiTtTi";

/* From 18 on NOT NULL may be promised for new rows alone. */
static const char not_null_sql[] = "a.attnotnull";
static const char not_null_18_sql[] =
    "a.attnotnull AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k"
    " WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND NOT k.convalidated"
    " AND k.conkey[1] = a.attnum)";

enum { VERSION_18 = 180000, TYPE_ROOM = 200 };
enum { COLLATION_DEFAULT = 100, COLLATION_C = 950, COLLATION_POSIX = 951 };

int32_t
columns_find(const struct maker *m, uint32_t table, int32_t attribute)
{
    const struct table_work *work = &m->works[table];

    return attribute > 0 && (uint32_t)attribute <= work->n_attributes ? work->numbers[attribute]
                                                                      : -1;
}

int32_t
columns_need(struct maker *m, uint32_t table, int64_t attribute)
{
    int32_t column = attribute <= INT32_MAX ? columns_find(m, table, (int32_t)attribute) : -1;

    if (column < 0 && m->status == PD_OK)
        m->status =
            m->host->fail(m->err, PD_FAILED, PD_CAUSE_CHANGED,
                          "table '%s' changed while its catalogue was read", m->tables[table].name);
    return column;
}

enum pd_collation
columns_collation(uint32_t oid, uint32_t of_type)
{
    if (oid == 0 || oid == COLLATION_DEFAULT || oid == of_type)
        return PD_COLLATION_DEFAULT;
    return oid == COLLATION_C || oid == COLLATION_POSIX ? PD_COLLATION_BINARY : PD_COLLATION_NATIVE;
}

bool
columns_bytewise(const struct maker *m, uint32_t collation)
{
    return collation == COLLATION_C || collation == COLLATION_POSIX ||
           (collation == COLLATION_DEFAULT && m->bytewise);
}

/* ---- Types ---- */

/* A type of the server's own is found without quotes; "char" and "bit" are then others. */
static const char *
plain_type(struct maker *m, const char *spelled)
{
    const char *close = *spelled == '"' ? strchr(spelled + 1, '"') : NULL;
    char plain[TYPE_ROOM];

    if (!close || (close[1] && strcmp(close + 1, "[]") != 0) || strlen(spelled) >= sizeof plain ||
        strncmp(spelled, "\"char\"", 6) == 0 || strncmp(spelled, "\"bit\"", 5) == 0)
        return maker_word(m, spelled);
    memcpy(plain, spelled + 1, (size_t)(close - spelled) - 1);
    memcpy(plain + (close - spelled) - 1, close + 1, strlen(close));
    return maker_word(m, plain);
}

static int
compare_enums(const void *key, const void *element)
{
    uint32_t x = *(const uint32_t *)key, y = ((const struct enum_labels *)element)->oid;

    return (x > y) - (x < y);
}

static void
set_labels(const struct maker *m, uint32_t oid, struct pd_type *type)
{
    const struct enum_labels *labels =
        m->n_enums ? bsearch(&oid, m->enums, m->n_enums, sizeof *m->enums, compare_enums) : NULL;

    if (!labels)
        return;
    type->labels = labels->labels;
    type->n_labels = labels->n_labels;
}

static enum pg_form
read_type(struct maker *m, const PGresult *r, int row, struct pd_column *column)
{
    struct pg_type_facts facts = {
        .oid = maker_oid(r, row, COL_TYPE),
        .name = PQgetvalue(r, row, COL_TYPE_NAME),
        .spelled = column->native,
        .typtype = maker_char(r, row, COL_TYPE_TYPE),
        .category = maker_char(r, row, COL_CATEGORY),
        .has_send = maker_flag(r, row, COL_HAS_SEND),
        .typmod = (int32_t)maker_int(r, row, COL_MODIFIER),
        .element = maker_oid(r, row, COL_ELEMENT),
    };
    enum pg_form form;

    if (!maker_check(m, r, row, COL_TYPE_NAME))
        return PG_FORM_TEXT;
    form = pg_type_read(&facts, &column->type, m->pool);
    if (column->type.kind == PD_KIND_OPAQUE && !column->type.native_name)
        m->status = pg_no_memory(m->host, m->err);
    if (column->type.kind == PD_KIND_ENUM)
        set_labels(m, facts.oid, &column->type);
    if (column->type.kind == PD_KIND_MONEY)
        column->type.scale = m->money_scale;
    return form;
}

/* ---- Columns ---- */

static void
set_collation(struct maker *m, const PGresult *r, int row, struct pd_column *column)
{
    uint32_t oid = maker_oid(r, row, COL_COLLATION);

    column->collation = columns_collation(oid, maker_oid(r, row, COL_TYPE_COLLATION));
    if (column->collation != PD_COLLATION_DEFAULT && maker_check(m, r, row, COL_COLLATION_NAME))
        column->collation_native = maker_word(m, PQgetvalue(r, row, COL_COLLATION_NAME));
    else if (strcmp(PQgetvalue(r, row, COL_TYPE_NAME), "citext") == 0)
        column->collation = PD_COLLATION_CI; /* which is all that there is to this type */
}

static void
set_expression(struct maker *m, const PGresult *r, int row, struct pd_column *column)
{
    const char *text = maker_text(m, r, row, COL_EXPRESSION);

    switch (maker_char(r, row, COL_GENERATED)) {
    case 's':
        column->generated = PD_GENERATED_STORED;
        column->expression_native = text;
        return;
    case 'v':
        column->generated = PD_GENERATED_VIRTUAL;
        column->expression_native = text;
        return;
    default:
        column->default_native = text;
    }
    if (text && m->status == PD_OK)
        defaults_read(m, PQgetvalue(r, row, COL_BASE_SPELLED), column);
}

static void
set_identity(const PGresult *r, int row, struct pd_column *column)
{
    char identity = maker_char(r, row, COL_IDENTITY);

    if (identity)
        column->identity = identity == 'a' ? PD_IDENTITY_ALWAYS : PD_IDENTITY_DEFAULT;
}

static bool
make_room(struct maker *m, const PGresult *r, int row, uint32_t table)
{
    struct table_work *work = &m->works[table];
    size_t n = maker_count(m, r, row, COL_COUNT, MAKER_MOST_COLUMNS);

    work->column_room = n;
    work->columns = maker_alloc(m, m->pool, n * sizeof *work->columns);
    work->readers = maker_alloc(m, m->pool, n * sizeof *work->readers);
    work->collations = maker_alloc(m, &m->scratch, n * sizeof *work->collations);
    m->tables[table].columns = work->columns;
    m->pg_tables[table].columns = work->readers;
    return m->status == PD_OK;
}

static void
fill_column(struct maker *m, const PGresult *r, int row, struct pd_column *column,
            struct pg_column *reader)
{
    column->struct_size = sizeof *column;
    column->hint.struct_size = sizeof column->hint;
    column->counter.struct_size = sizeof column->counter;
    column->flags = maker_flag(r, row, COL_NOT_NULL) ? PD_COLUMN_NOT_NULL : 0;
    column->name = reader->name = maker_text(m, r, row, COL_NAME);
    column->comment = maker_comment(m, r, row, COL_COMMENT);
    if (!maker_check(m, r, row, COL_SPELLED) || m->status != PD_OK)
        return;
    column->native = plain_type(m, PQgetvalue(r, row, COL_SPELLED));
    if (!column->native)
        return;
    reader->form = (uint8_t)read_type(m, r, row, column);
    reader->type_oid = maker_oid(r, row, COL_TYPE);
    set_collation(m, r, row, column);
    set_identity(r, row, column);
    set_expression(m, r, row, column);
    reader->is_stored = column->generated == PD_GENERATED_NO;
}

static void
take_column(struct maker *m, const PGresult *r, int row)
{
    uint32_t number = relations_table(m, maker_oid(r, row, COL_TABLE));
    int64_t attribute = maker_int(r, row, COL_NUMBER);
    struct table_work *work;
    struct pd_table *table;
    size_t i;

    if (number == PD_NO_TABLE)
        return;
    table = &m->tables[number];
    work = &m->works[number];
    if (!table->columns && !make_room(m, r, row, number))
        return;
    if (!maker_is_counted(m, table->n_columns, work->column_room))
        return;
    if (attribute < 1 || attribute > work->n_attributes) {
        m->status = m->host->fail(m->err, PD_FAILED, PD_CAUSE_CHANGED,
                                  "table '%s' changed while its columns were read", table->name);
        return;
    }
    i = table->n_columns++;
    table->flags &= ~(uint32_t)PD_TABLE_NO_COLUMNS;
    work->numbers[attribute] = (int32_t)i;
    work->collations[i] = maker_oid(r, row, COL_COLLATION);
    fill_column(m, r, row, &work->columns[i], &work->readers[i]);
}

/* What a generated column is made of names other columns, so all have to be there. */
static void
read_generated(struct maker *m, const struct pd_table *table, struct pd_column *columns)
{
    for (size_t i = 0; i < table->n_columns && m->status == PD_OK; i++) {
        struct pd_column *column = &columns[i];

        if (column->generated && column->expression_native)
            column->expression = portable_read(m, table, column->expression_native);
    }
}

pd_status
columns_read(struct maker *m)
{
    struct pd_sql sql = {.host = m->host};
    const char *text;
    pd_status status;

    pd_sql_add(&sql, columns_with_sql);
    pd_sql_add(&sql, columns_sql);
    pd_sql_add(&sql, m->pg->version >= VERSION_18 ? not_null_18_sql : not_null_sql);
    pd_sql_add(&sql, columns_rest_sql);
    text = pd_sql_text(&sql);
    status = text ? maker_each(m, "columns", text, columns_answer, take_column)
                  : pg_no_memory(m->host, m->err);
    pd_sql_free(&sql);
    for (size_t i = 0; i < m->n_tables && status == PD_OK; i++) {
        read_generated(m, &m->tables[i], m->works[i].columns);
        status = m->status;
    }
    return status;
}
