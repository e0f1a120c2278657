// SPDX-License-Identifier: Apache-2.0
/* Tests of the plugins fault and null, with the sample plugin behind them. Arguments: the folder
   of the sample, then the modules of null and fault (none when they are linked in). */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/budget.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/log.h"
#include "plugin/host.h"
#include "plugin/loader.h"
#include "plugin/url.h"

static int n_arguments;
static char **arguments;
static char root[] = "/tmp/polydump-test-fault-XXXXXX";
static struct pd_error err;

static int
copy(const char *from)
{
    CLEANUP_FREE char *bytes = NULL;
    const char *name = strrchr(from, '/') + 1;
    size_t size;
    int fd;

    if (file_load(AT_FDCWD, from, 64 << 20, &bytes, &size, &err) < 0 ||
        file_create(AT_FDCWD, name, &fd, &err) < 0)
        return -1;
    if (file_write(fd, bytes, size, name, &err) < 0)
        return -1;
    return close(fd);
}

static int
begin_all(void **state)
{
    char sample[1000];

    umask(022);
    if (!mkdtemp(root) || chdir(root) < 0)
        return -1;
    snprintf(sample, sizeof sample, "%s/same.so", arguments[1]);
    if (copy(sample) < 0)
        return -1;
    for (int i = 2; i < n_arguments; i++) {
        if (copy(arguments[i]) < 0)
            return -1;
    }
    setenv("POLYDUMP_PLUGIN_PATH", root, 1);
    log_set_level(PD_LOG_WARNING);
    return loader_start(&err);
}

static int
end_all(void **state)
{
    if (chdir("/") < 0)
        return -1;
    return folder_remove(AT_FDCWD, root) ? 0 : -1;
}

/* What a small run through a source and a sink came to. */
struct outcome {
    pd_status status; /* of the first call that failed */
    const char *call;
    uint32_t n_rows; /* that were read */
};

#define STEP(outcome, name, expression)                                                            \
    do {                                                                                           \
        (outcome).status = (expression);                                                           \
        if ((outcome).status < 0) {                                                                \
            (outcome).call = name;                                                                 \
            return outcome;                                                                        \
        }                                                                                          \
    } while (0)

static struct outcome
read_all(const struct pd_source_ops *ops, struct pd_source *source, const struct pd_sink_ops *to,
         struct pd_sink *sink)
{
    struct outcome outcome = {0};
    struct pd_rejects rejects = {.struct_size = sizeof rejects};
    struct pd_scan scan = {.struct_size = sizeof scan};
    struct pd_load load = {.struct_size = sizeof load};
    const struct pd_batch *batch;

    STEP(outcome, "catalog", ops->catalog(source, &load.catalog, &err));
    STEP(outcome, "prepare", to->prepare(sink, &load, &err));
    STEP(outcome, "start", ops->start(source, &scan, &err));
    STEP(outcome, "start", to->start(sink, &scan, 0, &err));
    for (;;) {
        pd_status status;

        STEP(outcome, "read", ops->read(source, &batch, &err));
        if (outcome.status == PD_DONE)
            break;
        outcome.n_rows += batch->n_rows;
        status = to->write(sink, batch, ops, source, &rejects, &err);
        batch->release(batch);
        STEP(outcome, "write", status);
    }
    STEP(outcome, "end", to->end(sink, &err));
    STEP(outcome, "complete", to->complete(sink, &err));
    STEP(outcome, "finish", to->finish(sink, &err));
    return outcome;
}

static struct outcome
run(const char *from, const char *to)
{
    CLEANUP(end) struct end *source_end = NULL;
    CLEANUP(end) struct end *sink_end = NULL;
    struct outcome outcome = {0};
    struct pd_source *source = NULL;
    struct pd_sink *sink = NULL;

    err.text[0] = '\0';
    STEP(outcome, "resolve", url_resolve(from, END_SOURCE, &source_end, &err));
    STEP(outcome, "resolve", url_resolve(to, END_TARGET, &sink_end, &err));
    STEP(outcome, "open",
         source_end->loaded->source.open(host_get(), &source_end->endpoint, &source, &err));
    outcome.status = sink_end->loaded->sink.open(host_get(), &sink_end->endpoint, &sink, &err);
    outcome.call = "open";
    if (outcome.status == PD_OK)
        outcome = read_all(&source_end->loaded->source, source, &sink_end->loaded->sink, sink);
    sink_end->loaded->sink.close(sink);
    source_end->loaded->source.close(source);
    return outcome;
}

static void
assert_fails(const char *from, const char *to, pd_status status, const char *call,
             const char *message)
{
    struct outcome outcome = run(from, to);

    assert_string_equal(err.text, message);
    assert_int_equal(outcome.status, status);
    assert_string_equal(outcome.call, call);
    assert_int_equal(host_allocated(), 0);
    assert_int_equal(budget_used(), 0);
}

static void
assert_passes(const char *from, const char *to, uint32_t n_rows)
{
    struct outcome outcome = run(from, to);

    assert_string_equal(err.text, "");
    assert_int_equal(outcome.status, PD_OK);
    assert_int_equal(outcome.n_rows, n_rows);
    assert_int_equal(host_allocated(), 0);
    assert_int_equal(budget_used(), 0);
}

/* ---- null ------------------------------------------------------------------------------------ */

static void
null_takes_all_rows(void **state)
{
    assert_passes("same:", "null:", 3);
}

static void
null_refuses_a_name(void **state)
{
    assert_fails("same:", "null:x", PD_FAILED, "open",
                 "'null:x' names something, but there is nothing behind null; write null:");
}

static void
twins_of_null_count_for_their_origin(void **state)
{
    CLEANUP(end) struct end *e = NULL;
    struct pd_batch batch = {.struct_size = sizeof batch, .n_rows = 5};
    struct pd_sink *sink, *twin;
    const struct pd_sink_ops *ops;

    assert_int_equal(url_resolve("null:", END_TARGET, &e, &err), PD_OK);
    ops = &e->loaded->sink;
    assert_int_equal(ops->open(host_get(), &e->endpoint, &sink, &err), PD_OK);
    assert_int_equal(ops->share(sink, &twin, &err), PD_OK);
    assert_int_equal(ops->write(twin, &batch, NULL, NULL, NULL, &err), PD_OK);
    ops->close(twin);
    assert_int_equal(ops->finish(sink, &err), PD_OK);
    ops->close(sink);
    ops->close(NULL);
    assert_int_equal(host_allocated(), 0);
}

/* ---- fault ----------------------------------------------------------------------------------- */

static void
a_fault_that_does_not_come_changes_nothing(void **state)
{
    assert_passes("fault:at=read:n=100:same:", "fault:at=write:n=100:same:", 3);
}

static void
every_call_of_a_source_can_fail(void **state)
{
    static const char *const calls[] = {"open", "catalog", "start", "read"};
    char url[100], message[100];

    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        snprintf(url, sizeof url, "fault:at=%s:n=1:same:", calls[i]);
        snprintf(message, sizeof message, "fault: call 1 of %s() fails", calls[i]);
        assert_fails(url, "same:", PD_FAILED, calls[i], message);
        assert_string_equal(err.values[0], calls[i]);
    }
}

static void
every_call_of_a_sink_can_fail(void **state)
{
    static const char *const calls[] = {"open", "prepare",  "start", "write",
                                        "end",  "complete", "finish"};
    char url[100], message[100];

    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        snprintf(url, sizeof url, "fault:at=%s:same:", calls[i]);
        snprintf(message, sizeof message, "fault: call 1 of %s() fails", calls[i]);
        assert_fails("same:", url, PD_FAILED, calls[i], message);
    }
}

static void
the_nth_call_fails_with_the_status_that_was_named(void **state)
{
    assert_fails("fault:at=read:n=2:status=fatal:same:", "same:", PD_FATAL, "read",
                 "fault: call 2 of read() fails");
    assert_fails("fault:at=read:n=1:status=retry:same:", "same:", PD_RETRY, "read",
                 "fault: call 1 of read() fails");
}

static void
once_is_only_once(void **state)
{
    CLEANUP(end) struct end *e = NULL;
    const struct pd_source_ops *ops;
    const struct pd_catalog *catalog;
    struct pd_source *source;

    assert_int_equal(url_resolve("fault:at=catalog:n=2:once:same:", END_SOURCE, &e, &err), PD_OK);
    ops = &e->loaded->source;
    assert_int_equal(ops->open(host_get(), &e->endpoint, &source, &err), PD_OK);
    assert_int_equal(ops->catalog(source, &catalog, &err), PD_OK);
    assert_int_equal(ops->catalog(source, &catalog, &err), PD_FAILED);
    assert_int_equal(ops->catalog(source, &catalog, &err), PD_OK);
    ops->close(source);
    assert_int_equal(host_allocated(), 0);
}

static void
a_row_can_be_lost_on_the_way(void **state)
{
    assert_passes("fault:drop=1:same:", "null:", 2);
    assert_fails("fault:drop=1:same:", "same:", PD_FAILED, "finish", "2 rows, not 3");
    assert_fails("same:", "fault:drop=1:same:", PD_FAILED, "finish", "2 rows, not 3");
}

static void
a_batch_without_its_last_row_is_still_well_formed(void **state)
{
    CLEANUP(end) struct end *e = NULL;
    struct pd_scan scan = {.struct_size = sizeof scan};
    const struct pd_source_ops *ops;
    const struct pd_batch *batch;
    const struct pd_vector *text;
    struct pd_source *source;

    assert_int_equal(url_resolve("fault:drop=1:same:", END_SOURCE, &e, &err), PD_OK);
    ops = &e->loaded->source;
    assert_int_equal(ops->open(host_get(), &e->endpoint, &source, &err), PD_OK);
    assert_int_equal(ops->start(source, &scan, &err), PD_OK);
    assert_int_equal(ops->read(source, &batch, &err), PD_OK);
    text = PD_AT(struct pd_vector, batch->vectors, batch->vector_size, 1);
    assert_int_equal(batch->n_rows, 2);
    assert_int_equal(text->n_nulls, 0); /* the third row was the NULL */
    assert_int_equal(text->offsets[2], 8);
    ops->close(source);
    batch->release(batch); /* it may outlive its source */
    assert_int_equal(host_allocated(), 0);
    assert_int_equal(budget_used(), 0);
}

static void
a_url_that_is_not_understood_is_refused(void **state)
{
    static const struct {
        const char *url, *message;
    } cases[] = {
        {"fault:same:", "fault: what shall fail? write fault:at=KIND:n=N:URL"},
        {"fault:", "fault: what shall fail? write fault:at=KIND:n=N:URL"},
        {"fault:at=read:n=1", "fault: no URL follows"},
        {"fault:at=lunch:same:", "fault: 'at=lunch' is not understood"},
        {"fault:at=read:n=0:same:", "fault: 'n=0' is not understood"},
        {"fault:at=read:n=x:same:", "fault: 'n=x' is not understood"},
        {"fault:at=read:status=ok:same:", "fault: 'status=ok' is not understood"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_fails(cases[i].url, "null:", PD_FAILED, "open", cases[i].message);
    assert_fails("fault:at=read:null:", "null:", PD_FAILED, "open",
                 "fault: plugin 'null' cannot be read from");
}

static void
options_go_through_to_the_end_that_is_wrapped(void **state)
{
    CLEANUP(end) struct end *e = NULL;
    struct pd_source *source;

    assert_int_equal(url_resolve("fault:at=read:same:", END_SOURCE, &e, &err), PD_OK);
    assert_int_equal(options_set(e->options, "nobody-knows", "1", &err), PD_OK);
    assert_true(e->loaded->source.open(host_get(), &e->endpoint, &source, &err) < 0);
    assert_string_equal(err.text, "'same:': there is no option '--nobody-knows'");
    assert_int_equal(host_allocated(), 0);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_takes_all_rows),
        cmocka_unit_test(null_refuses_a_name),
        cmocka_unit_test(twins_of_null_count_for_their_origin),
        cmocka_unit_test(a_fault_that_does_not_come_changes_nothing),
        cmocka_unit_test(every_call_of_a_source_can_fail),
        cmocka_unit_test(every_call_of_a_sink_can_fail),
        cmocka_unit_test(the_nth_call_fails_with_the_status_that_was_named),
        cmocka_unit_test(once_is_only_once),
        cmocka_unit_test(a_row_can_be_lost_on_the_way),
        cmocka_unit_test(a_batch_without_its_last_row_is_still_well_formed),
        cmocka_unit_test(a_url_that_is_not_understood_is_refused),
        cmocka_unit_test(options_go_through_to_the_end_that_is_wrapped),
    };

    if (argc < 2)
        return 2;
    n_arguments = argc;
    arguments = argv;
    return cmocka_run_group_tests(tests, begin_all, end_all);
}
