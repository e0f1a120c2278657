// SPDX-License-Identifier: Apache-2.0
/* Tests of plugin/host.h. Ends that are wrapped are tested with URLs, files with base/file.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <polydump/batch.h>

#include "base/budget.h"
#include "base/cancel.h"
#include "base/error.h"
#include "plugin/host.h"

static struct pd_error err;

static void
every_service_is_there(void **state)
{
    const struct pd_host *host = host_get();
    const void *null = NULL;

    assert_int_equal(host->struct_size, sizeof *host);
    assert_int_equal(host->abi, PD_ABI);
    for (size_t at = offsetof(struct pd_host, fail); at < sizeof *host; at += sizeof null)
        assert_memory_not_equal((const char *)host + at, &null, sizeof null);
}

static void
memory_is_counted_until_it_is_given_back(void **state)
{
    const struct pd_host *host = host_get();
    size_t before = host_allocated();
    char *piece = host->alloc(host, 100);

    assert_non_null(piece);
    assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
    assert_int_equal(host_allocated() - before, 100);
    memset(piece, 'x', 100);
    piece = host->resize(host, piece, 5000);
    assert_int_equal(piece[99], 'x');
    assert_int_equal(host_allocated() - before, 5000);
    piece = host->resize(host, piece, 10);
    assert_int_equal(host_allocated() - before, 10);
    host->release(host, piece);
    host->release(host, NULL);
    assert_int_equal(host_allocated(), before);
    piece = host->resize(host, NULL, 7);
    assert_int_equal(host_allocated() - before, 7);
    host->release(host, piece);
    assert_null(host->alloc(host, SIZE_MAX));
    assert_int_equal(host_allocated(), before);
}

static void
errors_and_details_are_the_cores(void **state)
{
    const struct pd_host *host = host_get();

    /* In parentheses: fail() is a macro of cmocka. */
    assert_int_equal((host->fail)(&err, PD_RETRY, PD_CAUSE_QUERY, "lock on '%s'", "t"), PD_RETRY);
    host->detail(&err, "sqlstate", "40001");
    assert_string_equal(err.text, "lock on 't'");
    assert_string_equal(err.keys[0], "sqlstate");
    assert_string_equal(err.values[0], "40001");
}

static void
cancelling_is_seen(void **state)
{
    const struct pd_host *host = host_get();

    assert_false(host->cancelled(host));
    cancel_request(0);
    assert_true(host->cancelled(host));
    assert_null(host->batch_begin(host));
    cancel_reset();
    assert_false(host->cancelled(host));
}

static void
a_batch_is_built_in_the_budget_and_gives_all_of_it_back(void **state)
{
    const struct pd_host *host = host_get();
    size_t before = host_allocated();
    const struct pd_batch *batch;
    struct pd_builder b;

    assert_int_equal(pd_builder_open(&b, host, 2), PD_OK);
    pd_builder_column(&b, 0, PD_LAYOUT_I64, 0);
    pd_builder_column(&b, 1, PD_LAYOUT_VAR, 0);
    assert_int_equal(pd_builder_begin(&b), PD_OK);
    for (int i = 0; i < 1000; i++) {
        pd_put_i64(&b, 0, i);
        pd_put_bytes(&b, 1, "text", 4);
        pd_builder_row(&b);
    }
    batch = pd_builder_finish(&b);
    assert_non_null(batch);
    assert_true(budget_used() > 0);
    assert_int_equal(batch->n_rows, 1000);
    assert_int_equal(PD_AT(struct pd_vector, batch->vectors, batch->vector_size, 1)->offsets[1000],
                     4000);
    batch->release(batch);
    pd_builder_close(&b);
    assert_int_equal(budget_used(), 0);
    assert_int_equal(host_allocated(), before);
}

static void
strings_that_are_handed_over_are_given_back_to_release(void **state)
{
    const struct pd_host *host = host_get();
    struct pd_dialect dialect = {.struct_size = sizeof dialect};
    char path[] = "/tmp/polydump-test-host-XXXXXX", *text, *sql, *partial;
    size_t before = host_allocated();

    assert_int_equal(host->expr_read(host, &dialect, "1", &text, &err), PD_OK);
    assert_int_equal(host->expr_write(host, &dialect, text, &sql, &err), PD_OK);
    assert_string_equal(sql, "1");
    assert_true(host_allocated() > before);
    host->release(host, text);
    host->release(host, sql);
    assert_non_null(mkdtemp(path));
    assert_int_equal(chdir(path), 0);
    assert_int_equal(host->file_partial(host, "new.db", &partial, &err), PD_OK);
    assert_int_equal(host->file_publish(host, partial, "new.db", 0, &err), PD_OK);
    host->release(host, partial);
    assert_int_equal(unlink("new.db"), 0);
    assert_int_equal(host->folder_partial(host, "new", &partial, &err), PD_OK);
    assert_int_equal(host->file_publish(host, partial, "new", 0, &err), PD_OK);
    host->release(host, partial);
    assert_int_equal(rmdir("new"), 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(host_allocated(), before);
}

static void
reals_have_canonical_text(void **state)
{
    char text[32];
    size_t size = host_get()->real_text(0.1, text);

    assert_int_equal(size, 3);
    assert_memory_equal(text, "0.1", 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_service_is_there),
        cmocka_unit_test(memory_is_counted_until_it_is_given_back),
        cmocka_unit_test(errors_and_details_are_the_cores),
        cmocka_unit_test(cancelling_is_seen),
        cmocka_unit_test(a_batch_is_built_in_the_budget_and_gives_all_of_it_back),
        cmocka_unit_test(strings_that_are_handed_over_are_given_back_to_release),
        cmocka_unit_test(reals_have_canonical_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
