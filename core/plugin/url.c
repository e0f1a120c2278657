// SPDX-License-Identifier: Apache-2.0
/* url - see url.h. */
#include "plugin/url.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/log.h"
#include "plugin/nearest.h"

enum {
    HEAD_SIZE = 4096, /* what bid() sees of a file */
    SUREST_BID = 100, /* what is above is no bid */
    SURE_BID = 90,    /* no other plugin needs to be asked */
    MAX_SCHEME = 32
};

/* Schemes whose plugins may not be loaded yet, or not be installed. */
static const struct known {
    const char *scheme;
    const char *plugin;
} known_schemes[] = {
    {"archive", "archive"},     {"sqlite", "sqlite"},   {"postgresql", "postgresql"},
    {"postgres", "postgresql"}, {"mariadb", "mariadb"}, {"mysql", "mariadb"},
};

static const struct extension {
    const char *extension;
    const char *plugin;
} extensions[] = {
    {".db", "sqlite"}, {".sqlite", "sqlite"}, {".sqlite3", "sqlite"}, {".polydump", "archive"}};

/* ---- Printing -------------------------------------------------------------------------------- */

/* Where the password in "user:password@host" begins and ends; false: there is none. text stands
   behind "://". */
static bool
find_password(const char *text, size_t *ret_from, size_t *ret_to)
{
    size_t authority = strcspn(text, "/?#"), port;
    const char *at = memrchr(text, '@', authority);
    const char *colon;

    if (!at) {
        /* A raw / in a password ends what looks like the authority; a port it is not. */
        colon = memchr(text, ':', authority);
        port = colon ? strspn(colon + 1, "0123456789") : 0;
        if (!colon || colon + 1 + port == text + authority)
            return false;
        at = strrchr(text, '@');
    }
    colon = at ? memchr(text, ':', (size_t)(at - text)) : NULL;
    if (!colon)
        return false;
    *ret_from = (size_t)(colon + 1 - text);
    *ret_to = (size_t)(at - text);
    return true;
}

/* Is a parameter of a query a secret by its name? */
static bool
is_secret_parameter(const char *name, size_t size)
{
    static const char *const words[] = {"pass", "pwd", "secret", "token"};
    char lower[64];

    for (size_t i = 0; i < sizeof lower && i <= size; i++)
        lower[i] = i < size ? (char)tolower((unsigned char)name[i]) : '\0';
    lower[sizeof lower - 1] = '\0';
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strstr(lower, words[i]))
            return true;
    }
    return false;
}

/* Append text[0..size) to the buffer of room bytes, cutting. */
static size_t
put(char *buffer, size_t used, size_t room, const char *text, size_t size)
{
    if (size > room - 1 - used)
        size = room - 1 - used;
    memcpy(buffer + used, text, size);
    buffer[used + size] = '\0';
    return used + size;
}

static size_t
put_query(char *buffer, size_t used, size_t room, const char *query)
{
    while (*query) {
        size_t name = 1 + strcspn(query + 1, "=&"), value = strcspn(query + 1, "&") + 1;

        if (query[name] == '=' && is_secret_parameter(query + 1, name - 1)) {
            used = put(buffer, used, room, query, name + 1);
            used = put(buffer, used, room, "***", 3);
        } else {
            used = put(buffer, used, room, query, value);
        }
        query += value;
    }
    return used;
}

const char *
url_redacted(const char *url)
{
    static _Thread_local char ring[4][1024];
    static _Thread_local unsigned turn;
    char *buffer = ring[turn++ % 4];
    size_t room = sizeof ring[0], used, from, to;
    const char *authority = strstr(url, "://"), *query;

    buffer[0] = '\0';
    if (!authority) {
        put(buffer, 0, room, url, strlen(url));
        return buffer;
    }
    authority += strlen("://");
    used = put(buffer, 0, room, url, (size_t)(authority - url));
    if (find_password(authority, &from, &to)) {
        used = put(buffer, used, room, authority, from);
        used = put(buffer, used, room, "***", 3);
        authority += to;
    }
    query = strchr(authority, '?');
    used =
        put(buffer, used, room, authority, query ? (size_t)(query - authority) : strlen(authority));
    if (query)
        put_query(buffer, used, room, query);
    return buffer;
}

/* ---- Making ---------------------------------------------------------------------------------- */

void
end_free(struct end *end)
{
    if (!end)
        return;
    options_free(end->options);
    for (size_t i = 0; i < COUNT_OF(end->storage); i++) {
        /* A URL may hold a password. */
        if (end->storage[i])
            explicit_bzero(end->storage[i], strlen(end->storage[i]));
        free(end->storage[i]);
    }
    free(end);
}

static pd_status
check_role(const struct loaded *loaded, enum end_role role, const char *url, struct pd_error *err)
{
    const char *name = loaded->plugin.name;

    if ((role == END_SOURCE || role == END_ARCHIVE_SOURCE) && !loaded->plugin.source)
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "'%s': plugin '%s' cannot be read from, only written to",
                          url_redacted(url), name);
    if ((role == END_TARGET || role == END_ARCHIVE_TARGET) && !loaded->plugin.sink)
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "'%s': plugin '%s' cannot be written to, only read from",
                          url_redacted(url), name);
    return PD_OK;
}

/* location is handed over. */
static pd_status
make_end(const struct loaded *loaded, enum end_role role, const char *url, const char *scheme,
         char *location, struct end **ret_end, struct pd_error *err)
{
    CLEANUP_FREE char *owned = location;
    CLEANUP(end) struct end *end = calloc(1, sizeof *end);
    const struct pd_plugin *plugin = &loaded->plugin;
    pd_status status;

    if (!end || !owned)
        return error_memory(err);
    status = check_role(loaded, role, url, err);
    if (status < 0)
        return status;
    end->loaded = loaded;
    end->storage[0] = strdup(url);
    end->storage[1] = strdup(scheme);
    end->storage[2] = take(owned);
    if (!end->storage[0] || !end->storage[1])
        return error_memory(err);
    status =
        options_new(plugin->options, plugin->n_options, plugin->option_size, &end->options, err);
    if (status < 0)
        return error_prefix(err, status, "plugin '%s'", plugin->name);
    end->endpoint = (struct pd_endpoint){.struct_size = sizeof end->endpoint,
                                         .url = end->storage[0],
                                         .scheme = end->storage[1],
                                         .location = end->storage[2],
                                         .options = end->options};
    *ret_end = take(end);
    return PD_OK;
}

static pd_status
make_path_end(const char *plugin, enum end_role role, const char *path, struct end **ret_end,
              struct pd_error *err)
{
    const struct loaded *loaded;
    pd_status status = loader_get(plugin, &loaded, err);

    if (status < 0)
        return error_prefix(err, status, "'%s'", path);
    return make_end(loaded, role, path, plugin, strdup(path), ret_end, err);
}

/* ---- URLs ------------------------------------------------------------------------------------ */

/* The scheme of "scheme:rest", in lower case; false: text is a path. */
static bool
read_scheme(const char *text, char scheme[MAX_SCHEME + 1])
{
    size_t size = strcspn(text, ":");

    if (text[size] != ':' || size == 0 || size > MAX_SCHEME || !isalpha((unsigned char)text[0]))
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        if (!isalnum(c) && !strchr("+.-_", c))
            return false;
        scheme[i] = (char)tolower(c);
    }
    scheme[size] = '\0';
    return true;
}

static int
hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Decode %XX; *ret_text is to be freed. */
static pd_status
percent_decode(const char *text, const char *url, char **ret_text, struct pd_error *err)
{
    char *decoded = malloc(strlen(text) + 1), *to = decoded;

    if (!decoded)
        return error_memory(err);
    for (; *text; text++) {
        int high = *text == '%' ? hex_digit(text[1]) : 0;
        int low = *text == '%' && high >= 0 ? hex_digit(text[2]) : 0;

        if (*text != '%') {
            *to++ = *text;
            continue;
        }
        if (high < 0 || low < 0 || high + low == 0) {
            free(decoded);
            return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                              "'%s': '%%' must be followed by two hexadecimal digits, not both 0",
                              url_redacted(url));
        }
        *to++ = (char)(high * 16 + low);
        text += 2;
    }
    *to = '\0';
    *ret_text = decoded;
    return PD_OK;
}

static void
offer_schemes(const char *schemes, struct nearest *nearest, struct buffer *list, char *storage,
              size_t *used, size_t room)
{
    for (const char *at = schemes; at && *at;) {
        size_t n = strcspn(at, " ");

        buffer_printf(list, "%s%.*s", list->size ? ", " : "", (int)n, at);
        if (*used + n + 1 <= room) {
            memcpy(storage + *used, at, n);
            storage[*used + n] = '\0';
            nearest_offer(nearest, storage + *used);
            *used += n + 1;
        }
        at += n + strspn(at + n, " ");
    }
}

static pd_status
unknown_scheme(const char *scheme, const char *url, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer list = {0};
    struct nearest nearest = nearest_to(scheme);
    char storage[1024]; /* the schemes one by one */
    size_t used = 0;
    const struct loaded *loaded;
    const char *near, *known;

    for (size_t i = 0; (loaded = loader_nth(i)); i++)
        offer_schemes(loaded->plugin.schemes, &nearest, &list, storage, &used, sizeof storage);
    for (size_t i = 0; i < COUNT_OF(known_schemes); i++)
        nearest_offer(&nearest, known_schemes[i].scheme);
    near = nearest_get(&nearest);
    known = buffer_string(&list);
    return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                      "'%s': there is no file of this name, and '%s' is not a known scheme%s%s%s "
                      "(known: %s)",
                      url_redacted(url), scheme, near ? "; did you mean '" : "", near ? near : "",
                      near ? ":'?" : "", known ? known : "");
}

/* Whoever asks for the plugin by name is told in full. */
static void
note_refused(void *arg, const char *path, const struct pd_error *err)
{
    log_debug("%s", err->text);
}

/* Among those loaded; by its name; by the name that is known for it; among all. */
static pd_status
find_plugin(const char *scheme, const char *url, const struct loaded **ret_loaded,
            struct pd_error *err)
{
    const struct loaded *loaded = loader_find_scheme(scheme);
    const char *plugin = scheme;
    bool is_known = false;
    pd_status status = PD_UNSUPPORTED;

    for (size_t i = 0; i < COUNT_OF(known_schemes); i++) {
        if (strcmp(known_schemes[i].scheme, scheme) == 0) {
            plugin = known_schemes[i].plugin;
            is_known = true;
        }
    }
    if (!loaded && !strpbrk(plugin, "+.-"))
        status = loader_get(plugin, &loaded, err);
    if (!loaded && status != PD_UNSUPPORTED)
        return error_prefix(err, status, "'%s'", url_redacted(url));
    loaded = loader_find_scheme(scheme);
    if (!loaded) {
        loader_load_all(note_refused, NULL);
        loaded = loader_find_scheme(scheme);
    }
    if (!loaded && is_known && status < 0)
        return error_prefix(err, status, "'%s'", url_redacted(url));
    if (!loaded)
        return unknown_scheme(scheme, url, err);
    *ret_loaded = loaded;
    return PD_OK;
}

static pd_status
resolve_url(const char *url, const char *scheme, enum end_role role, struct end **ret_end,
            struct pd_error *err)
{
    const char *rest = url + strlen(scheme) + 1;
    const struct loaded *loaded = NULL;
    char *location = NULL;
    pd_status status = find_plugin(scheme, url, &loaded, err);

    if (status < 0)
        return status;
    if (strncmp(rest, "//", 2) == 0) {
        /* An empty authority is none: a path follows. */
        status = percent_decode(rest[2] == '/' ? rest + 2 : rest, url, &location, err);
        if (status < 0)
            return status;
    } else {
        location = strdup(rest);
    }
    return make_end(loaded, role, url, scheme, location, ret_end, err);
}

/* ---- Paths ----------------------------------------------------------------------------------- */

static const char *
plugin_of_extension(const char *path)
{
    size_t size = strlen(path);

    for (size_t i = 0; i < COUNT_OF(extensions); i++) {
        size_t n = strlen(extensions[i].extension);

        if (size > n && strcasecmp(path + size - n, extensions[i].extension) == 0)
            return extensions[i].plugin;
    }
    return NULL;
}

static pd_status
read_head(const char *path, unsigned char head[HEAD_SIZE], size_t *ret_size, struct pd_error *err)
{
    CLEANUP_FD int fd = -1;
    pd_status status = file_open(AT_FDCWD, path, &fd, NULL, err);

    if (status < 0)
        return status;
    return file_read(fd, head, HEAD_SIZE, 0, ret_size, path, err);
}

static int
best_bid(const void *head, size_t size, const char **ret_plugin)
{
    const struct loaded *loaded;
    int best = 0;

    for (size_t i = 0; (loaded = loader_nth(i)); i++) {
        int bid = loaded->plugin.bid ? loaded->plugin.bid(head, size) : 0;

        if (bid > best && bid <= SUREST_BID) {
            best = bid;
            *ret_plugin = loaded->plugin.name;
        }
    }
    return best;
}

/* The name of the plugin that is surest that the file is its own; NULL: none is. The plugins of
   the servers bring large libraries, so those that read files are asked first. */
static pd_status
take_bids(const char *path, const char **ret_plugin, struct pd_error *err)
{
    unsigned char head[HEAD_SIZE];
    const struct loaded *loaded;
    size_t size;
    pd_status status = read_head(path, head, &size, err);

    if (status < 0)
        return status;
    *ret_plugin = NULL;
    if (best_bid(head, size, ret_plugin) >= SURE_BID)
        return PD_OK;
    if (loader_get("sqlite", &loaded, NULL) == PD_OK &&
        best_bid(head, size, ret_plugin) >= SURE_BID)
        return PD_OK;
    loader_load_all(note_refused, NULL);
    best_bid(head, size, ret_plugin);
    return PD_OK;
}

static pd_status
resolve_file(const char *path, const struct stat *st, enum end_role role, struct end **ret_end,
             struct pd_error *err)
{
    const char *plugin;
    pd_status status = take_bids(path, &plugin, err);

    if (status < 0)
        return status;
    if (!plugin && st->st_size == 0)
        plugin = plugin_of_extension(path);
    if (!plugin)
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "'%s' is neither an archive nor a database that a loaded plugin knows; "
                          "write SCHEME:%s, such as sqlite:%s, if it is one",
                          path, path, path);
    return make_path_end(plugin, role, path, ret_end, err);
}

static pd_status
resolve_new(const char *path, enum end_role role, struct end **ret_end, struct pd_error *err)
{
    const char *plugin = role == END_ARCHIVE_TARGET ? "archive" : plugin_of_extension(path);

    if (role == END_SOURCE || role == END_ARCHIVE_SOURCE)
        return error_fail(err, PD_FAILED, PD_CAUSE_CONNECT, "there is no file or folder '%s'",
                          path);
    if (!plugin && role == END_WRAPPED)
        plugin = "archive";
    if (!plugin)
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                          "'%s' is not there, and its name does not say what it shall become; "
                          "write sqlite:%s for a database, archive:%s for an archive",
                          path, path, path);
    return make_path_end(plugin, role, path, ret_end, err);
}

static pd_status
resolve_path(const char *path, enum end_role role, struct end **ret_end, struct pd_error *err)
{
    struct stat st;

    if (stat(path, &st) < 0) {
        if (errno != ENOENT)
            return error_errno(err, PD_FAILED, errno, "'%s'", path);
        return resolve_new(path, role, ret_end, err);
    }
    if (!S_ISREG(st.st_mode) || role == END_ARCHIVE_TARGET)
        return make_path_end("archive", role, path, ret_end, err);
    return resolve_file(path, &st, role, ret_end, err);
}

pd_status
url_resolve(const char *text, enum end_role role, struct end **ret_end, struct pd_error *err)
{
    char scheme[MAX_SCHEME + 1];
    struct stat st;

    if (text[0] == '\0')
        return error_fail(err, PD_FAILED, PD_CAUSE_USAGE, "an end of the pipe is empty");
    if (strcmp(text, "-") == 0)
        return make_path_end("archive", role, text, ret_end, err);
    if (!read_scheme(text, scheme))
        return resolve_path(text, role, ret_end, err);
    /* "notes:2024.db" may be a file; "scheme://" is none. */
    if (strncmp(text + strlen(scheme), "://", 3) != 0 && lstat(text, &st) == 0)
        return resolve_path(text, role, ret_end, err);
    return resolve_url(text, scheme, role, ret_end, err);
}
