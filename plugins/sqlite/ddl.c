// SPDX-License-Identifier: Apache-2.0
/* ddl - CREATE TABLE and CREATE INDEX from the neutral schema. What cannot be said is left out and
   told in a line. */
#include <string.h>

#include "sink.h"

/* What all functions here work on. */
struct ddl {
    struct pd_sink *sink;
    size_t number;
    const struct pd_table *table;
    const char *name; /* of the table in the target */
    sqlite3_str *sql;
    const struct pd_key *primary; /* NULL: none */
    size_t alias;                 /* the column that is the rowid; n_columns: none */
    struct pd_error *err;
};

/* A declaration comes out of an archive: it must be a type and nothing else. */
static bool
is_type(struct pd_sink *sink, const char *native)
{
    struct pd_pool pool = {.host = sink->host};
    struct parse_statement *parsed = NULL;
    char *sql = sqlite3_mprintf("CREATE TABLE t(c %s)", native);
    pd_status status = sql ? parse_create(&pool, sql, &parsed) : PD_FATAL;
    bool is = status == PD_OK && parsed->n_columns == 1 && parsed->n_constraints == 0 &&
              parsed->columns[0].type.size == strlen(native) && !parsed->columns[0].collation &&
              !parsed->columns[0].default_term.size && !parsed->columns[0].generated;

    if (status == PD_FATAL)
        sink->memory_short = true;
    sqlite3_free(sql);
    pd_pool_close(&pool);
    return is;
}

/* Is it declared as it was? */
static bool
is_own(const struct pd_sink *sink, const struct pd_column *column)
{
    return sink->same && !(column->flags & PD_COLUMN_NEUTRAL);
}

void
ddl_stored(const struct pd_sink *sink, size_t table, size_t column, struct stored *ret_stored)
{
    const struct pd_column *c = pd_column_at(sink->tables[table].table, column);

    if (is_own(sink, c))
        types_same(&c->type, c->native, ret_stored);
    else
        types_new(&c->type, sink_profile(sink, table, column), sink->carry, ret_stored);
}

static bool
put_constraint_name(sqlite3_str *sql, const char *name)
{
    if (!name)
        return false;
    sqlite3_str_appendall(sql, "CONSTRAINT ");
    sqlite_put_name(sql, name);
    sqlite3_str_appendall(sql, " ");
    return true;
}

static void
put_type(struct ddl *d, size_t i, const struct stored *stored)
{
    const struct pd_column *column = pd_column_at(d->table, i);
    const char *declared = stored->declared;

    if (is_own(d->sink, column))
        declared = is_type(d->sink, column->native) ? column->native : "";
    else if (i == d->alias)
        declared = "INTEGER";
    if (*declared)
        sqlite3_str_appendf(d->sql, " %s", declared);
}

static void
put_collation(struct ddl *d, size_t i, const struct pd_column *column)
{
    uint32_t table = (uint32_t)d->number;

    switch (column->collation) {
    case PD_COLLATION_BINARY:
        sqlite3_str_appendall(d->sql, d->sink->same ? " COLLATE BINARY" : "");
        break;
    case PD_COLLATION_NOCASE:
        sqlite3_str_appendall(d->sql, " COLLATE NOCASE");
        break;
    case PD_COLLATION_RTRIM:
        sqlite3_str_appendall(d->sql, " COLLATE RTRIM");
        break;
    case PD_COLLATION_CI:
        sqlite3_str_appendall(d->sql, " COLLATE NOCASE");
        sink_leave_out(d->sink, PD_PART_COLLATION, table, (uint32_t)i,
                       "collation of column '%s' of '%s': %s", column->name, d->name,
                       DDL_CASE_OF_ASCII);
        break;
    case PD_COLLATION_NATIVE:
        sink_leave_out(d->sink, PD_PART_COLLATION, table, (uint32_t)i,
                       "collation of column '%s' of '%s': '%s' is not known", column->name, d->name,
                       column->collation_native ? column->collation_native : "");
        break;
    default:
        break;
    }
}

bool
ddl_is_clock(const struct pd_column *column)
{
    return column->default_kind == PD_DEFAULT_NOW || column->default_kind == PD_DEFAULT_TODAY ||
           column->default_kind == PD_DEFAULT_CLOCK;
}

static pd_status
put_default(struct ddl *d, size_t i, const struct pd_column *column, const struct stored *stored)
{
    char shown[PD_DEFAULT_SHOWN];
    sqlite3_str *term;
    char *text;
    pd_status status;

    if (column->default_kind == PD_DEFAULT_NONE)
        return PD_OK;
    term = sqlite3_str_new(d->sink->db);
    status = default_write(d->sink, column, stored, term, d->err);
    text = sqlite3_str_finish(term);
    if (status == PD_OK && text)
        sqlite3_str_appendf(d->sql, " DEFAULT %s", text);
    sqlite3_free(text);
    if (status == PD_OK && !d->sink->same && ddl_is_clock(column))
        sink_leave_out(d->sink, PD_PART_DEFAULT, (uint32_t)d->number, (uint32_t)i,
                       "default of column '%s' of '%s': %s", column->name, d->name,
                       DDL_CLOCK_OF_SQLITE);
    if (status == PD_UNSUPPORTED) {
        sink_leave_out(d->sink, PD_PART_DEFAULT, (uint32_t)d->number, (uint32_t)i,
                       "default of column '%s' of '%s': %s", column->name, d->name,
                       pd_default_lost(column, shown, sizeof shown));
        return PD_OK;
    }
    return status;
}

static pd_status
put_generated(struct ddl *d, const struct pd_column *column)
{
    char *text = NULL;
    pd_status status;

    if (!column->generated)
        return PD_OK;
    status =
        expression_write(d->sink, column->expression, column->expression_native, &text, d->err);
    if (status == PD_OK)
        sqlite3_str_appendf(d->sql, " GENERATED ALWAYS AS (%s) %s", text,
                            column->generated == PD_GENERATED_STORED ? "STORED" : "VIRTUAL");
    d->sink->host->release(d->sink->host, text);
    return status;
}

bool
ddl_put_labels(struct pd_sink *sink, size_t table, size_t number, sqlite3_str *sql)
{
    const struct pd_column *column = pd_column_at(sink->tables[table].table, number);
    struct stored stored;
    size_t k;

    if (column->type.kind != PD_KIND_ENUM || !column->type.n_labels)
        return false;
    ddl_stored(sink, table, number, &stored);
    if (stored.no_labels)
        return false;
    sqlite_put_name(sql, column->name);
    for (k = 0; k < column->type.n_labels; k++)
        sqlite3_str_appendf(sql, "%s%Q", k ? ", " : " IN (", column->type.labels[k]);
    sqlite3_str_appendall(sql, ")");
    return true;
}

/* Labels are checked, but where a value is none of them the check has to give way. */
static void
put_labels(struct ddl *d, size_t i, const struct pd_column *column)
{
    sqlite3_str *labels;
    char *text;
    bool has;

    if (column->type.kind != PD_KIND_ENUM || !column->type.n_labels)
        return;
    labels = sqlite3_str_new(d->sink->db);
    has = ddl_put_labels(d->sink, d->number, i, labels);
    text = sqlite3_str_finish(labels);
    if (has)
        sqlite3_str_appendf(d->sql, " CHECK (%s)", text ? text : "");
    else
        sink_leave_out(d->sink, PD_PART_TYPE, (uint32_t)d->number, (uint32_t)i,
                       "labels of column '%s' of '%s': a value is none of them", column->name,
                       d->name);
    d->sink->memory_short |= has && !text;
    sqlite3_free(text);
}

static bool
is_autoincrement(const struct pd_sink *sink, const struct pd_column *column)
{
    return (column->identity == PD_IDENTITY_DEFAULT || column->identity == PD_IDENTITY_ALWAYS) &&
           (column->counter.increment == 0 || column->counter.increment == 1) &&
           !pd_counts_beyond(column);
}

static void
put_rowid_key(struct ddl *d, const struct pd_column *column)
{
    sqlite3_str_appendall(d->sql, " ");
    put_constraint_name(d->sql, d->primary->name);
    sqlite3_str_appendall(d->sql, "PRIMARY KEY");
    if (is_autoincrement(d->sink, column))
        sqlite3_str_appendall(d->sql, " AUTOINCREMENT");
}

/* Does the counter stop elsewhere than where its type ends? */
static bool
has_bounds(const struct pd_column *column)
{
    const struct pd_counter *counter = &column->counter;
    int64_t end = column->type.kind == PD_KIND_INT16   ? INT16_MAX
                  : column->type.kind == PD_KIND_INT32 ? INT32_MAX
                                                       : INT64_MAX;

    if (counter->flags & PD_COUNTER_CYCLE)
        return true;
    return counter->flags & PD_COUNTER_BOUNDS &&
           (counter->start != 1 || counter->minimum != 1 || counter->maximum != end);
}

/* What a counter does beyond SQLite's rowid; NULL: nothing. */
static const char *
lost_counter(const struct ddl *d, size_t i, const struct pd_column *column)
{
    if (i != d->alias)
        return "only an integer primary key has one";
    if (pd_counts_beyond(column))
        return "its next number is beyond 9223372036854775807";
    if (!is_autoincrement(d->sink, column))
        return "it counts by 1";
    return has_bounds(column) ? "its bounds are not kept" : NULL;
}

static void
say_lost_identity(struct ddl *d, size_t i, const struct pd_column *column)
{
    bool has = column->identity == PD_IDENTITY_DEFAULT || column->identity == PD_IDENTITY_ALWAYS;
    const char *lost = has ? lost_counter(d, i, column) : NULL;

    if (!has || d->sink->same)
        return;
    if (lost)
        sink_leave_out(d->sink, PD_PART_IDENTITY, (uint32_t)d->number, (uint32_t)i,
                       "counter of column '%s' of '%s': %s", column->name, d->name, lost);
    if (column->identity == PD_IDENTITY_ALWAYS)
        sink_leave_out(d->sink, PD_PART_IDENTITY, (uint32_t)d->number, (uint32_t)i,
                       "counter of column '%s' of '%s': a given value is not refused", column->name,
                       d->name);
}

static bool
key_has(const struct pd_key *key, size_t column)
{
    size_t i;

    for (i = 0; key && i < key->n_parts; i++) {
        if (pd_part_at(key, i)->column == (int32_t)column)
            return true;
    }
    return false;
}

static pd_status
put_column(struct ddl *d, size_t i)
{
    const struct pd_column *column = pd_column_at(d->table, i);
    bool in_primary =
        d->primary && !(d->primary->flags & PD_KEY_NULLS_ADMITTED) && key_has(d->primary, i);
    struct stored stored;
    pd_status status;

    ddl_stored(d->sink, d->number, i, &stored);
    sqlite_put_name(d->sql, column->name);
    put_type(d, i, &stored);
    if (i == d->alias)
        put_rowid_key(d, column);
    if (column->flags & PD_COLUMN_NOT_NULL || (in_primary && i != d->alias))
        sqlite3_str_appendall(d->sql, " NOT NULL");
    put_collation(d, i, column);
    status = put_default(d, i, column, &stored);
    if (status == PD_OK)
        status = put_generated(d, column);
    if (!d->sink->same) {
        put_labels(d, i, column);
        if (column->flags & PD_COLUMN_HIDDEN)
            sink_leave_out(d->sink, PD_PART_TYPE, (uint32_t)d->number, (uint32_t)i,
                           "column '%s' of '%s': it was hidden", column->name, d->name);
    }
    say_lost_identity(d, i, column);
    return status;
}

static pd_status
put_columns(struct ddl *d)
{
    size_t i, n = 0, n_stored = 0;
    pd_status status = PD_OK;

    for (i = 0; i < d->table->n_columns && status == PD_OK; i++) {
        const struct pd_column *column = pd_column_at(d->table, i);

        if (ddl_has_column(d->sink, d->table, column)) {
            sqlite3_str_appendall(d->sql, n++ ? ",\n  " : "\n  ");
            n_stored += !column->generated;
            status = put_column(d, i);
        } else if (!(column->flags & PD_COLUMN_PASSENGER)) {
            sink_leave_out(d->sink, PD_PART_GENERATED, (uint32_t)d->number, (uint32_t)i,
                           "generated column '%s' of '%s': %s", column->name, d->name,
                           ddl_why_lost(d->sink, d->table, column));
        }
    }
    if (status == PD_OK && n_stored == 0) {
        d->sink->tables[d->number].dummy = "dummy";
        sqlite3_str_appendf(d->sql, "%s\n  \"dummy\"", n ? "," : "");
        sink_leave_out(d->sink, PD_PART_TABLE, (uint32_t)d->number, 0,
                       "table '%s': it has no columns%s, column 'dummy' stands for them", d->name,
                       n ? " but generated ones" : "");
    }
    return status;
}

static const char *
collate_clause(uint32_t collation)
{
    switch (collation) {
    case PD_COLLATION_BINARY:
        return " COLLATE BINARY";
    case PD_COLLATION_NOCASE:
    case PD_COLLATION_CI:
        return " COLLATE NOCASE";
    case PD_COLLATION_RTRIM:
        return " COLLATE RTRIM";
    default:
        return "";
    }
}

/* "("a" COLLATE NOCASE DESC, ...)". PD_UNSUPPORTED: a part cannot be said. */
static pd_status
put_parts(struct ddl *d, const struct pd_key *key, sqlite3_str *sql)
{
    size_t i;

    for (i = 0; i < key->n_parts; i++) {
        const struct pd_key_part *part = pd_part_at(key, i);
        char *text = NULL;

        sqlite3_str_appendall(sql, i ? ", " : "(");
        if (part->column >= 0) {
            if (!ddl_has_column(d->sink, d->table, pd_column_at(d->table, (size_t)part->column)))
                return PD_UNSUPPORTED;
            sqlite_put_name(sql, pd_column_at(d->table, (size_t)part->column)->name);
        } else {
            pd_status status = PD_UNSUPPORTED;

            if (!expression_is_of_others(d->sink, d->number, part->expression) &&
                expression_has_columns(d->sink, d->table, part->expression))
                status = expression_write(d->sink, part->expression, part->expression_native, &text,
                                          d->err);
            if (status != PD_OK)
                return status;
            sqlite3_str_appendf(sql, "(%s)", text);
            d->sink->host->release(d->sink->host, text);
        }
        sqlite3_str_appendall(sql, collate_clause(part->collation));
        sqlite3_str_appendall(sql, part->flags & PD_PART_DESC ? " DESC" : "");
    }
    sqlite3_str_appendall(sql, ")");
    return PD_OK;
}

static const char *
key_label(struct ddl *d, const struct pd_key *key)
{
    if (key->name)
        return key->name;
    if (key->n_parts && pd_part_at(key, 0)->column >= 0)
        return pd_column_at(d->table, (size_t)pd_part_at(key, 0)->column)->name;
    return "";
}

static pd_status
put_key(struct ddl *d, const struct pd_key *key)
{
    sqlite3_str *parts = sqlite3_str_new(d->sink->db);
    pd_status status = put_parts(d, key, parts);
    char *text = sqlite3_str_finish(parts);
    bool is_primary = key->kind == PD_KEY_PRIMARY,
         is_unique = is_primary && pd_key_is_generated(d->table, key);

    if (status == PD_OK && text) {
        sqlite3_str_appendall(d->sql, ",\n  ");
        put_constraint_name(d->sql, key->name);
        sqlite3_str_appendf(d->sql, "%s %s", is_primary && !is_unique ? "PRIMARY KEY" : "UNIQUE",
                            text);
        if (is_unique)
            sink_leave_out(d->sink, PD_PART_KEY, (uint32_t)d->number, pd_key_number(d->table, key),
                           "primary key '%s' of '%s': SQLite has no generated columns in one, so "
                           "it is unique and no more",
                           key_label(d, key), d->name);
    }
    sqlite3_free(text);
    if (status != PD_UNSUPPORTED)
        return status;
    sink_leave_out(d->sink, PD_PART_KEY, (uint32_t)d->number, pd_key_number(d->table, key),
                   "%s '%s' of '%s': %s", is_primary ? "primary key" : "unique constraint",
                   key_label(d, key), d->name, "one of its columns is left out");
    return PD_OK;
}

static bool
has_alias(const struct ddl *d)
{
    return d->alias < d->table->n_columns;
}

static pd_status
put_keys(struct ddl *d)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < d->table->n_keys && status == PD_OK; i++) {
        const struct pd_key *key = pd_key_at(d->table, i);

        bool is_native = key->flags & PD_KEY_NATIVE_ONLY && !d->sink->same;

        /* It says which row is which, whatever else it does (INCLUDE, DEFERRABLE). */
        if (is_native && key == d->primary)
            sink_leave_out(d->sink, PD_PART_KEY, (uint32_t)d->number, (uint32_t)i,
                           "primary key '%s' of '%s': it is made of its columns alone",
                           key_label(d, key), d->name);
        if (names_is_index(d->table, key, has_alias(d)) || (key == d->primary && has_alias(d)))
            continue;
        if (is_native && key != d->primary)
            sink_leave_out(d->sink, PD_PART_KEY, (uint32_t)d->number, (uint32_t)i,
                           "unique constraint '%s' of '%s': it is not portable", key_label(d, key),
                           d->name);
        else
            status = put_key(d, key);
    }
    return status;
}

static void
leave_check_out(struct ddl *d, size_t number, const char *why)
{
    const char *name = pd_check_at(d->table, number)->name;

    sink_leave_out(d->sink, PD_PART_CHECK, (uint32_t)d->number, (uint32_t)number,
                   "check%s%s%s of '%s': %s", name ? " '" : "", name ? name : "", name ? "'" : "",
                   d->name, why);
}

const char *
ddl_check_obstacle(struct pd_sink *sink, size_t table, const struct pd_check *check)
{
    if (check->flags & PD_CHECK_NOT_VALIDATED)
        return "rows that are there may break it";
    if (expression_is_of_others(sink, table, check->expression))
        return EXPRESSION_OF_OTHERS;
    if (!expression_has_columns(sink, sink->tables[table].table, check->expression))
        return "a column of it is left out";
    return NULL;
}

static pd_status
put_check(struct ddl *d, size_t number)
{
    const struct pd_check *check = pd_check_at(d->table, number);
    const char *obstacle = ddl_check_obstacle(d->sink, d->number, check);
    char *text = NULL;
    pd_status status;

    if (obstacle) {
        leave_check_out(d, number, obstacle);
        return PD_OK;
    }
    status = expression_write(d->sink, check->expression, check->expression_native, &text, d->err);
    if (status == PD_OK) {
        sqlite3_str_appendall(d->sql, ",\n  ");
        put_constraint_name(d->sql, check->name);
        sqlite3_str_appendf(d->sql, "CHECK (%s)", text);
    } else if (status == PD_UNSUPPORTED) {
        leave_check_out(d, number, "expression is not portable");
        status = PD_OK;
    }
    d->sink->host->release(d->sink->host, text);
    return status;
}

static pd_status
put_checks(struct ddl *d)
{
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < d->table->n_checks && status == PD_OK; i++)
        status = put_check(d, i);
    return status;
}

/* An integer key of one column is the rowid itself when it is called INTEGER, and nothing but. */
static size_t
find_alias(const struct ddl *d)
{
    const struct pd_key *key = d->primary;
    const struct pd_column *column;
    struct stored stored;
    size_t number;

    /* A rowid is never NULL: SQLite would number the rows anew. */
    if (!key || key->n_parts != 1 || pd_part_at(key, 0)->column < 0 ||
        key->flags & PD_KEY_NULLS_ADMITTED || pd_part_at(key, 0)->flags & PD_PART_DESC)
        return d->table->n_columns;
    number = (size_t)pd_part_at(key, 0)->column;
    column = pd_column_at(d->table, number);
    if (column->generated)
        return d->table->n_columns;
    if (is_own(d->sink, column))
        return column->identity && sqlite_same_name(column->native, "INTEGER")
                   ? number
                   : d->table->n_columns;
    ddl_stored(d->sink, d->number, number, &stored);
    return stored.form == FORM_UNSIGNED || types_is_integer(column->type.kind)
               ? number
               : d->table->n_columns;
}

static void
say_lost_comments(const struct ddl *d)
{
    bool any = d->table->comment && *d->table->comment;
    size_t i;

    for (i = 0; i < d->table->n_columns; i++) {
        const char *comment = pd_column_at(d->table, i)->comment;

        any = any || (comment && *comment);
    }
    if (any)
        sink_leave_out(d->sink, PD_PART_COMMENT, (uint32_t)d->number, PD_NO_COLUMN,
                       "comments of '%s'", d->name);
}

static struct ddl
ddl_begin(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct ddl d = {.sink = sink,
                    .number = number,
                    .table = sink->tables[number].table,
                    .name = sink->tables[number].name,
                    .err = err};

    if (d.table->n_keys && pd_key_at(d.table, 0)->kind == PD_KEY_PRIMARY)
        d.primary = pd_key_at(d.table, 0);
    d.alias = find_alias(&d);
    return d;
}

pd_status
ddl_table(struct pd_sink *sink, size_t number, struct pd_error *err)
{
    struct ddl d = ddl_begin(sink, number, err);
    char *text;
    pd_status status;

    d.sql = sqlite3_str_new(sink->db);
    sqlite3_str_appendall(d.sql, "CREATE TABLE ");
    sqlite_put_name(d.sql, d.name);
    sqlite3_str_appendall(d.sql, " (");
    status = put_columns(&d);
    if (status == PD_OK)
        status = put_keys(&d);
    if (status == PD_OK)
        status = put_checks(&d);
    if (status == PD_OK)
        status = foreign_write(sink, number, d.sql, err);
    sqlite3_str_appendall(d.sql, "\n)");
    text = sqlite3_str_finish(d.sql);
    if (!text)
        status = sqlite_no_memory(sink->host, err);
    if (status == PD_OK)
        status = replay(sink, REPLAY_TABLE, d.name, d.name, text, err);
    sqlite3_free(text);
    say_lost_comments(&d);
    return status;
}

/* The statement after its name, into sql. */
static pd_status
put_index(struct ddl *d, const struct pd_key *key, sqlite3_str *sql)
{
    char *text = NULL;
    pd_status status;

    if ((key->flags & PD_KEY_NATIVE_ONLY && !d->sink->same) ||
        expression_is_of_others(d->sink, d->number, key->predicate) ||
        !expression_has_columns(d->sink, d->table, key->predicate))
        return PD_UNSUPPORTED;
    sqlite3_str_appendall(sql, " ON ");
    sqlite_put_name(sql, d->name);
    sqlite3_str_appendall(sql, " ");
    status = put_parts(d, key, sql);
    if (status != PD_OK || (!key->predicate && !key->predicate_native))
        return status;
    status = expression_write(d->sink, key->predicate, key->predicate_native, &text, d->err);
    if (status == PD_OK)
        sqlite3_str_appendf(sql, " WHERE %s", text);
    d->sink->host->release(d->sink->host, text);
    return status;
}

static pd_status
make_index(struct ddl *d, const struct pd_key *key, const char *rest)
{
    const char *name = names_index(d->sink, d->number, key);
    char *text;
    pd_status status;

    if (!name)
        return sqlite_no_memory(d->sink->host, d->err);
    text = sqlite3_mprintf("CREATE %sINDEX \"%w\"%s", key->kind == PD_KEY_UNIQUE ? "UNIQUE " : "",
                           name, rest);
    if (!text)
        return sqlite_no_memory(d->sink->host, d->err);
    status = replay(d->sink, REPLAY_INDEX, name, d->name, text, d->err);
    sqlite3_free(text);
    return status;
}

/* Why it cannot be said. */
static const char *
index_obstacle(const struct ddl *d, const struct pd_key *key)
{
    bool is_computed = key->predicate_native && !key->predicate;
    size_t i;

    for (i = 0; i < key->n_parts; i++) {
        const struct pd_key_part *part = pd_part_at(key, i);

        if (part->column < 0 && expression_is_of_others(d->sink, d->number, part->expression))
            return EXPRESSION_OF_OTHERS;
        is_computed = is_computed || (part->column < 0 && !part->expression);
        if (part->column >= 0 &&
            !ddl_has_column(d->sink, d->table, pd_column_at(d->table, (size_t)part->column)))
            return "one of its columns is left out";
    }
    if (expression_is_of_others(d->sink, d->number, key->predicate))
        return EXPRESSION_OF_OTHERS;
    if (is_computed || !(key->flags & PD_KEY_NATIVE_ONLY))
        return "its expression is not portable";
    return "SQLite has no index of its kind";
}

pd_status
ddl_index(struct pd_sink *sink, size_t number, const struct pd_key *key, struct pd_error *err)
{
    struct ddl d = ddl_begin(sink, number, err);
    sqlite3_str *rest;
    char *text;
    pd_status status;

    if (!names_is_index(d.table, key, has_alias(&d)))
        return PD_OK;
    rest = sqlite3_str_new(sink->db);
    status = put_index(&d, key, rest);
    text = sqlite3_str_finish(rest);
    if (status == PD_OK)
        status = text ? make_index(&d, key, text) : sqlite_no_memory(sink->host, err);
    else if (status == PD_UNSUPPORTED) {
        sink_leave_out(sink, PD_PART_KEY, (uint32_t)number, pd_key_number(d.table, key),
                       "index '%s' on '%s': %s", key_label(&d, key), d.name,
                       index_obstacle(&d, key));
        status = PD_OK;
    }
    sqlite3_free(text);
    return status;
}
