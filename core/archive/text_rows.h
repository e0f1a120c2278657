// SPDX-License-Identifier: Apache-2.0
/* text_rows - the text encoding: a file a table, a line of JSON a row (doc/format.md "Text
   encoding"). */
#pragma once

#include "archive/format.h"
#include "archive/units.h"
#include "base/error.h"

/* Writes the parts of one table after the other into its file. */
struct text_writer;
MUST_USE pd_status text_writer_new(struct units *units, const struct pd_catalog *catalog, int rows,
                                   bool recheck, struct text_writer **ret_writer,
                                   struct pd_error *err);
void text_writer_free(struct text_writer *writer);
CLEANUP_DEFINE(text_writer, text_writer_free);
MUST_USE pd_status text_writer_start(struct text_writer *writer, uint32_t table,
                                     struct pd_error *err);
MUST_USE pd_status text_writer_add(struct text_writer *writer, const struct pd_batch *batch,
                                   const struct pd_source_ops *ops, struct pd_source *source,
                                   struct pd_error *err);
/* The table's rows are all in; makes an empty file of one that was never started. */
MUST_USE pd_status text_writer_seal(struct text_writer *writer, uint32_t table,
                                    struct pd_error *err);

struct text_reader;
/* lenient: the last line may lack its end, and hash and count are not checked. */
MUST_USE pd_status text_reader_new(bool lenient, struct text_reader **ret_reader,
                                   struct pd_error *err);
void text_reader_free(struct text_reader *reader);
CLEANUP_DEFINE(text_reader, text_reader_free);
MUST_USE pd_status text_reader_start(struct text_reader *reader, const struct pd_table *table,
                                     uint32_t number, int rows, const struct part *part,
                                     struct pd_error *err);
MUST_USE pd_status text_reader_next(struct text_reader *reader, const struct pd_batch **ret_batch,
                                    struct pd_error *err);
