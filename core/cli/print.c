// SPDX-License-Identifier: Apache-2.0
/* print - what commands print. */
#include "cli/print.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "model/json.h"
#include "run/mapping.h"

enum { RING = 8 };

static char *
ring_buffer(void)
{
    static __thread char ring[RING][ERROR_TEXT_SIZE];
    static __thread unsigned at;

    return ring[at++ % RING];
}

const char *
print_count(uint64_t n)
{
    char digits[32], *out = ring_buffer();
    size_t size = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), at = 0;

    for (size_t i = 0; i < size; i++) {
        if (i && (size - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *
print_bytes(uint64_t n)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double value = (double)n;
    size_t unit = 0;
    char *out = ring_buffer();

    for (; value >= 1000 && unit + 1 < COUNT_OF(units); unit++)
        value /= 1000;
    snprintf(out, 32, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return out;
}

const char *
print_safe(const char *text)
{
    char *out = ring_buffer();

    error_printable(text, out, ERROR_TEXT_SIZE);
    return out;
}

/* ---- For people ---- */

static void
left_out_print(const struct report *report)
{
    size_t n = report_n_unmissed(report);

    for (size_t i = 0; i < report->n_left_out; i++) {
        if (report_left_out_shows(report, i))
            log_info("left out: %s", print_safe(report->left_out[i]));
    }
    if (n)
        log_info("left out as --no-native says: %s %s; --json lists %s", print_count(n),
                 n == 1 ? "object" : "objects", n == 1 ? "it" : "them");
}

static void
ran_print(const struct report *report)
{
    for (size_t i = 0; i < report->n_ran; i++)
        log_info("%s", print_safe(report->ran[i]));
}

static void
notes_print(const struct report *report)
{
    for (size_t i = 0; i < report->n_notes; i++)
        log_info("%s", print_safe(report->notes[i]));
}

static void
rejects_print(const struct report *report)
{
    uint64_t n = report->rows_rejected;

    if (!report->rejects_path)
        return;
    for (size_t i = 0; i < report->n_rejects; i++)
        log_message(PD_LOG_WARNING, "rejected: %s", print_safe(report->rejects[i]));
    if (n > report->n_rejects)
        log_message(PD_LOG_WARNING, "and %s more of these", print_count(n - report->n_rejects));
    log_message(PD_LOG_WARNING,
                "%s %s rejected and set aside in '%s': mend %s there or in the target, then "
                "restore that archive with --into=append",
                print_count(n), n == 1 ? "row was" : "rows were", print_safe(report->rejects_path),
                n == 1 ? "it" : "them");
}

static size_t
mapped_count(const struct report *report, unsigned rung)
{
    size_t n = 0;

    for (size_t i = 0; i < report->n_mapped; i++)
        n += report->mapped[i].rung == rung;
    return n;
}

static void
mapped_print(const struct report *report)
{
    size_t n = mapped_count(report, PD_RUNG_CARRIER);

    if (n)
        log_info("%s %s kept as text or bytes, since the target has no such type; --verbose lists "
                 "them",
                 print_count(n), n == 1 ? "column is" : "columns are");
}

/* Rows that were not simply added. */
static void
outcomes_print(const struct report *report)
{
    for (size_t i = 0; i < report->n_tables; i++) {
        const struct ledger_table *t = &report->tables[i];

        if (t->rows_updated)
            log_info("table '%s': %s %s there already and updated", print_safe(t->name),
                     print_count(t->rows_updated), t->rows_updated == 1 ? "row was" : "rows were");
        if (t->rows_skipped)
            log_info("table '%s': %s %s there already and skipped", print_safe(t->name),
                     print_count(t->rows_skipped), t->rows_skipped == 1 ? "row was" : "rows were");
    }
}

static void
summary_print(const char *verb, const struct report *report)
{
    /* A comparison has no ledger: it moves nothing. */
    uint64_t n = report->n_tables ? report->n_tables : report->tables_verified;
    uint64_t n_rows = report->rows_read - report->rows_rejected - report->rows_skipped;

    log_info("%s %s %s, %s %s in %.1f s%s%s", verb, print_count(n), n == 1 ? "table" : "tables",
             print_count(n_rows), n_rows == 1 ? "row" : "rows", report->seconds,
             *report->content_id ? ", content id " : "", report->content_id);
    if (report->migration)
        log_info("version %s", print_safe(report->migration));
    if (report->facts_compared)
        log_info("%s facts computed by the engine agree with the rows that went through",
                 print_count(report->facts_compared));
    if (report->is_believed)
        log_info("what was written was not read back, and not compared");
    ran_print(report);
    notes_print(report);
    outcomes_print(report);
    rejects_print(report);
    mapped_print(report);
    left_out_print(report);
}

/* ---- For programs ---- */

void
print_json_lines(struct buffer *out, const char *name, const char *const *lines, size_t n)
{
    buffer_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buffer_char(out, ',');
        json_write_string(out, lines[i], strlen(lines[i]));
    }
    buffer_char(out, ']');
}

static void
json_table(struct buffer *out, const struct ledger_table *table)
{
    char digest[33];

    digest_text(&table->digest, digest);
    buffer_text(out, "{\"table\":");
    json_write_string(out, table->name, strlen(table->name));
    if (table->has_count)
        buffer_printf(out, ",\"counted\":%llu", (unsigned long long)table->rows_counted);
    buffer_printf(out,
                  ",\"read\":%llu,\"written\":%llu,\"filtered\":%llu,\"rejected\":%llu,"
                  "\"updated\":%llu,\"skipped\":%llu,\"digest\":\"%s\"}",
                  (unsigned long long)table->rows_read, (unsigned long long)table->rows_written,
                  (unsigned long long)table->rows_filtered,
                  (unsigned long long)table->rows_rejected, (unsigned long long)table->rows_updated,
                  (unsigned long long)table->rows_skipped, digest);
}

void
print_json_member(struct buffer *out, const char *name, const char *text)
{
    buffer_printf(out, "\"%s\":", name);
    if (text)
        json_write_string(out, text, strlen(text));
    else
        buffer_text(out, "null");
}

static void
json_text(struct buffer *out, const char *name, const char *text)
{
    buffer_char(out, ',');
    print_json_member(out, name, text);
}

static void
json_mapped(struct buffer *out, const struct report *report)
{
    buffer_text(out, ",\"mapped\":[");
    for (size_t i = 0; i < report->n_mapped; i++) {
        const struct mapped_column *column = &report->mapped[i];

        buffer_printf(out, "%s{\"rung\":\"%s\"", i ? "," : "", mapping_rung_name(column->rung));
        json_text(out, "table", column->table);
        json_text(out, "column", column->column);
        json_text(out, "type", column->native);
        json_text(out, "reason", column->reason);
        json_text(out, "option", column->option);
        buffer_char(out, '}');
    }
    buffer_char(out, ']');
}

/* All of them, a line of JSON each, however many: straight to where the report goes. */
static void
json_rejects(struct buffer *out, const struct report *report)
{
    char bytes[4096];
    uint64_t at = 0;
    size_t size = 0;

    if (!report->rejects_path)
        return;
    json_text(out, "rejects_archive", report->rejects_path);
    buffer_text(out, ",\"rejects\":[");
    if (buffer_string(out))
        fputs(buffer_string(out), stdout);
    buffer_clear(out);
    while (report_reject_read(report, at, bytes, sizeof bytes, &size, NULL) == PD_OK && size) {
        at += size;
        for (size_t i = 0; i < size; i++) {
            if (bytes[i] != '\n')
                putchar(bytes[i]);
            else if (at - size + i + 1 < report->n_reject_bytes)
                putchar(',');
        }
    }
    buffer_char(out, ']');
}

static void
json_print(const char *verb, const struct report *report, int status)
{
    CLEANUP_BUFFER struct buffer out = {0};

    buffer_printf(&out, "{\"result\":\"%s\",\"exit_status\":%d,\"seconds\":%.3f", verb, status,
                  report->seconds);
    buffer_printf(&out, ",\"rows_read\":%llu,\"rows_written\":%llu,\"rows_rejected\":%llu",
                  (unsigned long long)report->rows_read, (unsigned long long)report->rows_written,
                  (unsigned long long)report->rows_rejected);
    buffer_printf(&out, ",\"rows_updated\":%llu,\"rows_skipped\":%llu",
                  (unsigned long long)report->rows_updated,
                  (unsigned long long)report->rows_skipped);
    buffer_printf(&out, ",\"facts_compared\":%llu", (unsigned long long)report->facts_compared);
    if (report->is_believed)
        buffer_text(&out, ",\"believed\":true");
    if (*report->content_id)
        buffer_printf(&out, ",\"content_id\":\"%s\"", report->content_id);
    if (report->migration)
        json_text(&out, "migration", report->migration);
    buffer_text(&out, ",\"tables\":[");
    for (size_t i = 0; i < report->n_tables; i++) {
        if (i)
            buffer_char(&out, ',');
        json_table(&out, &report->tables[i]);
    }
    buffer_char(&out, ']');
    json_mapped(&out, report);
    if (report->n_ran)
        print_json_lines(&out, "statements", report->ran, report->n_ran);
    if (report->n_notes)
        print_json_lines(&out, "notes", report->notes, report->n_notes);
    json_rejects(&out, report);
    print_json_lines(&out, "left_out", report->left_out, report->n_left_out);
    buffer_printf(&out, ",\"differences_found\":%llu", (unsigned long long)report_n_found(report));
    print_json_lines(&out, "differences", report->differences, report->n_differences);
    buffer_text(&out, "}\n");
    if (buffer_string(&out))
        fputs(buffer_string(&out), stdout);
}

/* Nobody shall have to guess what a status of 3 without a word is about. */
static void
quiet_print(const struct report *report, int status)
{
    size_t n = report->n_left_out - report->n_asked_for;

    if (status != 3 || log_level() >= PD_LOG_INFO)
        return;
    if (report->rows_rejected)
        log_message(PD_LOG_ERROR, "finished, but %s %s refused", print_count(report->rows_rejected),
                    report->rows_rejected == 1 ? "row was" : "rows were");
    else
        log_message(PD_LOG_ERROR,
                    "finished, but %s %s left out that nobody asked to; without --quiet %s told",
                    print_count(n), n == 1 ? "thing was" : "things were",
                    n == 1 ? "it is" : "they are");
}

int
print_report(const struct invocation *invocation, const char *verb, const struct report *report)
{
    int status = report_exit_status(report);

    if (options_get(invocation->options, "json") && options_flag(invocation->options, "json")) {
        json_print(verb, report, status);
        return status;
    }
    for (size_t i = 0; i < report->n_differences; i++)
        printf("%s\n", print_safe(report->differences[i]));
    summary_print(verb, report);
    quiet_print(report, status);
    return status;
}
