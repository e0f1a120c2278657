// SPDX-License-Identifier: Apache-2.0
/* drawer - which names are taken, and names that the server can hold: at most 64 characters of at
   most three bytes each, no blank at the end. */
#include <stdio.h>
#include <string.h>

#include "drawer.h"

enum {
    DRAWER_FIRST_SLOTS = 64,
    DRAWER_HASH_CHARACTERS = 9, /* "_" and eight digits */
    DRAWER_NAME_ROOM = DRAWER_MOST_CHARACTERS * 4 + 64,
    DRAWER_LETTER = 3, /* "@0p" */
    DRAWER_ENCODED = 5 /* "@65e5" */
};

static uint32_t
hash_text(uint32_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

/* ---- Folding ---- */

static bool
is_ascii(const char *name)
{
    for (; *name; name++) {
        if ((unsigned char)*name >= 0x80)
            return false;
    }
    return true;
}

/* The server has its own table of letters. */
static const char *
fold_by_server(struct drawer *d, const char *name)
{
    struct pd_sql sql = {.host = d->pool->host};
    const char *folded = NULL;
    pd_status status = PD_FAILED;

    pd_sql_add(&sql, "SELECT LOWER(CONVERT(");
    my_literal(&sql, name, strlen(name));
    pd_sql_add(&sql, " USING utf8mb3))");
    if (pd_sql_text(&sql))
        status = my_value(d->my, d->pool, sql.text, &folded, NULL);
    pd_sql_free(&sql);
    return status == PD_OK ? folded : NULL;
}

static const char *
fold(struct drawer *d, const char *name)
{
    const char *folded = NULL;
    char *copy, *at;

    if (!d->folds)
        return name;
    if (d->my && !is_ascii(name))
        folded = fold_by_server(d, name);
    if (folded)
        return folded;
    copy = pd_pool_text(d->pool, name);
    for (at = copy; at && *at; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
    return copy;
}

const char *
drawer_fold(struct drawer *d, const char *name)
{
    struct drawer folding = *d;

    folding.folds = true;
    return fold(&folding, name);
}

/* ---- The set ---- */

static struct drawer_slot *
find_slot(struct drawer_slot *slots, size_t n_slots, const char *key)
{
    size_t i = hash_text(2166136261u, key) % n_slots;

    while (slots[i].key && strcmp(slots[i].key, key) != 0)
        i = (i + 1) % n_slots;
    return &slots[i];
}

static bool
grow(struct drawer *d)
{
    size_t i, n_slots = d->n_slots ? d->n_slots * 4 : DRAWER_FIRST_SLOTS;
    struct drawer_slot *slots = pd_pool_alloc(d->pool, n_slots * sizeof *slots);

    if (!slots)
        return false;
    for (i = 0; i < d->n_slots; i++) {
        if (d->slots[i].key)
            *find_slot(slots, n_slots, d->slots[i].key) = d->slots[i];
    }
    d->slots = slots;
    d->n_slots = n_slots;
    return true;
}

pd_status
drawer_take(struct drawer *d, const char *name)
{
    const char *key = fold(d, name);
    struct drawer_slot *slot;

    if (!key || ((d->n + 1) * 2 > d->n_slots && !grow(d)))
        return PD_FATAL;
    slot = find_slot(d->slots, d->n_slots, key);
    if (slot->key)
        return PD_FAILED;
    slot->key = key;
    slot->name = name;
    d->n++;
    return PD_OK;
}

const char *
drawer_find(struct drawer *d, const char *name)
{
    const char *key = d->n ? fold(d, name) : NULL;

    return key ? find_slot(d->slots, d->n_slots, key)->name : NULL;
}

/* ---- Names that can be ---- */

static size_t
character_size(const char *at)
{
    unsigned char c = (unsigned char)*at;
    size_t size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4, i;

    for (i = 1; i < size; i++) {
        if (((unsigned char)at[i] & 0xc0) != 0x80)
            return i;
    }
    return size;
}

/* Letters for which its files have three characters, as LENGTH(CONVERT(c USING filename)) said of
   each. */
static const struct {
    uint16_t first, last;
} letters[] = {
    {0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x12f},    {0x131, 0x1be},   {0x1c4, 0x1c4},
    {0x1c6, 0x1c7},   {0x1c9, 0x1ca},   {0x1cc, 0x1f1},   {0x1f3, 0x1f6},   {0x1f8, 0x241},
    {0x250, 0x2af},   {0x386, 0x386},   {0x388, 0x38a},   {0x38c, 0x38c},   {0x38e, 0x3a1},
    {0x3a3, 0x3ce},   {0x3d0, 0x3d7},   {0x3d9, 0x3f3},   {0x3f5, 0x3f6},   {0x3f8, 0x3f8},
    {0x3fb, 0x481},   {0x48a, 0x4ce},   {0x4d0, 0x4f9},   {0x500, 0x50f},   {0x531, 0x555},
    {0x561, 0x585},   {0x1e00, 0x1e9b}, {0x1ea0, 0x1ef9}, {0x1f00, 0x1f15}, {0x1f18, 0x1f1d},
    {0x1f20, 0x1f45}, {0x1f48, 0x1f4d}, {0x1f50, 0x1f57}, {0x1f59, 0x1f59}, {0x1f5b, 0x1f5b},
    {0x1f5d, 0x1f5d}, {0x1f5f, 0x1f7d}, {0x1f80, 0x1fb4}, {0x1fb6, 0x1fbc}, {0x1fc2, 0x1fc4},
    {0x1fc6, 0x1fcc}, {0x1fd0, 0x1fd3}, {0x1fd6, 0x1fdb}, {0x1fe0, 0x1fec}, {0x1ff2, 0x1ff3},
    {0x1ff6, 0x1ffc}, {0x2160, 0x217f}, {0x24b6, 0x24e9}, {0xff21, 0xff3a}, {0xff41, 0xff5a},
};

static bool
is_letter(uint32_t c)
{
    size_t low = 0, high = sizeof letters / sizeof *letters;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (c > letters[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sizeof letters / sizeof *letters && c >= letters[low].first;
}

/* The character, if it has two or three bytes; else 0. */
static uint32_t
wide_character(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    size_t size = character_size(at);

    if (size == 2)
        return (b[0] & 0x1fu) << 6 | (b[1] & 0x3fu);
    return size == 3 ? (b[0] & 0x0fu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu) : 0;
}

/* Characters of a file's name that stand for one of the name. */
static size_t
encoded_size(const char *at)
{
    bool is_plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                    (*at >= '0' && *at <= '9') || *at == '_';

    if (is_plain)
        return 1;
    return is_letter(wide_character(at)) ? DRAWER_LETTER : DRAWER_ENCODED;
}

struct measure {
    size_t n_characters;
    size_t n_file;
    bool has_far; /* a character of four bytes */
};

static struct measure
measure(const char *name)
{
    struct measure m = {0};

    while (*name) {
        size_t size = character_size(name);

        m.n_characters++;
        m.n_file += encoded_size(name);
        m.has_far = m.has_far || size == 4;
        name += size;
    }
    return m;
}

/* What the server's own isspace() knows. */
static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

const char *
drawer_trouble(const char *name)
{
    struct measure m = measure(name);

    if (!*name)
        return "it is empty";
    if (m.n_characters > DRAWER_MOST_CHARACTERS)
        return "it is longer than 64 characters";
    if (m.has_far)
        return "a character of it has four bytes";
    return is_blank(name[strlen(name) - 1]) ? "it ends in a blank" : NULL;
}

const char *
drawer_file_trouble(const char *name)
{
    const char *trouble = drawer_trouble(name);

    if (!trouble && measure(name).n_file > DRAWER_MOST_FILE)
        return "the name of its file would be longer than 255 bytes";
    return trouble;
}

struct cutter {
    char text[DRAWER_NAME_ROOM];
    size_t size;
    size_t n_characters;
    size_t n_file;
    size_t most_characters;
    size_t most_file;
};

/* As many characters as there is room for; those that cannot be become "_". */
static void
cut(struct cutter *c, const char *name)
{
    while (*name && c->n_characters < c->most_characters && c->n_file < c->most_file) {
        size_t size = character_size(name);

        if (size == 4) {
            c->text[c->size++] = '_';
        } else {
            memcpy(c->text + c->size, name, size);
            c->size += size;
        }
        c->n_characters++;
        c->n_file += encoded_size(name);
        name += size;
    }
}

/* The name and what is put behind it. */
static const char *
fit_with(struct pd_pool *pool, const char *name, const char *suffix, bool is_file)
{
    const char *trouble = is_file ? drawer_file_trouble(name) : drawer_trouble(name);
    struct measure m = measure(name);
    size_t behind = strlen(suffix);
    bool fits = !trouble && m.n_characters + behind <= DRAWER_MOST_CHARACTERS &&
                (!is_file || m.n_file + behind <= DRAWER_MOST_FILE);
    struct cutter c = {.most_characters = DRAWER_MOST_CHARACTERS - behind,
                       .most_file = DRAWER_MOST_FILE - behind};

    if (!fits) {
        c.most_characters -= DRAWER_HASH_CHARACTERS;
        c.most_file -= DRAWER_HASH_CHARACTERS + DRAWER_ENCODED;
    }
    if (!is_file)
        c.most_file = SIZE_MAX;
    cut(&c, name);
    if (!fits)
        c.size += (size_t)snprintf(c.text + c.size, DRAWER_HASH_CHARACTERS + 1, "_%08x",
                                   (unsigned)hash_text(2166136261u, name));
    memcpy(c.text + c.size, suffix, behind + 1);
    return pd_pool_text(pool, c.text);
}

const char *
drawer_fit(struct pd_pool *pool, const char *name, bool is_file)
{
    const char *trouble = is_file ? drawer_file_trouble(name) : drawer_trouble(name);

    return trouble ? fit_with(pool, name, "", is_file) : name;
}

const char *
drawer_choose(struct drawer *d, const char *base, const char *separator, bool is_file)
{
    const char *name = drawer_fit(d->pool, base, is_file);
    pd_status status = name ? drawer_take(d, name) : PD_FATAL;
    char suffix[24];
    unsigned n;

    for (n = 1; status == PD_FAILED && n < UINT32_MAX; n++) {
        snprintf(suffix, sizeof suffix, "%s%u", separator, n);
        name = fit_with(d->pool, base, suffix, is_file);
        status = name ? drawer_take(d, name) : PD_FATAL;
    }
    return status == PD_OK ? name : NULL;
}

const char *
drawer_join(struct pd_pool *pool, const char *const *parts)
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
