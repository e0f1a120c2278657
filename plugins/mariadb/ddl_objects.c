// SPDX-License-Identifier: Apache-2.0
/* ddl_objects - views, routines, triggers and events, statement by statement, once the tables have
   their names. They run on a connection of their own, since each is made under the settings that it
   was made under. One that fails for want of another is tried again when that may be there. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ddl.h"
#include "native_run.h"
#include "objects_inside.h"
#include "passive.h"
#include "stage.h"

enum {
    NOTE_NO_DEFINER = 1449,
    USERS_SHOWN = 3,
    WARNING_OF_SCHEDULER = 1105, /* it is switched off; of events alone */
    WARNING_OLD_SYNTAX = 1287,
    WARNING_OLD_SYNTAX_IN = 1681
};

struct natives {
    struct pd_sink *sink;
    struct my *my;
    const char *settings;  /* of the session now; NULL: the writer's own */
    const char *collation; /* of the database */
    struct pd_pool pool;
    bool *is_done; /* one an object */
    const char **refusals;
    const char **missing; /* what a view needs that does not come; NULL: nothing */
    bool told_of_scheduler;
    struct pd_error *err;
};

static bool
is_settings(const struct pd_object *object)
{
    return strcmp(object->kind, "settings") == 0;
}

static bool
has_sequence(const struct pd_sink *sink, const char *name)
{
    size_t i = 0;

    while (i < sink->catalog->n_sequences &&
           strcmp(pd_sequence_at(sink->catalog, i)->name, name) != 0)
        i++;
    return i < sink->catalog->n_sequences && sink->ddl->sequences[i] &&
           strcmp(sink->ddl->sequences[i], name) == 0;
}

/* What an archive calls passive need not be. */
static enum passive_sequence
passive_of(const struct pd_object *object)
{
    const char *type;

    return object->flags & PD_OBJECT_PASSIVE && object->sql
               ? passive_sequence(object->sql, object->name, &type)
               : PASSIVE_SEQUENCE_NONE;
}

/* Servers before 11.5 count with 64 bits and a sign only. */
static bool
is_too_new(const struct pd_sink *sink, const struct pd_object *object)
{
    return passive_of(object) != PASSIVE_SEQUENCE_ENGINE && sink->my &&
           !my_has_sequence_types(sink->my);
}

/* What runs nothing needs nobody's word: how sequences are kept that are made here. */
static bool
is_made(const struct pd_sink *sink, const struct pd_object *object)
{
    if (passive_of(object))
        return has_sequence(sink, object->name) && !is_too_new(sink, object);
    return sink->native && !is_settings(object);
}

static void
say(struct pd_sink *sink, size_t number, const char *why)
{
    const struct pd_object *object = pd_object_at(sink->catalog, number);

    sink_leave_out(sink, PD_PART_OBJECT, PD_NO_TABLE, (uint32_t)number, "%s '%s': %s", object->kind,
                   object->name, why);
}

/* ---- Definers ---- */

/* Where "DEFINER = user@host" stands in a statement, blanks behind it too. */
struct definer {
    const char *begin; /* NULL: there is none */
    const char *end;
    struct word user, host;
};

static struct definer
find_definer(const char *sql, struct text_mode mode)
{
    struct definer found = {.begin = NULL};
    const char *at = sql, *before;
    struct word word = text_next(&at, mode);

    while (word.kind == WORD_PLAIN || word.kind == WORD_MARK) {
        if (text_is(&word, "DEFINER"))
            break;
        if (text_is(&word, "VIEW") || text_is(&word, "FUNCTION") || text_is(&word, "PROCEDURE") ||
            text_is(&word, "TRIGGER") || text_is(&word, "EVENT") || text_is(&word, "PACKAGE"))
            return found;
        word = text_next(&at, mode);
    }
    if (!text_is(&word, "DEFINER"))
        return found;
    found.begin = word.text;
    word = text_next(&at, mode); /* = */
    found.user = text_next(&at, mode);
    before = at;
    word = text_next(&at, mode);
    if (word.kind == WORD_MARK && *word.text == '@')
        found.host = text_next(&at, mode);
    else
        at = before;
    found.end = at + strspn(at, " \t\n");
    return found;
}

/* Is it who restores? */
static bool
is_user(const struct pd_sink *sink, const struct definer *definer)
{
    const char *at = strrchr(sink->my->user, '@');
    char user[sizeof sink->my->user];
    size_t size = at ? (size_t)(at - sink->my->user) : 0;

    if (!at || definer->host.kind == WORD_END)
        return false;
    memcpy(user, sink->my->user, size);
    user[size] = '\0';
    return text_names(&definer->user, user, /* fold= */ false) &&
           text_names(&definer->host, at + 1, /* fold= */ true);
}

static struct text_mode
mode_of(const char *settings)
{
    struct text_mode mode = {false, false};

    if (!settings)
        return mode;
    mode.ansi_quotes = strstr(settings, "ANSI_QUOTES") != NULL;
    mode.no_backslash = strstr(settings, "NO_BACKSLASH_ESCAPES") != NULL;
    return mode;
}

/* The statement without its definer, who is whoever restores then. */
static void
put_statement(struct natives *n, const struct pd_object *object, struct text_mode mode,
              struct pd_sql *sql)
{
    struct definer definer = find_definer(object->sql, mode);

    if (!definer.begin || n->sink->with_definers || is_user(n->sink, &definer)) {
        pd_sql_add(sql, object->sql);
        return;
    }
    pd_sql_bytes(sql, object->sql, (size_t)(definer.begin - object->sql));
    pd_sql_add(sql, definer.end);
}

/* With the name of this database where it has to be named. */
static void
put_database(const struct natives *n, const char *text, struct text_mode mode, struct pd_sql *sql)
{
    const char *at = text;
    struct word word;

    while ((word = text_next(&at, mode)).kind != WORD_END) {
        if (word.kind != WORD_QUOTED || word.size != strlen(OWN_DATABASE) ||
            memcmp(word.text, OWN_DATABASE, word.size) != 0)
            continue;
        pd_sql_bytes(sql, text, (size_t)(word.text - text));
        my_name(sql, n->my->database);
        text = at;
    }
    pd_sql_add(sql, text);
}

static const char *
statement(struct natives *n, size_t number, const char *settings)
{
    struct pd_sql own = {.host = n->sink->host}, sql = {.host = n->sink->host};
    const char *kept = NULL;

    put_statement(n, pd_object_at(n->sink->catalog, number), mode_of(settings), &own);
    if (pd_sql_text(&own))
        put_database(n, pd_sql_text(&own), mode_of(settings), &sql);
    if (pd_sql_text(&own) && pd_sql_text(&sql))
        kept = pd_pool_text(&n->pool, sql.text);
    pd_sql_free(&own);
    pd_sql_free(&sql);
    return kept;
}

static void
say_definer(struct natives *n, size_t number, const char *settings)
{
    const struct pd_object *object = pd_object_at(n->sink->catalog, number);
    struct definer definer = find_definer(object->sql, mode_of(settings));

    if (definer.begin && !n->sink->with_definers && !is_user(n->sink, &definer))
        say(n->sink, number, "its definer is whoever restores, use --grants to keep it");
}

/* ---- What the server says of one that it made ---- */

struct heeded {
    struct natives *n;
    size_t number;
};

/* What it says of all, and what was so in the source too. */
static bool
is_known(struct natives *n, const struct pd_object *object, unsigned code, const char *text)
{
    bool is_scheduler = code == WARNING_OF_SCHEDULER && strcmp(object->kind, "event") == 0;

    if (!is_scheduler && code != WARNING_OLD_SYNTAX && code != WARNING_OLD_SYNTAX_IN)
        return false;
    if (!is_scheduler || !n->told_of_scheduler)
        n->sink->host->log(n->sink->host, PD_LOG_WARNING, "%s '%s': the server says: %s",
                           object->kind, object->name, text);
    n->told_of_scheduler |= is_scheduler;
    return true;
}

/* A definer who is not there is only a note of the server. */
static pd_status
heed(void *arg, unsigned code, const char *text, struct pd_error *err)
{
    const struct heeded *h = arg;
    struct pd_sink *sink = h->n->sink;
    const struct pd_object *object = pd_object_at(sink->catalog, h->number);

    if (code == NOTE_NO_DEFINER && sink->with_definers)
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_MISSING,
                                "%s '%s': its definer is not there: make that user, or leave "
                                "--grants out",
                                object->kind, object->name);
    if (code == NATIVE_IS_DISABLED)
        say(sink, h->number,
            "its time is past and the server's event scheduler is on, which would run it at once, "
            "so it is made disabled; ALTER EVENT ... ENABLE lets it run");
    else if (!is_known(h->n, object, code, text))
        sink_leave_out(sink, PD_PART_OBJECT, PD_NO_TABLE, (uint32_t)h->number,
                       "%s '%s': it is made, but the server says: %s", object->kind, object->name,
                       text);
    return PD_OK;
}

/* ---- One object ---- */

/* The settings that an object was made under are the last ones before it. */
static const char *
settings_of(const struct pd_sink *sink, size_t number)
{
    while (number-- > 0) {
        if (is_settings(pd_object_at(sink->catalog, number)))
            return pd_object_at(sink->catalog, number)->sql;
    }
    return NULL;
}

static pd_status
apply_settings(struct natives *n, const char *settings)
{
    pd_status status;

    if (!settings || (n->settings && strcmp(n->settings, settings) == 0))
        return PD_OK;
    status = under_apply(n->my, settings, n->err);
    n->settings = settings;
    return status;
}

/* Does the server say that a routine, trigger or event of that name is there? */
static bool
is_there(const struct my *my)
{
    unsigned code = my->complaint.code;

    return code == 1304 || code == 1359 || code == 1537;
}

/* Once more where something of its name gives way. When another is refused it is not listed any
   more: what has its name is not the run's. */
static pd_status
run(struct natives *n, size_t number, const char *settings, const char *sql)
{
    struct pd_sink *sink = n->sink;
    const struct pd_object *object = pd_object_at(sink->catalog, number);
    struct native native = {object->kind, object->name, settings, sql};
    struct heeded heeded = {n, number};
    struct my_complaint complaint;
    pd_status status;

    memset(&n->my->complaint, 0, sizeof n->my->complaint);
    status = native_run(n->my, &native, heed, &heeded, n->err);
    if (status != PD_FAILED || !n->my->complaint.code)
        return status;
    if (stage_is_kept(sink, object->kind, object->name)) {
        status =
            is_there(n->my) ? stage_drop_object(n->my, object->kind, object->name, n->err) : PD_OK;
        return status == PD_OK ? native_run(n->my, &native, heed, &heeded, n->err) : status;
    }
    complaint = n->my->complaint;
    status = stage_remove(sink, object->kind, object->name, n->err);
    n->my->complaint = complaint;
    return status == PD_OK ? PD_FAILED : status;
}

/* One attempt. *ret_refusal: it may be tried again. */
static pd_status
make(struct natives *n, size_t number, const char **ret_refusal)
{
    struct pd_sink *sink = n->sink;
    const struct pd_object *object = pd_object_at(sink->catalog, number);
    const char *settings = settings_of(sink, number), *sql = statement(n, number, settings);
    pd_status status = sql ? apply_settings(n, settings) : my_no_memory(sink->host, n->err);

    *ret_refusal = NULL;
    if (passive_of(object) == PASSIVE_SEQUENCE_TYPE) { /* ddl_sequences.c has made it so */
        n->is_done[number] = true;
        return status;
    }
    if (status == PD_OK)
        status = stage_add(sink, object->kind, object->name, n->err);
    if (status == PD_OK)
        status = run(n, number, settings, sql);
    if (status == PD_FAILED && n->my->complaint.code) {
        *ret_refusal = pd_pool_text(&sink->pool, n->my->complaint.text);
        return *ret_refusal ? PD_OK : my_no_memory(sink->host, n->err);
    }
    if (status != PD_OK)
        return status;
    n->is_done[number] = true;
    say_definer(n, number, settings);
    return PD_OK;
}

/* ---- All of them ---- */

static bool
is_broken(const struct pd_sink *sink, size_t number)
{
    return pd_object_at(sink->catalog, number)->flags & PD_OBJECT_BROKEN;
}

/* Once over all that are left; n->refusals says why others were not made. */
static pd_status
make_round(struct natives *n, size_t *ret_n_made)
{
    const struct pd_sink *sink = n->sink;
    size_t i, n_objects = sink->catalog->n_objects;
    pd_status status = PD_OK;

    *ret_n_made = 0;
    for (i = 0; i < n_objects && status == PD_OK; i++) {
        const char *refusal = NULL;

        if (n->is_done[i] || !is_made(sink, pd_object_at(sink->catalog, i)))
            continue;
        status = make(n, i, &refusal);
        *ret_n_made += n->is_done[i];
        n->refusals[i] = refusal;
    }
    return status;
}

/* ---- What does not come, and views of it ---- */

/* The table of this database that the server misses; NULL: it is something else. */
static const char *
missing_table(struct natives *n, const char *refusal)
{
    static const char begin[] = "Table '", end[] = "' doesn't exist";
    size_t size = strlen(refusal), n_database = strlen(n->my->database);
    const char *name = refusal + sizeof begin - 1, *last = refusal + size - (sizeof end - 1);

    if (size < sizeof begin + sizeof end + n_database ||
        memcmp(refusal, begin, sizeof begin - 1) != 0 || strcmp(last, end) != 0 ||
        (n->my->names_fold ? strncasecmp(name, n->my->database, n_database) != 0
                           : memcmp(name, n->my->database, n_database) != 0) ||
        name[n_database] != '.')
        return NULL;
    name += n_database + 1;
    return pd_pool_copy(&n->pool, name, (size_t)(last - name));
}

/* Is it one of the archive's tables, or a view that does not wait for others? */
static bool
comes(const struct natives *n, const char *name)
{
    const struct pd_sink *sink = n->sink;

    for (size_t i = 0; i < sink->catalog->n_tables; i++) {
        if (stage_is_same_name(sink, sink->tables[i].name, name))
            return true;
    }
    for (size_t i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);

        if (strcmp(object->kind, "view") == 0 && stage_is_same_name(sink, object->name, name))
            return !n->missing[i];
    }
    return false;
}

/* Views of a table that nobody wants (--only), and views of those. */
static void
leave_behind(struct natives *n)
{
    bool again = true;

    while (again) {
        again = false;
        for (size_t i = 0; i < n->sink->catalog->n_objects; i++) {
            const struct pd_object *object = pd_object_at(n->sink->catalog, i);
            const char *name;

            if (!n->refusals[i] || n->missing[i] || is_broken(n->sink, i) ||
                strcmp(object->kind, "view") != 0)
                continue;
            name = missing_table(n, n->refusals[i]);
            if (name && !comes(n, name)) {
                n->missing[i] = name;
                again = true;
            }
        }
    }
}

/* What had its name in the target went with what is replaced. */
static void
say_left(struct natives *n)
{
    struct pd_sink *sink = n->sink;

    for (size_t i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);
        const char *gone =
            stage_will_move(sink, object->name) ? "; that of the target is gone" : "";

        if (n->missing[i])
            sink_leave_out(sink, PD_PART_OBJECT, PD_NO_TABLE, (uint32_t)i,
                           "%s '%s': it needs '%s', which is not carried%s", object->kind,
                           object->name, n->missing[i], gone);
        else if (n->refusals[i])
            sink_leave_out(sink, PD_PART_OBJECT, PD_NO_TABLE, (uint32_t)i,
                           "%s '%s': it did not work in the source, and cannot be made: %s%s",
                           object->kind, object->name, n->refusals[i], gone);
    }
}

static pd_status
make_all(struct natives *n)
{
    struct pd_sink *sink = n->sink;
    size_t n_made = 1;
    pd_status status = PD_OK;

    while (status == PD_OK && n_made)
        status = make_round(n, &n_made);
    if (status != PD_OK)
        return status;
    leave_behind(n);
    for (size_t i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);

        if (n->refusals[i] && !n->missing[i] && !is_broken(sink, i))
            return sink->host->fail(n->err, PD_FAILED, PD_CAUSE_QUERY, "cannot make %s '%s': %s",
                                    object->kind, object->name, n->refusals[i]);
    }
    say_left(n);
    return PD_OK;
}

/* ---- The collation of the database ---- */

/* A few of those that were made under settings, by name. */
static void
list_users(struct natives *n, size_t settings, struct pd_sql *names)
{
    const struct pd_catalog *catalog = n->sink->catalog;
    size_t n_users = 0;

    for (size_t i = settings + 1; i < catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(catalog, i);

        if (is_settings(object))
            break;
        if (n_users < USERS_SHOWN)
            pd_sql_printf(names, "%s%s '%s'", n_users ? ", " : "", object->kind, object->name);
        else if (n_users == USERS_SHOWN)
            pd_sql_add(names, ", ...");
        n_users++;
    }
}

/* The server takes it from the database that something is made in, and from nowhere else. That
   database is the user's: it is not altered, not even for a moment. */
static void
say_collation(struct natives *n, size_t settings)
{
    const struct pd_object *object = pd_object_at(n->sink->catalog, settings);
    size_t size = 0;
    const char *collation = under_value(object->sql, MY_OF_DATABASE, &size);
    struct pd_sql names = {.host = n->sink->host};

    if (!collation || (size == strlen(n->collation) && memcmp(collation, n->collation, size) == 0))
        return;
    list_users(n, settings, &names);
    if (names.size)
        sink_leave_out(
            n->sink, PD_PART_OBJECT, PD_NO_TABLE, (uint32_t)settings,
            "settings '%s': %s: made in a database of collation '%.*s', by which their "
            "variables compare, and this one's is '%s'; ALTER DATABASE `%s` COLLATE %.*s "
            "before the restore would keep it",
            object->name, names.text, (int)size, collation, n->collation, n->my->database,
            (int)size, collation);
    if (names.failed)
        n->sink->memory_short = true;
    pd_sql_free(&names);
}

static void
say_collations(struct natives *n)
{
    for (size_t i = 0; i < n->sink->catalog->n_objects; i++) {
        if (is_settings(pd_object_at(n->sink->catalog, i)))
            say_collation(n, i);
    }
}

static void
say_all(struct pd_sink *sink)
{
    size_t i;

    for (i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);

        if (passive_of(object) && !is_made(sink, object))
            say(sink, i,
                is_too_new(sink, object) ? "the server's sequences are all of type bigint"
                                         : "its sequence is not made under this name");
        else if (!sink->native && !is_made(sink, object))
            say(sink, i, "it is made with --native only");
    }
}

static bool
makes_any(const struct pd_sink *sink)
{
    size_t i = 0;

    while (i < sink->catalog->n_objects && !is_made(sink, pd_object_at(sink->catalog, i)))
        i++;
    return i < sink->catalog->n_objects;
}

pd_status
ddl_native(struct pd_sink *sink, struct pd_error *err)
{
    struct natives n = {.sink = sink, .pool = {.host = sink->host}, .err = err};
    size_t n_objects = sink->catalog->n_objects;
    pd_status status;

    if (!sink->same || n_objects == 0)
        return PD_OK;
    say_all(sink);
    if (!makes_any(sink))
        return sink->memory_short ? my_no_memory(sink->host, err) : PD_OK;
    n.is_done = pd_pool_alloc(&n.pool, n_objects + 1);
    n.refusals = pd_pool_alloc(&n.pool, (n_objects + 1) * sizeof *n.refusals);
    n.missing = pd_pool_alloc(&n.pool, (n_objects + 1) * sizeof *n.missing);
    status = n.is_done && n.refusals && n.missing
                 ? my_open(sink->host, sink->end, MY_WRITE, NULL, &n.my, err)
                 : my_no_memory(sink->host, err);
    if (status == PD_OK)
        status = stage_join(sink, n.my, err);
    if (status == PD_OK)
        status = my_value(n.my, &n.pool, "SELECT @@collation_database", &n.collation, err);
    if (status == PD_OK)
        status = make_all(&n);
    if (status == PD_OK)
        say_collations(&n);
    my_close(n.my);
    pd_pool_close(&n.pool);
    return status == PD_OK && sink->memory_short ? my_no_memory(sink->host, err) : status;
}
