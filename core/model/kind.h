// SPDX-License-Identifier: Apache-2.0
/* kind - names and properties of neutral types, tags, classes, facts and profile flags, from the
   tables in the public header. */
#pragma once

#include <stdbool.h>

#include <polydump/plugin.h>

#include "base/buffer.h"

const char *kind_name(int kind);    /* "int64"; NULL: no such kind */
int kind_by_name(const char *name); /* PD_KIND_NONE: no such name */
/* "text(80)", "decimal(10,2)", "timestamp(3)": as scripts of migrations say it. */
void kind_put(struct buffer *out, const struct pd_type *type);
int kind_layout(const struct pd_type *type);     /* the plain layout, decimals by precision */
uint32_t kind_width(const struct pd_type *type); /* bytes a row of the plain layout; 0: VAR, BITS */
int kind_class(int kind);                        /* digest class of plain values */
bool kind_is_unsigned(int kind);
bool kind_is_integer(int kind); /* layouts I8..I64 with class INTEGER */

const char *tag_name(int tag);
int tag_by_name(const char *name); /* -1: no such name */
const char *fact_name(int id);
int fact_by_name(const char *name); /* 0: no such name */
const char *profile_flag_name(int bit);
int profile_flag_by_name(const char *name); /* the flag (1 << bit), 0: no such name */
