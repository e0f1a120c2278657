// SPDX-License-Identifier: Apache-2.0
/* budget - the memory of batches, bounded by bytes for the whole run.

   budget_begin() waits while the bytes of living batches exceed the budget, unless the calling
   worker has no batch alive: one batch a worker is always granted, so that the pipe never locks.
   Chunks are reused from batch to batch, so that the system is not asked again and again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pd_memory;

/* 0: the default, 12 MiB. Call before the first thread. */
void budget_set(size_t bytes);
size_t budget_used(void);
size_t budget_peak(void);

/* NULL: memory is short or the run is being cancelled. */
struct pd_memory *budget_begin(void);
/* More memory for a batch that the caller holds: never waits, since nobody but the waiting thread
   could give that batch back, and is no batch of a worker. NULL: as of budget_begin(). */
struct pd_memory *budget_begin_more(void);
void *budget_alloc(struct pd_memory *memory, size_t size);
void budget_end(struct pd_memory *memory);
/* The calling thread gets n batches at once without waiting, not one: for a thread that holds
   batches of several sources, which nobody else could give back while it waits. Returns the number
   that was granted before. */
int budget_grant(int n);
/* Batches of plugins: one was handed to the core, the core has released it; kept: nothing was given
   back by that. When all are released and some were kept, whoever waits waits in vain: after a
   while budget_begin() returns NULL, and budget_is_lost() says so to that thread. */
void budget_handed_out(void);
void budget_released(bool is_kept);
bool budget_is_lost(void);
/* How often this thread has called budget_end(). */
unsigned long budget_n_ended(void);
/* Wake those who wait, after cancel_request(). */
void budget_wake(void);
/* Give kept chunks back to the system, at the end of a run. */
void budget_trim(void);
