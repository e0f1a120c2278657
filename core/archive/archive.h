// SPDX-License-Identifier: Apache-2.0
/* archive - the archive as a source and a sink behind the same tables of functions as engines
   (doc/format.md). */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "model/digest.h"

/* name "archive", scheme "archive"; location: a folder, a file, or "-".
   Options (sink): text, level, stream, no-recheck, replace, order, app, app-version, stamp.
   The sink takes PD_ORDER_KEY or SOURCE rows alike; `order` is recorded in the manifest. */
extern const struct pd_plugin archive_plugin;

/* What the manifest says, for info and verify. */
struct archive_identity {
    const char *format;      /* "1.0" */
    const char *shape;       /* "directory" or "stream" */
    const char *encoding;    /* "binary" or "text" */
    const char *order;       /* "source" or "key" */
    const char *application; /* NULL: none */
    const char *application_version;
    char content_id[33];
    uint64_t n_tables;
    uint64_t n_rows;
    uint64_t n_blocks;
    uint64_t n_bytes;            /* on disk */
    const char *const *features; /* required ones, NULL-ended */
    const char *stamp;           /* JSON text of stamp.json, NULL: none */
    bool has_rejects;            /* its rows were set aside by --rejects */
    const char *const *unseen;   /* SQL of steps that they have not seen, NULL-ended; NULL: none */
};

/* source must be one that archive_plugin opened. PD_UNSUPPORTED: a stream that is not at its end
   yet. Strings live as long as source. */
MUST_USE pd_status archive_identify(struct pd_source *source, struct archive_identity *ret_identity,
                                    struct pd_error *err);
/* The same for a sink, after finish() and before close(). */
MUST_USE pd_status archive_sink_identify(struct pd_sink *sink,
                                         struct archive_identity *ret_identity,
                                         struct pd_error *err);

/* Beside the rows of a directory, FORMAT_REJECTS: a line of JSON a row, why it is there. Between
   the last row and complete(). read gives what lies at an offset; *ret_size 0: the end. unseen, for
   the manifest: NULL-ended, or NULL; borrowed until complete(). */
typedef pd_status archive_read(void *arg, uint64_t at, void *bytes, size_t size, size_t *ret_size,
                               struct pd_error *err);
MUST_USE pd_status archive_sink_rejects(struct pd_sink *sink, archive_read *read, void *arg,
                                        const char *const *unseen, struct pd_error *err);

/* The content id from its parts: fed table by table in order (doc/format.md "Content id"). Used
   for any pair of catalogue and digests, so that a database has one too. */
struct content_id;
MUST_USE pd_status content_id_new(const char *application, const char *application_version,
                                  struct content_id **ret_id, struct pd_error *err);
MUST_USE pd_status content_id_table(struct content_id *id, const struct pd_table *table,
                                    uint64_t n_rows, const struct digest *digest,
                                    struct pd_error *err);
MUST_USE pd_status content_id_sequence(struct content_id *id, const struct pd_sequence *sequence,
                                       struct pd_error *err);
void content_id_finish(struct content_id *id, char text[33]); /* frees id */
void content_id_free(struct content_id *id);

/* Renew manifest and tables.jsonl of a text archive after an edit by hand: reads every row, checks
   it, counts anew, publishes. *ret_changed: tables whose rows or counts changed. */
MUST_USE pd_status archive_seal(const char *path, uint64_t *ret_changed, struct pd_error *err);

/* Is there nothing in the archive's folder that does not belong to it? Restoring only warns. */
MUST_USE pd_status archive_check_files(struct pd_source *source, struct pd_error *err);

/* Is path a folder that a dump was writing and did not finish, or no archive at all? A sentence
   for the message, or NULL when it looks like an archive. */
const char *archive_looks_incomplete(const char *path);
