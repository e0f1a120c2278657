// SPDX-License-Identifier: Apache-2.0
/* preload - the list of linked-in plugins, made by the build. */
#pragma once

#include <ltdl.h>

extern const lt_dlsymlist loader_preloaded[];
