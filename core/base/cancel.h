// SPDX-License-Identifier: Apache-2.0
/* cancel - the wish to stop, from a signal or from another thread that failed. */
#pragma once

#include <stdbool.h>

/* Install handlers for SIGINT, SIGTERM and SIGHUP that only note it (the second one of the same
   kind ends the process at once), and ignore SIGPIPE and SIGXFSZ. */
void cancel_install(void);
/* Note a wish to stop; signal_number 0: another thread failed. */
void cancel_request(int signal_number);
bool cancel_wanted(void);
/* The signal that was noted, or 0. */
int cancel_signal(void);
/* While it is held nobody sees the wish: what is cleaned up on the way out must be able to wait. */
void cancel_hold(bool held);
/* Forget the wish (between the runs of a ddt, in tests). A signal is not forgotten. */
void cancel_reset(void);
