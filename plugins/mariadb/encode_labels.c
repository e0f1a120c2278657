// SPDX-License-Identifier: Apache-2.0
/* encode_labels - labels of an enum or set to their numbers: the server itself would compare them
 * by collation, and take what it does not find for a number. */
#include "encode.h"

struct encode_labels {
    const char *const *labels; /* the type's */
    uint32_t n_labels;
    uint32_t mask; /* slots less one; a power of two less one */
    uint32_t slots[];
};

static uint32_t
hash(const uint8_t *text, size_t size)
{
    uint32_t h = 2166136261u;

    while (size--)
        h = (h ^ *text++) * 16777619u;
    return h ^ h >> 15;
}

static bool
is_label(const char *label, const uint8_t *text, size_t size)
{
    return strncmp(label, (const char *)text, size) == 0 && !label[size];
}

/* The first of equal ones counts, as for the server. */
struct encode_labels *
encode_labels_open(const struct pd_host *host, const struct pd_type *type)
{
    uint32_t n = (uint32_t)type->n_labels, n_slots = 4, i;
    struct encode_labels *labels;

    while (n_slots < 2 * n)
        n_slots *= 2;
    labels = host->alloc(host, sizeof *labels + n_slots * sizeof *labels->slots);
    if (!labels)
        return NULL;
    memset(labels, 0, sizeof *labels + n_slots * sizeof *labels->slots);
    labels->labels = type->labels;
    labels->n_labels = n;
    labels->mask = n_slots - 1;
    for (i = 0; i < n; i++) {
        const uint8_t *text = (const uint8_t *)type->labels[i];
        uint32_t at = hash(text, strlen(type->labels[i])) & labels->mask;

        while (labels->slots[at])
            at = (at + 1) & labels->mask;
        labels->slots[at] = i + 1;
    }
    return labels;
}

void
encode_labels_close(const struct pd_host *host, struct encode_labels *labels)
{
    host->release(host, labels);
}

uint32_t
encode_labels_find(const struct encode_labels *labels, const uint8_t *text, size_t size)
{
    static const uint8_t nothing[1];
    uint32_t at;

    if (!text)
        text = nothing;
    if (memchr(text, 0, size))
        return 0;
    for (at = hash(text, size) & labels->mask; labels->slots[at]; at = (at + 1) & labels->mask) {
        if (is_label(labels->labels[labels->slots[at] - 1], text, size))
            return labels->slots[at];
    }
    return 0;
}

bool
encode_labels_mask(const struct encode_labels *labels, const uint8_t *text, size_t size,
                   uint64_t *ret_mask)
{
    uint64_t mask = 0;
    bool is_last = size == 0;

    *ret_mask = 0;
    while (!is_last) {
        const uint8_t *comma = size ? memchr(text, ',', size) : NULL;
        size_t n = comma ? (size_t)(comma - text) : size;
        uint32_t number = encode_labels_find(labels, text, n);

        if (number == 0 || number > 64)
            return false;
        mask |= UINT64_C(1) << (number - 1);
        is_last = !comma;
        n += comma != NULL;
        text += n;
        size -= n;
    }
    *ret_mask = mask;
    return true;
}
