// SPDX-License-Identifier: Apache-2.0
/* answer - the rows that a server sends, held against what the statement asks for, before anybody
   reads them: a server that is broken, or none at all, may send anything. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

enum { ANSWER_SHOWN = 80 };

static bool
is_integer(const char *text, size_t size)
{
    char *end = NULL;

    if (!isdigit((unsigned char)text[*text == '-']))
        return false;
    errno = 0;
    strtoll(text, &end, 10);
    return errno == 0 && end == text + size;
}

/* What is wrong with a cell; NULL: nothing. */
static const char *
cell_fault(const PGresult *result, int row, int column, char letter)
{
    const char *text = PQgetvalue(result, row, column);
    size_t size = (size_t)PQgetlength(result, row, column);

    if (PQgetisnull(result, row, column))
        return isupper((unsigned char)letter) ? NULL : "is NULL, which it never is";
    switch (tolower((unsigned char)letter)) {
    case 'b':
        return size == 1 && (*text == 't' || *text == 'f') ? NULL : "is no bool";
    case 'i':
        return is_integer(text, size) ? NULL : "is no integer";
    default:
        return memchr(text, 0, size) ? "has a NUL" : NULL;
    }
}

static pd_status
check_cells(const struct pg *pg, const PGresult *result, const char *letters, const char *shown,
            struct pd_error *err)
{
    int row, column, n_rows = PQntuples(result), n_columns = PQnfields(result);

    for (row = 0; row < n_rows; row++) {
        for (column = 0; column < n_columns; column++) {
            const char *fault = cell_fault(result, row, column, letters[column]);

            if (fault)
                return pg->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                                      "the server's answer is wrong: row %d, column %d %s: '%s'",
                                      row + 1, column + 1, fault, shown);
        }
    }
    return PD_OK;
}

pd_status
answer_check(const struct pg *pg, const PGresult *result, const char *answer, const char *sql,
             struct pd_error *err)
{
    bool is_one = *answer == '1', is_few = is_one || *answer == '?';
    const char *letters = answer + is_few;
    int n_rows = PQntuples(result), n_columns = PQnfields(result);
    char shown[ANSWER_SHOWN];

    error_shown(sql, shown, sizeof shown);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return pg->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                              "the server answered without rows: '%s'", shown);
    if ((size_t)n_columns != strlen(letters))
        return pg->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                              "the server answered with %d columns where %zu were asked for: '%s'",
                              n_columns, strlen(letters), shown);
    if ((is_one && n_rows != 1) || (is_few && n_rows > 1))
        return pg->host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                              "the server answered with %d rows where one was asked for: '%s'",
                              n_rows, shown);
    return check_cells(pg, result, letters, shown, err);
}

void
answer_put(struct pd_sql *answer, char letter, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        pd_sql_add(answer, (const char[]){letter, 0});
}
