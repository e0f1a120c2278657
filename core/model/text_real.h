// SPDX-License-Identifier: Apache-2.0
/* text_real - reading back what text_real() and text_real32() write. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Decimal exponents of the first digit between which no exponent is written. */
enum { TEXT_REAL_LOW = -5, TEXT_REAL_HIGH = 20 };

/* false: not canonical. is_narrow: a float32. */
bool text_real_read(const char *text, size_t size, bool is_narrow, double *ret_value);

/* The double nearest to the decimal that text_real32() writes: 0.1 of 0.1f. A cast gives the float
   back. */
double text_real32_double(float value);
