// SPDX-License-Identifier: Apache-2.0
/* checks - the check constraints of all tables. */
#include "maker.h"

enum column_of_check {
    CHECK_TABLE,
    CHECK_NAME,
    CHECK_EXPRESSION,
    CHECK_IS_VALID,
    CHECK_NO_INHERIT,
    CHECK_COUNT
};

static const char checks_sql[] =
    "SELECT k.conrelid, k.conname, pg_catalog.pg_get_expr(k.conbin, k.conrelid), k.convalidated,"
    " k.connoinherit, pg_catalog.count(*) OVER (PARTITION BY k.conrelid) FROM "
    "pg_catalog.pg_constraint k"
    " JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
    " WHERE k.contype = 'c' AND " MAKER_OF_TABLE " ORDER BY k.conrelid, k.conname";

static void
take_check(struct maker *m, const PGresult *r, int row)
{
    uint32_t number = relations_table(m, maker_oid(r, row, CHECK_TABLE));
    struct pd_table *table;
    struct table_work *work;
    struct pd_check *check;

    if (number == PD_NO_TABLE)
        return;
    table = &m->tables[number];
    work = &m->works[number];
    if (!work->checks) {
        work->check_room = maker_count(m, r, row, CHECK_COUNT, MAKER_MOST);
        table->checks = work->checks = maker_alloc(m, m->pool, work->check_room * sizeof *check);
    }
    if (!work->checks || !maker_is_counted(m, table->n_checks, work->check_room))
        return;
    check = &work->checks[table->n_checks++];
    check->struct_size = sizeof *check;
    check->flags = maker_flag(r, row, CHECK_IS_VALID) ? 0 : PD_CHECK_NOT_VALIDATED;
    if (maker_flag(r, row, CHECK_NO_INHERIT))
        check->flags |= PD_CHECK_NO_INHERIT;
    check->name = maker_text(m, r, row, CHECK_NAME);
    check->expression_native = maker_text(m, r, row, CHECK_EXPRESSION);
    if (check->expression_native)
        check->expression = portable_read(m, table, check->expression_native);
}

pd_status
checks_read(struct maker *m)
{
    return maker_each(m, "checks", checks_sql, "itTbbi", take_check);
}
