// SPDX-License-Identifier: Apache-2.0
/* map_size - how long text and bytes may be: a row, what of it stands in its page, and a key take
   so many bytes and no more. What has no room becomes longtext, which stands elsewhere. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <polydump/joined.h>

#include "map.h"

enum {
    SIZE_POINTER = 12,    /* of what is out of line, in a row */
    SIZE_INLINE = 255,    /* what is never longer is never out of line */
    SIZE_MOST_ROUNDS = 8, /* foreign keys of foreign keys */
    SIZE_MARK = 3         /* in front of bytes that are no text */
};

/* One column whose length is to be chosen. */
struct size_column {
    struct pd_mapping *m; /* NULL: there is nothing to choose */
    uint64_t width;       /* characters or bytes; 0: longtext, longblob */
    uint64_t used;        /* of the longest value */
    unsigned unit;        /* bytes of a character */
    bool is_known;        /* used counts */
    bool is_pinned;       /* it is in a key */
    bool is_spelled;      /* it has a length by itself, which only a row that is too long changes */
};

struct sizes {
    struct map *map;
    struct size_column *columns; /* one a mapping */
};

/* ---- Widths of types ---- */

static size_t
decimal_bytes(long precision, long scale)
{
    static const uint8_t left_over[] = {0, 1, 1, 2, 2, 3, 3, 4, 4};
    long whole = precision - scale;

    return (size_t)(whole / 9 * 4 + left_over[whole % 9] + scale / 9 * 4 + left_over[scale % 9]);
}

static struct map_width
text_width(uint64_t n, unsigned unit)
{
    size_t bytes = (size_t)n * unit, length = bytes > SIZE_INLINE ? 2 : 1;

    return (struct map_width){.row = bytes + length,
                              .page = bytes > SIZE_INLINE ? MAP_OUT_OF_LINE : bytes + length,
                              .key = bytes,
                              .is_out = bytes > SIZE_INLINE};
}

/* Characters have not all four bytes, so that it is as long as it is long in the page too. */
static struct map_width
padded_width(size_t bytes)
{
    struct map_width width = text_width(bytes, 1);

    width.row = bytes;
    return width;
}

static struct map_width
fixed_width(size_t bytes)
{
    return (struct map_width){bytes, bytes, bytes, false};
}

static struct map_width
long_width(void)
{
    return (struct map_width){SIZE_POINTER, MAP_OUT_OF_LINE, SIZE_MAX, true};
}

static size_t
label_bytes(const struct pd_type *as)
{
    if (as->kind == PD_KIND_ENUM)
        return as->n_labels > 255 ? 2 : 1;
    return as->n_labels <= 8    ? 1
           : as->n_labels <= 16 ? 2
           : as->n_labels <= 24 ? 3
           : as->n_labels <= 32 ? 4
                                : 8;
}

static const struct type_bytes {
    const char *name;
    uint8_t bytes;
    bool has_fraction; /* of a second: half a byte a digit */
} types[] = {
    {"tinyint", 1, false}, {"smallint", 2, false},  {"int", 4, false},      {"bigint", 8, false},
    {"float", 4, false},   {"double", 8, false},    {"date", 3, false},     {"time", 3, true},
    {"datetime", 5, true}, {"year", 1, false},      {"uuid", 16, false},    {"inet4", 4, false},
    {"inet6", 16, false},  {"mediumint", 3, false}, {"timestamp", 4, true},
};

static bool
is_type(const char *native, const char *name)
{
    size_t size = strlen(name);

    return strncmp(native, name, size) == 0 && !(native[size] >= 'a' && native[size] <= 'z') &&
           !(native[size] >= '0' && native[size] <= '9');
}

static struct map_width
counted_width(const char *native, const struct pd_type *as)
{
    const char *in = strchr(native, '(');
    long first = in ? strtol(in + 1, NULL, 10) : 1;
    const char *comma = in ? strchr(in, ',') : NULL;

    if (is_type(native, "varchar"))
        return text_width((uint64_t)first, MAP_BYTES_A_CHARACTER);
    if (is_type(native, "char"))
        return padded_width((size_t)first * MAP_BYTES_A_CHARACTER);
    if (is_type(native, "varbinary"))
        return text_width((uint64_t)first, 1);
    if (is_type(native, "binary"))
        return fixed_width((size_t)first);
    if (is_type(native, "decimal"))
        return fixed_width(decimal_bytes(first, comma ? strtol(comma + 1, NULL, 10) : 0));
    if (is_type(native, "bit"))
        return fixed_width(((size_t)first + 7) / 8);
    if (is_type(native, "enum") || is_type(native, "set"))
        return fixed_width(label_bytes(as));
    return long_width(); /* longtext, longblob, json, geometry */
}

struct map_width
map_width(const struct pd_mapping *m)
{
    size_t i;

    for (i = 0; i < sizeof types / sizeof *types; i++) {
        const char *in = strchr(m->native, '(');
        size_t digits = in && types[i].has_fraction ? (size_t)strtoul(in + 1, NULL, 10) : 0;

        if (is_type(m->native, types[i].name))
            return fixed_width(types[i].bytes + (digits + 1) / 2);
    }
    return counted_width(m->native, &m->as);
}

static struct map_width
width_of(const struct sizes *s, size_t mapping)
{
    const struct size_column *c = &s->columns[mapping];

    if (!c->m || (c->is_spelled && c->width))
        return map_width(&s->map->mappings[mapping]);
    return c->width ? text_width(c->width, c->unit) : long_width();
}

/* ---- What is to be chosen ---- */

/* The longest value as it will be stored. */
static uint64_t
longest(const struct pd_profile *p, const struct pd_column *column, int as)
{
    uint64_t size = as == PD_KIND_BINARY || p->max_chars == 0 ? p->max_size : p->max_chars;

    if (as == PD_KIND_BINARY && column->type.kind != PD_KIND_BINARY)
        size += SIZE_MARK;
    /* A sign, a zero and a point, or "-Infinity". */
    if (column->type.kind == PD_KIND_DECIMAL && size == 0)
        size = (uint64_t)column->type.precision + 9;
    return size;
}

/* varchar(32) of dates, char(5) */
static bool
has_length(const struct pd_mapping *m)
{
    return (m->as.kind == PD_KIND_TEXT || m->as.kind == PD_KIND_CHAR) &&
           (is_type(m->native, "varchar") || is_type(m->native, "char"));
}

static bool
is_neutral(const struct map *map, size_t table, size_t column)
{
    return pd_column_at(pd_table_at(map->catalog, table), column)->flags & PD_COLUMN_NEUTRAL;
}

static void
look_at(struct sizes *s, size_t table, size_t column)
{
    struct map *map = s->map;
    struct size_column *c = &s->columns[map->first[table] + column];
    struct pd_mapping *m = &map->mappings[map->first[table] + column];
    const struct pd_profile *p = pd_load_profile(map->load, table, column);
    bool is_bytes = m->as.kind == PD_KIND_BINARY;
    uint64_t most = is_bytes ? MAP_MOST_BYTES : MAP_MOST_CHARACTERS;

    if ((!map_is_sized(m) && !has_length(m)) || (map->same && !is_neutral(map, table, column)))
        return;
    c->m = m;
    c->is_spelled = !map_is_sized(m);
    c->unit = is_bytes ? 1 : MAP_BYTES_A_CHARACTER;
    c->width = m->as.length <= most ? m->as.length : 0;
    if (c->is_spelled)
        c->width = strtoul(strchr(m->native, '(') + 1, NULL, 10);
    c->is_known = p != NULL;
    c->used =
        p ? longest(p, pd_column_at(pd_table_at(map->catalog, table), column), m->as.kind) : 0;
    /* A letter, a colon, and two digits a byte. */
    if (m->flags & PD_MAPPING_TAGGED)
        c->used = c->used * 2 + 24;
}

/* ---- Keys ---- */

/* The columns of a key, when it is one of columns only. */
static bool
is_plain_key(const struct pd_key *key)
{
    size_t i;

    if (key->kind == PD_KEY_INDEX ||
        (key->flags & PD_KEY_NATIVE_ONLY && key->kind != PD_KEY_PRIMARY) || key->predicate ||
        key->predicate_native || key->n_parts == 0)
        return false;
    for (i = 0; i < key->n_parts; i++) {
        if (pd_part_at(key, i)->column < 0)
            return false;
    }
    return true;
}

/* A key on its way to fit. */
struct key_fit {
    struct sizes *s;
    size_t first; /* of the table's mappings */
    const struct pd_key *key;
    size_t room;   /* bytes that are left */
    size_t n_open; /* columns that share them */
};

static struct size_column *
part_column(const struct key_fit *f, size_t part)
{
    return &f->s->columns[f->first + (size_t)pd_part_at(f->key, part)->column];
}

/* Is there a length to be chosen? */
static bool
is_open(const struct size_column *c)
{
    return c->m && !c->is_spelled;
}

static size_t
part_bytes(const struct key_fit *f, size_t part)
{
    return width_of(f->s, f->first + (size_t)pd_part_at(f->key, part)->column).key;
}

static bool
fits_as_it_is(const struct key_fit *f)
{
    size_t i, sum = 0;

    for (i = 0; i < f->key->n_parts; i++) {
        size_t bytes = part_bytes(f, i);

        if (bytes > MAP_MOST_KEY)
            return false;
        sum += bytes;
    }
    return sum <= MAP_MOST_KEY;
}

/* What cannot be changed takes its bytes first. */
static bool
begin_fit(struct key_fit *f)
{
    size_t i;

    f->room = MAP_MOST_KEY;
    f->n_open = 0;
    for (i = 0; i < f->key->n_parts; i++) {
        size_t bytes = part_bytes(f, i);

        if (is_open(part_column(f, i))) {
            f->n_open++;
            continue;
        }
        if (bytes > f->room)
            return false;
        f->room -= bytes;
    }
    return f->n_open > 0;
}

/* Each gets the same share, but for those that need more or want less. taken: one a part. */
static bool
share_out(struct key_fit *f, uint64_t *widths, bool *taken)
{
    size_t i, n_before;

    do {
        uint64_t share = f->n_open ? f->room / f->n_open : 0;

        n_before = f->n_open;
        for (i = 0; i < f->key->n_parts; i++) {
            struct size_column *c = part_column(f, i);
            uint64_t need, wants;

            if (!is_open(c) || taken[i])
                continue;
            need = (c->used ? c->used : 1) * c->unit;
            wants = c->width ? c->width * c->unit : UINT64_MAX;
            if (need <= share && wants > share)
                continue;
            if (wants < need)
                need = wants;
            widths[i] = (wants <= share ? wants : need) / c->unit;
            if (widths[i] * c->unit > f->room)
                return false;
            taken[i] = true;
            f->room -= (size_t)(widths[i] * c->unit);
            f->n_open--;
            break; /* the others' share is another one now */
        }
    } while (f->n_open && f->n_open < n_before);
    for (i = 0; i < f->key->n_parts && f->n_open; i++) {
        if (is_open(part_column(f, i)) && !taken[i])
            widths[i] = f->room / f->n_open / part_column(f, i)->unit;
    }
    return true;
}

static void
narrow(struct size_column *c, uint64_t width)
{
    if (width == c->width || width == 0)
        return;
    c->width = width;
    if (c->m->rung < PD_RUNG_PROFILED)
        c->m->rung = PD_RUNG_PROFILED;
    if (!c->m->reason)
        c->m->reason = "a key takes 3072 bytes at most";
}

static pd_status
fit_key(struct key_fit *f)
{
    uint64_t *widths = pd_pool_alloc(f->s->map->pool, f->key->n_parts * sizeof *widths);
    bool *taken = pd_pool_alloc(f->s->map->pool, f->key->n_parts);
    size_t i;

    if (!widths || !taken)
        return my_no_memory(f->s->map->sink->host, f->s->map->err);
    for (i = 0; i < f->key->n_parts; i++) {
        struct size_column *c = part_column(f, i);

        if (is_open(c) && !c->is_known && c->width == 0)
            c->m->flags |= PD_MAPPING_GUESS;
    }
    if (!begin_fit(f) || !share_out(f, widths, taken))
        return PD_OK; /* it will be a key by a hash */
    for (i = 0; i < f->key->n_parts; i++) {
        if (is_open(part_column(f, i)))
            narrow(part_column(f, i), widths[i]);
    }
    return PD_OK;
}

static pd_status
fit_table(struct sizes *s, size_t table)
{
    const struct pd_table *t = pd_table_at(s->map->catalog, table);
    size_t i, k;
    pd_status status = PD_OK;

    for (i = 0; i < t->n_keys && status == PD_OK; i++) {
        struct key_fit f = {.s = s, .first = s->map->first[table], .key = pd_key_at(t, i)};

        if (!is_plain_key(f.key))
            continue;
        if (!fits_as_it_is(&f))
            status = fit_key(&f);
        for (k = 0; k < f.key->n_parts; k++)
            part_column(&f, k)->is_pinned = fits_as_it_is(&f) || part_column(&f, k)->is_pinned;
    }
    return status;
}

/* ---- Foreign keys ---- */

/* Text that points to a key has to be in one. */
static bool
follow(struct size_column *child, const struct size_column *parent)
{
    if (!is_open(child) || !parent->m || parent->width == 0)
        return false;
    child->is_pinned = child->is_pinned || (child->width && child->width <= parent->width);
    if (child->width != 0)
        return false;
    if (!child->is_known)
        child->m->flags |= PD_MAPPING_GUESS;
    if (child->used > parent->width)
        return false;
    narrow(child, parent->width);
    child->is_pinned = true;
    return true;
}

static bool
follow_all(struct sizes *s, size_t table)
{
    const struct map *map = s->map;
    const struct pd_table *t = pd_table_at(map->catalog, table);
    bool changed = false;
    size_t i, k;

    for (i = 0; i < t->n_foreigns; i++) {
        const struct pd_foreign *foreign = pd_foreign_at(t, i);
        size_t to = pd_foreign_parent(map->catalog, table, foreign);

        for (k = 0; k < foreign->n_columns && to < map->catalog->n_tables; k++) {
            const struct pd_table *parent = pd_table_at(map->catalog, to);
            size_t column = pd_foreign_parent_column(parent, foreign, k);

            if (column < parent->n_columns && foreign->columns[k] < t->n_columns)
                changed = follow(&s->columns[map->first[table] + foreign->columns[k]],
                                 &s->columns[map->first[to] + column]) ||
                          changed;
        }
    }
    return changed;
}

/* ---- Rows ---- */

static struct map_width
row_width(const struct sizes *s, size_t table)
{
    size_t i, n = pd_table_at(s->map->catalog, table)->n_columns;
    struct map_width sum = {1 + (n + MAP_NULLS_A_BYTE - 1) / MAP_NULLS_A_BYTE,
                            MAP_ROW_OVERHEAD + (n + MAP_NULLS_A_BYTE - 1) / MAP_NULLS_A_BYTE, 0,
                            false};

    for (i = 0; i < n; i++) {
        struct map_width width = width_of(s, s->map->first[table] + i);

        sum.row += width.row;
        sum.page += width.page;
    }
    return sum;
}

/* The column that takes most, of those that can stand elsewhere. NULL: there is none. */
static struct size_column *
widest(struct sizes *s, size_t table, bool by_page)
{
    size_t i, n = pd_table_at(s->map->catalog, table)->n_columns, most = 0;
    struct size_column *found = NULL;

    for (i = 0; i < n; i++) {
        struct size_column *c = &s->columns[s->map->first[table] + i];
        struct map_width width = width_of(s, s->map->first[table] + i);
        size_t bytes = by_page ? width.page : width.row;

        if (!c->m || c->is_pinned || c->width == 0 || bytes <= most ||
            bytes <= (by_page ? MAP_OUT_OF_LINE : SIZE_POINTER))
            continue;
        found = c;
        most = bytes;
    }
    return found;
}

static void
fit_rows(struct sizes *s, size_t table)
{
    for (;;) {
        struct map_width width = row_width(s, table);
        bool by_page = width.row <= MAP_MOST_ROW;
        struct size_column *c;

        if (by_page && width.page <= MAP_MOST_PAGE)
            return;
        c = widest(s, table, by_page);
        if (!c)
            return; /* refused by sink_place() */
        c->width = 0;
        c->m->reason = "the row would be longer than MariaDB takes";
    }
}

/* ---- All ---- */

static pd_status
spell(struct sizes *s, struct size_column *c)
{
    struct pd_sql sql = {.host = s->map->sink->host};
    bool is_bytes = c->unit == 1;

    if (c->is_spelled && c->width)
        return PD_OK;
    if (c->width == 0) {
        c->m->native = is_bytes ? "longblob" : "longtext";
        return PD_OK;
    }
    if (c->m->as.length == 0 || c->m->as.length > c->width)
        c->m->as.length = c->width;
    pd_sql_printf(&sql, "%s(%" PRIu64 ")", is_bytes ? "varbinary" : "varchar", c->width);
    c->m->native = pd_sql_text(&sql) ? pd_pool_text(&s->map->sink->pool, sql.text) : NULL;
    pd_sql_free(&sql);
    return c->m->native ? PD_OK : my_no_memory(s->map->sink->host, s->map->err);
}

static pd_status
choose(struct sizes *s)
{
    size_t n = s->map->catalog->n_tables, i, round;
    bool changed = true;
    pd_status status = PD_OK;

    for (i = 0; i < n && status == PD_OK; i++)
        status = fit_table(s, i);
    for (round = 0; round < SIZE_MOST_ROUNDS && changed && status == PD_OK; round++) {
        changed = false;
        for (i = 0; i < n; i++)
            changed = follow_all(s, i) || changed;
    }
    for (i = 0; i < n && status == PD_OK; i++)
        fit_rows(s, i);
    for (i = 0; i < s->map->first[n] && status == PD_OK; i++) {
        if (s->columns[i].m)
            status = spell(s, &s->columns[i]);
    }
    return status;
}

pd_status
map_sizes(struct map *map)
{
    struct sizes s = {.map = map};
    size_t i, k, n = map->first[map->catalog->n_tables];

    s.columns = pd_pool_alloc(map->pool, (n + 1) * sizeof *s.columns);
    if (!s.columns)
        return my_no_memory(map->sink->host, map->err);
    for (i = 0; i < map->catalog->n_tables; i++) {
        for (k = 0; k < pd_table_at(map->catalog, i)->n_columns; k++)
            look_at(&s, i, k);
    }
    return choose(&s);
}
