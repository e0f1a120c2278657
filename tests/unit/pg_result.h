// SPDX-License-Identifier: Apache-2.0
/* pg_result - results of a PostgreSQL server that no server made. */
#pragma once

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

/* "a|b" for a row, "\\N" for NULL, \1 for a NUL; rows end with a NULL pointer. */
static PGresult *
pg_result(int n_columns, const char *const *rows)
{
    static char none[1];
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc columns[64] = {{.name = none}};
    int row, column;

    for (column = 1; column < 64; column++)
        columns[column] = columns[0];
    assert_true(n_columns == 0 || PQsetResultAttrs(result, n_columns, columns));
    for (row = 0; rows[row]; row++) {
        const char *at = rows[row];

        for (column = 0; column < n_columns; column++) {
            size_t size = strcspn(at, "|"), i;
            bool is_null = size == 2 && memcmp(at, "\\N", 2) == 0;
            char *text = strndup(at, size);

            for (i = 0; i < size; i++)
                text[i] = (char)(text[i] == '\1' ? 0 : text[i]);
            assert_true(
                PQsetvalue(result, row, column, is_null ? NULL : text, is_null ? -1 : (int)size));
            free(text);
            at += size + (at[size] == '|');
        }
    }
    return result;
}
