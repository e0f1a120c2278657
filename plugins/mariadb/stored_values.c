// SPDX-License-Identifier: Apache-2.0
/* stored_values - what the values of a stored generated column are, if another session might have
   computed others. */
#include "stored_values.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <polydump/schema.h>

const char *const stored_settings[] = {"time_zone",           "div_precision_increment",
                                       "default_regex_flags", "lc_time_names",
                                       "default_week_format", NULL};

/* ---- Does it depend on a session? ---- */

/* Sorted. What means the same in all of them, of columns that do. */
static const char *const plain_words[] = {
    "abs",          "and",
    "as",           "between",
    "binary",       "bit_count",
    "bit_length",   "case",
    "cast",         "ceiling",
    "char",         "char_length",
    "charset",      "coalesce",
    "collate",      "concat",
    "concat_ws",    "convert",
    "crc32",        "div",
    "double",       "elt",
    "else",         "end",
    "escape",       "false",
    "field",        "find_in_set",
    "floor",        "from",
    "greatest",     "hex",
    "if",           "ifnull",
    "in",           "insert",
    "instr",        "is",
    "json_compact", "json_exists",
    "json_extract", "json_length",
    "json_quote",   "json_type",
    "json_unquote", "json_valid",
    "json_value",   "lcase",
    "least",        "left",
    "length",       "like",
    "locate",       "lower",
    "lpad",         "ltrim",
    "md5",          "mod",
    "not",          "null",
    "nullif",       "octet_length",
    "or",           "ord",
    "repeat",       "replace",
    "reverse",      "right",
    "rpad",         "rtrim",
    "set",          "sha",
    "sha1",         "sha2",
    "sign",         "signed",
    "soundex",      "space",
    "strcmp",       "substr",
    "substring",    "substring_index",
    "then",         "trim",
    "true",         "ucase",
    "unhex",        "unsigned",
    "upper",        "using",
    "when",         "xor",
    "year",
};

static int
compare_word(const void *key, const void *word)
{
    const struct lex *lex = key;
    const char *other = *(const char *const *)word;
    int order = strncasecmp(lex->text, other, lex->size);

    return order ? order : -(other[lex->size] != 0);
}

static bool
is_plain_word(const struct lex *lex)
{
    static const char *const sets[] = {"utf8", "_utf8", "latin1", "_latin1", "ascii", "_ascii"};

    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (lex->size >= strlen(sets[i]) && strncasecmp(lex->text, sets[i], strlen(sets[i])) == 0)
            return true;
    }
    return bsearch(lex, plain_words, sizeof plain_words / sizeof *plain_words, sizeof *plain_words,
                   compare_word);
}

/* Instants are shown in a time zone, and blanks of CHAR in some modes. */
static bool
is_plain_column(const struct pd_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct pd_column *column = &table->columns[i];

        if (strcasecmp(column->name, name) == 0)
            return column->type.kind != PD_KIND_TIMESTAMPTZ && column->type.kind != PD_KIND_CHAR &&
                   !column->generated;
    }
    return false;
}

static bool
may_vary(struct maker *m, const struct pd_table *table, const struct pd_column *column)
{
    struct lex lex;

    for (lex_begin(&lex, column->expression_native); lex.kind != LEX_END;) {
        const char *name;

        if (lex.kind == LEX_BAD || lex_is(&lex, "/") ||
            (lex.kind == LEX_WORD && !is_plain_word(&lex)))
            return true;
        if (lex.kind != LEX_NAME) {
            lex_step(&lex);
            continue;
        }
        name = lex_take_name(&lex, &m->lines);
        if (!name || !is_plain_column(table, name))
            return true;
    }
    return false;
}

static bool
is_asked(struct maker *m, const struct pd_table *table, const struct pd_column *column)
{
    return column->generated == PD_GENERATED_STORED && column->expression_native &&
           may_vary(m, table, column);
}

/* ---- The values ---- */

/* Text of a column that is the same in each session of ours. */
static void
put_bytes(struct pd_sql *sql, const struct pd_column *column, const char *name)
{
    bool is_real = column->type.kind == PD_KIND_FLOAT32 || column->type.kind == PD_KIND_FLOAT64;

    pd_sql_add(sql, "CRC32(CAST(");
    my_name(sql, name);
    pd_sql_add(sql, is_real ? " + 0e0 AS BINARY))" : " AS BINARY))");
}

static const struct pd_key *
primary_key(const struct pd_table *table)
{
    for (size_t i = 0; i < table->n_keys; i++) {
        if (pd_key_at(table, i)->kind == PD_KEY_PRIMARY)
            return pd_key_at(table, i);
    }
    return NULL;
}

bool
stored_identifies(const struct pd_table *table, size_t number)
{
    const struct pd_column *column = pd_column_at(table, number);
    const struct pd_key *key = primary_key(table);

    for (size_t i = 0; key && i < key->n_parts; i++) {
        if (pd_part_at(key, i)->column == (int32_t)number)
            return true;
    }
    return !key && !column->generated && !(column->flags & PD_COLUMN_PASSENGER);
}

void
stored_put_row(struct pd_sql *row, const struct pd_column *column, const char *name)
{
    pd_sql_add(row, "IFNULL(");
    put_bytes(row, column, name);
    pd_sql_add(row, ", ''), ',', ");
}

void
stored_put(struct pd_sql *sql, const struct pd_sql *row, const struct pd_column *column,
           const char *name)
{
    pd_sql_add(sql, ", COUNT(");
    my_name(sql, name);
    pd_sql_add(sql, "), SUM(CRC32(CONCAT(");
    pd_sql_bytes(sql, row->size ? row->text : "", row->size);
    put_bytes(sql, column, name);
    pd_sql_add(sql, ")))");
    sql->failed = sql->failed || row->failed;
}

const char *
stored_text(struct pd_pool *pool, const char *count, const char *sum)
{
    struct pd_sql text = {.host = pool->host};
    const char *kept;

    pd_sql_printf(&text, "%s values, sum by row %s", count ? count : "0", sum ? sum : "0");
    kept = pd_sql_text(&text) ? pd_pool_text(pool, text.text) : NULL;
    pd_sql_free(&text);
    return kept;
}

/* ---- The settings ---- */

/* "name=value" lines, of those that differ from what our sessions have; "": none. */
static pd_status
read_settings(struct maker *m, const char **ret_text)
{
    struct pd_sql sql = {.host = m->host}, text = {.host = m->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    pd_sql_add(&sql,
               "SELECT LOWER(VARIABLE_NAME), GLOBAL_VALUE FROM information_schema.SYSTEM_VARIABLES"
               " WHERE GLOBAL_VALUE <> SESSION_VALUE AND VARIABLE_NAME IN (''");
    for (size_t i = 0; stored_settings[i]; i++)
        pd_sql_printf(&sql, ", '%s'", stored_settings[i]);
    pd_sql_add(&sql, ") ORDER BY 1");
    status = pd_sql_text(&sql) ? my_query(m->my, sql.text, &result, m->err)
                               : my_no_memory(m->host, m->err);
    while (status == PD_OK && (row = my_row(m->my, result, 2, 3, &status, m->err)) != NULL)
        pd_sql_printf(&text, "%s=%s\n", row[0], row[1]);
    if (result)
        mysql_free_result(result);
    *ret_text = status == PD_OK && text.size ? maker_built(m, &text) : NULL;
    if (!text.size)
        pd_sql_free(&text);
    pd_sql_free(&sql);
    return status == PD_FAILED ? PD_OK : status;
}

/* ---- All of them ---- */

static pd_status
ask_table(struct maker *m, size_t number, struct pd_sql *sql, const char *settings)
{
    const struct pd_table *table = &m->tables[number];
    struct pd_column *columns = m->works[number].columns;
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    unsigned at = 1;
    pd_status status = pd_sql_text(sql) ? my_query(m->my, sql->text, &result, m->err)
                                        : my_no_memory(m->host, m->err);

    row = status == PD_OK ? mysql_fetch_row(result) : NULL;
    for (size_t i = 0; i < table->n_columns && row; i++) {
        if (!is_asked(m, table, &columns[i]))
            continue;
        columns[i].generated_values = stored_text(m->pool, row[at], row[at + 1]);
        columns[i].generated_rows = strtoull(row[0], NULL, 10);
        columns[i].generated_settings = settings;
        at += 2;
    }
    if (result)
        mysql_free_result(result);
    return status == PD_FAILED ? PD_OK : status;
}

/* false: there is no such column. */
static bool
put_table(struct maker *m, size_t number, struct pd_sql *sql)
{
    const struct pd_table *table = &m->tables[number];
    struct pd_sql row = {.host = m->host};
    size_t n = 0;

    for (size_t i = 0; i < table->n_columns; i++) {
        if (stored_identifies(table, i))
            stored_put_row(&row, &table->columns[i], table->columns[i].name);
    }
    pd_sql_clear(sql);
    pd_sql_add(sql, "SELECT COUNT(*)");
    for (size_t i = 0; i < table->n_columns; i++) {
        if (!is_asked(m, table, &table->columns[i]))
            continue;
        stored_put(sql, &row, &table->columns[i], table->columns[i].name);
        n++;
    }
    pd_sql_add(sql, " FROM ");
    my_name(sql, m->works[number].name);
    pd_sql_free(&row);
    return n;
}

pd_status
stored_read(struct maker *m)
{
    struct pd_sql sql = {.host = m->host};
    const char *settings = NULL;
    bool is_known = false;
    pd_status status = PD_OK;

    for (size_t i = 0; i < m->n_tables && status == PD_OK && m->my->is_mariadb; i++) {
        if (!put_table(m, i, &sql))
            continue;
        if (!is_known)
            status = read_settings(m, &settings);
        is_known = true;
        if (status == PD_OK)
            status = ask_table(m, i, &sql, settings);
    }
    pd_sql_free(&sql);
    return status;
}
