// SPDX-License-Identifier: Apache-2.0
/* decode_address - inet, cidr, macaddr, as the server prints them. */
#include "decode.h"

#include <stdio.h>

enum { ADDRESS_V4 = 2, ADDRESS_V6 = 3, ADDRESS_ROOM = 64 };

static int
print_v4(char *text, size_t room, const uint8_t *address)
{
    return snprintf(text, room, "%d.%d.%d.%d", address[0], address[1], address[2], address[3]);
}

/* The first of the longest runs of two zero words or more; *ret_size 0: none. */
static int
longest_zeros(const uint8_t *address, int *ret_size)
{
    int best = -1, best_size = 0, begin = 0, i;

    for (i = 0; i <= 8; i++) {
        if (i < 8 && decode_u16(address + 2 * i) == 0)
            continue;
        if (i - begin > best_size && i - begin >= 2) {
            best = begin;
            best_size = i - begin;
        }
        begin = i + 1;
    }
    *ret_size = best_size;
    return best;
}

static int
print_v6(char *text, const uint8_t *address)
{
    int zeros, size = 0, i;
    int from = longest_zeros(address, &zeros);
    /* An old address of 4 bytes inside is printed as such. */
    bool is_v4 = from == 0 && (zeros == 6 || (zeros == 5 && decode_u16(address + 10) == 0xffff));

    for (i = 0; i < 8; i++) {
        if (from >= 0 && i >= from && i < from + zeros) {
            if (i == from)
                text[size++] = ':';
            continue;
        }
        if (i)
            text[size++] = ':';
        if (i == 6 && is_v4)
            return size + print_v4(text + size, ADDRESS_ROOM - (size_t)size, address + 12);
        size += snprintf(text + size, ADDRESS_ROOM - (size_t)size, "%x",
                         decode_u16(address + 2 * (size_t)i));
    }
    if (from >= 0 && from + zeros == 8)
        text[size++] = ':';
    return size;
}

bool
decode_inet(struct decoder *d, const struct decode_column *c, const uint8_t *bytes, size_t size)
{
    char text[ADDRESS_ROOM + 8];
    int family, bits, n;
    bool is_v4;

    if (size < 4)
        return decode_fault(d, c, "what the server sent is no address");
    family = bytes[0];
    bits = bytes[1];
    is_v4 = family == ADDRESS_V4;
    if ((!is_v4 && family != ADDRESS_V6) || bytes[3] != (is_v4 ? 4 : 16) ||
        size != (is_v4 ? 8u : 20u) || bits > (is_v4 ? 32 : 128))
        return decode_fault(d, c, "what the server sent is no address");
    n = is_v4 ? print_v4(text, ADDRESS_ROOM, bytes + 4) : print_v6(text, bytes + 4);
    if (c->is_cidr || bits != (is_v4 ? 32 : 128))
        n += snprintf(text + n, sizeof text - (size_t)n, "/%d", bits);
    pd_put_bytes(d->builder, c->column, text, (size_t)n);
    return true;
}

void
decode_mac(struct decoder *d, const struct decode_column *c, const uint8_t *bytes)
{
    static const char hex[] = "0123456789abcdef";
    char text[24];
    size_t i;

    for (i = 0; i < c->size; i++) {
        text[3 * i] = hex[bytes[i] >> 4];
        text[3 * i + 1] = hex[bytes[i] & 15];
        text[3 * i + 2] = ':';
    }
    pd_put_bytes(d->builder, c->column, text, 3 * (size_t)c->size - 1);
}
