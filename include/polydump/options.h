/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polydump/options.h - the options that databases have in common: rows for pd_plugin.options, in
 * the same words for every engine, and what reads them. Optional, all inline; the rows are C99.
 *
 *     static const struct pd_option options[] = {
 *         PD_OPTION_ROW_INTO("drop what stands in the way"),
 *         PD_OPTION_ROW_MISFIT,
 *     };
 */
#ifndef POLYDUMP_OPTIONS_H
#define POLYDUMP_OPTIONS_H

#include <string.h>

#include <polydump/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Of targets ---- */

/* replaced: what --into=replace does, after "or ". */
#define PD_OPTION_ROW_INTO(replaced)                                                               \
    {                                                                                              \
        .name = "into", .fallback = "empty",                                                       \
        .help = "what to do with a target that is there: refuse it unless it is empty or has "     \
                "exactly these tables without rows, add rows to its tables, empty its tables "     \
                "first, or " replaced,                                                             \
        .choices = "empty append truncate replace", .type = PD_OPTION_CHOICE,                      \
        .flags = PD_OPTION_WRITE,                                                                  \
    }
/* Beside PD_OPTION_ROW_INTO; see pd_option_conflict(). */
#define PD_OPTION_ROW_ON_CONFLICT                                                                  \
    {                                                                                              \
        .name = "on-conflict", .fallback = "error",                                                \
        .help = "with --into=append, rows whose key is there already: refuse them, leave them "    \
                "out, or give the row there the values that come",                                 \
        .choices = "error skip update", .type = PD_OPTION_CHOICE, .flags = PD_OPTION_WRITE,        \
    }
#define PD_OPTION_ROW_MISFIT                                                                       \
    {                                                                                              \
        .name = "misfit", .fallback = "stop",                                                      \
        .help = "single values that the type in the target would change: stop, or carry their "    \
                "whole column in a type that keeps them",                                          \
        .choices = "stop carrier", .type = PD_OPTION_CHOICE, .flags = PD_OPTION_WRITE,             \
    }
/* what: which names, and what --names=carry does with them. */
#define PD_OPTION_ROW_NAMES(what)                                                                  \
    {                                                                                              \
        .name = "names", .fallback = "stop", .help = what, .choices = "stop carry",                \
        .type = PD_OPTION_CHOICE, .flags = PD_OPTION_WRITE,                                        \
    }
/* how: what is done with triggers of tables that are there. */
#define PD_OPTION_ROW_TRIGGERS(how)                                                                \
    {                                                                                              \
        .name = "triggers", .fallback = "off",                                                     \
        .help = "triggers of tables that are there, for the rows that come: " how,                 \
        .choices = "off fire", .type = PD_OPTION_CHOICE, .flags = PD_OPTION_WRITE,                 \
    }
/* where: when `exact` is the default, after "exact ". */
#define PD_OPTION_ROW_SEQUENCES(where)                                                             \
    {                                                                                              \
        .name = "sequences",                                                                       \
        .help = "next numbers: exact as in the source, or repair: past the highest key too "       \
                "(default: exact " where ", else repair)",                                         \
        .choices = "exact repair", .type = PD_OPTION_CHOICE, .flags = PD_OPTION_WRITE,             \
    }
/* how: the two ways of this engine and the default. */
#define PD_OPTION_ROW_ATOMIC(how)                                                                  \
    {                                                                                              \
        .name = "atomic", .help = how, .choices = "run marked", .type = PD_OPTION_CHOICE,          \
        .flags = PD_OPTION_WRITE,                                                                  \
    }
#define PD_OPTION_ROW_ANALYZE                                                                      \
    {                                                                                              \
        .name = "analyze",                                                                         \
        .help = "let the server gather statistics of the tables at once, rather than when it "     \
                "comes round to it",                                                               \
        .type = PD_OPTION_FLAG, .flags = PD_OPTION_WRITE,                                          \
    }
/* holders: what has to be there: "their roles". */
#define PD_OPTION_ROW_GRANTS(holders)                                                              \
    {                                                                                              \
        .name = "grants",                                                                          \
        .help = "with --native: owners and privileges too; " holders " must be there",             \
        .type = PD_OPTION_FLAG, .flags = PD_OPTION_WRITE,                                          \
    }

/* ---- Of servers ---- */

#define PD_OPTION_ROW_INSECURE                                                                     \
    {                                                                                              \
        .name = "insecure",                                                                        \
        .help = "connect although nobody can tell whether it is the right server: over TCP "       \
                "without TLS, or with a certificate that is not verified",                         \
        .type = PD_OPTION_FLAG,                                                                    \
    }
#define PD_OPTION_ROW_PASSWORD_FILE                                                                \
    {                                                                                              \
        .name = "password-file", .help = "file that holds the password", .type = PD_OPTION_SECRET, \
    }
#define PD_OPTION_ROW_TIMEOUT                                                                      \
    {                                                                                              \
        .name = "timeout", .fallback = "60",                                                       \
        .help = "how long the server may be silent before it is asked whether it is still at "     \
                "work; 0: for ever",                                                               \
        .argument = "SECONDS", .type = PD_OPTION_INT,                                              \
    }
#define PD_OPTION_ROW_LOCK_TIMEOUT                                                                 \
    {                                                                                              \
        .name = "lock-timeout", .fallback = "0",                                                   \
        .help = "how long to wait for a lock that another session holds; 0: for ever",             \
        .argument = "SECONDS", .type = PD_OPTION_INT,                                              \
    }

/* ---- Reading them ---- */

enum pd_into { PD_INTO_EMPTY, PD_INTO_APPEND, PD_INTO_TRUNCATE, PD_INTO_REPLACE };

enum pd_conflict { PD_CONFLICT_ERROR, PD_CONFLICT_SKIP, PD_CONFLICT_UPDATE };

/* Has an option of the end this value? A flag that is given has "1". options NULL: no. */
static inline int
pd_option_is(const struct pd_host *host, const struct pd_options *options, const char *name,
             const char *value)
{
    const char *text = options ? host->option(options, name) : NULL;

    return text && strcmp(text, value) == 0;
}

static inline enum pd_into
pd_option_into(const struct pd_host *host, const struct pd_options *options)
{
    if (pd_option_is(host, options, "into", "append"))
        return PD_INTO_APPEND;
    if (pd_option_is(host, options, "into", "truncate"))
        return PD_INTO_TRUNCATE;
    return pd_option_is(host, options, "into", "replace") ? PD_INTO_REPLACE : PD_INTO_EMPTY;
}

/* What becomes of rows whose key is there. PD_FATAL: it is said of a target that has none. In
   parentheses, since tests have a macro of that name. */
static inline pd_status
pd_option_conflict(const struct pd_host *host, const struct pd_options *options,
                   enum pd_conflict *ret_conflict, struct pd_error *err)
{
    if (pd_option_is(host, options, "on-conflict", "skip"))
        *ret_conflict = PD_CONFLICT_SKIP;
    else if (pd_option_is(host, options, "on-conflict", "update"))
        *ret_conflict = PD_CONFLICT_UPDATE;
    else
        *ret_conflict = PD_CONFLICT_ERROR;
    if (*ret_conflict == PD_CONFLICT_ERROR || pd_option_into(host, options) == PD_INTO_APPEND)
        return PD_OK;
    return (host->fail)(err, PD_FATAL, PD_CAUSE_USAGE,
                        "--on-conflict=%s is for tables that have rows: give --into=append too",
                        *ret_conflict == PD_CONFLICT_SKIP ? "skip" : "update");
}

/* PD_FAILED: rows of a table that is there cannot be found by any key as --on-conflict wants.
   has_key: there is a primary or unique key all of whose columns come with the data, or no row at
   all there; lost_primary: the column of the primary key that does not, or NULL. */
static inline pd_status
pd_conflict_keys(const struct pd_host *host, enum pd_conflict conflict, const char *table,
                 int has_key, int has_primary, const char *lost_primary, struct pd_error *err)
{
    if (conflict == PD_CONFLICT_SKIP && !has_key)
        return (host->fail)(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "table '%s' of the target has no primary or unique key whose columns "
                            "come with the data, to find rows by: leave its rows out with --policy "
                            "'%s=skip', or all of it with --exclude '%s', or use "
                            "--on-conflict=error",
                            table, table, table);
    if (conflict == PD_CONFLICT_UPDATE && !has_primary)
        return (host->fail)(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "table '%s' of the target has no primary key to find rows by: leave "
                            "it out with --exclude, or use --on-conflict=error",
                            table);
    if (conflict == PD_CONFLICT_UPDATE && lost_primary)
        return (host->fail)(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "column '%s' of the primary key of table '%s' does not come with the "
                            "data, so that no row there can be found: leave the table out with "
                            "--exclude, or use --on-conflict=error",
                            lost_primary, table);
    return PD_OK;
}

/* Do the rows go into tables that are there? */
static inline int
pd_load_is_in_place(const struct pd_load *load, enum pd_into into)
{
    return into == PD_INTO_APPEND || into == PD_INTO_TRUNCATE ||
           (load->flags & PD_LOAD_DATA_ONLY) != 0;
}

/* Are counters to be as they were in the source? Unless it was said: where nothing but the same
   engine's own rows will be. */
static inline int
pd_option_exact(const struct pd_host *host, const struct pd_options *options,
                const struct pd_load *load, enum pd_into into)
{
    if (pd_option_is(host, options, "sequences", "exact"))
        return 1;
    if (pd_option_is(host, options, "sequences", "repair"))
        return 0;
    return load->flags & PD_LOAD_SAME_ENGINE && !pd_load_is_in_place(load, into);
}

#ifdef __cplusplus
}
#endif

#endif
