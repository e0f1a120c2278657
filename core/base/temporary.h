// SPDX-License-Identifier: Apache-2.0
/* temporary - a folder of a run's own, which a later run removes if this one was killed. */
#pragma once

#include "base/error.h"

struct temporary {
    char *path; /* NULL: there is none */
    int lock;   /* held as long as its maker lives */
};

/* A new folder "/tmp/polydump-NAME-XXXXXX", or below TMPDIR when that is an absolute path; only the
   user can enter it. Those of this name whose makers are gone are removed. */
MUST_USE pd_status temporary_make(const char *name, struct temporary *ret_temporary,
                                  struct pd_error *err);
/* With all that is in it. */
void temporary_remove(struct temporary *temporary);
