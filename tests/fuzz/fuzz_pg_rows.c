// SPDX-License-Identifier: Apache-2.0
/* fuzz_pg_rows - rows of PostgreSQL's COPY (FORMAT binary) from a server that sends what it likes.
   The first bytes choose the columns; behind them each row has its size and its bytes, in memory
   with nothing behind it. */
#include "fuzz_rows.h"

#include "../../plugins/postgresql/decode.h"
#include "plugin/host.h"

enum { MOST_ROWS = 64 };

struct shape {
    struct pd_type type;
    struct pg_column plan;
};

#define SHAPE(form_, kind_, ...)                                                                   \
    {                                                                                              \
        .type = {.struct_size = sizeof(struct pd_type), .kind = PD_KIND_##kind_},                  \
        .plan = {.form = PG_FORM_##form_}, __VA_ARGS__                                             \
    }

static const struct shape shapes[] = {
    SHAPE(BOOL, BOOL, ),
    SHAPE(INT2, INT16, ),
    SHAPE(INT4, INT32, ),
    SHAPE(OID, OID, ),
    SHAPE(INT8, INT64, ),
    SHAPE(MONEY, MONEY, .type.scale = 2),
    SHAPE(FLOAT4, FLOAT32, ),
    SHAPE(FLOAT8, FLOAT64, ),
    SHAPE(NUMERIC, DECIMAL, ),
    SHAPE(NUMERIC, DECIMAL, .type.precision = 10, .type.scale = 2),
    SHAPE(NUMERIC, DECIMAL, .type.precision = 18, .type.scale = 4),
    SHAPE(NUMERIC, DECIMAL, .type.precision = 38),
    SHAPE(NUMERIC, DECIMAL, .type.precision = 38, .type.scale = 38),
    SHAPE(NUMERIC, DECIMAL, .type.precision = 60, .type.scale = 20),
    SHAPE(STRING, TEXT, ),
    SHAPE(TEXT, XML, ),
    SHAPE(TEXT, OPAQUE, ),
    SHAPE(BPCHAR, CHAR, .type.length = 5),
    SHAPE(BYTEA, BINARY, ),
    SHAPE(DATE, DATE, ),
    SHAPE(TIME, TIME, .type.precision = 6),
    SHAPE(TIMETZ, TIMETZ, .type.precision = 6),
    SHAPE(TIMESTAMP, TIMESTAMP, .type.precision = 6),
    SHAPE(TIMESTAMP, TIMESTAMPTZ, .type.precision = 6),
    SHAPE(INTERVAL, INTERVAL, ),
    SHAPE(JSONB, JSONB, ),
    SHAPE(UUID, UUID, ),
    SHAPE(BIT, VARBIT, ),
    SHAPE(INET, INET, ),
    SHAPE(INET, CIDR, ),
    SHAPE(MAC, MACADDR, ),
    SHAPE(MAC, MACADDR8, ),
};

pd_status
pg_no_memory(const struct pd_host *host, struct pd_error *err)
{
    return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "memory is short");
}

struct input {
    const uint8_t *at, *end;
};

static uint8_t
next(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

struct world {
    struct pd_column columns[FUZZ_COLUMNS];
    struct pg_column plans[FUZZ_COLUMNS];
    struct pd_table table;
    struct pg_table plan;
    struct pg pg;
    struct pd_builder builder;
    struct decoder decoder;
};

static void
choose_columns(struct world *w, struct input *in, size_t n)
{
    static const char *const names[FUZZ_COLUMNS] = {"a", "b", "c", "d", "e", "f", "g", "h"};

    for (size_t i = 0; i < n; i++) {
        uint8_t chosen = next(in);
        const struct shape *shape = &shapes[chosen % 128 % (sizeof shapes / sizeof *shapes)];

        w->columns[i] = (struct pd_column){.struct_size = sizeof(struct pd_column),
                                           .name = names[i],
                                           .type = shape->type,
                                           .native = ""};
        w->plans[i] = shape->plan;
        w->plans[i].is_stored = chosen < 128; /* else generated */
    }
    w->plan.columns = w->plans;
    w->table = (struct pd_table){.struct_size = sizeof w->table,
                                 .name = "t",
                                 .columns = w->columns,
                                 .n_columns = n,
                                 .column_size = sizeof *w->columns};
}

/* A row that is of another length than its fields: cell by cell, as long ones are read. */
static void
cell_by_cell(struct world *w, const uint8_t *at, const uint8_t *end)
{
    struct decode_field field;

    for (uint32_t i = 0; i < w->decoder.n_columns; i++) {
        const struct decode_column *c = &w->decoder.columns[i];
        const uint8_t *plain;
        size_t size;

        if (!decode_next(&at, end, &field))
            return;
        if (field.is_null)
            continue;
        plain = decode_plain_bytes(c, field.bytes, field.size, &size);
        FUZZ_HOLDS(!plain || (plain >= field.bytes && plain + size <= field.bytes + field.size));
        if (plain)
            decode_is_plain(c, plain, size);
    }
}

static bool
take_row(struct world *w, struct input *in)
{
    size_t size = next(in), left = (size_t)(in->end - in->at);
    uint8_t *bytes;
    bool done;

    size = size < left ? size : left;
    bytes = malloc(size ? size : 1);
    FUZZ_HOLDS(bytes != NULL);
    memcpy(bytes, in->at, size);
    in->at += size;
    cell_by_cell(w, bytes, bytes + size);
    done = decode_row(&w->decoder, bytes, bytes + size);
    FUZZ_HOLDS(done == !w->decoder.fault);
    free(bytes);
    return done;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, data + size};
    struct pd_error err = {0};
    struct world w = {0};
    uint8_t first = next(&in);
    uint32_t n_rows = 0;
    bool sound = true;

    w.pg.host = host_get();
    w.pg.version = first & 128 ? 170000 : 160000;
    choose_columns(&w, &in, first % FUZZ_COLUMNS + 1);
    FUZZ_HOLDS(pd_builder_open(&w.builder, w.pg.host, (uint32_t)w.table.n_columns) == PD_OK);
    FUZZ_HOLDS(decode_open(&w.decoder, &w.pg, &w.table, &w.plan, &w.builder, &err) == PD_OK);
    FUZZ_HOLDS(pd_builder_begin(&w.builder) == PD_OK);
    while (sound && in.at < in.end && n_rows < MOST_ROWS) {
        sound = take_row(&w, &in);
        n_rows += sound;
    }
    if (sound && n_rows)
        fuzz_batch_holds(&w.table, pd_builder_finish(&w.builder));
    decode_close(&w.decoder);
    pd_builder_close(&w.builder);
    return 0;
}
