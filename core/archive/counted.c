// SPDX-License-Identifier: Apache-2.0
/* counted - what the ends of a stream's tables said was counted. */
#include "archive/counted.h"

#include <stdlib.h>
#include <string.h>

#include "model/json.h"

struct counted_table {
    struct piece text;            /* JSON; empty: none */
    const struct pd_stats *stats; /* once they were asked for */
};

pd_status
counted_open(struct counted *counted, size_t n_tables, struct pd_error *err)
{
    spool_open(&counted->spool, -1);
    pthread_mutex_init(&counted->lock, NULL);
    counted->n_tables = n_tables;
    counted->arena = arena_new();
    counted->tables = calloc(n_tables + 1, sizeof *counted->tables);
    return counted->arena && counted->tables ? PD_OK : error_memory(err);
}

void
counted_close(struct counted *counted)
{
    if (!counted->arena && !counted->tables)
        return; /* never opened */
    for (size_t i = 0; counted->tables && i < counted->n_tables; i++)
        spool_drop(&counted->spool, &counted->tables[i].text);
    free(counted->tables);
    if (counted->arena)
        arena_free(counted->arena);
    spool_close(&counted->spool);
    pthread_mutex_destroy(&counted->lock);
}

pd_status
counted_keep(struct counted *counted, uint32_t table, const json_t *json, struct pd_error *err)
{
    CLEANUP_FREE char *text = json_dumps(json, JSON_COMPACT);
    pd_status status;

    if (!text)
        return error_memory(err);
    pthread_mutex_lock(&counted->lock);
    status = spool_put(&counted->spool, text, strlen(text), &counted->tables[table].text, err);
    pthread_mutex_unlock(&counted->lock);
    return status;
}

static pd_status
parse(struct counted *counted, uint32_t number, const struct pd_table *table, struct pd_error *err)
{
    struct pd_stats *stats = arena_alloc(counted->arena, sizeof *stats);
    CLEANUP_BUFFER struct buffer text = {0};
    json_t *json = NULL;
    pd_status status = stats ? spool_get(&counted->spool, &counted->tables[number].text, &text, err)
                             : error_memory(err);

    if (status == PD_OK)
        status = json_parse((const char *)text.data, text.size, "stats", &json, err);
    if (status != PD_OK)
        return status;
    status = json_read_stats(counted->arena, json, table, stats, err);
    json_decref(json);
    if (status == PD_OK)
        counted->tables[number].stats = stats;
    return status;
}

pd_status
counted_get(struct counted *counted, uint32_t number, const struct pd_table *table,
            const struct pd_stats **ret_stats, struct pd_error *err)
{
    pd_status status = PD_OK;

    pthread_mutex_lock(&counted->lock);
    if (counted->tables[number].text.size == 0)
        status = PD_UNSUPPORTED;
    else if (!counted->tables[number].stats)
        status = parse(counted, number, table, err);
    if (status == PD_OK)
        *ret_stats = counted->tables[number].stats;
    pthread_mutex_unlock(&counted->lock);
    return status;
}
