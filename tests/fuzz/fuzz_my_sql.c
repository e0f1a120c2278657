// SPDX-License-Identifier: Apache-2.0
/* fuzz_my_sql - what MariaDB says of its tables and objects, from a server or an archive that says
   what it likes. The first byte chooses who reads the rest. A table that is taken apart is written
   and taken apart again the same; what the catalogue makes of it is written as JSON and read again
   the same. */
#include "fuzz.h"

#include <string.h>

#include "../../plugins/mariadb/create.h"
#include "../../plugins/mariadb/maker.h"
#include "../../plugins/mariadb/objects_inside.h"
#include "../../plugins/mariadb/passive.h"
#include "model/json.h"
#include "model/text.h"
#include "plugin/host.h"

/* ---- What these files want of the connection ---- */

pd_status
my_no_memory(const struct pd_host *host, struct pd_error *err)
{
    return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "memory is short");
}

pd_status
my_query(struct my *my, const char *sql, MYSQL_RES **ret_result, struct pd_error *err)
{
    return PD_FAILED;
}

pd_status
maker_each(struct maker *maker, const char *sql, maker_take *take)
{
    return PD_FAILED;
}

uint32_t
tables_find(const struct maker *maker, const char *server_name)
{
    return strcmp(server_name, "t") == 0 ? 0 : PD_NO_TABLE;
}

/* ---- A statement, under the same name ---- */

static const char *
kept_value(void *arg, size_t column)
{
    return NULL;
}

static void
write_table(const struct passive *p, struct pd_sql *out)
{
    struct passive_change change = {.name = p->name, .value_of = kept_value};

    out->host = host_get();
    passive_write(p, &change, out);
    FUZZ_HOLDS(pd_sql_text(out) != NULL);
}

/* Blanks between the words may differ. */
static bool
same_words(const struct pd_sql *first, const struct pd_sql *second)
{
    const char *a = pd_sql_text(first), *b = pd_sql_text(second);

    for (;; a++, b++) {
        a += strspn(a, " \n");
        b += strspn(b, " \n");
        if (*a != *b || !*a)
            return *a == *b;
    }
}

static void
passive_again(const char *sql)
{
    struct pd_pool pool = {.host = host_get()};
    struct passive p, copy, again;
    struct pd_sql first = {0}, second = {0};
    bool is_whole = passive_read(sql, &pool, &p), is_table;

    is_table = passive_read_any(sql, &pool, &copy);
    FUZZ_HOLDS(!is_whole || is_table);
    FUZZ_HOLDS(!is_whole || passive_statement(sql));
    if (is_table) {
        write_table(&copy, &first);
        FUZZ_HOLDS(passive_read_any(pd_sql_text(&first), &pool, &again));
        FUZZ_HOLDS(again.n_columns == copy.n_columns && strcmp(again.name, copy.name) == 0);
        write_table(&again, &second);
        FUZZ_HOLDS(again.n_items <= copy.n_items);
        FUZZ_HOLDS(!is_whole || same_words(&first, &second));
    }
    if (is_whole) {
        FUZZ_HOLDS(passive_read(pd_sql_text(&first), &pool, &again));
        pd_sql_clear(&second);
        passive_put_unique(&p, &second);
        passive_put_partitions(&p, &second);
    }
    pd_sql_free(&first);
    pd_sql_free(&second);
    pd_pool_close(&pool);
}

/* ---- A table of the catalogue ---- */

enum { N_COLUMNS = 8 };

static const struct pd_column prototypes[N_COLUMNS] = {
    {.name = "a", .type.kind = PD_KIND_INT32},
    {.name = "b", .type.kind = PD_KIND_TEXT},
    {.name = "c", .type.kind = PD_KIND_BINARY},
    {.name = "d", .type.kind = PD_KIND_DECIMAL, .type.precision = 10, .type.scale = 2},
    {.name = "e", .type.kind = PD_KIND_TIMESTAMP, .type.precision = 3},
    {.name = "f", .type.kind = PD_KIND_FLOAT64},
    {.name = "g", .type.kind = PD_KIND_BIT, .type.length = 10},
    {.name = "h", .type.kind = PD_KIND_UUID},
};

struct world {
    struct my my;
    struct my_catalog dummy;
    struct pd_pool pool;
    struct pd_column columns[N_COLUMNS];
    struct my_column readers[N_COLUMNS];
    struct table_work work;
    struct my_table my_table;
    struct pd_table table;
    struct pd_error err;
    struct maker m;
};

static void
world_open(struct world *w, const char *sql)
{
    const struct pd_host *host = host_get();

    memset(w, 0, sizeof *w);
    for (size_t i = 0; i < N_COLUMNS; i++) {
        w->columns[i] = prototypes[i];
        w->columns[i].struct_size = sizeof w->columns[i];
        w->columns[i].type.struct_size = sizeof w->columns[i].type;
        w->columns[i].native = "";
    }
    w->my = (struct my){.host = host, .is_mariadb = true, .database = "shop"};
    w->pool.host = host;
    w->work = (struct table_work){.name = "t", .columns = w->columns, .readers = w->readers};
    w->my_table.columns = w->readers;
    w->table = (struct pd_table){.struct_size = sizeof w->table,
                                 .name = "t",
                                 .columns = w->columns,
                                 .n_columns = N_COLUMNS,
                                 .column_size = sizeof *w->columns,
                                 .native_sql = sql};
    w->m = (struct maker){.my = &w->my,
                          .host = host,
                          .err = &w->err,
                          .pool = &w->pool,
                          .scratch = {.host = host},
                          .lines = {.host = host},
                          .tables = &w->table,
                          .my_tables = &w->my_table,
                          .works = &w->work,
                          .n_tables = 1};
}

static void
world_close(struct world *w)
{
    pd_pool_close(&w->m.lines);
    pd_pool_close(&w->m.scratch);
    pd_pool_close(&w->pool);
}

/* What the archive would say of the table. */
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
catalogue_again(const char *sql)
{
    struct world w;
    struct items items;

    world_open(&w, sql);
    if (items_read(&w.m, &w.table, &items)) {
        for (size_t i = 0; i < items.n; i++) {
            int32_t column = items.list[i].kind == ITEM_COLUMN && items.list[i].name
                                 ? columns_find(&w.table, items.list[i].name)
                                 : -1;

            if (column >= 0 && items.list[i].value)
                defaults_read(&w.m, 0, (uint32_t)column, items.list[i].value);
        }
        keys_read(&w.m, 0, &items);
        checks_read(&w.m, 0, &items);
        foreign_read(&w.m, 0, &items);
        if (w.m.status == PD_OK)
            json_again(&w.table);
    }
    world_close(&w);
}

/* ---- Texts that people wrote ---- */

static void
strip_text(const char *sql, uint8_t flags)
{
    static const char *natives[] = {"abs"}, *packages[] = {"p"};
    const struct own_names names = {.database = "d",
                                    .fold = flags & 1,
                                    .is_taken = flags & 2,
                                    .natives = natives,
                                    .n_natives = 1,
                                    .packages = packages,
                                    .n_packages = 1};
    const struct text_mode mode = {flags & 4, flags & 8};
    const struct create_strip strip = {.database = "d"};
    struct pd_sql out = {.host = host_get()};
    bool is_stripped = text_strip(sql, mode, &names, flags & 16, &out);

    text_uses_database(sql, mode);
    text_has_in_string(sql, mode, &names);
    if (!strstr(pd_sql_text(&out), OWN_DATABASE)) {
        FUZZ_HOLDS(is_stripped || strcmp(pd_sql_text(&out), sql) == 0);
        FUZZ_HOLDS(out.size <= strlen(sql));
    }
    pd_sql_clear(&out);
    create_strip_table(&strip, sql, &out);
    pd_sql_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *sql;

    /* Of the catalogue's texts only create_strip_table() sees what is not UTF-8. */
    if (size < 1 || (data[0] % 4 && !text_is_utf8(data + 1, size - 1)))
        return 0;
    sql = malloc(size);
    FUZZ_HOLDS(sql != NULL);
    memcpy(sql, data + 1, size - 1);
    sql[size - 1] = '\0';
    if (data[0] % 4 == 0)
        strip_text(sql, data[0] >> 2);
    else if (data[0] % 4 == 1)
        catalogue_again(sql);
    else
        passive_again(sql);
    free(sql);
    return 0;
}
