// SPDX-License-Identifier: Apache-2.0
/* cleanup - the ends that the attributes of cleanup.h call. */
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
free_cleanup_(void *ptr_to_ptr)
{
    void *ptr;

    /* The pointer may be of any type; copying it is what strict aliasing allows. */
    memcpy(&ptr, ptr_to_ptr, sizeof ptr);
    free(ptr);
}

void
fd_cleanup_(const int *fd)
{
    int saved_errno = errno;

    if (*fd >= 0)
        close(*fd);
    errno = saved_errno;
}
