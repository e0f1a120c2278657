// SPDX-License-Identifier: Apache-2.0
/* migration - what --migrations, --to and --no-migrate make of a source. */
#include "cli/migration.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/log.h"
#include "cli/app_version.h"
#include "cli/config_file.h"
#include "cli/print.h"
#include "migrate/version.h"
#include "plugin/loader.h"
#include "plugin/nearest.h"

void
migration_close(struct migration *migration)
{
    if (!migration)
        return;
    migrated_close(migration->migrated);
    unpacked_close(migration->unpacked);
    if (migration->folder >= 0)
        close(migration->folder);
    arena_free(migration->arena);
    free(migration);
}

/* ---- Versions ---- */

static const char *
source_name(const struct invocation *invocation)
{
    return url_redacted(invocation->ends[0]->endpoint.url);
}

static bool
is_same(const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        return true;
    return version_is_valid(a) && version_is_valid(b) && version_compare(a, b) == 0;
}

/* What the data is: as the source says, else as --app-version says. */
static pd_status
version_of(const struct invocation *invocation, const struct opened_source *source,
           const char **ret_version, struct pd_error *err)
{
    const char *said = source->catalog->application_version;
    const char *given = invocation->run.application_version;

    if (said && given && !is_same(said, given))
        return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                          "'%s' says that it is of version '%s', not '%s'; --app-version is for a "
                          "source that does not say",
                          source_name(invocation), said, given);
    *ret_version = said ? said : given;
    return PD_OK;
}

static pd_status
refuse_unknown(const struct invocation *invocation, const char *option, struct pd_error *err)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                      "'%s' does not say of which version of the application it is, which --%s "
                      "needs; --app-version says it, --no-migrate takes the data as it is",
                      source_name(invocation), option);
}

/* ---- The application ---- */

/* Whose data it should be, and who says so. */
static const char *
application_wanted(const struct invocation *invocation, const char **ret_who)
{
    if (invocation->run.application) {
        *ret_who = "--app";
        return invocation->run.application;
    }
    *ret_who = invocation->config ? invocation->config->path : NULL;
    return invocation->config ? invocation->config->application : NULL;
}

/* Data of another application is not ours to restore, whatever its version. */
static pd_status
application_check(const struct invocation *invocation, const struct opened_source *source,
                  struct pd_error *err)
{
    const char *who, *said = source->catalog->application;
    const char *wanted = application_wanted(invocation, &who);

    if (!said || !wanted || strcmp(said, wanted) == 0)
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                      "'%s' has data of the application '%s', not of '%s' as %s says",
                      source_name(invocation), said, wanted, who);
}

static pd_status
steps_check(const struct invocation *invocation, const struct opened_source *source,
            struct pd_error *err)
{
    const struct step_list *list = steps_list(invocation->steps);
    const char *who, *wanted = application_wanted(invocation, &who);
    const char *is = source->catalog->application ? source->catalog->application : wanted;

    for (size_t i = 0; is && i < list->n_steps; i++) {
        const struct pd_migration *step = list->steps[i];

        if (step->application && strcmp(step->application, is) != 0)
            return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                              "'%s' has data of the application '%s'; step '%s' -> '%s' (%s) is "
                              "for data of '%s'",
                              source_name(invocation), is, step->from, step->to, step->origin,
                              step->application);
    }
    return PD_OK;
}

static const char *
version_wanted(const struct invocation *invocation)
{
    const char *given = options_get(invocation->options, "to");
    bool forbidden = options_get(invocation->options, "no-migrate") &&
                     options_flag(invocation->options, "no-migrate");

    return given || !invocation->config || forbidden ? given : invocation->config->to;
}

/* Without steps the data stays of its version. */
static pd_status
unmigrated_check(const struct invocation *invocation, const char *from, struct pd_error *err)
{
    const char *to = version_wanted(invocation);

    if (!to)
        return PD_OK;
    if (!from)
        return refuse_unknown(invocation, "to", err);
    if (is_same(from, to))
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                      "'%s' is of version '%s', not '%s'; --migrations says where the steps "
                      "between them are",
                      source_name(invocation), from, to);
}

static pd_status
options_check(const struct invocation *invocation, struct pd_error *err)
{
    bool forbidden = options_get(invocation->options, "no-migrate") &&
                     options_flag(invocation->options, "no-migrate");

    if (forbidden && options_given(invocation->options, "migrations"))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--migrations and --no-migrate exclude each other");
    if (forbidden && options_given(invocation->options, "to"))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--to and --no-migrate exclude each other");
    return PD_OK;
}

/* ---- The chain ---- */

static void
chain_tell(const struct chain *chain, const char *text)
{
    if (chain->n_steps)
        log_info("migrating %s", print_safe(text));
    else
        log_info("no migration is needed: %s", print_safe(text));
    for (size_t i = 0; i < chain->n_steps; i++) {
        const struct pd_migration *step = chain->steps[i];

        log_debug("step '%s' -> '%s' (%s)%s%s", print_safe(step->from), print_safe(step->to),
                  print_safe(step->origin), step->about ? ": " : "",
                  step->about ? print_safe(step->about) : "");
    }
}

static pd_status
chain_open(struct migration *migration, const struct invocation *invocation,
           const struct opened_source *source, const char *from, struct report *report,
           struct pd_error *err)
{
    struct steps *steps = invocation->steps;
    CLEANUP_BUFFER struct buffer text = {0};
    struct chain *chain = &migration->chain;
    pd_status status = steps_check(invocation, source, err);

    if (status == PD_OK)
        status = chain_find(steps_list(steps), from, version_wanted(invocation), migration->arena,
                            chain, err);
    if (status != PD_OK)
        return error_prefix(err, status, "--migrations");
    chain_put(chain, &text);
    migration->options =
        arena_array(migration->arena, const struct pd_options *, chain->n_steps + 1);
    report->migration =
        buffer_string(&text) ? arena_strdup(report->arena, buffer_string(&text)) : NULL;
    if (!migration->options || !report->migration)
        return error_memory(err);
    for (size_t i = 0; i < chain->n_steps; i++)
        migration->options[i] = steps_options(chain->steps[i]);
    chain_tell(chain, report->migration);
    return PD_OK;
}

/* ---- The target ---- */

/* "step '1.0' -> '1.1' (1.0.lua)" */
static const char *
step_name(const struct migration *migration, size_t number)
{
    const struct pd_migration *step = migration->chain.steps[number];

    return arena_printf(migration->arena, "step '%s' -> '%s' (%s)", step->from, step->to,
                        step->origin);
}

static pd_status
statement_refuse(const char *step, const struct pd_statement *statement, const char *why,
                 struct pd_error *err)
{
    return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                      "%s runs SQL on a database of '%s', %s: %.200s", step, statement->engine, why,
                      statement->sql);
}

/* The target's plugin, under a name that is not its own: SQL for it would never be run. */
static bool
is_misnamed(const struct pd_plugin *plugin, const char *engine)
{
    const char *at = plugin->schemes;
    size_t size = strlen(engine);

    while (at) {
        size_t n = strcspn(at, " ");

        if (n == size && strncasecmp(at, engine, n) == 0)
            return true;
        at = at[n] ? at + n + 1 : NULL;
    }
    return strcasecmp(plugin->name, engine) == 0;
}

/* Engines that migrations may speak to wherever they run, be their plugins installed or not. */
static const char *const known_engines[] = {"sqlite", "postgresql", "mariadb"};

/* Anybody's plugin is an engine, if it can run SQL: one that is there and not loaded is believed.
 */
static bool
is_engine(const char *name)
{
    const struct loaded *loaded;

    for (size_t i = 0; i < COUNT_OF(known_engines); i++)
        if (strcmp(known_engines[i], name) == 0)
            return true;
    for (size_t i = 0; (loaded = loader_nth(i)); i++)
        if (strcmp(loaded->plugin.name, name) == 0)
            return loaded->plugin.sink && loaded->plugin.sink->execute;
    return loader_has(name);
}

/* SQL for an engine that there is not would never be run, wherever the data goes. */
static pd_status
engine_check(const char *step, const struct pd_statement *statement, struct pd_error *err)
{
    struct nearest nearest = nearest_to(statement->engine);
    const struct loaded *loaded;
    const char *meant;

    if (is_engine(statement->engine))
        return PD_OK;
    for (size_t i = 0; i < COUNT_OF(known_engines); i++)
        nearest_offer(&nearest, known_engines[i]);
    for (size_t i = 0; (loaded = loader_nth(i)); i++)
        if (loaded->plugin.sink && loaded->plugin.sink->execute)
            nearest_offer(&nearest, loaded->plugin.name);
    meant = nearest_get(&nearest);
    return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                      "%s has SQL for the engine '%s', and there is none of that name%s%s%s: "
                      "engines are sqlite, postgresql, mariadb and plugins that run SQL, where "
                      "POLYDUMP_PLUGIN_PATH finds them: %.200s",
                      step, statement->engine, meant ? "; did you mean '" : "", meant ? meant : "",
                      meant ? "'?" : "", statement->sql);
}

/* Those of one step that are for the target. Nothing that a step wants to run there may be passed
   over in silence. */
static pd_status
statements_add(struct migration *migration, size_t step, const struct end *target,
               struct run_options *options, struct run_statement *statements, struct pd_error *err)
{
    const struct pd_plugin *plugin = &target->loaded->plugin;
    const struct planned *planned = migrated_planned(migration->migrated, step);
    bool to_archive = strcmp(plugin->name, archive_plugin.name) == 0;
    const char *name = step_name(migration, step);
    pd_status status;

    if (!name)
        return error_memory(err);
    for (size_t i = 0; i < planned->n_statements; i++) {
        const struct pd_statement *statement = &planned->statements[i];

        if (to_archive)
            return statement_refuse(name, statement,
                                    "which an archive is not; restore into one instead", err);
        if (strcmp(statement->engine, plugin->name) != 0) {
            if (is_misnamed(plugin, statement->engine))
                return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                                  "%s has SQL for '%s'; the engine is called '%s' there: %.200s",
                                  name, statement->engine, plugin->name, statement->sql);
            status = engine_check(name, statement, err);
            if (status != PD_OK)
                return status;
            continue;
        }
        if (!plugin->sink || !plugin->sink->execute)
            return statement_refuse(name, statement, "whose plugin cannot run any", err);
        statements[options->n_statements++] =
            (struct run_statement){.statement = *statement, .step = name};
    }
    return PD_OK;
}

static pd_status
statements_find(struct migration *migration, const struct end *target, struct run_options *options,
                struct pd_error *err)
{
    struct run_statement *statements;
    size_t n = 0;
    pd_status status = PD_OK;

    for (size_t i = 0; i < migration->chain.n_steps; i++)
        n += migrated_planned(migration->migrated, i)->n_statements;
    statements = arena_array(migration->arena, struct run_statement, n + 1);
    if (!statements)
        return error_memory(err);
    migration->engine = target->loaded->plugin.name;
    options->statements = statements;
    for (size_t i = 0; i < migration->chain.n_steps && status == PD_OK; i++)
        status = statements_add(migration, i, target, options, statements, err);
    return status;
}

static bool
hook_wants(void *arg, uint32_t table)
{
    return migrated_wants(arg, table);
}

static pd_status
hook_ask(void *arg, uint32_t table, const struct pd_batch *batch, struct pd_answers *answers,
         struct pd_error *err)
{
    return migrated_ask(arg, table, batch, answers, err);
}

/* Steps that want to be asked about rows need somebody to save them. */
static pd_status
hook_set(struct migration *migration, struct invocation *invocation, struct pd_error *err)
{
    const char *plugin = invocation->ends[1]->loaded->plugin.name;
    bool to_archive = strcmp(plugin, archive_plugin.name) == 0;

    for (size_t i = 0; i < migration->chain.n_steps; i++) {
        const struct pd_migration *step = migration->chain.steps[i];
        const struct planned *planned = migrated_planned(migration->migrated, i);

        for (size_t k = 0; k < planned->after->n_tables; k++) {
            if (!planned->feeds[k].is_asked)
                continue;
            if (to_archive)
                return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                                  "step '%s' -> '%s' (%s) has before_save for table '%s', which "
                                  "needs a database, and an archive is none; restore into one "
                                  "instead",
                                  step->from, step->to, step->origin,
                                  planned->after->tables[k].name);
            migration->hook = (struct save_hook){migration->migrated, hook_wants, hook_ask};
            invocation->run.save_hook = &migration->hook;
        }
    }
    return PD_OK;
}

/* What the engine's own objects cannot be any more, since their tables have changed; and what steps
   take away themselves. */
static pd_status
left_out_tell(const struct migration *migration, const struct run_options *options,
              struct report *report, struct pd_error *err)
{
    bool asked_for = options->native == RUN_NATIVE_NO;
    pd_status status = PD_OK;

    for (size_t i = 0; i < migration->chain.n_steps; i++) {
        const struct pd_migration *step = migration->chain.steps[i];
        const struct planned *planned = migrated_planned(migration->migrated, i);

        for (size_t k = 0; k < planned->n_left_out && status == PD_OK; k++)
            status = report_left_out(report, asked_for, err, "step '%s' -> '%s': %s", step->from,
                                     step->to, planned->left_out[k]);
        for (size_t k = 0; k < planned->n_told && status == PD_OK; k++)
            status = report_left_out(report, /* asked_for= */ true, err, "step '%s' -> '%s': %s",
                                     step->from, step->to, planned->told[k]);
    }
    return status;
}

/* The target gets the version that the data then has. */
static pd_status
version_set(struct invocation *invocation, const char *version, struct pd_error *err)
{
    struct end *target = invocation->ends[1];
    pd_status status = PD_OK;

    if (invocation->command->bit != FOR_DIFF)
        status = options_set(target->options, "app-version", version, err);
    invocation->run.application_version = version;
    return status == PD_UNSUPPORTED ? PD_OK : status;
}

static const char *
beside_target(const struct invocation *invocation)
{
    const struct end *target = invocation->ends[1];
    const char *location = target->endpoint.location;
    bool to_archive = strcmp(target->loaded->plugin.name, archive_plugin.name) == 0;

    return to_archive && invocation->command->bit != FOR_DIFF && strcmp(location, "-") != 0
               ? location
               : NULL;
}

/* Is the source read in an order of our own, or more than once? */
static bool
needs_unpacked(const struct migration *migration, const struct invocation *invocation)
{
    return migration->chain.n_steps || invocation->command->bit == FOR_TEST_MIGRATIONS;
}

static pd_status
source_migrate(struct migration *migration, struct invocation *invocation,
               struct opened_source *source, struct report *report, struct pd_error *err)
{
    struct migrated_options options = {.options = migration->options};
    pd_status status = run_temporary_folder(beside_target(invocation), &migration->folder, err);

    options.folder = migration->folder;
    if (status == PD_OK && needs_unpacked(migration, invocation))
        status = unpack(source, &invocation->run, &migration->unpacked, err);
    if (migration->unpacked)
        source = migration->unpacked->source;
    if (status == PD_OK)
        status = migrated_open(source, &migration->chain, &options, &migration->migrated, err);
    if (status == PD_OK)
        status = statements_find(migration, invocation->ends[1], &invocation->run, err);
    if (status == PD_OK)
        status = hook_set(migration, invocation, err);
    if (status == PD_OK)
        status = left_out_tell(migration, &invocation->run, report, err);
    if (status == PD_OK)
        status = version_set(invocation, migration->chain.to, err);
    if (status == PD_OK)
        migration->source = migrated_source(migration->migrated);
    return status;
}

/* Policies alone are no steps: the data stays of its version. */
static bool
has_steps(const struct steps *steps)
{
    return steps_list(steps)->n_steps || steps_list(steps)->n_versions;
}

pd_status
migration_open(struct invocation *invocation, struct opened_source *source,
               struct migration **ret_migration, struct report *report, struct pd_error *err)
{
    CLEANUP(migration) struct migration *migration = NULL;
    const char *from = NULL;
    pd_status status;

    status = app_version_find(invocation, source, err);
    if (status != PD_OK || !(invocation->command->bit & (FOR_MIGRATED | FOR_DIFF)))
        return status;
    status = options_check(invocation, err);
    if (status == PD_OK)
        status = application_check(invocation, source, err);
    if (status == PD_OK)
        status = version_of(invocation, source, &from, err);
    if (status != PD_OK)
        return status;
    if (invocation->steps)
        status = error_prefix(err, steps_open(invocation->steps, err), "--migrations");
    if (status != PD_OK)
        return status;
    if (!invocation->steps || !has_steps(invocation->steps))
        return unmigrated_check(invocation, from, err);
    if (!from)
        return refuse_unknown(invocation, "migrations", err);
    migration = calloc(1, sizeof *migration);
    if (!migration)
        return error_memory(err);
    migration->folder = -1;
    migration->arena = arena_new();
    if (!migration->arena)
        return error_memory(err);
    status = chain_open(migration, invocation, source, from, report, err);
    if (status == PD_OK)
        status = source_migrate(migration, invocation, source, report, err);
    if (status == PD_OK)
        *ret_migration = take(migration);
    return status;
}
