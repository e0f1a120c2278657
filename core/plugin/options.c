// SPDX-License-Identifier: Apache-2.0
/* options - see options.h. */
#include "plugin/options.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "plugin/nearest.h"

enum {
    MAX_SECRET = 4096, /* bytes of a password file; a larger one is some other file */
    HELP_WIDTH = 80,
    HELP_COLUMN = 27
};

struct values {
    char *fallback; /* normalised */
    char **given;
    size_t n_given;
};

/* A value for the end that a wrapper wraps, checked when that is known. */
struct passed {
    struct passed *next;
    char *name;
    char *value; /* NULL: none */
};

struct pd_options {
    const struct pd_option *table;
    size_t n;
    size_t stride;
    struct values *values; /* one an option */
    struct passed *passed;
};

static const struct pd_option *
option_at(const struct pd_options *options, size_t i)
{
    return PD_AT(struct pd_option, options->table, options->stride, i);
}

static const struct pd_option *
find(const struct pd_options *options, const char *name, struct values **ret_values)
{
    for (size_t i = 0; options && i < options->n; i++) {
        if (strcmp(option_at(options, i)->name, name) == 0) {
            *ret_values = &options->values[i];
            return option_at(options, i);
        }
    }
    *ret_values = NULL;
    return NULL;
}

/* ---- Values ---------------------------------------------------------------------------------- */

static pd_status
bad_value(struct pd_error *err, const char *value, const char *wanted)
{
    return error_fail(err, PD_FAILED, PD_CAUSE_USAGE, "'%s' is not %s", value, wanted);
}

static pd_status
copy_value(const char *value, char **ret_value, struct pd_error *err)
{
    *ret_value = strdup(value);
    return *ret_value ? PD_OK : error_memory(err);
}

static pd_status
print_number(long long number, char **ret_value, struct pd_error *err)
{
    if (asprintf(ret_value, "%lld", number) < 0) {
        *ret_value = NULL;
        return error_memory(err);
    }
    return PD_OK;
}

static pd_status
read_text(const struct pd_option *option, const char *value, char **ret_value, struct pd_error *err)
{
    return copy_value(value, ret_value, err);
}

/* Digits with a sign; what strtoll() would skip in front is refused. */
static bool
parse_number(const char *value, long long *ret_number, const char **ret_end)
{
    const char *digits = value + (*value == '-' || *value == '+');
    char *end;

    if (!isdigit((unsigned char)*digits))
        return false;
    errno = 0;
    *ret_number = strtoll(value, &end, 10);
    *ret_end = end;
    return errno == 0;
}

static pd_status
read_int(const struct pd_option *option, const char *value, char **ret_value, struct pd_error *err)
{
    long long number;
    const char *end;

    if (!parse_number(value, &number, &end) || *end)
        return bad_value(err, value, "a whole number");
    return print_number(number, ret_value, err);
}

static pd_status
read_size(const struct pd_option *option, const char *value, char **ret_value, struct pd_error *err)
{
    static const char suffixes[] = "kmg";
    const char *suffix, *end;
    long long number;
    int shift = 0;

    if (!parse_number(value, &number, &end) || number < 0)
        return bad_value(err, value, "a size in bytes, such as 4096, 64k, 16m or 1g");
    if (*end) {
        suffix = strchr(suffixes, tolower((unsigned char)*end));
        if (!suffix || end[1])
            return bad_value(err, value, "a size in bytes, such as 4096, 64k, 16m or 1g");
        shift = 10 * (int)(suffix - suffixes + 1);
    }
    if (number > LLONG_MAX >> shift)
        return bad_value(err, value, "a size of less than 2^63 bytes");
    return print_number(number << shift, ret_value, err);
}

static pd_status
read_flag(const struct pd_option *option, const char *value, char **ret_value, struct pd_error *err)
{
    if (strcmp(value, "1") == 0 || strcmp(value, "yes") == 0)
        return copy_value("1", ret_value, err);
    if (strcmp(value, "0") == 0 || strcmp(value, "no") == 0)
        return copy_value("0", ret_value, err);
    return bad_value(err, value, "one of yes, no, 1, 0");
}

static pd_status
read_choice(const struct pd_option *option, const char *value, char **ret_value,
            struct pd_error *err)
{
    const char *choices = option->choices ? option->choices : "";
    size_t size = strlen(value);

    for (const char *at = choices; *at && size; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");

        if (n == size && memcmp(at, value, n) == 0)
            return copy_value(value, ret_value, err);
        at += n;
    }
    return error_fail(err, PD_FAILED, PD_CAUSE_USAGE, "'%s' is not one of: %s", value, choices);
}

/* Nobody but the user may know or set what the file holds. */
static pd_status
check_secret_file(int fd, const char *path, struct pd_error *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return error_errno(err, PD_FAILED, errno, "cannot examine '%s'", path);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE, "'%s' belongs to another user", path);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "'%s' is open to other users (mode %04o); use chmod 600", path,
                          (unsigned)(st.st_mode & 07777));
    return PD_OK;
}

/* The secret is what the file holds, without one line end. */
static pd_status
read_secret(const struct pd_option *option, const char *path, char **ret_value,
            struct pd_error *err)
{
    char text[MAX_SECRET + 1];
    CLEANUP_FD int fd = -1;
    uint64_t file_size;
    size_t size;
    pd_status status;

    status = file_open(AT_FDCWD, path, &fd, &file_size, err);
    if (status < 0)
        return status;
    status = check_secret_file(fd, path, err);
    if (status < 0)
        return status;
    if (file_size > MAX_SECRET)
        return error_fail(err, PD_FAILED, PD_CAUSE_LIMIT, "'%s' has more than %d bytes", path,
                          MAX_SECRET);
    status = file_read(fd, text, MAX_SECRET, 0, &size, path, err);
    if (status < 0)
        return status;
    size -= size > 0 && text[size - 1] == '\n';
    size -= size > 0 && text[size - 1] == '\r';
    text[size] = '\0';
    if (size == 0 || strlen(text) != size)
        status = error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                            "'%s' holds no secret: it is empty or has a zero byte", path);
    else
        status = copy_value(text, ret_value, err);
    explicit_bzero(text, sizeof text);
    return status;
}

static const struct value_type {
    const char *argument; /* the word in the help */
    pd_status (*read)(const struct pd_option *option, const char *value, char **ret_value,
                      struct pd_error *err);
} value_types[] = {
    [PD_OPTION_TEXT] = {"TEXT", read_text},     [PD_OPTION_INT] = {"N", read_int},
    [PD_OPTION_FLAG] = {NULL, read_flag},       [PD_OPTION_SIZE] = {"BYTES", read_size},
    [PD_OPTION_SECRET] = {"FILE", read_secret}, [PD_OPTION_CHOICE] = {"CHOICE", read_choice},
};

static const struct value_type *
type_of(const struct pd_option *option)
{
    return &value_types[option->type < COUNT_OF(value_types) ? option->type : PD_OPTION_TEXT];
}

/* ---- Setting --------------------------------------------------------------------------------- */

static pd_status
set_fallbacks(struct pd_options *options, struct pd_error *err)
{
    for (size_t i = 0; i < options->n; i++) {
        const struct pd_option *option = option_at(options, i);
        const char *fallback = option->fallback;
        pd_status status;

        if (!fallback && option->type == PD_OPTION_FLAG)
            fallback = "0";
        if (!fallback)
            continue;
        status = type_of(option)->read(option, fallback, &options->values[i].fallback, err);
        if (status < 0)
            return error_prefix(err, status, "fallback of option '%s'", option->name);
    }
    return PD_OK;
}

pd_status
options_new(const struct pd_option *table, size_t n, size_t stride, struct pd_options **ret_options,
            struct pd_error *err)
{
    CLEANUP(pd_options) struct pd_options *options = calloc(1, sizeof *options);
    pd_status status;

    if (!options)
        return error_memory(err);
    options->table = table;
    options->stride = stride;
    options->values = calloc(n ? n : 1, sizeof *options->values);
    if (!options->values)
        return error_memory(err);
    options->n = n;
    status = set_fallbacks(options, err);
    if (status < 0)
        return status;
    *ret_options = take(options);
    return PD_OK;
}

/* Values may be secrets. */
static void
free_value(char *value)
{
    if (value)
        explicit_bzero(value, strlen(value));
    free(value);
}

void
options_free(struct pd_options *options)
{
    if (!options)
        return;
    for (size_t i = 0; i < options->n; i++) {
        struct values *values = &options->values[i];

        for (size_t k = 0; k < values->n_given; k++)
            free_value(values->given[k]);
        free(values->given);
        free_value(values->fallback);
    }
    while (options->passed) {
        struct passed *passed = options->passed;

        options->passed = passed->next;
        free(passed->name);
        free_value(passed->value);
        free(passed);
    }
    free(options->values);
    free(options);
}

static pd_status
unknown_option(const struct pd_options *options, const char *name, struct pd_error *err)
{
    struct nearest nearest = nearest_to(name);
    const char *near;

    for (size_t i = 0; i < options->n; i++)
        nearest_offer(&nearest, option_at(options, i)->name);
    near = nearest_get(&nearest);
    if (near)
        return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_USAGE,
                          "there is no option '--%s'; did you mean '--%s'?", name, near);
    return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_USAGE, "there is no option '--%s'", name);
}

static pd_status
pass_on(struct pd_options *options, const char *name, const char *value, struct pd_error *err)
{
    struct passed **last = &options->passed;
    struct passed *passed = calloc(1, sizeof *passed);

    if (!passed)
        return error_memory(err);
    passed->name = strdup(name);
    passed->value = value ? strdup(value) : NULL;
    if (!passed->name || (value && !passed->value)) {
        free(passed->name);
        free(passed->value);
        free(passed);
        return error_memory(err);
    }
    while (*last)
        last = &(*last)->next;
    *last = passed;
    return PD_OK;
}

static pd_status
add_value(struct values *values, char *value, struct pd_error *err)
{
    char **given = realloc(values->given, (values->n_given + 1) * sizeof *given);

    if (!given) {
        free_value(value);
        return error_memory(err);
    }
    values->given = given;
    values->given[values->n_given++] = value;
    return PD_OK;
}

pd_status
options_set(struct pd_options *options, const char *name, const char *value, struct pd_error *err)
{
    struct values *values;
    const struct pd_option *option = find(options, name, &values);
    char *read;
    pd_status status;

    if (!option && find(options, "*", &values))
        return pass_on(options, name, value, err);
    if (!option || strcmp(name, "*") == 0)
        return unknown_option(options, name, err);
    if (!value && option->type != PD_OPTION_FLAG)
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE, "option '--%s' needs a value", name);
    status = type_of(option)->read(option, value ? value : "1", &read, err);
    if (status < 0)
        return error_prefix(err, status, "option '--%s'", name);
    return add_value(values, read, err);
}

pd_status
options_pass(struct pd_options *to, const struct pd_options *from, struct pd_error *err)
{
    for (const struct passed *p = from ? from->passed : NULL; p; p = p->next) {
        pd_status status = options_set(to, p->name, p->value, err);

        if (status < 0)
            return status;
    }
    return PD_OK;
}

/* Values were checked when they were given, and secrets read. */
static pd_status
copy_given(struct pd_options *to, const struct pd_option *option, const struct values *from,
           struct pd_error *err)
{
    struct values *values;
    pd_status status = PD_OK;

    if (!find(to, option->name, &values))
        return PD_OK;
    for (size_t i = 0; i < from->n_given && status == PD_OK; i++) {
        char *value;

        status = copy_value(from->given[i], &value, err);
        if (status == PD_OK)
            status = add_value(values, value, err);
    }
    return status;
}

pd_status
options_copy(struct pd_options *to, const struct pd_options *from, uint32_t use,
             struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; from && i < from->n && status == PD_OK; i++) {
        const struct pd_option *option = option_at(from, i);

        if (!option->flags || option->flags & use)
            status = copy_given(to, option, &from->values[i], err);
    }
    return status == PD_OK ? options_pass(to, from, err) : status;
}

/* ---- Getting --------------------------------------------------------------------------------- */

const char *
options_get(const struct pd_options *options, const char *name)
{
    struct values *values;

    if (!find(options, name, &values))
        return NULL;
    return values->n_given ? values->given[values->n_given - 1] : values->fallback;
}

const char *
options_get_nth(const struct pd_options *options, const char *name, size_t n)
{
    struct values *values;

    if (!find(options, name, &values))
        return NULL;
    if (values->n_given)
        return n < values->n_given ? values->given[n] : NULL;
    return n == 0 ? values->fallback : NULL;
}

bool
options_given(const struct pd_options *options, const char *name)
{
    struct values *values;

    return find(options, name, &values) && values->n_given > 0;
}

long long
options_int(const struct pd_options *options, const char *name)
{
    const char *value = options_get(options, name);

    return value ? strtoll(value, NULL, 10) : 0;
}

bool
options_flag(const struct pd_options *options, const char *name)
{
    const char *value = options_get(options, name);

    return value && strcmp(value, "1") == 0;
}

/* ---- Help ------------------------------------------------------------------------------------ */

static void
pad_to(struct buffer *out, size_t line, size_t column)
{
    while (out->size - line < column && !out->failed)
        buffer_char(out, ' ');
}

/* Append the words of text from HELP_COLUMN on; line is where the current line begins. */
static void
append_words(struct buffer *out, size_t *line, const char *text)
{
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        size_t n = strcspn(text, " ");

        if (out->size - *line + 1 + n > HELP_WIDTH && out->size - *line > HELP_COLUMN) {
            buffer_char(out, '\n');
            *line = out->size;
            pad_to(out, *line, HELP_COLUMN);
        }
        buffer_char(out, ' ');
        buffer_append(out, text, n);
        text += n;
    }
}

const char *
options_argument(const struct pd_option *option)
{
    if (option->type == PD_OPTION_FLAG)
        return NULL;
    return option->argument ? option->argument : type_of(option)->argument;
}

static void
append_option(struct buffer *out, const struct pd_option *option)
{
    const char *argument = options_argument(option);
    size_t line = out->size;

    buffer_printf(out, "  --%s", option->name);
    if (argument)
        buffer_printf(out, " %s", argument);
    if (out->size - line > HELP_COLUMN) {
        buffer_char(out, '\n');
        line = out->size;
    }
    pad_to(out, line, HELP_COLUMN);
    append_words(out, &line, option->help ? option->help : "");
    if (option->type == PD_OPTION_CHOICE && option->choices) {
        append_words(out, &line, "(one of:");
        append_words(out, &line, option->choices);
        buffer_char(out, ')');
    }
    if (option->fallback && option->type != PD_OPTION_FLAG) {
        append_words(out, &line, "(default:");
        append_words(out, &line, option->fallback);
        buffer_char(out, ')');
    }
    buffer_char(out, '\n');
}

void
options_help(struct buffer *out, const struct pd_option *table, size_t n, size_t stride)
{
    for (size_t i = 0; i < n; i++) {
        const struct pd_option *option = PD_AT(struct pd_option, table, stride, i);

        if (strcmp(option->name, "*") != 0)
            append_option(out, option);
    }
}
