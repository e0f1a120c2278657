// SPDX-License-Identifier: Apache-2.0
/* meaning - does an expression of another engine mean the same here, over columns that are stored
   otherwise? */
#include <string.h>

#include "ddl.h"

static bool
is_textual(int kind)
{
    return kind == PD_KIND_TEXT || kind == PD_KIND_CHAR || kind == PD_KIND_ENUM ||
           kind == PD_KIND_SET || kind == PD_KIND_JSON || kind == PD_KIND_JSONB ||
           kind == PD_KIND_XML || kind == PD_KIND_UUID;
}

/* Letters before values, text as bytes, numbers and dates as text. */
static bool
is_stored_otherwise(const struct pd_column *column, const struct pd_mapping *m)
{
    if (m->flags & PD_MAPPING_TAGGED)
        return true;
    if (m->as.kind == PD_KIND_BINARY)
        return column->type.kind != PD_KIND_BINARY;
    return m->rung == PD_RUNG_CARRIER && m->as.kind == PD_KIND_TEXT &&
           !is_textual(column->type.kind);
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

struct pd_operands
expression_operands(const struct pd_table *t, const struct pd_mapping *mappings, uint32_t column)
{
    return (struct pd_operands){.struct_size = sizeof(struct pd_operands),
                                .column = column,
                                .table = t,
                                .kind_of = kind_stored,
                                .arg = mappings,
                                .type_of = type_stored};
}

/* Text that is not ordered by its bytes gets a collation that does it. There is no U+0000 in it.
   What is no canonical text fails when it is written. */
static bool
is_said_alike(const struct pd_sink *sink, const struct pd_catalog *catalog,
              const struct pd_operands *operands, const char *portable)
{
    bool floats = catalog->engine && strcmp(catalog->engine, "sqlite") == 0;
    uint32_t harmless = PD_USES_TEXT_ORDER | PD_USES_BARE_TEXT | PD_USES_LENGTH, uses = 0;
    pd_status status = sink->host->expr_uses(sink->host, operands, portable, &uses, NULL);

    harmless |= floats ? 0u : (uint32_t)PD_USES_FRACTIONS;
    return status != PD_OK || !(uses & ~harmless);
}

bool
expression_is_stored_alike(const struct pd_table *t, const struct pd_mapping *mappings,
                           const char *portable)
{
    size_t column;

    while ((column = pd_column_used(t, &portable, NULL)) < t->n_columns) {
        if (is_stored_otherwise(pd_column_at(t, column), &mappings[column]))
            return false;
    }
    return true;
}

/* The server would compare what is stored, and say another thing without a word. */
bool
expression_means(const struct pd_sink *sink, const struct pd_catalog *catalog,
                 const struct pd_table *t, const struct pd_mapping *mappings, const char *portable)
{
    const struct pd_operands operands = expression_operands(t, mappings, PD_NO_COLUMN);

    return expression_is_stored_alike(t, mappings, portable) &&
           is_said_alike(sink, catalog, &operands, portable);
}

static bool
names_generated(const struct pd_table *t, const char *portable)
{
    size_t column;

    while ((column = pd_column_used(t, &portable, NULL)) < t->n_columns) {
        if (pd_column_at(t, column)->generated)
            return true;
    }
    return false;
}

/* Each column of another engine has an enum of its own here, and no value of one is of another. */
static bool
is_of_another_enum(const struct pd_table *t, const struct pd_mapping *mappings, size_t number)
{
    const char *at = pd_column_at(t, number)->expression;
    size_t column;

    if (mappings[number].as.kind != PD_KIND_ENUM)
        return false;
    while ((column = pd_column_used(t, &at, NULL)) < t->n_columns) {
        if (mappings[column].as.kind == PD_KIND_ENUM &&
            strcmp(mappings[column].native, mappings[number].native) != 0)
            return true;
    }
    return false;
}

bool
expression_computes(const struct pd_sink *sink, const struct pd_catalog *catalog,
                    const struct pd_table *t, const struct pd_mapping *mappings, size_t column)
{
    const struct pd_operands operands = expression_operands(t, mappings, (uint32_t)column);
    const char *portable = pd_column_at(t, column)->expression;

    return portable && !names_generated(t, portable) && !is_of_another_enum(t, mappings, column) &&
           expression_is_stored_alike(t, mappings, portable) &&
           is_said_alike(sink, catalog, &operands, portable);
}
