// SPDX-License-Identifier: Apache-2.0
/* where - the user's condition: it must be one expression, and the server must understand it. */
#include <stdio.h>
#include <string.h>

#include "session.h"

#include "scan.h"

enum { WHERE_SHOWN = 200 };

/* Behind the quote that ends what began before `at`; NULL: it has no end. */
static const char *
skip_quoted(const char *at, char quote)
{
    while (*at) {
        if (*at == '\\' && quote != '`' && at[1])
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
    const char *end = strstr(at + 2, "*/");

    return end ? end + 2 : NULL;
}

static bool
is_blank(char c)
{
    return c == 0 || (unsigned char)c <= ' ';
}

/* Is it a comment whose text the server runs? */
static bool
is_run(const char *at)
{
    return at[2] == '!' || (at[2] == 'M' && at[3] == '!');
}

/* The next token that may hide a parenthesis, or one character; NULL: it has no end. */
static const char *
skip_token(const char *at)
{
    if (*at == '\'' || *at == '"' || *at == '`')
        return skip_quoted(at + 1, *at);
    if (*at == '#' || (at[0] == '-' && at[1] == '-' && is_blank(at[2])))
        return at + strcspn(at, "\n");
    if (at[0] == '/' && at[1] == '*')
        return is_run(at) ? NULL : skip_comment(at);
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

/* What the server says of it. */
static pd_status
refused(struct pd_source *source, struct pd_error *err)
{
    char shown[WHERE_SHOWN];

    error_line(source->scan.condition, shown, sizeof shown);
    return source->host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                              "the server does not take the condition '%s' of --where: %s", shown,
                              source->my->complaint.text);
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
                                  "the condition '%s' of --where has a quote, comment or "
                                  "parenthesis that is not closed",
                                  shown);
    }
    select_put_word(&sql, scan->plan);
    pd_sql_add(&sql, "1");
    select_put(&sql, scan, source->my);
    pd_sql_add(&sql, " LIMIT 0");
    status = my_run_sql(source->my, &sql, err);
    pd_sql_free(&sql);
    return status == PD_FAILED ? refused(source, err) : status;
}
