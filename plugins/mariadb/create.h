// SPDX-License-Identifier: Apache-2.0
/* create - statements as the server shows them, without what belongs to this very database. */
#pragma once

#include "maker.h"

struct create_strip {
    const char *database;
    const struct my_staged *staged; /* names that become final ones; NULL: none */
};

/* Without the database's own name before others. */
void create_strip(const struct create_strip *strip, const char *sql, struct pd_sql *out);
/* And without the state of AUTO_INCREMENT: of SHOW CREATE TABLE. */
void create_strip_table(const struct create_strip *strip, const char *sql, struct pd_sql *out);
