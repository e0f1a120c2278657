// SPDX-License-Identifier: Apache-2.0
/* lines - the lines of a file, one at a time in a reused buffer. */
#include "archive/lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/hash.h"
#include "base/file.h"

enum { LINES_STEP = 65536 };

struct lines {
    int fd;
    bool lenient;
    bool ended;
    const char *name;
    size_t limit;
    uint64_t n_read; /* bytes of the file in or through the buffer */
    uint64_t number;
    uint64_t offset; /* of the line given last */
    size_t at;       /* begin of the next line in the buffer */
    struct buffer buffer;
    XXH3_state_t *hash;
};

pd_status
lines_open(int fd, const char *name, size_t limit, bool lenient, struct lines **ret_lines,
           struct pd_error *err)
{
    struct lines *lines = calloc(1, sizeof *lines);

    if (!lines)
        return error_memory(err);
    lines->fd = fd;
    lines->name = name;
    lines->limit = limit;
    lines->lenient = lenient;
    lines->hash = XXH3_createState();
    if (!lines->hash) {
        free(lines);
        return error_memory(err);
    }
    XXH3_128bits_reset(lines->hash);
    *ret_lines = lines;
    return PD_OK;
}

void
lines_free(struct lines *lines)
{
    if (!lines)
        return;
    XXH3_freeState(lines->hash);
    buffer_free(&lines->buffer);
    free(lines);
}

/* More bytes behind those that are in the buffer, whose used ones are dropped. */
static pd_status
lines_fill(struct lines *lines, struct pd_error *err)
{
    struct buffer *buffer = &lines->buffer;
    size_t step = buffer->size > LINES_STEP ? buffer->size : LINES_STEP;
    size_t got = 0;
    uint8_t *room;
    pd_status status;

    if (lines->at) {
        memmove(buffer->data, buffer->data + lines->at, buffer->size - lines->at);
        buffer->size -= lines->at;
        lines->at = 0;
    }
    if (buffer->size > lines->limit)
        return error_fail(err, PD_FAILED, PD_CAUSE_LIMIT,
                          "'%s' line %" PRIu64 " is longer than %zu bytes", lines->name,
                          lines->number + 1, lines->limit);
    room = buffer_reserve(buffer, step + 1);
    if (!room)
        return error_memory(err);
    status = file_read(lines->fd, room, step, (int64_t)lines->n_read, &got, lines->name, err);
    if (status != PD_OK)
        return status;
    XXH3_128bits_update(lines->hash, room, got);
    buffer->size += got;
    lines->n_read += got;
    lines->ended = got < step;
    return PD_OK;
}

static void
lines_give(struct lines *lines, size_t size, size_t end_size, const char **ret_line,
           size_t *ret_size)
{
    uint8_t *line = lines->buffer.data + lines->at;

    line[size] = 0;
    lines->offset = lines->n_read - (lines->buffer.size - lines->at);
    lines->number++;
    lines->at += size + end_size;
    *ret_line = (const char *)line;
    *ret_size = size;
}

pd_status
lines_next(struct lines *lines, const char **ret_line, size_t *ret_size, struct pd_error *err)
{
    size_t scanned = 0;

    for (;;) {
        size_t left = lines->buffer.size - lines->at;
        const uint8_t *from = left ? lines->buffer.data + lines->at : NULL;
        const uint8_t *end = left > scanned ? memchr(from + scanned, '\n', left - scanned) : NULL;
        pd_status status;

        if (end) {
            lines_give(lines, (size_t)(end - from), 1, ret_line, ret_size);
            return PD_OK;
        }
        if (lines->ended && left == 0)
            return PD_DONE;
        if (lines->ended && lines->lenient) {
            lines_give(lines, left, 0, ret_line, ret_size);
            return PD_OK;
        }
        if (lines->ended)
            return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT,
                              "'%s' ends within line %" PRIu64 ": it was cut", lines->name,
                              lines->number + 1);
        scanned = left;
        status = lines_fill(lines, err);
        if (status != PD_OK)
            return status;
    }
}

uint64_t
lines_number(const struct lines *lines)
{
    return lines->number;
}

uint64_t
lines_offset(const struct lines *lines)
{
    return lines->offset;
}

struct file_seal
lines_seal(const struct lines *lines)
{
    return (struct file_seal){.size = lines->n_read,
                              .hash = hash_digest(XXH3_128bits_digest(lines->hash))};
}

static pd_status
lines_hash_all(int fd, const char *name, uint8_t *bytes, struct file_seal *ret_seal,
               struct pd_error *err)
{
    CLEANUP_HASH XXH3_state_t *hash = XXH3_createState();
    size_t got = 1;

    if (!hash)
        return error_memory(err);
    XXH3_128bits_reset(hash);
    for (ret_seal->size = 0; got > 0; ret_seal->size += got) {
        pd_status status =
            file_read(fd, bytes, LINES_STEP, (int64_t)ret_seal->size, &got, name, err);

        if (status != PD_OK)
            return status;
        XXH3_128bits_update(hash, bytes, got);
    }
    ret_seal->hash = hash_digest(XXH3_128bits_digest(hash));
    return PD_OK;
}

pd_status
lines_check_seal(int fd, const char *name, const struct file_seal *seal, struct pd_error *err)
{
    CLEANUP_FREE uint8_t *bytes = malloc(LINES_STEP);
    struct file_seal found = {0};
    pd_status status = bytes ? lines_hash_all(fd, name, bytes, &found, err) : error_memory(err);

    if (status != PD_OK)
        return status;
    if (found.size != seal->size)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "'%s' has %" PRIu64 " bytes, the manifest says %" PRIu64, name,
                          found.size, seal->size);
    if (!hash_equal(&found.hash, &seal->hash))
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "'%s' was changed or damaged: its hash is not the manifest's", name);
    return PD_OK;
}
