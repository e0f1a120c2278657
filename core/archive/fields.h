// SPDX-License-Identifier: Apache-2.0
/* fields - members of JSON objects that came from outside, by type, with one voice for what is
   wrong with them. What is given is borrowed from the object. */
#pragma once

#include <jansson.h>

#include "archive/format.h"
#include "base/error.h"

MUST_USE pd_status field_number(const json_t *object, const char *name, uint64_t max,
                                uint64_t *ret_number, struct pd_error *err);
MUST_USE pd_status field_text(const json_t *object, const char *name, const char **ret_text,
                              struct pd_error *err);
/* NULL when the member is null or not there. */
MUST_USE pd_status field_text_or_null(const json_t *object, const char *name, const char **ret_text,
                                      struct pd_error *err);
MUST_USE pd_status field_hash(const json_t *object, const char *name, struct digest *ret_hash,
                              struct pd_error *err);
MUST_USE pd_status field_array(const json_t *object, const char *name, const json_t **ret_array,
                               struct pd_error *err);
MUST_USE pd_status field_object(const json_t *object, const char *name, const json_t **ret_object,
                                struct pd_error *err);
/* {"size":N,"hash":"..."} */
MUST_USE pd_status field_seal(const json_t *object, const char *name, struct file_seal *ret_seal,
                              struct pd_error *err);
/* One of the words, its number. */
MUST_USE pd_status field_word(const json_t *object, const char *name, const char *const *words,
                              size_t n_words, int *ret_word, struct pd_error *err);
bool field_flag(const json_t *object, const char *name);
