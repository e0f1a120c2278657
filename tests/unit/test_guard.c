// SPDX-License-Identifier: Apache-2.0
/* Guards stand before every member that a plugin may have; what a call gives back is judged. The
   mistakes themselves are made by tests/abi/wrong.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plugin/guard.h"

static const struct guard some = {.name = "x"};
static struct pd_error err;

/* A member without one would be taken from every plugin. */
static void
assert_all_set(const void *ops, size_t first, size_t size)
{
    static const unsigned char unset[sizeof(void *)];

    for (size_t at = first; at < size; at += sizeof unset)
        assert_memory_not_equal((const char *)ops + at, unset, sizeof unset);
}

static void
every_member_has_a_guard(void **state)
{
    assert_all_set(&guard_source_ops, offsetof(struct pd_source_ops, catalog),
                   sizeof guard_source_ops);
    assert_all_set(&guard_sink_ops, offsetof(struct pd_sink_ops, prepare), sizeof guard_sink_ops);
}

static void
assert_judged(pd_status status, unsigned may, const char *text, pd_status judged,
              const char *said_then)
{
    struct pd_error said = {.cause = *text ? PD_CAUSE_IO : 0};

    err = (struct pd_error){.cause = PD_CAUSE_DATA, .text = "from before"};
    snprintf(said.text, sizeof said.text, "%s", text);
    assert_int_equal(guard_judge(&some, "call", may, status, &said, &err), judged);
    assert_string_equal(err.text, said_then);
    assert_int_equal(guard_judge(&some, "call", may, status, &said, NULL), judged);
}

static void
a_status_is_judged_by_what_the_call_may_return(void **state)
{
    static const char silent[] = "plugin 'x': call() failed without saying why";

    assert_judged(PD_OK, 0, "", PD_OK, "from before");
    assert_judged(PD_OK, 0, "said in vain", PD_OK, "from before");
    assert_judged(PD_DONE, GUARD_DONE, "", PD_DONE, "from before");
    assert_judged(PD_DONE, GUARD_UNSUPPORTED, "", PD_FATAL,
                  "plugin 'x': call() returned PD_DONE, which only read() may");
    assert_judged(7, GUARD_DONE, "", PD_FATAL, "plugin 'x': call() returned 7, which is no status");
    assert_judged(PD_UNSUPPORTED, GUARD_UNSUPPORTED, "", PD_UNSUPPORTED, "from before");
    assert_judged(PD_UNSUPPORTED, 0, "", PD_FATAL, silent);
    assert_judged(PD_UNSUPPORTED, 0, "not here", PD_UNSUPPORTED, "not here");
    assert_judged(PD_RETRY, 0, "", PD_RETRY, silent);
    assert_judged(PD_FAILED, 0, "", PD_FAILED, silent);
    assert_judged(PD_FAILED, 0, "the disk is gone", PD_FAILED, "the disk is gone");
    assert_judged(-9, 0, "odd", PD_FATAL, "odd");
    assert_judged(-9, 0, "", PD_FATAL, silent);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_has_a_guard),
        cmocka_unit_test(a_status_is_judged_by_what_the_call_may_return),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
