// SPDX-License-Identifier: Apache-2.0
/* spool - bytes that wait for their turn. */
#include "archive/spool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

void
spool_open(struct spool *spool, int folder)
{
    *spool = (struct spool){.folder = folder, .fd = -1};
}

void
spool_close(struct spool *spool)
{
    if (spool->fd >= 0)
        close(spool->fd);
    spool->fd = -1;
}

static pd_status
make_file(struct spool *spool, struct pd_error *err)
{
    const char *path = getenv("TMPDIR");
    CLEANUP_FD int folder = -1;
    pd_status status;

    if (spool->folder >= 0)
        return file_temporary(spool->folder, &spool->fd, err);
    status = folder_open(path && *path ? path : "/tmp", &folder, err);
    return status == PD_OK ? file_temporary(folder, &spool->fd, err) : status;
}

static pd_status
spool_to_file(struct spool *spool, const void *bytes, size_t size, struct piece *piece,
              struct pd_error *err)
{
    pd_status status = PD_OK;

    if (spool->fd < 0)
        status = make_file(spool, err);
    if (status != PD_OK)
        return status;
    if (spool->n_filed == 0)
        spool->end = 0; /* nobody needs what is there */
    if (lseek(spool->fd, (off_t)spool->end, SEEK_SET) < 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_IO, "cannot seek in a temporary file");
    status = file_write(spool->fd, bytes, size, "temporary file", err);
    if (status != PD_OK)
        return status;
    piece->offset = spool->end;
    spool->end += size;
    spool->n_filed++;
    return PD_OK;
}

pd_status
spool_put(struct spool *spool, const void *bytes, size_t size, struct piece *ret_piece,
          struct pd_error *err)
{
    struct piece piece = {.size = size};
    pd_status status = PD_OK;

    if (size > 0 && spool->n_memory + size <= FORMAT_SPOOL_BYTES) {
        piece.bytes = malloc(size);
        if (!piece.bytes)
            return error_memory(err);
        memcpy(piece.bytes, bytes, size);
        spool->n_memory += size;
    } else if (size > 0) {
        status = spool_to_file(spool, bytes, size, &piece, err);
    }
    if (status == PD_OK)
        *ret_piece = piece;
    return status;
}

pd_status
spool_read(struct spool *spool, const struct piece *piece, void *bytes, size_t size,
           struct pd_error *err)
{
    size_t got = 0;
    pd_status status;

    if (size > piece->size)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "more is read than was put aside");
    if (size && piece->bytes)
        memcpy(bytes, piece->bytes, size);
    if (size == 0 || piece->bytes)
        return PD_OK;
    status = file_read(spool->fd, bytes, size, (int64_t)piece->offset, &got, "temporary file", err);
    if (status == PD_OK && got != size)
        return error_fail(err, PD_FATAL, PD_CAUSE_IO, "a temporary file was cut by somebody");
    return status;
}

pd_status
spool_get(struct spool *spool, const struct piece *piece, struct buffer *out, struct pd_error *err)
{
    uint8_t *room;
    pd_status status;

    if (piece->size == 0)
        return PD_OK;
    room = buffer_reserve(out, piece->size);
    if (!room)
        return error_memory(err);
    status = spool_read(spool, piece, room, piece->size, err);
    if (status == PD_OK)
        out->size += piece->size;
    return status;
}

void
spool_drop(struct spool *spool, struct piece *piece)
{
    if (piece->bytes)
        spool->n_memory -= piece->size;
    else if (piece->size)
        spool->n_filed--;
    free(piece->bytes);
    *piece = (struct piece){0};
}
