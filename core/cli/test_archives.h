// SPDX-License-Identifier: Apache-2.0
/* test_archives - the archives of a folder, in the order of the versions of their data, and what is
   expected of each. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

/* Strings are the list's. */
struct test_archive {
    const char *name; /* in the folder */
    const char *path;
    const char *expected; /* path of the archive that it is compared with, be it there or not */
    const char *application;
    const char *version; /* NULL: it does not say, or could not be opened */
};

struct test_archives {
    struct arena *arena;
    struct test_archive *list;
    size_t n;
};

/* Every archive in the folder: what looks like one and cannot be read is in the list, too, other
   files are passed over. NAME.expected is no archive of its own, but what NAME (or NAME.polydump)
   is compared with. PD_CAUSE_MISSING: no archive is in it, or one that something is expected of. */
MUST_USE pd_status test_archives_find(const char *folder, struct test_archives **ret_archives,
                                      struct pd_error *err);
void test_archives_free(struct test_archives *archives); /* NULL is fine */
CLEANUP_DEFINE(test_archives, test_archives_free);
