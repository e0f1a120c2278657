// SPDX-License-Identifier: Apache-2.0
/* sink - what the two shapes of a new archive have in common. */
#pragma once

#include "archive/archive.h"
#include "archive/manifest.h"
#include "base/error.h"

/* What is wanted of a new archive. Texts are owned. */
struct sink_settings {
    char *path; /* "-": stdout */
    enum format_shape shape;
    enum format_encoding encoding;
    int order; /* enum pd_order */
    int level; /* of zstd */
    bool recheck;
    bool replace;
    bool stamp;        /* make stamp.json */
    char *stamp_text;  /* or take this one; NULL: none */
    char *application; /* instead of the catalogue's; NULL: that one */
    char *application_version;
};

MUST_USE pd_status sink_settings_read(const struct pd_host *host, const struct pd_endpoint *end,
                                      struct sink_settings *ret_settings, struct pd_error *err);
void sink_settings_free(struct sink_settings *settings); /* its texts */

/* A sink of either shape; archive.c hands each call on to ops. */
struct pd_sink {
    const struct pd_sink_ops *ops;
    const struct manifest *manifest; /* set by complete(); NULL before, and in twins */
    bool published;                  /* by finish() */
};

/* The rest of the manifest that follows from settings and catalogue. Texts are borrowed. */
void sink_manifest(const struct sink_settings *settings, const struct pd_load *load,
                   struct manifest *ret_manifest);
/* The text of stamp.json, when one is wanted. */
MUST_USE pd_status sink_stamp(const struct sink_settings *settings,
                              const struct pd_catalog *catalog, struct buffer *out,
                              struct pd_error *err);
/* Open a sink of a shape; takes the settings' texts on PD_OK. */
MUST_USE pd_status directory_sink_open(struct sink_settings *settings, struct pd_sink **ret_sink,
                                       struct pd_error *err);
MUST_USE pd_status stream_sink_open(struct sink_settings *settings, struct pd_sink **ret_sink,
                                    struct pd_error *err);
/* After an edit by hand the rows are no longer in key order: the manifest shall not say so. */
void directory_sink_set_unordered(struct pd_sink *sink);

/* archive_sink_rejects() of a directory. */
MUST_USE pd_status directory_sink_rejects(struct pd_sink *sink, archive_read *read, void *arg,
                                          const char *const *unseen, struct pd_error *err);

extern const struct pd_sink_ops directory_sink_ops;
extern const struct pd_sink_ops stream_sink_ops;
