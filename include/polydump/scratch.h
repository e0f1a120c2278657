/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/scratch.h - names of scratch databases (struct pd_scratch_ops): nobody else has one that
 * is called so, and only what is called so is ever dropped; all inline. Optional.
 */
#ifndef POLYDUMP_SCRATCH_H
#define POLYDUMP_SCRATCH_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <polydump/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PD_SCRATCH_PREFIX "polydump_ddt_"

enum {
    PD_SCRATCH_RANDOM = 8, /* bytes of a name, as hexadecimal digits */
    PD_SCRATCH_NAME = sizeof PD_SCRATCH_PREFIX + 2 * PD_SCRATCH_RANDOM /* its bytes, with a NUL */
};

/* A name for create(), which needs no quotes. PD_FAILED: err is filled. */
static inline pd_status
pd_scratch_make_name(const struct pd_host *host, char name[PD_SCRATCH_NAME], struct pd_error *err)
{
    unsigned char bytes[PD_SCRATCH_RANDOM];
    size_t i, used = sizeof PD_SCRATCH_PREFIX - 1;

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return host->fail(err, PD_FAILED, PD_CAUSE_IO, "there are no random bytes (errno %d)",
                          errno);
    memcpy(name, PD_SCRATCH_PREFIX, sizeof PD_SCRATCH_PREFIX);
    for (i = 0; i < sizeof bytes; i++, used += 2)
        snprintf(name + used, PD_SCRATCH_NAME - used, "%02x", bytes[i]);
    return PD_OK;
}

/* For drop(): takes the name of the database that the URL names, if create() can have made it;
   NULL: the URL names none. PD_FAILED: it cannot, and err is filled. */
static inline pd_status
pd_scratch_take_name(const struct pd_host *host, const char *database, char name[PD_SCRATCH_NAME],
                     struct pd_error *err)
{
    const size_t prefix = sizeof PD_SCRATCH_PREFIX - 1;

    if (!database || strncmp(database, PD_SCRATCH_PREFIX, prefix) != 0 ||
        strlen(database) != PD_SCRATCH_NAME - 1 ||
        strspn(database + prefix, "0123456789abcdef") != 2 * PD_SCRATCH_RANDOM)
        return host->fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "'%s' is not the name of a scratch database; it is not dropped",
                          database ? database : "");
    memcpy(name, database, PD_SCRATCH_NAME);
    return PD_OK;
}

#ifdef __cplusplus
}
#endif

#endif
