// SPDX-License-Identifier: Apache-2.0
// scratch - names of scratch databases: each is another one, and nothing else is ever dropped.
#include <polydump/scratch.h>

#include "fake_host.h"

static void
names_are_taken_back(void **state)
{
    char name[PD_SCRATCH_NAME], other[PD_SCRATCH_NAME], taken[PD_SCRATCH_NAME];

    assert_int_equal(pd_scratch_make_name(&host, name, NULL), PD_OK);
    assert_int_equal(pd_scratch_make_name(&host, other, NULL), PD_OK);
    assert_int_equal(strlen(name), PD_SCRATCH_NAME - 1);
    assert_string_not_equal(name, other);
    assert_int_equal(pd_scratch_take_name(&host, name, taken, NULL), PD_OK);
    assert_string_equal(taken, name);
}

static void
other_names_are_not(void **state)
{
    static const char *const names[] = {
        NULL,
        "",
        "production",
        "polydump_ddt_",
        "polydump_ddt_0123456789abcde",
        "polydump_ddt_0123456789abcdef0",
        "polydump_ddt_0123456789ABCDEF",
        "polydump_ddt_0123456789abcde;",
        "Polydump_ddt_0123456789abcdef",
    };
    char name[PD_SCRATCH_NAME] = "as it was";

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(pd_scratch_take_name(&host, names[i], name, NULL), PD_FAILED);
        assert_int_equal(cause_said, PD_CAUSE_USAGE);
        assert_string_equal(name, "as it was");
    }
    assert_string_equal(said, "'Polydump_ddt_0123456789abcdef' is not the name of a scratch "
                              "database; it is not dropped");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_back),
        cmocka_unit_test(other_names_are_not),
    };

    return cmocka_run_group_tests_name("scratch", tests, NULL, NULL);
}
