// SPDX-License-Identifier: Apache-2.0
/* buffer - see buffer.h. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

void
buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void
buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
}

static bool
grow(struct buffer *buffer, size_t more)
{
    size_t room = buffer->room ? buffer->room : FIRST_ROOM;
    uint8_t *data;

    if (more > SIZE_MAX / 2 - buffer->size)
        return false;
    while (room < buffer->size + more)
        room *= 2;
    data = realloc(buffer->data, room);
    if (!data)
        return false;
    buffer->data = data;
    buffer->room = room;
    return true;
}

uint8_t *
buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->failed)
        return NULL;
    if ((!buffer->data || buffer->room - buffer->size < more) && !grow(buffer, more)) {
        buffer->failed = true;
        return NULL;
    }
    return buffer->data + buffer->size;
}

void
buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
    uint8_t *to;

    if (size == 0)
        return;
    to = buffer_reserve(buffer, size);
    if (!to)
        return;
    memcpy(to, bytes, size);
    buffer->size += size;
}

void
buffer_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void
buffer_char(struct buffer *buffer, char c)
{
    buffer_append(buffer, &c, 1);
}

void
buffer_printf(struct buffer *buffer, const char *fmt, ...)
{
    va_list args;
    uint8_t *to;
    int size;

    va_start(args, fmt);
    size = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (size < 0) {
        buffer->failed = true;
        return;
    }
    to = buffer_reserve(buffer, (size_t)size + 1);
    if (!to)
        return;
    va_start(args, fmt);
    vsnprintf((char *)to, (size_t)size + 1, fmt, args);
    va_end(args);
    buffer->size += (size_t)size;
}

static void
append_little_endian(struct buffer *buffer, uint64_t value, size_t size)
{
    uint8_t *to = buffer_reserve(buffer, size);

    if (!to)
        return;
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> (8 * i));
    buffer->size += size;
}

void
buffer_u8(struct buffer *buffer, uint8_t value)
{
    append_little_endian(buffer, value, 1);
}

void
buffer_u16(struct buffer *buffer, uint16_t value)
{
    append_little_endian(buffer, value, 2);
}

void
buffer_u32(struct buffer *buffer, uint32_t value)
{
    append_little_endian(buffer, value, 4);
}

void
buffer_u64(struct buffer *buffer, uint64_t value)
{
    append_little_endian(buffer, value, 8);
}

const char *
buffer_string(struct buffer *buffer)
{
    uint8_t *end = buffer_reserve(buffer, 1);

    if (!end)
        return NULL;
    *end = '\0';
    return (const char *)buffer->data;
}

struct cursor
cursor_of(const void *bytes, size_t size)
{
    /* No bytes still have a place, so that a NULL from cursor_bytes() always is a failure. */
    static const uint8_t nothing[1];
    const uint8_t *at = bytes && size ? bytes : nothing;

    return (struct cursor){.at = at, .end = bytes ? at + size : at};
}

size_t
cursor_left(const struct cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

const uint8_t *
cursor_bytes(struct cursor *cursor, size_t size)
{
    const uint8_t *at = cursor->at;

    if (cursor->failed || size > cursor_left(cursor)) {
        cursor->failed = true;
        cursor->at = cursor->end;
        return NULL;
    }
    cursor->at += size;
    return at;
}

static uint64_t
get_little_endian(struct cursor *cursor, size_t size)
{
    const uint8_t *at = cursor_bytes(cursor, size);
    uint64_t value = 0;

    for (size_t i = 0; at && i < size; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

uint8_t
cursor_u8(struct cursor *cursor)
{
    return (uint8_t)get_little_endian(cursor, 1);
}

uint16_t
cursor_u16(struct cursor *cursor)
{
    return (uint16_t)get_little_endian(cursor, 2);
}

uint32_t
cursor_u32(struct cursor *cursor)
{
    return (uint32_t)get_little_endian(cursor, 4);
}

uint64_t
cursor_u64(struct cursor *cursor)
{
    return get_little_endian(cursor, 8);
}
