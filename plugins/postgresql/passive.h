// SPDX-License-Identifier: Apache-2.0
/* passive - what a statement that runs nothing does, and to what. */
#pragma once

#include "lex.h"

enum passive_kind {
    PASSIVE_NOT,      /* anything that is not one of the following, whole */
    PASSIVE_RELATION, /* an index, a constraint or a storage option of a relation */
    PASSIVE_TYPE,     /* an enum */
    PASSIVE_SCHEMA,
    PASSIVE_COMMENT
};

struct passive {
    enum passive_kind kind;
    char schema[LEX_NAME_ROOM]; /* of the relation or type; "": not said */
    char name[LEX_NAME_ROOM];
};

/* A complete parse. PASSIVE_NOT in ret_passive->kind when it returns false. */
bool passive_read(const char *sql, struct passive *ret_passive);
/* "WITH (fillfactor='70')" in a statement that makes an index or a constraint, whatever else is in
   it; NULL: it has none that would be passive. */
const char *passive_storage(const char *sql, size_t *ret_size);
