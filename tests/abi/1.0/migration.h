/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/migration.h - steps that turn the data of one version of an application into the data of
 * a later one, between any source and any sink.
 *
 * A plugin has its steps in pd_plugin.migrations, or finds them in a folder (pd_plugin.steps). The
 * core chains them by their versions and gives each step the result of the one before, so that a
 * step knows neither the engines at the ends nor the other steps. A run calls, in this order:
 *
 *     open()         a migrator
 *     plan()         it tells, by pd_change_ops, what becomes of the schema, which tables' rows it
 *                    wants to see, and what it wants to look up
 *     begin()        it is given the schema that came of it
 *     before_load()  once: rows that come of none
 *     rows()         batch after batch of the tables that it asked for, each table's in one go;
 *     rest()         after the last row of each of them
 *     after_load()   once: rows that come of none
 *     before_save()  batches of the tables that plan() named for it, as they go into the target
 *     close()
 *
 * All calls come from one thread at a time. Rows of other tables never come to the step: they pass
 * unchanged, but for what plan() said of their columns.
 */
#ifndef POLYDUMP_MIGRATION_H
#define POLYDUMP_MIGRATION_H

#include <polydump/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pd_changes; /* the core's: a schema in the making */
struct pd_step;    /* the core's: a step at work */

/* One value, outside of batches. Never grows, since values stand in arrays. */
struct pd_value {
    int32_t tag;     /* -1: NULL; PD_TAG_PLAIN or another enum pd_tag */
    uint32_t size;   /* of bytes */
    int64_t integer; /* plain values of integer layouts and BITS; tag INT */
    double real;     /* plain values of F32 and F64; tag REAL */
    /* VAR, FIXED, I128, and tags with bytes. Borrowed from whoever gave the value. */
    const void *bytes;
};

/* What a step looks up in a table of the schema that it leads to. */
struct pd_need {
    uint32_t struct_size;
    uint32_t flags;            /* PD_NEED_* */
    const char *table;         /* as it is called then */
    const char *const *keys;   /* column names, NULL-ended; rows with a NULL in one are not found */
    const char *const *values; /* column names, NULL-ended */
    /* ABI 1 ends here. */
};

enum {
    /* Of several rows with one key the first counts. Without it lookup() fails when they differ in
       the value columns. */
    PD_NEED_FIRST = 1 << 0
};

enum pd_when { PD_BEFORE_ROWS = 1, PD_AFTER_ROWS = 2 };

/* A statement for the target. A step that has any works on a database only, not offline. It finds
   the tables as they are after the last step, and what the engine itself could not take back is
   refused (pd_sink_ops.execute). */
struct pd_statement {
    uint32_t struct_size;
    uint32_t when;      /* enum pd_when */
    const char *engine; /* name of the plugin of the target that it is for */
    const char *sql;    /* without a semicolon */
    /* ABI 1 ends here. */
};

/* How plan() changes the schema. Each call sees what the ones before it made: a table that was
   renamed is called by its new name. Tables outside the default schema are "schema.name"; a point
   in a name is not quoted, the longest name that fits counts. What is given is copied. Names of
   keys, foreign keys and checks: NULL is the primary key, or the one that has no name. PD_FAILED:
   it cannot be done, err says why; plan() should return that. */
struct pd_change_ops {
    uint32_t struct_size;
    uint32_t reserved_;

    /* Tables. Foreign keys of others follow a new name; with a table the foreign keys to it go,
       unless it is merged: then they point to the other. */
    pd_status (*rename_table)(struct pd_changes *changes, const char *table, const char *to,
                              struct pd_error *err);
    pd_status (*drop_table)(struct pd_changes *changes, const char *table, struct pd_error *err);
    /* Column numbers in keys and foreign keys count in table->columns. */
    pd_status (*add_table)(struct pd_changes *changes, const struct pd_table *table,
                           struct pd_error *err);
    /* The rows of `table` become rows of `into`, column by name: one that `into` has not is an
       error, one that `table` has not takes its default. Rows of `into` come first. */
    pd_status (*merge_table)(struct pd_changes *changes, const char *table, const char *into,
                             struct pd_error *err);

    /* Columns. Keys, checks and expressions follow a new name. One that is used in a key, a check,
       a foreign key or an expression cannot be dropped before that is. */
    pd_status (*rename_column)(struct pd_changes *changes, const char *table, const char *column,
                               const char *to, struct pd_error *err);
    pd_status (*drop_column)(struct pd_changes *changes, const char *table, const char *column,
                             struct pd_error *err);
    /* Rows that do not come from rows() have its literal default in it, or NULL. before: the column
       that it stands in front of; NULL: it is the last. */
    pd_status (*add_column)(struct pd_changes *changes, const char *table,
                            const struct pd_column *column, const char *before,
                            struct pd_error *err);
    /* Everything about a column but its name: as->name is not looked at. Values are converted
       exactly (doc/types.md, "Conversions"); one that cannot be ends the run, so a step that knows
       better sees the rows itself. as->type.kind PD_KIND_NONE: the column stays as it is but for
       PD_COLUMN_NOT_NULL in as->flags, and for a default and a comment if `as` has one.
       PD_COLUMN_SAME_COUNTER in as->flags: a column that numbers new rows (identity, or a default
       of kind NEXTVAL) goes on doing so, unless its new type cannot, or `as` has an identity, a
       default or an expression of its own; without the flag `as` says all. as->counter empty (but
       for its struct_size): an identity counts on where the column did, and behind the rows where
       it did not count. */
    pd_status (*change_column)(struct pd_changes *changes, const char *table, const char *column,
                               const struct pd_column *as, struct pd_error *err);

    /* Keys and indexes. columns: NULL-ended names in order; NULL: key->parts counts. */
    pd_status (*add_key)(struct pd_changes *changes, const char *table, const struct pd_key *key,
                         const char *const *columns, struct pd_error *err);
    pd_status (*drop_key)(struct pd_changes *changes, const char *table, const char *name,
                          struct pd_error *err);
    /* columns: NULL-ended names in order; NULL: foreign->columns counts. */
    pd_status (*add_foreign)(struct pd_changes *changes, const char *table,
                             const struct pd_foreign *foreign, const char *const *columns,
                             struct pd_error *err);
    /* By its name, or, name being NULL, by its columns. */
    pd_status (*drop_foreign)(struct pd_changes *changes, const char *table, const char *name,
                              const char *const *columns, struct pd_error *err);
    pd_status (*add_check)(struct pd_changes *changes, const char *table,
                           const struct pd_check *check, struct pd_error *err);
    pd_status (*drop_check)(struct pd_changes *changes, const char *table, const char *name,
                            struct pd_error *err);

    /* The rows of a table of `before`, named as there, go through rows(), in the order of these
       calls. What rows() makes of them may be rows of the table that it became, if it is still
       there, and of those in `emits`, named as in the schema that the step leads to; NULL: of none
       other. */
    pd_status (*see_rows)(struct pd_changes *changes, const char *table, const char *const *emits,
                          struct pd_error *err);
    /* *ret_need is the number to look up with. All rows of the table that do not come from rows()
       are found from the beginning. */
    pd_status (*need)(struct pd_changes *changes, const struct pd_need *need, uint32_t *ret_need,
                      struct pd_error *err);
    /* Rows of this table of the new schema may be changed by update(). It has a primary key. */
    pd_status (*may_update)(struct pd_changes *changes, const char *table, struct pd_error *err);
    pd_status (*run_statement)(struct pd_changes *changes, const struct pd_statement *statement,
                               struct pd_error *err);
    /* before_load() and after_load() make rows of these tables and of none other: NULL-ended names,
       as in the schema that the step leads to. */
    pd_status (*make_rows)(struct pd_changes *changes, const char *const *tables,
                           struct pd_error *err);
    /* Optional. As drop_key(), by what it is on: columns are NULL-ended names, all of the key and
       in its order. Of several such keys the one that has no name. PD_FAILED: there is none, or
       more than one. NULL: only names tell keys apart. */
    pd_status (*drop_key_on)(struct pd_changes *changes, const char *table,
                             const char *const *columns, struct pd_error *err);
    /* Optional. As drop_check(), by its canonical expression (doc/expressions.md), with columns
       called as they are by then. Of several such checks any. PD_FAILED: there is none. NULL: only
       names tell checks apart. */
    pd_status (*drop_check_of)(struct pd_changes *changes, const char *table,
                               const char *expression, struct pd_error *err);
    /* Rows of this table of the new schema go through before_save() on their way into the target.
       A step that calls it works on a database only, not offline, and those after it leave the
       table as it is. */
    pd_status (*see_saves)(struct pd_changes *changes, const char *table, struct pd_error *err);
    /* Optional, after see_rows() of the table: rows() gets the values of this generated column of
       `before`, as if it were a plain one. PD_UNSUPPORTED: they are not to be had (an archive has
       none, nor has a table that a step before changes), err says what to do; plan() may return
       that, or go on without. Of a plain column: PD_OK. NULL: they are never to be had. */
    pd_status (*see_generated)(struct pd_changes *changes, const char *table, const char *column,
                               struct pd_error *err);
    /* ABI 1 ends here. */
};

/* What before_save() says of the rows of a batch; those that it says nothing of are saved. The
   texts are borrowed. */
struct pd_answers {
    uint32_t struct_size;
    uint32_t round; /* 0: the rows come for the first time; then those that wait come again in each
                       round, until one saves nothing */
    /* The row waits until others have been saved. reason: of the last time, if it is never saved;
       NULL: none is said. */
    void (*later)(struct pd_answers *answers, uint32_t row, const char *reason);
    /* The row is not saved. Without --rejects that ends the run. */
    void (*reject)(struct pd_answers *answers, uint32_t row, const char *reason);
    /* ABI 1 ends here. */
};

/* What a step may ask of the core from begin() on. Values are of the types in the new schema. */
struct pd_step_ops {
    uint32_t struct_size;
    uint32_t reserved_;

    /* PD_OK: *ret_values, one a value column of the need, until the next call for it. PD_DONE:
       there is no such row. keys: one a key column. Rows are found as they are by now: what
       update() said before, of keys too, is in them. Texts are compared by their bytes, and where
       no row has them so as the collations of the key columns compare, as far as the core knows
       them; that is told in the report. PD_FAILED: several rows with this key have different
       values, and the need is not PD_NEED_FIRST; several have it for the collations, and differ. */
    pd_status (*lookup)(struct pd_step *step, uint32_t need, const struct pd_value *keys,
                        const struct pd_value **ret_values, struct pd_error *err);
    /* From now on lookup() finds this, too: for rows that the step makes itself. Where update() may
       change the table, the need has to name its whole primary key among keys and values; else
       PD_FAILED, and learn_row() is to be called. */
    pd_status (*learn)(struct pd_step *step, uint32_t need, const struct pd_value *keys,
                       const struct pd_value *values, struct pd_error *err);
    /* A number above all that rows of the needed table have in one of the need's value columns, an
       integer, and another one each time. PD_FAILED: there is none left in the column's type. */
    pd_status (*next_number)(struct pd_step *step, uint32_t need, uint32_t value,
                             int64_t *ret_number, struct pd_error *err);
    /* Whatever row of table number `table` of the new schema has this primary key, made before or
       after this call, shall have these values. Keys compare as the collations of their columns
       do. Later calls win. A key that no row has is told in
       the report. */
    pd_status (*update)(struct pd_step *step, uint32_t table, const struct pd_value *key,
                        const uint32_t *columns, const struct pd_value *values, uint32_t n_columns,
                        struct pd_error *err);
    /* A line of the report; the run's exit status becomes 3. */
    pd_status (*warn)(struct pd_step *step, struct pd_error *err, const char *fmt, ...)
        PD_PRINTF(3, 4);
    /* Optional. As learn(), for all needs of table number `table` of the new schema at once: a row
       that the step makes, one value a column. NULL: only learn() is there. */
    pd_status (*learn_row)(struct pd_step *step, uint32_t table, const struct pd_value *values,
                           struct pd_error *err);
    /* Optional. What change_column() makes of a value that rows() was given, of column number
       `column` of table number `table` of `before`: the value that the column which it has become
       gets where no step sees the rows. *ret_value borrows from *value, or from the step until the
       next call for the same column. PD_UNSUPPORTED: the column was dropped, there is no conversion
       between the types, or the value is long. PD_FAILED: this one has no exact form. NULL: the
       step has to convert it. */
    pd_status (*convert)(struct pd_step *step, uint32_t table, uint32_t column,
                         const struct pd_value *value, struct pd_value *ret_value,
                         struct pd_error *err);
    /* ABI 1 ends here. */
};

/* One step from a version of the data to a later one. */
struct pd_migration {
    uint32_t struct_size;
    uint32_t flags;     /* none yet: 0 */
    const char *from;   /* "1.4": applies to data of this version or later, but before `to` */
    const char *to;     /* "2.0"; the core refuses a step that does not lead upwards */
    const char *about;  /* one line: what it does; NULL: it does not say */
    const char *origin; /* for messages: the file that it is read from; NULL: the plugin's name */

    /* options: those of the plugin. *ret_migrator may be NULL if it needs none. */
    pd_status (*open)(const struct pd_migration *migration, const struct pd_host *host,
                      const struct pd_options *options, struct pd_migrator **ret_migrator,
                      struct pd_error *err);
    /* Optional: without it the schema stays. Must give the same for the same schema each time. */
    pd_status (*plan)(struct pd_migrator *migrator, const struct pd_catalog *before,
                      const struct pd_change_ops *ops, struct pd_changes *changes,
                      struct pd_error *err);
    /* Optional. Both catalogues, and step, stay valid until close(). */
    pd_status (*begin)(struct pd_migrator *migrator, const struct pd_catalog *before,
                       const struct pd_catalog *after, const struct pd_step_ops *ops,
                       struct pd_step *step, struct pd_error *err);
    /* Rows of table number `table` of before, which stay the core's until it returned PD_DONE. Each
       call hands over one batch of table number *ret_table of after, none empty; PD_DONE: there
       is no more for this batch. Called again with the same batch until then. Generated columns
       are NULL in what comes, whatever value they have, unless plan() called see_generated(); in
       what is handed over they must be NULL, since the target computes them. A long cell (pd_long)
       is handed on with its cookie, in a batch of one row that was made for the batch that it came
       in. Needed if plan() called see_rows(). */
    pd_status (*rows)(struct pd_migrator *migrator, uint32_t table, const struct pd_batch *batch,
                      uint32_t *ret_table, const struct pd_batch **ret_batch, struct pd_error *err);
    /* Optional. As rows(), after the last batch of a table, also of an empty one: what is left to
       be handed over. */
    pd_status (*rest)(struct pd_migrator *migrator, uint32_t table, uint32_t *ret_table,
                      const struct pd_batch **ret_batch, struct pd_error *err);
    void (*close)(struct pd_migrator *migrator); /* NULL is fine */
    /* Optional. Once each, as rest(): before the first batch of all, when lookup() knows the rows
       that do not come from rows(), and behind the last rest(). What they hand over are rows of the
       tables that plan() named by make_rows(). They are called even if no row is seen. */
    pd_status (*before_load)(struct pd_migrator *migrator, uint32_t *ret_table,
                             const struct pd_batch **ret_batch, struct pd_error *err);
    pd_status (*after_load)(struct pd_migrator *migrator, uint32_t *ret_table,
                            const struct pd_batch **ret_batch, struct pd_error *err);
    /* Optional. Whose data it is for, as archives say it (dump --app): data of another application
       is refused, even where no step is needed. NULL: whoever's data it is. */
    const char *application;
    /* Needed if plan() called see_saves(). Rows of table number `table` of after, on their way into
       the target, after the last rest(): each once, and those that wait again. Of what begin() was
       given, lookup() and warn() may be called: lookup() finds all rows of the needed table that
       came of the step, be they saved or not. */
    pd_status (*before_save)(struct pd_migrator *migrator, uint32_t table,
                             const struct pd_batch *batch, struct pd_answers *answers,
                             struct pd_error *err);
    /* ABI 1 ends here. */
};

/* What becomes of the rows of tables whose rows the application makes itself, or that may get lost
   (doc/policies.md). Values never change. */
enum pd_policy_kind {
    PD_POLICY_KEEP = 0,     /* they travel, as those of all other tables do */
    PD_POLICY_SKIP = 1,     /* they stay behind; the table is made, if tables are */
    PD_POLICY_RECREATE = 2, /* the target has its own: references are looked up there again */
    PD_POLICY_REPLACE = 3   /* those that the target has are deleted first */
};
enum {
    /* SKIP: foreign keys to the tables become NULL, rather than being refused. */
    PD_POLICY_REFERENCES_NULL = 1 << 0
};

/* The core copies nothing of it; it is to last as long as what it came in. */
struct pd_policy {
    uint32_t struct_size;
    uint32_t kind;      /* enum pd_policy_kind */
    const char *tables; /* a pattern of names as --only takes them, of the newest schema; of several
                           policies that fit a table the first one counts */
    /* RECREATE: names of columns, NULL-ended, at least one, which together are different in each
       row. One that refers to another table that is recreated stands for the natural key of the row
       that it refers to. Others: NULL. */
    const char *const *natural_key;
    uint32_t flags; /* PD_POLICY_* */
    uint32_t reserved_;
    /* ABI 1 ends here. */
};

/* The steps that were found in a folder. */
struct pd_steps {
    uint32_t struct_size;
    uint32_t reserved_;
    const struct pd_migration *const *migrations; /* NULL-ended, in any order */
    const char *const *versions; /* NULL-ended: more versions that are known; NULL: none */
    void *owner;                 /* the plugin's */
    /* NULL-ended, in the order in which they count; NULL: none. Each lasts until close(). */
    const struct pd_policy *const *policies;
    /* ABI 1 ends here. */
};

struct pd_steps_ops {
    uint32_t struct_size;
    uint32_t reserved_;
    /* folder exists. options: those of the plugin. PD_UNSUPPORTED: nothing there is for it. */
    pd_status (*open)(const struct pd_host *host, const char *folder,
                      const struct pd_options *options, const struct pd_steps **ret_steps,
                      struct pd_error *err);
    void (*close)(const struct pd_steps *steps); /* after the last migrator; NULL is fine */
    /* ABI 1 ends here. */
};

#ifdef __cplusplus
}
#endif

#endif
