// SPDX-License-Identifier: Apache-2.0
/* where - the user's condition: it must be one expression, and the server must understand it. */
#include <ctype.h>
#include <stdio.h>

#include "session.h"

#include "scan.h"

enum { WHERE_SHOWN = 200, WHERE_TAG = 64 };

/* Behind the quote that ends what began before `at`; NULL: it has no end. */
static const char *
skip_quoted(const char *at, char quote, bool backslash)
{
    while (*at) {
        if (backslash && *at == '\\' && at[1])
            at += 2;
        else if (*at != quote)
            at++;
        else if (at[1] == quote)
            at += 2;
        else
            return at + 1;
    }
    return NULL;
}

static const char *
skip_comment(const char *at)
{
    int depth = 0;

    do {
        if (at[0] == '/' && at[1] == '*') {
            depth++;
            at += 2;
        } else if (at[0] == '*' && at[1] == '/') {
            depth--;
            at += 2;
        } else if (*at++ == 0) {
            return NULL;
        }
    } while (depth > 0);
    return at;
}

/* $tag$ ... $tag$; a lone $ is passed over. */
static const char *
skip_dollar(const char *at)
{
    char tag[WHERE_TAG + 3];
    size_t n = 1;
    const char *end;

    while (n <= WHERE_TAG && (isalnum((unsigned char)at[n]) || at[n] == '_' || at[n] & 0x80))
        n++;
    if (at[n] != '$' || isdigit((unsigned char)at[1]))
        return at + 1;
    memcpy(tag, at, n + 1);
    tag[n + 1] = 0;
    end = strstr(at + n + 1, tag);
    return end ? end + n + 1 : NULL;
}

static bool
in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || c & 0x80;
}

/* The next token that may hide a parenthesis, or one character; NULL: it has no end. */
static const char *
skip_token(const char *at)
{
    const char *begin = at;

    if (in_name(*at) && *at != '$' && !isdigit((unsigned char)*at)) {
        while (in_name(*at))
            at++;
        if (*at != '\'' || at - begin != 1)
            return at;
        return skip_quoted(at + 1, '\'', *begin == 'E' || *begin == 'e');
    }
    if (*at == '\'' || *at == '"')
        return skip_quoted(at + 1, *at, false);
    if (*at == '$')
        return skip_dollar(at);
    if (at[0] == '-' && at[1] == '-')
        return at + strcspn(at, "\n");
    if (at[0] == '/' && at[1] == '*')
        return skip_comment(at);
    return at + 1;
}

/* Does it stay inside the parentheses that are put around it? */
static bool
is_closed(const char *text)
{
    int depth = 0;

    while (text && *text && depth >= 0) {
        depth += *text == '(' ? 1 : *text == ')' ? -1 : 0;
        text = skip_token(text);
    }
    return text && depth == 0;
}

/* What the server says of it: the first line of its message, without the word before. */
static pd_status
refused(struct pd_source *source, struct pd_error *err)
{
    const struct scan *scan = &source->scan;
    const char *message = PQerrorMessage(source->pg->conn), *colon = strstr(message, ":  ");
    char shown[WHERE_SHOWN], line[WHERE_SHOWN];

    snprintf(shown, sizeof shown, "%s", colon ? colon + 3 : message);
    shown[strcspn(shown, "\n")] = 0;
    error_line(shown, line, sizeof line);
    error_line(scan->condition, shown, sizeof shown);
    return source->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                              "the server does not take the condition '%s' of --where: %s", shown,
                              line);
}

pd_status
where_check(struct pd_source *source, struct pd_error *err)
{
    const struct scan *scan = &source->scan;
    struct pd_sql sql = {.host = source->host};
    char shown[WHERE_SHOWN];
    pd_status status;

    if (!is_closed(scan->condition)) {
        error_line(scan->condition, shown, sizeof shown);
        return source->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                                  "the condition '%s' of --where has a quote or parenthesis that "
                                  "is not closed",
                                  shown);
    }
    pd_sql_add(&sql, "SELECT");
    rows_put(&sql, scan, NULL);
    pd_sql_add(&sql, " LIMIT 0");
    status = sql_run(source->pg, &sql, err);
    pd_sql_free(&sql);
    if (status != PD_FAILED || source->pg->broken)
        return status;
    status = refused(source, err);
    return pg_source_settle(source, NULL) == PD_OK ? status : PD_FATAL;
}
