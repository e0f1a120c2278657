// SPDX-License-Identifier: Apache-2.0
/* catalog - the server's catalogue as polydump's, with what the reader needs beside it. */
#pragma once

#include "postgresql.h"

/* The first oid that the server gives to what users make (FirstNormalObjectId). */
enum { PG_FIRST_USER_OID = 16384 };

/* How the reader gets at a column. */
struct pg_column {
    const char *name; /* as the server has it */
    uint8_t form;     /* enum pg_form; PG_FORM_TEXT columns are selected as name::text */
    bool is_stored;   /* false: generated, not read, NULL in batches */
    uint32_t type_oid;
};

/* A leaf of a partitioned table, or the table itself. */
struct pg_leaf {
    uint32_t oid;
    const char *schema; /* never NULL: pg_namespace.nspname */
    const char *name;
    uint32_t filenode; /* pg_class.relfilenode in the snapshot; 0: it has none */
    /* The role whose functions a planned statement may run; NULL: none but the reader's own. */
    const char *stranger;
    const char *why; /* one of them, as the server describes it; NULL: the leaf is that role's */
};

enum pg_table_kind {
    PG_TABLE_PLAIN,        /* read by SELECT ... FROM ONLY, leaf after leaf, or as plain.c does */
    PG_TABLE_LARGE_OBJECTS /* _polydump_lo(loid oid, page int4, data bytea) */
};

/* The name of the table that carries large objects, and the bytes of a page. */
#define PG_LO_TABLE "_polydump_lo"
/* A property, only of a database without an encoding: "SQL_ASCII". */
#define PG_ENCODING "encoding"
enum { PG_LO_PAGE = 262144 };

struct pg_table {
    enum pg_table_kind kind;
    uint32_t oid;
    bool is_unreadable;        /* it, or a leaf of it: what may not be read is not locked either */
    struct pg_column *columns; /* as many as the catalogue's table has */
    const struct pg_leaf *leaves; /* at least one, but for a partitioned table without any */
    size_t n_leaves;
    /* ORDER BY list for canonical key order ("\"a\", \"b\""), when an index delivers it without a
       sort; NULL: none. */
    const char *key_order;
    const char *key_axis; /* its leading column, in quotes, when it is an integer; NULL: none */
};

struct pg_catalog {
    struct pd_pool pool;
    struct pd_catalog catalog;
    struct pg_table *tables; /* one a table of the catalogue */
};

/* List all relations that a dump may read, and so locks: "schema"."name" quoted, one a row, for
   LOCK TABLE before the snapshot. Result columns: oid, quoted name. */
pd_status catalog_relations(struct pg *pg, PGresult **ret_result, struct pd_error *err);
/* Read everything, in the transaction that pg is in. native: also the objects that only this
   engine has (see objects.h). */
pd_status catalog_read(struct pg *pg, bool objects, const char *snapshot,
                       struct pg_catalog **ret_catalog, struct pd_error *err);
void catalog_free(struct pg_catalog *catalog); /* NULL is fine */
