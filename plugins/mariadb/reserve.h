// SPDX-License-Identifier: Apache-2.0
/* reserve - memory that is held back for tidying up after memory has run short. */
#pragma once

#include "mariadb.h"

/* What the client library asks the system for to connect and to ask a few questions, with TLS and
   with room to spare. */
enum { RESERVE_LIBRARY = 256 * 1024 };

struct reserve {
    struct pd_host host; /* first: its memory is that which was held back, and then the core's */
    const struct pd_host *core;
    unsigned char *room;
    size_t size;
    size_t used;
    size_t last; /* where the last block begins, which may grow and shrink */
    void *spare; /* for the client library, given back to the system when it is needed */
};

/* size: bytes for polydump's own use. */
pd_status reserve_open(struct reserve *reserve, const struct pd_host *core, size_t size,
                       struct pd_error *err);
/* From now on the memory is needed. The host is never cancelled, and has to outlive what uses it.
 */
const struct pd_host *reserve_use(struct reserve *reserve);
void reserve_close(struct reserve *reserve);
