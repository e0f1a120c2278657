// SPDX-License-Identifier: Apache-2.0
/* left_out - what is not carried, line by line. */
#include "sink.h"

void
sink_leave_out(struct pd_sink *sink, int part, uint32_t table, uint32_t number, const char *fmt,
               ...)
{
    va_list list;

    va_start(list, fmt);
    if (!pd_leave_out_list(&sink->left_outs, &sink->pool, part, table, number, fmt, list))
        sink->memory_short = true;
    va_end(list);
}
