// SPDX-License-Identifier: Apache-2.0
/* review - what was written, as the plugin's own source sees it. */
#include "write.h"

pd_status
review_open(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err)
{
    size_t n = sink->catalog->n_tables;
    struct my_staged *staged = pd_pool_alloc(&sink->pool, sizeof *staged);
    const char **names = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *names);
    const char **finals = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *finals);

    /* Rows that were there before would be counted too. */
    if (sink->into == PD_INTO_APPEND)
        return PD_UNSUPPORTED;
    if (!staged || !names || !finals)
        return my_no_memory(sink->host, err);
    for (size_t i = 0; i < n; i++) {
        if (sink->tables[i].is_history)
            continue;
        names[staged->n] = sink->tables[i].staged;
        finals[staged->n++] = sink->tables[i].name;
    }
    staged->names = names;
    staged->finals = finals;
    /* Rows that were not committed are nobody else's to see. */
    return mariadb_source_staged(sink->host, sink->end, sink->writer->in_place ? sink->my : NULL,
                                 staged, ret_source, err);
}
