// SPDX-License-Identifier: Apache-2.0
// policed_follow - which columns get other values: those of foreign keys to tables that have
// policies, and those of foreign keys to such columns, however far they are.
#include "migrate/policed_inside.h"
#include "model/schema.h"

/* Do the rows of the table stay as they are but for keys? Those of tables that are not chosen are
   there from another run. */
static bool
is_followed(const struct policed *policed, uint32_t number)
{
    enum pd_policy_kind kind = policed_kind(policed, number);

    return kind != PD_POLICY_RECREATE && kind != PD_POLICY_SKIP;
}

/* ---- References ---- */

/* Would both give the column the same values? */
static bool
is_same_recode(const struct reference *a, size_t i, const struct reference *b, size_t k)
{
    if (a->foreign->columns[i] != b->foreign->columns[k])
        return false;
    return a->ident && b->ident ? ident_is_same(a->ident, i, b->ident, k) : !a->ident && !b->ident;
}

static bool
is_same_reference(const struct reference *a, const struct reference *b)
{
    if (a->foreign->n_columns != b->foreign->n_columns)
        return false;
    for (size_t i = 0; i < a->foreign->n_columns; i++) {
        size_t k = 0;

        while (k < b->foreign->n_columns && !is_same_recode(a, i, b, k))
            k++;
        if (k == b->foreign->n_columns)
            return false;
    }
    return true;
}

/* The reference that gives a column its value; NULL: none does. */
static const struct reference *
find_reference(const struct policed_table *t, uint32_t column)
{
    for (size_t i = 0; i < t->n_references; i++)
        for (size_t k = 0; k < t->references[i].foreign->n_columns; k++)
            if (t->references[i].foreign->columns[k] == column)
                return &t->references[i];
    return NULL;
}

static pd_status
column_check(struct policed *policed, uint32_t number, const struct reference *reference,
             uint32_t number_of_column, struct pd_error *err)
{
    const struct pd_catalog *catalog = policed->inner->catalog;
    const struct pd_table *table = &catalog->tables[number];
    const struct pd_column *column = &table->columns[number_of_column];
    const struct reference *other = find_reference(&policed->tables[number], number_of_column);

    if (other)
        return error_fail(
            err, PD_FATAL, PD_CAUSE_USAGE,
            "table '%s': column '%s' would get keys of table '%s' and of table '%s', "
            "by two ways that differ (their policies); leave one of these policies "
            "out, or exclude '%s'",
            schema_table_name(table), column->name, schema_table_name(&catalog->tables[other->to]),
            schema_table_name(&catalog->tables[reference->to]), schema_table_name(table));
    if (!reference->ident && column->flags & PD_COLUMN_NOT_NULL)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "table '%s': column '%s' cannot become NULL, as policy skip of '%s' "
                          "says of references to it",
                          schema_table_name(table), column->name,
                          schema_table_name(&catalog->tables[reference->to]));
    return PD_OK;
}

/* Tables that have no rows in this run are not refused: only those that refer to them are. */
static pd_status
settle(struct policed *policed, uint32_t number, pd_status status)
{
    if (status == PD_OK || policed_has_rows(policed, number))
        return status;
    policed->tables[number].is_torn = true;
    return PD_DONE;
}

static pd_status
reference_add(struct policed *policed, uint32_t number, const struct pd_foreign *foreign,
              uint32_t to, const struct ident *ident, struct pd_error *err)
{
    struct policed_table *t = &policed->tables[number];
    uint32_t *slots = arena_array(policed->arena, uint32_t, foreign->n_columns + 1);
    struct reference reference = {.foreign = foreign, .slots = slots, .ident = ident, .to = to};
    pd_status status = PD_OK;

    if (!slots)
        return error_memory(err);
    for (size_t i = 0; i < t->n_references; i++)
        if (is_same_reference(&t->references[i], &reference))
            return PD_OK;
    for (size_t i = 0; i < foreign->n_columns && status == PD_OK; i++)
        status = column_check(policed, number, &reference, foreign->columns[i], err);
    status = settle(policed, number, status);
    if (status != PD_OK)
        return status == PD_DONE ? PD_OK : status;
    for (size_t i = 0; i < foreign->n_columns; i++) {
        slots[i] = (uint32_t)t->n_recoded;
        t->recoded[t->n_recoded++] = foreign->columns[i];
    }
    t->references[t->n_references++] = reference;
    return PD_OK;
}

/* ---- References that become NULL ---- */

/* Is the column one of a reference to another table, which is to stay? */
static bool
is_needed_elsewhere(const struct policed *policed, uint32_t number, uint32_t column, uint32_t to)
{
    const struct pd_catalog *catalog = policed->inner->catalog;
    const struct policed_table *t = &policed->tables[number];

    for (size_t i = 0; i < t->n_foreigns; i++) {
        const struct pd_foreign *foreign = &t->foreigns[i];

        if (natural_referred(catalog, &catalog->tables[number], foreign) == (long)to)
            continue;
        for (size_t k = 0; k < foreign->n_columns; k++)
            if (foreign->columns[k] == column)
                return true;
    }
    return false;
}

/* A reference points nowhere as soon as one of its columns is NULL: those that can be, without the
   ones of another reference if there are more. All of them where none can be. */
static pd_status
nullable_part(struct policed *policed, uint32_t number, const struct pd_foreign *foreign,
              uint32_t to, const struct pd_foreign **ret_part, struct pd_error *err)
{
    const struct pd_table *table = &policed->inner->catalog->tables[number];
    struct pd_foreign *part = arena_alloc(policed->arena, sizeof *part);
    uint32_t *columns = arena_array(policed->arena, uint32_t, foreign->n_columns + 1);
    size_t n = 0;

    if (!part || !columns)
        return error_memory(err);
    for (int own = 1; own >= 0 && n == 0; own--)
        for (size_t i = 0; i < foreign->n_columns; i++) {
            uint32_t column = foreign->columns[i];

            if (!(table->columns[column].flags & PD_COLUMN_NOT_NULL) &&
                !(own && is_needed_elsewhere(policed, number, column, to)))
                columns[n++] = column;
        }
    *part = *foreign;
    if (n) {
        part->columns = columns;
        part->n_columns = n;
    }
    *ret_part = part;
    return PD_OK;
}

/* ---- Foreign keys to tables that have policies ---- */

static pd_status
foreign_follow(struct policed *policed, uint32_t number, const struct pd_foreign *foreign,
               struct pd_error *err)
{
    const struct pd_catalog *catalog = policed->inner->catalog;
    const struct pd_table *table = &catalog->tables[number];
    long to = natural_referred(catalog, table, foreign);
    const struct policy *policy = to >= 0 ? policed->tables[to].policy : NULL;
    struct ident *ident = NULL;
    pd_status status;

    if (!policy || (uint32_t)to == number)
        return PD_OK;
    if (policy->kind == PD_POLICY_SKIP && policy->references_null) {
        status = nullable_part(policed, number, foreign, (uint32_t)to, &foreign, err);
        return status == PD_OK ? reference_add(policed, number, foreign, (uint32_t)to, NULL, err)
                               : status;
    }
    if (!policed->naturals)
        return PD_OK;
    status = naturals_ident(policed->naturals, table, foreign, &ident, err);
    return status == PD_OK && ident
               ? reference_add(policed, number, foreign, (uint32_t)to, ident, err)
               : status;
}

/* A foreign key of the target as one of the source's table. PD_DONE: it is none of them. */
static pd_status
foreign_translate(const struct policed *policed, uint32_t number, const struct pd_foreign *there,
                  struct pd_foreign *ret_foreign, struct pd_error *err)
{
    const struct pd_catalog *here = policed->inner->catalog,
                            *other = policed->target.source->catalog;
    const struct pd_table *from = &other->tables[policed->tables[number].target];
    long target = natural_referred(other, from, there);
    long to = target >= 0 ? policed_counterpart(policed, (uint32_t)target) : -1;
    uint32_t *columns = arena_array(policed->arena, uint32_t, there->n_columns + 1);

    if (!columns)
        return error_memory(err);
    if (to < 0 || policed_kind(policed, (uint32_t)to) == PD_POLICY_SKIP)
        return PD_DONE;
    for (size_t i = 0; i < there->n_columns; i++) {
        long at = natural_column(&here->tables[number], from->columns[there->columns[i]].name);

        if (at < 0)
            return PD_DONE;
        columns[i] = (uint32_t)at;
    }
    *ret_foreign = *there;
    ret_foreign->columns = columns;
    ret_foreign->to_schema = here->tables[to].schema ? here->tables[to].schema : "";
    ret_foreign->to_table = here->tables[to].name;
    return PD_OK;
}

/* Those of the source, and those of the target: the source may not declare what the target does,
   and keys are other ones there all the same. */
static pd_status
foreigns_list(struct policed *policed, uint32_t number, struct pd_error *err)
{
    struct policed_table *t = &policed->tables[number];
    const struct pd_table *table = &policed->inner->catalog->tables[number];
    const struct pd_table *there =
        t->target >= 0 ? &policed->target.source->catalog->tables[t->target] : NULL;

    t->foreigns = arena_array(policed->arena, struct pd_foreign,
                              table->n_foreigns + (there ? there->n_foreigns : 0) + 1);
    if (!t->foreigns)
        return error_memory(err);
    for (size_t i = 0; i < table->n_foreigns; i++)
        t->foreigns[t->n_foreigns++] = table->foreigns[i];
    for (size_t i = 0; there && i < there->n_foreigns; i++) {
        pd_status status = foreign_translate(policed, number, &there->foreigns[i],
                                             &t->foreigns[t->n_foreigns], err);

        if (status != PD_OK && status != PD_DONE)
            return status;
        t->n_foreigns += status == PD_OK;
    }
    return PD_OK;
}

static pd_status
table_follow(struct policed *policed, uint32_t number, struct pd_error *err)
{
    struct policed_table *t = &policed->tables[number];
    const struct pd_table *table = &policed->inner->catalog->tables[number];
    pd_status status = foreigns_list(policed, number, err);

    /* No column is in there twice. */
    t->references = arena_array(policed->arena, struct reference, table->n_columns + 1);
    t->recoded = arena_array(policed->arena, uint32_t, table->n_columns + 1);
    if (status == PD_OK && (!t->references || !t->recoded))
        return error_memory(err);
    for (size_t i = 0; i < t->n_foreigns && status == PD_OK; i++)
        status = foreign_follow(policed, number, &t->foreigns[i], err);
    return status;
}

/* ---- Foreign keys to columns that get other values ---- */

/* A foreign key refers to a table whose columns of a reference get other values: into
   ret_foreign, the columns that have to get them, too. PD_DONE: it has none of them. */
static pd_status
columns_carry(struct policed *policed, uint32_t number, const struct pd_foreign *foreign,
              uint32_t to, const struct reference *reference, struct pd_foreign *ret_foreign,
              struct pd_error *err)
{
    const struct pd_table *parent = &policed->inner->catalog->tables[to];
    size_t n = reference->foreign->n_columns, n_found = 0;
    uint32_t *columns = arena_array(policed->arena, uint32_t, n + 1);

    if (!columns)
        return error_memory(err);
    for (size_t i = 0; i < foreign->n_columns; i++) {
        const char *name = natural_referred_name(parent, foreign, i);
        long at = name ? natural_column(parent, name) : -1;

        for (size_t k = 0; at >= 0 && k < n; k++)
            if (reference->foreign->columns[k] == (uint32_t)at) {
                columns[k] = foreign->columns[i];
                n_found++;
            }
    }
    *ret_foreign = *reference->foreign;
    ret_foreign->columns = columns;
    if (n_found == 0 || n_found == n)
        return n_found ? PD_OK : PD_DONE;
    return settle(policed, number,
                  error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                             "table '%s': its foreign key to table '%s' has only a part of the "
                             "columns there that get keys of table '%s' (%s), which is not "
                             "followed; leave that policy out, or exclude '%s'",
                             schema_table_name(&policed->inner->catalog->tables[number]),
                             schema_table_name(parent),
                             schema_table_name(&policed->inner->catalog->tables[reference->to]),
                             policed->tables[reference->to].policy->origin,
                             schema_table_name(&policed->inner->catalog->tables[number])));
}

static pd_status
foreign_carry(struct policed *policed, uint32_t number, const struct pd_foreign *foreign,
              struct pd_error *err)
{
    const struct pd_table *table = &policed->inner->catalog->tables[number];
    long to = natural_referred(policed->inner->catalog, table, foreign);
    const struct policed_table *parent = to >= 0 ? &policed->tables[to] : NULL;
    pd_status status = PD_OK;

    if (!parent || !is_followed(policed, (uint32_t)to))
        return PD_OK;
    if (parent->is_torn) {
        policed->tables[number].is_torn = true;
        if (policed_has_rows(policed, number))
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "table '%s' refers to table '%s', whose own keys cannot be "
                              "followed (policies); leave a policy out, or exclude '%s'",
                              schema_table_name(table),
                              schema_table_name(&policed->inner->catalog->tables[to]),
                              schema_table_name(table));
    }
    for (size_t i = 0; i < parent->n_references && status == PD_OK; i++) {
        struct pd_foreign *carried = arena_alloc(policed->arena, sizeof *carried);

        if (!carried)
            return error_memory(err);
        status = columns_carry(policed, number, foreign, (uint32_t)to, &parent->references[i],
                               carried, err);
        if (status == PD_OK)
            status = reference_add(policed, number, carried, parent->references[i].to,
                                   parent->references[i].ident, err);
        else if (status == PD_DONE)
            status = PD_OK;
    }
    return status;
}

/* Again until nothing is new: each time some columns are added, and no column twice. */
static pd_status
tables_carry(struct policed *policed, struct pd_error *err)
{
    size_t n_before, n_now = 0;
    pd_status status = PD_OK;

    do {
        n_before = n_now;
        n_now = 0;
        for (uint32_t i = 0; i < policed->inner->catalog->n_tables && status == PD_OK; i++) {
            const struct policed_table *t = &policed->tables[i];

            for (size_t k = 0; k < t->n_foreigns && status == PD_OK; k++)
                status = foreign_carry(policed, i, &t->foreigns[k], err);
            n_now += t->n_recoded + t->is_torn;
        }
    } while (status == PD_OK && n_now != n_before);
    return status;
}

/* ---- Natural keys that have such columns ---- */

/* The table of recreated rows whose number a column holds by a foreign key to a column that gets
   other values; -1: it holds none, or refers to the recreated table itself. */
static long
find_carried(const struct policed *policed, const struct pd_table *table, uint32_t column)
{
    const struct pd_catalog *catalog = policed->inner->catalog;
    long found = -1;

    for (size_t i = 0; i < table->n_foreigns; i++) {
        const struct pd_foreign *foreign = &table->foreigns[i];
        long to = natural_referred(catalog, table, foreign);

        for (size_t k = 0; to >= 0 && k < foreign->n_columns; k++) {
            const char *name = natural_referred_name(&catalog->tables[to], foreign, k);
            long at = name ? natural_column(&catalog->tables[to], name) : -1;
            const struct reference *reference =
                at >= 0 ? find_reference(&policed->tables[to], (uint32_t)at) : NULL;

            if (foreign->columns[k] != column)
                continue;
            if (policed_kind(policed, (uint32_t)to) == PD_POLICY_RECREATE)
                return -1;
            if (reference && reference->ident)
                found = (long)reference->to;
        }
    }
    return found;
}

/* Such a column has different values on both sides, which would join rows that are not the same. */
static pd_status
natural_keys_check(const struct policed *policed, uint32_t number, struct pd_error *err)
{
    const struct pd_table *table = &policed->inner->catalog->tables[number];
    const struct policy *policy = policed->tables[number].policy;

    for (size_t i = 0; policy->natural_key[i]; i++) {
        long column = natural_column(table, policy->natural_key[i]);
        long to = column >= 0 ? find_carried(policed, table, (uint32_t)column) : -1;

        if (to >= 0)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "table '%s': column '%s' of its natural key (%s) holds keys of table "
                              "'%s', which is recreated, over another table, which is not "
                              "followed; name other columns, or leave one of the policies out",
                              schema_table_name(table), policy->natural_key[i], policy->origin,
                              schema_table_name(&policed->inner->catalog->tables[to]));
    }
    return PD_OK;
}

/* ---- All of it ---- */

static pd_status
naturals_make(struct policed *policed, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < policed->inner->catalog->n_tables && status == PD_OK; i++) {
        struct policed_table *t = &policed->tables[i];

        if (policed->target.is_archive || policed_kind(policed, i) != PD_POLICY_RECREATE)
            continue;
        if (!policed->naturals)
            status = naturals_new(policed->inner, policed->target.source, &policed->naturals, err);
        if (status == PD_OK)
            status = naturals_add(policed->naturals, i, (uint32_t)t->target, t->policy, err);
    }
    return status;
}

pd_status
policed_follow(struct policed *policed, struct pd_error *err)
{
    uint32_t n = (uint32_t)policed->inner->catalog->n_tables;
    pd_status status = naturals_make(policed, err);

    for (uint32_t i = 0; i < n && status == PD_OK; i++)
        if (is_followed(policed, i))
            status = table_follow(policed, i, err);
    if (status == PD_OK)
        status = tables_carry(policed, err);
    for (uint32_t i = 0; i < n && status == PD_OK && policed->naturals; i++)
        if (policed_kind(policed, i) == PD_POLICY_RECREATE)
            status = natural_keys_check(policed, i, err);
    for (uint32_t i = 0; i < n && status == PD_OK; i++)
        if (!policed_has_rows(policed, i))
            policed->tables[i].n_references = policed->tables[i].n_recoded = 0;
    if (status == PD_OK)
        status = policed_types(policed, err);
    if (status == PD_OK && policed->naturals)
        status = naturals_read(policed->naturals, err);
    return status;
}
