// SPDX-License-Identifier: Apache-2.0
/* stored_values - generated columns that are stored have values that settings of a session made,
   and no statement brings them back as they are: the server computes them anew. So it says what
   there is, on both sides. */
#pragma once

#include "maker.h"

/* The settings that count besides those that every session of ours has; NULL behind the last. */
extern const char *const stored_settings[];

/* ", COUNT(x), SUM(CRC32(x))" of a column. */
void stored_put(struct pd_sql *sql, const struct pd_column *column);

/* What these two said, as it stands in pd_column.generated_values. */
const char *stored_text(struct pd_pool *pool, const char *count, const char *sum);

/* Fills in generated_values and the like, of tables of the snapshot, before history_add(). What
   cannot be asked is not known. */
pd_status stored_read(struct maker *m);
