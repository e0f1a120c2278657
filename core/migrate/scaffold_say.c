// SPDX-License-Identifier: Apache-2.0
/* scaffold_say - names, types, columns and their parts in the words of scripts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "migrate/literal.h"
#include "migrate/scaffold_inside.h"
#include "model/decimal.h"
#include "model/expr.h"
#include "model/kind.h"

/* ---- Lua ---- */

static bool
is_control(unsigned char letter)
{
    return letter < 0x20 || letter == 0x7f;
}

void
say_quoted(struct buffer *out, const char *text, size_t size)
{
    buffer_char(out, '"');
    for (size_t i = 0; i < size; i++) {
        unsigned char letter = (unsigned char)text[i];

        if (letter == '\n')
            buffer_text(out, "\\n");
        else if (is_control(letter))
            buffer_printf(out, "\\%03u", letter);
        else if (letter == '"' || letter == '\\')
            buffer_printf(out, "\\%c", letter);
        else
            buffer_char(out, text[i]);
    }
    buffer_char(out, '"');
}

static void
say_string(struct buffer *out, const char *text)
{
    say_quoted(out, text, strlen(text));
}

static bool
is_word(const char *name)
{
    static const char *const keywords[] = {"and",   "break", "do",       "else", "elseif", "end",
                                           "false", "for",   "function", "goto", "if",     "in",
                                           "local", "nil",   "not",      "or",   "repeat", "return",
                                           "then",  "true",  "until",    "while"};
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

    for (size_t i = 0; i < COUNT_OF(keywords); i++) {
        if (strcmp(keywords[i], name) == 0)
            return false;
    }
    return *name && strspn(name, letters) == strlen(name) && !(*name >= '0' && *name <= '9');
}

void
say_member(struct buffer *out, const char *of, const char *name)
{
    buffer_text(out, of);
    if (is_word(name)) {
        buffer_printf(out, ".%s", name);
        return;
    }
    buffer_char(out, '[');
    say_string(out, name);
    buffer_char(out, ']');
}

void
say_field(struct buffer *out, const char *name)
{
    if (is_word(name)) {
        buffer_text(out, name);
        return;
    }
    buffer_char(out, '[');
    say_string(out, name);
    buffer_char(out, ']');
}

void
say_comment(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            buffer_text(out, "\\n");
        else if (is_control((unsigned char)*text))
            buffer_printf(out, "\\%03u", (unsigned char)*text);
        else
            buffer_char(out, *text);
    }
}

const char *
say_count(struct scaffold *s, uint64_t n)
{
    char digits[32], text[48];
    size_t size = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, n), at = 0;
    const char *kept;

    for (size_t i = 0; i < size; i++) {
        if (i && (size - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    kept = arena_strdup(s->arena, text);
    return kept ? kept : "?";
}

const char *
say_table(struct scaffold *s, const struct pd_table *table)
{
    const char *full = table->name;

    if (table->schema && *table->schema)
        full = arena_printf(s->arena, "%s.%s", table->schema, table->name);
    if (!full)
        s->line.failed = true;
    return full ? full : table->name;
}

/* What was put into a buffer, kept; NULL: memory is short. */
static const char *
keep(struct scaffold *s, struct buffer *text)
{
    return buffer_string(text) ? arena_strdup(s->arena, buffer_string(text)) : NULL;
}

/* ---- Types ---- */

const struct pd_type *
say_type(const struct pd_column *column)
{
    return column->hint.kind != PD_KIND_NONE ? &column->hint : &column->type;
}

void
say_type_text(struct buffer *out, const struct pd_type *type)
{
    kind_put(out, type);
    if (type->kind == PD_KIND_MONEY)
        buffer_printf(out, "(%d)", (int)type->scale);
}

static void
say_labels(struct buffer *out, const struct pd_type *type)
{
    for (size_t i = 0; i < type->n_labels; i++) {
        buffer_text(out, i ? ", " : "{");
        say_string(out, type->labels[i]);
    }
    if (type->n_labels)
        buffer_char(out, '}');
}

/* ---- Defaults ---- */

static bool
is_number(int kind)
{
    return kind_is_integer(kind) || kind == PD_KIND_FLOAT32 || kind == PD_KIND_FLOAT64 ||
           kind == PD_KIND_DECIMAL || kind == PD_KIND_NUMBER || kind == PD_KIND_MONEY ||
           kind == PD_KIND_YEAR;
}

/* Size of a number's text without zeros that say nothing. */
static size_t
number_size(const struct decimal *d, const char *text, size_t size)
{
    size_t n = d->n_fraction;

    if (!n)
        return size;
    while (n && d->fraction[n - 1] == '0')
        n--;
    return n ? (size_t)(d->fraction + n - text) : (size_t)(d->digits + d->n_digits - text);
}

/* "1.5e+21", as a float may be spelt; Lua reads it, too. */
static bool
is_power(const char *text, size_t size)
{
    char *end;
    char copy[64];

    if (!size || size >= sizeof copy || text[0] < '0' || text[0] > '9')
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    (void)strtod(copy, &end);
    return !*end && strspn(copy, "0123456789.eE+-") == size;
}

static void
say_number(struct buffer *out, const struct pd_type *type, const char *text, size_t size)
{
    struct decimal d;
    int64_t whole;

    if (!decimal_parse(text, size, &d)) {
        if (is_power(text, size))
            buffer_append(out, text, size);
        else
            say_quoted(out, text, size);
        return;
    }
    size = number_size(&d, text, size);
    if (decimal_parse(text, size, &d) && decimal_int64(&d, &whole)) {
        buffer_append(out, text, size);
    } else if (type->kind == PD_KIND_DECIMAL || type->kind == PD_KIND_MONEY) {
        buffer_text(out, "decimal(");
        say_quoted(out, text, size);
        buffer_char(out, ')');
    } else {
        buffer_append(out, text, size);
    }
}

static void
say_literal(struct buffer *out, const struct pd_column *column, const struct pd_type *type)
{
    const char *text = column->default_text ? column->default_text : "";

    buffer_text(out, "default = ");
    if (type->kind == PD_KIND_BOOL && column->default_size) {
        buffer_text(out, strchr("tTyY1", *text) ? "true" : "false");
    } else if (column->default_tag == PD_TAG_BYTES) {
        buffer_text(out, "bytes(\"");
        for (uint32_t i = 0; i < column->default_size; i++)
            buffer_printf(out, "\\x%02x", (unsigned)(unsigned char)text[i]);
        buffer_text(out, "\")");
    } else if (is_number(type->kind) ||
               (type->kind == PD_KIND_ANY &&
                (column->default_tag == PD_TAG_INT || column->default_tag == PD_TAG_REAL))) {
        say_number(out, type, text, column->default_size);
    } else {
        say_quoted(out, text, column->default_size);
    }
}

static bool
is_now(int default_kind, int kind)
{
    switch (default_kind) {
    case PD_DEFAULT_TODAY:
        return kind == PD_KIND_DATE;
    case PD_DEFAULT_CLOCK:
        return kind == PD_KIND_TIME || kind == PD_KIND_TIMETZ;
    default:
        return kind == PD_KIND_TIMESTAMP || kind == PD_KIND_TIMESTAMPTZ;
    }
}

static pd_status
say_expression(struct scaffold *s, const char *text, say_rename *rename, const void *arg,
               const char **ret_text)
{
    CLEANUP_FREE char *renamed = NULL;
    pd_status status = PD_OK;

    if (text && rename)
        status = expr_rename(text, rename, arg, &renamed, s->err);
    if (status != PD_OK)
        return status;
    *ret_text = arena_strdup(s->arena, renamed ? renamed : text);
    return text && !*ret_text ? error_memory(s->err) : PD_OK;
}

/* Would a step take it? SQLite lets text stand as the default of a number. */
static bool
is_taken(const struct scaffold *s, const struct pd_column *column, const struct pd_type *type)
{
    struct pd_column said = *column;

    said.type = *type;
    return type->kind == PD_KIND_BOOL || literal_settle(&said, s->arena, NULL) == PD_OK;
}

static pd_status
say_default(struct scaffold *s, const struct pd_column *column, say_rename *rename, const void *arg,
            struct buffer *out, struct buffer *unsaid)
{
    const struct pd_type *type = say_type(column);
    const char *text;
    pd_status status;

    switch (column->default_kind) {
    case PD_DEFAULT_NONE:
    case PD_DEFAULT_NULL:
        return PD_OK;
    case PD_DEFAULT_LITERAL:
        if (!is_taken(s, column, type))
            break;
        say_literal(out, column, type);
        return PD_OK;
    case PD_DEFAULT_NOW:
    case PD_DEFAULT_TODAY:
    case PD_DEFAULT_CLOCK:
        if (is_now(column->default_kind, type->kind)) {
            buffer_text(out, "default_now = true");
            return PD_OK;
        }
        break;
    case PD_DEFAULT_EXPRESSION:
        status = say_expression(s, column->default_text, rename, arg, &text);
        if (status == PD_OK) {
            buffer_text(out, "default_expression = ");
            say_string(out, text ? text : "");
        }
        return status;
    default:
        break;
    }
    buffer_printf(unsaid, ", its default %s",
                  column->default_native                    ? column->default_native
                  : column->default_kind == PD_DEFAULT_UUID ? "of a new uuid"
                  : column->default_text                    ? column->default_text
                                                            : "of the clock");
    return PD_OK;
}

/* ---- Columns ---- */

static bool
is_primary(const struct pd_table *table, uint32_t column)
{
    const struct pd_key *key = table->n_keys ? &table->keys[0] : NULL;

    for (size_t i = 0; key && key->kind == PD_KEY_PRIMARY && i < key->n_parts; i++) {
        if (key->parts[i].column == (int32_t)column)
            return true;
    }
    return false;
}

/* What the description of its type leaves out. */
static void
unsaid_type(struct buffer *unsaid, const struct pd_column *column, const struct pd_type *type)
{
    if (type->flags & PD_TYPE_WIDE)
        buffer_text(unsaid, ", that its times go beyond a day");
    if (type->kind == PD_KIND_INTERVAL && type->precision >= 0)
        buffer_printf(unsaid, ", its precision %d", (int)type->precision);
    if (type->kind == PD_KIND_GEOMETRY && (type->native_name || type->srid))
        buffer_printf(unsaid, ", that it is a %s of system %u",
                      type->native_name ? type->native_name : "shape", (unsigned)type->srid);
    if (column->collation == PD_COLLATION_NATIVE)
        buffer_printf(unsaid, ", its collation %s",
                      column->collation_native ? column->collation_native : "");
    else if (column->collation > PD_COLLATION_BINARY)
        buffer_printf(unsaid, ", its collation %s",
                      column->collation == PD_COLLATION_NOCASE  ? "NOCASE"
                      : column->collation == PD_COLLATION_RTRIM ? "RTRIM"
                                                                : "without case");
}

static const char *
impossible_type(struct scaffold *s, const struct pd_column *column, const struct pd_type *type)
{
    if (!*column->name)
        return "it has no name";
    if (type->kind == PD_KIND_ARRAY)
        return arena_printf(s->arena, "its type is an array (%s)", column->native);
    if (type->kind == PD_KIND_OPAQUE)
        return arena_printf(s->arena, "its type is %s",
                            type->native_name ? type->native_name : column->native);
    return NULL;
}

static pd_status
say_generated(struct scaffold *s, const struct pd_column *column, say_rename *rename,
              const void *arg, struct buffer *out, struct said_column *said)
{
    const char *text;
    pd_status status;

    if (!column->generated)
        return PD_OK;
    if (!column->expression) {
        said->impossible = arena_printf(s->arena, "only its engine can read its expression: %s",
                                        column->expression_native ? column->expression_native : "");
        buffer_text(out, "?");
        return said->impossible ? PD_OK : error_memory(s->err);
    }
    status = say_expression(s, column->expression, rename, arg, &text);
    if (status == PD_OK)
        say_string(out, text);
    return status;
}

/* A list that begins with ", ". */
static const char *
keep_list(struct scaffold *s, struct buffer *list)
{
    const char *text = keep(s, list);

    return text && *text ? text + 2 : text;
}

pd_status
say_column(struct scaffold *s, const struct pd_table *table, uint32_t number, say_rename *rename,
           const void *arg, struct said_column *ret_said)
{
    const struct pd_column *column = &table->columns[number];
    const struct pd_type *type = say_type(column);
    struct said_column said = {
        .not_null = column->flags & PD_COLUMN_NOT_NULL || is_primary(table, number),
        .identity = column->identity != PD_IDENTITY_NO,
        .impossible = impossible_type(s, column, type),
    };
    CLEANUP_BUFFER struct buffer types = {0}, labels = {0}, filled = {0}, generated = {0},
                                 comment = {0}, unsaid = {0};
    pd_status status = PD_OK;

    say_type_text(&types, type);
    say_labels(&labels, type);
    unsaid_type(&unsaid, column, type);
    said.unsaid_type = keep_list(s, &unsaid);
    if (!said.identity && !column->generated)
        status = say_default(s, column, rename, arg, &filled, &unsaid);
    if (status == PD_OK)
        status = say_generated(s, column, rename, arg, &generated, &said);
    if (status != PD_OK)
        return status;
    if (column->comment && *column->comment)
        say_string(&comment, column->comment);
    said.type = keep(s, &types);
    said.labels = keep(s, &labels);
    said.filled = keep(s, &filled);
    said.generated = keep(s, &generated);
    said.comment = keep(s, &comment);
    said.unsaid = keep_list(s, &unsaid);
    if (!said.type || !said.labels || !said.filled || !said.generated || !said.comment ||
        !said.unsaid || !said.unsaid_type)
        return error_memory(s->err);
    said.has_value = column->default_kind == PD_DEFAULT_LITERAL && *said.filled;
    *ret_said = said;
    return PD_OK;
}

void
say_described(struct buffer *out, const struct said_column *said)
{
    buffer_printf(out, "type = \"%s\"", said->type);
    if (*said->labels)
        buffer_printf(out, ", labels = %s", said->labels);
    if (said->not_null)
        buffer_text(out, ", null = false");
    if (*said->filled)
        buffer_printf(out, ", %s", said->filled);
    if (*said->generated)
        buffer_printf(out, ", generated = %s", said->generated);
    if (said->identity)
        buffer_text(out, ", identity = true");
    if (*said->comment)
        buffer_printf(out, ", comment = %s", said->comment);
}

/* ---- Keys and checks ---- */

static const char *
renamed(say_rename *rename, const void *arg, const char *name)
{
    const char *to = rename ? rename(arg, name) : NULL;

    return to ? to : name;
}

static pd_status
keep_said(struct scaffold *s, struct buffer *text, struct buffer *unsaid, struct said *said)
{
    said->text = keep(s, text);
    said->unsaid = keep_list(s, unsaid);
    return said->text && said->unsaid ? PD_OK : error_memory(s->err);
}

static void
say_parts(struct buffer *out, const struct pd_table *table, const struct pd_key *key,
          say_rename *rename, const void *arg)
{
    buffer_text(out, "columns = {");
    for (size_t i = 0; i < key->n_parts; i++) {
        if (i)
            buffer_text(out, ", ");
        if (key->parts[i].column < 0)
            buffer_text(out, "?");
        else
            say_string(out, renamed(rename, arg, table->columns[key->parts[i].column].name));
    }
    buffer_char(out, '}');
}

static void
unsaid_parts(struct buffer *unsaid, const struct pd_key *key)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        if (key->parts[i].flags & PD_PART_DESC)
            buffer_printf(unsaid, ", that its column %zu descends", i + 1);
        if (key->parts[i].collation)
            buffer_printf(unsaid, ", the collation of its column %zu", i + 1);
    }
}

static const char *
impossible_key(struct scaffold *s, const struct pd_key *key)
{
    bool computed = key->flags & PD_KEY_NATIVE_ONLY;

    for (size_t i = 0; i < key->n_parts; i++)
        computed = computed || key->parts[i].column < 0;
    if (computed)
        return arena_printf(s->arena, "it is more than columns%s%s", key->native_sql ? ": " : "",
                            key->native_sql ? key->native_sql : "");
    if (!key->predicate && key->predicate_native)
        return arena_printf(s->arena, "only its engine can read its condition: %s",
                            key->predicate_native);
    return NULL;
}

pd_status
say_key(struct scaffold *s, const struct pd_table *table, const struct pd_key *key,
        say_rename *rename, const void *arg, struct said *ret_said)
{
    static const char *const kinds[] = {"?", "primary", "unique", "index"};
    CLEANUP_BUFFER struct buffer text = {0}, unsaid = {0};
    struct said said = {.name = key->kind == PD_KEY_PRIMARY ? NULL : key->name,
                        .impossible = impossible_key(s, key)};
    const char *where = NULL;
    pd_status status = say_expression(s, key->predicate, rename, arg, &where);

    if (status != PD_OK)
        return status;
    buffer_printf(&text, "kind = \"%s\", ", kinds[key->kind <= PD_KEY_INDEX ? key->kind : 0]);
    say_parts(&text, table, key, rename, arg);
    if (where) {
        buffer_text(&text, ", where = ");
        say_string(&text, where);
    }
    unsaid_parts(&unsaid, key);
    status = keep_said(s, &text, &unsaid, &said);
    if (status == PD_OK)
        *ret_said = said;
    return status;
}

pd_status
say_check(struct scaffold *s, const struct pd_check *check, say_rename *rename, const void *arg,
          struct said *ret_said)
{
    CLEANUP_BUFFER struct buffer text = {0}, unsaid = {0};
    struct said said = {.name = check->name};
    pd_status status = say_expression(s, check->expression, rename, arg, &said.spelt);

    if (status != PD_OK)
        return status;
    if (!said.spelt) {
        said.impossible = arena_printf(s->arena, "only its engine can read it: %s",
                                       check->expression_native ? check->expression_native : "");
        if (!said.impossible)
            return error_memory(s->err);
    }
    buffer_text(&text, "expression = ");
    say_string(&text, said.spelt ? said.spelt
                                 : (check->expression_native ? check->expression_native : ""));
    if (check->flags & PD_CHECK_NOT_VALIDATED)
        buffer_text(&unsaid, ", that it is not validated");
    status = keep_said(s, &text, &unsaid, &said);
    if (status == PD_OK)
        *ret_said = said;
    return status;
}
