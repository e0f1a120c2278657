// SPDX-License-Identifier: Apache-2.0
// natural - which tables and columns take part in natural keys, and rows found by them.
#include "migrate/natural.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "migrate/natural_inside.h"
#include "migrate/step_value.h"
#include "model/schema.h"

/* ---- Life ---- */

pd_status
naturals_new(struct opened_source *source, struct opened_source *target,
             struct naturals **ret_naturals, struct pd_error *err)
{
    CLEANUP(naturals) struct naturals *naturals = calloc(1, sizeof *naturals);
    pd_status status;

    if (!naturals)
        return error_memory(err);
    pthread_mutex_init(&naturals->mutex, NULL);
    naturals->sources[SIDE_SOURCE] = source;
    naturals->sources[SIDE_TARGET] = target;
    naturals->arena = arena_new();
    if (!naturals->arena)
        return error_memory(err);
    status = keyed_new(&naturals->keyed, err);
    if (status == PD_OK)
        *ret_naturals = take(naturals);
    return status;
}

void
naturals_free(struct naturals *naturals)
{
    if (!naturals)
        return;
    keyed_free(naturals->keyed);
    for (struct alike *alike = naturals->alikes; alike; alike = alike->next)
        alike_close(alike);
    arena_free(naturals->arena);
    pthread_mutex_destroy(&naturals->mutex);
    free(naturals);
}

void
naturals_lock(struct naturals *naturals)
{
    pthread_mutex_lock(&naturals->mutex);
}

void
naturals_unlock(struct naturals *naturals)
{
    pthread_mutex_unlock(&naturals->mutex);
}

void
translation_free(struct translation *translation)
{
    buffer_free(&translation->key);
    buffer_free(&translation->found);
    buffer_free(&translation->text);
}

/* ---- Tables ---- */

const struct pd_table *
natural_table(const struct natural *natural, enum side side)
{
    return &natural->of->sources[side]->catalog->tables[natural->numbers[side]];
}

/* Engines differ in the case of names. */
long
natural_column(const struct pd_table *table, const char *name)
{
    long found = schema_find_column(table, name);

    for (size_t i = 0; found < 0 && i < table->n_columns; i++)
        if (strcasecmp(table->columns[i].name, name) == 0)
            found = (long)i;
    return found;
}

static pd_status
columns_resolve(struct natural *natural, struct pd_error *err)
{
    static const char *const whose[] = {"", " of the target"};

    for (size_t i = 0; i < natural->n_columns; i++) {
        for (int side = 0; side < SIDES; side++) {
            const struct pd_table *table = natural_table(natural, (enum side)side);
            const char *name = natural->policy->natural_key[i];
            long at = natural_column(table, name);

            if (at < 0 || !schema_column_travels(&table->columns[at]))
                return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                                  "%s: table '%s'%s has no column '%s', which the natural key of "
                                  "policy recreate names",
                                  natural->policy->origin, schema_table_name(table), whose[side],
                                  name);
            natural->columns[i].numbers[side] = (uint32_t)at;
        }
    }
    return PD_OK;
}

pd_status
naturals_add(struct naturals *naturals, uint32_t table, uint32_t target_table,
             const struct policy *policy, struct pd_error *err)
{
    struct natural *natural = arena_alloc(naturals->arena, sizeof *natural);
    size_t n = 0;

    if (!natural)
        return error_memory(err);
    while (policy->natural_key[n])
        n++;
    natural->of = naturals;
    natural->policy = policy;
    natural->numbers[SIDE_SOURCE] = table;
    natural->numbers[SIDE_TARGET] = target_table;
    natural->n_columns = n;
    natural->columns = arena_array(naturals->arena, struct natural_column, n);
    if (!natural->columns)
        return error_memory(err);
    for (int side = 0; side < SIDES; side++) {
        pd_status status = keyed_table_new(naturals->keyed, &natural->seen[side], err);

        if (status != PD_OK)
            return status;
    }
    natural->next = naturals->first;
    naturals->first = natural;
    return columns_resolve(natural, err);
}

/* ---- References ---- */

long
natural_referred(const struct pd_catalog *catalog, const struct pd_table *table,
                 const struct pd_foreign *foreign)
{
    return schema_find_table(catalog, foreign->to_schema ? foreign->to_schema : table->schema,
                             foreign->to_table);
}

static struct natural *
natural_of(const struct naturals *naturals, const struct pd_table *table,
           const struct pd_foreign *foreign)
{
    long at = natural_referred(naturals->sources[SIDE_SOURCE]->catalog, table, foreign);
    struct natural *natural = naturals->first;

    while (natural && (at < 0 || natural->numbers[SIDE_SOURCE] != (uint32_t)at))
        natural = natural->next;
    return natural;
}

const char *
natural_referred_name(const struct pd_table *to, const struct pd_foreign *foreign, size_t i)
{
    const struct pd_key *key = to->n_keys ? &to->keys[0] : NULL;

    if (foreign->to_columns)
        return foreign->to_columns[i];
    if (!key || key->kind != PD_KEY_PRIMARY || i >= key->n_parts || key->parts[i].column < 0)
        return NULL;
    return to->columns[key->parts[i].column].name;
}

static pd_status
referred_resolve(const struct natural *natural, const struct pd_table *table,
                 const struct pd_foreign *foreign, uint32_t *columns[SIDES], struct pd_error *err)
{
    for (int side = 0; side < SIDES; side++) {
        const struct pd_table *to = natural_table(natural, (enum side)side);

        for (size_t i = 0; i < foreign->n_columns; i++) {
            const char *name =
                natural_referred_name(natural_table(natural, SIDE_SOURCE), foreign, i);
            long at = name ? natural_column(to, name) : -1;

            if (at < 0)
                return error_fail(err, PD_FATAL, PD_CAUSE_DATA,
                                  "table '%s' refers to column '%s' of table '%s', which is to be "
                                  "recreated and has no such column%s",
                                  schema_table_name(table), name ? name : "?",
                                  schema_table_name(to),
                                  side == SIDE_TARGET ? " in the target" : "");
            columns[side][i] = (uint32_t)at;
        }
    }
    return PD_OK;
}

static pd_status
alike_want(const struct ident *ident, const struct key_fold *fold, const struct keyed_table *table,
           struct alike **ret_alike, struct pd_error *err)
{
    struct naturals *naturals = ident->natural->of;
    pd_status status;

    if (!fold)
        return PD_OK;
    status = alike_new(fold, naturals->keyed, table, NULL, naturals->arena, ret_alike, err);
    if (status != PD_OK)
        return status;
    (*ret_alike)->next = naturals->alikes;
    naturals->alikes = *ret_alike;
    return PD_OK;
}

static pd_status
alikes_open(struct ident *ident, struct pd_error *err)
{
    struct key_fold *folds[SIDES] = {NULL, NULL};
    pd_status status = PD_OK;

    for (int side = 0; side < SIDES && status == PD_OK; side++) {
        status = key_fold_new(natural_table(ident->natural, (enum side)side), ident->columns[side],
                              ident->n_columns, ident->natural->of->arena, &folds[side], err);
        if (status == PD_OK)
            status =
                alike_want(ident, folds[side], ident->texts[side], &ident->text_alike[side], err);
    }
    if (status == PD_OK)
        status = alike_want(ident, folds[SIDE_SOURCE], ident->rows, &ident->row_alike, err);
    return status;
}

static pd_status
ident_open(struct ident *ident, struct pd_error *err)
{
    struct keyed *keyed = ident->natural->of->keyed;
    pd_status status = keyed_table_new(keyed, &ident->texts[SIDE_SOURCE], err);

    if (status == PD_OK)
        status = keyed_table_new(keyed, &ident->texts[SIDE_TARGET], err);
    if (status == PD_OK)
        status = keyed_table_new(keyed, &ident->targets, err);
    if (status == PD_OK)
        status = keyed_table_new(keyed, &ident->rows, err);
    if (status == PD_OK)
        status = alikes_open(ident, err);
    return status;
}

/* The ident of these columns, which is made when there is none. */
static pd_status
ident_want(struct natural *natural, uint32_t *const columns[SIDES], size_t n,
           struct ident **ret_ident, struct pd_error *err)
{
    struct ident *ident = natural->idents;
    pd_status status;

    while (ident && (ident->n_columns != n || memcmp(ident->columns[SIDE_SOURCE],
                                                     columns[SIDE_SOURCE], n * sizeof(uint32_t))))
        ident = ident->next;
    *ret_ident = ident;
    if (ident)
        return PD_OK;
    ident = arena_alloc(natural->of->arena, sizeof *ident);
    if (!ident)
        return error_memory(err);
    ident->natural = natural;
    ident->n_columns = n;
    ident->columns[SIDE_SOURCE] = columns[SIDE_SOURCE];
    ident->columns[SIDE_TARGET] = columns[SIDE_TARGET];
    status = ident_open(ident, err);
    ident->next = natural->idents;
    natural->idents = ident;
    *ret_ident = ident;
    return status;
}

pd_status
naturals_ident(struct naturals *naturals, const struct pd_table *table,
               const struct pd_foreign *foreign, struct ident **ret_ident, struct pd_error *err)
{
    struct natural *natural = natural_of(naturals, table, foreign);
    uint32_t *columns[SIDES];
    pd_status status;

    *ret_ident = NULL;
    if (!natural)
        return PD_OK;
    for (int side = 0; side < SIDES; side++) {
        columns[side] = arena_array(naturals->arena, uint32_t, foreign->n_columns);
        if (!columns[side])
            return error_memory(err);
    }
    status = referred_resolve(natural, table, foreign, columns, err);
    return status == PD_OK ? ident_want(natural, columns, foreign->n_columns, ret_ident, err)
                           : status;
}

const struct pd_table *
ident_table(const struct ident *ident)
{
    return natural_table(ident->natural, SIDE_SOURCE);
}

const struct policy *
ident_policy(const struct ident *ident)
{
    return ident->natural->policy;
}

uint64_t
ident_n_missing(const struct ident *ident)
{
    return ident->n_missing;
}

uint64_t
ident_n_rows(const struct ident *ident)
{
    return ident->natural->n_rows[SIDE_SOURCE];
}

const struct pd_column *
ident_target_column(const struct ident *ident, size_t i)
{
    return &natural_table(ident->natural, SIDE_TARGET)->columns[ident->columns[SIDE_TARGET][i]];
}

bool
ident_is_same(const struct ident *a, size_t i, const struct ident *b, size_t k)
{
    return a->natural == b->natural && a->columns[SIDE_SOURCE][i] == b->columns[SIDE_SOURCE][k];
}

/* ---- Finding ---- */

bool
ident_key(const struct pd_table *table, const uint32_t *columns, size_t n,
          const struct pd_batch *batch, uint32_t row, struct buffer *out)
{
    buffer_clear(out);
    for (size_t i = 0; i < n; i++) {
        const struct pd_type *type = &table->columns[columns[i]].type;
        struct cell cell = batch_cell(type, batch_vector(batch, columns[i]), row);

        if (!step_key_put(out, type, &cell))
            return false;
    }
    return true;
}

struct getting {
    struct keyed_table *table;
    struct buffer *value;
    size_t n;
};

static pd_status
take_alike(void *arg, const struct buffer *key, struct pd_error *err)
{
    struct getting *g = arg;

    return g->n++ ? PD_OK : keyed_get(g->table, key, g->value, err);
}

pd_status
ident_get(struct keyed_table *table, struct alike *alike, const struct buffer *key,
          struct buffer *value, bool *ret_several, struct pd_error *err)
{
    struct getting g = {.table = table, .value = value};
    pd_status status = keyed_get(table, key, value, err);

    *ret_several = false;
    if (status != PD_DONE || !alike)
        return status;
    status = alike_find(alike, key, take_alike, &g, err);
    *ret_several = g.n > 1;
    return status == PD_OK && g.n != 1 ? PD_DONE : status;
}

/* Why a row was not found, though the source's foreign key may have held it. */
static void
unfound_put(const struct ident *ident, bool several, struct translation *translation)
{
    const char *name = schema_table_name(ident_table(ident));
    struct buffer *text = &translation->text;
    struct alike *alike = ident->row_alike;

    if (!alike) {
        buffer_printf(text, "a row of table '%s' that is not in the source", name);
        return;
    }
    buffer_printf(text, "the row of table '%s' with ", name);
    key_fold_show(alike->fold, &translation->key, text);
    if (several)
        buffer_printf(text, ", which several rows of the source are for the collation %s",
                      key_fold_name(alike->fold));
    else if (alike->maybe.size) {
        buffer_text(text, "; the source has one with ");
        key_fold_show(alike->fold, &alike->maybe, text);
        buffer_printf(text,
                      ", and whether its collation %s takes them for the same is not known "
                      "here",
                      key_fold_name(alike->fold));
    } else
        buffer_printf(text, ", which is not in the source, also by its collation %s",
                      key_fold_name(alike->fold));
}

pd_status
naturals_find(const struct ident *ident, const struct pd_table *table, const uint32_t *columns,
              const struct pd_batch *batch, uint32_t row, struct translation *translation,
              struct cell *cells, struct pd_error *err)
{
    struct cursor in;
    bool several = false;
    pd_status status;

    if (!ident_key(table, columns, ident->n_columns, batch, row, &translation->key))
        return PD_DONE;
    status = ident_get(ident->rows, ident->row_alike, &translation->key, &translation->found,
                       &several, err);
    if (status < 0)
        return PD_FATAL;
    buffer_clear(&translation->text);
    if (status == PD_DONE) {
        unfound_put(ident, several, translation);
        return PD_FAILED;
    }
    in = cursor_of(translation->found.data, translation->found.size);
    if (cursor_u8(&in) == IDENT_MISSING) {
        ident_text_put(&translation->text, ident, (const char *)in.at, cursor_left(&in));
        buffer_text(&translation->text, ", which the target does not have");
        return PD_FAILED;
    }
    for (size_t i = 0; i < ident->n_columns; i++) {
        struct pd_value value = step_value_get(&in);

        cells[i] = step_value_cell(&value);
    }
    return in.failed ? error_fail(err, PD_FATAL, PD_CAUSE_BUG, "a kept key is cut") : PD_OK;
}
