/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addresses - migrations of an address book: the data of its version 1.0 become those of 1.1
 * and 2.0.
 *
 *     1.0 -> 1.1   table person is called people, its column name full_name: no row is looked at
 *     1.1 -> 2.0   two bank accounts in columns of people become rows of a table account
 *
 * A plugin includes polydump's headers and links with nothing of it. Read it from the bottom.
 */
#include <string.h>

#include <polydump/batch.h>
#include <polydump/migration.h>
#include <polydump/schema.h>
#include <polydump/value.h>

/* ---- 1.0 -> 1.1: names ---------------------------------------------------------------------- */

static pd_status
names_open(const struct pd_migration *migration, const struct pd_host *host,
           const struct pd_options *options, struct pd_migrator **ret_migrator,
           struct pd_error *err)
{
    (void)migration;
    (void)host;
    (void)options;
    (void)err;
    *ret_migrator = NULL; /* it has nothing to remember */
    return PD_OK;
}

static pd_status
names_plan(struct pd_migrator *m, const struct pd_catalog *before, const struct pd_change_ops *ops,
           struct pd_changes *changes, struct pd_error *err)
{
    pd_status status = ops->rename_table(changes, "person", "people", err);

    (void)m;
    (void)before;
    return status == PD_OK ? ops->rename_column(changes, "people", "name", "full_name", err)
                           : status;
}

/* ---- 1.1 -> 2.0: accounts are rows ---------------------------------------------------------- */

enum { PEOPLE, ACCOUNT, N_TABLES }; /* the tables that it makes rows of */
enum { MOST_COLUMNS = 32 };

/* One run of the step. */
struct pd_migrator {
    const struct pd_host *host;
    const struct pd_table *before;        /* people, as it comes */
    uint32_t numbers[N_TABLES];           /* of the tables in the new schema */
    struct pd_builder builders[N_TABLES]; /* of their rows */
    uint32_t from[MOST_COLUMNS];          /* the old column of each new one of people */
    uint32_t n_columns;                   /* of the new people */
    uint32_t id, banks[2];                /* old columns */
    uint32_t row;                         /* the next one of the batch */
};

static pd_status
no_memory(const struct pd_host *host, struct pd_error *err)
{
    return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "out of memory");
}

static pd_status
accounts_open(const struct pd_migration *migration, const struct pd_host *host,
              const struct pd_options *options, struct pd_migrator **ret_migrator,
              struct pd_error *err)
{
    struct pd_migrator *m = host->alloc(host, sizeof *m);

    (void)migration;
    (void)options;
    if (!m)
        return no_memory(host, err);
    memset(m, 0, sizeof *m);
    m->host = host;
    *ret_migrator = m;
    return PD_OK;
}

static void
accounts_close(struct pd_migrator *m)
{
    int i;

    if (!m)
        return;
    for (i = 0; i < N_TABLES; i++)
        pd_builder_close(&m->builders[i]);
    m->host->release(m->host, m);
}

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
    column.type.precision = -1; /* none */
    column.flags = PD_COLUMN_NOT_NULL;
    return column;
}

/* CREATE TABLE account (person_id int64, number text, PRIMARY KEY (person_id, number)) */
static pd_status
add_account(const struct pd_change_ops *ops, struct pd_changes *changes, struct pd_error *err)
{
    static const char *const key_columns[] = {"person_id", "number", NULL};
    const struct pd_column columns[] = {column_of("person_id", PD_KIND_INT64),
                                        column_of("number", PD_KIND_TEXT)};
    const struct pd_key key = {.struct_size = sizeof key, .kind = PD_KEY_PRIMARY};
    const struct pd_table table = {.struct_size = sizeof table,
                                   .name = "account",
                                   .columns = columns,
                                   .n_columns = 2,
                                   .column_size = sizeof columns[0]};
    pd_status status = ops->add_table(changes, &table, err);

    return status == PD_OK ? ops->add_key(changes, "account", &key, key_columns, err) : status;
}

/* A foreign key to people, with which its accounts go. */
static pd_status
add_reference(const struct pd_change_ops *ops, struct pd_changes *changes, struct pd_error *err)
{
    static const char *const columns[] = {"person_id", NULL}, *const to[] = {"id", NULL};
    const struct pd_foreign foreign = {.struct_size = sizeof foreign,
                                       .n_columns = 1,
                                       .to_table = "people",
                                       .to_columns = to,
                                       .on_update = PD_ACTION_NONE,
                                       .on_delete = PD_ACTION_CASCADE};

    return ops->add_foreign(changes, "account", &foreign, columns, err);
}

static pd_status
accounts_plan(struct pd_migrator *m, const struct pd_catalog *before,
              const struct pd_change_ops *ops, struct pd_changes *changes, struct pd_error *err)
{
    static const char *const emits[] = {"account", NULL};
    pd_status status = add_account(ops, changes, err);

    (void)m;
    (void)before;
    if (status == PD_OK)
        status = add_reference(ops, changes, err);
    if (status == PD_OK)
        status = ops->drop_column(changes, "people", "bank1", err);
    if (status == PD_OK)
        status = ops->drop_column(changes, "people", "bank2", err);
    return status == PD_OK ? ops->see_rows(changes, "people", emits, err) : status;
}

/* ---- Before the first row: where everything is ---- */

static uint32_t
table_number(const struct pd_catalog *catalog, const char *name)
{
    uint32_t i = 0;

    while (i < catalog->n_tables && strcmp(pd_table_at(catalog, i)->name, name) != 0)
        i++;
    return i;
}

static uint32_t
column_number(const struct pd_table *table, const char *name)
{
    uint32_t i = 0;

    while (i < table->n_columns && strcmp(pd_column_at(table, i)->name, name) != 0)
        i++;
    return i;
}

static pd_status
accounts_begin(struct pd_migrator *m, const struct pd_catalog *before,
               const struct pd_catalog *after, const struct pd_step_ops *ops, struct pd_step *step,
               struct pd_error *err)
{
    static const char *const names[N_TABLES] = {"people", "account"};
    const struct pd_table *people;
    uint32_t i;

    (void)ops; /* lookup(), update(), warn() and so on: this step needs none of them */
    (void)step;
    for (i = 0; i < N_TABLES; i++) {
        m->numbers[i] = table_number(after, names[i]);
        if (pd_builder_table(&m->builders[i], m->host, pd_table_at(after, m->numbers[i])) != PD_OK)
            return no_memory(m->host, err);
    }
    m->before = pd_table_at(before, table_number(before, "people"));
    m->id = column_number(m->before, "id");
    m->banks[0] = column_number(m->before, "bank1");
    m->banks[1] = column_number(m->before, "bank2");
    people = pd_table_at(after, m->numbers[PEOPLE]);
    m->n_columns = (uint32_t)people->n_columns;
    if (m->n_columns > MOST_COLUMNS || m->id == m->before->n_columns)
        return m->host->fail(err, PD_FATAL, PD_CAUSE_VERSION, "table 'people' is not that of 1.1");
    for (i = 0; i < m->n_columns; i++)
        m->from[i] = column_number(m->before, pd_column_at(people, i)->name);
    return PD_OK;
}

/* ---- Rows ---- */

static void
get(const struct pd_migrator *m, const struct pd_batch *batch, uint32_t column,
    struct pd_value *value)
{
    pd_value_at(&pd_column_at(m->before, column)->type,
                PD_AT(struct pd_vector, batch->vectors, batch->vector_size, column), m->row, value);
}

/* A builder is at a batch from begin to finish; begin may wait for memory. */
static pd_status
want(struct pd_migrator *m, int table, struct pd_error *err)
{
    if (m->builders[table].memory || pd_builder_begin(&m->builders[table]) == PD_OK)
        return PD_OK;
    return no_memory(m->host, err);
}

static pd_status
put_account(struct pd_migrator *m, const struct pd_value *id, const struct pd_value *number,
            struct pd_error *err)
{
    pd_status status;

    if (number->tag < 0) /* NULL */
        return PD_OK;
    status = want(m, ACCOUNT, err);
    if (status != PD_OK)
        return status;
    pd_put_value(&m->builders[ACCOUNT], 0, id);
    pd_put_value(&m->builders[ACCOUNT], 1, number);
    pd_builder_row(&m->builders[ACCOUNT]);
    return PD_OK;
}

static pd_status
put_person(struct pd_migrator *m, const struct pd_batch *batch, struct pd_error *err)
{
    struct pd_builder *people = &m->builders[PEOPLE];
    struct pd_value value;
    uint32_t i;
    pd_status status = want(m, PEOPLE, err);

    if (status != PD_OK)
        return status;
    for (i = 0; i < m->n_columns; i++) {
        get(m, batch, m->from[i], &value);
        pd_put_value(people, i, &value);
    }
    pd_builder_row(people);
    return PD_OK;
}

static pd_status
put_row(struct pd_migrator *m, const struct pd_batch *batch, struct pd_error *err)
{
    struct pd_value id, number;
    int i;
    pd_status status = put_person(m, batch, err);

    get(m, batch, m->id, &id);
    for (i = 0; i < 2 && status == PD_OK; i++) {
        get(m, batch, m->banks[i], &number);
        status = put_account(m, &id, &number, err);
    }
    return status;
}

/* Hand over a batch that is full, or (all) one that has any row. PD_DONE: there is none. */
static pd_status
hand_over(struct pd_migrator *m, int all, uint32_t *ret_table, const struct pd_batch **ret_batch,
          struct pd_error *err)
{
    int i;

    for (i = 0; i < N_TABLES; i++) {
        struct pd_builder *builder = &m->builders[i];

        if (!builder->memory || (!all && !pd_builder_full(builder)))
            continue;
        *ret_table = m->numbers[i];
        *ret_batch = pd_builder_finish(builder);
        return *ret_batch ? PD_OK : no_memory(m->host, err);
    }
    return PD_DONE;
}

/* Called with the same batch until it says PD_DONE. */
static pd_status
accounts_rows(struct pd_migrator *m, uint32_t table, const struct pd_batch *batch,
              uint32_t *ret_table, const struct pd_batch **ret_batch, struct pd_error *err)
{
    pd_status status = hand_over(m, 0, ret_table, ret_batch, err);

    (void)table; /* it asked for one only */
    while (status == PD_DONE && m->row < batch->n_rows) {
        status = put_row(m, batch, err);
        if (status != PD_OK)
            return status;
        m->row++;
        status = hand_over(m, 0, ret_table, ret_batch, err);
    }
    if (status == PD_DONE)
        m->row = 0;
    return status;
}

static pd_status
accounts_rest(struct pd_migrator *m, uint32_t table, uint32_t *ret_table,
              const struct pd_batch **ret_batch, struct pd_error *err)
{
    (void)table;
    return hand_over(m, 1, ret_table, ret_batch, err);
}

/* ---- What the plugin has -------------------------------------------------------------------- */

static const struct pd_migration names = {
    .struct_size = sizeof names,
    .from = "1.0",
    .to = "1.1",
    .about = "person is called people",
    .open = names_open,
    .plan = names_plan,
    .application = "addresses",
};

static const struct pd_migration accounts = {
    .struct_size = sizeof accounts,
    .from = "1.1",
    .to = "2.0",
    .about = "bank accounts are rows",
    .open = accounts_open,
    .plan = accounts_plan,
    .begin = accounts_begin,
    .rows = accounts_rows,
    .rest = accounts_rest,
    .close = accounts_close,
    .application = "addresses",
};

static const struct pd_migration *const migrations[] = {&names, &accounts, NULL};

static const struct pd_plugin addresses = {
    .struct_size = sizeof addresses,
    .abi = PD_ABI,
    .name = "addresses",
    .version = "2.0",
    .about = "migrations of the address book",
    .migrations = migrations,
};
PD_PLUGIN(addresses, addresses)
