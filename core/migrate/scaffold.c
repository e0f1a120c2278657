// SPDX-License-Identifier: Apache-2.0
/* scaffold - puts the script together. */
#include "migrate/scaffold.h"

#include <string.h>

#include "base/budget.h"
#include "migrate/scaffold_inside.h"

enum { BATCHES = 2 /* the one that is looked at, and the one being read */ };

/* ---- The parts ---- */

static void
put_version(struct scaffold *s, const char *name, const char *version, const char *whose)
{
    if (version) {
        buffer_printf(&s->line, "%s = ", name);
        say_quoted(&s->line, version, strlen(version));
        buffer_char(&s->line, ',');
        put_line(s, LINE_COMMENT, NULL);
        return;
    }
    buffer_printf(&s->line, "%s = nil,", name);
    put_line(s, LINE_COMMENT, arena_printf(s->arena, "FILL IN: the version of the %s data", whose));
}

static const char head[] =
    "-- Drafted by polydump scaffold; to be looked through, see doc/migrations.md.\n"
    "-- \"guess\" is what may be meant otherwise, \"cannot be said here\" what is left to do.\n";
static const char numbers[] = "\nlocal numbers = {}\n";
static const char todo[] = "\n-- What has to be decided before the script is finished.\n"
                           "local told = {}\n"
                           "local function todo(ctx, what)\n"
                           "  if not told[what] then\n"
                           "    told[what] = true\n"
                           "    ctx:warn(what)\n"
                           "  end\n"
                           "end\n";

/* A part of its own: name = opening ... closing, if there is anything in it. */
static pd_status
put_part(struct scaffold *s, pd_status (*put)(struct scaffold *), const char *opening,
         const char *closing, struct buffer *part)
{
    struct buffer *out = s->out;
    pd_status status;

    s->out = part;
    s->indent = 2;
    status = put(s);
    s->out = out;
    s->indent = 1;
    if (status == PD_OK && part->failed)
        return error_memory(s->err);
    if (status == PD_OK && part->size) {
        struct buffer text = {0};

        buffer_printf(&text, "\n  %s\n", opening);
        buffer_append(&text, part->data + (*part->data == '\n'),
                      part->size - (*part->data == '\n'));
        buffer_printf(&text, "  %s,\n", closing);
        buffer_free(part);
        *part = text;
    }
    return status;
}

static pd_status
put_both(struct scaffold *s)
{
    pd_status status = put_schema(s);
    size_t behind = s->out->size;

    buffer_char(s->out, '\n');
    if (status == PD_OK)
        status = put_rest(s);
    if (s->out->size == behind + 1)
        s->out->size = behind;
    return status;
}

static bool
has(const struct buffer *part, const char *word)
{
    return part->size && memmem(part->data, part->size, word, strlen(word));
}

static pd_status
put_script(struct scaffold *s)
{
    CLEANUP_BUFFER struct buffer schema = {0}, rows = {0};
    const struct scaffold_options *options = s->options;
    pd_status status = put_part(s, put_both, "schema = function(db)", "end", &schema);

    if (status == PD_OK)
        status = put_part(s, put_rows, "tables = {", "}", &rows);
    if (status != PD_OK)
        return status;
    buffer_text(s->out, head);
    if (has(&rows, " numbers["))
        buffer_text(s->out, numbers);
    if (has(&rows, " todo(ctx"))
        buffer_text(s->out, todo);
    buffer_text(s->out, "\nreturn {\n");
    put_version(s, "from", options->from, "old");
    put_version(s, "to", options->to, "new");
    buffer_text(&s->line, "about = \"FILL IN: what it does\",");
    put_line(s, LINE_COMMENT, NULL);
    if (!schema.size && !rows.size) {
        buffer_char(s->out, '\n');
        put_note(s, LINE_COMMENT, "nothing to do: the schemas are the same");
    }
    buffer_append(s->out, schema.data, schema.size);
    buffer_append(s->out, rows.data, rows.size);
    buffer_text(s->out, "}\n");
    return s->out->failed || schema.failed || rows.failed ? error_memory(s->err) : PD_OK;
}

/* ---- Beginning ---- */

static pd_status
prepare(struct scaffold *s)
{
    size_t n_pairs = s->catalogs[SIDE_NEW]->n_tables;

    for (int side = 0; side < SIDES; side++) {
        size_t n = s->catalogs[side]->n_tables;

        s->pair_of[side] = arena_array(s->arena, uint32_t, n);
        s->samples[side] = arena_array(s->arena, struct sample *, n);
        if (!s->pair_of[side] || !s->samples[side])
            return error_memory(s->err);
        for (size_t i = 0; i < n; i++)
            s->pair_of[side][i] = PD_NO_TABLE;
    }
    s->pairs = arena_array(s->arena, struct pair, n_pairs);
    s->doubts = arena_array(s->arena, const char *, n_pairs);
    return s->pairs && s->doubts ? PD_OK : error_memory(s->err);
}

static pd_status
recheck(struct scaffold *s)
{
    pd_status status = PD_OK;

    for (int side = 0; side < SIDES && status == PD_OK; side++) {
        const struct opened_source *source = s->sources[side];

        if (source->ops->recheck)
            status = source->ops->recheck(source->handle, s->err);
    }
    return status;
}

static pd_status
compare(struct scaffold *s)
{
    pd_status status = prepare(s);

    if (status == PD_OK)
        status = match_tables(s);
    for (size_t i = 0; i < s->n_pairs && status == PD_OK; i++)
        status = match_columns(s, &s->pairs[i]);
    for (size_t i = 0; i < s->n_pairs && status == PD_OK; i++)
        status = rows_reasons(s, &s->pairs[i]);
    return status == PD_OK ? recheck(s) : status;
}

pd_status
scaffold(struct opened_source *old, struct opened_source *now,
         const struct scaffold_options *options, struct buffer *out,
         struct scaffold_counts *ret_counts, struct pd_error *err)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct scaffold s = {
        .arena = arena,
        .sources = {old, now},
        .catalogs = {old->catalog, now->catalog},
        .options = options,
        .same_engine = strcmp(old->catalog->engine, now->catalog->engine) == 0,
        .out = out,
        .err = err,
    };
    pd_status status;

    if (!arena)
        return error_memory(err);
    budget_grant(BATCHES);
    status = compare(&s);
    budget_grant(1);
    if (status == PD_OK)
        status = put_script(&s);
    buffer_free(&s.line);
    if (status == PD_OK)
        *ret_counts = s.counts;
    return status;
}
