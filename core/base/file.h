// SPDX-License-Identifier: Apache-2.0
/* file - files and folders that appear under their final name whole and durable, or not at all.

   Every open is below a held folder (openat), never follows a link, takes regular files only and
   makes them 0600 and folders 0700 at creation. With AT_FDCWD as the folder, the name is a path in
   the user's own words, whose links are followed when it is read. A partial has a name that a
   later run recognises: ".NAME.PID-RANDOM.partial" beside NAME; a partial whose maker is gone is
   stale (the maker holds an flock() on it). EINTR and short reads and writes are handled here;
   fsync() is never tried twice. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Write all bytes to fd. name is for the message. */
MUST_USE pd_status file_write(int fd, const void *bytes, size_t size, const char *name,
                              struct pd_error *err);
/* Read exactly size bytes at offset (or from the current place when offset is -1). *ret_got is
   smaller only at the end of the file. */
MUST_USE pd_status file_read(int fd, void *bytes, size_t size, int64_t offset, size_t *ret_got,
                             const char *name, struct pd_error *err);
/* fsync(), once; an error is final. */
MUST_USE pd_status file_sync(int fd, const char *name, struct pd_error *err);
/* fsync() and close(); fd is closed in any case. */
MUST_USE pd_status file_close_synced(int fd, const char *name, struct pd_error *err);

/* Open a regular file below folder for reading. Not a regular file, a link, a FIFO: an error that
   says so, without waiting. *ret_size may be NULL. */
MUST_USE pd_status file_open(int folder, const char *name, int *ret_fd, uint64_t *ret_size,
                             struct pd_error *err);
/* Create a new file below folder, 0600, O_EXCL, for writing and reading. */
MUST_USE pd_status file_create(int folder, const char *name, int *ret_fd, struct pd_error *err);
/* A nameless temporary file in folder (O_TMPFILE, else created and unlinked), 0600. */
MUST_USE pd_status file_temporary(int folder, int *ret_fd, struct pd_error *err);
/* All of a small file, at most limit bytes, NUL-terminated for convenience; free() it. */
MUST_USE pd_status file_load(int folder, const char *name, size_t limit, char **ret_text,
                             size_t *ret_size, struct pd_error *err);
/* Open a folder for use as `folder`; path may be absolute. */
MUST_USE pd_status folder_open(const char *path, int *ret_folder, struct pd_error *err);

/* A file or folder in the making. */
struct partial;

/* Begin a folder (is_folder) or a file that shall end as path. An existing path is refused unless
   replace is true. Stale partials of the same name are removed. The parent must exist. */
MUST_USE pd_status partial_begin(const char *path, bool is_folder, bool replace,
                                 struct partial **ret_partial, struct pd_error *err);
int partial_fd(const struct partial *partial);           /* of the file or folder */
const char *partial_path(const struct partial *partial); /* of the partial itself */
/* Sync (the file; or the folder, whose files the caller has synced), rename into place without
   overwriting what has appeared meanwhile (unless replace: then the old one is exchanged and
   removed after), sync the parent. The partial is freed on PD_OK only. */
MUST_USE pd_status partial_publish(struct partial *partial, struct pd_error *err);
/* Without publish it removes all that was begun. NULL is fine. */
void partial_free(struct partial *partial);
CLEANUP_DEFINE(partial, partial_free);

/* The same for a file that another library writes (SQLite), or a folder of a plugin: a name only,
   of what is there, empty, so that its mode is ours. All files in a folder are synced. */
MUST_USE pd_status partial_name(const char *path, bool is_folder, char **ret_partial,
                                struct pd_error *err);
MUST_USE pd_status partial_publish_name(const char *partial, const char *path, bool replace,
                                        struct pd_error *err);

/* Remove every partial that this process has begun, from a signal's aftermath or exit. Safe to
   call twice. */
void partial_remove_all(void);
