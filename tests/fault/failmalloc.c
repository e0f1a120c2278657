// SPDX-License-Identifier: Apache-2.0
/* failmalloc - LD_PRELOAD: lets the n-th allocation of a process fail, once or for ever.

   FAIL_AT      the allocation (from 1) that fails, once
   FAIL_FROM    every allocation from this one on fails
   FAIL_REPORT  file that gets "hit OBJECT" for the first that failed (the nearest caller that is
                not the C library), and at the end "calls N"

   Counted across all threads, from the first constructor on, so that the dynamic linker's own are
   left alone. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static const char *report_path;
static long fail_at = -1;
static long fail_from = -1;
static long n_calls;
static bool started;
static bool reported;
static const char *own_name = "failmalloc";

static void
report(const char *word, const char *name)
{
    char line[300];
    int size = snprintf(line, sizeof line, "%s %.200s\n", word, name);
    long fd;

    if (!report_path)
        return;
    fd =
        syscall(SYS_openat, AT_FDCWD, report_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    syscall(SYS_write, fd, line, (size_t)size);
    syscall(SYS_close, fd);
}

static long
number(const char *name)
{
    const char *text = getenv(name);

    return text ? strtol(text, NULL, 10) : -1;
}

__attribute__((constructor)) static void
start(void)
{
    void *frame[2];

    report_path = getenv("FAIL_REPORT");
    fail_at = number("FAIL_AT");
    fail_from = number("FAIL_FROM");
    backtrace(frame, 2); /* loads what it needs now, not in the middle of a failure */
    started = true;
}

__attribute__((destructor)) static void
end(void)
{
    char text[32];

    snprintf(text, sizeof text, "%ld", __atomic_load_n(&n_calls, __ATOMIC_RELAXED));
    report("calls", text);
}

/* Who asked: the nearest frame that is neither here nor in the C library. */
static void
report_caller(void)
{
    void *frames[24];
    int n = backtrace(frames, 24);
    const char *name = "?";

    for (int i = 0; i < n; i++) {
        Dl_info info;
        const char *file;

        if (dladdr(frames[i], &info) == 0 || !info.dli_fname)
            continue;
        file = strrchr(info.dli_fname, '/');
        file = file ? file + 1 : info.dli_fname;
        if (strncmp(file, own_name, strlen(own_name)) == 0 || strncmp(file, "libc.", 5) == 0)
            continue;
        name = file;
        break;
    }
    report("hit", name);
}

static bool
is_hit(void)
{
    long n;

    if (!started)
        return false;
    n = __atomic_add_fetch(&n_calls, 1, __ATOMIC_RELAXED);
    if (n != fail_at && (fail_from < 0 || n < fail_from))
        return false;
    if (!__atomic_exchange_n(&reported, true, __ATOMIC_RELAXED))
        report_caller();
    errno = ENOMEM;
    return true;
}

void *
malloc(size_t size)
{
    return is_hit() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
    return is_hit() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *memory, size_t size)
{
    return is_hit() ? NULL : __libc_realloc(memory, size);
}

void *
memalign(size_t alignment, size_t size)
{
    return is_hit() ? NULL : __libc_memalign(alignment, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return is_hit() ? NULL : __libc_memalign(alignment, size);
}

int
posix_memalign(void **ret_memory, size_t alignment, size_t size)
{
    void *memory;

    if (is_hit())
        return ENOMEM;
    memory = __libc_memalign(alignment, size);
    if (!memory)
        return ENOMEM;
    *ret_memory = memory;
    return 0;
}
