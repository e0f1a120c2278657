// SPDX-License-Identifier: Apache-2.0
/* changes_inside - the schema in the making, for changes*.c only. Everything in it is of an arena
   that ends with changes_plan(), or borrowed from `before`. */
#pragma once

#include <stdbool.h>

#include "migrate/planned.h"
#include "model/schema.h"
#include "model/schema_copy.h"

struct draft;

struct draft_key {
    struct pd_key key;
    struct pd_key_part *parts; /* those of key */
    bool is_given;             /* by the step, so that its native texts are about the new names */
};

struct draft_check {
    struct pd_check check;
    bool is_given;
};

struct draft_foreign {
    struct pd_foreign foreign;
    uint32_t *columns;       /* those of foreign; the next two, too */
    uint32_t *set_columns;   /* NULL: none */
    const char **to_columns; /* NULL: the primary key */
    struct draft *to;        /* NULL: a table that is not there; its name is in foreign */
    bool is_given;
    bool is_moved; /* it pointed to a table that was merged */
};

/* Rows of a table of `before` on their way into a draft. */
struct stream {
    uint32_t table; /* number in before */
    uint32_t *from; /* one a column of the draft, as flow.columns */
    size_t room;
    const char *lost; /* merged: the first of its columns that the draft did not have; NULL: none */
    const char *merged; /* ... what the table was called then */
    const char *into;   /* ... and the draft */
};

/* A table in the making. */
struct draft {
    struct pd_table table; /* columns are set; keys, checks and foreign keys not before the end */
    const char *full;      /* "schema.name" */
    struct pd_column *columns; /* those of table */
    bool *is_given; /* one a column: native texts of its default and expression are the step's */
    struct draft_key *keys;
    size_t n_keys;
    struct draft_check *checks;
    size_t n_checks;
    struct draft_foreign *foreigns;
    size_t n_foreigns;
    struct stream *streams; /* its own first, if it has one; then the merged ones */
    size_t n_streams;
    uint32_t own;      /* number in before; PD_NO_TABLE: the step added it */
    uint32_t number;   /* in after; PD_NO_TABLE: it is gone */
    const char *gone;  /* "drops" or "merges": it is not there any more; NULL: it is */
    bool is_renamed;   /* its name or its schema */
    bool is_changed;   /* by calls: what uses it may not stand any longer */
    bool is_rewritten; /* its native SQL is not true any more */
    bool is_emitted;
    bool may_update;
    bool is_asked; /* before_save() */
    size_t column_room, given_room, key_room, check_room, foreign_room, stream_room;
};

struct draft_sequence {
    struct pd_sequence sequence;
    struct draft *owner; /* NULL: nobody's, or of a table that is not there */
    bool is_gone;
};

struct seen {
    uint32_t table;     /* number in before */
    const char **emits; /* names */
    size_t n_emits;
};

/* A generated column of before whose values are read. */
struct computed_column {
    uint32_t table;
    uint32_t column;
};

/* pd_need, copied. */
struct wanted {
    const char *table;
    const char **keys;
    size_t n_keys;
    const char **values;
    size_t n_values;
    bool takes_first;
};

/* A name that native texts may not use any longer. */
struct stale_name {
    const char *verb;    /* "drops"; NULL: it is an object that is not carried */
    const char *kind;    /* "table" */
    const char *schema;  /* of tables */
    const char *name;    /* in before */
    struct draft *draft; /* of tables; else NULL */
    bool is_part;        /* of a table: only comments name it and not the table */
    bool is_rows;        /* only those are stale that keep rows made of its rows */
};

struct pd_changes {
    struct arena *arena;
    const struct pd_migration *migration;
    const struct pd_catalog *before;
    struct draft **drafts; /* those that are gone, too; first those of before */
    size_t n_drafts, draft_room;
    struct draft_sequence *sequences;
    size_t n_sequences;
    bool *objects_gone; /* one an object of before */
    struct stale_name *stale;
    size_t n_stale, stale_room;
    size_t n_stale_done; /* objects were searched for these */
    struct seen *seen;
    size_t n_seen, seen_room;
    struct opened_source *source; /* whose catalogue before is; NULL: nobody's */
    struct computed_column *computed;
    size_t n_computed, computed_room;
    struct wanted *needs;
    size_t n_needs, need_room;
    const char **updates; /* names of tables */
    size_t n_updates, update_room;
    const char **asked; /* names of tables, for before_save() */
    size_t n_asked, asked_room;
    struct pd_statement *statements;
    size_t n_statements, statement_room;
    const char **makes; /* names of tables that rows come into out of nowhere */
    size_t n_makes, make_room;
    const char **left_out;
    size_t n_left_out, left_out_room;
    pd_status status; /* of the first call that failed: those after it do nothing */
    struct pd_error err;
};

#define CHANGES_FAIL(c, cause, ...) error_fail(&(c)->err, PD_FAILED, (cause), __VA_ARGS__)

/* ---- changes_names.c ---- */

/* The array with room for one more; NULL: memory is short. */
void *changes_room(struct pd_changes *c, void *array, size_t n, size_t *room, size_t size);
MUST_USE pd_status changes_left_out(struct pd_changes *c, const char *fmt, ...) PD_PRINTF(2, 3);
/* A copy of a list that ends in NULL; NULL is an empty one. */
MUST_USE pd_status changes_list(struct pd_changes *c, const char *const *list,
                                const char ***ret_list, size_t *ret_n);
bool changes_same_text(const char *a, const char *b); /* NULL is "" */
bool changes_same_fold(const char *a, const char *b); /* but for the case of ASCII letters */
/* May a table, column ... be called so? The error says what is wrong. */
MUST_USE pd_status changes_check_name(struct pd_changes *c, const char *what, const char *name);
MUST_USE pd_status changes_set_full(struct pd_changes *c, struct draft *draft);
/* By schema and name; NULL: none. */
struct draft *changes_at(const struct pd_changes *c, const char *schema, const char *name);
/* The table that is called so by now. */
MUST_USE pd_status changes_table(struct pd_changes *c, const char *name, struct draft **ret_draft);
/* The number of the table of before that was called so. */
MUST_USE pd_status changes_table_before(struct pd_changes *c, const char *name,
                                        uint32_t *ret_table);
/* "schema.name" of a table to be: the longest name in a schema that is known. */
MUST_USE pd_status changes_split(struct pd_changes *c, const char *full, const char **ret_schema,
                                 const char **ret_name);
MUST_USE pd_status changes_column(struct pd_changes *c, const struct draft *draft, const char *name,
                                  uint32_t *ret_column);
/* What the column of the draft was called in before; NULL: it was not there. */
const char *changes_old_name(const struct pd_changes *c, const struct draft *draft,
                             uint32_t column);
/* "index 'by_region'", for messages; never NULL: when memory is short, c->status says so. */
const char *changes_key_label(struct pd_changes *c, const struct draft *draft,
                              const struct pd_key *key);
const char *changes_foreign_label(struct pd_changes *c, const struct draft *draft,
                                  const struct draft_foreign *foreign);
const char *changes_check_label(struct pd_changes *c, const struct pd_check *check);

/* ---- changes_drafts.c ---- */

/* Drafts of all tables of before, and their sequences. */
MUST_USE pd_status changes_begin(struct pd_changes *c);
/* One more draft; the strings of the table are borrowed. */
MUST_USE pd_status changes_draft(struct pd_changes *c, const struct pd_table *table, uint32_t own,
                                 bool is_given, struct draft **ret_draft);
/* Foreign keys to a table that was not there point to this one if it is called so. */
void changes_bind(struct pd_changes *c, struct draft *draft);
void changes_bind_foreign(const struct pd_changes *c, const struct draft *draft,
                          struct draft_foreign *foreign);
MUST_USE pd_status changes_draft_key(struct pd_changes *c, const struct pd_key *key, bool is_given,
                                     struct draft_key *ret_key);
MUST_USE pd_status changes_draft_foreign(struct pd_changes *c, const struct pd_foreign *foreign,
                                         bool is_given, struct draft_foreign *ret_foreign);

/* ---- changes_uses.c ---- */

/* Does native text use this name as a word? */
bool changes_mentions(const char *text, const char *name);
/* Is the text in the portable grammar, and are its columns there? `what` is for messages. NULL is
   fine. */
MUST_USE pd_status changes_check_expression(struct pd_changes *c, const struct draft *draft,
                                            const char *what, const char *text);
/* What uses the column, as "index 'i'"; NULL: nothing. */
MUST_USE pd_status changes_find_user(struct pd_changes *c, const struct draft *draft,
                                     uint32_t column, const char **ret_user);
/* The generated column whose expression only its own engine can read, and uses this one; NULL. */
const char *changes_native_user(const struct pd_changes *c, const struct draft *draft,
                                uint32_t column);
/* The column's new name in all expressions of the table that can be read. Before it is renamed. */
MUST_USE pd_status changes_rename_uses(struct pd_changes *c, struct draft *draft, uint32_t column,
                                       const char *to);

/* ---- changes_sequences.c ---- */

/* Counters of tables whose rows the step makes go on behind what it gives them. */
void changes_advance(struct pd_changes *c);
/* The sequences of a column go with it (PD_NO_COLUMN: of the table), unless others use them. */
void changes_drop_sequences(struct pd_changes *c, const struct draft *draft, uint32_t column);
/* The counter of the sequence that a column's default draws from; NULL: it draws from none. */
const struct pd_counter *changes_sequence_counter(const struct pd_changes *c,
                                                  const struct pd_column *column);
/* The column with this number becomes what `changed` says: its sequence goes when it does not count
   any longer, and counts as far as the new type. */
void changes_fit_sequences(struct pd_changes *c, const struct draft *draft, uint32_t number,
                           const struct pd_column *changed);
/* Into planned->told: columns that number new rows no more, and have no default either. Flows are
   known. */
MUST_USE pd_status changes_tell_counters(struct pd_changes *c, struct arena *arena,
                                         struct planned *planned);
/* The table has another schema. */
MUST_USE pd_status changes_move_sequences(struct pd_changes *c, struct draft *draft,
                                          const char *schema);

/* ---- The calls of pd_change_ops, by file; errors are in c->err ---- */

MUST_USE pd_status changes_rename_table(struct pd_changes *c, const char *table, const char *to);
MUST_USE pd_status changes_drop_table(struct pd_changes *c, const char *table);
MUST_USE pd_status changes_add_table(struct pd_changes *c, const struct pd_table *table);
MUST_USE pd_status changes_merge_table(struct pd_changes *c, const char *table, const char *into);

MUST_USE pd_status changes_rename_column(struct pd_changes *c, const char *table,
                                         const char *column, const char *to);
MUST_USE pd_status changes_drop_column(struct pd_changes *c, const char *table, const char *column);
MUST_USE pd_status changes_add_column(struct pd_changes *c, const char *table,
                                      const struct pd_column *column, const char *before);
MUST_USE pd_status changes_change_column(struct pd_changes *c, const char *table,
                                         const char *column, const struct pd_column *as);
/* A column that a step gives, and that it does not spell for the engine. */
void changes_set_neutral(struct pd_column *column);
MUST_USE pd_status changes_check_column(struct pd_changes *c, const struct draft *draft,
                                        const struct pd_column *column);

/* Its literal default is a value of its type, and spelt as catalogues spell it. */
MUST_USE pd_status changes_settle_default(struct pd_changes *c, const struct draft *draft,
                                          struct pd_column *column);

MUST_USE pd_status changes_add_key(struct pd_changes *c, const char *table,
                                   const struct pd_key *key, const char *const *columns);
MUST_USE pd_status changes_drop_key(struct pd_changes *c, const char *table, const char *name);
MUST_USE pd_status changes_drop_key_on(struct pd_changes *c, const char *table,
                                       const char *const *columns);
MUST_USE pd_status changes_drop_check_of(struct pd_changes *c, const char *table,
                                         const char *expression);
MUST_USE pd_status changes_add_check(struct pd_changes *c, const char *table,
                                     const struct pd_check *check);
MUST_USE pd_status changes_drop_check(struct pd_changes *c, const char *table, const char *name);
MUST_USE pd_status changes_check_key(struct pd_changes *c, const struct draft *draft,
                                     const struct pd_key *key);
MUST_USE pd_status changes_check_check(struct pd_changes *c, const struct draft *draft,
                                       const struct pd_check *check);
const struct draft_key *changes_primary(const struct draft *draft); /* NULL: none */

MUST_USE pd_status changes_add_foreign(struct pd_changes *c, const char *table,
                                       const struct pd_foreign *foreign,
                                       const char *const *columns);
MUST_USE pd_status changes_drop_foreign(struct pd_changes *c, const char *table, const char *name,
                                        const char *const *columns);
/* At the end: what the foreign keys that were touched point to is there. */
MUST_USE pd_status changes_check_foreigns(struct pd_changes *c);

MUST_USE pd_status changes_see_rows(struct pd_changes *c, const char *table,
                                    const char *const *emits);
/* PD_UNSUPPORTED: c->err says why. */
MUST_USE pd_status changes_see_generated(struct pd_changes *c, const char *table,
                                         const char *column);
MUST_USE pd_status changes_need(struct pd_changes *c, const struct pd_need *need,
                                uint32_t *ret_need);
MUST_USE pd_status changes_may_update(struct pd_changes *c, const char *table);
MUST_USE pd_status changes_see_saves(struct pd_changes *c, const char *table);
MUST_USE pd_status changes_run_statement(struct pd_changes *c,
                                         const struct pd_statement *statement);
MUST_USE pd_status changes_make_rows(struct pd_changes *c, const char *const *tables);

/* ---- After plan() returned ---- */

/* changes_objects.c: native objects that may use what is stale are taken out. Once more for what
   became stale since. */
MUST_USE pd_status changes_stale_tables(struct pd_changes *c);
MUST_USE pd_status changes_stale_add(struct pd_changes *c, struct stale_name name);
/* A key or constraint that is dropped. */
MUST_USE pd_status changes_stale_part(struct pd_changes *c, const char *kind, const char *name);
MUST_USE pd_status changes_objects(struct pd_changes *c);
/* changes_natives.c: native texts of tables that are not true any more go. */
MUST_USE pd_status changes_natives(struct pd_changes *c);
/* changes_columns.c: passengers that could say nothing, or the same twice, go. */
void changes_drop_passengers(struct pd_changes *c);
/* changes_catalog.c: the catalogue of the drafts, as the arena's; numbers are given. */
MUST_USE pd_status changes_catalog(struct pd_changes *c, struct arena *arena,
                                   struct pd_catalog **ret_after);
/* changes_flows.c */
bool changes_is_seen(const struct pd_changes *c, uint32_t table);
/* Are there rows of it that are not those of its own table, or not in their places? */
bool changes_makes_rows(const struct pd_changes *c, const struct draft *draft);
/* What the rows of a table of before become rows of, when they are not made by rows(); NULL. */
struct draft *changes_way(const struct pd_changes *c, uint32_t table);
MUST_USE pd_status changes_resolve(struct pd_changes *c); /* emits and updates, before numbers */
MUST_USE pd_status changes_flows(struct pd_changes *c, struct arena *arena,
                                 struct planned *planned);
/* changes_needs.c: needs and statements. */
MUST_USE pd_status changes_needs(struct pd_changes *c, struct arena *arena,
                                 struct planned *planned);
