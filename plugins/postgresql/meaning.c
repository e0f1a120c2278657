// SPDX-License-Identifier: Apache-2.0
/* meaning - does an expression of another engine mean the same here, over columns that are stored
   otherwise? */
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

/* The server would compare what is stored, and say another thing without a word. */
bool
expression_means(const struct pd_table *t, const struct pd_mapping *mappings, const char *portable)
{
    size_t column;

    while ((column = pd_column_used(t, &portable, NULL)) < t->n_columns) {
        if (is_stored_otherwise(pd_column_at(t, column), &mappings[column]))
            return false;
    }
    return true;
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

bool
expression_computes(const struct pd_table *t, const struct pd_mapping *mappings,
                    const struct pd_column *column)
{
    return column->expression && !names_generated(t, column->expression) &&
           expression_means(t, mappings, column->expression);
}
