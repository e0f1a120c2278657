// SPDX-License-Identifier: Apache-2.0
/* source - what the two shapes of an archive that is read have in common. */
#include "archive/source.h"

#include <string.h>

#include "archive/fields.h"
#include "model/json.h"

void
source_facts(const struct pd_stats *stats, int level, struct pd_fact *count,
             const struct pd_fact **ret_facts, size_t *ret_n_facts)
{
    *count = (struct pd_fact){.column = PD_NO_COLUMN, .id = PD_FACT_ROWS, .low = stats->n_rows};
    *ret_facts = level >= PD_FACTS_ENGINE ? stats->facts : count;
    *ret_n_facts = level >= PD_FACTS_ENGINE ? stats->n_facts : 1;
}

pd_status
source_read_stats(struct arena *arena, const json_t *line, const struct pd_table *table,
                  bool schema_only, struct pd_stats *ret_stats, struct pd_error *err)
{
    const json_t *json = NULL;
    pd_status status;

    if (schema_only && json_is_null(json_object_get(line, "stats")))
        return PD_UNSUPPORTED;
    status = field_object(line, "stats", &json, err);
    return status == PD_OK ? json_read_stats(arena, json, table, ret_stats, err) : status;
}

pd_status
source_check_content(struct content_id *content, const struct pd_catalog *catalog,
                     const struct manifest *manifest, struct pd_error *err)
{
    char found[33];
    pd_status status = PD_OK;

    for (size_t i = 0; i < catalog->n_sequences && status == PD_OK; i++)
        status = content_id_sequence(content, &catalog->sequences[i], err);
    if (status != PD_OK) {
        content_id_free(content);
        return status;
    }
    content_id_finish(content, found);
    /* A later minor version may say more of a table than we know how to hash. */
    if (manifest->minor > FORMAT_MINOR || strcmp(found, manifest->content_id) == 0)
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                      "the content id is %s, the tables give %s: the manifest belongs to another "
                      "archive",
                      manifest->content_id, found);
}
