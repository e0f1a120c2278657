// SPDX-License-Identifier: Apache-2.0
/* stream - the framing of the stream shape. */
#include "archive/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/hash.h"
#include "base/file.h"

/* Bytes of a section are read in steps of this size, so that a size that lies costs nothing. */
enum { STREAM_BUFFER = 65536, STREAM_STEP = 1 << 20, STREAM_KEPT = 8 << 20 };

#define STREAM_SECTION_ROW_(name, tag, limit, meaning) {tag, limit},
static const struct {
    char tag[5];
    uint32_t limit;
} sections[STREAM_COUNT_] = {STREAM_SECTION_TABLE(STREAM_SECTION_ROW_)};
#undef STREAM_SECTION_ROW_

pd_status
stream_write_section(struct output *output, enum stream_section section, const void *bytes,
                     size_t size, struct pd_error *err)
{
    uint8_t header[STREAM_HEADER_SIZE];
    pd_status status;

    if (size > sections[section].limit)
        return error_fail(err, PD_FATAL, PD_CAUSE_LIMIT,
                          "a section '%s' of %zu bytes, the limit is %" PRIu32,
                          sections[section].tag, size, sections[section].limit);
    memcpy(header, sections[section].tag, 4);
    for (int i = 0; i < 4; i++)
        header[4 + i] = (uint8_t)(size >> (8 * i));
    status = output_append(output, header, sizeof header, err);
    return status == PD_OK ? output_append(output, bytes, size, err) : status;
}

struct stream_in {
    int fd;
    const char *name;
    uint8_t *buffer;
    size_t at;
    size_t n_buffered;
    uint64_t offset;
    XXH3_state_t *hash;
    struct file_seal seal; /* of what was before the last section, once it was seen */
    bool peeked;
    enum stream_section section;
    uint32_t size;
    struct buffer bytes;
};

/* Up to size bytes; *ret_got is smaller only at the end. */
static pd_status
get(struct stream_in *in, uint8_t *to, size_t size, size_t *ret_got, struct pd_error *err)
{
    size_t got = 0, more = 0;
    pd_status status = PD_OK;

    while (got < size && status == PD_OK) {
        size_t left = in->n_buffered - in->at;
        size_t n = left < size - got ? left : size - got;

        if (n > 0)
            memcpy(to + got, in->buffer + in->at, n);
        in->at += n;
        got += n;
        if (got == size)
            break;
        if (size - got >= STREAM_BUFFER) {
            status = file_read(in->fd, to + got, size - got, -1, &more, in->name, err);
            got += more;
            break;
        }
        status = file_read(in->fd, in->buffer, STREAM_BUFFER, -1, &in->n_buffered, in->name, err);
        in->at = 0;
        if (in->n_buffered == 0)
            break;
    }
    in->offset += got;
    *ret_got = got;
    return status;
}

static pd_status
cut(const struct stream_in *in, struct pd_error *err)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                      "the stream is INCOMPLETE: it ends at byte %" PRIu64
                      ", before its last section",
                      in->offset);
}

static pd_status
check_magic(struct stream_in *in, struct pd_error *err)
{
    uint8_t magic[FORMAT_STREAM_MAGIC_SIZE];
    size_t got = 0;
    pd_status status = get(in, magic, sizeof magic, &got, err);

    if (status != PD_OK)
        return status;
    if (memcmp(magic, FORMAT_STREAM_MAGIC, got) != 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "it is not an archive: it does not begin with '"
                          "polydump stream"
                          "'");
    if (got < sizeof magic)
        return cut(in, err);
    XXH3_128bits_update(in->hash, magic, sizeof magic);
    return PD_OK;
}

pd_status
stream_in_new(int fd, const char *name, struct stream_in **ret_in, struct pd_error *err)
{
    CLEANUP(stream_in) struct stream_in *in = calloc(1, sizeof *in);
    pd_status status;

    if (!in)
        return error_memory(err);
    in->fd = fd;
    in->name = name;
    in->hash = XXH3_createState();
    in->buffer = malloc(STREAM_BUFFER);
    if (!in->hash || !in->buffer)
        return error_memory(err);
    XXH3_128bits_reset(in->hash);
    status = check_magic(in, err);
    if (status == PD_OK)
        *ret_in = take(in);
    return status;
}

void
stream_in_free(struct stream_in *in)
{
    if (!in)
        return;
    XXH3_freeState(in->hash);
    free(in->buffer);
    buffer_free(&in->bytes);
    free(in);
}

static pd_status
find_section(struct stream_in *in, const uint8_t *header, uint64_t at, struct pd_error *err)
{
    struct cursor size = cursor_of(header + 4, 4);

    in->size = cursor_u32(&size);
    for (int i = 0; i < STREAM_COUNT_; i++) {
        if (memcmp(header, sections[i].tag, 4) != 0)
            continue;
        if (in->size > sections[i].limit)
            return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                              "section '%s' at %" PRIu64 " has %" PRIu32
                              " bytes, more than %" PRIu32,
                              sections[i].tag, at, in->size, sections[i].limit);
        in->section = (enum stream_section)i;
        return PD_OK;
    }
    return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                      "there is no section at %" PRIu64 ", where one should be", at);
}

pd_status
stream_in_peek(struct stream_in *in, enum stream_section *ret_section, struct pd_error *err)
{
    uint8_t header[STREAM_HEADER_SIZE];
    uint64_t at = in->offset;
    size_t got = 0;
    pd_status status = PD_OK;

    if (!in->peeked) {
        status = get(in, header, sizeof header, &got, err);
        if (status == PD_OK && got < sizeof header)
            status = cut(in, err);
        if (status == PD_OK)
            status = find_section(in, header, at, err);
        if (status != PD_OK)
            return status;
        if (in->section == STREAM_LAST)
            in->seal =
                (struct file_seal){.size = at, .hash = hash_digest(XXH3_128bits_digest(in->hash))};
        XXH3_128bits_update(in->hash, header, sizeof header);
        in->peeked = true;
    }
    *ret_section = in->section;
    return PD_OK;
}

pd_status
stream_in_take(struct stream_in *in, const uint8_t **ret_bytes, size_t *ret_size,
               struct pd_error *err)
{
    struct buffer *bytes = &in->bytes;

    if (bytes->room > STREAM_KEPT)
        buffer_free(bytes);
    buffer_clear(bytes);
    while (bytes->size < in->size) {
        size_t left = in->size - bytes->size, got = 0;
        size_t step = left < STREAM_STEP ? left : STREAM_STEP;
        uint8_t *room = buffer_reserve(bytes, step);
        pd_status status = room ? get(in, room, step, &got, err) : error_memory(err);

        if (status == PD_OK && got < step)
            status = cut(in, err);
        if (status != PD_OK)
            return status;
        XXH3_128bits_update(in->hash, room, step);
        bytes->size += step;
    }
    if (!buffer_string(bytes))
        return error_memory(err);
    in->peeked = false;
    *ret_bytes = bytes->data;
    *ret_size = bytes->size;
    return PD_OK;
}

pd_status
stream_in_end(struct stream_in *in, struct pd_error *err)
{
    uint8_t more;
    size_t got = 0;
    pd_status status = get(in, &more, 1, &got, err);

    if (status == PD_OK && got > 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "there is data after the end of the archive, from byte %" PRIu64,
                          in->offset - 1);
    return status;
}

struct file_seal
stream_in_seal(const struct stream_in *in)
{
    return in->seal;
}

uint64_t
stream_in_offset(const struct stream_in *in)
{
    return in->offset;
}
