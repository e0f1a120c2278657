// SPDX-License-Identifier: Apache-2.0
/* error - see error.h. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct cause {
    int number; /* enum pd_cause */
    int exit_status;
    const char *name;
    const char *meaning;
};

#define CAUSE_ROW(name, number, exit_status, meaning) {number, exit_status, #name, meaning},
static const struct cause causes[] = {PD_CAUSE_TABLE(CAUSE_ROW)};
#undef CAUSE_ROW

static const struct cause *
find_cause(int number)
{
    for (size_t i = 0; i < COUNT_OF(causes); i++) {
        if (causes[i].number == number)
            return &causes[i];
    }
    return NULL;
}

/* End text, which was cut to size bytes, in "..." without splitting a character. */
static void
mark_cut(char *text, size_t size)
{
    size_t end = size - sizeof "...";

    while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    memcpy(text + end, "...", sizeof "...");
}

/* Append to text, of which length bytes are in use; the new length. */
static size_t
append_text(char *text, size_t length, size_t size, const char *fmt, va_list args)
{
    int wanted = vsnprintf(text + length, size - length, fmt, args);

    if (wanted < 0) {
        text[length] = '\0';
        return length;
    }
    if ((size_t)wanted < size - length)
        return length + (size_t)wanted;
    mark_cut(text, size);
    return strlen(text);
}

static void PD_PRINTF(4, 5)
    append_format(char *text, size_t length, size_t size, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    append_text(text, length, size, fmt, args);
    va_end(args);
}

/* The arguments may point into err->text, so text is finished elsewhere first. */
static void
set_text(struct pd_error *err, int cause, const char *text)
{
    err->cause = cause;
    err->n_details = 0;
    snprintf(err->text, sizeof err->text, "%s", text);
}

pd_status
error_fail(struct pd_error *err, pd_status status, int cause, const char *fmt, ...)
{
    char text[ERROR_TEXT_SIZE];
    va_list args;

    if (!err)
        return status;
    va_start(args, fmt);
    append_text(text, 0, sizeof text, fmt, args);
    va_end(args);
    set_text(err, cause, text);
    return status;
}

pd_status
error_errno(struct pd_error *err, pd_status status, int saved_errno, const char *fmt, ...)
{
    char text[ERROR_TEXT_SIZE];
    size_t length;
    va_list args;

    if (!err)
        return status;
    va_start(args, fmt);
    length = append_text(text, 0, sizeof text, fmt, args);
    va_end(args);
    errno = saved_errno;
    append_format(text, length, sizeof text, ": %m");
    set_text(err, saved_errno == ENOMEM ? PD_CAUSE_MEMORY : PD_CAUSE_IO, text);
    return status;
}

pd_status
error_prefix(struct pd_error *err, pd_status status, const char *fmt, ...)
{
    char text[ERROR_TEXT_SIZE];
    size_t length;
    va_list args;

    if (!err || status >= 0)
        return status;
    if (err->cause == 0)
        set_text(err, PD_CAUSE_BUG, "failed without saying why");
    va_start(args, fmt);
    length = append_text(text, 0, sizeof text, fmt, args);
    va_end(args);
    append_format(text, length, sizeof text, ": %s", err->text);
    memcpy(err->text, text, sizeof err->text);
    return status;
}

pd_status
error_memory(struct pd_error *err)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
}

void
error_detail(struct pd_error *err, const char *key, const char *value)
{
    int n;

    if (!err || !key || !value || err->n_details >= ERROR_DETAILS)
        return;
    n = err->n_details++;
    snprintf(err->keys[n], sizeof err->keys[n], "%s", key);
    append_format(err->values[n], 0, sizeof err->values[n], "%s", value);
}

int
error_exit_status(int cause)
{
    const struct cause *found = find_cause(cause);

    return found ? found->exit_status : 1;
}

const char *
error_cause_name(int cause)
{
    const struct cause *found = find_cause(cause);

    return found ? found->name : "UNKNOWN";
}

const char *
error_cause_meaning(int cause)
{
    const struct cause *found = find_cause(cause);

    return found ? found->meaning : "an unknown cause";
}

/* Bytes of the printable UTF-8 character at text; 0: none, escape the first byte. */
static size_t
printable_size(const unsigned char *text)
{
    uint32_t c = text[0];
    size_t size = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

    if (size == 1)
        return c >= 0x20 && c != 0x7f;
    if (size == 0)
        return 0;
    c &= 0x7fu >> size;
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80) /* also the end of the string */
            return 0;
        c = c << 6 | (text[i] & 0x3f);
    }
    if (c < 0xa0) /* the second set of control characters */
        return 0;
    if ((size == 3 && c < 0x800) || (size == 4 && c < 0x10000) || c > 0x10ffff)
        return 0;
    /* Surrogates; and what turns the direction of all text behind it. */
    if ((c >= 0xd800 && c <= 0xdfff) || (c >= 0x202a && c <= 0x202e) ||
        (c >= 0x2066 && c <= 0x2069))
        return 0;
    return size;
}

void
error_printable(const char *text, char *buffer, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t used = 0;

    if (size == 0)
        return;
    while (*at) {
        size_t n = printable_size(at);

        if ((n ? n : sizeof "\\xNN" - 1) >= size - used)
            break;
        if (n) {
            memcpy(buffer + used, at, n);
            used += n;
            at += n;
        } else {
            used += (size_t)snprintf(buffer + used, size - used, "\\x%02x", *at);
            at++;
        }
    }
    buffer[used] = '\0';
    if (*at && size > sizeof "...") {
        size_t end = used < size - sizeof "..." ? used : size - sizeof "...";

        while (end > 0 && ((unsigned char)buffer[end] & 0xc0) == 0x80)
            end--;
        memcpy(buffer + end, "...", sizeof "...");
    }
}
