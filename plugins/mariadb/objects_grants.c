// SPDX-License-Identifier: Apache-2.0
/* objects_grants - what a missing privilege hides: the server shows fewer triggers, events,
   routines and tables rather than say so. Where no statement is refused for it the user's own
   grants are asked; in doubt it is hidden. */
#include <string.h>
#include <strings.h>

#include "objects_inside.h"

enum {
    GRANT_SELECT = 1 << 0,
    GRANT_SHOW_VIEW = 1 << 1,
    GRANT_TRIGGER = 1 << 2,
    GRANT_EVENT = 1 << 3,
    GRANT_ROUTINES = 1 << 4,
    GRANT_ALL = (1 << 5) - 1
};

/* Who may run or change routines sees which there are; how one is made may still be hidden, which
   is noted of each. */
static const struct {
    const char *words[4]; /* as SHOW GRANTS spells it */
    unsigned grant;
} privileges[] = {
    {{"ALL", "PRIVILEGES"}, GRANT_ALL},
    {{"SELECT"}, GRANT_SELECT},
    {{"SHOW", "VIEW"}, GRANT_SHOW_VIEW},
    {{"TRIGGER"}, GRANT_TRIGGER},
    {{"EVENT"}, GRANT_EVENT},
    {{"EXECUTE"}, GRANT_ROUTINES},
    {{"ALTER", "ROUTINE"}, GRANT_ROUTINES},
    {{"CREATE", "ROUTINE"}, GRANT_ROUTINES},
    {{"SHOW", "CREATE", "ROUTINE"}, GRANT_ROUTINES},
    {{"SHOW_ROUTINE"}, GRANT_ROUTINES}, /* MySQL */
};

/* What is hidden without it. */
static const struct {
    unsigned grant;
    const char *things;
    const char *needed;
    const char *needed_mysql; /* NULL: the same */
} hidden[] = {
    {GRANT_SELECT, "tables and views", "SELECT on the database", NULL},
    {GRANT_TRIGGER, "triggers", "TRIGGER on the database", NULL},
    {GRANT_EVENT, "events", "EVENT on the database", NULL},
    {GRANT_ROUTINES, "functions, procedures and packages", "SELECT on mysql.proc", "SHOW_ROUTINE"},
};

static const struct text_mode mode = {false, false};

/* The rest of a list of privileges up to ON, which is passed. */
static unsigned
take_privileges(const char **at)
{
    unsigned grants = 0;
    struct word words[3] = {{.text = ""}, {.text = ""}, {.text = ""}};
    struct word word;
    size_t n = 0;

    while ((word = text_next(at, mode)).kind != WORD_END) {
        bool is_end = text_is(&word, "ON") || text_is(&word, ",");

        for (size_t i = 0; is_end && i < sizeof privileges / sizeof *privileges; i++) {
            size_t k = 0;

            while (k < n && privileges[i].words[k] && text_is(&words[k], privileges[i].words[k]))
                k++;
            if (k == n && !privileges[i].words[k])
                grants |= privileges[i].grant;
        }
        if (text_is(&word, "ON"))
            return grants;
        if (is_end)
            n = 0;
        else if (n < 3)
            words[n++] = word;
        else
            n = 4; /* a list of columns: no privilege on the whole */
    }
    return 0; /* a role */
}

/* LIKE, with \ as its escape. */
static bool
matches(const char *pattern, const char *end, const char *name)
{
    while (pattern < end) {
        if (*pattern == '%') {
            for (;; name++) {
                if (matches(pattern + 1, end, name))
                    return true;
                if (!*name)
                    return false;
            }
        }
        if (!*name)
            return false;
        if (*pattern == '\\' && pattern + 1 < end)
            pattern++;
        else if (*pattern == '_') {
            pattern++;
            name++;
            continue;
        }
        if (*pattern++ != *name++)
            return false;
    }
    return !*name;
}

/* ---- Which row counts ---- */

/* A role has what it is granted and the rows of all roles that it was given; PUBLIC is by itself.
 */
enum grantee { TO_USER, TO_ROLE, TO_PUBLIC };

/* What is granted on databases of a pattern. */
struct granted {
    enum grantee to;
    struct word database;
    unsigned grants;
};

struct grants {
    struct granted *list;
    size_t n, room;
    unsigned of_all; /* on *.* */
};

/* How specific a pattern is. */
struct pattern {
    size_t literal; /* before the first wildcard */
    size_t least;   /* bytes of the shortest name that fits */
    bool is_exact;
    bool is_open; /* % */
};

static struct pattern
measure(const struct word *word)
{
    const char *at = word->text + 1, *end = word->text + word->size - 1;
    struct pattern p = {.is_exact = true};

    for (; at < end; at++) {
        bool is_wild = *at == '%' || *at == '_';

        if (*at == '\\' && at + 1 < end)
            at++;
        p.is_exact = p.is_exact && !is_wild;
        p.is_open = p.is_open || (is_wild && *at == '%');
        p.literal += p.is_exact;
        p.least += !is_wild || *at == '_';
    }
    return p;
}

/* Of all rows that fit a database the server takes the most specific one alone, and which that is
   depends on its version. Would it be `a` rather than `b` in all of them? */
static bool
is_surely_before(const struct granted *a, const struct granted *b)
{
    struct pattern x = measure(&a->database), y = measure(&b->database);

    if (x.is_exact || y.is_exact)
        return x.is_exact && !y.is_exact;
    return x.literal > y.literal && x.least >= y.least && (y.is_open || !x.is_open);
}

static bool
is_same_word(const struct word *a, const struct word *b)
{
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

/* All rows that may be the one have to have it. */
static unsigned
of_database(const struct grants *g, enum grantee to)
{
    unsigned grants = GRANT_ALL, n = 0;

    for (size_t k = 0; k < g->n; k++) {
        bool is_beaten = g->list[k].to != to;

        for (size_t m = 0; m < g->n && !is_beaten; m++)
            is_beaten = g->list[m].to == to && is_surely_before(&g->list[m], &g->list[k]);
        if (is_beaten)
            continue;
        grants &= g->list[k].grants;
        n++;
    }
    return n ? grants : 0;
}

static unsigned
sum_up(const struct grants *g)
{
    return g->of_all | of_database(g, TO_USER) | of_database(g, TO_ROLE) |
           of_database(g, TO_PUBLIC);
}

/* "TO `user`@`host`", "TO `role`" or "TO PUBLIC" */
static enum grantee
read_grantee(const char *at)
{
    struct word word = text_next(&at, mode);

    word = text_next(&at, mode);
    if (text_is(&word, "PUBLIC"))
        return TO_PUBLIC;
    word = text_next(&at, mode);
    return text_is(&word, "@") ? TO_USER : TO_ROLE;
}

/* Roles have their rows of the same pattern together. */
static struct granted *
find_granted(struct objects *o, struct grants *g, enum grantee to, const struct word *database)
{
    struct granted *granted;

    for (size_t i = 0; i < g->n; i++) {
        if (g->list[i].to == to && is_same_word(&g->list[i].database, database))
            return &g->list[i];
    }
    granted = maker_append(&o->m, &o->m.scratch, &g->list, g->n, &g->room, sizeof *granted);
    if (!granted)
        return NULL;
    *granted = (struct granted){.to = to, .database = *database};
    g->n++;
    return granted;
}

/* "GRANT SELECT, SHOW VIEW ON `d`.* TO ..." */
static void
read_grant(struct objects *o, struct grants *g, const char *line)
{
    struct word word = text_next(&line, mode), database, table;
    unsigned grants = text_is(&word, "GRANT") ? take_privileges(&line) : 0;
    struct granted *granted;

    if (!grants)
        return;
    database = text_next(&line, mode);
    word = text_next(&line, mode);
    table = text_next(&line, mode);
    if (!text_is(&word, ".") || !text_is(&table, "*"))
        return;
    if (text_is(&database, "*")) {
        g->of_all |= grants;
        return;
    }
    if (database.kind != WORD_QUOTED ||
        !matches(database.text + 1, database.text + database.size - 1, o->m.my->database))
        return;
    granted = find_granted(o, g, read_grantee(line), &database);
    if (granted)
        granted->grants |= grants;
}

/* ---- What the server itself answers ---- */

static pd_status
ask_of_routines(struct objects *o, unsigned *grants)
{
    MYSQL_RES *result = NULL;
    pd_status status = my_query(o->m.my, "SELECT 1 FROM mysql.proc LIMIT 0", &result, o->m.err);

    if (status == PD_OK)
        *grants |= GRANT_ROUTINES;
    if (result)
        mysql_free_result(result);
    return status;
}

/* Events are refused to those who may not see them, and whoever reads mysql.proc sees routines;
   elsewhere whoever reads everything does. */
static pd_status
ask(struct objects *o, bool reads_all, unsigned *grants)
{
    MYSQL_RES *result = NULL;
    pd_status status = my_query(o->m.my, "SHOW EVENTS LIKE ''", &result, o->m.err);

    if (status == PD_OK)
        *grants |= GRANT_EVENT;
    else if (status == PD_FAILED)
        *grants &= ~(unsigned)GRANT_EVENT;
    if (result)
        mysql_free_result(result);
    if (status != PD_FATAL && o->m.my->is_mariadb)
        status = ask_of_routines(o, grants);
    else if (reads_all)
        *grants |= GRANT_ROUTINES;
    return status == PD_FATAL ? status : PD_OK;
}

static void
note(struct objects *o, unsigned grants)
{
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        if (!(grants & hidden[i].grant))
            maker_note(&o->m, "not verifiable",
                       "%s: what user %s may not see is missing here without a word; %s would "
                       "show it",
                       hidden[i].things, o->m.my->user,
                       !o->m.my->is_mariadb && hidden[i].needed_mysql ? hidden[i].needed_mysql
                                                                      : hidden[i].needed);
    }
}

/* A server that checks no privileges has no grants to show. */
pd_status
grants_check(struct objects *o)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    struct grants g = {.of_all = 0};
    unsigned grants;
    pd_status status = my_query(o->m.my, "SHOW GRANTS", &result, o->m.err);

    if (status == PD_FAILED)
        return PD_OK;
    if (status != PD_OK)
        return status;
    while ((row = mysql_fetch_row(result)) != NULL) {
        if (row[0])
            read_grant(o, &g, row[0]);
    }
    grants = sum_up(&g);
    mysql_free_result(result);
    status = ask(o, g.of_all & GRANT_SELECT, &grants);
    if (status == PD_OK)
        note(o, grants);
    return status == PD_OK ? o->m.status : status;
}
