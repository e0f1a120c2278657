// SPDX-License-Identifier: Apache-2.0
/* fuzz_pg_dump - the table of contents of a pg_dump that writes what it likes, or that a server has
   led to. What is kept of it are texts that end where they say. */
#include "fuzz.h"

#include <string.h>

#include "../../plugins/postgresql/objects_inside.h"
#include "base/error.h"
#include "plugin/host.h"

enum { N_THINGS = 4, ROOM = 64, MOST_MEMORY = 1 << 20 };

/* ---- What pg_dump writes ---- */

struct dump {
    const uint8_t *at, *end;
};

pd_status
dump_read(struct dump *dump, void *buffer, size_t size, struct pd_error *err)
{
    if (size > (size_t)(dump->end - dump->at))
        return PD_FAILED;
    if (buffer && size)
        memcpy(buffer, dump->at, size);
    dump->at += size;
    return PD_OK;
}

pd_status
dump_end(struct dump *dump, struct pd_error *err)
{
    return PD_OK;
}

const char *
dump_version(const struct dump *dump)
{
    return "17";
}

/* ---- What has been listed of the server ---- */

static const struct objects_kind kinds[N_THINGS] = {
    {.toc = "VIEW"}, {.toc = "FUNCTION"}, {.toc = "TRIGGER"}, {.toc = NULL}};

pd_status
objects_no_memory(struct objects *o, struct pd_error *err)
{
    return PD_FATAL;
}

struct thing *
objects_find(struct objects *o, uint32_t class_oid, uint32_t oid)
{
    for (size_t i = 0; i < o->n_things; i++) {
        if (o->things[i].oid == oid)
            return &o->things[i];
    }
    return NULL;
}

struct thing *
objects_add(struct objects *o, const struct objects_kind *kind)
{
    struct thing *thing = o->n_things < ROOM ? &o->things[o->n_things++] : NULL;

    if (thing)
        *thing = (struct thing){.kind = kind};
    return thing;
}

pd_status
objects_index(struct objects *o, struct pd_error *err)
{
    return PD_OK;
}

pd_status
objects_note(struct objects *o, const char *name, const char *fmt, ...)
{
    char text[1024];
    va_list list;

    va_start(list, fmt);
    FUZZ_HOLDS(vsnprintf(text, sizeof text, fmt, list) > 0);
    va_end(list);
    return PD_OK;
}

/* Each rule is the first thing's. */
pd_status
pg_query(struct pg *pg, const char *sql, int n_params, const char *const *params,
         const char *answer, PGresult **ret_result, struct pd_error *err)
{
    char name[] = "ev_class", first[] = "1";
    PGresAttDesc column = {.name = name};
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);

    FUZZ_HOLDS(result && PQsetResultAttrs(result, 1, &column));
    FUZZ_HOLDS(PQsetvalue(result, 0, 0, first, 1));
    *ret_result = result;
    return PD_OK;
}

/* What is said of sizes may be a lie, and memory is cleared before the bytes come. */
static void *
some_memory(const struct pd_host *host, size_t size)
{
    return size > MOST_MEMORY ? NULL : host_get()->alloc(host_get(), size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dump dump = {data, data + size};
    struct pd_host host = *host_get();
    struct pg pg = {.host = &host};
    struct pg_catalog catalog = {.pool = {.host = pg.host}};
    struct thing things[ROOM] = {0};
    struct objects o = {.pg = &pg,
                        .catalog = &catalog,
                        .pool = {.host = pg.host},
                        .things = things,
                        .n_things = N_THINGS};
    struct pd_error err = {0};
    const char *version = NULL;
    size_t n = 0;

    host.alloc = some_memory;
    for (uint32_t i = 0; i < N_THINGS; i++)
        things[i] = (struct thing){.kind = &kinds[i], .oid = i + 1, .sql = ""};
    if (objects_take_dump(&o, &dump, &version, &err) == PD_OK) {
        FUZZ_HOLDS(strcmp(version, "17") == 0);
        for (size_t i = 0; i < o.n_things; i++)
            n += things[i].sql ? strlen(things[i].sql) : 0;
        FUZZ_HOLDS(n <= size * o.n_things);
    }
    pd_pool_close(&o.pool);
    pd_pool_close(&catalog.pool);
    return 0;
}
