// SPDX-License-Identifier: Apache-2.0
/* ends - writes a world through a sink, and reads it through a source. */
#pragma once

#include "plugin/url.h"
#include "world.h"

/* How far a sink is taken before it is closed. */
enum stage {
    STAGE_OPENED,
    STAGE_PREPARED,
    STAGE_STARTED, /* the first table, no row of it */
    STAGE_WRITTEN, /* the first table, not ended */
    STAGE_SEALED,  /* all tables */
    STAGE_COMPLETED,
    STAGE_REVIEWED,
    STAGE_FINISHED,
    STAGE_COUNT
};

/* How many rows were read, and a hash over all of their cells that does not depend on their
   order. */
struct count {
    uint64_t n_rows;
    uint64_t hash;
};

struct writing {
    const struct world *world;
    const char *url;
    const struct pd_host *host; /* NULL: the core's */
    enum stage until;
    uint32_t load_flags;
    const char *const *options; /* beside those of the quirks; NULL: none */

    /* What came of it. */
    const char *call; /* the one that failed, or that was the last */
    bool **rejected;  /* by table and row */
    uint32_t n_rejected;
    bool **misfits; /* of the rejected: by the core, since the sink's type cannot hold a value */
    bool **tagged;  /* by table and column: stored with its storage class in front */
    struct count reviewed;
    bool was_reviewed;
};

/* Everything from open() to close(). Makes no use of memory beside that of the sink. */
pd_status write_world(struct writing *w, struct end *end, struct pd_error *error);
/* The same in the order 2, 0, 3, 1 of the four parts of a table, the last two by a twin in another
   thread. */
pd_status write_by_twins(struct writing *w, struct end *end, uint32_t table,
                         struct pd_error *error);
/* As write_world(), with an end made for it, tables made first where the way wants it, and room for
   rejects; finish() must succeed. */
void write_all(struct writing *w);
/* Make the tables only, if quirks->tables_first. */
void write_tables(const struct world *world, const char *url);

/* An end of the URL with the options of the quirks (of the sink only), and more. */
struct end *end_new(const char *url, enum end_role role, const char *const *options);

/* A source that is open; catalogue is a copy. */
struct reader {
    struct end *end;
    const struct pd_source_ops *ops;
    struct pd_source *source;
    struct arena *arena;
    struct pd_catalog *catalog;
};

void reader_open(struct reader *reader, const char *url);
void reader_close(struct reader *reader);
uint32_t reader_table(const struct reader *reader, const char *name);

/* A cell that was read; bytes are canonical. */
struct seen_cell {
    int tag;
    unsigned class;
    size_t size;
    const uint8_t *bytes; /* NULL: it was long */
    uint64_t hash;        /* of a long one */
};

struct seen {
    const struct pd_table *table;
    uint32_t n_rows;
    struct seen_cell *cells; /* row by row */
};

/* All rows of a table, or of a range; checks every batch. */
struct seen seen_read(struct reader *reader, struct pd_source *source, uint32_t table,
                      const struct pd_range *range);
static inline const struct seen_cell *
seen_at(const struct seen *seen, uint32_t row, long column)
{
    assert_true(column >= 0);
    return &seen->cells[(size_t)row * seen->table->n_columns + (size_t)column];
}
/* The same under other types: columns, one a column of the table as the reader has it. */
struct convert_column;
struct seen seen_read_as(struct reader *reader, struct pd_source *source, uint32_t table,
                         const struct convert_column *columns);
void assert_same_rows(const struct seen *a, const struct seen *b);

/* Count the rows of all tables. Makes no use of memory beside that of the source. */
pd_status count_all(const struct pd_source_ops *ops, struct pd_source *source,
                    struct count *ret_count, struct pd_error *error);
pd_status count_table(const struct pd_source_ops *ops, struct pd_source *source,
                      const struct pd_table *table, uint32_t number, struct count *count,
                      struct pd_error *error);
/* Open, count all, close. */
pd_status count_url(struct end *end, const struct pd_host *host, struct count *ret_count,
                    struct pd_error *error);

/* What stands in all places, as a string to be freed. */
char *standing_now(void);
