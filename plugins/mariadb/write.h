// SPDX-License-Identifier: Apache-2.0
/* write - what the files that write rows share beyond sink.h. */
#pragma once

#include <pthread.h>

#include "encode.h"

/* Rows sent of each table, by all who write; the origin's. */
struct write_counts {
    pthread_mutex_t mutex;
    uint64_t *rows; /* one a table of the catalogue */
};

struct sink_writer {
    struct write_counts *counts;
    struct encoder encoder;
    bool is_prepared;
    bool is_completed;
    bool is_published; /* staged tables have their own names, and native objects are there */
    bool is_finished;
    bool in_place;       /* rows go into tables that are there: the run is one transaction */
    bool in_transaction; /* */
    bool begun;          /* start() was called */
    bool is_dropped;     /* the table has no place here, which was said */
    uint32_t number;     /* of the table */
    uint64_t n_sent;     /* rows of this part */
    uint64_t n_open;     /* bytes since the last commit */
};

/* ---- write.c ---- */

/* The writer of a sink, or of a twin (of: the sink it is shared from). */
pd_status write_open(struct pd_sink *sink, struct pd_sink *of, struct pd_error *err);
/* Rows that break a check of the source, as one that is NOT VALID there lets them, are not lost
   with it: a staged table has the check from the beginning, and which of them rows break is asked
   once all are in. An ALTER TABLE that copies the table would refuse them too. */
pd_status write_relax(const struct pd_sink *sink, struct my *my, struct pd_error *err);
pd_status write_begin(struct pd_sink *sink, struct pd_error *err);
pd_status write_commit(struct pd_sink *sink, struct pd_error *err);

/* ---- rejects.c ---- */

/* A batch whose rows the server may refuse, one by one. */
pd_status rejects_batch(struct pd_sink *sink, const struct pd_batch *batch,
                        const struct encode_long *from, struct pd_error *err);

enum { REJECTS_DOUBLE = 1062 /* the server's number for a key that is there */ };
/* Is what the server complained of about a row, so that others may get in? */
bool rejects_is_about_rows(const struct my *my);
/* Tells that it refused a row; why: in front of its words, "": nothing. */
void rejects_row(struct pd_sink *sink, uint32_t row, const char *why, const char *text);
/* The error when it is not. */
pd_status rejects_fail_all(struct pd_sink *sink, struct pd_error *err);

/* ---- review.c ---- */

pd_status review_open(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err);
