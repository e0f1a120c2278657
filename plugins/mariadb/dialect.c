// SPDX-License-Identifier: Apache-2.0
/* dialect - how the server spells the portable grammar. */
#include "dialect.h"

const struct pd_dialect mariadb_dialect = {
    .struct_size = sizeof mariadb_dialect,
    .flags = PD_DIALECT_BACKSLASH | PD_DIALECT_NAMES_FOLD,
    .name_quotes = "``",
    .write_quotes = "``",
    .char_length = "char_length character_length",
};
