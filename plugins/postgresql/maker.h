// SPDX-License-Identifier: Apache-2.0
/* maker - what the files that read the server's catalogue share. Each kind of thing is read by one
   query for the whole database; rows find their table by its object number. */
#pragma once

#include "catalog.h"

/* A relation that rows of the catalogue may speak of. */
struct relation {
    uint32_t oid;
    uint32_t parent; /* of a partition; 0: none */
    uint32_t table;  /* its number, or that of the table whose leaf it is; PD_NO_TABLE */
    uint32_t filenode;
    uint32_t n_attributes; /* dropped ones included */
    char kind;             /* relkind */
    bool is_partition;
    bool is_readable;
    const char *schema; /* as the server has it */
    const char *name;
    const char *comment;
    const char *stranger; /* as in struct pg_leaf */
    const char *why;
    uint64_t n_rows;  /* reltuples */
    uint64_t n_bytes; /* about, of its pages and those of its long values, as last counted */
};

/* What is known of a table until the catalogue is made. */
struct table_work {
    uint32_t oid;
    uint32_t n_attributes;
    int32_t *numbers; /* of columns, one an attribute number, from 1; -1: dropped */
    /* How many there are to be, as the server counted them. */
    size_t column_room, key_room, part_room, check_room, foreign_room, foreign_column_room;
    struct pd_column *columns; /* those of the tables, while they are made */
    struct pg_column *readers;
    uint32_t *collations; /* one a column: the object number */
    struct pd_key *keys;
    struct pd_key_part *parts; /* of the last one */
    struct pd_check *checks;
    struct pd_foreign *foreigns;
    uint32_t *foreign_columns; /* of the last one */
    const char **foreign_to;
};

struct enum_labels {
    uint32_t oid;
    const char **labels;
    size_t n_labels;
    size_t room;
};

enum {
    MAKER_WORDS = 64,
    MAKER_MOST_COLUMNS = 1600, /* of a table, dropped ones included */
    MAKER_MOST = 65536         /* of anything else that one table has */
};

struct maker {
    struct pg *pg;
    const struct pd_host *host;
    struct pd_error *err;
    struct pg_catalog *result;
    struct pd_pool *pool;   /* the result's */
    struct pd_pool scratch; /* given back when the catalogue is made */
    pd_status status;       /* the first failure of a function that has no way to tell */

    struct relation *relations; /* by schema and name */
    size_t n_relations, relation_room;
    struct relation **by_oid;
    struct pd_table *tables;
    struct pg_table *pg_tables;
    struct table_work *works;
    size_t n_tables;
    struct enum_labels *enums; /* by object number */
    size_t n_enums, enum_room;
    struct sequences *sequences; /* while they are read */
    const char *words[MAKER_WORDS];
    struct pd_property *properties;
    size_t n_properties, property_room;

    bool bytewise;       /* the database's own collation orders by bytes of UTF-8 */
    int32_t money_scale; /* digits after the point */
};

/* The relations that are the user's: c and n stand for pg_class and pg_namespace. */
#define MAKER_OF_USER                                                                              \
    "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'"        \
    " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend x"                                        \
    " WHERE x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND x.objid = c.oid"            \
    " AND x.objsubid = 0 AND x.deptype = 'e')"
/* The same for rows that are looked up among the relations afterwards. */
#define MAKER_OF_TABLE                                                                             \
    "c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'"

/* May the relation c in n be read, and so be locked? */
#define MAKER_IS_READABLE                                                                          \
    "(pg_catalog.has_table_privilege(c.oid, 'SELECT')"                                             \
    " AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'))"

/* The roles that gain nothing by having their functions run as the reader. */
#define MAKER_TRUSTED                                                                              \
    "SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolsuper OR r.rolname = SESSION_USER"

/* A row of a query; what it could not do stands in maker->status. */
typedef void maker_row(struct maker *m, const PGresult *result, int row);

/* ---- maker.c ---- */

/* Call take() for each row; few rows are in memory at a time. what: a word for what the rows are;
   answer: as for pg_query(). */
pd_status maker_each(struct maker *m, const char *what, const char *sql, const char *answer,
                     maker_row *take);
/* Text in the catalogue's pool; NULL stays NULL. Text that is not UTF-8 fails. */
const char *maker_text(struct maker *m, const PGresult *result, int row, int column);
/* Is it UTF-8? If not, maker->status says so. */
bool maker_check(struct maker *m, const PGresult *result, int row, int column);
/* Text that comes often: one copy serves all of a kind that come close together. */
const char *maker_word(struct maker *m, const char *text);
/* As maker_text(), but a comment that is not UTF-8 becomes a note and NULL. */
const char *maker_comment(struct maker *m, const PGresult *result, int row, int column);
uint32_t maker_oid(const PGresult *result, int row, int column); /* NULL: 0 */
int64_t maker_int(const PGresult *result, int row, int column);  /* NULL: 0 */
bool maker_flag(const PGresult *result, int row, int column);    /* NULL: false */
char maker_char(const PGresult *result, int row, int column);    /* NULL: 0 */
/* How many rows follow of something, as the server counted them, where no server has more than
   `most`; 0: it cannot be so, as maker->status says. */
size_t maker_count(struct maker *m, const PGresult *result, int row, int column, size_t most);
/* Is number n one of so many? If not, maker->status says that they were counted wrong. */
bool maker_is_counted(struct maker *m, size_t n, size_t room);
/* The numbers of "{1,2}", at most room. */
size_t maker_numbers(const PGresult *result, int row, int column, int32_t *numbers, size_t room);
/* Cleared; NULL: memory is short, which maker->status says. */
void *maker_alloc(struct maker *m, struct pd_pool *pool, size_t size);
void *maker_append(struct maker *m, struct pd_pool *pool, void *array, size_t n, size_t *room,
                   size_t element_size);
/* What was built in the catalogue's pool; sql is freed. */
const char *maker_built(struct maker *m, struct pd_sql *sql);
/* Something that is seen and not carried. */
void maker_note(struct maker *m, const char *name, const char *fmt, ...) PD_PRINTF(3, 4);
/* The last note is about this table; the names live as long as the catalogue. */
void maker_note_table(struct maker *m, const char *schema, const char *table);
/* As schemas stand in catalogues: NULL for the default one. */
const char *maker_schema(const char *name);

/* ---- relations.c ---- */

/* The tables with their leaves, and relations by object number. */
pd_status relations_read(struct maker *m);
struct relation *relations_find(const struct maker *m, uint32_t oid); /* NULL: not the user's */
/* Are roles other than MAKER_TRUSTED's strangers? */
bool relations_distrust(const struct maker *m);
/* The table of that object number, which is no leaf; PD_NO_TABLE. */
uint32_t relations_table(const struct maker *m, uint32_t oid);

/* ---- columns.c, labels.c, defaults.c, literals.c, portable.c ---- */

pd_status labels_read(struct maker *m);
pd_status columns_read(struct maker *m);
/* Number of the column with that attribute number; -1: none. */
int32_t columns_find(const struct maker *m, uint32_t table, int32_t attribute);
/* The same of what has to be there; if it is not, maker->status says so. */
int32_t columns_need(struct maker *m, uint32_t table, int64_t attribute);
/* The collation with that object number, when the type has another by itself. */
enum pd_collation columns_collation(uint32_t oid, uint32_t of_type);
/* Do values of a column sort by the bytes of their UTF-8 under this collation? */
bool columns_bytewise(const struct maker *m, uint32_t collation);
/* What column->default_native means. base: the type without its modifier, as the server spells
   it. */
void defaults_read(struct maker *m, const char *base, struct pd_column *column);
/* Is the default nextval('...'::regclass) and nothing else? */
bool defaults_is_nextval(const char *native);
/* A literal with its casts, PD_OK: it is in column, or native when the column would change it;
   PD_UNSUPPORTED: it is none. */
pd_status literals_read(struct maker *m, const char *base, struct pd_column *column);
/* The expression in the portable grammar; NULL: it cannot be said there. */
const char *portable_read(struct maker *m, const struct pd_table *table, const char *sql);

/* ---- keys.c, checks.c, foreign.c, order.c, sequences.c, objects beside tables ---- */

pd_status keys_read(struct maker *m);
pd_status checks_read(struct maker *m);
pd_status foreign_read(struct maker *m);
/* In which tables an index gives canonical order. */
pd_status order_read(struct maker *m);
pd_status sequences_read(struct maker *m);
