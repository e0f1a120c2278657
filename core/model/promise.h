// SPDX-License-Identifier: Apache-2.0
/* promise - is a text a value of what the declaration of its column promises (pd_column.hint)? For
   hints that no other flag of profiles tells of. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is that hint one of those: uuid, time, json, jsonb? */
bool promise_is_checked(int hint);
/* Canonical text of a uuid or a time of day; any JSON that nests no more than 1000 lists. */
bool promise_is_kept(int hint, const uint8_t *bytes, size_t size);
/* Is the canonical text of a uuid one of PD_PROFILE_ODD_UUID? */
bool promise_is_odd_uuid(const uint8_t *text);
