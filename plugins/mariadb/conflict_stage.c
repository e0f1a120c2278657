// SPDX-License-Identifier: Apache-2.0
/* conflict_stage - the temporary table that rows go into before the target's own: its columns and
   checks, the unique keys that rows are found by, and a number for each row. It is kept until the
   session ends, since any row may have the key of one long before it. */
#include <string.h>

#include "conflict.h"
#include "labels.h"

struct copying {
    struct pd_sink *sink;
    uint32_t table;
    const struct conflict_table *t;
    struct passive p;
    struct pd_sql sql;
};

/* Their default is printed as a text that is none of them; rows that come have values. */
static bool
has_labels_of_bytes(const struct passive_column *column)
{
    const char *type = column->facts.data_type;
    struct lex lex;

    if (strcmp(type, "enum") != 0 && strcmp(type, "set") != 0)
        return false;
    for (lex_begin(&lex, column->facts.column_type); lex.kind != LEX_END && lex.kind != LEX_BAD;
         lex_step(&lex)) {
        if (lex.kind == LEX_NUMBER)
            return true;
    }
    return false;
}

/* The numbers of the rows count by AUTO_INCREMENT, and one table has one such column. */
static void
put_column(struct copying *c, const struct passive_column *column)
{
    const char *at = column->whole.at, *end = at + column->whole.size;
    const char *name = column->name;

    if (has_labels_of_bytes(column) && column->value.size) {
        pd_sql_bytes(&c->sql, at, (size_t)(column->value.at - at));
        at = column->value.at + column->value.size;
        pd_sql_bytes(&c->sql, at, (size_t)(end - at));
        return;
    }
    if (!column->is_auto) {
        pd_sql_bytes(&c->sql, at, column->whole.size);
        return;
    }
    pd_sql_bytes(&c->sql, at, (size_t)(column->automatic.at - at));
    at = column->automatic.at + column->automatic.size;
    pd_sql_add(&c->sql, conflict_comes(c->sink, c->table, name) ? "" : "DEFAULT 0");
    pd_sql_bytes(&c->sql, at, (size_t)(end - at));
}

static bool
is_key(const struct copying *c, const struct passive_item *item)
{
    if (item->kind == PASSIVE_PRIMARY)
        return c->t->primary != NULL;
    for (size_t i = 0; i < c->t->n_keys && item->kind == PASSIVE_UNIQUE; i++) {
        if (strcmp(c->t->keys[i].name, item->name) == 0)
            return true;
    }
    return false;
}

static void
put_items(struct copying *c)
{
    for (size_t i = 0; i < c->p.n_items; i++) {
        const struct passive_item *item = &c->p.items[i];

        if (item->kind == PASSIVE_COLUMN) {
            put_column(c, &c->p.columns[item->column]);
        } else if (item->kind == PASSIVE_CHECK || is_key(c, item)) {
            pd_sql_bytes(&c->sql, item->whole.at, item->whole.size);
        } else {
            continue;
        }
        pd_sql_add(&c->sql, ",\n ");
    }
}

static pd_status
refuse_period(const struct copying *c, struct pd_error *err)
{
    bool has = false;

    for (size_t i = 0; i < c->p.n_items; i++)
        has = has || c->p.items[i].kind == PASSIVE_PERIOD;
    if (!has)
        return PD_OK;
    return c->sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                               "table '%s' of the target has a period, whose rows cannot be told "
                               "to be there: leave it out with --exclude, or use "
                               "--on-conflict=error",
                               c->sink->tables[c->table].name);
}

static pd_status
write_copy(struct copying *c, const char *create, const char *stage, struct pd_error *err)
{
    struct pd_sink *sink = c->sink;
    pd_status status;

    if (!passive_read_any(create, &sink->pool, &c->p))
        return sink->host->fail(err, PD_FAILED, PD_CAUSE_QUERY,
                                "what the server tells about table '%s' is not understood",
                                sink->tables[c->table].name);
    status = refuse_period(c, err);
    if (status != PD_OK)
        return status;
    pd_sql_add(&c->sql, "CREATE TEMPORARY TABLE ");
    my_name(&c->sql, stage);
    pd_sql_add(&c->sql, " (");
    put_items(c);
    pd_sql_add(&c->sql,
               CONFLICT_ROW " bigint unsigned NOT NULL AUTO_INCREMENT, UNIQUE KEY " CONFLICT_ROW
                            " (" CONFLICT_ROW ")) ENGINE=InnoDB");
    if (c->p.charset)
        pd_sql_printf(&c->sql, " DEFAULT CHARSET=%s", c->p.charset);
    if (c->p.collation)
        pd_sql_printf(&c->sql, " COLLATE=%s", c->p.collation);
    return attempt_or_fail(sink, sink->my, &c->sql, err, "a temporary copy of table '%s'",
                           sink->tables[c->table].name);
}

static pd_status
stage_table(struct pd_sink *sink, uint32_t table, struct pd_error *err)
{
    struct conflict_table *t = &sink->conflicts->tables[table];
    struct copying c = {.sink = sink, .table = table, .t = t, .sql = {.host = sink->host}};
    struct pd_sql name = {.host = sink->host}, ask = {.host = sink->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    const char *stage, *create;
    pd_status status;

    pd_sql_printf(&name, "pd$conflict_%u", table);
    stage = attempt_keep(sink, &name, err);
    if (!stage)
        return PD_FATAL;
    pd_sql_add(&ask, "SHOW CREATE TABLE ");
    my_name(&ask, sink->ddl->present[table].name);
    status = pd_sql_text(&ask) ? my_query(sink->my, ask.text, &result, err)
                               : my_no_memory(sink->host, err);
    pd_sql_free(&ask);
    if (status != PD_OK)
        return status;
    row = my_row(sink->my, result, 2, 3, &status, err);
    create = row ? pd_pool_text(&sink->pool, row[1]) : NULL;
    mysql_free_result(result);
    if (status == PD_OK && !create)
        status = my_no_memory(sink->host, err);
    if (status == PD_OK)
        status = labels_repair(sink->my, &sink->pool, sink->ddl->present[table].name, create,
                               &create, NULL, err);
    if (status == PD_OK)
        status = write_copy(&c, create, stage, err);
    pd_sql_free(&c.sql);
    if (status == PD_OK)
        sink->tables[table].staged = t->stage = stage;
    return status;
}

pd_status
conflict_stage(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;

    for (uint32_t i = 0; i < sink->catalog->n_tables && status == PD_OK; i++)
        status = stage_table(sink, i, err);
    return status;
}
