/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/left_out.h - the list behind pd_sink_ops.left_out, all inline. Optional.
 */
#ifndef POLYDUMP_LEFT_OUT_H
#define POLYDUMP_LEFT_OUT_H

#include <stdarg.h>
#include <stdio.h>

#include <polydump/pool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Starts as zero. */
struct pd_left_outs {
    struct pd_left_out *lines;
    size_t n;
    size_t room;
};

enum {
    PD_PART_IF_NATIVE = 1 << 16, /* with a part: it would be made with PD_LOAD_NATIVE */
    PD_PART_BROKEN = 1 << 17     /* with a part: rows break it */
};

/* One more line of what is not carried; part: enum pd_part, with or without PD_PART_IF_NATIVE and
   PD_PART_BROKEN. 0: memory is short. */
PD_PRINTF(6, 0)
static inline int
pd_leave_out_list(struct pd_left_outs *outs, struct pd_pool *pool, int part, uint32_t table,
                  uint32_t number, const char *fmt, va_list list)
{
    struct pd_left_out *line = (struct pd_left_out *)pd_pool_append(pool, &outs->lines, outs->n,
                                                                    &outs->room, sizeof *line);
    va_list again;
    char *text = NULL;
    int size;

    va_copy(again, list);
    size = vsnprintf(NULL, 0, fmt, list);
    if (line && size >= 0)
        text = (char *)pd_pool_alloc(pool, (size_t)size + 1);
    if (text)
        vsnprintf(text, (size_t)size + 1, fmt, again);
    va_end(again);
    if (!text)
        return 0;
    memset(line, 0, sizeof *line);
    line->struct_size = (uint32_t)sizeof *line;
    line->part = (uint32_t)(part & ~(PD_PART_IF_NATIVE | PD_PART_BROKEN));
    line->flags = (part & PD_PART_IF_NATIVE ? (uint32_t)PD_LEFT_OUT_NATIVE : 0) |
                  (part & PD_PART_BROKEN ? (uint32_t)PD_LEFT_OUT_BROKEN : 0);
    line->table = table;
    line->number = number;
    line->text = text;
    outs->n++;
    return 1;
}

/* The n-th line, or NULL. */
static inline const struct pd_left_out *
pd_left_out_at(const struct pd_left_outs *outs, size_t n)
{
    return n < outs->n ? &outs->lines[n] : NULL;
}

#ifdef __cplusplus
}
#endif

#endif
