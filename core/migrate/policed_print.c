// SPDX-License-Identifier: Apache-2.0
// policed_print - what each policy does, for people and for programs.
#include <inttypes.h>
#include <string.h>

#include "migrate/policed_inside.h"
#include "model/json.h"
#include "model/kind.h"
#include "model/schema.h"

/* ---- For people ---- */

static const char *
spelled(const struct pd_column *column)
{
    return column->native && *column->native ? column->native : kind_name(column->type.kind);
}

/* The key that a column's new values are of when that is of another type, NULL: it is not. */
static const struct pd_column *
find_other(const struct pd_table *table, const struct reference *reference, size_t i)
{
    const struct pd_column *was = &table->columns[reference->foreign->columns[i]];
    const struct pd_column *key =
        reference->ident ? ident_target_column(reference->ident, i) : NULL;

    return key && policed_is_other_kind(was, key) ? key : NULL;
}

/* "'a.type_id', 'b.type_id' (integer -> uuid)": columns that are looked up again, or become NULL.
 */
static size_t
references_put(struct buffer *out, const struct policed *policed, uint32_t to)
{
    size_t n = 0;

    for (uint32_t i = 0; i < policed->inner->catalog->n_tables; i++) {
        const struct policed_table *t = &policed->tables[i];
        const struct pd_table *table = &policed->inner->catalog->tables[i];

        for (size_t k = 0; k < t->n_references; k++) {
            const struct pd_foreign *foreign = t->references[k].foreign;

            if (t->references[k].to != to)
                continue;
            for (size_t c = 0; c < foreign->n_columns; c++) {
                const struct pd_column *column = &table->columns[foreign->columns[c]];
                const struct pd_column *key = find_other(table, &t->references[k], c);

                buffer_printf(out, "%s'%s.%s'", n++ ? ", " : "", schema_table_name(table),
                              column->name);
                if (key)
                    buffer_printf(out, " (%s -> %s)", spelled(column), spelled(key));
            }
        }
    }
    return n;
}

static const struct ident *
find_ident(const struct policed *policed, uint32_t to)
{
    for (uint32_t i = 0; i < policed->inner->catalog->n_tables; i++)
        for (size_t k = 0; k < policed->tables[i].n_references; k++)
            if (policed->tables[i].references[k].to == to)
                return policed->tables[i].references[k].ident;
    return NULL;
}

static void
recreate_put(struct buffer *out, const struct policed *policed, uint32_t number)
{
    const char *const *key = policed->tables[number].policy->natural_key;
    const struct ident *ident = find_ident(policed, number);

    buffer_text(out, "the application makes its rows, those of the source are not written");
    if (!ident)
        return;
    buffer_text(out, "; references to it (");
    references_put(out, policed, number);
    buffer_text(out, ") are looked up again by ");
    for (size_t i = 0; key[i]; i++)
        buffer_printf(out, "%s'%s'", i ? ", " : "", key[i]);
    buffer_printf(out, ": %" PRIu64 " rows, %" PRIu64 " of which the target does not have",
                  ident_n_rows(ident), ident_n_missing(ident));
}

static void
skip_put(struct buffer *out, const struct policed *policed, uint32_t number)
{
    CLEANUP_BUFFER struct buffer list = {0};

    buffer_text(out, "its rows stay behind");
    if (policed->ways[number] == RUN_WAY_LEFT)
        buffer_text(out, ", and the target keeps its own");
    if (references_put(&list, policed, number) && buffer_string(&list))
        buffer_printf(out, "; references to it (%s) become NULL", buffer_string(&list));
}

static void
effect_put(struct buffer *out, const struct policed *policed, uint32_t number)
{
    bool to_archive = policed->target.is_archive;

    switch (policed_kind(policed, number)) {
    case PD_POLICY_SKIP:
        skip_put(out, policed, number);
        return;
    case PD_POLICY_RECREATE:
        if (to_archive)
            buffer_text(out, "an archive has its rows, a restore does not write them");
        else
            recreate_put(out, policed, number);
        return;
    case PD_POLICY_REPLACE:
        if (to_archive)
            buffer_text(out, "an archive has its rows, a restore puts them in place of others");
        else if (policed->options->is_left)
            buffer_text(out, "not again: its rows were set aside when others were replaced, and "
                             "the target keeps what it has");
        else if (policed->ways[number] == RUN_WAY_EMPTIED)
            buffer_text(out, "what the target has in it is deleted first");
        else
            buffer_text(out, "there are no rows in the target to be deleted first");
        return;
    default:
        buffer_text(out, "its rows travel");
    }
}

void
policed_put(const struct policed *policed, struct buffer *out)
{
    for (uint32_t i = 0; i < policed->inner->catalog->n_tables; i++) {
        const struct pd_table *table = &policed->inner->catalog->tables[i];
        const struct policy *policy = policed->tables[i].policy, *other;

        if (!policy)
            continue;
        other = policies_passed_over(policed->policies, policy, table);
        if (policy->kind == PD_POLICY_KEEP && !other)
            continue;
        buffer_printf(out, "policy %s (%s), table '%s': ", policy_name(policy->kind),
                      policy->origin, schema_table_name(table));
        effect_put(out, policed, i);
        if (other)
            buffer_printf(out, "; it goes before %s (%s)", policy_name(other->kind), other->origin);
        buffer_char(out, '\n');
    }
}

/* ---- For programs ---- */

static void
json_text(struct buffer *out, const char *name, const char *text)
{
    buffer_printf(out, ",\"%s\":", name);
    json_write_string(out, text, strlen(text));
}

/* What the values of the columns become, when that is another type. */
static void
json_types(struct buffer *out, const struct pd_table *table, const struct reference *reference)
{
    bool has_other = false;

    for (size_t i = 0; i < reference->foreign->n_columns; i++)
        has_other |= find_other(table, reference, i) != NULL;
    if (!has_other)
        return;
    buffer_text(out, ",\"types\":[");
    for (size_t i = 0; i < reference->foreign->n_columns; i++) {
        const char *type = spelled(ident_target_column(reference->ident, i));

        if (i)
            buffer_char(out, ',');
        json_write_string(out, type, strlen(type));
    }
    buffer_char(out, ']');
}

static void
json_reference(struct buffer *out, const struct pd_table *table, const struct reference *reference)
{
    buffer_text(out, "{\"table\":");
    json_write_string(out, schema_table_name(table), strlen(schema_table_name(table)));
    buffer_text(out, ",\"columns\":[");
    for (size_t i = 0; i < reference->foreign->n_columns; i++) {
        const char *name = table->columns[reference->foreign->columns[i]].name;

        if (i)
            buffer_char(out, ',');
        json_write_string(out, name, strlen(name));
    }
    buffer_char(out, ']');
    json_types(out, table, reference);
    buffer_char(out, '}');
}

static void
json_references(struct buffer *out, const struct policed *policed, uint32_t to)
{
    size_t n = 0;

    buffer_text(out, ",\"references\":[");
    for (uint32_t i = 0; i < policed->inner->catalog->n_tables; i++) {
        const struct policed_table *t = &policed->tables[i];

        for (size_t k = 0; k < t->n_references; k++) {
            if (t->references[k].to != to)
                continue;
            if (n++)
                buffer_char(out, ',');
            json_reference(out, &policed->inner->catalog->tables[i], &t->references[k]);
        }
    }
    buffer_char(out, ']');
}

static void
json_key(struct buffer *out, const char *const *key)
{
    buffer_text(out, ",\"natural_key\":[");
    for (size_t i = 0; key[i]; i++) {
        if (i)
            buffer_char(out, ',');
        json_write_string(out, key[i], strlen(key[i]));
    }
    buffer_char(out, ']');
}

void
policed_json(const struct policed *policed, struct buffer *out)
{
    size_t n = 0;

    buffer_char(out, '[');
    for (uint32_t i = 0; i < policed->inner->catalog->n_tables; i++) {
        const struct policy *policy = policed->tables[i].policy;
        const struct pd_table *table = &policed->inner->catalog->tables[i];

        if (!policy)
            continue;
        buffer_text(out, n++ ? ",{\"table\":" : "{\"table\":");
        json_write_string(out, schema_table_name(table), strlen(schema_table_name(table)));
        json_text(out, "policy", policy_name(policy->kind));
        json_text(out, "origin", policy->origin);
        if (policy->natural_key)
            json_key(out, policy->natural_key);
        json_references(out, policed, i);
        buffer_char(out, '}');
    }
    buffer_char(out, ']');
}
