// SPDX-License-Identifier: Apache-2.0
/* constraints - checks and foreign keys of a table. */
#include <string.h>

#include "catalog.h"

static pd_status
fill_check(struct catalog_maker *m, const struct pd_table *table, const struct parse_constraint *c,
           struct pd_check *check)
{
    check->struct_size = sizeof *check;
    check->name = c->name;
    check->expression_native = sqlite_catalog_span(m, c->expression);
    if (!check->expression_native)
        return sqlite_catalog_no_memory(m);
    return sqlite_catalog_portable(m, table, check->expression_native, &check->expression);
}

pd_status
sqlite_catalog_read_checks(struct catalog_maker *m, const struct schema_row *row,
                           struct pd_table *table)
{
    const struct parse_statement *parsed = row->parsed;
    struct pd_check *checks = NULL;
    size_t i, room = 0;
    pd_status status = PD_OK;

    for (i = 0; parsed && i < parsed->n_constraints && status == PD_OK; i++) {
        struct pd_check *check;

        if (parsed->constraints[i].kind != PARSE_CHECK)
            continue;
        check = pd_pool_append(m->pool, &checks, table->n_checks, &room, sizeof *check);
        if (!check)
            return sqlite_catalog_no_memory(m);
        table->n_checks++;
        status = fill_check(m, table, &parsed->constraints[i], check);
    }
    table->checks = checks;
    table->check_size = sizeof *checks;
    return status;
}

static uint16_t
action_of(const char *text)
{
    static const char *const actions[] = {"NO ACTION", "RESTRICT", "CASCADE", "SET NULL",
                                          "SET DEFAULT"};
    uint16_t i;

    for (i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (text && strcmp(text, actions[i]) == 0)
            return i; /* the order of enum pd_action */
    }
    return PD_ACTION_NONE;
}

static int
column_number(const struct pd_table *table, const char *name)
{
    size_t i;

    for (i = 0; i < table->n_columns; i++) {
        if (!(table->columns[i].flags & PD_COLUMN_PASSENGER) && name &&
            sqlite_same_name(table->columns[i].name, name))
            return (int)i;
    }
    return -1;
}

/* Growing lists of one foreign key. */
struct foreign_maker {
    struct pd_foreign foreign;
    uint32_t *columns;
    const char **to_columns;
    size_t column_room;
    size_t to_room;
    size_t n_to;
};

static pd_status
add_pair(struct catalog_maker *m, const struct pd_table *table, sqlite3_stmt *stmt,
         struct foreign_maker *f)
{
    pd_status status = PD_OK;
    int number = column_number(table, sqlite_catalog_text(m, stmt, 2, &status));
    uint32_t *column =
        pd_pool_append(m->pool, &f->columns, f->foreign.n_columns, &f->column_room, sizeof *column);
    const char **to = pd_pool_append(m->pool, &f->to_columns, f->n_to, &f->to_room, sizeof *to);

    if (!column || !to || status != PD_OK)
        return sqlite_catalog_no_memory(m);
    if (number < 0)
        return m->host->fail(m->err, PD_FAILED, PD_CAUSE_CORRUPT,
                             "a foreign key of table '%s' names a column that is not there",
                             table->name);
    *column = (uint32_t)number;
    f->foreign.n_columns++;
    *to = sqlite_catalog_text(m, stmt, 3, &status);
    if (*to)
        f->n_to++;
    return status;
}

static pd_status
begin_foreign(struct catalog_maker *m, sqlite3_stmt *stmt, struct foreign_maker *f)
{
    pd_status status = PD_OK;

    memset(f, 0, sizeof *f);
    f->foreign.struct_size = sizeof f->foreign;
    f->foreign.to_table = sqlite_catalog_text(m, stmt, 1, &status);
    f->foreign.on_update = action_of(sqlite_catalog_text(m, stmt, 4, &status));
    f->foreign.on_delete = action_of(sqlite_catalog_text(m, stmt, 5, &status));
    return status;
}

static void
end_foreign(struct foreign_maker *f)
{
    f->foreign.columns = f->columns;
    f->foreign.to_columns = f->n_to && f->n_to == f->foreign.n_columns ? f->to_columns : NULL;
}

/* Keys in the order of pragma_foreign_key_list: the last of the text first. */
static pd_status
read_foreigns(struct catalog_maker *m, const struct pd_table *table,
              struct foreign_maker **ret_list, size_t *ret_n)
{
    sqlite3_stmt *stmt = sqlite_catalog_query(m, CATALOG_FOREIGNS, table->name);
    size_t room = 0, n = 0;
    pd_status status = stmt ? PD_OK : PD_FAILED;

    *ret_list = NULL;
    while (status == PD_OK && (status = sqlite_catalog_step(m, stmt)) == PD_OK) {
        size_t id = (size_t)sqlite3_column_int64(stmt, 0);

        if (id >= n) {
            if (!pd_pool_append(m->pool, ret_list, n, &room, sizeof **ret_list))
                return sqlite_catalog_no_memory(m);
            n++;
            status = begin_foreign(m, stmt, &(*ret_list)[n - 1]);
        }
        if (status == PD_OK)
            status = add_pair(m, table, stmt, &(*ret_list)[n - 1]);
    }
    *ret_n = n;
    return status == PD_DONE ? PD_OK : status;
}

/* What only the text knows of foreign key number n. */
static void
add_text(const struct parse_statement *parsed, size_t n, struct pd_foreign *foreign)
{
    const struct parse_constraint *c = NULL;
    size_t i, seen = 0;

    for (i = 0; i < parsed->n_constraints; i++) {
        if (parsed->constraints[i].kind == PARSE_FOREIGN && seen++ == n)
            c = &parsed->constraints[i];
    }
    if (!c || !sqlite_same_name(c->to_table, foreign->to_table))
        return;
    foreign->name = c->name;
    foreign->flags |= c->deferrable ? PD_FOREIGN_DEFERRABLE : 0;
    foreign->flags |= c->deferred ? PD_FOREIGN_DEFERRED : 0;
    foreign->flags |= c->match && sqlite_same_name(c->match, "FULL") ? PD_FOREIGN_MATCH_FULL : 0;
}

pd_status
sqlite_catalog_read_foreigns(struct catalog_maker *m, const struct schema_row *row,
                             struct pd_table *table)
{
    struct foreign_maker *list;
    struct pd_foreign *foreigns;
    size_t i, n = 0;
    pd_status status = read_foreigns(m, table, &list, &n);

    if (status != PD_OK || n == 0)
        return status;
    foreigns = pd_pool_alloc(m->pool, n * sizeof *foreigns);
    if (!foreigns)
        return sqlite_catalog_no_memory(m);
    for (i = 0; i < n; i++) {
        end_foreign(&list[n - 1 - i]);
        foreigns[i] = list[n - 1 - i].foreign;
        if (row->parsed)
            add_text(row->parsed, i, &foreigns[i]);
    }
    table->foreigns = foreigns;
    table->n_foreigns = n;
    table->foreign_size = sizeof *foreigns;
    return PD_OK;
}
