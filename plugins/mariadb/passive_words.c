// SPDX-License-Identifier: Apache-2.0
/* passive_words - functions and words that an expression may have which runs although nobody has
   asked for it: they compute from their arguments, or look at a clock, and do nothing else. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "passive.h"

enum { PASSIVE_WORD_ROOM = 40 };

/* Sorted. */
static const char *const functions[] = {
    "abs",
    "acos",
    "add_months",
    "adddate",
    "addtime",
    "and",
    "ascii",
    "asin",
    "atan",
    "atan2",
    "between",
    "bin",
    "binary",
    "bit_count",
    "bit_length",
    "case",
    "cast",
    "ceil",
    "ceiling",
    "char",
    "char_length",
    "character_length",
    "chr",
    "coalesce",
    "concat",
    "concat_ws",
    "conv",
    "convert",
    "cos",
    "cot",
    "crc32",
    "crc32c",
    "curdate",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "curtime",
    "database",
    "date",
    "date_add",
    "date_format",
    "date_sub",
    "datediff",
    "datetime",
    "day",
    "dayname",
    "dayofmonth",
    "dayofweek",
    "dayofyear",
    "decimal",
    "degrees",
    "div",
    "else",
    "elt",
    "exp",
    "export_set",
    "extract",
    "field",
    "find_in_set",
    "floor",
    "format",
    "from_base64",
    "from_days",
    "from_unixtime",
    "greatest",
    "hex",
    "hour",
    "if",
    "ifnull",
    "in",
    "inet6_aton",
    "inet6_ntoa",
    "inet_aton",
    "inet_ntoa",
    "insert",
    "instr",
    "interval",
    "is_ipv4",
    "is_ipv6",
    "isnull",
    "json_array",
    "json_compact",
    "json_contains",
    "json_contains_path",
    "json_depth",
    "json_detailed",
    "json_equals",
    "json_exists",
    "json_extract",
    "json_insert",
    "json_keys",
    "json_length",
    "json_loose",
    "json_merge_patch",
    "json_merge_preserve",
    "json_normalize",
    "json_object",
    "json_overlaps",
    "json_query",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_search",
    "json_set",
    "json_type",
    "json_unquote",
    "json_valid",
    "json_value",
    "last_day",
    "lcase",
    "least",
    "left",
    "length",
    "like",
    "ln",
    "localtime",
    "localtimestamp",
    "locate",
    "log",
    "log10",
    "log2",
    "lower",
    "lpad",
    "ltrim",
    "make_set",
    "makedate",
    "maketime",
    "md5",
    "microsecond",
    "mid",
    "minute",
    "mod",
    "month",
    "monthname",
    "natural_sort_key",
    "not",
    "now",
    "nullif",
    "nvl",
    "nvl2",
    "oct",
    "octet_length",
    "or",
    "ord",
    "period_add",
    "period_diff",
    "pi",
    "point",
    "position",
    "pow",
    "power",
    "quarter",
    "quote",
    "radians",
    "regexp",
    "regexp_instr",
    "regexp_replace",
    "regexp_substr",
    "repeat",
    "replace",
    "reverse",
    "right",
    "rlike",
    "round",
    "row",
    "rpad",
    "rtrim",
    "schema",
    "sec_to_time",
    "second",
    "session_user",
    "sformat",
    "sha",
    "sha1",
    "sha2",
    "sign",
    "sin",
    "soundex",
    "space",
    "sqrt",
    "st_area",
    "st_asbinary",
    "st_astext",
    "st_aswkb",
    "st_aswkt",
    "st_distance",
    "st_geometryfromtext",
    "st_geomfromtext",
    "st_geomfromwkb",
    "st_isempty",
    "st_length",
    "st_pointfromtext",
    "st_srid",
    "st_x",
    "st_y",
    "str_to_date",
    "strcmp",
    "subdate",
    "substr",
    "substring",
    "substring_index",
    "subtime",
    "sys_guid",
    "system_user",
    "tan",
    "then",
    "time",
    "time_format",
    "time_to_sec",
    "timediff",
    "timestamp",
    "timestampadd",
    "timestampdiff",
    "to_base64",
    "to_char",
    "to_days",
    "to_seconds",
    "trim",
    "truncate",
    "ucase",
    "unhex",
    "unix_timestamp",
    "upper",
    "user",
    "utc_date",
    "utc_time",
    "utc_timestamp",
    "uuid",
    "uuid_short",
    "values",
    "version",
    "week",
    "weekday",
    "weekofyear",
    "weight_string",
    "when",
    "xor",
    "year",
    "yearweek",
};

/* Sorted. Those of them that take arguments stand above. */
static const char *const words[] = {
    "and",
    "as",
    "asc",
    "between",
    "binary",
    "both",
    "case",
    "char",
    "charset",
    "collate",
    "date",
    "datetime",
    "day",
    "day_hour",
    "day_microsecond",
    "day_minute",
    "day_second",
    "decimal",
    "desc",
    "div",
    "double",
    "else",
    "end",
    "escape",
    "false",
    "float",
    "for",
    "from",
    "hour",
    "hour_microsecond",
    "hour_minute",
    "hour_second",
    "in",
    "inet4",
    "inet6",
    "int",
    "integer",
    "interval",
    "is",
    "leading",
    "like",
    "microsecond",
    "minute",
    "minute_microsecond",
    "minute_second",
    "mod",
    "month",
    "not",
    "null",
    "or",
    "quarter",
    "regexp",
    "rlike",
    "row",
    "second",
    "second_microsecond",
    "signed",
    "then",
    "time",
    "timestamp",
    "trailing",
    "true",
    "unknown",
    "unsigned",
    "using",
    "uuid",
    "week",
    "when",
    "xor",
    "year",
    "year_month",
};

/* Sorted. What else a list of partitions has. */
static const char *const partition_words[] = {
    "algorithm",    "auto",          "by",          "columns",    "comment", "current",
    "default",      "engine",        "hash",        "history",    "in",      "interval",
    "key",          "less",          "limit",       "linear",     "list",    "max_rows",
    "maxvalue",     "min_rows",      "partition",   "partitions", "range",   "starts",
    "subpartition", "subpartitions", "system_time", "than",       "values",
};

/* Sorted. */
static const char *const engines[] = {"archive", "aria", "csv", "innodb", "memory", "myisam"};

static int
compare(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

static bool
is_among(const struct lex *lex, const char *const *list, size_t n)
{
    char word[PASSIVE_WORD_ROOM];
    size_t i;

    if (lex->kind != LEX_WORD || lex->size >= sizeof word)
        return false;
    for (i = 0; i < lex->size; i++)
        word[i] = (char)(lex->text[i] | (lex->text[i] >= 'A' && lex->text[i] <= 'Z' ? 0x20 : 0));
    word[i] = '\0';
    return bsearch(word, list, n, sizeof *list, compare) != NULL;
}

#define IS_AMONG(lex, list) is_among(lex, list, sizeof list / sizeof *(list))

/* latin1, utf8mb4_nopad_bin: of the server's own. */
static bool
take_charset(struct lex *lex)
{
    return lex_take_kind(lex, LEX_WORD);
}

static bool
is_before_parenthesis(const struct lex *lex)
{
    struct lex ahead = *lex;

    lex_step(&ahead);
    return lex_is(&ahead, "(");
}

/* nextval(`s`): the sequence is one of the same database. */
static bool
take_nextval(struct lex *lex)
{
    return lex_take(lex, "nextval") && lex_take(lex, "(") && lex_take_kind(lex, LEX_NAME) &&
           lex_take(lex, ")");
}

/* _latin1'x' */
static bool
take_introduced(struct lex *lex)
{
    struct lex ahead = *lex;

    if (lex->kind != LEX_WORD || *lex->text != '_')
        return false;
    lex_step(&ahead);
    if (ahead.kind != LEX_STRING && ahead.kind != LEX_NUMBER)
        return false;
    lex_step(&ahead);
    *lex = ahead;
    return true;
}

static bool
take_word(struct lex *lex)
{
    if (lex->any) {
        lex_step(lex);
        return true;
    }
    if (lex_is(lex, "nextval"))
        return take_nextval(lex);
    if (*lex->text == '_')
        return take_introduced(lex);
    if (lex_is(lex, "charset") || lex_is(lex, "collate") || lex_is(lex, "using")) {
        lex_step(lex);
        return take_charset(lex);
    }
    if (is_before_parenthesis(lex) ? !IS_AMONG(lex, functions) : !IS_AMONG(lex, words))
        return false;
    lex_step(lex);
    return true;
}

/* What is neither a parenthesis nor the end. */
static bool
take_token(struct lex *lex)
{
    switch (lex->kind) {
    case LEX_WORD:
        return take_word(lex);
    case LEX_NAME:
    case LEX_STRING:
    case LEX_NUMBER:
        lex_step(lex);
        return true;
    case LEX_MARK:
        /* name.name: somebody else's */
        if ((lex_is(lex, ".") && !lex->any) || lex_is(lex, ";"))
            return false;
        lex_step(lex);
        return true;
    default:
        return false;
    }
}

static bool
skip_list(struct lex *lex, bool (*take)(struct lex *lex))
{
    size_t depth = 0;

    if (!lex_is(lex, "("))
        return false;
    do {
        depth += lex_is(lex, "(");
        depth -= lex_is(lex, ")");
        if (!take(lex))
            return false;
    } while (depth > 0);
    return true;
}

bool
passive_skip_expression(struct lex *lex)
{
    return skip_list(lex, take_token);
}

bool
passive_skip_call(struct lex *lex)
{
    if (lex_is(lex, "nextval") && !lex->any)
        return take_nextval(lex);
    if (!is_before_parenthesis(lex) || (!lex->any && !IS_AMONG(lex, functions)))
        return false;
    lex_step(lex);
    return passive_skip_expression(lex);
}

bool
passive_is_engine(const struct lex *lex)
{
    return lex->any ? lex->kind == LEX_WORD : IS_AMONG(lex, engines);
}

static bool
take_partition_token(struct lex *lex)
{
    if (lex_take(lex, "engine"))
        return lex_take(lex, "=") && passive_is_engine(lex) && lex_take_kind(lex, LEX_WORD);
    if (IS_AMONG(lex, partition_words)) {
        lex_step(lex);
        return true;
    }
    return take_token(lex);
}

bool
passive_skip_partitions(struct lex *lex)
{
    size_t depth = 0;

    while (lex->kind != LEX_END) {
        if (lex_is(lex, ")") && depth == 0)
            return false;
        depth += lex_is(lex, "(");
        depth -= lex_is(lex, ")");
        if (!take_partition_token(lex))
            return false;
    }
    return depth == 0;
}
