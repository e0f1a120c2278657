// SPDX-License-Identifier: Apache-2.0
/* fuzz_block - blocks from outside. The first byte chooses what the rest is: a block as it stands,
   a frame, or decoded bytes; hashes are made right where they would keep the fuzzer out. What is
   accepted is a batch that keeps the rules, and can be written and read again. */
#include "fuzz.h"

#include <string.h>

#include "archive/frame.h"
#include "model/batch.h"

enum { MAX_COLUMNS = 8, HEAD = 4 + MAX_COLUMNS };

/* The table and the number of rows are part of the input. */
struct input {
    struct pd_table table;
    struct pd_column columns[MAX_COLUMNS];
    struct block_header header;
    const uint8_t *bytes;
    size_t size;
};

static void
read_input(const uint8_t *data, size_t size, struct input *input)
{
    memset(input, 0, sizeof *input);
    for (int i = 0; i < MAX_COLUMNS; i++) {
        input->columns[i].struct_size = sizeof *input->columns;
        input->columns[i].name = "c";
        input->columns[i].type.kind = (uint16_t)(1 + data[4 + i] % (PD_KIND_COUNT_ - 1));
        input->columns[i].type.precision = data[4 + i] & 128 ? 18 : 0;
    }
    input->table = (struct pd_table){.struct_size = sizeof input->table,
                                     .name = "t",
                                     .columns = input->columns,
                                     .n_columns = data[1] % (MAX_COLUMNS + 1),
                                     .column_size = sizeof *input->columns};
    input->header.kind = BLOCK_KIND_ROWS;
    input->header.n_rows = (uint32_t)(data[2] | (data[3] & 63) << 8) + 1;
    input->bytes = data + HEAD;
    input->size = size - HEAD;
}

/* The block that came out is written into a second one. */
struct again {
    struct buffer bytes;
    struct block_header header;
    int n_blocks;
};

static pd_status
keep(void *arg, const struct block_header *header, const void *bytes, size_t size,
     struct pd_error *err)
{
    struct again *again = arg;

    buffer_clear(&again->bytes);
    buffer_append(&again->bytes, bytes, size);
    again->header = *header;
    again->n_blocks++;
    return PD_OK;
}

static int
has_long(const struct pd_batch *batch)
{
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        if (batch_vector(batch, i)->n_longs)
            return 1;
    }
    return 0;
}

static void
write_again(const struct pd_table *table, const struct pd_batch *batch)
{
    CLEANUP(block_writer) struct block_writer *writer = NULL;
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    const struct pd_batch *second = NULL;
    struct again again = {.n_blocks = 0};
    struct pd_error err = {0};

    FUZZ_HOLDS(block_writer_new(0, true, keep, &again, &writer, &err) == PD_OK);
    FUZZ_HOLDS(block_writer_start(writer, table, 0, 0, &err) == PD_OK);
    FUZZ_HOLDS(block_writer_add(writer, batch, NULL, NULL, &err) == PD_OK);
    FUZZ_HOLDS(block_writer_end(writer, &err) == PD_OK);
    if (again.n_blocks == 1) {
        FUZZ_HOLDS(block_reader_new(&reader, &err) == PD_OK);
        FUZZ_HOLDS(block_decode(reader, table, &again.header, again.bytes.data + BLOCK_HEADER_SIZE,
                                &second, &err) == PD_OK);
        FUZZ_HOLDS(second->n_rows == batch->n_rows);
        batch_release(second);
    }
    buffer_free(&again.bytes);
}

static void
decode(const struct input *input, const struct block_header *header, const void *frame)
{
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    const struct pd_batch *batch = NULL;
    struct pd_error err = {0};

    FUZZ_HOLDS(block_reader_new(&reader, &err) == PD_OK);
    if (block_decode(reader, &input->table, header, frame, &batch, &err) != PD_OK)
        return;
    FUZZ_HOLDS(batch_check(&input->table, batch, &err) == PD_OK);
    if (!has_long(batch))
        write_again(&input->table, batch);
    batch_release(batch);
}

static void
try_block(const struct input *input)
{
    struct block_header header;
    struct pd_error err = {0};

    if (input->size >= BLOCK_HEADER_SIZE &&
        block_read_header(input->bytes, &header, &err) == PD_OK &&
        header.encoded_size <= input->size - BLOCK_HEADER_SIZE)
        decode(input, &header, input->bytes + BLOCK_HEADER_SIZE);
}

static void
try_frame(struct input *input)
{
    unsigned long long size = ZSTD_getFrameContentSize(input->bytes, input->size);

    if (size > (1 << 20))
        return;
    input->header.decoded_size = (uint32_t)size;
    input->header.encoded_size = (uint32_t)input->size;
    input->header.frame_hash = XXH3_64bits(input->bytes, input->size);
    decode(input, &input->header, input->bytes);
}

static void
try_body(struct input *input)
{
    struct frame_body body = {.bytes = input->bytes, .size = input->size};
    struct frame_codec codec = {0};
    struct buffer out = {0};
    struct pd_error err = {0};

    FUZZ_HOLDS(frame_open(&codec, 1, &err) == PD_OK);
    FUZZ_HOLDS(frame_write(&codec, &input->header, &body, &out, &err) == PD_OK);
    frame_close(&codec);
    decode(input, &input->header, out.data + BLOCK_HEADER_SIZE);
    buffer_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input;

    if (size < HEAD)
        return 0;
    read_input(data, size, &input);
    if (data[0] % 8 == 0)
        try_block(&input);
    else if (data[0] % 8 == 1)
        try_frame(&input);
    else
        try_body(&input);
    return 0;
}
