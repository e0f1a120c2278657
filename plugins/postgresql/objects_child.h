// SPDX-License-Identifier: Apache-2.0
/* objects_child - pg_dump as a child process. */
#pragma once

#include <sys/types.h>

#include "objects_inside.h"

enum {
    DUMP_BUFFER = 65536,
    DUMP_COMPLAINT = 512, /* of what it says went wrong */
    DUMP_VERSION = 64,
    DUMP_KILL_MS = 2000 /* what it gets to end by itself */
};

struct dump {
    struct pg *pg;
    struct pd_pool pool;
    pid_t pid;     /* 0: not running */
    int out;       /* -1: closed */
    int complaint; /* -1: closed */
    size_t next;   /* in buffer */
    size_t size;
    char *buffer;
    char said[DUMP_COMPLAINT];
    size_t n_said;
    char version[DUMP_VERSION];
};

/* PD_UNSUPPORTED: it cannot be started. Without a terminal, and with nothing to read. */
pd_status child_start(struct dump *dump, const char *path, const char *const *arguments,
                      const char *const *environment, struct pd_error *err);
/* More output into the buffer; PD_DONE at its end. */
pd_status child_fill(struct dump *dump, struct pd_error *err);
/* Has it ended, and how? ms: how long to wait. */
bool child_reap(struct dump *dump, int64_t ms, int *ret_how);
void child_stop(struct dump *dump);
