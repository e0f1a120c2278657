// SPDX-License-Identifier: Apache-2.0
/* present_map - tables that are there: their columns, and what values they take, out of the
   server's own text of each. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <polydump/choice.h>

#include "ddl.h"
#include "labels.h"

enum { CODE_NO_TABLE = 1146 };

struct reader {
    struct map *map;
    struct pd_pool *pool; /* the sink's */
    struct present_table *there;
};

static pd_status
no_memory(struct reader *r)
{
    return my_no_memory(r->map->sink->host, r->map->err);
}

/* ---- What is there ---- */

/* DEFAULT nextval(`s`), as the server spells it: with the database in front. */
static const char *
sequence_of(struct reader *r, const struct passive_column *c)
{
    struct lex lex;
    const char *name = NULL;

    if (c->value.size == 0)
        return NULL;
    lex_begin(&lex, c->value.at);
    if (!lex_take(&lex, "DEFAULT") || !lex_take(&lex, "nextval") || !lex_take(&lex, "("))
        return NULL;
    do
        name = lex_take_name(&lex, r->pool);
    while (name && lex_take(&lex, "."));
    return name;
}

/* What the server would change without a word: digits behind those of double(10,2), and bytes that
   are fewer than those of binary(4). */
static void
note_silent(struct pd_type *type, const char *spelled)
{
    const char *digits = strchr(spelled, '(');
    char *end;
    long precision;

    if (strncmp(spelled, "binary(", 7) == 0 && type->kind == PD_KIND_BINARY)
        type->flags |= PD_TYPE_FIXED;
    if (!digits || (type->kind != PD_KIND_FLOAT32 && type->kind != PD_KIND_FLOAT64))
        return;
    precision = strtol(digits + 1, &end, 10);
    if (*end != ',')
        return;
    type->precision = (int32_t)precision;
    type->scale = (int32_t)strtol(end + 1, NULL, 10);
}

static pd_status
read_column(struct reader *r, const struct passive_column *c, struct present_column *column)
{
    struct map_spelled spelled;

    if (map_spell(r->map->sink->my, c, 0, r->pool, &spelled, &column->type) != PD_OK)
        return no_memory(r);
    column->name = c->name;
    column->spelled = spelled.native;
    note_silent(&column->type, spelled.native);
    column->raw_charset = spelled.raw_charset;
    column->charset = c->facts.charset;
    column->form = (uint8_t)spelled.form;
    column->size = spelled.size;
    column->is_unsigned = spelled.is_unsigned;
    column->not_null = c->is_not_null;
    column->has_default = c->value.size || c->is_auto || !c->is_not_null;
    column->is_generated = c->is_generated;
    column->is_auto = c->is_auto;
    column->sequence = sequence_of(r, c);
    return PD_OK;
}

static pd_status
read_columns(struct reader *r, const struct passive *p)
{
    struct present_table *there = r->there;
    size_t i;
    pd_status status = PD_OK;

    there->engine = p->engine ? p->engine : "";
    there->columns = pd_pool_alloc(r->pool, (p->n_columns + 1) * sizeof *there->columns);
    if (!there->columns)
        return no_memory(r);
    for (i = 0; i < p->n_columns && status == PD_OK; i++)
        status = read_column(r, &p->columns[i], &there->columns[there->n_columns++]);
    return status;
}

/* What the parts borrow from lives as long as they. */
static pd_status
read_text(struct reader *r, const char *name, const char *text)
{
    const char *kept = pd_pool_text(r->pool, text);
    struct passive p;
    pd_status status;

    r->there->name = name;
    if (!kept)
        return no_memory(r);
    status = labels_repair(r->map->sink->my, r->pool, name, kept, &kept, NULL, r->map->err);
    if (status != PD_OK)
        return status;
    if (!passive_read_any(kept, r->pool, &p))
        return r->map->sink->host->fail(r->map->err, PD_FAILED, PD_CAUSE_QUERY,
                                        "what the server tells about table '%s' is not understood",
                                        name);
    r->there->kind = "table";
    return read_columns(r, &p);
}

static pd_status
read_table(struct map *map, const char *name, struct present_table *there)
{
    struct reader r = {.map = map, .pool = &map->sink->pool, .there = there};
    struct my *my = map->sink->my;
    struct pd_sql sql = {.host = map->sink->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status;

    pd_sql_add(&sql, "SHOW CREATE TABLE ");
    my_name(&sql, name);
    memset(&my->complaint, 0, sizeof my->complaint);
    status = pd_sql_text(&sql) ? my_query(my, sql.text, &result, map->err) : no_memory(&r);
    pd_sql_free(&sql);
    if (status == PD_FAILED && my->complaint.code == CODE_NO_TABLE)
        return PD_OK;
    if (status != PD_OK)
        return status;
    row = mysql_fetch_row(result);
    if (mysql_num_fields(result) == 2 && row && row[1] &&
        strncmp(row[1], "CREATE TABLE", 12) == 0) {
        status = read_text(&r, name, row[1]);
    } else {
        there->name = name;
        there->kind = "view";
    }
    mysql_free_result(result);
    return status;
}

/* ---- What becomes of a column ---- */

const struct present_column *
present_find(const struct present_table *there, const char *name)
{
    size_t i;

    for (i = 0; i < there->n_columns; i++) {
        if (strcmp(there->columns[i].name, name) == 0)
            return &there->columns[i];
    }
    for (i = 0; i < there->n_columns; i++) {
        if (strcasecmp(there->columns[i].name, name) == 0)
            return &there->columns[i];
    }
    return NULL;
}

/* Has the column of the source the values of the one that is there, outliers and all? */
static bool
is_alike(const struct pd_column *from, const struct present_column *to)
{
    const struct pd_type *a = &from->type, *b = &to->type;

    if (a->kind != b->kind || !pd_same_labels(a, b))
        return false;
    if (from->native && strcmp(from->native, to->spelled) == 0)
        return true;
    return a->length == b->length && a->precision == b->precision && a->scale == b->scale &&
           a->flags == b->flags;
}

static void
map_onto(const struct map *map, const struct pd_column *from, const struct present_column *to,
         struct pd_mapping *m)
{
    memset(m, 0, sizeof *m);
    m->flags = PD_MAPPING_PRESENT;
    /* A trigger may still give it a value. */
    if (to->not_null && !present_fires(map->sink))
        m->flags |= PD_MAPPING_NOT_NULL;
    m->native = to->spelled;
    m->as = to->type;
    if (map->same && is_alike(from, to))
        m->as = from->type;
    if (m->as.kind == PD_KIND_OPAQUE)
        pd_mapping_set(m, PD_RUNG_CARRIER, PD_KIND_TEXT, "", NULL);
    m->native = to->spelled;
    m->rung = m->as.kind == from->type.kind ? PD_RUNG_NATIVE : PD_RUNG_PROFILED;
    m->reason = m->rung == PD_RUNG_NATIVE ? NULL : "so is the column in the target";
}

static void
map_table(struct map *map, size_t table)
{
    const struct pd_table *t = pd_table_at(map->catalog, table);
    const struct present_table *there = &map->sink->ddl->present[table];
    size_t i;

    for (i = 0; i < t->n_columns; i++) {
        const struct pd_column *column = pd_column_at(t, i);
        const struct present_column *to = present_find(there, column->name);
        struct pd_mapping *m = &map->mappings[map->first[table] + i];

        if (to) {
            map_onto(map, column, to, m);
            continue;
        }
        memset(m, 0, sizeof *m);
        m->native = "";
        m->as = column->type;
    }
}

pd_status
present_map(struct map *map)
{
    struct pd_sink *sink = map->sink;
    size_t i, n = map->catalog->n_tables;
    pd_status status = PD_OK;

    if (!sink->ddl)
        sink->ddl = pd_pool_alloc(&sink->pool, sizeof *sink->ddl);
    if (sink->ddl)
        sink->ddl->present = pd_pool_alloc(&sink->pool, (n + 1) * sizeof *sink->ddl->present);
    if (!sink->ddl || !sink->ddl->present)
        return my_no_memory(sink->host, map->err);
    for (i = 0; i < n && status == PD_OK; i++) {
        const struct pd_table *t = pd_table_at(map->catalog, i);
        const char *name = place_flat(&sink->pool, t->schema, t->name);
        const char *there = "";

        status = name ? present_name(sink, name, &there, NULL, map->err)
                      : my_no_memory(sink->host, map->err);
        if (status == PD_OK)
            status = read_table(map, *there ? there : name, &sink->ddl->present[i]);
        if (status == PD_OK)
            map_table(map, i);
    }
    return status;
}
