/* SPDX-License-Identifier: Apache-2.0 */
/* club - a plugin with a migration that makes rows; migrate_rows.bats compiles it. A member's
   region, a text, becomes a reference, and the two accounts in columns become rows. */
#include <stddef.h>
#include <stdlib.h>

#include <polydump/batch.h>
#include <polydump/migration.h>
#include <polydump/value.h>

enum { ID, NAME, REGION, FIRST, SECOND }; /* columns of member before; region_id is after name */
enum { REGION_BY_NAME, ACCOUNT_BY_ID };

struct pd_migrator {
    const struct pd_host *host;
    const struct pd_catalog *before;
    const struct pd_catalog *after;
    const struct pd_step_ops *ops;
    struct pd_step *step;
    struct pd_builder builders[3]; /* of members, regions, accounts */
    uint32_t tables[3];            /* their numbers */
    uint32_t row;
    long fail_at; /* the id of a member; 0: none */
    long blind;   /* updates go to nobody */
};

/* ---- Plan ---- */

static struct pd_column
column_of(const char *name, uint16_t kind)
{
    struct pd_column column;

    memset(&column, 0, sizeof column);
    column.struct_size = sizeof column;
    column.name = name;
    column.native = "";
    column.type.struct_size = sizeof column.type;
    column.type.kind = kind;
    column.type.precision = -1;
    return column;
}

static pd_status
add_table(const struct pd_change_ops *ops, struct pd_changes *changes, const char *name,
          const char *owner, struct pd_error *err)
{
    struct pd_column columns[3] = {column_of("id", PD_KIND_INT64), column_of("text", PD_KIND_TEXT)};
    struct pd_key_part part;
    struct pd_key key;
    struct pd_table table;

    if (owner)
        columns[2] = column_of(owner, PD_KIND_INT64);
    memset(&part, 0, sizeof part);
    memset(&key, 0, sizeof key);
    memset(&table, 0, sizeof table);
    part.struct_size = sizeof part;
    key.struct_size = sizeof key;
    key.kind = PD_KEY_PRIMARY;
    key.parts = &part;
    key.n_parts = 1;
    key.part_size = sizeof part;
    table.struct_size = sizeof table;
    table.name = name;
    table.columns = columns;
    table.n_columns = owner ? 3 : 2;
    table.column_size = sizeof columns[0];
    table.keys = &key;
    table.n_keys = 1;
    table.key_size = sizeof key;
    return ops->add_table(changes, &table, err);
}

static pd_status
club_plan(struct pd_migrator *m, const struct pd_catalog *before, const struct pd_change_ops *ops,
          struct pd_changes *changes, struct pd_error *err)
{
    static const char *const emits[] = {"region", "account", NULL};
    static const char *const text[] = {"text", NULL}, *const id[] = {"id", NULL};
    const struct pd_need regions = {sizeof regions, PD_NEED_FIRST, "region", text, id};
    const struct pd_need accounts = {sizeof accounts, 0, "account", id, id};
    struct pd_column reference = column_of("region_id", PD_KIND_INT64);
    uint32_t number;
    pd_status status = add_table(ops, changes, "account", "member_id", err);

    (void)before;
    if (status == PD_OK)
        status = ops->see_rows(changes, "member", emits, err);
    if (status == PD_OK)
        status = ops->drop_column(changes, "member", "region", err);
    if (status == PD_OK)
        status = ops->drop_column(changes, "member", "first", err);
    if (status == PD_OK)
        status = ops->drop_column(changes, "member", "second", err);
    if (status == PD_OK)
        status = ops->add_column(changes, "member", &reference, NULL, err);
    if (status == PD_OK)
        status = ops->need(changes, &regions, &number, err);
    if (status == PD_OK)
        status = ops->need(changes, &accounts, &number, err);
    return status == PD_OK ? ops->may_update(changes, "note", err) : status;
}

/* ---- Life ---- */

static pd_status
club_open(const struct pd_migration *migration, const struct pd_host *host,
          const struct pd_options *options, struct pd_migrator **ret_migrator, struct pd_error *err)
{
    struct pd_migrator *m = host->alloc(host, sizeof *m);
    const char *fail = host->option(options, "club-fails");
    const char *blind = host->option(options, "club-blind");

    (void)migration;
    if (!m)
        return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    memset(m, 0, sizeof *m);
    m->host = host;
    m->fail_at = fail ? atol(fail) : 0;
    m->blind = blind && *blind == '1';
    *ret_migrator = m;
    return PD_OK;
}

static void
club_close(struct pd_migrator *m)
{
    int i;

    if (!m)
        return;
    for (i = 0; i < 3; i++)
        pd_builder_close(&m->builders[i]);
    m->host->release(m->host, m);
}

static pd_status
club_begin(struct pd_migrator *m, const struct pd_catalog *before, const struct pd_catalog *after,
           const struct pd_step_ops *ops, struct pd_step *step, struct pd_error *err)
{
    static const char *const names[] = {"member", "region", "account"};
    uint32_t i, k;

    m->before = before;
    m->after = after;
    m->ops = ops;
    m->step = step;
    for (i = 0; i < 3; i++)
        for (k = 0; k < after->n_tables; k++) {
            const struct pd_table *table =
                PD_AT(struct pd_table, after->tables, after->table_size, k);

            if (strcmp(table->name, names[i]) != 0)
                continue;
            m->tables[i] = k;
            if (pd_builder_table(&m->builders[i], m->host, table) != PD_OK)
                return m->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
        }
    return PD_OK;
}

/* ---- Rows ---- */

static pd_status
want(struct pd_migrator *m, int i, struct pd_error *err)
{
    if (m->builders[i].memory || pd_builder_begin(&m->builders[i]) == PD_OK)
        return PD_OK;
    return m->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
}

static pd_status
region_of(struct pd_migrator *m, const struct pd_value *name, struct pd_value *ret_id,
          struct pd_error *err)
{
    const struct pd_value *found;
    pd_status status = m->ops->lookup(m->step, REGION_BY_NAME, name, &found, err);

    memset(ret_id, 0, sizeof *ret_id);
    if (name->tag < 0)
        ret_id->tag = -1;
    if (status == PD_OK)
        *ret_id = found[0];
    if (status != PD_DONE || name->tag < 0)
        return status < 0 ? status : PD_OK;
    status = m->ops->next_number(m->step, REGION_BY_NAME, 0, &ret_id->integer, err);
    if (status == PD_OK)
        status = m->ops->learn(m->step, REGION_BY_NAME, name, ret_id, err);
    if (status == PD_OK)
        status = want(m, 1, err);
    if (status != PD_OK)
        return status;
    pd_put_value(&m->builders[1], 0, ret_id);
    pd_put_value(&m->builders[1], 1, name);
    pd_builder_row(&m->builders[1]);
    return PD_OK;
}

static pd_status
account(struct pd_migrator *m, const struct pd_value *member, const struct pd_value *iban,
        struct pd_error *err)
{
    int64_t number;
    pd_status status;

    if (iban->tag < 0)
        return PD_OK;
    status = m->ops->next_number(m->step, ACCOUNT_BY_ID, 0, &number, err);
    if (status == PD_OK)
        status = want(m, 2, err);
    if (status != PD_OK)
        return status;
    pd_put_i64(&m->builders[2], 0, number);
    pd_put_value(&m->builders[2], 1, iban);
    pd_put_value(&m->builders[2], 2, member);
    pd_builder_row(&m->builders[2]);
    return PD_OK;
}

/* Every thousandth member's note is told his name. */
static pd_status
note(struct pd_migrator *m, const struct pd_value *id, const struct pd_value *name,
     struct pd_error *err)
{
    const uint32_t column = 1;
    struct pd_value key = *id;
    uint32_t i;

    if (id->integer % 1000)
        return PD_OK;
    key.integer += m->blind ? 1000000000 : 0;
    for (i = 0; i < m->after->n_tables; i++)
        if (strcmp(PD_AT(struct pd_table, m->after->tables, m->after->table_size, i)->name,
                   "note") == 0)
            return m->ops->update(m->step, i, &key, &column, name, 1, err);
    return PD_OK;
}

static pd_status
member(struct pd_migrator *m, const struct pd_table *table, const struct pd_batch *batch,
       struct pd_error *err)
{
    struct pd_value in[5], region;
    uint32_t i;
    pd_status status;

    for (i = 0; i < 5; i++)
        pd_value_at(&PD_AT(struct pd_column, table->columns, table->column_size, i)->type,
                    PD_AT(struct pd_vector, batch->vectors, batch->vector_size, i), m->row, &in[i]);
    if (m->fail_at && in[ID].integer == m->fail_at)
        return m->host->fail(err, PD_FAILED, PD_CAUSE_DATA, "member %ld is not welcome",
                             m->fail_at);
    status = region_of(m, &in[REGION], &region, err);
    if (status == PD_OK)
        status = account(m, &in[ID], &in[FIRST], err);
    if (status == PD_OK)
        status = account(m, &in[ID], &in[SECOND], err);
    if (status == PD_OK)
        status = note(m, &in[ID], &in[NAME], err);
    if (status == PD_OK)
        status = want(m, 0, err);
    if (status != PD_OK)
        return status;
    pd_put_value(&m->builders[0], 0, &in[ID]);
    pd_put_value(&m->builders[0], 1, &in[NAME]);
    pd_put_value(&m->builders[0], 2, &region);
    pd_builder_row(&m->builders[0]);
    return PD_OK;
}

static pd_status
flush(struct pd_migrator *m, int all, uint32_t *ret_table, const struct pd_batch **ret_batch,
      struct pd_error *err)
{
    int i;

    for (i = 0; i < 3; i++) {
        struct pd_builder *b = &m->builders[i];

        if (!b->memory || (!all && !pd_builder_full(b)))
            continue;
        *ret_table = m->tables[i];
        *ret_batch = pd_builder_finish(b);
        return *ret_batch ? PD_OK : m->host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
    }
    return PD_DONE;
}

static pd_status
club_rows(struct pd_migrator *m, uint32_t table, const struct pd_batch *batch, uint32_t *ret_table,
          const struct pd_batch **ret_batch, struct pd_error *err)
{
    const struct pd_table *before =
        PD_AT(struct pd_table, m->before->tables, m->before->table_size, table);
    pd_status status = flush(m, 0, ret_table, ret_batch, err);

    while (status == PD_DONE && m->row < batch->n_rows) {
        status = member(m, before, batch, err);
        if (status != PD_OK)
            return status;
        m->row++;
        status = flush(m, 0, ret_table, ret_batch, err);
    }
    if (status == PD_DONE)
        m->row = 0;
    return status;
}

static pd_status
club_rest(struct pd_migrator *m, uint32_t table, uint32_t *ret_table,
          const struct pd_batch **ret_batch, struct pd_error *err)
{
    (void)table;
    return flush(m, 1, ret_table, ret_batch, err);
}

static const struct pd_migration to_rows = {sizeof to_rows,      0,         "1.0",     "2.0",
                                            "accounts are rows", "club.c",  club_open, club_plan,
                                            club_begin,          club_rows, club_rest, club_close};

static const struct pd_migration *const migrations[] = {&to_rows, NULL};

static const struct pd_option options[] = {
    {"club-fails", NULL, "fail at a member", "ID", NULL, PD_OPTION_TEXT, 0},
    {"club-blind", NULL, "update notes that are not there", NULL, NULL, PD_OPTION_FLAG, 0}};

static const struct pd_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi = PD_ABI,
    .name = "club",
    .version = "1",
    .about = "migrations of a club",
    .options = options,
    .n_options = 2,
    .option_size = sizeof options[0],
    .migrations = migrations,
};
PD_PLUGIN(club, plugin)
