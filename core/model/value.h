// SPDX-License-Identifier: Apache-2.0
/* value - canonical text of single values as plugins have them (struct pd_value), both ways. */
#pragma once

#include <polydump/migration.h>

#include "base/error.h"

/* See pd_host.value_text and value_read. */
size_t value_text(const struct pd_type *type, const struct pd_value *value, char *buffer);
MUST_USE pd_status value_read(const struct pd_type *type, const char *text, size_t size,
                              struct pd_value *ret_value, uint8_t *bytes, struct pd_error *err);
