// SPDX-License-Identifier: Apache-2.0
/* output - a file of the archive while it is written: buffered, counted, hashed, and read again
   before it is believed. */
#pragma once

#include "archive/format.h"
#include "base/error.h"

struct output;

/* A new file below folder. */
MUST_USE pd_status output_create(int folder, const char *name, struct output **ret_output,
                                 struct pd_error *err);
/* A file that somebody else opened, synchronises and closes. */
MUST_USE pd_status output_wrap(int fd, const char *name, struct output **ret_output,
                               struct pd_error *err);
void output_free(struct output *output); /* closes, keeps what was written as it is */
CLEANUP_DEFINE(output, output_free);

MUST_USE pd_status output_append(struct output *output, const void *bytes, size_t size,
                                 struct pd_error *err);
uint64_t output_size(const struct output *output);
/* Size and hash of what was appended so far. */
struct file_seal output_seal(const struct output *output);
/* Write what is buffered. recheck: read the file back and compare its hash. */
MUST_USE pd_status output_flush(struct output *output, bool recheck, struct pd_error *err);
/* Flush, recheck, synchronise and close; it is freed in any case. ret_seal may be NULL. */
MUST_USE pd_status output_close(struct output *output, bool recheck, struct file_seal *ret_seal,
                                struct pd_error *err);

/* A whole small file at once. */
MUST_USE pd_status output_file(int folder, const char *name, const void *bytes, size_t size,
                               bool recheck, struct file_seal *ret_seal, struct pd_error *err);
