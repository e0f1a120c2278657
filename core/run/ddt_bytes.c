// SPDX-License-Identifier: Apache-2.0
/* ddt_bytes - two archives compared file by file. */
#include "run/ddt_bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { COMPARE_BYTES = 65536 };

static pd_status
files_compare(int a, int b, const char *name, bool *ret_same, struct pd_error *err)
{
    static __thread uint8_t left[COMPARE_BYTES], right[COMPARE_BYTES];
    size_t n_left, n_right;

    *ret_same = false;
    do {
        pd_status status = file_read(a, left, sizeof left, -1, &n_left, name, err);

        if (status == PD_OK)
            status = file_read(b, right, sizeof right, -1, &n_right, name, err);
        if (status != PD_OK)
            return status;
        if (n_left != n_right || memcmp(left, right, n_left) != 0)
            return PD_OK;
    } while (n_left);
    *ret_same = true;
    return PD_OK;
}

static pd_status
entry_compare(struct report *report, int a, int b, const char *prefix, const char *name,
              struct pd_error *err)
{
    CLEANUP_FD int left = -1;
    CLEANUP_FD int right = -1;
    bool same = false;
    pd_status status = file_open(a, name, &left, NULL, err);

    if (status == PD_OK && file_open(b, name, &right, NULL, NULL) == PD_OK)
        status = files_compare(left, right, name, &same, err);
    if (status == PD_OK && !same)
        status = report_difference(report, err, "'%s%s' differs between a and b", prefix, name);
    return status;
}

/* Every file of a against that of b, and names that only b has. rows/ is the only folder. */
static pd_status
folders_compare(struct report *report, const char *a_path, const char *b_path, const char *prefix,
                struct pd_error *err)
{
    CLEANUP_FD int a = -1;
    CLEANUP_FD int b = -1;
    struct dirent *entry;
    DIR *list = NULL;
    pd_status status = folder_open(a_path, &a, err);

    if (status == PD_OK)
        status = folder_open(b_path, &b, err);
    if (status == PD_OK && !(list = opendir(a_path)))
        status = error_errno(err, PD_FATAL, errno, "cannot list '%s'", a_path);
    while (status == PD_OK && (entry = readdir(list)))
        if (entry->d_name[0] != '.' && entry->d_type != DT_DIR)
            status = entry_compare(report, a, b, prefix, entry->d_name, err);
    if (list)
        closedir(list);
    list = status == PD_OK ? opendir(b_path) : NULL;
    while (list && status == PD_OK && (entry = readdir(list)))
        if (entry->d_name[0] != '.' && entry->d_type != DT_DIR &&
            faccessat(a, entry->d_name, F_OK, 0) != 0)
            status = report_difference(report, err, "'%s%s' is only in b", prefix, entry->d_name);
    if (list)
        closedir(list);
    return status;
}

static char *
rows_of(const char *archive)
{
    char *path;

    return asprintf(&path, "%s/rows", archive) < 0 ? NULL : path;
}

pd_status
ddt_bytes_compare(const char *a, const char *b, struct report *report, struct pd_error *err)
{
    CLEANUP_FREE char *a_rows = rows_of(a);
    CLEANUP_FREE char *b_rows = rows_of(b);
    pd_status status;

    if (!a_rows || !b_rows)
        return error_memory(err);
    status = folders_compare(report, a, b, "", err);
    if (status == PD_OK && access(a_rows, F_OK) == 0 && access(b_rows, F_OK) == 0)
        status = folders_compare(report, a_rows, b_rows, "rows/", err);
    return status;
}
