// SPDX-License-Identifier: Apache-2.0
/* meaning - does an expression of another engine mean the same here, over columns that are stored
   otherwise? */
#include <string.h>

#include "ddl.h"

static bool
is_textual(int kind)
{
    return kind == PD_KIND_TEXT || kind == PD_KIND_CHAR || kind == PD_KIND_ENUM ||
           kind == PD_KIND_JSON || kind == PD_KIND_JSONB || kind == PD_KIND_XML ||
           kind == PD_KIND_UUID;
}

/* Numbers and dates that are kept as text, letters before values. */
static bool
is_stored_otherwise(const struct pd_column *column, const struct pd_mapping *m)
{
    if (m->flags & PD_MAPPING_TAGGED)
        return true;
    if (m->as.kind == PD_KIND_BINARY)
        return column->type.kind != PD_KIND_BINARY;
    return m->as.kind == PD_KIND_TEXT && !is_textual(column->type.kind);
}

static int
kind_stored(const void *arg, size_t column)
{
    const struct pd_mapping *mappings = arg;

    return (int)mappings[column].as.kind;
}

static const struct pd_type *
type_stored(const void *arg, size_t column)
{
    const struct pd_mapping *mappings = arg;

    return &mappings[column].as;
}

/* Text of columns is compared by its bytes here, and literals by the collation of the connection.
   What is no canonical text fails when it is written. */
static bool
is_said_alike(const struct pd_sink *sink, const struct pd_catalog *catalog,
              const struct pd_operands *operands, const char *portable)
{
    bool floats = catalog->engine && strcmp(catalog->engine, "sqlite") == 0;
    uint32_t harmless = PD_USES_TEXT_ORDER | PD_USES_TRUTHS | PD_USES_BLANKS, uses = 0;
    pd_status status = sink->host->expr_uses(sink->host, operands, portable, &uses, NULL);

    harmless |= floats ? 0u : (uint32_t)PD_USES_FRACTIONS;
    /* SQLite's length() ends at U+0000: what is computed would be another value, but a check that
       counts more than it did refuses a row rather than take one for another. */
    if (!floats || operands->column == PD_NO_COLUMN)
        harmless |= PD_USES_LENGTH;
    return status != PD_OK || !(uses & ~harmless);
}

/* What relied on something else would say another thing without a word. */
static bool
means(const struct pd_sink *sink, const struct pd_catalog *catalog, const struct pd_table *t,
      const struct pd_mapping *mappings, uint32_t number, const char *portable)
{
    const struct pd_operands operands = {.struct_size = sizeof operands,
                                         .column = number,
                                         .table = t,
                                         .kind_of = kind_stored,
                                         .arg = mappings,
                                         .type_of = type_stored};
    const char *at = portable;
    size_t column;

    while ((column = pd_column_used(t, &at, NULL)) < t->n_columns) {
        if (is_stored_otherwise(pd_column_at(t, column), &mappings[column]))
            return false;
    }
    return is_said_alike(sink, catalog, &operands, portable);
}

bool
expression_means(const struct pd_sink *sink, const struct pd_catalog *catalog,
                 const struct pd_table *t, const struct pd_mapping *mappings, const char *portable)
{
    return means(sink, catalog, t, mappings, PD_NO_COLUMN, portable);
}

/* A name in canonical text that is one of the table's columns, from *at on, which moves behind it;
   n_columns: there is none. */
static size_t
next_named(const struct pd_table *t, const char **at)
{
    while (*(*at += strcspn(*at, "'\""))) {
        const char *quoted = *at;
        size_t size = pd_quoted_size(quoted);
        size_t column = *quoted == '"' ? pd_column_quoted(t, quoted, size) : t->n_columns;

        *at += size;
        if (column < t->n_columns)
            return column;
    }
    return t->n_columns;
}

/* What is read of a char depends on PAD_CHAR_TO_FULL_LENGTH, so MariaDB stores nothing that is made
   of one, but the same in another. */
static bool
is_stored_by_mode(const struct pd_sink *sink, const struct pd_table *t,
                  const struct pd_mapping *mappings, size_t number)
{
    const struct pd_column *to = pd_column_at(t, number);
    const char *at = to->expression;
    bool is_alone = *at == '"' && !at[pd_quoted_size(at)];
    size_t column;

    if (to->generated != PD_GENERATED_STORED || (sink->my && !sink->my->is_mariadb) ||
        (is_alone && mappings[number].as.kind == PD_KIND_CHAR))
        return false;
    while ((column = next_named(t, &at)) < t->n_columns) {
        if (mappings[column].as.kind == PD_KIND_CHAR)
            return true;
    }
    return false;
}

/* Is it made of a column that is computed behind it? Servers compute them in their order. */
static bool
names_later(const struct pd_table *t, size_t number)
{
    const char *at = pd_column_at(t, number)->expression;
    size_t column;

    while ((column = next_named(t, &at)) < t->n_columns) {
        if (column > number && pd_column_at(t, column)->generated)
            return true;
    }
    return false;
}

bool
expression_computes(const struct pd_sink *sink, const struct pd_catalog *catalog,
                    const struct pd_table *t, const struct pd_mapping *mappings, size_t column)
{
    const char *portable = pd_column_at(t, column)->expression;

    return portable && !names_later(t, column) && !is_stored_by_mode(sink, t, mappings, column) &&
           means(sink, catalog, t, mappings, (uint32_t)column, portable);
}
