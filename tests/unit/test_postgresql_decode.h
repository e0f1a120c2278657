// SPDX-License-Identifier: Apache-2.0
/* test_postgresql_decode - one column of a table, and its decoder, for the tests of values. */
#pragma once

#include "fake_host.h"

#include "decode.h"

enum { MOST_BYTES = 256 };

pd_status
pg_no_memory(const struct pd_host *h, struct pd_error *err)
{
    return PD_FATAL;
}

struct sample {
    const char *name;
    enum pg_form form;
    struct pd_type type;
    const char *hex; /* of the field */
    uint32_t tag;
    const char *want; /* hexadecimal of the value in the vector, or of the outlier's bytes */
    bool is_fault;
};

#define TYPE(kind_, ...)                                                                           \
    {                                                                                              \
        .struct_size = sizeof(struct pd_type), .kind = PD_KIND_##kind_, __VA_ARGS__                \
    }

static size_t
from_hex(const char *hex, uint8_t *bytes)
{
    size_t n = 0;

    for (; hex[0]; hex += 2) {
        unsigned value;

        if (*hex == ' ') {
            hex--;
            continue;
        }
        assert_int_equal(sscanf(hex, "%2x", &value), 1);
        bytes[n++] = (uint8_t)value;
    }
    return n;
}

struct one {
    struct pd_column column;
    struct pg_column pg_column;
    struct pd_table table;
    struct pg_table pg_table;
    struct pg pg;
    struct pd_builder builder;
    struct decoder decoder;
};

static void
one_open(struct one *one, const struct sample *sample)
{
    memset(one, 0, sizeof *one);
    one->column.struct_size = sizeof one->column;
    one->column.name = "c";
    one->column.type = sample->type;
    one->pg_column = (struct pg_column){.name = "c", .form = sample->form, .is_stored = true};
    one->table.name = "t";
    one->table.columns = &one->column;
    one->table.n_columns = 1;
    one->table.column_size = sizeof one->column;
    one->pg_table.columns = &one->pg_column;
    one->pg.host = &host;
    one->pg.version = 170000;
    assert_int_equal(pd_builder_open(&one->builder, &host, 1), PD_OK);
    assert_int_equal(
        decode_open(&one->decoder, &one->pg, &one->table, &one->pg_table, &one->builder, NULL),
        PD_OK);
    assert_int_equal(pd_builder_begin(&one->builder), PD_OK);
}

static void
one_close(struct one *one)
{
    decode_close(&one->decoder);
    pd_builder_close(&one->builder);
}
