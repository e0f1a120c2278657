// SPDX-License-Identifier: Apache-2.0
/* types - the server's types by their names in the catalogue: what kind each is, and how its bytes
   come. */
#include <stdlib.h>
#include <string.h>

#include "mariadb.h"

/* Which of the catalogue's facts a type's parameters are. */
enum parameter {
    PARAMETER_NONE,
    PARAMETER_CHARACTERS,
    PARAMETER_BYTES,
    PARAMETER_TEXT, /* without a length in characters */
    PARAMETER_BITS,
    PARAMETER_DIGITS,
    PARAMETER_FRACTION,
    PARAMETER_LABELS,
    PARAMETER_GEOMETRY
};

struct type_row {
    const char *name;
    uint8_t kind;
    uint8_t kind_unsigned; /* PD_KIND_NONE: the same */
    uint8_t form;
    uint8_t parameter;
};

/* Sorted by name. json is a type of its own in MySQL only. */
static const struct type_row type_rows[] = {
    {"bigint", PD_KIND_INT64, PD_KIND_UINT64, MY_FORM_INT, PARAMETER_NONE},
    {"binary", PD_KIND_BINARY, 0, MY_FORM_BYTES, PARAMETER_BYTES},
    {"bit", PD_KIND_BIT, 0, MY_FORM_BIT, PARAMETER_BITS},
    {"blob", PD_KIND_BINARY, 0, MY_FORM_BYTES, PARAMETER_NONE},
    {"char", PD_KIND_CHAR, 0, MY_FORM_TEXT, PARAMETER_CHARACTERS},
    {"date", PD_KIND_DATE, 0, MY_FORM_DATE, PARAMETER_NONE},
    {"datetime", PD_KIND_TIMESTAMP, 0, MY_FORM_DATETIME, PARAMETER_FRACTION},
    {"decimal", PD_KIND_DECIMAL, 0, MY_FORM_DECIMAL, PARAMETER_DIGITS},
    {"double", PD_KIND_FLOAT64, 0, MY_FORM_DOUBLE, PARAMETER_NONE},
    {"enum", PD_KIND_ENUM, 0, MY_FORM_ENUM, PARAMETER_LABELS},
    {"float", PD_KIND_FLOAT32, 0, MY_FORM_FLOAT, PARAMETER_NONE},
    {"geomcollection", PD_KIND_GEOMETRY, 0, MY_FORM_GEOMETRY, PARAMETER_GEOMETRY},
    {"geometry", PD_KIND_GEOMETRY, 0, MY_FORM_GEOMETRY, PARAMETER_GEOMETRY},
    {"geometrycollection", PD_KIND_GEOMETRY, 0, MY_FORM_GEOMETRY, PARAMETER_GEOMETRY},
    {"inet4", PD_KIND_INET4, 0, MY_FORM_ADDRESS, PARAMETER_NONE},
    {"inet6", PD_KIND_INET6, 0, MY_FORM_ADDRESS, PARAMETER_NONE},
    {"int", PD_KIND_INT32, PD_KIND_UINT32, MY_FORM_INT, PARAMETER_NONE},
    {"json", PD_KIND_JSON, 0, MY_FORM_TEXT, PARAMETER_NONE},
    {"linestring", PD_KIND_GEOMETRY, 0, MY_FORM_GEOMETRY, PARAMETER_GEOMETRY},
    {"longblob", PD_KIND_BINARY, 0, MY_FORM_BYTES, PARAMETER_NONE},
    {"longtext", PD_KIND_TEXT, 0, MY_FORM_TEXT, PARAMETER_TEXT},
    {"mediumblob", PD_KIND_BINARY, 0, MY_FORM_BYTES, PARAMETER_NONE},
    {"mediumint", PD_KIND_INT32, PD_KIND_UINT32, MY_FORM_INT, PARAMETER_NONE},
    {"mediumtext", PD_KIND_TEXT, 0, MY_FORM_TEXT, PARAMETER_TEXT},
    {"multilinestring", PD_KIND_GEOMETRY, 0, MY_FORM_GEOMETRY, PARAMETER_GEOMETRY},
    {"multipoint", PD_KIND_GEOMETRY, 0, MY_FORM_GEOMETRY, PARAMETER_GEOMETRY},
    {"multipolygon", PD_KIND_GEOMETRY, 0, MY_FORM_GEOMETRY, PARAMETER_GEOMETRY},
    {"point", PD_KIND_GEOMETRY, 0, MY_FORM_GEOMETRY, PARAMETER_GEOMETRY},
    {"polygon", PD_KIND_GEOMETRY, 0, MY_FORM_GEOMETRY, PARAMETER_GEOMETRY},
    {"set", PD_KIND_SET, 0, MY_FORM_SET, PARAMETER_LABELS},
    {"smallint", PD_KIND_INT16, PD_KIND_UINT16, MY_FORM_INT, PARAMETER_NONE},
    {"text", PD_KIND_TEXT, 0, MY_FORM_TEXT, PARAMETER_TEXT},
    {"time", PD_KIND_TIME, 0, MY_FORM_TIME, PARAMETER_FRACTION},
    {"timestamp", PD_KIND_TIMESTAMPTZ, 0, MY_FORM_DATETIME, PARAMETER_FRACTION},
    {"tinyblob", PD_KIND_BINARY, 0, MY_FORM_BYTES, PARAMETER_NONE},
    {"tinyint", PD_KIND_INT8, PD_KIND_UINT8, MY_FORM_INT, PARAMETER_NONE},
    {"tinytext", PD_KIND_TEXT, 0, MY_FORM_TEXT, PARAMETER_TEXT},
    {"uuid", PD_KIND_UUID, 0, MY_FORM_UUID, PARAMETER_NONE},
    {"varbinary", PD_KIND_BINARY, 0, MY_FORM_BYTES, PARAMETER_BYTES},
    {"varchar", PD_KIND_TEXT, 0, MY_FORM_TEXT, PARAMETER_CHARACTERS},
    {"vector", PD_KIND_BINARY, 0, MY_FORM_BYTES, PARAMETER_NONE},
    {"year", PD_KIND_YEAR, 0, MY_FORM_YEAR, PARAMETER_NONE},
};

/* Sorted. All that a column of these can hold is the same again after a way through utf8mb4, as
   was tried with every character of theirs. ascii is not here: its columns take bytes above 7f,
   which come back as '?'. */
static const char *const reversible_charsets[] = {
    "cp850",   "cp852",  "cp866",  "keybcs2", "koi8r",    "koi8u", "latin1",
    "latin2",  "latin5", "latin7", "macce",   "macroman", "ucs2",  "utf16",
    "utf16le", "utf32",  "utf8",   "utf8mb3", "utf8mb4",
};

static int
compare_row(const void *key, const void *row)
{
    return strcmp(key, ((const struct type_row *)row)->name);
}

static int
compare_name(const void *key, const void *name)
{
    return strcmp(key, *(const char *const *)name);
}

bool
my_charset_comes_back(const char *charset)
{
    return !charset || bsearch(charset, reversible_charsets,
                               sizeof reversible_charsets / sizeof *reversible_charsets,
                               sizeof *reversible_charsets, compare_name);
}

/* ---- Labels: enum('a','it''s','b\\c'), and x'eef0' for what no text comes back to ---- */

/* The server escapes no others. */
static char
unescape(char c)
{
    switch (c) {
    case '0':
        return 0;
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    default:
        return c;
    }
}

/* Behind the label that begins at the quote, which goes to out; NULL: it does not end. */
static const char *
cut_label(const char *at, char *out, size_t *ret_size)
{
    size_t size = 0;

    for (at++; *at; at++) {
        if (*at == '\'' && at[1] != '\'') {
            *ret_size = size;
            return at + 1;
        }
        if (*at == '\'')
            at++;
        if (*at == '\\' && at[1])
            out[size++] = unescape(*++at);
        else
            out[size++] = *at;
    }
    return NULL;
}

/* 0: one of them is no text, or they are not understood. */
static size_t
count_labels(const char *at, char *buffer)
{
    size_t n = 0, size;

    while (at && *at == '\'') {
        at = cut_label(at, buffer, &size);
        if (!at)
            return 0;
        n++;
        at += *at == ',';
    }
    return at && *at == ')' ? n : 0;
}

static pd_status
cut_labels(const char *at, size_t n, char *buffer, struct pd_type *type, struct pd_pool *pool)
{
    const char **labels = pd_pool_alloc(pool, n * sizeof *labels);
    size_t size;

    if (!labels)
        return PD_FATAL;
    for (size_t i = 0; i < n; i++) {
        at = cut_label(at, buffer, &size);
        if (memchr(buffer, 0, size))
            return PD_UNSUPPORTED;
        labels[i] = pd_pool_copy(pool, buffer, size);
        if (!labels[i])
            return PD_FATAL;
        at += *at == ',';
    }
    type->labels = labels;
    type->n_labels = n;
    return PD_OK;
}

/* PD_UNSUPPORTED: a label that no C string can hold, or nothing that was understood. */
static pd_status
read_labels(const struct my_type_facts *facts, struct pd_type *type, struct pd_pool *pool)
{
    const char *at = strchr(facts->column_type, '(');
    char *buffer;
    pd_status status = PD_UNSUPPORTED;
    size_t n;

    if (!at)
        return PD_UNSUPPORTED;
    buffer = pool->host->alloc(pool->host, strlen(at) + 1);
    if (!buffer)
        return PD_FATAL;
    n = count_labels(++at, buffer);
    if (n)
        status = cut_labels(at, n, buffer, type, pool);
    pool->host->release(pool->host, buffer);
    return status;
}

/* ---- The other parameters ---- */

static bool
is_unsigned(const struct my_type_facts *facts)
{
    const char *behind = strpbrk(facts->column_type, ") ");

    return behind && (strstr(behind, "unsigned") || strstr(behind, "zerofill"));
}

static const char *
opaque_name(const char *name, struct pd_pool *pool)
{
    static const char prefix[] = "mariadb:";
    size_t size = strlen(name);
    char *text = pd_pool_alloc(pool, sizeof prefix + size);

    if (!text)
        return NULL;
    memcpy(text, prefix, sizeof prefix - 1);
    memcpy(text + sizeof prefix - 1, name, size);
    return text;
}

static void
read_text(const struct my_type_facts *facts, const struct type_row *row, struct pd_type *type,
          enum my_form *form)
{
    bool is_raw = !my_charset_comes_back(facts->charset);

    if (row->parameter == PARAMETER_CHARACTERS)
        type->length = facts->length;
    if (is_raw)
        *form = MY_FORM_RAW;
    if (!facts->is_json || is_raw || type->kind != PD_KIND_TEXT)
        return;
    type->kind = PD_KIND_JSON;
    type->length = 0;
}

static pd_status
read_list(const struct my_type_facts *facts, struct pd_type *type, enum my_form *form,
          struct pd_pool *pool)
{
    pd_status status = facts->has_no_labels ? PD_UNSUPPORTED : read_labels(facts, type, pool);

    if (status != PD_UNSUPPORTED)
        return status;
    type->kind = PD_KIND_TEXT; /* its values are text all the same */
    *form = my_charset_comes_back(facts->charset) ? MY_FORM_TEXT : MY_FORM_RAW;
    return PD_OK;
}

static pd_status
read_geometry(const struct my_type_facts *facts, struct pd_type *type, struct pd_pool *pool)
{
    bool is_short = strcmp(facts->data_type, "geomcollection") == 0; /* MySQL's name */

    type->srid = facts->srid;
    type->native_name = is_short ? "geometrycollection" : pd_pool_text(pool, facts->data_type);
    return type->native_name ? PD_OK : PD_FATAL;
}

static pd_status
read_parameter(const struct my_type_facts *facts, const struct type_row *row, struct pd_type *type,
               enum my_form *form, struct pd_pool *pool)
{
    switch ((enum parameter)row->parameter) {
    case PARAMETER_NONE:
        return PD_OK;
    case PARAMETER_CHARACTERS:
    case PARAMETER_TEXT:
        read_text(facts, row, type, form);
        return PD_OK;
    case PARAMETER_BYTES:
        type->length = facts->length;
        return PD_OK;
    case PARAMETER_BITS:
        type->length = facts->precision > 0 ? (uint64_t)facts->precision : 1;
        return PD_OK;
    case PARAMETER_DIGITS:
        type->precision = facts->precision;
        type->scale = facts->scale > 0 ? facts->scale : 0;
        return PD_OK;
    case PARAMETER_FRACTION:
        type->precision = facts->precision > 0 ? facts->precision : 0;
        type->flags = type->kind == PD_KIND_TIME ? PD_TYPE_WIDE : 0;
        return PD_OK;
    case PARAMETER_LABELS:
        return read_list(facts, type, form, pool);
    case PARAMETER_GEOMETRY:
        return read_geometry(facts, type, pool);
    }
    return PD_OK;
}

static pd_status
read_opaque(const struct my_type_facts *facts, struct pd_type *type, struct pd_pool *pool)
{
    type->kind = PD_KIND_OPAQUE;
    type->native_name = opaque_name(facts->data_type, pool);
    return type->native_name ? PD_UNSUPPORTED : PD_FATAL;
}

pd_status
my_type_read(const struct my_type_facts *facts, struct pd_type *ret_type, enum my_form *ret_form,
             struct pd_pool *pool)
{
    const struct type_row *row =
        bsearch(facts->data_type, type_rows, sizeof type_rows / sizeof *type_rows,
                sizeof *type_rows, compare_row);

    memset(ret_type, 0, sizeof *ret_type);
    ret_type->struct_size = sizeof *ret_type;
    *ret_form = row ? (enum my_form)row->form : MY_FORM_TEXT;
    if (!row)
        return read_opaque(facts, ret_type, pool);
    ret_type->kind = row->kind_unsigned && is_unsigned(facts) ? row->kind_unsigned : row->kind;
    if (facts->is_bool && strncmp(facts->column_type, "tinyint(1)", 10) == 0)
        ret_type->kind = PD_KIND_BOOL;
    return read_parameter(facts, row, ret_type, ret_form, pool);
}
