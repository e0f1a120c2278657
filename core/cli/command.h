// SPDX-License-Identifier: Apache-2.0
/* command - the table of commands, their options, and the command line as they get it. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "migrate/steps.h"
#include "plugin/url.h"
#include "run/run.h"

enum { COMMAND_ENDS = 2 };
#define PROGRAM_ABOUT "dumps, restores, copies and proves databases"

/* The command line, read and checked. */
struct invocation {
    const struct command *command;
    struct pd_option table[64]; /* options that the command takes */
    size_t n_table;
    struct pd_options *options; /* their values */
    struct end *ends[COMMAND_ENDS];
    struct end *rejects;           /* of --rejects; NULL: none */
    struct config *config;         /* NULL: there is none */
    const char *const *migrations; /* NULL-ended places of steps; NULL: none */
    struct steps *steps;           /* that are in them, not yet opened; NULL: none are wanted */
    const char *words[COMMAND_ENDS + 2]; /* what is no option, as given */
    size_t n_words;
    struct run_options run;
};

struct command {
    const char *name;
    const char *usage; /* what follows the name: "SOURCE ARCHIVE" */
    const char *about; /* one line */
    const char *more;  /* a paragraph for --help; NULL: none */
    enum end_role roles[COMMAND_ENDS];
    size_t n_ends;          /* of the words, the first ones */
    const char *end_option; /* an option that names one more end, behind those; NULL: none */
    size_t min_words;
    size_t max_words;
    unsigned bit; /* in struct command_option.commands */
    /* The exit status; negative: err says what happened. */
    int (*run)(struct invocation *invocation, struct pd_error *err);
};

enum {
    FOR_DUMP = 1 << 0,
    FOR_RESTORE = 1 << 1,
    FOR_COPY = 1 << 2,
    FOR_DDT = 1 << 3,
    FOR_DIFF = 1 << 4,
    FOR_VERIFY = 1 << 5,
    FOR_INFO = 1 << 6,
    FOR_CAT = 1 << 7,
    FOR_PLUGINS = 1 << 8,
    FOR_SEAL = 1 << 9,
    FOR_MANUAL = 1 << 10,
    FOR_PLAN = 1 << 11,
    FOR_MIGRATE = 1 << 12,
    FOR_SCAFFOLD = 1 << 13,
    FOR_TEST_MIGRATIONS = 1 << 14,
    FOR_MOVES = FOR_DUMP | FOR_RESTORE | FOR_COPY,
    FOR_ROWS = FOR_MOVES | FOR_DDT | FOR_DIFF | FOR_PLAN | FOR_SCAFFOLD,
    FOR_MIGRATED = FOR_RESTORE | FOR_COPY | FOR_PLAN | FOR_MIGRATE | FOR_TEST_MIGRATIONS,
    FOR_CONFIG = FOR_DUMP | FOR_MIGRATED | FOR_SCAFFOLD,
    FOR_ALL = ~0u
};

extern const struct command dump_command, restore_command, copy_command, ddt_command, diff_command,
    verify_command, info_command, cat_command, plugins_command, seal_command, manual_command,
    plan_command, migrate_command, test_migrations_command, scaffold_command;

/* All of them, NULL-ended. */
extern const struct command *const commands[];
/* Options of commands. */
struct command_option {
    struct pd_option option;
    unsigned commands; /* FOR_* that take it */
};
extern const struct command_option command_options[];
extern const size_t n_command_options;

/* Read argv; PD_DONE: help or the version was asked for and has been printed. */
MUST_USE pd_status invocation_read(int argc, char **argv, struct invocation *invocation,
                                   struct pd_error *err);
void invocation_free(struct invocation *invocation);

/* Help for a command, or for the program when it is NULL, on stdout. */
void command_help(const struct command *command);
