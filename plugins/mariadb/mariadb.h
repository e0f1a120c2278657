// SPDX-License-Identifier: Apache-2.0
/* mariadb - what all files of the plugin share: a connection, statements, names. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mysql.h>

#include <polydump/plugin.h>
#include <polydump/pool.h>
#include <polydump/sql.h>

/* ---- connect.c: one session, its settings made exact and read back ---- */

enum my_use {
    MY_READ,  /* settings of a reader; transactions are read only */
    MY_WRITE, /* settings of a writer */
    MY_ADMIN  /* none but names and time zone, and deaf to host->cancelled(): scratch databases,
                 KILL,  and whatever else is to be tidied up after an interruption */
};

/* What the server's last error was about; "" and 0 when unknown. */
struct my_complaint {
    unsigned code; /* 1062 */
    char sqlstate[8];
    char text[512]; /* its message, escaped, in one line */
};

struct my {
    const struct pd_host *host;
    const struct pd_endpoint *end; /* borrowed from whoever opened it */
    enum my_use use;
    MYSQL *conn;
    int version;               /* 101119 */
    bool is_mariadb;           /* else MySQL, or something that speaks its protocol */
    int timeout;               /* seconds of silence that are endured; 0: for ever */
    int names_fold;            /* lower_case_table_names: 0, 1 or 2 */
    size_t max_packet;         /* max_allowed_packet of the session */
    char database[64 * 4 + 1]; /* that the end names */
    char user[128];            /* CURRENT_USER(), for notes on privileges */
    bool broken;               /* the connection is gone, or in the middle of something */
    bool logs_statements;      /* binlog_format=STATEMENT: it takes no arrays of rows */
    bool warns_of_options;     /* innodb_strict_mode is off for this session */
    uint64_t n_bytes;          /* received or sent as rows, about */
    unsigned n_warnings; /* of the last statement of my_run(), my_run_quietly() and my_run_any() */
    char warning[512];   /* my_run_any(): the first of them, escaped, in one line */
    struct my_complaint complaint;
};

/* Does a `timestamp` end in 2106 there rather than in 2038? */
static inline bool
my_has_later_stamps(const struct my *my)
{
    return my->is_mariadb && my->version >= 110500;
}

/* Have sequences a type of their numbers? */
static inline bool
my_has_sequence_types(const struct my *my)
{
    return my->is_mariadb && my->version >= 110500;
}

/* The last timestamp, in microseconds. */
static inline int64_t
my_stamp_most(const struct my *my)
{
    return my_has_later_stamps(my) ? INT64_C(4294967295999999) : INT64_C(2147483647999999);
}

/* Connects with the policy of doc/connections.md: a Unix socket, or TLS with verification, or the
   user's explicit --insecure. database: another one than the end names, "": none; NULL: the end's.
 */
pd_status my_open(const struct pd_host *host, const struct pd_endpoint *end, enum my_use use,
                  const char *database, struct my **ret_my, struct pd_error *err);
void my_close(struct my *my); /* NULL is fine */

/* ---- query.c: statements, one at a time; every wait can be cancelled and times out ---- */

/* A statement without an interesting answer. A warning of the server is an error for MY_WRITE,
   naming it, but for those that my_run_quietly() lets pass. */
pd_status my_run(struct my *my, const char *sql, struct pd_error *err);
pd_status my_runf(struct my *my, struct pd_error *err, const char *fmt, ...) PD_PRINTF(3, 4);
/* Warnings go to the log at debug level. */
pd_status my_run_quietly(struct my *my, const char *sql, struct pd_error *err);
/* Does the server only say that it would rather be told otherwise? By the code of its warning. */
bool my_is_deprecation(unsigned long code);
/* A statement of somebody else: its rows are dropped, its warnings (no notes) kept. */
pd_status my_run_any(struct my *my, const char *sql, struct pd_error *err);
/* Is a transaction open, by what the server said last? */
bool my_in_transaction(const struct my *my);
/* my_run() of what was built. */
pd_status my_run_sql(struct my *my, const struct pd_sql *sql, struct pd_error *err);
/* Text results, stored; *ret_result is to be given to mysql_free_result(). */
pd_status my_query(struct my *my, const char *sql, MYSQL_RES **ret_result, struct pd_error *err);
pd_status my_queryf(struct my *my, MYSQL_RES **ret_result, struct pd_error *err, const char *fmt,
                    ...) PD_PRINTF(4, 5);
/* The next row; NULL: there is none. It has n cells, of which those in the mask `known` are not
   NULL: what the server sends need not be what was asked for, and it hides by NULL what a user may
   not see. A row that is not so is an error, in *ret_status, which is left alone otherwise. */
MYSQL_ROW my_row(struct my *my, MYSQL_RES *result, unsigned n, unsigned known,
                 pd_status *ret_status, struct pd_error *err);
/* The next row of n cells, each of which may be NULL; for who has no error to give. */
MYSQL_ROW my_row_any(MYSQL_RES *result, unsigned n);
/* One value as text, copied to the pool; NULL stays NULL. No row: PD_CAUSE_MISSING. */
pd_status my_value(struct my *my, struct pd_pool *pool, const char *sql, const char **ret_text,
                   struct pd_error *err);
/* A prepared statement; to be given to my_stmt_close(). */
pd_status my_prepare(struct my *my, const struct pd_sql *sql, MYSQL_STMT **ret_stmt,
                     struct pd_error *err);
pd_status my_execute(struct my *my, MYSQL_STMT *stmt, struct pd_error *err);
/* The next row of an unbuffered result into the bound buffers; PD_DONE: the end. A truncated cell
   is no error: look at the bind's `error` and length. */
pd_status my_fetch(struct my *my, MYSQL_STMT *stmt, struct pd_error *err);
void my_stmt_close(struct my *my, MYSQL_STMT *stmt); /* NULL is fine; drains what was not fetched */
/* The server's error in one line: fmt, then its message, escaped; with details "code" and
   "sqlstate" and the cause that belongs to it (one table: code -> cause). stmt NULL: the
   connection's error. The status is PD_FATAL when the connection is gone, else `status`. */
pd_status my_fail(struct my *my, MYSQL_STMT *stmt, pd_status status, struct pd_error *err,
                  const char *fmt, ...) PD_PRINTF(5, 6);
pd_status my_no_memory(const struct pd_host *host, struct pd_error *err);

/* ---- names.c: the one place that quotes ---- */

/* `name`, back quotes doubled. */
void my_name(struct pd_sql *sql, const char *name);
/* `schema`.`name`; schema NULL: the database of the session, and no prefix. */
void my_table(struct pd_sql *sql, const char *schema, const char *name);
/* 'text', quotes and backslashes escaped so that every sql_mode without NO_BACKSLASH_ESCAPES reads
   it (sessions of this plugin never have that mode). Bytes that are not UTF-8: x'..'. */
void my_literal(struct pd_sql *sql, const char *text, size_t size);
/* x'00ff' */
void my_bytes_literal(struct pd_sql *sql, const char *bytes, size_t size);

/* ---- types.c: one table of the server's types ---- */

/* How a column's values are fetched and sent by the binary protocol. */
enum my_form {
    MY_FORM_INT,     /* LE 1, 2, 4 or 8 bytes; signed or not as the kind says */
    MY_FORM_FLOAT,   /* 4 bytes */
    MY_FORM_DOUBLE,  /* 8 bytes */
    MY_FORM_DECIMAL, /* text */
    MY_FORM_TEXT,    /* UTF-8; also json, xml-like text, opaque */
    MY_FORM_RAW, /* text of a character set that does not come back from UTF-8 byte for byte: see
                    my_column.raw_charset */
    MY_FORM_BYTES,
    MY_FORM_BIT, /* big endian bytes */
    MY_FORM_DATE,
    MY_FORM_DATETIME, /* timestamp too */
    MY_FORM_TIME,
    MY_FORM_YEAR,
    MY_FORM_ENUM, /* the label, and its number besides: 0 is the error value */
    MY_FORM_SET,
    MY_FORM_UUID, /* text of 36 characters */
    MY_FORM_ADDRESS,
    MY_FORM_GEOMETRY, /* SRID as 4 bytes LE, then WKB */
    MY_FORM_COUNT_
};

/* What the catalogue says of a column's type. */
struct my_type_facts {
    const char *data_type;   /* information_schema.COLUMNS.DATA_TYPE, lower case */
    const char *column_type; /* COLUMN_TYPE: "int(10) unsigned zerofill" */
    const char *charset;     /* CHARACTER_SET_NAME, NULL: none */
    uint64_t length;         /* CHARACTER_MAXIMUM_LENGTH */
    int precision;           /* NUMERIC_PRECISION or DATETIME_PRECISION, -1: none */
    int scale;
    bool is_json; /* its CHECK is json_valid(`column`) of column level */
    bool is_bool; /* tinyint(1) with CHECK (`c` in (0,1)) */
    uint32_t srid;
    bool has_no_labels; /* nobody knows them: their values are text */
};

/* The neutral type and the form of a type of the server. PD_UNSUPPORTED: of a plugin that is not
   known; it is read as text and OPAQUE then. PD_FATAL: memory is short. */
pd_status my_type_read(const struct my_type_facts *facts, struct pd_type *ret_type,
                       enum my_form *ret_form, struct pd_pool *pool);

/* Is all that a column of the character set can hold the same again after a way through Unicode?
   NULL: of none. */
bool my_charset_comes_back(const char *charset);

/* Is the column's default_native x'00ff', and nothing else? Of text it is bytes of the column's
   character set, to which no text comes back. */
bool my_default_is_bytes(const struct pd_column *column);

/* ---- The operations ---- */

extern const struct pd_source_ops mariadb_source_ops;
extern const struct pd_sink_ops mariadb_sink_ops;
extern const struct pd_scratch_ops mariadb_scratch_ops;

/* How a reader names the tables of an unfinished run: staged name -> final one, so that what was
   written can be reviewed before the renaming. Arrays of n. */
struct my_staged {
    const char *const *names;
    const char *const *finals;
    size_t n;
};

/* A source of what a sink has staged: tables under their staged names, catalogue with the final
   ones. Its own connection; no snapshot is needed, since nobody else knows the tables. */
pd_status mariadb_source_staged(const struct pd_host *host, const struct pd_endpoint *end,
                                struct my *my, const struct my_staged *staged,
                                struct pd_source **ret_source, struct pd_error *err);
