// SPDX-License-Identifier: Apache-2.0
/* scaffold_inside - what scaffold*.c know of the two databases: for them only. Everything is of one
   arena, or the sources'. */
#pragma once

#include "migrate/scaffold.h"
#include "model/schema.h"

enum { SIDE_OLD = 0, SIDE_NEW = 1, SIDES = 2 };

/* Why two tables or columns are taken for one. */
enum likeness {
    LIKE_NOTHING,
    LIKE_NAME,  /* they are called alike */
    LIKE_SURE,  /* `why` says what proves it */
    LIKE_GUESS, /* `why` says what speaks for it */
    LIKE_DOUBT  /* not taken for one; `why` says what else it may be */
};

/* A column of the new table, and where it comes from. */
struct origin {
    uint32_t old; /* PD_NO_COLUMN: nowhere */
    enum likeness likeness;
    const char *why;
};

/* Why the rows of a table have to be looked at. */
struct row_reason {
    uint32_t column; /* of the new table; PD_NO_COLUMN: of none */
    enum { REASON_FILL, REASON_NULLS, REASON_CONVERT, REASON_COMPUTED, REASON_SPLIT } kind;
    uint64_t n_nulls; /* that were seen */
};

/* A table of both sides. */
struct pair {
    uint32_t numbers[SIDES];
    const struct pd_table *old;
    const struct pd_table *now;
    enum likeness likeness;
    const char *why;
    struct origin *origins; /* one a column of the new one */
    uint32_t *to_new;       /* one a column of the old one; PD_NO_COLUMN: dropped */
    struct row_reason *reasons;
    size_t n_reasons;
};

/* Rows of a table, each value as a hash, 0: NULL. */
struct sample {
    uint64_t n_rows;
    size_t n_columns;
    uint64_t *cells; /* row by row */
    uint64_t *keys;  /* of the rows; NULL: the table has no key */
    bool is_whole;   /* there are no more rows */
};

struct scaffold {
    struct arena *arena;
    struct opened_source *sources[SIDES];
    const struct pd_catalog *catalogs[SIDES];
    const struct scaffold_options *options;
    bool same_engine;
    struct pair *pairs; /* in the order of the new tables */
    size_t n_pairs;
    uint32_t *pair_of[SIDES]; /* one a table: its pair, PD_NO_TABLE: none */
    const char **doubts;      /* one a new table: what else it may be; NULL */
    struct sample **samples[SIDES];
    size_t sample_bytes;
    struct buffer *out;
    struct buffer line; /* in the making */
    unsigned indent;
    struct scaffold_counts counts;
    struct pd_error *err;
};

/* ---- scaffold_say.c: the words of scripts ---- */

/* A string of Lua in its quotes. */
void say_quoted(struct buffer *out, const char *text, size_t size);
/* "row.name", or "row[...]" where the name is no word; a member of a table: name, or ["name"]. */
void say_member(struct buffer *out, const char *of, const char *name);
void say_field(struct buffer *out, const char *name);
/* Text for a comment: nothing in it ends the line. */
void say_comment(struct buffer *out, const char *text);
/* "1,204" */
const char *say_count(struct scaffold *s, uint64_t n);
/* "schema.name", as calls name the table. */
const char *say_table(struct scaffold *s, const struct pd_table *table);
/* The type that counts: what the declaration promises, or else what it is. */
const struct pd_type *say_type(const struct pd_column *column);
void say_type_text(struct buffer *out, const struct pd_type *type);

/* A column as a script describes it. */
struct said_column {
    const char *type;      /* "decimal(10,2)" */
    const char *labels;    /* as a list of Lua; "" */
    const char *filled;    /* 'default = "x"'; "" */
    const char *generated; /* the expression as a string of Lua; "" */
    const char *comment;   /* as a string of Lua; "" */
    bool not_null;
    bool identity;
    bool has_value;          /* rows that say nothing have its default, and not NULL */
    const char *unsaid;      /* what cannot be said, as words; "" */
    const char *unsaid_type; /* of that all but the default */
    const char *impossible;  /* why it cannot be said at all; NULL: it can */
};

/* Names of old columns as they are now; NULL: names stay. */
typedef const char *say_rename(const void *arg, const char *name);

/* rename: for its expressions. */
MUST_USE pd_status say_column(struct scaffold *s, const struct pd_table *table, uint32_t number,
                              say_rename *rename, const void *arg, struct said_column *ret_said);
/* 'type = "text", null = false' ... */
void say_described(struct buffer *out, const struct said_column *said);

/* A key, foreign key or check. */
struct said {
    const char *text; /* without its name: 'kind = "index", columns = {"a"}' */
    const char *name; /* NULL: none */
    const char *unsaid;
    const char *impossible;
    const char *spelt; /* of a check: its expression; NULL: only its engine can read it */
};

MUST_USE pd_status say_key(struct scaffold *s, const struct pd_table *table,
                           const struct pd_key *key, say_rename *rename, const void *arg,
                           struct said *ret_said);
MUST_USE pd_status say_check(struct scaffold *s, const struct pd_check *check, say_rename *rename,
                             const void *arg, struct said *ret_said);
/* side: of the foreign key, whose names are said as the new one has them. */
MUST_USE pd_status say_foreign(struct scaffold *s, int side, const struct pd_table *table,
                               const struct pd_foreign *foreign, struct said *ret_said);

/* ---- scaffold_same.c: what is no change ---- */

enum {
    DIFFERS_TYPE = 1 << 0,
    DIFFERS_NULL = 1 << 1,
    DIFFERS_DEFAULT = 1 << 2,
    DIFFERS_GENERATED = 1 << 3,
    DIFFERS_IDENTITY = 1 << 4,
    DIFFERS_COMMENT = 1 << 5,
    DIFFERS_UNSAID = 1 << 6
};

/* What both engines can tell apart. */
bool same_types(const struct scaffold *s, const struct pd_column *old, const struct pd_column *now);
unsigned same_columns(const struct scaffold *s, const struct pd_column *old,
                      const struct said_column *a, const struct pd_column *now,
                      const struct said_column *b);
/* Does a text of names of kinds, each between blanks, have this one? */
bool same_listed(const char *list, int kind);
bool same_said(const struct said *a, const struct said *b);
/* Does the check only say again what the type of a column says? */
MUST_USE pd_status same_as_type(struct scaffold *s, const struct pair *pair, const char *spelt,
                                bool *ret_same);

/* ---- scaffold_sample.c: what rows say ---- */

struct evidence {
    uint64_t n_compared; /* values of which one at least is not NULL, or rows */
    uint64_t n_equal;
    bool is_varied; /* not all of them are alike */
    bool is_joined; /* by the keys of their rows; else any value counts that is on the other side */
};

/* NULL: no rows are to be looked at, or none can be. */
MUST_USE pd_status sample_get(struct scaffold *s, int side, uint32_t table,
                              struct sample **ret_sample);
/* Rows of two tables, whole. columns: the new column of each old one, or PD_NO_COLUMN. */
MUST_USE pd_status sample_rows(struct scaffold *s, uint32_t old, uint32_t now,
                               const uint32_t *columns, struct evidence *ret_evidence);
/* Values of all unmatched columns of a pair: evidence[old * n_new + new]. */
struct joined;
MUST_USE pd_status sample_join(struct scaffold *s, const struct pair *pair,
                               struct joined **ret_joined);
MUST_USE pd_status sample_columns(struct scaffold *s, const struct joined *joined, uint32_t old,
                                  uint32_t now, struct evidence *ret_evidence);
/* How many NULLs the column has, as far as that is known. */
MUST_USE pd_status sample_nulls(struct scaffold *s, uint32_t table, uint32_t column,
                                uint64_t *ret_n);

/* ---- scaffold_match.c, scaffold_columns.c ---- */

bool match_wanted(const struct scaffold *s, const struct pd_table *table);
MUST_USE pd_status match_tables(struct scaffold *s);
MUST_USE pd_status match_columns(struct scaffold *s, struct pair *pair);
/* The pair of tables, by what a foreign key names; NULL: none. */
const struct pd_table *match_target(const struct scaffold *s, int side,
                                    const struct pd_table *table, const struct pd_foreign *foreign,
                                    uint32_t *ret_number);

/* ---- scaffold_parts.c: keys, checks and foreign keys alike ---- */

enum part { PART_KEY, PART_CHECK, PART_FOREIGN };
extern const char *const part_words[]; /* "key" */
size_t part_count(const struct pd_table *table, enum part kind);
/* Part number i of a table of this side. naming: with columns as they are called now; NULL: as they
   are called there. */
MUST_USE pd_status part_say(struct scaffold *s, int side, const struct pd_table *table,
                            enum part kind, size_t i, const struct pair *naming,
                            struct said *ret_said);
/* Is it a new column of a new table that no script can add? */
bool part_lacks(const struct scaffold *s, const struct pd_table *now, uint32_t number);
/* Is the key on a column that its engine has for itself? */
bool part_is_passenger(const struct pd_table *table, const struct pd_key *key);

/* ---- scaffold_schema.c, scaffold_table.c, scaffold_parts.c, scaffold_rest.c, scaffold_rows.c: the
 * script ---- */

/* What stands in s->line becomes a line of the script, indented, with `why` behind it; it counts as
   one of its kind. A guess that is not sure enough to be done is a comment. */
enum line { LINE_CALL, LINE_SURE, LINE_GUESS, LINE_DOUBT, LINE_UNSAID, LINE_COMMENT };
void put_line(struct scaffold *s, enum line kind, const char *why);
/* The same of a text. */
void put_note(struct scaffold *s, enum line kind, const char *fmt, ...) PD_PRINTF(3, 4);
/* 'db:rename_table("a"' into s->line. */
void put_call(struct scaffold *s, const char *call, const char *table);
/* ', "name"' */
void put_name(struct scaffold *s, const char *name);
MUST_USE pd_status put_schema(struct scaffold *s);
MUST_USE pd_status put_foreigns_dropped(struct scaffold *s);
MUST_USE pd_status put_foreigns_added(struct scaffold *s);
MUST_USE pd_status put_parts_dropped(struct scaffold *s, const struct pair *pair);
MUST_USE pd_status put_parts_added(struct scaffold *s, const struct pair *pair);
/* What a new table consists of. */
MUST_USE pd_status put_new_table(struct scaffold *s, uint32_t number);
MUST_USE pd_status put_rest(struct scaffold *s);
/* Why rows have to be seen; before anything of the script is put. */
MUST_USE pd_status rows_reasons(struct scaffold *s, struct pair *pair);
MUST_USE pd_status put_rows(struct scaffold *s);
