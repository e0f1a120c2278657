// SPDX-License-Identifier: Apache-2.0
/* test_block_refuse - blocks that are damaged, moved or made by hand are refused. */
#include "block_rows.h"

#include "archive/encode.h"
#include "archive/frame.h"

static const int few_kinds[] = {PD_KIND_INT64, PD_KIND_TEXT, PD_KIND_FLOAT64, PD_KIND_ANY};

/* ---- damage ---- */

/* Header and frame, as a reader of archives treats them. */
static pd_status
read_block(struct block_reader *reader, const struct pd_table *table, const uint8_t *bytes,
           size_t size, struct pd_error *err)
{
    struct block_header header;
    pd_status status = block_read_header(bytes, &header, err);

    if (status != PD_OK)
        return status;
    if (size < BLOCK_HEADER_SIZE + header.encoded_size)
        return PD_FAILED;
    return try_decode(reader, table, &header, bytes + BLOCK_HEADER_SIZE, err);
}

static void
every_flipped_bit_is_found(void **state)
{
    CLEANUP_TABLE struct pd_table *table = table_of(few_kinds, COUNT_OF(few_kinds));
    struct rows rows = {.table = table, .n = 12, .nulls = 5, .outliers = 6};
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    CLEANUP_BLOCKS struct blocks blocks = {0};
    struct pd_error err;

    write_rows(&rows, 12, &blocks);
    assert_ok(block_reader_new(&reader, &err), err);
    for (size_t bit = 0; bit < 8 * blocks.bytes.size; bit++) {
        pd_status status;

        blocks.bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        status = read_block(reader, table, blocks.bytes.data, blocks.bytes.size, &err);
        if (status != PD_FAILED || err.cause != PD_CAUSE_CORRUPT)
            fail_msg("bit %zu: status %d, cause %d", bit, status, err.cause);
        blocks.bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_ok(read_block(reader, table, blocks.bytes.data, blocks.bytes.size, &err), err);
}

static void
every_truncation_is_found(void **state)
{
    CLEANUP_TABLE struct pd_table *table = table_of(few_kinds, COUNT_OF(few_kinds));
    struct rows rows = {.table = table, .n = 12};
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    CLEANUP_BLOCKS struct blocks blocks = {0};
    struct block_header header;
    struct pd_error err;

    write_rows(&rows, 12, &blocks);
    header_at(&blocks, 0, &header);
    assert_ok(block_reader_new(&reader, &err), err);
    for (uint32_t size = header.encoded_size; size-- > 0;) {
        struct block_header cut = header;
        const uint8_t *frame = blocks.bytes.data + BLOCK_HEADER_SIZE;

        cut.encoded_size = size;
        assert_int_equal(try_decode(reader, table, &cut, frame, &err), PD_FAILED);
        cut.frame_hash = XXH3_64bits(frame, size);
        assert_int_equal(try_decode(reader, table, &cut, frame, &err), PD_FAILED);
        assert_int_equal(err.cause, PD_CAUSE_CORRUPT);
    }
}

static void
a_block_in_another_place_is_refused(void **state)
{
    CLEANUP_TABLE struct pd_table *table = table_of(few_kinds, COUNT_OF(few_kinds));
    struct rows rows = {.table = table, .n = 12};
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    CLEANUP_BLOCKS struct blocks blocks = {0};
    struct block_header header;
    struct pd_error err;

    write_rows(&rows, 12, &blocks);
    header_at(&blocks, 0, &header);
    assert_ok(block_reader_new(&reader, &err), err);
    for (int i = 0; i < 4; i++) {
        struct block_header moved = header;

        moved.table += i == 0;
        moved.part += i == 1;
        moved.number += i == 2;
        moved.n_rows -= i == 3;
        assert_int_equal(
            try_decode(reader, table, &moved, blocks.bytes.data + BLOCK_HEADER_SIZE, &err),
            PD_FAILED);
        assert_int_equal(err.cause, PD_CAUSE_CORRUPT);
    }
}

static void
a_block_of_another_table_is_refused(void **state)
{
    static const int texts[] = {PD_KIND_TEXT, PD_KIND_INT64};
    CLEANUP_TABLE struct pd_table *table = table_of(few_kinds, COUNT_OF(few_kinds));
    CLEANUP_TABLE struct pd_table *other = table_of(texts, COUNT_OF(texts));
    struct rows rows = {.table = table, .n = 12};
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    CLEANUP_BLOCKS struct blocks blocks = {0};
    struct pd_error err;

    write_rows(&rows, 12, &blocks);
    assert_ok(block_reader_new(&reader, &err), err);
    assert_int_equal(read_block(reader, other, blocks.bytes.data, blocks.bytes.size, &err),
                     PD_FAILED);
    assert_int_equal(err.cause, PD_CAUSE_CORRUPT);
}

/* ---- headers by hand ---- */

static void
put_number(uint8_t *header, size_t at, size_t size, uint64_t value)
{
    uint64_t hash;

    for (size_t k = 0; k < size; k++)
        header[at + k] = (uint8_t)(value >> (8 * k));
    hash = XXH3_64bits(header, 56);
    for (size_t k = 0; k < 8; k++)
        header[56 + k] = (uint8_t)(hash >> (8 * k));
}

static void
headers_beyond_the_limits_are_refused(void **state)
{
    enum { KIND = 4, N_ROWS = 6, DECODED = 24, ENCODED = 28 };
    static const struct {
        uint16_t kind;
        uint16_t n_rows;
        uint32_t decoded;
        uint32_t encoded;
        bool good;
    } cases[] = {
        {BLOCK_KIND_ROWS, 1, 1000, 900, true},
        {BLOCK_KIND_ROWS, 16384, 4 << 20, 4 << 20, true},
        {BLOCK_KIND_ROWS, 16385, 1000, 900, false},
        {BLOCK_KIND_ROWS, 0, 1000, 900, false},
        {0, 1, 1000, 900, false},
        {3, 1, 1000, 900, false},
        {BLOCK_KIND_ROWS, 2, (4 << 20) + 1, 4 << 20, false},
        {BLOCK_KIND_ROWS, 1, (4 << 20) + 1, 4 << 20, true},
        {BLOCK_KIND_ROWS, 1, 1 << 30, 1 << 30, true},
        {BLOCK_KIND_ROWS, 1, (1 << 30) + 1, 1 << 30, false},
        {BLOCK_KIND_ROWS, 1, 1 << 30, (1 << 30) + (16 << 20), false}, /* larger than zstd's worst */
        {BLOCK_KIND_ROWS, 1, 1 << 30, 1 << 15, true},
        {BLOCK_KIND_ROWS, 1, 1 << 30, (1 << 15) - 1, false}, /* zstd cannot make so much of it */
        {BLOCK_KIND_LONG, 0, PD_LONG_SLICE, 900, true},
        {BLOCK_KIND_LONG, 0, PD_LONG_SLICE + 1, 900, false},
        {BLOCK_KIND_LONG, 0, 0, 9, false},
        {BLOCK_KIND_LONG, 1, PD_LONG_SLICE, 900, false},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t bytes[BLOCK_HEADER_SIZE] = "PDB1";
        struct block_header header;
        struct pd_error err;
        pd_status status;

        put_number(bytes, KIND, 2, cases[i].kind);
        put_number(bytes, N_ROWS, 2, cases[i].n_rows);
        put_number(bytes, DECODED, 4, cases[i].decoded);
        put_number(bytes, ENCODED, 4, cases[i].encoded);
        status = block_read_header(bytes, &header, &err);
        if ((status == PD_OK) != cases[i].good)
            fail_msg("case %zu: status %d", i, status);
        if (!cases[i].good)
            assert_int_equal(err.cause, PD_CAUSE_LIMIT);
    }
}

/* ---- frames by hand ---- */

/* Recompute what binds a frame that was changed on purpose, and try it. */
static pd_status
try_frame(const struct pd_table *table, const struct block_header *header, uint8_t *frame,
          uint32_t size, struct pd_error *err)
{
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    struct block_header changed = *header;

    assert_ok(block_reader_new(&reader, err), *err);
    changed.encoded_size = size;
    changed.frame_hash = XXH3_64bits(frame, size);
    return try_decode(reader, table, &changed, frame, err);
}

static void
only_one_plain_frame_of_zstd_is_accepted(void **state)
{
    static const uint8_t skippable[] = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};
    CLEANUP_TABLE struct pd_table *table = table_of(few_kinds, COUNT_OF(few_kinds));
    struct rows rows = {.table = table, .n = 12};
    CLEANUP_BLOCKS struct blocks blocks = {0};
    uint8_t frame[8192];
    struct block_header header;
    struct pd_error err;
    uint32_t size;

    write_rows(&rows, 12, &blocks);
    header_at(&blocks, 0, &header);
    size = header.encoded_size;
    assert_in_range(size, 10, 4096);
    memcpy(frame, blocks.bytes.data + BLOCK_HEADER_SIZE, size);
    assert_int_equal(try_frame(table, &header, frame, size, &err), PD_OK);
    memcpy(frame + size, skippable, sizeof skippable);
    assert_int_equal(try_frame(table, &header, frame, size + 8, &err), PD_FAILED);
    memcpy(frame + size, frame, size);
    assert_int_equal(try_frame(table, &header, frame, 2 * size, &err), PD_FAILED);
    memcpy(frame, skippable, sizeof skippable);
    memcpy(frame + 8, blocks.bytes.data + BLOCK_HEADER_SIZE, size);
    assert_int_equal(try_frame(table, &header, frame, size + 8, &err), PD_FAILED);
    for (size_t bit = 0; bit < 8 * (size_t)size; bit++) { /* also when the hash of it is right */
        memcpy(frame, blocks.bytes.data + BLOCK_HEADER_SIZE, size);
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (try_frame(table, &header, frame, size, &err) == PD_OK)
            assert_true(bit / 8 > 5); /* a bit within the blocks that zstd does not use */
    }
}

/* ---- bodies by hand ---- */

struct body {
    const char *what;
    int kind;
    uint32_t n_rows;
    size_t size;
    const char *bytes;
    const char *wrong; /* part of the message; NULL: it is good */
};

#define BODY(bytes) sizeof(bytes) - 1, bytes
#define ZERO7 "\0\0\0\0\0\0\0"
#define PLAIN "\0\1" ZERO7 /* the stream of states: all plain */

static pd_status
try_body(const struct body *body, struct pd_error *err)
{
    CLEANUP_TABLE struct pd_table *table = table_of(&body->kind, 1);
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    struct block_header header = {.kind = BLOCK_KIND_ROWS, .n_rows = body->n_rows};
    struct frame_body bytes = {.bytes = body->bytes, .size = body->size};
    struct buffer out CLEANUP_BUFFER = {0};
    struct frame_codec codec = {0};
    pd_status status;

    assert_ok(frame_open(&codec, 1, err), *err);
    assert_ok(frame_write(&codec, &header, &bytes, &out, err), *err);
    frame_close(&codec);
    assert_ok(block_reader_new(&reader, err), *err);
    status = block_read_header(out.data, &header, err);
    if (status == PD_OK)
        status = try_decode(reader, table, &header, out.data + BLOCK_HEADER_SIZE, err);
    return status;
}

static const struct body bodies[] = {
    {"one integer", PD_KIND_INT64, 1, BODY(PLAIN "\0\7" ZERO7), NULL},
    {"nothing", PD_KIND_INT64, 1, BODY(""), "cut short"},
    {"states only", PD_KIND_INT64, 1, BODY(PLAIN), "cut short"},
    {"a byte too many", PD_KIND_INT64, 1, BODY(PLAIN "\0\7" ZERO7 "x"), "too many"},
    {"all null", PD_KIND_INT64, 9, BODY("\0\0" ZERO7), NULL},
    {"a state beyond the tags", PD_KIND_INT64, 2, BODY("\0\17" ZERO7), "does not exist"},
    {"long in two rows", PD_KIND_TEXT, 2, BODY("\0\xff" ZERO7), "does not exist"},
    {"a plain number", PD_KIND_NUMBER, 1, BODY(PLAIN "\0\7" ZERO7), "does not have"},
    {"a plain any", PD_KIND_ANY, 1, BODY(PLAIN "\0\0" ZERO7), "does not have"},
    {"an unknown form", PD_KIND_INT64, 1, BODY(PLAIN "\12\7" ZERO7), "unknown form"},
    {"reserved bits", PD_KIND_INT64, 2, BODY(PLAIN "\40\7" ZERO7), "unknown form"},
    {"a difference of one value", PD_KIND_INT64, 1, BODY(PLAIN "\20\7" ZERO7 "\7" ZERO7),
     "unknown form"},
    {"a difference of two values", PD_KIND_INT64, 2, BODY(PLAIN "\20\7" ZERO7 "\7" ZERO7), NULL},
    {"wider than the column", PD_KIND_INT16, 1, BODY(PLAIN "\3\7" ZERO7 "abc"), "unknown form"},
    {"as wide as the column", PD_KIND_INT16, 1, BODY(PLAIN "\2\7" ZERO7 "ab"), NULL},
    {"bits", PD_KIND_BOOL, 9, BODY(PLAIN "\11\0" ZERO7 "\xaa\1"), NULL},
    {"bits cut short", PD_KIND_BOOL, 9, BODY(PLAIN "\11\0" ZERO7 "\xaa"), "cut short"},
    {"a bool of 2", PD_KIND_BOOL, 1, BODY(PLAIN "\0\2" ZERO7), "neither 0 nor 1"},
    {"text", PD_KIND_TEXT, 2, BODY(PLAIN "\0\2" ZERO7 "\xc3\xa4\xc3\xb6"), NULL},
    {"text cut short", PD_KIND_TEXT, 2, BODY(PLAIN "\0\2" ZERO7 "\xc3\xa4\xc3"), "cut short"},
    {"a character in two cells", PD_KIND_TEXT, 4, BODY(PLAIN "\0\1" ZERO7 "\xc3\xa4\xc3\xb6"),
     "UTF-8"},
    {"the same as bytes", PD_KIND_BINARY, 4, BODY(PLAIN "\0\1" ZERO7 "\xc3\xa4\xc3\xb6"), NULL},
    {"no text", PD_KIND_TEXT, 1, BODY(PLAIN "\0\3" ZERO7 "\xed\xa0\x80"), "UTF-8"},
    {"no text as an outlier", PD_KIND_INT64, 1, BODY("\0\4" ZERO7 "\0\1" ZERO7 "\xff"), "UTF-8"},
    {"bad text", PD_KIND_INT64, 1, BODY("\0\6" ZERO7 "\0\1" ZERO7 "\xff"), NULL},
    {"sizes beyond all bounds", PD_KIND_TEXT, 2, BODY(PLAIN "\0\xff\xff\xff\xff\0\0\0\0"), "2 GiB"},
    {"reals of an unknown scale", PD_KIND_FLOAT64, 1, BODY(PLAIN "\12\0\7" ZERO7 "\0\0\0\0"),
     "unknown form"},
    {"a real", PD_KIND_FLOAT64, 1, BODY(PLAIN "\2\0\7" ZERO7 "\0\0\0\0"), NULL},
    {"too many exceptions", PD_KIND_FLOAT64, 1, BODY(PLAIN "\2\0\7" ZERO7 "\1\0\0\0"), "too many"},
    {"an exception", PD_KIND_FLOAT64, 16,
     BODY(PLAIN "\2\0\7" ZERO7 "\1\0\0\0\0\17" ZERO7 "\0\1" ZERO7), NULL},
    {"an exception beyond the rows", PD_KIND_FLOAT64, 16,
     BODY(PLAIN "\2\0\7" ZERO7 "\1\0\0\0\0\20" ZERO7 "\0\1" ZERO7), "out of order"},
    {"exceptions twice", PD_KIND_FLOAT64, 32,
     BODY(PLAIN "\2\0\7" ZERO7 "\2\0\0\0\0\17" ZERO7 "\0\1" ZERO7), "out of order"},
    {"raw reals", PD_KIND_FLOAT64, 2, BODY(PLAIN "\377\0\7" ZERO7), NULL},
    {"uuids", PD_KIND_UUID, 1, BODY(PLAIN "0123456789abcdef"), NULL},
    {"uuids cut short", PD_KIND_UUID, 1, BODY(PLAIN "0123456789abcde"), "cut short"},
    {"a long integer", PD_KIND_INT64, 1, BODY("\0\xff" ZERO7 "\0\1\0\100\0\0\0\0\0........"),
     "cannot be long"},
    {"a long cell", PD_KIND_INT64, 1, BODY("\0\xff" ZERO7 "\3\1\0\100\0\0\0\0\0........"), NULL},
    {"a long cell that is not", PD_KIND_TEXT, 1,
     BODY("\0\xff" ZERO7 "\0\0\0\100\0\0\0\0\0........"), "a size that is none"},
    {"a long cell cut short", PD_KIND_TEXT, 1, BODY("\0\xff" ZERO7 "\0\1\0\100\0\0\0\0\0......."),
     "cut short"},
};

static void
bodies_that_no_writer_makes_are_refused(void **state)
{
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct pd_error err = {.text = ""};
        pd_status status = try_body(&bodies[i], &err);

        if (!bodies[i].wrong && status != PD_OK)
            fail_msg("%s: %s", bodies[i].what, err.text);
        if (bodies[i].wrong && (status != PD_FAILED || err.cause != PD_CAUSE_CORRUPT ||
                                !strstr(err.text, bodies[i].wrong)))
            fail_msg("%s: status %d, %s", bodies[i].what, status, err.text);
    }
}

/* A frame of a few bytes must not become a batch of many: 16384 rows of a wide table. */
static void
more_rows_than_the_cut_allows_are_refused(void **state)
{
    int kinds[9];
    struct buffer bytes CLEANUP_BUFFER = {0}, out CLEANUP_BUFFER = {0};
    CLEANUP(block_reader) struct block_reader *reader = NULL;
    struct frame_codec codec = {0};
    struct pd_error err;

    for (int i = 0; i < 9; i++) {
        kinds[i] = PD_KIND_INT64;
        buffer_append(&bytes, "\0\0" ZERO7, 9);
    }
    assert_ok(block_reader_new(&reader, &err), err);
    assert_ok(frame_open(&codec, 1, &err), err);
    for (uint32_t n = 8; n <= 9; n++) {
        struct block_header header = {.kind = BLOCK_KIND_ROWS, .n_rows = BLOCK_ROWS};
        struct frame_body body = {.bytes = bytes.data, .size = n * 9};
        CLEANUP_TABLE struct pd_table *table = table_of(kinds, n);

        assert_ok(frame_write(&codec, &header, &body, &out, &err), err);
        assert_int_equal(try_decode(reader, table, &header, out.data + BLOCK_HEADER_SIZE, &err),
                         n == 8 ? PD_OK : PD_FAILED);
    }
    frame_close(&codec);
}

/* ---- what sources do wrong ---- */

static void
a_batch_that_breaks_the_rules_is_refused(void **state)
{
    static const int kinds[] = {PD_KIND_NUMBER};
    CLEANUP_TABLE struct pd_table *table = table_of(kinds, 1);
    CLEANUP(block_writer) struct block_writer *writer = NULL;
    CLEANUP_BLOCKS struct blocks blocks = {0};
    static const uint8_t number[8] = {7}, real[1] = {PD_TAG_REAL}, text[1] = {PD_TAG_TEXT};
    const struct pd_outlier outlier = {.tag = PD_TAG_INT, .size = 8, .bytes = number};
    const struct pd_vector vectors[] = {
        {.layout = PD_LAYOUT_I64, .width = 8, .data = number},
        {.layout = PD_LAYOUT_NUM64, .width = 8, .data = number, .tags = text},
        {.layout = PD_LAYOUT_NUM64,
         .width = 8,
         .data = number,
         .tags = real,
         .n_outliers = 1,
         .outliers = &outlier},
    };
    struct pd_error err;

    assert_ok(block_writer_new(0, true, keep_block, &blocks, &writer, &err), err);
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        const struct pd_batch batch = {.struct_size = sizeof batch,
                                       .vector_size = sizeof *vectors,
                                       .n_rows = 1,
                                       .n_columns = 1,
                                       .vectors = &vectors[i]};

        assert_ok(block_writer_start(writer, table, 0, 0, &err), err);
        assert_int_equal(block_writer_add(writer, &batch, NULL, NULL, &err), PD_FAILED);
        assert_int_equal(err.cause, PD_CAUSE_BUG);
    }
}

static void
text_that_is_not_utf8_is_found_by_the_recheck(void **state)
{
    static const int kinds[] = {PD_KIND_TEXT};
    CLEANUP_TABLE struct pd_table *table = table_of(kinds, 1);
    CLEANUP(block_writer) struct block_writer *writer = NULL;
    CLEANUP_BLOCKS struct blocks blocks = {0};
    static const int32_t offsets[] = {0, 1};
    const struct pd_vector vector = {.layout = PD_LAYOUT_VAR, .data = "\xff", .offsets = offsets};
    const struct pd_batch batch = {.struct_size = sizeof batch,
                                   .vector_size = sizeof vector,
                                   .n_rows = 1,
                                   .n_columns = 1,
                                   .vectors = &vector};
    struct pd_error err;

    assert_ok(block_writer_new(0, true, keep_block, &blocks, &writer, &err), err);
    assert_ok(block_writer_start(writer, table, 0, 0, &err), err);
    assert_ok(block_writer_add(writer, &batch, NULL, NULL, &err), err);
    assert_int_equal(block_writer_end(writer, &err), PD_FAILED);
    assert_int_equal(err.cause, PD_CAUSE_BUG);
    assert_int_equal(blocks.n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(every_truncation_is_found),
        cmocka_unit_test(a_block_in_another_place_is_refused),
        cmocka_unit_test(a_block_of_another_table_is_refused),
        cmocka_unit_test(headers_beyond_the_limits_are_refused),
        cmocka_unit_test(only_one_plain_frame_of_zstd_is_accepted),
        cmocka_unit_test(bodies_that_no_writer_makes_are_refused),
        cmocka_unit_test(more_rows_than_the_cut_allows_are_refused),
        cmocka_unit_test(a_batch_that_breaks_the_rules_is_refused),
        cmocka_unit_test(text_that_is_not_utf8_is_found_by_the_recheck),
    };

    return cmocka_run_group_tests_name("block_refuse", tests, NULL, NULL);
}
