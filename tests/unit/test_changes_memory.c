// SPDX-License-Identifier: Apache-2.0
/* Tests of migrate/changes: memory may be short at any time, and big schemas are no trouble. */
#include "changes_world.h"

#include "base/arena.h"

/* ---- Memory that is counted; the linker puts these in the place of the library's ---- */

static long allowed = -1; /* allocations until they fail; -1: all */

static bool
is_short(void)
{
    if (allowed == 0)
        return true;
    allowed -= allowed > 0;
    return false;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__real_arena_alloc(struct arena *from, size_t size);
char *__real_arena_strdup(struct arena *from, const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
void *__wrap_arena_alloc(struct arena *from, size_t size);
char *__wrap_arena_strdup(struct arena *from, const char *text);

void *
__wrap_malloc(size_t size)
{
    return is_short() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return is_short() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
    return is_short() ? NULL : __real_realloc(memory, size);
}

char *
__wrap_strdup(const char *text)
{
    return is_short() ? NULL : __real_strdup(text);
}

/* Arenas ask the library rarely, so that what they give is counted, too. */
void *
__wrap_arena_alloc(struct arena *from, size_t size)
{
    return is_short() ? NULL : __real_arena_alloc(from, size);
}

char *
__wrap_arena_strdup(struct arena *from, const char *text)
{
    return is_short() ? NULL : __real_arena_strdup(from, text);
}

/* ---- A step that calls everything ---- */

static const struct pd_table added = {.struct_size = sizeof added,
                                      .name = "added",
                                      LIST(column, person_columns),
                                      LIST(key, person_keys),
                                      LIST(check, person_checks),
                                      LIST(foreign, person_foreigns)};
static const struct pd_key by_name = {.struct_size = sizeof by_name,
                                      .kind = PD_KEY_INDEX,
                                      .name = "by_name",
                                      .predicate = "(\"name\" <> '')"};
static const struct pd_check check = {
    .struct_size = sizeof check, .name = "c", .expression = "(\"name\" <> '')"};
static const struct pd_foreign boss = {
    .struct_size = sizeof boss, .name = "boss", .to_table = "added"};

STEP(calls_everything)
{
    struct pd_column age = person_columns[3], more = COLUMN("more", TEXT);
    uint32_t number;

    age.type.kind = PD_KIND_INT64;
    DO(add_table(c, &added, e));
    DO(rename_table(c, "person", "shop.human", e));
    DO(rename_table(c, "shop.item", "goods", e));
    DO(rename_column(c, "shop.human", "region", "area", e));
    DO(drop_check(c, "added", "odd", e));
    DO(drop_key(c, "added", "words", e));
    DO(drop_column(c, "added", "name", e));
    DO(add_column(c, "worker", &more, NULL, e));
    DO(change_column(c, "shop.human", "age", &age, e));
    DO(add_key(c, "worker", &by_name, NAMES("more", "id"), e));
    DO(add_check(c, "worker", &check, e));
    DO(add_foreign(c, "worker", &boss, NAMES("id"), e));
    DO(drop_foreign(c, "city", NULL, NAMES("country_id"), e));
    DO(see_rows(c, "city", NAMES("added", "goods"), e));
    DO(need(c,
            &(struct pd_need){.struct_size = sizeof(struct pd_need),
                              .table = "worker",
                              .keys = NAMES("id"),
                              .values = NAMES("name")},
            &number, e));
    DO(may_update(c, "added", e));
    DO(run_statement(c,
                     &(struct pd_statement){.struct_size = sizeof(struct pd_statement),
                                            .when = PD_BEFORE_ROWS,
                                            .engine = "x",
                                            .sql = "y"},
                     e));
    DO(merge_table(c, "note", "country", e));
    DO(see_rows(c, "note", NULL, e));
    DO(drop_table(c, "city", e));
    return PD_OK;
}

static void
a_shortage_of_memory_is_told_wherever_it_is(void **state)
{
    struct pd_migrator migrator = {calls_everything};
    long n_failures = 0;
    pd_status status;

    do {
        struct arena *own = arena_new();
        struct planned *planned = NULL;
        struct pd_error err = {0};

        assert_non_null(own);
        allowed = n_failures;
        status = changes_plan(&migration, &migrator, &world, own, &planned, &err);
        allowed = -1;
        arena_free(own);
        if (status == PD_OK)
            assert_non_null(planned);
        else if (status != PD_FATAL || err.cause != PD_CAUSE_MEMORY)
            fail_msg("allocation %ld: %d %s", n_failures, status, err.text);
        n_failures += status != PD_OK;
    } while (status != PD_OK);
    assert_true(n_failures > 300);
}

/* ---- A big schema ---- */

enum { MANY = 3000 };

STEP(touches_the_last)
{
    DO(rename_table(c, "t2999", "first", e));
    DO(drop_table(c, "t0000", e));
    return PD_OK;
}

static void
thousands_of_tables_are_planned(void **state)
{
    struct pd_table *tables = calloc(MANY, sizeof *tables);
    char(*names)[8] = calloc(MANY, sizeof *names);
    struct pd_catalog many = world;
    const struct planned *p;

    assert_true(tables && names);
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "t%04d", i);
        tables[i] = world_tables[CITY];
        tables[i].name = names[i];
        tables[i].n_foreigns = 0;
    }
    many.tables = tables;
    many.n_tables = MANY;
    p = planned_of(&many, touches_the_last);
    assert_int_equal(p->after->n_tables, MANY - 1);
    assert_string_equal(feed_text(p, "first"), "2999 untouched");
    assert_string_equal(flow_text(p, 0), "nowhere");
    assert_string_equal(flow_text(p, 17), "t0017: 0 1 2");
    free(names);
    free(tables);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shortage_of_memory_is_told_wherever_it_is),
        cmocka_unit_test(thousands_of_tables_are_planned),
    };

    return cmocka_run_group_tests_name("changes_memory", tests, world_begin, world_end);
}
