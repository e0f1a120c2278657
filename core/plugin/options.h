// SPDX-License-Identifier: Apache-2.0
/* options - option tables: checked values, defaults, help. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

struct pd_options;

/* Values for a table of options, all at their fallbacks. The table is borrowed. */
MUST_USE pd_status options_new(const struct pd_option *table, size_t n, size_t stride,
                               struct pd_options **ret_options, struct pd_error *err);
void options_free(struct pd_options *options);
CLEANUP_DEFINE(pd_options, options_free);
/* Set by name; the value is checked and normalised (flags "1"/"0", sizes in bytes). value NULL is
   fine for flags only. A secret is given as the name of a file that only the user can read; its
   value is what the file holds, without one line end. PD_UNSUPPORTED: no option of this name (err
   then names the nearest one). */
MUST_USE pd_status options_set(struct pd_options *options, const char *name, const char *value,
                               struct pd_error *err);
/* Set in `to` what `from` was given for an option "*": what a wrapper passes on. */
MUST_USE pd_status options_pass(struct pd_options *to, const struct pd_options *from,
                                struct pd_error *err);
/* Set in `to` what was given in `from`, of the same plugin, and is for that use (PD_OPTION_READ or
   _WRITE) or for both. */
MUST_USE pd_status options_copy(struct pd_options *to, const struct pd_options *from, uint32_t use,
                                struct pd_error *err);
/* NULL: not given and no fallback. Options that are given several times keep all values. */
const char *options_get(const struct pd_options *options, const char *name);
const char *options_get_nth(const struct pd_options *options, const char *name, size_t n);
bool options_given(const struct pd_options *options, const char *name);
long long options_int(const struct pd_options *options, const char *name);
bool options_flag(const struct pd_options *options, const char *name);
/* The word for its value in the help: "SECONDS"; NULL: it takes none. */
const char *options_argument(const struct pd_option *option);
/* The lines of --help for a table, in columns of at most 80 characters. */
void options_help(struct buffer *out, const struct pd_option *table, size_t n, size_t stride);
