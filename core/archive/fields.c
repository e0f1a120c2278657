// SPDX-License-Identifier: Apache-2.0
/* fields - members of JSON objects that came from outside, by type. */
#include "archive/fields.h"

#include <inttypes.h>
#include <string.h>

pd_status
field_number(const json_t *object, const char *name, uint64_t max, uint64_t *ret_number,
             struct pd_error *err)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > max)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "member '%s' is not an integer from 0 to %" PRIu64, name, max);
    *ret_number = (uint64_t)json_integer_value(value);
    return PD_OK;
}

pd_status
field_text_or_null(const json_t *object, const char *name, const char **ret_text,
                   struct pd_error *err)
{
    const json_t *value = json_object_get(object, name);

    if (value && !json_is_null(value))
        return field_text(object, name, ret_text, err);
    *ret_text = NULL;
    return PD_OK;
}

pd_status
field_text(const json_t *object, const char *name, const char **ret_text, struct pd_error *err)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);

    /* A name that holds U+0000 would be another name in C. */
    if (!text || strlen(text) != json_string_length(value))
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "member '%s' is not a text", name);
    *ret_text = text;
    return PD_OK;
}

pd_status
field_hash(const json_t *object, const char *name, struct digest *ret_hash, struct pd_error *err)
{
    const char *text = NULL;
    pd_status status = field_text(object, name, &text, err);

    if (status != PD_OK)
        return status;
    if (!digest_parse(text, ret_hash))
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "member '%s' is not a hash of 32 hexadecimal digits", name);
    return PD_OK;
}

pd_status
field_array(const json_t *object, const char *name, const json_t **ret_array, struct pd_error *err)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_array(value))
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "member '%s' is not an array", name);
    *ret_array = value;
    return PD_OK;
}

pd_status
field_object(const json_t *object, const char *name, const json_t **ret_object,
             struct pd_error *err)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_object(value))
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "member '%s' is not an object", name);
    *ret_object = value;
    return PD_OK;
}

pd_status
field_seal(const json_t *object, const char *name, struct file_seal *ret_seal, struct pd_error *err)
{
    const json_t *seal = NULL;
    pd_status status = field_object(object, name, &seal, err);

    if (status == PD_OK)
        status = field_number(seal, "size", INT64_MAX, &ret_seal->size, err);
    if (status == PD_OK)
        status = field_hash(seal, "hash", &ret_seal->hash, err);
    return status == PD_OK ? PD_OK : error_prefix(err, status, "'%s'", name);
}

pd_status
field_word(const json_t *object, const char *name, const char *const *words, size_t n_words,
           int *ret_word, struct pd_error *err)
{
    const char *text = NULL;
    pd_status status = field_text(object, name, &text, err);

    if (status != PD_OK)
        return status;
    for (size_t i = 0; i < n_words; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret_word = (int)i;
            return PD_OK;
        }
    }
    return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "member '%s' is '%.40s', which is unknown",
                      name, text);
}

bool
field_flag(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}
