// SPDX-License-Identifier: Apache-2.0
/* native_run - the statement of a view, routine, trigger or event is run as it was once. */
#pragma once

#include "mariadb.h"

/* What the server does otherwise than it was told, it says in a warning and nowhere else. */
enum {
    /* No number of the server's: the event would have run at once, so it was made disabled. */
    NATIVE_IS_DISABLED = 1 << 16
};
typedef pd_status native_heed(void *arg, unsigned code, const char *text, struct pd_error *err);

struct native {
    const char *kind;
    const char *name;
    const char *settings; /* that it was made under; NULL: the session's own */
    const char *sql;
};

/* After under_apply() of its settings. An event whose time is past is made as it was when it was to
   come, but disabled where the server's scheduler would run it. heed: is told each warning; NULL:
   nobody asks. Other statements may follow. */
pd_status native_run(struct my *my, const struct native *native, native_heed *heed, void *arg,
                     struct pd_error *err);
