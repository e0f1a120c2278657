// SPDX-License-Identifier: Apache-2.0
/* fuzz_pg_sql - SQL of PostgreSQL, from a server, pg_dump or an archive that says what it likes.
   The first byte chooses who reads the rest. Types and names are spelled as one that is read again
   the same; statements are cut where they would be cut again; a default is a literal that its type
   has. */
#include "fuzz.h"

#include <string.h>

#include "../../plugins/postgresql/maker.h"
#include "../../plugins/postgresql/names.h"
#include "../../plugins/postgresql/passive.h"
#include "../../plugins/postgresql/sink.h"
#include "../../plugins/postgresql/spell.h"
#include "model/json.h"
#include "model/text.h"
#include "plugin/host.h"

/* Of objects_inside.h, which does not go with maker.h. */
bool objects_split(const char **next, const char **ret_start, size_t *ret_size);

/* ---- What these files want of the connection ---- */

pd_status
pg_no_memory(const struct pd_host *host, struct pd_error *err)
{
    return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "memory is short");
}

pd_status
pg_run(struct pg *pg, const char *sql, struct pd_error *err)
{
    return PD_FAILED;
}

void *
maker_alloc(struct maker *m, struct pd_pool *pool, size_t size)
{
    return pd_pool_alloc(pool, size);
}

/* ---- Types and names ---- */

typedef bool speller(const char *native, struct pd_sql *sql, struct spelled *ret_spelled);

static void
spell_again(speller *spell, const char *native)
{
    struct pd_sql first = {.host = host_get()}, second = {.host = host_get()};
    struct spelled spelled, again;

    if (spell(native, &first, &spelled)) {
        FUZZ_HOLDS(spell(pd_sql_text(&first), &second, &again));
        FUZZ_HOLDS(strcmp(pd_sql_text(&first), pd_sql_text(&second)) == 0);
        FUZZ_HOLDS(strcmp(spelled.name, again.name) == 0);
        FUZZ_HOLDS(strcmp(spelled.schema, again.schema) == 0);
        FUZZ_HOLDS(spelled.is_user == again.is_user && spelled.is_array == again.is_array);
    }
    pd_sql_free(&first);
    pd_sql_free(&second);
}

static void
fit_name(const char *name)
{
    struct pd_pool pool = {.host = host_get()};
    struct names names = {.pool = &pool};
    const char *fits = names_fit(&pool, name), *chosen;

    FUZZ_HOLDS(fits && strlen(fits) <= NAMES_MAX_BYTES);
    FUZZ_HOLDS(!text_is_utf8(name, strlen(name)) || text_is_utf8(fits, strlen(fits)));
    FUZZ_HOLDS(strlen(name) > NAMES_MAX_BYTES || strcmp(name, fits) == 0);
    FUZZ_HOLDS(names_take(&names, NULL, fits) == PD_OK);
    chosen = names_choose(&names, NULL, name, "_");
    FUZZ_HOLDS(chosen && strlen(chosen) <= NAMES_MAX_BYTES && strcmp(chosen, fits) != 0);
    FUZZ_HOLDS(!text_is_utf8(name, strlen(name)) || text_is_utf8(chosen, strlen(chosen)));
    pd_pool_close(&pool);
}

/* ---- Statements ---- */

static void
passive_reads(const char *sql)
{
    struct passive passive;
    size_t size = 0;
    const char *storage = passive_storage(sql, &size);
    bool is_passive = passive_read(sql, &passive);

    FUZZ_HOLDS(is_passive == (passive.kind != PASSIVE_NOT));
    FUZZ_HOLDS(passive_statement(sql) == is_passive);
    FUZZ_HOLDS(!storage || (storage >= sql && storage + size <= sql + strlen(sql)));
}

/* Nothing that is in one statement is in another, or in none but comments and blanks. */
static void
split_again(const char *sql)
{
    struct pd_sql joined = {.host = host_get()};
    const char *next = sql, *start, *again, *text;
    size_t size, size_again, n = 0;

    while (objects_split(&next, &start, &size)) {
        FUZZ_HOLDS(start >= sql && start + size <= next);
        pd_sql_bytes(&joined, start, size);
        pd_sql_add(&joined, "\n;");
        n++;
    }
    FUZZ_HOLDS(!*next);
    text = pd_sql_text(&joined);
    for (next = sql; n && objects_split(&next, &start, &size); n--) {
        FUZZ_HOLDS(objects_split(&text, &again, &size_again));
        /* The last one may be open, and then has what was put behind it. */
        FUZZ_HOLDS(n == 1 || size == size_again);
        FUZZ_HOLDS(size <= size_again && memcmp(start, again, size) == 0);
    }
    pd_sql_free(&joined);
}

/* ---- Defaults ---- */

static const struct {
    const char *base;
    struct pd_type type;
} bases[] = {
    {"integer", {.kind = PD_KIND_INT32}},
    {"bigint", {.kind = PD_KIND_INT64}},
    {"boolean", {.kind = PD_KIND_BOOL}},
    {"numeric", {.kind = PD_KIND_DECIMAL}},
    {"numeric", {.kind = PD_KIND_DECIMAL, .precision = 10, .scale = 2}},
    {"double precision", {.kind = PD_KIND_FLOAT64}},
    {"real", {.kind = PD_KIND_FLOAT32}},
    {"\"text\"", {.kind = PD_KIND_TEXT}},
    {"character varying", {.kind = PD_KIND_TEXT, .length = 5}},
    {"character", {.kind = PD_KIND_CHAR, .length = 5}},
    {"\"bytea\"", {.kind = PD_KIND_BINARY}},
    {"\"date\"", {.kind = PD_KIND_DATE}},
    {"time without time zone", {.kind = PD_KIND_TIME, .precision = 6}},
    {"time with time zone", {.kind = PD_KIND_TIMETZ, .precision = 6}},
    {"timestamp without time zone", {.kind = PD_KIND_TIMESTAMP, .precision = 6}},
    {"timestamp with time zone", {.kind = PD_KIND_TIMESTAMPTZ, .precision = 6}},
    {"interval", {.kind = PD_KIND_INTERVAL}},
    {"\"uuid\"", {.kind = PD_KIND_UUID}},
    {"\"jsonb\"", {.kind = PD_KIND_JSONB}},
    {"\"json\"", {.kind = PD_KIND_JSON}},
    {"bit", {.kind = PD_KIND_BIT, .length = 3}},
    {"bit varying", {.kind = PD_KIND_VARBIT}},
    {"\"inet\"", {.kind = PD_KIND_INET}},
    {"\"money\"", {.kind = PD_KIND_MONEY, .scale = 2}},
};

/* What the archive would say of it. */
static void
json_again(const struct pd_table *table)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer first = {0};
    CLEANUP_BUFFER struct buffer second = {0};
    struct pd_table copy = {.struct_size = sizeof copy};
    struct pd_error err = {0};
    json_t *json = NULL;

    FUZZ_HOLDS(json_write_table(&first, table, JSON_NEUTRAL, &err) == PD_OK);
    FUZZ_HOLDS(json_parse((const char *)first.data, first.size, "fuzz", &json, &err) == PD_OK);
    if (json_read_table(arena, json, &copy, &err) != PD_OK) {
        fprintf(stderr, "%s\n%.*s\n", err.text, (int)first.size, (const char *)first.data);
        abort();
    }
    json_decref(json);
    FUZZ_HOLDS(json_write_table(&second, &copy, JSON_NEUTRAL, &err) == PD_OK);
    FUZZ_HOLDS(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
}

static void
default_again(const char *sql, uint8_t which)
{
    const struct pd_host *host = host_get();
    struct pd_pool pool = {.host = host};
    struct pd_error err = {0};
    struct maker m = {.host = host, .err = &err, .pool = &pool, .scratch = {.host = host}};
    size_t n = which % (sizeof bases / sizeof *bases);
    struct pd_column column = {.struct_size = sizeof column,
                               .name = "c",
                               .type = bases[n].type,
                               .native = "",
                               .default_native = sql};
    struct pd_table table = {.struct_size = sizeof table,
                             .name = "t",
                             .columns = &column,
                             .n_columns = 1,
                             .column_size = sizeof column};

    column.type.struct_size = sizeof column.type;
    defaults_read(&m, bases[n].base, &column);
    if (m.status == PD_OK)
        json_again(&table);
    portable_read(&m, &table, sql);
    pd_pool_close(&m.scratch);
    pd_pool_close(&pool);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *sql;

    if (size < 1 || (data[0] % 8 > 4 && !text_is_utf8(data + 1, size - 1)))
        return 0;
    sql = malloc(size);
    FUZZ_HOLDS(sql != NULL);
    memcpy(sql, data + 1, size - 1);
    sql[size - 1] = '\0';
    switch (data[0] % 8) {
    case 0:
        passive_reads(sql);
        break;
    case 1:
        spell_again(spell_type, sql);
        break;
    case 2:
        spell_again(spell_name, sql);
        break;
    case 3:
        split_again(sql);
        break;
    case 4:
        fit_name(sql);
        break;
    default:
        default_again(sql, data[0] >> 3);
        break;
    }
    free(sql);
    return 0;
}
