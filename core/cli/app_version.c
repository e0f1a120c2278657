// SPDX-License-Identifier: Apache-2.0
/* app_version - of which application and version the data of a source is. */
#include "cli/app_version.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/file.h"
#include "cli/config_file.h"
#include "migrate/version.h"

enum { VERSION_ROOM = 256, VERSION_FILE_LIMIT = 65536 };

/* Keep it as long as the config lives. */
static pd_status
version_keep(struct invocation *invocation, const char *version, const char *where,
             struct pd_error *err)
{
    const char *kept;

    if (!version_is_valid(version))
        return error_fail(err, PD_FATAL, PD_CAUSE_VERSION, "%s gives '%.200s', which is no version",
                          where, version);
    kept = arena_strdup(invocation->config->arena, version);
    if (!kept)
        return error_memory(err);
    invocation->run.application_version = kept;
    return PD_OK;
}

/* The first line, without blanks around it. */
static pd_status
version_from_file(struct invocation *invocation, struct pd_error *err)
{
    CLEANUP_FREE char *text = NULL;
    const char *path = invocation->config->version_file;
    char *begin;
    size_t size = 0;
    pd_status status = file_load(AT_FDCWD, path, VERSION_FILE_LIMIT, &text, &size, err);

    if (status != PD_OK)
        return error_prefix(err, status, "version-file");
    begin = text + strspn(text, " \t");
    begin[strcspn(begin, "\r\n")] = '\0';
    for (size_t n = strlen(begin); n && strchr(" \t", begin[n - 1]); n--)
        begin[n - 1] = '\0';
    return version_keep(invocation, begin, "version-file", err);
}

static pd_status
version_from_query(struct invocation *invocation, struct opened_source *source,
                   struct pd_error *err)
{
    const struct config_query *query = invocation->config->version_query;
    char version[VERSION_ROOM];
    pd_status status = PD_UNSUPPORTED;

    while (query->engine && strcmp(query->engine, source->engine) != 0)
        query++;
    if (!query->engine)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "'%s': version-query has nothing for '%s'; --app-version says it, too",
                          invocation->config->path, source->engine);
    if (source->ops->ask)
        status = source->ops->ask(source->handle, query->sql, version, sizeof version, err);
    if (status == PD_UNSUPPORTED)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "'%s': '%s' cannot be asked for its version; --app-version says it",
                          invocation->config->path, source->engine);
    if (status != PD_OK)
        return error_prefix(err, status, "version-query");
    return version_keep(invocation, version, "version-query", err);
}

/* An archive says what it is, or nobody knows: the config is about what the application has now. */
static bool
is_archive(const struct opened_source *source)
{
    return source->ops->open == archive_plugin.source->open;
}

pd_status
app_version_find(struct invocation *invocation, struct opened_source *source, struct pd_error *err)
{
    const struct config *config = invocation->config;
    struct run_options *run = &invocation->run;

    if (!config || is_archive(source))
        return PD_OK;
    if (!run->application)
        run->application = config->application;
    if (run->application_version)
        return PD_OK;
    if (config->version_file)
        return version_from_file(invocation, err);
    if (config->version_query)
        return version_from_query(invocation, source, err);
    run->application_version = config->app_version;
    return PD_OK;
}
