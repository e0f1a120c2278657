// SPDX-License-Identifier: Apache-2.0
/* fuzz_json - a line of tables.jsonl from outside: what is accepted is written and read again the
   same. */
#include "fuzz.h"

#include <string.h>

#include "model/json.h"

static pd_status
read_text(const char *text, size_t size, struct arena *arena, struct pd_table *ret_table)
{
    struct pd_error err = {0};
    json_t *json = NULL;
    pd_status status = json_parse(text, size, "fuzz", &json, &err);

    if (status != PD_OK)
        return status;
    status = json_read_table(arena, json, ret_table, &err);
    json_decref(json);
    return status;
}

static void
again(const struct pd_table *table)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer first = {0};
    CLEANUP_BUFFER struct buffer second = {0};
    struct pd_table copy = {.struct_size = sizeof copy};
    struct pd_error err = {0};

    if (json_write_table(&first, table, JSON_NEUTRAL, &err) != PD_OK)
        return;
    FUZZ_HOLDS(arena != NULL);
    FUZZ_HOLDS(read_text((const char *)first.data, first.size, arena, &copy) == PD_OK);
    FUZZ_HOLDS(json_write_table(&second, &copy, JSON_NEUTRAL, &err) == PD_OK);
    FUZZ_HOLDS(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct pd_table table = {.struct_size = sizeof table};

    if (arena && read_text((const char *)data, size, arena, &table) == PD_OK)
        again(&table);
    return 0;
}
