// SPDX-License-Identifier: Apache-2.0
/* command - reads the command line. */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/archive.h"
#include "base/log.h"
#include "cli/command_load.h"
#include "cli/command_said.h"
#include "cli/config_file.h"
#include "config.h"
#include "plugin/loader.h"
#include "plugin/nearest.h"

/* An option that belongs to a plugin waits until the ends are known. */
struct waiting {
    const char *name;
    const char *value;
};

struct reading {
    struct invocation *invocation;
    struct waiting waiting[64];
    size_t n_waiting;
};

/* ---- Help ---- */

static size_t
options_of(const struct command *command, struct pd_option *table, size_t room)
{
    size_t n = 0;

    for (size_t i = 0; i < n_command_options && n < room; i++)
        if (command_options[i].commands & command->bit)
            table[n++] = command_options[i].option;
    return n;
}

static void
help_text(struct buffer *out)
{
    if (buffer_string(out))
        fputs(buffer_string(out), stdout);
}

static void
program_help(void)
{
    printf("polydump %s: " PROGRAM_ABOUT "\n\n"
           "usage: polydump COMMAND ...   (polydump COMMAND --help tells more)\n\n",
           POLYDUMP_VERSION);
    for (size_t i = 0; commands[i]; i++)
        printf("  %-15s %s\n", commands[i]->name, commands[i]->about);
    printf("\nAn end is sqlite:PATH, the path of a SQLite file or of an archive, or - for an\n"
           "archive on standard input or output.\n\n"
           "exit status: 0 all done; 1 failed; 2 usage; 3 done, but rows were rejected or\n"
           "something was left out that was not asked for; 4 a difference was found\n");
}

static void
plugin_help(const struct pd_plugin *plugin)
{
    CLEANUP_BUFFER struct buffer out = {0};

    if (!plugin->n_options)
        return;
    printf("\noptions of '%s' %s:\n", plugin->name,
           plugin->source || plugin->sink ? "ends" : "migrations");
    options_help(&out, plugin->options, plugin->n_options, plugin->option_size);
    help_text(&out);
}

void
command_help(const struct command *command)
{
    CLEANUP_BUFFER struct buffer out = {0};
    struct pd_option table[64];
    size_t n;

    if (!command) {
        program_help();
        return;
    }
    printf("usage: polydump %s %s [options]\n\n%s\n", command->name, command->usage,
           command->about);
    if (command->more)
        printf("\n%s\n", command->more);
    n = options_of(command, table, COUNT_OF(table));
    printf("\noptions:\n");
    options_help(&out, table, n, sizeof table[0]);
    help_text(&out);
    for (size_t i = 0; (command->n_ends || command->end_option) && loader_nth(i); i++)
        plugin_help(&loader_nth(i)->plugin);
}

/* ---- Options ---- */

static const struct pd_option *
table_find(const struct pd_option *table, size_t n, size_t stride, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        const struct pd_option *option = PD_AT(struct pd_option, table, stride, i);

        if (strcmp(option->name, name) == 0)
            return option;
    }
    return NULL;
}

static const struct pd_option *
plugins_find(const char *name)
{
    const struct loaded *loaded;

    for (size_t i = 0; (loaded = loader_nth(i)); i++) {
        const struct pd_option *option = table_find(
            loaded->plugin.options, loaded->plugin.n_options, loaded->plugin.option_size, name);

        if (option)
            return option;
    }
    return NULL;
}

static void
options_offer(struct nearest *nearest, const struct pd_option *table, size_t n, size_t stride)
{
    for (size_t i = 0; i < n; i++)
        nearest_offer(nearest, PD_AT(struct pd_option, table, stride, i)->name);
}

static pd_status
option_unknown(struct reading *reading, const char *name, struct pd_error *err)
{
    const struct invocation *invocation = reading->invocation;
    struct nearest nearest = nearest_to(name);
    const struct loaded *loaded;

    options_offer(&nearest, invocation->table, invocation->n_table, sizeof invocation->table[0]);
    for (size_t i = 0; (loaded = loader_nth(i)); i++)
        options_offer(&nearest, loaded->plugin.options, loaded->plugin.n_options,
                      loaded->plugin.option_size);
    if (nearest_get(&nearest))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "polydump %s has no option '--%s'; did you mean '--%s'?",
                          invocation->command->name, name, nearest_get(&nearest));
    return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                      "polydump %s has no option '--%s'; polydump %s --help lists them",
                      invocation->command->name, name, invocation->command->name);
}

static pd_status
option_read(struct reading *reading, const char *text, int argc, char **argv, int *at,
            struct pd_error *err)
{
    const char *equals = strchr(text, '=');
    char name[64];
    const struct pd_option *own, *option;
    const char *value = equals ? equals + 1 : NULL;

    snprintf(name, sizeof name, "%.*s", (int)(equals ? equals - text : (long)strlen(text)), text);
    own = table_find(reading->invocation->table, reading->invocation->n_table,
                     sizeof reading->invocation->table[0], name);
    option = own ? own : plugins_find(name);
    if (!option)
        return option_unknown(reading, name, err);
    if (!value && option->type != PD_OPTION_FLAG) {
        if (++*at >= argc)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "option --%s needs a value", name);
        value = argv[*at];
    }
    if (own)
        return options_set(reading->invocation->options, own->name, value, err);
    if (reading->n_waiting == COUNT_OF(reading->waiting))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "too many options");
    reading->waiting[reading->n_waiting++] = (struct waiting){option->name, value};
    return PD_OK;
}

static pd_status
word_read(struct reading *reading, const char *word, struct pd_error *err)
{
    struct invocation *invocation = reading->invocation;

    if (invocation->n_words >= invocation->command->max_words)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "'%s' is one word too many; usage: "
                          "polydump %s %s",
                          word, invocation->command->name, invocation->command->usage);
    invocation->words[invocation->n_words++] = word;
    return PD_OK;
}

static pd_status
arguments_read(struct reading *reading, int argc, char **argv, struct pd_error *err)
{
    bool only_words = false;
    pd_status status = PD_OK;

    for (int i = 0; i < argc && status == PD_OK; i++) {
        if (!only_words && strcmp(argv[i], "--") == 0)
            only_words = true;
        else if (!only_words && strcmp(argv[i], "--help") == 0)
            status = PD_DONE;
        else if (!only_words && strncmp(argv[i], "--", 2) == 0)
            status = option_read(reading, argv[i] + 2, argc, argv, &i, err);
        else if (!only_words && argv[i][0] == '-' && argv[i][1])
            status = error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                                "unknown option '%s'; options have long names, see polydump %s "
                                "--help",
                                argv[i], reading->invocation->command->name);
        else
            status = word_read(reading, argv[i], err);
    }
    return status;
}

/* ---- Ends ---- */

static bool
flag_of(const struct invocation *invocation, const char *name)
{
    return options_get(invocation->options, name) && options_flag(invocation->options, name);
}

static bool
role_reads(enum end_role role)
{
    return role == END_SOURCE || role == END_ARCHIVE_SOURCE;
}

/* What is done with an end. Beside one of those of a double dump test is a scratch database, which
   is written and read with its options. */
static uint32_t
end_uses(const struct invocation *invocation, size_t number)
{
    const struct command *command = invocation->command;
    bool has_more = command->end_option && options_get(invocation->options, command->end_option);
    bool has_scratch = command->bit & (FOR_DDT | FOR_TEST_MIGRATIONS);

    if (has_scratch && number == (has_more ? command->n_ends : 0))
        return PD_OPTION_READ | PD_OPTION_WRITE;
    return role_reads(command->roles[number]) ? PD_OPTION_READ : PD_OPTION_WRITE;
}

static bool
option_fits(const struct end *end, uint32_t uses, const char *name)
{
    const struct pd_plugin *plugin = &end->loaded->plugin;
    const struct pd_option *option =
        table_find(plugin->options, plugin->n_options, plugin->option_size, name);

    return !option || !option->flags || option->flags & uses;
}

static pd_status
end_options(struct reading *reading, struct end *end, uint32_t uses, bool *taken,
            struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < reading->n_waiting && status == PD_OK; i++) {
        if (!option_fits(end, uses, reading->waiting[i].name))
            continue;
        status =
            options_set(end->options, reading->waiting[i].name, reading->waiting[i].value, err);
        if (status == PD_OK)
            taken[i] = true;
        else if (status == PD_UNSUPPORTED)
            status = PD_OK;
    }
    return status;
}

/* What the command and an archive both want to know is given once. */
static pd_status
end_shared_options(const struct invocation *invocation, struct end *end, struct pd_error *err)
{
    static const char *const shared[] = {"order", "app", "app-version"};
    pd_status status = PD_OK;

    for (size_t i = 0; i < COUNT_OF(shared) && status == PD_OK; i++) {
        if (!options_given(invocation->options, shared[i]))
            continue;
        status =
            options_set(end->options, shared[i], options_get(invocation->options, shared[i]), err);
        if (status == PD_UNSUPPORTED)
            status = PD_OK;
    }
    return status;
}

static pd_status
end_resolve(struct reading *reading, const char *word, size_t number, bool *taken,
            struct pd_error *err)
{
    struct invocation *invocation = reading->invocation;
    enum end_role role = invocation->command->roles[number];
    pd_status status = url_resolve(word, role, &invocation->ends[number], err);

    if (status == PD_OK)
        status = end_options(reading, invocation->ends[number], end_uses(invocation, number), taken,
                             err);
    if (status == PD_OK && !role_reads(role))
        status = end_shared_options(invocation, invocation->ends[number], err);
    return status;
}

/* Plugins of migrations have options as those of ends have. */
static pd_status
steps_resolve(struct reading *reading, bool *taken, struct pd_error *err)
{
    struct invocation *invocation = reading->invocation;
    pd_status status =
        command_list(invocation->options, "migrations", &invocation->migrations, err);

    const char *const *places = invocation->migrations;

    if (status != PD_OK)
        return status;
    if (!places && invocation->config && invocation->command->bit & FOR_MIGRATED)
        places = invocation->config->migrations;
    if (!places || flag_of(invocation, "no-migrate"))
        return PD_OK;
    status = error_prefix(err, steps_new(places, &invocation->steps, err), "--migrations");
    for (size_t i = 0; i < reading->n_waiting && status == PD_OK; i++) {
        status =
            steps_set(invocation->steps, reading->waiting[i].name, reading->waiting[i].value, err);
        if (status == PD_OK)
            taken[i] = true;
        else if (status == PD_UNSUPPORTED)
            status = PD_OK;
    }
    return status;
}

static pd_status
ends_resolve(struct reading *reading, struct pd_error *err)
{
    struct invocation *invocation = reading->invocation;
    const struct command *command = invocation->command;
    const char *more =
        command->end_option ? options_get(invocation->options, command->end_option) : NULL;
    bool taken[COUNT_OF(reading->waiting)] = {false};
    pd_status status = PD_OK;

    for (size_t i = 0; i < command->n_ends && i < invocation->n_words && status == PD_OK; i++)
        status = end_resolve(reading, invocation->words[i], i, taken, err);
    if (more && status == PD_OK)
        status = end_resolve(reading, more, command->n_ends, taken, err);
    if (status == PD_OK)
        status = steps_resolve(reading, taken, err);
    for (size_t i = 0; i < reading->n_waiting && status == PD_OK; i++)
        if (!taken[i])
            status =
                error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                           "option --%s is for none of the ends given", reading->waiting[i].name);
    return status;
}

/* ---- What every run is told ---- */

static bool
choice_is(const struct invocation *invocation, const char *name, const char *value)
{
    const char *given = options_get(invocation->options, name);

    return given && strcmp(given, value) == 0;
}

/* A folder of lines of JSON, which can be mended by hand. */
static pd_status
rejects_fill(struct invocation *invocation, struct pd_error *err)
{
    const char *path = options_get(invocation->options, "rejects");
    struct run_options *run = &invocation->run;
    struct end *end = NULL;
    struct stat st;
    pd_status status = PD_OK;

    if (options_given(invocation->options, "max-rejects")) {
        long long most = options_int(invocation->options, "max-rejects");

        if (most < 1)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "--max-rejects '%lld': expected 1 or more", most);
        run->max_rejects = (uint64_t)most;
    }
    if (!path)
        return PD_OK;
    status = url_resolve(path, END_ARCHIVE_TARGET, &invocation->rejects, err);
    end = invocation->rejects;
    if (status == PD_OK && lstat(path, &st) == 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_CONFLICT,
                          "--rejects '%s' exists; name a new folder", path);
    if (status == PD_OK && (strcmp(end->loaded->plugin.name, archive_plugin.name) != 0 ||
                            strcmp(end->endpoint.location, "-") == 0))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--rejects '%s': expected the path of a new folder", path);
    if (status == PD_OK)
        status = options_set(end->options, "text", NULL, err);
    if (status == PD_OK)
        status = options_set(end->options, "order", "key", err);
    run->rejects = end;
    return error_prefix(err, status, "--rejects");
}

static pd_status
run_options_fill(struct invocation *invocation, struct pd_error *err)
{
    const struct pd_options *options = invocation->options;
    struct run_options *run = &invocation->run;
    pd_status status;

    if (options_given(options, "jobs")) {
        long long jobs = options_int(options, "jobs");

        if (jobs < 1 || jobs > 1024)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "--jobs '%lld': expected 1 to 1024",
                              jobs);
        run->jobs = (unsigned)jobs;
    }
    if (flag_of(invocation, "native") && flag_of(invocation, "no-native"))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--native and --no-native exclude each other");
    run->native = flag_of(invocation, "native")      ? RUN_NATIVE_YES
                  : flag_of(invocation, "no-native") ? RUN_NATIVE_NO
                                                     : RUN_NATIVE_UNSAID;
    run->order = choice_is(invocation, "order", "key") ? PD_ORDER_KEY : PD_ORDER_SOURCE;
    run->facts = choice_is(invocation, "facts", "engine") ? PD_FACTS_ENGINE : PD_FACTS_COUNT;
    run->verify = flag_of(invocation, "no-verify") ? -1 : 0;
    run->schema_only = flag_of(invocation, "schema-only");
    run->data_only = flag_of(invocation, "data-only");
    run->quiet = flag_of(invocation, "quiet");
    run->application = options_get(options, "app");
    run->application_version = options_get(options, "app-version");
    status = command_list(options, "only", &run->only, err);
    if (status == PD_OK)
        status = command_list(options, "exclude", &run->exclude, err);
    if (status == PD_OK)
        status = command_list(options, "where", &run->where, err);
    if (status == PD_OK)
        status = command_list(options, "schema-map", &run->schema_map, err);
    if (status == PD_OK)
        status = command_said(invocation, err);
    return status == PD_OK ? rejects_fill(invocation, err) : status;
}

static void
run_tell_handles(struct invocation *invocation)
{
    for (size_t i = 0; i < COMMAND_ENDS; i++) {
        if (invocation->ends[i])
            invocation->ends[i]->endpoint.n_handles = run_lanes(&invocation->run);
    }
}

/* An archive that is made to be compared is always in key order: a text one, and what migrate
   makes. */
static void
run_order_of_target(struct invocation *invocation)
{
    bool migrates = invocation->command->bit == FOR_MIGRATE;

    for (size_t i = 0; i < COMMAND_ENDS; i++) {
        const struct end *end = invocation->ends[i];
        const char *text = end ? options_get(end->options, "text") : NULL;

        if (text && (migrates || *text == '1')) {
            invocation->run.order = PD_ORDER_KEY;
            (void)!options_set(end->options, "order", "key", NULL);
        }
    }
}

/* ---- All of it ---- */

static const struct command *
command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static pd_status
command_read(int argc, char **argv, const struct command **ret_command, struct pd_error *err)
{
    const char *name = argc > 1 ? argv[1] : NULL;

    if (!name)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "no command is given; polydump --help lists them");
    if (strcmp(name, "--version") == 0) {
        printf("polydump %s\n", POLYDUMP_VERSION);
        return PD_DONE;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        const struct command *command = argc > 2 ? command_find(argv[2]) : NULL;

        command_help(command);
        return PD_DONE;
    }
    *ret_command = command_find(name);
    if (!*ret_command)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "unknown command '%s'; polydump --help lists them", name);
    return PD_OK;
}

static pd_status
words_check(const struct invocation *invocation, struct pd_error *err)
{
    const struct command *command = invocation->command;

    if (invocation->n_words < command->min_words)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "usage: polydump %s %s", command->name,
                          command->usage);
    return PD_OK;
}

pd_status
invocation_read(int argc, char **argv, struct invocation *invocation, struct pd_error *err)
{
    struct reading reading = {.invocation = invocation};
    pd_status status = command_read(argc, argv, &invocation->command, err);

    if (status != PD_OK)
        return status;
    status = command_load(invocation, argc - 2, argv + 2, err);
    if (status != PD_OK)
        return status;
    invocation->n_table =
        options_of(invocation->command, invocation->table, COUNT_OF(invocation->table));
    status = options_new(invocation->table, invocation->n_table, sizeof invocation->table[0],
                         &invocation->options, err);
    if (status == PD_OK)
        status = arguments_read(&reading, argc - 2, argv + 2, err);
    if (status == PD_DONE)
        command_help(invocation->command);
    if (status == PD_OK)
        status = words_check(invocation, err);
    if (status == PD_OK)
        status = ends_resolve(&reading, err);
    if (status == PD_OK)
        status = run_options_fill(invocation, err);
    if (status != PD_OK)
        return status;
    run_order_of_target(invocation);
    run_tell_handles(invocation);
    return PD_OK;
}

void
invocation_free(struct invocation *invocation)
{
    for (size_t i = 0; i < COMMAND_ENDS; i++)
        end_free(invocation->ends[i]);
    end_free(invocation->rejects);
    steps_close(invocation->steps);
    config_free(invocation->config);
    free((void *)(uintptr_t)invocation->migrations);
    free((void *)(uintptr_t)invocation->run.only);
    free((void *)(uintptr_t)invocation->run.exclude);
    free((void *)(uintptr_t)invocation->run.where);
    free((void *)(uintptr_t)invocation->run.schema_map);
    command_said_free(invocation);
    options_free(invocation->options);
}

const struct command *const commands[] = {
    &dump_command,     &restore_command,
    &copy_command,     &migrate_command,
    &plan_command,     &test_migrations_command,
    &scaffold_command, &ddt_command,
    &diff_command,     &verify_command,
    &info_command,     &cat_command,
    &plugins_command,  &seal_command,
    &manual_command,   NULL,
};
