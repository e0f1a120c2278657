// SPDX-License-Identifier: Apache-2.0
/* expr - expressions in canonical text and in the SQL of engines. */
#include "model/expr.h"

#include <string.h>

#include "base/buffer.h"
#include "model/expr_same.h"
#include "model/expr_uses.h"

static const struct pd_dialect canonical = {
    .struct_size = sizeof canonical,
    .name_quotes = "\"\"",
    .write_quotes = "\"\"",
    .char_length = "char_length",
};

static const struct pd_dialect standard = {.struct_size = sizeof standard};

/* ---- Writing ----------------------------------------------------------------------------- */

struct output {
    struct buffer *out;
    const struct pd_dialect *dialect;
    bool unquotable; /* a name holds the quote that would end it */
};

static void
write_doubling(struct buffer *out, const char *text, size_t size, char doubled, bool backslash)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == doubled || (backslash && text[i] == '\\'))
            buffer_char(out, text[i]);
        buffer_char(out, text[i]);
    }
}

static void
write_name(struct output *o, const struct expr *node)
{
    const char *quotes = o->dialect->write_quotes ? o->dialect->write_quotes : "\"\"";

    if (quotes[0] != quotes[1] && memchr(node->text, quotes[1], node->size))
        o->unquotable = true;
    buffer_char(o->out, quotes[0]);
    write_doubling(o->out, node->text, node->size, quotes[1], /* backslash= */ false);
    buffer_char(o->out, quotes[1]);
}

static void
write_string(struct output *o, const struct expr *node)
{
    buffer_char(o->out, '\'');
    write_doubling(o->out, node->text, node->size, '\'', o->dialect->flags & PD_DIALECT_BACKSLASH);
    buffer_char(o->out, '\'');
}

static void
write_leaf(struct output *o, const struct expr *node)
{
    if (node->kind == EXPR_COLUMN)
        write_name(o, node);
    else if (node->kind == EXPR_STRING)
        write_string(o, node);
    else
        buffer_append(o->out, node->text, node->size);
}

static const char *const operators[] = {
    [SYMBOL_EQ] = " = ",    [SYMBOL_NE] = " <> ",   [SYMBOL_LT] = " < ",   [SYMBOL_LE] = " <= ",
    [SYMBOL_GT] = " > ",    [SYMBOL_GE] = " >= ",   [SYMBOL_PLUS] = " + ", [SYMBOL_MINUS] = " - ",
    [SYMBOL_TIMES] = " * ", [SYMBOL_AND] = " AND ", [SYMBOL_OR] = " OR ",
};

/* What stands before the first child, and behind the last. */
static const struct {
    const char *open;
    const char *between;
    const char *close;
} frames[] = {
    [EXPR_BINARY] = {"(", NULL, ")"},
    [EXPR_NOT] = {"(NOT ", "", ")"},
    [EXPR_MINUS] = {"(- ", "", ")"},
    [EXPR_IS_NULL] = {"(", "", " IS NULL)"},
    [EXPR_IS_NOT_NULL] = {"(", "", " IS NOT NULL)"},
    [EXPR_IN] = {"(", ", ", "))"},
    [EXPR_CALL] = {NULL, ", ", ")"},
    [EXPR_CASE] = {"CASE", NULL, " END"},
};

/* The function's name: the first of those that the dialect has for it. */
static void
write_function(struct output *o, unsigned function)
{
    const char *length = o->dialect->char_length ? o->dialect->char_length : "char_length";

    if (function == FUNCTION_CHAR_LENGTH)
        buffer_append(o->out, length, strcspn(length, " "));
    else
        buffer_text(o->out, function == FUNCTION_ABS ? "abs" : "coalesce");
    buffer_char(o->out, '(');
}

/* What stands before child number i of a CASE. */
static const char *
case_word(const struct expr *node, size_t i, bool is_last)
{
    if (node->what & EXPR_CASE_OPERAND && i == 0)
        return " ";
    if (node->what & EXPR_CASE_ELSE && is_last)
        return " ELSE ";
    return (i - (node->what & EXPR_CASE_OPERAND)) % 2 ? " THEN " : " WHEN ";
}

static const char *
separator(const struct expr *node, size_t i, bool is_last)
{
    if (node->kind == EXPR_CASE)
        return case_word(node, i, is_last);
    if (i == 0)
        return "";
    if (node->kind == EXPR_BINARY)
        return operators[node->what];
    return node->kind == EXPR_IN && i == 1 ? " IN (" : frames[node->kind].between;
}

/* Behind an operand of text that is ordered. */
static void
write_collation(struct output *o)
{
    if (!o->dialect->collate)
        return;
    buffer_text(o->out, " COLLATE \"");
    buffer_text(o->out, o->dialect->collate);
    buffer_char(o->out, '"');
}

/* As deep as the tree, which is limited. */
static void
write_tree(struct output *o, const struct expr *node)
{
    size_t i = 0;

    if (!node->first) {
        write_leaf(o, node);
        return;
    }
    if (node->kind == EXPR_CALL)
        write_function(o, node->what);
    else
        buffer_text(o->out, frames[node->kind].open);
    for (const struct expr *child = node->first; child; child = child->next, i++) {
        buffer_text(o->out, separator(node, i, !child->next));
        write_tree(o, child);
        if (i == 0 && node->orders_text)
            write_collation(o);
    }
    buffer_text(o->out, frames[node->kind].close);
}

static pd_status
write_text(const struct pd_dialect *dialect, const struct expr *tree, char **ret_text,
           struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer buffer = {0};
    struct output output = {&buffer, dialect, false};
    const char *text;
    char *copy;

    write_tree(&output, tree);
    if (output.unquotable)
        return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_DATA,
                          "a name holds the quote of this engine's names");
    text = buffer_string(&buffer);
    copy = text ? strdup(text) : NULL;
    if (!copy)
        return error_memory(err);
    *ret_text = copy;
    return PD_OK;
}

/* ---- Both ways --------------------------------------------------------------------------- */

pd_status
expr_read(const struct pd_dialect *dialect, const char *sql, char **ret_text, struct pd_error *err)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct expr *tree = NULL;
    pd_status status;

    if (!arena)
        return error_memory(err);
    if (!dialect)
        dialect = &standard;
    status = expr_parse(arena, dialect, sql, &tree, err);
    if (status == PD_OK && dialect->operands && dialect->flags & PD_DIALECT_BY_LANGUAGE) {
        expr_judge(dialect->operands, tree);
        if (expr_orders_by_language(dialect->operands, tree))
            return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_DATA,
                              "text that is not ordered by its bytes is not portable");
    }
    return status == PD_OK ? write_text(&canonical, tree, ret_text, err) : status;
}

/* The tree of text that must be canonical to the letter. */
static pd_status
parse_canonical(struct arena *arena, const char *text, struct expr **ret_tree, struct pd_error *err)
{
    CLEANUP_FREE char *again = NULL;
    struct expr *tree = NULL;
    pd_status status = expr_parse(arena, &canonical, text, &tree, err);

    if (status == PD_OK)
        status = write_text(&canonical, tree, &again, err);
    if (status == PD_UNSUPPORTED)
        return error_prefix(err, PD_FAILED, "not a canonical expression");
    if (status != PD_OK)
        return status;
    if (strcmp(again, text) != 0)
        return error_fail(err, PD_FAILED, PD_CAUSE_DATA,
                          "not a canonical expression: %s would be one", again);
    *ret_tree = tree;
    return PD_OK;
}

pd_status
expr_write(const struct pd_dialect *dialect, const char *text, char **ret_sql, struct pd_error *err)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct expr *tree = NULL;
    pd_status status;

    if (!arena)
        return error_memory(err);
    status = parse_canonical(arena, text, &tree, err);
    if (status == PD_OK && dialect && dialect->operands)
        expr_judge(dialect->operands, tree);
    return status == PD_OK ? write_text(dialect ? dialect : &standard, tree, ret_sql, err) : status;
}

pd_status
expr_uses(const struct pd_operands *operands, const char *text, uint32_t *ret_uses,
          struct pd_error *err)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct expr *tree = NULL;
    pd_status status;

    if (!arena)
        return error_memory(err);
    status = parse_canonical(arena, text, &tree, err);
    if (status == PD_OK)
        *ret_uses = expr_judge(operands, tree);
    return status;
}

pd_status
expr_same(const struct pd_table *table, const char *a, const char *b, bool *ret_same,
          struct pd_error *err)
{
    const struct pd_operands operands = {
        .struct_size = sizeof operands, .column = PD_NO_COLUMN, .table = table};
    CLEANUP(arena) struct arena *arena = arena_new();
    struct expr *trees[2] = {NULL, NULL};
    pd_status status;

    if (!arena)
        return error_memory(err);
    status = parse_canonical(arena, a, &trees[0], err);
    if (status == PD_OK)
        status = parse_canonical(arena, b, &trees[1], err);
    if (status == PD_OK)
        *ret_same = expr_trees_are_same(&operands, trees[0], trees[1]);
    return status;
}

static void
visit_columns(const struct expr *node, struct buffer *name,
              void (*visit)(void *arg, const char *name), void *arg)
{
    if (node->kind == EXPR_COLUMN) {
        buffer_clear(name);
        buffer_append(name, node->text, node->size);
        if (buffer_string(name))
            visit(arg, buffer_string(name));
        return;
    }
    for (const struct expr *child = node->first; child; child = child->next)
        visit_columns(child, name, visit, arg);
}

pd_status
expr_columns(const char *text, void (*visit)(void *arg, const char *name), void *arg,
             struct pd_error *err)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer name = {0};
    struct expr *tree = NULL;
    pd_status status;

    if (!arena)
        return error_memory(err);
    status = parse_canonical(arena, text, &tree, err);
    if (status != PD_OK)
        return status;
    visit_columns(tree, &name, visit, arg);
    return name.failed ? error_memory(err) : PD_OK;
}

static void
rename_columns(struct expr *node, struct buffer *name,
               const char *(*name_of)(const void *arg, const char *name), const void *arg)
{
    const char *other;

    if (node->kind == EXPR_COLUMN) {
        buffer_clear(name);
        buffer_append(name, node->text, node->size);
        other = buffer_string(name) ? name_of(arg, buffer_string(name)) : NULL;
        if (other) {
            node->text = other;
            node->size = strlen(other);
        }
        return;
    }
    for (struct expr *child = node->first; child; child = child->next)
        rename_columns(child, name, name_of, arg);
}

pd_status
expr_rename(const char *text, const char *(*name_of)(const void *arg, const char *name),
            const void *arg, char **ret_text, struct pd_error *err)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer name = {0};
    struct expr *tree = NULL;
    pd_status status;

    if (!arena)
        return error_memory(err);
    status = parse_canonical(arena, text, &tree, err);
    if (status != PD_OK)
        return status;
    rename_columns(tree, &name, name_of, arg);
    return name.failed ? error_memory(err) : write_text(&canonical, tree, ret_text, err);
}
