// SPDX-License-Identifier: Apache-2.0
/* postgresql - what all files of the plugin share: a connection, statements, names. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include <polydump/plugin.h>
#include <polydump/pool.h>
#include <polydump/sql.h>

/* ---- connect.c: one session, its settings made exact and read back ---- */

enum pg_use {
    PG_READ,  /* default_transaction_read_only = on */
    PG_WRITE, /* settings for writing besides */
    PG_ADMIN  /* no settings but search_path = '', and deaf to host->cancelled(): CREATE and DROP
                 DATABASE, and whatever else is to be tidied up after an interruption */
};

/* What the server's last error was about, as far as it says; each is "" when unknown. */
struct pg_complaint {
    char sqlstate[8];
    char constraint[64 * 2];
    char column[64 * 2]; /* that a COPY was at */
    char within[256];    /* the function that a COPY called */
    char called[256];    /* the first line of its context: the function that it was in, if any */
    char text[512];      /* its message, escaped, in one line */
};

struct pg {
    const struct pd_host *host;
    const struct pd_endpoint *end; /* borrowed from whoever opened it */
    enum pg_use use;
    PGconn *conn;
    int version; /* 150018 */
    int timeout; /* seconds of silence that are endured; 0: for ever */
    bool is_superuser;
    bool sql_ascii;      /* the database has no encoding: text is bytes that may not be UTF-8 */
    char role[64 * 2];   /* that it works as, when it is not the one that logged in; escaped */
    bool broken;         /* the connection is gone, or in the middle of something */
    uint64_t n_bytes;    /* received or sent by COPY */
    unsigned n_warnings; /* of the last pg_run_any() */
    char warning[512];   /* the first of them, escaped, in one line */
    struct pg_complaint complaint;
};

/* Connects with the policy of doc/connections.md: TLS with verification, or a Unix socket, or the
   user's explicit --insecure. database: another one than the end names; NULL: the end's. */
pd_status pg_open(const struct pd_host *host, const struct pd_endpoint *end, enum pg_use use,
                  const char *database, struct pg **ret_pg, struct pd_error *err);
void pg_close(struct pg *pg); /* NULL is fine */

/* ---- query.c: statements, one at a time, by the extended protocol; every wait can be cancelled
   and times out ---- */

/* A statement without an interesting answer. */
pd_status pg_run(struct pg *pg, const char *sql, struct pd_error *err);
pd_status pg_runf(struct pg *pg, struct pd_error *err, const char *fmt, ...) PD_PRINTF(3, 4);
/* Names are looked up where sessions of this role in this database do, until it is put back or the
   transaction ends. Statements of our own need not be proof against what is there, so that nothing
   may run meanwhile but what names everything by schema and calls nothing, as COPY FROM does. */
pd_status pg_path_set(struct pg *pg, bool of_application, struct pd_error *err);
/* A statement of somebody else: whatever it answers is dropped, row by row. */
pd_status pg_run_any(struct pg *pg, const char *sql, struct pd_error *err);
/* Text results. params may be NULL when n_params is 0; a NULL among them is NULL. *ret_result is
   to be given to PQclear().
   answer: what has to come, or it fails; so whoever reads the result needs not ask. A letter a
   column: i an integer of 64 bits, b a bool, t a text; a capital may be NULL too, which then reads
   as "". In front of them 1 for exactly one row, ? for one or none. NULL: nobody reads it. */
pd_status pg_query(struct pg *pg, const char *sql, int n_params, const char *const *params,
                   const char *answer, PGresult **ret_result, struct pd_error *err);
/* n columns of the same letter, where their number is not known beforehand. */
void answer_put(struct pd_sql *answer, char letter, size_t n);
/* One value as text, copied to the pool; it is not NULL. No row: PD_CAUSE_MISSING. */
pd_status pg_value(struct pg *pg, struct pd_pool *pool, const char *sql, int n_params,
                   const char *const *params, const char **ret_text, struct pd_error *err);
/* The server's error in one line: fmt, then its message, escaped; with detail "sqlstate" and the
   cause that belongs to it (one table: sqlstate class -> cause). result NULL: the connection's
   error. The status is PD_FATAL when the connection is gone, else `status`. */
pd_status pg_fail(struct pg *pg, const PGresult *result, pd_status status, struct pd_error *err,
                  const char *fmt, ...) PD_PRINTF(5, 6);
pd_status pg_no_memory(const struct pd_host *host, struct pd_error *err);

/* COPY ... TO STDOUT. *ret_data is libpq's own, to be given to PQfreemem(); PD_DONE: the end, with
 *ret_rows as the server counted them. */
pd_status pg_copy_out(struct pg *pg, const char *sql, struct pd_error *err);
pd_status pg_copy_read(struct pg *pg, char **ret_data, size_t *ret_size, uint64_t *ret_rows,
                       struct pd_error *err);
/* Ends a COPY TO before its end (cancel request). The connection is usable again, but the
   transaction, if there is one, is aborted: roll back to a savepoint. */
void pg_copy_abandon(struct pg *pg);
/* COPY ... FROM STDIN. */
pd_status pg_copy_in(struct pg *pg, const char *sql, struct pd_error *err);
pd_status pg_copy_write(struct pg *pg, const void *data, size_t size, struct pd_error *err);
/* *ret_rows: what the server says it stored. On PD_FAILED *ret_line is the row (1 first) that the
   server's CONTEXT names ("COPY t, line 5, column c"), 0: unknown. */
pd_status pg_copy_end(struct pg *pg, uint64_t *ret_rows, uint64_t *ret_line, struct pd_error *err);

/* ---- sql.c: names and texts in SQL ---- */

/* "name", quotes doubled. The one place that quotes names. */
void sql_name(struct pd_sql *sql, const char *name);
/* "schema"."name"; schema NULL: the default, which is "public". */
void sql_table(struct pd_sql *sql, const char *schema, const char *name);
/* 'text', quotes doubled; with a backslash in it, E'...'. */
void sql_literal(struct pd_sql *sql, const char *text, size_t size);
/* pg_run() of what was built. */
pd_status sql_run(struct pg *pg, const struct pd_sql *sql, struct pd_error *err);

/* ---- types.c: one table of the server's types ---- */

/* How the bytes of COPY BINARY are read and written. */
enum pg_form {
    PG_FORM_TEXT, /* the column is selected as col::text: UTF-8 bytes; written by COPY TEXT */
    PG_FORM_BOOL,
    PG_FORM_INT2,
    PG_FORM_INT4,
    PG_FORM_INT8,
    PG_FORM_OID,
    PG_FORM_FLOAT4,
    PG_FORM_FLOAT8,
    PG_FORM_NUMERIC,
    PG_FORM_STRING, /* raw bytes in the client's encoding */
    PG_FORM_BPCHAR, /* the same, right-trimmed */
    PG_FORM_BYTEA,
    PG_FORM_DATE,
    PG_FORM_TIME,
    PG_FORM_TIMETZ,
    PG_FORM_TIMESTAMP, /* timestamptz too */
    PG_FORM_INTERVAL,
    PG_FORM_JSONB, /* version byte, text */
    PG_FORM_UUID,
    PG_FORM_BIT,
    PG_FORM_INET, /* cidr too */
    PG_FORM_MAC,  /* macaddr, macaddr8 */
    PG_FORM_MONEY,
    PG_FORM_COUNT_
};

/* What the catalogue says of a column's type, domains resolved to their base. */
struct pg_type_facts {
    uint32_t oid;        /* of the base type */
    const char *name;    /* typname of it */
    const char *spelled; /* format_type() of the column: its domain, when it has one */
    char typtype;        /* of the base: 'b' 'e' 'c' 'r' 'm' 'p' */
    char category;       /* typcategory */
    bool has_send;       /* typsend <> 0 */
    int32_t typmod;      /* of the innermost domain that has one, else the column's */
    uint32_t element;    /* typelem of an array */
};

/* The neutral type and the form of a type of the server. labels of enums are filled in by whoever
   asks. */
enum pg_form pg_type_read(const struct pg_type_facts *facts, struct pd_type *ret_type,
                          struct pd_pool *pool);

/* ---- The operations ---- */

extern const struct pd_source_ops postgresql_source_ops;
extern const struct pd_sink_ops postgresql_sink_ops;
extern const struct pd_scratch_ops postgresql_scratch_ops;

/* A source on the sink's own connection, inside its transaction (sink review). It closes nothing
   of pg. */
pd_status postgresql_source_borrow(struct pg *pg, struct pd_source **ret_source,
                                   struct pd_error *err);
/* A source of its own for the same: what was committed is read back. */
pd_status postgresql_source_review(const struct pd_host *host, const struct pd_endpoint *end,
                                   struct pd_source **ret_source, struct pd_error *err);

/* The marker of an unfinished run (DECISIONS 15): refuses with "INCOMPLETE" when it is there. */
pd_status marker_refuse(struct pg *pg, struct pd_error *err);
