// SPDX-License-Identifier: Apache-2.0
/* fuzz_expr - SQL of a CHECK or default from outside: what is translated is a fixed point of the
   way out and back. */
#include "fuzz.h"

#include <string.h>

#include "model/expr.h"

static const struct pd_dialect dialect = {
    .struct_size = sizeof dialect,
    .name_quotes = "\"\"``[]",
    .write_quotes = "\"\"",
    .char_length = "length",
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pd_error err = {0};
    char *input = malloc(size + 1);
    char *text = NULL, *sql = NULL, *text2 = NULL;

    if (!input)
        return 0;
    memcpy(input, data, size);
    input[size] = '\0';
    if (expr_read(&dialect, input, &text, &err) == PD_OK) {
        FUZZ_HOLDS(expr_write(&dialect, text, &sql, &err) == PD_OK);
        FUZZ_HOLDS(expr_read(&dialect, sql, &text2, &err) == PD_OK);
        FUZZ_HOLDS(strcmp(text, text2) == 0);
    }
    free(text2);
    free(sql);
    free(text);
    /* And as if it were canonical already: a lie of an archive. */
    if (expr_write(&dialect, input, &sql, &err) == PD_OK)
        free(sql);
    free(input);
    return 0;
}
