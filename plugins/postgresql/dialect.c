// SPDX-License-Identifier: Apache-2.0
/* dialect - how the server spells the portable grammar. */
#include "dialect.h"

const struct pd_dialect postgresql_dialect = {
    .struct_size = sizeof postgresql_dialect,
    .flags = PD_DIALECT_ANY_ARRAY,
    .name_quotes = "\"\"",
    .write_quotes = "\"\"",
    .char_length = "char_length character_length length",
    .collate = "C",
};
