/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/plugin.h - what a plugin offers to polydump, and what it may ask of it.
 *
 * A plugin includes this header (and, if it likes, polydump/batch.h, which is all inline) and
 * links with nothing of polydump: what it needs of the core reaches it in a struct pd_host.
 * doc/plugin.md is the tour, doc/abi.md says what is promised.
 *
 * These rules hold everywhere:
 *   - what a call is given, it borrows until it returns;
 *   - what a call hands out stays the handle's, until the next call of the same name on that
 *     handle or its close(), unless its comment says otherwise (batches do);
 *   - a struct is filled, and its memory freed, by the side that made it;
 *   - a ret_ argument is written when the call returns PD_OK, and only then;
 *   - a handle is used by one thread at a time, the host by any number of them;
 *   - strings are UTF-8 and end in a NUL; bytes come with their size;
 *   - members after an "ABI n ends here" line may be missing in the other side's struct: ask
 *     PD_HAS() first. A member that is 0 or NULL has the meaning "none" unless it says otherwise.
 */
#ifndef POLYDUMP_PLUGIN_H
#define POLYDUMP_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The number of this interface. It goes up only when an old plugin can no longer be loaded. */
#define PD_ABI 1

#if defined(__GNUC__)
#define PD_EXPORT __attribute__((visibility("default")))
#define PD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define PD_EXPORT
#define PD_PRINTF(fmt, args)
#endif

/* Has the side that made *ptr this member, and is it set? */
#define PD_HAS(type, ptr, member)                                                                  \
    ((ptr)->struct_size >= offsetof(type, member) + sizeof((ptr)->member) && (ptr)->member)

/* Element i of an array whose elements are stride bytes apart on the side that made it. */
#define PD_AT(type, array, stride, i)                                                              \
    ((const type *)(const void *)((const char *)(array) + (size_t)(stride) * (size_t)(i)))

/* ---- Status and errors ------------------------------------------------------------------ */

/* What the caller may do next; why is in the error (PD_UNSUPPORTED of optional calls needs none).
   Any other number counts as PD_FATAL, and so does PD_DONE of any call but read(). */
typedef int pd_status;
enum {
    PD_OK = 0,
    PD_DONE = 1,         /* nothing more to read; not an error */
    PD_UNSUPPORTED = -1, /* not here: the core takes another way, or says so */
    PD_RETRY = -2,       /* nothing was changed, and the same call may succeed in a later run; the
                            core does not try again by itself */
    PD_FAILED = -3,      /* this table is lost; the handle can go on with another */
    PD_FATAL = -4        /* only close() may follow */
};

/* Causes: X(name, number, exit status of the program, meaning). doc/commands.md names
   the statuses. */
#define PD_CAUSE_TABLE(X)                                                                          \
    X(USAGE, 1, 2, "the command line, a URL or an option is wrong")                                \
    X(CONNECT, 2, 1, "the database or archive cannot be reached or opened")                        \
    X(AUTH, 3, 1, "the server refused the user, or a privilege is missing")                        \
    X(QUERY, 4, 1, "the engine refused a statement")                                               \
    X(DATA, 5, 1, "a value, a row or a name does not fit where it shall go")                       \
    X(IO, 6, 1, "a file cannot be read or written")                                                \
    X(MEMORY, 7, 1, "memory is short")                                                             \
    X(VERSION, 8, 1, "a format, plugin or application version does not fit")                       \
    X(CANCELLED, 9, 1, "the run was interrupted")                                                  \
    X(BUG, 10, 1, "polydump or a plugin broke its own rules; please report it")                    \
    X(CORRUPT, 11, 1, "an archive or database is damaged or incomplete")                           \
    X(CHANGED, 12, 1, "the source changed while it was read")                                      \
    X(CONFLICT, 13, 1, "the target already holds something, or another run is using it")           \
    X(LIMIT, 14, 1, "an input is larger than a limit allows")                                      \
    X(MISSING, 15, 1, "a reference, a table or a column is missing")                               \
    X(DIFFERENT, 16, 4, "a verification found a difference")

#define PD_CAUSE_MEMBER_(name, number, exit_status, meaning) PD_CAUSE_##name = number,
enum pd_cause { PD_CAUSE_TABLE(PD_CAUSE_MEMBER_) PD_CAUSE_COUNT_ = 17 };
#undef PD_CAUSE_MEMBER_

struct pd_error;    /* the core's, the caller's to own; a plugin fills it with host->fail() */
struct pd_options;  /* the core's: the options of this end, checked against pd_plugin.options */
struct pd_memory;   /* the core's: the memory of one batch */
struct pd_source;   /* the plugin's */
struct pd_sink;     /* the plugin's */
struct pd_migrator; /* the plugin's */
struct pd_plugin;
struct pd_endpoint;
struct pd_value;     /* migration.h */
struct pd_statement; /* migration.h */
struct pd_migration; /* migration.h */
struct pd_steps_ops; /* migration.h */
struct pd_policy;    /* migration.h */

/* ---- Types ------------------------------------------------------------------------------- */

/* How a vector lies in memory. The first group is Apache Arrow's layout of the same width. */
enum pd_layout {
    PD_LAYOUT_NONE = 0,
    PD_LAYOUT_BITS = 1,   /* one bit a row, least significant bit first, as in validity */
    PD_LAYOUT_I8 = 2,     /* integers in the machine's byte order, signed or not as the kind says */
    PD_LAYOUT_I16 = 3,    /**/
    PD_LAYOUT_I32 = 4,    /**/
    PD_LAYOUT_I64 = 5,    /**/
    PD_LAYOUT_I128 = 6,   /* decimal128: two's complement, low half first on every machine */
    PD_LAYOUT_F32 = 7,    /* IEEE 754, NaN as 0x7fc00000 */
    PD_LAYOUT_F64 = 8,    /* IEEE 754, NaN as 0x7ff8000000000000 */
    PD_LAYOUT_FIXED = 9,  /* pd_vector.width bytes a row */
    PD_LAYOUT_VAR = 10,   /* n_rows + 1 offsets into bytes */
    PD_LAYOUT_NUM64 = 11, /* ours: a tag a row (PD_TAG_INT or PD_TAG_REAL), 8 bytes a row */
    PD_LAYOUT_TAGGED = 12 /* ours: a tag a row, n_rows + 1 offsets into bytes */
};

/* Digest classes (doc/format-values.md, "Canonical bytes"): values of one class with the same bytes
   are the same value, whatever the kind of their columns. */
enum pd_class {
    PD_CLASS_NULL = 0,
    PD_CLASS_BOOL = 1,
    PD_CLASS_INTEGER = 2, /* 8 bytes, two's complement, little endian */
    PD_CLASS_DECIMAL = 3, /* canonical text, when it is not an integer of 64 bits with scale 0 */
    PD_CLASS_FLOAT = 4,   /* 8 bytes IEEE, little endian; NaN normalised; float32 widened */
    PD_CLASS_TEXT = 5,
    PD_CLASS_BYTES = 6,
    PD_CLASS_DATE = 7,      /* 8 bytes: days since 1970-01-01 */
    PD_CLASS_TIME = 8,      /* 8 bytes: microseconds */
    PD_CLASS_TIMESTAMP = 9, /* 8 bytes: microseconds since 1970-01-01, local */
    PD_CLASS_INSTANT = 10,  /* 8 bytes: microseconds since 1970-01-01, UTC */
    PD_CLASS_TIMETZ = 11,   /* 12 bytes: i64 microseconds, i32 seconds west of UTC */
    PD_CLASS_INTERVAL = 12, /* 16 bytes: i64 microseconds, i32 days, i32 months */
    PD_CLASS_UUID = 13,
    PD_CLASS_BIT = 14,     /* canonical text of 0 and 1 */
    PD_CLASS_JSON = 15,    /* the text */
    PD_CLASS_ADDRESS = 16, /* canonical text of inet, cidr, macaddr ... */
    PD_CLASS_GEOMETRY = 17,
    PD_CLASS_NATIVE = 18, /* canonical text of array, opaque, xml */
    PD_CLASS_OUTLIER = 32 /* the tag's number is added, see enum pd_tag */
};

/* Neutral types: X(name, number, name in archives, layout, digest class).
   Domains and canonical text stand in doc/types.md. */
#define PD_KIND_TABLE(X)                                                                           \
    X(BOOL, 1, "bool", BITS, BOOL)                                                                 \
    X(INT8, 2, "int8", I8, INTEGER)                                                                \
    X(INT16, 3, "int16", I16, INTEGER)                                                             \
    X(INT32, 4, "int32", I32, INTEGER)                                                             \
    X(INT64, 5, "int64", I64, INTEGER)                                                             \
    X(UINT8, 6, "uint8", I8, INTEGER)                                                              \
    X(UINT16, 7, "uint16", I16, INTEGER)                                                           \
    X(UINT32, 8, "uint32", I32, INTEGER)                                                           \
    X(UINT64, 9, "uint64", I64, INTEGER) /* above 2^63-1: class decimal */                         \
    X(FLOAT32, 10, "float32", F32, FLOAT)                                                          \
    X(FLOAT64, 11, "float64", F64, FLOAT)                                                          \
    X(DECIMAL, 12, "decimal", VAR, DECIMAL) /* I128 scaled by pd_type.scale when precision 1..38   \
                                               and scale 0..precision; else canonical text */      \
    X(NUMBER, 13, "number", NUM64, FLOAT)   /* int64 or float64, as SQLite's NUMERIC */            \
    X(TEXT, 14, "text", VAR, TEXT)          /* valid UTF-8, U+0000 included; length in chars */    \
    X(CHAR, 15, "char", VAR, TEXT)          /* as text, right-trimmed of U+0020 */                 \
    X(BINARY, 16, "binary", VAR, BYTES)                                                            \
    X(DATE, 17, "date", I32, DATE)         /* days since 1970-01-01 */                             \
    X(TIME, 18, "time", I64, TIME)         /* microseconds; wide (PD_TYPE_WIDE): +-838:59:59.. */  \
    X(TIMETZ, 19, "timetz", FIXED, TIMETZ) /* 12 bytes, see the class */                           \
    X(TIMESTAMP, 20, "timestamp", I64, TIMESTAMP)                                                  \
    X(TIMESTAMPTZ, 21, "timestamptz", I64, INSTANT)                                                \
    X(INTERVAL, 22, "interval", FIXED, INTERVAL) /* 16 bytes, see the class */                     \
    X(YEAR, 23, "year", I16, INTEGER)                                                              \
    X(JSON, 24, "json", VAR, JSON)                                                                 \
    X(JSONB, 25, "jsonb", VAR, JSON)                                                               \
    X(XML, 26, "xml", VAR, NATIVE)                                                                 \
    X(UUID, 27, "uuid", FIXED, UUID)  /* 16 bytes */                                               \
    X(BIT, 28, "bit", VAR, BIT)       /* text of 0 and 1, length digits */                         \
    X(VARBIT, 29, "varbit", VAR, BIT) /* text of 0 and 1 */                                        \
    X(ENUM, 30, "enum", VAR, TEXT)    /* the label */                                              \
    X(SET, 31, "set", VAR, TEXT)      /* labels in definition order, joined by commas */           \
    X(INET, 32, "inet", VAR, ADDRESS) /* canonical text, as PostgreSQL writes it */                \
    X(CIDR, 33, "cidr", VAR, ADDRESS)                                                              \
    X(INET4, 34, "inet4", VAR, ADDRESS)                                                            \
    X(INET6, 35, "inet6", VAR, ADDRESS)                                                            \
    X(MACADDR, 36, "macaddr", VAR, ADDRESS)                                                        \
    X(MACADDR8, 37, "macaddr8", VAR, ADDRESS)                                                      \
    X(ARRAY, 38, "array", VAR, NATIVE)         /* PostgreSQL array literal */                      \
    X(GEOMETRY, 39, "geometry", VAR, GEOMETRY) /* SRID as 4 bytes little endian, then WKB */       \
    X(ANY, 40, "any", TAGGED, TEXT)            /* any of the tags int, real, text, bytes */        \
    X(MONEY, 41, "money", I64, INTEGER)        /* minor units */                                   \
    X(OID, 42, "oid", I32, INTEGER)                                                                \
    X(OPAQUE, 43, "opaque", VAR, NATIVE) /* text output of pd_type.native_name of an engine */

#define PD_KIND_MEMBER_(name, number, text, layout, class) PD_KIND_##name = number,
enum pd_kind { PD_KIND_NONE = 0, PD_KIND_TABLE(PD_KIND_MEMBER_) PD_KIND_COUNT_ = 44 };
#undef PD_KIND_MEMBER_

/* Tags of single values: X(name, number, name in archives, meaning).
   PLAIN is a value of the column's own domain, in the bytes of the column's plain layout (an
   integer as 8 bytes little endian whatever its width, of which those beyond its width do not
   count; bool as 1 byte). INT, REAL, TEXT and BYTES are storage classes: the domain of `any` and
   `number`, outliers elsewhere. The others are outliers everywhere; their bytes are what the
   engine writes as text, unless said otherwise. */
#define PD_TAG_TABLE(X)                                                                            \
    X(PLAIN, 0, "plain", "a value of the column's domain")                                         \
    X(INT, 1, "int", "a 64-bit integer, 8 bytes little endian")                                    \
    X(REAL, 2, "real", "a double, 8 bytes IEEE little endian")                                     \
    X(TEXT, 3, "text", "valid UTF-8")                                                              \
    X(BYTES, 4, "bytes", "bytes")                                                                  \
    X(BADTEXT, 5, "badtext", "text of the engine that is not valid UTF-8, its bytes")              \
    X(UTF16, 6, "utf16", "text of the engine that is not valid UTF-16, little endian")             \
    X(POS_INF, 7, "inf", "infinity of a date, timestamp or decimal; no bytes")                     \
    X(NEG_INF, 8, "-inf", "minus infinity of the same; no bytes")                                  \
    X(NAN, 9, "nan", "not a number, of a decimal; no bytes")                                       \
    X(FAR, 10, "far", "a date or timestamp beyond the layout, canonical text")                     \
    X(YMD, 11, "ymd", "a date that no calendar has (MariaDB), as text")                            \
    X(ENUM0, 12, "enum0", "the error value of an enum (MariaDB); no bytes")                        \
    X(NATIVE, 13, "native", "any other value that the kind cannot hold, in the engine's text")

#define PD_TAG_MEMBER_(name, number, text, meaning) PD_TAG_##name = number,
enum pd_tag { PD_TAG_TABLE(PD_TAG_MEMBER_) PD_TAG_COUNT_ = 14 };
#undef PD_TAG_MEMBER_

enum {
    PD_TYPE_WIDE = 1 << 0, /* time: beyond a day and negative, as MariaDB's */
    PD_TYPE_FIXED = 1 << 1 /* binary, in pd_mapping.as alone: every value has `length` bytes; the
                              engine would fill up shorter ones, so that they do not fit */
};

/* A neutral type with its parameters. Never grows, since it is embedded in struct pd_column. */
struct pd_type {
    uint32_t struct_size;
    uint16_t kind;     /* enum pd_kind */
    uint16_t flags;    /* PD_TYPE_* */
    int32_t precision; /* decimal: digits, 0 = no bound and the scale belongs to each value;
                          time, timestamp: digits after the second, 0..6, or -1 for the default;
                          float32, float64, in pd_mapping.as alone: above 0, the column keeps
                          no more than `scale` digits after the point, as double(10,2) does,
                          and values that it would round do not fit */
    int32_t scale;     /* decimal: digits after the point, may be negative; float: see above */
    uint64_t length;   /* text, char: characters; binary: bytes; bit: bits; 0 = no bound */
    uint32_t element;  /* array: enum pd_kind of the elements */
    uint32_t srid;     /* geometry */
    const char *const *labels; /* enum, set: in definition order */
    size_t n_labels;
    const char *native_name; /* opaque: "postgresql:tsvector"; geometry: "point"; else NULL */
    /* ABI 1 ends here. */
};

/* ---- Schema ------------------------------------------------------------------------------ */

enum pd_default {
    PD_DEFAULT_NONE = 0,
    PD_DEFAULT_NULL = 1,       /* an explicit DEFAULT NULL */
    PD_DEFAULT_LITERAL = 2,    /* default_tag and default_text */
    PD_DEFAULT_NOW = 3,        /* current timestamp */
    PD_DEFAULT_TODAY = 4,      /* current date */
    PD_DEFAULT_CLOCK = 5,      /* current time */
    PD_DEFAULT_UUID = 6,       /* a new uuid */
    PD_DEFAULT_NEXTVAL = 7,    /* of the sequence named in default_text: "name", "schema.name" */
    PD_DEFAULT_EXPRESSION = 8, /* default_text in the portable grammar, see pd_host.expr_read */
    PD_DEFAULT_NATIVE = 9      /* only the engine's own text knows it: default_native */
};

enum pd_generated { PD_GENERATED_NO = 0, PD_GENERATED_VIRTUAL = 1, PD_GENERATED_STORED = 2 };

enum pd_identity {
    PD_IDENTITY_NO = 0,
    PD_IDENTITY_DEFAULT = 1, /* a value is made when none is given */
    PD_IDENTITY_ALWAYS = 2,  /* a given value is refused unless the engine is told otherwise */
    PD_IDENTITY_ROWID = 3    /* as DEFAULT, without memory: highest value + 1 (SQLite's rowid) */
};

enum pd_collation {
    PD_COLLATION_DEFAULT = 0, /* by bytes of UTF-8, no padding */
    PD_COLLATION_BINARY = 1,  /* the same, spelt out in the declaration */
    PD_COLLATION_NOCASE = 2,  /* ASCII letters are folded */
    PD_COLLATION_CI = 3,      /* letters are folded as the engine does */
    PD_COLLATION_RTRIM = 4,   /* trailing blanks do not count */
    PD_COLLATION_NATIVE = 5   /* named in collation_native */
};

enum {
    PD_COLUMN_NOT_NULL = 1 << 0,
    PD_COLUMN_HIDDEN = 1 << 1, /* not part of SELECT * in its engine */
    /* A passenger: kept for a restore into the same engine, carried nowhere else, left out of
       row digests and the content id (SQLite's rowid of a table that does not name it). A sink of
       another engine makes no column of it, takes no notice of its vector in batches, and answers
       NULL for it in pd_placed.columns. */
    PD_COLUMN_PASSENGER = 1 << 2,
    /* A migration made it, or gave it another type: its own engine, too, makes of it what the
       neutral type says, as if it came from another; native says nothing. */
    PD_COLUMN_NEUTRAL = 1 << 3,
    /* Set by the core, in pd_load.catalog alone, and only where rows go into tables that are there:
       the column is left behind; whether there is one of its name does not matter. */
    PD_COLUMN_DROPPED = 1 << 4,
    /* In `as` of pd_change_ops.change_column alone, see there. */
    PD_COLUMN_SAME_COUNTER = 1 << 5
};

/* State of a sequence or of the counter of an identity column. Never grows, since it is embedded.
 */
struct pd_counter {
    uint32_t struct_size;
    uint32_t flags;    /* PD_COUNTER_* */
    int64_t next;      /* the value that the next insert gets; beyond the bounds: there is none, and
                          next less increment (modulo 2^64) was the last. Without bounds, of a column
                          of kind PD_KIND_UINT64: modulo 2^64, see pd_counts_beyond() */
    int64_t increment; /* 0 counts as 1 */
    int64_t start;
    int64_t minimum;
    int64_t maximum;
    int64_t cache;
    /* ABI 1 ends here. */
};
enum {
    PD_COUNTER_CYCLE = 1 << 0,
    PD_COUNTER_BOUNDS = 1 << 1, /* start, minimum, maximum count */
    PD_COUNTER_UNUSED =
        1 << 2, /* it never gave a number, and its engine keeps no state of it yet */
    /* A migration made rows with numbers of their own: it goes on behind them, even where counters
       are restored exactly, and that is nothing to be told. */
    PD_COUNTER_ADVANCE = 1 << 3,
    /* Its steps are those that the server is told to take (MariaDB's INCREMENT BY 0); increment is
       0, and elsewhere 1. */
    PD_COUNTER_SERVER_STEPS = 1 << 4
};

struct pd_column {
    uint32_t struct_size;
    uint32_t flags; /* PD_COLUMN_* */
    const char *name;
    struct pd_type type;
    const char *native;  /* as the engine spells the type: "NVARCHAR(160)"; "" when it has none */
    struct pd_type hint; /* what the declaration promises but the engine does not enforce (SQLite's
                            DATE, DECIMAL(10,2)); kind PD_KIND_NONE: nothing */
    uint16_t default_kind;         /* enum pd_default */
    uint16_t default_tag;          /* enum pd_tag of a literal: INT, REAL, TEXT or BYTES */
    uint16_t generated;            /* enum pd_generated */
    uint16_t identity;             /* enum pd_identity */
    uint32_t collation;            /* enum pd_collation */
    uint32_t default_size;         /* bytes of default_text; it may hold NUL */
    const char *default_text;      /* integer and real as canonical text, bytes as they are */
    const char *default_native;    /* the engine's own text, NULL: none */
    const char *expression;        /* generated: in the portable grammar, NULL: only native */
    const char *expression_native; /* generated: the engine's own text */
    const char *collation_native;
    const char *comment;
    struct pd_counter counter; /* of an identity column */
    /* Generated, stored: what the engine says of the values that are there, of so many rows, in
       words that its own plugin alone compares with what its tables have; for values that settings
       of a session may have made. NULL: not known, or the same in any session. */
    const char *generated_values;
    uint64_t generated_rows;
    /* generated_values: the source's settings that may have made them, for its own plugin; NULL:
       those that a plugin has anyway. */
    const char *generated_settings;
    /* ABI 1 ends here. */
};

enum pd_key_kind { PD_KEY_PRIMARY = 1, PD_KEY_UNIQUE = 2, PD_KEY_INDEX = 3 };
enum {
    PD_KEY_CONSTRAINT = 1 << 0,     /* written as a constraint of the table, not CREATE INDEX */
    PD_KEY_NULLS_ADMITTED = 1 << 1, /* a primary key that does not forbid NULL (SQLite) */
    PD_KEY_NATIVE_ONLY = 1 << 2,    /* parts or predicate cannot be said in the portable grammar */
    PD_KEY_ACTIVE_SQL = 1 << 3      /* as PD_TABLE_ACTIVE_SQL */
};
enum { PD_PART_DESC = 1 << 0 };

struct pd_key_part {
    uint32_t struct_size;
    uint32_t flags;                /* PD_PART_* */
    int32_t column;                /* number of the column in its table, -1: an expression */
    uint32_t collation;            /* enum pd_collation; DEFAULT: the column's */
    const char *expression;        /* portable grammar, or NULL */
    const char *expression_native; /* the engine's text */
    /* ABI 1 ends here. */
};

/* A primary key, unique constraint, unique or plain index. */
struct pd_key {
    uint32_t struct_size;
    uint16_t kind;    /* enum pd_key_kind */
    uint16_t flags;   /* PD_KEY_* */
    const char *name; /* NULL: the engine gave it none */
    const struct pd_key_part *parts;
    size_t n_parts;
    size_t part_size;             /* from one part to the next */
    const char *predicate;        /* partial index: portable grammar, or NULL */
    const char *predicate_native; /* the engine's text */
    const char *native_sql; /* the whole statement for a replay into the same engine; NULL: none */
    uint32_t native_order;  /* see pd_table */
    uint32_t reserved_;
    /* ABI 1 ends here. */
};

enum {
    PD_CHECK_NOT_VALIDATED = 1 << 0, /* rows that break it may be there */
    PD_CHECK_NO_INHERIT = 1 << 1     /* not for tables that inherit this one (PostgreSQL) */
};

struct pd_check {
    uint32_t struct_size;
    uint32_t flags;                /* PD_CHECK_* */
    const char *name;              /* NULL: none */
    const char *expression;        /* portable grammar, or NULL */
    const char *expression_native; /* the engine's text */
    /* ABI 1 ends here. */
};

enum pd_action {
    PD_ACTION_NONE = 0, /* NO ACTION */
    PD_ACTION_RESTRICT = 1,
    PD_ACTION_CASCADE = 2,
    PD_ACTION_SET_NULL = 3,
    PD_ACTION_SET_DEFAULT = 4
};
enum {
    PD_FOREIGN_DEFERRABLE = 1 << 0,
    PD_FOREIGN_DEFERRED = 1 << 1,     /* initially deferred */
    PD_FOREIGN_MATCH_FULL = 1 << 2,   /* */
    PD_FOREIGN_NOT_VALIDATED = 1 << 3 /* rows that break it may be there */
};

struct pd_foreign {
    uint32_t struct_size;
    uint32_t flags;          /* PD_FOREIGN_* */
    const char *name;        /* NULL: none */
    const uint32_t *columns; /* numbers of columns in this table */
    size_t n_columns;
    const char *to_schema;         /* NULL: the same; "": the default one, from another */
    const char *to_table;          /* it may be missing (SQLite) */
    const char *const *to_columns; /* NULL: the primary key of to_table */
    uint16_t on_update;            /* enum pd_action */
    uint16_t on_delete;            /* enum pd_action */
    uint32_t reserved_;
    const uint32_t *set_columns; /* ON DELETE SET NULL or DEFAULT of these only; NULL: all */
    size_t n_set_columns;
    /* ABI 1 ends here. */
};

enum {
    /* A passenger, as PD_COLUMN_PASSENGER: rows of an engine's own machinery (FTS shadow tables).
     */
    PD_TABLE_PASSENGER = 1 << 0,
    /* A scan in the source's own order is in canonical key order, or a scan that asks for
       PD_ORDER_KEY costs about the same. The core checks it on the way. */
    PD_TABLE_KEY_ORDER = 1 << 1,
    PD_TABLE_NO_COLUMNS = 1 << 2, /* the table has no column at all; it may have rows */
    /* native_sql calls functions that are not known to be harmless, or was not understood:
       replayed only when active objects are (--native). */
    PD_TABLE_ACTIVE_SQL = 1 << 3,
    /* Whoever is connected may not read it: a run that takes it along is refused before it begins.
     */
    PD_TABLE_UNREADABLE = 1 << 4,
    /* Set by the core: a step of a migration or --where has made its rows, or a step what they are
       held against, so that nothing of it is as its engine had it. Rows that break a check or a
       foreign key of it, or a foreign key that points to it, are left-outs (PD_LEFT_OUT_BROKEN) in
       its own engine, too; those of other tables may have done so before, and are warned of. */
    PD_TABLE_CHANGED = 1 << 5
};

struct pd_table {
    uint32_t struct_size;
    uint32_t flags;     /* PD_TABLE_* */
    const char *schema; /* NULL: the default one */
    const char *name;
    const struct pd_column *columns;
    size_t n_columns;
    size_t column_size;
    const struct pd_key *keys; /* the primary key first, if there is one */
    size_t n_keys;
    size_t key_size;
    const struct pd_check *checks;
    size_t n_checks;
    size_t check_size;
    const struct pd_foreign *foreigns;
    size_t n_foreigns;
    size_t foreign_size;
    const char *comment;
    uint64_t n_rows_estimate; /* for progress only; 0: unknown */
    const char *native_sql;   /* passive: the engine's CREATE TABLE for a replay; NULL: none */
    const char *owner;     /* passenger table: name of the object that it belongs to; else NULL */
    uint32_t native_order; /* place among the tables, keys and objects of its own engine's
                              catalogue, in the order of their creation; 0: unknown */
    uint32_t reserved_;
    uint64_t n_bytes_estimate; /* of its rows where they are stored, about, so that the largest
                                  tables begin first; 0: unknown */
    /* ABI 1 ends here. */
};

/* A sequence that stands on its own, or that is owned by a column. When the owner's column is an
   identity column (pd_column.identity), this is the same counter: PostgreSQL's serial, kept for a
   restore into the same engine, which finds nextval() in pd_column.default_native; other engines
   pass it over. */
struct pd_sequence {
    uint32_t struct_size;
    uint32_t flags; /* PD_SEQUENCE_* */
    const char *schema;
    const char *name;
    uint32_t kind; /* enum pd_kind of its values */
    uint32_t reserved_;
    struct pd_counter counter;
    const char *owner_table;  /* NULL: nobody's */
    const char *owner_column; /* NULL: nobody's */
    const char *comment;
    /* ABI 1 ends here. */
};
enum {
    PD_SEQUENCE_UNREADABLE = 1 << 0 /* as PD_TABLE_UNREADABLE; the counter's state is not known */
};

enum {
    PD_OBJECT_BEFORE_ROWS = 1 << 0, /* created before the tables' rows; else after them */
    PD_OBJECT_PASSIVE = 1 << 1,     /* runs nothing when created or used: replayed without asking */
    /* Who owns what and who may do what: made only when that is asked for, and not missed. */
    PD_OBJECT_ACCESS = 1 << 2,
    PD_OBJECT_BROKEN = 1 << 3 /* the source cannot use it: not missed where it cannot be made */
};

/* An object that only its own engine can have: view, trigger, routine, virtual table ... */
struct pd_object {
    uint32_t struct_size;
    uint32_t flags;     /* PD_OBJECT_* */
    const char *kind;   /* "view", "trigger", "virtual table"; "settings": of the session, for the
                           objects behind it */
    const char *schema; /* NULL: the default one */
    const char *name;
    const char *table;     /* the table that it belongs to, or NULL */
    const char *sql;       /* one statement in the engine's own language, without its semicolon */
    uint32_t native_order; /* see pd_table */
    /* native_order of the object that this one is a part of, or that it says something of: it comes
       and goes with it, and nobody misses it alone; 0: it stands for itself. */
    uint32_t part_of;
    /* What its statement cannot do without, if the source knows: an object whose needs are not met
       is left out. */
    const uint32_t *needs; /* native_order of other objects */
    size_t n_needs;
    const uint32_t *needs_tables; /* numbers in pd_catalog.tables */
    size_t n_needs_tables;
    /* ABI 1 ends here. */
};

/* A fact about the database as a whole that its own engine restores ("user_version" = "7"), or a
   note of what was seen and cannot be carried. */
struct pd_property {
    uint32_t struct_size;
    uint32_t is_note; /* 0, or enum pd_note */
    const char *name;
    const char *value;
    /* The table that a note is about, as it is or would be called in the catalogue, so that who
       leaves that table out is not told. NULL: about the database, or a table that is not known. */
    const char *table;
    const char *table_schema; /* NULL: as of a table that has none */
    /* ABI 1 ends here. */
};
enum pd_note {
    PD_NOTE = 1,
    PD_NOTE_ELSEWHERE = 2 /* its own engine gets it back, so that only others are told */
};

/* Everything in a database but the rows. Lists are in an order that depends on names alone,
   except objects, which stand in the order in which they can be created. */
struct pd_catalog {
    uint32_t struct_size;
    uint32_t flags;
    const char *engine;         /* the name of the plugin that can replay native parts */
    const char *engine_version; /* "3.40.1" */
    const char *application;    /* whose data it is, when somebody said so; else NULL */
    const char *application_version;
    const struct pd_table *tables;
    size_t n_tables;
    size_t table_size;
    const struct pd_sequence *sequences;
    size_t n_sequences;
    size_t sequence_size;
    const struct pd_object *objects;
    size_t n_objects;
    size_t object_size;
    const struct pd_property *properties;
    size_t n_properties;
    size_t property_size;
    /* ABI 1 ends here. */
};

/* ---- Rows -------------------------------------------------------------------------------- */

/* Bounds of a batch: it is handed over when it has reached one of them, so that it is larger by
   less than its last row. It may be smaller. */
enum {
    PD_BATCH_ROWS = 16384,    /* 128 KiB a column of 8 bytes: fits the second-level cache */
    PD_BATCH_FIXED = 524288,  /* all that is not text or bytes, for the same reason; batch.h keeps
                                 it, others need not */
    PD_BATCH_BYTES = 4194304, /* the share of one batch in the default budget of 64 MiB */
    PD_LONG_CELL = 4194304,   /* a cell of more bytes than this may be kept out of line, no other */
    PD_LONG_SLICE = 1048576   /* the most that read_long() is asked for at once */
};

/* A value outside its column's neutral domain. 24 bytes on 64-bit machines; never grows. */
struct pd_outlier {
    uint32_t row; /* in its batch; outliers of a vector are in ascending order */
    uint32_t tag; /* enum pd_tag */
    uint64_t size;
    const uint8_t *bytes;
};

/* A cell that is not in the batch but is fetched by pd_source_ops.read_long. Never grows. */
struct pd_long {
    uint32_t row;
    uint32_t tag;    /* PD_TAG_PLAIN, or TEXT, BYTES or BADTEXT: what the bytes are */
    uint64_t size;   /* bytes */
    uint64_t cookie; /* the source's */
};

/* One column of a batch. A row whose validity bit is 0 is NULL; its place in data is zero (or of
   length 0). A row that is an outlier or long has its bit set and the same zero in data. */
struct pd_vector {
    uint8_t layout; /* enum pd_layout: the kind's, or TAGGED where many rows are outliers */
    uint8_t reserved_[3];
    uint32_t width;          /* FIXED: bytes a row */
    uint32_t n_nulls;        /* */
    uint32_t n_outliers;     /* */
    const uint8_t *validity; /* least significant bit first; NULL: no row is NULL */
    const void *data;        /* values; VAR and TAGGED: bytes */
    const int32_t *offsets;  /* VAR, TAGGED: n_rows + 1, the first is 0 */
    const uint8_t *tags;     /* NUM64, TAGGED: enum pd_tag a row, 0 for NULL */
    const struct pd_outlier *outliers;
    const struct pd_long *longs;
    uint32_t n_longs;
    uint32_t reserved2_;
    /* Grows only with PD_ABI or through pd_batch.vector_size. */
};

/* Rows of one table. It never changes after it was handed over.
   A batch with a long cell has one row, and its source is asked nothing but read_long() for it
   until it was released. */
struct pd_batch {
    uint32_t struct_size;
    uint32_t vector_size; /* from one vector to the next */
    uint32_t n_rows;
    uint32_t n_columns; /* the table's, generated ones included (all NULL, never read, but for those
                           that compute() was called for) */
    const struct pd_vector *vectors;
    uint64_t n_bytes; /* of memory that the batch holds, for the budget */
    /* Never NULL. Called once, from any thread, by whoever got the batch last; frees its memory. */
    void (*release)(const struct pd_batch *batch);
    void *owner; /* the maker's */
    /* ABI 1 ends here. */
};

enum pd_order { PD_ORDER_SOURCE = 0, PD_ORDER_KEY = 1 };

/* Part of a table: rows whose axis value (see pd_extent) is in low <= value < high. */
struct pd_range {
    uint32_t struct_size;
    uint32_t flags; /* PD_RANGE_* */
    int64_t low;
    int64_t high;
    /* ABI 1 ends here. */
};
enum {
    PD_RANGE_LOW = 1 << 0,
    PD_RANGE_HIGH = 1 << 1 /* the bound counts; else that end is open */
};

struct pd_scan {
    uint32_t struct_size;
    uint32_t table;   /* its number in the catalogue that this source (or its origin) handed out */
    uint32_t order;   /* enum pd_order; KEY only for tables that have PD_TABLE_KEY_ORDER */
    uint32_t n_parts; /* sink: parts of the table, 0: not known before seal(); source: ignored */
    struct pd_range range;
    const char *where; /* a condition in the engine's own language, or NULL */
    /* ABI 1 ends here. */
};

enum pd_extent_flag {
    PD_EXTENT_UNCOUNTED = 1 << 0, /* set by the core: so is n_rows, and need not be counted */
    /* Set by the core: to count the rows would be to read them twice. n_rows may be rough, as long
       as the same rows give the same number, if facts() tells of each range, at PD_FACTS_COUNT and
       right after its last row was read, how many rows the engine says to have handed out. */
    PD_EXTENT_ROUGH_WILL_DO = 1 << 1,
    PD_EXTENT_IS_ROUGH = 1 << 2 /* set by the source: n_rows is */
};

/* How a table can be cut in ranges. The core cuts; the same table must give the same extent
   whatever the number of readers. */
struct pd_extent {
    uint32_t struct_size;
    uint32_t order;    /* set by the core: the enum pd_order that scans will ask for */
    uint32_t has_axis; /* low and high count: the axis is an int64 that rises with that order */
    uint32_t flags;    /* PD_EXTENT_* */
    uint64_t n_rows;   /* by the engine's count; exact, unless PD_EXTENT_IS_ROUGH */
    int64_t low;       /* smallest value on the axis */
    int64_t high;      /* largest */
    uint64_t n_whole;  /* set by the core: with fewer rows than that the table is not cut, and a
                          rough  n_rows may be 0 */
    /* ABI 1 ends here. */
};

/* What the core saw in a column's values. Numbers count cells of the whole table. */
struct pd_profile {
    uint32_t struct_size;
    uint32_t flags; /* PD_PROFILE_* */
    uint64_t n_nulls;
    uint64_t n_ints;     /* integers, of any width; also plain values of integer kinds */
    uint64_t n_reals;    /* floats */
    uint64_t n_texts;    /* text */
    uint64_t n_blobs;    /* bytes */
    uint64_t n_plain;    /* plain values of every other kind */
    uint64_t n_outliers; /* tags other than plain, or than the domain of any and number */
    int64_t min_int;     /* when n_ints; uint64 above 2^63-1 saturates */
    int64_t max_int;
    double min_real; /* of finite ones, when there are any */
    double max_real;
    uint64_t max_size;   /* bytes of the longest text, bytes or canonical text */
    uint64_t max_chars;  /* characters of the longest text */
    uint32_t max_digits; /* decimal: digits before the point */
    uint32_t max_scale;  /* decimal: digits after the point; float: digits after the point of the
                            shortest decimal that reads back equal, when PD_PROFILE_SCALE */
    int64_t min_time;    /* date, time, timestamp: the layout's number */
    int64_t max_time;
    /* ABI 1 ends here. */
};

/* Profile flags: X(name, bit, name in archives). */
#define PD_PROFILE_TABLE(X)                                                                        \
    X(NUL, 0, "nul")           /* text with U+0000 */                                              \
    X(BAD_TEXT, 1, "bad-text") /* text that is not valid UTF-8 */                                  \
    X(NON_BMP, 2, "non-bmp")   /* a character of 4 bytes */                                        \
    X(TRAILING_BLANK, 3, "trailing-blank")                                                         \
    X(NAN, 4, "nan")                                                                               \
    X(INFINITE, 5, "infinite")                                                                     \
    X(NEGATIVE_ZERO, 6, "negative-zero")                                                           \
    X(MIXED_SCALE, 7, "mixed-scale") /* decimals of different scales */                            \
    X(SCALE, 8, "scale")             /* max_scale of floats counts */                              \
    X(ZERO_DATE, 9, "zero-date")                                                                   \
    X(PARTIAL_DATE, 10, "partial-date")                                                            \
    X(BEFORE_CHRIST, 11, "bc")                                                                     \
    X(FAR_DATE, 12, "far-date") /* a year above 9999 */                                            \
    X(NEGATIVE_TIME, 13, "negative-time")                                                          \
    X(BEYOND_DAY, 14, "beyond-day")                                                                \
    X(ONLY_01, 15, "only-01")       /* every integer is 0 or 1 */                                  \
    X(DATES, 16, "dates")           /* every text is YYYY-MM-DD and a date */                      \
    X(TIMESTAMPS, 17, "timestamps") /* every text is a canonical timestamp */                      \
    X(JSON_DEEP, 18, "json-deep")                                                                  \
    X(JSON_SURROGATE, 19, "json-surrogate")                                                        \
    X(FINITE, 20, "finite")     /* min_real and max_real count */                                  \
    X(PROMISED, 21, "promised") /* every text is a value of pd_column.hint: uuid, time, json */    \
    X(ODD_UUID, 22, "odd-uuid") /* a uuid of no version 1 to 7 of RFC 9562 */                      \
    X(JSON_LOOSE, 23, "json-loose") /* JSON of the source that is none by RFC 8259 */              \
    X(OTHER_TEXT, 24, "other-text") /* not valid, but its bytes are other text in UTF-8 */         \
    X(EXACT_MAX, 25, "exact-max")   /* uint64: max_int is 2^63-1 since the largest value is */
#define PD_PROFILE_MEMBER_(name, bit, text) PD_PROFILE_##name = 1 << bit,
enum pd_profile_flag { PD_PROFILE_TABLE(PD_PROFILE_MEMBER_) PD_PROFILE_NOTHING_ = 0 };
#undef PD_PROFILE_MEMBER_

/* Facts that an engine computes about its own rows, and the core about the stream.
   X(name, number, name in archives, meaning). A fact of a column counts the cells of one class
   only, so that it means the same in a typed and in an untyped engine. Values are exact integers
   of 128 bits unless said otherwise. ROWS is due, all others as far as the engine can compute them;
   but a count that is left out where its engine gives others of that column (NULLS, INTS, REALS,
   TEXTS, BLOBS) says 0, so that whoever gives one of these gives all that are not 0. */
#define PD_FACT_TABLE(X)                                                                           \
    X(ROWS, 1, "rows", "rows of the table (column PD_NO_COLUMN)")                                  \
    X(NULLS, 2, "nulls", "NULL cells")                                                             \
    X(INTS, 3, "ints", "integer cells")                                                            \
    X(REALS, 4, "reals", "float cells, NaN included")                                              \
    X(TEXTS, 5, "texts", "text cells; those that are not valid UTF-8 count too")                   \
    X(BLOBS, 6, "blobs", "cells of bytes")                                                         \
    X(INT_SUM, 7, "int-sum", "exact sum of integers")                                              \
    X(INT_MIN, 8, "int-min", "smallest integer")                                                   \
    X(INT_MAX, 9, "int-max", "largest integer")                                                    \
    X(REAL_MIN, 10, "real-min", "smallest float that is not NaN; the bits of a double")            \
    X(REAL_MAX, 11, "real-max", "largest float that is not NaN; the bits of a double")             \
    X(REAL_NANS, 12, "real-nans", "NaN")                                                           \
    X(REAL_NEGATIVES, 13, "real-negatives", "floats below zero")                                   \
    X(REAL_CHECK, 14, "real-check",                                                                \
      "sum over finite floats x, |x| < 2^62, of i % 2147483647 + f % 2147483647 where i is x cut " \
      "to an integer, f is (x - i) * 2^52 cut to an integer, and % keeps the sign of its left "    \
      "side")                                                                                      \
    X(OCTETS, 15, "octets", "bytes of all text and bytes cells, as stored in UTF-8")               \
    X(DECIMAL_SUM, 16, "decimal-sum", "exact sum of decimals, as canonical text")                  \
    X(DECIMAL_MIN, 17, "decimal-min", "canonical text")                                            \
    X(DECIMAL_MAX, 18, "decimal-max", "canonical text")                                            \
    X(TIME_MIN, 19, "time-min", "smallest date, time or timestamp: the layout's number")           \
    X(TIME_MAX, 20, "time-max", "largest")                                                         \
    X(TRUES, 21, "trues", "true cells of a bool")                                                  \
    X(LABEL_CHECK, 22, "label-check",                                                              \
      "sum over the text cells of an enum, and over the labels in those of a set, of the CRC-32 "  \
      "(of zlib) of their UTF-8; compared where both sides have it")
#define PD_FACT_MEMBER_(name, number, text, meaning) PD_FACT_##name = number,
enum pd_fact_id { PD_FACT_TABLE(PD_FACT_MEMBER_) PD_FACT_COUNT_ = 23 };
#undef PD_FACT_MEMBER_
#define PD_NO_COLUMN UINT32_MAX

enum pd_fact_level { PD_FACTS_COUNT = 1 /* rows only */, PD_FACTS_ENGINE = 2 /* all columns */ };

struct pd_fact {
    uint32_t column; /* number in the table, or PD_NO_COLUMN */
    uint32_t id;     /* enum pd_fact_id */
    int64_t high;    /* the value: high * 2^64 + low */
    uint64_t low;
    const char *text; /* for facts whose value is text, else NULL */
    /* Never grows. */
};

/* How the core counted what went through: for the ledger and for proofs. */
struct pd_stats {
    uint32_t struct_size;
    uint32_t reserved_;
    uint64_t n_rows;
    uint64_t digest_high; /* of the rows, see doc/format-values.md "Digest" */
    uint64_t digest_low;
    const struct pd_profile *profiles; /* one a column */
    size_t profile_size;
    const struct pd_fact *facts; /* of the stream; columns ascending, then ids */
    size_t n_facts;
    /* ABI 1 ends here. */
};

/* Rows of a batch that the sink refused; given to write() by the core. */
struct pd_rejects {
    uint32_t struct_size;
    uint32_t reserved_;
    /* cause: enum pd_cause. PD_CAUSE_MISSING: a foreign key points to a row that is not there, and
       the row may get in when it is; everything else is for good. code: the engine's own error
       code; constraint: what refused it, as the engine names it; both may be NULL. The strings are
       borrowed. */
    void (*add)(struct pd_rejects *rejects, uint32_t row, int cause, const char *code,
                const char *constraint, const char *text);
    /* ABI 1 ends here. */
};

/* ---- Services of the core ----------------------------------------------------------------- */

enum pd_log_level { PD_LOG_ERROR = 1, PD_LOG_WARNING = 2, PD_LOG_INFO = 3, PD_LOG_DEBUG = 4 };

/* The columns that an expression names, for what depends on their types. */
struct pd_operands {
    uint32_t struct_size;
    uint32_t column; /* the number of that whose value it is; PD_NO_COLUMN: it is a condition */
    const struct pd_table *table;
    /* The enum pd_kind of a column where the expression is to be computed. NULL: that of the table.
     */
    int (*kind_of)(const void *arg, size_t column);
    const void *arg; /* borrowed, for kind_of and type_of */
    /* Its type there, borrowed, of the same kind: how many digits a decimal has. NULL: that of the
       table, where the kind is the same. */
    const struct pd_type *(*type_of)(const void *arg, size_t column);
    /* ABI 1 ends here. */
};

/* What a portable expression does with the values of its columns on which engines differ
   (doc/expressions.md, "What an expression uses"). */
enum {
    PD_USES_TEXT_ORDER = 1 << 0,  /* orders text, which is done by its bytes */
    PD_USES_COLLATION = 1 << 1,   /* compares text of a column with a collation of its own */
    PD_USES_BARE_TEXT = 1 << 2,   /* compares text that comes from no column */
    PD_USES_LABEL_ORDER = 1 << 3, /* orders labels of an enum */
    PD_USES_FRACTIONS = 1 << 4,   /* gives another value with exact decimals than with doubles */
    PD_USES_SINGLES = 1 << 5,     /* computes with nothing but float32 */
    PD_USES_MIXED = 1 << 6,       /* compares or mixes values of several types */
    PD_USES_TRUTHS = 1 << 7,      /* takes a truth for a number, or a number for a truth */
    PD_USES_CONVERSION = 1 << 8,  /* what comes out is of another type than its column */
    PD_USES_LENGTH = 1 << 9,      /* counts characters, of text that might hold U+0000 */
    PD_USES_BLANKS = 1 << 10,     /* compares text of a fixed length with blanks at an end */
    PD_USES_DIGITS = 1 << 11      /* computes decimals of more digits than an engine may keep */
};

/* How an engine spells the portable grammar (doc/expressions.md), for expr_read and expr_write.
   Every string may be NULL: the default of standard SQL. */
struct pd_dialect {
    uint32_t struct_size;
    uint32_t flags;           /* PD_DIALECT_* */
    const char *name_quotes;  /* pairs that may surround a name when read: "\"\"``[]" */
    const char *write_quotes; /* the pair used when written: "\"\"" */
    const char *char_length;  /* names of the function, the first one is written: "length" */
    /* The name of a collation that compares bytes, without quotes: read behind an operand of a
       comparison, and written behind one where text is ordered. NULL: the engine does so anyway. */
    const char *collate;
    const struct pd_operands
        *operands; /* needed by collate and BY_LANGUAGE; borrowed, may be NULL */
    /* ABI 1 ends here. */
};
enum {
    PD_DIALECT_BACKSLASH = 1 << 0,    /* \ is an escape in strings */
    PD_DIALECT_NAMES_FOLD = 1 << 1,   /* names are compared without ASCII case */
    PD_DIALECT_ANY_ARRAY = 1 << 2,    /* read: = ANY (ARRAY[...]) and ::casts, as PostgreSQL */
    PD_DIALECT_INT_DIVISION = 1 << 3, /* reserved for plugins of such engines */
    PD_DIALECT_BY_LANGUAGE = 1 << 4   /* read: text of columns without a collation is not ordered by
                                         its bytes; where that is not said (collate) it is refused */
};

/* What the core lends to a plugin. It lives as long as the program. */
struct pd_host {
    uint32_t struct_size;
    uint32_t abi; /* the PD_ABI of the core */

    /* Fill err (may be NULL) and return status: return host->fail(err, PD_FAILED, ...). The text
       is one line, lower case, without a full stop: object, what was found, what to do. */
    pd_status (*fail)(struct pd_error *err, pd_status status, int cause, const char *fmt, ...)
        PD_PRINTF(4, 5);
    /* Add a key and value for scripts: "sqlstate" = "42P01". Keeps eight, cuts at 128 bytes. */
    void (*detail)(struct pd_error *err, const char *key, const char *value);
    void (*log)(const struct pd_host *host, int level, const char *fmt, ...) PD_PRINTF(3, 4);

    /* Memory of handles and catalogues. NULL when it is short. What is left after the last
       close() is reported as a leak. resize(NULL) allocates; release(NULL) is nothing. */
    void *(*alloc)(const struct pd_host *host, size_t size);
    void *(*resize)(const struct pd_host *host, void *ptr, size_t size);
    void (*release)(const struct pd_host *host, void *ptr);

    /* Memory of one batch, out of the run's byte budget. batch_begin() waits until there is room;
       one batch a worker is always granted. NULL: memory is short, or the run was cancelled.
       batch_alloc() gives memory aligned to 64 and not cleared, counts it, and does not wait;
       NULL: it is short.
       batch_end() gives all of it back, from any thread. */
    struct pd_memory *(*batch_begin)(const struct pd_host *host);
    void *(*batch_alloc)(struct pd_memory *memory, size_t size);
    void (*batch_end)(struct pd_memory *memory);

    /* The value of an option of this end as text, its fallback when the user gave none; NULL when
       it has neither. Flags: "1" or "0". Sizes and integers: decimal digits. */
    const char *(*option)(const struct pd_options *options, const char *name);
    /* Non-zero when the run shall end soon: return PD_FATAL with PD_CAUSE_CANCELLED. Ask it at
       least once a batch and in every wait. */
    int (*cancelled)(const struct pd_host *host);

    /* Translate an expression of an engine into the portable grammar. *ret_text is to be given
       to release(). PD_UNSUPPORTED: it cannot be said there; err may be NULL. */
    pd_status (*expr_read)(const struct pd_host *host, const struct pd_dialect *dialect,
                           const char *sql, char **ret_text, struct pd_error *err);
    /* The way back. */
    pd_status (*expr_write)(const struct pd_host *host, const struct pd_dialect *dialect,
                            const char *text, char **ret_sql, struct pd_error *err);

    /* For sinks that write a local file: a new file beside path, empty and with mode 0600, which
       later runs recognise as stale (its name is to be given to release()); and the one way to
       put it in place: sync the file, rename it over path, sync the folder. With replace false an
       existing path is an error. */
    pd_status (*file_partial)(const struct pd_host *host, const char *path, char **ret_partial,
                              struct pd_error *err);
    pd_status (*file_publish)(const struct pd_host *host, const char *partial, const char *path,
                              int replace, struct pd_error *err);

    /* For a plugin that wraps another (fault): find the plugin of a URL, with the options of the
       wrapper's own end. *ret_end is to be given back to unresolve(). */
    pd_status (*resolve)(const struct pd_host *host, const char *url,
                         const struct pd_options *options, const struct pd_plugin **ret_plugin,
                         const struct pd_endpoint **ret_end, struct pd_error *err);
    void (*unresolve)(const struct pd_host *host, const struct pd_endpoint *end);

    /* Canonical text of a double: the shortest decimal that reads back equal, "NaN", "Infinity",
       "-Infinity", "-0.0"; never without a point, an exponent or a letter, so that it cannot be
       taken for an integer. buffer has room for 32 bytes; the length is returned. */
    size_t (*real_text)(double value, char *buffer);

    /* Canonical text (doc/types.md) of a plain value that is not in bytes as long as they are:
       numbers, dates, times, uuid, decimals of up to 38 digits. buffer has room for 96 bytes; the
       length is returned, 0: the value has no such text. */
    size_t (*value_text)(const struct pd_type *type, const struct pd_value *value, char *buffer);
    /* The way back, for the same and for all kinds whose values are text. *ret_value borrows text,
       or has what it needs in bytes[16]. Not for binary, geometry and any. PD_FAILED: it is no
       value of the type. */
    pd_status (*value_read)(const struct pd_type *type, const char *text, size_t size,
                            struct pd_value *ret_value, uint8_t *bytes, struct pd_error *err);

    /* What portable text does with the values of its columns: PD_USES_*. PD_FAILED: it is not
       canonical. */
    pd_status (*expr_uses)(const struct pd_host *host, const struct pd_operands *operands,
                           const char *text, uint32_t *ret_uses, struct pd_error *err);

    /* file_partial() for sinks whose databases are folders: a new one beside path, empty and with
       mode 0700. file_publish() puts it in place, too, after all files below it are synced. A
       plugin that gives up removes it with all that it has put there; what is left when the
       program ends goes then. */
    pd_status (*folder_partial)(const struct pd_host *host, const char *path, char **ret_partial,
                                struct pd_error *err);

    /* What a row gets from the literal default of a column, as write() would be given that value by
       a mapping with this `as` (kind PD_KIND_NONE: of the column's own type) and these flags
       (PD_MAPPING_TAGGED counts). *ret_tag (enum pd_tag) PLAIN, INT, REAL: canonical text; TEXT,
       BYTES, and PLAIN of binary and geometry: what it is; else its spelling (doc/types.md,
       "Outliers"). *ret_text ends in a NUL that *ret_size does not count, and is to be given to
       release(). PD_UNSUPPORTED: there is no literal, or it is no value of such a column, or not
       the same one. */
    pd_status (*default_value)(const struct pd_host *host, const struct pd_column *column,
                               const struct pd_type *as, uint32_t flags, int *ret_tag,
                               char **ret_text, size_t *ret_size, struct pd_error *err);
    /* ABI 1 ends here. */
};

/* ---- The three things that a plugin can be ------------------------------------------------ */

/* One end of the pipe as the user named it. */
struct pd_endpoint {
    uint32_t struct_size;
    /* The most handles on it that will be open at once, twins included, for whoever has to get them
       ready beforehand; fewer may come. 0: not known. */
    uint32_t n_handles;
    const char *url;      /* as given; a plain path when the user gave one */
    const char *scheme;   /* "sqlite" */
    const char *location; /* what follows "scheme:", percent-decoded only when it was a URL with
                             "//"; for a file the path as it stands */
    const struct pd_options *options;
    /* ABI 1 ends here. */
};

/* Something to read tables from: a database, or an archive. */
struct pd_source_ops {
    uint32_t struct_size;

    /* Opens one consistent snapshot: everything is read as of this moment. */
    pd_status (*open)(const struct pd_host *host, const struct pd_endpoint *end,
                      struct pd_source **ret_source, struct pd_error *err);
    /* The catalogue stays valid until close(). */
    pd_status (*catalog)(struct pd_source *source, const struct pd_catalog **ret_catalog,
                         struct pd_error *err);
    /* Begins to read a table, or a part of it. What was begun before is dropped. */
    pd_status (*start)(struct pd_source *source, const struct pd_scan *scan, struct pd_error *err);
    /* The next batch, never empty and now the caller's; then PD_DONE. */
    pd_status (*read)(struct pd_source *source, const struct pd_batch **ret_batch,
                      struct pd_error *err);
    void (*close)(struct pd_source *source); /* NULL is fine */

    /* Optional. A handle on the same snapshot for another thread; it is closed before the one it
       came from. PD_UNSUPPORTED or NULL: read by one thread. */
    pd_status (*share)(struct pd_source *source, struct pd_source **ret_twin, struct pd_error *err);
    /* Optional. NULL: the table is read in one piece and its rows are not counted beforehand. */
    pd_status (*extent)(struct pd_source *source, uint32_t table, struct pd_extent *extent,
                        struct pd_error *err);
    /* Optional. Facts by the engine's own means, not by reading the rows, about the rows of
       scan->table in scan->range (no other member counts). NULL: there are none. */
    pd_status (*facts)(struct pd_source *source, const struct pd_scan *scan, int level,
                       const struct pd_fact **ret_facts, size_t *ret_n_facts, struct pd_error *err);
    /* Optional. size bytes of a long cell from offset on: fewer only where the cell ends, which the
       core knows from its size; what is not filled would be taken as it is, so a source that cannot
       fill it fails. Offsets may come in any order, and more than once. NULL: batches of this
       source have no long cells. */
    pd_status (*read_long)(struct pd_source *source, const struct pd_long *cell, uint64_t offset,
                           void *buffer, size_t size, struct pd_error *err);
    /* Optional. After the last row: is the catalogue still what it was? PD_FAILED with
       PD_CAUSE_CHANGED if not. NULL: the snapshot cannot be changed. */
    pd_status (*recheck)(struct pd_source *source, struct pd_error *err);
    /* Optional. What was counted when the rows of a table were written: of an archive, whose rows
       must give the same again. Valid until close(). PD_UNSUPPORTED or NULL: not known (yet). */
    pd_status (*stats)(struct pd_source *source, uint32_t table, const struct pd_stats **ret_stats,
                       struct pd_error *err);
    /* Optional, before the first start(). The value that a query in the engine's own language gives
       in the snapshot, as a string of less than size bytes. PD_FAILED: it does not give one row of
       one column, or NULL. PD_UNSUPPORTED or NULL: there is nothing to be asked (archives). */
    pd_status (*ask)(struct pd_source *source, const char *sql, char *buffer, size_t size,
                     struct pd_error *err);
    /* Optional, while no rows are read. From now on batches and facts have the values of this
       generated column, as if it were a plain one, on this handle and on its twins; what catalog()
       says stays. For targets that cannot compute it: see PD_MAPPING_UNCOMPUTED. PD_UNSUPPORTED or
       NULL: they are not to be had (archives). */
    pd_status (*compute)(struct pd_source *source, uint32_t table, uint32_t column,
                         struct pd_error *err);
    /* Optional, before the first start(). Which database it is, as a string of less than size bytes
       that the sink of this plugin says of the same database and of no other: the core refuses to
       read and write one at once. PD_UNSUPPORTED or NULL: not known. */
    pd_status (*identity)(struct pd_source *source, char *buffer, size_t size,
                          struct pd_error *err);
    /* ABI 1 ends here. */
};

/* The rungs of the mapping ladder. */
enum pd_rung {
    PD_RUNG_NATIVE = 0,   /* the target's type holds the whole domain */
    PD_RUNG_PROFILED = 1, /* it holds every value that is there */
    PD_RUNG_CARRIER = 2,  /* canonical text or bytes, lossless */
    PD_RUNG_REFUSED = 3
};

/* How a column of the source is stored in the target. Never grows, since mappings stand in one
   array. */
struct pd_mapping {
    uint32_t rung;      /* enum pd_rung */
    uint32_t flags;     /* PD_MAPPING_* */
    const char *native; /* the type as the target spells it */
    const char *reason; /* why not native, one clause; NULL: native */
    const char *option; /* the option that would change it: "misfit=carrier"; NULL: none */
    /* What write() is given: the core converts each value before (doc/types.md, "Conversions"), and
       one that cannot be converted without loss ends the run or rejects its row. Kind
       PD_KIND_NONE: values as the column's own type has them, outliers and all. */
    struct pd_type as;
};
enum {
    /* The column's profile was not known; with it, the answer may be another. */
    PD_MAPPING_GUESS = 1 << 0,
    /* `as` is text that tells storage classes apart: "i:1", "r:1.5", "t:abc", "x:00ff". For columns
       of kind any, and for those with outliers of the tags INT, REAL, TEXT, BYTES; but not for
       columns of numbers whose only outliers are texts (plain text), nor for text that is not valid
       UTF-8 alone (binary): a restore under the first types (--like) takes these as they are. */
    PD_MAPPING_TAGGED = 1 << 1,
    /* The target has the column already, and `as` is what it holds: the core gives values the form
       that means the same there (doc/types.md, "Into columns that are there"), not one that comes
       back as it was. Not together with PD_MAPPING_TAGGED. */
    PD_MAPPING_PRESENT = 1 << 2,
    /* Of a generated column that would be left out, since the target cannot compute it, and could
       be made as a plain one. If its values can be had, map() is asked again with a catalogue in
       which it is not generated. */
    PD_MAPPING_UNCOMPUTED = 1 << 3,
    /* With PD_MAPPING_PRESENT: the column takes no NULL, whatever its default. The core refuses one
       as it does a value that does not fit. */
    PD_MAPPING_NOT_NULL = 1 << 4
};

/* What a column that is there (PD_MAPPING_PRESENT) lacks of what the kind of its `as` has. The core
   refuses such values, in a plan as in a run; what no member can say is left to write(). */
struct pd_limits {
    uint32_t struct_size;
    uint32_t lacks;    /* PD_LACKS_* */
    int64_t low, high; /* date: days, time, timestamp, timestamptz: microseconds, as in vectors,
                          from low to high; both 0: no bounds */
    /* What lies between them, one clause: "the column holds the years 0 to 9999". */
    const char *bounds;
    uint64_t n_bytes; /* text in UTF-8, and bytes: the most a value may have; 0: no bound */
    /* ABI 1 ends here. */
};
enum {
    /* Bits 0 to 15, 1 << PD_TAG_*: outliers of this tag. NAN, POS_INF and NEG_INF are those of
       floats, too. */
    PD_LACKS_NAN = 1 << PD_TAG_NAN,
    PD_LACKS_INFINITY = 1 << PD_TAG_POS_INF | 1 << PD_TAG_NEG_INF,
    PD_LACKS_DAYS = 1 << PD_TAG_YMD,    /* that no calendar has */
    PD_LACKS_FAR = 1 << PD_TAG_FAR,     /* dates beyond the layout */
    PD_LACKS_ERROR = 1 << PD_TAG_ENUM0, /* the error value of an enum */
    PD_LACKS_BADTEXT = 1 << PD_TAG_BADTEXT,
    PD_LACKS_NEGATIVE_ZERO = 1 << 16, /* of floats */
    PD_LACKS_NUL = 1 << 17,           /* U+0000 in text */
    PD_LACKS_NON_BMP = 1 << 18        /* characters beyond U+FFFF */
};

/* Where a table of the source stands in the target. */
struct pd_placed {
    uint32_t struct_size;
    uint32_t reserved_;
    const char *schema; /* as the target's own source names it in a catalogue; NULL: the default */
    const char *name;
    const char *const *columns; /* their names there, one a column of the source's table, NULL for
                                   one that has no column there; the array NULL: all as they were */
    uint32_t flags;             /* PD_PLACED_*; to be set only where struct_size reaches it */
    uint32_t reserved2_;
    /* ABI 1 ends here. */
};
enum {
    /* Triggers that the target had already were let fire, and may have changed rows of this table:
       where its engine's facts differ from those of the rows that were written, this is told, and
       does not end the run. */
    PD_PLACED_TRIGGERED = 1 << 0
};

/* Parts of a schema: X(name, number, as in "index 'i' of table 't'"). */
#define PD_PART_TABLE(X)                                                                           \
    X(TABLE, 1, "table")         /* number: unused */                                              \
    X(TYPE, 2, "type of column") /* number: of the column, here and in the next five */            \
    X(DEFAULT, 3, "default of column")                                                             \
    X(GENERATED, 4, "expression of column")                                                        \
    X(IDENTITY, 5, "counter of column")                                                            \
    X(COLLATION, 6, "collation of column")                                                         \
    X(NOT_NULL, 7, "not null of column")                                                           \
    X(KEY, 8, "key")              /* number: in pd_table.keys */                                   \
    X(CHECK, 9, "check")          /* in pd_table.checks */                                         \
    X(FOREIGN, 10, "foreign key") /* in pd_table.foreigns */                                       \
    X(COMMENT, 11, "comment")     /* of the column; PD_NO_COLUMN: of the table */                  \
    X(NAME, 12, "name of column") /* of the column; PD_NO_COLUMN: of the table */                  \
    X(SEQUENCE, 13, "sequence")   /* in pd_catalog.sequences; table PD_NO_TABLE */                 \
    X(OBJECT, 14, "object")       /* in pd_catalog.objects; table PD_NO_TABLE */                   \
    X(PROPERTY, 15, "property")   /* in pd_catalog.properties; table PD_NO_TABLE */
#define PD_PART_MEMBER_(name, number, text) PD_PART_##name = number,
enum pd_part { PD_PART_TABLE(PD_PART_MEMBER_) PD_PART_COUNT_ = 16 };
#undef PD_PART_MEMBER_
#define PD_NO_TABLE UINT32_MAX

/* Something that a sink did not carry, or not as it was. */
struct pd_left_out {
    uint32_t struct_size;
    uint32_t part;    /* enum pd_part; 0: it is about a statement */
    uint32_t table;   /* number in pd_load.catalog, or PD_NO_TABLE */
    uint32_t number;  /* see enum pd_part */
    const char *text; /* the whole line: "index 'i' of table 't': why, and what to do" */
    uint32_t flags;   /* PD_LEFT_OUT_* */
    uint32_t reserved_;
    /* ABI 1 ends here. */
};
enum {
    /* PD_LOAD_NATIVE would have made it: whoever said --no-native has asked for this. */
    PD_LEFT_OUT_NATIVE = 1 << 0,
    /* Of a check or a foreign key: rows that were written break it. The text says how many, and
       which is the first. */
    PD_LEFT_OUT_BROKEN = 1 << 1
};

/* What became of the rows of a table that write() took and did not reject: added + updated +
   skipped of them. */
struct pd_outcome {
    uint32_t struct_size;
    uint32_t reserved_;
    uint64_t n_added;
    uint64_t n_updated; /* a row with their key was there, and has their values now */
    uint64_t n_skipped; /* a row with their key was there, and is as it was */
    /* ABI 1 ends here. */
};

/* What a sink is told before the first table is made. */
struct pd_load {
    uint32_t struct_size;
    uint32_t flags;                   /* PD_LOAD_* */
    const struct pd_catalog *catalog; /* tables to be made, those that are wanted; it stays valid
                                         until close() */
    /* One a table of the catalogue, and valid as long; an element's profiles is NULL where nothing
       is known. */
    const struct pd_stats *stats;
    size_t stats_size;
    /* SQL of migrations for this engine, in the order in which execute() will be given it. What can
       be seen to be refused then is refused by prepare(), and by map() for a plan. NULL: none. */
    const struct pd_statement *statements;
    size_t n_statements;
    size_t statement_size; /* from one statement to the next */
    /* One a table of the catalogue; not 0: the rows that it has in the target are deleted before
       the first one is written, in the same transaction, whatever --into says of rows that are
       there. Nothing that stays refers to them. It lasts as the catalogue does. NULL: of no table.
     */
    const uint8_t *emptied;
    /* ABI 1 ends here. */
};
enum {
    PD_LOAD_NATIVE = 1 << 0,      /* create active objects too */
    PD_LOAD_SAME_ENGINE = 1 << 1, /* catalog->engine is this plugin's: replay native SQL */
    PD_LOAD_SCHEMA_ONLY = 1 << 2, /* */
    PD_LOAD_DATA_ONLY = 1 << 3,   /* the tables are there */
    /* Nothing will be written: map() also refuses what prepare() would refuse of these tables. */
    PD_LOAD_PLAN = 1 << 4,
    /* The run goes on without rows that are refused. Where rows go into tables that are there,
       write() looks at their foreign keys, which are put off until the end otherwise. Tables may
       come in any order. */
    PD_LOAD_REJECTS = 1 << 5
};

/* Which tables of a load the target has already, by their names. */
struct pd_found {
    uint32_t struct_size;
    uint32_t n_found; /* tables that are there */
    uint32_t missing; /* number of the first one that is not there, PD_NO_TABLE: there is none */
    uint32_t filled;  /* number of the first one that has rows, PD_NO_TABLE: there is none */
    /* ABI 1 ends here. */
};
/* What pd_sink_ops.together() is called for. */
enum pd_together { PD_TOGETHER_BEGIN = 1, PD_TOGETHER_END = 2, PD_TOGETHER_UNDO = 3 };

/* Something to write tables to: a database, or an archive. Calls come in the order
   open, prepare, (start, write..., end)..., (seal)..., complete, finish, close; those in
   parentheses on twins too. */
struct pd_sink_ops {
    uint32_t struct_size;

    /* Must not change anything that was there before; that is begun by prepare(). */
    pd_status (*open)(const struct pd_host *host, const struct pd_endpoint *end,
                      struct pd_sink **ret_sink, struct pd_error *err);
    /* Makes the tables; refuses what the target cannot hold, before anything is written. */
    pd_status (*prepare)(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err);
    /* Begins a table or the next part of it. Only scan->table, its number in the catalogue given to
       prepare(), n_parts and range count; part is the number of the range, 0 first. */
    pd_status (*start)(struct pd_sink *sink, const struct pd_scan *scan, uint32_t part,
                       struct pd_error *err);
    /* Writes the rows of a batch, which stays the caller's. source is what its long cells are read
       from. PD_OK: all rows are in but those given to rejects. PD_FAILED with
       rejects->add never called: the batch was refused whole and nothing of it is in. */
    pd_status (*write)(struct pd_sink *sink, const struct pd_batch *batch,
                       const struct pd_source_ops *long_ops, struct pd_source *long_source,
                       struct pd_rejects *rejects, struct pd_error *err);
    /* The rows of this part were all written. */
    pd_status (*end)(struct pd_sink *sink, struct pd_error *err);
    /* After all rows, once: indexes, constraints, counters, native objects. */
    pd_status (*complete)(struct pd_sink *sink, struct pd_error *err);
    /* PD_OK: all that was written is durable and in its place. */
    pd_status (*finish)(struct pd_sink *sink, struct pd_error *err);
    /* Without finish() it leaves the target as it was before open(). NULL is fine. */
    void (*close)(struct pd_sink *sink);

    /* Optional. A handle for another thread; it is closed before the one it came from.
       PD_UNSUPPORTED or NULL: one thread writes, and gets tables and their parts in ascending
       order (but see PD_LOAD_REJECTS). */
    pd_status (*share)(struct pd_sink *sink, struct pd_sink **ret_twin, struct pd_error *err);
    /* Optional. All parts of a table are in: what the core counted. Called on the handle, twin or
       not, that ended the last part. NULL: not wanted. */
    pd_status (*seal)(struct pd_sink *sink, uint32_t table, const struct pd_stats *stats,
                      struct pd_error *err);
    /* Optional. How every column would be stored: one mapping a column, table after table as in
       load->catalog. It changes nothing, and is asked before prepare(), with the same load except
       that a profile may become known; what it answered last holds. Columns that are joined by
       foreign keys get types that can be joined. PD_UNSUPPORTED or NULL: everything is native here
       (archives). */
    pd_status (*map)(struct pd_sink *sink, const struct pd_load *load,
                     const struct pd_mapping **ret_mappings, struct pd_error *err);
    /* Optional. After complete(), before finish(): what was written, to be read back for the
       verification through pd_plugin.source; closed with its close() before finish().
       PD_UNSUPPORTED or NULL: what was written cannot be read before it is in place. */
    pd_status (*review)(struct pd_sink *sink, struct pd_source **ret_source, struct pd_error *err);
    /* Optional. What prepare() and complete() could not carry, the n-th; NULL when there are no
       more, of a million at most. In a plan (PD_LOAD_PLAN) neither is called, and map() notes what
       prepare() would. Objects of another engine are told by the core, and properties need not be.
     */
    const struct pd_left_out *(*left_out)(struct pd_sink *sink, size_t n);
    /* Optional, after prepare(). Where a table stands in the target. NULL: all have the schema,
       name and columns of the source. PD_UNSUPPORTED: this one has no place there. */
    pd_status (*placed)(struct pd_sink *sink, uint32_t table, struct pd_placed *placed,
                        struct pd_error *err);
    /* Optional, from any thread, between review() and finish(). How many statements the sink has at
       work by itself at this moment: the core reads fewer tables back at once meanwhile, so that
       both together keep no more processors busy than the run has jobs. NULL: none. */
    uint32_t (*at_work)(struct pd_sink *sink);
    /* Optional. Runs one of load->statements, which stays the core's, on the handle that open()
       gave: those of PD_BEFORE_ROWS between prepare() and the first start() or share(), those of
       PD_AFTER_ROWS between complete() and finish(), once the handle of review() was closed. Tables
       have their own names then. What a statement does belongs to the run: without finish(),
       close() takes it back with everything else, so that it is run in the transaction of the run,
       or on what is not in its place yet. PD_FAILED: the engine refused it, or it is one that could
       not be taken back, that begins or ends a transaction, or that is several; only close() may
       follow. Its rows are dropped; warnings of the engine are told by left_out(). NULL: a step
       that has statements for this engine is refused. */
    pd_status (*execute)(struct pd_sink *sink, const struct pd_statement *statement,
                         struct pd_error *err);
    /* Optional, after complete() and before finish(). What became of the rows of a table, for the
       ledger: where the target did with some of them anything but to add them (--on-conflict).
       outcome is the caller's, all zero but for struct_size. PD_UNSUPPORTED or NULL: all that
       write() took were added. */
    pd_status (*outcome)(struct pd_sink *sink, uint32_t table, struct pd_outcome *outcome,
                         struct pd_error *err);
    /* Optional, after open(), before map(). Which of the tables of load are there already? Where
       all are, and without rows, the core sets PD_LOAD_DATA_ONLY. Tables that could not be written
       into what is there (passengers, rows of the past) are passed over. Nothing is changed, and
       what an unfinished run left is not there. NULL: none ever is, --data-only is refused. */
    pd_status (*look)(struct pd_sink *sink, const struct pd_load *load, struct pd_found *ret_found,
                      struct pd_error *err);
    /* Optional, with PD_LOAD_REJECTS, between end() and start(). Rows that point to each other:
       what is written from PD_TOGETHER_BEGIN on is held against foreign keys at PD_TOGETHER_END.
       PD_FAILED there: one is broken, and nothing of it is in. PD_TOGETHER_UNDO, instead of
       PD_TOGETHER_END: nothing of it shall be in. what: enum pd_together. PD_UNSUPPORTED or NULL:
       each row stands for itself. */
    pd_status (*together)(struct pd_sink *sink, int what, struct pd_error *err);
    /* Optional, right after open(): see pd_source_ops.identity. */
    pd_status (*identity)(struct pd_sink *sink, char *buffer, size_t size, struct pd_error *err);
    /* Optional, after map(). What the column lacks that map() said is there (PD_MAPPING_PRESENT).
       limits is the caller's, all zero but for struct_size. PD_UNSUPPORTED or NULL: nothing. */
    pd_status (*limits)(struct pd_sink *sink, const struct pd_load *load, uint32_t table,
                        uint32_t column, struct pd_limits *limits, struct pd_error *err);
    /* ABI 1 ends here. */
};

/* ---- The plugin itself --------------------------------------------------------------------- */

enum pd_option_type {
    PD_OPTION_TEXT = 0,
    PD_OPTION_INT = 1,
    PD_OPTION_FLAG = 2,   /* takes no value, or yes, no, 1, 0 */
    PD_OPTION_SIZE = 3,   /* bytes; k, m, g after the number count */
    PD_OPTION_SECRET = 4, /* a file that holds it; never printed */
    PD_OPTION_CHOICE = 5  /* one of `choices` */
};

enum { PD_OPTION_READ = 1 << 0, PD_OPTION_WRITE = 1 << 1 };

struct pd_option {
    const char *name;     /* as after "--": "busy-timeout", none of polydump's; "*": a wrapper's,
                             takes any option of the end that it wraps */
    const char *fallback; /* as a user would type it; NULL: none */
    const char *help;     /* one line; --help and the manual are made of it */
    const char *argument; /* the word in the help: "SECONDS"; NULL: from the type */
    const char *choices;  /* CHOICE: separated by spaces */
    uint32_t type;        /* enum pd_option_type */
    uint32_t flags;       /* PD_OPTION_READ or _WRITE: only for an end of that use; 0: for both */
    /* Grows through pd_plugin.option_size. */
};

/* Empty databases for tests, beside the one of an end. */
struct pd_scratch_ops {
    uint32_t struct_size;
    /* Makes one like that of the end (encoding, collation). *ret_url is to be given to
       host->release(); it names no password, options of the end hold for it too. */
    pd_status (*create)(const struct pd_host *host, const struct pd_endpoint *end, char **ret_url,
                        struct pd_error *err);
    /* Drops it, whoever is still connected. */
    pd_status (*drop)(const struct pd_host *host, const struct pd_endpoint *end, const char *url,
                      struct pd_error *err);
    /* ABI 1 ends here. */
};

struct pd_plugin {
    uint32_t struct_size;
    uint32_t abi;        /* PD_ABI of its header, no more than was asked for */
    const char *name;    /* [a-z0-9_]{1,32}; also the file's name */
    const char *version; /* */
    const char *about;   /* one line, for `polydump plugins` */
    const char *schemes; /* URL schemes, separated by spaces: "postgresql postgres"; NULL: it has no
                            ends, but migrations */

    const struct pd_option *options;
    size_t n_options;
    size_t option_size; /* from one option to the next */

    const struct pd_source_ops *source;           /* NULL: cannot be read from */
    const struct pd_sink_ops *sink;               /* NULL: cannot be written to */
    const struct pd_migration *const *migrations; /* NULL-ended; NULL: none (migration.h) */
    const char *const *versions; /* NULL-ended: versions of the application that it knows */

    /* Optional. 0..100: how surely a file that begins so is this plugin's. For plain paths. */
    int (*bid)(const void *head, size_t size);
    /* Optional. NULL: a database is a file, and a new one needs only a path. */
    const struct pd_scratch_ops *scratch;
    /* Optional. Migrations that are scripts in a folder (migration.h). */
    const struct pd_steps_ops *steps;
    /* Optional, beside migrations or versions: NULL-ended, in the order in which they count
       (migration.h). */
    const struct pd_policy *const *policies;
    /* ABI 1 ends here. */
};

/* The one exported symbol. abi is the newest that the core speaks; a plugin that has nothing for
   it returns NULL, and the core asks again for the one before. */
typedef const struct pd_plugin *pd_plugin_entry(uint32_t abi);

/* libltdl asks for polydump_plugin and finds NAME_LTX_polydump_plugin, so that any number of
   plugins can also be linked into one program. */
#define PD_PLUGIN(NAME, descriptor)                                                                \
    PD_EXPORT pd_plugin_entry NAME##_LTX_polydump_plugin;                                          \
    const struct pd_plugin *NAME##_LTX_polydump_plugin(uint32_t abi)                               \
    {                                                                                              \
        return abi == PD_ABI ? &(descriptor) : NULL;                                               \
    }

#ifdef __cplusplus
}
#endif

#endif
