// SPDX-License-Identifier: Apache-2.0
/* sink - what the files of the writing half share. */
#pragma once

#include <polydump/left_out.h>
#include <polydump/options.h>
#include <polydump/schema.h>

#include "catalog.h"
#include "passive.h"

/* A column of a table in the target. */
struct target_column {
    const char *name;   /* NULL: it has no column there */
    const char *native; /* its type, as it stands in CREATE TABLE */
    uint8_t form;       /* enum my_form: how values are sent */
    uint8_t size;       /* MY_FORM_INT: bytes */
    bool is_unsigned;
    bool is_sent;            /* false: generated, or it has no column there */
    bool has_error_label;    /* MY_FORM_ENUM: values with the number 0 are there or may come */
    const char *raw_charset; /* MY_FORM_RAW; NULL */
    struct pd_type as;       /* the type of the vectors that write() gets, never PD_KIND_NONE */
    const struct pd_mapping *mapping;
};

/* A table in the target. */
struct target_table {
    const struct pd_table *table; /* the source's */
    const char *name;             /* its final name */
    const char *staged;           /* the name that it is filled under; `name` itself where rows go
                                     into a table that is there, unless they are staged first
                                     (conflict.c) */
    const struct target_column *columns; /* table->n_columns */
    const char *dummy;      /* a column that stands for none at all; NULL: none needed */
    bool exists;            /* it was there before the run */
    bool is_triggered;      /* triggers that fire may change its rows */
    bool is_history;        /* rows of the past of a system-versioned table */
    bool is_transactional;  /* its engine rolls back */
    bool keys_after;        /* secondary keys are made by complete() rather than with the table */
    const char *native_sql; /* the source's CREATE TABLE, to be replayed under the staged name, by
                               the same engine; NULL: made of the neutral schema */
};

struct present_names;
struct sink_writer;
struct sink_stage;
struct sink_ddl;

struct pd_sink {
    const struct pd_host *host;
    const struct pd_endpoint *end;
    struct pd_pool pool;    /* what lives as long as the sink; the first sink's thread only */
    struct pd_sink *origin; /* a twin's: the sink it was shared from; NULL: this is it */
    struct my *my;

    enum pd_into into;
    enum pd_conflict conflict;
    bool carry;         /* --misfit=carrier */
    bool rename;        /* --names=carry: names that the server cannot hold get others */
    bool exact;         /* --sequences=exact; else repair */
    bool native;        /* PD_LOAD_NATIVE */
    bool same;          /* PD_LOAD_SAME_ENGINE */
    bool with_definers; /* --grants: DEFINER clauses are kept; else objects are the writer's own */

    const struct pd_load *load; /* prepare()'s, and after it `kept` */
    struct pd_load kept;        /* without stats, which are prepare()'s alone */
    const struct pd_catalog *catalog;
    struct pd_mapping *mappings; /* what map() answered last */
    struct target_table *tables; /* one a table of the catalogue, from prepare() on */

    struct pd_left_outs left_outs;
    bool memory_short; /* somewhere that could not say so; asked for at the end of each call */

    struct present_names *names;      /* present_look.c; NULL: not yet asked for */
    struct sink_writer *writer;       /* write.c */
    struct sink_stage *stage;         /* stage.c */
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
/* sink->tables from sink->mappings and the names; refuses what the server cannot hold (columns,
   row size, key length, names), all of it in one error. `staged` is filled in by stage_name(). */
pd_status sink_place(struct pd_sink *sink, struct pd_error *err);

/* ---- present.c ---- */

/* Into tables that are there (append, truncate, data-only): finds them and their columns by name,
   corrects sink->tables by what is there, refuses what does not fit. */
pd_status present_check(struct pd_sink *sink, struct pd_error *err);
/* pd_sink_ops.look */
pd_status present_look(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
                       struct pd_error *err);
/* For a plan: what present_check() would refuse, without changing anything. */
pd_status present_judge(struct pd_sink *sink, struct pd_error *err);
/* After the commit: counters that are behind the source's. */
pd_status present_settle(struct pd_sink *sink, struct pd_error *err);
/* Is the database empty? Names what is there. */
pd_status present_refuse(struct pd_sink *sink, struct pd_error *err);

/* ---- ddl.c ---- */

/* Sequences, native objects that come before, staged tables with their primary key. */
pd_status ddl_create(struct pd_sink *sink, struct pd_error *err);
/* After the rows, still under the staged names: secondary keys, checks, generated columns, foreign
   keys (orphans found by an anti-join, since the server does not look), AUTO_INCREMENT. */
pd_status ddl_complete(struct pd_sink *sink, struct pd_error *err);
/* After the renaming: views, routines, triggers, events. A failure here undoes the renaming: see
   stage_clean(). */
pd_status ddl_native(struct pd_sink *sink, struct pd_error *err);
/* After the tables that were replaced are gone: their foreign keys' names are free now. */
pd_status ddl_settle(struct pd_sink *sink, struct pd_error *err);

/* ---- sink.c ---- */

/* The tables get their own names, unless they have, and native objects are made. After a failure
   close() undoes it all. */
pd_status sink_publish(struct pd_sink *sink, struct pd_error *err);

/* ---- execute.c ---- */

/* pd_sink_ops.execute */
pd_status execute_run(struct pd_sink *sink, const struct pd_statement *statement,
                      struct pd_error *err);
/* Refuses before anything is written what would be refused then; after sink_place(). */
pd_status execute_check(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err);

/* ---- stage.c: DECISIONS 16 ---- */

/* A marker table "pd$HEX$run" says whose staged tables these are, and refuses another live run;
   what a dead one left is dropped. */
pd_status stage_begin(struct pd_sink *sink, struct pd_error *err);
/* "pd$HEX$N" */
const char *stage_name(struct pd_sink *sink, uint32_t table);
/* Something that is made under its final name, to be dropped if the run fails: kind "sequence",
   "view", "function" ... Called before it is made. */
pd_status stage_add(struct pd_sink *sink, const char *kind, const char *name, struct pd_error *err);
/* It was not made, and nothing was dropped for it. */
pd_status stage_remove(struct pd_sink *sink, const char *kind, const char *name,
                       struct pd_error *err);
/* Another session of the run, so that it can be ended when the run is cleaned up. */
pd_status stage_join(struct pd_sink *sink, struct my *my, struct pd_error *err);
/* Routines, triggers and events in the way of --into=replace --native: refuses what must not give
   way; list: and lists how the others are made, so that they can be put back. */
pd_status stage_keep(struct pd_sink *sink, bool list, struct pd_error *err);
bool stage_is_kept(const struct pd_sink *sink, const char *kind, const char *name);
/* One RENAME of all; in replace the old ones move aside in the same one, and are dropped after the
   native objects were made. */
pd_status stage_publish(struct pd_sink *sink, struct pd_error *err);
/* Drops what was replaced, and the marker. Where the connection is lost it finds out what became of
   the run; then sink->my is NULL. */
pd_status stage_end(struct pd_sink *sink, struct pd_error *err);
/* After a failure: drop what was made and put back what was there, over a new connection; or finish
   what was done already. */
pd_status stage_clean(struct pd_sink *sink, struct pd_error *err);
/* A source refuses a database with a run under way or broken off: "INCOMPLETE". Staged tables that
   nobody's marker lists are said too. */
pd_status stage_refuse(struct my *my, struct pd_error *err);

/* ---- together.c ---- */

/* From now on rows that point nowhere are refused, one by one. */
pd_status together_check(struct pd_sink *sink, struct pd_error *err);
/* pd_sink_ops.together */
pd_status together_sink(struct pd_sink *sink, int what, struct pd_error *err);

/* ---- write.c, encode.c ---- */

pd_status write_start(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part,
                      struct pd_error *err);
pd_status write_batch(struct pd_sink *sink, const struct pd_batch *batch,
                      const struct pd_source_ops *long_ops, struct pd_source *long_source,
                      struct pd_rejects *rejects, struct pd_error *err);
pd_status write_end(struct pd_sink *sink, struct pd_error *err);
/* All parts of the table are in: does the server count as many rows as were sent? */
pd_status write_count(struct pd_sink *sink, uint32_t table, struct pd_error *err);
void write_close(struct pd_sink *sink);

/* ---- identity.c: pd_sink_ops.identity ---- */

pd_status identity_of_sink(struct pd_sink *sink, char *buffer, size_t size, struct pd_error *err);
