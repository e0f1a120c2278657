// SPDX-License-Identifier: Apache-2.0
/* meaning - which generated columns are made: those that SQLite computes as their own engine does,
   of columns that are all there. */
#include <string.h>

#include "sink.h"

/* Generated columns that were seen, in the order in which they are looked at. */
struct seen {
    const struct pd_table *table;
    uint32_t *numbers;
    size_t n;
};

static void
see(struct seen *s, size_t column)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->numbers[i] == column)
            return;
    }
    s->numbers[s->n++] = (uint32_t)column;
}

/* In canonical text names, and nothing else, are in double quotes outside of strings. */
static void
see_named(struct seen *s, const char *at)
{
    size_t size, column;

    for (; at && *(at += strcspn(at, "'\"")); at += size) {
        size = pd_quoted_size(at);
        column = *at == '"' ? pd_column_quoted(s->table, at, size) : s->table->n_columns;
        if (column < s->table->n_columns && pd_column_at(s->table, column)->generated)
            see(s, column);
    }
}

/* Does SQLite, which computes with doubles and orders text by its bytes, say the same? What is no
   canonical text fails when it is written. */
bool
expression_is_alike(const struct pd_sink *sink, const struct pd_table *table, uint32_t column,
                    const char *portable)
{
    const uint32_t harmless =
        PD_USES_TEXT_ORDER | PD_USES_BARE_TEXT | PD_USES_TRUTHS | PD_USES_BLANKS;
    /* Text that ends, for length(), at U+0000: no value of another column, but good for a check. */
    const char *engine = sink->catalog ? sink->catalog->engine : NULL;
    bool has_nul = column != PD_NO_COLUMN && (!engine || strcmp(engine, "postgresql") != 0);
    const struct pd_operands operands = {
        .struct_size = sizeof operands, .column = column, .table = table};
    uint32_t uses = 0;

    if (sink->same || !portable)
        return true;
    return sink->host->expr_uses(sink->host, &operands, portable, &uses, NULL) != PD_OK ||
           !(uses & ~(harmless | (has_nul ? 0u : (uint32_t)PD_USES_LENGTH)));
}

static uint32_t
number_of(const struct pd_table *table, const struct pd_column *column)
{
    uint32_t number = 0;

    while (number < table->n_columns && pd_column_at(table, number) != column)
        number++;
    return number;
}

bool
ddl_computes(struct pd_sink *sink, const struct pd_table *table, const struct pd_column *column)
{
    if (!column->generated)
        return true;
    return expression_is_portable(sink, column->expression, column->expression_native) &&
           (sink->same ||
            (pd_generated_is_whole(table, column) &&
             expression_is_alike(sink, table, number_of(table, column), column->expression)));
}

bool
expression_has_columns(struct pd_sink *sink, const struct pd_table *table, const char *portable)
{
    struct seen s = {.table = table};
    bool has = true;

    if (!portable)
        return true;
    s.numbers = sink->host->alloc(sink->host, (table->n_columns + 1) * sizeof *s.numbers);
    sink->memory_short |= !s.numbers;
    if (!s.numbers)
        return false;
    see_named(&s, portable);
    for (size_t i = 0; i < s.n && has; i++) {
        const struct pd_column *column = pd_column_at(table, s.numbers[i]);

        has = ddl_computes(sink, table, column);
        see_named(&s, column->expression);
    }
    sink->host->release(sink->host, s.numbers);
    return has;
}

bool
ddl_has_column(struct pd_sink *sink, const struct pd_table *table, const struct pd_column *column)
{
    if (column->flags & PD_COLUMN_PASSENGER)
        return false;
    return ddl_computes(sink, table, column) &&
           (!column->generated || expression_has_columns(sink, table, column->expression));
}

const char *
ddl_why_lost(const struct pd_sink *sink, const struct pd_table *table,
             const struct pd_column *column)
{
    if (!pd_generated_is_whole(table, column))
        return "SQLite would not round what it computes as the type says";
    if (!expression_is_alike(sink, table, number_of(table, column), column->expression))
        return EXPRESSION_OF_OTHERS;
    return column->expression ? "a column that it is made of is left out"
                              : "its expression is not portable";
}
