// SPDX-License-Identifier: Apache-2.0
/* scaffold_sample - what the rows of two tables say about their likeness: a bounded number of them,
   each value as a hash of its text, so that types and engines do not matter. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/progress.h"
#include "migrate/scaffold_inside.h"
#include "model/decimal.h"
#include "model/kind.h"
#include "model/text.h"
#include "run/scan.h"

enum { SAMPLE_BYTES = 64 << 20 /* of all samples together */, SAMPLE_STEP = 1024 /* rows */ };

/* ---- Values ---- */

static void
value_text(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    if (cell->tag == PD_TAG_PLAIN && type->kind == PD_KIND_BOOL)
        buffer_char(out, cell->integer ? '1' : '0');
    else if (cell->tag == PD_TAG_PLAIN)
        text_append(out, type, cell);
    else if (cell->tag == PD_TAG_INT)
        buffer_printf(out, "%lld", (long long)cell->integer);
    else if (cell->tag == PD_TAG_REAL) {
        char text[32];

        buffer_append(out, text, text_real(cell->real, text));
    } else
        buffer_append(out, cell->bytes, cell->size);
}

/* 1, 1.0 and 1.00 are one number, whatever the type of their columns. */
static size_t
number_size(const struct buffer *text)
{
    const char *begin = (const char *)text->data;
    struct decimal d;
    size_t n;

    if (!text->size || !decimal_parse(begin, text->size, &d) || !d.n_fraction)
        return text->size;
    for (n = d.n_fraction; n && d.fraction[n - 1] == '0';)
        n--;
    return (size_t)((n ? d.fraction + n : d.digits + d.n_digits) - begin);
}

static uint64_t
value_hash(struct buffer *text, const struct pd_type *type, const struct cell *cell)
{
    uint64_t hash;

    if (cell->tag < 0)
        return 0;
    buffer_clear(text);
    if (cell->as_long)
        buffer_printf(text, "%llu bytes", (unsigned long long)cell->as_long->size);
    else
        value_text(text, type, cell);
    hash = XXH3_64bits(text->data ? (const void *)text->data : "", number_size(text));
    return hash ? hash : 1;
}

/* ---- Samples ---- */

struct filling {
    struct scaffold *s;
    struct sample *sample;
    const struct pd_table *table;
    const struct pd_key *key;
    uint64_t room; /* rows */
    uint64_t limit;
};

static bool
make_room(struct filling *f, uint64_t n)
{
    struct sample *sample = f->sample;
    uint64_t room = f->room ? f->room * 2 : SAMPLE_STEP;
    uint64_t *cells, *keys;

    if (n <= f->room)
        return true;
    if (room < n)
        room = n;
    cells = arena_array(f->s->arena, uint64_t, room * sample->n_columns);
    keys = arena_array(f->s->arena, uint64_t, room);
    if (!cells || !keys)
        return false;
    if (sample->n_rows) {
        memcpy(cells, sample->cells, sample->n_rows * sample->n_columns * sizeof *cells);
        memcpy(keys, sample->keys, sample->n_rows * sizeof *keys);
    }
    sample->cells = cells;
    sample->keys = keys;
    f->room = room;
    return true;
}

static uint64_t
key_hash(const struct filling *f, const uint64_t *cells)
{
    XXH64_hash_t hash = 1;

    for (size_t i = 0; i < f->key->n_parts; i++)
        hash = XXH3_64bits_withSeed(&cells[f->key->parts[i].column], sizeof *cells, hash);
    return hash;
}

static pd_status
take_batch(struct filling *f, const struct pd_batch *batch)
{
    CLEANUP_BUFFER struct buffer text = {0};
    struct sample *sample = f->sample;
    uint64_t left = f->limit - sample->n_rows, n = batch->n_rows < left ? batch->n_rows : left;

    if (!make_room(f, sample->n_rows + n))
        return error_memory(f->s->err);
    for (uint32_t row = 0; row < n; row++) {
        uint64_t *cells = sample->cells + sample->n_rows * sample->n_columns;

        for (uint32_t i = 0; i < sample->n_columns; i++) {
            const struct pd_type *type = &f->table->columns[i].type;
            struct cell cell;

            cells[i] = 0;
            if (!schema_column_counts(&f->table->columns[i]))
                continue;
            cell = batch_cell(type, batch_vector(batch, i), row);
            cells[i] = value_hash(&text, type, &cell);
        }
        sample->keys[sample->n_rows++] = f->key ? key_hash(f, cells) : 0;
    }
    return text.failed ? error_memory(f->s->err) : PD_OK;
}

static pd_status
fill(struct filling *f, struct opened_source *source, uint32_t number)
{
    CLEANUP(scan) struct scan *scan = NULL;
    struct pd_scan request = {.struct_size = sizeof request, .table = number};
    const struct pd_batch *batch;
    pd_status status;

    /* Where that is cheap, so that the first rows of both sides are the same ones. */
    if (f->table->flags & PD_TABLE_KEY_ORDER)
        request.order = PD_ORDER_KEY;
    status = scan_open(source->ops, source->handle, f->table, &request, NULL, -1, &scan, f->s->err);
    while (status == PD_OK && f->sample->n_rows < f->limit) {
        status = scan_next(scan, &batch, f->s->err);
        if (status == PD_OK) {
            status = take_batch(f, batch);
            batch_release(batch);
        }
    }
    f->sample->is_whole = status == PD_DONE;
    return status == PD_DONE ? PD_OK : status;
}

static bool
has_no_rows(const struct pd_table *table)
{
    return table->n_columns == 0 || table->flags & PD_TABLE_UNREADABLE;
}

pd_status
sample_get(struct scaffold *s, int side, uint32_t table, struct sample **ret_sample)
{
    const struct pd_table *of = &s->catalogs[side]->tables[table];
    struct filling f = {.s = s, .table = of, .key = schema_order_key(of)};
    size_t row = (of->n_columns + 1) * sizeof(uint64_t) * 2; /* grown by halves */
    uint64_t fits = (SAMPLE_BYTES - s->sample_bytes) / row;
    pd_status status;

    *ret_sample = s->samples[side][table];
    if (*ret_sample || !s->options->n_rows || has_no_rows(of))
        return PD_OK;
    f.limit = s->options->n_rows < fits ? s->options->n_rows : fits;
    if (!f.limit)
        return PD_OK;
    f.sample = arena_alloc(s->arena, sizeof *f.sample);
    if (!f.sample)
        return error_memory(s->err);
    f.sample->n_columns = of->n_columns;
    progress_table(of->name);
    status = fill(&f, s->sources[side], table);
    if (status != PD_OK)
        return error_prefix(s->err, status, "table '%s'", schema_table_name(of));
    if (!f.key)
        f.sample->keys = NULL;
    s->sample_bytes += f.room * row / 2;
    *ret_sample = s->samples[side][table] = f.sample;
    return PD_OK;
}

/* ---- What archives know without reading ---- */

static const struct pd_stats *
stats_of(struct scaffold *s, int side, uint32_t table)
{
    const struct opened_source *source = s->sources[side];
    const struct pd_stats *stats;

    if (!source->ops->stats || source->ops->stats(source->handle, table, &stats, NULL) != PD_OK)
        return NULL;
    return stats;
}

pd_status
sample_nulls(struct scaffold *s, uint32_t table, uint32_t column, uint64_t *ret_n)
{
    const struct pd_stats *stats = stats_of(s, SIDE_OLD, table);
    struct sample *sample;
    pd_status status;

    *ret_n = 0;
    if (stats && PD_HAS(struct pd_stats, stats, profiles)) {
        *ret_n = PD_AT(struct pd_profile, stats->profiles, stats->profile_size, column)->n_nulls;
        return PD_OK;
    }
    status = sample_get(s, SIDE_OLD, table, &sample);
    for (uint64_t i = 0; status == PD_OK && sample && i < sample->n_rows; i++)
        *ret_n += sample->cells[i * sample->n_columns + column] == 0;
    return status;
}

/* ---- Rows ---- */

static int
compare_hashes(const void *a_, const void *b_)
{
    uint64_t a, b;

    memcpy(&a, a_, sizeof a);
    memcpy(&b, b_, sizeof b);
    return a < b ? -1 : a > b;
}

static void
sort_hashes(uint64_t *hashes, uint64_t n)
{
    if (n)
        qsort(hashes, n, sizeof *hashes, compare_hashes);
}

/* How many of a's are also in b; both sorted. */
static uint64_t
count_common(const uint64_t *a, uint64_t n_a, const uint64_t *b, uint64_t n_b)
{
    uint64_t n = 0;

    for (uint64_t i = 0, k = 0; i < n_a && k < n_b;) {
        if (a[i] == b[k]) {
            n++;
            i++;
            k++;
        } else if (a[i] < b[k]) {
            i++;
        } else {
            k++;
        }
    }
    return n;
}

static bool
is_varied(const uint64_t *sorted, uint64_t n)
{
    return n > 1 && sorted[0] != sorted[n - 1];
}

static void
compare_sorted(uint64_t *a, uint64_t n_a, uint64_t *b, uint64_t n_b, struct evidence *evidence)
{
    sort_hashes(a, n_a);
    sort_hashes(b, n_b);
    evidence->n_compared = n_a < n_b ? n_a : n_b;
    evidence->n_equal = count_common(a, n_a, b, n_b);
    evidence->is_varied = is_varied(a, n_a);
}

/* A row of the columns that both have. */
static void
hash_rows(const struct sample *sample, const uint32_t *columns, const uint32_t *mine, size_t n,
          uint64_t *hashes)
{
    for (uint64_t row = 0; row < sample->n_rows; row++) {
        const uint64_t *cells = sample->cells + row * sample->n_columns;
        uint64_t hash = 1;

        for (size_t i = 0; i < n; i++) {
            if (columns[i] != PD_NO_COLUMN)
                hash = XXH3_64bits_withSeed(&cells[mine ? i : columns[i]], sizeof *cells, hash);
        }
        hashes[row] = hash;
    }
}

pd_status
sample_rows(struct scaffold *s, uint32_t old, uint32_t now, const uint32_t *columns,
            struct evidence *ret_evidence)
{
    size_t n = s->catalogs[SIDE_OLD]->tables[old].n_columns;
    const struct pd_stats *a_stats = stats_of(s, SIDE_OLD, old);
    const struct pd_stats *b_stats = stats_of(s, SIDE_NEW, now);
    CLEANUP_FREE uint64_t *a_rows = NULL;
    CLEANUP_FREE uint64_t *b_rows = NULL;
    struct sample *a, *b;
    pd_status status;

    *ret_evidence = (struct evidence){0};
    if (a_stats && b_stats && a_stats->n_rows && a_stats->n_rows == b_stats->n_rows &&
        a_stats->digest_high == b_stats->digest_high &&
        a_stats->digest_low == b_stats->digest_low) {
        *ret_evidence = (struct evidence){a_stats->n_rows, a_stats->n_rows, true, true};
        return PD_OK;
    }
    status = sample_get(s, SIDE_OLD, old, &a);
    if (status == PD_OK)
        status = sample_get(s, SIDE_NEW, now, &b);
    if (status != PD_OK || !a || !b || !a->n_rows || !b->n_rows)
        return status;
    a_rows = malloc(a->n_rows * sizeof *a_rows);
    b_rows = malloc(b->n_rows * sizeof *b_rows);
    if (!a_rows || !b_rows)
        return error_memory(s->err);
    hash_rows(a, columns, columns, n, a_rows);
    hash_rows(b, columns, NULL, n, b_rows);
    compare_sorted(a_rows, a->n_rows, b_rows, b->n_rows, ret_evidence);
    return PD_OK;
}

/* ---- Columns ---- */

struct joined {
    const struct sample *a;
    const struct sample *b;
    uint64_t *rows[SIDES]; /* numbers of rows that have the same key */
    uint64_t n;
    bool by_key;
};

struct place {
    uint64_t key;
    uint64_t row;
};

static int
compare_places(const void *a_, const void *b_)
{
    const struct place *a = a_, *b = b_;

    return a->key < b->key ? -1 : a->key > b->key;
}

static struct place *
places_of(const struct sample *sample)
{
    struct place *places = malloc(sample->n_rows * sizeof *places);

    for (uint64_t i = 0; places && i < sample->n_rows; i++)
        places[i] = (struct place){sample->keys[i], i};
    if (places)
        qsort(places, sample->n_rows, sizeof *places, compare_places);
    return places;
}

static pd_status
join(struct scaffold *s, struct joined *j)
{
    CLEANUP_FREE struct place *a = places_of(j->a);
    CLEANUP_FREE struct place *b = places_of(j->b);
    uint64_t most = j->a->n_rows < j->b->n_rows ? j->a->n_rows : j->b->n_rows;

    j->rows[SIDE_OLD] = arena_array(s->arena, uint64_t, most);
    j->rows[SIDE_NEW] = arena_array(s->arena, uint64_t, most);
    if (!a || !b || !j->rows[SIDE_OLD] || !j->rows[SIDE_NEW])
        return error_memory(s->err);
    for (uint64_t i = 0, k = 0; i < j->a->n_rows && k < j->b->n_rows;) {
        if (a[i].key == b[k].key) {
            j->rows[SIDE_OLD][j->n] = a[i++].row;
            j->rows[SIDE_NEW][j->n++] = b[k++].row;
        } else if (a[i].key < b[k].key) {
            i++;
        } else {
            k++;
        }
    }
    j->by_key = j->n > 0;
    return PD_OK;
}

static bool
have_like_keys(const struct pair *pair)
{
    const struct pd_key *a = schema_order_key(pair->old), *b = schema_order_key(pair->now);

    return a && b && a->n_parts == b->n_parts;
}

pd_status
sample_join(struct scaffold *s, const struct pair *pair, struct joined **ret_joined)
{
    struct joined *j = arena_alloc(s->arena, sizeof *j);
    struct sample *a = NULL, *b = NULL;
    pd_status status = j ? PD_OK : error_memory(s->err);

    *ret_joined = NULL;
    if (status == PD_OK)
        status = sample_get(s, SIDE_OLD, pair->numbers[SIDE_OLD], &a);
    if (status == PD_OK)
        status = sample_get(s, SIDE_NEW, pair->numbers[SIDE_NEW], &b);
    if (status != PD_OK || !a || !b || !a->n_rows || !b->n_rows)
        return status;
    j->a = a;
    j->b = b;
    if (have_like_keys(pair))
        status = join(s, j);
    *ret_joined = j;
    return status;
}

static void
compare_joined(const struct joined *j, uint32_t old, uint32_t now, struct evidence *evidence)
{
    uint64_t first = 0;

    evidence->is_joined = true;
    for (uint64_t i = 0; i < j->n; i++) {
        uint64_t a = j->a->cells[j->rows[SIDE_OLD][i] * j->a->n_columns + old];
        uint64_t b = j->b->cells[j->rows[SIDE_NEW][i] * j->b->n_columns + now];

        if (!a && !b)
            continue;
        evidence->n_compared++;
        evidence->n_equal += a == b;
        if (!first)
            first = a;
        evidence->is_varied = evidence->is_varied || a != first;
    }
}

static uint64_t *
values_of(const struct sample *sample, uint32_t column, uint64_t *ret_n)
{
    uint64_t *values = malloc(sample->n_rows * sizeof *values);

    *ret_n = 0;
    for (uint64_t i = 0; values && i < sample->n_rows; i++) {
        uint64_t value = sample->cells[i * sample->n_columns + column];

        if (value)
            values[(*ret_n)++] = value;
    }
    return values;
}

pd_status
sample_columns(struct scaffold *s, const struct joined *j, uint32_t old, uint32_t now,
               struct evidence *ret_evidence)
{
    CLEANUP_FREE uint64_t *a = NULL;
    CLEANUP_FREE uint64_t *b = NULL;
    uint64_t n_a, n_b;

    *ret_evidence = (struct evidence){0};
    if (!j)
        return PD_OK;
    if (j->by_key) {
        compare_joined(j, old, now, ret_evidence);
        return PD_OK;
    }
    a = values_of(j->a, old, &n_a);
    b = values_of(j->b, now, &n_b);
    if (!a || !b)
        return error_memory(s->err);
    compare_sorted(a, n_a, b, n_b, ret_evidence);
    return PD_OK;
}
