// SPDX-License-Identifier: Apache-2.0
/* values - between columns and Lua: each value as itself or not at all. */
#pragma once

#include "things.h"

/* Where a value goes; for messages, too. */
struct place {
    const char *table;
    const struct pd_column *column;
    uint64_t turn; /* of the batch that long cells may come from */
};

/* Are the values of a kind whole numbers? */
bool value_is_whole(int kind);
/* Pushes a value of a column. */
void value_push(lua_State *L, const struct pd_column *column, const struct pd_value *value,
                uint64_t turn);
/* The value at an index, which is neither nil nor none, as one of a column; it borrows from the
   stack, from fixed[16], or from the registry until the next one for this column. Else a Lua error
   that names the column. */
void value_take(lua_State *L, int index, const struct place *place, struct pd_value *ret_value,
                uint8_t fixed[16]);
/* Has a time no more digits of a second than its column keeps? */
bool value_fits_seconds(const struct pd_type *type, const struct pd_value *value);
/* ---- convert.c ---- */

/* What a declaration of SQLite says of a column of numbers, which are decimals in all other
   engines; NULL: it says nothing. */
static inline const struct pd_type *
value_declared(const struct pd_column *column)
{
    return column->type.kind == PD_KIND_NUMBER && column->hint.kind == PD_KIND_DECIMAL &&
                   column->hint.precision > 0
               ? &column->hint
               : NULL;
}
/* Pushes a number of such a column as a decimal; false: it is none that fits the declaration. */
bool value_push_declared(lua_State *L, const struct pd_column *column,
                         const struct pd_value *value);

/* A value of a column of another type, as if a script had set it: by its canonical text, or as Lua
   has it. */
void value_convert(lua_State *L, const struct pd_column *column, const struct pd_value *value,
                   const struct place *place, struct pd_value *ret_value, uint8_t fixed[16]);
/* The literal default of a column, as a value of it; NULL without one. false: it is none. The
   bytes of the value are the column's, or fixed. */
bool value_default(const struct pd_host *host, const struct pd_column *column,
                   struct pd_value *ret_value, uint8_t fixed[16]);
