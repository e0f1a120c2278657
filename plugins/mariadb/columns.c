// SPDX-License-Identifier: Apache-2.0
/* columns - the columns of all tables, and with a table's last one what its own text says of keys,
   checks and expressions. */
#include <string.h>
#include <strings.h>

#include "maker.h"

enum column_of_column {
    COL_TABLE,
    COL_NAME,
    COL_NUMBER,
    COL_NULLABLE,
    COL_TYPE,
    COL_SPELLED,
    COL_LENGTH,
    COL_PRECISION,
    COL_SCALE,
    COL_FRACTION,
    COL_CHARSET,
    COL_COLLATION,
    COL_EXTRA,
    COL_COMMENT
};

#define COLUMNS_SQL                                                                                \
    "SELECT TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, IS_NULLABLE, DATA_TYPE, COLUMN_TYPE,"       \
    " CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION,"             \
    " CHARACTER_SET_NAME, COLLATION_NAME, EXTRA, COLUMN_COMMENT"                                   \
    " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s"

/* MariaDB opens one table after the other; to MySQL they are rows in any order. */
static const char columns_sql[] = COLUMNS_SQL;
static const char columns_mysql_sql[] =
    COLUMNS_SQL " ORDER BY CAST(TABLE_NAME AS BINARY), ORDINAL_POSITION";

enum column_of_geometry { GEO_TABLE, GEO_COLUMN, GEO_SRID };

static const char geometry_sql[] =
    "SELECT G_TABLE_NAME, G_GEOMETRY_COLUMN, SRID FROM information_schema.GEOMETRY_COLUMNS"
    " WHERE G_TABLE_SCHEMA = %s AND SRID <> 0";
static const char geometry_mysql_sql[] =
    "SELECT TABLE_NAME, COLUMN_NAME, SRS_ID FROM information_schema.ST_GEOMETRY_COLUMNS"
    " WHERE TABLE_SCHEMA = %s AND SRS_ID <> 0";

enum { VERSION_MYSQL_8 = 80000 };

/* One column as it came, until its table's last one has come. */
struct pending {
    struct pd_column column;
    struct my_column reader;
    struct my_type_facts facts;
};

struct pending_table {
    uint32_t number; /* PD_NO_TABLE: none that is wanted */
    const char *name;
    struct pending *columns;
    size_t n, room;
};

int32_t
columns_find(const struct pd_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcasecmp(table->columns[i].name, name) == 0)
            return (int32_t)i;
    }
    return -1;
}

/* ---- What a column's own row says ---- */

static bool
ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Labels are kept by number, and JSON's collation belongs to its type: there it says nothing. */
static void
set_collation(struct maker *m, struct pending *p)
{
    const char *name = p->reader.collation;
    int kind = p->column.type.kind;

    /* Labels are compared by it, which the table's own statement says; MySQL's is not replayed. */
    if (name && (kind == PD_KIND_ENUM || kind == PD_KIND_SET) && !m->my->is_mariadb)
        p->column.collation_native = maker_word(m, name);
    if (!name || kind == PD_KIND_ENUM || kind == PD_KIND_SET || kind == PD_KIND_JSON)
        return;
    if (strcmp(name, "utf8mb4_nopad_bin") == 0)
        return;
    p->column.collation_native = maker_word(m, name);
    if (ends_with(name, "_nopad_bin") || ends_with(name, "_0900_bin"))
        return;
    p->column.collation = ends_with(name, "_ci") ? PD_COLLATION_CI : PD_COLLATION_NATIVE;
}

static int
integer_of(const struct maker_row *row, size_t column)
{
    return row->text[column] ? (int)maker_int(row, column) : -1;
}

/* The spelling without the comment for older versions that a compressed column has. */
static const char *
spelled(struct maker *m, const struct maker_row *row)
{
    const char *text = row->text[COL_SPELLED] ? row->text[COL_SPELLED] : "";
    const char *comment = strstr(text, " /*");
    char plain[64];

    /* The labels are in the table's own text. */
    if (row->text[COL_TYPE] && !maker_is_utf8(text, strlen(text)))
        return maker_word(m, row->text[COL_TYPE]);
    if (!comment || (size_t)(comment - text) >= sizeof plain || strchr(text, '\''))
        return strlen(text) < sizeof plain ? maker_word(m, text) : maker_cell(m, row, COL_SPELLED);
    memcpy(plain, text, (size_t)(comment - text));
    plain[comment - text] = 0;
    return maker_word(m, plain);
}

static const char *
scratch_word(struct maker *m, const char *text)
{
    return text ? maker_word(m, text) : NULL;
}

static void
set_extra(const struct maker_row *row, struct pd_column *column)
{
    if (maker_is(row, COL_NULLABLE, "NO"))
        column->flags |= PD_COLUMN_NOT_NULL;
    if (maker_says(row, COL_EXTRA, "INVISIBLE"))
        column->flags |= PD_COLUMN_HIDDEN;
    if (maker_says(row, COL_EXTRA, "auto_increment"))
        column->identity = PD_IDENTITY_DEFAULT;
    if (maker_says(row, COL_EXTRA, "VIRTUAL GENERATED"))
        column->generated = PD_GENERATED_VIRTUAL;
    else if (maker_says(row, COL_EXTRA, "STORED GENERATED") ||
             maker_says(row, COL_EXTRA, "PERSISTENT"))
        column->generated = PD_GENERATED_STORED;
}

/* Of the table whose columns come. */
static void
note_column(struct maker *m, const char *what, const char *column, const char *why)
{
    const char *table = m->tables[m->pending->number].name;

    maker_note_elsewhere(m, what, "column '%s' of table '%s'%s", column ? column : "", table, why);
    maker_note_table(m, table);
}

static void
fill(struct maker *m, const struct maker_row *row, struct pending *p)
{
    struct my_type_facts *facts = &p->facts;
    int fraction = integer_of(row, COL_FRACTION);

    memset(p, 0, sizeof *p);
    p->column.struct_size = sizeof p->column;
    p->column.hint.struct_size = sizeof p->column.hint;
    p->column.counter.struct_size = sizeof p->column.counter;
    p->column.name = p->reader.name = maker_known_cell(m, row, COL_NAME);
    p->column.native = spelled(m, row);
    p->column.comment = maker_comment(m, row, COL_COMMENT);
    set_extra(row, &p->column);
    if (maker_says(row, COL_EXTRA, "on update"))
        note_column(m, "on update clause is not carried", p->column.name, "");
    if (maker_says(row, COL_SPELLED, "COMPRESSED*/"))
        note_column(m, "compression is not carried", p->column.name, "");
    facts->data_type = row->text[COL_TYPE] ? maker_word(m, row->text[COL_TYPE])
                                           : maker_known_cell(m, row, COL_TYPE);
    facts->column_type = p->column.native;
    facts->charset = scratch_word(m, row->text[COL_CHARSET]);
    facts->length = maker_unsigned(row, COL_LENGTH);
    facts->precision = fraction >= 0 ? fraction : integer_of(row, COL_PRECISION);
    facts->scale = integer_of(row, COL_SCALE);
    p->reader.collation = scratch_word(m, row->text[COL_COLLATION]);
}

/* ---- What its table's text says ---- */

static uint8_t
wire_size(int kind)
{
    switch (kind) {
    case PD_KIND_BOOL:
    case PD_KIND_INT8:
    case PD_KIND_UINT8:
        return 1;
    case PD_KIND_INT16:
    case PD_KIND_UINT16:
        return 2;
    case PD_KIND_INT32:
    case PD_KIND_UINT32:
        return 4;
    default:
        return 8;
    }
}

static bool
is_unsigned(int kind)
{
    return kind == PD_KIND_UINT8 || kind == PD_KIND_UINT16 || kind == PD_KIND_UINT32 ||
           kind == PD_KIND_UINT64;
}

/* Names come from the same server, so that they are the same to the letter. */
static const struct item *
item_of(const struct items *items, const char *column)
{
    for (size_t i = 0; i < items->n; i++) {
        if (items->list[i].kind == ITEM_COLUMN && strcmp(items->list[i].name, column) == 0)
            return &items->list[i];
    }
    return NULL;
}

/* Is one of the labels in these parentheses told as bytes? */
static bool
has_bytes(struct lex lex)
{
    for (; lex.kind != LEX_END && lex.kind != LEX_BAD && !lex_is(&lex, ")"); lex_step(&lex)) {
        if (lex.kind == LEX_NUMBER)
            return true;
    }
    return false;
}

static bool
has_empty(struct lex lex)
{
    for (; lex.kind != LEX_END && lex.kind != LEX_BAD && !lex_is(&lex, ")"); lex_step(&lex)) {
        if (lex.kind == LEX_STRING && lex.size == 2)
            return true;
    }
    return false;
}

/* Values of text alone tell neither the error value from the label '', nor a set that has this
   label from one that has not. */
static void
note_empty(struct maker *m, const char *column)
{
    const char *table = m->tables[m->pending->number].name;

    maker_note(m, "values are not verifiable",
               "column '%s' of table '%s': beside labels that no text comes back to, the label '' "
               "looks as if it were none",
               column ? column : "", table);
    maker_note_table(m, table);
}

/* Labels are in the table's own text as they are; information_schema has '?' in them, or the text
   that comes nearest to their bytes. */
static void
set_labels(struct maker *m, const struct item *item, struct pending *p)
{
    const char *type = p->facts.data_type, *from;
    bool is_bytes, is_vague;
    struct lex lex;

    if (!p->column.native || !type || (strcmp(type, "enum") != 0 && strcmp(type, "set") != 0))
        return;
    lex_begin(&lex, item->whole);
    lex_take_kind(&lex, LEX_NAME);
    from = lex.text;
    if (!lex_take(&lex, type))
        return;
    is_bytes = has_bytes(lex);
    is_vague = is_bytes && has_empty(lex);
    if ((!is_bytes && !strchr(p->column.native, '?')) || !lex_skip_parentheses(&lex))
        return;
    while (lex.text > from && lex.text[-1] == ' ')
        lex.text--;
    p->column.native = maker_text(m, from, (size_t)(lex.text - from));
    p->facts.column_type = p->column.native ? p->column.native : "";
    if (is_bytes)
        note_column(m, "labels are not carried", p->column.name,
                    ": no text comes back to their bytes; its values are text");
    if (is_vague)
        note_empty(m, p->column.name);
}

static bool
has_unknown_labels(const struct table_work *work, const char *column)
{
    for (size_t i = 0; i < work->unknown_labels.n; i++) {
        if (strcmp(work->unknown_labels.columns[i], column) == 0)
            return true;
    }
    return false;
}

static void
set_type(struct maker *m, struct table_work *work, const struct item *item, struct pending *p)
{
    enum my_form form = MY_FORM_TEXT;
    pd_status status;

    p->facts.is_json = item->check && checks_is_json(p->column.name, item->check);
    p->facts.is_bool = item->check && checks_is_bool(p->column.name, item->check);
    set_labels(m, item, p);
    p->facts.has_no_labels = has_unknown_labels(work, p->column.name);
    status = my_type_read(&p->facts, &p->column.type, &form, m->pool);
    if (status == PD_FATAL)
        maker_no_memory(m);
    p->reader.form = (uint8_t)form;
    p->reader.raw_charset = form == MY_FORM_RAW ? p->facts.charset : NULL;
    if (form == MY_FORM_INT) {
        p->reader.size = wire_size(p->column.type.kind);
        p->reader.is_unsigned =
            is_unsigned(p->column.type.kind) || strstr(p->column.native, "unsigned");
    }
    /* Floats can count too, but no other engine's. */
    if (form != MY_FORM_INT && p->column.identity) {
        p->column.identity = PD_IDENTITY_NO;
        note_column(m, "AUTO_INCREMENT is not carried", p->column.name,
                    ": no other engine counts in floats");
    }
    work->has_geometry |= p->column.type.kind == PD_KIND_GEOMETRY;
    set_collation(m, p);
}

/* ROW START and ROW END. They are values that can be written again, but for those that are numbers
   of transactions, which mean nothing elsewhere. */
static bool
is_bound(struct table_work *work, const struct item *item, const struct pd_column *column)
{
    bool is_end = strncasecmp(item->generated, "ROW END", 7) == 0;

    if (!is_end && strncasecmp(item->generated, "ROW START", 9) != 0)
        return false;
    work->has_bounds = true;
    if (is_end)
        work->end = column->name;
    if (column->type.kind == PD_KIND_TIMESTAMPTZ)
        return true;
    work->is_by_transaction = true;
    return false;
}

static void
set_generated(struct maker *m, struct table_work *work, const struct item *item,
              struct pd_column *column)
{
    if (!item->generated)
        return;
    if (is_bound(work, item, column)) {
        column->generated = PD_GENERATED_NO;
        return;
    }
    if (!column->generated)
        column->generated = PD_GENERATED_STORED;
    column->expression_native = maker_text(m, item->generated, strlen(item->generated));
}

static bool
place_columns(struct maker *m, struct pending_table *t, const struct items *items)
{
    struct table_work *work = &m->works[t->number];
    struct pd_table *table = &m->tables[t->number];
    size_t room = t->n + work->is_versioned; /* for what history.c adds */

    work->columns = maker_alloc(m, m->pool, room * sizeof *work->columns);
    work->readers = maker_alloc(m, m->pool, room * sizeof *work->readers);
    for (size_t i = 0; i < t->n && m->status == PD_OK; i++) {
        struct pending *p = &t->columns[i];
        const struct item *item = item_of(items, p->column.name);

        if (!item)
            return false;
        set_type(m, work, item, p);
        set_generated(m, work, item, &p->column);
        p->reader.is_stored = !p->column.generated;
        work->columns[i] = p->column;
        work->readers[i] = p->reader;
    }
    table->columns = work->columns;
    table->n_columns = t->n;
    m->my_tables[t->number].columns = work->readers;
    return true;
}

/* Is what is assigned rounded to digits, as no type of another engine does? float(M,D). */
static bool
rounds(const struct pd_column *column)
{
    bool is_float = column->type.kind == PD_KIND_FLOAT32 || column->type.kind == PD_KIND_FLOAT64;

    return is_float && column->native && strchr(column->native, ',');
}

/* Expressions name other columns, so all have to be there. */
static void
read_expressions(struct maker *m, uint32_t number, const struct items *items)
{
    struct table_work *work = &m->works[number];
    const struct pd_table *table = &m->tables[number];

    for (uint32_t i = 0; i < table->n_columns && m->status == PD_OK; i++) {
        struct pd_column *column = &work->columns[i];
        const struct item *item = item_of(items, column->name);

        if (column->expression_native && !rounds(column))
            column->expression = portable_read(m, table, column->expression_native);
        else if (item && item->value)
            defaults_read(m, number, i, item->value);
    }
}

static size_t
count_columns(const struct items *items)
{
    size_t n = 0;

    for (size_t i = 0; i < items->n; i++)
        n += items->list[i].kind == ITEM_COLUMN;
    return n;
}

/* A privilege on some columns alone hides the others. */
static void
fail_hidden(struct maker *m, const struct pd_table *table, size_t shown, size_t n)
{
    if (m->status != PD_OK)
        return;
    m->status = m->host->fail(m->err, PD_FAILED, shown < n ? PD_CAUSE_AUTH : PD_CAUSE_CHANGED,
                              "of the %zu columns of table '%s' the server shows %zu; the user "
                              "needs SELECT on the whole table",
                              n, table->name, shown);
}

/* That of system versioning is told with it. */
static void
note_periods(struct maker *m, const struct pd_table *table, const struct items *items)
{
    for (size_t i = 0; i < items->n; i++) {
        const char *name = NULL;
        struct lex lex;

        if (items->list[i].kind != ITEM_OTHER || !items->list[i].whole)
            continue;
        lex_begin(&lex, items->list[i].whole);
        if (lex_take_words(&lex, "PERIOD FOR") && lex.kind == LEX_NAME)
            name = lex_take_name(&lex, &m->lines);
        if (!name)
            continue;
        maker_note_elsewhere(m, "period is not carried",
                             "'%s' of table '%s': nothing keeps its end behind its beginning", name,
                             table->name);
        maker_note_table(m, table->name);
    }
}

static void
finish_table(struct maker *m, struct pending_table *t)
{
    struct pd_table *table = &m->tables[t->number];
    struct items items;

    if (!items_read(m, table, &items)) {
        if (m->status == PD_OK)
            m->status = m->host->fail(m->err, PD_FAILED, PD_CAUSE_QUERY,
                                      "what the server tells about table '%s' is not understood",
                                      table->name);
        return;
    }
    if (count_columns(&items) != t->n || !place_columns(m, t, &items))
        fail_hidden(m, table, t->n, count_columns(&items));
    if (m->status != PD_OK)
        return;
    read_expressions(m, t->number, &items);
    note_periods(m, table, &items);
    keys_read(m, t->number, &items);
    checks_read(m, t->number, &items);
    foreign_read(m, t->number, &items);
}

/* ---- All columns ---- */

static void
flush(struct maker *m)
{
    struct pending_table *t = m->pending;

    if (t->number != PD_NO_TABLE && m->status == PD_OK)
        finish_table(m, t);
    pd_pool_close(&m->lines);
    memset(t, 0, sizeof *t);
    t->number = PD_NO_TABLE;
}

static void
begin(struct maker *m, const char *name)
{
    struct pending_table *t = m->pending;

    flush(m);
    t->name = pd_pool_text(&m->lines, name);
    if (!t->name)
        maker_no_memory(m);
    t->number = tables_find(m, name);
}

static void
take_column(struct maker *m, const struct maker_row *row)
{
    struct pending_table *t = m->pending;
    const char *name = row->text[COL_TABLE];
    struct pending *p;

    if (!name)
        return;
    if (!t->name || strcmp(t->name, name) != 0)
        begin(m, name);
    if (t->number == PD_NO_TABLE || m->status != PD_OK)
        return;
    if (m->works[t->number].columns || maker_unsigned(row, COL_NUMBER) != t->n + 1) {
        m->status = m->host->fail(m->err, PD_FAILED, PD_CAUSE_CHANGED,
                                  "table '%s' changed while its columns were read", name);
        return;
    }
    p = maker_append(m, &m->lines, &t->columns, t->n, &t->room, sizeof *p);
    if (!p)
        return;
    t->n++;
    fill(m, row, p);
}

static void
take_geometry(struct maker *m, const struct maker_row *row)
{
    uint32_t number = row->text[GEO_TABLE] ? tables_find(m, row->text[GEO_TABLE]) : PD_NO_TABLE;
    int32_t column;

    if (number == PD_NO_TABLE || !row->text[GEO_COLUMN])
        return;
    column = columns_find(&m->tables[number], row->text[GEO_COLUMN]);
    if (column >= 0)
        m->works[number].columns[column].type.srid = (uint32_t)maker_unsigned(row, GEO_SRID);
}

static pd_status
read_geometry(struct maker *m)
{
    bool is_any = false;

    for (size_t i = 0; i < m->n_tables; i++)
        is_any |= m->works[i].has_geometry;
    if (!is_any)
        return PD_OK;
    if (m->my->is_mariadb)
        return maker_each(m, geometry_sql, take_geometry);
    return m->my->version >= VERSION_MYSQL_8 ? maker_each(m, geometry_mysql_sql, take_geometry)
                                             : PD_OK;
}

static pd_status
check_all(struct maker *m)
{
    for (size_t i = 0; i < m->n_tables; i++) {
        if (!m->works[i].columns)
            return m->host->fail(m->err, PD_FAILED, PD_CAUSE_AUTH,
                                 "the server does not show the columns of table '%s'; the user "
                                 "needs SELECT on it",
                                 m->tables[i].name);
    }
    return PD_OK;
}

pd_status
columns_read(struct maker *m)
{
    struct pending_table pending = {.number = PD_NO_TABLE};
    pd_status status;

    m->pending = &pending;
    status = maker_each(m, m->my->is_mariadb ? columns_sql : columns_mysql_sql, take_column);
    /* What a table lacks because the server broke off is no complaint of its own. */
    if (status == PD_OK)
        flush(m);
    pd_pool_close(&m->lines);
    m->pending = NULL;
    if (status == PD_OK)
        status = m->status;
    if (status == PD_OK)
        status = check_all(m);
    if (status == PD_OK)
        status = read_geometry(m);
    return status == PD_OK ? defaults_repair(m) : status;
}
