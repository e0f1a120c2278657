// SPDX-License-Identifier: Apache-2.0
/* stage_inside - what the files of the stage share. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "migrate/made.h"
#include "migrate/patches.h"
#include "migrate/stage.h"
#include "migrate/straight.h"

/* For the number of a table of `before`: rows that come of none, before and behind all others. */
#define FROM_BEFORE_LOAD PD_NO_TABLE
#define FROM_AFTER_LOAD (PD_NO_TABLE - 1)

/* Rows that follow each other in a table of `after`. */
struct stage_part {
    uint32_t from;           /* number in `before` */
    const uint32_t *columns; /* straight: as in struct flow */
    const struct made *made; /* NULL: straight */
};

/* How the rows of a table of `after` are had. */
struct stage_way {
    struct stage_part *parts;
    size_t n_parts;
    bool needs_run; /* some of them only when the step has run */
    bool is_single; /* straight from one table */
    bool passes;    /* and nothing about it has changed */
    bool same_rows; /* single, and at most names have: what was counted of the rows holds */
};

/* Tables whose generated columns, some of them, are read like plain ones; NULL: as the catalogues
   have them. */
struct stage_plain {
    struct pd_table *before; /* the one that the rows come from */
    struct pd_table *after;
};

/* Memory that the stages of a chain share, the lowest one's. */
struct stage_memory {
    struct made_room made;
    unsigned n_keyed; /* stages that look up or update */
};

enum { STAGE_KEYED = 16 << 20, STAGE_KEYED_MOST = 8 << 20 }; /* bytes for keys: of all, of one */

struct stage {
    struct opened_source source; /* what others read from */
    struct pd_source_ops ops;
    struct opened_source *inner;
    const struct pd_migration *migration;
    struct pd_migrator *migrator;
    struct arena *arena;
    struct arena *plan_arena; /* NULL: the plan is somebody else's */
    struct planned planned;
    struct stage_way *ways;    /* one a table of `after` */
    struct stage_plain *plain; /* of straight rows, one a table of `after` */
    struct pd_table **given;   /* one a table of `before`: as the step is given its batches; NULL */
    struct made *made;         /* one for each table that a seen one may make rows of */
    size_t n_made;
    struct stage_memory own_memory;
    struct stage_memory *memory; /* own, or that of the stage below */
    struct made_file file;
    struct pd_step *step;
    pthread_mutex_t mutex; /* of all below, and of the step */
    bool has_run;
    pd_status run_status;
    struct pd_error run_error;
};

/* ---- stage.c ---- */

/* stage_open() with a plan that is there: both are borrowed, migrator is the stage's when it
   succeeds. */
MUST_USE pd_status stage_begin(struct opened_source *inner, const struct pd_migration *migration,
                               struct pd_migrator *migrator, const struct planned *planned,
                               int folder, struct stage **ret_stage, struct pd_error *err);
/* What is behind a source; NULL: no step. */
const struct stage *stage_behind(const struct opened_source *source);
/* "step '1.0' -> '1.1' (origin)", or with ", table 't'" behind, in front of an error. table NULL:
   none. */
pd_status stage_prefix(const struct stage *stage, const struct pd_table *table, pd_status status,
                       struct pd_error *err);

/* ---- stage_plain.c: generated columns whose values are known ---- */

MUST_USE pd_status stage_plain_open(struct stage *stage, struct pd_error *err);
/* A table of `before` as the step is given its rows. */
const struct pd_table *stage_given(const struct stage *stage, uint32_t table);
/* A table of `after` as its rows are read, and the one of `before` that a part of it comes from. */
const struct pd_table *stage_table(const struct stage *stage, uint32_t table);
const struct pd_table *stage_origin(const struct stage *stage, uint32_t table, uint32_t before);
/* See pd_source_ops.compute; table is one of `after`. */
MUST_USE pd_status stage_compute(struct stage *stage, struct pd_source *inner, uint32_t table,
                                 uint32_t column, struct pd_error *err);

/* ---- stage_rows.c: a table of `after`, row by row ---- */

struct stage_rows {
    struct stage *stage;
    struct pd_source *inner;
    uint32_t table;
    const struct stage_way *way; /* NULL: nothing was begun */
    struct pd_scan scan;         /* order and range of a way that is single */
    bool straight_only;          /* what the step makes is passed over */
    size_t part;
    bool reading;         /* the part has begun */
    uint64_t n_part_rows; /* that were read of it */
    struct pd_extent extent;
    bool has_extent;
    struct straight *straight; /* of the part */
    struct made_reader made;
    struct pd_builder builder;     /* of the table, when has_builder */
    bool has_builder;              /* */
    const struct pd_batch *source; /* the batch that is being made anew */
    uint32_t next_row;             /* in it */
    struct patch_hits hits;        /* of its rows */
    size_t next_hit;
    struct cell *patched; /* one a column */
    bool *is_patched;
};

/* inner is the handle to read with. scan may be NULL: all rows. */
MUST_USE pd_status stage_rows_start(struct stage_rows *rows, struct stage *stage,
                                    struct pd_source *inner, uint32_t table,
                                    const struct pd_scan *scan, bool straight_only,
                                    struct pd_error *err);
MUST_USE pd_status stage_rows_next(struct stage_rows *rows, const struct pd_batch **ret_batch,
                                   struct pd_error *err);
/* Of the batch that was read last. */
MUST_USE pd_status stage_rows_long(struct stage_rows *rows, const struct pd_long *cell,
                                   uint64_t offset, void *buffer, size_t size,
                                   struct pd_error *err);
void stage_rows_close(struct stage_rows *rows); /* leaves it usable */

/* ---- stage_filled.c ---- */

/* Rows that are known to be there have a value in each column that must not be NULL. What steps
   before this one make is known when they have run. */
MUST_USE pd_status stage_prove_filled(const struct stage *stage, struct pd_error *err);

/* ---- stage_json.c ---- */

/* A batch that the step has made, and what it made it of. */
struct stage_made {
    const struct pd_batch *batch;
    uint32_t to_table;             /* of `after` */
    uint32_t table;                /* of `before`, when there is a source */
    const struct pd_batch *source; /* NULL: it comes of no batch */
    struct pd_source *inner;       /* reads its long cells */
    uint32_t first_row;            /* of the source that its first one may be */
};

/* What the step has put into columns of JSON must be some; table: to_table. */
MUST_USE pd_status stage_check_json(const struct stage *stage, const struct stage_made *given,
                                    const struct pd_table *table, struct pd_error *err);

/* ---- stage_run.c ---- */

/* Let the step make its rows, unless it has; inner is the handle to read with. */
MUST_USE pd_status stage_run(struct stage *stage, struct pd_source *inner, struct pd_error *err);
/* Ask the step about rows on their way into the target; it has run. */
MUST_USE pd_status stage_ask(struct stage *stage, uint32_t table, const struct pd_batch *batch,
                             struct pd_answers *answers, struct pd_error *err);
/* What was read of a whole table must be what is said of it: by the engine's count, when it was
   asked, and by what was counted when it was written. digest NULL: only rows count. */
struct digest;
MUST_USE pd_status stage_check_count(const struct stage *stage, struct pd_source *inner,
                                     uint32_t table, const struct pd_extent *extent,
                                     uint64_t n_rows, const struct digest *digest,
                                     struct pd_error *err);

/* ---- stage_step.c: what the step asks for ---- */

MUST_USE pd_status step_new(struct stage *stage, struct pd_step **ret_step, struct pd_error *err);
void step_free(struct pd_step *step); /* NULL is fine */
extern const struct pd_step_ops step_ops;
/* Before rows() is called, and behind it: nothing is looked up any more. */
MUST_USE pd_status step_begin(struct pd_step *step, struct pd_error *err);
void step_end(struct pd_step *step);
/* Learn of all rows of the needed tables that rows() does not make. */
MUST_USE pd_status step_fill(struct pd_step *step, struct pd_source *inner, struct pd_error *err);
/* Rows that rows() has made: their numbers count. */
void step_note(struct pd_step *step, uint32_t table, const struct pd_batch *batch);
/* NULL: the table is never updated. */
struct patches *step_patches(struct pd_step *step, uint32_t table);
/* before_save() is at work: keys are looked up while others read what is updated. */
void step_saving(struct pd_step *step, bool begins);
MUST_USE pd_status step_report(struct pd_step *step, struct report *report, struct pd_error *err);
