// SPDX-License-Identifier: Apache-2.0
/* scaffold_parts - keys, checks and foreign keys: those that are no more, and those that are new.
 */
#include <string.h>

#include "migrate/scaffold_inside.h"
#include "model/expr.h"

/* A part of one side of a pair. */
struct one {
    struct said said;
    size_t number;
    bool is_kept;
    bool is_quiet; /* it is no part of its own: nothing is to be said of it */
};

/* Parts of one kind of both sides. */
struct parts {
    enum part kind;
    struct one *ones[SIDES];
    size_t n[SIDES];
};

/* ---- Names of columns ---- */

/* A column that is dropped is called like none. */
static const char *
name_now(const void *arg, const char *name)
{
    const struct pair *pair = arg;
    long old = schema_find_column(pair->old, name);

    if (old < 0)
        return NULL;
    if (pair->to_new[old] == PD_NO_COLUMN)
        return "?";
    return pair->now->columns[pair->to_new[old]].name;
}

/* ---- What is missing ---- */

/* Can no script add the column, which was not there? */
bool
part_lacks(const struct scaffold *s, const struct pd_table *now, uint32_t number)
{
    const struct pd_column *column = &now->columns[number];
    const struct pd_type *type = say_type(column);
    uint32_t pair = s->pair_of[SIDE_NEW][now - s->catalogs[SIDE_NEW]->tables];

    if (pair != PD_NO_TABLE && s->pairs[pair].origins[number].old != PD_NO_COLUMN)
        return false;
    return !*column->name || type->kind == PD_KIND_ARRAY || type->kind == PD_KIND_OPAQUE ||
           (column->generated && !column->expression);
}

struct search {
    const struct scaffold *s;
    const struct pd_table *table;
    bool found;
};

static void
look_for(void *arg, const char *name)
{
    struct search *search = arg;
    long number = schema_find_column(search->table, name);

    search->found =
        search->found || (number >= 0 && part_lacks(search->s, search->table, (uint32_t)number));
}

static pd_status
needs_missing(struct scaffold *s, const struct pd_table *now, enum part kind, size_t i,
              bool *ret_needs)
{
    struct search search = {.s = s, .table = now};
    pd_status status = PD_OK;

    if (kind == PART_CHECK && now->checks[i].expression)
        status = expr_columns(now->checks[i].expression, look_for, &search, s->err);
    for (size_t k = 0; kind == PART_KEY && k < now->keys[i].n_parts; k++) {
        int32_t column = now->keys[i].parts[k].column;

        search.found = search.found || (column >= 0 && part_lacks(s, now, (uint32_t)column));
    }
    for (size_t k = 0; kind == PART_FOREIGN && k < now->foreigns[i].n_columns; k++)
        search.found = search.found || part_lacks(s, now, now->foreigns[i].columns[k]);
    *ret_needs = search.found;
    return status;
}

/* ---- In words ---- */

pd_status
part_say(struct scaffold *s, int side, const struct pd_table *table, enum part kind, size_t i,
         const struct pair *naming, struct said *ret_said)
{
    say_rename *rename = naming ? name_now : NULL;

    bool needs = false;
    pd_status status;

    if (kind == PART_KEY)
        status = say_key(s, table, &table->keys[i], rename, naming, ret_said);
    else if (kind == PART_CHECK)
        status = say_check(s, &table->checks[i], rename, naming, ret_said);
    else
        status = say_foreign(s, side, table, &table->foreigns[i], ret_said);
    if (status == PD_OK && side == SIDE_NEW)
        status = needs_missing(s, table, kind, i, &needs);
    if (needs)
        ret_said->impossible = "a column of it cannot be said";
    return status;
}

static pd_status
say_one(struct scaffold *s, const struct pair *pair, int side, enum part kind, size_t i,
        struct said *ret_said)
{
    return part_say(s, side, side == SIDE_OLD ? pair->old : pair->now, kind, i,
                    side == SIDE_OLD ? pair : NULL, ret_said);
}

/* ---- What is kept ---- */

bool
part_is_passenger(const struct pd_table *table, const struct pd_key *key)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        if (key->parts[i].column >= 0 &&
            table->columns[key->parts[i].column].flags & PD_COLUMN_PASSENGER)
            return true;
    }
    return false;
}

/* MariaDB has an index for each foreign key, where nobody asked for one. */
static bool
is_of_foreign(const struct scaffold *s, int side, const struct pd_table *table,
              const struct pd_key *key)
{
    if (s->same_engine || key->kind != PD_KEY_INDEX ||
        strcmp(s->catalogs[side]->engine, "mariadb") != 0)
        return false;
    for (size_t i = 0; i < table->n_foreigns; i++) {
        const struct pd_foreign *f = &table->foreigns[i];
        bool same = f->n_columns == key->n_parts;

        for (size_t k = 0; k < f->n_columns && same; k++)
            same = key->parts[k].column == (int32_t)f->columns[k];
        if (same)
            return true;
    }
    return false;
}

static pd_status
is_quiet(struct scaffold *s, const struct pair *pair, int side, struct parts *parts,
         struct one *one)
{
    const struct pd_table *table = side == SIDE_OLD ? pair->old : pair->now;

    if (parts->kind == PART_CHECK)
        return same_as_type(s, pair, one->said.spelt, &one->is_quiet);
    if (parts->kind == PART_KEY)
        one->is_quiet = part_is_passenger(table, &table->keys[one->number]) ||
                        is_of_foreign(s, side, table, &table->keys[one->number]);
    return PD_OK;
}

/* Names that engines give by themselves do not count where there is another engine, nor does the
   lack of one. */
static bool
same_names(const struct scaffold *s, const struct said *a, const struct said *b)
{
    return !s->same_engine || !a->name || !b->name || strcmp(a->name, b->name) == 0;
}

static void
keep_same(const struct scaffold *s, struct parts *parts, bool by_name)
{
    for (size_t i = 0; i < parts->n[SIDE_OLD]; i++) {
        struct one *a = &parts->ones[SIDE_OLD][i];

        for (size_t k = 0; k < parts->n[SIDE_NEW] && !a->is_kept; k++) {
            struct one *b = &parts->ones[SIDE_NEW][k];
            bool named = a->said.name && b->said.name && strcmp(a->said.name, b->said.name) == 0;

            if (b->is_kept || !same_said(&a->said, &b->said) ||
                (by_name ? !named : !same_names(s, &a->said, &b->said)))
                continue;
            if (a->said.impossible && !s->same_engine && !by_name)
                continue;
            a->is_kept = b->is_kept = true;
        }
    }
}

size_t
part_count(const struct pd_table *table, enum part kind)
{
    return kind == PART_KEY     ? table->n_keys
           : kind == PART_CHECK ? table->n_checks
                                : table->n_foreigns;
}

static pd_status
compare_parts(struct scaffold *s, const struct pair *pair, enum part kind, struct parts *parts)
{
    pd_status status = PD_OK;

    *parts = (struct parts){.kind = kind};
    for (int side = 0; side < SIDES && status == PD_OK; side++) {
        size_t n = part_count(side == SIDE_OLD ? pair->old : pair->now, kind);

        parts->n[side] = n;
        parts->ones[side] = arena_array(s->arena, struct one, n);
        if (!parts->ones[side])
            return error_memory(s->err);
        for (size_t i = 0; i < n && status == PD_OK; i++) {
            struct one *one = &parts->ones[side][i];

            one->number = i;
            status = say_one(s, pair, side, kind, i, &one->said);
            if (status == PD_OK)
                status = is_quiet(s, pair, side, parts, one);
        }
    }
    if (status == PD_OK) {
        keep_same(s, parts, /* by_name= */ true);
        keep_same(s, parts, /* by_name= */ false);
    }
    return status;
}

/* ---- Lines ---- */

const char *const part_words[] = {"key", "check", "foreign key"};
static const char *const drops[] = {"drop_key", "drop_check", "drop_foreign_key"};
static const char *const adds[] = {"add_key", "add_check", "add_foreign_key"};

static bool
is_primary(const struct pair *pair, const struct parts *parts, const struct one *one)
{
    return parts->kind == PART_KEY && pair->old->keys[one->number].kind == PD_KEY_PRIMARY;
}

/* The columns of a foreign key, as they are called before any of them is renamed. */
static void
put_columns(struct scaffold *s, const struct pair *pair, const struct pd_foreign *foreign)
{
    buffer_text(&s->line, ", {");
    for (size_t i = 0; i < foreign->n_columns; i++) {
        const char *name = pair->old->columns[foreign->columns[i]].name;

        if (i)
            buffer_text(&s->line, ", ");
        say_quoted(&s->line, name, strlen(name));
    }
    buffer_char(&s->line, '}');
}

/* Some key that stays, or that another call drops, has the same columns and no name either. */
static bool
is_like_another(const struct pair *pair, const struct one *one)
{
    const struct pd_key *key = &pair->old->keys[one->number];
    size_t n = 0;

    for (size_t i = 0; i < pair->old->n_keys; i++) {
        const struct pd_key *other = &pair->old->keys[i];
        bool same = other->n_parts == key->n_parts && !other->name;

        for (size_t k = 0; k < key->n_parts && same; k++)
            same = other->parts[k].column == key->parts[k].column;
        n += same;
    }
    return n > 1;
}

/* What has no name is told by what it is. */
static bool
can_drop(const struct pair *pair, const struct parts *parts, const struct one *one)
{
    if (one->said.name || is_primary(pair, parts, one) || parts->kind == PART_FOREIGN)
        return true;
    if (parts->kind == PART_CHECK)
        return one->said.spelt != NULL;
    return !one->said.impossible && !is_like_another(pair, one);
}

static void
put_key_columns(struct scaffold *s, const struct pair *pair, const struct pd_key *key)
{
    buffer_text(&s->line, ", {");
    for (size_t i = 0; i < key->n_parts; i++) {
        const char *name = pair->old->columns[key->parts[i].column].name;

        if (i)
            buffer_text(&s->line, ", ");
        say_quoted(&s->line, name, strlen(name));
    }
    buffer_char(&s->line, '}');
}

/* Which one of the table it is. */
static void
put_which(struct scaffold *s, const struct pair *pair, const struct parts *parts,
          const struct one *one, const struct said *was)
{
    if (one->said.name) {
        put_name(s, one->said.name);
    } else if (parts->kind == PART_FOREIGN) {
        put_columns(s, pair, &pair->old->foreigns[one->number]);
    } else if (parts->kind == PART_CHECK) {
        buffer_text(&s->line, ", {expression = ");
        say_quoted(&s->line, was->spelt, strlen(was->spelt));
        buffer_char(&s->line, '}');
    } else if (!is_primary(pair, parts, one)) {
        put_key_columns(s, pair, &pair->old->keys[one->number]);
    }
}

static pd_status
put_dropped(struct scaffold *s, const struct pair *pair, const struct parts *parts,
            const struct one *one, const char *table)
{
    struct said was;
    pd_status status =
        part_say(s, SIDE_OLD, pair->old, parts->kind, one->number, /* naming= */ NULL, &was);

    if (status != PD_OK)
        return status;
    if (!can_drop(pair, parts, one)) {
        put_note(s, LINE_UNSAID, "%s of table '%s' has no name to drop it by: %s",
                 part_words[parts->kind], table, was.text);
        return PD_OK;
    }
    put_call(s, drops[parts->kind], table);
    put_which(s, pair, parts, one, &was);
    buffer_char(&s->line, ')');
    put_line(s, LINE_CALL,
             parts->kind == PART_FOREIGN
                 ? arena_printf(s->arena, "to '%s'", pair->old->foreigns[one->number].to_table)
                 : was.text);
    return PD_OK;
}

static void
put_added(struct scaffold *s, const struct parts *parts, const struct one *one, const char *table)
{
    if (one->said.impossible) {
        put_note(s, LINE_UNSAID, "%s '%s' of table '%s': %s", part_words[parts->kind],
                 one->said.name ? one->said.name : "", table, one->said.impossible);
        return;
    }
    put_call(s, adds[parts->kind], table);
    buffer_text(&s->line, ", {");
    if (one->said.name) {
        buffer_text(&s->line, "name = ");
        say_quoted(&s->line, one->said.name, strlen(one->said.name));
        buffer_text(&s->line, ", ");
    }
    buffer_printf(&s->line, "%s})", one->said.text);
    put_line(s, LINE_CALL, NULL);
    if (*one->said.unsaid)
        put_note(s, LINE_UNSAID, "it does not say %s", one->said.unsaid);
}

/* What of it no script can say. */
static const char *
unsaid(const struct said *said)
{
    return said->impossible ? said->impossible : *said->unsaid ? said->unsaid : "none";
}

static void
put_kept(struct scaffold *s, const struct parts *parts, const char *table)
{
    for (size_t i = 0; i < parts->n[SIDE_OLD] && s->same_engine; i++) {
        const struct one *a = &parts->ones[SIDE_OLD][i];

        for (size_t k = 0; k < parts->n[SIDE_NEW] && a->is_kept; k++) {
            const struct one *b = &parts->ones[SIDE_NEW][k];

            if (b->is_kept && a->said.name && b->said.name &&
                strcmp(a->said.name, b->said.name) == 0 &&
                strcmp(unsaid(&a->said), unsaid(&b->said)) != 0)
                put_note(s, LINE_UNSAID, "%s '%s' of table '%s': now: %s; before: %s",
                         part_words[parts->kind], a->said.name, table, unsaid(&b->said),
                         unsaid(&a->said));
        }
    }
}

static pd_status
put_kind_dropped(struct scaffold *s, const struct pair *pair, enum part kind, const char *table)
{
    struct parts parts;
    pd_status status = compare_parts(s, pair, kind, &parts);

    for (size_t i = 0; i < parts.n[SIDE_OLD] && status == PD_OK; i++) {
        const struct one *one = &parts.ones[SIDE_OLD][i];

        if (!one->is_kept && !one->is_quiet)
            status = put_dropped(s, pair, &parts, one, table);
    }
    return status;
}

static pd_status
put_kind_added(struct scaffold *s, const struct pair *pair, enum part kind, const char *table)
{
    struct parts parts;
    pd_status status = compare_parts(s, pair, kind, &parts);

    if (status == PD_OK)
        put_kept(s, &parts, table);
    for (size_t i = 0; i < parts.n[SIDE_NEW] && status == PD_OK; i++) {
        const struct one *one = &parts.ones[SIDE_NEW][i];

        if (!one->is_kept && !one->is_quiet)
            put_added(s, &parts, one, table);
    }
    return status;
}

pd_status
put_parts_dropped(struct scaffold *s, const struct pair *pair)
{
    const char *table = say_table(s, pair->now);
    pd_status status = put_kind_dropped(s, pair, PART_CHECK, table);

    return status == PD_OK ? put_kind_dropped(s, pair, PART_KEY, table) : status;
}

pd_status
put_parts_added(struct scaffold *s, const struct pair *pair)
{
    const char *table = say_table(s, pair->now);
    pd_status status = put_kind_added(s, pair, PART_KEY, table);

    return status == PD_OK ? put_kind_added(s, pair, PART_CHECK, table) : status;
}

/* Before all else: what they point to may go, and their own tables are called as they were. */
pd_status
put_foreigns_dropped(struct scaffold *s)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < s->n_pairs && status == PD_OK; i++)
        status = put_kind_dropped(s, &s->pairs[i], PART_FOREIGN, say_table(s, s->pairs[i].old));
    return status;
}

pd_status
put_foreigns_added(struct scaffold *s)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < s->n_pairs && status == PD_OK; i++)
        status = put_kind_added(s, &s->pairs[i], PART_FOREIGN, say_table(s, s->pairs[i].now));
    return status;
}
