// SPDX-License-Identifier: Apache-2.0
/* script - one step of the folder: what stands in its file, and the migrator that carries it out.
 */
#pragma once

#include <polydump/pool.h>
#include <polydump/schema.h>

#include "values.h"

/* A file of the folder. */
struct script {
    struct pd_migration migration; /* first: the core gives its address back */
    const struct pd_host *host;
    char *file; /* its name in the folder */
    char *text;
    size_t size;
    char *from, *to, *about;
    char *application; /* NULL: it does not say */
};

/* The column that a column of `before` has become. */
struct track_column {
    const char *before;
    const char *now; /* NULL: it was dropped */
    bool is_lacking; /* it is generated, and rows have no values of it */
};

/* The table that a table of `before` has become, as schema() says it. */
struct track {
    const struct pd_table *table;
    const char *now; /* NULL: it was dropped */
    struct track_column *columns;
};

/* ---- Where rows go --------------------------------------------------------------------------- */

/* A need on the table that an output makes rows of: what it has to learn. */
struct lesson {
    uint32_t need;
    const uint32_t *keys; /* columns */
    uint32_t n_keys;
    const uint32_t *values;
    uint32_t n_values;
};

/* A table of the new schema that rows are made for. */
struct output {
    uint32_t number;
    const struct pd_table *table;
    const char *name; /* with its schema, as scripts call it */
    struct pd_builder builder;
    bool has_builder;
    bool is_begun;
    int names; /* registry: column name -> number + 1; 0: a dropped one, which is passed over */
    struct pd_value *values; /* of the row in the making, one a column */
    uint8_t (*fixed)[16];
    uint8_t *given;
    struct place *places;
    struct pd_value *defaults;
    uint8_t (*default_fixed)[16];
    uint8_t *has_default; /* 0: its default is no value of it */
    struct lesson *lessons;
    uint32_t n_lessons;
};

/* A batch that waits to be handed over. */
struct made {
    uint32_t table;
    const struct pd_batch *batch;
};

/* ---- Where rows come from -------------------------------------------------------------------- */

/* A name by which a row knows a value. */
struct slot {
    const char *name;
    const struct pd_column *before; /* NULL: it is a new column */
    uint32_t old;                   /* its number */
    bool is_same;                   /* values pass as they are: the new column has the very type */
    bool is_generated;              /* the new column is: it takes no value */
};

/* A table whose rows go through a function. */
struct seen {
    const char *name; /* as the script has it */
    const char *row_name;
    const char *rest_name;
    uint32_t number;
    const struct pd_table *table;
    const struct track *track; /* NULL: of before_save */
    bool has_generated;        /* some column is, of the old table or of the new one */
    struct output *to;         /* NULL: the table was dropped */
    struct slot *slots;        /* those of to's columns first, then what was dropped */
    uint32_t n_slots;
    int names;     /* registry: name -> number of the slot + 1 */
    int old_names; /* registry: old name -> number of the old column + 1 */
    int meta;      /* of its rows */
    int row;       /* the functions; LUA_NOREF: none */
    int rest;
    struct output **emits;
    size_t n_emits;
};

/* Something to look up. */
struct need {
    const char *name;
    uint32_t number; /* the core's */
    const char *table_name;
    const char **keys; /* NULL-ended */
    const char **values;
    const struct pd_table *table; /* from begin() on */
    uint32_t *key_columns;
    uint32_t *value_columns;
    uint32_t n_keys, n_values;
    bool takes_first;        /* of several rows of one key */
    struct pd_value *given;  /* room for keys */
    struct pd_value *taught; /* room for keys and values */
    uint8_t (*fixed)[16];
    struct place *places;
};

enum phase { PHASE_IDLE, PHASE_ROWS, PHASE_REST, PHASE_LOAD };

struct pd_migrator {
    struct machine m;
    const struct script *script;
    struct pd_pool pool;

    struct track *tracks;
    size_t n_tracks;
    const char **seen_names; /* in their order */
    size_t n_seen;
    size_t n_ordered;         /* as many first ones are in `order` */
    const char **asked_names; /* tables with before_save */
    size_t n_asked;
    struct need *needs;
    size_t n_needs;
    const char **updates;
    size_t n_updates;
    const char **load_names; /* tables that before_load and after_load make rows of */
    size_t n_load_emits;

    const struct pd_catalog *before;
    const struct pd_catalog *after;
    const struct pd_step_ops *ops;
    struct pd_step *step;
    struct seen *seen;
    struct output **load_emits;
    struct seen *asked;     /* as if their rows were of tables of after */
    bool is_saving;         /* before_save is at work */
    struct output *outputs; /* one a table of after that rows are made for */
    size_t n_outputs;
    lua_State *worker; /* the coroutine that functions run in, so that emit() can wait */
    int context;       /* registry: ctx */

    struct made *queue;
    size_t n_made, made_room, first_made;

    enum phase phase;
    const struct seen *at;        /* whose function is at work */
    const struct pd_batch *batch; /* NULL: none */
    uint32_t row;
    uint64_t turn;       /* of the batch */
    uint64_t serial;     /* of the call: rows of others are over */
    bool is_resting;     /* rest() was called, and has more */
    bool is_suspended;   /* emit() waits for its batch to be fetched */
    const char *loading; /* "before_load" or "after_load": it was called, and has more */
    const char *running; /* that or a rest(), as messages name it; NULL: a function of rows */
};

/* check.c: the shape of what scripts say. */
/* The table at an index has no other members; names: NULL-ended. */
void check_members(lua_State *L, int index, const char *what, const char *const *names);
/* A member that is text; NULL: it is not there. Borrowed from the table. */
const char *check_text(lua_State *L, int index, const char *what, const char *name);
const char *check_wanted_text(lua_State *L, int index, const char *what, const char *name);
/* A member that is a list of texts, NULL-ended, in the pool; NULL: it is not there. */
const char **check_texts(lua_State *L, int index, const char *what, const char *name,
                         struct pd_pool *pool, size_t *ret_n);
bool check_flag(lua_State *L, int index, const char *what, const char *name, bool fallback);
/* Memory of the pool, or a Lua error. */
void *check_alloc(lua_State *L, struct pd_pool *pool, size_t size);
char *check_copy(lua_State *L, struct pd_pool *pool, const char *text);
/* " (did you mean 'x'?)", or "". Pushes it. */
const char *check_nearest(lua_State *L, const char *wanted, const char *const *names);
/* The text of a table with its schema, in the pool. */
const char *check_table_name(lua_State *L, struct pd_pool *pool, const struct pd_table *table);

/* policies.c: a light userdata at 1, of what policies.lua has returned. */
struct policies_call {
    struct pd_pool *pool;
    const struct pd_policy **policies; /* NULL-ended */
};
int policies_read(lua_State *L);

/* folder.c */
extern const struct pd_steps_ops lua_steps_ops;
/* shape.c: the members of the script as a whole; the table is at index 1 of the main stack. */
void shape_check(lua_State *L);
void shape_needs(lua_State *L, struct pd_migrator *g);
void shape_tables(lua_State *L, struct pd_migrator *g);
/* Once schema() was called: of those that `order` does not name, the ones that make rows that
   others look up come first. */
void shape_order(lua_State *L, struct pd_migrator *g);

/* plan.c */
pd_status plan_open(const struct pd_migration *migration, const struct pd_host *host,
                    const struct pd_options *options, struct pd_migrator **ret_migrator,
                    struct pd_error *err);
pd_status plan_plan(struct pd_migrator *g, const struct pd_catalog *before,
                    const struct pd_change_ops *ops, struct pd_changes *changes,
                    struct pd_error *err);
void plan_close(struct pd_migrator *g);

/* track.c: names as schema() changes them. */
/* What a table of before is called now; NULL: it was dropped. One that was not there is called as
   it is. */
const char *track_now(const struct pd_migrator *g, const char *table);
void track_open(lua_State *L, struct pd_migrator *g, const struct pd_catalog *before);
void track_rename_table(lua_State *L, struct pd_migrator *g, const char *table, const char *to);
void track_drop_table(struct pd_migrator *g, const char *table);
void track_rename_column(lua_State *L, struct pd_migrator *g, const char *table, const char *column,
                         const char *to);
void track_drop_column(struct pd_migrator *g, const char *table, const char *column);

/* changes.c: db. */
struct changes_call {
    struct pd_migrator *g;
    const struct pd_change_ops *ops;
    struct pd_changes *changes;
};
void changes_push(lua_State *L, struct changes_call *call);
void changes_end(lua_State *L, int index); /* what the script kept of it is of no use */
/* describe.c: tables, columns and keys out of Lua tables at an index. */
/* changed: the column that the description is about, which may keep its type; NULL: a new one. */
void describe_column(lua_State *L, int index, const char *changed, struct pd_pool *pool,
                     struct pd_column *ret_column);
void describe_table(lua_State *L, int index, struct pd_pool *pool, struct pd_table *ret_table);
void describe_key(lua_State *L, int index, struct pd_pool *pool, int kind, struct pd_key *ret_key,
                  const char ***ret_columns, size_t *ret_n);
void describe_foreign(lua_State *L, int index, struct pd_pool *pool, struct pd_foreign *ret_foreign,
                      const char ***ret_columns, size_t *ret_n);
void describe_check(lua_State *L, int index, struct pd_pool *pool, struct pd_check *ret_check);

/* begin.c */
pd_status begin_begin(struct pd_migrator *g, const struct pd_catalog *before,
                      const struct pd_catalog *after, const struct pd_step_ops *ops,
                      struct pd_step *step, struct pd_error *err);
/* Names of values of a table: of its slots, of its old columns. */
void begin_names(lua_State *L, struct seen *seen);
/* The number of a table that scripts call so; n_tables: none is. */
uint32_t begin_find_table(lua_State *L, const struct pd_catalog *catalog, const char *name);
/* run.c */
pd_status run_rows(struct pd_migrator *g, uint32_t table, const struct pd_batch *batch,
                   uint32_t *ret_table, const struct pd_batch **ret_batch, struct pd_error *err);
pd_status run_rest(struct pd_migrator *g, uint32_t table, uint32_t *ret_table,
                   const struct pd_batch **ret_batch, struct pd_error *err);
pd_status run_before_load(struct pd_migrator *g, uint32_t *ret_table,
                          const struct pd_batch **ret_batch, struct pd_error *err);
pd_status run_after_load(struct pd_migrator *g, uint32_t *ret_table,
                         const struct pd_batch **ret_batch, struct pd_error *err);

/* save.c: before_save. */
/* Within begin(); the script's `tables` is on top. */
void save_open(lua_State *L, struct pd_migrator *g);
pd_status save_before(struct pd_migrator *g, uint32_t table, const struct pd_batch *batch,
                      struct pd_answers *answers, struct pd_error *err);
/* " (id=7)" in messages: g->m.place. */
void run_place(void *arg, char *text, size_t size);

/* row.c: rows as functions get them. */
struct row_thing {
    struct thing_head head;
    uint32_t row;
    const struct seen *seen;
    uint64_t serial;
    bool is_touched; /* some user value is set: slot i's is i + 1 */
};
void row_meta(lua_State *L, struct pd_migrator *g, struct seen *seen);
void row_push(lua_State *L, struct pd_migrator *g, const struct seen *seen);
/* The row that a script hands over; it is not over yet. */
const struct row_thing *row_check(lua_State *L, const struct pd_migrator *g, int index);
/* A generated column without a value is read, or one is given a value: Lua errors. */
void row_refuse_lack(lua_State *L, const struct seen *seen, uint32_t number);
void row_refuse_generated(lua_State *L, const char *column, const char *table);
/* A Lua table of what the row has. */
int row_copy(lua_State *L, struct pd_migrator *g, const struct row_thing *row);
/* The value of an old column. */
int row_old(lua_State *L, struct pd_migrator *g, const struct row_thing *row);

/* output.c */
void output_open(lua_State *L, struct pd_migrator *g, struct output *output);
void output_close(struct pd_migrator *g);
/* Puts the row at an index, a row or a table, into an output. */
void output_put(lua_State *L, struct pd_migrator *g, struct output *output, int index);
/* Everything that is begun goes to the queue. */
void output_flush(lua_State *L, struct pd_migrator *g);
struct output *output_of(struct pd_migrator *g, uint32_t table);

/* context.c: ctx. */
void context_open(lua_State *L, struct pd_migrator *g);
