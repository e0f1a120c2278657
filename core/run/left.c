// SPDX-License-Identifier: Apache-2.0
// left - see left.h.
#include "run/left.h"

#include <stddef.h>

enum { MAX_LEFT_OUT = 1000000 };

pd_status
left_next(const struct pd_plugin *plugin, struct pd_sink *sink, const struct pd_catalog *catalog,
          size_t n, const struct pd_left_out **ret_left, struct pd_error *err)
{
    const struct pd_left_out *left =
        plugin->sink->left_out ? plugin->sink->left_out(sink, n) : NULL;

    if (!left)
        return PD_DONE;
    if (n >= MAX_LEFT_OUT)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "plugin '%s': left_out() has more than %d things to tell, and no end",
                          plugin->name, MAX_LEFT_OUT);
    if (left->struct_size < offsetof(struct pd_left_out, flags))
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "plugin '%s': left_out() gave a struct_size of %u, less than ABI 1 has",
                          plugin->name, left->struct_size);
    if (!left->text)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "plugin '%s': left_out() gave no text",
                          plugin->name);
    if (left->table != PD_NO_TABLE && left->table >= catalog->n_tables)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG,
                          "plugin '%s': left_out() told of table %u, and there are %zu",
                          plugin->name, left->table, catalog->n_tables);
    *ret_left = left;
    return PD_OK;
}
