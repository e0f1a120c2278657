// SPDX-License-Identifier: Apache-2.0
/* cell_form - what plain values of each kind look like in JSON: private to cell_json.c, which has
   the table, and cell_json_read.c. */
#pragma once

#include <stdint.h>

#include <polydump/plugin.h>

enum form {
    FORM_CANONICAL = 0, /* a string: canonical text */
    FORM_TEXT,          /* a string: the bytes are the text */
    FORM_BOOL,
    FORM_INTEGER,
    FORM_UINT64, /* an integer; a string of digits above 2^63-1 */
    FORM_FLOAT,  /* a real number */
    FORM_BINARY, /* {"hex":"..."} */
    FORM_TAGGED  /* any, number: plain values do not exist */
};

extern const uint8_t cell_forms[PD_KIND_COUNT_]; /* enum form by kind */
