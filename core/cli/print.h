// SPDX-License-Identifier: Apache-2.0
/* print - what commands print: summaries for people, reports as JSON. */
#pragma once

#include "base/buffer.h"
#include "cli/command.h"

/* "dumped 11 tables, 15,607 rows, ... in 0.1 s" on stderr and what was left out; or with --json
   the whole report on stdout. verb is the past participle. Returns the exit status. */
int print_report(const struct invocation *invocation, const char *verb,
                 const struct report *report);
/* "15,607" into one of a ring of thread-local buffers. */
const char *print_count(uint64_t n);
const char *print_bytes(uint64_t n); /* "1.2 MB" */
/* "name":"text", or null when there is none. */
void print_json_member(struct buffer *out, const char *name, const char *text);
/* ,"name":["line", ...] */
void print_json_lines(struct buffer *out, const char *name, const char *const *lines, size_t n);
/* Text from outside, escaped for a terminal; ring of buffers. */
const char *print_safe(const char *text);
