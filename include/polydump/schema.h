/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/schema.h - the arrays of a catalogue and of what is told beside it, element by element,
 * all inline. Optional; it saves writing PD_AT() with the member names of each array.
 */
#ifndef POLYDUMP_SCHEMA_H
#define POLYDUMP_SCHEMA_H

#include <stdio.h>
#include <string.h>

#include <polydump/migration.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Of a catalogue ---- */

static inline const struct pd_table *
pd_table_at(const struct pd_catalog *catalog, size_t i)
{
    return PD_AT(struct pd_table, catalog->tables, catalog->table_size, i);
}

static inline const struct pd_sequence *
pd_sequence_at(const struct pd_catalog *catalog, size_t i)
{
    return PD_AT(struct pd_sequence, catalog->sequences, catalog->sequence_size, i);
}

static inline const struct pd_object *
pd_object_at(const struct pd_catalog *catalog, size_t i)
{
    return PD_AT(struct pd_object, catalog->objects, catalog->object_size, i);
}

static inline const struct pd_property *
pd_property_at(const struct pd_catalog *catalog, size_t i)
{
    return PD_AT(struct pd_property, catalog->properties, catalog->property_size, i);
}

/* The value of the fact of that name, notes apart; NULL: there is none. */
static inline const char *
pd_property_value(const struct pd_catalog *catalog, const char *name)
{
    size_t i;

    for (i = 0; i < catalog->n_properties; i++) {
        const struct pd_property *property = pd_property_at(catalog, i);

        if (!property->is_note && strcmp(property->name, name) == 0)
            return property->value;
    }
    return NULL;
}

/* ---- Of a table ---- */

static inline const struct pd_column *
pd_column_at(const struct pd_table *table, size_t i)
{
    return PD_AT(struct pd_column, table->columns, table->column_size, i);
}

/* Is its counter above 2^63-1? Then `next` has the bits of an unsigned number, which only an engine
   whose counters go there can say. */
static inline int
pd_counts_beyond(const struct pd_column *column)
{
    return (column->identity == PD_IDENTITY_DEFAULT || column->identity == PD_IDENTITY_ALWAYS) &&
           column->type.kind == PD_KIND_UINT64 && column->counter.increment >= 0 &&
           !(column->counter.flags & PD_COUNTER_BOUNDS) && column->counter.next < 0;
}

/* Has its counter, which goes up to 2^63-1, given that number? Then there is no next one. */
static inline int
pd_counter_is_spent(const struct pd_column *column)
{
    const struct pd_counter *counter = &column->counter;

    return column->type.kind != PD_KIND_UINT64 && counter->increment >= 0 &&
           counter->next == INT64_MIN && !(counter->flags & PD_COUNTER_UNUSED) &&
           !(counter->flags & PD_COUNTER_BOUNDS && counter->minimum == INT64_MIN);
}

static inline const struct pd_key *
pd_key_at(const struct pd_table *table, size_t i)
{
    return PD_AT(struct pd_key, table->keys, table->key_size, i);
}

/* The number of a key of the table: the way back. */
static inline uint32_t
pd_key_number(const struct pd_table *table, const struct pd_key *key)
{
    return (uint32_t)((size_t)((const char *)key - (const char *)table->keys) / table->key_size);
}

static inline const struct pd_key_part *
pd_part_at(const struct pd_key *key, size_t i)
{
    return PD_AT(struct pd_key_part, key->parts, key->part_size, i);
}

static inline const struct pd_check *
pd_check_at(const struct pd_table *table, size_t i)
{
    return PD_AT(struct pd_check, table->checks, table->check_size, i);
}

static inline const struct pd_foreign *
pd_foreign_at(const struct pd_table *table, size_t i)
{
    return PD_AT(struct pd_foreign, table->foreigns, table->foreign_size, i);
}

/* ---- Of a type ---- */

/* The same labels in the same order? */
static inline int
pd_same_labels(const struct pd_type *a, const struct pd_type *b)
{
    size_t i;

    if (a->labels == b->labels && a->n_labels == b->n_labels)
        return 1;
    if (a->n_labels != b->n_labels)
        return 0;
    for (i = 0; i < a->n_labels; i++) {
        if (strcmp(a->labels[i], b->labels[i]) != 0)
            return 0;
    }
    return 1;
}

/* ---- Of what a sink is given ---- */

/* What was counted of a table; NULL: nothing. */
static inline const struct pd_stats *
pd_load_stats(const struct pd_load *load, size_t table)
{
    return load->stats ? PD_AT(struct pd_stats, load->stats, load->stats_size, table) : NULL;
}

/* Do the rows that this table has in the target go first (pd_load.emptied)? load NULL: no. */
static inline int
pd_load_empties(const struct pd_load *load, size_t table)
{
    return load && PD_HAS(struct pd_load, load, emptied) && load->emptied && load->emptied[table];
}

/* What is known of a column's values; NULL: nothing. */
static inline const struct pd_profile *
pd_load_profile(const struct pd_load *load, size_t table, size_t column)
{
    const struct pd_stats *stats = pd_load_stats(load, table);

    if (!stats || !stats->profiles)
        return NULL;
    return PD_AT(struct pd_profile, stats->profiles, stats->profile_size, column);
}

/* SQL of migrations: how many statements there are, and the n-th. */
static inline size_t
pd_load_statements(const struct pd_load *load)
{
    return PD_HAS(struct pd_load, load, n_statements) ? load->n_statements : 0;
}

static inline const struct pd_statement *
pd_statement_at(const struct pd_load *load, size_t i)
{
    return PD_AT(struct pd_statement, load->statements, load->statement_size, i);
}

/* Will there be any at this time (enum pd_when)? */
static inline int
pd_load_runs(const struct pd_load *load, uint32_t when)
{
    size_t i;

    for (i = 0; i < pd_load_statements(load); i++) {
        if (pd_statement_at(load, i)->when == when)
            return 1;
    }
    return 0;
}

/* ---- Of an expression ---- */

static inline size_t
pd_quoted_size(const char *at)
{
    size_t n = 1;

    while (at[n] && (at[n] != *at || at[n + 1] == *at))
        n += at[n] == *at ? 2 : 1;
    return n + (at[n] != 0);
}

/* quoted: size bytes with their quotes, double quotes within doubled. */
static inline int
pd_quoted_is(const char *quoted, size_t size, const char *name)
{
    size_t i;

    for (i = 1; i + 1 < size; i++, name++) {
        if (quoted[i] != *name)
            return 0;
        i += quoted[i] == '"';
    }
    return *name == 0;
}

/* The number of the column that canonical text calls so, in its quotes; n_columns: none is. */
static inline size_t
pd_column_quoted(const struct pd_table *table, const char *quoted, size_t size)
{
    size_t i = 0;

    while (i < table->n_columns && !pd_quoted_is(quoted, size, pd_column_at(table, i)->name))
        i++;
    return i;
}

/* The number of the column whose value canonical text uses next from *at on, which moves behind it;
   n_columns: there is none. *ret_name, unless NULL, is where it stands. IS NULL and IS NOT NULL use
   no value: whatever a column is stored as answers them alike. */
static inline size_t
pd_column_used(const struct pd_table *table, const char **at, const char **ret_name)
{
    size_t size, i;

    for (; *(*at += strcspn(*at, "'\"")); *at += size) {
        const char *quoted = *at, *behind;

        size = pd_quoted_size(quoted);
        behind = quoted + size;
        if (*quoted != '"' || strncmp(behind, " IS NULL", 8) == 0 ||
            strncmp(behind, " IS NOT NULL", 12) == 0)
            continue;
        i = pd_column_quoted(table, quoted, size);
        if (i == table->n_columns)
            continue;
        *at = behind;
        if (ret_name)
            *ret_name = quoted;
        return i;
    }
    return table->n_columns;
}

/* Is a column of the key a generated one? */
static inline int
pd_key_is_generated(const struct pd_table *table, const struct pd_key *key)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        int32_t column = pd_part_at(key, i)->column;

        if (column >= 0 && pd_column_at(table, (size_t)column)->generated)
            return 1;
    }
    return 0;
}

/* Are there but whole numbers, and text, in its portable expression? Then every engine computes the
   same; numbers with a fraction are rounded to the column's type in some, and in SQLite they are
   not. A column whose type rounds nothing is fine, too. */
static inline int
pd_generated_is_whole(const struct pd_table *table, const struct pd_column *column)
{
    const char *at = column->expression;
    int kind = column->type.kind;
    size_t size;

    if (!column->generated || !at ||
        !((kind >= PD_KIND_INT8 && kind <= PD_KIND_UINT64) || kind == PD_KIND_FLOAT32 ||
          kind == PD_KIND_DECIMAL || kind == PD_KIND_NUMBER || kind == PD_KIND_MONEY))
        return 1;
    for (; *(at += strcspn(at, "'\".")); at += size) {
        size_t operand;
        int of;

        if (*at == '.')
            return 0;
        size = pd_quoted_size(at);
        if (*at == '\'')
            continue;
        operand = pd_column_quoted(table, at, size);
        of = operand < table->n_columns ? (int)pd_column_at(table, operand)->type.kind
                                        : (int)PD_KIND_ANY;
        if (!(of == PD_KIND_BOOL || (of >= PD_KIND_INT8 && of <= PD_KIND_UINT32) ||
              of == PD_KIND_TEXT || of == PD_KIND_CHAR || of == PD_KIND_ENUM))
            return 0;
    }
    return 1;
}

/* Does a server that computes with exact decimals make the same of a default's expression? It
   rounds to what the column takes, and where floats are added another value comes out. */
static inline int
pd_default_is_alike(const struct pd_column *column, const struct pd_mapping *mapping)
{
    int has_point = strchr(column->default_text, '.') && !strchr(column->default_text, '\'');

    return !(mapping->flags & PD_MAPPING_TAGGED) && !has_point;
}

/* Is the text of a moment or a uuid longer than such a column takes? */
static inline int
pd_default_is_long(const struct pd_column *column, const struct pd_type *as)
{
    uint64_t size = column->default_kind == PD_DEFAULT_NOW     ? 19
                    : column->default_kind == PD_DEFAULT_TODAY ? 10
                    : column->default_kind == PD_DEFAULT_CLOCK ? 8
                                                               : 36;

    return as->kind == PD_KIND_TEXT && as->length > 0 && as->length < size;
}

/* Why a sink leaves a column's default out: "'1.005' would not be the same value here". */
enum { PD_DEFAULT_SHOWN = 120 };
static inline const char *
pd_default_lost(const struct pd_column *column, char *buffer, size_t room)
{
    int size = column->default_size < 40 ? (int)column->default_size : 40;
    int is_bytes = column->default_tag == PD_TAG_BYTES;

    if (column->default_kind != PD_DEFAULT_LITERAL || !column->default_text)
        return "it is not portable";
    while (size > 0 && size < (int)column->default_size &&
           ((unsigned char)column->default_text[size] & 0xc0) == 0x80)
        size--;
    snprintf(buffer, room, "%s%.*s%s would not be the same value here", is_bytes ? "bytes" : "'",
             is_bytes ? 0 : size, column->default_text,
             is_bytes                           ? ""
             : size < (int)column->default_size ? "...'"
                                                : "'");
    return buffer;
}

static inline const struct pd_vector *
pd_vector_at(const struct pd_batch *batch, size_t i)
{
    return PD_AT(struct pd_vector, batch->vectors, batch->vector_size, i);
}

#ifdef __cplusplus
}
#endif

#endif
