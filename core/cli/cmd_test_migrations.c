// SPDX-License-Identifier: Apache-2.0
/* cmd_test_migrations - polydump test-migrations DIR: every archive of an old version in a folder,
   restored to the newest version in a scratch database. */
#include <stdio.h>
#include <string.h>

#include "base/cancel.h"
#include "base/log.h"
#include "base/progress.h"
#include "cli/config_file.h"
#include "cli/migration.h"
#include "cli/print.h"
#include "cli/test_archives.h"
#include "run/trial.h"

/* What came of one archive. */
struct outcome {
    const struct test_archive *archive;
    struct report *report;
    struct pd_error error;
    bool has_error;
    enum trial_expected expected;
};

static bool
is_passed(const struct outcome *outcome)
{
    return !outcome->has_error && outcome->report->n_differences == 0;
}

/* ---- One archive ---- */

/* All archives are of one application: that of the first one that says it, if nobody else does. */
static pd_status
same_application(const struct test_archives *archives, const struct test_archive *one,
                 struct pd_error *err)
{
    for (size_t i = 0; i < archives->n && one->application; i++) {
        const struct test_archive *other = &archives->list[i];

        if (!other->application)
            continue;
        if (strcmp(other->application, one->application) == 0)
            return PD_OK;
        return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                          "it has data of the application '%s', '%s' of '%s'", one->application,
                          other->name, other->application);
    }
    return PD_OK;
}

static pd_status
archive_run(struct invocation *invocation, struct opened_source *source, struct outcome *outcome,
            struct pd_error *err)
{
    CLEANUP(migration) struct migration *migration = NULL;
    struct trial_options options = {
        .beside = invocation->ends[1],
        .expected = outcome->archive->expected,
        .writes = options_flag(invocation->options, "update"),
        .any_version = options_given(invocation->options, "to"),
    };
    pd_status status = migration_open(invocation, source, &migration, outcome->report, err);

    if (status != PD_OK)
        return status;
    progress_start("testing", migration->source->catalog->n_tables, 0, invocation->run.quiet);
    status = migrated_run(migration->migrated, err);
    if (status == PD_OK)
        status = trial_run(migration->source, &options, &invocation->run, outcome->report,
                           &outcome->expected, err);
    if (status == PD_OK)
        status = migrated_report(migration->migrated, outcome->report, err);
    progress_stop();
    return status;
}

/* As a restore of this archive would be called. */
static pd_status
archive_test(const struct invocation *invocation, const struct test_archives *archives,
             struct outcome *outcome, struct pd_error *err)
{
    struct invocation one = *invocation;
    CLEANUP(end) struct end *end = NULL;
    CLEANUP(opened_source) struct opened_source *source = NULL;
    double begun = run_clock();
    pd_status status = url_resolve(outcome->archive->path, END_ARCHIVE_SOURCE, &end, err);

    one.ends[0] = end;
    one.ends[1] = invocation->ends[0];
    if (status == PD_OK)
        status = source_open(end, &source, err);
    if (status == PD_OK)
        status = same_application(archives, outcome->archive, err);
    if (status == PD_OK)
        status = archive_run(&one, source, outcome, err);
    outcome->report->seconds = run_clock() - begun;
    return status;
}

/* ---- For people: TAP ---- */

/* A '#' would begin a directive. */
static void
tap_text(struct buffer *out, const char *text)
{
    for (const char *at = print_safe(text); *at; at++) {
        if (*at == '#')
            buffer_char(out, '\\');
        buffer_char(out, *at);
    }
}

static void
tap_passed(struct buffer *out, const struct outcome *outcome)
{
    static const char *const words[] = {
        [TRIAL_NONE] = "nothing is expected of it",
        [TRIAL_EQUAL] = "as expected",
        [TRIAL_WRITTEN] = "written as what is expected",
        [TRIAL_OTHER_VERSION] = "what is expected is of another version",
        [TRIAL_DIFFERS] = "not as expected",
    };
    const struct report *report = outcome->report;

    tap_text(out, report->migration);
    buffer_printf(out, ", %s %s, %s %s, %s", print_count(report->n_tables),
                  report->n_tables == 1 ? "table" : "tables", print_count(report->rows_written),
                  report->rows_written == 1 ? "row" : "rows", words[outcome->expected]);
}

static void
tap_failed(struct buffer *out, const struct outcome *outcome)
{
    const struct report *report = outcome->report;

    if (outcome->has_error)
        tap_text(out, outcome->error.text);
    else
        buffer_printf(out, "%s %s", print_count(report_n_found(report)),
                      report_n_found(report) == 1 ? "difference" : "differences");
    if (!outcome->has_error && report->n_unshown)
        buffer_printf(out, ", the first %s are shown", print_count(report->n_differences));
}

static void
outcome_print(const struct outcome *outcome, size_t number, bool quiet)
{
    CLEANUP_BUFFER struct buffer out = {0};
    const struct report *report = outcome->report;
    bool passed = is_passed(outcome);

    if (passed && quiet)
        return;
    buffer_printf(&out, "%s %zu - ", passed ? "ok" : "not ok", number);
    tap_text(&out, outcome->archive->name);
    buffer_text(&out, ": ");
    if (passed)
        tap_passed(&out, outcome);
    else
        tap_failed(&out, outcome);
    buffer_char(&out, '\n');
    for (size_t i = 0; i < report->n_differences; i++)
        buffer_printf(&out, "# %s\n", print_safe(report->differences[i]));
    for (size_t i = 0; i < report->n_left_out && !quiet; i++)
        if (report_left_out_shows(report, i) && !report->parts[i].is_broken)
            buffer_printf(&out, "# left out: %s\n", print_safe(report->left_out[i]));
    if (buffer_string(&out))
        fputs(buffer_string(&out), stdout);
    fflush(stdout);
}

/* ---- For programs ---- */

static void
outcome_json(struct buffer *out, const struct outcome *outcome)
{
    static const char *const words[] = {
        [TRIAL_NONE] = "none",       [TRIAL_EQUAL] = "equal",
        [TRIAL_WRITTEN] = "written", [TRIAL_OTHER_VERSION] = "other version",
        [TRIAL_DIFFERS] = "differs",
    };
    const struct report *report = outcome->report;

    buffer_char(out, '{');
    print_json_member(out, "archive", outcome->archive->name);
    buffer_char(out, ',');
    print_json_member(out, "version", outcome->archive->version);
    buffer_char(out, ',');
    print_json_member(out, "migration", report->migration);
    buffer_printf(out, ",\"passed\":%s,", is_passed(outcome) ? "true" : "false");
    print_json_member(out, "error", outcome->has_error ? outcome->error.text : NULL);
    buffer_printf(out, ",\"expected\":\"%s\",\"seconds\":%.3f,\"tables\":%zu,\"rows_written\":%llu",
                  words[outcome->expected], report->seconds, report->n_tables,
                  (unsigned long long)report->rows_written);
    buffer_printf(out, ",\"facts_compared\":%llu", (unsigned long long)report->facts_compared);
    print_json_lines(out, "left_out", report->left_out, report->n_left_out);
    buffer_printf(out, ",\"differences_found\":%llu", (unsigned long long)report_n_found(report));
    print_json_lines(out, "differences", report->differences, report->n_differences);
    buffer_char(out, '}');
}

static void
json_begin(struct buffer *out)
{
    buffer_text(out, "{\"result\":\"tested\",\"archives\":[");
}

static void
json_end(struct buffer *out, int status, double seconds)
{
    buffer_printf(out, "],\"exit_status\":%d,\"seconds\":%.3f}\n", status, seconds);
    if (buffer_string(out))
        fputs(buffer_string(out), stdout);
}

/* ---- All of them ---- */

/* PD_OK: this archive passed or failed, and the next one may come. */
static pd_status
outcome_make(const struct invocation *invocation, const struct test_archives *archives,
             struct outcome *outcome, struct pd_error *err)
{
    pd_status status = report_new(&outcome->report, err);

    if (status != PD_OK)
        return status;
    cancel_reset();
    outcome->has_error = archive_test(invocation, archives, outcome, &outcome->error) != PD_OK;
    if (!cancel_signal())
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted");
}

static pd_status
all_test(const struct invocation *invocation, const struct test_archives *archives, bool json,
         size_t *ret_passed, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer out = {0};
    double begun = run_clock();
    pd_status status = PD_OK;

    json_begin(&out);
    if (!json && !invocation->run.quiet)
        printf("1..%zu\n", archives->n);
    for (size_t i = 0; i < archives->n && status == PD_OK; i++) {
        struct outcome outcome = {.archive = &archives->list[i]};

        status = outcome_make(invocation, archives, &outcome, err);
        if (status == PD_OK) {
            *ret_passed += is_passed(&outcome);
            if (i && json)
                buffer_char(&out, ',');
            if (json)
                outcome_json(&out, &outcome);
            else
                outcome_print(&outcome, i + 1, invocation->run.quiet);
        }
        report_free(outcome.report);
    }
    if (status == PD_OK && json)
        json_end(&out, *ret_passed < archives->n, run_clock() - begun);
    return status;
}

static int
test_migrations_run(struct invocation *invocation, struct pd_error *err)
{
    CLEANUP(test_archives) struct test_archives *archives = NULL;
    bool json = options_flag(invocation->options, "json");
    size_t n_passed = 0;
    pd_status status;

    if (!invocation->steps)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "polydump test-migrations needs --migrations: a folder of steps, or a "
                          "plugin");
    status = test_archives_find(invocation->words[0], &archives, err);
    if (status == PD_OK)
        status = all_test(invocation, archives, json, &n_passed, err);
    if (status != PD_OK)
        return status;
    log_info("%s passed, %s failed", print_count(n_passed), print_count(archives->n - n_passed));
    return n_passed < archives->n ? 1 : 0;
}

const struct command test_migrations_command = {
    .name = "test-migrations",
    .usage = "DIR --migrations DIR|PLUGIN",
    .about = "restore archives of old versions to the newest one, as a test",
    .more = "Each archive in the folder is restored to a scratch database (SQLite, or what --via\n"
            "says), which then stands a double dump test; and if there is an archive\n"
            "NAME.expected beside NAME, its rows must be those in the database. Prints TAP: a\n"
            "line an archive. The exit status is 1 if one of them failed.",
    .roles = {END_TARGET},
    .end_option = "via",
    .min_words = 1,
    .max_words = 1,
    .bit = FOR_TEST_MIGRATIONS,
    .run = test_migrations_run,
};
