// SPDX-License-Identifier: Apache-2.0
/* version - versions of applications in their order. */
#pragma once

#include <stdbool.h>

/* Less than, equal to or greater than 0. Runs of digits compare as numbers of any length, runs of
   letters by bytes, other characters only separate; a pre-release ("2.0-rc1", "2.0b2", "2.0.dev3")
   is below its release, and what follows "+" does not count. "1.4" equals "1.4.0" and "v1.4". */
int version_compare(const char *a, const char *b);
/* It has a digit before any "+", and nothing in it but ASCII letters, digits and . - _ + ~ */
bool version_is_valid(const char *text);
