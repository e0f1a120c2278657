// SPDX-License-Identifier: Apache-2.0
/* migration - what --migrations, --to and --no-migrate make of a source. */
#pragma once

#include "cli/command.h"
#include "cli/unpack.h"
#include "migrate/stage.h"

struct migration {
    struct arena *arena;
    struct chain chain;
    const struct pd_options **options; /* one a step */
    const char *engine;                /* of the target */
    int folder;                        /* for temporary files */
    struct unpacked *unpacked;         /* NULL: the source is read as it is */
    struct migrated *migrated;
    struct opened_source *source; /* to read from */
    struct save_hook hook;        /* what its steps say of rows on their way into the target */
};

void migration_close(struct migration *migration);
CLEANUP_DEFINE(migration, migration_close);
/* Find the steps, prove the chain and let each step plan. The target is not touched, and no row is
   read but those of a stream. *ret_migration is NULL without --migrations. The version that the
   data then has becomes the invocation's. */
MUST_USE pd_status migration_open(struct invocation *invocation, struct opened_source *source,
                                  struct migration **ret_migration, struct report *report,
                                  struct pd_error *err);

/* What each step does, for people: a line a step, and below it one a table that it touches. */
void migration_put(const struct migration *migration, struct buffer *out);
/* For programs: a list of objects. */
void migration_json(const struct migration *migration, struct buffer *out);
