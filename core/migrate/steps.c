// SPDX-License-Identifier: Apache-2.0
/* steps - where the steps of a chain come from. */
#include "migrate/steps.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "migrate/version.h"
#include "plugin/adopt.h"
#include "plugin/host.h"
#include "plugin/loader.h"

/* The least that a step of ABI 1 has, up to the last member that it must set, as in adopt.c. */
enum {
    LEAST_MIGRATION = ADOPT_END(struct pd_migration, open),
    LEAST_STEPS = ADOPT_END(struct pd_steps, migrations)
};

/* A plugin and what it has for one of the names that the user gave. */
struct place {
    const char *text; /* as given */
    const struct loaded *loaded;
    bool is_folder; /* that the plugin reads */
    struct pd_options *options;
    const struct pd_steps *read; /* what it found there; it closes it */
    const struct pd_policy *const *policies;
};

/* Ours first, so that one can be had of the other. */
struct adopted {
    struct pd_migration ours;
    const struct pd_migration *theirs;
    const struct place *place;
};

struct steps {
    struct arena *arena;
    struct place *places;
    size_t n_places;
    const struct pd_migration **migrations;
    const char **versions;
    size_t room; /* of both lists */
    struct step_list list;
    bool is_open;
};

void
steps_close(struct steps *steps)
{
    if (!steps)
        return;
    for (size_t i = 0; i < steps->n_places; i++) {
        struct place *place = &steps->places[i];

        if (place->read)
            place->loaded->plugin.steps->close(place->read);
        options_free(place->options);
    }
    free(steps->places);
    free(steps->migrations);
    free(steps->versions);
    arena_free(steps->arena);
    free(steps);
}

const struct step_list *
steps_list(const struct steps *steps)
{
    return &steps->list;
}

/* ---- Finding plugins ---- */

static pd_status
place_add(struct steps *steps, const char *text, const struct loaded *loaded, bool is_folder,
          struct pd_error *err)
{
    const struct pd_plugin *plugin = &loaded->plugin;
    struct place *places = realloc(steps->places, (steps->n_places + 1) * sizeof *places);

    if (!places)
        return error_memory(err);
    steps->places = places;
    places[steps->n_places] =
        (struct place){.text = text, .loaded = loaded, .is_folder = is_folder};
    return options_new(plugin->options, plugin->n_options, plugin->option_size,
                       &places[steps->n_places++].options, err);
}

/* Whoever needs a plugin that is refused is told when it is named. */
static void
refused_tell(void *arg, const char *path, const struct pd_error *err)
{
    log_debug("%s: %s", path, err->text);
}

static pd_status
folder_find(struct steps *steps, const char *text, struct pd_error *err)
{
    const struct loaded *loaded;
    size_t n_before = steps->n_places;
    pd_status status = PD_OK;

    loader_load_all(refused_tell, NULL);
    for (size_t i = 0; (loaded = loader_nth(i)) && status == PD_OK; i++) {
        if (loaded->plugin.steps)
            status = place_add(steps, text, loaded, true, err);
    }
    if (status == PD_OK && steps->n_places == n_before)
        return error_fail(err, PD_FAILED, PD_CAUSE_MISSING,
                          "'%s': no plugin that reads migrations from folders is installed; "
                          "polydump plugins lists what is",
                          text);
    return status;
}

static bool
is_name(const char *text)
{
    return *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static pd_status
name_find(struct steps *steps, const char *text, struct pd_error *err)
{
    const struct loaded *loaded;
    pd_status status;

    if (!is_name(text))
        return error_fail(err, PD_FAILED, PD_CAUSE_MISSING, "there is no folder '%s'", text);
    status = loader_get(text, &loaded, err);
    if (status == PD_UNSUPPORTED)
        return error_prefix(err, PD_FAILED, "there is no folder '%s'", text);
    if (status != PD_OK)
        return status;
    if (loaded->plugin.migrations || loaded->plugin.versions || loaded->plugin.policies)
        return place_add(steps, text, loaded, false, err);
    return error_fail(err, PD_FAILED, PD_CAUSE_MISSING, "plugin '%s' has no migrations%s", text,
                      loaded->plugin.steps ? " of its own; name the folder that it shall read"
                                           : "");
}

static pd_status
place_find(struct steps *steps, const char *text, struct pd_error *err)
{
    struct stat st;

    if (stat(text, &st) == 0 && S_ISDIR(st.st_mode))
        return folder_find(steps, text, err);
    if (stat(text, &st) == 0 && !is_name(text))
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "'%s' is not a folder; name the one that it is in", text);
    return name_find(steps, text, err);
}

pd_status
steps_new(const char *const *places, struct steps **ret_steps, struct pd_error *err)
{
    CLEANUP(steps) struct steps *steps = calloc(1, sizeof *steps);
    pd_status status = PD_OK;

    if (!steps || !(steps->arena = arena_new()))
        return error_memory(err);
    for (size_t i = 0; places[i] && status == PD_OK; i++)
        status = place_find(steps, places[i], err);
    if (status == PD_OK)
        *ret_steps = take(steps);
    return status;
}

pd_status
steps_set(struct steps *steps, const char *name, const char *value, struct pd_error *err)
{
    pd_status result = PD_UNSUPPORTED;

    for (size_t i = 0; i < steps->n_places; i++) {
        pd_status status = options_set(steps->places[i].options, name, value, err);

        if (status == PD_OK)
            result = PD_OK;
        else if (status != PD_UNSUPPORTED)
            return status;
    }
    return result;
}

/* ---- Adopting ---- */

static pd_status
version_check(const char *member, const char *version, struct pd_error *err)
{
    if (!version)
        return adopt_refuse(err, "member '%s' is not set", member);
    if (!version_is_valid(version))
        return adopt_refuse(err, "member '%s' is '%s', which is no version", member, version);
    return PD_OK;
}

/* The plugin may know its step by its address. */
static pd_status
adopted_open(const struct pd_migration *migration, const struct pd_host *host,
             const struct pd_options *options, struct pd_migrator **ret_migrator,
             struct pd_error *err)
{
    const struct adopted *adopted = (const struct adopted *)(const void *)migration;

    return adopted->theirs->open(adopted->theirs, host, options, ret_migrator, err);
}

const struct pd_options *
steps_options(const struct pd_migration *step)
{
    return ((const struct adopted *)(const void *)step)->place->options;
}

static void
nothing_to_close(struct pd_migrator *migrator)
{
}

static pd_status
step_adopt(const struct place *place, struct adopted *adopted, struct pd_error *err)
{
    struct pd_migration *ours = &adopted->ours;
    pd_status status = adopt_struct(ours, sizeof *ours, adopted->theirs, LEAST_MIGRATION, "", err);

    if (status != PD_OK)
        return status;
    status = version_check("from", ours->from, err);
    if (status == PD_OK)
        status = version_check("to", ours->to, err);
    if (status == PD_OK && !ours->open)
        status = adopt_refuse(err, "member 'open' is not set");
    ours->open = adopted_open;
    if (!ours->close)
        ours->close = nothing_to_close;
    if (!ours->origin)
        ours->origin = place->loaded->plugin.name;
    return status;
}

/* Room for one more in both lists. */
static bool
lists_grow(struct steps *steps)
{
    size_t room = steps->room ? steps->room * 2 : 16;
    const struct pd_migration **migrations;
    const char **versions;

    if (steps->list.n_steps < steps->room && steps->list.n_versions < steps->room)
        return true;
    migrations = realloc(steps->migrations, room * sizeof *migrations);
    if (migrations)
        steps->migrations = migrations;
    versions = realloc(steps->versions, room * sizeof *versions);
    if (versions)
        steps->versions = versions;
    if (!migrations || !versions)
        return false;
    steps->room = room;
    steps->list.steps = migrations;
    steps->list.versions = versions;
    return true;
}

static pd_status
migrations_adopt(struct steps *steps, const struct place *place,
                 const struct pd_migration *const *migrations, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; migrations && migrations[i]; i++) {
        struct adopted *adopted = arena_alloc(steps->arena, sizeof *adopted);

        if (!adopted || !lists_grow(steps))
            return error_memory(err);
        adopted->theirs = migrations[i];
        adopted->place = place;
        status = step_adopt(place, adopted, err);
        if (status != PD_OK)
            return error_prefix(
                err, status, "migrations[%zu]%s%s%s", i, adopted->ours.origin ? " ('" : "",
                adopted->ours.origin ? adopted->ours.origin : "", adopted->ours.origin ? "')" : "");
        steps->migrations[steps->list.n_steps++] = &adopted->ours;
    }
    return PD_OK;
}

static pd_status
versions_adopt(struct steps *steps, const char *const *versions, struct pd_error *err)
{
    for (size_t i = 0; versions && versions[i]; i++) {
        if (!version_is_valid(versions[i]))
            return adopt_refuse(err, "member 'versions[%zu]' is '%s', which is no version", i,
                                versions[i]);
        if (!lists_grow(steps))
            return error_memory(err);
        steps->versions[steps->list.n_versions++] = versions[i];
    }
    return PD_OK;
}

/* ---- Opening ---- */

static pd_status
plugin_open(struct steps *steps, struct place *place, struct pd_error *err)
{
    const struct loaded *loaded = place->loaded;
    pd_status status = migrations_adopt(steps, place, loaded->plugin.migrations, err);

    if (status == PD_OK)
        status = versions_adopt(steps, loaded->plugin.versions, err);
    place->policies = loaded->plugin.policies;
    return error_prefix(err, status, "plugin '%s' (%s)", loaded->plugin.name,
                        loaded->path ? loaded->path : "linked in");
}

/* PD_UNSUPPORTED: there is nothing for this plugin. */
static pd_status
folder_open_by(struct steps *steps, struct place *place, struct pd_error *err)
{
    const struct loaded *loaded = place->loaded;
    size_t n_before = steps->list.n_steps + steps->list.n_versions;
    struct pd_steps read;
    pd_status status =
        loaded->plugin.steps->open(host_get(), place->text, place->options, &place->read, err);

    if (status != PD_OK)
        return status == PD_UNSUPPORTED
                   ? status
                   : error_prefix(err, status, "migrations in '%s'", place->text);
    read = (struct pd_steps){0};
    status = adopt_struct(&read, sizeof read, place->read, LEAST_STEPS, "", err);
    if (status == PD_OK)
        status = migrations_adopt(steps, place, read.migrations, err);
    if (status == PD_OK)
        status = versions_adopt(steps, read.versions, err);
    if (status != PD_OK)
        return error_prefix(err, status, "migrations in '%s' (plugin '%s')", place->text,
                            loaded->plugin.name);
    place->policies = read.policies;
    return steps->list.n_steps + steps->list.n_versions > n_before || read.policies
               ? PD_OK
               : PD_UNSUPPORTED;
}

/* A folder is asked for once for each plugin that reads some: one of them must have found steps. */
static pd_status
folder_end(const struct steps *steps, size_t number, bool *found, struct pd_error *err)
{
    const struct place *place = &steps->places[number];
    bool goes_on =
        number + 1 < steps->n_places && place[1].is_folder && place[1].text == place->text;

    if (goes_on)
        return PD_OK;
    if (!*found)
        return error_fail(err, PD_FAILED, PD_CAUSE_MISSING, "no migrations are in '%s'",
                          place->text);
    *found = false;
    return PD_OK;
}

pd_status
steps_open(struct steps *steps, struct pd_error *err)
{
    bool found = false;
    pd_status status = PD_OK;

    if (steps->is_open)
        return PD_OK;
    for (size_t i = 0; i < steps->n_places && status == PD_OK; i++) {
        struct place *place = &steps->places[i];

        if (!place->is_folder) {
            status = plugin_open(steps, place, err);
            continue;
        }
        status = folder_open_by(steps, place, err);
        found |= status == PD_OK;
        if (status == PD_OK || status == PD_UNSUPPORTED)
            status = folder_end(steps, i, &found, err);
    }
    steps->is_open = status == PD_OK;
    return status;
}

pd_status
steps_policies(const struct steps *steps, struct policies *policies, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < steps->n_places && status == PD_OK; i++) {
        const struct place *place = &steps->places[i];
        char origin[512];

        snprintf(origin, sizeof origin, place->is_folder ? "migrations in '%s'" : "plugin '%s'",
                 place->text);
        status = policies_adopt(policies, place->policies, origin, err);
    }
    return status;
}
