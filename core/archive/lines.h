// SPDX-License-Identifier: Apache-2.0
/* lines - the lines of a file, one at a time in a reused buffer, hashed as they go. */
#pragma once

#include "archive/format.h"
#include "base/buffer.h"
#include "base/error.h"

struct lines;

/* fd is borrowed and read from its begin. lenient: the last line may lack its end. */
MUST_USE pd_status lines_open(int fd, const char *name, size_t limit, bool lenient,
                              struct lines **ret_lines, struct pd_error *err);
void lines_free(struct lines *lines);
CLEANUP_DEFINE(lines, lines_free);
/* The next line without its end, followed by a NUL, valid until the next call; PD_DONE. */
MUST_USE pd_status lines_next(struct lines *lines, const char **ret_line, size_t *ret_size,
                              struct pd_error *err);
/* Of the line given last: its number, from 1, and where it begins. */
uint64_t lines_number(const struct lines *lines);
uint64_t lines_offset(const struct lines *lines);
/* Of all bytes read so far; of the whole file after PD_DONE. */
struct file_seal lines_seal(const struct lines *lines);

/* Is the file of this seal? Reads all of it. */
MUST_USE pd_status lines_check_seal(int fd, const char *name, const struct file_seal *seal,
                                    struct pd_error *err);
