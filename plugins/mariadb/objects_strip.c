// SPDX-License-Identifier: Apache-2.0
/* objects_strip - the database's own name before others is dropped from a text, where that word can
   stand for nothing else there, and what is left for nothing else than before. */
#include <string.h>
#include <strings.h>

#include "objects_inside.h"

/* ---- A text ---- */

struct text {
    const char *sql;
    struct text_mode mode;
    const struct own_names *names;
    bool is_written; /* by the server */
    bool is_package; /* or the body of one: its routines find each other by one name */
};

/* A word among its neighbours; none: kind WORD_END. */
struct place {
    struct word before[3]; /* the nearest first */
    struct word word;
    struct word next;
    const char *behind; /* the word */
};

static bool
step(const struct text *text, struct place *place)
{
    const char *at;

    place->before[2] = place->before[1];
    place->before[1] = place->before[0];
    place->before[0] = place->word;
    place->word = text_next(&place->behind, text->mode);
    at = place->behind;
    place->next = text_next(&at, text->mode);
    return place->word.kind != WORD_END;
}

static struct place
begin(const struct text *text)
{
    static const struct word none = {.text = ""};

    return (struct place){.before = {none, none, none}, .word = none, .behind = text->sql};
}

static bool
is_name(const struct word *word)
{
    return word->kind == WORD_PLAIN || word->kind == WORD_QUOTED;
}

/* Both without their quotes, in any case. */
static bool
is_same(const struct word *a, const struct word *b)
{
    size_t a_quotes = a->kind == WORD_QUOTED, b_quotes = b->kind == WORD_QUOTED;

    return is_name(a) && is_name(b) && a->size - 2 * a_quotes == b->size - 2 * b_quotes &&
           strncasecmp(a->text + a_quotes, b->text + b_quotes, a->size - 2 * a_quotes) == 0;
}

/* The database before another name. */
static bool
is_prefix(const struct text *text, const struct place *place)
{
    return text_names(&place->word, text->names->database, text->names->fold) &&
           text_is(&place->next, ".") && !text_is(&place->before[0], ".");
}

/* Is it the name of a table, row or the like in the text, rather than only of what holds one? */
static bool
is_at_hand(const struct text *text, const struct word *name)
{
    struct place place = begin(text);

    while (step(text, &place)) {
        if (is_same(&place.word, name) && !text_is(&place.next, "."))
            return true;
    }
    return false;
}

static bool
is_before_table(const struct word *word)
{
    static const char *const verbs[] = {"FROM", "JOIN", "INTO", "UPDATE", "TABLE"};

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (text_is(word, verbs[i]))
            return true;
    }
    return false;
}

/* The word behind a point: of a row of the text, rather than of another database? */
static bool
is_column(const struct text *text, const struct place *place)
{
    const struct word *row = &place->before[1];

    if (text_is(row, "NEW") || text_is(row, "OLD"))
        return true;
    return !is_before_table(&place->before[2]) && !text_names(row, text->names->database, true) &&
           !text_is(&place->next, ".") && is_at_hand(text, row);
}

/* ---- What a prefix stands before ---- */

/* WITH t AS (...), or WITH t (a, b) AS (...): in its reach the name alone is no table's. */
static bool
is_made_by_with(const struct text *text, const struct word *name)
{
    struct place place = begin(text);

    while (step(text, &place)) {
        if (is_same(&place.word, name) && !text_is(&place.before[0], ".") &&
            (text_is(&place.next, "AS") || text_is(&place.next, "(")))
            return true;
    }
    return false;
}

/* Is what is here without a point a new name for a row or table? What the server writes itself,
   views, says AS before names of columns alone. */
static bool
is_alias(const struct text *text, const struct place *place)
{
    const struct word *before = &place->before[0];

    if (text_is(before, "AS"))
        return !text->is_written;
    if (before->kind == WORD_PLAIN)
        return !text->is_written && !is_before_table(before);
    return before->kind == WORD_QUOTED || text_is(before, ")");
}

/* Another table, or a new name for one, that "name.column" would mean as well. */
static bool
is_called_otherwise(const struct text *text, const struct word *name)
{
    struct place place = begin(text);

    while (step(text, &place)) {
        if (!is_same(&place.word, name))
            continue;
        if (text_is(&place.before[0], ".")) {
            if (!text_names(&place.before[1], text->names->database, text->names->fold) &&
                !is_column(text, &place))
                return true;
        } else if (!text_is(&place.next, ".") && is_alias(text, &place)) {
            return true;
        }
    }
    return false;
}

/* Would what stands behind the prefix be something else without it? */
static bool
is_bound(const struct text *text, const struct place *place, bool has_with)
{
    const char *at = place->behind;
    struct word name, next;

    text_next(&at, text->mode);
    name = text_next(&at, text->mode);
    next = text_next(&at, text->mode);
    for (size_t i = 0; i < text->names->n_natives && text_is(&next, "("); i++) {
        if (text_names(&name, text->names->natives[i], true))
            return true;
    }
    return (has_with && is_made_by_with(text, &name)) ||
           (text_is(&next, ".") && is_called_otherwise(text, &name));
}

/* ---- Texts that the server writes ---- */

/* "name.other" and no more, of no function: in a view, a table or a column. */
static bool
is_short(const struct text *text, const struct place *place)
{
    const char *at = place->behind;
    struct word next;

    text_next(&at, text->mode);
    text_next(&at, text->mode);
    next = text_next(&at, text->mode);
    return !text_is(&next, ".") && !text_is(&next, "(");
}

static bool
is_in_from(const struct place *place)
{
    return is_before_table(&place->before[0]) ||
           (text_is(&place->before[0], "(") && is_before_table(&place->before[1]));
}

/* ---- Where it is surely the database ---- */

static bool
is_package(const struct own_names *names, const struct word *word)
{
    for (size_t i = 0; i < names->n_packages; i++) {
        if (text_names(word, names->packages[i], true))
            return true;
    }
    return false;
}

/* Does the package that the text is have a routine of that name? */
static bool
is_declared(const struct text *text, const struct word *name)
{
    struct place place = begin(text);

    while (text->is_package && step(text, &place)) {
        if (is_same(&place.word, name) &&
            (text_is(&place.before[0], "FUNCTION") || text_is(&place.before[0], "PROCEDURE")))
            return true;
    }
    return false;
}

/* Before a package and a routine of it, or, in a package, before a routine of the database that has
   a namesake there. */
static bool
is_needed(const struct text *text, const struct place *place)
{
    const char *at = place->behind;
    bool is_called = text_is(&place->before[0], "CALL");
    struct word name, next, routine;

    text_next(&at, text->mode);
    name = text_next(&at, text->mode);
    next = text_next(&at, text->mode);
    if (!text_is(&next, "."))
        return (is_called || text_is(&next, "(")) && !text->names->is_taken &&
               is_declared(text, &name);
    routine = text_next(&at, text->mode);
    next = text_next(&at, text->mode);
    return is_name(&routine) &&
           (is_called || text_is(&next, "(") || is_package(text->names, &name));
}

/* Behind the names that follow. */
static void
skip_names(const struct text *text, struct place *place)
{
    while (text_is(&place->next, ".") && step(text, place))
        step(text, place);
}

static bool
is_of_package(const struct text *text)
{
    struct place place = begin(text);

    while (step(text, &place) && !text_is(&place.word, "FUNCTION") &&
           !text_is(&place.word, "PROCEDURE")) {
        if (text_is(&place.word, "PACKAGE"))
            return true;
    }
    return false;
}

/* ---- Whether it is safe ---- */

/* What the database's name is in a text. */
struct uses {
    size_t n_needed;    /* surely the database's, and wanted */
    size_t n_prefixes;  /* of another name */
    size_t n_others;    /* a table's, a column's ..., or the database's without a point behind it */
    size_t n_databases; /* of them: surely the database's */
    bool is_bound;
    /* Of prefixes and others, in what the server writes: */
    size_t n_short;   /* tables or columns */
    size_t n_tables;  /* of them: tables */
    size_t n_aliases; /* new names for tables */
};

/* Does a database's name stand behind it? */
static bool
is_before_database(const struct word *word, bool shows)
{
    return text_is(word, "DATABASE") || text_is(word, "SCHEMA") || text_is(word, "USE") ||
           (shows && (text_is(word, "FROM") || text_is(word, "IN")));
}

/* DEFINER = shop@localhost */
static bool
is_definer(const struct place *place)
{
    return text_is(&place->before[0], "=") && text_is(&place->before[1], "DEFINER");
}

/* Rows and packages have the same name in any case, whatever databases do. */
static struct uses
count_uses(const struct text *text)
{
    struct place place = begin(text);
    struct uses uses = {.n_prefixes = 0};
    bool shows = false, has_with = false;

    while (step(text, &place)) {
        const struct word *before = &place.before[0];

        shows = shows || text_is(&place.word, "SHOW");
        has_with = has_with || text_is(&place.word, "WITH");
        if (!text_names(&place.word, text->names->database, true) ||
            (text_is(&place.word, "DATA") && text_is(before, "SQL")) || is_definer(&place))
            continue;
        if (is_prefix(text, &place) && is_needed(text, &place)) {
            uses.n_needed++;
            skip_names(text, &place);
        } else if (is_prefix(text, &place)) {
            uses.n_prefixes++;
            uses.is_bound = uses.is_bound || is_bound(text, &place, has_with);
            uses.n_short += is_short(text, &place);
            uses.n_tables += is_short(text, &place) && is_in_from(&place);
        } else if (!text_is(before, ".") || !is_column(text, &place)) {
            uses.n_others++;
            uses.n_aliases += !text_is(before, ".") && is_alias(text, &place);
            uses.n_databases += is_before_database(before, shows) &&
                                text_names(&place.word, text->names->database, text->names->fold);
        }
    }
    return uses;
}

/* The server writes the database before all tables and columns of a view, or before none but
   functions: then a table has its name, and what is behind that is a column. */
static bool
is_column_of_namesake(const struct text *text, const struct uses *uses)
{
    return text->is_written && uses->n_others && uses->n_short == uses->n_prefixes &&
           uses->n_tables == 0;
}

static bool
is_safe(const struct text *text, const struct uses *uses)
{
    if (uses->n_databases)
        return false;
    if (uses->n_prefixes == 0 || is_column_of_namesake(text, uses))
        return true;
    if (uses->is_bound || text->names->is_taken)
        return false;
    return uses->n_others == 0 || (text->is_written && uses->n_short < uses->n_prefixes &&
                                   uses->n_aliases == 0 && uses->n_short == uses->n_tables);
}

bool
text_strip(const char *sql, struct text_mode mode, const struct own_names *names, bool is_written,
           struct pd_sql *out)
{
    struct text text = {sql, mode, names, is_written, false};
    struct uses uses;
    struct place place = begin(&text);
    bool strips;

    text.is_package = is_of_package(&text);
    uses = count_uses(&text);
    strips = uses.n_prefixes && is_safe(&text, &uses) && !is_column_of_namesake(&text, &uses);
    while ((strips || uses.n_needed) && step(&text, &place)) {
        bool is_wanted = is_prefix(&text, &place) && is_needed(&text, &place);

        if (!is_wanted && !(strips && is_prefix(&text, &place)))
            continue;
        pd_sql_bytes(out, sql, (size_t)(place.word.text - sql));
        sql = is_wanted ? place.behind : place.next.text + place.next.size;
        if (is_wanted) {
            pd_sql_add(out, OWN_DATABASE);
            skip_names(&text, &place);
        }
    }
    pd_sql_add(out, sql);
    return is_safe(&text, &uses);
}
