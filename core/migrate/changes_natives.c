// SPDX-License-Identifier: Apache-2.0
/* changes_natives - native texts in tables: one that may not be true any more goes, so that no sink
   replays it; with it goes what cannot be said otherwise, and that is told. */
#include <string.h>

#include "migrate/changes_inside.h"

/* Words that native texts of one table may not have any more. */
struct words {
    const char **words;
    size_t n;
};

static bool
has_word(const struct words *words, const char *text)
{
    for (size_t i = 0; i < words->n && text; i++) {
        if (changes_mentions(text, words->words[i]))
            return true;
    }
    return false;
}

/* Is the column of before still there, as it was called and of its type? */
static bool
is_as_before(const struct draft *draft, const struct pd_column *before, uint32_t number)
{
    for (size_t i = 0; i < draft->table.n_columns; i++) {
        if (draft->streams[0].from[i] == number)
            return strcmp(draft->columns[i].name, before->name) == 0 &&
                   schema_same_type(&draft->columns[i].type, &before->type);
    }
    return false;
}

static pd_status
words_of(struct pd_changes *c, const struct draft *draft, struct words *words)
{
    const struct pd_table *before =
        draft->own == PD_NO_TABLE ? NULL : &c->before->tables[draft->own];
    size_t n_columns = before ? before->n_columns : 0;

    words->words = arena_array(c->arena, const char *, n_columns + c->n_stale + 1);
    words->n = 0;
    if (!words->words)
        return error_memory(&c->err);
    for (uint32_t i = 0; i < n_columns && draft->is_changed; i++) {
        if (!is_as_before(draft, &before->columns[i], i))
            words->words[words->n++] = before->columns[i].name;
    }
    if (before && draft->is_renamed)
        words->words[words->n++] = before->name;
    for (size_t i = 0; i < c->n_stale; i++) {
        if (!c->stale[i].verb) /* objects that are taken out: functions, types */
            words->words[words->n++] = c->stale[i].name;
    }
    return PD_OK;
}

static pd_status
tell(struct pd_changes *c, const struct draft *draft, const char *label)
{
    return changes_left_out(c,
                            "%s of table '%s' is not carried: step '%s' -> '%s' changes what it "
                            "uses, and only its own engine can read it; the new version of the "
                            "application makes it",
                            label, draft->full, c->migration->from, c->migration->to);
}

/* ---- Keys ---- */

/* A native text that is said portably, too, is not needed. */
static void
forget(const struct words *words, const char *portable, const char **native, bool *lost)
{
    if (!has_word(words, *native))
        return;
    *lost = *lost || !portable;
    *native = NULL;
}

/* lost: nothing is left that says what the key is. */
static bool
clean_key(const struct words *words, bool is_renamed, struct draft_key *k)
{
    struct pd_key *key = &k->key;
    bool had_sql = key->native_sql != NULL, lost = false;

    if (is_renamed || has_word(words, key->native_sql))
        key->native_sql = NULL;
    forget(words, key->predicate, &key->predicate_native, &lost);
    for (size_t i = 0; i < key->n_parts; i++)
        forget(words, k->parts[i].column >= 0 ? "" : k->parts[i].expression,
               &k->parts[i].expression_native, &lost);
    if (!key->native_sql)
        key->flags &= (uint16_t)~PD_KEY_ACTIVE_SQL;
    return lost || (key->flags & PD_KEY_NATIVE_ONLY && had_sql && !key->native_sql);
}

static pd_status
clean_keys(struct pd_changes *c, struct draft *draft, const struct words *words)
{
    size_t n = 0;
    pd_status status = PD_OK;

    for (size_t i = 0; i < draft->n_keys && status == PD_OK; i++) {
        struct draft_key *key = &draft->keys[i];

        if (key->is_given || !clean_key(words, draft->is_renamed, key)) {
            draft->keys[n++] = *key;
            continue;
        }
        draft->is_rewritten = true;
        status = tell(c, draft, changes_key_label(c, draft, &key->key));
        if (status == PD_OK)
            status = changes_stale_part(c, "index", key->key.name);
    }
    draft->n_keys = n;
    return status;
}

/* ---- Checks ---- */

static pd_status
clean_checks(struct pd_changes *c, struct draft *draft, const struct words *words)
{
    size_t n = 0;
    pd_status status = PD_OK;

    for (size_t i = 0; i < draft->n_checks && status == PD_OK; i++) {
        struct draft_check *check = &draft->checks[i];
        bool lost = false;

        if (!check->is_given)
            forget(words, check->check.expression, &check->check.expression_native, &lost);
        if (!lost) {
            draft->checks[n++] = *check;
            continue;
        }
        draft->is_rewritten = true;
        status = tell(c, draft, changes_check_label(c, &check->check));
        if (status == PD_OK)
            status = changes_stale_part(c, "constraint", check->check.name);
    }
    draft->n_checks = n;
    return status;
}

/* ---- Columns ---- */

/* A sequence that counted for the column by a native default. */
static void
drop_counter(struct pd_changes *c, const struct draft *draft, const struct pd_column *column)
{
    for (size_t i = 0; i < c->n_sequences && column->identity; i++) {
        struct draft_sequence *s = &c->sequences[i];

        if (s->owner == draft && changes_same_text(s->sequence.owner_column, column->name))
            s->is_gone = true;
    }
}

static pd_status
clean_column(struct pd_changes *c, struct draft *draft, const struct words *words,
             struct pd_column *column)
{
    bool lost = false, had_default = column->default_native != NULL;
    const char *label;

    if (column->expression)
        forget(words, column->expression, &column->expression_native, &lost);
    forget(words, "", &column->default_native, &lost);
    column->generated_values = NULL; /* of rows as they were */
    if (had_default && !column->default_native)
        drop_counter(c, draft, column);
    if (column->default_kind != PD_DEFAULT_NATIVE || column->default_native ||
        !(had_default || draft->is_changed))
        return PD_OK;
    column->default_kind = PD_DEFAULT_NONE;
    column->default_text = NULL;
    column->default_size = 0;
    draft->is_rewritten = true;
    label = arena_printf(c->arena, "the default of column '%s'", column->name);
    return label ? tell(c, draft, label) : error_memory(&c->err);
}

static pd_status
clean_columns(struct pd_changes *c, struct draft *draft, const struct words *words)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < draft->table.n_columns && status == PD_OK; i++) {
        if (!draft->is_given[i])
            status = clean_column(c, draft, words, &draft->columns[i]);
    }
    return status;
}

pd_status
changes_natives(struct pd_changes *c)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < c->n_drafts && status == PD_OK; i++) {
        struct draft *draft = c->drafts[i];
        struct words words;

        if (draft->gone)
            continue;
        status = words_of(c, draft, &words);
        if (status == PD_OK && words.n)
            status = clean_keys(c, draft, &words);
        if (status == PD_OK && words.n)
            status = clean_checks(c, draft, &words);
        if (status == PD_OK)
            status = clean_columns(c, draft, &words);
        if (status != PD_OK)
            return status;
        if (draft->is_changed || draft->is_rewritten || has_word(&words, draft->table.native_sql)) {
            draft->table.native_sql = NULL;
            draft->table.flags &= ~(uint32_t)PD_TABLE_ACTIVE_SQL;
        }
    }
    return status;
}
