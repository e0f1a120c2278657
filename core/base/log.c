// SPDX-License-Identifier: Apache-2.0
/* log - see log.h. */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

enum { LINE_SIZE = 2 * ERROR_TEXT_SIZE }; /* an error and what stands around it */

static atomic_int max_level = PD_LOG_INFO;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void (*before_line)(void);
static void (*after_line)(void);

void
log_set_level(int level)
{
    atomic_store_explicit(&max_level, level, memory_order_relaxed);
}

int
log_level(void)
{
    return atomic_load_explicit(&max_level, memory_order_relaxed);
}

void
log_around(void (*before)(void), void (*after)(void))
{
    pthread_mutex_lock(&lock);
    before_line = before;
    after_line = after;
    pthread_mutex_unlock(&lock);
}

/* The log must not fail the run: what stderr does not take is lost. */
static void
write_line(const char *line, size_t size)
{
    while (size > 0) {
        ssize_t n = write(STDERR_FILENO, line, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        line += n;
        size -= (size_t)n;
    }
}

static const char *
line_prefix(int level)
{
    switch (level) {
    case PD_LOG_ERROR:
        return "polydump: ";
    case PD_LOG_WARNING:
        return "polydump: warning: ";
    case PD_LOG_DEBUG:
        return "polydump: debug: ";
    default:
        return "";
    }
}

void
log_message(int level, const char *fmt, ...)
{
    char text[LINE_SIZE], printable[LINE_SIZE + LINE_SIZE / 2], line[sizeof printable + 32];
    int saved_errno = errno;
    va_list args;
    int size;

    if (level > log_level())
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    error_printable(text, printable, sizeof printable);
    size = snprintf(line, sizeof line, "%s%s\n", line_prefix(level), printable);
    pthread_mutex_lock(&lock);
    if (before_line)
        before_line();
    write_line(line, (size_t)size);
    if (after_line)
        after_line();
    pthread_mutex_unlock(&lock);
    errno = saved_errno;
}
