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

/* Is the name between the two beside a comparison? */
static bool
is_compared(const char *text, const char *at, const char *behind)
{
    if (*behind == ' ' && (strchr("=<>", behind[1]) || strncmp(behind + 1, "IN ", 3) == 0))
        return true;
    return at - text >= 2 && at[-1] == ' ' && strchr("=<>", at[-2]);
}

static bool
is_folded(const struct pd_column *column)
{
    return column->collation != PD_COLLATION_DEFAULT && column->collation != PD_COLLATION_BINARY;
}

/* Text is compared by its bytes here, and text that looks like a number as one: what relied on
   something else would say another thing without a word. */
bool
expression_means(const struct pd_table *t, const struct pd_mapping *mappings, const char *portable)
{
    const char *at = portable, *name;
    size_t column;

    while ((column = pd_column_used(t, &at, &name)) < t->n_columns) {
        const struct pd_column *c = pd_column_at(t, column);

        if (is_stored_otherwise(c, &mappings[column]) ||
            (is_folded(c) && is_compared(portable, name, at)))
            return false;
    }
    return true;
}

bool
expression_computes(const struct pd_table *t, const struct pd_mapping *mappings,
                    const struct pd_column *column)
{
    return column->expression && expression_means(t, mappings, column->expression);
}
