// SPDX-License-Identifier: Apache-2.0
/* stale - removes what runs that were killed have left beside a final name. */
#pragma once

#include <stdbool.h>

enum {
    STALE_DIGITS = 16, /* random ones in ".NAME.PID-RANDOM.partial" */
    STALE_SIDECARS = 3
};

/* Endings of what SQLite keeps beside a database. */
extern const char *const stale_sidecars[STALE_SIDECARS];

/* Remove the partials of final_name below parent whose makers are gone. is_living() says which are
   of this process: those are not even opened. */
void stale_sweep(int parent, const char *final_name, bool (*is_living)(const char *name));
void stale_remove_sidecars(int parent, const char *name);
