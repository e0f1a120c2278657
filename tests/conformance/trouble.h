// SPDX-License-Identifier: Apache-2.0
/* trouble - memory that runs short on demand: that of the host, and that of the system. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <polydump/plugin.h>

enum trouble { TROUBLE_HOST, TROUBLE_SYSTEM };

/* The core's host, but for its memory, which trouble_begin() spoils. */
const struct pd_host *trouble_host(void);
/* From now on the n-th request (1 first) fails, and with forever all after it. */
void trouble_begin(enum trouble trouble, unsigned n, bool forever);
/* All is well again. Has any request failed? */
bool trouble_end(void);
/* What this thread asks of the system in between does not count, and is granted: in a function of a
   client library that is known to crash else. */
void trouble_spare(bool spare);
/* Can TROUBLE_SYSTEM be had in this build? */
bool trouble_has_system(void);
/* Pieces that are in use of the system's memory, if trouble_has_system(). */
long trouble_live(void);
/* Memory that is short for ever is that of a system that has none left: when a plugin gives a block
   of this size back, which it had kept for the worst, that much can be had again. */
void trouble_reserve(size_t size);
/* A client library that does not give back what it had asked for right before it was refused: part
   of its file's name. */
void trouble_careless(const char *library);
/* How many of these are still in use: the last few before the first refusal, if it was the library
   that was refused. */
long trouble_left_by_library(void);
