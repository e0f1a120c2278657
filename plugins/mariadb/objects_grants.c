// SPDX-License-Identifier: Apache-2.0
/* objects_grants - what a missing privilege hides: the server shows fewer triggers, events,
   routines and tables rather than say so, so that the user's own grants are asked. */
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
} hidden[] = {
    {GRANT_SELECT, "tables and views", "SELECT on the database"},
    {GRANT_TRIGGER, "triggers", "TRIGGER on the database"},
    {GRANT_EVENT, "events", "EVENT on the database"},
    {GRANT_ROUTINES, "functions, procedures and packages",
     "SELECT on mysql.proc or EXECUTE on the database"},
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

static bool
is_database(const struct word *word, const char *name)
{
    if (word->kind == WORD_QUOTED)
        return matches(word->text + 1, word->text + word->size - 1, name);
    return text_is(word, "*") || text_names(word, name, false);
}

static bool
is_named(const struct word *word, const char *name)
{
    return text_is(word, "*") || text_names(word, name, true);
}

/* "GRANT SELECT, SHOW VIEW ON `d`.* TO ..." */
static unsigned
read_grant(const struct my *my, const char *line)
{
    struct word word = text_next(&line, mode), database, table;
    unsigned grants = text_is(&word, "GRANT") ? take_privileges(&line) : 0, of_database = 0;

    if (!grants)
        return 0;
    database = text_next(&line, mode);
    word = text_next(&line, mode);
    if (!text_is(&word, "."))
        return 0;
    table = text_next(&line, mode);
    if (is_database(&database, my->database) && text_is(&table, "*"))
        of_database = grants;
    if (grants & GRANT_SELECT && is_database(&database, "mysql") && is_named(&table, "proc"))
        of_database |= GRANT_ROUTINES;
    return of_database;
}

static void
note(struct objects *o, unsigned grants)
{
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        if (!(grants & hidden[i].grant))
            maker_note(&o->m, "not verifiable",
                       "%s: what user %s may not see is missing here without a word; %s would "
                       "show it",
                       hidden[i].things, o->m.my->user, hidden[i].needed);
    }
}

/* A server that checks no privileges has no grants to show. */
pd_status
grants_check(struct objects *o)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    unsigned grants = 0;
    pd_status status = my_query(o->m.my, "SHOW GRANTS", &result, o->m.err);

    if (status == PD_FAILED)
        return PD_OK;
    if (status != PD_OK)
        return status;
    while ((row = mysql_fetch_row(result)) != NULL)
        grants |= row[0] ? read_grant(o->m.my, row[0]) : 0;
    mysql_free_result(result);
    note(o, grants);
    return o->m.status;
}
