// SPDX-License-Identifier: Apache-2.0
/* config_file - polydump.yaml, or what --config names. Only mappings, lists and texts; texts are
   taken as they stand, so that a version of 2.10 is not a number. */
#include "cli/config_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "plugin/nearest.h"

enum { CONFIG_LIMIT = 1048576 /* bytes; a larger file is some other file */ };
#define CONFIG_NAME "polydump.yaml"

enum member_kind {
    MEMBER_TEXT,
    MEMBER_PATH,    /* a text, relative to the file's folder */
    MEMBER_PLACES,  /* a list of paths and names of plugins */
    MEMBER_TEXTS,   /* a text, or a list of texts */
    MEMBER_QUERIES, /* a mapping of engines to SQL */
    MEMBER_TABLES   /* a mapping of patterns to policies */
};

struct member {
    const char *name;
    enum member_kind kind;
    size_t offset;   /* in struct config */
    bool is_version; /* one of those that say the version: there is one of them at most */
    const char *help;
};

static const struct member members[] = {
    {"application", MEMBER_TEXT, offsetof(struct config, application), false,
     "the application whose data a database is; an archive of another one is refused; `--app` goes "
     "before it"},
    {"app-version", MEMBER_TEXT, offsetof(struct config, app_version), true,
     "the version of the application that a database is of; `--app-version` goes before it"},
    {"version-file", MEMBER_PATH, offsetof(struct config, version_file), true,
     "a file whose first line is that version"},
    {"version-query", MEMBER_QUERIES, offsetof(struct config, version_query), true,
     "for each engine a query that asks the database for that version: one row of one text"},
    {"migrations", MEMBER_PLACES, offsetof(struct config, migrations), false,
     "a list of folders and plugins; `--migrations` goes before it, `--no-migrate` passes it over"},
    {"to", MEMBER_TEXT, offsetof(struct config, to), false,
     "the version that the data shall get; `--to` goes before it"},
    {"epoch", MEMBER_TEXTS, offsetof(struct config, epochs), false,
     "`TABLE.COLUMN=UNIT`, one or a list, as `--epoch`, which goes before it"},
    {"assume-zone", MEMBER_TEXTS, offsetof(struct config, zones), false,
     "`ZONE` or `TABLE.COLUMN=ZONE`, one or a list, as `--assume-zone`"},
    {"bool-text", MEMBER_TEXTS, offsetof(struct config, bool_texts), false,
     "`TABLE.COLUMN`, one or a list, as `--bool-text`"},
    {"uuid-bytes", MEMBER_TEXTS, offsetof(struct config, uuid_bytes), false,
     "`TABLE.COLUMN`, one or a list, as `--uuid-bytes`"},
    {"drop-column", MEMBER_TEXTS, offsetof(struct config, drop_columns), false,
     "`TABLE.COLUMN`, one or a list, as `--drop-column`"},
#define VALUE_RULE_MEMBER_(id, option, about, first, others, help)                                 \
    {option, MEMBER_TEXTS, offsetof(struct config, values[VALUE_RULE_##id]), false,                \
     "`RULE` or `TABLE.COLUMN=RULE`, one or a list, as `--" option "`"},
    VALUE_RULE_TABLE(VALUE_RULE_MEMBER_)
#undef VALUE_RULE_MEMBER_
        {"on-conflict", MEMBER_TEXT, offsetof(struct config, on_conflict), false,
         "`error`, `skip` or `update`, for runs with `--into=append`; `--on-conflict` goes before "
         "it"},
    {"triggers", MEMBER_TEXT, offsetof(struct config, triggers), false,
     "`off` or `fire`, for tables that are there; `--triggers` goes before it"},
    {"tables", MEMBER_TABLES, offsetof(struct config, tables), false,
     "for each pattern of tables `skip`, `recreate`, `replace` or `keep`, or a mapping of "
     "`policy`, "
     "`natural-key` and `references` ([policies.md](policies.md)); `--policy` goes before it"},
};
enum { N_MEMBERS = sizeof members / sizeof members[0] };
_Static_assert((int)N_MEMBERS <= (int)CONFIG_MEMBERS, "seen[] has room for them");

/* ---- The reader ---- */

pd_status
config_refuse(struct config_reading *reading, const char *fmt, ...)
{
    char text[ERROR_TEXT_SIZE];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return error_fail(reading->err, PD_FATAL, PD_CAUSE_USAGE, "'%s' line %zu: %s",
                      reading->config->path, reading->event.start_mark.line + 1, text);
}

pd_status
config_event_next(struct config_reading *reading)
{
    const yaml_parser_t *parser = &reading->parser;

    if (reading->has_event)
        yaml_event_delete(&reading->event);
    reading->has_event = yaml_parser_parse(&reading->parser, &reading->event);
    if (reading->has_event)
        return PD_OK;
    if (parser->error == YAML_MEMORY_ERROR)
        return error_memory(reading->err);
    return error_fail(reading->err, PD_FATAL, PD_CAUSE_USAGE, "'%s' line %zu: %s",
                      reading->config->path, parser->problem_mark.line + 1,
                      parser->problem ? parser->problem : "it is no YAML");
}

pd_status
config_text_take(struct config_reading *reading, const char *whose, const char **ret_text)
{
    const char *text;

    if (reading->event.type != YAML_SCALAR_EVENT)
        return config_refuse(reading, "%s is not a text", whose);
    text = (const char *)reading->event.data.scalar.value;
    if (strlen(text) != reading->event.data.scalar.length || !*text)
        return config_refuse(reading, "%s is empty, or has a NUL", whose);
    *ret_text = arena_strdup(reading->config->arena, text);
    return *ret_text ? PD_OK : error_memory(reading->err);
}

/* ---- Kinds of members ---- */

/* Relative to the folder of the file, wherever the program runs. */
static pd_status
path_place(struct config_reading *reading, const char **text)
{
    const char *path = reading->config->path;
    const char *slash = strrchr(path, '/');

    if (**text == '/' || !slash)
        return PD_OK;
    *text = arena_printf(reading->config->arena, "%.*s/%s", (int)(slash - path), path, *text);
    return *text ? PD_OK : error_memory(reading->err);
}

static pd_status
path_take(struct config_reading *reading, const char *whose, const char **ret_text)
{
    pd_status status = config_text_take(reading, whose, ret_text);

    return status == PD_OK ? path_place(reading, ret_text) : status;
}

/* A name without a slash or a point may be a plugin's: it is a folder only when that is there. */
static pd_status
place_take(struct config_reading *reading, const char *whose, const char **ret_text)
{
    const char *name, *path;
    struct stat st;
    pd_status status = config_text_take(reading, whose, &name);

    path = name;
    if (status == PD_OK)
        status = path_place(reading, &path);
    if (status != PD_OK)
        return status;
    *ret_text = strpbrk(name, "/.") || stat(path, &st) == 0 ? path : name;
    return PD_OK;
}

static pd_status
list_take(struct config_reading *reading, const char *whose,
          pd_status (*one)(struct config_reading *, const char *, const char **),
          const char *const **ret_places)
{
    const char **places = NULL;
    size_t n = 0, room = 0;
    pd_status status = PD_OK;

    if (reading->event.type != YAML_SEQUENCE_START_EVENT)
        return config_refuse(reading, "%s is not a list; write '- ' before each", whose);
    while ((status = config_event_next(reading)) == PD_OK &&
           reading->event.type != YAML_SEQUENCE_END_EVENT) {
        if (n + 1 >= room) {
            const char **grown = arena_array(reading->config->arena, const char *, room * 2 + 8);

            if (!grown)
                return error_memory(reading->err);
            if (n)
                memcpy(grown, places, n * sizeof *grown);
            places = grown;
            room = room * 2 + 8;
        }
        status = one(reading, whose, &places[n++]);
        if (status != PD_OK)
            return status;
    }
    *ret_places = places; /* NULL: an empty list is none */
    return status;
}

/* One text is a list of one. */
static pd_status
texts_take(struct config_reading *reading, const char *whose, const char *const **ret_texts)
{
    const char **texts;

    if (reading->event.type != YAML_SCALAR_EVENT)
        return list_take(reading, whose, config_text_take, ret_texts);
    texts = arena_array(reading->config->arena, const char *, 2);
    if (!texts)
        return error_memory(reading->err);
    *ret_texts = texts;
    return config_text_take(reading, whose, &texts[0]);
}

static const char *
query_of(const struct config_query *queries, size_t n, const char *engine)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(queries[i].engine, engine) == 0)
            return queries[i].sql;
    }
    return NULL;
}

static pd_status
queries_take(struct config_reading *reading, const char *whose,
             const struct config_query **ret_queries)
{
    enum { MOST = 32 };
    struct config_query *queries =
        arena_array(reading->config->arena, struct config_query, MOST + 1);
    pd_status status = PD_OK;
    size_t n = 0;

    if (!queries)
        return error_memory(reading->err);
    if (reading->event.type != YAML_MAPPING_START_EVENT)
        return config_refuse(
            reading, "%s is not a mapping of engines to SQL, as in 'sqlite: SELECT ...'", whose);
    while ((status = config_event_next(reading)) == PD_OK &&
           reading->event.type != YAML_MAPPING_END_EVENT) {
        const char *engine;

        status = config_text_take(reading, "the name of an engine", &engine);
        if (status == PD_OK && (n == MOST || query_of(queries, n, engine)))
            status =
                config_refuse(reading, "%s has '%s' twice, or too many engines", whose, engine);
        if (status == PD_OK)
            status = config_event_next(reading);
        if (status == PD_OK)
            status = config_text_take(reading, whose, &queries[n].sql);
        if (status != PD_OK)
            return status;
        queries[n++].engine = engine;
    }
    *ret_queries = queries;
    return status;
}

/* ---- Members ---- */

static pd_status
member_unknown(struct config_reading *reading, const char *name)
{
    struct nearest nearest = nearest_to(name);

    for (size_t i = 0; i < N_MEMBERS; i++)
        nearest_offer(&nearest, members[i].name);
    if (nearest_get(&nearest))
        return config_refuse(reading, "there is no '%s'; did you mean '%s'?", name,
                             nearest_get(&nearest));
    return config_refuse(reading, "there is no '%s'; doc/commands.md lists what there is", name);
}

static pd_status
member_find(struct config_reading *reading, size_t *ret_number)
{
    const char *name;
    pd_status status = config_text_take(reading, "a name", &name);
    size_t i = 0;

    if (status != PD_OK)
        return status;
    while (i < N_MEMBERS && strcmp(members[i].name, name) != 0)
        i++;
    if (i == N_MEMBERS)
        return member_unknown(reading, name);
    if (reading->seen[i])
        return config_refuse(reading, "'%s' is there twice", name);
    if (members[i].is_version && reading->version)
        return config_refuse(reading, "'%s' and '%s' exclude each other", name,
                             members[reading->version - 1].name);
    reading->seen[i] = true;
    reading->version = members[i].is_version ? i + 1 : reading->version;
    *ret_number = i;
    return PD_OK;
}

static pd_status
member_take(struct config_reading *reading, const struct member *member)
{
    void *at = (char *)reading->config + member->offset;
    char whose[64];

    snprintf(whose, sizeof whose, "'%s'", member->name);
    switch (member->kind) {
    case MEMBER_TEXT:
        return config_text_take(reading, whose, at);
    case MEMBER_PATH:
        return path_take(reading, whose, at);
    case MEMBER_PLACES:
        return list_take(reading, whose, place_take, at);
    case MEMBER_TEXTS:
        return texts_take(reading, whose, at);
    case MEMBER_QUERIES:
        return queries_take(reading, whose, at);
    default:
        return config_tables_take(reading, at);
    }
}

static pd_status
members_read(struct config_reading *reading)
{
    size_t number = 0;
    pd_status status;

    while ((status = config_event_next(reading)) == PD_OK &&
           reading->event.type != YAML_MAPPING_END_EVENT) {
        status = member_find(reading, &number);
        if (status == PD_OK)
            status = config_event_next(reading);
        if (status == PD_OK)
            status = member_take(reading, &members[number]);
        if (status != PD_OK)
            return status;
    }
    return status;
}

/* An empty file says nothing, which is fine. */
static pd_status
document_read(struct config_reading *reading)
{
    pd_status status = config_event_next(reading); /* the stream */

    if (status == PD_OK)
        status = config_event_next(reading);
    if (status != PD_OK || reading->event.type == YAML_STREAM_END_EVENT)
        return status;
    status = config_event_next(reading);
    if (status == PD_OK && reading->event.type != YAML_MAPPING_START_EVENT)
        return config_refuse(reading, "it does not begin with 'name: value'");
    if (status == PD_OK)
        status = members_read(reading);
    if (status == PD_OK)
        status = config_event_next(reading); /* the document's end */
    if (status == PD_OK)
        status = config_event_next(reading);
    if (status == PD_OK && reading->event.type != YAML_STREAM_END_EVENT)
        return config_refuse(reading, "there is a second document");
    return status;
}

static pd_status
text_read(struct config *config, const char *text, size_t size, struct pd_error *err)
{
    struct config_reading reading = {.config = config, .err = err};
    pd_status status;

    if (!yaml_parser_initialize(&reading.parser))
        return error_memory(err);
    yaml_parser_set_input_string(&reading.parser, (const unsigned char *)text, size);
    status = document_read(&reading);
    if (reading.has_event)
        yaml_event_delete(&reading.event);
    yaml_parser_delete(&reading.parser);
    return status;
}

/* ---- The file ---- */

void
config_free(struct config *config)
{
    if (config)
        arena_free(config->arena);
}

/* A file that happens to lie here may name scripts and SQL that will be run. PD_DONE: there is
   none. */
static pd_status
found_check(struct pd_error *err)
{
    struct stat st;

    if (stat(CONFIG_NAME, &st) != 0)
        return errno == ENOENT
                   ? PD_DONE
                   : error_errno(err, PD_FATAL, errno, "cannot examine '%s'", CONFIG_NAME);
    if ((st.st_uid == 0 || st.st_uid == geteuid()) && !(st.st_mode & S_IWOTH))
        return PD_OK;
    return error_fail(
        err, PD_FATAL, PD_CAUSE_USAGE,
        "'%s' in this folder is not trusted: it belongs to another user, or everybody "
        "can write to it; --config names it if it is meant",
        CONFIG_NAME);
}

pd_status
config_read(const char *path, struct config **ret_config, struct pd_error *err)
{
    CLEANUP(arena) struct arena *arena = NULL;
    CLEANUP_FREE char *text = NULL;
    struct config *config;
    size_t size = 0;
    pd_status status = path ? PD_OK : found_check(err);

    *ret_config = NULL;
    if (status != PD_OK)
        return status == PD_DONE ? PD_OK : status;
    arena = arena_new();
    config = arena ? arena_alloc(arena, sizeof *config) : NULL;
    if (!config)
        return error_memory(err);
    config->arena = arena;
    config->path = arena_strdup(arena, path ? path : CONFIG_NAME);
    if (!config->path)
        return error_memory(err);
    status = file_load(AT_FDCWD, config->path, CONFIG_LIMIT, &text, &size, err);
    if (status == PD_OK)
        status = text_read(config, text, size, err);
    if (status != PD_OK)
        return status;
    (void)take(arena);
    *ret_config = config;
    return PD_OK;
}

/* ---- The manual ---- */

const char config_about[] =
    "A file in YAML: `polydump.yaml` in the current folder, when it belongs to the user or to "
    "root\nand not everybody can write to it, or what `--config` names. Paths are relative to its "
    "folder.";

bool
config_said_nth(size_t n, struct config_said *said)
{
    static const char *const kinds[] = {
        [MEMBER_TEXT] = "text",
        [MEMBER_PATH] = "path",
        [MEMBER_PLACES] = "list of paths and names",
        [MEMBER_TEXTS] = "text or list of texts",
        [MEMBER_QUERIES] = "mapping of engines to SQL",
        [MEMBER_TABLES] = "mapping of patterns to policies",
    };

    if (n >= N_MEMBERS)
        return false;
    *said = (struct config_said){members[n].name, kinds[members[n].kind], members[n].help};
    return true;
}
