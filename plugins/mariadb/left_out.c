// SPDX-License-Identifier: Apache-2.0
/* left_out - what is not carried, line by line. */
#include <polydump/left_out.h>

#include "sink.h"

void
sink_leave_out(struct pd_sink *sink, int part, uint32_t table, uint32_t number, const char *fmt,
               ...)
{
    struct pd_left_outs outs = {sink->left_out, sink->n_left_out, sink->left_out_room};
    va_list list;

    va_start(list, fmt);
    if (!pd_leave_out_list(&outs, &sink->pool, part, table, number, fmt, list))
        sink->memory_short = true;
    va_end(list);
    sink->left_out = outs.lines;
    sink->n_left_out = outs.n;
    sink->left_out_room = outs.room;
}
