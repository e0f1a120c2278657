// SPDX-License-Identifier: Apache-2.0
/* buffer - bytes that grow. Shortage of memory is remembered, so that it is asked for once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct buffer {
    uint8_t *data; /* NULL until the first byte */
    size_t size;
    size_t room;
    bool failed; /* memory was short: what was appended since is missing */
};

void buffer_free(struct buffer *buffer); /* leaves it empty and usable */
#define CLEANUP_BUFFER __attribute__((cleanup(buffer_free)))

void buffer_clear(struct buffer *buffer); /* size 0, room and memory are kept, failed is reset */
/* Room for `more` bytes behind size; NULL and failed when memory is short. The caller adds to
   size what it used. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t more);
void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_char(struct buffer *buffer, char c);
void buffer_printf(struct buffer *buffer, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Little endian. */
void buffer_u8(struct buffer *buffer, uint8_t value);
void buffer_u16(struct buffer *buffer, uint16_t value);
void buffer_u32(struct buffer *buffer, uint32_t value);
void buffer_u64(struct buffer *buffer, uint64_t value);
/* The bytes as a string that ends in a NUL (not counted); NULL when failed. */
const char *buffer_string(struct buffer *buffer);

/* Reading bytes that came from outside: every get checks, and after a failure all give 0. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool failed; /* more was asked for than there was */
};

struct cursor cursor_of(const void *bytes, size_t size);
size_t cursor_left(const struct cursor *cursor);
uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_u16(struct cursor *cursor);
uint32_t cursor_u32(struct cursor *cursor);
uint64_t cursor_u64(struct cursor *cursor);
const uint8_t *cursor_bytes(struct cursor *cursor, size_t size); /* NULL: failed */
