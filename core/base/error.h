// SPDX-License-Identifier: Apache-2.0
/* error - what happened, for people and for scripts; the caller owns it, on its stack, and it
   never allocates. Whoever returns an error does not log it. */
#pragma once

#include <polydump/plugin.h>

#include "base/cleanup.h"

enum { ERROR_TEXT_SIZE = 1024, ERROR_DETAILS = 8, ERROR_DETAIL_SIZE = 128 };

struct pd_error {
    int cause;     /* enum pd_cause; 0: nothing happened */
    int n_details; /* */
    char text[ERROR_TEXT_SIZE];
    char keys[ERROR_DETAILS][32];
    char values[ERROR_DETAILS][ERROR_DETAIL_SIZE];
};

/* Fill err (may be NULL) and return status, so that one can write: return error_fail(...). A text
   that is too long is cut at the end and shows it by "...". */
MUST_USE pd_status error_fail(struct pd_error *err, pd_status status, int cause, const char *fmt,
                              ...) PD_PRINTF(4, 5);

/* error_fail() with ": " and the text of errno (given by the caller, who read it first) behind. */
MUST_USE pd_status error_errno(struct pd_error *err, pd_status status, int saved_errno,
                               const char *fmt, ...) PD_PRINTF(4, 5);

/* Put "prefix: " in front of what a lower layer said, and return status. */
pd_status error_prefix(struct pd_error *err, pd_status status, const char *fmt, ...)
    PD_PRINTF(3, 4);

/* "out of memory", in one voice. */
MUST_USE pd_status error_memory(struct pd_error *err);

void error_detail(struct pd_error *err, const char *key, const char *value);

/* The exit status of the program for a cause, its name in capitals, and its meaning; from
   PD_CAUSE_TABLE. */
int error_exit_status(int cause);
const char *error_cause_name(int cause);
const char *error_cause_meaning(int cause);

/* Copy text into buffer with control characters, and bytes that are not UTF-8, as \xNN. Everything
   from outside passes here before it is printed. */
void error_printable(const char *text, char *buffer, size_t size);
