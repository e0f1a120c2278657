// SPDX-License-Identifier: Apache-2.0
/* source - what the two shapes of an archive that is read have in common. */
#pragma once

#include "archive/manifest.h"
#include "base/error.h"

/* A source of either shape; archive.c hands each call on to ops. */
struct pd_source {
    const struct pd_source_ops *ops;
    const struct manifest *manifest; /* NULL: a stream before its end */
    /* Is there a file that does not belong to the archive? Its name, or NULL. */
    const char *unknown_file;
};

enum source_mode {
    SOURCE_NORMAL,
    SOURCE_REVIEW, /* not published yet: a partial is accepted */
    SOURCE_LENIENT /* text that was edited by hand: hashes and counts need not fit */
};

MUST_USE pd_status directory_source_open(const char *path, enum source_mode mode,
                                         struct pd_source **ret_source, struct pd_error *err);
/* path "-": stdin. */
MUST_USE pd_status stream_source_open(const char *path, enum source_mode mode,
                                      struct pd_source **ret_source, struct pd_error *err);

extern const struct pd_source_ops directory_source_ops;
extern const struct pd_source_ops stream_source_ops;

/* The facts of a table from what was counted when it was written. *count is the caller's room for
   the one of level COUNT. */
void source_facts(const struct pd_stats *stats, int level, struct pd_fact *count,
                  const struct pd_fact **ret_facts, size_t *ret_n_facts);
/* The member "stats" of a line; PD_UNSUPPORTED: it is null, which a schema alone may have. */
MUST_USE pd_status source_read_stats(struct arena *arena, const json_t *line,
                                     const struct pd_table *table, bool schema_only,
                                     struct pd_stats *ret_stats, struct pd_error *err);
/* Compare a content id that was fed all tables with the manifest's; it is freed. */
MUST_USE pd_status source_check_content(struct content_id *content,
                                        const struct pd_catalog *catalog,
                                        const struct manifest *manifest, struct pd_error *err);
