// SPDX-License-Identifier: Apache-2.0
/* fuzz_sql - a CREATE statement of an archive or of a hostile database, through the parser that
   decides whether it is replayed. */
#include "fuzz.h"

#include <string.h>

#include "parse.h"
#include "plugin/host.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pd_pool pool = {.host = host_get()};
    struct parse_statement *statement = NULL;
    char *sql = malloc(size + 1);

    if (!sql)
        return 0;
    memcpy(sql, data, size);
    sql[size] = '\0';
    if (parse_create(&pool, sql, &statement) == PD_OK) {
        FUZZ_HOLDS(statement != NULL);
        FUZZ_HOLDS(statement->name != NULL);
        FUZZ_HOLDS(!parse_is_passive(statement) || statement->kind == PARSE_TABLE ||
                   statement->kind == PARSE_INDEX);
    }
    pd_pool_close(&pool);
    free(sql);
    FUZZ_HOLDS(host_allocated() == 0);
    return 0;
}
