// SPDX-License-Identifier: Apache-2.0
/* objects_dump - which pg_dump is run, and how. No shell, no search in a folder that has a relative
   name; how to connect stands in its environment, never in its arguments. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "objects_child.h"

enum { DUMP_ENVIRONMENT = 64 };

/* Where pg_dump lies: FOLDER/NUMBER/bin. The distributions' wrapper in /usr/bin is only found
   through PATH, after these. */
static const char *const versioned[] = {"/usr/lib/postgresql/%s/bin/pg_dump",
                                        "/usr/pgsql-%s/bin/pg_dump",
                                        "/usr/local/pgsql-%s/bin/pg_dump"};

static const char *const dump_arguments[] = {
    "pg_dump",
    "--format=custom", /* its table of contents says by oid what a text is, and is no SQL itself */
    "--compress=0",
    "--schema-only",
    "--quote-all-identifiers",
    "--no-comments",
    "--no-privileges",
    "--no-security-labels",
    "--no-subscriptions",
    "--no-tablespaces",
    "--no-password",
    "--lock-wait-timeout=10s", /* else it might wait for somebody who waits for this run's locks */
    NULL};

/* ---- Which one ---- */

/* "pg_dump (PostgreSQL) 15.18 (...)" -> "15.18"; 0: that was something else. */
static int
read_version(struct dump *dump, const char *text)
{
    static const char before[] = "pg_dump (PostgreSQL) ";
    const char *number = strncmp(text, before, sizeof before - 1) ? NULL : text + sizeof before - 1;
    size_t size = number ? strspn(number, "0123456789.") : 0;

    if (!size || size >= sizeof dump->version)
        return 0;
    memcpy(dump->version, number, size);
    dump->version[size] = 0;
    return (int)strtol(number, NULL, 10);
}

/* The major version of a program, 0: it is none. */
static int
ask_version(struct dump *dump, const char *path, struct pd_error *err)
{
    static const char *const arguments[] = {"pg_dump", "--version", NULL};
    static const char *const environment[] = {"LC_ALL=C", "PATH=/usr/bin:/bin", NULL};
    char text[DUMP_VERSION * 2];
    size_t n = 0;
    int how, major = 0;

    if (child_start(dump, path, arguments, environment, err) == PD_OK) {
        while (n < sizeof text - 1 && child_fill(dump, err) == PD_OK) {
            size_t part = dump->size < sizeof text - 1 - n ? dump->size : sizeof text - 1 - n;

            memcpy(text + n, dump->buffer, part);
            n += part;
        }
        text[n] = 0;
        if (child_reap(dump, DUMP_KILL_MS, &how) && WIFEXITED(how) && WEXITSTATUS(how) == 0)
            major = read_version(dump, text);
    }
    child_stop(dump);
    return major;
}

static int
by_number(const void *a, const void *b)
{
    int one, two;

    memcpy(&one, a, sizeof one);
    memcpy(&two, b, sizeof two);
    return (one > two) - (one < two);
}

/* Numbers of the entries of a folder that begin with prefix and end in a number, ascending. */
static size_t
list_numbers(const char *folder, const char *prefix, int *numbers, size_t room)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    size_t n = 0, skip = strlen(prefix);

    while (dir && n < room && (entry = readdir(dir)) != NULL) {
        const char *number = entry->d_name + skip;

        if (strncmp(entry->d_name, prefix, skip) || !*number || strspn(number, "0123456789") > 4 ||
            number[strspn(number, "0123456789")])
            continue;
        numbers[n++] = (int)strtol(number, NULL, 10);
    }
    if (dir)
        closedir(dir);
    qsort(numbers, n, sizeof *numbers, by_number);
    return n;
}

static bool
is_good(struct dump *dump, const char *path, struct pd_error *err)
{
    return access(path, X_OK) == 0 && ask_version(dump, path, err) >= dump->pg->version / 10000;
}

/* The oldest that is not older than the server, since what a newer one writes need not be
   understood by a server of this version. */
static bool
find_versioned(struct dump *dump, char *path, size_t size, struct pd_error *err)
{
    int numbers[64];
    size_t i, k, n;

    for (i = 0; i < sizeof versioned / sizeof *versioned; i++) {
        const char *percent = strchr(versioned[i], '%');
        const char *slash = percent;
        char folder[64], prefix[32];

        while (slash[-1] != '/')
            slash--;
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - versioned[i]), versioned[i]);
        snprintf(prefix, sizeof prefix, "%.*s", (int)(percent - slash), slash);
        n = list_numbers(folder, prefix, numbers, sizeof numbers / sizeof *numbers);
        for (k = 0; k < n; k++) {
            if (numbers[k] < dump->pg->version / 10000)
                continue;
            snprintf(path, size, "%.*s%d%s", (int)(percent - versioned[i]), versioned[i],
                     numbers[k], percent + 2);
            if (is_good(dump, path, err))
                return true;
        }
    }
    return false;
}

static bool
find_in_path(struct dump *dump, char *path, size_t size, struct pd_error *err)
{
    const char *list = getenv("PATH");

    while (list && *list) {
        size_t n = strcspn(list, ":");

        if (*list == '/' && n + sizeof "/pg_dump" <= size) {
            snprintf(path, size, "%.*s/pg_dump", (int)n, list);
            if (is_good(dump, path, err))
                return true;
        }
        list += n + (list[n] == ':');
    }
    return false;
}

/* ---- How it connects ---- */

static const char *
assign(struct dump *dump, const char *name, const char *value)
{
    size_t n = strlen(name), m = strlen(value);
    char *text = pd_pool_alloc(&dump->pool, n + m + 2);

    if (!text)
        return NULL;
    memcpy(text, name, n);
    text[n] = '=';
    memcpy(text + n + 1, value, m);
    return text;
}

/* Which of several hosts it was, what a service file said, is known by now. */
static const char *
value_of(const struct dump *dump, const PQconninfoOption *option)
{
    const char *address = PQhostaddr(dump->pg->conn);

    if (strcmp(option->keyword, "service") == 0 || strcmp(option->keyword, "options") == 0)
        return NULL;
    if (strcmp(option->keyword, "host") == 0)
        return PQhost(dump->pg->conn);
    if (strcmp(option->keyword, "port") == 0)
        return PQport(dump->pg->conn);
    if (strcmp(option->keyword, "hostaddr") == 0)
        return option->val && address && *address ? address : NULL;
    return option->val && *option->val ? option->val : NULL;
}

/* pg_dump sets all that texts depend on but how money is written. Poolers may refuse options, so
   they are sent only where something has to be changed. */
static bool
writes_money_otherwise(struct pg *pg)
{
    PGresult *result = NULL;
    bool does = true;

    if (pg_query(pg,
                 "SELECT reset_val NOT IN ('C', 'POSIX') FROM pg_catalog.pg_settings WHERE name = "
                 "'lc_monetary'",
                 0, NULL, "1b", &result, NULL) != PD_OK)
        return does;
    does = *PQgetvalue(result, 0, 0) == 't';
    PQclear(result);
    return does;
}

/* All that the session has, and nothing else that pg_dump could listen to. */
static const char **
make_environment(struct dump *dump)
{
    static const char *const kept[] = {"HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "KRB5CCNAME"};
    const char **list = pd_pool_alloc(&dump->pool, DUMP_ENVIRONMENT * sizeof *list);
    PQconninfoOption *options = PQconninfo(dump->pg->conn), *option;
    size_t n = 0, i;

    for (option = options; list && option && option->keyword && n < DUMP_ENVIRONMENT - 8;
         option++) {
        const char *value = option->envvar ? value_of(dump, option) : NULL;

        if (value)
            list[n++] = assign(dump, option->envvar, value);
        if (value && !list[n - 1])
            list = NULL;
    }
    for (i = 0; list && i < sizeof kept / sizeof *kept; i++) {
        const char *value = getenv(kept[i]);

        if (value && !(list[n++] = assign(dump, kept[i], value)))
            list = NULL;
    }
    if (list)
        list[n++] = "LC_ALL=C";
    if (list && writes_money_otherwise(dump->pg))
        list[n++] = "PGOPTIONS=-c lc_monetary=C";
    if (!options)
        list = NULL;
    PQconninfoFree(options);
    return list;
}

static pd_status
run(struct dump *dump, const char *path, const char *snapshot, struct pd_error *err)
{
    enum { FIXED = sizeof dump_arguments / sizeof *dump_arguments - 1 };
    const char *arguments[FIXED + 3] = {NULL};
    const char **environment = make_environment(dump);

    memcpy(arguments, dump_arguments, FIXED * sizeof *arguments);
    arguments[FIXED] = assign(dump, "--snapshot", snapshot);
    /* Texts come as the session has them. */
    arguments[FIXED + 1] = dump->pg->sql_ascii ? "--encoding=SQL_ASCII" : "--encoding=UTF8";
    if (!environment || !arguments[FIXED])
        return pg_no_memory(dump->pg->host, err);
    return child_start(dump, path, arguments, environment, err);
}

pd_status
dump_open(struct pg *pg, const char *snapshot, struct dump **ret_dump, struct pd_error *err)
{
    struct pd_pool pool = {.host = pg->host};
    struct dump *dump = pd_pool_alloc(&pool, sizeof *dump);
    char *buffer = dump ? pd_pool_alloc(&pool, DUMP_BUFFER) : NULL;
    char path[4096];
    pd_status status;

    if (!buffer) {
        pd_pool_close(&pool);
        return pg_no_memory(pg->host, err);
    }
    *dump = (struct dump){.pg = pg, .pool = pool, .out = -1, .complaint = -1, .buffer = buffer};
    if (find_versioned(dump, path, sizeof path, err) || find_in_path(dump, path, sizeof path, err))
        status = run(dump, path, snapshot, err);
    else if (pg->host->cancelled(pg->host))
        status = pg->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
    else
        status = pg->host->fail(err, PD_UNSUPPORTED, PD_CAUSE_MISSING,
                                "there is no pg_dump of version %d or later", pg->version / 10000);
    if (status != PD_OK)
        dump_close(dump);
    else
        *ret_dump = dump;
    return status;
}

void
dump_close(struct dump *dump)
{
    struct pd_pool pool;

    if (!dump)
        return;
    child_stop(dump);
    pool = dump->pool;
    pd_pool_close(&pool);
}

const char *
dump_version(const struct dump *dump)
{
    return dump->version;
}
