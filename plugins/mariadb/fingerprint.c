// SPDX-License-Identifier: Apache-2.0
/* fingerprint - whether the database is still made as it was: one line an object, with a hash of
   how it is made. It finds changes, not forgeries. */
#include <stdlib.h>
#include <string.h>

#include "create.h"
#include "objects_inside.h"

/* What SHOW CREATE tells of tables is taken whole; of others the server says when they were
   changed. */
static const char tables_sql[] =
    "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s";
static const char *const others_sql[] = {
    "SELECT 'trigger', TRIGGER_NAME, EVENT_OBJECT_TABLE, CAST(CREATED AS CHAR), ACTION_ORDER"
    " FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = %s",
    "SELECT ROUTINE_TYPE, ROUTINE_NAME, '', CAST(LAST_ALTERED AS CHAR), SQL_MODE"
    " FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %s",
    "SELECT 'event', EVENT_NAME, '', CAST(LAST_ALTERED AS CHAR), STATUS"
    " FROM information_schema.EVENTS WHERE EVENT_SCHEMA = %s",
};

struct hash {
    uint64_t a;
    uint64_t b;
};

static void
hash_bytes(struct hash *hash, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        hash->a = (hash->a ^ (uint8_t)bytes[i]) * UINT64_C(1099511628211);
        hash->b = (hash->b ^ (uint8_t)bytes[i]) * UINT64_C(6364136223846793005) + 1;
    }
}

static struct hash
hash_begin(void)
{
    return (struct hash){UINT64_C(14695981039346656037), UINT64_C(1442695040888963407)};
}

struct lines {
    const char **list;
    size_t n, room;
};

/* A table, sequence or view whose text is still to be asked for. */
struct asked {
    const char *name;
    bool is_view;
};

struct fingerprint {
    struct maker m;
    struct lines lines;
    struct asked *asked;
    size_t n_asked, asked_room;
};

static struct fingerprint *
of(struct maker *m)
{
    return (struct fingerprint *)(void *)m; /* its first member */
}

static void
add_line(struct fingerprint *f, const char *kind, const char *name, const struct hash *hash)
{
    struct pd_sql line = {.host = f->m.host};
    const char **place =
        maker_append(&f->m, f->m.pool, &f->lines.list, f->lines.n, &f->lines.room, sizeof *place);

    if (!place)
        return;
    pd_sql_printf(&line, "%s '%s' %016llx%016llx", kind, name, (unsigned long long)hash->a,
                  (unsigned long long)hash->b);
    *place = maker_built(&f->m, &line);
    f->lines.n += *place != NULL;
}

static void
take_other(struct maker *m, const struct maker_row *row)
{
    struct hash hash = hash_begin();

    if (!row->text[0] || !row->text[1] || (row->text[2] && catalog_is_staged(row->text[2])))
        return;
    for (size_t i = 2; i < row->n; i++) {
        if (row->text[i])
            hash_bytes(&hash, row->text[i], row->size[i] + 1);
    }
    add_line(of(m), row->text[0], row->text[1], &hash);
}

static void
take_table(struct maker *m, const struct maker_row *row)
{
    struct fingerprint *f = of(m);
    struct asked *asked;

    if (!row->text[0] || !row->text[1] || catalog_is_staged(row->text[0]))
        return;
    asked = maker_append(m, m->pool, &f->asked, f->n_asked, &f->asked_room, sizeof *asked);
    if (!asked)
        return;
    asked->name = maker_cell(m, row, 0);
    asked->is_view = maker_says(row, 1, "VIEW");
    f->n_asked += asked->name != NULL;
}

/* Where the user may not see the text, its being there has to do. */
static pd_status
ask(struct fingerprint *f, const struct asked *asked)
{
    struct create_strip strip = {f->m.my->database, NULL};
    struct pd_sql sql = {.host = f->m.host}, text = {.host = f->m.host};
    struct hash hash = hash_begin();
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    pd_sql_add(&sql, asked->is_view ? "SHOW CREATE VIEW " : "SHOW CREATE TABLE ");
    my_name(&sql, asked->name);
    status = pd_sql_text(&sql) ? my_query(f->m.my, pd_sql_text(&sql), &result, f->m.err)
                               : my_no_memory(f->m.host, f->m.err);
    pd_sql_free(&sql);
    /* It may use what writes, or what is not there. */
    if (status == PD_FAILED && asked->is_view && !f->m.my->broken)
        status = shown_definition(f->m.my, asked->name, &result, f->m.err);
    if (status == PD_FAILED && asked->is_view)
        status = PD_OK;
    if (status != PD_OK)
        return status;
    row = result && mysql_num_fields(result) >= 2 ? mysql_fetch_row(result) : NULL;
    if (row && row[1])
        create_strip_table(&strip, row[1], &text);
    if (!text.failed)
        hash_bytes(&hash, pd_sql_text(&text), text.size);
    else
        maker_no_memory(&f->m);
    pd_sql_free(&text);
    if (result)
        mysql_free_result(result);
    add_line(f, asked->is_view ? "view" : "table", asked->name, &hash);
    return f->m.status;
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static pd_status
read_lines(struct fingerprint *f)
{
    pd_status status = maker_each(&f->m, tables_sql, take_table);

    for (size_t i = 0; i < f->n_asked && status == PD_OK; i++)
        status = ask(f, &f->asked[i]);
    for (size_t i = 0; i < sizeof others_sql / sizeof *others_sql && status == PD_OK; i++)
        status = maker_each(&f->m, others_sql[i], take_other);
    if (f->lines.n)
        qsort(f->lines.list, f->lines.n, sizeof *f->lines.list, compare);
    return status == PD_OK ? f->m.status : status;
}

pd_status
catalog_fingerprint(struct my *my, struct pd_sql *text, struct pd_error *err)
{
    struct pd_pool pool = {.host = my->host};
    struct fingerprint f = {.m = {.my = my, .host = my->host, .err = err, .pool = &pool}};
    pd_status status = read_lines(&f);

    for (size_t i = 0; i < f.lines.n && status == PD_OK; i++)
        pd_sql_printf(text, "%s\n", f.lines.list[i]);
    pd_pool_close(&pool);
    return status;
}
