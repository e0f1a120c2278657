// SPDX-License-Identifier: Apache-2.0
/* stored_values - generated columns that are stored have values that settings of a session made,
   and no statement brings them back as they are: the server computes them anew. So it says what
   there is, on both sides. */
#pragma once

#include "maker.h"

/* The settings that count besides those that every session of ours has; NULL behind the last. */
extern const char *const stored_settings[];

/* Does the column say which row it is: of the primary key, else any that is not computed? The sums
   are of these and the value together, since other settings may give each row the value of
   another. */
bool stored_identifies(const struct pd_table *table, size_t number);
/* "x, " of such a column, which is called name: one after another they are `row`. */
void stored_put_row(struct pd_sql *row, const struct pd_column *column, const char *name);
/* ", COUNT(x), SUM(CRC32(row, x))" of a generated column. */
void stored_put(struct pd_sql *sql, const struct pd_sql *row, const struct pd_column *column,
                const char *name);

/* What these two said, as it stands in pd_column.generated_values. */
const char *stored_text(struct pd_pool *pool, const char *count, const char *sum);

/* Fills in generated_values and the like, of tables of the snapshot, before history_add(). What
   cannot be asked is not known. */
pd_status stored_read(struct maker *m);
