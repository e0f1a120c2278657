// SPDX-License-Identifier: Apache-2.0
// folder - the scripts of a folder as steps.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "script.h"

enum { LARGEST = 16 << 20 /* bytes of a script */ };

static const char ending[] = ".lua";
static const char policies_file[] = "policies.lua"; /* no step, but a list of policies */

struct folder {
    struct pd_steps steps;
    const struct pd_host *host;
    struct script **scripts; /* NULL-ended, sorted by name */
    size_t n;
    size_t room;
    bool has_policies;
    struct pd_pool pool; /* of the policies */
};

static pd_status
no_memory(const struct pd_host *host, struct pd_error *err)
{
    return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
}

static char *
copy_text(const struct pd_host *host, const char *text, size_t size)
{
    char *copy = host->alloc(host, size + 1);

    if (!copy)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = 0;
    return copy;
}

static void
script_free(struct script *script)
{
    const struct pd_host *host = script->host;

    host->release(host, script->file);
    host->release(host, script->text);
    host->release(host, script->from);
    host->release(host, script->to);
    host->release(host, script->about);
    host->release(host, script->application);
    host->release(host, script);
}

static void
folder_close(const struct pd_steps *steps)
{
    struct folder *folder = steps ? steps->owner : NULL;

    if (!folder)
        return;
    for (size_t i = 0; i < folder->n; i++)
        script_free(folder->scripts[i]);
    folder->host->release(folder->host, folder->scripts);
    pd_pool_close(&folder->pool);
    folder->host->release(folder->host, folder);
}

/* ---- The names of the files ------------------------------------------------------------------ */

static bool
is_script(const char *name)
{
    size_t size = strlen(name);

    return name[0] != '.' && size >= sizeof ending &&
           strcmp(name + size - (sizeof ending - 1), ending) == 0;
}

static pd_status
add_script(struct folder *folder, const char *name, struct pd_error *err)
{
    const struct pd_host *host = folder->host;
    struct script *script;

    if (folder->n + 1 >= folder->room) {
        size_t room = folder->room ? folder->room * 2 : 16;
        void *grown = host->resize(host, folder->scripts, room * sizeof *folder->scripts);

        if (!grown)
            return no_memory(host, err);
        folder->scripts = grown;
        folder->room = room;
    }
    script = host->alloc(host, sizeof *script);
    if (!script)
        return no_memory(host, err);
    memset(script, 0, sizeof *script);
    script->host = host;
    folder->scripts[folder->n++] = script;
    folder->scripts[folder->n] = NULL;
    script->file = copy_text(host, name, strlen(name));
    return script->file ? PD_OK : no_memory(host, err);
}

static int
compare_files(const void *a, const void *b)
{
    const struct script *x, *y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return strcmp(x->file, y->file);
}

static pd_status
list(struct folder *folder, const char *path, struct pd_error *err)
{
    const struct pd_host *host = folder->host;
    DIR *directory = opendir(path);
    const struct dirent *entry;
    pd_status status = PD_OK;
    int failed;

    if (!directory)
        return host->fail(err, PD_FAILED, PD_CAUSE_IO, "'%s': %m", path);
    errno = 0;
    while (status == PD_OK && (entry = readdir(directory))) {
        if (strcmp(entry->d_name, policies_file) == 0)
            folder->has_policies = true;
        else if (is_script(entry->d_name))
            status = add_script(folder, entry->d_name, err);
        errno = 0;
    }
    failed = errno;
    closedir(directory);
    errno = failed;
    if (status == PD_OK && failed)
        return host->fail(err, PD_FAILED, PD_CAUSE_IO, "'%s': %m", path);
    if (folder->n)
        qsort(folder->scripts, folder->n, sizeof *folder->scripts, compare_files);
    return status;
}

/* ---- A script -------------------------------------------------------------------------------- */

static pd_status
read_open_file(struct script *script, FILE *file, const char *path, struct pd_error *err)
{
    const struct pd_host *host = script->host;
    struct stat about;

    if (fstat(fileno(file), &about) != 0)
        return host->fail(err, PD_FAILED, PD_CAUSE_IO, "'%s': %m", path);
    if (!S_ISREG(about.st_mode) || about.st_size > LARGEST)
        return host->fail(err, PD_FAILED, PD_CAUSE_LIMIT,
                          "'%s' is no file of at most 16 MiB, as scripts are", path);
    script->text = host->alloc(host, (size_t)about.st_size + 1);
    if (!script->text)
        return no_memory(host, err);
    script->size = fread(script->text, 1, (size_t)about.st_size, file);
    if (ferror(file))
        return host->fail(err, PD_FAILED, PD_CAUSE_IO, "'%s' cannot be read", path);
    return PD_OK;
}

static pd_status
read_file(struct script *script, const char *folder, struct pd_error *err)
{
    const struct pd_host *host = script->host;
    size_t size = strlen(folder) + strlen(script->file) + 2;
    char *path = host->alloc(host, size);
    pd_status status;
    FILE *file;

    if (!path)
        return no_memory(host, err);
    snprintf(path, size, "%s/%s", folder, script->file);
    file = fopen(path, "rbe");
    if (!file) {
        status = host->fail(err, PD_FAILED, PD_CAUSE_IO, "'%s': %m", path);
        host->release(host, path);
        return status;
    }
    status = read_open_file(script, file, path, err);
    fclose(file);
    host->release(host, path);
    return status;
}

/* What the core wants to know of a script before anything runs; a light userdata at 1. */
static int
read_head(lua_State *L)
{
    struct script *script = lua_touserdata(L, 1);
    const struct pd_host *host = script->host;
    const char *from, *to, *about, *application;

    shape_check(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, machine_of(L));
    from = check_text(L, -1, "the script", "from");
    to = check_text(L, -1, "the script", "to");
    about = check_text(L, -1, "the script", "about");
    application = check_text(L, -1, "the script", "application");
    if (from)
        script->from = copy_text(host, from, strlen(from));
    else
        script->from = copy_text(host, script->file, strlen(script->file) - (sizeof ending - 1));
    script->to = copy_text(host, to, strlen(to));
    if (about)
        script->about = copy_text(host, about, strlen(about));
    if (application)
        script->application = copy_text(host, application, strlen(application));
    if (!script->from || !script->to || (about && !script->about) ||
        (application && !script->application))
        return machine_no_memory(L);
    return 0;
}

static pd_status
open_script(struct script *script, const char *folder, const struct pd_options *options,
            struct pd_error *err)
{
    struct machine m;
    pd_status status = read_file(script, folder, err);

    if (status != PD_OK)
        return status;
    status = machine_open(&m, script->host, options, script->file, err);
    if (status == PD_OK)
        status = machine_load(&m, script->text, script->size, err);
    if (status == PD_OK)
        status = machine_call(&m, script->file, read_head, script, err);
    machine_close(&m);
    script->migration = (struct pd_migration){
        .struct_size = sizeof script->migration,
        .from = script->from,
        .to = script->to,
        .about = script->about,
        .origin = script->file,
        .open = plan_open,
        .plan = plan_plan,
        .begin = begin_begin,
        .rows = run_rows,
        .rest = run_rest,
        .before_load = run_before_load,
        .after_load = run_after_load,
        .close = plan_close,
        .application = script->application,
        .before_save = save_before,
    };
    return status;
}

/* Two scripts that lead from and to the same. */
static pd_status
refuse_twins(const struct folder *folder, struct pd_error *err)
{
    for (size_t i = 0; i < folder->n; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct script *a = folder->scripts[k], *b = folder->scripts[i];

            if (strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0)
                return folder->host->fail(err, PD_FAILED, PD_CAUSE_VERSION,
                                          "'%s' and '%s' both lead from '%s' to '%s'; keep one",
                                          a->file, b->file, a->from, a->to);
        }
    }
    return PD_OK;
}

static pd_status
open_policies(struct folder *folder, const char *path, const struct pd_options *options,
              struct pd_error *err)
{
    struct policies_call call = {.pool = &folder->pool};
    struct script script = {.host = folder->host};
    struct machine m;
    pd_status status;

    script.file = copy_text(folder->host, policies_file, strlen(policies_file));
    status = script.file ? read_file(&script, path, err) : no_memory(folder->host, err);
    if (status == PD_OK) {
        status = machine_open(&m, folder->host, options, policies_file, err);
        if (status == PD_OK)
            status = machine_load(&m, script.text, script.size, err);
        if (status == PD_OK)
            status = machine_call(&m, policies_file, policies_read, &call, err);
        machine_close(&m);
    }
    folder->host->release(folder->host, script.file);
    folder->host->release(folder->host, script.text);
    folder->steps.policies = call.policies;
    return status;
}

static pd_status
fill(struct folder *folder, const char *path, const struct pd_options *options,
     struct pd_error *err)
{
    pd_status status = list(folder, path, err);

    if (status == PD_OK && folder->has_policies)
        status = open_policies(folder, path, options, err);
    if (status == PD_OK && folder->n == 0 && !folder->has_policies)
        return folder->host->fail(err, PD_UNSUPPORTED, PD_CAUSE_MISSING,
                                  "'%s' has no script: no file ends in '%s'", path, ending);
    for (size_t i = 0; status == PD_OK && i < folder->n; i++)
        status = open_script(folder->scripts[i], path, options, err);
    return status == PD_OK ? refuse_twins(folder, err) : status;
}

static pd_status
folder_open(const struct pd_host *host, const char *path, const struct pd_options *options,
            const struct pd_steps **ret_steps, struct pd_error *err)
{
    struct folder *folder = host->alloc(host, sizeof *folder);
    pd_status status;

    if (!folder)
        return no_memory(host, err);
    *folder = (struct folder){.host = host, .pool = {.host = host}};
    folder->steps.struct_size = sizeof folder->steps;
    folder->steps.owner = folder;
    status = fill(folder, path, options, err);
    if (status != PD_OK) {
        folder_close(&folder->steps);
        return status;
    }
    /* A migration is the first member of its script. */
    folder->steps.migrations = (const struct pd_migration *const *)(const void *)folder->scripts;
    *ret_steps = &folder->steps;
    return PD_OK;
}

const struct pd_steps_ops lua_steps_ops = {
    .struct_size = sizeof lua_steps_ops,
    .open = folder_open,
    .close = folder_close,
};
