// SPDX-License-Identifier: Apache-2.0
/* progress - see progress.h. */
#include "base/progress.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

enum {
    REDRAW_MS = 200, /* often enough to look alive, too seldom to cost anything */
    LINE_MS = 10000, /* where nothing is redrawn */
    SHOWN_NAME = 40, /* bytes of a table's name */
    LINE_SIZE = 256,
    SETTLE_SECONDS = 2 /* before that, a rate says nothing */
};

struct counts {
    uint64_t rows;
    uint64_t bytes;
    uint64_t tables;
    double seconds;
};

static atomic_uint_fast64_t n_rows_done;
static atomic_uint_fast64_t n_bytes_done;
static atomic_uint_fast64_t n_tables_done;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static pthread_cond_t stopping;
static bool is_stopping;
static bool is_terminal;
static char verb[32];
static char current[SHOWN_NAME * 4 + 1]; /* table or phase, printable */
static uint64_t n_tables;
static uint64_t n_rows;
static struct timespec started;

static pthread_t thread;
static bool is_running;
/* Of drawn, and of what stands on the terminal. Taken inside the log's lock, never around it. */
static pthread_mutex_t draw_lock = PTHREAD_MUTEX_INITIALIZER;
static char drawn[LINE_SIZE]; /* empty: nothing stands there */

/* ---- The line -------------------------------------------------------------------------------- */

static void
print_size(char *text, size_t size, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;

    while (bytes >= 1024 && unit + 1 < COUNT_OF(units)) {
        bytes /= 1024;
        unit++;
    }
    snprintf(text, size, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

static void
print_time(char *text, size_t size, double seconds)
{
    unsigned long whole = (unsigned long)(seconds + 0.5);

    if (whole >= 3600)
        snprintf(text, size, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(text, size, "%lu:%02lu", whole / 60, whole % 60);
}

static struct counts
count(void)
{
    struct counts counts = {
        .rows = atomic_load_explicit(&n_rows_done, memory_order_relaxed),
        .bytes = atomic_load_explicit(&n_bytes_done, memory_order_relaxed),
        .tables = atomic_load_explicit(&n_tables_done, memory_order_relaxed),
    };
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    counts.seconds =
        (double)(now.tv_sec - started.tv_sec) + (double)(now.tv_nsec - started.tv_nsec) / 1e9;
    return counts;
}

static void PD_PRINTF(2, 3) append(char line[LINE_SIZE], const char *fmt, ...)
{
    size_t used = strlen(line);
    va_list args;

    va_start(args, fmt);
    vsnprintf(line + used, LINE_SIZE - used, fmt, args);
    va_end(args);
}

/* "dump: 3/11 tables, 1200/15607 rows, 1.2 MiB, 600 rows/s, 0:24 left: tracks"; the table comes
   last, since a narrow terminal cuts the end. */
static void
format_line(char line[LINE_SIZE])
{
    struct counts counts = count();
    double rate = counts.seconds > 0 ? (double)counts.rows / counts.seconds : 0;
    char text[32];

    snprintf(line, LINE_SIZE, "%s: ", verb);
    if (n_tables)
        append(line, "%" PRIu64 "/%" PRIu64 " tables, ", counts.tables, n_tables);
    append(line, "%" PRIu64, counts.rows);
    /* An estimate that was too low is no news for the user. */
    if (n_rows && n_rows >= counts.rows)
        append(line, "/%" PRIu64, n_rows);
    print_size(text, sizeof text, (double)counts.bytes);
    append(line, " rows, %s", text);
    if (counts.seconds >= SETTLE_SECONDS) {
        append(line, ", %.0f rows/s", rate);
        if (n_rows > counts.rows && rate > 0) {
            print_time(text, sizeof text, (double)(n_rows - counts.rows) / rate);
            append(line, ", %s left", text);
        }
    }
    if (current[0])
        append(line, ": %s", current);
}

/* What does not fit would wrap and could not be redrawn; characters are not split. */
static void
fit_to_terminal(char line[LINE_SIZE])
{
    struct winsize window = {0};
    size_t width = 80;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
        width = window.ws_col;
    if (strlen(line) < width)
        return;
    width--;
    while (width > 0 && ((unsigned char)line[width] & 0xc0) == 0x80)
        width--;
    line[width] = '\0';
}

/* ---- Drawing --------------------------------------------------------------------------------- */

static void
write_text(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));

    (void)n; /* the run does not depend on it */
}

static void
draw(void)
{
    char text[LINE_SIZE + 8];

    snprintf(text, sizeof text, "\r%s\033[K", drawn);
    write_text(text);
}

/* The log prints a line where ours stands: ours goes, and comes back below. */
static void
before_log_line(void)
{
    pthread_mutex_lock(&draw_lock);
    if (drawn[0])
        write_text("\r\033[K");
}

static void
after_log_line(void)
{
    if (drawn[0])
        draw();
    pthread_mutex_unlock(&draw_lock);
}

static void
show(char line[LINE_SIZE])
{
    if (!is_terminal) {
        log_info("%s", line);
        return;
    }
    fit_to_terminal(line);
    pthread_mutex_lock(&draw_lock);
    memcpy(drawn, line, LINE_SIZE);
    draw();
    pthread_mutex_unlock(&draw_lock);
}

static void
erase(void)
{
    pthread_mutex_lock(&draw_lock);
    if (drawn[0])
        write_text("\r\033[K");
    drawn[0] = '\0';
    pthread_mutex_unlock(&draw_lock);
}

/* ---- The thread ------------------------------------------------------------------------------ */

static void
wait_ms(long ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (!is_stopping && pthread_cond_timedwait(&stopping, &lock, &until) == 0)
        continue;
}

static void *
run(void *arg)
{
    char line[LINE_SIZE];

    pthread_mutex_lock(&lock);
    for (;;) {
        wait_ms(is_terminal ? REDRAW_MS : LINE_MS);
        if (is_stopping)
            break;
        format_line(line);
        pthread_mutex_unlock(&lock);
        show(line);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static bool
start_thread(void)
{
    pthread_condattr_t attributes;
    sigset_t all, old;
    bool done;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&stopping, &attributes);
    pthread_condattr_destroy(&attributes);
    /* Signals are for threads whose waits they shall end. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    done = pthread_create(&thread, NULL, run, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return done;
}

void
progress_start(const char *verb_, uint64_t n_tables_, uint64_t n_rows_, bool quiet)
{
    const char *terminal = getenv("TERM");

    progress_stop();
    atomic_store(&n_rows_done, 0);
    atomic_store(&n_bytes_done, 0);
    atomic_store(&n_tables_done, 0);
    if (quiet || fcntl(STDERR_FILENO, F_GETFD) < 0)
        return;
    snprintf(verb, sizeof verb, "%s", verb_);
    current[0] = '\0';
    n_tables = n_tables_;
    n_rows = n_rows_;
    is_stopping = false;
    is_terminal = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
    clock_gettime(CLOCK_MONOTONIC, &started);
    if (is_terminal)
        log_around(before_log_line, after_log_line);
    is_running = start_thread();
}

static void
set_current(const char *name)
{
    char printable[sizeof current];

    error_printable(name, printable, sizeof printable);
    pthread_mutex_lock(&lock);
    memcpy(current, printable, sizeof current);
    pthread_mutex_unlock(&lock);
}

void
progress_table(const char *name)
{
    set_current(name);
}

void
progress_phase(const char *name)
{
    set_current(name);
}

void
progress_add(uint64_t rows, uint64_t bytes)
{
    atomic_fetch_add_explicit(&n_rows_done, rows, memory_order_relaxed);
    atomic_fetch_add_explicit(&n_bytes_done, bytes, memory_order_relaxed);
}

void
progress_table_done(void)
{
    atomic_fetch_add_explicit(&n_tables_done, 1, memory_order_relaxed);
}

void
progress_stop(void)
{
    if (is_running) {
        pthread_mutex_lock(&lock);
        is_stopping = true;
        pthread_cond_signal(&stopping);
        pthread_mutex_unlock(&lock);
        pthread_join(thread, NULL);
        pthread_cond_destroy(&stopping);
        is_running = false;
    }
    log_around(NULL, NULL);
    erase();
}
