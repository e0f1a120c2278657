// SPDX-License-Identifier: Apache-2.0
/* loader - see loader.h. Nothing but absolute paths of trusted files reaches libltdl, whose own
   searching, .la files and environment variables are all ways to load something else. */
#include "plugin/loader.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <ltdl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "config.h"
#include "plugin/adopt.h"
#include "plugin/guard.h"
#include "plugin/preload.h"
#include "plugin/trust.h"

enum { MAX_NAME = 32 };

/* Everything here is from before the first thread, and for good. */
static bool is_started;
static struct loaded **loaded_list;
static size_t n_loaded;

static bool
is_name(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && size <= MAX_NAME &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == size;
}

pd_status
loader_start(struct pd_error *err)
{
    if (is_started)
        return PD_OK;
    unsetenv("LTDL_LIBRARY_PATH");
    if (lt_dlpreload_default(loader_preloaded) != 0 || lt_dlinit() != 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_BUG, "cannot start libltdl: %s", lt_dlerror());
    is_started = true;
    return PD_OK;
}

const struct loaded *
loader_nth(size_t n)
{
    return n < n_loaded ? loaded_list[n] : NULL;
}

static bool (*is_own_option)(const char *name);

void
loader_reserve(bool (*is_own)(const char *name))
{
    is_own_option = is_own;
}

static pd_status
check_option_names(const struct pd_plugin *plugin, struct pd_error *err)
{
    for (size_t i = 0; is_own_option && i < plugin->n_options; i++) {
        const char *name = PD_AT(struct pd_option, plugin->options, plugin->option_size, i)->name;

        if (is_own_option(name))
            return adopt_refuse(err, "option '%s' has the name of one of polydump's own", name);
    }
    return PD_OK;
}

static const struct loaded *
find_loaded(const char *name)
{
    for (size_t i = 0; i < n_loaded; i++) {
        if (strcmp(loaded_list[i]->plugin.name, name) == 0)
            return loaded_list[i];
    }
    return NULL;
}

/* ---- Keeping --------------------------------------------------------------------------------- */

static const struct loaded *
find_scheme(const char *scheme, size_t size)
{
    for (size_t i = 0; i < n_loaded; i++) {
        for (const char *at = loaded_list[i]->plugin.schemes; at && *at;) {
            size_t n = strcspn(at, " ");

            if (n == size && memcmp(at, scheme, n) == 0)
                return loaded_list[i];
            at += n + strspn(at + n, " ");
        }
    }
    return NULL;
}

static pd_status
check_scheme_is_free(const struct pd_plugin *plugin, struct pd_error *err)
{
    for (const char *at = plugin->schemes; at && *at;) {
        size_t n = strcspn(at, " ");
        const struct loaded *other = find_scheme(at, n);

        if (other)
            return error_fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                              "member 'schemes': '%.*s' belongs to plugin '%s'", (int)n, at,
                              other->plugin.name);
        at += n + strspn(at + n, " ");
    }
    return PD_OK;
}

/* Adopt what an entry or the core itself has returned, and put it on the list. */
static pd_status
keep(const struct pd_plugin *theirs, const char *name, const char *path, bool is_guarded,
     const struct loaded **ret_loaded, struct pd_error *err)
{
    CLEANUP_FREE struct loaded *loaded = calloc(1, sizeof *loaded);
    CLEANUP_FREE char *path_copy = path ? strdup(path) : NULL;
    struct loaded **list;
    pd_status status;

    if (!loaded || (path && !path_copy))
        return error_memory(err);
    status = adopt_plugin(theirs, name, loaded, err);
    if (status == PD_OK)
        status = check_scheme_is_free(&loaded->plugin, err);
    if (status == PD_OK && is_guarded)
        status = check_option_names(&loaded->plugin, err);
    if (status < 0)
        return status;
    list = realloc(loaded_list, (n_loaded + 1) * sizeof(struct loaded *));
    if (!list)
        return error_memory(err);
    loaded_list = list;
    if (is_guarded)
        status = guard_plugin(loaded, err);
    if (status < 0)
        return status;
    loaded->path = take(path_copy);
    loaded_list[n_loaded++] = loaded;
    *ret_loaded = take(loaded);
    return PD_OK;
}

/* Ask the entry for the newest ABI first. What was loaded stays, even if it is refused. */
static pd_status
enter(lt_dlhandle handle, const char *name, const char *path, const struct loaded **ret_loaded,
      struct pd_error *err)
{
    char symbol[MAX_NAME + sizeof "_LTX_polydump_plugin"];
    const struct pd_plugin *theirs = NULL;
    pd_plugin_entry *entry;

    snprintf(symbol, sizeof symbol, "%s_LTX_polydump_plugin", name);
    *(void **)&entry = lt_dlsym(handle, symbol);
    if (!entry)
        return error_fail(err, PD_FAILED, PD_CAUSE_VERSION,
                          "it is not a plugin of this name: symbol '%s' is missing", symbol);
    for (uint32_t abi = PD_ABI; abi >= 1 && !theirs; abi--)
        theirs = entry(abi);
    if (!theirs)
        return error_fail(err, PD_FAILED, PD_CAUSE_VERSION,
                          "it was built for another polydump: it does not speak ABI 1 to %d",
                          PD_ABI);
    return keep(theirs, name, path, /* is_guarded= */ true, ret_loaded, err);
}

/* ---- Linked in ------------------------------------------------------------------------------- */

/* The name of a linked-in module, "sqlite" of "sqlite.a"; the size, 0: the row is none. */
static size_t
linked_size(const lt_dlsymlist *row)
{
    const char *end = row->address ? NULL : strrchr(row->name, '.');

    return end && strcmp(end, ".a") == 0 ? (size_t)(end - row->name) : 0;
}

static bool
is_linked(const char *name)
{
    for (const lt_dlsymlist *row = loader_preloaded; row->name; row++) {
        size_t size = linked_size(row);

        if (size && size == strlen(name) && memcmp(row->name, name, size) == 0)
            return true;
    }
    return false;
}

static pd_status
load_linked(const char *name, const struct loaded **ret_loaded, struct pd_error *err)
{
    char module[MAX_NAME + sizeof ".a"];
    lt_dlhandle handle = NULL;
    lt_dladvise advise;
    pd_status status;

    snprintf(module, sizeof module, "%s.a", name);
    if (lt_dladvise_init(&advise) != 0)
        return error_memory(err);
    if (lt_dladvise_preload(&advise) == 0)
        handle = lt_dlopenadvise(module, advise);
    lt_dladvise_destroy(&advise);
    if (handle)
        status = enter(handle, name, NULL, ret_loaded, err);
    else
        status = error_fail(err, PD_FAILED, PD_CAUSE_BUG, "libltdl: %s", lt_dlerror());
    return error_prefix(err, status, "plugin '%s' (linked in)", name);
}

pd_status
loader_add(const struct pd_plugin *plugin, struct pd_error *err)
{
    const struct loaded *loaded;

    if (find_loaded(plugin->name))
        return PD_OK;
    return error_prefix(err,
                        keep(plugin, plugin->name, NULL, /* is_guarded= */ false, &loaded, err),
                        "plugin '%s'", plugin->name);
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* Goes through the folders where plugins are looked for. */
struct folders {
    const char *rest; /* of POLYDUMP_PLUGIN_PATH */
    bool is_last;
    char folder[PATH_MAX];
};

static struct folders
folders_begin(void)
{
    const char *path = secure_getenv("POLYDUMP_PLUGIN_PATH");

    return (struct folders){.rest = path ? path : ""};
}

/* False: no more. */
static bool
folders_next(struct folders *folders)
{
    folders->rest += strspn(folders->rest, ":");
    if (*folders->rest) {
        size_t n = strcspn(folders->rest, ":");

        snprintf(folders->folder, sizeof folders->folder, "%.*s", (int)n, folders->rest);
        folders->rest += n;
        return true;
    }
    if (folders->is_last)
        return false;
    folders->is_last = true;
    snprintf(folders->folder, sizeof folders->folder, "%s", POLYDUMP_PLUGIN_DIR);
    return true;
}

static pd_status
check_folder(const struct folders *folders, struct pd_error *err)
{
    pd_status status = trust_folder(folders->folder, err);

    if (status < 0 && !folders->is_last)
        return error_prefix(err, status, "POLYDUMP_PLUGIN_PATH");
    return status;
}

/* The run-time linker is asked first: libltdl binds lazily, so that a missing symbol would be found
   in the middle of a run, and says "file not found" to everything. */
static pd_status
link_now(const char *path, struct pd_error *err)
{
    const char *text;

    if (dlopen(path, RTLD_NOW | RTLD_LOCAL))
        return PD_OK;
    text = dlerror();
    return error_fail(err, PD_FAILED, PD_CAUSE_VERSION, "cannot be loaded: %s",
                      text ? text : "no reason was given");
}

static pd_status
load_file(const char *name, const char *path, const struct loaded **ret_loaded,
          struct pd_error *err)
{
    lt_dlhandle handle = NULL;
    lt_dladvise advise;
    pd_status status = link_now(path, err);

    if (status < 0)
        return status;
    if (lt_dladvise_init(&advise) != 0)
        return error_memory(err);
    if (lt_dladvise_local(&advise) == 0)
        handle = lt_dlopenadvise(path, advise);
    lt_dladvise_destroy(&advise);
    if (!handle)
        return error_fail(err, PD_FAILED, PD_CAUSE_BUG, "libltdl: %s", lt_dlerror());
    return enter(handle, name, path, ret_loaded, err);
}

/* NAME.so in a folder that was found trusted. PD_UNSUPPORTED: it is not there. */
static pd_status
load_from(const char *folder, const char *name, const struct loaded **ret_loaded,
          struct pd_error *err)
{
    char file[MAX_NAME + sizeof ".so"], path[PATH_MAX + sizeof file];
    pd_status status;

    snprintf(file, sizeof file, "%s.so", name);
    snprintf(path, sizeof path, "%s/%s", folder, file);
    status = trust_file(folder, file, err);
    if (status == PD_OK)
        status = error_prefix(err, load_file(name, path, ret_loaded, err), "'%s'", path);
    if (status < 0 && status != PD_UNSUPPORTED)
        return error_prefix(err, status, "plugin '%s'", name);
    return status;
}

static pd_status
not_found(const char *name, struct pd_error *err)
{
    struct folders folders = folders_begin();
    CLEANUP_BUFFER struct buffer text = {0};

    while (folders_next(&folders))
        buffer_printf(&text, "%s'%s'", text.size ? ", " : "", folders.folder);
    return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_MISSING,
                      "there is no plugin '%s': looked for '%s.so' in %s", name, name,
                      text.failed ? "all folders" : buffer_string(&text));
}

pd_status
loader_get(const char *name, const struct loaded **ret_loaded, struct pd_error *err)
{
    struct folders folders = folders_begin();
    const struct loaded *loaded = find_loaded(name);
    pd_status status;

    if (!is_name(name))
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "'%.64s' is not the name of a plugin: those have 1 to %d of a-z, 0-9 "
                          "and _",
                          name, MAX_NAME);
    if (loaded) {
        *ret_loaded = loaded;
        return PD_OK;
    }
    if (is_linked(name))
        return load_linked(name, ret_loaded, err);
    while (folders_next(&folders)) {
        status = check_folder(&folders, err);
        if (status == PD_OK)
            status = load_from(folders.folder, name, ret_loaded, err);
        if (status != PD_UNSUPPORTED)
            return status;
    }
    return not_found(name, err);
}

bool
loader_has(const char *name)
{
    struct folders folders = folders_begin();
    char file[MAX_NAME + sizeof ".so"];
    struct pd_error ignored = {0};

    if (!is_name(name))
        return false;
    if (find_loaded(name) || is_linked(name))
        return true;
    snprintf(file, sizeof file, "%s.so", name);
    while (folders_next(&folders))
        if (check_folder(&folders, &ignored) == PD_OK &&
            trust_file(folders.folder, file, &ignored) == PD_OK)
            return true;
    return false;
}

/* ---- All ------------------------------------------------------------------------------------- */

struct refused {
    void (*call)(void *arg, const char *path, const struct pd_error *err);
    void *arg;
};

static int
is_module(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');

    return entry->d_name[0] != '.' && end && strcmp(end, ".so") == 0;
}

static void
load_entry(const char *folder, const char *file, const struct refused *refused)
{
    char path[PATH_MAX + NAME_MAX + 2], name[NAME_MAX + 1];
    const struct loaded *loaded;
    struct pd_error err = {0};
    pd_status status;

    snprintf(path, sizeof path, "%s/%s", folder, file);
    snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - strlen(".so")), file);
    if (find_loaded(name))
        return;
    if (is_name(name))
        status = load_from(folder, name, &loaded, &err);
    else
        status = error_fail(&err, PD_FAILED, PD_CAUSE_USAGE, "'%s': not a plugin's name", path);
    if (status < 0 && refused->call)
        refused->call(refused->arg, path, &err);
}

static void
load_folder(const struct folders *folders, const struct refused *refused)
{
    struct pd_error err = {0};
    struct dirent **entries;
    pd_status status = check_folder(folders, &err);
    int n;

    if (status == PD_UNSUPPORTED)
        return;
    if (status < 0) {
        if (refused->call)
            refused->call(refused->arg, folders->folder, &err);
        return;
    }
    n = scandir(folders->folder, &entries, is_module, alphasort);
    for (int i = 0; i < n; i++) {
        load_entry(folders->folder, entries[i]->d_name, refused);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

void
loader_load_all(void (*refused)(void *arg, const char *path, const struct pd_error *err), void *arg)
{
    struct folders folders = folders_begin();
    struct refused all = {.call = refused, .arg = arg};
    char name[MAX_NAME + 1];

    for (const lt_dlsymlist *row = loader_preloaded; row->name; row++) {
        const struct loaded *loaded;
        struct pd_error err = {0};
        size_t size = linked_size(row);

        if (size == 0 || size > MAX_NAME)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)size, row->name);
        if (!find_loaded(name) && load_linked(name, &loaded, &err) < 0 && refused)
            refused(arg, name, &err);
    }
    while (folders_next(&folders))
        load_folder(&folders, &all);
}

const struct loaded *
loader_find_scheme(const char *scheme)
{
    return find_scheme(scheme, strlen(scheme));
}
