// SPDX-License-Identifier: Apache-2.0
/* manual_man - the reference as a man page, polydump(1). */
#include <stdio.h>
#include <string.h>

#include "cli/config_file.h"
#include "cli/manual.h"
#include "cli/manual_roff.h"
#include "config.h"

/* Said only when the plugin is there; NULL: always. */
struct note {
    const char *plugin;
    const char *name;
    const char *meaning;
};

static const struct note end_notes[] = {
    {NULL, "PATH",
     "an archive (a folder or a file), or a database file; of a path that is not there the command "
     "tells what it becomes, and for a database its ending: `.db`, `.sqlite`, `.sqlite3`"},
    {NULL, "-", "an archive on standard input or output"},
    {NULL, "archive:PATH", "an archive, whatever the path looks like"},
    {"sqlite", "sqlite:PATH", "a SQLite file, whatever the path looks like"},
    {"postgresql", "postgresql:DATABASE", "a database of the server of libpq's variables"},
    {"postgresql", "postgresql://USER@HOST:PORT/DATABASE",
     "a server, which must prove over TLS that it is the right one; all that libpq reads in a URI"},
    {"mariadb", "mariadb:DATABASE", "a database of this machine's server"},
    {"mariadb", "mariadb://USER@HOST:PORT/DATABASE",
     "a server, which must prove over TLS that it is the right one; behind a `?` follow `socket`, "
     "`ssl-ca`, `defaults-file` and others as NAME=VALUE, with `&` between them"},
};

static const struct note variables[] = {
    {NULL, "POLYDUMP_PLUGIN_PATH",
     "absolute paths of folders with plugins, with `:` between them, which go before the installed "
     "ones; they and what they are in must belong to you or to root, and nobody else may be able "
     "to write to them"},
    {NULL, "TMPDIR", "where sorting and steps of migrations keep what does not fit into memory"},
    {"mariadb", "MYSQL_HOST, MYSQL_TCP_PORT, MYSQL_UNIX_PORT, MYSQL_PWD",
     "what a URL leaves open of a MariaDB server"},
    {"postgresql",
     "PGHOST, PGHOSTADDR, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGPASSFILE, PGSERVICE, "
     "PGSERVICEFILE, PGSSLROOTCERT, PGSSLCERT, PGSSLKEY, PGCONNECT_TIMEOUT",
     "what a URL leaves open of a PostgreSQL server; others of libpq are not heeded"},
    {"postgresql", "PATH", "where pg_dump is looked for"},
};

static const struct note files[] = {
    {NULL, "polydump.yaml", "the config file, in the current folder"},
    {NULL, POLYDUMP_PLUGIN_DIR, "the folder of the installed plugins"},
    {"mariadb", "~/.my.cnf", "passwords of MariaDB, when the URL says `group=NAME`"},
    {"postgresql", "~/.pgpass", "passwords of PostgreSQL"},
    {"postgresql", "~/.postgresql/root.crt", "authorities that PostgreSQL servers are trusted by"},
};

static const struct note examples[] = {
    {"sqlite", "polydump dump app.db backup", "A SQLite file into an archive, which is a folder:"},
    {"sqlite", "polydump restore backup sqlite:new.db", "And back:"},
    {"postgresql", "polydump plan app.db postgresql:app",
     "What would become of each column in PostgreSQL, and what would be left out:"},
    {"postgresql", "polydump copy app.db postgresql:app", "From one engine to another:"},
    {"mariadb", "polydump dump mariadb:app - | ssh host polydump restore - mariadb:app",
     "From one machine to another:"},
    {"sqlite", "polydump ddt app.db", "Dump, restore, dump again, compare:"},
    {"lua", "polydump restore old new.db --migrations steps/",
     "Old data into the new version of an application:"},
    {NULL, "polydump verify backup", "Every block, row, count and digest of an archive:"},
    {NULL, "polydump cat backup Artist", "Rows as JSON Lines:"},
};

static const struct note other_pages[] = {
    {"mariadb", "mariadb-dump", "1"},
    {"postgresql", "pg_dump", "1"},
    {"sqlite", "sqlite3", "1"},
};

static bool
is_said(const struct manual *manual, const struct note *note)
{
    for (size_t i = 0; i < manual->n_plugins; i++)
        if (note->plugin && strcmp(manual->plugins[i]->name, note->plugin) == 0)
            return true;
    return !note->plugin;
}

static void
notes_list(struct roff *roff, const struct manual *manual, const struct note *notes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_said(manual, &notes[i]))
            continue;
        roff_request(roff, ".TP");
        roff_word(roff, 'B', notes[i].name, false);
        roff_end(roff);
        roff_words(roff, notes[i].meaning);
    }
}

/* ---- Options ---- */

static void
option_item(struct roff *roff, const struct pd_option *option)
{
    const char *argument = options_argument(option);
    char name[64];

    snprintf(name, sizeof name, "--%s", option->name);
    roff_request(roff, ".TP");
    roff_word(roff, 'B', name, false);
    if (option->type == PD_OPTION_CHOICE) {
        const char *at = option->choices;

        for (size_t i = 0; *at; i++) {
            snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " "), at);
            if (i)
                roff_word(roff, 'R', "|", true);
            roff_word(roff, 'B', name, i > 0);
            at += strcspn(at, " ");
            at += strspn(at, " ");
        }
    } else if (argument && strcmp(option->name, "*") != 0) {
        roff_word(roff, 'I', argument, false);
    }
    roff_end(roff);
    roff_words(roff, option->help);
    if (option->fallback) {
        roff_words(roff, "(default:");
        roff_word(roff, 'B', option->fallback, false);
        roff_word(roff, 'R', ")", true);
    }
}

static void
paragraph(struct roff *roff, const char *text)
{
    roff_request(roff, ".PP");
    roff_words(roff, text);
}

/* ---- Sections ---- */

static void
synopsis_section(struct roff *roff)
{
    roff_request(roff, ".SH SYNOPSIS");
    for (size_t i = 0; commands[i]; i++) {
        if (i)
            roff_request(roff, ".br");
        roff_word(roff, 'B', "polydump", false);
        roff_word(roff, 'B', commands[i]->name, false);
        roff_usage(roff, commands[i]->usage);
        roff_words(roff, "[");
        roff_word(roff, 'I', "option", true);
        roff_word(roff, 'R', "...]", true);
    }
    for (size_t i = 0; i < 2; i++) {
        roff_request(roff, ".br");
        roff_word(roff, 'B', "polydump", false);
        roff_word(roff, 'B', i ? "--version" : "help", false);
        if (!i)
            roff_usage(roff, "[COMMAND]");
    }
}

static void
description_section(struct roff *roff)
{
    roff_request(roff, ".SH DESCRIPTION");
    roff_words(roff, "`polydump` " PROGRAM_ABOUT ".");
    roff_words(roff, "A dump of one engine restores into another, and old data into a new version "
                     "of the application; nothing is changed on the way, or the run says what, "
                     "and by which option.");
    paragraph(roff, "Options may stand anywhere, as `--name value` or `--name=value`; `--` ends "
                    "them. Each command takes its own options, those of the plugins of its ends, "
                    "and `--help`.");
}

static void
commands_section(struct roff *roff)
{
    roff_request(roff, ".SH COMMANDS");
    for (size_t i = 0; commands[i]; i++) {
        const struct command *command = commands[i];

        roff_heading(roff, ".SS");
        roff_words(roff, "polydump");
        roff_words(roff, command->name);
        roff_words(roff, command->usage);
        roff_end(roff);
        roff_sentence(roff, command->about);
        if (command->more)
            paragraph(roff, command->more);
        for (size_t k = 0; k < n_command_options; k++)
            if (command_options[k].commands & command->bit)
                option_item(roff, &command_options[k].option);
    }
}

static void
ends_section(struct roff *roff, const struct manual *manual)
{
    roff_request(roff, ".SH ENDS AND THEIR OPTIONS");
    roff_words(roff, "What is read or written is named by a path or a URL. In a URL of a server "
                     "letters such as `@` and `/` within a name are written as `%40` and `%2F`.");
    notes_list(roff, manual, end_notes, COUNT_OF(end_notes));
    for (size_t i = 0; i < manual->n_plugins; i++) {
        const struct pd_plugin *plugin = manual->plugins[i];

        roff_heading(roff, ".SS");
        roff_words(roff, manual_ends_of(plugin));
        roff_words(roff, "of plugin");
        roff_words(roff, plugin->name);
        roff_end(roff);
        roff_sentence(roff, plugin->about);
        for (size_t k = 0; k < plugin->n_options; k++)
            option_item(roff, PD_AT(struct pd_option, plugin->options, plugin->option_size, k));
    }
}

static void
config_section(struct roff *roff)
{
    struct config_said said;

    roff_request(roff, ".SH CONFIG FILE");
    roff_words(roff, config_about);
    for (size_t i = 0; config_said_nth(i, &said); i++) {
        roff_request(roff, ".TP");
        roff_word(roff, 'B', said.name, false);
        roff_word(roff, 'R', ": ", true);
        roff_word(roff, 'I', said.kind, true);
        roff_end(roff);
        roff_words(roff, said.help);
    }
}

static void
status_section(struct roff *roff)
{
    char number[16];

    roff_request(roff, ".SH EXIT STATUS");
    for (size_t i = 0; manual_statuses[i].meaning; i++) {
        snprintf(number, sizeof number, "%d", manual_statuses[i].status);
        roff_request(roff, ".TP");
        roff_word(roff, 'B', number, false);
        roff_end(roff);
        roff_words(roff, manual_statuses[i].meaning);
    }
    roff_request(roff, ".PP");
    roff_words(roff, "Errors have one of these causes, each with its exit status:");
    for (int cause = 1; cause < PD_CAUSE_COUNT_; cause++) {
        snprintf(number, sizeof number, "(%d)", error_exit_status(cause));
        roff_request(roff, ".TP");
        roff_word(roff, 'B', error_cause_name(cause), false);
        roff_word(roff, 'R', number, false);
        roff_end(roff);
        roff_words(roff, error_cause_meaning(cause));
    }
}

static void
examples_section(struct roff *roff, const struct manual *manual)
{
    roff_request(roff, ".SH EXAMPLES");
    for (size_t i = 0, shown = 0; i < COUNT_OF(examples); i++) {
        if (!is_said(manual, &examples[i]))
            continue;
        if (shown++)
            roff_request(roff, ".PP");
        roff_words(roff, examples[i].meaning);
        roff_request(roff, ".PP");
        roff_request(roff, ".RS 4");
        roff_request(roff, ".nf");
        roff_word(roff, 'B', examples[i].name, false);
        roff_request(roff, ".fi");
        roff_request(roff, ".RE");
    }
}

static void
other_section(struct roff *roff, const struct manual *manual)
{
    bool is_first = true;

    roff_request(roff, ".SH SEE ALSO");
    for (size_t i = 0; i < COUNT_OF(other_pages); i++) {
        if (!is_said(manual, &other_pages[i]))
            continue;
        if (!is_first)
            roff_word(roff, 'R', ",", true);
        roff_word(roff, 'B', other_pages[i].name, false);
        roff_word(roff, 'R', "(", true);
        roff_word(roff, 'R', other_pages[i].meaning, true);
        roff_word(roff, 'R', ")", true);
        is_first = false;
    }
    if (!is_first)
        roff_request(roff, ".PP");
    roff_words(roff, "The folder `doc` of the sources tells what becomes of which type in which "
                     "engine, how servers are named and trusted, what is in an archive, and how "
                     "plugins and migrations are written.");
}

void
manual_man(const struct manual *manual)
{
    struct roff roff = {0};

    printf(".\\\" Made by \"polydump manual --as man\"; do not edit.\n"
           ".TH POLYDUMP 1 " POLYDUMP_DATE " \"polydump %s\" \"User Commands\"\n"
           ".nh\n.ad l\n"
           ".SH NAME\npolydump \\- " PROGRAM_ABOUT "\n",
           POLYDUMP_VERSION);
    synopsis_section(&roff);
    description_section(&roff);
    commands_section(&roff);
    ends_section(&roff, manual);
    config_section(&roff);
    status_section(&roff);
    roff_request(&roff, ".SH ENVIRONMENT");
    notes_list(&roff, manual, variables, COUNT_OF(variables));
    roff_request(&roff, ".SH FILES");
    notes_list(&roff, manual, files, COUNT_OF(files));
    examples_section(&roff, manual);
    other_section(&roff, manual);
    roff_end(&roff);
}
