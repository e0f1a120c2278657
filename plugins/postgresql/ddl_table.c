// SPDX-License-Identifier: Apache-2.0
/* ddl_table - CREATE TABLE: columns and what belongs to each. Keys, checks and defaults come after
   the rows. */
#include <string.h>

#include "ddl.h"
#include "spell.h"

struct maker_of_table {
    struct pd_sink *sink;
    size_t number;
    const struct target_table *t;
    struct pd_sql sql;
    struct pd_error *err;
};

#define LEAVE_OUT(m, part, column, ...)                                                            \
    sink_leave_out((m)->sink, part, (uint32_t)(m)->number, (uint32_t)(column), __VA_ARGS__)

/* ---- Collations ---- */

static const char *
lost_collation(const struct pd_column *column)
{
    switch (column->collation) {
    case PD_COLLATION_NOCASE:
        return "letters that differ in case are different here";
    case PD_COLLATION_CI:
        return "letters that its engine takes for the same are different here";
    case PD_COLLATION_RTRIM:
        return "blanks at the end count here";
    case PD_COLLATION_NATIVE:
        return "it is not known here";
    default:
        return NULL;
    }
}

static bool
put_native_collation(struct maker_of_table *m, const struct pd_column *column)
{
    struct pd_sql name = {.host = m->sink->host};
    struct spelled spelled;
    bool known = spell_name(column->collation_native, &name, &spelled) &&
                 (m->sink->native || !spelled.is_user) && pd_sql_text(&name);

    if (known)
        pd_sql_printf(&m->sql, " COLLATE %s", name.text);
    pd_sql_free(&name);
    return known;
}

/* Text of other engines is compared as the database does, whose equality is that of bytes too. */
static void
put_collation(struct maker_of_table *m, const struct pd_column *column, size_t i)
{
    const char *lost = lost_collation(column);

    int part = PD_PART_COLLATION;

    if (m->sink->same) {
        if (!column->collation_native || put_native_collation(m, column))
            return;
        lost = "it is made with --native only";
        part |= PD_PART_IF_NATIVE;
    }
    if (lost)
        LEAVE_OUT(m, part, i, "collation of column '%s' of table '%s': %s", column->name,
                  m->t->table->name, lost);
}

/* ---- Identity ---- */

void
ddl_identity_write(const struct pd_sink *sink, size_t table, size_t column, struct pd_sql *sql)
{
    const struct pd_column *c = pd_column_at(sink->tables[table].table, column);
    struct pd_counter counter = c->counter;

    pd_sql_printf(sql, " GENERATED %s AS IDENTITY (",
                  c->identity == PD_IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT");
    if (sink->ddl->tables[table].identity) {
        pd_sql_add(sql, DDL_SEQUENCE_NAME);
        sql_table(sql, sink->tables[table].schema, sink->ddl->tables[table].identity);
        pd_sql_add(sql, " ");
    }
    if (c->identity == PD_IDENTITY_ROWID)
        memset(&counter, 0, sizeof counter);
    ddl_put_counter(sql, &counter, sink->tables[table].columns[column].as.kind);
    pd_sql_add(sql, ")");
}

static void
put_identity(struct maker_of_table *m, const struct pd_column *column, size_t i)
{
    if (!ddl_is_identity(m->sink, m->number, i)) {
        if (column->identity && !ddl_serial(m->sink, m->number, i) &&
            !ddl_needs_sequence(m->sink, m->number, i))
            LEAVE_OUT(m, PD_PART_IDENTITY, i, "counter of column '%s' of table '%s': %s",
                      column->name, m->t->table->name,
                      pd_counts_beyond(column) ? "its next number is beyond 9223372036854775807"
                                               : "its values are no numbers here");
        return;
    }
    ddl_identity_write(m->sink, m->number, i, &m->sql);
}

/* ---- Columns ---- */

static bool
in_primary_key(const struct pd_table *table, size_t column)
{
    const struct pd_key *key = table->n_keys ? pd_key_at(table, 0) : NULL;
    size_t i;

    if (!key || key->kind != PD_KEY_PRIMARY || key->flags & PD_KEY_NULLS_ADMITTED)
        return false;
    for (i = 0; i < key->n_parts; i++) {
        if (pd_part_at(key, i)->column == (int32_t)column)
            return true;
    }
    return false;
}

bool
ddl_forbids_null(const struct pd_table *table, size_t column)
{
    return pd_column_at(table, column)->flags & PD_COLUMN_NOT_NULL || in_primary_key(table, column);
}

static pd_status
put_generated(struct maker_of_table *m, const struct pd_column *column, size_t i)
{
    pd_status status;

    if (!column->generated)
        return PD_OK;
    pd_sql_add(&m->sql, " GENERATED ALWAYS AS (");
    status = expression_write(m->sink, m->number, column->expression, column->expression_native,
                              &m->sql, m->err);
    pd_sql_add(&m->sql, ") STORED");
    if (column->generated == PD_GENERATED_VIRTUAL)
        LEAVE_OUT(m, PD_PART_GENERATED, i,
                  "expression of column '%s' of table '%s': its values are stored here",
                  column->name, m->t->table->name);
    return status;
}

static pd_status
put_column(struct maker_of_table *m, size_t i)
{
    const struct pd_column *column = pd_column_at(m->t->table, i);
    const struct target_column *target = &m->t->columns[i];
    pd_status status;

    sql_name(&m->sql, target->name);
    pd_sql_printf(&m->sql, " %s", target->native);
    put_collation(m, column, i);
    status = put_generated(m, column, i);
    put_identity(m, column, i);
    if (ddl_forbids_null(m->t->table, i))
        pd_sql_add(&m->sql, " NOT NULL");
    if (column->flags & PD_COLUMN_HIDDEN && !m->sink->same)
        LEAVE_OUT(m, PD_PART_TYPE, i, "column '%s' of table '%s': it was hidden", column->name,
                  m->t->table->name);
    return status;
}

pd_status
ddl_column_write(struct pd_sink *sink, size_t table, size_t column, struct pd_sql *sql,
                 struct pd_error *err)
{
    struct maker_of_table m = {
        .sink = sink, .number = table, .t = &sink->tables[table], .sql = *sql, .err = err};
    pd_status status = put_column(&m, column);

    *sql = m.sql;
    return status;
}

void
ddl_say_lost_column(struct pd_sink *sink, size_t table, size_t column)
{
    const struct pd_table *t = sink->tables[table].table;
    const struct pd_column *c = pd_column_at(t, column);

    /* Of the others it was said why. */
    if (c->flags & PD_COLUMN_PASSENGER || expression_is_column(sink, table, c))
        return;
    sink_leave_out(sink, PD_PART_GENERATED | (sink->same ? PD_PART_IF_NATIVE : 0), (uint32_t)table,
                   (uint32_t)column,
                   "expression of column '%s' of table '%s': it is not portable%s, so the column "
                   "is left out",
                   c->name, t->name, sink->same ? ", use --native" : "");
}

/* "PARTITION BY ..." is all that is missing; a whole statement stands for itself. What begins with
   "(" is for ddl_inherit.c. */
static const char *
native_table(const struct maker_of_table *m)
{
    const char *native = m->t->table->native_sql;

    return m->sink->same && m->sink->native && native && *native != '(' ? native : NULL;
}

static pd_status
write_table(struct maker_of_table *m)
{
    const char *native = native_table(m);
    size_t i, n = 0;
    pd_status status = PD_OK;

    if (native && strncmp(native, "CREATE ", 7) == 0) {
        pd_sql_add(&m->sql, native);
        return PD_OK;
    }
    pd_sql_add(&m->sql, "CREATE TABLE ");
    sql_table(&m->sql, m->t->schema, m->t->name);
    pd_sql_add(&m->sql, " (");
    for (i = 0; i < m->t->table->n_columns && status == PD_OK; i++) {
        if (m->t->columns[i].name) {
            pd_sql_add(&m->sql, n++ ? ", " : "");
            status = put_column(m, i);
        } else {
            ddl_say_lost_column(m->sink, m->number, i);
        }
    }
    pd_sql_add(&m->sql, ")");
    if (native)
        pd_sql_printf(&m->sql, " %s", native);
    return status;
}

pd_status
ddl_table_write(struct pd_sink *sink, size_t table, struct pd_error *err)
{
    struct maker_of_table m = {.sink = sink,
                               .number = table,
                               .t = &sink->tables[table],
                               .sql = {.host = sink->host},
                               .err = err};
    pd_status status = PD_OK;

    if (m.t->exists || m.t->is_large_objects || ddl_is_kin(sink, table))
        return PD_OK;
    status = write_table(&m);
    if (status != PD_OK) {
        pd_sql_free(&m.sql);
        return status;
    }
    sink->ddl->tables[table].create = attempt_keep(sink, &m.sql, err);
    return sink->ddl->tables[table].create ? PD_OK : PD_FATAL;
}

/* ---- Comments ---- */

static pd_status
comment(struct pd_sink *sink, struct pd_sql *sql, const char *text, struct pd_error *err)
{
    pd_status status;

    pd_sql_add(sql, " IS ");
    sql_literal(sql, text, strlen(text));
    status = sql_run(sink->pg, sql, err);
    pd_sql_clear(sql);
    return status;
}

static pd_status
comment_table(struct pd_sink *sink, size_t number, struct pd_sql *sql, struct pd_error *err)
{
    const struct target_table *t = &sink->tables[number];
    size_t i;
    pd_status status = PD_OK;

    if (t->table->comment) {
        pd_sql_add(sql, "COMMENT ON TABLE ");
        sql_table(sql, t->schema, t->name);
        status = comment(sink, sql, t->table->comment, err);
    }
    for (i = 0; i < t->table->n_columns && status == PD_OK; i++) {
        const char *text = pd_column_at(t->table, i)->comment;

        if (!text || !t->columns[i].name)
            continue;
        pd_sql_add(sql, "COMMENT ON COLUMN ");
        sql_table(sql, t->schema, t->name);
        pd_sql_add(sql, ".");
        sql_name(sql, t->columns[i].name);
        status = comment(sink, sql, text, err);
    }
    return status;
}

pd_status
ddl_comments(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        if (!sink->tables[i].is_large_objects)
            status = comment_table(sink, i, &sql, err);
    }
    for (i = 0; i < sink->catalog->n_sequences && status == PD_OK; i++) {
        const struct pd_sequence *s = pd_sequence_at(sink->catalog, i);

        if (!s->comment)
            continue;
        pd_sql_add(&sql, "COMMENT ON SEQUENCE ");
        sql_table(&sql, s->schema, s->name);
        status = comment(sink, &sql, s->comment, err);
    }
    pd_sql_free(&sql);
    return status;
}
