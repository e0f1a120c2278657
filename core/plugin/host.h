// SPDX-License-Identifier: Apache-2.0
/* host - the services that the core lends to plugins. */
#pragma once

#include <polydump/plugin.h>

/* The one host of this process. */
const struct pd_host *host_get(void);
/* Bytes that plugins got from alloc() and have not given back; for leak checks after close(). */
size_t host_allocated(void);
