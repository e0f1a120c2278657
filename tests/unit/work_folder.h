// SPDX-License-Identifier: Apache-2.0
/* work_folder.h - tests of files: each begins in an empty folder of its own. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/folder.h"

/* The folder of one test; every test begins in an empty one. */
static char root[] = "/tmp/polydump-test-XXXXXX";
static int here = -1;
static struct pd_error err;

static inline int
begin(void **state)
{
    strcpy(root + strlen(root) - 6, "XXXXXX");
    if (!mkdtemp(root) || chdir(root) < 0)
        return -1;
    here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memset(&err, 0, sizeof err);
    umask(0);
    return here < 0 ? -1 : 0;
}

static inline int
end(void **state)
{
    close(here);
    if (chdir("/") < 0)
        return -1;
    return folder_remove(AT_FDCWD, root) ? 0 : -1;
}

static inline void
put(const char *name, const char *text)
{
    FILE *file = fopen(name, "we");

    assert_non_null(file);
    assert_int_equal(fputs(text, file) < 0, 0);
    assert_int_equal(fclose(file), 0);
}

static inline void
assert_content(const char *name, const char *expected)
{
    CLEANUP_FREE char *text = NULL;
    size_t size;

    assert_int_equal(file_load(here, name, 1000, &text, &size, &err), PD_OK);
    assert_string_equal(text, expected);
    assert_int_equal(size, strlen(expected));
}

static inline mode_t
mode_of(const char *name)
{
    struct stat st;

    assert_int_equal(lstat(name, &st), 0);
    return st.st_mode & 07777;
}

static inline bool
count_visit(void *arg, int folder, const char *name)
{
    ++*(int *)arg;
    return true;
}

/* Names in a folder, hidden ones too. */
static inline int
count_names(int folder)
{
    int n = 0;

    assert_true(folder_each(folder, count_visit, &n));
    return n;
}

static inline void
write_ok(int fd, const char *text)
{
    assert_int_equal(file_write(fd, text, strlen(text), "test", &err), PD_OK);
}
