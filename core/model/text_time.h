// SPDX-License-Identifier: Apache-2.0
/* text_time - canonical text of dates, times and intervals. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <polydump/plugin.h>

/* The longest: a timestamp with a zone and an era, or an interval. */
enum { TEXT_TIME_SIZE = 80 };

/* A value of one of the kinds date, time, timetz, timestamp, timestamptz, interval. */
struct text_time {
    int64_t value; /* days of a date; else microseconds */
    int32_t west;  /* timetz: seconds */
    int32_t days;  /* interval */
    int32_t months;
};

/* kind: enum pd_kind; the length is returned, no NUL is added. */
size_t text_time_write(int kind, const struct text_time *time, char out[TEXT_TIME_SIZE]);
/* false: not canonical, or outside of the layout or the domain of the type. */
bool text_time_read(const struct pd_type *type, const char *text, size_t size,
                    struct text_time *ret_time);
/* Canonical text of a date or timestamp however far: its day and the microseconds of the day. */
bool text_time_read_far(const char *text, size_t size, int64_t *ret_days, int64_t *ret_us);
