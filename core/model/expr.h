// SPDX-License-Identifier: Apache-2.0
/* expr - the portable expression grammar (doc/expressions.md): reads an engine's SQL into
   canonical text and writes it in another's. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* Canonical text of sql; free() it. PD_UNSUPPORTED: not in the grammar, err says where. */
MUST_USE pd_status expr_read(const struct pd_dialect *dialect, const char *sql, char **ret_text,
                             struct pd_error *err);
/* sql of canonical text; free() it. PD_FAILED: the text is not canonical. */
MUST_USE pd_status expr_write(const struct pd_dialect *dialect, const char *text, char **ret_sql,
                              struct pd_error *err);
/* What canonical text does with the values of its columns: PD_USES_*. */
MUST_USE pd_status expr_uses(const struct pd_operands *operands, const char *text,
                             uint32_t *ret_uses, struct pd_error *err);
/* Do two canonical texts say the same of the table's columns, though in other words? */
MUST_USE pd_status expr_same(const struct pd_table *table, const char *a, const char *b,
                             bool *ret_same, struct pd_error *err);
/* Call visit(arg, name) for each column that canonical text names. */
MUST_USE pd_status expr_columns(const char *text, void (*visit)(void *arg, const char *name),
                                void *arg, struct pd_error *err);
/* The canonical text with other names for its columns; free() it. name_of() may return NULL: it
   stays. */
MUST_USE pd_status expr_rename(const char *text,
                               const char *(*name_of)(const void *arg, const char *name),
                               const void *arg, char **ret_text, struct pd_error *err);
