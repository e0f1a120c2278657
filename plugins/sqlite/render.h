// SPDX-License-Identifier: Apache-2.0
/* render - plain values of the row stream: taken out of vectors, and written as canonical text. */
#pragma once

#include "sqlite.h"

/* A plain value out of its layout. */
struct plain {
    int64_t integer;      /* of every layout up to 8 bytes; unsigned ones by their bits */
    double real;          /* of F32 and F64 */
    const uint8_t *bytes; /* of VAR, FIXED and I128, into the batch */
    size_t size;
};

enum { RENDER_ROOM = 96 }; /* any canonical text that is not VAR already */

/* The value of a row whose vector has a plain layout. */
void plain_take(const struct pd_type *type, const struct pd_vector *vector, uint32_t row,
                struct plain *ret_plain);
/* The value of a cell with PD_TAG_PLAIN in a TAGGED vector. false: too few bytes for its kind. */
bool plain_decode(const struct pd_type *type, const uint8_t *bytes, size_t size,
                  struct plain *ret_plain);
/* Canonical text. Points into room, or to the value's own bytes when they are text already. */
const char *render_plain(const struct pd_host *host, const struct pd_type *type,
                         const struct plain *plain, char room[RENDER_ROOM], size_t *ret_size);
/* A decimal as number. true: *ret_integer; false: *ret_real. */
bool render_decimal(const struct pd_type *type, const struct plain *plain, int64_t *ret_integer,
                    double *ret_real);
/* What stands for an outlier whose tag says all: "infinity", "NaN"; NULL: it has bytes. */
const char *render_tag(const struct pd_type *type, uint32_t tag);
/* The first 8 bytes, little endian on every machine. */
uint64_t render_le64(const uint8_t *bytes);
