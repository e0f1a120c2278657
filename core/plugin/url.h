// SPDX-License-Identifier: Apache-2.0
/* url - which plugin an end belongs to, and the end as plugins see it. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "plugin/loader.h"
#include "plugin/options.h"

/* What an end shall be, for those that do not say so themselves. Wrapped: inside another URL, which
   does not tell; a path that is not there becomes what its name says, else an archive. */
enum end_role { END_SOURCE, END_TARGET, END_ARCHIVE_SOURCE, END_ARCHIVE_TARGET, END_WRAPPED };

/* An end as the user named it, its plugin found, its options not yet set. */
struct end {
    const struct loaded *loaded;
    struct pd_endpoint endpoint; /* .options is this end's, owned */
    struct pd_options *options;
    char *storage[3];
};

/* Resolve: "SCHEME:rest" or "SCHEME://..." by plugin.schemes; "-" is an archive stream; a path of
   a folder or of a file is an archive or what bid() says of its first 4 KiB; a path that is not
   there is, for END_ARCHIVE_TARGET, an archive, and for END_TARGET decided by its extension
   (.db .sqlite .sqlite3: sqlite). The message of a failure says what could be written instead. */
MUST_USE pd_status url_resolve(const char *text, enum end_role role, struct end **ret_end,
                               struct pd_error *err);
void end_free(struct end *end);
CLEANUP_DEFINE(end, end_free);
/* The URL without its password, safe to print; thread-local ring of 4. */
const char *url_redacted(const char *url);
