// SPDX-License-Identifier: Apache-2.0
/* Tests of the MariaDB plugin's memory that is held back for tidying up. */
#include "fake_host.h"

#include "reserve.h"

enum { ROOM = 4096 };

/* Of errors.c, which wants a session. */
pd_status
my_no_memory(const struct pd_host *of, struct pd_error *err)
{
    return host_fail(err, PD_FATAL, PD_CAUSE_MEMORY, "memory is short");
}

static int
begin(void **state)
{
    n_live = 0;
    n_until_out = -1;
    said[0] = 0;
    return 0;
}

static int
end(void **state)
{
    n_until_out = -1;
    return n_live == 0 ? 0 : -1;
}

/* With nothing left but what was held back. */
static const struct pd_host *
use_alone(struct reserve *reserve)
{
    assert_int_equal(reserve_open(reserve, &host, ROOM, NULL), PD_OK);
    n_until_out = 0;
    return reserve_use(reserve);
}

static void
there_is_memory_when_there_is_none(void **state)
{
    struct reserve reserve;
    const struct pd_host *calm = use_alone(&reserve);
    char *a = calm->alloc(calm, 1000), *b = calm->alloc(calm, 1);

    assert_true(a && b);
    assert_true((uintptr_t)a % 16 == 0 && (uintptr_t)b % 16 == 0);
    memset(a, 'a', 1000);
    *b = 'b';
    assert_int_equal(a[999], 'a');
    assert_null(calm->alloc(calm, ROOM));
    assert_null(calm->alloc(calm, SIZE_MAX - 8));
    assert_null(calm->resize(calm, b, SIZE_MAX - 8));
    assert_int_equal(*b, 'b');
    calm->release(calm, NULL);
    reserve_close(&reserve);
}

static void
what_is_given_back_in_turn_is_used_again(void **state)
{
    struct reserve reserve;
    const struct pd_host *calm = use_alone(&reserve);
    char *kept = calm->alloc(calm, 100);

    for (int i = 0; i < 1000; i++) {
        char *a = calm->alloc(calm, 500), *b = calm->alloc(calm, 2000);

        assert_true(a && b);
        calm->release(calm, b);
        calm->release(calm, a);
    }
    calm->release(calm, kept);
    assert_non_null(calm->alloc(calm, ROOM - 16));
    reserve_close(&reserve);
}

static void
a_statement_grows_in_its_place(void **state)
{
    struct reserve reserve;
    const struct pd_host *calm = use_alone(&reserve);
    char *before = calm->alloc(calm, 16), *text = NULL;

    for (size_t size = 500; size <= 4000; size *= 2) {
        text = calm->resize(calm, text, size);
        assert_non_null(text);
        memset(text, 't', size);
    }
    assert_null(calm->resize(calm, text, 4064));
    before = calm->resize(calm, before, 8);
    assert_non_null(before);
    calm->release(calm, text);
    reserve_close(&reserve);
}

static void
a_block_with_others_behind_it_moves(void **state)
{
    struct reserve reserve;
    const struct pd_host *calm = use_alone(&reserve);
    char *a = calm->alloc(calm, 4), *b = calm->alloc(calm, 4), *moved;

    memcpy(a, "abc", 4);
    memcpy(b, "xyz", 4);
    moved = calm->resize(calm, a, 300);
    assert_true(moved && moved != a);
    assert_string_equal(moved, "abc");
    assert_string_equal(b, "xyz");
    reserve_close(&reserve);
}

static void
beyond_its_size_the_core_is_asked(void **state)
{
    struct reserve reserve;
    const struct pd_host *calm;
    char *large;

    assert_int_equal(reserve_open(&reserve, &host, ROOM, NULL), PD_OK);
    assert_int_equal(n_live, 2);
    calm = reserve_use(&reserve);
    assert_int_equal(n_live, 1); /* the library's share went back */
    reserve_use(&reserve);
    assert_int_equal(n_live, 1);
    large = calm->alloc(calm, 2 * ROOM);
    assert_non_null(large);
    assert_int_equal(n_live, 2);
    large = calm->resize(calm, large, 3 * ROOM);
    assert_non_null(large);
    calm->release(calm, large);
    assert_int_equal(n_live, 1);
    reserve_close(&reserve);
    reserve_close(&reserve);
}

static int
always(const struct pd_host *of)
{
    return 1;
}

static void
it_is_never_cancelled(void **state)
{
    struct pd_host hasty = host;
    struct reserve reserve;

    hasty.cancelled = always;
    assert_int_equal(reserve_open(&reserve, &hasty, ROOM, NULL), PD_OK);
    assert_int_equal(reserve_use(&reserve)->cancelled(&reserve.host), 0);
    reserve_close(&reserve);
}

static void
short_memory_is_said_before_it_is_needed(void **state)
{
    struct reserve reserve;

    for (n_until_out = 0; n_until_out < 2;) {
        long n = n_until_out;

        assert_int_equal(reserve_open(&reserve, &host, ROOM, NULL), PD_FATAL);
        assert_string_equal(said, "memory is short");
        assert_int_equal(n_live, 0);
        reserve_close(&reserve);
        n_until_out = n + 1;
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(there_is_memory_when_there_is_none, begin, end),
        cmocka_unit_test_setup_teardown(what_is_given_back_in_turn_is_used_again, begin, end),
        cmocka_unit_test_setup_teardown(a_statement_grows_in_its_place, begin, end),
        cmocka_unit_test_setup_teardown(a_block_with_others_behind_it_moves, begin, end),
        cmocka_unit_test_setup_teardown(beyond_its_size_the_core_is_asked, begin, end),
        cmocka_unit_test_setup_teardown(it_is_never_cancelled, begin, end),
        cmocka_unit_test_setup_teardown(short_memory_is_said_before_it_is_needed, begin, end),
    };

    return cmocka_run_group_tests_name("my_reserve", tests, NULL, NULL);
}
