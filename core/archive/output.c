// SPDX-License-Identifier: Apache-2.0
/* output - a file of the archive while it is written. */
#include "archive/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/hash.h"
#include "base/file.h"

enum { OUTPUT_BUFFER = 65536 };

struct output {
    int fd;
    bool owned;
    char name[64];
    uint64_t size; /* appended */
    size_t n_buffered;
    XXH3_state_t *hash;
    uint8_t buffer[OUTPUT_BUFFER];
};

pd_status
output_wrap(int fd, const char *name, struct output **ret_output, struct pd_error *err)
{
    struct output *output = malloc(sizeof *output);

    if (!output)
        return error_memory(err);
    output->fd = fd;
    output->owned = false;
    output->size = 0;
    output->n_buffered = 0;
    snprintf(output->name, sizeof output->name, "%s", name);
    output->hash = XXH3_createState();
    if (!output->hash) {
        free(output);
        return error_memory(err);
    }
    XXH3_128bits_reset(output->hash);
    *ret_output = output;
    return PD_OK;
}

pd_status
output_create(int folder, const char *name, struct output **ret_output, struct pd_error *err)
{
    CLEANUP_FD int fd = -1;
    pd_status status = file_create(folder, name, &fd, err);

    if (status == PD_OK)
        status = output_wrap(fd, name, ret_output, err);
    if (status != PD_OK)
        return status;
    (*ret_output)->owned = true;
    fd = -1;
    return PD_OK;
}

void
output_free(struct output *output)
{
    if (!output)
        return;
    if (output->owned)
        fd_cleanup_(&output->fd);
    XXH3_freeState(output->hash);
    free(output);
}

static pd_status
output_drain(struct output *output, struct pd_error *err)
{
    size_t size = output->n_buffered;

    output->n_buffered = 0;
    return size ? file_write(output->fd, output->buffer, size, output->name, err) : PD_OK;
}

pd_status
output_append(struct output *output, const void *bytes, size_t size, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (size == 0)
        return PD_OK;
    XXH3_128bits_update(output->hash, bytes, size);
    output->size += size;
    if (size > OUTPUT_BUFFER - output->n_buffered)
        status = output_drain(output, err);
    if (status != PD_OK)
        return status;
    if (size >= OUTPUT_BUFFER)
        return file_write(output->fd, bytes, size, output->name, err);
    memcpy(output->buffer + output->n_buffered, bytes, size);
    output->n_buffered += size;
    return PD_OK;
}

uint64_t
output_size(const struct output *output)
{
    return output->size;
}

struct file_seal
output_seal(const struct output *output)
{
    return (struct file_seal){.size = output->size,
                              .hash = hash_digest(XXH3_128bits_digest(output->hash))};
}

/* What the kernel says that is in the file, against what was handed to it. */
static pd_status
output_compare(struct output *output, struct pd_error *err)
{
    struct file_seal wanted = output_seal(output);
    struct digest found;
    uint64_t at = 0;
    size_t got = 1;

    XXH3_128bits_reset(output->hash);
    while (got > 0) {
        pd_status status = file_read(output->fd, output->buffer, OUTPUT_BUFFER, (int64_t)at, &got,
                                     output->name, err);

        if (status != PD_OK)
            return status;
        XXH3_128bits_update(output->hash, output->buffer, got);
        at += got;
    }
    found = hash_digest(XXH3_128bits_digest(output->hash));
    if (at == wanted.size && hash_equal(&found, &wanted.hash))
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_IO,
                      "'%s' does not hold what was written to it: the storage is not to be trusted",
                      output->name);
}

pd_status
output_flush(struct output *output, bool recheck, struct pd_error *err)
{
    pd_status status = output_drain(output, err);

    return status == PD_OK && recheck ? output_compare(output, err) : status;
}

pd_status
output_close(struct output *output, bool recheck, struct file_seal *ret_seal, struct pd_error *err)
{
    CLEANUP(output) struct output *own = output;
    struct file_seal seal = output_seal(own);
    pd_status status = output_flush(own, recheck, err);

    if (status != PD_OK)
        return status;
    if (own->owned) {
        own->owned = false;
        status = file_close_synced(own->fd, own->name, err);
    }
    if (status == PD_OK && ret_seal)
        *ret_seal = seal;
    return status;
}

pd_status
output_file(int folder, const char *name, const void *bytes, size_t size, bool recheck,
            struct file_seal *ret_seal, struct pd_error *err)
{
    struct output *output = NULL;
    pd_status status = output_create(folder, name, &output, err);

    if (status != PD_OK)
        return status;
    status = output_append(output, bytes, size, err);
    if (status == PD_OK)
        return output_close(output, recheck, ret_seal, err);
    output_free(output);
    return status;
}
