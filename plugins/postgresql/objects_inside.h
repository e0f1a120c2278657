// SPDX-License-Identifier: Apache-2.0
/* objects_inside - what the files of objects*.c share. */
#pragma once

#include <polydump/schema.h>

#include "objects.h"

/* What is in a database beside its tables is listed by queries, each for one kind of thing. All
   answer the same columns, as text. */
enum listed {
    LISTED_CLASS, /* oid of the catalogue it stands in, 0: it is no object of its own there */
    LISTED_OID,
    LISTED_SCHEMA,
    LISTED_NAME,
    LISTED_RELATION, /* oid of the table, view, ... that it belongs to; 0: none */
    LISTED_PHRASE,   /* as after COMMENT ON and ALTER: TRIGGER "t" ON "s"."v" */
    LISTED_OWNER,    /* NULL: it has none of its own */
    LISTED_SQL,      /* statements with semicolons between them; NULL: it cannot be said */
    LISTED_NEEDS,    /* name of the key or check of `relation` that it speaks of; NULL: none */
    LISTED_COUNT_
};

/* When a statement is run. */
enum phase {
    PHASE_BEFORE, /* before the tables are made */
    PHASE_TABLES, /* after the tables, before their rows */
    PHASE_AFTER   /* at the end */
};

enum {
    KIND_PASSIVE = 1 << 0, /* as PD_OBJECT_PASSIVE, if what it speaks of is */
    KIND_ACCESS = 1 << 1,  /* as PD_OBJECT_ACCESS */
    KIND_MANY = 1 << 2,    /* all statements of pg_dump's text count, not only the first */
    KIND_REFRESH = 1 << 3, /* after those of all that its relation reads */
    KIND_NOTE = 1 << 4,    /* never carried: LISTED_SQL is a reason */
    KIND_SHELL = 1 << 5,   /* the type's name alone, so that its functions can be made */
    /* LISTED_CLASS and LISTED_OID are those of what it speaks of, whose phrase stands in front of
       LISTED_SQL if LISTED_PHRASE is NULL. */
    KIND_COMMENT = 1 << 6, /* COMMENT ON phrase ... */
    KIND_ALTER = 1 << 7,   /* ALTER phrase ... */
    KIND_QUIET = 1 << 8,   /* no note is written */
    KIND_TABLE = 1 << 9    /* no object, but the native_sql of its relation */
};

/* The order among statements that do not depend on each other. */
enum rank {
    RANK_SCHEMA,
    RANK_LANGUAGE,
    RANK_EXTENSION,
    RANK_COLLATION,
    RANK_SHELL,
    RANK_TYPE,
    RANK_ROUTINE,
    RANK_METHOD,
    RANK_OPERATOR,
    RANK_FAMILY,
    RANK_CLASS,
    RANK_CAST,
    RANK_TEXT_SEARCH,
    RANK_PARTITION,
    RANK_STORAGE,
    RANK_VIEW,
    RANK_VIEW_PART,
    RANK_CONSTRAINT,
    RANK_STATISTICS,
    RANK_INHERIT,
    RANK_INDEX_USE,
    RANK_RULE,
    RANK_TRIGGER,
    RANK_POLICY,
    RANK_SECURITY,
    RANK_STATE,
    RANK_PUBLICATION,
    RANK_PUBLISHED,
    RANK_REFRESH,
    RANK_COMMENT,
    RANK_OWNER,
    RANK_GRANT,
    RANK_EVENT, /* event triggers last, lest they fire for the statements of a restore */
    RANK_EVENT_STATE,
    RANK_NONE
};

struct objects_kind {
    const char *name; /* pd_object.kind */
    uint8_t rank;     /* enum rank */
    uint8_t phase;    /* enum phase; PHASE_BEFORE: as early as it can */
    uint16_t flags;
    int32_t since;   /* server version; 0: all */
    int32_t until;   /* the first version that has another way; 0: all */
    const char *toc; /* what pg_dump calls it; NULL: its text is not taken from there */
    const char *sql;
};

/* A list of kinds ends with one whose name is NULL. */
extern const struct objects_kind objects_kinds_schema[];
extern const struct objects_kind objects_kinds_types[];
extern const struct objects_kind objects_kinds_routines[];
extern const struct objects_kind objects_kinds_relations[];
extern const struct objects_kind objects_kinds_tables[];
extern const struct objects_kind objects_kinds_access[];
extern const struct objects_kind objects_kinds_notes[];

#define NO_TABLE UINT32_MAX
enum { CLASS_PG_PROC = 1255, CLASS_PG_CLASS = 1259, CLASS_PG_REWRITE = 2618 };

/* Something listed. */
struct thing {
    const struct objects_kind *kind;
    uint32_t class_oid;
    uint32_t oid;
    uint32_t relation;
    uint32_t place; /* among what its query listed */
    const char *schema;
    const char *name;
    const char *phrase;
    const char *owner;
    const char *sql;
    const char *dumped; /* what pg_dump says instead of sql; NULL: nothing */
    const char *needs;
    const char *why; /* it cannot be carried; NULL: it can */
    bool is_gone;    /* it belongs to nothing that is carried: not even a note */
    bool is_passive;
    bool is_late;  /* what a view that was made empty is replaced by */
    uint32_t view; /* the number of that view */
    uint8_t rank;
    uint8_t phase; /* enum phase */
    /* objects_graph.c */
    uint8_t lower;  /* enum phase: not before */
    uint8_t upper;  /* enum phase: others need it by then */
    uint32_t table; /* number of a table of the catalogue that it needs, or NO_TABLE */
    uint32_t turn;  /* among things, in an order in which they can be made */
    uint32_t order; /* native_order of its first statement; 0: none was written */
};

/* `from` is made after `to`; numbers of things. */
struct edge {
    uint32_t from;
    uint32_t to;
};

/* A table of the catalogue, or a leaf of one. */
struct relation {
    uint32_t oid;
    uint32_t table; /* number in the catalogue */
    bool is_leaf;
};

struct objects {
    struct pg *pg;
    struct pg_catalog *catalog;
    const char *provider; /* the option; NULL: its fallback */
    struct pd_pool pool;  /* until objects_read() ends */
    struct thing *things;
    size_t n_things;
    size_t things_room;
    uint32_t *by_oid; /* numbers of things that have one, by class and oid */
    size_t n_by_oid;
    struct relation *relations; /* by oid */
    size_t n_relations;
    size_t relations_room;
    struct edge *edges;
    size_t n_edges;
    size_t edges_room;
    struct edge *uses; /* from a thing to the number of a table that it needs; sorted as edges */
    size_t n_uses;
    size_t uses_room;
    const struct thing *last; /* whose statement was written last */
    uint32_t n_same;          /* statements of its name before that */
    size_t objects_room;      /* of catalog->catalog.objects */
    size_t properties_room;   /* of catalog->catalog.properties */
};

pd_status objects_no_memory(struct objects *o, struct pd_error *err);
/* The thing of that oid; NULL: none. */
struct thing *objects_find(struct objects *o, uint32_t class_oid, uint32_t oid);
/* NULL: neither a table of the catalogue nor a leaf of one. */
const struct relation *objects_relation(const struct objects *o, uint32_t oid);
/* An empty thing at the end; NULL: memory is short. Pointers to things are stale then, and by_oid
   until objects_index(). */
struct thing *objects_add(struct objects *o, const struct objects_kind *kind);
pd_status objects_index(struct objects *o, struct pd_error *err);
/* What a comment, owner or grant is said of; NULL: nothing that was listed. */
const struct thing *objects_said_of(struct objects *o, const struct thing *thing);

/* ---- objects_emit.c ---- */

/* Things into the catalogue, by turn. */
pd_status objects_emit(struct objects *o, const uint32_t *order, struct pd_error *err);
/* The property that says who wrote the texts; version: pg_dump's, NULL: the server. */
pd_status objects_name_provider(struct objects *o, const char *version, struct pd_error *err);
/* A line of what is not carried. */
pd_status objects_note(struct objects *o, const char *name, const char *fmt, ...) PD_PRINTF(3, 4);

/* ---- objects_graph.c ---- */

/* Sets phases and turns of things; gives those that cannot be made a reason. *ret_order: numbers
   of things by turn. */
pd_status objects_sort(struct objects *o, const uint32_t **ret_order, struct pd_error *err);
/* The first edge of a sorted list that goes out from `from`; n: none. */
size_t objects_first_edge(const struct edge *edges, size_t n, uint32_t from);

/* ---- objects_split.c ---- */

/* The next statement of a text, without blanks and comments around it and without its semicolon.
 *next is moved behind it; false: there are no more. */
bool objects_split(const char **next, const char **ret_start, size_t *ret_size);

/* ---- objects_dump.c: a run of pg_dump ---- */

struct dump;

/* PD_UNSUPPORTED: there is none that is good for this server. */
pd_status dump_open(struct pg *pg, const char *snapshot, struct dump **ret_dump,
                    struct pd_error *err);
/* Exactly size bytes of its output. PD_UNSUPPORTED: it said something went wrong, or its output
   ended. buffer NULL: they are skipped. */
pd_status dump_read(struct dump *dump, void *buffer, size_t size, struct pd_error *err);
/* Waits for its end. PD_UNSUPPORTED: it failed. */
pd_status dump_end(struct dump *dump, struct pd_error *err);
/* "15.18"; stays the dump's. */
const char *dump_version(const struct dump *dump);
void dump_close(struct dump *dump); /* stops it; NULL is fine */

/* ---- objects_toc.c: what pg_dump tells ---- */

/* Replaces the SQL of things by pg_dump's. PD_UNSUPPORTED: pg_dump failed, or what it tells is not
   understood; then nothing was replaced. *ret_version stays valid as long as the catalogue. */
pd_status objects_take_dump(struct objects *o, struct dump *dump, const char **ret_version,
                            struct pd_error *err);
