// SPDX-License-Identifier: Apache-2.0
/* text - the canonical text of values (doc/types.md), both ways. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "model/batch.h"

/* Append the canonical text of a plain value. Not for long cells. */
void text_append(struct buffer *out, const struct pd_type *type, const struct cell *cell);
/* Parse canonical text into a plain value; *ret_cell borrows scratch. PD_FAILED: not canonical. */
MUST_USE pd_status text_parse(const struct pd_type *type, const char *text, size_t size,
                              struct buffer *scratch, struct cell *ret_cell, struct pd_error *err);
/* The shortest decimal that reads back equal, into buffer[32]; the length. Never depends on the
   locale. */
size_t text_real(double value, char *buffer);
size_t text_real32(float value, char *buffer);
/* Strict: no overlong forms, no surrogates, at most U+10FFFF. */
bool text_is_utf8(const void *bytes, size_t size);
/* The value of a hexadecimal digit, small or large; -1: it is none. */
int text_hex_digit(uint8_t c);
/* Civil date of days since 1970-01-01, proleptic Gregorian, years before 1 as 0, -1 ... */
void text_civil(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day);
int64_t text_days(int64_t year, int month, int day);
