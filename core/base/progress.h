// SPDX-License-Identifier: Apache-2.0
/* progress - what the user sees while waiting: a line that is redrawn on a terminal, a line each
   10 s elsewhere. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Begin with what is known of the whole (0: unknown). Not shown when quiet. Starts a thread. */
void progress_start(const char *verb, uint64_t n_tables, uint64_t n_rows, bool quiet);
/* From any thread, cheap: relaxed atomics. */
void progress_table(const char *name);
void progress_add(uint64_t rows, uint64_t bytes);
void progress_table_done(void);
/* A phase without rows: "indexes", "verifying". */
void progress_phase(const char *name);
void progress_stop(void);
