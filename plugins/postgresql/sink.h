// SPDX-License-Identifier: Apache-2.0
/* sink - what the files of the writing half share. */
#pragma once

#include <polydump/left_out.h>
#include <polydump/options.h>
#include <polydump/schema.h>

#include "catalog.h"

enum sink_atomic {
    ATOMIC_RUN,   /* one connection, one transaction */
    ATOMIC_MARKED /* each table committed, under a marker table until finish() */
};

/* A column of a table in the target. */
struct target_column {
    const char *name;   /* NULL: it has no column there */
    const char *native; /* its type, as it stands in CREATE TABLE */
    uint8_t form;       /* enum pg_form: how values are sent */
    bool is_sent;       /* false: generated, or it has no column there */
    struct pd_type as;  /* the type of the vectors that write() gets, never PD_KIND_NONE */
    const struct pd_mapping *mapping;
};

/* A table in the target. */
struct target_table {
    const struct pd_table *table; /* the source's */
    const char *schema;           /* in the target; NULL: public */
    const char *name;
    const struct target_column *columns; /* table->n_columns */
    const char *dummy;     /* a column that stands for none at all; NULL: none needed */
    bool by_text;          /* COPY ... (FORMAT text), since a column has PG_FORM_TEXT */
    bool is_large_objects; /* rows become large objects (PG_LO_TABLE) */
    bool exists;           /* it was there before the run */
    bool is_triggered;     /* triggers that fire may change its rows */
    bool needs_path; /* what runs for its rows looks names up by the search_path of the role */
};

struct pd_sink {
    const struct pd_host *host;
    const struct pd_endpoint *end;
    struct pd_pool pool;    /* what lives as long as the sink; the first sink's thread only */
    struct pd_sink *origin; /* a twin's: the sink it was shared from; NULL: this is it */
    struct pg *pg;

    enum pd_into into;
    enum pd_conflict conflict;
    enum sink_atomic atomic;
    bool carry;       /* --misfit=carrier */
    bool rename;      /* --names=carry: names that the server cannot hold get others */
    bool exact;       /* --sequences=exact; else repair */
    bool native;      /* PD_LOAD_NATIVE */
    bool same;        /* PD_LOAD_SAME_ENGINE */
    bool with_access; /* --grants: owners and grants too */

    const struct pd_load *load; /* from prepare() on a copy, without the stats */
    const struct pd_catalog *catalog;
    uint64_t *n_rows;            /* one a table of the catalogue, about */
    struct pd_mapping *mappings; /* what map() answered last */
    struct target_table *tables; /* one a table of the catalogue, from prepare() on */

    struct pd_left_outs left_outs;
    bool memory_short; /* somewhere that could not say so; asked for at the end of each call */

    struct sink_writer *writer;       /* write.c */
    struct sink_marker *marker;       /* marker.c */
    struct sink_ddl *ddl;             /* place.c */
    struct sink_conflicts *conflicts; /* conflict.c; NULL: rows whose key is there are refused */
};

/* ---- left_out.c ---- */

/* One more line of what is not carried; part: enum pd_part. */
void sink_leave_out(struct pd_sink *sink, int part, uint32_t table, uint32_t number,
                    const char *fmt, ...) PD_PRINTF(5, 6);

/* ---- map.c ---- */

/* pd_sink_ops.map */
pd_status sink_map(struct pd_sink *sink, const struct pd_load *load,
                   const struct pd_mapping **ret_mappings, struct pd_error *err);
/* sink->tables from sink->mappings and the names; refuses what the server cannot hold. */
pd_status sink_place(struct pd_sink *sink, struct pd_error *err);

/* ---- present.c ---- */

/* Into tables that are there (append, truncate, data-only): finds them and their columns by name,
   corrects sink->tables by what is there, refuses what does not fit; truncates if that is wanted.
 */
pd_status present_check(struct pd_sink *sink, struct pd_error *err);
/* Is the database empty but for what every new one has? Names what is there. */
pd_status present_refuse(struct pd_sink *sink, struct pd_error *err);
/* --into=replace: drop, inside the transaction, what stands in the way. */
pd_status present_drop(struct pd_sink *sink, struct pd_error *err);

/* ---- ddl.c ---- */

/* Schemas, types, native objects that come before, tables without keys; each created object is
   told to marker_add(). */
pd_status ddl_create(struct pd_sink *sink, struct pd_error *err);
/* After the rows: the statements that make keys, indexes, checks (grouped so that each group can
   run on several connections at once), then foreign keys, defaults, sequences, native objects. */
pd_status ddl_complete(struct pd_sink *sink, struct pd_error *err);
/* After that foreign keys may still be checked, beside whoever reads rows back: wait for it. */
pd_status ddl_finish(struct pd_sink *sink, struct pd_error *err);
/* "CREATE TABLE" of one table alone, for the transaction that loads its rows. */
pd_status ddl_table(struct pd_sink *sink, uint32_t table, struct pg *pg, struct pd_error *err);

/* ---- passive.c ---- */

/* May the statement be run without having been asked for? A complete parse of a few forms. */
bool passive_statement(const char *sql);

/* ---- sink.c ---- */

/* What every session of a marked run is told. */
pd_status sink_enter_marked(const struct pd_sink *sink, struct pg *pg, struct pd_error *err);

/* ---- execute.c ---- */

/* pd_sink_ops.execute */
pd_status execute_run(struct pd_sink *sink, const struct pd_statement *statement,
                      struct pd_error *err);
/* Refuses before anything is written what would be refused then. */
pd_status execute_check(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err);

/* ---- marker.c: DECISIONS 15 ---- */

pd_status marker_begin(struct pd_sink *sink, struct pd_error *err);
/* An object that a failing run has to drop: kind "table", "type", "schema", "sequence" ... */
pd_status marker_add(struct pd_sink *sink, const char *kind, const char *schema, const char *name,
                     struct pd_error *err);
pd_status marker_end(struct pd_sink *sink, struct pd_error *err);
/* Drop what a marker lists and the marker itself, over a new connection when the old one is gone.
   At close() without finish(), and at open() for what an earlier run left. */
pd_status marker_clean(struct pd_sink *sink, struct pd_error *err);

/* ---- together.c ---- */

/* pd_sink_ops.together */
pd_status together_sink(struct pd_sink *sink, int what, struct pd_error *err);

/* ---- write.c, encode_binary.c, encode_text.c ---- */

pd_status write_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part,
                      struct pd_error *err);
pd_status write_batch(struct pd_sink *sink, const struct pd_batch *batch,
                      const struct pd_source_ops *long_ops, struct pd_source *long_source,
                      struct pd_rejects *rejects, struct pd_error *err);
pd_status write_end(struct pd_sink *sink, struct pd_error *err);
void write_close(struct pd_sink *sink);

/* ---- identity.c: pd_sink_ops.identity ---- */

pd_status identity_of_sink(struct pd_sink *sink, char *buffer, size_t size, struct pd_error *err);
