// SPDX-License-Identifier: Apache-2.0
/* ddl_keys - primary keys, unique ones and indexes: what becomes of each, and how it is spelled. */
#include <string.h>

#include "ddl.h"

enum {
    KEYS_LARGE_TABLE = 10000, /* rows from which on keys are made afterwards, in one go */
    KEYS_MOST_PARTS = 32,
    VERSION_HASH = 100400,
    VERSION_DESCENDING = 100800,
    VERSION_DESCENDING_MYSQL = 80000,
    VERSION_EXPRESSIONS_MYSQL = 80013
};

const char *
ddl_key_label(const struct pd_table *table, const struct pd_key *key)
{
    if (key->name && *key->name)
        return key->name;
    if (key->n_parts && pd_part_at(key, 0)->column >= 0)
        return pd_column_at(table, (size_t)pd_part_at(key, 0)->column)->name;
    return "";
}

/* ---- What becomes of it ---- */

static bool
has_version(const struct pd_sink *sink, int version)
{
    return !sink->my || (sink->my->is_mariadb && sink->my->version >= version);
}

static bool
has_descent(const struct pd_sink *sink)
{
    return has_version(sink, VERSION_DESCENDING) ||
           (!sink->my->is_mariadb && sink->my->version >= VERSION_DESCENDING_MYSQL);
}

static struct map_width
part_width(const struct pd_sink *sink, size_t table, const struct pd_key_part *part)
{
    return map_width(sink->tables[table].columns[part->column].mapping);
}

/* Bytes of a key; SIZE_MAX: a column of it is in none as a whole. */
static size_t
key_bytes(const struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    size_t i, sum = 0;

    for (i = 0; i < key->n_parts; i++) {
        size_t bytes = part_width(sink, table, pd_part_at(key, i)).key;

        if (bytes == SIZE_MAX)
            return SIZE_MAX;
        sum += bytes;
    }
    return sum;
}

/* Of columns that are all there. */
static bool
is_of_columns(const struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    size_t i;

    for (i = 0; i < key->n_parts; i++) {
        int32_t column = pd_part_at(key, i)->column;

        if (column < 0 || !ddl_column(sink, table, (size_t)column))
            return false;
    }
    return key->n_parts > 0 && key->n_parts <= KEYS_MOST_PARTS;
}

static bool
has_geometry(const struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    size_t i;

    for (i = 0; i < key->n_parts; i++) {
        if (sink->tables[table].columns[pd_part_at(key, i)->column].as.kind == PD_KIND_GEOMETRY)
            return true;
    }
    return false;
}

/* MySQL has stored ones in a primary key, MariaDB none. */
static bool
is_computed(const struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    bool has_stored = sink->my && !sink->my->is_mariadb;

    for (size_t i = 0; i < key->n_parts; i++) {
        size_t column = (size_t)pd_part_at(key, i)->column;
        const struct pd_column *c = pd_column_at(sink->tables[table].table, column);

        if (c->generated == PD_GENERATED_VIRTUAL || (c->generated && !has_stored))
            return true;
    }
    return false;
}

/* A primary key has no NULL. */
static bool
has_no_null(const struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    bool admits = key->flags & PD_KEY_NULLS_ADMITTED;
    size_t i;

    for (i = 0; i < key->n_parts; i++) {
        size_t column = (size_t)pd_part_at(key, i)->column;
        const struct pd_column *c = pd_column_at(sink->tables[table].table, column);

        /* Without rows nobody knows what will come. */
        if (admits && !(c->flags & PD_COLUMN_NOT_NULL) &&
            (sink->ddl->tables[table].may_be_null[column] ||
             sink->load->flags & PD_LOAD_SCHEMA_ONLY))
            return false;
    }
    return true;
}

static bool
can_be_primary(const struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    return !is_computed(sink, table, key) && has_no_null(sink, table, key);
}

static enum ddl_key_form
unique_form(const struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    if (key_bytes(sink, table, key) <= MAP_MOST_KEY)
        return DDL_KEY_UNIQUE;
    if (!has_version(sink, VERSION_HASH) || has_geometry(sink, table, key))
        return DDL_KEY_NONE;
    return DDL_KEY_HASH;
}

/* A primary key says which row is which, whatever else it does elsewhere (INCLUDE, DEFERRABLE). */
static bool
is_native_only(const struct pd_sink *sink, const struct pd_key *key)
{
    return key->flags & PD_KEY_NATIVE_ONLY && (sink->same || key->kind != PD_KEY_PRIMARY);
}

/* MySQL makes keys of expressions, MariaDB does not. */
static bool
has_expressions(const struct pd_sink *sink)
{
    return sink->my && !sink->my->is_mariadb && sink->my->version >= VERSION_EXPRESSIONS_MYSQL;
}

static bool
has_expression(const struct pd_key *key)
{
    size_t i;

    for (i = 0; i < key->n_parts; i++) {
        if (pd_part_at(key, i)->column < 0)
            return true;
    }
    return false;
}

enum ddl_key_form
ddl_key_form(const struct pd_sink *sink, size_t table, size_t number)
{
    const struct pd_key *key = pd_key_at(sink->tables[table].table, number);
    bool is_own = sink->same && key->native_sql;

    if (is_native_only(sink, key))
        return is_own && (sink->native ||
                          (!(key->flags & PD_KEY_ACTIVE_SQL) && passive_statement(key->native_sql)))
                   ? DDL_KEY_NATIVE
                   : DDL_KEY_NONE;
    if (is_own && has_expressions(sink) && has_expression(key))
        return DDL_KEY_NATIVE;
    if (key->predicate || key->predicate_native || !is_of_columns(sink, table, key))
        return DDL_KEY_NONE;
    if (key->kind == PD_KEY_INDEX) {
        if (has_geometry(sink, table, key))
            return DDL_KEY_NONE;
        return key_bytes(sink, table, key) <= MAP_MOST_KEY ? DDL_KEY_INDEX : DDL_KEY_PREFIX;
    }
    if (key->kind == PD_KEY_PRIMARY && can_be_primary(sink, table, key) &&
        key_bytes(sink, table, key) <= MAP_MOST_KEY)
        return DDL_KEY_PRIMARY;
    return unique_form(sink, table, key);
}

/* ---- When ---- */

/* What such a key is made of is computed when it is made, and then nobody looks at what the server
   says to it. */
static bool
has_virtual_part(const struct pd_table *table)
{
    for (size_t i = 0; i < table->n_keys; i++) {
        const struct pd_key *key = pd_key_at(table, i);

        for (size_t k = 0; k < key->n_parts; k++) {
            int32_t column = pd_part_at(key, k)->column;

            if (column >= 0 &&
                pd_column_at(table, (size_t)column)->generated == PD_GENERATED_VIRTUAL)
                return true;
        }
    }
    return false;
}

bool
ddl_keys_can_wait(const struct pd_sink *sink, size_t table)
{
    return sink->ddl->tables[table].n_rows >= KEYS_LARGE_TABLE &&
           !(sink->load->flags & PD_LOAD_SCHEMA_ONLY) &&
           !has_virtual_part(sink->tables[table].table);
}

/* A column that counts has to be the first of a key. */
static bool
is_for_auto(const struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    int32_t first = key->n_parts ? pd_part_at(key, 0)->column : -1;

    return first >= 0 && ddl_is_auto(sink, table, (size_t)first);
}

bool
ddl_is_key_inline(const struct pd_sink *sink, size_t table, size_t number)
{
    const struct pd_key *key = pd_key_at(sink->tables[table].table, number);
    enum ddl_key_form form = ddl_key_form(sink, table, number);

    if (form == DDL_KEY_NONE || form == DDL_KEY_NATIVE)
        return false;
    return form == DDL_KEY_PRIMARY || !sink->tables[table].keys_after ||
           is_for_auto(sink, table, key);
}

bool
ddl_has_later_keys(const struct pd_sink *sink, size_t table)
{
    const struct pd_table *t = sink->tables[table].table;
    size_t i;

    for (i = 0; i < t->n_keys; i++) {
        if (ddl_key_form(sink, table, i) != DDL_KEY_NONE && !ddl_is_key_inline(sink, table, i))
            return true;
    }
    return false;
}

/* ---- Spelling ---- */

/* Characters or bytes of each part that is too long: all of them get the same. */
static size_t
prefix_bytes(const struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    size_t i, fixed = 0, n_long = 0;

    for (i = 0; i < key->n_parts; i++) {
        size_t bytes = part_width(sink, table, pd_part_at(key, i)).key;

        if (bytes > MAP_MOST_KEY / key->n_parts)
            n_long++;
        else
            fixed += bytes;
    }
    return n_long ? (MAP_MOST_KEY - fixed) / n_long : 0;
}

static void
put_part(const struct pd_sink *sink, size_t table, const struct pd_key *key, size_t i,
         enum ddl_key_form form, struct pd_sql *sql)
{
    const struct pd_key_part *part = pd_part_at(key, i);
    const struct target_column *column = &sink->tables[table].columns[part->column];
    size_t room = form == DDL_KEY_PREFIX ? prefix_bytes(sink, table, key) : 0;

    pd_sql_add(sql, i ? ", " : "(");
    my_name(sql, column->name);
    if (room && part_width(sink, table, part).key > room)
        pd_sql_printf(sql, "(%zu)",
                      column->as.kind == PD_KIND_BINARY ? room : room / MAP_BYTES_A_CHARACTER);
    if (part->flags & PD_PART_DESC && form != DDL_KEY_HASH && has_descent(sink))
        pd_sql_add(sql, " DESC");
}

/* "ALTER TABLE `t` ADD " stands in front of it. */
static void
put_native(const struct pd_key *key, struct pd_sql *sql)
{
    struct lex lex;

    lex_begin(&lex, key->native_sql);
    if (lex_take_words(&lex, "ALTER TABLE") && lex_take_kind(&lex, LEX_NAME) &&
        lex_take(&lex, "ADD"))
        pd_sql_add(sql, lex.text);
}

void
ddl_put_key(const struct pd_sink *sink, size_t table, size_t number, struct pd_sql *sql)
{
    static const char *const words[] = {
        [DDL_KEY_PRIMARY] = "PRIMARY KEY ", [DDL_KEY_UNIQUE] = "UNIQUE KEY ",
        [DDL_KEY_HASH] = "UNIQUE KEY ",     [DDL_KEY_INDEX] = "KEY ",
        [DDL_KEY_PREFIX] = "KEY ",
    };
    const struct pd_key *key = pd_key_at(sink->tables[table].table, number);
    enum ddl_key_form form = ddl_key_form(sink, table, number);
    size_t i;

    if (form == DDL_KEY_NATIVE) {
        put_native(key, sql);
        return;
    }
    pd_sql_add(sql, words[form]);
    if (form != DDL_KEY_PRIMARY) {
        my_name(sql, sink->ddl->tables[table].keys[number]);
        pd_sql_add(sql, " ");
    }
    for (i = 0; i < key->n_parts; i++)
        put_part(sink, table, key, i, form, sql);
    pd_sql_add(sql, form == DDL_KEY_HASH ? ") USING HASH" : ")");
}

/* ---- What is another here ---- */

static void
say(struct pd_sink *sink, size_t table, size_t number, const char *why)
{
    const struct pd_table *t = sink->tables[table].table;

    sink_leave_out(sink, PD_PART_KEY, (uint32_t)table, (uint32_t)number,
                   "key '%s' of table '%s': %s", ddl_key_label(t, pd_key_at(t, number)), t->name,
                   why);
}

static const char *
why_none(const struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    size_t i;

    if (is_native_only(sink, key))
        return sink->same && key->native_sql ? "it is made with --native only"
                                             : "it cannot be said here";
    if (key->predicate || key->predicate_native)
        return "MariaDB has no keys of a part of the rows";
    for (i = 0; i < key->n_parts; i++) {
        int32_t column = pd_part_at(key, i)->column;

        if (column < 0)
            return has_expressions(sink) ? "keys of expressions go from MySQL to MySQL alone"
                                         : "MariaDB has no keys of expressions";
        if (!ddl_column(sink, table, (size_t)column))
            return "a column of it is left out";
    }
    return "it is longer than the server's keys are";
}

static const char *
lost_collation(const struct pd_sink *sink, size_t table, const struct pd_key *key)
{
    size_t i;

    for (i = 0; i < key->n_parts && !sink->same; i++) {
        const struct pd_key_part *part = pd_part_at(key, i);

        if (part->column >= 0 &&
            pd_column_at(sink->tables[table].table, (size_t)part->column)->collation ==
                part->collation)
            continue; /* that was said of the column */
        switch (part->collation) {
        case PD_COLLATION_NOCASE:
        case PD_COLLATION_CI:
            return "letters that differ in case are different in it here";
        case PD_COLLATION_RTRIM:
            return "blanks at the end count in it here";
        case PD_COLLATION_NATIVE:
            return "its collation is not known here";
        default:
            break;
        }
    }
    return NULL;
}

static bool
has_descending(const struct pd_key *key)
{
    size_t i;

    for (i = 0; i < key->n_parts; i++) {
        if (pd_part_at(key, i)->flags & PD_PART_DESC)
            return true;
    }
    return false;
}

static void
say_primary(struct pd_sink *sink, size_t table, size_t number, enum ddl_key_form form)
{
    const struct pd_key *key = pd_key_at(sink->tables[table].table, number);

    if (key->flags & PD_KEY_NATIVE_ONLY)
        say(sink, table, number, "it is made of its columns alone");
    if (form == DDL_KEY_PRIMARY) {
        if (key->flags & PD_KEY_NULLS_ADMITTED)
            say(sink, table, number, "it takes no NULL here");
    } else if (is_computed(sink, table, key)) {
        say(sink, table, number,
            "a primary key has no computed columns here, so it is unique and no more");
    } else if (!has_no_null(sink, table, key)) {
        say(sink, table, number, "a primary key takes no NULL here, so it is unique and no more");
    } else {
        say(sink, table, number,
            "a primary key takes 3072 bytes at most, so it is unique and no more");
    }
}

static void
say_key(struct pd_sink *sink, size_t table, size_t number)
{
    const struct pd_key *key = pd_key_at(sink->tables[table].table, number);
    enum ddl_key_form form = ddl_key_form(sink, table, number);
    const char *lost;

    if (form == DDL_KEY_NONE) {
        say(sink, table, number, why_none(sink, table, key));
        return;
    }
    if (form == DDL_KEY_NATIVE)
        return;
    if (key->kind == PD_KEY_PRIMARY)
        say_primary(sink, table, number, form);
    if (form == DDL_KEY_PREFIX)
        say(sink, table, number, "only the beginning of what is longer is in it");
    if (has_descending(key) && (form == DDL_KEY_HASH || !has_descent(sink)))
        say(sink, table, number, "all its columns ascend here");
    lost = lost_collation(sink, table, key);
    if (lost)
        say(sink, table, number, lost);
}

void
ddl_say_keys(struct pd_sink *sink, size_t table)
{
    size_t i;

    for (i = 0; i < sink->tables[table].table->n_keys; i++)
        say_key(sink, table, i);
}
