// SPDX-License-Identifier: Apache-2.0
/* test_postgresql_encode - a connection that keeps what is sent, and a table of one or two
   columns. */
#pragma once

#include "fake_host.h"

#include "encode.h"

enum { SENT_ROOM = 1 << 22, MOST_REJECTS = 8 };

/* ---- A connection that keeps what is sent ---- */

static uint8_t sent[SENT_ROOM];
static size_t n_sent;

pd_status
pg_copy_write(struct pg *pg, const void *data, size_t size, struct pd_error *err)
{
    assert_true(size <= SENT_ROOM - n_sent);
    memcpy(sent + n_sent, data, size);
    n_sent += size;
    return PD_OK;
}

pd_status
pg_no_memory(const struct pd_host *h, struct pd_error *err)
{
    return PD_FATAL;
}

/* ---- One table of one or two columns ---- */

static struct pd_table table;
static struct target_column columns[2];
static struct target_table target;
static struct encoder encoder;
static struct pd_builder builder;
static char rejected[MOST_REJECTS][256];
static uint32_t rejected_rows[MOST_REJECTS];
static size_t n_rejected;

static void
rejects_add(struct pd_rejects *rejects, uint32_t row, int cause, const char *code,
            const char *constraint, const char *text)
{
    assert_true(n_rejected < MOST_REJECTS);
    rejected_rows[n_rejected] = row;
    snprintf(rejected[n_rejected++], sizeof *rejected, "%s", text);
}

static void
open_column(uint32_t i, struct pd_type as, const char *native, int form, uint8_t layout,
            uint32_t width)
{
    as.struct_size = sizeof as;
    columns[i] = (struct target_column){
        .name = i ? "d" : "c", .native = native, .form = (uint8_t)form, .is_sent = true, .as = as};
    pd_builder_column(&builder, i, layout, width);
}

static void
open_table(uint32_t n)
{
    table = (struct pd_table){.struct_size = sizeof table, .n_columns = n};
    target = (struct target_table){.table = &table, .name = "t", .columns = columns};
    n_sent = n_rejected = 0;
    assert_int_equal(pd_builder_open(&builder, &host, n), PD_OK);
}

static void
open_one(struct pd_type as, const char *native, int form, uint8_t layout, uint32_t width)
{
    open_table(1);
    open_column(0, as, native, form, layout, width);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
}

/* Sends what was built; what is kept has neither header nor trailer. */
static void
send_batch(bool by_text)
{
    struct pd_rejects rejects = {.struct_size = sizeof rejects, .add = rejects_add};
    const struct pd_batch *batch = pd_builder_finish(&builder);

    assert_non_null(batch);
    target.by_text = by_text;
    memset(&encoder, 0, sizeof encoder);
    assert_int_equal(encode_open(&encoder, &host, &target, NULL), PD_OK);
    encode_begin(&encoder, NULL, NULL);
    assert_int_equal(encode_batch(&encoder, batch, false, &rejects, NULL), PD_OK);
    assert_int_equal(encode_rows(&encoder, 0, batch->n_rows), PD_OK);
    assert_int_equal(encode_end(&encoder, NULL), PD_OK);
    if (!by_text) {
        assert_true(n_sent >= 21);
        assert_memory_equal(sent, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
        assert_memory_equal(sent + n_sent - 2, "\377\377", 2);
        n_sent -= 21;
        memmove(sent, sent + 19, n_sent);
    }
    encode_close(&encoder);
    batch->release(batch);
    pd_builder_close(&builder);
}

static void
expect_hex(const char *hex)
{
    char text[2048];

    assert_true(n_sent * 2 < sizeof text);
    for (size_t i = 0; i < n_sent; i++)
        snprintf(text + 2 * i, 3, "%02x", sent[i]);
    text[n_sent * 2] = '\0';
    assert_string_equal(text, hex);
}

static void
expect_text(const char *text)
{
    assert_int_equal(n_sent, strlen(text));
    assert_memory_equal(sent, text, n_sent);
}
