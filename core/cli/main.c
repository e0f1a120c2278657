// SPDX-License-Identifier: Apache-2.0
/* main - argv to exit status: prepares the process, runs a command, tells of a failure once. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/cancel.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/command.h"
#include "plugin/guard.h"

enum { MEMORY_OWN_PAGES = 262144, MEMORY_KEPT = 1048576 };

/* A closed standard descriptor must not become a database file: it is opened on /dev/null the
   wrong way round, so that its use fails. */
static void
descriptors_guard(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

/* Rows must not end in a core file. */
static void
core_forbid(void)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
}

/* Buffers of a block or a batch go back to the system when they are freed, instead of lying between
   others: measured on 20 million
   rows with the budget of then, 51 MB at the peak instead of 69, for the same time. */
static void
memory_settle(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, MEMORY_OWN_PAGES);
    mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
#endif
}

static int
failure_tell(const struct pd_error *err)
{
    if (cancel_signal() && err->cause == PD_CAUSE_CANCELLED)
        log_message(PD_LOG_ERROR, "interrupted by signal %d; nothing was published",
                    cancel_signal());
    else
        log_message(PD_LOG_ERROR, "%s", err->text);
    if (cancel_signal())
        return 128 + cancel_signal();
    return error_exit_status(err->cause);
}

/* What was printed is worth something only when it arrived. */
static int
output_close(int status, struct pd_error *err)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    (void)!error_fail(err, PD_FATAL, PD_CAUSE_IO, "cannot write to standard output");
    return status > 0 ? status : failure_tell(err);
}

static void
log_levels(const struct invocation *invocation)
{
    if (options_flag(invocation->options, "verbose"))
        log_set_level(PD_LOG_DEBUG);
    if (options_flag(invocation->options, "quiet"))
        log_set_level(PD_LOG_ERROR);
}

static bool
option_is_own(const char *name)
{
    for (size_t i = 0; i < n_command_options; i++)
        if (strcmp(command_options[i].option.name, name) == 0)
            return true;
    return false;
}

static int
program_run(int argc, char **argv, struct invocation *invocation, struct pd_error *err)
{
    pd_status status = loader_start(err);

    loader_reserve(option_is_own);
    if (status == PD_OK)
        status = loader_add(&archive_plugin, err);
    if (status == PD_OK)
        status = invocation_read(argc, argv, invocation, err);
    if (status == PD_DONE)
        return 0;
    if (status != PD_OK)
        return status;
    log_levels(invocation);
    return invocation->command->run(invocation, err);
}

int
main(int argc, char **argv)
{
    struct invocation invocation = {0};
    struct pd_error err = {0};
    int status;

    descriptors_guard();
    core_forbid();
    memory_settle();
    cancel_install();
    status = program_run(argc, argv, &invocation, &err);
    if (status < 0)
        status = failure_tell(&err);
    status = output_close(status, &err);
    invocation_free(&invocation);
    guard_tell_left();
    partial_remove_all();
    return status;
}
