// SPDX-License-Identifier: Apache-2.0
/* ddt_bytes - two archives compared file by file. */
#pragma once

#include "run/run.h"

/* Every file that is not the same is a difference of the report. */
MUST_USE pd_status ddt_bytes_compare(const char *a, const char *b, struct report *report,
                                     struct pd_error *err);
