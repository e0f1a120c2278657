/* SPDX-License-Identifier: Apache-2.0 */
/* shop - a plugin with migrations that need no rows; migrate.bats compiles it. */
#include <stddef.h>

#include <polydump/migration.h>

static pd_status
step_open(const struct pd_migration *migration, const struct pd_host *host,
          const struct pd_options *options, struct pd_migrator **ret_migrator, struct pd_error *err)
{
    const char *fail = host->option(options, "shop-fails");

    (void)migration;
    *ret_migrator = NULL;
    if (fail)
        return host->fail(err, PD_FAILED, PD_CAUSE_DATA, "fails as told: %s", fail);
    return PD_OK;
}

static void
step_close(struct pd_migrator *migrator)
{
    (void)migrator;
}

static pd_status
rename_authors(struct pd_migrator *migrator, const struct pd_catalog *before,
               const struct pd_change_ops *ops, struct pd_changes *changes, struct pd_error *err)
{
    pd_status status = ops->rename_table(changes, "author", "writer", err);

    (void)migrator;
    (void)before;
    if (status == PD_OK)
        status = ops->rename_column(changes, "writer", "born", "year", err);
    return status;
}

static pd_status
drop_prices(struct pd_migrator *migrator, const struct pd_catalog *before,
            const struct pd_change_ops *ops, struct pd_changes *changes, struct pd_error *err)
{
    (void)migrator;
    (void)before;
    return ops->drop_column(changes, "book", "price", err);
}

static pd_status
run_sql(struct pd_migrator *migrator, const struct pd_catalog *before,
        const struct pd_change_ops *ops, struct pd_changes *changes, struct pd_error *err)
{
    static const struct pd_statement statement = {sizeof statement, PD_AFTER_ROWS, "sqlite",
                                                  "ANALYZE"};

    (void)migrator;
    (void)before;
    return ops->run_statement(changes, &statement, err);
}

#define STEP(from, to, about, origin, plan)                                                        \
    {                                                                                              \
        sizeof(struct pd_migration), 0, from, to, about, origin, step_open, plan, NULL, NULL,      \
            NULL, step_close                                                                       \
    }

static const struct pd_migration renaming =
    STEP("1.0", "1.1", "authors are writers", "authors.c", rename_authors);
static const struct pd_migration dropping = STEP("1.1", "2.0", NULL, NULL, drop_prices);
static const struct pd_migration telling = STEP("2.0", "3.0", "counts rows", NULL, run_sql);
static const struct pd_migration beyond = STEP("4.0", "5.0", NULL, NULL, NULL);

static const struct pd_migration *const migrations[] = {&dropping, &telling, &renaming, &beyond,
                                                        NULL};
static const char *const versions[] = {"1.0", "1.1", "2.0", "2.0.1", NULL};

static const struct pd_option options[] = {
    {"shop-fails", NULL, "let every step fail", "TEXT", NULL, PD_OPTION_TEXT, 0}};

static const struct pd_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi = PD_ABI,
    .name = "shop",
    .version = "1",
    .about = "migrations of a shop",
    .options = options,
    .n_options = 1,
    .option_size = sizeof options[0],
    .migrations = migrations,
    .versions = versions,
};
PD_PLUGIN(shop, plugin)
