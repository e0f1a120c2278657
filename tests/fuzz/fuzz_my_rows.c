// SPDX-License-Identifier: Apache-2.0
/* fuzz_my_rows - rows of MariaDB's binary protocol from a server that sends what it likes. The
   first bytes choose the columns and what the server says of their types; behind them each row has
   its size, which of its fields are NULL, and its bytes, in memory with nothing behind it. */
#include "fuzz_rows.h"

#include "../../plugins/mariadb/decode.h"
#include "plugin/host.h"

enum { MOST_ROWS = 64 };

struct shape {
    struct pd_type type;
    struct my_column plan;
    enum enum_field_types wire;
    const char *native;
};

static const char *const labels[] = {"a", "b"};
static const char *const empty_labels[] = {"a", "", "b"};

#define SHAPE(kind_, form_, wire_, ...)                                                            \
    {                                                                                              \
        .type = {.struct_size = sizeof(struct pd_type), .kind = PD_KIND_##kind_},                  \
        .plan = {.form = MY_FORM_##form_}, .wire = MYSQL_TYPE_##wire_, __VA_ARGS__                 \
    }

static const struct shape shapes[] = {
    SHAPE(INT8, INT, TINY, .plan.size = 1),
    SHAPE(UINT8, INT, TINY, .plan.size = 1, .plan.is_unsigned = true),
    SHAPE(BOOL, INT, TINY, .plan.size = 1),
    SHAPE(INT16, INT, SHORT, .plan.size = 2),
    SHAPE(UINT16, INT, SHORT, .plan.size = 2, .plan.is_unsigned = true),
    SHAPE(INT32, INT, INT24, .plan.size = 4),
    SHAPE(UINT32, INT, LONG, .plan.size = 4, .plan.is_unsigned = true),
    SHAPE(INT64, INT, LONGLONG, .plan.size = 8),
    SHAPE(UINT64, INT, LONGLONG, .plan.size = 8, .plan.is_unsigned = true),
    SHAPE(FLOAT32, FLOAT, FLOAT, ),
    SHAPE(FLOAT64, DOUBLE, DOUBLE, ),
    SHAPE(DECIMAL, DECIMAL, NEWDECIMAL, .type.precision = 10, .type.scale = 2),
    SHAPE(DECIMAL, DECIMAL, NEWDECIMAL, .type.precision = 38, .type.scale = 38),
    SHAPE(DECIMAL, DECIMAL, NEWDECIMAL, .type.precision = 65, .type.scale = 30),
    SHAPE(YEAR, YEAR, YEAR, ),
    SHAPE(YEAR, YEAR, SHORT, .native = "year(2)"),
    SHAPE(BIT, BIT, BIT, .type.length = 1),
    SHAPE(BIT, BIT, BIT, .type.length = 10),
    SHAPE(BIT, BIT, BIT, .type.length = 64),
    SHAPE(DATE, DATE, DATE, ),
    SHAPE(TIMESTAMP, DATETIME, DATETIME, ),
    SHAPE(TIMESTAMPTZ, DATETIME, TIMESTAMP, .type.precision = 3),
    SHAPE(TIMESTAMP, DATETIME, DATETIME, .type.precision = 6),
    SHAPE(TIME, TIME, TIME, .type.precision = 6, .type.flags = PD_TYPE_WIDE),
    SHAPE(TEXT, TEXT, VAR_STRING, ),
    SHAPE(CHAR, TEXT, STRING, .type.length = 5),
    SHAPE(JSON, TEXT, BLOB, ),
    SHAPE(TEXT, RAW, VAR_STRING, .plan.raw_charset = "cp932"),
    SHAPE(BINARY, BYTES, BLOB, ),
    SHAPE(ENUM, ENUM, STRING, .type.labels = labels, .type.n_labels = 2),
    SHAPE(ENUM, ENUM, STRING, .type.labels = empty_labels, .type.n_labels = 3),
    SHAPE(SET, SET, STRING, .type.labels = labels, .type.n_labels = 2),
    SHAPE(UUID, UUID, STRING, ),
    SHAPE(INET6, ADDRESS, STRING, ),
    SHAPE(GEOMETRY, GEOMETRY, GEOMETRY, ),
    SHAPE(OPAQUE, TEXT, STRING, ),
};

pd_status
my_no_memory(const struct pd_host *host, struct pd_error *err)
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
    struct my_column plans[FUZZ_COLUMNS];
    struct pd_table table;
    struct my_table plan;
    struct pd_builder builder;
    struct decoder decoder;
    MYSQL_FIELD fields[2 * FUZZ_COLUMNS];
    unsigned char *end;
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
                                           .native = shape->native ? shape->native : ""};
        w->plans[i] = shape->plan;
        w->plans[i].is_stored = chosen < 128; /* else generated */
        w->fields[i].type = shape->wire;
    }
    w->plan.columns = w->plans;
    w->table = (struct pd_table){.struct_size = sizeof w->table,
                                 .name = "t",
                                 .columns = w->columns,
                                 .n_columns = n,
                                 .column_size = sizeof *w->columns};
}

/* What the server says of each field: the truth, or anything. */
static bool
bind(struct world *w, struct input *in, bool lies)
{
    enum enum_field_types wires[FUZZ_COLUMNS];

    for (size_t i = 0; i < FUZZ_COLUMNS; i++)
        wires[i] = w->fields[i].type;
    for (uint32_t i = 0; i < w->decoder.n_fields; i++) {
        const struct decode_field *field = &w->decoder.fields[i];

        w->fields[i].type = field->role == DECODE_ERROR ? MYSQL_TYPE_LONG
                            : field->role == DECODE_BYTES
                                ? MYSQL_TYPE_VAR_STRING
                                : wires[w->decoder.columns[field->stream].column];
        if (lies)
            w->fields[i].type = (enum enum_field_types)next(in);
    }
    return decode_bind(&w->decoder, w->fields, w->decoder.n_fields, &w->end);
}

/* A row, and fields that were not said if the server sends more. */
static bool
take_row(struct world *w, struct input *in)
{
    size_t size = next(in), left;
    unsigned nulls = next(in), more = nulls >> 7, k;
    uint8_t *bytes, *at;
    bool done;

    nulls |= (unsigned)next(in) << 8;
    left = (size_t)(in->end - in->at);
    size = size < left ? size : left;
    at = bytes = malloc(size ? size : 1);
    FUZZ_HOLDS(bytes != NULL);
    memcpy(bytes, in->at, size);
    in->at += size;
    w->end = bytes + size;
    for (k = 0; k < w->decoder.n_fields + (more && !(nulls & 0x7f)); k++)
        decode_take(&w->decoder, k, nulls >> (k % 16) & 1 ? NULL : &at);
    FUZZ_HOLDS(at <= bytes + size);
    done = decode_row(&w->decoder);
    FUZZ_HOLDS(done == !w->decoder.fault);
    free(bytes);
    return done;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pd_host *host = host_get();
    struct input in = {data, data + size};
    struct pd_error err = {0};
    struct world w = {0};
    uint8_t first = next(&in);
    uint32_t n_rows = 0;
    bool sound;

    choose_columns(&w, &in, first % FUZZ_COLUMNS + 1);
    FUZZ_HOLDS(pd_builder_open(&w.builder, host, (uint32_t)w.table.n_columns) == PD_OK);
    FUZZ_HOLDS(decode_open(&w.decoder, host, &w.table, &w.plan, &w.builder, &err) == PD_OK);
    sound = bind(&w, &in, first & 128);
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
