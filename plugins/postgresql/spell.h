// SPDX-License-Identifier: Apache-2.0
/* spell - the server's own spelling of a type, which came out of an archive: it must be a type and
   nothing else. */
#pragma once

#include "lex.h"
#include "postgresql.h"

struct spelled {
    char schema[LEX_NAME_ROOM]; /* "": none is said, so it is the server's own */
    char name[LEX_NAME_ROOM];
    bool is_user; /* somebody made it: it is in a schema that is not the server's */
    bool is_array;
};

/* Append it, names quoted anew. false: it is no type, and sql has to be thrown away. */
bool spell_type(const char *native, struct pd_sql *sql, struct spelled *ret_spelled);
/* A name that may be qualified ("C", "s"."x"), of a collation. */
bool spell_name(const char *native, struct pd_sql *sql, struct spelled *ret_spelled);
