// SPDX-License-Identifier: Apache-2.0
/* cmd_scaffold - polydump scaffold OLD NEW: the first draft of a migration in Lua. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/archive.h"
#include "base/file.h"
#include "base/log.h"
#include "base/progress.h"
#include "cli/app_version.h"
#include "cli/command.h"
#include "cli/config_file.h"
#include "cli/print.h"
#include "cli/unpack.h"
#include "migrate/scaffold.h"
#include "migrate/version.h"

enum { ROWS_MOST = 1000000 };

/* ---- Versions ---- */

static bool
is_archive(const struct opened_source *source)
{
    return source->ops->open == archive_plugin.source->open;
}

/* A file and a version in the config are about what the application has now; a query asks each
   database for itself. */
static bool
can_ask_config(const struct invocation *invocation, bool is_new)
{
    const struct config *config = invocation->config;

    return config && (is_new || (config->version_query && !config->version_file));
}

static pd_status
version_of(struct invocation *invocation, struct opened_source *source, const char *option,
           bool is_new, const char **ret_version, struct pd_error *err)
{
    const char *said = source->catalog->application_version;
    const char *given = options_get(invocation->options, option);
    pd_status status = PD_OK;

    *ret_version = said ? said : given;
    if (said && given && version_is_valid(said) && version_is_valid(given) &&
        version_compare(said, given) != 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                          "'%s' says that it is of version '%s', not '%s'; --%s is for data that "
                          "does not say",
                          url_redacted(invocation->ends[is_new]->endpoint.url), said, given,
                          option);
    if (given && !version_is_valid(given))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "--%s '%s' is no version", option, given);
    if (*ret_version || is_archive(source) || !can_ask_config(invocation, is_new))
        return PD_OK;
    invocation->run.application_version = NULL;
    status = app_version_find(invocation, source, err);
    *ret_version = invocation->run.application_version;
    return status;
}

static pd_status
versions_find(struct invocation *invocation, struct opened_source *const ends[2],
              struct scaffold_options *options, struct pd_error *err)
{
    pd_status status =
        version_of(invocation, ends[0], "from", /* is_new= */ false, &options->from, err);

    if (status == PD_OK)
        status = version_of(invocation, ends[1], "to", /* is_new= */ true, &options->to, err);
    if (status != PD_OK || !options->from || !options->to)
        return status;
    if (version_compare(options->from, options->to) == 0)
        options->to = NULL; /* it is to become a later one */
    else if (version_compare(options->from, options->to) > 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                          "the old data is of version '%s', the new one of '%s', which is not "
                          "later; the old one stands first",
                          options->from, options->to);
    return PD_OK;
}

/* ---- Output ---- */

/* In a folder the script is called after the version that it starts from. */
static pd_status
output_path(const char *given, const char *from, char **ret_path, struct pd_error *err)
{
    struct stat info;
    int size;

    if (stat(given, &info) != 0 || !S_ISDIR(info.st_mode)) {
        *ret_path = strdup(given);
        return *ret_path ? PD_OK : error_memory(err);
    }
    if (!from || strchr(from, '/'))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--output '%s' is a folder, and a script in it is called after the "
                          "version of the old data, which does not say any; --from says it",
                          given);
    size = asprintf(ret_path, "%s/%s.lua", given, from);
    return size >= 0 ? PD_OK : error_memory(err);
}

static pd_status
output_write(const char *path, bool replace, const struct buffer *script, struct pd_error *err)
{
    CLEANUP(partial) struct partial *partial = NULL;
    pd_status status;

    status = partial_begin(path, /* is_folder= */ false, replace, &partial, err);
    if (status != PD_OK && !replace && err->cause == PD_CAUSE_CONFLICT)
        return error_fail(err, status, PD_CAUSE_CONFLICT,
                          "'%s' is there already, perhaps with somebody's work in it; name another "
                          "file, or say --replace",
                          path);
    if (status == PD_OK)
        status = file_write(partial_fd(partial), script->data, script->size, path, err);
    if (status == PD_OK)
        status = partial_publish(partial, err);
    if (status == PD_OK)
        partial = NULL;
    return status;
}

static void
tell(const struct scaffold_counts *counts, const char *path)
{
    if (!counts->n_calls && !counts->n_guesses && !counts->n_unsaid && !counts->n_functions)
        log_info("nothing to do: the schemas are the same");
    else
        log_info("%s %s, %s %s for rows, %s to be decided, %s that a script cannot say%s%s",
                 print_count(counts->n_calls), counts->n_calls == 1 ? "call" : "calls",
                 print_count(counts->n_functions),
                 counts->n_functions == 1 ? "function" : "functions",
                 print_count(counts->n_guesses), print_count(counts->n_unsaid), path ? ": " : "",
                 path ? print_safe(path) : "");
}

static pd_status
output_put(const struct invocation *invocation, const struct buffer *script, const char *from,
           const struct scaffold_counts *counts, struct pd_error *err)
{
    CLEANUP_FREE char *path = NULL;
    const char *given = options_get(invocation->options, "output");
    pd_status status = PD_OK;

    if (given) {
        status = output_path(given, from, &path, err);
        if (status == PD_OK)
            status = output_write(path, options_flag(invocation->options, "replace"), script, err);
    } else if (fwrite(script->data, 1, script->size, stdout) != script->size) {
        status = error_fail(err, PD_FATAL, PD_CAUSE_IO, "cannot write to standard output");
    }
    if (status == PD_OK)
        tell(counts, path);
    return status;
}

/* ---- All of it ---- */

static pd_status
rows_wanted(const struct invocation *invocation, uint64_t *ret_n, struct pd_error *err)
{
    long long n = options_int(invocation->options, "rows");

    if (n < 1 || n > ROWS_MOST)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "--rows '%lld': expected 1 to %d", n,
                          ROWS_MOST);
    if (options_flag(invocation->options, "no-rows") && options_given(invocation->options, "rows"))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "--rows and --no-rows exclude each other");
    *ret_n = options_flag(invocation->options, "no-rows") ? 0 : (uint64_t)n;
    return PD_OK;
}

/* A stream is read once, in its own order: for its rows it has to lie somewhere. */
static pd_status
draft(const struct invocation *invocation, struct opened_source *old, struct opened_source *now,
      const struct scaffold_options *options, struct buffer *script, struct scaffold_counts *counts,
      struct pd_error *err)
{
    CLEANUP(unpacked) struct unpacked *old_unpacked = NULL;
    CLEANUP(unpacked) struct unpacked *new_unpacked = NULL;
    pd_status status = PD_OK;

    if (options->n_rows)
        status = unpack(old, &invocation->run, &old_unpacked, err);
    if (status == PD_OK && options->n_rows)
        status = unpack(now, &invocation->run, &new_unpacked, err);
    if (status != PD_OK)
        return status;
    progress_start("comparing", old->catalog->n_tables, 0, invocation->run.quiet);
    status = scaffold(old_unpacked ? old_unpacked->source : old,
                      new_unpacked ? new_unpacked->source : now, options, script, counts, err);
    progress_stop();
    return status;
}

static int
scaffold_command_run(struct invocation *invocation, struct pd_error *err)
{
    CLEANUP(opened_source) struct opened_source *old = NULL;
    CLEANUP(opened_source) struct opened_source *now = NULL;
    CLEANUP_BUFFER struct buffer script = {0};
    struct scaffold_options options = {.only = invocation->run.only,
                                       .exclude = invocation->run.exclude};
    struct scaffold_counts counts = {0};
    pd_status status = rows_wanted(invocation, &options.n_rows, err);

    if (status == PD_OK)
        status = source_open(invocation->ends[0], &old, err);
    if (status == PD_OK)
        status = source_open(invocation->ends[1], &now, err);
    if (status == PD_OK)
        status =
            versions_find(invocation, (struct opened_source *const[]){old, now}, &options, err);
    if (status != PD_OK)
        return status;
    status = draft(invocation, old, now, &options, &script, &counts, err);
    return status == PD_OK ? output_put(invocation, &script, options.from, &counts, err) : status;
}

const struct command scaffold_command = {
    .name = "scaffold",
    .usage = "OLD NEW",
    .about = "draft a migration in Lua from the difference of two schemas",
    .more = "OLD and NEW are databases or archives of two versions of an application. The script\n"
            "makes the tables of the one out of those of the other; what it guesses, and what no\n"
            "script can say, stands in it as comments. It is to be looked through and finished.",
    .roles = {END_SOURCE, END_SOURCE},
    .n_ends = 2,
    .min_words = 2,
    .max_words = 2,
    .bit = FOR_SCAFFOLD,
    .run = scaffold_command_run,
};
