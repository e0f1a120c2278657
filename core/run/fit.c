// SPDX-License-Identifier: Apache-2.0
// fit - rows of a table as the target wants them; what does not fit is told so that it can be
// found.
#include "run/fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "model/kind.h"
#include "model/schema.h"
#include "model/text.h"
#include "run/rules.h"
#include "run/value_advice.h"

enum { SHOWN = 64 /* bytes of a value in a message */ };

struct fit {
    const struct pd_table *table; /* as it is read */
    const struct mapping *mapping;
    const struct selection *selection;
    uint32_t number;
    struct misfits *misfits; /* those that do not fit are counted; NULL: they are not */
    struct converter *converter;
    const struct pd_batch *batch; /* in hand */
    uint64_t n_before;
    const struct fit_listener *listener; /* told of each; NULL: nobody */
};

/* NULL: it lacks nothing. */
static const struct pd_limits *
limits_of(const struct mapping *mapping, uint32_t table, size_t column)
{
    const struct pd_limits *limits =
        mapping->limits ? &mapping->limits[mapping->first[table] + column] : NULL;

    return limits && (limits->lacks || limits->low || limits->high || limits->n_bytes) ? limits
                                                                                       : NULL;
}

/* false: nothing is asked of any column. */
static bool
columns_wanted(const struct mapping *mapping, const struct selection *selection, uint32_t table,
               struct convert_column *columns)
{
    static const struct convert_rules spelling = {.spells_json = true};
    size_t n = selection->catalog->tables[table].n_columns;
    bool some = false;

    for (size_t i = 0; i < n; i++) {
        const struct pd_mapping *m = mapping_of(mapping, selection, table, i);

        if (!m)
            continue;
        if (m->flags & PD_MAPPING_PRESENT && m->flags & PD_MAPPING_NOT_NULL)
            columns[i].flags = CONVERT_NOT_NULL;
        some |= columns[i].flags != 0;
        if (m->as.kind == PD_KIND_NONE)
            continue;
        columns[i].to = &m->as;
        columns[i].flags |= m->flags & PD_MAPPING_TAGGED ? CONVERT_TAGGED : 0u;
        if (m->flags & PD_MAPPING_PRESENT) {
            columns[i].flags |= CONVERT_MEANING;
            columns[i].limits = limits_of(mapping, table, i);
            columns[i].rules = mapping->rules ? &mapping->rules[mapping->first[table] + i] : NULL;
        } else if (mapping_spells_json(&selection->catalog->tables[table].columns[i], m)) {
            columns[i].flags |= CONVERT_MEANING;
            columns[i].rules = &spelling;
        }
        some = true;
    }
    return some;
}

pd_status
fit_new(const struct mapping *mapping, const struct selection *selection, uint32_t table,
        struct misfits *misfits, struct fit **ret_fit, struct pd_error *err)
{
    const struct pd_table *t = &selection->catalog->tables[table];
    CLEANUP(fit) struct fit *fit = NULL;
    CLEANUP_FREE struct convert_column *columns = calloc(t->n_columns + 1, sizeof *columns);
    pd_status status;

    *ret_fit = NULL;
    if (!columns)
        return error_memory(err);
    if (!columns_wanted(mapping, selection, table, columns))
        return PD_OK;
    fit = calloc(1, sizeof *fit);
    if (!fit)
        return error_memory(err);
    *fit = (struct fit){.table = t,
                        .mapping = mapping,
                        .selection = selection,
                        .number = table,
                        .misfits = misfits};
    status = converter_new(t, columns, &fit->converter, err);
    if (status != PD_OK)
        return status == PD_UNSUPPORTED ? PD_FATAL : status;
    *ret_fit = take(fit);
    return PD_OK;
}

void
fit_free(struct fit *fit)
{
    if (!fit)
        return;
    converter_free(fit->converter);
    free(fit);
}

bool
fit_changes(const struct fit *fit)
{
    return fit && !converter_is_identity(fit->converter);
}

const bool *
fit_changed(const struct fit *fit)
{
    return converter_changed(fit->converter);
}

/* ---- What does not fit ---- */

/* Text may have U+0000, which ends no value. */
static void
printable_append(struct buffer *out, struct buffer *text)
{
    char shown[SHOWN * 4 + 1];
    const char *at = buffer_string(text), *end = at ? at + text->size : NULL;

    for (; at && at <= end; at += strlen(at) + 1) {
        error_printable(at, shown, sizeof shown);
        buffer_printf(out, "%s%s", shown, at + strlen(at) < end ? "\\x00" : "");
    }
}

void
fit_value_put(struct buffer *out, const struct pd_type *type, const struct cell *cell)
{
    static const struct pd_type bytes_type = {.struct_size = sizeof bytes_type,
                                              .kind = PD_KIND_BINARY};
    CLEANUP_BUFFER struct buffer text = {0};
    bool is_cut;

    if (cell->as_long) {
        buffer_printf(out, "%llu bytes", (unsigned long long)cell->as_long->size);
        return;
    }
    if (cell->tag < 0) {
        buffer_text(out, "NULL");
        return;
    }
    if (cell->tag == PD_TAG_UTF16)
        text_append(&text, &bytes_type,
                    &(struct cell){.tag = PD_TAG_PLAIN, .bytes = cell->bytes, .size = cell->size});
    else
        text_append(&text, type, cell);
    is_cut = text.size > SHOWN;
    if (is_cut)
        text.size = SHOWN;
    buffer_char(out, '\'');
    printable_append(out, &text);
    buffer_text(out, is_cut ? "'..." : "'");
}

void
fit_row_put(struct buffer *out, const struct pd_table *table, const struct pd_batch *batch,
            uint64_t n_before, uint32_t row)
{
    const struct pd_key *key = schema_order_key(table);

    if (!key) {
        buffer_printf(out, "row %llu", (unsigned long long)(n_before + row + 1));
        return;
    }
    buffer_text(out, "row with ");
    for (size_t i = 0; i < key->n_parts; i++) {
        uint32_t column = (uint32_t)key->parts[i].column;
        const struct pd_type *type = &table->columns[column].type;
        struct cell cell = batch_cell(type, batch_vector(batch, column), row);

        buffer_printf(out, "%s%s = ", i ? ", " : "", table->columns[column].name);
        fit_value_put(out, type, &cell);
    }
}

static const char *
tag_words(int tag)
{
    static const char *const words[] = {
        [PD_TAG_INT] = "the integer ",      [PD_TAG_REAL] = "the float ",
        [PD_TAG_TEXT] = "the text ",        [PD_TAG_BYTES] = "the bytes ",
        [PD_TAG_BADTEXT] = "invalid text ", [PD_TAG_FAR] = "the date ",
        [PD_TAG_YMD] = "the date ",         [PD_TAG_ENUM0] = "the error value "};

    return tag > PD_TAG_PLAIN && tag < (int)COUNT_OF(words) && words[tag] ? words[tag] : "";
}

/* What else could be done, without an option that the conversion knows. */
static void
advice_put(const struct fit *fit, const struct pd_column *column, const struct pd_mapping *m,
           const struct cell *cell, struct buffer *out)
{
    bool is_present = m->flags & PD_MAPPING_PRESENT;
    bool takes_null =
        is_present ? !(m->flags & PD_MAPPING_NOT_NULL) : !(column->flags & PD_COLUMN_NOT_NULL);
    CLEANUP_BUFFER struct buffer rule = {0};
    const char *before = "; use";

    if (value_advice_put(&rule, fit->table, column, m->as.kind, takes_null, cell) &&
        buffer_string(&rule)) {
        buffer_printf(out, "; use --%s", buffer_string(&rule));
        before = ", or";
    }
    if (m->option)
        buffer_printf(out, "%s --%s", before, m->option);
    if (m->option || !is_present)
        return;
    buffer_printf(out,
                  "%s change it in the source, or on the way by a migration, or the column in the "
                  "target",
                  rule.size ? before : ";");
    if (!fit->listener)
        buffer_text(out, "; --rejects sets such rows aside");
}

/* "row with id = '5': the text 'soon' does not fit 'date': why; use --option" */
static void
misfit_put(const struct fit *fit, uint32_t column, uint32_t row, const struct cell *cell,
           struct buffer *out)
{
    const struct pd_column *c = &fit->table->columns[column];
    const struct pd_mapping *m = mapping_of(fit->mapping, fit->selection, fit->number, column);
    const char *option, *why = converter_why(fit->converter, column, &option);

    fit_row_put(out, fit->table, fit->batch, fit->n_before, row);
    buffer_printf(out, ": %s", tag_words(cell->tag));
    fit_value_put(out, &c->type, cell);
    buffer_printf(out, " does not fit '%s'",
                  m->native && *m->native ? m->native : kind_name(m->as.kind));
    if (cell->tag < 0) {
        buffer_text(out, ": the column forbids NULL; give it a value in the source, or on the way "
                         "by a migration, or let the column in the target take NULL");
        return;
    }
    if (why)
        buffer_printf(out, ": %s", why);
    if (option) {
        buffer_text(out, "; use --");
        rules_put(out, option, fit->table, c);
    } else {
        advice_put(fit, c, m, cell, out);
    }
}

/* Noted, with one example a column. */
static pd_status
misfit_note(struct fit *fit, uint32_t column, const char *text, struct pd_error *err)
{
    struct misfits *misfits = fit->misfits;
    struct misfit_count *count = &misfits->columns[fit->mapping->first[fit->number] + column];
    pd_status status = PD_OK;

    pthread_mutex_lock(&misfits->mutex);
    if (count->n++ == 0) {
        count->first = arena_strdup(misfits->arena, text);
        status = count->first ? PD_OK : error_memory(err);
    }
    pthread_mutex_unlock(&misfits->mutex);
    return status;
}

/* The row is told of, and goes nowhere. */
static pd_status
misfit_tell(const struct fit *fit, uint32_t row, const char *column, const char *text,
            struct pd_error *err)
{
    char line[ERROR_TEXT_SIZE];

    snprintf(line, sizeof line, "column '%s', %s", column, text);
    return fit->listener->tell(fit->listener->arg, row, line, err);
}

static pd_status
misfit_meet(void *arg, uint32_t column, uint32_t row, const struct cell *cell, struct pd_error *err)
{
    struct fit *fit = arg;
    CLEANUP_BUFFER struct buffer text = {0};

    misfit_put(fit, column, row, cell, &text);
    if (!buffer_string(&text))
        return error_memory(err);
    if (fit->misfits)
        return misfit_note(fit, column, buffer_string(&text), err);
    if (fit->listener)
        return misfit_tell(fit, row, fit->table->columns[column].name, buffer_string(&text), err);
    return error_fail(err, PD_FATAL, PD_CAUSE_DATA, "column '%s', %s",
                      fit->table->columns[column].name, buffer_string(&text));
}

pd_status
fit_batch(struct fit *fit, const struct pd_batch *batch, const struct pd_source_ops *long_ops,
          struct pd_source *long_source, uint64_t n_before, const struct fit_listener *listener,
          const struct pd_batch **ret_batch, struct pd_error *err)
{
    fit->batch = batch;
    fit->n_before = n_before;
    fit->listener = listener;
    return converter_batch(fit->converter, batch, long_ops, long_source, misfit_meet, fit,
                           ret_batch, err);
}
