// SPDX-License-Identifier: Apache-2.0
/* locks_told - which table a session waited for in vain, and for whom. */
#pragma once

#include "mariadb.h"

/* The session's last statement waited in vain: was it for this table, which it wanted to read, or
   to have alone (is_alone)? Then err says so, and whose lock it is where the server shows that. The
   complaint stays. false: another table, or it was no wait. */
bool lock_tell(struct my *my, const char *table, bool is_alone, struct pd_error *err);
