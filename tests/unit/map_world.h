// SPDX-License-Identifier: Apache-2.0
/* map_world - a catalogue of a few columns, and what values are in them: for the tests of which
   type a plugin gives a column. */
#pragma once

#include "fake_host.h"

#include "ddl.h" /* of the plugin that is tested */

enum { COLUMNS = 3, TABLES = 2 };

static struct pd_column columns[TABLES][COLUMNS];
static struct pd_profile profiles[TABLES][COLUMNS];
static struct pd_stats stats[TABLES];
static struct pd_table tables[TABLES];
static struct pd_catalog catalog;
static struct pd_load load;
static struct pd_sink sink;
static struct pd_foreign foreign;
static struct pd_key keys[2];
static struct pd_key_part parts[2][2];

static inline int
setup(void **state)
{
    static const char *const names[] = {"a", "b", "c"};

    memset(columns, 0, sizeof columns);
    memset(profiles, 0, sizeof profiles);
    memset(keys, 0, sizeof keys);
    memset(parts, 0, sizeof parts);
    for (size_t i = 0; i < TABLES; i++) {
        for (size_t k = 0; k < COLUMNS; k++) {
            columns[i][k].struct_size = sizeof columns[i][k];
            columns[i][k].name = names[k];
            columns[i][k].native = "";
            columns[i][k].type = (struct pd_type){.kind = PD_KIND_INT64};
            profiles[i][k].struct_size = sizeof profiles[i][k];
        }
        tables[i] = (struct pd_table){.struct_size = sizeof tables[i],
                                      .name = i ? "u" : "t",
                                      .columns = columns[i],
                                      .n_columns = COLUMNS,
                                      .column_size = sizeof columns[i][0],
                                      .keys = keys,
                                      .key_size = sizeof keys[0],
                                      .foreign_size = sizeof foreign};
        stats[i] = (struct pd_stats){.struct_size = sizeof stats[i],
                                     .profiles = profiles[i],
                                     .profile_size = sizeof profiles[i][0]};
    }
    catalog = (struct pd_catalog){.struct_size = sizeof catalog,
                                  .engine = "sqlite",
                                  .tables = tables,
                                  .n_tables = TABLES,
                                  .table_size = sizeof tables[0]};
    load = (struct pd_load){.struct_size = sizeof load,
                            .catalog = &catalog,
                            .stats = stats,
                            .stats_size = sizeof stats[0]};
    sink = (struct pd_sink){.host = &host, .pool = {.host = &host}};
    return 0;
}

static inline int
teardown(void **state)
{
    pd_pool_close(&sink.pool);
    return n_live != 0;
}

static inline const struct pd_mapping *
mapped(void)
{
    const struct pd_mapping *mappings = NULL;

    assert_int_equal(sink_map(&sink, &load, &mappings, NULL), PD_OK);
    return mappings;
}

/* t.a of this type, with what is in profiles[0][0]. */
static inline const struct pd_mapping *
map_one(int kind)
{
    columns[0][0].type.kind = (uint16_t)kind;
    return &mapped()[0];
}

static inline const struct pd_mapping *
map_hinted(int kind, struct pd_type hint)
{
    columns[0][0].hint = hint;
    return map_one(kind);
}

/* A key of t: its columns a, or a and b. */
static inline void
set_key(size_t number, int kind, size_t n_parts)
{
    for (size_t i = 0; i < n_parts; i++)
        parts[number][i] =
            (struct pd_key_part){.struct_size = sizeof parts[number][i], .column = (int32_t)i};
    keys[number] = (struct pd_key){.struct_size = sizeof keys[number],
                                   .kind = (uint16_t)kind,
                                   .parts = parts[number],
                                   .n_parts = n_parts,
                                   .part_size = sizeof parts[0][0]};
    tables[0].n_keys = number + 1;
}

/* u.a points to t.a, which is the primary key. */
static inline void
join(void)
{
    static const uint32_t from[] = {0};
    static const char *const to[] = {"a"};

    set_key(0, PD_KEY_PRIMARY, 1);
    foreign = (struct pd_foreign){.struct_size = sizeof foreign,
                                  .columns = from,
                                  .n_columns = 1,
                                  .to_table = "t",
                                  .to_columns = to};
    tables[1].foreigns = &foreign;
    tables[1].n_foreigns = 1;
}

/* ---- What holds of every engine ---- */

static inline void
every_kind_has_a_type(void **state)
{
    load.stats = NULL;
    for (int kind = 1; kind < PD_KIND_COUNT_; kind++) {
        const struct pd_mapping *m = map_one(kind);

        assert_int_not_equal(m->rung, PD_RUNG_REFUSED);
        assert_true(*m->native);
        assert_int_not_equal(m->as.kind, PD_KIND_NONE);
        assert_true(m->rung == PD_RUNG_NATIVE || m->reason);
    }
}

/* Whichever allocation is the last. flags: of the load. */
static inline void
assert_short_memory_is_told(uint32_t flags)
{
    const struct pd_mapping *mappings;
    long n = 0;

    join();
    load.flags = flags;
    for (n_until_out = 0; sink_map(&sink, &load, &mappings, NULL) != PD_OK; n_until_out = ++n) {
        pd_pool_close(&sink.pool);
        sink.memory_short = false;
        assert_int_equal(n_live, 0);
    }
    n_until_out = -1;
    assert_in_range(n, 3, 100);
}

static inline void
memory_that_is_short_is_told(void **state)
{
    columns[0][0].type.kind = columns[1][0].type.kind = PD_KIND_TEXT;
    columns[0][1].type.kind = PD_KIND_BOOL;
    assert_short_memory_is_told(0);
    assert_short_memory_is_told(PD_LOAD_SAME_ENGINE);
    columns[0][0].type.kind = PD_KIND_INT32;
    columns[1][0].type.kind = PD_KIND_DECIMAL; /* is joined with it */
    assert_short_memory_is_told(PD_LOAD_SCHEMA_ONLY);
}
