// SPDX-License-Identifier: Apache-2.0
/* sink - what the two shapes of a new archive have in common. */
#include "archive/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "archive/catalogue.h"
#include "base/buffer.h"
#include "config.h"
#include "model/json.h"

enum { LEVEL_MIN = 1, LEVEL_MAX = 19 /* zstd's, without those that want more memory */ };

static bool
flag(const struct pd_host *host, const struct pd_endpoint *end, const char *name)
{
    const char *value = host->option(end->options, name);

    return value && strcmp(value, "1") == 0;
}

static bool
ends_in(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* A copy, or NULL for NULL; *failed when memory is short. */
static char *
copy(const char *text, bool *failed)
{
    char *made = text ? strdup(text) : NULL;

    *failed = *failed || (text && !made);
    return made;
}

/* Is there something at path that is no archive? */
static bool
is_other(const char *path)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char head[FORMAT_STREAM_MAGIC_SIZE];
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        return fd >= 0 || errno != ENOENT;
    if (S_ISDIR(st.st_mode))
        return faccessat(fd, FORMAT_MANIFEST, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    return !S_ISREG(st.st_mode) || pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head ||
           memcmp(head, FORMAT_STREAM_MAGIC, sizeof head) != 0;
}

pd_status
sink_settings_read(const struct pd_host *host, const struct pd_endpoint *end,
                   struct sink_settings *ret_settings, struct pd_error *err)
{
    const char *level = host->option(end->options, "level");
    const char *order = host->option(end->options, "order");
    bool failed = false;
    struct sink_settings settings = {
        .encoding = flag(host, end, "text") ? FORMAT_TEXT : FORMAT_BINARY,
        .order = order && strcmp(order, "key") == 0 ? PD_ORDER_KEY : PD_ORDER_SOURCE,
        .level = level ? (int)strtol(level, NULL, 10) : 1,
        .recheck = !flag(host, end, "no-recheck"),
        .replace = flag(host, end, "replace"),
        .stamp = flag(host, end, "stamp"),
    };

    if (flag(host, end, "stream") || strcmp(end->location, "-") == 0 ||
        ends_in(end->location, ".polydump"))
        settings.shape = FORMAT_STREAM;
    if (settings.shape == FORMAT_STREAM && settings.encoding == FORMAT_TEXT)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "'%s' would be a stream, which cannot have text encoding; give the name "
                          "of a folder, or leave out --text",
                          end->location);
    if (settings.level < LEVEL_MIN || settings.level > LEVEL_MAX)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "--level '%s': expected %d to %d", level,
                          LEVEL_MIN, LEVEL_MAX);
    if (settings.replace && is_other(end->location))
        return error_fail(err, PD_FATAL, PD_CAUSE_CONFLICT,
                          "'%s' is no archive, so --replace does not remove it; remove it "
                          "yourself, or choose another name",
                          end->location);
    settings.path = copy(end->location, &failed);
    settings.application = copy(host->option(end->options, "app"), &failed);
    settings.application_version = copy(host->option(end->options, "app-version"), &failed);
    if (failed) {
        sink_settings_free(&settings);
        return error_memory(err);
    }
    *ret_settings = settings;
    return PD_OK;
}

void
sink_settings_free(struct sink_settings *settings)
{
    free(settings->path);
    free(settings->stamp_text);
    free(settings->application);
    free(settings->application_version);
    settings->path = settings->stamp_text = NULL;
    settings->application = settings->application_version = NULL;
}

void
sink_manifest(const struct sink_settings *settings, const struct pd_load *load,
              struct manifest *ret_manifest)
{
    const struct pd_catalog *catalog = load->catalog;
    const char *application = settings->application;
    const char *version = settings->application_version;

    *ret_manifest = (struct manifest){
        .minor = FORMAT_MINOR,
        .shape = settings->shape,
        .encoding = settings->encoding,
        .order = settings->order,
        .schema_only = load->flags & PD_LOAD_SCHEMA_ONLY,
        .application = application ? application : catalog->application,
        .application_version = version ? version : catalog->application_version,
        .n_tables = catalog->n_tables,
        .n_sequences = catalog->n_sequences,
    };
    manifest_set_features(ret_manifest);
}

static void
stamp_member(struct buffer *out, const char *name, const char *value)
{
    buffer_text(out, ",\n");
    json_write_string(out, name, strlen(name));
    buffer_char(out, ':');
    if (value)
        json_write_string(out, value, strlen(value));
    else
        buffer_text(out, "null");
}

pd_status
sink_stamp(const struct sink_settings *settings, const struct pd_catalog *catalog,
           struct buffer *out, struct pd_error *err)
{
    time_t now = time(NULL);
    struct tm utc;
    char text[32];

    if (settings->stamp_text) {
        buffer_text(out, settings->stamp_text);
        return out->failed ? error_memory(err) : PD_OK;
    }
    if (!settings->stamp)
        return PD_OK;
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    buffer_printf(out, "{\n\"time\":\"%s\"", text);
    stamp_member(out, "polydump", POLYDUMP_VERSION);
    stamp_member(out, "engine", catalog->engine);
    stamp_member(out, "engine_version", catalog->engine_version);
    for (size_t i = 0; i < catalog->n_properties; i++) {
        const struct pd_property *property =
            PD_AT(struct pd_property, catalog->properties, catalog->property_size, i);

        if (catalogue_is_stamp(property))
            stamp_member(out, strchr(property->name, ':') + 1, property->value);
    }
    buffer_text(out, "\n}\n");
    return out->failed ? error_memory(err) : PD_OK;
}
