// SPDX-License-Identifier: Apache-2.0
/* native_run - the statement of a view, routine, trigger or event is run as it was once. */
#pragma once

#include "mariadb.h"

/* What the server does otherwise than it was told, it says in a warning and nowhere else. */
typedef pd_status native_heed(void *arg, unsigned code, const char *text, struct pd_error *err);

/* An event whose time is past is made as it was when it was to come. heed: is told each warning;
   NULL: nobody asks. */
pd_status native_run(struct my *my, const char *kind, const char *name, const char *sql,
                     native_heed *heed, void *arg, struct pd_error *err);
