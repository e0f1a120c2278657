// SPDX-License-Identifier: Apache-2.0
/* names - which names are taken in a schema, and names that the server can hold. */
#include <stdio.h>
#include <string.h>

#include "names.h"

enum { NAMES_FIRST_SLOTS = 64, NAMES_HASH_BYTES = 9 /* "_" and eight digits */ };

static uint32_t
hash_text(uint32_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static bool
same_schema(const char *a, const char *b)
{
    return strcmp(a ? a : "public", b ? b : "public") == 0;
}

static struct name_slot *
find_slot(struct name_slot *slots, size_t n_slots, const char *schema, const char *name)
{
    size_t i = hash_text(hash_text(2166136261u, schema ? schema : "public"), name) % n_slots;

    while (slots[i].name &&
           !(strcmp(slots[i].name, name) == 0 && same_schema(slots[i].schema, schema)))
        i = (i + 1) % n_slots;
    return &slots[i];
}

static bool
grow(struct names *names)
{
    size_t i, n_slots = names->n_slots ? names->n_slots * 4 : NAMES_FIRST_SLOTS;
    struct name_slot *slots = pd_pool_alloc(names->pool, n_slots * sizeof *slots);

    if (!slots)
        return false;
    for (i = 0; i < names->n_slots; i++) {
        const struct name_slot *old = &names->slots[i];

        if (old->name)
            *find_slot(slots, n_slots, old->schema, old->name) = *old;
    }
    names->slots = slots;
    names->n_slots = n_slots;
    return true;
}

pd_status
names_take(struct names *names, const char *schema, const char *name)
{
    struct name_slot *slot;

    if ((names->n + 1) * 2 > names->n_slots && !grow(names))
        return PD_FATAL;
    slot = find_slot(names->slots, names->n_slots, schema, name);
    if (slot->name)
        return PD_FAILED;
    slot->schema = schema;
    slot->name = name;
    names->n++;
    return PD_OK;
}

bool
names_has(const struct names *names, const char *schema, const char *name)
{
    return names->n && find_slot(names->slots, names->n_slots, schema, name)->name;
}

/* At most `most` bytes, and no character cut in two. */
static size_t
cut_size(const char *name, size_t most)
{
    while (most > 0 && ((unsigned char)name[most] & 0xc0) == 0x80)
        most--;
    return most;
}

/* The name and what is put behind it. */
static const char *
fit_with(struct pd_pool *pool, const char *name, const char *suffix)
{
    size_t size = strlen(name), behind = strlen(suffix);
    char text[2 * NAMES_MAX_BYTES + 1];

    if (size + behind <= NAMES_MAX_BYTES) {
        snprintf(text, sizeof text, "%s%s", name, suffix);
        return pd_pool_text(pool, text);
    }
    size = cut_size(name, NAMES_MAX_BYTES - NAMES_HASH_BYTES - behind);
    snprintf(text, sizeof text, "%.*s_%08x%s", (int)size, name,
             (unsigned)hash_text(2166136261u, name), suffix);
    return pd_pool_text(pool, text);
}

const char *
names_fit(struct pd_pool *pool, const char *name)
{
    return strlen(name) <= NAMES_MAX_BYTES ? name : fit_with(pool, name, "");
}

const char *
names_choose(struct names *names, const char *schema, const char *base, const char *separator)
{
    const char *name = names_fit(names->pool, base);
    pd_status status = name && *name ? names_take(names, schema, name) : PD_FAILED;
    char suffix[24];
    unsigned n;

    for (n = 1; name && status == PD_FAILED && n < UINT32_MAX; n++) {
        snprintf(suffix, sizeof suffix, "%s%u", separator, n);
        name = fit_with(names->pool, base, suffix);
        status = name ? names_take(names, schema, name) : PD_FATAL;
    }
    return status == PD_OK ? name : NULL;
}

const char *
names_join(struct pd_pool *pool, const char *const *parts)
{
    size_t size = 0, n, i;
    char *text;

    for (n = 0; parts[n]; n++)
        size += strlen(parts[n]) + 1;
    text = pd_pool_alloc(pool, size + 1);
    for (i = 0, size = 0; text && i < n; i++) {
        if (i)
            text[size++] = '_';
        memcpy(text + size, parts[i], strlen(parts[i]));
        size += strlen(parts[i]);
    }
    return text;
}
