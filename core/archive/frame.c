// SPDX-License-Identifier: Apache-2.0
/* frame - headers and zstd frames of blocks, both ways; nothing in them is left unchecked. */
#include "archive/frame.h"

#include <inttypes.h>
#include <string.h>

enum {
    MAGIC = 0x31424450,        /* "PDB1" */
    BOUND_SIZE = 28,           /* the part of the header that the hash of the bytes includes */
    MAX_DECODED = 4 << 20,     /* of rows: canonical size, and what the streams' heads may add */
    MAX_ROW_DECODED = 1 << 30, /* of a row that has its own block */
    MAX_RATIO = 32768,         /* zstd: 4 bytes for a block of 128 KiB */
    CUT_COST = 32,             /* what a cut may add to a frame that does not get smaller */
    ZSTD_MAGIC_SIZE = 4,
    ZSTD_CHECKSUM_FLAG = 4, /* in the frame header's descriptor */
    ZSTD_UNUSED_FLAGS = 0x18
};

pd_status
frame_open(struct frame_codec *codec, int level, struct pd_error *err)
{
    codec->hash = XXH3_createState();
    codec->decompressor = ZSTD_createDCtx();
    if (!codec->hash || !codec->decompressor)
        return error_memory(err);
    if (level == 0)
        return PD_OK;
    codec->compressor = ZSTD_createCCtx();
    if (!codec->compressor)
        return error_memory(err);
    if (ZSTD_isError(ZSTD_CCtx_setParameter(codec->compressor, ZSTD_c_compressionLevel, level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(codec->compressor, ZSTD_c_checksumFlag, 1)))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "compression level %d is none of zstd's",
                          level);
    return PD_OK;
}

void
frame_close(struct frame_codec *codec)
{
    ZSTD_freeCCtx(codec->compressor);
    ZSTD_freeDCtx(codec->decompressor);
    XXH3_freeState(codec->hash);
    *codec = (struct frame_codec){0};
}

static void
put_little_endian(uint8_t **at, uint64_t value, int size)
{
    for (int k = 0; k < size; k++)
        *(*at)++ = (uint8_t)(value >> (8 * k));
}

static void
put_header(uint8_t *bytes, const struct block_header *header)
{
    uint8_t *at = bytes;

    put_little_endian(&at, MAGIC, 4);
    put_little_endian(&at, header->kind, 2);
    put_little_endian(&at, header->n_rows, 2);
    put_little_endian(&at, header->table, 4);
    put_little_endian(&at, header->part, 4);
    put_little_endian(&at, header->number, 8);
    put_little_endian(&at, header->decoded_size, 4);
    put_little_endian(&at, header->encoded_size, 4);
    put_little_endian(&at, header->hash_low, 8);
    put_little_endian(&at, header->hash_high, 8);
    put_little_endian(&at, header->frame_hash, 8);
    put_little_endian(&at, XXH3_64bits(bytes, BLOCK_HEADER_SIZE - 8), 8);
}

/* The hash of the decoded bytes, bound to their place. */
static XXH128_hash_t
bound_hash(struct frame_codec *codec, const struct block_header *header, const void *body,
           size_t size)
{
    uint8_t bytes[BLOCK_HEADER_SIZE];

    put_header(bytes, header);
    XXH3_128bits_reset(codec->hash);
    XXH3_128bits_update(codec->hash, bytes, BOUND_SIZE);
    if (size)
        XXH3_128bits_update(codec->hash, body, size);
    return XXH3_128bits_digest(codec->hash);
}

/* The size of the frame, or an error of zstd. */
static size_t
compress(ZSTD_CCtx *compressor, const struct frame_body *body, void *to, size_t room)
{
    ZSTD_outBuffer out = {.dst = to, .size = room};
    ZSTD_inBuffer in = {.src = body->bytes};
    size_t left = ZSTD_CCtx_reset(compressor, ZSTD_reset_session_only);

    if (!ZSTD_isError(left))
        left = ZSTD_CCtx_setPledgedSrcSize(compressor, body->size);
    for (size_t i = 0; i < body->n_cuts && !ZSTD_isError(left); i++) {
        in.size = body->cuts[i];
        left = ZSTD_compressStream2(compressor, &out, &in, ZSTD_e_flush);
    }
    in.size = body->size;
    if (!ZSTD_isError(left))
        left = ZSTD_compressStream2(compressor, &out, &in, ZSTD_e_end);
    if (left) /* an error, or the room was too small */
        return ZSTD_isError(left) ? left : (size_t)-1;
    return out.pos;
}

pd_status
frame_write(struct frame_codec *codec, struct block_header *header, const struct frame_body *body,
            struct buffer *out, struct pd_error *err)
{
    size_t room = ZSTD_compressBound(body->size) + body->n_cuts * CUT_COST, encoded;
    XXH128_hash_t hash;
    uint8_t *to;

    buffer_clear(out);
    if (body->size > MAX_ROW_DECODED)
        return error_fail(err, PD_FAILED, PD_CAUSE_LIMIT,
                          "a row of %zu bytes is larger than an archive can hold (1 GiB, cells "
                          "that are kept apart left out)",
                          body->size);
    to = buffer_reserve(out, BLOCK_HEADER_SIZE + room);
    if (!to)
        return error_memory(err);
    encoded = compress(codec->compressor, body, to + BLOCK_HEADER_SIZE, room);
    if (ZSTD_isError(encoded))
        return error_fail(err, PD_FATAL, PD_CAUSE_MEMORY, "zstd cannot compress a block: %s",
                          ZSTD_getErrorName(encoded));
    header->decoded_size = (uint32_t)body->size;
    header->encoded_size = (uint32_t)encoded;
    hash = bound_hash(codec, header, body->bytes, body->size);
    header->hash_low = hash.low64;
    header->hash_high = hash.high64;
    header->frame_hash = XXH3_64bits(to + BLOCK_HEADER_SIZE, encoded);
    put_header(to, header);
    out->size = BLOCK_HEADER_SIZE + encoded;
    return PD_OK;
}

/* The most that a frame may be larger than what it holds: cuts are at least FRAME_CUT apart. */
static size_t
encoded_bound(size_t size)
{
    return ZSTD_compressBound(size) + (size / FRAME_CUT + 1) * CUT_COST;
}

/* Are the counts and sizes such as a writer can have made them? */
static bool
is_plausible(const struct block_header *header)
{
    uint32_t most = header->n_rows == 1 ? MAX_ROW_DECODED : MAX_DECODED;

    if (header->kind == BLOCK_KIND_LONG) {
        if (header->n_rows || !header->decoded_size)
            return false;
        most = PD_LONG_SLICE;
    } else if (header->kind != BLOCK_KIND_ROWS || !header->n_rows || header->n_rows > BLOCK_ROWS) {
        return false;
    }
    return header->decoded_size <= most &&
           header->encoded_size <= encoded_bound(header->decoded_size) &&
           header->decoded_size / MAX_RATIO <= header->encoded_size;
}

pd_status
block_read_header(const uint8_t bytes[BLOCK_HEADER_SIZE], struct block_header *ret_header,
                  struct pd_error *err)
{
    struct cursor in = cursor_of(bytes, BLOCK_HEADER_SIZE);
    struct block_header header = {0};

    if (cursor_u32(&in) != MAGIC)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "no block begins where one should");
    header.kind = cursor_u16(&in);
    header.n_rows = cursor_u16(&in);
    header.table = cursor_u32(&in);
    header.part = cursor_u32(&in);
    header.number = cursor_u64(&in);
    header.decoded_size = cursor_u32(&in);
    header.encoded_size = cursor_u32(&in);
    header.hash_low = cursor_u64(&in);
    header.hash_high = cursor_u64(&in);
    header.frame_hash = cursor_u64(&in);
    if (cursor_u64(&in) != XXH3_64bits(bytes, BLOCK_HEADER_SIZE - 8))
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "the header of a block is damaged");
    if (!is_plausible(&header))
        return error_fail(err, PD_FAILED, PD_CAUSE_LIMIT,
                          "the header of a block has numbers beyond the limits (kind %" PRIu32
                          ", %" PRIu32 " rows, %" PRIu32 " bytes in %" PRIu32 ")",
                          header.kind, header.n_rows, header.decoded_size, header.encoded_size);
    *ret_header = header;
    return PD_OK;
}

static pd_status
damaged(const struct block_header *header, const char *what, struct pd_error *err)
{
    return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                      "block %" PRIu64 " of part %" PRIu32 " is damaged: %s", header->number,
                      header->part, what);
}

/* One frame of zstd with its size and a checksum, no dictionary, nothing behind it. */
static bool
is_our_frame(const struct block_header *header, const uint8_t *frame)
{
    static const uint8_t magic[ZSTD_MAGIC_SIZE] = {0x28, 0xb5, 0x2f, 0xfd};
    size_t size = header->encoded_size;

    return size > ZSTD_MAGIC_SIZE && memcmp(frame, magic, ZSTD_MAGIC_SIZE) == 0 &&
           (frame[ZSTD_MAGIC_SIZE] & ZSTD_CHECKSUM_FLAG) &&
           !(frame[ZSTD_MAGIC_SIZE] & ZSTD_UNUSED_FLAGS) &&
           ZSTD_getDictID_fromFrame(frame, size) == 0 &&
           ZSTD_getFrameContentSize(frame, size) == header->decoded_size &&
           ZSTD_findFrameCompressedSize(frame, size) == size;
}

pd_status
frame_read(struct frame_codec *codec, const struct block_header *header, const void *frame,
           struct buffer *body, struct pd_error *err)
{
    XXH128_hash_t hash;
    size_t size;

    if (!is_plausible(header))
        return damaged(header, "numbers beyond the limits", err);
    if (XXH3_64bits(frame, header->encoded_size) != header->frame_hash)
        return damaged(header, "its bytes have another hash", err);
    if (!is_our_frame(header, frame))
        return damaged(header, "it is not one frame of zstd with size and checksum", err);
    buffer_clear(body);
    if (!buffer_reserve(body, header->decoded_size))
        return error_memory(err);
    size = ZSTD_decompressDCtx(codec->decompressor, body->data, header->decoded_size, frame,
                               header->encoded_size);
    if (ZSTD_isError(size))
        return damaged(header, ZSTD_getErrorName(size), err);
    if (size != header->decoded_size)
        return damaged(header, "it has not the size that it promises", err);
    body->size = size;
    hash = bound_hash(codec, header, body->data, size);
    if (hash.low64 != header->hash_low || hash.high64 != header->hash_high)
        return damaged(header, "its decoded bytes have another hash", err);
    return PD_OK;
}
