// SPDX-License-Identifier: Apache-2.0
/* log - the only writer to stderr: levels, plain text, control characters escaped. */
#pragma once

#include <polydump/plugin.h>

/* Messages above this level are not printed; PD_LOG_INFO at first. */
void log_set_level(int level);
int log_level(void);
/* One line; from any thread. Warnings begin with "polydump: warning: ", errors with
   "polydump: ". */
void log_message(int level, const char *fmt, ...) PD_PRINTF(2, 3);
#define log_debug(...) log_message(PD_LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_message(PD_LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_message(PD_LOG_WARNING, __VA_ARGS__)
/* Hooks of the progress line: called with the lock held, before and after a line is printed. */
void log_around(void (*before)(void), void (*after)(void));
