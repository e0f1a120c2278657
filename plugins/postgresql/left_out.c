// SPDX-License-Identifier: Apache-2.0
/* left_out - what is not carried, line by line. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sink.h"

void
sink_leave_out(struct pd_sink *sink, int part, uint32_t table, uint32_t number, const char *fmt,
               ...)
{
    struct pd_left_out *line = pd_pool_append(&sink->pool, &sink->left_out, sink->n_left_out,
                                              &sink->left_out_room, sizeof *line);
    va_list list, again;
    char *text = NULL;
    int size;

    va_start(list, fmt);
    va_copy(again, list);
    size = vsnprintf(NULL, 0, fmt, list);
    if (line && size >= 0)
        text = pd_pool_alloc(&sink->pool, (size_t)size + 1);
    if (text)
        vsnprintf(text, (size_t)size + 1, fmt, again);
    va_end(again);
    va_end(list);
    if (!text) {
        sink->memory_short = true;
        return;
    }
    memset(line, 0, sizeof *line);
    line->struct_size = sizeof *line;
    line->part = (uint32_t)part;
    line->table = table;
    line->number = number;
    line->text = text;
    sink->n_left_out++;
}
