// SPDX-License-Identifier: Apache-2.0
/* map - what the files share that choose a type of the server for each column. */
#pragma once

#include <polydump/schema.h>

#include "sink.h"

/* Limits of the server (InnoDB, pages of 16 KiB). */
enum {
    MAP_MOST_KEY = 3072,         /* bytes of all columns of a key */
    MAP_MOST_ROW = 65535,        /* bytes of a row, what is out of line counts as a pointer */
    MAP_MOST_PAGE = 8125,        /* bytes of a row that stand in its page */
    MAP_MOST_COLUMNS = 1017,     /**/
    MAP_MOST_CHARACTERS = 16383, /* of a varchar; a character has four bytes */
    MAP_MOST_BYTES = 65532,      /* of a varbinary */
    MAP_MOST_DIGITS = 65,
    MAP_MOST_SCALE = 38,
    MAP_BYTES_A_CHARACTER = 4,
    MAP_OUT_OF_LINE = 41,  /* bytes in the page of what is elsewhere, with that which says so */
    MAP_ROW_OVERHEAD = 24, /* bytes of a row's own, in its page */
    MAP_NULLS_A_BYTE = 8,  /* columns that share a byte which says whether they are NULL */
    MAP_LEAST_IN_PAGE = 21 /* what the server counts for it when the table is made */
};

/* How the choice among the target's types is made. */
struct map {
    struct pd_sink *sink;
    const struct pd_load *load;
    const struct pd_catalog *catalog;
    struct pd_mapping *mappings; /* one a column, table after table */
    size_t *first;               /* one a table: the number of its first mapping */
    bool same;                   /* PD_LOAD_SAME_ENGINE */
    bool carry;
    struct pd_pool *pool; /* what only the choice needs */
    struct pd_error *err;
};

/* ---- map_kind.c ---- */

/* By the neutral type, the hint and the values. The native spelling of text and bytes is left to
   map_sizes(). without_hint: as if the declaration promised nothing. PD_FATAL: memory is short. */
pd_status map_kind(struct map *map, const struct pd_column *column,
                   const struct pd_profile *profile, bool without_hint,
                   struct pd_mapping *ret_mapping);
/* How vectors of such a type are sent. */
void map_form(const struct pd_type *as, struct target_column *column);
/* Is its spelling left to map_sizes()? */
static inline bool
map_is_sized(const struct pd_mapping *m)
{
    return !*m->native;
}

/* ---- map.c ---- */

/* One column by its neutral type. */
pd_status map_new(struct map *map, size_t table, size_t number);

/* ---- map_same.c ---- */

/* Types of the same engine: as they were declared there. */
pd_status map_same(struct map *map);
/* The table's own statement, taken apart in the pool, when it is replayed; PD_UNSUPPORTED: it is
   made of the neutral schema, for *ret_why (NULL: nothing is lost by that). */
pd_status map_native(const struct pd_sink *sink, const struct pd_load *load, size_t table,
                     struct pd_pool *pool, struct passive *ret_passive, const char **ret_why);
/* A column's type out of what its own engine says of it: in the spelling of CREATE TABLE. */
struct map_spelled {
    const char *native;
    const char *raw_charset;
    enum my_form form;
    uint8_t size;
    bool is_unsigned;
};
/* my: the server that gets it; NULL: nobody looks at the spelling. */
pd_status map_spell(const struct my *my, const struct passive_column *c, uint32_t srid,
                    struct pd_pool *pool, struct map_spelled *ret_spelled,
                    struct pd_type *ret_type);
/* The same for the text of pd_column.native. PD_UNSUPPORTED: it is not understood. */
pd_status map_spell_native(const struct my *my, const struct pd_column *column,
                           struct pd_pool *pool, struct map_spelled *ret_spelled,
                           struct pd_type *ret_type);
/* The system of coordinates of a column's geometries, which MySQL has had from version 8 on. */
void map_put_srid(const struct my *my, uint32_t srid, struct pd_sql *sql);

/* ---- collations.c ---- */

/* The server's own name of a collation, or that of the nearest it has; my NULL: name. */
const char *map_collation(const struct my *my, const char *name);
/* What is not the same is told, once for all columns. */
void map_tell_collations(struct map *map);

/* ---- map_join.c ---- */

/* Give columns that foreign keys join types that can be joined. */
pd_status map_join(struct map *map);
/* Can a foreign key join them? */
bool map_can_join(const struct pd_mapping *child, const struct pd_mapping *parent);

/* ---- map_size.c ---- */

/* Text and bytes get lengths that rows and keys have room for. */
pd_status map_sizes(struct map *map);
/* Bytes of a column in a row and in its page, and in a key; SIZE_MAX: in no key. */
struct map_width {
    size_t row;
    size_t page;
    size_t key;
    bool is_out; /* it may stand elsewhere */
};
struct map_width map_width(const struct pd_mapping *m);
