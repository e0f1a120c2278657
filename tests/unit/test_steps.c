// SPDX-License-Identifier: Apache-2.0
/* steps - migrations of plugins and of folders, found, adopted whatever their size, or refused. */
#include "work_folder.h"

#include "archive/archive.h"
#include "migrate/steps.h"
#include "plugin/host.h"
#include "plugin/loader.h"

/* ---- Plugins of this test ---- */

static const struct pd_migration *opened; /* what open() was called with last */
static const char *limit;                 /* what it was told */

static pd_status
step_open(const struct pd_migration *migration, const struct pd_host *host,
          const struct pd_options *options, struct pd_migrator **ret_migrator,
          struct pd_error *error)
{
    opened = migration;
    limit = host->option(options, "limit");
    *ret_migrator = NULL;
    return PD_OK;
}

static void
step_close(struct pd_migrator *migrator)
{
}

#define STEP(from_, to_)                                                                           \
    .struct_size = sizeof(struct pd_migration), .from = (from_), .to = (to_), .open = step_open

static struct pd_migration own[] = {{STEP("1.0", "1.1"), .close = step_close},
                                    {STEP("1.1", "2.0"), .about = "more", .origin = "own.c"}};
static const struct pd_migration *own_list[] = {&own[0], &own[1], NULL};
static const char *own_versions[] = {"1.0", "2.0.1", NULL};
static const struct pd_option options[] = {
    {.name = "limit", .type = PD_OPTION_INT, .fallback = "5", .help = "a number"}};
static const struct pd_plugin own_plugin = {
    .struct_size = sizeof own_plugin,
    .abi = PD_ABI,
    .name = "own",
    .version = "1",
    .about = "has migrations",
    .options = options,
    .n_options = COUNT_OF(options),
    .option_size = sizeof options[0],
    .migrations = own_list,
    .versions = own_versions,
};

/* Reads a folder that has a file "steps". */
static struct pd_migration found[] = {{STEP("2.0.1", "3.0"), .origin = "2.0.1.step"}};
static const struct pd_migration *found_list[] = {&found[0], NULL};
static const char *found_versions[] = {"3.0.1", NULL};
static struct pd_steps found_steps;
static int n_open;

static pd_status
folder_read(const struct pd_host *host, const char *folder, const struct pd_options *given,
            const struct pd_steps **ret_steps, struct pd_error *error)
{
    char path[200];

    snprintf(path, sizeof path, "%s/broken", folder);
    if (access(path, F_OK) == 0)
        return error_fail(error, PD_FAILED, PD_CAUSE_DATA, "'broken' is broken");
    snprintf(path, sizeof path, "%s/steps", folder);
    if (access(path, F_OK) != 0)
        return PD_UNSUPPORTED;
    n_open++;
    *ret_steps = &found_steps;
    return PD_OK;
}

static void
folder_leave(const struct pd_steps *steps)
{
    assert_ptr_equal(steps, &found_steps);
    n_open--;
}

static const struct pd_steps_ops reader_ops = {
    .struct_size = sizeof reader_ops, .open = folder_read, .close = folder_leave};
static const struct pd_plugin reader_plugin = {
    .struct_size = sizeof reader_plugin,
    .abi = PD_ABI,
    .name = "reader",
    .version = "1",
    .about = "reads folders",
    .steps = &reader_ops,
};

static int
begin_test(void **state)
{
    own[0] = (struct pd_migration){STEP("1.0", "1.1"), .close = step_close};
    found[0] = (struct pd_migration){STEP("2.0.1", "3.0"), .origin = "2.0.1.step"};
    own_versions[1] = "2.0.1";
    found_steps = (struct pd_steps){
        .struct_size = sizeof found_steps, .migrations = found_list, .versions = found_versions};
    opened = NULL;
    n_open = 0;
    return begin(state);
}

static struct steps *
read_ok(const char *first, const char *second)
{
    const char *const places[] = {first, second, NULL};
    struct steps *steps = NULL;

    if (steps_new(places, &steps, &err) != PD_OK || steps_open(steps, &err) != PD_OK)
        fail_msg("%s", err.text);
    return steps;
}

static void
assert_refused(const char *place, int cause, const char *expected)
{
    const char *const places[] = {place, NULL};
    CLEANUP(steps) struct steps *steps = NULL;
    pd_status status = steps_new(places, &steps, &err);

    if (status == PD_OK)
        status = steps_open(steps, &err);
    assert_int_equal(status, PD_FAILED);
    assert_string_equal(err.text, expected);
    assert_int_equal(err.cause, cause);
}

static void
make_folder(void)
{
    assert_int_equal(mkdir("m", 0755), 0);
    put("m/steps", "");
}

/* ---- What is found ---- */

static void
a_plugin_gives_its_steps_and_versions(void **state)
{
    CLEANUP(steps) struct steps *steps = read_ok("own", NULL);
    const struct step_list *list = steps_list(steps);

    assert_int_equal(list->n_steps, 2);
    assert_string_equal(list->steps[0]->from, "1.0");
    assert_string_equal(list->steps[0]->origin, "own");
    assert_string_equal(list->steps[1]->origin, "own.c");
    assert_string_equal(list->steps[1]->about, "more");
    assert_int_equal(list->n_versions, 2);
    assert_string_equal(list->versions[1], "2.0.1");
}

static void
a_folder_and_a_plugin_give_one_list(void **state)
{
    struct steps *steps;

    make_folder();
    steps = read_ok("m", "own");
    assert_int_equal(n_open, 1);
    assert_int_equal(steps_list(steps)->n_steps, 3);
    assert_string_equal(steps_list(steps)->steps[0]->origin, "2.0.1.step");
    assert_string_equal(steps_list(steps)->steps[1]->from, "1.0");
    assert_int_equal(steps_list(steps)->n_versions, 3);
    assert_string_equal(steps_list(steps)->versions[0], "3.0.1");
    steps_close(steps);
    assert_int_equal(n_open, 0);
}

static void
a_folder_comes_before_a_plugin_of_its_name(void **state)
{
    CLEANUP(steps) struct steps *steps = NULL;

    assert_int_equal(mkdir("own", 0755), 0);
    put("own/steps", "");
    steps = read_ok("own", NULL);
    assert_int_equal(steps_list(steps)->n_steps, 1);
}

static void
a_step_is_opened_as_the_plugin_made_it(void **state)
{
    CLEANUP(steps) struct steps *steps = read_ok("own", NULL);
    const struct pd_migration *step = steps_list(steps)->steps[1];
    struct pd_migrator *migrator = NULL;

    assert_int_equal(step->open(step, host_get(), steps_options(step), &migrator, &err), PD_OK);
    assert_ptr_equal(opened, &own[1]);
    assert_string_equal(limit, "5");
    step->close(migrator); /* the plugin has none */
}

static void
options_reach_the_plugin_that_has_them(void **state)
{
    const char *const places[] = {"own", "m", NULL};
    CLEANUP(steps) struct steps *steps = NULL;
    struct pd_migrator *migrator;
    const struct pd_migration *step;

    make_folder();
    assert_int_equal(steps_new(places, &steps, &err), PD_OK);
    assert_int_equal(steps_set(steps, "limit", "7", &err), PD_OK);
    assert_int_equal(steps_set(steps, "nothing", "7", &err), PD_UNSUPPORTED);
    assert_int_equal(steps_set(steps, "limit", "x", &err), PD_FAILED);
    assert_int_equal(steps_open(steps, &err), PD_OK);
    step = steps_list(steps)->steps[0];
    assert_int_equal(step->open(step, host_get(), steps_options(step), &migrator, &err), PD_OK);
    assert_string_equal(limit, "7");
}

static void
members_that_a_plugin_does_not_know_are_none(void **state)
{
    CLEANUP(steps) struct steps *steps = NULL;
    const struct pd_migration *step;

    own[0].struct_size = offsetof(struct pd_migration, plan);
    own[0].plan = (void *)(uintptr_t)1;
    own[0].close = NULL;
    found_steps.struct_size = offsetof(struct pd_steps, versions);
    make_folder();
    steps = read_ok("own", "m");
    step = steps_list(steps)->steps[0];
    assert_null(step->plan);
    assert_non_null(step->close);
    assert_int_equal(step->struct_size, sizeof *step);
    assert_int_equal(steps_list(steps)->n_versions, 2);
}

static void
more_than_a_few_steps_are_kept(void **state)
{
    enum { N = 100 };
    static struct pd_migration many[N];
    static const struct pd_migration *list[N + 1];
    static char names[N + 1][8];
    CLEANUP(steps) struct steps *steps = NULL;

    for (int i = 0; i <= N; i++)
        snprintf(names[i], sizeof names[i], "%d", i);
    for (int i = 0; i < N; i++) {
        many[i] = (struct pd_migration){STEP(names[i], names[i + 1])};
        list[i] = &many[i];
    }
    found_steps.migrations = list;
    make_folder();
    steps = read_ok("m", NULL);
    assert_int_equal(steps_list(steps)->n_steps, N);
    assert_string_equal(steps_list(steps)->steps[N - 1]->to, "100");
}

/* ---- What is refused ---- */

static void
what_is_neither_folder_nor_plugin_is_missing(void **state)
{
    const char *const places[] = {"nowhere", NULL};
    struct steps *steps;

    assert_refused("./nowhere", PD_CAUSE_MISSING, "there is no folder './nowhere'");
    assert_refused("Nowhere", PD_CAUSE_MISSING, "there is no folder 'Nowhere'");
    assert_refused("", PD_CAUSE_MISSING, "there is no folder ''");
    assert_int_equal(steps_new(places, &steps, &err), PD_FAILED);
    assert_int_equal(err.cause, PD_CAUSE_MISSING);
    assert_non_null(strstr(err.text, "there is no folder 'nowhere': there is no plugin 'nowhere': "
                                     "looked for 'nowhere.so' in "));
    put("a.lua", "");
    assert_refused("a.lua", PD_CAUSE_USAGE, "'a.lua' is not a folder; name the one that it is in");
}

static void
a_plugin_without_migrations_is_refused(void **state)
{
    assert_refused("archive", PD_CAUSE_MISSING, "plugin 'archive' has no migrations");
    assert_refused("reader", PD_CAUSE_MISSING,
                   "plugin 'reader' has no migrations of its own; name the folder that it shall "
                   "read");
}

static void
a_folder_with_nothing_in_it_is_refused(void **state)
{
    static const struct pd_migration *const none[] = {NULL};

    assert_int_equal(mkdir("m", 0755), 0);
    assert_refused("m", PD_CAUSE_MISSING, "no migrations are in 'm'");
    put("m/steps", "");
    found_steps.migrations = none;
    found_steps.versions = NULL;
    assert_refused("m", PD_CAUSE_MISSING, "no migrations are in 'm'");
    assert_int_equal(n_open, 0);
    put("m/broken", "");
    assert_refused("m", PD_CAUSE_DATA, "migrations in 'm': 'broken' is broken");
}

static void
a_step_without_what_it_needs_is_refused(void **state)
{
    const char *const head = "plugin 'own' (linked in): migrations[0]";
    char expected[300];

    own[0].from = NULL;
    snprintf(expected, sizeof expected, "%s ('own'): member 'from' is not set", head);
    assert_refused("own", PD_CAUSE_VERSION, expected);
    own[0].from = "one";
    snprintf(expected, sizeof expected, "%s ('own'): member 'from' is 'one', which is no version",
             head);
    assert_refused("own", PD_CAUSE_VERSION, expected);
    own[0].from = "1.0";
    own[0].to = "";
    own[0].origin = "1.0.step";
    snprintf(expected, sizeof expected, "%s ('1.0.step'): member 'to' is '', which is no version",
             head);
    assert_refused("own", PD_CAUSE_VERSION, expected);
    own[0].to = "1.1";
    own[0].open = NULL;
    snprintf(expected, sizeof expected, "%s ('1.0.step'): member 'open' is not set", head);
    assert_refused("own", PD_CAUSE_VERSION, expected);
    own[0].struct_size = 8;
    snprintf(expected, sizeof expected,
             "%s: member 'struct_size' is 8, less than the %zu bytes of ABI 1", head,
             offsetof(struct pd_migration, plan));
    assert_refused("own", PD_CAUSE_VERSION, expected);
}

static void
a_folder_names_the_step_that_is_wrong(void **state)
{
    char expected[300];

    make_folder();
    found[0].to = "later";
    assert_refused("m", PD_CAUSE_VERSION,
                   "migrations in 'm' (plugin 'reader'): migrations[0] ('2.0.1.step'): member 'to' "
                   "is 'later', which is no version");
    assert_int_equal(n_open, 0);
    found_steps.struct_size = 8;
    snprintf(expected, sizeof expected,
             "migrations in 'm' (plugin 'reader'): member 'struct_size' is 8, less than the %zu "
             "bytes of ABI 1",
             offsetof(struct pd_steps, versions));
    assert_refused("m", PD_CAUSE_VERSION, expected);
    assert_int_equal(n_open, 0);
}

static void
a_listed_version_that_is_none_is_refused(void **state)
{
    own_versions[1] = "next";
    assert_refused("own", PD_CAUSE_VERSION,
                   "plugin 'own' (linked in): member 'versions[1]' is 'next', which is no version");
}

static int
prepare(void **state)
{
    setenv("POLYDUMP_PLUGIN_PATH", "", 1);
    if (loader_start(&err) != PD_OK || loader_add(&own_plugin, &err) != PD_OK ||
        loader_add(&reader_plugin, &err) != PD_OK || loader_add(&archive_plugin, &err) != PD_OK)
        return -1;
    return 0;
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end)
    const struct CMUnitTest tests[] = {
        TEST(a_plugin_gives_its_steps_and_versions),
        TEST(a_folder_and_a_plugin_give_one_list),
        TEST(a_folder_comes_before_a_plugin_of_its_name),
        TEST(a_step_is_opened_as_the_plugin_made_it),
        TEST(options_reach_the_plugin_that_has_them),
        TEST(members_that_a_plugin_does_not_know_are_none),
        TEST(more_than_a_few_steps_are_kept),
        TEST(what_is_neither_folder_nor_plugin_is_missing),
        TEST(a_plugin_without_migrations_is_refused),
        TEST(a_folder_with_nothing_in_it_is_refused),
        TEST(a_step_without_what_it_needs_is_refused),
        TEST(a_folder_names_the_step_that_is_wrong),
        TEST(a_listed_version_that_is_none_is_refused),
    };

    return cmocka_run_group_tests_name("steps", tests, prepare, NULL);
}
